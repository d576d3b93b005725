#!/bin/sh
#
# Measures what the gate costs: the full policy chain against the same nginx
# with plain proxy_pass, alternating, and peers that do the same work.
#
# Usage: make bench             the table, about six minutes
#        t/setup/with.sh plain t/bench/run.sh SCENARIO...    some of it
#
# The gateway has one core, all else another. Environment, besides what
# t/setup/with.sh sets: BENCH_ROUNDS (5), BENCH_SECONDS of each measurement
# (4), BENCH_CONNECTIONS (64), BENCH_EVENT that perf counts (instructions).
# Exit codes: 0 measured, 1 a part did not start, an answer was wrong or the
# bill was.

set -eu

[ -n "${B:-}" ] && [ -n "${GATE_NGINX:-}" ] && [ -n "${GATE_MODULE:-}" ] || {
    echo "bench: start it by: make bench" >&2
    exit 1
}

exec perl "$(dirname "$0")/bench.pl" "$@"
