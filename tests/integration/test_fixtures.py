"""The guard fixture itself: that it passes what is well, and that it fails a test for what a guard leaves behind."""

import types

import pytest
from support import raw
from support.guard import Guard


@pytest.fixture
def unstarted(tmp_path):
    """A Guard whose judgement can be tried on logs and events of our own; it needs no server for that."""
    account = types.SimpleNamespace(user="nobody")
    return Guard(types.SimpleNamespace(address=("127.0.0.1", 3306), schema=account, schema_password_file="none"),
                 tmp_path)


@pytest.mark.parametrize("line", [
    "==12==ERROR: AddressSanitizer: heap-use-after-free on address 0x1",
    "==12==ERROR: LeakSanitizer: detected memory leaks",
    "WARNING: ThreadSanitizer: data race (pid=1)",
    "stream.c:12:3: runtime error: signed integer overflow",
    "schemaguard: stream.c:12: stream_write: Assertion `s->open' failed.",
])
def test_an_alarm_in_the_log_fails_the_test(unstarted, line):
    unstarted.log_path.write_text(f"a line\n{line}\n")
    with pytest.raises(AssertionError, match="alarm"):
        unstarted.judge(0)


@pytest.mark.parametrize("agreement", ["false_positive", "missed"])
def test_a_disagreement_fails_the_test_unless_it_is_allowed(unstarted, agreement):
    unstarted.event_path.write_text('{"schemaguard.agreement": "%s"}\n' % agreement)
    with pytest.raises(AssertionError, match="disagree"):
        unstarted.judge(0)
    unstarted.allow_disagreement = True
    unstarted.judge(0)


@pytest.mark.parametrize("counter", ["false_positive", "missed", "sessions_open", "closed_internal"])
def test_a_counter_that_must_be_zero_fails_the_test(unstarted, counter):
    unstarted.log_path.write_text('a line {"connections_accepted":3,"%s":0}\n' % counter)
    unstarted.judge(0)
    unstarted.log_path.write_text('a line {"connections_accepted":3,"%s":1}\n' % counter)
    with pytest.raises(AssertionError, match=counter):
        unstarted.judge(0)


def test_another_exit_code_fails_the_test(unstarted):
    with pytest.raises(AssertionError, match="status 86"):
        unstarted.judge(86)


def test_the_guard_that_is_started_serves_and_is_judged(guard, shop):
    with guard.raw(database=shop) as client:
        client.query("SELECT 1")
    guard.stop()
    assert guard.process is None


def test_a_block_is_in_the_servers_words_and_in_the_event_log(start_guard, server, shop):
    guard = start_guard(mode="block")
    with server.raw(database=shop) as direct, pytest.raises(raw.Err) as in_its_own_words:
        direct.query("SELECT name FROM customers")
    with guard.raw(database=shop) as client:
        with pytest.raises(raw.Err) as refused:
            client.query("SELECT name FROM customers")
        assert client.query("SELECT COUNT(*) FROM customers").rows == [[b"3"]]
    assert str(refused.value) == str(in_its_own_words.value)
    event = guard.wait_for_events(1)[0]
    assert event["schemaguard.action"] == "blocked"
