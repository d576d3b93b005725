#!/usr/bin/perl

# Copyright (C) 2026 Meshgate contributors

# gate_transform as it is read: what cannot be meant is refused by "nginx -t",
# with the line and what to write instead.


use strict;
use warnings;

use File::Temp;
use Test::More;


my $nginx = $ENV{GATE_NGINX} or die "GATE_NGINX is not set\n";
my $module = $ENV{GATE_MODULE} or die "GATE_MODULE is not set\n";
my $dir = File::Temp->newdir();

mkdir "$dir/logs";


# a line of the block for requests, what the message must say

my @request = (
    ['gain field X-A', qr/"gain" of "gate_transform": .*known are "remove", "rename",/],
    ['sets field X-A a', qr/"sets" of "gate_transform": the closest is "set"/],
    ['remove', qr/"remove" of "gate_transform": it must say of what: write "field", "query"/],
    ['remove header X-A', qr/it must say of what: write "field", "query" or "cookie"/],
    ['remove field', qr/it takes one name/],
    ['remove field X-A X-B', qr/it takes one name/],
    ['rename field X-A', qr/it takes two names, the old one and the new one/],
    ['rename field X-A x-a', qr/"x-a" of "rename": it is the old name as well/],
    ['rename query a a', qr/"a" of "rename": it is the old name as well/],
    ['set field X-A', qr/it takes a name and one value, in quotes/],
    ['set field X-A a b', qr/it takes a name and one value, in quotes/],
    ['set field X-A: a', qr/"X-A:" of "set": it must be a name/],
    ['set field "X A" a', qr/"X A" of "set": it must be a name/],
    ["set field X-A \"a\nb\"", qr/it must not have a control byte in the value/],
    ['set cookie a "1; b=2"', qr/it must not have ";", "," or a control byte in the value/],
    ['set cookie a 1 Secure', qr/it takes a name and one value/],
    ['set query "" 1', qr/it must be the name of an argument/],
    ['status 404 410', qr/it is of answers: write it in "gate_transform response"/],
    ['path v2', qr/it must begin with "\/"/],
    ['path', qr/it takes one value/],
    ['path /a; path /b', qr/duplicate parameter "path" of "gate_transform": take one/],
    map({ [ "path \"$_\"", qr/it must be a path as a service may get it: write it without/ ] }
        qw(/a//b /../b /a/. /a/..;x)),
    ['method get', qr/no request has the method "get" of "method": write it in upper case/],
    ['set field X-A 1; set field x-a 2', qr/"x-a" of "set": it is set above, too, and the last/],
    ['set field X-A 1; set field X_A 2', qr/"X_A" of "set": it is set above, too/],
    ['json remove /a; bodies types=json', qr/"types=json" of "bodies": it must be types with "\/"/],
    ['method HEAD', qr/it must not be HEAD: a client that asked otherwise waits/],
    ['method TRACE', qr/it must be a method for a service/],
    ['method "A B"', qr/it must be the name of a method/],
    ['set field Host a', qr/"Host" of "set": it is what the sidecar routes by: write "gate_ser/],
    ['remove field Content-Length', qr/it says how the body is sent/],
    ['append field Transfer-Encoding chunked', qr/it says how the body is sent/],
    map({ [ "set field $_ a", qr/"$_" of "set": it is of one connection, and nginx writes it/ ] }
        qw(Connection Keep-Alive TE Trailer Upgrade Expect Proxy-Connection)),
    map({ [ "rename field X-Mine $_",
            qr/"$_" of "rename": it is what only the gateway says .* write "proxy_set_header"/ ] }
        qw(X-Consumer-ID x-consumer-username X_Consumer_Groups X-Credential-Identifier X-Request-Id
           X-Forwarded-For traceparent tracestate X-Lane X-Lane-Hash x-envoy-retry-on Forwarded
           X-Real-IP b3)),
);

my @answer = (
    ['remove query a', qr/it is of requests: an answer has no query/],
    ['path /a', qr/it is of requests: an answer has no path/],
    ['method GET', qr/it is of requests: an answer has no method/],
    ['status 404', qr/it takes two numbers: "status 404 410"/],
    ['status x04 410', qr/it takes two numbers/],
    ['status 404 41', qr/it must end with a status of 200 to 599/],
    ['status 404 204', qr/it must end with a status of 200 to 599 that can have a body/],
    ['status 200 304', qr/it must end with a status of 200 to 599 that can have a body/],
    ['status 304 200', qr/it must not begin with 206 or 304/],
    ['status 1xx 200', qr/it must begin with a status of 200 to 599/],
    ['status 6xx 200', qr/it must begin with a status of 200 to 599/],
    ['status 404 410; status 404 400', qr/it stands there already: take one of them out/],
    ['remove field Server', qr/it is written by nginx, .* write "set" for another value/],
    ['append field Content-Type a/b', qr/it is there once and has no other name: write "set"/],
    ['rename field X-Type Content-Type', qr/it is there once and has no other name/],
    ['remove field Content-Encoding', qr/it says how the body is sent/],
    ['set field Date now', qr/it is written by nginx/],
    ['set field X-Request-Id a', qr/it is written by the gateway/],
    ['remove field RateLimit', qr/it is written by the gateway: see "gate_limit_fields"/],
    ['set cookie a 1 Secure HttpOnly', qr/it takes a name, a value and, in one pair of quotes/],
);

for my $case (map([ 'request', @$_ ], @request), map([ 'response', @$_ ], @answer)) {
    my ($of, $line, $message) = @$case;
    my ($rc, $out) = run("gate_transform $of {\n $line;\n }");
    my ($emerg) = grep { /\[emerg\]/ } split /\n/, $out;

    ok($rc != 0 && ($emerg // '') =~ $message && $emerg =~ /in \S+gate\.conf:\d+/,
       "$of { $line; }") or diag($out);
}

my @other = (
    ['gate_transform requests { }', qr/"requests" of "gate_transform": it must be "request" or/],
    ['gate_transform request { } gate_transform request { }', qr/"gate_transform" .*is duplicate/],
    ['set $s sidecar; gate_service s; gate_transform request { path /a; } gate_pass http://$s/b;',
     qr/changes the path or the query, and "gate_pass http:\/\/\$s\/b" writes both: take the path/],
    ['set $s sidecar; gate_service s; gate_transform request { remove query a; }'
     . ' gate_pass http://$s/b$is_args$args;', qr/changes the path or the query/],
);

for my $case (@other) {
    my ($rc, $out) = run($case->[0]);

    ok($rc != 0 && $out =~ $case->[1], $case->[0]) or diag($out);
}

my @right = (
    'gate_transform request { } gate_transform response { }',
    'set $s sidecar; gate_service s; gate_auth off; gate_transform request { path /a; }'
    . ' gate_pass http://$s;',
    'gate_transform response { set field X-A 1; set field X_A 2; }',
    'gate_transform request { set field X-A 1; add field X-A 2; path "/a b%2F?#/b"; }',
    'gate_transform request { rename cookie a A; set cookie c $uri; rename field X_A X-A2; }',
    'gate_transform response { status 5xx 500; status 204 200; set field Server a; '
    . 'set cookie a 1 "Path=/; Secure"; remove field Set-Cookie; rename field X_A X-A; }',
);

for my $text (@right) {
    my ($rc, $out) = run($text);

    ok($rc == 0 && $out !~ /\[(?:emerg|warn)\]/, $text) or diag($out);
}

my @told = (
    ['gate_transform request { method FROB; }', qr/"FROB" in "method" is no registered method/],
    ['gate_transform request { json rename /a /b; }',
     qr/"json rename" takes a name, not a pointer, and "\/b" will be one: write it without/],
    ['gate_service s; gate_auth off; gate_pass grpc://sidecar; '
     . 'gate_transform request { json remove /a; }',
     qr/"gate_transform request" edit no message of gRPC beside "gate_pass grpc:\/\/" in loc/],
    ['gate_service s; gate_auth off; gate_pass grpc://sidecar; '
     . 'gate_transform request { set field A b; } gate_transform response { body "{}"; }',
     qr/"gate_transform response" edit no message of gRPC/],
);

for my $case (@told) {
    my ($rc, $out) = run($case->[0]);

    ok($rc == 0 && $out =~ /\[warn\].*$case->[1]/, $case->[0]) or diag($out);
}

done_testing();


sub run {
    my ($location) = @_;

    open my $fh, '>', "$dir/gate.conf" or die $!;
    print $fh <<"END";
load_module $module;
pid $dir/nginx.pid;
error_log stderr;
events { worker_connections 64; }
http {
    access_log off;
    upstream sidecar { server 127.0.0.1:1; keepalive 2; }
    server {
        listen unix:$dir/s;
        location / {
            $location
        }
    }
}
END
    close $fh;

    my $out = `$nginx -t -p $dir -c $dir/gate.conf 2>&1`;

    return ($? >> 8, $out);
}
