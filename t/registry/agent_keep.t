#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# What mesh_registry was told it keeps: over kill -9, over reloads under load,
# with a torn or a damaged file; and what nobody speaks of any more goes.

use strict;
use warnings;

use File::Temp 'tempdir';
use Test::More;
use Time::HiRes qw(time sleep);

use GateNginx;
use GateRegistry;

plan skip_all => 'the mesh module is not there' if !-e $ENV{MESH_MODULE};

our $root = tempdir(CLEANUP => 1);
our $r = GateRegistry->new(root => $root, port => $ENV{GATE_PORT_BASE});
our $log = "$root/state/registry.log";

$r->start();


# kill -9 of master and worker. A process is gone for its parent before the last
# of its threads is, which still has the port.

sub killed {
    $r->{nginx}->kill_all();
    GateNginx::wait_for(sub {
        !IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $r->{port});
    });
}


# Clients that register and deregister, one connection for each call, until a
# file is there. Each writes down what it was answered 200.

sub writers {
    my ($n) = @_;

    return map {
        my $i = $_;
        my $pid = fork // die "fork: $!\n";

        if ($pid == 0) {
            open my $said, '>', "$root/said.$i";
            $said->autoflush(1);

            for (my $k = 0; !-e "$root/enough"; $k++) {
                my $a = $r->put("/v1/agent/service/register?node=w$i",
                                { ID => "i$k", Name => "s$i", Port => 1 + $k % 60000,
                                  Address => '10.0.0.1' }, seconds => 20);
                print $said "in i$k\n" if $a->{status} == 200;
                print $said "other $a->{status}\n" if $a->{status} != 200;

                next if $k % 3;
                $a = $r->put("/v1/agent/service/deregister/i$k?node=w$i", undef, seconds => 20);
                print $said "out i$k\n" if $a->{status} == 200;
                print $said "other $a->{status}\n" if $a->{status} != 200;
            }

            POSIX::_exit(0);
        }

        $pid;
    } 1 .. $n;
}


# What is missing of what they were told, and what others got.

sub missing {
    my (@writers) = @_;

    my ($calls, @missing, %other) = (0);

    for my $i (@writers) {
        my $there = $r->get("/v1/agent/services?node=w$i")->{json} || {};
        my %in;

        for (split /\n/, slurp("$root/said.$i")) {
            my ($what, $id) = split / /;
            $calls++;
            $other{$id}++ if $what eq 'other';
            $in{$id} = $what eq 'in' if $what ne 'other';
        }

        push @missing, map { "w$i/$_" } grep { !$in{$_} != !$there->{$_} } sort keys %in;
    }

    return ($calls, \@missing, \%other);
}


my $index = GateRegistry::index_of($r->get('/v1/health/state/any'));

# reloads, while four clients write

my @pids = writers(4);

for (1 .. 5) {
    sleep 0.3;
    ok($r->{nginx}->reload(), "reload $_ under load has a new worker");
}

sleep 0.3;
spew("$root/enough", '');
waitpid $_, 0 for @pids;
unlink "$root/enough";

my ($calls, $missing, $other) = missing(1 .. 4);

cmp_ok($calls, '>', 50, "$calls calls were answered meanwhile");
is_deeply($missing, [], 'nothing that was answered 200 is lost over five reloads');
is_deeply($other, {}, 'nobody was refused or cut off');

my $after = GateRegistry::index_of($r->get('/v1/health/state/any'));
cmp_ok($after, '>', $index, 'the index has grown');

# kill -9 of everything, while they write

@pids = writers(4);
sleep 0.5;
killed();
spew("$root/enough", '');
waitpid $_, 0 for @pids;
unlink "$root/enough";

$r->start();
($calls, $missing) = missing(1 .. 4);

# a call that was cut off may have been done or not, which is of its own ID

