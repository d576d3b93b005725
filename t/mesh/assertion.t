#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# The signed assertion, as a real Envoy judges it by the key set that the gate
# serves: what has passed the gate reaches the service, and nothing else does.

use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib";
use JSON::PP ();
use MIME::Base64 qw(decode_base64url);
use Test::More;

use GateMesh;
use GateToken;

my $keys = gate_keys();
my $filter = 'type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3';
my $m;

$m = GateMesh->start(
    envoy => sub {
        my ($conf) = @_;

        my $r = $conf->{static_resources};
        my $port = $ENV{TEST_NGINX_SERVER_PORT};
        my $http = $r->{listeners}[0]{filter_chains}[0]{filters}[0]{typed_config};

        push @{ $r->{clusters} }, {
            name => 'gate', connect_timeout => '1s',
            load_assignment => { cluster_name => 'gate', endpoints => [ { lb_endpoints => [ {
                endpoint => { address => { socket_address => {
                    address => '127.0.0.1', port_value => $port } } } } ] } ] },
        };

        unshift @{ $http->{http_filters} }, {
            name => 'envoy.filters.http.jwt_authn',
            typed_config => {
                '@type' => "$filter.JwtAuthentication",
                providers => { gate => {
                    issuer => 'meshgate',
                    audiences => [ 'orders.mesh' ],
                    from_headers => [ { name => 'x-gate-assertion' } ],
                    forward => JSON::PP::true,
                    forward_payload_header => 'x-verified',
                    remote_jwks => {
                        http_uri => { uri => 'http://gate.example/keys', cluster => 'gate',
                                      timeout => '2s' },
                        cache_duration => '600s' },
                } },
                rules => [ { match => { prefix => '/' },
                             requires => { provider_name => 'gate' } } ],
            },
        };
    },
    http => <<"HTTP",
    gate_assert key_file=$keys->{ec256}{private};
    gate_assert key_file=$keys->{rsa}{private};
HTTP
    server => <<"SERVER");
        location = /keys { gate_assert_keys; }

        location /plain/ {
            gate_api      orders;
            gate_auth     key;
            gate_meter    requests;
            gate_assert   off;
            gate_service  orders.mesh;
            gate_pass     http://sidecar;
        }

        location /others/ {
            gate_api      others;
            gate_auth     key;
            gate_meter    requests;
            gate_assert   key_file=$keys->{rsa}{private} audience=others.mesh;
            gate_service  orders.mesh;
            gate_pass     http://sidecar;
        }

        location /rotated/ {
            gate_api      orders;
            gate_auth     key;
            gate_meter    requests;
            gate_assert   key_file=$keys->{rsa}{private};
            gate_service  orders.mesh;
            gate_pass     http://sidecar;
        }

        location /expired/ {
            gate_api      orders;
            gate_auth     key;
            gate_meter    requests;
            gate_assert   key_file=$keys->{ec256}{private} ttl=1s fresh;
            gate_service  orders.mesh;
            gate_pass     http://sidecar;
        }
SERVER

my @key = ('apikey: key-acme');
my $r;


# What has passed.

ok($m->wait_for(sub { ($r = $m->ask('GET', '/orders/1', \@key))->{status} == 200 }),
   'Envoy takes the assertion, by the keys that the gate shows')
    or diag("$r->{status} $r->{body}");

my ($t) = $r->sent('x-gate-assertion');
my ($payload) = $r->sent('x-verified');
my $claims = JSON::PP::decode_json(decode_base64url($payload // 'e30'));

is($claims->{sub}, 'acme', 'what it verified says who called');
is($claims->{credential}, 'acme-1', '... by which credential');
is("$claims->{api} $claims->{api_version}", 'orders v1', '... and which API');

is($m->ask('GET', '/rotated/1', \@key)->{status}, 200, 'a second key that is shown is taken, too');


# What has not.

sub direct {
    my (@fields) = @_;

    my $s = $m->dial($m->{sidecar});
    print $s join("\r\n", 'GET /orders/1 HTTP/1.1', 'Host: orders.mesh', @fields,
                  'Connection: close', '', '');

    return $m->answer($s, 'GET');
}

is(direct()->{status}, 401, 'who goes around the gate is refused by Envoy');
is(direct('X-Consumer-Username: acme')->{status}, 401, '... whatever else is said');

my $kid = JSON::PP::decode_json(decode_base64url((split /\./, $t)[0]))->{kid};
my %own = (alg => 'ES256', header => { kid => $kid },
           claims => { iss => 'meshgate', aud => 'orders.mesh', sub => 'acme' });

is(direct('X-Gate-Assertion: ' . mint(%own, key => 'ec256'))->{status}, 200,
   'a token of that key would be taken');
is(direct('X-Gate-Assertion: ' . mint(%own, key => 'evil256'))->{status}, 401,
   '... and one of another key is not');
is(direct('X-Gate-Assertion: ' . $t =~ s/\.[^.]+$/./r)->{status}, 401, 'nor one without signature');

is($m->ask('GET', '/plain/1', \@key)->{status}, 401,
   'without an assertion the gate is as any other');
is($m->ask('GET', '/others/1', \@key)->{status}, 403, 'one for another service is none');
is($m->ask('GET', '/plain/1', [ @key, "X-Gate-Assertion: $t" ])->{status}, 401,
   'a client that got hold of one cannot send it through the gate');

$r = $m->ask('GET', '/expired/1', \@key);
($t) = $r->sent('x-gate-assertion');
is($r->{status}, 200, 'a short one');

SKIP: {
    skip 'it was slow', 1 if !$t;
    # Envoy allows for clocks that differ by a minute
    my $old = mint(%own, key => 'ec256',
                   claims => { %{ $own{claims} }, iat => time - 200, exp => time - 100 });
    is(direct("X-Gate-Assertion: $old")->{status}, 401, 'one that is over is none');
}

done_testing();
