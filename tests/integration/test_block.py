"""A statement that names what the schema lacks: stopped, in the server's own words, and everything else goes on."""

import contextlib
import struct

import pymysql
import pytest
from support import raw
from support.cutter import Relay
from support.transcript import Transcript, compare

# One for each place where a name can stand; every one is refused by both servers.
MISMATCHES = {
    "column": "SELECT name FROM customers",
    "column-of-alias": "SELECT c.name FROM customers c",
    "column-of-table": "SELECT customers.name FROM customers",
    "column-quoted": "SELECT `no``such` FROM customers",
    "where": "SELECT id FROM customers WHERE name = 'x'",
    "alias-in-where": "SELECT id AS number FROM customers WHERE number = 1",
    "group-by": "SELECT COUNT(*) FROM customers GROUP BY town",
    "having": "SELECT id FROM customers HAVING town = 'x'",
    "order-by": "SELECT id FROM customers ORDER BY town",
    "ordinal": "SELECT id FROM customers ORDER BY 2",
    "on": "SELECT 1 FROM customers c JOIN orders o ON o.client = c.id",
    "using": "SELECT 1 FROM customers JOIN orders USING (customer_id)",
    "star-of-nobody": "SELECT x.* FROM customers",
    "qualifier": "SELECT x.id FROM customers",
    "function-argument": "SELECT UPPER(CONCAT(company, surname)) FROM customers",
    "case": "SELECT CASE WHEN id = 1 THEN town ELSE company END FROM customers",
    "subquery": "SELECT (SELECT MAX(price) FROM products WHERE colour = 'red') FROM customers",
    "correlated": "SELECT id FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.number)",
    "derived": "SELECT d.email FROM (SELECT id, company FROM customers) d",
    "in-derived": "SELECT d.id FROM (SELECT id, town FROM customers) d",
    "cte": "WITH c AS (SELECT id FROM customers) SELECT company FROM c",
    "in-cte": "WITH c AS (SELECT id, town FROM customers) SELECT id FROM c",
    "union": "SELECT id FROM customers UNION SELECT town FROM orders",
    "view": "SELECT total, customer FROM order_totals",
    "table": "SELECT * FROM clients",
    "second-table": "SELECT * FROM customers JOIN clients ON 1",
    "table-in-subquery": "SELECT id FROM customers WHERE id IN (SELECT client_id FROM visits)",
    "insert-column": "INSERT INTO customers (name, email) VALUES ('a', 'b')",
    "insert-set": "INSERT INTO customers SET company = 'a', town = 'b'",
    "insert-table": "INSERT INTO clients (id) VALUES (1)",
    "insert-select": "INSERT INTO customers (company, email) SELECT title, colour FROM products",
    "insert-duplicate": "INSERT INTO customers (company, email) VALUES ('a', 'b') ON DUPLICATE KEY UPDATE town = 'c'",
    "insert-values": "INSERT INTO customers (company, email) VALUES ('a', town)",
    "replace": "REPLACE INTO products (sku, name, price) VALUES ('a', 'b', 1)",
    "update-set": "UPDATE customers SET town = 'x' WHERE id = 1",
    "update-where": "UPDATE customers SET company = 'x' WHERE town = 'y'",
    "update-table": "UPDATE clients SET company = 'x'",
    "update-join": "UPDATE customers c JOIN orders o ON o.customer_id = c.id SET o.state = 'x'",
    "delete-where": "DELETE FROM orders WHERE state = 'x'",
    "delete-table": "DELETE FROM clients",
    "delete-target": "DELETE x FROM orders o JOIN customers c ON c.id = o.customer_id",
}


def refusal(client, sql):
    """(sequence id, number, SQLSTATE, text) of what `sql` is answered with."""
    with pytest.raises(raw.Err) as refused:
        client.query(sql)
    error = refused.value
    return error.sequence, error.errno, error.sqlstate, error.message


