#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_maintenance: what callers get while nothing is served, what it costs
# them, and when it begins and ends.

use strict;
use warnings;

use POSIX qw(strftime);
use Time::HiRes qw(sleep time);

use GateBill;
use GateTest;

our $now;

BEGIN {
    $now = int(time());

    my $at = sub { strftime('%Y-%m-%dT%H:%M:%SZ', gmtime($now + $_[0])) };

    $ENV{TEST_NGINX_HOUR} = $at->(-1800) . '/1h';
    $ENV{TEST_NGINX_GONE} = $at->(-86400) . '/1h';
    $ENV{TEST_NGINX_NEXT} = $at->(86400) . '/1h';
}


# "503 maintenance 60", "200 -"

sub said {
    my ($r) = @_;

    my $reason = $r->{seen} || $r->{status} == 200 ? '' : ' ' . ($r->json()->{reason} // '');
    return "$r->{status}$reason " . ($r->field('retry-after') // '-');
}


run_gate_tests();

__DATA__

=== TEST 1: all are refused, and no service is asked
--- gate
    gate_consumer acme { key sha256(a); }
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    gate_auth key;
    gate_maintenance on retry_after=10m;

    location /on/     { gate_pass http://sidecar; }
    location /open/   { gate_maintenance off; gate_pass http://sidecar; }
    location /short/  { gate_maintenance on; gate_pass http://sidecar; }
    location /hour/   {
        gate_maintenance $TEST_NGINX_GONE $TEST_NGINX_HOUR; gate_pass http://sidecar;
    }
    location /again/  { gate_maintenance $TEST_NGINX_HOUR retry_after=7; gate_pass http://sidecar; }
    location /later/  {
        gate_maintenance $TEST_NGINX_GONE $TEST_NGINX_NEXT; gate_pass http://sidecar;
    }
    location /cors/   { gate_cors origin=https://a.example; gate_pass http://sidecar; }
    location /led/    {
        gate_maintenance off;
        gate_versions v { version v1 /on/; default v1; }
    }
    location /mirror/ { gate_maintenance off; mirror /on/mirrored; gate_pass http://sidecar; }
    location /page/   { error_page 503 /sorry; gate_pass http://sidecar; }
    location /named/  { error_page 503 = @named; gate_pass http://sidecar; }
    location /back/   { error_page 503 /open/back; gate_pass http://sidecar; }
    location /file/   { gate_maintenance off; gate_auth off; error_page 404 /sorry; }
    location /dead/   {
        gate_maintenance off; error_page 502 /on/dead; gate_pass http://127.0.0.1:1;
    }
    location = /sorry { gate_auth off; }
    location @named   { gate_auth off; gate_maintenance off; return 200 "named\n"; }
--- user_files
>>> sorry
sorry
--- client
    is(said(get('/on/id=on', 'apikey: a')), '503 maintenance 600', 'who is known');
    is(said(get('/on/')), '503 maintenance 600', '... who is not');
    is(said(get('/on/', 'apikey: wrong')), '503 maintenance 600', '... with a wrong key');
    is(said(ask('POST', '/on/', 'x' x 100000)), '503 maintenance 600', '... with a body');
    is(ask('HEAD', '/on/')->{status}, 503, '... of HEAD');
    is(said(h2_get('/on/')), '503 maintenance 600', '... over HTTP/2');
    is(said(get('/open/', 'apikey: a')), '200 -', '"off" cancels what is said around');
    is(said(get('/short/')), '503 maintenance -', 'without a time none is told');
    is(said(get('/again/')), '503 maintenance 7', 'the time that is said goes before');
    is(said(get('/later/', 'apikey: a')), '200 -', 'one that is over, and one to come');
    is(said(get('/led/id=led', 'apikey: a')), '503 maintenance 600', 'where a version leads to');
    is(get('/mirror/', 'apikey: a', 'x-test-id: mirror')->{status}, 200,
       'a subrequest does no harm');

    our $now;
    my $r = get('/hour/');
    is("$r->{status} " . $r->json()->{title}, '503 Maintenance', 'at a time that was said');
    cmp_ok(abs($r->field('retry-after') - (1800 - (time() - $now))), '<=', 2,
           '... which ends as it says');
    is($r->json()->{type}, 'urn:meshgate:problem:maintenance', '... as a problem');

    $r = get('/cors/', 'Origin: https://a.example');
    is(said($r) . ' ' . ($r->field('access-control-allow-origin') // ''),
       '503 maintenance 600 https://a.example', 'a page can read it');
    is(ask('OPTIONS', '/cors/', undef, 'Origin: https://a.example',
           'Access-Control-Request-Method: GET')->{status}, 204, '... as it may ask');

    is(get('/on/a%2fb')->{status}, 400, 'a path that is nobody\'s is none here, too');

    $r = get('/page/');
    is("$r->{status} $r->{body}", "503 sorry\n", 'error_page wins');
    is($r->field('retry-after'), 600, '... and the time is told');
    is(get('/named/')->{body}, "named\n", '... by a name');
    is(said(get('/back/', 'x-test-id: back')), '503 maintenance 600', '... but it asks no service');
    $r = get('/file/none');
    is("$r->{status} $r->{body}", "404 sorry\n", 'a file as the page of another error is served');
    is(said(get('/dead/', 'apikey: a', 'x-test-id: dead')), '503 maintenance 600',
       '... but a service is not');

    is($backend->executed('mirror'), 1, 'a part of a request is refused, too');
    is($backend->executed($_), 0, "\"$_\" did not get to a service") for qw(on led back dead);


=== TEST 2: it costs nothing, and is counted
--- gate
    gate_consumer acme { key sha256(a); }
--- config
    gate_service s;
    gate_auth key;
    location = /status { gate_auth off; gate_status; }
    location / {
        gate_api a;
        gate_meter requests;
        gate_limit rate=1r/h burst=9 key=$remote_addr name=two;

        location /v1/  { gate_pass http://sidecar; }
        location /off/ { gate_maintenance on; gate_pass http://sidecar; }
    }
--- client
    is(get('/v1/', 'apikey: a')->field('x-ratelimit-remaining'), 9, 'one of ten is debited');

    is(billed(sub {
        is(said(get('/off/id=off', 'apikey: a')), '503 maintenance -', 'it is refused') for 1 .. 3;
    }), '0 opened', '... is on no bill');

    is(get('/v1/', 'apikey: a')->field('x-ratelimit-remaining'), 8, '... and takes nothing');
    is($backend->executed('off'), 0, '... and no service was asked');

    my ($row) = grep { $_->{api} eq 'a' && ($_->{reason} // '') eq 'maintenance' }
                @{ get('/status')->json()->{requests} };
    is($row->{count}, 3, '... and it is counted');


=== TEST 3: it begins and ends by the clock, and by a reload
--- gate
    gate_consumer acme { key sha256(a); }
--- config
    gate_service s;
    gate_auth key;
    gate_maintenance off;
    location / { gate_pass http://sidecar; }
--- client
    my $from = int(time()) + 3;

    my $at = strftime('gate_maintenance %Y-%m-%dT%H:%M:%SZ/2s', gmtime($from));

    change('gate_maintenance off', $at);
    ok(reload(), 'one that is to begin in three seconds');

    my %seen;

    while (time() < $from + 3) {
        my $begun = time();
        my $status = get('/', 'apikey: a')->{status};
        my $part = $begun > $from + 0.3 && time() < $from + 1.7 ? 'in'
                 : time() < $from - 0.3 ? 'before' : $begun > $from + 2.3 ? 'behind' : next;
        $seen{$part}{$status}++;
        sleep(0.05);
    }

    is(join(' ', map { "$_:" . join ',', keys %{ $seen{$_} } } qw(before in behind)),
       'before:200 in:503 behind:200', 'before, meanwhile and behind');

    change($at, 'gate_maintenance on');
    ok(reload(), 'from now on');
    is(said(get('/', 'apikey: a')), '503 maintenance -', '... nothing is served');
    change('gate_maintenance on', 'gate_maintenance off');
    ok(reload(), 'it is over');
    is(said(get('/', 'apikey: a')), '200 -', '... and all is');
