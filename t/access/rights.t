#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_allow and gate_deny: HEAD with GET, any of several scopes, consumers,
# methods of authentication, claims by name and by pointer, times; what a caller
# is told whose scope does not suffice; an answer of auth_request beside them.

use strict;
use warnings;

use POSIX qw(strftime);

use GateNginx qw(slurp);
use GateTest;
use GateToken;

$ENV{TEST_NGINX_PEM} = gate_keys()->{rsa}{public};

# windows of the day that is, and of another one, in UTC

our @day = qw(Sun Mon Tue Wed Thu Fri Sat);

$ENV{TEST_NGINX_TODAY} = join ',', map { $day[((gmtime)[6] + $_) % 7] } 0, 1;
$ENV{TEST_NGINX_OTHER} = $day[((gmtime)[6] + 3) % 7];


sub said {
    my ($r) = @_;

    return $r->{status} == 200 ? '200' : "$r->{status} " . ($r->json()->{reason} // '?');
}


sub bearer {
    return 'Authorization: Bearer ' . mint(claims => { @_ });
}

run_gate_tests();

__DATA__

=== TEST 1: who, by what, and how
--- gate
    gate_consumer a { key sha256(a); scope s:a; }
    gate_consumer b { key sha256(b); scope s:b; group staff; }
    gate_consumer c { key sha256(c); }
    gate_consumer guest { }
    gate_issuer corp { issuer https://issuer.example; key_file $TEST_NGINX_PEM;
                       algorithms RS256; consumer claim=sub map=name; }
--- config
    gate_service s;
    gate_auth key jwt=corp anonymous=guest;
    location /get/   { gate_allow methods=GET; gate_pass http://sidecar; }
    location /any/   { gate_allow any_scope=s:a,s:b; gate_pass http://sidecar; }
    location /both/  { gate_allow scope=s:b any_scope=s:a,s:b; gate_pass http://sidecar; }
    location /who/   { gate_allow consumer=a,c; gate_pass http://sidecar; }
    location /key/   { gate_allow credential=key; gate_pass http://sidecar; }
    location /token/ { gate_allow credential=jwt; gate_pass http://sidecar; }
    location /known/ { gate_deny credential=anonymous; gate_pass http://sidecar; }
    location /deny/  { gate_allow consumer=a,b; gate_deny group=staff methods=POST,GET;
                       gate_pass http://sidecar; }
    location /deny/own/ { gate_deny consumer=c; gate_pass http://sidecar; }
--- client
    is(ask($_->[0], '/get/', undef, 'apikey: a')->{status}, $_->[1], "$_->[0] where GET may")
        for [ 'GET', 200 ], [ 'HEAD', 200 ], [ 'OPTIONS', 403 ], [ 'DELETE', 403 ];

    for my $case ([ '/any/', 'a', '200' ], [ '/any/', 'b', '200' ],
                  [ '/any/', 'c', '403 missing_scope' ],
                  [ '/both/', 'b', '200' ], [ '/both/', 'a', '403 missing_scope' ],
                  [ '/who/', 'a', '200' ], [ '/who/', 'c', '200' ],
                  [ '/who/', 'b', '403 not_entitled' ],
                  [ '/key/', 'a', '200' ], [ '/token/', 'a', '403 not_entitled' ],
                  [ '/known/', 'a', '200' ], [ '/known/', '', '403 denied' ],
                  [ '/deny/', 'a', '200' ], [ '/deny/', 'b', '403 denied' ],
                  [ '/deny/', 'c', '403 not_entitled' ],
                  [ '/deny/own/', 'b', '200' ], [ '/deny/own/', 'c', '403 denied' ])
    {
        my ($target, $key, $what) = @$case;

        is(said(get($target, $key ? "apikey: $key" : ())), $what,
           "$target for " . ($key || 'nobody'));
    }

    is(said(get('/token/', bearer(sub => 'a'))), '200', 'a token proves it the other way');
    is(said(get('/key/', bearer(sub => 'a'))), '403 not_entitled', '... and not as a key');
    is(ask('HEAD', '/deny/', undef, 'apikey: b')->{status}, 403, 'HEAD is shut out with GET');
    is(said(ask('PUT', '/deny/', 'x', 'apikey: b')), '200', '... other methods are not');


=== TEST 2: claims
--- gate
    gate_consumer alice { }
    gate_issuer corp { issuer https://issuer.example; key_file $TEST_NGINX_PEM;
                       algorithms RS256; consumer claim=sub map=name; }
--- config
    gate_service s;
    gate_auth jwt=corp;
    location /is/    { gate_allow claim:tier=gold; gate_pass http://sidecar; }
    location /in/    { gate_allow claim_in:tier=gold,silver; gate_pass http://sidecar; }
    location /comma/ { gate_allow claim:tier=gold,silver; gate_pass http://sidecar; }
    location /begin/ { gate_allow claim_prefix:dept=eng/; gate_pass http://sidecar; }
    location /there/ { gate_allow has_claim:email; gate_pass http://sidecar; }
    location /role/  { gate_allow claim:/realm_access/roles=admin; gate_pass http://sidecar; }
    location /deep/  { gate_allow "claim_in:/a~1b/1/c=x,2,true"; gate_pass http://sidecar; }
    location /no/    { gate_deny claim:/realm_access/roles=admin; gate_pass http://sidecar; }
--- client
    my $ask = sub { my $t = shift; said(get($t, bearer(sub => 'alice', @_))) };
    my $no = '403 claim_mismatch';

    for my $case ([ '/is/', '200', tier => 'gold' ], [ '/is/', $no, tier => 'silver' ],
                  [ '/in/', '200', tier => 'silver' ], [ '/in/', '200', tier => [ 'x', 'gold' ] ],
                  [ '/in/', $no, tier => 'gold,silver' ], [ '/in/', $no ],
                  [ '/comma/', '200', tier => 'gold,silver' ], [ '/comma/', $no, tier => 'gold' ],
                  [ '/begin/', '200', dept => 'eng/core' ], [ '/begin/', '200', dept => 'eng/' ],
                  [ '/begin/', '200', dept => [ 'hr/', 'eng/x' ] ],
                  [ '/begin/', $no, dept => 'eng' ], [ '/begin/', $no, dept => 'an eng/' ],
                  [ '/begin/', $no, dept => { 'eng/' => 1 } ],
                  [ '/there/', '200', email => '' ], [ '/there/', '200', email => { a => 1 } ],
                  [ '/there/', $no ],
                  [ '/role/', '200', realm_access => { roles => [ 'user', 'admin' ] } ],
                  [ '/role/', '200', realm_access => { roles => 'admin' } ],
                  [ '/role/', $no, realm_access => { roles => [ 'administrator' ] } ],
                  [ '/role/', $no, realm_access => 'roles' ],
                  [ '/role/', $no, '/realm_access/roles' => 'admin' ],
                  [ '/deep/', '200', 'a/b' => [ 0, { c => 2 } ] ],
                  [ '/deep/', '200', 'a/b' => [ 0, { c => JSON::PP::true } ] ],
                  [ '/deep/', $no, 'a/b' => [ { c => 2 } ] ],
                  [ '/no/', '200' ], [ '/no/', '403 denied', realm_access => { roles => 'admin' } ])
    {
        my ($target, $what, @claims) = @$case;

        is($ask->($target, @claims), $what, join ' ', $target, @claims ? $claims[0] : 'without',
           "gives $what", JSON::PP->new->canonical->allow_nonref->encode($claims[1]));
    }


=== TEST 3: times
--- config
    gate_service s;
    location /now/   { gate_auth off; gate_allow time=$TEST_NGINX_TODAY/00:00-24:00/UTC;
                       gate_pass http://sidecar; }
    location /other/ { gate_auth off; gate_allow time=$TEST_NGINX_OTHER/00:00-24:00/UTC;
                       gate_pass http://sidecar; }
    location /two/   { gate_auth off; gate_allow time=$TEST_NGINX_OTHER/00:00-24:00/UTC
                                                 time=$TEST_NGINX_TODAY/00:00-24:00/UTC;
                       gate_pass http://sidecar; }
    location /shut/  { gate_auth off; gate_deny time=$TEST_NGINX_TODAY/00:00-24:00/UTC;
                       gate_pass http://sidecar; }
--- gate
    gate_consumer nobody { key sha256(nobody); }
--- client
    is(said(get('/now/')), '200', 'within its time');
    is(said(get('/other/')), '403 outside_hours', 'outside of it');
    is(said(get('/two/')), '200', 'within one of two');
    is(said(get('/shut/')), '403 denied', 'within a time when nobody may');


=== TEST 4: which scopes would do
--- gate
    gate_consumer alice { key sha256(alice); }
    gate_issuer corp { issuer https://issuer.example; key_file $TEST_NGINX_PEM;
                       algorithms RS256; consumer claim=sub map=name; }
--- config
    gate_service s;
    gate_auth key jwt=corp;
    location /all/ { gate_allow scope=r:a,r:b; gate_pass http://sidecar; }
    location /any/ { gate_allow scope=x any_scope=y,z; gate_pass http://sidecar; }
    location /odd/ { gate_allow 'scope=a"b'; gate_pass http://sidecar; }
--- client
    my $told = sub { get($_[0], bearer(sub => 'alice', scope => 'other'))
                     ->field('www-authenticate') };
    my $head = 'Bearer realm="gate", error="insufficient_scope"';

    is($told->('/all/'), "$head, scope=\"r:a r:b\"", 'all of a line are told');
    is($told->('/any/'), "$head, scope=\"x y z\"", '... of each kind');
    is($told->('/odd/'), $head, 'what cannot stand there is not');
    is($told->('/all/'), "$head, scope=\"r:a r:b\"", '... and nothing is left of another answer');
    is(get('/all/', 'apikey: alice')->field('www-authenticate'), undef,
       'a key is told no scope');
    unlike(join(' ', get('/all/', 'Authorization: Bearer x')->all('www-authenticate')),
           qr/scope=/, '... nor is who is not known');


=== TEST 5: another one decides beside it
--- gate
    gate_consumer acme { key sha256(acme); scope s:a; }
    gate_consumer bad { key sha256(bad); }
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1;
        location / {
            if ($http_x_who = "bad") { return 403; }
            if ($http_x_who = "") { return 401; }
            if ($http_x_scopes = "broken") { return 500; }
            add_header X-Decision "$http_x_who may $http_x_method $http_x_uri";
            return 204;
        }
    }
--- config
    gate_service s;
    gate_auth key;
    location /a/ {
        auth_request /decide;
        auth_request_set $decision $upstream_http_x_decision;
        proxy_set_header X-Decided $decision;
        gate_allow methods=GET,POST;
        proxy_pass http://sidecar;
    }
    location /away/ { auth_request /nobody; gate_pass http://sidecar; }
    location = /decide {
        internal;
        gate_auth off;
        proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1;
        proxy_pass_request_body off;
        proxy_set_header Content-Length "";
        proxy_set_header X-Who $gate_consumer;
        proxy_set_header X-Scopes $gate_scopes;
        proxy_set_header X-Method $request_method;
        proxy_set_header X-Uri $request_uri;
    }
    location = /nobody { internal; gate_auth off; proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_2; }
--- client
    my $r = get('/a/b?c', 'apikey: acme');

    is($r->{status}, 200, 'who may by both is let in');
    is(join('', $r->seen('x-decided')), 'acme may GET /a/b?c',
       '... the other one knows who it is, and the service what it said');
    is(said(get('/a/', 'apikey: wrong')), '401 bad_key', 'who is not known is not');
    is(get('/a/', 'apikey: bad')->{status}, 403, 'whom the other one refuses');
    is(said(ask('PUT', '/a/', 'x', 'apikey: acme')), '403 method_not_allowed',
       'whom gate_allow refuses');
    is(get('/away/', 'apikey: acme')->{status}, 500, 'nobody is let in while it is away');
