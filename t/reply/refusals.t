#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# A refusal knows whom it met and why: in the error log, in variables, in its
# detail; it tells no secret, and whom it names is entitled to nothing.

use strict;
use warnings;

use GateTest;
use GateToken;

$ENV{TEST_NGINX_JWKS} = gate_keys()->{jwks_file};


sub bearer {
    my ($target, $token, @fields) = @_;

    return get($target, "Authorization: Bearer $token", @fields);
}


# What was refused and why, as the caller is told it.

sub told {
    my ($r) = @_;

    my $p = $r->json();

    return $r->{seen} ? 'served' : "$p->{reason}: $p->{detail}";
}


# The line of the access log for a path, as "name=value" of what is not empty.

sub logged {
    my ($path) = @_;

    my $line;

    wait_for(sub { ($line) = log_text('gate.log') =~ /^(\Q$path\E\|.*)$/m });

    return join ' ', grep { /=(?!-?$)/ } split /\|/, $line // 'no line';
}


# The line of the error log about the request with this id.

sub error_line {
    my ($r, $about) = @_;

    my $id = $r->field('x-request-id') // 'none';
    my @lines;

    wait_for(sub { @lines = grep { /\Q$id\E/ && /$about/ } split /\n/, log_text('error.log') });

    return $lines[0] // '';
}


run_gate_tests();

__DATA__

=== TEST 1: whom, by which credential, with which claim
--- gate
    gate_plan slow { rate 1r/m; }
    gate_consumer acme {
        plan slow;
        key sha256(acme) id=acme-1;
        key sha256(old) id=acme-old not_after=2020-01-01;
        claim corp=acme;
        group staff;
    }
    gate_consumer gone { plan slow; key sha256(gone) id=gone-1; claim corp=gone; disabled; }
    gate_consumer off { plan slow; disabled; }
    gate_consumer other { plan slow; key sha256(other) id=other-1; }
    gate_issuer corp {
        issuer https://issuer.example;
        audience api;
        jwks_file $TEST_NGINX_JWKS;
        algorithms RS256;
        consumer claim=client;
    }
    limit_req_zone $gate_consumer zone=who:1m rate=1r/m;
    limit_req_zone $gate_refused_consumer zone=refused:1m rate=1r/m;
    log_format gate escape=none
        '$uri|reason=$gate_reason|consumer=$gate_consumer|credential=$gate_credential_id'
        '|rc=$gate_refused_consumer|rk=$gate_refused_credential_id|rv=$gate_refused_claim'
        '|detail=$gate_detail|limit=$gate_limit_name|groups=$gate_groups|claim=$gate_claim_client';
    access_log $TEST_NGINX_STATE/gate.log gate;
