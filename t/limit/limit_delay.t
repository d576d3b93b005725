#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# "delay": what is beyond the rate and beyond what goes at once comes out one by
# one, never too early; who leaves while he waits has never been admitted.

use strict;
use warnings;

use IO::Select;
use Time::HiRes qw(sleep time);

use GateTest;


# All at once.  Of each answer its status and how long after the first was sent
# it came, the earliest first.

sub at_once {
    my @requests = @_;

    my @c = map { client() } @requests;
    my $start = time;
    my %by = map { ("$c[$_]{s}" => $c[$_]) } 0 .. $#c;
    my $select = IO::Select->new(map { $_->{s} } @c);
    my @answers;

    $c[$_]->write($requests[$_]) for 0 .. $#c;

    while (@answers < @c) {
        my @ready = $select->can_read(20) or last;

        for my $s (@ready) {
            my $r = $by{"$s"}->read() // GateClient::Answer->from_fields(0, [], '');

            push @answers, { status => $r->{status}, after => time - $start, answer => $r };
            $select->remove($s);
        }
    }

    return @answers;
}


sub statuses {
    return join ' ', map { $_->{status} } @_;
}


sub limits {
    my %n;

    $n{"$_->{limit} $_->{status}"} = $_->{count} for @{ get('/status')->json()->{limits} };

    return \%n;
}


sub logged {
    my ($uri) = @_;

    return join ' ', sort { $a cmp $b } log_text('x.log') =~ m{^\Q$uri\E\|(\S+)}mg;
}

run_gate_tests();

__DATA__

