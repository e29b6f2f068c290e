"""Python's drivers by their common interface: dbapi.py pymysql | mysqldb | connector | odbc"""

import sys

from talk import (BIG, CA, COMPRESS, DATABASE, FILE, HOST, OTHER_PASSWORD, OTHER_USER, PASSWORD, PORT, TLS, USER, say,
                  step)

which = sys.argv[1]
mark = "?" if which == "odbc" else "%s"


def connect_pymysql(**other):
    import pymysql

    tls = {"ssl": {"ca": CA, "check_hostname": False}} if TLS else {"ssl_disabled": True}
    return pymysql.connect(**{**dict(host=HOST, port=PORT, user=USER, password=PASSWORD, database=DATABASE,
                                     charset="utf8mb4", local_infile=True, max_allowed_packet=1 << 28,
                                     client_flag=pymysql.constants.CLIENT.MULTI_STATEMENTS), **tls, **other})


def connect_mysqldb(**other):
    import MySQLdb

    tls = {"ssl": {"ca": CA}} if TLS else {}
    return MySQLdb.connect(**{**dict(host=HOST, port=PORT, user=USER, passwd=PASSWORD, db=DATABASE, charset="utf8mb4",
                                     local_infile=1, use_unicode=True, client_flag=1 << 16, **({"compress": 1} if COMPRESS else {})), **tls,
                              **{{"password": "passwd", "database": "db"}.get(name, name): value
                                 for name, value in other.items()}})


def connect_connector(**other):
    import mysql.connector

    tls = {"ssl_ca": CA, "ssl_verify_cert": True} if TLS else {"ssl_disabled": True}
    return mysql.connector.connect(**{**dict(host=HOST, port=PORT, user=USER, password=PASSWORD, database=DATABASE,
                                             allow_local_infile=True, compress=COMPRESS, raise_on_warnings=False,
                                             consume_results=True, use_pure=which == "connector"), **tls, **other})


def connect_odbc(**other):
    import pyodbc

    wanted = {**dict(user=USER, password=PASSWORD, database=DATABASE), **other}
    tls = f"SSLCA={CA};" if TLS else ""
    return pyodbc.connect(f"DRIVER=libmaodbc.so;SERVER={HOST};PORT={PORT};UID={wanted['user']};PWD={wanted['password']};"
                          f"DATABASE={wanted['database']};CHARSET=utf8mb4;OPTION=67108864;ENABLE_LOCAL_INFILE=1;{tls}")


connect = {"pymysql": connect_pymysql, "mysqldb": connect_mysqldb, "connector": connect_connector,
           "connector-c": connect_connector, "odbc": connect_odbc}[which]
step("refused password", lambda: connect(password="wrong"))
step("refused database", lambda: connect(database="no_such_database"))
connection = connect()
cursor = connection.cursor()


def described(cursor):
    """Names and types; the rest of it where the driver tells the wire's own numbers."""
    return [[str(part) for part in column] for column in cursor.description or ()]


def run(sql, values=None):
    cursor.execute(sql, values) if values is not None else cursor.execute(sql)
    if not cursor.description:
        return [cursor.rowcount, getattr(cursor, "lastrowid", None)]
    return [described(cursor), [list(row) for row in cursor.fetchall()], cursor.rowcount]


def every_result(sql):
    """Of a text with several statements, or of CALL."""
    results, error = [], None
    if which.startswith("connector") and not hasattr(cursor, "nextset"):
        for one in cursor.execute(sql, multi=True):
            results.append(one.fetchall() if one.with_rows else one.rowcount)
        return results
    cursor.execute(sql)
    while True:
        results.append([list(row) for row in cursor.fetchall()] if cursor.description else cursor.rowcount)
        try:
            if not cursor.nextset():
                return results
        except Exception as failed:  # noqa: BLE001
            error = list(map(str, failed.args))
            return [*results, error]


def prepared(sql, values):
    """Connector/Python alone has the binary protocol; a statement is run twice, to meet its cached metadata."""
    binary = connection.cursor(prepared=True)
    try:
        rows = []
        for _ in range(2):
            binary.execute(sql, values)
            rows.append([described(binary), [list(row) for row in binary.fetchall()]] if binary.description
                        else [binary.rowcount, binary.lastrowid])
        return rows
    finally:
        binary.close()


