#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Resources that are written by hand, of random meshes, as the real messages of
# xDS read them.
#

use strict;
use warnings;

use FindBin qw($Bin);
use Test::More;

my $b = $ENV{B} // '';
my ($python, $random) = ("$b/bin/python-xds", "$b/unit/mesh_xds_random_test");

plan(skip_all => 'no messages of xDS for Python') if !-x $python;
plan(skip_all => 'mesh_xds_random_test is not built') if !-x $random;

my $file = "$ENV{TEST_NGINX_SERVROOT}-resources";

is(system("MESH_DUMP=$file $random >/dev/null"), 0, 'resources of random meshes are written');

my %of = map { /^(\w+)\t(\d+)\t(.*)/ ? ($1 => [ $2, $3 ]) : () }
    `$python $Bin/xds_messages.py $file`;

for my $type (qw(Cluster ClusterLoadAssignment Listener RouteConfiguration VirtualHost)) {
    cmp_ok($of{$type}[0] // 0, '>', 100, "there are many of the type $type");
    is($of{$type}[1], '', "the real $type reads each as it was written");
}

unlink $file;

done_testing;
