#!/usr/bin/env python3
"""count_tests.py FILE...: prints "PASSED FAILED SKIPPED" for JUnit files, of ctest or of pytest.
count_tests.py --failures FILE...: prints what failed, each with the end of its text. A missing file counts nothing."""

import sys
import xml.etree.ElementTree

LINES = 70  # of each failure: its end says most


def cases(paths):
    for path in paths:
        try:
            yield from xml.etree.ElementTree.parse(path).iter("testcase")
        except (OSError, xml.etree.ElementTree.ParseError):
            continue


def count(paths):
    passed = failed = skipped = 0
    for case in cases(paths):
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            failed += 1
        elif "skipped" in kinds or case.get("status") == "notrun":
            skipped += 1
        else:
            passed += 1
    print(passed, failed, skipped)


def failures(paths):
    for case in cases(paths):
        wrong = [child for child in case if child.tag in ("failure", "error")]
        if not wrong:
            continue
        print(f"FAILED {case.get('classname')}::{case.get('name')}, {float(case.get('time') or 0):.1f} s")
        output = [child for child in case if child.tag in ("system-out", "system-err")]
        for child in wrong + output:  # pytest's text is in the failure, ctest's in the output
            lines = (child.text or child.get("message") or "").rstrip().splitlines()
            if len(lines) > LINES:
                print(f"    ... {len(lines) - LINES} lines more in the log")
            for line in lines[-LINES:]:
                print(f"    {line}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--failures"]:
        failures(sys.argv[2:])
    else:
        count(sys.argv[1:])
