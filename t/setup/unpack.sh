#!/bin/sh
#
# Unpacks Debian packages into the build folder. Nothing is installed, no
# service is started.
#
# Usage: t/setup/unpack.sh PART...
#   1.22   this Debian's nginx and nginx-dev    build/nginx-1.22, ...
#   lua    its Lua modules, for comparisons     into build/nginx-1.22,
#                                               build/bin/nginx-lua
#   sid    Debian unstable's nginx, nginx-dev   build/nginx-sid, ...
#   perl   Debian unstable's Test::Nginx        build/perl
#   haproxy  the proxy, for comparisons         build/haproxy
#   redis  names for the Redis that is there    build/bin/redis-*
#   consul Debian 11's Consul, the last one that is free   build/consul
#
# Exit codes: 0 all parts are there, 1 one of them could not be had.

set -eu

. "$(dirname "$0")/lib.sh"

only_one unpack

CODENAME=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
ARCHDIR=$(gcc -print-multiarch 2>/dev/null || echo x86_64-linux-gnu)
WITHOUT="-o APT::Sandbox::User=root -o Dir::Cache::pkgcache=
         -o Dir::Cache::srcpkgcache="
FRESH="-o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false
       -o Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false
       -o Acquire::Languages=none -o APT::Update::Error-Mode=any"


# Downloads the packages $2... into build/deb/$1, with the system's lists, or
# with fresh ones of our own when those are missing or stale.

download_own()
{
    dir=$B/deb/$1
    shift
    rm -rf "$dir"
    mkdir -p "$dir" "$B/deb/lists-own/partial"

    if (cd "$dir" && apt-get $WITHOUT download "$@") \
        >"$B/log/download" 2>&1
    then
        return
    fi

    own="-o Dir::State::Lists=$B/deb/lists-own"
    quiet update-own apt-get $WITHOUT $FRESH $own update
    rm -f "$dir"/*.deb
    cd "$dir"
    quiet download apt-get $WITHOUT $own download "$@"
    cd "$ROOT"
}


# Writes Debian's own entry among the system's sources, with the suite
# replaced. Other vendors' entries often use Debian's suite names, hence the
# order: the file that Debian writes, the classic one, then any other.

suite_sources()
{
    rm -f "$B/deb/$1.sources" "$B/deb/$1.list"

    for f in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list \
             /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list
    do
        [ -r "$f" ] || continue

        case $f in
        *.sources)
            awk -v suite="$CODENAME" -v other="$1" '
                BEGIN { RS = ""; FS = "\n" }
                done { next }
                {
                    suites = components = ""; off = 0; out = ""
                    for (i = 1; i <= NF; i++) {
                        if ($i ~ /^#/) continue
                        if ($i ~ /^Suites:/) {
                            suites = $i " "; $i = "Suites: " other
                        }
                        if ($i ~ /^Components:/) {
                            components = $i " "; $i = "Components: main"
                        }
                        if ($i ~ /^Types:/) $i = "Types: deb"
                        if ($i ~ /^Enabled:[ \t]*no/) off = 1
                        out = out $i "\n"
                    }
                    if (off || !index(suites, " " suite " ")) next
                    if (!index(components, " main ")) next
                    printf "%s", out
                    done = 1
                }' "$f" >"$B/deb/$1.sources"
            sources=$B/deb/$1.sources
            ;;
        *)
            entry="^(deb( +\[[^]]*\])? +[^ ]+) +$CODENAME +main"
            sed -nE "s/$entry.*/\1 $1 main/p" "$f" | sed 1q >"$B/deb/$1.list"
            sources=$B/deb/$1.list
            ;;
        esac

        if [ -s "$sources" ]; then
            return
        fi
    done

    die "no entry for Debian $CODENAME (main) in the apt sources"
}


# Sets SUITE, the options with which apt sees that suite of Debian only.

suite_lists()
{
    mkdir -p "$B/deb/lists-$1/partial"
    suite_sources "$1"
    SUITE="$WITHOUT -o Dir::Etc::sourcelist=$sources
           -o Dir::Etc::SourceParts=/dev/null
           -o Dir::State::Lists=$B/deb/lists-$1"

    if [ ! -e "$B/stamp/lists-$1" ]; then
        say "package lists of Debian $1"
        quiet "update-$1" apt-get $SUITE $FRESH update
        touch "$B/stamp/lists-$1"
    fi
}


