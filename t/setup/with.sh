#!/bin/sh
#
# Runs a command with the environment that tests, demo and measurements find
# their parts by.
#
# Usage: t/setup/with.sh plain|hup|workers|asan|sid COMMAND [ARGUMENT...]
#
# Sets B, GATE_MODE, GATE_MODULE, MESH_MODULE, GATE_NGINX, GATE_WORKERS, GATE_PORT_BASE (the
# first of ten ports), PATH (build/bin first: redis-server, redis-cli, envoy,
# nginx-*), PERL5LIB and what Test::Nginx reads. Exit codes: those of
# COMMAND; 1 for a wrong mode.

set -eu

. "$(dirname "$0")/lib.sh"

nginx=1.22
flavour=1.22
workers=1
hup=

case ${1:-} in
    plain)   ;;
    hup)     hup=1 ;;
    workers) workers=2 ;;
    asan)    nginx=asan flavour=1.22-asan ;;
    sid)     nginx=sid flavour=sid ;;
    *)       die "usage: with.sh plain|hup|workers|asan|sid COMMAND..." ;;
esac

# Ports that no other command of this machine uses meanwhile, and a folder.

if [ -z "${GATE_SLOT:-}" ]; then
    exec perl "$ROOT/t/setup/slot.pl" "$ROOT/t/setup/with.sh" "$@"
fi

export TEST_NGINX_SERVROOT="${TEST_NGINX_SERVROOT:-$B/servroot-$GATE_SLOT}"
export B
export GATE_MODE="$1"
export GATE_MODULE="$B/mod/$flavour/ngx_http_gate_module.so"
export MESH_MODULE="$B/mod/$flavour/ngx_http_mesh_module.so"
export GATE_NGINX="$B/bin/nginx-$nginx"
export GATE_WORKERS="${GATE_WORKERS:-$workers}"
export TEST_NGINX_BINARY="$GATE_NGINX"
export TEST_NGINX_GATE_MODULE="$GATE_MODULE"
export PATH="$B/bin:$PATH"
export PERL5LIB="$ROOT/t/lib:$B/perl/usr/share/perl5${PERL5LIB:+:$PERL5LIB}"

if [ -n "$hup" ]; then
    export TEST_NGINX_USE_HUP=1
fi

shift
cd "$ROOT"
exec "$@"
