#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# HTTP Message Signatures: who signs is who he says, and what he signed is what
# he sent.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);

use GateRedis;
use GateSign;
use GateTest;
use GateToken;

our $keys = gate_keys();

$ENV{TEST_NGINX_KEYS} = $keys->{dir};
$ENV{TEST_NGINX_SECRET} = $keys->{secret_file};

# The example, as it is, with ports and paths of this test.

our $sample = "$ENV{TEST_NGINX_STATE}/sample";

BEGIN {
    my $conf = abs_path(dirname(__FILE__) . '/../../conf');
    my $text = GateNginx::slurp("$conf/signatures.conf");
    my $state = $ENV{TEST_NGINX_STATE};

    mkdir "$state/sample";
    GateNginx::spew("$state/sample/$_", GateNginx::slurp("$conf/sample/$_"))
        for qw(users.pem jobs.secret);
    chmod 0600, "$state/sample/jobs.secret";

    $text =~ s/.*^http \{\n(.*)^\}.*/$1/ms;
    $text =~ s{sample/}{$state/sample/}g;
    $text =~ s/127\.0\.0\.1:15001/$ENV{TEST_NGINX_BACKEND}/;
    $text =~ s/listen  8080/listen 127.0.0.1:$ENV{TEST_NGINX_PORT_3}/;

    $ENV{TEST_NGINX_EXAMPLE} = $text;
}

our $secret = \$keys->{secret};


