#!/bin/sh
#
# Puts Consul at build/bin/consul: the one in PATH, or the binary of the Debian
# package that still is under a free licence (Debian 11).
#
# Usage: t/setup/consul.sh
#
# Exit codes: 0 always. Without Consul the reason is said; build/bin/consul does
# not exist, and tests that need it are skipped.

set -eu

. "$(dirname "$0")/lib.sh"

only_one consul

if [ -x "$B/bin/consul" ]; then
    exit 0
fi

found=$(command -v consul || true)

if [ -z "$found" ]; then
    "$ROOT/t/setup/unpack.sh" consul || {
        say "no Consul: it could not be had"
        exit 0
    }

    found=$(find "$B/consul" -path '*/bin/consul' -type f | sed 1q)
    [ -n "$found" ] || { say "no Consul: the package has no binary"; exit 0; }
fi

"$found" version >"$B/log/consul" 2>&1 || {
    say "no Consul: it does not start here, see $B/log/consul"
    exit 0
}

mkdir -p "$B/bin"
ln -sfn "$found" "$B/bin/consul"
say "consul $(sed -nE 's/^Consul v([0-9.]+).*/\1/p' "$B/log/consul")"
