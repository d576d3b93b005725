#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# The example of docs/lifecycle.md, typed as it stands there, with other ports:
# each command says what the page has below it, but for dates.

use strict;
use warnings;

use File::Path qw(make_path remove_tree);
use FindBin qw($Bin);
use Test::More;

use GateNginx qw(slurp spew);

my $nginx = $ENV{GATE_NGINX} or plan skip_all => "run it by make t/shape/lifecycle_page.t";
my $root = $ENV{TEST_NGINX_SERVROOT};
my $port = $ENV{TEST_NGINX_SERVER_PORT};

my $page = slurp("$Bin/../../docs/lifecycle.md");
my ($part) = $page =~ /^## A version from its first day to its last\n(.*?)(?=^## |\z)/ms;
my @blocks = $part =~ /^```(?:sh|text)\n.*?^```\n/gms;

remove_tree($root);
make_path(map { "$root/build/$_" } qw(bin mod/1.22));
chmod 0777, $root;

symlink $ENV{GATE_MODULE}, "$root/build/mod/1.22/ngx_http_gate_module.so";
symlink $nginx, "$root/build/bin/nginx-1.22";

# one script, which says between what each block says

my ($script, @want) = ("exec 2>&1\ncd $root\n");

for my $block (@blocks) {
    my ($kind, $text) = $block =~ /^```(\w+)\n(.*?)^```/ms;

    if ($kind eq 'sh') {
        $text =~ s/\b8080\b/$port/g;
        $text =~ s/\b15001\b/$port + 1/ge;
        $script .= "$text\necho '#'\n";
        push @want, '';

    } else {
        $want[-1] = $text;
    }
}

spew("$root/script", $script);

my @said = split /^#\n/m, `bash $root/script`;

cmp_ok(scalar @want, '>=', 7, 'the blocks are found');

for my $i (0 .. $#want) {
    is(plain($said[$i]), plain($want[$i]), "block " . ($i + 1) . " says what it should");
}

done_testing();


# Without dates, and without what nginx itself says.

sub plain {
    my ($text) = @_;

    $text = ($text // 'nothing at all') =~ s/\r//gr;
    $text =~ s/^(?:nginx: |\d{4}\/\d\d\/\d\d ).*\n//mg;
    $text =~ s/\@\d{10}\b/\@N/g;
    $text =~ s/\b\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT/DATE/g;
    $text =~ s/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/TIME/g;

    return $text;
}
