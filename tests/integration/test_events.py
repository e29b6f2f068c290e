"""What a mismatch leaves behind: one line of JSON, complete, redacted, valid by docs/event.schema.json.

(Every guard's events are held against that schema when its test ends: support/guard.py.)
"""

import json
import os
import signal

import pytest
from support import raw
from support.servers import ROOT


def refuse(client, sql):
    with pytest.raises(raw.Err) as refused:
        client.query(sql)
    return refused.value


def test_an_event_tells_who_what_where_and_what_became_of_it(server, shop, start_guard):
    guard = start_guard(mode="block")
    with guard.raw(database=shop, attributes={"program_name": "till", "_client_name": "raw"}) as client:
        address, port = client.socket.getsockname()
        error = refuse(client, "SELECT  c.compny, id\nFROM customers AS c WHERE email = 'eve@example.org' AND id IN (1, 2)")
        connection_id = client.greeting.connection_id
    event, = guard.wait_for_events(1)
    reference, = event["schemaguard.references"]
    assert event["event.name"] == "schemaguard.mismatch"
    assert event["user.name"] == server.app.user
    assert (event["client.address"], event["client.port"]) == (address, port)
    assert event["db.system.name"] == server.flavour
    assert event["db.namespace"] == shop
    assert event["db.operation.name"] == "SELECT"
    assert event["schemaguard.client.attributes"] == {"program_name": "till", "_client_name": "raw"}
    assert event["schemaguard.connection.id"] == connection_id
    assert "eve" not in event["db.query.text"] and "compny" in event["db.query.text"]
    assert (reference["name"], reference["nearest"][0]) == ("c.compny", "company")
    assert reference["offset"] == len("SELECT  ")
    assert (event["schemaguard.action"], event["schemaguard.mode"]) == ("blocked", "block")
    assert (event["schemaguard.confirm"], event["schemaguard.agreement"]) == ("refused", "agree")
    assert event["db.response.status_code"] == "1054"
    assert event["schemaguard.response.message"] == error.message == reference["message"]
    assert event["schemaguard.response.from"] == "server"
    assert event["schemaguard.schema.generation"] >= 1


def test_the_digest_is_that_of_the_shape(server, shop, start_guard):
    guard = start_guard(mode="observe")
    with guard.raw(database=shop) as client:
        for sql in ("SELECT name FROM customers WHERE id = 1", "select  name from customers where id=42",
                    "SELECT name FROM customers WHERE id = 'x' -- no", "SELECT name FROM customers WHERE email = 1"):
            refuse(client, sql)
    events = guard.wait_for_events(4)
    digests = [event["schemaguard.digest"] for event in events]
    assert digests[0] == digests[1] == digests[2] != digests[3]
    assert events[0]["db.query.text"] == events[1]["db.query.text"] == events[2]["db.query.text"]


@pytest.mark.parametrize("wrong, meant", [("SELECT compny FROM customers", "company"), ("SELECT * FROM custmers", "customers"),
                                          ("SELECT o.costumer_id FROM orders o", "customer_id"),
                                          ("UPDATE products SET titel = 'x'", "title"),
                                          ("INSERT INTO products (sku, pric) VALUES (1, 2)", "price")])
def test_did_you_mean(server, shop, start_guard, wrong, meant):
    guard = start_guard(mode="block")
    with guard.raw(database=shop) as client:
        refuse(client, wrong)
    assert guard.wait_for_events(1)[0]["schemaguard.references"][0]["nearest"][0] == meant


SECRET = "s3cr3t"
LITERALS = [
    "SELECT name FROM customers WHERE email = '{}'", 'SELECT name FROM customers WHERE email = "{}"',
    "SELECT name, '{}' FROM customers", "SELECT name FROM customers -- {}", "SELECT name /* {} */ FROM customers",
    "SELECT name FROM customers # {}", "SELECT name FROM customers WHERE email = N'{}'",
    "SELECT name FROM customers WHERE email = _utf8mb4'{}'", "SELECT name FROM customers WHERE email = 'it''s {}'",
    "SELECT name FROM customers WHERE email = 'a\\'{}'", "INSERT INTO customers (name) VALUES ('{0}'), ('{0}')",
    "SELECT name FROM customers WHERE email IN ('{0}', '{0}', '{0}')", "SELECT name FROM customers LIMIT 7 /*!99999 {} */",
    "SELECT name FROM customers WHERE email = '{}", "SELECT name FROM customers /* {}", "SELECT name FROM customers WHERE `{}",
    "SELECT name FROM customers WHERE email = '{}' '{}'", "SET @x = '{}'; SELECT name FROM customers",
    "SELECT 1; SELECT name FROM customers WHERE email = '{}'", "SELECT name FROM customers WHERE id = 0x733363723374",
]


