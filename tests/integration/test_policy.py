"""Whose mismatches are stopped: rules, exceptions, arming; and what an event and `policy test` say of it."""

import datetime
import os
import secrets
import subprocess

import pytest
from support import guard as guards
from support import gate, raw

WRONG = "SELECT nothing FROM customers"


def run(*command):
    """Without our own SCHEMAGUARD_ variables: the guard would take them for settings."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("SCHEMAGUARD_")}
    return subprocess.run([str(guards.binary()), *map(str, command)], capture_output=True, text=True, env=env, timeout=60)


def refuse(client, sql=WRONG):
    with pytest.raises(raw.Err) as refused:
        client.query(sql)
    assert refused.value.errno in (1054, 1146)


def in_days(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y-%m-%d")


class Reader:
    """An account of the test's own that reads the schema."""

    def __init__(self, server, folder):
        self.server = server
        self.name = f"reader_{secrets.token_hex(4)}"
        self.password_file = folder / "reader-password"
        self.password_file.write_text("first-Secret1\n")
        server.query(f"CREATE USER {self.name}@'%' IDENTIFIED BY 'first-Secret1'")
        self.grant("*.*")

    def grant(self, what):
        self.server.query(f"GRANT REFERENCES ON {what} TO {self.name}@'%'")

    def revoke(self, what):
        self.server.query(f"REVOKE REFERENCES ON {what} FROM {self.name}@'%'")

    def set_password(self, password):
        self.server.query(f"ALTER USER {self.name}@'%' IDENTIFIED BY '{password}'")

    @property
    def settings(self):
        return {"schema_user": self.name, "schema_password_file": self.password_file}


@pytest.fixture
def reader(server, tmp_path):
    account = Reader(server, tmp_path)
    yield account
    server.query(f"DROP USER {account.name}@'%'")


@pytest.fixture
def start_with(start_guard, tmp_path):
    """start_with(text, **settings): a guard whose settings file holds `text`."""
    def start(text, **settings):
        path = tmp_path / "guard.ini"
        path.write_text(text)
        return start_guard(config=path, **settings)
    return start


# --- rules -----------------------------------------------------------------------------------------


def test_the_first_rule_that_is_met_decides(server, shop, start_with):
    guard = start_with(f"""
[rule reports]
program = report*, export
mode = observe

[rule here]
user = {server.app.user}
database = {shop}
client = 10.0.0.0/8, 127.0.0.0/8
mode = block

[rule rest]
mode = observe
""", mode="observe")
    with guard.raw(database=shop) as client:
        refuse(client)
    with guard.raw(database=shop, attributes={"program_name": "report-daily"}) as client:
        refuse(client)
    with guard.raw() as client:
        refuse(client, f"SELECT nothing FROM `{shop}`.customers")
        client.query(f"USE `{shop}`")
        refuse(client)
        with pytest.raises(raw.Err):
            client.prepare(WRONG)
    events = guard.wait_for_events(5)
    assert [(event["schemaguard.rule"], event["schemaguard.mode"], event["schemaguard.action"]) for event in events] == [
        ("rule here", "block", "blocked"), ("rule reports", "observe", "forwarded"), ("rule rest", "observe", "forwarded"),
        ("rule here", "block", "blocked"), ("rule here", "block", "blocked")]
    assert {event["schemaguard.would_block"] for event in events} == {True}
    guard.wait_for_counters(blocked=3)


def test_nobody_that_a_rule_knows_follows_the_mode(server, shop, start_with):
    guard = start_with("[rule others]\nuser = somebody, nobody*\nmode = observe\n", mode="block")
    with guard.raw(database=shop) as client:
        refuse(client)
    event, = guard.wait_for_events(1)
    assert (event["schemaguard.rule"], event["schemaguard.action"]) == ("mode", "blocked")


def test_observe_by_command_is_for_all(server, shop, start_with):
    guard = start_with("[rule all]\nmode = block\n", mode="observe", admin_listen=True)
    with guard.raw(database=shop) as client:
        refuse(client)
        guard.wait_for_counters(blocked=1)
        assert guard.http("/mode", "POST", "observe")[0] == 200
        refuse(client)
    events = guard.wait_for_events(2)
    assert [event["schemaguard.action"] for event in events] == ["blocked", "forwarded"]
    guard.wait_for_counters(blocked=1)


