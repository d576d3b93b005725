#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# The pages: README is short, each link leads somewhere, each directive has all
# that a reader looks for, and its example loads.

use strict;
use warnings;

use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);
use FindBin qw($Bin);
use Test::More;

use GateNginx qw(slurp spew);

my $nginx = $ENV{GATE_NGINX} or plan skip_all => 'run it by make t/core/docs.t';
my $top = "$Bin/../..";
my $root = $ENV{TEST_NGINX_SERVROOT};
my $port = $ENV{TEST_NGINX_SERVER_PORT};

my @pages = ("$top/README.md", "$top/conf/README.md", glob "$top/docs/*.md");
my %text = map { $_ => slurp($_) } @pages;

# What examples stand on, each unless the example has one of its own.

my @ground = (
    [ qr/^gate_zone\s/m         => 'gate_zone gate 1m;' ],
    [ qr/^gate_plan\s+gold\s/m  => 'gate_plan gold { rate 200r/s; }' ],
    [ qr/^gate_consumer\s+acme\s/m
        => 'gate_consumer acme { plan gold; group partners;'
           . ' scope orders:read; key sha256:' . 'ab' x 32 . '; }' ],
    [ qr/^upstream\s+sidecar\s/m
        => 'upstream sidecar { server 127.0.0.1:15001; keepalive 4; }' ],
);

remove_tree($root);
make_path(map { "$root/$_" } qw(logs gate sample));

for my $file (glob "$top/conf/sample/*") {
    spew("$root/sample/" . $file =~ s{.*/}{}r, slurp($file));
}

chmod 0600, glob "$root/sample/*.secret";


cmp_ok(scalar @pages, '>=', 13, 'the pages are found');

my $lines = $text{"$top/README.md"} =~ tr/\n//;

cmp_ok($lines, '>=', 150, 'README says what a newcomer needs');
cmp_ok($lines, '<=', 200, '... and can be read from end to end');

for my $page (@pages) {
    is(join(', ', broken($page)), '', name($page) . ' has no broken link');
}

for my $page (grep { name($_) =~ m{^docs/} } @pages) {
    like($text{"$top/README.md"}, qr{\]\(docs/\Q@{[ $page =~ s{.*/}{}r ]}\E\)},
         'README leads to ' . name($page));
}


# Each directive has a syntax, a default, contexts and an example that loads.

my %section = $text{"$top/docs/directives.md"}
              =~ /^### (gate_\w+)\n(.*?)(?=^##|\z)/gms;

my ($index) = $text{"$top/docs/directives.md"} =~ /\A(.*?)^## /ms;

cmp_ok(scalar keys %section, '>=', 28, 'the directives are found');

for my $name (sort keys %section) {
    my $part = $section{$name};
    my @example = $part =~ /^```nginx\n(.*?)^```$/gms;

    my $head = qr/\A\n[ ]{4}Syntax:[ ]{3}$name[ ][^\n]*\n(?:[ ]{14}[^\n]+\n)*
                  [ ]{4}Default:[ ]{2}\S[^\n]*\n[ ]{4}Context:[ ]{2}\S/x;

    like($part, $head, "$name has its syntax, default and context");
    like($index, qr/\[$name\]\(#$name\)/, "the table of the page leads to $name");
    ok(scalar @example, "$name has an example");

    for my $i (1 .. @example) {
        my $text = $example[$i - 1];
        my $said = load($text);

        is($?, 0, "example $i of $name loads") or diag($said);
        like($text, qr/^\s*$name[\s;]/m, "example $i of $name shows it");
        unlike($said, qr/\[(?:emerg|alert|crit)\]/,
               "example $i of $name has no error");
    }
}

done_testing();


# An example, as it would stand in http{}: what is a location is in a server.

sub load {
    my ($text) = @_;

    my ($http, $server, $depth, $to) = ('', '', 0);

    for my $part ($text =~ /((?:"[^"]*"|[^;{}"])*[;{}])/g) {
        if ($depth == 0) {
            $to = $part =~ /^\s*location\s/ ? \$server : \$http;
        }

        $$to .= $part;
        $depth += { '{' => 1, '}' => -1 }->{substr $part, -1} // 0;
    }

    $http .= "\n$$_[1]" for grep { $text !~ $$_[0] } @ground;
    $http =~ s{/var/lib/nginx/gate/}{$root/gate/}g;

    spew("$root/nginx.conf", <<"EOT");
load_module $ENV{GATE_MODULE};
pid logs/nginx.pid;
events { }
http {
    access_log off;
    $http
    server {
        listen 127.0.0.1:$port;
        $server
    }
}
EOT

    return `$nginx -t -p $root/ -e logs/error.log -c nginx.conf 2>&1`;
}


# Links of a page to files and headings that are not there.

sub broken {
    my ($page) = @_;
    my @broken;

    my $text = $text{$page} =~ s/^```.*?^```$//gmsr;

    for my $link ($text =~ /\]\(([^)\s]+)\)/g) {
        next if $link =~ m{^https?:};

        my ($file, $anchor) = $link =~ /^([^#]*)(?:#(.*))?$/;
        my $path = $file eq '' ? $page : dirname($page) . "/$file";

        push @broken, $link if !-e $path;
        next if !defined $anchor || !-f $path;

        push @broken, $link if !grep { $_ eq $anchor } anchors(slurp($path));
    }

    return @broken;
}


# Headings as links name them, and anchors.

sub anchors {
    my ($text) = @_;

    $text =~ s/^```.*?^```$//gms;

    my @headings = map { lc } $text =~ /^#+ (.*)$/gm;

    return ($text =~ /<a id="([^"]+)">/g, map { s/[^\w\- ]//gr =~ s/ /-/gr } @headings);
}


sub name {
    my ($page) = @_;

    return $page =~ s{^\Q$top\E/}{}r;
}
