# Copyright (C) 2026 Meshgate contributors
#
# A gRPC service behind the sidecar of GateMesh, and a client that calls it
# through the gate.
#
#     use GateMesh;
#     use GateGrpc;                      # skips the test without grpcio
#
#     my $m = GateMesh->start(server => $locations);
#     my $grpc = GateGrpc->start($m);
#
#     my $r = $grpc->call('Unary', fields => [ [ apikey => 'key-acme' ] ],
#                         messages => [ 'text' ], ...);   # see grpc_client.py
#     $r->{code}, {details}, {messages}, {sizes}, {times}
#     $r->head('x-request-id'); $r->trailer('x-own')      # undef: none
#     $r->json                           # of the first message
#
#     $grpc->begin('Bidi', ...); my $r = $grpc->end;      # meanwhile others act

package GateGrpc;

use strict;
use warnings;

use FindBin ();
use IPC::Open2 qw(open2);
use JSON::PP ();
use Test::More ();

my %kind = (Unary => 'unary', Server => 'server', Client => 'client',
            Bidi => 'bidi', Seen => 'unary');


sub import {
    Test::More::plan(skip_all => 'no gRPC for Python on this machine')
        if !-x python();
}


sub python {
    return ($ENV{B} // '') . '/bin/python-grpc';
}


sub start {
    my ($class, $m) = @_;

    $m->run('grpc', python(), "$FindBin::Bin/grpc_service.py", $m->{grpc});
    $m->wait_for(sub { $m->listens($m->{grpc}) })
        or Test::More::BAIL_OUT('the gRPC service does not start');

    return $class->client($m->{h2});
}


# one more client, of another port

sub client {
    my ($class, $port) = @_;

    my $pid = open2(my $out, my $in, python(),
                    "$FindBin::Bin/grpc_client.py", $port);

    return bless { pid => $pid, in => $in, out => $out }, $class;
}


sub DESTROY {
    my ($c) = @_;

    local $?;

    close $c->{in};
    waitpid $c->{pid}, 0;
}


sub call {
    my ($c, @ask) = @_;

    $c->begin(@ask);

    return $c->end();
}


sub begin {
    my ($c, $name, %ask) = @_;

    my $path = $name =~ m{/} ? $name : "/test.Echo/$name";

    print { $c->{in} } JSON::PP::encode_json({
        method => $path, kind => $kind{$name =~ s{.*/}{}r} || 'unary', %ask,
    }), "\n";
    $c->{in}->flush();
}


sub end {
    my ($c) = @_;

    my $line = readline $c->{out};
    my $r = defined $line ? JSON::PP::decode_json($line)
                          : { error => 'the client has ended' };

    Test::More::diag($r->{error}) if $r->{error};

    return bless $r, 'GateGrpc::Answer';
}


package GateGrpc::Answer;


sub head { return GateGrpc::Answer::value($_[0]{head}, $_[1]) }

sub trailer { return GateGrpc::Answer::value($_[0]{trailers}, $_[1]) }


sub value {
    my ($fields, $name) = @_;

    return (map { $_->[1] } grep { $_->[0] eq $name } @{ $fields || [] })[0];
}


sub json {
    my ($r) = @_;

    return eval { JSON::PP::decode_json($r->{messages}[0]) } || {};
}


# What the service was sent under a name; a list of all of them.

sub sent {
    my ($r, $name) = @_;

    return map { $_->[1] } grep { $_->[0] eq $name }
           @{ $r->json->{fields} || [] };
}


1;
