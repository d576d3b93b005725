#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# The life of an API: what callers of each state get and are told, that a call
# which is refused costs nothing, and who still calls.  It is the day on which
# the test runs: all dates are so many days from it.

use strict;
use warnings;

use POSIX qw(strftime);
use Time::HiRes qw(sleep time);

use GateBill;
use GateMetrics;
use GateTest;

our $now;

BEGIN {
    $now = int(time());

    for my $days (-400, -60, -30, 30, 60) {
        my $name = 'TEST_NGINX_' . ($days < 0 ? 'PAST' : 'COMING') . abs($days);
        $ENV{$name} = strftime('%Y-%m-%d', gmtime($now + $days * 86400));
    }

    $ENV{TEST_NGINX_AT} = "$ENV{TEST_NGINX_COMING30}T10:30Z";

    # a brownout that goes on, one that is over, one to come

    $ENV{TEST_NGINX_HOUR} = strftime('%Y-%m-%dT%H:%M:%SZ', gmtime($now - 1800)) . '/1h';
    $ENV{TEST_NGINX_GONE} = strftime('%Y-%m-%dT%H:%MZ', gmtime($now - 86400)) . '/1h';
    open my $fh, '>', "$ENV{TEST_NGINX_STATE}/many.conf" or die "many.conf: $!";
    print $fh "gate_consumer c$_ { key sha256:" . hash_of("k$_") . "; }\n" for 1 .. 9;
    close $fh;

    $ENV{TEST_NGINX_NEXT} = strftime('%Y-%m-%dT%H:%MZ', gmtime($now + 86400)) . '/1h';
}


sub day {
    my ($days) = @_;

    return int(($now + $days * 86400) / 86400) * 86400;
}


sub http_date {
    return strftime('%a, %d %b %Y %H:%M:%S GMT', gmtime($_[0]));
}


# "410 api_retired", "200"

