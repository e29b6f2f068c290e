"""What the Python conversations share: where to connect, and how steps are printed."""

import datetime
import decimal
import hashlib
import json
import os
import re

HOST, PORT = os.environ["DRIVER_HOST"], int(os.environ["DRIVER_PORT"])
USER, PASSWORD = os.environ["DRIVER_USER"], os.environ["DRIVER_PASSWORD"]
OTHER_USER, OTHER_PASSWORD = os.environ["DRIVER_OTHER_USER"], os.environ["DRIVER_OTHER_PASSWORD"]
DATABASE = os.environ["DRIVER_DATABASE"]
TLS, COMPRESS = os.environ["DRIVER_TLS"] == "1", os.environ["DRIVER_COMPRESS"] == "1"
CA, FILE = os.environ["DRIVER_CA"], os.environ["DRIVER_FILE"]
BIG = int(os.environ["DRIVER_BIG"])


def plain(value):
    """`value` as JSON has it; long ones as their size and digest."""
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": short(bytes(value).hex())}
    if isinstance(value, str):
        return short(value)
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, (set, frozenset)):
        return sorted(plain(part) for part in value)
    if isinstance(value, (datetime.date, datetime.time, datetime.timedelta, decimal.Decimal)):
        return repr(value)
    return value


def short(text):
    return text if len(text) < 300 else f"{len(text)} {hashlib.sha256(text.encode()).hexdigest()}"


def say(name, value):
    print(json.dumps([name, plain(value)]), flush=True)


def told(error):
    """What an exception of any driver tells. (ODBC's may show what lies behind the message in its memory.)"""
    args = [re.sub(r"\0.*(?= \(\d+\))", "", part) if isinstance(part, str) else part for part in getattr(error, "args", ())]
    return {"error": type(error).__name__, "args": plain(args),
            "errno": plain(getattr(error, "errno", None)), "sqlstate": plain(getattr(error, "sqlstate", None))}


def step(name, function):
    try:
        value = function()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
        value = told(error)
    say(name, value)
    return value
