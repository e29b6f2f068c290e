"""A migration by hand, on the server, while 32 clients use old and new columns: nobody is stopped wrongly."""

import contextlib
import struct
import threading
import time

import pytest
from support import raw

CLIENTS = 32
ROUNDS = 4


class Column:
    """Whether a column is there: it may be used from after its ADD until before its DROP."""

    def __init__(self):
        self.changed = threading.Condition()
        self.name = None
        self.users = 0

    @contextlib.contextmanager
    def used(self):
        """The column's name, which stays for so long; None while there is none."""
        with self.changed:
            name = self.name
            self.users += name is not None
        try:
            yield name
        finally:
            with self.changed:
                self.users -= name is not None
                self.changed.notify_all()

    def appear(self, name):
        with self.changed:
            self.name = name

    def vanish(self):
        with self.changed:
            self.name = None
            while self.users:
                self.changed.wait()


def use(client, column, prepared, number):
    """One statement about an old column, one about the new."""
    with column.used() as name:
        for wanted in ("company", name):
            if wanted is None:
                continue
            sql = f"SELECT {wanted} FROM customers WHERE id = {number}"
            if prepared:
                statement, _, _ = client.prepare(sql)
                client.execute(statement)
                client.send_command(raw.COM_STMT_CLOSE, struct.pack("<I", statement))
            else:
                client.query(sql)


@pytest.mark.full
def test_a_migration_under_32_clients(server, shop, start_guard):
    guard = start_guard(mode="block", schema_refresh="1h", max_schema_age="2h", admin_listen=True)
    column, ending, wrong = Column(), threading.Event(), []
    statements = [0] * CLIENTS

    def work(number):
        try:
            with guard.raw(database=shop) as client:
                while not ending.is_set():
                    use(client, column, number % 2, number)
                    statements[number] += 1
        except (raw.Err, raw.Closed, AssertionError) as problem:
            wrong.append(f"client {number}: {problem!r}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    noticed = {"through the guard": [], "around it": []}
    try:
        with guard.raw(database=shop) as through, server.raw(database=shop) as around:
            for round_ in range(ROUNDS):
                for way, client in (("through the guard", through), ("around it", around)):
                    generation = guard.generation()
                    client.query(f"ALTER TABLE customers ADD town_{round_} VARCHAR(20)")
                    began = time.monotonic()
                    column.appear(f"town_{round_}")
                    guard.wait_until(lambda: guard.generation() > generation or wrong, "the new column is noticed")
                    assert not wrong, wrong[:5]
                    noticed[way].append(time.monotonic() - began)
                    column.vanish()
                    client.query(f"ALTER TABLE customers RENAME COLUMN town_{round_} TO city_{round_}")
                    column.appear(f"city_{round_}")
                    time.sleep(0.2) # some use of it
                    column.vanish()
                    client.query(f"ALTER TABLE customers DROP city_{round_}")
                    guard.reload()
    finally:
        ending.set()
        column.vanish()
        for thread in threads:
            thread.join(60)
    assert not wrong, wrong[:5]
    assert all(statements), "some client did nothing"
    guard.reload() # settles what is in doubt
    counters = guard.counters()
    assert counters["blocked"] == counters["false_positive"] == counters["stepped_back"] == 0
    assert guard.state()["arming"]["state"] == "armed"
    for way, seconds in noticed.items():
        print(f"figure: DDL {way} was noticed within {max(seconds):.2f} s ({server.flavour}, {sum(statements)} rounds of "
              f"{CLIENTS} clients, {counters['stale']} stale suspicions)")
