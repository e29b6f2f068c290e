"""Drivers of many languages through the guard in block mode, with and without TLS: what they are told is what they are
told directly, to the column's metadata and the error's SQLSTATE.

Each holds the conversation of drivers/README.md twice. Those whose packages are small always run, on one build (what
they find is not found by a sanitizer); the others, newer versions of them all, and compression, with --full.
"""

import json
import os
import pathlib
import shutil
import subprocess

import pytest
import throwaway
from support import drivers, guard as guards, servers
from support.drivers import Driver

PYTHON = "/usr/bin/python3"


def python(name, module, package, **more):
    return Driver(name, (PYTHON, "dbapi.py", name), (PYTHON, "-c", f"import {module}"), package, **more)


SEVERAL_PREPARED = ("prepared: several",)  # one statement is all that can be
PHP = ("php", "-d", "mysqli.allow_local_infile=1", "-d", "memory_limit=-1")

LIGHT = [
    python("pymysql", "pymysql", "python3-pymysql"),
    python("mysqldb", "MySQLdb", "python3-mysqldb", compress=True),
    Driver("mysqli", (*PHP, "mysqli.php"), ("php", "-r", "exit(extension_loaded('mysqli') ? 0 : 1);"), "php-mysql", True),
    Driver("pdo", (*PHP, "pdo.php"), ("php", "-r", "exit(extension_loaded('pdo_mysql') ? 0 : 1);"), "php-mysql", True,
           SEVERAL_PREPARED),
    Driver("dbd-mysql", ("perl", "dbd.pl", "mysql"), ("perl", "-MDBD::mysql", "-e1"), "libdbd-mysql-perl", True,
           SEVERAL_PREPARED),
    Driver("dbd-mariadb", ("perl", "dbd.pl", "MariaDB"), ("perl", "-MDBD::MariaDB", "-e1"), "libdbd-mariadb-perl", True,
           SEVERAL_PREPARED),
    Driver("ruby-mysql2", ("ruby", "mysql2.rb"), ("ruby", "-rmysql2", "-e1"), "ruby-mysql2", True),
]


def is_sanitized():
    binary = guards.binary()
    return bool(binary) and any(mark in binary.read_bytes() for mark in (b"__asan_init", b"__tsan_init"))


def need(driver):
    if not driver.is_there():
        servers.require_or_skip(pytest, f"no {driver} here (package {driver.package})")


def compare(driver, server, database, start_guard, folder, tls, compress=False, account=None, big=17_000_000):
    """The same conversation directly and through the guard."""
    need(driver)
    folder.chmod(0o755)
    throwaway.make_certificates(folder)
    file = drivers.write_local_file(folder)
    direct_ca = folder / "direct-ca.pem"
    shutil.copy(server.tls_ca, direct_ca)
    drivers.load(server, database)
    guard = start_guard(mode="block", client_tls_cert=folder / "server-cert.pem", client_tls_key=folder / "server-key.pem",
                        log_level="info", login_timeout="2m")
    guard.allow_disagreement = True  # judged below
    heard = []
    for at, ca in ((server, direct_ca), (guard, folder / "ca.pem")):
        server.query("TRUNCATE notes", database)
        server.forget_password_cache()  # the first login is a full one, those after it are fast
        heard.append(drivers.hold(driver, drivers.environment(at, server, database, tls, ca, file, compress, account, big)))
    direct, through = heard
    different = drivers.differences(direct, through)
    assert not different, f"{len(different)} of {len(direct)} steps differ:\n" + "\n".join(different)[:8000]
    assert not drivers.unexpected(driver, direct), "\n".join(drivers.unexpected(driver, direct))
    assert drivers.names_refused(direct) >= 4
    counters = guard.counters()
    assert counters["false_positive"] == counters["relay_only"] == counters["protocol_resyncs"] == 0
    assert counters["blocked"] >= 3
    assert (counters["tls_handshakes_client"] > 0) == tls
    assert (counters["compressed_clients"] > 0) == compress
    missed = [event for event in guard.events() if event["schemaguard.agreement"] == "missed"]
    assert not missed, json.dumps(missed, indent=2)[:4000]


