"""Fixtures of the tests of `schemaguard schema …`. A test module imports those that it takes:

    run         run(*arguments, expect=exit code, command="schema") → the finished `schemaguard schema …`, started in
                tmp_path, as root where the test takes a server
    url         url(database, account=None) → the URL of a database of `server`
    make        make(sql) → the name of a new database (utf8mb4) in which `sql` was run; dropped afterwards

and functions: apply, script, differences.
"""

import json
import os
import subprocess

import pytest

SAME, DIFFERS, FAILED = 0, 1, 2


@pytest.fixture
def run(program, request, tmp_path):
    secret = {"MYSQL_PWD": request.getfixturevalue("server").root.password} if "server" in request.fixturenames else {}

    def start(*arguments, expect=None, command="schema", **environment):
        done = subprocess.run([str(program), command, *[a if isinstance(a, bytes) else str(a) for a in arguments]],
                              capture_output=True, text=True, cwd=tmp_path,
                              timeout=300, env={**os.environ, **secret, **environment})
        assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
        if expect is not None:
            assert done.returncode == expect, f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done
    return start


@pytest.fixture
def url(server):
    def of(database, account=None):
        host, port = server.address
        account = account or server.root
        return f"mysql://{account.user}:{account.password}@{host}:{port}/{database}"
    return of


@pytest.fixture
def make(server):
    made = []

    def start(sql=""):
        name = server.create_database()
        made.append(name)
        server.query(f"ALTER DATABASE {name} CHARACTER SET utf8mb4")
        apply(server, name, sql)
        return name
    yield start
    for name in made:
        server.drop_database(name)


def apply(server, database, sql):
    server.run_client("--default-character-set=utf8mb4", database, address=server.address, account=server.root, input=sql)


def script(tmp_path, sql, name="wanted.sql"):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(sql)
    return path


def differences(done):
    """What `schema diff --format json` told: (kind, table, name)."""
    return [(d["kind"], d["table"], d.get("name")) for d in json.loads(done.stdout)["differences"]]
