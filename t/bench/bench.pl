#!/usr/bin/perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Starts the parts of the measurement, loads them in turn, reads what the
# gateway's process used, checks answers and bill, prints the table. See
# run.sh.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use List::Util qw(max min sum0);
use Time::HiRes qw(sleep time);

use GateBench;

use constant TOKENS => 1000;
use constant CACHE  => '64k';              # of the gate that gets all tokens

my $B       = $ENV{B};
my $here    = abs_path(dirname(__FILE__));
my $rounds  = $ENV{BENCH_ROUNDS} || 5;
my $seconds = $ENV{BENCH_SECONDS} || 4;
my $clients = $ENV{BENCH_CONNECTIONS} || 64;

for my $tool (qw(wrk h2load redis-server taskset)) {
    grep { -x "$_/$tool" } split /:/, $ENV{PATH}
        or fail("$tool is missing; ./gate bench installs it");
}

bench_open('bench', TOKENS,
           qw(service redis bare gate cold map lua haproxy envoy pair pairall
              pairthree pairnone));

my $dir   = $GateBench::dir;
my @cores = @GateBench::cores;
my %port  = %GateBench::port;
my $key   = bench_key(7);

# What is sent. "pair" is the plain proxy with the identical request.

my %sends = (
    key    => [ '/orders/1', "apikey: $key" ],
    token  => [ '/orders/1', "Authorization: Bearer $GateBench::tokens[0]" ],
    tokens => [ '/orders/1', '@tokens' ],
    open   => [ '/open/1', "apikey: $key" ],
);

my @scenarios = (
    { name => 'key',     to => 'gate',    sends => 'key',
      says => 'API key + limit + billing' },
    { name => 'jwt',     to => 'gate',    sends => 'token',
      says => 'repeated JWT + limit + billing' },
    { name => 'jwtcold', to => 'cold',    sends => 'tokens',
      says => 'JWT never seen before + limit + billing' },
    { name => 'open',    to => 'gate',    sends => 'open',
      says => 'gated server, no policy here' },
    { name => 'pair',    to => 'pairall', sends => 'key', beside => 'pair',
      says => 'gate -> Envoy, all fields' },
    { name => 'pair3',   to => 'pairthree', sends => 'key', beside => 'pair',
      says => 'gate -> Envoy, three fields' },
    { name => 'pair0',   to => 'pairnone', sends => 'key', beside => 'pair',
      says => 'gate -> Envoy, no fields' },
    { name => 'map',     to => 'map',     sends => 'key', peer => 1,
      says => 'nginx map + limit_req, no bill' },
    { name => 'lua',     to => 'lua',     sends => 'key', peer => 1,
      says => 'nginx + Lua key + counter, no bill' },
    { name => 'haproxy', to => 'haproxy', sends => 'key', peer => 1,
      says => 'HAProxy map + stick-table, no bill' },
);

my $event = $ENV{BENCH_EVENT} || 'instructions';

my (%measured, @lines, $perf, $envoy);

bench(@ARGV);

exit 0;


sub start_parts {
    my %needed = map { $_ => 1 } @_;

    start_nginx('bare', $cores[0], 'bare.conf');
    start_nginx('gate', $cores[0], 'gate.conf') if $needed{gate};
    start_nginx('cold', $cores[0], 'gate.conf', CACHE => CACHE)
        if $needed{cold};
    start_nginx('map', $cores[0], 'map.conf') if $needed{map};
    start_nginx('lua', $cores[0], 'lua.conf', BINARY => "$B/bin/nginx-lua")
        if $needed{lua};
    start_pairs() if $needed{pairall} || $needed{pairthree}
                     || $needed{pairnone};

    if ($needed{haproxy}) {
        configure('haproxy', 'haproxy.cfg');
        start('haproxy', $cores[0], "$B/bin/haproxy", '-db', '-f',
              "$dir/haproxy.conf");
    }
}


# nginx and Envoy on one core, as they stand in one pod.

sub start_pairs {
    -x "$B/bin/envoy" or fail('no Envoy on this machine');

    configure('envoy', 'envoy.yaml');
    rename "$dir/envoy.conf", "$dir/envoy.yaml" or fail("envoy.yaml: $!");
    $envoy = start('envoy', $cores[0], "$B/bin/envoy", '-c',
                   "$dir/envoy.yaml", '--concurrency', 1,
                   '--disable-hot-restart', '-l', 'error');

    start_nginx('pair', $cores[0], 'bare.conf', SERVICE => $port{envoy});

    my %fields = (pairall => 'all', pairnone => 'none',
                  pairthree => 'X-Request-Id X-Consumer-Username traceparent');

    start_nginx($_, $cores[0], 'gate.conf', SERVICE => $port{envoy},
                FIELDS => $fields{$_}) for sort keys %fields;
}


sub start_service {
    my ($core) = @_;

    start_nginx('service', $core, 'service.conf');
    start('redis', $core, "$B/bin/redis-server", '--port', $port{redis},
          '--bind', '127.0.0.1', '--save', '', '--dir', $dir);
}


