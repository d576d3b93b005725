#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_journal: the file and the processes that write to it.  Workers that die,
# reloads, upgrades, other users, files that are not ours.  How requests end is in
# t/usage/meter.t.


use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use File::Path qw(make_path remove_tree);
use Test::More;

use GateBackend;
use GateClient;
use GateJournal;
use GateNginx;

plan skip_all => 'run it by make t/usage/journal.t' if !$ENV{GATE_NGINX};

my $root = $ENV{TEST_NGINX_SERVROOT};
my $base = $ENV{GATE_PORT_BASE};

remove_tree($root);
make_path($root);
chmod 0755, $root;

my $workers = $ENV{GATE_WORKERS} || 1;
my $backend = GateBackend->start(port => $base, dir => $root);


# A worker that dies.

my $n = instance('died', workers => 2);

my $held = $n->hold('/sleep=60');
my ($whose) = grep { has_open($_, $held) } $n->workers();

is($n->journal()->{open}, 1, 'a request is open');
kill('KILL', $whose);
ok(wait_for(sub { $n->journal()->{interrupted} == 1 }),
   'the worker is killed: it is interrupted');
like($n->ends(), qr/^1 opened, 1 interrupted/, '... as nothing else has');
like($n->log(), qr/\[warn\].* 1 open request of a worker that died/,
     '... and it is said');

$n->get() for 1 .. 10;
is($n->ends(), '11 opened, 10 served, 1 interrupted', 'others go on');

my @held = map { $n->hold('/sleep=60') } 1 .. 20;

kill('KILL', $n->workers());
ok(wait_for(sub { $n->journal()->{interrupted} == 21 }),
   'all workers are killed: all is interrupted');
is($n->ends(), '31 opened, 10 served, 21 interrupted', '... and nothing besides');
wait_for(sub { $n->journal()->{writers} == 2 });
is($n->journal()->{writers}, 2, 'there are as many writers as workers');

@held = map { $n->hold('/sleep=60') } 1 .. 5;
$n->kill_all();
$n->start();
ok(wait_for(sub { $n->journal()->{interrupted} == 26 }),
   'everything is killed: found at the next start');
is($n->ends(), '36 opened, 10 served, 26 interrupted', '... each of them once');

@held = map { $n->hold('/sleep=60') } 1 .. 3;
$n->stop('TERM');
$n->start();
is($n->ends(), '39 opened, 10 served, 29 interrupted',
   'a fast shutdown interrupts as well');

$n->ends_ok();
$n->quiet_ok(qr/exited on signal 9/);


# Reloads and upgrades.

$n = instance('reload');
$n->get() for 1 .. 5;

my $epoch = $n->journal()->{epoch};

$held = $n->hold('/until=reloaded');
$n->reload();
$n->get() for 1 .. 5;
is($n->journal()->{slots_opened}, 11, 'a reload keeps counts');
$backend->release('reloaded');
is($held->read()->{status}, 200, 'what was open goes on to its end');
ok(wait_for(sub { $n->ends() eq '11 opened, 11 served' }), '... and is served over a reload')
    or diag($n->ends());
ok(wait_for(sub { $n->journal()->{writers} == $workers }),
   '... and its writer is no more');

$held = $n->hold('/until=upgraded');
$n->upgrade_ok(sub { $n->get() for 1 .. 5; $backend->release('upgraded') });
is($held->read()->{status}, 200, 'a request lasts over an upgrade');
ok(wait_for(sub { $n->ends() eq '17 opened, 17 served' }), '... and is served over it, too')
    or diag($n->ends());
is($n->journal()->{epoch}, $epoch, '... in the same epoch');

$n->ends_ok();
$n->start();
is($n->ends(), '17 opened, 17 served', 'a restart keeps counts');
isnt($n->journal()->{epoch}, $epoch, '... in an epoch of its own');

my $id = $n->get()->field('x-usage');

$n->ends_ok();
$n->start();
isnt($n->get()->field('x-usage'), $id, 'a usage id is not used again');
$n->ends_ok();
$n->quiet_ok();


# Files that are not ours: at the start, in a test, and at a reload.

$n = named('foreign');

for my $case (
    [ 'text', "hello\n" x 200_000, 'is not a journal|bytes, configured' ],
    [ 'short text', 'hello', 'is not a journal|bytes, configured' ],
    [ 'noise', join('', map { chr(int rand 256) } 1 .. 1 << 20),
      'is not a journal' ],
    [ 'a truncated one', sub { truncate($_[0], 1 << 19) },
      'file is 524288 bytes, configured are 1048576' ],
    [ 'a longer one', sub { truncate($_[0], 1 << 21) },
      'file is 2097152 bytes, configured are 1048576' ],
    [ 'a damaged header', sub { patch($_[0], 16, "\1") },
      'header is damaged|bytes, configured' ],
    [ 'a newer version', sub { patch($_[0], 8, "\xff"); patch($_[0], 96, 'crc!') },
      'is a journal of version 255, which is newer than this release' ],
    [ 'an older version', sub { patch($_[0], 8, "\1"); patch($_[0], 96, 'crc!') },
      'is a journal of version 1, which is not read any more' ],
    [ 'a damaged version', sub { patch($_[0], 8, "\7") }, 'header is damaged' ],
    [ 'a folder', sub { unlink $_[0]; mkdir $_[0] },
      'Is a directory|not a regular file' ],
)
{
    my ($name, $what, $message) = @$case;
    my $file = "$root/foreign/bad";

    $n->configure();
    remove_tree($file);

    if (ref $what) {
        $n->configure(journal => $file);
        $n->start();
        $n->ends_ok();
        $what->($file);

    } else {
        spew($file, $what);
    }

    my $sum = -f $file ? sha256_hex(slurp($file)) : '';

    $n->configure();
    $n->start();
    $n->get();

    my @pids = $n->workers();
    my $was = $n->ends();

    $n->configure(journal => $file);
    like($n->check(), qr/\[emerg\] .*gate_journal "\Q$file\E": .*($message)/,
         "$name is refused in a test");

    my $said = length $n->log();

    kill('HUP', $n->{pid});
    ok(wait_for(sub { substr($n->log(), $said) =~ /\[emerg\] .*$message/ }),
       '... and at a reload');
    is("@{[ $n->workers() ]}", "@pids", '... where the workers stay');
    is($n->get()->{status}, 200, '... and serve');
    is($n->ends(), $was =~ s/\d+/$& + 1/ger, '... and count');

    $n->ends_ok();
    like($n->refused(), qr/\[emerg\] .*gate_journal .*($message)/,
         '... and at the start');
    is(-f $file ? sha256_hex(slurp($file)) : '', $sum,
       '... and stays as it was');
    $n->quiet_ok(qr/gate_journal/);
}

