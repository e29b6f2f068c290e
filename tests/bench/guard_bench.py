#!/usr/bin/env python3
"""The guard beside HAProxy and no proxy at all: one MariaDB, one run, one CPU. scripts/bench.sh calls it.

In   the programs schemaguard and check-bench of a release build; mariadb-server-core, sysbench, haproxy; valgrind if it
     is there
Out  OUTPUT/results.json, OUTPUT/results.svg, and a table on standard output

What counts is the CPU time of the proxy's process for a query (user and system, by its CPU clock), and its ratio to
HAProxy's in the same run. Server, proxy and sysbench share the last CPU, so that waking another CPU, which costs more
than all else here, happens in none of the cases. Targets take turns; each figure is the median of its rounds. On a busy
machine all figures grow, so ratios alone can be compared with another run's.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import engine
import plot
from statements import FOLDER, orm_statements

sys.path.insert(0, str(FOLDER.parent.parent / "scripts/lib"))
import throwaway  # noqa: E402

TARGETS = ("direct", "haproxy", "guard")
WORKLOADS = ("point", "rw", "orm", "ormnew")
ROWS = 10_000
ORM_COUNT = 3000


def cpu_seconds(pid):
    """Of a whole process, in nanoseconds' grain."""
    return time.clock_gettime((~pid << 3) | 2)


def pin(pid, cpus):
    for thread in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(thread), cpus)


def resident_kib(pid):
    return int(re.search(r"^Rss:\s+(\d+)", pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)[1])


class Bench:
    def __init__(self, server, options, folder):
        self.server, self.options, self.folder = server, options, pathlib.Path(folder)
        self.cpus = {max(os.sched_getaffinity(0))}
        self.processes = []
        self.ports = {"direct": server.port}
        self.pids = {"direct": None}

    # --- what runs ---------------------------------------------------------------------------------

    def start(self, name, port, command):
        log = self.folder / f"{name}.log"
        with open(log, "wb") as out:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        self.processes.append(process)
        self.ports[name], self.pids[name] = port, process.pid
        return log

    def start_haproxy(self):
        port = throwaway.free_port()
        config = self.folder / "haproxy.cfg"
        config.write_text("global\n  nbthread 1\n  maxconn 4000\ndefaults\n  mode tcp\n  timeout connect 5s\n"
                          "  timeout client 1h\n  timeout server 1h\nlisten x\n"
                          f"  bind 127.0.0.1:{port}\n  server s 127.0.0.1:{self.server.port}\n")
        self.start("haproxy", port, ["/usr/sbin/haproxy", "-db", "-f", str(config)])

    def start_guard(self):
        port = throwaway.free_port()
        password = self.folder / "password"
        password.touch(0o600)
        password.write_text(self.server.root_password + "\n")
        log = self.start("guard", port, [
            str(self.options.schemaguard), "serve", f"--listen=127.0.0.1:{port}", f"--server=127.0.0.1:{self.server.port}",
            "--schema-user=root", f"--schema-password-file={password}", "--mode=block", "--workers=1",
            f"--event-log={self.folder}/events.jsonl"])
        self.wait_until(lambda: "schema read" in log.read_text(), "the guard has no schema", log)

    @staticmethod
    def wait_until(is_so, otherwise, log):
        deadline = time.monotonic() + 60
        while not is_so():
            if time.monotonic() > deadline:
                sys.exit(f"{otherwise}:\n{log.read_text()}")
            time.sleep(0.1)

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait()

    # --- workloads -----------------------------------------------------------------------------------

    def sysbench(self, script, target, *options):
        return ["sysbench", script, "--db-driver=mysql", "--mysql-host=127.0.0.1", f"--mysql-port={self.ports[target]}",
                "--mysql-user=root", f"--mysql-password={self.server.root_password}", "--mysql-db=bench",
                "--mysql-ssl=off", "--mysql-ignore-errors=all", "--tables=1", f"--table-size={ROWS}", *options]

    def prepare(self):
        client = ["mariadb", "--no-defaults", "-h127.0.0.1", f"-P{self.server.port}", "-uroot",
                  f"-p{self.server.root_password}"]
        sql = "CREATE DATABASE bench; USE bench;\n" + (FOLDER / "orm_schema.sql").read_text()
        subprocess.run(client, input=sql, text=True, check=True)
        subprocess.run([*self.sysbench("oltp_point_select", "direct"), "prepare"], check=True, stdout=subprocess.DEVNULL)
        for name, new_shapes in (("orm", False), ("ormnew", True)):
            text = "".join(f"{statement}\n" for statement in orm_statements(ORM_COUNT, new_shapes))
            (self.folder / f"{name}.sql").write_text(text)

    def command(self, workload, target, connections, seconds):
        run = (f"--threads={connections}", f"--time={seconds}", "--percentile=50", "run")
        if workload == "point":
            return self.sysbench("oltp_point_select", target, "--db-ps-mode=disable", *run)
        if workload == "rw":
            return self.sysbench("oltp_read_write", target, "--db-ps-mode=disable", *run)
        command = self.sysbench(str(FOLDER / "orm.lua"), target, *run)
        return [part for part in command if not part.startswith(("--tables=", "--table-size="))]

    def environment(self, workload):
        """For orm.lua."""
        new_shapes = {"BENCH_NEW_SHAPES": "1"} if workload == "ormnew" else {}
        return {**os.environ, "BENCH_STATEMENTS": str(self.folder / f"{workload}.sql"), **new_shapes}

    def measure(self, workload, target, connections):
        """One round of one cell."""
        pid = self.pids[target]
        for pinned in (self.server.process.pid, pid):
            if pinned:
                pin(pinned, self.cpus)
        before = cpu_seconds(pid) if pid else 0
        done = subprocess.run(self.command(workload, target, connections, self.options.seconds), text=True,
                              capture_output=True, preexec_fn=lambda: os.sched_setaffinity(0, self.cpus),
                              env=self.environment(workload))
        found = re.search(r"queries:\s+(\d+)\s+\(([\d.]+)", done.stdout)
        if not found or int(found[1]) == 0:
            sys.exit(f"sysbench, {workload} over {target}:\n{done.stdout}{done.stderr}")
        used = cpu_seconds(pid) - before if pid else 0
        return {"workload": workload, "target": target, "connections": connections, "per_second": float(found[2]),
                "cpu_us": used / int(found[1]) * 1e6,
                "latency_p50_ms": float(re.search(r"50th percentile:\s+([\d.]+)", done.stdout)[1])}

    def run(self):
        cells = [(w, c) for w in WORKLOADS for c in self.options.connections]
        for workload, connections in cells:
            for turn in range(self.options.rounds):
                order = TARGETS[turn % len(TARGETS):] + TARGETS[:turn % len(TARGETS)]
                for target in order:
                    yield self.measure(workload, target, connections)


