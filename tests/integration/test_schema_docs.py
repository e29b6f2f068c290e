"""What docs/ shows of schema commands: the snippets run, the format is as described."""

import json
import os
import re
import subprocess

import pytest
from support import guard as guards
from support import servers

DOCS = servers.ROOT / "docs"
SQL = "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL DEFAULT 'x', n INT, CHECK (n > 0), KEY (n));"


@pytest.fixture
def database_with_table(server, database):
    server.query(f"CREATE TABLE {database}.t (id INT NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL DEFAULT 'x', n INT, "
                 "CHECK (n > 0), KEY (n))")
    return database


@pytest.fixture
def snippet(server, tmp_path):
    """snippet(name, *arguments, **environment) → the finished script of docs/drift.md."""
    if guards.binary() is None:
        servers.require_or_skip(pytest, "no schemaguard is built")
    bin = tmp_path / "bin"
    bin.mkdir()
    (bin / "schemaguard").symlink_to(os.path.abspath(guards.binary()))

    def start(name, *arguments, **environment):
        text = (DOCS / "drift.md").read_text()
        body = re.search(rf"```sh\n# snippet: {name}\n(.*?)```", text, re.DOTALL).group(1)
        path = tmp_path / name
        path.write_text(body)
        path.chmod(0o755)
        return subprocess.run([str(path), *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=300,
                              env={**os.environ, "PATH": f"{bin}:{os.environ['PATH']}", "MYSQL_PWD": server.root.password,
                                   **environment})
    return start


@pytest.fixture
def url(server):
    def of(database):
        host, port = server.address
        return f"mysql://{server.root.user}@{host}:{port}/{database}"
    return of


def test_the_commit_hook_refuses_while_migrations_and_database_disagree(snippet, url, database_with_table, tmp_path):
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "1.sql").write_text(SQL)
    done = snippet("pre-commit", DATABASE_URL=url(database_with_table))
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / "migrations" / "2.sql").write_text("ALTER TABLE t ADD missing INT;")
    done = snippet("pre-commit", DATABASE_URL=url(database_with_table))
    assert done.returncode == 1 and "t.missing" in done.stdout and "commit refused" in done.stderr
    assert "1 of 2 migrations has not been applied: migrations/2.sql" in done.stdout


def test_the_ci_job_keeps_a_report_and_fails_on_drift(snippet, url, server, database_with_table, tmp_path):
    pulled = subprocess.run([str(guards.binary()), "schema", "pull", url(database_with_table), "-o", tmp_path / "schema.json"],
                            env={**os.environ, "MYSQL_PWD": server.root.password}, timeout=300)
    assert pulled.returncode == 0
    assert snippet("ci", DATABASE_URL=url(database_with_table)).returncode == 0
    server.query(f"ALTER TABLE {database_with_table}.t DROP COLUMN name")
    done = snippet("ci", DATABASE_URL=url(database_with_table))
    assert done.returncode == 1 and "t.name" in done.stdout
    assert "<b>name</b>" in (tmp_path / "drift.html").read_text()


def test_the_entrypoint_starts_only_what_has_its_schema(snippet, url, database_with_table, tmp_path):
    (tmp_path / "schema.sql").write_text(SQL)
    settings = {"DATABASE_URL": url(database_with_table), "SCHEMA": str(tmp_path / "schema.sql")}
    done = snippet("entrypoint", "echo", "started", **settings)
    assert done.returncode == 0 and done.stdout.endswith("started\n"), done.stderr
    (tmp_path / "schema.sql").write_text(SQL.replace("name", "nom"))
    done = snippet("entrypoint", "echo", "started", SCHEMA_WAIT="1s", **settings)
    assert done.returncode == 1 and "started" not in done.stdout


def check(value, rule, root, where="$"):
    """The part of JSON Schema that the snapshot's uses; and no field that it does not tell."""
    if "$ref" in rule:
        rule = root["$defs"][rule["$ref"].rpartition("/")[2]]
    if "const" in rule:
        assert value == rule["const"], where
    if "enum" in rule:
        assert value in rule["enum"], where
    types = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
    if "type" in rule:
        assert type(value) is types[rule["type"]], f"{where}: {value!r}"
    if "pattern" in rule:
        assert re.search(rule["pattern"], value), f"{where}: {value!r}"
    if isinstance(value, dict):
        assert set(rule.get("required", [])) <= set(value) <= set(rule["properties"]), f"{where}: {sorted(value)}"
        for name, field in value.items():
            check(field, rule["properties"][name], root, f"{where}.{name}")
    if isinstance(value, list):
        assert len(value) >= rule.get("minItems", 0), where
        for index, item in enumerate(value):
            check(item, rule["items"], root, f"{where}[{index}]")


def test_a_pulled_snapshot_is_as_the_format_says(server, url, shop):
    done = subprocess.run([str(guards.binary()), "schema", "pull", "--name", "v1", url(shop)], capture_output=True, text=True,
                          env={**os.environ, "MYSQL_PWD": server.root.password}, timeout=300)
    assert done.returncode == 0, done.stderr
    rule = json.loads((DOCS / "snapshot.schema.json").read_text())
    check(json.loads(done.stdout), rule, rule)
