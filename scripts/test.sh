#!/usr/bin/env bash
# Builds the project and runs its tests; installs what is missing first. See --help.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
. scripts/lib/say.sh
. scripts/lib/deps.sh

usage()
{
    cat <<'END'
usage: scripts/test.sh [--quick | --full] [--only STEP[,STEP...]] [FILTER]

Installs what is missing (Debian 12+, Ubuntu 24.04+), builds, and runs the tests:

  unit          unit tests, fuzz seeds and cases: release, AddressSanitizer with UBSan, ThreadSanitizer
  corpus        the engine's verdicts against those recorded from the real servers
  integration   real clients through the guard to a throw-away MariaDB and MySQL: release build
  asan, tsan    the same suite with the guard under the sanitizers
  packaging     install, the Dockerfile's steps in a bare Debian root, both client libraries
  fuzz          scripts/fuzz.sh, $FUZZ_SECONDS (900) for each target: with --full only

  --quick       unit and integration tests on one build (dev): for the daily round
  --full        also the long tests
  --only STEPS  these steps only, of those above
  FILTER        only tests whose name contains it

MySQL runs in a Debian root of its own, which needs root: elsewhere its tests are skipped, with CI=true they fail.
Logs: build/test-logs/. The last line is "N passed, N failed"; the exit code 0 only without a failure.
END
}

tier=default
only=''
filter=''
while [ $# -gt 0 ]; do
    case $1 in
    --quick) tier=quick ;;
    --full) tier=full ;;
    --only) only=${2:?--only needs a list of steps}; shift ;;
    -h | --help) usage; exit 0 ;;
    -*) problem "unknown option $1"; usage >&2; exit 2 ;;
    *) filter=$1 ;;
    esac
    shift
done

jobs=$(nproc)
logs=$PWD/build/test-logs
failures=$logs/failures # the text of all that failed: once beside its step, once more at the end
python=/usr/bin/python3
passed=0 failed=0 skipped=0
summary=()

# --- steps ---------------------------------------------------------------------------------------

wanted() { [ -z "$only" ] || [[ ",$only," == *",$1,"* ]]; }

# run_step NAME TITLE COMMAND... : runs, times, keeps the output in a log, shows what failed.
# What JUnit files the command writes ($logs/NAME*.xml) are counted; a failing command without any is one failure.
run_step()
{
    local name=$1 title=$2 status counts p f s line started=$SECONDS
    shift 2
    rm -f "$logs/$name"*.xml
    step "$title"
    "$@" </dev/null >"$logs/$name.log" 2>&1
    status=$?
    counts=$("$python" scripts/lib/count_tests.py "$logs/$name"*.xml)
    read -r p f s <<<"$counts"
    [ "$status" = 0 ] || [ "$f" -gt 0 ] || f=1
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    line="$p passed, $f failed, $s skipped, $((SECONDS - started)) s"
    summary+=("$(printf '%-34s %s' "$title" "$line")")
    if [ "$f" -gt 0 ]; then
        if ! "$python" scripts/lib/count_tests.py --failures "$logs/$name"*.xml | tee -a "$failures" | grep . >&2; then
            tail -n 150 "$logs/$name.log" | tee -a "$failures" >&2
        fi
        problem "$title: $line (all of it: $logs/$name.log)"
        return 1
    fi
    [ "$p$s" = 00 ] && line="$((SECONDS - started)) s"
    good "    $line"
    show_notes "$logs/$name.log"
    return 0
}

# What tests measured ("figure: ..."), and what was skipped for which reason.
show_notes()
{
    awk '/^figure: / { sub(/^figure: /, ""); print }
         /^SKIPPED / { count = substr($2, 2) + 0; $1 = $2 = $3 = ""; skipped[$0] += count }
         END { for (reason in skipped) print skipped[reason] " skipped:" substr(reason, 3) }' "$1" |
        while read -r line; do note "$line"; done
}

# The guard first, and no older one in its place; then all else, past what does not compile.
build()
{
    if ! { cmake --preset "$1" -DBUILD_TESTING=ON && cmake --build --preset "$1" --target schemaguard -j "$jobs"; }; then
        rm -f "build/$1/schemaguard"
        return 1
    fi
    cmake --build --preset "$1" -j "$jobs" -- -k
}

unit_tests()
{
    local preset=$1 near=()
    [ "$preset" = tsan ] && near=("${no_aslr[@]}")
    "${near[@]}" ctest --test-dir "build/$preset" -j "$jobs" --timeout 300 --output-on-failure \
        --output-junit "$logs/unit-$preset.xml" ${filter:+-R "$filter"}
}

