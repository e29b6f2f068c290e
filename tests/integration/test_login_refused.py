"""Logins that do not succeed: the server's refusals arrive as they are, the guard's own are clear and at once, and
clients that misbehave or leave harm nobody else."""

import contextlib
import socket
import ssl
import struct

import pytest
import throwaway
from support import fake, raw
from support.cutter import Relay, reset

PLUGINS = raw.DEFAULT_CAPABILITIES


def refusal(address, user, password="", **how):
    with pytest.raises(raw.Err) as refused:
        raw.connect(address, user, password, **how)
    return refused.value


def greeted(guard, **how):
    client = raw.RawConnection(*guard.address, **how)
    client.read_greeting()
    return client


# --- the server refuses ----------------------------------------------------------------------------


@pytest.fixture
def closed_accounts(server):
    """Accounts that do not get in, or only with TLS: name → password."""
    accounts = {"locked": "pw", "needs_tls": "pw", "empty": ""}
    server.query("CREATE USER 'locked'@'%' IDENTIFIED BY 'pw' ACCOUNT LOCK")
    server.query("CREATE USER 'needs_tls'@'%' IDENTIFIED BY 'pw' REQUIRE SSL")
    server.query("CREATE USER 'empty'@'%' IDENTIFIED BY ''")
    yield accounts
    for name in accounts:
        server.query(f"DROP USER '{name}'@'%'")


@pytest.mark.parametrize("server_tls", ["disabled", "as_client", "required"])
def test_the_servers_refusal_arrives_as_it_is(server, closed_accounts, start_guard, server_tls):
    guard = start_guard(schema_user=None, server_tls=server_tls)
    good = server.app
    refused = 0
    for user, password, database in [(good.user, "wrong", None), (good.user, "", None), ("nobody_here", "pw", None),
                                     ("nobody_here", "", None), ("locked", "pw", None), ("locked", "wrong", None),
                                     ("empty", "not empty", None), (good.user, good.password, "no_such_database")]:
        for tls in (False, True):
            for _ in range(2):  # the second time the server may have the account in its cache
                direct = refusal(server.address, user, password, tls=tls, database=database)
                through = refusal(guard.address, user, password, tls=tls, database=database)
                assert str(through) == str(direct)
                refused += 1
    guard.wait_for_counters(logins_failed=refused)


def test_the_guards_side_counts_for_require_ssl(server, closed_accounts, start_guard):
    """A client with TLS whose guard has none towards the server is refused; docs/tls.md tells so."""
    guard = start_guard(schema_user=None, server_tls="disabled")
    direct = refusal(server.address, "needs_tls", "pw", tls=False)
    for tls in (False, True):
        assert str(refusal(guard.address, "needs_tls", "pw", tls=tls)) == str(direct)
    guard = start_guard(schema_user=None, server_tls="as_client")
    with raw.connect(guard.address, "needs_tls", "pw", tls=True) as client:
        client.ping()
    assert str(refusal(guard.address, "needs_tls", "pw", tls=False)) == str(direct)


def test_a_wrong_password_for_every_plugin(server, start_guard):
    for server_tls in ("disabled", "required"):
        guard = start_guard(on=server, schema_user=None, server_tls=server_tls)
        for account in server.accounts.values():
            if account.plugin == "ed25519":
                continue
            for tls in (False, True):
                server.forget_password_cache()
                for password in ("wrong", "", "wrong" * 30):
                    assert refusal(guard.address, account.user, password, tls=tls).errno == 1045


