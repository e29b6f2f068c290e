"""check and schema pull, against the real servers: snapshots, dumps, and logs that the servers wrote themselves."""

import json
import os
import re
import resource
import subprocess

import pytest
import throwaway
from support import servers

CORPUS = servers.ROOT / "tests" / "corpus"
CLEAN, FOUND, FAILED = 0, 1, 2
FLAVOUR_OPTION = {"mysql": "mysql-9.7", "mariadb": "mariadb-10.11"}


@pytest.fixture
def run(program, tmp_path):
    """run(*arguments, input=, env=) → the finished process; its output as text."""
    def start(*arguments, input=None, env=None, expect=None):
        done = subprocess.run([str(program), *map(str, arguments)], input=input, capture_output=True, text=True,
                              cwd=tmp_path, timeout=300, env={**os.environ, **(env or {})})
        assert "Sanitizer" not in done.stderr, done.stderr
        if expect is not None:
            assert done.returncode == expect, f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done
    return start


def url(server, database=""):
    host, port = server.address
    return f"mysql://{server.schema.user}@{host}:{port}" + (f"/{database}" if database else "")


@pytest.fixture
def pull(run, server, tmp_path):
    """pull(database) → path of a snapshot of `server`."""
    def start(database=""):
        path = tmp_path / f"{database or 'all'}.json"
        run("schema", "pull", url(server, database), "-o", path, "--password-file", server.schema_password_file,
            expect=CLEAN)
        return path
    return start


def findings(done):
    return json.loads(done.stdout)["findings"]


# --- schemas ---------------------------------------------------------------------------------------

def tables_of(path, databases):
    """(database, table) → table, with columns by name; types too."""
    snapshot = json.loads(path.read_text())
    return {(database["name"], table["name"]): table
            for database in snapshot["databases"] if database["name"] in databases for table in database["tables"]}


def facts(table):
    """What must be equal. Of a view's columns only the names are told by its text; whether a column's character set
    is that of its table the text does not tell where it leaves out the table's."""
    is_view = table.get("kind") == "view"
    columns = [column["name"] if is_view else {key: value for key, value in column.items() if key != "collation"}
               for column in table.get("columns", [])]
    return {"kind": table.get("kind", "table"), "rowid": table.get("rowid", False),
            "columns_unknown": table.get("columns_unknown", False), "columns": columns}


def databases_of(sql):
    return re.findall(r"^CREATE DATABASE (\w+)", sql, re.MULTILINE)


def assert_same(interpreted, pulled):
    assert sorted(interpreted) == sorted(pulled)
    for name in pulled:
        assert facts(interpreted[name]) == facts(pulled[name]), name


