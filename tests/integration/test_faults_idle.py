"""Many sessions that do nothing, and peers that stop reading: what they cost the guard, and the session beside them."""

import contextlib
import resource
import threading
import time

import pytest
from support import cutter, raw

pytestmark = pytest.mark.full

MIB = 1 << 20


def is_sanitized(guard):
    return "san" in open(f"/proc/{guard.process.pid}/maps").read()


@pytest.fixture
def many_descriptors():
    """For the test's own sockets; the guard raises its limit itself, a server inherits ours."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def roomy(many_descriptors, new_server):
    """A MariaDB that can hold many connections in few threads."""
    return new_server("--max-connections=12000", "--thread-handling=pool-of-threads", "--thread-pool-size=4",
                      "--back-log=2000", "--connect-timeout=120", flavour="mariadb")


def log_in(stack, guard, count, tls):
    """`count` clients that are logged in; a few threads, since a login is mostly waiting."""
    clients, problems, lock = [], [], threading.Lock()

    def run(share):
        for _ in range(share):
            try:
                client = guard.raw(tls=tls)
            except (raw.Err, raw.Closed, OSError) as problem:
                problems.append(problem)
                return
            with lock:
                clients.append(stack.enter_context(client))

    threads = [threading.Thread(target=run, args=(count // 4,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems, problems[0]
    return clients


def hold_idle(guard, count, tls):
    """Opens `count` sessions, leaves them idle, ends them; what each costs, in KiB."""
    name = "TLS on both sides" if tls else "plain"
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(guard.raw(tls=tls))
        log_in(stack, guard, 40, tls)  # what is allocated once, is
        start = guard.memory_kib(), guard.descriptors()
        clients = log_in(stack, guard, count, tls)
        each = (guard.memory_kib() - start[0]) / count
        assert guard.descriptors() - start[1] == 2 * count
        used, waits = processor_seconds(guard), []
        for _ in range(200):
            began = time.monotonic()
            first.ping()
            waits.append((time.monotonic() - began) * 1000)
            time.sleep(0.005)
        used = processor_seconds(guard) - used
        for client in clients[::50]:
            client.ping()
        print(f"figure: {count} idle sessions, {name}: {each:.1f} KiB each; the session beside them waited "
              f"{sorted(waits)[100]:.2f} ms usually, {max(waits):.1f} ms at most; the guard used {used:.2f} s of processor "
              "meanwhile")
    guard.wait_for_counters(sessions_open=0)
    guard.wait_until(lambda: guard.descriptors() <= start[1], "their descriptors are closed")
    return each


def processor_seconds(guard):
    fields = open(f"/proc/{guard.process.pid}/stat").read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_500_idle_sessions(roomy, start_guard, tls):
    guard = start_guard(on=roomy, schema_user=None, log_level="info", login_timeout="1m",
                        server_tls="required" if tls else "disabled")
    each = hold_idle(guard, 500, tls)
    if not is_sanitized(guard):
        assert each < (40 if tls else 16)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_the_memory_of_5000_idle_sessions(roomy, start_guard, many_descriptors, tls):
    guard = start_guard(on=roomy, schema_user=None, log_level="info", login_timeout="1m",
                        server_tls="required" if tls else "disabled")
    each = hold_idle(guard, 5000, tls)
    if not is_sanitized(guard):
        assert each < (34 if tls else 8)


def test_9000_idle_sessions(roomy, start_guard, many_descriptors):
    """Two descriptors each; a machine that allows fewer holds as many as it can."""
    guard = start_guard(on=roomy, schema_user=None, log_level="info", login_timeout="1m", server_tls="disabled")
    hold_idle(guard, min(9000, (many_descriptors - 600) // 2), tls=False)


# --- a server that stops reading -----------------------------------------------------------------------------------


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_server_that_stops_reading(server, start_guard, tls):
    """The client is stopped in turn: what it sends waits with it, not in the guard."""
    stopped = threading.Event()

    def stop_at_mark(data):
        yield data
        if b"/* stop here */" in data:
            stopped.wait()

    with cutter.Relay(server.address, cut=stop_at_mark) as behind:
        guard = start_guard(on=server, server=behind.text, workers=1, schema_user=None, server_tls="disabled")
        with guard.raw(tls=tls) as first, guard.raw(tls=tls) as flood:
            before, sent, pauses = guard.memory_kib(), 0, 0
            flood.send_command(raw.COM_QUERY, b"SELECT 1 /* stop here */")
            flood.read_result()
            flood.socket.settimeout(0.05)
            piece = raw.frame(b"\x03SELECT '" + b"x" * 1_000_000 + b"'")
            while pauses < 40 and sent < 200 * MIB:
                try:
                    flood.socket.sendall(piece)
                    sent += len(piece)
                except (TimeoutError, OSError):
                    pauses += 1
                    first.ping()
            grown = guard.memory_kib("VmHWM") - before
            print(f"figure: a server that stops reading, {server.flavour}, client {'TLS' if tls else 'plain'}: the guard "
                  f"takes {sent // MIB} MiB and grows by {grown} KiB")
            assert sent < 100 * MIB
            if not is_sanitized(guard):
                assert grown < 32 * 1024
            first.query("SELECT 2")
        stopped.set()
        guard.wait_for_counters(sessions_open=0)
