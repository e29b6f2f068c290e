"""schema diff, verify and plan against the real servers: stories that happened to teams, round trips, generated pairs."""

import json
import os
import random
import re
import secrets
import subprocess
import threading
import time

import pytest
from support import schemas, servers
from support.schema_commands import DIFFERS, FAILED, SAME, apply, differences, make, run, script, url  # noqa: F401

CORPUS = servers.ROOT / "tests" / "corpus"
COMMENTED = "-- >> "


def own_names(text):
    """The script with databases of this test's own; and their names."""
    text = re.sub(r"\bnr_(?=\w)", f"t{secrets.token_hex(4)}_", text)
    return text, re.findall(r"^CREATE DATABASE (\w+)", text, re.MULTILINE)


def uncommented(plan):
    return "\n".join(line.removeprefix(COMMENTED) for line in plan.splitlines()) + "\n"


# --- story 1: a renamed column ------------------------------------------------------------------------------------

CUSTOMERS = """
CREATE TABLE users (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, email VARCHAR(191) NOT NULL, customerId INT NOT NULL);
CREATE TABLE developer_projects (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, customerId INT NOT NULL, developerId INT NOT NULL);
CREATE TABLE customers (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, {name} VARCHAR(191) NOT NULL, email VARCHAR(191) NOT NULL);
"""


def test_verify_names_the_column_that_was_renamed(run, url, make, tmp_path):
    database = make(CUSTOMERS.format(name="company"))
    wanted = script(tmp_path, CUSTOMERS.format(name="name"))
    done = run("verify", wanted, url(database), expect=DIFFERS)
    assert "does not match" in done.stdout
    assert re.search(r"- customers\.name  missing column: .*likely renamed to company", done.stdout)
    run("verify", script(tmp_path, CUSTOMERS.format(name="company")), url(database), expect=SAME)


def test_a_likely_rename_is_never_assumed(run, url, make, tmp_path, server):
    database = make(CUSTOMERS.format(name="company"))
    wanted = script(tmp_path, CUSTOMERS.format(name="name"))
    plan = run("plan", url(database), wanted, expect=DIFFERS).stdout
    assert "RENAME COLUMN keeps the data" in plan
    assert f"{COMMENTED}ALTER TABLE `customers` DROP COLUMN `company`" in plan
    assert not re.search(r"^[^-].*(RENAME|DROP)", plan, re.MULTILINE)


# --- story 2: the model says one thing, the database another ---------------------------------------------------------

MODEL = """
CREATE TABLE inventoryMovements (id INT NOT NULL PRIMARY KEY, productId INT NOT NULL, adjustmentReason VARCHAR(255),
  KEY ix_product (productId));
CREATE TABLE order_status_history (id INT NOT NULL PRIMARY KEY, from_status VARCHAR(50), to_status VARCHAR(50));
"""
DATABASE = """
CREATE TABLE inventoryMovements (id INT NOT NULL PRIMARY KEY, productId INT NOT NULL);
CREATE TABLE order_status_history (id INT NOT NULL PRIMARY KEY, fulfillmentStatus VARCHAR(50));
"""


def test_every_table_column_and_index_is_compared(run, url, make, tmp_path):
    database = make(DATABASE)
    done = run("diff", script(tmp_path, MODEL), url(database), "--format", "json", expect=DIFFERS)
    assert set(differences(done)) == {
        ("column_missing", "inventoryMovements", "adjustmentReason"), ("index_missing", "inventoryMovements", "ix_product"),
        ("column_missing", "order_status_history", "from_status"), ("column_missing", "order_status_history", "to_status"),
        ("column_extra", "order_status_history", "fulfillmentStatus")}


def test_reports_before_and_after_a_migration_can_be_compared(run, url, make, tmp_path, server):
    database = make(DATABASE)
    model = script(tmp_path, MODEL)
    before = run("diff", model, url(database), expect=DIFFERS).stdout
    assert before == run("diff", model, url(database), expect=DIFFERS).stdout
    apply(server, database, "ALTER TABLE inventoryMovements ADD adjustmentReason VARCHAR(255), ADD KEY ix_product (productId)")
    after = run("diff", model, url(database), expect=DIFFERS).stdout
    assert "adjustmentReason" in before and "adjustmentReason" not in after