@pytest.mark.parametrize("confirm", ["server", "schema", "none"])
def test_every_mismatch_in_the_servers_words(server, shop, start_guard, confirm):
    guard = start_guard(mode="block", confirm=confirm)
    differ = []
    with server.raw(database=shop) as direct, guard.raw(database=shop) as client:
        for name, sql in MISMATCHES.items():
            expected, given = refusal(direct, sql), refusal(client, sql)
            if expected != given:
                differ.append((name, expected, given))
            assert client.query("SELECT COUNT(*) FROM customers").rows == [[b"3"]]
        assert not differ
        assert client.query("SELECT COUNT(*) FROM orders").rows == [[b"2"]]
    events = guard.wait_for_events(len(MISMATCHES))
    assert [event["schemaguard.action"] for event in events] == ["blocked"] * len(MISMATCHES)
    guard.wait_for_counters(blocked=len(MISMATCHES))


@pytest.mark.parametrize("confirm", ["server", pytest.param("schema", marks=pytest.mark.full), "none"])
def test_every_mismatch_in_a_prepared_statement(server, shop, start_guard, confirm):
    guard = start_guard(mode="block", confirm=confirm)
    differ = []
    with server.raw(database=shop) as direct, guard.raw(database=shop) as client:
        for name, sql in MISMATCHES.items():
            said = []
            for at in (direct, client):
                with pytest.raises(raw.Err) as refused:
                    at.prepare(sql)
                said.append((refused.value.sequence, str(refused.value)))
            if said[0] != said[1]:
                differ.append((name, *said))
            statement, _, columns = client.prepare("SELECT COUNT(*) FROM customers")
            assert columns == 1 and client.execute(statement) == 1
    assert not differ
    guard.wait_for_counters(blocked=len(MISMATCHES))
    assert len(guard.wait_for_events(len(MISMATCHES))) == len(MISMATCHES)


def test_observing_changes_nothing_and_tells_all(server, shop, start_guard):
    guard = start_guard(mode="observe")
    with server.raw(database=shop) as direct, guard.raw(database=shop) as client:
        for sql in MISMATCHES.values():
            assert refusal(direct, sql) == refusal(client, sql)
    events = guard.wait_for_events(len(MISMATCHES))
    assert {event["schemaguard.action"] for event in events} == {"forwarded"}
    assert {event["schemaguard.agreement"] for event in events} == {"agree"}
    assert guard.counters()["blocked"] == 0


# --- what reaches the server ------------------------------------------------------------------------------


@pytest.fixture
def general_log(server, set_global):
    """general_log(pattern): the commands whose text is LIKE it that the server has taken, in order."""
    set_global("log_output", "TABLE")
    set_global("general_log", 1)
    server.query("TRUNCATE mysql.general_log")

    def commands(pattern):
        # the table is written at once; the question itself stands in it, too
        rows = server.query("SELECT command_type FROM mysql.general_log WHERE argument LIKE '%" + pattern + "%' AND "
                            "argument NOT LIKE '%general_log%' ORDER BY event_time")
        return [row[0].decode() if isinstance(row[0], bytes) else row[0] for row in rows]

    return commands


def test_nothing_of_a_blocked_statement_reaches_the_server(server, shop, start_guard, general_log):
    guard = start_guard(mode="block", confirm="none")
    with guard.raw(database=shop, capabilities=raw.DEFAULT_CAPABILITIES | raw.MULTI_STATEMENTS) as client:
        refusal(client, "SELECT name /* marked */ FROM customers")
        refusal(client, "INSERT INTO customers (name) VALUES ('marked')")
        refusal(client, "DELETE FROM clients /* marked */; DELETE FROM orders /* marked */")
        with pytest.raises(raw.Err):
            client.prepare("SELECT name /* marked */ FROM customers")
        client.query("SELECT company /* passes, marked */ FROM customers")
    assert general_log("marked") == ["Query"]


def test_a_suspect_is_prepared_and_never_executed(server, shop, start_guard, general_log):
    guard = start_guard(mode="block", confirm="server")
    with guard.raw(database=shop) as client:
        refusal(client, "DELETE FROM customers WHERE name = 'marked'")
        client.query("SELECT company /* passes, marked */ FROM customers")
    commands = general_log("marked")
    assert commands[-1] == "Query"
    assert set(commands[:-1]) <= {"Prepare"}  # MariaDB logs a failed one, MySQL does not
    assert general_log("Execute") == []


