#!/bin/sh
#
# The demo: starts a Redis, two versions of a small service, Envoy as sidecar
# and nginx with the module, all on 127.0.0.1 and on free ports; sends a tour
# of requests through them and prints each with its answer. With a terminal on
# standard input it then stays up until Ctrl-C.
#
# Usage: make run
#
# Finds its parts by the environment that t/setup/with.sh sets: B (build
# folder), GATE_NGINX, GATE_MODULE and PATH (redis-server, redis-cli, envoy).
# Without an envoy in PATH a second nginx stands in for it; DEMO_ENVOY=none
# asks for that. Exit codes: 0 every step answered as it should, 1 one did
# not, or a part did not start.

set -eu

here=$(cd "$(dirname "$0")" && pwd)

[ -n "${B:-}" ] && [ -n "${GATE_NGINX:-}" ] && [ -n "${GATE_MODULE:-}" ] || {
    echo "demo: start it by: make run" >&2
    exit 1
}

run=$(mktemp -d "$B/run-XXXXXX")
chmod 755 "$run"

redis_pid= v1_pid= v2_pid= sidecar_pid= gate_pid=
failed=0
steps=0
total=15
stays=
issuer=https://id.demo.local/
audience=https://api.demo.local

if [ -t 1 ]; then
    bold=$(printf '\033[1m') plain=$(printf '\033[0m')
else
    bold= plain=
fi


# --- parts --------------------------------------------------------------------

# stop VARIABLE: ends the process whose id it holds, and waits for it.

stop()
{
    eval "_pid=\$$1; $1="

    [ -n "$_pid" ] || return 0

    kill -TERM "$_pid" 2>/dev/null || return 0

    _n=0

    while kill -0 "$_pid" 2>/dev/null && [ $_n -lt 100 ]; do
        _n=$((_n + 1))
        # a child that has ended is there until it is waited for
        case $(cut -d' ' -f3 "/proc/$_pid/stat" 2>/dev/null) in
            Z | "") break ;;
        esac
        sleep 0.1
    done

    [ $_n -lt 100 ] || kill -KILL "$_pid" 2>/dev/null || true
    wait "$_pid" 2>/dev/null || true
}


finish()
{
    _rc=$?
    trap '' INT TERM HUP

    for _part in gate_pid sidecar_pid v1_pid v2_pid redis_pid; do
        stop $_part
    done

    case $failed$_rc in
        00 | 0130 | 0143) rm -rf "$run" ;;
        *) echo "demo: what the parts said is in $run" >&2 ;;
    esac

    [ "$stays$failed" != yes0 ] || cat <<EOT

demo: stopped; its processes and its folder are gone. What was built stays in
build/ (./gate clean removes it), and so do the packages. Goodbye.
EOT

    exit $_rc
}

trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP


die()
{
    failed=1
    echo "demo: FAILED: $*" >&2
    exit 1
}


# started NAME VARIABLE FILE COMMAND...: waits until COMMAND succeeds; shows
# the end of FILE when the process ends before, or when it takes too long.

started()
{
    _name=$1
    eval "_pid=\$$2"
    _file=$3
    _n=0
    shift 3

    until "$@" >/dev/null 2>&1; do
        _n=$((_n + 1))

        if ! kill -0 "$_pid" 2>/dev/null || [ $_n -gt 300 ]; then
            tail -n 10 "$_file" >&2
            die "$_name did not start"
        fi

        sleep 0.1
    done
}


# fill FILE: a template to standard output.

fill()
{
    sed -e "s|@MODULE@|$GATE_MODULE|" -e "s|@USER@|$user|" \
        -e "s|@REDIS@|$redis|" -e "s|@SIDECAR@|$sidecar|" \
        -e "s|@ADMIN@|$admin|" -e "s|@GATE@|$gate|" -e "s|@V1@|$v1|" \
        -e "s|@V2@|$v2|" -e "s|@ACME@|$(hash_of "$acme")|" \
        -e "s|@TINA@|$(hash_of "$tina")|" "$here/$1"
}