# --- load -------------------------------------------------------------------

# Nanoseconds that the process ran; ticks of these in the kernel, of all. A
# thread that syncs the journal's file is not part of answering; those of the
# sidecar are, where one stands behind.

sub cpu {
    my ($pid, $behind) = @_;

    my @used = (0, 0, 0);

    for my $task ("/proc/$pid/task/$pid",
                  $behind ? glob "/proc/$envoy/task/*" : ())
    {
        my ($ns) = split ' ', slurp("$task/schedstat");
        my ($user, $kernel) = (split ' ', slurp("$task/stat"))[13, 14];

        $used[0] += $ns;
        $used[1] += $kernel;
        $used[2] += $user + $kernel;
    }

    return @used;
}


sub load {
    my ($to, $sends, $duration) = @_;

    my ($path, $field) = @{ $sends{$sends} };
    my @command = ('wrk', '-t', 1, '-c', $clients, '-d', "${duration}s");
    my $url = "http://127.0.0.1:$port{$to}$path";

    push @command, $field eq '@tokens'
                   ? ('-s', "$here/tokens.lua", $url, '--', "$dir/tokens")
                   : ('-H', $field, $url);

    my $pid = worker($to);
    my $count = perf_start($pid);
    my @before = cpu($pid, $to =~ /^pair/);
    my $out = run('taskset', '-c', $cores[1], @command);
    my @used = cpu($pid, $to =~ /^pair/);

    $used[$_] -= $before[$_] for 0 .. $#used;

    my $instructions = perf_stop($count);

    my ($requests) = $out =~ /^\s*(\d+) requests in/m;
    my ($rps) = $out =~ m{^Requests/sec:\s*([\d.]+)}m;

    fail("no figures of wrk: $out") if !$requests;
    fail("wrong answers from $to: $out")
        if $out =~ /Non-2xx|Socket errors/;

    my $us = $used[0] / 1000 / $requests;

    return { us => $us, kernel => $us * $used[1] / ($used[2] || 1),
             rps => $rps, n => $requests, sends => $sends,
             instructions => $instructions / $requests };
}


# Virtual machines mostly have no counter of instructions: 0 then.

sub perf_start {
    my ($pid) = @_;

    $perf //= grep({ -x "$_/perf" } split /:/, $ENV{PATH})
              && `perf stat -x, -e $event true 2>&1` =~ /^\d+[\d.]*,/m ? 1 : 0;

    return if !$perf;

    my $child = fork // fail("fork: $!");

    if ($child == 0) {
        exec 'perf', 'stat', '-x,', '-e', $event, '-o', "$dir/perf", '-p',
             $pid or POSIX::_exit(127);
    }

    return $child;
}


sub perf_stop {
    my ($child) = @_;

    return 0 if !$child;

    kill 'INT', $child;
    waitpid $child, 0;

    return slurp("$dir/perf") =~ /^(\d[\d.]*),/m ? $1 : 0;
}


# --- the bill ---------------------------------------------------------------

sub redis {
    return run("$B/bin/redis-cli", '-p', $port{redis}, @_);
}


# What Redis has, by unit, of one node; waits until it stands still.

sub billed {
    my ($node) = @_;

    my ($last, %sum, %epoch) = ('');

    for (1 .. 40) {
        %sum = ();

        for my $key (split /\n/, redis('--raw', 'keys', 'gate:n:*')) {
            my ($epoch) = $key =~ /\{(.*)\}/;

            $epoch{$epoch} = 1 if redis('--raw', 'get', $key) =~ /^\Q$node\E$/m;
        }

        for my $hash (split /\n/, redis('--raw', 'keys', 'gate:e:*')) {
            my @row = split /\n/, redis('--raw', 'hgetall', $hash);

            while (my ($field, $value) = splice @row, 0, 2) {
                my @part = split /\|/, $field;
                $sum{$part[-1]} += $value if $epoch{$part[0]};
            }
        }

        my $now = join ' ', map { "$_=$sum{$_}" } sort keys %sum;

        last if $now ne '' && $now eq $last;

        $last = $now;
        sleep 2.5;
    }

    return \%sum;
}


# Exactly: a number of requests that is known beforehand.