# pytest_on NAME BINARY_FOLDER PATH... [-- OPTION...]
pytest_on()
{
    local name=$1 build=$2 near=() status
    shift 2
    [ "$build" = tsan ] && near=("${no_aslr[@]}")
    [ "$tier" = full ] && set -- "$@" --full
    SCHEMAGUARD_BINARY=$PWD/build/$build/schemaguard "${near[@]}" "$python" -m pytest -q -rsP --timeout=600 \
        --durations=30 --junitxml="$logs/$name.xml" ${filter:+-k "$filter"} "$@"
    status=$?
    [ "$status" = 5 ] && status=0 # nothing was collected: the filter
    return "$status"
}

# gcc 12's ThreadSanitizer does not start where the kernel spreads addresses too far.
no_aslr=()
setarch -R true 2>/dev/null && no_aslr=(setarch -R)

# Twice as many workers as cores: half of what a test does is waiting.
integration() { pytest_on "$1" "$2" tests/integration -n $((2 * jobs)) --dist loadgroup; }
packaging() { pytest_on packaging release tests/packaging -n "$jobs" --dist loadfile; }

# --- the machine ---------------------------------------------------------------------------------

started=$SECONDS
mkdir -p "$logs"
: >"$failures"
step "packages"
# shellcheck disable=SC2086 # lists of words
deps_install $DEPS_BUILD $DEPS_SERVER $DEPS_TEST $DEPS_DRIVERS || exit 1
if [ "$tier" = full ]; then
    deps_install prometheus || exit 1 # promtool
    # shellcheck disable=SC2086
    deps_install $DEPS_DRIVERS_FULL $(command -v npm >/dev/null || echo npm) || exit 1
fi
good "    $((SECONDS - started)) s"

# MySQL's root takes a minute or two the first time: beside the builds.
root_maker=''
if wanted integration || wanted asan || wanted tsan || wanted packaging; then
    setsid scripts/lib/mysql_root.sh >"$logs/mysql-root.log" 2>&1 </dev/null & # a group, to be ended as one
    root_maker=$!
fi
trap '[ -z "$root_maker" ] || kill -- "-$root_maker" 2>/dev/null; exit 130' INT TERM

await_mysql_root()
{
    [ -n "$root_maker" ] || return 0
    local since=$SECONDS
    step "MySQL's Debian root"
    if wait "$root_maker"; then
        good "    $((SECONDS - since)) s"
    else
        grep -v '^$' "$logs/mysql-root.log" >&2
        [ "${CI:-}" = true ] && problem "MySQL's tests will fail" || warn "MySQL's tests are skipped"
    fi
    root_maker=''
}

# --- what runs -----------------------------------------------------------------------------------

builds="release asan tsan"
[ "$tier" = quick ] && builds=dev
main_build=${builds%% *}

built() { [ -x "build/$1/schemaguard" ]; }

for preset in $builds; do
    case $preset in
    asan | tsan) wanted unit || wanted "$preset" || continue ;;
    esac
    run_step "build-$preset" "build, $preset" build "$preset"
done
if wanted unit; then
    for preset in $builds; do
        ! built "$preset" || run_step "unit-$preset" "unit tests, $preset" unit_tests "$preset"
    done
fi
if wanted corpus && [ "$tier" != quick ] && built release; then
    run_step corpus "corpus" pytest_on corpus release tests/corpus
fi
await_mysql_root
if wanted integration && built "$main_build"; then
    run_step integration "integration tests, $main_build" integration integration "$main_build"
fi
if [ "$tier" != quick ]; then
    for preset in asan tsan; do
        wanted "$preset" && built "$preset" || continue
        run_step "$preset" "integration tests, $preset" integration "$preset" "$preset"
    done
    if wanted packaging; then
        run_step packaging "packaging" packaging
    fi
fi
if wanted fuzz && [ "$tier" = full ]; then
    run_step fuzz "fuzzing" scripts/fuzz.sh --seconds "${FUZZ_SECONDS:-900}" --junit "$logs/fuzz.xml"
fi

if [ -s "$failures" ]; then
    step "what failed"
    cat "$failures" >&2
fi
say ""
printf '%s\n' "${summary[@]}" >&2
say "$(printf '%-34s %d skipped, %d s' total "$skipped" $((SECONDS - started)))"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
