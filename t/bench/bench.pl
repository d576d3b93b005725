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
use Digest::SHA qw(sha256_hex);
use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);
use List::Util qw(max min sum0);
use POSIX qw(WNOHANG);
use Time::HiRes qw(sleep time);

use GateToken;

use constant CONSUMERS => 1000;
use constant TOKENS    => 1000;
use constant CACHE     => '64k';           # of the gate that gets all tokens

my $B       = $ENV{B};
my $here    = abs_path(dirname(__FILE__));
my $dir     = "$B/bench";
my $rounds  = $ENV{BENCH_ROUNDS} || 5;
my $seconds = $ENV{BENCH_SECONDS} || 4;
my $clients = $ENV{BENCH_CONNECTIONS} || 64;
my $port    = $ENV{GATE_PORT_BASE} || 13010;

my @cores = cores();
my $key   = 'key-00007-of-the-measurement';

my %port = map { $_ => $port++ }
               qw(service redis bare gate cold map lua haproxy);

# What is sent. "pair" is the plain proxy with the identical request.

my %sends = (
    key    => [ '/orders/1', "apikey: $key" ],
    token  => [ '/orders/1', undef ],               # filled in by tokens()
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
    { name => 'map',     to => 'map',     sends => 'key', peer => 1,
      says => 'nginx map + limit_req, no bill' },
    { name => 'lua',     to => 'lua',     sends => 'key', peer => 1,
      says => 'nginx + Lua key + counter, no bill' },
    { name => 'haproxy', to => 'haproxy', sends => 'key', peer => 1,
      says => 'HAProxy map + stick-table, no bill' },
);

my $event = $ENV{BENCH_EVENT} || 'instructions';

my (%started, %measured, @lines, $perf);

$SIG{INT} = $SIG{TERM} = $SIG{HUP} = sub { exit 130 };

END {
    my $rc = $?;

    stop($_) for reverse sort keys %started;
    $? = $rc;
}

prepare();

if (@ARGV && $ARGV[0] eq 'profile') {
    shift;
    profile(@ARGV);

} else {
    bench(@ARGV);
}

exit 0;


sub fail {
    print STDERR "bench: FAILED: @_\n";
    exit 1;
}


# --- parts ------------------------------------------------------------------

sub prepare {
    remove_tree($dir);
    make_path("$dir/tmp");

    for my $tool (qw(wrk h2load redis-server taskset)) {
        grep { -x "$_/$tool" } split /:/, $ENV{PATH}
            or fail("$tool is missing; ./gate bench installs it");
    }

    my $keys = gate_keys();

    spew('rsa.pem', slurp($keys->{rsa}{public}));
    consumers();
    tokens();
}


sub consumers {
    my @names = map { sprintf 'consumer-%05d', $_ } 0 .. CONSUMERS - 1;
    my @keys = map { sprintf 'key-%05d-of-the-measurement', $_ }
                   0 .. CONSUMERS - 1;
    my ($conf, $map, $lines) = ('', '', '');

    for my $i (0 .. $#names) {
        my $hash = sha256_hex($keys[$i]);

        $conf .= "gate_consumer $names[$i] { plan gold; "
                 . "key sha256:$hash id=$names[$i]-1; }\n";
        $map .= "$keys[$i] $names[$i];\n";
        $lines .= "$keys[$i] $names[$i]\n";
    }

    spew('consumers.conf', $conf);
    spew('keys.map', $map);
    spew('keys.lua', $lines);
}


# Minting takes some seconds: kept as long as they are good.

sub tokens {
    my $file = "$B/keys/bench-tokens-" . TOKENS;

    if (!-e $file || -M $file > 0.5
        || -M $file > -M gate_keys()->{rsa}{private})
    {
        print "bench: minting ", TOKENS, " tokens\n";

        open my $fh, '>', "$file.new" or fail("$file.new: $!");

        print $fh mint(claims => { sub => "user-$_", exp => time + 86400,
                                   aud => "https://api.example",
                                   jti => sha256_hex($_),
                                   scope => 'orders:read orders:write' }), "\n"
            for 1 .. TOKENS;

        close $fh or fail("$file.new: $!");
        rename "$file.new", $file or fail("$file: $!");
    }

    spew('tokens', slurp($file));

    my ($first) = slurp($file) =~ /^(\S+)/;
    $sends{token}[1] = "Authorization: Bearer $first";
}


sub cores {
    my ($list) = slurp('/proc/self/status') =~ /^Cpus_allowed_list:\s*(\S+)/m;
    my @all = map { /(\d+)-(\d+)/ ? ($1 .. $2) : $_ } split /,/, $list;

    fail('it takes two cores') if @all < 2;

    return @all;
}