hash_of()
{
    printf %s "$1" | sha256sum | cut -d' ' -f1
}


start_redis()
{
    mkdir -p "$run/redis"
    redis-server --bind 127.0.0.1 --port "$redis" --save '' --appendonly yes \
        --dir "$run/redis" >"$run/redis/log" 2>&1 &
    redis_pid=$!
    started Redis redis_pid "$run/redis/log" redis-cli -p "$redis" ping
}


start_services()
{
    python3 "$here/service.py" "$v1" orders v1 >>"$run/service-v1.log" 2>&1 &
    v1_pid=$!
    python3 "$here/service.py" "$v2" orders v2 >>"$run/service-v2.log" 2>&1 &
    v2_pid=$!
    started "the service" v1_pid "$run/service-v1.log" \
        curl -sf -m 2 "http://127.0.0.1:$v1/"
    started "the service" v2_pid "$run/service-v2.log" \
        curl -sf -m 2 "http://127.0.0.1:$v2/"
}


start_sidecar()
{
    if [ "$with" = Envoy ]; then
        fill envoy.yaml >"$run/envoy.yaml"
        envoy -c "$run/envoy.yaml" --disable-hot-restart --concurrency 1 \
            --log-level warning >>"$run/envoy.log" 2>&1 &
        sidecar_pid=$!
        started Envoy sidecar_pid "$run/envoy.log" \
            curl -sf -m 2 "http://127.0.0.1:$admin/ready"

    else
        mkdir -p "$run/stand-in/tmp"
        fill stand-in.conf >"$run/stand-in/nginx.conf"
        start_nginx stand-in
        sidecar_pid=$!
        started "the stand-in" sidecar_pid "$run/stand-in/error.log" \
            curl -s -m 2 "http://127.0.0.1:$sidecar/"
    fi
}


start_gate()
{
    mkdir -p "$run/gate/tmp"
    openssl ecparam -name prime256v1 -genkey -noout -out "$run/jwt.key" \
        2>/dev/null
    openssl ec -in "$run/jwt.key" -pubout -out "$run/gate/jwt.pem" 2>/dev/null
    fill nginx.conf >"$run/gate/nginx.conf"
    start_nginx gate
    gate_pid=$!
    started nginx gate_pid "$run/gate/error.log" \
        curl -sf -m 2 "http://127.0.0.1:$gate/gate/status?ready"
}


# Its error log is named twice: here for what it says before it has read the
# configuration.

start_nginx()
{
    "$GATE_NGINX" -p "$run/$1/" -e error.log -c nginx.conf \
        >>"$run/$1/error.log" 2>&1 &
}


# Six ports below the range that outgoing connections are given.

free_ports()
{
    python3 - <<'PORTS'
import random, socket
held = []
while len(held) < 6:
    s = socket.socket()
    try:
        s.bind(('127.0.0.1', random.randrange(20000, 30000)))
        held.append(s)
    except OSError:
        s.close()
print(*[s.getsockname()[1] for s in held])
PORTS
}


# --- the tour -----------------------------------------------------------------

# step TITLE [TEXT...]: what is shown next, and why.

