#!/usr/bin/env bash
# Measures the guard beside HAProxy and no proxy, and the engine by itself. See --help.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
. scripts/lib/say.sh
. scripts/lib/deps.sh

usage()
{
    cat <<'END'
usage: scripts/bench.sh [--quick] [--part engine|proxies] [--connections LIST] [--rounds N] [--seconds N] [--output DIR]

Installs what is missing (Debian 12+, Ubuntu 24.04+), builds the release preset, and measures

  proxies   a MariaDB of its own, and in front of it HAProxy in TCP mode and schemaguard in block mode with the live
            schema, one thread each: CPU time of the proxy for a query, queries a second, latency. Workloads: sysbench's
            point select and read-write, statements of an ORM, the same with every statement of a new shape
  engine    nanoseconds and instructions for the normal form, parsing, the verdict, and a verdict out of the cache

  --connections LIST  default 1,16,64
  --rounds N          default 3; the median counts
  --seconds N         of each round and target, default 4
  --quick             one connection and 16, one round of 2 seconds: whether it works, not how fast it is
  --output DIR        for results.json and results.svg, default build/bench

Server, proxy and sysbench share one CPU: leave the machine alone meanwhile, and compare ratios, not microseconds, with
another run. docs/performance.md tells what was found and where the time goes.
END
}

part=all
connections=1,16,64
rounds=3
seconds=4
output=build/bench
while [ $# -gt 0 ]; do
    case $1 in
    --part | --connections | --rounds | --seconds | --output)
        [ $# -gt 1 ] || { problem "$1 needs a value"; exit 2; }
        printf -v "${1#--}" %s "$2"
        shift
        ;;
    --quick) connections=1,16 rounds=1 seconds=2 ;;
    -h | --help) usage; exit 0 ;;
    *) problem "unknown option $1"; usage >&2; exit 2 ;;
    esac
    shift
done
[[ $part =~ ^(all|engine|proxies)$ ]] || { problem "--part $part: it is engine or proxies"; exit 2; }
[[ $rounds$seconds =~ ^[1-9][0-9]*$ ]] || { problem "--rounds and --seconds are whole numbers from 1"; exit 2; }
[[ $connections =~ ^[1-9][0-9]*(,[1-9][0-9]*)*$ ]] || { problem "--connections $connections: numbers and commas"; exit 2; }

step "build"
# shellcheck disable=SC2086 # lists of words
deps_install $DEPS_BUILD $DEPS_SERVER sysbench haproxy valgrind || exit 2
log=build/bench-build.log
mkdir -p build || exit 2
if ! { cmake --preset release && cmake --build --preset release -j "$(nproc)" --target schemaguard check-bench; } >"$log" 2>&1
then
    tail -n 40 "$log" >&2
    problem "the build failed; all of it is in $log"
    exit 2
fi

step "measure"
/usr/bin/python3 tests/bench/guard_bench.py --schemaguard build/release/schemaguard \
    --check-bench build/release/check-bench --output "$output" --part "$part" --connections "$connections" \
    --rounds "$rounds" --seconds "$seconds" || exit 1
good "results: $output/results.json$([ "$part" = engine ] || echo ", $output/results.svg")"
