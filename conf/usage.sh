#!/bin/sh
#
# Prints what consumers have used: what the gateways have shipped to Redis,
# summed over hours (UTC, of a request's end) per API, version and plan.
#
# Usage: conf/usage.sh [--json | --csv] CONSUMER PERIOD [redis-cli args...]
#        conf/usage.sh [--json | --csv] --all PERIOD [redis-cli args...]
#
#   conf/usage.sh acme 2026-11
#   conf/usage.sh --json acme 2026-11 -h 10.0.0.5 -p 6380 -n 2
#   conf/usage.sh acme 2026-11-03..2026-11-09
#   conf/usage.sh --csv --all 2026-10..2026-12
#   REDISCLI_AUTH=secret conf/usage.sh acme 2026-11-03 --user reader
#
# CONSUMER is the name in the configuration; put "--" before one that begins
# with "-". PERIOD is a month, a day, or two of them with ".." between, both
# included. The user of Redis needs HGETALL, TTL and ECHO on gate:u:*, and SCAN
# for --all, nothing else. REDIS_CLI names another redis-cli.
#
# Redis keeps hours as long as gate_journal's "retain" says (70 days). A period
# of which it no longer has all is "incomplete", and from when on it is whole is
# told.
#
# The units: served, refused_upstream, aborted, interrupted (requests, by
# outcome), bytes_in, bytes_out, duration_ms; further ones are shown as found.
#
# Exit codes: 0 printed; 1 Redis could not be asked, or it refused; 2 wrong
# arguments; 3 redis-cli is missing; 4 Redis holds something that is not usage,
# or a sum reached 2^53 and could not be printed exactly; 5 there is no usage.
# Nothing is printed then but a sentence on standard error.

set -eu

redis_cli=${REDIS_CLI:-redis-cli}
mark=gate-usage-mark
format=table
all=0
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
    die 2 "usage: usage.sh [--json | --csv] CONSUMER PERIOD [redis-cli args...]" \
        "or usage.sh [--json | --csv] --all PERIOD [redis-cli args...]"
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


# What dates are, in awk: days since 1970-01-01, and back.

dates='
    function days(y, m, d,   era, yoe, doy)
    {
        if (m <= 2) {
            y--
            m += 12
        }

        era = int(y / 400)
        yoe = y - era * 400
        doy = int((153 * (m - 3) + 2) / 5) + d - 1

        return era * 146097 + yoe * 365 + int(yoe / 4) - int(yoe / 100) \
               + doy - 719468
    }

    function date(n,   era, doe, yoe, doy, mp, y, m)
    {
        n += 719468
        era = int(n / 146097)
        doe = n - era * 146097
        yoe = int((doe - int(doe / 1460) + int(doe / 36524) \
                   - int(doe / 146096)) / 365)
        doy = doe - (365 * yoe + int(yoe / 4) - int(yoe / 100))
        mp = int((5 * doy + 2) / 153)
        m = (mp < 10) ? mp + 3 : mp - 9
        y = yoe + era * 400 + (m <= 2)

        return sprintf("%04d-%02d-%02d", y, m,
                       doy - int((153 * mp + 2) / 5) + 1)
    }
'


# The first and the last day of period $1; nothing if it is none.

bounds()
{
    LC_ALL=C awk -v period="$1" "$dates"'
        # the first (last = 0) or last day of a month, or the day itself

        function edge(s, last,   y, m, n)
        {
            y = substr(s, 1, 4) + 0
            m = substr(s, 6, 2) + 0

            if (s ~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]$/ && m >= 1 && m <= 12) {
                return (last ? days(y, m + 1, 1) - 1 : days(y, m, 1))
            }

            if (s ~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]$/) {
                n = days(y, m, substr(s, 9, 2) + 0)

                if (m >= 1 && m <= 12 && date(n) == s) {
                    return n
                }
            }

            exit
        }

        BEGIN {
            n = split(period, part, "[.][.]")

            if (n > 2 || substr(period, 1, 4) + 0 < 1970) {
                exit
            }

            from = edge(part[1], 0)
            to = edge(part[n], 1)

            if (from <= to) {
                print date(from), date(to)
            }
        }' </dev/null
}