@pytest.mark.parametrize("mode, confirm", [("block", "server"), ("block", "none"), ("observe", "server")])
def test_no_literal_is_ever_written(server, shop, start_guard, mode, confirm):
    guard = start_guard(mode=mode, confirm=confirm)
    with guard.raw(database=shop, capabilities=raw.DEFAULT_CAPABILITIES | raw.MULTI_STATEMENTS) as client:
        for sql in LITERALS:
            text = sql.format(SECRET, SECRET)
            client.send_command(raw.COM_QUERY, client.query_payload(text))
            try:
                list(client.read_results())
            except raw.Err:
                pass
            try:
                client.prepare(text)
            except raw.Err:
                pass
    assert len(guard.wait_for_events(20)) >= 20
    for path in (guard.event_path, guard.log_path):
        text = path.read_text(errors="replace")
        assert SECRET not in text and "733363723374" not in text, [line for line in text.splitlines() if SECRET in line]


def test_messages_that_quote_values_are_left_out(server, shop, start_guard):
    """A suspect that the server refuses for another reason: its words may hold a value."""
    guard = start_guard(mode="block")
    server.query("CREATE TABLE later (id INT PRIMARY KEY, word VARCHAR(20) UNIQUE)", shop)
    guard.allow_disagreement = True
    with guard.raw(database=shop) as client:
        client.query(f"INSERT INTO later VALUES (1, '{SECRET}')")
        refuse(client, f"INSERT INTO later VALUES (2, '{SECRET}')")
    guard.wait_for_events(1)
    assert SECRET not in guard.event_path.read_text()
    assert SECRET not in guard.log_text()


def test_text_is_cut_and_can_be_left_out(server, shop, start_guard):
    long = "SELECT name, " + ", ".join("company" for _ in range(500)) + " FROM customers"
    for limit, expected in (("0", None), ("100", 100), ("1M", len(long))):
        guard = start_guard(mode="block", event_text_max_bytes=limit)
        with guard.raw(database=shop) as client:
            refuse(client, long)
        event = guard.wait_for_events(1)[0]
        text = event.get("db.query.text")
        if expected is None:
            assert text is None
        else:
            assert abs(len(text) - expected) < (10 if limit == "100" else 4000)
            assert event["schemaguard.query.truncated"] == (limit == "100")


def test_a_prepared_statement_and_a_bad_database_are_told_too(server, shop, start_guard):
    guard = start_guard(mode="block")
    with guard.raw(database=shop) as client:
        with pytest.raises(raw.Err):
            client.prepare("SELECT name FROM customers WHERE id = ?")
        refuse(client, "SELECT * FROM no_such_database.customers")
        with pytest.raises(raw.Err):
            client.command(raw.COM_INIT_DB, b"no_such_database")
    events = guard.wait_for_events(2)
    assert events[0]["schemaguard.command"] == "COM_STMT_PREPARE"
    assert events[1]["schemaguard.references"][0]["kind"] == "database"
    assert events[1]["schemaguard.action"] == "forwarded"


def test_a_later_statement_of_several_is_told(server, shop, start_guard):
    guard = start_guard(mode="block")
    with guard.raw(database=shop, capabilities=raw.DEFAULT_CAPABILITIES | raw.MULTI_STATEMENTS) as client:
        with pytest.raises(raw.Err):
            client.query_all("SELECT 1; SELECT company FROM customers; SELECT name FROM customers; SELECT 4")
    event, = guard.wait_for_events(1)
    assert event["schemaguard.action"] == "forwarded"
    assert "name" in event["db.query.text"].lower() and "company" not in event["db.query.text"]


# --- signals ---------------------------------------------------------------------------------------------------


