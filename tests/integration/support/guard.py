"""A guard for one test: started with the test's settings, and judged by what it leaves behind.

In   a Server, settings by their names in settings.def (snake_case), and the program to run:
     $SCHEMAGUARD_BINARY, else build/release/schemaguard.
Out  a running `schemaguard serve` with a port, a log and an event log of its own.

stop() is part of every test: SIGTERM, exit code 0, and neither a failed assertion nor a sanitizer's report
nor a disagreement with the server in what it wrote, nor a session that was not ended. A test that provokes one says so beforehand
(allow_disagreement, expected_exit).
"""

import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import jsonschema
import pymysql
import throwaway

from . import raw
from .servers import ROOT

START_SECONDS = 180  # generous: none of them is reached but by a guard that hangs
STOP_SECONDS = 180
SANITIZER_EXIT = 86

# What must never stand in a guard's log.
ALARMS = re.compile(
    r"ERROR: (?:Address|Leak|Thread|Memory)Sanitizer|WARNING: ThreadSanitizer|runtime error:|SUMMARY: \w+Sanitizer"
    r"|Assertion .*failed|assertion|a fault of the guard", re.IGNORECASE)
# What the catalog's thread says after it has handed a schema to the workers.
SCHEMA_READ = re.compile(r"schema (?:read|changed) \((\w+)\)(?:, generation (\d+))?")
COUNTERS = re.compile(r"^.*?(\{.*\"connections_accepted\".*\})", re.MULTILINE)
# That of a SIGHUP; where it failed, the next attempt's.
READ_AGAIN = re.compile(r"schema (?:read|changed) \(signal\)|reading the schema failed.*schema (?:read|changed) \(retry\)",
                        re.DOTALL)
# What the main thread says after it has handed TLS files to the workers, or kept those of before.
TLS_READ = re.compile(r"files of the TLS settings were read again|nothing is changed: what was read before")
DISAGREEMENTS = ("false_positive", "missed")


def binary():
    """The guard under test, or None while it is not built."""
    path = pathlib.Path(os.environ.get("SCHEMAGUARD_BINARY", ROOT / "build/release/schemaguard")).resolve()
    return path if path.exists() else None