def test_what_cannot_be_compared_says_why(run, url, make, tmp_path, program, server):
    model = script(tmp_path, MODEL)
    done = run("diff", model, url("there_is_no_such_database"), expect=FAILED)
    assert "there_is_no_such_database" in done.stderr
    host, port = server.address
    denied = subprocess.run([str(program), "schema", "diff", str(model), f"mysql://nobody_here@{host}:{port}/x"],
                            capture_output=True, text=True, timeout=300, env={**os.environ, "MYSQL_PWD": "wrong"})
    assert denied.returncode == FAILED and "Access denied" in denied.stderr
    assert "nothing.sql" in run("diff", model, "nothing.sql", expect=FAILED).stderr
    self_signed = run("diff", model, url("mysql"), "--tls", "verify-identity", expect=FAILED)
    assert "certificate" in self_signed.stderr


# --- story 3: an older local database ---------------------------------------------------------------------------------

LOCAL = """
CREATE TABLE users (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, email VARCHAR(191), password_hash VARCHAR(191));
CREATE TABLE auth_tokens (id INT NOT NULL PRIMARY KEY, token VARCHAR(191), token_type VARCHAR(191));
CREATE TABLE roles (id INT NOT NULL PRIMARY KEY, name VARCHAR(191), description VARCHAR(191));
"""
COMPLETE = """
ALTER TABLE users MODIFY email VARCHAR(255), MODIFY password_hash VARCHAR(255), ADD first_name VARCHAR(100),
  ADD last_name VARCHAR(100), ADD is_admin BOOLEAN DEFAULT false;
ALTER TABLE auth_tokens MODIFY token VARCHAR(255), MODIFY token_type VARCHAR(50);
ALTER TABLE roles MODIFY name VARCHAR(100), MODIFY description TEXT;
"""


def test_an_older_database_lacks_three_columns_and_differs_in_six_types(run, url, make):
    local, production = make(LOCAL), make(LOCAL + COMPLETE)
    done = run("diff", url(local), url(production), "--format", "json", expect=DIFFERS)
    report = json.loads(done.stdout)
    assert report["counts"] == {"column_extra": 3, "type": 6}
    destructive = {f"{d['table']}.{d['name']}" for d in report["differences"] if d["destructive"]}
    assert destructive == {"auth_tokens.token_type", "roles.name"}
    first = [d["destructive"] for d in report["differences"]]
    assert first == sorted(first, reverse=True)


def test_the_plan_brings_it_up_to_date_and_leaves_narrowing_to_people(run, url, make, server):
    local, production = make(LOCAL), make(LOCAL + COMPLETE)
    plan = run("plan", url(local), url(production), expect=DIFFERS).stdout
    commented = [line for line in plan.splitlines() if line.startswith(COMMENTED)]
    assert len(commented) == 2 and all("MODIFY COLUMN" in line for line in commented)
    apply(server, local, plan)
    done = run("diff", url(local), url(production), "--format", "json", expect=DIFFERS)
    assert {entry[1:] for entry in differences(done)} == {("auth_tokens", "token_type"), ("roles", "name")}
    apply(server, local, uncommented(run("plan", url(local), url(production)).stdout))
    run("diff", url(local), url(production), expect=SAME)
    assert run("plan", url(local), url(production), expect=SAME).stdout == ""


def test_verify_names_the_migration_that_has_not_run(run, url, make, tmp_path):
    script(tmp_path, LOCAL, "migrations/000_initial.sql")
    script(tmp_path, COMPLETE, "migrations/001_complete_schema_migration.sql")
    local = make(LOCAL)
    done = run("verify", "migrations", url(local), expect=DIFFERS)
    assert "1 of 2 migrations has not been applied: migrations/001_complete_schema_migration.sql" in done.stdout
    run("verify", "migrations", url(make(LOCAL + COMPLETE)), expect=SAME)


# --- stories 4 and 5: the quick look, and the detector in the hook ---------------------------------------------------------

def test_the_summary_begins_with_the_new_tables(run, url, make):
    before = make("CREATE TABLE users (id INT PRIMARY KEY);")
    after = make("CREATE TABLE users (id INT PRIMARY KEY); CREATE TABLE user_sessions (id INT PRIMARY KEY, user_id INT);"
                 "CREATE TABLE audit_logs (at DATETIME);")
    done = run("diff", url(before), url(after), expect=DIFFERS)
    assert done.stdout.splitlines()[0] == "2 new tables: audit_logs, user_sessions"


