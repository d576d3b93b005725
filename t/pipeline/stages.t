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
                                      'MAY identity', 'MAY version', 'MAY access',
                                      'MAY lifecycle',
                                      'MAY target', 'MAY room', 'MAY spend', 'MAY body',
                                      'MAY idempotency',
                                      'MAY meter', 'SHAPE strip', 'SHAPE transform',
                                      'SHAPE edit', 'SHAPE service'),
       'the stages, in this order');

    for my $row (@rows) {
        my ($name, @fields) = map { s/^\s+|\s+$//gr } split /,/, $row;

        is(scalar @fields, 6, "$name has a step, run, settle, undo, part and parks");
        like($fields[1], qr/^ngx_http_gate_\w+$/, '... it runs');
        like($fields[4], qr/^ngx_http_gate_\w+$/, '... and says what a subrequest gets of it');
        like($fields[5], qr/^[01]$/, '... and whether it may wait');
    }

    is(join(' ', map { /^"(\w+)".*1 $/s ? $1 : () } @rows),
       'identity room spend body idempotency meter',
       'these may wait, and no others');

    # the stages that let a subrequest pass uncounted, and no others

    is(join(' ', map { /^"(\w+)".*_subrequest_exempt/s ? $1 : () } @rows),
       'cors spend body idempotency meter edit',
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
       'anonymous:anonymous jwt:jwt key:key', 'methods are rows in files of their names');


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