def test_show_warnings_after_a_refusal(server, shop, start_guard):
    """Under confirm = server the diagnostics are those of the statement itself."""
    guard = start_guard(mode="block")
    said = []
    for at in (server, guard):
        with at.raw(database=shop) as client:
            t = Transcript(client)
            for sql in ("SELECT 1 / 0", "SELECT name FROM customers", "SHOW WARNINGS", "SHOW ERRORS",
                        "SELECT @@warning_count, @@error_count", "SELECT ROW_COUNT()", "UPDATE customers SET town = 1",
                        "SELECT ROW_COUNT()", "SHOW COUNT(*) WARNINGS"):
                t.query(sql)
            said.append(t.said)
    compare(said[0], said[1])


@pytest.mark.parametrize("confirm", ["server", "schema", "none"])
def test_a_transaction_keeps_its_state(server, shop, start_guard, confirm):
    guard = start_guard(mode="block", confirm=confirm)
    with guard.raw(database=shop) as client, server.raw(database=shop) as direct:
        client.query("START TRANSACTION")
        client.query("INSERT INTO orders (customer_id) VALUES (2)")
        refusal(client, "UPDATE orders SET state = 'x'")
        assert client.ping().status & raw.SERVER_STATUS_IN_TRANS
        assert direct.query("SELECT COUNT(*) FROM orders").rows == [[b"2"]]
        client.query("COMMIT")
        assert direct.query("SELECT COUNT(*) FROM orders").rows == [[b"3"]]
        client.query("SET autocommit = 0")
        client.query("DELETE FROM orders WHERE id > 2")
        refusal(client, "SELECT name FROM customers")
        client.query("ROLLBACK")
        assert client.query("SELECT COUNT(*) FROM orders").rows == [[b"3"]]


def test_an_answer_about_a_suspect_that_makes_no_sense(server, shop, start_guard):
    """Nothing of it reaches the client, which is told and not left waiting. (A relay changes the packet's id.)"""
    meddle = [False]

    def changed(data):
        if meddle[0] and data[4:5] == b"\xff":
            data = data[:3] + b"\x09" + data[4:]
        yield data

    with Relay(server.address, cut_back=changed) as between:
        guard = start_guard(mode="block", server="{}:{}".format(*between.address), server_tls="disabled")
        with guard.raw(database=shop) as client:
            refusal(client, "SELECT name FROM customers")
            meddle[0] = True
            assert refusal(client, "SELECT name FROM customers")[:3] == (1, 1053, "08S01")
            assert client.at_end()
            meddle[0] = False
        with guard.raw(database=shop) as client:
            client.query("SELECT company FROM customers")


# --- behind the guard's back --------------------------------------------------------------------------------


def test_a_column_added_behind_the_guards_back_is_usable_at_once(server, shop, start_guard):
    guard = start_guard(mode="block", schema_refresh="1h", max_schema_age="2h")
    guard.allow_disagreement = True  # it errs, and says so
    before = guard.generation()
    server.query("ALTER TABLE customers ADD COLUMN town VARCHAR(20) NOT NULL DEFAULT 'here'", shop)
    with guard.raw(database=shop) as client:
        assert client.query("SELECT town FROM customers WHERE id = 1").rows == [[b"here"]]
        client.query("INSERT INTO customers (company, email, town) VALUES ('a', 'b', 'there')")
        statement, _, _ = client.prepare("SELECT town FROM customers")
        assert client.execute(statement) == 4
        guard.wait_for_schema(before)  # the first miss has asked for it
        assert client.query("SELECT town FROM customers WHERE id = 1").rows == [[b"here"]]
        counters = guard.counters()
        assert client.query("SELECT COUNT(town) FROM customers").rows == [[b"4"]]
        assert guard.counters()["confirm_asked"] == counters["confirm_asked"]
    assert counters["confirm_refuted"] >= 1
    assert counters["blocked"] == 0
    event = guard.wait_for_events(1)[0]
    assert (event["schemaguard.action"], event["schemaguard.confirm"]) == ("forwarded", "refuted")


