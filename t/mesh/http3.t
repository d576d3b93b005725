#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# HTTP/3, by an nginx that has it and a client of its own: who calls, limits,
# and the bytes of both ways on the bill.

use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib";
use JSON::PP qw(decode_json);
use Test::More;

# Debian's nginx has no HTTP/3, the current release does.

BEGIN {
    my $b = $ENV{B} // '';
    my $python = "$b/bin/python-grpc";

    plan(skip_all => 'run it by make t/mesh/http3.t') if !$ENV{GATE_NGINX};
    plan(skip_all => 'no client of HTTP/3 on this machine')
        if !-x $python || system("$python -c 'import aioquic' 2>/dev/null");

    $ENV{GATE_NGINX} = "$b/bin/nginx-sid";
    $ENV{GATE_MODULE} = "$b/mod/sid/ngx_http_gate_module.so";

    plan(skip_all => 'no nginx with HTTP/3 and a module for it: make module-sid')
        if !-e $ENV{GATE_MODULE} || `$ENV{GATE_NGINX} -V 2>&1` !~ /http_v3_module/;
}

use GateMesh;

my $port = $ENV{TEST_NGINX_SERVER_PORT} + 18;
my $dir = "$ENV{TEST_NGINX_SERVROOT}.tls";

mkdir $dir;
system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
       . " -subj /CN=gate.example -keyout $dir/key -out $dir/crt 2>/dev/null") == 0
    or BAIL_OUT('no certificate');

my $m = GateMesh->start(http => <<"HTTP");
    server {
        listen               127.0.0.1:$port quic;
        ssl_certificate      $dir/crt;
        ssl_certificate_key  $dir/key;

        location /all/ {
            gate_api              all;
            gate_auth             key;
            gate_limit            rate=1r/m burst=2 key=\$http_x_of name=few;
            gate_meter            requests bytes;
            gate_service          orders.mesh;
            gate_pass             http://sidecar;
            client_max_body_size  2m;
        }
    }
HTTP

my $key = 'apikey:key-acme';
my ($r, $bill);

billed({}, '/all/1', '-');
is($r->{status}, 401, 'no key over HTTP/3');
is(decode_json($r->{body})->{reason}, 'no_credential', '... is a problem detail');

billed({ served => 1 }, '/all/1?a=b', '-', $key, 'x-consumer-id:root', 'x-of:a');
is($r->{status}, 200, 'a key over HTTP/3');

my $got = decode_json($r->{body});
my %sent = map { lc $_->[0] => $_->[1] } @{ $got->{fields} };

is($got->{path}, '/all/1?a=b', '... reaches the service');
is($sent{'x-consumer-id'}, 'acme', '... as the consumer');
is($sent{'x-forwarded-host'}, 'gate.example', '... by the host that was asked');
is($sent{'x-forwarded-proto'}, 'https', '... over TLS');
is($sent{apikey}, undef, '... without the key');

billed({ served => 1 }, '/all/1', 500_000, $key, 'x-of:b');
is(decode_json($r->{body})->{bytes}, 500_000, 'an upload arrives');
within('bytes_in', 500_000, 505_000);

billed({ served => 1 }, '/all/big/2000000', '-', $key, 'x-of:c');
is($r->{bytes}, 2_000_000, 'a download arrives');
within('bytes_out', 2_000_000, 2_020_000);

billed({ refused_upstream => 1 }, '/all/1/gone', '-', $key, 'x-of:d');
is($r->{status}, 503, 'nobody answers');

ask('/all/1', '-', $key, 'x-of:e') for 1 .. 3;
ask('/all/1', '-', $key, 'x-of:e');
is($r->{status}, 429, 'a limit holds');

is(ask('/all/a%2Fb', '-', $key)->{status}, 400, 'so do the rules of paths');

is($m->alarms, '', 'nothing alarming in the log');

done_testing();


sub ask {
    my @args = map { "'$_'" } $port, @_;

    $r = decode_json(`$ENV{B}/bin/python-grpc $Bin/http3_client.py @args` || '{}');

    return $r;
}


sub billed {
    my ($want, @args) = @_;

    $bill = $m->bill_of(sub { ask(@args) });

    my %got = map { $_ => $bill->{$_} }
              grep { !/^(?:bytes_\w+|duration_ms)$/ } keys %$bill;

    is_deeply(\%got, $want, "$args[0], @args[2 .. $#args]: " . (join(' ', %$want) || 'nothing'));
}


sub within {
    my ($unit, $least, $most) = @_;

    my $n = $bill->{$unit} // 0;

    ok($n >= $least && $n <= $most, "... with its $unit") or diag("$n: $least to $most");
}
