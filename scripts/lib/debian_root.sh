# shellcheck shell=bash
# Debian roots: whole small systems in a folder, entered by chroot. Sourced, after say.sh.
#
#   debian_root NAME SUITE [PACKAGE...]   prints the folder, made now unless a complete one is there
#
# They lie in the cache folder, ${SCHEMAGUARD_CACHE:-${XDG_CACHE_HOME:-~/.cache}/schemaguard}, by name and recipe; one
# of an older recipe goes when nothing runs in it. A stamp is written last: a half-made root is made again. Two runs do
# not collide: the second waits. Needs root. The packages come from the mirror that the machine's own apt uses, where
# that is a Debian one, else from debootstrap's.

DEBIAN_ROOT_RECIPE=2

debian_root_cache()
{
    local home=~ # also where HOME is not set
    printf '%s\n' "${SCHEMAGUARD_CACHE:-${XDG_CACHE_HOME:-$home/.cache}/schemaguard}"
}

# Why this machine cannot make or enter one; nothing when it can.
debian_root_obstacle()
{
    [ "$(id -u)" = 0 ] || { echo "a Debian root needs root (debootstrap, chroot)"; return; }
    command -v debootstrap >/dev/null || echo "debootstrap is not installed"
}

debian_root()
{
    local name=$1 suite=$2 cache folder obstacle
    shift 2
    obstacle=$(debian_root_obstacle)
    [ -z "$obstacle" ] || { problem "$obstacle"; return 1; }
    cache=$(debian_root_cache)
    folder=$cache/$name-$(printf '%s\n' "$DEBIAN_ROOT_RECIPE $suite $*" | sha256sum | head -c 8)
    mkdir -p "$cache"
    (
        flock 9
        if [ ! -e "$folder.stamp" ] || [ ! -d "$folder" ]; then
            rm -f "$folder.stamp"
            debian_root_remove "$folder"
            debian_root_make "$folder" "$suite" "$@" || exit 1
            touch "$folder.stamp"
            debian_root_clean "$folder" "$cache/$name"-????????
        fi
    ) 9>"$cache/$name.lock" || return 1
    printf '%s\n' "$folder"
}

# debian_root_clean NEW FOLDER...: deletes the others in which nothing runs.
debian_root_clean()
{
    local new=$1 old
    shift
    for old in "$@"; do
        if [ "$old" != "$new" ] && [ -d "$old" ] && ! debian_root_is_used "$old"; then
            rm -f "$old.stamp" "$old.log"
            debian_root_remove "$old"
        fi
    done
}

debian_root_is_used()
{
    local process
    for process in /proc/[0-9]*/root; do
        [ "$(readlink "$process" 2>/dev/null)" != "$1" ] || return 0
    done
    return 1
}

# Deletes a root, never what is mounted in it.
debian_root_remove()
{
    local mounted
    [ -d "$1" ] || return 0
    while read -r _ mounted _; do
        case $mounted in "$1"/*) umount -l "$mounted" ;; esac
    done </proc/mounts
    rm -rf --one-file-system "$1"
}

debian_root_make()
{
    local folder=$1 suite=$2 log=$1.log private=() started=$SECONDS
    shift 2
    note "making a Debian root ($suite) in $folder"
    # Mounts that debootstrap makes end with it, however it ends.
    unshare --mount true 2>/dev/null && private=(unshare --mount)
    if ! "${private[@]}" bash -c 'debian_root_fill "$@"' debian_root_fill "$folder" "$suite" "$@" \
        >"$log" 2>&1 </dev/null; then
        tail -n 20 "$log" >&2
        problem "the Debian root could not be made; all of it: $log"
        return 1
    fi
    note "made in $((SECONDS - started)) s"
}

debian_root_fill()
{
    local folder=$1 suite=$2 keyring=/usr/share/keyrings/debian-archive-keyring.gpg proxy=''
    shift 2
    set -e
    eval "$(apt-config shell proxy Acquire::http::Proxy)"
    [ -z "$proxy" ] || export http_proxy=$proxy
    # shellcheck disable=SC2046 # no mirror: no argument, and debootstrap takes its own
    debootstrap --variant=minbase --keyring="$keyring" "$suite" "$folder" $(debian_root_mirror)
    # No service starts; nothing but what is asked for; a mirror that stands still is good enough.
    printf '#!/bin/sh\nexit 101\n' >"$folder/usr/sbin/policy-rc.d"
    chmod 755 "$folder/usr/sbin/policy-rc.d"
    printf '%s\n' 'APT::Install-Recommends "false";' 'Acquire::Check-Valid-Until "false";' \
        ${proxy:+"Acquire::http::Proxy \"$proxy\";"} >"$folder/etc/apt/apt.conf.d/99schemaguard"
    [ -e "$folder/etc/hosts" ] || printf '127.0.0.1 localhost\n::1 localhost\n' >"$folder/etc/hosts"
    [ -e "$folder/etc/resolv.conf" ] || cp -L /etc/resolv.conf "$folder/etc/resolv.conf" || true
    if [ $# -gt 0 ]; then
        export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
        chroot "$folder" apt-get update -q
        chroot "$folder" apt-get install -q -y "$@"
        chroot "$folder" apt-get clean
    fi
}

# The Debian archive that this machine's apt reads; empty on another distribution.
debian_root_mirror()
{
    apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
        awk '$1 == "Debian" { print $2; exit }'
}
export -f debian_root_fill debian_root_mirror
