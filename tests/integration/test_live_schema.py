"""What the guard reads of a live server's schema (proxy/sources/live.c), held against what the server answers.

The program live-schema stands beside the guard in the build folder; it reads as the guard does.
"""

import json
import signal
import subprocess
import threading
import time

import pymysql
import pytest
import throwaway
from support import cutter
from support import guard as guards
from support import servers

BASE_TABLES = {
    "plain": "(id int not null primary key, note varchar(20) null)",
    "by_date": "(d date not null primary key)",
    "by_two": "(a int not null, b int not null, primary key (a, b))",
    "by_unique": "(z int, b varchar(5) not null, a int not null, unique ub (b), unique ua (a))",
    "by_unique_int": "(z int, a year not null, b varchar(5) not null, unique ua (a), unique ub (b))",
    "by_null": "(a int null unique)",
    "by_bit": "(a bit(9) not null unique)",
    "keyless": "(a int, b decimal(10, 2))",
    "made": "(a int not null, v int as (a + 1) virtual, s int as (a + 2) stored, d timestamp default current_timestamp)",
    "`back``tick`": "(`col``umn` int, `select` int, `ключ` int)",
    "hidden": "(a int, h int default 3 invisible)",
}
MARIADB_TABLES = {
    "sv": "(a int not null primary key) with system versioning",
    "sv_named": "(a int, s timestamp(6) generated always as row start invisible,"
                " e timestamp(6) generated always as row end invisible,"
                " period for system_time (s, e)) with system versioning",
    "app_period": "(a int not null, s date, e date, period for p (s, e), unique (a, p without overlaps))",
}


def program():
    guard = guards.binary()
    path = guard and guard.parent / "live-schema"
    return path if path and path.exists() else servers.require_or_skip(pytest, "live-schema is not built")


def run(**settings):
    """Runs live-schema; returns what it printed, parsed. A list is given as one argument for each element."""
    arguments = [f"{key}={value}" for key, values in settings.items()
                 for value in (values if isinstance(values, list) else [values])]
    done = subprocess.run([program(), *arguments], capture_output=True, text=True, timeout=400)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def where(server, **settings):
    host, port = server.address
    return {"host": host, "port": port, "user": server.schema.user, "password_file": server.schema_password_file,
            "tls": "preferred", **settings}


def read(server, **settings):
    """A good reading: (summary, {database: {"complete": …, "tables": {name: table}}})."""
    answer = run(**where(server, **settings))
    assert "error" not in answer, answer["error"]
    databases = {one["name"]: {"complete": one.get("complete", False),
                               "tables": {table["name"]: table for table in one.get("tables", [])}}
                 for one in answer["schema"]["databases"]}
    return answer["summary"], databases


def failure(server, **settings):
    answer = run(**where(server, **settings))
    assert "error" in answer
    return answer["error"]


def is_known(table):
    return not table.get("unknown", False) and bool(table.get("columns"))


def quoted(name):
    return "`" + name.replace("`", "``") + "`"


@pytest.fixture
def account(server, tmp_path):
    """account(*grants) → settings that read as a new account with just these grants; %s is its name."""
    made = []

    def make(*grants):
        user = f"reader{len(made)}"
        made.append(user)
        server.query(f"CREATE USER {user}@'%' IDENTIFIED BY 'secret'")
        for grant in grants:
            server.query(grant.replace("%s", f"{user}@'%'"))
        password_file = tmp_path / user
        password_file.write_text("secret\nwhat stands behind is not read")
        return {"user": user, "password_file": password_file}

    yield make
    for user in made:
        server.query(f"DROP USER {user}@'%'")


@pytest.fixture
def zoo(server, database):
    """A database with a table of every kind."""
    tables = BASE_TABLES | (MARIADB_TABLES if server.flavour == "mariadb" else {})
    for name, definition in tables.items():
        server.query(f"CREATE TABLE {name} {definition}", database)
    if server.flavour == "mariadb":
        server.query("CREATE SEQUENCE sq", database)
    else:
        server.load("SET sql_generate_invisible_primary_key = ON; CREATE TABLE gipk (a int)", database)
    server.query("CREATE TABLE doomed (a int, b int)", database)
    server.query("CREATE VIEW good AS SELECT a, b FROM doomed WHERE a > 1", database)
    server.query("CREATE VIEW broken AS SELECT b FROM doomed", database)
    server.query("CREATE VIEW above AS SELECT * FROM broken", database)
    server.query("CREATE OR REPLACE VIEW good AS SELECT a FROM doomed", database)
    server.query("ALTER TABLE doomed DROP COLUMN b", database)
    return database


