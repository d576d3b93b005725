#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Two checkouts on one machine test side by side: their ports differ.

use strict;
use warnings;

use File::Temp qw(tempdir);
use FindBin qw($Bin);
use IO::Socket::INET;
use Test::More;

my $say = '$| = 1; print "$ENV{TEST_NGINX_SERVER_PORT}\n"; <STDIN>';
my (@run, %seen);

# where no other checkout of this machine looks for ports meanwhile

delete $ENV{GATE_SLOT};
$ENV{GATE_FIRST_PORT} = 27000 + 20 * ($$ % 50);

for my $checkout (1 .. 3) {
    my $b = tempdir(CLEANUP => 1);

    push @run, ours($b), ours($b);
}

for my $run (@run) {
    my $first = readline($run->{out});

    chomp $first;
    ok(!$seen{$first}++, "port $first is this command's alone");
    $run->{first} = $first;
}

my $first = $run[0]{first};

ok(!IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1,
                          LocalPort => $first + 19),
   'the last port of a slot is its lock');
ok(IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1,
                         LocalPort => $first),
   'the others are free');

for my $run (@run) {
    close($run->{in});
    waitpid($run->{pid}, 0);
    is($?, 0, "the command on $run->{first} ends");
}

ok(IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1,
                         LocalPort => $first + 19),
   'a slot is free when its command has ended');

done_testing();


# One command with ports of its own, in a build folder; it waits for its input
# to end.

sub ours {
    my ($b) = @_;

    pipe(my $read, my $in) or die "pipe: $!";
    pipe(my $out, my $write) or die "pipe: $!";

    my $pid = fork();

    if ($pid == 0) {
        open(STDIN, '<&', $read);
        open(STDOUT, '>&', $write);
        close($_) for $in, $out, map { $_->{in} } @run;
        $ENV{B} = $b;
        delete $ENV{TEST_NGINX_SERVROOT};
        exec("$Bin/../setup/with.sh", 'plain', $^X, '-e', $say);
        exit(127);
    }

    close($_) for $read, $write;

    return { pid => $pid, in => $in, out => $out };
}
