"""The schema that was agreed on: what the server has beyond it, what it has beyond the server, and what stops for it."""

import hashlib
import json
import os
import re
import subprocess
import threading

import pytest
from support import guard as guards
from support import raw, servers

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


def is_stopped(client, sql):
    """A worker takes a schema between two turns of its loop: that may be a moment after the log tells of it."""
    try:
        client.query_all(sql)
    except raw.Err as error:
        assert error.errno == 1105
        return True
    return False


def wait_until_passed(guard, client, sql):
    guard.wait_until(lambda: not is_stopped(client, sql), f"{sql} passes")


def rewrite(path, text):
    """At once: of a file that is being written the guard may see the beginning."""
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    os.replace(fresh, path)


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


@pytest.mark.full
def test_ddl_changes_the_live_schema_alone(drifted, start_verified):
    guard = start_verified()
    with guard.raw(database=drifted) as client:
        before = guard.generation()
        client.query_all("CREATE TABLE fresh (id INT)")
        guard.wait_for_schema(before)
        guard.wait_until(lambda: is_stopped(client, "SELECT id FROM fresh"), "it is known to be live")
        client.query_all("ALTER TABLE stray ADD COLUMN late INT")
        client.query_all("CREATE INDEX by_note ON stray (note)")
        before = guard.generation()
        client.query_all("ALTER TABLE customers ADD COLUMN planned INT")
        guard.wait_for_schema(before)
        client.query_all("SELECT planned FROM customers")
    def of_ddl():
        return [event for event in guard.events() if event.get("schemaguard.rule", "").startswith("DDL")]
    guard.wait_until(lambda: len(of_ddl()) == 2, "the events of ALTER TABLE and CREATE INDEX")
    for event in of_ddl():
        assert (event["schemaguard.verdict"], event["schemaguard.action"]) == ("unverified", "forwarded")
        assert event["schemaguard.rule"] == "DDL on what is unverified is reported only"
        assert event["schemaguard.would_block"] is False


# --- what decides --------------------------------------------------------------------------------


@pytest.mark.full
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


@pytest.mark.full
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


@pytest.mark.full
def test_an_exception_lets_it_pass(drifted, start_verified, tmp_path):
    exceptions = tmp_path / "exceptions"
    exceptions.write_text(f"table {drifted}.stray until 2999-01-01 a report of the old times\n")
    guard = start_verified(exceptions=exceptions)
    with guard.raw(database=drifted) as client:
        client.query_all("SELECT id FROM stray")
        stopped(client, "SELECT drifted FROM customers")
    events = guard.wait_for_events(2)
    assert [event["schemaguard.action"] for event in events] == ["forwarded", "blocked"]


def test_rules_may_ask_for_tables_and_classes(drifted, start_verified, tmp_path):
    path = tmp_path / "guard.ini"
    path.write_text(f"""
[rule drift]
table = {drifted}.stray, {drifted}.old_*
class = unverified, missing
mode = observe

[rule orders]
table = {drifted}.customers
mode = block
""")
    guard = start_verified(config=path, mode="observe")
    with guard.raw(database=drifted) as client:
        client.query_all("SELECT id FROM stray")
        stopped(client, "SELECT drifted FROM customers")
        assert refused(client, "SELECT neither FROM customers c JOIN stray s ON c.id = s.id").errno == 1054
        assert refused(client, "SELECT id FROM promised").errno == 1146
        client.query_all("SELECT c.id FROM stray s JOIN customers c ON c.id = s.id")
    events = guard.wait_for_events(5)
    assert [(event["schemaguard.rule"], event["schemaguard.verdict"], event["schemaguard.action"]) for event in events] == [
        ("rule drift", "unverified", "forwarded"), ("rule orders", "unverified", "blocked"),
        ("rule orders", "absent", "blocked"), ("mode", "missing", "forwarded"), ("rule drift", "unverified", "forwarded")]


