#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# How much memory a request begins with: more than nginx gives by default, and
# what the configuration says where it does.

use strict;
use warnings;

use lib 't/lib';

use File::Path qw(remove_tree);
use Test::More;

use GateClient;
use GateNginx;

plan skip_all => 'run it by make t/core/pool.t' if !$ENV{GATE_NGINX};

plan skip_all => 'this nginx has no debug log'
    if `$ENV{GATE_NGINX} -V 2>&1` !~ /--with-debug/;

my $root = $ENV{TEST_NGINX_SERVROOT};
my $port = $ENV{GATE_PORT_BASE};

remove_tree($root);

is(pool('gate_node a;', ''), 12288, 'it is more than nginx gives by default');
is(pool('', ''), 4096, 'nginx has its own default where nothing is of the gate');
is(pool('gate_node a; request_pool_size 8k;', ''), 8192, 'http{} says another size');
is(pool('gate_node a;', 'request_pool_size 16k;'), 16384, 'so does server{}');
is(pool('gate_node a; request_pool_size 4k;', ''), 4096,
   'the default of nginx can be asked for, too');
is(pool('gate_node a; request_pool_size 4k;', 'request_pool_size 8k;'), 8192,
   'and a server has its own size beside it');

done_testing();


# The block that nginx makes before it looks at the line of a request.

sub pool {
    my ($http, $server) = @_;

    remove_tree("$root/nginx");

    my $n = GateNginx->new(root => "$root/nginx");

    $n->configure($n->head(main => "error_log $n->{root}/logs/debug.log debug;")
                  . "http {\n" . $n->paths() . <<"END");
    client_header_buffer_size 1k;
    connection_pool_size 512;
    $http
    server {
        listen 127.0.0.1:$port;
        $server
        location / { return 204; }
    }
}
END

    $n->start();

    my $c = GateClient->new($port);

    $c->write("GET / HTTP/1.0\r\n\r\n");
    BAIL_OUT('no answer') if ($c->read() // { status => 0 })->{status} != 204;
    $n->stop();

    # a worker that shuts down writes between the lines of the one that serves

    my $log = slurp("$n->{root}/logs/debug.log");
    my ($pid) = $log =~ / (\d+)#\d+: \S+ http process request line/;
    my ($size) = join('', grep { / $pid#/ } $log =~ /^.*\n/mg)
                 =~ /posix_memalign: [0-9A-F]+:(\d+) @\d+\n[^\n]*http process request line/;

    return $size;
}
