"""Proof before a block, where the guard's schema is wrong: what the server would run is never stopped, the events say
whose fault a suspicion was, and a migration around the guard stops nobody.
"""

import contextlib
import itertools
import secrets

import pytest
from support import raw

# `{t}` and `{u}` are tables that the guard has not heard of yet: t(id, company, email), u(id, t_id, total).
KINDS = {
    "column": "SELECT company FROM {t}",
    "star": "SELECT * FROM {t}",
    "alias": "SELECT a.company FROM {t} a",
    "table-star": "SELECT {t}.* FROM {t}",
    "where": "SELECT 1 FROM {t} WHERE email = 'x'",
    "group": "SELECT email, COUNT(*) FROM {t} GROUP BY email",
    "having": "SELECT email FROM {t} GROUP BY email HAVING email > ''",
    "order": "SELECT company FROM {t} ORDER BY email",
    "limit": "SELECT company FROM {t} ORDER BY id LIMIT 1",
    "distinct": "SELECT DISTINCT company FROM {t}",
    "expression": "SELECT UPPER(CONCAT(company, email)) FROM {t}",
    "case": "SELECT CASE WHEN id = 1 THEN company ELSE email END FROM {t}",
    "aggregate": "SELECT MAX(total), SUM(total) FROM {u}",
    "join": "SELECT a.company, b.total FROM {t} a JOIN {u} b ON b.t_id = a.id",
    "left-join": "SELECT a.company FROM {t} a LEFT JOIN {u} b ON b.t_id = a.id WHERE b.id IS NULL",
    "using": "SELECT company, total FROM {t} JOIN {u} USING (id)",
    "comma": "SELECT company, total FROM {t}, {u}",
    "subquery": "SELECT company FROM {t} WHERE id IN (SELECT t_id FROM {u})",
    "correlated": "SELECT company FROM {t} a WHERE EXISTS (SELECT 1 FROM {u} b WHERE b.t_id = a.id)",
    "scalar": "SELECT (SELECT MAX(total) FROM {u}) FROM {t}",
    "derived": "SELECT d.company FROM (SELECT company FROM {t}) d",
    "cte": "WITH c AS (SELECT company FROM {t}) SELECT company FROM c",
    "union": "SELECT id FROM {t} UNION SELECT total FROM {u}",
    "window": "SELECT company, ROW_NUMBER() OVER (PARTITION BY email ORDER BY id) FROM {t}",
    "known-and-new": "SELECT c.id FROM customers c JOIN {t} a ON a.id = c.id",
    "lock": "SELECT company FROM {t} FOR UPDATE",
    "insert": "INSERT INTO {t} (id, company, email) VALUES (10, 'a', 'b')",
    "insert-all": "INSERT INTO {t} VALUES (10, 'a', 'b')",
    "insert-set": "INSERT INTO {t} SET id = 10, company = 'a', email = 'b'",
    "insert-select": "INSERT INTO {u} (id, t_id, total) SELECT id + 100, id, 1 FROM {t}",
    "insert-duplicate": "INSERT INTO {t} (id, company, email) VALUES (1, 'a', 'b') ON DUPLICATE KEY UPDATE company = 'c'",
    "insert-ignore": "INSERT IGNORE INTO {t} (id, company, email) VALUES (1, 'a', 'b')",
    "replace": "REPLACE INTO {t} (id, company, email) VALUES (1, 'a', 'b')",
    "update": "UPDATE {t} SET company = 'x' WHERE email = 'y'",
    "update-join": "UPDATE {t} a JOIN {u} b ON b.t_id = a.id SET a.company = 'x', b.total = 2",
    "update-limit": "UPDATE {t} SET company = 'x' ORDER BY id LIMIT 1",
    "delete": "DELETE FROM {u} WHERE total > 100",
    "delete-join": "DELETE b FROM {t} a JOIN {u} b ON b.t_id = a.id WHERE a.company = 'zzz'",
    "qualified": "SELECT {d}.{t}.company FROM {d}.{t}",
    "values": "SELECT company FROM {t} WHERE id BETWEEN 1 AND 5 AND email LIKE '%a%'",
}