def test_policy_test_explains_tables_and_classes(tmp_path):
    path = tmp_path / "guard.ini"
    path.write_text("schema_user = x\nmode = block\n[rule orders]\ntable = shop.orders\nclass = unverified\nmode = observe\n")

    def explain(*case):
        done = run("policy", "test", f"--config={path}", *case)
        assert done.returncode == 0, done.stderr
        return done.stdout

    said = explain("--table", "shop.orders", "--column", "x", "--class", "unverified")
    assert "rule orders" in said and "is met, and decides the mode" in said and "forward it and report it" in said
    said = explain("--table", "shop.orders", "--column", "x", "--class", "missing")
    assert 'class is "missing", not "unverified"' in said and "ask the server to prepare it" in said
    said = explain("--table", "shop.items", "--column", "x", "--class", "unverified")
    assert 'it uses no table "shop.orders"' in said and "action: stop it" in said
    assert "the server would run it, and is not asked" in said and "once armed" in said
    assert "decided by: unverified = log" in explain("--table", "shop.items", "--class", "unverified", "--unverified=log")
    assert run("policy", "test", f"--config={path}", "--class", "strange").returncode == 2


@pytest.mark.parametrize("line, word", [("table = orders", "named with its database"), ("class = missing, odd", "none of missing")])
def test_a_rule_about_nothing_starts_nothing(tmp_path, line, word):
    path = tmp_path / "guard.ini"
    path.write_text(f"[rule a]\n{line}\nmode = block\n")
    done = run("serve", "--config", path, "--check-config")
    assert done.returncode == 2 and word in done.stderr


# --- the file ------------------------------------------------------------------------------------


def test_it_is_read_again_when_it_changes(drifted, start_verified, verified):
    guard = start_verified()
    with guard.raw(database=drifted) as client:
        statement, *_ = client.prepare("SELECT company FROM customers")
        client.execute(statement)
        for _ in range(3):  # kept as a shape that is ok
            client.query_all("SELECT company FROM customers")
        stopped(client, "SELECT drifted FROM customers")
        rewrite(verified, "CREATE TABLE customers (id INT, drifted INT")
        guard.wait_for_log(r"verified schema: .*generation \d+ of before stays in use")
        guard.wait_until(lambda: guard.counters()["verified_failures"] > 0, "a failure is counted")
        stopped(client, "SELECT drifted FROM customers")
        client.query_all("SELECT company FROM customers")
        rewrite(verified, "CREATE TABLE customers (id INT, drifted INT);\n")
        guard.wait_for_log(r"what is verified has changed: generation \d+")
        guard.wait_until(lambda: guard.counters()["verified_generation"] > 1, "it is in use")
        wait_until_passed(guard, client, "SELECT drifted FROM customers")
        stopped(client, "SELECT company FROM customers")
        with pytest.raises(raw.Err) as caught:
            client.execute(statement)
        assert caught.value.errno == 1105
        verified.unlink()
        guard.wait_for_log(r"there is no such file or folder; generation \d+ of before stays in use")
        client.query_all("SELECT drifted FROM customers")
        stopped(client, "SELECT company FROM customers")


@pytest.mark.full
def test_it_changes_under_clients_at_work(drifted, start_verified, verified):
    """Each statement is judged by one of the two, whole; nobody is lost, nobody waits."""
    texts = ["CREATE TABLE customers (id INT, drifted INT);\n", "CREATE TABLE customers (id INT, company VARCHAR(50));\n"]
    verified.write_text(texts[0] + "CREATE TABLE filler (a INT, b INT, c INT);\n")
    guard = start_verified()
    stop = threading.Event()
    wrong = []

    def work(sql):
        with guard.raw(database=drifted) as client:
            while not stop.is_set():
                try:
                    client.query_all(sql)
                except raw.Err as error:
                    if error.errno != 1105:
                        wrong.append(error)
                client.query_all("SELECT id FROM customers")
                stop.wait(0.02)

    threads = [threading.Thread(target=work, args=(f"SELECT {name} FROM customers",))
               for name in ("drifted", "company") * 4]
    for thread in threads:
        thread.start()
    try:
        for turn in range(6):
            before = guard.counters()["schema_generation"]
            rewrite(verified, texts[(turn + 1) % 2])
            guard.wait_until(lambda: guard.counters()["schema_generation"] > before, "it is in use")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert wrong == []
    with guard.raw(database=drifted) as client:
        guard.wait_until(lambda: is_stopped(client, "SELECT company FROM customers"), "the last one is in use")
        client.query_all("SELECT drifted FROM customers")
    assert guard.counters()["verified_failures"] == 0


