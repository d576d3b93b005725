#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_dry_run: whom a policy would refuse passes, as nobody; the log, a variable
# and a counter say what would have been, and nothing else is let in.

use strict;
use warnings;

use GateNginx qw(slurp);
use GateTest;
use GateToken;

$ENV{TEST_NGINX_PEM} = gate_keys()->{rsa}{public};


sub said {
    my ($r) = @_;

    return $r->{status} == 200 ? '200' : "$r->{status} " . ($r->json()->{reason} // '?');
}


sub log_of {
    my ($name, $n) = @_;

    my $file = "$ENV{TEST_NGINX_STATE}/$name.log";

    wait_for(sub { (() = slurp($file) =~ /\n/g) >= $n });

    return [ split /\n/, slurp($file) ];
}

run_gate_tests();

__DATA__

=== TEST 1: authentication on trial
--- gate
    log_format would '$uri $status "$gate_would" "$gate_reason" "$gate_consumer" $gate_decision';
    gate_plan p { rate 1r/h burst=1; }
    gate_consumer acme { plan p; key sha256(acme); }
    gate_consumer guest { plan p; }
    gate_issuer corp { issuer https://issuer.example; key_file $TEST_NGINX_PEM;
                       algorithms RS256; consumer claim=sub map=name; }
--- config
    gate_service s;
    access_log $TEST_NGINX_STATE/auth.log would;
    location /       { gate_auth key jwt=corp; gate_dry_run auth; gate_pass http://sidecar; }
    location /guest/ { gate_auth key anonymous=guest; gate_dry_run auth;
                       gate_pass http://sidecar; }
    location /plan/  { gate_auth key; gate_limit plan; gate_dry_run auth;
                       gate_limit rate=1r/h burst=1 key=$arg_k name=addr1;
                       gate_pass http://sidecar; }
    location /both/  { gate_auth all key jwt=corp; gate_dry_run auth; gate_pass http://sidecar; }
    location /group/ { gate_auth key; gate_allow group=x; gate_dry_run auth;
                       gate_pass http://sidecar; }
    location /on/    { gate_auth key; gate_pass http://sidecar; }
    location = /status { gate_auth off; access_log off; gate_status; }
--- client
    my $good = 'Authorization: Bearer ' . mint(claims => { sub => 'acme' });
    my $bad = 'Authorization: Bearer a.b.c';
    my $before = () = log_text('error.log') =~ /would be refused/g;

    my $r = get('/', 'apikey: wrong');

    is(said($r), '200', 'a bad key passes');
    is(join('', $r->seen('x-consumer-username')), '', '... as nobody');
    is(join('', $r->seen('apikey')), '', '... and does not go on');
    is($r->field('www-authenticate'), undef, '... and is not challenged');

    $r = get('/', $bad);
    is(said($r), '200', 'a bad token passes');
    is(join('', $r->seen('authorization')), '', '... and is gone, too');

    $r = get('/', 'apikey: acme');
    is(join('', $r->seen('x-consumer-username')), 'acme', 'who is good is who he is');
    is(said(get('/')), '200', 'who brings nothing passes');

    $r = get('/guest/', 'apikey: wrong');
    is(join('', $r->seen('x-consumer-username')), 'guest', 'a bad key is the anonymous consumer');
    is(join('', $r->seen('x-anonymous-consumer')), 'true', '... and said to be');

    $r = get('/both/', 'apikey: wrong', $good);
    is(said($r), '200', 'one of two that is bad passes');
    is(join('', $r->seen('authorization')), '', '... and what was with it does not go on');

    is(said(get('/plan/', 'apikey: wrong')), '200', 'no limit by plan counts nobody') for 1 .. 4;
    is(said(get('/plan/?k=1', 'apikey: wrong')), '200', 'one by something else') for 1 .. 2;
    is(said(get('/plan/?k=1', 'apikey: wrong')), '429 rate_limited', '... does');
    is(said(get('/group/', 'apikey: wrong')), '403 not_in_group', 'nobody has no rights');
    is(said(get('/on/', 'apikey: wrong')), '401 bad_key', 'elsewhere it is as ever');

    my $log = log_of('auth', 15);

    is($log->[0], '/ 200 "401 bad_key" "-" "-" admitted', 'a variable says what would have been')
        or diag(join "\n", @$log);
    is($log->[2], '/ 200 "-" "-" "acme" admitted', '... and nothing of who is good');
    is($log->[3], '/ 200 "401 no_credential" "-" "-" admitted', '... but of who brings nothing');

    my %n = map { ("$_->{policy} $_->{reason}" => $_->{count}) }
            @{ get('/status')->json()->{dry_run} };

    cmp_ok($n{'auth bad_key'}, '>=', 9, 'they are counted');
    is($n{'auth bad_token'}, 1, '... by reason');
    cmp_ok((() = log_text('error.log') =~ /would be refused/g) - $before, '>=', 11,
           '... and logged');
    like(log_text('error.log'), qr/would be refused, 401 bad_key, consumer: "", .*run of auth/,
         '... with the answer');


=== TEST 2: rights on trial
--- gate
    log_format access '$uri $status "$gate_would" "$gate_consumer"';
    gate_consumer acme { key sha256(acme); group a; }
--- config
    gate_service s;
    gate_auth key;
    access_log $TEST_NGINX_STATE/access.log access;
    location /       { gate_allow group=x; gate_deny group=a; gate_dry_run access;
                       gate_pass http://sidecar; }
    location /both/  { gate_allow group=x; gate_dry_run auth access; gate_pass http://sidecar; }
    location /both/off/ { gate_allow group=x; gate_dry_run off; gate_pass http://sidecar; }
--- client
    my $r = get('/', 'apikey: acme');

    is(said($r), '200', 'who is shut out passes');
    is(join('', $r->seen('x-consumer-username')), 'acme', '... as who he is');
    is(said(get('/', 'apikey: wrong')), '401 bad_key', 'who is not known does not');
    is(said(get('/both/', 'apikey: wrong')), '200', '... but where that is on trial, too');
    is(said(get('/both/off/', 'apikey: acme')), '403 not_in_group', 'off is off');

    my $log = log_of('access', 5);

    is($log->[0], '/ 200 "403 denied" "acme"', 'it is said what would have been');
    is($log->[2], '/both/ 200 "401 bad_key" "-"', '... of two the first');


=== TEST 3: what it does not open
--- gate
    gate_consumer acme { key sha256(acme); }
--- config
    gate_service s;
    gate_auth key;
    gate_dry_run auth access;
    location /any/  { satisfy any; deny all; gate_pass http://sidecar; }
    location /let/  { satisfy any; allow all; gate_pass http://sidecar; }
    location /all/  { deny all; gate_pass http://sidecar; }
    location /path/ { gate_pass http://sidecar; }
    location /asked/ { gate_auth off; auth_request /ask; proxy_pass http://sidecar; }
    location = /ask { internal; gate_pass http://sidecar; }
--- client
    is(get('/any/', 'apikey: wrong')->{status}, 403, 'nobody is not whom satisfy any waits for');
    is(get('/any/', 'apikey: acme')->{status}, 200, '... somebody is');
    is(get('/let/', 'apikey: wrong')->{status}, 200, 'whom another one lets in passes');
    is(get('/all/', 'apikey: acme')->{status}, 403, 'what nginx refuses is refused');
    is(said(get('/path/a%2fb')), '400 bad_path', 'a path that is nobody\'s stays so');
    is(get('/asked/', 'apikey: wrong')->{status}, 200, 'a subrequest passes as its request would');