sub check_bill {
    my ($to, $field) = @_;

    my $n = 20000;
    my $out = run('taskset', '-c', $cores[1], 'h2load', '--h1', '-n', $n,
                  '-c', 16, '-H', $field,
                  "http://127.0.0.1:$port{$to}/orders/1");

    fail("wrong answers from $to: $out")
        if $out !~ /\b$n succeeded, 0 failed, 0 errored/;

    my $bill = billed($to);

    fail("$to served $n and billed " . ($bill->{served} // 0))
        if ($bill->{served} // 0) != $n;

    return $n;
}


# wrk leaves in the middle of some requests: these are "aborted", or were
# served and not counted by it.

sub check_rounds {
    my ($to, $exact, @loads) = @_;

    my $bill = billed($to);
    my $seen = $exact + sum0(map { $_->{n} } @loads);
    my $left = $clients * @loads;
    my ($served, $aborted) = map { $bill->{$_} // 0 } qw(served aborted);

    fail("$to: $seen answers, $served served in the bill")
        if $served < $seen || $served > $seen + $left;
    fail("$to: $aborted aborted of at most $left") if $aborted > $left;

    for my $unit (qw(refused_upstream interrupted)) {
        fail("$to: $unit in the bill: $bill->{$unit}") if $bill->{$unit};
    }

    printf "%s: %d complete answers, billed as served %d, aborted %d "
           . "(%d connections were cut)\n", $to, $seen, $served, $aborted,
           $left;
}


# --- the table --------------------------------------------------------------

sub bench {
    my (@names) = @_;

    my %chosen = map { $_ => 1 } @names;

    @scenarios = grep { $chosen{$_->{name}} } @scenarios if @names;

    if (!@names && !-x "$B/bin/envoy") {
        print "bench: no Envoy here, its pairs are left out\n";
        @scenarios = grep { !$_->{beside} } @scenarios;
    }

    fail("no such scenario: @names") if !@scenarios;

    start_service($cores[1]);
    start_parts(map { $_->{to} } @scenarios);

    my $exact = grep({ $_->{to} eq 'gate' } @scenarios)
                ? check_bill('gate', $sends{key}[1]) : 0;
    my %loads;

    # caches, connections, branch predictors

    for my $s (@scenarios) {
        push @{ $loads{$s->{to}} }, load($s->{to}, $s->{sends}, 1);
    }

    for my $round (1 .. $rounds) {
        print "round $round of $rounds\n";

        for my $s (@scenarios) {
            measure($s, $round, \%loads);
        }
    }

    table();

    check_rounds('gate', $exact,
                 grep { $_->{sends} ne 'open' } @{ $loads{gate} })
        if $loads{gate};
    check_rounds('cold', 0, @{ $loads{cold} }) if $loads{cold};

    print "\n", @lines;
}


# The plain proxy and the other, next to each other; who is first alternates.

sub measure {
    my ($s, $round, $loads) = @_;

    my %of;

    my $bare = $s->{beside} // 'bare';

    for my $to ($round % 2 ? ($bare, $s->{to}) : ($s->{to}, $bare)) {
        my $l = load($to, $s->{sends}, $seconds);

        $of{$to eq $bare ? 'bare' : 'gate'} = $l;
        push @{ $loads->{$to} }, $l;
    }

    push @{ $measured{$s->{name}} }, \%of;
}


sub median {
    my @sorted = sort { $a <=> $b } @_;

    return ($sorted[$#sorted / 2] + $sorted[($#sorted + 1) / 2]) / 2;
}


sub table {
    print "\n", '-' x 79, "\n";
    printf "%-42s %5s %6s %7s   %s\n", 'one core, 127.0.0.1, '
           . "$clients connections", 'us', 'kernel', 'req/s',
           'plain proxy = 1';
    printf "%-42s %5s %6s %7s   %4s %4s %4s\n", '', '/req', '', '', 'min',
           'med', 'max';
    print '-' x 79, "\n";

    for my $s (@scenarios) {
        my @of = @{ $measured{$s->{name}} };

        # the plain proxy with each of the requests

        if ($s->{name} =~ /^(key|jwt|jwtcold|pair)$/) {
            my %says = (key => 'plain proxy_pass, an API key',
                        jwt => 'plain proxy_pass, one JWT',
                        jwtcold => 'plain proxy_pass, many JWTs',
                        pair => 'plain nginx -> Envoy, both on one core');
            row($says{$s->{name}},
                "bare_$s->{name}", [ map { $_->{bare} } @of ]);
        }

        row("  $s->{says}", $s->{name}, [ map { $_->{gate} } @of ],
            [ map { $_->{bare}{us} / $_->{gate}{us} } @of ]);
    }

    print '-' x 79, "\n\n";
}


sub row {
    my ($says, $name, $loads, $ratios) = @_;

    my @us = map { $_->{us} } @$loads;
    my @kernel = map { $_->{kernel} } @$loads;
    my @rps = map { $_->{rps} } @$loads;

    printf "%-42s %5.2f %6.2f %7.0f", substr($says, 0, 42), median(@us),
           median(@kernel), median(@rps);
    printf "   %4.2f %4.2f %4.2f", min(@$ratios), median(@$ratios),
           max(@$ratios) if $ratios;
    print "\n";

    my @instructions = grep { $_ } map { $_->{instructions} } @$loads;

    push @lines, sprintf "bench\t%s\tus=%.3f\tus_min=%.3f\tus_max=%.3f"
                            . "\tkernel=%.3f\trps=%.0f%s\n", $name,
                            median(@us), min(@us), max(@us), median(@kernel),
                            median(@rps),
                            $ratios ? sprintf("\tratio=%.4f\tratio_min=%.4f"
                                              . "\tratio_max=%.4f",
                                              median(@$ratios), min(@$ratios),
                                              max(@$ratios)) : '';
    $lines[-1] =~ s/$/sprintf "\t%s=%.0f", $event, median(@instructions)/e
        if @instructions;
}
