#!/usr/bin/env bash
# Prints a node_modules folder with the drivers mysql2 and mariadb, fetched with npm into the cache folder unless they
# are there. Exit code 1 and the reason on standard error where they cannot be had.
set -euo pipefail
cd "$(dirname "$0")"
. ./say.sh
. ./debian_root.sh

command -v npm >/dev/null || { problem "npm is not installed"; exit 1; }
cache=$(debian_root_cache)
folder=$cache/node-drivers
mkdir -p "$cache"
(
    flock 9
    [ ! -e "$folder/complete" ] || exit 0
    rm -rf "$folder"
    mkdir "$folder"
    npm install --no-audit --no-fund --no-package-lock --prefix "$folder" mysql2 mariadb >"$folder/log" 2>&1 </dev/null ||
        { tail -n 20 "$folder/log" >&2; exit 1; }
    touch "$folder/complete"
) 9>"$cache/node-drivers.lock" || { problem "the drivers of Node could not be fetched"; exit 1; }
printf '%s\n' "$folder/node_modules"