# Statements that each touch what the interpreter must know: keys, positions, renames, copies, views on views.
EVOLUTION = """
CREATE DATABASE nr_ddl;
USE nr_ddl;
CREATE TABLE a (id INTEGER UNSIGNED AUTO_INCREMENT PRIMARY KEY, x DEC(8,3), y NATIONAL VARCHAR(20), z BOOL NOT NULL DEFAULT 0);
CREATE TABLE types (a TINYINT, b SMALLINT UNSIGNED, c MEDIUMINT, d INT, e INT8, f FLOAT, g DOUBLE PRECISION, h REAL,
  i NUMERIC, j DECIMAL(5), k BIT, l BIT(8), m CHAR, n CHARACTER(7), o VARCHAR(9) CHARACTER SET latin1, p BINARY, q VARBINARY(3),
  r TEXT, s TINYTEXT, t LONGBLOB, u DATE, v DATETIME(3), w TIMESTAMP(0) NULL, x TIME, y YEAR, z ENUM('a', 'it''s', "b,c"),
  aa SET ( 'x','y' ), ab JSON, ac POINT, ad GEOMETRY, ae TINYINT(1), af BOOLEAN, ag INT(7) ZEROFILL, ah TEXT(100), ai BLOB(70000),
  aj LONG VARCHAR, ak CHAR(4) BYTE, al SERIAL, am FLOAT(30), an FLOAT(7,2), ao CHAR VARYING(5), ap TEXT CHARACTER SET binary,
  aq MULTIPOLYGON, ar DOUBLE(10,3) UNSIGNED, at DATETIME(0));
ALTER TABLE a ADD COLUMN first_one INT FIRST, ADD after_x INT AFTER x, DROP COLUMN y, CHANGE z zz TINYINT(1) NULL;
ALTER TABLE a ADD (p INT, q INT NOT NULL);
ALTER TABLE a MODIFY q BIGINT NOT NULL FIRST;
ALTER TABLE a ADD late INT, ADD UNIQUE (nothing_there);
CREATE TABLE b LIKE a;
ALTER TABLE b DROP PRIMARY KEY, MODIFY id INT NOT NULL, ADD UNIQUE KEY u (q);
ALTER TABLE b RENAME COLUMN q TO r, RENAME TO c;
CREATE TABLE d (a INT NOT NULL, b INT NOT NULL, UNIQUE u2 (b, a), UNIQUE u1 (a));
CREATE TABLE e (a INT NOT NULL, b INT NOT NULL);
CREATE UNIQUE INDEX ea ON e (a);
CREATE TABLE f (a INT NOT NULL, UNIQUE KEY (a));
DROP INDEX a ON f;
CREATE TABLE g (a INT NOT NULL, b VARCHAR(10), PRIMARY KEY (a, b));
ALTER TABLE g DROP PRIMARY KEY, ADD PRIMARY KEY (a);
CREATE TABLE h (h1 INT, h2 INT GENERATED ALWAYS AS (h1 + 1) STORED, h3 INT AS (h1 * 2) VIRTUAL, h4 INT INVISIBLE);
ALTER TABLE h ALTER COLUMN h1 SET DEFAULT 5;
RENAME TABLE g TO tmp_g, h TO g, tmp_g TO h;
CREATE VIEW v1 AS SELECT id, x FROM a;
CREATE OR REPLACE VIEW v1 AS SELECT id, after_x, first_one FROM a;
CREATE VIEW v2 (one, two) AS SELECT id, first_one FROM v1;
CREATE VIEW v3 AS SELECT * FROM v2 JOIN d ON d.a = v2.one;
CREATE TABLE gone (i INT);
CREATE VIEW v4 AS SELECT i FROM gone;
CREATE VIEW v5 AS SELECT i FROM v4;
DROP TABLE gone;
CREATE TABLE back (i INT);
CREATE VIEW v6 AS SELECT i FROM back;
DROP TABLE back;
CREATE TABLE back (i INT, j INT);
ALTER VIEW v1 AS SELECT id, after_x, first_one, p FROM a;
CREATE TABLE IF NOT EXISTS a (other INT);
DROP TABLE IF EXISTS nothing_there;
CREATE TABLE swap (x INT, y VARCHAR(3));
ALTER TABLE swap RENAME COLUMN x TO y, RENAME COLUMN y TO x;
CREATE TABLE parts (id INT NOT NULL, d DATE NOT NULL, PRIMARY KEY (id, d)) PARTITION BY HASH (id) PARTITIONS 2;
CREATE TABLE `odd ``name` (`a b` INT, `ÄÖ` INT);
CREATE TABLE dropkey (a INT NOT NULL UNIQUE, b INT NOT NULL UNIQUE);
ALTER TABLE dropkey DROP KEY a;
CREATE TABLE uniqcol (a INT NOT NULL, b INT NOT NULL, UNIQUE (a), UNIQUE (b));
ALTER TABLE uniqcol DROP COLUMN a;
"""

