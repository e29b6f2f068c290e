"""Limits: how many sessions, and how long one may be idle. Refusals in protocol, places given back, others unharmed."""

import contextlib
import socket
import time

import pytest
from support import compressed, raw


def refusal_in_place_of_greeting(guard, source=None):
    with raw.RawConnection(*guard.address, source=source) as client:
        with pytest.raises(raw.Err) as refused:
            client.read_greeting()
        assert client.at_end()
    return refused.value


def connections_of_server(server):
    return int(server.query("SHOW GLOBAL STATUS LIKE 'Connections'")[0][1])


# --- how many ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2])
def test_max_sessions(server, start_guard, workers):
    guard = start_guard(schema_user=None, max_sessions=8, workers=workers)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(guard.raw()) for _ in range(8)]
        before, started = connections_of_server(server), time.monotonic()
        for _ in range(20):
            error = refusal_in_place_of_greeting(guard)
            assert (error.errno, error.sqlstate) == (1040, None)
            assert error.message == "schemaguard: Too many connections: max_sessions = 8"
        assert connections_of_server(server) - before == 1, "the server hears of none (but of this question)"
        for client in clients:
            client.ping()
        clients[3].quit()
        guard.wait_for_counters(sessions_open=7)
        with guard.raw() as next_one:
            next_one.ping()
            refusal_in_place_of_greeting(guard)
    guard.wait_for_counters(closed_max_sessions=21, connections_refused=21)
    assert guard.log_text().count("max_sessions = 8 is reached") <= 3 + (time.monotonic() - started)  # once a second
    guard.wait_for_log(r"max_sessions = 8 is reached: 127\.0\.0\.1:\d+ was refused")


def test_places_are_given_back_however_sessions_end(server, start_guard):
    guard = start_guard(schema_user=None, max_sessions=4, max_sessions_per_address=3, max_sessions_per_user=2,
                        login_timeout="8s", connect_timeout="8s")
    app = server.app

    def no_login():
        client = raw.RawConnection(*guard.address)
        client.read_greeting()
        client.close()

    def wrong_password():
        with pytest.raises(raw.Err):
            raw.connect(guard.address, app.user, "wrong")

    def killed():
        with guard.raw() as client:
            server.query(f"KILL {client.greeting.connection_id}")
            assert client.at_end()

    def silent():
        with raw.RawConnection(*guard.address) as one, raw.RawConnection(*guard.address) as two:
            for client in (one, two):
                client.read_greeting()
            for client in (one, two):
                with pytest.raises((raw.Err, raw.Closed)):
                    client.read_checked()

    for way in [no_login, wrong_password, killed, silent, lambda: guard.raw().quit(), lambda: guard.raw().close(),
                lambda: guard.connect().close()]:
        for _ in range(1 if way is silent else 6):
            way()
            guard.wait_for_counters(sessions_open=0)
    with guard.raw() as one, guard.raw() as two:
        one.ping()
        two.ping()


def test_max_sessions_per_address(server, start_guard):
    guard = start_guard(schema_user=None, max_sessions_per_address=2)
    with guard.raw() as one, guard.raw() as two:
        error = refusal_in_place_of_greeting(guard)
        assert (error.errno, error.sqlstate) == (1040, None)
        assert error.message == "schemaguard: Too many connections: max_sessions_per_address = 2"
        with raw.RawConnection(*guard.address, source="127.0.0.2") as other:
            other.login(server.app.user, server.app.password)
            other.ping()
        one.ping()
        two.ping()
    guard.wait_for_counters(closed_max_sessions_per_address=1)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_max_sessions_per_user(server, start_guard, tls):
    guard = start_guard(schema_user=None, max_sessions_per_user=2)
    app, root = server.app, server.root
    with guard.raw(tls=tls) as one, guard.raw(tls=tls) as two:
        for _ in range(3):
            with pytest.raises(raw.Err) as refused:
                guard.raw(tls=tls)
            assert (refused.value.errno, refused.value.sqlstate) == (1203, "42000")
            assert refused.value.message == ("schemaguard: this user has as many connections as "
                                             f"max_sessions_per_user allows: {app.user}")
        with pytest.raises(raw.Err) as refused:
            raw.connect(guard.address, app.user, "wrong", tls=tls)
        assert refused.value.errno == 1045, "without the password nobody learns of the limit"
        with guard.raw(account=root, tls=True) as other:
            other.ping()
        one.ping()
        one.quit()
        guard.wait_for_counters(sessions_open=1)
        with guard.raw(tls=tls) as three:
            three.ping()
        two.ping()
    guard.wait_for_counters(closed_max_sessions_per_user=3)


