#!/bin/sh
#
# Puts a Python with gRPC at build/bin/python-grpc: python3 itself if it has
# grpcio, or one of a virtual environment with the package in it, and with
# aioquic, a client of HTTP/3, if it can be had.
#
# Usage: t/setup/grpc.sh
#
# Exit codes: 0 always. Without gRPC the reason is said, and tests that need it
# are skipped.

set -eu

. "$(dirname "$0")/lib.sh"

GRPC_VERSION=${GRPC_VERSION:-1.85.3}
QUIC_VERSION=${QUIC_VERSION:-1.7.2}

only_one grpc

if [ -x "$B/bin/python-grpc" ]; then
    exit 0
fi

found=$(command -v python3 || true)

if ! python3 -c 'import grpc' 2>/dev/null; then
    say "gRPC $GRPC_VERSION for Python"
    waiting
    rc=0
    {
        python3 -m venv "$B/grpc" \
        && "$B/grpc/bin/pip" install --disable-pip-version-check -q \
               --only-binary :all: "grpcio==$GRPC_VERSION" \
        && "$B/grpc/bin/python3" -c 'import grpc'
    } >"$B/log/grpc" 2>&1 || rc=1
    waited

    if [ $rc != 0 ]; then
        say "no gRPC: see $B/log/grpc"
        exit 0
    fi

    found=$B/grpc/bin/python3

    "$B/grpc/bin/pip" install --disable-pip-version-check -q \
        --only-binary :all: "aioquic==$QUIC_VERSION" >>"$B/log/grpc" 2>&1 \
        || say "no client of HTTP/3: see $B/log/grpc"
fi

printf '#!/bin/sh\nexec "%s" "$@"\n' "$found" >"$B/bin/python-grpc"
chmod 755 "$B/bin/python-grpc"
