#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Client certificates: by which name a consumer is found, which certificates
# are refused, and that a connection is asked once.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use File::Path qw(make_path);
use MIME::Base64 qw(decode_base64);

use GateNginx qw(slurp spew);
use GateTest;

my $dir;

sub run_openssl {
    my $said = `cd $dir && openssl @_ 2>&1`;
    die "openssl @_: $said" if $? != 0;
}

# NAME.pem and NAME.key, signed by the CA, or by itself

sub cert {
    my ($name, $subject, $sans, %how) = @_;

    my $days = $how{days} // 30;
    my $ca = $how{ca} // 'ca';

    run_openssl("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $name.key"
                . " -out $name.csr -subj '$subject'");
    spew("$dir/$name.ext", $sans ? "subjectAltName=$sans\n" : "keyUsage=digitalSignature\n");
    run_openssl("x509 -req -in $name.csr -days $days -extfile $name.ext -out $name.pem"
                . ($how{self} ? " -signkey $name.key"
                              : " -CA $ca.pem -CAkey $ca.key -CAcreateserial"));
}

sub print_of {
    my ($name) = @_;

    my ($der) = slurp("$dir/$name.pem") =~ /-----BEGIN CERTIFICATE-----(.*?)-----END/s;

    return sha256_hex(decode_base64($der));
}

BEGIN {
    $dir = $ENV{TEST_NGINX_CERTS} = "$ENV{TEST_NGINX_STATE}/certs";
}

make_path($dir);
run_openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $_.key"
            . " -out $_.pem -subj /CN=$_ -days 30") for qw(ca ca2);
cert('server', '/CN=localhost', 'DNS:localhost');
cert('pin', '/CN=pin', 'URI:spiffe://mesh/uri');
cert('uri', '/CN=dns.example', 'URI:spiffe://mesh/uri,DNS:dns.example');
cert('dns', '/CN=other', 'DNS:Dns.Example,email:a@b.example');
cert('mail', '/CN=other', 'email:a@b.example');
cert('subject', '/O=Org, Inc/CN=one', '');
cert('uri2', '/CN=second', 'URI:spiffe://mesh/uri', ca => 'ca2');
cert('nobody', '/CN=nobody', 'DNS:nobody.example');
cert('gone', '/CN=gone', '');
cert('old', '/CN=old', '');
cert('self', '/CN=self', '', self => 1);
cert('fake', '/O=Org, Inc/CN=one', 'URI:spiffe://mesh/uri', self => 1);
cert('expired', '/CN=expired', '', self => 1, days => -1);

$ENV{"TEST_NGINX_PRINT_" . uc} = print_of($_) for qw(pin self expired);


# One connection for all paths, as curl does it; gives the answers.

sub tls {
    my ($n, $name, $paths, @more) = @_;

    my @cert = $name ? ('--cert', "$dir/$name.pem", '--key', "$dir/$name.key") : ();
    my $file = "$dir/answers";
    my @all;

    for my $path (@$paths) {
        push @all, '--next' if @all;
        push @all, '-sS', '-i', '--max-time', 20, '-k', @cert, @more,
                   "https://127.0.0.1:" . port($n) . $path;
    }

    open my $fh, '-|', 'curl', @all or die "curl: $!";
    my $text = do { local $/; <$fh> } // '';
    close $fh;

    return $text =~ m{^HTTP/\S+ (\d+)}gm if wantarray && @$paths > 1;
    return $text;
}

# A session that is begun with a certificate, or resumed without it.

sub session {
    my ($version, $name) = @_;

    my $how = $name ? "-cert $dir/$name.pem -key $dir/$name.key -sess_out $dir/session"
                    : "-sess_in $dir/session";
    my $request = join '\r\n', "GET /mtls/$version HTTP/1.1", 'Host: a',
                       'Connection: close', '', '';

    my $to = '127.0.0.1:' . port(1);

    my $client = "timeout 20 openssl s_client -quiet -ign_eof -$version -connect $to $how";

    return `printf '$request' | $client 2>&1`;
}

# The same with a name in the handshake ("": none), and another one as Host.

sub tls_as {
    my ($sni, $host, $name, @more) = @_;

    my $port = port(1);
    my $at = $sni || '127.0.0.1';

    open my $fh, '-|', 'curl', '-sS', '-i', '--max-time', 20, '-k', '--cert', "$dir/$name.pem",
         '--key', "$dir/$name.key", '--resolve', "*:$port:127.0.0.1", '-H', "Host: $host", @more,
         "https://$at:$port/"
        or die "curl: $!";
    my $text = do { local $/; <$fh> } // '';
    close $fh;

    return who($text);
}

sub who {
    my ($text) = @_;

    return $1 if $text =~ /^who: ([^:\s]+:\S*)/mi;

    my ($status) = $text =~ m{\AHTTP/\S+ (\d+)};
    my ($reason) = $text =~ /"reason":"(\w+)"/;

    return join ' ', grep { defined } $status // 'nothing', $reason;
}

run_gate_tests();

__DATA__

