"""Fixtures of the integration tests.

    server            a Server, once as MariaDB and once as MySQL: a test that takes it runs on both
    mariadb, mysql    one flavour, for what only that one does
    database          the name of a new empty database on `server`, dropped afterwards
    shop              the same, with the tables of docker/shop.sql
    program           the path of schemaguard
    start_guard       start_guard(**settings) → a Guard before `server`, which the test takes, too (server, database,
                      shop); start_guard(on=mysql, ...) before another. As many as the test likes; each is stopped
                      and judged when the test ends
    guard             start_guard(mode="block"): confirm = server, as users get it
    set_global        set_global(name, value): a global variable of `server` for the length of the test
    new_server        new_server(*options, flavour=None) → a Server of the test's own (that flavour, else
                      `server`'s), started with further options: for tests that kill, fill or reconfigure it

A server lives for the whole run, a guard for one test (support/servers.py, support/guard.py tell what they can do).
Tests share the servers: use a database of your own, and change no global setting without putting it back.
Tables must exist before start_guard, or guard.reload() be called, where the guard is to know them.

    def test_a_block_in_the_servers_words(shop, start_guard):
        guard = start_guard(mode="block")
        with guard.raw(database=shop) as client:
            with pytest.raises(raw.Err) as refused:
                client.query("SELECT name FROM customers")
        assert refused.value.errno == 1054
        assert guard.wait_for_events(1)[0]["schemaguard.action"] == "blocked"

$SCHEMAGUARD_BINARY names the guard to test (a sanitizer build), else build/release/schemaguard.
Marker: `full` for tests that run with --full only (scripts/test.sh --full, pytest --full). A line that a test
prints as `figure: ...` is shown by scripts/test.sh: for what it measured.
"""

import os

import pytest
import throwaway
from support import guard as guards
from support import servers

FLAVOURS = ("mariadb", "mysql")


# --- servers -------------------------------------------------------------------------------------


def make_server(flavour, options=()):
    """A started ThrowAwayServer; where the machine cannot have it, the test is skipped (in CI: fails)."""
    try:
        if flavour == "mysql":
            return throwaway.MysqlServer(servers.mysql_root(), options).start()
        return throwaway.MariadbServer(options, plugin_folder=servers.mariadb_plugins()).start()
    except throwaway.ServerUnavailable as reason:
        return servers.require_or_skip(pytest, f"no {flavour} here: {reason}")


def serve(flavour, options=()):
    server = make_server(flavour, options)
    try:
        yield servers.Server(server)
    finally:
        server.stop()


@pytest.fixture(scope="session")
def mariadb():
    yield from serve("mariadb")


@pytest.fixture(scope="session")
def mysql():
    yield from serve("mysql")


@pytest.fixture(scope="session", params=FLAVOURS)
def server(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def new_server(request):
    started = []

    def start(*options, flavour=None):
        if flavour is None:
            flavour = request.getfixturevalue("server").flavour
        server = make_server(flavour, options)
        started.append(server)
        return servers.Server(server)

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def set_global(server):
    """set_global(name, value): a global variable of `server`, as before when the test ends, or by set_global.back()."""
    before = {}

    def set_one(name, value):
        before.setdefault(name, server.query(f"SELECT @@GLOBAL.{name}")[0][0])
        server.query(f"SET GLOBAL {name} = {value!r}")

    def back():
        while before:
            name, value = before.popitem()
            server.query(f"SET GLOBAL {name} = {value!r}")

    set_one.back = back
    yield set_one
    back()


# --- databases -----------------------------------------------------------------------------------


@pytest.fixture
def database(server):
    name = server.create_database()
    yield name
    server.drop_database(name)


@pytest.fixture
def shop(server, database):
    server.load(servers.SHOP_SQL, database)
    return database


# --- guards --------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def program():
    if guards.binary() is None:
        servers.require_or_skip(pytest, f"no schemaguard is built ({os.environ.get('SCHEMAGUARD_BINARY', 'release')})")
    return guards.binary()


@pytest.fixture
def start_guard(request, program, tmp_path):
    started = []

    def start(on=None, schema=True, **settings):
        server = on or request.getfixturevalue("server")
        guard = guards.Guard(server, tmp_path, **settings)
        started.append(guard)
        return guard.start(schema)

    yield start
    problems = []
    for guard in started:
        try:
            guard.stop()
        except AssertionError as problem:
            problems.append(str(problem))
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


@pytest.fixture
def guard(server, start_guard):
    return start_guard(on=server, mode="block")
