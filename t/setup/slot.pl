#!/usr/bin/env perl
#
# Runs a command with 20 ports that nothing else of this machine uses.
#
# Usage: t/setup/slot.pl COMMAND [ARGUMENT...]
#
# Sets TEST_NGINX_SERVER_PORT (the first port of the slot), GATE_PORT_BASE (the
# eleventh) and GATE_SLOT (the slot's number). The last port of a slot is its
# lock: it is bound and never listens. Ports belong to a network namespace, and
# so does this lock, whatever folder, user or chroot asks; a file would not. It
# is inherited and lasts as long as COMMAND and what COMMAND started.
# Environment: GATE_FIRST_PORT is where the first slot begins (13000). Exit
# codes: those of COMMAND; 1 when all slots are taken.

use strict;
use warnings;

use Fcntl;
use Socket;

use constant {
    FIRST => $ENV{GATE_FIRST_PORT} || 13000,
    SIZE  => 20,
    LAST  => 29000,     # the kernel itself gives out ports from 32768 on
};

for my $slot (0 .. (LAST - FIRST) / SIZE - 1) {
    my $first = FIRST + SIZE * $slot;
    my $lock = bound($first + SIZE - 1, 0) or next;

    # somebody else's program may have one of the others

    next if grep { !bound($_, 1) } $first .. $first + SIZE - 2;

    $ENV{TEST_NGINX_SERVER_PORT} = $first;
    $ENV{GATE_PORT_BASE} = $first + SIZE / 2;
    $ENV{GATE_SLOT} = $slot;

    fcntl $lock, F_SETFD, 0 or die "slot.pl: fcntl: $!\n";

    exec @ARGV or die "slot.pl: $ARGV[0]: $!\n";
}

die "slot.pl: all slots of ports are taken\n";


# A socket bound to that port. With "reuse" a port counts as free that only old
# connections still remember, as it does for the servers that will use it.

sub bound {
    my ($port, $reuse) = @_;

    socket my $s, PF_INET, SOCK_STREAM, 0 or die "slot.pl: socket: $!\n";
    setsockopt $s, SOL_SOCKET, SO_REUSEADDR, $reuse;

    return bind($s, sockaddr_in($port, INADDR_ANY)) ? $s : undef;
}
