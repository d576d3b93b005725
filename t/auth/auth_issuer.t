#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# What an issuer may say of its tokens: type, life, claims that must be there,
# and where its consumers, scopes and groups are. Tokens have the shapes of
# Keycloak, Auth0 and Entra ID.

use strict;
use warnings;

use FindBin qw($Bin);

use GateTest;
use GateToken;

our $keys = gate_keys();

$ENV{TEST_NGINX_JWKS} = $keys->{jwks_file};


# The example, with keys and addresses of the test.

our ($example, $server) = example("$Bin/../../conf/keycloak.conf");

sub example {
    my ($file) = @_;

    my ($http, $rest) = GateNginx::slurp($file) =~ /^http \{\n(.*?)^    server \{\n(.*?)^    \}/ms;

    $http =~ s{sample/corp\.jwks}{$keys->{jwks_file}};
    $http =~ s{^    upstream .*?^    \}\n}{}ms;
    $rest =~ s{^\s*listen .*\n}{}m;

    return ($http, $rest);
}


# What the service sees, or the status, the reason and what the caller is told.

sub call {
    my ($method, $target, $token) = @_;

    my $r = ask($method, $target, $method eq 'POST' ? 'x' : undef,
                "Authorization: Bearer $token");

    if ($r->{seen}) {
        return join(' ', map { join('|', $r->seen($_)) || '-' } 'x-consumer-username',
                    'x-consumer-groups');
    }

    my $p = $r->json();

    return "$r->{status} $p->{reason}: $p->{detail}";
}


sub reason {
    return call(@_) =~ s/:.*//r;
}


# An access token of Keycloak: its members, and those that are said.

sub keycloak {
    my (%claims) = @_;

    my $now = time();

    return mint(claims => {
        iss => 'https://id.example.com/realms/shop', aud => [ 'orders', 'account' ],
        sub => 'd2b0e1f6-31a5-4b2e-9f60-5b2d3f9a1c77', typ => 'Bearer', azp => 'web-shop',
        exp => $now + 300, iat => $now, auth_time => $now - 60,
        jti => "onrtac:$now", sid => 'f2a4', acr => '1',
        'allowed-origins' => [ 'https://shop.example.com' ],
        realm_access => { roles => [ 'offline_access', 'uma_authorization', 'buyer' ] },
        resource_access => {
            orders => { roles => [ 'read', 'write' ] },
            account => { roles => [ 'manage-account', 'view-profile' ] },
        },
        scope => 'openid profile email', email_verified => JSON::PP::true(),
        preferred_username => 'ann', %claims
    });
}


run_gate_tests();

__DATA__

=== TEST 1: Keycloak, as conf/keycloak.conf has it
--- gate eval: $main::example
--- config eval: $main::server
--- client
    my $all = 'web-shop realm:offline_access,realm:uma_authorization,realm:buyer';

    is(call('GET', '/orders/1', keycloak()), $all,
       'the client of the token is the consumer, roles of the realm are groups');
    is(call('POST', '/orders/', keycloak()), $all, 'a buyer orders');
    is(reason('POST', '/orders/', keycloak(realm_access => { roles => [ 'user' ] })),
       '403 not_in_group', '... nobody else does');
    is(reason('GET', '/orders/1', keycloak(resource_access => {})), '403 missing_scope',
       'without a role of the client nothing is read');
    is(reason('GET', '/orders/1',
              keycloak(resource_access => { account => { roles => [ 'read' ] } })),
       '403 missing_scope', '... and roles of another client do not count');
    is(call('GET', '/orders/1', keycloak(resource_access => undef, scope => 'email read')), $all,
       'a scope of that name counts as well');

    is(reason('GET', '/admin/', keycloak()), '403 not_in_group', 'a buyer is no admin');
    is(call('GET', '/admin/', keycloak(realm_access => { roles => [ 'admin' ] })),
       'web-shop realm:admin', 'who is, is');
    is(reason('GET', '/admin/', keycloak(realm_access => { roles => [ 'realm:admin' ] })),
       '403 not_in_group', 'a role does not bring the prefix along');
    is(call('GET', '/orders/1', keycloak(realm_access => { roles => [ 'a,realm:admin', "b\nc" ] })),
       'web-shop -', 'a role that would read as two, or break a line, is none');

    is(call('GET', '/orders/1', keycloak(azp => 'warehouse', realm_access => undef)),
       'warehouse -', 'a token without roles has no groups, also where its consumer has some');
    is(reason('GET', '/orders/1', keycloak(azp => 'other')), '403 unknown_consumer',
       'a client that is not listed is nobody');

    is(call('GET', '/orders/1', keycloak(exp => time() + 3600)),
       '401 bad_token: The token is valid for a longer time than is accepted here.',
       'a token may not live too long');
    is(call('GET', '/orders/1', keycloak(iat => undef)),
       '401 bad_token: The token has no "iat" claim, and one is needed here.',
       '... and has to say since when');
    is(call('GET', '/orders/1', keycloak(iat => time() + 3600, exp => time() + 3900)),
       '401 bad_token: The "iat" claim of the token is in the future.',
       '... which is not to come');
    is(call('GET', '/orders/1', keycloak(jti => undef)),
       '401 bad_token: The token lacks a claim that is needed here.', 'jti must be there');
    like(log_text('error.log'), qr/token refused: a claim is missing .*: jti\b/,
         '... and the log says which is not');

    my $token = keycloak();

    is(call('GET', '/orders/1', $token), $all, 'a token that is remembered ...') for 1, 2;



