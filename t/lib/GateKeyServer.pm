# Copyright (C) 2026 Meshgate contributors
#
# A small server of keys, discovery documents and introspection answers, good
# and bad ones.
#
#     use GateKeyServer;
#
#     my $keys = GateKeyServer->start(port => port(1), dir => $folder);
#
#     $keys->serve('/keys', body => jwks('rsa'))
#     $keys->serve('/keys', mode => 'hang')
#     $keys->count('/keys')              # requests there since the last reset()
#     $keys->last('/keys')               # the last one: fields and body
#     $keys->reset()
#     $keys->stop(); $keys->again();     # as one that goes down and comes back
#
# What serve() may say:
#
#     body, type, status, fields => [ 'Name: value' ]
#     mode => 'hang'       no answer ever
#             'drop'       the connection is closed
#             'cut'        half of the body, then it is closed
#             'empty'      an answer of 0 bytes
#     sleep => S           seconds before the answer
#     fill => N            N bytes more as the body
#     tokens => { T => B } the body by the token that is asked about

package GateKeyServer;

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use POSIX qw(WNOHANG);
use Time::HiRes qw(sleep);

use GateNginx qw(slurp spew);

my %running;


sub start {
    my ($class, %arg) = @_;

    my $self = bless { %arg }, $class;

    mkdir("$self->{dir}/keyserver");
    $self->reset();
    $self->again();

    return $self;
}


sub again {
    my ($self) = @_;

    my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
                                       LocalPort => $self->{port},
                                       ReuseAddr => 1, Listen => 511)
        or die "key server: $self->{port}: $!\n";

    my $parent = $$;
    my $pid = fork() // die "fork: $!";

    if ($pid == 0) {
        $SIG{$_} = 'DEFAULT' for qw(INT TERM ALRM);
        $SIG{PIPE} = 'IGNORE';

        eval { $self->accept_all($listen, $parent) };
        POSIX::_exit(0);
    }

    close($listen);

    $self->{pid} = $pid;
    $self->{owner} = $$;
    $running{$pid} = $self;

    return;
}


sub stop {
    my ($self) = @_;

    return if !$self->{pid} || $self->{owner} != $$;

    local $?;

    kill('TERM', $self->{pid});
    waitpid($self->{pid}, 0);
    delete $running{delete $self->{pid}};

    return;
}


END { $_->stop for values %running }


sub file {
    my ($self, $path) = @_;

    return "$self->{dir}/keyserver/" . $path =~ s{[^\w.-]}{_}gr;
}


sub serve {
    my ($self, $path, %what) = @_;

    my $file = $self->file($path);

    spew("$file.new", JSON::PP->new->encode(\%what));
    rename("$file.new", $file) or die "$file: $!";

    return;
}


sub reset {
    my ($self) = @_;

    spew("$self->{dir}/keyserver.log", '');

    return;
}


sub requests {
    my ($self, $path) = @_;

    return grep { $_->{path} eq $path }
           map { JSON::PP->new->decode($_) }
           split(/\n/, slurp("$self->{dir}/keyserver.log"));
}


sub count {
    my ($self, $path) = @_;

    return scalar(() = $self->requests($path));
}


sub last {
    my ($self, $path) = @_;

    return ($self->requests($path))[-1]{text} // '';
}


# A process for each connection: what hangs is of no concern to the others.
# None of them outlives the server, which waits for them: who started the server
# can wait for it alone.

sub accept_all {
    my ($self, $listen, $parent) = @_;

    my $ready = IO::Select->new($listen);
    my ($end, %child);

    $SIG{TERM} = sub { $end = 1 };
    $listen->blocking(0);

    while (!$end && getppid() == $parent) {
        my $c = $ready->can_read(0.05) && $listen->accept();

        while ((my $pid = waitpid(-1, WNOHANG)) > 0) {
            delete $child{$pid};
        }

        next if !$c;

        my $server = $$;
        my $pid = fork() // next;

        if ($pid == 0) {
            $SIG{TERM} = 'DEFAULT';
            close($listen);
            $c->blocking(1);
            alarm(60);
            eval { $self->connection($c, $server) };
            POSIX::_exit(0);
        }

        $child{$pid} = 1;
        close($c);
    }

    kill('TERM', keys %child);
    waitpid($_, 0) for keys %child;
}


sub connection {
    my ($self, $c, $server) = @_;

    my $text = '';

    while ($text !~ /\r\n\r\n/) {
        sysread($c, $text, 65536, length $text) or return;
    }

    if ($text =~ /^content-length: *(\d+)/mi) {
        my $whole = index($text, "\r\n\r\n") + 4 + $1;

        while (length $text < $whole) {
            sysread($c, $text, 65536, length $text) or return;
        }
    }

    my ($path) = $text =~ m{^\S+ ([^ ?]+)};

    open(my $log, '>>', "$self->{dir}/keyserver.log") or return;
    syswrite($log, JSON::PP->new->canonical->encode({ path => $path, text => $text }) . "\n");
    close($log);

    my $file = $self->file($path);

    if (!-e $file) {
        syswrite($c, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        return;
    }

    $self->answer($c, JSON::PP->new->decode(slurp($file)), $server, $text);
}


sub answer {
    my ($self, $c, $what, $server, $text) = @_;

    my $mode = $what->{mode} // '';
    my $body = $what->{body} // '';

    # answers by the token that is asked about

    if ($what->{tokens}) {
        my ($token) = $text =~ /\btoken=([^&\s]*)/;
        $token =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
        $body = $what->{tokens}{$token} // '{"active":false}';
    }

    sleep($what->{sleep}) if $what->{sleep};

    if ($mode eq 'hang') {
        sleep(0.05) while kill(0, $server);
        return;
    }

    return if $mode eq 'drop';

    $body .= 'x' x $what->{fill} if $what->{fill};
    $body = '' if $mode eq 'empty';

    my $len = length $body;
    my $type = $what->{type} // 'application/json';

    $body = substr($body, 0, $len / 2) if $mode eq 'cut';

    my $out = join("\r\n", 'HTTP/1.1 ' . ($what->{status} // 200) . ' X',
                   "Content-Type: $type", "Content-Length: $len",
                   'Connection: close', @{ $what->{fields} // [] }, '', $body);

    while (length $out) {
        my $n = syswrite($c, $out) // return;
        substr($out, 0, $n, '');
    }
}


1;
