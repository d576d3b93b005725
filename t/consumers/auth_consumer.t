#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Which consumer a token is: only one that a "claim" line lists, or whose name
# an issuer may say by "map=name"; and the issuer that decides is never chosen
# by what was asked before.

use strict;
use warnings;

use GateTest;
use GateToken;

$ENV{TEST_NGINX_JWKS} = gate_keys()->{jwks_file};
$ENV{TEST_NGINX_SECRET} = gate_keys()->{secret_file};


sub who {
    my ($r) = @_;

    return $r->{seen} ? join(' ', $r->seen('x-consumer-username')) || '(nobody)'
                      : "$r->{status} " . ($r->json()->{reason} // 'no problem');
}


sub bearer {
    my ($target, $token, @fields) = @_;

    return get($target, "Authorization: Bearer $token", @fields);
}


# A token of issuer NAME with these claims.

sub of {
    my ($name, %claims) = @_;

    return mint(claims => { iss => "https://$name.example", %claims });
}


run_gate_tests();

__DATA__

=== TEST 1: an issuer names nobody that no line lists
--- gate
    gate_consumer acme id=acme-id { claim a=client-7; key sha256(acme); }
    gate_consumer keyed { key sha256(keyed); }
    gate_consumer 42 { }
    gate_consumer true { }
    gate_consumer guest { }
    gate_consumer shared { }
    gate_consumer gone { claim a=gone; disabled; }
    gate_consumer numbered { claim a=42; }

    gate_issuer a {
        issuer https://a.example; jwks_file $TEST_NGINX_JWKS; algorithms RS256;
    }
    gate_issuer b {
        issuer https://b.example; jwks_file $TEST_NGINX_JWKS; algorithms RS256;
        consumer claim=sub unknown=refuse;
    }
    gate_issuer c {
        issuer https://c.example; jwks_file $TEST_NGINX_JWKS; algorithms RS256;
        consumer unknown=shared;
    }
--- config
    gate_service s;
    location / { gate_auth key jwt=a jwt=b jwt=c; gate_pass http://sidecar; }
    location /all/ { gate_auth key jwt=b all; gate_pass http://sidecar; }
    location /guest/ { gate_auth jwt=b anonymous=guest; gate_pass http://sidecar; }
--- client
    is(who(bearer('/', of('a', sub => 'client-7'))), 'acme',
       'a value that is listed for its issuer is its consumer');
    is(who(bearer('/', of('b', sub => 'client-7'))), '403 unknown_consumer',
       '... and nobody where another issuer says it');
    is(who(bearer('/', of('c', sub => 'client-7'))), 'shared',
       '... or the shared consumer of that issuer');

    for my $name (qw(acme acme-id keyed 42 true guest shared gone numbered a b - anonymous)) {
        is(who(bearer('/', of('b', sub => $name))), '403 unknown_consumer',
           "no issuer can say \"$name\" of itself");
        is(who(bearer('/', of('c', sub => $name))), 'shared',
           '... one with a shared consumer neither');
    }

    is(who(bearer('/', of('a', sub => $_))), '403 unknown_consumer',
       "nor can that of the consumer say \"$_\"")
        for qw(acme acme-id keyed guest);

    is(who(get('/all/', 'apikey: keyed', 'Authorization: Bearer ' . of('b', sub => 'keyed'))),
       '403 unknown_consumer', 'a key does not make up for it');
    is(who(bearer('/guest/', of('b', sub => 'guest'))), '403 unknown_consumer',
       'a token does not say that it is anonymous');
    is(who(get('/guest/')), 'guest', '... which without a token it is');
    is(who(bearer('/', of('a', sub => 'gone'))), '403 disabled_consumer',
       'a listed one that is disabled is refused as that');

    # values and their types

    my $value = sub {
        my ($sub) = @_;

        return bearer('/',
                      mint(payload => '{"iss":"https://a.example","sub":' . $sub . ',"exp":'
                           . (time + 600) . '}'))
    };

    is(who($value->('42')), 'numbered', 'an integer is its digits');
    is(who($value->('"42"')), 'numbered', '... as a text of them is');
    is(who($value->($_)), '403 unknown_consumer', "$_ is no value that names anybody")
        for split m{ },
        q(42.0 4.2e1 420e-1 true false null [] ["client-7"] {} {"client-7":1} "" "CLIENT-7" )
        . q("client-7\u0020" "\u0020client-7" "client-7\u000a" "client-7,x" "a=client-7");
    is(who($value->('"client\u002d7"')), 'acme', 'an escape is what it stands for');

=== TEST 2: an issuer that may say names
--- gate
    gate_consumer acme id=acme-id { key sha256(acme); claim trusted=other-value; }
    gate_consumer 42 { }
    gate_consumer true { }
    gate_consumer guest { }
    gate_consumer shared { }
    gate_consumer gone { disabled; }
    gate_consumer explicit { claim both=acme; }

    gate_issuer trusted {
        issuer https://trusted.example; jwks_file $TEST_NGINX_JWKS; algorithms RS256;
        consumer claim=sub map=name;
    }
    gate_issuer both {
        issuer https://both.example; jwks_file $TEST_NGINX_JWKS; algorithms RS256;
        consumer map=name claim=sub unknown=shared;
    }
    gate_issuer plain {
        issuer https://plain.example; jwks_file $TEST_NGINX_JWKS; algorithms RS256;
        consumer claim=sub unknown=refuse;
    }
--- config
    gate_service s;
    location / { gate_auth key jwt=trusted jwt=both jwt=plain; gate_pass http://sidecar; }
    location /guest/ { gate_auth jwt=trusted anonymous=guest; gate_pass http://sidecar; }
--- client
    is(who(bearer('/', of('trusted', sub => 'acme'))), 'acme', 'map=name: the value may be a name');
    is(who(bearer('/', of('trusted', sub => 'other-value'))), 'acme', '... or listed');
    is(who(bearer('/', of('both', sub => 'acme'))), 'explicit',
       'what is listed goes before the name');
    is(who(bearer('/', of('both', sub => 'nobody'))), 'shared', 'unknown= is who is neither');
    is(who(bearer('/', of('plain', sub => 'acme'))), '403 unknown_consumer',
       'the right is that of one issuer');
    is(who(bearer('/', of('trusted', sub => $_))), '403 unknown_consumer', "\"$_\" is no name")
        for 'acme-id', 'ACME', 'acme ', 'nobody';
    is(who(bearer('/', of('trusted', sub => ''))), '403 unknown_consumer', 'nor is an empty value');
    is(who(bearer('/', of('trusted', sub => 'gone'))), '403 disabled_consumer',
       'a disabled one is refused as that');
    is(who(bearer('/', of('trusted', sub => $_))), '403 unknown_consumer',
       "\"$_\", which stands for others, cannot be said")
        for qw(guest shared);
    is(who(bearer('/guest/', of('trusted', sub => 'guest'))), '403 unknown_consumer',
       '... where it stands neither');
    is(who(bearer('/',
                  mint(payload => '{"iss":"https://trusted.example","sub":true,"exp":'
                       . (time + 600) . '}'))),
       '403 unknown_consumer', 'true is not the name "true"');
    is(who(bearer('/',
                  mint(payload => '{"iss":"https://trusted.example","sub":42,"exp":' . (time + 600)
                       . '}'))),
       '42', 'an integer of a claim is its digits');

=== TEST 3: two issuers of one "iss" in two locations, cold and warm
--- gate
    gate_consumer one { claim one=alice; claim slow=alice; }
    gate_consumer two { claim two=alice; }
    gate_issuer one {
        issuer https://issuer.example;
        audience api;
        jwks_file $TEST_NGINX_JWKS;
        algorithms RS256;
    }
    gate_issuer two {
        issuer https://issuer.example;
        audience web;
        jwks_file $TEST_NGINX_JWKS;
        algorithms RS256 ES256;
    }
    gate_issuer slow {
        issuer https://issuer.example;
        audience api;
        jwks_file $TEST_NGINX_JWKS;
        algorithms RS256;
        leeway 1h;
    }
    gate_issuer other {
        issuer https://other.example;
        secret file:$TEST_NGINX_SECRET;
        algorithms HS256;
        consumer unknown=one;
    }
--- config
    gate_service s;
    location /status { gate_status; }
    location /one/  { gate_auth jwt=other jwt=one; gate_pass http://sidecar; }
    location /two/  { gate_auth jwt=two jwt=other; gate_pass http://sidecar; }
    location /slow/ { gate_auth jwt=slow; gate_pass http://sidecar; }
--- client
    my @places = qw(one two slow);
    my %want = (
        both  => { one => 'one', two => 'two', slow => 'one' },
        api   => { one => 'one', two => '401 wrong_audience', slow => 'one' },
        web   => { one => '401 wrong_audience', two => 'two', slow => '401 wrong_audience' },
        es    => { one => '401 bad_token', two => 'two', slow => '401 bad_token' },
        late  => { one => '401 expired_token', two => '401 expired_token', slow => 'one' },
        early => { one => '401 not_yet_valid', two => '401 not_yet_valid', slow => 'one' },
    );
    my %claims = (
        both => { aud => [ 'api', 'web' ] }, api => { aud => 'api' }, web => { aud => 'web' },
        es => { aud => [ 'api', 'web' ] }, late => { aud => [ 'api', 'web' ], exp => time - 60 },
        early => { aud => [ 'api', 'web' ], nbf => time + 600 },
    );
    my $wrong = 0;

    for my $order ([ 0, 1, 2 ], [ 0, 2, 1 ], [ 1, 0, 2 ], [ 1, 2, 0 ], [ 2, 0, 1 ], [ 2, 1, 0 ]) {
        for my $kind (sort keys %want) {
            my $token = mint(alg => $kind eq 'es' ? 'ES256' : 'RS256',
                             claims => { %{ $claims{$kind} }, jti => "@$order" });
            my $c = client();

            # one connection is one worker: three times around, the first is cold

            for my $place (map { $places[$_] } (@$order) x 3) {
                $c->write(request('GET', "/$place/", undef, "Authorization: Bearer $token",
                                  'Connection: keep-alive'));
                my $said = who($c->read());
                $wrong++, diag("$kind at $place after @$order: $said")
                    if $said ne $want{$kind}{$place};
            }

            $c->close();
        }
    }

    is($wrong, 0, 'what is answered does not depend on what was asked before');

    my $before = { map { $_->{result} => $_->{count} } @{ get('/status')->json()->{tokens} } };
    my $token = mint(claims => { aud => [ 'api', 'web' ], jti => 'alternating' });
    my $c = client();
    for (1 .. 10, 1 .. 10) {
        $c->write(request('GET', ($_ % 2 ? '/one/' : '/two/'), undef,
                          "Authorization: Bearer $token", 'Connection: keep-alive'));
        $c->read();
    }
    my $after = { map { $_->{result} => $_->{count} } @{ get('/status')->json()->{tokens} } };
    is($after->{miss} - $before->{miss}, 2, 'of two issuers in turn each verifies it once');
