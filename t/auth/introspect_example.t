#!/usr/bin/perl

# Copyright (C) 2026 Meshgate contributors

# conf/introspection.conf with a server of this machine, and what "nginx -t" says
# of a gate_introspection.


use strict;
use warnings;

use File::Path qw(make_path remove_tree);
use FindBin qw($Bin);
use Test::More;

use GateBackend;
use GateClient;
use GateKeyServer;
use GateNginx;


$ENV{GATE_NGINX} or plan skip_all => 'run it by make t/auth/introspect_example.t';

my $root = $ENV{TEST_NGINX_SERVROOT};
my $port = $ENV{TEST_NGINX_SERVER_PORT};
my $base = $ENV{GATE_PORT_BASE};
my $there = $base + 1;

remove_tree($root);
make_path($root);
chmod(0777, $root);

my $backend = GateBackend->start(port => $base, dir => $root);
my $server = GateKeyServer->start(port => $there, dir => $root);
my $nginx = GateNginx->new(root => $root);


sub configure {
    my ($text) = @_;

    $text =~ s/^load_module .*\n//m;
    $text =~ s/^events \{\n\}\n//m;
    $text =~ s/^http \{\n/"http {\n" . $nginx->paths()/me;
    $nginx->configure($nginx->head() . $text);

    return $nginx->check();
}


my $text = slurp("$Bin/../../conf/introspection.conf");

$text =~ s{sample/introspection\.secret}{$Bin/../../conf/sample/introspection.secret}g;
$text =~ s{\bset\s+\$provider \S+;}{set \$provider 127.0.0.1:$there;};
$text =~ s{https://\$provider}{http://\$provider};
$text =~ s{listen  8080}{listen  127.0.0.1:$port};
$text =~ s{127\.0\.0\.1:15001}{127.0.0.1:$base};

my $said = configure($text);

is($?, 0, 'conf/introspection.conf is loaded') or diag($said);
unlike($said, qr/\[(?:emerg|alert|crit|warn)\]/, '... and warns of nothing');

$server->serve('/oauth2/introspect', tokens => {
    good => '{"active":true,"iss":"https://id.example.com","aud":"https://api.example.com",'
            . '"client_id":"acme-backend","scope":"orders:read"}',
});

$nginx->start();

sub status {
    my ($token) = @_;

    my $c = GateClient->new($port);

    $c->write("GET /orders/1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
              . "Authorization: Bearer $token\r\n\r\n");

    my $r = $c->read();

    return $r ? $r->{status} : 'none';
}

is(status('good'), 200, 'a token that is active is let in');
is(status('bad'), 401, '... another is not');
like($server->last('/oauth2/introspect'), qr/^Authorization: Basic \S+\r$/mi,
     'the gateway says who it is');
ok($nginx->reload(), 'a reload');
is(status('good'), 200, '... changes nothing');
$nginx->stop();

for my $case (
    [ 'no endpoint', '', 'introspect=c', qr/\[emerg\].*must have "endpoint"/ ],
    [ 'no location', 'endpoint /no;', 'introspect=c',
      qr/\[emerg\].*gate_introspection "c" needs a location for "\/no"/ ],
    [ 'a URL', 'endpoint https://x/;', 'introspect=c', qr/\[emerg\].*must be the path/ ],
    [ 'another name', 'endpoint /i;', 'introspect=d',
      qr/\[emerg\].*names no "gate_introspection"/ ],
    [ 'jwt', 'endpoint /i;', 'jwt=c', qr/\[emerg\].*write "introspect=c"/ ],
    [ 'another status', 'endpoint /i; unavailable 200;', 'introspect=c',
      qr/\[emerg\].*must be "unavailable 503" or "unavailable 401"/ ],
    [ 'a wrong time', 'endpoint /i; cache x;', 'introspect=c', qr/\[emerg\].*"x"/ ],
) {
    my ($name, $lines, $auth, $like) = @$case;

    $said = configure(<<"CONF");
http {
    gate_introspection c { consumer map=name; $lines }
    server {
        listen 127.0.0.1:$port;
        location / { gate_auth $auth; gate_service s; gate_pass http://127.0.0.1:$base; }
        location = /i { internal; proxy_pass http://127.0.0.1:$there; }
    }
}
CONF

    isnt($?, 0, "$name: an error");
    like($said, $like, '... which says what to do');
}

is(join('', grep { /\[(?:alert|emerg|crit)\]|AddressSanitizer/ }
            split(/^/m, slurp("$root/logs/error.log"))), '', 'no alert in the log');

done_testing();
