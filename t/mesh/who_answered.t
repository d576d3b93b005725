#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# The table of docs/sidecar.md, a test for each row, on a real Envoy: one that
# marks its own answers, and those that do not, each with and without
# suppress_envoy_headers, under other names.  What is judged is seen in the
# answer, in variables and on the bill.

use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib";
use JSON::PP ();
use Storable qw(dclone);
use Test::More;

use GateMesh;

# as "marked" is the usual one, each other changes some of it

my %listener = (
    'marked' => { marked => 1, conf => 'marker=x-gate-sidecar' },
    'default' => { marked => 1 },
    'quiet' => { marked => 1, suppress => 1, name => 'istio-envoy',
                 conf => 'marker=x-gate-sidecar' },
    'bare' => { },
    'istio' => { name => 'istio-envoy' },
    'other' => { name => 'mesh', conf => 'server=mesh,other' },
    'mute' => { suppress => 1 },
);

my @names = sort keys %listener;

my $m = GateMesh->start(envoy => \&listeners, http => <<'HTTP',
    log_format by '$uri $gate_answered_by $gate_sidecar_flags';
    access_log logs/by.log by;
HTTP
    server => join('', map { places($_) } @names));


# What a service says, whatever it says, is the service's.

for my $at (qw(marked default quiet bare istio other)) {
    row($at, 'orders', '/1', 200, 'service');
    row($at, 'orders', "/json/$_", $_, 'service') for 201, 400, 404, 503, 504;
    row($at, 'orders', "/status/$_", $_, 'service') for 204, 304;
}

for my $at (qw(marked quiet bare istio other)) {
    row($at, 'orders', "/status/$_", $_, 'service', '', "own $_\n")
        for 404, 413, 500, 503, 504;
}

# A WebSocket that is refused, and an upload that is cut short.

