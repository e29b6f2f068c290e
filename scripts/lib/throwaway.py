#!/usr/bin/env python3
"""Throw-away database servers: a MariaDB or a MySQL of one's own, gone without a trace when its user is.

In   what the machine has: MariaDB's programs from the packages mariadb-server-core and mariadb-client, or
     a Debian root with MySQL in it (scripts/lib/debian_root.sh makes one; MySQL runs there by chroot, so
     it needs root).
Out  a running server on a free loopback port with a folder, a root password and TLS of its own.

Used by the demo and the tests, as a module and as a command:

    throwaway.py mariadb --ready FILE       starts, writes FILE (JSON: host, port, socket, user, password,
    throwaway.py mysql --root DIR ...       tls_ca, version), and ends the server on SIGTERM or SIGINT

A server that is already running on the machine is never used. The server is told by the kernel
(PR_SET_PDEATHSIG) when its starter dies, so that even a killed starter leaves no server behind.
"""

import argparse
import collections
import ctypes
import json
import os
import pathlib
import pwd
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HOST = "127.0.0.1"
START_SECONDS = 240
STOP_SECONDS = 60
PR_SET_PDEATHSIG = 1
LATELY = collections.deque(maxlen=64)  # the ports that free_port() gave last

# For both flavours: quick on a small machine, and nothing but our own options is read.
COMMON_OPTIONS = [
    "--skip-name-resolve",
    "--skip-log-bin",
    "--innodb-buffer-pool-size=64M",
    "--innodb-flush-log-at-trx-commit=2",
    "--max-connections=400",
    "--connect-timeout=120",
    "--max-allowed-packet=256M",
    "--local-infile=1",
]


class ServerUnavailable(Exception):
    """This flavour cannot be had on this machine; the text says what is missing."""


class ServerFailed(Exception):
    """The server should have started and did not; the text ends with its log."""


def free_port():
    """A loopback port that nobody listens on at this moment, that no outgoing connection is given meanwhile, nor
    another of up to 16 workers of the same pytest-xdist run, and that was not handed out here lately: whoever asked
    for it may not listen yet."""
    outgoing = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 16
    while True:
        port = random.randrange(10_000 // 16, max(12_000, int(outgoing[0])) // 16) * 16 + worker
        if port in LATELY:
            continue
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
                LATELY.append(port)
                return port
            except OSError:
                continue


def make_certificates(folder, names=("DNS:localhost", "IP:127.0.0.1"), stem="server"):
    """Writes ca.pem, ca-key.pem (unless there), STEM-cert.pem and STEM-key.pem into `folder`, for `names`."""
    folder = pathlib.Path(folder)
    extensions = folder / f"{stem}.ext"
    extensions.write_text(f"subjectAltName={','.join(names)}\nbasicConstraints=CA:FALSE\n")

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    if not (folder / "ca.pem").exists():
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-sha256", "-keyout", "ca-key.pem",
                "-out", "ca.pem", "-subj", "/CN=schemaguard throw-away authority")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-sha256", "-keyout", f"{stem}-key.pem", "-out", f"{stem}.csr",
            "-subj", f"/CN={names[0].partition(':')[2]}")
    openssl("x509", "-req", "-days", "30", "-sha256", "-in", f"{stem}.csr", "-CA", "ca.pem", "-CAkey", "ca-key.pem",
            "-set_serial", str(secrets.randbits(63)), "-extfile", extensions.name, "-out", f"{stem}-cert.pem")
    for left_over in (extensions, folder / f"{stem}.csr"):
        left_over.unlink()


