#!/bin/sh
#
# Load while everything is killed, reloaded, upgraded, emptied; then the
# equation of the journal, see t/chaos/ledger.py.  Prints TAP.
#
# Usage: t/chaos/run.sh [short|long]
#   short  every kind of fault at least once, about 40 s; part of the tests
#   long   CHAOS_SECONDS of it, 300 by default
#
# Environment: CHAOS_SEED repeats the order of faults and requests; what
# t/setup/with.sh sets says which nginx is meant, plain without it. Exit
# codes: 0 all held, 1 not.

set -eu

cd "$(dirname "$0")/../.."

if [ -z "${GATE_NGINX:-}" ]; then
    exec t/setup/with.sh plain t/chaos/run.sh "$@"
fi

exec python3 -B t/chaos/chaos.py "$@"
