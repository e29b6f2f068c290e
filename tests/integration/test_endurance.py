"""The server dies and comes back, clients come and go by the thousand, the guard is told to stop: nothing is left behind."""

import resource
import signal
import threading
import time

import pytest
from support import raw
from support.cutter import reset


def is_sanitized(guard):
    return "san" in open(f"/proc/{guard.process.pid}/maps").read()


# --- the server goes and comes ----------------------------------------------------------------------------


class Traffic:
    """Clients in threads that query without a pause; each notes how its connection ended."""

    def __init__(self, guard, tls, count=8):
        self.guard, self.tls = guard, tls
        self.ends, self.queries = [], 0
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(at,), daemon=True) for at in range(count)]
        for thread in self.threads:
            thread.start()

    def run(self, at):
        text = ("SELECT REPEAT('x', 10000)", "SELECT 1", "SELECT SLEEP(0.01)", "SELECT name FROM no_such_table")[at % 4]
        try:
            with self.guard.raw(tls=self.tls, database="traffic") as client:
                while not self.over.is_set():
                    try:
                        client.query(text)
                    except raw.Err as refused:
                        if refused.errno not in (1146, 1054):
                            raise
                    self.queries += 1
        except (raw.Err, raw.Closed, OSError) as end:
            self.ends.append(end)

    def wait_until_all_are_told(self):
        for thread in self.threads:
            thread.join(120)
            assert not thread.is_alive(), "a client still waits"
        return self.ends


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_the_server_is_killed_during_traffic_and_started_again(new_server, server, start_guard, tls):
    own = new_server()
    own.query("CREATE DATABASE traffic")
    guard = start_guard(on=own, mode="block", server_tls="required" if tls else "disabled")
    generation = guard.generation()
    descriptors = guard.descriptors()
    for stop in (own.kill, own.kill, own.throwaway.shut_down):
        traffic = Traffic(guard, tls)
        guard.wait_until(lambda: traffic.queries > 200, "there is traffic")
        stop()
        ends = traffic.wait_until_all_are_told()
        assert len(ends) == 8
        for end in ends:
            assert isinstance(end, (raw.Closed, OSError)) or end.errno in (1053, 1927, 2013, 4031, 3169, 1317), end
        with raw.RawConnection(*guard.address) as client:
            with pytest.raises(raw.Err) as refused:
                client.read_greeting()
            assert refused.value.errno == 1053
        own.start_again()
        with guard.raw(tls=tls) as client:
            client.ping()
        guard.wait_for_counters(sessions_open=0)
    own.query("CREATE DATABASE afterwards")
    own.query("CREATE TABLE afterwards.t (a INT)")
    guard.process.send_signal(signal.SIGHUP)
    guard.wait_for_schema(generation)
    with guard.raw(tls=tls) as client:
        client.query("SELECT a FROM afterwards.t")
        with pytest.raises(raw.Err):
            client.query("SELECT b FROM afterwards.t")
    guard.wait_until(lambda: guard.descriptors() <= descriptors + 2, "its descriptors are closed")
    own.drop_database("afterwards")


def test_the_guard_starts_before_the_server(new_server, server, start_guard):
    own = new_server()
    own.kill()
    guard = start_guard(on=own, mode="block", schema=False)
    with raw.RawConnection(*guard.address) as client, pytest.raises(raw.Err):
        client.read_greeting()
    own.start_again()
    guard.wait_for_schema()
    with guard.raw() as client, pytest.raises(raw.Err) as refused:
        client.query("SELECT no_such_column FROM mysql.user")
    assert refused.value.errno == 1054


# --- ten thousand connections ------------------------------------------------------------------------------------


def come_and_go(guard, shop, at):
    """One connection, of ten kinds: they end well and badly, early and late."""
    kind = at % 10
    if kind == 0:
        client = raw.RawConnection(*guard.address)
        if at % 20:
            client.read_greeting()
        (client.close if at % 30 else lambda: reset(client.socket))()
    elif kind == 1:
        with pytest.raises(raw.Err):
            raw.connect(guard.address, "somebody", "wrong", tls=False)
    else:
        with guard.raw(tls=at % 8 == 0, database=shop) as client:
            if kind == 2:
                with pytest.raises(raw.Err):
                    client.query("SELECT name FROM customers")
            elif kind == 3:
                client.prepare("SELECT company FROM customers WHERE id = ?")
            elif kind == 4:
                client.query("CREATE TEMPORARY TABLE t (a INT)")
            elif kind == 5:
                client.query("SET sql_mode = 'ANSI_QUOTES'")
            elif kind == 6:
                client.send_command(raw.COM_QUERY, b"SELECT REPEAT('x', 100000)")
                return reset(client.socket)
            elif kind == 7:
                client.send_bytes(raw.frame(b"\x03SELECT 1") * 10)
                client.query("SELECT company FROM customers")
            client.quit()


