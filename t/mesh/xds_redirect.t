#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# A service's sidecar with interception, in a network namespace of its own: what
# programs call goes where it should, though the port is one of this node, too.
#

use strict;
use warnings;

use Test::More;

use GateMeshd;
use GateNginx;

BEGIN {
    GateMeshd->needs(qw(envoy nft netns));
    exec 'unshare', '-n', $^X, (map { "-I$_" } @INC), $0 if !$ENV{GATE_UNSHARED}++;
}

# Calls of this user are sent to the outbound listener, of that to the inbound one.

my ($OUT, $IN) = (4242, 4243);

system('ip link set lo up && ip addr add 10.9.0.1/32 dev lo && ip addr add 10.9.0.2/32 dev lo'
       . ' && ip addr add 10.9.0.3/32 dev lo') == 0
    or plan(skip_all => 'no addresses can be added here');

open my $nft, '|-', 'nft -f -' or die "nft: $!\n";
print $nft <<"NFT";
table ip t {
    chain o {
        type nat hook output priority -100;
        meta skuid $OUT tcp dport != 53 redirect to :15001
        meta skuid $IN tcp dport != 53 redirect to :15006
    }
}
NFT
close $nft or plan(skip_all => 'no redirection here');

my $m = GateMeshd->new(http => 'mesh_source file services/*.json;', xds => 1);
my ($port, $bytes) = ($m->{service}, $m->{spare});

mkdir "$m->{root}/services";
spew("$m->{root}/services/a.json", <<"JSON");
{"services": [
  {"name": "web", "id": "w", "port": $port, "address": "10.9.0.1"},
  {"name": "api", "id": "a", "port": $port, "address": "10.9.0.2"},
  {"name": "far", "id": "f", "port": $bytes, "address": "10.9.0.3"},
  {"name": "bytes", "id": "b", "port": $bytes, "address": "10.9.0.2", "meta": {"protocol": "tcp"}}
]}
JSON

$m->services("web=127.0.0.1:$port", "api=10.9.0.2:$port", "far=10.9.0.3:$bytes",
             "bytes=10.9.0.2:$bytes");
$m->start();

my $e = $m->sidecar('node', role => 'service',
                    metadata => { INSTANCE_IPS => '10.9.0.1', INTERCEPT => 'redirect' });

# "STATUS NAME MARKER" of a call by a user.

sub as {
    my ($uid, $host, $at) = @_;

    pipe my $from, my $to or die "pipe: $!\n";

    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        $) = "$uid $uid";
        $> = $uid;

        my $got = GateMeshd::http('GET', "http://$at/x", undef, { Host => $host }, 5);
        print $to "$got->{status} ", $got->{json}{name} // '-', ' ',
            $got->{headers}{'x-gate-sidecar'} // '-';
        close $to;
        POSIX::_exit(0);
    }
    close $to;

    my $r = do { local $/; <$from> };

    waitpid $pid, 0;

    return $r;
}

is(as($OUT, 'api', "10.9.0.2:$port"), '200 api -',
   'another node is called, at a port that this node has, too');
is(as($OUT, 'web', "10.9.0.1:$port"), '200 web -', 'a call to this node goes in');
is(as($OUT, 'api', '10.9.0.2:9'), '200 api -', 'the Host decides, not the address');
is(as($OUT, 'nobody', "10.9.0.2:$port"), '404 - direct_response -',
   'a Host that is of no service gets a 404');
is(as($OUT, 'nobody', "10.9.0.2:$bytes"), '200 bytes -',
   'a service that speaks no HTTP is called where it is');
is(as($OUT, 'far', "10.9.0.3:$bytes"), '200 far -',
   'at the same port of another node HTTP goes by its Host');
is(as($OUT, 'api', '127.0.0.1:15001'), '599 - -', 'the interception itself is called in vain');
is(as($IN, 'web', "10.9.0.1:$port"), '200 web -', 'what comes in for an own address is served');
is(as($IN, 'api', "10.9.0.2:$port"), '200 api -',
   'what comes in for another address goes on as it was');
unlike($e->log(), qr/rejected|critical/, 'Envoy takes all of it');

done_testing;