def test_without_asking_the_same_statement_is_blocked(server, shop, start_guard):
    """So that the test above can fail; the block itself asks for a reading, after which all is well."""
    guard = start_guard(mode="block", confirm="none", schema_refresh="1h", max_schema_age="2h")
    before = guard.generation()
    server.query("ALTER TABLE customers ADD COLUMN town VARCHAR(20) NOT NULL DEFAULT 'here'", shop)
    with guard.raw(database=shop) as client:
        assert refusal(client, "SELECT town FROM customers WHERE id = 1")[1] == 1054
        guard.wait_for_schema(before)

        def passes():
            """A new schema reaches the workers a moment after it was logged."""
            try:
                return client.query("SELECT town FROM customers WHERE id = 1").rows == [[b"here"]]
            except raw.Err:
                return False

        guard.wait_until(passes, "the new column is known")


def test_a_column_dropped_behind_the_guards_back(server, shop, start_guard):
    """The server refuses what the guard thought well: reported as missed, and read again."""
    guard = start_guard(mode="block", schema_refresh="1h", max_schema_age="2h")
    guard.allow_disagreement = True
    before = guard.generation()
    server.query("ALTER TABLE products DROP COLUMN stock", shop)
    with guard.raw(database=shop) as client:
        assert refusal(client, "SELECT stock FROM products")[1] == 1054
        guard.wait_for_schema(before)
        assert refusal(client, "SELECT stock FROM products")[1] == 1054
    events = guard.wait_for_events(2)
    assert [event.get("schemaguard.agreement") for event in events] == ["missed", "agree"]
    assert [event["schemaguard.action"] for event in events] == ["forwarded", "blocked"]


def test_ddl_through_the_guard_is_followed_by_a_reading(server, shop, start_guard):
    guard = start_guard(mode="block", confirm="none", schema_refresh="1h", max_schema_age="2h")
    with guard.raw(database=shop) as client:
        before = guard.generation()
        client.query("ALTER TABLE customers ADD COLUMN town INT")
        guard.wait_for_schema(before)
        client.query("SELECT town FROM customers")
        before = guard.generation()
        client.query("DROP VIEW order_totals")
        guard.wait_for_schema(before)
        assert refusal(client, "SELECT total FROM order_totals")[1] == 1146


# --- several at once ------------------------------------------------------------------------------------------


MULTI = raw.DEFAULT_CAPABILITIES | raw.MULTI_STATEMENTS


@pytest.mark.parametrize("confirm", ["server", "schema", "none"])
@pytest.mark.parametrize("capabilities", [MULTI, MULTI | raw.DEPRECATE_EOF | raw.SESSION_TRACK], ids=["old", "new"])
def test_multi_statements_end_where_the_server_would_end_them(server, shop, start_guard, confirm, capabilities):
    guard = start_guard(mode="block", confirm=confirm)
    said = []
    for at in (server, guard):
        with at.raw(database=shop, capabilities=capabilities) as client:
            t = Transcript(client)
            for sql in ("SELECT name FROM customers; SELECT 1", "SELECT 1; SELECT name FROM customers; SELECT 2",
                        "UPDATE products SET stock = 1", "SELECT stock FROM products",
                        "UPDATE products SET stock = 2; DELETE FROM orders WHERE state = 1; UPDATE products SET stock = 9",
                        "SELECT stock FROM products", "UPDATE products SET stock = 0", "INSERT INTO clients VALUES (1); UPDATE products SET stock = 9",
                        "SELECT stock FROM products", "USE information_schema; SELECT name FROM customers",
                        f"USE {shop}; SELECT company FROM customers; SELECT name FROM customers",
                        "SELECT 1; SELECT 2; SELECT name FROM customers;", "SELECT name FROM customers;"):
                t.query(sql)
            said.append(t.said)
    compare(said[0], said[1])


