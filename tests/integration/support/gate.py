"""A relay that stays open for those who are inside: what is wrong then is wrong for new connections alone.

    with gate.Gate(server.address) as way:
        guard = start_guard(server=way.text)
        with guard.raw(...) as client:      # its connection to the server goes on
            way.shut()                      # the account that reads the schema gets none
            way.stall()                     # or one on which nothing is ever said
            way.open_again()
"""

import threading

from . import cutter


class Connection(cutter.Connection):
    """Begins when its gate lets it."""

    def start(self):
        threading.Thread(target=self.wait_and_start, daemon=True).start()

    def wait_and_start(self):
        self.relay.waiting += 1
        self.relay.may_pass.wait()
        if self.relay.is_shut:
            for end in self.ends:
                cutter.reset(end)
        else:
            super().start()


class Gate(cutter.Relay):
    """waiting: how many have come, ever."""

    connection = Connection

    def __init__(self, target):
        self.may_pass = threading.Event()
        self.is_shut = False
        self.waiting = 0
        self.may_pass.set()
        super().__init__(target)

    def shut(self):
        self.is_shut = True
        self.may_pass.set()

    def stall(self):
        self.may_pass.clear()

    def open_again(self):
        self.is_shut = False
        self.may_pass.set()

    def close(self):
        self.shut()
        super().close()
