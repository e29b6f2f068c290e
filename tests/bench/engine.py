"""What the engine costs by itself: nanoseconds and instructions a statement, by way of check-bench.

Ways: digest (the normal form alone), parse (tree and effects), check (names resolved, verdict: a shape never seen),
cached (a shape seen before, other literals). Statements: sysbench's point select, those of orm.sql, the same with
each of a new shape, and the corpus's. Instructions are callgrind's and do not depend on what else the machine does;
times do, so the best of the rounds counts.
"""

import json
import pathlib
import re
import shutil
import subprocess

from statements import FOLDER, orm_statements, point_statements

CORPUS = FOLDER.parent / "corpus"
WAYS = ("digest", "parse", "check", "cached")
COUNT = 6000
POINT_TABLE = ("CREATE TABLE sbtest1 (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, k INT NOT NULL DEFAULT 0, "
               "c CHAR(120) NOT NULL DEFAULT '', pad CHAR(60) NOT NULL DEFAULT '', KEY k_1 (k));\n")


def corpus_statements():
    """Of the shop's database, on one line each."""
    for line in (CORPUS / "resolution.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row.get("db") == "nr_shop" and "sql" in row and not row.get("setup") and "\n" not in row["sql"]:
            yield row["sql"]


def pull(binary, source, database, target):
    subprocess.run([binary, "schema", "pull", source, "-d", database, "--flavour", "mysql", "-q", "-o", target], check=True)


def write_inputs(binary, folder):
    """Snapshot, database and statements for each set."""
    bench_sql = folder / "bench.sql"
    bench_sql.write_text("CREATE DATABASE bench; USE bench;\n" + POINT_TABLE + (FOLDER / "orm_schema.sql").read_text())
    shop_sql = folder / "shop.sql"
    shop_sql.write_text((CORPUS / "shop.sql").read_text())
    pull(binary, bench_sql, "bench", folder / "bench.json")
    pull(binary, shop_sql, "nr_shop", folder / "shop.json")
    sets = {"point": ("bench", point_statements(COUNT)), "orm": ("bench", orm_statements(COUNT)),
            "ormnew": ("bench", orm_statements(COUNT, new_shapes=True)), "corpus": ("nr_shop", corpus_statements())}
    for name, (database, statements) in sets.items():
        path = folder / f"{name}.sql"
        path.write_text("".join(f"{statement}\n" for statement in statements))
        yield name, folder / ("bench.json" if database == "bench" else "shop.json"), database, path


def instructions(command, way, folder):
    """Of a statement, by callgrind: two rounds over the file, of which the second finds what the first left in the cache,
    less one round; None where valgrind is missing."""
    if not shutil.which("valgrind"):
        return None
    collected = []
    for rounds in ("0", "1"):
        done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/callgrind.out",
                               "--toggle-collect=run_round", *command, rounds, way], capture_output=True, text=True)
        collected.append(int(re.search(r"Collected : (\d+)", done.stderr)[1]))
    return collected[1] - collected[0]


def measure(binary, check_bench, folder, rounds):
    """Rows of set, way, bytes, ns, instructions (of a statement)."""
    for name, snapshot, database, path in write_inputs(binary, pathlib.Path(folder)):
        for way in WAYS:
            if name == "ormnew" and way == "cached":
                continue
            command = [check_bench, snapshot, database, path]
            done = subprocess.run([*command, str(rounds), way], check=True, capture_output=True, text=True)
            found = re.search(r"(\d+) statements of (\d+) bytes.*best round (\d+);.*cached (\d+)", done.stdout)
            count = int(found[1]) // rounds
            collected = instructions(command, way, folder)
            yield {"set": name, "way": way, "statements": count, "bytes": int(found[2]), "ns": int(found[3]),
                   "instructions": round(collected / count) if collected else None,
                   "hits": round(int(found[4]) / int(found[1]), 3)}
