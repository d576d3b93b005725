# Copyright (C) 2026 Meshgate contributors
#
# Who has answered, and what that is billed as: the service, the sidecar in
# its place, the gateway itself.  The sidecar is a stand-in that says what it
# is told; t/mesh/who_answered.t asks a real one.

use strict;
use warnings;

use lib 't/lib';
use GateBill;
use GateTest;

use IO::Socket::INET;
use POSIX ();
use Time::HiRes qw(sleep time);

bills(gate => "upstream twice { server $ENV{TEST_NGINX_BACKEND} max_fails=0;"
               . " server $ENV{TEST_NGINX_BACKEND} max_fails=0; }\n"
               . "log_format who '\$uri \$gate_reason';\n");


# A target that makes the stand-in say these bytes.

sub raw_of {
    my ($bytes) = @_;

    return '?raw=' . $bytes =~ s/([^A-Za-z0-9.-])/sprintf '%%%02X', ord $1/ger;
}


# Of nginx 1.N.

sub minor {
    return `$ENV{GATE_NGINX} -v 2>&1` =~ m{nginx/1\.(\d+)} ? $1 : 0;
}


# The port of a service that says these bytes to everyone, whatever it hears.

sub said_by {
    my ($n, $bytes) = @_;

    my $listen = IO::Socket::INET->new(
        LocalAddr => '127.0.0.1', LocalPort => port($n), Listen => 5,
        ReuseAddr => 1) or die "listen: $!";

    my $pid = fork() // die "fork: $!";

    if ($pid == 0) {
        $SIG{ALRM} = 'DEFAULT';
        alarm(60);

        while (my $c = $listen->accept()) {
            sysread($c, my $heard, 65536);
            print $c $bytes;
            close($c);
        }

        POSIX::_exit(0);
    }

    return $pid;
}


sub ended {
    my ($pid) = @_;

    kill('KILL', $pid);
    waitpid($pid, 0);
}


# A record of FastCGI: the standard output of request 1.

sub record {
    my ($type, $text) = @_;

    return pack('CCnnCC', 1, $type, 1, length $text, 0, 0) . $text;
}


# The counters of the status page, as one text.

sub counted {
    return get('/status')->{body};
}


run_gate_tests();

__DATA__

