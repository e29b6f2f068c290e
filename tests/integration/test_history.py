"""The history of adopted schemas, on real servers: schema adopt, history, show, @VERSION, and the record in the server."""

import datetime
import fcntl
import json
import os
import random
import re
import secrets
import shlex
import subprocess
import time

import pytest
from support.schema_commands import DIFFERS, FAILED, SAME, apply, make, run, script, url  # noqa: F401
from support.servers import ROOT, Account

ADOPTED, REFUSED = 0, 1
FIRST = "CREATE TABLE users (id INT NOT NULL PRIMARY KEY, email VARCHAR(191) NOT NULL);"
SECOND = """
CREATE TABLE user_sessions (id INT NOT NULL PRIMARY KEY, user_id INT NOT NULL, KEY by_user (user_id));
CREATE TABLE audit_logs (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, at DATETIME NOT NULL, what TEXT);
"""
HISTORY = ("--history", "history")


def log_of(folder):
    return [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]


def snapshots(tmp_path, count):
    """SQL files of as many different schemas."""
    names = [f"s{i}.sql" for i in range(count)]
    for i, name in enumerate(names):
        script(tmp_path, f"CREATE TABLE t{i} (id INT PRIMARY KEY);", name)
    return names


# --- adopting from a server -----------------------------------------------------------------------------------------------

def test_adopting_keeps_what_the_server_has_and_says_what_is_new(run, url, make, server, tmp_path):
    database = make(FIRST)
    done = run("adopt", url(database), *HISTORY, "--note", "first of all", expect=ADOPTED)
    assert done.stdout.splitlines()[0] == "v1 adopted in history"
    apply(server, database, SECOND)
    preview = run("diff", "@latest", url(database), *HISTORY, expect=DIFFERS).stdout
    assert preview.splitlines()[0] == "2 new tables: audit_logs, user_sessions"
    done = run("adopt", url(database), *HISTORY, "--version", "2026.11", "--who", "deploy job", expect=ADOPTED)
    assert done.stdout.splitlines()[:2] == ["2026.11 adopted in history, after v1", "2 new tables: audit_logs, user_sessions"]
    again = run("adopt", url(database), *HISTORY, expect=ADOPTED)
    assert again.stdout == "2026.11 is the latest in history already\n"
    first, second = log_of(tmp_path / "history")
    assert (first["version"], first["note"], second["version"], second["who"]) == ("v1", "first of all", "2026.11", "deploy job")
    assert "@" in first["who"] and server.root.password not in (tmp_path / "history" / "history.jsonl").read_text()
    for record in (first, second):
        snapshot = json.loads((tmp_path / "history" / f"{record['version']}.json").read_text())
        assert [snapshot[name] for name in ("version", "hash", "source")] == [record[n] for n in ("version", "hash", "source")]
        assert snapshot["time"] == record["when"] and database in record["source"]


def test_every_change_is_on_record_with_time_and_place(run, url, make, server):
    database = make(FIRST)
    started = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    run("adopt", url(database), *HISTORY, "--note", "first", expect=ADOPTED)
    apply(server, database, SECOND)
    run("adopt", url(database), *HISTORY, expect=ADOPTED)
    listed = run("history", *HISTORY, expect=SAME).stdout.splitlines()
    assert listed[0].startswith("v2 ") and listed[0].endswith("(latest)") and listed[1].startswith("v1 ")
    assert listed[2].strip() == "first"
    report = json.loads(run("history", *HISTORY, "--format", "json", expect=SAME).stdout)
    assert [entry["version"] for entry in report["versions"]] == ["v2", "v1"] and report["latest"] == "v2"
    when = datetime.datetime.fromisoformat(report["versions"][0]["when"].replace("Z", "+00:00"))
    assert started <= when <= datetime.datetime.now(datetime.timezone.utc)
    shown = run("show", "latest", *HISTORY, expect=SAME).stdout
    assert "version  v2 (latest)" in shown and "Since v1: 2 new tables: audit_logs, user_sessions" in shown
    shown = json.loads(run("show", "@v2", *HISTORY, "--format", "json", expect=SAME).stdout)
    assert shown["changes"]["counts"] == {"table_extra": 2} and shown["tables"] == 3
    assert "changes" not in json.loads(run("show", "v1", *HISTORY, "-f", "json", expect=SAME).stdout)


