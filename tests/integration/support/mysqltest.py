"""The servers' own regression tests: their client `mysqltest`, one file at a time, against an address.

In   a Server, and the files of its flavour's test package (scripts/lib/server_tests.sh; nothing is installed).
Out  a Suite: which files can be run without the runner that they were written for, and the outcome of each.

Most files only talk to a server. Those that restart it, want options, a replica or a debug build are left out by their
text. Whatever else a file may want shows itself when it is run directly: it fails there.
Files and programs lie in the server's own folder, since MySQL's lives in a Debian root and reads files of its own.
"""

import dataclasses
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pymysql

from .servers import ROOT

SECONDS = 240

# What a running server cannot do for a test, or what the runner would have to do.
WANTS = re.compile(
    r"restart_mysqld|shutdown_server|shutdown_mysqld|start_mysqld|kill_mysqld|force_restart|have_debug|master-slave"
    r"|rpl_init|--big|big_test|\$MYSQLD\b|\$MYSQLD_CMD|\$MYSQLD_LAST|have_log_bin|have_binlog|include/windows"
    r"|write_slow_log|\$_EXPECT|expect_file|have_case_insensitive|have_lowercase|have_ndb|valgrind_off"
    r"|\$MYSQL_UPGRADE|\$MYSQL_CLIENT_TEST|\$EXE_MYSQL|\$MYSQL_PLUGIN|_SO\b|_PLUGIN\b|\$MYSQL_BINLOG|--die\b"
    r"|have_tlsv|have_ssl|sleep\s+[1-9]\d|GLOBAL\s+(?:wait_timeout|read_only|super_read_only|offline_mode)"
    r"|\bSHUTDOWN\b|\bRESTART\b|restart_|wait_until_(?:dis)?connected|kill_and|write_var_to_file", re.IGNORECASE)

# Suites that want several servers, another product, or what only their runner has.
SUITES_APART = re.compile(
    r"(?:rpl|binlog|ndb|galera|wsrep|group_replication|clone|router|x$|s3|mariabackup|stress|large_tests|jdv|jp$|atomic"
    r"|component_|test_serv|thread_pool|max_parts|federated|multi_source|encryption|interactive|lock_order|secondary"
    r"|special|network_|service_|perfschema_stress|innodb_stress|mtr|storage_engine)")

CHARSET = {"mariadb": " CHARACTER SET latin1 COLLATE latin1_swedish_ci", "mysql": ""}  # of their databases
SYSTEM = {"information_schema", "mysql", "performance_schema", "sys", "mtr"}

