#!/usr/bin/env python3
"""Records conversations of real servers as test data: tests/support/conversations/*.txt.

In   throw-away servers (scripts/lib/throwaway.py) and the scenarios below.
Out  one text file a scenario and server. Run it again when a scenario is added; the unit tests of
     proxy/guard/wire read the files and need no server.

    record_conversations.py [--only TEXT] mariadb|mysql|mariadb118 ...

mariadb118 needs --root: a Debian root that holds a MariaDB of at least 11.5 (scripts/lib/debian_root.sh makes
one); only scenarios that an older MariaDB lacks are recorded from it, unless --only names others.

A file's lines:
    # comment
    flavour mariadb|mysql        as the greeting says
    effective 0x...              capabilities that both sides agreed on (hex, extended ones in the high word)
    > hex                        one packet from the client, header included
    < hex                        one packet from the server
    = outcome                    what the answer that ends here says; several for several results
Outcomes are written by the scenarios, not taken from what was received: `ok`, `ok more`, `rows`, `rows more`,
`rows cursor`, `err NUMBER`, `prepared PARAMETERS COLUMNS`, `text`, `infile`, `none`, `unexpected ID`. In files
named login_*, which hold a whole connection: `user`, `database`, `plugin`, `program_name` of the login, then
`ssl_request`, `switch PLUGIN`, `fast`, `full`, `key`, `ok`, `err NUMBER`, `refused NUMBER`, and `sql TEXT` of each
COM_QUERY.
"""

import argparse
import pathlib
import select
import socket
import struct
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "scripts" / "lib"), str(HERE.parent / "integration")]

import throwaway  # noqa: E402
from support import raw, servers  # noqa: E402

OUT = HERE / "conversations"
BASE = raw.DEFAULT_CAPABILITIES | raw.MULTI_STATEMENTS | raw.LOCAL_FILES | raw.FOUND_ROWS
MODERN = BASE | raw.DEPRECATE_EOF | raw.SESSION_TRACK
MA_PROGRESS, MA_BULK, MA_EXTENDED, MA_CACHE, MA_UNIT = 1, 4, 8, 16, 32
QUIET_SECONDS = 0.25


class Recorder(raw.RawConnection):
    """A connection that writes down what passes once `lines` is a list."""

    lines = None

    def begin(self, login, name, title, capabilities, extended=0):
        """Logs in; from here on what passes is written down. Extended flags count only without bit 0."""
        self.read_greeting()
        sent = (capabilities | raw.CONNECT_WITH_DB) & ~(raw.LONG_PASSWORD if extended else 0)
        self.login(login.user, login.password, database="talk", capabilities=sent, mariadb_capabilities=extended,
                   tls=True)
        greeting = self.greeting
        flavour = "mariadb" if "MariaDB" in greeting.version else "mysql"
        effective = greeting.capabilities & sent & ~raw.SSL | (greeting.mariadb_capabilities & extended) << 32
        self.name = name
        self.lines = [f"# {greeting.version}: {title}", f"flavour {flavour}", f"effective {effective:#x}"]
        return self

    def comment(self, text):
        self.lines.append(f"# {text}")

    def send(self, payload, sequence=0):
        self.sequence = sequence
        for packet in split_packets(raw.frame(payload, sequence)):
            self.lines.append("> " + packet.hex())
        self.send_packet(payload, sequence)

    def receive(self, *outcomes, seconds=QUIET_SECONDS):
        """Everything until the server is quiet, then the outcomes that the scenario expects."""
        data = b""
        wait = max(seconds, 5) if outcomes and outcomes != ("none",) else seconds
        while True:
            pending = getattr(self.socket, "pending", lambda: 0)()
            if not pending and not select.select([self.socket], [], [], wait)[0]:
                break
            part = self.socket.recv(1 << 20)
            if not part:
                break
            data += part
            wait = seconds
        packets = list(split_packets(data))
        for packet in packets:
            self.lines.append("< " + packet.hex())
        self.lines.extend(f"= {outcome}" for outcome in outcomes)
        return packets

    def ask(self, command, argument=b"", *outcomes, note=None, seconds=QUIET_SECONDS):
        if note:
            self.comment(note)
        self.send(bytes([command]) + argument)
        return self.receive(*outcomes, seconds=seconds)

    def sql(self, text, *outcomes, **more):
        more.setdefault("note", text if len(text) < 160 else text[:150] + " ...")
        return self.ask(raw.COM_QUERY, self.query_payload(text), *outcomes, **more)

    def prepare_sql(self, text, *outcomes, **more):
        packets = self.ask(raw.COM_STMT_PREPARE, text.encode(), *outcomes, note="PREPARE " + text, **more)
        return struct.unpack_from("<I", packets[0], 5)[0]

    def run(self, statement, *outcomes, flags=0, parameters=b"", **more):
        return self.ask(raw.COM_STMT_EXECUTE, struct.pack("<IBI", statement, flags, 1) + parameters, *outcomes, **more)

    def save(self):
        OUT.mkdir(exist_ok=True)
        (OUT / f"{self.name}.txt").write_text("\n".join(self.lines) + "\n")
        print(f"{self.name}: {len(self.lines)} lines")


