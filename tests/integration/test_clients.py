"""Programs that people use, through the guard in block mode, with and without TLS on each side."""

import re
import shutil
import subprocess

import pymysql
import pytest
import throwaway
from support import servers

SIDES = [(client, server) for client in (False, True) for server in ("disabled", "required")]
SIDE_IDS = [f"{'tls' if client else 'plain'}-{'plain' if server == 'disabled' else 'tls'}" for client, server in SIDES]

PROGRAMS = ("mariadb", "mysql")


def tls_options(program, tls):
    """Of the command-line clients. A client in clear may ask for the key that caching_sha2_password needs."""
    if program.startswith("mariadb"):
        return ["--ssl" if tls else "--skip-ssl"]
    return ["--ssl-mode=REQUIRED"] if tls else ["--ssl-mode=DISABLED", "--get-server-public-key"]


@pytest.fixture(params=SIDES, ids=SIDE_IDS)
def sides(request):
    return request.param


# --- the command-line clients -------------------------------------------------------------------------------


SCRIPT = """\
SELECT company FROM customers WHERE id = 2;
SELECT name FROM customers;
SHOW WARNINGS;
USE information_schema;
SELECT COUNT(*) > 10 FROM tables;
USE {database};
SELECT id, company, country FROM customers ORDER BY id;
INSERT INTO orders (customer_id, state) VALUES (1, 'new');
START TRANSACTION;
INSERT INTO orders (customer_id) VALUES (2);
SELECT COUNT(*) FROM orders;
ROLLBACK;
SELECT COUNT(*) FROM orders;
SELECT REPEAT('x', 100000);
SHOW TABLES;
DESCRIBE products;
SELECT * FROM clients;
DELIMITER //
CREATE PROCEDURE both_results() BEGIN SELECT 1; SELECT title FROM products ORDER BY id; END//
DELIMITER ;
CALL both_results();
DROP PROCEDURE both_results;
"""


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_script_in_the_command_line_client(server, shop, start_guard, program, sides):
    """--force goes on after errors; what it prints is what it prints directly, errors with their lines included."""
    tls, server_tls = sides
    guard = start_guard(mode="block", server_tls=server_tls)
    printed = []
    for at in (server, guard):
        server.forget_password_cache()
        done = server.run_client(*tls_options(program, tls), "--force", "--table", "--unbuffered", "--auto-rehash", shop,
                                 program=program, address=at.address, account=server.app, check=False,
                                 input=SCRIPT.format(database=shop))
        printed.append((done.returncode, done.stdout, [line for line in done.stderr.splitlines() if "WARNING" not in line
                                                       and "deprecated" not in line]))
        server.query("ALTER TABLE orders AUTO_INCREMENT = 3", shop)
    assert printed[0] == printed[1]
    assert "ERROR 1054 (42S22) at line 2: Unknown column 'name' in" in "\n".join(printed[1][2])
    # Oracle's client asks `select $$` by itself when it logs in: MariaDB refuses that by name, MySQL by grammar
    guard.wait_for_counters(blocked=3 + (program == "mysql" and server.flavour == "mariadb"))


def test_the_administrators_programs(server, shop, start_guard):
    guard = start_guard(mode="block")
    program = "mysqladmin" if server.flavour == "mysql" else "mariadb-admin"
    assert "is alive" in server.run_client("ping", program=program, address=guard.address, account=server.app).stdout
    assert "Uptime" in server.run_client("status", program=program, address=guard.address, account=server.app).stdout
    program = "mysqlshow" if server.flavour == "mysql" else "mariadb-show"
    shown = [server.run_client(shop, "customers", program=program, address=at.address, account=server.app).stdout
             for at in (server, guard)]
    assert shown[0] == shown[1] and "company" in shown[1]
    program = "mysqlcheck" if server.flavour == "mysql" else "mariadb-check"
    assert "OK" in server.run_client(shop, program=program, address=guard.address, account=server.app).stdout


# --- dump and restore ------------------------------------------------------------------------------------------


