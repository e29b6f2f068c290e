"""Large packets, slow readers, and ends: of the client, of the server, of a query, at whatever moment."""

import contextlib
import socket
import struct
import threading

import pytest
from support import compressed, raw
from support.cutter import Relay, reset
from support.transcript import Transcript, compare

MIB = 1 << 20
FULL = raw.MAX_PAYLOAD
SIZES = [FULL - 1, FULL, FULL + 1, 20 * MIB]

# What a guard may need beside its start, whatever passes through it (sanitizers: their shadow, and freed memory held).
ROOM_KIB = 64 * 1024


def is_sanitized(guard):
    return "san" in open(f"/proc/{guard.process.pid}/maps").read()


def ids_of_result(client):
    """Reads a result without keeping it; the sequence ids of its packets."""
    ids, ends = [], 1 if client.capabilities & raw.DEPRECATE_EOF else 0
    while ends < 2:
        header = client.read_exactly(4)
        left, first = int.from_bytes(header[:3], "little"), b""
        ids.append(header[3])
        small = left < 20
        while left:
            part = client.socket.recv(min(left, MIB))
            assert part, "the connection has ended"
            first = first or part[:1]
            left -= len(part)
        assert first != b"\xff"
        ends += small and first == b"\xfe"
    return ids


# --- large packets --------------------------------------------------------------------------------------


@pytest.mark.parametrize("tls, most, too_long", [(False, "16M", 6), (True, "16M", 6), (False, "32M", 0)],
                         ids=["plain", "tls", "all-inspected"])
