#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# A key is for the gateway alone: wherever a server asks for keys at all, none
# of its locations passes one on, and no log has one.

use strict;
use warnings;

use GateTest;
use GateToken;

BEGIN {
    $ENV{TEST_NGINX_PEM} = gate_keys()->{rsa}{public};
}


sub who {
    my ($r) = @_;

    return $r->{seen} ? join(' ', $r->seen('x-consumer-username')) || '(nobody)'
                      : $r->{status};
}


sub at {
    my ($n, $target, @fields) = @_;

    my $c = client(port($n));

    $c->write(request('GET', $target, undef, @fields));

    return $c->read();
}


sub text {
    my ($r) = @_;

    return $r->{seen} ? $r->{seen}{text} : "status $r->{status}";
}


run_gate_tests();

__DATA__

=== TEST 1: fields and arguments of every location
--- gate
    underscores_in_headers on;
    gate_consumer acme { key sha256(secret); }
    gate_consumer beta { key sha256(other); }
    log_format all
        '$request|$request_uri|$args|$query_string|$arg_api_key|$arg_deep'
        '|$uri$is_args$args|$http_apikey$http_x_deep';
    access_log $TEST_NGINX_STATE/all.log all;
    access_log $TEST_NGINX_STATE/combined.log;

    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1;
        access_log off;
        location / { proxy_pass http://sidecar; }
        location /jwt/ { gate_service s; gate_pass http://sidecar; }
        location = /asked { internal; proxy_pass http://$TEST_NGINX_BACKEND/; }
    }

    # only a method asks here, in the depth of the server
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_2;
        location / { proxy_pass http://sidecar; }
        location /outer/ {
            gate_key_names header=X-Deep query=deep;
            gate_service s;
            gate_pass http://sidecar;
            location /outer/inner/ {
                gate_pass http://sidecar;
                limit_except GET { gate_auth key; }
            }
        }
    }

    # nobody asks for a key
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_3;
        access_log off;
        gate_key_names header=apikey query=api_key;
        location / { proxy_pass http://sidecar; }
        location /gone/ { error_page 404 = /; root html; }
        location /named/ { error_page 404 = @named; root html; }
        location @named { proxy_pass http://sidecar; }
    }

    # asked for at server level
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_4;
        gate_auth key;
        gate_key_names header=x-top query=top;
        gate_service s;
        location / { gate_auth off; proxy_pass http://sidecar; }
        location /own/ { gate_key_names header=x-own query=own; gate_pass http://sidecar; }
        location /top/ { gate_pass http://sidecar; }
        gate_hygiene off;
    }
--- config
    $TEST_NGINX_LISTEN_H2
    location /a/ {
        gate_auth key;
        gate_key_names header=apikey query=api_key;
        gate_service s;
        gate_pass http://sidecar;
    }
    location /b/ {
        gate_auth key;
        gate_key_names header=x-deep query=deep;
        gate_service s;
        gate_pass http://sidecar;
    }
    location /plain/ { proxy_pass http://sidecar; }
    location /open/ { gate_service s; gate_pass http://sidecar; }
    location /raw/ { proxy_pass http://sidecar$request_uri; }
    location /header/ {
        proxy_pass http://sidecar;
        proxy_set_header X-Original-URI $request_uri;
        proxy_set_header X-Args "$args/$arg_api_key/$http_apikey";
    }
    location /away/ { proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_5; }
    location /none/ { root html; }
    location /back/ { error_page 404 = /b/; root html; }
    location /named/ { error_page 404 = @named; root html; }
    location @named {
        gate_auth key;
        gate_key_names header=apikey query=api_key;
        gate_service s;
        gate_pass http://sidecar;
    }
    location /try/ { root html; try_files /no @named; }
    location /re/ { rewrite ^/re/(.*) /a/$1 last; }
    location /built/ { rewrite ^/built/(\w+)/ /a/?api_key=$1 last; }
    location /sub/ { auth_request /asked; mirror /mirrored; proxy_pass http://sidecar; }
    location = /asked { internal; proxy_pass http://sidecar/?keep=asked; }
    location = /mirrored { internal; proxy_pass http://sidecar/?keep=mirrored&q=$args; }
    location /early/ {
        if ($gate_consumer = acme) { return 418; }
        gate_auth key;
        gate_key_names query=api_key;
        gate_service s;
        gate_pass http://sidecar;
    }
--- client
    my @targets = map { my $at = $_; map { "$at$_" } (
        '?api_key=secret', '?x=1&api_key=secret&y=2', '?%61pi_key=secret', '?x=1;api_key=secret',
        '?x=1?api_key=secret',
        '?api_key=secret&api_key=secret', '?api_key=secret#frag', '#?api_key=secret',
        '?deep=secret', '?x&d%65ep=secret&',
    ) } qw(/plain/ /open/ /header/ /sub/ /none/ /a/ /away/ / /raw/);

    my @fields = ('apikey: secret', 'APIKEY: secret', 'X-Deep: secret', 'X_Deep: secret',
                  'x.deep: secret');

    for my $target (@targets) {
        for my $how ('HTTP/1', 'HTTP/2') {
            next if $how eq 'HTTP/2' && $target =~ /#/;

            my $r = $how eq 'HTTP/1' ? get($target, @fields)
                    : h2_get($target, grep { !/_|\./ } @fields);
            unlike(text($r) . $r->{head}, qr/secret/, "$how $target: no key goes on");
        }
    }

    for my $name ('asked', 'mirrored') {
        ok(log_text("kept-$name") ne '', "a subrequest was made: $name");
        unlike(log_text("kept-$name"), qr/secret/, '... without the key');
    }

    my $r = get('/plain/?x=1&api_key=secret&y=%20+%2f', 'apikey: secret', 'X-Other: 1');
    like($r->{seen}{line}, qr{^GET /plain/\?x=1&y=%20\+%2f HTTP},
         'the rest of the query is untouched');
    is(join(' ', $r->seen('x-other')), '1', '... and so are other fields');
    $r = get('/header/?x=1&api_key=secret', 'apikey: secret');
    is(join(' ', $r->seen('x-original-uri')), '/header/?x=1&api_key=******',
       '$request_uri has stars');
    is(join(' ', $r->seen('x-args')), 'x=1//', '... and $args, $arg_ and $http_ nothing');

    # the masked target is not sent raw

    for my $target ('/plain/?api_key=secret', '/open/?api_key=secret', '/a/?api_key=secret') {
        unlike((get($target)->{seen} // { line => '' })->{line}, qr/\?|\*/,
               "$target: stars are not sent on either");
    }

    # a location looks only at its own names

    is(who(get('/a/', 'apikey: secret')), 'acme', 'a name counts where it is one');
    is(who(get('/a/', 'X-Deep: secret')), 401, '... and not where it is not');
    is(who(get('/b/', 'X-Deep: secret')), 'acme', 'another in another location');
    is(who(get('/b/', 'apikey: secret')), 401, '... alone');
    is(who(get('/a/?api_key=secret')), 'acme', 'so it is with arguments');
    is(who(get('/a/?deep=secret')), 401, '... which are apart');
    is(who(get('/b/?deep=secret')), 'acme', '... as well');
    is(who(get('/a/?api_key=secret&deep=other')), 'acme', 'a key of another location is none');
    is(who(get('/a/', 'apikey: secret', 'X-Deep: other')), 'acme', '... nor in a field');
    is(who(get('/a/?x=1;api_key=secret')), 401,
       'what only some readers take for an argument is no credential');
    is(who(get('/a/?api_key=secret', 'apikey: other')), 401, 'two different keys are refused');
    is(who(get('/a/', 'X_apikey: secret')), 401, 'names count as they are written');
    is(who(h2_get('/b/?deep=secret')), 'acme', 'by HTTP/2, too');

    # kept for whatever location asks in the end

    is(who(get('/back/', 'X-Deep: secret')), 'acme', 'a key is at hand behind an error page');
    is(who(get('/back/?deep=secret')), 'acme', '... one of the query, too');
    is(who(get('/named/?api_key=secret')), 'acme', '... in a named location');
    is(who(get('/try/', 'apikey: secret')), 'acme', '... behind try_files');
    is(who(get('/re/?api_key=secret')), 'acme', '... behind rewrite');
    is(who(get('/built/secret/')), 'acme', 'a key that the configuration makes of the path is one');
    is(get('/early/?api_key=secret')->{status}, 418, 'a variable that asks early knows it');
    is(who(get('/early/?api_key=other')), 'beta', '... and another goes on');

    # other servers

    is(join('|', at(1, '/', 'apikey: secret')->seen('apikey')), 'secret',
       'a server that asks for no key keeps the field');
    like(at(1, '/?api_key=secret')->{seen}{line}, qr{^GET /\?api_key=secret HTTP/1},
         '... and the argument');
    is(join('|', at(3, '/?api_key=secret', 'apikey: secret')->seen('apikey')), 'secret',
       '... also where names are set in vain');
    is(join('|', at(3, $_, 'apikey: secret')->seen('apikey')), 'secret',
       "... behind an error page of $_ as well: hygiene runs once, for the server asked")
        for '/gone/', '/named/';
    unlike(text(at(2, '/?deep=secret', 'X-Deep: secret')), qr/secret/,
           'a method of an inner location asks for the whole server');
    is(join('|', at(2, '/', 'apikey: fine')->seen('apikey')), 'fine',
       '... for its names, not the usual ones');
    unlike(text(at(4, '/?top=secret&own=secret', 'X-Top: secret', 'X-Own: secret')), qr/secret/,
           'names of a server and of a location add up, also with gate_hygiene off');
    is(who(at(4, '/own/', 'X-Own: secret')), 'acme', '... each counts in its place');
    is(who(at(4, '/top/?top=secret')), 'acme', '... and the other');
    is(who(at(4, '/top/', 'X-Own: secret')), 401, '... only');

    # logs

    get('/plain/last');
    wait_for(sub { log_text('all.log') =~ m{/plain/last} });

    my @told = grep { /secret/
                      && !m{/built/} } map { split /\n/,
                                             log_text($_) } qw(all.log combined.log error.log);
    is(join("\n", @told), '', 'no log of a server that asks for keys has one');
    like(log_text('error.log'),
         qr{connect\(\)\ failed.*request:\ "GET\ /away/\?x=1&api_key=\*{6}&y=2\ HTTP/1\.1",
            \ upstream:\ "http://127\.0\.0\.1:\d+/away/\?x=1&y=2"}x,
         'the error of an upstream has stars, and what was sent');

=== TEST 2: gate_key_names off, for a service that has keys of its own
--- gate
    gate_consumer acme { key sha256(secret); }
    gate_consumer alice { }
    gate_issuer corp {
        issuer https://issuer.example;
        key_file $TEST_NGINX_PEM;
        algorithms RS256;
        consumer map=name;
    }
    log_format off '$request|$request_uri|$args|$query_string|$arg_api_key|$http_apikey';
    access_log $TEST_NGINX_STATE/off.log off;
--- config
    gate_service s;
    location /a/ {
        gate_auth key;
        gate_key_names header=apikey query=api_key;
        gate_pass http://sidecar;
    }
    location /open/ { proxy_pass http://sidecar; }
    location /legacy/ {
        gate_key_names off;
        proxy_pass http://sidecar;
        proxy_set_header X-Args "$args|$arg_api_key|$http_apikey";
        proxy_intercept_errors on;
        error_page 410 = /open/gone?$args;
        error_page 418 = @open;
        error_page 404 = /a/gone;
        location /legacy/inner/ { gate_pass http://sidecar; }
        location /legacy/not/ { gate_key_names header=apikey; proxy_pass http://sidecar; }
    }
    location @open { proxy_pass http://sidecar; }
    location /hidden/ {
        gate_auth jwt=corp hide;
        gate_pass http://sidecar;
        proxy_intercept_errors on;
        error_page 410 = /legacy/hidden;
    }
    location /legacy-away/ { gate_key_names off; proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_5; }
    location /to/ { rewrite ^/to/(.*) /legacy/$1 last; }
    location /if/ {
        gate_key_names off;
        if ($http_apikey = secret) { return 418; }
        proxy_pass http://sidecar;
    }
    location /sub/ { auth_request /check; proxy_pass http://sidecar; }
    location = /check {
        internal;
        gate_key_names off;
        log_subrequest on;
        proxy_pass http://sidecar/?keep=check;
        error_page 410 = /check-open;
    }
    location /sub-open/ { gate_key_names off; auth_request /check-open; proxy_pass http://sidecar; }
    location = /check-open { internal; proxy_pass http://sidecar/?keep=checkopen; }
--- client
    my @keys = ('apikey: secret', 'X-Other: 1');

    my $r = get('/legacy/?x=1&api_key=secret&y=2', @keys);
    like($r->{seen}{line}, qr{^GET /legacy/\?x=1&api_key=secret&y=2 HTTP},
         'the argument goes on, in its place');
    is(join('|', $r->seen('apikey')), 'secret', '... and the field, once');
    is(join('|', $r->seen('x-args')), 'x=1&api_key=secret&y=2|secret|secret',
       '... and variables have them');
    is(join('|', get('/legacy/inner/', @keys)->seen('apikey')), 'secret',
       'an inner location has it from the outer one');
    is(join('|', get('/legacy/', 'apikey: a', 'apikey: b')->seen('apikey')), 'a|b',
       'two of them stay two');
    unlike(text(get('/legacy/not/?api_key=secret', @keys)), qr/secret/,
           '... unless it has names again');
    is(join('|', get('/to/x?api_key=secret', @keys)->seen('apikey')), 'secret',
       'behind a rewrite as well');
    like(get('/to/x?api_key=secret')->{seen}{line}, qr{^GET /legacy/x\?api_key=secret HTTP},
         '... with the argument');
    is(get('/if/', @keys)->{status}, 418, 'the rewrite phase has them, too');

    # and away again

    $r = get('/legacy/status=410/?api_key=secret&z=3', @keys);
    like($r->{seen}{line}, qr{^GET /open/gone\?z=3 HTTP},
         'an error page of another location gets no argument');
    unlike(text($r), qr/secret/, '... and no field');
    is(join('|', $r->seen('x-other')), '1', '... but the rest');
    unlike(text(get('/legacy/status=418/?api_key=secret&z=3', @keys)), qr/secret/,
           '... nor does a named one');
    $r = get('/legacy/status=404/?api_key=secret', @keys);
    is(who($r), 'acme', '... and one that asks for a key finds it');
    unlike(text($r), qr/secret/, '... and keeps it');

    $r = get('/hidden/status=410/', 'Authorization: Bearer ' . mint(claims => { sub => 'alice' }),
             @keys);
    is(join('|', $r->seen('apikey')), 'secret', 'what another location left is given as well');
    is(join('|', $r->seen('authorization')), '', '... but not a token that it has hidden');

    # subrequests

    get('/sub/', @keys);
    like(log_text('kept-check'), qr/^apikey: secret\r?$/mi,
         'a subrequest to a service with keys of its own has it');
    is(scalar(() = log_text('kept-check') =~ /secret/g), 1, '... once');
    get('/sub-open/', @keys);
    ok(log_text('kept-checkopen') ne '', 'another subrequest was made');
    unlike(log_text('kept-checkopen'), qr/secret/, '... and has not');
    unlike(text(get('/sub/', @keys)), qr/secret/, '... nor has the request itself');
    is(join('|', get('/sub-open/', @keys)->seen('apikey')), 'secret', '... or it has, as it says');

    # logs go without

    is(get('/legacy-away/?api_key=secret', @keys)->{status}, 502, 'the service is away');
    get('/open/last');
    wait_for(sub { log_text('off.log') =~ m{/open/last} });
    is(scalar(() = log_text('off.log') =~ m{^GET /sub/ }mg), 4,
       'a subrequest has a line of its own');
    unlike(log_text('off.log'), qr/secret/, 'no access log has the key that went on');
    like(log_text('off.log'),
         qr{^GET\ /legacy/\?x=1&api_key=\*{6}&y=2\ HTTP/1\.1\|/legacy/\?x=1&api_key=\*{6}&y=2
            \|x=1&y=2\|x=1&y=2\|-\|-$}mx,
         '... but stars');
    unlike(log_text('error.log'), qr/secret/, 'no error log has it');
    like(log_text('error.log'), qr{upstream: "http://127\.0\.0\.1:\d+/legacy-away/\?api_key=\*{6}"},
         '... but stars in the error of an upstream');

=== TEST 3: a key in a field that has another use elsewhere
--- gate
    gate_consumer acme { key sha256(secret); }
    gate_consumer alice { }
    gate_issuer corp {
        issuer https://issuer.example;
        key_file $TEST_NGINX_PEM;
        algorithms RS256;
        consumer map=name;
    }
--- config
    gate_service s;
    location /key/ {
        gate_auth key;
        gate_key_names header=X-Consumer-Key;
        gate_pass http://sidecar;
    }
    location /off/ { gate_key_names off; proxy_pass http://sidecar; }
    location /open/ { proxy_pass http://sidecar; }
    location /jwt/ { gate_auth jwt=corp; gate_key_names off; gate_pass http://sidecar; }
    location /jwt-hide/ { gate_auth jwt=corp hide; gate_key_names off; gate_pass http://sidecar; }
--- client
    my $token = 'Authorization: Bearer ' . mint(claims => { sub => 'alice' });

    is(who(get('/key/', 'X-Consumer-Key: secret')), 'acme',
       'a key in a field of a reserved family');
    is(join('|', get('/open/', 'X-Consumer-Key: secret')->seen('x-consumer-key')), '',
       '... does not go on from other locations');
    is(join('|', get('/off/', 'X-Consumer-Key: secret')->seen('x-consumer-key')), 'secret',
       '... but where key names are off');
    my $r = get('/jwt/', $token);
    is(who($r), 'alice', 'a token is one where key names are off');
    is(join('|', "Authorization: @{[ $r->seen('authorization') ]}"), $token, '... and goes on');
    $r = get('/jwt-hide/', $token, 'Accept-Worlds: 3');
    is(join('|', $r->seen('authorization')), '', '... unless it is to be hidden');
    is(join('|', $r->seen('accept-worlds')), '3',
       '... with no other field that has its length and its first letter');
