# Copyright (C) 2026 Meshgate contributors
#
# A service that answers with what it has received.
#
#     use GateBackend;
#
#     my $backend = GateBackend->start(port => 13010, dir => $folder);
#     my $other = GateBackend->start(unix => "$folder/b.sock", dir => $folder);
#
#     $backend->executed('id7')          # how often it was asked with this id
#     $backend->executed()               # a hash of all ids
#     $backend->release('a', 'b')        # what waits by "until=a" is answered
#     $backend->stop();                  # else at the end, by its own pid
#
# HTTP/1.1 with keepalive, one process.  The answer is text: the request line,
# each field line as it came (and each of a trailer), an empty line, "body: N"
# and the body itself.
#
# What it is to do stands in the target, as "name=value" behind "?", "&" or
# "/", thus "/a?status=503&envoy=0" or "/a/status=503/envoy=0":
#
#     status=N     instead of 200
#     sleep=S      seconds before the answer begins
#     until=NAME   ... or until $backend->release('NAME')
#     close        no answer, the connection is closed
#     raw=BYTES    these instead of an answer (percent-encoded, in the query),
#                  then N bytes more with "pad=N", then the connection is
#                  closed, or not with "hold"
#     cut=N        the connection is closed after N bytes of the body
#     chunked      chunked, with a trailer
#     sse=N        N events, 0.05 s apart, as text/event-stream; with "last"
#                  not chunked, ended by the connection
#     envoy=0      no "x-envoy-upstream-service-time", no "server: envoy"
#     last         "Connection: close" after this answer
#     big=N        N bytes as the body
#     kind=NAME    "Content-Type: application/NAME" instead of text/plain;
#                  none for "none"
#     head=A:B     a field of the answer (percent-encoded), also repeated
#     id=ID        counted under this id; so is the field X-Test-Id
#     keep=NAME    the request is appended to the file kept-NAME in "dir"
#
# "Upgrade" with "Connection: upgrade" is answered by 101 and an echo.

package GateBackend;

use strict;
use warnings;

use File::Path qw(make_path);
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX ();
use Socket qw(SOMAXCONN);
use Time::HiRes qw(sleep time);

my %running;                             # by pid


sub start {
    my ($class, %arg) = @_;

    my $self = bless { %arg, file => "$arg{dir}/executed" }, $class;

    # before the child needs it, and whoever else makes it later

    make_path($self->{dir});

    my $listen = $self->listener();
    my $parent = $$;

    my $pid = fork();
    die "fork: $!" unless defined $pid;

    if ($pid == 0) {
        $SIG{$_} = 'DEFAULT' for qw(INT TERM ALRM);
        $SIG{PIPE} = 'IGNORE';

        eval { GateBackend::Loop->new($listen, $self, $parent)->run };
        print STDERR "backend: $@" if $@;
        POSIX::_exit($@ ? 1 : 0);
    }

    close($listen);

    $self->{pid} = $pid;
    $self->{owner} = $$;
    $running{$pid} = $self;

    return $self;
}


sub listener {
    my ($self) = @_;

    my $listen;

    if ($self->{unix}) {
        unlink($self->{unix});
        $listen = IO::Socket::UNIX->new(Local => $self->{unix},
                                        Listen => SOMAXCONN);
    } else {
        $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
                                        LocalPort => $self->{port},
                                        ReuseAddr => 1, Listen => SOMAXCONN);
    }

    die 'backend: ', $self->{unix} // $self->{port}, ": $!\n" unless $listen;

    return $listen;
}


sub stop {
    my ($self) = @_;

    return if !$self->{pid} || $self->{owner} != $$;

    my $status = $?;

    kill('TERM', $self->{pid});
    waitpid($self->{pid}, 0);
    delete $running{$self->{pid}};
    delete $self->{pid};

    $? = $status;
}


sub executed {
    my ($self, $id) = @_;

    my %n;

    if (open(my $fh, '<', $self->{file})) {
        while (my $line = <$fh>) {
            chomp($line);
            $n{$line}++;
        }
    }

    return defined $id ? $n{$id} // 0 : \%n;
}


sub release {
    my ($self, @names) = @_;

    for my $name (@names) {
        open my $fh, '>', "$self->{dir}/go-$name" or die "go-$name: $!";
    }
}


END { $_->stop() for values %running }


package GateBackend::Loop;

use Time::HiRes qw(time);


sub new {
    my ($class, $listen, $of, $parent) = @_;

    open(my $log, '>>', $of->{file}) or die "$of->{file}: $!";
    $log->autoflush(1);
    $listen->blocking(0);

    return bless {
        listen => $listen, log => $log, parent => $parent, dir => $of->{dir},
        read => IO::Select->new($listen), write => IO::Select->new(),
        client => {}, timers => [],
    }, $class;
}


