#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# The API is what conf/openapi.yaml says of it: schemathesis makes requests of
# that description, right ones and wrong ones, and compares the answers with it.

use strict;
use warnings;

use Test::More;

our $tool;

# before GateTest, which plans

BEGIN {
    $tool = ($ENV{B} // '') . '/bin/schemathesis';

    plan(skip_all => 'run it by make t/admin/openapi.t') if !$ENV{GATE_NGINX};
    plan(skip_all => 'there is no schemathesis, see build/log/schemathesis') if !-x $tool;
    plan(skip_all => 'once is enough, in mode plain') if $ENV{GATE_MODE} ne 'plain';
}

use GateNginx qw(slurp spew);
use GateRedis;
use GateTest;

our $redis = GateRedis->new(port => port(8), dir => "$ENV{TEST_NGINX_STATE}/redis");

$redis->start();
spew("$ENV{TEST_NGINX_STATE}/hs", 'x' x 64);

run_gate_tests();

__DATA__

=== TEST 1: what the description says
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=10s;
    gate_plan gold { rate 1000r/s; }
    gate_issuer corp { issuer https://id; audience a; algorithms HS256;
                       secret file:$TEST_NGINX_STATE/hs; }
--- config
    location /gate/admin/ {
        gate_admin audit=$TEST_NGINX_STATE/audit.log;
        allow 127.0.0.1;
        deny all;
    }
--- client
    our ($tool, $redis);

    my $dir = $ENV{TEST_NGINX_STATE};
    my @args = ($tool, 'run', "$ENV{PWD}/conf/openapi.yaml", '--url',
                "http://127.0.0.1:$port/gate/admin", '--phases', 'examples,coverage,fuzzing',
                '--max-examples', 5, '--max-time', 45, '--seed', 1, '--no-color',
                '--generation-database', 'none', '--suppress-health-check', 'all',
                '--warnings', 'off', '--continue-on-failure',
                # a plan of the configuration cannot be guessed, TRACE is nginx's own
                '--exclude-checks', 'positive_data_acceptance,unsupported_method');

    my $pid = fork // die "fork: $!";

    if ($pid == 0) {
        chdir $dir;               # it keeps what it has found
        open STDOUT, '>', "$dir/schemathesis";
        open STDERR, '>&', \*STDOUT;
        exec @args;
        exit 99;
    }

    waitpid $pid, 0;

    my $said = slurp("$dir/schemathesis");

    is($?, 0, 'answers are as they are described') or diag(substr $said, 0, 20_000);
    like($said, qr/(\d+) (?:generated|test cases)/, '... of many requests');
    cmp_ok(() = slurp("$dir/audit.log") =~ /\n/g, '>=', 20, '... by which much was changed');
    is(get('/gate/admin/consumers')->{status}, 200, '... and which it has outlived');
