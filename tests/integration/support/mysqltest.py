"""The servers' own regression tests: their client `mysqltest`, one file at a time, against an address.

In   a Server, and the files of its flavour's test package (scripts/lib/server_tests.sh; nothing is installed).
Out  a Suite: which files can be run without the runner that they were written for, and the outcome of each.

Most files of the main suite only talk to a server. Those that restart it, want options, a replica or a debug build
are left out by their text. Whatever else a file may want shows itself when it is run directly: it fails there.
Files and programs lie in the server's own folder, since MySQL's lives in a Debian root and reads files of its own.
"""

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess

import pymysql

from .servers import ROOT

SECONDS = 40

# What a running server cannot do for a test, or what the runner would have to do.
WANTS = re.compile(
    r"restart_mysqld|shutdown_server|shutdown_mysqld|start_mysqld|kill_mysqld|force_restart|have_debug|master-slave"
    r"|rpl_init|--big|big_test|\$MYSQLD\b|\$MYSQLD_CMD|\$MYSQLD_LAST|have_log_bin|have_binlog|include/windows"
    r"|write_slow_log|\$_EXPECT|expect_file|have_case_insensitive|have_lowercase|have_ndb|valgrind_off"
    r"|\$MYSQL_UPGRADE|\$MYSQL_CLIENT_TEST|\$EXE_MYSQL|\$MYSQL_PLUGIN|_SO\b|_PLUGIN\b|\$MYSQL_BINLOG|--die\b"
    r"|have_tlsv|have_ssl|sleep\s+[1-9]\d|GLOBAL\s+(?:wait_timeout|read_only|super_read_only|offline_mode)"
    r"|\bSHUTDOWN\b|\bRESTART\b|restart_|wait_until_(?:dis)?connected|kill_and|write_var_to_file", re.IGNORECASE)
COUNTERS = re.compile(r"show\s+(?:global\s+|session\s+)?status|global_status|session_status", re.IGNORECASE)

SYSTEM = {"information_schema", "mysql", "performance_schema", "sys", "mtr"}

SERVER_OPTIONS = {
    "mariadb": ["--character-set-server=latin1", "--log-bin-trust-function-creators=1", "--key-buffer-size=1M",
                "--sort-buffer-size=256K", "--max-heap-table-size=1M", "--default-storage-engine=myisam",
                "--use-stat-tables=preferably", "--histogram-type=json_hb", "--performance-schema=ON",
                "--max-allowed-packet=16M", "--max-connections=151", "--innodb-buffer-pool-size=16M"],
    "mysql": ["--log-bin-trust-function-creators=1", "--log-error-verbosity=3", "--max-allowed-packet=64M",
              "--max-connections=151", "--innodb-buffer-pool-size=24M", "--explain-format=TRADITIONAL_STRICT"],
}


def packages(flavour):
    """The folder with the flavour's unpacked test packages; None with the reason where they cannot be had."""
    made = subprocess.run([ROOT / "scripts/lib/server_tests.sh", flavour], capture_output=True, text=True)
    if made.returncode != 0:
        return None, made.stderr.strip()
    folder = pathlib.Path(made.stdout.strip())
    if flavour == "mariadb":  # MySQL's runs in its root, which has what it needs
        tried = subprocess.run([folder / "mysqltest", "--version"], capture_output=True, text=True)
        if tried.returncode != 0:
            return None, tried.stderr.strip()
    return folder, None


@dataclasses.dataclass
class Outcome:
    status: str  # "passed", "skipped", "failed", "late"
    text: str

    @property
    def passed(self):
        return self.status == "passed"


