#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_shield: who has failed too often is not looked at, and costs no signature;
# who is known passes all the same.  Addresses, realip, reloads, subrequests.

use strict;
use warnings;

use GateNginx qw(slurp);
use GateTest;
use GateToken;

our $keys = gate_keys();

$ENV{TEST_NGINX_PEM} = $keys->{ec521}{public};


sub problem {
    my ($r) = @_;

    return "$r->{status} " . ($r->{status} == 200 ? 'ok' : $r->json()->{reason} // '?');
}


# So many failures from an address, as realip sees it.

sub guess {
    my ($n, $address, $path) = @_;

    my %n;

    $n{ problem(get($path // '/', "apikey: wrong$_", "X-Real-IP: $address")) }++ for 1 .. $n;

    return join ', ', map { "$n{$_} x $_" } sort keys %n;
}


# What was counted since begin().

our %before;


sub begin {
    %before = ();
    %before = map { $_ => counted($_) } qw(shield signatures);
}


sub counted {
    my ($list) = @_;

    my %n = map { $_->{result} => $_->{count} - ($before{$list}{ $_->{result} } // 0) }
            @{ get('/status')->json()->{$list} // [] };

    return { map { $_ => $n{$_} } grep { $n{$_} || $list ne 'shield' } keys %n };
}

run_gate_tests();

__DATA__

=== TEST 1: a budget of failures, by address
--- gate
    gate_consumer acme { key sha256(acme); }
--- config
    set_real_ip_from 127.0.0.1;
    real_ip_header X-Real-IP;
    gate_service s;
    gate_auth key;
    location / { gate_shield failures=5/10m; gate_pass http://sidecar; }
    location /other/ { gate_shield failures=5/10m; gate_pass http://sidecar; }
    location /large/ { gate_shield failures=6/10m; gate_pass http://sidecar; }
    location /off/ { gate_pass http://sidecar; }
    location = /status { gate_auth off; gate_status; }
--- client
    begin();

    is(guess(8, '192.0.2.1'), '5 x 401 bad_key, 3 x 429 too_many_failures',
       'after five failures nobody is looked at');

    my $r = get('/', 'apikey: wrong', 'X-Real-IP: 192.0.2.1');

    like($r->field('retry-after'), qr/^1[12]\d$/, 'it is said when again');
    like($r->field('content-type'), qr{^application/problem\+json}, '... as a problem');
    is($r->field('www-authenticate'), undef, '... and nobody is asked for a credential');
    is($r->field('ratelimit'), undef, '... nor told how many more guesses there are');

    is(problem(get('/', 'apikey: acme', 'X-Real-IP: 192.0.2.1')), '200 ok',
       'a key of the configuration passes all the same');
    is(problem(get('/', 'X-Real-IP: 192.0.2.1')), '401 no_credential',
       'without one it is asked for');
    is(guess(1, '192.0.2.2'), '1 x 401 bad_key', 'another address has its own');
    is(guess(1, '192.0.2.1', '/other/'), '1 x 429 too_many_failures',
       'the same budget elsewhere is the same one');
    is(guess(7, '192.0.2.1', '/large/'), '6 x 401 bad_key, 1 x 429 too_many_failures',
       'another budget is another one');
    is(guess(9, '192.0.2.1', '/off/'), '9 x 401 bad_key', 'without one nobody counts');

    my $n = counted('shield');

    is($n->{failed}, 5 + 1 + 6, 'each failure is counted');
    is($n->{rejected}, 3 + 1 + 1 + 1, '... and each that was not looked at');

    my @lines = log_text('error.log') =~ /gate shield: (.*?), client/g;

    like($lines[0], qr/^5 failures in 600s from 192\.0\.2\.1, \d+ more such lines/,
         'the log says once who it was');
    cmp_ok(scalar @lines, '<=', 2, '... and not for each request');


=== TEST 2: a /64 of IPv6, and IPv4 in its form
--- gate
    gate_consumer acme { key sha256(acme); }
--- config
    set_real_ip_from 127.0.0.1;
    real_ip_header X-Real-IP;
    gate_service s;
    gate_auth key;
    location / { gate_shield failures=3/61m; gate_pass http://sidecar; }
--- client
    is(guess(2, '2001:db8:0:1::1'), '2 x 401 bad_key', 'an address has failures');
    is(guess(2, '2001:db8:0:1:ffff::2'), '1 x 401 bad_key, 1 x 429 too_many_failures',
       '... which are those of its /64');
    is(guess(1, '2001:db8:0:2::1'), '1 x 401 bad_key', '... and not of the next one');

    is(guess(4, '::ffff:192.0.2.1'), '3 x 401 bad_key, 1 x 429 too_many_failures',
       'an IPv4 address in the form of IPv6 has failures');
    is(guess(1, '192.0.2.1'), '1 x 429 too_many_failures', '... which are of the IPv4 address');
    is(guess(1, '::ffff:192.0.2.2'), '1 x 401 bad_key', '... and not of all of them');


=== TEST 3: forged tokens cost no signature
--- gate
    gate_issuer corp { issuer https://issuer.example; key_file $TEST_NGINX_PEM;
                       algorithms ES512; consumer claim=sub map=name; }
    gate_consumer alice { }
--- config
    gate_service s;
    gate_auth jwt=corp;
    location / { gate_shield failures=4/62m; gate_pass http://sidecar; }
    location = /status { gate_auth off; gate_status; }
--- client
    begin();

    my $good = mint(alg => 'ES512', key => 'ec521', header => { kid => undef });
    my $bearer = sub { problem(get('/', "Authorization: Bearer $_[0]")) };

    # the signature of another token: it has to be verified to be seen

    my @part = map { [ split /\./, mint(alg => 'ES512', key => 'ec521',
                                        header => { kid => undef }, claims => { n => $_ }) ] }
               1 .. 2;

    is($bearer->($good), '200 ok', 'a good token is verified');
    is_deeply(counted('signatures'), { good => 1, bad => 0 }, '... once');

    my %n;

    for my $i (1 .. 40) {
        my ($payload) = (split /\./, mint(payload => qq({"iss":"https://issuer.example",)
            . qq("sub":"alice","exp":9999999999,"n":$i})))[1];

        $n{ $bearer->("$part[0][0].$payload.$part[1][2]") }++;
    }

    is_deeply(\%n, { '401 bad_token' => 4, '429 too_many_failures' => 36 },
              'of forty that are forged four are verified');
    is_deeply(counted('signatures'), { good => 1, bad => 4 }, '... as the signatures show');

    my $again = 0;

    # each worker remembers its own

    for (1 .. 20) {
        $again++ if $bearer->($good) eq '200 ok';
    }

    cmp_ok($again, '>=', 1, 'a token that a worker knows passes');
    is(counted('signatures')->{bad}, 4, '... and nothing was verified');

    my $expired = mint(alg => 'ES512', key => 'ec521', claims => { exp => 1 });

    is($bearer->($expired), '429 too_many_failures', 'others wait');


=== TEST 4: what is no failure to prove who one is
--- gate
    gate_issuer corp { issuer https://issuer.example; key_file $TEST_NGINX_PEM;
                       algorithms ES512; consumer claim=sub map=name; }
    gate_consumer old { key sha256(old) not_after=2020-01-01; }
    gate_consumer off { key sha256(off); disabled; }
    gate_consumer acme { key sha256(acme); }
--- config
    gate_service s;
    gate_auth key jwt=corp;
    location / { gate_shield failures=2/63m; gate_allow group=none; gate_pass http://sidecar; }
    location = /status { gate_auth off; gate_status; }
--- client
    begin();

    my $token = sub { "Authorization: Bearer "
                      . mint(alg => 'ES512', key => 'ec521', header => { kid => undef },
                             claims => { @_ }) };

    for my $case ([ 'no_credential' ],
                  [ 'expired_key', 'apikey: old' ],
                  [ 'disabled_consumer', 'apikey: off' ],
                  [ 'not_in_group', 'apikey: acme' ],
                  [ 'expired_token', $token->(exp => 1) ],
                  [ 'not_yet_valid', $token->(nbf => 9999999999) ],
                  [ 'wrong_issuer', $token->(iss => 'https://other.example') ],
                  [ 'unknown_consumer', $token->(sub => 'stranger') ])
    {
        my ($reason, @fields) = @$case;

        is(get('/', @fields)->json()->{reason}, $reason, "$reason, time $_") for 1 .. 3;
    }

    is(counted('shield')->{failed}, undef, 'none of them is counted');


=== TEST 5: a ban
--- gate
    gate_consumer acme { key sha256(acme); }
--- config
    gate_service s;
    gate_auth key;
    location / { gate_shield failures=2/1s ban=1h; gate_pass http://sidecar; }
--- client
    is(problem(get('/', "apikey: wrong$_")), '401 bad_key', "failure $_") for 1 .. 2;

    my $r = get('/', 'apikey: wrong');

    is(problem($r), '429 too_many_failures', 'then the address is banned');
    is($r->field('retry-after'), 3600, '... for an hour');
    is(problem(get('/', 'apikey: acme')), '200 ok', '... but for whom it knows');


=== TEST 6: dry run
--- http_config
    log_format shield '$uri $status "$gate_shield"';
--- gate
    gate_consumer acme { key sha256(acme); }
--- config
    access_log $TEST_NGINX_STATE/shield.log shield;
    gate_service s;
    gate_auth key;
    location / { gate_shield failures=2/64m dry_run; gate_pass http://sidecar; }
    location /on/ { gate_shield failures=2/64m; gate_pass http://sidecar; }
    location = /status { gate_auth off; access_log off; gate_status; }
--- client
    begin();

    is(problem(get('/', "apikey: wrong$_")), '401 bad_key', "failure $_") for 1 .. 4;
    is(problem(get('/', 'apikey: acme')), '200 ok', 'who is known');
    is(problem(get('/on/', 'apikey: wrong')), '429 too_many_failures', 'they count elsewhere');
    get('/on/');

    is_deeply(counted('shield'), { failed => 4, rejected_dry_run => 2, rejected => 1 },
              'what would have been is counted');

    my $log = "$ENV{TEST_NGINX_STATE}/shield.log";

    wait_for(sub { slurp($log) =~ m{/on/ 401} });

    is(slurp($log), join('', map { "$_\n" } '/ 401 "FAILED"', '/ 401 "FAILED"',
       '/ 401 "FAILED"', '/ 401 "FAILED"', '/ 200 "-"', '/on/ 429 "REJECTED"', '/on/ 401 "-"'),
       'a variable tells of each request');


=== TEST 7: off, and how it is inherited
--- gate
    gate_shield failures=1/68m;
    gate_consumer acme { key sha256(acme); }
--- config
    gate_service s;
    gate_auth key;
    location / { gate_pass http://sidecar; }
    location /off/ { gate_shield off; gate_pass http://sidecar; }
    location /usual/ { gate_shield; gate_pass http://sidecar; }
--- client
    is(problem(get('/', 'apikey: wrong')), '401 bad_key', 'one failure');
    is(problem(get('/', 'apikey: wrong')), '429 too_many_failures', '... is the last one');
    is(problem(get('/off/', 'apikey: wrong')), '401 bad_key', 'off is off') for 1 .. 3;

    my %n;

    $n{ problem(get('/usual/', "apikey: wrong$_")) }++ for 1 .. 12;
    is_deeply(\%n, { '401 bad_key' => 10, '429 too_many_failures' => 2 },
              'ten in a minute is what is usual');


=== TEST 8: subrequests, error pages and satisfy
--- gate
    gate_consumer acme { key sha256(acme); }
--- config
    gate_service s;
    gate_auth key;
    gate_shield failures=6/65m;

    location / { gate_pass http://sidecar; }
    location /page/ { error_page 401 429 /page.html; gate_pass http://sidecar; }
    location = /page.html { gate_auth off; root html; }
    location /asked/ { gate_auth off; auth_request /ask; proxy_pass http://sidecar; }
    location = /ask { internal; gate_pass http://sidecar; }
    location /any/ { satisfy any; allow 127.0.0.1; deny all; gate_pass http://sidecar; }
    location /none/ { satisfy any; deny all; gate_pass http://sidecar; }
    location = /status { gate_auth off; gate_status; }
--- user_files
>>> page.html
sorry
--- client
    begin();

    my $failed = sub { counted('shield')->{failed} // 0 };

    is(get('/page/', 'apikey: wrong')->{status}, 401, 'a failure with an error page');
    is($failed->(), 1, '... is counted once');
    is(get('/asked/', 'apikey: wrong')->{status}, 401, 'a failure in a subrequest');
    is($failed->(), 2, '... is no other one');
    is(get('/any/', 'apikey: wrong')->{status}, 401, 'a failure where an address would do');
    is(get('/none/', 'apikey: wrong')->{status}, 401, '... or would not');
    is($failed->(), 4, '... are two');

    get('/', 'apikey: wrong') for 1 .. 2;

    is(get('/', 'apikey: wrong')->{status}, 429, 'the budget is used up');

    my $r = get('/page/', 'apikey: wrong');

    is("$r->{status} $r->{body}", "429 sorry\n", 'an error page is shown');
    is(get('/asked/', 'apikey: wrong')->{status}, 403, 'auth_request hands on that it is closed');
    is(problem(get('/any/', 'apikey: wrong')), '429 too_many_failures',
       'satisfy any hears of it in the end');
    is(get('/none/', 'apikey: wrong')->{status}, 403, '... if nobody else has said no');
    is(get('/any/', 'apikey: acme')->{status}, 200, 'who is known passes there');
    is(get('/asked/', 'apikey: acme')->{status}, 200, '... in a subrequest, too');
    is($failed->(), 6, 'what was not looked at is no failure');


=== TEST 9: many requests of one connection
--- gate
    gate_consumer acme { key sha256(acme); }
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    gate_auth key;
    location / { gate_shield failures=3/66m; gate_pass http://sidecar; }
--- client
    my %n;

    $n{ h2_get('/', "apikey: wrong$_")->{status} }++ for 1 .. 5;
    is_deeply(\%n, { 401 => 3, 429 => 2 }, 'HTTP/2 is counted as all others');
    is(h2_get('/', 'apikey: acme')->{status}, 200, '... and who is known passes');


=== TEST 10: a zone without room
--- gate
    gate_zone gate 1m;
    gate_zone small 64k;
    gate_zone loose 64k full=serve;
    gate_consumer acme { key sha256(acme); }
--- config
    set_real_ip_from 127.0.0.1;
    real_ip_header X-Real-IP;
    gate_service s;
    gate_auth key;
    location / { gate_shield failures=1/24h zone=small; gate_pass http://sidecar; }
    location /loose/ { gate_shield failures=1/24h zone=loose; gate_pass http://sidecar; }
    location = /status { gate_auth off; gate_status; }
--- client
    begin();

    my %n;

    for my $i (1 .. 600) {
        my $to = '10.1.' . int($i / 200) . '.' . $i % 200;

        $n{ guess(1, $to) }++;
        $n{ 'loose ' . guess(1, $to, '/loose/') }++;
    }

    cmp_ok($n{'1 x 401 bad_key'}, '>', 50, 'so many addresses have their failures');
    cmp_ok($n{'1 x 503 zone_full'}, '>', 50, 'then nobody is looked at who could not be counted');
    is($n{'1 x 401 bad_key'} + $n{'1 x 503 zone_full'}, 600, '... and that is all');
    is($n{'loose 1 x 401 bad_key'}, 600, 'full=serve looks at all of them');
    cmp_ok(counted('shield')->{degraded}, '>', 100, '... and says so');
    is(problem(get('/', 'apikey: acme', 'X-Real-IP: 10.9.9.9')), '200 ok',
       'a key of the configuration needs no room');


=== TEST 11: a reload keeps what was counted
--- gate
    gate_consumer acme { key sha256(acme); }
--- config
    gate_service s;
    gate_auth key;
    location / { gate_shield failures=3/67m; gate_pass http://sidecar; }
--- client
    is(problem(get('/', 'apikey: wrong')), '401 bad_key', 'a failure') for 1 .. 3;

    reload();

    is(problem(get('/', 'apikey: wrong')), '429 too_many_failures', 'it is known afterwards');
    is(problem(get('/', 'apikey: acme')), '200 ok', '... and so is the good key');
