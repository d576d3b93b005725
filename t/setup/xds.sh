#!/bin/sh
#
# Puts a Python with the messages of xDS at build/bin/python-xds: python3 itself
# if it has them, or one of a virtual environment with the package xds-protos.
#
# Usage: t/setup/xds.sh
#
# Exit codes: 0 always. Without them the reason is said, and tests that need them
# are skipped.

set -eu

. "$(dirname "$0")/lib.sh"

XDS_VERSION=${XDS_VERSION:-1.85.0}

only_one xds

if [ -x "$B/bin/python-xds" ]; then
    exit 0
fi

has='import envoy.service.discovery.v3.discovery_pb2'
found=$(command -v python3 || true)

if ! python3 -c "$has" 2>/dev/null; then
    say "messages of xDS $XDS_VERSION for Python"
    waiting
    rc=0
    {
        python3 -m venv "$B/xds" \
        && "$B/xds/bin/pip" install --disable-pip-version-check -q \
               --only-binary :all: "xds-protos==$XDS_VERSION" \
        && "$B/xds/bin/python3" -c "$has"
    } >"$B/log/xds" 2>&1 || rc=1
    waited

    if [ $rc != 0 ]; then
        say "no messages of xDS: see $B/log/xds"
        exit 0
    fi

    found=$B/xds/bin/python3
fi

printf '#!/bin/sh\nexec "%s" "$@"\n' "$found" >"$B/bin/python-xds"
chmod 755 "$B/bin/python-xds"
