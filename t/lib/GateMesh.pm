# Copyright (C) 2026 Meshgate contributors
#
# A whole mesh for tests: Redis, services, a real Envoy as sidecar, and nginx
# with the module, each on a port of its own, all ended at the end.
#
#     use GateMesh;                      # skips the test where Envoy is absent
#
#     my $m = GateMesh->start(http => $text, server => $text);
#
#     envoy => sub { my ($conf) = @_; ... }   # to change what Envoy is given;
#                                             # $m->{spare} is a list of ports
#
#     $m->{gate}, {gate2}, {h2}          # ports: as usual, all names taken, h2c
#     $m->{sidecar}, {admin}, {redis}    # ports
#
#     my $r = $m->ask('GET', '/orders/1', [ 'X-A: b' ], $body);
#     $r->{status}, {body}, {head}, {raw}
#     $r->field('content-type')          # undef if there is none
#     $r->json                           # of the body
#
#     $m->dial($port)                    # a socket
#     $m->answer($socket)                  # an answer from it
#     $m->envoy_stat('name')             # a counter or gauge of Envoy's
#     $m->stop('sidecar'); $m->start_sidecar;
#     $m->{store}->stop('KILL')          # its Redis, see GateRedis
#     $m->bill_of(sub { ... })           # what Redis has of it, once all of it
#                                        # ended: { served => 1, bytes_in => .. }
#     $m->wait_for(sub { ... })          # until true, at most 30 s
#
# Keys: "key-acme" is consumer "acme", "key-bob" is "bob", and so on for
# CONSUMERS. Services by Host: orders.mesh (v1 90 %, v2 10 %, or by x-lane),
# slow.mesh (a route that waits for 0.5 s), down.mesh (nobody listens), grpc.mesh
# (by HTTP/2, nobody unless GateGrpc is there); "upstream sidecar-grpc" leads to
# the same sidecar.

package GateMesh;

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use File::Path qw(make_path remove_tree);
use FindBin ();
use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use Test::More ();
use Time::HiRes qw(sleep time);

use GateNginx qw(slurp spew);
use GateRedis;

our @CONSUMERS = qw(acme bob carol);

my $me;


sub import {
    Test::More::plan(skip_all => 'run it by make t/mesh/NAME.t')
        if !$ENV{GATE_NGINX};
    Test::More::plan(skip_all => 'no Envoy on this machine')
        if !grep { -x "$_/envoy" } split /:/, $ENV{PATH};
}


sub start {
    my ($class, %arg) = @_;

    my $port = $ENV{TEST_NGINX_SERVER_PORT};
    my $root = $ENV{TEST_NGINX_SERVROOT};

    $me = bless { root => $root, arg => \%arg, pid => {} }, $class;

    for my $name (qw(gate gate2 h2 sidecar admin redis v1 v2 slow down
                     admin2 grpc)) {
        $me->{$name} = $port++;
    }

    $me->{spare} = [ $port .. $ENV{TEST_NGINX_SERVER_PORT} + 18 ];

    remove_tree($root);
    make_path(map { "$root/$_" } qw(logs redis));
    chmod 0777, $root;

    $me->{store} = GateRedis->new(dir => "$root/redis", port => $me->{redis});
    $me->{store}->start();
    $me->run('service', 'python3', "$FindBin::Bin/service.py",
             map { "$_:$me->{$_}" } qw(v1 v2 slow));
    $me->start_sidecar();

    for my $name (qw(v1 v2 slow)) {
        $me->wait_for(sub { $me->listens($me->{$name}) })
            or Test::More::BAIL_OUT("$name does not start");
    }

    $me->{nginx} = GateNginx->new(root => $root, daemon => 0);
    $me->write_conf();
    $me->{nginx}->start();
    $me->wait_for(sub { $me->listens($me->{gate}) })
        or Test::More::BAIL_OUT('nginx does not start: '
                                . $me->{nginx}->log());

    return $me;
}


END {
    if ($me) {
        my $rc = $?;

        $me->{nginx}->stop('TERM') if $me->{nginx};
        $me->stop($_) for keys %{ $me->{pid} };
        $me->{store}->stop();
        $? = $rc;
    }
}


