"""Every command, once directly and once through the guard: the same answers, byte for byte.

A script is a function of a Transcript; what must differ between two connections is masked by the script's test.
"""

import re
import struct

import pytest
from support import raw
from support.transcript import Transcript, compare

OLD = raw.DEFAULT_CAPABILITIES | raw.MULTI_STATEMENTS | raw.LOCAL_FILES
NEW = OLD | raw.DEPRECATE_EOF | raw.SESSION_TRACK
QUERY_ATTRIBUTES = NEW | raw.QUERY_ATTRIBUTES
OPTIONAL_METADATA = NEW | raw.OPTIONAL_RESULTSET_METADATA
FRAMINGS = [OLD, NEW, QUERY_ATTRIBUTES, OPTIONAL_METADATA, OLD | raw.OPTIONAL_RESULTSET_METADATA]
MARIADB_ALL = 0x1F


@pytest.fixture
def both(server, shop, start_guard):
    """both(script, **login): plays it directly and through the guard, and compares."""
    guard = start_guard(mode="block")

    def play(script, mask=lambda said: said, **login):
        said = []
        for at in (server, guard):
            with at.raw(database=shop, **login) as connection:
                transcript = Transcript(connection)
                script(transcript)
                connection.quit()
            said.append(mask(without_statement_ids(transcript.said)))
        compare(said[0], said[1])
        return said[1]

    play.guard, play.lost = guard, (0, 0)  # times that the guard lost its way, and found it again
    yield play
    counters = guard.counters()
    assert (counters["relay_only"], counters["protocol_resyncs"]) == play.lost


def without_statement_ids(said):
    """MariaDB counts them for all connections; and what the guard asks of the server has one, too."""
    masked = []
    for label, packets in said:
        if "prepare" in label and packets[0][1][:1] == b"\0":
            packets = [(packets[0][0], b"\0...." + packets[0][1][5:]), *packets[1:]]
        masked.append((label, [(sequence, re.sub(rb"(handler|statement) \(\d+\)", rb"\1 (#)", payload))
                               for sequence, payload in packets]))
    return masked


def without_numbers(said):
    """Ids, uptimes and counts of another connection's making."""
    return [(label, [(sequence, re.sub(rb"[0-9.]+", b"#", payload)) for sequence, payload in packets])
            for label, packets in said]


def simple_commands(t):
    t.play("single", raw.COM_PING)
    t.play("single", raw.COM_INIT_DB, b"information_schema")
    t.query("SELECT DATABASE()")
    t.play("single", raw.COM_INIT_DB, b"no_such_database")
    t.play("single", raw.COM_INIT_DB, b"")
    t.query("SELECT DATABASE()")
    t.play("single", raw.COM_SET_OPTION, b"\1\0")
    t.query("SELECT 1; SELECT 2")
    t.play("single", raw.COM_SET_OPTION, b"\0\0")
    t.query("SELECT 1; SELECT 2")
    t.play("single", raw.COM_SET_OPTION, b"\7\0")
    t.play("single", raw.COM_SET_OPTION, b"")
    t.query("SET @kept = 1, sql_mode = 'ANSI_QUOTES'")
    t.play("single", raw.COM_RESET_CONNECTION)
    t.query("SELECT @kept, @@sql_mode, DATABASE()")
    t.play("single", raw.COM_RESET_CONNECTION, b"and more")
    t.play("single", raw.COM_PING, b"and more")