# --- content -------------------------------------------------------------------------------------


def succeeds(connection, sql):
    with connection.cursor() as cursor:
        try:
            cursor.execute(sql)
            cursor.fetchall()
        except pymysql.err.Error as error:
            assert error.args[0] == 1054, (sql, error)
            return False
    return True


def test_every_column_is_one_and_nothing_else_is(server, zoo):
    _, databases = read(server)
    assert databases[zoo]["complete"]
    tables = databases[zoo]["tables"]
    assert {"plain", "back`tick", "good", "broken", "above", "doomed"} <= tables.keys()
    connection = server.connect(database=zoo)
    for name, table in tables.items():
        if name in ("broken", "above"):
            assert not is_known(table)
            continue
        assert is_known(table), name
        for column in table["columns"]:
            assert succeeds(connection, f"SELECT {quoted(column['name'])} FROM {quoted(name)} LIMIT 0"), (name, column)
        names = {column["name"] for column in table["columns"]}
        for other in ("row_start", "row_end", "my_row_id", "nextval", "a", "z", "b"):
            if other not in names:
                assert not succeeds(connection, f"SELECT {other} FROM {quoted(name)} LIMIT 0"), (name, other)
        rowid = succeeds(connection, f"SELECT _rowid FROM {quoted(name)} LIMIT 0")
        assert table.get("rowid", False) == rowid, name
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {quoted(name)} LIMIT 0")
            shown = [field[0] for field in cursor.description]
        assert shown == [column["name"] for column in table["columns"] if not column.get("invisible")], name
    made = {column["name"]: column for column in tables["made"]["columns"]}
    assert [made[name].get("generated", False) for name in "avsd"] == [False, True, True, False]


def test_the_server_is_described_as_it_is(server):
    summary, _ = read(server)
    assert summary["server_version"] == server.query("SELECT VERSION()")[0][0]
    assert summary["account"] == "schemaguard@%"
    assert summary["lower_case_table_names"] == server.query("SELECT @@lower_case_table_names")[0][0]
    with pytest.raises(pymysql.err.OperationalError) as refused:
        server.query("SELECT nothing_of_that_name")
    assert ("'SELECT'" in str(refused.value)) == (summary["wording"] == 1)
    assert summary["databases_complete"]
    assert not summary["unsettled"]


def test_the_servers_own_schemas_are_read(server):
    _, databases = read(server)
    expected = {name: set(columns.split(",")) for name, columns in server.query(
        "SELECT LOWER(TABLE_NAME), GROUP_CONCAT(COLUMN_NAME) FROM information_schema.COLUMNS"
        " WHERE TABLE_SCHEMA = 'information_schema' GROUP BY 1")}
    found = {name.lower(): {column["name"] for column in table["columns"]}
             for name, table in databases["information_schema"]["tables"].items()}
    assert found == expected
    assert databases["information_schema"]["complete"]
    # MySQL refuses its hidden tables (3554) instead of not knowing them (1146).
    assert databases["mysql"]["complete"] == (server.flavour == "mariadb")
    assert databases["sys"]["complete"] and databases["performance_schema"]["complete"]


def test_only_the_databases_asked_for(server, zoo):
    summary, databases = read(server, database=[zoo, "no'such`name"])
    assert databases.keys() == {zoo, "information_schema"}
    assert not summary["databases_complete"]
    assert is_known(databases[zoo]["tables"]["plain"])


# --- privileges ----------------------------------------------------------------------------------


def test_references_on_everything_shows_as_much_as_root_sees(server, zoo, account, tmp_path):
    root = tmp_path / "root"
    root.write_text(server.root.password)
    _, everything = read(server, user=server.root.user, password_file=root)
    _, databases = read(server, **account("GRANT REFERENCES ON *.* TO %s"))
    assert databases[zoo] == everything[zoo]
    assert databases.keys() == everything.keys()


@pytest.mark.parametrize("privilege, suffices", [("SELECT", True), ("INSERT", True), ("UPDATE", True),
                                                 ("REFERENCES", True), ("DELETE", False), ("SHOW VIEW", False)])
def test_what_suffices_on_one_database(server, zoo, account, privilege, suffices):
    other = server.create_database("other")
    try:
        summary, databases = read(server, **account(f"GRANT {privilege} ON {zoo}.* TO %s"))
        assert databases[zoo]["complete"] == suffices
        assert is_known(databases[zoo]["tables"]["plain"]) == suffices
        assert other not in databases and not summary["databases_complete"]
        assert databases["information_schema"]["complete"]
    finally:
        server.drop_database(other)