--- config
    gate_service s;
    location / { gate_auth key jwt=corp; gate_pass http://sidecar; }
    location /anon/ { gate_auth key anonymous=off; gate_pass http://sidecar; }
    location /all/ { gate_auth key jwt=corp all; gate_pass http://sidecar; }
    location /staff/ { gate_auth key; gate_allow group=staff; gate_pass http://sidecar; }
    location /slow/ {
        gate_auth key;
        gate_limit rate=1000r/s name=wide;
        gate_limit plan;
        gate_pass http://sidecar;
    }
    location /any/ { satisfy any; allow all; gate_auth key jwt=corp all; gate_pass http://sidecar; }
    location /small/ { client_max_body_size 1; gate_auth key; gate_pass http://sidecar; }
    location /page/ {
        error_page 401 403 /told/;
        gate_auth key jwt=corp all;
        gate_pass http://sidecar;
    }
    location /told/ {
        internal;
        proxy_set_header X-Who "[$gate_consumer|$gate_groups|$gate_claim_client]";
        proxy_pass http://sidecar;
    }
    location /down/ { gate_auth key; gate_pass http://127.0.0.1:1; }
    location /count/ {
        limit_req zone=who;
        limit_req zone=refused;
        gate_auth key;
        gate_pass http://sidecar;
    }
--- client
    my $token = sub {
        my (%claims) = @_;

        return 'Authorization: Bearer ' . mint(claims => { aud => 'api', %claims })
    };

    for my $case (
        [ 'expired_key', 'rc=acme rk=acme-old', '/k1', 'apikey: old' ],
        [ 'disabled_consumer', 'rc=gone rk=gone-1', '/k2', 'apikey: gone' ],
        [ 'bad_key', '', '/k3', 'apikey: nobody' ],
        [ 'disabled_consumer', 'rc=gone rk=corp rv=gone', '/t1', $token->(client => 'gone') ],
        [ 'unknown_consumer', 'rk=corp rv=somebody', '/t2', $token->(client => 'somebody') ],
        [ 'unknown_consumer', 'rk=corp', '/t3', $token->() ],
        [ 'unknown_consumer', 'rk=corp rv=4.50', '/t4',
          'Authorization: Bearer '
              . mint(payload => '{"iss":"https://issuer.example","aud":"api","client":4.50,"exp":'
                     . (time + 60) . '}') ],
        [ 'unknown_consumer', 'rk=corp rv=a\\x22b\\x5cc\\x0a\\x1b[31m\\xc3\\xa9', '/t5',
          $token->(client => "a\"b\\c\n\e[31m\x{e9}") ],
        [ 'unknown_consumer', 'rk=corp rv=' . 'x' x 64 . '...', '/t6',
          $token->(client => 'x' x 5000) ],
        [ 'disabled_consumer', 'rc=off', '/anon/n1' ],
        [ 'unknown_consumer', 'rc=acme rk=corp rv=acme', '/all/m1', 'apikey: other',
          $token->(client => 'acme') ],
        [ 'not_in_group', 'rc=other rk=other-1', '/staff/g1', 'apikey: other' ],
        [ 'no_credential', '', '/n2' ],
    ) {
        my ($reason, $whom, $path, @fields) = @$case;

        my $r = get($path, @fields);
        my $line = logged($path);

        like(told($r), qr/^$reason: /, "$reason at $path");
        is(join(' ', $line =~ /(r[ckv]=\S+)/g), $whom, '... names whom it met') or diag($line);

        my ($c) = $whom =~ /rc=(\S+)/;
        my ($k) = $whom =~ /rk=(\S+)/;
        my ($v) = $whom =~ /rv=(\S+)/;
        my $error = error_line($r, 'gate: refused');

        my $said = sprintf 'gate: refused, %s, consumer: "%s", credential: "%s"', $reason,
                           $c // '', $k // '';

        like($error, qr/\Q$said\E/, '... in the error log, too');
        like($error, qr/, claim: "\Q$v\E"/, '... with the value of the claim') if defined $v;
        like($error,
             qr/, server: [^,]*, request: "GET \Q$path\E HTTP\/1.1", .*request id: "[0-9a-f-]{36}"/,
             '... and what nginx says of a request, and its id');
        is(join(' ', $line =~ /( (?:consumer|credential|groups|claim)=\S+)/g),
           $reason eq 'not_in_group' ? ' consumer=other  credential=other-1' : '',
           '... and entitles to nothing');
        unlike($r->{body}, qr/acme|gone|somebody|xxxx/, '... and is not told to the caller');
    }

    # whom the mesh refused was let in

    like(told(get('/down/d1', 'apikey: other')), qr/^sidecar_unavailable: /, 'the mesh is away');
    is(logged('/down/d1') =~ s/ detail=.*//r,
       'reason=sidecar_unavailable consumer=other credential=other-1', '... which refused nobody');

    # who was half proved is nobody

    for my $case (
        [ '/all/h1', 'bad_token', 'apikey: acme', 'Authorization: Bearer x.y.z' ],
        [ '/all/h2', 'no_credential', 'apikey: acme' ],
        [ '/any/h3', 'bad_token', 'apikey: acme', 'Authorization: Bearer x.y.z' ],
        [ '/any/h4', 'unknown_consumer', 'apikey: acme', $token->(client => 'nobody') ],
        [ '/any/h5', 'disabled_consumer', 'apikey: acme', $token->(client => 'gone') ],
    ) {
        my ($path, $reason, @fields) = @$case;

        like(told(get($path, @fields)), qr/^$reason: /, "a good key is not enough at $path");
        is(join(' ', logged($path) =~ /\b((?:consumer|credential|groups|claim)=\S+)/g), '',
           '... and leaves nobody behind');
    }

    my $r = get('/page/p1', 'apikey: acme', 'Authorization: Bearer x.y.z');
    unlike(join(' ', $r->{seen} ? $r->seen('x-who') : ''), qr/acme|staff/,
           'an error page is nobody\'s');

    # a limit by who was refused counts nobody, before anybody is refused

    is(get('/count/1', 'apikey: old')->{status}, 401, 'a refused request') for 1 .. 3;
    is(get('/count/2', 'apikey: acme')->{status}, 200,
       'a good one of the same consumer is the first');
    isnt(get('/count/2', 'apikey: acme')->{status}, 200, '... and its second is limited');

    # what nginx refuses in a gated location

    like(error_line(ask('POST', '/small/', 'ab', 'apikey: acme'),
                    'gate: refused, payload_too_large'),
         qr/request id: "/, 'a body too large has a line with the id of the request');

    # which limit

    get("/slow/$_", 'apikey: acme') for 1, 2;
    is(join(' ', logged('/slow/1') =~ /\b(limit=\S+)/), 'limit=slow',
       'the tightest limit has a name');
    like(logged('/slow/2'), qr/reason=rate_limited.* rc=acme rk=acme-1.* limit=slow/,
         '... and so has the one that refused');

=== TEST 2: a subrequest that is refused
--- gate
    gate_consumer acme { key sha256(acme) id=acme-1; }
    gate_consumer gone { key sha256(gone) id=gone-1; disabled; }
    gate_consumer guest { }
--- config
    gate_service s;
    location /page/ { ssi on; ssi_types *; gate_auth key anonymous=guest; alias html/; }
    location /asks/ { auth_request /inner; gate_service s; gate_pass http://sidecar; }
    location /inner { gate_auth key; gate_allow group=staff; gate_pass http://sidecar; }
--- client
    my %line;

    for my $case ([ 'acme', 'not_in_group', 'consumer: "acme", credential: "acme-1"' ],
                  [ 'gone', 'disabled_consumer', 'consumer: "gone", credential: "gone-1"' ],
                  [ 'nobody', 'bad_key', 'consumer: "", credential: ""' ]) {
        my ($key, $reason, $whom) = @$case;

        like(get('/asks/', "apikey: $key")->{status}, qr/^40[13]$/,
             "a subrequest of $key is refused");
        my $said = qr{gate: subrequest "/inner" refused, $reason, \Q$whom\E.*request id: "};

        ok(wait_for(sub { log_text('error.log') =~ $said }),
           '... the log has whom it met, and the id of the request');
    }

=== TEST 3: each failure of a token with its cause
--- gate
    gate_consumer alice { claim corp=alice; }
    gate_issuer corp {
        issuer https://issuer.example;
        audience api;
        jwks_file $TEST_NGINX_JWKS;
        algorithms RS256 ES256;
    }
    log_format gate '$uri|detail=$gate_detail';
    access_log $TEST_NGINX_STATE/gate.log gate;
--- config
    location / { gate_auth jwt=corp; gate_service s; gate_pass http://sidecar; }
--- client
    my $corp = sub {
        my (%arg) = @_;

        return mint(%arg, claims => { aud => 'api', %{ $arg{claims} // {} } })
    };
    my $with = sub {
        my ($json) = @_;

        return mint(payload => '{"iss":"https://issuer.example","sub":"alice","aud":"api"' . $json
                    . '}')
    };
    my $good = $corp->();

    is(told(bearer('/', $good)), 'served', 'a good token');

    for my $case (
        [ 'expired', qr/^expired_token: The token has expired\./,
          $corp->(claims => { exp => time - 9 }) ],
        [ 'not yet valid', qr/^not_yet_valid: The token is not valid yet\./,
          $corp->(claims => { nbf => time + 99 }) ],
        [ 'another audience', qr/^wrong_audience: The token is meant for another audience\./,
          $corp->(claims => { aud => 'web' }) ],
        [ 'no audience', qr/^wrong_audience: The token has no "aud" claim/,
          $corp->(claims => { aud => undef }) ],
        [ 'another issuer', qr/^wrong_issuer: The token's issuer is not accepted here\./,
          $corp->(claims => { iss => 'x' }) ],
        [ 'no issuer', qr/^wrong_issuer: The token has no "iss" claim/,
          $corp->(claims => { iss => undef }) ],
        [ 'no exp', qr/^bad_token: The token has no "exp" claim/, $with->('') ],
        [ 'exp a text', qr/^bad_token: The "exp", "nbf" or "iat" claim of the token is not a time/,
          $with->(',"exp":"soon"') ],
        [ 'nbf a text', qr/^bad_token: The "exp", "nbf" or "iat" claim/,
          $with->(',"nbf":"soon","exp":' . (time + 60)) ],
        [ 'an unknown kid', qr/^bad_token: The token names a key \("kid"\) that is not known here/,
          $corp->(header => { kid => 'old-key' }) ],
        [ 'an algorithm that is not listed',
          qr/^bad_token: The token's algorithm \("alg"\) is not accepted here/,
          $corp->(alg => 'RS384') ],
        [ 'no algorithm', qr/^bad_token: The token's algorithm \("alg"\)/,
          mint(head => '{"alg":"none"}') ],
        [ 'another type', qr/^bad_token: The token is of a type \("typ"\)/,
          $corp->(header => { typ => 'dpop+jwt' }) ],
        [ 'an extension', qr/^bad_token: The token has critical extensions \("crit"\)/,
          mint(head => '{"alg":"RS256","kid":"rsa","crit":["x"],"x":1}') ],
        [ 'a forged signature', qr/^bad_token: The token's signature is wrong/,
          $corp->(key => 'evil', header => { kid => 'rsa' }) ],
        [ 'no three parts', qr/^bad_token: The token is malformed/, 'x' ],
        [ 'no base64', qr/^bad_token: The token is malformed/, 'a.b.c=' ],
        [ 'no JSON', qr/^bad_token: The token is malformed/, 'YQ.YQ.YQ' ],
    ) {
        my ($what, $says, $token) = @$case;

        my $r = bearer('/', $token);

        like(told($r), $says, "$what is told");
        unlike($r->{body}, qr/old-key|alice|issuer\.example/, '... and nothing more');
        like(error_line($r, 'gate jwt: token refused'), qr/request id: "/,
             '... the log has the cause with the id of the request');
    }

    is(get('/', ("Authorization: Bearer $good") x 2)->{status}, 400,
       'two fields are refused by nginx');
    is(get('/', "Authorization: Bearer $good" . 'a' x 9000)->{status}, 400,
       '... as is one too long');
    like(told(get('/', 'Authorization: Bearer')), qr/^bad_token: The token is missing or too long/,
         'an empty one is told');
    bearer('/logged', 'x');
    like(logged('/logged'), qr/detail=The token is malformed/, 'the detail is a variable');

    my ($h, $p, $s) = split /\./, $good;
    my @lines = grep { /\Q$s\E/ } split /\n/, log_text('error.log') . log_text('gate.log');
    is("@lines", '', 'no log has a token, nor in a line of nginx about two fields');