def test_too_many_connections(server, start_guard, set_global):
    guard = start_guard(schema_user=None)
    set_global("max_connections", 10)
    server.query("CREATE USER 'plain_user'@'%' IDENTIFIED BY 'pw'")  # the slot kept for administrators is not theirs
    with contextlib.ExitStack() as taken:
        taken.callback(server.query, "DROP USER 'plain_user'@'%'")
        taken.callback(set_global.back)
        with pytest.raises(raw.Err) as direct:
            while True:
                taken.enter_context(raw.connect(server.address, "plain_user", "pw", tls=True))
        for tls in (False, True):  # in place of the greeting, or of the login's end
            with pytest.raises(raw.Err) as through:
                while True:  # a session of before may have held a place until now
                    taken.enter_context(raw.connect(guard.address, "plain_user", "pw", tls=tls))
            assert (through.value.errno, through.value.message) == (1040, direct.value.message)
    with guard.raw() as client:
        client.ping()


# --- the server is not there, or is none ----------------------------------------------------------------


def test_a_dead_server(mariadb, start_guard):
    guard = start_guard(on=mariadb, schema_user=None, server=f"127.0.0.1:{throwaway.free_port()}")
    with raw.RawConnection(*guard.address) as client:
        with pytest.raises(raw.Err, match="refused") as refused:
            client.read_greeting()
        assert client.at_end()
    assert (refused.value.errno, refused.value.sqlstate, refused.value.sequence) == (1053, None, 0)


def test_a_server_socket_that_is_not_there(mariadb, start_guard, tmp_path):
    guard = start_guard(on=mariadb, schema_user=None, server=tmp_path / "nobody.sock")
    with raw.RawConnection(*guard.address) as client, pytest.raises(raw.Err, match="nobody.sock"):
        client.read_greeting()


def test_a_host_name_that_nobody_has(mariadb, start_guard):
    guard = start_guard(on=mariadb, schema_user=None, server="no-such-host.invalid:3306")
    with raw.RawConnection(*guard.address) as client, pytest.raises(raw.Err, match="no-such-host.invalid"):
        client.read_greeting()


@pytest.mark.parametrize("words", [
    b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", b"SSH-2.0-OpenSSH_9.2p1\r\n", b"\x05\0\0\0\x0btest",
    b"\x01\0\0\0\x0a", b"\x00\0\0\0", b"\xff\xff\xff\0" + b"\x0a" * 70000, b"\x03\0\0\0\x0a\0\0",
    b"\x4a\0\0\0\x0a" + b"9.7.0-no-end-of-this-version" * 3,
], ids=["http", "ssh", "protocol-11", "one-byte", "empty", "huge", "short", "no-nul"])
def test_what_listens_there_does_not_speak_mysql(mariadb, start_guard, words):
    with fake.Server(lambda end: (end.sendall(words), end.recv(1))) as other:
        guard = start_guard(on=mariadb, schema_user=None, server=other.text)
        with raw.RawConnection(*guard.address) as client:
            with pytest.raises(raw.Err) as refused:
                client.read_greeting()
            assert refused.value.errno == 1053
            assert client.at_end()


def test_a_server_that_hangs_up_before_its_greeting(mariadb, start_guard):
    for farewell in (lambda end: None, reset, lambda end: end.sendall(b"\x4a\0\0\0\x0a5.5")):
        with fake.Server(farewell) as other:
            guard = start_guard(on=mariadb, schema_user=None, server=other.text)
            with raw.RawConnection(*guard.address) as client:
                with pytest.raises(raw.Err) as refused:
                    client.read_greeting()
                assert refused.value.errno == 1053
                assert client.at_end()


def test_a_refusal_in_place_of_the_greeting(mariadb, start_guard):
    """1129, 1130 and 1040 have no SQLSTATE: nothing was agreed yet."""
    words = b"\xff\x69\x04Host '10.0.0.1' is blocked because of many connection errors"
    with fake.Server(lambda end: (end.sendall(raw.frame(words)), end.recv(1))) as other:
        guard = start_guard(on=mariadb, schema_user=None, server=other.text)
        with raw.RawConnection(*guard.address) as client:
            assert client.read_packet().payload == words
            assert client.at_end()
    assert guard.last_counters() == {} or guard.counters()["connections_refused"] == 1