SAMPLE = """
CREATE TABLE kinds (id BIGINT UNSIGNED PRIMARY KEY, b BIT(9), d DECIMAL(30, 10), f DOUBLE, t TIME(6), dt DATETIME(6),
    y YEAR, j JSON, e ENUM('a', 'b''c', 'ü'), s SET('x', 'y'), bin VARBINARY(300), bl LONGBLOB, tx LONGTEXT,
    g INT GENERATED ALWAYS AS (id % 7) VIRTUAL, KEY (dt)) DEFAULT CHARSET = utf8mb4;
INSERT INTO kinds (id, b, d, f, t, dt, y, j, e, s, bin, bl, tx) VALUES
    (1, b'101', 3.14, 1e300, '-12:34:56.789', '2024-02-29 23:59:59.999999', 2024, '{"a": [1, null]}', 'b''c', 'x,y',
     X'00FF275C0A0D1A', REPEAT(X'00FF5C27', 5000), REPEAT('Zürich\\'s "quotes" \\\\ and \\n lines ', 2000)),
    (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE many (id INT AUTO_INCREMENT PRIMARY KEY, word VARCHAR(40), filler VARCHAR(200)) ENGINE = InnoDB;
INSERT INTO many (word, filler) WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 900)
    SELECT CONCAT('word ', a.n), REPEAT(CHAR(97 + a.n % 26), 150) FROM r a JOIN (SELECT 1 UNION SELECT 2 UNION SELECT 3) b;
CREATE TABLE `odd ``name``` (`a b` INT, `select` INT, `ünïcode` INT);
INSERT INTO `odd ``name``` VALUES (1, 2, 3);
CREATE VIEW words AS SELECT word, COUNT(*) AS times FROM many GROUP BY word;
DELIMITER //
CREATE TRIGGER before_many BEFORE INSERT ON many FOR EACH ROW BEGIN SET NEW.word = UPPER(NEW.word); END//
CREATE PROCEDURE count_words(OUT n INT) BEGIN SELECT COUNT(*) INTO n FROM words; END//
CREATE FUNCTION twice(n INT) RETURNS INT DETERMINISTIC RETURN n * 2//
CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO DELETE FROM many WHERE id < 0//
DELIMITER ;
"""


@pytest.fixture
def sample(server, set_global):
    if server.flavour == "mysql":
        set_global("log_bin_trust_function_creators", 1)
    name = server.create_database("sample")
    server.load(SAMPLE, name)
    server.load(servers.SHOP_SQL, name)
    yield name
    server.drop_database(name)


def test_a_dump_and_its_restoration(server, sample, start_guard, sides):
    """The dump through the guard is the direct one; what is restored through the guard dumps alike again."""
    tls, server_tls = sides
    guard = start_guard(mode="block", server_tls=server_tls)
    program = "mysqldump" if server.flavour == "mysql" else "mariadb-dump"
    options = [*tls_options(program, tls), "--skip-dump-date", "--routines", "--triggers", "--events", "--hex-blob",
               "--single-transaction"]
    if server.flavour == "mysql":
        options += ["--set-gtid-purged=OFF", "--no-tablespaces"]

    def dump(at, database):
        text = server.run_client(*options, database, program=program, address=at.address, account=server.app).stdout
        return text.replace(database, "DATABASE").replace(f"Host: {at.address[0]}", "")

    direct = dump(server, sample)
    assert dump(guard, sample) == direct
    assert direct.count("INSERT INTO") >= 6
    copy = server.create_database("copy")
    try:
        client = "mysql" if server.flavour == "mysql" else "mariadb"
        server.run_client(*tls_options(client, tls), copy, program=client, address=guard.address, account=server.app,
                          input=direct)
        assert dump(server, copy) == direct
    finally:
        server.drop_database(copy)
    # mysqldump asks for a table that this server may lack; the restored tables are no news to the guard
    assert all(event["schemaguard.agreement"] == "agree" for event in guard.events())


# --- PyMySQL -------------------------------------------------------------------------------------------------------