sub fill {
    my ($text, %value) = @_;

    1 while $text =~ s/\@([A-Z]+)\@/$value{$1} \/\/ fail("no value of $1")/e;

    return $text;
}


sub configure {
    my ($name, $template, %more) = @_;

    my %value = (
        HEAD    => slurp("$here/conf/head.inc"),
        HTTP    => slurp("$here/conf/http.inc"),
        NAME    => $name,
        DIR     => $dir,
        USER    => $> == 0 ? 'user  root;' : '',
        MASTER  => 'on',
        MODULE  => $ENV{GATE_MODULE},
        MODULES => "$B/nginx-1.22/usr/lib/nginx/modules",
        SERVICE => $port{service},
        REDIS   => $port{redis},
        CACHE   => '8m',
        PORT    => $port{$name},
        %more,
    );

    spew("$name.conf", fill(slurp("$here/conf/$template"), %value));
}


sub start {
    my ($name, $core, @command) = @_;

    my $pid = fork // fail("fork: $!");

    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', "$dir/$name.log";
        open STDERR, '>&', \*STDOUT;
        exec 'taskset', '-c', $core, @command or POSIX::_exit(127);
    }

    $started{$name} = $pid;

    my $until = time + 60;

    until (answers($port{$name})) {
        if (waitpid($pid, WNOHANG) || time > $until) {
            print STDERR slurp("$dir/$name.log"),
                         -e "$dir/$name.error.log"
                         ? slurp("$dir/$name.error.log") : '';
            fail("$name did not start");
        }

        sleep 0.1;
    }
}


sub start_nginx {
    my ($name, $core, $template, $binary, %more) = @_;

    configure($name, $template, %more);
    start($name, $core, @{ $more{UNDER} // [] }, $binary // $ENV{GATE_NGINX},
          '-c', "$dir/$name.conf", '-p', $dir, '-e', "$dir/$name.error.log");
}


sub stop {
    my ($name) = @_;

    my $pid = delete $started{$name} or return;

    kill 'TERM', $pid;

    for (1 .. 100) {
        return if waitpid($pid, WNOHANG) == $pid;
        sleep 0.1;
    }

    kill 'KILL', $pid;
    waitpid $pid, 0;
}


sub answers {
    my ($port) = @_;

    require IO::Socket::INET;

    return IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port",
                                 Timeout => 1);
}


# The process that does the work: a master's only child, or the part itself.

sub worker {
    my ($name) = @_;

    my $pid = $started{$name};

    for (1 .. 50) {
        my @child = split ' ', slurp("/proc/$pid/task/$pid/children");

        return $child[0] if @child == 1;
        return $pid if $name eq 'haproxy' && !@child;

        sleep 0.1;
    }

    fail("$name has not one worker");
}


sub start_service {
    my ($core) = @_;

    start_nginx('service', $core, 'service.conf', undef);
    start('redis', $core, "$B/bin/redis-server", '--port', $port{redis},
          '--bind', '127.0.0.1', '--save', '', '--dir', $dir);
}


# --- load -------------------------------------------------------------------

# Nanoseconds that the process ran; ticks of these in the kernel, of all. A
# thread that syncs the journal's file is not part of answering.

