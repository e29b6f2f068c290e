"""What the question of confirm = server leaves behind in a session: docs/asking.md, by experiment.

Each state is established and then read again, with a statement in between: once directly, once through a guard that
asks about it. The statement is one that the server refuses, or one that it runs: it names a table that was made after
the guard's last reading. The table in the docs is what comes out; $ASKING_WRITE=1 writes it.
"""

import dataclasses
import os
import re

import pytest
from support import raw
from support.servers import ROOT

PAGE = ROOT / "docs/asking.md"
CAPABILITIES = raw.DEFAULT_CAPABILITIES | raw.SESSION_TRACK
NAMES = {"mariadb": "MariaDB", "mysql": "MySQL"}
LAST_PREPARED = 0xFFFFFFFF  # MariaDB: the statement that was prepared last

REFUSED = "SELECT gone FROM kept"
RUN = "SELECT CAST('1x' AS SIGNED), a FROM {fresh}"
ADD = "INSERT INTO {fresh} (a) VALUES (5), (6)"


def values(client, sql):
    """What a statement answers, in words: its rows, "ok" or the error."""
    try:
        result = client.query_all(sql)[0]
    except raw.Err as refused:
        return f"error {refused.errno}"
    if result.rows is None:
        return "ok"
    return ", ".join(value.decode() if value is not None else "NULL" for row in result.rows for value in row) or "nothing"


def reading(*statements):
    """What they answer, one after the other."""
    def read(client, _):
        return "; ".join(values(client, sql) for sql in statements)
    return read


def growth_of(variable):
    """How much a counter of the session has grown since it was established."""
    def now(client):
        return int(values(client, f"SHOW SESSION STATUS LIKE '{variable}'").split(", ")[1])

    def establish(client, _):
        client.before = now(client)

    def read(client, _):
        return now(client) - client.before
    return establish, read


def in_transaction(client, _):
    """By the flag that the server's OK has."""
    return "a transaction" if client.query("DO 0").status & raw.SERVER_STATUS_IN_TRANS else "none"


def execute_last(client, _):
    try:
        return f"{client.execute(LAST_PREPARED)} rows"
    except raw.Err as refused:
        return f"error {refused.errno}"


def prepare_own(client, _):
    client.own = client.prepare("SELECT a FROM kept")[0]


def execute_own(client, _):
    return client.execute(client.own)


def alter_elsewhere(_, server_and_database):
    """Whether another session can change the table that the statement was about."""
    server, database = server_and_database
    with server.raw(database=database) as other:
        other.query("SET lock_wait_timeout = 10")
        return values(other, "ALTER TABLE kept COMMENT = 'changed'")


def answer_in_full(client, _):
    """The packets of the answer to the statement itself."""
    return client.answer


def binary_log_end(client):
    name = "BINARY LOG" if values(client, "SHOW MASTER STATUS").startswith("error") else "MASTER"
    return values(client, f"SHOW {name} STATUS").split(", ")[:2]


def mark_binary_log(client, _):
    client.log_file, client.log_position = binary_log_end(client)


def events_of_binary_log(client, _):
    events = client.query(f"SHOW BINLOG EVENTS IN '{client.log_file}' FROM {client.log_position}").rows
    return ", ".join(event[2].decode() for event in events) or "nothing"


def lines_of_general_log(client, server_and_database):
    """What stands there of the session's statement in between: all but its login."""
    rows = server_and_database[0].query(
        f"SELECT command_type FROM mysql.general_log WHERE thread_id = {client.greeting.connection_id} "
        "AND command_type <> 'Connect' ORDER BY event_time")
    return ", ".join(str(row[0]) for row in rows) or "nothing"


def run_all(*statements):
    def establish(client, _):
        for sql in statements:
            values(client, sql)
    return establish


@dataclasses.dataclass
class State:
    name: str
    establish: object
    read: object
    refused: str = REFUSED
    run: str = RUN
    flavour: str = None


def counter(variable, **others):
    return State(f"`{variable}`", *growth_of(variable), **others)


