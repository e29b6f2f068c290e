"""What happened to five teams, told from their side, on both servers. Where a line of a story is another file's:

    1  a renamed column, found as HTTP 500
       check    here: …names_the_statement_and_hints_at_the_column
       verify   test_schema_orm.py: a_renamed_column_of_prismas_is_likely_its_new_name
       wire     here: on_the_wire_the_server_answers_and_nothing_is_executed
    2  the model says one thing, the database another
       tls      here: a_self_signed_certificate_is_trusted…; test_login.py: through the guard
       import   test_schema_orm.py: two_fields_on_one_column_are_named_with_their_lines
       wire     test_verified.py: a_column_that_the_model_declares_is_missing_and_told_so
       wanted   here: what is compared, words for what is wrong; test_schema_diff.py: reports before and after
    3  an older local database
       diff     test_schema_diff.py: an_older_database_lacks_three_columns_and_differs_in_six_types
       plan     test_schema_diff.py: the_plan_brings_it_up_to_date_and_leaves_narrowing_to_people
       verify   test_schema_diff.py: verify_names_the_migration_that_has_not_run
    4  the version table that was not there
       history  test_history.py: adopt, --allow-downgrade, --record; here: the_deploy_script_finds_its_version_table
       summary  test_schema_diff.py: the_summary_begins_with_the_new_tables
       health   test_verified.py: the_endpoint_tells_versions_as_documented
    5  a detector in the commit hook
       diff     test_schema_diff.py: orphaned_tables_are_named…, every_format_tells_the_same
       verify   test_schema_docs.py: the hook, the job, the entrypoint; here: what_only_reads_needs_no_right_to_write
       plan     here: a_migration_to_review_is_made_with_its_time
"""

import hashlib
import json
import re
import subprocess

import pytest
import throwaway
from support import raw, servers
from support.schema_commands import (DIFFERS, FAILED, SAME, apply, differences, make, run, script,  # noqa: F401
                                     url)

HISTORY = ("--history", "history")


def other_account(server, account, database):
    host, port = server.address
    return f"mysql://{account.user}:{account.password}@{host}:{port}/{database}"


# --- 1: a renamed column, found as HTTP 500 ----------------------------------------------------------------------------------

SHOP = """
CREATE TABLE users (id INT NOT NULL PRIMARY KEY, email VARCHAR(191) NOT NULL, customerId INT NOT NULL);
CREATE TABLE customers (id INT NOT NULL PRIMARY KEY, company VARCHAR(191) NOT NULL, email VARCHAR(191) NOT NULL);
"""


@pytest.mark.parametrize("source", ["server", "snapshot", "history"])
def test_check_names_the_statement_and_hints_at_the_column(source, program, run, url, make, tmp_path, server):
    database = make(SHOP)
    schema = {"server": url(database), "snapshot": "schema.json", "history": "@latest"}[source]
    if source == "snapshot":
        run("pull", url(database), "-o", "schema.json", expect=SAME)
    if source == "history":
        run("adopt", url(database), *HISTORY, expect=SAME)
    script(tmp_path, "SELECT id FROM users;\nSELECT c.id, c.name FROM customers c JOIN users u ON u.customerId = c.id;\n", "app.sql")
    done = subprocess.run([str(program), "check", "--schema", schema, *HISTORY, "app.sql"], capture_output=True, text=True,
                          cwd=tmp_path, timeout=300)
    assert done.returncode == 1, done.stderr
    with pytest.raises(Exception) as refused:
        server.query("SELECT c.id, c.name FROM customers c JOIN users u ON u.customerId = c.id", database)
    number, words = refused.value.args
    assert f"app.sql:2:14: {words} [{number} 42S22]" in done.stdout and done.stdout.count("[1054") == 1
    assert "did you mean company" in done.stdout


def test_a_column_that_was_renamed_is_hinted_at_by_verify(run, url, make, tmp_path):
    database = make(SHOP)
    wanted = script(tmp_path, SHOP.replace("company", "name"))
    done = run("verify", wanted, url(database), expect=DIFFERS)
    assert re.search(r"customers\.name  missing column: varchar\(191\).*; likely renamed to company", done.stdout)