=== TEST 1: a header that does not come as a whole is nobody's answer
--- config
    location / { gate_pass http://sidecar; proxy_read_timeout 300ms; }
    location /page/ {
        gate_pass http://sidecar;
        proxy_read_timeout 300ms;
        error_page 502 504 =200 /sorry.html;
    }
    location /plain/ { proxy_pass http://sidecar; proxy_read_timeout 300ms; }
    location /slow/ {
        gate_pass http://sidecar;
        proxy_read_timeout 300ms;
        proxy_buffering off;
    }
--- client
    my $line = "HTTP/1.1 200 OK\r\n";
    my %broken = (
        'cut in a field' => "${line}X-A: b",
        'cut behind the status line' => $line,
        'a field without a name' => "$line: b\r\n\r\nbody",
        'a field with a NUL' => "${line}X-A: a\0b\r\n\r\nbody",
    );

    # what nginx did not look at before

    if (minor() >= 23) {
        $broken{'two lengths'} =
            "${line}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab";
        $broken{'an unknown coding'} =
            "${line}Transfer-Encoding: tar\r\n\r\nbody";
        $broken{'a length and a coding'} = "${line}Content-Length: 3\r\n"
            . "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    }

    for my $at ('/', '/slow/', '/plain/', '/page/') {
        for my $what (sort keys %broken) {
            is(end_of($at . raw_of($broken{$what})),
               '1 opened, 1 refused_upstream', "$at: $what");
            is($r->{status}, $at eq '/page/' ? 200 : 502, '... is a 502');
        }

        is(end_of($at . raw_of("${line}X-A: ") . '&pad=40000'),
           '1 opened, 1 refused_upstream', "$at: a field too large");
        is(end_of($at . raw_of("${line}X-A: b\r\n") . '&hold'),
           '1 opened, 1 refused_upstream', "$at: a header that stops");
        is($r->{status}, $at eq '/page/' ? 200 : 504, '... is a 504');
    }


=== TEST 2: what is said of it is true
--- config
    location / { gate_pass http://sidecar; proxy_read_timeout 300ms; }
    location /dead/ { gate_pass http://dead; }
    location /page/ {
        gate_pass http://sidecar;
        error_page 502 =200 /sorry.html;
    }
    location /away/ {
        gate_pass http://dead;
        error_page 502 @away;
        location /away/late/ {
            gate_pass http://sidecar;
            proxy_read_timeout 300ms;
            error_page 504 @away;
        }
        location /away/busy/ {
            gate_pass http://sidecar;
            proxy_intercept_errors on;
            error_page 503 @away;
        }
    }
    location @away { gate_auth off; return 503 "$gate_reason|$gate_detail"; }
--- gate
    access_log $TEST_NGINX_STATE/page.log who;
--- client
    my $line = "HTTP/1.1 200 OK\r\n";
    my %said = (
        '/' . raw_of("${line}X-A: ") . '&pad=40000' => qr/larger than/,
        '/' . raw_of("${line}X-A: b") => qr/not complete or not valid/,
        '/' . raw_of("${line}X-A: b\r\n") . '&hold' => qr/began .* in time/,
        '/sleep=1' => qr/no answer .* in time/,
        '/close' => qr/got no answer/,
        '/dead/' => qr/got no answer/,
    );

    for my $target (sort keys %said) {
        $r = get($target, $secret);
        is($r->json->{reason}, 'sidecar_unavailable', "$target: the reason");
        like($r->json->{detail}, $said{$target}, '... and the detail');
    }

    get('/page/' . raw_of("${line}X-A: b"), $secret);
    wait_for(sub { log_text('page.log') =~ /sorry/ });
    like(log_text('page.log'), qr{^/sorry.html sidecar_unavailable$}m,
       'an error page does not hide the reason');

    is(get('/away/', $secret)->{body},
       'sidecar_unavailable|The gateway got no answer from the mesh.',
       'a page may tell it');
    is(get('/away/late/sleep=1', $secret)->{body},
       'sidecar_unavailable|The gateway got no answer from the mesh in time.',
       '... of each failure');
    is(get('/away/busy/status=503', $secret)->{body}, '|',
       "... and none where the service itself answered");


=== TEST 3: a page in the place of a service's answer is still its answer
--- gate
    proxy_cache_path $TEST_NGINX_STATE/cache3 keys_zone=c:1m;
--- config
    location / {
        gate_pass http://sidecar;
        proxy_intercept_errors on;
        error_page 404 500 503 /sorry.html;
        error_page 410 =200 /sorry.html;
        error_page 302 = /sorry.html;
        error_page 411 = /none.txt;
        error_page 402 http://elsewhere.example/;
    }
    location = /none.txt { gate_auth off; gate_meter off; root /nowhere; }
    location /marked/ {
        gate_sidecar marker=X-Mine;
        gate_pass http://sidecar;
        proxy_intercept_errors on;
        error_page 503 /sorry.html;
    }
    location /kept/ {
        gate_pass http://sidecar;
        proxy_intercept_errors on;
        proxy_cache c;
        proxy_cache_key $uri;
        proxy_cache_valid any 1m;
        error_page 404 502 504 /sorry.html;
    }
--- client
    for my $status (404, 500, 503, 410, 302, 411, 402) {
        is(end_of("/status=$status/id=I$status"), '1 opened, 1 served',
           "a $status, intercepted");
        is($backend->executed("I$status"), 1, '... of a service that ran');
    }

    is(end_of("/envoy=0/head=server:envoy/status=$_"),
       '1 opened, 1 refused_upstream', "a $_ of the sidecar's, intercepted")
        for 404, 503, 410;

    is(end_of('/marked/envoy=0/status=503/head=X-Mine:no%20UH'),
       '1 opened, 1 refused_upstream', 'by the marker of where it was asked');
    is(end_of('/marked/envoy=0/status=503/head=x-gate-sidecar:no%20UH'),
       '1 opened, 1 served', '... and not by that of the page');

    for my $again (1, 2) {
        is(end_of('/kept/status=404/id=KEPT'), '1 opened, 1 served',
           "an intercepted 404 that a cache keeps, $again");
        is(end_of('/kept/close'), '1 opened, 1 refused_upstream',
           "a 502 of nginx that a cache keeps, $again");
    }

    is($backend->executed('KEPT'), 1, '... asked for once');


=== TEST 4: too many redirects within nginx are nobody's answer
--- config
    location / { gate_pass http://dead; }
    location /own { try_files /none /own; }
    location /named { try_files /none @named; }
    location @named { try_files /none /named; }
    location /errors/ {
        recursive_error_pages on;
        gate_pass http://dead;
        error_page 502 /errors/again;
    }
    location /caught/ {
        recursive_error_pages on;
        gate_pass http://sidecar;
        proxy_intercept_errors on;
        error_page 404 /caught/status=404;
    }
--- client
    for my $path (qw(/own /named /errors/ /caught/status=404)) {
        is(end_of($path), '1 opened, 1 refused_upstream', $path);
        is($r->{status}, 500, '... is a 500');
        is($r->json->{reason}, 'internal', '... with its reason');
        like($r->json->{detail}, qr/redirected/, '... and detail');
    }


=== TEST 5: what is done afterwards changes no bill
--- config
    location / { gate_pass http://sidecar; post_action /after/id=AFTER; }
    location /bad/ { gate_pass http://sidecar; post_action /after/close; }
    location /dead/ { gate_pass http://dead; post_action /after/; }
    location /nobody/ { gate_pass http://sidecar; post_action /denied/; }
    location /named/ { gate_pass http://sidecar; post_action @after; }
    location @after { gate_pass http://sidecar; }
    location /after/ { gate_pass http://sidecar; }
    location /denied/ {
        gate_allow methods=POST;
        gate_pass http://sidecar;
        access_log $TEST_NGINX_STATE/after.log who;
    }
--- client
    for my $at ('/', '/bad/', '/nobody/', '/named/') {
        is(end_of($at), '1 opened, 1 served', "$at served");
        is(end_of("${at}status=503"), '1 opened, 1 served', "$at a 503");
        is(end_of("${at}close"), '1 opened, 1 refused_upstream',
           "$at no answer");
        is(end_of("${at}cut=10"), '1 opened, 1 aborted', "$at cut");
        is(end_of($at . raw_of("HTTP/1.1 200 OK\r\nX")),
           '1 opened, 1 refused_upstream', "$at broken");
        is(end_of("${at}envoy=0/head=server:envoy/status=503"),
           '1 opened, 1 refused_upstream', "$at the sidecar's");
        is(billed(sub {
            my $c = client();
            $c->write("GET ${at}sleep=1 HTTP/1.1\r\nHost: a\r\n$secret\r\n\r\n");
            wait_for(sub { journal()->{open} == 1 });
            $c->close();
        }), '1 opened, 1 aborted', "$at left");
    }

    is(end_of('/dead/'), '1 opened, 1 refused_upstream', '/dead/ nobody');
    cmp_ok($backend->executed('AFTER'), '>=', 4, 'it was done');

    get('/nobody/', $secret);
    wait_for(sub { log_text('after.log') =~ m{/denied/} });
    unlike(log_text('after.log'), qr/not_allowed/,
           'a refusal of it is not the reason of the request');


=== TEST 6: other ways to be answered, or not
--- gate
    gate_consumer bob { plan gold; group red; key sha256(bob); }
--- config
    location / { gate_pass http://sidecar; }
    location /accel/ { gate_pass http://sidecar; proxy_ignore_headers Vary; }
    location /leads/ { gate_accel redirect; gate_pass http://sidecar; }
    location /to/five { gate_auth off; gate_meter off; return 500; }
    location /to/dead { gate_pass http://dead; }
    location /to/denied { gate_allow group=red; gate_pass http://sidecar; }
    location /to/none { root /nowhere; }
    location /other/ { gate_pass http://dead; error_page 502 @other; }
    location @other { gate_pass http://sidecar; }
    location /shut/ { gate_pass http://dead; error_page 502 = @shut; }
    location @shut { return 444; }
    location /said/ { gate_pass http://dead; error_page 502 = @said; }
    location @said { return 200 sorry; }
    location /told/ { gate_pass http://dead; error_page 502 /page; }
    location = /page { gate_auth off; gate_meter off; return 502 told; }
    location /led/ { try_files /none /open/; }
    location /open/ {
        gate_auth off;
        gate_meter off;
        client_max_body_size 10;
        proxy_pass http://sidecar;
    }
    location /moved/ {
        gate_pass http://dead;
        error_page 502 http://elsewhere.example/;
    }
    location /fcgi/ { fastcgi_pass 127.0.0.1:$TEST_NGINX_PORT_2; }
    location /scgi/ { scgi_pass 127.0.0.1:$TEST_NGINX_PORT_2; }
    location /uwsgi/ { uwsgi_pass 127.0.0.1:$TEST_NGINX_PORT_2; }
    location /file/ { root $TEST_NGINX_STATE; }
    location /small/ {
        gate_pass http://sidecar;
        client_max_body_size 10;
    }
    location /resolved/ {
        set $host_of nowhere.invalid;
        proxy_pass http://$host_of;
    }
--- client
    is(end_of('/status=499'), '1 opened, 1 served', "a service's own 499");
    is(end_of('/status=444'), '1 opened, 1 served', '... and 444');
    is(end_of('/chunked/cut=30'), '1 opened, 1 aborted', 'a chunk cut');
    is(end_of('/' . raw_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"
                           . "\r\n\r\n3\r\nabc\r\nzz\r\n")),
       '1 opened, 1 aborted', 'chunks that are none');
    is(end_of('/' . raw_of("HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n"
                           . "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")),
       '1 opened, 1 served', 'early hints, and an answer')
        if minor() >= 29;
    is(end_of('/' . raw_of("HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n")),
       '1 opened, 1 refused_upstream', 'early hints, and no answer')
        if minor() >= 29;

    is(end_of('/other/'), '1 opened, 1 served',
       'another service for a 502, which stays a 502');
    is($r->{status}, 502, '... as it was said');
    is(end_of('/shut/'), '1 opened, 1 refused_upstream', 'no answer for a 502');
    is(end_of('/said/'), '1 opened, 1 refused_upstream', 'a page for a 502');
    is(end_of('/moved/'), '1 opened, 1 refused_upstream',
       'a redirection for a 502');

    is(end_of('/leads/?head=x-accel-redirect:%2Fto%2Ffive'),
       '1 opened, 1 refused_upstream', 'where a service leads nginx fails');
    is($r->{status}, 500, '... with a 500');
    is(end_of('/leads/?head=x-accel-redirect:%2Fsorry.html'),
       '1 opened, 1 served', '... or answers');

    is(end_of('/told/'), '1 opened, 1 refused_upstream',
       'a 502 with words for a 502');
    is("$r->{status} $r->{body}", '502 told', '... which are not replaced');

    # what fails where no policy stands, after a way through one

    is(billed(sub { $r = raw("POST /led/ HTTP/1.1\r\nHost: x\r\n$secret\r\n"
                             . "Transfer-Encoding: chunked\r\n"
                             . "Connection: close\r\n\r\n"
                             . "14\r\n" . 'x' x 20 . "\r\n0\r\n\r\n") }),
       '1 opened, 1 refused_upstream', 'a body too large for an open location');
    is("$r->{status} $r->{body}" =~ /^413 .*"payload_too_large"/s, 1,
       '... is told in our words');

    my $head = "Status: 404 No\r\nContent-Type: text/html\r\n";

    for my $case ([ '/scgi/', "$head\r\nno", $head ],
                  [ '/uwsgi/', "$head\r\nno", $head ],
                  [ '/fcgi/', record(6, "$head\r\nno") . record(6, '')
                              . record(3, "\0" x 8), record(6, $head) ])
    {
        my ($at, $whole, $part) = @$case;
        my $pid = said_by(2, $whole);

        is(end_of($at), '1 opened, 1 served', "$at answers");
        ended($pid);

        $pid = said_by(2, $part);
        is(end_of($at), '1 opened, 1 refused_upstream', "$at does not");
        is($r->{status}, 502, '... which is a 502');
        ended($pid);

        is(end_of($at), '1 opened, 1 refused_upstream', "$at is away");
    }

    mkdir "$ENV{TEST_NGINX_STATE}/file";
    open(my $fh, '>', "$ENV{TEST_NGINX_STATE}/file/a") or die $!;
    print $fh 'abc';
    close($fh);
    chmod 0755, $ENV{TEST_NGINX_STATE}, "$ENV{TEST_NGINX_STATE}/file";

    is(end_of('/file/a', 'If-Match: "b"'), '1 opened, 1 served',
       'a condition that a file does not meet');
    is($r->{status}, 412, '... is a 412');
    is(billed(sub { ask('POST', '/file/a', 'abc', $secret) }),
       '1 opened, 1 served', 'a method that a file does not know');

    is(end_of('/resolved/'), '1 opened, 1 refused_upstream',
       'a name that cannot be resolved');

    is(billed(sub {
        $r = ask('POST', '/small/', "zz\r\n", $secret,
                 'Transfer-Encoding: chunked')
    }), '1 opened, 1 refused_upstream', 'a body that is none');
    is($r->{status}, 400, '... is a 400');


=== TEST 7: a client's error before the answer is its leaving
--- config
    location / { gate_pass http://sidecar; proxy_request_buffering off; }
    location /ignore/ {
        gate_pass http://sidecar;
        proxy_ignore_client_abort on;
        proxy_read_timeout 700ms;
    }
    location /dead/ { gate_pass http://dead; proxy_request_buffering off; }
--- client
    my $wait = sub { wait_for(sub { journal()->{open} == 1 }) };

    for my $reset (0, 1) {
        is(billed(sub {
            my $c = client();
            $c->write("POST / HTTP/1.1\r\nHost: a\r\n$secret\r\n"
                      . "Content-Length: 1000\r\n\r\nhalf");
            $wait->();
            sleep 0.2;
            setsockopt($c->{s}, Socket::SOL_SOCKET(), Socket::SO_LINGER(),
                       pack('ii', 1, 0)) if $reset;
            $c->close();
        }), '1 opened, 1 aborted',
           'left with half of a body on its way' . ($reset ? ', reset' : ''));
    }

    is(billed(sub {
        my $c = client();
        $c->write("GET /ignore/sleep=0.4/big=5000000 HTTP/1.1\r\nHost: a\r\n"
                  . "$secret\r\n\r\n");
        $wait->();
        setsockopt($c->{s}, Socket::SOL_SOCKET(), Socket::SO_LINGER(),
                   pack('ii', 1, 0));
        $c->close();
    }), '1 opened, 1 aborted', 'left, which was ignored');


=== TEST 8: a marker says that the sidecar has answered
--- config
    location / { gate_pass http://sidecar; access_log $TEST_NGINX_STATE/s.log s; }
    location /plain/ { proxy_pass http://sidecar; }
    location /own/ {
        gate_sidecar marker=X-Mine;
        gate_pass http://sidecar;
    }
    location /names/ {
        gate_sidecar server=mesh,other;
        gate_pass http://sidecar;
    }
    location /both/ {
        gate_sidecar marker=x-mine server=mesh;
        gate_pass http://sidecar;
    }
--- gate
    log_format s "$gate_answered_by $gate_sidecar_details $gate_sidecar_flags";
--- client
    my %case = (
        # no service time
        'status=200', 'served',
        'status=404', 'served',
        'status=404/head=server:envoy', 'refused_upstream',
        'status=503/head=server:istio-envoy', 'refused_upstream',
        'status=404/head=server:Envoy2', 'served',
        'status=302/head=server:envoy', 'served',
        'status=502', 'served',
        'status=404/head=server:envoy/kind=json', 'served',
        'status=404/head=server:envoy/kind=none', 'refused_upstream',
        'status=404/head=server:envoy/head=x-envoy-upstream-service-time:0',
            'served',
        'status=200/head=x-gate-sidecar:direct_response%20-',
            'refused_upstream',
        'status=403/head=X-Gate-Sidecar:', 'refused_upstream',
        'status=503/kind=json/head=x-gate-sidecar:no_healthy_upstream%20UH',
            'refused_upstream',
    );

    for my $at ('/', '/plain/') {
        for my $case (sort keys %case) {
            is(end_of("${at}envoy=0/$case"), "1 opened, 1 $case{$case}",
               $at . $case);
            is($r->field('x-gate-sidecar'), undef, '... without its marker');
        }
    }

    $r = get('/envoy=0/status=503/head=x-gate-sidecar:'
             . 'no_healthy_upstream%20UH', $secret);
    is($r->json->{reason}, 'sidecar_refused', 'its flags are the reason');
    like($r->json->{detail}, qr/No instance .* healthy/, '... and so is the detail');
    unlike($r->{body}, qr/no_healthy_upstream/, '... in our own words');
    $r = get('/envoy=0/status=504/head=x-gate-sidecar:response_timeout%20UT',
             $secret);
    is($r->json->{reason}, 'service_timeout', 'a timeout is one');
    $r = get('/envoy=0/status=503/head=x-gate-sidecar:max_duration%20DT',
             $secret);
    is($r->json->{reason}, 'service_timeout', '... by its flag alone, too');

    wait_for(sub { log_text('s.log') =~ /response_timeout/ });
    like(log_text('s.log'), qr/^sidecar no_healthy_upstream UH$/m,
         'variables have details and flags');
    like(log_text('s.log'), qr/^service - -$/m, '... of those it answered');
    like(counted(), qr/"flag":"UH","count":\d/, 'a counter has the flag');
    like(counted(), qr/"flag":"none","count":\d/, '... or none');

    is(end_of('/envoy=0/status=503/head=x-gate-sidecar:a%20XYZ'),
       '1 opened, 1 refused_upstream', 'a flag that nobody knows');
    like(counted(), qr/"flag":"other","count":\d/, '... is another');
    unlike(counted(), qr/XYZ/, '... and no label');

    $r = get('/envoy=0/head=X-Envoy-Peer-Metadata:a/head=SERVER:envoy/head=Serves:envoy', $secret);
    is($r->field('x-envoy-peer-metadata'), undef,
       'what the mesh tells of itself is removed, in capitals, too');
    isnt($r->field('server'), 'envoy', '... and so is its name');
    is($r->field('serves'), 'envoy', '... but no other field');

    is(end_of('/own/envoy=0/status=503/head=x-mine:a%20UO'),
       '1 opened, 1 refused_upstream', 'another marker');
    is($r->field('x-mine'), undef, '... is removed');
    is(end_of('/own/envoy=0/status=503/head=server:envoy'),
       '1 opened, 1 served', '... and nothing but the marker counts');
    is(end_of('/names/envoy=0/status=503/head=server:other'),
       '1 opened, 1 refused_upstream', 'another name');
    is(end_of('/names/envoy=0/status=503/head=server:envoy'),
       '1 opened, 1 served', '... instead of the others');
    is(end_of('/names/envoy=0/status=503/head=x-gate-sidecar:a%20UO'),
       '1 opened, 1 refused_upstream', '... beside the marker');
    is(end_of('/both/envoy=0/status=503/head=server:mesh'),
       '1 opened, 1 refused_upstream', 'both: a name');
    is(end_of('/both/envoy=0/status=503/head=x-mine:a%20UO'),
       '1 opened, 1 refused_upstream', '... a marker');


=== TEST 9: one field of each name, ours
--- gate
    gate_plan one { rate 1r/h; }
    gate_consumer one { plan one; key sha256(one); }
    proxy_cache_path $TEST_NGINX_STATE/cache9 keys_zone=c:1m;
--- config
    location / {
        gate_limit plan;
        gate_pass http://sidecar;
        proxy_pass_header Server;
    }
    location /plain/ { gate_limit plan; proxy_pass http://sidecar; }
    location /cached/ {
        gate_limit plan;
        gate_pass http://sidecar;
        proxy_cache c;
        proxy_cache_key $uri;
        proxy_cache_valid any 1m;
        add_header X-Cache $upstream_cache_status;
    }
    location /off/ {
        gate_limit plan;
        gate_limit_fields off;
        gate_pass http://sidecar;
    }
    location /added/ {
        gate_limit plan;
        gate_pass http://sidecar;
        add_header X-RateLimit-Limit mine;
        add_header X-Request-ID mine;
        add_header RateLimit "";
        add_header Retry-After 7 always;
        add_header Set-Cookie mine;
        add_header WWW-Authenticate mine always;
    }
--- client
    my @names = ('RateLimit', 'RateLimit-Policy', 'X-RateLimit-Limit',
                 'X-RateLimit-Remaining', 'X-RateLimit-Reset', 'X-Request-Id');
    my $all = join '/', map { ("head=$_:theirs", 'head=' . lc . ':theirs') }
                        @names;

    for my $at ("/$all", "/plain/$all", "/status=304/$all", "/status=404/$all",
                "/cached/$all", "/cached/$all")
    {
        # another worker may ask before what this one got is in the cache
        select undef, undef, undef, 0.3 if $at =~ /^\/cached/ && $r->field('x-cache');
        $r = get($at, $secret);

        for my $name (@names) {
            my @values = $r->all($name);

            is(@values, 1, substr($at, 0, 12) . ": one $name");
            isnt($values[0], 'theirs', '... ours');
        }
    }

    is($r->field('x-cache'), 'HIT', 'also from a cache');

    $r = get("/off/$all", $secret);
    is_deeply([ $r->all('x-ratelimit-limit') ], [ 'theirs', 'theirs' ],
              'where we say nothing theirs stay');
    is($r->all('x-request-id'), 1, '... but for the request id');

    $r = get("/added/head=Set-Cookie:a/$all", $secret);
    for my $name ('X-RateLimit-Limit', 'X-Request-Id') {
        is_deeply([ $r->all($name) ], [ 'mine' ],
                  "a $name that the configuration adds takes our place");
    }
    is($r->all('x-ratelimit-remaining'), 1, '... the others stay');
    is($r->all('ratelimit'), 1, '... also where it adds nothing');
    is_deeply([ $r->all('set-cookie') ], [ 'a', 'mine' ],
              '... and what is not ours');

    $r = get('/added/');
    is_deeply([ $r->all('www-authenticate') ], [ 'Key realm="orders"', 'mine' ],
              'a challenge is one of several');
    is_deeply([ map { "urn:uuid:$_" } $r->all('x-request-id') ],
              [ $r->json()->{instance} ],
              'add_header without "always" is not for refusals');

    get('/', 'apikey: one');
    $r = get('/', 'apikey: one');
    is("$r->{status} " . scalar($r->all('retry-after')), '429 1',
       'one Retry-After on our 429');
    $r = get('/status=429/head=Retry-After:7', $secret);
    is_deeply([ $r->all('retry-after') ], [ 7 ], "... and theirs on theirs");
    $r = get('/added/', 'apikey: one');
    is_deeply([ $r->{status}, $r->all('retry-after') ], [ 429, 7 ],
              '... and that of add_header on any');

    $r = get('/', $secret);
    is_deeply([ map { s{/.*}{}r } $r->all('server') ], [ 'nginx' ],
              "the sidecar's name is not told");


=== TEST 10: nobody is asked twice who may have begun
--- config
    location / { gate_pass http://twice; proxy_read_timeout 300ms; }
--- client
    get('/sleep=1/id=LATE', $secret);
    is($backend->executed('LATE'), 1, 'a service that is late');

    get('/status=503/id=S503', $secret);
    is($backend->executed('S503'), 1, 'a service that says 503');

    get('/' . raw_of("HTTP/1.1 200 OK\r\nX") . '&id=BROKEN', $secret);
    get('/' . raw_of("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
                     . "Content-Length: 2\r\n\r\n") . '&id=INVALID', $secret);
    is($backend->executed('INVALID'), 1, 'one that says what is not valid');

    ask('POST', '/close/id=POST', 'abc', $secret);
    is($backend->executed('POST'), 1, 'a POST, when the connection breaks');
    ask('POST', '/sleep=1/id=POSTLATE', 'abc', $secret);
    is($backend->executed('POSTLATE'), 1, '... when it is late');

    get('/close/id=GET', $secret);
    is($backend->executed('GET'), 2, 'a GET, when it breaks, goes on');


=== TEST 11: events go out as they come
--- config
    location / { gate_pass http://sidecar; }
--- client
    for my $how ('', '/last') {
        my $c = client();

        $c->write("GET /sse=20$how HTTP/1.1\r\nHost: a\r\n$secret\r\n\r\n");
        $c->more() while $c->{in} !~ /data: 19\n/;
        unlike($c->{in}, qr/data: 0\n/,
               "the first event does not wait for the last$how");
        $c->more() while $c->{in} !~ /\r\n0\r\n\r\n/;
        like($c->{in}, qr/data: 0\n/, '... which comes in its turn');
    }