class Suite:
    """The files of one flavour, laid out for one server.

    server    the Server (a test's own: files leave traces)
    names     the files that may be run, sorted
    """

    def __init__(self, server, folder):
        self.server = server
        self.flavour = server.flavour
        self.home = server.throwaway.folder / "mysql-test"
        self.var = server.throwaway.folder / "var"
        self.tests = "main" if self.flavour == "mariadb" else "t"
        self.results = "main" if self.flavour == "mariadb" else "r"
        self.lay_out(folder)
        self.names = sorted(path.stem for path in (self.home / self.tests).glob("*.test") if self.can_run(path))
        self.prepare_server()

    # --- preparation

    def lay_out(self, folder):
        def is_large(place, names):
            return [name for name in names if os.path.isfile(f"{place}/{name}")
                    and os.path.getsize(f"{place}/{name}") > 4 << 20]

        self.home.mkdir()
        for name in {self.tests, self.results, "include", "std_data", "common", "extra"}:
            if (folder / "mysql-test" / name).is_dir():
                shutil.copytree(folder / "mysql-test" / name, self.home / name, ignore=is_large)
        program = shutil.copy(folder / "mysqltest", self.home / "mysqltest")
        for name in ("tmp", "log", "run"):
            (self.var / name).mkdir(parents=True)
        for place in (self.var, self.server.throwaway.folder):  # files name it from the data folder, too
            (place / "std_data").symlink_to(self.inside(self.home / "std_data"))
        subprocess.run(["chmod", "-R", "a+rwX", self.var, self.home], check=True)
        os.chmod(program, 0o755)

    def inside(self, path):
        """`path` as the server sees it."""
        return self.server.throwaway.inside(path) if self.flavour == "mysql" else str(path)

    def can_run(self, path):
        text = path.read_text(errors="replace")
        beside = [path.with_suffix(end) for end in (".opt", ".cnf", ".combinations")]
        beside += [path.with_name(path.stem + end) for end in ("-master.opt", "-master.sh", "-slave.opt")]
        result = self.home / self.results / f"{path.stem}.result"
        return result.exists() and not WANTS.search(text) and not any(other.exists() for other in beside)

    def reads_counters(self, name):
        """Does the file look at counters of the server's, which a guard's own questions move?"""
        return bool(COUNTERS.search((self.home / self.tests / f"{name}.test").read_text(errors="replace")))

    def prepare_server(self):
        """As the tests' runner leaves a server: root without a password from here, databases mtr and test."""
        self.server.query("ALTER USER root@localhost IDENTIFIED BY '', root@'%' IDENTIFIED BY ''")
        self.server.root = dataclasses.replace(self.server.root, password="")
        self.server.query("CREATE DATABASE IF NOT EXISTS test")
        self.server.query("CREATE DATABASE IF NOT EXISTS mtr")
        self.server.query("CREATE PROCEDURE mtr.add_suppression(pattern VARCHAR(1000)) BEGIN END")
        self.globals = self.read_globals()
        self.users = self.read_users()

    # --- between two files

    def read_globals(self):
        return dict(self.server.query("SHOW GLOBAL VARIABLES"))

    def read_users(self):
        return set(self.server.query("SELECT user, host FROM mysql.user"))

    def clean(self):
        """What a file has left behind (one that failed may leave much, or no server)."""
        if self.server.throwaway.process.poll() is not None:
            self.server.start_again()
        for (name,) in self.server.query("SHOW DATABASES"):
            if name.lower() not in SYSTEM:
                self.drop_database(name)
        self.server.query("CREATE DATABASE test")
        for user, host in self.read_users() - self.users:
            try:
                self.server.query(f"DROP USER `{user}`@`{host}`")
            except pymysql.MySQLError:  # a role of MariaDB's
                self.server.query(f"DROP ROLE `{user}`")
        now = self.read_globals()
        for name, value in self.globals.items():
            if now.get(name) != value and not name.startswith(("gtid_", "timestamp", "last_")):
                self.restore(name, value)
        for path in (self.var / "tmp").iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def drop_database(self, name):
        try:
            self.server.query(f"DROP DATABASE `{name}`")
        except pymysql.MySQLError:  # files that the server did not make, or knows no more
            shutil.rmtree(self.server.throwaway.data / name, ignore_errors=True)
            self.server.query(f"DROP DATABASE IF EXISTS `{name}`")

    def restore(self, name, value):
        for text in (value, f"'{value}'"):
            try:
                self.server.query(f"SET GLOBAL {name} = {text}")
                return
            except pymysql.MySQLError:  # read-only, or another type
                continue

    # --- running

    def run(self, name, socket, port):
        """One file against a server or a guard, by its Unix socket and its port of 127.0.0.1."""
        for left in self.home.glob(f"{self.results}/{name}.reject"):
            left.unlink()
        inside = self.inside
        command = [inside(self.home / "mysqltest"), "--no-defaults", "--silent", "--user=root", "--password=", "--host=localhost",
                   f"--socket={inside(socket)}", f"--port={port}", "--database=test",
                   f"--tmpdir={inside(self.var / 'tmp')}", f"--logdir={inside(self.var / 'log')}",
                   f"--basedir={inside(self.home)}/", f"--test-file={inside(self.home)}/{self.tests}/{name}.test",
                   f"--result-file={inside(self.home)}/{self.results}/{name}.result", "--tail-lines=20",
                   f"--timer-file={inside(self.var / 'log' / 'timer')}", "--max-connections=512"]
        if self.flavour == "mariadb":
            command.append(f"--suite-dir={self.home}/main")
        try:
            done = subprocess.run(command, capture_output=True, timeout=SECONDS, env=self.environment(socket, port),
                                  preexec_fn=self.enter, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired as late:
            return Outcome("late", (late.stdout or b"").decode(errors="replace"))
        text = (done.stdout + done.stderr).decode(errors="replace")
        return Outcome({0: "passed", 62: "skipped"}.get(done.returncode, "failed"), text)

    def enter(self):
        """In the child."""
        if self.flavour == "mysql":
            os.chroot(self.server.throwaway.root)
        os.chdir(self.inside(self.home))

    def environment(self, socket, port):
        var, home = self.inside(self.var), self.inside(self.home)
        client = "mysql" if self.flavour == "mysql" else "mariadb"
        login = f"--no-defaults --user=root --host=localhost --socket={self.inside(socket)} --port={port}"
        programs = {"MYSQL": client, "MYSQL_DUMP": f"{client}dump" if client == "mysql" else "mariadb-dump",
                    "MYSQL_SHOW": "mysqlshow" if client == "mysql" else "mariadb-show",
                    "MYSQL_CHECK": "mysqlcheck" if client == "mysql" else "mariadb-check",
                    "MYSQL_IMPORT": "mysqlimport" if client == "mysql" else "mariadb-import",
                    "MYSQL_SLAP": "mysqlslap" if client == "mysql" else "mariadb-slap",
                    "MYSQLADMIN": "mysqladmin" if client == "mysql" else "mariadb-admin"}
        return {
            "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", "TZ": "GMT-3", "UMASK": "0660", "UMASK_DIR": "0770",
            "MYSQLTEST_VARDIR": var, "MYSQLTEST_REAL_VARDIR": var, "MYSQLTEST_VARDIR_ABS": var,
            "MYSQL_TMP_DIR": f"{var}/tmp", "MYSQL_TEST_DIR": home, "MYSQL_TEST_DIR_ABS": home,
            "MASTER_MYPORT": str(port), "MASTER_MYSOCK": self.inside(socket), "DEFAULT_MASTER_PORT": "3306",
            "MYSQL_SHAREDIR": "/usr/share/mysql", "MYSQL_CHARSETSDIR": "/usr/share/mysql/charsets",
            "MYSQL_BINDIR": "/usr", "SECURE_LOAD_PATH": f"{home}/std_data", "USE_RUNNING_SERVER": "0",
            "MTR_SUITE_DIR": f"{home}/{self.tests}", "BIG_TEST": "", "MTR_PERL": "perl",
            **{name: f"/usr/bin/{program} {login}" for name, program in programs.items()},
        }
