#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# A reload turns the order of the zones round while requests of the workers
# before it still wait for their turn: old and new workers lock several zones at
# once, and must not wait for each other for ever.  With locks in the order of
# the lines it takes one reload or two until they do.

use strict;
use warnings;

use lib 't/lib';

use File::Path qw(remove_tree);
use Test::More;
use Time::HiRes qw(time);

use GateClient;
use GateNginx;

plan skip_all => 'run it by make t/limit/limit_order.t' if !$ENV{GATE_NGINX};

my $root = $ENV{TEST_NGINX_SERVROOT};
my $port = $ENV{GATE_PORT_BASE};
my @zones = map { "z$_" } 1 .. 7;

remove_tree($root);

my $n = GateNginx->new(root => "$root/nginx", workers => 4);

configure(@zones);
$n->start();

for my $round (1 .. 3) {
    my @slow = map { GateClient->new($port) } 1 .. 500;
    my @order = $round % 2 ? reverse(@zones) : @zones;

    $slow[$_]->write(request("/wait/?x=$_&y=1")) for 0 .. $#slow;

    configure(@order);
    $n->reload();

    is(unanswered(time + 2), 0, "each request is answered, zones are @order")
        or last;
}

$n->stop();
done_testing();


sub configure {
    my (@order) = @_;

    my $made = join '', map { "    gate_zone $_ 1m;\n" } @order;
    my $used = join '', map { "gate_limit rate=100000r/s burst=100000 key=\$arg_x"
                              . " name=n$_ zone=$_;\n" } @zones;

    $n->configure($n->head() . "http {\n" . $n->paths() . <<"END");
    keepalive_requests 1000000;
$made
    server {
        listen 127.0.0.1:$port;

        location /fast/ {
            $used
            try_files /none =404;
        }

        location /wait/ {
            $used
            gate_limit rate=250r/s burst=3000 delay=0 key=\$arg_y name=slow zone=z1;
            try_files /none =404;
        }
    }
}
END
}


sub request {
    my ($path) = @_;

    return "GET $path HTTP/1.1\r\nHost: a\r\n\r\n";
}


# How many of a busy client's requests have no answer, at the first of which it
# gives up.

sub unanswered {
    my ($end) = @_;

    my $many = 20;
    my @c = map { GateClient->new($port) } 1 .. 16;

    while (time < $end) {
        $_->write(request('/fast/?x=1') x $many) for @c;

        for my $c (@c) {
            for (1 .. $many) {
                if (!defined $c->read()) {
                    return 1;
                }
            }
        }
    }

    return 0;
}
