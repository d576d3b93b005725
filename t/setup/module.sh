#!/bin/sh
#
# Builds the modules for one nginx and puts them at
# build/mod/FLAVOUR/ngx_http_gate_module.so and ngx_http_mesh_module.so.
#
# Usage: t/setup/module.sh 1.22|sid|1.22-asan
#
# Configures again when `config`, the list of source files or the headers of
# nginx changed, compiles what changed otherwise. Environment: B build
# folder, MODULE another folder with a `config`. Exit codes: 0 built or up to
# date, 1 not.

set -eu

. "$(dirname "$0")/lib.sh"

NAMES="ngx_http_gate_module.so ngx_http_mesh_module.so"
MODULE=${MODULE:-$ROOT}
HARD="-fstack-protector-strong -D_FORTIFY_SOURCE=2 -Wformat
      -Werror=format-security"

case ${1:-} in
    1.22)      dev=1.22; cc="-g -O2 $HARD"
               ld="-Wl,-z,relro -Wl,-z,now" ;;
    sid)       dev=sid;  cc="-g -O2 $HARD"
               ld="-Wl,-z,relro -Wl,-z,now" ;;
    1.22-asan) dev=1.22; cc="-g -O1 -fsanitize=address -fno-omit-frame-pointer"
               ld="-fsanitize=address" ;;
    *)         die "usage: module.sh 1.22|sid|1.22-asan" ;;
esac

cc=$(echo $cc)
tree=$B/obj/$1
mod=$B/mod/$1

[ -r "$MODULE/config" ] || die "there is no $MODULE/config"
[ -e "$B/stamp/$dev" ] || die "nginx $dev is not unpacked"

only_one "module-$1"

# Until the end of this script the module, if any, is that of older sources.
mkdir -p "$B/mod/$1"
touch "$B/mod/$1/stale"

id=$({ echo "$MODULE $cc $ld"; cat "$MODULE"/config*; ls "$B/deb/$dev" \
       "$MODULE"/src/*/*/*.c 2>/dev/null; } | cksum)

if [ "$(cat "$tree/.configured" 2>/dev/null)" != "$id" ]; then
    say "configure for nginx $1"
    rm -rf "$tree"
    mkdir -p "$tree"
    cp -R "$B/nginx-dev-$dev/usr/share/nginx/src/." "$tree"
    cd "$tree"

    quiet "configure-$1" bash -c '
        . ./conf_flags
        exec bash ./configure "${NGX_CONF_FLAGS[@]}" --with-cc-opt="$1" \
             --with-ld-opt="$2" --add-dynamic-module="$3"' \
        configure "$cc" "$ld" "$MODULE"

    grep -q '^CFLAGS.*-Wall.*-Werror' objs/Makefile \
        || die "warnings are not errors for nginx $1"

    ! grep -q '^CFLAGS.*-flto' objs/Makefile \
        || die "nginx $1 and other modules are compiled as the module is"

    echo "$id" >.configured
fi

cd "$tree"

# nginx's Makefile knows only the headers that `config` names.
if [ -e .compiled ] && [ -n "$(find "$MODULE/src" -name '*.h' \
                               -newer .compiled 2>/dev/null | sed 1q)" ]
then
    rm -rf objs/addon/*/*.o
fi

# not part of the make that called this script
unset MAKEFLAGS MAKELEVEL MFLAGS

touch .compiling

if ! make -q -f objs/Makefile modules >/dev/null 2>&1; then
    say "compile for nginx $1"
    rc=0
    waiting
    make -s -j"$(nproc)" -f objs/Makefile modules || rc=$?
    waited
    [ $rc = 0 ] || die "module for nginx $1"
fi

mv .compiling .compiled

# A running nginx has the old file mapped: replace it, never write into it.
for name in $NAMES; do
    # the mesh is left out where its library is missing, see `config`
    if [ ! -e "objs/$name" ]; then
        rm -f "$mod/$name"
        continue
    fi

    if ! cmp -s "objs/$name" "$mod/$name"; then
        cp "objs/$name" "$mod/$name.new"
        mv -f "$mod/$name.new" "$mod/$name"
        say "$name for nginx $1"
    fi
done

rm -f "$B/mod/$1/stale"