def test_a_version_is_named_wherever_a_schema_is(run, url, make, server, program, tmp_path):
    database = make(FIRST)
    run("adopt", url(database), *HISTORY, expect=ADOPTED)
    run("verify", "@v1", url(database), *HISTORY, expect=SAME)
    run("verify", "@latest", url(database), *HISTORY, expect=SAME)
    run("verify", "history", url(database), expect=SAME)  # the folder itself: its latest
    apply(server, database, SECOND)
    done = run("verify", "@latest", url(database), *HISTORY, expect=DIFFERS)
    assert "does not match @latest (v1)" in done.stdout
    run("adopt", url(database), *HISTORY, expect=ADOPTED)
    run("verify", "history", url(database), expect=SAME)
    run("diff", "@v1", "@v2", *HISTORY, expect=DIFFERS)
    plan = run("plan", "@v1", "@latest", *HISTORY, expect=DIFFERS).stdout
    old = make(FIRST)
    apply(server, old, plan)
    run("diff", "@v2", url(old), *HISTORY, expect=SAME)
    pulled = json.loads(run("pull", "@v1", *HISTORY, expect=SAME).stdout)
    assert pulled["version"] == "v1" and pulled["hash"] == log_of(tmp_path / "history")[0]["hash"]
    for schema, code in (("@v1", 1), ("@v2", 0), ("history", 0)):
        done = subprocess.run([str(program), "check", "--schema", schema, *HISTORY, "-"], input="SELECT id FROM audit_logs;",
                              capture_output=True, text=True, cwd=tmp_path, timeout=300)
        assert done.returncode == code, done.stdout + done.stderr


def test_an_older_schema_is_not_adopted_by_accident(run, url, make, server, tmp_path):
    database = make(FIRST)
    run("adopt", url(database), *HISTORY, expect=ADOPTED)
    apply(server, database, SECOND)
    run("adopt", url(database), *HISTORY, expect=ADOPTED)
    server.query(f"DROP TABLE {database}.user_sessions, {database}.audit_logs")
    done = run("adopt", url(database), *HISTORY, expect=REFUSED)
    assert "refused: this is v1 of " in done.stdout and "--allow-downgrade" in done.stdout
    answer = json.loads(run("adopt", url(database), *HISTORY, "-f", "json", expect=REFUSED).stdout)
    assert (answer["answer"], answer["version"], answer["latest"]) == ("downgrade", "v1", "v2")
    assert len(log_of(tmp_path / "history")) == 2
    done = run("adopt", url(database), *HISTORY, "--allow-downgrade", "--note", "rolled back", expect=ADOPTED)
    assert "v3 adopted in history, after v2, as an older schema\n2 missing tables: " in done.stdout
    assert log_of(tmp_path / "history")[2]["downgrade"] is True
    assert "(downgrade)" in run("history", *HISTORY, expect=SAME).stdout
    run("diff", "@v1", "@v3", *HISTORY, expect=SAME)


def test_what_is_wrong_is_said(run, url, make, tmp_path):
    database = make(FIRST)
    def words(*arguments):
        return run(*arguments, expect=FAILED).stderr
    assert "--history is missing" in words("adopt", url(database))
    assert "there is no database `no_such_thing`" in words("adopt", url("no_such_thing"), *HISTORY)
    assert not (tmp_path / "history").exists()
    assert "name its folder with --history" in words("diff", "@v1", url(database))
    assert "no history is here" in words("diff", "@v1", url(database), "--history", ".")
    assert "cannot be called \"a/b\"" in words("adopt", url(database), *HISTORY, "--version", "a/b")
    assert "--wait is a time" in words("adopt", url(database), *HISTORY, "--wait", "soon")
    run("adopt", url(database), *HISTORY, "--version", "one", expect=ADOPTED)
    script(tmp_path, SECOND, "other.sql")
    assert "version one is taken" in words("adopt", "other.sql", *HISTORY, "--version", "one")
    assert "there is no version two; the latest is one" in words("show", "two", *HISTORY)
    script(tmp_path, FIRST, "migrations/1.sql")
    assert "not a history, and not empty" in words("adopt", url(database), "--history", "migrations")
    (tmp_path / "history" / "one.json").write_text((tmp_path / "history" / "one.json").read_text().replace("email", "mail"))
    assert "not what was adopted as one" in words("verify", "@one", url(database), *HISTORY)


