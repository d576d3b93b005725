#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Hygiene: fields that are the gateway's own never come in from outside, in no
# spelling, on no location; the address, the trace and the request id that go
# on are those that the gateway stands for.

use strict;
use warnings;

use GateTest;


# Each is a field that must not arrive.  All values begin with "forged".

our @names = (
    qw(X-Consumer-ID X-Consumer-Username X-Consumer-Groups X-Consumer-Custom-ID
       X-Consumer-Anything X-Consumer X-Credential-Identifier X-Credential-Id
       X-Credential X-Anonymous-Consumer X-Authenticated-Userid
       X-Authenticated-Scope X-Authenticated-Groups X-Gate-Consumer X-Gate-Sub
       X-Gate X-Lane X-Lane-Hash X-Lane-Version X-Lanes X-LaneV2
       X-Envoy-Original-Path X-Envoy-Upstream-Rq-Timeout-Ms
       X-Envoy-Decorator-Operation X-Envoy-Internal X-Envoy-External-Address
       X-Envoy-Retry-On X-Envoy-Max-Retries X-Envoy-Force-Trace
       X-Envoy-Expected-Rq-Timeout-Ms X-Envoy-Upstream-Alt-Stat-Name
       X-Istio-Attributes X-Istio X-Forwarded-Client-Cert X-Forwarded-For
       X-Forwarded-Proto X-Forwarded-Host X-Forwarded-Port X-Forwarded-Prefix
       X-Forwarded-User X-Forwarded X-Real-IP Forwarded X-Request-Id
       X-Client-Trace-Id X-Ot-Span-Context X-B3-TraceId X-B3-SpanId
       X-B3-ParentSpanId X-B3-Sampled X-B3-Flags b3)
);

our @spellings = (
    @names,
    map({ lc } @names[0 .. 9]),
    map({ uc } @names[0 .. 9]),
    map({ tr/-/_/r } @names),
    map({ lc tr/-/_/r } @names[0 .. 9]),
    qw(x-CONSUMER-username X-cOnSuMeR-iD X-Consumer_Username
       X_Consumer-Username X.Consumer.Username x.consumer.id X-Consumer.ID
       X!Consumer!ID X~Consumer~ID X*Consumer*ID X'Consumer'ID X+Consumer+ID
       X|Consumer|ID X^Consumer^ID X`Consumer`ID X%Consumer%ID X$Consumer$ID
       X&Consumer&ID X-Consumer-- X-Consumer-
       X_Forwarded_Client_Cert x_forwarded_client_cert X-Forwarded_Client-Cert
       X.Envoy.Internal X_Envoy_Internal x_real_ip X_Real-IP X.Real.IP
       X_Request_Id x.request.id X_B3_TraceId B3),
    'X#Consumer#ID',
);

# not reserved, and so must arrive

our @free = qw(X-Consumers X-Lan X-Laundry X-Envoys X-Forward X-Forwardeds
               X-Real-IPs X-Request-Ids B3x Forwarded-By X-Gateway
               X-Consume Consumer-ID X-B Xconsumer-id);

# What has arrived that must not.

sub forged {
    my ($r) = @_;

    return 'nothing came through: ' . $r->{status} unless $r->{seen};

    return join(', ', map { "$_->[0]: $_->[1]" }
                      grep { $_->[1] =~ /forged/ || $_->[0] =~ /forged/i }
                      @{ $r->{seen}{fields} });
}


# All of it, one at a time on one connection, so that none hides another.

sub each_name {
    my ($path, $names, @also) = @_;

    my $c = client();
    my @bad;

    for my $name (@$names) {
        $c->write(request('GET', $path, undef, 'X-Fine: control',
                          "$name: forged", @also, 'Connection: keep-alive'));

        my $r = $c->read();
        my $said = $r ? forged($r) : 'no answer';

        push @bad, "$name ($said)"
            if $said ne '' || ($r->seen('x-fine'))[0] ne 'control';

        $c = client() if !$r || $r->{head} =~ /connection: close/i;
    }

    return join('; ', @bad);
}


sub arrived {
    my ($r, $name) = @_;

    return join(' | ', $r->seen($name));
}


our $key = 'apikey: secret';

run_gate_tests();

__DATA__