@pytest.mark.parametrize("text, word", [
    ("[rule]\nmode = block\n", "named in one word"),
    ("[rule two words]\nmode = block\n", "named in one word"),
    ("[other x]\nmode = block\n", "only sections"),
    ("[rule a]\nuser = x\n", "says no mode"),
    ("[rule a]\nmode = stop\n", "observe"),
    ("[rule a]\nmode = block\nusr = x\n", "did you mean user"),
    ("[rule a]\nmode = block\nclient = 10.0.0.0/99\n", "no network"),
    ("[rule a]\nmode = block\n[rule a]\nmode = block\n", "there already"),
    ("[rule a]\nmode = block\nlisten = 127.0.0.1:1\n", "may have user"),
], ids=lambda value: value.split("\n")[0] if "\n" in value else value)
def test_a_rule_that_is_wrong_starts_nothing(tmp_path, text, word):
    path = tmp_path / "guard.ini"
    path.write_text(text)
    done = run("serve", "--config", path, "--check-config")
    assert done.returncode == 2 and word in done.stderr and f"{path}:" in done.stderr


# --- exceptions --------------------------------------------------------------------------------------


def test_exceptions_pass_until_their_day(server, shop, start_guard, tmp_path):
    path = tmp_path / "exceptions"
    path.write_text("# none yet\n")
    guard = start_guard(mode="block", exceptions=path)
    with guard.raw(database=shop) as client:
        refuse(client)
        digest = guard.wait_for_events(1)[0]["schemaguard.digest"]

        def exchange(text):
            path.write_text(text)
            guard.reload()

        exchange(f"digest {digest} until {in_days(2)} the old desks\ntable {shop}.clients until {in_days(2)} not yet here\n"
                 f"column c.town until {in_days(2)} neither\n")
        refuse(client)
        refuse(client, "SELECT 1 FROM clients")
        refuse(client, f"SELECT 1 FROM `{shop}`.clients")
        refuse(client, "SELECT c.town FROM customers c")
        refuse(client, "SELECT c.nation, c.town FROM customers c")
        exchange(f"digest {digest} until {in_days(-1)} the old desks\n")
        refuse(client)
        guard.wait_for_log(rf"the exception for digest {digest} is over")
        exchange("digest nonsense\n")
        guard.wait_for_log(r"line 1: .*the exceptions of before stay in use")
        refuse(client)
    events = guard.wait_for_events(8)
    assert [event["schemaguard.action"] for event in events] == ["blocked"] + ["forwarded"] * 4 + ["blocked"] * 3
    assert [event["schemaguard.rule"] for event in events] == [
        "mode", f"exception digest {digest}", f"exception table {shop}.clients", f"exception table {shop}.clients",
        "exception column c.town", "mode", "mode", "mode"]
    assert [event["schemaguard.would_block"] for event in events] == [True] + [False] * 4 + [True] * 3


def test_an_exception_ends_by_itself(server, shop, start_guard, tmp_path):
    """Without a reload: the hour is looked at with each suspect."""
    path = tmp_path / "exceptions"
    until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=8)
    path.write_text(f"column nothing until {until.strftime('%Y-%m-%dT%H:%M:%SZ')} a moment\n")
    guard = start_guard(mode="block", exceptions=path)
    with guard.raw(database=shop) as client:
        def is_blocked():
            refuse(client)
            return guard.counters()["blocked"] > 0
        guard.wait_until(is_blocked, "the exception is over")
        refuse(client)
    guard.wait_until(lambda: guard.events()[-1]["schemaguard.rule"] == "mode", "the event of it")
    for event in guard.events():
        late = datetime.datetime.fromisoformat(event["timestamp"].replace("Z", "+00:00")) - until
        if event["schemaguard.rule"] == "exception column nothing":
            assert late < datetime.timedelta(seconds=5)


def test_exceptions_that_are_wrong_start_nothing(tmp_path):
    path = tmp_path / "exceptions"
    path.write_text("table shop.clients until never because\n")
    done = run("serve", f"--exceptions={path}", "--check-config")
    assert done.returncode == 2 and "line 1" in done.stderr


# --- arming ------------------------------------------------------------------------------------------