# The keys of consumer $1 (as in keys), an hour each, from day $2 to day $3.

hours()
{
    LC_ALL=C awk -v name="$1" -v first="$2" -v last="$3" "$dates"'
        function day(s)
        {
            return days(substr(s, 1, 4) + 0, substr(s, 6, 2) + 0,
                        substr(s, 9, 2) + 0)
        }

        BEGIN {
            end = day(last)

            for (n = day(first); n <= end; n++) {
                s = date(n)
                gsub("-", "", s)

                for (h = 0; h < 24; h++) {
                    printf "gate:u:{%s}:%s%02d\n", name, s, h
                }
            }
        }' </dev/null
}


# Of the keys on standard input those of usage from day $1 to day $2, sorted.

known()
{
    LC_ALL=C awk -v first="$1" -v last="$2" '
        BEGIN {
            gsub("-", "", first)
            gsub("-", "", last)
        }

        /^gate:u:[{][A-Za-z0-9._~%-]+[}]:[0-9]+$/ {
            hour = $0
            sub(/.*:/, "", hour)
            day = substr(hour, 1, 8)

            if (length(hour) == 10 && day >= first && day <= last) {
                print
            }
        }' | LC_ALL=C sort -u
}


# redis-cli's complaints in file $1, without what it always says of passwords.

complaints()
{
    grep -v -e '^Warning: Using a password' -e '^$' "$1" || true
}


# Sums the answers in file $2 to the keys in file $1, and prints.