=== TEST 1: spellings and locations, with all that nginx can be told to let in
--- gate
    underscores_in_headers on;
    ignore_invalid_headers off;
    large_client_header_buffers 8 16k;

    gate_consumer acme id=id-7 {
        group partners testers;
        key sha256(secret) id=cred-1;
    }

    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1;
        gate_hygiene off;
        location / { proxy_pass http://sidecar; proxy_http_version 1.1; }
    }
--- config
    $TEST_NGINX_LISTEN_H2

    location /gated/ {
        gate_auth     key;
        gate_service  orders.internal;
        gate_pass     http://sidecar;
    }

    location /open/ {
        gate_service  orders.internal;
        gate_pass     http://sidecar;
    }

    location /plain/ {
        proxy_pass http://sidecar;
    }

    location /chain/ {
        proxy_pass http://sidecar;
        proxy_set_header X-Mine "$http_x_forwarded_for/$http_x_real_ip/$http_x_consumer_id";
        proxy_set_header X-Added $proxy_add_x_forwarded_for;
    }

    location /fallback/ {
        proxy_pass http://sidecar;
        proxy_intercept_errors on;
        error_page 404 /plain/404;
        error_page 410 @named;
    }

    location @named { proxy_pass http://sidecar; }

    location /refused/ {
        gate_auth key;
        error_page 401 /plain/401;
        gate_service s;
        gate_pass http://sidecar;
    }

    location /try/ { root html; try_files $uri @named; }

    location /rewritten/ { rewrite ^/rewritten/(.*) /plain/$1 last; }

    location /asks/ {
        auth_request /ask;
        mirror /mirror;
        proxy_pass http://sidecar;
    }

    location = /ask { internal; proxy_pass http://sidecar/?keep=ask; }
    location = /mirror { internal; proxy_pass http://sidecar/?keep=mirror; }

    location /preflight/ {
        gate_auth key preflight;
        gate_service s;
        gate_pass http://sidecar;
    }
--- client
    our (@spellings, @names, @free, $key);

    cmp_ok(scalar @spellings, '>=', 60, 'the corpus has 60 spellings or more');

    is(each_name('/gated/', \@spellings, $key), '', 'nothing forged gets through a gated location');
    is(each_name('/open/', \@spellings), '',
       'nothing forged gets through gate_pass without a policy');
    is(each_name('/plain/', \@spellings), '',
       'nothing forged gets through proxy_pass without a policy');
    is(each_name('/fallback/status=404/', \@names), '',
       'nothing forged gets through an error page');
    is(each_name('/fallback/status=410/', \@names), '',
       'nothing forged gets through a named error page');
    is(each_name('/refused/', \@names), '',
       'nothing forged gets through the error page of a refusal');
    is(each_name('/try/', \@names), '', 'nothing forged gets through try_files');
    is(each_name('/rewritten/', \@names), '', 'nothing forged gets through a rewrite');
    is(each_name('/asks/', \@names), '', 'nothing forged gets through beside subrequests');

    ok(wait_for(sub { (() = log_text('kept-mirror') =~ /^GET/mg) >= @names }),
       'each request was mirrored');
    is(scalar(() = log_text('kept-ask') =~ /^GET/mg), scalar @names,
       'each request was asked about');
    unlike(log_text('kept-ask'), qr/forged/, 'nothing forged gets into an auth_request');
    unlike(log_text('kept-mirror'), qr/forged/, 'nothing forged gets into a mirror');

    for my $name (@free) {
        is(arrived(get('/gated/', $key, "$name: free"), $name), 'free',
           "$name is not the gateway's and arrives");
    }

    my $r = get('/gated/', $key);
    is(arrived($r, 'x-consumer-id'), 'id-7', 'the gateway writes the id of the consumer');
    is(arrived($r, 'x-consumer-username'), 'acme', '... and its name');
    is(arrived($r, 'x-consumer-groups'), 'partners,testers', '... and its groups');
    is(arrived($r, 'x-credential-identifier'), 'cred-1', '... and the id of the key');
    is(arrived($r, 'host'), 'orders.internal', 'Host is that of the service');
    is(arrived($r, 'x-forwarded-for'), '127.0.0.1', 'X-Forwarded-For is one address');
    is(arrived($r, 'x-forwarded-host'), 'localhost',
       'X-Forwarded-Host is what the client asked for');
    is(arrived($r, 'x-forwarded-proto'), 'http', 'X-Forwarded-Proto is the scheme');

    my %seen;
    $seen{$_}++ for @{ $r->{seen}{names} };
    is(join(' ', grep { $seen{$_} > 1 } sort keys %seen), '', 'no field is sent twice');

    # all at once, more than one part of nginx's list has

    my @all = map { ("$_: forged", "X-Fine-$_: kept") } @names;
    $r = get('/gated/', $key, @all);
    is(forged($r), '', 'nothing forged gets through among a hundred fields');
    is(scalar(grep { /^x-fine-/ } @{ $r->{seen}{names} }), scalar @names, '... and all others do');
    is(arrived($r, 'x-consumer-username'), 'acme', '... and the name is still ours');

    for my $n (1, 18 .. 23, 39 .. 42) {
        $r = get('/gated/', (map { "X-Fill-$_: kept" } 1 .. $n), 'X-Consumer-Username: forged',
                 (map { "X-Fill-$_: kept" } $n + 1 .. 45), $key);
        is(forged($r), '', "a forged field at place $n is found");
        is(scalar(grep { /^x-fill/ } @{ $r->{seen}{names} }), 45, '... and no other goes with it');
    }

    # placements

    for my $case (
        [ 'a field thirty times', map { "X-Consumer-Username: forged$_" } 1 .. 30 ],
        [ 'a field in mixed spellings', 'X-Consumer-Username: forged',
          'x_consumer_username: forged', 'X.CONSUMER.USERNAME: forged' ],
        [ 'a field of a comma list', 'X-Consumer-Groups: partners, forged' ],
        [ 'a field without a space', 'X-Consumer-Username:forged' ],
        [ 'a field with a tab', "X-Consumer-Username:\tforged" ],
        [ 'a field with spaces around', 'X-Consumer-Username:    forged   ' ],
        [ 'a field of 12 KB', 'X-Consumer-Username: forged' . 'x' x 12000 ],
        [ 'a field after the key', $key, 'X-Credential-Identifier: forged' ],
        [ 'a field with bytes above 127', "X-Consumer-Username: forged\xff\xfe" ],
        [ 'a field named by Connection', 'X-Consumer-Username: forged',
          'Connection: close, X-Consumer-Username' ],
        [ 'a field named by Connection only',
          'Connection: close, X-Consumer-ID, X-Consumer-Username, X-Forwarded-For, '
          . 'X-Credential-Identifier, Host' ],
        [ 'a field named by Keep-Alive', 'Keep-Alive: X-Consumer-Username',
          'X-Consumer-Username: forged' ],
        [ 'a field named by TE', 'TE: trailers', 'X-Consumer-Username: forged' ],
        [ 'a field named by Trailer', 'Trailer: X-Consumer-Username',
          'X-Consumer-Username: forged' ],
    ) {
        my ($what, @fields) = @$case;

        @fields = ($key, @fields) unless grep { $_ eq $key } @fields;
        $r = get('/gated/', @fields);
        is(forged($r), '', "$what does not get through");
        is(arrived($r, 'x-consumer-username'), 'acme', '... and the name is ours');
        is(arrived($r, 'x-consumer-id'), 'id-7', '... and so is the id');
        is(arrived($r, 'x-forwarded-for'), '127.0.0.1', '... and the address');
    }

    for my $name (@names) {
        $r = get('/gated/', $key, "$name:");
        my @empty = grep { $_->[1] eq '' } @{ $r->{seen}{fields} };
        is("@{[ map { $_->[0] } @empty ]}", '', "an empty $name does not arrive");
    }

    # what a lenient reader takes for another field

    my $head = "GET /gated/ HTTP/1.1\r\nHost: a\r\n$key\r\nConnection: close\r\n";

    for my $case (
        [ 'a folded line', "X-Fine: a\r\n X-Consumer-Username: forged\r\n" ],
        [ 'a folded line by tab', "X-Fine: a\r\n\tX-Consumer-Username: forged\r\n" ],
        [ 'a folded first line', " X-Consumer-Username: forged\r\n" ],
        [ 'a folded value', "X-Consumer-Username:\r\n forged\r\n" ],
        [ 'a line ended by LF alone', "X-Fine: a\nX-Consumer-Username: forged\r\n" ],
        [ 'a line ended by CR alone', "X-Fine: a\rX-Consumer-Username: forged\r\n" ],
        [ 'a space before the colon', "X-Consumer-Username : forged\r\n" ],
        [ 'a tab before the colon', "X-Consumer-Username\t: forged\r\n" ],
        [ 'a space in the name', "X Consumer Username: forged\r\n" ],
        [ 'a NUL in the name', "X-Consumer\0Username: forged\r\n" ],
        [ 'a byte above 127 in the name', "X-Consumer\xa0Username: forged\r\n" ],
        [ 'a NUL in the value', "X-Fine: a\0X-Consumer-Username: forged\r\n" ],
        [ 'a colon before the name', ":X-Consumer-Username: forged\r\n" ],
        [ 'two colons', "X-Consumer-Username:: forged\r\n" ],
        [ 'no colon', "X-Consumer-Username forged\r\n" ],
        [ 'a vertical tab', "X-Fine: a\x0bX-Consumer-Username: forged\r\n" ],
    ) {
        my ($what, $line) = @$case;

        $r = raw("$head$line\r\n");
        my @bad = grep { $_->[0] =~ /consumer/i
                         && $_->[1] =~ /forged/ } @{ ($r->{seen} // {})->{fields} // [] };

        is("@{[ map { $_->[0] } @bad ]}", '', "$what brings no consumer in (status $r->{status})");
        like($r->{status}, qr/^(?:200|400)$/, '... it is a 200 or nginx\'s own 400');
        is(arrived($r, 'x-consumer-username'), 'acme', '... and the name of a 200 is ours')
            if $r->{status} == 200;
    }

    # in the trailer of a body

    $r = raw("POST /gated/ HTTP/1.1\r\nHost: a\r\n$key\r\nConnection: close\r\n"
             . "Trailer: X-Consumer-Username\r\nTransfer-Encoding: chunked\r\n\r\n"
             . "3\r\nabc\r\n0\r\nX-Consumer-Username: forged\r\nX-Lane: forged\r\n\r\n");
    is(forged($r), '', 'a trailer brings nothing in');
    is(($r->{seen} // {})->{body}, 'abc', '... and the body arrives');

    # other forms of a request

    $r = raw("GET http://other/gated/ HTTP/1.1\r\nHost: a\r\n$key\r\nX-Lane: forged\r\n"
             . "Connection: close\r\n\r\n");
    is(forged($r), '', 'nothing forged gets through in absolute form');
    is(arrived($r, 'host'), 'orders.internal', '... and Host is that of the service');

    $r = raw("GET /gated/ HTTP/1.0\r\n$key\r\nX_Consumer_Username: forged\r\n\r\n");
    is(forged($r), '', 'nothing forged gets through by HTTP/1.0');
    is(arrived($r, 'x-consumer-username'), 'acme', '... and the name in HTTP/1.0 is ours');

    my $c = client();
    $c->write(request('GET', '/gated/', undef, $key, 'Connection: keep-alive')
              . request('GET', '/open/', undef, 'X-Consumer-Username: forged'));
    is(arrived($c->read(), 'x-consumer-username'), 'acme',
       'the first of two pipelined requests is known');
    $r = $c->read();
    is(forged($r), '', '... and the second brings nothing in');
    is(arrived($r, 'x-consumer-username'), '', '... nor is it taken for the first');

    $r = ask('OPTIONS', '/preflight/', undef, 'Origin: http://a',
             'Access-Control-Request-Method: GET',
             map { "$_: forged" } @names);
    is(forged($r), '', 'nothing forged gets through a CORS preflight');
    is(arrived($r, 'x-consumer-username'), '', '... which is nobody\'s');

    $r = ask('OPTIONS', '/plain/', undef, map { "$_: forged" } @names);
    is(forged($r), '', 'nothing forged gets through OPTIONS');

    $r = get('/gated/', $key, 'Upgrade: websocket', 'Connection: upgrade', 'X-Test-Id: up',
             'X-Lane: forged');
    is($r->{status}, 101, 'a connection is upgraded');

    # past the list, by slots and variables

    $r = get('/chain/', 'X-Forwarded-For: 192.0.2.1', 'X-Real-IP: 192.0.2.2',
             'X-Consumer-ID: forged');
    is(arrived($r, 'x-mine'), '//', 'variables of removed fields are empty');
    is(arrived($r, 'x-added'), '127.0.0.1', '$proxy_add_x_forwarded_for has no forged address');

    $r = get('/refused/', 'X-Consumer-Username: forged');
    like($r->{seen}{line}, qr{^GET /plain/401 },
         'the error page of a refusal came from the service');
    is(forged($r), '', '... and got nothing forged');

    # off

    $c = client(port(1));
    $c->write(request('GET', '/', undef, map { "$_: forged" } @names));
    $r = $c->read();
    is(scalar(grep { $_->[1] eq 'forged' } @{ $r->{seen}{fields} }), scalar @names,
       'a server with gate_hygiene off keeps all of them');

    # HTTP/2

    my @lower = grep { !/['`\$]/ } @spellings;

    while (my @some = splice(@lower, 0, 25)) {
        $r = h2_get('/gated/', $key, 'x-fine: control', map { "$_: forged" } @some);
        is(forged($r), '', "nothing forged gets through by HTTP/2: $some[0] ...");
        is(arrived($r, 'x-fine'), 'control', '... and the rest does');
        is(arrived($r, 'x-consumer-username'), 'acme', '... and the name behind it is ours');
    }

    $r = h2_get('/plain/', map { "$_: forged" } @names[0 .. 30]);
    is(forged($r), '', 'nothing forged gets through proxy_pass by HTTP/2');
    $r = h2_get('/plain/', 'OPTIONS', map { "$_: forged" } @names[0 .. 30]);
    is(forged($r), '', 'nothing forged gets through OPTIONS by HTTP/2');
    $r = h2_get('/fallback/status=410/', map { "$_: forged" } @names[0 .. 30]);
    is(forged($r), '', 'nothing forged gets through an error page by HTTP/2');
    $r = h2_get('/gated/', $key,
                map { ("x-consumer-id: forged$_", "x_consumer_id: forged$_") } 1 .. 10);
    is(forged($r), '', 'nothing forged gets through ten times by HTTP/2');
    is(arrived($r, 'x-consumer-id'), 'id-7', '... and the id is ours');

    open my $fh, '>', "$ENV{TEST_NGINX_STATE}/body" or die $!;
    print $fh "abc";
    close $fh;
    my $url = "http://127.0.0.1:$GateTest::h2_port/gated/";
    my $trailer = "--trailer='x-consumer-username: forged'";
    my $said = `nghttp -d $ENV{TEST_NGINX_STATE}/body $trailer -H'$key' $url 2>&1`;
    unlike($said, qr/forged/, 'a trailer brings nothing in by HTTP/2');

    for my $name ('connection', 'keep-alive', 'proxy-connection') {
        $said = `nghttp -H'$name: x-consumer-username, x-forwarded-for' -H'$key' $url 2>&1`;

        # not an answer at all is fine, too: RFC 9113 8.2.2

        ok($said !~ /^HTTP|^GET/m || $said =~ /^X-Consumer-Username: acme$/m,
           "$name does not take ours away by HTTP/2");
    }

=== TEST 2: as nginx is without being told anything
--- gate
    gate_consumer acme { key sha256(secret); }
    gate_hygiene add=X-House;

    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1;
        gate_hygiene on add=X-Team add=x_secret_thing add=Member_Of;
        location / { proxy_pass http://sidecar; }
    }
--- config
    location /gated/ {
        gate_auth     key;
        gate_service  orders.internal;
        gate_pass     http://sidecar;
    }
    location / { proxy_pass http://sidecar; }
--- client
    our (@spellings, $key);

    is(each_name('/gated/', \@spellings, $key), '',
       'nothing forged gets through where names are added');
    is(each_name('/', \@spellings), '', 'nothing forged gets through proxy_pass');
    is(each_name('/', [ 'X-House', 'x-house', 'X.House' ]), '', 'add= removes another name');

    my $ask = sub {
        my $c = client(port(1));
        $c->write(request('GET', '/', undef, @_));
        return $c->read();
    };

    my @listed = ('X-Team: a', 'X-Secret-Thing: b', 'X-Lane: c', 'member-of: d');

    is(arrived($ask->(@listed), $_), '', "a server's own list has $_")
        for qw(X-Team X-Secret-Thing X-Lane Member-Of);
    is(arrived($ask->('X-House: a'), 'X-House'), 'a', '... and takes the place of the outer one');

=== TEST 3: addresses behind proxies that are trusted
--- gate
    set_real_ip_from 127.0.0.1;
    real_ip_header X-Forwarded-For;
    gate_consumer acme { key sha256(secret); }

    log_format who "$remote_addr $realip_remote_addr";
    access_log $TEST_NGINX_STATE/who.log who;

    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1;
        set_real_ip_from 127.0.0.1;
        real_ip_header X-Real-IP;
        location / { gate_service s; gate_pass http://sidecar; }
    }

    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_2;
        set_real_ip_from 192.0.2.0/24;
        location / { gate_service s; gate_pass http://sidecar; }
    }

    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_3;
        gate_forwarded append;
        location / { gate_service s; gate_pass http://sidecar; }
    }

    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_4;
        set_real_ip_from 127.0.0.1;
        set_real_ip_from 1.2.3.45;
        set_real_ip_from 203.0.113.0/24;
        real_ip_recursive on;
        gate_forwarded append;
        location / { gate_service s; gate_pass http://sidecar; }
    }

    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_5;
        set_real_ip_from 192.0.2.0/24;
        gate_forwarded append;
        location / { gate_service s; gate_pass http://sidecar; }
    }

    server {
        listen unix:$TEST_NGINX_STATE/in.sock;
        location / { gate_service s; gate_pass http://sidecar; }
    }
--- config
    location / { gate_service s; gate_pass http://sidecar; }
--- client
    my $via = sub {
        my ($n, @fields) = @_;
        my $c = client($n ? port($n) : undef);
        $c->write(request('GET', '/', undef, @fields));
        my $r = $c->read();
        is(arrived($r, 'x-real-ip') . arrived($r, 'forwarded'), '',
           'X-Real-IP and Forwarded do not arrive');
        return arrived($r, 'x-forwarded-for');
    };

    is($via->(0, 'X-Forwarded-For: 203.0.113.9'), '203.0.113.9',
       'the address that a trusted proxy tells goes on');
    ok(wait_for(sub { log_text('who.log') =~ /^203\.0\.113\.9 127\.0\.0\.1$/m }),
       '... and is $remote_addr');
    is($via->(0, 'X-Forwarded-For: 198.51.100.1, 203.0.113.9'), '203.0.113.9',
       '... alone, without what the client had written before it');
    is($via->(0, 'X-Forwarded-For: garbage'), '127.0.0.1', 'what is no address is none');
    is($via->(0), '127.0.0.1', 'without the field it is the peer');
    is($via->(0, 'X-Forwarded-For: 2001:db8::7'), '2001:db8::7', 'an IPv6 address goes on');
    is($via->(0, 'X-Forwarded-For: 203.0.113.9:4711'), '203.0.113.9', 'a port does not');

    is($via->(1, 'X-Real-IP: 203.0.113.7'), '203.0.113.7',
       'X-Real-IP of a trusted proxy goes on as X-Forwarded-For');
    is($via->(1, 'X-Forwarded-For: 203.0.113.7'), '127.0.0.1', '... and another field does not');

    is($via->(2, 'X-Real-IP: 203.0.113.7', 'X-Forwarded-For: 203.0.113.7',
              'Forwarded: for=203.0.113.7'),
       '127.0.0.1',
       'an untrusted peer is itself whatever it says');

    is($via->(3, 'X-Forwarded-For: 198.51.100.1, 203.0.113.9'), '203.0.113.9, 127.0.0.1',
       'append keeps the trusted part of the chain');
    is($via->(3, 'X-Forwarded-For: 203.0.113.9'), '203.0.113.9, 127.0.0.1', '... of one');
    is($via->(3, 'X-Forwarded-For: 203.0.113.9',
              'X-Forwarded-For: 203.0.113.10') =~ /203\.0\.113\.9\b/
       ? 'old' : 'none',
       'none',
       '... and of several lines only what is settled');
    is($via->(3), '127.0.0.1', '... and without one the peer');

    is($via->(4, 'X-Forwarded-For: 192.0.2.66, 198.51.100.1, 203.0.113.9'),
       '198.51.100.1, 203.0.113.9, 127.0.0.1',
       'append keeps all trusted proxies, and the client in front of them');
    is($via->(4, 'X-Forwarded-For: 1.2.3.4, 1.2.3.45'), '1.2.3.4, 1.2.3.45, 127.0.0.1',
       '... not misled by an address that begins like the client\'s');
    is($via->(4, 'X-Forwarded-For: 1.2.3.4, 203.0.113.4'), '1.2.3.4, 203.0.113.4, 127.0.0.1',
       '... nor by one that ends like it');
    is($via->(4, 'X-Forwarded-For: 3.0.113.9, 203.0.113.9'), '3.0.113.9, 203.0.113.9, 127.0.0.1',
       '... nor by one that has it in it');
    is($via->(5, 'X-Forwarded-For: 203.0.113.9'), '127.0.0.1',
       'append of an untrusted peer is the peer');

    use IO::Socket::UNIX;
    my $s = IO::Socket::UNIX->new(Peer => "$ENV{TEST_NGINX_STATE}/in.sock") or die $!;
    my $c = bless { s => $s, in => '', timeout => 10 }, 'GateClient';
    $c->write(request('GET', '/', undef, 'X-Forwarded-For: 192.0.2.1'));
    my $r = $c->read();
    is($r->{status}, 200, 'a client on a unix socket is served');
    is(arrived($r, 'x-forwarded-for'), '', '... and has no address to tell');

=== TEST 4: traces and ids
--- gate
    gate_consumer acme { key sha256(secret); }

    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1;
        gate_trace off;
        location / { gate_service s; gate_pass http://sidecar; }
    }

    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_2;
        gate_trace trusted;
        set_real_ip_from 127.0.0.1;
        real_ip_header X-Forwarded-For;
        location / { gate_service s; gate_pass http://sidecar; }
    }

    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_3;
        gate_trace any b3 sample=100;
        location / { gate_service s; gate_pass http://sidecar; }
    }

    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_4;
        gate_trace any sample=0;
        location / { gate_service s; gate_pass http://sidecar; }
    }
--- config
    location / { gate_service s; gate_pass http://sidecar; }
    location /gated/ { gate_auth key; gate_service s; gate_pass http://sidecar; }
--- client
    my $id = '0af7651916cd43dd8448eb211c80319c';
    my $span = 'b7ad6b7169203331';
    my $parent = "traceparent: 00-$id-$span-01";

    my $via = sub {
        my ($n, @fields) = @_;
        my $c = client($n ? port($n) : undef);
        $c->write(request('GET', '/', undef, @fields));
        return $c->read();
    };
    my $well = qr/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[01]$/;

    my $r = $via->(0, $parent, 'tracestate: a=1,b=2');
    like(arrived($r, 'traceparent'), qr/^00-$id-(?!$span)(?!0{16})[0-9a-f]{16}-01$/,
         'a trace goes on, with a span of ours');
    is(arrived($r, 'tracestate'), 'a=1,b=2', '... and with its state');

    $r = $via->(0);
    like(arrived($r, 'traceparent'), $well, 'without one a trace begins');
    is(arrived($r, 'tracestate'), '', '... without a state');

    for my $case (
        [ 'of version ff', "ff-$id-$span-01" ],
        [ 'with a zero trace', '00-' . '0' x 32 . "-$span-01" ],
        [ 'with a zero span', "00-$id-" . '0' x 16 . '-01' ],
        [ 'in upper case', '00-' . uc($id) . "-$span-01" ],
        [ 'that is short', "00-$id-$span" ],
        [ 'that is long', "00-$id-$span-01-more" ],
        [ 'with other bytes', "00-$id-$span-0g" ],
        [ 'that is empty', '' ],
        [ 'with a line of other fields', "00-$id-$span-01, 00-$id-$span-01" ],
    ) {
        $r = $via->(0, "traceparent: $case->[1]", 'tracestate: a=1');
        like(arrived($r, 'traceparent'), $well, "a traceparent $case->[0] is replaced");
        unlike(arrived($r, 'traceparent'), qr/$id/, '... by a new one');
        is(arrived($r, 'tracestate'), '', '... and its state goes');
    }

    $r = $via->(0, $parent, $parent);
    like(arrived($r, 'traceparent'), $well, 'two traceparents are replaced by one');
    unlike(arrived($r, 'traceparent'), qr/$id/, '... new one');

    $r = $via->(1, $parent, 'tracestate: a=1');
    like(arrived($r, 'traceparent'), $well, 'gate_trace off begins a trace');
    unlike(arrived($r, 'traceparent'), qr/$id/, '... of its own');
    is(arrived($r, 'tracestate'), '', '... and drops the state');

    unlike(arrived($via->(2, $parent), 'traceparent'), qr/$id/,
           'gate_trace trusted does not trust anybody');
    $r = $via->(2, $parent, 'X-Forwarded-For: 203.0.113.9', 'tracestate: a=1');
    like(arrived($r, 'traceparent'), qr/^00-$id-/, '... but what comes by a trusted proxy');
    is(arrived($r, 'tracestate'), 'a=1', '... and with the state');

    my @b3 = ("b3: $id-$span-1", "X-B3-TraceId: $id", "X-B3-SpanId: $span", 'X-B3-Sampled: 1');
    $r = $via->(0, @b3);
    is(join('', map { arrived($r, $_) } qw(b3 x-b3-traceid x-b3-spanid x-b3-sampled)), '',
       'b3 fields do not arrive');
    $r = $via->(3, @b3);
    is(arrived($r, 'b3'), "$id-$span-1", 'with gate_trace b3 they do');
    is(arrived($r, 'x-b3-traceid'), $id, '... all of them');

    like(arrived($via->(3), 'traceparent'), qr/-01$/, 'sample=100 samples each trace') for 1 .. 5;
    like(arrived($via->(4), 'traceparent'), qr/-00$/, 'sample=0 samples none') for 1 .. 5;

    my %ids;
    for (1 .. 50) {
        $r = $via->(0, 'X-Request-Id: forged');
        my ($to, $back) = (arrived($r, 'x-request-id'), $r->field('x-request-id'));
        $ids{$to}++
            if $to eq $back
                && $to =~ /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    }
    is(scalar keys %ids, 50, 'each request has an id of its own, told to both sides');

    $r = get('/gated/');
    is($r->json()->{instance}, 'urn:uuid:' . $r->field('x-request-id'), 'a refusal names its id');


=== TEST 5: a location that trusts a proxy
--- gate
    gate_hygiene on;
    limit_req_zone $http_x_forwarded_for zone=said:1m rate=1r/m;
--- config
    location /by/forwarded/ {
        set_real_ip_from 127.0.0.1;
        real_ip_header X-Forwarded-For;
        gate_service s;
        gate_pass http://sidecar;
    }
    location /by/real/ {
        set_real_ip_from 127.0.0.1;
        real_ip_header X-Real-IP;
        proxy_set_header X-Mine "$http_x_real_ip/$proxy_add_x_forwarded_for";
        proxy_pass http://sidecar;
    }
    location /req/ {
        set_real_ip_from 127.0.0.1;
        real_ip_header X-Forwarded-For;
        limit_req zone=said;
        proxy_pass http://sidecar;
    }
    location /none/ {
        proxy_set_header X-Mine "$remote_addr/$proxy_add_x_forwarded_for";
        proxy_pass http://sidecar;
    }
--- client
    my @forged = ('X-Forwarded-For: 203.0.113.9', 'X-Real-IP: 203.0.113.8');

    my $r = get('/by/forwarded/', @forged);
    is(arrived($r, 'x-forwarded-for'), '203.0.113.9', 'it takes the address from X-Forwarded-For');
    is(arrived($r, 'x-real-ip'), '', '... and nothing else arrives');

    $r = get('/by/real/', @forged);
    is(arrived($r, 'x-mine'), '/203.0.113.8',
       '... or from X-Real-IP, and the fields themselves are gone');

    $r = get('/none/', @forged);
    is(arrived($r, 'x-mine'), '127.0.0.1/127.0.0.1', 'a location that trusts nobody sees neither');

    is(join(' ', map { get('/req/', @forged)->{status} } 1 .. 2), '200 200',
       'limit_req does not see what realip was shown');
