#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# The memory of verified tokens: a bound in bytes that fat tokens do not break,
# that no single token empties, and that has a say in no answer.

use strict;
use warnings;

use GateTest;
use GateToken;

$ENV{TEST_NGINX_SECRET} = gate_keys()->{secret_file};
$ENV{TEST_NGINX_PEM} = gate_keys()->{rsa}{public};
$ENV{TEST_NGINX_PEM2} = gate_keys()->{rsa2}{public};

our $asan = ($ENV{GATE_MODE} // '') eq 'asan';


sub tokens {
    my %n = (hit => 0, miss => 0);

    $n{$_->{result}} = $_->{count} for @{ get('/status')->json()->{tokens} };

    return \%n;
}


# Bytes of memory that the workers hold, the one whose share grew counts.

sub resident {
    my $sum = 0;

    for my $pid (worker_pids()) {
        open(my $fh, '<', "/proc/$pid/status") or next;
        $sum += $1 * 1024 if join('', <$fh>) =~ /^RssAnon:\s+(\d+) kB/m;
    }

    return $sum;
}


# HS256 tokens of 12 KB whose claims are a thousand objects.

sub fat {
    my ($n) = @_;

    return mint(alg => 'HS256', payload =>
        '{"iss":"https://issuer.example","sub":"alice","exp":' . (time + 3600)
        . ",\"n\":$n,\"a\":[" . join(',', ('{"a":[]}') x 900) . ']}');
}


sub asker {
    my ($target) = @_;

    my $c = client();

    return sub {
        my ($token) = @_;
        $c->write(request('GET', $target, undef, "Authorization: Bearer $token",
                          'Connection: keep-alive'));
        my $r = $c->read();
        return $r ? $r->{status} : 'none';
    };
}


run_gate_tests();

__DATA__

=== TEST 1: fat tokens stay within the bound
--- gate
    large_client_header_buffers 4 32k;
    keepalive_requests 10000;
    gate_consumer alice { claim corp=alice; }
    gate_issuer corp {
        issuer https://issuer.example;
        secret file:$TEST_NGINX_SECRET;
        algorithms HS256;
    }
--- config
    location / { gate_auth jwt=corp hide; gate_service s; gate_pass http://sidecar; }
    location /status { gate_status; }
--- client
    my $ask = asker('/');
    my %said;

    $said{$ask->(fat($_))}++ for 1 .. 50;
    my $before = resident();
    $said{$ask->(fat($_))}++ for 51 .. 450;
    my $grown = resident() - $before;

    is(join(' ', map { "$_:$said{$_}" } sort keys %said), '200:450', '450 fat tokens are taken');
    note("grown by $grown bytes");

    SKIP: {
        skip 'freed memory stays with the sanitizer', 1 if $main::asan;
        cmp_ok($grown, '<', 12 * 1024 * 1024,
               '400 of them, of 300 KB each in memory, do not take more than 8 MB by default');
    }

=== TEST 2: a size, what is kept in it, and what is not
--- gate
    large_client_header_buffers 4 32k;
    keepalive_requests 10000;
    gate_consumer alice { claim corp=alice; }
    gate_issuer corp {
        issuer https://issuer.example;
        secret file:$TEST_NGINX_SECRET;
        algorithms HS256;
    }
    gate_token_cache 1m;
--- config
    location / { gate_auth jwt=corp hide; gate_service s; gate_pass http://sidecar; }
    location /status { gate_status; }
--- client
    my $ask = asker('/');
    my $small = mint(alg => 'HS256', claims => { jti => rand });
    my $fat = fat(1);

    $ask->($small);
    $ask->($_) for map { fat($_) } 1 .. 20;
    my $before = tokens();
    is($ask->($small), 200, 'a small token is taken');
    is(tokens()->{hit} - $before->{hit}, 1,
       '... and known after twenty that are too large to be kept');

    $before = tokens();
    is($ask->($fat), 200, 'one that is too large is taken') for 1 .. 3;
    is(tokens()->{miss} - $before->{miss}, 3, '... and verified each time');

    my @many = map { mint(alg => 'HS256', claims => { jti => "m$_" }) } 1 .. 2000;
    $ask->($_) for @many;
    $before = tokens();
    $ask->($_) for reverse @many;
    my $hits = tokens()->{hit} - $before->{hit};
    cmp_ok($hits, '>', 100, "of 2,000 tokens some are kept in 1 MB ($hits)");
    cmp_ok($hits, '<', 1100, '... and not all');

    $before = tokens();
    $ask->($_) for ($many[0]) x 3, ($many[1999]) x 3;
    cmp_ok(tokens()->{miss} - $before->{miss}, '<=', 2, 'what was used last is there');

=== TEST 3: none
--- gate
    gate_consumer alice { claim corp=alice; }
    gate_issuer corp {
        issuer https://issuer.example;
        secret file:$TEST_NGINX_SECRET;
        algorithms HS256;
    }
    gate_token_cache off;
--- config
    location / { gate_auth jwt=corp; gate_service s; gate_pass http://sidecar; }
    location /status { gate_status; }
--- client
    my $ask = asker('/');
    my $token = mint(alg => 'HS256');
    my $before = tokens();
    is($ask->($token), 200, 'a token is taken') for 1 .. 3;
    is(tokens()->{hit} - $before->{hit}, 0, 'off: none is known');