sub run {
    my ($self) = @_;

    while (getppid() == $self->{parent}) {
        my ($r, $w) = IO::Select->select($self->{read}, $self->{write}, undef,
                                         $self->wait_s());

        for my $fh (@{ $r // [] }) {
            $fh == $self->{listen} ? $self->accept() : $self->readable($fh);
        }

        for my $fh (@{ $w // [] }) {
            $self->writable($fh) if $self->{client}{$fh};
        }

        $self->expire();
    }
}


sub wait_s {
    my ($self) = @_;

    my $s = 1;

    for my $timer (@{ $self->{timers} }) {
        my $left = $timer->[0] - time();
        $s = $left if $left < $s;
    }

    return $s < 0 ? 0 : $s;
}


sub expire {
    my ($self) = @_;

    my $now = time();
    my @due = grep { $_->[0] <= $now } @{ $self->{timers} };

    $self->{timers} = [ grep { $_->[0] > $now } @{ $self->{timers} } ];

    for my $timer (@due) {
        my (undef, $c, $code) = @$timer;
        $code->() if $self->{client}{ $c->{fh} };
    }
}


sub after {
    my ($self, $c, $s, $code) = @_;

    push @{ $self->{timers} }, [ time() + $s, $c, $code ];
}


sub accept {
    my ($self) = @_;

    while (my $fh = $self->{listen}->accept()) {
        $fh->blocking(0);
        $self->{client}{$fh} = { fh => $fh, in => '', out => '' };
        $self->{read}->add($fh);
    }
}


sub readable {
    my ($self, $fh) = @_;

    my $c = $self->{client}{$fh} or return;
    my $n = sysread($fh, $c->{in}, 65536, length $c->{in});

    if (!defined $n) {
        return if $!{EAGAIN} || $!{EINTR};
        return $self->drop($c);
    }

    return $self->drop($c) if $n == 0;

    if ($c->{echo}) {
        $c->{out} .= $c->{in};
        $c->{in} = '';
        return $self->flush($c);
    }

    $self->parse($c);
}


sub drop {
    my ($self, $c) = @_;

    my $fh = $c->{fh};

    $self->{read}->remove($fh);
    $self->{write}->remove($fh);
    delete $self->{client}{$fh};
    close($fh);
}


sub writable {
    my ($self, $fh) = @_;

    $self->flush($self->{client}{$fh});
}


sub flush {
    my ($self, $c) = @_;

    while (length $c->{out}) {
        my $n = syswrite($c->{fh}, $c->{out});

        if (!defined $n) {
            return $self->{write}->add($c->{fh}) if $!{EAGAIN} || $!{EINTR};
            return $self->drop($c);
        }

        substr($c->{out}, 0, $n, '');
    }

    $self->{write}->remove($c->{fh});
    $self->drop($c) if $c->{closing};
}


sub send {
    my ($self, $c, $text, $close) = @_;

    $c->{out} .= $text;
    $c->{closing} = 1 if $close;
    $self->flush($c);
}


# One request at a time; what is pipelined waits.

sub parse {
    my ($self, $c) = @_;

    return if $c->{busy} || $c->{in} !~ /\r\n\r\n/;

    my ($head, $rest) = $c->{in} =~ /^(.*?)\r\n\r\n(.*)$/s;
    my ($body, $trailer, $used) = body($head, $rest) or return;

    $c->{in} = substr($rest, $used);
    $c->{busy} = 1;

    my ($line, @fields) = split(/\r\n/, $head . "\r\n" . $trailer);
    my ($method, $target) = split(/ /, $line);

    my %request = (
        line => $line, fields => \@fields, body => $body,
        method => $method // '', do => {}, head => [],
    );

    for (($target // '') =~ m{[?&/]([a-z]+(?:=[^?&/]*)?)(?=[?&/]|$)}g) {
        my ($name, $value) = split(/=/, $_, 2);

        $request{do}{$name} = decoded($value // 1);
        push @{ $request{head} }, decoded($value) if $name eq 'head';
    }

    for my $id ($request{do}{id}, map { /^x-test-id: *(.*)/i } @fields) {
        print { $self->{log} } "$id\n" if defined $id;
    }

    $self->keep($request{do}{keep}, $head) if $request{do}{keep};

    if ($request{do}{sleep}) {
        return $self->after($c, $request{do}{sleep},
                            sub { $self->answer($c, \%request) });
    }

    if ($request{do}{until}) {
        return $self->wait_for("$self->{dir}/go-$request{do}{until}", $c, \%request);
    }

    $self->answer($c, \%request);
}


sub wait_for {
    my ($self, $file, $c, $request) = @_;

    return $self->answer($c, $request) if -e $file;

    $self->after($c, 0.02, sub { $self->wait_for($file, $c, $request) });
}


sub keep {
    my ($self, $name, $head) = @_;

    open(my $fh, '>>', "$self->{dir}/kept-$name") or die "kept-$name: $!";
    print $fh "$head\n\n";
    close($fh);
}


sub decoded {
    my ($text) = @_;

    $text =~ s/%([0-9a-fA-F]{2})/chr(hex $1)/ge;

    return $text;
}


# (body, trailer, bytes used), nothing while it is incomplete

sub body {
    my ($head, $rest) = @_;

    if ($head =~ /^transfer-encoding:.*chunked/mi) {
        my $body = '';
        my $at = 0;

        while (substr($rest, $at) =~ /^([0-9a-f]+)[^\r]*\r\n/i) {
            my $size = hex $1;
            $at += length $&;

            if ($size == 0) {
                return substr($rest, $at) =~ /^((?:[^\r]+\r\n)*)\r\n/
                       ? ($body, $1, $at + length $&) : ();
            }

            return () if length($rest) < $at + $size + 2;

            $body .= substr($rest, $at, $size);
            $at += $size + 2;
        }

        return ();
    }

    my $size = $head =~ /^content-length: *(\d+)/mi ? $1 : 0;

    return length($rest) >= $size ? (substr($rest, 0, $size), '', $size) : ();
}


sub answer {
    my ($self, $c, $q) = @_;

    my $do = $q->{do};
    my @fields = @{ $q->{fields} };

    if ((grep { /^upgrade:/i } @fields)
        && grep { /^connection:.*upgrade/i } @fields)
    {
        $c->{echo} = 1;
        $self->send($c, "HTTP/1.1 101 Switching Protocols\r\n"
                        . "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
        $self->send($c, delete($c->{in}) // '');
        $c->{in} = '';
        return;
    }

    return $self->drop($c) if $do->{close};

    if (defined $do->{raw}) {
        return $self->send($c, $do->{raw} . 'x' x ($do->{pad} // 0),
                           !$do->{hold});
    }

    my $status = $do->{status} || 200;
    my $text = join("\n", $q->{line}, @fields, '',
                    'body: ' . length $q->{body}, $q->{body});

    $text = 'x' x $do->{big} if $do->{big};

    my $head = "HTTP/1.1 $status Said\r\n";

    if (!exists $do->{envoy} || $do->{envoy}) {
        $head .= "server: envoy\r\nx-envoy-upstream-service-time: 1\r\n";
    }

    $head .= "$_\r\n" for map { s/:\s*/: /r } @{ $q->{head} };
    $head .= "Connection: close\r\n" if $do->{last};

    return $self->events($c, $head, $do->{sse}, $do->{last}) if $do->{sse};

    $head .= 'Content-Type: ' . ($do->{kind} ? "application/$do->{kind}"
                                             : 'text/plain') . "\r\n"
        if ($do->{kind} // '') ne 'none';

    if ($do->{chunked}) {
        my $size = sprintf('%x', length $text);

        $text = "$size\r\n$text\r\n0\r\nX-Trailer: here\r\n\r\n";
        $head .= "Transfer-Encoding: chunked\r\nTrailer: X-Trailer\r\n";

    } elsif ($status != 204 && $status != 304) {
        $head .= 'Content-Length: ' . length($text) . "\r\n";

    } else {
        $text = '';
    }

    $text = '' if $q->{method} eq 'HEAD';

    if (defined $do->{cut}) {
        $text = substr($text, 0, $do->{cut});
        $do->{last} = 1;
    }

    $self->done($c, "$head\r\n$text", $do->{last});
}


sub events {
    my ($self, $c, $head, $left, $last) = @_;

    $self->send($c, $head . "Content-Type: text/event-stream\r\n"
                          . ($last ? "\r\n"
                                   : "Transfer-Encoding: chunked\r\n\r\n"));

    my $next;

    $next = sub {
        if ($left-- > 0) {
            my $text = "data: $left\n\n";

            $self->send($c, $last ? $text : sprintf("%x\r\n%s\r\n",
                                                    length $text, $text));
            return $self->after($c, 0.05, $next);
        }

        $self->done($c, $last ? '' : "0\r\n\r\n", $last);
        undef $next;
    };

    $next->();
}


sub done {
    my ($self, $c, $text, $close) = @_;

    $c->{busy} = 0;
    $self->send($c, $text, $close);

    $self->parse($c) if $self->{client}{ $c->{fh} };
}


1;