def test_two_snapshots_are_compared_without_a_server(run, url, make, tmp_path):
    run("pull", url(make(MODEL)), "-o", "model.json", "--name", "v1", expect=SAME)
    run("pull", url(make(DATABASE)), "-o", "database.json", expect=SAME)
    model = json.loads((tmp_path / "model.json").read_text())
    assert model["version"] == "v1" and model["source"].startswith("mysql://root@")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", model["time"]) and len(model["hash"]) == 32
    assert model["hash"] != json.loads((tmp_path / "database.json").read_text())["hash"]
    run("diff", "model.json", "database.json", expect=DIFFERS)
    run("diff", "model.json", "model.json", expect=SAME)


def test_orphaned_tables_are_named_and_patterns_leave_things_out(run, url, make, tmp_path):
    database = make(MODEL + "CREATE TABLE tmp_old (id INT); CREATE TABLE _prisma_migrations (id INT);"
                            "ALTER TABLE order_status_history COMMENT = 'x';")
    model = script(tmp_path, MODEL)
    done = run("verify", model, url(database), expect=DIFFERS)
    assert "+ tmp_old  new table" in done.stdout and "_prisma_migrations" not in done.stdout
    assert "_prisma_migrations" in run("verify", "--all", model, url(database), expect=DIFFERS).stdout
    run("verify", model, url(database), "--ignore", "tmp_*,kind:comment", expect=SAME)
    run("verify", model, url(database), "--ignore", "tmp_*", expect=DIFFERS)


def test_every_format_tells_the_same(run, url, make, tmp_path):
    model, database = script(tmp_path, MODEL.replace("from_status", "`<b>from|_status`")), url(make(DATABASE))
    texts = {name: run("diff", model, database, "-f", name, expect=DIFFERS).stdout for name in
             ("text", "json", "markdown", "html")}
    for text in texts.values():
        assert "adjustmentReason" in text.replace("\\_", "_")
    assert "&lt;b&gt;from|_status" in texts["html"] and "<b>from" not in texts["html"]
    assert "from\\|" in texts["markdown"]
    run("diff", model, database, "-f", "html", "-o", "report.html", expect=DIFFERS)
    assert (tmp_path / "report.html").read_text() == texts["html"]
    run("diff", model, database, "-f", "pdf", expect=FAILED)


def test_verify_waits_for_a_deploy_that_migrates(run, url, make, tmp_path, server):
    database = make(DATABASE)
    model = script(tmp_path, MODEL)
    results = []
    waiting = threading.Thread(target=lambda: results.append(run("verify", "--wait", "120s", model, url(database))))
    waiting.start()
    time.sleep(1)  # it has most likely looked once; whether it has changes nothing
    apply(server, database, "ALTER TABLE inventoryMovements ADD adjustmentReason VARCHAR(255), ADD KEY ix_product (productId);"
                            "DROP TABLE order_status_history; " + MODEL.split(";")[1] + ";")
    waiting.join()
    assert results[0].returncode == SAME, results[0].stdout
    run("verify", "--wait", "soon", model, url(database), expect=FAILED)
    run("verify", "--wait", "1s", script(tmp_path, LOCAL, "local.sql"), url(database), expect=DIFFERS)


# --- folders of migrations ------------------------------------------------------------------------------------------------

