#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# A request that waits, in each step of the pipeline: it goes on where it was,
# and nothing is done twice; who leaves is taken out of what it waits for, once.
# t/pipeline/hold is a module that stands in front of the rows and has them wait.

use strict;
use warnings;

use Time::HiRes qw(sleep time);

use GateTest;

our $hold = build_module('pipeline', 'hold');

add_block_preprocessor(sub {
    my ($block) = @_;

    our $hold;

    $block->set_value('main_config', ($block->main_config // '') . "\nload_module $hold;\n");
    $block->set_value('gate', "gate_consumer acme { key sha256(secret); }\n"
                              . ($block->gate // ''));
});


# "ROW EVENT" of each line about this URI since the log was read last.

sub events {
    my ($uri) = @_;

    return join ', ', log_text('error.log') =~ /hold: \Q$uri\E (\w+ [\w ]+?)(?: while |,|$)/mg;
}


sub eventually {
    my ($uri, $events, $name) = @_;

    wait_for(sub { events($uri) eq $events });
    is(events($uri), $events, $name);
}


# One that asks, and stays.

sub asks {
    my ($target, @fields) = @_;

    my $c = client();

    $c->write(request('GET', $target, undef, 'apikey: secret', @fields));

    return $c;
}


# One that asks and leaves when the log says that it waits.

sub leaves {
    my ($target, $row) = @_;

    my $c = asks($target);

    wait_for(sub { events($target) =~ /$row parks$/ }) or fail("$target: parked");
    $c->close();
}


sub connections {
    return join ' ', get('/basic_status')->{body} =~ /(?:Reading|Writing): (\d+)/g;
}


# HTTP/2 by hand: a stream is opened, and what comes later is up to the test.

sub h2_frame {
    my ($type, $flags, $stream, $payload) = @_;

    return substr(pack('N', length $payload), 1) . pack('CCN', $type, $flags, $stream) . $payload;
}


sub h2_opens {
    my ($path) = @_;

    my $literal = sub { join '', map { chr(length $_) . $_ } @_ };
    my $c = client($GateTest::h2_port);

    $c->write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" . h2_frame(4, 0, 0, '')
              . h2_frame(1, 5, 1, "\x82\x86" . "\x04" . $literal->($path)
                                  . "\x01" . $literal->('localhost')
                                  . "\x00" . $literal->('apikey', 'secret')));

    return $c;
}

run_gate_tests();

__DATA__

=== TEST 1: each step can wait, and goes on where it was
--- gate
    log_format x '$uri|$status|$gate_consumer|$gate_decision';
    access_log $TEST_NGINX_STATE/x.log x;
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    gate_auth held key;
    hold path count;
    location /shield/ { hold path count; hold key_args resume 30; gate_pass http://sidecar; }
    location /who/ {
        hold path count;
        hold held resume 30;
        hold access count;
        gate_pass http://sidecar;
    }
    location /may/ {
        hold access count;
        hold target resume 30;
        hold strip count;
        gate_pass http://sidecar;
    }
    location /shape/ {
        hold access count;
        hold strip resume 30;
        hold service count;
        gate_pass http://sidecar;
    }
    location /all/ {
        hold path resume 5; hold key_args resume 5; hold held resume 5; hold identity resume 5;
        hold access resume 5; hold target resume 5; hold room resume 5; hold spend resume 5;
        hold meter resume 5; hold strip resume 5; hold service resume 5;
        gate_pass http://sidecar;
    }
    location /now/  { hold held now; hold access now; gate_pass http://sidecar; }
    location /late/ { hold held late 30; hold access late 30; gate_pass http://sidecar; }
--- client
    my %of = (
        '/shield/' => 'path runs, key_args parks, key_args resumes, key_args runs',
        '/who/' => 'path runs, held parks, held resumes, held runs, access runs',
        '/may/' => 'access runs, target parks, target resumes, target runs, strip runs',
        '/shape/' => 'access runs, strip parks, strip resumes, strip runs, service runs',
        '/now/' => 'held parks, held resumes, held runs, access parks, access resumes, access runs',
        '/late/' => 'held parks, held is cancelled, held runs, '
                    . 'access parks, access is cancelled, access runs',
        '/all/' => join(', ', map { ("$_ parks", "$_ resumes", "$_ runs") }
                        qw(path key_args held identity access target room spend meter
                           strip service)),
    );

    for my $where (sort keys %of) {
        for my $how ('HTTP/1.1', 'HTTP/2') {
            my $path = $where . ($how =~ s/\W//gr);
            my $r = $how eq 'HTTP/2' ? h2_get($path, 'apikey: secret')
                                     : get($path, 'apikey: secret');

            is($r->{status}, 200, "$path is served");
            is(join(' ', $r->seen('X-Consumer-Username')), 'acme', '... for whom it is');
            is(events($path), $of{$where}, '... and each row was run once');
        }
    }

    my $c = client();
    $c->write(join '', map { request('GET', "/who/$_", undef, 'apikey: secret',
                                     'Connection: keep-alive') } 'p1', 'p2', 'p3');
    is(join(' ', map { $c->read()->{status} } 1 .. 3), '200 200 200',
       'requests of one connection, sent at once');
    is(events('/who/p2'), $of{'/who/'}, '... each of which waits');

    is(get('/who/nobody')->{status}, 401, 'who is nobody waits, too');
    is(get('/who/wrong', 'apikey: wrong')->{status}, 401, '... and is refused in the end');
    is(events('/who/wrong'), 'path runs, held parks, held resumes, held runs',
       '... without a look at what he may');


=== TEST 2: a client that leaves, at each point
--- gate
    log_format x '$uri|$status|$gate_consumer|$gate_decision|$gate_reason';
    access_log $TEST_NGINX_STATE/x.log x;
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    gate_auth held key;
    gate_api a;
    gate_meter requests;
    location /shield/ { hold key_args resume 300; gate_pass http://sidecar; }
    location /who/    { hold held resume 300; gate_pass http://sidecar; }
    location /may/    { hold target resume 300; gate_pass http://sidecar; }
    location /shape/  { hold strip resume 300; gate_pass http://sidecar; }
    location /status  { gate_auth off; gate_meter off; gate_status format=json; }
--- client
    my %row = ('/shield/' => 'key_args', '/who/' => 'held', '/may/' => 'target',
               '/shape/' => 'strip');

    for my $where (sort keys %row) {
        my ($row, $cancelled) = ($row{$where}, "$row{$where} parks, $row{$where} is cancelled");
        my $served = "$row parks, $row resumes, $row runs";

        # before it waits: the worker sees request and end at once

        my @workers = worker_pids();

        kill 'STOP', @workers;
        my $c = asks("${where}before");
        $c->close();
        kill 'CONT', @workers;
        eventually("${where}before", $cancelled,
                   "$where: one who has left already is not waited for");

        leaves("${where}parked", $row);
        eventually("${where}parked", $cancelled, '... nor one who leaves meanwhile');

        # its time and its client's end are seen in the same turn

        $c = asks("${where}both");
        wait_for(sub { events("${where}both") =~ /parks/ });
        kill 'STOP', @workers;
        $c->close();
        sleep(0.4);
        kill 'CONT', @workers;
        wait_for(sub { events("${where}both") =~ /cancelled|runs/ });
        like(events("${where}both"),
             qr/^$row parks, (?:$row is cancelled|$row resumes(?:, $row runs)?)$/,
             '... and both at once are one of the two');

        $c = asks("${where}after/sleep=1");
        wait_for(sub { events("${where}after/sleep=1") =~ /runs/ });
        $c->close();
        eventually("${where}after/sleep=1", $served, '... who leaves later has not');

        # reset by HTTP/2, and a connection that ends with all its streams

        $c = h2_opens("${where}reset");
        wait_for(sub { events("${where}reset") =~ /parks/ });
        $c->write(h2_frame(3, 0, 1, pack('N', 8)));
        eventually("${where}reset", $cancelled, '... a stream that is reset is not waited for');
        $c->close();

        $c = h2_opens("${where}gone");
        wait_for(sub { events("${where}gone") =~ /parks/ });
        $c->close();
        eventually("${where}gone", $cancelled, '... nor one whose connection has ended');
    }

    # "both at once" may still be under way

    my $slots;

    ok(wait_for(sub { $slots = get('/status')->json()->{journal}; $slots->{open} == 0 }),
       'nothing stays open');
    is(get('/who/still', 'apikey: secret')->{status}, 200, '... and who stays is served');

    my @left = log_text('x.log') =~ m{^/(\w+)/(?:before|parked|reset|gone)\|(.*)}mg;

    is(scalar @left, 2 * 4 * 4, 'each that left is in the access log, once');

    my %said = @left;

    is($said{who}, '499|-|-|-', '... without a name, if it was not known yet');
    is($said{may}, '499|acme|-|-', '... or with it, undecided');
    is($said{shape}, '499|acme|admitted|-', '... or admitted');


=== TEST 3: a variable that asks too early
--- gate
    log_format x '$uri|$gate_consumer|$early';
    access_log $TEST_NGINX_STATE/x.log x;
--- config
    gate_service s;
    gate_auth held key;
    set $early "-";
    location /early/ {
        set $early "<$gate_consumer>";
        hold held resume 30;
        gate_limit rate=1r/h burst=9 key=$gate_consumer name=early;
        add_header X-Who $gate_consumer;
        add_header X-Early $early;
        gate_pass http://sidecar;
    }
--- client
    my $r = get('/early/x', 'apikey: secret');

    is($r->{status}, 200, 'a variable asks before the method can know');
    is($r->field('x-early'), '<>', '... it is not found');
    is($r->field('x-who'), 'acme', '... and is later');
    is($r->field('x-ratelimit-remaining'), 9, '... a limit by it counts');
    like(events('/early/x'), qr/^(?:held asked early, )+held parks, held resumes, held runs$/,
         '... nobody waited for the variable');
    ok(wait_for(sub { log_text('x.log') =~ m{^/early/x\|acme\|<>$}m }),
       'the access log knows who it was')
        or diag(log_text('x.log'));


=== TEST 4: beside others
--- gate
    gate_consumer beta { key sha256(second); }
--- config
    gate_service s;
    location = /deny/any {
        satisfy any;
        deny all;
        gate_auth held key;
        hold held resume 30;
        gate_pass http://sidecar;
    }
    location = /allow/any {
        satisfy any;
        allow all;
        gate_auth held key;
        hold held resume 30;
        gate_pass http://sidecar;
    }
    location = /deny/all {
        deny all;
        gate_auth held key;
        hold held resume 30;
        gate_pass http://sidecar;
    }
    location = /beside {
        auth_request /asked;
        gate_auth held key;
        hold held resume 30;
        gate_pass http://sidecar;
    }
    location = /beside/no {
        auth_request /refuses;
        gate_auth held key;
        hold held resume 30;
        gate_pass http://sidecar;
    }
    location = /beside/held { auth_request /held; gate_auth held key; gate_pass http://sidecar; }
    location = /mirrored    { mirror /held; gate_auth held key; gate_pass http://sidecar; }
    location = /asked       { internal; proxy_pass http://$TEST_NGINX_BACKEND/sleep=0.1; }
    location = /refuses     { internal; proxy_pass http://$TEST_NGINX_BACKEND/status=403; }
    location = /held {
        internal;
        gate_auth held key;
        hold held resume 50;
        hold access resume 20;
        gate_pass http://sidecar/held/id=held;
    }
    location = /two/any {
        gate_auth held key;
        limit_req zone=slow burst=3;
        hold held resume 30;
        gate_pass http://sidecar;
    }
--- http_config
    limit_req_zone $server_name zone=slow:1m rate=20r/s;
--- client
    my @key = 'apikey: secret';
    my $held = 'held parks, held resumes, held runs';

    is(get('/deny/any', @key)->{status}, 200, '"satisfy any": the key lets in');
    is(events('/deny/any'), $held, '... after a while');
    is(get('/deny/any')->{status}, 401, '... no key does not');
    is(get('/allow/any')->{status}, 401, '... nor where the address would do, but nobody is known');
    is(get('/allow/any', @key)->{status}, 200, '... and with a key it does');
    is(get('/deny/all', @key)->{status}, 403, '"satisfy all": the address is refused');

    is(get('/beside', @key)->{status}, 200, 'auth_request beside it');
    is(events('/beside'), $held, '... its answer does not wake who waits for another');
    is(get('/beside/no', @key)->{status}, 403, '... refuses');
    is(get('/beside')->{status}, 401, '... as does the gate');

    is(get('/beside/held', @key)->{status}, 200, 'a request of auth_request\'s waits');
    is(events('/held'), "$held, access parks, access resumes, access runs",
       '... and goes on where it was');
    is(get('/beside/held')->{status}, 401, '... it is refused');

    is(get('/mirrored', @key)->{status}, 200, 'a mirror waits');
    ok(wait_for(sub { $backend->executed('held') == 2 }),
       '... and is sent')
        or diag($backend->executed('held'));

    my @all = map { asks('/two/any') } 1 .. 3;
    is(join(' ', map { $_->read()->{status} } @all), '200 200 200',
       'beside the delay of limit_req');


=== TEST 5: subrequests of a page
--- config
    location /page/ {
        ssi on;
        ssi_types text/plain;
        proxy_pass http://$TEST_NGINX_BACKEND;
        proxy_set_header Accept-Encoding "";
    }
    location = /held/1 {
        gate_auth held key;
        gate_service s;
        hold held resume 60;
        gate_pass http://sidecar/id=s1;
    }
    location = /held/2 {
        gate_auth held key;
        gate_service s;
        hold held resume 20;
        hold target late 20;
        gate_pass http://sidecar/id=s2;
    }
    location = /held/3 {
        gate_auth held key;
        gate_service s;
        hold access resume 40;
        gate_pass http://sidecar/id=s3;
    }
--- client
    my $page = '/page/?raw=' . join '', map { sprintf '%%%02x', ord } split //,
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
        . join '', map { "<!--# include virtual=\"/held/$_\" -->" } 1 .. 3;

    my $r = get($page, 'apikey: secret');

    is($r->{status}, 200, 'three parts of a page wait at once');
    is(join(' ', $r->{body} =~ m{^GET /id=(s\d)}mg), 's1 s2 s3', '... and come in their order');
    is(events('/held/1'), 'held parks, held resumes, held runs', '... the first');
    is(events('/held/2'), 'held parks, held resumes, held runs, '
                          . 'target parks, target is cancelled, target runs',
       '... the second, twice');
    is(events('/held/3'), 'access parks, access resumes, access runs', '... and the third');

    my $c = asks($page);
    wait_for(sub { my @n = log_text('error.log') =~ /hold: \S+ \w+ parks/g; @n >= 7 });
    $c->close();
    ok(wait_for(sub {
           log_text('error.log') =~ /hold: \S+ \w+ is cancelled(?!.*hold: \S+ \w+ parks)/s
       }),
       'a client leaves while parts of its page wait: all of them are told');
    is(get($page, 'apikey: secret')->{status}, 200, '... the next one is served');


=== TEST 6: led elsewhere
--- gate
    log_format x '$uri|$status';
    access_log $TEST_NGINX_STATE/x.log x;
    log_format anew '$uri|$gate_consumer|$gate_auth_method';
--- config
    gate_service s;
    gate_auth held key;
    error_page 413 = /too-large;
    error_page 401 = @login;
    location /a/ {
        error_page 404 = /b/x;
        hold access resume 20;
        proxy_intercept_errors on;
        gate_pass http://sidecar;
    }
    location /b/ { hold access resume 20; gate_pass http://sidecar; }
    location /try/ { hold access resume 20; try_files /nothing /b/try; }
    location = /too-large { hold path resume 300; gate_pass http://sidecar; }
    location @login {
        gate_auth off;
        hold path resume 20;
        root $TEST_NGINX_STATE;
        try_files /none =402;
    }
    location /body/ { client_max_body_size 100k; hold access resume 30; gate_pass http://sidecar; }
    location /post/ {
        hold held resume 300;
        hold access resume 300;
        post_action /done;
        gate_pass http://sidecar;
    }
    location /anew/ {
        gate_auth key held;
        gate_key_names header=apikey query=apikey;
        hold held resume 300;
        access_log $TEST_NGINX_STATE/anew.log anew;
        post_action /anew/action;
        rewrite ^/anew/action$ /anew/after?apikey=secret break;
        gate_pass http://sidecar;
    }
    location = /done {
        gate_auth off;
        hold path count;
        proxy_pass http://$TEST_NGINX_BACKEND/id=done;
    }
--- client
    my $access = 'access parks, access resumes, access runs';

    is(get('/a/status=404/envoy=0', 'apikey: secret')->{status}, 200,
       'an error page that waits, of a request that has waited');
    is(events('/a/status=404/envoy=0') . ', ' . events('/b/x'), "$access, $access",
       '... each in its turn');
    is(get('/try/x', 'apikey: secret')->{status}, 200, 'try_files leads to where it waits again');

    my $r = ask('POST', '/body/x', 'x' x 90000, 'apikey: secret');

    is($r->{status}, 200, 'a body that comes while its request waits');
    like($r->{body}, qr/^body: 90000$/m, '... is there as a whole');
    $r = ask('POST', '/body/x', "5\r\nhello\r\n0\r\n\r\n", 'apikey: secret',
             'Transfer-Encoding: chunked');
    like($r->{body}, qr/^body: 5$/m, '... so is one in chunks');

    my $c = client();
    $c->write(request('POST', '/body/slow', 'x' x 1000, 'apikey: secret', 'Content-Length: 90000'));
    wait_for(sub { events('/body/slow') =~ /parks/ });
    $c->write('x' x 89000);
    like(($c->read() // { body => '' })->{body}, qr/^body: 90000$/m,
         '... so is one that comes late');

    # what is too large is thrown away meanwhile

    $c = client();
    $c->write(request('POST', '/body/large', 'x' x 1000, 'apikey: secret',
                      'Content-Length: 200000'));
    wait_for(sub { events('/too-large') =~ /parks/ });
    $c->write('x' x 199000);
    is(($c->read() // { status => 0 })->{status}, 200,
       'the error page of a body that is too large waits');

    is(get('/b/nobody')->{status}, 402, 'the error page of a refusal');
    is(events('/b/nobody'), '', '... does not wait where no policy is asked any more');

    for my $row ('held', 'access') {
        leaves("/post/$row", 'held') if $row eq 'held';

        if ($row eq 'access') {
            my $c = asks('/post/access');
            wait_for(sub { events('/post/access') =~ /access parks$/ });
            $c->close();
        }

        wait_for(sub { events("/post/$row") =~ /cancelled/ });
        like(events("/post/$row"), qr/$row parks, $row is cancelled$/,
             "post_action: it is led on while it waits ($row)");
    }

    ok(wait_for(sub { $backend->executed('done') == 2 }),
       '... and both actions are done')
        or diag($backend->executed('done'));

    # where it arrives a credential that comes first is there

    $c = client();
    $c->write(request('GET', '/anew/x', undef, 'Held: bob'));
    wait_for(sub { events('/anew/x') =~ /held parks$/ });
    $c->close();
    ok(wait_for(sub { log_text('anew.log') =~ /^\/anew\/after/m }),
       'it is led on within a location while a method waits');
    like(log_text('anew.log'), qr/^\/anew\/after\|acme\|key$/m,
         '... and is asked anew who it is');


=== TEST 7: a row that does it wrong
--- config
    gate_service s;
    gate_auth held key;
    location /idle/  { hold access idle; gate_pass http://sidecar; }
    location /twice/ { hold access twice; gate_pass http://sidecar; }
    location /who/   { hold held idle; gate_pass http://sidecar; }
--- complaints: gate park: (?:a row waits for nothing|parked twice)
--- client
    for my $where ('/idle/', '/who/', '/twice/') {
        my $r = get($where, 'apikey: secret');

        is($r->{status}, 500, "$where is refused, not held for ever");
        is($r->json()->{reason}, 'internal', '... by the gateway');
    }

    eventually('/twice/', 'access parks, access is cancelled', '... what it waited for is told');


=== TEST 8: a worker that is told to end, or ends
--- complaints: exited on signal 9
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    gate_auth held key;
    location /who/ { hold held resume 2000; gate_pass http://sidecar; }
    location /may/ { hold target resume 2000; gate_pass http://sidecar; }
--- client
    my @waits = map { asks($_) } '/who/1', '/may/1';
    my $h2 = h2_opens('/who/h2');
    my @old = worker_pids();

    for my $uri ('/who/1', '/may/1', '/who/h2') {
        wait_for(sub { events($uri) =~ /parks/ });
        unlike(events($uri), qr/resumes/, "$uri waits");
    }

    kill 'HUP', nginx_pid();
    ok(wait_for(sub { my %is = map { $_ => 1 } worker_pids(); !grep { $is{$_} } @old }),
       'a reload while they wait');
    is(get('/may/new', 'apikey: secret')->{status}, 200, '... new workers serve');
    is(join(' ', map { ($_->read() // { status => 0 })->{status} } @waits), '200 200',
       '... the old ones, too, in the end');
    like($h2->rest(), qr/GET [^ ]*\/who\/h2 HTTP/, '... by HTTP/2 as well');
    ok(wait_for(sub { !grep { kill 0, $_ } @old }), '... and then they are gone');

    my $c = asks('/may/killed');

    wait_for(sub { events('/may/killed') =~ /parks/ });
    kill 'KILL', worker_pids();
    is($c->read(), undef, 'a worker is killed: its client sees that');
    ok(wait_for(sub { get('/may/next', 'apikey: secret')->{status} == 200 }),
       '... and the next worker serves');


=== TEST 9: all is spent, or nothing
--- config
    gate_service s;
    gate_auth key;
    gate_limit rate=1r/h burst=9 key=$remote_addr name=few;
    location /few/   { gate_pass http://sidecar; }
    location /later/ { hold meter refuse; gate_pass http://sidecar; }
    location /wait/  {
        gate_limit rate=2r/s burst=9 delay=0 key=$remote_addr name=wait;
        gate_pass http://sidecar;
    }
--- client
    my @key = 'apikey: secret';
    my $left = sub { get('/few/left', @key)->field('x-ratelimit-remaining') };

    is($left->(), 9, 'one of ten is taken');
    is(get('/few/check', @key, 'Toll: check')->{status}, 429, 'one who cannot pay all');
    is($left->(), 8, '... pays nothing');

    my $r = get('/few/commit', @key, 'Toll: commit');

    is($r->{status}, 429, 'one who could until a moment ago');
    is($r->field('x-ratelimit-remaining'), 8, '... has back what he paid');
    is($left->(), 7, '... indeed');
    is(events('/few/commit'), '', '... what he did not pay he has not');

    $r = get('/later/x', @key, 'Toll: ok');
    is($r->{status}, 429, 'one whom a later row refuses');
    is($r->field('x-ratelimit-remaining'), 7, '... has it back, too');
    is(events('/later/x'), 'toll takes, meter refuses, toll gives back', '... all of it');
    is($left->(), 6, '... which the bucket has');

    is(get('/few/ok', @key, 'Toll: ok')->{status}, 200, 'one who pays all');
    is(events('/few/ok'), 'toll takes', '... keeps none of it');
    is(join(' ', map { $left->() } 1 .. 5), '4 3 2 1 0', '... and the rest is there');
    is(get('/few/over', @key, 'Toll: ok')->{status}, 429, 'one for whom a limit has nothing');
    is(events('/few/over'), '', '... pays nothing else');

    is(get('/wait/first', @key)->{status}, 200, 'the first goes at once');
    is(get('/wait/second', @key, 'Toll: ok')->{status}, 200, 'the second waits');
    is(events('/wait/second'), 'toll takes, toll is renewed', '... and pays once');

    my $c = asks('/wait/third', 'Toll: ok');

    wait_for(sub { events('/wait/third') =~ /takes/ });
    $c->close();
    eventually('/wait/third', 'toll takes, toll is left', 'the third does not stay for it');
