package GateAsk;

#
# Copyright (C) 2026 Meshgate contributors
#
# Requests to the locations of the mesh, one on each connection.
#
#   use GateAsk;
#
#   my $a = GateAsk->new($port);
#   my $r = $a->get('/mesh/status');                 # a GateClient::Answer
#   my $r = $a->put('/mesh/rules/a', { ... }, 'If-Match: "1"');
#   $a->post(...); $a->patch(...); $a->delete($path, @fields);
#   my $c = $a->begin('GET', $path, $body, @fields); # $c->read() later
#
# A body may be a text or what becomes JSON.  $r->{status} is 0 where no answer
# came.  mesh_head($nginx) is GateNginx's head() with the module of the mesh.
#

use strict;
use warnings;

use Exporter 'import';
use JSON::PP;

use GateClient;

our @EXPORT = qw(mesh_head);


sub new {
    my ($class, $port) = @_;

    return bless { port => $port }, $class;
}


sub begin {
    my ($me, $method, $path, $body, @fields) = @_;

    $body = JSON::PP->new->canonical->encode($body) if ref $body;

    push @fields, 'Content-Length: ' . length $body if defined $body;

    my $c = eval { GateClient->new($me->{port}) } // return undef;

    $c->write(join "\r\n", "$method $path HTTP/1.1", 'Host: localhost',
              'Connection: close', @fields, '', $body // '');

    return $c;
}


sub ask {
    my ($me, $method, @rest) = @_;

    my $c = $me->begin($method, @rest);
    my $r = $c && eval { $c->read($method) };

    return $r // GateClient::Answer->from_fields(0, [], '');
}


sub get    { my ($me, $path, @fields) = @_; return $me->ask('GET', $path, undef, @fields); }
sub delete { my ($me, $path, @fields) = @_; return $me->ask('DELETE', $path, undef, @fields); }
sub put    { my ($me, @rest) = @_; return $me->ask('PUT', @rest); }
sub post   { my ($me, @rest) = @_; return $me->ask('POST', @rest); }
sub patch  { my ($me, @rest) = @_; return $me->ask('PATCH', @rest); }


sub mesh_head {
    my ($nginx, %more) = @_;

    local $ENV{GATE_MODULE} = $ENV{MESH_MODULE};

    return $nginx->head(%more);
}


1;
