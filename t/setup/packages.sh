#!/bin/sh
#
# Installs the Debian packages that a verb needs and that are missing.
#
# Usage: t/setup/packages.sh build|run|test|bench|bench-count|chaos|fuzz|clean
#
# Nothing is asked and nothing is read from the terminal. nginx and Redis
# servers are not among the packages: installed, they would start services;
# see unpack.sh. Exit codes: 0 all there, 1 something is missing.

set -eu

. "$(dirname "$0")/lib.sh"

base="make"
build="$base gcc libc6-dev libjansson-dev libhiredis-dev libssl-dev libcrypt-dev
       libpcre2-dev libpcre3-dev zlib1g-dev libcurl4-openssl-dev"
tools="ca-certificates curl openssl procps redis-tools python3 python3-venv"
run="$build $tools libjwt-dev iproute2 nftables"
test="$run perl libtest-base-perl libtest-longstring-perl
      libtext-diff-perl liblist-moreutils-perl libwww-perl libipc-run-perl
      libio-socket-ssl-perl nghttp2-client valgrind"
bench="$run perl wrk nghttp2-client liblua5.3-0
       libopentracing-c-wrapper0"

case ${1:-} in
    clean) want=$base ;;
    build) want=$build ;;
    run)   want=$run ;;
    bench) want=$bench ;;
    bench-count)
           want="$run perl valgrind" ;;
    chaos) want="$test wrk" ;;
    test|fuzz)
           want=$test ;;
    *)     echo "usage: packages.sh VERB" >&2; exit 1 ;;
esac


missing()
{
    for p in $want; do
        case $(dpkg-query -W -f '${Status}' "$p" 2>/dev/null) in
            *" ok installed") ;;
            *) printf ' %s' "$p" ;;
        esac
    done
}


if ! command -v dpkg-query >/dev/null; then
    echo "setup: this is not Debian; these packages are needed:" $want >&2
    exit 0
fi

need=$(missing)

if [ -z "$need" ]; then
    exit 0
fi

if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null; then
    as_root="sudo -n"
    $as_root true 2>/dev/null || as_root=sudo
else
    die "not root and no sudo; please install:$need"
fi

say "install" $(echo $need | wc -w) "packages:"
echo $need | fold -s -w 72 | sed 's/^/    /; s/ *$//'

log=$(mktemp)
trap 'rm -f "$log"' EXIT


apt()
{
    say "apt-get $1"
    waiting
    _rc=0
    $as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l \
        apt-get -y -q -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 \
        "$@" </dev/null >"$log" 2>&1 || _rc=$?
    waited
    return $_rc
}


if ! apt update || ! apt install --no-install-recommends $need; then
    tail -n 20 "$log" >&2
    die "apt-get; please install:$need"
fi
