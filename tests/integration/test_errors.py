"""What the guard itself tells clients: one family, and all of it in docs/errors.md.

(The page is held against the code's table by tests/unit/report/test_errors.c.)
"""

import re

import pytest
from support import fake, raw
from support.servers import ROOT

ROW = re.compile(r"^\| (\d+) \| (\w{5}) \| (.+?) \|", re.MULTILINE)


def listed():
    """text → (number, SQLSTATE)"""
    return {text: (int(number), state) for number, state, text in ROW.findall((ROOT / "docs/errors.md").read_text())}


def check(error, text, greeted=True):
    """It is that line of the page, with or without a detail."""
    number, state = listed()[text]
    assert (error.errno, error.sqlstate) == (number, state if greeted else None)
    assert re.fullmatch(r"schemaguard: " + re.escape(text) + r"(: .+)?", error.message), error.message


def refusal(address, *who, **how):
    with pytest.raises(raw.Err) as refused:
        raw.connect(address, *who, **how)
    return refused.value


def test_no_error_is_made_elsewhere():
    """`schemaguard: ` is put before a message in three places, and what else is sent are the server's words: by a
    session, to a client for which there is none, and before what is unverified (which an event tells, too)."""
    rooms = [ROOT / "proxy/guard/session", ROOT / "proxy/guard/wire", ROOT / "proxy/guard/net"]
    makers = {path.name for room in rooms for path in room.glob("*.c") if '"schemaguard: ' in path.read_text()}
    assert makers <= {"session.c", "limits.c", "refusal.c"}, makers
    assert len(listed()) >= 20


def test_before_the_greeting(mariadb, start_guard):
    def nothing(end):
        end.recv(1)

    def hangs_up(end):
        pass

    with fake.Server(lambda end: end.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as foreign, \
            fake.Server(nothing) as silent, fake.Server(hangs_up) as brief:
        for settings, text in [
                ({"server": "127.0.0.1:1"}, "the server cannot be reached"),
                ({"server": foreign.text}, "the server's greeting was not understood"),
                ({"server": brief.text}, "the server's greeting was not understood"),
                ({"server": silent.text, "login_timeout": "2s", "connect_timeout": "2s"},
                 "the server sent no greeting within login_timeout")]:
            guard = start_guard(on=mariadb, schema_user=None, **settings)
            check(refusal(guard.address, "anybody"), text, greeted=False)
    guard = start_guard(on=mariadb, schema_user=None, max_sessions=1)
    with guard.raw():
        error = refusal(guard.address, "anybody")
        check(error, "Too many connections", greeted=False)
        assert error.message.endswith("max_sessions = 1")


def test_during_the_login(mariadb, start_guard, tmp_path):
    account = mariadb.app.user, mariadb.app.password
    guard = start_guard(on=mariadb, schema_user=None, client_tls="required")
    check(refusal(guard.address, *account), "connections without TLS are not taken here (client_tls = required)")
    with raw.RawConnection(*guard.address) as client:
        client.read_greeting()
        client.send_packet(b"\x03SELECT 1")
        check(raw.Err(client.read_packet()), "the login was not understood")
    guard = start_guard(on=mariadb, schema_user=None, server_tls_fingerprint="ab" * 32)
    check(refusal(guard.address, *account), "no secure connection to the server")
    guard = start_guard(on=mariadb, schema_user=None, client_tls_ca=mariadb.tls_ca, client_tls_x509="required")
    check(refusal(guard.address, *account, tls=True), "the client has to show a certificate (client_tls_x509 = required)")
    guard = start_guard(on=mariadb, schema_user=None, server_tls="disabled")
    check(refusal(guard.address, *account, tls=True, plugin="mysql_clear_password"),
          "the password would go to the server in clear; set server_tls")
    guard = start_guard(on=mariadb, schema_user=None, max_sessions_per_user=1)
    with guard.raw():
        check(refusal(guard.address, *account), "this user has as many connections as max_sessions_per_user allows")
    guard = start_guard(on=mariadb, schema_user=None, login_timeout="4s", connect_timeout="4s")
    with raw.RawConnection(*guard.address) as client:
        client.read_greeting()
        check(raw.Err(client.read_packet()), "the login was not done within login_timeout")


def test_later(server, start_guard):
    guard = start_guard(schema_user=None)
    with guard.raw() as client:
        guard.process.terminate()
        check(raw.Err(client.read_packet()), "the guard is shutting down")
        assert client.at_end()
    guard.stop()
    if server.flavour == "mysql":
        guard = start_guard(schema_user=None, idle_timeout="200ms")
        with guard.raw() as client:
            check(raw.Err(client.read_packet()), "The client was disconnected because of inactivity (idle_timeout)")
