#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_fields: which fields the sidecar gets; what clients send under the names
# of the others stays out all the same.

use GateTest;

run_gate_tests();


sub names {
    return qw(x-request-id traceparent tracestate x-forwarded-for x-forwarded-proto
              x-forwarded-host x-consumer-id x-consumer-username x-consumer-groups
              x-credential-identifier x-anonymous-consumer x-lane-hash);
}


# of the names that there are, those that arrived, with the values of a client

sub arrived {
    my ($r) = @_;

    return join ' ', grep { $r->seen($_) } names();
}


sub forged {
    return map { "$_: forged" } grep { !/^trace/ } names();
}


__DATA__

=== TEST 1: all of them unless something is chosen
--- gate
    gate_consumer acme { group red; key sha256(secret); }
--- config
    gate_service s;
    gate_auth key;
    location / { gate_pass http://sidecar; }
    location /all { gate_fields all; gate_pass http://sidecar; }
--- client
    for my $path (qw(/ /all)) {
        my $r = get($path, 'apikey: secret', 'traceparent: 00-' . 'a' x 32 . '-' . 'b' x 16 . '-01',
                    'tracestate: a=b');

        is(arrived($r), join(' ', grep { !/anonymous/ } names()), "$path: what there is to say");
        is(join('|', $r->seen('host')), 's', '... and the name of the service');
        is(join('|', $r->seen('x-request-id')), $r->field('x-request-id'), '... one request id');
    }


=== TEST 2: a list names those that are sent
--- gate
    gate_consumer acme { group red; key sha256(secret); }
    gate_consumer nobody { }
    gate_fields X-Consumer-Username;
--- config
    gate_service s;
    gate_auth key anonymous=nobody;
    location /http { gate_pass http://sidecar; }
    location /three {
        gate_fields X-Request-Id X-Consumer-Username traceparent;
        gate_pass http://sidecar;
    }
    location /none { gate_fields none; gate_pass http://sidecar; }
    location /all { gate_fields all; gate_pass http://sidecar; }
    location /anonymous { gate_fields X-Anonymous-Consumer; gate_pass http://sidecar; }
--- client
    my %want = (http => 'x-consumer-username', none => '',
                three => 'x-request-id traceparent x-consumer-username',
                all => join(' ', grep { !/anonymous|tracestate/ } names()));

    for my $path (sort keys %want) {
        my $r = get("/$path", 'apikey: secret', forged());

        is($r->{status}, 200, "/$path: the service is reached");
        is(arrived($r), $want{$path}, '... with what was chosen, and no forged field');
        is(join('|', $r->seen('host')), 's', '... with the name of the service');
        unlike($r->{body}, qr/forged/, '... and no value of the client');
    }

    is(join('|', get('/http', 'apikey: secret')->seen('x-consumer-username')), 'acme',
       'the value is as it was');
    is(arrived(get('/anonymous')), 'x-anonymous-consumer', 'nobody is said to be anonymous');
    is(arrived(get('/anonymous', 'apikey: secret')), '', '... and somebody is not');
    like(get('/none', 'apikey: secret')->field('x-request-id'), qr/^[0-9a-f-]{36}$/,
         'the client is told the request id in any case');


=== TEST 3: forged fields stay out where hygiene is off
--- gate
    gate_consumer acme { key sha256(secret); }
--- config
    gate_hygiene off;
    gate_service s;
    gate_auth key;
    gate_fields none;
    location / { gate_pass http://sidecar; }
--- client
    my $r = get('/', 'apikey: secret', forged(), 'tracestate: forged=1', 'X-Free: 1');

    is(arrived($r), '', 'none of the names');
    is(join('|', $r->seen('x-free')), '1', '... while others go on');


=== TEST 4: variables say the same whatever is chosen
--- gate
    gate_consumer acme { key sha256(secret); }
--- config
    gate_service s;
    gate_auth key;
    gate_fields none;
    location / { gate_pass http://sidecar; proxy_set_header X-Mine $gate_request_id; }
--- client
    my $r = get('/', 'apikey: secret');

    is(join('|', $r->seen('x-mine')), $r->field('x-request-id'), 'a field of the user');


=== TEST 5: an upgrade needs no line
--- gate
    gate_consumer acme { key sha256(secret); }
--- config
    gate_service s;
    gate_auth key;
    gate_fields none;
    location / { gate_pass http://sidecar; }
--- client
    is(get('/', 'apikey: secret', 'Connection: Upgrade', 'Upgrade: websocket')->{status}, 101,
       'a WebSocket is opened');
