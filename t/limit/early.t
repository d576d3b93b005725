#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_limit early: limits that stand before anybody is asked who he is.  They
# count each request of a client once, whatever becomes of it.

use strict;
use warnings;

use Time::HiRes qw(time);

use GateNginx qw(slurp);
use GateTest;


sub statuses {
    my ($n, @ask) = @_;

    return join ' ', map { get(@ask)->{status} } 1 .. $n;
}


# What is left of a limit, as the field says it.

sub left {
    my ($r, $name) = @_;

    return ($r->field('ratelimit') // '') =~ /"\Q$name\E";r=(\d+)/ ? $1 : undef;
}

run_gate_tests();

__DATA__

=== TEST 1: guessing keys becomes a 429
--- gate
    gate_consumer acme { key sha256(acme); }
--- config
    gate_service s;
    gate_auth key;
    location /late/ { gate_limit rate=1r/m key=$remote_addr name=late1; gate_pass http://sidecar; }
    location / { gate_limit rate=1r/m key=$remote_addr name=early1 early;
                 gate_pass http://sidecar; }
--- client
    is(statuses(6, '/late/', 'apikey: wrong'), '401 401 401 401 401 401',
       'a limit behind WHO never hears of guesses');
    is(statuses(6, '/', 'apikey: wrong'), '401 429 429 429 429 429', 'one before it does');

    my $r = get('/', 'apikey: acme');

    is($r->{status}, 429, 'it does not ask who it is');
    is($r->json()->{reason}, 'rate_limited', '... and says why');
    like($r->field('retry-after'), qr/^\d+$/, '... and for how long');
    is($r->field('ratelimit-policy'), '"early1";q=1;w=60', 'the fields tell of it');
    is($r->field('www-authenticate'), undef, 'nobody is asked for a credential');


=== TEST 2: several lines, early and late ones
--- gate
    log_format early '$uri $status $gate_limit_status $gate_limit_name $gate_limit_remaining';
    gate_plan p { rate 1r/h burst=99; }
    gate_consumer acme { plan p; key sha256(acme); }
--- config
    gate_service s;
    gate_auth key;
    access_log $TEST_NGINX_STATE/early.log early;
    gate_limit rate=1r/h burst=9 key=$remote_addr name=e2 early;
    gate_limit rate=1r/h burst=4 key=$arg_x name=x2 early;
    gate_limit plan;
    gate_limit rate=1r/h burst=2 key=$arg_y name=y2;
    location / { gate_pass http://sidecar; }
    location /own/ { gate_limit rate=1r/h burst=50 key=$remote_addr name=own2 early;
                     gate_pass http://sidecar; }
--- client
    my $r = get('/', 'apikey: acme');

    is($r->field('ratelimit-policy'), '"e2";q=10;w=36000, "p";q=100;w=360000', 'both are told');
    is(left($r, 'e2'), 9, 'the early one has counted');
    is(left($r, 'p'), 99, '... and the late one');

    $r = get('/?x=1', 'apikey: wrong');

    is($r->{status}, 401, 'a guess');
    is(left($r, 'e2'), 8, '... is counted by the early ones');
    is(left($r, 'x2'), 4, '... by all of them');
    is(left($r, 'p'), undef, '... and by no late one');

    get('/?x=1') for 1 .. 4;

    $r = get('/?x=1', 'apikey: acme');
    is($r->{status}, 429, 'one of them is used up');
    is(left($r, 'e2'), 4, '... and the other is not debited');

    get('/?y=1', 'apikey: acme') for 1 .. 3;
    $r = get('/?y=1', 'apikey: acme');

    is($r->{status}, 429, 'a late one is used up');
    is(left($r, 'e2'), 0, '... the early one has counted all the same');
    is(left($r, 'p'), 96, '... the plan has not');
    is(get('/own/', 'apikey: acme')->field('ratelimit-policy'), '"own2";q=51;w=183600',
       'lines further in replace all of those further out');

    wait_for(sub { slurp("$ENV{TEST_NGINX_STATE}/early.log") =~ m{/own/} });

    my @log = split /\n/, slurp("$ENV{TEST_NGINX_STATE}/early.log");

    is($log[0], '/ 200 PASSED e2 9', 'variables tell of both');
    is($log[6], '/ 429 REJECTED x2 0', '... and of the early one that refused');


=== TEST 3: once for a client's request
--- gate
    gate_consumer acme { key sha256(acme); }
--- config
    gate_service s;
    gate_auth key;
    gate_limit rate=1r/h burst=99 key=$arg_k name=e3 early;
    location / { gate_pass http://sidecar; }
    location /page/ { error_page 401 = @page; gate_pass http://sidecar; }
    location @page { gate_auth off; try_files /page.html =404; }
    location /led/ { error_page 401 /again/; gate_pass http://sidecar; }
    location /again/ { gate_auth off; try_files /page.html =404; }
    location /try/ { gate_auth off; try_files /none /try2/; }
    location /try2/ { gate_auth off; gate_pass http://sidecar; }
    location /asked/ { auth_request /ask; gate_pass http://sidecar; }
    location = /ask { internal; gate_pass http://sidecar; }
    location /same/ { gate_limit rate=1r/h burst=99 key=$arg_k name=e3 early;
                      gate_limit rate=1r/h burst=99 key=$arg_k name=e3;
                      gate_pass http://sidecar; }
    location /role/ { gate_limit rate=1r/h burst=99 key=$arg_k name=e3 early;
                      gate_allow group=none; gate_pass http://sidecar; }
--- user_files
>>> page.html
sorry
--- client
    for my $case ([ '/?k=page', 200, 'a request', 'apikey: acme' ],
                  [ '/page/?k=named', 200, 'a named location as error page' ],
                  [ '/led/?k=led', 401, 'another location as error page' ],
                  [ '/try/?k=try', 200, 'try_files' ],
                  [ '/asked/?k=asked', 200, 'auth_request', 'apikey: acme' ],
                  [ '/same/?k=same', 200, 'the same limit behind WHO', 'apikey: acme' ],
                  [ '/role/?k=role', 403, 'one who may not', 'apikey: acme' ])
    {
        my ($target, $status, $name, @fields) = @$case;
        my $r = get($target, @fields);
        my ($k) = $target =~ /(k=\w+)/;

        is($r->{status}, $status, $name);
        is(left(get("/?$k", 'apikey: acme'), 'e3'), 98, '... is counted once');
    }


=== TEST 4: who is beyond the rate waits before he is asked
--- gate
    log_format delay '$uri $status $gate_limit_status';
    gate_consumer acme { key sha256(acme); }
--- config
    gate_service s;
    gate_auth key;
    access_log $TEST_NGINX_STATE/delay.log delay;
    location / { gate_limit rate=5r/s burst=5 delay=0 key=$remote_addr name=e4 early;
                 gate_limit rate=100r/s burst=100 name=late4; gate_pass http://sidecar; }
--- client
    my @c = map { client() } 1 .. 3;
    my $begin = time;

    $_->write(request('GET', '/', undef, 'apikey: acme')) for @c[0, 1];
    $c[2]->write(request('GET', '/', undef, 'apikey: wrong'));

    my @status = sort map { $_->read()->{status} } @c;
    my $took = time - $begin;

    is("@status", '200 200 401', 'all of them are answered');
    cmp_ok($took, '>=', 0.38, '... the last one not before its turn');

    wait_for(sub { (() = slurp("$ENV{TEST_NGINX_STATE}/delay.log") =~ /\n/g) == 3 });
    is(join(',', sort map { s{^/ \d+ }{}r } split /\n/, slurp("$ENV{TEST_NGINX_STATE}/delay.log")),
       'DELAYED,DELAYED,PASSED', '... and the log says who waited');

    my $gone = client();

    $gone->write(request('GET', '/', undef, 'apikey: acme'));
    $gone->close();
    is(get('/', 'apikey: acme')->{status}, 200, 'one who leaves holds up nobody');


=== TEST 5: on trial
--- gate
    log_format dry '$uri $status $gate_limit_status';
    gate_consumer acme { key sha256(acme); }
--- config
    gate_service s;
    gate_auth key;
    access_log $TEST_NGINX_STATE/dry.log dry;
    location / { gate_limit rate=1r/h key=$remote_addr name=e5 early dry_run;
                 gate_pass http://sidecar; }
--- client
    is(statuses(3, '/', 'apikey: wrong'), '401 401 401', 'nobody is refused');
    is(get('/', 'apikey: acme')->field('ratelimit'), undef, '... or told');
    wait_for(sub { (() = slurp("$ENV{TEST_NGINX_STATE}/dry.log") =~ /\n/g) == 4 });
    is(join(',', map { (split)[2] } split /\n/, slurp("$ENV{TEST_NGINX_STATE}/dry.log")),
       'PASSED,REJECTED_DRY_RUN,REJECTED_DRY_RUN,REJECTED_DRY_RUN', '... but the log is');


=== TEST 6: without gate_auth, with HTTP/2, and behind CORS
--- gate
    gate_consumer nobody { key sha256(nobody); }
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    location / { gate_auth off; gate_limit rate=1r/h burst=1 key=$remote_addr name=e6 early;
                 gate_pass http://sidecar; }
    location /cors/ { gate_auth off; gate_cors origin=https://a.example;
                      gate_limit rate=1r/h key=$arg_c name=c6 early; gate_pass http://sidecar; }
--- client
    is(h2_get('/')->{status}, 200, 'two are let in') for 1, 2;
    is(h2_get('/')->{status}, 429, '... and no third one');

    my @origin = ('Origin: https://a.example');

    is(request_preflight('/cors/?c=1')->{status}, 204, 'a preflight') for 1 .. 2;
    is(get('/cors/?c=1', @origin)->{status}, 200, '... does not count here');

    my $r = get('/cors/?c=1', @origin);

    is($r->{status}, 429, 'the next request is refused');
    is($r->field('access-control-allow-origin'), 'https://a.example',
       '... so that the page can read why');

    sub request_preflight {
        return ask('OPTIONS', $_[0], '', @origin, 'Access-Control-Request-Method: GET');
    }
