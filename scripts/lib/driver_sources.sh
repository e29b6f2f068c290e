#!/usr/bin/env bash
# Prints a folder with the unpacked source packages of drivers, whose test suites the tests run through the guard. They
# come from the mirror that the machine's own apt uses, into the cache folder unless they are there. Nothing of the
# machine's own package lists is touched. Exit code 1 and the reason on standard error where they cannot be had.
set -euo pipefail
cd "$(dirname "$0")"
. ./say.sh
. ./debian_root.sh

packages=(libdbd-mysql-perl python-mysqldb)
cache=$(debian_root_cache)
folder=$cache/driver-sources
mkdir -p "$cache"

# apt with lists of its own, that name sources where the machine's name binaries.
fetch()
{
    local apt=$1/apt target mirror suite component
    mkdir -p "$apt/lists/partial" "$apt/parts"
    # shellcheck disable=SC2016 # apt's own variables
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        while read -r mirror suite component; do
            [ "$component" != main ] && [ "$component" != universe ] || echo "deb-src $mirror $suite $component"
        done | sort -u >"$apt/sources.list"
    local options=(-o "Dir::Etc::SourceList=$apt/sources.list" -o "Dir::Etc::SourceParts=$apt/parts"
        -o "Dir::State::Lists=$apt/lists" -o APT::Sandbox::User=root)
    apt-get "${options[@]}" update -q || return 1
    cd "$1" || return 1
    for target in "${packages[@]}"; do
        apt-get "${options[@]}" source -q --download-only "$target" || return 1
        mkdir "$target"
        tar -x --strip-components=1 -C "$target" -f "$(find . -name '*.orig.tar.*' ! -name '*.asc')" || return 1
        rm -f -- *.orig.tar.* *.debian.tar.* *.dsc
    done
    rm -rf "$apt"
}

(
    flock 9
    [ ! -e "$folder/complete" ] || exit 0
    rm -rf "$folder"
    mkdir "$folder"
    if ! (fetch "$folder") >"$folder.log" 2>&1 </dev/null; then
        tail -n 20 "$folder.log" >&2
        exit 1
    fi
    touch "$folder/complete"
) 9>"$cache/driver-sources.lock" || { problem "the sources of drivers could not be fetched"; exit 1; }
printf '%s\n' "$folder"
