#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# The signed assertion: what a service gets, that it is what the gate itself
# takes for a token of its own, and that nobody else can send one.

use strict;
use warnings;

use JSON::PP ();
use MIME::Base64 qw(decode_base64url);

use GateTest;
use GateToken;

BEGIN {
    my $keys = gate_keys();

    $ENV{"TEST_NGINX_$_"} = $keys->{ lc $_ }{private} for qw(EC256 EC384 RSA);
    $ENV{"TEST_NGINX_${_}_PUB"} = $keys->{ lc $_ }{public} for qw(EC256 EC384 RSA);
}


my $json = JSON::PP->new;

sub token { return scalar join ' ', $_[0]->seen($_[1] // 'x-gate-assertion') }

sub part {
    my ($token, $n) = @_;

    return $json->decode(decode_base64url((split /\./, $token)[$n] // 'e30'));
}

sub claims { return part($_[0], 1) }


run_gate_tests();

__DATA__

=== TEST 1: what it says, and who believes it
--- gate
    gate_consumer acme id=id-7 {
        group partners testers; scope orders:read orders:write;
        key sha256(secret) id=cred-1; key sha256(second) id=cred-2; claim corp=alice;
    }
    gate_consumer beta { key sha256(beta) id=cred-b; }
    gate_issuer corp {
        issuer https://issuer.example; key_file $TEST_NGINX_RSA_PUB; algorithms RS256;
    }
    gate_issuer gate {
        issuer meshgate; key_file $TEST_NGINX_EC256_PUB; audience orders.mesh;
        algorithms ES256; consumer claim=sub map=name;
    }
    gate_issuer old {
        issuer meshgate; key_file $TEST_NGINX_EC384_PUB;
        algorithms ES384; consumer claim=sub map=name;
    }
    gate_issuer rsa {
        issuer https://gate.example; key_file $TEST_NGINX_RSA_PUB; audience mesh;
        algorithms RS512; consumer claim=sub map=name;
    }
    gate_assert key_file=$TEST_NGINX_EC256 kid=now ttl=1000s;
    gate_assert key_file=$TEST_NGINX_EC384;
    gate_service orders.mesh;
--- config
    $TEST_NGINX_LISTEN_H2
    gate_api orders version=v2;

    location /key/ { gate_auth key; gate_pass http://sidecar; }
    location /other/ { gate_auth key; gate_api other; gate_pass http://sidecar; }
    location /jwt/ { gate_auth jwt=corp; gate_pass http://sidecar; }
    location /public/ { gate_auth key anonymous=beta; gate_pass http://sidecar; }
    location /open/ { gate_pass http://sidecar; }
    location /off/ { gate_auth key; gate_assert off; gate_pass http://sidecar; }
    location /plain/ {
        gate_auth key; proxy_pass http://sidecar; proxy_set_header X-Mine $gate_assertion;
    }
    location /fresh/ {
        gate_auth key; gate_assert key_file=$TEST_NGINX_EC256 kid=now fresh;
        gate_pass http://sidecar;
    }
    location /rsa/ {
        gate_auth key; gate_pass http://sidecar;
        gate_assert key_file=$TEST_NGINX_RSA algorithm=RS512 issuer=https://gate.example
                    audience=mesh header=X-Passed always;
    }
    location /rsa-open/ {
        gate_pass http://sidecar;
        gate_assert key_file=$TEST_NGINX_RSA algorithm=RS512 issuer=https://gate.example
                    audience=mesh header=X-Passed always;
    }
    location /believe/ { gate_auth jwt=gate; gate_assert off; gate_pass http://sidecar; }
    location /believe-old/ { gate_auth jwt=old; gate_assert off; gate_pass http://sidecar; }
    location /believe-rsa/ { gate_auth jwt=rsa; gate_assert off; gate_pass http://sidecar; }
    location = /keys { gate_assert_keys; }
    location = /keys-long { gate_assert_keys max_age=1h; }
--- client
    my $r = get('/key/', 'apikey: secret');
    my $t = token($r);
    my $c = claims($t);

    is_deeply(part($t, 0), { alg => 'ES256', typ => 'JWT', kid => 'now' }, 'its head');
    is($c->{exp} - $c->{iat}, 1000, 'it lasts as long as is said');
    is(delete $c->{jti}, ($r->seen('x-request-id'))[0], 'it is minted for this request');
    delete @$c{qw(iat exp)};
    is_deeply($c, {
        iss => 'meshgate', aud => 'orders.mesh', sub => 'acme', consumer_id => 'id-7',
        groups => [ 'partners', 'testers' ], scope => 'orders:read orders:write',
        credential => 'cred-1', auth_method => 'key', api => 'orders', api_version => 'v2',
    }, 'what it says');

    is(join(' ', get('/believe/', "Authorization: Bearer $t")->seen('x-consumer-username')), 'acme',
       'the public half of the key verifies it');
    is(get('/believe/', 'Authorization: Bearer ' . $t =~ s/\.[^.]+$/.AAAA/r)->{status}, 401,
       '... and nothing else');
    is(get('/believe-old/', "Authorization: Bearer $t")->{status}, 401,
       'a key that only is shown did not sign it');

    my %seen;
    $seen{ token(get('/key/', 'apikey: secret')) }++ for 1 .. 6;
    my $workers = () = worker_pids();
    cmp_ok(scalar keys %seen, '<=', $workers, 'a worker mints it once');

    isnt(token(get('/key/', 'apikey: second')), $t, 'another credential, another one');
    is(claims(token(get('/key/', 'apikey: second')))->{credential}, 'cred-2', '... that says so');
    is(claims(token(get('/key/', 'apikey: beta')))->{sub}, 'beta', 'another caller');
    is(claims(token(get('/other/', 'apikey: secret')))->{api}, 'other', 'another API');
    my $j = mint(claims => { sub => 'alice', scope => 'a "b' });
    is(claims(token(get('/jwt/', "Authorization: Bearer $j")))->{scope}, 'a "b',
       'the scopes of a token');
    my $p = claims(token(get('/public/')));
    is("$p->{sub} $p->{anonymous}", 'beta 1', 'nobody is told as such');
    ok(!claims(token(get('/public/', 'apikey: beta')))->{anonymous}, '... and nobody else');

    %seen = ();
    for (1 .. 4) {
        my $f = get('/fresh/', 'apikey: secret');
        $seen{ token($f) }++;
        is(claims(token($f))->{jti}, ($f->seen('x-request-id'))[0], 'fresh: of this request');
    }
    is(scalar keys %seen, 4, '... each time');

    is(token(get('/open/')), '', 'no identity, no assertion');
    is(token(get('/off/', 'apikey: secret')), '', 'off');
    is(token(get('/plain/', 'apikey: beta'), 'x-mine') =~ tr/././, 2, 'the variable has it');
    is(claims(token(h2_get('/key/', 'apikey: beta')))->{sub}, 'beta', 'HTTP/2');

    my $x = token(get('/rsa/', 'apikey: secret'), 'x-passed');
    is(join(' ', get('/believe-rsa/', "Authorization: Bearer $x")->seen('x-consumer-username')),
       'acme', 'RS512, another issuer, audience and field');
    $x = claims(token(get('/rsa-open/'), 'x-passed'));
    is("$x->{api} $x->{iss} " . ($x->{sub} // '-'), 'orders https://gate.example -',
       'always: it has passed, as nobody');

    for my $path (qw(/key/ /open/ /off/ /rsa-open/ /believe/)) {
        my $seen = get($path, 'apikey: secret', "Authorization: Bearer $t",
                       'X-Gate-Assertion: forged', 'X_Gate_Assertion: forged',
                       'X-Passed: forged', 'x-passed: forged');
        unlike($seen->{seen}{text}, qr/forged/, "what a client sends does not arrive: $path");
    }

    my $k = get('/keys');
    is($k->{status}, 200, 'keys are shown');
    is($k->field('content-type'), 'application/jwk-set+json', '... as what they are');
    is($k->field('cache-control'), 'public, max-age=300', '... for some time');
    is(get('/keys-long')->field('cache-control'), 'public, max-age=3600', '... as is said');
    my $set = $k->json()->{keys};
    is(join(' ', map { "$_->{kty} $_->{alg} $_->{use}" } @$set),
       'EC ES256 sig EC ES384 sig RSA RS512 sig', 'all of them, once');
    is(scalar(grep { exists $_->{d} || exists $_->{p} } @$set), 0, 'no private half');
    is($set->[0]{kid}, 'now', 'by name');
    like($set->[1]{kid}, qr/^[\w-]{43}$/, '... or thumbprint');
    is(ask('HEAD', '/keys')->{status}, 200, 'HEAD');
    is(ask('POST', '/keys', 'x')->{status}, 405, 'nothing else');

    unlike(log_text('error.log'), qr/\Q$t\E/, 'no log has it');


=== TEST 2: it is minted anew when half of its time is over
--- gate
    gate_consumer acme { key sha256(secret); }
    gate_assert key_file=$TEST_NGINX_EC256 ttl=2s;
    gate_service orders.mesh;
--- config
    location / { gate_auth key; gate_pass http://sidecar; }
--- client
    my $t = token(get('/', 'apikey: secret'));

    ok(wait_for(sub { token(get('/', 'apikey: secret')) ne $t }), 'another one');

    for (1 .. 20) {
        my $c = claims(token(get('/', 'apikey: secret')));
        last if !ok($c->{exp} > time - 1, 'none that is over');
    }


=== TEST 3: groups and scopes are those that the fields have
--- gate
    gate_consumer acme { group admin; scope all; key sha256(secret); }
    gate_consumer beta { group beta; key sha256(beta); }
    gate_issuer corp {
        issuer https://issuer.example; key_file $TEST_NGINX_RSA_PUB; algorithms RS256;
        consumer unknown=acme; groups roles; scopes rights;
    }
    gate_issuer bare {
        issuer https://issuer.example; key_file $TEST_NGINX_RSA_PUB; algorithms RS256;
        consumer unknown=acme;
    }
    gate_assert key_file=$TEST_NGINX_EC256;
    gate_service orders.mesh;
--- config
    location /own/ { gate_auth jwt=corp key; gate_pass http://sidecar; }
    location /bare/ { gate_auth jwt=bare; gate_pass http://sidecar; }
--- client
    my $said = sub {
        my ($path, @fields) = @_;

        my $r = get($path, @fields);
        my $c = claims(token($r));

        return join(',', $r->seen('x-consumer-groups')) . ' '
               . join(',', @{ $c->{groups} // [] }) . ' ' . ($c->{scope} // '');
    };
    my $bearer = sub { return 'Authorization: Bearer ' . mint(claims => { sub => 'bob', @_ }) };

    for (1, 2) {
        is($said->('/own/', $bearer->(roles => ['reader'], rights => ['r', 'w'])),
           'reader reader r w', "those of the token ($_)");
        is($said->('/own/', $bearer->(roles => [ 'writer', 'reader' ])),
           'writer,reader writer,reader ', "... of another one ($_)");
        is($said->('/own/', $bearer->()), '  ', "... of one that has none ($_)");
        is($said->('/own/', 'apikey: secret'), 'admin admin all', "of the key's consumer ($_)");
        is($said->('/bare/', $bearer->(scope => 's')), 'admin admin s',
           "of the consumer, where the issuer says no groups ($_)");
    }
