#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_mock: what a client gets of it, that all policies of the location are
# asked before, and that it is on no bill.

use strict;
use warnings;

use GateBill;
use GateTest;


# "201 application/json 12 {...}", as it went out

sub said {
    my ($r) = @_;

    return join ' ', $r->{status}, map { $_ // '-' } $r->field('content-type'),
                $r->field('content-length'), $r->{body};
}


run_gate_tests();

__DATA__

=== TEST 1: what comes of it
--- gate
    gate_consumer acme { key sha256(a); }
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    location = /json    { gate_mock 200 @../html/orders.json; }
    location = /typed   { gate_mock 201 @../html/orders.json "type=text/x-a; charset=utf-8"; }
    location = /file    { gate_mock 200 @../html/page; }
    location = /text    { gate_auth key; gate_mock 200 "you are $gate_consumer\n"; }
    location = /at      { gate_mock 200 '{"a":1}' type=application/json; }
    location = /none    { gate_mock 204; }
    location = /same    { gate_mock 304; }
    location = /nothing { gate_mock 202; }
    location = /empty   { gate_mock 200 ""; }
    location = /error   { error_page 503 404 /page; gate_mock 503 broken; }
    location = /missing { gate_mock 404 '{"code":"gone"}' type=application/json; }
    location = /to      { gate_mock 303 moved; add_header Location /json; }
    location = /odd     { gate_mock 299 odd; }
    location = /if      { if ($arg_a) { set $b 1; } gate_mock 200 "if $arg_a\n"; }
    location = /except  { gate_mock 200 except; limit_except GET { allow all; } }
    location = /ssi     { ssi on; ssi_types text/html;
                          gate_mock 200 '<!--#include virtual="/json"-->.<!--#include
                                         virtual="/empty"-->' type=text/html; }
    location = /end     { gate_api a deprecated=2026-01-01; gate_mock 200 end; }
    location /out/ { gate_mock 200 out; location /out/in/ { } }
--- user_files
>>> orders.json
{"orders":[1.10]}
>>> page
a $page
>>> out/in/x
inner
--- client
    my $json = "application/json 18 {\"orders\":[1.10]}\n";

    is(said(get('/json')), "200 $json", 'a file');
    is(said(get('/typed')), "201 text/x-a; charset=utf-8 18 {\"orders\":[1.10]}\n",
       '... by a type and status of its own');
    is(said(get('/file')), "200 text/plain 8 a \$page\n", '... has no variables');
    is(said(get('/text', 'apikey: a')), "200 text/plain 13 you are acme\n", 'a text has');
    is(said(get('/at')), '200 application/json 7 {"a":1}', '... and a type');
    is(said(get('/none')), '204 - - ', 'nothing');
    is(said(get('/same')), '304 - 0 ', '... has changed');
    is(said(get('/nothing')), '202 - 0 ', '... and a status');
    is(said(get('/empty')), '200 text/plain 0 ', '... of a type');
    is(said(get('/error')), '503 text/plain 6 broken', 'an error is a mock as it stands');
    is(said(get('/missing')), '404 application/json 15 {"code":"gone"}', '... of another kind');
    is(said(get('/odd')), '299 text/plain 3 odd', '... that nobody knows');
    is(get('/to')->{status} . ' ' . get('/to')->field('location'), '303 /json',
       'fields can be added');
    is(said(get('/if?a=1')), "200 text/plain 5 if 1\n", 'in an "if"');
    is(said(ask('PUT', '/except', 'x')), '200 text/plain 6 except', 'in a "limit_except"');
    is(get('/ssi')->{body}, "{\"orders\":[1.10]}\n.", 'as a part of another');
    is(get('/end')->field('deprecation'), '@1767225600', 'the life of an API is told');
    is(get('/out/in/x')->{body}, "inner\n", 'a location further in has none');

    is(said(ask('HEAD', '/json')), '200 application/json 18 ', 'of HEAD');
    is(said(ask('POST', '/json', 'x' x 200000)), "200 $json", '... of POST, with a body');
    is(said(get('/json', 'If-Match: "a"', 'If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT',
                'Range: bytes=0-1')), "200 $json", '... with conditions');
    my $h2 = h2_get('/json');
    is("$h2->{status} " . $h2->field('content-type') . " $h2->{body}",
       "200 application/json {\"orders\":[1.10]}\n", '... over HTTP/2');

    my $c = client();
    for (1 .. 2) {
        $c->write(request('POST', '/json', 'y' x 50000, 'Connection: keep-alive'));
        is(said($c->read()), "200 $json", 'the connection stays');
    }

    is(join(' ', keys %{ $backend->executed() }), '', 'no service was asked');


=== TEST 2: all policies are asked first
--- gate
    gate_consumer acme { group red; key sha256(a); }
    gate_consumer bob { key sha256(b); }
--- config
    gate_service s;
    location = /mock {
        gate_auth key;
        gate_allow group=red methods=GET;
        gate_limit rate=1r/h burst=1 key=$remote_addr name=mock;
        gate_mock 200 "mock\n";
    }
    location = /closed { gate_maintenance on; gate_mock 200 mock; }
    location = /over   { gate_api a state=retired; gate_mock 200 mock; }
    location = /page   { gate_auth key; error_page 401 /free; gate_mock 200 mock; }
    location = /free   { gate_mock 200 "free\n"; }
    location = /ask    { auth_request /mock; gate_auth off; gate_pass http://sidecar; }
    location = /led    { gate_auth off; gate_versions a { version v1 /mock; default v1; } }
    location = /perl   { gate_auth off; error_page 404 = /mock; }
--- client
    my $said = sub { my $r = get(@_); "$r->{status} " . ($r->{body} =~ /"reason":"(\w+)"/)[0] };

    is($said->('/mock'), '401 no_credential', 'who it is');
    is($said->('/mock', 'apikey: b'), '403 not_in_group', '... whether he may');
    is($said->('/closed'), '503 maintenance', '... whether anybody may');
    is($said->('/over'), '410 api_retired', '... whether it is there');
    is($said->('/page'), '401 no_credential', 'it is no page for a refusal');
    is(get('/free')->{body}, "free\n", '... but for whoever asks for it');
    is(get('/ask')->{status}, 401, 'a subrequest is asked, too');
    is(get('/ask', 'apikey: a')->{status}, 200, '... and let pass');
    is(get('/led', 'apikey: a')->{body}, "mock\n", 'a version can be one');
    is(get('/perl')->{status}, 401, '... and an error page, which is asked');
    is(get('/perl', 'apikey: a')->{body}, "mock\n", '... and let in');
    is($said->('/mock', 'apikey: a'), '429 rate_limited', 'each is debited');


=== TEST 3: no bill has it
--- gate
    gate_consumer acme { key sha256(a); }
    log_format units '$uri:$gate_units:$gate_answered_by:$gate_decision';
    access_log $TEST_NGINX_STATE/units.log units;
--- config
    location = /status { gate_auth off; gate_meter off; gate_status; }
    gate_service s;
    gate_auth key;
    gate_api a;
    gate_meter requests bytes;
    location = /mock  { gate_mock 200 mock; }
    location = /own   { gate_meter requests; gate_mock 200 mock; }
    location = /if    { if ($arg_a) { set $b 1; } gate_mock 200 mock; }
    location /out/    { gate_mock 200 out; location /out/in/ { gate_pass http://sidecar; } }
    location = /real  { gate_pass http://sidecar; }
--- client
    is(billed(sub { is(get($_, 'apikey: a')->{body}, 'mock', $_) for qw(/mock /own /if?a=1) }),
       '0 opened', 'they open no entry');
    is(billed(sub { get($_, 'apikey: a') for qw(/real /out/in/) }), '2 opened, 2 served',
       '... and what stands beside or further in does');

    my %log = map { (split /:/, $_, 2) } split /\n/, log_text('units.log');
    is($log{'/mock'}, '-:nginx:admitted', 'no units, and who answered');
    is($log{'/real'}, '1:service:admitted', '... as it is told of a service');


=== TEST 4: another file, by a reload
--- config
    location = /a { gate_mock 200 @../html/a.json; }
--- user_files
>>> a.json
{"a":1}
>>> b.json
{"b":2}
--- client
    is(get('/a')->{body}, "{\"a\":1}\n", 'one');
    change('@../html/a.json', '@../html/b.json');
    ok(reload(), 'a reload');
    is(get('/a')->{body}, "{\"b\":2}\n", '... and another');