for my $at (qw(marked default quiet bare istio other mute)) {
    row($at, 'orders', '/refused', 403, 'service', '', "own 403\n",
        fields => [ 'Upgrade: websocket', 'Connection: Upgrade',
                    'Sec-WebSocket-Version: 13',
                    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' ]);
}

row($_, 'orders', '/early', 413, 'service', '', "own 413\n",
    body => 'x' x 8_000_000) for qw(marked quiet);

# Without a marker nobody can know: neither answer has a service time.

row('bare', 'orders', '/early', 413, 'sidecar', '', undef,
    body => 'x' x 8_000_000);

# A service that sends the marker: taken off where routes do so.

for my $at (qw(marked default quiet)) {
    row($at, 'orders', "/forged/$_", $_, 'service') for 200, 404, 503;
}

row('bare', 'orders', '/forged/503', 503, 'sidecar', 'UH');


# What the sidecar says by itself, with its marker.

for my $at (qw(marked default quiet)) {
    row($at, 'slow', '/slow/5', 504, 'sidecar', 'UT');
    row($at, 'down', '/1', 503, 'sidecar', qr/UF/);
    row($at, 'empty', '/1', 503, 'sidecar', 'UH');
    row($at, 'full', '/1', 503, 'sidecar', 'UO');
    row($at, 'lost', '/1', 503, 'sidecar', 'NC');
    row($at, 'once', '/other', 404, 'sidecar', 'NR');
    row($at, 'nowhere', '/1', 404, 'sidecar', '-');
    row($at, 'direct', '/1', 200, 'sidecar', '-');
    row($at, 'direct', '/teapot', 418, 'sidecar', '-');
    row($at, 'moved', '/1', 301, 'sidecar', '-');
    row($at, 'orders', '/gone', 503, 'sidecar', qr/UC/);
    row($at, 'orders', '/garbage', 502, 'sidecar', qr/UPE/);
    row($at, 'old', '/1', 426, 'sidecar', qr/-|DPE/);
    row($at, 'orders', '/1', 431, 'sidecar', qr/-|DPE/, undef,
        fields => [ map { "X-A$_: " . 'a' x 3000 } 1 .. 5 ]);
}

# The same without a marker, by name and form.

for my $at (qw(bare istio other)) {
    row($at, 'slow', '/slow/5', 504, 'sidecar');
    row($at, 'down', '/1', 503, 'sidecar');
    row($at, 'empty', '/1', 503, 'sidecar');
    row($at, 'full', '/1', 503, 'sidecar');
    row($at, 'lost', '/1', 503, 'sidecar');
    row($at, 'once', '/other', 404, 'sidecar');
    row($at, 'nowhere', '/1', 404, 'sidecar');
    row($at, 'direct', '/teapot', 418, 'sidecar');
    row($at, 'orders', '/gone', 503, 'sidecar');
    row($at, 'orders', '/garbage', 502, 'sidecar');
    row($at, 'old', '/1', 426, 'sidecar');
    row($at, 'moved', '/1', 301, 'service');
    row($at, 'direct', '/1', 200, 'service');
}

# Errors of gRPC, which the sidecar makes for whoever says that he calls.

for my $at (qw(marked quiet bare istio other)) {
    for my $method (qw(GET POST)) {
        my %call = (fields => [ 'Content-Type: application/grpc' ],
                    body => $method eq 'POST' ? 'x' : undef);
        my $marked = $listener{$at}{marked};

        row($at, 'slow', '/slow/5', 504, 'sidecar', $marked ? 'UT' : '', undef, %call);
        row($at, 'down', '/1', 502, 'sidecar', $marked ? qr/UF/ : '', undef, %call);
        row($at, 'empty', '/1', 502, 'sidecar', $marked ? 'UH' : '', undef, %call);
        row($at, 'nowhere', '/1', 502, 'sidecar', $marked ? '-' : '', undef, %call);
        row($at, 'orders', '/json/404', 404, 'service', '', undef, %call);
    }
}

# Neither a marker nor a service time: successes and what is no plain text.

row('mute', 'orders', '/1', 200, 'service');
row('mute', 'orders', '/json/404', 404, 'service');
row('mute', 'down', '/1', 503, 'sidecar');
row('mute', 'orders', '/status/404', 404, 'sidecar');


# What becomes of it.

my $r = $m->ask('GET', '/marked/empty/1', [ 'apikey: key-acme' ]);

is($r->json->{reason}, 'sidecar_refused', 'no instance: the reason');
is($r->json->{detail}, 'No instance of the service is healthy.',
   '... and the detail, by the flags');
is($m->ask('GET', '/marked/slow/slow/5', [ 'apikey: key-acme' ])
   ->json->{reason}, 'service_timeout', 'a timeout is one');

my $said = $m->ask('GET', '/gate/status')->{body};

like($said, qr/\{"flag":"$_","count":\d+\}/, "counted by its flag: $_")
    for qw(UH UO UT NC NR none unmarked);

my $log = GateMesh::slurp("$m->{root}/logs/error.log");

like($log, qr/the sidecar itself answered 503, "no_healthy_upstream" "UH"/,
     'the log has details and flags');
is($m->alarms, '', 'nothing alarming in the log');

done_testing();


# One row: what a client gets, and who is said to have answered.

sub row {
    my ($at, $service, $path, $status, $by, $flags, $body, %arg) = @_;

    my $what = "$at: $service$path";
    my $was = journal();
    my $r = $m->ask($arg{body} ? 'POST' : 'GET', "/$at/$service$path",
                    [ 'apikey: key-acme', @{ $arg{fields} || [] } ],
                    $arg{body});

    is($r->{status}, $status, "$what is a $status");
    is($r->field('x-by'), $by, "... of the $by");

    my $seen = $r->field('x-flags') // '';

    ref $flags ? like($seen, $flags, "... flags $seen")
               : is($seen, $flags // '', '... with its flags');
    is($r->field('x-gate-sidecar'), undef, '... without a marker');
    unlike($r->{head}, qr/^(?:x-envoy-|server: (?:envoy|istio|mesh))/mi,
           '... or other words of the mesh');
    unlike($r->{head}, qr/^grpc-/mi, '... or of gRPC');

    if ($by eq 'sidecar' && $status >= 400 && $service ne 'old') {
        is($r->field('content-type'), 'application/problem+json',
           '... as a problem');

    } elsif (defined $body) {
        is($r->{body}, "the service's $body", '... in its own words');
    }

    $m->wait_for(sub { journal()->{open} == 0 });

    my $is = journal();
    my $unit = $by eq 'service' ? 'served' : 'refused_upstream';

    is($is->{$unit} - $was->{$unit}, 1, "... is billed as $unit");
}


sub journal {
    return $m->ask('GET', '/gate/status')->json->{journal};
}


sub places {
    my ($at) = @_;

    my $conf = $listener{$at}{conf} ? "gate_sidecar $listener{$at}{conf};" : '';
    my $port = port_of($at);

    my $text = '';

    for my $name (qw(orders slow down empty full lost once nowhere direct
                     moved old))
    {
        # Envoy refuses HTTP/1.0, which only a proxy_pass of one's own speaks

        my $pass = $name ne 'old' ? "gate_pass http://127.0.0.1:$port/;" : <<"OLD";
proxy_pass http://127.0.0.1:$port/;
            proxy_http_version 1.0;
            proxy_set_header Host orders.mesh;
OLD

        $text .= <<"LOCATION";
        location /$at/$name/ {
            $conf
            gate_api      $at;
            gate_auth     key;
            gate_meter    requests bytes;
            gate_service  $name.mesh;
            client_max_body_size 20m;
            $pass
            add_header    X-By \$gate_answered_by always;
            add_header    X-Flags \$gate_sidecar_flags always;
        }
LOCATION
    }

    return $text;
}


sub port_of {
    my ($at) = @_;

    my ($n) = grep { $names[$_] eq $at } 0 .. $#names;

    return $ENV{TEST_NGINX_SERVER_PORT} + 11 + $n;
}


# Envoy's configuration: a listener for each name.

sub listeners {
    my ($conf) = @_;

    my $static = $conf->{static_resources};
    my $host = sub {
        return { name => $_[0], domains => [ "$_[0].mesh" ],
                 routes => $_[1] };
    };
    my $all = { prefix => '/' };
    my $usual = $static->{listeners}[0];
    my $manager = manager($usual);

    push @{ $static->{clusters} },
        { name => 'empty', connect_timeout => '1s' },
        { name => 'full', connect_timeout => '1s',
          circuit_breakers => { thresholds => [ { max_requests => 0,
                                                  max_pending_requests => 0,
                                                  max_connections => 0 } ] },
          load_assignment => { cluster_name => 'full', endpoints => [ {
              lb_endpoints => [ { endpoint => { address => {
                  socket_address => { address => '127.0.0.1',
                                      port_value => 1 } } } } ] } ] } };

    unshift @{ $manager->{route_config}{virtual_hosts} },
        $host->('empty', [ { match => $all,
                             route => { cluster => 'empty' } } ]),
        $host->('full', [ { match => $all, route => { cluster => 'full' } } ]),
        $host->('lost', [ { match => $all, route => { cluster => 'lost' } } ]),
        $host->('once', [ { match => { path => '/only' },
                            route => { cluster => 'v1' } } ]),
        $host->('direct', [
            { match => { path => '/teapot' },
              direct_response => { status => 418,
                                   body => { inline_string => 'short' } } },
            { match => $all, direct_response => { status => 200 } } ]),
        $host->('moved', [ { match => $all, redirect => {
            host_redirect => 'elsewhere.example' } } ]);

    $manager->{route_config}{validate_clusters} = JSON::PP::false;
    $manager->{max_request_headers_kb} = 8;

    for my $at (@names) {
        my $one = dclone($usual);
        my $its = manager($one);

        $one->{name} = $at;
        $one->{address}{socket_address}{port_value} = port_of($at);
        $its->{stat_prefix} = $at;
        $its->{server_name} = $listener{$at}{name} if $listener{$at}{name};

        $its->{http_filters}[0]{typed_config}{suppress_envoy_headers}
            = JSON::PP::true if $listener{$at}{suppress};

        if (!$listener{$at}{marked}) {
            delete $its->{local_reply_config};
            delete $its->{route_config}{response_headers_to_remove};
        }

        push @{ $static->{listeners} }, $one;
    }
}


sub manager {
    return $_[0]{filter_chains}[0]{filters}[0]{typed_config};
}
