#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# What the sidecar is told of the client: by which host and scheme it came, as
# the server was chosen or as a load balancer says that realip trusts, through
# whom, and in which trace.

use GateTest;
use IO::Socket::UNIX;

run_gate_tests();


sub arrived {
    my ($r, $name) = @_;

    return join '|', $r->seen($name);
}


sub host {
    return arrived($_[0], 'x-forwarded-host');
}


__DATA__

=== TEST 1: X-Forwarded-Host is the host that chose the server
--- gate
    server {
        listen $TEST_NGINX_SERVER_PORT;
        server_name other;
        return 418;
    }
--- config
    $TEST_NGINX_LISTEN_H2
    server_name main localhost unknown [::1] "";
    gate_service s;
    location / { gate_pass http://sidecar; }
    location /own { proxy_set_header X-Mine $gate_forwarded_host; proxy_pass http://sidecar; }
--- client
    sub by {
        my ($target, @hosts) = @_;

        return raw("GET $target HTTP/1.1\r\n"
                   . join('', map { "Host: $_\r\n" } @hosts)
                   . "Connection: close\r\n\r\n");
    }

    is(host(by('/x', 'main')), 'main', 'the field');
    is(host(by('/x', 'MAIN:8080')), 'MAIN:8080', '... with its port');
    is(host(by('/x', 'main:')), 'main', '... with an empty one');
    is(host(by('http://main/x', 'evil')), 'main', 'an absolute target');
    is(host(by('http://main:8443/x', 'evil:1')), 'main:8443', '... with a port');
    is(host(by('HTTP://Main/x', 'evil')), 'Main', '... in capitals');
    is(host(by('http://main', 'evil')), 'main', '... without a path');
    is(host(by('http://main:81', 'evil')), 'main:81', '... without, with a port');
    is(host(by('http://main?x=:9', 'evil')), 'main', '... with a query alone');
    is(host(by('http://main:81?x', 'evil')), 'main:81', '... and a port');
    is(host(by('http://main:/x', 'evil')), 'main', '... with an empty port');
    is(host(by('http://main/x', 'other')), 'main',
       'the field chooses no server then');
    is(by('http://other/x', 'main')->{status}, 418, '... the target does');
    is(host(by('http://unknown/x', 'main')), 'unknown', 'an unknown name');
    is(host(by('http://[::1]:80/x', 'main')), '[::1]:80', 'an IPv6 address');
    is(arrived(by('http://main:82/own', 'evil'), 'x-mine'), 'main:82',
       '$gate_forwarded_host');
    is(arrived(by('http://main/x', 'evil'), 'host'), 's', 'Host is ours');

    is(host(raw("GET /x HTTP/1.0\r\n\r\n")), '', 'HTTP/1.0 without a host');
    is(host(raw("GET http://main/x HTTP/1.0\r\n\r\n")), 'main',
       'HTTP/1.0 with an absolute target');

    is(host(h2_get('/x')), "127.0.0.1:$h2_port", ':authority');
    unlike(host(h2_get('/x', 'Host: main:99')), qr/evil/, '... from Host');


=== TEST 2: what is no name of a host is not told as one
--- gate
    gate_zone gate 1m;
--- config
    $TEST_NGINX_LISTEN_H2
    server_name *.example;
    gate_service s;
    location / { gate_pass http://sidecar; }
--- client
    my $by = sub { raw("GET $_[0] HTTP/1.1\r\nHost: $_[1]\r\nConnection: close\r\n\r\n") };

    is(host($by->('/', 'a-b.c_d.example:8443')), 'a-b.c_d.example:8443', 'a name');

    for my $host (map { ("evil.test$_", "evil.test${_}a.example") } ',', ';', '#', '?', '@', '"',
                  '&', '%2f', '(', "\xe4")
    {
        is(host($by->('/', $host)), '', "no host: $host");
    }

    is(host($by->('/', 'a' x 250 . '.example')), '', 'nor is one of more than 255 bytes');
    is(host($by->('/', 'a.example:80a')), '', '... nor one with such a port');
    is($by->('http://evil.test@a.example/', 'a.example')->{status}, 400, '... nor one with a user');
    is(host(h2_get('/', 'Host: evil.test,a.example')), '', '... by HTTP/2');


=== TEST 3: a load balancer that realip trusts says scheme and host
--- gate
    gate_consumer acme { key sha256(secret); }
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1;
        set_real_ip_from 127.0.0.0/8;
        real_ip_header X-Forwarded-For;
        gate_service s;
        location / { gate_pass http://sidecar; }
        location /own {
            proxy_set_header X-Mine "$gate_forwarded_proto $gate_forwarded_host";
            proxy_pass http://sidecar;
        }
        location /else { set_real_ip_from 10.0.0.0/8; gate_pass http://sidecar; }
    }
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_2;
        set_real_ip_from 10.0.0.0/8;
        real_ip_header X-Forwarded-For;
        gate_service s;
        location / { gate_pass http://sidecar; }
        location /loc { set_real_ip_from 127.0.0.1; gate_pass http://sidecar; }
    }
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_3;
        gate_service s;
        location / { gate_pass http://sidecar; }
    }
    server {
        listen unix:$TEST_NGINX_STATE/trust.sock;
        set_real_ip_from unix:;
        gate_service s;
        location / { gate_pass http://sidecar; }
    }
--- client
    my $via = sub {
        my ($n, $path, @fields) = @_;

        my $c = client(port($n));

        $c->write(request('GET', $path, undef, 'Host: inner', @fields));

        my $r = $c->read('GET');
        return arrived($r, 'x-forwarded-proto') . ' ' . host($r);
    };

    my @both = ('X-Forwarded-Proto: https', 'X-Forwarded-Host: api.example:8443');

    is($via->(1, '/', @both), 'https api.example:8443', 'trusted');
    is($via->(1, '/', @both, 'X-Forwarded-For: 203.0.113.9'),
       'https api.example:8443', '... with an address');
    is($via->(1, '/', @both, 'X-Forwarded-For: 127.0.0.1'),
       'https api.example:8443', '... that is its own');
    is($via->(1, '/', 'X-Forwarded-Proto: HTTPS'), 'https inner', 'in capitals');
    is($via->(1, '/', 'X-Forwarded-Proto: http', $both[1]),
       'http api.example:8443', 'one of them');
    is($via->(1, '/'), 'http inner', 'none');
    is($via->(1, '/else', @both), 'http inner', 'not where a location trusts another');
    is($via->(2, '/', @both), 'http inner', 'not of another peer');
    is($via->(2, '/', @both, 'X-Forwarded-For: 10.0.0.1'), 'http inner',
       '... whatever he says of himself');
    is($via->(2, '/loc', @both), 'https api.example:8443', 'a location trusts it');
    is($via->(3, '/', @both), 'http inner', 'not without realip');

    for my $proto ('ftp', 'https;x', 'https x', '', 'httpss', 'javascript') {
        is($via->(1, '/', "X-Forwarded-Proto: $proto"), 'http inner',
           "no scheme: \"$proto\"");
    }

    for my $host ('a b', 'a/b', '', 'a@b', '"a"', 'a;b', 'a\\b', '<x>', 'a?b',
                  'a#b', "a\tb", 'a:b', 'a:', ':80', 'a:123456', 'x' x 300)
    {
        is($via->(1, '/', "X-Forwarded-Host: $host"), 'http inner',
           'no host: "' . substr($host, 0, 20) . '"');
    }

    is($via->(1, '/', 'X-Forwarded-Host: [2001:db8::1]:443'),
       'http [2001:db8::1]:443', 'an IPv6 address of a trusted field');

    # what it has itself added stands last

    is($via->(1, '/', 'X-Forwarded-Proto: http, https',
              'X-Forwarded-Host: evil, api.example'), 'https api.example',
       'the last of a list');
    is($via->(1, '/', 'X-Forwarded-Proto: http', 'X-Forwarded-Proto: https',
              'X-Forwarded-Host: evil', 'X-Forwarded-Host: api.example'),
       'https api.example', '... of several fields');
    is($via->(1, '/', 'X-Forwarded-Proto: https,'), 'http inner',
       '... and nothing if that is empty');
    is($via->(1, '/', 'X_Forwarded_Proto: https', 'X-Forwarded_Host: evil'),
       'http inner', 'only by their right names');

    # a load balancer of the same machine

    my $unix = sub {
        my $s = IO::Socket::UNIX->new("$ENV{TEST_NGINX_STATE}/trust.sock")
            or die "trust.sock: $!";

        print $s request('GET', '/', undef, 'Host: inner',
                         'Connection: close', @_);
        local $/;
        return scalar <$s>;
    };

    for my $text ($unix->(@both), $unix->(@both, 'X-Real-IP: 203.0.113.9')) {
        like($text, qr/^X-Forwarded-Proto: https\r?$/m, 'a unix socket');
        like($text, qr/^X-Forwarded-Host: api\.example:8443\r?$/m, '... its host');
    }

    my $c = client(port(1));
    $c->write(request('GET', '/own', undef, 'Host: inner', @both));
    is(arrived($c->read('GET'), 'x-mine'), 'https api.example:8443',
       'the variables');



=== TEST 4: scheme and host can be said by the configuration
--- gate
    gate_consumer acme { key sha256(secret); }
    map $arg_h $named { default $arg_h; none ""; }
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1;
        set_real_ip_from 127.0.0.0/8;
        gate_forwarded replace proto=https host=$named;
        gate_service s;
        location / { gate_pass http://sidecar; }
    }
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_2;
        set_real_ip_from 127.0.0.0/8;
        real_ip_header X-Forwarded-For;
        gate_forwarded append host=api.example proto=$arg_p;
        gate_service s;
        location / { gate_pass http://sidecar; }
    }
--- client
    my $via = sub {
        my ($n, $path, @fields) = @_;

        my $c = client(port($n));

        $c->write(request('GET', $path, undef, 'Host: inner', @fields));

        my $r = $c->read('GET');
        return arrived($r, 'x-forwarded-proto') . ' ' . host($r) . ' '
               . arrived($r, 'x-forwarded-for');
    };

    is($via->(1, '/?h=set.example'), 'https set.example 127.0.0.1', 'both');
    is($via->(1, '/?h=set.example', 'X-Forwarded-Host: lb', 'X-Forwarded-Proto: http'),
       'https set.example 127.0.0.1', '... also where a load balancer says it');
    is($via->(1, '/'), 'https inner 127.0.0.1', 'empty is as if it was not there');
    is($via->(1, '/?h=a%20b'), 'https inner 127.0.0.1', 'what is no host is not sent');
    is($via->(2, '/?p=HTTPS', 'X-Forwarded-For: 203.0.113.9'),
       'https api.example 203.0.113.9, 127.0.0.1', 'beside append');
    is($via->(2, '/?p=ftp'), 'http api.example 127.0.0.1', 'what is no scheme is not sent');


=== TEST 5: only the trusted part of one chain is appended to
--- gate
    gate_consumer acme { key sha256(secret); }
    gate_service s;
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1;
        set_real_ip_from 10.0.0.0/8;
        real_ip_header X-Forwarded-For;
        gate_forwarded append;
        location / { gate_pass http://sidecar; }
    }
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_2;
        set_real_ip_from 127.0.0.1;
        real_ip_header X-Forwarded-For;
        gate_forwarded append;
        location / { gate_pass http://sidecar; }
    }
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_3;
        gate_forwarded append;
        location / { gate_pass http://sidecar; }
    }
--- client
    my $via = sub {
        my $n = shift;
        my $c = client(port($n));

        $c->write(request('GET', '/', undef, map { "X-Forwarded-For: $_" } @_));
        return arrived($c->read('GET'), 'x-forwarded-for');
    };

    # the peer's own address in the chain does not make it trusted

    for my $n (1, 3) {
        is($via->($n, '6.6.6.6, 127.0.0.1'), '127.0.0.1', 'an untrusted peer that names itself');
        is($via->($n, '127.0.0.1'), '127.0.0.1', '... and nothing else');
        is($via->($n, '127.0.0.1, 6.6.6.6'), '127.0.0.1', '... first');
    }

    is($via->(2, '6.6.6.6, 203.0.113.9'), '203.0.113.9, 127.0.0.1', 'a trusted one');

    for my $two ([ '203.0.113.9', '203.0.113.9' ],
                 [ '6.6.6.6, 203.0.113.9', '203.0.113.9' ],
                 [ '203.0.113.9', '6.6.6.6, 203.0.113.9' ])
    {
        is($via->(2, @$two), '203.0.113.9', "two fields are no chain: @$two");
    }


=== TEST 5: several tracestate fields are one
--- gate
    gate_consumer acme { key sha256(secret); }
--- config
    gate_service s;
    location / { gate_pass http://sidecar; }
    location /own { proxy_set_header tracestate $gate_tracestate; proxy_pass http://sidecar; }
--- client
    my $parent = 'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

    my $sent = sub {
        return arrived(get('/', $parent, map { "tracestate: $_" } @_), 'tracestate');
    };

    my $many = sub { return map { "k$_=v$_" } 1 .. $_[0] };

    is($sent->('a=1'), 'a=1', 'one');
    is($sent->('a=1', 'b=2'), 'a=1,b=2', 'two');
    is($sent->('b=2,c=3', 'a=1', 'z=9'), 'b=2,c=3,a=1,z=9', 'in their order');
    is($sent->('a=1', '', 'b=2'), 'a=1,b=2', 'an empty field is none');
    is($sent->(''), '', '... and alone is not sent');
    is($sent->(' , ,'), '', '... nor a list of nothing');
    is($sent->('a=1 ,  b=2'), 'a=1 ,  b=2', 'spaces stay in one field');
    is($sent->('foo@bar=1', 'a-_*/1=x y!"'), 'foo@bar=1,a-_*/1=x y!"', 'all that may stand there');
    is($sent->(join ',', $many->(32)), join(',', $many->(32)), '32 members');
    is($sent->($many->(32)), join(',', $many->(32)), '... in 32 fields');
    is($sent->(join ',', $many->(33)), '', '33 members are dropped');
    is($sent->(join(',', $many->(32)), 'x=1'), '', '... in two fields');

    is($sent->('a=1;b:c'), 'a=1;b:c', 'a value of punctuation');

    for my $bad ('a', 'a=', '=1', 'A=1', 'a=1=2', 'a =1', 'a@b@c=1', '@a=1',
                 'a@=1', 'a=1,b', 'a.b=1', ('a' x 257) . '=1',
                 'a=' . ('x' x 257), "a=\xc3\xa9", 'a=1,B=2',
                 ('a' x 242) . '@b=1', 'a@' . ('b' x 15) . '=1')
    {
        my $name = substr($bad, 0, 20);

        is($sent->($bad), '', "malformed: $name");
        is($sent->('z=1', $bad), '', '... drops the others, too');
    }

    is(arrived(get('/', 'tracestate: a=1', 'tracestate: b=2'), 'tracestate'), '',
       'without a parent none is sent');
    is(arrived(get('/', $parent, $parent, 'tracestate: a=1'), 'tracestate'), '',
       'nor with two');
    is(arrived(get('/own', $parent, 'tracestate: a=1', 'tracestate: b=2'), 'tracestate'),
       'a=1,b=2', '$gate_tracestate');


=== TEST 6: a load balancer of connections says nothing in fields
--- gate
    gate_consumer acme { key sha256(secret); }
    set_real_ip_from 127.0.0.1;
    gate_forwarded append;
    gate_trace trusted;
    gate_service s;
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1 proxy_protocol;
        real_ip_header proxy_protocol;
        location / { gate_pass http://sidecar; }
        location /http { real_ip_header X-Forwarded-For; gate_pass http://sidecar; }
    }
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_2 proxy_protocol;
        real_ip_header X-Forwarded-For;
        location / { gate_pass http://sidecar; }
        location /conn { real_ip_header proxy_protocol; gate_pass http://sidecar; }
    }
--- client
    my $trace = '0af7651916cd43dd8448eb211c80319c';

    my $via = sub {
        my ($n, $path) = @_;

        my $c = client(port($n));

        $c->write("PROXY TCP4 203.0.113.9 127.0.0.1 1111 80\r\n"
                  . request('GET', $path, undef, 'Host: inner',
                            'X-Forwarded-Proto: https', 'X-Forwarded-Host: forged',
                            'X-Forwarded-For: 6.6.6.6, 203.0.113.9, 10.6.6.6',
                            "traceparent: 00-$trace-b7ad6b7169203331-01"));

        my $r = $c->read('GET');
        my $traced = arrived($r, 'traceparent') =~ /$trace/ ? 'its' : 'own';

        return join ' ', arrived($r, 'x-forwarded-proto'), host($r), $traced,
                         arrived($r, 'x-forwarded-for');
    };

    is($via->(1, '/'), 'http inner own 203.0.113.9', 'scheme, host, trace and chain');
    is($via->(2, '/conn'), 'http inner own 10.6.6.6', '... by its location');
    is($via->(2, '/'), 'https forged its 10.6.6.6, 127.0.0.1', 'one of requests does');
    is($via->(1, '/http'), 'https forged its 203.0.113.9, 10.6.6.6, 127.0.0.1',
       '... by its location and a trusted peer');


=== TEST 7: the lane of a stranger is that of his address
--- gate
    gate_consumer acme { key sha256(secret); }
    gate_consumer guest { }
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1;
        set_real_ip_from 127.0.0.1;
        gate_service s;
        location / { gate_pass http://sidecar; }
        location /guest/ { gate_auth key anonymous=guest; gate_pass http://sidecar; }
    }
--- client
    my $lane = sub {
        my ($path, @fields) = @_;

        my $c = client(port(1));

        $c->write(request('GET', $path, undef, @fields));
        return arrived($c->read('GET'), 'x-lane-hash');
    };

    my ($one, $two) = map { "X-Real-IP: 203.0.113.$_" } 1, 2;

    isnt($lane->('/', $one), $lane->('/', $two), 'of nobody');
    isnt($lane->('/guest/', $one), $lane->('/guest/', $two), 'of the anonymous consumer');
    is($lane->('/guest/', $one), $lane->('/', $one), '... as of nobody');
    is($lane->('/guest/', $one, 'apikey: secret'), $lane->('/guest/', $two, 'apikey: secret'),
       'a consumer has one of his own');
