#!/usr/bin/env bash
# Prints the folder of a Debian root (unstable) with the newest drivers of many languages in it. Makes it first where
# it is missing; takes some minutes then. Exit code 1 and the reason on standard error where this machine cannot.
set -euo pipefail
cd "$(dirname "$0")"
. ./say.sh
. ./debian_root.sh

debian_root drivers-sid sid \
    php-cli php-mysql libdbd-mysql-perl libdbd-mariadb-perl ruby-mysql2 python3-mysqldb python3-pymysql \
    python3-mysql.connector python3-asyncmy python3-aiomysql golang-go golang-github-go-sql-driver-mysql-dev \
    mariadb-client mydumper