report()
{
    consumer=$consumer LC_ALL=C awk -v first="$first" -v last="$last" \
        -v period="$period" -v format="$format" -v all="$all" \
        -v mark="$mark" -v now="$(date -u +%s)" "$dates"'
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

        function line(n, a, b, c, row, title,   i, s)
        {
            s = (all ? pad(n, width["n"], 1) "  " : "") \
                pad(a, width["a"], 1) "  " pad(b, width["b"], 1) "  " \
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

        function csv(s)
        {
            if (s ~ /[",\r\n]/ || s ~ /^[ =+@-]/ || s ~ / $/) {
                gsub("\"", "\"\"", s)
                s = "\"" s "\""
            }

            return s
        }

        function moment(t,   d)
        {
            d = int(t / 86400)

            return date(d) sprintf("T%02d:00:00Z", int((t - d * 86400) / 3600))
        }

        # the rows of a consumer (as in keys)

        function print_rows(who, space,   i, n)
        {
            for (i = 1; i <= nrows; i++) {
                split(rows[i], part, "|")

                if (part[1] != who) {
                    continue
                }

                printf "%s\n%s{\"api\": %s, \"version\": %s, ",
                       n++ ? "," : "", space, quote(decode(part[2])),
                       quote(decode(part[3]))
                printf "\"plan\": %s, \"units\": %s}",
                       quote(decode(part[4])), members(rows[i])
            }
        }

        function print_json(   i)
        {
            printf "{\n"

            if (!all) {
                printf "  \"consumer\": %s,\n", quote(ENVIRON["consumer"])
            }

            printf "  \"period\": \"%s\",\n", period
            printf "  \"from\": \"%s\",\n  \"to\": \"%s\",\n", first, last
            printf "  \"incomplete\": %s,\n", cut ? "true" : "false"

            if (cut) {
                printf "  \"complete_from\": \"%s\",\n", moment(cut)
            }

            if (all) {
                printf "  \"consumers\": ["

                for (i = 1; i <= nwho; i++) {
                    printf "%s\n    {\"consumer\": %s, \"usage\": [",
                           (i > 1) ? "," : "", quote(decode(whos[i]))
                    print_rows(whos[i], "      ")
                    printf "],\n     \"total\": %s}", members(whos[i])
                }

            } else {
                printf "  \"usage\": ["
                print_rows(whos[1], "    ")
            }

            printf "\n  ],\n  \"total\": %s\n}\n", members("")
        }

        function print_csv(   i, k, s)
        {
            s = "consumer,api,version,plan"

            for (k = 1; k <= nunits; k++) {
                s = s "," csv(name[k])
            }

            print s ",incomplete"

            for (i = 1; i <= nrows; i++) {
                split(rows[i], part, "|")

                s = csv(decode(part[1])) "," csv(decode(part[2])) "," \
                    csv(decode(part[3])) "," csv(decode(part[4]))

                for (k = 1; k <= nunits; k++) {
                    s = s "," text(rows[i], name[k])
                }

                print s "," (cut ? "true" : "false")
            }
        }

        function print_table(   i)
        {
            width["n"] = 8
            width["a"] = 5
            width["b"] = 7
            width["c"] = 4

            for (i = 1; i <= nrows; i++) {
                split(rows[i], part, "|")
                widen("n", decode(part[1]))
                widen("a", decode(part[2]))
                widen("b", decode(part[3]))
                widen("c", decode(part[4]))
            }

            for (i = 1; i <= nunits; i++) {
                widen(i, name[i])
                widen(i, text("", name[i]))
            }

            line("CONSUMER", "API", "VERSION", "PLAN", "", 1)

            for (i = 1; i <= nrows; i++) {
                split(rows[i], part, "|")
                line(decode(part[1]), decode(part[2]), decode(part[3]),
                     decode(part[4]), rows[i], 0)
            }

            line("total", all ? "" : "total", "", "", "", 0)

            if (cut) {
                print "incomplete: Redis keeps nothing before " moment(cut)
            }
        }

        # keys stay for "retain" seconds after the end of their hour: the first
        # hour that is there, or 0 if none of the period is gone

        function missing(   start)
        {
            start = days(substr(first, 1, 4) + 0, substr(first, 6, 2) + 0,
                         substr(first, 9, 2) + 0) * 86400

            if (forever || start + 3600 + retain > now) {
                return 0
            }

            return int((now - retain) / 3600) * 3600
        }

        # the answer to the next key begins

        function turn(   key, h)
        {
            if (++at > nkeys) {
                return
            }

            key = keys[at]

            who = key
            sub(/^gate:u:[{]/, "", who)
            sub(/[}]:[0-9]+$/, "", who)

            h = substr(key, length(key) - 9)
            ends = days(substr(h, 1, 4) + 0, substr(h, 5, 2) + 0,
                        substr(h, 7, 2) + 0) * 86400 \
                   + (substr(h, 9, 2) + 1) * 3600
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

        # the first file

        FILENAME == ARGV[1] {
            keys[++nkeys] = $0
            next
        }

        !at {
            turn()
        }

        done {
            next
        }

        unit != "" {
            if ($0 !~ /^[0-9]+$/) {
                die(4, "the value of \"" unit "\" is not a number: " $0)
            }

            split(unit, part, "|")
            row = who "|" part[1] "|" part[2] "|" part[3]
            learn(part[4])

            if (!(row in seen)) {
                seen[row] = 1
                nrows = insert(rows, nrows + 0, row)
            }

            if (!(who in seen)) {
                seen[who] = 1
                nwho = insert(whos, nwho + 0, who)
            }

            add(row, part[4], $0)
            add(who, part[4], $0)
            add("", part[4], $0)
            unit = ""
            next
        }

        $0 == mark && at > nkeys {
            done = 1
            next
        }

        # an hour without usage; what "redis-cli -c" says on its way

        $0 == "" || /^-> Redirected / {
            next
        }

        # TTL, which ends the answer to a key

        /^-?[0-9]+$/ && at <= nkeys {
            if ($0 == -1) {
                forever = 1

            } else if ($0 >= 0 && $0 + now - ends > retain + 0) {
                retain = $0 + now - ends
            }

            turn()
            next
        }

        /^(ERR|NO[A-Z]+|WRONG[A-Z]+|MOVED|LOADING|[A-Z]+DOWN|\(error\)) / {
            die(1, "Redis: " $0)
        }

        /^[^| ]*[|][^| ]*[|][^| ]*[|][^| ]+$/ {
            unit = $0
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
                exit 5
            }

            cut = missing()

            if (format == "json") {
                print_json()

            } else if (format == "csv") {
                print_csv()

            } else {
                print_table()
            }
        }' "$1" "$2"
}


while [ $# -gt 0 ]; do
    case $1 in
        --json) format=json; shift ;;
        --csv) format=csv; shift ;;
        --all) all=1; shift ;;
        --) shift; break ;;
        -h | --help) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 0 ;;
        -*) usage ;;
        *) break ;;
    esac
