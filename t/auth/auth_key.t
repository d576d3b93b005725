#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# API keys: where they may stand, what is refused, what becomes of them, who
# the caller is then, and how "gate_auth" combines and inherits.

use strict;
use warnings;

use POSIX qw(strftime);

use GateTest;
use GateToken;

BEGIN {
    my $now = time;

    $ENV{TEST_NGINX_TODAY} = strftime('%Y-%m-%d', gmtime($now));
    $ENV{TEST_NGINX_YESTERDAY} = strftime('%Y-%m-%d', gmtime($now - 86400));
    $ENV{TEST_NGINX_PEM} = gate_keys()->{rsa}{public};

    my $dir = "$ENV{TEST_NGINX_STATE}/files";
    mkdir $dir;
    open my $fh, '>', "$dir/page.html" or die "$dir: $!";
    print $fh "a page\n";
    close $fh;
}


# The problem that is told, or what is there instead; strict in its members.

sub problem {
    my ($r) = @_;

    my $p = $r->json();

    return "$r->{status} no problem: " . substr($r->{body}, 0, 100)
        if ($r->field('content-type') // '') ne 'application/problem+json'
           || ref $p ne 'HASH' || $p->{error};

    my $names = join(' ', sort keys %$p);

    return "members: $names"
        if $names !~ /^detail instance reason status title type( violated-policies)?$/;
    return "status $p->{status} in $r->{status}" if $p->{status} != $r->{status};
    return "instance $p->{instance}"
        if $p->{instance} ne 'urn:uuid:' . $r->field('x-request-id');
    return "type $p->{type}"
        if $p->{type} ne "urn:meshgate:problem:$p->{reason}";
    return 'no text' if $p->{title} eq '' || $p->{detail} eq '';

    return "$r->{status} $p->{reason}";
}


sub who {
    my ($r) = @_;

    return $r->{seen} ? join(' ', $r->seen('x-consumer-username')) || '(nobody)'
                      : problem($r);
}


sub count {
    my ($r) = @_;

    my %n;

    $n{"$_->{method} $_->{result}"} = $_->{count} for @{ $r->json()->{auth} };

    return \%n;
}


run_gate_tests();

__DATA__

=== TEST 1: a key in a field
--- gate
    underscores_in_headers on;
    gate_plan gold { rate 100000r/s; }
    gate_consumer acme id=id-7 {
        plan gold; group partners testers; scope orders:read orders:write;
        key sha256(secret) id=cred-1;
        key sha256(second);
    }
    gate_consumer beta { key sha256(beta); }
    gate_consumer gone { disabled; key sha256(gone); }
    gate_consumer old {
        key sha256(expired) not_after=2020-01-31;
        key sha256(yesterday) not_after=$TEST_NGINX_YESTERDAY;
        key sha256(today) not_after=$TEST_NGINX_TODAY;
        key sha256(later) not_after=2099-12-31;
    }
    log_format who
        '$uri|$gate_consumer|$gate_consumer_id|$gate_credential_id|$gate_auth_method'
        '|$gate_groups|$gate_plan|$gate_scopes|$gate_api|$gate_api_version|$gate_service'
        '|$gate_decision|$gate_reason';
    access_log $TEST_NGINX_STATE/who.log who;
--- config
    $TEST_NGINX_LISTEN_H2
    location /a/ {
        gate_api     orders version=v2;
        gate_auth    key;
        gate_service s;
        gate_pass    http://sidecar;
    }
    location /page/ {
        gate_auth key;
        error_page 401 /files/page.html;
        gate_service s;
        gate_pass http://sidecar;
    }
    location /html/ { gate_auth key; gate_errors off; gate_service s; gate_pass http://sidecar; }
    location /named/ {
        gate_auth key;
        error_page 401 =418 @teapot;
        gate_service s;
        gate_pass http://sidecar;
    }
    location @teapot { return 418 "tea"; }
    location /files/ { root $TEST_NGINX_STATE; }
    location /status { gate_status; }
--- client
    is(who(get('/a/', "$_: secret")), 'acme', "a key in $_ is taken")
        for qw(apikey X-API-Key APIKEY x-api-key ApiKey);
    is(who(get('/a/', 'apikey: second')), 'acme', 'a second key of the same consumer is taken');
    is(who(get('/a/', 'apikey: beta')), 'beta', 'another key is another consumer');
    is(who(get('/a/', 'apikey:   secret  ')), 'acme', 'spaces around are not part of it');
    is(who(h2_get('/a/', 'apikey: secret')), 'acme', 'a key is taken by HTTP/2');

    my $before = count(get('/status'));

    for my $case (
        [ 'no key', '401 no_credential' ],
        [ 'an unknown key', '401 bad_key', 'apikey: unknown' ],
        [ 'the hash itself', '401 bad_key', 'apikey: ' . hash_of('secret') ],
        [ 'the line of the configuration', '401 bad_key', 'apikey: sha256:' . hash_of('secret') ],
        [ 'an empty key', '401 bad_key', 'apikey:' ],
        [ 'an empty key beside a good one', '401 bad_key', 'apikey:', 'X-API-Key: secret' ],
        [ 'a good key beside an empty one', '401 bad_key', 'apikey: secret', 'X-API-Key:' ],
        [ 'a key in other case', '401 bad_key', 'apikey: Secret' ],
        [ 'a key that is longer', '401 bad_key', 'apikey: secret1' ],
        [ 'a key that is shorter', '401 bad_key', 'apikey: secre' ],
        [ 'a list of keys', '401 bad_key', 'apikey: secret, secret' ],
        [ 'a key with a scheme', '401 bad_key', 'apikey: Key secret' ],
        [ 'a quoted key', '401 bad_key', 'apikey: "secret"' ],
        [ 'a key of 6 KB', '401 bad_key', 'apikey: ' . 'secret' x 1000 ],
        [ 'a key of bytes', '401 bad_key', "apikey: \xff\xfe\x80" ],
        [ 'two different keys', '401 bad_key', 'apikey: secret', 'X-API-Key: beta' ],
        [ 'two different keys of one consumer', '401 bad_key', 'apikey: secret',
          'X-API-Key: second' ],
        [ 'two different keys in one name', '401 bad_key', 'apikey: secret', 'apikey: beta' ],
        [ 'a good key and a bad one', '401 bad_key', 'apikey: secret', 'apikey: unknown' ],
        [ 'three keys, one of them another', '401 bad_key', 'apikey: secret', 'apikey: secret',
          'X-API-Key: beta' ],
        [ 'a key in another name', '401 no_credential', 'X-Key: secret' ],
        [ 'a key in Authorization', '401 no_credential', 'Authorization: Bearer secret' ],
        [ 'a key in a cookie', '401 no_credential', 'Cookie: apikey=secret' ],
        [ 'a name with an underscore', '401 no_credential', 'X_API_Key: secret' ],
        [ 'an expired key', '401 expired_key', 'apikey: expired' ],
        [ 'a key until yesterday', '401 expired_key', 'apikey: yesterday' ],
        [ 'the key of a disabled consumer', '403 disabled_consumer', 'apikey: gone' ],
    ) {
        my ($what, $said, @fields) = @$case;

        my $r = get('/a/x', @fields);
        is(problem($r), $said, "$what is refused");
        is($r->field('www-authenticate') // '', $said =~ /^401/ ? 'Key realm="orders"' : '',
           $said =~ /^401/ ? '... and told how' : '... without being asked again');
    }

    is(problem(get('/a/?apikey=beta&api_key=beta&X-API-Key=beta')), '401 no_credential',
       'a key in the query is none where none is said');

    my $after = count(get('/status'));
    is($after->{'key bad_key'} - ($before->{'key bad_key'} // 0), 19,
       'each bad key is counted once');
    is($after->{'key expired_key'}, 2, 'each expired one, too');
    is($after->{'key disabled_consumer'}, 1, '... and the disabled consumer\'s');
    is($after->{'key ok'}, 9, 'each good key is counted once');

    is(who(get('/a/', 'apikey: today')), 'old', 'a key until today holds');
    is(who(get('/a/', 'apikey: later')), 'old', 'a key until later holds');
    is(who(get('/a/', 'apikey: secret', 'X-API-Key: secret', 'apikey: secret')), 'acme',
       'the same key thrice is one key');

    # what the service sees

    my $r = get('/a/x?q=1', 'apikey: secret', 'X-API-Key: secret', 'X-Other: 1');
    unlike($r->{seen}{text}, qr/secret|api-?key/i, 'no key goes on');
    is(join(' ', $r->seen('x-other')), '1', '... but the rest does');
    is(join('|',
            map { $r->seen($_) } qw(x-consumer-id x-consumer-username x-consumer-groups
                                         x-credential-identifier x-anonymous-consumer)),
       'id-7|acme|partners,testers|cred-1', 'the service sees who it is');
    $r = get('/a/', 'apikey: beta');
    is(join('|', $r->seen('x-consumer-groups')), '', 'without groups there is no such field');
    is(join('|', $r->seen('x-consumer-id')), 'beta', 'without an id the name is the id');

    # the log

    get('/a/log', 'apikey: secret');

    my $whole = '/a/log|acme|id-7|cred-1|key|partners,testers|gold|orders:read orders:write'
                . '|orders|v2|s|';

    ok(wait_for(sub { log_text('who.log') =~ /^\Q$whole\E/m }),
       'the log has all there is to know')
        or diag(log_text('who.log'));
    get('/a/nobody');
    ok(wait_for(sub {
           log_text('who.log')
               =~ m{^/a/nobody\|-\|-\|-\|-\|-\|-\|-\|orders\|v2\|s\|refused\|no_credential$}m
       }),
       '... and nothing where nobody asked')
        or diag(log_text('who.log'));
    like(log_text('who.log'), qr{^/a/log\|.*\|admitted\|-?$}m, '... and the decision');
    unlike(log_text('error.log') . log_text('who.log'), qr/secret/, 'no key is in a log');

    # how it is told

    $r = get('/a/');
    is($r->field('content-length'), length $r->{body}, 'a problem has its length');
    my $c = client();
    $c->write(request('GET', '/a/', undef, 'Connection: keep-alive')
              . request('GET', '/a/', undef, 'apikey: secret'));
    is(problem($c->read()), '401 no_credential', 'after a refusal');
    is(who($c->read()), 'acme', '... the connection goes on');
    $r = ask('HEAD', '/a/', undef);
    is($r->{status}, 401, 'HEAD is refused');
    cmp_ok($r->field('content-length'), '>', 100, '... with the length of what GET says');
    $r = ask('POST', '/a/', 'x' x 100000);
    is(problem($r), '401 no_credential', 'a body does not hinder a refusal');
    $r = ask('POST', '/a/', 'body', 'apikey: secret');
    is($r->{seen}{body}, 'body', 'a body goes on');
    is(problem(h2_get('/a/')), '401 no_credential', 'a problem is told by HTTP/2');
    is(problem(h2_get('/a/', 'apikey: unknown')), '401 bad_key', '... and so is another');

    $r = get('/page/');
    is("$r->{status} $r->{body}", "401 a page\n", 'error_page has its own page');
    is($r->field('www-authenticate'), 'Key realm="gate"', '... with our challenge');
    $r = get('/named/');
    is("$r->{status} $r->{body}", '418 tea', 'error_page has its own status');
    $r = get('/html/');
    is($r->{status}, 401, 'gate_errors off refuses all the same');
    like($r->{body}, qr/<html>/, '... with a page of nginx');

=== TEST 2: a key in the query
--- gate
    gate_consumer acme { key sha256(secret); key 'sha256(a b&c=d)'; }
    gate_consumer beta { key sha256(beta); }
    log_format all '$request|$request_uri|$args|$query_string|$arg_api_key|$uri';
    access_log $TEST_NGINX_STATE/all.log all;
    access_log $TEST_NGINX_STATE/combined.log;
--- config
    $TEST_NGINX_LISTEN_H2
    location /a/ {
        gate_auth      key;
        gate_key_names header=apikey query=api_key query=k;
        gate_service   s;
        gate_pass      http://sidecar;
    }
    location /only/ {
        gate_auth      key;
        gate_key_names query=api_key;
        gate_service   s;
        gate_pass      http://sidecar;
    }
    location /away/ {
        gate_auth      key;
        gate_key_names query=api_key;
        gate_service   s;
        gate_pass      http://127.0.0.1:$TEST_NGINX_PORT_1;
    }
    location /plain/ { proxy_pass http://sidecar; }
    location /re/ { rewrite ^/re/(.*) /a/$1; }
--- client
    my $line = sub { ($_[0]{seen} // { line => problem($_[0]) })->{line} };

    for my $case (
        [ '/a/?api_key=secret', 'GET /a/ HTTP/1.1', 'alone' ],
        [ '/a/?api_key=secret&x=1', 'GET /a/?x=1 HTTP/1.1', 'first' ],
        [ '/a/?x=1&api_key=secret', 'GET /a/?x=1 HTTP/1.1', 'last' ],
        [ '/a/?x=1&api_key=secret&y=2', 'GET /a/?x=1&y=2 HTTP/1.1', 'between' ],
        [ '/a/?k=secret&x=1', 'GET /a/?x=1 HTTP/1.1', 'under its other name' ],
        [ '/a/?k=secret&x=1&api_key=secret', 'GET /a/?x=1 HTTP/1.1', 'under both names' ],
        [ '/a/?api_key=secret&api_key=secret&x=1', 'GET /a/?x=1 HTTP/1.1', 'twice' ],
        [ '/a/?api%5Fkey=secret&x=1', 'GET /a/?x=1 HTTP/1.1', 'with an encoded name' ],
        [ '/a/?%61pi_key=%73ecret&x=1', 'GET /a/?x=1 HTTP/1.1', 'with an encoded value' ],
        [ '/a/?api_key=a+b%26c%3dd&x=1', 'GET /a/?x=1 HTTP/1.1', 'with a space and others' ],
        [ '/a/?xapi_key=1&api_key=secret&api_keyx=2', 'GET /a/?xapi_key=1&api_keyx=2 HTTP/1.1',
          'beside names that are like it' ],
        [ '/a/?API_KEY=1&api_key=secret', 'GET /a/?API_KEY=1 HTTP/1.1', 'beside another case' ],
        [ '/a/?x=%20+%2f&api_key=secret', 'GET /a/?x=%20+%2f HTTP/1.1', 'with the rest untouched' ],
        [ '/a/?&&api_key=secret&&x', undef, 'among empty ones' ],
        [ '/re/b?api_key=secret&x=1', 'GET /a/b?x=1 HTTP/1.1', 'after a rewrite' ],
        [ '/only/?api_key=secret', 'GET /only/ HTTP/1.1', 'where only the query counts' ],
    ) {
        my ($target, $want, $what) = @$case;

        for my $ask (\&get, \&h2_get) {
            my $r = $ask->($target);
            my $by = $ask == \&get ? '' : ' by HTTP/2';

            is(who($r), 'acme', "a key $what is taken$by");
            is($line->($r), $want, '... and removed') if $want;
            unlike($r->{body}, qr/secret|\bapi_key=/, '... altogether');
        }
    }

    for my $case (
        [ '/a/?api_key=unknown', '401 bad_key', 'an unknown key' ],
        [ '/a/?api_key=', '401 bad_key', 'an empty key' ],
        [ '/a/?api_key', '401 bad_key', 'a name without a key' ],
        [ '/a/?api_key=secret&api_key=beta', '401 bad_key', 'two different keys' ],
        [ '/a/?api_key=secret&k=beta', '401 bad_key', 'two different keys in two names' ],
        [ '/a/?api_key=secret&api_key=', '401 bad_key', 'a key and an empty one' ],
        [ '/a/?API_KEY=secret', '401 no_credential', 'a name in other case' ],
        [ '/a/;api_key=secret', '401 no_credential', 'a key in the path' ],
        [ '/a/?x=1;api_key=secret', '401 no_credential', 'a key behind a semicolon' ],
        [ '/a/?x=?api_key=secret', '401 no_credential', 'a key behind a second question mark' ],
        [ '/a/?api_key=secret%00', '401 bad_key', 'a key with a NUL behind it' ],
    ) {
        my ($target, $want, $what) = @$case;

        is(problem(get($target)), $want, "$what is refused");
    }

    is(problem(get('/a/?api_key=secret', 'apikey: beta')), '401 bad_key',
       'different keys in field and query are refused');
    is(who(get('/a/?api_key=secret', 'apikey: secret')), 'acme', 'the same one in both is taken');
    is(problem(get('/only/', 'apikey: secret')) =~ /^401/ ? 'refused' : 'taken', 'taken',
       'a list of query names alone leaves the default fields');

    # an error of the upstream tells the target, too

    is(get('/away/?api_key=secret&api%5fkey=secret')->{status}, 502, 'the sidecar is away');
    get('/plain/?api_key=secret&x=1');

    my $c = client();
    $c->write("GET /a/?api_key=secret&x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
              . "Connection: close\r\n\r\nab");
    $c->close();

    wait_for(sub { log_text('all.log') =~ m{/plain/.*\n.*\|/a/\n}s });
    my $logs = log_text('all.log') . log_text('combined.log') . log_text('error.log');

    my @told = grep { /secret|%73ecret|a\+b%26c/ } split /\n/, $logs;

    # in another case, or in the path, it is none that we know
    @told = grep { !m{API_KEY|GET /a/;api_key} } @told;

    is(join("\n", @told), '', 'no key is in an access or error log');
    like($logs,
         qr{^GET\ /a/\?x=1&api_key=\*+&y=2\ HTTP/1\.1\|/a/\?x=1&api_key=\*+&y=2
             \|x=1&y=2\|x=1&y=2\|-\|/a/$}mx,
         '... but stars are');
    like($logs, qr{^GET /a/\?x=1&api_key=\*+&y=2 HTTP/2\.0\|}m, '... by HTTP/2 as well');
    like($logs,
         qr{connect\(\)\ failed.*request:\ "GET\ /away/\?api_key=\*+&api%5fkey=\*+\ HTTP/1\.1",
            \ upstream:\ "http://127\.0\.0\.1:\d+/away/"}x,
         '... and in the error of an upstream');
    like($logs, qr{refused, bad_key.*request: "GET /a/\?api_key=\*+ HTTP},
         '... and in that of a refusal');

=== TEST 3: names, inheritance, anonymous
--- gate
    gate_key_names header=X-House-Key;
    gate_consumer acme { key sha256(secret); }
    gate_consumer guest { group guests; }
    gate_consumer shut { disabled; }
    gate_issuer corp {
        issuer https://issuer.example;
        key_file $TEST_NGINX_PEM;
        algorithms RS256;
        consumer claim=sub map=name unknown=guest;
    }

    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1;
        gate_auth key;
        gate_service s;
        location / { gate_pass http://sidecar; }
        location /off/ { gate_auth off; gate_pass http://sidecar; }
        location /keeps/ { gate_auth off; gate_key_names off; gate_pass http://sidecar; }
        location /names/ {
            gate_key_names header=X_Odd.Name header=other;
            gate_pass http://sidecar;
            location /names/inner/ { gate_pass http://sidecar; }
        }
        location /guest/ {
            gate_auth key anonymous=guest;
            gate_pass http://sidecar;
            location /guest/token/ { gate_auth jwt=corp; gate_pass http://sidecar; }
            location /guest/same/ { gate_pass http://sidecar; }
        }
        location /shut/ { gate_auth key anonymous=shut; gate_pass http://sidecar; }
        location /lane/ { gate_auth key; gate_lane hash=$arg_user; gate_pass http://sidecar; }
        location /pre/ { gate_auth key preflight; gate_pass http://sidecar; }
        location /pre-guest/ { gate_auth key preflight anonymous=guest; gate_pass http://sidecar; }
        location /method/ {
            gate_pass http://sidecar;
            limit_except GET { gate_auth jwt=corp; }
        }
        location /closed/ {
            gate_pass http://sidecar;
            limit_except GET { deny all; }
        }
        location /open/ {
            gate_auth off;
            gate_pass http://sidecar;
            limit_except GET { gate_auth key; }
        }
    }
--- config
    location / { gate_auth key; gate_service s; gate_pass http://sidecar; }
--- client
    my $at = sub {
        my ($target, @fields) = @_;
        my $method = @fields && $fields[0] =~ /^[A-Z]+$/ ? shift @fields : 'GET';
        my $c = client(port(1));
        $c->write(request($method, $target, undef, @fields));
        return $c->read($method);
    };
    my $key = 'X-House-Key: secret';

    is(who(get('/', $key)), 'acme', 'a name of http{} counts in a server');
    is(problem(get('/', 'apikey: secret')), '401 no_credential', '... instead of the usual ones');
    is(who($at->('/', $key)), 'acme', 'gate_auth of a server counts in its locations');
    is(problem($at->('/')), '401 no_credential', '... and refuses');
    is(who($at->('/off/')), '(nobody)', 'gate_auth off takes it away');
    is(join(' ', $at->('/off/', $key)->seen('x-house-key')), '',
       '... and a key does not go on from there');
    is(join(' ', $at->('/keeps/', $key)->seen('x-house-key')), 'secret',
       '... unless gate_key_names off says that it is the service\'s');
    is(who($at->('/names/', 'X_Odd.Name: secret')) =~ /^4|acme/ ? 'seen' : 'not', 'seen',
       'a location has names of its own');
    is(who($at->('/names/', 'OTHER: secret')), 'acme', '... in any case');
    is(problem($at->('/names/', $key)), '401 no_credential', '... instead of the outer ones');
    is(who($at->('/names/inner/', 'other: secret')), 'acme', '... also for locations in it');

    my $r = $at->('/guest/');
    is(who($r), 'guest', 'anonymous= is who nobody is');
    is(join('|', $r->seen('x-anonymous-consumer')), 'true', '... and the service is told so');
    is(join('|', $r->seen('x-credential-identifier')), '', '... and of no credential');
    is(join('|', $r->seen('x-consumer-groups')), 'guests', '... but of its groups');
    $r = $at->('/guest/', $key);
    is(who($r), 'acme', 'a key is a key there');
    is(join('|', $r->seen('x-anonymous-consumer')), '', '... and not anonymous');
    is(problem($at->('/guest/', 'X-House-Key: unknown')), '401 bad_key',
       'a bad key is not anonymous');
    is(problem($at->('/guest/', 'X-House-Key:')), '401 bad_key', 'an empty key is not anonymous');
    is(who($at->('/guest/', 'Authorization: Bearer x')), 'guest',
       'what is not asked for is not looked at');
    is(who($at->('/guest/same/')), 'guest', 'an inner location has it, too');
    is(problem($at->('/guest/token/')), '401 no_credential', 'a gate_auth of its own has not');
    is($at->('/guest/token/')->field('www-authenticate'), 'Bearer realm="gate"',
       '... and asks for a token');
    is(who($at->('/guest/token/', 'Authorization: Bearer ' . mint(claims => { sub => 'acme' }))),
       'acme', '... and takes it');
    is(problem($at->('/shut/')), '403 disabled_consumer',
       'a disabled anonymous consumer is refused');

    my @pre = ('OPTIONS', 'Origin: http://a', 'Access-Control-Request-Method: POST');

    is(who($at->('/pre/', @pre)), '(nobody)', 'a CORS preflight passes where it may');
    is(problem($at->('/', @pre)), '401 no_credential', '... and not elsewhere');
    is(problem($at->('/pre/', 'OPTIONS', 'Origin: http://a')), '401 no_credential',
       'OPTIONS alone is none');
    is(problem($at->('/pre/', 'OPTIONS', 'Access-Control-Request-Method: GET')),
       '401 no_credential', '... nor without Origin');
    is(problem($at->('/pre/', @pre[1, 2])), '401 no_credential', '... nor is GET');
    is(problem($at->('/pre/', @pre, 'X-House-Key: unknown')), '401 bad_key',
       'a bad key in it is a bad key');
    is(who($at->('/pre-guest/', @pre)), 'guest', 'with an anonymous consumer it is that one\'s');

    is(join('', $at->('/', $key)->seen('x-lane-hash')),
       join('', $at->('/x', $key)->seen('x-lane-hash')), 'the lane of a caller stays');
    isnt(join('', $at->('/lane/?user=a', $key)->seen('x-lane-hash')),
         join('', $at->('/lane/?user=b', $key)->seen('x-lane-hash')), 'gate_lane makes it another');
    like(join('', $at->('/lane/?user=a', $key)->seen('x-lane-hash')), qr/^\d{1,20}$/,
         '... in decimal');

    is(who($at->('/method/', $key)), 'acme', 'GET is asked for a key');
    is(problem($at->('/method/', 'POST', $key)), '401 no_credential',
       'limit_except asks others for a token');
    $r = $at->('/method/', 'POST', 'Authorization: Bearer ' . mint(claims => { sub => 'acme' }));
    is(who($r), 'acme', '... and takes that');
    is(join('|', $r->seen('host')), 's', '... and passes it to the same service');
    is($at->('/closed/', 'POST', $key)->{status}, 403, 'limit_except may deny');
    is(who($at->('/closed/', $key)), 'acme', '... and GET passes');
    is(who($at->('/open/')), '(nobody)', 'GET may be open');
    is(problem($at->('/open/', 'POST')), '401 no_credential', '... while POST is not');
    $r = $at->('/open/', 'POST', $key);
    is(who($r), 'acme', '... but by key');
    unlike(($r->{seen} // {})->{text}, qr/secret/, '... which does not go on');

=== TEST 4: several methods
--- gate
    gate_consumer acme { key sha256(secret); }
    gate_consumer beta { key sha256(beta); }
    gate_consumer guest { }
    gate_issuer corp {
        issuer https://issuer.example;
        key_file $TEST_NGINX_PEM;
        algorithms RS256;
        consumer map=name;
    }
--- config
    gate_service s;
    location /any/ { gate_auth key jwt=corp; gate_pass http://sidecar; }
    location /jwt-first/ { gate_auth jwt=corp key any; gate_pass http://sidecar; }
    location /all/ { gate_auth key jwt=corp all; gate_pass http://sidecar; }
    location /hide/ { gate_auth key jwt=corp hide; gate_pass http://sidecar; }
    location /key/ { gate_auth key; gate_pass http://sidecar; }
    location /status { gate_status; }
--- client
    my $token = mint(claims => { sub => 'acme' });
    my $of_beta = mint(claims => { sub => 'beta' });
    my $bad = mint(claims => { sub => 'acme' }, key => 'evil', header => { kid => 'rsa' });
    my ($key, $jwt) = ('apikey: secret', "Authorization: Bearer $token");
    my ($other, $worse) = ("Authorization: Bearer $of_beta", "Authorization: Bearer $bad");

    my $by = sub {
        my $r = shift;
        $r->{seen} ? join('|', who($r), ($r->seen('authorization'))) : problem($r)
    };

    is($by->(get('/any/', $key)), 'acme', 'any: a key suffices');
    is($by->(get('/any/', $jwt)), "acme|Bearer $token", 'any: a token suffices, and goes on');
    is($by->(get('/any/')), '401 no_credential', 'any: nothing does not');
    is(join(', ', get('/any/')->all('www-authenticate')), 'Key realm="gate", Bearer realm="gate"',
       '... and each method is offered');
    is($by->(get('/any/', $key, $other)), 'acme',
       'any: the first listed decides, the other is removed');
    is($by->(get('/any/', $key, $worse)), 'acme', '... also a bad one');
    is($by->(get('/any/', $key, 'Authorization: Basic eDp5')), 'acme',
       '... also of another scheme');
    is($by->(get('/any/', 'apikey: unknown', $jwt)), '401 bad_key',
       'any: a bad key is not skipped for a good token');
    is($by->(get('/any/', 'apikey:', $jwt)), '401 bad_key', '... nor is an empty one');
    is($by->(get('/any/', 'Authorization: Basic eDp5')), '401 no_credential',
       'any: another scheme is none of ours');
    is($by->(get('/jwt-first/', $other, $key)), "beta|Bearer $of_beta",
       'any: in the order of the line');
    unlike(get('/jwt-first/', $other, $key)->{seen}{text}, qr/secret/,
           '... and the key is removed');
    is($by->(get('/jwt-first/', $worse, $key)), '401 bad_token',
       '... a bad token first is refused');
    is($by->(get('/jwt-first/', 'Authorization: Basic eDp5', $key)), 'acme',
       '... another scheme leaves it to the key, and goes');
    is($by->(get('/all/', $key, $jwt)), "acme|Bearer $token", 'all: both of one consumer suffice');
    is($by->(get('/all/', $key, $other)), '403 unknown_consumer',
       'all: of two consumers they do not');
    is($by->(get('/all/', 'apikey: beta', $jwt)), '403 unknown_consumer', '... either way');
    is($by->(get('/all/', $key)), '401 no_credential', 'all: a key alone does not');
    is($by->(get('/all/', $jwt)), '401 no_credential', 'all: a token alone does not');
    is($by->(get('/all/')), '401 no_credential', 'all: nothing does not');
    is($by->(get('/all/', $key, $worse)), '401 bad_token', 'all: a bad token is refused');
    is($by->(get('/all/', 'apikey: unknown', $jwt)), '401 bad_key', 'all: a bad key is refused');
    is($by->(get('/hide/', $jwt)), 'acme', 'hide: the token does not go on');
    is($by->(get('/hide/', $key, $jwt)), 'acme', '... nor beside a key');
    is($by->(get('/key/', $key, 'Authorization: Basic eDp5')), 'acme|Basic eDp5',
       'what is not listed goes on untouched');

    my %n = %{ count(get('/status')) };
    is($n{'key unknown_consumer'} // 0, 0, 'a mismatch is not counted as a key\'s fault');

=== TEST 5: satisfy, variables, other modules
--- gate
    gate_consumer acme { key sha256(secret); group partners; }
    gate_consumer beta { key sha256(beta); }
    gate_consumer guest { }
    limit_req_zone $gate_consumer zone=by_consumer:1m rate=1r/m;
    limit_req_zone $gate_consumer zone=by_server:1m rate=1r/m;
    map $gate_consumer $tier { acme gold; '' none; default silver; }
    map $gate_groups $is_partner { partners yes; default no; }
    map $gate_auth_method $by { key keyed; default open; }
    log_format x '$uri|$tier|$seen_early|$gate_consumer';
    access_log $TEST_NGINX_STATE/x.log x;

    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1;
        set $seen_early $gate_consumer;
        gate_service s;
        location /key/ {
            gate_auth key;
            limit_req zone=by_server burst=2 nodelay;
            gate_pass http://sidecar;
        }
        location /open/ { limit_req zone=by_server burst=2 nodelay; gate_pass http://sidecar; }
    }
--- config
    set $seen_early '';
    gate_service s;
    location /any-allow/ {
        satisfy any;
        allow 127.0.0.1;
        deny all;
        gate_auth key;
        gate_pass http://sidecar;
    }
    location /any-deny/ { satisfy any; deny all; gate_auth key; gate_pass http://sidecar; }
    location /any-guest/ {
        satisfy any;
        allow 127.0.0.1;
        deny all;
        gate_auth key anonymous=guest;
        gate_pass http://sidecar;
    }
    location /all-allow/ {
        satisfy all;
        allow 127.0.0.1;
        deny all;
        gate_auth key;
        gate_pass http://sidecar;
    }
    location /all-deny/ { satisfy all; deny all; gate_auth key; gate_pass http://sidecar; }
    location /limited/ {
        gate_auth key;
        limit_req zone=by_consumer burst=2 nodelay;
        gate_pass http://sidecar;
    }
    location /mapped/ {
        gate_auth key anonymous=guest;
        proxy_set_header X-Tier $tier;
        proxy_set_header X-Partner $is_partner;
        proxy_set_header X-By $by;
        gate_pass http://sidecar;
    }
    location /if/ {
        gate_auth key anonymous=guest;
        set $who $gate_consumer;
        if ($who = beta) { return 409 "beta"; }
        gate_pass http://sidecar;
    }
    location /plain/ { proxy_pass http://sidecar; proxy_set_header X-Who "[$gate_consumer]"; }
    location /own/ {
        gate_auth key;
        proxy_pass http://sidecar;
        proxy_set_header X-Who "[$gate_consumer]";
    }
    location /sub/ {
        gate_auth key;
        auth_request /asked;
        gate_pass http://sidecar;
    }
    location = /asked {
        internal;
        proxy_pass http://sidecar/?keep=asked;
        proxy_set_header X-Who "[$gate_consumer]";
    }
    location /status { gate_status; }
--- client
    is(who(get('/any-allow/')), '401 no_credential',
       'satisfy any by address leaves nobody to answer for it');
    is(who(get('/any-allow/', 'apikey: secret')), 'acme', '... a key does');
    is(who(get('/any-allow/', 'apikey: unknown')), '401 bad_key', '... a bad one not');
    is(who(get('/any-deny/')), '401 no_credential',
       'satisfy any, address denied: a key is asked for');
    is(who(get('/any-deny/', 'apikey: secret')), 'acme', '... and suffices');
    is(who(get('/any-deny/', 'apikey: unknown')), '401 bad_key', '... but not a bad one');
    is(who(get('/any-guest/')), 'guest', 'satisfy any with an anonymous consumer is that one');
    is(who(get('/any-guest/', 'apikey: secret')), 'acme', '... or the key\'s');
    is(who(get('/all-allow/', 'apikey: secret')), 'acme', 'satisfy all takes both');
    is(who(get('/all-allow/')), '401 no_credential', '... not the address alone');
    is(get('/all-deny/', 'apikey: secret')->{status}, 403, '... nor the key alone');

    # limit_req asks in PREACCESS, before ACCESS has run

    my $before = count(get('/status'));

    is(join(' ', map { get('/limited/', 'apikey: secret')->{status} } 1 .. 5),
       '200 200 200 503 503', 'limit_req counts by consumer');
    is(join(' ', map { get('/limited/', 'apikey: beta')->{status} } 1 .. 5), '200 200 200 503 503',
       '... each on its own');
    is(join(' ', map { get('/limited/')->{status} } 1 .. 5), '401 401 401 401 401',
       '... and nobody is not counted, but refused');

    my $after = count(get('/status'));
    is($after->{'key ok'} - $before->{'key ok'}, 10,
       'a key is looked up once in a request, whoever asks first');

    my $at = sub {
        my ($target, @fields) = @_;
        my $c = client(port(1));
        $c->write(request('GET', $target, undef, @fields));
        return $c->read();
    };

    is(join(' ', map { $at->('/key/', 'apikey: secret')->{status} } 1 .. 5), '200 200 200 503 503',
       'asked at server level, before the location is known, it is not forgotten');
    is(join(' ', map { $at->('/open/')->{status} } 1 .. 5), '200 200 200 200 200',
       '... and where nobody is known nothing is counted');

    my $r = get('/mapped/', 'apikey: secret');
    is(join(' ', map { $r->seen($_) } qw(x-tier x-partner x-by)), 'gold yes keyed',
       'map has the consumer, its groups and its method');
    $r = get('/mapped/', 'apikey: beta');
    is(join(' ', map { $r->seen($_) } qw(x-tier x-partner x-by)), 'silver no keyed',
       '... of another');
    $r = get('/mapped/');
    is(join(' ', map { $r->seen($_) } qw(x-tier x-partner x-by)), 'silver no open',
       '... of the anonymous one');
    is(get('/if/', 'apikey: beta')->{body}, 'beta', 'the rewrite phase has it as well');
    is(who(get('/if/', 'apikey: secret')), 'acme', '... and another goes on');
    is(join('', get('/plain/', 'apikey: secret')->seen('x-who')), '[]',
       'where nothing is asked nobody is known');
    is(join('', get('/own/', 'apikey: secret')->seen('x-who')), '[acme]',
       'a plain proxy_pass has the variables');
    unlike(get('/own/', 'apikey: secret')->{seen}{text}, qr/secret/, '... and not the key');

    is(who(get('/sub/', 'apikey: secret')), 'acme', 'a request with an auth_request passes');
    like(log_text('kept-asked'), qr/^X-Who: \[acme\]\r?$/m, '... which knows who it is about')
        or diag(log_text('kept-asked'));

    get('/mapped/log', 'apikey: secret');
    ok(wait_for(sub { log_text('x.log') =~ m{^/mapped/log\|gold\|\|acme$}m }),
       'a map in log_format has it');
    $at->('/open/log');
    ok(wait_for(sub { log_text('x.log') =~ m{^/open/log\|none\|-?\|-$}m }),
       '... and has nothing of nobody')
        or diag(log_text('x.log'));

=== TEST 6: a key in the query of what nginx refuses by itself
--- gate
    gate_key_names query=api_key;
    log_format all '$status|$request|$request_uri|$args';
    access_log $TEST_NGINX_STATE/refused.log all;
--- config
    $TEST_NGINX_LISTEN_H2
    client_header_buffer_size 1k;
    large_client_header_buffers 2 1k;
    location /a/ { gate_auth key; gate_service s; gate_pass http://sidecar; }
--- client
    my $line = 'GET /a/?x=1&api_key=secret HTTP/1.1';
    my $n = 0;

    # a reload is waited for by asking for its version
    my $lines = sub { grep { !m{\|/ver\|} } split /\n/, log_text('refused.log') };

    for my $case (
        [ 400, 'without Host', "$line\r\n\r\n" ],
        [ 400, 'with two', "$line\r\nHost: a\r\nHost: b\r\n\r\n" ],
        [ 400, 'with a bad Host', "$line\r\nHost: a/b\r\n\r\n" ],
        [ 400, 'with a long field', "$line\r\nHost: a\r\nX: " . 'x' x 3000 . "\r\n\r\n" ],
        [ 400, 'with a bad length', "$line\r\nHost: a\r\nContent-Length: x\r\n\r\n" ],
        [ 414, 'with a long target',
          'GET /a/?api_key=secret&x=' . 'x' x 3000 . " HTTP/1.1\r\nHost: a\r\n\r\n" ],
        [ 405, 'by TRACE', "TRACE /a/?api_key=secret HTTP/1.1\r\nHost: a\r\n\r\n" ],
        [ 505, 'of HTTP/5', "GET /a/?api_key=secret HTTP/5.1\r\nHost: a\r\n\r\n" ],
        [ 400, 'with a path to above', "GET /../?api_key=secret HTTP/1.1\r\nHost: a\r\n\r\n" ],
    ) {
        my ($status, $what, $bytes) = @$case;

        is(raw($bytes)->{status}, $status, "a request $what is refused by nginx");
        ok(wait_for(sub { $lines->() > $n }), '... and logged');
        my $said = ($lines->())[$n++];
        like($said, qr/^$status\|/, '... as that');
        unlike($said, qr/secret/, '... without the key');
    }