download_suite()
{
    dir=$B/deb/$1
    shift
    rm -rf "$dir"
    mkdir -p "$dir"
    cd "$dir"

    if ! apt-get $SUITE download "$@" >"$B/log/download" 2>&1; then
        # the suite has moved on since the lists were fetched
        quiet update-suite apt-get $SUITE $FRESH update
        quiet download apt-get $SUITE download "$@"
    fi

    cd "$ROOT"
}


# extract FROM TO: all packages of build/deb/FROM that match the names.

extract()
{
    from=$B/deb/$1
    to=$2
    shift 2
    mkdir -p "$to"

    for name in "$@"; do
        for deb in "$from/$name"_*.deb; do
            [ -e "$deb" ] || die "package $name is missing"
            dpkg -x "$deb" "$to"
        done
    done
}


# The binary's compiled-in paths of temporary files exist only where the
# package is installed. In the unpacked copy they become names of the same
# length relative to the prefix, so that it runs anywhere and as any user.

make_relative()
{
    sed -i -e 's,/var/lib/nginx/,var_lib_nginx__,g' \
           -e 's,/var/log/nginx/,var_log_nginx__,g' "$1"
}


# The headers have to be those of the very build they are used with.

same_version()
{
    a=$(cd "$B/deb/$1" && ls nginx_*.deb | cut -d_ -f2)
    b=$(cd "$B/deb/$1" && ls nginx-dev_*.deb | cut -d_ -f2)
    [ "$a" = "$b" ] || die "nginx is $a but nginx-dev is $b; try again later"
}


unpack_122()
{
    download_own 1.22 nginx nginx-dev
    same_version 1.22
    rm -rf "$B/nginx-1.22" "$B/nginx-dev-1.22" "$B/stamp/lua"
    extract 1.22 "$B/nginx-1.22" nginx
    extract 1.22 "$B/nginx-dev-1.22" nginx-dev
    make_relative "$B/nginx-1.22/usr/sbin/nginx"

    # argv[0] is what nginx starts again on USR2
    write_bin nginx-1.22 <<EOF
#!/bin/bash
exec -a "$B/bin/nginx-1.22" "$B/nginx-1.22/usr/sbin/nginx" "\$@"
EOF

    # The sanitizer comes first in a process whose nginx was built without it.
    write_bin nginx-asan <<EOF
#!/bin/bash
asan=\$(/usr/bin/gcc -print-file-name=libasan.so)
log=\${GATE_ASAN_LOG:+:log_path=\$GATE_ASAN_LOG}
export ASAN_OPTIONS="detect_leaks=0:abort_on_error=1\$log"
LD_PRELOAD=\$(/usr/bin/readlink -f "\$asan")\${LD_PRELOAD:+ \$LD_PRELOAD} \\
    exec -a "$B/bin/nginx-asan" "$B/nginx-1.22/usr/sbin/nginx" "\$@"
EOF

    "$B/bin/nginx-1.22" -v >"$B/log/nginx-1.22" 2>&1 \
        || die "nginx does not start: $(cat "$B/log/nginx-1.22")"
    say "$(cat "$B/log/nginx-1.22")"
}


# Installed, the Lua libraries would pull in nginx itself.

unpack_lua()
{
    [ -e "$B/stamp/1.22" ] || die "part lua needs part 1.22"

    set -- libnginx-mod-http-lua libnginx-mod-http-ndk lua-resty-core \
           lua-resty-lrucache libluajit2-5.1-2 libpcre3
    download_own lua "$@"
    extract lua "$B/nginx-1.22" "$@"

    write_bin nginx-lua <<EOF
#!/bin/bash
top=$B/nginx-1.22
export LD_LIBRARY_PATH=\$top/usr/lib/$ARCHDIR:\$top/lib/$ARCHDIR
export LUA_PATH="\$top/usr/share/lua/5.1/?.lua;;"
exec -a "$B/bin/nginx-lua" "\$top/usr/sbin/nginx" "\$@"
EOF

    say "Lua modules of nginx"
}


