#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# The change of an hour, by a clock that can be set: a request is billed in the hour
# of its end. Where that hour is so long ago that Redis would drop it, it is kept.


use strict;
use warnings;

use Test::More;

use GateJournal;
use GateNginx;

my ($backend, $redis) = begin();
my $root = $ENV{TEST_NGINX_SERVROOT};


SKIP: {
    my $clock = clock();

    skip('no clock of our own here', 14) if !$clock;

    local $ENV{LD_PRELOAD} = $clock;
    local $ENV{GATE_TEST_CLOCK} = "$root/clock";

    set_clock(0);

    my $n = instance('hour', http => "gate_redis 127.0.0.1:$redis->{port}; gate_node n1;");

    $n->get();

    my $held = $n->hold('/until=later');

    set_clock(3600);
    $backend->release('later');
    is($held->read()->{status}, 200, 'a request lasts over the hour');
    $n->get();
    wait_for(sub { $redis->sum('gate:u:*', 'served') == 3 });
    is($redis->sum('gate:u:*', 'served'), 3, 'all are counted');

    my @keys = sort @{ $redis->ask('KEYS', 'gate:u:*') };

    is(scalar @keys, 2, '... in two hours');
    is(join(' ', map { $redis->ask('HGET', $_, 'a|v1|-|served') } @keys), '1 2',
       '... each in that of its end');

    set_clock(0);
    $n->get();
    ok(wait_for(sub { $redis->sum('gate:u:*', 'served') == 4 }),
       'a clock that is set back loses nothing');
    is($n->ends(), '4 opened, 4 served', '... nor in the journal');
    $n->ends_ok();
    $n->quiet_ok();

    # Redis goes by a clock of its own: to it that hour is long over.

    $redis->ask('FLUSHALL');
    set_clock(-100 * 86400);

    $n = instance('past', http => "gate_redis 127.0.0.1:$redis->{port}; gate_node n1;");

    $n->get();
    ok(wait_for(sub { $redis->sum('gate:u:*', 'served') == 1 }),
       'what comes when "retain" is over is in Redis all the same');

    for my $key (@{ $redis->ask('KEYS', 'gate:[ue]:*') }) {
        cmp_ok($redis->ask('TTL', $key), '>', 69 * 86400, '... for as long, from then on');
    }

    $n->get();
    ok(wait_for(sub { $redis->sum('gate:u:*', 'served') == 2 }), '... and so is what is added');
    is($redis->sum('gate:e:*', 'served'), 2, '... once');
    $n->ends_ok();
    $n->quiet_ok();
}

done_testing();


# A gettimeofday() that adds what stands in a file.

sub clock {
    return if ($ENV{GATE_MODE} // '') eq 'asan';

    spew("$root/clock.c", <<'C');
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

static volatile int64_t  *offset;

__attribute__((constructor)) static void
open_clock(void)
{
    char  *name = getenv("GATE_TEST_CLOCK");
    int    fd = name ? open(name, O_RDONLY) : -1;
    void  *p = (fd == -1) ? MAP_FAILED
                          : mmap(0, 8, PROT_READ, MAP_SHARED, fd, 0);

    if (p != MAP_FAILED) {
        offset = p;
    }
}

int
gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
    int  rc = (int) syscall(SYS_gettimeofday, tv, tz);

    if (rc == 0 && offset) {
        tv->tv_sec += *offset;
    }

    return rc;
}
C

    return system('gcc', '-shared', '-fPIC', '-O1', '-o', "$root/clock.so",
                  "$root/clock.c") == 0 ? "$root/clock.so" : undef;
}


sub set_clock {
    my ($offset) = @_;

    if (!-e "$root/clock") {
        spew("$root/clock", pack('q', $offset));
    }

    patch("$root/clock", 0, pack('q', $offset));
}
