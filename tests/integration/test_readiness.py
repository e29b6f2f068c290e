"""Fault after fault: what /readyz says of it, that nobody is blocked meanwhile, and that promtool takes the metrics of each state."""

import shutil
import subprocess

import pytest
from support import raw, servers

WRONG = "SELECT nothing FROM customers"
FAULTS = ("the password", "the privilege", "the server")


class Watch:
    """A guard in block mode that trusts its schema (confirm = none), and what it tells of itself."""

    def __init__(self, server, guard, promtool):
        self.server, self.guard, self.promtool = server, guard, promtool

    def await_state(self, **expected):
        """Until /readyz says so; /metrics says the same, in a form that promtool accepts."""
        def told():
            state = self.guard.state()
            return {"ready": state["ready"], "arming": state["arming"]["state"], "schema": state["schema"]["state"]}

        self.guard.wait_until(lambda: expected.items() <= told().items(), f"{expected}", 120)
        done = subprocess.run([self.promtool, "check", "metrics"], input=self.guard.http("/metrics")[1], capture_output=True, text=True)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), expected
        if "ready" in expected:
            wanted = int(expected["ready"])
            self.guard.wait_until(lambda: self.guard.prometheus()["schemaguard_ready"] == wanted, f"schemaguard_ready {wanted}")

    def break_it(self, fault):
        account = f"'{self.server.schema.user}'@'%'"
        if fault == "the password":
            self.server.query(f"ALTER USER {account} IDENTIFIED BY 'another-Secret2'")
        elif fault == "the privilege":
            self.server.query(f"REVOKE REFERENCES ON *.* FROM {account}")
        else:
            self.server.kill()

    def repair(self, fault):
        account = f"'{self.server.schema.user}'@'%'"
        if fault == "the password":
            self.server.query(f"ALTER USER {account} IDENTIFIED BY '{self.server.schema.password}'")
        elif fault == "the privilege":
            self.server.query(f"GRANT REFERENCES ON *.* TO {account}")
        else:
            self.server.start_again()
        assert self.guard.http("/reload", "POST")[0] == 202

    def give(self, sql, count=1):
        with self.guard.raw(database="shop") as client:
            for _ in range(count):
                with pytest.raises(raw.Err) as refused:
                    client.query(sql)
                assert refused.value.errno == 1054


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_readiness_follows_each_fault(new_server, server, start_guard):
    promtool = shutil.which("promtool") or servers.require_or_skip(pytest, "promtool is not installed (Debian: prometheus)")
    own = new_server()
    own.query("CREATE DATABASE shop")
    own.query("CREATE TABLE shop.customers (id INT, company VARCHAR(20))")
    guard = start_guard(on=own, mode="block", confirm="none", admin_listen=True, schema_refresh="1s", max_schema_age="20s",
                        block_spike=50, shutdown_timeout="10m")
    watch = Watch(own, guard, promtool)
    for fault in FAULTS:
        watch.await_state(ready=True, arming="armed", schema="current")
        watch.give(WRONG)
        guard.wait_for_counters(blocked=FAULTS.index(fault) + 1)
        watch.break_it(fault)
        watch.await_state(arming="stepped_back", schema="withheld" if fault == "the privilege" else "failing")
        if fault != "the server":
            watch.give(WRONG)  # refused by the server
        watch.await_state(ready=False)
        assert "max_schema_age" in guard.state()["reasons"][0] and guard.state()["schema"]["error"]
        watch.repair(fault)
        watch.await_state(ready=True, arming="stepped_back", schema="current")
        guard.wait_for_counters(blocked=FAULTS.index(fault) + 1)
        assert guard.http("/arm", "POST")[0] == 200
    watch.await_state(ready=True, arming="armed")
    watch.give(WRONG, count=60)
    watch.await_state(ready=True, arming="stepped_back")
    with guard.raw(database="shop") as busy:
        busy.query("BEGIN")
        busy.query("INSERT INTO customers VALUES (1, 'in time')")
        assert guard.http("/drain", "POST")[0] == 202
        watch.await_state(ready=False)
        assert "the guard is draining" in guard.state()["reasons"]
        busy.query("COMMIT")
    assert guard.process.wait(60) == 0
    assert own.query("SELECT company FROM shop.customers")[0][0] == "in time"
