#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_admin: consumers and credentials at run time. What the API says of them
# is what Redis holds, and what a gated location makes of a caller.

use strict;
use warnings;

use JSON::PP;

use GateNginx qw(spew);
use GateRedis;
use GateTest;

our $redis = GateRedis->new(port => port(8), dir => "$ENV{TEST_NGINX_STATE}/redis");
our $json = JSON::PP->new->canonical->utf8;

$redis->start();


# The answer to a call, whose body is a structure, or a text as it is.

sub api {
    my ($method, $path, $body, @fields) = @_;

    $body = $json->encode($body) if ref $body;

    push @fields, 'Content-Type: application/json'
        if defined $body && !grep { /^content-type:/i } @fields;

    return ask($method, "/gate/admin/$path", $body, @fields);
}


# "STATUS reason", and the pointers of what is wrong.

sub why {
    my ($r) = @_;

    my $p = eval { $r->json() } || {};

    return join ' ', $r->{status}, $p->{reason} // (),
           map { $_->{pointer} } @{ $p->{errors} || [] };
}


sub fresh {
    $redis->ask('FLUSHALL');
    $redis->ask('SCRIPT', 'FLUSH');
}


# Who a caller with this key is for the service, or why not.

sub who {
    my ($key) = @_;

    my $r = get('/', "apikey: $key");

    return join ' ', $r->seen('x-consumer-username') if $r->{seen};
    return "$r->{status} " . $r->json()->{reason};
}


sub hash {
    my ($key) = @_;

    return { @{ $redis->ask('HGETALL', $key) } };
}


# What is published while that runs.

sub told {
    my ($code) = @_;

    my $s = $redis->tell('SUBSCRIBE', 'gate:changes');
    GateRedis::reply($s);
    $code->();
    $redis->ask('PUBLISH', 'gate:changes', 'end');

    my @told;

    while (1) {
        my $text = GateRedis::reply($s)->[2];
        return @told if $text eq 'end';
        push @told, $text;
    }
}


spew("$ENV{TEST_NGINX_STATE}/hs", 'x' x 64);
spew("$ENV{TEST_NGINX_STATE}/users", "root:{PLAIN}secret\n");

run_gate_tests();

__DATA__

=== TEST 1: a consumer is created, read, changed and deleted
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
    gate_plan gold { rate 1000r/s; }
    gate_plan trial { rate 10r/s; }
--- config
    location /gate/admin/ {
        gate_admin audit=$TEST_NGINX_STATE/audit.log;
        allow 127.0.0.1;
        deny all;
    }
