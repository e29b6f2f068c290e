"""The guard out of file descriptors: everybody is answered, with the reason in the log; nobody else notices.

The limit of the running guard is lowered (prlimit) until just so many numbers are free, and raised again.
"""

import contextlib
import os
import pathlib
import resource
import signal
import threading
import time

import pytest
from support import raw

ROOM = 20_000  # the limit in ordinary times

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def leave_free(guard, count):
    """From now on the guard can open `count` more descriptors, as soon as it has settled."""
    seen = [open_files(guard)]

    def is_settled():
        time.sleep(0.02)
        seen.append(open_files(guard))
        return len(seen) > 10 and all(files == seen[-1] for files in seen[-10:])

    guard.wait_until(is_settled, "it opens and closes nothing")
    used = {int(name) for name in os.listdir(f"/proc/{guard.process.pid}/fd")}
    free = [number for number in range(ROOM) if number not in used]
    set_limit(guard, free[count])


def set_limit(guard, limit):
    _, hard = resource.prlimit(guard.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(guard.process.pid, resource.RLIMIT_NOFILE, (min(limit, hard), hard))


@contextlib.contextmanager
def starved(guard, count=0):
    """No descriptors but `count`, for the length of the block."""
    leave_free(guard, count)
    try:
        yield
    finally:
        set_limit(guard, ROOM)


def wait_until_closed(guard, before):
    """Until the guard has no more descriptors than `before` (what open_files() said)."""
    guard.wait_until(lambda: len(open_files(guard)) <= len(before),
                     f"its descriptors are closed: before {before}, now {open_files(guard)}")


def open_files(guard):
    """But for spare ones: libuv keeps one for each loop, too, from its first connection on."""
    folder = f"/proc/{guard.process.pid}/fd"
    files = {}
    for name in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):
            files[int(name)] = os.readlink(f"{folder}/{name}")
    return {number: what for number, what in files.items() if what != "/dev/null"}


