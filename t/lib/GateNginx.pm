package GateNginx;

#
# Copyright (C) 2026 Meshgate contributors
#
# An nginx of the test's own, for what Test::Nginx does not do: several at
# once, reload and binary upgrade under load, kills, starts after crashes.
#
#   my $n = GateNginx->new(root => $dir);   # keeps nginx.conf, logs/ there
#   $n->configure($text);                   # the whole of nginx.conf
#   $n->check();                            # what "nginx -t" says
#   $n->start(); $n->reload(); $n->upgrade(); $n->stop();
#
# It is the nginx of the mode (GATE_NGINX), with as many workers as the mode
# says; in mode hup each start is followed by a reload.  What a test leaves
# running is killed when the program ends.  Functions are exported: slurp(file)
# '' without one; spew(file, bytes); patch(file, offset, bytes);
# wait_for(code[, seconds]), its true value or 0; alive(pid), a zombie is not.
#

use strict;
use warnings;

use parent 'Exporter';

use File::Path qw(make_path remove_tree);
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);

our @EXPORT = qw(slurp spew patch wait_for alive);

my %all;                                # by pid of the master


# root    its folder, the prefix of nginx
# workers as many as configuration says; those of the mode
# daemon  0: a child of this process, whose pid is known at once; it may be
#         without a master, and its workers are not waited for
# module  what is loaded, GATE_MODULE
# user    that of its workers, root where the test is root's; '': none is said

