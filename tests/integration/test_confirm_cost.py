"""What a suspect pays for being put to the proof, and that others pay nothing: printed, as ratios within one run.

One worker serves all of it, so that whoever is held up by a suspect would be seen here.
"""

import contextlib
import statistics
import threading
import time

import pytest
from support import raw

ROUNDS = 400
GOOD = "SELECT company FROM customers WHERE id = 1"
BAD = "SELECT name FROM customers WHERE id = 1"
PROOFS = {"server": "asks the server", "schema": "looks the table up", "none": "asks nobody"}

pytestmark = pytest.mark.full


def once(client, sql):
    """Microseconds until the answer has come."""
    began = time.perf_counter()
    with contextlib.suppress(raw.Err):
        client.query(sql)
    return (time.perf_counter() - began) * 1e6


def median(client, sql, rounds=ROUNDS):
    return statistics.median(once(client, sql) for _ in range(rounds))


@contextlib.contextmanager
def suspects(client):
    """Somebody else's, one behind the other, for as long as the block lasts; gives their number so far."""
    stop, sent = threading.Event(), [0]

    def send():
        while not stop.is_set():
            once(client, BAD)
            sent[0] += 1

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield sent
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("confirm", PROOFS)
def test_what_a_suspect_pays_and_others_do_not(server, shop, start_guard, confirm, capsys):
    guard = start_guard(mode="block", confirm=confirm, workers=1, event_log="none", log_level="info")
    with server.raw(database=shop) as direct, guard.raw(database=shop) as client, guard.raw(database=shop) as other:
        wrong = {"direct": median(direct, BAD), "guard": median(client, BAD)}
        alone = {"direct": median(direct, GOOD), "guard": median(client, GOOD)}
        # The same company, once beside suspects that the guard stops, once beside equal work that it lets pass.
        with suspects(other) as sent:
            beside = median(client, GOOD)
        with suspects(direct):
            busy = median(client, GOOD)
    assert sent[0] > 0 and guard.counters()["blocked"] >= ROUNDS + sent[0]
    with capsys.disabled():
        print(f"\n{server.flavour}, confirm = {confirm} ({PROOFS[confirm]}): a suspect takes {wrong['guard']:.0f} us, "
              f"{wrong['guard'] / wrong['direct']:.2f} x direct ({wrong['guard'] - wrong['direct']:+.0f} us); a good "
              f"statement {alone['guard']:.0f} us, {alone['guard'] / alone['direct']:.2f} x direct; beside {sent[0]} suspects "
              f"{beside:.0f} us, {beside / busy:.2f} x what it takes beside as many wrong statements sent to the server")