step()
{
    steps=$((steps + 1))
    printf '\n%s%d/%d %s%s\n' "$bold" $steps $total "$1" "$plain"
    shift

    [ $# = 0 ] || echo "$*" | narrow
}


# ask WHO CURL-ARGUMENTS... PATH: one request, shown with its answer; WHO pays
# if it is served. The answer is in $run/answer, its status in $code.

ask()
{
    _who=$1
    shift
    send "$_who" "$@"

    # as it would be typed, in lines of at most 80 columns
    {
        printf '%s\n' '$ curl -i'

        # an option stands on one line with its value
        for _arg in "$@"; do
            case $_arg in
                /*) _arg=$url$_arg ;;
                -?) printf '%s ' "$_arg"; continue ;;
            esac
            case $_arg in
                *[" {}?&"]*) _arg="'$_arg'" ;;
            esac
            printf '%s\n' "$_arg"
        done
    } | sed -E "s/(Bearer [^ ]{12})[^ ']*/\1.../" | awk '
        NR == 1 { line = $0; next }
        length(line " " $0) > 74 { print line " \\"; line = "       " $0; next }
        { line = line " " $0 }
        END { print line }' | sed 's/^/    /'

    sed 's/\r$//' "$run/answer" | awk '
        NR == 1 { print; next }
        /^$/ { exit }
        tolower($0) ~ /^(content-type|retry-after|www-auth|ratelimit:)/ {
            print
        }' | narrow
    body | narrow
}


# The body of the answer, JSON a member to a line.

body()
{
    sed '1,/^\r*$/d' "$run/answer" >"$run/body"
    python3 -m json.tool --indent 2 "$run/body" 2>/dev/null || cat "$run/body"
}


# Standard input, indented, in lines of at most 80 columns.

narrow()
{
    fold -s -w 76 | sed 's/^/    /; s/ *$//'
}


# the same without a word

send()
{
    _payer=$1
    shift

    _last=
    for _arg in "$@"; do
        _last=$_arg
    done

    # the path stands last: all but it is curl's
    _left=$#
    while [ $_left -gt 1 ]; do
        set -- "$@" "$1"
        shift
        _left=$((_left - 1))
    done
    shift

    curl -s -i -m 30 "$@" "$url$_last" >"$run/answer" || true
    code=$(awk 'NR == 1 { print $2 }' "$run/answer")

    # what the service answered is billed
    if [ "$_payer" != - ] && grep -q '"service":' "$run/answer"; then
        bill "$_payer" 1
    fi
}


bill()
{
    eval "served_$1=\$((served_$1 + $2))"
}


# should TEXT COMMAND...: the step's own check.

should()
{
    _text=$1
    shift

    if "$@"; then
        printf '    ok: %s\n' "$_text"
    else
        failed=1
        printf '    %sFAILED%s: %s (status %s)\n' "$bold" "$plain" "$_text" \
            "${code:-none}"
    fi
}


# answered STATUS [TEXT]: TEXT occurs in the answer.

answered()
{
    [ "$code" = "$1" ] && grep -qF -- "${2:-}" "$run/answer"
}


unseen()
{
    answered 200 && ! grep -qiF -- "$1" "$run/answer"
}


# mint SCOPE SECONDS SUB...

mint()
{
    "$run/mint" "$run/jwt.key" demo-1 "$issuer" "$audience" "$@"
}


tour_who()
{
    step "No key" "Nobody gets in without a credential."
    ask - /orders/7
    should "401, and what would be accepted" answered 401 no_credential

    step "A wrong key"
    ask - -H "apikey: guessed" /orders/7
    should "401" answered 401 bad_key

    step "A good key" "Of consumer \"acme\", stored by its SHA-256 only."
    ask acme -H "apikey: $acme" /orders/7
    should "200, and the service knows who calls" \
        answered 200 '"consumer": "acme"'

    step "A token" "ES256, of an issuer whose public key nginx has on file."
    ask users -H "Authorization: Bearer $token" /orders/7
    should "200" answered 200 '"consumer": "users"'

    step "An expired token"
    ask - -H "Authorization: Bearer $expired" /orders/7
    should "401" answered 401 expired_token
}


tour_may()
{
    step "A forged identity" "Fields that belong to the gateway never come" \
        "in from outside, and the key does not go on to the service."
    ask acme -H "apikey: $acme" -H "X-Consumer-Username: mallory" \
        -H "x_consumer_id: mallory" -H "x-lane: mallory" /orders/7/headers
    should "nothing of mallory arrived" unseen mallory
    should "the key did not arrive either" unseen "$acme"

    step "A forbidden method" "Nobody may DELETE here."
    ask - -X DELETE -H "apikey: $acme" /orders/7
    should "403" answered 403 method_not_allowed

    step "A missing scope" "\"tina\" may read orders, not write them."
    ask - -d '{}' -H "apikey: $tina" /orders/
    should "403" answered 403 missing_scope

    step "Over the limit" "tina's plan: 6 requests a minute, 3 more at once."

    _good=0
    send tina -H "apikey: $tina" /orders/7
    while [ "$code" = 200 ] && [ $_good -lt 20 ]; do
        _good=$((_good + 1))
        send tina -H "apikey: $tina" /orders/7
    done

    echo "    $_good requests were answered with 200, then:"
    ask tina -H "apikey: $tina" /orders/7
    should "429, and when to come back" answered 429 "Retry-After: "
}


# asks for each token in turn over one connection; "NUMBER VERSION" lines

crowd()
{
    awk -v url="$url/orders/7" '
        {
            if (NR > 1) {
                print "next"
            }

            printf "url = \"%s\"\nheader = \"Authorization: Bearer %s\"\n",
                   url, $0
            print "silent\nmax-time = 30"
        }' "$run/tokens" >"$run/crowd"

    curl -K "$run/crowd" 2>/dev/null \
        | sed -n 's/.*"version": "\(v[12]\)".*/\1/p' | cat -n
}


tour_lanes()
{
    step "A canary" "200 users; the sidecar sends 10 % of them to v2, by a" \
        "hash of who they are that the gateway tells it."

    mint orders:read 600 $(seq -f 'user-%g' 200) >"$run/tokens"
    crowd >"$run/first"
    _all=$(grep -c . "$run/first") || true
    _v2=$(grep -c v2 "$run/first") || true
    bill users "$_all"

    echo "    $((_all - _v2)) users were served by v1, $_v2 by v2"
    code=$_all
    should "all were served, 5 to 15 % of them by v2" \
        [ "$_all" = 200 -a "$_v2" -ge 10 -a "$_v2" -le 30 ]

    step "The same users again"
    crowd >"$run/second"
    bill users "$(grep -c . "$run/second")"

    echo "    $(cmp -s "$run/first" "$run/second" && echo 0 || echo Some)" \
        "of 200 users changed their version"
    should "every user stays on a version" cmp -s "$run/first" "$run/second"
}


tour_failures()
{
    step "The service is down" "Both versions are stopped. The sidecar" \
        "answers in their place: its status goes on, in our form."
    stop v1_pid
    stop v2_pid
    ask - -H "apikey: $acme" /orders/7
    should "503, and the mesh is named" answered 503 sidecar_refused
    start_services

    step "The sidecar is away" "Nobody answers the gateway."
    stop sidecar_pid
    ask - -H "apikey: $acme" /orders/7
    should "502, told apart from the above" answered 502 sidecar_unavailable
    ask - "/gate/status?ready"
    should "a load balancer is told not to come" answered 503 false
    start_sidecar

    step "All is back"
    ask acme -H "apikey: $acme" /orders/7
    should "200" answered 200 '"consumer": "acme"'
}


# billed CONSUMER UNIT: from Redis, of the months that the tour has seen.

billed()
{
    for _month in $(printf '%s\n%s\n' "$month" "$(date -u +%Y-%m)" | sort -u)
    do
        "$here/../usage.sh" --json "$1" "$_month" -p "$redis" 2>/dev/null \
            | sed -n "s/.*\"total\": {.*\"$2\": \([0-9]*\).*/\1/p"
    done | awk '{ n += $1 } END { print n + 0 }'
}


in_redis()
{
    [ "$(billed acme served)" = "$served_acme" ] \
        && [ "$(billed tina served)" = "$served_tina" ] \
        && [ "$(billed users served)" = "$served_users" ] \
        && [ "$(billed acme refused_upstream)" = 2 ]
}


tour_bill()
{
    step "What was billed" "From Redis, where the gateway's journal is" \
        "shipped to every second (conf/usage.sh CONSUMER MONTH)."

    _n=0
    until in_redis || [ $_n -ge 50 ]; do
        _n=$((_n + 1))
        sleep 0.2
    done

    for _who in acme tina users; do
        echo "    $_who"
        "$here/../usage.sh" "$_who" "$month" -p "$redis" 2>&1 | columns
    done

    echo "    (without the columns of bytes and time)"

    code=$(billed acme served)/$(billed tina served)/$(billed users served)
    echo "served by this tour: acme $served_acme, tina $served_tina, users" \
        "$served_users; 2 requests of acme were refused upstream" | narrow
    should "billed is what was served, and nothing else" in_redis
    should "the gateway's own log has nothing alarming" calm
}


# The first columns of the table of usage, which are API, version, plan and the
# four outcomes.

columns()
{
    awk '
        NR == 1 {
            width = index($0, "interrupted") + length("interrupted") - 1
        }
        { print "    " substr($0, 1, width) }'
}


calm()
{
    ! grep -E '\[(alert|crit|emerg)\]' "$run/gate/error.log"
}


# --- all of it ----------------------------------------------------------------

if [ "${DEMO_ENVOY:-}" != none ] && command -v envoy >/dev/null; then
    with=Envoy
else
    with="a second nginx"
    echo "demo: no Envoy here: a second nginx stands in for the sidecar"
fi

user=
[ "$(id -u)" != 0 ] || user="user $(id -un) $(id -gn);"

set -- $(free_ports)
redis=$1 sidecar=$2 admin=$3 gate=$4 v1=$5 v2=$6
url=http://127.0.0.1:$gate

acme=acme-$(openssl rand -hex 8)
tina=tina-$(openssl rand -hex 8)
served_acme=0 served_tina=0 served_users=0
month=$(date -u +%Y-%m)

${CC:-cc} -O2 -o "$run/mint" "$here/mint.c" -ljwt \
    || die "conf/demo/mint.c needs libjwt (Debian: libjwt-dev)"

echo "demo: start Redis, the service in two versions, $with and nginx"

start_redis
start_services
start_sidecar
start_gate

token=$(mint orders:read 3600 somebody)
expired=$(mint orders:read -60 somebody)

cat <<EOT

${bold}Meshgate${plain}: client -> nginx with the module -> $with -> orders v1, v2

    gateway  $url/orders/   (requests go here)
    status   $url/gate/status
    sidecar  127.0.0.1:$sidecar   Redis 127.0.0.1:$redis
    service  127.0.0.1:$v1 (v1), 127.0.0.1:$v2 (v2)
EOT

tour_who
tour_may
tour_lanes
tour_failures
tour_bill

echo

if [ $failed != 0 ]; then
    echo "demo: not every step answered as it should"
    exit 1
fi

[ $steps = $total ] || die "there are $steps steps, not $total"

echo "demo: all $steps steps answered as they should"

if [ ! -t 0 ]; then
    exit 0
fi

cat <<EOT

The gateway stays up until Ctrl-C. Its configuration:
$run/gate/nginx.conf

The key of acme, the key of tina, and a token that lasts an hour:

$acme
$tina
$token

To go on in another terminal, in this folder: a key, the token, the counters,
and the bill, which is a second or two late.

curl -i -H 'apikey: $acme' $url/orders/7
curl -i -H 'Authorization: Bearer $token' $url/orders/7
curl -s $url/gate/status
conf/usage.sh acme $month -p $redis

Ctrl-C stops it.
EOT

stays=yes
trap 'exit 0' INT
trap 'exit 0' TERM HUP

wait "$gate_pid" || true

# Ctrl-C is for nginx, too, which may be the first to end
sleep 1

gate_pid=
die "nginx has ended"