def send_text(client, sql):
    client.send_query(sql)


def take_text(client):
    assert list(client.read_results())


def send_prepared(client, sql):
    client.send_prepare(sql)


def take_prepared(client):
    statement, _, _ = client.read_prepared()
    client.execute(statement)


def send_in_transaction(client, sql):
    client.query("BEGIN")
    client.send_query(sql)


def take_in_transaction(client):
    try:
        take_text(client)
    finally:
        client.query("ROLLBACK")


CARRIERS = {"text": (send_text, take_text), "prepared": (send_prepared, take_prepared),
            "transaction": (send_in_transaction, take_in_transaction)}


def make_tables(server, database, mark):
    t, u = f"`{database}`.t_{mark}", f"`{database}`.u_{mark}"
    server.query(f"CREATE TABLE {t} (id INT PRIMARY KEY, company VARCHAR(20), email VARCHAR(20))")
    server.query(f"CREATE TABLE {u} (id INT PRIMARY KEY, t_id INT, total INT)")
    server.query(f"INSERT INTO {t} VALUES (1, 'x', 'y')")


class Suspicions:
    """Each kind of statement on a connection of its own, so that they are there together: the first that is refuted
    makes the guard read the schema again, by which the others would be none."""

    def __init__(self, guard, shop, carrier, server):
        self.guard, self.shop, self.server = guard, shop, server
        self.send, self.take = CARRIERS[carrier]
        self.events = {}
        self.stopped = set()

    def ask(self, names):
        marks = {name: secrets.token_hex(4) for name in names}
        for mark in marks.values():
            make_tables(self.server, self.shop, mark)
        with contextlib.ExitStack() as stack:
            clients = {name: stack.enter_context(self.guard.raw(database=self.shop)) for name in names}
            for name, client in clients.items():
                mark = marks[name]
                self.send(client, KINDS[name].format(t=f"t_{mark}", u=f"u_{mark}", d=self.shop))
            for name, client in clients.items():
                self.hear(name, client)
        self.guard.reload() # settles what is in doubt
        counters = self.guard.counters()
        for event in self.guard.wait_for_events(counters["stale"] + counters["blocked"]):
            self.events.update({name: event for name, mark in marks.items() if mark in event["db.query.text"]})

    def hear(self, name, client):
        try:
            self.take(client)
        except raw.Err as refused:
            assert refused.errno in (1054, 1146), (name, refused)
            self.stopped.add(name)


QUICK = [("server", "text"), ("server", "transaction"), ("schema", "prepared"), ("none", "text")]


@pytest.mark.parametrize(("confirm", "carrier"), [
    pytest.param(*way, marks=() if way in QUICK else pytest.mark.full)
    for way in itertools.product(("server", "schema", "none"), CARRIERS)])
def test_a_hundred_mistaken_suspicions(server, shop, start_guard, carrier, confirm):
    """40 kinds of statement, each in 3 ways: about tables that were made a moment ago, around the guard.

    What was no suspect, since the schema had been read again, is tried once more with other tables.
    """
    guard = start_guard(mode="block", confirm=confirm, schema_refresh="1h", max_schema_age="2h")
    told = Suspicions(guard, shop, carrier, server)
    for _ in range(len(KINDS)):
        if left := [name for name in KINDS if name not in told.events]:
            told.ask(left)
    assert set(told.events) == set(KINDS)
    counters = guard.counters()
    assert counters["false_positive"] == 0
    by_field = {field: {event["schemaguard." + field] for event in told.events.values()}
                for field in ("action", "agreement", "would_block", "confirm")}
    if confirm == "none":
        assert told.stopped == set(KINDS)
        assert by_field["action"] == {"blocked"}
        return
    assert not told.stopped and counters["blocked"] == 0
    wanted = {"not_asked"} if (confirm, carrier) == ("server", "prepared") else {"refuted"}
    assert by_field == {"action": {"forwarded"}, "agreement": {"stale"}, "would_block": {False}, "confirm": wanted}
    if confirm == "schema":
        assert counters["confirm_refuted"] == counters["stale"]


