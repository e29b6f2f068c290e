"""Prepared statements: judged when they are prepared, and again when they are executed under another schema. What their
packets may look like is test_relay.py's."""

import struct

import pytest
from support import raw

TABLE = "CREATE TABLE items (id INT PRIMARY KEY, name VARCHAR(20), price INT)"
ROWS = "INSERT INTO items VALUES (1, 'nail', 3), (2, 'saw', 40)"


@pytest.fixture
def items(server, database):
    server.query(TABLE, database)
    server.query(ROWS, database)
    return database


def attempt(client, statement):
    """Rows, or the number of the error."""
    try:
        return client.execute(statement)
    except raw.Err as refused:
        return refused.errno


def change(server, guard, database, ddl):
    """DDL that goes past the guard, which is told to look."""
    generation = guard.generation()
    server.query(ddl, database)
    guard.reload()
    guard.wait_for_schema(after=generation)


def execute_until_told(guard, client, statement, error):
    """A new schema reaches the workers a moment after it was logged; returns one of the events that follow."""
    def is_told():
        assert attempt(client, statement) == error
        return guard.events()
    guard.wait_until(is_told, "the new schema is known")
    before = len(guard.events())
    assert attempt(client, statement) == error
    return guard.wait_for_events(before + 1)[-1]


@pytest.mark.parametrize("mode", ["observe", "block"])
def test_a_statement_whose_column_has_gone(server, items, start_guard, mode):
    """The server says so at EXECUTE, in its words; the guard tells of it, each time, until the column is back."""
    guard = start_guard(mode=mode)
    with guard.raw(database=items) as client:
        client.query("USE information_schema")  # what counts is the database at PREPARE
        client.query(f"USE {items}")
        good, _, _ = client.prepare("SELECT id FROM items")
        bad, _, _ = client.prepare("SELECT name FROM items")
        client.query("USE information_schema")
        assert (attempt(client, good), attempt(client, bad)) == (2, 2)
        change(server, guard, items, "ALTER TABLE items DROP COLUMN name")
        event = execute_until_told(guard, client, bad, 1054)
        assert attempt(client, good) == 2
        assert event["schemaguard.agreement"] == "agree"
        assert event["schemaguard.verdict"] == "absent"
        assert event["schemaguard.action"] == ("blocked" if mode == "block" else "forwarded")
        assert event["schemaguard.response.from"] == "server"
        assert event["db.namespace"] == items
        assert event["schemaguard.references"][0]["name"] == "name"

        change(server, guard, items, "ALTER TABLE items ADD COLUMN name INT")
        guard.allow_disagreement = True  # the worker may hear of the new schema too late
        assert (attempt(client, good), attempt(client, bad)) == (2, 2)
        client.ping()


def test_a_table_that_has_gone(server, items, start_guard):
    guard = start_guard(mode="block")
    with guard.raw(database=items) as client:
        statement, _, _ = client.prepare("SELECT id FROM items")
        assert attempt(client, statement) == 2
        change(server, guard, items, "DROP TABLE items")
        event = execute_until_told(guard, client, statement, 1146)
        assert (event["schemaguard.agreement"], event["schemaguard.action"]) == ("agree", "blocked")
        client.ping()


def test_without_asking_it_is_blocked_at_execute(server, items, start_guard):
    """confirm = none trusts the schema as last read: the server does not see the statement, the connection goes on."""
    guard = start_guard(mode="block", confirm="none")
    with guard.raw(database=items) as client:
        statement, _, _ = client.prepare("SELECT name FROM items")
        change(server, guard, items, "ALTER TABLE items DROP COLUMN name")

        def is_blocked():
            assert attempt(client, statement) == 1054
            return guard.counters()["blocked"] > 0
        guard.wait_until(is_blocked, "the new schema is known")
        server.query("ALTER TABLE items ADD COLUMN name INT", items)
        guard.wait_until(lambda: guard.events()[-1:] and guard.events()[-1]["schemaguard.response.from"] == "guard",
                         "the event of the block")
        before = len(guard.events())
        # The reading that the block asked for may come at any moment: from then on it is let through.
        guard.wait_until(lambda: attempt(client, statement) == 2, "the column is known again")
        assert all(event["schemaguard.response.from"] == "guard" for event in guard.events()[before:])


def test_the_server_decides_about_a_statement_that_we_suspect(server, items, start_guard):
    """The column went and came back, and the guard has seen the first alone: the statement runs."""
    guard = start_guard(mode="block", schema_refresh="9m")
    guard.allow_disagreement = True  # a false positive is what this provokes
    with guard.raw(database=items) as client:
        statement, _, _ = client.prepare("SELECT name FROM items")
        change(server, guard, items, "ALTER TABLE items DROP COLUMN name")
        execute_until_told(guard, client, statement, 1054)
        server.query("ALTER TABLE items ADD COLUMN name INT", items)
        assert attempt(client, statement) == 2
        client.ping()


def test_only_what_has_changed_is_judged_again(server, items, start_guard):
    guard = start_guard(mode="block", schema_refresh="9m")  # other tests change the schema, too
    with guard.raw(database=items) as client:
        statement, _, _ = client.prepare("SELECT id FROM items")
        inspected = guard.counters()["statements_inspected"]
        for _ in range(5):
            assert attempt(client, statement) == 2
        assert guard.counters()["statements_inspected"] == inspected
        change(server, guard, items, "ALTER TABLE items DROP COLUMN name")

        def is_judged():
            assert attempt(client, statement) == 2
            return guard.counters()["statements_inspected"] > inspected
        guard.wait_until(is_judged, "the new schema is known")
        for _ in range(5):
            assert attempt(client, statement) == 2
        assert guard.counters()["statements_inspected"] == inspected + 1
        assert guard.events() == []


def test_execute_the_last_while_a_prepare_is_unanswered(mariadb, start_guard):
    """Pipelined: EXECUTE of id -1 means the PREPARE before it, not the one that was answered last. The SET of that one
    must not be taken for carried out."""
    guard = start_guard(on=mariadb, mode="block")
    database = mariadb.create_database()
    try:
        mariadb.query(TABLE, database)
        mariadb.query(ROWS, database)
        guard.reload()
        with guard.raw(database=database) as client:
            client.prepare("SET sql_mode = 'ANSI_QUOTES'")
            client.send_bytes(raw.frame(b"\x16SELECT id FROM items", 0)
                              + raw.frame(b"\x17" + struct.pack("<IBI", 0xFFFFFFFF, 0, 1), 0))
            while client.read_checked().payload[:1] != b"\xfe":  # PREPARE: OK, definitions, EOF
                pass
            while client.read_checked().payload[:1] != b"\xfe":  # count, definitions, EOF
                pass
            while client.read_checked().payload[:1] != b"\xfe":  # rows
                pass
            with pytest.raises(raw.Err) as refused:  # 'a string', had ANSI_QUOTES been set: a column that is not there
                client.query('SELECT nope, "a string" FROM items')
            assert refused.value.errno == 1054
            assert client.query('SELECT "a string" FROM items LIMIT 1').rows == [[b"a string"]]
    finally:
        mariadb.drop_database(database)
