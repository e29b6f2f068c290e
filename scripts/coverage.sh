#!/usr/bin/env bash
# Which branches of the engine the tests take. See --help.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
. scripts/lib/say.sh
. scripts/lib/deps.sh

usage()
{
    cat <<'END'
usage: scripts/coverage.sh [ROOM...]

Builds the engine with counters, runs its unit tests, cases, fuzz seeds and corpus, and prints how many lines and
branches of each ROOM (default: sql resolve) were taken. The lines and branches that were not stand in
build/coverage/uncovered.txt and, to look at, in build/coverage/report/index.html.

The exit code is 1 when a room's branches are covered by less than 85 percent.
END
}

case ${1:-} in
-h | --help) usage; exit 0 ;;
-*) problem "unknown option $1"; usage >&2; exit 2 ;;
esac

least=85
rooms=("${@:-sql}")
[ $# -gt 0 ] || rooms=(sql resolve)
build=build/coverage
# shellcheck disable=SC2086
deps_install $DEPS_BUILD gcovr || exit 2
mkdir -p "$build/report"

cmake --preset coverage >/dev/null && cmake --build --preset coverage -j "$(nproc)" >"$build/build.log" 2>&1 ||
    { tail -20 "$build/build.log" >&2; problem "the build failed ($build/build.log)"; exit 2; }
find "$build" -name '*.gcda' -delete
ctest --preset coverage -j "$(nproc)" >"$build/test.log" 2>&1 ||
    { tail -20 "$build/test.log" >&2; problem "tests failed ($build/test.log): the figures below say less"; }

filters=()
for room in "${rooms[@]}"; do filters+=(--filter "proxy/engine/$room/"); done
gcovr --root . --object-directory "$build" "${filters[@]}" --exclude-unreachable-branches \
    --json "$build/coverage.json" --html-details "$build/report/index.html" "$build" >"$build/gcovr.log" 2>&1 ||
    { tail -20 "$build/gcovr.log" >&2; problem "gcovr failed ($build/gcovr.log)"; exit 2; }
/usr/bin/python3 scripts/lib/coverage_report.py "$build/coverage.json" "$build/uncovered.txt" "$least" "${rooms[@]}"
