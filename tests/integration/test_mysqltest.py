"""The servers' own regression tests through the guard, in block mode with the live schema, confirm = server.

What passes directly, twice, passes through the guard. Which files can be run is support/mysqltest.py's affair.
"""

import pytest
import throwaway
from support import mysqltest, servers

SLICES = 24
LEAST = 300  # files a server that pass both ways, in all slices together

SAMPLE = ["1st", "alias", "ansi", "bool", "cast", "comments", "constraints", "create_drop_view", "ctype_ascii", "func_if"]

# What a guard changes, and may: file → why.
DIFFERENT = {
    "compress": "asks the server whether the connection is compressed; it is on the client's side alone",
    "features": "counts subqueries; a suspect that the server was asked about is counted twice",
}


@pytest.fixture
def suite_of(monkeypatch, new_server):
    def make(flavour):
        folder, reason = mysqltest.packages(flavour)
        if folder is None:
            servers.require_or_skip(pytest, f"no tests of {flavour} here: {reason}")
        monkeypatch.setenv("TZ", "GMT-3")  # the server's, too: results have times in them
        return mysqltest.Suite(new_server(*mysqltest.SERVER_OPTIONS[flavour], flavour=flavour), folder)

    return make


def start_before(suite, start_guard):
    """A guard that listens on a Unix socket and a port, as the server does."""
    port = throwaway.free_port()
    socket = suite.var / "run" / "guard.sock"
    guard = start_guard(on=suite.server, mode="block", listen=f"{throwaway.HOST}:{port},{socket}",
                        server=suite.server.socket_path, log_level="info")
    guard.allow_disagreement = True  # files drop and make tables faster than anybody reads them, or name none
    guard.wait_for_log("listening on")
    return guard, socket, port


def compare(suite, start_guard, names):
    """How many of `names` pass directly, twice; fails with those that do not pass through the guard."""
    guard, socket, port = start_before(suite, start_guard)
    direct = suite.server.socket_path, suite.server.address[1]

    def run(name, place):
        outcome = suite.run(name, *place)
        suite.clean()
        return outcome

    passed, different = 0, []
    for name in names:
        if not all(run(name, direct).passed for _ in range(2)):
            continue
        outcome = run(name, (socket, port))
        passed += outcome.passed
        if not outcome.passed and name not in DIFFERENT and run(name, direct).passed:
            different.append(f"{name}: {outcome.status}\n{outcome.text[-3000:]}")
    counters = guard.counters()
    print(f"figure: {suite.flavour}: of {len(names)} files {passed} pass directly and through the guard; "
          f"{len(different)} differ; {counters['commands']} commands, "
          + ", ".join(f"{counters[name]} {name}" for name in ("blocked", "agree", "false_positive", "missed")))
    assert not different, "\n\n".join(different)
    return passed


@pytest.mark.full
def test_a_few_files_of_the_servers_own(suite_of, start_guard):
    suite = suite_of("mariadb")
    names = [name for name in SAMPLE if name in suite.names]
    assert compare(suite, start_guard, names) >= len(SAMPLE) - 1


@pytest.mark.full
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(SLICES))
@pytest.mark.parametrize("flavour", ["mariadb", "mysql"])
def test_what_passes_directly_passes_through_the_guard(suite_of, start_guard, flavour, part):
    suite = suite_of(flavour)
    assert compare(suite, start_guard, suite.names[part::SLICES]) >= LEAST // SLICES