def test_without_the_server_block_arms_when_it_has_proved_itself(server, shop, start_guard):
    guard = start_guard(mode="block", confirm="none", arm="after", arm_after=200, admin_listen=True)
    with guard.raw(database=shop) as client:
        refuse(client)
        event, = guard.wait_for_events(1)
        assert (event["schemaguard.action"], event["schemaguard.rule"]) == ("forwarded", "not armed")
        assert event["schemaguard.would_block"] is True
        assert guard.state()["arming"]["state"] == "waiting"
        while guard.state()["arming"]["state"] == "waiting":
            for _ in range(50):
                client.query("SELECT company FROM customers")
        guard.wait_for_log("armed: statements are blocked from now on")
        assert guard.counters()["agree"] >= 200
        refuse(client)
    assert guard.wait_for_events(2)[1]["schemaguard.action"] == "blocked"


def test_with_the_server_it_is_in_force_at_once(server, shop, start_guard):
    guard = start_guard(mode="block", arm="after", admin_listen=True)
    with guard.raw(database=shop) as client:
        refuse(client)
    assert guard.wait_for_events(1)[0]["schemaguard.action"] == "blocked"
    assert guard.state()["arming"]["state"] == "waiting"


def test_too_many_blocks_make_it_step_back(server, shop, start_guard):
    guard = start_guard(mode="block", block_spike=20, admin_listen=True)
    with guard.raw(database=shop) as client:
        refusals = 2  # the two below
        while guard.state()["arming"]["state"] == "armed":
            refuse(client)
            refusals += 1
        guard.wait_for_log("ALARM: stepped back to observe: .*block_spike = 20")
        assert "block_spike" in guard.state()["arming"]["alarm"]
        assert guard.prometheus()['schemaguard_arming{state="stepped_back"}'] == 1
        assert guard.http("/readyz")[0] == 200
        before = guard.counters()["blocked"]
        refuse(client)
        guard.wait_for_counters(blocked=before, stepped_back=1)
        assert guard.http("/arm", "POST")[0] == 200
        refuse(client)
        guard.wait_for_counters(blocked=before + 1)
    events = guard.wait_for_events(refusals)
    assert events[-1]["schemaguard.action"] == "blocked" and events[-2]["schemaguard.rule"] == "not armed"


def test_it_rearms_after_a_clean_period(server, shop, start_guard):
    guard = start_guard(mode="block", block_spike=5, rearm_after="1s", admin_listen=True)
    with guard.raw(database=shop) as client:
        while guard.counters()["stepped_back"] == 0:
            refuse(client)
        guard.wait_for_log("armed: statements are blocked from now on")
        guard.wait_until(lambda: guard.state()["arming"] == {"state": "armed"}, "it is armed")
        before = guard.counters()["blocked"]
        refuse(client)
        guard.wait_for_counters(blocked=before + 1)


def quick(one):
    """The ways of confirm, of which all but `one` are for --full."""
    return [confirm if confirm == one else pytest.param(confirm, marks=pytest.mark.full)
            for confirm in ("server", "schema", "none")]


@pytest.mark.parametrize("confirm", quick("none"))
def test_an_account_that_loses_its_password_blocks_nobody(server, shop, start_guard, reader, confirm):
    guard = start_guard(mode="block", confirm=confirm, admin_listen=True, schema_refresh="1s", **reader.settings)
    with guard.raw(database=shop) as client:
        refuse(client)
        guard.wait_for_counters(blocked=1)
        reader.set_password("another-Secret2")
        guard.wait_until(lambda: guard.state()["arming"]["state"] == "stepped_back", "it steps back")
        state = guard.state()
        assert "cannot be read" in state["arming"]["alarm"] and state["schema"]["state"] == "failing"
        assert "denied" in state["schema"]["error"] and state["ready"] is True
        client.query("SELECT company FROM customers")
        refuse(client)
        guard.wait_for_counters(blocked=1)
        reader.set_password("first-Secret1")
        assert guard.http("/reload", "POST")[0] == 202
        guard.wait_until(lambda: guard.state()["schema"]["state"] == "current", "the schema is read again")
        assert guard.http("/arm", "POST")[0] == 200
        refuse(client)
        guard.wait_for_counters(blocked=2)


