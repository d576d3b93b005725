# Shared by the scripts of t/setup: where things are, how a step is told.
#
# Usage: . "$(dirname "$0")/lib.sh"
# Sets ROOT (the project) and B (the build folder, absolute; from the
# environment or ROOT/build). Exit codes are those of the caller.

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
B=${B:-build}

case $B in
    /*) ;;
    *)  B=$ROOT/$B ;;
esac

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH

mkdir -p "$B/bin" "$B/stamp" "$B/log"


say()
{
    echo "setup: $*"
}


die()
{
    echo "setup: FAILED: $*" >&2
    exit 1
}


# One set-up at a time per lock name: several makes may run side by side.
# The lock is held until the calling script ends.

only_one()
{
    exec 9>"$B/stamp/$1.lock"
    flock 9
}


# Between waiting and waited a point every two seconds says that something goes
# on. The points end with the calling script, whatever ends it.

waiting()
{
    (
        _points=
        trap 'kill $_nap 2>/dev/null || true
              [ -z "$_points" ] || echo
              exit 0' TERM

        while :; do
            sleep 2 >/dev/null 2>&1 9>&- &
            _nap=$!
            wait $_nap
            kill -0 $$ 2>/dev/null || exit 0
            _points=$_points.
            printf .
        done
    ) &
    _ticker=$!
}


waited()
{
    kill -TERM $_ticker 2>/dev/null || true
    wait $_ticker 2>/dev/null || true
}


# quiet LOG COMMAND...: the output is shown only when the command fails.

quiet()
{
    _log=$B/log/$1
    shift

    _rc=0
    waiting
    "$@" >"$_log" 2>&1 || _rc=$?
    waited

    if [ $_rc != 0 ]; then
        tail -n 30 "$_log" >&2
        die "$* (all of it: $_log)"
    fi
}


# write_bin NAME: standard input becomes the executable build/bin/NAME.

write_bin()
{
    cat >"$B/bin/.$1.new"
    chmod 755 "$B/bin/.$1.new"
    mv -f "$B/bin/.$1.new" "$B/bin/$1"
}
