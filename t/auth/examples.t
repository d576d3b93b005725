#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# The examples of conf/ about who calls, as they are but for ports, keys and
# files: each is loaded and called as its comments say. Those of key sets,
# introspection, Keycloak and signed requests are called by the tests of these.

use strict;
use warnings;

use Cwd qw(abs_path);
use Digest::SHA qw(sha256 sha256_hex);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use JSON::PP ();
use MIME::Base64 qw(encode_base64);
use Test::More;

use GateBackend;
use GateClient;
use GateKeyServer;
use GateNginx;
use GateRedis;
use GateToken;

my $conf = abs_path(dirname(__FILE__) . '/../../conf');
my $root = $ENV{TEST_NGINX_SERVROOT};
my ($service, $port, $second, $decisions, $redis_port) = map { $ENV{GATE_PORT_BASE} + $_ } 0 .. 4;

my $backend = GateBackend->start(port => $service, dir => $root);
my $keys = gate_keys();

basic();
mtls();
assertion();
dpop();
shield();
external();
in_redis();

done_testing();


# The example of that name with these replacements, started.

sub example {
    my ($name, @replace) = @_;

    my $text = slurp("$conf/$name");
    my ($main) = $text =~ /^(thread_pool .*)$/m;
    my $n = GateNginx->new(root => "$root/$name");

    $text =~ s/.*^http \{\n(.*)^\}.*/$1/ms;

    while (my ($from, $to) = splice @replace, 0, 2) {
        ok($text =~ s/$from/$to/g, "$name has what is replaced");
    }

    $text =~ s/127\.0\.0\.1:15001/127.0.0.1:$service/g;
    $text =~ s/listen  127\.0\.0\.1:8081/listen 127.0.0.1:$second/;
    $text =~ s/listen  8080/listen 127.0.0.1:$port/;
    $text =~ s{/var/log/nginx}{$root/$name/logs};

    $n->configure($n->head(main => $main ? "$main\n" : '')
                  . "http {\n" . $n->paths() . "\n$text\n}\n");
    $n->start();

    return $n;
}


sub ask {
    my ($target, @fields) = @_;

    my $c = GateClient->new($port);

    $c->write(join "\r\n", "GET $target HTTP/1.1", 'Host: localhost', 'Connection: close', @fields,
              '', '');

    return $c->read('GET') // die "no answer\n";
}


