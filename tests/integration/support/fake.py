"""A server of the tests' own, for what no real one does: says what it is told to say, or nothing.

    with fake.Server(lambda end: end.sendall(b"HTTP/1.1 400 Bad Request\\r\\n\\r\\n")) as server:
        start_guard(server=server.text, schema_user=None)
"""

import socket
import threading

import throwaway

from .cutter import stop_listening


class Server:
    """Listens; runs `talk(socket)` for each connection, in a thread, and closes when it returns.

    text       host:port, as the guard's setting `server` wants it
    accepted   connections so far
    """

    def __init__(self, talk):
        self.talk = talk
        self.accepted = 0
        self.listener = socket.create_server((throwaway.HOST, 0), backlog=64)
        self.text = "{}:{}".format(*self.listener.getsockname())
        self.ended = threading.Event()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                end, _ = self.listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self.serve, args=(end,), daemon=True).start()

    def serve(self, end):
        with end:
            try:
                self.talk(end)
            except OSError:
                pass

    def silence(self, end):
        """For `talk`: says nothing until the test is over."""
        self.ended.wait()

    def close(self):
        self.ended.set()
        stop_listening(self.listener)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
