#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# The demo: its tour passes, with Envoy and without, and whatever ends it
# nothing is left behind.

use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);

use GateMesh;

my $demo = "$Bin/../../conf/demo/run.sh";
my @runs = glob "$ENV{B}/run-*";
my ($out, $rc);

($out, $rc) = demo('');

is($rc, 0, 'the tour passes') or diag($out);
like($out, qr/all 15 steps answered as they should\n\z/, 'all of its steps');
unlike($out, qr/\e/, 'without a terminal there are no colours');
unlike($out, qr/FAILED/, 'nothing failed');
nothing_left();

($out, $rc) = demo('DEMO_ENVOY=none');

is($rc, 0, 'it passes without Envoy') or diag($out);
is(() = $out =~ /no Envoy here/g, 1, 'says so in one line');
like($out, qr/all 15 steps answered as they should\n\z/, 'and shows the same');
nothing_left();

# At different moments of it.

for my $step (1, 6, 10, 12) {
    ($out, $rc) = demo('', sub { $_[0] =~ /^ *$step\. /m ? 'TERM' : undef });
    is($rc, 143, "TERM in step $step ends it");
    nothing_left();
}

($out, $rc) = demo('GATE_MODULE=/nonexistent');

is($rc, 1, 'a part that does not start is an error');
like($out, qr/nginx did not start/, 'that says which');
nothing_left(1);

SKIP: {
    skip 'no script(1) or no terminal to be had', 4
        if system('script -qec true /dev/null >/dev/null 2>&1 </dev/null');

    ($out, $rc) = demo('', undef, 'a terminal');

    like($out, qr/It stays up until Ctrl-C/, 'with a terminal it stays up');
    like($out, qr/curl -i -H 'apikey: \S+' http/, 'and has a line to try');
    is($rc, 0, 'Ctrl-C ends it, and all is well');
    nothing_left();
}

done_testing();


# Runs it; where when() gives a signal for what was said so far, that is sent.

sub demo {
    my ($env, $when, $terminal) = @_;

    my $command = "exec env $env $demo";

    pipe my $read, my $say or die "pipe: $!";
    pipe my $in, my $type or die "pipe: $!";

    my $pid = fork // die "fork: $!";

    if ($pid == 0) {
        open STDIN, '<&', $in;
        open STDIN, '<', '/dev/null' if !$terminal;
        open STDOUT, '>&', $say;
        open STDERR, '>&', $say;
        close $_ for $read, $say, $in, $type;
        exec 'script', '-qec', $command, '/dev/null' if $terminal;
        exec 'sh', '-c', $command;
    }

    close $say;

    my $out = '';

    while (sysread $read, $out, 4096, length $out) {
        my $signal = $when && $when->($out);

        if ($signal) {
            kill $signal, $pid;
            undef $when;
        }

        if ($terminal && $out =~ /It stays up.*curl -i -H \S+ \S+ \S+\s+\z/s) {
            sleep 0.5;
            syswrite $type, "\x03";
            $terminal = 0;
        }
    }

    waitpid $pid, 0;

    return ($out, $? >> 8);
}


# No process of it, and its folder only where it failed.

sub nothing_left {
    my ($failed) = @_;

    my @new = grep { my $run = $_; !grep { $_ eq $run } @runs }
              glob "$ENV{B}/run-*";
    my @left = grep {
        my $line = GateMesh::slurp($_) =~ s/\0/ /gr;
        $line =~ m{\Q$ENV{B}\E/run-\w{6}\b} && $line !~ /\bscript\b/;
    } glob '/proc/[0-9]*/cmdline';

    is(scalar @left, 0, 'no process is left') or diag("@left");
    is(scalar @new, $failed ? 1 : 0,
       $failed ? 'its folder tells more' : 'nor a folder');

    for my $run (@new) {
        system 'rm', '-rf', $run;
    }
}