ONLY = {
    "mysql": """
CREATE TABLE fk (id INT PRIMARY KEY, doc JSON, n INT, KEY ((n * 2)), UNIQUE KEY uq ((n + 1)));
CREATE TABLE inv (a INT NOT NULL PRIMARY KEY, b INT INVISIBLE);
ALTER TABLE inv ALTER COLUMN b SET VISIBLE;
CREATE TABLE vec (v VECTOR, w VECTOR(4), x GEOMETRYCOLLECTION);
SET sql_generate_invisible_primary_key = ON;
CREATE TABLE gen (a INT);
SET sql_generate_invisible_primary_key = OFF;
CREATE TABLE nogen (a INT);
""",
    "mariadb": """
CREATE OR REPLACE TABLE rep (a INT);
CREATE OR REPLACE TABLE rep (b UUID, c INET6, d INET4, e GEOMETRYCOLLECTION, f VARCHAR(3) COMPRESSED);
SET system_versioning_alter_history = KEEP;
CREATE TABLE ver (a INT PRIMARY KEY, b INT) WITH SYSTEM VERSIONING;
ALTER TABLE ver ADD COLUMN c INT;
CREATE TABLE ver2 (a INT);
ALTER TABLE ver2 ADD SYSTEM VERSIONING;
CREATE TABLE ver3 (a INT PRIMARY KEY) WITH SYSTEM VERSIONING;
ALTER TABLE ver3 DROP SYSTEM VERSIONING;
CREATE TABLE ver4 LIKE ver;
ALTER TABLE a ADD COLUMN IF NOT EXISTS x INT, DROP COLUMN IF EXISTS nothing;
CREATE SEQUENCE s START WITH 5;
CREATE TABLE per (a DATE, b DATE, c INT NOT NULL, PERIOD FOR p (a, b), UNIQUE (c, p WITHOUT OVERLAPS));
DROP TABLE swap, nothing_there;
""",
}


def script(tmp_path, text, name="script.sql"):
    path = tmp_path / name
    path.write_text(text)
    return path


def corpus_text(name, flavour):
    """What a server takes: the statements that it is meant to refuse are in no corpus file."""
    return (CORPUS / name).read_text()


SCRIPTS = ["shop.sql", "apps.sql", "shop_FLAVOUR.sql", "evolution"]


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_makes_the_schema_that_the_server_makes_of_it(name, server, run, pull, tmp_path):
    text = EVOLUTION + ONLY[server.flavour] if name == "evolution" else \
        corpus_text(name.replace("FLAVOUR", server.flavour), server.flavour)
    path = script(tmp_path, text)
    databases = databases_of(text)
    try:
        # like a client that goes on after an error: DROP TABLE swap, nothing_there fails on purpose
        server.run_client("--force", "--default-character-set=utf8mb4", address=server.address, account=server.root,
                          input=text, check=name != "evolution")
        pulled = tables_of(pull(), databases)
    finally:
        for database in databases:
            server.drop_database(database)
    out = tmp_path / "interpreted.json"
    run("schema", "pull", path, "-o", out, "--flavour", FLAVOUR_OPTION[server.flavour], expect=CLEAN)
    assert pulled
    assert_same(tables_of(out, databases), pulled)


def test_a_dump_made_by_the_servers_own_program(server, run, pull, tmp_path):
    text = corpus_text("shop.sql", server.flavour)
    databases = databases_of(text)
    try:
        server.load(CORPUS / "shop.sql")
        server.query("DROP VIEW nr_shop.v_broken, nr_shop.v_orphan")  # no dump program takes those
        pulled = tables_of(pull(), databases)
        dump = server.run_client("--no-data", "--routines", "--databases", *databases, address=server.address, account=server.root,
                                 program="mysqldump" if server.flavour == "mysql" else "mariadb-dump").stdout
    finally:
        for database in databases:
            server.drop_database(database)
    path = script(tmp_path, dump, "dump.sql")
    out = tmp_path / "interpreted.json"
    run("schema", "pull", path, "-o", out, expect=CLEAN)  # the flavour stands in the dump
    assert_same(tables_of(out, databases), pulled)
    assert json.loads(out.read_text())["server"]["flavour"] == server.flavour


def test_a_snapshot_of_one_database_says_nothing_of_others(shop, server, run, pull, tmp_path):
    path = script(tmp_path, "SELECT nothing FROM customers; SELECT 1 FROM customer;\n"
                            "SELECT * FROM elsewhere.t; SELECT table_name, nme FROM information_schema.tables;")
    done = run("check", "--schema", pull(shop), "--format", "json", path, expect=FOUND)
    assert [(found["error"], found["name"]) for found in findings(done)] == \
        [(1054, "nothing"), (1146, f"{shop}.customer"), (1054, "nme")]