def test_tables_and_columns_one_by_one(server, zoo, account):
    _, databases = read(server, **account(f"GRANT SELECT ON {zoo}.plain TO %s",
                                          f"GRANT SELECT (a) ON {zoo}.by_two TO %s",
                                          f"GRANT DELETE ON {zoo}.keyless TO %s"))
    tables = databases[zoo]["tables"]
    assert not databases[zoo]["complete"]
    assert is_known(tables["plain"])
    assert not is_known(tables["by_two"])  # `b` exists, and the account does not see it
    assert not is_known(tables["keyless"])
    assert "made" not in tables


def test_patterns_and_roles(server, zoo, account):
    pattern = zoo.replace("_", r"\_")[:-1] + "_"
    _, databases = read(server, **account(f"GRANT SELECT ON `{pattern}`.* TO %s"))
    assert databases[zoo]["complete"]
    server.query("CREATE ROLE readers")
    try:
        server.query(f"GRANT REFERENCES ON {zoo}.* TO readers")
        user = account("GRANT readers TO %s")
        _, databases = read(server, **user)
        assert zoo not in databases  # granted, and not active
        name = f"{user['user']}@'%'"
        server.query(f"SET DEFAULT ROLE readers {'TO' if server.flavour == 'mysql' else 'FOR'} {name}")
        _, databases = read(server, **user)
        assert databases[zoo]["complete"] and is_known(databases[zoo]["tables"]["plain"])
    finally:
        server.query("DROP ROLE readers")


def test_partial_revokes(mysql, tmp_path):
    database = mysql.create_database("revoked")
    password = tmp_path / "password"
    password.write_text("secret")
    mysql.query("SET GLOBAL partial_revokes = ON")
    mysql.query("CREATE USER revoked@'%' IDENTIFIED BY 'secret'")
    try:
        mysql.query(f"CREATE TABLE {database}.t (a int)")
        mysql.query("GRANT REFERENCES ON *.* TO revoked@'%'")
        mysql.query(f"REVOKE REFERENCES ON {database}.* FROM revoked@'%'")
        summary, databases = read(mysql, user="revoked", password_file=password)
        assert database not in databases and not summary["databases_complete"]
        mysql.query(f"GRANT SELECT ON `{database[:-1]}_`.* TO revoked@'%'")  # a plain letter under partial revokes
        _, databases = read(mysql, user="revoked", password_file=password)
        assert not databases.get(database, {}).get("complete", False)
    finally:
        mysql.query("DROP USER revoked@'%'")
        mysql.query("SET GLOBAL partial_revokes = OFF")
        mysql.drop_database(database)


# --- the server's own defaults -------------------------------------------------------------------


def test_global_settings_do_not_cut_the_reading(server, zoo, set_global):
    _, before = read(server)
    set_global("sql_select_limit", 5)
    set_global("sql_mode", "ANSI_QUOTES")
    set_global("autocommit", 0)
    if server.flavour == "mysql":
        set_global("show_gipk_in_create_table_and_information_schema", 0)
    name, short, none = {"mysql": ("max_execution_time", 1, 0), "mariadb": ("max_statement_time", 0.001, 0)}[server.flavour]
    with server.connect() as unhurried, unhurried.cursor() as cursor:  # a later session might not get to put it back
        cursor.execute(f"SET GLOBAL {name} = {short}")
        try:
            summary, after = read(server)
        finally:
            cursor.execute(f"SET GLOBAL {name} = {none}")
    assert after[zoo] == before[zoo]
    assert summary["tables"] > 100


# --- while tables change ---------------------------------------------------------------------------


def test_tables_that_change_meanwhile_never_hide_others(server, zoo):
    _, before = read(server)
    is_over = threading.Event()

    def churn():
        connection = server.connect(database=zoo)
        number = 0
        while not is_over.is_set():
            number += 1
            for sql in (f"CREATE TABLE IF NOT EXISTS churn{number % 5} (a int, b int)",
                        f"ALTER TABLE churn{number % 5} ADD COLUMN c{number} int",
                        f"RENAME TABLE churn{number % 5} TO moved{number % 5}",
                        f"DROP TABLE moved{number % 5}"):
                with connection.cursor() as cursor:
                    cursor.execute(sql)
        connection.close()

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        attempts = set()
        deadline = time.monotonic() + 120
        readings = 0
        while readings < 8 or (attempts == {(1, False)} and time.monotonic() < deadline):  # until it was noticed
            readings += 1
            summary, databases = read(server)
            attempts.add((summary["attempts"], summary["unsettled"]))
            steady = {name: table for name, table in databases[zoo]["tables"].items()
                      if not name.startswith(("churn", "moved"))}
            assert steady == before[zoo]["tables"]
    finally:
        is_over.set()
        thread.join()
    assert attempts != {(1, False)}, f"not noticed by {readings} readings"


