#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# A journal that is not what it was: a bit of it has flipped, before nginx
# started or while it runs, or it was cut.  Which bits are found is tried in
# t/unit/journal_flip_test.c.

use strict;
use warnings;

use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use File::Path qw(remove_tree);
use POSIX qw(strftime);
use Test::More;
use Time::HiRes qw(sleep);

use GateBackend;
use GateClient;
use GateNginx;
use GateRedis;

plan skip_all => 'run it by make t/usage/damage.t' if !$ENV{GATE_NGINX};

# a worker is made to die here: what the sanitizer says goes to the error log,
# where this test looks for it
delete $ENV{GATE_ASAN_LOG};

my $root = $ENV{TEST_NGINX_SERVROOT};
my $base = $ENV{GATE_PORT_BASE};

remove_tree($root);

my $n = GateNginx->new(root => "$root/nginx");
my $file = "$n->{root}/usage";
my $redis = GateRedis->new(dir => "$root/redis", port => $base + 2);
my $backend = GateBackend->start(port => $base, dir => $root);

$redis->start();
configure('usage');
$n->start();


# Before it starts.

served($_, 5) for qw(ada bob eve);
arrived(ada => 5, bob => 5, eve => 5);
$n->stop();
$redis->stop('KILL');
$redis->start();

flip(cell('bob') + 64 + 3);

my $found = sha256_hex(slurp($file));

$n->start();

my $which = 'the values of cell \d+ are damaged, the cell is kept aside: '
            . 'consumer "bob", API "a", version "v1", plan "-", hour \d{4}-\d\d-\d\dT\d\d:00Z';

like($n->log(), qr/\[alert\] .*"\Q$file\E" is damaged: $which/,
     'a bit of a total has flipped: an alert names the total');
like($n->log(), qr/\[alert\] .*it is in "\Q$file\E\.damaged-1"/,
     '... and the copy that was made');
is(sha256_hex(slurp("$file.damaged-1")), $found,
   '... which is the file as it was found');
is(journal()->{damaged}, 1, '... it is counted');
arrived(ada => 5, eve => 5);
is(billed('bob'), 0, 'all other totals arrive, this one does not');
served($_, 2) for qw(ada bob eve);
arrived(ada => 7, bob => 2, eve => 7);

my $said = length $n->log();

$n->stop();
$n->start();
unlike(substr($n->log(), $said), qr/damaged/, 'it is said once');
ok(!-e "$file.damaged-2", '... and copied once');
is(journal()->{damaged}, 1, '... and counted once');


# A key, of which nothing is sure any more.

$n->stop();
flip(cell('eve') + 192);
$said = length $n->log();
$n->start();
like(substr($n->log(), $said), qr/the key of cell \d+ is damaged/,
     'a bit of a name has flipped: that is said');
is(journal()->{damaged}, 2, '... and counted');
served($_, 1) for qw(ada bob eve);
arrived(ada => 8, bob => 3, eve => 8);
is(join(' ', sort map { /\{(.*?)\}/ } @{ $redis->ask('KEYS', 'gate:u:*') }),
   'ada bob eve', '... and nobody else is billed');


# While it runs.

my $epoch = journal()->{epoch};

$said = length $n->log();
flip(cell('ada') + 64 + 2);
served('ada', 1);
ok(wait_for(sub { substr($n->log(), $said) =~ /values of cell \d+ are damaged/ }),
   'while nginx runs it is seen before it is sent');
ok(wait_for(sub { journal()->{epoch} ne $epoch }), '... the epoch ends');

my $was = billed('ada');

served($_, 4) for qw(ada bob);
arrived(ada => $was + 4, bob => 7);
cmp_ok($was, '<=', 9, '... and nothing is billed that was not served');


# The lowest hour that may be written to, which each request goes by.

$said = length $n->log();
flip(128 + 3);
served($_, 2) for qw(ada bob);
arrived(ada => $was + 6, bob => 9);
ok(wait_for(sub { substr($n->log(), $said) =~ /the lowest hour of the header \(0\) were/ }),
   'a bit of the lowest hour flips while nginx runs: that is said');
is(journal()->{damaged}, 4, '... and the hour is counted');

my @hours = map { /:(\d+)$/ } @{ $redis->ask('KEYS', 'gate:u:*') };

ok(@hours > 2, '... of the totals that were sent');
is((grep { $_ > strftime('%Y%m%d%H', gmtime(time() + 3600)) } @hours), 0,
   '... none is of a far hour');


# Part of it is gone, and what is there fits its checksums: a page that is zero,
# after what was found before has been settled.

$n->stop();
$n->start();
$n->stop();
$said = length $n->log();
lose('bob');
$n->start();
like(substr($n->log(), $said), qr/opened and what has ended differ by \d+ req/,
     'a total is gone without a trace: that is said');
like(substr($n->log(), $said), qr/it is in "\Q$file\E\.damaged-\d+"/,
     '... and there is a copy of it');
is(journal()->{damaged}, 5, '... the total that is gone is counted');
$n->stop();
$said = length $n->log();
$n->start();
unlike(substr($n->log(), $said), qr/damaged/, '... and said once');
$n->stop();

# Of very many damages some are named, and all are counted.

my ($writers_at) = unpack('x40 Q', slurp($file));

