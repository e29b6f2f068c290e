"""Authentication that the guard has no part in: plugins that it does not know, with as many rounds as they like.

The two plugins whose passwords it translates are test_login.py's; PAM, parsec and what else needs the newest MariaDB
test_auth_mariadb.py's.
"""

import os
import pwd
import ssl
import struct

import pytest
from support import fake, raw
from support.authority import Authority

NONCE = bytes(range(33, 53))
CAPABILITIES = raw.DEFAULT_CAPABILITIES | raw.CONNECT_WITH_DB | raw.MULTI_FACTOR


def greeting(capabilities, plugin=b"caching_sha2_password", version=b"9.7.0-fake"):
    return (b"\x0a" + version + b"\0" + struct.pack("<I", 77) + NONCE[:8] + b"\0"
            + struct.pack("<H", capabilities & 0xFFFF) + b"\x2d\x02\0" + struct.pack("<H", capabilities >> 16)
            + b"\x15" + b"\0" * 10 + NONCE[8:] + b"\0" + plugin + b"\0")


class End:
    """The fake server's end of a connection, in packets."""

    def __init__(self, socket):
        self.socket = socket
        self.sequence = 0

    def read(self):
        data = self.exactly(4)
        self.sequence = data[3] + 1
        return self.exactly(int.from_bytes(data[:3], "little"))

    def exactly(self, size):
        data = b""
        while len(data) < size:
            part = self.socket.recv(size - len(data))
            if not part:
                raise OSError("the guard has left")
            data += part
        return data

    def send(self, payload):
        self.socket.sendall(raw.frame(payload, self.sequence % 256))


OK = b"\0\0\0\x02\0\0\0"

# (server's packet, client's answer; None: the server goes on by itself). Names of plugins, bytes of our own.
EXCHANGES = {
    "gssapi": [(b"\xfeauth_gssapi_client\0mariadb/host@REALM\0Kerberos\0", b"\x60\x82" + bytes(range(256)) * 250),
               (b"\x01\x02\x03token", b"\x00\xff\xfe"), (b"\x02\x04\xfb", b"last")],
    "ldap sasl": [(b"\xfeauthentication_ldap_sasl_client\0SCRAM-SHA-256\0", b"n,,n=user,r=abc"),
                  (b"r=abcdef,s=c2FsdA==,i=4096", b"c=biws,r=abcdef,p=cHJvb2Y="), (b"v=dmVyaWZpZXI=", b"")],
    "kerberos": [(b"\xfeauthentication_kerberos_client\0" + struct.pack("<H", 5) + b"spn/h", b"\x01\x04ticket"),
                 (b"\x01\x04", b"\x02more"), (b"\x01\x03", b"password")],
    "webauthn": [(b"\xfeauthentication_webauthn_client\0\x01\x20" + b"c" * 32, b"\x02" + b"s" * 300)],
    "dialog": [(b"\xfedialog\0\x04Password: ", b"first\0"), (b"\x02One-time code: ", b"123456\0"),
               (b"\x03Are you sure? ", b"yes\0"), (b"\x05Really? ", b"\0")],
    "two factors": [(b"\xfemysql_native_password\0" + NONCE + b"\0", b"p" * 20),
                    (b"\x02authentication_webauthn_client\0\x01chal", b"\x01answer"),
                    (b"\x02auth_socket\0", b"")],
    "several switches": [(b"\xfeclient_ed25519\0" + b"e" * 32 + b"\0", b"s" * 64),
                         (b"\xfemysql_native_password\0" + NONCE + b"\0", b"n" * 20),
                         (b"\xfeparsec\0" + b"z" * 32, b""), (b"\x01P\x00" + b"salt" * 8, b"y" * 96)],
    "openid": [(b"\xfeauthentication_openid_connect_client\0", b"\x01" + b"eyJ" * 5000)],
    "no answer needed": [(b"\xfemystery\0data", b"x"), (b"\x01\x03", None)],
}


@pytest.fixture
def scripted(tmp_path):
    """start(exchange, tls) → (fake.Server, what it saw): a server that holds this exchange and then answers pings."""
    servers = []
    certificate, key = Authority(tmp_path, "fake-ca").issue("fake", ["localhost"])

    def start(exchange, tls):
        seen = []

        def talk(socket):
            end = End(socket)
            end.send(greeting(CAPABILITIES | (raw.SSL if tls else 0)))
            if tls:
                assert len(end.read()) == 32
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(certificate, key)
                end.socket = context.wrap_socket(socket, server_side=True)
            login = end.read()
            if b"opaque\0" not in login:
                return end.send(b"\xff\x15\x04#28000Access denied")
            for packet, answer in exchange:
                end.send(packet)
                end.sequence += 1
                if answer is not None:
                    seen.append(end.read())
            end.send(OK)
            while end.read() == b"\x0e":
                end.send(OK)

        server = fake.Server(talk)
        servers.append(server)
        return server, seen

    yield start
    for server in servers:
        server.close()