def queries(t):
    t.query("")
    t.query(";")
    t.query("-- nothing")
    t.query("SELECT 1;")
    t.query("SELECT 1; ")
    t.query("SELECT 1\0")
    t.query("SELECT 1\0, 2")
    t.query("SELECT '', NULL, 0x00FE00FF, REPEAT('x', 250), REPEAT('x', 251), REPEAT('x', 65536)")
    t.query("SELECT id, company FROM customers ORDER BY id")
    t.query("SELECT id FROM customers WHERE id > 100")
    t.query("SELECT CHAR(254), CHAR(255), CHAR(0), CHAR(251)")
    t.query("INSERT INTO orders (customer_id) VALUES (1)")
    t.query("UPDATE products SET stock = 7 WHERE id < 3")
    t.query("UPDATE products SET stock = 8 WHERE id < 3")
    t.query("DELETE FROM orders WHERE id > 2")
    t.query("ALTER TABLE orders AUTO_INCREMENT = 3")
    t.query("SELECT nope FROM customers")
    t.query("SHOW WARNINGS")
    t.query("SELECT * FROM no_such_table")
    t.query("SELEC 1")
    t.query("SELECT 1 / 0, CAST('x' AS SIGNED)")
    t.query("SHOW WARNINGS")
    t.query("START TRANSACTION")
    t.query("SELECT company FROM customers WHERE id = 1 FOR UPDATE")
    t.query("ROLLBACK")
    t.query("SET autocommit = 0")
    t.query("SELECT COUNT(*) FROM customers")
    t.query("COMMIT")
    t.query("EXPLAIN SELECT company FROM customers WHERE id = 1")
    t.query("DESCRIBE customers")
    t.query("SHOW CREATE TABLE products")
    t.query("DO 1")
    t.query("SELECT * FROM customers c, products p, orders o, order_items i, order_totals t "
            "ORDER BY c.id, p.id, o.id, i.order_id, i.product_id, t.order_id")


def several_results(t):
    t.query("SELECT 1; SELECT 2, 3; DO 0; INSERT INTO orders (customer_id) VALUES (1); SELECT ROW_COUNT()")
    t.query("DELETE FROM orders WHERE id > 2; ALTER TABLE orders AUTO_INCREMENT = 3")
    t.query("SELECT 1; SELECT nope FROM customers; SELECT 3")
    t.query("SELECT nope FROM customers; SELECT 2")
    t.query("SELECT 1; SELEC; SELECT 3")
    t.query("SELECT 1;;")
    t.query("SELECT 1; -- more")
    t.query("DROP PROCEDURE IF EXISTS several")
    t.query("CREATE PROCEDURE several(INOUT a INT, OUT b VARCHAR(20)) BEGIN SELECT 1; SELECT id FROM customers ORDER BY id; "
            "SET a = a + 1, b = 'out'; END")
    t.query("SET @a = 1; CALL several(@a, @b); SELECT @a, @b")
    statement = t.prepare("CALL several(?, ?)")
    t.execute(statement, b"\x00\x01\x03\x00\xfd\x00" + struct.pack("<I", 41) + b"\x00")
    t.execute(statement, b"\x00\x01\x03\x00\xfd\x00" + struct.pack("<I", 42) + b"\x00")
    t.play("single", raw.COM_PING)
    t.query("DROP PROCEDURE several")
    t.query("DROP PROCEDURE IF EXISTS failing")
    t.query("CREATE PROCEDURE failing() BEGIN SELECT 1; SELECT 1 FROM no_such_table; END")
    t.query("CALL failing()")
    t.query("DROP PROCEDURE failing")


def statements(t):
    one = t.prepare("SELECT id, company, ? FROM customers WHERE id >= ? ORDER BY id")
    t.execute(one, b"\x00\x01\xfd\x00\x08\x00" + raw.lenenc_bytes(b"abc") + struct.pack("<q", 2))
    t.execute(one, b"\x01\x01\xfd\x00\x08\x00" + struct.pack("<q", 1))
    t.execute(one, b"\x00\x00" + raw.lenenc_bytes(b"again") + struct.pack("<q", 3))
    t.play("none", raw.COM_STMT_SEND_LONG_DATA, struct.pack("<IH", one, 0) + b"long " * 1000)
    t.play("none", raw.COM_STMT_SEND_LONG_DATA, struct.pack("<IH", one, 0) + b"data")
    t.execute(one, b"\x00\x01\xfc\x00\x08\x00" + struct.pack("<q", 3))
    t.play("single", raw.COM_STMT_RESET, struct.pack("<I", one))
    t.execute(one, b"\x00\x01\xfd\x00\x08\x00" + raw.lenenc_bytes(b"reset") + struct.pack("<q", 3))
    two = t.prepare("INSERT INTO orders (customer_id) VALUES (?)")
    t.execute(two, b"\x00\x01\x03\x00" + struct.pack("<I", 1))
    t.execute(two, b"\x01\x01\x03\x00")
    t.play("none", raw.COM_STMT_CLOSE, struct.pack("<I", two))
    t.execute(two, b"\x00\x01\x03\x00" + struct.pack("<I", 1))
    t.query("DELETE FROM orders WHERE id > 2; ALTER TABLE orders AUTO_INCREMENT = 3")
    t.prepare("SELECT nope FROM customers")
    t.prepare("SELECT 1; SELECT 2")
    t.prepare("SELEC")
    t.prepare("")
    three = t.prepare("DO 1")
    t.execute(three)
    four = t.prepare("SELECT 1")
    t.execute(four)
    t.execute(99999)
    t.play("single", raw.COM_STMT_RESET, struct.pack("<I", 99999))
    t.play("none", raw.COM_STMT_CLOSE, struct.pack("<I", 99999))
    t.play("none", raw.COM_STMT_SEND_LONG_DATA, struct.pack("<IH", 99999, 0) + b"x")
    t.play("single", raw.COM_PING)
    t.prepare("SELECT " + ", ".join(f"? AS c{at}" for at in range(300)))
    t.query("PREPARE s FROM 'SELECT ? + 1'; SET @x = 1; EXECUTE s USING @x; DEALLOCATE PREPARE s")


