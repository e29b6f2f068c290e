"""The newest MariaDB, from a Debian root of its own (scripts/lib/mariadb_root.sh): parsec, PAM, certificates vouched
for by the password.

    with NewestMariadb(newest.root(), options) as running:
        server = servers.Server(running)
        newest.run_client(running.root, "-e", "SELECT 1", address=..., account=...)
"""

import os
import pathlib
import subprocess
import tempfile

import throwaway

from .servers import ROOT


def root():
    """The Debian root; made now unless it is there."""
    made = subprocess.run([ROOT / "scripts/lib/mariadb_root.sh"], capture_output=True, text=True)
    if made.returncode != 0:
        raise throwaway.ServerUnavailable(made.stderr.strip().removeprefix("error: ") or "no Debian root")
    return pathlib.Path(made.stdout.strip())


class NewestMariadb(throwaway.MysqlServer):
    """As MySQL in its root. Without certificates of ours it makes one in memory, signed by itself."""

    flavour = "mariadb"
    plugin_folder = "its own"  # for servers.Server: loadable plugins are there

    @property
    def tls_ca(self):
        return self.folder / "tls" / "ca.pem"

    def make_folder(self):
        if os.geteuid() != 0:
            raise throwaway.ServerUnavailable("the newest MariaDB runs in a Debian root of its own: only root can chroot")
        self.account = throwaway.account_in(self.root, "mysql")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sg-", dir=self.root / "var/lib"))
        for name in ("data", "tmp", "tls"):
            (self.folder / name).mkdir()
        throwaway.make_certificates(self.folder / "tls")
        (self.folder / "first.sql").write_text(self.first_statements())
        self.log_path.touch()
        throwaway.give_to(self.account, self.folder)

    def initialise(self):
        self.run_step(["/usr/bin/mariadb-install-db", "--no-defaults", f"--datadir={self.inside(self.data)}",
                       f"--tmpdir={self.inside(self.folder / 'tmp')}", "--auth-root-authentication-method=normal",
                       "--skip-test-db", "--skip-name-resolve", "--force"],
                      env={**os.environ, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}, preexec_fn=self.enter_tied)

    def program(self):
        return ["/usr/sbin/mariadbd", "--no-defaults", f"--datadir={self.inside(self.data)}",
                f"--tmpdir={self.inside(self.folder / 'tmp')}"]

    def tls_options(self, stem="server", ca=True):
        """To show a certificate of the folder `tls`."""
        folder = self.inside(self.folder / "tls")
        return [*([f"--ssl-ca={folder}/ca.pem"] if ca else []), f"--ssl-cert={folder}/{stem}-cert.pem",
                f"--ssl-key={folder}/{stem}-key.pem"]

    def command(self):
        return self.program() + [
            f"--bind-address={throwaway.HOST}", f"--socket={self.inside(self.socket_path)}",
            f"--pid-file={self.inside(self.folder / 'pid')}", "--plugin-maturity=experimental",
            f"--init-file={self.inside(self.folder / 'first.sql')}", *self.tls_options(),
        ] + throwaway.COMMON_OPTIONS + self.options

    def enter(self):
        os.chroot(self.root)
        os.chdir("/")
        os.setgroups([])
        os.setgid(self.account.pw_gid)
        os.setuid(self.account.pw_uid)


def run_client(folder, *arguments, host, port, account, input=None, timeout=120):
    """The root's own mariadb client; the finished process."""
    command = ["chroot", str(folder), "/usr/bin/mariadb", "--no-defaults", f"--host={host}", f"--port={port}",
               "--protocol=TCP", f"--user={account.user}", f"--password={account.password}", "--batch",
               "--skip-column-names", *arguments]
    return subprocess.run(command, input=input, capture_output=True, text=True, timeout=timeout)
