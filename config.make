# Meshgate: what its own files are compiled with beside nginx's options, which
# nginx and other modules of the same configure keep as they are.
#
# nginx's ./configure reads this file when it writes objs/Makefile, and has read
# `config` before, from which the names here are.

if [ -n "$gate_whole" ]; then

    echo >> $NGX_MAKEFILE

    for gate_src in $gate_core/*/*.c $gate_glue/*/*.c $mesh_srcs; do
        gate_obj=`dirname $gate_src`
        gate_obj=`basename $gate_obj`/`basename $gate_src .c`.o

        echo "$NGX_OBJS/addon/$gate_obj: CFLAGS += $gate_whole" \
            >> $NGX_MAKEFILE
    done
fi

if [ -n "$mesh_whole" ]; then
    printf '\n%s\n' "$NGX_OBJS/ngx_http_mesh_module.so: $mesh_shared" \
        >> $NGX_MAKEFILE
fi
