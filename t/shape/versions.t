#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_versions: by what a version is chosen, and that a request which is led
# to one is admitted, debited and billed once, as that version.

use strict;
use warnings;

use GateBill;
use GateTest;


# "v1 /7?a=b": which version's place the service was asked by, or the reason.

sub to {
    my ($r) = @_;

    return "$r->{status} " . ($r->json()->{reason} // '-') if !$r->{seen};
    return (split / /, $r->{seen}{line})[1];
}


run_gate_tests();

__DATA__

=== TEST 1: by path, field, argument, media type; pins; what nobody named
--- gate
    gate_consumer acme { key sha256(a); }
    gate_consumer old  { key sha256(o); pin orders=v1 other=v9; }
    gate_consumer lost { key sha256(l); pin orders=v9; }
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;

    location /orders/ {
        gate_auth key;
        gate_versions orders {
            path;
            field    Api-Version;
            query    v;
            media    "application/vnd.orders.{version}+json";
            media    "application/json;version={version}";
            version  v1  /in/v1/;
            version  v2  /in/v2/;
            version  v3  /in/v3/  hidden;
            default  v2;
        }
    }

    location /lenient/ {
        gate_auth off;
        gate_versions orders {
            query v; version v1 /in/open/; default v1; unknown default;
        }
    }

    location /strict/ {
        gate_auth off;
        gate_versions strict { query v; version v1 /in/open/; version x /in/x/ hidden; }
    }

    location = /one { gate_auth off; gate_versions one { query v; version v1 /in/open/one; } }
    location /round/ { gate_auth off; gate_versions r { version v1 /round/v1/; default v1; } }
    location ~ ^/never$ { gate_auth off; }      # nginx -t knows nothing of what these take

    location /in/v1/   { internal; gate_auth key; gate_pass http://sidecar; }
    location /in/v2/   { internal; gate_auth key; gate_pass http://sidecar; }
    location /in/v3/   { internal; gate_auth key; gate_pass http://sidecar; }
    location /in/open  { internal; gate_auth off; gate_pass http://sidecar; }
--- client
    my @a = 'apikey: a';

    for my $case (
        [ '/orders/7', '/in/v2/7', 'the default' ],
        [ '/orders/', '/in/v2/', '... with nothing behind it' ],
        [ '/orders/v1/7', '/in/v1/7', 'by path' ],
        [ '/orders/v1', '/in/v1/', '... with nothing behind it' ],
        [ '/orders/v9/7', '/in/v2/v9/7', '... else it is the name of something' ],
        [ '/orders/7', '/in/v1/7', 'by a field', 'API-version: v1' ],
        [ '/orders/7?a=1&v=v1', '/in/v1/7?a=1&v=v1', 'by an argument, which stays' ],
        [ '/orders/7', '/in/v1/7', 'by a type',
          'Accept: text/html, application/vnd.orders.v1+json' ],
        [ '/orders/7', '/in/v1/7', 'by a parameter', 'Accept: application/json; version=v1' ],
        [ '/orders/7', '/in/v2/7', 'any other type is none', 'Accept: application/json, */*' ],
        [ '/orders/7', '/in/v3/7', 'what is wanted most',
          'Accept: application/vnd.orders.v1+json;q=0.4, application/vnd.orders.v3+json;q=0.5' ],
        [ '/orders/7', '/in/v3/7', '... in a second field',
          'Accept: application/vnd.orders.v1+json;q=0.4',
          'Accept: application/vnd.orders.v3+json' ],
        [ '/orders/7', '/in/v1/7', '... the first of several',
          'Accept: application/vnd.orders.v1+json, application/vnd.orders.v3+json;q=1' ],
        [ '/orders/7', '/in/v1/7', '... of what there is',
          'Accept: application/vnd.orders.v9+json, application/vnd.orders.v1+json;q=0.1' ],
        [ '/orders/7', '/in/v2/7', '... what is not wanted is none',
          'Accept: application/vnd.orders.v1+json;q=0' ],
        [ '/orders/v1/7?v=v2', '/in/v1/7?v=v2', 'a path goes first', 'Api-Version: v2' ],
        [ '/orders/7?v=v2', '/in/v1/7?v=v2', '... a field before an argument', 'Api-Version: v1' ],
        [ '/orders/7', '/in/v3/7', 'a hidden one is there', 'Api-Version: v3' ],
        [ '/orders/7', '400 unknown_version', 'one that is none', 'Api-Version: v9' ],
        [ '/orders/7', '400 unknown_version', '... by case', 'Api-Version: V1' ],
        [ '/orders/7', '400 unknown_version', '... empty', 'Api-Version: ' ],
        [ '/orders/7', '400 unknown_version', 'two fields', 'Api-Version: v1', 'Api-Version: v1' ],
        [ '/orders/7?v=v1&v=v2', '400 unknown_version', 'two arguments' ],
        [ '/orders/7?v', '400 unknown_version', 'an argument without a value' ],
        [ '/orders/7?vv=v1&V=v1', '/in/v2/7?vv=v1&V=v1', 'other arguments are no version' ],
        [ '/orders/7', '406 version_not_acceptable', 'a type of no version',
          'Accept: application/vnd.orders.v9+json' ],
        [ '/lenient/7?v=v9', '/in/open/7?v=v9', 'one that is none is let pass' ],
        [ '/lenient/7?v=v1&v=v1', '400 unknown_version', '... but not two' ],
        [ '/strict/7', '400 no_version', 'none, and no default' ],
        [ '/one?v=v1', '/in/open/one?v=v1', 'one place' ],
    )
    {
        my ($target, $want, $name, @fields) = @$case;
        is(to(get($target, @a, @fields)), $want, $name);
    }

    is(to(get('/orders/7', 'apikey: o')), '/in/v1/7', 'a pin is before the default');
    is(to(get('/orders/7?v=v2', 'apikey: o')), '/in/v2/7?v=v2', '... and behind what is asked for');
    is(to(get('/orders/7', 'apikey: l')), '400 unknown_version', 'one of no version is refused');
    is(to(get('/orders/7')), '401 no_credential', 'who it is, is asked first');
    is(get('/in/v1/7', @a)->{status}, 404, 'nobody comes in from the side');
    is(to(get('/round/7')), '500 internal', 'what leads to itself ends');

    is(get('/orders/7', @a, 'Api-Version: v9')->json()->{detail},
       'There is no such version; there are: v1, v2.', 'what there is, is told');
    is(get('/strict/7')->json()->{detail},
       'The request names no version; there are: v1.', '... but not what is hidden');

    is(get('/orders/7', @a)->field('vary'), 'api-version, accept', 'caches are told');
    is(get('/orders/7', @a, 'Api-Version: v9')->field('vary'), 'api-version, accept',
       '... on a refusal, too');
    is(get('/lenient/7')->field('vary'), undef, '... but not of arguments');
    is_deeply([ get('/orders/7?head=Vary:A&head=vary:Accept%2C%20B', @a)->all('vary') ],
              [ 'A, Accept, B, api-version' ], '... in one field with all that the service says');

    my $r = ask('POST', '/orders/v1/7', 'abc' x 50000, @a);
    is("$r->{seen}{line} " . length $r->{seen}{body}, 'POST /in/v1/7 HTTP/1.1 150000',
       'method and body stay');
    is(ask('HEAD', '/orders/v1/7', undef, @a)->{status}, 200, '... of HEAD');
    is(to(h2_get('/orders/7', @a, 'api-version: v1')), '/in/v1/7', 'over HTTP/2');


=== TEST 2: once: admitted, debited, billed, as the version it was led to
--- gate
    gate_consumer acme { key sha256(a); }
--- config
    gate_service s;
    location = /status { gate_status; }
    location /orders/ {
        gate_api orders;
        gate_auth key;
        gate_meter requests;
        gate_limit rate=1r/h burst=9 key=$remote_addr name=both;
        gate_allow methods=GET;
        gate_versions orders { query v; version v1 /in/v1/; version v2 /in/v2/; default v1; }
    }
    location /in/v1/ {
        internal;
        gate_api orders version=v1;
        gate_auth key;
        gate_meter requests;
        gate_limit rate=1r/h burst=9 key=$remote_addr name=both;
        gate_pass http://sidecar;
    }
    location /in/v2/ {
        internal;
        gate_api orders version=v2 state=retired;
        gate_auth key;
        gate_meter requests;
        gate_limit rate=1r/h burst=9 key=$remote_addr name=both;
        gate_pass http://sidecar;
    }
--- client
    my $n = 0;

    is(billed(sub {
        is(get("/orders/$_/id=v$_", 'apikey: a')->field('x-ratelimit-remaining'), 10 - $_,
           'one is debited') for 1 .. 3;
    }), '3 opened, 3 served', '... and on the bill');

    is($backend->executed("v$_"), 1, 'asked once') for 1 .. 3;

    is(billed(sub {
        is(to(get('/orders/1?v=v2', 'apikey: a')), '410 api_retired', 'a version that has ended');
        is(to(get('/orders/1?v=v9', 'apikey: a')), '400 unknown_version', '... or is none');
        is(to(get('/orders/1')), '401 no_credential', '... or is not for all');
    }), '0 opened', 'is on no bill');

    is(get('/orders/4', 'apikey: a')->field('x-ratelimit-remaining'), 6, '... and not debited');

    my %seen = map { ("$_->{version} $_->{decision}" . ($_->{reason} && " $_->{reason}")
                      => $_->{count}) }
               grep { $_->{api} eq 'orders' } @{ get('/status')->json()->{requests} };

    is_deeply({ map { $_ => $seen{$_} } grep { /^v/ } keys %seen },
              { 'v1 admitted' => 4, 'v2 refused api_retired' => 1 },
              'each is counted where it got to');


=== TEST 3: who is not led, and by what
--- gate
    gate_consumer acme { key sha256(a); }
--- config
    gate_service s;
    location /a/ { gate_auth key; gate_versions a { version v1 /in/; default v1; } }
    location /in/ { internal; gate_auth key; gate_pass http://sidecar; }
    location /mirror/ { gate_auth key; mirror /a/mirrored; gate_pass http://sidecar; }
    location /try/ { gate_auth key; try_files /none /a/tried; }
    location /accel/ { gate_auth key; gate_accel on; gate_pass http://sidecar; }
--- client
    is(get('/mirror/', 'apikey: a')->{status}, 200, 'a subrequest does no harm');
    ok(!grep({ /mirrored/ } keys %{ $backend->executed() }), '... and is led nowhere');
    is(to(get('/try/', 'apikey: a')), '/in/tried', 'what leads there is led on');
    is(to(get('/a/x/head=X-Gate-Sidecar:1', 'apikey: a')) =~ m{^/in/x} ? 1 : 0, 1, 'as others are');
