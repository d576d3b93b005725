#!/usr/bin/perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Counts the instructions of one request for each scenario, says where they go,
# and compares with the figures of the tree.
#
# Usage: make bench-count [S="SCENARIO ..."] [WRITE=1] [TOP=40] [FIELDS=1]
#   S      some of the scenarios, with the rooms of each
#   WRITE  puts the figures of these into t/bench/counts.txt, for this machine
#   TOP    so many functions, too
#   FIELDS what each field to the sidecar costs
#
# Exit codes: 0 counted, 1 a part did not start or an answer was wrong.

use strict;
use warnings;

use GateBench;
use GateCount;

my $why = count_skip();

fail($why) if $why;

my $top = $ENV{TOP} || 0;
my @names = @ARGV ? @ARGV : map { $_->{name} } @GateCount::scenarios;
my %scenario = map { $_->{name} => $_ } @GateCount::scenarios;
my $figures = count_figures();
my %count;

for my $s (map { $scenario{$_} // fail("no scenario \"$_\"") } @names) {
    $count{$s->{$_}} = 1 for grep { defined $s->{$_} } qw(name over);
}

count_open();

for my $s (grep { $count{$_->{name}} } @GateCount::scenarios) {
    $count{$s->{name}} = count($s->{name});
}

my $idle = count_idle();

table();
rooms($_) for grep { $scenario{$_}{over} } @names;
fields() if $ENV{FIELDS};
write_figures() if $ENV{WRITE};

exit 0;


sub table {
    print count_machine(), "\n\n";
    printf "%-43s %8s %8s %6s  %s\n", 'instructions of a request', 'all',
           'over', 'share', 'in the tree';
    printf "%-43s %8s %8s %6s\n", 'outside the kernel', '', 'plain', '';

    for my $s (grep { $count{$_->{name}} } @GateCount::scenarios) {
        my $total = $count{$s->{name}}{total};
        my $plain = $s->{over} ? $count{$s->{over}}{total} : $total;
        my $known = $figures->{$s->{name}};

        printf "%-43s %8.0f %8s %6.2f  %s\n", $s->{says}, $total,
               $s->{over} ? sprintf('%+.0f', $total - $plain) : '',
               $total / $plain,
               $known ? sprintf('%d %+.1f %%', $known,
                                100 * ($total / $known - 1)) : '-';
    }

    my $new = $count{'jwt-new'};

    if ($new) {
        my $verify = $new->{verify};

        printf "one verification of RS256 in OpenSSL %16.0f: a new token "
               . "takes %.2f of it\n", $verify,
               ($new->{total} - $count{'plain-jwt'}{total}) / $verify
            if $verify;
    }

    printf "background, nobody asking %27.0f in a second\n", $idle;
}


# Where the difference is: the module's files with what they call, and nginx.

sub rooms {
    my ($name) = @_;

    my $s = $scenario{$name};
    my ($c, $plain) = @count{$name, $s->{over}};
    my $rest = $c->{total} - $plain->{total};

    print "\n$name: $s->{says}\n";

    for my $room (sort { $c->{rooms}{$b} <=> $c->{rooms}{$a} }
                  keys %{ $c->{rooms} })
    {
        printf "    %8.0f  %s\n", $c->{rooms}{$room}, $room
            if $c->{rooms}{$room} >= 10;
        $rest -= $c->{rooms}{$room};
    }

    printf "    %8.0f  what nginx itself does more, or less\n", $rest;
    printf "    %8.0f  in background meanwhile\n", $c->{background};

    return if !$top;

    my %more = %{ $c->{self} };

    $more{$_} = ($more{$_} // 0) - $plain->{self}{$_}
        for keys %{ $plain->{self} };

    my @f = sort { abs($more{$b}) <=> abs($more{$a}) } keys %more;

    print "  functions, without what they call:\n";
    printf "    %8.0f  %s\n", $more{$_}, $_ for splice @f, 0, $top;
}


# Of the gateway alone: the sidecar reads each of them, too.

sub fields {
    my $writer = 'ngx_http_gate_fields_block';
    my $none = count('field-none')->{inclusive}{$writer};

    print "\neach field to the sidecar, to write it\n";

    for my $name (grep { $_ ne 'none' } @GateCount::fields) {
        printf "    %8.0f  %s\n",
               count("field-$name")->{inclusive}{$writer} - $none, $name;
    }
}


sub write_figures {
    my $machine = count_machine();
    my %named = map { $_ => 1 } @names;
    my @lines = grep { !/^\Q$machine\E +(\S+)/ || !$named{$1} } split /\n/,
                -e count_file() ? slurp(count_file()) : '';

    push @lines, map {
        sprintf '%s  %-10s %d', $machine, $_->{name}, $count{$_->{name}}{total}
    } grep { $named{$_->{name}} } @GateCount::scenarios;

    open my $fh, '>', count_file() or fail(count_file() . ": $!");
    print $fh map { "$_\n" } @lines;
    close $fh or fail(count_file() . ": $!");
}
