#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Buckets of limits: which are the same, which go first, how exactly they are
# filled, and what is told of them.

use strict;
use warnings;

use POSIX qw(ceil);
use Time::HiRes qw(sleep clock_gettime CLOCK_MONOTONIC);

use GateTest;


sub now {
    return clock_gettime(CLOCK_MONOTONIC);
}


sub remaining {
    my ($r) = @_;

    return join ' ', ($r->field('ratelimit') // 'none') =~ /;r=(\d+)/g;
}


sub statuses {
    my ($n, @args) = @_;

    return join ' ', map { get(@args)->{status} } 1 .. $n;
}


sub evictions {
    return get('/status')->json()->{zone}{evictions};
}


# Keys until the zone has no room for one more; how many found some.

sub fill {
    my ($target) = @_;

    my ($c, $n) = (undef, 0);

    while ($n++ < 30_000) {
        $c //= client();
        $c->write(request('GET', "$target$n", undef, 'Connection: keep-alive'));

        my $r = $c->read();

        return $n - 1 if $r->{status} == 503;
        undef $c if $r->{head} =~ /^connection: close/mi;
    }

    return 0;
}


# One request after the other, as fast as they go, over a few connections:
# [ status, when it was sent, when its answer was there ].

sub hammer {
    my ($n, $target) = @_;

    my @c = map { client() } 1 .. 3;
    my $bytes = request('GET', $target, undef, 'Connection: keep-alive');
    my @asked;

    for my $i (1 .. $n) {
        my $c = $c[$i % @c];
        my $sent = now();

        $c->write($bytes);
        push @asked, [ $c->read()->{status}, $sent, now() ];
    }

    return \@asked;
}


# Several at once: how many were let through, and in what time at the most.

sub hammers {
    my ($processes, $n, $target) = @_;

    my (@pipes, $passed, $first, $last);

    for (1 .. $processes) {
        pipe(my $r, my $w) or die $!;

        if ((fork() // die $!) == 0) {
            my $asked = hammer($n, $target);

            printf $w "%d %.9f %.9f", scalar(grep { $_->[0] == 200 } @$asked), $asked->[0][1],
            $asked->[-1][2];
            close $w;
            POSIX::_exit(0);
        }

        push @pipes, $r;
    }

    for my $r (@pipes) {
        my ($n, $from, $to) = split / /, <$r>;

        $passed += $n;
        $first = $from if !defined $first || $from < $first;
        $last = $to if !defined $last || $to > $last;
    }

    wait for @pipes;

    return ($passed, $last - $first);
}


run_gate_tests();

__DATA__

=== TEST 1: plans, limits with names and limits without are apart
--- gate
    gate_zone names-1 64k;
    gate_plan '#1' { rate 1r/h burst=1; }
    gate_plan 1 { rate 1r/h burst=1; }
    gate_plan rate { rate 1r/h burst=1; }
    gate_consumer a { plan '#1'; key sha256(a); }
    gate_consumer b { plan 1; key sha256(b); }
    gate_consumer c { plan rate; key sha256(c); }
--- config
    gate_service s;
    location /first/   { gate_auth key; gate_limit rate=1r/h burst=1; gate_pass http://sidecar; }
    location /plan/    { gate_auth key; gate_limit plan; gate_pass http://sidecar; }
    location /named/ {
        gate_auth key;
        gate_limit rate=1r/h burst=1 name=1;
        gate_pass http://sidecar;
    }
    location /hash/ {
        gate_auth key;
        gate_limit rate=1r/h burst=1 name=#1;
        gate_pass http://sidecar;
    }
    location /rate/ {
        gate_auth key;
        gate_limit rate=1r/h burst=1 name=rate;
        gate_pass http://sidecar;
    }
    location /x/ {
        gate_limit rate=1r/h burst=1 key=$arg_x name=team-4f1d022d;
        gate_pass http://sidecar;
    }
    location /y/ {
        gate_limit rate=1r/h burst=1 key=$arg_x name=team-7dc5b8b0;
        gate_pass http://sidecar;
    }
    location /la/ {
        gate_limit rate=1r/h burst=1 key=$arg_x name=la;
        gate_pass http://sidecar;
    }
    location /lo/      { gate_limit rate=1r/h burst=1 key=$arg_x name=l; gate_pass http://sidecar; }
--- client
    for my $who ('a', 'b', 'c') {
        is(statuses(2, '/plan/', "apikey: $who"), '200 200', "$who uses up its plan");
        is(remaining(get('/first/', "apikey: $who")), 1, '... and has a limit without a name left');
        is(remaining(get("/$_/", "apikey: $who")), 1, "... and one named like it, $_")
            for qw(named hash rate);
    }

    is(statuses(3, '/x/?x=k'), '200 200 429', 'a name is a bucket');
    is(statuses(3, '/y/?x=k'), '200 200 429',
       '... and another name of the same hash is another one');

    is(statuses(3, '/la/?x=b'), '200 200 429', 'name "la", key "b"');
    is(statuses(3, '/lo/?x=ab'), '200 200 429', '... is not name "l", key "ab"');

=== TEST 2: a bucket does not make room for another one of its request
--- gate
    gate_zone pair-2 32k;
--- config
    gate_service s;
    location /slow/ { gate_limit rate=1r/h key=$arg_x name=slow; gate_pass http://sidecar; }
    location /pair/ {
        gate_limit rate=10r/m burst=1 key=$arg_a name=first;
        gate_limit rate=10r/m burst=1 key=$arg_b name=second;
        gate_pass http://sidecar;
    }
    location /status { gate_status; }
--- client
    # "a" and then "c" are to be full again while all others are not

    is(remaining(get('/pair/?a=a')), 1, 'a bucket');
    sleep(0.1);
    is(remaining(get('/pair/?a=c')), 1, '... and a later one');
    cmp_ok(fill('/slow/?x='), '>', 20, 'no room is left');
    is(evictions(), 0, '... without one that had to go');

    sleep(6.1);

    is(get('/pair/?a=a&b=b')->{status}, 200,
       'a new bucket takes the room of one that is full again');
    is(remaining(get('/pair/?a=a')), 0, '... not of the other one that the request has');
    is(remaining(get('/pair/?b=b')), 0, '... and both were debited');
    is(evictions(), 1, '... and one had to go');

    is(get('/pair/?a=a&b=d')->{status}, 503, 'without any there is no room');
    is(evictions(), 1, '... and none had to go');

=== TEST 3: a limit is as exact as the clock
--- gate
    gate_zone exact-3 64k;
    keepalive_requests 1000000;
    access_log off;
--- config
    location /r2/  { gate_limit rate=2000r/s burst=0 key=$remote_addr name=r2; empty_gif; }
    location /r5/  { gate_limit rate=5000r/s burst=0 key=$remote_addr name=r5; empty_gif; }
    location /r10/ { gate_limit rate=10000r/s burst=0 key=$remote_addr name=r10; empty_gif; }
    location /r50/ { gate_limit rate=50000r/s burst=0 key=$remote_addr name=r50; empty_gif; }
    location /all/ { gate_limit rate=3000r/s burst=0 key=$remote_addr name=all; empty_gif; }
    location /deep/ { gate_limit rate=2000r/s burst=99 key=$remote_addr name=deep; empty_gif; }
--- client
    # Decided between the sending and the answer: what is certain of the time
    # between two decisions says what they must have been.

    for ([ r2 => 2000 ], [ r5 => 5000 ], [ r10 => 10_000 ], [ r50 => 50_000 ]) {
        my ($name, $rate) = @$_;
        my ($asked, $last) = hammer(3000, "/$name/");
        my ($early, $late) = (0, 0);

        for (@$asked) {
            my ($status, $sent, $there) = @$_;

            if ($status == 200) {
                $early++ if $last && $there - $last->[1] < 1 / $rate;
                $last = $_;

            } elsif (!$last || $sent - $last->[2] >= 1 / $rate) {
                $late++;
            }
        }

        is($early, 0, "$name: none of 3,000 passes too early");
        is($late, 0, '... and none is refused that is due');
    }

    for ([ '/all/', 3000, 1 ], [ '/deep/', 2000, 100 ]) {
        my ($target, $rate, $depth) = @$_;
        my ($passed, $time) = hammers(4, 1500, $target);

        cmp_ok($passed, '<=', $depth + $time * $rate,
               "of four at once as many pass $target as the time allows");
        cmp_ok($passed, '>=', $depth, '... and at least what is there at first');
    }

=== TEST 4: Retry-After is not a moment too short
--- gate
    gate_zone retry-4 64k;
--- config
    location /hour/ { gate_limit rate=1r/h key=$arg_k name=hour; empty_gif; }
    location /slow/ { gate_limit rate=24r/m key=$arg_k name=slow; empty_gif; }
--- client
    for my $n (1 .. 5) {
        for ([ hour => 3600 ], [ slow => 2.5 ]) {
            my ($name, $interval) = @$_;

            my $t1 = now();
            is(get("/$name/?k=$n")->{status}, 200, "$name: one passes");
            my $t2 = now();
            my $r = get("/$name/?k=$n");
            my $t3 = now();
            my $wait = $r->field('retry-after') // 0;

            # the second was decided at most $t3 - $t1 after the first

            cmp_ok($wait, '>=', $interval - ($t3 - $t1),
                   '... and the next is told to wait long enough')
                if $r->{status} == 429;
            cmp_ok($wait, '<=', ceil($interval), '... and no longer than needed')
                if $r->{status} == 429;
            is($r->{status}, 429, '... as it is refused') if $t3 - $t1 < $interval;
        }
    }

=== TEST 5: a faster rate is in force at once
--- gate
    gate_zone faster-5 64k;
--- config
    location /x/ { gate_limit rate=1r/h burst=9 key=$remote_addr name=x; empty_gif; }
--- client
    is(statuses(11, '/x/'), join(' ', (200) x 10, 429), 'a limit by the hour is used up');
    change('rate=1r/h burst=9', 'rate=10r/s burst=0');
    reload();
    ok(wait_for(sub { get('/x/')->{status} == 200 }),
       'with a faster one a caller need not wait for hours');