unpack_haproxy()
{
    download_own haproxy haproxy
    rm -rf "$B/haproxy"
    extract haproxy "$B/haproxy" haproxy
    ln -sfn "$B/haproxy/usr/sbin/haproxy" "$B/bin/haproxy"
    "$B/bin/haproxy" -v >"$B/log/haproxy" 2>&1 \
        || die "haproxy does not start: $(sed 1q "$B/log/haproxy")"
    say "$(sed -nE '1s/^(HAProxy version [^ ]*).*/\1/p' "$B/log/haproxy")"
}


libraries()
{
    sed -nE 's/^ *Depends: ((lib|zlib)[^ ]*)$/\1/p' | grep -v debconf
}


# What nginx of unstable is linked with, and what that is linked with: the
# names of libraries change there, so they are read from the package lists.

sid_libraries()
{
    {
        apt-cache $SUITE depends nginx
        apt-cache $SUITE depends nginx | libraries | xargs apt-cache $SUITE depends
    } | libraries | sort -u
}


unpack_sid()
{
    suite_lists sid
    libs=$(sid_libraries)
    download_suite sid nginx nginx-dev $libs
    same_version sid
    rm -rf "$B/nginx-sid" "$B/nginx-dev-sid"
    extract sid "$B/nginx-sid" nginx $libs
    extract sid "$B/nginx-dev-sid" nginx-dev
    make_relative "$B/nginx-sid/usr/sbin/nginx"

    ld=$(find "$B/nginx-sid" -name 'ld-linux*.so.*' | sed 1q)
    [ -n "$ld" ] || die "Debian unstable's libc6 has no ld.so"
    lib=$B/nginx-sid/usr/lib/$ARCHDIR

    write_bin nginx-sid <<EOF
#!/bin/sh
exec "$ld" --argv0 "$B/bin/nginx-sid" \\
    --library-path "$lib" \\
    "$B/nginx-sid/usr/sbin/nginx" "\$@"
EOF

    "$B/bin/nginx-sid" -v >"$B/log/nginx-sid" 2>&1 \
        || die "unstable's nginx does not start: $(cat "$B/log/nginx-sid")"
    say "$(cat "$B/log/nginx-sid")"
}


unpack_consul()
{
    suite_lists bullseye
    download_suite consul consul
    rm -rf "$B/consul"
    extract consul "$B/consul" consul
}


unpack_perl()
{
    rm -rf "$B/perl"
    mkdir -p "$B/perl"

    if perl -MTest::Nginx::Socket -e 1 2>/dev/null; then
        say "Test::Nginx as found on this machine"
        return
    fi

    suite_lists sid
    download_suite perl libtest-nginx-perl
    extract perl "$B/perl" libtest-nginx-perl

    perl -I"$B/perl/usr/share/perl5" -MTest::Nginx::Socket -e 1 \
        >"$B/log/perl" 2>&1 \
        || die "Test::Nginx does not load: $(sed 1q "$B/log/perl")"
    say "Test::Nginx $(cd "$B/deb/perl" && ls | cut -d_ -f2)"
}


# The server and its checking tool are one binary, which behaves after its
# name; the package with the server's name would only add a service.

unpack_redis()
{
    server=$(command -v redis-server || command -v redis-check-rdb) \
        || die "no Redis: package redis-tools is missing"
    cli=$(command -v redis-cli) || die "package redis-tools is missing"

    case $server in
        "$B"/*) ;;
        *) ln -sfn "$(readlink -f "$server")" "$B/bin/redis-server"
           ln -sfn "$cli" "$B/bin/redis-cli" ;;
    esac

    say "$("$B/bin/redis-server" --version | cut -d' ' -f1-3)"
}


for part in "$@"; do
    if [ -e "$B/stamp/$part" ]; then
        continue
    fi

    case $part in
        1.22)  unpack_122 ;;
        lua)   unpack_lua ;;
        haproxy) unpack_haproxy ;;
        sid)   unpack_sid ;;
        perl)  unpack_perl ;;
        redis) unpack_redis ;;
        consul) unpack_consul ;;
        *)     die "unknown part \"$part\"" ;;
    esac

    touch "$B/stamp/$part"
done
