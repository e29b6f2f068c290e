"""Connections that are cut and packets that are damaged, one after the other, on either side of the guard.

Whatever is done to a session: it ends, with an error in protocol or a close, for a reason that has a name; nothing is
left of it; and a session beside it is served all the while.
"""

import contextlib
import os
import ssl
import statistics
import struct
import threading
import time

import pytest
from support import breaker, raw
from support.cutter import reset

pytestmark = pytest.mark.full

PATIENCE = 1.0  # of a client whose packet may never come: it leaves
HANG = 60.0  # none is this slow


def conversation(client, database):
    """A little of everything; one statement that the guard holds and asks about, alone and pipelined."""
    client.query("SELECT id, company FROM customers ORDER BY id")
    with pytest.raises(raw.Err) as refused:
        client.query("SELECT name FROM customers")
    if refused.value.errno != 1054:
        raise refused.value
    client.query_all("SELECT 1; SELECT id FROM products")
    statement, _, _ = client.prepare("SELECT company FROM customers WHERE id = 1")
    client.execute(statement)
    client.command(raw.COM_INIT_DB, database.encode())
    client.send_bytes(raw.frame(b"\x03SELECT 1") + raw.frame(b"\x03SELECT nope FROM products") + raw.frame(b"\x0e"))
    client.read_result()
    with contextlib.suppress(raw.Err):
        client.read_result()
    client.read_checked()
    client.query("INSERT INTO orders (customer_id) VALUES (1)")
    client.ping()
    client.quit()


def converse(address, account, database, tls, seconds):
    """One conversation; how it ended: "whole", "told" (by an ERR), "closed", "silent" (for so many seconds) or
    "nonsense" (what the client was told makes none)."""
    try:
        with raw.RawConnection(*address) as client:
            client.socket.settimeout(seconds)
            client.login(account.user, account.password, database=database, tls=tls,
                         capabilities=raw.DEFAULT_CAPABILITIES | raw.MULTI_STATEMENTS)
            conversation(client, database)
        return "whole"
    except raw.Err:
        return "told"
    except TimeoutError:
        return "silent"
    except (raw.Closed, ssl.SSLError, OSError):
        return "closed"
    except (AssertionError, LookupError, struct.error, ValueError, pytest.fail.Exception):
        return "nonsense"


class Witness:
    """A session that pings all the time: it must be answered; how long it waited at most and usually (ms)."""

    def __init__(self, guard, **login):
        self.client = guard.raw(**login)
        self.waits, self.problem = [], None
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            while not self.over.wait(0.002):
                started = time.monotonic()
                self.client.ping()
                self.waits.append((time.monotonic() - started) * 1000)
        except (raw.Err, raw.Closed, OSError) as problem:
            self.problem = problem

    def stop(self):
        self.over.set()
        self.thread.join(60)
        self.client.quit()
        assert self.problem is None, f"the session beside was not served: {self.problem!r}"
        ordered = sorted(self.waits)
        return f"the session beside waited {statistics.median(ordered):.1f} ms usually, " \
               f"{ordered[len(ordered) * 99 // 100]:.1f} ms at the 99th percentile, {ordered[-1]:.1f} ms at most"


def judge_ends(guard, before, figure):
    """Every session has ended, for a reason with a name, and holds nothing."""
    guard.wait_for_counters(sessions_open=0)
    counters = guard.counters()
    reasons = {name.removeprefix("closed_"): count for name, count in counters.items()
               if name.startswith("closed_") and count}
    assert sum(reasons.values()) == counters["connections_accepted"], reasons
    assert "internal" not in reasons
    guard.wait_until(lambda: sockets_of(guard) <= before, "its sockets are closed")
    print(f"figure: {figure}; ends: " + listed(reasons))


def sockets_of(guard):
    count = 0
    for name in os.listdir(f"/proc/{guard.process.pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            count += os.readlink(f"/proc/{guard.process.pid}/fd/{name}").startswith("socket:")
    return count


def run_all(relay, deeds, play, seconds):
    """Each deed on a connection of its own; how often the conversations ended in which way."""
    ends = {}
    run_some(relay, deeds, play, seconds, ends)
    # a connection of the guard's own, made to see whether the server is there, has taken a deed and not come so far
    relay.deeds.clear()
    run_some(relay, [deed for deed in deeds if not deed.done], play, seconds, ends)
    return ends


def run_some(relay, deeds, play, seconds, ends, threads=8):
    waiting, lock = list(deeds), threading.Lock()

    def run():
        while True:
            with lock:
                if not waiting:
                    return
                deed = waiting.pop(0)
                relay.plan(deed)
            end = play(seconds)
            with lock:
                ends[end] = ends.get(end, 0) + 1

    workers = [threading.Thread(target=run) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(300)
        assert not worker.is_alive()


def listed(counts):
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))