done

consumer=

if [ $all = 0 ]; then
    [ $# -ge 1 ] || usage
    consumer=$1
    shift
    [ -n "$consumer" ] || usage
fi

[ $# -ge 1 ] || usage

period=$1
shift

case $period in
    *"$nl"* | *\\*) usage ;;
esac

days=$(bounds "$period")

[ -n "$days" ] || die 2 "not a month, a day or two of them (YYYY-MM," \
    "YYYY-MM-DD, FROM..TO): \"$period\""

first=${days% *}
last=${days#* }

# redis-cli takes a word for database 0

want=

for arg; do
    if [ -n "$want" ]; then
        case $arg in
            '' | *[!0-9]*) die 2 "not a number of a database: \"$arg\"" ;;
        esac
    fi

    want=
    [ "$arg" != -n ] || want=$arg
done

[ -z "$want" ] || usage

command -v "$redis_cli" >/dev/null 2>&1 \
    || die 3 "no \"$redis_cli\" here (Debian: apt-get install redis-tools)"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# Asked once as an argument, because redis-cli reports a failed connection as
# its exit code only then, and goes on after a database or a password that was
# refused.

rc=0
answer=$("$redis_cli" "$@" --raw ECHO "$mark" 2>"$tmp/said") || rc=$?
said=$(complaints "$tmp/said")

[ $rc = 0 ] && [ -z "$said" ] \
    || die 1 "Redis could not be asked: ${said:-$answer}"
[ "$answer" = "$mark" ] || die 1 "Redis: $answer"

if [ $all = 1 ]; then
    "$redis_cli" "$@" --raw --scan --pattern 'gate:u:*' >"$tmp/scan" \
        2>"$tmp/said" || die 1 "Redis: $(complaints "$tmp/said")"
    known "$first" "$last" <"$tmp/scan" >"$tmp/keys"

else
    hours "$(encode "$consumer")" "$first" "$last" >"$tmp/keys"
fi

{
    awk '{ printf "HGETALL %s\nTTL %s\n", $0, $0 }' "$tmp/keys"
    printf 'ECHO %s\n' "$mark"
} >"$tmp/questions"

rc=0
"$redis_cli" "$@" --raw <"$tmp/questions" >"$tmp/answers" 2>"$tmp/said" \
    || rc=$?
said=$(complaints "$tmp/said")

[ $rc = 0 ] && [ -z "$said" ] \
    || die 1 "Redis could not be asked: ${said:-it went away}"

rc=0
[ ! -s "$tmp/keys" ] && rc=5
[ $rc != 0 ] || report "$tmp/keys" "$tmp/answers" || rc=$?

[ $rc = 5 ] || exit $rc

if [ "$(printf '%s\n' "$first" "$(date -u +%Y-%m-%d)" | LC_ALL=C sort \
        | head -n 1)" != "$first" ]
then
    die 5 "$period has not begun"
fi

if [ $all = 1 ]; then
    die 5 "no usage in $period: there was none, or Redis no longer keeps it" \
        "(gate_journal retain)"
fi

die 5 "no usage of \"$consumer\" in $period: there was none, the name is" \
    "another one (--all lists them), or Redis no longer keeps it" \
    "(gate_journal retain)"