def test_on_the_wire_the_server_answers_and_nothing_is_executed(server, make, start_guard):
    database = make(SHOP + "INSERT INTO customers VALUES (1, 'Acme', 'a@acme.example');")
    guard = start_guard(mode="block")
    change = "UPDATE customers SET email = '', name = 'x'"
    with pytest.raises(Exception) as refused:
        server.query(change, database)
    with guard.raw(database=database, attributes={"program_name": "billing"}) as client:
        with pytest.raises(raw.Err) as stopped:
            client.query(change)
        assert (stopped.value.errno, stopped.value.message) == refused.value.args
        assert stopped.value.sqlstate == "42S22"
        assert client.query("SELECT id, company, email FROM customers").rows == [[b"1", b"Acme", b"a@acme.example"]]
    event, = guard.wait_for_events(1)
    assert (event["schemaguard.action"], event["db.response.status_code"]) == ("blocked", "1054")
    assert event["user.name"] == server.app.user
    assert event["schemaguard.client.attributes"]["program_name"] == "billing"
    assert event["schemaguard.references"][0]["nearest"][0] == "company"


# --- 2: the model says one thing, the database another ------------------------------------------------------------------------

MODEL = """
CREATE TABLE orders (id INT NOT NULL PRIMARY KEY, code VARCHAR(20) NOT NULL, total DECIMAL(10,2), reason VARCHAR(255),
  UNIQUE KEY by_code (code), CONSTRAINT positive CHECK (total > 0));
CREATE TABLE order_status_history (id INT NOT NULL PRIMARY KEY, order_id INT NOT NULL, from_status VARCHAR(50),
  KEY by_order (order_id), CONSTRAINT of_order FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE);
CREATE TABLE shipments (id INT NOT NULL PRIMARY KEY);
"""
DATABASE = """
CREATE TABLE orders (id BIGINT NOT NULL PRIMARY KEY, code VARCHAR(20) NULL, total DECIMAL(10,2) DEFAULT 1);
CREATE TABLE order_status_history (id INT NOT NULL PRIMARY KEY, order_id INT NOT NULL, fulfillmentStatus VARCHAR(50),
  KEY by_order (order_id));
CREATE TABLE tmp_orders (id INT NOT NULL PRIMARY KEY);
"""


def test_tables_columns_types_constraints_and_indexes_are_compared(run, url, make, tmp_path):
    done = run("diff", script(tmp_path, MODEL), url(make(DATABASE)), "--format", "json", expect=DIFFERS)
    found = set(differences(done))
    assert {("table_missing", "shipments", None), ("table_extra", "tmp_orders", None), ("column_missing", "orders", "reason"),
            ("column_missing", "order_status_history", "from_status"),
            ("column_extra", "order_status_history", "fulfillmentStatus"), ("type", "orders", "id"),
            ("nullable", "orders", "code"), ("default", "orders", "total"),
            ("index_missing", "orders", "by_code")} <= found, found
    assert {(kind, table) for kind, table, _ in found} >= {("check_missing", "orders"),
                                                           ("foreign_key_missing", "order_status_history")}


def test_a_self_signed_certificate_is_trusted_and_not_passed_over(run, url, make, tmp_path, server):
    database = make(MODEL)
    model = script(tmp_path, MODEL)
    with server.connect() as direct:
        pin = hashlib.sha256(direct._sock.getpeercert(binary_form=True)).hexdigest()
    run("verify", model, url(database), "--tls-fingerprint", pin, expect=SAME)
    run("verify", model, url(database), "--tls", "verify-ca", "--tls-ca", server.tls_ca, expect=SAME)
    done = run("verify", model, url(database), "--tls-fingerprint", "ab" * 32, expect=FAILED)
    assert pin in done.stderr.replace(":", "").lower()
    throwaway.make_certificates(tmp_path)
    assert "certificate" in run("verify", model, url(database), "--tls-ca", tmp_path / "ca.pem", expect=FAILED).stderr