WARN = run_all("SELECT CAST('1x' AS SIGNED)")
STATES = [
    State("`SHOW WARNINGS`, `SHOW ERRORS`", WARN, reading("SHOW WARNINGS", "SHOW ERRORS")),
    State("`@@warning_count`, `@@error_count`", WARN, reading("SELECT @@warning_count, @@error_count")),
    State("`GET DIAGNOSTICS`: conditions, number and text", WARN, reading(
        "GET DIAGNOSTICS @n = NUMBER", "GET DIAGNOSTICS CONDITION 1 @e = MYSQL_ERRNO, @t = MESSAGE_TEXT", "SELECT @n, @e, @t")),
    State("`GET DIAGNOSTICS`: `ROW_COUNT`", run_all("UPDATE kept SET a = a + 10"), reading(
        "GET DIAGNOSTICS @r = ROW_COUNT", "SELECT @r"), run=ADD),
    State("`ROW_COUNT()`", run_all("UPDATE kept SET a = a + 10"), reading("SELECT ROW_COUNT()"), run=ADD),
    State("`FOUND_ROWS()`", run_all("SELECT SQL_CALC_FOUND_ROWS a FROM kept LIMIT 1"), reading("SELECT FOUND_ROWS()")),
    State("`LAST_INSERT_ID()`", run_all("INSERT INTO kept (a) VALUES (7)"), reading("SELECT LAST_INSERT_ID()")),
    State("`LAST_INSERT_ID()`, of the statement", run_all("INSERT INTO kept (a) VALUES (7)"), reading("SELECT LAST_INSERT_ID()"),
          refused="INSERT INTO kept (gone) VALUES (1)", run=ADD),
    State("`SET INSERT_ID`, for one statement", run_all("SET INSERT_ID = 77"), reading(
        "INSERT INTO kept (a) VALUES (1)", "SELECT MAX(id) FROM kept"), run=ADD),
    State("user variables", run_all("SET @a = 1"), reading("SELECT @a"), refused="SELECT @a := 2, gone FROM kept",
          run="SELECT @a := 2, a FROM {fresh}"),
    State("the transaction", run_all("BEGIN", "INSERT INTO kept (a) VALUES (8)", "SAVEPOINT s"), in_transaction),
    State("what a transaction holds", run_all("BEGIN", "INSERT INTO kept (a) VALUES (8)", "SAVEPOINT s"), reading(
        "SELECT COUNT(*) FROM kept", "ROLLBACK TO SAVEPOINT s", "ROLLBACK", "SELECT COUNT(*) FROM kept")),
    State("`autocommit = 0`: whether a transaction has begun", run_all("SET autocommit = 0"), in_transaction),
    State("`SET TRANSACTION`, for one transaction", run_all("SET TRANSACTION READ ONLY"), reading(
        "INSERT INTO kept (a) VALUES (9)")),
    State("temporary tables", run_all("CREATE TEMPORARY TABLE own (a INT)"), reading("SELECT COUNT(*) FROM own")),
    State("`LOCK TABLES`", run_all("LOCK TABLES kept WRITE"), reading("INSERT INTO kept (a) VALUES (1)", "SELECT 1 FROM other"),
          run="INSERT INTO {fresh} (a) VALUES (1)"),
    State("`HANDLER`", run_all("HANDLER kept OPEN"), reading("HANDLER kept READ FIRST")),
    State("a metadata lock on the table, within a transaction", run_all("BEGIN"), alter_elsewhere),
    State("the client's own prepared statements", prepare_own, execute_own),
    State("the statement prepared last (id -1)", prepare_own, execute_last, flavour="mariadb"),
    State("session tracking in the OK", run_all(
        "SET session_track_system_variables = 'autocommit,sql_mode,time_zone', session_track_schema = ON, session_track_state_change = ON, "
        "session_track_transaction_info = 'CHARACTERISTICS'", "BEGIN"), answer_in_full, run=ADD),
    State("the binary log", mark_binary_log, events_of_binary_log, run=ADD),
    State("the general log", run_all(), lines_of_general_log),
    counter("Com_select"),
    counter("Com_insert", run=ADD),
    counter("Questions"),
    counter("Com_stmt_prepare"),
    counter("Com_stmt_close"),
    counter("Com_stmt_execute"),
    counter("Handler_read_rnd_next"),
]


