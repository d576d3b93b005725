#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# A reload that fails, of a configuration with another set of modules: what runs
# counts and limits as before, also in a worker that is made since.
# t/status/shift is a module whose families and classes come before all others.

use strict;
use warnings;

use GateMetrics;
use GateTest;

our $shift = build_module('status', 'shift');


sub metric {
    return metrics_value(get('/metrics')->{body}, @_);
}


run_gate_tests();

__DATA__

=== TEST 1: families and classes have the places of the configuration that runs
--- gate
    gate_consumer acme { key sha256(secret); }
--- config
    gate_service s;
    gate_auth key;
    location / { gate_pass http://sidecar; }
    location /limited/ {
        gate_limit rate=2r/h burst=1 name=tight;
        gate_pass http://sidecar;
    }
    location /metrics { gate_auth off; gate_status format=prometheus; }
--- client
    our $shift;

    my @by = ('apikey: secret');

    get('/', @by) for 1 .. 3;
    is(join(' ', map { get('/limited/', @by)->{status} } 1 .. 3), '200 200 429',
       'a limit is reached');
    is(metric('gate_requests_total', decision => 'admitted'), 5, 'what is counted is shown');

    my %old = map { $_ => 1 } worker_pids();

    change("load_module $ENV{GATE_MODULE};",
           "load_module $ENV{GATE_MODULE};\nload_module $shift;");
    change('gate_service s;', 'gate_service s; bogus;');
    kill 'HUP', nginx_pid();
    ok(wait_for(sub { log_text('error.log') =~ /unknown directive "bogus"/ }),
       'a reload with another module fails');

    kill 'KILL', keys %old;
    ok(wait_for(sub { my @now = worker_pids(); @now && !grep { $old{$_} } @now }),
       'workers that die since are followed by others');
    ok(wait_for(sub { get('/', @by)->{status} == 200 }), '... which serve');

    is(get('/limited/', @by)->{status}, 429, '... the limit is where it was');
    cmp_ok(metric('gate_requests_total', decision => 'admitted'), '>=', 6,
           '... they count where it was counted before');
    is(metric('gate_requests_total', reason => 'rate_limited'), 2, '... and why');
    is(metric('gate_auth_total', result => 'rate_limited'), 0, '... and nowhere else');
    unlike(get('/metrics')->{body}, qr/gate_shift_total/, '... the other module is not there');
--- complaints: bogus|exited on signal 9
