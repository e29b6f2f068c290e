"""confirm = schema: what is looked up, who waits for it and who does not, and what becomes of those who wait when it
does not come.
"""

import contextlib
import threading

import pytest
from support import gate, raw

WRONG = "SELECT name FROM customers"
NEW = "SELECT town FROM customers"


def refused(client, sql):
    with pytest.raises(raw.Err) as error:
        client.query(sql)
    return error.value.errno, str(error.value)


@pytest.fixture
def way(server):
    with gate.Gate(server.address) as gate_:
        yield gate_


@pytest.fixture
def settings():
    return {"mode": "block", "confirm": "schema", "schema_refresh": "1h", "max_schema_age": "2h"}


def confirms(guard, count):
    return [event["schemaguard.confirm"] for event in guard.wait_for_events(count)]


def test_what_is_looked_up_decides(server, shop, start_guard, settings):
    """Columns and tables, through views and in other databases, by name and by USE; the session's own are not."""
    guard = start_guard(**settings, admin_listen=True)
    with server.raw(database=shop) as around, guard.raw(database=shop) as client:
        around.query("CREATE VIEW everybody AS SELECT id, company FROM customers")
        around.query("ALTER TABLE customers ADD town VARCHAR(20)")
        before = guard.generation()
        client.query(NEW)
        guard.wait_for_schema(after=before)
        client.query("SELECT company FROM everybody")
        for sql in (WRONG, "SELECT name FROM everybody", "SELECT * FROM nowhere", f"SELECT `{shop}`.customers.name FROM customers",
                    "SELECT TABLE_NAM FROM information_schema.tables"):
            assert refused(client, sql) == refused(around, sql)
        for at in (client, around):
            at.query("USE information_schema")
        for sql in (f"SELECT name FROM `{shop}`.customers", "SELECT 1 FROM nowhere", f"SELECT a.id, b.nam FROM `{shop}`.customers a, tables b"):
            assert refused(client, sql) == refused(around, sql)
    assert confirms(guard, 9) == ["refuted"] + ["confirmed"] * 8
    counters = guard.counters()
    assert counters["blocked"] == counters["confirm_confirmed"] == 8 and counters["stale"] == 1
    metrics = guard.prometheus()
    assert metrics['schemaguard_confirmations_total{result="confirmed"}'] == 8
    assert metrics["schemaguard_confirm_duration_seconds_count"] == 9


def test_no_table_is_looked_up_for_what_none_could_explain(server, shop, start_guard, settings):
    guard = start_guard(**settings)
    with server.raw(database=shop) as direct, guard.raw(database=shop) as client:
        for at in (direct, client):
            at.query("CREATE TEMPORARY TABLE customers (id INT, own INT)")
            at.query("SELECT own FROM customers")
        for sql in ("SELECT company FROM customers", "SELECT nothing", "SELECT own, nothing FROM customers"):
            assert refused(client, sql) == refused(direct, sql)
        guard.wait_for_counters(blocked=3, schema_lookups=0)
        assert refused(client, "SELECT c.company FROM customers c JOIN orders o") == \
            refused(direct, "SELECT c.company FROM customers c JOIN orders o")
        guard.wait_for_counters(blocked=4)


def test_a_statement_that_was_prepared_before(server, shop, start_guard, settings):
    guard = start_guard(**settings)
    server.query(f"ALTER TABLE `{shop}`.customers ADD town VARCHAR(20)")
    guard.reload()
    with guard.raw(database=shop) as client:
        statement, _, _ = client.prepare(NEW)
        client.execute(statement)
        server.query(f"ALTER TABLE `{shop}`.customers DROP town")
        guard.reload()
        with pytest.raises(raw.Err) as error:
            client.execute(statement)
        assert error.value.errno == 1054
        server.query(f"ALTER TABLE `{shop}`.customers ADD town VARCHAR(20)")
        client.execute(statement)
    assert confirms(guard, 2) == ["confirmed", "refuted"]


