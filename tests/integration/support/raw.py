"""A MySQL client that does exactly what a test says, packet by packet. Standard library only.

In   an address; then bytes, packets, or whole steps of the login, as coarse or as fine as the test needs.
Out  packets as they came, and their meaning where asked (greeting, OK, ERR, result sets).

Three levels, each usable on its own:
    RawConnection(host, port)             a socket: send_bytes, send_packet, read_packet, start_tls
    .read_greeting() .login(...)          the handshake (native, caching_sha2 fast and full, sha256, clear)
    connect(address, user, password)      both; then .query(text), .prepare(text), .command(0x0e) ...

Nothing is checked that a test would want to get wrong: capabilities, sequence ids, sizes and order are
the caller's. Follows the MySQL source documentation, "Protocol::HandshakeV10" and its neighbours.
"""

import base64
import dataclasses
import hashlib
import os
import socket
import ssl
import struct

# Capability flags, by the names of the documentation.
LONG_PASSWORD = 1 << 0
FOUND_ROWS = 1 << 1
LONG_FLAG = 1 << 2
CONNECT_WITH_DB = 1 << 3
COMPRESS = 1 << 5
LOCAL_FILES = 1 << 7
PROTOCOL_41 = 1 << 9
SSL = 1 << 11
TRANSACTIONS = 1 << 13
SECURE_CONNECTION = 1 << 15
MULTI_STATEMENTS = 1 << 16
MULTI_RESULTS = 1 << 17
PS_MULTI_RESULTS = 1 << 18
PLUGIN_AUTH = 1 << 19
CONNECT_ATTRS = 1 << 20
PLUGIN_AUTH_LENENC = 1 << 21
SESSION_TRACK = 1 << 23
DEPRECATE_EOF = 1 << 24
OPTIONAL_RESULTSET_METADATA = 1 << 25
ZSTD = 1 << 26
QUERY_ATTRIBUTES = 1 << 27
MULTI_FACTOR = 1 << 28

DEFAULT_CAPABILITIES = (LONG_PASSWORD | LONG_FLAG | PROTOCOL_41 | TRANSACTIONS | SECURE_CONNECTION | MULTI_RESULTS
                        | PS_MULTI_RESULTS | PLUGIN_AUTH | PLUGIN_AUTH_LENENC)

COM_QUIT, COM_INIT_DB, COM_QUERY, COM_FIELD_LIST = 0x01, 0x02, 0x03, 0x04
COM_STATISTICS, COM_PROCESS_KILL, COM_PING, COM_CHANGE_USER = 0x09, 0x0C, 0x0E, 0x11
COM_STMT_PREPARE, COM_STMT_EXECUTE, COM_STMT_SEND_LONG_DATA = 0x16, 0x17, 0x18
COM_STMT_CLOSE, COM_STMT_RESET, COM_SET_OPTION, COM_STMT_FETCH = 0x19, 0x1A, 0x1B, 0x1C
COM_RESET_CONNECTION, COM_STMT_BULK_EXECUTE = 0x1F, 0xFA

SERVER_STATUS_IN_TRANS = 0x0001
SERVER_MORE_RESULTS_EXISTS = 0x0008
MAX_PAYLOAD = 0xFFFFFF
UTF8MB4_GENERAL_CI = 45
TIMEOUT = 120  # seconds; only what hangs takes so long


class Closed(Exception):
    """The other side closed, or reset, where a packet should have come."""


@dataclasses.dataclass
class Packet:
    """One logical packet: continued ones are joined. `sequence` is the id of its last part."""
    sequence: int
    payload: bytes

    @property
    def is_ok(self):
        return self.payload[:1] == b"\x00"

    @property
    def is_err(self):
        return self.payload[:1] == b"\xff"

    @property
    def is_eof(self):
        return self.payload[:1] == b"\xfe" and len(self.payload) < 9


@dataclasses.dataclass
class Greeting:
    version: str
    connection_id: int
    nonce: bytes
    capabilities: int
    collation: int
    status: int
    plugin: str
    mariadb_capabilities: int
    payload: bytes


@dataclasses.dataclass
class Ok:
    affected: int
    insert_id: int
    status: int
    warnings: int
    info: bytes


class Err(Exception):
    """An ERR packet: raised by connect(), query() and the like; also a plain value."""

    def __init__(self, packet):
        self.packet = packet
        self.sequence = packet.sequence
        (self.errno,) = struct.unpack_from("<H", packet.payload, 1)
        has_state = packet.payload[3:4] == b"#"
        self.sqlstate = packet.payload[4:9].decode() if has_state else None
        self.message = packet.payload[9 if has_state else 3:].decode("utf-8", "replace")
        super().__init__(f"{self.errno} ({self.sqlstate}): {self.message}")