def unprivileged_account():
    """Whose a server started by root is: mysql where it exists, else nobody."""
    for name in ("mysql", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ServerUnavailable("neither an account mysql nor an account nobody to run the server as")


def give_to(account, *paths):
    """chown of all that lies under `paths`; nothing to do unless we are root."""
    if os.geteuid() != 0:
        return
    for path in paths:
        os.chown(path, account.pw_uid, account.pw_gid)
        for folder, folders, files in os.walk(path):
            for name in folders + files:
                os.chown(os.path.join(folder, name), account.pw_uid, account.pw_gid)


class ThrowAwayServer:
    """What both flavours share: the life of the process and of its folder.

    Attributes for users: flavour, version (the greeting's), host, port, socket_path, root_user, root_password,
    tls_ca (a file that verifies the server's certificate), folder, log_path.
    """

    flavour = None
    root_user = "root"
    host = HOST
    data_name = "data"

    def __init__(self, options=()):
        self.options = list(options)
        self.root_password = secrets.token_hex(12)
        self.port = None
        self.version = None
        self.process = None
        self.folder = None
        self.account = None

    # --- what a flavour provides ---------------------------------------------------------------

    def make_folder(self):
        """Makes self.folder and sets self.account."""
        raise NotImplementedError

    def initialise(self):
        """Fills the data folder."""
        raise NotImplementedError

    def command(self):
        """The server's command line, without the port."""
        raise NotImplementedError

    def enter(self):
        """Runs in the child before the program starts: changes root or account."""
        raise NotImplementedError

    # --- life ------------------------------------------------------------------------------------

    @property
    def data(self):
        return self.folder / self.data_name

    @property
    def log_path(self):
        return self.folder / "server.log"

    @property
    def socket_path(self):
        return self.folder / "s.sock"

    def start(self):
        """A new folder, a new server; returns self. Whatever goes wrong, nothing is left."""
        try:
            self.make_folder()
            self.initialise()
            self.launch()
        except BaseException:
            self.stop()
            raise
        return self

    def launch(self):
        """Starts the program on the folder as it is. A port that was taken meanwhile: tried with another."""
        for attempt in range(3):
            self.port = self.port if attempt == 0 and self.port else free_port()
            starts = self.starts()
            with open(self.log_path, "ab") as log:
                self.process = subprocess.Popen(
                    self.command() + [f"--port={self.port}"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    start_new_session=True, preexec_fn=self.enter_tied)
            if self.wait_for_greeting(starts):
                return
            if "Address already in use" not in self.log_text():
                break
        raise ServerFailed(f"{self.flavour} did not start; its log ends:\n{self.log_text()[-4000:]}")

    def enter_tied(self):
        """In the child: the flavour's own way in, then tied to our life."""
        self.enter()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    def starts(self):
        """How often the server has told its log that it listens."""
        return self.log_text().count("ready for connections")

    def wait_for_greeting(self, starts):
        """True once the server has started once more than `starts` times, and greets; False when its process has
        ended. A greeting alone proves nothing: somebody else's program may have taken the port meanwhile."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                return False
            version = self.starts() > starts and read_version(self.host, self.port)
            if version:
                self.version = version
                return True
            time.sleep(0.05)
        raise ServerFailed(f"{self.flavour} did not answer within {START_SECONDS} s:\n{self.log_text()[-4000:]}")

    def run_step(self, command, **options):
        """One command of the initialisation, ended with us if we are interrupted."""
        with open(self.log_path, "ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       start_new_session=True, **options)
        try:
            if process.wait(START_SECONDS) != 0:
                raise ServerFailed(f"{command[0]} failed; its log ends:\n{self.log_text()[-4000:]}")
        except BaseException:
            kill_group(process)
            raise

    def move_data(self, name):
        """The data folder gets this name within the server's folder; the server is started again."""
        self.shut_down()
        self.data.rename(self.folder / name)
        self.data_name = name
        self.launch()

    def shut_down(self):
        """An orderly end of the process; the folder stays, so that launch() can follow."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                kill_group(self.process)
        self.process = None

    def kill(self):
        """The end that a crash or a power cut would be; the folder stays."""
        if self.process:
            kill_group(self.process)
        self.process = None

    def restart(self):
        self.shut_down()
        self.launch()

    def stop(self):
        """The process ends and the folder goes. Twice does no harm."""
        self.shut_down()
        if self.folder and self.folder.exists():
            shutil.rmtree(self.folder, ignore_errors=True)

    def log_text(self):
        return self.log_path.read_text(errors="replace") if self.folder and self.log_path.exists() else ""

    def first_statements(self):
        """Run by the server before it lets anybody in: root from anywhere, by password."""
        return ("DROP USER IF EXISTS 'root'@'127.0.0.1', 'root'@'::1';\n"  # MariaDB's have no password
                f"CREATE USER IF NOT EXISTS 'root'@'%' IDENTIFIED BY '{self.root_password}';\n"
                f"GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION;\n"
                f"ALTER USER 'root'@'localhost' IDENTIFIED BY '{self.root_password}';\n")

    def describe(self):
        return {"flavour": self.flavour, "version": self.version, "host": self.host, "port": self.port,
                "socket": str(self.socket_path), "user": self.root_user, "password": self.root_password,
                "tls_ca": str(self.tls_ca), "pid": self.process.pid}

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


class MariadbServer(ThrowAwayServer):
    """MariaDB from the distribution's mariadb-server-core.

    plugin_folder   the server's loadable plugins, copied (None: those built in). mariadb-server-core brings none.
    """

    flavour = "mariadb"

    def __init__(self, options=(), plugin_folder=None):
        super().__init__(options)
        self.plugin_folder = plugin_folder

    @property
    def tls_ca(self):
        return self.folder / "tls" / "ca.pem"

    def make_folder(self):
        for program in ("mariadbd", "mariadb-install-db"):
            if not shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin"):
                raise ServerUnavailable(f"{program} is missing (package mariadb-server-core)")
        self.account = unprivileged_account() if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="schemaguard-mariadb-"))
        for name in ("data", "tls", "tmp"):
            (self.folder / name).mkdir()
        make_certificates(self.folder / "tls")
        if self.plugin_folder:
            shutil.copytree(self.plugin_folder, self.folder / "plugins")  # it may lie where the server cannot go
        (self.folder / "first.sql").write_text(self.first_statements())
        self.log_path.touch()
        give_to(self.account, self.folder)

    def initialise(self):
        self.run_step(["mariadb-install-db", "--no-defaults", f"--datadir={self.data}", f"--tmpdir={self.folder}/tmp",
                       "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve",
                       "--force"],  # a host that cannot look up its own name is well
                      env={**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin"},
                      preexec_fn=self.enter_tied, cwd=self.folder)

    def command(self):
        tls = self.folder / "tls"
        command = ["/usr/sbin/mariadbd", "--no-defaults", f"--datadir={self.data}", f"--tmpdir={self.folder}/tmp",
                   f"--bind-address={HOST}", f"--socket={self.socket_path}", f"--pid-file={self.folder}/pid",
                   f"--init-file={self.folder}/first.sql", f"--ssl-ca={tls}/ca.pem",
                   f"--ssl-cert={tls}/server-cert.pem", f"--ssl-key={tls}/server-key.pem"]
        if self.plugin_folder:
            command += [f"--plugin-dir={self.folder}/plugins", "--plugin-maturity=experimental"]
        return command + COMMON_OPTIONS + self.options

    def enter(self):
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(self.account.pw_gid)
            os.setuid(self.account.pw_uid)


class MysqlServer(ThrowAwayServer):
    """MySQL from a Debian root, entered by chroot. Its folder lies in the root, its certificates are its own.

    root   the Debian root: a folder that holds usr/sbin/mysqld and an account mysql
    """

    flavour = "mysql"

    def __init__(self, root, options=()):
        super().__init__(options)
        self.root = pathlib.Path(root)

    @property
    def tls_ca(self):
        return self.data / "ca.pem"

    def inside(self, path):
        """`path` as the server sees it."""
        return "/" + str(path.relative_to(self.root))

    def make_folder(self):
        if os.geteuid() != 0:
            raise ServerUnavailable("MySQL runs in a Debian root of its own, and only root can chroot")
        if not (self.root / "usr/sbin/mysqld").exists():
            raise ServerUnavailable(f"no MySQL in the Debian root {self.root}")
        self.account = account_in(self.root, "mysql")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sg-", dir=self.root / "var/lib"))
        for name in ("data", "tmp"):
            (self.folder / name).mkdir()
        (self.folder / "first.sql").write_text(self.first_statements())
        self.log_path.touch()
        give_to(self.account, self.folder)

    def initialise(self):
        self.run_step(self.program() + ["--initialize-insecure"], preexec_fn=self.enter_tied)

    def program(self):
        return ["/usr/sbin/mysqld", "--no-defaults", f"--datadir={self.inside(self.data)}",
                f"--tmpdir={self.inside(self.folder / 'tmp')}", "--innodb-redo-log-capacity=64M"]

    def command(self):
        return self.program() + [
            f"--bind-address={HOST}", f"--socket={self.inside(self.socket_path)}", "--mysqlx=OFF",
            f"--pid-file={self.inside(self.folder / 'pid')}", "--secure-file-priv=",
            f"--init-file={self.inside(self.folder / 'first.sql')}"] + COMMON_OPTIONS + self.options

    def enter(self):
        os.chroot(self.root)
        os.chdir("/")
        os.setgroups([])
        os.setgid(self.account.pw_gid)
        os.setuid(self.account.pw_uid)


def account_in(root, name):
    """An account of a Debian root, read from its own passwd file."""
    for line in (root / "etc/passwd").read_text().splitlines():
        fields = line.split(":")
        if fields[0] == name:
            return pwd.struct_passwd((fields[0], fields[1], int(fields[2]), int(fields[3]), *fields[4:7]))
    raise ServerUnavailable(f"no account {name} in the Debian root {root}")


def read_version(host, port):
    """The version in a server's greeting, or None while it does not greet."""
    try:
        with socket.create_connection((host, port), 5) as connection:
            connection.settimeout(5)
            packet = connection.recv(512)
    except OSError:
        return None
    greeting = re.match(rb"...\x00\x0a([^\x00]+)\x00", packet, re.DOTALL)
    return greeting.group(1).decode() if greeting else None


def kill_group(process):
    """SIGKILL to a process that was started in a session of its own, and to its children."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def main():
    parser = argparse.ArgumentParser(description="A throw-away database server, until SIGTERM.")
    parser.add_argument("flavour", choices=("mariadb", "mysql"))
    parser.add_argument("--ready", required=True, metavar="FILE", help="written when the server can be used (JSON)")
    parser.add_argument("--root", metavar="DIR", help="mysql: the Debian root that holds it")
    parser.add_argument("option", nargs="*", help="further options for the server, after --")
    arguments = parser.parse_args()
    if arguments.flavour == "mysql" and not arguments.root:
        parser.error("mysql needs --root")

    ends = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

    def leave(number, _):
        for end in ends:
            signal.signal(end, signal.SIG_IGN)  # a second one must not break off the cleaning up
        sys.exit(128 + number)

    for number in ends:
        signal.signal(number, leave)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    server = MariadbServer(arguments.option) if arguments.flavour == "mariadb" \
        else MysqlServer(arguments.root, arguments.option)
    try:
        with server:
            partial = pathlib.Path(arguments.ready + ".part")
            partial.touch(0o600)
            partial.write_text(json.dumps(server.describe()) + "\n")
            partial.rename(arguments.ready)
            status = server.process.wait()
        sys.exit(f"the {arguments.flavour} server ended by itself, status {status}")
    except (ServerUnavailable, ServerFailed) as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
