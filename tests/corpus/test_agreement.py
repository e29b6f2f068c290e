"""The engine's verdicts against those that real servers gave: corpus-replay over resolution.jsonl.

A verdict "mismatch" where the server ran the statement is a false alarm: there must be none. Of the statements that
the server refused for a name, so many must be found. A row is one statement in a schema, and for each server its
answer and whether that counts as a mismatch (null: not scored, where privileges or data decide).
"""

import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
OWN = ROOT / "tests/corpus/resolution.jsonl"
# A newer recording may lie beside the checkout.
NEIGHBOUR = ROOT.parent / "shared/corpus/resolution.jsonl"
FOUND_AT_LEAST = 0.80


def replay(corpus, flavour):
    """id → what corpus-replay said of it."""
    program = pathlib.Path(os.environ.get("SCHEMAGUARD_BINARY", ROOT / "build/release/schemaguard")).parent / "corpus-replay"
    done = subprocess.run([program, "--resolution", corpus, "--flavour", flavour], capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    answers = map(json.loads, done.stdout.splitlines())
    return {answer["id"]: answer for answer in answers}


def scored_rows(corpus, flavour):
    for line in corpus.read_bytes().splitlines():
        row = json.loads(line)
        truth = row.get(flavour)
        if truth and truth["mismatch"] is not None:
            yield row, truth


@pytest.mark.parametrize("flavour", ["mysql", "mariadb"])
@pytest.mark.parametrize("corpus", [OWN, NEIGHBOUR], ids=["own", "neighbour"])
def test_verdicts_agree_with_the_server(corpus, flavour):
    if not corpus.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("no corpus beside the checkout (../shared/corpus)", pytrace=False)
        pytest.skip("no corpus beside the checkout (../shared/corpus)")
    answers = replay(corpus, flavour)
    false_alarms, wrong_error, missed, found, rows = [], [], [], 0, 0
    for row, truth in scored_rows(corpus, flavour):
        rows += 1
        verdict = answers[row["id"]]["verdict"]
        if verdict == "mismatch":
            if truth["mismatch"]:
                found += 1
            elif truth["errno"] == 0:
                false_alarms.append(f"{row['id']}: {row['sql']} · {answers[row['id']].get('message')}")
            else:
                wrong_error.append(row["id"])
        elif truth["mismatch"]:
            missed.append(row["id"])
    assert rows > 1000
    share = found / (found + len(missed))
    print(f"figure: {corpus.parent.parent.name}/corpus, {flavour}: {rows} rows, {found} mismatches found ({share:.1%}), {len(missed)} not, "
          f"{len(false_alarms)} false alarms, {len(wrong_error)} where the server gave another error")
    assert not false_alarms, "\n".join(false_alarms)
    assert share >= FOUND_AT_LEAST, f"not found: {missed[:50]}"
