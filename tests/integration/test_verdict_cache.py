"""Verdicts that are remembered by the statement's shape: what came twice is not judged again, and nothing is known longer
than the schema that it was judged by. The cache itself is tests/unit/verdict/test_cache.c's."""

import pytest
from support import raw


@pytest.fixture
def items(server, database):
    server.query("CREATE TABLE items (id INT PRIMARY KEY, name VARCHAR(20), price INT)", database)
    server.query("INSERT INTO items VALUES (1, 'nail', 3), (2, 'saw', 40)", database)
    return database


def refusal(client, sql):
    """The number of the error, or None."""
    try:
        client.query(sql)
    except raw.Err as refused:
        return refused.errno
    return None


def test_a_shape_is_judged_twice(items, start_guard):
    guard = start_guard(mode="block", workers=1)
    with guard.raw(database=items) as client:
        for price in range(20):
            client.query(f"SELECT name FROM items WHERE price = {price} AND name <> 'x{price}'")
        client.query("SELECT name FROM items WHERE price = 1.5 AND name <> 'x'")
    guard.wait_for_counters(verdict_cache_hits=18, statements_inspected=21, verdict_ok=21, agree=21)


def test_without_a_cache(items, start_guard):
    guard = start_guard(mode="block", workers=1, verdict_cache_bytes="0")
    with guard.raw(database=items) as client:
        for price in range(5):
            client.query(f"SELECT name FROM items WHERE price = {price}")
    guard.wait_for_counters(verdict_cache_hits=0, verdict_cache_misses=0, statements_inspected=5)


def test_a_mismatch_is_never_known(items, start_guard):
    guard = start_guard(mode="block", workers=1)
    with guard.raw(database=items) as client:
        for price in range(5):
            assert refusal(client, f"SELECT nmae FROM items WHERE price = {price}") == 1054
            assert refusal(client, f"SELECT id, name FROM items WHERE price > {price} ORDER BY id, 3") == 1054
            assert refusal(client, f"SELECT id, name FROM items WHERE price > {price} ORDER BY id, 2") is None
    guard.wait_for_counters(verdict_cache_hits=0, blocked=10)


def test_another_database_is_another_context(server, items, start_guard):
    guard = start_guard(mode="block", workers=1)
    with guard.raw(database=items) as client:
        for number in (1, 2, 3):
            assert refusal(client, f"SELECT name FROM items WHERE id = {number}") is None
        client.query("USE information_schema")
        assert refusal(client, "SELECT name FROM items WHERE id = 2") in (1146, 1109)
        client.query(f"USE {items}")
        assert refusal(client, "SELECT name FROM items WHERE id = 3") is None


def test_a_temporary_table_hides_what_is_known(items, start_guard):
    guard = start_guard(mode="block", workers=1)
    with guard.raw(database=items) as client:
        for number in (1, 2, 3):
            assert refusal(client, f"SELECT name FROM items WHERE id = {number}") is None
        client.query("CREATE TEMPORARY TABLE items (id INT, other INT)")
        assert refusal(client, "SELECT name FROM items WHERE id = 3") == 1054
        assert refusal(client, "SELECT other FROM items WHERE id = 3") is None
        client.query("DROP TEMPORARY TABLE items")
        assert refusal(client, "SELECT name FROM items WHERE id = 4") is None


def test_nothing_is_known_under_another_schema(server, items, start_guard):
    """Until the new schema is read the server finds the missing column, and the guard says that it missed it."""
    guard = start_guard(mode="block", confirm="none", workers=1)
    guard.allow_disagreement = True
    with guard.raw(database=items) as client:
        for number in (1, 2, 3):
            assert refusal(client, f"SELECT name FROM items WHERE id = {number}") is None
        generation = guard.generation()
        server.query("ALTER TABLE items DROP COLUMN name", items)
        guard.reload()
        guard.wait_for_schema(after=generation)

        def is_blocked():
            assert refusal(client, "SELECT name FROM items WHERE id = 5") == 1054
            return any(event["schemaguard.action"] == "blocked" for event in guard.events())
        guard.wait_until(is_blocked, "the shape is judged by the new schema")
        assert refusal(client, "SELECT price FROM items WHERE id = 6") is None
