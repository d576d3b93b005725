#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# README's first configuration, copied, with nothing but its places changed:
# behind conf/envoy.yaml it serves and bills.

use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib";
use File::Path qw(make_path remove_tree);
use Test::More;

use GateMesh;

my $root = $ENV{TEST_NGINX_SERVROOT};
my $port = $ENV{TEST_NGINX_SERVER_PORT};
my $m = bless { root => $root, pid => {} }, 'GateMesh';

my %port = map { $_ => $port++ } 8080, 15001, 6379, 8000;
my ($part) = GateMesh::slurp("$Bin/../../README.md")
             =~ /^## A first configuration of your own\n(.*?)^## /ms;
my ($conf) = $part =~ /^```nginx\n(.*?)^```\n/ms;
my @commands = $part =~ /^```sh\n(.*?)^```\n/msg;

END {
    my $rc = $?;

    $m->stop($_) for qw(nginx sidecar service redis);
    $? = $rc;
}

remove_tree($root);
make_path(map { "$root/$_" } qw(logs redis gate srv/orders));
chmod 0777, $root;


# The key is made as README says it.

my ($make) = grep { /openssl rand/ } @commands;
my ($key, $hash, @more) = split /\n/, `$make`;

like($key, qr/^[0-9a-f]{48}$/, 'the first line is a key');
like($hash, qr/^[0-9a-f]{64}$/, 'the second is what stands for it, and no more');
is("@more", '', 'there is no third');


# What the reader puts in, and where things are for this test.

my $n = 0;
my $temp = join '', "access_log logs/access.log;\n",
           map { "${_}_temp_path temp-$_;\n" }
               qw(client_body proxy fastcgi uwsgi scgi);

$n += ($conf =~ s{PUT-THE-HASH-HERE}{$hash});
$n += ($conf =~ s{modules/ngx_http_gate_module\.so}{$ENV{GATE_MODULE}});
$n += ($conf =~ s{/var/lib/nginx/}{$root/});
$n += ($conf =~ s{/var/log/nginx/}{$root/logs/});
$n += ($conf =~ s{\b$_\b}{$port{$_}}) for 8080, 15001, 6379;
$n += ($conf =~ s/^http \{\n/http {\n$temp/m);
is($n, 8, 'all of the places are there');

GateMesh::spew("$root/nginx.conf", "pid logs/nginx.pid;\n$conf");

my $envoy = GateMesh::slurp("$Bin/../../conf/envoy.yaml");

$envoy =~ s/\b(15001|8000)\b/$port{$1}/g;
GateMesh::spew("$root/envoy.yaml", $envoy);

$m->run('redis', 'redis-server', '--port', $port{6379}, '--save', '', '--dir',
        "$root/redis");
$m->run('service', 'python3', '-m', 'http.server', '-d', "$root/srv",
        $port{8000});
$m->run('sidecar', 'envoy', '-c', "$root/envoy.yaml", '--use-dynamic-base-id',
        '--concurrency', 1);

for my $name (6379, 8000, 15001) {
    $m->wait_for(sub { $m->listens($port{$name}) }, 30)
        or BAIL_OUT("who listens on $name does not start");
}

my @nginx = ($ENV{GATE_NGINX}, '-p', "$root/", '-e', 'logs/error.log', '-c',
             'nginx.conf');
my $said = `@nginx -t 2>&1`;

is($?, 0, 'it is loaded') or diag($said);
unlike($said, qr/\[\w+\]/, '... and warns of nothing');

$m->run('nginx', @nginx, '-g', 'daemon off;');
$m->wait_for(sub { $m->listens($port{8080}) })
    or BAIL_OUT('nginx does not start');

my $r = $m->ask('GET', '/orders/', [ "apikey: $key" ], undef,
                port => $port{8080});

is($r->{status}, 200, 'the service answers who has the key');
like($r->field('ratelimit') // '', qr/^"gold";r=100;/, '... by its plan');

$r = $m->ask('GET', '/orders/', [ 'apikey: x' ], undef, port => $port{8080});
is($r->{status}, 401, 'nobody else');

my $bill = '';

$m->wait_for(sub {
    $bill = `$Bin/../../conf/usage.sh acme \$(date -u +%Y-%m) -p $port{6379} 2>&1`;
    return $bill =~ /^total/m;
});

like($bill, qr/^orders\s+v1\s+gold\s+1\s+0\s+0\s+0\s/m, 'it is billed');

$m->stop('sidecar');
$r = $m->ask('GET', '/orders/', [ "apikey: $key" ], undef,
             port => $port{8080});
is($r->json->{reason}, 'sidecar_unavailable', 'without Envoy it says so');

done_testing();