def test_what_the_page_shows_runs(run, tmp_path):
    script(tmp_path, FIRST, "migrations/1.sql")
    commands = re.findall(r"^schemaguard schema (.*)$", (ROOT / "docs" / "history.md").read_text().split("| command |")[0], re.M)
    for command in commands:
        run(*shlex.split(command), expect=SAME)
    assert len(commands) == 3 and (tmp_path / "schema-history" / "v1.json").exists()


def test_json_is_as_the_page_shows(run, tmp_path):
    first, second = snapshots(tmp_path, 2)
    listed, adopted = map(json.loads, re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "history.md").read_text(), re.S))
    run("adopt", first, *HISTORY, expect=SAME)
    found = json.loads(run("history", *HISTORY, "-f", "json", expect=SAME).stdout)
    assert list(found) == list(listed) and list(found["versions"][0]) == list(listed["versions"][0])
    assert list(json.loads(run("adopt", second, *HISTORY, "-f", "json", expect=SAME).stdout)) == list(adopted)
    assert ["answer", *json.loads(run("show", "v2", *HISTORY, "-f", "json", expect=SAME).stdout)] == list(adopted)


# --- crashes and others at the same time ------------------------------------------------------------------------------------

def check_history(run):
    """Each version of the list loads; returns their number."""
    report = json.loads(run("history", *HISTORY, "-f", "json", expect=SAME).stdout)
    versions = [entry["version"] for entry in report["versions"]]
    assert len(set(versions)) == len(versions)
    for version in versions:
        run("show", version, *HISTORY, expect=SAME)
    return len(versions)