def cursors(t):
    statement = t.prepare("SELECT id, company FROM customers ORDER BY id")
    t.execute(statement, flags=1)
    for size in (1, 0, 1, 100, 1):
        t.play("rows", raw.COM_STMT_FETCH, struct.pack("<II", statement, size))
    t.execute(statement, flags=1)
    t.play("rows", raw.COM_STMT_FETCH, struct.pack("<II", statement, 2))
    t.play("single", raw.COM_STMT_RESET, struct.pack("<I", statement))
    t.play("rows", raw.COM_STMT_FETCH, struct.pack("<II", statement, 2))
    t.execute(statement, flags=1)
    t.query("SELECT 1")
    t.play("rows", raw.COM_STMT_FETCH, struct.pack("<II", statement, 100))
    other = t.prepare("UPDATE products SET stock = stock WHERE id = 1")
    t.execute(other, flags=1)
    t.play("rows", raw.COM_STMT_FETCH, struct.pack("<II", 4242, 1))
    t.play("single", raw.COM_PING)


def infile(t):
    t.query("CREATE TEMPORARY TABLE t (a INT, b VARCHAR(300))")
    load = "LOAD DATA LOCAL INFILE 'rows.txt' INTO TABLE t"
    t.query(load, files=[[b"1\tone\n2\ttwo\n3\tthree\n"]])
    t.query(load, files=[[b"4\tfo", b"ur\n5\t", b"five\n"] + [b"%d\tmany\n" % at for at in range(6, 300)]])
    t.query(load, files=[[]])  # the client has no such file, or refuses
    t.query(load, files=[[b"not a number\tx\n"]])
    t.query("SHOW WARNINGS")
    t.query(load + "; SELECT COUNT(*), SUM(a) FROM t; " + load, files=[[b"301\tx\n"], [b"302\ty\n"]])
    t.query(load + " (no_such_column)", files=[[b"1\n"]])
    t.query("LOAD DATA LOCAL INFILE 'x' INTO TABLE no_such_table", files=[[b"1\n"]])
    t.query("SELECT COUNT(*), SUM(a), MIN(b) FROM t")
    t.query("SET local_infile = 1")
    t.query("DROP TEMPORARY TABLE t")


def strange_commands(t):
    for command in (0x00, 0x05, 0x06, 0x0B, 0x0F, 0x10, 0x13, 0x14, 0x1D, 0x22, 0x55, 0x80, 0xF9, 0xFB, 0xFD, 0xFE, 0xFF):
        t.play("single", command)
        t.play("single", command, b"some words")
    t.connection.send_packet(b"", 0)
    t.hear("single", "an empty packet")
    t.play("single", raw.COM_PING)


def field_list(t):
    t.play("rows", raw.COM_FIELD_LIST, b"customers\0")
    t.play("rows", raw.COM_FIELD_LIST, b"customers\0c%")
    t.play("rows", raw.COM_FIELD_LIST, b"no_such_table\0")
    t.play("rows", raw.COM_FIELD_LIST, b"customers")
    t.play("single", raw.COM_PING)


@pytest.mark.parametrize("script", [simple_commands, queries, several_results, statements, cursors, infile,
                                    strange_commands, field_list], ids=lambda script: script.__name__)
