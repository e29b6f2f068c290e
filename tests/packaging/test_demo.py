"""scripts/demo.sh: what it shows, and that it leaves no process and no file behind, however it ends."""

import os
import pathlib
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time

import pytest
import throwaway

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "scripts/demo.sh"
MARK = "DEMO_TEST_MARK"


class Demo:
    """A run of the demo in a session and a temporary folder of its own, marked so that its processes can be found."""

    def __init__(self, *arguments):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sgdemo"))
        self.folder.chmod(0o755)  # the server runs as somebody else
        self.mark = secrets.token_hex(8)
        self.output = ""
        self.process = subprocess.Popen(
            [DEMO, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True, env={**os.environ, "TMPDIR": str(self.folder), MARK: self.mark})

    def read_until(self, text):
        for line in self.process.stdout:
            self.output += line
            if text in line:
                return
        raise AssertionError(f"the demo ended before {text!r}:\n{self.output}")

    def finish(self, timeout=600):
        """Its exit code; all its output is in self.output then."""
        rest, _ = self.process.communicate(timeout=timeout)
        self.output += rest
        return self.process.returncode

    def interrupt(self):
        """Ctrl-C: the terminal sends it to the whole foreground group."""
        os.killpg(self.process.pid, signal.SIGINT)

    def left_processes(self):
        left = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and f"{MARK}={self.mark}".encode() in (entry / "environ").read_bytes():
                    left.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
        return left

    def assert_nothing_left(self):
        deadline = time.monotonic() + 60
        while self.left_processes() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert self.left_processes() == []
        assert list(self.folder.iterdir()) == []

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.finish()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture
def start_demo():
    runs = []

    def start(*arguments):
        runs.append(Demo(*arguments))
        return runs[-1]

    yield start
    for run in runs:
        run.close()


def test_it_shows_a_pass_a_block_with_a_hint_and_the_event(start_demo):
    demo = start_demo()
    assert demo.finish() == 0, demo.output
    passed, stopped, event = re.split(r"^==> (?:A query for a column|The event)", demo.output, flags=re.MULTILINE)
    assert "Nordwind Handel" in passed
    assert "ERROR 1054 (42S22)" in stopped and "Nordwind" not in stopped
    assert '"schemaguard.action": "blocked"' in event
    assert "Did you mean `company`?" in stopped
    assert "\033" not in demo.output, "colour off a terminal"
    demo.assert_nothing_left()


def test_on_a_server_of_the_users_it_takes_away_what_it_made(start_demo, tmp_path):
    with throwaway.MariadbServer() as server:
        password = tmp_path / "password"
        password.write_text(server.root_password + "\n")

        def inventory():
            return subprocess.run(
                ["mariadb", "--no-defaults", "--protocol=TCP", f"--host={server.host}", f"--port={server.port}",
                 "--user=root", "-e", "SHOW DATABASES; SELECT user, host FROM mysql.user"],
                capture_output=True, text=True, check=True, env={**os.environ, "MYSQL_PWD": server.root_password}).stdout

        before = inventory()
        demo = start_demo("--server", f"{server.host}:{server.port}", "--user", "root", "--password-file", password)
        assert demo.finish() == 0, demo.output
        assert inventory() == before
        assert server.process.poll() is None
        demo.assert_nothing_left()


@pytest.mark.parametrize("place", ["What it needs", "Building", "Starting a throw-away", "with the tables",
                                   "Starting the guard", "listening on", "A query that is right", "is stopped",
                                   "The event", "It stays up", "Ctrl-C ends it"])
@pytest.mark.parametrize("delay", [0, 0.15, 0.4])
def test_ctrl_c_leaves_nothing_behind(start_demo, place, delay):
    demo = start_demo("--stay")
    demo.read_until(place)
    time.sleep(delay)
    demo.interrupt()
    assert demo.finish(180) == 130, demo.output
    demo.assert_nothing_left()


def test_term_and_hangup_leave_nothing_behind(start_demo):
    for number in (signal.SIGTERM, signal.SIGHUP):
        demo = start_demo("--stay")
        demo.read_until("Ctrl-C ends it")
        demo.process.send_signal(number)
        assert demo.finish(180) == 128 + number
        demo.assert_nothing_left()


def test_bad_arguments_start_nothing(start_demo):
    demo = start_demo("--frobnicate")
    assert demo.finish(60) == 2
    assert "--frobnicate" in demo.output and "usage:" in demo.output
    demo.assert_nothing_left()
