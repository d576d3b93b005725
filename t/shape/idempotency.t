#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_idempotency: what is repeated with its Idempotency-Key is done once and
# billed once, and has the answer of the first time.

use strict;
use warnings;

use GateBill;
use GateMetrics;
use GateRedis;
use GateTest;
use GateToken;

use Time::HiRes qw(sleep);

$ENV{TEST_NGINX_JWKS} = gate_keys()->{jwks_file};

our $redis = GateRedis->new(port => port(8), dir => "$ENV{TEST_NGINX_STATE}/redis");

$redis->start();

our $id = 0;


# POST with this key, counted under a new id unless the fields have one.

sub once {
    my ($target, $key, $body, @fields) = @_;

    return ask('POST', $target, $body, $secret, "Idempotency-Key: $key", @fields);
}


# ... when Redis knows what became of one that ended: that is told a moment
# after its answer.

sub post {
    my @same = @_;
    my $r;

    wait_for(sub { $r = once(@same); what($r) !~ /in_flight/ });

    return $r;
}


sub fresh {
    return 'X-Test-Id: t' . ++$id;
}


sub done {
    return $backend->executed("t$id");
}


# Status, and the reason or whether it is a repetition.

sub what {
    my ($r) = @_;

    my $reason = ($r->field('content-type') // '') =~ /problem/ ? $r->json()->{reason} : '';

    return join ' ', $r->{status},
                     grep { $_ } $reason, $r->field('idempotency-replayed') && 'replayed';
}


# What both have that is not of the very answer.

sub same {
    my ($r) = @_;

    return join "\n", $r->{head} =~ /^(\S+ [^\r\n]*)/,
        map { "$_->[0]: $_->[1]" }
        sort { "@$a" cmp "@$b" }
        grep { $_->[0] !~ /^(?:date|x-request-id|idempotency-replayed|content-length
                              |transfer-encoding|trailer|connection|(?:x-)?ratelimit.*)$/xi }
        @{ $r->{fields} };
}


sub records {
    return @{ $redis->ask('KEYS', 'gate:i:*') };
}


bills(gate => "gate_redis 127.0.0.1:$ENV{TEST_NGINX_PORT_8} timeout=1s;\n"
              . "gate_consumer other { plan gold; key sha256(other); }\n",
      config => "location = /metrics { gate_auth off; gate_meter off;"
                . " gate_status format=prometheus; }\n"
                . "location / { gate_idempotency lock=5s max=64k; gate_pass http://sidecar; }\n");

add_block_preprocessor(sub {
    $redis->ask('FLUSHALL');
});

run_gate_tests();

__DATA__

=== TEST 1: once
--- config
--- client
    my $field = fresh();
    my $target = '/a?status=201&head=X-A:1&head=Location:/a/7';
    my $first;

    is(billed(sub { $first = post($target, 'k1', 'body', $field) }),
       '1 opened, 1 served', 'the first request is billed');
    is(what($first), '201', 'and answered');
    is(scalar records(), 1, 'and remembered');

    for my $i (1 .. 10) {
        my $r;

        is(billed(sub { $r = post($target, 'k1', 'body', $field) }),
           '0 opened', "repetition $i is not billed");
        is(what($r), '201 replayed', "repetition $i has the answer");
        is(same($r), same($first), "... with its fields, $i");
        is($r->{body}, $first->{body}, "... and its body, $i");
    }

    is(done(), 1, 'the service was asked once');

    my ($key) = records();

    like($key, qr/^gate:i:\{acme\}:[0-9a-f]{64}$/, 'the name of the record tells no key');
    my $ttl = $::redis->ask('PTTL', $key);
    ok($ttl > 86390000 && $ttl <= 86400000, 'it is kept for a day');

    is(metrics_value(get('/metrics')->{body}, 'gate_idempotency_total', result => $_->[0]), $_->[1],
       "$_->[0] is counted")
        for [ first => 1 ], [ stored => 1 ], [ replayed => 10 ];



=== TEST 2: answers as they come
--- config
--- client
    for my $how (qw(chunked last status=404 status=302&head=Location:/x status=409 kind=json
                    kind=none big=60000 big=0),
                 'head=ETag:%22a%22', 'head=Content-Encoding:gzip&kind=json',
                 'head=Last-Modified:Fri,%2001%20Jan%202027%2000:00:00%20GMT',
                 'kind=x%3B%20charset%3Dutf-8', 'head=Cache-Control:no-store')
    {
        my $field = fresh();
        my $first = post("/$how?$how", 'k', 'body', $field);
        my $again = post("/$how?$how", 'k', 'body', $field, 'If-Match: "b"');

        is(what($again), what($first) . ' replayed', "$how: again");
        is(same($again), same($first), "$how: fields");
        is($again->{body}, $first->{body}, "$how: body");
        is(done(), 1, "$how: done once");
        $::redis->ask('FLUSHALL');
    }

    my $field = fresh();
    my $first = post('/?status=204', 'k', 'body', $field);

    is(what($first), '204', 'without a body');
    is(what(post('/?status=204', 'k', 'body', $field)), '204 replayed', 'and once more');
    is(done(), 1, 'done once without a body');

    is($first->field('content-length'), undef, 'without a length');
    is(post('/?status=204', 'k', 'body', $field)->field('content-length'), undef, '... again');

    $field = fresh();
    $first = post('/?head=Set-Cookie:a=b', 'c', '', $field);
    is($first->field('set-cookie'), 'a=b', 'a cookie');
    is(post('/?head=Set-Cookie:a=b', 'c', '', $field)->field('set-cookie'), undef,
       'is given once');

    $field = fresh();
    is(what(post('/?head=Idempotency-Replayed:true', 'f', '', $field)), '200',
       'a service does not say that it is a repetition');

    for my $bad ('X-B:a%7Fb', 'X-B:a%01b', 'X%FFB:a') {
        $field = fresh();
        $first = post("/?head=$bad", 'k', 'body', $field);

        # nginx itself refuses some of them, from some version on

        next if $first->{status} != 200;

        is(what(post("/?head=$bad", 'k', 'body', $field)), '409 idempotency_not_kept',
           "$bad is not kept, and not done twice");
        is(done(), 1, "$bad is done once");
        $::redis->ask('FLUSHALL');
    }



=== TEST 3: what may be tried again
--- config
--- client
    for my $status (401, 403, 408, 425, 429, 500, 501, 502, 503, 504) {
        my $field = fresh();

        for (1 .. 2) {
            is(what(post("/?status=$status&kind=json&envoy=1", "k$status", 'x', $field)), $status,
               "$status, time $_");
        }

        is(done(), 2, "$status is asked for again");
        ok(wait_for(sub { records() == 0 }), "nothing is kept of $status");
    }



=== TEST 4: what a key is
--- config
    location /required/ { gate_idempotency required methods=POST,PUT; gate_pass http://sidecar; }
--- client
    is(what(post('/', '', 'x')), '400 idempotency_bad_key', 'an empty key');
    is(what(post('/', 'a b', 'x')), '400 idempotency_bad_key', 'two words');
    is(what(post('/', '"a"; b=1', 'x')), '400 idempotency_bad_key', 'a parameter');
    is(what(post('/', 'k' x 256, 'x')), '400 idempotency_bad_key', 'a long one');
    is(what(post('/', 'k', 'x', 'Idempotency-Key: k')), '400 idempotency_bad_key', 'two fields');
    is(what(post('/', 'k' x 255, 'x')), '200', 'the longest');
    is(what(post('/', '"' . 'k' x 255 . '"', 'x')), '200 replayed', 'in quotes it is the same');

    is(what(ask('POST', '/', 'x', $secret)), '200', 'without a key it is let through');
    is(what(ask('POST', '/', 'x', $secret)), '200', 'as often as it comes');
    is(what(ask('POST', '/required/', 'x', $secret)), '400 idempotency_missing',
       'it may be required');

    for my $type (qw(application/grpc application/grpcfoo application/grpc-web+proto)) {
        is(what(ask('POST', '/required/', 'x', $secret, "Content-Type: $type")),
           '400 idempotency_missing', "... also of $type");
    }

    is(what(get('/required/', $secret)), '200', 'not of other methods');
    is(what(ask('PATCH', '/required/', 'x', $secret)), '200', 'as they are listed');
    is(what(ask('PUT', '/required/', 'x', $secret, 'Idempotency-Key: p')), '200', 'PUT');
    is(what(ask('PUT', '/required/', 'x', $secret, 'Idempotency-Key: p')), '200 replayed',
       'PUT once more');
    is(what(get('/', $secret, 'Idempotency-Key: g')), '200', 'GET');
    is(what(get('/', $secret, 'Idempotency-Key: g')), '200', 'GET is not repeated');



=== TEST 5: another request with the same key
--- config
    location /v3/ { gate_api orders version=v3; gate_idempotency; gate_pass http://sidecar; }
--- client
    my $field = fresh();

    is(what(post('/a?b=1', 'k', 'body', $field, 'Content-Type: text/plain')), '200', 'the first');

    for my $case ([ '/a?b=2', 'body', 'text/plain', 'another query' ],
                  [ '/b?b=1', 'body', 'text/plain', 'another path' ],
                  [ '/a?b=1', 'bodY', 'text/plain', 'another body' ],
                  [ '/a?b=1', 'body2', 'text/plain', 'a longer body' ],
                  [ '/a?b=1', '', 'text/plain', 'no body' ],
                  [ '/a?b=1', 'body', 'text/html', 'another type' ])
    {
        my ($target, $body, $type, $name) = @$case;

        is(what(post($target, 'k', $body, $field, "Content-Type: $type")),
           '422 idempotency_mismatch', $name);
    }

    is(what(ask('PATCH', '/a?b=1', 'body', $secret, 'Idempotency-Key: k', $field,
                'Content-Type: text/plain')), '422 idempotency_mismatch', 'another method');
    is(done(), 1, 'none of them was done');

    is(what(ask('POST', '/a?b=1', 'body', 'apikey: other', 'Idempotency-Key: k', $field,
                'Content-Type: text/plain')), '200', 'it is of one consumer');
    is(done(), 2, 'another one has keys of his own');
    is(what(post('/v3/a', 'k', 'body')), '200', 'it is of one API');



=== TEST 6: several at once
--- config
--- client
    my $field = fresh();
    my @c = map { my $c = client();
                  $c->write(request('POST', '/?until=go6', 'x', $secret, 'Idempotency-Key: k',
                                    $field));
                  $c } 1 .. 12;

    ok(wait_for(sub { done() == 1 }), 'one is let through');

    my $r = once('/?until=go6', 'k', 'x', $field);

    is(what($r), '409 idempotency_in_flight', 'who comes meanwhile is told');
    is($r->field('retry-after'), 1, '... when to come again');
    is(what(post('/?until=go6', 'k', 'y', $field)), '422 idempotency_mismatch',
       '... or that it was another request');

    $backend->release('go6');

    my %seen;
    $seen{ what($_->read('POST')) }++ for @c;

    is_deeply(\%seen, { '200' => 1, '409 idempotency_in_flight' => 11 },
              'one has an answer and the others not');
    is(done(), 1, 'it was done once');
    is(what(post('/?until=go6', 'k', 'x', $field)), '200 replayed', 'and is repeated then');



=== TEST 7: too large
--- config
    location /small/ { gate_idempotency max=1k; gate_pass http://sidecar; }
--- client
    for my $how ('big=70000', 'big=70000&chunked', 'big=65537&chunked', 'sse=2', 'status=206') {
        my $field = fresh();

        is(what(post("/?$how", $how, 'x', $field)), $how =~ /(206)/ ? $1 : '200', "$how: first");

        my $r = post("/?$how", $how, 'x', $field);

        is(what($r), '409 idempotency_not_kept', "$how: again");
        like($r->json()->{detail}, qr/answered 20[06], but/, "$how: what it was");
        is(done(), 1, "$how: done once");
    }

    my $field = fresh();

    is(what(post('/small/', 'k', 'x' x 1025, $field)), '413 payload_too_large', 'a large request');
    is(what(ask('POST', '/small/', "401\r\n" . 'x' x 1025 . "\r\n0\r\n\r\n", $secret,
                'Idempotency-Key: k', $field, 'Transfer-Encoding: chunked')),
       '413 payload_too_large', 'one that does not say so');
    is(done(), 0, 'none of which is done');
    is(what(post('/small/?big=100', 'k', 'x' x 1024, $field)), '200', 'the largest request');
    is(what(post('/small/?big=100', 'k', 'x' x 1024, $field)), '200 replayed', 'and again');



=== TEST 8: a client that leaves
--- config
--- client
    for my $how ('until=go8', 'until=go8&chunked', 'until=go8&big=60000') {
        my $field = fresh();
        my $go = "go8$::id";
        my $target = "/?$how" =~ s/go8/$go/r;

        is(billed(sub {
               my $c = client();

               $c->write(request('POST', $target, 'x', $secret, 'Idempotency-Key: k' . $::id,
                                 $field));
               wait_for(sub { done() == 1 });
               $c->close();
               sleep 0.2;
               $backend->release($go);

               my ($key) = records();
               wait_for(sub { length $::redis->ask('GET', $key) > 60 });
           }), '1 opened, 1 served', "$how: who leaves has been served");

        my $r;

        is(billed(sub { $r = post($target, 'k' . $::id, 'x', $field) }), '0 opened',
           "$how: and pays no more");
        is(what($r), '200 replayed', "$how: when he has it");
        is(done(), 1, "$how: it was done once");
        $::redis->ask('FLUSHALL');
    }



=== TEST 9: limits
--- config
    location /limited/ {
        gate_limit rate=3r/m burst=2 name=few;
        gate_idempotency;
        gate_pass http://sidecar;
    }
--- client
    my $field = fresh();

    is(what(once('/limited/', 'k', 'x', $field)), '200', 'the first is limited');
    is(what(once('/limited/', 'k', 'x', $field)), '200 replayed', 'so is the second');
    is(what(once('/limited/', 'k', 'y', $field)), '422 idempotency_mismatch', 'and what is wrong');
    is(what(once('/limited/', 'k', 'x', $field)), '429 rate_limited', 'which are three');
    is(done(), 1, 'done once');



=== TEST 10: a lock that is renewed
--- config
    location /short/ { gate_idempotency lock=1s; gate_pass http://sidecar; }
--- client
    my $field = fresh();
    my $c = client();

    $c->write(request('POST', '/short/?sleep=3', 'x', $secret, 'Idempotency-Key: k', $field));
    wait_for(sub { done() == 1 });
    sleep 2;

    is(what(once('/short/?sleep=3', 'k', 'x', $field)), '409 idempotency_in_flight',
       'it holds as long as the request');
    is(what($c->read('POST')), '200', 'which has its answer');
    is(what(post('/short/?sleep=3', 'k', 'x', $field)), '200 replayed', 'that is kept');
    is(done(), 1, 'done once, however long it takes');



=== TEST 11: one that came too late
--- config
--- client
    my $field = fresh();
    my $c = client();

    $c->write(request('POST', '/?until=go11', 'x', $secret, 'Idempotency-Key: k', $field));
    wait_for(sub { done() == 1 });

    my ($key) = records();
    my $lock = $::redis->ask('GET', $key);

    is(length $lock, 50, 'a lock');

    substr($lock, -1) = chr(ord(substr $lock, -1) ^ 1);
    $::redis->ask('SET', $key, $lock);
    $backend->release('go11');

    is(what($c->read('POST')), '200', 'it was answered');
    sleep 0.2;
    is($::redis->ask('GET', $key), $lock, 'it does not write over the lock of another one');

    $::redis->ask('SET', $key, "\x02" . substr $lock, 1);
    is(what(post('/?until=go11', 'k', 'x', $field)), '503 idempotency_unavailable',
       'what a later version has written is not guessed at');
    is(done(), 1, 'and not done');

    $::redis->ask('DEL', $key);
    $::redis->ask('LPUSH', $key, 'x');
    is(what(post('/?until=go11', 'k', 'x', $field)), '503 idempotency_unavailable',
       'nor what is of another type');



=== TEST 12: over HTTP/2
--- config
    $TEST_NGINX_LISTEN_H2
--- client
    my @fields = ('POST', $secret, 'Idempotency-Key: k', fresh());
    my $first = h2_get('/?chunked', @fields);
    my $again = h2_get('/?chunked', @fields);

    is(what($first), '200', 'the first over HTTP/2');
    is(what($again), '200 replayed', 'the second over HTTP/2');
    is($again->{body}, $first->{body}, 'the same body');
    is($again->field('content-type'), 'text/plain', 'and type');
    is(done(), 1, 'done once over HTTP/2');



=== TEST 13: filters of nginx
--- config
    gzip on;
    gzip_types text/plain;
    add_header X-Added $request_method always;
--- client
    my $field = fresh();

    post('/?big=5000', 'k', 'x', $field);

    my $r = post('/?big=5000', 'k', 'x', $field, 'Accept-Encoding: gzip');

    is(what($r), '200 replayed', 'what is repeated');
    is($r->field('content-encoding'), 'gzip', 'is compressed');
    is($r->field('x-added'), 'POST', 'and has what is added');

    $r = post('/?big=5000', 'k', 'x', $field);
    is($r->{body}, 'x' x 5000, 'as the client wants it');



=== TEST 14: no answer of the service
--- config
    location /dead/ { gate_idempotency; gate_pass http://dead; }
    location /cut/ { gate_idempotency; gate_pass http://sidecar; }
    location /page/ {
        gate_idempotency;
        gate_pass http://sidecar;
        proxy_intercept_errors on;
        error_page 500 503 = @page;
    }
    location @page { gate_auth off; gate_meter off; return 200 "later\n"; }
--- client
    my $paged = fresh();

    is(what(post('/page/?status=503', 'p', 'x', $paged)), '200', "a page for an error, time $_")
        for 1 .. 2;
    is(done(), 2, 'an error behind a page is asked for again');

    is(what(post('/dead/', 'd', 'x')), '502 sidecar_unavailable', "a sidecar that is away, $_")
        for 1 .. 2;

    my $field = fresh();

    is(what(post('/cut/?close', 'c', 'x', $field)), '502 sidecar_unavailable', "nothing, time $_")
        for 1 .. 2;

    $field = fresh();
    ok(post('/cut/?cut=10', 'h', 'x', $field)->{cut}, 'half an answer');
    is(what(post('/cut/?cut=10', 'h', 'x', $field)), '409 idempotency_not_kept',
       'tells that it was done');
    is(done(), 1, 'and done once');



=== TEST 15: what the gate makes of an answer
--- config
    location /made/ {
        gate_cors origin=https://a.example;
        gate_transform response { set field X-Made $gate_answered_by; remove field X-Inner; }
        gate_idempotency;
        gate_pass http://sidecar;
    }
--- client
    my @fields = (fresh(), 'Origin: https://a.example');
    my $first = post('/made/?head=X-Inner:1', 'k', 'x', @fields);
    my $again = post('/made/?head=X-Inner:1', 'k', 'x', @fields);

    is(what($again), '200 replayed', 'it is made anew');
    is(same($again), same($first), '... the same');
    is($again->field('x-made'), 'service', '... as of the service');
    is($again->field('access-control-allow-origin'), 'https://a.example', '... once');
    is($again->field('x-inner'), undef, '... without what is taken off');



=== TEST 16: whose a key is, behind a token
--- gate
    gate_consumer app { plan gold; }
    gate_issuer a { issuer https://a.example; jwks_file $TEST_NGINX_JWKS; algorithms RS256;
                    consumer unknown=app; }
    gate_issuer b { issuer https://b.example; jwks_file $TEST_NGINX_JWKS; algorithms RS256;
                    consumer unknown=app; }
--- config
    location /people/ {
        gate_auth jwt=a jwt=b;
        gate_idempotency;
        gate_pass http://sidecar;
    }
--- client
    my $field = fresh();
    my $as = sub {
        my ($issuer, $sub) = @_;
        my $token = mint(claims => { iss => "https://$issuer.example", sub => $sub });

        return what(ask('POST', '/people/', 'x', "Authorization: Bearer $token",
                        'Idempotency-Key: k', $field));
    };

    is($as->('a', 'alice'), '200', 'one person of a shared consumer');
    is($as->('a', 'alice'), '200 replayed', '... has her answer again');
    is($as->('a', 'bob'), '200', 'another person has keys of his own');
    is($as->('b', 'alice'), '200', 'so has one of that name at another issuer');
    is(done(), 3, 'nobody had an answer of another one');



=== TEST 17: what the gate refuses of an answer
--- config
    location = /later { internal; gate_auth off; gate_meter off; gate_idempotency off;
                        proxy_set_header X-Test-Id ""; proxy_pass http://sidecar/later; }
    location /kind/ {
        gate_transform response { json remove /ssn; bodies other=refuse invalid=refuse; }
        gate_idempotency max=64k;
        gate_pass http://sidecar;
    }
    location /led/ {
        error_page 502 = /later;
        gate_transform response { json remove /ssn; bodies other=refuse invalid=refuse; }
        gate_idempotency max=64k;
        gate_pass http://sidecar;
    }
--- client
    our $id;
    my %as = (type => '?a=1', gzip => '?kind=json&head=Content-Encoding:gzip',
              bad => '?kind=json&big=20', chunked => '?kind=json&chunked',
              cut => '?kind=json&cut=5',
              'cut-chunks' => '?kind=json&chunked&cut=5');

    for my $in ('/kind/', '/led/') {
        for my $as (sort keys %as) {
            my $field = fresh();
            my $first = what(post("$in$as{$as}", "refused$id", 'x', $field));
            is($first, $in eq '/kind/' ? '502 bad_answer' : 200, "$in: $as is refused");

            for my $time (1, 2) {
                is(what(post("$in$as{$as}", "refused$id", 'x', $field)),
                   '409 idempotency_not_kept', "... which tells that it was done, time $time");
            }

            is(done(), 1, '... and done once');
        }
    }
--- complaints: bad_answer|cannot be edited
