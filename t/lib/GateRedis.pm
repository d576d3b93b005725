package GateRedis;

#
# Copyright (C) 2026 Meshgate contributors
#
# A real Redis of the test's own, and a client for it.
#
#   my $redis = GateRedis->new(dir => $dir, port => $port);
#   $redis->start('--requirepass', 'x');
#   $redis->ask('HGETALL', 'key');      # a text, a number, undef or a list
#   my $s = $redis->tell('DEBUG', 'SLEEP', 1);   # whose reply nobody reads
#   $redis->stop('KILL');
#   $redis->freeze();                   # it accepts, reads and answers nothing
#   $redis->thaw();
#   $redis->calls('hgetall');           # how often that command has run
#
# "host" is 127.0.0.1 unless said, "db" what ask() selects first.  ask() dies
# with what Redis says, or when it does not answer.  One that a test leaves
# running is killed when the program ends.
#

use strict;
use warnings;

use File::Path qw(make_path);
use IO::Socket::INET;
use POSIX ();
use Test::More;

use GateNginx;

my %all;                                # by pid


sub new {
    my ($class, %arg) = @_;

    return bless { host => '127.0.0.1', %arg }, $class;
}


sub start {
    my ($me, @args) = @_;

    make_path($me->{dir});

    my $child = fork // die "fork: $!";

    if ($child == 0) {
        open STDOUT, '>', "$me->{dir}/log";
        open STDERR, '>&', \*STDOUT;
        exec 'redis-server', '--port', $me->{port}, '--bind', $me->{host},
             '--save', '', '--dir', $me->{dir}, @args
            or POSIX::_exit(1);
    }

    $me->{pid} = $child;
    $all{$child} = $$;

    wait_for(sub { (eval { $me->ask('PING') } // $@) =~ /PONG|NOAUTH/ })
        or BAIL_OUT('Redis does not start: ' . slurp("$me->{dir}/log"));
}


sub stop {
    my ($me, $signal) = @_;

    my $pid = delete $me->{pid} // return;

    kill 'CONT', $pid;
    kill $signal // 'TERM', $pid;
    waitpid $pid, 0;
    delete $all{$pid};
}


sub ask {
    my ($me, @args) = @_;

    return reply($me->tell(@args));
}


sub tell {
    my ($me, @args) = @_;

    my $s = IO::Socket::INET->new(PeerAddr => "$me->{host}:$me->{port}",
                                  Timeout => 5)
        or die "Redis: connect: $!\n";

    if ($me->{db}) {
        print $s words('SELECT', $me->{db});
        reply($s);
    }

    print $s words(@args);
    $s->flush();

    return $s;
}


sub freeze { kill 'STOP', $_[0]{pid} }

sub thaw { kill 'CONT', $_[0]{pid} }


sub calls {
    my ($me, $command) = @_;

    return $me->ask('INFO', 'commandstats')
           =~ /^cmdstat_\Q$command\E:calls=(\d+)/m ? $1 : 0;
}


# The sum of all fields of these keys whose name ends so.

sub sum {
    my ($me, $keys, $end) = @_;

    my $sum = 0;

    for my $key (@{ $me->ask('KEYS', $keys) }) {
        my %all = @{ $me->ask('HGETALL', $key) };

        $sum += $all{$_} for grep { /\|\Q$end\E$/ } keys %all;
    }

    return $sum;
}


sub words {
    return '*' . @_ . "\r\n", map { '$' . length($_) . "\r\n$_\r\n" } @_;
}


sub reply {
    my ($s) = @_;

    $s->flush();

    my $line = <$s> // die "Redis: no reply\n";
    my ($type, $text) = $line =~ /^(.)(.*)\r\n$/ or die "Redis: $line\n";

    die "Redis: $text\n" if $type eq '-';

    return [ map { reply($s) } 1 .. $text ] if $type eq '*';
    return $text if $type ne '$';
    return undef if $text < 0;

    read $s, my $value, $text + 2;

    return substr $value, 0, $text;
}


END {
    my $rc = $?;

    for my $pid (grep { $all{$_} == $$ } keys %all) {
        kill 'KILL', $pid;
        waitpid $pid, 0;
    }

    $? = $rc;
}


1;
