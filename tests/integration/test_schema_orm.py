"""Drizzle's and Prisma's declarations as sources: what their own tools make of them on a server is what they say.

tests/orm/drizzle/NAME holds schema.ts (or a folder of such), written after Drizzle's documentation, and what drizzle-kit
made of it: recorded.sql (`drizzle-kit generate`) and recorded_snapshot.json. tests/orm/prisma/NAME holds schema.prisma and
in recorded.sql the statements of Prisma Migrate's documented mapping.
"""

import os
import re
import shutil
import subprocess

import pytest
from support import servers
from support.schema_commands import DIFFERS, FAILED, SAME, make, run, url  # noqa: F401

ORM = servers.ROOT / "tests" / "orm"
MYSQL_ONLY = {"mysql_only"}  # functional indexes, and how drizzle-kit writes `serial`


def names(tool):
    return sorted(path.name for path in (ORM / tool).iterdir())


def declared(tool, name):
    folder = ORM / tool / name
    return next(path for path in (folder / "schema.ts", folder / "schema.prisma", folder / "schema") if path.exists())


@pytest.fixture
def database(make, url):
    """database(sql) → the URL of a new database in which `sql` was run."""
    return lambda sql: url(make(sql))


# What the documentation of the two lists: drizzle-orm/mysql-core 0.45, and Prisma's mysql connector.
COLUMN_TYPES = {
    "drizzle": (r"\b{}(?:<[^(]*>)?\(", "bigint binary boolean char customType date datetime decimal double float int json longtext "
                "mediumint mediumtext mysqlEnum real serial smallint text time timestamp tinyint tinytext varbinary varchar year"),
    "prisma": (r"[\s@]{}\b", "String Boolean Int BigInt Float Decimal DateTime Json Bytes Unsupported "
               "db.TinyInt db.SmallInt db.MediumInt db.Int db.BigInt db.UnsignedTinyInt db.UnsignedSmallInt db.UnsignedMediumInt "
               "db.UnsignedInt db.UnsignedBigInt db.Decimal db.Float db.Double db.Bit db.Char db.VarChar db.TinyText db.Text "
               "db.MediumText db.LongText db.Binary db.VarBinary db.TinyBlob db.Blob db.MediumBlob db.LongBlob db.Json db.Date "
               "db.Time db.DateTime db.Timestamp db.Year"),
}


@pytest.mark.parametrize("tool", COLUMN_TYPES)
def test_every_column_type_is_among_the_examples(tool):
    pattern, types = COLUMN_TYPES[tool]
    text = "\n".join(path.read_text() for path in (ORM / tool).rglob("*") if path.suffix in (".ts", ".prisma"))
    assert len(names(tool)) >= 10
    for type in types.split():
        assert re.search(pattern.format(re.escape(type)), text), type


def recorded(tool, name):
    return (ORM / tool / name / "recorded.sql").read_text().replace("--> statement-breakpoint", "")


def skip_what_the_server_lacks(server, name):
    if name in MYSQL_ONLY and server.flavour == "mariadb":
        pytest.skip("MariaDB does not take what drizzle-kit writes for this schema")


# --- round trips ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", names("drizzle"))
def test_drizzle_says_what_its_tool_makes(name, run, server, database):
    skip_what_the_server_lacks(server, name)
    url = database(recorded("drizzle", name))
    folder = ORM / "drizzle" / name
    schema = declared("drizzle", name)
    run("diff", "--all", schema, url, expect=SAME)
    run("diff", "--all", folder / "recorded_snapshot.json", url, expect=SAME)
    run("diff", "--all", folder / "recorded.sql", url, expect=SAME)


@pytest.mark.parametrize("name", names("prisma"))
def test_prisma_says_what_its_mapping_makes(name, run, database):
    run("diff", "--all", declared("prisma", name), database(recorded("prisma", name)), expect=SAME)


def test_the_tools_own_export_is_a_source_too(run, database, tmp_path):
    """What `drizzle-kit export` prints: the statements without breakpoints between them."""
    (tmp_path / "export.sql").write_text(recorded("drizzle", "shop"))
    run("verify", "export.sql", database(recorded("drizzle", "shop")), expect=SAME)
    run("diff", "export.sql", declared("drizzle", "shop"), expect=SAME)


def test_the_newest_of_a_folders_snapshots_is_taken(run, database, tmp_path):
    folder = ORM / "drizzle"
    (tmp_path / "drizzle" / "meta").mkdir(parents=True)
    for index, name in ((0, "times"), (10, "inventory"), (2, "shop")):
        shutil.copy(folder / name / "recorded_snapshot.json", tmp_path / "drizzle" / "meta" / f"{index:04}_snapshot.json")
    entries = ",".join('{"idx": %d, "tag": "%04d_x"}' % (index, index) for index in (0, 2, 10))
    (tmp_path / "drizzle" / "meta" / "_journal.json").write_text('{"dialect": "mysql", "entries": [%s]}' % entries)
    url = database(recorded("drizzle", "inventory"))
    run("verify", "drizzle/meta", url, expect=SAME)
    run("verify", "drizzle", url, expect=SAME)  # no *.sql in it: the snapshots are what there is


