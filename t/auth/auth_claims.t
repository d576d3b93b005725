#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Claims of any size and name: numbers that no computer counts with make no
# token bad, and gate_claim reaches every claim there is.

use strict;
use warnings;

use GateTest;
use GateToken;

$ENV{TEST_NGINX_JWKS} = gate_keys()->{jwks_file};


# A token with these claims, as JSON.

sub token {
    my ($json, $exp) = @_;

    return mint(payload => '{"iss":"https://issuer.example","sub":"alice","exp":'
                . ($exp // time + 600)
                           . (length $json ? ",$json" : '') . '}');
}


sub seen {
    my ($r, @names) = @_;

    return "$r->{status} " . ($r->json()->{reason} // '') if !$r->{seen};
    return join '|', map { join ',', $r->seen($_) } @names;
}


run_gate_tests();

__DATA__

=== TEST 1: numbers beyond all bounds
--- gate
    gate_consumer alice { claim corp=alice; claim corp=99999999999999999999; }
    gate_issuer corp {
        issuer https://issuer.example;
        jwks_file $TEST_NGINX_JWKS;
        algorithms RS256;
    }
--- config
    gate_service s;
    location / {
        gate_auth jwt=corp;
        proxy_set_header X-N "$gate_claim_n";
        gate_pass http://sidecar;
    }
    location /is/ {
        gate_auth jwt=corp;
        gate_allow claim:n=99999999999999999999;
        gate_pass http://sidecar;
    }
    location /scope/ {
        gate_auth jwt=corp;
        gate_allow scope=99999999999999999999;
        gate_pass http://sidecar;
    }
--- client
    my $ask = sub {
        my ($target, @arg) = @_;

        return get($target, 'Authorization: Bearer ' . token(@arg))
    };

    for my $n (qw(9223372036854775807 9223372036854775808 -9223372036854775809 99999999999999999999
                    1e400 -1e400 1E+999 0.1000 1.5 -0.0 12345678901234567890.123456789),
               '1' x 400) {
        my $first = $ask->('/', qq("n":$n));
        is(seen($first, 'x-n'), $n,
           'a token with ' . substr($n, 0, 30) . ' is taken, and told by its own bytes');
        is(seen($ask->('/', qq("n":[1,$n,"x"])), 'x-n'), "1,$n,x", '... in a list, too');
        is($ask->('/', qq("x":{"y":[{"z":$n}]}))->{status}, 200, '... wherever it is');
    }

    is(seen($ask->('/', qq("n":$_))), '401 bad_token', "$_ is no number")
        for qw(01 1. .5 +1 1e 0x10 1e400x NaN Infinity --1);
    is(seen($ask->('/', '"n":1e400,"n":1e400')), '401 bad_token', 'twice it is refused');
    is(seen($ask->('/', '"n":1e400,"m":"\u00001"')), '401 bad_token', 'beside it a NUL is refused');
    is(seen($ask->('/', '1e400:1')), '401 bad_token', 'it is no name');

    is(seen($ask->('/', '', $_)), '401 bad_token', "exp $_ is no time")
        for qw(1e400 99999999999999999999 -1e400);
    is(seen($ask->('/', qq("nbf":$_))), '401 bad_token', "nbf $_ is no time")
        for qw(1e400 99999999999999999999);
    is($ask->('/', '"iat":1e400')->{status}, 200, 'iat, which is not judged, may be any number');
    is($ask->('/', '', (time + 600) . '.5')->{status}, 200, 'exp may have a fraction');

    is($ask->('/is/', '"n":99999999999999999999')->{status}, 200,
       'a large integer can be asked for');
    is($ask->('/is/', '"n":"99999999999999999999"')->{status}, 200, '... as its digits');
    is(seen($ask->('/is/', '"n":99999999999999999998')), '403 claim_mismatch',
       '... to the last of them');
    is(seen($ask->('/is/', '"n":99999999999999999999.0')), '403 claim_mismatch',
       '... and not as a fraction');
    is(seen($ask->('/scope/', '"scope":99999999999999999999')), '403 missing_scope',
       'it is no scope');
    is(get('/',
           'Authorization: Bearer '
               . mint(payload => '{"iss":"https://issuer.example","sub":99999999999999999999,"exp":'
                      . (time + 600) . '}'))->{status},
       200, 'it may be a value that is listed');

=== TEST 2: claims by pointer
--- gate
    gate_consumer alice { claim corp=alice; }
    gate_issuer corp {
        issuer https://issuer.example;
        jwks_file $TEST_NGINX_JWKS;
        algorithms RS256;
    }
    gate_claim $tenant /tenantId;
    gate_claim $url /https:~1~1x.example~1plan;
    gate_claim $role /realm_access/roles/0;
    gate_claim $roles /realm_access/roles;
    gate_claim $odd "/a~0b/ /";
    gate_claim $sub_at /sub/0;
    map $tenant $of_tenant { T-7 gold; default none; }
    log_format x '$uri|$tenant|$url|$role|$roles|$odd|$sub_at|$of_tenant';
    access_log $TEST_NGINX_STATE/x.log x;
--- config
    gate_service s;
    location / {
        gate_auth key jwt=corp anonymous=alice;
        proxy_set_header X-T "$tenant";
        proxy_set_header X-U "$url";
        proxy_set_header X-R "$role/$roles";
        proxy_set_header X-O "$odd";
        proxy_set_header X-S "$sub_at";
        proxy_set_header X-M "$of_tenant";
        gate_pass http://sidecar;
    }
    location /open/ { gate_pass http://sidecar; proxy_set_header X-T "[$tenant]"; }
--- client
    my @names = qw(x-t x-u x-r x-o x-s x-m);
    my $ask = sub {
        my ($target, @arg) = @_;

        return get($target, 'Authorization: Bearer ' . token(@arg))
    };

    my $r = $ask->('/a',
                   '"tenantId":"T-7","tenantid":"no","https://x.example/plan":99999999999999999999,'
                    . '"realm_access":{"roles":["admin","dev"]},"a~b":{" ":{"":"deep"}}');
    is(seen($r, @names), 'T-7|99999999999999999999|admin/admin,dev|deep||gold',
       'each claim is reached');
    is(seen($ask->('/b', '"tenantid":"no","realm_access":{"roles":"admin"}'), @names),
       '||/admin|||none', 'what is not there is empty');
    is(seen($ask->('/c', '"tenantId":{"x":1},"realm_access":["roles"],"a~b":1e400'), @names),
       '||/|||none', '... and so is what is of another kind');
    is(seen(get('/d'), @names), '||/|||none', '... or who has no token');
    is(seen($ask->('/open/', '"tenantId":"T-7"'), 'x-t'), '[]',
       'where no token is asked for none is believed');

    $r = $ask->('/e', '"tenantId":"x\r\nX-Evil: 1"');
    is(seen($r, 'x-t', 'x-evil'), '|', 'a line break is not told');
    is(seen(get('/f',
                'Authorization: Bearer '
                    . mint(key => 'evil', header => { kid => 'rsa' },
                           claims => { tenantId => 'T-7' }))),
       '401 bad_token', 'a forged token');
    ok(wait_for(sub { log_text('x.log') =~ m{^/f\|.*}m }), '... is in the log');
    like(log_text('x.log'), qr{^/f\|-\|-\|-\|-\|-\|-\|none$}m, '... without its claims');
    like(log_text('x.log'), qr{^/a\|T-7\|99999999999999999999\|admin\|admin,dev\|deep\|-\|gold$}m,
         '... a good one with them');
