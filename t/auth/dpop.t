#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Tokens that are bound to a key: only who proves that he has it is taken, once
# for each proof, also of a token that is remembered.

use strict;
use warnings;

use Digest::SHA qw(sha256);

use GateRedis;
use GateTest;
use GateToken;

our $keys = gate_keys();

$ENV{TEST_NGINX_JWKS} = $keys->{jwks_file};

my $n = 0;


sub who {
    my ($r) = @_;

    return join(' ', $r->seen('x-consumer-username')) || '(nobody)' if $r->{seen};
    return "$r->{status} " . (eval { $r->json()->{reason} } // 'no problem');
}


# The public key of that name, and its thumbprint (RFC 7638).

sub jwk_of {
    my ($name) = @_;

    my $set = JSON::PP->new->decode(jwks($name));
    my %jwk = %{ $set->{keys}[0] };

    delete @jwk{qw(kid use alg)};

    return \%jwk;
}


sub thumbprint {
    my ($jwk) = @_;

    return GateToken::b64(sha256(JSON::PP->new->canonical->encode($jwk)));
}


# A token bound to that key, undef for none.

sub token {
    my ($name, %claims) = @_;

    return mint(claims => { (defined $name ? (cnf => { jkt => thumbprint(jwk_of($name)) }) : ()),
                            sub => 'alice', %claims });
}


# A proof for "GET /a" with that token by that key, but for what is said.

sub proof {
    my ($token, $name, %arg) = @_;

    my $alg = $arg{alg} // ($name eq 'rsa2' ? 'PS256' : $name eq 'ed25519' ? 'EdDSA' : 'ES256');
    my $jwk = $arg{jwk} // jwk_of($name);

    return mint(
        alg => $alg, key => $name,
        header => { typ => 'dpop+jwt', kid => undef, jwk => $jwk, %{ $arg{header} // {} } },
        claims => { iss => undef, sub => undef, exp => undef, jti => "$$-" . time() . '-' . ++$n,
                    htm => 'GET', htu => 'http://localhost/a', iat => time(),
                    ath => GateToken::b64(sha256($token)), %{ $arg{claims} // {} } });
}


sub call {
    my ($token, $proof, @fields) = @_;

    return get('/a', "Authorization: DPoP $token", (defined $proof ? "DPoP: $proof" : ()), @fields);
}


run_gate_tests();

__DATA__

=== TEST 1: a proof for each request
--- gate
    gate_replay 256k;
    gate_consumer alice { }

    gate_issuer i {
        issuer     https://issuer.example;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms RS256;
        consumer   map=name;
        dpop       optional skew=5s max_age=60s;
    }
--- config
    $TEST_NGINX_LISTEN_H2

    gate_service s;
    gate_auth jwt=i;

    location / { gate_pass http://sidecar; }
--- client
    our ($keys);

    my $token = token('ec256');
    my $proof = proof($token, 'ec256');

    is(who(call($token, $proof)), 'alice', 'a proof');
    is(who(call($token, $proof)), '401 replayed', '... is taken once');
    is(who(call($token, proof($token, 'ec256'))), 'alice', '... another one')
        for 1 .. 4;

    for my $name (qw(rsa2 ed25519 ec256)) {
        my $bound = token($name);

        is(who(call($bound, proof($bound, $name))), 'alice', "a key of $name");
    }

    is(who(get('/a', "Authorization: dpop   $token", 'DPoP: ' . proof($token, 'ec256'))), 'alice',
       'a scheme has no case');
    is(who(get('/a', 'Authorization: Bearer ' . token(undef))), 'alice',
       'a token that is bound to nothing');

    # who has no proof

    is(who(get('/a', "Authorization: Bearer $token")), '401 bad_token', 'a bound one as Bearer');
    is(who(get('/a', "Authorization: Bearer $token", 'DPoP: ' . proof($token, 'ec256'))),
       '401 bad_token', '... also with a proof');
    is(who(call($token)), '401 bad_proof', 'without a proof');
    is(who(call($token, proof($token, 'ec256'), 'DPoP: ' . proof($token, 'ec256'))),
       '401 bad_proof',
       'with two of them');
    is(who(call(token(undef), proof(token(undef), 'ec256'))), '401 bad_token',
       'with a proof for a token that is bound to nothing');

    my $r = call($token, 'x');

    is(who($r), '401 bad_proof', 'with what is none');
    is(scalar(grep { /^DPoP algs="ES256 .*", error="invalid_dpop_proof"$/ }
              $r->all('www-authenticate')), 1, '... which the challenge says');
    is(scalar(grep { /^DPoP algs="ES256 [^"]+"$/ } get('/a')->all('www-authenticate')), 1,
       '... and before what is taken');

    # proofs that are wrong

    my $now = time();
    my %jwk = %{ jwk_of('ec256') };

    for ([ 'of another key', proof($token, 'evil256', jwk => \%jwk) ],
         [ 'with another key in it', proof($token, 'ec384', alg => 'ES384') ],
         [ 'for another method', proof($token, 'ec256', claims => { htm => 'POST' }) ],
         [ 'for another path', proof($token, 'ec256', claims => { htu => 'http://localhost/b' }) ],
         [ 'for another host', proof($token, 'ec256', claims => { htu => 'http://other/a' }) ],
         [ 'for another scheme',
           proof($token, 'ec256', claims => { htu => 'https://localhost/a' }) ],
         [ 'for another token', proof(token('ec256', x => 1), 'ec256') ],
         [ 'without ath', proof($token, 'ec256', claims => { ath => undef }) ],
         [ 'without jti', proof($token, 'ec256', claims => { jti => undef }) ],
         [ 'with a long jti', proof($token, 'ec256', claims => { jti => 'x' x 257 }) ],
         [ 'without iat', proof($token, 'ec256', claims => { iat => undef }) ],
         [ 'too old', proof($token, 'ec256', claims => { iat => $now - 90 }) ],
         [ 'of the future', proof($token, 'ec256', claims => { iat => $now + 60 }) ],
         [ 'of another type', proof($token, 'ec256', header => { typ => 'JWT' }) ],
         [ 'without a type', proof($token, 'ec256', header => { typ => undef }) ],
         [ 'without a key', proof($token, 'ec256', header => { jwk => undef }) ],
         [ 'with crit', proof($token, 'ec256', header => { crit => [ 'x' ] }) ],
         [ 'with a private key', proof($token, 'ec256', jwk => { %jwk, d => 'AAAA' }) ],
         [ 'by a secret', proof($token, \'secret', alg => 'HS256', jwk => \%jwk) ],
         [ 'not signed', proof($token, 'ec256', jwk => \%jwk) =~ s/\.[^.]*$/./r ])
    {
        is(who(call($token, $_->[1])), '401 bad_proof', "a proof $_->[0]");
    }

    # how the target may be written

    for ('http://localhost/a?b=c', 'http://localhost/a#b', 'HTTP://LOCALHOST:80/a',
         'http://localhost/%61')
    {
        is(who(call($token, proof($token, 'ec256', claims => { htu => $_ }))), 'alice', "htu $_");
    }

    is(who(h2_get('/a', "authorization: DPoP $token", 'dpop: '
                  . proof($token, 'ec256', claims => { htu => "http://127.0.0.1:$h2_port/a" }))),
       'alice', 'over HTTP/2');

    is(who(call(token('ec256', exp => $now - 60), 'x')), '401 expired_token',
       'a token is looked at first');


=== TEST 2: what an issuer asks for
--- gate
    gate_replay 256k;
    gate_consumer alice { }

    gate_issuer must {
        issuer     https://issuer.example;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms RS256;
        consumer   map=name;
        dpop       required;
    }
    gate_issuer off {
        issuer     https://off.example;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms RS256;
        consumer   map=name;
        dpop       off;
    }
    gate_issuer unset {
        issuer     https://unset.example;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms RS256;
        consumer   map=name;
    }
--- config
    gate_service s;

    location /off   { gate_auth jwt=off; gate_pass http://sidecar; }
    location /unset { gate_auth jwt=unset; gate_pass http://sidecar; }
    location /      { gate_auth jwt=must; gate_pass http://sidecar; }
--- client
    my $token = token('ec256');

    is(who(call($token, proof($token, 'ec256'))), 'alice', 'required: a proof');
    is(who(get('/a', 'Authorization: Bearer ' . token(undef))), '401 bad_token',
       '... a token that is bound to nothing');

    my $off = token('ec256', iss => 'https://off.example');
    my $unset = token('ec256', iss => 'https://unset.example');

    is(who(get('/off', "Authorization: Bearer $off")), 'alice', 'off: nobody looks');
    is(who(get('/unset', "Authorization: Bearer $unset")), '401 bad_token',
       'unset: a bound token is not taken as if it were not');
    is(who(get('/unset', 'Authorization: Bearer ' . token(undef, iss => 'https://unset.example'))),
       'alice', '... another one is');
    is(who(get('/unset', "Authorization: DPoP $unset")), '401 no_credential',
       '... and there is no such scheme');


=== TEST 3: ids of proofs in Redis
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=300ms;
    gate_replay 256k;
    gate_consumer alice { }

    gate_issuer i {
        issuer     https://issuer.example;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms RS256;
        consumer   map=name;
        dpop       required replay=redis;
    }
--- config
    gate_service s;
    gate_auth jwt=i;

    location / { gate_pass http://sidecar; }
--- client
    my $redis = GateRedis->new(port => port(8), dir => "$ENV{TEST_NGINX_STATE}/redis");
    my $token = token('ec256');

    # by one worker: each finds out by itself that Redis is there

    my $at = client();
    my $one = sub {
        $at->write(request('GET', '/a', undef, "Authorization: DPoP $token", "DPoP: $_[0]",
                           'Connection: keep-alive'));
        return who($at->read())
    };

    $redis->start();

    ok(wait_for(sub { $one->(proof($token, 'ec256')) eq 'alice' }), 'Redis is there');

    my $proof = proof($token, 'ec256');

    is($one->($proof), 'alice', 'a proof is new for all nodes');
    is($one->($proof), '401 replayed', '... once');

    my $other = proof($token, 'ec256', claims => { jti => 'seen' });
    my $scope = 'd:' . thumbprint(jwk_of('ec256'));

    $redis->ask('SET', 'gate:r:' . hash_of(pack('Q<', length $scope) . $scope . 'seen'), 1);
    is($one->($other), '401 replayed', 'one that another node has seen');

    $redis->freeze();

    my $c = client();

    $c->write(request('GET', '/a', undef, "Authorization: DPoP $token",
                      'DPoP: ' . proof($token, 'ec256')));
    select(undef, undef, undef, 0.05);
    $c->close();

    is(who(call($token, proof($token, 'ec256'))), '503 replay_unavailable',
       'Redis does not answer');
    $redis->thaw();
    $redis->stop();


=== TEST 4: what goes on with the token, and what does not
--- gate
    gate_replay 256k;
    gate_consumer alice { key sha256(secret); }

    gate_issuer i {
        issuer     https://issuer.example;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms RS256;
        consumer   map=name;
        dpop       optional skew=5s max_age=60s;
    }
--- config
    gate_service s;

    location /on   { gate_auth jwt=i; gate_pass http://sidecar; }
    location /hide { gate_auth jwt=i hide; gate_pass http://sidecar;
                     proxy_intercept_errors on; error_page 404 = @again; }
    location /key  { gate_auth key jwt=i; gate_pass http://sidecar; }
    location /none { gate_auth key; gate_pass http://sidecar; }
    location @again { gate_auth jwt=i hide; gate_pass http://sidecar; }
--- client
    my $seen = sub {
        my ($path, @fields) = @_;

        my $token = token('ec256');
        my $p = proof($token, 'ec256', claims => { htu => "http://localhost$path" });
        my $r = get($path, "Authorization: DPoP $token", "DPoP: $p", 'Dpoq: 1', @fields);

        return join ' ', who($r), map { scalar(() = $r->seen($_)) } qw(authorization dpop dpoq);
    };

    is($seen->('/on'), 'alice 1 1 1', 'both go on');
    is($seen->('/hide'), 'alice 0 0 1', 'hide: neither does');
    is($seen->('/key', 'apikey: secret'), 'alice 0 0 1', 'not if another method decided');
    is($seen->('/none', 'apikey: secret'), 'alice 1 1 1', 'where no token is asked for they are '
       . 'nothing of the gate');
    is($seen->('/hide?status=404'), 'alice 0 0 1', 'an error page that asks again has them');