@pytest.mark.parametrize("confirm", ["server", "schema", "none"])
def test_good_and_bad_in_one_pipeline(server, shop, start_guard, confirm):
    """Each answer in its turn, each with its own id."""
    guard = start_guard(mode="block", confirm=confirm)
    texts = [b"SELECT 1", b"SELECT name FROM customers", b"SELECT company FROM customers WHERE id = 2",
             b"SELECT * FROM clients", b"SELECT * FROM clients", b"SELEC", b"UPDATE products SET stock = 5 WHERE id = 1",
             b"UPDATE products SET colour = 5", b"SELECT stock FROM products WHERE id = 1"] * (4 if confirm == "schema" else 20)
    said = []
    for at in (server, guard):
        with at.raw(database=shop) as client:
            t = Transcript(client)
            client.query("UPDATE products SET stock = 0")
            client.send_bytes(b"".join(raw.frame(b"\x03" + text) for text in texts))
            for text in texts:
                t.hear("query", f"query {text}")
            said.append(t.said)
    compare(said[0], said[1])
    guard.wait_for_counters(blocked=16 if confirm == "schema" else 80)


def test_the_last_prepared_statement_after_a_block(server, shop, start_guard):
    """MariaDB's id -1: without care the server would execute the statement before, with these parameters."""
    for confirm in ("none", "server"):
        guard = start_guard(mode="block", confirm=confirm)
        last = raw.frame(b"\x17" + struct.pack("<IBI", 0xFFFFFFFF, 0, 1))
        said = []
        for at in (server, guard):
            with at.raw(database=shop) as client:
                t = Transcript(client)
                for sql in (b"DELETE FROM order_items", b"SELECT name FROM customers"):
                    client.send_bytes(raw.frame(b"\x16" + sql))
                    t.hear("prepare", sql)
                client.send_bytes(raw.frame(b"\x16SELECT name FROM customers") + last + last + raw.frame(b"\x03DO 1"))
                for answer in ("prepare", "execute", "execute", "query"):
                    t.hear(answer, answer)
                client.send_bytes(raw.frame(b"\x16SELECT id FROM customers") + last)
                t.hear("prepare", "good")
                t.hear("execute", "good")
                t.query("SELECT COUNT(*) FROM order_items")
                said.append([answer for _, answer in t.said])
        # statement ids differ
        assert [[p[1][5:] if p[1][:1] == b"\0" else p for p in a] for a in said[0]] \
            == [[p[1][5:] if p[1][:1] == b"\0" else p for p in a] for a in said[1]]
        assert said[1][-1][2][1] == b"\x013" or said[1][-1][-2][1] == b"\x013"


# --- what a session is -------------------------------------------------------------------------------------


def test_the_current_database_is_followed(server, shop, start_guard):
    guard = start_guard(mode="block", confirm="none")
    other = server.create_database()
    try:
        server.query("CREATE TABLE elsewhere (a INT)", other)
        guard.reload()
        for capabilities in (raw.DEFAULT_CAPABILITIES, raw.DEFAULT_CAPABILITIES | raw.SESSION_TRACK | raw.DEPRECATE_EOF):
            with guard.raw(capabilities=capabilities) as client:
                assert refusal(client, "SELECT 1 FROM customers")[1] == 1046
                client.query(f"USE {shop}")
                client.query("SELECT company FROM customers")
                assert refusal(client, "SELECT a FROM elsewhere")[1] == 1146
                client.command(raw.COM_INIT_DB, other.encode())
                client.query("SELECT a FROM elsewhere")
                assert refusal(client, "SELECT company FROM customers")[1:3] == (1146, "42S02")
                assert refusal(client, f"SELECT name FROM {shop}.customers")[1] == 1054
                with pytest.raises(raw.Err):
                    client.command(raw.COM_INIT_DB, b"no_such_database")
                client.query("SELECT a FROM elsewhere")
                assert refusal(client, "USE no_such_database")[1] == 1049
                client.query("SELECT a FROM elsewhere")
                client.change_user(server.app.user, server.app.password, shop)
                client.query("SELECT company FROM customers")
                assert refusal(client, "SELECT a FROM elsewhere")[1] == 1146
                client.command(raw.COM_RESET_CONNECTION)
                client.query("SELECT company FROM customers")
    finally:
        server.drop_database(other)