sub new {
    my ($class, %arg) = @_;

    my $me = bless { workers => $ENV{GATE_WORKERS} // 1, daemon => 1, %arg },
                   $class;

    make_path("$me->{root}/logs");

    return $me;
}


# The first lines of each configuration.  $more{main} is for the top level.

sub head {
    my ($me, %more) = @_;

    my $root = $me->{root};
    my $user = $me->{user} // ($> == 0 ? 'user root root;' : '');
    my $main = $more{main} // '';
    my $module = $me->{module} // $ENV{GATE_MODULE};

    return <<"CONF";
load_module $module;
worker_processes $me->{workers};
$user
pid $root/logs/nginx.pid;
error_log $root/logs/error.log info;
$main
events { worker_connections 256; }
CONF
}


# In http{}: nothing is written outside of the folder.

sub paths {
    my ($me) = @_;

    return <<"CONF";
    access_log off;
    client_body_temp_path $me->{root}/t1;
    proxy_temp_path $me->{root}/t2;
    fastcgi_temp_path $me->{root}/t3;
    uwsgi_temp_path $me->{root}/t4;
    scgi_temp_path $me->{root}/t5;
CONF
}


sub configure {
    my ($me, $text) = @_;

    spew("$me->{root}/nginx.conf", $text);
}


sub command {
    my ($me, @args) = @_;

    my $root = $me->{root};

    return "$ENV{GATE_NGINX} -p $root/ -c $root/nginx.conf @args 2>&1";
}


# What "nginx -t" says, and whether it is content ($? of the call).

sub check {
    my ($me) = @_;

    my $command = $me->command('-t');

    return scalar `$command`;
}


# With logs as if it had never run.

sub fresh {
    my ($me) = @_;

    remove_tree("$me->{root}/logs");
    make_path("$me->{root}/logs");
}


sub start {
    my ($me) = @_;

    my $root = $me->{root};

    unlink "$root/logs/nginx.pid";

    if ($me->{daemon}) {
        system($me->command() =~ s/2>&1$/>$root\/start 2>&1/r) == 0
            or BAIL_OUT("nginx does not start: " . slurp("$root/start"));

    } else {
        $me->{child} = fork // die "fork: $!";

        if ($me->{child} == 0) {
            exec $ENV{GATE_NGINX}, '-p', "$root/", '-c', "$root/nginx.conf",
                 '-g', 'daemon off;'
                or POSIX::_exit(1);
        }
    }

    wait_for(sub { ($me->{pid}) = slurp("$root/logs/nginx.pid") =~ /(\d+)/ })
        or BAIL_OUT("nginx has no pid: " . $me->log());
    $all{ $me->{pid} } = $$;

    wait_for(sub { $me->workers() == $me->{workers} }) if $me->{daemon};
    $me->reload() if $ENV{TEST_NGINX_USE_HUP} && $me->{daemon};
}


# With QUIT, in peace.  False: it had to be killed.

sub stop {
    my ($me, $signal) = @_;

    my $pid = delete $me->{pid} // return 1;

    kill $signal // 'QUIT', $pid;

    my $ended = wait_for(sub {
        waitpid $pid, POSIX::WNOHANG() if $me->{child};
        return !alive($pid);
    });

    kill 'KILL', $pid if !$ended;
    delete $all{$pid};

    return $ended;
}


# With its workers, also those that shut down.

sub kill_all {
    my ($me) = @_;

    my $pid = delete $me->{pid};
    my @pids = killed($pid);

    waitpid $pid, 0 if $me->{child};
    wait_for(sub { !grep { alive($_) } @pids });
    delete $all{$pid};
}


# Until all workers are new ones.

sub reload {
    my ($me) = @_;

    my %old = map { $_ => 1 } $me->workers();

    kill 'HUP', $me->{pid};

    return wait_for(sub {
        my @now = $me->workers();
        return @now == $me->{workers} && !grep { $old{$_} } @now;
    });
}


# USR2, WINCH, QUIT.  True when the new one serves and the old one is gone.
# What is in the code to be called, if any, happens when it has been told to go.

sub upgrade {
    my ($me, $meanwhile) = @_;

    my $old = $me->{pid};
    my $file = "$me->{root}/logs/nginx.pid";

    kill 'USR2', $old;

    my $new = wait_for(sub {
        my ($pid) = slurp($file) =~ /(\d+)/;
        return $pid && $pid != $old && $me->workers($pid) == $me->{workers}
               && $pid;
    }) or return 0;

    delete $all{$old};
    $all{$new} = $$;
    $me->{pid} = $new;

    kill 'WINCH', $old;
    wait_for(sub { !$me->workers($old) });
    kill 'QUIT', $old;
    $meanwhile->() if $meanwhile;

    return wait_for(sub { !alive($old) });
}


# Pids of those that do not shut down.

sub workers {
    my ($me, $pid) = @_;

    $pid //= $me->{pid} // return;

    return grep { slurp("/proc/$_/cmdline") =~ /worker process(?! is)/ }
           children($pid);
}


sub children {
    my ($pid) = @_;

    return split ' ', slurp("/proc/$pid/task/$pid/children");
}


sub log {
    my ($me) = @_;

    return slurp("$me->{root}/logs/error.log");
}


# Lines of the error log that no test may leave unexplained.

sub complaints {
    my ($me, @expected) = @_;

    return join '', grep {
        my $line = $_;
        $line =~ /\[(?:alert|emerg|crit)\]|AddressSanitizer/
        && !grep { $line =~ $_ } @expected
    } split /^/, $me->log();
}


END {
    my $rc = $?;

    my @pids = map { killed($_) } grep { $all{$_} == $$ } keys %all;

    wait_for(sub { !grep { alive($_) } @pids }, 10) if @pids;
    $? = $rc;
}


# A master and its children.  It is stopped before it is known who they are: one
# that it makes meanwhile would live on.

sub killed {
    my ($pid) = @_;

    kill 'STOP', $pid;
    wait_for(sub { slurp("/proc/$pid/stat") !~ /\) [RSD]/ }, 5);

    my @pids = ($pid, children($pid));

    kill 'KILL', @pids;

    return @pids;
}


sub alive {
    my ($pid) = @_;

    return slurp("/proc/$pid/stat") =~ /\) [^ZX]/;
}


sub wait_for {
    my ($done, $seconds) = @_;

    for (1 .. 20 * ($seconds // 30)) {
        my $value = $done->();
        return $value if $value;
        sleep 0.05;
    }

    note('waited in vain at ' . join ' line ', (caller)[1, 2]);

    return 0;
}


sub slurp {
    my ($file) = @_;

    open my $fh, '<:raw', $file or return '';
    local $/;

    return <$fh> // '';
}


sub spew {
    my ($file, $bytes) = @_;

    open my $fh, '>:raw', $file or die "$file: $!\n";
    print $fh $bytes;
    close $fh or die "$file: $!\n";
}


sub patch {
    my ($file, $offset, $bytes) = @_;

    open my $fh, '+<:raw', $file or die "$file: $!\n";
    seek $fh, $offset, 0;
    print $fh $bytes;
    close $fh or die "$file: $!\n";
}


1;
