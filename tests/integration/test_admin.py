"""Health, metrics and commands over HTTP: what they tell, who may ask, and that they follow what happens."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

import pytest
from support import guard as guards
from support import raw, servers


def run_healthcheck(guard, **changes):
    """Once more where it had no answer in the three seconds that it waits: the machine may be busy."""
    settings = {**guard.settings, **changes}
    options = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items() if value is not None]
    for _ in range(10):
        done = subprocess.run([str(guards.binary()), "healthcheck", *options], capture_output=True, text=True,
                              env=guard.environment(), timeout=60)
        if "no answer came" not in done.stderr:
            break
    return done


def test_a_guard_tells_that_it_is_well(server, shop, start_guard):
    guard = start_guard(admin_listen=True)
    assert guard.http("/healthz") == (200, "ok\n")
    status, text = guard.http("/readyz")
    state = json.loads(text)
    assert status == 200 and state["ready"] is True and state["reasons"] == []
    assert state["mode"] == "observe" and state["arming"] == {"state": "observe"}
    assert state["schema"]["state"] == "current" and state["schema"]["generation"] >= 1
    assert state["schema"]["tables"] > 0
    assert guard.http("/healthz", "HEAD") == (200, "")


def test_what_is_not_there_is_not_there(server, start_guard):
    guard = start_guard(admin_listen=True)
    assert guard.http("/")[0] == 404
    assert guard.http("/metrics", "POST")[0] == 405
    assert guard.http("/reload")[0] == 405
    assert guard.http("/mode", "POST", "x" * 5000)[0] == 413
    assert guard.http("/mode", "POST", "stop")[0] == 400


def test_counters_for_prometheus(server, shop, start_guard):
    guard = start_guard(admin_listen=True, mode="block")
    with guard.raw(database=shop) as client:
        for _ in range(40):
            client.query("SELECT company FROM customers")
        for _ in range(2):
            with pytest.raises(raw.Err):
                client.query("SELECT nothing FROM customers")
        metrics = guard.prometheus()
        assert metrics["schemaguard_sessions_open"] == 1
    assert metrics['schemaguard_verdicts_total{verdict="ok"}'] >= 40
    assert metrics['schemaguard_verdicts_total{verdict="absent"}'] == 2
    assert metrics['schemaguard_actions_total{action="blocked"}'] == 2
    assert metrics['schemaguard_confirmations_total{result="refused"}'] == 2
    assert metrics['schemaguard_agreement_total{agreement="false_positive"}'] == 0
    assert metrics["schemaguard_confirm_duration_seconds_count"] == 2
    assert metrics["schemaguard_inspection_duration_seconds_count"] >= 2
    assert metrics['schemaguard_inspection_duration_seconds_bucket{le="+Inf"}'] == \
        metrics["schemaguard_inspection_duration_seconds_count"]
    assert metrics["schemaguard_schema_generation"] >= 1 and metrics["schemaguard_schema_age_seconds"] >= 0
    assert metrics["schemaguard_ready"] == 1 and metrics["schemaguard_block_mode"] == 1
    assert metrics['schemaguard_schema_state{state="current"}'] == 1
    assert metrics["process_resident_memory_bytes"] > 0


@pytest.mark.full
def test_promtool_accepts_them(server, shop, start_guard):
    promtool = shutil.which("promtool")
    if promtool is None:
        servers.require_or_skip(pytest, "promtool is not installed (Debian: prometheus)")
    guard = start_guard(admin_listen=True)
    with guard.raw(database=shop) as client:
        client.query("SELECT company FROM customers")
    done = subprocess.run([promtool, "check", "metrics"], input=guard.http("/metrics")[1], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_agreement_shows_where_the_server_knew_better(server, shop, start_guard):
    guard = start_guard(admin_listen=True)
    guard.allow_disagreement = True
    name = f"wrong_{shop}"
    server.query(f"CREATE PROCEDURE `{shop}`.`{name}`() SELECT nothing FROM customers")
    guard.reload()
    with guard.raw(database=shop) as client:
        client.query("SELECT company FROM customers")
        with pytest.raises(raw.Err):
            client.query("SELEKT 1")
        with pytest.raises(raw.Err):
            client.query(f"CALL `{name}`()")
    guard.wait_for_counters(missed=1)
    guard.wait_until(lambda: guard.agreement()["examples"]["missed"], "an example")
    told = guard.agreement()
    example, = told["examples"]["missed"]
    assert (told["missed"], told["false_positive"]) == (1, 0) and told["agree"] >= 2
    assert example["server"]["error"] == 1054 and "nothing" in example["server"]["message"]
    assert example["guard"]["error"] == 0 and example["guard"]["verdict"] in ("ok", "unparsed")
    assert example["user"] == server.app.user and "CALL" in example["text"].upper()
    assert len(example["digest"]) == 16
    coverage = told["coverage"]
    assert coverage["unparsed"] >= 1 and 0 < coverage["share"] < 1
    assert coverage["unparsed_by_reason"] and all(each["count"] >= 1 for each in coverage["unparsed_by_reason"])


def test_commands(server, shop, start_guard):
    guard = start_guard(admin_listen=True)
    with guard.raw(database=shop) as client:
        with pytest.raises(raw.Err):
            client.query("SELECT nothing FROM customers")
        guard.wait_for_counters(blocked=0)
        assert guard.http("/arm", "POST")[0] == 409
        status, text = guard.http("/mode", "POST", "block\n")
        assert status == 200 and json.loads(text)["mode"] == "block"
        with pytest.raises(raw.Err):
            client.query("SELECT nothing FROM customers")
        guard.wait_for_counters(blocked=1)
        assert guard.http("/arm", "POST")[0] == 200
        assert guard.http("/mode", "POST", "observe")[0] == 200
        with pytest.raises(raw.Err):
            client.query("SELECT nothing FROM customers")
        guard.wait_for_counters(blocked=1, agree=3)
    before = guard.readings("signal")
    assert guard.http("/reload", "POST")[0] == 202
    guard.wait_until(lambda: guard.readings("signal") > before, "the schema is read again")
    modes = [event["schemaguard.mode"] for event in guard.wait_for_events(3)]
    assert modes == ["observe", "block", "observe"]


def until_refused(client, seconds=30):
    """Sends queries until one is refused; the error's number, None for a connection closed in silence. The worker
    learns of a drain a moment after the answer to the one who asked for it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            client.query("SELECT 1")
        except raw.Err as error:
            return error.errno
        except raw.Closed:
            return None
    raise AssertionError(f"still served after {seconds} s")