def test_the_current_database_is_dropped(server, start_guard):
    mine = server.create_database()
    server.query("CREATE TABLE t (a INT)", mine)
    guard = start_guard(mode="block", confirm="none")
    with guard.raw(database=mine) as client:
        client.query("SELECT a FROM t")
        client.query(f"DROP DATABASE {mine}")
        assert refusal(client, "SELECT a FROM t")[1] == 1046


def test_temporary_tables_hide_what_the_schema_has(server, shop, start_guard):
    guard = start_guard(mode="block", confirm="none")
    with guard.raw(database=shop) as client:
        client.query("CREATE TEMPORARY TABLE customers (town INT)")
        client.query("INSERT INTO customers (town) VALUES (7)")
        assert client.query("SELECT town FROM customers").rows == [[b"7"]]
        client.query("CREATE TEMPORARY TABLE scratch SELECT 1 AS one, 2 AS two")
        assert client.query("SELECT two FROM scratch").rows == [[b"2"]]
        client.query("ALTER TABLE scratch ADD COLUMN three INT")
        client.query("SELECT three FROM scratch")
        client.query("DROP TEMPORARY TABLE customers")
        assert refusal(client, "SELECT town FROM customers")[1] == 1054
        client.query("SELECT company FROM customers")
        client.query("DROP TABLE scratch")
        assert refusal(client, "SELECT two FROM scratch")[1] == 1146
        client.query("CREATE TEMPORARY TABLE again (a INT)")
        client.command(raw.COM_RESET_CONNECTION)
        assert refusal(client, "SELECT a FROM again")[1] == 1146
    with guard.raw(database=shop) as other:
        assert refusal(other, "SELECT town FROM customers")[1] == 1054


def test_ansi_quotes(server, shop, start_guard):
    """What is a string in one mode is a name in the other: on MariaDB a status bit tells, on MySQL the SET alone."""
    guard = start_guard(mode="block", confirm="none")
    with guard.raw(database=shop) as client:
        assert client.query('SELECT "name" FROM customers LIMIT 1').rows == [[b"name"]]
        for mode in ("'ANSI_QUOTES'", "'ANSI'", "CONCAT(@@sql_mode, ',ANSI_QUOTES')"):
            client.query(f"SET SESSION sql_mode = {mode}")
            assert client.query('SELECT "company" FROM customers WHERE id = 2').rows == [[b"Atelier Lumen"]]
            assert refusal(client, 'SELECT "name" FROM customers')[1] == 1054
            client.query("SET SESSION sql_mode = ''")
            assert client.query('SELECT "name" FROM customers LIMIT 1').rows == [[b"name"]]
        client.query("SET SESSION sql_mode = 'ANSI_QUOTES'")
        client.command(raw.COM_RESET_CONNECTION)
        assert client.query('SELECT "name" FROM customers LIMIT 1').rows == [[b"name"]]


def test_backslashes_that_escape_nothing(server, shop, start_guard):
    guard = start_guard(mode="block", confirm="none")
    with guard.raw(database=shop) as client:
        assert client.query(r"SELECT 'a\' , name FROM customers -- '").rows[0] == [b"a' , name FROM customers -- "]
        client.query("SET sql_mode = 'NO_BACKSLASH_ESCAPES'")
        assert refusal(client, r"SELECT 'a\' , name FROM customers -- '")[1] == 1054


def test_a_client_of_gbk(server, shop, start_guard):
    """0x5C as the second byte of a letter is no backslash: the string ends behind it."""
    guard = start_guard(mode="block", confirm="none")
    with guard.raw(database=shop, collation=28) as client:  # gbk_chinese_ci
        assert client.query(b"SELECT HEX('\xd5\x5c'), company FROM customers LIMIT 1").rows[0][0] == b"D55C"
        assert refusal(client, b"SELECT '\xd5\x5c', name FROM customers")[1] == 1054
        client.query("SET NAMES utf8mb4")
        assert client.query(rb"SELECT 'a\', name FROM customers' FROM customers LIMIT 1").rows == [
            [b"a', name FROM customers"]]
        client.query("SET NAMES gbk")
        assert refusal(client, b"SELECT '\xd5\x5c', name FROM customers")[1] == 1054


