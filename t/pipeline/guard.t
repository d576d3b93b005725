#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# What a subrequest (SSI, mirror, auth_request, addition) and an error page may
# reach: what the policies of that location say of the client's credentials,
# whatever handler stands there. And whom "satisfy any" lets in.

use strict;
use warnings;

use GateTest;
use GateToken;

BEGIN {
    my $dir = "$ENV{TEST_NGINX_STATE}/files";

    mkdir $dir;

    for my $name (qw(file secret sorry)) {
        open my $fh, '>', "$dir/$name.html" or die "$dir: $!";
        print $fh "the $name\n";
    }

    open my $fh, '>', "$dir/ssi.html" or die "$dir: $!";
    print $fh '[<!--# include virtual="$arg_to" -->]';
}

# an answer of a service that switches protocols, for "raw"
$ENV{TEST_NGINX_SWITCHING} = join '%0D%0A', 'HTTP%2F1.1%20101%20Yes', 'Upgrade:%20websocket',
                                  'Connection:%20upgrade', '', '';
$ENV{TEST_NGINX_PEM} = gate_keys()->{rsa}{public};
$ENV{TEST_NGINX_PEM_EC} = gate_keys()->{ec256}{public};

our @acme = ('apikey: acme');
our @bob = ('apikey: bob');
our $n = 0;


sub token_a { return 'Authorization: Bearer ' . mint(claims => { sub => 'ann', @_ }) }

sub token_b {
    return 'Authorization: Bearer '
           . mint(alg => 'ES256', key => 'ec256',
                  claims => { iss => 'https://other.example', sub => 'ben' });
}


# What is included by a page from this target, under an id of its own: for
# whom the service was asked, or that it was not.

sub included {
    my ($page, $target, @fields) = @_;

    my $id = 'INC' . ++$n;
    my $r = get("$page?to=$target/id=$id", @fields);

    return "the page is a $r->{status}" if $r->{status} != 200;

    my ($body) = $r->{body} =~ /^\[(.*)\]$/s or return "no page: $r->{body}";
    my $asked = reached($id);

    return "asked $asked times" if $asked > 1;
    return $body =~ /^the \w+$/ ? $body =~ s/\n//r : 'not asked' if !$asked;

    return 'asked for ' . join('', $body =~ /^X-(?:Consumer-ID|Who): (.*?)\r?$/m)
           . ($body =~ /^apikey|api_key/mi ? ' with the key' : '');
}


sub reached {
    my ($id) = @_;

    return $backend->executed($id);
}


run_gate_tests();

__DATA__

