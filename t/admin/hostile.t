#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_admin and gatectl: names that mean harm, records that somebody else has
# written, and a Redis that fails within a change.

use strict;
use warnings;

use JSON::PP;
use POSIX ();

use GateNginx qw(slurp spew);
use GateRedis;
use GateTest;

our $redis = GateRedis->new(port => port(8), dir => "$ENV{TEST_NGINX_STATE}/redis");
our $json = JSON::PP->new->canonical->utf8;
our $dir = $ENV{TEST_NGINX_STATE};

$redis->start();
$redis->ask(qw(ACL SETUSER gate on >pw ~* &* +@all));
spew("$dir/hs", 'x' x 64);
spew("$dir/pw", 'pw');
chmod 0600, "$dir/pw";
delete $ENV{GATECTL_URL};
$ENV{HOME} = $dir;


sub api {
    my ($method, $path, $body, @fields) = @_;

    push @fields, 'Content-Type: application/json' if defined $body;

    return ask($method, "/gate/admin/$path", ref $body ? $json->encode($body) : $body, @fields);
}


# "STATUS reason", and the pointers of what is wrong.

sub why {
    my ($r) = @_;

    my $p = eval { $r->json() } || {};

    return join ' ', $r->{status}, $p->{reason} // (),
           map { $_->{pointer} } @{ $p->{errors} || [] };
}


sub who {
    my ($key) = @_;

    my $r = get('/', "apikey: $key");

    return join ' ', $r->seen('x-consumer-username') if $r->{seen};
    return "$r->{status} " . $r->json()->{reason};
}


# The last line of the audit.

sub audit {
    my ($line) = slurp("$dir/audit.log") =~ /([^\n]+)\n\z/;

    return $json->decode($line);
}


# Its exit code, and what it prints; on standard error after a line "!".

our $code;

sub ctl {
    my (@args) = @_;

    my $pid = fork // die "fork: $!";

    if ($pid == 0) {
        open STDOUT, '>', "$dir/out";
        open STDERR, '>', "$dir/err";
        exec './gatectl', @args or POSIX::_exit(99);
    }

    waitpid $pid, 0;
    $code = $? >> 8;

    my ($out, $err) = map { slurp("$dir/$_") } qw(out err);

    return $err eq '' ? $out : "$out!$err";
}


run_gate_tests();

__DATA__

=== TEST 1: no name of gatectl is another path
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
    gate_issuer corp { issuer https://id; audience a; algorithms HS256;
                       secret file:$TEST_NGINX_STATE/hs; }
--- config
    location /gate/admin/ { gate_admin audit=off; allow 127.0.0.1; deny all; }
--- client
    our ($redis, $code, $json);

    $redis->ask('FLUSHALL');
    $ENV{GATECTL_URL} = "http://127.0.0.1:$port/gate/admin";
    ctl(qw(consumer add victim));
    ctl(qw(key add victim --id victim-1));

    for my $jti ('../../consumers/victim', '..', '.', '%2e%2e', 'a/../b', '//', 'a?b=c&d', 'a#b',
                 'x y', '+', "\xc3\xbc")
    {
        is(api('POST', 'revocations', { issuer => 'corp', jti => $json->decode("[\"$jti\"]")->[0],
                                        exp => 4_000_000_000 })->{status},
           201, "\"$jti\" is revoked");
        is(ctl(qw(token allow corp), $jti), '', '... and allowed again');
        is($code, 0, '... with exit code 0');
        is($redis->ask('ZCARD', 'gate:revoked'), 0, '... and not revoked any more');
    }

    is(api('GET', 'credentials/victim-1')->{status}, 200, 'nothing else is gone');

    for (['consumer delete ..', 2], ['consumer delete .', 2], ['key delete ..', 2],
         ['key list ..', 2], ['token allow .. consumers', 2], ['consumer delete ../consumers', 2],
         ['consumer delete ../consumers/victim', 2])
    {
        my ($args, $exit) = @$_;

        like(ctl(split / /, $args), qr/^!gatectl: /, "\"$args\" is refused");
        is($code, $exit, "... with exit code $exit");
    }

    is(ctl('consumer', 'delete', ''), '!gatectl: "consumer delete" needs the name of the consumer,'
       . " and not an empty one (gatectl --help has all commands)\n", 'an empty one, too');
    is(why(api('DELETE', $_)), '404 admin_not_found', "\"$_\" is no way to it")
        for 'consumers/..%2Fconsumers%2fvictim', 'consumers/%2e%2E/consumers/victim',
            'revocations/corp/../../consumers/victim', 'consumers/./victim', 'consumers/victim/.',
            'consumers/x/%2e.', 'consumers%2Fvictim';
    is(api('GET', 'credentials/victim-1')->{status}, 200, 'nothing is gone');
    is(api('PUT', "consumers/$_", {})->{status}, 201, "\"$_\" is a name") for '...', '..a', 'a..',
                                                                            'a.b?';
    is(why(api('PUT', 'consumers/a.c?../..', {})), '422 admin_invalid', '... but no query is');

    is(why(api('DELETE', 'revocations/corp')), '422 admin_invalid', 'without an id');
    is(why(api('DELETE', 'revocations/corp?jti=')), '422 admin_invalid', '... or an empty one');
    is(why(api('DELETE', 'revocations/corp?jti=%01')), '422 admin_invalid', '... or no text');
    is(why(api('GET', 'revocations/corp?jti=x')), '404 admin_not_found', 'one that is not there');