--- client
    our ($redis, $json);

    fresh();

    my $r = api('POST', 'consumers', { name => 'acme', plan => 'gold', groups => ['a', 'b'],
        scopes => ['orders:read', 'x'], pins => { orders => 'v2' }, id => '4711' });

    is($r->{status}, 201, 'a consumer is created');
    is($r->field('location'), '/gate/admin/consumers/acme', '... and where it is is told');
    is($r->field('etag'), '"1"', '... with its revision');
    is($r->field('cache-control'), 'no-store', '... which nobody keeps');

    my $made = $r->json();
    like($made->{created}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, '... it has a time');

    is_deeply({ %$made, created => 0 }, { name => 'acme', id => '4711', plan => 'gold',
        groups => ['a', 'b'], scopes => ['orders:read', 'x'], pins => { orders => 'v2' },
        claims => {}, status => 'active', rev => 1, created => 0 }, '... and what was said');
    is_deeply({ %{ hash('gate:c:{acme}') }, created => 0 }, { id => '4711', plan => 'gold',
        groups => 'a,b', scopes => 'orders:read x', pins => 'orders=v2', rev => 1,
        created => 0 }, 'Redis has it as a hash');
    is_deeply($redis->ask('ZRANGE', 'gate:consumers', 0, -1), ['acme'], '... and in the index');

    is(why(api('POST', 'consumers', { name => 'acme' })), '409 admin_exists',
       'a name is used once');

    $r = api('GET', 'consumers/acme');
    is_deeply($r->json(), $made, 'it is read as it was made');
    is(api('GET', 'consumers/acme', undef, 'If-None-Match: "1"')->{status}, 304,
       '... and not sent to who has it');
    is(api('GET', 'consumers/acme', undef, 'If-None-Match: "9"')->{status}, 200,
       '... but to who has another one');
    is(api('HEAD', 'consumers/acme')->field('etag'), '"1"', '... HEAD has its fields');

    $r = api('PATCH', 'consumers/acme', { plan => 'trial', groups => undef, id => undef });
    is($r->field('etag'), '"2"', 'a change makes another revision');
    my %now = %{ $r->json() };
    is_deeply([ @now{qw(plan groups scopes)} ], ['trial', [], ['orders:read', 'x']],
              '... of what was said alone');
    ok(!exists $now{id}, '... null takes a member away');

    is(why(api('PATCH', 'consumers/acme', { plan => 'gold' }, 'If-Match: "1"')),
       '412 admin_changed', 'who has read an older revision changes nothing');
    is(hash('gate:c:{acme}')->{plan}, 'trial', '... in Redis neither');
    is(api('PATCH', 'consumers/acme', { plan => 'gold' }, 'If-Match: "1", "2"')->{status}, 200,
       '... one of several is enough');
    is(why(api('PATCH', 'consumers/acme', {}, 'If-Match: W/"3"')), '412 admin_changed',
       '... a weak tag is none');
    is(api('PATCH', 'consumers/acme', {}, 'If-Match: *')->{status}, 200, '... and "*" is any');

    $r = api('PUT', 'consumers/acme', { scopes => ['y'] });
    is($r->{status}, 200, 'PUT replaces it');
    is_deeply([ sort keys %{ hash('gate:c:{acme}') } ], ['created', 'rev', 'scopes'],
              '... what was not said is gone');
    is($r->json()->{created}, $made->{created}, '... but since when it is there stays');
    is($r->json()->{rev}, 5, '... and its revisions go on');
    is(why(api('PUT', 'consumers/acme', {}, 'If-None-Match: *')), '412 admin_changed',
       'PUT may be told to create only');
    is(api('PUT', 'consumers/beta', {}, 'If-None-Match: *')->{status}, 201, '... which it does');
    is(why(api('PUT', 'consumers/gamma', {}, 'If-Match: *')), '412 admin_changed',
       '... or to replace only');
    is(api('PUT', 'consumers/acme', api('GET', 'consumers/acme')->{body})->{status}, 200,
       'what was read may be written back');

    is(api('POST', 'consumers/acme/disable')->json()->{status}, 'disabled', 'it is disabled');
    is(hash('gate:c:{acme}')->{status}, 'disabled', '... in Redis, too');
    is(api('POST', 'consumers/acme/enable')->json()->{status}, 'active', '... and enabled');

    $r = api('DELETE', 'consumers/acme');
    is($r->{status}, 204, 'it is deleted');
    is($r->{body} // '', '', '... with no more to say');
    is(why(api('GET', 'consumers/acme')), '404 admin_not_found', '... and is not there');
    is(why(api('DELETE', 'consumers/acme')), '404 admin_not_found', '... nor deleted twice');
    is(why(api('PATCH', 'consumers/acme', {})), '404 admin_not_found', '... nor changed');
    is($redis->ask('EXISTS', 'gate:c:{acme}'), 0, '... Redis has no hash of it');
    is_deeply($redis->ask('ZRANGE', 'gate:consumers', 0, -1), ['beta'], '... nor an index');


=== TEST 2: a key that was issued lets in, until it is revoked
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
    gate_plan gold { rate 1000r/s; }
--- config
    location /gate/admin/ {
        gate_admin audit=$TEST_NGINX_STATE/audit.log;
        allow 127.0.0.1;
        deny all;
    }
    location / {
        gate_service s;
        gate_auth key;
        gate_consumers redis;
        gate_pass http://sidecar;
    }
--- client
    our ($redis, $json);

    fresh();
    api('POST', 'consumers', { name => 'acme', plan => 'gold' });

    my $r = api('POST', 'consumers/acme/credentials', {});
    is($r->{status}, 201, 'a key is issued');
    is($r->field('cache-control'), 'no-store', '... for nobody to keep but its owner');

    my $made = $r->json();
    my $key = $made->{key};

    like($key, qr/^gate_[0-9A-Za-z]{28}$/, '... of a form that can be found in a text');
    is($made->{id}, 'acme-1', '... with an id');
    is($r->field('location'), '/gate/admin/credentials/acme-1', '... and a place');
    is(hash('gate:k:{' . hash_of($key) . '}')->{owner}, 'acme', 'Redis has it by its digest');
    is(hash('gate:o:{acme}')->{'acme-1'}, 'k:' . hash_of($key), '... and its consumer has it');
    unlike(join("\n", map { $_, (ref $redis->ask('TYPE', $_)
               || $redis->ask('TYPE', $_) ne 'hash') ? () : @{ $redis->ask('HGETALL', $_) } }
               @{ $redis->ask('KEYS', '*') }), qr/\Q$key\E/, '... but nowhere itself');

    is(who($key), 'acme', 'the key lets in');

    $r = api('GET', 'consumers/acme/credentials/acme-1');
    unlike($r->{body}, qr/\Q$key\E|@{[ hash_of($key) ]}/, 'it is shown once, and its digest never');
    is_deeply(api('GET', 'credentials/acme-1')->json(), $r->json(),
              '... its id is enough to find it');

    is(api('PATCH', 'credentials/acme-1', { status => 'disabled' })->{status}, 200,
       'a key is disabled');
    ok(wait_for(sub { who($key) eq '401 bad_key' }), '... and nobody any more');
    is(api('PATCH', 'credentials/acme-1', { status => undef })->{status}, 200, '... and made good');
    ok(wait_for(sub { who($key) eq 'acme' }), '... and somebody again');

    api('POST', 'consumers/acme/disable');
    ok(wait_for(sub { who($key) eq '403 disabled_consumer' }),
       'a consumer that is disabled has no keys that let in');
    api('POST', 'consumers/acme/enable');

    $r = api('POST', 'credentials/acme-1/rotate', { overlap => '1h', prefix => 'acme' });
    is($r->{status}, 201, 'it is rotated');
    my $next = $r->json();
    like($next->{key}, qr/^acme_/, '... by a key with another prefix');
    is($next->{replaces}{successor}, $next->{id}, '... which the old one names');
    like($next->{replaces}{not_after}, qr/T/, '... and it has an end');
    ok(wait_for(sub { who($key) eq 'acme' }), '... until then it is as good');
    is(who($next->{key}), 'acme', '... as the new one');
    is(why(api('POST', 'credentials/acme-1/rotate', { overlap => '1h' })), '409 admin_conflict',
       '... once');

    $r = api('POST', 'credentials/acme-1/revoke');
    is($r->json()->{status}, 'disabled', 'it is revoked');
    ok(wait_for(sub { who($key) eq '401 bad_key' }), '... and lets nobody in');
    like($r->json()->{revoked}, qr/^\d{4}-.*Z$/, '... and says since when');
    is(why(api('PATCH', 'credentials/acme-1', $_)), '409 admin_conflict',
       '... which nothing takes back') for { status => 'active', not_after => undef },
                                           { not_after => '2099-01-01' }, {};
    is(api('POST', 'credentials/acme-1/revoke')->json()->{revoked}, $r->json()->{revoked},
       '... and a second time changes nothing about that');
    is(who($key), '401 bad_key', '... never again');

    is(api('POST', 'credentials/' . $next->{id} . '/rotate', { overlap => '0s' })->{status}, 201,
       'a rotation may have no overlap');
    ok(wait_for(sub { who($next->{key}) eq '401 expired_key' }, 5),
       '... then the old one ends at once');

    is(api('DELETE', 'credentials/acme-1')->{status}, 204, 'a credential is deleted');
    is($redis->ask('EXISTS', 'gate:k:{' . hash_of($key) . '}'), 0, '... and has no hash');
    is(why(api('GET', 'credentials/acme-1')), '404 admin_not_found', '... nor a place');

    my $own = api('POST', 'consumers/acme/credentials',
                  { sha256 => uc hash_of('of my own'), id => 'own', not_after => '2099-01-01' });
    is($own->{status}, 201, 'a key may be made elsewhere');
    ok(!exists $own->json()->{key}, '... then there is none to be shown');
    is(who('of my own'), 'acme', '... and it lets in');
    is(why(api('POST', 'consumers/acme/credentials', { sha256 => hash_of('of my own') })),
       '409 admin_exists', '... one time');
    is(why(api('POST', 'consumers/acme/credentials', { id => 'own' })), '409 admin_exists',
       '... an id is used once, too');

    api('DELETE', 'consumers/acme');
    ok(wait_for(sub { who('of my own') eq '401 bad_key' }), 'a consumer takes its keys along');
    is_deeply([ grep { !/^gate:(?:v|gone|gone:at)$/ } @{ $redis->ask('KEYS', 'gate:*') } ], [],
              '... and leaves nothing of them');


=== TEST 3: each change is told, with a number of its own
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
    gate_issuer corp { issuer https://id; audience a; algorithms HS256;
                       secret file:$TEST_NGINX_STATE/hs; }
--- config
    location /gate/admin/ { gate_admin audit=off; allow 127.0.0.1; deny all; }
--- client
    our ($redis, $json);

    fresh();

    my @told = told(sub {
        api('POST', 'consumers', { name => 'a b' });
        api('POST', 'consumers/a%20b/credentials', { type => 'claim', issuer => 'corp',
                                                     value => 'x/y' });
        api('PATCH', 'credentials/a%20b-1', { not_after => '2099-12-31' });
        api('POST', 'revocations', { issuer => 'corp', jti => 't 1', exp => time + 600 });
        api('GET', 'consumers/a%20b');
        api('POST', 'consumers', { name => 'a b' });
        api('DELETE', 'revocations/corp/t%201');
        api('DELETE', 'consumers/a%20b');
    });

    is_deeply(\@told, ['1 c a%20b', '2 t corp%3Dx%2Fy', '3 t corp%3Dx%2Fy', '4 j corp%3Dt%201',
                       '5 j corp%3Dt%201', '6 t corp%3Dx%2Fy', '7 c a%20b'],
              'readers and refused changes tell nothing, all others do');
    is($redis->ask('GET', 'gate:v'), 7, '... and the last number is there');


=== TEST 4: credentials of each type
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
    gate_issuer corp { issuer https://id; audience a; algorithms HS256;
                       secret file:$TEST_NGINX_STATE/hs; }
--- config
    location /gate/admin/ { gate_admin audit=off; allow 127.0.0.1; deny all; }
--- client
    our ($redis, $json);

    fresh();
    api('POST', 'consumers', { name => 'c' });

    my $hash = '$2b$10$' . 'a' x 53;
    my $crypt = '$6$salt$' . 'b' x 86;
    my $fp = join ':', ('AB') x 32;
    my $pem = "-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----\n";

    my @types = (
        [{ type => 'basic', user => 'kim', password_hash => $hash }, 'gate:b:{kim}',
         { password => $hash }, { user => 'kim' }],
        [{ type => 'claim', issuer => 'corp', value => 'kim' }, 'gate:t:{corp%3Dkim}', {},
         { issuer => 'corp', value => 'kim' }],
        [{ type => 'mtls', fingerprint => $fp }, 'gate:m:{sha256%3A' . 'ab' x 32 . '}', {},
         { fingerprint => 'ab' x 32 }],
        [{ type => 'mtls', subject => 'CN=kim,O=x' }, 'gate:m:{subject%3ACN%3Dkim%2CO%3Dx}', {},
         { subject => 'CN=kim,O=x' }],
        [{ type => 'mtls', san => 'dns:kim.example' }, 'gate:m:{san%3Adns%3Akim.example}', {},
         { san => 'dns:kim.example' }],
        [{ type => 'signature', key_id => 'k1', public_key => $pem, algorithm => 'ed25519' },
         'gate:s:{k1}', { public_key => $pem, algorithm => 'ed25519' },
         { key_id => 'k1', public_key => $pem, algorithm => 'ed25519' }],
        [{ type => 'signature', key_id => 'k2', algorithm => 'ed25519',
           public_key => { kty => 'OKP', crv => 'Ed25519', x => 'abc' } },
         'gate:s:{k2}', { public_key => '{"crv":"Ed25519","kty":"OKP","x":"abc"}',
                          algorithm => 'ed25519' }, { key_id => 'k2' }],
    );

    for my $t (@types) {
        my ($body, $key, $fields, $shown) = @$t;
        my $name = "$body->{type} $key";

        my $r = api('POST', 'consumers/c/credentials', $body);
        is($r->{status}, 201, "$name is created") or diag($r->{body});

        my $id = $r->json()->{id};
        my %hash = %{ hash($key) };

        is_deeply({ map { $_ => $hash{$_} } grep { !/^(?:rev|created)$/ } keys %hash },
                  { owner => 'c', credential => $id, %$fields }, '... as a hash');

        my %got = %{ api('GET', "credentials/$id")->json() };

        is_deeply({ map { $_ => $got{$_} } 'type', keys %$shown },
                  { type => $body->{type}, %$shown }, '... and is shown so');
        unlike($json->encode(\%got), qr/\Q$hash\E|password/, '... without a password');
    }

    my ($basic) = grep { $_->{type} eq 'basic' }
                  @{ api('GET', 'consumers/c/credentials')->json()->{credentials} };

    is(api('PATCH', "credentials/$basic->{id}", { password_hash => $crypt })->{status}, 200,
       'a password is changed');
    is(hash('gate:b:{kim}')->{password}, $crypt, '... in Redis');
    is(why(api('PATCH', "credentials/$basic->{id}", { public_key => $pem })), '422 admin_invalid',
       '... what is of another type is not');
    is(why(api('POST', "credentials/$basic->{id}/rotate", { overlap => '1d' })),
       '409 admin_conflict', '... and only keys are rotated');


=== TEST 5: what is wrong is named by a pointer, and changes nothing
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
    gate_plan gold { rate 1000r/s; }
    gate_issuer corp { issuer https://id; audience a; algorithms HS256;
                       secret file:$TEST_NGINX_STATE/hs; }
--- config
    location /gate/admin/ { gate_admin audit=off; allow 127.0.0.1; deny all; }
    location /limited/ { gate_auth key; gate_consumers redis; gate_limit plan;
                         gate_service s; gate_pass http://sidecar; }
--- client
    our ($redis, $json);

    fresh();
    api('POST', 'consumers', { name => 'c', plan => 'gold' });

    my $before = $redis->ask('GET', 'gate:v');
    my $secret = 'hunter2-hunter2';

    my @wrong = (
        ['consumers', {}, '/name /plan'],
        ['consumers', { name => 'a/b', plan => 'gold' }, '/name'],
        ['consumers', { name => 'x', plan => 'gould' }, '/plan'],
        ['consumers', { name => 'x', plan => 'gold', groups => 'a' }, '/groups'],
        ['consumers', { name => 'x', plan => 'gold', groups => ['a', 'b,c'] }, '/groups/1'],
        ['consumers', { name => 'x', plan => 'gold', scopes => ['a b'] }, '/scopes/0'],
        ['consumers', { name => 'x', plan => 'gold', pins => { 'a=b' => 'c' } }, '/pins/a=b'],
        ['consumers', { name => 'x', plan => 'gold', claims => [] }, '/claims'],
        ['consumers', { name => 'x', plan => 'gold', status => 'off' }, '/status'],
        ['consumers', { name => 'x', plan => 'gold', 'gr~u/ps' => 1 }, '/gr~0u~1ps'],
        ['consumers/c/credentials', { type => 'pin' }, '/type'],
        ['consumers/c/credentials', { not_after => 'soon' }, '/not_after'],
        ['consumers/c/credentials', { not_after => '2020-01-01' }, '/not_after'],
        ['consumers/c/credentials', { type => 'basic', user => 'u' x 129,
                                      password_hash => '$2b$10$' . 'a' x 53 }, '/user'],
        ['consumers/c/credentials', { sha256 => 'xyz' }, '/sha256'],
        ['consumers/c/credentials', { prefix => 'A B' }, '/prefix'],
        ['consumers/c/credentials', { type => 'basic', user => 'a:b', password_hash => $secret },
         '/password_hash /user'],
        ['consumers/c/credentials', { type => 'basic', user => 'a', password => $secret },
         '/password /password_hash'],
        ['consumers/c/credentials', { type => 'claim', issuer => 'crop', value => 'x' },
         '/issuer'],
        ['consumers/c/credentials', { type => 'mtls' }, ''],
        ['consumers/c/credentials', { type => 'mtls', san => 'kim' }, '/san'],
        ['consumers/c/credentials', { type => 'signature', key_id => 'k', algorithm => 'none',
          public_key => { kty => 'OKP', d => $secret } }, '/public_key /algorithm'],
        ['credentials/c-1/rotate', {}, '/overlap'],
        ['revocations', { issuer => 'corp', jti => 'x', exp => 1 }, '/exp'],
    );

    for my $w (@wrong) {
        my $r = api('POST', $w->[0], $w->[1]);

        is(why($r), "422 admin_invalid $w->[2]", "$w->[2] of " . $json->encode($w->[1])
           =~ s/\Q$secret\E/.../gr);
        unlike($r->{body}, qr/hunter/, '... and no value that may be secret is told');
    }

    like(api('POST', 'consumers', { name => 'x', plan => 'gould' })->json()->{errors}[0]{detail},
         qr/do you mean "gold"\?/, 'a plan that was misspelt is found');
    like(api('POST', 'consumers', { name => 'x', group => 'a' })->json()->{errors}[0]{detail},
         qr/do you mean "groups"\?/, '... and so is a member');
    is($redis->ask('GET', 'gate:v'), $before, 'nothing was changed');
    is(why(api('PATCH', 'consumers/c', { plan => undef })), '422 admin_invalid /plan',
       'where a limit needs a plan it cannot be taken away');

    my $issued = api('POST', 'consumers/c/credentials', {})->json()->{key};
    my $r = api('POST', 'consumers/c/credentials', { sha256 => $issued });
    is(why($r), '422 admin_invalid /sha256', 'a key in the place of its digest is known');
    unlike($r->{body}, qr/\Q$issued\E/, '... and not repeated');


=== TEST 6: lists are read in pages, whatever changes meanwhile
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
    gate_plan gold { rate 1000r/s; }
--- config
    location /gate/admin/ { gate_admin audit=off; allow 127.0.0.1; deny all; }
--- client
    our ($redis, $json);

    fresh();
    api('POST', 'consumers', { name => sprintf('c%02d', $_), groups => [$_ % 2 ? 'odd' : 'even'],
                               plan => $_ < 6 ? 'gold' : undef }) for 1 .. 12;

    my $all = sub {
        my ($path, $member, $name, $between) = @_;
        my ($next, @names, $pages);

        do {
            my $r = api('GET', $path . ($next ? "&cursor=$next" : ''));
            my $got = $r->json();
            push @names, map { $_->{$name} } @{ $got->{$member} };
            $next = $got->{next};
            is(!!$next, !!$r->field('link'), 'what comes next is in a field, too');
            $between->() if $between && !$pages;
            $pages++;
        } while ($next && $pages < 50);

        return join ' ', @names;
    };

    is($all->('consumers?limit=5', 'consumers', 'name'),
       join(' ', map { sprintf 'c%02d', $_ } 1 .. 12), 'all of them, five at a time');
    is($all->('consumers?limit=12', 'consumers', 'name'),
       join(' ', map { sprintf 'c%02d', $_ } 1 .. 12), '... and at once');
    is($all->('consumers?limit=2&group=odd', 'consumers', 'name'), 'c01 c03 c05 c07 c09 c11',
       'those of a group');
    is($all->('consumers?limit=2&plan=gold&group=even', 'consumers', 'name'), 'c02 c04',
       '... and of a plan');
    is($all->('consumers?limit=5', 'consumers', 'name', sub {
           api('DELETE', 'consumers/c02');
           api('DELETE', 'consumers/c05');
           api('POST', 'consumers', { name => 'c00' });
           api('POST', 'consumers', { name => 'c055' });
       }), 'c01 c02 c03 c04 c05 c055 c06 c07 c08 c09 c10 c11 c12',
       'what comes and goes meanwhile moves nothing else');

    api('POST', 'consumers/c01/credentials', { id => "k$_" }) for 1 .. 5;
    is($all->('consumers/c01/credentials?limit=2', 'credentials', 'id'), 'k1 k2 k3 k4 k5',
       'credentials of a consumer');
    is(why(api('GET', 'consumers/none/credentials')), '404 admin_not_found',
       '... of one that is not there');

    is(why(api('GET', "consumers?$_")), '422 admin_invalid', "$_ is refused")
        for 'limit=0', 'limit=201', 'limit=x', 'limit=', 'cursor=!', 'format=xml', 'format=csv';

    my $r = api('GET', 'consumers?limit=2&cursor=&format=text');
    like($r->field('link'), qr/^<\?cursor=[\w-]+&limit=2&format=text>; rel="next"$/,
         'a link has all but the old cursor');
    $r = api('GET', 'usage?month=2026-11&limit=1');
    like($r->field('link'), qr/^<\?cursor=[\w-]+&month=2026-11&limit=1>; rel="next"$/,
         '... of usage, too');

    for (['consumers?lmit=1',
          'The argument "lmit" is none that there is here: do you mean "limit"?'],
         ['consumers?limit=1&limit=2', 'The argument "limit" is there twice.'],
         ['consumers?month=2026-11', 'The argument "month" is none that there is here.'],
         ['consumers/c01?limit=1', 'The argument "limit" is none that there is here.'],
         ['consumers?%ff=1', 'The query has an argument that there is not here.'])
    {
        $r = api('GET', $_->[0]);
        is(why($r) . ' ' . $r->json()->{detail}, "422 admin_invalid $_->[1]", $_->[0]);
    }

    is(api('GET', 'consumers?format=text&limit=2')->{body},
       "c00\t-\tactive\t-\t-\t15\nc01\tgold\tactive\todd\t-\t1\n", 'a list as lines');
    like(api('GET', 'consumers/c01?format=text')->{body}, qr/^name\tc01\n.*^groups\todd\n/ms,
         '... and one of them');


=== TEST 7: methods, types and sizes
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
--- config
    location /gate/admin/ { gate_admin audit=off; allow 127.0.0.1; deny all; }
    location /gate/read/ { gate_admin write=off; allow 127.0.0.1; deny all; }
    location /gate/bare { gate_admin; allow 127.0.0.1; deny all; }
    location /gate/narrow/ { gate_admin; allow 10.0.0.0/8; allow fc00::/7; deny all; }
--- client
    our ($redis, $json);

    fresh();

    is(get('/gate/bare/consumers')->{status}, 200, 'a location without a slash at its end');
    is(why(get('/gate/bareconsumers')), '404 admin_not_found', '... is whole segments');
    is(get('/gate/narrow/consumers')->{status}, 403, 'private networks, and no others');

    my %allow = ('consumers' => 'GET, HEAD, POST, OPTIONS',
                 'consumers/a' => 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS',
                 'consumers/a/disable' => 'POST, OPTIONS',
                 'consumers/a/credentials' => 'GET, HEAD, POST, OPTIONS',
                 'credentials/a' => 'GET, HEAD, PATCH, DELETE, OPTIONS',
                 'revocations' => 'GET, HEAD, POST, OPTIONS',
                 'revocations/a/b' => 'GET, HEAD, DELETE, OPTIONS',
                 'usage' => 'GET, HEAD, OPTIONS');

    for my $path (sort keys %allow) {
        my $r = api('OPTIONS', $path);
        is("$r->{status} " . $r->field('allow'), "204 $allow{$path}", "OPTIONS of $path");
        $r = api('PROPFIND', $path);
        is(why($r) . ' ' . $r->field('allow'), "405 admin_method $allow{$path}",
           '... and a method that it does not have');
    }

    is(why(api('GET', $_)), '404 admin_not_found', "\"$_\" is not there")
        for '', 'consumer', 'consumers/', 'consumers/a/b', 'consumers/a/credentials/b/c',
            'usage/x', 'revocations/', 'consumers/a%01b', 'consumers/%ff';

    my $r = ask('POST', '/gate/read/consumers', '{"name":"x"}', 'Content-Type: application/json');
    is(why($r), '405 admin_read_only', 'write=off');
    is($r->field('allow'), 'GET, HEAD, OPTIONS', '... and what is left');
    is(get('/gate/read/consumers')->{status}, 200, '... which works');

    is(why(api('POST', 'consumers', '{"name":"x"}', "Content-Type: $_")), '415 admin_media_type',
       "$_ is no JSON") for 'text/plain', 'application/x-www-form-urlencoded';
    is(api('POST', 'consumers', '{"name":"t"}', 'Content-Type: application/json; charset=utf-8')
       ->{status}, 201, 'a charset is no other type');
    is(api('PATCH', 'consumers/t', '{}', 'Content-Type: application/merge-patch+json')->{status},
       200, '... nor is that of a patch');

    is(why(api('POST', 'consumers', $_)), '400 admin_bad_json', 'no object: ' . substr $_, 0, 20)
        for '', '[]', '{', '{"name":"a","name":"b"}', "{\"name\":\"\xff\"}", '{"name":"a\u0000b"}',
            '{} {}', '[' x 1000, '{"a":' x 100;

    is(why(api('POST', 'consumers', '{"name":"' . 'x' x 70_000 . '"}')), '413 admin_too_large',
       'a body that says it is too large');

    my $chunk = sprintf "%x\r\n%s\r\n", 30_000, ' ' x 30_000;
    my $head = "POST /gate/admin/consumers HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
               . "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";

    is(why(raw($head . $chunk x 3 . "0\r\n\r\n")), '413 admin_too_large',
       'one that is too large when it is there');
    is(raw($head . $chunk x 2 . "c\r\n{\"name\":\"z\"}\r\n0\r\n\r\n")->{status}, 201,
       'one in pieces');

    is(why(api('POST', 'consumers', { name => "x$_->[0]" }, $_->[1])), $_->[2], $_->[1])
        for [1, 'Sec-Fetch-Site: cross-site', '403 admin_cross_site'],
            [2, 'Sec-Fetch-Site: same-site', '403 admin_cross_site'],
            [3, 'Sec-Fetch-Site: same-origin', 201],
            [4, 'Origin: https://evil.example', '403 admin_cross_site'],
            [5, 'Origin: null', '403 admin_cross_site'],
            [6, 'Origin: http://localhost', 201];


=== TEST 8: an audit line for each change
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
--- config
    location /gate/admin/ {
        gate_admin audit=$TEST_NGINX_STATE/audit8.log;
        auth_basic x;
        auth_basic_user_file $TEST_NGINX_STATE/users;
    }
    location /gate/log/ { gate_admin; allow 127.0.0.1; deny all; }
--- client
    our ($redis, $json);

    fresh();
    my $as = 'Authorization: Basic cm9vdDpzZWNyZXQ=';
    my $hash = '$2b$10$' . 'a' x 53;

    is(api('POST', 'consumers', { name => 'a' })->{status}, 401, 'a password is asked for');
    api('POST', 'consumers', { name => 'a' }, $as);
    my $key = api('POST', 'consumers/a/credentials', {}, $as)->json()->{key};
    api('POST', 'consumers/a/credentials', { type => 'basic', user => 'u',
                                             password_hash => $hash }, $as);
    api('GET', 'consumers/a', undef, $as);
    api('PATCH', 'consumers/a', { groups => ['g'] }, $as);
    api('PATCH', 'consumers/a', { groups => [''] }, $as);
    api('DELETE', 'consumers/a', undef, $as);

    my $text = log_text('audit8.log');
    my @lines = map { $json->decode($_) } split /\n/, $text;

    is(join(' ', map { $_->{action} } @lines), 'consumer.create credential.create '
       . 'credential.create consumer.patch consumer.delete', 'changes, and nothing else');
    is_deeply($lines[0]{who}, { address => '127.0.0.1', user => 'root' }, 'who');
    like($lines[0]{request}, qr/^[0-9a-f-]{36}$/, 'in which request');
    is_deeply([ $lines[3]{before}{groups}, $lines[3]{after}{groups} ], [[], ['g']],
              'before and after');
    is_deeply([ sort @{ $lines[4]{credentials} } ], ['a-1', 'a-2'], 'what went along');
    unlike($text, qr/\Q$key\E|@{[ hash_of($key) ]}|\Q$hash\E/, 'and no secret');

    rename "$ENV{TEST_NGINX_STATE}/audit8.log", "$ENV{TEST_NGINX_STATE}/audit8.old";
    kill 'USR1', nginx_pid();
    ok(wait_for(sub { -e "$ENV{TEST_NGINX_STATE}/audit8.log" }), 'the log is opened again');
    ok(wait_for(sub { api('PUT', 'consumers/b', {}, $as);
                      log_text('audit8.log') =~ /consumer\.put/ }), '... and goes on');

    ask('PUT', '/gate/log/consumers/c', '{}', 'Content-Type: application/json');
    ok(wait_for(sub { log_text('error.log') =~ /gate admin: \{.*"consumer\.put".*"c"/ }),
       'without a file it is in the error log');


=== TEST 9: while Redis is away
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=300ms;
--- config
    location /gate/admin/ {
        gate_admin audit=$TEST_NGINX_STATE/audit9.log;
        allow 127.0.0.1;
        deny all;
    }
--- client
    our ($redis, $json);

    fresh();
    is(api('PUT', 'consumers/a', {})->{status}, 201, 'Redis is there');

    $redis->freeze();
    my $r = api('GET', 'consumers/a');
    is(why($r), '503 admin_unavailable', 'Redis that hangs: a question');
    is($r->field('retry-after'), 1, '... may be asked again');
    is(why(api('PUT', 'consumers/b', {})), '503 admin_unknown', '... a change may have been made');
    $redis->thaw();

    like(log_text('audit9.log'), qr{"path":"/gate/admin/consumers/b","result":"unknown"},
         '... and is in the audit');
    ok(wait_for(sub { api('GET', 'consumers/a')->{status} == 200 }), 'Redis is back');

    $redis->freeze();
    my @c = map { client() } 1 .. 6;
    $c[$_]->write(request('GET', '/gate/admin/consumers', undef)) for 0 .. 2;
    $c[$_]->write(request('PUT', "/gate/admin/consumers/left$_", '{}',
                          'Content-Type: application/json')) for 3 .. 5;
    select undef, undef, undef, 0.1;
    $_->close() for @c;
    select undef, undef, undef, 0.1;
    $redis->thaw();
    ok(wait_for(sub { scalar(() = log_text('audit9.log') =~ m{consumers/left}g) == 3 }),
       'what a client has begun that has left is in the audit');

    $redis->stop('KILL');
    ok(wait_for(sub { why(api('PUT', 'consumers/b', {})) eq '503 admin_unavailable' }),
       'Redis that is down: nothing was changed');
    $redis->start();
    ok(wait_for(sub { api('PUT', 'consumers/b', {})->{status} == 201 }),
       '... and a new one is told the script');
