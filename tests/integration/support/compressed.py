"""A raw client that speaks the compressed protocol, frame by frame (support/raw.py underneath).

In   a RawConnection that has logged in with a compression bit; algorithm "zlib" or "zstd".
Out  the same connection, whose socket packs what is sent and unpacks what comes; `frames` tells what came.

zstd needs the module zstandard (package python3-zstandard).
Follows the MySQL source documentation, "Compression".
"""

import zlib

from . import raw

try:
    import zstandard
except ImportError:
    zstandard = None

BITS = {"zlib": raw.COMPRESS, "zstd": raw.ZSTD}
STORED_BELOW = 50


def pack(algorithm, data):
    return zlib.compress(data) if algorithm == "zlib" else zstandard.ZstdCompressor().compress(data)


def unpack(algorithm, data, size):
    if algorithm == "zlib":
        return zlib.decompress(data)
    return zstandard.ZstdDecompressor().decompress(data, max_output_size=size)


def frame(algorithm, data, sequence, stored=None):
    """One frame; stored: None as clients choose, else True or False."""
    if stored is None:
        stored = len(data) < STORED_BELOW
    body = data if stored else pack(algorithm, data)
    return (len(body).to_bytes(3, "little") + bytes([sequence % 256]) + (0 if stored else len(data)).to_bytes(3, "little")
            + body)


class FramedSocket:
    """Stands where a RawConnection has its socket.

    frames      (sequence, packed bytes, plain bytes) of every frame that came
    frame_size  what is sent is cut into frames of so many plain bytes (16 MiB - 1 at most)
    stored      as for frame()
    """

    def __init__(self, socket, algorithm, frame_size=0xFFFFFF):
        self.socket = socket
        self.algorithm = algorithm
        self.frame_size = frame_size
        self.stored = None
        self.frames = []
        self.sequence = 0
        self.waiting = b""

    def sendall(self, data):
        """A packet of id 0 begins a command, and frames count from 0 again; see also `go_on`."""
        if data[3:4] == b"\0" and len(data) >= 4:
            self.sequence = 0
        self.go_on(data)

    def go_on(self, data):
        framed = bytearray()
        for at in range(0, len(data), self.frame_size):
            framed += frame(self.algorithm, data[at:at + self.frame_size], self.sequence, self.stored)
            self.sequence = (self.sequence + 1) % 256
        self.socket.sendall(framed)

    def recv(self, size):
        while not self.waiting:
            header = self.read(7)
            if not header:
                return b""
            packed, sequence = int.from_bytes(header[:3], "little"), header[3]
            plain = int.from_bytes(header[4:], "little")
            body = self.read(packed)
            assert len(body) == packed, "cut in a frame"
            self.waiting = unpack(self.algorithm, body, plain) if plain else body
            assert not plain or len(self.waiting) == plain
            self.frames.append((sequence, packed, len(self.waiting)))
            self.sequence = (sequence + 1) % 256
        taken, self.waiting = self.waiting[:size], self.waiting[size:]
        return taken

    def read(self, size):
        data = bytearray()
        while len(data) < size:
            part = self.socket.recv(min(size - len(data), 1 << 20))
            if not part:
                return bytes(data)
            data += part
        return bytes(data)

    def settimeout(self, seconds):
        self.socket.settimeout(seconds)

    def close(self):
        self.socket.close()


class CompressedConnection(raw.RawConnection):
    """Logs in with the bit, offered or not, and speaks frames from the OK on."""

    def __init__(self, address, algorithm, frame_size=0xFFFFFF, level=3, **how):
        super().__init__(*address, **how)
        self.algorithm = algorithm
        self.frame_size = frame_size
        self.level = level

    def login_payload(self, *arguments, **fields):
        payload = super().login_payload(*arguments, **fields)
        return payload + bytes([self.level]) if self.algorithm == "zstd" else payload

    def login(self, user, password="", capabilities=raw.DEFAULT_CAPABILITIES, **how):
        ok = super().login(user, password, capabilities=capabilities | BITS[self.algorithm], **how)
        self.socket = FramedSocket(self.socket, self.algorithm, self.frame_size)
        return ok

    @property
    def frames(self):
        return self.socket.frames


def connect(at, algorithm, account=None, frame_size=0xFFFFFF, level=3, **login):
    """`at`: a Server or a Guard."""
    account = account or getattr(at, "server", at).app
    client = CompressedConnection(at.address, algorithm, frame_size, level)
    try:
        client.login(account.user, account.password, **login)
    except BaseException:
        client.close()
        raise
    return client