def test_the_answers_are_the_same(both, script):
    both.guard.allow_disagreement = script is several_results  # names that only a procedure knows
    for capabilities in FRAMINGS:
        if script is field_list and capabilities & raw.OPTIONAL_RESULTSET_METADATA:
            continue  # no client asks for both
        both(script, capabilities=capabilities, tls=False)
    both(script, capabilities=NEW, tls=True, mariadb_capabilities=MARIADB_ALL)


def test_definitions_left_out(both, server):
    """MySQL: resultset_metadata=NONE; MariaDB: CACHE_METADATA leaves them out by itself at the second EXECUTE."""
    def script(t):
        if server.flavour == "mysql":
            t.query("SET resultset_metadata = NONE")
        t.query("SELECT id, company FROM customers ORDER BY id")
        statement = t.prepare("SELECT id, ? FROM customers ORDER BY id")
        for _ in range(3):
            t.execute(statement, b"\x00\x01\x08\x00" + struct.pack("<q", 2))
        t.query("ALTER TABLE customers COMMENT = 'changed'")
        t.execute(statement, b"\x00\x01\x08\x00" + struct.pack("<q", 2))
        t.query("SELECT nope FROM customers")
        t.play("single", raw.COM_PING)

    for capabilities in (OLD, NEW):
        if server.flavour == "mysql":
            capabilities |= raw.OPTIONAL_RESULTSET_METADATA
        both(script, capabilities=capabilities, mariadb_capabilities=MARIADB_ALL)
        if server.flavour == "mysql":
            both(script, capabilities=capabilities | raw.QUERY_ATTRIBUTES)


def test_statistics_and_the_process_list(both, server):
    def script(t):
        t.play("single", raw.COM_STATISTICS)
        t.play("query", 0x0A)
        t.play("single", raw.COM_PING)
        t.play("single", 0x07, b"\x01")  # REFRESH
        t.play("single", raw.COM_PROCESS_KILL, struct.pack("<I", 4_000_000))
        t.play("single", 0x15, b"nonsense")  # REGISTER_SLAVE
        t.play("single", raw.COM_PING)

    def mask(said):
        said = without_numbers(said)
        return [(label, [(sequence, b"") for sequence, _ in packets[:4]]) if "0x0a" in label
                else (label, packets) for label, packets in said]
    said = both(script, mask)
    assert said[0][1][0][1].startswith(b"Uptime")


