"""The database servers of a test run: throw-away ones, with the accounts and helpers that tests share.

In   a started server of scripts/lib/throwaway.py.
Out  a Server: its address, its accounts (one for each way to log in, one for the guard to read the schema),
     SQL run directly on it, its command-line clients, and its end and new start.

Here the server is reached directly. What goes through the guard is for the tests to do, with guard.address.
"""

import dataclasses
import os
import pathlib
import secrets
import subprocess
import time

import pymysql
import throwaway

from . import raw

ROOT = pathlib.Path(__file__).resolve().parents[3]
SHOP_SQL = ROOT / "docker" / "shop.sql"

# What docs/schema-account.md tells users to grant.
SCHEMA_GRANT = "GRANT REFERENCES ON *.* TO '{user}'@'%'"


@dataclasses.dataclass(frozen=True)
class Account:
    user: str
    password: str
    plugin: str

    def __str__(self):
        return f"{self.user} ({self.plugin})"


def require_or_skip(pytest, reason):
    """A thing that the machine cannot do: a failure in CI, a skip elsewhere."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def mysql_root():
    """The Debian root that holds MySQL; made now unless it is there (scripts/lib/mysql_root.sh)."""
    made = subprocess.run([ROOT / "scripts/lib/mysql_root.sh"], capture_output=True, text=True)
    if made.returncode != 0:
        raise throwaway.ServerUnavailable(made.stderr.strip().removeprefix("error: ") or "no Debian root")
    return pathlib.Path(made.stdout.strip())


def mariadb_plugins():
    """A folder with MariaDB's loadable plugins (client_ed25519 and others), or None where it cannot be had."""
    made = subprocess.run([ROOT / "scripts/lib/mariadb_plugins.sh"], capture_output=True, text=True)
    return pathlib.Path(made.stdout.strip()) if made.returncode == 0 else None


class Server:
    """One server of the run.

    flavour       "mariadb" or "mysql"
    version       as its greeting says
    address       (host, port), for raw.connect and for the guard's --server
    socket_path   its Unix socket
    tls_ca        a file that verifies its certificate. MariaDB's names localhost and 127.0.0.1, MySQL's does not
    root          an account that may do everything
    app           an account that may do everything in every database; the flavour's usual plugin
    schema        the account that the guard reads the schema with; schema_password_file holds its password
    accounts      plugin name → Account, for each plugin this server knows
    """

    def __init__(self, server):
        self.throwaway = server
        self.flavour = server.flavour
        self.version = server.version
        self.root = Account(server.root_user, server.root_password, "")
        self.accounts = {}
        self.create_accounts()

    # --- where

    @property
    def address(self):
        return self.throwaway.host, self.throwaway.port

    @property
    def socket_path(self):
        return self.throwaway.socket_path

    @property
    def tls_ca(self):
        return self.throwaway.tls_ca

    @property
    def app(self):
        return self.accounts["caching_sha2_password" if self.flavour == "mysql" else "mysql_native_password"]

    @property
    def schema_password_file(self):
        return self.throwaway.folder / "schema-password"

    # --- accounts

    def create_accounts(self):
        if self.flavour == "mysql":
            plugins = {"caching_sha2_password": "WITH caching_sha2_password BY '{}'",
                       "sha256_password": "WITH sha256_password BY '{}'"}
        else:
            plugins = {"mysql_native_password": "BY '{}'"}
            if self.throwaway.plugin_folder:
                self.query("INSTALL SONAME 'auth_ed25519'")
                plugins["ed25519"] = "VIA ed25519 USING PASSWORD('{}')"
        for plugin, identified in plugins.items():
            account = Account(f"app_{plugin.partition('_')[0]}", secrets.token_hex(8), plugin)
            self.query(f"CREATE USER '{account.user}'@'%' IDENTIFIED {identified.format(account.password)}")
            self.query(f"GRANT ALL PRIVILEGES ON *.* TO '{account.user}'@'%'")
            self.accounts[plugin] = account
        self.schema = Account("schemaguard", secrets.token_hex(8), "")
        self.query(f"CREATE USER 'schemaguard'@'%' IDENTIFIED BY '{self.schema.password}'")
        self.query(SCHEMA_GRANT.format(user="schemaguard"))
        self.schema_password_file.write_text(self.schema.password + "\n")

    def forget_password_cache(self):
        """The next caching_sha2_password login is a full one."""
        self.query("FLUSH PRIVILEGES")

    # --- SQL, directly

    def connect(self, account=None, **options):
        """A PyMySQL connection over TLS as `account` (root); autocommit."""
        account = account or self.root
        host, port = self.address
        tls = {"ca": str(self.tls_ca), "check_hostname": False}
        return pymysql.connect(host=host, port=port, user=account.user, password=account.password,
                               **{"ssl": tls, "autocommit": True, **options})

    def raw(self, account=None, **login):
        """A raw connection, logged in as `account` (app)."""
        account = account or self.app
        return raw.connect(self.address, account.user, account.password, **login)

    def query(self, sql, database=None):
        """Runs one statement as root; returns its rows."""
        connection = self.connect(database=database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall()
        finally:
            connection.close()

    def wait_until_quiet(self, seconds=180):
        """Until nobody is logged in but who asks: the server ends a session some time after its client has left."""
        deadline = time.monotonic() + seconds
        question = "SHOW PROCESSLIST"
        while left := [row for row in self.query(question)
                       if row[1] not in ("system user", "event_scheduler") and row[7] != question]:
            assert time.monotonic() < deadline, f"still there after {seconds} s: {left}"
            time.sleep(0.02)

    def load(self, sql, database=None):
        """Runs a whole script as root, with the command-line client: a path, or the text itself."""
        text = sql.read_text() if isinstance(sql, pathlib.Path) else sql
        self.run_client(*([database] if database else []), address=self.address, account=self.root, input=text)

    def create_database(self, prefix="test"):
        """A new empty database; returns its name."""
        name = f"{prefix}_{secrets.token_hex(4)}"
        self.query(f"CREATE DATABASE {name}")
        return name

    def drop_database(self, name):
        self.query(f"DROP DATABASE IF EXISTS {name}")

    # --- the distribution's own clients

    def client_command(self, program):
        """How to run `program` (mariadb, mariadb-dump, mysql, mysqldump ...), as the start of a command line.

        MySQL's programs live in the Debian root beside the server: what they read and write lies there.
        """
        if program.startswith("mysql"):
            root = mysql_root() if self.flavour == "mariadb" else self.throwaway.root
            return ["chroot", str(root), f"/usr/bin/{program}"]
        return [program]

    def run_client(self, *arguments, address, account, program=None, input=None, check=True, timeout=400):
        """Runs a command-line client (the flavour's own unless `program` says) on `address`; returns the
        finished process, with its output as text. check: fail on an exit code other than 0."""
        program = program or ("mysql" if self.flavour == "mysql" else "mariadb")
        host, port = address
        command = [*self.client_command(program), "--no-defaults", f"--host={host}", f"--port={port}",
                   "--protocol=TCP", f"--user={account.user}", *arguments]
        done = subprocess.run(command, input=input, capture_output=True, text=True, timeout=timeout,
                              env={**os.environ, "MYSQL_PWD": account.password})
        if check:
            assert done.returncode == 0, f"{program} {arguments}: {done.stderr}"
        return done

    # --- life

    def restart(self):
        self.throwaway.restart()

    def kill(self):
        """As a crash would: SIGKILL. start_again() brings it back on the same port and data."""
        self.throwaway.kill()

    def start_again(self):
        self.throwaway.launch()
