#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_shield with each method: what is a failure, what it spares, and what is
# none: keys that have changed, and servers that do not answer.

use strict;
use warnings;

use MIME::Base64 qw(encode_base64);

use GateKeyServer;
use GateSign;
use GateTest;
use GateToken;

our $keys = gate_keys();
our $secret = \$keys->{secret};

BEGIN {
    $ENV{TEST_NGINX_ALICE} = crypt 'wonder land', '$2b$04$abcdefghijklmnopqrstuu';
    $ENV{TEST_NGINX_BOB} = crypt 'bob', '$2b$04$abcdefghijklmnopqrstuu';
}

$ENV{TEST_NGINX_SECRET} = $keys->{secret_file};
$ENV{TEST_NGINX_JWKS} = $keys->{jwks_file};

my $server = GateKeyServer->start(port => port(1), dir => $ENV{TEST_NGINX_STATE});

sub ks { return $server }

ks()->serve('/keys', body => jwks('rsa'));


sub problem {
    my ($r) = @_;

    return "$r->{status} " . ($r->{status} == 200 ? 'ok' : $r->json()->{reason} // '?');
}


# What so many requests came to; what is said makes the fields of each.

sub many {
    my ($n, $path, $fields) = @_;

    my %n;

    $n{ problem(get($path, $fields->($_))) }++ for 1 .. $n;

    return join ', ', map { "$n{$_} x $_" } sort keys %n;
}


sub basic { return 'Authorization: Basic ' . encode_base64("$_[0]:$_[1]", '') }

sub bearer { return 'Authorization: Bearer ' . mint(@_) }

sub hashed {
    my ($n) = map { $_->{count} } grep { $_->{result} eq 'hashed' }
              @{ get('/status')->json()->{passwords} // [] };

    return $n // 0;
}


run_gate_tests();

__DATA__

=== TEST 1: passwords
--- gate
    gate_consumer acme { basic alice $TEST_NGINX_ALICE; basic bob $TEST_NGINX_BOB; }
--- config
    set_real_ip_from 127.0.0.1;
    real_ip_header X-Real-IP;
    gate_service s;
    gate_auth basic;
    location / { gate_shield failures=3/70m; gate_pass http://sidecar; }
    location /name/ { gate_shield failures=50/71m credential=2/71m; gate_pass http://sidecar; }
    location = /status { gate_auth off; gate_status; }
--- client
    is(problem(get('/', basic('alice', 'wonder land'))), '200 ok', 'a good one');

    my $before = hashed();

    is(many(8, '/', sub { basic('alice', "wrong$_[0]") }),
       '3 x 401 bad_password, 5 x 429 too_many_failures', 'three failures');
    is(hashed() - $before, 3, '... are three hashes');
    is(many(3, '/', sub { basic("nobody$_[0]", 'x') }), '3 x 429 too_many_failures',
       '... also for a user that nobody is');
    is(hashed() - $before, 3, '... which costs none');
    is(problem(get('/', 'Authorization: Basic !')), '429 too_many_failures',
       '... nor what is no Basic at all');
    is(problem(get('/')), '401 no_credential', '... and who brings none is asked for one');

    my $again = 0;

    # each worker remembers its own

    for (1 .. 20) {
        $again++ if problem(get('/', basic('alice', 'wonder land'))) eq '200 ok';
    }

    cmp_ok($again, '>=', 1, 'a password that a worker knows passes');

    my $from = sub {
        my ($address, $user, $password) = @_;

        return problem(get('/name/', basic($user, $password // 'wrong'),
                           "X-Real-IP: $address"));
    };

    is($from->('192.0.2.1', 'bob'), '401 bad_password', 'a name fails') for 1 .. 2;
    is($from->('192.0.2.1', 'bob'), '429 too_many_failures', '... and is used up');
    is($from->('192.0.2.2', 'bob'), '401 bad_password', 'another address has one more');
    is($from->('192.0.2.2', 'bob'), '429 too_many_failures', '... and no other');
    is($from->('192.0.2.1', 'alice'), '401 bad_password', 'another name is another one');
    is($from->('192.0.2.3', 'bob', 'bob'), '200 ok', 'who knows the password is let in');


=== TEST 2: signatures
--- gate
    gate_consumer acme { signature keyid=k secret=file:$TEST_NGINX_SECRET; }
--- config
    set_real_ip_from 127.0.0.1;
    real_ip_header X-Real-IP;
    gate_service s;
    gate_auth hmac;
    location / { gate_shield failures=3/72m; gate_pass http://sidecar; }
    location /name/ { gate_shield failures=50/77m credential=2/77m; gate_pass http://sidecar; }
--- client
    our $secret;

    my $sign = sub { signed('GET', $_[0], key => $_[1], @_[2 .. $#_]) };

    is(problem(get('/', $sign->('/', $secret))), '200 ok', 'a good signature');
    is(many(6, '/', sub { $sign->('/', \'wrong') }),
       '3 x 401 bad_signature, 3 x 429 too_many_failures', 'three failures of signatures');
    is(many(2, '/', sub { $sign->('/', \'wrong', keyid => 'nobody') }),
       '2 x 429 too_many_failures', '... and nobody looks for a key');

    my $from = sub {
        my ($address, $key) = @_;

        return problem(get('/name/', $sign->('/name/', $key), "X-Real-IP: $address"));
    };

    is($from->('192.0.2.1', \'wrong'), '401 bad_signature', 'the id of a key fails') for 1 .. 2;
    is($from->('192.0.2.1', \'wrong'), '429 too_many_failures', '... whose name is used up');
    is($from->('192.0.2.2', $secret), '200 ok', '... which its owner does not notice');


=== TEST 3: certificates
--- gate
    gate_consumer acme { mtls san:uri:spiffe://mesh/acme; }
--- config
    gate_service s;
    gate_auth mtls;
    gate_mtls xfcc from=127.0.0.1;
    location / { gate_shield failures=3/73m; gate_pass http://sidecar; }
--- client
    is(many(6, '/', sub { 'X-Forwarded-Client-Cert: ===' }),
       '3 x 401 bad_certificate, 3 x 429 too_many_failures', 'three failures of certificates');
    is(problem(get('/', 'X-Forwarded-Client-Cert: URI=spiffe://mesh/acme')), '200 ok',
       'a certificate that is good passes');


=== TEST 4: proofs
--- gate
    gate_replay 256k;
    gate_consumer alice { }
    gate_issuer i {
        issuer     https://issuer.example;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms RS256;
        consumer   map=name;
        dpop       optional;
    }
--- config
    gate_service s;
    gate_auth jwt=i;
    location / { gate_shield failures=3/74m; gate_pass http://sidecar; }
--- client
    my $token = mint(claims => { cnf => { jkt => 'a' x 43 } });

    is(many(6, '/', sub { ("Authorization: DPoP $token", 'DPoP: a.b.c') }),
       '3 x 401 bad_proof, 3 x 429 too_many_failures', 'three failures of proofs');


=== TEST 5: keys of an issuer that have changed
--- gate
    gate_issuer corp {
        issuer https://issuer.example; audience a; algorithms RS256;
        consumer map=name;
        jwks /_jwks/corp cooldown=200ms;
    }
    gate_consumer alice { }
--- config
    gate_service s;
    location / { gate_auth jwt=corp; gate_shield failures=3/75m; gate_pass http://sidecar; }
    location = /_jwks/corp { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1/keys; }
--- client
    my %a = (claims => { aud => 'a' });

    ok(wait_for(sub { problem(get('/', bearer(%a))) eq '200 ok' }), 'a good token');

    is(many(9, '/', sub { bearer(%a, key => 'rsa2', header => { kid => "x$_[0]" }) }),
       '9 x 401 bad_token', 'a key that is not known is no failure');
    is(many(5, '/', sub { bearer(%a, key => 'rsa2', header => { kid => 'rsa' }) }),
       '3 x 401 bad_token, 2 x 429 too_many_failures', 'a wrong signature is one');

    ks()->serve('/keys', body => jwks('rsa', 'rsa2'));
    ks()->reset();

    my %n;

    ok(wait_for(sub {
        $n{ problem(get('/', bearer(%a, key => 'rsa2'))) }++;
        return ks()->count('/keys') > 0;
    }), 'a key that is not known is fetched all the same');
    is(join(',', keys %n), '429 too_many_failures', '... but no signature is looked at');


=== TEST 6: a server of tokens that does not answer
--- gate
    gate_introspection corp {
        endpoint /_introspect/corp timeout=300ms;
        consumer claim=client_id unknown=any;
        unavailable 401;
    }
    gate_consumer any { }
--- config
    gate_service s;
    location / { gate_auth introspect=corp; gate_shield failures=2/76m; gate_pass http://sidecar; }
    location = /_introspect/corp { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1/in; }
--- client
    my $token = sub { "Authorization: Bearer t$_[0]" };

    ks()->serve('/in', status => 500, body => '');
    is(many(6, '/', $token), '6 x 401 bad_token', 'nobody has failed');

    ks()->serve('/in', body => '{"active":false}');
    is(many(5, '/', sub { $token->("x$_[0]") }),
       '2 x 401 bad_token, 3 x 429 too_many_failures', 'who is not active has');
