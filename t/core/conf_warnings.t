#!/usr/bin/perl

# Copyright (C) 2026 Meshgate contributors

# Mistakes that would pass in silence: "nginx -t" tells of each once, with the
# file, the line and the cure, and says nothing of a configuration that is
# right.


use strict;
use warnings;

use File::Temp;
use Test::More;

use GateNginx qw(slurp);
use GateToken;


my $nginx = $ENV{GATE_NGINX} or die "GATE_NGINX is not set\n";
my $module = $ENV{GATE_MODULE} or die "GATE_MODULE is not set\n";
my $dir = File::Temp->newdir();
my $keeps = `$nginx -v 2>&1` =~ m{nginx/1\.(\d+)\.(\d+)}
            && $1 * 1000 + $2 >= 29007;
my $n = 0;

mkdir "$dir/logs";
put('rsa.pem', slurp(gate_keys()->{rsa}{public}));


# Digests differ, as a key belongs to one consumer.

sub key { return 'key sha256:' . sprintf('%064x', ++$n) . ";" }

my $up = 'upstream sidecar { server 127.0.0.1:1; keepalive 4; }';
my $acme = 'gate_consumer acme { group partners; scope orders:read; '
           . key() . ' }';
my $issuer = 'gate_issuer corp { issuer https://id/; audience a; '
             . 'algorithms RS256; key_file rsa.pem; consumer map=name; }';
my $pass = 'gate_service s; gate_pass http://sidecar;';


# name, what is in http{} with "#!" on the line that must be told, the
# message, and the same put right

