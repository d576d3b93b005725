#!/usr/bin/env perl
#
# Runs the tests in all their modes, prints a line for each file and, at the end,
# the name of each assertion that failed and one line with the sums: "N passed,
# N failed[, N skipped]".
#
# Usage: run-tests.pl [MODE | FILE]...        B is the build folder
#   modes: unit plain hup workers asan sid mesh chaos fuzz (all of them)
#   files: t/WING/NAME.t, t/mesh/NAME.t, t/unit/NAME_test.c
#   environment: JOBS files at a time (two for each processor, as most of them
#   wait most of the time), TIMEOUT seconds for a file
#
# A file that has a line "# serial" runs while no other does. One that fails runs
# once more at the end, alone, and that run counts: a machine that is busy can
# upset what waits for something. It is said, and a crash or a finding of a
# sanitizer is never excused. What a file said is in build/log/tests/MODE/. Exit
# codes: 0 all passed, 1 something failed or nothing ran, 2 wrong arguments.

use strict;
use warnings;

use Cwd 'abs_path';
use Fcntl ':flock';
use File::Basename;
use File::Path qw(make_path remove_tree);
use POSIX ':sys_wait_h';
use TAP::Parser;
use Time::HiRes qw(time sleep);

my $root = abs_path(dirname(__FILE__) . '/../..');
my $b = $ENV{B} || "$root/build";
my $jobs = $ENV{JOBS} || 2 * (() = slurp('/proc/cpuinfo') =~ /^processor/mg) || 2;

my @nginx_modes = qw(plain hup workers asan sid);
my @modes = ('unit', @nginx_modes, qw(mesh chaos fuzz));
my %flavour = (asan => '1.22-asan', sid => 'sid');
my %limit = (unit => 180, mesh => 600, chaos => 600, fuzz => 600);

chdir $root or die "$root: $!\n";
$b = "$root/$b" if $b !~ m{^/};
$| = 1;

# a second run at the same time must not write over the logs of the first
my $log = "$b/log/tests";
make_path("$b/stamp");
open my $lock, '>', "$b/stamp/tests.lock" or die "$b/stamp: $!\n";
$log .= "-$$" if !flock $lock, LOCK_EX | LOCK_NB;

my (%sum, %slot, %running, @failures);
$sum{$_} = 0 for qw(passed failed skipped);

my @queue = arguments(@ARGV);
my $started = time;

$SIG{INT} = $SIG{TERM} = sub {
    stop($_) for values %running;
    exit 1;
};

while (@queue || %running) {
    while (my $job = next_job()) {
        start($job);
    }

    finish_one();
}

printf "%d files, %d s%s\n", $sum{files} || 0, time - $started,
       $sum{again} ? ", $sum{again} of them twice" : '';

print "$_\n" for splice @failures, 0, 40;
print '... and ' . @failures . " more\n" if @failures;

my $line = "$sum{passed} passed, $sum{failed} failed";
$line .= ", $sum{skipped} skipped" if $sum{skipped};
print "$line\n";

exit($sum{failed} || !$sum{passed} ? 1 : 0);


# All jobs in the order they are begun: what runs side by side, then the rest.

sub arguments {
    my (%mode, @file, @all);

    for my $arg (@_) {
        if (grep { $_ eq $arg } @modes) {
            $mode{$arg} = 1;

        } elsif (-f $arg && $arg =~ m{^t/}) {
            push @file, $arg;

        } else {
            warn "run-tests.pl: no mode and no test file: \"$arg\"\n";
            exit 2;
        }
    }

    for my $mode (@modes) {
        next if %mode && !$mode{$mode};
        push @all, grep { wanted($_, @file) } jobs_of($mode);
    }

    return ((grep { !$_->{serial} } @all), (grep { $_->{serial} } @all));
}


sub wanted {
    my ($job, @file) = @_;

    return !@file || $job->{file} =~ /\*/ || grep { $_ eq $job->{file} } @file;
}


sub jobs_of {
    my ($mode) = @_;

    if ($mode eq 'unit') {
        return map {
            { mode => $mode, file => $_, env => 'plain',
              cmd => unit($_) }
        } sort glob 't/unit/*_test.c';
    }

    if ($mode eq 'mesh') {
        return map {
            { mode => $mode, file => $_, env => 'plain', serial => alone($_),
              cmd => ['perl', $_] }
        } sort glob 't/mesh/*.t';
    }

    if ($mode eq 'chaos' || $mode eq 'fuzz') {
        my $file = "t/$mode/run.sh";

        return if !-e $file;

        return { mode => $mode, file => $file, env => 'plain', serial => $mode eq 'chaos',
                 cmd => [-x $file ? "./$file" : ('sh', $file), 'short'] };
    }

    my $mod = "$b/mod/" . ($flavour{$mode} || '1.22');

    if (!-e "$mod/ngx_http_gate_module.so" || -e "$mod/stale") {
        return { mode => $mode, file => "t/*/*.t", env => 'plain',
                 cmd => ['sh', '-c', "echo 'no module in $mod' >&2; exit 1"] };
    }

    return map {
        { mode => $mode, file => $_, env => $mode, cmd => ['perl', $_],
          serial => alone($_) }
    } grep { !m{^t/mesh/} && ($mode eq 'plain' || !m{^t/bench/}) } sort glob 't/*/*.t';
}