def test_a_column_that_was_added_around_the_guard(server, shop, start_guard):
    guard = start_guard(mode="block", schema_refresh="1h", max_schema_age="2h", admin_listen=True)
    before = guard.generation()
    with guard.raw(database=shop) as client:
        server.query(f"ALTER TABLE `{shop}`.customers ADD town VARCHAR(20)")
        client.query("SELECT town FROM customers")
        guard.wait_for_schema(after=before)
        guard.wait_for_counters(stale=1, false_positive=0, blocked=0, stepped_back=0)
        client.query("SELECT town FROM customers")
        server.query(f"ALTER TABLE `{shop}`.customers DROP town")
        guard.reload()
        with pytest.raises(raw.Err):
            client.query("SELECT town FROM customers")
    first, second = guard.wait_for_events(2)
    assert (first["schemaguard.agreement"], first["schemaguard.confirm"]) == ("stale", "refuted")
    assert second["schemaguard.action"] == "blocked"
    assert guard.state()["arming"]["state"] == "armed"
    assert guard.agreement()["stale"] == 1


def test_a_false_positive_survives_the_reading_and_makes_it_step_back(server, shop, start_guard):
    """The column is there only while the guard cannot see it."""
    account = f"blind_{secrets.token_hex(4)}"
    path = server.schema_password_file.parent / account
    path.write_text("first-Secret1\n")
    server.query(f"CREATE USER {account}@'%' IDENTIFIED BY 'first-Secret1'")
    server.query(f"GRANT REFERENCES ON *.* TO {account}@'%'")
    try:
        guard = start_guard(mode="block", admin_listen=True, schema_user=account, schema_password_file=path,
                            schema_refresh="1h", max_schema_age="2h")
        guard.allow_disagreement = True
        with guard.raw(database=shop) as client:
            server.query(f"ALTER USER {account}@'%' IDENTIFIED BY 'another-Secret2'")
            server.query(f"ALTER TABLE `{shop}`.customers ADD town VARCHAR(20)")
            client.query("SELECT town FROM customers")
            server.query(f"ALTER TABLE `{shop}`.customers DROP town")
            guard.wait_for_log("reading the schema failed")
            assert guard.counters()["false_positive"] == 0 and not guard.events()
            server.query(f"ALTER USER {account}@'%' IDENTIFIED BY 'first-Secret1'")
            guard.reload()
            guard.wait_for_counters(false_positive=1, stale=0)
            guard.wait_for_log("ALARM: stepped back to observe: the server ran a statement")
            event, = guard.wait_for_events(1)
            assert event["schemaguard.agreement"] == "false_positive"
            guard.wait_until(lambda: guard.agreement()["examples"]["false_positive"], "an example")
            example, = guard.agreement()["examples"]["false_positive"]
            assert example["guard"]["error"] == 1054 and example["server"]["error"] == 0
            assert "town" in example["guard"]["message"] and "town" in example["text"]
            with pytest.raises(raw.Err):
                client.query("SELECT nothing FROM customers")
            assert guard.wait_for_events(2)[1]["schemaguard.action"] == "forwarded"
        guard.stop()
    finally:
        server.query(f"DROP USER {account}@'%'")


def test_doubts_are_told_when_the_guard_ends(server, shop, start_guard):
    account = f"blind_{secrets.token_hex(4)}"
    path = server.schema_password_file.parent / account
    path.write_text("first-Secret1\n")
    server.query(f"CREATE USER {account}@'%' IDENTIFIED BY 'first-Secret1'")
    server.query(f"GRANT REFERENCES ON *.* TO {account}@'%'")
    try:
        guard = start_guard(schema_user=account, schema_password_file=path, schema_refresh="1h", max_schema_age="2h")
        guard.allow_disagreement = True
        server.query(f"ALTER USER {account}@'%' IDENTIFIED BY 'another-Secret2'")
        server.query(f"ALTER TABLE `{shop}`.customers ADD town VARCHAR(20)")
        with guard.raw(database=shop) as client:
            client.query("SELECT town FROM customers")
        guard.stop()
        event, = guard.events()
        assert event["schemaguard.agreement"] == "false_positive"
    finally:
        server.query(f"DROP USER {account}@'%'")
