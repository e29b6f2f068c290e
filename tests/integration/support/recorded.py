"""Recorded statements of the servers' own test suites (../shared/corpus/mtr), to be played on one session.

In   the folder of a flavour: a gzipped file of JSON lines for each test file (its README tells the format).
Out  the statements that a session can be given without harm to the server that others use, and a connection that
     gives them to a server as fast as Python can, and remembers every refusal that it was answered with.
"""

import base64
import dataclasses
import gzip
import json
import re
import struct

from . import raw
from .servers import ROOT

CORPUS = ROOT.parent / "shared/corpus/mtr"

# What the servers answer where a name is not there; 1051 also where DROP finds nothing, which is no such name.
NAME_ERRORS = (1054, 1146, 1109, 1051)

COMMENTS = r"^(?:\s|/\*(?!!).*?\*/|--\s[^\n]*\n|#[^\n]*\n|\()*"

# What changes the server for all, ends it, or reaches out of it.
SERVER_WIDE = re.compile(
    COMMENTS + r"(?:/\*M?!\d*\s*)?(?:"
    r"SHUTDOWN|RESTART|KILL|INSTALL|UNINSTALL|CHANGE|PURGE|RESET|CLONE|BACKUP|IMPORT|BINLOG|STOP|XA|REVOKE\b.*\bFROM\s+\W?root"
    r"|START\s+(?!TRANSACTION)|LOCK\s+INSTANCE|ALTER\s+INSTANCE|SET\s+PASSWORD|SET\s+(?:GLOBAL|PERSIST|STATEMENT)"
    r"|SET\b.*(?:@@GLOBAL|@@PERSIST|\bGLOBAL\s|PERSIST\s)"
    r"|FLUSH\s+(?!(?:LOCAL\s+|NO_WRITE_TO_BINLOG\s+)?(?:TABLES?|STATUS)\b(?!.*(?:READ\s+LOCK|EXPORT)))"
    r"|(?:ALTER|DROP|RENAME|CREATE|REVOKE|GRANT)\b.*\b(?:root|schemaguard|app_\w+)\b"
    r"|(?:CREATE|ALTER|DROP)\s+(?:UNDO\s+)?(?:TABLESPACE|LOGFILE|SERVER|RESOURCE|EVENT)|(?:CREATE|ALTER)\b.*\bEVENT\b"
    r"|DROP\s+(?:DATABASE|SCHEMA)\s+(?:IF\s+EXISTS\s+)?`?(?:mysql|sys|information_schema|performance_schema)\b"
    r"|(?:INSERT|UPDATE|DELETE|REPLACE|ALTER|DROP|TRUNCATE|RENAME|CREATE|LOAD|LOCK|OPTIMIZE|REPAIR)\b.*"
    r"\b(?:mysql|sys|performance_schema)`?\s*\.)"
    r"|\bINTO\s+(?:OUTFILE|DUMPFILE)\b|\bSLEEP\s*\(|\bBENCHMARK\s*\(|\bGET_LOCK\s*\(|\bWAIT_FOR|_WAIT_POS|_GTID_WAIT"
    r"|\bDATA\s+DIRECTORY|\bINDEX\s+DIRECTORY|\bDEBUG\b|WAIT_UNTIL|ENGINE\s*=?\s*(?:FEDERATED|CONNECT|SPIDER|NDB)",
    re.IGNORECASE | re.DOTALL)

# After it the schema may be another one; after EXECUTE where something was prepared that was not seen, or was such.
DDL = re.compile(r"\b(?:CREATE|ALTER|DROP|RENAME|TRUNCATE|CALL)\b", re.IGNORECASE)
EXECUTE = re.compile(COMMENTS + r"EXECUTE\b", re.IGNORECASE | re.DOTALL)
PREPARE_UNSEEN = re.compile(r"\bPREPARE\s.*\bFROM\s+@|\bPREPARE\s.*\b(?:CREATE|ALTER|DROP|RENAME|TRUNCATE|CALL)\b",
                            re.IGNORECASE | re.DOTALL)
NAMES_TABLES = re.compile(r"\b(?:SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH|TABLE|VALUES|DO|LOAD|EXPLAIN|DESC|DESCRIBE|HANDLER|ANALYZE)\b",
                          re.IGNORECASE)