# --- what is not known -----------------------------------------------------------------------------------------


def test_an_account_that_sees_little_accuses_nobody(server, shop, start_guard, tmp_path):
    """Tables that the schema account may not see are unknown, not absent."""
    (tmp_path / "password").write_text("little\n")
    server.query("CREATE USER 'little'@'%' IDENTIFIED BY 'little'")
    try:
        server.query(f"GRANT SELECT ON {shop}.customers TO 'little'@'%'")
        guard = start_guard(mode="block", confirm="none", schema_user="little", schema_password_file=tmp_path / "password")
        with guard.raw(database=shop) as client:
            client.query("SELECT title FROM products")
            client.query("SELECT total FROM order_totals")
            client.query("SELECT company FROM customers")
        assert guard.counters()["blocked"] == 0
        server.query(f"GRANT SELECT, SHOW VIEW ON {shop}.* TO 'little'@'%'")
        guard.reload()
        with guard.raw(database=shop) as client:
            client.query("SELECT title FROM products")
            assert refusal(client, "SELECT colour FROM products")[1] == 1054
            assert refusal(client, "SELECT * FROM clients")[1] == 1146
    finally:
        server.query("DROP USER 'little'@'%'")


def test_a_broken_view_is_the_servers_to_judge(server, shop, start_guard):
    server.query("CREATE TABLE base (a INT, b INT)", shop)
    server.query("CREATE VIEW broken AS SELECT a, b FROM base", shop)
    server.query("ALTER TABLE base DROP COLUMN b", shop)
    guard = start_guard(mode="block", confirm="none")
    said = []
    for at in (server, guard):
        with at.raw(database=shop) as client:
            said.append([refusal(client, "SELECT a FROM broken"), refusal(client, "SELECT nothing FROM broken")])
    assert said[0] == said[1]
    assert guard.counters()["blocked"] == 0


def test_statements_that_are_not_understood_are_forwarded(server, shop, start_guard):
    guard = start_guard(mode="block", confirm="none")
    said = []
    for at in (server, guard):
        with at.raw(database=shop) as client:
            t = Transcript(client)
            for sql in ("HELP 'SELECT'", "SELECT FROM WHERE", "BEGIN", "XA START 'x'", "XA END 'x'", "XA ROLLBACK 'x'",
                        "SHOW ENGINES", "LOCK TABLES customers READ", "SELECT company FROM customers", "UNLOCK TABLES",
                        "FLUSH TABLES", "ANALYZE TABLE customers", "CHECKSUM TABLE customers", "KILL 4000000000",
                        "'", "`", "/*", "/* no end", "SELECT 'no end", "\x00\x01\x02", "SELECT \xff".encode("latin1")):
                t.query(sql)
            said.append([(label, [(sequence, len(payload)) for sequence, payload in packets])
                         if "SHOW ENGINES" in label else (label, packets) for label, packets in t.said])
    for (label, here), (_, there) in zip(*said):
        assert here == there, label
    assert guard.counters()["blocked"] == 0


# --- without a schema -------------------------------------------------------------------------------------------


def test_without_a_schema_all_is_forwarded(server, shop, start_guard):
    """The password of the schema account is wrong: the guard serves, and says what is the matter."""
    guard = start_guard(mode="block", schema=False, schema_user=server.app.user)
    guard.wait_for_log("(?i)access denied")
    with server.raw(database=shop) as direct, guard.raw(database=shop) as client:
        assert refusal(direct, "SELECT name FROM customers") == refusal(client, "SELECT name FROM customers")
    guard.wait_for_counters(sessions_open=0)
    counters = guard.counters()
    assert (counters["blocked"], counters["statements_no_schema"]) == (0, 1)
    assert counters["schema_read_failures"] > 0