@dataclasses.dataclass
class Result:
    """One result of a command: either `ok`, or columns (names) with rows (bytes or None per field)."""
    ok: Ok
    columns: list = None
    rows: list = None
    status: int = 0


# --- values on the wire ----------------------------------------------------------------------------


def lenenc(number):
    if number < 0xFB:
        return bytes([number])
    if number < 1 << 16:
        return b"\xfc" + struct.pack("<H", number)
    if number < 1 << 24:
        return b"\xfd" + struct.pack("<I", number)[:3]
    return b"\xfe" + struct.pack("<Q", number)


def lenenc_bytes(data):
    return lenenc(len(data)) + data


def read_lenenc(data, at):
    """(number, or None for NULL; the place after it)."""
    first = data[at]
    if first < 0xFB:
        return first, at + 1
    if first == 0xFB:
        return None, at + 1
    size = {0xFC: 2, 0xFD: 3, 0xFE: 8}[first]
    return int.from_bytes(data[at + 1:at + 1 + size], "little"), at + 1 + size


def read_lenenc_bytes(data, at):
    size, at = read_lenenc(data, at)
    return (None, at) if size is None else (data[at:at + size], at + size)


def frame(payload, sequence=0):
    """`payload` as packets: 3 bytes of length and the id before each part."""
    parts = []
    while True:
        part, payload = payload[:MAX_PAYLOAD], payload[MAX_PAYLOAD:]
        parts.append(struct.pack("<I", len(part))[:3] + bytes([sequence % 256]) + part)
        sequence += 1
        if len(part) < MAX_PAYLOAD:
            return b"".join(parts)


def parse_greeting(payload):
    version, at = payload[1:payload.index(0, 1)].decode(), payload.index(0, 1) + 1
    connection_id, = struct.unpack_from("<I", payload, at)
    nonce = payload[at + 4:at + 12]
    low, collation, status, high, nonce_length = struct.unpack_from("<HBHHB", payload, at + 13)
    at += 13 + 8
    mariadb_capabilities, = struct.unpack_from("<I", payload, at + 6)
    rest = payload[at + 10:]
    nonce += rest[:max(13, nonce_length - 8) - 1]
    plugin = rest[max(13, nonce_length - 8):].split(b"\0")[0].decode()
    capabilities = low | high << 16
    return Greeting(version, connection_id, nonce, capabilities, collation, status, plugin,
                    0 if capabilities & LONG_PASSWORD else mariadb_capabilities, payload)


def parse_ok(payload):
    affected, at = read_lenenc(payload, 1)
    insert_id, at = read_lenenc(payload, at)
    status, warnings = struct.unpack_from("<HH", payload, at)
    return Ok(affected, insert_id, status, warnings, payload[at + 4:])


def column_name(payload):
    """Of a column definition: catalog, schema, table, org_table, then the name."""
    at = 0
    for _ in range(4):
        _, at = read_lenenc_bytes(payload, at)
    return read_lenenc_bytes(payload, at)[0].decode("utf-8", "replace")


def text_row(payload):
    row, at = [], 0
    while at < len(payload):
        value, at = read_lenenc_bytes(payload, at)
        row.append(value)
    return row


# --- proofs ----------------------------------------------------------------------------------------


def xor(left, right):
    return bytes(a ^ b for a, b in zip(left, right))


def native_proof(password, nonce):
    """mysql_native_password: SHA1(p) xor SHA1(nonce, SHA1(SHA1(p)))."""
    if not password:
        return b""
    once = hashlib.sha1(password).digest()
    return xor(once, hashlib.sha1(nonce + hashlib.sha1(once).digest()).digest())


def caching_sha2_proof(password, nonce):
    """caching_sha2_password, fast: SHA256(p) xor SHA256(SHA256(SHA256(p)), nonce)."""
    if not password:
        return b""
    once = hashlib.sha256(password).digest()
    return xor(once, hashlib.sha256(hashlib.sha256(once).digest() + nonce).digest())