=== TEST 2: control characters
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
--- config
    location /gate/admin/ { gate_admin audit=off; allow 127.0.0.1; deny all; }
--- client
    our ($redis, $code, $json);

    $redis->ask('FLUSHALL');
    $ENV{GATECTL_URL} = "http://127.0.0.1:$port/gate/admin";

    for my $name ("ac\nme", "acme\n", "ac\tme", "a\rb", "a\e[2Jb", "a\x7fb") {
        like(ctl(qw(consumer add), $name), qr/^!gatectl: a line break, a tab/,
             'no name of ' . unpack('H*', $name));
        is($code, 2, '... with exit code 2');
    }

    is($redis->ask('ZCARD', 'gate:consumers'), 0, 'nothing was made of them');

    # of others, or by hand

    $redis->ask('HSET', 'gate:c:{a%C2%9Bb}', 'plan', "\e[31mred\xc2\x85", 'status', 'active');
    $redis->ask('ZADD', 'gate:consumers', 0, "a\xc2\x9bb");

    my $out = ctl(qw(consumer list));
    like($out, qr/^a\?b /m, 'what a terminal would obey is not printed');
    unlike($out, qr/[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]/, '... nor anything like it');
    unlike(ctl(qw(consumer show), "a\xc2\x9bb"), qr/[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]/,
           '... of one of them');
    is(ctl(qw(consumer delete), "a\xc2\x9bb"), '', '... which can be deleted');


=== TEST 3: hashes that no location would take
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
--- config
    location /gate/admin/ { gate_admin audit=off; allow 127.0.0.1; deny all; }
--- client
    our ($redis);

    $redis->ask('FLUSHALL');
    api('POST', 'consumers', { name => 'c' });

    my $n = 0;

    for (['$2b$31$' . 'a' x 53, 0], ['$2b$03$' . 'a' x 53, 0], ['$2b$15$' . 'a' x 53, 1],
         ['$6$rounds=999999999$salt$' . 'a' x 86, 0], ['$6$rounds=1$salt$' . 'a' x 86, 0],
         ['$6$rounds=5000000$salt$' . 'a' x 86, 1], ['$6$salt$' . 'a' x 86, 1])
    {
        my ($hash, $good) = @$_;

        is(why(api('POST', 'consumers/c/credentials', { type => 'basic', user => 'u' . $n++,
                                                        password_hash => $hash })),
           $good ? '201' : '422 admin_invalid /password_hash', $hash =~ s/a{9,}/.../r);
    }


=== TEST 4: the audit of what may have been done
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=300ms;
    gate_issuer corp { issuer https://id; audience a; algorithms HS256;
                       secret file:$TEST_NGINX_STATE/hs; }
--- config
    location /gate/admin/ {
        gate_admin audit=$TEST_NGINX_STATE/audit.log;
        allow 127.0.0.1;
        deny all;
    }
--- client
    our ($redis, $dir);

    $redis->ask('FLUSHALL');
    api('POST', 'consumers', { name => 'c' });

    my $hang = sub {
        $redis->freeze();
        my $r = api(@_);
        $redis->thaw();
        wait_for(sub { api('GET', 'consumers/c')->{status} == 200 });
        return why($r);
    };

    is($hang->('POST', 'consumers', { name => 'acme', groups => ['a'] }), '503 admin_unknown',
       'a consumer may be there');
    is_deeply(audit()->{asked}, { name => 'acme', groups => ['a'] }, '... and it is told which');
    is($hang->('POST', 'consumers/c/credentials', { type => 'basic', user => 'kim',
       password_hash => '$6$salt$' . 'a' x 86 }), '503 admin_unknown', 'a credential may be there');
    is_deeply(audit()->{asked}, { type => 'basic', user => 'kim' }, '... without what is secret');
    is($hang->('DELETE', 'revocations/corp?jti=a/b'), '503 admin_unknown',
       'a token may be allowed');
    is_deeply(audit()->{asked}, { jti => 'a/b' }, '... which the path does not tell');


