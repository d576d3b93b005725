package GateBill;

#
# Copyright (C) 2026 Meshgate contributors
#
# What a request was billed as, for tests by GateTest: each location is metered,
# for a consumer "acme" with the key "secret"; /status has the journal.
#
#   bills(gate => $in_http, config => $in_server);   # before run_gate_tests()
#   is(end_of('/'), '1 opened, 1 served');           # $r is its answer
#
# billed(code) says how all ended that was begun meanwhile, once nothing is open;
# $bytes_in, $bytes_out and $duration (ms) are what it added. $secret is the
# header field with the key.
#

use strict;
use warnings;

use parent 'Exporter';

use GateTest;

our @EXPORT = qw(bills journal billed end_of
                 $r $secret $bytes_in $bytes_out $duration);

our ($r, $bytes_in, $bytes_out, $duration);
our $secret = 'apikey: secret';

my @units = qw(slots_opened served refused_upstream aborted interrupted);


# In front of what a block has of its own.

sub bills {
    my (%more) = @_;

    add_block_preprocessor(sub {
        my ($block) = @_;

        $block->set_value('gate', "gate_node n1;\n"
            . "gate_plan gold { rate 100000r/s; }\n"
            . "gate_consumer acme { plan gold; key sha256(secret); }\n"
            . "upstream dead { server 127.0.0.1:$ENV{TEST_NGINX_PORT_1}; }\n"
            . ($more{gate} // '') . ($block->gate // ''));
        $block->set_value('config', "location = /status {"
            . " gate_auth off; gate_meter off; gate_status; }\n"
            . "location = /sorry.html {"
            . " gate_auth off; gate_meter off; return 200 sorry; }\n"
            . "gate_auth key; gate_api orders version=v2; gate_service s;\n"
            . "gate_meter requests bytes;\n"
            . ($more{config} // '') . $block->config);
    });
}


sub journal {
    return get('/status')->json()->{journal};
}


# What the journal says has happened meanwhile: "1 opened, 1 served".

sub billed {
    my ($code) = @_;

    my $was = at_rest();

    $code->();

    my $is = at_rest();
    my ($opened, @ends) = map { $is->{$_} - $was->{$_} } @units;

    $bytes_in = $is->{bytes_in} - $was->{bytes_in};
    $bytes_out = $is->{bytes_out} - $was->{bytes_out};
    $duration = $is->{duration_ms} - $was->{duration_ms};

    return join(', ', "$opened opened",
                map { $ends[$_] ? "$ends[$_] $units[$_ + 1]" : () } 0 .. 3);
}


# An answer may be there before its request has ended.

sub at_rest {
    my $j;

    wait_for(sub { $j = journal(); $j->{open} == 0 });

    return $j;
}


# The same of one request with the right key; its answer is in $r.

sub end_of {
    my ($target, @fields) = @_;

    return billed(sub { $r = get($target, $secret, @fields) });
}


1;