def test_a_wrong_password_takes_no_place_of_the_user(server, start_guard):
    guard = start_guard(schema_user=None, max_sessions_per_user=1)
    app = server.app
    waiting = []
    for _ in range(5):
        client = raw.RawConnection(*guard.address)
        client.read_greeting()
        waiting.append(client)
    with guard.raw() as client:
        client.ping()
    for client in waiting:
        with pytest.raises(raw.Err) as refused:
            client.login(app.user, "wrong")
        assert refused.value.errno == 1045
        client.close()


def test_change_user_moves_the_place(server, start_guard):
    guard = start_guard(schema_user=None, max_sessions_per_user=1)
    app = server.app
    server.query("CREATE USER 'second'@'%' IDENTIFIED BY 'pw'")
    try:
        with guard.raw() as client:
            client.change_user(app.user, app.password)  # its own place again
            client.change_user("second", "pw")
            with guard.raw() as other:  # app's place is free
                other.ping()
                with pytest.raises(raw.Err) as refused:
                    client.change_user(app.user, app.password)
                assert refused.value.errno == 1203
                assert client.at_end()
                other.ping()
            guard.wait_for_counters(sessions_open=0)
            raw.connect(guard.address, "second", "pw").quit()
    finally:
        server.query("DROP USER 'second'@'%'")


# --- how long ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["plain", "tls", pytest.param("compressed", marks=pytest.mark.full)])
def test_idle_timeout(server, start_guard, how):
    guard = start_guard(schema_user=None, idle_timeout="3s")
    aborted = "SHOW GLOBAL STATUS LIKE 'Aborted_clients'"
    server.wait_until_quiet()
    before = server.query(aborted)
    client = compressed.connect(guard, "zlib") if how == "compressed" else guard.raw(tls=how == "tls")
    with client:
        started = time.monotonic()
        while time.monotonic() < started + 4:  # not idle
            client.ping()
            time.sleep(0.2)
        started = time.monotonic()
        assert client.query("SELECT SLEEP(4.5)").rows == [[b"0"]]  # neither
        if server.flavour == "mysql":
            with pytest.raises(raw.Err) as told:
                client.read_checked()
            assert (told.value.errno, told.value.sqlstate, told.value.sequence) == (4031, "HY000", 0)
            assert told.value.message.startswith("schemaguard: ")
        assert client.at_end()
        assert time.monotonic() - started > 4.5 + 2.8
    guard.wait_for_counters(closed_idle_timeout=1)
    server.wait_until_quiet()
    assert server.query(aborted) == before, "the server was told goodbye"


def test_a_command_that_never_ends_is_idle(server, start_guard):
    guard = start_guard(schema_user=None, idle_timeout="1s")
    with guard.raw() as client:
        client.send_bytes(raw.frame(b"\x03SELECT 1")[:7])
        deadline = time.monotonic() + 60
        while not client.at_end():  # but for a last word, byte by byte
            assert time.monotonic() < deadline
    guard.wait_for_counters(closed_idle_timeout=1)


def test_no_idle_timeout_by_default(server, start_guard):
    guard = start_guard(schema_user=None)
    with guard.raw() as client:
        time.sleep(1.5)
        client.ping()


def test_shutdown_before_the_idle_timeout(server, start_guard):
    guard = start_guard(schema_user=None, idle_timeout="1h", shutdown_timeout="500ms")
    with guard.raw() as client:
        client.query("START TRANSACTION")
        guard.stop()  # which waits a minute, no hour


def test_a_flood_of_refusals_costs_the_others_little(server, start_guard):
    guard = start_guard(schema_user=None, max_sessions=2, workers=1)
    with guard.raw() as client, guard.raw():
        worst, refused = 0, 0
        flood = time.monotonic() + 2
        while time.monotonic() < flood:
            strangers = [socket.create_connection(guard.address) for _ in range(20)]
            started = time.monotonic()
            client.ping()
            worst = max(worst, time.monotonic() - started)
            for stranger in strangers:
                stranger.close()
            refused += 20
        print(f"figure: {refused} refusals in 2 s: a session waited {worst * 1000:.1f} ms at most")
        assert worst < 10  # served in between, not when the flood had passed
    guard.wait_for_counters(sessions_open=0)
