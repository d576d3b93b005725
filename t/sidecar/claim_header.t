#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Claims as fields to the sidecar: which values are sent, and that nobody else
# can send such a field.

use strict;
use warnings;

use File::Temp;

use GateTest;
use GateToken;

our $keys = gate_keys();

$ENV{TEST_NGINX_JWKS} = $keys->{jwks_file};


# What the service gets of these fields, each of them once.

sub sent {
    my ($target, $token, @fields) = @_;

    my $r = get($target, ($token ? "Authorization: Bearer $token" : ()), @fields);

    return "$r->{status}" if !$r->{seen};
    return join(' ', map { my @v = $r->seen($_); @v ? "$_=" . join('|', @v) : () }
                     qw(x-tenant x-roles x-n x_tenant));
}


sub load {
    my ($lines) = @_;

    my $dir = File::Temp->newdir();

    mkdir "$dir/logs";
    GateNginx::spew("$dir/gate.conf",
                    "load_module $ENV{GATE_MODULE};\nevents { }\nhttp { $lines }\n");

    return `$ENV{GATE_NGINX} -t -p $dir/ -e logs/error.log -g 'pid logs/p;' -c gate.conf 2>&1`;
}


run_gate_tests();

__DATA__

=== TEST 1: what is sent
--- gate
    underscores_in_headers on;

    gate_consumer alice { key sha256(secret); }
    gate_issuer corp {
        issuer     https://issuer.example;
        audience   api;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms RS256;
        consumer   map=name;
    }
--- config
    gate_service a.example;
    gate_claim_header tenant X-Tenant;

    location / { gate_auth jwt=corp key; gate_pass http://sidecar; }
    location /own {
        gate_auth jwt=corp;
        gate_claim_header /realm_access/roles X-Roles;
        gate_claim_header n X-N;
        gate_pass http://sidecar;
    }
    location /open { gate_auth off; gate_pass http://sidecar; }
    location /plain { proxy_pass http://sidecar; }
--- client
    my %claims = (aud => 'api', tenant => 't7', n => 42,
                  realm_access => { roles => [ 'a', 'b' ] });
    my $t = mint(claims => \%claims);
    my @forged = ('X-Tenant: evil', 'x_tenant: evil', 'X-Roles: admin', 'X-N: 1');

    is(sent('/', $t), 'x-tenant=t7', 'a claim is sent');
    is(sent('/own', $t), 'x-roles=a,b x-n=42', 'lines of a location take the place of others');
    is(sent('/', $t, @forged), 'x-tenant=t7', 'a client cannot send it as well, in any spelling');
    is(sent('/own', $t, @forged), 'x-roles=a,b x-n=42', '... nor in the other location');
    is(sent('/open', undef, @forged), '', '... nor where nobody asks for a token');
    is(sent('/plain', undef, @forged), '', '... nor past the gate');

    is(sent('/', mint(claims => { %claims, tenant => undef }), @forged), '',
       'a claim that is missing is no field');
    is(sent('/', mint(claims => { %claims, tenant => "a\r\nX-N: 1" })), '',
       'one with a line break is none');
    is(sent('/', mint(claims => { %claims, tenant => { a => 1 } })), '', 'nor is an object');
    is(sent('/own', mint(claims => { %claims, realm_access => { roles => [ 'a,b' ] } })),
       'x-n=42', 'nor a list that would read as a longer one');
    is(sent('/', undef, 'apikey: secret', @forged), '', 'a key has no claims');
    is(sent('/', mint(claims => { %claims, aud => 'x' }), @forged), '401', 'who has none is out');



=== TEST 2: what a cache keeps is of these claims
--- gate
    proxy_cache_path $TEST_NGINX_STATE/cache keys_zone=c:1m;
    gate_consumer alice { }
    gate_issuer corp {
        issuer     https://issuer.example;
        audience   api;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms RS256;
        consumer   unknown=alice;
        groups     /groups;
    }
--- config
    gate_service a.example;
    gate_auth jwt=corp;
    location / {
        gate_claim_header tenant X-Tenant;
        proxy_cache c;
        proxy_cache_valid 200 1m;
        gate_pass http://sidecar;
    }
--- client
    my %claims = (aud => 'api', tenant => 't7', groups => [ 'g' ]);

    sub cached {
        my ($target, %more) = @_;
        my $r = get($target, 'Authorization: Bearer ' . mint(claims => { %claims, %more }));
        return join(' ', $r->seen('x-tenant'), $r->seen('x-consumer-groups'));
    }

    is(cached('/a'), 't7 g', 'an answer is kept');
    is(cached('/a', tenant => 't8'), 't8 g', '... and is not that of another tenant');
    is(cached('/a', groups => [ 'h' ]), 't7 h', '... nor that of another group');



=== TEST 3: what cannot be configured
--- config
--- client
    my $end = 'gate_claim_header';

    for my $case (['/a~2 X-A', qr/invalid claim "\/a~2"/], ['a Host', qr/of its own meaning/],
                  ['a X-Consumer-ID', qr/"gate_pass" writes/], ['a X_A', qr/the name of a field/],
                  ['a 9', qr/the name of a field/], ['a "X-A: b"', qr/the name of a field/],
                  ['a authorization', qr/of its own meaning/])
    {
        like(load("gate_claim_header $case->[0];"), qr/\[emerg\].*$case->[1]/,
             "$case->[0] is an error");
    }

    like(load('gate_claim_header a X-A; gate_claim_header b x-a;'),
         qr/\[emerg\].*has a claim already/, 'a field has one claim');