@pytest.fixture(autouse=True)
def patient(request):
    """A driver that has to be compiled first, on a busy machine, takes its time within the login."""
    if "server" in request.fixturenames:
        request.getfixturevalue("set_global")("connect_timeout", 120)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("driver", LIGHT, ids=str)
def test_the_same_as_directly(server, database, start_guard, tmp_path, driver, tls):
    if is_sanitized():
        pytest.skip("drivers run on the plain build")
    compare(driver, server, database, start_guard, tmp_path, tls, big=300_000)


@pytest.mark.full
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("driver", LIGHT, ids=str)
def test_big_values(server, database, start_guard, tmp_path, driver, tls):
    """Past 16 MiB a value takes several packets."""
    compare(driver, server, database, start_guard, tmp_path, tls)


@pytest.mark.full
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("driver", [driver for driver in LIGHT if driver.compress], ids=str)
def test_compressed(server, database, start_guard, tmp_path, driver, tls):
    compare(driver, server, database, start_guard, tmp_path, tls, compress=True)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_ed25519(mariadb, server, database, start_guard, tmp_path, tls):
    if server.flavour != "mariadb" or is_sanitized():
        pytest.skip("a plugin of MariaDB; drivers run on the plain build")
    if "ed25519" not in server.accounts:
        servers.require_or_skip(pytest, "MariaDB's plugins could not be fetched")
    compare(LIGHT[1], server, database, start_guard, tmp_path, tls, account=server.accounts["ed25519"], big=300_000)