=== TEST 5: a change that Redis refuses
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s user=gate
               redis_password=file:$TEST_NGINX_STATE/pw;
    gate_issuer corp { issuer https://id; audience a; algorithms HS256;
                       secret file:$TEST_NGINX_STATE/hs; }
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
    our ($redis, $json, $dir);

    my $may = sub { $redis->ask('ACL', 'SETUSER', 'gate', @_) };
    my $left = sub { join ' ', sort grep { $_ ne 'gate:v' } @{ $redis->ask('KEYS', 'gate:*') } };
    my $v = sub { $redis->ask('GET', 'gate:v') // 0 };

    $redis->ask('FLUSHALL');
    ok(wait_for(sub { api('PUT', 'consumers/c', {})->{status} == 201 }), 'Redis is there');

    my $key = api('POST', 'consumers/c/credentials', { id => 'c-1' })->json()->{key};
    is(who($key), 'c', 'a key is good');

    # keys of another type, which it looks at before it writes

    my $before = $v->();
    my $log = slurp("$dir/audit.log");

    for (['gate:consumers', 'POST', 'consumers', { name => 'x' }],
         ['gate:o:{x}', 'POST', 'consumers', { name => 'x' }],
         ['gate:gone', 'DELETE', 'consumers/c'], ['gate:last', 'DELETE', 'credentials/c-1'],
         ['gate:revoked', 'POST', 'revocations',
          { issuer => 'corp', jti => 'x', exp => 4_000_000_000 }])
    {
        my ($odd, @call) = @$_;
        my $is = $redis->ask('EXISTS', $odd);

        $redis->ask('RENAME', $odd, 'kept') if $is;
        $redis->ask('SET', $odd, 'odd');

        my $keys = $left->();
        my $r = api(@call);

        is(why($r), '409 admin_conflict', "$odd of another type");
        like($r->json()->{detail}, qr/^The key \Q$odd\E of Redis/, '... is named');
        is($left->(), $keys, '... and nothing was changed');
        $redis->ask('DEL', $odd);
        $redis->ask('RENAME', 'kept', $odd) if $is;
    }

    is($v->(), $before, 'nothing was told to anybody');
    is(slurp("$dir/audit.log"), $log, '... or written down');

    # what it may not do

    $may->('-hset');
    is(why(api('PUT', 'consumers/y', {})), '500 admin_failed', 'a part is refused')
        or diag(slurp("$dir/audit.log"));
    is(audit()->{result}, 'failed', '... which is in the audit');
    is(audit()->{path}, '/gate/admin/consumers/y', '... with its name');
    $may->('+hset');

    $may->('-zrem');
    my $s = $redis->tell('SUBSCRIBE', 'gate:changes');
    GateRedis::reply($s);
    is(why(api('DELETE', 'consumers/c')), '500 admin_failed', 'half of a DELETE is refused');
    like(GateRedis::reply($s)->[2], qr/^\d+ k /, '... and all hear of the other half');
    is(audit()->{action} . ' ' . audit()->{result}, 'consumer.delete failed', '... and the audit');
    ok(wait_for(sub { who($key) eq '401 bad_key' }), '... the key is gone');
    like(log_text('error.log'), qr/a part of "consumer.delete", which may be half done: .*zrem/i,
         '... and the log says why');
    $may->('+zrem');

    $before = $v->();
    $may->('-incr');
    is(why(api('PUT', 'consumers/z', {})), '503 admin_unavailable', 'what cannot be told');
    is($redis->ask('EXISTS', 'gate:c:{z}'), 0, '... is not done');
    $may->('+incr');


=== TEST 6: what others have written, or left
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
    gate_issuer corp { issuer https://id; audience a; algorithms HS256;
                       secret file:$TEST_NGINX_STATE/hs; }
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

    $redis->ask('FLUSHALL');
    api('POST', 'consumers', { name => 'acme' });

    my $key = api('POST', 'consumers/acme/credentials', { id => 'old' })->json()->{key};
    is(who($key), 'acme', 'a key is good for a while');

    $redis->ask('DEL', 'gate:c:{acme}');
    ok(wait_for(sub { who($key) eq '401 bad_key' }), '... until its consumer is deleted by hand');

    is(why(api('POST', 'consumers', { name => 'acme' })), '409 admin_conflict',
       'a new one of that name does not get it');
    is(why(api('PUT', 'consumers/acme', {})), '409 admin_conflict', '... in no way');
    is(who($key), '401 bad_key', '... it is not good again');
    is(why(api('DELETE', 'consumers/acme')), '204', 'what is left can be deleted');
    is_deeply(audit()->{credentials}, ['old'], '... with what went, as the audit tells');
    is(why(api('DELETE', 'consumers/acme')), '404 admin_not_found', '... once');
    is(why(api('POST', 'consumers', { name => 'acme' })), '201', '... then there may be a new one');
    is(who($key), '401 bad_key', '... without the key');

    # a revision is not used twice

    my $etag = api('GET', 'consumers/acme')->field('etag');
    api('DELETE', 'consumers/acme');
    api('POST', 'consumers', { name => 'acme' });
    is(why(api('PATCH', 'consumers/acme', { groups => ['root'] }, "If-Match: $etag")),
       '412 admin_changed', 'one made anew is not the one that was read');

    $etag = api('POST', 'consumers/acme/credentials', { id => 'k' })->field('etag');
    api('DELETE', 'credentials/k');
    api('POST', 'consumers/acme/credentials', { id => 'k' });
    is(why(api('DELETE', 'credentials/k', undef, "If-Match: $etag")), '412 admin_changed',
       '... nor is a credential');

    # by hand

    for ('yes', '', '-1', '9' x 30, '1e9') {
        $redis->ask('SET', 'gate:j:{corp%3Dhand}', $_);
        is(why(api('GET', 'revocations/corp?jti=hand')), '200', "a token revoked by \"$_\"");
        is(why(api('DELETE', 'revocations/corp?jti=hand')), '204', '... is allowed again');
        is($redis->ask('EXISTS', 'gate:j:{corp%3Dhand}'), 0, '... and not revoked');
        $redis->ask('SET', 'gate:j:{corp%3Dhand}', $_);
        is(why(api('POST', 'revocations', { issuer => 'corp', jti => 'hand',
                                            exp => 4_000_000_000 })), '200', '... or revoked anew');
        api('DELETE', 'revocations/corp?jti=hand');
    }

    $redis->ask('SADD', 'gate:j:{corp%3Dhand}', 'x');
    is(why(api('DELETE', 'revocations/corp?jti=hand')), '204', '... also by a set');

    $redis->ask('SET', 'gate:c:{bad}', 'x');
    $redis->ask('ZADD', 'gate:consumers', 0, 'bad');
    is(join(' ', map { $_->{name} } @{ api('GET', 'consumers')->json()->{consumers} }), 'acme',
       'one record that is none does not hide the others');
    like(log_text('error.log'), qr/"gate:c:\{bad\}" in Redis is no hash: it is left out/,
         '... the log names it');
    is(why(api('GET', 'consumers/bad')), '409 admin_conflict', '... it is no consumer');
    is(why(api('DELETE', 'consumers/bad')), '204', '... and can be deleted');

    my $ref = $redis->ask('HGET', 'gate:o:{acme}', 'k');
    $redis->ask('SET', "gate:k:{" . substr($ref, 2) . '}', 'x');
    is(why(api('GET', 'consumers/acme/credentials')), '200', 'a credential that is none');
    is(why(api('GET', 'credentials/k')), '409 admin_conflict', '... is shown as what it is');
    is(why(api('DELETE', 'credentials/k')), '204', '... which can be deleted, too');


=== TEST 7: a page that gives its own name the address of the server
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s user=gate
               redis_password=file:$TEST_NGINX_STATE/pw;
--- config
    location /gate/admin/ { gate_admin audit=off; allow 127.0.0.1; deny all; }
    location /named/ {
        gate_admin audit=off hosts=gate.example,other.example;
        allow 127.0.0.1;
        deny all;
    }
    location /except/ {
        gate_admin audit=off;
        allow 127.0.0.1;
        deny all;
        limit_except GET { allow 127.0.0.1; deny all; }
    }
--- client
    for (['/gate/admin/', 'evil.example', 403], ['/gate/admin/', 'localhost', 200],
         ['/gate/admin/', '127.0.0.1', 200], ['/gate/admin/', '[::1]', 200],
         ['/gate/admin/', '127.0.0.1.evil.example', 403],
         ['/named/', 'gate.example', 200], ['/named/', 'OTHER.example', 200],
         ['/named/', 'evil.example', 403], ['/named/', '127.0.0.1', 200],
         ['/named/', 'localhost', 403])
    {
        my ($path, $host, $status) = @$_;

        for my $field ("Origin: http://$host:$port", 'Sec-Fetch-Site: same-origin') {
            is(raw("GET ${path}consumers HTTP/1.1\r\nHost: $host:$port\r\n$field\r\n"
                   . "Connection: close\r\n\r\n")->{status}, $status, "$path by $host, $field");
        }

        is(raw("GET ${path}consumers HTTP/1.1\r\nHost: $host:$port\r\nConnection: close\r\n\r\n")
           ->{status}, 200, '... of a program');
    }

    for (['localhost', '400'], ['evil.example', '403']) {
        my ($host, $status) = @$_;

        is(raw("POST /except/consumers HTTP/1.1\r\nHost: $host:$port\r\nContent-Length: 0\r\n"
               . "Origin: http://$host:$port\r\nConnection: close\r\n\r\n")->{status}, $status,
           "limit_except asks for the name, too: $host");
    }
