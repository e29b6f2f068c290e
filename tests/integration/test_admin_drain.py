"""The guard is told to stop while 200 sessions are in transactions: nothing is lost, and nobody waits for ever."""

import json
import signal

import pytest
from support import raw

SESSIONS = 200


def farewell(client):
    """How the guard says goodbye: 1053, or a closed connection for who was about to send."""
    try:
        client.query("SELECT 1")
    except raw.Err as told:
        return told.errno
    except raw.Closed:
        return 0
    return None


@pytest.mark.full
def test_drain_with_200_sessions_in_transactions(server, database, start_guard):
    server.query(f"CREATE TABLE `{database}`.t (id INT PRIMARY KEY AUTO_INCREMENT, who INT)")
    guard = start_guard(mode="block", admin_listen=True, shutdown_timeout="10m", log_level="info")
    busy = [guard.raw(database=database) for _ in range(SESSIONS)]
    idle = [guard.raw(database=database) for _ in range(10)]
    try:
        for number, client in enumerate(busy):
            client.query("BEGIN")
            client.query(f"INSERT INTO t (who) VALUES ({number})")
        guard.process.send_signal(signal.SIGTERM)
        guard.wait_until(lambda: guard.http("/readyz")[0] == 503, "it drains")
        assert json.loads(guard.http("/readyz")[1])["reasons"] == ["the guard is draining"]
        assert {farewell(client) for client in idle} <= {1053, 0}
        for number, client in enumerate(busy):
            client.query(f"INSERT INTO t (who) VALUES ({number})")
            client.query("COMMIT" if number % 2 else "ROLLBACK")
        assert {farewell(client) for client in busy} <= {1053, 0}
        assert guard.process.wait(60) == 0
    finally:
        for client in busy + idle:
            client.close()
    rows = server.query(f"SELECT who, COUNT(*) FROM `{database}`.t GROUP BY who ORDER BY who")
    assert [(int(who), int(count)) for who, count in rows] == [(number, 2) for number in range(1, SESSIONS, 2)]


def test_who_does_not_end_is_ended(server, database, start_guard):
    server.query(f"CREATE TABLE `{database}`.t (id INT PRIMARY KEY)")
    guard = start_guard(shutdown_timeout="1s")
    with guard.raw(database=database) as client:
        client.query("BEGIN")
        client.query("INSERT INTO t VALUES (1)")
        guard.process.send_signal(signal.SIGTERM)
        assert guard.process.wait(60) == 0
        assert farewell(client) in (1053, 0)
    assert server.query(f"SELECT COUNT(*) FROM `{database}`.t")[0][0] == 0