class Guard:
    """A running guard.

    address, port         where it listens (TCP, loopback)
    log_path, event_path  its standard error; its event log
    process               the subprocess.Popen
    allow_disagreement    set it in a test that makes the guard err on purpose
    expected_exit         the exit code stop() wants
    """

    def __init__(self, server, folder, /, **settings):
        """`folder` is the test's own. A setting of None is left out; schema_user=None: a guard without
        a schema."""
        self.server = server
        self.folder = pathlib.Path(folder)
        self.port = throwaway.free_port()
        self.log_path = self.folder / f"guard-{self.port}.log"
        self.event_path = self.folder / f"guard-{self.port}.events.jsonl"
        self.allow_disagreement = False
        self.expected_exit = 0
        self.process = None
        host, port = server.address
        self.settings = {
            "listen": f"{throwaway.HOST}:{self.port}",
            "server": f"{host}:{port}",
            "schema_user": server.schema.user,
            "schema_password_file": server.schema_password_file,
            "event_log": self.event_path,
            "log_level": "debug",
            "admin_listen": "none",
            "arm": "now",
            "connect_timeout": "20s",  # a sanitizer's handshakes on a busy machine take longer than the defaults allow
            "login_timeout": "2m",
            "confirm_timeout": "1m",
            **settings,
        }
        if self.settings["admin_listen"] is True:
            self.settings["admin_listen"] = f"{throwaway.HOST}:{throwaway.free_port()}"
        if self.settings["schema_user"] is None:
            self.settings["schema_password_file"] = None

    @property
    def address(self):
        return throwaway.HOST, self.port

    # --- life

    def command(self):
        options = [f"--{name.replace('_', '-')}={value}" for name, value in self.settings.items() if value is not None]
        return [str(binary()), "serve", *options]

    def environment(self):
        """Ours without settings for the guard, and with what the sanitizers need to know."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SCHEMAGUARD_")}
        folder = ROOT / "tests/support/sanitizers"
        return {
            **kept,
            "ASAN_OPTIONS": f"exitcode={SANITIZER_EXIT}:detect_leaks=1:detect_stack_use_after_return=1",
            "LSAN_OPTIONS": f"exitcode={SANITIZER_EXIT}:suppressions={folder}/lsan.supp:print_suppressions=0",
            "UBSAN_OPTIONS": "print_stacktrace=1",
            "TSAN_OPTIONS": f"exitcode={SANITIZER_EXIT}:suppressions={folder}/tsan.supp:second_deadlock_stack=1",
        }

    def start(self, schema=True):
        """Returns self once the guard listens and, unless schema=False, has read the schema."""
        before = self.starts()
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=self.environment(), cwd=self.folder)
        self.wait_until(lambda: self.starts() > before, "it listens")
        if schema and self.settings.get("schema_user"):
            self.wait_for_schema()
        return self

    def starts(self):
        """How often it has said that it listens; from then on it takes signals and commands, too."""
        return len(re.findall(r"serve: listening on .*, mode ", self.log_text()))

    def readings(self, reason=None):
        """How often the schema was read, in all or for that reason (start, interval, signal, ddl, miss)."""
        return len([why for why, _ in SCHEMA_READ.findall(self.log_text()) if reason in (None, why)])

    def generation(self):
        """The generation in use, by the log; 0 before the first."""
        readings = SCHEMA_READ.findall(self.log_text())
        return max([0] + [int(generation or 1) for _, generation in readings])

    def wait_for_schema(self, after=0):
        """Until a generation later than `after` is published; returns it."""
        self.wait_until(lambda: self.generation() > after, f"a schema generation after {after}")
        return self.generation()

    def reload(self):
        """SIGHUP, awaited; returns the generation, which is a new one only if something had changed."""
        before = len(self.log_text())
        self.process.send_signal(signal.SIGHUP)
        self.wait_until(lambda: READ_AGAIN.search(self.log_text()[before:]), "the schema is read again")
        return self.generation()

    def reload_tls(self):
        """SIGHUP; until the guard has told what became of the TLS files."""
        before = len(TLS_READ.findall(self.log_text()))
        self.process.send_signal(signal.SIGHUP)
        self.wait_until(lambda: len(TLS_READ.findall(self.log_text())) > before, "an answer to SIGHUP")

    def wait_for_log(self, pattern, seconds=START_SECONDS):
        """Until a line of the log matches; returns the match."""
        self.wait_until(lambda: re.search(pattern, self.log_text()), f"{pattern!r} in its log", seconds)
        return re.search(pattern, self.log_text())

    def wait_until(self, ready, what, seconds=START_SECONDS):
        deadline = time.monotonic() + seconds
        while not ready():
            status = self.process.poll()
            assert status is None, f"the guard ended (status {status}) before {what}:\n{self.log_tail()}"
            assert time.monotonic() < deadline, f"not within {seconds} s: {what}:\n{self.log_tail()}"
            time.sleep(0.02)

    def stop(self):
        """SIGTERM and the judgement; twice does no harm."""
        if self.process is None:
            return
        process, self.process = self.process, None
        if process.poll() is None:
            process.terminate()
        try:
            status = process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"the guard did not end within {STOP_SECONDS} s of SIGTERM:\n{self.log_tail()}")
        self.judge(status)
        self.judge_events()

    def judge(self, status):
        alarm = ALARMS.search(self.log_text())
        assert alarm is None, f"the guard's log has an alarm:\n{self.log_text()[max(0, alarm.start() - 500):][:6000]}"
        assert status == self.expected_exit, f"the guard ended with status {status}:\n{self.log_tail()}"
        if not self.allow_disagreement:
            wrong = [event for event in self.events() if event.get("schemaguard.agreement") in DISAGREEMENTS]
            assert not wrong, f"the guard and the server disagree:\n{json.dumps(wrong, indent=2)[:6000]}"
        self.judge_counters()

    def judge_events(self):
        """By the schema that is published for them."""
        if not self.event_path.is_file():
            return
        schema = json.loads((ROOT / "docs/event.schema.json").read_text())
        validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
        for event in self.events():
            problem = jsonschema.exceptions.best_match(validator.iter_errors(event))
            assert problem is None, f"an event is not as docs/event.schema.json has it: {problem.message}\n{event}"

    def judge_counters(self):
        """By those that the guard logs when it ends."""
        counters = self.last_counters()
        left = {name: counters.get(name) for name in ("sessions_open", "closed_internal", "events_dropped")}
        assert not any(left.values()), f"at its end the guard counts {left}"
        if not self.allow_disagreement:
            wrong = {name: counters.get(name) for name in DISAGREEMENTS}
            assert not any(wrong.values()), f"the guard and the server disagree: {wrong}"

    # --- what it wrote

    def log_text(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def log_tail(self):
        return self.log_text()[-4000:]

    def events(self):
        """The events so far, in order. A line that is being written is none yet."""
        if not self.event_path.exists():
            return []
        whole, _, _ = self.event_path.read_bytes().rpartition(b"\n")
        return [json.loads(line) for line in whole.split(b"\n") if line]

    def wait_for_events(self, count, seconds=START_SECONDS):
        """The events, once there are `count` of them or more."""
        self.wait_until(lambda: len(self.events()) >= count, f"{count} events", seconds)
        return self.events()

    def last_counters(self):
        """The counters (metrics.def) that were logged last; {} before."""
        found = COUNTERS.findall(self.log_text())
        return json.loads(found[-1]) if found else {}

    def counters(self):
        """The counters of this moment."""
        before = len(COUNTERS.findall(self.log_text()))
        self.process.send_signal(signal.SIGUSR2)
        self.wait_until(lambda: len(COUNTERS.findall(self.log_text())) > before, "its counters are logged")
        return self.last_counters()

    def wait_for_counters(self, **expected):
        """Until these counters have these values: a client may have its answer before it was counted."""
        def reached():
            counters = self.counters()
            return all(counters[name] == value for name, value in expected.items())
        self.wait_until(reached, f"{expected}")

    # --- its HTTP

    def http(self, path, method="GET", body=None, headers=None):
        """(status, text) of a request to a guard that was started with admin_listen=True."""
        connection = http.client.HTTPConnection(*self.settings["admin_listen"].rsplit(":", 1), timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def state(self):
        """What /readyz tells."""
        return json.loads(self.http("/readyz")[1])

    def agreement(self):
        """What /agreement tells."""
        return json.loads(self.http("/agreement")[1])

    def prometheus(self):
        """{'name{labels}': value} of /metrics."""
        lines = [line for line in self.http("/metrics")[1].splitlines() if not line.startswith("#")]
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines}

    # --- what it costs

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def memory_kib(self, field="VmRSS"):
        """A line of /proc/PID/status: VmRSS is now, VmHWM the peak."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{field}:\s+(\d+) kB", status).group(1))

    # --- through it

    def connect(self, account=None, **options):
        """A PyMySQL connection through the guard as `account` (app); autocommit; TLS unless ssl=None."""
        account = account or self.server.app
        tls = {"check_hostname": False, "verify_mode": False}
        return pymysql.connect(host=throwaway.HOST, port=self.port, user=account.user, password=account.password,
                               **{"ssl": tls, "autocommit": True, **options})

    def raw(self, account=None, **login):
        """A raw connection through the guard, logged in as `account` (app)."""
        account = account or self.server.app
        return raw.connect(self.address, account.user, account.password, **login)

    def socket(self):
        """A bare TCP connection."""
        return socket.create_connection(self.address, 30)
