#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Another file for gate_journal: the one before it is shipped to its end and given
# up.  And more writers than a file has records for.


use strict;
use warnings;

use Test::More;

use GateJournal;
use GateNginx;

my ($backend, $redis) = begin();
my $root = $ENV{TEST_NGINX_SERVROOT};


# Another file: the old one is closed out by the new workers.

my $lines = "gate_redis 127.0.0.1:$redis->{port};\ngate_node n1;";
my $gone = qr/all of "[^"]*" is in Redis, it is not used any more/;

my $n = instance('moved', http => $lines);

my $sum = 0;
my @held;

for my $name (qw(second third usage)) {
    my $file = "$root/moved/$name";
    my $from = length $n->log();

    @held = map { $n->hold("/until=$name") } 1 .. 10;
    $redis->freeze();
    $n->configure(http => $lines, journal => $file);
    $n->reload();
    $n->get() for 1 .. 5;
    $redis->thaw();
    $backend->release($name);

    is(scalar(grep { $_->read()->{status} == 200 } @held), 10,
       'another file: what was open goes on to its end');
    $sum += 15;
    ok(wait_for(sub { $redis->sum('gate:u:*', 'served') == $sum }),
       '... and is billed, as what came since')
        or diag($redis->sum('gate:u:*', 'served') . " of $sum");
    ok(wait_for(sub { substr($n->log(), $from) =~ $gone }),
       '... and the file before it is closed out');
}

is($n->ends(), '15 opened, 15 served', 'back in the first file, it goes on');

# killed before that could be done: the new file knows of the old one

$redis->freeze();
@held = map { $n->hold('/sleep=60') } 1 .. 4;
$n->get() for 1 .. 6;
$n->configure(http => $lines, journal => "$root/moved/second");
$n->reload();
$n->get() for 1 .. 7;
$n->configure(http => $lines, journal => "$root/moved/third");
$n->reload();
$n->get() for 1 .. 8;
is($n->ends(), '23 opened, 23 served', 'three files, two of them old');
$n->kill_all();
$n->start();
$redis->thaw();
$sum += 21;
ok(wait_for(sub { $redis->sum('gate:u:*', 'served') == $sum }),
   'all is killed: two files that were used before are shipped')
    or diag($redis->sum('gate:u:*', 'served') . " of $sum");
ok(wait_for(sub { $redis->sum('gate:u:*', 'interrupted') == 4 }),
   '... with what was open');
ok(wait_for(sub { (() = $n->log() =~ /$gone/g) >= 5 }),
   '... and both are closed out');
$n->ends_ok();

my $from = length $n->log();

$n->start();
unlike(substr($n->log(), $from), qr/until it is clean/, '... for good');

# one that is used again, while those before it wait: it is the last one now,
# and what it had followed is not forgotten

$redis->freeze();
$n->get();

for my $file (qw(fourth fifth fourth)) {
    $n->configure(http => $lines, journal => "$root/moved/$file");
    $n->reload();
    $n->get() for 1 .. 3;
}

$n->ends();                       # an answer is out before its slot is closed
$n->kill_all();
$n->start();
$redis->thaw();
$sum += 10;
ok(wait_for(sub { $redis->sum('gate:u:*', 'served') == $sum }),
   'all is killed after a file was used again: each of the others is shipped')
    or diag($redis->sum('gate:u:*', 'served') . " of $sum");
$n->ends_ok();
$n->configure(http => $lines, journal => "$root/moved/third");
$n->start();

# replaced under nginx: the file that it has is another one from then on

@held = map { $n->hold('/until=replaced') } 1 .. 3;
$redis->freeze();
$n->get() for 1 .. 3;
rename("$root/moved/third", "$root/moved/aside");
$n->reload();
$n->get() for 1 .. 4;
unlink("$root/moved/aside");
$redis->thaw();
$backend->release('replaced');
$_->read() for @held;
$sum += 10;
ok(wait_for(sub { $redis->sum('gate:u:*', 'served') == $sum }),
   'a file that is moved away and deleted is shipped by its descriptor')
    or diag($redis->sum('gate:u:*', 'served') . " of $sum");
is($redis->sum('gate:e:*', 'served'), $sum, 'no epoch counts twice');

$n->ends_ok();
$n->quiet_ok();


# More writers than there will ever be.

$n = instance('writers', http => $lines);
$redis->ask('FLUSHALL');
$n->reload();

my $locks = lock_records("$root/writers/usage", 300 .. 1023);

$n->reload();
$n->get() for 1 .. 3;
is($n->ends(), '3 opened, 3 served', 'hundreds of writers live: one more does');
undef $locks;

$n->ends_ok();
unlink("$root/writers/usage");
$n->start();
$n->ends_ok();
$locks = lock_records("$root/writers/usage", 0 .. 1023);
$n->start();
is($n->get()->{status}, 503, 'no record is free: a request is refused');
like($n->log(), qr/\[alert\] .*no writer record is free/, '... and it is said');
undef $locks;
ok(wait_for(sub { $n->get()->{status} == 200 }),
   '... until there is one: it is tried again');
$n->ends_ok();
$n->quiet_ok(qr/no writer record|no room/);

done_testing();


# The locks of writer records, held until what is returned is gone.

sub lock_records {
    my ($file, @records) = @_;

    open(my $fh, '+<', $file) or die "$file: $!";

    for my $record (@records) {
        fcntl($fh, 37, pack('s s x4 q q l x4', 1, 0,
                            (1 << 60) + 4096 + $record, 1, 0))
            or die "F_OFD_SETLK: $!";
    }

    return $fh;
}
