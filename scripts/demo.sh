#!/usr/bin/env bash
# Shows a block, from nothing: a throw-away server, the guard before it, a good query, a bad one. See --help.
set -euo pipefail
cd "$(dirname "$0")/.."
exec 2>&1 # one stream, in its order
. scripts/lib/say.sh
. scripts/lib/deps.sh

usage()
{
    cat <<'END'
usage: scripts/demo.sh [--stay] [--server HOST:PORT --user USER --password-file FILE]

Installs what is missing (Debian 12+, Ubuntu 24.04+), builds the guard, starts a throw-away MariaDB with a small
shop in it, puts the guard before it in block mode, and shows a query that passes, one that is stopped, and the
event that was logged. Nothing but the build is left behind, also after Ctrl-C.

  --stay                  keep it all running, and print how to connect; Ctrl-C ends it
  --server HOST:PORT      a server of yours instead: the demo makes a database and two accounts there, with new
                          names, and drops them at the end; it touches nothing else
  --user USER             an account there that may do so (default: root)
  --password-file FILE    its password, in the first line
END
}

# The guard takes settings from the environment; the demo brings its own.
for name in "${!SCHEMAGUARD_@}"; do unset "$name"; done

stay=no server='' user=root password_file=''
while [ $# -gt 0 ]; do
    case $1 in
    --stay) stay=yes ;;
    --server) server=${2:?--server needs HOST:PORT}; shift ;;
    --user) user=${2:?--user needs a name}; shift ;;
    --password-file) password_file=${2:?--password-file needs a file}; shift ;;
    -h | --help) usage; exit 0 ;;
    *) problem "unknown argument $1"; usage >&2; exit 2 ;;
    esac
    shift
done
if [ -n "$password_file" ] && [ ! -r "$password_file" ]; then
    problem "cannot read $password_file"
    exit 2
fi

# --- the end, however it comes -----------------------------------------------------------------------

work='' server_pid='' guard_pid='' demo_made=''

# Children that are told to end, and awaited.
end_processes()
{
    local pid
    for pid in "$@"; do
        kill -TERM "$pid" 2>/dev/null || true
    done
    for pid in "$@"; do
        wait "$pid" 2>/dev/null || true
    done
}