def test_the_schema_can_be_the_server_itself(shop, server, run, tmp_path):
    path = script(tmp_path, "SELECT company FROM customers; SELECT compny FROM customers;")
    done = run("check", "--schema", url(server, shop), "--password-file", server.schema_password_file, path, expect=FOUND)
    assert "script.sql:1:39: Unknown column 'compny'" in done.stdout
    assert "did you mean company?" in done.stdout


@pytest.mark.parametrize("way", ["environment", "file", "option file", "url"])
def test_every_way_to_tell_the_password(way, shop, server, run, tmp_path):
    options, env, where = [], {}, url(server, shop)
    if way == "environment":
        env = {"MYSQL_PWD": server.schema.password}
    elif way == "file":
        options = ["--password-file", server.schema_password_file]
    elif way == "option file":
        file = script(tmp_path, f"[mysqld]\npassword=wrong\n[client]\nuser = nobody\npassword = \"{server.schema.password}\"\n", "my.cnf")
        options = ["--defaults-file", file]
    else:
        where = where.replace("@", f":{server.schema.password}@")
    done = run("schema", "pull", where, *options, env=env, expect=CLEAN)
    assert json.loads(done.stdout)["format"] == 1


def test_a_wrong_password_is_told_in_the_servers_words(shop, server, run, tmp_path):
    done = run("schema", "pull", url(server, shop), "-o", tmp_path / "x.json", env={"MYSQL_PWD": "wrong"}, expect=FAILED)
    assert "Access denied" in done.stderr and "1045" in done.stderr
    assert not (tmp_path / "x.json").exists()


def test_the_servers_certificate_is_verified_when_asked(shop, server, run, tmp_path):
    password = ["--password-file", server.schema_password_file]
    run("schema", "pull", url(server, shop), *password, "--tls", "verify-ca", "--tls-ca", server.tls_ca, expect=CLEAN)
    throwaway.make_certificates(tmp_path)
    done = run("schema", "pull", url(server, shop), *password, "--tls", "verify-ca", "--tls-ca", tmp_path / "ca.pem", expect=FAILED)
    assert "certificate" in done.stderr
    run("schema", "pull", url(server, shop), *password, "--tls", "verify-it", expect=FAILED)


def test_the_server_can_be_reached_by_its_socket(shop, server, run):
    done = run("schema", "pull", f"mysql://{server.schema.user}@/{shop}?socket={server.socket_path}",
               "--password-file", server.schema_password_file, expect=CLEAN)
    assert shop in done.stdout


def test_explain_tells_what_each_name_is(shop, server, run, pull):
    done = run("explain", "--schema", pull(shop), "SELECT c.company AS x, (SELECT MAX(o.id) FROM orders o WHERE o.customer_id = c.id)"
               " FROM customers c ORDER BY x; UPDATE customers SET company = 1; SELECT compny FROM customers", expect=FOUND)
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert any(line.startswith(f"1:8 company column {shop}.c.company varchar") for line in lines)
    assert any("c.id int" in line and "of an enclosing query" in line for line in lines)
    assert any(line.startswith("1:111 x alias") or " x alias of the select list" in line for line in lines)
    assert any("customers.company" in line and line.endswith(", written") for line in lines)
    assert any("Unknown column 'compny'" in line for line in lines)


# --- what the server says, check says ---------------------------------------------------------------

def test_check_speaks_the_servers_words(shop, server, run, pull, tmp_path):
    statements = ["SELECT compny FROM customers", "SELECT c.nme FROM customers c WHERE c.id = 1", "SELECT 1 FROM custmers",
                  "DELETE x FROM customers", "SELECT o.* FROM customers", "SELECT id FROM customers ORDER BY 7",
                  "INSERT INTO customers (idd) VALUES (1)", "UPDATE customers SET compny = 1"]
    expected = []
    with server.connect(database=shop) as connection:
        for statement in statements:
            with pytest.raises(Exception) as refused, connection.cursor() as cursor:
                cursor.execute(statement)
            expected.append(refused.value.args)
    path = script(tmp_path, ";\n".join(statements))
    done = run("check", "--schema", pull(shop), "--format", "json", path, expect=FOUND)
    assert [(found["error"], found["message"]) for found in findings(done)] == expected
    assert [found["line"] for found in findings(done)] == list(range(1, len(statements) + 1))


# --- logs --------------------------------------------------------------------------------------------

