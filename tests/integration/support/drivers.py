"""Drivers of many languages, run as programs of their own: what one says directly, and what it says through the guard.

In   a Server, a Guard before it, a program of tests/integration/drivers/ (README.md there has the contract).
Out  both transcripts, and what differs between them.
"""

import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess

from . import servers

FOLDER = servers.ROOT / "tests/integration/drivers"
CONVERSATION_SECONDS = 300

# Tables and a procedure for the conversations, beside those of docker/shop.sql.
SAMPLE = """
SET NAMES utf8mb4;
CREATE TABLE kinds (id INT PRIMARY KEY, bit9 BIT(9), tiny TINYINT, tiny_unsigned TINYINT UNSIGNED, yes BOOLEAN,
    small SMALLINT, medium MEDIUMINT, plain INT UNSIGNED, big BIGINT, big_unsigned BIGINT UNSIGNED,
    amount DECIMAL(30, 10), f FLOAT, d DOUBLE, day DATE, at TIME(6), moment DATETIME(6), stamp TIMESTAMP NULL, y YEAR,
    c CHAR(10), v VARCHAR(200), b BINARY(5), vb VARBINARY(300), tiny_blob TINYBLOB, bl LONGBLOB, tx TEXT, lt LONGTEXT,
    e ENUM('a', 'b''c', 'ü'), s SET('x', 'y'), j JSON, g GEOMETRY, latin VARCHAR(20) CHARACTER SET latin1
) DEFAULT CHARSET = utf8mb4;
INSERT INTO kinds VALUES
    (1, b'101', -128, 255, TRUE, -32768, 8388607, 4294967295, -9223372036854775808, 18446744073709551615,
     '-12345678901234567890.0123456789', 1.5, 1e300, '2024-02-29', '-12:34:56.789000', '2024-02-29 23:59:59.999999',
     '2001-02-03 04:05:06', 2024, 'pad', 'Zürich 🐬''s "quotes" \\\\ and \\n lines', X'00FF', X'00FF275C0A0D1A', X'FEFF',
     REPEAT(X'00FF5C27', 5000), REPEAT('words ', 100), REPEAT('ö', 40000), 'b''c', 'x,y', '{"a": [1, null, "ü"]}',
     ST_GeomFromText('POINT(1 2)'), 'größe'),
    (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
     NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (3, b'0', 0, 0, FALSE, 0, 0, 0, 0, 0, 0, 0, 0, '1000-01-01', '00:00:00', '1000-01-01 00:00:00', '2038-01-19 03:14:07',
     1901, '', '', '', '', '', '', '', '', 'ü', '', '[]', NULL, '');
CREATE TABLE notes (id INT AUTO_INCREMENT PRIMARY KEY, words VARCHAR(200), bytes VARBINARY(200)) DEFAULT CHARSET = utf8mb4;
DELIMITER //
CREATE PROCEDURE several(n INT) BEGIN SELECT n, 'first'; SELECT company FROM customers WHERE id = 1; END//
DELIMITER ;
"""


@dataclasses.dataclass(frozen=True)
class Driver:
    """A program that holds the conversation.

    name       of the test
    command    its command line
    probe      a command line that fails where the machine lacks the driver
    package    what brings it, by Debian's name
    compress   it can be told to speak the compressed protocol
    fails      further steps that fail, by the driver's own doing (all those named "refused ..." may)
    root       a Debian root in which it runs, by chroot (None: here)
    """
    name: str
    command: tuple
    probe: tuple
    package: str
    compress: bool = False
    fails: tuple = ()
    root: pathlib.Path = None

    def __str__(self):
        return self.name

    def is_there(self):
        inside = ("chroot", str(self.root)) if self.root else ()
        try:
            return subprocess.run([*inside, *self.probe], capture_output=True, timeout=120).returncode == 0
        except FileNotFoundError:
            return False


def load(server, database):
    server.load(servers.SHOP_SQL, database)
    server.load(SAMPLE, database)


def write_local_file(folder):
    path = pathlib.Path(folder) / "words.txt"
    path.write_text("".join(f"word {at} ü\n" for at in range(20_000)))
    return path


def environment(at, server, database, tls, ca, file, compress=False, account=None, big=17_000_000):
    """What the programs are told; `at` is the Server or a Guard."""
    account = account or server.app
    other = server.accounts.get("other", server.root)
    host, port = at.address
    return {**os.environ, "LC_ALL": "C.UTF-8", "DRIVER_HOST": host, "DRIVER_PORT": str(port),
            "DRIVER_USER": account.user, "DRIVER_PASSWORD": account.password,
            "DRIVER_OTHER_USER": other.user, "DRIVER_OTHER_PASSWORD": other.password, "DRIVER_DATABASE": database,
            "DRIVER_TLS": "1" if tls else "", "DRIVER_CA": str(ca), "DRIVER_FILE": str(file),
            "DRIVER_COMPRESS": "1" if compress else "", "DRIVER_BIG": str(big)}


def hold(driver, variables):
    """Runs the program; returns [[step, value], ...]."""
    if not driver.root:
        return run(driver, driver.command, variables, FOLDER)
    # the same name for both conversations: errors show it
    name = hashlib.sha256(variables["DRIVER_FILE"].encode()).hexdigest()[:16]
    folder = driver.root / "var/tmp" / f"schemaguard-drivers-{name}"
    try:
        folder.mkdir(mode=0o755)
        shutil.copytree(FOLDER, folder, dirs_exist_ok=True)
        inside = "/" + str(folder.relative_to(driver.root))
        for name in ("DRIVER_CA", "DRIVER_FILE"):
            shutil.copy(variables[name], folder)
            variables = {**variables, name: f"{inside}/{pathlib.Path(variables[name]).name}"}
        return run(driver, ("chroot", str(driver.root), "env", "-C", inside, *driver.command), variables, "/")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(driver, command, variables, folder):
    try:
        done = subprocess.run(command, capture_output=True, env=variables, cwd=folder, timeout=CONVERSATION_SECONDS)
    except subprocess.TimeoutExpired as late:
        said = (late.stdout or b"").decode(errors="replace")
        raise AssertionError(f"{driver} hangs at port {variables['DRIVER_PORT']}; it said last:\n{said[-2000:]}") from None
    said = done.stdout.decode(errors="replace")
    steps = []
    for line in said.splitlines():
        try:
            steps.append(json.loads(line))
        except ValueError:
            steps.append(["not JSON", line])
    errors = done.stderr.decode(errors="replace")
    assert steps and steps[-1] == ["end", True], \
        f"{driver} ended with {done.returncode} after {steps[-1:]}:\n{said[-1000:]}\n{errors[-3000:]}"
    return steps


def differences(direct, through):
    """The steps that say something else, for people."""
    found = [f"{one[0]}:\n    direct  {json.dumps(one[1])[:1500]}\n    guard   {json.dumps(two[1])[:1500]}"
             for one, two in zip(direct, through) if one != two]
    if len(direct) != len(through):
        found.append(f"{len(direct)} steps directly, {len(through)} through the guard")
    return found


def failed(value):
    return isinstance(value, dict) and "error" in value


def unexpected(driver, steps):
    """The steps that failed and should not have: a conversation that fails in the same way twice shows nothing."""
    return [f"{name}: {json.dumps(value)[:500]}" for name, value in steps
            if failed(value) and not name.split(": ")[-1].startswith("refused") and name not in driver.fails]


def names_refused(steps):
    """How many steps were refused for a missing column or table."""
    return sum(1 for _, value in steps if failed(value) and re.search(r"\b(1054|1146)\b", json.dumps(value)))