def test_drain_ends_the_guard_and_readiness_says_so(server, shop, start_guard):
    guard = start_guard(admin_listen=True, shutdown_timeout="60s")
    with guard.raw(database=shop) as busy:
        busy.query("BEGIN")
        assert guard.http("/drain", "POST")[0] == 202
        status, text = guard.http("/readyz")
        assert status == 503 and json.loads(text)["reasons"] == ["the guard is draining"]
        assert guard.http("/healthz")[0] == 200
        busy.query("INSERT INTO customers (company, email) VALUES ('drained', 'd@example.org')")
        busy.query("COMMIT")
        assert until_refused(busy) in (None, 1053)
    assert guard.process.wait(60) == 0
    assert server.query(f"SELECT COUNT(*) FROM `{shop}`.customers WHERE company = 'drained'")[0][0] == 1


def test_without_a_schema_it_is_not_ready(server, start_guard, tmp_path):
    password = tmp_path / "wrong-password"
    password.write_text("not this one\n")
    guard = start_guard(schema=False, admin_listen=True, schema_password_file=password)
    guard.wait_for_log("reading the schema failed")
    status, text = guard.http("/readyz")
    state = json.loads(text)
    assert status == 503 and state["reasons"] == ["no schema has been read yet"]
    assert "denied" in state["schema"]["error"]
    assert guard.http("/healthz")[0] == 200
    password.write_text(server.schema.password + "\n")
    guard.process.send_signal(signal.SIGHUP)
    guard.wait_until(lambda: guard.http("/readyz")[0] == 200, "it is ready")


def test_no_account_is_no_reason(server, start_guard):
    guard = start_guard(admin_listen=True, schema_user=None)
    status, text = guard.http("/readyz")
    assert status == 200 and json.loads(text)["schema"] == {"state": "none"}
    assert guard.http("/mode", "POST", "block")[0] == 409
    assert "schemaguard_schema_age_seconds" not in guard.prometheus()


@pytest.mark.parametrize("headers, status", [
    ({"Host": "localhost"}, 200), ({"Host": "127.0.0.1:1"}, 200), ({"Host": "[::1]:80"}, 200),
    ({"Host": "evil.example"}, 403), ({"Host": "localhost.evil.example"}, 403), ({"Host": "guard.example:9307"}, 200),
    ({"Host": ""}, 403), ({"Host": "[::1"}, 403),
    ({"Host": "localhost", "Origin": "http://evil.example"}, 403), ({"Host": "localhost", "Origin": "null"}, 403),
    ({"Host": "localhost", "Origin": "http://localhost"}, 200),
], ids=str)
def test_pages_of_others_get_nothing(server, start_guard, headers, status):
    guard = start_guard(admin_listen=True, admin_hosts="guard.example, other.example")
    assert guard.http("/metrics", headers=headers)[0] == status
    assert guard.http("/mode", "POST", "observe", headers=headers)[0] == status


