#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Algorithms of tokens: RSASSA-PSS and Ed25519 beside the older ones, which key
# is for which of them, and what is said of tokens of kinds that are not taken.

use strict;
use warnings;

use GateTest;
use GateToken;

our $keys = gate_keys();

my %jwk = map { $_ => GateToken::jwk($keys->{dir}, $_) } qw(rsa rsa2 ec256 ed25519);

# rsa2 is for PS256 alone; the one with a name that begins "old" for EdDSA alone

$jwk{rsa2}{alg} = 'PS256';
$jwk{old} = { %{ $jwk{ed25519} }, kid => 'old', alg => 'EdDSA' };

GateNginx::spew("$keys->{dir}/algs.json", JSON::PP->new->encode({ keys => [ values %jwk ] }));

$ENV{TEST_NGINX_JWKS} = "$keys->{dir}/algs.json";
$ENV{TEST_NGINX_ED} = $keys->{ed25519}{public};


# Who the service sees, or the status and what the caller is told.

sub call {
    my ($target, $token) = @_;

    my $r = get($target, "Authorization: Bearer $token");

    return join(' ', $r->seen('x-consumer-username')) if $r->{seen};

    my $p = $r->json();

    return "$r->{status} $p->{reason}: $p->{detail}";
}




run_gate_tests();

__DATA__

=== TEST 1: PSS and Ed25519
--- gate
    gate_consumer alice { }

    gate_issuer corp {
        issuer     https://issuer.example;
        audience   api;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms RS256 PS256 PS384 PS512 ES256 EdDSA Ed25519;
        consumer   map=name;
    }
    gate_issuer pss {
        issuer     https://issuer.example;
        audience   api;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms PS256;
        consumer   map=name;
    }
    gate_issuer pem {
        issuer     https://issuer.example;
        audience   api;
        key_file   $TEST_NGINX_ED;
        algorithms Ed25519;
        consumer   map=name;
    }
--- config
    gate_service a.example;
    location /all { gate_auth jwt=corp; gate_pass http://sidecar; }
    location /pss { gate_auth jwt=pss; gate_pass http://sidecar; }
    location /pem { gate_auth jwt=pem; gate_pass http://sidecar; }
--- client
    my $bad = qr/^401 bad_token: /;

    sub with {
        my ($alg, $key, $header) = @_;
        return mint(alg => $alg, key => $key, claims => { aud => 'api' },
                    header => $header // {});
    }

    for my $alg (qw(RS256 PS256 PS384 PS512 ES256 EdDSA Ed25519)) {
        is(call('/all', with($alg)), 'alice', "a token of $alg is good");
        is(call('/all', with($alg, undef, { kid => undef })), 'alice',
           "... and without the name of its key")
            unless $alg eq 'PS256';
    }

    is(call('/pss', with('PS256', 'rsa2')), 'alice', 'a key for PS256 verifies PS256');
    like(call('/all', with('RS256', 'rsa2')), $bad, '... but not RS256');
    like(call('/all', with('PS384', 'rsa2')), $bad, '... nor PS384');
    like(call('/pss', with('RS256')), $bad, 'RS256 is not taken where only PS256 is listed');
    like(call('/pss', with('PS512')), $bad, '... nor PS512');
    is(call('/all', with('EdDSA', 'ed25519', { kid => 'old' })), 'alice',
       'a key for EdDSA verifies EdDSA');
    like(call('/all', with('Ed25519', 'ed25519', { kid => 'old' })), $bad,
         '... but not Ed25519');
    is(call('/pem', with('Ed25519')), 'alice', 'a PEM file of Ed25519 is read');
    like(call('/pem', with('EdDSA')), $bad, '... and is not for EdDSA unless it is listed');

    # one algorithm's signature under the name of another

    for my $pair (['RS256', 'PS256', 'rsa'], ['PS256', 'RS256', 'rsa'],
                  ['EdDSA', 'ES256', 'ec256'], ['ES256', 'EdDSA', 'ed25519'])
    {
        my ($said, $signed, $key) = @$pair;

        like(call('/all', with($signed, $key, { alg => $said })), $bad,
             "a signature of $signed that says $said is refused");
    }

    my $t = with('EdDSA');
    my ($input, $sig) = $t =~ /^(.*)\.(.*)$/;

    like(call('/all', "$input." . GateToken::b64("\0" x 64)), $bad,
         'a signature of Ed25519 of zeros is refused');
    like(call('/all', "$input." . GateToken::b64("\1" . "\0" x 63)), $bad,
         '... and one of the neutral point');
    is(call('/all', $t), 'alice', '... while the true one is good');



=== TEST 2: kinds of tokens that are not taken
--- gate
    gate_consumer alice { }
    gate_issuer corp {
        issuer     https://issuer.example;
        audience   api;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms RS256;
        consumer   map=name;
    }
--- config
    location / { gate_auth jwt=corp; gate_service a.example; gate_pass http://sidecar; }
--- client
    my @kinds = (
        [ 'five parts', 'a.b.c.d.e', 'Encrypted tokens (JWE) are not supported.' ],
        [ 'five parts of which the second is empty', 'a..c.d.e',
          'Encrypted tokens (JWE) are not supported.' ],
        [ 'enc in a signed token', mint(header => { enc => 'A256GCM' }),
          'Encrypted tokens (JWE) are not supported.' ],
        [ 'zip', mint(header => { zip => 'DEF' }),
          'Encrypted tokens (JWE) are not supported.' ],
        [ 'crit', mint(header => { crit => [ 'exp' ] }),
          'The token has critical extensions ("crit"), of which none is supported.' ],
        [ 'crit, empty', mint(header => { crit => [] }),
          'The token has critical extensions ("crit"), of which none is supported.' ],
        [ 'b64', mint(header => { b64 => JSON::PP::false() }),
          'Tokens with an unencoded payload ("b64") are not supported.' ],
        [ 'a token in a token', mint(header => { cty => 'JWT' }, payload => mint()),
          'Tokens within tokens ("cty") are not supported.' ],
        [ 'the same, in other case', mint(header => { cty => 'jwt' }, payload => mint()),
          'Tokens within tokens ("cty") are not supported.' ],
        [ 'six parts', 'a.b.c.d.e.f', 'The token is malformed.' ],
    );

    for my $kind (@kinds) {
        is(call('/', $kind->[1]), "401 bad_token: $kind->[2]", "$kind->[0] is refused");
    }

    is(call('/', mint(claims => { aud => 'api' }, header => { cty => 'json' })), 'alice',
       'another cty says nothing');
