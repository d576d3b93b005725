#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# The sidecar's configurations that come with the gateway: Envoy takes them.

use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib";
use File::Path qw(make_path);
use Test::More;

use GateMesh;

my $root = $ENV{TEST_NGINX_SERVROOT};
my $port = $ENV{TEST_NGINX_SERVER_PORT};

make_path($root);

for my $name (qw(conf/envoy.yaml conf/demo/envoy.yaml docker/envoy.yaml)) {
    my $text = GateMesh::slurp("$Bin/../../$name");

    $text =~ s/@[A-Z0-9]+@/$port++/ge;
    GateMesh::spew("$root/envoy.yaml", $text);

    my $said = `envoy --mode validate -c $root/envoy.yaml 2>&1`;

    is($?, 0, "$name is valid") or diag($said);

    for my $rule (qr/use_remote_address: false/, qr/normalize_path: true/,
                  qr/merge_slashes: true/, qr/REJECT_REQUEST/,
                  qr/domains: \["\*"\].*?direct_response: \{ status: 404 \}/s,
                  qr/local_reply_config:.*?key: x-gate-sidecar\b/s,
                  qr/response_headers_to_remove: \[x-gate-sidecar\]/,
                  qr/retry_on: connect-failure,refused-stream/)
    {
        like($text, $rule, "it has $rule");
    }
}

done_testing();