sub who {
    my ($r) = @_;

    return join(' ', $r->seen('x-consumer-username')) || '(nobody)' if $r->{seen};
    return "$r->{status} " . (eval { $r->json()->{reason} } // 'no problem');
}


# One request that is signed with the secret, and who it was.

sub as {
    my ($method, $target, %arg) = @_;

    return who(ask($method, $target, $arg{body}, signed($method, $target, key => $secret, %arg)));
}


run_gate_tests();

__DATA__

=== TEST 1: keys of each kind, and what must not be taken
--- gate
    gate_replay 256k;

    gate_consumer hans { signature keyid=k secret=file:$TEST_NGINX_SECRET; }
    gate_consumer rosa {
        signature keyid=rsa key_file=$TEST_NGINX_KEYS/rsa.pem algorithm=rsa-pss-sha512 id=rosa-1;
    }
    gate_consumer rita {
        signature keyid=old key_file=$TEST_NGINX_KEYS/rsa2.pem algorithm=rsa-v1_5-sha256;
    }
    gate_consumer ella {
        signature keyid=ec256 key_file=$TEST_NGINX_KEYS/ec256.pem algorithm=ecdsa-p256-sha256;
        signature keyid=ec384 key_file=$TEST_NGINX_KEYS/ec384.pem algorithm=ecdsa-p384-sha384;
    }
    gate_consumer edda {
        signature keyid=ed25519 key_file=$TEST_NGINX_KEYS/ed25519.pem algorithm=ed25519;
    }
    gate_consumer away { disabled; signature keyid=away secret=file:$TEST_NGINX_SECRET; }
    gate_consumer late { signature keyid=late secret=file:$TEST_NGINX_SECRET not_after=2020-01-01; }
    gate_consumer kurt { key sha256(kurt); }
--- config
    gate_service s;

    location /both/ { gate_auth signature key; gate_pass http://sidecar; }
    location /hmac/ { gate_auth hmac; gate_pass http://sidecar; }
    location /all/  { gate_auth signature key all; gate_pass http://sidecar; }
    location /      { gate_auth signature; gate_pass http://sidecar; }
--- client
    our ($keys, $secret);

    is(as('GET', '/a'), 'hans', 'a shared secret');
    is(as('GET', '/a?b=1', key => 'rsa', keyid => 'rsa'), 'rosa', 'RSA-PSS');
    is(as('GET', '/a', key => 'rsa2', keyid => 'old', algorithm => 'rsa-v1_5-sha256'), 'rita',
       'RSA v1.5');
    is(as('GET', '/a', key => $_, keyid => $_), 'ella', $_) for qw(ec256 ec384);
    is(as('GET', '/a', key => 'ed25519', keyid => 'ed25519'), 'edda', 'Ed25519');

    is(as('GET', '/a', key => 'ec256', keyid => 'ec256', alg => 'ecdsa-p256-sha256'), 'ella',
       'an alg that is the key\'s');
    is(as('GET', '/a', key => 'ec256', keyid => 'ec256', alg => $_), '401 bad_signature',
       "another alg: $_") for 'ed25519', 'none', 'hmac-sha256', '';
    is(as('GET', '/a', key => 'evil256', keyid => 'ec256', algorithm => 'ecdsa-p256-sha256'),
       '401 bad_signature', 'another key');
    is(as('GET', '/a', key => \'wrong'), '401 bad_signature', 'another secret');
    is(as('GET', '/a', keyid => 'nobody'), '401 bad_signature', 'a key that nobody has');
    is(as('GET', '/a', keyid => 'away'), '403 disabled_consumer', 'a consumer who is disabled');
    is(as('GET', '/a', keyid => 'late'), '401 expired_signature_key', 'a key whose time is over');
    is(as('GET', '/a', keyid => 'away', key => \'wrong'), '401 bad_signature',
       'of whom nobody learns who did not sign as he');

    # the public key is no secret: with it as one nobody gets in

    my $pem = GateNginx::slurp("$keys->{dir}/ec256.pem");

    is(as('GET', '/a', key => \$pem, keyid => 'ec256'), '401 bad_signature', 'PEM as a secret');

    is(as('GET', '/hmac/a'), 'hans', 'hmac takes a secret');
    is(as('GET', '/hmac/a', key => 'ec256', keyid => 'ec256'), '401 bad_signature',
       '... and no other key');

    my $r = get('/a');

    is(who($r), '401 no_credential', 'who does not sign');
    is($r->field('www-authenticate'), 'Signature realm="gate"', '... is told of the scheme');
    is($r->field('accept-signature'),
       'sig1=("@method" "@authority" "@path" "@query" "content-digest");created',
       '... and what to sign');

    is(who(get('/both/', 'apikey: kurt')), 'kurt', 'another method beside it');
    is(who(get('/both/', 'apikey: kurt', 'Signature: a=:AAAA:')), '401 bad_signature',
       '... but what is there decides');
    is(who(get('/all/', 'apikey: kurt', signed('GET', '/all/', key => $secret))),
       '403 unknown_consumer', 'all of two must be of one consumer');


=== TEST 2: what is signed is what was sent
--- gate
    gate_consumer hans { signature keyid=k secret=file:$TEST_NGINX_SECRET; }
--- config
    gate_service s;

    location /edit/  {
        gate_auth signature;
        gate_transform request { set field X-A changed; rename field X-B X-C; }
        gate_pass http://sidecar;
    }
    location /query/ {
        gate_auth signature;
        gate_key_names query=token;
        gate_pass http://sidecar;
    }
    location /must/  {
        gate_auth signature;
        gate_signature components=@method,@target-uri,X-A;
        gate_pass http://sidecar;
    }
    location /rewrite/ { rewrite ^/rewrite/(.*)$ /moved/$1?x=y last; }
    location /       { gate_auth signature; gate_pass http://sidecar; }
--- client
    our ($keys, $secret);

    my @full = ('@method', '@target-uri', '@authority', '@scheme', '@request-target', '@path');

    is(as('GET', '/a', components => \@full), 'hans', 'all of a target');
    is(as('GET', '/a?b=1&c=2', components => [ @full, '@query', '@query-param";name="c"' ]), 'hans',
       '... with a query');
    is(as('GET', $_), 'hans', "the path as it came: $_")
        for '/a%41', '/%61', '/a%20b', '/a?', '/a?b=%2f&c=+d', '/a?/../b';
    is(as('GET', '/rewrite/a'), 'hans', 'a target that was rewritten');
    is(as('GET', '/query/?token=x&b=1'), 'hans', 'an argument that is taken out as a key');
    is(as('GET', $_), 'hans', "... also where nginx merges or resolves it: $_")
        for '/a//b', '/a/./b/../c';
    is(as('GET', $_), '400 bad_path', "a path that no service gets: $_") for '/a%2Fb', '/a%5cb';

    is(ask('HEAD', '/a', undef, signed('HEAD', '/a', key => $secret))->{status}, 200, 'HEAD');
    is(as('DELETE', '/a'), 'hans', 'DELETE');

    # what was changed on the way

    my @fields = signed('GET', '/a?b=1', key => $secret);

    is(who(get('/a?b=1', @fields)), 'hans', 'the request itself');
    is(who(get($_, @fields)), '401 bad_signature', "another target: $_")
        for '/b?b=1', '/a?b=2', '/%61?b=1', '/a?b=1&', '/A?b=1';
    is(who(get('/a', @fields)), '401 bad_signature', '... without its query');
    is(who(ask('DELETE', '/a?b=1', undef, @fields)), '401 bad_signature', 'another method');
    is(who(get('/a?b=1', @fields, 'Host: other')), '401 bad_signature', 'another host');
    is(who(get('/a?b=1', @fields, 'Host: LOCALHOST:80')), 'hans',
       'the same host, written otherwise');

    my @one = signed('GET', '/a?b=1&c=2', key => $secret);

    is(who(get('/a?c=2&b=1', @one)), '401 bad_signature', 'arguments in another order');

    # in absolute form the authority is the target's

    my @abs = signed('GET', '/a', key => $secret, host => 'api.example');

    is(who(raw(join("\r\n", 'GET http://API.example:80/a HTTP/1.1', 'Host: api.example',
                    'Connection: close', @abs, '', ''))), 'hans', 'a target in absolute form');

    # fields

    my @with = (fields => [ 'X-A: one', 'X-B: 1', 'X-A:  two ', 'X-E:' ],
                components => [ '@method', '@authority', '@path', 'x-a', 'x-b', 'x-e', 'x-a";bs' ]);
    my @signed = signed('GET', '/a', key => $secret, @with);

    is(who(get('/a', @signed)), 'hans', 'fields that stand there twice');
    is(who(get('/a', 'X-A: one, two', grep { !/^X-A/ } @signed)), '401 bad_signature',
       '... and as a sequence of bytes each line counts');
    is(who(get('/a', @signed, 'X-A: three')), '401 bad_signature', 'one line more');
    is(who(get('/a', @signed, 'X-F: three')), 'hans', 'what is not signed may be added');
    is(who(get('/a', grep { !/^X-B/ } @signed)), '401 bad_signature', 'one field less');
    is(who(get('/a', map { s/^X-B: 1/X-B: 2/r } @signed)), '401 bad_signature', 'another value');

    my $r = get('/edit/', signed('GET', '/edit/', key => $secret,
                                 fields => [ 'X-A: one', 'X-B: 1' ],
                                 components => [ '@method', '@authority', '@path', 'x-a', 'x-b' ]));

    is(who($r), 'hans', 'fields that are changed behind it');
    is(join(' ', $r->seen('x-a'), $r->seen('x-c')), 'changed 1', '... are, for the service');

    is(as('GET', '/a', fields => [ 'X-Forwarded-For: 192.0.2.1' ],
          components => [ '@method', '@authority', '@path', 'x-forwarded-for' ]),
       '401 bad_signature', 'fields that hygiene takes cannot be signed');
    is(as('GET', '/a', fields => [ 'Authorization: Basic x', 'Cookie: a=b' ],
          components => [ '@method', '@authority', '@path', 'authorization', 'cookie' ]),
       'hans', 'others can');

    is(as('GET', '/must/', fields => [ 'X-A: 1' ],
          components => [ '@method', '@target-uri', 'x-a' ]),
       'hans', 'what a location asks for');
    is(as('GET', '/must/', fields => [ 'X-A: 1' ], components => [ '@method', '@target-uri' ]),
       '401 unsigned_component', '... less than that');
    is(get('/must/')->field('accept-signature'), 'sig1=("@method" "@target-uri" "x-a");created',
       '... and it says so');
    is(as('GET', '/must/', components => [ '@method', '@target-uri', 'x-a' ]), '401 bad_signature',
       '... a field that is not there');


=== TEST 3: form, times and what is covered
--- gate
    gate_consumer hans { signature keyid=k secret=file:$TEST_NGINX_SECRET; }
--- config
    gate_service s;

    location /tag/   { gate_auth signature; gate_signature tag=app; gate_pass http://sidecar; }
    location /label/ { gate_auth signature; gate_signature label=mine; gate_pass http://sidecar; }
    location /short/ {
        gate_auth signature;
        gate_signature skew=0 max_age=10s;
        gate_pass http://sidecar;
    }
    location /       { gate_auth signature; gate_pass http://sidecar; }
--- client
    our ($keys, $secret);

    my $now = time();

    is(as('GET', '/a', created => $now + 20), 'hans', 'a clock that is a little ahead');
    is(as('GET', '/a', created => $now - 320), 'hans', '... or behind');
    is(as('GET', '/a', created => $now + 120), '401 expired_signature', 'of the future');
    is(as('GET', '/a', created => $now - 400), '401 expired_signature', 'too old');
    is(as('GET', '/a', created => $now, expires => $now - 60), '401 expired_signature',
       'whose own time is over');
    is(as('GET', '/a', created => $now, expires => $now + 60), 'hans', '... not yet');
    is(as('GET', '/short/', created => $now - 30), '401 expired_signature', 'a shorter time');
    is(as('GET', '/a', created => undef), '401 bad_signature', 'without "created"');
    is(as('GET', '/a', created => $_), '401 bad_signature', "created=$_")
        for '"1"', '1.5', '9999999999999999', '?1', '@1';
    is(as('GET', '/a', created => $_), '401 expired_signature', "created=$_")
        for '999999999999999', '-999999999999999', '0';

    is(as('GET', '/a?b=1', components => $_), '401 unsigned_component', "it covers (@$_)")
        for [], [ '@method' ], [ '@method', '@authority', '@path' ],
            [ '@method', '@path', '@query' ], [ '@authority', '@path', '@query' ],
            [ '@method', '@authority', '@path', '@query-param";name="b"' ];
    is(as('GET', '/a?b=1', components => [ '@method', '@target-uri' ]), 'hans',
       'a target has its parts in it');

    is(as('GET', '/a', keyid => ''), '401 bad_signature', 'no keyid');
    is(as('GET', '/a', components => [ '@method', '@authority', '@path', $_ ]), '401 bad_signature',
       "a component that is none: $_")
        for '@status', '@nothing', '@method', '@method";req', 'host";tr', 'Host', '';

    # fields that are none

    my @good = signed('GET', '/a', key => $secret);
    my ($input, $sign) = map { s/^[^:]*: //r } @good;

    is(who(get('/a', "Signature-Input: $_->[0]", "Signature: $_->[1]")), '401 bad_signature',
       "no signature: " . substr("$_->[0] $_->[1]", 0, 40))
        for [ '', '' ], [ 'sig1', 'sig1' ], [ 'sig1=1', $sign ], [ $input, 'sig1=1' ],
            [ $input, 'sig2=:AAAA:' ], [ "$input,", $sign ], [ $input, "$sign," ],
            [ "$input, $input", $sign ], [ 'sig1=()', 'sig1=:AAAA:' ],
            [ "x=1, $input", $sign ], [ $input, 'sig1=::' ],
            [ join(', ', map { "s$_=()" } 1 .. 20), 's1=:AAAA:' ];
    is(who(get('/a', $good[0])), '401 bad_signature', 'without Signature');
    is(who(get('/a', $good[1])), '401 bad_signature', 'without Signature-Input');
    is(who(get('/a', @good)), 'hans', 'it was good itself');

    # several

    is(who(get('/a', @good, 'Signature-Input: b=("@method");created=1', 'Signature: b=:AAAA:')),
       'hans', 'the first one decides, over several lines');
    is(who(get('/a', 'Signature-Input: b=("@method");created=1;keyid="k"',
               'Signature: b=:AAAA:', @good)),
       '401 expired_signature', '... good or bad');

    my @mine = signed('GET', '/label/', key => $secret, label => 'mine');

    is(who(get('/label/', 'Signature-Input: b=()', 'Signature: b=:AAAA:', @mine)), 'hans',
       'one is chosen by its label');
    is(who(get('/label/', signed('GET', '/label/', key => $secret))), '401 bad_signature',
       '... another is none');
    is(as('GET', '/tag/', tag => 'app'), 'hans', 'one is chosen by its tag');
    is(as('GET', '/tag/', tag => 'other'), '401 bad_signature', '... another tag is none');
    is(as('GET', '/tag/'), '401 bad_signature', '... nor without');
    like(get('/tag/')->field('accept-signature'), qr/;created;tag="app"$/, '... it is asked for');

    # costs: much that is signed is refused or done, but not for long

    is(as('GET', '/a', components => [ '@method', '@authority', '@path',
                                       map { "x-$_" } 1 .. 100 ]),
       '401 bad_signature', 'too many components');


=== TEST 4: over HTTP/2, and with nonces
--- gate
    gate_replay 256k;

    gate_consumer hans { signature keyid=k secret=file:$TEST_NGINX_SECRET; }
    gate_consumer hugo { signature keyid=h secret=file:$TEST_NGINX_SECRET; }
--- config
    $TEST_NGINX_LISTEN_H2

    gate_service s;

    location /must/ {
        gate_auth signature;
        gate_signature nonce=required;
        gate_pass http://sidecar;
    }
    location /off/  { gate_auth signature; gate_signature nonce=off; gate_pass http://sidecar; }
    location /      { gate_auth signature; gate_pass http://sidecar; }
--- client
    our ($keys, $secret);

    my $host = "127.0.0.1:$h2_port";
    my @fields = signed('GET', '/a%20b?c=d', key => $secret, host => $host,
                        fields => [ 'x-a: 1', 'x-a: 2' ],
                        components => [ '@method', '@target-uri', '@authority', '@path', '@query',
                                        '@request-target', 'x-a' ]);

    is(who(h2_get('/a%20b?c=d', @fields)), 'hans', 'a stream of HTTP/2');
    is(who(h2_get('/a%20b?c=e', @fields)), '401 bad_signature', '... another target');

    my $n = join '', map { chr(97 + rand 26) } 1 .. 20;
    my @once = signed('GET', '/a', key => $secret, nonce => $n);

    is(who(get('/a', @once)), 'hans', 'a nonce');
    is(who(get('/a', @once)), '401 replayed', '... once') for 1 .. 8;
    is(as('GET', '/a', nonce => "$n-2"), 'hans', 'another one');
    is(as('GET', '/a', nonce => $n, keyid => 'h'), 'hugo', 'the same of another key');
    is(as('GET', '/a', nonce => "$n-3", key => \'wrong'), '401 bad_signature',
       'one that was forged');
    is(as('GET', '/a', nonce => "$n-3"), 'hans', '... takes nobody\'s nonce');
    is(as('GET', '/must/'), '401 bad_signature', 'one has to be there where it says so');
    is(as('GET', '/must/', nonce => "$n-4"), 'hans', '... and is');

    my @often = signed('GET', '/off/', key => $secret, nonce => "$n-5");

    is(who(get('/off/', @often)), 'hans', 'nobody looks where it says so') for 1 .. 3;


=== TEST 5: a full memory lets in nobody of whom it cannot tell
--- gate
    gate_replay 64k;

    gate_consumer hans { signature keyid=k secret=file:$TEST_NGINX_SECRET; }
--- config
    gate_service s;

    location /status { gate_status; allow 127.0.0.1; }
    location /       { gate_auth signature; gate_pass http://sidecar; }
--- client
    our ($keys, $secret);

    my %said;
    my $n = join '', map { chr(97 + rand 26) } 1 .. 20;

    for my $i (1 .. 3000) {
        my $who = as('GET', '/a', nonce => "$n-$i");

        $said{$who}++;
        last if ($said{'503 replay_unavailable'} // 0) >= 5;
    }

    is(join(' ', sort keys %said), '503 replay_unavailable hans', 'some were taken, then none');
    is(as('GET', '/a', nonce => "$n-1"), '401 replayed', 'what was seen first is not forgotten');
    is(as('GET', '/a'), 'hans', 'who has no nonce goes on');

    my $status = get('/status')->json();

    cmp_ok($status->{replay}{used}, '>', 500, 'the status page has how many count');


=== TEST 6: the example of conf/
--- gate
    # it has an upstream sidecar of its own
    $TEST_NGINX_EXAMPLE
--- client
    our ($sample);

    my $key = GateNginx::slurp("$sample/jobs.secret") =~ s/\n\z//r;
    my $call = sub {
        my ($target, %arg) = @_;

        my $c = client(port(3));

        $c->write(request('GET', $target, undef,
                          signed('GET', $target, key => \$key, keyid => 'jobs-1', %arg)));

        return who($c->read('GET'));
    };

    is($call->('/orders/1'), 'jobs', 'a signed request');
    is($call->('/jobs/1'), 'jobs', '... with a secret');
    is($call->('/payments/1'), '401 bad_signature', '... without the nonce that is asked for');

    my @all = (fields => [ 'Date: ' . gmtime() ], nonce => "a$$" . time(),
               components => [ '@method', '@target-uri', 'date' ]);

    is($call->('/payments/1', @all), 'jobs', '... with it');
    is($call->('/payments/1', @all), '401 replayed', '... and once');


=== TEST 7: keys and nonces in Redis
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=300ms;
    gate_consumers redis;
    gate_replay 256k;

    gate_consumer hans { signature keyid=k secret=file:$TEST_NGINX_SECRET; }
--- config
    gate_service s;

    location /redis/ { gate_auth signature; gate_signature replay=redis; gate_pass http://sidecar; }
    location /node/ {
        gate_auth signature;
        gate_signature replay=redis redis_down=node;
        gate_pass http://sidecar;
    }
    location /       { gate_auth signature; gate_pass http://sidecar; }
--- client
    our ($keys, $secret);

    my $redis = GateRedis->new(port => port(8), dir => "$ENV{TEST_NGINX_STATE}/redis");
    my $n = 0;
    my $nonce = sub { "$$-" . time() . '-' . ++$n };
    my $seen = sub {
        my ($keyid, $nonce) = @_;

        return 'gate:r:' . hash_of(pack('Q<', 2 + length $keyid) . "s:$keyid$nonce");
    };

    $redis->start();
    ok(wait_for(sub { as('GET', '/a', keyid => 'x') eq '401 bad_signature' }), 'Redis is there');

    my $pem = GateNginx::slurp("$keys->{dir}/ec256.pem");

    for ([ 'e%2F1', 'ella', 'ecdsa-p256-sha256' ], [ 'none', 'nora', 'ed25519' ],
         [ 'secret', 'sven', 'hmac-sha256' ])
    {
        $redis->ask('HSET', "gate:s:{$_->[0]}", 'consumer', $_->[1], 'public_key', $pem,
                    'algorithm', $_->[2]);
    }

    is(as('GET', '/a', key => 'ec256', keyid => 'e/1'), 'ella', 'a key of Redis');
    is(as('GET', '/a', key => 'ec384', keyid => 'e/1'), '401 bad_signature', '... another one');
    is(as('GET', '/a', key => 'ed25519', keyid => 'none'), '503 consumers_unavailable',
       'a key that is none of its algorithm');
    is(as('GET', '/a', key => \$pem, keyid => 'secret'), '503 consumers_unavailable',
       'a secret does not lie in Redis');

    my $first = $nonce->();
    my $other = $nonce->();

    is(as('GET', '/redis/', nonce => $first), 'hans', 'a nonce for all nodes');
    is(as('GET', '/redis/', nonce => $first), '401 replayed', '... is taken once');
    is($redis->ask('GET', $seen->('k', $first)), '1', '... is told to other nodes');
    cmp_ok($redis->ask('TTL', $seen->('k', $first)), '<=', 331, '... as long as it counts');

    $redis->ask('SET', $seen->('k', $other), '1');

    is(as('GET', '/redis/', nonce => $other), '401 replayed', 'one that another node has seen');
    is(as('GET', '/', nonce => $other), '401 replayed', '... is known here by now');
    is(as('GET', '/redis/'), 'hans', 'who has none asks nobody');

    # one who leaves while Redis is asked

    $redis->freeze();

    for (1 .. 3) {
        my $c = client();

        $c->write(request('GET', '/redis/', undef,
                          signed('GET', '/redis/', key => $secret, nonce => $nonce->())));
        select(undef, undef, undef, 0.05);
        $c->close();
    }

    my $once = $nonce->();

    is(as('GET', '/redis/', nonce => $nonce->()), '503 replay_unavailable',
       'Redis does not answer');
    is(as('GET', '/node/', nonce => $once), 'hans', 'where the node is enough');
    is(as('GET', '/node/', nonce => $once), '401 replayed', '... it knows what it has seen');

    $redis->thaw();
    $redis->stop();

    is(as('GET', '/redis/', nonce => $nonce->()), '503 replay_unavailable', 'Redis is gone');
    is(as('GET', '/node/', nonce => $nonce->()), 'hans', '... the node is enough');
