"""The PROXY protocol: headers from load balancers, taken from trusted networks alone; headers to a MariaDB that takes
them, so that its grants and its process list see the client."""

import re
import socket
import struct

import pytest
from support import raw

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
TRUSTED = "127.0.0.2"
BALANCER = "127.0.0.2/32, ::1"


def v1(source="192.0.2.7", port=51234):
    return f"PROXY TCP4 {source} 192.0.2.1 {port} 3306\r\n".encode()


def v2(source="192.0.2.7", port=51234, more=b""):
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    to = "2001:db8::1" if ":" in source else "192.0.2.1"
    fields = socket.inet_pton(family, source) + socket.inet_pton(family, to) + struct.pack(">HH", port, 3306) + more
    return SIGNATURE + bytes([0x21, 0x21 if ":" in source else 0x11]) + struct.pack(">H", len(fields)) + fields


LOCAL = SIGNATURE + b"\x20\0\0\0"


def arrive(guard, header, source=TRUSTED, pieces=None):
    client = raw.RawConnection(*guard.address, source=source)
    if pieces:
        client.send_in_pieces(header, pieces)
    else:
        client.send_bytes(header)
    return client


def log_in(guard, client, **how):
    client.login(guard.server.app.user, guard.server.app.password, **how)
    return client


# --- received ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("header, address, port", [
    (v1(), "192.0.2.7", 51234), (v2(), "192.0.2.7", 51234), (v2("2001:db8::7", 9), "2001:db8::7", 9),
    (v2(more=b"\x03\0\x04abcd" + b"\xea" + struct.pack(">H", 30000) + b"x" * 30000), "192.0.2.7", 51234),
    (b"PROXY TCP6 2001:db8::7 2001:db8::1 1 2\r\n", "2001:db8::7", 1),
    (b"PROXY UNKNOWN\r\n", TRUSTED, None), (LOCAL, TRUSTED, None)],
    ids=["v1", "v2", "v2-6", "v2-fields", "v1-6", "v1-unknown", "v2-local"])
def test_events_show_the_client_behind_the_balancer(server, shop, start_guard, header, address, port, tls):
    guard = start_guard(mode="block", proxy_protocol_networks=BALANCER)
    with log_in(guard, arrive(guard, header), database=shop, tls=tls) as client:
        with pytest.raises(raw.Err):
            client.query("SELECT nope FROM customers")
        event = guard.wait_for_events(1)[0]
        assert event["client.address"] == address
        assert port is None or event["client.port"] == port
        client.quit()
    guard.wait_for_log(rf"client {address}")


def test_a_header_in_pieces(server, start_guard):
    guard = start_guard(schema_user=None, proxy_protocol_networks=BALANCER)
    for header in (v1(), v2("2001:db8::7"), LOCAL):
        with log_in(guard, arrive(guard, header, pieces=[1] * 200)) as client:
            client.ping()


def test_nothing_is_taken_from_elsewhere(server, start_guard):
    """From elsewhere the guard greets at once, and a header is a broken login; from a trusted one it must come."""
    guard = start_guard(schema_user=None, proxy_protocol_networks=BALANCER)
    with guard.raw() as client:
        client.ping()
    for header in (v1(), v2()):
        with arrive(guard, header, source=None) as client:
            client.read_greeting()
            with pytest.raises(raw.Err) as refused:
                client.read_checked()
            assert refused.value.errno == 1043
    guard.wait_for_counters(closed_proxy_header=0, closed_protocol_client=2)


@pytest.mark.parametrize("bad", [b"GET / HTTP/1.1\r\n", b"PROXY TCP4 192.0.2.7 192.0.2.1 1\r\n", b"PROXY TCP4 " + b"x" * 200,
                                 SIGNATURE + b"\x11\x11\0\0", SIGNATURE + b"\x21\x12\0\x0c" + bytes(12),
                                 SIGNATURE + b"\x21\x11\0\x04abcd", b"\x01\0\0\1\x0e"],
                         ids=["http", "v1-short", "v1-long", "v2-version", "v2-udp", "v2-short", "login"])
def test_malformed_headers_close(server, start_guard, bad):
    guard = start_guard(schema_user=None, proxy_protocol_networks=BALANCER)
    before = server.query("SHOW GLOBAL STATUS LIKE 'Connections'")
    with arrive(guard, bad) as client:
        assert client.at_end()
    guard.wait_for_counters(closed_proxy_header=1, sessions_open=0)
    after = server.query("SHOW GLOBAL STATUS LIKE 'Connections'")
    assert int(after[0][1]) - int(before[0][1]) == 1, "the server hears of none (but of this question)"
    guard.wait_for_log("sent no PROXY header")