@pytest.mark.full
@pytest.mark.parametrize("name", names("drizzle"))
def test_drizzle_kit_still_writes_what_was_recorded(name, tmp_path):
    """Where drizzle-kit can be had: DRIZZLE_NODE_MODULES is a node_modules with drizzle-kit and drizzle-orm in it."""
    modules = os.environ.get("DRIZZLE_NODE_MODULES")
    if not modules:
        pytest.skip("DRIZZLE_NODE_MODULES names no node_modules with drizzle-kit")
    work = tmp_path / name
    shutil.copytree(ORM / "drizzle" / name, work)
    (work / "node_modules").symlink_to(modules)
    casing = ["--casing", "snake_case"] if name == "casing" else []
    (work / "drizzle.config.ts").unlink(missing_ok=True)
    schema = "schema.ts" if (work / "schema.ts").exists() else "schema/index.ts"
    subprocess.run(["node", f"{modules}/drizzle-kit/bin.cjs", "generate", "--dialect", "mysql", "--schema", schema, "--out", "out",
                    *casing], cwd=work, check=True, capture_output=True, timeout=120)
    written = next((work / "out").glob("*.sql")).read_text()
    assert written.strip() == (ORM / "drizzle" / name / "recorded.sql").read_text().strip()


# --- stories --------------------------------------------------------------------------------------------------------------

STATUS_HISTORY = """import { int, mysqlTable, varchar } from 'drizzle-orm/mysql-core';

export const orderStatusHistory = mysqlTable('order_status_history', {
  id: int('id').autoincrement().primaryKey(),
  fromStatus: varchar('fulfillmentStatus', { length: 50 }),
  toStatus: varchar('fulfillmentStatus', { length: 50 }),
});
"""


def test_two_fields_on_one_column_are_named_with_their_lines(run, database, tmp_path):
    (tmp_path / "schema.ts").write_text(STATUS_HISTORY)
    url = database("CREATE TABLE order_status_history (id INT AUTO_INCREMENT PRIMARY KEY, fulfillmentStatus VARCHAR(50));")
    done = run("verify", "schema.ts", url, expect=FAILED)
    assert re.search(r"schema\.ts:6: fields fromStatus and toStatus .*`fulfillmentStatus`.* line 5", done.stderr), done.stderr
    meant = STATUS_HISTORY.replace("fulfillmentStatus", "from_status", 1).replace("fulfillmentStatus", "to_status")
    (tmp_path / "schema.ts").write_text(meant)
    done = run("verify", "schema.ts", url, expect=DIFFERS)
    assert "from_status" in done.stdout and "to_status" in done.stdout


def test_a_declared_column_that_the_database_lacks_is_found(run, database):
    sql = recorded("drizzle", "inventory").replace("\t`adjustmentReason` varchar(255),\n", "")
    done = run("diff", declared("drizzle", "inventory"), database(sql), expect=DIFFERS)
    assert "inventory_movements.adjustmentReason" in done.stdout


def test_a_renamed_column_of_prismas_is_likely_its_new_name(run, database):
    sql = recorded("prisma", "customers").replace("`name` VARCHAR(191)", "`company` VARCHAR(191)", 1)
    done = run("verify", declared("prisma", "customers"), database(sql), expect=DIFFERS)
    assert "customers.name" in done.stdout and "company" in done.stdout


def test_statements_are_checked_against_declarations(run, tmp_path):
    (tmp_path / "code.sql").write_text("SELECT name FROM customers;\nSELECT nope FROM customers;\n")
    done = run("--schema", declared("prisma", "customers"), "--database", "shop", "code.sql", command="check", expect=1)
    assert "Unknown column 'nope'" in done.stdout and "'name'" not in done.stdout
    (tmp_path / "code.sql").write_text("SELECT adjustmentReason FROM inventory_movements;\n")
    run("--schema", declared("drizzle", "inventory"), "--database", "shop", "code.sql", command="check", expect=0)


def test_a_snapshot_can_be_pulled_from_declarations(run, tmp_path):
    run("pull", declared("drizzle", "shop"), "-o", "shop.json", "--database", "shop", expect=SAME)
    run("diff", "shop.json", declared("drizzle", "shop"), expect=SAME)


# --- what cannot be told --------------------------------------------------------------------------------------------------