def test_a_server_that_says_nothing(mariadb, start_guard):
    with fake.Server(lambda end: end.recv(1)) as other:
        guard = start_guard(on=mariadb, schema_user=None, server=other.text, connect_timeout="2s", login_timeout="2s")
        with raw.RawConnection(*guard.address) as client:
            with pytest.raises(raw.Err, match="login_timeout") as refused:
                client.read_greeting()
            assert (refused.value.errno, refused.value.sqlstate) == (1159, None)
            assert client.at_end()


def test_a_server_that_is_lost_during_the_login(server, start_guard):
    """At each packet of the login that the server could say nothing more after."""
    for packets in range(1, 4):
        for farewell in (lambda end: end.close(), reset):
            with dying_server(server, packets, farewell) as between:
                guard = start_guard(on=server, schema_user=None, server="{}:{}".format(*between.address))
                for tls in (False, True):
                    try:
                        guard.raw(tls=tls, plugin="no_such_plugin").close()
                    except raw.Err as told:
                        assert told.errno == 1053
                    except (raw.Closed, ssl.SSLError):
                        pass


class dying_server(Relay):
    """Carries so many pieces from the server, then ends that connection."""

    def __init__(self, server, packets, farewell):
        def some(data):
            self.left -= 1
            if self.left < 0:
                for end in self.open[1::2]:
                    farewell(end)
                raise OSError("over")
            yield data
            if self.left == 0:
                for end in self.open[1::2]:
                    farewell(end)

        def again(data):
            self.left = packets if data[3:4] == b"\0" else self.left
            yield from some(data)

        super().__init__(server.address, cut_back=again)


# --- the client misbehaves --------------------------------------------------------------------------------


def test_tls_is_required(server, start_guard, tmp_path):
    guard = start_guard(schema_user=None, client_tls="required")
    refused = refusal(guard.address, server.app.user, server.app.password, tls=False)
    assert (refused.errno, refused.sqlstate) == (3159, "HY000")
    with guard.raw(tls=True) as client:
        client.ping()
    guard.wait_for_counters(closed_tls_required=1)


def test_old_tls_is_refused(server, start_guard):
    guard = start_guard(schema_user=None)
    context = raw.trusting_context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, version
        with greeted(guard) as client:
            client.send_ssl_request(PLUGINS)
            with pytest.raises(ssl.SSLError, match="(?i)version|alert|protocol"):
                client.start_tls(context)
    guard.wait_for_counters(tls_failures=2)


@pytest.mark.parametrize("after", ["at-once", "later"])
def test_words_in_clear_behind_the_ssl_request_are_never_read(server, start_guard, after):
    """STARTTLS injection: whoever stands in between puts a login of their own into the clear part."""
    guard = start_guard(schema_user=None)
    with greeted(guard) as client:
        request = struct.pack("<IIB23x", PLUGINS | raw.SSL, 1 << 30, 45)
        proof = client.first_proof(client.greeting.plugin, server.app.password.encode(), client.greeting.nonce)
        login = client.login_payload(server.app.user, proof, plugin=client.greeting.plugin, capabilities=PLUGINS)
        injected = raw.frame(login, 2) + raw.frame(b"\x03SELECT 1")
        if after == "at-once":
            client.send_bytes(raw.frame(request, 1) + injected)
        else:
            client.send_bytes(raw.frame(request, 1))
            client.send_bytes(injected)
        answer = b""
        try:
            while part := client.socket.recv(4096):
                answer += part
        except ConnectionError:
            pass
        assert answer[:1] in (b"", b"\x15")  # at most a TLS alert
    guard.wait_for_counters(sessions_open=0)
    counters = guard.counters()
    assert (counters["logins_ok"], counters["commands"], counters["tls_failures"]) == (0, 0, 1)


