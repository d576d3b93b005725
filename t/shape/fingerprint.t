#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_fingerprint: what an answer says of the software behind it.

use strict;
use warnings;

use GateTest;

run_gate_tests();

__DATA__

=== TEST 1: removed, unless they are to be kept
--- gate
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    location / { gate_pass http://sidecar; }
    location /keep/ { gate_fingerprint keep; gate_pass http://sidecar; }
    location /keep/not/ { gate_fingerprint remove; gate_pass http://sidecar; }
    location /plain/ { proxy_pass http://sidecar; }
--- client
    my @prints = qw(X-Powered-By X-Powered-CMS X-AspNet-Version X-AspNetMvc-Version X-Runtime
                    X-Generator);
    my @others = qw(X-Powered X-Runtimes X-Generator2 X-Frame-Options X-Aspnet-Versiom X-A);
    my $heads = join '&', map { "head=$_:1" } @prints, (map { lc } @prints), @others;

    for my $get (\&get, \&h2_get) {
        my %want = ('/' => 0, '/keep/' => 2, '/keep/not/' => 0, '/plain/' => 2);

        for my $at (sort keys %want) {
            my $r = $get->("$at?$heads&head=X-Envoy-Decorator-Operation:x&head=Server:theirs");

            is(scalar(map { $r->all($_) } @prints), @prints * $want{$at}, "$at: of each name");
            is(scalar(map { $r->all($_) } @others), @others, "$at: others stay");
            unlike(join('', $r->all('server')), qr/theirs/, "$at: nginx writes Server");
            is(scalar($r->all('x-envoy-decorator-operation')), $at eq '/plain/' ? 1 : 0,
               "$at: what the mesh says");
        }
    }
