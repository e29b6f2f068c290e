"""The compressed protocol: towards clients, towards the server, and both; what is inside is inspected."""

import os
import pathlib
import re
import threading
import time

import pytest
from support import compressed, fake, raw
from support.cutter import reset

MIB = 1 << 20
ALGORITHMS = ["zlib", "zstd"]


@pytest.fixture(params=ALGORITHMS)
def algorithm(request):
    if request.param == "zstd" and compressed.zstandard is None:
        pytest.skip("python3-zstandard is not installed")
    return request.param


def server_side(server):
    """What the guard's own connections can be asked to speak on this server."""
    return ["disabled", "zlib"] + (["zstd"] if server.flavour == "mysql" else [])


# --- what is offered ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("setting, bits", [("disabled", 0), ("zlib", raw.COMPRESS), ("zstd", raw.ZSTD),
                                           ("both", raw.COMPRESS | raw.ZSTD), ("as_server", None)])
def test_the_greeting_offers_what_the_setting_says(server, start_guard, setting, bits):
    guard = start_guard(schema_user=None, client_compression=setting)
    mask = raw.COMPRESS | raw.ZSTD
    with server.raw() as direct, guard.raw() as through:
        if bits is None:
            bits = direct.greeting.capabilities & mask
            assert bits & raw.COMPRESS
        assert through.greeting.capabilities & mask == bits
        assert through.query("SHOW STATUS LIKE 'Compression'").rows[0][1] == b"OFF"
    assert guard.counters()["compressed_clients"] == 0


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("setting", ["as_server", "disabled"])
def test_a_client_that_insists_is_served(server, shop, start_guard, algorithm, tls, setting):
    """mysqlnd and Connector/Python set the bit although it was not offered."""
    guard = start_guard(mode="block", client_compression=setting)
    with compressed.connect(guard, algorithm, tls=tls, database=shop) as client:
        assert client.query("SELECT REPEAT('abc', 10000)").rows == [[b"abc" * 10000]]
        assert any(packed < plain / 10 for _, packed, plain in client.frames)
        assert client.query("SHOW STATUS LIKE 'Compression'").rows[0][1] == b"OFF"
        client.ping()
        with pytest.raises(raw.Err) as refused:
            client.query("SELECT nope FROM customers")
        assert refused.value.errno == 1054
        assert client.query("SELECT 1").rows == [[b"1"]]
    assert guard.wait_for_events(1)[0]["schemaguard.action"] == "blocked"
    guard.wait_for_counters(compressed_clients=1)


# --- the same as direct ------------------------------------------------------------------------------------


@pytest.mark.parametrize("toward", ["disabled", "zlib", "zstd"])
def test_the_same_frames_as_direct(server, shop, start_guard, algorithm, toward):
    """Ids of frames and everything inside but the ids of packets, which servers number anew at each flush."""
    if toward not in server_side(server) or (algorithm == "zstd" and server.flavour == "mariadb"):
        pytest.skip("this server knows no zstd")
    guard = start_guard(mode="block", server_compression=toward)
    said = []
    for at in (server, guard):
        with compressed.connect(at, algorithm, database=shop) as client:
            answers = []
            for text in ["SELECT 1", "SELECT REPEAT('z', 300)", "SELECT * FROM customers ORDER BY id", "SELEC 1", "DO 0",
                         "SELECT nope FROM customers", "SHOW WARNINGS", "SELECT nope FROM nowhere"]:
                before = len(client.frames)
                try:
                    result = client.query(text)
                    answers.append((text, result.columns, result.rows))
                except raw.Err as error:
                    answers.append((text, str(error)))
                answers.append([sequence for sequence, _, _ in client.frames[before:]])
            said.append(answers)
    assert said[0] == said[1]