def warnings():
    return [run("SHOW WARNINGS")[1], run("SHOW ERRORS")[1], run("SHOW COUNT(*) WARNINGS")[1]]


binary = which.startswith("connector")
step("session", lambda: run("SELECT CURRENT_USER(), DATABASE(), VERSION(), @@character_set_client"))
step("encrypted", lambda: run("SHOW STATUS LIKE 'Ssl_version'")[1][0][1] != "")
# pyodbc knows no type for JSON and GEOMETRY of MySQL
known = "SELECT id, bit9, yes, big_unsigned, amount, f, d, day, moment, y, c, v, vb, lt, e FROM kinds ORDER BY id"
step("types", lambda: run(known if which == "odbc" else "SELECT * FROM kinds ORDER BY id"))
if binary:
    step("types, binary", lambda: prepared(f"SELECT * FROM kinds WHERE id >= {mark} ORDER BY id", (1,)))
    step("values, binary", lambda: prepared("SELECT %s, %s, %s, %s, %s", (1, 2.5, "Zürich 🐬", None, b"\0\xff'\\")))
    step("insert, binary", lambda: prepared("INSERT INTO notes (words) VALUES (%s)", ("twice",)))
    step("refused prepare", lambda: prepared("SELECT name FROM customers WHERE id = %s", (1,)))
    step("refused prepare, warnings", warnings)
    step("binary goes on", lambda: prepared("SELECT company FROM customers WHERE id = %s", (2,)))
step("values", lambda: run(f"SELECT {mark}, {mark}, {mark}, {mark}", (1, 2.5, "Zürich 🐬's \"\\", None)))
step("insert", lambda: run(f"INSERT INTO notes (words, bytes) VALUES ({mark}, {mark})", ("🐬", b"\0\xff'\\")))
step("insert many", lambda: (cursor.executemany(f"INSERT INTO notes (words) VALUES ({mark})",
                                                [(f"it's {at}",) for at in range(500)]), cursor.rowcount)[1])
step("null", lambda: run("SELECT NULL, words, bytes FROM notes WHERE bytes IS NULL ORDER BY id LIMIT 2"))
step("roll back", lambda: (connection.rollback(), run("SELECT COUNT(*) FROM notes"))[1])
step("commit", lambda: (run("INSERT INTO notes (words) VALUES ('kept')"), connection.commit(), connection.rollback(),
                        run("SELECT words FROM notes")))
if which != "odbc":  # after a second result it sends commands before the answer has come, also directly
    step("several", lambda: every_result("SELECT 1; SELECT company FROM customers WHERE id = 2; "
                                         "UPDATE notes SET words = 'changed'; SELECT 4"))
    step("refused, the second of several", lambda: every_result("SELECT 1; SELECT name FROM customers; SELECT 3"))
    step("refused several", lambda: every_result("SELECT name FROM customers; SELECT 2"))
    step("refused several, warnings", warnings)
step("local file", lambda: run(f"LOAD DATA LOCAL INFILE '{FILE}' INTO TABLE notes (words)"))
step("local file, read", lambda: run("SELECT COUNT(*), MAX(words) FROM notes"))
if not binary:  # Connector/Python then leaves the server waiting for the file, also directly
    step("refused local file", lambda: run(f"LOAD DATA LOCAL INFILE '{FILE}.none' INTO TABLE notes (words)"))
step("refused local file, table", lambda: run(f"LOAD DATA LOCAL INFILE '{FILE}' INTO TABLE no_such_table (words)"))
step("clear", lambda: run("DELETE FROM notes"))
step("big value sent", lambda: run(f"SELECT LENGTH({mark})", ("x" * BIG,)))
step("big value received", lambda: run(f"SELECT REPEAT('y', {BIG})"))
step("refused column", lambda: run("SELECT name FROM customers"))
step("refused column, warnings", warnings)
step("refused column, where", lambda: run(f"SELECT company FROM customers WHERE naame = {mark}", ("x",)))
step("refused table", lambda: run("SELECT * FROM clients"))
step("refused table, warnings", warnings)
step("refused insert", lambda: run("INSERT INTO notes (wrods) VALUES ('x')"))
step("refused update", lambda: run("UPDATE notes SET wrods = 'x' WHERE id = 1"))
step("refused delete", lambda: run("DELETE FROM ntoes"))
if which != "odbc":  # what it makes of the message ends in garbage
    step("refused, not ASCII", lambda: run("SELECT `größe 🐬` FROM customers"))
