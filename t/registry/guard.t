#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Locations that write, without a protection: the configuration does not load.

use strict;
use warnings;

use lib 't/lib';

use File::Path qw(remove_tree);
use Test::More;

use GateAsk;
use GateNginx;

plan skip_all => 'run it by make t/registry/guard.t' if !$ENV{GATE_NGINX};

my $root = $ENV{TEST_NGINX_SERVROOT};
my $port = $ENV{GATE_PORT_BASE};

remove_tree($root);

my $n = GateNginx->new(root => "$root/nginx", workers => 1);

spew("$n->{root}/users", "root:{PLAIN}secret\n");

refused('', 'nothing at all', qr/open to everybody/);
refused('allow 127.0.0.1;', 'an allow without a deny', qr/open to everybody/);
refused('allow all; deny all;', 'all that are let in first', qr/open to everybody/);
refused('allow 0.0.0.0/1; allow 128.0.0.0/1; deny all;', 'two halves of all addresses',
        qr/open to everybody/);
refused('allow 127.0.0.1; deny 0.0.0.0/0;', 'IPv4 that is denied alone', qr/open to everybody/);
refused('deny 10.0.0.1;', 'somebody who is denied alone', qr/open to everybody/);
refused('auth_basic off; auth_basic_user_file users;', 'a password that is off',
        qr/open to everybody/);
refused('auth_basic realm;', 'a password without its file', qr/open to everybody/);
refused('auth_basic $host; auth_basic_user_file users;', 'a realm that may be off',
        qr/open to everybody/);
refused('allow 127.0.0.1; deny all; satisfy any;', 'any that satisfies', qr/satisfy any/);
refused('limit_except GET { allow all; } allow 127.0.0.1; deny all;', 'writers who are let in',
        qr/open to everybody/);
refused('limit_except PUT { deny all; }', 'a writer who is left out', qr/open to everybody/);
refused('allow 127.0.0.1; deny all; proxy_pass http://127.0.0.1:1;', 'another handler',
        qr/other content handler/);

is(check('location = /mesh/rules', 'allow 127.0.0.1; deny all;') =~ /paths below/, 1,
   'a location that is exact is refused');
is(check('location ~ /mesh/rules', 'allow 127.0.0.1; deny all;') =~ /paths below/, 1,
   'a location of a pattern is refused');
like(check('location /a/', 'allow 127.0.0.1; deny all; mesh_rules;'), qr/is duplicate/,
     'a second one in a location is refused');

taken('allow 127.0.0.1; deny all;', 'an allow and a deny');
taken('deny all;', 'a deny');
taken('allow 10.0.0.0/8; allow fd00::/8; deny all;', 'private networks');
taken('auth_basic realm; auth_basic_user_file users;', 'a password');
taken('limit_except GET { deny all; }', 'writers who are denied alone');

like(check('location /mesh/rules/', '', 'deny all;'), qr/syntax is ok/,
     'what a server says is in force');
like(check('location /mesh/rules/', 'allow 127.0.0.1; deny all;', '', ''),
     qr/"mesh_rules" needs "mesh_state"/, 'rules need a folder');

served();

is($n->complaints(qr/\[emerg\]/), '', 'the error log holds no complaint');

done_testing();


sub configure {
    my ($location, $lines, $server, $state) = @_;

    $server //= '';
    $state //= "mesh_state $n->{root}/state;";

    $n->configure(mesh_head($n) . <<"CONF");
http {
@{[ $n->paths() ]}
    $state

    server {
        listen 127.0.0.1:$port;
        $server

        $location {
            mesh_rules;
            $lines
        }
    }
}
CONF
}


sub check {
    configure(@_);

    return $n->check();
}


sub refused {
    my ($lines, $what, $why) = @_;

    my $said = check('location /mesh/rules/', $lines);

    like($said, qr/\[emerg\]/, "refused: $what");
    like($said, $why, "said why: $what");
    like($said, qr/nginx\.conf:\d+/, "said where: $what");
}


sub taken {
    my ($lines, $what) = @_;

    like(check('location /mesh/rules/', $lines), qr/syntax is ok/, "taken: $what");
}


# A block of limit_except has the handler that nginx does not give it.

sub served {
    configure('location /mesh/rules/', 'limit_except GET { allow 127.0.0.1; deny all; }');
    $n->start();

    my $api = GateAsk->new($port);
    my $r = $api->put('/mesh/rules/a', { service => 'a', versions => ['v'], fallback => 'v' });

    is($r->{status}, 201, 'a writer who is let in by limit_except writes');
    is($api->get('/mesh/rules/a')->{status}, 200, 'and all may read');
    $n->stop();

    configure('location /mesh/rules/', 'limit_except GET { deny all; }');
    $n->start();
    is($api->get('/mesh/rules/a')->{status}, 200, 'a reader is let in where writers are not');
    is($api->delete('/mesh/rules/a')->{status}, 403, 'a writer is not let in there');
    $n->stop();
}