sub run {
    my ($m, $name, @command) = @_;

    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', "$m->{root}/logs/$name" or die "$!\n";
        open STDERR, '>&', \*STDOUT;
        exec @command or die "$command[0]: $!\n";
    }

    $m->{pid}{$name} = $pid;
}


sub stop {
    my ($m, $name, $signal) = @_;

    my $pid = delete $m->{pid}{$name} or return;

    kill $signal || 'TERM', $pid;

    for (1 .. 100) {
        return if waitpid($pid, 1) != 0;
        sleep 0.05;
    }

    kill 'KILL', $pid;
    waitpid $pid, 0;
}


# A second one on the same port, as in a rolling restart: "sidecar2".

sub start_sidecar {
    my ($m, $name) = @_;

    $name ||= 'sidecar';

    my $admin = $m->{$name eq 'sidecar' ? 'admin' : 'admin2'};

    my $conf = $m->envoy_conf($admin);

    $m->{arg}{envoy}->($conf) if $m->{arg}{envoy};

    spew("$m->{root}/$name.json", JSON::PP->new->canonical->encode($conf));
    $m->run($name, 'envoy', '-c', "$m->{root}/$name.json",
            '--use-dynamic-base-id', '--concurrency', 1, '--log-level',
            'warning', '--drain-time-s', 1);
    $m->wait_for(sub { $m->admin('/ready', $admin) =~ /LIVE/ }, 30)
        or Test::More::BAIL_OUT('Envoy does not start: '
                                . slurp("$m->{root}/logs/$name"));
}


sub envoy_conf {
    my ($m, $admin) = @_;

    my $filters = 'type.googleapis.com/envoy.extensions.filters';
    my $true = JSON::PP::true;

    my $address = sub {
        return { socket_address => { address => '127.0.0.1',
                                     port_value => $_[0] } };
    };

    my $host = sub {
        my ($name, @routes) = @_;
        return { name => $name, domains => [ "$name.mesh" ],
                 retry_policy => { retry_on => 'connect-failure,refused-stream',
                                   num_retries => 2 },
                 routes => \@routes };
    };

    my $all = { prefix => '/' };

    my $weighted = {
        header_name => 'x-lane-hash',
        clusters => [ { name => 'v1', weight => 90 },
                      { name => 'v2', weight => 10 } ],
    };

    my $manager = {
        '@type' => "$filters.network.http_connection_manager.v3."
                   . 'HttpConnectionManager',
        stat_prefix => 'outbound',
        use_remote_address => JSON::PP::false,
        normalize_path => $true,
        merge_slashes => $true,
        path_with_escaped_slashes_action => 'REJECT_REQUEST',
        stream_idle_timeout => '55s',
        upgrade_configs => [ { upgrade_type => 'websocket' } ],
        local_reply_config => { mappers => [ {
            filter => { status_code_filter => { comparison => {
                op => 'GE', value => { default_value => 100,
                                       runtime_key => 'gate_marker' } } } },
            headers_to_add => [ {
                header => { key => 'x-gate-sidecar',
                            value => '%RESPONSE_CODE_DETAILS%'
                                     . ' %RESPONSE_FLAGS%' },
                append_action => 'OVERWRITE_IF_EXISTS_OR_ADD' } ] } ] },
        http_filters => [ {
            name => 'envoy.filters.http.router',
            typed_config => { '@type' => "$filters.http.router.v3.Router" },
        } ],
        route_config => {
            name => 'mesh',
            response_headers_to_remove => [ 'x-gate-sidecar' ],
            ignore_port_in_host_matching => $true,
            virtual_hosts => [
                $host->('orders',
                    { match => { prefix => '/', headers => [ {
                          name => 'x-lane',
                          string_match => { exact => 'v2' } } ] },
                      route => { cluster => 'v2', timeout => '50s' } },
                    { match => $all,
                      route => { timeout => '50s',
                                 weighted_clusters => $weighted } }),
                $host->('slow', { match => $all,
                    route => { cluster => 'slow', timeout => '0.5s' } }),
                $host->('down', { match => $all,
                    route => { cluster => 'down', timeout => '50s' } }),
                $host->('grpc', { match => $all,
                    route => { cluster => 'grpc', timeout => '0s' } }),
                { name => 'unknown', domains => [ '*' ], routes => [
                    { match => $all, direct_response => { status => 404 } } ] },
            ],
        },
    };

    my @clusters = map { {
        name => $_,
        connect_timeout => '1s',
        load_assignment => { cluster_name => $_, endpoints => [ {
            lb_endpoints => [ {
                endpoint => { address => $address->($m->{$_}) } } ] } ] },
    } } qw(v1 v2 slow down grpc);

    $clusters[-1]{typed_extension_protocol_options} = {
        'envoy.extensions.upstreams.http.v3.HttpProtocolOptions' => {
            '@type' => 'type.googleapis.com/envoy.extensions.upstreams.http.v3.'
                       . 'HttpProtocolOptions',
            explicit_http_config => { http2_protocol_options => {} } } };

    return {
        admin => { address => $address->($admin) },
        static_resources => {
            clusters => \@clusters,
            listeners => [ {
                name => 'outbound',
                address => $address->($m->{sidecar}),
                filter_chains => [ { filters => [ {
                    name => 'envoy.filters.network.http_connection_manager',
                    typed_config => $manager } ] } ],
            } ],
        },
    };
}


