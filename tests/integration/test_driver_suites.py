"""The own test suites of drivers through the guard in block mode: each test ends as it ends directly.

    go-sql-driver/mysql   from golang-github-go-sql-driver-mysql-dev
    DBD::mysql            the files of t/, from the source package libdbd-mysql-perl
    mysqlclient           tests/, from the source package python-mysqldb

A test that fails directly, since the server is newer than the driver, has to fail through the guard as well. What the
suites provoke (names that do not exist among it) the guard may not have foreseen, but it must never be wrong.
"""

import os
import pathlib
import re
import shutil
import subprocess
import xml.etree.ElementTree

import pytest
from support import servers

pytestmark = pytest.mark.full

GO_PACKAGE = "github.com/go-sql-driver/mysql"
GO_PATH = pathlib.Path("/usr/share/gocode")
SUITE_SECONDS = 1200


@pytest.fixture(scope="session")
def sources():
    made = subprocess.run([servers.ROOT / "scripts/lib/driver_sources.sh"], capture_output=True, text=True)
    if made.returncode != 0:
        servers.require_or_skip(pytest, made.stderr.strip())
    return pathlib.Path(made.stdout.strip())


def environment(**more):
    return {**os.environ, "LC_ALL": "C.UTF-8", **more}


def compare(name, run, server, start_guard, **settings):
    """`run(at, database)` → {test: outcome}; a database of its own each time, so that none finds what the other left."""
    guard = start_guard(mode="block", log_level="info", **settings)
    guard.allow_disagreement = True
    outcomes = []
    for at in (server, guard):
        database = server.create_database("suite")
        try:
            guard.reload()
            outcomes.append(run(at, database))
        finally:
            server.drop_database(database)
    direct, through = outcomes
    different = [f"{test}: directly {direct.get(test)}, through the guard {through.get(test)}"
                 for test in sorted({*direct, *through}) if direct.get(test) != through.get(test)]
    assert not different, "\n".join(different)
    counters = guard.counters()
    assert counters["false_positive"] == counters["relay_only"] == counters["protocol_resyncs"] == 0
    passed = sum(1 for outcome in direct.values() if outcome in ("ok", "PASS", "passed"))
    failed = sum(1 for outcome in direct.values() if outcome in ("not ok", "FAIL", "failed"))
    print(f"figure: {name} on {server.flavour}, the same directly and through the guard: {len(direct)} tests, "
          f"{passed} passed, {failed} failed; {counters['statements_inspected']} statements inspected, "
          f"{counters['blocked']} blocked, {counters['missed']} not foreseen")
    return direct


# --- go-sql-driver ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def go_suite(tmp_path_factory):
    """The suite as a program."""
    source = GO_PATH / "src" / GO_PACKAGE
    if not shutil.which("go") or not source.exists():
        servers.require_or_skip(pytest, "no Go driver here (packages golang-go, golang-github-go-sql-driver-mysql-dev)")
    folder = tmp_path_factory.mktemp("go-suite")
    subprocess.run(["go", "test", "-c", "-o", folder / "suite", GO_PACKAGE], check=True, cwd=folder,
                   env=environment(GO111MODULE="off", GOPATH=str(GO_PATH), GOCACHE=str(folder / "cache")))
    return folder / "suite"


def test_go_sql_driver(server, set_global, start_guard, go_suite, tmp_path):
    set_global("max_allowed_packet", 18 << 20)  # the suite goes up to it, in many steps

    def run(at, database):
        host, port = at.address
        done = subprocess.run([go_suite, "-test.v", "-test.timeout=10m"], capture_output=True, text=True, cwd=tmp_path,
                              timeout=SUITE_SECONDS, env=environment(
                                  MYSQL_TEST_USER=server.app.user, MYSQL_TEST_PASS=server.app.password, MYSQL_TEST_PROT="tcp",
                                  MYSQL_TEST_ADDR=f"{host}:{port}", MYSQL_TEST_DBNAME=database, MYSQL_TEST_CONCURRENT="1"))
        (tmp_path / f"go-{port}.log").write_text(done.stdout + done.stderr)
        return {test: outcome for outcome, test in re.findall(r"^\s*--- (PASS|FAIL|SKIP): (\S+)", done.stdout, re.MULTILINE)}

    direct = compare("go-sql-driver's own tests", run, server, start_guard)
    assert len(direct) > 100 and list(direct.values()).count("SKIP") < 10


# --- DBD::mysql ------------------------------------------------------------------------------------------------


def test_dbd_mysql(server, start_guard, sources, tmp_path):
    if subprocess.run(["perl", "-MDBD::mysql", "-e1"], capture_output=True).returncode != 0:
        servers.require_or_skip(pytest, "no DBD::mysql here (package libdbd-mysql-perl)")
    suite = tmp_path / "suite"
    shutil.copytree(sources / "libdbd-mysql-perl", suite)

    def run(at, database):
        host, port = at.address
        variables = environment(DBI_DSN=f"DBI:mysql:database={database};host={host};port={port}", DBI_USER=server.app.user,
                                DBI_PASS=server.app.password, EXTENDED_TESTING="1")
        outcomes = {}
        for file in sorted((suite / "t").glob("*.t")):
            # Test::More's lines: "ok 3 - description", "not ok 4", "1..0 # SKIP reason"
            try:
                done = subprocess.run(["perl", "-I.", f"t/{file.name}"], capture_output=True, text=True, errors="replace",
                                      cwd=suite, env=variables, timeout=120)
                said, status = done.stdout, done.returncode
            except subprocess.TimeoutExpired as late:
                said, status = (late.stdout or b"").decode(errors="replace"), "hangs"
            for outcome, number in re.findall(r"^(ok|not ok) (\d+)", said, re.MULTILINE):
                outcomes[f"{file.name} {number}"] = outcome
            outcomes[file.name] = f"status {status}"
        return outcomes

    direct = compare("DBD::mysql's own tests", run, server, start_guard)
    assert list(direct.values()).count("ok") > 500


# --- mysqlclient -----------------------------------------------------------------------------------------------


def test_mysqlclient(server, start_guard, sources, tmp_path):
    if subprocess.run(["/usr/bin/python3", "-c", "import MySQLdb"], capture_output=True).returncode != 0:
        servers.require_or_skip(pytest, "no mysqlclient here (package python3-mysqldb)")
    suite = tmp_path / "suite"
    shutil.copytree(sources / "python-mysqldb/tests", suite)
    (suite / "mock.py").write_text("from unittest.mock import *\n")  # it asks for the module's old name

    def run(at, database):
        host, port = at.address
        (suite / "here.cnf").write_text(f"[MySQLdb-tests]\nhost = {host}\nport = {port}\nuser = {server.app.user}\n"
                                        f"password = {server.app.password}\ndatabase = {database}\n"
                                        "default-character-set = utf8mb4\n")
        report = tmp_path / f"mysqlclient-{port}.xml"
        subprocess.run(["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--continue-on-collection-errors", "--rootdir", suite,
                        f"--junitxml={report}", suite], capture_output=True, cwd=suite, timeout=SUITE_SECONDS,
                       env=environment(TESTDB="here.cnf"))
        outcomes = {}
        for case in xml.etree.ElementTree.parse(report).iter("testcase"):
            kinds = {child.tag for child in case}
            outcome = "failed" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "passed"
            outcomes[f"{case.get('classname')}.{case.get('name')}"] = outcome
        return outcomes

    direct = compare("mysqlclient's own tests", run, server, start_guard)
    assert list(direct.values()).count("passed") > 50