remove_tree("$root/foreign/bad");


# What a test leaves alone.

$n->configure(journal => "$root/foreign/none");
is($n->check() =~ /test is successful/, 1, 'without a file a test is fine');
ok(!-e "$root/foreign/none", '... and makes none');

$n->configure(journal => "$root/nowhere/none");
like($n->refused(), qr/\[emerg\] .*gate_journal "[^"]*": there is no folder /,
     'a folder that is not there is an error at the start');

$n->configure();
$n->start();
$n->get();
$held = $n->hold('/sleep=60');

my @was = (stat "$root/foreign/usage")[0, 1, 2, 4, 5, 7];

is($n->check() =~ /test is successful/, 1, 'a test beside one that runs');
is("@{[ (stat qq($root/foreign/usage))[0, 1, 2, 4, 5, 7] ]}", "@was",
   '... leaves its file alone');
is($n->journal()->{open}, 1, '... and what is open');
$held->close();
$n->ends_ok();


# Without a master.

$n = instance('single', main => 'master_process off;', daemon => 0, workers => 1);
$n->get() for 1 .. 3;
is($n->ends(), '3 opened, 3 served', 'without a master');

$held = $n->hold('/sleep=60');
$n->kill_all();
$n->start();
is($n->ends(), '4 opened, 3 served, 1 interrupted',
   '... and killed, which is found at the next start');
$n->ends_ok();
$n->quiet_ok();


# Workers of another user.

SKIP: {
    skip('only root can be another', 15) if $> != 0;

    my ($uid, $gid) = (getpwnam('nobody'))[2, 3];
    my $group = getgrgid($gid);

    $n = instance('nobody', main => "user nobody $group;");

    my @stat = stat("$root/nobody/usage");

    is("$stat[4] $stat[5]", "$uid $gid", 'the file is of the workers');
    is(sprintf('%o', $stat[2] & 07777), '600', '... and of nobody else');
    is(join(' ', (stat("$root/nobody"))[2, 4]), 040755 . ' 0',
       '... in a folder of root');
    is((stat "/proc/@{[ ($n->workers())[0] ]}")[4], $uid,
       'workers are not root');
    $n->get() for 1 .. 3;
    is($n->ends(), '3 opened, 3 served', '... and what they serve is counted');

    $held = $n->hold('/sleep=60');
    kill('KILL', $n->workers());
    ok(wait_for(sub { $n->journal()->{interrupted} == 1 }),
       '... and find what one left that died');
    $n->reload();
    $n->get();
    is($n->ends(), '5 opened, 4 served, 1 interrupted', '... over a reload');
    $n->upgrade_ok();
    $n->get();
    is($n->ends(), '6 opened, 5 served, 1 interrupted', '... and an upgrade');

    $n->configure(main => "user daemon;");
    $n->reload();
    is($n->get()->{status}, 200, 'the user is changed: it serves');
    is($n->ends(), '7 opened, 6 served, 1 interrupted', '... and goes on counting');
    $n->ends_ok();
    $n->quiet_ok(qr/exited on signal 9/);

    $n = instance('root', main => 'user root;');
    $n->get();
    $n->configure(main => "user nobody $group;");
    $n->ends_ok();
    $n->start();
    $n->get();
    is($n->ends(), '2 opened, 2 served', 'from root to another user');
    $n->ends_ok();

    chmod(0400, "$root/root/usage");
    $n->start();
    is($n->get()->{status}, 200, 'a file that its own user could not write to is given back');
    $n->ends_ok();
    $n->quiet_ok();
}

done_testing();


# Has the process the other end of this connection?

sub has_open {
    my ($pid, $c) = @_;

    my $ends = sprintf('%08X:%04X %08X:%04X',
                       unpack('L', $c->{s}->peeraddr()), $c->{s}->peerport(),
                       unpack('L', $c->{s}->sockaddr()), $c->{s}->sockport());

    my ($inode) = map { (split)[9] } grep { index($_, $ends) >= 0 }
                  split(/\n/, slurp('/proc/net/tcp')) or return;

    return grep { (readlink($_) // '') eq "socket:[$inode]" }
           glob("/proc/$pid/fd/*");
}
