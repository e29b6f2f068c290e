"""COM_CHANGE_USER: the exchange of a login again, in mid-connection; MySQL closes after a failure, MariaDB goes on."""

import pytest
from support import raw


@pytest.fixture
def other(server):
    """A second account of each plugin, with a password of its own: plugin → (user, password)."""
    accounts = {}
    for plugin in server.accounts:
        if plugin == "ed25519":
            continue
        user = f"other_{plugin.partition('_')[0]}"
        identified = f"WITH {plugin} BY 'other pw'" if server.flavour == "mysql" else "BY 'other pw'"
        server.query(f"CREATE USER '{user}'@'%' IDENTIFIED {identified}")
        server.query(f"GRANT ALL PRIVILEGES ON *.* TO '{user}'@'%'")
        accounts[plugin] = (user, "other pw")
    yield accounts
    for user, _ in accounts.values():
        server.query(f"DROP USER '{user}'@'%'")


def who(client):
    return client.query("SELECT CURRENT_USER(), DATABASE(), CONNECTION_ID()").rows[0]


@pytest.mark.parametrize("server_tls", ["disabled", "as_client", "required"])
def test_every_plugin_with_tls_or_plain_on_each_side(server, database, other, start_guard, server_tls):
    guard = start_guard(schema_user=None, server_tls=server_tls)
    for plugin, (user, password) in other.items():
        for tls in (False, True):
            for named in (None, "mysql_native_password", "no_such_plugin"):
                with guard.raw(tls=tls) as client:
                    connection_id = who(client)[2]
                    client.query("SET @kept = 1")
                    server.forget_password_cache()
                    client.change_user(user, password, database, plugin=named)
                    assert client.full_auth == (plugin == "caching_sha2_password")
                    assert who(client) == [f"{user}@%".encode(), database.encode(), connection_id]
                    assert client.query("SELECT @kept").rows == [[None]]
                    client.change_user(user, password)
                    assert who(client) == [f"{user}@%".encode(), None, connection_id]


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("server_tls", ["disabled", "required"])
def test_a_failure_is_the_servers_own_and_ends_as_it_ends_directly(server, other, start_guard, server_tls, tls):
    guard = start_guard(schema_user=None, server_tls=server_tls)
    for plugin, (user, password) in other.items():
        for attempt, database in (("wrong", ""), ("", ""), (password, "no_such_database")):
            outcomes = []
            for address in (server.address, guard.address):
                with raw.connect(address, server.app.user, server.app.password, tls=tls) as client:
                    server.forget_password_cache()
                    with pytest.raises(raw.Err) as refused:
                        client.change_user(user, attempt, database)
                    try:
                        client.ping()
                        goes_on = True
                    except (raw.Closed, raw.Err):
                        goes_on = False
                    outcomes.append((str(refused.value), goes_on))
            assert outcomes[0] == outcomes[1], (plugin, attempt, database)
            assert outcomes[0][1] == (server.flavour == "mariadb")


def test_several_changes_on_one_connection(server, other, start_guard):
    guard = start_guard(schema_user=None, server_tls="required")
    with guard.raw(tls=False) as client:
        for _ in range(5):
            for user, password in other.values():
                client.change_user(user, password)
                assert who(client)[0] == f"{user}@%".encode()
                statement, _, _ = client.prepare("SELECT 1 UNION SELECT 2")
                assert client.execute(statement) == 2


def test_it_waits_for_what_was_sent_before_it(server, other, start_guard):
    """Pipelined behind queries: their answers come first, then the exchange."""
    guard = start_guard(schema_user=None)
    user, password = next(iter(other.values()))
    with guard.raw() as client:
        queries = b"".join(raw.frame(b"\x03SELECT %d, SLEEP(0.01)" % at) for at in range(10))
        proof = b""
        change = (b"\x11" + user.encode() + b"\0" + bytes([len(proof)]) + proof + b"\0" + b"\x2d\0"
                  + client.greeting.plugin.encode() + b"\0")
        client.send_bytes(queries + raw.frame(change))
        for at in range(10):
            assert client.read_result().rows == [[str(at).encode(), b"0"]]
        client.finish_login(client.greeting.plugin, password.encode(), client.greeting.nonce)
        assert who(client)[0] == f"{user}@%".encode()


SERVER_LOST = b"\xff\x1d\x04"  # an ERR 1053


@pytest.mark.parametrize("payload", [b"", b"user-without-an-end", b"user\0\xff", b"user\0\0no-end-of-the-database",
                                     b"\0" * 5, b"user\0\x14short\0\0"])
def test_nonsense_is_answered_as_it_is_directly(server, start_guard, payload):
    guard = start_guard(schema_user=None)
    said = []
    for address in (server.address, guard.address):
        with raw.connect(address, server.app.user, server.app.password) as client:
            client.send_command(raw.COM_CHANGE_USER, payload)
            packets = []
            try:
                while len(packets) < 3:
                    packet = client.read_packet()
                    packets.append((packet.sequence, packet.payload[:3]))
                    if packet.payload[:1] == b"\xfe":
                        client.send_packet(b"")
                    elif packet.is_err or packet.is_ok or packet.payload[:1] == b"\x0a":
                        break
                client.send_command(raw.COM_PING)
                answer = client.read_packet().payload[:3]
                # MySQL closes behind its ERR; a ping that the guard took before that is told so.
                packets.append("closed" if answer == SERVER_LOST else answer)
            except raw.Closed:
                packets.append("closed")
            said.append(packets)
    assert said[0] == said[1]


def test_a_server_that_is_lost_during_the_exchange(server, start_guard):
    guard = start_guard(schema_user=None)
    with guard.raw() as client:
        connection_id = who(client)[2].decode()
        client.send_command(raw.COM_CHANGE_USER, b"somebody\0\0\0\x2d\0no_such_plugin\0")
        assert client.read_packet().payload[:1] == b"\xfe"
        server.query(f"KILL {connection_id}")
        with pytest.raises((raw.Err, raw.Closed)):
            client.read_checked()
    with guard.raw() as client:
        client.ping()