def test_without_a_schema_connections_are_refused_where_that_is_asked_for(server, shop, start_guard):
    guard = start_guard(mode="block", schema=False, schema_user=server.app.user, no_schema="refuse")
    guard.wait_for_log("(?i)access denied")
    with pytest.raises(raw.Err, match="no schema") as refused:
        guard.raw()
    assert refused.value.sqlstate is None


def test_a_schema_that_is_too_old(server, shop, start_guard):
    """The account is locked after the first reading: what was read ages, and then is not trusted."""
    for no_schema in ("forward", "refuse"):
        guard = start_guard(mode="block", confirm="none", schema_refresh="1s", max_schema_age="6s", no_schema=no_schema)
        with guard.raw(database=shop) as client:
            assert refusal(client, "SELECT name FROM customers")[1] == 1054
            server.query("ALTER USER 'schemaguard'@'%' ACCOUNT LOCK")
            try:
                for (process,) in server.query("SELECT id FROM information_schema.processlist WHERE user = 'schemaguard'"):
                    with contextlib.suppress(pymysql.err.OperationalError):  # it has ended by itself
                        server.query(f"KILL {process}")
                if no_schema == "forward":
                    guard.wait_until(lambda: forwarded(guard, client), "the schema is too old")
                    assert client.query("SELECT company FROM customers WHERE id = 2").rows == [[b"Atelier Lumen"]]
                else:
                    guard.wait_until(lambda: refusal(client, "SELECT name FROM customers")[1] == 1105, "it is refused")
                    assert refusal(client, "SELECT company FROM customers")[1] == 1105
                    client.ping()
                    with pytest.raises(raw.Err, match="schema"):
                        guard.raw()
            finally:
                server.query("ALTER USER 'schemaguard'@'%' ACCOUNT UNLOCK")
            if no_schema == "forward":
                guard.wait_until(lambda: not forwarded(guard, client), "it is read again")


def forwarded(guard, client):
    """Does a bad statement go to the server now?"""
    before = guard.counters()["statements_no_schema"]
    refusal(client, "SELECT name FROM customers")
    return guard.counters()["statements_no_schema"] > before


def fields(client, table):
    """All that COM_FIELD_LIST brings."""
    client.send_command(raw.COM_FIELD_LIST, table.encode() + b"\0")
    packets = [client.read_packet().payload]
    while packets[-1][:1] not in (b"\xfe", b"\xff"):
        packets.append(client.read_packet().payload)
    return packets


@pytest.mark.parametrize("confirm", ["server", "schema", "none"])
def test_field_lists_and_unknown_databases_are_reported_only(server, shop, start_guard, tmp_path, confirm):
    verified = tmp_path / "verified.sql"
    verified.write_text("CREATE TABLE customers (id INT PRIMARY KEY, company INT, email INT); CREATE TABLE promised (id INT);")
    guard = start_guard(mode="block", confirm=confirm, verified=verified, verified_database=shop)
    wrong = ("SELECT * FROM no_such_database.t", "INSERT INTO no_such_database.t VALUES (1)")
    with server.raw(database=shop) as direct, guard.raw(database=shop) as client:
        for table in ("customers", "nowhere", "promised", "orders"):
            assert fields(client, table) == fields(direct, table)
        for sql in wrong:
            assert refusal(client, sql) == refusal(direct, sql)
        with pytest.raises(raw.Err):
            client.prepare(wrong[0])
    events = guard.wait_for_events(6)
    assert {event["schemaguard.action"] for event in events} == {"forwarded"}
    assert [event["schemaguard.verdict"] for event in events] == ["absent", "missing", "unverified"] + ["absent"] * 3
    assert [event["schemaguard.command"] for event in events[:3]] == ["COM_FIELD_LIST"] * 3
    assert {event["schemaguard.rule"] for event in events[:3]} == {"this command is reported only"}
    assert {event["schemaguard.rule"] for event in events[3:]} == {"an unknown database is reported only"}
    guard.wait_for_counters(blocked=0, confirm_asked=0)