cleanup()
{
    local status=$?
    trap '' INT TERM HUP
    trap - EXIT
    [ -z "$guard_pid" ] || end_processes "$guard_pid"
    [ -z "$demo_made" ] || drop_shop
    # shellcheck disable=SC2046 # a list: the server, and what was started and not yet noted
    end_processes $(jobs -p)
    [ -z "$work" ] || rm -rf "$work"
    exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# --- what it needs -------------------------------------------------------------------------------------

step "What it needs"
# shellcheck disable=SC2086 # lists of words
deps_install $DEPS_BUILD $DEPS_SERVER
note "all there"

work=${TMPDIR:-/tmp}/schemaguard-demo.$$.$RANDOM # named before it is made, so that it is always removed
mkdir -m 700 "$work"

step "Building the guard"
build()
{
    local TMPDIR=$work # a compiler that is interrupted leaves files
    export TMPDIR
    cmake --preset release && cmake --build --preset release --target schemaguard -j "$(nproc)"
}
if ! build >"$work/build.log" 2>&1 </dev/null; then
    tail -n 40 "$work/build.log" >&2
    problem "the build failed"
    exit 1
fi
note "build/release/schemaguard"

# --- the server ----------------------------------------------------------------------------------------

# client HOST PORT USER PASSWORD [OPTION...]: the stock command-line client, and nobody's option files.
client()
{
    local host=$1 port=$2 user=$3 password=$4
    shift 4
    MYSQL_PWD=$password mariadb --no-defaults --protocol=TCP --host="$host" --port="$port" --user="$user" "$@"
}

field() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$work/server.json" "$1"; }

start_server()
{
    python3 scripts/lib/throwaway.py mariadb --ready "$work/server.json" >"$work/server.log" 2>&1 </dev/null &
    server_pid=$!
    while [ ! -e "$work/server.json" ]; do
        if ! kill -0 "$server_pid" 2>/dev/null; then
            cat "$work/server.log" >&2
            problem "the throw-away MariaDB did not start"
            exit 1
        fi
        sleep 0.1
    done
    server_host=$(field host) server_port=$(field port)
    admin_user=$(field user) admin_password=$(field password)
}

if [ -z "$server" ]; then
    step "Starting a throw-away MariaDB"
    start_server
    database=shop app_user=app schema_user=schemaguard
else
    step "Using the server at $server"
    server_host=${server%:*} server_port=${server##*:}
    admin_user=$user admin_password=''
    [ -z "$password_file" ] || IFS= read -r admin_password <"$password_file" || true
    suffix=$(od -An -N3 -tx1 /dev/urandom | tr -d ' ')
    database=schemaguard_demo_$suffix app_user=demo_app_$suffix schema_user=demo_schema_$suffix
fi

random_password() { od -An -N12 -tx1 /dev/urandom | tr -d ' \n'; }
app_password=$(random_password)
random_password >"$work/schema-password"

admin() { client "$server_host" "$server_port" "$admin_user" "$admin_password" "$@"; }

drop_shop()
{
    admin -e "DROP DATABASE IF EXISTS $database; DROP USER IF EXISTS $app_user, $schema_user" 2>/dev/null || true
}

make_shop()
{
    # In a throw-away server all goes with it.
    [ -n "$server_pid" ] || demo_made=yes
    admin <<END
CREATE DATABASE $database;
USE $database;
$(cat docker/shop.sql)
CREATE USER $app_user IDENTIFIED BY '$app_password';
GRANT SELECT, INSERT, UPDATE, DELETE ON $database.* TO $app_user;
CREATE USER $schema_user IDENTIFIED BY '$(cat "$work/schema-password")';
GRANT REFERENCES ON $database.* TO $schema_user;
END
}

make_shop
note "$(admin -N -e 'SELECT VERSION()') on $server_host:$server_port, with the tables of docker/shop.sql in $database"

# --- the guard -----------------------------------------------------------------------------------------

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

guard_port=$(free_port)
guard=(build/release/schemaguard serve
    --listen "127.0.0.1:$guard_port" --server "$server_host:$server_port" --mode block
    --schema-user "$schema_user" --schema-password-file "$work/schema-password" --event-log "$work/events.jsonl")

step "Starting the guard"
note "${guard[*]}"
"${guard[@]}" >"$work/guard.log" 2>&1 </dev/null &
guard_pid=$!

through_guard() { client 127.0.0.1 "$guard_port" "$app_user" "$app_password" "$database" "$@"; }

# Until the guard has read the schema; its log says so.
await_guard()
{
    local _
    for _ in $(seq 200); do
        if ! kill -0 "$guard_pid" 2>/dev/null; then
            break
        fi
        ! grep -q 'schema read' "$work/guard.log" || return 0
        sleep 0.1
    done
    cat "$work/guard.log" >&2
    problem "the guard did not come up"
    exit 1
}
await_guard
note "listening on 127.0.0.1:$guard_port"

# --- the show ------------------------------------------------------------------------------------------

# ask STATEMENT: typed at the stock client, through the guard; its answer is shown, its exit code kept.
ask()
{
    printf '\n%smariadb -h 127.0.0.1 -P %s %s>%s %s\n' "$say_dim" "$guard_port" "$database" "$say_off" "$1"
    through_guard -t -e "$1" 2>&1
}

# Until the event is there: it is written by a thread of its own.
await_event()
{
    local _
    for _ in $(seq 50); do
        [ ! -s "$work/events.jsonl" ] || return 0
        sleep 0.1
    done
    problem "no event was logged"
    exit 1
}

# What the first event takes for meant: the nearest names of its first reference.
hint()
{
    python3 -c '
import json, sys
event = json.loads(sys.stdin.readline())
print(*event["schemaguard.references"][0]["nearest"][:1])' <"$work/events.jsonl"
}

step "A query that is right passes"
ask 'SELECT id, company, country FROM customers'

step "A query for a column that does not exist is stopped; nothing of it was executed"
if ask 'SELECT name FROM customers'; then
    problem "it was not stopped"
    exit 1
fi

await_event
good "Did you mean \`$(hint)\`?"

step "The event that was logged"
python3 -m json.tool --json-lines --no-ensure-ascii "$work/events.jsonl"

if [ "$stay" = yes ]; then
    step "It stays up"
    say "  through the guard    MYSQL_PWD=$app_password mariadb --protocol=TCP -h 127.0.0.1 -P $guard_port -u $app_user $database"
    say "  past it              MYSQL_PWD=$app_password mariadb --protocol=TCP -h $server_host -P $server_port -u $app_user $database"
    say "  events               tail -f $work/events.jsonl"
    say "  the guard's log      tail -f $work/guard.log"
    say "Ctrl-C ends it and removes it all."
    wait "$guard_pid" || true
    problem "the guard has ended by itself"
    tail -n 20 "$work/guard.log" >&2
    exit 1
fi

step "Ending"