STEPS = ["CREATE TABLE a (id INT NOT NULL PRIMARY KEY);", "ALTER TABLE a ADD b INT;", "ALTER TABLE a RENAME COLUMN b TO c;"]
LAYOUTS = {
    "drizzle": ["0000_first.sql", "0001_second.sql", "0010_third.sql"],
    "prisma": ["20230101_first/migration.sql", "20230201_second/migration.sql", "20240101_third/migration.sql"],
    "flyway": ["V1__first.sql", "V2__second.sql", "V10__third.sql"],
    "golang-migrate": ["1_first.up.sql", "2_second.up.sql", "10_third.up.sql"],
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_migrations_are_applied_in_their_tools_order(layout, run, url, make, tmp_path):
    for name, step in zip(LAYOUTS[layout], STEPS):
        if layout == "drizzle":
            step = step.removesuffix(";") + ";--> statement-breakpoint\nCREATE TABLE `" + name + "` (id INT)"
        script(tmp_path, step, f"db/migrations/{name}")
    script(tmp_path, "DROP TABLE a;", {"flyway": "db/migrations/U2__undo.sql"}.get(layout, "db/migrations/1_first.down.sql"))
    wanted = "CREATE TABLE a (id INT NOT NULL PRIMARY KEY, c INT);"
    if layout == "drizzle":
        wanted += "".join(f"CREATE TABLE `{name}` (id INT);" for name in LAYOUTS[layout])
    run("verify", "db", url(make(wanted)), expect=SAME)
    run("verify", "db/migrations", url(make(STEPS[0])), expect=DIFFERS)


# --- round trips -------------------------------------------------------------------------------------------------------------

def content(snapshot, database):
    """The tables, without views that are broken: no server takes those back."""
    return {table["name"]: table for entry in snapshot["databases"] if entry["name"] == database
            for table in entry["tables"] if not table.get("columns_unknown")}


def pulled(run, url, database):
    return json.loads(run("pull", url(database), expect=SAME).stdout)


@pytest.mark.parametrize("name", ["shop_FLAVOUR.sql", pytest.param("shop.sql", marks=pytest.mark.full),
                                  pytest.param("apps.sql", marks=pytest.mark.full)])
def test_a_schema_planned_from_nothing_is_the_same_schema(name, run, url, server, tmp_path):
    text, databases = own_names((CORPUS / name.replace("FLAVOUR", server.flavour)).read_text())
    try:
        server.run_client("--default-character-set=utf8mb4", address=server.address, account=server.root, input=text)
        for database in databases:
            run("diff", url(database), url(database), expect=SAME)
            before = pulled(run, url, database)
            snapshot = script(tmp_path, json.dumps(before), "before.json")
            run("diff", snapshot, url(database), expect=SAME)
            plan = run("plan", "--all", "empty", snapshot, expect=DIFFERS).stdout
            collation = next(d["collation"] for d in before["databases"] if d["name"] == database)
            server.query(f"DROP DATABASE {database}")
            server.query(f"CREATE DATABASE {database} CHARACTER SET {collation.partition('_')[0]}" +
                         (f" COLLATE {collation}" if "_" in collation else ""))
            apply(server, database, plan)
            after = pulled(run, url, database)
            assert content(after, database) == content(before, database)
    finally:
        for database in databases:
            server.query(f"DROP DATABASE IF EXISTS {database}")


ACCENTS = """
CREATE TABLE parents (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, code VARCHAR(10) NOT NULL DEFAULT '', UNIQUE (code));
CREATE TABLE everything (
  id INT NOT NULL, parent BIGINT UNSIGNED, doc JSON, flag BOOLEAN NOT NULL DEFAULT TRUE, price DECIMAL(10,2) DEFAULT 0,
  at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, seen DATETIME(3) DEFAULT NOW(3), y YEAR, b BIT(3) DEFAULT b'101',
  größe INT CHECK (größe > 0), doubled INT AS (größe * 2 + 1) STORED, label VARCHAR(60) AS (CONCAT(UPPER(name), ' it''s ', id)),
  name VARCHAR(20) DEFAULT 'it''s' COMMENT 'don''t', hidden INT INVISIBLE, day DATE DEFAULT (CURDATE()), PRIMARY KEY (id, name),
  KEY by_name (name(5), at DESC), CONSTRAINT ok CHECK (flag AND NOT (id = 3) OR price BETWEEN 1 AND 2),
  CONSTRAINT up FOREIGN KEY (parent) REFERENCES parents (id) ON DELETE SET NULL ON UPDATE CASCADE
) COMMENT='all of it';
"""


@pytest.mark.parametrize("text", [ACCENTS, pytest.param(None, marks=pytest.mark.full)], ids=["accents", "shop"])
def test_two_flavours_of_server_mean_the_same_by_the_same_ddl(text, program, mariadb, mysql):
    made = []
    try:
        for each in (mariadb, mysql):
            if text is None:
                sql, databases = own_names((CORPUS / "shop.sql").read_text())
            else:
                databases = [each.create_database()]
                each.query(f"ALTER DATABASE {databases[0]} CHARACTER SET utf8mb4")
                sql = f"USE {databases[0]};{text}"
            made.append((each, databases))
            each.run_client("--default-character-set=utf8mb4", address=each.address, account=each.root, input=sql)
        urls = ["mysql://{}:{}@{}:{}/{}".format(each.root.user, each.root.password, *each.address, databases[0])
                for each, databases in made]
        done = subprocess.run([str(program), "schema", "diff", *urls], capture_output=True, text=True, timeout=300)
        assert done.returncode == SAME, done.stdout + done.stderr
    finally:
        for each, databases in made:
            for database in databases:
                each.drop_database(database)


def check_pair(seed, server, run, url, make, tmp_path):
    rng = random.Random(seed)
    before = schemas.Schema.random(rng, server.flavour)
    after = before.mutated(rng)
    databases = [make(before.sql()), make(after.sql())]
    run("diff", script(tmp_path, before.sql(), "before.sql"), url(databases[0]), expect=SAME)
    plan = run("plan", url(databases[0]), url(databases[1])).stdout
    apply(server, databases[0], uncommented(plan))
    done = run("diff", url(databases[0]), url(databases[1]))
    assert done.returncode == SAME, f"seed {seed}\n{plan}\n{done.stdout}"


@pytest.mark.parametrize("seed", range(1000, 1004))
def test_a_plan_leads_to_the_schema_that_was_wanted(seed, server, run, url, make, tmp_path):
    check_pair(seed, server, run, url, make, tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("batch", range(20))
def test_plans_lead_to_the_schemas_that_were_wanted(batch, server, run, url, make, tmp_path):
    for seed in range(batch * 10, batch * 10 + 10):
        check_pair(seed, server, run, url, make, tmp_path)


# --- dumps -----------------------------------------------------------------------------------------------------------------------

def test_a_dump_of_the_server_is_the_servers_schema(run, url, make, server, tmp_path):
    database = make(ACCENTS)
    dumped = server.run_client("--no-data", database, address=server.address, account=server.root,
                               program="mysqldump" if server.flavour == "mysql" else "mariadb-dump").stdout
    run("verify", script(tmp_path, dumped, "dump.sql"), url(database), expect=SAME)


# --- the DDL reader against the servers ------------------------------------------------------------------------------------------

def check_sequence(seed, server, run, url, make, tmp_path):
    """What a server refuses the reader must refuse, too: both go on behind it, like a client with --force."""
    rng = random.Random(seed)
    schema = schemas.Schema.random(rng, server.flavour)
    sql = schema.sql() + schemas.steps(rng, schema, 6)
    database = make()
    server.run_client("--force", "--default-character-set=utf8mb4", database, address=server.address, account=server.root,
                      input=sql, check=False)
    done = run("diff", script(tmp_path, sql, "steps.sql"), url(database))
    assert done.returncode == SAME, f"seed {seed}\n{sql}\n{done.stdout}\n{done.stderr}"


SEEN = """
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, doc JSON, n INT, v INT AS (n + 1) VIRTUAL, a INT, b INT, c INT NULL,
  at DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, seen DATETIME DEFAULT '2020-01-01' ON UPDATE CURRENT_TIMESTAMP,
  CONSTRAINT one_{0} CHECK (c > 0 OR c < -9), CONSTRAINT two_{0} CHECK (a > 0 AND b > 0));
ALTER TABLE t RENAME COLUMN doc TO paper;
ALTER TABLE t MODIFY v INT;
ALTER TABLE t MODIFY n BIGINT, ALTER n SET DEFAULT 1;
ALTER TABLE t MODIFY a BIGINT, MODIFY a SMALLINT;
ALTER TABLE t ALTER at DROP DEFAULT, ALTER seen DROP DEFAULT;
ALTER TABLE t DROP COLUMN b;
ALTER TABLE t DROP COLUMN c;
ALTER TABLE t MODIFY id INT NULL DEFAULT 5;
"""


def test_what_was_read_otherwise_once(run, url, make, tmp_path, server):
    database = make()
    sql = SEEN.format(database)
    server.run_client("--force", database, address=server.address, account=server.root, input=sql, check=False)
    run("diff", script(tmp_path, sql), url(database), expect=SAME)
    run("pull", url(database), "-o", "live.json", expect=SAME)
    run("diff", "wanted.sql", "live.json", expect=SAME)  # read as the snapshot's server would


@pytest.mark.parametrize("seed", range(100, 104))
def test_ddl_means_to_the_reader_what_it_means_to_the_server(seed, server, run, url, make, tmp_path):
    check_sequence(seed, server, run, url, make, tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("batch", range(25))
def test_sequences_of_ddl_mean_to_the_reader_what_they_mean_to_the_server(batch, server, run, url, make, tmp_path):
    for seed in range(batch * 20, batch * 20 + 20):
        check_sequence(seed, server, run, url, make, tmp_path)