my @warned = (

    ['signatures of bodies in a subrequest', <<'END',
gate_consumer a { signature keyid=k key_file=rsa.pem algorithm=rsa-pss-sha512; }
server {
    location / { gate_auth off; auth_request /check; proxy_pass http://127.0.0.1:1; }
    location = /check { internal; gate_auth signature; proxy_pass http://127.0.0.1:1; } #!
}
END
     qr/signatures of requests with a body are refused in location "\/check" if .*: write "gate/,
     'gate_consumer a { signature keyid=k key_file=rsa.pem algorithm=rsa-pss-sha512; } server {
     location / { gate_auth off; auth_request /check; proxy_pass http://127.0.0.1:1; }
     location = /check { internal; gate_auth signature; gate_signature digest=off;
                         proxy_pass http://127.0.0.1:1; } }'],

    ['certificates that nobody is asked for', <<'END',
gate_consumer a { mtls subject:CN=a; }
server {
    location / { #!
        gate_service s;
        gate_auth mtls;
        gate_pass http://sidecar;
    }
}
upstream sidecar { server 127.0.0.1:1; keepalive 4; }
END
     qr/"gate_auth mtls" gets no certificate in location "\/": add "ssl_verify_client optional"/,
     "$up gate_consumer a { mtls subject:CN=a; } "
     . "server { location / { gate_mtls xfcc from=::1; gate_auth mtls; $pass } }"],

    ['a right of a consumer that is not there', <<"END",
$acme
server {
    location / {
        gate_auth key;
        gate_deny consumer=acem; #!
    }
}
END
     qr/no "gate_consumer" is called "acem", which "gate_deny" names, the closest is "acme": see/,
     "$acme server { location / { gate_auth key; gate_deny consumer=acme; } }"],

    ['a right of a consumer that is like no other', <<"END",
$acme
server {
    location / {
        gate_auth key;
        gate_allow consumer=somebody; #!
    }
}
END
     qr/no "gate_consumer" is called "somebody", which "gate_allow" names: see how it is spelt/,
     "gate_redis 127.0.0.1:1; $acme server { gate_consumers redis; location / "
     . '{ gate_auth key; gate_allow consumer=somebody; } }'],

    ['a claim that no key has', <<"END",
$acme
server {
    location / {
        gate_auth key;
        gate_allow has_claim:x; #!
    }
}
END
     qr/"has_claim:x" asks for a token, which "gate_auth" does not accept here/,
     "$issuer server { location / { gate_auth jwt=corp; gate_allow has_claim:x; } }"],

    ['claims that no key has', <<"END",
$acme
server {
    location / {
        gate_auth key;
        gate_allow claim_in:x=a; #!
    }
}
END
     qr/"claim_in:x=" asks for a token, which "gate_auth" does not accept here/,
     "$issuer server { location / { gate_auth jwt=corp; gate_allow claim_in:x=a; } }"],

    ['a consumer that can be nobody', <<'END',
gate_consumer a { #!
}
END
     qr/"gate_consumer a" can be nobody: write a "key", "claim", "basic", "mtls" or "signature"/,
     'gate_redis 127.0.0.1:1; gate_consumers redis; gate_consumer a { }'],

    ['an issuer whose tokens are nobody\'s', <<'END',
gate_issuer c { issuer a; audience b; algorithms RS256; key_file rsa.pem; #!
}
END
     qr/gate_issuer "c" names no consumer, all .* or "gate_consumers redis" where they are known/,
     'gate_redis 127.0.0.1:1; gate_consumers redis; '
     . 'gate_issuer c { issuer a; audience b; algorithms RS256; key_file rsa.pem; }'],

    ['an introspection whose tokens are nobody\'s', <<'END',
gate_introspection c { endpoint /_i; issuer a; audience b; #!
}
END
     qr/gate_introspection "c" names no consumer, all of its tokens are refused/,
     'gate_redis 127.0.0.1:1; gate_consumers redis; '
     . 'gate_introspection c { endpoint /_i; issuer a; audience b; }'],

    ['a subject as OpenSSL prints it', <<'END',
gate_consumer a {
    mtls "subject:CN = acme, O = Acme"; #!
}
END
     qr/"mtls subject:CN = acme, O = Acme" is nobody, .*: write that of RFC 2253/,
     'gate_consumer a { mtls subject:CN=acme,O=Acme; }'],

    ['a subject with slashes', <<'END',
gate_consumer a {
    mtls subject:/CN=acme; #!
}
END
     qr/"mtls subject:\/CN=acme" is nobody, as no subject has this form/,
     'gate_consumer a { mtls "subject:CN=acme/x"; }'],

    ['a wildcard of certificates', <<'END',
gate_consumer a {
    mtls san:dns:*.x; #!
}
END
     qr/"mtls san:dns:\*\.x" is only a certificate that has "\*" in its name: write a line/,
     'gate_consumer a { mtls san:dns:a.x; }'],

    ['two credentials of one id', <<"END",
gate_consumer a {
    key sha256:@{['a' x 64]} id=one;
    key sha256:@{['b' x 64]} id=one; #!
}
END
     qr/two credentials of "gate_consumer a" have the id "one", .*: give one another "id="/,
     "gate_consumer a { key sha256:@{['a' x 64]} id=one; key sha256:@{['b' x 64]} id=two; }"],

    ['a successor that is not there', <<"END",
gate_consumer a { #!
    key sha256:@{['a' x 64]} id=one successor=tow;
    key sha256:@{['b' x 64]} id=two;
}
END
     qr/"successor=tow" of "gate_consumer a" is no other credential of it: write the id of one/,
     "gate_consumer a { key sha256:@{['a' x 64]} id=one successor=two; "
     . "key sha256:@{['b' x 64]} id=two; }"],

    ['a successor of itself', <<"END",
gate_consumer a { #!
    key sha256:@{['a' x 64]} id=one successor=one;
}
END
     qr/"successor=one" of "gate_consumer a" is no other credential of it/,
     "gate_consumer a { key sha256:@{['a' x 64]} id=one; }"],

    ['passwords that nobody has', <<'END',
server {
    gate_auth basic;
    location / { #!
    }
    location /b { }
}
END
     qr/"gate_auth basic" lets nobody in, as no "gate_consumer" has a "basic" line: write one/,
     'gate_redis 127.0.0.1:1; gate_consumers redis; server { gate_auth basic; }'],

    ['secrets that nobody has', <<'END',
server {
    location / { #!
        gate_auth hmac;
    }
}
END
     qr/"gate_auth hmac" lets nobody in, as no "gate_consumer" has a "signature" line: write/,
     'server { location / { gate_auth off; } }'],

    # what nginx does before it asks us

    ['"return" in a gated location', <<'END',
server {
    location / { #!
        gate_auth key;
        return 200 open;
    }
}
END
     qr/"return" in the gated location "\/".* before any policy.*: move it/,
     'server { location / { gate_auth off; return 200 open; } }'],

    ['"return" in an "if" of a gated location', <<'END',
server {
    gate_auth key;
    location /a { #!
        if ($arg_x) { return 200 open; }
    }
}
END
     qr/"return" in the gated location "\/a"/,
     'server { gate_auth key; location /a { if ($arg_x) { set $y 1; } } }'],

    ['"rewrite" to another host in a gated location', <<'END',
server {
    location /a { #!
        gate_auth key;
        rewrite ^ https://other.example/;
    }
}
END
     qr/"rewrite" in the gated location "\/a" redirects.*: move it/,
     'server { location /a { gate_auth off; rewrite ^ http://other/; } }'],

    ['"rewrite" with "permanent" in a gated location', <<'END',
server {
    location /a { #!
        gate_auth key;
        rewrite ^/a(.*)$ /b$1 permanent;
    }
}
END
     qr/"rewrite" in the gated location "\/a" redirects/,
     'server { location /a { gate_auth key; rewrite ^/a(.*)$ /b$1 break; } }'],

    ['"rewrite" with "last" that leaves a gated location', <<'END',
server {
    location /a/ { #!
        gate_auth key;
        rewrite ^/a/(.*)$ /b/$1 last;
    }
}
END
     qr/"rewrite" in the gated location "\/a\/" leaves it.*"break"/,
     'server { gate_auth key; location /a { rewrite ^/a(.*)$ /b$1 last; } }'],

    ['"rewrite" without a flag that leaves a gated location', <<'END',
server {
    location /a/ { #!
        gate_auth key;
        rewrite ^/a/(.*)$ /b/$1;
    }
}
END
     qr/"rewrite" in the gated location "\/a\/" leaves it/,
     'server { location /a/ { gate_auth key; rewrite ^/a/(.*)$ /b/$1; break; '
     . '} }'],

    ['a policy on trial', <<'END',
server {
    location / {
        gate_dry_run auth; #!
        gate_auth key;
    }
}
END
     qr/"gate_dry_run" lets all in whom "gate_auth" would refuse in location "\/": take it out/,
     'server { location / { gate_auth key; gate_dry_run off; } }'],

    ['"satisfy any" beside gate_auth', <<'END',
server {
    location / { #!
        satisfy any; allow 127.0.0.1; deny all;
        gate_auth key;
    }
}
END
     qr/"satisfy any" in location "\/".*"anonymous=CONSUMER"/,
     "$acme server { location / { satisfy any; gate_auth key "
     . 'anonymous=acme; } }'],


    # what is not in force where one would think so

    ['a location that passes without gate_auth', <<"END",
$up
server {
    location / { #!
        $pass
    }
}
END
     qr/"\/" passes to the sidecar without "gate_auth".*"gate_auth off"/,
     "$up server { location / { gate_auth off; $pass } }"],

    ['a gated location that is not billed', <<"END",
gate_journal $dir/j size=1m;
server {
    location / { #!
        gate_auth key;
    }
}
END
     qr/location "\/" is gated but has no "gate_meter".*"gate_meter off"/,
     "gate_journal $dir/j size=1m; "
     . 'server { location / { gate_auth key; gate_meter off; } }'],

    ['a registered method is misspelt', <<'END',
server {
    location / {
        gate_auth key;
        gate_allow methods=GET,PSOT; #!
    }
}
END
     qr/"PSOT" in "methods=" is no registered method/,
     'server { location / { gate_auth key; gate_allow methods=GET,POST,'
     . 'VERSION-CONTROL,PURGE; } }'],

    ['a method of CORS is misspelt', <<'END',
server {
    location / {
        gate_cors origin=* methods=GETT; #!
    }
}
END
     qr/"GETT" in "methods=" is no registered method/,
     'server { location / { gate_cors origin=* methods=GET,PUT; } }'],

    ['a page cannot send a key', <<'END',
server {
    location / { #!
        gate_auth key;
        gate_cors origin=* headers=Authorization;
    }
}
END
     qr/no page can send a key where "headers=" of "gate_cors" has .*: add "apikey" to it/,
     'server { location / { gate_auth key; gate_cors origin=* headers=X-API-Key; } '
     . 'location /a { gate_auth key; gate_key_names query=k; gate_cors origin=*; } }'],

    ['a method that nginx refuses itself', <<'END',
server {
    location / {
        gate_auth key;
        gate_allow methods=GET,TRACE; #!
    }
}
END
     qr/"TRACE" in "methods=" is refused by nginx itself/,
     'server { location / { gate_auth key; gate_allow methods=GET; } }'],

    ['a group that no consumer has', <<"END",
$acme
server {
    gate_auth key;
    gate_allow methods=GET;
    location / {
        gate_allow group=partners;
        gate_allow group=partners,partnres; #!
        location /b { if (\$arg_x) { set \$y 1; } }
    }
    location /c { gate_allow group=partners; }
}
END
     qr/no "gate_consumer" is in the group "partnres"/,
     "server { location / { gate_auth key; gate_allow group=partners; } } "
     . $acme],

    ['a scope that no consumer has, where only keys count', <<"END",
$acme
server {
    location / {
        gate_auth key;
        gate_allow scope=orders:write; #!
    }
}
END
     qr/no "gate_consumer" has the scope "orders:write"/,
     "$acme $issuer server { location / { gate_auth key jwt=corp; "
     . 'gate_allow scope=orders:write; } location /k { gate_auth key; '
     . 'gate_allow scope=orders:read; } }'],

    ['a claim where no token counts', <<"END",
$acme
server {
    location / {
        gate_auth key;
        gate_allow claim:tier=gold; #!
    }
}
END
     qr/"claim:tier=" asks for a token.*"jwt=ISSUER"/,
     "$acme $issuer server { location / { gate_auth key jwt=corp; "
     . 'gate_allow claim:tier=gold; } }'],


    # limits

    ['a key of a limit that lacks its dollar', <<'END',
gate_zone gate 1m;
server {
    location / {
        gate_auth off;
        gate_limit rate=5r/s key=remote_addr; #!
    }
}
END
     qr/"key=remote_addr" of "gate_limit" is the same text .*: write "key=\$remote_addr"/,
     'gate_zone gate 1m; server { location / { gate_auth off; '
     . 'gate_limit rate=5r/s key=$remote_addr; } }'],

    ['a key of a limit that lacks the dollar of a field', <<'END',
gate_zone gate 1m;
server {
    location / {
        gate_auth off;
        gate_limit rate=5r/s key=http_x_tenant; #!
    }
}
END
     qr/"key=http_x_tenant" of "gate_limit" is the same .*: write "key=\$http_x_tenant"/,
     'gate_zone gate 1m; server { location / { gate_auth off; '
     . 'gate_limit rate=5r/s key=everybody; } }'],


    # consumers

    ['a key that has expired', <<"END",
gate_consumer acme {
    key sha256:${\ ('b' x 64)} id=old not_after=2020-01-31; #!
    ${\ key() }
}
END
     qr/key "old" of "gate_consumer acme" has expired.*later "not_after="/,
     'gate_consumer acme { key sha256:' . 'b' x 64
     . ' not_after=2199-01-31; }'],

    ['a consumer that nobody can be', <<"END",
$acme
gate_consumer ghost { #!
    group partners;
}
server { location / { gate_auth key; } }
END
     qr/"gate_consumer ghost" can be nobody.*"key".*"claim"/,
     "$acme gate_consumer guest { } gate_consumer off { disabled; } "
     . "server { location / { gate_auth key anonymous=guest; } }"],

    ['a consumer that no token is, though others are', <<"END",
gate_issuer corp {
    issuer https://id/; audience a; algorithms RS256; key_file rsa.pem;
    consumer unknown=others;
}
gate_consumer others { }
gate_consumer listed { claim corp=listed; }
gate_consumer ghost { } #!
END
     qr/"gate_consumer ghost" can be nobody/,
     'gate_issuer corp { issuer https://id/; audience a; algorithms RS256; '
     . 'key_file rsa.pem; consumer map=name; } gate_consumer named { }'],


    # fields that never arrive

    ['a key field with "_" in a server that drops it', <<"END",
server {
    underscores_in_headers on;
    location / { gate_auth key; gate_key_names header=api_key; }
}
server {
    gate_key_names header=apikey header=api_key;
    location / { gate_auth key; } #!
    location /b { gate_auth key; }
}
END
     qr/drops the field "api_key".*"underscores_in_headers on"/,
     'underscores_in_headers on; server { location / { gate_auth key; '
     . 'gate_key_names header=api_key; } }'],

    ['a key field with another sign that nginx drops', <<'END',
server {
    location / { gate_auth key; gate_key_names header=api.key; } #!
}
END
     qr/drops the field "api\.key".*"ignore_invalid_headers off"/,
     'server { ignore_invalid_headers off; location / { gate_auth key; '
     . 'gate_key_names header=api.key header=api_key; } }'],

    ['"geo" that reads the client\'s X-Forwarded-For', <<'END',
geo $where { default a; proxy 10.0.0.0/8; 192.0.2.0/24 b; }
geo $other { ranges; default a; 192.0.2.1-192.0.2.9 b; }
server { #!
    location / { gate_auth key; }
}
END
     qr/"proxy" of "geo \$where" reads.*"set_real_ip_from"/,
     'geo $where { default a; 192.0.2.0/24 b; } '
     . 'server { location / { gate_auth key; } }'],

    ['"geo" with ranges that reads it', <<'END',
geo $where { ranges; default a; proxy 10.0.0.0/8; 192.0.2.1-192.0.2.9 b; }
server { gate_hygiene off; }
server { #!
    location / { gate_auth key; }
}
END
     qr/"proxy" of "geo \$where" reads/,
     'geo $where { ranges; default a; proxy 10.0.0.0/8; } '
     . 'server { gate_hygiene off; location / { gate_auth key; } }'],


    # the way to the sidecar

    ['gate_service beside a plain proxy_pass', <<"END",
$up
server {
    location / { #!
        gate_service s;
        proxy_pass http://sidecar;
        if (\$arg_x) { set \$y 1; }
        limit_except GET { deny all; }
    }
}
END
     qr{"proxy_pass"\ in\ location\ "/"\ does\ not\ send\ "gate_service"\ as\ Host:
        \ use\ "gate_pass",\ or\ write\ "proxy_set_header\ Host\ \$gate_service"}x,
     "$up server { gate_service s; location / { gate_auth key; proxy_pass "
     . 'http://sidecar; proxy_set_header host $gate_service; } '
     . 'location /assets/ { proxy_pass http://sidecar; } }'],

    ['gate_service around a gated proxy_pass with variables', <<"END",
$up
map \$arg_x \$to { default sidecar; }
server {
    gate_service s;
    location / { #!
        gate_auth key;
        proxy_pass http://\$to;
        proxy_set_header X-A b;
    }
}
END
     qr/"proxy_pass" in location "\/" does not send "gate_service"/,
     "$up server { gate_service s; proxy_set_header Host \$gate_service; "
     . 'location / { gate_auth key; proxy_pass http://sidecar; } }'],

    ['gate_service beside grpc_pass', <<"END",
$up
server {
    location / { #!
        gate_auth key;
        gate_service s;
        grpc_pass grpc://sidecar;
    }
}
END
     qr/"grpc_pass" in location .* write "grpc_set_header Host \$gate_service"/,
     "$up server { gate_service s; location / { gate_auth key; grpc_pass "
     . 'grpc://sidecar; grpc_set_header Host $gate_service; } }'],

    ['gate_pass to a bare address', <<'END',
server {
    location / {
        gate_auth key;
        gate_service s;
        gate_pass http://127.0.0.1:1; #!
    }
}
END
     qr/"127\.0\.0\.1:1" .* is no "upstream".*keepalive 16/,
     "$up server { location / { gate_auth key; $pass } }"],

    ['gate_pass to a bare socket', <<'END',
server {
    location / {
        gate_auth key;
        gate_service s;
        gate_pass http://unix:/run/sidecar.sock; #!
    }
}
END
     qr/"unix:\/run\/sidecar\.sock" .* is no "upstream"/,
     "$up server { location / { gate_auth key; gate_service s; "
     . 'set $to sidecar; gate_pass http://$to; } }'],

    ['a URI that ends with a slash where the location does not', <<"END",
$up
server {
    location /api {
        gate_auth key;
        gate_service s;
        gate_pass http://sidecar/v1/; #!
    }
}
END
     qr/"\/api\/x" becomes "\/v1\/\/x".*end with "\/"/,
     "$up server { gate_auth key; gate_service s; "
     . 'location /a/ { gate_pass http://sidecar/v1/; } '
     . 'location /b { gate_pass http://sidecar/v1; } '
     . 'location /c { gate_pass http://sidecar; } '
     . 'location = /d { gate_pass http://sidecar/v1/; } '
     . 'location ~ ^/e { gate_pass http://sidecar; } '
     . 'location / { gate_pass http://sidecar/; } }'],

    ['a URI that does not end with a slash where the location does', <<"END",
$up
server {
    location /api/ {
        gate_auth key;
        gate_service s;
        gate_pass http://sidecar/v1; #!
    }
}
END
     qr/"\/api\/x" becomes "\/v1x"/,
     "$up server { location /api/ { gate_auth key; $pass } }"],
);

push @warned, ['an upstream without keepalive', <<"END",
upstream sidecar { #!
    server 127.0.0.1:1;
}
upstream other { server 127.0.0.1:2; }
server {
    gate_auth key;
    gate_service s;
    location / { gate_pass http://sidecar; }
    location /b { gate_pass http://sidecar/b; }
}
END
    qr/upstream "sidecar" of "gate_pass" has no "keepalive".*write "keepalive/,
    "$up server { location / { gate_auth key; $pass } }"]
    unless $keeps;


for my $t (@warned) {
    my ($name, $wrong, $message, $right) = @$t;
    my ($rc, $out, $line) = run($wrong);
    my @said = $out =~ /^.*\[(?:warn|emerg|alert|crit)\].*$/mg;

    ok($rc == 0 && @said == 1 && $said[0] =~ /\[warn\]/
       && $said[0] =~ $message && $said[0] =~ /gate\.conf:(\d+)$/
       && $1 == $line, "$name is warned of, once, with its line")
        or diag("rc: $rc, line: $line\n$out");

    ($rc, $out) = run($right);

    ok($rc == 0 && $out !~ /\[(?:warn|emerg|alert|crit)\]/,
       "$name: put right, nothing is said") or diag("rc: $rc\n$out");
}


# All that a line asks for in vain is told, of a line that many inherit once.

{
    my ($rc, $out) = run(<<"END");
$acme
server {
    gate_auth key;
    gate_allow group=a,partners,b scope=c,orders:read claim:d=e;
    location /a { }
    location /b { location /b/c { } }
}
server { gate_auth key; location / { gate_auth off; } }
END

    is(join(' ', $out =~ /\[warn\].*?((?:group|scope) "\w+"|"claim:d=")/g),
       'group "a" group "b" scope "c" "claim:d="',
       'each part of a line is told of once, wherever it is inherited');
}


# What can never be meant is refused.

my @wrong = (
    ['a method in lower case', <<'END',
server {
    location / {
        gate_auth key;
        gate_allow methods=GET,get; #!
    }
}
END
     qr/method "get" .* upper case/],

    ['proxy_http_version above gate_pass', <<"END",
$up
server {
    location / {
        gate_service s;
        proxy_http_version 1.0;
        gate_pass http://sidecar; #!
    }
}
END
     qr/"proxy_http_version" is set by "gate_pass".*: remove/],

    ['proxy_http_version below gate_pass', <<"END",
$up
server {
    location / {
        gate_service s;
        gate_pass http://sidecar; #!
        proxy_http_version 1.0;
    }
}
END
     qr/"proxy_http_version" is set by "gate_pass".*: remove/],

    ['proxy_next_upstream beside gate_pass', <<"END",
$up
server {
    location / {
        gate_service s;
        proxy_next_upstream error timeout;
        gate_pass http://sidecar; #!
    }
}
END
     qr/"proxy_next_upstream" is set by "gate_pass".*: remove/],

    ['proxy_pass above gate_pass', <<"END",
$up
server {
    location / {
        gate_service s;
        proxy_pass http://sidecar;
        gate_pass http://sidecar; #!
    }
}
END
     qr/"proxy_pass" stands beside "gate_pass".*: remove/],

    ['a service that has the keys which the gate asks for', <<'END',
server {
    gate_auth key;
    location / {
        gate_key_names off; #!
    }
}
END
     qr/"gate_key_names off" and "gate_auth key" exclude each other/],

    ['a journal in a folder that is not there',
     "gate_journal $dir/nowhere/usage; #!",
     qr/gate_journal "\S+": there is no folder "\S+\/nowhere".*make it/],

    ['a journal below a file', "gate_journal $dir/rsa.pem/usage; #!",
     qr/there is no folder "\S+\/rsa\.pem"/],

    ['a right that asks for a caller where none is asked for', <<'END',
server {
    location / {
        gate_allow methods=GET;
        gate_allow group=a; #!
    }
}
END
     qr/needs "gate_auth" in location "\/"/],
);

# A parameter is written twice, or takes back another one.

push @wrong, map { ["\"$_->[0]\"", <<"END", $_->[1]] }
$acme $issuer gate_journal $dir/j size=1m; gate_api a;
server {
    location / {
        $_->[0]; #!
    }
}
END
(
    ['gate_auth key any all', qr/"any" and "all" of "gate_auth" exclude each other/],
    ['gate_auth key all all', qr/"all"/],
    ['gate_auth key any any', qr/"any"/],
    ['gate_auth key hide hide', qr/"hide"/],
    ['gate_auth key preflight preflight', qr/"preflight"/],
    ['gate_auth key off', qr/"off"/],
    ['gate_meter requests requests', qr/"requests"/],
    ['gate_meter requests bytes bytes', qr/"bytes"/],
    ['gate_allow claim:a=b claim:a=c', qr/"claim:a=c"/],
);

push @wrong, map { ["\"$_->[0]\"", "$_->[0]; #!", $_->[1]] } (
    ['gate_trace any off', qr/"off"/],
    ['gate_trace b3 b3', qr/"b3"/],
    ['gate_trace sample=1 sample=2', qr/"sample=2"/],
    ['gate_hygiene on off', qr/"on" and "off" of "gate_hygiene" exclude each other/],
    ["gate_consumer a { disabled; disabled; }", qr/duplicate parameter "disabled"/],
);

for my $t (@wrong) {
    my ($name, $wrong, $message) = @$t;
    my ($rc, $out, $line) = run($wrong);
    my @said = $out =~ /^.*\[emerg\].*$/mg;

    ok($rc != 0 && @said == 1 && $said[0] =~ $message
       && $said[0] =~ /gate\.conf:(\d+)$/ && $1 == $line,
       "$name is refused with its line") or diag("rc: $rc, line: $line\n$out");
}


# A module whose rooms are in the reverse order merges and asks in that order;
# what it says is the same.

{
    my %said = map { $_->[0] => said($_->[1]) } @warned, @wrong;

    $module = backwards();

    my %again = map { $_->[0] => said($_->[1]) } @warned, @wrong;

    is_deeply(\%again, \%said, 'no order of rooms hides a mistake');
}

done_testing();


sub said {
    my ($rc, $out) = run($_[0]);
    my @said = map { s/^\S+ \S+ (\[\w+\]) \S+ /$1 /r }
               grep { /\[\w+\]/ } split /\n/, $out;
    my @fatal = grep { /\[emerg\]/ } @said;

    # what is fatal ends the search for others

    return [$rc, @fatal ? @fatal : sort @said];
}


# The objects of the module (those of the other one, the mesh's, are beside them), linked again
# with another list of modules.

sub backwards {
    my ($flavour) = $module =~ m{([^/]+)/[^/]+$};
    my $tree = "$ENV{B}/obj/$flavour";
    my $list = slurp("$tree/objs/ngx_http_gate_module_modules.c");
    my %place = map { $_ => 1 } qw(gate hygiene api service meter mock transform edit);

    for my $sign ('&', '"') {
        my $line = qr/^ +${sign}ngx_http_gate_(\w+)_module"?,\n/m;
        my @left = reverse grep { !$place{$_} } $list =~ /$line/g;

        $list =~ s{($line)}{
            my ($text, $room) = ($1, $2);

            $place{$room} ? $text
                          : $text =~ s/gate_\w+_module/"gate_" . shift(@left)
                                                       . '_module'/er
        }ge;
    }

    put('modules.c', $list);

    my @san = $flavour =~ /asan/ ? '-fsanitize=address' : ();
    my @folders = map { "-I$tree/$_" } qw(src/core src/event src/event/modules
                                          src/event/quic src/os/unix objs);

    my @objects = grep { !m{/(?:ngx_http_)?mesh_?[^/]*$} } glob("$tree/objs/addon/*/*.o");

    system('cc', '-shared', '-fPIC', @san, @folders, '-o', "$dir/backwards.so",
           "$dir/modules.c", @objects,
           qw(-ljansson -lhiredis -lcrypto -lpthread)) == 0
        or die "the module could not be linked\n";

    return "$dir/backwards.so";
}


# The line is that of "#!".

sub run {
    my ($http) = @_;

    my $text = <<"END";
load_module $module;
pid $dir/nginx.pid;
error_log stderr;
events { worker_connections 64; }
http {
access_log off;
$http
}
END

    my $line = 0;
    my $s = 0;

    $text =~ s/server \{\K(?= #!| *\n| \w)/" listen unix:$dir\/s" . $s++ . ';'/ge;

    for my $part (split /^/, $text) {
        $line++;
        last if $part =~ /#!/;
    }

    put('gate.conf', $text);

    my $out = `$nginx -t -p $dir -c $dir/gate.conf 2>&1`;
    my $rc = $? >> 8;

    unlink glob "$dir/s*";

    return ($rc, $out, $line);
}

sub put {
    my ($name, $text) = @_;

    open my $fh, '>', "$dir/$name" or die "$dir/$name: $!";
    print $fh $text;
    close $fh or die;
}
