#!/usr/bin/env bash
# Fuzzes what reads foreign bytes. See --help.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
. scripts/lib/say.sh
. scripts/lib/deps.sh

usage()
{
    cat <<'END'
usage: scripts/fuzz.sh [--seconds N] [--junit FILE] [TARGET...]

Installs what is missing, builds the fuzz targets (clang, libFuzzer, AddressSanitizer with UBSan) and runs each of
them in turn: the engine's (lex, parse, check, catalog ...) and the wire's (wire_client, wire_server, compressed,
proxy_header ...). Without a TARGET: all of them.

  --seconds N   CPU time for each target (default 900)
  --junit FILE  one test case for each target, for a test report

What a target learns stays in ~/.cache/schemaguard/fuzz (XDG_CACHE_HOME), so that the next run goes on from there.
An input that fails is written to build/fuzz-findings/; run the target (build/fuzz/fuzz/fuzz_NAME) with it as its
argument to see the failure again. Once it is cured, the input belongs in tests/fuzz/seeds/NAME/, which the unit
tests run. The exit code is 0 when nothing was found, 1 after a finding, 2 when fuzzing could not start.
END
}

seconds=900
junit=''
targets=()
while [ $# -gt 0 ]; do
    case $1 in
    --seconds) seconds=${2:?--seconds needs a number}; shift ;;
    --junit) junit=${2:?--junit needs a file}; shift ;;
    -h | --help) usage; exit 0 ;;
    -*) problem "unknown option $1"; usage >&2; exit 2 ;;
    *) targets+=("$1") ;;
    esac
    shift
done
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { problem "--seconds $seconds: it must be a whole number from 1"; exit 2; }

known=$(for source in tests/fuzz/*/fuzz_*.c; do source=${source##*/fuzz_}; echo "${source%.c}"; done)
[ ${#targets[@]} -gt 0 ] || mapfile -t targets <<<"$known"
for target in "${targets[@]}"; do
    grep -qx -- "$target" <<<"$known" || { problem "no target $target; there are: ${known//$'\n'/ }"; exit 2; }
done

findings=$PWD/build/fuzz-findings
learnt=${XDG_CACHE_HOME:-$HOME/.cache}/schemaguard/fuzz
mkdir -p "$findings" "$learnt" || exit 2
log=$findings/build.log

step "build"
# shellcheck disable=SC2086 # lists of words
deps_install $DEPS_BUILD $DEPS_FUZZ || exit 2
runtime=libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev # a package of its own since clang 15
! apt-cache show "$runtime" >/dev/null 2>&1 || deps_install "$runtime" || exit 2
if ! { cmake --preset fuzz && cmake --build --preset fuzz -j "$(nproc)" --target "${targets[@]/#/fuzz_}"; } >"$log" 2>&1
then
    tail -n 40 "$log" >&2
    problem "the targets could not be built (all of it: $log)"
    exit 2
fi

# fuzz TARGET : its last lines tell what was done; the status is libFuzzer's.
fuzz()
{
    local target=$1 dictionary=()
    [ ! -f "tests/fuzz/$target.dict" ] || dictionary=("-dict=tests/fuzz/$target.dict")
    mkdir -p "$learnt/$target"
    "build/fuzz/fuzz/fuzz_$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=3000 -max_len=8192 \
        -print_final_stats=1 -artifact_prefix="$findings/$target-" "${dictionary[@]}" \
        "$learnt/$target" "tests/fuzz/seeds/$target" >"$findings/$target.log" 2>&1 </dev/null
}

failed=0
cases=''
for target in "${targets[@]}"; do
    step "$target"
    started=$SECONDS
    if fuzz "$target"; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$findings/$target.log")
        good "    $runs inputs, $((SECONDS - started)) s, nothing found"
        cases+="<testcase classname='fuzz' name='$target' time='$((SECONDS - started))'/>"
    else
        failed=$((failed + 1))
        tail -n 60 "$findings/$target.log" >&2
        problem "$target: see $findings/$target.log; the input lies beside it"
        cases+="<testcase classname='fuzz' name='$target'><failure message='see $findings/$target.log'/></testcase>"
    fi
done
if [ -n "$junit" ]; then
    printf '<testsuite name="fuzz" tests="%d" failures="%d">%s</testsuite>\n' "${#targets[@]}" "$failed" "$cases" >"$junit"
fi
[ "$failed" = 0 ]
