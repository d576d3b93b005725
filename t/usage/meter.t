# Copyright (C) 2026 Meshgate contributors
#
# gate_meter: how a request ends and that it is billed once, whatever way it
# took through nginx.  What is with the file and the workers is in
# t/usage/journal.t.

use strict;
use warnings;

use lib 't/lib';
use GateBill;
use GateTest;

use Time::HiRes qw(sleep);

bills(gate => "gate_plan tiny { rate 1r/m; }\n"
               . "gate_consumer tiny { plan tiny; key sha256(tiny); }\n",
      config => "add_header X-Usage \$gate_usage_id always;\n"
                . "add_header X-Units \$gate_units always;\n");


{
    my $dir = $ENV{TEST_NGINX_STATE};

    system("openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=a -days 2"
           . " -keyout $dir/key.pem -out $dir/cert.pem 2>$dir/openssl") == 0
        or die 'openssl';
}

run_gate_tests();

__DATA__

=== TEST 1: served is what the service answered, whatever it said
--- config
    location / { gate_pass http://sidecar; }
--- client
    is(end_of('/'), '1 opened, 1 served', 'a 200');
    is($r->{status}, 200, '... with the answer of the service');
    is(end_of("/status=$_"), '1 opened, 1 served', "a $_ of the service")
        for 201, 204, 301, 304, 400, 401, 404, 429, 500, 501, 502, 503, 504;
    is($r->{status}, 504, '... that came as it was');
    is(end_of('/chunked'), '1 opened, 1 served', 'chunked');
    is(end_of('/big=3000000'), '1 opened, 1 served', 'large');
    is(end_of('/last'), '1 opened, 1 served', 'with the connection closed');
    is(end_of('/sse=3'), '1 opened, 1 served', 'a stream of events');
    is(billed(sub { ask('POST', '/', 'x' x 100_000, $secret) }),
       '1 opened, 1 served', 'a POST');


=== TEST 2: methods and versions
--- config
    location / { gate_pass http://sidecar; }
    $TEST_NGINX_LISTEN_H2
--- client
    is(billed(sub { $r = ask('HEAD', '/', undef, $secret) }),
       '1 opened, 1 served', 'HEAD');
    is($r->{status}, 200, '... with its 200');
    is(billed(sub { ask('HEAD', '/status=404', undef, $secret) }),
       '1 opened, 1 served', 'HEAD of what is not there');
    is(billed(sub { ask('OPTIONS', '/', undef, $secret) }),
       '1 opened, 1 served', 'OPTIONS');
    is(billed(sub { raw("GET / HTTP/1.0\r\n$secret\r\n\r\n") }),
       '1 opened, 1 served', 'HTTP/1.0');

    is(billed(sub { $r = h2_get('/', $secret) }), '1 opened, 1 served',
       'HTTP/2');
    is($r->{status}, 200, '... with a 200 that came');
    is(billed(sub { h2_get('/big=300000', $secret) }), '1 opened, 1 served',
       'a large answer over HTTP/2');
    is(billed(sub { h2_get('/cut=10', $secret) }), '1 opened, 1 aborted',
       'a cut answer over HTTP/2');
    is(billed(sub {
        system('curl', '-s', '--http2-prior-knowledge', '--max-time', 3, '-H',
               $secret, "http://127.0.0.1:$h2_port/sleep=60");
    }), '1 opened, 1 aborted', 'left over HTTP/2');
    is(billed(sub { h2_get('/close', $secret) }),
       '1 opened, 1 refused_upstream', 'no answer over HTTP/2');


=== TEST 3: one connection, many requests
--- config
    location / { gate_pass http://sidecar; }
--- client
    my $one = "GET /id=PIPE HTTP/1.1\r\nHost: a\r\n$secret\r\n\r\n";

    is(billed(sub {
        my $c = client();
        $c->write($one), $c->read() for 1 .. 20;
    }), '20 opened, 20 served', 'kept alive');

    is(billed(sub {
        my $c = client();
        $c->write($one x 20);
        $c->read() for 1 .. 20;
    }), '20 opened, 20 served', 'pipelined');

    is(billed(sub {
        my $c = client();
        $c->write($one x 3 . "GET / HTTP/1.1\r\nHost: a\r\n\r\n" . $one x 3);
        $c->read() for 1 .. 7;
    }), '6 opened, 6 served', 'pipelined, one of them without a key');

    is($backend->executed('PIPE'), 46, 'each was executed once');


=== TEST 4: an upgraded connection
--- config
    location / { gate_pass http://sidecar; }
--- client
    my $up = "GET /chat HTTP/1.1\r\nHost: a\r\n$secret\r\n"
             . "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

    is(billed(sub {
        my $c = client();

        $c->write($up);
        is($c->read()->{status}, 101, 'it is upgraded');
        is(journal()->{open}, 1, '... and open as long as it lasts');
        $c->write('ping');
        $c->more();
        is($c->{in}, 'ping', '... and says what it hears');
        $c->close();
    }), '1 opened, 1 served', 'upgraded, ended by the client');

    cmp_ok($bytes_out, '>', 4, '... with what was said');


=== TEST 4a: bytes of an upgraded connection are billed both ways
--- gate
    ssl_certificate $TEST_NGINX_STATE/cert.pem;
    ssl_certificate_key $TEST_NGINX_STATE/key.pem;
--- config
    listen 127.0.0.1:$TEST_NGINX_PORT_2 ssl;
    location / { gate_pass http://sidecar; proxy_read_timeout 500ms; }
    location /few { gate_pass http://sidecar; gate_meter requests; }
--- client
    my $head = sub {
        "GET $_[0] HTTP/1.1\r\nHost: a\r\n$secret\r\n"
        . "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    };
    my $up = $head->('/chat');
    my $text = 'x' x 500_000;

    is(billed(sub {
        my $c = client();

        $c->write($up);
        my $r = $c->read();

        for my $part (1 .. 50) {
            $c->write(substr($text, ($part - 1) * 10_000, 10_000));
            $c->more() while length $c->{in} < $part * 10_000;
        }

        is(length $c->{in}, 500_000, 'all of it came back');
        $c->close();
    }), '1 opened, 1 served', 'upgraded');
    is($bytes_in, length($up) + 500_000, 'bytes in: header and messages');
    cmp_ok($bytes_out, '>=', 500_000, 'bytes out, too');
    cmp_ok($bytes_out, '<', 501_000, '... and no more');

    is(billed(sub {
        my $c = client();

        $c->write($up . substr($text, 0, 700));
        $c->read();
        $c->more() while length $c->{in} < 700;
        $c->write(substr($text, 0, 300));
        $c->more() while length $c->{in} < 1000;
        sleep 0.7;
    }), '1 opened, 1 served', 'with messages right behind the header');
    is($bytes_in, length($up) + 1000, '... which are counted, too');

    is(billed(sub {
        my $c = client();

        $c->write($head->('/few') . 'abc');
        $c->read();
        1 while length $c->{in} < 3 && $c->more();
        $c->close();
    }), '1 opened, 1 served', 'without "bytes"');
    is($bytes_in, 0, '... none are counted');

    is(billed(sub {
        open(my $tls, '|-', 'openssl s_client -quiet -connect 127.0.0.1:'
             . port(2) . ' >/dev/null 2>&1') or die $!;
        $tls->autoflush(1);
        print $tls $up;
        sleep 0.3;
        print $tls $text;
        wait_for(sub { journal()->{open} == 0 });
        close($tls);
    }), '1 opened, 1 served', 'the same over TLS');
    is($bytes_in, length($up) + 500_000, '... is counted as it was said');

    $up = "POST /chat HTTP/1.1\r\nHost: a\r\n$secret\r\n"
          . "Content-Length: 100000\r\n\r\n";
    is(billed(sub { raw($up . 'x' x 100_000) }), '1 opened, 1 served',
       'a body is counted once');
    is($bytes_in, length($up) + 100_000, '... as it was');


=== TEST 5: refused upstream is what no service answered
--- config
    location / { gate_pass http://sidecar; }
    location /dead { gate_pass http://dead; }
    location /late { gate_pass http://sidecar; proxy_read_timeout 200ms; }
    location /full { gate_pass http://sidecar; client_max_body_size 10; }
--- client
    is(end_of('/dead'), '1 opened, 1 refused_upstream', 'nobody there');
    is($r->{status}, 502, '... is a 502');
    is(end_of('/late/sleep=1'), '1 opened, 1 refused_upstream', 'too late');
    is($r->{status}, 504, '... is a 504');
    is(end_of('/close'), '1 opened, 1 refused_upstream', 'no answer');
    is($r->{status}, 502, '... is a 502 of the gateway');
    is(end_of("/envoy=0/status=$_"), '1 opened, 1 served',
       "a $_ that Envoy had no part in") for 500, 502, 503, 504;
    is(end_of('/head=server:envoy/envoy=0/status=404'),
       '1 opened, 1 refused_upstream', "a 404 of the sidecar's own");
    is(billed(sub { ask('HEAD', '/dead', undef, $secret) }),
       '1 opened, 1 refused_upstream', 'HEAD of nobody');
    is(billed(sub {
        ask('POST', '/full', "14\r\n" . 'x' x 20 . "\r\n0\r\n\r\n", $secret,
            'Transfer-Encoding: chunked')
    }), '1 opened, 1 refused_upstream', 'a chunked body too large');


=== TEST 6: aborted is what a client did not wait for, or did not get whole
--- config
    location / { gate_pass http://sidecar; }
    location /ignore { gate_pass http://sidecar; proxy_ignore_client_abort on; }
    location /slow { gate_pass http://sidecar; client_body_timeout 300ms; }
--- client
    my $get = sub { "GET $_[0] HTTP/1.1\r\nHost: a\r\n$secret\r\n\r\n" };
    my $wait = sub { wait_for(sub { journal()->{open} == 1 }) };

    for my $how ([], [ 1, 0 ]) {
        my $what = @$how ? ' with a reset' : '';
        my $leave = sub {
            my ($c) = @_;
            setsockopt($c->{s}, Socket::SOL_SOCKET(), Socket::SO_LINGER(),
                       pack('ii', @$how)) if @$how;
            $c->close();
        };

        is(billed(sub {
            my $c = client();
            $c->write($get->('/sleep=1'));
            $wait->();
            $leave->($c);
        }), '1 opened, 1 aborted', "left before the answer$what");

        is(billed(sub {
            my $c = client();
            $c->write($get->('/big=30000000'));
            $c->more();
            $leave->($c);
        }), '1 opened, 1 aborted', "left during the answer$what");

        is(billed(sub {
            my $c = client();
            $c->write($get->('/sse=1000'));
            $c->more();
            $leave->($c);
        }), '1 opened, 1 aborted', "left a stream of events$what");

        is(billed(sub {
            my $c = client();
            $c->write("POST / HTTP/1.1\r\nHost: a\r\n$secret\r\n"
                      . "Content-Length: 1000\r\n\r\nhalf");
            $wait->();
            $leave->($c);
        }), '1 opened, 1 aborted', "left in the midst of the body$what");
    }

    is(billed(sub {
        my $c = client();
        $c->write("POST /slow HTTP/1.1\r\nHost: a\r\n$secret\r\n"
                  . "Content-Length: 1000\r\n\r\nhalf");
        $c->rest();
    }), '1 opened, 1 aborted', 'a body that does not come');

    is(end_of('/cut=10'), '1 opened, 1 aborted', 'cut by the service');
    ok($r->{cut}, '... and seen so');
    is(end_of('/chunked/cut=10'), '1 opened, 1 aborted',
       'cut by the service in a chunk');
    is(end_of('/big=100000/cut=70000'), '1 opened, 1 aborted', 'cut late');


=== TEST 7: what is measured
--- config
    location / { gate_pass http://sidecar; access_log $TEST_NGINX_STATE/m.log m; }
    $TEST_NGINX_LISTEN_H2
    location /few { gate_pass http://sidecar; gate_meter requests; }
--- http_config
    log_format m "$request_length $bytes_sent $gate_usage_id";
--- client
    is(billed(sub {
        my $c = client();

        for my $i (1 .. 5) {
            $c->write("POST /sleep=0.1/big=" . $i * 1000 . " HTTP/1.1\r\n"
                      . "Host: a\r\n$secret\r\nContent-Length: 10\r\n\r\n"
                      . '0123456789');
            $c->read();
        }

        h2_get('/big=5000', $secret);
    }), '6 opened, 6 served', 'five requests, and one over HTTP/2');

    my ($in, $out) = (0, 0);

    wait_for(sub { 6 == (() = log_text('m.log') =~ /\n/g) });

    for (split /\n/, log_text('m.log')) {
        my @f = split;
        $in += $f[0];
        $out += $f[1];
    }

    is($bytes_in, $in, 'bytes that came are those of $request_length');
    is($bytes_out, $out, 'bytes that went are those of $bytes_sent');
    cmp_ok($out, '>', 20000, '... and not few');
    cmp_ok($duration, '>=', 480, 'the duration has at least what was slept');

    is(end_of('/few'), '1 opened, 1 served', 'without "bytes"');
    is("$bytes_in $bytes_out", '0 0', '... so that nothing is counted');


=== TEST 8: one debit on any way through nginx
--- config
    location / { gate_pass http://sidecar; }

    location /page { gate_pass http://dead; error_page 502 /sorry.html; }
    location /good { gate_pass http://dead; error_page 502 =200 /sorry.html; }
    location /other { gate_pass http://dead; error_page 502 = @other; }
    location @other { gate_pass http://sidecar; }
    location /again { gate_pass http://dead; error_page 502 = /id=AGAIN; }
    location /caught/ {
        gate_pass http://sidecar;
        proxy_intercept_errors on;
        error_page 500 /sorry.html;
        error_page 404 = @other;
    }

    location /try { try_files /none /none2 @other; }
    location /tried { try_files /none /id=TRIED; }
    location /rewritten { rewrite ^ /id=REWRITTEN last; }
    location /accel { gate_accel on; gate_pass http://sidecar; }

    location = /asked { gate_pass http://sidecar; }
    location /asks { auth_request /asked; gate_pass http://sidecar; }
    location = /mirrored { internal; gate_pass http://sidecar; }
    location /mirrors { mirror /mirrored; gate_pass http://sidecar; }
    location /added {
        gate_pass http://sidecar;
        add_before_body /id=BEFORE;
        add_after_body /id=AFTER;
        addition_types *;
    }
    location /afterwards { gate_pass http://sidecar; post_action /id=POST; }
--- client
    is(end_of('/page'), '1 opened, 1 refused_upstream', 'a page for a 502');
    is($r->{body}, 'sorry', '... whose text came');
    is(end_of('/good'), '1 opened, 1 refused_upstream', '... as a 200');
    is($r->{status}, 200, '... whose status came');
    is(end_of('/other'), '1 opened, 1 served', 'another service for a 502');
    is($r->{status}, 200, '... that answered');
    is(end_of('/again'), '1 opened, 1 served', 'another location for a 502');
    is($backend->executed('AGAIN'), 1, '... that was asked once');
    is(end_of('/caught/status=500'), '1 opened, 1 served', 'a page for a 500');
    is($r->{body}, 'sorry', '... whose text came, too');
    is(end_of('/caught/status=404'), '1 opened, 1 served',
       'another service for a 404');

    is(end_of('/try'), '1 opened, 1 served', 'try_files, a named location');
    is(end_of('/tried'), '1 opened, 1 served', 'try_files, a location');
    is($backend->executed('TRIED'), 1, '... that try_files asked once');
    is(end_of('/rewritten'), '1 opened, 1 served', 'rewrite');
    is($backend->executed('REWRITTEN'), 1, '... that was rewritten and asked once');
    is(end_of('/accel?head=X-Accel-Redirect:%2Fid=ACCEL'),
       '1 opened, 1 served', 'X-Accel-Redirect');
    is($backend->executed('ACCEL'), 1, '... that the service chose and was asked once');
    is(end_of('/accel?head=X-Accel-Redirect:%2Fsorry.html'),
       '1 opened, 1 served', 'X-Accel-Redirect to a page');

    is(end_of('/asks'), '1 opened, 1 served', 'auth_request');
    is($r->{status}, 200, '... that let it pass');
    is(end_of('/mirrors'), '1 opened, 1 served', 'mirror');
    is(end_of('/added'), '1 opened, 1 served', 'subrequests around it');
    is($backend->executed('BEFORE') . $backend->executed('AFTER'), '11',
       '... that were made');
    is(end_of('/afterwards'), '1 opened, 1 served', 'post_action');
    is($backend->executed('POST'), 1, '... that was made');


=== TEST 9: nobody is billed for a refusal
--- config
    location / { gate_pass http://sidecar; }
    location /deny { gate_allow methods=POST; gate_pass http://sidecar; }
    location /limited { gate_limit plan; gate_pass http://sidecar; }
    location /denied { deny all; gate_pass http://sidecar; }
    location /away { return 302 /; }
    location /large { gate_pass http://sidecar; client_max_body_size 10; }
    location /off { gate_meter off; gate_pass http://sidecar; }
    location /asks { auth_request /no; gate_pass http://sidecar; }
    location = /no { internal; return 403; }
    location /handled {
        error_page 401 403 /id=HANDLED;
        gate_allow methods=POST;
        gate_pass http://sidecar;
    }
--- client
    my $none = sub {
        my ($status, $name, @ask) = @_;

        is(billed(sub { $r = ask(@ask) }), '0 opened', $name);
        is($r->{status}, $status, "... that is a $status");
        is($r->field('x-usage') // 'none', 'none', '... and has no usage id');
    };

    $none->(401, 'no key', 'GET', '/', undef);
    $none->(401, 'a wrong key', 'GET', '/', undef, 'apikey: wrong');
    $none->(403, 'another method', 'GET', '/deny', undef, $secret);
    $none->(400, 'a bad path', 'GET', '/a%2fb', undef, $secret);
    $none->(403, "nginx's own access control", 'GET', '/denied', undef,
            $secret);
    $none->(302, 'a return', 'GET', '/away', undef, $secret);
    $none->(413, 'a body too large', 'POST', '/large', 'x' x 20, $secret);
    $none->(403, 'auth_request', 'GET', '/asks', undef, $secret);
    $none->(200, 'gate_meter off', 'GET', '/off', undef, $secret);
    $none->(401, 'an error page that would ask', 'GET', '/handled', undef);
    $none->(403, '... with a key', 'GET', '/handled', undef, $secret);
    is($backend->executed('HANDLED'), 0, '... but did not');

    is(billed(sub { get('/limited', 'apikey: tiny') for 1 .. 5 }),
       '1 opened, 1 served', 'one within the limit, four over it');


=== TEST 10: usage ids
--- config
    location / { gate_pass http://sidecar; }
    location /dead { gate_pass http://dead; }
--- client
    my %seen;

    end_of('/');
    like($r->field('x-usage'), qr/^n1-[0-9a-f]{16}-[0-9a-f]+$/,
         'node, epoch, number');
    is((split /-/, $r->field('x-usage'))[1], journal()->{epoch},
       '... the epoch being that of the journal');
    is($r->field('x-units'), '1', 'one unit');

    end_of('/dead');
    like($r->field('x-usage') // '', qr/^n1-/, 'also when nobody answered');

    for (1 .. 50) {
        my $c = client();

        for (1 .. 4) {
            $c->write("GET / HTTP/1.1\r\nHost: a\r\n$secret\r\n\r\n");
            $seen{ $c->read()->field('x-usage') }++;
        }
    }

    is(keys %seen, 200, 'no two requests have the same');


=== TEST 11: what nginx serves itself
--- gate
    proxy_cache_path $TEST_NGINX_STATE/cache keys_zone=c:1m;
--- config
    location / { root $TEST_NGINX_STATE; }
    location /cached {
        gate_pass http://sidecar;
        proxy_cache c;
        proxy_cache_valid 200 1m;
        proxy_cache_key $uri;
        add_header X-Cache $upstream_cache_status;
    }
    location /stale {
        gate_pass http://sidecar;
        proxy_cache c;
        proxy_cache_valid 200 1s;
        proxy_cache_key $uri;
        proxy_cache_use_stale error timeout updating http_503;
        add_header X-Cache $upstream_cache_status;
    }
--- client
    open(my $fh, '>', "$ENV{TEST_NGINX_STATE}/file") or die $!;
    print $fh 'x' x 100_000;
    close($fh);
    chmod 0755, $ENV{TEST_NGINX_STATE};

    is(end_of('/file'), '1 opened, 1 served', 'a file');
    is(length $r->{body}, 100_000, '... all of which came');
    my $etag = $r->field('etag');
    is(end_of('/file', 'Range: bytes=5-9'), '1 opened, 1 served', 'a range');
    is($r->{status}, 206, '... of which a part came');
    is(end_of('/file', "If-None-Match: $etag"), '1 opened, 1 served',
       'nothing new');
    is($r->{status}, 304, '... as it was said');
    is(end_of('/none'), '1 opened, 1 served', 'a file that is not there');
    is($r->{status}, 404, '... as the 404 said');

    is(end_of('/cached/id=CACHED'), '1 opened, 1 served', 'not cached yet');
    is(end_of('/cached/id=CACHED'), '1 opened, 1 served', 'cached');
    is($r->field('x-cache'), 'HIT', '... indeed');
    is($backend->executed('CACHED'), 1, '... without asking');
