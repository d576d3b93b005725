# Copyright (C) 2026 Meshgate contributors
#
# What a request costs in instructions is not more than t/bench/counts.txt says
# for this kind of machine, and 3 percent.

use strict;
use warnings;

use Test::More;

use GateCount;

use constant MORE => 1.03;

my $why = count_skip();

$why //= 'counted in mode plain alone' if $ENV{GATE_MODE} ne 'plain';

my $figures = count_figures();

$why //= 'no figures in t/bench/counts.txt for ' . count_machine()
         . ': ./gate bench-count WRITE=1 puts them there' if !%$figures;

plan skip_all => $why if defined $why;
plan tests => scalar @GateCount::scenarios;

count_open();

for my $s (@GateCount::scenarios) {
    my ($total, $known) = (count($s->{name})->{total}, $figures->{$s->{name}});

    SKIP: {
        skip "no figure for \"$s->{name}\" on this machine", 1 if !$known;

        cmp_ok $total, '<=', $known * MORE,
               "the instructions of \"$s->{name}\" are those of the tree";

        diag sprintf '"%s" takes %.0f, the tree says %d: '
                     . './gate bench-count shows where they go', $s->{name},
                     $total, $known if $total > $known * MORE;
    }
}
