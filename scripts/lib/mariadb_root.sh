#!/usr/bin/env bash
# Prints the folder of a Debian root (unstable) with the newest MariaDB's server, plugins and client in it. Makes it
# first where it is missing; takes a minute or two then. Exit code 1 and the reason on standard error where this
# machine cannot.
set -euo pipefail
cd "$(dirname "$0")"
. ./say.sh
. ./debian_root.sh

debian_root mariadb-sid sid mariadb-server mariadb-client libpam-modules