def test_commands_of_every_critical_size(server, shop, start_guard, tls, most, too_long):
    """A statement that is inspected, one that is too long to be, and the value of a parameter."""
    guard = start_guard(mode="block", inspect_max_bytes=most)
    said = []
    for at in (server, guard):
        with at.raw(database=shop, tls=tls) as client:
            t = Transcript(client)
            for size in SIZES:
                text = b"SELECT LENGTH('" + b"x" * (size - len(b"\x03SELECT LENGTH('')")) + b"')"
                assert len(text) + 1 == size
                t.query(text)
                t.play("single", raw.COM_PING)
                t.query("SELECT nope FROM customers /*" + "x" * (size - len("qSELECT nope FROM customers /**/")) + "*/")
                t.query("SHOW WARNINGS")
            statement = t.prepare("SELECT LENGTH(?)")
            for size in SIZES[:3]:
                t.play("none", raw.COM_STMT_SEND_LONG_DATA, struct.pack("<IH", statement, 0) + b"y" * (size - 7))
                t.execute(statement, b"\0\1\xfc\0")
            t.query("SELECT 1")
            said.append([answer for label, answer in t.said if "prepare" not in label])
    compare([("", packets) for packets in said[0]], [("", packets) for packets in said[1]])
    guard.wait_for_counters(statements_too_long=too_long, blocked=len(SIZES) - too_long // 2)


def test_long_statements_that_are_read_and_refused_or_refuted(server, shop, start_guard):
    """Of several packets: blocked without the server, and forwarded after the server knew better."""
    long = b" /*" + b"x" * (20 * MIB) + b"*/"
    guard = start_guard(mode="block", confirm="none", inspect_max_bytes="32M")
    with guard.raw(database=shop) as client:
        with pytest.raises(raw.Err) as refused:
            client.query(b"SELECT nope FROM customers" + long)
        assert (refused.value.errno, refused.value.sequence) == (1054, 2)  # behind the statement's two packets
        with pytest.raises(raw.Err):
            client.prepare(b"SELECT nope FROM customers" + long)
        assert client.query(b"SELECT COUNT(*) FROM customers" + long).rows == [[b"3"]]
    guard.stop()
    guard = start_guard(mode="block", inspect_max_bytes="32M", schema_refresh="1h", max_schema_age="2h")
    guard.allow_disagreement = True  # it errs, and says so
    server.query("ALTER TABLE customers ADD COLUMN town INT NOT NULL DEFAULT 7", shop)
    with guard.raw(database=shop) as client:
        assert client.query(b"SELECT town FROM customers WHERE id = 1" + long).rows == [[b"7"]]
    guard.wait_for_counters(confirm_refuted=1, statements_too_long=0)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_rows_of_every_critical_size(server, start_guard, tls):
    guard = start_guard(schema_user=None)
    for capabilities in (raw.DEFAULT_CAPABILITIES, raw.DEFAULT_CAPABILITIES | raw.DEPRECATE_EOF):
        ids = []
        for at in (server, guard):
            with at.raw(tls=tls, capabilities=capabilities) as client:
                seen = []
                for size in SIZES:
                    value = size - len(raw.lenenc(size))
                    client.send_command(raw.COM_QUERY, b"SELECT REPEAT('z', %d)" % value)
                    seen.append(ids_of_result(client))
                client.ping()
                ids.append(seen)
        assert ids[0] == ids[1]


def test_a_row_that_looks_like_an_end(server, start_guard):
    """A first value of 16 MiB and more: the row begins with FE."""
    guard = start_guard(schema_user=None)
    with guard.raw() as client:
        client.send_command(raw.COM_QUERY, f"SELECT REPEAT('z', {FULL + 5}), 1 UNION ALL SELECT 'short', 2".encode())
        for _ in range(4):
            client.read_packet()  # count, two columns, EOF
        first = client.read_packet().payload
        assert first[:1] == b"\xfe" and len(first) == 9 + FULL + 5 + 2
        assert raw.text_row(client.read_packet().payload) == [b"short", b"2"]
        assert client.read_packet().is_eof
        client.ping()


def test_more_than_max_allowed_packet(server, start_guard, set_global):
    guard = start_guard(schema_user=None)
    set_global("max_allowed_packet", MIB)
    for tls in (False, True):
        said = []
        for at in (server, guard):
            for size in (MIB - 1, MIB, MIB + 1, 3 * MIB, 20 * MIB):
                with at.raw(tls=tls) as client:
                    try:
                        client.send_command(raw.COM_QUERY, b"DO '" + b"x" * (size - 6) + b"'")
                    except OSError:
                        pass
                    try:
                        packet = client.read_packet()
                        said.append((size, packet.sequence, packet.payload))
                    except (raw.Closed, OSError):
                        said.append((size, "closed"))
        half = len(said) // 2
        for direct, through in zip(said[:half], said[half:]):
            # 1153, unless the server's reset overtook it, which it may at any time
            assert through == direct or direct[0] > MIB and (through[1] == "closed" or direct[1] == "closed")


# --- slow readers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_large_result_for_a_client_that_stops_reading(server, start_guard, tls):
    """200 MB wait at the server, not in the guard; others are served meanwhile."""
    guard = start_guard(schema_user=None, workers=1)
    with guard.raw(tls=tls) as warm:
        warm.ping()
    before = guard.memory_kib()
    with guard.raw(tls=tls) as slow, guard.raw(tls=tls) as other:
        slow.send_command(raw.COM_QUERY, ROWS_OF_200_MB)
        slow.read_packet()
        for _ in range(200):
            other.query("SELECT REPEAT('x', 100000)")
        middle = guard.memory_kib()
        assert count_rows(slow) == 200_000
        slow.ping()
    peak = guard.memory_kib("VmHWM")
    print(f"figure: 200 MB result, {server.flavour}, {'TLS' if tls else 'plain'}: guard {before} KiB before, "
          f"{middle} KiB while the client stood still, peak {peak} KiB")
    if not is_sanitized(guard):
        assert peak - before < 16 * 1024


ROWS_OF_200_MB = (b"WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 500) "
                  b"SELECT REPEAT('x', 1000) FROM r a, r b LIMIT 200000")


def count_rows(client):
    """Of a result whose first packet was read; nothing is kept."""
    reader = client.socket.makefile("rb", MIB)
    rows, ends = -1, 0  # the definition is no row
    while ends < 2:
        header = reader.read(4)
        payload = reader.read(int.from_bytes(header[:3], "little"))
        if payload[:1] == b"\xfe" and len(payload) < 9:
            ends += 1
        else:
            rows += 1
    return rows


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_an_insert_of_64_mb(server, database, start_guard, tls):
    guard = start_guard(mode="block")
    server.query("CREATE TABLE large (id INT PRIMARY KEY, data LONGBLOB)", database)
    guard.reload()
    before = guard.memory_kib()
    value = bytes(range(1, 256)).replace(b"'", b"").replace(b"\\", b"") * 1024
    value = (value * (64 * MIB // len(value) + 1))[:64 * MIB]
    with guard.raw(database=database, tls=tls) as client:
        client.query(b"INSERT INTO large VALUES (1, _binary'" + value + b"')")
        assert client.query("SELECT LENGTH(data) FROM large").rows == [[str(64 * MIB).encode()]]
        streamed = guard.memory_kib("VmHWM")
        client.query(b"INSERT INTO large VALUES (2, _binary'" + value[:15 * MIB] + b"')")
        assert client.query("SELECT LENGTH(data) FROM large WHERE id = 2").rows == [[str(15 * MIB).encode()]]
    inspected = guard.memory_kib("VmHWM")
    print(f"figure: INSERT, {server.flavour}, {'TLS' if tls else 'plain'}: guard {before} KiB before, peak {streamed} KiB "
          f"at 64 MiB (streamed), {inspected} KiB at 15 MiB (inspected)")
    guard.wait_for_counters(statements_too_long=1)
    if not is_sanitized(guard):
        assert streamed - before < 16 * 1024
        assert inspected - before < 128 * 1024


def test_a_client_that_sends_and_never_reads(server, start_guard):
    """Its answers fill the way back; then its commands wait in its own kernel, not in the guard."""
    guard = start_guard(schema_user=None, workers=1)
    with guard.raw() as flood, guard.raw() as other:
        before = guard.memory_kib()
        flood.socket.setblocking(False)
        command = raw.frame(b"\x03SELECT REPEAT('x', 60000)") * 50
        sent, pauses = 0, 0
        while pauses < 200:
            try:
                sent += flood.socket.send(command)
                pauses = 0
            except BlockingIOError:
                pauses += 1
                other.ping()
            except ConnectionError:
                break
        if not is_sanitized(guard):
            assert guard.memory_kib() - before < 16 * 1024
        other.query("SELECT 1")


# --- the client ends ------------------------------------------------------------------------------------


def test_a_half_closed_client_gets_its_answers(server, start_guard):
    guard = start_guard(schema_user=None)
    for tls in (False, True):
        said = []
        for at in (server, guard):
            with at.raw(tls=tls) as client:
                client.send_bytes(raw.frame(b"\x03SELECT SLEEP(0.2)") + raw.frame(b"\x03SELECT 2"))
                shut_down(client.socket)
                packets = []
                with contextlib.suppress(raw.Closed, OSError):
                    while True:
                        packet = client.read_packet()
                        packets.append((packet.sequence, packet.payload))
                said.append(packets)
        answers = [[packet for packet in packets if packet[0] != 0] for packets in said]  # 0: MySQL's farewell
        assert answers[0] == answers[1]
        assert (4, b"\x012") in answers[1]


def shut_down(end):
    """FIN; the TLS layer is not asked, so this is a truncation for it, as from a program that just closes."""
    socket.socket.shutdown(end, socket.SHUT_WR)


def abort(end):
    """RST and nothing before it, unless a thread still reads from it; see reset()."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()


def test_a_command_cut_by_the_clients_end(server, start_guard):
    guard = start_guard(schema_user=None)
    for part in (b"\x09", b"\x09\0\0", b"\x09\0\0\0", b"\x09\0\0\0\x03SEL", b"\xff\xff\xff\0\x03SELECT",
                 raw.frame(b"\x03SELECT 1") + b"\x09\0\0\0\x16SEL"):
        for leave in (shut_down, lambda end: end.close(), reset):
            client = guard.raw()
            client.send_bytes(part)
            leave(client.socket)
    guard.wait_for_counters(sessions_open=0)
    with guard.raw() as client:
        client.ping()


def test_clients_killed_in_mid_answer(server, start_guard):
    guard = start_guard(schema_user=None)
    for tls in (False, True):
        for leave in (lambda client: client.close(), lambda client: reset(client.socket)):
            clients = [guard.raw(tls=tls) for _ in range(5)]
            for client in clients:
                client.send_command(raw.COM_QUERY, ROWS_OF_200_MB)
                client.read_exactly(100_000)
            for client in clients:
                leave(client)
    guard.wait_for_counters(sessions_open=0)
    server.query("SELECT 1")
    waiting = [row for row in server.query("SHOW PROCESSLIST") if row[1].startswith("app_")]
    assert waiting == [] or guard.wait_until(
        lambda: not [row for row in server.query("SHOW PROCESSLIST") if row[1].startswith("app_")],
        "the server's side is closed, too") is None


def test_a_client_that_leaves_while_it_waits(server, start_guard):
    """As directly: the server finishes the query, and hears of it then."""
    guard = start_guard(schema_user=None)
    client = guard.raw()
    client.send_command(raw.COM_QUERY, b"SELECT SLEEP(1)")
    reset(client.socket)
    guard.wait_for_counters(sessions_open=0)


@contextlib.contextmanager
def holding(server, start_guard, tls):
    """(guard, hold): hold(connect, ...) logs in, sends a suspect statement (of the database that is named) and what
    is told to follow it, and returns the client, which is held: the server is asked, and its answer is lost."""
    with Relay(server.address) as between:
        guard = start_guard(on=server, mode="block", server=between.text, server_tls="required" if tls else "disabled",
                            schema_refresh="1h", max_schema_age="2h")
        asked = 0

        def hold(connect, ahead=b"", **how):
            nonlocal asked
            asked += 1
            client = connect(**how)
            client.connection = between.last
            client.connection.silenced = True
            client.send_bytes(raw.frame(b"\x03SELECT nope FROM customers") + ahead)
            guard.wait_for_counters(confirm_asked=asked)
            return client

        yield guard, hold


def far_ahead():
    return raw.frame(b"\x03SELECT 1") * 100


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_client_that_leaves_while_it_is_held(server, shop, start_guard, tls):
    """Whether what it is held for comes or not."""
    def in_frames(**how):
        return compressed.connect(guard, "zlib", **how)

    with holding(server, start_guard, tls) as (guard, hold), contextlib.ExitStack() as open_till_the_end:
        for connect in (guard.raw, in_frames):
            for ahead in (b"", far_ahead()):
                for leave in (shut_down, abort):
                    client = open_till_the_end.enter_context(hold(connect, ahead, database=shop, tls=tls))
                    leave(getattr(client.socket, "socket", client.socket))
        guard.wait_for_counters(sessions_open=0, closed_client_closed=4, closed_client_reset=4)


def test_a_held_client_that_sends_more_than_is_kept(server, shop, start_guard):
    """It is stopped, and all is answered when the answer has come."""
    guard = start_guard(mode="block")
    pings = 40_000
    with guard.raw(database=shop) as client, server.raw(database=shop) as other:
        other.query("LOCK TABLES customers WRITE")
        client.send_bytes(raw.frame(b"\x03SELECT nope FROM customers"))
        guard.wait_for_counters(confirm_asked=1)
        sender = threading.Thread(target=client.send_bytes, args=(raw.frame(b"\x0e") * pings,))
        sender.start()
        guard.wait_until(lambda: guard.counters()["buffered_bytes"] >= 64 * 1024, "it is stopped")
        other.query("UNLOCK TABLES")
        with pytest.raises(raw.Err) as refused:
            client.read_checked()
        assert refused.value.errno == 1054
        for _ in range(pings):
            assert client.read_checked().is_ok
        sender.join()
    guard.wait_for_counters(buffered_bytes=0)


# --- the server ends ------------------------------------------------------------------------------------


def connection_id(client):
    return int(client.query("SELECT CONNECTION_ID()").rows[0][0])


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_kill_through_another_connection(server, start_guard, tls):
    """The id that the client knows is the server's own, so KILL QUERY and KILL work through the guard."""
    guard = start_guard(schema_user=None)
    with guard.raw(tls=tls) as client, guard.raw(tls=tls) as killer:
        victim = connection_id(client)
        assert victim == client.greeting.connection_id
        client.send_command(raw.COM_QUERY, b"SELECT SLEEP(30)")
        while not killer.query(f"SELECT 1 FROM information_schema.processlist WHERE id = {victim} "
                               "AND info LIKE '%SLEEP(30)'").rows:
            pass
        killer.query(f"KILL QUERY {victim}")
        try:
            assert client.read_result().rows == [[b"1"]]
        except raw.Err as refused:
            assert refused.errno == 1317
        client.ping()
        killer.query(f"KILL {victim}")
        assert client.at_end()


def how_a_kill_ends(at, server, statement, **login):
    """What a client gets for `statement` whose connection is killed: its packets, then the end."""
    with at.raw(**login) as client:
        client.send_command(raw.COM_QUERY, statement.encode())
        while not server.query("SELECT 1 FROM information_schema.processlist "
                               f"WHERE id = {client.greeting.connection_id} AND info = '{statement}'"):
            pass
        server.query(f"KILL {client.greeting.connection_id}")
        packets = []
        with contextlib.suppress(raw.Closed):
            while True:
                packets.append(client.read_packet().payload)
        return packets


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_kill_of_a_busy_connection_ends_as_directly(server, start_guard, tls):
    """Servers close in silence; several at a time, so that one look for the server answers for all."""
    guard = start_guard(schema_user=None, server_tls="required" if tls else "disabled", workers=1)
    for statement in ("SELECT SLEEP(30)", "DO SLEEP(30)"):
        ends = [how_a_kill_ends(at, server, statement, tls=tls) for at in (server, guard)]
        assert ends[0] == ends[1]
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(guard.raw(tls=tls)) for _ in range(5)]
        for client in clients:
            client.send_command(raw.COM_QUERY, b"DO SLEEP(30)")
        guard.wait_for_counters(commands=2 + len(clients))
        for client in clients:
            server.query(f"KILL {client.greeting.connection_id}")
        for client in clients:
            assert client.at_end()
    guard.wait_for_counters(sessions_open=0)
    with guard.raw(tls=tls) as client:
        client.ping()


def test_a_kill_in_mid_answer(server, start_guard):
    guard = start_guard(schema_user=None)
    with guard.raw() as client:
        victim = connection_id(client)
        client.send_command(raw.COM_QUERY, ROWS_OF_200_MB)
        client.read_exactly(1000)
        server.query(f"KILL {victim}")
        with pytest.raises((raw.Err, raw.Closed)):
            left = client.socket.makefile("rb", MIB)
            while data := left.read(MIB):
                pass
            raise raw.Closed(len(data))
    guard.wait_for_counters(sessions_open=0)


def test_the_servers_farewell(server, start_guard):
    """wait_timeout: MySQL says 4031, unasked; MariaDB closes."""
    guard = start_guard(schema_user=None)
    said = []
    for at in (server, guard):
        with at.raw() as client:
            client.query("SET wait_timeout = 1")
            try:
                packet = client.read_packet()
                said.append((packet.sequence, packet.payload))
                assert client.at_end()
            except raw.Closed:
                said.append("closed")
    assert said[0] == said[1]
    guard.wait_for_counters(sessions_open=0)
    assert guard.counters()["closed_server_farewell"] == (1 if server.flavour == "mysql" else 0)


@pytest.mark.parametrize("gone", [True, False], ids=["server-gone", "server-there"])
@pytest.mark.parametrize("left", [3, 6], ids=["within", "between"])
def test_a_server_lost_between_packets_and_within_one(server, start_guard, left, gone):
    """A clear error where a packet may begin, a close where none may, or where the connection alone has ended."""
    armed = threading.Event()

    def after(data):
        if armed.is_set() and b"answer" in data:
            yield data[:data.index(b"answer") + left]
            if gone:
                between.vanish()
            raise OSError("cut here")
        yield data

    with Relay(server.address, cut_back=after) as between:
        guard = start_guard(schema_user=None, server=between.text)
        with guard.raw() as client:
            armed.set()
            # count, definition, EOF, row: the row's packet ends with "answer", then comes the EOF
            client.send_command(raw.COM_QUERY, b"SELECT CONCAT('ans', 'wer') AS x")
            packets = [client.read_packet() for _ in range(3)]
            assert packets[2].is_eof
            if left == 6:
                assert raw.text_row(client.read_packet().payload) == [b"answer"]
            if left == 6 and gone:
                with pytest.raises(raw.Err) as lost:
                    client.read_checked()
                assert (lost.value.errno, lost.value.sqlstate, lost.value.sequence) == (1053, "08S01", 5)
            with pytest.raises(raw.Closed):
                client.read_checked()


@pytest.mark.parametrize("pipelined", [1, 3])
def test_a_server_lost_while_a_command_is_answered(server, start_guard, pipelined):
    with Relay(server.address) as between:
        guard = start_guard(schema_user=None, server=between.text)
        with guard.raw() as client:
            client.send_bytes(raw.frame(b"\x03SELECT SLEEP(20)") * pipelined)
            guard.wait_for_counters(commands=pipelined)
            between.vanish()
            for end in between.open:
                reset(end)
            with pytest.raises(raw.Err) as lost:
                client.read_checked()
            assert (lost.value.errno, lost.value.sequence) == (1053, 1)
            assert client.at_end()
        guard.wait_for_counters(sessions_open=0)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_server_that_leaves_while_the_client_is_held(server, shop, start_guard, tls):
    """The client is told where the server is gone; what ends with a connection alone ends as directly."""
    with holding(server, start_guard, tls) as (guard, hold):
        for leave in (shut_down, reset):
            for ahead in (b"", far_ahead()):
                with hold(guard.raw, ahead, database=shop, tls=tls) as client:
                    leave(client.connection.ends[0])
                    assert client.at_end()
        with hold(guard.raw, far_ahead(), database=shop, tls=tls) as client:
            client.connection.relay.vanish()
            shut_down(client.connection.ends[0])
            with pytest.raises(raw.Err) as lost:
                client.read_checked()
            assert (lost.value.errno, lost.value.sqlstate, lost.value.sequence) == (1053, "08S01", 1)
            assert client.at_end()
        guard.wait_for_counters(sessions_open=0, closed_server_lost=5)