# A program that could not be built again must not pass as it was before.

sub unit {
    my ($file) = @_;

    my $program = "$b/unit/" . basename($file, '.c');

    if (system("make -s -q B='$b' '$program' 2>/dev/null")) {
        return ['sh', '-c', "echo '$file does not compile' >&2; exit 1"];
    }

    return [$program];
}


sub alone {
    my ($file) = @_;

    open my $fh, '<', $file or return 0;

    while (my $line = <$fh>) {
        return 1 if $line =~ /^#\s*serial\s*$/;
        last if $line =~ /^__(DATA|END)__/;
    }

    return 0;
}


# The next job that may start now.

sub next_job {
    my $job = $queue[0] or return;

    if ($job->{serial} ? %running : keys %running >= $jobs) {
        return;
    }

    return if grep { $_->{serial} } values %running;

    return shift @queue;
}


sub start {
    my ($job) = @_;

    my ($n) = grep { !$slot{$_} } 0 .. $jobs;
    my $dir = "$log/$job->{mode}";
    my $name = $job->{file};

    $name =~ s{^t/}{};
    $name =~ s{/}{-}g;

    make_path($dir);
    $slot{$n} = 1;

    $job->{slot} = $n;
    $job->{out} = "$dir/$name.out";
    $job->{err} = "$dir/$name.err";
    $job->{begin} = time;
    $job->{limit} = $ENV{TIMEOUT} || $limit{$job->{mode}} || 300;
    $job->{servroot} = "$b/servroot-$$-$n";
    $job->{asan} = "$log/asan-$$-$n";

    remove_tree($job->{asan}, $job->{servroot});
    make_path($job->{asan});
    chmod 0777, $job->{asan};

    my $pid = fork;
    die "fork: $!\n" if !defined $pid;

    if ($pid == 0) {
        setpgrp(0, 0);

        # who has started this may hold a lock by one of them
        POSIX::close($_) for 3 .. 255;

        open STDIN, '<', '/dev/null';
        open STDOUT, '>', $job->{out} or die "$job->{out}: $!\n";
        open STDERR, '>', $job->{err} or die "$job->{err}: $!\n";

        delete @ENV{qw(TEST_NGINX_USE_HUP GATE_WORKERS GATE_SLOT MAKEFLAGS
                       MAKELEVEL)};

        $ENV{TEST_NGINX_SERVROOT} = $job->{servroot};
        $ENV{GATE_ASAN_LOG} = "$job->{asan}/report";
        delete $ENV{ASAN_OPTIONS} if $job->{mode} ne 'unit';

        exec 't/setup/with.sh', $job->{env}, @{ $job->{cmd} };
        exit 127;
    }

    $job->{pid} = $pid;
    $running{$pid} = $job;
}


# The file's own process group; nginx has left it for one of its own.

sub stop {
    my ($job) = @_;

    kill 'TERM', -$job->{pid};

    for (1 .. 20) {
        last if !kill 0, -$job->{pid};
        sleep 0.1;
    }

    kill 'KILL', -$job->{pid};
    stop_nginx($job);
}


