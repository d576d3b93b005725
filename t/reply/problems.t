#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Refusals byte by byte: the body (RFC 9457), its length, and the challenges,
# also where one refusal follows another of another kind on the same worker.

use strict;
use warnings;

use GateTest;
use GateToken;

$ENV{TEST_NGINX_JWKS} = gate_keys()->{jwks_file};


# The body for a reason, with the id that the answer has.

sub problem {
    my ($r, $reason, $status, $title, $detail, %more) = @_;

    return '{"type":"' . ($more{type} // "urn:meshgate:problem:$reason")
           . qq(","title":"$title","status":$status,"detail":"$detail",)
           . '"instance":"urn:uuid:' . $r->field('x-request-id')
           . qq(","reason":"$reason") . ($more{last} // '') . "}\n";
}


sub challenges {
    return join ', ', sort $_[0]->all('www-authenticate');
}


run_gate_tests();

__DATA__

=== TEST 1: bodies, lengths and challenges
--- gate
    gate_consumer acme { key sha256(acme); plan slow; }
    gate_plan slow { rate 1r/m; }
    gate_consumer slow { key sha256(slow); plan slow; }
    gate_issuer corp {
        issuer https://issuer.example;
        jwks_file $TEST_NGINX_JWKS;
        algorithms RS256;
        consumer claim=sub map=name;
    }
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    location /k/ {
        gate_api orders; gate_auth key; gate_pass http://sidecar;
        location /k/t/ { gate_auth jwt=corp; gate_pass http://sidecar; }
    }
    location /other/ {
        gate_api bi"lls; gate_auth key; gate_pass http://sidecar;
        location /other/third/ { gate_api third; gate_pass http://sidecar; }
    }
    location /t/ { gate_api orders; gate_auth jwt=corp; gate_pass http://sidecar; }
    location /both/ { gate_api orders; gate_auth key jwt=corp; gate_pass http://sidecar; }
    location /scope/ {
        gate_api orders;
        gate_auth key jwt=corp;
        gate_allow scope=a;
        gate_pass http://sidecar;
    }
    location /slow/ { gate_auth key; gate_limit plan; gate_pass http://sidecar; }
    location /page/ { gate_auth key; error_page 401 /own; gate_pass http://sidecar; }
    location /own { return 200 "own page"; }
    location /plain/ { gate_errors off; gate_auth key; gate_pass http://sidecar; }
    location /length/ {
        gate_auth key;
        add_header Content-Length-Was $sent_http_content_length always;
        gate_pass http://sidecar;
    }
--- client
    my @bad_key = ('bad_key', 401, 'Invalid API key',
                   'The API key is not known, or several are given.');
    my @none = ('no_credential', 401, 'Credential required',
                'The request carries no credential that is accepted here.');

    for my $case (
        [ '/k/', 'Key realm="orders"', [ @bad_key ], 'apikey: x' ],
        [ '/k/', 'Key realm="orders"', [ @none ] ],
        [ '/k/t/', 'Bearer realm="orders"', [ @none ] ],
        [ '/other/', 'Key realm="bi\"lls"', [ @none ] ],
        [ '/other/', 'Key realm="bi\"lls"', [ @bad_key ], 'apikey: x' ],
        [ '/other/third/', 'Key realm="third"', [ @bad_key ], 'apikey: x' ],
        [ '/t/', 'Bearer realm="orders"', [ @none ] ],
        [ '/t/', 'Bearer realm="orders", error="invalid_token"',
          [ 'bad_token', 401, 'Invalid token', 'The token is malformed.' ],
          'Authorization: Bearer x' ],
        [ '/t/', 'Bearer realm="orders", error="invalid_token"',
          [ 'expired_token', 401, 'Token expired', 'The token has expired.' ],
          'Authorization: Bearer ' . mint(claims => { exp => 1 }) ],
        [ '/both/', 'Bearer realm="orders", Key realm="orders"', [ @bad_key ], 'apikey: x' ],
        [ '/both/', 'Bearer realm="orders", Key realm="orders"', [ @bad_key ], 'apikey: x' ],
        [ '/both/', 'Bearer realm="orders", error="invalid_token", Key realm="orders"',
          [ 'bad_token', 401, 'Invalid token', 'The token is malformed.' ],
          'Authorization: Bearer x' ],
        [ '/both/', 'Bearer realm="orders", Key realm="orders"', [ @none ] ],
        [ '/k/', 'Key realm="orders"', [ @none ] ],
    ) {
        my ($path, $challenges, $problem, @fields) = @$case;

        my $about = "$problem->[0] at $path after another refusal";
        my $r = get($path, @fields);

        is($r->{status}, $problem->[1], "$about: the status");
        is($r->{body}, problem($r, @$problem), "$about: the body");
        is($r->field('content-length'), length $r->{body}, "$about: its length");
        is(scalar($r->all('content-length')), 1, "$about: said once");
        is($r->field('content-type'), 'application/problem+json', "$about: its type");
        is(challenges($r), $challenges, "$about: the challenges");
    }

    my $r = get('/scope/', 'Authorization: Bearer ' . mint(claims => { sub => 'acme' }));
    like($r->{body}, qr/"status":403,.*"reason":"missing_scope"\}\n\z/,
         'a scope that is missing is another status');
    is(challenges($r), 'Bearer realm="orders", error="insufficient_scope", scope="a"',
       '... with the challenge of the token alone');
    is(challenges(get('/both/', 'apikey: x')), 'Bearer realm="orders", Key realm="orders"',
       '... which the next refusal does not have');

    my $id = sub { return $_[0]->field('x-request-id') };
    isnt($id->(get('/k/')), $id->(get('/k/')), 'each refusal has an id of its own');

    my %parts;
    for my $text (map { $id->(get('/k/')) =~ tr/-//dr } 1 .. 8) {
        $parts{substr $text, $_, 10}++ for 0 .. 22;
    }
    is(scalar(grep { $_ > 1 } values %parts), 0, '... of which no part is that of another one');

    $r = get('/slow/head=RateLimit:x/head=X-Request-Id:x', 'apikey: slow');
    is($r->{status}, 200, 'a limit has room for one');
    for my $name ('ratelimit', 'x-request-id') {
        my @all = $r->all($name);
        is(scalar(grep { $_ eq 'x' } @all), 0, "$name of the service does not go out");
        is(scalar(@all), 1, "... and $name of the gateway does, once");
    }

    $r = get('/slow/', 'apikey: slow');
    is($r->{status}, 429, 'a limit is used up');
    is($r->{body},
       problem($r, 'rate_limited', 429, $r->json()->{title}, $r->json()->{detail},
               type => 'https://iana.org/assignments/http-problem-types#quota-exceeded',
               last => ',"violated-policies":["slow"]'),
       '... and is named at the end');

    $r = ask('HEAD', '/k/', undef, 'apikey: x');
    is($r->{body}, '', 'HEAD has no body');
    is($r->field('content-length'), length get('/k/', 'apikey: x')->{body},
       '... but the length of it');
    $r = h2_get('/k/', 'GET', 'apikey: x');
    is($r->{body}, problem($r, @bad_key), 'the same by HTTP/2');
    is($r->field('content-length'), length $r->{body}, '... with its length');

    is(get('/page/', 'apikey: x')->{body}, 'own page', 'error_page wins');
    like(get('/plain/', 'apikey: x')->{body}, qr/<h1>401/,
         'gate_errors off leaves the page of nginx');
    $r = get('/length/', 'apikey: x');
    is($r->field('content-length-was'), length $r->{body}, 'a variable knows the length');

    # another request on the connection, with the body of the first refused one

    my $answers = raw_all("POST /k/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\napikey: x\r\n"
                          . "\r\nhelloGET /k/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    like($answers, qr/"reason":"bad_key"\}\nHTTP\/1\.1 401 .*"reason":"no_credential"\}\n\z/s,
         'the connection goes on after a refusal');