def test_pymysql(server, shop, start_guard, tmp_path, sides):
    tls, server_tls = sides
    guard = start_guard(mode="block", server_tls=server_tls)
    (tmp_path / "rows.txt").write_text("7\tseven\n8\teight\n")
    connection = guard.connect(database=shop, local_infile=True, autocommit=False,
                               **({} if tls else {"ssl": None, "ssl_disabled": True}))
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT company FROM customers WHERE id = %s", (2,))
        assert cursor.fetchall() == (("Atelier Lumen",),)
        with pytest.raises(pymysql.err.OperationalError) as refused:
            cursor.execute("SELECT name FROM customers WHERE id = %s", (2,))
        assert refused.value.args[0] == 1054
        with pytest.raises(pymysql.err.ProgrammingError) as refused:
            cursor.execute("SELECT * FROM clients")
        assert refused.value.args[0] == 1146
        cursor.executemany("INSERT INTO products (sku, title, price) VALUES (%s, %s, %s)",
                           [(f"sku {at}", f"it's {at}", at) for at in range(2000)])
        assert cursor.rowcount == 2000
        connection.rollback()
        cursor.execute("SELECT COUNT(*) FROM products")
        assert cursor.fetchone() == (3,)
        cursor.execute("CREATE TEMPORARY TABLE loaded (a INT, b VARCHAR(20))")
        cursor.execute(f"LOAD DATA LOCAL INFILE '{tmp_path}/rows.txt' INTO TABLE loaded")
        cursor.execute("SELECT b FROM loaded ORDER BY a")
        assert cursor.fetchall() == (("seven",), ("eight",))
        with pymysql.cursors.SSCursor(connection) as stream:
            stream.execute("SELECT p.id, REPEAT('x', 10000) FROM products p, products q, products r, products s")
            assert sum(1 for _ in stream) == 81
        connection.select_db("information_schema")
        cursor.execute("SELECT DATABASE()")
        assert cursor.fetchone() == ("information_schema",)
        connection.ping()
    guard.wait_for_counters(blocked=2)


# --- sysbench ---------------------------------------------------------------------------------------------------------


def run_sysbench(server, guard, database, folder, tls, seconds, threads=16):
    host, port = guard.address
    options = ["sysbench", "oltp_read_write", "--db-driver=mysql", f"--mysql-host={host}", f"--mysql-port={port}",
               f"--mysql-user={server.app.user}", f"--mysql-password={server.app.password}", f"--mysql-db={database}",
               f"--mysql-ssl={'on' if tls else 'off'}", "--tables=4", "--table-size=5000", f"--threads={threads}"]
    for step in (["prepare"], [f"--time={seconds}", "run"]):
        done = subprocess.run([*options, *step], capture_output=True, text=True, cwd=folder, timeout=seconds + 120)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def sysbench(server, database, start_guard, folder, sides, seconds):
    """No error but the deadlocks that the server makes of its own (1213), which sysbench counts and tries again."""
    if not shutil.which("sysbench"):
        servers.require_or_skip(pytest, "no sysbench here")
    tls, server_tls = sides
    throwaway.make_certificates(folder)  # sysbench wants a certificate of its own, by these names
    for stem, name in (("server-key.pem", "client-key.pem"), ("server-cert.pem", "client-cert.pem"), ("ca.pem", "cacert.pem")):
        shutil.copy(folder / stem, folder / name)
    guard = start_guard(mode="block", server_tls=server_tls, client_tls_cert=folder / "server-cert.pem",
                        client_tls_key=folder / "server-key.pem", log_level="info")
    said = run_sysbench(server, guard, database, folder, tls, seconds)
    numbers = {name: int(value) for name, value in re.findall(r"^\s+([a-z ]+):\s+(\d+) ", said, re.MULTILINE)}
    assert "FATAL" not in said and numbers["reconnects"] == 0
    assert numbers["transactions"] > 0
    counters = guard.counters()
    assert counters["blocked"] == counters["relay_only"] == counters["protocol_resyncs"] == 0
    assert counters["tls_handshakes_client"] >= (16 if tls else 0)
    print(f"figure: sysbench oltp_read_write, 16 threads, {seconds} s, {server.flavour}, client {'TLS' if tls else 'plain'}, "
          f"server {'plain' if server_tls == 'disabled' else 'TLS'}: {numbers['transactions']} transactions, "
          f"{numbers['ignored errors']} deadlocks, 0 errors, guard {guard.memory_kib('VmHWM')} KiB at most, "
          f"{counters['statements_inspected']} statements inspected, {counters['confirm_asked']} suspected")


@pytest.mark.parametrize("sides", [(False, "disabled"), (True, "required")], ids=["plain", "tls"])
def test_sysbench(server, database, start_guard, tmp_path, sides):
    sysbench(server, database, start_guard, tmp_path, sides, seconds=8)


@pytest.mark.full
def test_sysbench_for_a_minute(server, database, start_guard, tmp_path, sides):
    sysbench(server, database, start_guard, tmp_path, sides, seconds=60)
