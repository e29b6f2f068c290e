"""Proof before a block, where the guard's schema is wrong: what the server would run is never stopped, the events say
whose fault a suspicion was, and a migration around the guard stops nobody.
"""

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


def ask_text(client, sql):
    for result in client.query_all(sql):
        assert result is not None


def ask_prepared(client, sql):
    statement, _, columns = client.prepare(sql)
    client.execute(statement)


def ask_in_transaction(client, sql):
    client.query("BEGIN")
    client.query_all(sql)
    client.query("ROLLBACK")


CARRIERS = {"text": ask_text, "prepared": ask_prepared, "transaction": ask_in_transaction}


def make_tables(server, database, names):
    for t, u in names:
        server.query(f"CREATE TABLE `{database}`.{t} (id INT PRIMARY KEY, company VARCHAR(20), email VARCHAR(20))")
        server.query(f"CREATE TABLE `{database}`.{u} (id INT PRIMARY KEY, t_id INT, total INT)")
        server.query(f"INSERT INTO `{database}`.{t} VALUES (1, 'x', 'y')")


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("confirm", ["server", "none"])
def test_a_hundred_mistaken_suspicions(server, shop, start_guard, carrier, confirm):
    """40 kinds of statement, each in 3 ways: about tables that were made a moment ago, around the guard.

    When the schema was read again in between, a statement is no suspect: it is tried once more, with other tables.
    """
    guard = start_guard(mode="block", confirm=confirm, schema_refresh="1h", max_schema_age="2h")
    left = dict(KINDS)
    suspected = {}
    stopped = set()
    tries = 0
    with guard.raw(database=shop, capabilities=raw.DEFAULT_CAPABILITIES | raw.MULTI_STATEMENTS) as client:
        while left:
            tries += 1
            assert tries < 40, f"never suspected: {sorted(left)}"
            kind = {}
            for name in list(left)[:8]:
                mark = secrets.token_hex(4)
                kind[f"t_{mark}"] = name
                make_tables(server, shop, [(f"t_{mark}", f"u_{mark}")])
            for table, name in kind.items():
                sql = KINDS[name].format(t=table, u="u" + table[1:], d=shop)
                try:
                    CARRIERS[carrier](client, sql)
                except raw.Err as refused:
                    assert refused.errno in (1054, 1146), (name, refused)
                    stopped.add(name)
                    if carrier == "transaction":
                        client.query("ROLLBACK")
            guard.reload() # settles what is in doubt
            counters = guard.counters()
            told = counters["stale"] + counters["blocked"]
            for event in guard.wait_for_events(told):
                for table, name in kind.items():
                    if table[2:] in event["db.query.text"]:
                        suspected[name] = event
                        left.pop(name, None)
    assert set(suspected) == set(KINDS)
    counters = guard.counters()
    assert counters["false_positive"] == 0
    if confirm == "none":
        assert stopped == set(KINDS)
        assert {event["schemaguard.action"] for event in suspected.values()} == {"blocked"}
    else:
        assert not stopped
        assert {event["schemaguard.action"] for event in suspected.values()} == {"forwarded"}
        assert {event["schemaguard.agreement"] for event in suspected.values()} == {"stale"}
        assert {event["schemaguard.would_block"] for event in suspected.values()} == {False}
        wanted = {"not_asked"} if carrier == "prepared" else {"refuted"}
        assert {event["schemaguard.confirm"] for event in suspected.values()} == wanted
        assert counters["blocked"] == 0


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