my %unsure = map { $_ => 1 } map {
    my ($i, $last) = ($_, (grep { /^in/ } split /\n/, slurp("$root/said.$_"))[-1] // '');
    my ($k) = $last =~ /i(\d+)/;
    defined $k ? ("w$i/i$k", "w$i/i" . ($k + 1)) : ();
} 1 .. 4;

is_deeply([ grep { !$unsure{$_} } @$missing ], [], 'nothing is lost over kill -9');

$index = $after;
$after = GateRegistry::index_of($r->get('/v1/health/state/any'));
cmp_ok($after, '>', $index, 'no index is told twice');

# a worker alone that dies

my $before = slurp($log);
my ($worker) = $r->{nginx}->workers();
kill 'KILL', $worker;
ok(GateNginx::wait_for(sub { ($r->{nginx}->workers())[0] // $worker != $worker
                             && $r->get('/v1/status/leader')->{status} == 200 }),
   'a killed worker is followed by another one');
($calls, $missing) = missing(1 .. 4);
is_deeply([ grep { !$unsure{$_} } @$missing ], [], 'which has all registrations');

# those who wait are answered when their worker ends

my $i = GateRegistry::index_of($r->get('/v1/health/service/s1'));
my $s = $r->ask('GET', "/v1/health/service/s1?index=$i&wait=60s", later => 1);
sleep 0.2;
my $start = time;
$r->{nginx}->reload();
is(GateRegistry::answer($s)->{status}, 200, 'who waits is answered when his worker ends');
cmp_ok(time - $start, '<', 30, 'long before his wait ends');

# a torn file, a damaged file

$r->{nginx}->stop();
my $whole = slurp($log);
spew($log, $whole . substr(GateRegistry::record(
    { op => 'put', node => 'torn', from => '10.0.0.1', service => { ID => 'x' } }), 0, -20));
$r->start();
($calls, $missing) = missing(1 .. 4);
is_deeply([ grep { !$unsure{$_} } @$missing ], [], 'a torn last line costs nothing else');
like($r->{nginx}->log(), qr/\[warn\].*was not written to its end/, 'it is said');
ok(GateNginx::wait_for(sub { slurp($log) !~ /torn/ }), 'the file is written anew');

$r->put('/v1/agent/service/register?node=last', { Name => 'last', Port => 1,
                                                  Address => '10.0.0.1' });
$r->{nginx}->stop();
$whole = slurp($log);
my ($line) = $whole =~ /^(\S+ \{"op":"have","node":"w2".*)$/m;
substr($whole, index($whole, $line) + 30, 1) ^= "\x01";
spew($log, $whole);
$r->start();
($calls, $missing) = missing(1, 3, 4);
is_deeply([ grep { !$unsure{$_} } @$missing ], [], 'a damaged line costs nothing but itself');
like($r->{nginx}->log(), qr/\[error\].*1 lines of .*registry\.log" are damaged/, 'that is said');
is(slurp("$log.damaged"), $whole, 'the file as it was is kept beside it');
ok($r->get('/v1/agent/service/last')->{json}, 'what stands behind it is there');

# time passes: a record makes the minute of Consul a moment

$r->{nginx}->stop();
unlink "$log.damaged";
spew($log, GateRegistry::record({ op => 'index', to => 9_000_000 }) . GateRegistry::record({
    op => 'put', node => 'n', from => '10.0.0.1', service => {
        ID => 'brief', Name => 'brief', Port => 1, Address => '10.0.0.1', Tags => [],
        Meta => {}, EnableTagOverride => JSON::PP::false, Weights => { Passing => 1, Warning => 1 },
        Checks => [ { CheckID => 'c', Name => 'c', Notes => '', Status => 'passing',
                      TTL => 700, After => 700 } ] } }));
$r->start();
cmp_ok(GateRegistry::index_of($r->get('/v1/health/state/any')), '>', 9_000_000,
       'indexes go on where the file says');
is($r->get('/v1/agent/checks')->{json}{c}{Status}, 'passing',
   'after a start a check has the whole of its TTL');
ok(GateNginx::wait_for(sub {
    ($r->get('/v1/agent/checks')->{json}{c}{Status} // 'critical') eq 'critical'
}), 'then it is critical');
ok(GateNginx::wait_for(sub { !%{ $r->get('/v1/agent/services')->{json} } }),
   'and after some time of it the instance is gone');
like($r->{nginx}->log(), qr/"brief" of node "n" is deregistered/, 'which is said');

$r->{nginx}->stop();
$r->start();
is_deeply($r->get('/v1/agent/services')->{json}, {}, 'it does not come back');

# many

my @many = map {
    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        my $w = $_;
        my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $r->{port});
        my $bad = 0;

        for my $k (1 .. 625) {
            $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $r->{port})
                if $k % 500 == 0;
            my $a = $r->put("/v1/agent/service/register?node=m$w",
                            { ID => "m-$k", Name => "many-$k", Port => $k,
                              Address => "10.1.$w.1", Check => { TTL => '1h' } },
                            socket => $s);
            $bad += $a->{status} != 200;
        }

        POSIX::_exit($bad ? 1 : 0);
    }

    $pid;
} 1 .. 8;

my $failed = 0;

for (@many) {
    waitpid $_, 0;
    $failed += $? != 0;
}

is($failed, 0, '5000 registrations of eight clients are taken');
is(scalar @{ $r->get('/v1/health/state/critical', seconds => 60)->{json} || [] }, 5000,
   'all of them are known');
is(scalar keys %{ $r->get('/v1/catalog/services')->{json} || {} }, 625,
   'under their names');
killed();
$r->start();
is(scalar @{ $r->get('/v1/health/state/critical', seconds => 60)->{json} || [] }, 5000,
   'and after kill -9, too');

is($r->{nginx}->complaints(qr/exited on signal 9/), '', 'nothing is wrong in the log');
$r->{nginx}->stop();

done_testing();
