#!/bin/sh
#
# Prints a consumer's month: what the gateways have shipped to Redis, summed
# over its hours (UTC, of a request's end) per API, version and plan.
#
# Usage: conf/usage.sh [--json] CONSUMER YYYY-MM [redis-cli args...]
#
#   conf/usage.sh acme 2026-11
#   conf/usage.sh --json acme 2026-11 -h 10.0.0.5 -p 6380 -n 2
#   REDISCLI_AUTH=secret conf/usage.sh acme 2026-11 --user reader
#
# CONSUMER is the name in the configuration; put "--" before one that begins
# with "-". Redis keeps hours as long as "retention" says (40 days): a month
# that began earlier is incomplete. The user of Redis needs HGETALL on
# gate:u:* and ECHO, nothing else. REDIS_CLI names another redis-cli.
#
# The units: served, refused_upstream, aborted, interrupted (requests, by
# outcome), bytes_in, bytes_out, duration_ms; further ones are shown as found.
#
# Exit codes: 0 printed, also when there is no usage (said on standard error);
# 1 Redis could not be asked, or it refused; 2 wrong arguments; 3 redis-cli is
# missing; 4 Redis holds something that is not usage, or a sum reached 2^53 and
# could not be printed exactly.

set -eu

redis_cli=${REDIS_CLI:-redis-cli}
mark=gate-usage-mark
json=0
nl='
'


die()
{
    code=$1
    shift
    printf 'usage.sh: %s\n' "$*" >&2
    exit "$code"
}


usage()
{
    die 2 "usage: usage.sh [--json] CONSUMER YYYY-MM [redis-cli args...]"
}


# A name as it stands in keys: all but A-Z a-z 0-9 - . _ ~ percent-encoded.

encode()
{
    printf %s "$1" | LC_ALL=C od -An -v -tx1 | LC_ALL=C awk '
        BEGIN {
            free = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
            free = free "0123456789-._~"

            for (i = 33; i < 127; i++) {
                c = sprintf("%c", i)

                if (index(free, c)) {
                    plain[sprintf("%02x", i)] = c
                }
            }
        }

        {
            for (i = 1; i <= NF; i++) {
                printf "%s", ($i in plain) ? plain[$i] : "%" toupper($i)
            }
        }'
}


# One HGETALL for each hour of month $2 of the key part $1, and a mark.

questions()
{
    awk -v name="$1" -v month="$2" -v mark="$mark" '
        BEGIN {
            split(month, part, "-")
            year = part[1] + 0
            days = 31

            if (part[2] ~ /^(04|06|09|11)$/) {
                days = 30

            } else if (part[2] == "02") {
                days = 28 + (year % 4 == 0 \
                             && (year % 100 != 0 || year % 400 == 0))
            }

            for (d = 1; d <= days; d++) {
                for (h = 0; h < 24; h++) {
                    printf "HGETALL gate:u:{%s}:%s%s%02d%02d\n", name,
                           part[1], part[2], d, h
                }
            }

            printf "ECHO %s\n", mark
        }'
}


# Sums the answers (lines of fields, each followed by its value) and prints.