=== TEST 2: Auth0 and Entra ID
--- gate
    gate_consumer app { claim auth0=q1w2e3; claim entra=9f0f; group secret-group; }

    gate_issuer auth0 {
        issuer     https://shop.eu.auth0.example/;
        audience   https://api.example.com/;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms RS256;
        consumer   claim=azp;
        scopes     /permissions;
        groups     /https:~1~1example.com~1roles;
    }
    gate_issuer entra {
        issuer     https://login.example.com/72f9/v2.0;
        audience   api://orders;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms RS256;
        consumer   claim=/appid;
        scopes     /scp /roles;
        groups     /groups;
    }
    gate_issuer plain {
        issuer     https://plain.example/;
        audience   a;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms RS256;
        consumer   unknown=app;
    }
--- config
    gate_service a.example;
    gate_auth jwt=auth0 jwt=entra jwt=plain;
    add_header X-Scopes "$gate_scopes" always;
    add_header X-Groups "$gate_groups" always;

    location / { gate_pass http://sidecar; }
    location /read { gate_allow scope=orders:read; gate_pass http://sidecar; }
    location /app { gate_allow scope=Orders.Read.All; gate_pass http://sidecar; }
    location /staff { gate_allow group=staff; gate_pass http://sidecar; }
    location /0a1b { gate_allow group=0a1b-0001; gate_pass http://sidecar; }
    location /hidden { gate_allow group=secret-group; gate_pass http://sidecar; }
--- client
    my %auth0 = (iss => 'https://shop.eu.auth0.example/', sub => 'auth0|61', azp => 'q1w2e3',
                 aud => [ 'https://api.example.com/', 'https://shop.eu.auth0.example/userinfo' ],
                 gty => 'password', scope => 'openid profile',
                 permissions => [ 'orders:read', 'orders:write' ],
                 'https://example.com/roles' => [ 'staff' ]);
    my %entra = (iss => 'https://login.example.com/72f9/v2.0', aud => 'api://orders',
                 appid => '9f0f', appidacr => '1', idp => 'x', oid => '77', tid => '72f9',
                 ver => '1.0', scp => 'orders:read User.Read',
                 groups => [ '0a1b-0001', '0a1b-0002' ]);
    my $auth0 = mint(claims => \%auth0);
    my $entra = mint(claims => \%entra);

    sub said {
        my ($token, $name) = @_;
        return get('/', "Authorization: Bearer $token")->field($name) // '';
    }

    is(call('GET', '/read', $auth0), 'app staff', 'permissions of Auth0 are scopes');
    is(said($auth0, 'x-scopes'), 'orders:read orders:write', '... and the variable has them');
    is(said($auth0, 'x-groups'), 'staff', 'a claim whose name is a URL has the groups');
    is(call('GET', '/staff', $auth0), 'app staff', '... which count');
    is(reason('GET', '/read', mint(claims => { %auth0, permissions => undef,
                                                scope => 'orders:read' })),
       '403 missing_scope', 'where scopes are named no other claim has any');

    is(call('GET', '/read', $entra), 'app 0a1b-0001,0a1b-0002', 'scp of Entra ID are scopes');
    is(call('GET', '/0a1b', $entra), 'app 0a1b-0001,0a1b-0002', '... and groups are groups');
    is(reason('GET', '/app', $entra), '403 missing_scope', 'a user is no application');
    is(call('GET', '/app', mint(claims => { %entra, scp => undef, groups => undef,
                                            roles => [ 'Orders.Read.All' ] })),
       'app -', 'an application has roles');
    is(said(mint(claims => { %entra, roles => [ 'R' ] }), 'x-scopes'), 'orders:read User.Read R',
       'both are in the variable');

    is(reason('GET', '/hidden', $auth0), '403 not_in_group',
       'groups of the consumer do not count for a token that brings its own');
    is(call('GET', '/hidden', mint(claims => { iss => 'https://plain.example/', aud => 'a' })),
       'app secret-group', '... they do for one of an issuer that says nothing of groups');



=== TEST 3: the type of RFC 9068
--- gate
    gate_consumer alice { }
    gate_issuer strict {
        issuer     https://issuer.example;
        audience   api;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms RS256;
        type       at+jwt required;
        consumer   map=name;
    }
    gate_issuer lax {
        issuer     https://issuer.example;
        audience   api;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms RS256;
        type       at+jwt optional;
        consumer   map=name;
    }
--- config
    gate_service a.example;
    location /strict { gate_auth jwt=strict; gate_pass http://sidecar; }
    location /lax { gate_auth jwt=lax; gate_pass http://sidecar; }
--- client
    my %at = (aud => 'api', client_id => 'c', jti => '1');
    my $whole = mint(header => { typ => 'at+jwt' }, claims => \%at);
    my $half = mint(header => { typ => 'at+jwt' }, claims => { %at, client_id => undef });
    my $jwt = mint(claims => \%at);

    is(call('GET', '/strict', $whole), 'alice -', 'an access token is good');
    is(call('GET', '/lax', $whole), 'alice -', '... also where others are');
    is(call('GET', '/strict', $jwt), '401 bad_token: The token is not an access token of type'
       . ' "at+jwt" (RFC 9068).', 'another one is not');
    is(call('GET', '/lax', $jwt), 'alice -', '... but where it is optional');

    for my $target ('/strict', '/lax') {
        is(call('GET', $target, $half), '401 bad_token: The token is of type "at+jwt" (RFC 9068)'
           . ' and has no "client_id" claim.', 'what says to be one must be one');
    }

    is(call('GET', '/strict', $jwt) =~ s/:.*//r, '401 bad_token',
       'what another location remembers of it counts for nothing');