def test_query_attributes(both, mysql, server):
    if server is not mysql:
        pytest.skip("MariaDB has none")

    def attributes(pairs):
        payload = raw.lenenc(len(pairs)) + b"\x01"
        if pairs:
            payload += b"\0" * ((len(pairs) + 7) // 8) + b"\x01"
            payload += b"".join(b"\xfd\x00" + raw.lenenc_bytes(name) for name, _ in pairs)
            payload += b"".join(raw.lenenc_bytes(value) for _, value in pairs)
        return payload

    def script(t):
        for pairs in ([], [(b"trace", b"abc")], [(b"n%d" % at, b"v" * at) for at in range(40)],
                      [(b"long", b"x" * 100_000)], [(b"", b"")]):
            t.play("query", raw.COM_QUERY, attributes(pairs) + b"SELECT company FROM customers WHERE id = 1")
            t.play("query", raw.COM_QUERY, attributes(pairs) + b"SELECT nope FROM customers")
        t.play("query", raw.COM_QUERY, b"SELECT 1")  # without the header: 1835
        t.play("query", raw.COM_QUERY, b"")
        t.play("query", raw.COM_QUERY, b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7f\x01SELECT 1")
    both(script, capabilities=QUERY_ATTRIBUTES)


def test_wrong_sequence_ids(both):
    """1156 and the end of the connection, on both servers."""
    both.lost = (3, 0)
    for sequence in (1, 2, 17, 255):
        said = []
        for at in (both.guard.server, both.guard):
            with at.raw() as client:
                client.send_packet(b"\x03SELECT 1", sequence)
                packet = client.read_packet()
                said.append((packet.sequence, packet.payload, client.at_end()))
        assert said[0] == said[1]
        assert said[0][2]


def test_progress_reports(both, mariadb, server):
    if server is not mariadb:
        pytest.skip("MySQL has none")

    def script(t):
        t.query("SET progress_report_time = 1")
        t.query("CREATE TABLE progress ENGINE=InnoDB WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r "
                "WHERE n < 500) SELECT a.n FROM r a, r b")
        t.query("ALTER TABLE progress ADD COLUMN more CHAR(100) NOT NULL DEFAULT 'x', ALGORITHM=COPY")
        t.query("DROP TABLE progress")
        t.play("single", raw.COM_PING)
    both(script, capabilities=NEW, mariadb_capabilities=MARIADB_ALL)


def test_bulk_execution(both, mariadb, server):
    if server is not mariadb:
        pytest.skip("MySQL has none")

    def script(t):
        statement = t.prepare("INSERT INTO orders (customer_id) VALUES (?)")
        rows = b"".join(b"\x00" + struct.pack("<I", 1 + at % 3) for at in range(50))
        t.play("execute", raw.COM_STMT_BULK_EXECUTE, struct.pack("<IH", statement, 128) + b"\x03\x00" + rows)
        t.query("SELECT COUNT(*) FROM orders")
        t.query("DELETE FROM orders WHERE id > 2")
        t.query("ALTER TABLE orders AUTO_INCREMENT = 3")
        t.play("execute", raw.COM_STMT_BULK_EXECUTE, struct.pack("<IH", 4242, 128) + b"\x03\x00" + rows)
    both(script, capabilities=NEW, mariadb_capabilities=MARIADB_ALL)


# --- pipelines -------------------------------------------------------------------------------------------


def test_a_thousand_queries_in_one_go(both):
    texts = [b"SELECT %d, REPEAT('x', %d)" % (at, at % 300) for at in range(1000)]

    def script(t):
        t.connection.send_bytes(b"".join(raw.frame(b"\x03" + t.connection.query_payload(text)) for text in texts))
        for text in texts:
            t.hear("query", f"query {text}")
    for capabilities in FRAMINGS:
        both(script, capabilities=capabilities)


def test_a_mixture_in_one_go(both):
    """Commands without an answer between those that have one, errors between results."""
    def script(t):
        statement = t.prepare("SELECT company FROM customers WHERE id = ?")
        execute = struct.pack("<IBI", statement, 0, 1) + b"\x00\x01\x03\x00" + struct.pack("<I", 2)
        plan = [("query", b"\x03SELECT 1"), ("none", b"\x19" + struct.pack("<I", 4242)), ("single", b"\x0e"),
                ("query", b"\x03SELEC"), ("execute", b"\x17" + execute), ("query", b"\x03USE information_schema"),
                ("query", b"\x03SELECT DATABASE()"), ("single", b"\x02mysql"), ("query", b"\x03SELECT DATABASE()"),
                ("none", b"\x18" + struct.pack("<IH", statement, 0) + b"x"), ("query", b"\x03DO SLEEP(0.01)"),
                ("single", b"\x1f"), ("query", b"\x03SELECT DATABASE(), @@sql_mode"), ("single", b"\x55"),
                ("prepare", b"\x16SELECT 2"), ("single", b"\x1b\x01\0"), ("query", b"\x03SELECT 1; SELECT 2"),
                ("single", b"\x1b\0\0"), ("query", b"\x03SELECT 1; SELECT 2"), ("single", b"\x0e")] * 5
        t.connection.send_bytes(b"".join(raw.frame(payload) for _, payload in plan))
        for answer, payload in plan:
            t.hear(answer, f"{answer} {payload}")
    both(script, capabilities=OLD)


def test_prepare_and_execute_the_last_in_one_go(both, mariadb, server):
    """Connector/J and /Node: EXECUTE of id -1 is of what was prepared last. MySQL says 1243."""
    def script(t):
        last = b"\x17" + struct.pack("<IBI", 0xFFFFFFFF, 0, 1)
        for text in ("SELECT id FROM customers ORDER BY id", "SELECT nope FROM customers", "SELECT 1", "SELEC", "DO 1"):
            t.connection.send_bytes(raw.frame(b"\x16" + text.encode()) + raw.frame(last) + raw.frame(b"\x0e"))
            t.hear("prepare", f"prepare {text}")
            t.hear("execute", f"execute {text}")
            t.hear("single", "ping")
    for capabilities in (OLD, NEW):
        both(script, capabilities=capabilities, mariadb_capabilities=MARIADB_ALL)