def test_a_token_guards_all_but_health(server, start_guard, tmp_path):
    (tmp_path / "token").write_text("s3cret\n")
    guard = start_guard(admin_listen=True, admin_token_file=tmp_path / "token")
    assert guard.http("/healthz")[0] == guard.http("/readyz")[0] == 200
    for path, method in (("/metrics", "GET"), ("/agreement", "GET"), ("/mode", "POST"), ("/reload", "POST"),
                         ("/arm", "POST"), ("/drain", "POST"), ("/nothing", "GET")):
        for wrong in ({}, {"Authorization": "Bearer s3cre"}, {"Authorization": "Bearer S3CRET"}, {"Authorization": "Bearer "},
                      {"Authorization": "Basic s3cret"}):
            assert guard.http(path, method, headers=wrong)[0] == 401
    right = {"Authorization": "Bearer s3cret"}
    assert guard.http("/metrics", headers=right)[0] == 200
    assert guard.http("/reload", "POST", headers=right)[0] == 202
    assert guard.http("/nothing", headers=right)[0] == 404


def test_a_unix_socket_is_the_guards_own(server, start_guard, tmp_path):
    folder = pathlib.Path("/tmp") / f"sg-{os.getpid()}-{time.monotonic_ns()}"
    folder.mkdir()
    path = folder / "admin.sock"
    try:
        guard = start_guard(admin_listen=str(path))
        guard.wait_for_log("health, metrics and commands on")
        assert path.stat().st_mode & 0o777 == 0o600
        done = run_healthcheck(guard)
        assert done.returncode == 0 and json.loads(done.stdout)["ready"] is True
        guard.stop()
        assert not path.exists()
    finally:
        shutil.rmtree(folder)


def test_healthcheck(server, start_guard, tmp_path):
    guard = start_guard(admin_listen=True)
    done = run_healthcheck(guard)
    assert (done.returncode, json.loads(done.stdout)["ready"]) == (0, True)
    assert run_healthcheck(guard, admin_listen="none").returncode == 2
    assert run_healthcheck(guard, mode="stop").returncode == 2
    guard.stop()
    done = run_healthcheck(guard)
    assert done.returncode == 1 and "refused" in done.stderr
    password = tmp_path / "wrong-password"
    password.write_text("not this one\n")
    unready = start_guard(schema=False, admin_listen=True, schema_password_file=password)
    unready.wait_for_log("reading the schema failed")
    done = run_healthcheck(unready)
    assert (done.returncode, json.loads(done.stdout)["ready"]) == (1, False)


def test_off_loopback_it_wants_a_token(server, start_guard, tmp_path):
    guard = start_guard(admin_listen="none")
    done = run_healthcheck(guard, admin_listen="0.0.0.0:1")
    assert done.returncode == 2 and "needs admin_token_file" in done.stderr


def test_what_was_asked_for_must_be_free(server, start_guard):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        command = [str(guards.binary()), "serve", f"--admin-listen={address}",
                   f"--listen=/tmp/sg-{os.getpid()}-{time.monotonic_ns()}.sock", "--event-log=none"]
        guard = start_guard(admin_listen="none")
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=guard.environment())
    assert done.returncode == 1 and address in done.stderr and "in use" in done.stderr


def test_rude_clients_harm_nobody(server, shop, start_guard):
    guard = start_guard(admin_listen=True)
    host, port = guard.settings["admin_listen"].rsplit(":", 1)
    rude = [socket.create_connection((host, int(port)), 30) for _ in range(20)]
    for number, client in enumerate(rude):
        client.sendall([b"", b"GET /", b"\x16\x03\x01\x02\x00\x01", b"POST /mode HTTP/1.1\r\nHost: localhost\r\n"
                        b"Content-Length: 99999999\r\n\r\nblock"][number % 4])
    assert guard.http("/healthz")[0] == 200
    with guard.raw(database=shop) as client:
        client.query("SELECT company FROM customers")
    for client in rude:
        client.close()
    assert guard.http("/healthz")[0] == 200


def test_reading_while_counting(server, shop, start_guard):
    """For ThreadSanitizer: all that is read while workers write it."""
    guard = start_guard(admin_listen=True, mode="block", confirm="none")
    guard.allow_disagreement = True
    with guard.raw(database=shop) as client:
        for round_ in range(20):
            client.query("SELECT company FROM customers")
            for sql in ("SELECT nothing FROM customers", "SELEKT"):
                with pytest.raises(raw.Err):
                    client.query(sql)
            for path in ("/metrics", "/agreement", "/readyz"):
                assert guard.http(path)[0] == 200
            if round_ % 5 == 0:
                assert guard.http("/mode", "POST", "block")[0] == 200
                assert guard.http("/reload", "POST")[0] == 202