@pytest.mark.full
def test_a_folder_of_migrations_is_watched(drifted, start_guard, tmp_path):
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_begin.sql").write_text("CREATE TABLE customers (id INT, company VARCHAR(50));\n")
    guard = start_guard(mode="block", verified=folder, verified_database=drifted)
    with guard.raw(database=drifted) as client:
        stopped(client, "SELECT drifted FROM customers")
        (folder / "0002_more.sql").write_text("ALTER TABLE customers ADD COLUMN drifted INT;\n")
        guard.wait_for_log(r"what is verified has changed: generation \d+")
        wait_until_passed(guard, client, "SELECT drifted FROM customers")


def test_a_snapshot_of_the_server_itself_leaves_nothing_unverified(server, drifted, start_guard, tmp_path):
    guard = start_guard(mode="block", verified=snapshot(server, drifted, tmp_path / "live.json"))
    guard.wait_for_log("verified and live schema agree")
    with guard.raw(database=drifted) as client:
        client.query_all("SELECT id, company, drifted FROM customers")
        assert refused(client, "SELECT planned FROM customers").errno == 1054
    assert classes(guard.wait_for_events(1)) == ["absent"]


# --- other sources -------------------------------------------------------------------------------


def test_a_version_of_a_history_is_taken_and_its_latest_is_followed(drifted, start_guard, verified, tmp_path):
    history = tmp_path / "history"

    def adopt(text):
        rewrite(verified, text)
        done = run("schema", "adopt", verified, "--database", drifted, "--history", history)
        assert done.returncode == 0, done.stderr

    adopt("CREATE TABLE customers (id INT, company VARCHAR(50));\n")
    latest = start_guard(mode="block", verified="@latest", history=history)
    first = start_guard(mode="block", verified="@v1", history=history, admin_listen=True)
    for guard in (latest, first):
        guard.wait_for_log("verified schema read from @")
    with latest.raw(database=drifted) as client, first.raw(database=drifted) as other:
        stopped(client, "SELECT drifted FROM customers")
        stopped(other, "SELECT drifted FROM customers")
        adopt("CREATE TABLE customers (id INT, drifted INT);\n")
        wait_until_passed(latest, client, "SELECT drifted FROM customers")
        stopped(client, "SELECT company FROM customers")
        first.reload()
        stopped(other, "SELECT drifted FROM customers")
        other.query_all("SELECT company FROM customers")
    told = json.loads(first.http("/health/schema-version")[1])["verified"]
    assert told["version"] == "v1" and re.match(r"20\d\d-", told["adopted_at"])


@pytest.fixture
def other_server(request, server):
    """Of the other flavour: that another server is verified shows best where it is not the same."""
    return request.getfixturevalue({"mariadb": "mysql", "mysql": "mariadb"}[server.flavour])


@pytest.fixture
def same_there(drifted, other_server):
    """The database that `drifted` is, on the other server, as it was agreed on."""
    other_server.query(f"CREATE DATABASE {drifted}")
    other_server.load(VERIFIED, drifted)
    yield other_server
    other_server.drop_database(drifted)


def url_of(server, database):
    host, port = server.address
    return f"mysql://{server.schema.user}@{host}:{port}/{database}"


