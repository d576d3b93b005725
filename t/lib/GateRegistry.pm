package GateRegistry;

#
# Copyright (C) 2026 Meshgate contributors
#
# The mesh nginx with a registry of its own, and Consul's agent beside it.
#
#   my $r = GateRegistry->new(root => $dir, port => $port);
#   $r->start();
#   my $a = $r->put('/v1/agent/service/register', { Name => 'orders', Port => 80 });
#   $a->{status}, $a->{body}, $a->{field}{'x-consul-index'}, $a->{json}
#
#   my $pid = GateRegistry::consul($dir, $first_of_five_ports);   0: there is none
#

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use Time::HiRes qw(time sleep);

use GateNginx;


# http  more lines for http{}, location more lines for the location

sub new {
    my ($class, %arg) = @_;

    my $me = bless { http => '', location => '', state => "$arg{root}/state", %arg }, $class;

    $me->{nginx} = GateNginx->new(root => $me->{root}, workers => 1);
    $me->configure();

    return $me;
}


sub configure {
    my ($me, %more) = @_;

    my $text = $me->text(%more);

    $me->{nginx}->configure($text);
}


sub text {
    my ($me, %more) = @_;

    my %arg = (%$me, %more);
    my $head = $me->{nginx}->head();
    my $source = $arg{source} // "mesh_source registry;\nmesh_state $me->{state};";
    my $guard = $arg{guard} // 'allow 127.0.0.1; deny all;';

    $head =~ s/^load_module .*$/load_module $ENV{MESH_MODULE};/m;
    $head =~ s/worker_connections \d+/worker_connections 2048/;

    return $head . <<"CONF";
http {
    @{[ $me->{nginx}->paths() ]}
    $source
    $arg{http}
    server {
        listen 127.0.0.1:$me->{port};
        location /v1/ { mesh_registry; $guard $arg{location} }
    }
}
CONF
}


sub start {
    my ($me) = @_;

    $me->{nginx}->start();
    GateNginx::wait_for(sub { $me->get('/v1/status/leader')->{status} });
}


sub put {
    my ($me, $path, $body, %arg) = @_;

    $body = JSON::PP->new->canonical->encode($body) if ref $body;

    return $me->ask('PUT', $path, body => $body, %arg);
}


sub get {
    my ($me, $path, %arg) = @_;

    return $me->ask('GET', $path, %arg);
}


# port  another one; from another local address; socket one to be used, and kept

sub ask {
    my ($me, $method, $path, %arg) = @_;

    my $s = $arg{socket} || IO::Socket::INET->new(
        PeerAddr => '127.0.0.1', PeerPort => $arg{port} // $me->{port},
        $arg{from} ? (LocalAddr => $arg{from}) : ())
        or return { status => 0, body => '', field => {} };

    my $text = "$method $path HTTP/1.1\r\nHost: registry\r\n";

    $text .= "Connection: close\r\n" if !$arg{socket};
    $text .= 'Content-Length: ' . length($arg{body}) . "\r\n" if defined $arg{body};
    $text .= "\r\n" . ($arg{body} // '');

    local $SIG{PIPE} = 'IGNORE';
    syswrite $s, $text;
    return $s if $arg{later};

    return answer($s, $arg{seconds});
}


# What is on the socket: until it is complete, or the other side closes.

sub answer {
    my ($s, $seconds) = @_;

    my ($raw, $until) = ('', time + ($seconds // 30));
    my %a = (status => 0, body => '', field => {});

    while (time < $until) {
        IO::Select->new($s)->can_read(0.2) or next;
        my $n = sysread $s, $raw, 65536, length $raw;

        my ($head, $body) = $raw =~ /\A(.*?\r\n)\r\n(.*)\z/s;

        if (defined $head) {
            %{ $a{field} } = map { lc($_->[0]) => $_->[1] }
                             map { [ /^([^:]+):\s*(.*?)\r?$/ ] } grep { /:/ } split /\n/, $head;
            ($a{status}) = $head =~ m{\AHTTP/1\.\d (\d+)};
            $body = unchunked($body)
                if ($a{field}{'transfer-encoding'} // '') eq 'chunked'
                   && $body =~ /(?:\A|\r\n)0\r\n\r\n\z/;
            $a{body} = $body;

            my $length = $a{field}{'content-length'};

            last if defined $length && length $body >= $length;
        }

        if (!$n) {
            $a{status} = 0 if !defined $head;
            last;
        }
    }

    $a{json} = eval { JSON::PP->new->allow_nonref->decode($a{body}) };

    return \%a;
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


# The index of an answer.

sub index_of {
    my ($a) = @_;

    return $a->{field}{'x-consul-index'} // 0;
}


my %running;

sub consul {
    my ($root, $port) = @_;

    my $binary = "$ENV{B}/bin/consul";

    return 0 if !-x $binary;

    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        open STDOUT, '>', "$root/consul.log";
        open STDERR, '>&', \*STDOUT;
        exec $binary, 'agent', '-dev', '-bind=127.0.0.1', '-node=n1', "-http-port=$port",
             '-dns-port=-1', '-grpc-port=-1', '-server-port=' . ($port + 1),
             '-serf-lan-port=' . ($port + 2), '-serf-wan-port=' . ($port + 3)
            or POSIX::_exit(1);
    }

    $running{$pid} = $$;

    return $pid if GateNginx::wait_for(sub {
        my $a = ask({ port => $port }, 'GET', '/v1/status/leader');
        return $a->{body} =~ /\d:\d/ && ask({ port => $port }, 'GET',
            '/v1/health/state/any')->{body} =~ /serfHealth/;
    });

    return 0;
}


END {
    my $rc = $?;

    for my $pid (grep { $running{$_} == $$ } keys %running) {
        kill 'KILL', $pid;
        waitpid $pid, 0;
    }

    $? = $rc;
}


# CRC-32C, as the log has it.

sub crc32c {
    my ($text) = @_;

    my $crc = 0xffffffff;

    for my $byte (unpack 'C*', $text) {
        $crc ^= $byte;
        $crc = $crc & 1 ? ($crc >> 1) ^ 0x82f63b78 : $crc >> 1 for 1 .. 8;
    }

    return sprintf '%08x', $crc ^ 0xffffffff;
}


sub record {
    my ($json) = @_;

    my $text = JSON::PP->new->canonical->encode($json);

    return crc32c($text) . " $text\n";
}


1;