=== TEST 1: who has which certificate
--- gate
    gate_consumer pinned { mtls sha256:$TEST_NGINX_PRINT_PIN id=pin-1; }
    gate_consumer self { mtls sha256:$TEST_NGINX_PRINT_SELF; key sha256(self); }
    gate_consumer expired { mtls sha256:$TEST_NGINX_PRINT_EXPIRED; }
    gate_consumer uri { mtls san:uri:spiffe://mesh/uri; }
    gate_consumer dns { mtls san:dns:DNS.example; }
    gate_consumer mail { mtls san:email:a@b.example; }
    gate_consumer subject { mtls "subject:CN=one,O=Org\\, Inc" id=subject-1; key sha256(subject); }
    gate_consumer gone { disabled; mtls subject:CN=gone; }
    gate_consumer old { mtls subject:CN=old not_after=2020-01-31; }
    gate_consumer guest { }
    gate_service s;
    log_format who '$uri|$ssl_client_verify|$ssl_session_reused|$gate_consumer|$gate_credential_id';
    access_log $TEST_NGINX_STATE/who.log who;
    add_header Who $gate_consumer:$gate_credential_id always;
    ssl_certificate $TEST_NGINX_CERTS/server.pem;
    ssl_certificate_key $TEST_NGINX_CERTS/server.key;
    ssl_client_certificate $TEST_NGINX_CERTS/ca.pem;
    ssl_protocols TLSv1.2 TLSv1.3;

    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1 ssl http2;
        ssl_verify_client optional;
        location /mtls/ { gate_auth mtls; gate_pass http://sidecar; }
        location /any/ { gate_auth mtls key; gate_pass http://sidecar; }
        location /key-first/ { gate_auth key mtls; gate_pass http://sidecar; }
        location /all/ { gate_auth key mtls all; gate_pass http://sidecar; }
        location /guest/ { gate_auth mtls anonymous=guest; gate_pass http://sidecar; }
    }
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_2 ssl;
        ssl_verify_client optional_no_ca;
        location / { gate_auth mtls; gate_pass http://sidecar; }
    }
--- config
    location / { return 204; }
--- client
    my %is = (
        pin => 'pinned:pin-1', uri => 'uri:san:uri:spiffe://mesh/uri',
        dns => 'dns:san:dns:dns.example', mail => 'mail:san:email:a@b.example',
        subject => 'subject:subject-1', nobody => '403 unknown_consumer',
        gone => '403 disabled_consumer', old => '401 expired_credential',
    );

    is(who(scalar tls(1, $_, ['/mtls/'], '--http1.1')), $is{$_}, "the certificate $_")
        for sort keys %is;

    my $text = tls(1, '', ['/mtls/'], '--http1.1');
    is(who($text), '401 no_credential', 'none');
    unlike($text, qr/^WWW-Authenticate/mi, '... and there is no challenge for it');

    is(who(scalar tls(1, 'pin', ['/mtls/'], '--http2')), 'pinned:pin-1', 'HTTP/2');

    my $key = 'self:' . substr hash_of('self'), 0, 12;

    is(who(scalar tls(1, '', ['/any/'], '-H', 'apikey: self')), $key,
       'any: a key where there is no certificate');
    is(who(scalar tls(1, 'pin', ['/any/'], '-H', 'apikey: self')), 'pinned:pin-1',
       '... the certificate where there is one');
    is(who(scalar tls(1, 'nobody', ['/any/'], '-H', 'apikey: self')), '403 unknown_consumer',
       '... also one of nobody');
    is(who(scalar tls(1, 'nobody', ['/key-first/'], '-H', 'apikey: self')),
       $key, 'the order of the line counts');
    like(who(scalar tls(1, 'subject', ['/all/'], '-H', 'apikey: subject')), qr/^subject:/,
         'all: both of one consumer');
    is(who(scalar tls(1, 'pin', ['/all/'], '-H', 'apikey: subject')), '403 unknown_consumer',
       '... of two');
    is(who(scalar tls(1, '', ['/all/'], '-H', 'apikey: subject')), '401 no_credential',
       '... the key alone');
    is(who(scalar tls(1, '', ['/guest/'])), 'guest:', 'anonymous without one');
    is(who(scalar tls(1, 'nobody', ['/guest/'])), '403 unknown_consumer', '... but not with one');

    is(tls(1, 'self', ['/mtls/']) =~ m{\AHTTP/\S+ (\d+)} && $1, 400,
       'nginx itself refuses one of an issuer that it does not know');

    # optional_no_ca
    is(who(scalar tls(2, 'self', ['/'])), 'self:sha256:' . $ENV{TEST_NGINX_PRINT_SELF},
       'pinned by its fingerprint');
    is(who(scalar tls(2, 'fake', ['/'])), '401 bad_certificate',
       'a name in a certificate that anybody can make is nothing');
    is(who(scalar tls(2, 'pin', ['/'])), 'pinned:pin-1', 'one of the CA');
    is(who(scalar tls(2, 'uri', ['/'])), 'uri:san:uri:spiffe://mesh/uri', '... by its name, too');
    like(who(scalar tls(2, 'expired', ['/'])), qr/^40[01]/, 'an expired one is refused');

    # one connection, many requests
    my @s = tls(1, 'pin', [ ('/mtls/') x 4 ], '--http1.1');
    is("@s", '200 200 200 200', 'a connection that is kept');
    @s = tls(1, 'pin', [ ('/mtls/') x 4 ], '--http2');
    is("@s", '200 200 200 200', '... of HTTP/2');

    # a session that is resumed
    for my $version (qw(tls1_2 tls1_3)) {
        like(session($version, 'pin'), qr/^Who: pinned:pin-1/m, "$version: a session");
        like(session($version), qr/^Who: pinned:pin-1/m,
             '... that is resumed has the certificate');
        ok(wait_for(sub {
            log_text('who.log') =~ m{^/mtls/$version\|SUCCESS\|r\|pinned\|pin-1$}m
        }), '... and was resumed');
    }


=== TEST 2: certificates in Redis
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8;
    gate_consumers redis;
    gate_service s;
    add_header Who $gate_consumer:$gate_credential_id always;
    ssl_certificate $TEST_NGINX_CERTS/server.pem;
    ssl_certificate_key $TEST_NGINX_CERTS/server.key;
    ssl_client_certificate $TEST_NGINX_CERTS/ca.pem;

    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1 ssl http2;
        ssl_verify_client optional;
        location /mtls/ { gate_auth mtls; gate_pass http://sidecar; }
    }
--- config
    location / { return 204; }
--- client
    use GateRedis;

    is(who(scalar tls(1, 'dns', ['/mtls/'])), '503 consumers_unavailable', 'Redis is away');

    my $redis = GateRedis->new(dir => "$ENV{TEST_NGINX_STATE}/redis", port => port(8));
    $redis->start();

    $redis->ask(qw(HSET gate:c:{acme} groups partners));
    $redis->ask(qw(HSET gate:m:{san%3Adns%3Adns.example} owner acme credential dns-1));

    ok(wait_for(sub { who(scalar tls(1, 'dns', ['/mtls/'])) eq 'acme:dns-1' }),
       'by a name, which is not the first one');
    is(who(scalar tls(1, 'nobody', ['/mtls/'])), '403 unknown_consumer', 'by no name');

    $redis->ask('HSET', 'gate:m:{sha256%3A' . print_of('dns') . '}', qw(consumer exact));
    is(who(scalar tls(1, 'dns', ['/mtls/'])) =~ s/:.*//r, 'exact', 'the fingerprint is the first');

    $redis->stop();


=== TEST 3: servers of one address, which trust others
--- gate
    gate_consumer uri { mtls san:uri:spiffe://mesh/uri; }
    gate_consumer pinned { mtls sha256:$TEST_NGINX_PRINT_PIN; key sha256(pinned); }
    gate_service s;
    add_header Who $gate_consumer:$gate_credential_id always;
    ssl_certificate $TEST_NGINX_CERTS/server.pem;
    ssl_certificate_key $TEST_NGINX_CERTS/server.key;

    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1 ssl http2;
        server_name a.test;
        ssl_verify_client optional;
        ssl_client_certificate $TEST_NGINX_CERTS/ca.pem;
        location / { gate_auth off; gate_pass http://sidecar; }
    }
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1 ssl http2;
        server_name on.test;
        ssl_verify_client on;
        ssl_client_certificate $TEST_NGINX_CERTS/ca2.pem;
        location / { gate_auth mtls; gate_pass http://sidecar; }
    }
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1 ssl http2;
        server_name optional.test;
        ssl_verify_client optional;
        ssl_client_certificate $TEST_NGINX_CERTS/ca2.pem;
        location / { gate_auth mtls key; gate_pass http://sidecar; }
    }
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1 ssl http2;
        server_name any.test;
        ssl_verify_client optional_no_ca;
        ssl_client_certificate $TEST_NGINX_CERTS/ca2.pem;
        location / { gate_auth mtls; gate_pass http://sidecar; }
    }
--- config
    location / { return 204; }
--- client
    for my $http ('--http1.1', '--http2') {
        for my $host (qw(on.test optional.test any.test)) {
            is(tls_as($host, $host, 'uri2', $http), 'uri:san:uri:spiffe://mesh/uri',
               "$http: $host knows a certificate of its own authority");

            for my $sni ('', 'unknown.test') {
                is(tls_as($sni, $host, 'uri', $http), '401 bad_certificate',
                   '... and not one that was asked for by the first server, by the name "'
                   . $sni . '"');
            }

            is(tls_as('', $host, 'pin', $http), '401 bad_certificate',
               '... nor by its fingerprint');
            is(tls_as('a.test', $host, 'uri', $http), '421 misdirected_request',
               '... nor with the name of that one');
        }
    }

    is(tls_as('', 'optional.test', 'uri', '-H', 'apikey: pinned'), '401 bad_certificate',
       'a key does not make it good');
