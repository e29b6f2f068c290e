# shellcheck shell=bash
# Installs what is missing, from the distribution's packages. Sourced, after say.sh.
#
#   deps_install PACKAGE...   0 when all are there; 1 with a message when they cannot be had
#
# Debian 12 or newer, Ubuntu 24.04 or newer; as root, or by sudo. apt-get runs only when something is missing,
# and never removes anything: a machine with another server installed keeps it, and is told.

DEPS_BUILD="gcc libc6-dev cmake make pkgconf gperf
            libuv1-dev default-libmysqlclient-dev libssl-dev libcjson-dev libinih-dev libcmocka-dev
            zlib1g-dev libzstd-dev libmicrohttpd-dev"
DEPS_SERVER="mariadb-server-core mariadb-client openssl python3"
DEPS_TEST="python3-pytest python3-pytest-xdist python3-pytest-timeout python3-pymysql python3-cryptography
           python3-yaml python3-jsonschema python3-zstandard sysbench debootstrap debian-archive-keyring"
# Clients of many languages; those with --full are large.
DEPS_DRIVERS="php-cli php-mysql libdbd-mysql-perl libdbd-mariadb-perl ruby ruby-mysql2 python3-mysqldb"
DEPS_DRIVERS_FULL="golang-go golang-github-go-sql-driver-mysql-dev default-jdk-headless libmariadb-java odbc-mariadb
                   python3-pyodbc node-mysql mydumper dpkg-dev libpcre2-posix3"
DEPS_FUZZ="clang llvm"

deps_install()
{
    local package missing=()
    if ! command -v dpkg-query >/dev/null; then
        deps_explain "$@"
        return 1
    fi
    for package in "$@"; do
        deps_has "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    deps_system_is_known || { deps_explain "${missing[@]}"; return 1; }
    note "installing ${missing[*]}"
    deps_apt update -q || warn "the package lists could not all be renewed"
    if ! deps_apt install -q -y --no-install-recommends --no-remove "${missing[@]}"; then
        tail -n 20 "$deps_log" >&2
        problem "apt-get could not install: ${missing[*]}"
        rm -f "$deps_log"
        return 1
    fi
    rm -f "$deps_log"
}

deps_has() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# apt-get as root; what it prints is kept for the case that it fails.
deps_apt()
{
    local become=()
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            problem "installing packages needs root or sudo"
            return 1
        fi
        become=(sudo)
        [ -t 0 ] || become=(sudo -n)
    fi
    deps_log=${deps_log:-$(mktemp)}
    "${become[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@" \
        >>"$deps_log" 2>&1 </dev/null
}

# Debian 12 or newer (testing and unstable have no number), Ubuntu 24.04 or newer.
deps_system_is_known()
{
    local ID='' VERSION_ID=''
    [ -r /etc/os-release ] && . /etc/os-release
    case $ID in
    debian) [ "${VERSION_ID:-99}" -ge 12 ] ;;
    ubuntu) [ "${VERSION_ID%%.*}" -ge 24 ] ;;
    *) false ;;
    esac
}

deps_explain()
{
    problem "this needs the packages (by Debian's names): $*"
    say "They are installed by themselves on Debian 12 or newer and Ubuntu 24.04 or newer;"
    say "on another system install their like by hand, or use a container with Debian in it."
}
