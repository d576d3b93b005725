#!/usr/bin/perl

# Copyright (C) 2026 Meshgate contributors

# OpenID discovery: conf/oidc.conf with a provider of this machine; documents
# that are not believed; what "nginx -t" says of locations for keys; keys that
# outlive nginx.


use strict;
use warnings;

use File::Path qw(make_path remove_tree);
use FindBin qw($Bin);
use JSON::PP ();
use Test::More;

use GateBackend;
use GateClient;
use GateKeyServer;
use GateNginx;
use GateToken;


$ENV{GATE_NGINX} or plan skip_all => 'run it by make t/auth/discovery.t';

my $root = $ENV{TEST_NGINX_SERVROOT};
my $port = $ENV{TEST_NGINX_SERVER_PORT};
my $base = $ENV{GATE_PORT_BASE};
my $provider = $base + 1;
my $issuer = "http://127.0.0.1:$provider";

remove_tree($root);
make_path("$root/gate", "$root/conf");
chmod(0777, $root, "$root/gate");
gate_keys();

my $backend = GateBackend->start(port => $base, dir => $root);
my $idp = GateKeyServer->start(port => $provider, dir => $root);
my $document = '/.well-known/openid-configuration';


# The example, with this provider in the place of that one.

sub example {
    my $text = slurp("$Bin/../../conf/oidc.conf");

    $text =~ s{modules/ngx_http_gate_module\.so}{$ENV{GATE_MODULE}};
    $text =~ s{https://id\.example\.com}{$issuer}g;
    $text =~ s{\bset\s+\$provider \S+;}{set \$provider 127.0.0.1:$provider;};
    $text =~ s{https://\$provider}{http://\$provider};
    $text =~ s{listen  8080}{listen  127.0.0.1:$port};
    $text =~ s{127\.0\.0\.1:15001}{127.0.0.1:$base};
    $text =~ s{cooldown=30s}{cooldown=200ms};
    $text =~ s{gate_key_cache  /var/lib/nginx/gate/keys}{gate_key_cache  $root/gate/keys};

    return $text;
}


sub document {
    my (%more) = @_;

    my %doc = (issuer => $issuer, jwks_uri => "$issuer/certs", %more);

    return JSON::PP->new->canonical->encode(\%doc);
}


sub status {
    my ($token, $path) = @_;

    my $c = GateClient->new($port);

    $c->write('GET ' . ($path // '/orders/1') . " HTTP/1.1\r\nHost: localhost\r\n"
              . "Connection: close\r\nAuthorization: Bearer $token\r\n\r\n");

    my $r = $c->read();

    return $r ? $r->{status} : 'none';
}


my $nginx = GateNginx->new(root => $root);

sub configure {
    my ($text) = @_;

    $text =~ s/^load_module .*\n//m;
    $text =~ s/^events \{\n\}\n//m;
    $text =~ s/^http \{\n/"http {\n" . $nginx->paths()/me;
    $nginx->configure($nginx->head() . $text);

    return $text;
}


# 1: the example

$idp->serve($document, body => document());
$idp->serve('/certs', body => jwks('rsa'));

configure(example());
my $said = $nginx->check();
is($?, 0, 'conf/oidc.conf is loaded') or diag($said);
unlike($said, qr/\[(?:emerg|alert|crit|warn)\]/, '... and warns of nothing');
is_deeply([ glob "$root/gate/*" ], [], '... and "nginx -t" writes nothing');
is($idp->count($document), 0, '... and asks nobody');

$nginx->start();

my %claims = (iss => $issuer, aud => 'https://api.example.com', azp => 'acme-backend');
my $token = mint(claims => \%claims);

ok(wait_for(sub { status($token) == 200 }), 'a token of the provider is good');
is($idp->count('/certs'), 1, '... by keys from where the document says');
like($idp->last('/certs'), qr{^GET /certs HTTP}, '... that URI');
is(status(mint(key => 'evil', header => { kid => 'rsa' }, claims => \%claims)), 401,
   'a forged one is not');
is(status($token, '/_jwks/corp'), 404, 'the locations are closed to clients');


# 2: documents that are not believed leave the keys that are there

for my $case (
    [ 'another issuer', body => document(issuer => 'http://evil.example') ],
    [ 'the issuer with a slash', body => document(issuer => "$issuer/") ],
    [ 'a host that is not listed', body => document(jwks_uri => 'http://127.0.0.2/certs') ],
    [ 'another port', body => document(jwks_uri => "http://127.0.0.1:$base/certs") ],
    [ 'a file', body => document(jwks_uri => 'file:///etc/passwd') ],
    [ 'no jwks_uri', body => document(jwks_uri => undef) ],
    [ 'HTML', type => 'text/html', body => document() ],
    [ 'nothing', mode => 'empty' ],
    [ 'a list', body => '[]' ],
) {
    my ($name, %what) = @$case;

    select(undef, undef, undef, 0.3);
    $idp->serve($document, %what);
    $idp->reset();

    ok(wait_for(sub {
        status(mint(key => 'rsa2', header => { kid => "k" . rand() }, claims => \%claims));
        return $idp->count($document);
    }), "$name: the document was read");
    is($idp->count('/certs'), 0, '... and no keys were asked for');
    is(status($token), 200, '... the keys are those of before');

    $idp->serve($document, body => document());
    ok(wait_for(sub {
        status(mint(key => 'rsa2', header => { kid => "k" . rand() }, claims => \%claims));
        return $idp->count('/certs');
    }), '... until it is right again');
}

like(slurp("$root/logs/error.log"),
     qr/gate keys: issuer "corp": "\/_oidc\/corp", status 200: is of another issuer; .* stay/,
     'the log says what is wrong');


# 3: keys outlive nginx

my $file = "$root/gate/keys/corp.keys";

ok(wait_for(sub { -s $file }), 'the keys are in a file');
is((stat $file)[2] & 07777, 0600, '... of its owner alone');
is((stat "$root/gate/keys")[2] & 07777, 0700, '... so is the folder');

$nginx->stop();
$idp->stop();
$nginx->start();

ok(wait_for(sub { status($token) == 200 }), 'nginx starts without the provider');
like(slurp("$root/logs/error.log"), qr/the keys of \d+ s ago are taken from "\Q$file\E"/,
     '... the log says by which keys');

$nginx->stop();

for my $case (
    [ 'a cut file', sub { substr($_[0], 0, length($_[0]) - 3) } ],
    [ 'another key in it', sub { $_[0] =~ s/"kid":"rsa"/"kid":"rsb"/r } ],
    [ 'another issuer', sub { $_[0] =~ s/^issuer .*/issuer http:\/\/x/mr } ],
    [ 'nothing', sub { '' } ],
) {
    my ($name, $change) = @$case;
    my $good = slurp($file);

    spew($file, $change->($good));
    $nginx->start();
    is(status($token), 503, "$name: it is not used");
    $nginx->stop();
    spew($file, $good);
}

my $old = slurp($file);
$nginx->start();
is(status($token), 200, 'the good file is');

$idp->again();
$idp->serve('/certs', body => jwks('rsa2'));
ok(wait_for(sub { status(mint(key => 'rsa2', claims => \%claims)) == 200 }),
   'the provider is back with other keys');
ok(wait_for(sub { slurp($file) ne $old && slurp($file) =~ /"rsa2"/ }), '... they are kept');
is(status($token), 401, '... the old ones are gone');
$nginx->stop();
is_deeply([ grep { !/\.keys$/ } glob "$root/gate/keys/*" ], [], 'nothing is left beside the file');


# 4: what "nginx -t" says

my $jwks = "location = /_jwks/corp { internal; proxy_pass http://127.0.0.1:$provider/certs; }";

sub said {
    my ($lines, $locations, $more) = @_;

    configure(<<"CONF");
http {
    gate_issuer c {
        issuer $issuer; audience a; algorithms RS256; consumer map=name; $lines
    }
    upstream far { server 192.0.2.1:443; }
    @{[ $more // '' ]}
    server {
        listen 127.0.0.1:$port;
        location / { gate_auth jwt=c; gate_service s; gate_pass http://127.0.0.1:$base; }
        $locations
    }
}
CONF

    return $nginx->check();
}

for my $case (
    [ 'a location', 'jwks /_jwks/corp;', $jwks, qr/syntax is ok/, 0 ],
    [ 'no location', 'jwks /_jwks/corp;', '',
      qr{\[emerg\].*gate_issuer."c".needs.a.location.for."/_jwks/corp".in.a.server.that.uses.it:
         .*write.\"location.=./_jwks/corp.\{.internal;.*\}\".there,.for.the.line.in.\S+:\d+}x,
      1 ],
    [ 'a location of a server that does not use it', 'jwks /_jwks/corp;', '',
      qr/\[emerg\].*needs a location/, 1,
      "server { listen 127.0.0.1:$port; server_name b; $jwks }" ],
    [ 'no location for the document', 'jwks /_jwks/corp; discovery /_oidc/corp;', $jwks,
      qr{\[emerg\].*needs a location for "/_oidc/corp"}, 1 ],
    [ 'a document and no location for keys', 'discovery /_oidc/corp;', $jwks,
      qr/\[emerg\].*must have "jwks"/, 1 ],
    [ 'both kinds of keys', "jwks /_jwks/corp; jwks_file @{[ gate_keys()->{jwks_file} ]};", $jwks,
      qr/\[emerg\].*take one of them out/, 1 ],
    [ 'a URL', 'jwks https://id.example.com/keys;', $jwks,
      qr/\[emerg\].*must be the path of a location/, 1 ],
    [ 'arguments', 'jwks /_jwks/corp?a=b;', $jwks, qr/\[emerg\].*must be the path/, 1 ],
    [ 'nothing', 'jwks;', $jwks, qr/\[emerg\].*takes the URI of a location/, 1 ],
    [ 'a wrong time', 'jwks /_jwks/corp refresh=1x;', $jwks, qr/\[emerg\].*refresh=/, 1 ],
    [ 'twice', 'jwks /_jwks/corp; jwks /_jwks/corp;', $jwks, qr/\[emerg\].*duplicate/, 1 ],
    [ 'an open location', 'jwks /_jwks/corp;', $jwks =~ s/internal; //r,
      qr/\[warn\].*can be asked by clients: write "internal"/, 0 ],
    [ 'a far server without TLS', 'jwks /_jwks/corp;',
      'location = /_jwks/corp { internal; proxy_pass http://far/; }',
      qr/\[warn\].*is not encrypted: write "proxy_pass https/, 0 ],
    [ 'a far server that anybody may be', 'jwks /_jwks/corp;',
      'location = /_jwks/corp { internal; proxy_pass https://far/; }',
      qr/\[warn\].*believes any server: write "proxy_ssl_verify on"/, 0 ],
) {
    my ($name, $lines, $locations, $like, $fails, $more) = @$case;
    my $out = said($lines, $locations, $more);

    is(!!$?, !!$fails, "$name: " . ($fails ? 'an error' : 'is loaded')) or diag($out);
    like($out, $like, '... which says what to do');
    unlike($out, qr/\[warn\].*(?:_jwks|_oidc)/, '... without a warning')
        if !$fails && "$like" !~ /warn/;
}

is(join('', grep { /\[(?:alert|emerg|crit)\]|AddressSanitizer/ }
            split(/^/m, slurp("$root/logs/error.log"))), '', 'no alert in the log');

done_testing();