flip($writers_at + 256 * $_ + 16) for 500 .. 599;
$said = length $n->log();
$n->start();
is(() = substr($n->log(), $said) =~ /the counters of writer \d+ were damaged/g, 16,
   'a hundred damages: some are named');
like(substr($n->log(), $said), qr/writer 515 were damaged, .*, and 84 more$/m,
     '... and the others are counted');
is(journal()->{damaged}, 105, '... as all of them are');
$n->stop();
# of a key with two totals, one of which is kept aside, Redis has more than is left
is($n->complaints(qr/is damaged|damaged part|Redis has more of epoch/), '',
   'no complaint besides what is damaged');


# It is cut while it runs, and may not be looked at where it ends.

configure('cut');
$n->fresh();
$n->start();
served('ada', 3);
truncate("$n->{root}/cut", 4096) or die "truncate: $!";

# whoever looks at it dies of it, and whoever comes then does not look

ok(wait_for(sub {
       get('ada');
       return $n->log() =~ /was cut while nginx ran/ && get('ada') == 503;
   }), 'a file is cut: requests are refused');

# AddressSanitizer says what it was, and ends with SIGABRT

my $sigbus = qr/exited[ ]on[ ]signal[ ][67]
                |AddressSanitizer(?::DEADLYSIGNAL|:[ ]BUS|[ ]can[ ]not[ ]provide)/x;
my $deaths = () = $n->log() =~ /exited on signal [67]/g;

get('ada') for 1 .. 20;
sleep(2);
is(() = $n->log() =~ /exited on signal [67]/g, $deaths,
   '... and no worker dies of it any more');
cmp_ok($deaths, '<=', 2 * $n->{workers}, '... each did at most once');
is(get('ada', '/status'), 200, '... the status page is there');
$n->stop();
like(scalar `@{[ $n->command() ]}`, qr/\[emerg\] .*file is 4096 bytes/,
     '... it does not start again');
unlink("$n->{root}/cut");
$n->start();
served('ada', 2);
$n->stop();
is($n->complaints($sigbus, qr/was cut while|no room|file is 4096/), '',
   'no complaint besides what was cut');

$redis->stop();
done_testing();


sub configure {
    my ($journal) = @_;

    my $consumers = join('', map { "gate_consumer $_ { key sha256:"
                                   . sha256_hex($_) . "; }\n" }
                             qw(ada bob eve));

    $n->configure($n->head() . <<"CONF");
http {
@{[ $n->paths() ]}
    gate_journal $n->{root}/$journal size=1m;
    gate_redis   127.0.0.1:$redis->{port};
    $consumers
    upstream sidecar { server 127.0.0.1:$base; }

    server {
        listen 127.0.0.1:@{[ $base + 1 ]};

        gate_api      a version=v1;
        gate_auth     key;
        gate_meter    requests bytes;
        gate_service  s;

        location = /status { gate_auth off; gate_meter off; gate_status; }
        location / { gate_pass http://sidecar; }
    }
}
CONF
}


sub ask {
    my ($name, $target, $c) = @_;

    my $last = $c ? '' : "Connection: close\r\n";

    $c //= GateClient->new($base + 1);
    $c->write("GET $target HTTP/1.1\r\nHost: a\r\napikey: $name\r\n$last\r\n");

    return eval { $c->read() };
}


sub get {
    my ($name, $target, $c) = @_;

    return (ask($name, $target // '/', $c) // { status => 0 })->{status};
}


# Over one connection, and so by one worker: each worker has totals of its own,
# as each hour has.

sub served {
    my ($name, $times) = @_;

    sleep 0.5 while time % 3600 > 3590;

    my $c = GateClient->new($base + 1);

    is(join(' ', map { get($name, '/', $c) } 1 .. $times), join(' ', (200) x $times),
       "$name is served $times times");
}


sub journal {
    my $j;

    wait_for(sub {
        my $r = ask('ada', '/status');
        return $r && ($j = $r->json()->{journal});
    });

    return $j // {};
}


sub billed {
    my ($name) = @_;

    return $redis->sum("gate:u:{$name}:*", 'served');
}


sub arrived {
    my (%served) = @_;

    for my $name (sort keys %served) {
        ok(wait_for(sub { billed($name) == $served{$name} }),
           "$name is billed $served{$name}") or diag(billed($name));
    }
}


# Where the last total of a consumer begins in the file, see
# src/gate/usage/gate_journal_layout.h.

sub cell {
    my ($name) = @_;

    my $data = slurp($file);
    my ($cells) = unpack('x32 L', $data);
    my ($hashes, undef, undef, $at) = unpack('x64 Q4', $data);

    my ($last) = grep {
        substr($data, $hashes + 8 * $_, 8) ne "\0" x 8
        && substr($data, $at + 512 * $_ + 192, 3) eq $name
    } reverse 0 .. $cells - 1;

    return $at + 512 * $last;
}


# The entry of that total is as it was before there was one.

sub lose {
    my ($name) = @_;

    my ($hashes, undef, undef, $at) = unpack('x64 Q4', slurp($file));

    patch($file, $hashes + 8 * (cell($name) - $at) / 512, "\0" x 8);
}


sub flip {
    my ($at) = @_;

    patch($file, $at, substr(slurp($file), $at, 1) ^ "\x10");
}