# --- TLS and failures --------------------------------------------------------------------------------


def pin_of(server):
    folder = server.tls_ca.parent if hasattr(server.tls_ca, "parent") else None
    certificate = folder / "server-cert.pem"
    shown = subprocess.run(["openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in", certificate],
                           capture_output=True, text=True, check=True)
    return shown.stdout.strip().partition("=")[2]


def test_certificates_are_verified(server, tmp_path):
    throwaway.make_certificates(tmp_path)  # of another authority
    good, wrong = server.tls_ca, tmp_path / "ca.pem"
    for tls in ("disabled", "preferred", "required"):
        read(server, tls=tls)
    read(server, tls="verify_ca", ca=good)
    assert "not signed by a trusted CA" in failure(server, tls="verify_ca", ca=wrong)
    assert "not signed by a trusted CA" in failure(server, tls="preferred", ca=wrong)
    if server.flavour == "mysql":
        assert "is not made out to 127.0.0.1" in failure(server, tls="verify_identity", ca=good)
    else:
        read(server, tls="verify_identity", ca=good)
    pin = pin_of(server)
    other = ("0" if pin[0] != "0" else "1") + pin[1:]
    read(server, tls="preferred", ca=good, fingerprint=pin)
    assert f"its SHA-256 fingerprint is {pin}" in failure(server, tls="required", fingerprint=other)


def test_a_pin_alone_verifies(server):
    """Oracle's client library can be held to a pinned certificate only where that is its own issuer."""
    answer = run(**where(server, tls="required", fingerprint=pin_of(server)))
    assert "summary" in answer or "TLS" in answer["error"] or "SSL" in answer["error"]


def test_a_server_without_tls(new_server):
    server = new_server("--skip-ssl", flavour="mariadb")
    read(server, tls="preferred")
    assert "offers no TLS" in failure(server, tls="required")
    assert "offers no TLS" in failure(server, tls="verify_ca", ca=server.tls_ca)
    assert "offers no TLS" in failure(server, tls="preferred", fingerprint="0" * 64)


def test_failures_name_their_place_and_cause(server, tmp_path):
    host, port = server.address
    wrong = tmp_path / "wrong"
    wrong.write_text("not it\n")
    words = failure(server, password_file=wrong, tls="disabled")
    assert f"{host}:{port}, as schemaguard: " in words and "Access denied" in words and "(1045)" in words
    missing = tmp_path / "missing"
    assert f"cannot read password file {missing}: No such file" in failure(server, password_file=missing)
    words = failure(server, port=throwaway.free_port(), tls="disabled")
    assert "127.0.0.1:" in words and "connect" in words
    assert "no-such-socket" in failure(server, socket="/tmp/no-such-socket", tls="disabled")


def test_an_answer_with_fewer_columns_is_none(mariadb):
    """Read as it stands, it would end behind the row."""
    asked, without = b"TABLE_NAME, TABLE_TYPE FROM", b"TABLE_NAME             FROM"
    with cutter.Relay(mariadb.address, cut=lambda data: [data.replace(asked, without)]) as between:
        host, port = between.address
        words = failure(mariadb, host=host, port=port, tls="disabled")
    assert "reading the tables: the server answered with 2 columns in place of 3" in words


def test_a_reading_can_be_broken_off(server, new_server):
    slow = new_server()
    slow.throwaway.process.send_signal(signal.SIGSTOP)
    try:
        # The server is asleep after the connection was made or before: both end in time.
        begin = time.monotonic()
        words = failure(slow, tls="disabled", connect_timeout=2, cancel_after=200)
        assert time.monotonic() - begin < 100
        assert words
    finally:
        slow.throwaway.process.send_signal(signal.SIGCONT)
    assert failure(server, tls="disabled", cancel_after=1) == "the reading was broken off"


def test_a_lock_does_not_hold_the_reading_for_ever(server, zoo):
    """MariaDB opens each table for information_schema; an ALTER that waits holds it up, for ten seconds at most."""
    with server.connect(database=zoo) as holder, holder.cursor() as cursor:
        cursor.execute("LOCK TABLES plain WRITE")
        begin = time.monotonic()
        _, databases = read(server)
        assert time.monotonic() - begin < 100
    assert "made" in databases[zoo]["tables"]


