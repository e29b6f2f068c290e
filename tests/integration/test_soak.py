"""Differential soak: recorded statements of the servers' own tests, live through a guard that observes.

What the server answered is counted here, at the client's end: every refusal that is about a name. The guard counts
for itself. It must have suspected nothing that the server ran, and have missed exactly what is left of those refusals
when its own suspicions are taken away. The misses are listed.

$SOAK_STATEMENTS says how many are played for each server, $SOAK_FILES (a regular expression) from which files.
"""

import collections
import json
import os
import re
import signal
import time

import pymysql
import pytest
from support import raw, recorded, servers
from support.guard import SCHEMA_READ

STATEMENTS = int(os.environ.get("SOAK_STATEMENTS", 100_000))
STATEMENTS_SANITIZED = 5_000
SECONDS = 20         # that a statement may take
SETTLE_SECONDS = 10  # that the reading of the schema may take: tables may be locked
OPTIONS = {"mariadb": ["--lock-wait-timeout=2", "--innodb-lock-wait-timeout=2", "--max-statement-time=10"],
           "mysql": ["--lock-wait-timeout=2", "--innodb-lock-wait-timeout=2", "--max-execution-time=10000",
                     "--event-scheduler=OFF"]}


class Readings:
    """When the guard has read the schema anew, by its log."""

    def __init__(self, guard):
        self.guard, self.count = guard, 0
        self.log = open(guard.log_path, errors="replace")

    def look(self):
        self.count += sum(reason == "signal" for reason, _ in SCHEMA_READ.findall(self.log.read()))
        return self.count

    def await_new(self):
        """False where that lasts too long."""
        before, deadline = self.look(), time.monotonic() + SETTLE_SECONDS
        time.sleep(0.002)  # the clock that tells which came first counts milliseconds
        self.guard.process.send_signal(signal.SIGHUP)
        while self.look() == before:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.004)
        return True


class Soak:
    """One server, one guard, and what was counted on this side.

    refused   {(connection id, errno): count} of the server's refusals that are about names
    texts     {(connection id, errno): [statement]}: for the list
    """

    def __init__(self, server, guard):
        self.server, self.guard = server, guard
        self.readings = Readings(guard)
        self.played, self.answers = 0, collections.Counter()
        self.refused = collections.Counter()
        self.lost, self.late, self.unsettled = 0, 0, 0
        self.users = self.read_users()
        self.client = None

    # --- between files

    def read_users(self):
        return set(self.server.query("SELECT user, host FROM mysql.user"))

    def reset(self):
        """No database, account or session of the last file is left."""
        for (name,) in self.server.query("SHOW DATABASES"):
            if name.lower() not in recorded.SYSTEM_DATABASES | {"information_schema"}:
                self.server.query(f"DROP DATABASE `{name}`")
        for user, host in self.read_users() - self.users:
            for text in (f"DROP USER `{user}`@`{host}`", f"DROP ROLE `{user}`"):
                try:
                    self.server.query(text)
                    break
                except pymysql.MySQLError:  # a role; or MariaDB's PUBLIC, which stays
                    continue
        self.server.query("CREATE DATABASE test")

    def connect(self):
        root = self.server.root
        self.client = recorded.Player(*self.guard.address, timeout=SECONDS)
        self.client.login(root.user, root.password, capabilities=raw.DEFAULT_CAPABILITIES | raw.MULTI_STATEMENTS)
        self.connection_id = self.client.greeting.connection_id

    def forget(self):
        if self.client:
            self.client.close()
        self.client = None

    # --- one file

    def play_file(self, path, most):
        self.reset()
        self.connect()
        database, settled, began = None, False, self.played
        for statement in recorded.statements(path):
            if self.played - began >= most:
                break
            if statement.database != database and statement.command != raw.COM_INIT_DB:
                database = self.change_database(statement.database, database)
            if statement.may_change_schema:
                settled = False
            elif not settled and statement.names_tables:
                settled = True
                self.unsettled += not self.readings.await_new()
            if not self.play(statement):
                settled, database = False, None
            elif statement.changes_database:
                database = "?"
        self.forget()

    def change_database(self, wanted, current):
        """As the recorded session has it."""
        if wanted is None:
            return current
        outcome = self.play(recorded.Statement(0, wanted.encode(), wanted, raw.COM_INIT_DB))
        return wanted if outcome else None

    def play(self, statement):
        """False when the session did not outlive it."""
        self.played += 1
        try:
            answers = self.client.play(statement)
        except (raw.Closed, OSError) as problem:
            self.start_over(problem)
            return False
        for answer in answers:
            self.answers[answer.errno if answer else 0] += 1
            if answer and recorded.is_about_a_name(answer, statement):
                self.refused[(self.connection_id, answer.errno)] += 1
        return True

    def start_over(self, problem):
        if isinstance(problem, TimeoutError):
            self.late += 1
            self.server.query(f"KILL {self.connection_id}")
        else:
            self.lost += 1
        self.forget()
        if self.server.throwaway.process.poll() is not None:
            self.server.start_again()
        self.connect()


