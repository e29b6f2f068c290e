# shellcheck shell=bash
# Words for people. Sourced; colour on a terminal only, so that logs stay plain.
# All of it goes to standard error but `plain`: a script's standard output is its result.

if [ -t 2 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
    say_bold=$'\033[1m' say_dim=$'\033[2m' say_red=$'\033[31m' say_green=$'\033[32m'
    say_yellow=$'\033[33m' say_blue=$'\033[36m' say_off=$'\033[0m'
else
    say_bold='' say_dim='' say_red='' say_green='' say_yellow='' say_blue='' say_off=''
fi

say() { printf '%s\n' "$*" >&2; }
step() { printf '%s==>%s %s%s%s\n' "$say_blue" "$say_off" "$say_bold" "$*" "$say_off" >&2; }
note() { printf '%s    %s%s\n' "$say_dim" "$*" "$say_off" >&2; }
good() { printf '%s%s%s\n' "$say_green" "$*" "$say_off" >&2; }
warn() { printf '%swarning: %s%s\n' "$say_yellow" "$*" "$say_off" >&2; }
problem() { printf '%serror: %s%s\n' "$say_red" "$*" "$say_off" >&2; }
