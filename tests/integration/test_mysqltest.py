"""The servers' own regression tests through the guard, in block mode with the live schema, confirm = server.

What passes directly passes through the guard. server_tests/FLAVOUR.list names the files: those of the servers' suites
that pass on a server that was set up as support/mysqltest.py does it. $SERVER_TESTS, a regular expression, chooses
others among all that can be run.
"""

import os
import pathlib
import re

import pytest
import throwaway
from support import mysqltest, servers

LISTS = pathlib.Path(__file__).with_name("server_tests")
SLICES = 12
LEAST = 300  # files a server that pass both ways, in all slices together

SAMPLE = ["1st", "alias", "ansi", "bool", "cast", "comments", "constraints", "create_drop_view", "ctype_ascii", "func_if"]

# What a guard changes, and may: file → why.
DIFFERENT = {
    "main.compress": "asks the server whether the connection is compressed; it is on the client's side alone",
}


@pytest.fixture
def suite_of(monkeypatch, new_server):
    def make(flavour):
        folder, reason = mysqltest.packages(flavour)
        if folder is None:
            servers.require_or_skip(pytest, f"no tests of {flavour} here: {reason}")
        monkeypatch.setenv("TZ", "GMT-3")  # the server's, too: results have times in them
        return mysqltest.Suite(new_server(*mysqltest.server_options(flavour, folder), flavour=flavour), folder)

    return make


class Guards:
    """One on a Unix socket before the server's, one on a port before its port: accounts name one or the other."""

    def __init__(self, suite, start_guard):
        server, self.socket = suite.server, suite.var / "run" / f"guard-{throwaway.free_port()}.sock"
        common = {"on": server, "mode": "block", "log_level": "info"}
        self.all = [start_guard(listen=str(self.socket), server=str(server.socket_path), **common), start_guard(**common)]
        for guard in self.all:
            guard.allow_disagreement = True  # files drop and make tables faster than anybody reads them, or name none
            guard.wait_for_log("listening on")

    @property
    def place(self):
        return self.socket, self.all[1].port

    def counters(self):
        one, two = (guard.counters() for guard in self.all)
        return {name: one[name] + two[name] for name in one}


def compare(suite, start_guard, names):
    """How many of `names` pass directly and through the guard; fails with those that pass only directly."""
    guards = Guards(suite, start_guard)
    direct = suite.server.socket_path, suite.server.address[1]

    def run(name, place):
        outcome = suite.run(name, *place)
        suite.clean()
        return outcome

    passed, only_directly, different = 0, 0, []
    for name in names:
        if not run(name, direct).passed:
            continue
        outcome = run(name, guards.place)
        passed += outcome.passed
        only_directly += not outcome.passed
        # a file that passes now and then shows nothing
        if not outcome.passed and name not in DIFFERENT and run(name, direct).passed and not run(name, guards.place).passed:
            different.append(f"{name}: {outcome.status}\n{outcome.text[-3000:]}")
    counters = guards.counters()
    print(f"figure: {suite.flavour}'s own tests: of {len(names)} files {passed + only_directly} pass directly, {passed} of them "
          f"through the guard; {len(different)} differ; {counters['commands']} commands, "
          + ", ".join(f"{counters[name]} {name}" for name in ("blocked", "agree", "false_positive", "missed")))
    assert not different, "\n\n".join(different)
    return passed


def chosen(suite):
    wanted = os.environ.get("SERVER_TESTS")
    if wanted:
        return [name for name in suite.candidates() if re.search(wanted, name)]
    lines = (LISTS / f"{suite.flavour}.list").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#") and suite.place(line)[1].exists()]


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_a_few_files_of_the_servers_own(suite_of, start_guard):
    suite = suite_of("mariadb")
    assert compare(suite, start_guard, [f"main.{name}" for name in SAMPLE]) >= len(SAMPLE) - 1


@pytest.mark.full
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(SLICES))
@pytest.mark.parametrize("flavour", ["mariadb", "mysql"])
def test_what_passes_directly_passes_through_the_guard(suite_of, start_guard, flavour, part):
    suite = suite_of(flavour)
    passed = compare(suite, start_guard, chosen(suite)[part::SLICES])
    assert passed >= LEAST // SLICES or os.environ.get("SERVER_TESTS")