def is_sanitized(guard):
    return "san" in open(f"/proc/{guard.process.pid}/maps").read()


def readings_for_each(path):
    """How often the schema has to be read anew, for each statement of a file."""
    statements, readings, settled = 0, 0, False
    for statement in recorded.statements(path):
        statements += 1
        if statement.may_change_schema:
            settled = False
        elif not settled and statement.names_tables:
            settled, readings = True, readings + 1
    return readings / max(statements, 1)


def chosen(flavour):
    """The files, those first that let more statements stand between one reading of the schema and the next."""
    if not recorded.CORPUS.is_dir():
        servers.require_or_skip(pytest, f"no recorded statements ({recorded.CORPUS})")
    wanted = re.compile(os.environ.get("SOAK_FILES", ""))
    return sorted(filter(lambda path: wanted.search(str(path)), recorded.files(flavour)), key=readings_for_each)


def await_quiet(guard):
    """Until all that was suspected wrongly was explained, and all is counted."""
    guard.reload()
    guard.wait_for_counters(sessions_open=0)
    return guard.counters()


def told_by(guard):
    """The guard's events: Counter of (connection id, errno) of those refused by the server for a name, suspected or
    missed; those that the server ran though they were suspected."""
    refused, missed, ran = collections.Counter(), [], []
    for event in guard.events():
        errno = int(event.get("db.response.status_code", 0))
        place = event["schemaguard.connection.id"], errno
        if event["schemaguard.agreement"] == "missed":
            missed.append(event)
        elif errno == 0 and event["event.name"] == "schemaguard.mismatch" and event["schemaguard.agreement"] != "stale":
            ran.append(event)
        if errno in recorded.NAME_ERRORS:
            refused[place] += 1
    return refused, missed, ran


@pytest.mark.full
@pytest.mark.timeout(5400)
@pytest.mark.parametrize("flavour", ["mariadb", "mysql"])
def test_recorded_statements_live(new_server, start_guard, flavour):
    files = chosen(flavour)
    server = new_server(*OPTIONS[flavour], flavour=flavour)
    if flavour == "mariadb":
        server.query("DROP DATABASE sys")  # to read the columns of its hundred views takes longer than all else
    guard = start_guard(on=server, mode="observe", schema_refresh="1d", max_schema_age="30d")
    guard.allow_disagreement = True  # misses are what is counted here
    wanted = STATEMENTS_SANITIZED if is_sanitized(guard) else STATEMENTS
    soak, began = Soak(server, guard), time.monotonic()
    for number, path in enumerate(files):
        if soak.played >= wanted:
            break
        soak.play_file(path, most=wanted // 10)
        if number % 20 == 0:
            print(f"{path.stem}: {soak.played} statements, {time.monotonic() - began:.0f} s", flush=True)
    counters = await_quiet(guard)
    refused, missed, ran = told_by(guard)
    outside = sum(soak.refused.values())
    print(f"figure: soak, {flavour}: {soak.played} statements of {number} recorded files in {time.monotonic() - began:.0f} s, "
          f"{soak.answers[0]} run, {outside} refused for a name; the guard: {counters['agree']} agree, "
          f"{counters['false_positive']} false positives, {counters['missed']} missed, {counters['stale']} stale, "
          f"{len(ran)} suspected and run; {soak.lost} sessions lost, {soak.late} late, {soak.unsettled} unsettled")
    for event in missed:
        print("missed:", json.dumps({name: event.get(name) for name in (
            "schemaguard.response.message", "schemaguard.verdict", "schemaguard.unparsed.reason", "db.query.text")}))
    for event in ran:
        print("run:", json.dumps(event))
    assert counters["events_dropped"] == 0
    assert counters["false_positive"] == 0 and not ran
    assert soak.refused == refused, f"only here: {soak.refused - refused}, only by the guard: {refused - soak.refused}"
    assert counters["missed"] == len(missed)
