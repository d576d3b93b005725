# Copyright (C) 2026 Meshgate contributors
#
# A mesh for tests: the mesh nginx, a real Consul, real Envoys that it drives,
# and services, all ended at the end.
#
#     use GateMeshd;
#
#     GateMeshd->needs(qw(consul envoy));  # else all is skipped; also: netns
#     my $m = GateMeshd->new(http => $text, server => $text, xds => 1);
#
#     $m->start();                       # the mesh nginx; $m->{nginx}: GateNginx
#     $m->conf(http => $text);           # other text, for a reload
#     my $r = $m->get('/mesh/status');   # {status, body, headers}; ->{json}
#     $m->ask('PUT', $path, $body, { name => value });
#
#     $m->consul();                      # starts it; state => 1: on the disk, so
#                                        # that it outlives a restart
#     $m->consul_put('/v1/agent/service/register', { ... });
#     $m->consul_get($path);             # JSON; undef if the answer is not 200
#     $m->register(ID => 'o1', Name => 'orders', Port => 80, ...);
#     $m->stop('consul', 'KILL');
#
#     $m->services('v1=127.0.0.2:' . $m->{service}, ...);    # mesh-service.py
#
#     my $e = $m->sidecar('gw', role => 'gateway');          # or 'service'
#     $e->{at}, {admin}, {egress}        # its address and ports; the first one
#                                        # is at 127.0.0.1, the next at .2 ...
#     $m->sidecar('b', netns => 'x', at => '10.9.0.1', metadata => { ... });
#     $e->dump();                        # its /config_dump with endpoints
#     $e->endpoints($cluster);           # "address:port", sorted; health HEALTHY
#     $e->names('clusters');             # also listeners, routes; sorted
#     $e->stat('name');                  # a counter or gauge
#     $e->call($host, $path, { ... });   # through its egress: as get() answers
#     $e->stop(); $e->run();             # the same one again
#
# Ports, ten of them: {web} the server of the mesh, {xds} its streams, {consul},
# {consul_server}, {consul_serf}, {admin} and {egress} of each sidecar, {service},
# {inbound}, {spare}; other addresses of 127.0.0.0/8 have the same again.
#
# Needs the environment of t/setup/with.sh.

package GateMeshd;

use strict;
use warnings;

use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);
use IO::Socket::IP;
use JSON::PP ();
use POSIX ();
use Test::More ();

use GateNginx;

my @PORTS = qw(web xds consul consul_server consul_serf admin egress service
               inbound spare);
our $json = JSON::PP->new->utf8->canonical;

my %running;                            # what was started: pids of this process


# Skips everything where a part is absent.

sub needs {
    my ($class, @parts) = @_;

    my $why = $class->lacks(@parts);

    Test::More::plan(skip_all => $why) if $why;
}


# Why a test cannot be; '' if it can.