@contextlib.contextmanager
def broken(server, start_guard, shop, side, tls):
    """(guard, relay, play): the relay stands before or behind the guard."""
    settings = {"mode": "block", "login_timeout": "4s", "connect_timeout": "4s",
                "server_tls": "required" if tls else "disabled"}
    with contextlib.ExitStack() as stack:
        if side == "server":
            relay = stack.enter_context(breaker.Relay(server.address))
            guard = start_guard(on=server, server=relay.text, **settings)
            address = guard.address
        else:
            guard = start_guard(on=server, **settings)
            relay = stack.enter_context(breaker.Relay(guard.address))
            address = relay.address
        yield guard, relay, lambda seconds: converse(address, server.app, shop, tls, seconds)


def count_packets(relay, play):
    assert play(HANG) == "whole"
    return relay.last.packets


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("side", ["client", "server"])
def test_a_cut_at_every_packet(server, shop, start_guard, side, tls):
    with broken(server, start_guard, shop, side, tls) as (guard, relay, play):
        before = sockets_of(guard)
        packets = count_packets(relay, play)
        witness = Witness(guard)
        ends = run_all(relay, [breaker.Deed(what, at) for what in ("cut", "half") for at in range(packets)], play, HANG)
        waited = witness.stop()
        assert not ends.keys() & {"silent", "nonsense"}, ends
        judge_ends(guard, before, f"{2 * packets} cuts on the {side}'s side, {server.flavour}, "
                                  f"{'TLS' if tls else 'plain'}: {listed(ends)}; {waited}")


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("side", ["client", "server"])
def test_a_damaged_packet(server, shop, start_guard, side, tls):
    """Every packet of the conversation, damaged in one of the ways. What the client makes of it is its own affair."""
    damage_packets(server, shop, start_guard, side, tls, lambda at: [breaker.DAMAGES[at % len(breaker.DAMAGES)]])


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("side", ["client", "server"])
def test_every_damage_to_every_packet(server, shop, start_guard, side, tls):
    damage_packets(server, shop, start_guard, side, tls, lambda at: breaker.DAMAGES)


def damage_packets(server, shop, start_guard, side, tls, ways):
    with broken(server, start_guard, shop, side, tls) as (guard, relay, play):
        guard.allow_disagreement = True  # what the server seems to say is not what it said
        before = sockets_of(guard)
        packets = count_packets(relay, play)
        witness = Witness(guard)
        deeds = [breaker.Deed(what, at) for at in range(packets) for what in ways(at)]
        ends = run_all(relay, deeds, play, PATIENCE)
        waited = witness.stop()
        if side == "server":
            relay.close()  # where an answer got lost, the server waits for the next command and the guard for its answer
        judge_ends(guard, before, f"{len(deeds)} damaged packets on the {side}'s side, {server.flavour}, "
                                  f"{'TLS' if tls else 'plain'}: {listed(ends)}; {waited}")


@pytest.mark.parametrize("leave", ["close", "reset"])
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_the_server_notices_that_a_waiting_client_has_gone(mariadb, start_guard, tls, leave):
    """MariaDB looks after clients that wait for a lock; a byte of ours that it has not read would be a sign of life."""
    name = f"sg_{os.urandom(4).hex()}"
    guard = start_guard(on=mariadb, schema_user=None, server_tls="required" if tls else "disabled")

    def waiting():
        return mariadb.query(f"SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '%{name}%' "
                             "AND state = 'User lock'")[0][0]

    with mariadb.raw() as holder:
        holder.query(f"SELECT GET_LOCK('{name}', 0)")
        client = guard.raw(tls=tls)
        client.send_command(raw.COM_QUERY, f"SELECT GET_LOCK('{name}', 3600)".encode())
        guard.wait_until(waiting, "it waits for the lock")
        if leave == "close":
            client.close()
        else:
            reset(client.socket)
        guard.wait_until(lambda: not waiting(), "the server has given it up")
    guard.wait_for_counters(sessions_open=0)
