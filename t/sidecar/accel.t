#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_accel: which of a service's X-Accel-* nginx follows; none unless asked.

use strict;
use warnings;

use GateTest;

BEGIN {
    mkdir "$ENV{TEST_NGINX_STATE}/files";
    open my $fh, '>', "$ENV{TEST_NGINX_STATE}/files/inner.html" or die $!;
    print $fh "inner\n";
    close $fh;
    open $fh, '>', "$ENV{TEST_NGINX_STATE}/files/ssi.html" or die $!;
    print $fh '[<!--# include virtual="$arg_to" -->]';
}


# What a service that says so makes of a location, under an id of its own.

our $n = 0;

sub said {
    my ($path, $head, @fields) = @_;

    my $id = 'SAID' . ++$n;

    $head =~ s{/}{%2F}g;

    my $r = get("$path?head=$head&id=$id", @fields);
    my ($by) = $r->{seen} ? $r->seen('x-consumer-id') : ();

    return "$r->{status} " . ($r->{seen} ? (split / /, $r->{seen}{line})[1] =~ s/\?.*//r
                                         : substr($r->{body}, 0, 9) =~ s/\n//r)
           . ($by ? " for $by" : '');
}


run_gate_tests();

__DATA__

=== TEST 1: where a service may send a request
--- gate
    gate_consumer acme { group red; key sha256(acme); }
    gate_consumer bob { key sha256(bob); }

    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1;
        gate_service s;
        gate_auth key;
        gate_accel on;
        location /on/  { gate_pass http://sidecar; }
        location /off/ {
            gate_accel off;
            gate_pass http://sidecar;
            location /off/in/ { gate_pass http://sidecar; }
        }
        location /some/ { gate_accel expires; gate_pass http://sidecar; }
        location /inner/ { internal; gate_auth off; gate_pass http://sidecar; }
    }
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    location /off/ {
        gate_auth key;
        gate_pass http://sidecar;
        location /off/on/ { gate_accel on; gate_pass http://sidecar; }
    }
    location /on/ {
        gate_auth key;
        gate_accel on;
        gate_pass http://sidecar;
        location /on/in/ { gate_pass http://sidecar; }
        location /on/off/ { gate_accel off; gate_pass http://sidecar; }
    }
    location /redirect/ { gate_auth key; gate_accel redirect; gate_pass http://sidecar; }
    location /others/ {
        gate_auth key;
        gate_accel expires limit_rate buffering charset;
        gate_pass http://sidecar;
    }
    location /catch/ {
        gate_auth key;
        proxy_intercept_errors on;
        error_page 404 = @caught;
        gate_pass http://sidecar;
    }
    location @caught   { gate_auth key; gate_pass http://sidecar; }
    location /if/      { gate_auth key; gate_pass http://sidecar; if ($arg_x) { set $y 1; } }
    location /if-pass/ {
        gate_auth key;
        gate_pass http://sidecar;
        if ($arg_id) { proxy_pass http://sidecar; }
    }
    location /except/  { gate_pass http://sidecar; limit_except POST { gate_auth key; } }
    location /own/ {
        gate_auth key;
        proxy_ignore_headers Cache-Control Expires;
        gate_pass http://sidecar;
    }
    location /loose/ {
        gate_auth key;
        proxy_ignore_headers Vary;
        gate_accel redirect;
        gate_pass http://sidecar;
    }
    location /strict/ {
        gate_auth key;
        proxy_ignore_headers X-Accel-Redirect;
        gate_accel on;
        gate_pass http://sidecar;
    }
    location /plain/   { gate_auth key; proxy_pass http://sidecar; }
    location = /page {
        gate_auth key;
        ssi on;
        ssi_types *;
        alias $TEST_NGINX_STATE/files/ssi.html;
    }
    location /inner/   { internal; alias $TEST_NGINX_STATE/files/; }
    location = /status { internal; gate_status; }
    location /red/     { gate_auth key; gate_allow group=red; gate_pass http://sidecar; }
    location /open/    { internal; gate_pass http://sidecar; }
    location @named    { gate_auth key; gate_allow group=red; gate_pass http://sidecar; }
--- client
    our $n;
    my @acme = ('apikey: acme');
    my @bob = ('apikey: bob');
    my $to = 'X-Accel-Redirect:';

    for my $path (qw(/off/ /others/ /if/ /if-pass/ /except/ /own/ /strict/ /on/off/)) {
        for my $inner (qw(/status /inner/inner.html /red/ /open/ @named)) {
            is(said($path, "$to$inner", @acme) =~ s/ for acme//r, "200 $path",
               "$path: a service cannot send a request to $inner");
        }
    }

    for my $field (qw(x-accel-redirect X-ACCEL-REDIRECT X-Accel-Redirect)) {
        my $r = get("/off/?head=$field:%2Fstatus&head=$field:%2Finner%2Finner.html", @acme);
        is($r->{status}, 200, "$field, twice");
        is_deeply([ $r->all('x-accel-redirect') ], [], '... is not the client\'s to see');
    }

    is(get("/off/?status=$_&head=$to%2Fstatus", @acme)->{status}, $_, "nor with a $_")
        for 201, 404, 500;
    is(ask('POST', "/off/?head=$to%2Fstatus", 'x', @acme)->{status}, 200, '... POST');
    is(ask('HEAD', "/off/?head=$to%2Finner%2Finner.html", undef,
           @acme)->field('content-length') == 6,
       '', '... HEAD');
    is(h2_get("/off/?head=$to%2Finner%2Finner.html", @acme)->{body} =~ /^inner/ ? 1 : 0, 0,
       '... HTTP/2');
    is(get("/catch/status=404?head=$to%2Fstatus", @acme)->{status}, 404,
       '... nor what an error page asks');
    is(get("/page?to=/off/head=$to%252Fstatus", @acme)->{body} =~ /"version"/ ? 1 : 0, 0,
       '... nor in a subrequest');

    # where it is asked for, the next location asks again

    for my $path (qw(/on/ /redirect/ /loose/ /on/in/ /off/on/)) {
        is(said($path, "$to/inner/inner.html", @acme), '200 inner',
           "$path: it can where it is asked for");
        is(said($path, "$to/red/", @acme), '200 /red/ for acme', '... to who is entitled there');
        is(said($path, "$to/red/", @bob), '403 {"type":"', '... not to who is not');
        is(said($path, "$to\@named", @bob), '403 {"type":"', '... under a name');
    }

    is(said('/plain/', "$to/inner/inner.html", @acme), '200 inner',
       'a plain proxy_pass is nginx\'s');

    # inheritance

    my $at = sub {
        my $c = client(port(1));
        $c->write(request('GET', $_[0], undef, @acme));
        my $r = $c->read();
        return $r->{seen} ? (split / /, $r->{seen}{line})[1] =~ s/\?.*//r : $r->{status};
    };

    is($at->("/on/?head=$to%2Finner%2Fx"), '/inner/x', 'on in a server');
    is($at->("$_?head=$to%2Finner%2Fx"), $_, "... $_ has its own word")
        for '/off/', '/off/in/', '/some/';


=== TEST 2: the others
--- gate
    gate_consumer acme { key sha256(acme); }
    proxy_cache_path $TEST_NGINX_STATE/cache keys_zone=c:1m;
--- config
    gate_service s;
    gate_auth key;
    proxy_cache c;
    add_header X-Cache $upstream_cache_status;
    location /off/ { gate_pass http://sidecar; }
    location /on/ { gate_accel on; gate_pass http://sidecar; }
    location /known/ { charset koi8-r; }
    location /charset/ { gate_accel charset; gate_pass http://sidecar; }
    location /expires/ { gate_accel expires; gate_pass http://sidecar; }
    location /own/ {
        proxy_ignore_headers Cache-Control;
        proxy_cache_valid any 1h;
        gate_pass http://sidecar;
    }
    location /outer/ {
        proxy_ignore_headers Cache-Control;
        proxy_cache_valid any 1h;
        proxy_pass http://sidecar;
        location /outer/in/ { gate_pass http://sidecar; }
    }
--- client
    my @acme = ('apikey: acme');
    # The client may have all of an answer before the worker has put it into the
    # cache, so another worker is asked until it has it, or never will.

    my $cached = sub {
        my $target = shift;
        my $first = get($target, @acme)->field('x-cache');
        my $then;

        for (1 .. 10) {
            $then = get($target, @acme)->field('x-cache');
            last if $then eq 'HIT';
            select undef, undef, undef, 0.05;
        }

        return "$first $then";
    };

    my $type = sub { get("$_[0]?head=X-Accel-Charset:koi8-r", @acme)->field('content-type') };

    is($cached->('/off/?head=X-Accel-Expires:60'), 'MISS MISS', 'X-Accel-Expires');
    is($cached->('/charset/?head=X-Accel-Expires:60'), 'MISS MISS',
       '... of which another says nothing');
    is($cached->('/on/?head=X-Accel-Expires:60'), 'MISS HIT', '... where it is asked for');
    is($cached->('/expires/?head=X-Accel-Expires:60'), 'MISS HIT', '... by name');
    is($cached->('/off/?head=Cache-Control:max-age%3D60'), 'MISS HIT',
       'Cache-Control is another matter');
    is($cached->('/own/?head=Cache-Control:no-store'), 'MISS HIT',
       '... unless the user ignores it');
    is($cached->('/outer/in/?head=Cache-Control:no-store'), 'MISS HIT', '... also around it');
    is($type->('/off/'), 'text/plain', 'X-Accel-Charset');
    is($type->('/expires/'), 'text/plain', '... of which X-Accel-Expires says nothing');
    is($type->('/on/'), 'text/plain; charset=koi8-r', '... is taken where all are asked for');
    is($type->('/charset/'), 'text/plain; charset=koi8-r', '... and by its name');

    my $time = time;
    is(length get('/off/?big=3000&head=X-Accel-Limit-Rate:1000', @acme)->{body}, 3000,
       'X-Accel-Limit-Rate');
    cmp_ok(time - $time, '<=', 1, '... does not slow it down');

    for my $name (qw(Redirect Expires Limit-Rate Buffering Charset)) {
        for my $path ('/off/', '/on/') {
            my $r = get("$path?head=X-Accel-$name:"
                        . ($name eq 'Redirect' ? '%2Foff%2F' : $name eq 'Buffering' ? "no"
                           : 100000),
                        @acme);
            is_deeply([ $r->all("x-accel-$name") ], [],
                      "X-Accel-$name is not the client's to see, $path");
        }
    }
