#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# README's first configuration, typed as it stands there. With other ports and
# another folder, and nothing else changed, it refuses, serves and bills.

use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib";
use File::Path qw(make_path remove_tree);
use IPC::Open2;
use Test::More;

use GateMesh;

my $root = $ENV{TEST_NGINX_SERVROOT};
my $port = $ENV{TEST_NGINX_SERVER_PORT};
my $m = bless { root => $root, pid => {} }, 'GateMesh';

my %port = map { $_ => $port++ } 8080, 15001, 6379, 8000;
my $readme = GateMesh::slurp("$Bin/../../README.md");
my ($part) = $readme =~ /^## A first configuration of your own\n(.*?)^## /ms;
my ($conf) = $part =~ /^```nginx\n(.*?)^```\n/ms;
my ($yaml) = $part =~ /^```yaml\n(.*?)^```\n/ms;
my @blocks = $part =~ /^```sh\n(.*?)^```\n/msg;
my ($shell, $from, $to);

END {
    my $rc = $?;

    # nginx has left the group of the shell, all else is in it
    type("nginx-1.22 -p $root/ -c nginx.conf -s stop") if -e "$root/logs/nginx.pid";
    kill 'TERM', -$shell if $shell;
    $? = $rc;
}

remove_tree($root);
make_path($root);
chmod 0777, $root;

is(scalar @blocks, 5, 'there are five blocks of commands');
cmp_ok($yaml =~ tr/\n//, '<=', 25, 'a sidecar for a first try is short');

my ($folder, $make, $start, $ask, $stop) = @blocks;

open_shell();
type($folder);

my ($line, @more) = split /\n/, type($make);
my ($key) = split /\n/, type('echo "$key"');

like($key, qr/^[0-9a-f]{48}$/, 'a key is made');
like($line, qr/^key sha256:[0-9a-f]{64} id=acme-1;$/,
     'the line that stands for it is printed, ready to paste');
is("@more", '', '... and nothing else');
is($conf =~ s/^( *)PASTE THE KEY LINE HERE$/$1$line/m, 1,
   'its place in the configuration is marked');

GateMesh::spew("$root/nginx.conf", here($conf));
GateMesh::spew("$root/envoy.yaml", here($yaml));

my $said = type("nginx-1.22 -t -p $root/ -c nginx.conf");

like($said, qr/test is successful/, 'the configuration is loaded');
unlike($said, qr/\[\w+\]/, '... and warned of in no way');

is(type($start), '', 'all is started without a word');

for my $name (8000, 6379, 15001, 8080) {
    $m->wait_for(sub { $m->listens($port{$name}) }, 30)
        or BAIL_OUT("who listens on $name does not start");
}

my ($curl, $usage) = $ask =~ /\A(.*?)^sleep 2\n(.*)\z/ms;

$said = type($curl);

like($said, qr/^HTTP\/1.1 401 .*"reason":"no_credential"/ms,
     'without a key the answer is 401');
like($said, qr/^HTTP\/1.1 200 .*^X-Request-Id: .*"state": "shipped"/ms,
     'with it the service answers');
like($said, qr/^RateLimit: "gold";r=100;/m, '... with the fields of the limit');

my $bill = '';

$m->wait_for(sub { ($bill = type($usage)) =~ /^total/m });

like($bill, qr/^orders\s+v1\s+gold\s+1\s+0\s+0\s+0\s/m,
     'one request is on the bill');

# What README says of failures: Envoy is the third that was started, the
# service the first.

type('kill %1');
$m->wait_for(sub { !$m->listens($port{8000}) });
like(type($curl), qr/^HTTP\/1.1 503 .*"reason":"sidecar_refused"/ms,
     'without the service the answer is 503');

type('kill %3');
$m->wait_for(sub { !$m->listens($port{15001}) });
like(type($curl), qr/^HTTP\/1.1 502 .*"reason":"sidecar_unavailable"/ms,
     'without Envoy it is 502');

type($stop);
ok($m->wait_for(sub { !grep { $m->listens($_) } values %port }),
   'the last commands end all of it');

done_testing();


# A text of README with this test's folder, ports and build.

sub here {
    my ($text) = @_;

    $text =~ s{/tmp/gate\b}{$root}g;
    $text =~ s{(?<![\w/])(?:\$PWD/)?build/}{$ENV{B}/}g;
    $text =~ s{\b(8080|15001|6379|8000)\b}{$port{$1}}g;

    # another Redis of this machine may have the usual port
    $text =~ s{^(conf/usage\.sh .*)$}{$1 -p $port{6379}}mg;

    return $text;
}


sub open_shell {
    $shell = open2($from, $to, 'setsid bash 2>&1');
}


# Types into the one shell of this test; returns what was said.

sub type {
    my ($text) = @_;
    my $said = '';

    print {$to} here($text), "\necho; echo THAT-IS-ALL\n";

    while (defined(my $line = <$from>)) {
        return $said =~ s/\n\z//r if $line eq "THAT-IS-ALL\n";
        $said .= $line;
    }

    BAIL_OUT("the shell has ended: $said");
}