HEAD = "import { int, mysqlTable, varchar } from 'drizzle-orm/mysql-core';\n"
PROBLEMS = {
    "a name by the environment": (
        "schema.ts", HEAD + "export const a = mysqlTable(process.env.PREFIX + 'a', { id: int('id') });\n",
        r"schema\.ts:2: .*process is not known"),
    "a length that is computed": (
        "schema.ts", HEAD + "export const a = mysqlTable('a', {\n  b: varchar('b', { length: Math.random() }),\n});\n",
        r"schema\.ts:3: table a cannot be told .*Math is not known"),
    "a table twice": (
        "schema.ts", HEAD + "export const a = mysqlTable('a', { id: int('id') });\nexport const b = mysqlTable('a', { id: int('id') });\n",
        r"schema\.ts:3: table `a` is declared twice, first at .*schema\.ts:2"),
    "an import that leads nowhere": (
        "schema.ts", HEAD + "import { c } from './columns';\nexport const a = mysqlTable('a', { ...c });\n",
        r"schema\.ts:2: .*\"\./columns\" cannot be read"),
    "an import by an alias of tsconfig.json": (
        "schema.ts", HEAD + "import { c } from '@/db/columns';\nexport const a = mysqlTable('a', { ...c });\n",
        r'schema\.ts:2: what is exported as a cannot be told .*"@/db/columns" is a package or an alias'),
    "another database's declarations": (
        "schema.ts", "import { pgTable } from 'drizzle-orm/pg-core';\nexport const a = pgTable('a', {});\n",
        r"schema\.ts:1: .*pg-core"),
    "a bracket left open": ("schema.ts", HEAD + "export const a = mysqlTable('a', {\n", r"schema\.ts:2: .*nothing closes"),
    "no table at all": ("schema.ts", "export const a = 1;\n", r"schema\.ts: no table is declared"),
    "Prisma: two fields on one column": (
        "schema.prisma", 'model A {\n  id Int @id\n  other Int @map("id")\n}\n', r"schema\.prisma:3: fields id and other .*line 2"),
    "Prisma: a model twice": (
        "schema.prisma", 'model A {\n  id Int @id\n}\nmodel B {\n  id Int @id\n  @@map("A")\n}\n',
        r"schema\.prisma:4: table `A` is declared twice"),
    "Prisma: a type that is nowhere": (
        "schema.prisma", "model A {\n  id Int @id\n  b Nothing\n}\n", r"schema\.prisma:3: .*no type, model or enum Nothing"),
    "Prisma: another provider": (
        "schema.prisma", 'datasource db {\n  provider = "postgresql"\n}\nmodel A {\n  id Int @id\n}\n',
        r'schema\.prisma:2: provider "postgresql"'),
    "a snapshot of another dialect": (
        "0000_snapshot.json", '{"version": "7", "dialect": "postgresql", "id": "a", "prevId": "b", "tables": {}}\n',
        r'0000_snapshot\.json: .*"postgresql"'),
    "a snapshot of a later format": (
        "0000_snapshot.json", '{"version": "6", "dialect": "mysql", "id": "a", "prevIds": ["b"], "ddl": []}\n',
        r"0000_snapshot\.json: .*format 6"),
}


@pytest.mark.parametrize("problem", PROBLEMS)
def test_what_cannot_be_told_is_named_with_file_and_line(problem, run, tmp_path):
    name, text, wanted = PROBLEMS[problem]
    (tmp_path / name).write_text(text)
    done = run("diff", name, "empty", expect=FAILED)
    assert re.search(wanted, done.stderr), done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr


def test_what_is_worth_knowing_is_a_note(run, tmp_path):
    (tmp_path / "schema.ts").write_text(HEAD + "export const a = mysqlTable('a', {\n  id: int(),\n});\n"
                                               "const b = mysqlTable('b', { id: int('id') });\n")
    done = run("diff", "schema.ts", "empty", expect=DIFFERS)
    assert "schema.ts:3: table `a`: without a column name, so named by their fields: id" in done.stderr
    assert "schema.ts:5: table `b` is declared and not exported" in done.stderr
    assert run("diff", "--quiet", "schema.ts", "empty", expect=DIFFERS).stderr == ""


def test_a_schema_of_its_own_is_a_database(run, tmp_path):
    (tmp_path / "schema.ts").write_text(
        "import { int, mysqlSchema, mysqlTable } from 'drizzle-orm/mysql-core';\n"
        "export const orders = mysqlTable('orders', { id: int('id').primaryKey() });\n"
        "export const notes = mysqlSchema('archive').table('notes', { id: int('id').references(() => orders.id) });\n")
    (tmp_path / "wanted.sql").write_text(
        "CREATE DATABASE shop; USE shop; CREATE TABLE orders (id INT NOT NULL PRIMARY KEY); CREATE DATABASE archive;"
        "CREATE TABLE archive.notes (id INT, CONSTRAINT notes_id_orders_id_fk FOREIGN KEY (id) REFERENCES shop.orders (id));")
    run("pull", "schema.ts", "--database", "shop", "-o", "declared.json", expect=SAME)
    run("diff", "declared.json", "wanted.sql", expect=SAME)
