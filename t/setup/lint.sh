#!/bin/sh
#
# House rules that grep can check.
#
# Usage: t/setup/lint.sh
#
# Exit codes: 0 clean, 1 something was found (and is printed).

set -eu

cd "$(dirname "$0")/../.."

rc=0


# found WHAT: lines on standard input are violations of WHAT.

found()
{
    lines=$(cat)

    if [ -n "$lines" ]; then
        printf '%s\n' "$lines" "lint: $1" >&2
        rc=1
    fi
}


found "src/gate knows no nginx" <<EOF
$(grep -rn 'ngx_' src/gate || true)
EOF

found "src/mesh knows no nginx" <<EOF
$(grep -rn 'ngx_' src/mesh || true)
EOF

found "src/mesh and src/ngx_mesh know of src/gate only base and lane" <<EOF
$(cd src && ls gate | grep -vxE 'base|lane' | while read -r wing; do
    for h in gate/"$wing"/*.h; do
        grep -rnF "#include \"$(basename "$h")\"" mesh ngx_mesh || true
    done
  done)
EOF

found "a line has at most 80 columns" <<EOF
$(grep -rnE '^.{81,}' src --include='*.[ch]' || true)
EOF

found "a line of a test has at most 100 columns" <<EOF
$(grep -rnE '^.{101,}' t || true)
EOF

found "no tabs, no space at the end of a line" <<EOF
$(grep -rnP '\t| +$' src --include='*.[ch]' || true)
EOF

found "comments are /* */" <<EOF
$(grep -rnE '(^|[;{} ])// ' src --include='*.[ch]' || true)
EOF

found "the rooms of the house" <<EOF
$(perl t/setup/house.pl || true)
EOF

exit $rc