def test_it_arms_as_none_does(server, shop, start_guard, settings):
    guard = start_guard(**settings, arm="after", arm_after=1000000, admin_listen=True)
    with guard.raw(database=shop) as client:
        assert refused(client, WRONG)[0] == 1054
        event, = guard.wait_for_events(1)
        assert (event["schemaguard.action"], event["schemaguard.rule"]) == ("forwarded", "not armed")
        assert event["schemaguard.confirm"] == "not_asked" and event["schemaguard.would_block"] is True
        assert guard.http("/arm", "POST")[0] == 200
        assert refused(client, WRONG)[0] == 1054
    assert confirms(guard, 2)[1] == "confirmed"


def test_many_that_wait_share_a_look_up_and_hold_up_nobody(server, shop, start_guard, settings, way):
    guard = start_guard(**settings, server=way.text, workers=1)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(guard.raw(database=shop)) for _ in range(32)]
        free = stack.enter_context(guard.raw(database=shop))
        server.query(f"ALTER TABLE `{shop}`.customers ADD town VARCHAR(20)")
        way.stall()
        for number, client in enumerate(clients):
            client.send_bytes(b"".join(raw.frame(b"\x03" + sql.encode()) for sql in
                                       ("SELECT 1", NEW if number % 2 else WRONG, "SELECT 2")))
            assert client.read_result().rows == [[b"1"]]
        guard.wait_for_counters(confirm_asked=32)
        assert free.query("SELECT company FROM customers WHERE id = 1").rows # of the same worker
        way.open_again()
        for number, client in enumerate(clients):
            if number % 2:
                client.read_result()
            else:
                with pytest.raises(raw.Err):
                    client.read_result()
            assert client.read_result().rows == [[b"2"]]
    counters = guard.counters()
    assert counters["schema_lookups"] <= 2, "those that came while the first was under way share the second"
    assert (counters["confirm_refuted"], counters["confirm_confirmed"]) == (16, 16)


@pytest.mark.parametrize("action", ["forward", "block"])
def test_a_look_up_that_does_not_come(server, shop, start_guard, settings, way, action):
    guard = start_guard(**{**settings, "confirm_timeout": "300ms"}, on_confirm_timeout=action, server=way.text)
    guard.allow_disagreement = True
    with guard.raw(database=shop) as client:
        server.query(f"ALTER TABLE `{shop}`.customers ADD town VARCHAR(20)")
        way.stall()
        if action == "forward":
            client.query(NEW)
        else:
            assert refused(client, NEW)[0] == 1054
        guard.wait_for_counters(confirm_timed_out=1, blocked=int(action == "block"))
        way.open_again()
        guard.reload()
    event, = guard.wait_for_events(1)
    assert event["schemaguard.confirm"] == "timed_out"
    assert event["schemaguard.agreement"] == ("stale" if action == "forward" else "unknown")


def test_a_client_that_leaves_while_it_is_held(server, shop, start_guard, settings, way):
    guard = start_guard(**settings, server=way.text)
    with guard.raw(database=shop) as client:
        way.stall()
        client.send_query(WRONG)
        guard.wait_for_counters(confirm_asked=1)
    guard.wait_for_counters(sessions_open=0)
    way.open_again()
    guard.reload()
    assert confirms(guard, 1) == ["not_asked"]


def test_a_drain_answers_who_is_held(server, shop, start_guard, settings, way):
    guard = start_guard(**settings, server=way.text, admin_listen=True, shutdown_timeout="1m")
    with guard.raw(database=shop) as client:
        way.stall()
        client.send_query(WRONG)
        guard.wait_for_counters(confirm_asked=1)
        assert guard.http("/drain", "POST")[0] == 202
        guard.wait_for_log("stopping")
        threading.Timer(0.5, way.open_again).start()
        with pytest.raises(raw.Err) as error:
            client.read_result()
        assert error.value.errno == 1054
        with pytest.raises((raw.Err, raw.Closed)): # 1053, idle now
            client.read_result()