sub write_conf {
    my ($m) = @_;

    my %arg = (http => '', server => '', %{ $m->{arg} });
    my $consumers = join "\n", map {
        "gate_consumer $_ { plan gold; key sha256:" . sha256_hex("key-$_")
        . " id=$_-1; }"
    } @CONSUMERS;

    my @names = qw(orders slow down nowhere);

    my $locations = join "\n", map { <<"LOCATION" } @names;
        location /$_/ {
            gate_api      $_ version=v1;
            gate_auth     key;
            gate_limit    plan;
            gate_meter    requests bytes;
            gate_service  $_.mesh;
            gate_pass     http://sidecar;
        }
LOCATION

    $m->{nginx}->configure($m->{nginx}->head(main => 'worker_shutdown_timeout 5s;') . <<"CONF");
http {
    access_log logs/access.log;
    client_body_temp_path tmp-body;
    proxy_temp_path tmp-proxy;
    fastcgi_temp_path tmp-fastcgi;
    uwsgi_temp_path tmp-uwsgi;
    scgi_temp_path tmp-scgi;

    gate_zone gate 1m;
    gate_journal usage size=4m;
    gate_redis 127.0.0.1:$m->{redis};
    gate_node mesh;
    gate_plan gold { rate 1000000r/s; }
    $consumers
    upstream sidecar { server 127.0.0.1:$m->{sidecar}; keepalive 4; }
    upstream sidecar-grpc { server 127.0.0.1:$m->{sidecar}; keepalive 4; }
    $arg{http}

    server {
        listen 127.0.0.1:$m->{gate};
        listen 127.0.0.1:$m->{h2} http2;
        $locations
        $arg{server}
        location /gate/status { gate_status; }
    }

    # the worst case: names come in as they are
    server {
        listen 127.0.0.1:$m->{gate2};
        underscores_in_headers on;
        ignore_invalid_headers off;
        $locations
        $arg{server}
    }
}
CONF
}


sub listens {
    my ($m, $port) = @_;

    return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port)
           ? 1 : 0;
}


sub wait_for {
    my ($m, $done, $seconds) = @_;

    return GateNginx::wait_for($done, $seconds || 30);
}


sub dial {
    my ($m, $port) = @_;

    return IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                 PeerPort => $port || $m->{gate})
           || die "connect: $!\n";
}


# A request as HTTP/1.1, on a connection of its own; port => N in %arg.