USE = re.compile(COMMENTS + r"USE\b|\bDROP\s+(?:DATABASE|SCHEMA)\b", re.IGNORECASE | re.DOTALL)
SYSTEM_DATABASES = {"mysql", "sys", "performance_schema"}


@dataclasses.dataclass
class Statement:
    number: int
    text: bytes
    database: str  # None: none
    command: int   # raw.COM_QUERY, COM_INIT_DB or COM_STMT_PREPARE
    runs_unseen: bool = False  # EXECUTE, after a PREPARE of what may be DDL

    @property
    def may_change_schema(self):
        return self.command == raw.COM_QUERY and (self.runs_unseen or DDL.search(self.words) is not None)

    @property
    def names_tables(self):
        return self.command != raw.COM_INIT_DB and NAMES_TABLES.search(self.words) is not None

    @property
    def changes_database(self):
        return self.command == raw.COM_INIT_DB or USE.search(self.words) is not None

    @property
    def words(self):
        """In any character set only ASCII matters here."""
        return self.text.decode("latin-1")


def files(flavour):
    return sorted(path for path in (CORPUS / flavour).rglob("*.jsonl.gz") if not path.name.startswith("system-schema"))


def is_server_wide(text, database):
    """Of bytes: text in any character set, of which only ASCII matters here."""
    words = text.decode("latin-1")
    if SERVER_WIDE.search(words):
        return True
    return database in SYSTEM_DATABASES and not re.match(COMMENTS + r"(?:SELECT|SHOW|USE|EXPLAIN|DESC|SET)\b", words, re.IGNORECASE)


def statements(path):
    """Those of a file that may be played, in order."""
    commands = {"init_db": raw.COM_INIT_DB, "prepare": raw.COM_STMT_PREPARE}
    prepared_unseen = False
    for line in gzip.open(path, "rb"):
        record = json.loads(line)
        if "errno" not in record or record.get("killed"):
            continue
        text = record["q"].encode() if "q" in record else base64.b64decode(record["q64"])
        if not is_server_wide(text, record["db"]):
            words = text.decode("latin-1")
            prepared_unseen |= PREPARE_UNSEEN.search(words) is not None
            yield Statement(record["n"], text, record["db"], commands.get(record.get("com"), raw.COM_QUERY),
                            prepared_unseen and EXECUTE.search(words) is not None)


@dataclasses.dataclass
class Refusal:
    errno: int
    message: str


def is_about_a_name(refusal, statement):
    if refusal.errno == 1051:
        return not re.search(r"\bDROP\b", statement.words, re.IGNORECASE)
    return refusal.errno in NAME_ERRORS


class Player(raw.RawConnection):
    """A connection that skips what a result holds. Reads ahead."""

    def __init__(self, *address, **options):
        super().__init__(*address, **options)
        self.ahead = b""
        self.at = 0

    def read_exactly(self, size):
        while len(self.ahead) - self.at < size:
            part = self.socket.recv(1 << 18)
            if not part:
                raise raw.Closed("end of stream")
            self.ahead = self.ahead[self.at:] + part
            self.at = 0
        self.at += size
        return self.ahead[self.at - size:self.at]

    def play(self, statement):
        """Gives the statement to the server; yields the answers to it: None, or a Refusal."""
        if statement.command == raw.COM_STMT_PREPARE:
            return self.play_prepare(statement.text)
        self.send_command(statement.command, statement.text)
        return list(self.answers())

    def play_prepare(self, text):
        try:
            number = self.prepare(text)[0]
        except raw.Err as refusal:
            return [Refusal(refusal.errno, refusal.message)]
        self.send_command(raw.COM_STMT_CLOSE, struct.pack("<I", number))
        return [None]

    def answers(self):
        """None for each result, or the Refusal that is the last."""
        while True:
            try:
                status = self.skip_result()
            except raw.Err as refusal:
                yield Refusal(refusal.errno, refusal.message)
                return
            yield None
            if not status & raw.SERVER_MORE_RESULTS_EXISTS:
                return

    def skip_result(self):
        """The status at its end."""
        first = self.read_checked()
        if first.is_ok:
            return raw.parse_ok(first.payload).status
        count, _ = raw.read_lenenc(first.payload, 0)
        for _ in range(count + 1):  # and the EOF behind them
            self.read_checked()
        while True:
            packet = self.read_checked()
            if packet.is_eof:
                return self.status_at_end(packet.payload)