def test_another_server_is_verified_and_read_again(drifted, start_guard, same_there, tmp_path):
    password = tmp_path / "password"
    password.write_text(same_there.schema.password)
    guard = start_guard(mode="block", verified=url_of(same_there, drifted), schema_refresh="1s",
                        verified_password_file=password)
    guard.wait_for_log(r"verified schema read from mysql://\S+: 2 tables, 5 columns")
    with guard.raw(database=drifted) as client:
        stopped(client, "SELECT drifted FROM customers")
        assert refused(client, "SELECT planned FROM customers").errno == 1054
        same_there.query("ALTER TABLE customers ADD drifted INT", database=drifted)
        wait_until_passed(guard, client, "SELECT drifted FROM customers")
        rewrite(password, "another one")
        guard.wait_for_log(r"denied.*; generation \d+ of before stays in use")
        client.query_all("SELECT drifted FROM customers")
    assert classes(guard.wait_for_events(2))[:2] == ["unverified", "missing"]


def test_another_servers_account_and_certificate(drifted, same_there, tmp_path):
    options = tmp_path / "client.cnf"
    password = same_there.schema.password
    options.write_text(f"[client]\npassword={password}\n")
    options.chmod(0o600)
    with same_there.connect() as direct:
        pin = hashlib.sha256(direct._sock.getpeercert(binary_form=True)).hexdigest()

    def check(*settings, **environment):
        return subprocess.run([str(guards.binary()), "serve", "--check-config", "--schema-user=x",
                               f"--candidate={url_of(same_there, drifted)}", *settings], capture_output=True, text=True,
                              timeout=300, env={"PATH": os.environ["PATH"], **environment})

    assert "denied" in check().stderr.lower()
    for done in (check(MYSQL_PWD=password), check(f"--verified-defaults-file={options}"),
                 check("--verified-tls=verify_ca", f"--verified-tls-ca={same_there.tls_ca}", MYSQL_PWD=password),
                 check(f"--verified-tls-fingerprint={pin}", MYSQL_PWD=password)):
        assert done.returncode == 0, done.stderr
    wrong = check(f"--verified-tls-fingerprint={'ab' * 32}", MYSQL_PWD=password)
    assert wrong.returncode == 2 and "candidate" in wrong.stderr and pin in wrong.stderr.replace(":", "").lower()
    assert "needs verified_tls_ca" in check("--verified-tls=verify_ca", MYSQL_PWD=password).stderr


@pytest.mark.full
def test_tables_that_go_nowhere_are_told(drifted, start_guard, verified):
    guard = start_guard(mode="block", verified=verified, verified_database="no_such_database")
    guard.wait_for_log(r"its tables are in database no_such_database, which the server does not have")
    with guard.raw(database=drifted) as client:
        client.query_all("SELECT drifted FROM customers")
    assert guard.events() == []


