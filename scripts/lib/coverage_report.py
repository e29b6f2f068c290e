#!/usr/bin/env python3
"""Figures of scripts/coverage.sh: coverage_report.py GCOVR.json UNCOVERED.txt LEAST ROOM...

In   gcovr's JSON report and how many percent of a room's branches must have been taken
Out  a table by file and room; in UNCOVERED.txt every branch that no test took and every line that none reached, with
     its text; 1 when a room falls short
"""

import collections
import json
import pathlib
import sys


def taken(file):
    """(branches taken, all, lines reached, all) of one file, and the lines where something was not."""
    code = [line for line in file["lines"] if not line.get("gcovr/noncode")]
    branches = [branch["count"] > 0 for line in code for branch in line.get("branches", [])]
    lines = [line["count"] > 0 for line in code]
    missed = []
    for line in code:
        untaken = sum(1 for branch in line.get("branches", []) if branch["count"] == 0)
        if line["count"] == 0:
            missed.append((line["line_number"], "not reached"))
        elif untaken:
            missed.append((line["line_number"], f"{untaken} of {len(line['branches'])} branches not taken"))
    return (sum(branches), len(branches), sum(lines), len(lines)), missed


def percent(part, whole):
    return 100.0 * part / whole if whole else 100.0


def main():
    report, uncovered, least, rooms = sys.argv[1], pathlib.Path(sys.argv[2]), float(sys.argv[3]), sys.argv[4:]
    files = json.loads(pathlib.Path(report).read_text())["files"]
    totals = collections.defaultdict(lambda: [0, 0, 0, 0])
    print(f"{'file':44} {'branches':>18} {'lines':>18}")
    with uncovered.open("w") as out:
        for file in sorted(files, key=lambda file: file["file"]):
            counts, missed = taken(file)
            room = pathlib.PurePath(file["file"]).parts[2]
            totals[room] = [a + b for a, b in zip(totals[room], counts)]
            show(file["file"].removeprefix("proxy/engine/"), counts)
            text = pathlib.Path(file["file"]).read_text().splitlines()
            for number, what in missed:
                out.write(f"{file['file']}:{number}: {what}: {text[number - 1].strip()}\n")
    for room in rooms:
        show(f"{room} in all", totals[room])
    print(f"not covered: {uncovered}")
    short = [room for room in rooms if percent(*totals[room][:2]) < least]
    for room in short:
        print(f"{room}: less than {least:g} % of the branches", file=sys.stderr)
    return 1 if short else 0


def show(name, counts):
    branches, all_branches, lines, all_lines = counts
    print(f"{name:44} {branches:5}/{all_branches:5} {percent(branches, all_branches):5.1f}% "
          f"{lines:5}/{all_lines:5} {percent(lines, all_lines):5.1f}%")


if __name__ == "__main__":
    sys.exit(main())