def obscured(password, nonce):
    """What the RSA exchange encrypts: password and NUL, xor the nonce repeated."""
    clear = password + b"\0"
    return xor(clear, nonce * (len(clear) // len(nonce) + 1))


def rsa_oaep_encrypt(pem, message):
    """RSA with OAEP padding and SHA-1 (RFC 8017, 7.1.1), for a SubjectPublicKeyInfo in PEM."""
    modulus, exponent = parse_public_key(pem)
    size = (modulus.bit_length() + 7) // 8
    digest = hashlib.sha1(b"").digest()
    block = digest + b"\0" * (size - len(message) - 2 * len(digest) - 2) + b"\x01" + message
    seed = os.urandom(len(digest))
    masked_block = xor(block, mgf1(seed, len(block)))
    masked_seed = xor(seed, mgf1(masked_block, len(seed)))
    padded = int.from_bytes(b"\0" + masked_seed + masked_block, "big")
    return pow(padded, exponent, modulus).to_bytes(size, "big")


def mgf1(seed, size):
    blocks = (hashlib.sha1(seed + struct.pack(">I", i)).digest() for i in range(size // 20 + 1))
    return b"".join(blocks)[:size]


def parse_public_key(pem):
    """(modulus, exponent) of SEQUENCE { SEQUENCE algorithm, BIT STRING { SEQUENCE { n, e } } }."""
    outer, _ = der_value(pem_to_der(pem), 0)
    _, after_algorithm = der_value(outer, 0)
    bits, _ = der_value(outer, after_algorithm)
    key, _ = der_value(bits[1:], 0)
    modulus, after_modulus = der_value(key, 0)
    exponent, _ = der_value(key, after_modulus)
    return int.from_bytes(modulus, "big"), int.from_bytes(exponent, "big")


def pem_to_der(pem):
    return base64.b64decode("".join(line for line in pem.decode().splitlines() if "-----" not in line))


def der_value(data, at):
    """(contents, the place after) of the DER element at `at`."""
    size, at = data[at + 1], at + 2
    if size & 0x80:
        width = size & 0x7F
        size, at = int.from_bytes(data[at:at + width], "big"), at + width
    return data[at:at + size], at + size


# --- the connection ----------------------------------------------------------------------------------


def trusting_context():
    """TLS with whatever certificate the other side shows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class RawConnection:
    """A socket that speaks in packets.

    sequence       the id the next send_packet() uses unless told; read_packet() sets it to what follows
    capabilities   what login() agreed on: offered and sent; mariadb_capabilities likewise
    greeting       after read_greeting()
    secure         TLS or a Unix socket: a password may be sent as it is
    full_auth      after login(): whether caching_sha2 asked for the whole password
    """

    def __init__(self, host, port=None, timeout=TIMEOUT, source=None):
        """`port` None: `host` is the path of a Unix socket, over which a password may go as it is.
        source: the loopback address to come from (127.0.0.2 ...)."""
        self.secure = False
        if port is None:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            self.socket.connect(str(host))
            self.secure = True
        else:
            self.socket = socket.create_connection((host, port), timeout, (source, 0) if source else None)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sequence = 0
        self.capabilities = 0
        self.mariadb_capabilities = 0
        self.greeting = None
        self.full_auth = False

    # --- bytes and packets

    def send_bytes(self, data):
        self.socket.sendall(data)

    def send_in_pieces(self, data, sizes):
        """`data` cut into pieces of `sizes` (an iterable, ended or not), each its own send."""
        at = 0
        for size in sizes:
            if at >= len(data):
                return
            self.socket.sendall(data[at:at + size])
            at += size
        self.socket.sendall(data[at:])

    def send_packet(self, payload, sequence=None):
        if sequence is None:
            sequence = self.sequence
        self.socket.sendall(frame(payload, sequence))
        self.sequence = (sequence + len(payload) // MAX_PAYLOAD + 1) % 256

    def read_exactly(self, size):
        data = bytearray()
        while len(data) < size:
            try:
                part = self.socket.recv(min(size - len(data), 1 << 20))
            except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError) as problem:
                raise Closed(str(problem)) from problem
            if not part:
                raise Closed(f"end of stream, {len(data)} of {size} bytes read")
            data += part
        return bytes(data)

    def read_packet(self):
        payload = b""
        while True:
            header = self.read_exactly(4)
            size, sequence = int.from_bytes(header[:3], "little"), header[3]
            payload += self.read_exactly(size)
            if size < MAX_PAYLOAD:
                self.sequence = (sequence + 1) % 256
                return Packet(sequence, payload)

    def read_checked(self):
        """A packet; an ERR is raised."""
        packet = self.read_packet()
        if packet.is_err:
            raise Err(packet)
        return packet

    def at_end(self, timeout=TIMEOUT):
        """True when the other side has closed; False when it sent something or stays silent."""
        self.socket.settimeout(timeout)
        try:
            return self.socket.recv(1) == b""
        except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
            return True
        except TimeoutError:
            return False

    def start_tls(self, context=None, session=None):
        """session: an ssl.SSLSession of an earlier connection with the same context, to be resumed."""
        context = context or trusting_context()
        self.socket = context.wrap_socket(self.socket, suppress_ragged_eofs=False, session=session)
        self.secure = True

    @property
    def tls_session(self):
        """What a later start_tls can resume. With TLS 1.3 only once something was read."""
        return self.socket.session

    def close(self):
        """The socket alone: no COM_QUIT."""
        self.socket.close()

    def quit(self):
        self.sequence = 0
        self.send_packet(bytes([COM_QUIT]))
        self.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # --- login

    def read_greeting(self):
        self.greeting = parse_greeting(self.read_checked().payload)
        return self.greeting

    def send_ssl_request(self, capabilities, collation=UTF8MB4_GENERAL_CI, mariadb_capabilities=0):
        self.send_packet(struct.pack("<IIB19xI", capabilities | SSL, 1 << 30, collation, mariadb_capabilities))

    def login_payload(self, user, proof, database=None, plugin="", attributes=None, capabilities=0,
                      collation=UTF8MB4_GENERAL_CI, mariadb_capabilities=0):
        """HandshakeResponse41, laid out as `capabilities` say."""
        payload = struct.pack("<IIB19xI", capabilities, 1 << 30, collation, mariadb_capabilities)
        payload += user.encode() + b"\0"
        payload += lenenc_bytes(proof) if capabilities & PLUGIN_AUTH_LENENC else bytes([len(proof)]) + proof
        if capabilities & CONNECT_WITH_DB:
            payload += (database or "").encode() + b"\0"
        if capabilities & PLUGIN_AUTH:
            payload += plugin.encode() + b"\0"
        if capabilities & CONNECT_ATTRS:
            pairs = b"".join(lenenc_bytes(k.encode()) + lenenc_bytes(v.encode())
                             for k, v in (attributes or {}).items())
            payload += lenenc_bytes(pairs)
        return payload

    def login(self, user, password="", database=None, tls=False, capabilities=DEFAULT_CAPABILITIES, attributes=None,
              plugin=None, collation=UTF8MB4_GENERAL_CI, tls_context=None, tls_session=None,
              mariadb_capabilities=0):
        """From the greeting to the final OK; returns that Ok, raises Err.

        plugin   what to log in with; None: what the server greets with
        """
        if self.greeting is None:
            self.read_greeting()
        if database is not None:
            capabilities |= CONNECT_WITH_DB
        if attributes is not None:
            capabilities |= CONNECT_ATTRS
        if tls:
            capabilities |= SSL
            self.send_ssl_request(capabilities, collation, mariadb_capabilities)
            self.start_tls(tls_context, tls_session)
        self.capabilities = capabilities & self.greeting.capabilities
        self.mariadb_capabilities = mariadb_capabilities & self.greeting.mariadb_capabilities
        plugin = plugin or self.greeting.plugin
        proof = self.first_proof(plugin, password.encode(), self.greeting.nonce)
        self.send_packet(self.login_payload(user, proof, database, plugin, attributes, capabilities, collation,
                                            mariadb_capabilities))
        return self.finish_login(plugin, password.encode(), self.greeting.nonce)

    def first_proof(self, plugin, password, nonce):
        if plugin == "mysql_native_password":
            return native_proof(password, nonce)
        if plugin == "caching_sha2_password":
            return caching_sha2_proof(password, nonce)
        if plugin == "sha256_password":
            if not password:
                return b""
            return password + b"\0" if isinstance(self.socket, ssl.SSLSocket) else b"\x01"
        if plugin == "mysql_clear_password":
            return password + b"\0"
        return b""

    def finish_login(self, plugin, password, nonce):
        """Answers switches and further rounds until OK (returned) or ERR (raised)."""
        while True:
            packet = self.read_checked()
            if packet.is_ok:
                return parse_ok(packet.payload)
            if packet.payload[:1] == b"\xfe":
                name, _, data = packet.payload[1:].partition(b"\0")
                plugin, nonce = name.decode(), data[:20]
                self.send_packet(self.first_proof(plugin, password, nonce))
            elif packet.payload == b"\x01\x03":
                continue
            elif packet.payload == b"\x01\x04":
                self.full_auth = True
                self.send_packet(password + b"\0" if self.secure else b"\x02")
            elif packet.payload[:1] == b"\x01":
                self.send_packet(rsa_oaep_encrypt(packet.payload[1:], obscured(password, nonce)))
            else:
                raise AssertionError(f"login: unexpected packet {packet.payload!r} of {plugin}")

    def change_user(self, user, password="", database="", plugin=None, collation=UTF8MB4_GENERAL_CI):
        """COM_CHANGE_USER up to its OK, which is returned; an ERR is raised."""
        plugin = plugin or self.greeting.plugin
        proof = self.first_proof(plugin, password.encode(), self.greeting.nonce)
        self.full_auth = False
        self.send_command(COM_CHANGE_USER, user.encode() + b"\0" + bytes([len(proof)]) + proof + database.encode()
                          + b"\0" + struct.pack("<H", collation) + plugin.encode() + b"\0"
                          + (b"\0" if self.capabilities & CONNECT_ATTRS else b""))
        return self.finish_login(plugin, password.encode(), self.greeting.nonce)

    # --- commands

    def send_command(self, command, payload=b""):
        """Starts at id 0, as every command does; reads nothing."""
        self.send_packet(bytes([command]) + payload, 0)

    def command(self, command, payload=b""):
        """For commands answered by one OK; raises Err."""
        self.send_command(command, payload)
        return parse_ok(self.read_checked().payload)

    def query(self, text):
        """The only result of `text`; an ERR is raised, several results are a mistake of the test."""
        results = self.query_all(text)
        assert len(results) == 1, f"{len(results)} results"
        return results[0]

    def send_query(self, text):
        self.send_command(COM_QUERY, self.query_payload(text))

    def query_all(self, text):
        self.send_query(text)
        return list(self.read_results())

    def query_payload(self, text):
        """With no attributes, in the form that the agreed capabilities ask for."""
        data = text if isinstance(text, bytes) else text.encode()
        return (b"\x00\x01" if self.capabilities & QUERY_ATTRIBUTES else b"") + data

    def read_results(self):
        """Yields each result of a text-protocol answer."""
        while True:
            result = self.read_result()
            yield result
            if not result.status & SERVER_MORE_RESULTS_EXISTS:
                return

    def read_result(self):
        first = self.read_checked()
        if first.is_ok:
            ok = parse_ok(first.payload)
            return Result(ok, status=ok.status)
        if first.payload[:1] == b"\xfb":
            raise AssertionError("LOCAL INFILE asked for: answer it by hand")
        count, _ = read_lenenc(first.payload, 0)
        columns = [column_name(self.read_checked().payload) for _ in range(count)]
        if not self.capabilities & DEPRECATE_EOF:
            self.read_packet()
        rows = []
        while True:
            packet = self.read_checked()
            if packet.payload[:1] == b"\xfe" and len(packet.payload) < MAX_PAYLOAD:
                return Result(None, columns, rows, self.status_at_end(packet.payload))
            rows.append(text_row(packet.payload))

    def status_at_end(self, payload):
        if self.capabilities & DEPRECATE_EOF:
            return parse_ok(payload).status
        return struct.unpack_from("<H", payload, 3)[0]

    def prepare(self, text):
        """(statement id, number of parameters, number of columns); definitions are read and dropped."""
        self.send_prepare(text)
        return self.read_prepared()

    def send_prepare(self, text):
        self.send_command(COM_STMT_PREPARE, text if isinstance(text, bytes) else text.encode())

    def read_prepared(self):
        packet = self.read_checked()
        statement, columns, parameters = struct.unpack_from("<IHH", packet.payload, 1)
        eof = 0 if self.capabilities & DEPRECATE_EOF else 1
        for count in (parameters, columns):
            for _ in range(count + eof if count else 0):
                self.read_packet()
        return statement, parameters, columns

    def execute(self, statement):
        """COM_STMT_EXECUTE without parameters; returns the number of binary rows, or an Ok."""
        self.send_command(COM_STMT_EXECUTE, struct.pack("<IBI", statement, 0, 1))
        first = self.read_checked()
        if first.is_ok:
            return parse_ok(first.payload)
        count, _ = read_lenenc(first.payload, 0)
        for _ in range(count + (0 if self.capabilities & DEPRECATE_EOF else 1)):
            self.read_packet()
        rows = 0
        while self.read_checked().payload[:1] != b"\xfe":
            rows += 1
        return rows

    def ping(self):
        return self.command(COM_PING)


def connect(address, user, password="", **login):
    """A connection that is logged in. `address`: (host, port), or the path of a Unix socket."""
    connection = RawConnection(*address) if isinstance(address, tuple) else RawConnection(address)
    try:
        connection.login(user, password, **login)
    except BaseException:
        connection.close()
        raise
    return connection