@pytest.fixture
def log_file(server, tmp_path):
    """log_file("general") → switches the log on; its path."""
    on = []

    def start(kind):
        path = server.throwaway.folder / "data" / f"{kind}-{tmp_path.name}.log"
        variable = "general_log" if kind == "general" else "slow_query_log"
        server.query("SET GLOBAL log_output = 'FILE'")
        server.query(f"SET GLOBAL {variable}_file = '{path.name}'")
        server.query(f"SET GLOBAL {variable} = ON")
        on.append((variable, path))
        return path

    yield start
    for variable, path in on:
        server.query(f"SET GLOBAL {variable} = OFF")
        path.unlink(missing_ok=True)


def run_each(connection, *statements):
    """Whatever the server answers."""
    for statement in statements:
        with connection.cursor() as cursor:
            try:
                cursor.execute(statement)
            except Exception:
                pass


def test_a_general_log_is_followed_connection_by_connection(shop, server, run, pull, log_file, tmp_path):
    path = log_file("general")
    with server.connect(database=shop) as one, server.connect() as two:
        run_each(one, "CREATE TEMPORARY TABLE mine (a INT)", "SELECT a FROM mine")
        run_each(two, "SELECT 1 FROM customers", f"USE {shop}", "SELECT a FROM mine", "SELECT nme,\n  id\nFROM customers")
        run_each(one, "SELECT b FROM mine", "DROP TEMPORARY TABLE mine", "SELECT a FROM mine",
                 "SET sql_mode = 'ANSI_QUOTES'", 'SELECT "nothing" FROM customers', "SELECT 'nothing' FROM customers")
        run_each(two, 'SELECT "nothing" FROM customers')
        one.select_db("information_schema")
        run_each(one, "SELECT table_nme FROM tables")
    server.query("SET GLOBAL general_log = OFF")
    done = run("check", "--schema", pull(), "--all", "--format", "json", path, expect=FOUND)
    found = [(item["name"], item["statement"]) for item in findings(done) if item["file"] == str(path)]
    names = [name for name, _ in found]
    assert names[:5] == [f"{shop}.mine", "nme", "b", f"{shop}.mine", "nothing"]
    assert names[-1] == "table_nme"
    assert "a" not in names
    lines = path.read_text().splitlines()
    for item in findings(done):
        assert lines[item["line"] - 1][item["column"] - 1:].startswith(item["name"].split(".")[-1].strip("`")[:3]) or \
            item["name"].split(".")[-1] in lines[item["line"] - 1]
    connections = {item["connection"] for item in findings(done)}
    assert len(connections) == 2


def test_a_slow_log_with_its_databases(shop, server, run, pull, log_file, tmp_path, set_global):
    path = log_file("slow")
    set_global("long_query_time", 0)
    with server.connect(database=shop) as one:
        run_each(one, "SELECT company,\n  id FROM customers", "SELECT 'a;b' FROM customers", "INSERT INTO customers (id) VALUES (991)")
    with server.connect(database="information_schema") as two:
        run_each(two, "SELECT table_name FROM tables LIMIT 1")
    set_global.back()
    server.query("SET GLOBAL slow_query_log = OFF")
    schema = pull()
    done = run("check", "--schema", schema, "--format", "json", path, expect=CLEAN)
    assert json.loads(done.stdout)["summary"]["statements"] >= 4
    # The same log against a schema without that column: what a migration would break.
    snapshot = json.loads(schema.read_text())
    for database in snapshot["databases"]:
        for table in database["tables"]:
            if (database["name"], table["name"]) == (shop, "customers"):
                table["columns"] = [column for column in table["columns"] if column["name"] != "company"]
    schema.write_text(json.dumps(snapshot))
    done = run("check", "--schema", schema, "--format", "json", path, expect=FOUND)
    assert [item["name"] for item in findings(done)] == ["company"]
    assert findings(done)[0]["database"] == shop


# --- forms and exit codes: no server ------------------------------------------------------------------

SCHEMA = "CREATE TABLE customers (id INT PRIMARY KEY, company VARCHAR(80), notes TEXT);\n"


@pytest.fixture
def schema(tmp_path):
    return script(tmp_path, SCHEMA, "shop.sql")