@pytest.mark.parametrize("toward", ["disabled", "zlib", "zstd"])
@pytest.mark.parametrize("speaks", ["plain", "zlib", "zstd"])
def test_every_kind_of_exchange(server, shop, start_guard, speaks, toward):
    """Statements, several results, prepared ones, large packets, LOCAL INFILE, COM_CHANGE_USER: on each side any
    algorithm; an uncompressed client sees packets that are numbered as it expects (raw.py checks nothing, so here)."""
    if toward not in server_side(server):
        pytest.skip("this server knows no zstd")
    if speaks == "zstd" and compressed.zstandard is None:
        pytest.skip("python3-zstandard is not installed")
    guard = start_guard(mode="block", server_compression=toward)
    capabilities = raw.DEFAULT_CAPABILITIES | raw.MULTI_STATEMENTS | raw.LOCAL_FILES
    server.query("SET GLOBAL local_infile = 1")
    server.query(f"CREATE TABLE {shop}.filled (v VARCHAR(100))")
    guard.reload()
    account = server.app
    client = (guard.raw(database=shop, capabilities=capabilities) if speaks == "plain"
              else compressed.connect(guard, speaks, database=shop, capabilities=capabilities))
    with client:
        ids = watch_ids(client)
        assert client.query("SHOW STATUS LIKE 'Compression'").rows[0][1] == (b"OFF" if toward == "disabled" else b"ON")
        ids.clear()
        results = client.query_all("SELECT 1; SELECT REPEAT('x', 5000); DO 1; SELECT 2, 3")
        assert [result.rows for result in results] == [[[b"1"]], [[b"x" * 5000]], None, [[b"2", b"3"]]]
        check_ids(ids)
        statement, _, _ = client.prepare("SELECT * FROM customers")
        check_ids(ids)
        assert client.execute(statement) > 0
        check_ids(ids)
        for size in (100, 70_000, raw.MAX_PAYLOAD - 30, raw.MAX_PAYLOAD + 7, 20 * MIB):
            noise = os.urandom(size // 8).hex().encode() + b"-" * (size - size // 8 * 2)
            if size > server_limit(server):
                continue
            assert client.query(b"SELECT LENGTH('" + noise + b"')").rows == [[str(len(noise)).encode()]]
            check_ids(ids)
        assert len(client.query("SELECT REPEAT('q', 12000000)").rows[0][0]) == 12_000_000
        check_ids(ids)
        last = load_file(client, b"".join(b"line %d\n" % i for i in range(200_000)))
        assert ids == [1, (last + 1) % 256]
        ids.clear()
        assert client.query("SELECT COUNT(*) FROM filled").rows == [[b"200000"]]
        check_ids(ids)
        client.change_user(account.user, account.password, shop)
        ids.clear()
        assert client.query("SELECT COUNT(*) FROM filled").rows == [[b"200000"]]
        check_ids(ids)
        with pytest.raises(raw.Err):
            client.query("SELECT nope FROM filled")
        check_ids(ids)
        assert client.query("SELECT DATABASE()").rows == [[shop.encode()]]


def server_limit(server):
    return int(server.query("SELECT @@GLOBAL.max_allowed_packet")[0][0]) - 1000


def watch_ids(client):
    """The ids of the packets that the client reads, from now on."""
    ids = []
    read = client.read_packet

    def read_packet():
        packet = read()
        ids.append(packet.sequence)
        return packet

    client.read_packet = read_packet
    return ids


def check_ids(ids):
    steps = {(b - a) % 256 for a, b in zip(ids, ids[1:])}
    assert steps <= {1}, ids
    ids.clear()


def load_file(client, data):
    """LOAD DATA LOCAL of `data`, in file packets of 100 KB, the last one empty."""
    client.send_command(raw.COM_QUERY, client.query_payload("LOAD DATA LOCAL INFILE 'x' INTO TABLE filled"))
    asked = client.read_checked()
    assert asked.payload == b"\xfbx"
    sequence = client.sequence
    for at in list(range(0, len(data), 100_000)) + [len(data)]:
        packet = raw.frame(data[at:at + 100_000], sequence)
        getattr(client.socket, "go_on", client.socket.sendall)(packet)
        sequence = (sequence + 1) % 256
    ok = raw.parse_ok(client.read_checked().payload)
    assert ok.affected == data.count(b"\n")
    return sequence - 1


# --- how frames may be cut ---------------------------------------------------------------------------------


@pytest.mark.parametrize("frame_size", [1, 3, 7, 50, 1000])
def test_frames_of_any_size(server, shop, start_guard, algorithm, frame_size):
    """A packet over many frames; all of them in one segment, or each in pieces of a byte."""
    guard = start_guard(mode="block")
    with compressed.connect(guard, algorithm, frame_size=frame_size, database=shop) as client:
        for stored in (True, False):
            client.socket.stored = stored
            text = "SELECT '" + "ab" * 300 + "', COUNT(*) FROM customers"
            assert client.query(text).rows[0][0] == b"ab" * 300
            packet = raw.frame(b"\x03SELECT nope FROM customers")
            client.socket.sequence = 0
            inner, client.socket.socket = client.socket.socket, Trickle(client.socket.socket)
            client.socket.go_on(packet)
            client.socket.socket = inner
            with pytest.raises(raw.Err) as refused:
                client.read_checked()
            assert refused.value.errno == 1054


class Trickle:
    """A socket that sends byte by byte."""

    def __init__(self, socket):
        self.socket = socket

    def sendall(self, data):
        for byte in data:
            self.socket.sendall(bytes([byte]))


def test_several_commands_in_a_frame(server, shop, start_guard, algorithm):
    """And several frames in a segment: answers in order, a block among them."""
    guard = start_guard(mode="block")
    texts = ["SELECT 1", "SELECT nope FROM customers", "SELECT 2", "SELECT REPEAT('v', 1000)", "SELECT nope2 FROM customers"]
    with compressed.connect(guard, algorithm, database=shop) as client:
        packets = [raw.frame(b"\x03" + text.encode()) for text in texts]
        one = compressed.frame(algorithm, b"".join(packets), 0)
        each = b"".join(compressed.frame(algorithm, packet, 0) for packet in packets)
        for framed in (one, each):
            client.socket.socket.sendall(framed)
            answers = []
            for _ in texts:
                before = len(client.frames)
                try:
                    answers.append(client.read_result().rows[0][0][:4])
                except raw.Err as error:
                    answers.append(error.errno)
                assert client.frames[before][0] == 1, "an answer's first frame is the one after its command's"
            assert answers == [b"1", 1054, b"2", b"vvvv", 1054]


@pytest.mark.parametrize("toward", ["disabled", "zlib"])
def test_a_long_command_whose_packets_all_have_the_id_0(server, start_guard, algorithm, toward):
    """So libmariadb numbers them inside frames, where servers do not look; the answer's frame counts on."""
    guard = start_guard(schema_user=None, server_compression=toward)
    payload = b"\x03SELECT LENGTH('" + b"x" * 17_000_000 + b"')"
    packets = [payload[:raw.MAX_PAYLOAD], payload[raw.MAX_PAYLOAD:]]
    knows = server.flavour == "mysql" or algorithm == "zlib"
    for at in (server, guard) if knows else (guard,):
        with compressed.connect(at, algorithm) as client:
            for _ in range(2):
                client.socket.sequence = 0
                client.socket.go_on(b"".join(len(packet).to_bytes(3, "little") + b"\0" + packet for packet in packets))
                before, sent = len(client.frames), client.socket.sequence
                assert client.read_result().rows == [[b"17000000"]]
                assert client.frames[before][0] == sent
            client.ping()


# --- damage ------------------------------------------------------------------------------------------------


def damaged(algorithm):
    good = compressed.frame(algorithm, raw.frame(b"\x03SELECT '" + b"a" * 500 + b"'"), 0)
    body = good[7:]
    return {
        "garbage": good[:7] + os.urandom(len(body)),
        "flipped": good[:-6] + bytes([good[-6] ^ 0x55]) + good[-5:-2] + bytes([good[-2] ^ 1]) + good[-1:],
        "claims_more": good[:4] + (int.from_bytes(good[4:7], "little") + 1).to_bytes(3, "little") + body,
        "claims_less": good[:4] + (int.from_bytes(good[4:7], "little") - 1).to_bytes(3, "little") + body,
        "cut_short": (len(body) - 5).to_bytes(3, "little") + good[3:7] + body[:-5],
        "goes_on": (len(body) + 3).to_bytes(3, "little") + good[3:7] + body + b"abc",
        "empty": b"\0\0\0\0\x05\0\0",
        "other": compressed.frame("zstd" if algorithm == "zlib" and compressed.zstandard else "zlib",
                                  b"x" * 900, 0) if algorithm == "zlib" else compressed.frame("zlib", b"x" * 900, 0),
    }


@pytest.mark.parametrize("kind", ["garbage", "flipped", "claims_more", "claims_less", "cut_short", "goes_on", "empty",
                                  "other"])
def test_damaged_frames_end_the_session(mariadb, start_guard, algorithm, kind):
    if kind == "other" and compressed.zstandard is None:
        pytest.skip("python3-zstandard is not installed")
    if kind == "flipped" and algorithm == "zstd":
        pytest.skip("without a checksum zstd cannot know")
    guard = start_guard(on=mariadb, schema_user=None)
    with compressed.connect(guard, algorithm) as client, guard.raw() as other:
        client.ping()
        client.socket.socket.sendall(damaged(algorithm)[kind])
        with pytest.raises(raw.Err) as told:
            client.read_checked()
        assert (told.value.errno, told.value.sqlstate) == (1157, "08S01")
        assert told.value.message.startswith("schemaguard: ")
        assert client.at_end()
        other.ping()
    guard.wait_for_counters(closed_compression_client=1)


@pytest.mark.parametrize("kind", ["garbage", "claims_less", "empty"])
def test_a_server_that_sends_damaged_frames(mariadb, start_guard, kind):
    """A greeting and an OK as a real server says them, then a frame that is none."""
    with mariadb.raw() as real:
        greeting = real.greeting.payload

    def talk(end):
        end.sendall(raw.frame(greeting))
        assert end.recv(1 << 16)
        end.sendall(raw.frame(b"\0\0\0\x02\0\0\0", 2))
        assert end.recv(1 << 16)
        end.sendall(damaged("zlib")[kind])
        while end.recv(1 << 16):
            pass

    with fake.Server(talk) as liar:
        guard = start_guard(on=mariadb, server=liar.text, schema_user=None, server_compression="zlib")
        with raw.RawConnection(*guard.address) as client:
            client.login("anybody")
            client.send_command(raw.COM_PING)
            assert client.at_end()
        guard.wait_for_counters(compressed_servers=1, closed_compression_server=1, sessions_open=0)


@pytest.mark.parametrize("cut", [1, 6, 7, 8, 40])
def test_a_client_that_leaves_within_a_frame(server, start_guard, algorithm, cut):
    guard = start_guard(schema_user=None)
    for end in (lambda client: client.close(), lambda client: reset(client.socket.socket)):
        client = compressed.connect(guard, algorithm)
        client.ping()
        client.socket.socket.sendall(compressed.frame(algorithm, os.urandom(300), 0, stored=False)[:cut])
        time.sleep(0.05)
        end(client)
    guard.wait_for_counters(sessions_open=0)


# --- memory and back-pressure ------------------------------------------------------------------------------


def is_sanitized(guard):
    return "san" in pathlib.Path(f"/proc/{guard.process.pid}/maps").read_text()


def test_a_frame_that_holds_much_is_bounded(mysql, start_guard, algorithm):
    """Frames of 16 MiB of one letter, hundreds of them in a moment, to a server that reads slowly."""
    guard = start_guard(on=mysql, schema_user=None, workers=1)
    packet = b"\x18" + b"\xff\xff\xff\xff" + b"\0\0"  # long data for no statement: read and dropped
    with compressed.connect(guard, algorithm) as client, guard.raw() as other:
        packet = raw.frame(packet + b"a" * (8 * MIB))
        bomb = compressed.frame(algorithm, packet, 0)
        assert len(bomb) < 40_000
        other.ping()
        before = guard.memory_kib("VmRSS")
        worst = 0
        thread = threading.Thread(target=client.socket.socket.sendall, args=(bomb * 40,))
        thread.start()
        while thread.is_alive():
            started = time.monotonic()
            other.ping()
            worst = max(worst, time.monotonic() - started)
        thread.join()
        client.socket.sequence = 0
        client.ping()
        grown = guard.memory_kib("VmHWM") - before
        print(f"figure: {algorithm}: {40 * 8} MiB out of {40 * len(bomb) // 1024} KiB of frames: {grown} KiB more, "
              f"the other session waited {worst * 1000:.0f} ms at most")
        if not is_sanitized(guard):
            assert grown < 48 * 1024


def test_a_slow_reader_stops_the_server(mysql, start_guard, algorithm):
    """Nothing is read for a while: the guard keeps what its bounded queue takes, then all arrives."""
    guard = start_guard(on=mysql, schema_user=None, workers=1)
    rows = 400
    with compressed.connect(guard, algorithm) as client:
        before = guard.memory_kib()
        client.send_command(raw.COM_QUERY, b"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
                            b"SELECT HEX(RANDOM_BYTES(1024)), REPEAT('r', 200000) FROM n" % rows)
        time.sleep(1.5)
        grown = guard.memory_kib("VmHWM") - before
        result = client.read_result()
        assert len(result.rows) == rows and all(len(row[1]) == 200_000 for row in result.rows)
        print(f"figure: {algorithm}: 80 MB of rows, unread: {grown} KiB more")
        if not is_sanitized(guard):
            assert grown < 24 * 1024


@pytest.mark.full
def test_idle_sessions_give_their_memory_back(mysql, start_guard, algorithm):
    guard = start_guard(on=mysql, schema_user=None, workers=1)
    count = 100
    with guard.raw():
        plain = [guard.raw() for _ in range(count)]
        base = guard.memory_kib()
        more = [guard.raw() for _ in range(count)]
        per_plain = (guard.memory_kib() - base) / count
        for client in plain + more:
            client.close()
    guard.wait_for_counters(sessions_open=0)
    with compressed.connect(guard, algorithm) as first:
        first.query("SELECT REPEAT('a', 3000000)")
        warm = [compressed.connect(guard, algorithm) for _ in range(count)]
        base = guard.memory_kib()
        clients = [compressed.connect(guard, algorithm) for _ in range(count)]
        for client in clients:
            client.query("SELECT REPEAT('a', 300000), '" + "b" * 100000 + "'")
        per_session = (guard.memory_kib() - base) / count
        print(f"figure: {algorithm}: {per_session:.1f} KiB an idle session, plain {per_plain:.1f} KiB")
        for client in warm + clients:
            client.close()
        if not is_sanitized(guard):
            assert per_session < per_plain + 4


# --- real clients ------------------------------------------------------------------------------------------


SCRIPT = ("SELECT COUNT(*) FROM customers; SELECT REPEAT('xyz', 100000); SELECT nope FROM customers; SHOW WARNINGS; "
          "SELECT 1; SELEC 2; SELECT LENGTH(REPEAT('y', 10000000));")


@pytest.mark.parametrize("toward", ["disabled", "zlib", "zstd"])
@pytest.mark.parametrize("program, options", [
    ("mysql", ["--compression-algorithms=zlib"]), ("mysql", ["--compression-algorithms=zstd"]),
    ("mysql", ["--compression-algorithms=zstd", "--zstd-compression-level=22"]),
    ("mysql", ["--compression-algorithms=zlib,zstd,uncompressed"]), ("mysql", ["--compression-algorithms=zlib", "--ssl-mode=DISABLED", "--get-server-public-key"]),
    ("mariadb", ["--compress"]), ("mariadb", ["--compress", "--skip-ssl"])], ids=lambda value: " ".join(value).replace("--", "") if isinstance(value, list) else value)
def test_command_line_clients(server, shop, start_guard, program, options, toward):
    if toward not in server_side(server):
        pytest.skip("this server knows no zstd")
    guard = start_guard(mode="block", server_compression=toward, client_compression="both")
    account = server.root if program == "mysql" or server.flavour == "mariadb" else server.app
    if program == "mariadb" and server.flavour == "mysql":
        pytest.skip("Debian's MariaDB client lacks caching_sha2_password here")
    said = []
    for address, how in ((server.address, []), (guard.address, options)):
        done = server.run_client("--force", "--batch", *how, shop, address=address, account=account, program=program,
                                 input=SCRIPT, check=False)
        said.append((done.returncode, done.stdout, re.sub(r"\(line \d+\)|at line \d+", "", done.stderr)))
    assert said[0] == said[1]
    guard.wait_for_counters(compressed_clients=1)


def test_dump_and_restore(server, shop, start_guard):
    guard = start_guard(mode="block", client_compression="both", server_compression="zlib")
    program = "mysqldump" if server.flavour == "mysql" else "mariadb-dump"
    how = ["--compression-algorithms=zstd"] if server.flavour == "mysql" else ["--compress"]
    plain = server.run_client("--skip-dump-date", shop, address=server.address, account=server.root, program=program)
    through = server.run_client("--skip-dump-date", *how, shop, address=guard.address, account=server.root, program=program)
    assert plain.stdout == through.stdout
    server.run_client(*how, shop, address=guard.address, account=server.root, input=through.stdout)
    guard.wait_for_counters(compressed_clients=2)