=== TEST 1: one by one, and not too early
--- gate
    log_format x '$uri|$gate_limit_status|$status|$gate_decision';
    access_log $TEST_NGINX_STATE/x.log x;
    gate_plan slow { rate 5r/s burst=3; }
    gate_consumer acme { plan slow; key sha256(secret); }
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    gate_auth key;
    location /some/ {
        gate_limit rate=10r/s burst=5 delay=1 name=some key=$remote_addr;
        gate_pass http://sidecar;
    }
    location /none/ {
        gate_limit rate=5r/s delay=0 name=none key=$remote_addr;
        gate_pass http://sidecar;
    }
    location /plan/  { gate_limit plan delay=0; gate_pass http://sidecar; }
    location /body/ {
        gate_limit rate=5r/s burst=3 delay=0 name=body key=$remote_addr;
        gate_pass http://sidecar;
    }
    location /h2/ {
        gate_limit rate=2r/s burst=3 delay=0 name=h2 key=$remote_addr;
        gate_pass http://sidecar;
    }
    location /status { gate_auth off; gate_status format=json; }
--- client
    my @key = 'apikey: secret';
    my @r = at_once(map { request('GET', '/some/', undef, @key) } 1 .. 7);
    my @served = grep { $_->{status} == 200 } @r;

    is(statuses(sort { $a->{status} <=> $b->{status} } @r), '200 200 200 200 200 200 429',
       'of seven at once six are served');
    cmp_ok($served[$_]{after}, '>=', ($_ - 1) / 10, "... number $_ is not too early") for 2 .. 5;
    is($served[5]{answer}->field('x-ratelimit-limit'), 6,
       '... the bucket is as deep as the burst says');
    cmp_ok($served[5]{answer}->field('x-ratelimit-remaining'), '>=', 4,
           '... what is told is what is there when it is told');

    ok(wait_for(sub { (() = log_text('x.log') =~ m{^/some/}mg) == 7 }), 'all are in the log');
    is(logged('/some/'), join(' ', ('DELAYED|200|admitted') x 4, ('PASSED|200|admitted') x 2,
                                   'REJECTED|429|refused'),
       '... with what became of them');
    is_deeply({ map { ($_ => limits()->{"some $_"}) } qw(PASSED DELAYED REJECTED) },
              { PASSED => 2, DELAYED => 4, REJECTED => 1 }, '... and so are the counters');

    @r = at_once(map { request('GET', '/none/', undef, @key) } 1 .. 5);
    is(statuses(@r), '200 200 200 200 200', 'without a burst what one second has comes one by one');
    cmp_ok($r[$_]{after}, '>=', $_ / 5, "... number $_ is not too early") for 1 .. 4;

    @r = at_once(map { request('GET', '/plan/', undef, @key) } 1 .. 5);
    is(statuses(sort { $a->{status} <=> $b->{status} } @r), '200 200 200 200 429', 'a plan');
    @served = grep { $_->{status} == 200 } @r;
    cmp_ok($served[$_]{after}, '>=', $_ / 5, "... number $_ of a plan is not too early") for 1 .. 3;

    @r = at_once(map { request('POST', '/body/', 'x' x 50000, @key) } 1 .. 3);
    is(statuses(@r), '200 200 200', 'a body comes while its request waits');
    is(scalar(grep { $_->{answer}{body} =~ /^body: 50000$/m } @r), 3, '... as a whole');
    cmp_ok($r[$_]{after}, '>=', $_ / 5, "... number $_ is not too early") for 1 .. 2;

    my $start = time;
    is(join(' ', map { h2_get('/h2/', @key)->{status} } 1 .. 3), '200 200 200', 'by HTTP/2');
    cmp_ok(time - $start, '>=', 1, '... the third is not too early');


=== TEST 2: several limits, shadows, once for each request
--- gate
    gate_consumer acme { key sha256(secret); }
    log_format x '$uri|$gate_limit_status|$gate_limit_name';
    access_log $TEST_NGINX_STATE/x.log x;
--- config
    gate_service s;
    gate_auth key;
    location /two/ {
        gate_limit rate=20r/s burst=9 delay=0 name=fast key=$remote_addr;
        gate_limit rate=2r/s burst=9 delay=0 name=slow key=$remote_addr;
        gate_limit rate=1r/h burst=9 name=now key=$remote_addr;
        gate_pass http://sidecar;
    }
    location /shadow/ {
        gate_limit rate=1r/h burst=3 delay=0 name=shadow key=$remote_addr dry_run;
        gate_pass http://sidecar;
    }
    location /try/ {
        gate_limit rate=4r/s burst=9 delay=0 name=try key=$remote_addr;
        try_files /nothing /tried/;
    }
    location /tried/ {
        gate_limit rate=4r/s burst=9 delay=0 name=try key=$remote_addr;
        gate_pass http://sidecar;
    }
    location /part/ {
        gate_limit rate=1r/h burst=9 delay=0 name=part key=$remote_addr;
        auth_request /sub/;
        gate_pass http://sidecar;
    }
    location /sub/ {
        gate_limit rate=1r/h burst=9 delay=0 name=part key=$remote_addr;
        gate_pass http://sidecar;
    }
--- client
    my @key = 'apikey: secret';
    my @r = at_once(map { request('GET', '/two/', undef, @key) } 1 .. 3);

    is(statuses(@r), '200 200 200', 'of several limits');
    cmp_ok($r[$_]{after}, '>=', $_ / 2, "... the longest delay is waited for ($_)") for 1 .. 2;

    is(join(' ', map { get('/shadow/', @key)->{status} } 1 .. 5), '200 200 200 200 200',
       'a limit that only looks delays nobody');
    ok(wait_for(sub { (() = log_text('x.log') =~ m{^/shadow/}mg) == 5 }),
       '... it says whom it would');
    is(logged('/shadow/'), 'DELAYED_DRY_RUN|- DELAYED_DRY_RUN|- DELAYED_DRY_RUN|- '
                           . 'PASSED|- REJECTED_DRY_RUN|-',
       '... and for what');

    is(get('/try/', @key)->field('x-ratelimit-remaining'), 9, 'one that is led on');
    my $r = get('/try/', @key);
    is($r->{status}, 200, '... waits');
    ok(wait_for(sub { logged('/tried/') eq 'DELAYED|try PASSED|try' }), '... once');

    is(get('/part/', @key)->field('x-ratelimit-remaining'), 9,
       'a subrequest neither counts nor waits');


=== TEST 3: who leaves while he waits
--- gate
    gate_consumer acme { key sha256(secret); }
    log_format x '$uri|$gate_limit_status|$status|$gate_decision';
    access_log $TEST_NGINX_STATE/x.log x;
--- config
    gate_service s;
    gate_auth key;
    gate_api a;
    gate_meter requests;
    location /long/ {
        gate_limit rate=1r/h burst=2 delay=0 name=long key=$remote_addr;
        gate_pass http://sidecar;
    }
    location /short/ {
        gate_limit rate=2r/s burst=2 delay=0 name=short key=$remote_addr;
        gate_pass http://sidecar;
    }
    location /status { gate_auth off; gate_meter off; gate_status format=json; }
--- client
    my @key = 'apikey: secret';

    is(get('/long/id=l1', @key)->{status}, 200, 'the first');

    for my $n (2, 3) {
        my $c = client();

        $c->write(request('GET', "/long/id=l$n", undef, @key));
        ok(wait_for(sub { (limits()->{'long DELAYED'} // 0) == $n - 1 }), "number $n waits");
        is(get('/status')->json()->{journal}{open}, 0, '... nothing is open for it');
        $c->close();
    }

    ok(wait_for(sub {
           logged('/long/id=l2') . logged('/long/id=l3') eq 'DELAYED|499|-' x 2
       }),
       '... both leave, undecided')
        or diag(log_text('x.log'));
    is(get('/long/id=l4', @key)->{status}, 429, 'what they took they have not back');
    is(join(' ', map { $backend->executed("l$_") // 0 } 1 .. 4), '1 0 0 0',
       '... the service never heard of them');

    my $j = get('/status')->json()->{journal};

    is("$j->{slots_opened} $j->{served} $j->{aborted}", '1 1 0',
       '... and their bill has nothing of it');

    my $start = time;
    my $c = client();

    $c->write(request('GET', '/short/id=s1', undef, @key, 'Connection: keep-alive'));
    is($c->read()->{status}, 200, 'one that stays');
    $c->write(request('GET', '/short/id=s2', undef, @key));
    is($c->read()->{status}, 200, '... is served');
    cmp_ok(time - $start, '>=', 0.5, '... not too early');
    ok(wait_for(sub { get('/status')->json()->{journal}{served} == 3 }), '... and billed');


=== TEST 4: a reload while they wait
--- gate
    gate_consumer acme { key sha256(secret); }
--- config
    gate_service s;
    gate_auth key;
    location /long/ {
        gate_limit rate=1r/s burst=5 delay=0 name=lasting key=$remote_addr;
        gate_pass http://sidecar;
    }
    location /status { gate_auth off; gate_status format=json; }
--- client
    my @key = 'apikey: secret';
    my @old = worker_pids();
    my $start = time;
    my @c = map { client() } 1 .. 4;

    $_->write(request('GET', '/long/', undef, @key)) for @c;
    ok(wait_for(sub { (limits()->{'lasting DELAYED'} // 0) == 3 }), 'three of four wait');
    kill 'HUP', nginx_pid();
    is(join(' ', map { ($_->read() // { status => 0 })->{status} } @c), '200 200 200 200',
       '... a reload leaves them be');
    cmp_ok(time - $start, '>=', 3, '... the last is not too early');
    ok(wait_for(sub { !grep { kill 0, $_ } @old }), '... the old workers end');
    is(get('/long/', @key)->{status}, 200, '... the bucket is the same one');
