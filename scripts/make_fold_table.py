#!/usr/bin/env python3
"""Writes proxy/engine/schema/fold_table.h: which letters the servers hold equal in column names.

  scripts/make_fold_table.py [tests/corpus/identifier-case.tsv] > proxy/engine/schema/fold_table.h

The table is what the servers said, letter pair by letter pair, as runs of letters that fold alike.
A pair of one script's upper and lower case that the servers hold apart is simply not in it. MariaDB
differs in the few letters whose cases take different numbers of bytes: it compares lengths first,
which the code does, so that one table serves both.
"""
import sys

path = sys.argv[1] if len(sys.argv) > 1 else "tests/corpus/identifier-case.tsv"
parent = {}


def root(letter):
    parent.setdefault(letter, letter)
    while parent[letter] != letter:
        letter = parent[letter]
    return letter


with open(path, encoding="utf-8") as facts:
    rows = [line.rstrip("\n").split("\t") for line in facts][1:]
for row in rows:
    a, b = int(row[2][2:], 16), int(row[3][2:], 16)
    if row[4] == "1":
        parent[root(a)] = root(b)
    size_a, size_b = len(chr(a).encode()), len(chr(b).encode())
    assert row[5] == ("1" if row[4] == "1" and size_a == size_b else "0"), row

classes = {}
for letter in parent:
    classes.setdefault(root(letter), set()).add(letter)
for row in rows:
    a, b = int(row[2][2:], 16), int(row[3][2:], 16)
    assert (root(a) == root(b)) == (row[4] == "1"), row

folds = {}
for letters in classes.values():
    lower = [x for x in sorted(letters) if chr(x).lower() == chr(x)] or sorted(letters)
    for letter in letters:
        if letter != lower[0]:
            folds[letter] = lower[0]

runs = []  # first, last, step, to
for letter in sorted(folds):
    if letter < 0x80:
        continue  # the code folds ASCII by itself
    if runs:
        first, last, step, to = runs[-1]
        gap = letter - last
        same = folds[letter] - letter == to - first
        if same and (gap == step or (first == last and gap <= 2)):
            runs[-1] = (first, letter, gap, to)
            continue
    runs.append((letter, letter, 1, folds[letter]))

print("/* Made by scripts/make_fold_table.py from the servers' own answers; do not edit. */")
print("/* clang-format off */")
print("static const struct fold_run FOLD_RUNS[] = {")
for run in runs:
    print("    {0x%04X, 0x%04X, %d, 0x%04X}," % run)
print("};")
print("/* clang-format on */")