sub lacks {
    my ($class, @parts) = @_;

    return 'run it by make t/WING/NAME.t' if !$ENV{GATE_NGINX};
    return 'the mesh module is not built' if !-e ($ENV{MESH_MODULE} // '');

    for my $part (@parts) {
        if ($part eq 'netns') {
            return 'no network namespaces here' if !netns();

        } elsif (!grep { -x "$_/$part" } split /:/, $ENV{PATH}) {
            return "no $part on this machine";
        }
    }

    return '';
}


sub netns {
    my $name = "gate-try-$$";

    return 0 if $> != 0 || system("ip netns add $name >/dev/null 2>&1") != 0;
    system("ip netns del $name >/dev/null 2>&1");

    return 1;
}


# http    in http{}; server: in the server at {web}
# xds     1: a server for sidecars at {xds}; a text: in that server
# main    at the top level

sub new {
    my ($class, %arg) = @_;

    my $m = bless { arg => \%arg, sidecars => 0, owner => $$ }, $class;
    my $port = $ENV{TEST_NGINX_SERVER_PORT};

    $m->{$_} = $port++ for @PORTS;
    $m->{root} = $arg{root} // "$ENV{TEST_NGINX_SERVROOT}/meshd";

    remove_tree($m->{root});
    make_path("$m->{root}/logs");
    chmod 0777, $m->{root};

    $m->{nginx} = GateNginx->new(root => $m->{root}, workers => 1,
                                 module => $ENV{MESH_MODULE});
    $m->conf();

    return $m;
}


sub conf {
    my ($m, %arg) = @_;

    my $n = $m->{nginx};
    my $arg = $m->{arg};

    %$arg = (%$arg, %arg);

    my $http = $arg->{http} // '';
    my $server = $arg->{server} // '';
    my $xds = $arg->{xds} || '';

    if ($xds eq '1') {
        $xds = 'location /envoy.service.discovery.v3.AggregatedDiscoveryService/'
               . 'DeltaAggregatedResources { client_max_body_size 0; mesh_xds; }';
    }

    if ($xds) {
        $xds = "server { listen 127.0.0.1:$m->{xds} http2; $xds }";
    }

    $n->configure($n->head(main => $arg->{main}) . <<"CONF");
http {
@{[ $n->paths() ]}
$http
    server {
        listen 127.0.0.1:$m->{web};
$server
    }
    $xds
}
CONF
}


sub start {
    my ($m) = @_;

    $m->{nginx}->start();
    wait_for(sub { $m->get('/')->{status} != 599 })
        or Test::More::BAIL_OUT('the mesh does not answer: '
                                . $m->{nginx}->log());

    return $m;
}


sub ask {
    my ($m, $method, $path, $body, $headers) = @_;

    return http($method, "http://127.0.0.1:$m->{web}$path", $body, $headers);
}


sub get {
    my ($m, $path, $headers) = @_;

    return $m->ask('GET', $path, undef, $headers);
}


# One request on a connection of its own.  {status} is 599 where there is no
# answer, {headers} are of lower case names, {json} is the body if it is that.
# A body that is no text is sent as JSON.

sub http {
    my ($method, $url, $body, $headers, $seconds) = @_;

    my ($host, $port, $target) = $url =~ m{^http://(\[[^\]]+\]|[^/:]+):(\d+)(.*)};
    my %field = (Host => "$host:$port", %{ $headers // {} });
    my $r = { status => 599, body => '', headers => {}, json => undef };

    $body = $json->encode($body) if ref $body;
    $field{'Content-Length'} = length $body if defined $body;

    my $socket = IO::Socket::IP->new(PeerHost => $host =~ tr/[]//dr, PeerPort => $port,
                                     Timeout => $seconds // 30) or return $r;
    local $SIG{PIPE} = 'IGNORE';
    local $SIG{ALRM} = sub { shutdown $socket, 2 };

    alarm($seconds // 30);
    print $socket "$method $target HTTP/1.1\r\n",
        (map { "$_: $field{$_}\r\n" } sort keys %field), "Connection: close\r\n\r\n",
        $body // '';
    my $raw = do { local $/; <$socket> } // '';
    alarm 0;

    my ($head, $rest) = split /\r\n\r\n/, $raw, 2;
    my @lines = split /\r\n/, $head // '';

    ($r->{status}) = (shift(@lines) // '') =~ m{^HTTP/1\.\d (\d+)} or return { %$r, status => 599 };
    /^([^:]+):\s*(.*)/ and $r->{headers}{lc $1} = $2 for @lines;
    $r->{body} = ($r->{headers}{'transfer-encoding'} // '') eq 'chunked' ? whole($rest) : $rest;
    $r->{json} = eval { $json->decode($r->{body}) };

    return $r;
}


sub whole {
    my ($chunks) = @_;

    my $body = '';

    while ($chunks =~ s/^([0-9a-fA-F]+)[^\r]*\r\n//) {
        last if !hex $1;
        $body .= substr $chunks, 0, hex $1, '';
        $chunks =~ s/^\r\n//;
    }

    return $body;
}


# ------------------------------------------------------------------ processes

# {pid}{NAME}; what it says is in logs/NAME.

sub run {
    my ($m, $name, @command) = @_;

    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', "$m->{root}/logs/$name" or die "$!\n";
        open STDERR, '>&', \*STDOUT;
        exec @command or POSIX::_exit(127);
    }

    $running{$pid} = $$;
    $m->{pid}{$name} = $pid;

    return $pid;
}


sub stop {
    my ($m, $name, $signal) = @_;

    ended(delete $m->{pid}{$name}, $signal);
}


# Its own children alone, by their pids.

sub ended {
    my ($pid, $signal) = @_;

    return if !$pid || ($running{$pid} // 0) != $$;

    my $status = $?;

    kill $signal // 'TERM', $pid;
    kill 'KILL', $pid if !wait_for(sub { waitpid($pid, POSIX::WNOHANG()) != 0 }, 5)
                         && waitpid($pid, 0) != 0;
    delete $running{$pid};
    $? = $status;
}


END { ended($_, 'KILL') for keys %running }


# "NAME=ADDRESS:PORT", each a service, see mesh-service.py.

sub services {
    my ($m, @services) = @_;

    my $name = 'services' . ++$m->{batches};

    $m->run($name, 'python3', dirname(__FILE__) . '/mesh-service.py', @services);

    for my $at (map { /=(.*)/ } @services) {
        wait_for(sub { http('GET', "http://$at/")->{status} == 200 })
            or Test::More::BAIL_OUT("a service does not start at $at");
    }

    return $name;
}


# --------------------------------------------------------------------- Consul

sub consul {
    my ($m, %arg) = @_;

    my $dir = "$m->{root}/consul";
    my @kind = $arg{state} ? ('-server', '-bootstrap-expect', 1, '-data-dir', $dir) : ('-dev');

    make_path($dir);

    # elections of a server that is alone are over in a moment

    spew("$m->{root}/consul.json", $json->encode({
        performance => { raft_multiplier => 1 }, disable_update_check => JSON::PP::true,
        leave_on_terminate => JSON::PP::false,
        limits => { http_max_conns_per_client => 5000 }, %{ $arg{with} // {} },
    }));

    $m->run('consul', 'consul', 'agent', @kind, '-config-file', "$m->{root}/consul.json",
            '-node', 'n1', '-bind', '127.0.0.1', '-client', '127.0.0.1',
            '-http-port', $m->{consul}, '-server-port', $m->{consul_server},
            '-serf-lan-port', $m->{consul_serf}, '-serf-wan-port', -1, '-dns-port', -1,
            '-grpc-port', -1, '-log-level', 'warn');

    wait_for(sub {
        ($m->consul_get('/v1/status/leader') // '') ne ''
            && @{ $m->consul_get('/v1/catalog/nodes') // [] };
    }) or Test::More::BAIL_OUT('Consul does not start: ' . slurp("$m->{root}/logs/consul"));
}


sub consul_get {
    my ($m, $path) = @_;

    my $r = http('GET', "http://127.0.0.1:$m->{consul}$path");

    return $r->{status} == 200 ? $r->{json} : undef;
}


sub consul_put {
    my ($m, $path, $body) = @_;

    return http('PUT', "http://127.0.0.1:$m->{consul}$path", $body // '');
}


sub register {
    my ($m, %service) = @_;

    my $r = $m->consul_put('/v1/agent/service/register', \%service);

    die "Consul: $r->{status} $r->{body}\n" if $r->{status} != 200;
}


sub deregister {
    my ($m, $id) = @_;

    return $m->consul_put("/v1/agent/service/deregister/$id")->{status} == 200;
}


# ------------------------------------------------------------------- sidecars

# role      gateway (default), service
# metadata  more of the node: INSTANCE_IPS, INTERCEPT, PLANES, ...
# at        its address for admin and egress; with netns: of that namespace
# cluster   of the node
# xds       "address:port" of the control plane
# change    a code that may change the bootstrap
# wait      0: it is not waited for until it is LIVE

sub sidecar {
    my ($m, $name, %arg) = @_;

    my $n = ++$m->{sidecars};

    my $e = bless {
        mesh => $m, name => $name, role => 'gateway', at => "127.0.0.$n", wait => 1,
        admin => $m->{admin}, egress => $m->{egress}, xds => "127.0.0.1:$m->{xds}", %arg,
    }, 'GateMeshd::Sidecar';

    $e->run();

    return $e;
}


package GateMeshd::Sidecar;

use GateNginx;


sub bootstrap {
    my ($e) = @_;

    my ($xds, $port) = $e->{xds} =~ /^\[?(.*?)\]?:(\d+)$/;
    my $ads = { resource_api_version => 'V3', ads => {} };
    my $http2 = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

    my $conf = {
        node => {
            id => $e->{name}, cluster => $e->{cluster} // $e->{name},
            metadata => { ROLE => $e->{role}, EGRESS => "$e->{at}:$e->{egress}",
                          %{ $e->{metadata} // {} } },
        },
        dynamic_resources => {
            ads_config => {
                api_type => 'DELTA_GRPC', transport_api_version => 'V3',
                grpc_services => [ { envoy_grpc => { cluster_name => 'xds' } } ],
            },
            cds_config => $ads, lds_config => $ads,
        },
        static_resources => { clusters => [ {
            name => 'xds', type => 'STATIC', connect_timeout => '1s',
            typed_extension_protocol_options => { $http2 => {
                '@type' => "type.googleapis.com/$http2",
                explicit_http_config => { http2_protocol_options => {
                    connection_keepalive => { interval => '30s', timeout => '5s' } } },
            } },
            load_assignment => { cluster_name => 'xds', endpoints => [ { lb_endpoints => [ {
                endpoint => { address => { socket_address => {
                    address => $xds, port_value => $port + 0 } } } } ] } ] },
        } ] },
        admin => { address => { socket_address => {
            address => $e->{at}, port_value => $e->{admin} } } },
    };

    $e->{change}->($conf) if $e->{change};

    return $conf;
}


sub run {
    my ($e) = @_;

    my $m = $e->{mesh};
    my $file = "$m->{root}/$e->{name}.json";
    my @in = $e->{netns} ? ('ip', 'netns', 'exec', $e->{netns}) : ();

    spew($file, $json->encode($e->bootstrap()));

    $e->{pid} = $m->run($e->{name}, @in, 'envoy', '-c', $file, '--use-dynamic-base-id',
                        '--concurrency', 1, '--log-level', $e->{level} // 'warning',
                        '--drain-time-s', 1);
    return if !$e->{wait};

    wait_for(sub { $e->admin('/ready')->{body} =~ /LIVE/ })
        or Test::More::BAIL_OUT('Envoy does not start: ' . $e->log());
}


sub stop {
    my ($e, $signal) = @_;

    $e->{mesh}->stop($e->{name}, $signal);
}


sub log {
    my ($e) = @_;

    return slurp("$e->{mesh}{root}/logs/$e->{name}");
}


sub admin {
    my ($e, $path, $method) = @_;

    my $at = $e->{at} =~ /:/ ? "[$e->{at}]" : $e->{at};

    return $e->in(sub { GateMeshd::http($method // 'GET', "http://$at:$e->{admin}$path") });
}


# In its network namespace: a child asks, and tells what it got.

sub in {
    my ($e, $ask) = @_;

    return $ask->() if !$e->{netns};

    pipe my $from, my $to or die "pipe: $!\n";

    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        open my $ns, '<', "/run/netns/$e->{netns}" or POSIX::_exit(1);
        syscall(308, fileno $ns, 0) == 0 or POSIX::_exit(1);    # setns()
        print $to $json->encode($ask->());
        close $to;
        POSIX::_exit(0);
    }

    close $to;

    my $got = do { local $/; <$from> };

    waitpid $pid, 0;

    return eval { $json->decode($got) } // { status => 599, body => '', headers => {} };
}


sub dump {
    my ($e) = @_;

    return $e->admin('/config_dump?include_eds')->{json}{configs} // [];
}


# All that is in force, of one type: the messages, by their names.

my %of = (
    clusters => [ 'ClustersConfigDump', 'dynamic_active_clusters', 'cluster' ],
    listeners => [ 'ListenersConfigDump', 'dynamic_listeners', 'active_state', 'listener' ],
    routes => [ 'RoutesConfigDump', 'dynamic_route_configs', 'route_config' ],
    endpoints => [ 'EndpointsConfigDump', 'dynamic_endpoint_configs', 'endpoint_config' ],
);

sub has {
    my ($e, $what) = @_;

    my ($type, $list, @way) = @{ $of{$what} // die "no $what\n" };
    my %all;

    for my $part (grep { $_->{'@type'} =~ /\.$type$/ } @{ $e->dump() }) {
        for my $one (@{ $part->{$list} // [] }) {
            $one = ref $one eq 'HASH' ? $one->{$_} : undef for @way;
            $all{ $one->{name} // $one->{cluster_name} } = $one if $one;
        }
    }

    return \%all;
}


sub names {
    my ($e, $what) = @_;

    return sort keys %{ $e->has($what) };
}


# Of a cluster, as Envoy uses it: "address:port"; with "all" also those that are
# not healthy.

sub endpoints {
    my ($e, $cluster, $all) = @_;

    my $got = $e->admin('/clusters?format=json')->{json}{cluster_statuses} // [];
    my ($one) = grep { $_->{name} eq $cluster } @$got;

    return sort map {
        my $at = $_->{address}{socket_address};
        "$at->{address}:$at->{port_value}";
    } grep {
        $all || ($_->{health_status}{eds_health_status} // 'HEALTHY') eq 'HEALTHY';
    } @{ $one->{host_statuses} // [] };
}


sub stat {
    my ($e, $name) = @_;

    return $e->admin('/stats?filter=^' . quotemeta($name) . '$')->{body} =~ /: (\d+)$/m ? $1 : 0;
}


# A request through its egress listener.

sub call {
    my ($e, $host, $path, $headers, $seconds) = @_;

    my $at = $e->{at} =~ /:/ ? "[$e->{at}]" : $e->{at};

    return $e->in(sub {
        GateMeshd::http('GET', "http://$at:$e->{egress}$path", undef,
                        { Host => $host, %{ $headers // {} } }, $seconds);
    });
}


1;