def split_packets(data):
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at:at + 3], "little")
        yield data[at:at + 4 + size]
        at += 4 + size


def long_parameter(*values):
    """Parameters of an EXECUTE, all LONGLONG, none NULL."""
    nulls = bytes((len(values) + 7) // 8)
    return nulls + b"\x01" + b"\x08\x00" * len(values) + b"".join(struct.pack("<q", v) for v in values)


# --- scenarios: each takes a server and gives Recorders ----------------------------------------------

SCENARIOS = []


def scenario(*flavours):
    def add(function):
        SCENARIOS.append((function, flavours or ("mariadb", "mysql")))
        return function
    return add


def both_framings(server, name, title, extended=0, more=0):
    for suffix, capabilities in (("eof", BASE), ("deprecate_eof", MODERN)):
        talk = Recorder(*server.address)
        yield talk.begin(server.app, f"{server.label}_{name}_{suffix}", title, capabilities | more, extended)
        server.query("DELETE FROM talk.t WHERE id > 4")


@scenario()
def text(server):
    for talk in both_framings(server, "text", "answers to COM_QUERY"):
        talk.sql("SELECT id, name FROM t ORDER BY id", "rows")
        talk.sql("SELECT id FROM t WHERE id < 0", "rows")
        talk.sql("SELECT NULL, '', repeat('x', 300), repeat('y', 3000)", "rows")
        talk.sql("SELECT " + ", ".join(f"{i} AS c{i}" for i in range(260)), "rows")
        talk.sql("DO 1", "ok")
        talk.sql("INSERT INTO t VALUES (100, 'new')", "ok")
        talk.sql("SELECT nope FROM t", "err 1054")
        talk.sql("SELECT 1; DO 2; SELECT 3 WHERE 1 = 0; SELECT 4", "rows more", "ok more", "rows more", "rows")
        talk.sql("SELECT 1; SELECT nope FROM t; SELECT 2", "rows more", "err 1054")
        talk.sql("CALL two_results()", "rows more", "rows more", "ok")
        talk.sql("CALL result_then_error()", "rows more", "err 1146")
        talk.sql("SHOW WARNINGS", "rows")
        talk.sql("", "err 1065")
        talk.save()


@scenario()
def session(server):
    for talk in both_framings(server, "session", "changes of the session's state"):
        talk.sql("CREATE DATABASE fleeting", "ok")
        talk.sql("USE fleeting", "ok")
        talk.sql("DROP DATABASE fleeting", "ok")
        talk.ask(raw.COM_INIT_DB, b"talk", "ok", note="INIT_DB talk")
        talk.ask(raw.COM_INIT_DB, b"nowhere", "err 1049", note="INIT_DB nowhere")
        talk.sql("SET NAMES latin1", "ok")
        talk.sql("SET session_track_system_variables = 'sql_mode,character_set_client'", "ok")
        talk.sql("SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES', character_set_client = utf8mb4", "ok")
        talk.sql("SELECT 1", "rows")
        talk.sql("USE talk; SET sql_mode = ''; SELECT 1", "ok more", "ok more", "rows")
        talk.ask(raw.COM_RESET_CONNECTION, b"", "ok", note="RESET_CONNECTION")
        talk.sql("BEGIN", "ok")
        talk.sql("ROLLBACK", "ok")
        talk.save()


@scenario()
def prepared(server):
    for talk in both_framings(server, "prepared", "prepared statements"):
        select = talk.prepare_sql("SELECT id, name FROM t WHERE id >= ? AND id < ?", "prepared 2 2")
        talk.run(select, "rows", parameters=long_parameter(0, 3), note="EXECUTE (0, 3)")
        talk.run(select, "rows", parameters=long_parameter(-3, -2), note="EXECUTE without rows")
        insert = talk.prepare_sql("INSERT INTO t VALUES (?, ?)", "prepared 2 0")
        talk.ask(raw.COM_STMT_SEND_LONG_DATA, struct.pack("<IH", insert, 1) + b"long", "none", note="SEND_LONG_DATA")
        talk.run(insert, "ok", parameters=b"\0\x01\x08\0\xfc\0" + struct.pack("<q", 200), note="EXECUTE")
        talk.ask(raw.COM_STMT_RESET, struct.pack("<I", insert), "ok", note="STMT_RESET")
        none = talk.prepare_sql("DO 1", "prepared 0 0")
        talk.run(none, "ok", note="EXECUTE")
        columns = talk.prepare_sql("SELECT 1 AS one", "prepared 0 1")
        talk.run(columns, "rows", note="EXECUTE")
        talk.prepare_sql("SELECT nope FROM t", "err 1054")
        talk.run(0x7FFFFFFF, "err 1243", note="EXECUTE of an unknown id")
        talk.ask(raw.COM_STMT_CLOSE, struct.pack("<I", columns), "none", note="STMT_CLOSE")
        talk.ask(raw.COM_PING, b"", "ok", note="PING")
        talk.save()


@scenario()
def cursor(server):
    for talk in both_framings(server, "cursor", "cursors: EXECUTE without rows, FETCH with them"):
        select = talk.prepare_sql("SELECT id, name FROM t ORDER BY id", "prepared 0 2")
        talk.run(select, "rows cursor", flags=1, note="EXECUTE with a cursor")
        for outcome in ("rows", "rows", "rows", "err 1421"):
            talk.ask(raw.COM_STMT_FETCH, struct.pack("<II", select, 2), outcome, note="FETCH 2")
        talk.ask(raw.COM_STMT_RESET, struct.pack("<I", select), "ok", note="STMT_RESET")
        talk.run(select, "rows cursor", flags=1, note="EXECUTE with a cursor again")
        mysql = server.flavour == "mysql"  # it runs nothing, and the cursor stays open
        quirk = mysql and talk.capabilities & raw.DEPRECATE_EOF
        talk.run(select, "unexpected 1" if quirk else "rows", note="EXECUTE without a cursor, while it is open")
        talk.ask(raw.COM_STMT_FETCH, struct.pack("<II", select, 2), "rows" if mysql else "err 1421", note="FETCH 2")
        talk.save()


@scenario("mysql")
def cursor_quirk(server):
    """Executed with a cursor, fetched to its end, executed without one: an OK with header 00 in place of FE."""
    for talk in both_framings(server, "cursor_quirk", "EXECUTE without a cursor after one fetched to its end"):
        select = talk.prepare_sql("SELECT id FROM t WHERE id < 3", "prepared 0 1")
        talk.run(select, "rows cursor", flags=1, note="EXECUTE with a cursor")
        talk.ask(raw.COM_STMT_FETCH, struct.pack("<II", select, 50), "rows", note="FETCH to the end")
        eof = not talk.capabilities & raw.DEPRECATE_EOF
        talk.run(select, "rows" if eof else "unexpected 1", note="EXECUTE without a cursor"
                 + ("" if eof else ": never ends by the rules"))
        talk.ask(raw.COM_PING, b"", "ok", note="PING" + ("" if eof else ": its answer's id tells that the other has ended"))
        talk.save()


@scenario()
def out_parameters(server):
    for talk in both_framings(server, "out_parameters", "CALL of a prepared statement with OUT parameters"):
        call = talk.prepare_sql("CALL with_out(?)", "prepared 1 0")
        talk.run(call, "rows more", "rows more", "ok", parameters=long_parameter(1), note="EXECUTE")
        call = talk.prepare_sql("CALL two_results()", "prepared 0 0")
        talk.run(call, "rows more", "rows more", "ok", note="EXECUTE")
        talk.save()


@scenario()
def utility(server):
    mariadb = server.flavour == "mariadb"
    for talk in both_framings(server, "utility", "all other commands"):
        talk.ask(raw.COM_FIELD_LIST, b"t\0%", "rows", note="FIELD_LIST t %")
        talk.ask(raw.COM_FIELD_LIST, b"t\0na%", "rows", note="FIELD_LIST t na%")
        talk.ask(raw.COM_FIELD_LIST, b"nope\0", "err 1146", note="FIELD_LIST nope")
        talk.ask(raw.COM_STATISTICS, b"", "text", note="STATISTICS")
        talk.ask(raw.COM_PING, b"", "ok", note="PING")
        talk.ask(raw.COM_SET_OPTION, b"\1\0", "ok", note="SET_OPTION multi statements off")
        talk.sql("DO 1; DO 2", "err 1064")
        talk.ask(raw.COM_SET_OPTION, b"\0\0", "ok", note="SET_OPTION multi statements on")
        talk.ask(raw.COM_SET_OPTION, b"\7\0", "err 1047", note="SET_OPTION unknown")
        talk.ask(0x0A, b"", "rows" if mariadb else "err 1047", note="PROCESS_INFO")
        talk.ask(0x0D, b"", "ok", note="DEBUG")
        talk.ask(0x07, b"\1", "ok" if mariadb else "err 1047", note="REFRESH grants")
        talk.ask(raw.COM_PROCESS_KILL, struct.pack("<I", 99999999), "err " + ("1094" if mariadb else "1047"),
                 note="PROCESS_KILL of nobody")
        for byte in (0x00, 0x05, 0x06, 0x0B, 0x0F, 0x10, 0x13, 0x14, 0x18, 0x19, 0x1D, 0x20, 0x50, 0xFA, 0xFB, 0xFE):
            packets = talk.ask(byte, b"", note=f"command {byte:#04x}")
            talk.lines.append("= " + (f"err {struct.unpack_from('<H', packets[0], 5)[0]}" if packets else "none"))
        talk.comment("an empty payload")
        talk.send(b"")
        talk.receive("err 1047")
        talk.save()


@scenario()
def local_infile(server):
    for talk in both_framings(server, "local_infile", "LOAD DATA LOCAL: the client sends file packets in between"):
        load = "LOAD DATA LOCAL INFILE '/etc/rows' INTO TABLE loaded"
        talk.sql(load, "infile")
        talk.send(b"1\tone\n", 2)
        talk.send(b"\3SELECT 1\n", 3)
        talk.send(b"", 4)
        talk.receive("ok")
        talk.sql(load, "infile")
        talk.send(b"", 2)
        talk.receive("ok")
        talk.sql(load + "; SELECT 1; " + load, "infile")
        talk.send(b"9\tnine\n", 2)
        talk.send(b"", 3)
        packets = talk.receive("ok more", "rows more", "infile")
        talk.send(b"", packets[-1][3] + 1)
        talk.receive("ok")
        talk.sql("LOAD DATA LOCAL INFILE '/etc/rows' INTO TABLE nowhere", "err 1146")
        talk.save()


@scenario("mariadb")
def cached_metadata(server):
    for talk in both_framings(server, "cached_metadata", "CACHE_METADATA: definitions left out", MA_CACHE | MA_EXTENDED):
        talk.sql("SELECT id, name FROM t", "rows")
        select = talk.prepare_sql("SELECT id, name FROM t WHERE id < ?", "prepared 1 2")
        talk.run(select, "rows", parameters=long_parameter(3), note="EXECUTE")
        talk.run(select, "rows", parameters=long_parameter(-3), note="EXECUTE without rows")
        talk.sql("ALTER TABLE t MODIFY name VARCHAR(41)", "ok", seconds=1)
        talk.run(select, "rows", parameters=long_parameter(3), note="EXECUTE after ALTER")
        talk.run(select, "rows", parameters=long_parameter(3), note="EXECUTE")
        talk.run(select, "rows cursor", parameters=long_parameter(3), flags=1, note="EXECUTE with a cursor")
        talk.ask(raw.COM_STMT_FETCH, struct.pack("<II", select, 50), "rows", note="FETCH to the end")
        talk.sql("ALTER TABLE t MODIFY name VARCHAR(40)", "ok", seconds=1)
        talk.save()


@scenario("mysql")
def optional_metadata(server):
    for talk in both_framings(server, "optional_metadata", "OPTIONAL_RESULTSET_METADATA",
                              more=raw.OPTIONAL_RESULTSET_METADATA):
        talk.sql("SELECT id, name FROM t", "rows")
        talk.prepare_sql("SELECT id, name FROM t WHERE id < ?", "prepared 1 2")
        talk.sql("SET resultset_metadata = NONE", "ok")
        talk.sql("SELECT id, name FROM t", "rows")
        talk.sql("SELECT 1; SELECT 2 WHERE 1 = 0; DO 1", "rows more", "rows more", "ok")
        select = talk.prepare_sql("SELECT id, name FROM t WHERE id < ?", "prepared 1 2")
        talk.run(select, "rows", parameters=long_parameter(3), note="EXECUTE")
        talk.run(select, "rows cursor", parameters=long_parameter(3), flags=1, note="EXECUTE with a cursor")
        talk.ask(raw.COM_STMT_FETCH, struct.pack("<II", select, 50), "rows", note="FETCH to the end")
        talk.prepare_sql("SELECT id FROM t", "prepared 0 1")
        talk.prepare_sql("DO ?", "prepared 1 0")
        talk.ask(raw.COM_FIELD_LIST, b"t\0%", "rows", note="FIELD_LIST t %")
        talk.save()


@scenario("mariadb")
def progress(server):
    for talk in both_framings(server, "progress", "progress reports inside an answer", MA_PROGRESS):
        talk.sql("CREATE OR REPLACE TABLE large ENGINE=Aria SELECT seq, repeat('x', 40) AS pad FROM seq_1_to_1000000",
                 "ok", seconds=8)
        talk.sql("SET progress_report_time = 1", "ok")
        talk.sql("ALTER TABLE large ADD KEY (pad), ADD KEY (seq), ALGORITHM = COPY", "ok", seconds=8)
        talk.sql("DROP TABLE large", "ok", seconds=2)
        talk.save()


@scenario("mariadb")
def bulk(server):
    for talk in both_framings(server, "bulk", "COM_STMT_BULK_EXECUTE", MA_BULK):
        insert = talk.prepare_sql("INSERT INTO t VALUES (?, ?)", "prepared 2 0")
        rows = b"".join(b"\0" + struct.pack("<q", i) + b"\0\x01z" for i in range(300, 310))
        talk.ask(0xFA, struct.pack("<IH", insert, 128) + b"\x08\0\xfd\0" + rows, "ok", note="BULK_EXECUTE, 10 rows")
        talk.ask(0xFA, struct.pack("<IH", insert, 128) + b"\x08\0\xfd\0" + rows, "err 1062", note="the same again")
        talk.ask(0xFA, struct.pack("<IH", 77, 128) + b"\x08\0\xfd\0" + rows, "err 1243", note="an unknown id")
        talk.save()


@scenario("mariadb118")
def bulk_units(server):
    for talk in both_framings(server, "bulk_units", "COM_STMT_BULK_EXECUTE with a result per row (flag 64)",
                              MA_BULK | MA_UNIT):
        insert = talk.prepare_sql("INSERT INTO t VALUES (?, ?)", "prepared 2 0")
        rows = b"".join(b"\0" + struct.pack("<q", i) + b"\0\x01z" for i in range(400, 405))
        talk.ask(0xFA, struct.pack("<IH", insert, 128 | 64) + b"\x08\0\xfd\0" + rows, "rows", note="5 rows")
        talk.ask(0xFA, struct.pack("<IH", insert, 128) + b"\x08\0\xfd\0" + rows, "err 1062", note="the same again")
        talk.sql("DELETE FROM t WHERE id >= 400", "ok")
        talk.ask(0xFA, struct.pack("<IH", insert, 128) + b"\x08\0\xfd\0" + rows, "ok", note="without the flag")
        talk.save()


@scenario("mariadb")
def killed(server):
    for talk in both_framings(server, "killed", "KILL QUERY in the middle of a result: ERR after definitions or rows"):
        me = talk.greeting.connection_id
        talk.comment("SELECT a row, SLEEP(30), killed after a second")
        talk.send(bytes([raw.COM_QUERY]) + b"SELECT seq, SLEEP(IF(seq = 1, 0, 30)) FROM seq_1_to_3")
        time.sleep(1)
        server.query(f"KILL QUERY {me}")
        talk.receive("err 1317")
        talk.sql("DO 1", "ok")
        talk.save()


@scenario()
def streams(server):
    for talk in both_framings(server, "streams", "commands whose answer may never end, refused"):
        refusal = talk.ask(0x12, struct.pack("<IHI", 4, 0, 77) + b"", note="BINLOG_DUMP, without a binary log",
                           seconds=1)
        assert refusal[-1][4] == 0xFF, refusal
        talk.lines.append(f"= err {struct.unpack_from('<H', refusal[-1], 5)[0]}")
        talk.save()


@scenario()
def change_user(server):
    talk = Recorder(*server.address)
    talk.begin(server.app, f"{server.label}_change_user", "COM_CHANGE_USER", MODERN)
    app = server.app
    talk.comment("a wrong password, so that nothing secret is in here")
    talk.send(b"\x11" + app.user.encode() + b"\0\0talk\0" + struct.pack("<H", 45) + app.plugin.encode() + b"\0")
    switch = talk.receive()
    talk.send(b"", switch[-1][3] + 1)
    talk.receive("err 1045")
    talk.save()


# --- logins of real clients, seen by a relay -----------------------------------------------------------


class Relay:
    """Passes one connection on and writes down its packets, up to a TLS hello."""

    def __init__(self, target, tls=False):
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
        self.rest = {">": b"", "<": b""}
        self.lines = []
        self.clear = True
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        client, _ = self.listener.accept()
        server = socket.create_connection(self.target)
        other = {client: (server, ">"), server: (client, "<")}
        while True:
            for source in select.select([client, server], [], [])[0]:
                data = source.recv(1 << 20)
                to, mark = other[source]
                if not data:
                    client.close(), server.close()
                    return
                self.write_down(mark, data)
                to.sendall(data)

    def write_down(self, mark, data):
        self.rest[mark] += data
        while self.clear and len(self.rest[mark]) >= 4:
            size = 4 + int.from_bytes(self.rest[mark][:3], "little")
            if len(self.rest[mark]) < size:
                return
            packet, self.rest[mark] = self.rest[mark][:size], self.rest[mark][size:]
            self.lines.append(f"{mark} {packet.hex()}")
            self.clear = not (mark == ">" and size == 36)  # an SSLRequest: what follows is TLS

    def save(self, name, title, flavour, outcomes):
        self.thread.join(20)
        self.listener.close()
        lines = [f"# {title}", f"flavour {flavour}", *self.lines, *(f"= {outcome}" for outcome in outcomes)]
        (OUT / f"{name}.txt").write_text("\n".join(lines) + "\n")
        print(f"{name}: {len(lines)} lines")


def record_client(server, name, program, account, outcomes, *arguments, password=None, sql="SELECT 1 AS one"):
    relay = Relay(server.address)
    account = account if password is None else servers.Account(account.user, password, account.plugin)
    if program == "pymysql":
        try:
            import pymysql
            talk = pymysql.connect(host=relay.address[0], port=relay.address[1], user=account.user,
                                   password=account.password, database="talk", ssl_disabled=True)
            talk.cursor().execute(sql)
            talk.close()
        except pymysql.err.OperationalError:
            pass
    else:
        server.run_client("talk", *arguments, address=relay.address, account=account, program=program, input=sql,
                          check=False)
    relay.save(f"login_{server.label}_{name}", f"{server.version}: {program} {' '.join(arguments)}", server.flavour,
               outcomes)


def login_of(account, program=None, plugin=None):
    lines = [f"user {account.user}", "database talk", f"plugin {plugin or account.plugin}"]
    return lines + ([f"program_name {program}"] if program else [])


@scenario("mariadb")
def login_mariadb(server):
    app, sql = server.app, "sql SELECT 1 AS one"
    record_client(server, "mariadb_cli", "mariadb", app, login_of(app, "mysql") + ["ok", sql], "--skip-ssl")
    record_client(server, "mariadb_cli_wrong", "mariadb", app, login_of(app, "mysql") + ["err 1045"], "--skip-ssl",
                  password="wrong")
    record_client(server, "mariadb_cli_tls", "mariadb", app, ["ssl_request"], "--ssl")
    record_client(server, "pymysql", "pymysql", app, login_of(app) + ["ok", "sql SET AUTOCOMMIT = 0", sql])
    if "ed25519" in server.accounts:
        account = server.accounts["ed25519"]
        record_client(server, "ed25519", "mariadb", account,
                      login_of(account, "mysql", "mysql_native_password") + ["switch client_ed25519", "ok", sql],
                      "--skip-ssl")


@scenario("mysql")
def login_mysql(server):
    app, sql = server.app, "sql SELECT 1 AS one"
    plain = ("--ssl-mode=DISABLED", "--get-server-public-key")
    start = login_of(app, "mysql")
    server.forget_password_cache()
    record_client(server, "mysql_cli_full", "mysql", app, start + ["full", "key", "ok", *HELLO, sql], *plain)
    record_client(server, "mysql_cli_fast", "mysql", app, start + ["fast", "ok", *HELLO, sql], *plain)
    record_client(server, "mysql_cli_wrong", "mysql", app, start + ["full", "key", "err 1045"], *plain, password="no")
    record_client(server, "mysql_cli_tls", "mysql", app, ["ssl_request"], "--ssl-mode=REQUIRED")
    record_client(server, "mysql_cli_attributes", "mysql", app, start + ["fast", "ok", *HELLO, sql], *plain, "--commands",
                  sql="query_attributes trace 0123456789abcdef size 7\nSELECT 1 AS one;\n")
    record_client(server, "pymysql", "pymysql", app,
                  login_of(app) + ["fast", "ok", "sql SET AUTOCOMMIT = 0", sql])
    account = server.accounts["sha256_password"]
    record_client(server, "sha256", "mysql", account,
                  login_of(account, "mysql", "caching_sha2_password") + ["switch sha256_password", "key", "ok", *HELLO,
                                                                        sql], *plain)


HELLO = ("sql select @@version_comment limit 1", "sql select $$")  # what the mysql client asks by itself


@scenario()
def refused(server):
    before = server.query("SELECT @@max_connections")[0][0]
    server.query("SET GLOBAL max_connections = 10")
    crowd = []
    try:
        for _ in range(20):
            crowd.append(raw.RawConnection(*server.address))
            crowd[-1].login(server.app.user, server.app.password, tls=True)
    except raw.Err as problem:
        packet = problem.packet
    for one in crowd:
        one.close()
    for _ in range(100):
        try:
            server.query(f"SET GLOBAL max_connections = {before}")
            break
        except Exception:
            time.sleep(0.1)
    name = f"login_{server.label}_refused"
    whole = raw.frame(packet.payload, packet.sequence)
    (OUT / f"{name}.txt").write_text(f"# {server.version}: max_connections reached\nflavour {server.flavour}\n"
                                     f"< {whole.hex()}\n= refused 1040\n")
    print(f"{name}: 4 lines")


def first_sql(server):
    server.query("CREATE DATABASE talk")
    server.load("""
CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(40));
INSERT INTO t VALUES (0, 'zero'), (1, 'one'), (2, NULL), (3, ''), (4, repeat('z', 40));
CREATE TABLE loaded (id INT, name VARCHAR(40));
DELIMITER //
CREATE PROCEDURE two_results() BEGIN SELECT 1; SELECT id FROM t WHERE id < 2; END //
CREATE PROCEDURE result_then_error() BEGIN SELECT 1; SELECT id FROM nowhere; END //
CREATE PROCEDURE with_out(OUT o BIGINT) BEGIN SELECT id FROM t WHERE id < 2; SET o = 42; END //
DELIMITER ;
""", database="talk")


class RootedMariadb(throwaway.MysqlServer):
    """MariaDB in a Debian root: entered as MySQL is, made and started as MariaDB is."""

    flavour = "mariadb"
    plugin_folder = None

    @property
    def tls_ca(self):
        return self.folder / "tls" / "ca.pem"

    def make_folder(self):
        super().make_folder()
        (self.folder / "tls").mkdir()
        throwaway.make_certificates(self.folder / "tls")
        throwaway.give_to(self.account, self.folder)

    def initialise(self):
        self.run_step(["/usr/bin/mariadb-install-db", "--no-defaults", f"--datadir={self.inside(self.data)}",
                       "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve",
                       "--force"], preexec_fn=self.enter_tied)

    def command(self):
        inside, tls = self.inside(self.folder), self.inside(self.folder / "tls")
        return ["/usr/sbin/mariadbd", "--no-defaults", f"--datadir={inside}/data", f"--tmpdir={inside}/tmp",
                f"--bind-address={throwaway.HOST}", f"--socket={inside}/s.sock", f"--pid-file={inside}/pid",
                f"--init-file={inside}/first.sql", f"--ssl-ca={tls}/ca.pem", f"--ssl-cert={tls}/server-cert.pem",
                f"--ssl-key={tls}/server-key.pem", *throwaway.COMMON_OPTIONS, *self.options]


def start(flavour, root=None):
    if flavour == "mariadb118":
        return RootedMariadb(root).start()
    if flavour == "mysql":
        return throwaway.MysqlServer(servers.mysql_root()).start()
    return throwaway.MariadbServer(plugin_folder=servers.mariadb_plugins()).start()


def takes_part(flavour, flavours, only):
    return flavour in flavours or (only and flavour == "mariadb118" and "mariadb" in flavours)


def main():
    parser = argparse.ArgumentParser(description="Records conversations of real servers as test data.")
    parser.add_argument("flavour", nargs="+", choices=("mariadb", "mysql", "mariadb118"))
    parser.add_argument("--root", help="mariadb118: the Debian root that holds it")
    parser.add_argument("--only", default="", help="scenarios whose name contains this")
    arguments = parser.parse_args()
    for flavour in arguments.flavour:
        with_server = start(flavour, arguments.root)
        try:
            server = servers.Server(with_server)
            first_sql(server)
            for function, flavours in SCENARIOS:
                if takes_part(flavour, flavours, arguments.only) and arguments.only in function.__name__:
                    server.label = flavour
                    function(server)
        finally:
            with_server.stop()


if __name__ == "__main__":
    main()
