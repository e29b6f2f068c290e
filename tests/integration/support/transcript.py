"""What a server answers, packet by packet, so that two conversations can be compared.

In   a raw connection and commands, each with the kind of answer that the protocol's documentation gives it.
Out  a list of what was said: sequence ids and payloads as they came, or how the connection ended.

The end of an answer is found here by rules of our own, not by the guard's: a guard that loses its way cannot
take the test along. What must differ between two connections (ids, times) is masked by the test.
"""

import struct

from . import raw

CURSOR_EXISTS = 0x0040
CACHE_METADATA = 1 << 4


class Transcript:
    """Plays commands on `connection` and remembers the answers, in `said`: (label, list of (id, payload))."""

    def __init__(self, connection):
        self.connection = connection
        self.said = []

    # --- commands

    def play(self, answer, command, payload=b"", sequence=0, **how):
        """Sends one command and reads its answer of that kind: query, execute, prepare, rows, single or none."""
        self.connection.send_packet(bytes([command]) + payload, sequence)
        return self.hear(answer, f"{command:#04x}, {answer} {payload[:60]!r}", **how)

    def query(self, text, **how):
        return self.play("query", raw.COM_QUERY, self.connection.query_payload(text), **how)

    def prepare(self, text):
        """The statement's id, or None when it was refused."""
        packets = self.play("prepare", raw.COM_STMT_PREPARE, text if isinstance(text, bytes) else text.encode())
        return None if packets[0][1][:1] == b"\xff" else struct.unpack_from("<I", packets[0][1], 1)[0]

    def execute(self, statement, parameters=b"", flags=0):
        return self.play("execute", raw.COM_STMT_EXECUTE, struct.pack("<IBI", statement, flags, 1) + parameters)

    # --- answers

    def hear(self, answer, label, **how):
        """Reads the answer to a command that was sent before: for pipelines. `label` names it in failures."""
        packets = []
        try:
            for packet in getattr(self, f"read_{answer}")(**how):
                packets.append((packet.sequence, packet.payload))
        except raw.Closed:
            packets.append(("closed", b""))
        except raw.Err as refused:
            packets.append((refused.sequence, refused.packet.payload))
        self.said.append((label, packets))
        return packets

    def next(self):
        """A packet that is not an ERR; MariaDB's progress reports are passed over."""
        while True:
            packet = self.connection.read_packet()
            if not packet.is_err:
                return packet
            if packet.payload[1:3] != b"\xff\xff":
                raise raw.Err(packet)

    def read_none(self):
        return iter(())

    def read_single(self):
        yield self.next()

    def read_query(self, files=()):
        """files: what is sent for LOAD DATA LOCAL, one list of file packets for each time it is asked for."""
        files = iter(files)
        while True:
            first = self.next()
            yield first
            if first.payload[:1] == b"\xfb":
                for part in [*next(files), b""]:
                    self.connection.send_packet(part)
                continue
            if first.is_ok or first.is_eof:
                status = raw.parse_ok(first.payload).status if first.is_ok else 0
            else:
                yield from self.read_definitions(first)
                status = yield from self.read_row_packets()
            if not status & raw.SERVER_MORE_RESULTS_EXISTS:
                return

    def read_execute(self):
        while True:
            first = self.next()
            yield first
            if first.is_ok:
                status = raw.parse_ok(first.payload).status
            else:
                status = yield from self.read_definitions(first)
                out = status & 0x1000
                if not status & CURSOR_EXISTS:
                    status = yield from self.read_row_packets()
                if out:  # MySQL's EOF behind OUT parameters does not say that an OK follows
                    status |= raw.SERVER_MORE_RESULTS_EXISTS
            if not status & raw.SERVER_MORE_RESULTS_EXISTS:
                return

    def read_definitions(self, first):
        """The definitions and the EOF behind them; returns that EOF's status."""
        count, at = raw.read_lenenc(first.payload, 0)
        if self.has_metadata_byte() and first.payload[at:] == b"\0":
            count = 0
        return (yield from self.read_group(count))

    def has_metadata_byte(self):
        return (self.connection.capabilities & raw.OPTIONAL_RESULTSET_METADATA
                or self.connection.mariadb_capabilities & CACHE_METADATA)

    def read_group(self, count):
        for _ in range(count):
            yield self.next()
        if self.connection.capabilities & raw.DEPRECATE_EOF:
            return 0
        end = self.next()
        yield end
        return struct.unpack_from("<H", end.payload, 3)[0]

    def read_row_packets(self):
        while True:
            packet = self.next()
            yield packet
            if packet.payload[:1] == b"\xfe" and len(packet.payload) < raw.MAX_PAYLOAD:
                return self.connection.status_at_end(packet.payload)

    def read_rows(self):
        """Of COM_STMT_FETCH and COM_FIELD_LIST."""
        yield from self.read_row_packets()

    def read_prepare(self):
        first = self.next()
        yield first
        columns, parameters = struct.unpack_from("<HH", first.payload, 5)
        left_out = self.connection.capabilities & raw.OPTIONAL_RESULTSET_METADATA and first.payload[12:13] == b"\0"
        for count in (parameters, columns):
            if count:
                yield from self.read_group(0 if left_out else count)


def compare(mine, other):
    """Fails at the first difference, and shows it."""
    for (label, here), (_, there) in zip(mine, other):
        if shown(here) != shown(there):
            at = next((at for at, pair in enumerate(zip(here, there)) if pair[0] != pair[1]), min(len(here), len(there)))
            raise AssertionError(f"the answers to {label} differ ({len(here)} and {len(there)} packets) at {at}:\n"
                                 f"{shown(here[at:at + 2])}\n{shown(there[at:at + 2])}")
    assert len(mine) == len(other)


def shown(packets):
    """Payloads of some length by their size and ends, so that a failure can be read."""
    return [(sequence, payload if len(payload) < 400 else (len(payload), payload[:100], hash(payload)))
            for sequence, payload in packets]