sub stop_nginx {
    my ($job) = @_;

    open my $fh, '<', "$job->{servroot}/logs/nginx.pid" or return 0;
    my ($pid) = (<$fh> // '') =~ /^(\d+)/ or return 0;

    return 0 if !kill 0, $pid;

    kill 'TERM', $pid;

    for (1 .. 20) {
        return 1 if !kill 0, $pid;
        sleep 0.1;
    }

    kill 'KILL', $pid;

    return 1;
}


# What a test has started it has to stop; what is still there is stopped here.

sub left_behind {
    my ($job) = @_;

    my $nginx = stop_nginx($job);
    my @orphans;

    # one that was killed just now may still be about to die

    for (1 .. 10) {
        @orphans = grep { has_open($_, $job->{servroot}) } map { m{(\d+)} } glob '/proc/[0-9]*';
        last if !@orphans;
        sleep 0.1;
    }

    kill 'KILL', @orphans;

    for (1 .. 10) {
        return $nginx || @orphans ? 'an nginx' : '' if !kill 0, -$job->{pid};
        sleep 0.1;
    }

    my @names = map { slurp($_) =~ s/\0/ /gr } grep {
        slurp(s/cmdline$/stat/r) =~ /^\d+ \(.*\) \S \d+ $job->{pid} /s
    } glob '/proc/[0-9]*/cmdline';

    stop($job);

    return join ', ', @names;
}


# A worker whose master is gone is known by its log alone.

sub has_open {
    my ($pid, $folder) = @_;

    return grep { (readlink($_) // '') =~ m{^\Q$folder\E[/.]} } glob "/proc/$pid/fd/*";
}


sub finish_one {
    my $pid;

    while (($pid = waitpid(-1, WNOHANG)) == 0) {
        sleep 0.02;

        for my $job (values %running) {
            next if $job->{late} || time - $job->{begin} < $job->{limit};
            $job->{late} = 1;
            stop($job);
        }
    }

    my $status = $?;
    my $job = delete $running{$pid} or return;

    $job->{left} = left_behind($job);
    report($job, $status);
    remove_tree($job->{servroot}, $job->{asan});
    delete $slot{$job->{slot}};
}


sub slurp {
    my ($file) = @_;

    open my $fh, '<', $file or return '';
    local $/;

    return <$fh> // '';
}


# What one file adds to the sums. Whatever is wrong with the file itself is
# one more failure: no plan, a wrong number of tests, its exit code.

sub report {
    my ($job, $status) = @_;

    my $tap = slurp($job->{out});
    my $p = TAP::Parser->new({ tap => $tap . "\n" });
    my ($skipped, @wrong, @not) = (0);

    while (my $result = $p->next) {
        $skipped++ if $result->is_test && $result->has_skip;
        push @not, $result->description =~ s/^- //r if $result->is_test && !$result->is_ok;
        push @wrong, 'it bailed out' if $result->is_bailout;
    }

    my $passed = $p->passed - $skipped;
    my $failed = $p->failed;
    my $skip_all = $p->skip_all;

    $skipped++ if $skip_all;

    push @wrong, "it took more than $job->{limit} s" if $job->{late};
    push @wrong, $p->parse_errors if !$job->{late};
    push @wrong, sprintf 'exit code %d, signal %d', $status >> 8, $status & 127
        if $status && !$failed && !@wrong;
    push @wrong, "it left behind: $job->{left}"
        if $job->{left} && !$job->{late};
    push @wrong, 'no test ran' if !$passed && !$failed && !$skipped && !@wrong;

    my @asan = glob "$job->{asan}/report*";
    push @wrong, 'the address sanitizer found something' if @asan;

    my $errors = slurp("$job->{servroot}/logs/error.log");
    push @wrong, "a worker crashed: $1"
        if $errors =~ /(exited on signal (?!9\b|15\b)\d+)/;

    my $fatal = @asan || grep { /crashed/ } @wrong;

    $failed++ if @wrong;

    if ($failed && !$fatal && !$job->{again}) {
        push @queue, { %$job, serial => 1, again => 1, late => 0 };
        $sum{again}++;
        $job->{excused} = 1;

    } else {
        $sum{passed} += $passed;
        $sum{failed} += $failed;
        $sum{skipped} += $skipped;
        $sum{files}++;
        push @failures, map { "$job->{mode} $job->{file}: $_" } @not, @wrong if $failed;
    }

    printf "%-4s %-8s %-36s %s%s%s %.1f s%s\n", $failed ? 'FAIL' : 'ok',
           $job->{mode}, $job->{file}, "$passed passed",
           $failed ? ", $failed failed" : '',
           $skipped ? ", $skipped skipped" : '', time - $job->{begin},
           ($skip_all && $skip_all ne '1' ? " ($skip_all)" : '')
           . ($job->{again} ? ' (once more, alone)' : '');

    return if !$failed;

    print "    # it will run once more\n" if $job->{excused};

    # what failed and why comes first: notes and logs may be long

    print "    # $_\n" for @wrong;
    excerpt('', grep { /^(?:not ok|Bail out)/ } split /\n/, $tap);
    excerpt('', split /\n/, slurp($job->{err}));
    excerpt('', grep { !/^(?:not )?ok\b|^Bail out/ } split /\n/, $tap);
    excerpt('', split /\n/, slurp($_)) for @asan;
    excerpt('error.log: ',
            grep { /\[(alert|emerg|crit)\]/ } split /\n/, $errors);
    print "    # all of it: $job->{out}, .err and .log\n";

    open my $fh, '>', $job->{out} =~ s/out$/log/r or return;
    print $fh $errors;
}


sub excerpt {
    my ($prefix, @lines) = @_;

    my $more = @lines - 80;

    print "    $prefix$_\n" for splice @lines, 0, 80;
    print "    ... $more more lines\n" if $more > 0;
}