@pytest.mark.parametrize("server_tls", ["disabled", "required"])
@pytest.mark.parametrize("name", EXCHANGES)
def test_opaque_rounds_arrive_as_they_are(mariadb, start_guard, scripted, name, server_tls):
    """Both ways, byte by byte, whatever their first byte looks like; the sequence ids count on; then commands work."""
    exchange = EXCHANGES[name]
    server, seen = scripted(exchange, server_tls == "required")
    guard = start_guard(on=mariadb, server=server.text, schema_user=None, server_tls=server_tls)
    for tls in (False, True):
        if name == "dialog" and tls and server_tls == "disabled":
            continue  # the password would go on in clear: test_login_refused.py
        seen.clear()
        with raw.RawConnection(*guard.address) as client:
            client.read_greeting()
            capabilities = CAPABILITIES | (raw.SSL if tls else 0)
            if tls:
                client.send_ssl_request(capabilities)
                client.start_tls()
            client.send_packet(client.login_payload("opaque", b"", "shop", "no_plugin_of_ours", None, capabilities))
            for packet, answer in exchange:
                expected = client.sequence
                arrived = client.read_packet()
                assert (arrived.sequence, arrived.payload) == (expected, packet)
                if answer is not None:
                    client.send_packet(answer)
            assert client.read_packet().payload == OK
            assert seen == [answer for _, answer in exchange if answer is not None]
            client.capabilities = capabilities
            client.ping()
            client.ping()
    assert guard.counters()["logins_translated"] == 0


def test_a_password_in_clear_goes_on_where_that_is_allowed(mariadb, start_guard, scripted):
    """enable_cleartext_plugin: by a switch, and within the login itself."""
    exchange = [(b"\xfemysql_clear_password\0", b"secret\0")]
    server, seen = scripted(exchange, False)
    guards = [start_guard(on=mariadb, server=server.text, schema_user=None, server_tls="disabled", client_tls="required",
                          enable_cleartext_plugin=allowed) for allowed in ("no", "yes")]
    for guard, named in [(guard, named) for guard in guards for named in ("mysql_native_password", "mysql_clear_password")]:
        seen.clear()
        proof = b"secret\0" if named == "mysql_clear_password" else b""
        with raw.RawConnection(*guard.address) as client:
            client.read_greeting()
            client.send_ssl_request(CAPABILITIES | raw.SSL)
            client.start_tls()
            client.send_packet(client.login_payload("opaque", proof, "shop", named, None, CAPABILITIES | raw.SSL))
            try:
                while client.read_checked().payload != OK:
                    client.send_packet(b"secret\0")
                outcome = "in"
            except raw.Err as refused:
                outcome = refused.errno
        assert (outcome, b"secret\0" in seen) == (("in", True) if guard is guards[1] else (1235, False))


def test_a_second_factor_on_a_real_server(mysql, start_guard):
    """caching_sha2_password, then auth_socket, for which the server looks at the guard's own account: a Unix socket."""
    own = pwd.getpwuid(os.geteuid()).pw_name
    mysql.query("INSTALL PLUGIN auth_socket SONAME 'auth_socket.so'")
    mysql.query("SET GLOBAL authentication_policy = '*,,'")
    try:
        mysql.query(f"CREATE USER 'two_factors'@'localhost' IDENTIFIED BY 'pw' AND IDENTIFIED WITH auth_socket AS '{own}'")
        guard = start_guard(on=mysql, schema_user=None, server=mysql.socket_path)
        factors = raw.DEFAULT_CAPABILITIES | raw.MULTI_FACTOR
        for tls in (False, True):
            for _ in range(2):  # the full exchange, then the fast one
                with raw.connect(guard.address, "two_factors", "pw", tls=tls, capabilities=factors) as client:
                    assert client.query("SELECT CURRENT_USER()").rows == [[b"two_factors@localhost"]]
            with pytest.raises(raw.Err) as refused:
                raw.connect(guard.address, "two_factors", "wrong", tls=tls, capabilities=factors)
            assert refused.value.errno == 1045
    finally:
        mysql.query("DROP USER IF EXISTS 'two_factors'@'localhost'")
        mysql.query("UNINSTALL PLUGIN auth_socket")