def test_ten_thousand_connections_leave_nothing_behind(server, shop, start_guard):
    guard = start_guard(mode="block", log_level="info")
    count = 1000 if is_sanitized(guard) else 10_000
    threads, failures = 4, []

    def run(first, last, step):
        for at in range(first, last, step):
            try:
                come_and_go(guard, shop, at)
            except (raw.Closed, OSError) as problem:
                failures.append((at, problem))

    def all_of(first, last):
        """What the guard holds when all have gone; one that left at once may still wait to be accepted."""
        workers = [threading.Thread(target=run, args=(first + at, last, threads)) for at in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        guard.wait_for_counters(sessions_open=0, connections_accepted=last)
        return guard.descriptors(), guard.memory_kib()

    start = guard.descriptors(), guard.memory_kib()
    warm = all_of(0, count // 5)
    end = all_of(count // 5, count)
    assert failures == []
    print(f"figure: {count} connections, {server.flavour}: descriptors {start[0]} at the start, {warm[0]} after "
          f"{count // 5}, {end[0]} after {count}; memory {start[1]}, {warm[1]}, {end[1]} KiB")
    assert end[0] <= start[0] + 2  # the catalog may be reading just now
    if not is_sanitized(guard):
        assert end[1] - warm[1] < 2048


def test_descriptors_run_out(server, start_guard):
    """Those who are in are served, the others get an error or wait, and all is well when some are free again."""
    guard = start_guard(schema_user=None, workers=1)
    with guard.raw() as first:
        limit = guard.descriptors() + 6
        _, hard = resource.prlimit(guard.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(guard.process.pid, resource.RLIMIT_NOFILE, (limit, hard))
        waiting = [raw.RawConnection(*guard.address) for _ in range(12)]
        guard.wait_for_log("(?i)too many open files|cannot accept")
        first.query("SELECT 1")
        for client in waiting:
            client.close()
        guard.wait_for_counters(sessions_open=1)
        first.query("SELECT 1")
        resource.prlimit(guard.process.pid, resource.RLIMIT_NOFILE, (hard, hard))
        with guard.raw() as late:
            late.query("SELECT 1")


# --- the guard is told to stop -------------------------------------------------------------------------------------


def statuses(client):
    """Sends nothing; what the client is told, then the end."""
    said = []
    try:
        while True:
            packet = client.read_packet()
            said.append(raw.Err(packet).errno if packet.is_err else packet.payload[:1])
    except raw.Closed:
        return said


def test_idle_sessions_end_at_once_and_are_told(server, start_guard):
    guard = start_guard(schema_user=None, shutdown_timeout="1h")
    clients = [guard.raw(tls=tls) for tls in (False, True)] + [raw.RawConnection(*guard.address)]
    clients[2].read_greeting()
    process = guard.process
    process.terminate()
    assert [statuses(client) for client in clients] == [[1053]] * 3
    assert process.wait(120) == 0
    for client in clients:
        client.close()


def test_busy_sessions_finish_their_query_and_transactions_their_work(server, shop, start_guard):
    guard = start_guard(mode="block", shutdown_timeout="1h")
    busy, working = guard.raw(database=shop), guard.raw(database=shop)
    working.query("START TRANSACTION")
    working.query("INSERT INTO orders (customer_id) VALUES (1)")
    busy.send_command(raw.COM_QUERY, b"SELECT SLEEP(0.5), 'done'")
    process = guard.process
    guard.wait_until(lambda: guard.counters()["commands"] >= 3, "the queries have come")
    process.terminate()
    assert busy.read_result().rows == [[b"0", b"done"]]
    assert statuses(busy) == [1053]
    with pytest.raises(OSError):  # nobody new is let in
        while True:
            raw.RawConnection(*guard.address).close()
            time.sleep(0.01)
    working.query("UPDATE products SET stock = 1")
    with pytest.raises(raw.Err):
        working.query("SELECT name FROM customers")
    working.query("COMMIT")
    assert statuses(working) == [1053]
    assert process.wait(120) == 0
    assert server.query("SELECT COUNT(*) FROM orders", shop)[0][0] == 3


def test_what_does_not_end_is_ended_after_shutdown_timeout(server, start_guard):
    guard = start_guard(schema_user=None, shutdown_timeout="300ms")
    busy, working, slow = guard.raw(), guard.raw(), guard.raw()
    working.query("START TRANSACTION")
    slow.send_bytes(b"\x09\0\0\0\x03SEL")
    busy.send_command(raw.COM_QUERY, b"SELECT SLEEP(60)")
    guard.wait_for_counters(commands=2)
    process = guard.process
    process.terminate()
    for client in (busy, working, slow):
        statuses(client)  # until it has ended; what came to the guard too late, or not whole, may be told
    assert process.wait(120) == 0


def test_a_second_signal_stops_at_once(server, start_guard):
    for first, second in ((signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGTERM)):
        guard = start_guard(on=server, schema_user=None, shutdown_timeout="1h")
        busy, working = guard.raw(), guard.raw()
        working.query("START TRANSACTION")
        busy.send_command(raw.COM_QUERY, b"SELECT SLEEP(60)")
        guard.wait_for_counters(commands=2)
        process = guard.process
        process.send_signal(first)
        guard.wait_for_log("a second signal stops at once")
        process.send_signal(second)
        assert process.wait(120) == 0
        for client in (busy, working):
            client.close()