@pytest.mark.parametrize("confirm", quick("schema"))
def test_an_account_that_loses_a_privilege_blocks_nobody(server, shop, start_guard, reader, confirm):
    guard = start_guard(mode="block", confirm=confirm, admin_listen=True, schema_refresh="1s", max_schema_age="10s",
                        **reader.settings)
    with guard.raw(database=shop) as client:
        refuse(client)
        guard.wait_for_counters(blocked=1)
        reader.revoke("*.*")
        guard.wait_until(lambda: guard.state()["arming"]["state"] == "stepped_back", "it steps back")
        assert "shrinks" in guard.state()["arming"]["alarm"] and reader.name in guard.state()["schema"]["error"]
        client.query("SELECT company FROM customers")
        refuse(client)
        guard.wait_until(lambda: guard.http("/readyz")[0] == 503, "the schema is too old")
        assert "max_schema_age" in guard.state()["reasons"][0]
        client.query("SELECT company FROM customers")
        guard.wait_for_counters(blocked=1)
        reader.grant("*.*")
        guard.wait_until(lambda: guard.http("/readyz")[0] == 200, "the schema is read again")
        assert guard.http("/arm", "POST")[0] == 200
        refuse(client)
        guard.wait_for_counters(blocked=2)


@pytest.mark.parametrize("confirm", quick("server"))
def test_an_account_that_loses_its_server_blocks_nobody(server, shop, start_guard, confirm):
    """The sessions' own connections stay: they have been made before."""
    with gate.Gate(server.address) as way:
        guard = start_guard(mode="block", confirm=confirm, admin_listen=True, schema_refresh="1s", max_schema_age="10s",
                            server=way.text)
        with guard.raw(database=shop) as client:
            refuse(client)
            guard.wait_for_counters(blocked=1)
            way.shut()
            guard.wait_until(lambda: guard.state()["arming"]["state"] == "stepped_back", "it steps back")
            state = guard.state()
            assert "cannot be read" in state["arming"]["alarm"] and state["schema"]["state"] == "failing"
            assert way.text in state["schema"]["error"]
            guard.wait_for_log(f"reading the schema failed: .*{way.text}")
            blocked = guard.counters()["blocked"]
            client.query("SELECT company FROM customers")
            refuse(client)
            guard.wait_until(lambda: guard.http("/readyz")[0] == 503, "the schema is too old")
            client.query("SELECT company FROM customers")
            guard.wait_for_counters(blocked=blocked)
            way.open_again()
            assert guard.http("/reload", "POST")[0] == 202
            guard.wait_until(lambda: guard.http("/readyz")[0] == 200, "the schema is read again")
            assert guard.http("/arm", "POST")[0] == 200
            refuse(client)
            guard.wait_for_counters(blocked=blocked + 1)


# --- policy test -------------------------------------------------------------------------------------


def explain(tmp_path, *case):
    (tmp_path / "exceptions").write_text("table shop.clients until 2099-01-01 comes with release 7\n")
    (tmp_path / "guard.ini").write_text(f"""
mode = block
confirm = none
schema_user = schemaguard
exceptions = {tmp_path}/exceptions

[rule reports]
user = report_*
mode = observe

[rule office]
client = 10.0.0.0/8
mode = block
""")
    done = run("policy", "test", f"--config={tmp_path}/guard.ini", *case)
    return done.returncode, done.stdout, done.stderr


def test_a_case_is_explained(tmp_path):
    code, said, _ = explain(tmp_path, "--user", "report_a", "--client=10.1.1.1", "--column", "x")
    assert code == 0
    assert "is met, and decides the mode" in said and "one before it decides" in said
    assert "decided by: rule reports" in said and "action: forward it and report it" in said
    code, said, _ = explain(tmp_path, "--user", "app", "--client=192.168.0.1")
    assert 'user is "app", not "report_*"' in said and "in none of its networks" in said
    assert "decided by: mode" in said and "action: stop it" in said and "after 10000 statements" in said
    code, said, _ = explain(tmp_path, "--database", "shop", "--table", "clients")
    assert "comes with release 7" in said and "decided by: exception table shop.clients" in said
    assert explain(tmp_path, "--user")[0] == 2
    assert explain(tmp_path, "--mode=stop")[0] == 2