def test_usr1_opens_the_event_log_again(server, shop, start_guard, tmp_path):
    guard = start_guard(mode="block")
    with guard.raw(database=shop) as client:
        refuse(client, "SELECT one FROM customers")
        guard.wait_for_events(1)
        rotated = tmp_path / "rotated.jsonl"
        os.rename(guard.event_path, rotated)
        guard.process.send_signal(signal.SIGUSR1)
        guard.wait_until(guard.event_path.exists, "the new event log")
        refuse(client, "SELECT two FROM customers")
        assert "two" in guard.wait_for_events(1)[0]["schemaguard.references"][0]["name"]
    assert [json.loads(line)["schemaguard.references"][0]["name"] for line in rotated.read_text().splitlines()] == ["one"]


def test_hup_reads_the_schema_again(server, shop, start_guard):
    guard = start_guard(mode="block", confirm="none", schema_refresh="1h", max_schema_age="2h")
    server.query("ALTER TABLE customers ADD COLUMN town INT", shop)
    guard.reload()
    with guard.raw(database=shop) as client:
        client.query("SELECT town FROM customers")


def test_usr2_writes_the_counters(server, shop, start_guard):
    guard = start_guard(mode="block")
    with guard.raw(database=shop) as client:
        client.query("SELECT company FROM customers")
        refuse(client, "SELECT name FROM customers")
        guard.wait_for_counters(sessions_open=1, blocked=1, statements_inspected=2, verdict_ok=1, verdict_absent=1)
        counters = guard.last_counters()
    listed = (ROOT / "docs/metrics.md").read_text()
    assert all(f"`{name}`" in listed for name in counters)


def test_events_go_to_standard_output_or_nowhere(server, shop, start_guard):
    for where in ("-", "none"):
        guard = start_guard(mode="block", event_log=where)
        with guard.raw(database=shop) as client:
            refuse(client, "SELECT name FROM customers")
        guard.stop()
        written = [line for line in guard.log_text().splitlines() if line.startswith("{") and "schemaguard.mismatch" in line]
        assert len(written) == (1 if where == "-" else 0)


def test_a_miss_tells_where_the_name_stands(server, shop, start_guard):
    """What a text runs, and the guard has not read: routines, views over them, dynamic SQL."""
    for statement in ("CREATE PROCEDURE report() SELECT gone FROM customers",
                      "CREATE FUNCTION f() RETURNS INT READS SQL DATA RETURN (SELECT COUNT(*) FROM gone)",
                      "CREATE TABLE noted (id INT)",
                      "CREATE TRIGGER note BEFORE INSERT ON noted FOR EACH ROW SET NEW.id = (SELECT MAX(id) FROM gone)",
                      "CREATE VIEW inbox AS SELECT id FROM noted"):
        server.query(statement, shop)
    guard = start_guard(mode="block", admin_listen=True)
    guard.allow_disagreement = True
    expected = [("CALL report()", 1054, "routine"), ("SELECT f()", 1146, "routine"), ("INSERT INTO noted VALUES (1)", 1146, "routine"),
                ("INSERT INTO inbox VALUES (1)", 1146, "view"), ("PREPARE s FROM @text", 1146, "dynamic")]
    with guard.raw(database=shop) as client:
        client.query("SET @text = 'SELECT 1 FROM gone'")
        for sql, errno, _ in expected:
            assert refuse(client, sql).errno == errno, sql
    events = guard.wait_for_events(len(expected))
    assert [event["schemaguard.missed.origin"] for event in events] == [origin for _, _, origin in expected]
    guard.wait_for_counters(missed=5, missed_routine=3, missed_view=1, missed_dynamic=1, missed_other=0)
    assert guard.agreement()["missed_by_origin"] == {"other": 0, "routine": 3, "view": 1, "dynamic": 1}
    assert [example["origin"] for example in guard.agreement()["examples"]["missed"]] == [
        origin for _, _, origin in reversed(expected)]
    assert guard.prometheus()['schemaguard_missed_total{origin="routine"}'] == 3


def test_what_drop_does_not_find_was_not_missed(server, shop, start_guard):
    """1051 is also what `x.*` gets; here no query names anything."""
    server.query("CREATE PROCEDURE tidy() DROP TABLE gone", shop)
    guard = start_guard(mode="block")
    with guard.raw(database=shop) as client:
        for sql in ("SELECT gone.* FROM customers", "DROP TABLE gone", "DROP TEMPORARY TABLE gone", "CALL tidy()"):
            assert refuse(client, sql).errno == 1051
    event, = guard.wait_for_events(1)
    assert (event["schemaguard.agreement"], event["schemaguard.action"]) == ("agree", "blocked")
