"""A relay of the tests' own, that cuts what it carries wherever it is told to.

In   where to listen and where to carry to, TCP or Unix socket; how to cut; an address to come from.
Out  each piece in a send of its own. On a Unix socket the next one waits until the receiver has read the one
     before (the kernel tells), so that it sees the pieces that were wanted; TCP may join them.

    with cutter.Relay(guard_socket, cut=cutter.at_random(seed)) as relay:
        raw.connect(relay.address, ...)
"""

import array
import fcntl
import random
import socket
import struct
import termios
import threading
import time

import throwaway

# A receiver that has stopped reading (back-pressure) is not waited for longer than this.
PATIENCE_SECONDS = 0.05


def whole(data):
    """No cuts."""
    yield data


def at_random(seed, largest=64):
    """Pieces of 1 to `largest` bytes. The same seed gives the same cuts."""
    dice = random.Random(seed)

    def cut(data):
        at = 0
        while at < len(data):
            size = dice.randint(1, largest)
            yield data[at:at + size]
            at += size

    return cut


def connect(target, source=None):
    if isinstance(target, tuple):
        connection = socket.create_connection(target, 30, source)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    else:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(target))
    connection.settimeout(None)
    return connection


def reset(end):
    """Closes at once; over TCP with a reset, as the kernel of a crashed peer does."""
    try:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    end.close()


def stop_listening(listener):
    """Wakes the thread that waits in accept(), too."""
    try:
        listener.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    listener.close()


class Connection:
    """One client of a relay and the server it was connected to.

    silenced   set it: what the server says from then on is dropped
    """

    def __init__(self, relay, client, server):
        self.relay = relay
        self.ends = (client, server)
        self.cuts = {client: relay.cut, server: relay.cut_back}
        self.silenced = False

    def start(self):
        for ends in (self.ends, self.ends[::-1]):
            threading.Thread(target=self.carry, args=ends, daemon=True).start()

    def carry(self, source, target):
        cut = self.cuts[source]
        try:
            while data := source.recv(1 << 16):
                if self.silenced and source is self.ends[1]:
                    continue
                for piece in cut(data):
                    target.sendall(piece)
                    self.relay.cuts += 1
                    wait_until_read(target)
            target.shutdown(socket.SHUT_WR)
        except (OSError, ValueError):  # ValueError: closed by the other thread meanwhile
            for end in self.ends:
                reset(end)


class Relay:
    """Carries each connection made to its address on to `target`, both ways, until both have ended.

    target    (host, port), or the path of a Unix socket
    path      listen on this Unix socket, instead of a TCP port
    cut       what leaves towards `target` is cut by this; `cut_back` the other way
    source    loopback address to come from (TCP)
    address   where it listens: (host, port), or the path; `text`: as the guard's setting `server` wants it
    last      the Connection that was made last
    cuts      pieces sent so far, both ways
    """

    connection = Connection

    def __init__(self, target, path=None, cut=whole, cut_back=whole, source=None):
        self.target = target
        self.cut, self.cut_back = cut, cut_back
        self.source = (source, 0) if source else None
        self.last = None
        self.cuts = 0
        self.open = []
        if path:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(str(path))
            self.listener.listen(256)
            self.address = self.text = path
        else:
            self.listener = socket.create_server((throwaway.HOST, 0), backlog=256)
            self.address = self.listener.getsockname()
            self.text = "{}:{}".format(*self.address)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = connect(self.target, self.source)
            except OSError:
                reset(client)
                continue
            if client.family != socket.AF_UNIX:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.open += [client, server]
            self.last = self.connection(self, client, server)
            self.last.start()

    def vanish(self):
        """Takes no more connections, as a server that has ended; those that are open stay."""
        stop_listening(self.listener)

    def close(self):
        self.vanish()
        for end in self.open:
            reset(end)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def wait_until_read(end):
    if end.family != socket.AF_UNIX:
        return
    waiting = array.array("i", [1])
    deadline = time.monotonic() + PATIENCE_SECONDS
    while waiting[0] and time.monotonic() < deadline:
        fcntl.ioctl(end, termios.TIOCOUTQ, waiting)