sub said {
    my ($r) = @_;

    return $r->{status} . ($r->{seen} ? '' : ' ' . ($r->json()->{reason} // ''));
}


sub told {
    my ($r) = @_;

    return join "\n", map { my $name = $_; map { "$name: $_" } $r->all($name) }
                      qw(Deprecation Sunset Link Retry-After);
}


# Who still calls, as the status page has it.

sub callers {
    my ($api) = @_;

    my $list = get('/status')->json()->{deprecated} // [];

    return join ' ', map { "$_->{version}/$_->{consumer}:$_->{count}" }
                     grep { $_->{api} eq $api } @$list;
}


run_gate_tests();

__DATA__

=== TEST 1: callers are told on every answer, whoever gives it
--- gate
    gate_consumer acme { group red; key sha256(a); }
    gate_consumer bob { key sha256(b); }
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;

    location /v1/ {
        gate_api orders version=v1 deprecated=$TEST_NGINX_PAST30 sunset=$TEST_NGINX_COMING30
                 link=https://docs.example.com/end successor=/v2/;
        gate_auth key;
        gate_allow group=red;
        gate_limit rate=1r/h burst=19 key=$remote_addr name=few;
        gate_pass http://sidecar;
    }

    location /v2/ { gate_api orders version=v2; gate_auth key; gate_pass http://sidecar; }

    location /soon/ {
        gate_api soon deprecated=$TEST_NGINX_AT;
        gate_auth key;
        gate_pass http://sidecar;
    }

    location /end/ {
        gate_api end sunset=$TEST_NGINX_COMING30 link=/why;
        gate_auth key;
        gate_pass http://sidecar;
    }

    location /next/ { gate_api next successor=/v2/; gate_auth key; gate_pass http://sidecar; }

    location /none/ {
        gate_api none deprecated=$TEST_NGINX_PAST30;
        gate_auth key;
        gate_pass http://127.0.0.1:1;
    }

    location /mine/ {
        gate_api mine deprecated=$TEST_NGINX_PAST30 sunset=$TEST_NGINX_COMING30 link=/why;
        gate_auth key;
        add_header sunset mine always;
        add_header Deprecation $arg_deprecation;
        add_header Link "</mine>; rel=next";
        gate_pass http://sidecar;
    }

    location /file/ {
        gate_api file deprecated=$TEST_NGINX_PAST30;
        gate_auth key;
        error_page 404 /page;
    }

    location = /page { return 404 gone; }
    location /status { gate_status; }
--- client
    my $deprecation = 'Deprecation: @' . day(-30);
    my $all = join "\n", $deprecation, 'Sunset: ' . http_date(day(30)),
        'Link: <https://docs.example.com/end>; rel="deprecation", '
        . '<https://docs.example.com/end>; rel="sunset", </v2/>; rel="successor-version"';

    is(told(get('/v1/', 'apikey: a')), $all, 'by the service');
    is(told(ask('HEAD', '/v1/', undef, 'apikey: a')), $all, '... of HEAD');
    is(told(ask('POST', '/v1/', 'x', 'apikey: a')), $all, '... of POST');
    is(told(h2_get('/v1/', 'apikey: a')), $all, '... over HTTP/2');
    is(told(get("/v1/status=$_", 'apikey: a')), $all, "... with a $_") for 304, 404, 500;
    is(told(get('/v1/')), $all, 'who has no key is told, too');
    is(told(get('/v1/', 'apikey: b')), $all, '... who is not entitled');
    is(told(get('/v1/a%2fb', 'apikey: a')), $all, '... whose path is nobody\'s');
    is(told(get('/none/', 'apikey: a')), $deprecation, '... where nobody answers');
    is(told(get('/file/x', 'apikey: a')), $deprecation, '... by an error page');

    get('/v1/', 'apikey: a') for 1 .. 20;
    my $r = get('/v1/', 'apikey: a');
    is(said($r), '429 rate_limited', 'a limit is reached');
    like(told($r), qr/^\Q$all\E\nRetry-After: \d+$/, '... and told beside');

    $r = get('/soon/?head=Link:%3C%2Fa%3E%3B%20rel%3Dnext&head=Deprecation:@1&head=sunset:x',
             'apikey: a');
    is(told($r), 'Deprecation: @' . (day(30) + 37800) . "\nSunset: x\nLink: </a>; rel=next",
       'a date of the service is replaced by ours, what we have nothing to say of stays');

    $r = get('/end/?head=link:%3C%2Fa%3E%3B%20rel%3Dnext&head=deprecation:@1&head=Sunset:x',
             'apikey: a');
    is(told($r), "Deprecation: \@1\nSunset: " . http_date(day(30))
                 . "\nLink: </a>; rel=next\nLink: </why>; rel=\"sunset\"",
       '... and links of the service stay beside ours');

    my $link = 'Link: </why>; rel="deprecation", </why>; rel="sunset"';

    is(told(get('/mine/', 'apikey: a')), "$deprecation\nSunset: mine\n$link\n"
       . 'Link: </mine>; rel=next', 'a date that is added takes the place of ours');
    is(told(get('/mine/?deprecation=@7', 'apikey: a')), "Deprecation: \@7\nSunset: mine\n$link\n"
       . 'Link: </mine>; rel=next', '... each its own');
    is(told(get('/mine/')), "$deprecation\nSunset: mine\n$link", '... on a refusal, if always');

    is(told(get('/next/', 'apikey: a')), 'Link: </v2/>; rel="successor-version"',
       'a successor alone');
    is(told(get('/v2/', 'apikey: a')), '', 'an API without an end says nothing');
    is(told(get('/nowhere')), '', '... nor does no API at all');


=== TEST 2: states
--- gate
    gate_consumer acme { group beta; key sha256(a); }
    gate_consumer bob { group alpha; key sha256(b); }
    gate_consumer nobody { }
    log_format x '$uri $gate_lifecycle';
    access_log $TEST_NGINX_STATE/x.log x;
--- config
    gate_service s;
    gate_auth key;

    location /draft/  { gate_api a state=draft preview=beta; gate_pass http://sidecar; }
    location /nobody/ { gate_api a state=draft; gate_pass http://sidecar; }
    location /plain/  { gate_api a state=published; gate_pass http://sidecar; }
    location /none/   { gate_api a; gate_pass http://sidecar; }
    location /to/     { gate_api a deprecated=$TEST_NGINX_COMING30; gate_pass http://sidecar; }
    location /late/   {
        gate_api a state=deprecated deprecated=$TEST_NGINX_PAST30; gate_pass http://sidecar;
    }
    location /off/    {
        gate_api a version=v1 deprecated=$TEST_NGINX_PAST30 brownout=$TEST_NGINX_GONE
                 brownout=$TEST_NGINX_HOUR brownout=$TEST_NGINX_NEXT successor=/none/;
        gate_pass http://sidecar;
    }
    location /on/     {
        gate_api a deprecated=$TEST_NGINX_PAST30 brownout=$TEST_NGINX_GONE
                 brownout=$TEST_NGINX_NEXT;
        gate_pass http://sidecar;
    }
    location /over/   {
        gate_api a deprecated=$TEST_NGINX_PAST60 sunset=$TEST_NGINX_PAST30 successor=/none/;
        gate_pass http://sidecar;
    }
    location /gone/   { gate_api a state=retired; gate_pass http://sidecar; }
    location /guest/  {
        gate_api a state=draft preview=beta; gate_auth key anonymous=nobody;
        gate_pass http://sidecar;
    }
    location /page/   {
        gate_api a state=retired; error_page 410 = @page; gate_pass http://sidecar;
    }
    location /back/   {
        gate_api a state=retired; error_page 410 /none/; gate_pass http://sidecar;
    }
    location @page    { gate_auth off; return 200 "a page\n"; }
    location /inner/  {
        gate_api a state=retired;
        gate_pass http://sidecar;
        location /inner/own/ { gate_api b; gate_pass http://sidecar; }
        location /inner/not/ { gate_pass http://sidecar; }
    }
--- client
    my %want = (
        '/draft/' => '200', '/nobody/' => '404 api_draft', '/plain/' => '200',
        '/none/' => '200', '/to/' => '200', '/late/' => '200', '/off/' => '503 api_brownout',
        '/on/' => '200', '/over/' => '410 api_retired', '/gone/' => '410 api_retired',
        '/inner/' => '410 api_retired', '/inner/own/' => '200',
        '/inner/not/' => '410 api_retired', '/back/' => '410 api_retired',
    );

    is(said(get($_, 'apikey: a', "x-test-id: $_")), $want{$_}, $_) for sort keys %want;

    my $asked = $backend->executed();
    is(join(' ', sort keys %$asked), join(' ', grep { $want{$_} eq '200' } sort keys %want),
       'these asked the service, and no others');

    is(said(get('/draft/', 'apikey: b')), '404 api_draft', 'a draft is not for all');
    is(said(get('/guest/')), '404 api_draft', '... and not for somebody without a name');
    is(said(get('/gone/')), '401 no_credential', 'who it is, is asked first');
    is(get('/page/', 'apikey: a')->{body}, "a page\n", 'error_page wins');

    our $now;
    my $r = get('/off/', 'apikey: a');
    my $retry = $r->field('retry-after');

    cmp_ok($retry, '<=', 1800 - (time() - $now) + 2, 'a brownout says when it is over');
    cmp_ok($retry, '>=', 1800 - (time() - $now) - 2, '... to the second');
    like($r->json()->{detail}, qr{switched off for a while.*; its successor is at /none/\.},
         '... and what comes behind');
    is($r->field('deprecation'), '@' . day(-30), '... and is told since when');

    $r = get('/over/', 'apikey: a');
    is($r->json()->{detail}, 'This version of the API has ended on '
       . http_date(day(-30)) . '; its successor is at /none/.', 'an end says when it was');
    is($r->json()->{type}, 'urn:meshgate:problem:api_retired', '... as a problem');
    is($r->field('sunset'), http_date(day(-30)), '... and is told');
    is(get('/gone/', 'apikey: a')->json()->{detail}, 'This version of the API has ended.',
       'without a date there is none');

    my %state = map { split } split /\n/, log_text('x.log');
    is_deeply({ map { $_ => $state{$_} } qw(/draft/ /plain/ /none/ /to/ /late/ /off/ /on/ /over/) },
              { '/draft/' => 'draft', '/plain/' => 'published', '/none/' => 'published',
                '/to/' => 'published', '/late/' => 'deprecated', '/off/' => 'brownout',
                '/on/' => 'deprecated', '/over/' => 'retired' }, '$gate_lifecycle');


=== TEST 3: a moment passes while it runs
--- gate
    gate_consumer acme { key sha256(a); }
--- config
    gate_service s;
    gate_auth key;
    location /v1/ {
        gate_api turn deprecated=$TEST_NGINX_PAST30 sunset=$TEST_NGINX_COMING60;
        gate_pass http://sidecar;
    }
--- client
    my $moment = int(time()) + 3;

    change("sunset=$ENV{TEST_NGINX_COMING60}",
           strftime('sunset=%Y-%m-%dT%H:%M:%SZ', gmtime($moment)));
    ok(reload(), 'a configuration with a sunset in three seconds');

    my ($before, $after) = (0, 0);

    while (time() < $moment + 0.7) {
        my $from = time();
        my $status = get('/v1/', 'apikey: a')->{status};
        my $until = time();

        $before++ if $status == 200 && $from < $moment + 0.5;
        $after++ if $status == 410 && $until >= $moment;
        fail("a $status at " . ($until - $moment)) if $status !~ /^(?:200|410)$/
            || ($status == 410 && $until < $moment - 0.1);
        sleep(0.05);
    }

    cmp_ok($before, '>', 5, 'up to that second it is served');
    cmp_ok($after, '>', 1, '... and from then on it has ended');


=== TEST 4: a call that is refused costs nothing
--- gate
    gate_consumer acme { key sha256(a); }
--- config
    gate_service s;
    gate_auth key;
    location = /status { gate_auth off; gate_status; }
    location / {
        gate_api a;
        gate_meter requests;
        gate_limit rate=1r/h burst=9 key=$remote_addr name=four;

        location /v1/    { gate_api a version=v1; gate_pass http://sidecar; }
        location /off/   {
            gate_api a deprecated=$TEST_NGINX_PAST30 brownout=$TEST_NGINX_HOUR;
            gate_pass http://sidecar;
        }
        location /gone/  { gate_api a state=retired; gate_pass http://sidecar; }
        location /draft/ { gate_api a state=draft; gate_pass http://sidecar; }
    }
--- client
    my $left = sub { get('/v1/', 'apikey: a')->field('x-ratelimit-remaining') };

    is($left->(), 9, 'one of ten is debited');

    is(billed(sub {
        is(said(get('/off/', 'apikey: a')), '503 api_brownout', 'a brownout') for 1 .. 3;
        is(said(get('/gone/', 'apikey: a')), '410 api_retired', 'an end') for 1 .. 3;
        is(said(get('/draft/', 'apikey: a')), '404 api_draft', 'a draft') for 1 .. 3;
    }), '0 opened', '... are on no bill');

    is($left->(), 8, '... and take nothing from a limit');


=== TEST 5: who still calls
--- gate
    gate_consumer acme { key sha256(a); }
    gate_consumer bob { key sha256(b); }
    gate_consumer eve { key sha256(e); }
    gate_consumer guest { }
--- config
    gate_service s;
    gate_auth key;

    location /v1/   {
        gate_api five version=v1 deprecated=$TEST_NGINX_PAST30; gate_allow methods=GET,HEAD;
        gate_limit rate=1r/h burst=4 key=$gate_consumer name=five; gate_pass http://sidecar;
    }
    location /v2/   { gate_api five version=v2; gate_pass http://sidecar; }
    location /soon/ { gate_api five version=v3 deprecated=$TEST_NGINX_COMING30;
                      gate_pass http://sidecar; }
    location /off/  { gate_api five version=v0 deprecated=$TEST_NGINX_PAST30
                               brownout=$TEST_NGINX_HOUR; gate_pass http://sidecar; }
    location /gone/ { gate_api five version=v- state=retired;
                      gate_auth key anonymous=guest; gate_pass http://sidecar; }
    location /open/ { gate_api five version=open deprecated=$TEST_NGINX_PAST30;
                      gate_auth off; gate_pass http://sidecar; }
    location /try/  { gate_api five version=try deprecated=$TEST_NGINX_PAST30;
                      try_files /none /v1/; }
    location /status { gate_auth off; gate_status; }
--- client
    our $now;
    is(callers('five'), '', 'nobody has called');

    get('/v2/', 'apikey: a');
    get('/soon/', 'apikey: a');
    is(callers('five'), '', 'who calls what is good is not told of');

    get('/v1/', 'apikey: a') for 1 .. 3;
    ask('HEAD', '/v1/', undef, 'apikey: b');
    is(callers('five'), 'v1/acme:3 v1/bob:1', 'by consumer');

    get('/v1/', 'apikey: b') for 1 .. 9;
    is(callers('five'), 'v1/acme:3 v1/bob:10', 'whom a limit refuses has called');

    get('/v1/');
    get('/v1/', 'apikey: wrong');
    ask('POST', '/v1/', 'x', 'apikey: e');
    is(callers('five'), 'v1/acme:3 v1/bob:10', 'who is unknown or not entitled has not');

    get('/off/', 'apikey: e') for 1 .. 2;
    get('/gone/', 'apikey: e');
    get('/gone/');
    get('/open/');
    get('/try/', 'apikey: e');

    is(callers('five'), 'open/:1 try/eve:1 v-/eve:1 v-/guest:1 v0/eve:2 v1/acme:3 v1/bob:10',
       'during a brownout and after the end they have; once for a request');

    my ($acme) = grep { $_->{consumer} eq 'acme' && $_->{api} eq 'five' }
                 @{ get('/status')->json()->{deprecated} };

    like($acme->{last}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'when he did last is told');
    cmp_ok($acme->{last}, 'ge', strftime('%Y-%m-%dT%H:%M:%SZ', gmtime($now)), '... as a date');

    my $prom = get('/status?format=prometheus')->{body};
    is(metrics_value($prom, 'gate_deprecated_requests_total', api => 'five', version => 'v1',
                     consumer => 'acme'), 3, 'in the other format, too');

    ok(reload(), 'workers are new');
    get('/v1/', 'apikey: a');
    is(callers('five'), 'open/:1 try/eve:1 v-/eve:1 v-/guest:1 v0/eve:2 v1/acme:4 v1/bob:10',
       '... and count on');


=== TEST 6: no more are told apart than were asked for
--- gate
    gate_deprecated_consumers 3;
    include $TEST_NGINX_STATE/many.conf;
--- config
    gate_service s;
    location /six/ {
        gate_api six deprecated=$TEST_NGINX_PAST30; gate_auth key; gate_pass http://sidecar;
    }
    location /status { gate_status; }
--- client
    get('/six/', "apikey: k$_") for 1 .. 9, 1 .. 9;

    my @list = grep { $_->{api} eq 'six' } @{ get('/status')->json()->{deprecated} };
    my ($other) = grep { $_->{consumer} eq 'other' } @list;
    my $named = grep { $_->{consumer} ne 'other' } @list;
    my $sum = 0;

    $sum += $_->{count} for @list;

    is($sum, 18, 'all are counted');
    cmp_ok($named, '<=', 3, '... few by name');
    is($other->{count}, 18 - 2 * $named, '... the others together');
