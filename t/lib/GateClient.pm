# Copyright (C) 2026 Meshgate contributors
#
# A client that sends what it is told, byte for byte, and reads strictly.
#
#     use GateClient;
#
#     my $c = GateClient->new($port);            # kept alive
#     $c->write("GET / HTTP/1.1\r\n...");
#     my $r = $c->read();                        # undef: closed without answer
#     $r->{status}                               # 200
#     $r->{body}
#     $r->{head}                                 # raw, with the status line
#     $r->{fields}                               # [ [ name, value ], ... ]
#     $r->field('retry-after')                   # the only one, undef, or dies
#     $r->all('set-cookie')                      # a list
#     $r->{cut}                                  # the body was cut short
#     $r->json()                                 # of the body
#
#     $r->{seen}                                 # where GateBackend answered:
#     $r->seen('x-consumer-username')            # a list of the values
#     $r->{seen}{line}, $r->{seen}{body}, $r->{seen}{names}
#
# Names in lower case; numbers, dates and lists are the caller's.

package GateClient;

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw(time);


sub new {
    my ($class, $port, %arg) = @_;

    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port,
                                  %arg)
        or die "connect to $port: $!\n";

    return bless { s => $s, in => '', timeout => 20 }, $class;
}


sub write {
    my ($self, $text) = @_;

    local $SIG{PIPE} = 'IGNORE';

    while (length $text) {
        my $n = syswrite($self->{s}, $text) or return 0;
        substr($text, 0, $n, '');
    }

    return 1;
}


# the next answer, 100 (Continue) aside

sub read {
    my ($self, $method) = @_;

    while ($self->{in} !~ /\r\n\r\n/) {
        return undef unless $self->more();
    }

    $self->{in} =~ s/^(.*?\r\n)\r\n//s;

    my $r = GateClient::Answer->new($1);

    return $self->read($method) if $r->{status} == 100;

    if (($method // '') eq 'HEAD' || $r->{status} =~ /^(?:1..|204|304)$/) {
        return $r;
    }

    if (($r->field('transfer-encoding') // '') eq 'chunked') {
        $self->chunks($r);

    } elsif (defined(my $size = $r->field('content-length'))) {
        while (length $self->{in} < $size) {
            last unless $self->more();
        }

        $r->{cut} = length $self->{in} < $size;
        $r->{body} = substr($self->{in}, 0, $size, '');

    } else {
        1 while $self->more();
        $r->{body} = $self->{in};
        $self->{in} = '';
    }

    return $r->parse_seen();
}


sub chunks {
    my ($self, $r) = @_;

    while (1) {
        while ($self->{in} !~ /^[0-9a-f]+\r\n/) {
            return $r->{cut} = 1 unless $self->more();
        }

        # a match in the condition of a loop does not outlive the loop

        my ($hex) = $self->{in} =~ /^([0-9a-f]+)/;
        my $size = hex $hex;
        my $want = length($hex) + 2 + $size + 2;

        while (length $self->{in} < $want) {
            return $r->{cut} = 1 unless $self->more();
        }

        $r->{body} .= substr(substr($self->{in}, 0, $want, ''), -$size - 2,
                             $size);
        return if $size == 0;
    }
}


# false at the end of the stream, or of patience

sub more {
    my ($self) = @_;

    return 0 unless IO::Select->new($self->{s})->can_read($self->{timeout});

    return sysread($self->{s}, $self->{in}, 65536, length $self->{in}) || 0;
}


# everything until the other side closes

sub rest {
    my ($self) = @_;

    1 while $self->more();

    return $self->{in};
}


sub close {
    my ($self) = @_;

    close($self->{s});
}


package GateClient::Answer;

use JSON::PP ();


sub new {
    my ($class, $head) = @_;

    my ($line, @lines) = split(/\r\n/, $head);

    $line =~ m{^HTTP/1\.1 (\d{3})(?: .*)?$} or die "not an answer: $line\n";

    my $self = { status => $1, head => $head, body => '', fields => [] };

    for (@lines) {
        /^([!#\$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/
            or die "not a field: $_\n";
        push @{ $self->{fields} }, [ $1, $2 ];
    }

    return bless $self, $class;
}


# of HTTP/2: a list of fields and the body

sub from_fields {
    my ($class, $status, $fields, $body) = @_;

    my $self = bless { status => $status, fields => $fields, body => $body,
                       head => join("\r\n", map { "$_->[0]: $_->[1]" }
                                            @$fields) }, $class;

    return $self->parse_seen();
}


sub all {
    my ($self, $name) = @_;

    return map { $_->[1] } grep { lc $_->[0] eq lc $name }
           @{ $self->{fields} };
}


sub field {
    my ($self, $name) = @_;

    my @all = $self->all($name);

    die "$name is there " . @all . " times\n" if @all > 1;

    return $all[0];
}


sub json {
    my ($self) = @_;

    my $value = eval { JSON::PP->new->utf8->decode($self->{body}) };

    return $value // { error => $@, text => $self->{body} };
}


sub parse_seen {
    my ($self) = @_;

    $self->{body} =~ m{^(\S+ \S+ HTTP/1\.[01])\n(.*?)\n\nbody: \d+\n(.*)$}s
        or return $self;

    my ($line, $fields, $body) = ($1, $2, $3);
    my @fields = map { [ /^([^:]*): ?(.*)$/ ] } split(/\n/, $fields);

    $self->{seen} = {
        line => $line, fields => \@fields, text => "$line\n$fields",
        body => $body, names => [ map { lc $_->[0] } @fields ],
    };

    return $self;
}


sub seen {
    my ($self, $name) = @_;

    return map { $_->[1] } grep { lc $_->[0] eq lc $name }
           @{ ($self->{seen} // {})->{fields} // [] };
}


1;