NONSENSE = {
    "nothing": b"", "one-byte": b"\x0e", "quit": b"\x01", "query": b"\x03SELECT 1", "zeros": b"\0" * 32,
    "protocol-320": struct.pack("<HBBB", 0x2085 & ~0x200, 0, 0, 1) + b"root\0\0", "ones": b"\xff" * 300,
    "user-without-end": struct.pack("<IIB23x", PLUGINS, 1 << 30, 45) + b"u" * 500,
    "proof-beyond-the-end": struct.pack("<IIB23x", PLUGINS, 1 << 30, 45) + b"root\0\xfd\xff\xff\xff",
    "attributes-beyond-the-end": struct.pack("<IIB23x", PLUGINS | raw.CONNECT_ATTRS, 1 << 30, 45)
    + b"root\0\0mysql_native_password\0\xfe\xff\xff\xff\xff\xff\xff\xff\x7f",
    "http": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
}


@pytest.mark.parametrize("payload", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_in_place_of_a_login(server, start_guard, payload):
    """In a packet, as bytes without one, and behind TLS: an ERR or a closed connection, and others are served."""
    guard = start_guard(schema_user=None)
    for tls in (False, True):
        for data in (raw.frame(payload, 2 if tls else 1), payload):
            with greeted(guard) as client:
                if tls:
                    client.send_ssl_request(PLUGINS)
                    client.start_tls()
                client.send_bytes(data)
                if data == payload and tls:
                    continue  # left with half a packet
                try:
                    if data == payload:
                        client.socket.shutdown(socket.SHUT_WR)  # the guard may have closed already
                    client.read_packet()
                except (raw.Closed, OSError):
                    pass
    with guard.raw() as client:
        client.ping()


def test_a_login_packet_larger_than_any(server, start_guard):
    guard = start_guard(schema_user=None)
    with greeted(guard) as client:
        with pytest.raises((raw.Err, raw.Closed, OSError)):
            client.send_bytes(b"\xff\xff\xff\x01" + b"x" * 3_000_000)
            client.read_checked()
    with guard.raw() as client:
        client.ping()
    assert guard.memory_kib("VmHWM") < 400_000


def full_exchange(guard, account, tls, answer):
    """A full caching_sha2_password login in which `answer(client)` replies to 01 04; the packet that ends it."""
    with greeted(guard) as client:
        capabilities = PLUGINS | (raw.SSL if tls else 0)
        if tls:
            client.send_ssl_request(capabilities)
            client.start_tls()
        proof = client.first_proof("caching_sha2_password", account.password.encode(), client.greeting.nonce)
        client.send_packet(client.login_payload(account.user, proof, plugin="caching_sha2_password",
                                                capabilities=capabilities))
        packet = client.read_packet()
        assert packet.payload == b"\x01\x04"
        answer(client)
        while not (packet := client.read_packet()).is_err and not packet.is_ok:
            pass
        return packet


@pytest.mark.parametrize("server_tls", ["disabled", "required"])
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_password_in_the_wrong_form_is_refused_by_the_server_and_leaks_nothing(mysql, start_guard, server_tls, tls):
    guard = start_guard(on=mysql, schema_user=None, server_tls=server_tls)
    password = mysql.app.password.encode()
    clear = password + b"\0"

    def with_key(payload):
        def answer(client):
            client.send_packet(b"\x02")
            client.read_packet()
            client.send_packet(payload)
        return answer

    wrong = [lambda client: client.send_packet(b"x" * 256), lambda client: client.send_packet(b""),
             lambda client: client.send_packet(b"\0" * 255), lambda client: client.send_packet(b"x" * 3000)]
    if tls:
        wrong += [lambda client: client.send_packet(password + b"\0more\0"),
                  lambda client: client.send_packet(b"wrong\0")]
    else:  # what Connector/Python does: the right password, in clear, where it must not be
        wrong += [lambda client: client.send_packet(clear), with_key(clear), with_key(b"x" * 256), with_key(b"")]
    for answer in wrong:
        mysql.forget_password_cache()
        refused = raw.Err(full_exchange(guard, mysql.app, tls, answer))
        assert refused.errno == 1045, refused
    assert mysql.app.password not in guard.log_text()
    with guard.raw(tls=tls) as client:
        client.ping()


def test_a_client_with_the_servers_own_public_key(mysql, start_guard):
    """It encrypts without asking: the guard cannot read that where it must, and says so in the log."""
    guard = start_guard(on=mysql, schema_user=None, server_tls="required")
    key = (mysql.throwaway.data / "public_key.pem").read_bytes()

    def answer(client):
        client.send_packet(raw.rsa_oaep_encrypt(key, raw.obscured(mysql.app.password.encode(), client.greeting.nonce)))

    mysql.forget_password_cache()
    assert raw.Err(full_exchange(guard, mysql.app, False, answer)).errno == 1045
    guard.wait_for_log("auth_rsa_key")
    guard = start_guard(on=mysql, schema_user=None, server_tls="disabled")
    mysql.forget_password_cache()
    assert full_exchange(guard, mysql.app, False, answer).is_ok


def test_a_password_in_clear_goes_to_no_server_in_clear(mariadb, start_guard):
    guard = start_guard(on=mariadb, schema_user=None, server_tls="disabled")
    refused = refusal(guard.address, mariadb.app.user, "secret", tls=True, plugin="mysql_clear_password")
    assert refused.errno == 1235
    assert "server_tls" in refused.message


# --- slow clients, and clients that leave --------------------------------------------------------------------


def moments():
    """What a client may have done when it stops: name → function of a new RawConnection."""
    def connect(client):
        pass

    def greeting(client):
        client.read_greeting()

    def half_a_login(client):
        client.read_greeting()
        client.send_bytes(b"\xa0\0\0\x01\x85\xa2")

    def ssl_request(client):
        client.read_greeting()
        client.send_ssl_request(PLUGINS)

    def half_a_hello(client):
        ssl_request(client)
        client.send_bytes(b"\x16\x03\x01\x02\x00\x01\x00")

    def no_hello(client):
        ssl_request(client)
        client.send_bytes(b"no TLS at all")

    def tls(client):
        ssl_request(client)
        client.start_tls()

    def half_a_login_in_tls(client):
        tls(client)
        client.send_bytes(b"\xa0\0\0\x02\x85\xa2")

    def nonsense(client):
        client.read_greeting()
        client.send_packet(b"\x03SELECT 1")

    def auth_switch(client, capabilities=PLUGINS):
        client.send_packet(client.login_payload("somebody", b"x" * 20, plugin="no_such_plugin",
                                                capabilities=capabilities))
        client.read_packet()

    def switched(client):
        client.read_greeting()
        auth_switch(client)

    def switched_in_tls(client):
        tls(client)
        auth_switch(client, PLUGINS | raw.SSL)

    def proof_due(client, answer=None):
        """A wrong first proof of a known account: caching_sha2_password then asks for the password itself."""
        client.read_greeting()
        client.send_packet(client.login_payload("app_caching", b"x" * 32, plugin="caching_sha2_password",
                                                capabilities=PLUGINS))
        client.read_packet()
        if answer:
            client.send_packet(answer)
            client.read_packet()

    def key_known(client):
        proof_due(client, b"\x02")

    def proof_of_no_size(client):
        client.read_greeting()
        client.send_packet(client.login_payload("somebody", b"x" * 5, plugin="mysql_native_password",
                                                capabilities=PLUGINS))

    def switched_to_ed25519(client):
        client.read_greeting()
        client.send_packet(client.login_payload("app_ed25519", b"", plugin="no_such_plugin", capabilities=PLUGINS))
        client.read_packet()

    return [connect, greeting, half_a_login, ssl_request, half_a_hello, no_hello, tls, half_a_login_in_tls, nonsense,
            switched, switched_in_tls, proof_due, key_known,
            proof_of_no_size, switched_to_ed25519]


def leave_by_fin(client):
    client.close()


def leave_by_reset(client):
    reset(client.socket)


@pytest.fixture
def careful_server(new_server, server, monkeypatch):
    """One that locks out addresses after three broken logins. From 127.0.0.1 nobody is, so come from 127.0.0.2."""
    monkeypatch.setattr(throwaway, "COMMON_OPTIONS",
                        [option for option in throwaway.COMMON_OPTIONS if option != "--skip-name-resolve"])
    if server.flavour == "mysql":  # only addresses whose name can be looked up are counted
        hosts = server.throwaway.root / "etc/hosts"
        if not hosts.exists():
            hosts.write_text("127.0.0.1 localhost\n127.0.0.2 elsewhere\n")
    careful = new_server("--max-connect-errors=3", "--skip-name-resolve=OFF" if server.flavour == "mariadb"
                         else "--host-cache-size=128")
    with Relay(careful.address, source="127.0.0.2") as relay:
        careful.elsewhere = relay.address
        yield careful


def test_clients_that_leave_do_not_get_the_guard_locked_out(careful_server, start_guard):
    for server_tls in ("disabled", "required"):
        guard = start_guard(on=careful_server, schema_user=None, server="{}:{}".format(*careful_server.elsewhere),
                            server_tls=server_tls)
        for moment in moments():
            for leave in (leave_by_fin, leave_by_reset):
                try:
                    for _ in range(4):
                        client = raw.RawConnection(*guard.address)
                        moment(client)
                        leave(client)
                    guard.wait_for_counters(sessions_open=0)
                    guard.raw(careful_server.app).close()  # a good login sets the server's count back
                except raw.Err as refused:
                    pytest.fail(f"{refused}: after {leave.__name__} at {moment.__name__}, server_tls={server_tls}")
    with pytest.raises(raw.Err, match="blocked"):  # the same without the guard: so this test can fail
        for _ in range(5):
            with raw.RawConnection(*careful_server.elsewhere) as client:
                client.read_greeting()
            while careful_server.query("SHOW GLOBAL STATUS LIKE 'Threads_connected'")[0][1] != "1":
                pass


def test_a_slow_login_is_ended_with_an_answer(server, start_guard):
    guard = start_guard(schema_user=None, connect_timeout="5s", login_timeout="5s")
    clients = []
    for moment in moments():
        if moment.__name__ in ("connect", "greeting", "half_a_login", "tls", "half_a_login_in_tls", "switched",
                               "switched_in_tls"):
            client = raw.RawConnection(*guard.address)
            moment(client)
            clients.append((moment.__name__, client))
    for name, client in clients:
        if name == "connect":
            client.read_greeting()
        with client:
            with pytest.raises(raw.Err, match="login_timeout") as refused:
                client.read_checked()
            assert refused.value.errno == 1159, name
            assert client.at_end()
    guard.wait_until(lambda: guard.counters()["sessions_open"] == 0, "all have been ended")


def test_a_handshake_that_never_comes_is_ended(server, start_guard):
    guard = start_guard(schema_user=None, connect_timeout="4s", login_timeout="4s")
    with contextlib.ExitStack() as stack:
        clients = []
        for moment in moments():
            if moment.__name__ in ("ssl_request", "half_a_hello"):
                clients.append(stack.enter_context(raw.RawConnection(*guard.address)))
                moment(clients[-1])
        assert len(clients) == 2
        for client in clients:
            assert client.at_end()


def test_the_server_gives_up_first(server, start_guard, set_global):
    """connect_timeout: its words reach the client before the guard's own would."""
    set_global("connect_timeout", 2)
    guard = start_guard(schema_user=None, login_timeout="30s")
    with raw.RawConnection(*server.address) as direct, raw.RawConnection(*guard.address) as client:
        said = []
        for connection in (direct, client):
            connection.read_greeting()
        for connection in (direct, client):
            try:
                packet = connection.read_packet()
                said.append((packet.sequence, packet.payload))
            except raw.Closed:
                said.append("closed")
    assert said[0] == said[1]