def test_health_checks_do_not_reach_the_server(server, start_guard):
    guard = start_guard(schema_user=None, proxy_protocol_networks=BALANCER)
    before = server.query("SHOW GLOBAL STATUS LIKE 'Connections'")
    for part in (b"", b"PRO", SIGNATURE[:5], v2()[:20]):
        arrive(guard, part).close()
    guard.wait_for_counters(sessions_open=0, closed_client_left_login=4)
    after = server.query("SHOW GLOBAL STATUS LIKE 'Connections'")
    assert int(after[0][1]) - int(before[0][1]) == 1


def test_a_header_is_part_of_the_login_timeout(server, start_guard):
    guard = start_guard(schema_user=None, proxy_protocol_networks=BALANCER, login_timeout="1s", connect_timeout="1s")
    with arrive(guard, v1()[:10]) as client:
        assert client.at_end()
    guard.wait_for_counters(closed_login_timeout=1, sessions_open=0)


def test_limits_count_the_address_in_the_header(server, start_guard):
    guard = start_guard(schema_user=None, proxy_protocol_networks=BALANCER, max_sessions_per_address=1)
    with log_in(guard, arrive(guard, v1("192.0.2.7"))) as one, log_in(guard, arrive(guard, v1("192.0.2.8"))) as two:
        with arrive(guard, v2("192.0.2.7")) as third, pytest.raises(raw.Err) as refused:
            third.read_greeting()
        assert refused.value.errno == 1040
        one.ping()
        two.ping()
    guard.wait_for_counters(sessions_open=0)
    log_in(guard, arrive(guard, v1("192.0.2.7"))).quit()


# --- sent --------------------------------------------------------------------------------------------------


@pytest.fixture
def taking(new_server):
    return new_server("--proxy-protocol-networks=127.0.0.1", flavour="mariadb")


@pytest.mark.parametrize("server_tls", ["disabled", "required"])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_server_sees_the_client(taking, start_guard, version, server_tls):
    guard = start_guard(on=taking, server_proxy_protocol=version, proxy_protocol_networks=BALANCER, server_tls=server_tls)
    app = taking.app
    taking.query("CREATE USER 'there'@'192.0.2.%' IDENTIFIED BY 'pw'")
    for header, source, seen in [(b"", "127.0.0.5", "127.0.0.5"), (b"", None, "127.0.0.1"), (v1(), TRUSTED, "192.0.2.7"),
                                 (v2("2001:db8::7"), TRUSTED, "2001:db8::7"), (LOCAL, TRUSTED, TRUSTED)]:
        with log_in(guard, arrive(guard, header, source)) as client:
            (who,), = client.query("SELECT USER()").rows
            assert who.decode().replace("localhost", "127.0.0.1") == f"{app.user}@{seen}"
    with arrive(guard, v1()) as client:
        client.login("there", "pw")
        client.ping()
    with arrive(guard, v1("203.0.113.1")) as client, pytest.raises(raw.Err) as refused:
        client.login("there", "pw")
    assert refused.value.errno == 1045
    assert "203.0.113.1" in refused.value.message


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_clients_of_a_unix_socket_have_no_address(taking, start_guard, version, tmp_path):
    """UNKNOWN, or LOCAL: the server sees the guard's own."""
    path = tmp_path / "guard.sock"
    guard = start_guard(on=taking, server_proxy_protocol=version, schema_user=None)
    guard.stop()
    guard.settings["listen"] += f",{path}"
    guard.start()
    guard.wait_for_log(f"listening on {re.escape(str(path))}")
    with raw.connect(str(path), taking.app.user, taking.app.password) as client:
        (who,), = client.query("SELECT USER()").rows
        assert who.decode() in (f"{taking.app.user}@localhost", f"{taking.app.user}@127.0.0.1")


def test_leaving_before_the_login_with_a_header(taking, start_guard):
    """The throw-away login works behind the header, too."""
    guard = start_guard(on=taking, server_proxy_protocol="v2", schema_user=None)
    for _ in range(3):
        client = raw.RawConnection(*guard.address)
        client.read_greeting()
        client.close()
    guard.wait_for_counters(sessions_open=0, logins_finished_for=3)
    with guard.raw() as client:
        client.ping()
