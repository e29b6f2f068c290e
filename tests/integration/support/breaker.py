"""A relay that knows where packets end, and does harm to one of them.

In   where to carry to, and for each connection in turn a deed: what to do to its packet number N, counted through
     both ways. Under TLS a record is what a packet is elsewhere.
Out  the harm, done once; everything else is carried as it is.

    with breaker.Relay(server.address) as relay:
        relay.plan(breaker.Deed("cut", at=7))
        raw.connect(relay.address, ...)
"""

import dataclasses
import random
import socket
import threading

from . import cutter
from .cutter import reset

SSL_REQUEST_SIZE = 36
DAMAGES = ("sequence", "garbage", "noise", "longer", "shorter", "empty", "twice", "missing")


class Over(Exception):
    """This connection ends here; its receiver still gets these bytes."""


@dataclasses.dataclass
class Deed:
    """cut: both ends are reset in place of the packet; half: its first half, then the end. damage: see harm()."""
    what: str
    at: int
    seed: int = 0
    done: bool = False

    def harm(self, packet):
        dice = random.Random(f"{self.what}{self.at}{self.seed}")
        head, body = packet[:4], packet[4:]
        size = int.from_bytes(packet[:3], "little")
        changed = {
            "sequence": lambda: head[:3] + bytes([(head[3] + 1 + dice.randrange(254)) % 256]) + body,
            "garbage": lambda: head + dice.randbytes(len(body)),
            "noise": lambda: dice.randbytes(len(packet)),
            "longer": lambda: (size + 1 + dice.randrange(300)).to_bytes(3, "little") + head[3:] + body,
            "shorter": lambda: dice.randrange(size + 1).to_bytes(3, "little") + head[3:] + body,
            "empty": lambda: b"\0\0\0" + head[3:],
            "twice": lambda: packet + packet,
            "missing": lambda: b"",
        }
        return changed[self.what]()


class Connection(cutter.Connection):
    """Packets are counted through both ways."""

    def __init__(self, relay, client, server):
        super().__init__(relay, client, server)
        self.deed = relay.deeds.pop(0) if relay.deeds else None
        self.packets = 0
        self.is_tls = False
        self.lock = threading.Lock()

    def carry(self, source, target):
        kept = b""
        try:
            while data := source.recv(1 << 16):
                kept += data
                while packet := self.first_of(kept):
                    kept = kept[len(packet):]
                    target.sendall(self.treat(packet))
            target.sendall(kept)
            target.shutdown(socket.SHUT_WR)
        except Over as over:
            self.end(target, *over.args)
        except OSError:
            self.end(target)

    def end(self, target, last=b""):
        """An orderly end behind the last bytes, which a reset would take away; a reset where there are none."""
        try:
            target.sendall(last)
            if last:
                target.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        for end in self.ends:
            if not last or end is not target:
                reset(end)

    def first_of(self, data):
        """The first whole packet or TLS record of `data`, b"" when there is none yet."""
        if self.is_tls and len(data) >= 5:
            size = 5 + int.from_bytes(data[3:5], "big")
        elif not self.is_tls and len(data) >= 4:
            size = 4 + int.from_bytes(data[:3], "little")
        else:
            return b""
        return data[:size] if len(data) >= size else b""

    def treat(self, packet):
        with self.lock:
            number, self.packets = self.packets, self.packets + 1
            if number == 1 and len(packet) == SSL_REQUEST_SIZE:  # the client's first; a login is longer
                self.is_tls = True
        deed = self.deed
        if not deed or deed.done or deed.at != number:
            return packet
        deed.done = True
        if deed.what == "cut":
            raise Over
        if deed.what == "half":
            raise Over(packet[:len(packet) // 2])
        return deed.harm(packet)


class Relay(cutter.Relay):
    """Each connection takes the next deed that was planned, or none."""

    connection = Connection

    def __init__(self, target):
        self.deeds = []
        super().__init__(target)

    def plan(self, deed):
        self.deeds.append(deed)
