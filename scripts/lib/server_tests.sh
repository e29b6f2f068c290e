#!/usr/bin/env bash
# Prints a folder with a server's own regression tests: mysqltest (the program) and mysql-test (the files).
#
#   server_tests.sh mariadb   out of the packages mariadb-test and mariadb-test-data of the server's version (30 MB)
#   server_tests.sh mysql     out of mysql-testsuite of the Debian root's version (340 MB)
#
# They are unpacked, not installed: their installation would bring servers with it. Exit code 1 and the reason on
# standard error where they cannot be had.
set -euo pipefail
cd "$(dirname "$0")"
. ./say.sh
. ./debian_root.sh

flavour=${1:?mariadb or mysql}
cache=$(debian_root_cache)
mkdir -p "$cache"

case $flavour in
mariadb)
    version=$(dpkg-query -W -f='${Version}' mariadb-server-core 2>/dev/null) ||
        { problem "mariadb-server-core is not installed"; exit 1; }
    packages=("mariadb-test=$version" "mariadb-test-data=$version")
    program=tree/usr/bin/mariadb-test
    files=usr/share/mysql/mysql-test
    source=()
    ;;
mysql)
    root=$(./mysql_root.sh)
    version=$(dpkg-query --admindir="$root/var/lib/dpkg" -W -f='${Version}' mysql-server)
    packages=("mysql-testsuite=$version")
    program=suite/mysql-test/bin/mysqltest
    files=usr/lib/mysql-test
    source=(-o "Dir=$root" -o Dir::Etc::sourceparts=- -o "Dir::State::status=$root/var/lib/dpkg/status")
    ;;
*) problem "no tests are known of $flavour"; exit 2 ;;
esac

folder=$cache/$flavour-tests-${version//[^0-9A-Za-z.+~-]/_}
(
    flock 9
    [ -d "$folder" ] && exit 0
    work=$(mktemp -d "$cache/unpack.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    chmod 755 "$work"
    cd "$work"
    if ! apt-get "${source[@]}" -o "Dir::Cache=$work" -o "Dir::Log=$work" download -qq "${packages[@]}" \
        >log 2>&1 </dev/null; then
        cat log >&2
        exit 1
    fi
    for package in ./*.deb; do dpkg-deb -x "$package" tree; done
    mkdir suite
    mv "tree/$files" suite/mysql-test
    mv "$program" suite/mysqltest
    mv suite "$folder"
) 9>"$cache/$flavour-tests.lock" || { problem "the tests of $flavour could not be fetched"; exit 1; }
printf '%s\n' "$folder"