@pytest.mark.parametrize("settings, word", [
    ({"verified": "/nowhere/schema.json", "schema_user": "x"}, "there is no such file"),
    ({"verified": "mysql://a:b@127.0.0.1/shop", "schema_user": "x"}, "verified_password_file"),
    ({"verified": "mysql://a@127.0.0.1:1/shop", "schema_user": "x"}, "127.0.0.1"),
    ({"verified": "@v1", "schema_user": "x"}, "which history"),
    ({"verified": "@v1", "history": "/nowhere", "schema_user": "x"}, "/nowhere"),
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


# --- the second story of drift -------------------------------------------------------------------


def test_a_column_that_the_model_declares_is_missing_and_told_so(server, database, start_guard, tmp_path):
    model = tmp_path / "schema.sql"
    model.write_text("CREATE TABLE inventoryMovements (id INT PRIMARY KEY, quantity INT, adjustmentReason VARCHAR(255));\n"
                     "CREATE TABLE order_status_history (id INT PRIMARY KEY, from_status VARCHAR(50), to_status VARCHAR(50));\n")
    server.query("CREATE TABLE inventoryMovements (id INT PRIMARY KEY, quantity INT)", database=database)
    server.query("CREATE TABLE order_status_history (id INT PRIMARY KEY, fulfillmentStatus VARCHAR(50))", database=database)
    guard = start_guard(mode="block", verified=model, verified_database=database)
    with guard.raw(database=database, attributes={"program_name": "seed-generator"}) as client:
        error = refused(client, "INSERT INTO inventoryMovements (id, quantity, adjustmentReason) VALUES (1, 2, 'count')")
        assert (error.errno, error.sqlstate) == (1054, "42S22") and "adjustmentReason" in error.message
        assert refused(client, "SELECT from_status, to_status FROM order_status_history").errno == 1054
        stopped(client, "SELECT fulfillmentStatus FROM order_status_history")
        client.query("INSERT INTO inventoryMovements (id, quantity) VALUES (2, 2)")
    assert server.query("SELECT id FROM inventoryMovements", database=database) == ((2,),)
    events = guard.wait_for_events(3)
    assert classes(events) == ["missing", "missing", "unverified"]
    assert events[0]["schemaguard.references"][0]["name"] == "adjustmentReason"
    assert events[0]["user.name"] == server.app.user
    assert events[0]["schemaguard.client.attributes"]["program_name"] == "seed-generator"
    assert [reference["name"] for reference in events[1]["schemaguard.references"]] == ["from_status", "to_status"]


# --- the start -----------------------------------------------------------------------------------


def snapshot(server, database, path):
    host, port = server.address
    done = run("schema", "pull", f"mysql://{server.schema.user}@{host}:{port}/{database}",
               "--password-file", server.schema_password_file, "-o", path)
    assert done.returncode == 0, done.stderr
    return path


def refuses_to_start(guard):
    """Its last words; it is gone then."""
    guard.process.wait(120)
    assert guard.process.returncode == 1
    guard.expected_exit = 1
    return guard.log_text()


@pytest.fixture
def unawaited(server, tmp_path, request):
    """unawaited(**settings): a guard that was started, whatever becomes of it."""
    started = []

    def start(**settings):
        guard = guards.Guard(server, tmp_path, **{"mode": "block", "start": "strict", **settings})
        started.append(guard)
        with open(guard.log_path, "ab") as log:
            guard.process = subprocess.Popen(guard.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                             env=guard.environment(), cwd=guard.folder)
        return guard

    yield start
    for guard in started:
        guard.stop()


def test_strict_does_not_start_where_they_differ(drifted, verified, unawaited):
    guard = unawaited(verified=verified, verified_database=drifted)
    said = refuses_to_start(guard)
    assert "start = strict: verified and live schema differ in 4 places, beginning with:" in said
    assert "listening on 127.0.0.1" not in said


@pytest.mark.full
def test_strict_looks_at_what_policy_names_alone(drifted, verified, unawaited, tmp_path):
    path = tmp_path / "guard.ini"
    path.write_text(f"[rule a]\ntable = {drifted}.nothing\nmode = block\n")
    guard = unawaited(verified=verified, verified_database=drifted, config=path)
    guard.wait_until(guard.starts, "it listens")
    guard.wait_for_log("differ in 4 places, in no table that policy names")
    path.write_text(f"[rule a]\ntable = {drifted}.str*\nmode = block\n")
    said = refuses_to_start(unawaited(verified=verified, verified_database=drifted, config=path))
    assert f"differ in 1 place, beginning with: new table {drifted}.stray" in said


def test_strict_starts_where_they_agree(server, drifted, unawaited, tmp_path):
    guard = unawaited(verified=snapshot(server, drifted, tmp_path / "live.json"), admin_listen=True)
    guard.wait_until(guard.starts, "it listens")
    with guard.raw(database=drifted) as client:
        client.query_all("SELECT drifted FROM customers")
        assert refused(client, "SELECT planned FROM customers").errno == 1054
    guard.wait_for_events(1)
    assert guard.http("/health/schema-version")[0] == 200


@pytest.mark.full
def test_warn_starts_and_says_what_differs(drifted, start_verified):
    guard = start_verified(start="warn")
    guard.wait_for_log(r"verified and live schema differ in 4 places, beginning with: ")
    guard.wait_for_counters(verified_differences=4)


# --- what is to come -----------------------------------------------------------------------------


def test_a_candidate_is_told_and_nothing_is_stopped_for_it(drifted, start_guard, verified):
    guard = start_guard(mode="block", candidate=verified, verified_database=drifted)
    with guard.raw(database=drifted) as client:
        for _ in range(4):
            client.query_all("SELECT drifted FROM customers")
        for _ in range(4):
            client.query_all("SELECT company FROM customers")
        client.execute(client.prepare("SELECT id FROM stray")[0])
        assert refused(client, "SELECT planned FROM customers").errno == 1054
    events = guard.wait_for_events(6)
    told = [event for event in events if event["event.name"] == "schemaguard.candidate"]
    assert len(told) == 5 and len(events) == 6
    assert {event["schemaguard.action"] for event in told} == {"forwarded"}
    assert {event["schemaguard.would_block"] for event in told} == {False}
    assert told[0]["schemaguard.references"][0]["name"] == "drifted"
    assert [event["schemaguard.command"] for event in told] == ["COM_QUERY"] * 4 + ["COM_STMT_PREPARE"]
    guard.wait_for_counters(candidate_findings=5, verdict_absent=1, verdict_unverified=0, blocked=1, false_positive=0)


# --- the endpoint --------------------------------------------------------------------------------


def shape(value):
    """A JSON value without what differs from run to run."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    return type(value).__name__ if isinstance(value, (str, float)) and not isinstance(value, bool) else value


def documented_example():
    text = (servers.ROOT / "docs/verified.md").read_text()
    return json.loads(re.search(r"```json\n(\{.*?\n\})\n```", text, re.DOTALL)[1])


def test_the_endpoint_tells_versions_as_documented(server, drifted, verified, start_guard, tmp_path):
    history = tmp_path / "history"
    host, port = server.address
    done = run("schema", "adopt", verified, "--database", drifted, "--history", history, "--version", "2026-11-21")
    assert done.returncode == 0, done.stderr
    guard = start_guard(mode="observe", verified=history, candidate=verified, verified_database=drifted, admin_listen=True)
    status, text = guard.http("/health/schema-version")
    found = json.loads(text)
    example = documented_example()
    assert status == 503 and found["match"] is False
    assert found["verified"]["version"] == example["verified"]["version"]
    for one in (found, example):
        one["live"]["age_seconds"] = 0.5
        one["live"]["generation"] = 1
    assert shape(found) == shape(example)
    assert len(text) < 2000
    assert guard.http("/health/schema-version", "POST")[0] == 405


def test_the_endpoint_follows_the_schemas(server, drifted, start_guard, tmp_path):
    path = snapshot(server, drifted, tmp_path / "live.json")
    guard = start_guard(mode="observe", verified=path, admin_listen=True)
    status, text = guard.http("/health/schema-version")
    assert status == 200 and json.loads(text)["match"] is True, text
    assert json.loads(text)["differences"] == {"total": 0, "named_by_policy": 0, "kinds": {}}
    server.query("ALTER TABLE customers ADD COLUMN more INT", database=drifted)
    guard.reload()
    guard.wait_until(lambda: guard.http("/health/schema-version")[0] == 503, "it tells the difference")
    found = json.loads(guard.http("/health/schema-version")[1])
    assert found["differences"]["kinds"] == {"column_extra": 1}
    server.query("ALTER TABLE customers DROP COLUMN more", database=drifted)
    guard.reload()
    guard.wait_until(lambda: guard.http("/health/schema-version")[0] == 200, "they agree again")


@pytest.mark.full
def test_the_endpoint_without_a_verified_schema(drifted, start_guard):
    guard = start_guard(mode="observe", admin_listen=True)
    status, text = guard.http("/health/schema-version")
    found = json.loads(text)
    assert status == 200 and found["verified"] is None and found["candidate"] is None
    assert re.fullmatch("[0-9a-f]{32}", found["live"]["hash"])
    nobody = start_guard(mode="observe", schema_user=None, admin_listen=True)
    assert nobody.http("/health/schema-version")[0] == 503