def test_exit_codes(run, schema, tmp_path):
    good = script(tmp_path, "SELECT id FROM customers;", "good.sql")
    bad = script(tmp_path, "SELECT idd FROM customers;", "bad.sql")
    odd = script(tmp_path, "SELECT SELECT; FOO BAR;", "odd.sql")
    run("check", "--schema", schema, good, expect=CLEAN)
    run("check", "--schema", schema, good, bad, expect=FOUND)
    run("check", "--schema", schema, odd, expect=CLEAN)
    run("check", "--schema", schema, good, tmp_path / "absent.sql", expect=FAILED)
    run("check", "--schema", tmp_path / "absent.sql", good, expect=FAILED)
    run("check", "--schema", good, good, expect=FAILED)
    run("check", good, expect=FAILED)
    run("check", "--schema", schema, expect=FAILED)
    run("check", "--schema", schema, "--format", "xml", good, expect=FAILED)
    run("check", "--schema", schema, "--flavour", "mysq", good, expect=FAILED)
    run("check", "--schema", schema, "--input", "jsonl", good, expect=FAILED)
    run("check", "--schema", schema, "--output", "/no/where", good, expect=FAILED)
    run("check", "--help", expect=CLEAN)
    run("check", "--schema", schema, "-", input="SELECT x FROM customers", expect=FOUND)


def test_a_warning_is_shown_and_is_no_mismatch(run, schema, tmp_path):
    path = script(tmp_path, "INSERT INTO customers (id, company) VALUES (1, 'a'), (2);\n", "warning.sql")
    lines = run("check", "--schema", schema, path, expect=CLEAN).stdout.splitlines()
    assert lines[0] == f"{path}:1:54: warning: Column count doesn't match value count at row 2 [1136 21S01]"
    assert lines[-1] == "1 statement: 0 name what the schema does not have, 1 warning"
    document = json.loads(run("check", "--schema", schema, "--format", "json", path, expect=CLEAN).stdout)
    assert [finding["verdict"] for finding in document["findings"]] == ["warning"]
    assert document["summary"]["warnings"] == 1
    document = json.loads(run("check", "--schema", schema, "--format", "sarif", path, expect=CLEAN).stdout)
    assert [result["level"] for result in document["runs"][0]["results"]] == ["warning"]


def test_text_shows_the_place_and_the_suggestion(run, schema, tmp_path):
    path = script(tmp_path, "-- ä first line\nSELECT id,\n\t'ü', compny -- ö\nFROM customers;\n", "q.sql")
    done = run("check", "--schema", schema, path, expect=FOUND)
    lines = done.stdout.splitlines()
    assert lines[0] == f"{path}:3:7: Unknown column 'compny' in 'field list' [1054 42S22]"
    assert lines[1] == "     'ü', compny -- ö"
    assert lines[2] == "          ^~~~~~ did you mean company?"
    assert lines[-1] == "1 statement: 1 names what the schema does not have"
    assert "\033" not in done.stdout
    assert "\033[" in run("check", "--schema", schema, "--color", "always", path, expect=FOUND).stdout


def test_sarif_has_the_parts_that_readers_want(run, schema, tmp_path):
    script(tmp_path, "SELECT compny FROM customers;\nSELECT 1 FROM custmers;\nFOO;\n", "a b.sql")
    done = run("check", "--schema", schema, "--format", "sarif", "--unparsed", "a b.sql", expect=FOUND)
    sarif = json.loads(done.stdout)
    assert sarif["version"] == "2.1.0" and sarif["$schema"].endswith("sarif-schema-2.1.0.json")
    (part,) = sarif["runs"]
    driver = part["tool"]["driver"]
    rules = {rule["id"] for rule in driver["rules"]}
    assert driver["name"] == "schemaguard"
    assert part["columnKind"] == "unicodeCodePoints"
    assert [result["ruleId"] for result in part["results"]] == ["unknown-column", "unknown-table", "not-understood"]
    for result in part["results"]:
        assert result["ruleId"] in rules
        assert result["level"] in ("error", "note")
        assert result["message"]["text"]
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"] == "a%20b.sql"
        region = location["physicalLocation"]["region"]
        assert 1 <= region["startLine"] <= region["endLine"] and region["startColumn"] >= 1
        assert region["endColumn"] > region["startColumn"]
    assert part["results"][0]["locations"][0]["physicalLocation"]["region"] == \
        {"startLine": 1, "startColumn": 8, "endLine": 1, "endColumn": 14}
    assert part["invocations"] == [{"executionSuccessful": True, "exitCode": 1}]


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_a_document_is_whole_without_findings_and_with_foreign_bytes(form, run, schema, tmp_path, program):
    path = tmp_path / "q.sql"
    path.write_bytes(b"")
    json.loads(run("check", "--schema", schema, "--format", form, path, expect=CLEAN).stdout)
    path.write_bytes(b"SELECT '\xff\xfe\x01', compny, \"\\\" FROM customers")
    done = subprocess.run([program, "check", "--schema", schema, "--format", form, path], capture_output=True)
    json.loads(done.stdout.decode())