=== TEST 1: a page includes what its client is entitled to there
--- gate
    gate_consumer acme { group red; key sha256(acme); }
    gate_consumer bob { key sha256(bob); }
    gate_consumer ann { claim A=ann; group red; scope read; }
    gate_consumer ben { claim B=ben; }
    gate_consumer guest { }
    gate_issuer A { issuer https://issuer.example; key_file $TEST_NGINX_PEM; algorithms RS256; }
    gate_issuer B { issuer https://other.example; key_file $TEST_NGINX_PEM_EC; algorithms ES256; }
    log_format x '$uri|$gate_consumer|$gate_auth_method|$gate_decision|$gate_api';
    access_log $TEST_NGINX_STATE/x.log x;
--- config
    gate_service s;
    ssi_types *;

    # pages

    location = /open  { ssi on; alias $TEST_NGINX_STATE/files/ssi.html; }
    location = /keyed {
        gate_auth key;
        gate_api page;
        ssi on;
        alias $TEST_NGINX_STATE/files/ssi.html;
    }
    location = /guest {
        gate_auth key anonymous=guest;
        ssi on;
        alias $TEST_NGINX_STATE/files/ssi.html;
    }
    location = /token { gate_auth jwt=A; ssi on; alias $TEST_NGINX_STATE/files/ssi.html; }

    # what they include

    location /key/     { gate_auth key; gate_pass http://sidecar; }
    location /red/     { gate_auth key; gate_allow group=red; gate_pass http://sidecar; }
    location /post/    { gate_auth key; gate_allow methods=POST; gate_pass http://sidecar; }
    location /a/       { gate_auth jwt=A; gate_api a; gate_pass http://sidecar; }
    location /b/       { gate_auth jwt=B; gate_pass http://sidecar; }
    location /ab/      { gate_auth jwt=A jwt=B; gate_pass http://sidecar; }
    location /all/     { gate_auth key jwt=A all; gate_pass http://sidecar; }
    location /scope/   { gate_auth key jwt=A; gate_allow scope=read; gate_pass http://sidecar; }
    location /anyone/  { gate_auth key anonymous=guest; gate_pass http://sidecar; }
    location /pre/     { gate_auth key preflight; gate_pass http://sidecar; }
    location /query/   { gate_auth key; gate_key_names query=api_key; gate_pass http://sidecar; }
    location /other/   { gate_auth key; gate_key_names header=X-Other; gate_pass http://sidecar; }
    location /nobody/  { gate_pass http://sidecar; }
    location /plain/ {
        gate_auth key;
        gate_allow group=red;
        proxy_set_header X-Who $gate_consumer;
        proxy_pass http://sidecar;
    }
    location /token-plain/ {
        gate_auth jwt=A;
        proxy_set_header X-Who $gate_consumer;
        proxy_pass http://sidecar;
    }
    location /file/ {
        gate_auth key;
        gate_allow group=red;
        try_files /none =404;
        alias $TEST_NGINX_STATE/files/file.html;
    }
    location /static/ {
        gate_auth key;
        gate_allow group=red;
        rewrite ^ /file.html break;
        root $TEST_NGINX_STATE/files;
    }
    location /tried/   { try_files /none @red; }
    location @red      { gate_auth key; gate_allow group=red; gate_pass http://sidecar; }
    location /missing/ { root html; error_page 404 = @red; }
    location /if/      { gate_auth key; if ($uri) { proxy_pass http://sidecar; } }
    location /any/ {
        satisfy any;
        allow all;
        gate_auth key anonymous=guest;
        gate_pass http://sidecar;
    }
    location /any-key/ { satisfy any; allow all; gate_auth key; gate_pass http://sidecar; }
    location /sorry/ {
        gate_auth key;
        error_page 401 /page/sorry.html;
        error_page 403 /key/;
        gate_allow group=red;
        gate_pass http://sidecar;
    }
    location /page/    { alias $TEST_NGINX_STATE/files/; }
    location /again/ {
        gate_auth key;
        gate_allow group=red;
        error_page 401 403 = @again;
        gate_pass http://sidecar;
    }
    location @again    { gate_auth key anonymous=guest; proxy_pass http://sidecar; }
    location /twice/   { gate_auth key; error_page 502 = @red; proxy_pass http://127.0.0.1:1; }
--- client
    our (@acme, @bob, $n);

    # nobody, on any page

    for my $target (qw(/key /red /post /a /b /ab /all /scope /pre /query /other
                       /plain /token-plain /tried /missing /if /any /any-key /again /twice)) {
        is(included('/open', $target), 'not asked',
           "a subrequest of nobody does not go on to $target");
        is(included('/guest', $target), 'not asked', '... nor does one of a guest');
    }

    is(included('/open', '/static'), 'not asked', 'a subrequest of nobody gets no file either');
    unlike(get('/open?to=/static')->{body}, qr/the file/, '... nor a word of it');
    is(included('/open', '/nobody'), 'asked for ', 'what is for all is for nobody, too');
    is(included('/open', '/anyone'), 'asked for guest', 'a guest is one where it leads');
    is(included('/guest', '/nobody'), 'asked for guest', '... and on the page');

    # the target asks, by its own means

    for my $page ('/open', '/keyed') {
        is(included($page, '/key', @acme), 'asked for acme', "$page: a key that is good there");
        is(included($page, '/red', @acme), 'asked for acme', '... of one who is entitled');
        is(included($page, '/red', @bob), 'not asked', '... and of one who is not');
        is(included($page, '/post', @acme), 'not asked', 'a method that is not allowed there');
        is(included($page, '/a', @acme), 'not asked', 'a key where a token is asked for');
        is(included($page, '/ab', @acme), 'not asked', '... of several issuers');
        is(included($page, '/all', @acme), 'not asked', '... as well');
        is(included($page, '/scope', @acme), 'not asked', 'a key without the scope');
        is(included($page, '/other', @acme), 'not asked', 'a key under another name');
        is(included($page, '/anyone', @acme), 'asked for acme', 'a key where none is needed');
        is(included($page, '/plain', @acme), 'asked for acme', 'a plain proxy_pass');
        is(included($page, '/plain', @bob), 'not asked', '... is guarded');
        is(included($page, '/static', @acme), 'the file', 'a file');
        unlike(get("$page?to=/static", @bob)->{body}, qr/the file/, '... is guarded as well');
        is(included($page, '/tried', @acme), 'asked for acme', 'try_files');
        is(included($page, '/tried', @bob), 'not asked', '... leads to no way around');
        is(included($page, '/missing', @acme), 'asked for acme', 'an error page');
        is(included($page, '/missing', @bob), 'not asked', '... neither');
        is(included($page, '/if', @bob), 'asked for ', 'an "if"');
        is(included($page, '/any', @acme), 'asked for acme', '"satisfy any"');
        is(included($page, '/twice', @acme), 'asked for acme', 'a second location after an error');
        is(included($page, '/twice', @bob), 'not asked', '... asks again');
    }

    is(included('/keyed', '/b', @acme, token_a()), 'not asked', 'a token of another issuer');
    is(included('/keyed', '/b', @acme, token_b()), 'asked for ben', '... and of this');
    is(included('/token', '/key', token_a()), 'not asked', 'a token where a key is asked for');
    is(included('/token', '/key', token_a(), @bob), 'asked for bob', '... beside one');
    is(included('/token', '/a', token_a()), 'asked for ann', 'the same token');
    is(included('/token', '/scope', token_a()), 'not asked', '... without the scope');
    is(included('/token', '/scope', token_a(scope => 'read')), 'asked for ann', '... with it');
    is(included('/token', '/all', token_a(), @bob), 'not asked', 'two that do not name the same');
    is(included('/keyed', '/a', @bob, token_a(exp => time() - 9)), 'not asked', 'an expired token');

    # a key in the query

    my $r = get('/open?to=/query/id=QUERY&api_key=acme');
    is(reached('QUERY'), 1, 'a key in the query of the client');
    unlike($r->{body}, qr/api_key/, '... does not go on');
    $r = get('/open?to=/query/id=INNER%3Fapi_key%3Dacme');
    is(reached('INNER'), 0, '... one in a page is not the client\'s');

    # error pages of subrequests

    is(get('/open?to=/sorry/id=SORRY')->{body}, "[the sorry\n]",
       'a refused subrequest has its error page');
    is(included('/open', '/sorry', @bob), 'not asked', '... which is never a service');
    is(reached('SORRY'), 0, '... that was asked');
    is(included('/keyed', '/again', @bob), 'not asked', '... nor a plain one');

    # the request is who it was

    is(included('/keyed', '/a', @bob, token_a()), 'asked for ann',
       'a subrequest by a token on a page by key');
    ok(wait_for(sub { log_text('x.log') =~ m{^/keyed\|bob\|key\|admitted\|page\n\z}m }),
       '... is logged as the key\'s');
    is(included('/keyed', '/token-plain', @bob, token_a()), 'asked for ann',
       '... also through plain proxy_pass');
    ok(wait_for(sub { (() = log_text('x.log') =~ m{^/keyed\|bob\|key\|admitted\|page$}mg) >= 2
                      && log_text('x.log') !~ m{^/keyed\|ann}m }), '... whose log has no other');
    is(included('/open', '/plain', @acme), 'asked for acme', '... and on an open page');
    ok(wait_for(sub { log_text('x.log') =~ m{^/open\|-?\|-?\|-?\|-?\n\z}m }), '... as nobody\'s')
        or diag(log_text('x.log'));


=== TEST 2: auth_request gets the answer that a client would
--- gate
    gate_consumer acme { group red; key sha256(acme); }
    gate_consumer bob { key sha256(bob); }
    gate_issuer A { issuer https://issuer.example; key_file $TEST_NGINX_PEM; algorithms RS256; }
    gate_consumer guest { }
    log_format who '$uri $gate_consumer';
--- config
    gate_service s;
    location /asks/   { auth_request /check/id=CHECK; proxy_pass http://sidecar; }
    location /tokens/ { auth_request /token/id=TOKEN; proxy_pass http://sidecar; }
    location /fast/   { auth_request /fcgi/; proxy_pass http://sidecar; }
    location /plain/  { auth_request /proxied/id=PLAIN; proxy_pass http://sidecar; }
    location /check/ {
        internal;
        gate_api check;
        gate_auth key;
        gate_allow group=red;
        gate_pass http://sidecar;
    }
    location /token/  { internal; gate_auth key jwt=A; gate_pass http://sidecar; }
    location /fcgi/   { internal; gate_auth key; gate_allow group=red; fastcgi_pass 127.0.0.1:1; }
    location /proxied/ { internal; gate_auth key; gate_allow group=red; proxy_pass http://sidecar; }
    location /gated/  { gate_auth key; auth_request /inner; gate_pass http://sidecar; }
    location = /inner {
        internal;
        proxy_set_header X-Who $gate_consumer;
        proxy_pass http://sidecar/?keep=inner;
    }
    location /any/ {
        satisfy any;
        gate_auth key;
        auth_request /open/id=ANY;
        gate_pass http://sidecar;
    }
    location /open/   { internal; gate_pass http://sidecar; }
    location /told/ {
        gate_auth key;
        access_log $TEST_NGINX_STATE/told.log who;
        auth_request /guest/;
        proxy_pass http://sidecar;
    }
    location /guest/ {
        internal;
        gate_auth jwt=A anonymous=guest;
        proxy_set_header X-Who $gate_consumer;
        proxy_pass http://sidecar/?keep=guest;
    }
    location /tunnel/ { auth_request /switch/; proxy_pass http://sidecar; }
    location /switch/ {
        internal;
        gate_auth key;
        gate_pass http://sidecar/?raw=$TEST_NGINX_SWITCHING;
    }
--- client
    our (@acme, @bob, $n);

    for my $path ('/asks', '/plain') {
        is(get("$path/")->{status}, 401, "$path: nobody");
        is(get("$path/", 'apikey: wrong')->{status}, 401, '... a wrong key');
        is(get("$path/", @bob)->{status}, 403, '... one who is not entitled');
        is(get("$path/", @acme)->{status}, 200, '... one who is');
    }

    is(reached('CHECK'), 1, 'the service was asked once');
    is(reached('PLAIN'), 1, '... by each');
    is(get('/asks/')->field('www-authenticate'), 'Key realm="check"', 'the challenge is handed on');
    like(join(',', get('/tokens/')->all('www-authenticate')), qr/Bearer realm="gate"/,
         '... that of a token, too');
    is(get('/asks/', @acme)->field('www-authenticate') // '', '', '... and only with a refusal');
    is(get('/fast/')->{status}, 401, 'FastCGI: nobody');
    is(get('/fast/', @bob)->{status}, 403, '... one who is not entitled to FastCGI');
    is(get('/fast/', @acme)->{status}, 500, '... one who is gets there');

    is(get('/gated/', @acme)->{status}, 200, 'a check that anybody may be asked by');
    like(log_text('kept-inner'), qr/^X-Who: acme\r?$/m, '... knows who it is');
    get('/told/', @acme);
    like(log_text('kept-guest'), qr/^X-Who: guest\r?$/m, 'a check is for whom its location says');
    wait_for(sub { log_text('told.log') ne '' });
    is(log_text('told.log'), "/told/ acme\n", '... and the log is for the request itself');
    is(get('/tunnel/', @acme, 'Connection: upgrade', 'Upgrade: websocket')->{status}, 500,
       'a service that upgrades a check gets no tunnel');
    is(get('/any/')->{status}, 401,
       '"satisfy any": auth_request lets in, but the gate knows nobody');
    is(reached('ANY'), 1, '... although it was asked');


=== TEST 3: mirror and addition
--- gate
    gate_plan trial { rate 1r/h burst=1; }
    gate_consumer acme { plan trial; group red; key sha256(acme); }
    gate_consumer bob { plan trial; key sha256(bob); }
    gate_consumer guest { plan trial; }
--- config
    gate_service s;
    location /mirrors/ {
        mirror /red/id=RED;
        mirror /post/id=POST;
        mirror /plain/id=PLAIN;
        mirror /dead/;
        mirror /limited/id=LIMITED;
        proxy_pass http://sidecar;
    }
    location /pre/ {
        mirror /target-pre/id=PRE;
        mirror /red/id=NOPRE;
        proxy_pass http://sidecar;
    }
    location /rough/   { gate_path off; mirror /red/id=RAW; proxy_pass http://sidecar; }
    location /adds/ {
        add_before_body /red/id=BEFORE;
        add_after_body /plain/id=AFTER;
        addition_types *;
        proxy_pass http://sidecar;
    }
    location /red/     { gate_auth key; gate_allow group=red; gate_pass http://sidecar; }
    location /post/    { gate_auth key; gate_allow methods=POST; gate_pass http://sidecar; }
    location /plain/ {
        gate_auth key;
        gate_allow group=red;
        proxy_pass http://sidecar$request_uri;
    }
    location /dead/    { gate_auth key; gate_pass http://127.0.0.1:1; }
    location /target-pre/ {
        gate_auth key preflight;
        gate_allow methods=GET;
        gate_pass http://sidecar;
    }
    location /limited/ { gate_auth key; gate_limit plan; gate_pass http://sidecar; }
    location /metered/ { gate_auth key; gate_api m; gate_meter requests; gate_pass http://sidecar; }
    location /free/    { mirror /metered/id=FREE; proxy_pass http://sidecar; }
    location /paid/ {
        gate_auth key;
        gate_api p;
        gate_meter requests;
        mirror /metered/id=PAID;
        gate_pass http://sidecar;
    }
    location /last/    { proxy_pass http://sidecar; }
    location /status   { gate_status; }
--- client
    our (@acme, @bob, $n);

    # what is mirrored in vain is so at once; a good one behind it shows the end

    my $now = sub {
        my ($id, $times) = @_;
        my $end = 'END' . ++$n;
        get("/last/id=$end");
        wait_for(sub { reached($end) && ($times == 0 || reached($id) >= $times) });
        return reached($id);
    };

    is(get('/mirrors/', @bob)->{status}, 200, 'a mirror for one who is not entitled');
    is(get('/mirrors/')->{status}, 200, '... for nobody');
    is($now->('RED', 0), 0, '... asked no service');
    is(get('/mirrors/', @acme)->{status}, 200, '... for one who is');
    is($now->('RED', 1), 1, '... asks one');
    is($now->('POST', 0), 0, '... with the method of the request, which is not allowed');
    is(ask('POST', '/mirrors/', 'x', @acme)->{status}, 200, '... with one that is');
    is($now->('POST', 1), 1, '... which goes on');
    is($now->('LIMITED', 2), 3, 'mirrors are within no limit: it is the request that counts');

    my @preflight = ('Origin: a', 'Access-Control-Request-Method: PUT');

    is(ask('OPTIONS', '/pre/', undef, @preflight)->{status}, 200, 'a CORS preflight');
    is($now->('PRE', 1), 1, '... is one where it is mirrored to');
    is($now->('NOPRE', 0), 0, '... but not where none is known');
    is(get('/pre/', @preflight)->{status}, 200, '... and another method is none');
    is($now->('PRE', 0), 1, '... there');

    is(get('/rough/a%2fb', @acme)->{status}, 200, 'an ambiguous path on an open location');
    is($now->('RAW', 0), 0, '... is not mirrored to a gated one');
    is(get('/rough/a', @acme)->{status}, 200, '... but a plain one');
    is($now->('RAW', 1), 1, '... is');

    unlike(get('/adds/', @bob)->{body}, qr/BEFORE/, 'addition for one who is not entitled');
    is(reached('BEFORE') . reached('AFTER'), '00', '... asked nobody');
    like(get('/adds/', @acme)->{body}, qr/^GET .*^X-Consumer-ID: acme/ms,
         '... for one who is, with what it adds');
    is(reached('BEFORE'), 1, '... asked');

    is(get('/free/', @acme)->{status}, 200, 'a page that nobody pays for');
    is($now->('FREE', 0), 0, '... asks nothing that is on a bill');
    is(get('/paid/', @acme)->{status}, 200, 'one that is paid for');
    is($now->('PAID', 1), 1, '... may');

    my %n;
    ok(wait_for(sub {
           %n = map { ("$_->{api} $_->{outcome}" => $_->{count}) }
                @{ get('/status')->json()->{outcomes} };
           return $n{'p served'};
       }), 'the request is billed');
    is_deeply(\%n, { 'p served' => 1 }, '... once, and no subrequest');


=== TEST 4: an error page of a refusal does not write
--- gate
    gate_consumer acme { key sha256(acme); }
--- config
    gate_service s;
    client_body_temp_path $TEST_NGINX_STATE/body;
    location /put/ { gate_auth key; error_page 401 = @dav; gate_pass http://sidecar; }
    location @dav {
        gate_auth key;
        dav_methods PUT DELETE;
        create_full_put_path on;
        root $TEST_NGINX_STATE/dav;
    }
    location /file { gate_auth key; error_page 401 = @file; gate_pass http://sidecar; }
    location @file { gate_auth key; rewrite ^ /sorry.html break; root $TEST_NGINX_STATE/files; }
--- client
    our (@acme, @bob, $n);

    is(ask('PUT', '/put/x', 'forged')->{status}, 401, 'nobody may write by an error page');
    ok(!-e "$ENV{TEST_NGINX_STATE}/dav/put/x", '... and has not');
    is(ask('POST', '/file', 'x')->{status}, 401, 'a method that a file does not have');
    my $r = get('/file');
    is("$r->{status} $r->{body}", "200 the sorry\n", 'one that it has');


=== TEST 5: whom "satisfy any" lets in
--- gate
    gate_consumer acme { key sha256(acme); }
    gate_consumer guest { }
    gate_consumer gone { disabled; key sha256(gone); }
--- user_files
>>> passwords
user:{PLAIN}pass
--- config
    satisfy any;
    gate_service s;
    location /deny/     { deny all; gate_auth key anonymous=guest; gate_pass http://sidecar; }
    location /deny-plain/ { deny all; gate_auth key anonymous=guest; proxy_pass http://sidecar; }
    location /deny-file/ {
        deny all;
        gate_auth key anonymous=guest;
        alias $TEST_NGINX_STATE/files/;
    }
    location /allow/    { allow all; gate_auth key anonymous=guest; gate_pass http://sidecar; }
    location /other/ {
        allow 10.0.0.0/8;
        deny all;
        gate_auth key anonymous=guest;
        gate_pass http://sidecar;
    }
    location /basic/ {
        auth_basic x;
        auth_basic_user_file ../html/passwords;
        gate_auth key anonymous=guest;
        gate_pass http://sidecar;
    }
    location /no/ {
        auth_request /status=403;
        gate_auth key anonymous=guest;
        gate_pass http://sidecar;
    }
    location /yes/ {
        auth_request /status=200;
        gate_auth key anonymous=guest;
        gate_pass http://sidecar;
    }
    location /status=   { internal; proxy_pass http://sidecar; }
    location /both/ {
        deny all;
        auth_request /status=403;
        auth_basic x;
        auth_basic_user_file ../html/passwords;
        gate_auth key anonymous=guest;
        gate_pass http://sidecar;
    }
    location /pre/      { deny all; gate_auth key preflight; gate_pass http://sidecar; }
    location /pre-allow/ { allow all; gate_auth key preflight; gate_pass http://sidecar; }
    location /pre-guest/ {
        deny all;
        gate_auth key preflight anonymous=guest;
        gate_pass http://sidecar;
    }
    location /off/      { deny all; gate_auth off; gate_pass http://sidecar; }
    location /gone/     { allow all; gate_auth key anonymous=gone; gate_pass http://sidecar; }
    location /limited/ {
        deny all;
        gate_auth key anonymous=guest;
        gate_limit rate=1r/h name=guests;
        gate_pass http://sidecar;
    }
    location /alone/    { gate_auth key anonymous=guest; gate_pass http://sidecar; }
    location /all/ {
        satisfy all;
        deny all;
        gate_auth key anonymous=guest;
        gate_pass http://sidecar;
    }
    location /all-allow/ {
        satisfy all;
        allow all;
        gate_auth key anonymous=guest;
        gate_pass http://sidecar;
    }
    location /any-first/ { gate_auth key; allow all; gate_pass http://sidecar; }
    location /page/     { satisfy all; try_files /none /deny/x; }
    location @deny      { deny all; gate_auth key anonymous=guest; gate_pass http://sidecar; }
    location /named/    { satisfy all; try_files /none @deny; }
--- client
    our (@acme, @bob, $n);

    my $who = sub {
        my $r = shift;
        return $r->{status} if $r->{status} != 200;
        return join ' ', $r->{status}, $r->seen('x-consumer-id');
    };

    my @user = ('Authorization: Basic dXNlcjpwYXNz');

    for my $path (qw(/deny/ /deny-plain/ /deny-file/file.html /other/ /no/ /limited/)) {
        is(get($path)->{status}, 403, "$path: the anonymous consumer does not satisfy \"any\"");
        is(get($path, 'apikey: wrong')->{status}, 401, '... nor does a wrong key');
        is(get($path, @acme)->{status}, 200, '... a key does');
    }

    is(get($_)->{status}, 403, "$_: nor by a way around") for '/page/', '/named/';
    is($who->(get('/allow/')), '200 guest', 'whom an address lets in is anonymous');
    is($who->(get('/allow/', @acme)), '200 acme', '... or whose key it is');
    is($who->(get('/yes/')), '200 guest', 'whom auth_request lets in, too');
    is($who->(get('/basic/')), 401, 'a password is asked for');
    like(get('/basic/')->field('www-authenticate'), qr/^Basic /, '... as such');
    is($who->(get('/basic/', @user)), '200 guest', '... and suffices');
    is($who->(get('/basic/', @acme)), '200 acme', 'a key spares it');
    is($who->(get('/both/')), 401, 'several others');
    is($who->(get('/both/', @user)), '200 guest', '... of which one lets in');
    is($who->(get('/both/', @acme)), '200 acme', '... or the key');
    is($who->(get('/gone/')), 403, 'an anonymous consumer that is disabled');
    is($who->(get('/alone/')), '200 guest', 'where nothing else is asked for nobody is kept out');
    is($who->(get('/off/')), 403, 'gate_auth off is no opinion');

    my @preflight = ('Origin: a', 'Access-Control-Request-Method: PUT');

    for my $path (qw(/pre/ /pre-guest/)) {
        is(ask('OPTIONS', $path, undef, @preflight)->{status}, 403,
           "$path: a CORS preflight does not satisfy \"any\"");
    }

    is(ask('OPTIONS', '/pre-allow/', undef, @preflight)->{status}, 200,
       '... but passes where another lets it in');
    is($who->(get('/pre-allow/')), 401, '... which another method does not');
    is($who->(get('/all/')), 403, '"satisfy all" asks all');
    is($who->(get('/all-allow/')), '200 guest', '... of whom the anonymous consumer is one');
    is($who->(get('/any-first/')), 401, 'without an anonymous consumer nobody is nobody');