step("usable", lambda: run("SELECT company FROM customers WHERE id = 2"))
step("warned", lambda: run("SELECT CAST('12abc' AS SIGNED)"))
step("warned, warnings", warnings)
step("refused syntax", lambda: run("SELECT FROM WHERE"))
step("refused key", lambda: run("INSERT INTO customers (id, company, email) VALUES (1, 'x', 'y')"))
step("refused in a transaction", lambda: (run("START TRANSACTION"), run("INSERT INTO notes (words) VALUES ('in')"),
                                          run("INSERT INTO notes (wrods) VALUES ('out')")))
step("after it", lambda: (run("SELECT COUNT(*) FROM notes"), connection.commit(), run("SELECT words FROM notes")))
step("temporary table", lambda: (run("CREATE TEMPORARY TABLE mine (a INT)"), run("INSERT INTO mine VALUES (1)"),
                                 run("SELECT a FROM mine"), run("DROP TEMPORARY TABLE mine")))
step("refused temporary table", lambda: run("SELECT a FROM mine"))
step("other charset", lambda: (run("SET NAMES latin1"), run("SELECT HEX('ü'), LENGTH('ü')")) if which != "odbc" else None)
step("refused, other charset", lambda: run("SELECT `größe` FROM customers"))
step("charset again", lambda: run("SET NAMES utf8mb4"))
step("ANSI quotes", lambda: (run("SET sql_mode = 'ANSI_QUOTES'"), run('SELECT "company" FROM customers WHERE id = 1')))
step("refused ANSI quotes", lambda: run('SELECT "nope" FROM customers'))
step("no ANSI quotes", lambda: (run("SET sql_mode = ''"), run('SELECT "nope" FROM customers WHERE id = 1')))
if hasattr(connection, "ping"):
    step("ping", lambda: connection.ping())
if hasattr(connection, "select_db"):
    step("other database", lambda: (connection.select_db("information_schema"), run("SELECT DATABASE()"))[1])
    step("refused in the other database", lambda: run("SELECT company FROM customers"))
    step("back", lambda: (connection.select_db(DATABASE), run("SELECT DATABASE()"))[1])
    step("refused other database", lambda: connection.select_db("no_such_database"))
if hasattr(connection, "cmd_reset_connection"):
    step("reset", lambda: (run("SET @a = 1"), connection.cmd_reset_connection(), run("SELECT @a, DATABASE()")))
    step("refused after reset", lambda: run("SELECT name FROM customers"))
if hasattr(connection, "cmd_change_user"):
    step("change user", lambda: (connection.cmd_change_user(OTHER_USER, OTHER_PASSWORD, DATABASE),
                                 run("SELECT CURRENT_USER(), DATABASE()"))[1])
    step("refused after the change of user", lambda: run("SELECT name FROM customers"))
if hasattr(connection, "change_user"):
    step("change user", lambda: (connection.change_user(OTHER_USER, OTHER_PASSWORD, DATABASE),
                                 run("SELECT CURRENT_USER(), DATABASE()"))[1])
    step("refused after the change of user", lambda: run("SELECT name FROM customers"))
if which in ("pymysql", "mysqldb"):
    streams = {"pymysql": lambda: __import__("pymysql.cursors").cursors.SSCursor,
               "mysqldb": lambda: __import__("MySQLdb.cursors").cursors.SSCursor}[which]()

    def stream():
        with connection.cursor(streams) as rows:
            rows.execute("SELECT a.id, REPEAT('x', 1000) FROM kinds a, customers b, customers c, customers d")
            return sum(len(row[1]) for row in rows)

    step("stream", stream)
step("call", lambda: which != "odbc" and every_result("CALL several(7)"))
step("refused call", lambda: every_result("CALL no_such_procedure(1)"))
step("close", lambda: (cursor.close(), connection.commit(), connection.close())[2])
say("end", True)