def test_a_table_that_is_made_twice_is_told_with_its_place(run, url, make, tmp_path):
    script(tmp_path, MODEL, "migrations/0001_first.sql")
    script(tmp_path, "ALTER TABLE orders ADD note TEXT;\nCREATE TABLE shipments (id INT);", "migrations/0002_second.sql")
    done = run("diff", "migrations", url(make(MODEL)), expect=DIFFERS)
    assert "migrations/0002_second.sql:2: not carried out: it exists already" in done.stderr
    assert "migrations/0002_second.sql:2: " in run("adopt", "migrations", *HISTORY, expect=SAME).stderr


# --- 4: the version table that was not there ----------------------------------------------------------------------------------

def test_the_deploy_script_finds_its_version_table(run, url, make, server):
    database = make(SHOP)
    ask = f"SELECT version FROM {database}.schema_versions ORDER BY id DESC LIMIT 1"
    with pytest.raises(Exception, match="schema_versions"):
        server.query(ask)
    run("adopt", url(database), *HISTORY, "--version", "1.0.0", "--record", url(database), expect=SAME)
    apply(server, database, "ALTER TABLE users ADD last_login DATETIME;")
    run("adopt", url(database), *HISTORY, "--version", "1.1.0", "--record", url(database), expect=SAME)
    assert server.query(ask) == (("1.1.0",),)
    run("verify", "@1.1.0", url(database), *HISTORY, expect=SAME)  # "versions match"
    assert "users.last_login" in run("verify", "@1.0.0", url(database), *HISTORY, expect=DIFFERS).stdout


# --- 5: a detector in the commit hook ------------------------------------------------------------------------------------------

def test_what_only_reads_needs_no_right_to_write(run, url, make, tmp_path, server):
    """Everything but --record, by the account that docs/schema-account.md makes: REFERENCES and no more."""
    database = make(MODEL)
    reader = other_account(server, server.schema, database)
    script(tmp_path, DATABASE, "old.sql")
    before = run("pull", url(database), expect=SAME).stdout
    run("diff", reader, "old.sql", expect=DIFFERS)
    run("plan", reader, "old.sql", expect=DIFFERS)
    run("verify", "old.sql", reader, expect=DIFFERS)
    run("adopt", reader, *HISTORY, expect=SAME)
    after = run("pull", url(database), expect=SAME).stdout
    assert json.loads(before)["hash"] == json.loads(after)["hash"]
    refused = run("adopt", reader, *HISTORY, "--record", reader, expect=FAILED)
    assert "denied" in refused.stderr


def test_a_migration_to_review_is_made_with_its_time(run, url, make, tmp_path, server, program):
    page = (servers.ROOT / "docs" / "drift.md").read_text()
    body = re.search(r"```sh\n# snippet: migration\n(.*?)```", page, re.DOTALL).group(1)
    hook = script(tmp_path, body, "make-migration")
    hook.chmod(0o755)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "schemaguard").symlink_to(program.resolve() if hasattr(program, "resolve") else program)
    database = make(SHOP)
    script(tmp_path, SHOP + "ALTER TABLE users ADD last_login DATETIME; CREATE TABLE audit_logs (at DATETIME);", "model.sql")
    script(tmp_path, SHOP, "migrations/20260101000000_first.sql")

    def start():
        return subprocess.run([str(hook)], cwd=tmp_path, capture_output=True, text=True, timeout=300, env={
            "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "DATABASE_URL": url(database), "MODEL": "model.sql"})

    done = start()
    assert done.returncode == 0, done.stdout + done.stderr
    made = [path for path in (tmp_path / "migrations").iterdir() if "drift" in path.name]
    assert len(made) == 1 and re.fullmatch(r"20\d{12}_drift\.sql", made[0].name) and made[0].name in done.stdout
    pending = run("verify", "migrations", url(database), expect=DIFFERS).stdout
    assert f"1 of 2 migrations has not been applied: migrations/{made[0].name}" in pending
    apply(server, database, made[0].read_text())
    run("verify", "migrations", url(database), expect=SAME)
    run("verify", "model.sql", url(database), expect=SAME)
    assert start().returncode == 0 and len(list((tmp_path / "migrations").iterdir())) == 2
