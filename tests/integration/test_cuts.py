"""Ten thousand cuts: however the bytes of a conversation arrive, it is the same conversation.

Between client and guard and between guard and server stands a relay each, on Unix sockets, where a sender can wait
until a piece has been read: so the guard sees exactly the pieces that the seed gives. Both ways are cut, the login
and its TLS handshakes too.
"""

import struct

import pytest
from support import cutter, raw
from support.transcript import Transcript, compare

MULTI = raw.DEFAULT_CAPABILITIES | raw.MULTI_STATEMENTS | raw.LOCAL_FILES
NEW = MULTI | raw.DEPRECATE_EOF | raw.SESSION_TRACK


def conversation(t, database):
    """A little of everything, good and bad, waiting and pipelined."""
    t.query("SELECT id, company FROM customers ORDER BY id")
    t.query("SELECT name FROM customers")
    t.query("SHOW WARNINGS")
    t.play("single", raw.COM_PING)
    t.query("SELECT 1; SELECT id FROM products ORDER BY id; SELECT nope FROM products; SELECT 2")
    statement = t.prepare("SELECT id, company, ? FROM customers WHERE id >= ? ORDER BY id")
    for least in (1, 3):
        t.execute(statement, b"\x00\x01\xfd\x00\x08\x00" + raw.lenenc_bytes(b"abc") + struct.pack("<q", least))
    t.execute(statement, b"\x00\x00" + raw.lenenc_bytes(b"abc") + struct.pack("<q", 1), flags=1)
    t.play("rows", raw.COM_STMT_FETCH, struct.pack("<II", statement, 2))
    t.play("none", raw.COM_STMT_CLOSE, struct.pack("<I", statement))
    t.prepare("SELECT nope FROM customers")
    t.query("CREATE TEMPORARY TABLE t (a INT, b VARCHAR(20))")
    t.query("LOAD DATA LOCAL INFILE 'x' INTO TABLE t", files=[[b"1\tone\n2\tt", b"wo\n3\tthree\n"]])
    t.query("SELECT * FROM t")
    t.query("DROP TEMPORARY TABLE t")
    texts = [b"SELECT 1", b"SELECT town FROM customers", b"DO 0", b"SELECT title FROM products ORDER BY id", b"SELEC"] * 4
    t.connection.send_bytes(b"".join(raw.frame(b"\x03" + text) for text in texts))
    for text in texts:
        t.hear("query", f"query {text}")
    t.play("single", raw.COM_INIT_DB, b"information_schema")
    t.query("SELECT DATABASE()")
    t.play("single", raw.COM_INIT_DB, database.encode())
    t.play("single", raw.COM_RESET_CONNECTION)
    t.query("SELECT REPEAT('x', 3000)")
    t.query("SELECT 'last'")


def play(address, server, database, **how):
    with raw.connect(address, server.app.user, server.app.password, database=database, **how) as client:
        t = Transcript(client)
        conversation(t, database)
        client.quit()
    return [(label, [(sequence, b"\0...." + payload[5:] if "prepare" in label and payload[:1] == b"\0" else payload)
                     for sequence, payload in packets]) for label, packets in t.said]


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_any_way_of_cutting_gives_the_same_conversation(server, shop, start_guard, tmp_path, tls):
    whole = play(server.address, server, shop, capabilities=NEW)
    whole_old = play(server.address, server, shop, capabilities=MULTI)
    sizes, cuts, rounds, commands = (1, 5, 17, 64, 300), 0, 0, len(whole)
    with cutter.Relay(server.socket_path, path=tmp_path / "server.sock") as behind:
        guard = start_guard(mode="block", listen=tmp_path / "guard.sock", server=tmp_path / "server.sock",
                            server_tls="required" if tls else "disabled", schema=False, login_timeout="10m")
        guard.wait_for_schema()
        while cuts < 10_000 or rounds < 10:
            seed = rounds
            behind.cut_back = cutter.at_random(seed, largest=sizes[rounds % 5])
            cut = cutter.at_random(-1 - seed, largest=sizes[(rounds // 2) % 5])
            with cutter.Relay(tmp_path / "guard.sock", cut=cut) as before:
                capabilities, expected = (NEW, whole) if rounds % 2 else (MULTI, whole_old)
                said = play(before.address, server, shop, capabilities=capabilities, tls=tls)
                try:
                    compare(expected, said)
                except AssertionError as differ:
                    raise AssertionError(f"seed {seed}: {differ}") from None
                cuts += before.cuts
            cuts += behind.cuts
            behind.cuts = 0
            rounds += 1
        counters = guard.counters()
        assert (counters["relay_only"], counters["protocol_resyncs"]) == (0, 0)
        assert counters["blocked"] >= rounds
    print(f"figure: {cuts} cuts in {rounds} conversations of {commands} commands, {server.flavour}, "
          f"{'TLS' if tls else 'plain'}: all the same")
