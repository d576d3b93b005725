#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# X-Forwarded-Client-Cert: believed of a proxy that is listed, by the address
# of the connection, and of nobody else; no service gets it.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use MIME::Base64 qw(decode_base64);

use GateNginx qw(slurp);
use GateTest;

my ($pem, $print);

BEGIN {
    my $dir = $ENV{TEST_NGINX_STATE};
    my $said = `cd $dir && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \\
                -keyout c.key -out c.pem -subj /O=Org/CN=one -days 30 \\
                -addext subjectAltName=URI:spiffe://mesh/one,DNS:one.example 2>&1`;
    die $said if $? != 0;
    $pem = slurp("$dir/c.pem");
    my ($der) = $pem =~ /-----BEGIN CERTIFICATE-----(.*?)-----END/s;
    $ENV{TEST_NGINX_PRINT} = $print = sha256_hex(decode_base64($der));
}


sub encoded { return $pem =~ s/([^A-Za-z0-9\-._])/sprintf '%%%02X', ord $1/ger }
sub own_print { return $print }

sub who {
    my ($r) = @_;

    return join(' ', $r->seen('x-consumer-username')) || '(nobody)' if $r->{seen};

    my $p = $r->json();

    return "$r->{status} " . (ref $p eq 'HASH' ? $p->{reason} // '' : '');
}

sub xfcc {
    my ($path, $value, @more) = @_;

    return who(get($path, "X-Forwarded-Client-Cert: $value", @more));
}


run_gate_tests();

__DATA__

=== TEST 1: who is believed, and what
--- gate
    underscores_in_headers on;
    gate_consumer pinned { mtls sha256:$TEST_NGINX_PRINT; }
    gate_consumer uri { mtls san:uri:spiffe://mesh/b; }
    gate_consumer dns { mtls san:dns:b.example; key sha256(dns); }
    gate_consumer subject { mtls "subject:CN=b,O=Org\\, Inc"; }
    gate_consumer guest { }
    gate_service s;
    log_format all '$uri|$http_x_forwarded_client_cert|$gate_consumer';
    access_log $TEST_NGINX_STATE/all.log all;
--- config
    $TEST_NGINX_LISTEN_H2
    location /in/ { gate_auth mtls; gate_mtls xfcc from=127.0.0.0/8,::1; gate_pass http://sidecar; }
    location /cert/ {
        gate_auth mtls; gate_mtls xfcc from=127.0.0.1 cert; gate_pass http://sidecar;
    }
    location /others/ {
        gate_auth mtls; gate_mtls xfcc from=192.0.2.0/24; gate_pass http://sidecar;
    }
    location /off/ {
        gate_auth key anonymous=guest; gate_mtls off; gate_pass http://sidecar;
    }
    location /any/ { gate_auth mtls key; gate_mtls xfcc from=127.0.0.1; gate_pass http://sidecar; }
    location /open/ { gate_pass http://sidecar; }
    location /realip/ {
        set_real_ip_from 127.0.0.1; real_ip_header X-Real-IP;
        gate_auth mtls; gate_mtls xfcc from=127.0.0.1; gate_pass http://sidecar;
    }
    location /forged/ {
        set_real_ip_from 127.0.0.1; real_ip_header X-Real-IP;
        gate_auth mtls; gate_mtls xfcc from=192.0.2.7; gate_pass http://sidecar;
    }
--- client
    my $none = '0' x 64;

    is(xfcc('/in/', 'Hash=' . own_print()), 'pinned', 'a fingerprint');
    is(xfcc('/in/', "By=spiffe://gate;Hash=$none;URI=spiffe://mesh/b"), 'uri', 'a URI');
    is(xfcc('/in/', "Hash=$none;DNS=x;DNS=B.example"), 'dns', 'a DNS name');
    is(xfcc('/in/', 'Subject="CN=b,O=Org\, Inc";Hash=' . $none), 'subject', 'a subject');
    is(xfcc('/in/', 'Hash=' . own_print() . ';URI=spiffe://mesh/b'), 'pinned',
       'the fingerprint is the first');

    is(xfcc('/in/', "URI=spiffe://mesh/b,Hash=$none;DNS=b.example"), 'dns',
       'of several elements the last one, which the nearest proxy wrote');
    is(xfcc('/in/', 'DNS=b.example', 'X-Forwarded-Client-Cert: URI=spiffe://mesh/b'), 'uri',
       '... and of several fields');

    is(xfcc('/in/', 'Cert="' . encoded() . '"'), 'pinned', 'the certificate itself');
    is(xfcc('/in/', 'Hash=' . own_print() . ';Cert="' . encoded() . '"'), 'pinned',
       '... with its fingerprint');
    is(xfcc('/in/', "Hash=$none;Cert=\"" . encoded() . '"'), '401 bad_certificate',
       '... with another one');
    is(xfcc('/in/', 'Cert="nothing"'), '401 bad_certificate', '... that is none');
    is(xfcc('/cert/', 'Cert="' . encoded() . '"'), 'pinned', 'it can be asked for');
    is(xfcc('/cert/', 'Hash=' . own_print()), '401 bad_certificate', '... and then counts alone');

    is(xfcc('/in/', $_), '401 bad_certificate', "what is not understood: $_")
        for 'Hash', 'Hash=xyz', 'nobody', 'Hash="a', "Hash=$none;Hash=$none", 'By=x';
    is(xfcc('/in/', "Hash=$none"), '403 unknown_consumer', 'a certificate of nobody');
    is(who(get('/in/')), '401 no_credential', 'none');

    is(xfcc('/others/', 'URI=spiffe://mesh/b'), '401 no_credential', 'of a stranger it is nothing');
    is(xfcc('/off/', 'URI=spiffe://mesh/b'), 'guest', '... nor where it is off');
    is(who(get('/in/', 'X_Forwarded_Client_Cert: URI=spiffe://mesh/b')), '401 no_credential',
       'another spelling is nothing');
    is(xfcc('/any/', 'URI=spiffe://mesh/b', 'apikey: dns'), 'uri', 'any: it decides');
    is(who(get('/any/', 'apikey: dns')), 'dns', '... where it is');

    is(xfcc('/realip/', 'URI=spiffe://mesh/b', 'X-Real-IP: 192.0.2.7'), 'uri',
       'the address of the connection counts');
    is(xfcc('/forged/', 'URI=spiffe://mesh/b', 'X-Real-IP: 192.0.2.7'), '401 no_credential',
       '... not the one that realip took from a field');

    for my $path (qw(/in/ /open/ /off/ /any/)) {
        my $r = get($path, 'X-Forwarded-Client-Cert: URI=spiffe://mesh/b', 'apikey: dns');
        unlike($r->{seen}{text}, qr/client.cert/i, "no service gets it: $path");
    }

    is(h2_get('/in/', 'x-forwarded-client-cert: URI=spiffe://mesh/b')->{status}, 200, 'HTTP/2');
    unlike(log_text('all.log'), qr/spiffe/, 'no log has it');