def test_json_lines_tell_their_own_session(run, schema, tmp_path):
    lines = [{"sql": "SELECT id FROM customers"}, {"sql": "SELECT idd FROM customers", "db": "shop"},
             {"sql": 'SELECT "idd" FROM customers', "db": "shop", "sql_mode": "ANSI_QUOTES"},
             {"sql": 'SELECT "idd" FROM customers', "db": "shop"},
             {"sql": "CREATE TEMPORARY TABLE t (a INT)", "connection": 7}, {"sql": "SELECT a FROM t", "connection": 7},
             {"sql": "SELECT a FROM t"}]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    done = run("check", "--schema", schema, "--format", "json", "-", input=text, expect=FOUND)
    assert [(item["line"], item["name"]) for item in findings(done)] == [(2, "idd"), (3, "idd"), (7, "shop.t")]


def test_logs_show_one_of_a_kind(run, schema, tmp_path):
    record = "2026-01-31T10:00:00.000000Z\t    8 Query\tSELECT compny FROM customers WHERE id = {}\n"
    path = script(tmp_path, "".join(record.format(i) for i in range(500)), "general.log")
    done = run("check", "--schema", schema, path, expect=FOUND)
    assert done.stdout.count("did you mean") == 1
    assert "500 statements: 500 name what the schema does not have (1 different)" in done.stdout
    done = run("check", "--schema", schema, "--all", path, expect=FOUND)
    assert done.stdout.count("did you mean") == 500
    assert run("check", "--schema", schema, "--format", "summary", path, expect=FOUND).stdout.count("\n") == 1


def test_flavours_read_what_is_theirs(run, schema, tmp_path):
    path = script(tmp_path, "INSERT INTO customers (id) VALUES (1) RETURNING idd;", "q.sql")
    assert "1 names" in run("check", "--schema", schema, "--flavour", "mariadb", path, expect=FOUND).stdout
    assert "1 not understood" in run("check", "--schema", schema, "--flavour", "mysql-8.0", path, expect=CLEAN).stdout


# --- size ---------------------------------------------------------------------------------------------

@pytest.mark.full
@pytest.mark.parametrize("kind", ["general", "sql", "one line"])
def test_a_long_input_takes_bounded_memory(kind, program, schema, tmp_path):
    size = 100 << 20
    path = tmp_path / "long"
    with open(path, "w") as file:
        written, i = 0, 0
        while written < size:
            i += 1
            sql = f"SELECT c.id, c.company FROM customers c WHERE c.id = {i} AND c.notes LIKE 'x{i}%'"
            if kind == "general":
                written += file.write(f"2026-01-31T10:00:00.000000Z\t{i % 1000 + 1:5} Query\t{sql}\n")
            else:
                written += file.write(sql + (";\n" if kind == "sql" else ", "))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(["/usr/bin/time", "-f", "%M %e", program, "check", "--schema", schema, path], capture_output=True, text=True)
    assert done.returncode == CLEAN, done.stderr
    kilobytes, seconds = done.stderr.splitlines()[-1].split()
    print(f"figure: check of 100 MiB ({kind}): {int(kilobytes) >> 10} MiB of memory, {seconds} s, {done.stdout.strip()}")
    assert int(kilobytes) < 160 << 10
    assert before
