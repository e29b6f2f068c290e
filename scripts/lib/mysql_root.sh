#!/usr/bin/env bash
# Prints the folder of a Debian root (unstable) with MySQL's server, client and client library in it, and with what
# it takes to compile this project there. Makes it first where it is missing; takes a minute or two then.
# Exit code 1 and the reason on standard error where this machine cannot.
set -euo pipefail
cd "$(dirname "$0")"
. ./say.sh
. ./debian_root.sh

debian_root mysql-sid sid \
    mysql-server mysql-client libmysqlclient-dev gcc libc6-dev cmake make pkgconf gperf \
    libuv1-dev libssl-dev libcjson-dev libinih-dev libcmocka-dev libmicrohttpd-dev