sub ask {
    my ($m, $method, $path, $fields, $body, %arg) = @_;

    my $s = $m->dial($arg{port});
    my $text = "$method $path HTTP/1.1\r\n";

    $text .= "Host: gate.example\r\n" if !$arg{bare};
    $text .= "$_\r\n" for @{ $fields || [] };
    $text .= 'Content-Length: ' . length($body) . "\r\n" if defined $body;
    $text .= "Connection: close\r\n" if !$arg{bare};

    print $s $text . "\r\n" . ($body // '');

    return $m->answer($s, $method);
}


# Until the answer is complete or the connection ends; at most 20 s.

sub answer {
    my ($m, $s, $method) = @_;

    my $r = bless { raw => '', status => 0, head => '', body => '' },
                  'GateMesh::Answer';
    my $until = time + 20;

    while (!complete($r, $method || 'GET') && time < $until) {
        next if !IO::Select->new($s)->can_read(0.5);
        sysread $s, $r->{raw}, 65536, length $r->{raw} or last;
    }

    $r->{body} = unchunked($r->{body})
        if lc($r->field('transfer-encoding') // '') eq 'chunked';

    return $r;
}


sub unchunked {
    my ($text) = @_;

    my $out = '';

    while ($text =~ s/\A([0-9a-f]+)\r\n//i) {
        $out .= substr $text, 0, hex $1;
        $text = substr $text, hex($1) + 2 if length $text >= hex($1) + 2;
    }

    return $out;
}


sub complete {
    my ($r, $method) = @_;

    ($r->{head}, $r->{body}) = $r->{raw} =~ /\A(.*?\r\n)\r\n(.*)\z/s
        or return 0;
    ($r->{status}) = $r->{head} =~ m{\AHTTP/1\.1 (\d+)};

    return 1 if $method eq 'HEAD' || $r->{status} == 101;

    my $length = $r->field('content-length');

    return length $r->{body} >= $length if defined $length;

    return $r->{body} =~ /(?:\A|\r\n)0\r\n\r\n\z/;
}


sub admin {
    my ($m, $path, $port, $method) = @_;

    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                  PeerPort => $port || $m->{admin})
        or return '';

    $method ||= 'GET';
    print $s "$method $path HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

    local $/;

    return readline($s) // '';
}


sub envoy_stat {
    my ($m, $name, $port) = @_;

    return $m->admin("/stats?filter=^$name\$", $port) =~ /\Q$name\E: (\d+)/
           ? $1 : undef;
}


my @outcomes = qw(served refused_upstream aborted interrupted);


sub bill_of {
    my ($m, $code) = @_;

    my $before = $m->settled();

    $code->();

    my $after = $m->settled();
    my %more = map { $_ => $after->{$_} - ($before->{$_} || 0) } keys %$after;

    return { map { $_ => $more{$_} } grep { $more{$_} } keys %more };
}


# What Redis has when nothing is open, and all is shipped.

sub settled {
    my ($m) = @_;

    my $bill;

    $m->wait_for(sub {
        my $journal = $m->ask('GET', '/gate/status')->json->{journal};

        $bill = $m->bill();

        return !$journal->{open}
               && !grep { ($bill->{$_} || 0) != $journal->{$_} } @outcomes;
    }) or Test::More::diag('the journal is not shipped');

    return $bill;
}


# Units in Redis, summed over consumers, APIs and hours.

sub bill {
    my ($m) = @_;

    my $redis = "redis-cli -p $m->{redis} --raw";
    my %sum;

    for my $key (split /\n/, `$redis KEYS 'gate:u:*' 2>/dev/null`) {
        my %row = split /\n/, `$redis HGETALL '$key' 2>/dev/null`;

        $sum{(split /\|/)[-1]} += $row{$_} for keys %row;
    }

    return \%sum;
}


sub alarms {
    my ($m) = @_;

    return $m->{nginx}->complaints();
}


package GateMesh::Answer;


sub field {
    my ($r, $name) = @_;

    return $r->{head} =~ /^\Q$name\E:[ \t]*(.*?)[ \t]*\r?$/mi ? $1 : undef;
}


sub json {
    my ($r) = @_;

    return eval { JSON::PP::decode_json($r->{body}) } || {};
}


# What the service was sent under a name; a list of all of them.

sub sent {
    my ($r, $name) = @_;

    return map { $_->[1] } grep { lc $_->[0] eq lc $name }
           @{ $r->json->{fields} || [] };
}


1;