@pytest.fixture
def start(program, tmp_path):
    """start(*arguments) → a running `schemaguard schema …`."""
    started = []

    def one(*arguments):
        process = subprocess.Popen([str(program), "schema", *arguments], cwd=tmp_path, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        started.append(process)
        return process
    yield one
    for process in started:
        process.kill()
        process.communicate()


def test_eight_writers_at_once_lose_nothing(run, start, tmp_path):
    names = snapshots(tmp_path, 8)
    writers = [start("adopt", name, *HISTORY, "--wait", "10m") for name in names]
    for writer in writers:
        out, err = writer.communicate(timeout=600)
        assert writer.returncode == ADOPTED, out + err
    assert check_history(run) == 8


def test_writers_that_are_killed_leave_a_history(run, start, tmp_path):
    """At moments of chance; the unit test does it at each step."""
    rng = random.Random(7)
    names = snapshots(tmp_path, 12)
    run("adopt", names[0], *HISTORY, expect=ADOPTED)
    for name in names[1:]:
        writer = start("adopt", name, *HISTORY)
        time.sleep(rng.uniform(0, 0.03))
        writer.kill()
        writer.wait(timeout=60)
    before = check_history(run)
    script(tmp_path, SECOND, "last.sql")
    run("adopt", "last.sql", *HISTORY, expect=ADOPTED)
    assert check_history(run) == before + 1


def test_another_writer_is_waited_for_and_said(run, tmp_path):
    first, second = snapshots(tmp_path, 2)
    run("adopt", first, *HISTORY, expect=ADOPTED)
    with (tmp_path / "history" / "history.jsonl").open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        done = run("adopt", second, *HISTORY, "--wait", "1s", expect=FAILED)
        assert "another process is adopting here (waited 1 s); nothing was written" in done.stderr
    run("adopt", second, *HISTORY, expect=ADOPTED)


def test_a_torn_last_line_is_said_and_taken_away(run, tmp_path):
    first, second = snapshots(tmp_path, 2)
    run("adopt", first, *HISTORY, expect=ADOPTED)
    with (tmp_path / "history" / "history.jsonl").open("a") as log:
        log.write('{"format":1,"version":"v2","ha')
    done = run("history", *HISTORY, expect=SAME)
    assert "the last line is not whole (30 bytes)" in done.stderr and done.stdout.startswith("v1 ")
    assert json.loads(run("history", *HISTORY, "-q", "-f", "json", expect=SAME).stdout)["torn_bytes"] == 30
    done = run("adopt", second, *HISTORY, expect=ADOPTED)
    assert "was not whole (30 bytes)" in done.stderr
    assert check_history(run) == 2


# --- the record in the server -----------------------------------------------------------------------------------------------

@pytest.fixture
def writer(server, make):
    """An account that may do no more than keep the record, and the database that it keeps it in."""
    database = make()
    account = Account(f"writer_{secrets.token_hex(4)}", secrets.token_hex(8), "")
    server.query(f"CREATE USER '{account.user}'@'%' IDENTIFIED BY '{account.password}'")
    server.query(f"GRANT CREATE, INSERT ON {database}.schema_versions TO '{account.user}'@'%'")
    yield account, database
    server.query(f"DROP USER '{account.user}'@'%'")


def recorded(server, database):
    return server.query(f"SELECT version, hash, adopted_by, adopted_at, source, note, downgrade FROM {database}.schema_versions "
                        "ORDER BY id")


def test_the_record_is_kept_in_the_server_too(run, url, make, server, writer, tmp_path):
    account, books = writer
    database = make(FIRST)
    record = ("--record", url(books, account))
    run("adopt", url(database), *HISTORY, *record, "--note", b"it's \\ 'quoted' \xe2\x80\x94 \xfc", expect=ADOPTED)
    apply(server, database, SECOND)
    run("adopt", url(database), *HISTORY, *record, expect=ADOPTED)
    run("adopt", url(database), *HISTORY, *record, expect=ADOPTED)  # nothing new: nothing twice
    run("adopt", "@v1", *HISTORY, *record, expect=REFUSED)
    run("adopt", "@v1", *HISTORY, *record, "--allow-downgrade", expect=ADOPTED)
    expected = [(line["version"], line["hash"], line["who"], line["when"], line["source"], line["note"],
                 int(line.get("downgrade", False))) for line in log_of(tmp_path / "history")]
    rows = [(*row[:3], row[3].strftime("%Y-%m-%dT%H:%M:%SZ"), *row[4:]) for row in recorded(server, books)]
    assert rows == expected and len(rows) == 3


def test_the_record_beside_what_is_adopted_changes_no_hash(run, url, make, server, tmp_path):
    """The table is there before the schema is read, so that the second adoption is of the same schema."""
    database = make(FIRST)
    record = ("--record", url(database))
    run("adopt", url(database), *HISTORY, *record, expect=ADOPTED)
    run("adopt", url(database), *HISTORY, *record, expect=ADOPTED)
    assert len(log_of(tmp_path / "history")) == 1 and len(recorded(server, database)) == 1
    run("verify", "@latest", url(database), *HISTORY, "--all", expect=SAME)


def test_the_writers_password_is_its_own(run, url, make, server, writer, tmp_path):
    account, books = writer
    host, port = server.address
    secret = script(tmp_path, account.password + "\n", "writer-password")
    record = ("--record", f"mysql://{account.user}@{host}:{port}/{books}")
    done = run("adopt", url(make(FIRST)), *HISTORY, *record, expect=FAILED)
    assert "Access denied" in done.stderr and not (tmp_path / "history").exists()
    run("adopt", url(make(FIRST)), *HISTORY, *record, "--record-password-file", secret, expect=ADOPTED)
    assert len(recorded(server, books)) == 1


def test_a_record_that_cannot_be_kept_is_said_and_made_up_for(run, url, make, server, writer, tmp_path):
    account, books = writer
    wanted = script(tmp_path, FIRST)
    for database, words in ((make("CREATE TABLE schema_versions (script VARCHAR(20), applied_at DATETIME);"), "another tool's"),
                            ("no_such_thing", "no_such_thing"), ("", "names no database")):
        assert words in run("adopt", wanted, *HISTORY, "--record", url(database), expect=FAILED).stderr
    assert "--record wants a database" in run("adopt", wanted, *HISTORY, "--record", "books.sql", expect=FAILED).stderr
    assert not (tmp_path / "history").exists()
    run("adopt", wanted, *HISTORY, expect=ADOPTED)
    assert "is the latest" in run("adopt", wanted, *HISTORY, "--record", url(books, account), expect=ADOPTED).stdout
    assert [row[0] for row in recorded(server, books)] == ["v1"]


def test_colour_on_a_terminal_alone(program, run, tmp_path):
    first, second = snapshots(tmp_path, 2)
    run("adopt", first, *HISTORY, expect=ADOPTED)
    assert "\033[" not in run("history", *HISTORY, TERM="xterm", expect=SAME).stdout
    ours, theirs = os.openpty()
    done = subprocess.run([str(program), "schema", "history", *HISTORY], cwd=tmp_path, stdout=theirs, timeout=300,
                          env={**{k: v for k, v in os.environ.items() if k != "NO_COLOR"}, "TERM": "xterm"})
    os.close(theirs)
    assert done.returncode == SAME and b"\033[1;32mv1" in os.read(ours, 4096)
    os.close(ours)