# What their runner adds to the settings in include/default_mysqld.cnf.
RUNNER_OPTIONS = {
    "mariadb": ["--general-log=1", "--slow-query-log=1", "--server-id=1", "--skip-name-resolve=OFF", "--max-connections=151",
                "--max-allowed-packet=16M", "--innodb-flush-method=nosync"],
    "mysql": ["--general-log=1", "--slow-query-log=1", "--server-id=1", "--skip-name-resolve=OFF", "--max-connections=151",
              "--max-allowed-packet=64M", "--innodb-flush-method=nosync", "--log-output=file",
              "--explain-format=TRADITIONAL_STRICT"],
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


def server_options(flavour, folder):
    """The options of a server as the tests' runner would start it, but for what names a folder of its own."""
    options, section = [], None
    for line in (folder / "mysql-test/include/default_mysqld.cnf").read_text().splitlines():
        line = line.strip()
        if line.startswith("["):
            section = line
        elif line and section == "[mysqld]" and line[0] != "#" and "@ENV" not in line:
            name, _, value = (part.strip() for part in line.partition("="))
            options.append(f"--{name}={value}" if value else f"--{name}")
    return options + RUNNER_OPTIONS[flavour]


@dataclasses.dataclass
class Outcome:
    status: str  # "passed", "skipped", "failed", "late"
    text: str

    @property
    def passed(self):
        return self.status == "passed"


def suite_of(path, home):
    """The name of the suite that a test file belongs to: "main", "json", "funcs_1", "compat/oracle" ..."""
    folder = path.parent if path.parent.name != "t" else path.parent.parent
    parts = folder.relative_to(home).parts
    if parts in ((), ("main",)):
        return "main"
    return "/".join(parts[1:]) if parts[0] == "suite" else None


def link_or_copy(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


class Suite:
    """The files of one flavour, laid out for one server.

    server    the Server (a test's own: files leave traces)
    home      the folder of all files; var: where they write
    """

    def __init__(self, server, folder):
        self.server = server
        self.flavour = server.flavour
        self.home = server.throwaway.folder / "mysql-test"
        self.var = server.throwaway.folder / "var"
        self.link = None
        self.lay_out(folder)
        self.prepare_server()

    # --- files

    def candidates(self):
        """The names of all files that may be run, sorted."""
        places = {(path.parent, suite_of(path, self.home)) for path in self.home.rglob("*.test")}
        return sorted(f"{suite}.{path.stem}" for folder, suite in places if suite for path in folder.glob("*.test")
                      if self.can_run(f"{suite}.{path.stem}"))

    def place(self, name):
        """"suite.file" → the folder of the suite, the test's path, its result's."""
        suite, _, file = name.partition(".")
        main = "main" if self.flavour == "mariadb" else "."
        folder = self.home / (main if suite == "main" else f"suite/{suite}")
        if (folder / "t").is_dir():
            return folder, folder / "t" / f"{file}.test", folder / "r" / f"{file}.result"
        return folder, folder / f"{file}.test", folder / f"{file}.result"

    def can_run(self, name):
        _, path, result = self.place(name)
        text = path.read_text(errors="replace")
        beside = [path.with_suffix(end) for end in (".opt", ".cnf", ".combinations")]
        beside += [path.with_name(path.stem + end) for end in ("-master.opt", "-master.sh", "-slave.opt", ".combinations")]
        return result.exists() and not WANTS.search(text) and not any(other.exists() for other in beside)

    # --- preparation

    def lay_out(self, folder):
        def unwanted(place, names):
            if place == str(folder / "mysql-test" / "suite"):
                return [name for name in names if SUITES_APART.match(name)]
            return [name for name in names if os.path.isfile(f"{place}/{name}") and os.path.getsize(f"{place}/{name}") > 4 << 20]

        shutil.copytree(folder / "mysql-test", self.home, ignore=unwanted, copy_function=link_or_copy, symlinks=True)
        program = shutil.copy(folder / "mysqltest", self.home / "mysqltest")
        for name in ("tmp", "log", "run", "mysqld.1"):
            (self.var / name).mkdir(parents=True)
        (self.var / "std_data").symlink_to(self.inside(self.home / "std_data"))
        subprocess.run(["chmod", "-R", "a+rwX", self.var], check=True)
        subprocess.run(["chmod", "-R", "a+rX", self.home], check=True)
        os.chmod(program, 0o755)
        self.server.throwaway.move_data("var/mysqld.1/data")  # files name others from there: ../../std_data, ../../tmp

    def inside(self, path):
        """`path` as the server sees it."""
        return self.server.throwaway.inside(path) if self.flavour == "mysql" else str(path)

    def prepare_server(self):
        """As the tests' runner leaves a server: root without a password from here, databases mtr and test, time zones."""
        self.server.query("ALTER USER root@localhost IDENTIFIED BY '', root@'%' IDENTIFIED BY ''")
        self.server.root = dataclasses.replace(self.server.root, password="")
        for name in ("test", "mtr"):
            self.server.query(f"CREATE DATABASE IF NOT EXISTS {name}{CHARSET[self.flavour]}")
        self.server.load(self.time_zones(), "mysql")
        self.server.query("CREATE PROCEDURE mtr.add_suppression(pattern VARCHAR(1000)) BEGIN END")
        if self.flavour == "mariadb":
            self.server.query("ALTER TABLE mysql.gtid_slave_pos ENGINE = Aria TRANSACTIONAL = 0")
        self.globals = self.read_globals()
        self.users = self.read_users()

    def time_zones(self):
        if self.flavour == "mariadb":
            return pathlib.Path("/usr/share/mysql/mysql_test_data_timezone.sql")
        return self.home / "include/mtr_test_data_timezone.sql"

    # --- between two files

    def query(self, sql):
        """As root, on a connection that stays from one file to the next."""
        if self.link is None:
            self.link = self.server.connect(ssl=None, unix_socket=str(self.server.socket_path))
        with self.link.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def read_globals(self):
        return dict(self.query("SHOW GLOBAL VARIABLES"))

    def read_users(self):
        return set(self.query("SELECT user, host FROM mysql.user"))

    def clean(self):
        """What a file has left behind (one that failed may leave much, or no server)."""
        if self.server.throwaway.process.poll() is not None:
            self.link = None
            self.server.start_again()
        try:
            self.query("SELECT 1")
        except pymysql.MySQLError:  # the file has ended it
            self.link = None
        for (name,) in self.query("SHOW DATABASES"):
            if name.lower() not in SYSTEM:
                self.drop_database(name)
        for place in ("test", "test1"):  # a folder without a database
            shutil.rmtree(self.server.throwaway.data / place, ignore_errors=True)
        self.query(f"CREATE DATABASE test{CHARSET[self.flavour]}")
        for user, host in self.read_users() - self.users:
            try:
                self.query(f"DROP USER `{user}`@`{host}`")
            except pymysql.MySQLError:  # a role of MariaDB's
                self.query(f"DROP ROLE `{user}`")
        now = self.read_globals()
        for name, value in self.globals.items():
            if now.get(name) != value and not name.startswith(("gtid_", "timestamp", "last_")):
                self.restore(name, value)
        for path in (self.var / "tmp").iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()

    def drop_database(self, name):
        try:
            self.query(f"DROP DATABASE `{name}`")
        except pymysql.MySQLError:  # files that the server did not make, or knows no more
            shutil.rmtree(self.server.throwaway.data / name, ignore_errors=True)
            self.query(f"DROP DATABASE IF EXISTS `{name}`")

    def restore(self, name, value):
        for text in (value, f"'{value}'"):
            try:
                self.query(f"SET GLOBAL {name} = {text}")
                return
            except pymysql.MySQLError:  # read-only, or another type
                continue

    # --- running

    def run(self, name, socket, port, *options, seconds=SECONDS):
        """One file against a server or a guard, by its Unix socket and its port of 127.0.0.1."""
        folder, test, result = self.place(name)
        inside = self.inside
        command = [inside(self.home / "mysqltest"), "--no-defaults", "--silent", "--user=root", "--password=", "--host=localhost",
                   f"--socket={inside(socket)}", f"--port={port}", "--database=test",
                   f"--tmpdir={inside(self.var / 'tmp')}", f"--logdir={inside(self.var / 'log')}",
                   f"--basedir={inside(self.home)}/", f"--test-file={inside(test)}", f"--result-file={inside(result)}",
                   "--tail-lines=20", f"--timer-file={inside(self.var / 'log' / 'timer')}", "--max-connections=512",
                   "--ssl-mode=DISABLED" if self.flavour == "mysql" else f"--suite-dir={folder}", *options]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   env=self.environment(folder, socket, port), preexec_fn=self.enter, start_new_session=True)
        try:
            text = process.communicate(timeout=seconds)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # what it has started holds the pipe, too
            return Outcome("late", process.communicate()[0].decode(errors="replace"))
        return Outcome({0: "passed", 62: "skipped"}.get(process.returncode, "failed"), text)

    def enter(self):
        """In the child."""
        if self.flavour == "mysql":
            os.chroot(self.server.throwaway.root)
        os.chdir(self.inside(self.home))

    def environment(self, folder, socket, port):
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
            "MTR_SUITE_DIR": self.inside(folder), "BIG_TEST": "", "MTR_PERL": "perl",
            **{name: f"/usr/bin/{program} {login}" for name, program in programs.items()},
        }
