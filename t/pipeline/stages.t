#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# The order of the stages is the security policy: it is read from the table, and
# seen by what a refusal costs: nothing.

use strict;
use warnings;

use GateTest;

our $many = 3000;

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('gate', join '', ($block->gate // ''),
        map { "gate_consumer c$_ { key sha256(k$_); }\n" } 1 .. $many)
        if $block->name =~ /no room/;
});

run_gate_tests();

__DATA__

=== TEST 1: the table
--- config
--- client
    open my $fh, '<', 'src/ngx/pipeline/ngx_http_gate_stages.c' or die $!;
    my $text = do { local $/; <$fh> };
    my ($table) = $text =~ /^ngx_http_gate_stage_t  ngx_http_gate_stages\[\] = \{\n(.*?)^\};/ms;

    my @rows = $table =~ /\{ ngx_string\((.*?)\}/gs;
    my @order = map { /^"(\w+)"\), NGX_HTTP_GATE_(\w+),/ ? "$2 $1" : "not a row: $_" } @rows;

    is(join("\n", @order), join("\n", 'SHIELD path', 'SHIELD cors',
                                      'SHIELD maintenance', 'SHIELD key_args',
                                      'SHIELD early',
                                      'MAY identity', 'MAY version', 'MAY access',
                                      'MAY lifecycle', 'MAY digest',
                                      'MAY target', 'MAY room', 'MAY spend', 'MAY body',
                                      'MAY idempotency',
                                      'MAY meter', 'SHAPE strip', 'SHAPE transform',
                                      'SHAPE edit', 'SHAPE service'),
       'the stages, in this order');

    for my $row (@rows) {
        my ($name, @fields) = map { s/^\s+|\s+$//gr } split /,/, $row;

        is(scalar @fields, 7, "$name has a step, run, settle, undo, part, parks and stands");
        like($fields[1], qr/^ngx_http_gate_\w+$/, '... it runs');
        like($fields[4], qr/^ngx_http_gate_\w+$/, '... and says what a subrequest gets of it');
        like($fields[5], qr/^[01]$/, '... and whether it may wait');
    }

    is(join(' ', map { /^"(\w+)".*, 1,\s*\w+ $/s ? $1 : () } @rows),
       'early identity digest room spend body idempotency meter',
       'these may wait, and no others');

    # what is walked in each location with a policy, whatever it says; the others say where

    is(join(' ', map { /^"(\w+)".*, NULL $/s ? $1 : () } @rows),
       'path identity access room spend meter strip service',
       'these are never left out');

    # the stages that let a subrequest pass uncounted, and no others

    is(join(' ', map { /^"(\w+)".*_subrequest_exempt/s ? $1 : () } @rows),
       'cors early spend body idempotency meter',
       'these count its request only');

    # between SHIELD and MAY: what gate_auth can list, a row in each method's own file

    my %method;

    for my $file (glob 'src/ngx/auth/*.c') {
        open my $source, '<', $file or die $!;
        my $text = do { local $/; <$source> };
        my $row = qr/^(?:static\ )?const\ ngx_http_gate_method_t\s+\w+\ =\ \{\n
                     \s+ngx_string\("(\w+)"\)/mx;

        push @{ $method{$_} }, $file =~ s{.*ngx_http_gate_auth_|\.c$}{}gr for $text =~ /$row/g;
    }

    is(join(' ', map { "$_:@{ $method{$_} }" } sort keys %method),
       'anonymous:anonymous basic:basic hmac:signature introspect:introspect jwt:jwt'
       . ' key:key mtls:mtls signature:signature',
       'methods are rows in files of their names');


=== TEST 2: who may not pays nothing
--- gate
    gate_consumer acme { group red; key sha256(acme); }
    gate_consumer bob { key sha256(bob); }
--- config
    gate_service s;
    gate_auth key;
    gate_limit rate=1r/h burst=9 key=$remote_addr name=few;
    location /get/  { gate_allow methods=GET; gate_pass http://sidecar; }
    location /red/  { gate_allow group=red; gate_pass http://sidecar; }
    location /key/  { gate_pass http://sidecar; }
--- client
    my $left = sub { get('/key/', 'apikey: acme')->field('x-ratelimit-remaining') };

    is($left->(), 9, 'one of ten is debited');
    is(ask('POST', '/get/', 'x', 'apikey: acme')->{status}, 403, 'a method that is not allowed')
        for 1 .. 3;
    is($left->(), 8, '... is looked at before a limit');
    is(get('/red/', 'apikey: bob')->{status}, 403, 'who is not entitled') for 1 .. 3;
    is($left->(), 7, '... is, too');
    is(get('/key/', @$_)->{status}, 401, 'whoever is not known') for [], [ 'apikey: wrong' ];
    is($left->(), 6, '... too');
    is(get('/key/a%2fb', 'apikey: acme')->{status}, 400, 'a path that is nobody\'s');
    is($left->(), 5, '... is debited, too');
    is(get('/key/a%2fb')->{status}, 400, '... which is looked at before who it is');


=== TEST 3: no room on the bill, no debit
--- config
    gate_service s;
    gate_auth key;
    gate_api a;
    gate_meter requests;
    location /fill/    { gate_pass http://sidecar; }
    location /limited/ {
        gate_limit rate=1r/h burst=9 key=$remote_addr name=room;
        gate_pass http://sidecar;
    }
--- complaints: no room in
--- client
    our $many;
    my ($c, %said, $full);

    for my $i (1 .. $many) {
        $c //= client();
        $c->write(request('GET', '/fill/', undef, "apikey: k$i", 'Connection: keep-alive'));
        my $r = $c->read();
        $said{$r->{status}}++;
        $full //= $i if $r->{status} == 503;
        undef $c if ($r->field('connection') // '') eq 'close';
    }

    is(join(' ', sort keys %said), '200 503', 'the journal is full');

    for (1 .. 3) {
        my $r = get('/limited/', "apikey: k$full");
        is("$r->{status} " . ($r->json()->{reason} // ''), '503 journal_full',
           'who has no room is refused');
    }


    # a cell is one worker's

    my $r;
    ok(wait_for(sub {
        $r = get('/limited/', 'apikey: k1');
        $r->{status} == 200
    }), 'who has room is not');
    is($r->field('x-ratelimit-remaining'), 9, '... and nothing was taken from the limit before');


=== TEST 4: a row is walked where its policy stands, however that came there
--- gate
    gate_consumer acme { key sha256(acme); }
--- config
    gate_service s;
    gate_auth key;
    gate_transform request { set field X-Walked of-the-server; }
    location /walked/   { gate_pass http://sidecar; }
    location /without/  { gate_transform request { } gate_pass http://sidecar; }
    location /if/ {
        gate_pass http://sidecar;
        if ($arg_q) { set $x 1; }
    }
    location /except/ {
        limit_except GET { allow all; }
        gate_pass http://sidecar;
    }
    location /around/ {
        gate_transform request { set field X-Walked around; }
        gate_pass http://sidecar;
        location /around/within/ { gate_pass http://sidecar; }
    }
    location /gone/     { gate_api a state=retired; gate_pass http://sidecar; }
    location /cors/     { gate_cors origin=https://a.example; gate_pass http://sidecar; }
    location /rewritten { rewrite ^ /walked/ last; }
--- client
    my $walked = sub {
        my ($method, $path) = @_;
        my $r = ask($method, $path, undef, 'apikey: acme');
        return $r->{status} == 200 ? join('|', $r->seen('x-walked')) : $r->{status};
    };

    is($walked->('GET', '/walked/'), 'of-the-server', 'inherited');
    is($walked->('GET', '/without/'), '', 'undone');
    is($walked->('GET', '/if/?q=1'), 'of-the-server', 'in an "if"');
    is($walked->('GET', '/if/'), 'of-the-server', '... and beside it');
    is($walked->('GET', '/except/'), 'of-the-server', 'a method that is excepted');
    is($walked->('DELETE', '/except/'), 'of-the-server', '... and one that is not');
    is($walked->('GET', '/around/within/'), 'around', 'in a location within another');
    is($walked->('GET', '/rewritten'), 'of-the-server', 'where a rewrite leads to');
    is($walked->('GET', '/gone/'), 410, 'a life that stands in one location');

    my @preflight = ('Origin: https://a.example', 'Access-Control-Request-Method: GET');

    is(ask('OPTIONS', '/cors/', undef, @preflight)->{status}, 204, 'a preflight in another');
    is(ask('OPTIONS', '/walked/', undef, @preflight)->{status}, 401, '... and nowhere else');

    is(get($_)->{status}, 401, "without a key: $_")
        for qw(/walked/ /without/ /if/?q=1 /except/ /around/within/ /rewritten /gone/ /cors/);
