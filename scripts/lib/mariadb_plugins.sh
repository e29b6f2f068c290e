#!/usr/bin/env bash
# Prints a folder with MariaDB's loadable plugins (auth_ed25519.so and others), which mariadb-server-core lacks.
# They are taken out of the package mariadb-server of the same version, without installing it: its installation
# would start a server. Exit code 1 and the reason on standard error where they cannot be had.
set -euo pipefail
cd "$(dirname "$0")"
. ./say.sh
. ./debian_root.sh

version=$(dpkg-query -W -f='${Version}' mariadb-server-core 2>/dev/null) ||
    { problem "mariadb-server-core is not installed"; exit 1; }
cache=$(debian_root_cache)
folder=$cache/mariadb-plugins-${version//[^0-9A-Za-z.+~-]/_}
mkdir -p "$cache"
(
    flock 9
    [ -d "$folder" ] && exit 0
    work=$(mktemp -d "$cache/unpack.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    chmod 755 "$work"
    cd "$work"
    if ! apt-get download -qq "mariadb-server=$version" >log 2>&1 </dev/null; then
        cat log >&2
        exit 1
    fi
    dpkg-deb -x ./mariadb-server_*.deb tree
    mv tree/usr/lib/mysql/plugin "$folder"
) 9>"$cache/mariadb-plugins.lock" || { problem "MariaDB's plugins could not be fetched"; exit 1; }
printf '%s\n' "$folder"
