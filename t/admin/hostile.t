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
spew("$dir/hs", 'x' x 64);
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
                                                                            'a.b?../..';

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