sub who {
    my $r = ask(@_);

    return join ' ', $r->seen('x-consumer-username') if $r->{seen};
    return "$r->{status} " . (eval { $r->json()->{reason} } // '-');
}


sub basic_field { return 'Authorization: Basic ' . encode_base64($_[0], '') }


sub basic {
    my $secret = "$root/alice.secret";
    my $hash = `openssl passwd -6 'open sesame'`;

    spew($secret, $hash);
    chmod 0600, $secret;

    my $n = example('basic.conf', 'sample/alice\.secret', $secret);

    is(who('/', basic_field('alice:open sesame')), 'acme', 'basic.conf: a name and its password');
    is(who('/', basic_field('alice:open sesam')), '401 bad_password', '... a wrong one');
    is(who('/'), '401 no_credential', '... and none');
    is(who('/either/', basic_field('alice:open sesame')), 'acme', '... or a key');
    $n->stop();
}


sub run_openssl {
    my $said = `cd $root && openssl @_ 2>&1`;
    die "openssl @_: $said" if $? != 0;
}


sub cert {
    my ($name, $subject, $sans) = @_;

    run_openssl("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $name.key"
                . " -out $name.csr -subj '$subject'");
    spew("$root/$name.ext", "subjectAltName=$sans\n");
    run_openssl("x509 -req -in $name.csr -days 30 -extfile $name.ext -out $name.pem"
                . ' -CA ca.pem -CAkey ca.key -CAcreateserial');
}


sub mtls {
    run_openssl('req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key'
                . ' -out ca.pem -subj /CN=ca -days 30');
    cert('dns', '/CN=some', 'DNS:client.acme.example');
    cert('uri', '/CN=some', 'URI:spiffe://cluster.local/ns/shop/sa/orders');
    cert('other', '/CN=some', 'DNS:other.example');

    my $n = example('mtls.conf', 'sample/clients\.pem', "$root/ca.pem",
                    'sample/', "$conf/sample/", 'listen  8443', "listen 127.0.0.1:$second");

    is(by_cert('dns'), 'acme', 'mtls.conf: a name of a certificate');
    is(by_cert('uri'), 'orders', '... a SPIFFE id');
    is(by_cert('other'), 403, '... one that nobody has');
    like(by_cert(''), qr/^401/, '... and no certificate');
    like(who('/', 'X-Forwarded-Client-Cert: URI=spiffe://cluster.local/ns/shop/sa/orders'),
         qr/^401/, '... nor what a stranger says of one');
    $n->stop();
}


sub by_cert {
    my ($name) = @_;

    my $cert = $name ? "--cert $root/$name.pem --key $root/$name.key" : '';
    my $text = `curl -sS -k --max-time 20 -w '\\n%{http_code}' $cert https://127.0.0.1:$second/`;

    return $1 if $text =~ /^x-consumer-username: (.*?)\r?$/mi;
    return $text =~ /(\d+)$/ ? $1 : 'none';
}


sub assertion {
    my $n = example('assertion.conf', '8e65edf1[0-9a-f]{56}', sha256_hex('mine'), 'sample/',
                    "$conf/sample/");
    my ($said) = ask('/orders/1', 'apikey: mine')->seen('x-gate-assertion');
    my $claims = decoded($said, 1);

    is($claims->{sub}, 'acme', 'assertion.conf: the service is told who calls');
    is_deeply([ $claims->{iss}, $claims->{aud}, $claims->{api} ],
              [ 'https://gate.example.com', 'orders.example', 'orders' ],
              '... by whom and to whom');
    is(decoded((ask('/orders/1')->seen('x-gate-assertion'))[0], 1)->{sub}, 'visitors',
       '... also of nobody');
    is(decoded((ask('/payments/', 'apikey: mine')->seen('x-gate-assertion'))[0], 1)->{aud},
       'payments', '... for another audience');
    is(scalar(() = ask('/old/', 'apikey: mine')->seen('x-gate-assertion')), 0, '... or not at all');

    my $set = JSON::PP->new->decode(`curl -sS http://127.0.0.1:$second/keys`);

    is($set->{keys}[0]{kid}, decoded($said, 0)->{kid}, '... by a key that is served');
    $n->stop();
}


sub decoded {
    my ($token, $part) = @_;

    my $text = (split /\./, $token)[$part] =~ tr{-_}{+/}r;

    return JSON::PP->new->decode(MIME::Base64::decode_base64($text));
}


sub dpop {
    my $set = "$root/apps.jwks";

    spew($set, jwks('rsa'));

    my $n = example('dpop.conf', 'sample/corp\.jwks', $set, 'sample/', "$conf/sample/");
    my $jwk = JSON::PP->new->decode(jwks('ec256'))->{keys}[0];

    delete @$jwk{qw(kid use alg)};

    my %claims = (iss => 'https://id.example.com/', aud => 'https://api.example.com',
                  client_id => 'acme');
    my $print = GateToken::b64(sha256(JSON::PP->new->canonical->encode($jwk)));
    my $token = mint(claims => { %claims, cnf => { jkt => $print } });
    my $proof = mint(alg => 'ES256', key => 'ec256',
                     header => { typ => 'dpop+jwt', kid => undef, jwk => $jwk },
                     claims => { iss => undef, sub => undef, exp => undef, jti => "$$-1",
                                 htm => 'GET', htu => 'http://localhost/orders/1', iat => time(),
                                 ath => GateToken::b64(sha256($token)) });

    is(who('/orders/1', "Authorization: DPoP $token", "DPoP: $proof"), 'acme',
       'dpop.conf: a token with a proof');
    is(who('/orders/1', "Authorization: DPoP $token", "DPoP: $proof"), '401 replayed',
       '... once');
    like(who('/orders/1', "Authorization: Bearer $token"), qr/^401/, '... and never alone');
    like(who('/accounts/', 'Authorization: Bearer ' . mint(claims => \%claims)), qr/^401/,
         '... nor without the certificate');
    $n->stop();
}


sub shield {
    my $n = example('shield.conf', '85a75d3a[0-9a-f]{56}', sha256_hex('mine'));

    is(join(' ', map { who('/payments/', "apikey: guess$_") =~ /^(\d+)/ } 1 .. 7),
       '401 401 401 401 401 429 429', 'shield.conf: guesses are counted');
    is(who('/payments/', 'apikey: mine'), 'acme', '... who is known passes');
    is(join(' ', map { who('/orders/', "apikey: guess$_") =~ /^(\d+)/ } 1 .. 12),
       join(' ', ('401') x 12), '... and nothing is refused on trial');
    $n->stop();
    like(slurp("$root/shield.conf/logs/shield.log"), qr/ 429 "too_many_failures" shield=REJECTED/,
         '... as the log says');
}


sub external {
    my $decide = GateKeyServer->start(port => $decisions, dir => $root);
    my $n = example('external-authorization.conf', 'bdeffac5[0-9a-f]{56}', sha256_hex('mine'),
                    '127\.0\.0\.1:9191', "127.0.0.1:$decisions",
                    'gate_deny +time=[^;]*;', '');

    $decide->serve('/decide', status => 204, body => '');
    is(who('/orders/7?a=b', 'apikey: mine'), 'acme', 'external-authorization.conf: both agree');

    my $seen = JSON::PP->new->canonical->encode($decide->last('/decide'));

    like($seen, qr/acme/, '... the service that decides was told who calls');
    like($seen, qr/orders:read/, '... with which scope');
    like($seen, qr{/orders/7\?a=b}, '... and what for');

    $decide->serve('/decide', status => 403, body => 'no');
    like(who('/orders/7', 'apikey: mine'), qr/^403/, '... one does not');
    $decide->stop();
    like(who('/orders/7', 'apikey: mine'), qr/^500/, '... or does not answer');
    $n->stop();
}


sub in_redis {
    my $redis = GateRedis->new(port => $redis_port, dir => "$root/redis");

    $redis->start();
    $redis->ask('HSET', 'gate:c:{acme}', 'plan', 'gold', 'groups', 'partners');
    $redis->ask('HSET', 'gate:k:{' . sha256_hex('mine') . '}', 'owner', 'acme', 'credential',
                'acme-1');

    my $n = example('redis-consumers.conf', '127\.0\.0\.1:6379 timeout=20ms',
                    "127.0.0.1:$redis_port timeout=5s");

    is(who('/orders/', 'apikey: mine'), 'acme', 'redis-consumers.conf: a key of Redis');
    is(who('/internal/', 'apikey: mine'), '401 bad_key', '... and not where only the file counts');
    $redis->ask('DEL', 'gate:k:{' . sha256_hex('mine') . '}');
    ok(wait_for(sub { who('/orders/', 'apikey: mine') eq '401 bad_key' }), '... until it is gone');
    $n->stop();
    $redis->stop();
}