sub cpu {
    my ($pid) = @_;

    my ($ns) = split ' ', slurp("/proc/$pid/schedstat");
    my ($user, $kernel) = (split ' ', slurp("/proc/$pid/task/$pid/stat"))
                          [13, 14];

    return ($ns, $kernel, $user + $kernel);
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
    my @before = cpu($pid);
    my $out = run('taskset', '-c', $cores[1], @command);
    my @used = cpu($pid);

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


sub run {
    my (@command) = @_;

    open my $fh, '-|', @command or fail("$command[0]: $!");
    local $/;
    my $out = <$fh> // '';
    close $fh or fail("@command: $? $out");

    return $out;
}


# --- the bill ---------------------------------------------------------------

sub redis {
    return run("$B/bin/redis-cli", '-p', $port{redis}, @_);
}


# What Redis has, by unit, of one node; waits until it stands still.

sub billed {
    my ($node) = @_;

    my ($last, %sum) = ('');

    for (1 .. 40) {
        %sum = ();

        for my $hash (split /\n/, redis('--raw', 'keys', 'gate:e:*')) {
            my @row = split /\n/, redis('--raw', 'hgetall', $hash);

            while (my ($field, $value) = splice @row, 0, 2) {
                my @part = split /\|/, $field;
                $sum{$part[-1]} += $value if $part[0] eq $node;
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
    fail("no such scenario: @names") if !@scenarios;

    start_service($cores[1]);
    start_nginx('bare', $cores[0], 'bare.conf', undef);
    start_nginx('gate', $cores[0], 'gate.conf', undef);
    start_nginx('cold', $cores[0], 'gate.conf', undef, CACHE => CACHE);
    start_nginx('map', $cores[0], 'map.conf', undef);
    start_nginx('lua', $cores[0], 'lua.conf', "$B/bin/nginx-lua");

    configure('haproxy', 'haproxy.cfg');
    start('haproxy', $cores[0], "$B/bin/haproxy", '-db', '-f',
          "$dir/haproxy.conf");

    my $exact = check_bill('gate', $sends{key}[1]);
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
                 grep { $_->{sends} ne 'open' } @{ $loads{gate} });
    check_rounds('cold', 0, @{ $loads{cold} }) if $loads{cold};

    print "\n", @lines;
}


# The plain proxy and the other, next to each other; who is first alternates.

sub measure {
    my ($s, $round, $loads) = @_;

    my %of;

    for my $to ($round % 2 ? ('bare', $s->{to}) : ($s->{to}, 'bare')) {
        my $l = load($to, $s->{sends}, $seconds);

        $of{$to eq 'bare' ? 'bare' : 'gate'} = $l;
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

        if ($s->{name} =~ /^(key|jwt|jwtcold)$/) {
            my %says = (key => 'an API key', jwt => 'one JWT',
                        jwtcold => 'many JWTs');
            row("plain proxy_pass, $says{$s->{name}}",
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


# --- profile ----------------------------------------------------------------

# Instructions do not depend on what else the machine does. The kernel's are
# not among them.

sub profile {
    my (@names) = @_;

    `valgrind --version 2>&1` =~ /^valgrind/
        or fail('a profile needs Debian\'s valgrind');

    my $n = $ENV{BENCH_REQUESTS} || 2000;
    my %todo = map { $_->{name} => $_ } grep { !$_->{peer} } @scenarios;

    @names = ('key', 'jwt', 'open') if !@names;

    start_service($cores[1]);

    my %bare;

    for my $name (@names) {
        my $s = $todo{$name} or fail("no scenario \"$name\"");

        my $bare = $bare{$s->{sends}}
                   //= callgrind('bare', 'bare.conf', $s->{sends}, $n);
        my $gate = callgrind($s->{to}, 'gate.conf', $s->{sends}, $n);

        printf "profile\t%s\tplain=%.0f\tgate=%.0f\tmore=%.0f\n", $name,
               $bare->{''}, $gate->{''}, $gate->{''} - $bare->{''};

        my %diff = %$gate;
        $diff{$_} = ($diff{$_} // 0) - $bare->{$_} for keys %$bare;
        delete $diff{''};

        my @top = sort { abs($diff{$b}) <=> abs($diff{$a}) } keys %diff;

        for my $f (splice @top, 0, $ENV{BENCH_TOP} || 60) {
            printf "    %8.0f  %s\n", $diff{$f}, $f;
        }
    }
}


# instructions per request, by function; '' is the sum

sub callgrind {
    my ($name, $template, $sends, $n) = @_;

    my ($path, $field) = @{ $sends{$sends} };
    my $out = "$dir/$name-$sends.callgrind";

    start_nginx($name, $cores[0], $template,
                "$B/nginx-1.22/usr/sbin/nginx", MASTER => 'off',
                CACHE => CACHE,
                UNDER => [ 'valgrind', '--tool=callgrind',
                           '--instr-atstart=no',
                           "--callgrind-out-file=$out" ]);

    my @load = ('h2load', '--h1', '-c', 8, '-H', $field);
    my $url = "http://127.0.0.1:$port{$name}$path";

    run(@load, '-n', 500, $url);
    control($started{$name}, '-i', 'on');
    my $said = run(@load, '-n', $n, $url);
    control($started{$name}, '-i', 'off');
    control($started{$name}, '-d');
    stop($name);

    fail("wrong answers: $said") if $said !~ /\b$n succeeded, 0 failed/;

    my (%per, $text);

    $text = run('callgrind_annotate', '--threshold=100', '--show-percs=no',
                '--auto=no', "$out.1");

    while ($text =~ /^\s*([\d,]+)\s+(?:\S*:)?(\S.*?)(?: \[.*\])?$/mg) {
        my ($count, $function) = ($1, $2);

        $count =~ tr/,//d;
        $function = '' if $function =~ /PROGRAM TOTALS/;
        $function =~ s/'\d+$//;
        $per{$function} += $count / $n;
    }

    return \%per;
}


sub control {
    my ($pid, @command) = @_;

    run('callgrind_control', @command, $pid);
}


# --- files ------------------------------------------------------------------

sub slurp {
    my ($file) = @_;

    open my $fh, '<', $file or fail("$file: $!");
    local $/;

    return <$fh> // '';
}


sub spew {
    my ($name, $text) = @_;

    open my $fh, '>', "$dir/$name" or fail("$dir/$name: $!");
    print $fh $text;
    close $fh or fail("$dir/$name: $!");
}
