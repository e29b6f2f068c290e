"""10,000 tables with 200,000 columns: what reading, loading, comparing and keeping them costs, and what a client notices."""

import os
import subprocess
import threading
import time

import pytest
from support.schema_commands import DIFFERS, SAME, make, run, script, url  # noqa: F401

TABLES, COLUMNS, CLIENTS = 10_000, 20, 16
pytestmark = pytest.mark.full


def definition(number):
    columns = ", ".join(f"c{i:02} {('INT', 'VARCHAR(40)', 'DECIMAL(10,2)', 'DATETIME')[i % 4]}" for i in range(1, COLUMNS - 1))
    return (f"CREATE TABLE t{number:05} (id INT NOT NULL PRIMARY KEY, other_id INT NOT NULL, {columns}, KEY by_other (other_id));")


@pytest.fixture
def measured(program, tmp_path):
    """measured(words, *arguments) → the exit code; prints time and memory of `schemaguard …`."""
    def start(words, *arguments, password=""):
        started = time.monotonic()
        process = subprocess.Popen([str(program), *map(str, arguments)], cwd=tmp_path, stdout=subprocess.DEVNULL,
                                   stdin=subprocess.DEVNULL, env={**os.environ, "MYSQL_PWD": password})
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        print(f"figure: 10,000 tables, 200,000 columns: {words}: {time.monotonic() - started:.2f} s "
              f"({usage.ru_utime + usage.ru_stime:.2f} s of processor), {usage.ru_maxrss >> 10} MiB")
        return process.returncode
    return start


def test_files_of_many_tables(measured, tmp_path):
    script(tmp_path, "\n".join(map(definition, range(TABLES))), "all.sql")
    changed = [definition(number) for number in range(TABLES) if number % 100]
    changed = [text.replace("c07 DATETIME", "c07 DATE").replace("c05 ", "renamed ") if number % 50 == 0 else text
               for number, text in enumerate(changed)]
    script(tmp_path, "\n".join(changed), "changed.sql")
    assert measured("a snapshot of an SQL file", "schema", "pull", "-q", "-d", "shop", "all.sql", "-o", "all.json") == SAME
    assert measured("a snapshot of another one", "schema", "pull", "-q", "-d", "shop", "changed.sql", "-o", "changed.json") == SAME
    script(tmp_path, "SELECT c01 FROM t09999;", "one.sql")
    assert measured("load a snapshot, check one statement", "check", "-q", "--schema", "all.json", "one.sql") == 0
    assert measured("diff of two snapshots that are the same", "schema", "diff", "all.json", "all.json") == SAME
    assert measured("diff of two snapshots, 100 tables fewer, 198 changed", "schema", "diff", "all.json", "changed.json") == DIFFERS
    assert measured("plan from one to the other", "schema", "plan", "all.json", "changed.json") == DIFFERS
    assert measured("adopt", "schema", "adopt", "-q", "all.json", "--history", "history") == SAME
    assert measured("adopt the next", "schema", "adopt", "-q", "changed.json", "--history", "history") == SAME


def test_a_large_database_is_read_in_parts(run, url, make, server, tmp_path):
    """More tables than MariaDB is asked about at once; names that its collation and bytes order otherwise."""
    names = [f"{'Tt'[number % 2]}{number:04}_é" for number in range(620)]
    sql = "".join(f"CREATE TABLE `{name}` (id INT NOT NULL PRIMARY KEY, n INT, up INT, KEY by_n (n), CONSTRAINT `c_{name}` "
                  f"CHECK (n > 0), CONSTRAINT `f_{name}` FOREIGN KEY (up) REFERENCES `{name}` (id));\n" for name in names)
    small = make("CREATE TABLE t (id INT NOT NULL PRIMARY KEY, n INT, KEY by_n (n));")
    database = make(sql)
    run("diff", script(tmp_path, sql), url(database), expect=SAME)
    run("pull", url(""), "-o", "all.json", expect=SAME)
    run("diff", "all.json", url(database), "-d", database, expect=SAME)
    run("diff", "all.json", url(small), "-d", small, expect=SAME)


def fill(server, database):
    """By four clients at once."""
    def some(first):
        text = "\n".join(definition(number) for number in range(first, TABLES, 4))
        server.run_client(database, address=server.address, account=server.root, input=text, timeout=3600)
    threads = [threading.Thread(target=some, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = server.query(f"SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{database}'")[0][0]
    assert found == TABLES


def test_a_server_of_many_tables(measured, new_server, server, start_guard):
    large = new_server("--innodb-file-per-table=0")
    database = large.create_database()
    fill(large, database)
    host, port = large.address
    url = f"mysql://{large.root.user}@{host}:{port}/{database}"
    secret = {"password": large.root.password}
    assert measured(f"pull from {large.flavour}", "schema", "pull", "-q", url, "-o", "live.json", **secret) == SAME
    assert measured(f"verify a snapshot against {large.flavour}", "schema", "verify", "-q", "live.json", url, **secret) == SAME
    guard = start_guard(on=large, mode="observe")
    calm, busy = [], []
    now = calm
    running = True

    def ask():
        with guard.raw(database=database) as client:
            while running:
                into = now
                started = time.monotonic()
                client.query("SELECT c01, c02 FROM t00001")
                into.append(time.monotonic() - started)

    clients = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    time.sleep(5)
    now = busy
    reloads = 3
    started = time.monotonic()
    for number in range(reloads):
        large.query(f"ALTER TABLE {database}.t00002 ADD x{number} INT")
        guard.reload()
    seconds = time.monotonic() - started
    running = False
    for client in clients:
        client.join()
    for words, times in (("without a reload", calm), (f"with {reloads} reloads", busy)):
        times.sort()
        print(f"figure: {CLIENTS} clients of {large.flavour}, 10,000 tables, {words}: {len(times)} answers, median "
              f"{times[len(times) // 2] * 1000:.1f} ms, 99.9 % {times[len(times) * 999 // 1000] * 1000:.1f} ms, longest "
              f"{times[-1] * 1000:.1f} ms")
    print(f"figure: {large.flavour}, 10,000 tables: a reload takes {seconds / reloads:.1f} s, the guard "
          f"{guard.memory_kib('VmHWM') >> 10} MiB at most")