def give(client, sql):
    """The statement in between; keeps the packets of its answer."""
    client.send_command(raw.COM_QUERY, client.query_payload(sql))
    client.answer = []
    packet = client.read_packet()
    client.answer.append(packet.payload.hex())
    if packet.is_ok or packet.is_err:
        return
    ends = 2
    while ends:
        packet = client.read_packet()
        ends -= packet.is_eof
        client.answer.append(packet.payload.hex())


class Bench:
    """A database whose tables are as new for each try."""

    def __init__(self, server, guard, database):
        self.server, self.guard, self.database = server, guard, database
        self.made = 0

    def prepare_tables(self):
        for sql in ("DROP TABLE IF EXISTS kept, other", "CREATE TABLE kept (id INT PRIMARY KEY AUTO_INCREMENT, a INT)",
                    "CREATE TABLE other (a INT)", "INSERT INTO kept (a) VALUES (1), (2), (3)"):
            self.server.query(sql, self.database)
        self.guard.reload()

    def make_fresh(self):
        self.made += 1
        name = f"fresh_{self.made}"
        self.server.query(f"CREATE TABLE {name} (id INT PRIMARY KEY AUTO_INCREMENT, a INT)", self.database)
        self.server.query(f"INSERT INTO {name} (a) VALUES (4)", self.database)
        return name

    def try_once(self, at, state, statement):
        """The state as it is read in a new session of `at`."""
        self.prepare_tables()
        statement = statement.format(fresh=self.make_fresh())
        with at.raw(database=self.database, capabilities=CAPABILITIES) as client:
            state.establish(client, self)
            give(client, statement)
            return state.read(client, (self.server, self.database))

    def try_asked(self, state, statement):
        """The same through the guard, once it has asked: it may have read the schema anew just in time."""
        for _ in range(20):
            before = self.guard.counters()["confirm_asked"]
            told = self.try_once(self.guard, state, statement)
            if self.guard.counters()["confirm_asked"] > before:
                return told
        raise AssertionError(f"{state.name}: the server was never asked")

    def compare(self, state, statement):
        direct, asked = self.try_once(self.server, state, statement), self.try_asked(state, statement)
        return "the same" if direct == asked else f"{direct} → {asked}"


def table_of(name, rows):
    lines = [f"| on {name} | after a refused statement | after one that the server ran |", "| --- | --- | --- |"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows]) + "\n"


def written(name, table):
    """The page with this table in its place."""
    return re.sub(rf"\| on {name} \|.*?\n(?!\|)", lambda _: table, PAGE.read_text() + "\n", flags=re.DOTALL)[:-1]


@pytest.mark.full
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("flavour", NAMES)
def test_what_asking_leaves_behind(new_server, start_guard, flavour):
    server = new_server("--log-bin=log", "--server-id=1", "--general-log=1", "--log-output=TABLE", flavour=flavour)
    guard = start_guard(on=server, mode="block", schema_refresh="1h", max_schema_age="2h")
    bench = Bench(server, guard, server.create_database())
    rows = []
    for state in STATES:
        if state.flavour in (None, flavour):
            rows.append((state.name, bench.compare(state, state.refused), bench.compare(state, state.run)))
            print(rows[-1])
    guard.reload()  # explains the last suspicion
    table = table_of(NAMES[flavour], rows)
    if os.environ.get("ASKING_WRITE"):
        PAGE.write_text(written(NAMES[flavour], table))
    differing = [row[0] for row in rows if row[1:] != ("the same", "the same")]
    print(f"figure: asking, {flavour}: {len(rows)} states of a session, {len(differing)} differ: {', '.join(differing)}")
    assert table in PAGE.read_text()
