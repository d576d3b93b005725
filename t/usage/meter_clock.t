# Copyright (C) 2026 Meshgate contributors
#
# How long a request took is billed by a clock that nobody sets: a step of the
# wall clock, both ways, in any part of a request, bills no hours.  The step is
# made by a small library in front of the C library.

use strict;
use warnings;

use lib 't/lib';

BEGIN {
    if (($ENV{GATE_MODE} // '') eq 'asan'
        && !grep { /LD_PRELOAD:/ } `cat $ENV{GATE_NGINX}`)
    {
        print "1..0 # SKIP build/bin/nginx-asan preloads nothing else\n";
        exit 0;
    }

    if ($ENV{GATE_NGINX}) {
        my $b = $ENV{B};
        my $preload = "$b/clock.so";

        open(my $fh, '>', "$b/clock.c") or die "$b/clock.c: $!";
        print $fh <<'CODE';
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int  *step;

__attribute__((constructor))
static void
open_step(void)
{
    int          fd;
    const char  *name = getenv("GATE_CLOCK");

    fd = name ? open(name, O_RDONLY) : -1;

    if (fd != -1) {
        step = mmap(NULL, sizeof(int), PROT_READ, MAP_SHARED, fd, 0);
        close(fd);
    }
}

int
gettimeofday(struct timeval *tv, void *tz)
{
    struct timespec  ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    tv->tv_sec = ts.tv_sec + (step ? *step : 0);
    tv->tv_usec = ts.tv_nsec / 1000;

    return 0;
}
CODE
        close($fh);
        system("cc -shared -fPIC -O1 -o $preload.$$ $b/clock.c"
               . " && mv $preload.$$ $preload") == 0 or die 'cc';

        # Test::Nginx keeps what it finds when it is loaded
        $ENV{LD_PRELOAD} = join(' ', grep { $_ } $ENV{LD_PRELOAD}, $preload);
        $ENV{GATE_CLOCK} = "$ENV{TEST_NGINX_SERVROOT}.state/step";
    }
}

use GateTest;

use Time::HiRes qw(sleep);

use vars qw($secret);

$secret = 'apikey: secret';

step(0);


# The wall clock of nginx is that many seconds away from the right one.

sub step {
    my ($seconds) = @_;

    open(my $fh, (-e $ENV{GATE_CLOCK} ? '+<' : '>'), $ENV{GATE_CLOCK})
        or die $!;
    print $fh pack('i', $seconds);
    close($fh);
}


sub journal {
    return get('/status')->json()->{journal};
}


# The milliseconds billed for one request.

sub lasted {
    my ($code) = @_;

    my $was = journal();

    $code->();
    wait_for(sub { my $is = journal();
                   $is->{open} == 0 && $is->{served} > $was->{served} });

    return journal()->{duration_ms} - $was->{duration_ms};
}


# One request in pieces, with a step of the clock between two of them.

sub stepped {
    my (@parts) = @_;

    step(0);

    return lasted(sub {
        my $c = client();

        for my $part (@parts) {
            ref $part ? step($part->[0]) : $c->write($part);
            sleep 0.3;
        }

        $c->read();
    });
}


run_gate_tests();

__DATA__

=== TEST 1: a step of the clock is not billed
--- gate
    gate_consumer acme { key sha256(secret); }
    log_format at '$msec $request_time';
    access_log $TEST_NGINX_STATE/at.log at;
--- config
    client_header_timeout 5s;
    location = /status { gate_status; }
    location / {
        gate_auth key;
        gate_api orders;
        gate_meter requests bytes;
        gate_service s;
        gate_pass http://sidecar;
    }
--- client
    my $line = "GET /sleep=1 HTTP/1.1\r\nHost: a\r\n";
    my $rest = "$secret\r\n\r\n";

    for my $seconds (0, 7200, -7200, 86400 * 400) {
        my $ms = stepped($line . $rest, [ $seconds ]);

        cmp_ok($ms, '>=', 950, "$seconds s while it is served: as it was");
        cmp_ok($ms, '<', 4000, '... and no more');
    }

    like(log_text('at.log'), qr/ 720\d\.\d+$/m, "nginx's own time has it");

    for my $seconds (7200, -7200) {
        my $ms = stepped($line, [ $seconds ], $rest);

        cmp_ok($ms, '>=', 950, "$seconds s within the header: as it was");
        cmp_ok($ms, '<', 8000, '... with the time limit of a header at most');
    }

    cmp_ok(stepped($line, $rest), '>=', 1250,
           'the time in which the header came is billed');
    step(0);