def processor_seconds(guard):
    fields = pathlib.Path(f"/proc/{guard.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def address_of(guard):
    listen = guard.settings["listen"]
    return guard.address if isinstance(listen, str) else (listen, None)


def first_word(client):
    """The greeting or the ERR that came in its place."""
    try:
        return client.read_greeting()
    except raw.Err as refused:
        return refused


@pytest.fixture(params=["tcp", "unix"])
def listen(request, tmp_path):
    """Settings: where the guard listens, and where its server is."""
    return {} if request.param == "tcp" else {"listen": tmp_path / "guard.sock"}


def start(start_guard, listen, **settings):
    guard = start_guard(schema_user=None, **listen, **settings)
    guard.wait_for_log("listening on")
    return guard


# --- nothing left to accept with -----------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2])
def test_clients_that_cannot_be_accepted_are_answered(mariadb, start_guard, listen, workers):
    guard = start(start_guard, listen, on=mariadb, workers=workers)
    before = open_files(guard)
    app = mariadb.app
    with contextlib.ExitStack() as stack:
        inside = stack.enter_context(raw.connect(address_of(guard), app.user, app.password))
        with starved(guard):
            waiting = [stack.enter_context(raw.RawConnection(*address_of(guard))) for _ in range(10)]
            for client in waiting:
                refused = first_word(client)
                assert isinstance(refused, raw.Err), "there was no descriptor for it"
                assert (refused.errno, refused.sqlstate) == (1040, None)
                assert refused.message.startswith("schemaguard: ") and "descriptor" in refused.message
                assert client.at_end()
                inside.query("SELECT 1")
        with raw.connect(address_of(guard), app.user, app.password) as late:
            late.query("SELECT 1")
    guard.wait_for_counters(sessions_open=0)
    wait_until_closed(guard, before)


def test_clients_that_wait_are_let_in_when_descriptors_come_back_soon(mariadb, start_guard, listen):
    guard = start(start_guard, listen, on=mariadb, workers=1)
    app = mariadb.app
    with starved(guard):
        client = raw.RawConnection(*address_of(guard))
        guard.wait_for_log("cannot accept: Too many open files")
    with client:
        client.login(app.user, app.password)
        client.query("SELECT 1")
    guard.wait_for_log("accepting again")


def test_a_shortage_costs_no_processor(mariadb, start_guard, listen):
    guard = start(start_guard, listen, on=mariadb, workers=1)
    app = mariadb.app
    with starved(guard), contextlib.ExitStack() as stack:
        for client in [stack.enter_context(raw.RawConnection(*address_of(guard))) for _ in range(3)]:
            first_word(client)
        used, started = processor_seconds(guard), time.monotonic()
        for _ in range(20):
            with raw.RawConnection(*address_of(guard)) as client:
                first_word(client)
        used, passed = processor_seconds(guard) - used, time.monotonic() - started
    print(f"figure: without descriptors, 20 clients refused one after the other in {passed:.1f} s: {used:.2f} s of processor")
    assert used < passed / 2
    raw.connect(address_of(guard), app.user, app.password).quit()


# --- nothing left to connect with ------------------------------------------------------------------------------


@pytest.mark.parametrize("to", ["address", "name", "path"])
def test_a_session_that_cannot_connect_is_told(mariadb, start_guard, listen, to):
    server = {"address": "{}:{}".format(*mariadb.address), "name": f"localhost:{mariadb.address[1]}",
              "path": mariadb.socket_path}[to]
    guard = start(start_guard, listen, on=mariadb, workers=1, server=server)
    before = open_files(guard)
    app = mariadb.app
    with raw.connect(address_of(guard), app.user, app.password) as inside:
        for _ in range(3):
            guard.wait_until(lambda: len(open_files(guard)) == len(before) + 2, "no other session is left")
            with starved(guard, 1), raw.RawConnection(*address_of(guard)) as client:
                refused = first_word(client)
                assert isinstance(refused, raw.Err), "there was no descriptor for its server"
                assert (refused.errno, refused.sqlstate) == (1040, None)
                assert refused.message.startswith("schemaguard: ") and "descriptor" in refused.message
                assert client.at_end()
                inside.query("SELECT 1")
        guard.wait_for_counters(closed_no_descriptors=3)
        with raw.connect(address_of(guard), app.user, app.password) as late:
            late.query("SELECT 1")
    guard.wait_for_counters(sessions_open=0)
    wait_until_closed(guard, before)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_every_number_of_descriptors_and_nobody_waits_for_ever(server, start_guard, tls):
    """More clients at once than there is room for, with 0 to 9 descriptors free."""
    guard = start_guard(schema_user=None, workers=2)
    before = open_files(guard)
    served, refused, lost = [], [], []

    def client():
        try:
            with guard.raw(tls=tls) as one:
                one.query("SELECT 1")
                served.append(1)
        except raw.Err as answer:
            refused.append(answer)
        except (raw.Closed, ConnectionError) as end:
            lost.append(end)

    with guard.raw(tls=tls) as inside:
        for free in range(10):
            with starved(guard, free):
                clients = [threading.Thread(target=client) for _ in range(8)]
                for one in clients:
                    one.start()
                inside.query("SELECT 1")
                for one in clients:
                    one.join(60)
                    assert not one.is_alive(), f"with {free} descriptors a client waits for ever"
            inside.query("SELECT 1")
            guard.raw(tls=tls).quit()
            guard.wait_for_counters(sessions_open=1)
    assert not lost, f"lost without a word: {lost[0]!r}"
    assert {answer.errno for answer in refused} <= {1040}
    print(f"figure: 0 to 9 descriptors free, 80 clients, {server.flavour}, {'TLS' if tls else 'plain'}: "
          f"{len(served)} served, {len(refused)} refused in protocol, none lost")
    wait_until_closed(guard, before)


# --- the guard's own needs ---------------------------------------------------------------------------------------


def test_schema_and_event_log_come_back_with_the_descriptors(mariadb, start_guard):
    name = mariadb.create_database()
    try:
        guard = start_guard(on=mariadb, mode="block")
        guard.allow_disagreement = True  # of a table that it could not read about yet
        generation = guard.generation()
        mariadb.query("CREATE TABLE t (a INT)", name)
        with guard.raw(database=name) as client:
            with starved(guard):
                guard.process.send_signal(signal.SIGHUP)
                guard.wait_for_log("(?i)schema.*(can ?not|could not|failed|Can't)")
                guard.process.send_signal(signal.SIGUSR1)
                client.query("SELECT a FROM t")
            guard.process.send_signal(signal.SIGHUP)
            guard.wait_for_schema(generation)
            guard.process.send_signal(signal.SIGUSR1)
            with pytest.raises(raw.Err):
                client.query("SELECT b FROM t")
            guard.wait_for_events(1)
    finally:
        mariadb.drop_database(name)