# --- results -----------------------------------------------------------------------------------------


def summarise(rows):
    """The median of each cell, and its ratio to HAProxy's."""
    cells = {}
    for row in rows:
        cells.setdefault((row["workload"], row["connections"]), {}).setdefault(row["target"], []).append(row)
    for (workload, connections), by_target in cells.items():
        medians = {target: {key: statistics.median(row[key] for row in of_target)
                            for key in ("cpu_us", "per_second", "latency_p50_ms")}
                   for target, of_target in by_target.items()}
        yield {"workload": workload, "connections": connections, "targets": medians,
               "guard_to_haproxy": medians["guard"]["cpu_us"] / medians["haproxy"]["cpu_us"]}


def print_summary(summary):
    print(f"{'workload':10}{'connections':>12}{'HAProxy us':>12}{'guard us':>10}{'ratio':>8}{'direct/s':>10}{'HAProxy/s':>11}"
          f"{'guard/s':>9}")
    for cell in summary:
        of = cell["targets"]
        print(f"{cell['workload']:10}{cell['connections']:>12}{of['haproxy']['cpu_us']:>12.2f}{of['guard']['cpu_us']:>10.2f}"
              f"{cell['guard_to_haproxy']:>8.2f}{of['direct']['per_second']:>10.0f}{of['haproxy']['per_second']:>11.0f}"
              f"{of['guard']['per_second']:>9.0f}", flush=True)


def print_engine(rows):
    print(f"\n{'engine':10}{'way':10}{'bytes':>7}{'ns':>8}{'instructions':>14}{'cached':>9}")
    for row in rows:
        counted = "-" if row["instructions"] is None else row["instructions"]
        print(f"{row['set']:10}{row['way']:10}{row['bytes']:>7}{row['ns']:>8}{counted:>14}{row['hits']:>9.0%}")


def proxies(options, folder):
    with throwaway.MariadbServer(["--max-connections=2000", "--performance-schema=OFF"]) as server:
        bench = Bench(server, options, folder)
        try:
            bench.prepare()
            bench.start_haproxy()
            bench.start_guard()
            resident = {name: resident_kib(pid) for name, pid in bench.pids.items() if pid}
            rows = list(bench.run())
        finally:
            bench.stop()
    return rows, resident


def options_of(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schemaguard", type=pathlib.Path, required=True)
    parser.add_argument("--check-bench", type=pathlib.Path, required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--connections", default=[1, 16, 64], type=lambda text: [int(n) for n in text.split(",")])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--part", choices=("all", "engine", "proxies"), default="all")
    return parser.parse_args(arguments)


def main():
    options = options_of(sys.argv[1:])
    options.output.mkdir(parents=True, exist_ok=True)
    results = {"machine": {"cpus": os.cpu_count(), "kernel": os.uname().release, "load": os.getloadavg()[0]}}
    folder = tempfile.mkdtemp(prefix="schemaguard-bench-")
    try:
        if options.part != "engine":
            rows, resident = proxies(options, folder)
            results |= {"rounds": rows, "resident_kib": resident, "summary": list(summarise(rows))}
            print_summary(results["summary"])
            (options.output / "results.svg").write_text(plot.bars(results["summary"]))
        if options.part != "proxies":
            results["engine"] = list(engine.measure(options.schemaguard, options.check_bench, folder, 20))
            print_engine(results["engine"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    (options.output / "results.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