report()
{
    consumer=$1 LC_ALL=C awk -v month="$2" -v json="$json" \
        -v mark="$mark" '
        function die(code, text)
        {
            printf "usage.sh: %s\n", text > "/dev/stderr"
            failed = code
            exit code
        }

        function decode(s,   out, c)
        {
            out = ""

            while (match(s, /%[0-9A-F][0-9A-F]/)) {
                c = (index(hex, substr(s, RSTART + 1, 1)) - 1) * 16 \
                    + index(hex, substr(s, RSTART + 2, 1)) - 1
                out = out substr(s, 1, RSTART - 1) \
                      ((c < 32 || c == 127) ? "?" : sprintf("%c", c))
                s = substr(s, RSTART + 3)
            }

            return out s
        }

        function quote(s,   out, i, c)
        {
            out = ""

            for (i = 1; i <= length(s); i++) {
                c = substr(s, i, 1)

                if (c == "\"" || c == "\\") {
                    c = "\\" c

                } else if (c in code) {
                    c = sprintf("\\u%04x", code[c])
                }

                out = out c
            }

            return "\"" out "\""
        }

        function add(row, unit, n)
        {
            sum[row, unit] += n

            if (sum[row, unit] >= exact) {
                die(4, "a sum of \"" unit "\" reached 2^53")
            }
        }

        function insert(list, n, item,   i)
        {
            for (i = n; i >= 1 && list[i] > item; i--) {
                list[i + 1] = list[i]
            }

            list[i + 1] = item

            return n + 1
        }

        function learn(unit)
        {
            if (!(unit in units)) {
                units[unit] = 1
                name[++nunits] = unit
            }
        }

        function text(row, unit)
        {
            return sprintf("%.0f", sum[row, unit])
        }

        function widen(i, s)
        {
            if (length(s) > width[i]) {
                width[i] = length(s)
            }
        }

        function pad(s, w, left)
        {
            return sprintf("%" (left ? "-" : "") w "s", s)
        }

        function line(a, b, c, row, title,   i, s)
        {
            s = pad(a, width["a"], 1) "  " pad(b, width["b"], 1) "  " \
                pad(c, width["c"], 1)

            for (i = 1; i <= nunits; i++) {
                s = s "  " pad(title ? name[i] : text(row, name[i]), width[i])
            }

            print s
        }

        function members(row,   i, s)
        {
            s = ""

            for (i = 1; i <= nunits; i++) {
                s = s (i > 1 ? ", " : "") quote(name[i]) ": " \
                    text(row, name[i])
            }

            return "{" s "}"
        }

        function print_json(   i)
        {
            printf "{\n  \"consumer\": %s,\n", quote(ENVIRON["consumer"])
            printf "  \"month\": \"%s\",\n  \"usage\": [", month

            for (i = 1; i <= nrows; i++) {
                split(rows[i], part, "|")
                printf "%s\n    {\"api\": %s, \"version\": %s, ",
                       (i > 1) ? "," : "", quote(decode(part[1])),
                       quote(decode(part[2]))
                printf "\"plan\": %s, \"units\": %s}",
                       quote(decode(part[3])), members(rows[i])
            }

            printf "%s],\n  \"total\": %s\n}\n", nrows ? "\n  " : "",
                   members("")
        }

        function print_table(   i)
        {
            width["a"] = 5
            width["b"] = 7
            width["c"] = 4

            for (i = 1; i <= nrows; i++) {
                split(rows[i], part, "|")
                widen("a", decode(part[1]))
                widen("b", decode(part[2]))
                widen("c", decode(part[3]))
            }

            for (i = 1; i <= nunits; i++) {
                widen(i, name[i])
                widen(i, text("", name[i]))
            }

            line("API", "VERSION", "PLAN", "", 1)

            for (i = 1; i <= nrows; i++) {
                split(rows[i], part, "|")
                line(decode(part[1]), decode(part[2]), decode(part[3]),
                     rows[i], 0)
            }

            line("total", "", "", "", 0)
        }

        BEGIN {
            hex = "0123456789ABCDEF"
            exact = 9007199254740992
            nunits = split("served refused_upstream aborted interrupted " \
                           "bytes_in bytes_out duration_ms", name, " ")

            for (i = 1; i <= nunits; i++) {
                units[name[i]] = 1
            }

            for (i = 1; i < 32; i++) {
                code[sprintf("%c", i)] = i
            }
        }

        done {
            next
        }

        field != "" {
            if ($0 !~ /^[0-9]+$/) {
                die(4, "the value of \"" field "\" is not a number: " $0)
            }

            add(row, part[4], $0)
            add("", part[4], $0)
            field = ""
            next
        }

        $0 == mark {
            done = 1
            next
        }

        # an hour without usage; what "redis-cli -c" says on its way

        $0 == "" || /^-> Redirected / {
            next
        }

        /^(ERR|NO[A-Z]+|WRONG[A-Z]+|MOVED|LOADING|[A-Z]+DOWN|\(error\)) / {
            die(1, "Redis: " $0)
        }

        /^[^| ]*[|][^| ]*[|][^| ]*[|][^| ]+$/ {
            split($0, part, "|")
            field = $0
            row = part[1] "|" part[2] "|" part[3]
            learn(part[4])

            if (!(row in seen)) {
                seen[row] = 1
                nrows = insert(rows, nrows + 0, row)
            }

            next
        }

        {
            die(4, "not understood: " $0)
        }

        END {
            if (failed) {
                exit failed
            }

            if (!done) {
                die(1, "the answer of Redis is cut")
            }

            if (nrows == 0) {
                printf "usage.sh: no usage of \"%s\" in %s\n",
                       ENVIRON["consumer"], month > "/dev/stderr"
            }

            if (json) {
                print_json()

            } else {
                print_table()
            }
        }'
}


while [ $# -gt 0 ]; do
    case $1 in
        --json) json=1; shift ;;
        --) shift; break ;;
        -h | --help) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 0 ;;
        -*) usage ;;
        *) break ;;
    esac
done

[ $# -ge 2 ] || usage

consumer=$1
month=$2
shift 2

[ -n "$consumer" ] || usage

case $month in
    *"$nl"*) usage ;;
    [0-9][0-9][0-9][0-9]-0[1-9] | [0-9][0-9][0-9][0-9]-1[0-2]) ;;
    *) die 2 "not a month of the form YYYY-MM: \"$month\"" ;;
esac

command -v "$redis_cli" >/dev/null 2>&1 \
    || die 3 "no \"$redis_cli\" here (Debian: apt-get install redis-tools)"

# Asked once as an argument, because redis-cli reports a failed connection as
# its exit code only then.

answer=$("$redis_cli" "$@" --raw ECHO "$mark") \
    || die 1 "Redis could not be asked"

[ "$answer" = "$mark" ] || die 1 "Redis: $answer"

questions "$(encode "$consumer")" "$month" \
    | "$redis_cli" "$@" --raw 2>/dev/null | report "$consumer" "$month"