# --- those with larger packages --------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def go_program(tmp_path_factory):
    """Built with the driver that Debian packages as source."""
    if not pathlib.Path("/usr/share/gocode/src/github.com/go-sql-driver/mysql").exists() or not shutil.which("go"):
        servers.require_or_skip(pytest, "no Go driver here (packages golang-go, golang-github-go-sql-driver-mysql-dev)")
    folder = tmp_path_factory.mktemp("go")
    subprocess.run(["go", "build", "-o", folder / "conversation", drivers.FOLDER / "go/conversation.go"], check=True,
                   env={**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": str(folder / "cache")})
    return folder / "conversation"


@pytest.fixture(scope="session")
def node_modules():
    """node mysql2 and mariadb, which are not in Debian."""
    made = subprocess.run([servers.ROOT / "scripts/lib/node_drivers.sh"], capture_output=True, text=True)
    if made.returncode != 0:
        servers.require_or_skip(pytest, made.stderr.strip() or "no drivers of Node here")
    return made.stdout.strip()


@pytest.mark.full
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_go(server, database, start_guard, tmp_path, go_program, tls):
    compare(Driver("go-sql-driver", (str(go_program),), ("true",), "golang-github-go-sql-driver-mysql-dev"), server, database,
            start_guard, tmp_path, tls)


@pytest.mark.full
@pytest.mark.parametrize("compress", [False, True], ids=["", "compressed"])
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("which", ["mysql", "mysql2", "mariadb"])
def test_node(server, database, start_guard, tmp_path, node_modules, which, tls, compress):
    if which == "mysql" and (server.flavour == "mysql" or compress):
        pytest.skip("node mysql knows neither MySQL's present plugins nor compression")
    driver = Driver(f"node-{which}", ("env", f"NODE_PATH={node_modules}:/usr/share/nodejs", "node", "node.js", which),
                    ("env", f"NODE_PATH={node_modules}:/usr/share/nodejs", "node", "-e", f"require('{which}')"), "node-mysql",
                    fails=("change user",) if which == "mariadb" and server.flavour == "mysql" else ())
    compare(driver, server, database, start_guard, tmp_path, tls, compress)


@pytest.mark.full
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_connector_j(server, database, start_guard, tmp_path, tls):
    jar = "/usr/share/java/mariadb-java-client.jar"
    driver = Driver("connector-j", ("java", "-cp", jar, "Conversation.java"), ("javap", "-cp", jar, "org.mariadb.jdbc.Driver"),
                    "libmariadb-java default-jdk-headless")
    compare(driver, server, database, start_guard, tmp_path, tls)


@pytest.mark.full
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_odbc(server, database, start_guard, tmp_path, tls):
    fails = ("charset again",)
    if server.flavour == "mysql":  # it loses count of the answers after an error
        fails += ("usable", "warned", "warned, warnings", "after it", "temporary table", "ANSI quotes", "no ANSI quotes")
    compare(python("odbc", "pyodbc", "python3-pyodbc odbc-mariadb", fails=fails), server, database, start_guard, tmp_path, tls)


# --- mydumper --------------------------------------------------------------------------------------------------


@pytest.mark.full
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_mydumper(server, database, start_guard, tmp_path, tls):
    """What it dumps through the guard is what it dumps directly, also of what it has loaded through the guard."""
    if not shutil.which("mydumper"):
        servers.require_or_skip(pytest, "no mydumper here (package mydumper)")
    throwaway.make_certificates(tmp_path)
    drivers.load(server, database)
    server.query("DROP PROCEDURE several", database)
    guard = start_guard(mode="block", client_tls_cert=tmp_path / "server-cert.pem", client_tls_key=tmp_path / "server-key.pem")

    def options(at):
        host, port = at.address
        return [f"--host={host}", f"--port={port}", f"--user={server.app.user}", f"--password={server.app.password}",
                "--threads=2", *(["--ssl"] if tls else [])]

    def dump(at, name):
        folder = tmp_path / f"dump-{name}-{at.address[1]}"
        subprocess.run(["mydumper", *options(at), f"--database={name}", f"--outputdir={folder}"], check=True, capture_output=True,
                       timeout=120)
        return {path.name.replace(name, "DATABASE"): path.read_bytes().replace(name.encode(), b"DATABASE")
                for path in folder.iterdir() if path.suffix == ".sql"}

    direct = dump(server, database)
    assert dump(guard, database) == direct and len(direct) > 10
    copy = server.create_database("copy")
    try:
        subprocess.run(["myloader", *options(guard), f"--database={copy}", "--overwrite-tables",
                        f"--directory={tmp_path}/dump-{database}-{server.address[1]}"], check=True, capture_output=True, timeout=120)
        restored = dump(server, copy)
        assert restored.keys() == direct.keys()
        assert {name: text for name, text in restored.items() if "schema" not in name} == \
            {name: text for name, text in direct.items() if "schema" not in name}
    finally:
        server.drop_database(copy)


# --- newer versions, from unstable -----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def drivers_root():
    made = subprocess.run([servers.ROOT / "scripts/lib/drivers_root.sh"], capture_output=True, text=True)
    if made.returncode != 0:
        servers.require_or_skip(pytest, made.stderr.strip() or "no Debian root with drivers")
    return pathlib.Path(made.stdout.strip())


NEWER = [*LIGHT, python("connector", "mysql.connector", "python3-mysql.connector", compress=True,
                        fails=("types, binary",))]  # it reads past an empty value


@pytest.mark.full
@pytest.mark.parametrize("compress", [False, True], ids=["", "compressed"])
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("driver", NEWER, ids=str)
def test_newer_versions(server, database, start_guard, tmp_path, drivers_root, driver, tls, compress):
    if compress and not driver.compress:
        pytest.skip("this driver cannot be told to compress")
    compare(Driver(driver.name, driver.command, driver.probe, driver.package, driver.compress, driver.fails, drivers_root),
            server, database, start_guard, tmp_path, tls, compress)
