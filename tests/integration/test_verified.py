"""The schema that was agreed on: what the server has beyond it, what it has beyond the server, and what stops for it."""

import os
import subprocess

import pytest
from support import guard as guards
from support import raw

TABLES = """
CREATE TABLE customers (id INT PRIMARY KEY, company VARCHAR(50) NOT NULL, {more} INT);
CREATE TABLE {other} (id INT PRIMARY KEY, note VARCHAR(20));
"""
VERIFIED = TABLES.format(more="planned", other="promised")


def run(*command):
    """Without our own SCHEMAGUARD_ variables: the guard would take them for settings."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("SCHEMAGUARD_")}
    return subprocess.run([str(guards.binary()), *map(str, command)], capture_output=True, text=True, env=env, timeout=60)


def refused(client, sql):
    with pytest.raises(raw.Err) as caught:
        client.query_all(sql)
    return caught.value


def stopped(client, sql):
    """By the guard itself, in its own words."""
    error = refused(client, sql)
    assert (error.errno, error.sqlstate) == (1105, "HY000"), error
    assert error.message.startswith("schemaguard: the verified schema lacks a name of this statement"), error
    return error.message


def classes(events):
    return [event["schemaguard.verdict"] for event in events]


@pytest.fixture
def drifted(server, database):
    """A database whose tables are not those that were agreed on."""
    for statement in TABLES.format(more="drifted", other="stray").split(";"):
        if statement.strip():
            server.query(statement, database=database)
    return database


@pytest.fixture
def verified(tmp_path):
    path = tmp_path / "verified.sql"
    path.write_text(VERIFIED)
    return path


@pytest.fixture
def start_verified(start_guard, drifted, verified):
    def start(**settings):
        guard = start_guard(**{"mode": "block", "verified": verified, "verified_database": drifted, **settings})
        guard.wait_for_log(r"verified schema read from \S+: 2 tables, 5 columns, hash [0-9a-f]{32}, generation \d+")
        return guard
    return start


# --- the four classes ----------------------------------------------------------------------------


def test_the_four_classes_each_end_in_their_own_way(server, drifted, start_verified):
    guard = start_verified()
    guard.wait_for_log(r"will be stopped, though the server would run it \(unverified = block\)")
    with guard.raw(database=drifted) as client:
        client.query("SELECT id, company FROM customers")
        message = stopped(client, "SELECT drifted FROM customers")
        assert ": column 'drifted' in '" in message
        assert f": table '{drifted}.stray'" in stopped(client, "INSERT INTO stray VALUES (1, 'x')")
        stopped(client, "UPDATE customers SET drifted = 1")
        assert refused(client, "SELECT planned FROM customers").errno == 1054
        assert refused(client, "SELECT id FROM promised").errno == 1146
        assert refused(client, "SELECT neither FROM customers").errno == 1054
        client.query("SELECT company FROM customers")
    assert server.query("SELECT COUNT(*) FROM stray", database=drifted) == ((0,),)
    events = guard.wait_for_events(6)
    assert classes(events) == ["unverified"] * 3 + ["missing", "missing", "absent"]
    assert [event["schemaguard.references"][0]["verdict"] for event in events] == classes(events)
    assert {event["schemaguard.action"] for event in events} == {"blocked"}
    assert {event["schemaguard.would_block"] for event in events} == {True}
    for event in events[:3]:
        assert event["event.name"] == "schemaguard.mismatch"
        assert (event["schemaguard.confirm"], event["schemaguard.agreement"]) == ("not_asked", "unknown")
        assert (event["db.response.status_code"], event["schemaguard.response.from"]) == ("1105", "guard")
    assert events[0]["schemaguard.response.message"] == message
    for event in events[3:]:
        assert (event["schemaguard.confirm"], event["schemaguard.agreement"]) == ("refused", "agree")
    guard.wait_for_counters(blocked=6, blocked_unverified=3, verdict_unverified=3, verdict_missing=2, verdict_absent=1,
                            confirm_asked=3)


def test_a_prepared_statement_is_stopped_as_well(drifted, start_verified):
    guard = start_verified(mode="observe", admin_listen=True)
    with guard.raw(database=drifted) as client:
        statement, *_ = client.prepare("SELECT drifted FROM customers")
        client.execute(statement)
        assert len(guard.wait_for_events(2)) == 2  # each execution is told
        assert guard.http("/mode", "POST", "block")[0] == 200
        with pytest.raises(raw.Err) as caught:
            client.execute(statement)
        assert caught.value.errno == 1105
        with pytest.raises(raw.Err) as caught:
            client.prepare("SELECT 1 FROM stray")
        assert caught.value.errno == 1105
        client.execute(client.prepare("SELECT company FROM customers")[0])
    events = guard.wait_for_events(4)
    assert [event["schemaguard.action"] for event in events] == ["forwarded", "forwarded", "blocked", "blocked"]
    assert classes(events) == ["unverified"] * 4
    assert {event["schemaguard.would_block"] for event in events} == {True}


def test_a_later_statement_of_a_text_stops_it_all(server, drifted, start_verified):
    guard = start_verified()
    with guard.raw(database=drifted, capabilities=raw.DEFAULT_CAPABILITIES | raw.MULTI_STATEMENTS) as client:
        stopped(client, "INSERT INTO customers (id, company) VALUES (1, 'x'); INSERT INTO stray VALUES (1, 'x')")
        client.query_all("INSERT INTO customers (id, company) VALUES (2, 'x'); SELECT 1")
    assert server.query("SELECT id FROM customers", database=drifted) == ((2,),)
    event, = guard.wait_for_events(1)
    assert (event["schemaguard.verdict"], event["schemaguard.action"]) == ("unverified", "blocked")
    assert event["schemaguard.rule"] == "mode" and "stray" in event["db.query.text"]


def test_what_is_never_unverified(server, drifted, start_verified):
    other = server.create_database()
    try:
        server.query("CREATE TABLE anything (id INT, more INT)", database=other)
        server.query("CREATE TABLE _prisma_migrations (id INT)", database=drifted)
        guard = start_verified()
        with guard.raw(database=drifted) as client:
            for sql in (
                    f"SELECT id, more FROM `{other}`.anything",
                    "SELECT table_name FROM information_schema.tables LIMIT 1",
                    "WITH drifted AS (SELECT 1 AS stray) SELECT stray FROM drifted",
                    "SELECT x.drifted FROM (SELECT id AS drifted FROM customers) x",
                    "CREATE TEMPORARY TABLE mine (a INT)",
                    "INSERT INTO mine VALUES (1)",
                    "SELECT a FROM mine",
                    "CREATE TEMPORARY TABLE stray (b INT)",
                    "SELECT b FROM stray",
                    "DROP TEMPORARY TABLE stray",
                    "SELECT id FROM _prisma_migrations",
                    "SELECT * FROM customers",
                    "SELECT * FROM customers ORDER BY 3",
                    f"USE `{other}`",
                    "SELECT more FROM anything"):
                client.query_all(sql)
        guard.wait_for_counters(verdict_unverified=0, blocked=0)
        assert guard.events() == []
    finally:
        server.drop_database(other)


def test_ddl_changes_the_live_schema_alone(drifted, start_verified):
    guard = start_verified()
    with guard.raw(database=drifted) as client:
        before = guard.generation()
        client.query_all("CREATE TABLE fresh (id INT)")
        guard.wait_for_schema(before)
        stopped(client, "SELECT id FROM fresh")
        client.query_all("ALTER TABLE stray ADD COLUMN late INT")
        client.query_all("CREATE INDEX by_note ON stray (note)")
        before = guard.generation()
        client.query_all("ALTER TABLE customers ADD COLUMN planned INT")
        guard.wait_for_schema(before)
        client.query_all("SELECT planned FROM customers")
    event = guard.wait_for_events(3)[1]
    assert (event["schemaguard.verdict"], event["schemaguard.action"]) == ("unverified", "forwarded")
    assert event["schemaguard.rule"] == "DDL on what is unverified is reported only"
    assert event["schemaguard.would_block"] is False


# --- what decides --------------------------------------------------------------------------------


def test_it_may_be_logged_alone(drifted, start_verified):
    guard = start_verified(unverified="log")
    with guard.raw(database=drifted) as client:
        client.query_all("SELECT drifted FROM customers")
        client.query_all("INSERT INTO stray VALUES (1, 'x')")
    events = guard.wait_for_events(2)
    assert classes(events) == ["unverified"] * 2
    assert {event["schemaguard.rule"] for event in events} == {"unverified = log"}
    assert {event["schemaguard.action"] for event in events} == {"forwarded"}
    guard.wait_for_counters(verdict_unverified=2, blocked=0, false_positive=0)


def test_it_waits_for_its_arming(drifted, start_verified):
    """With confirm = server, too: nobody else proves it."""
    guard = start_verified(arm="after", arm_after=5, admin_listen=True)
    with guard.raw(database=drifted) as client:
        client.query_all("SELECT drifted FROM customers")
        assert refused(client, "SELECT neither FROM customers").errno == 1054

        def is_armed():
            client.query_all("SELECT id FROM customers")
            return guard.state()["arming"]["state"] == "armed"
        guard.wait_until(is_armed, "it is armed")
        stopped(client, "SELECT drifted FROM customers")
    events = guard.wait_for_events(3)
    assert [event["schemaguard.action"] for event in events] == ["forwarded", "blocked", "blocked"]
    assert [event["schemaguard.rule"] for event in events] == ["not armed", "mode", "mode"]


def test_an_exception_lets_it_pass(drifted, start_verified, tmp_path):
    exceptions = tmp_path / "exceptions"
    exceptions.write_text(f"table {drifted}.stray until 2999-01-01 a report of the old times\n")
    guard = start_verified(exceptions=exceptions)
    with guard.raw(database=drifted) as client:
        client.query_all("SELECT id FROM stray")
        stopped(client, "SELECT drifted FROM customers")
    events = guard.wait_for_events(2)
    assert [event["schemaguard.action"] for event in events] == ["forwarded", "blocked"]


# --- the file ------------------------------------------------------------------------------------


def test_it_is_read_again_when_it_changes(drifted, start_verified, verified):
    guard = start_verified()
    with guard.raw(database=drifted) as client:
        statement, *_ = client.prepare("SELECT company FROM customers")
        client.execute(statement)
        for _ in range(3):  # kept as a shape that is ok
            client.query_all("SELECT company FROM customers")
        stopped(client, "SELECT drifted FROM customers")
        verified.write_text("CREATE TABLE customers (id INT, drifted INT")
        guard.wait_for_log(r"verified schema: .*generation 1 of before stays in use"
                           r"|verified schema \S+: \d+ statements were not understood")
        guard.wait_until(lambda: guard.counters()["verified_failures"] > 0, "a failure is counted")
        stopped(client, "SELECT drifted FROM customers")
        client.query_all("SELECT company FROM customers")
        verified.write_text("CREATE TABLE customers (id INT, drifted INT);\n")
        guard.wait_for_log(r"what is verified has changed: generation \d+")
        guard.wait_until(lambda: guard.counters()["verified_generation"] > 1, "it is in use")
        client.query_all("SELECT drifted FROM customers")
        stopped(client, "SELECT company FROM customers")
        with pytest.raises(raw.Err) as caught:
            client.execute(statement)
        assert caught.value.errno == 1105


def test_a_folder_of_migrations_is_watched(drifted, start_guard, tmp_path):
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_begin.sql").write_text("CREATE TABLE customers (id INT, company VARCHAR(50));\n")
    guard = start_guard(mode="block", verified=folder, verified_database=drifted)
    with guard.raw(database=drifted) as client:
        stopped(client, "SELECT drifted FROM customers")
        (folder / "0002_more.sql").write_text("ALTER TABLE customers ADD COLUMN drifted INT;\n")
        guard.wait_for_log(r"what is verified has changed: generation \d+")
        client.query_all("SELECT drifted FROM customers")


def test_a_snapshot_of_the_server_itself_leaves_nothing_unverified(server, drifted, start_guard, tmp_path):
    path = tmp_path / "live.json"
    host, port = server.address
    url = f"mysql://{server.schema.user}@{host}:{port}/{drifted}"
    pulled = run("schema", "pull", url, "--password-file", server.schema_password_file, "-o", path)
    assert pulled.returncode == 0, pulled.stderr
    guard = start_guard(mode="block", verified=path)
    guard.wait_for_log("verified and live schema agree")
    with guard.raw(database=drifted) as client:
        client.query_all("SELECT id, company, drifted FROM customers")
        assert refused(client, "SELECT planned FROM customers").errno == 1054
    assert classes(guard.wait_for_events(1)) == ["absent"]


def test_tables_that_go_nowhere_are_told(drifted, start_guard, verified):
    guard = start_guard(mode="block", verified=verified, verified_database="no_such_database")
    guard.wait_for_log(r"its tables are in database no_such_database, which the server does not have")
    with guard.raw(database=drifted) as client:
        client.query_all("SELECT drifted FROM customers")
    assert guard.events() == []


@pytest.mark.parametrize("settings, word", [
    ({"verified": "/nowhere/schema.json", "schema_user": "x"}, "there is no such file"),
    ({"verified": "mysql://a@127.0.0.1/shop", "schema_user": "x"}, "name a snapshot"),
    ({"verified": "EMPTY", "schema_user": "x"}, "neither a snapshot"),
    ({"candidate": "/nowhere/schema.json", "schema_user": "x"}, "candidate"),
    ({"verified": "/nowhere/schema.json"}, "verified needs schema_user"),
    ({"start": "strict", "schema_user": "x"}, "needs verified"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_what_cannot_be_used_starts_nothing(tmp_path, settings, word):
    empty = tmp_path / "empty.sql"
    empty.write_text("SELECT 1;\n")
    options = [f"--{name.replace('_', '-')}={empty if value == 'EMPTY' else value}" for name, value in settings.items()]
    done = run("serve", *options, "--check-config")
    assert done.returncode == 2 and word in done.stderr, done.stderr
