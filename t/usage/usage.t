#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# conf/usage.sh: what it prints of what is in Redis, what it says where there
# is nothing or not all, and that it never takes a failure for an empty bill.

use strict;
use warnings;

use File::Path qw(make_path remove_tree);
use JSON::PP qw(decode_json);
use POSIX qw(strftime);
use Test::More;
use Time::HiRes qw(sleep);
use Time::Local qw(timegm);

use GateNginx;
use GateRedis;

plan skip_all => 'run it by make t/usage/usage.t' if !$ENV{GATE_NGINX};

my $root = $ENV{TEST_NGINX_SERVROOT};
my $port = $ENV{GATE_PORT_BASE};
my $none = $port + 1;
my $redis = GateRedis->new(dir => "$root/redis", port => $port);

remove_tree("$root/redis", "$root/tmp");
make_path("$root/tmp");

$redis->start();


# Hours are kept for 70 days after their end. Seventy-five days ago there was
# usage, too, which is gone; the month of two months ago is one of two parts.

my $day = 86400;
my $now = time;
my $retain = 70 * $day;

hour($now - 3600, 'acme', 'orders|v2|gold|served' => 3, 'orders|v2|gold|bytes_in' => 100);
hour($now - 7200, 'acme', 'orders|v2|gold|served' => 4, 'a%20b%22|-|gold|served' => 2);
hour($now - 10 * $day, 'acme', 'orders|v2|gold|served' => 50, 'orders|v1|gold|aborted' => 1);
hour($now - 69 * $day, 'acme', 'orders|v2|gold|served' => 600);
hour($now - 3600, 'two words%C3%A9' =~ s/%C3%A9/\xc3\xa9/r, 'orders|v2|-|served' => 7);
hour($now - 3600, 'a,b "c" %7C|{}', 'orders|v2|gold|served' => 8, 'x%2Cy|v1|gold|tokens' => 9);
$redis->ask('SET', 'gate:u:{other}:junk', 'x');
$redis->ask('SET', "gate:u:{new\nline}:2026110100", 'x');

my $today = strftime('%Y-%m-%d', gmtime $now - 3600);
my $yesterday = strftime('%Y-%m-%d', gmtime $now - 7200);
my $tenth = strftime('%Y-%m-%d', gmtime $now - 10 * $day);
my $old = strftime('%Y-%m-%d', gmtime $now - 69 * $day);
my $older = strftime('%Y-%m-%d', gmtime $now - 75 * $day);


# Periods.

my $r = run('--json', 'acme', "$yesterday..$today");
is($r->{rc}, 0, 'a range of days') or diag($r->{err});
is($r->{json}{total}{served}, 9, '... is summed');
is($r->{json}{incomplete}, JSON::PP::false, '... and complete');
is("$r->{json}{from} $r->{json}{to}", "$yesterday $today", '... and says which days');
is_deeply([ map { [ @$_{qw(api version plan)}, $_->{units}{served} ] } @{ $r->{json}{usage} } ],
          [ [ 'a b"', '-', 'gold', 2 ], [ 'orders', 'v2', 'gold', 7 ] ],
          '... per API, version and plan');
is($r->{json}{total}{bytes_in}, 100, '... with all units');

is(run('--json', 'acme', $tenth)->{json}{total}{served}, 50, 'a single day');
is(run('--json', 'acme', "$tenth..$today")->{json}{total}{served}, 59, 'ten days');
is(run('--json', 'acme', "$old..$today")->{json}{total}{served}, 659, 'seventy days');
is(run('--json', 'acme', "$tenth..$tenth")->{json}{total}{aborted}, 1, 'a range of one day');

my $month = substr $tenth, 0, 7;
$r = run('--json', 'acme', $month);
is($r->{json}{period}, $month, 'a month');
is($r->{json}{from}, "$month-01", '... from its first day');
cmp_ok($r->{json}{total}{served}, '>=', 50, '... is summed up to now');

my %last = ('2024-02' => 29, '2026-02' => 28, '2100-02' => 28, '2000-02' => 29, '2026-04' => 30,
            '2026-12' => 31);

for my $m (sort keys %last) {
    my ($y, $n) = split /-/, $m;
    my $t = timegm(0, 0, 12, $last{$m}, $n - 1, $y);

    hour($t, "end$y$n", 'o|v|p|served' => 1, never => 1);
    is(run('--json', "end$y$n", $m)->{json}{to}, "$m-$last{$m}", "the last day of $m");
}

is(run('--json', 'end202612', '2026-11..2026-12')->{json}{total}{served}, 1, 'two months');


# What is no longer there.

$r = run('--json', 'acme', "$older..$today");
is($r->{rc}, 0, 'a period that begins before what Redis keeps');
is($r->{json}{incomplete}, JSON::PP::true, '... is incomplete');
my ($from) = $r->{json}{complete_from} =~ /^(\d{4}-\d\d-\d\dT\d\d):00:00Z$/;
my $cut = int(($now - $retain) / 3600) * 3600;
ok((grep { $from eq strftime('%Y-%m-%dT%H', gmtime $_) } $cut, $cut + 3600),
   '... and says from when on it is not')
    or diag($from);
is($r->{json}{total}{served}, 659, '... and what is there is summed');
like(run('acme', "$older..$today")->{out},
     qr/^total .*\nincomplete: Redis keeps nothing before \Q$from\E:00:00Z$/m,
     '... in a table, too');
like(run('--csv', 'acme', "$older..$today")->{out}, qr/,true$/m, '... and in CSV');
unlike(run('acme', "$tenth..$today")->{out}, qr/incomplete/, 'what is complete does not say so');

$redis->ask('PERSIST', "gate:u:{acme}:" . strftime('%Y%m%d%H', gmtime $now - 3600));
is(run('--json', 'acme', "$older..$today")->{json}{incomplete}, JSON::PP::false,
   'where nothing expires all is complete');
hour($now - 3600, 'acme', 'orders|v2|gold|served' => 3, 'orders|v2|gold|bytes_in' => 100);


# No data is not a bill of zero.

for my $case (
    [ 'a consumer that is misspelt', [ 'akme', $today ], qr/no usage of "akme" in $today: .*name/ ],
    [ 'a period before what is kept', [ 'acme', '2020-01' ],
      qr/no usage of "acme" in 2020-01: .*no longer keeps/ ],
    [ 'a month to come', [ 'acme', '2099-01' ], qr/2099-01 has not begun/ ],
    [ 'all of a month to come', [ '--all', '2099-01' ], qr/2099-01 has not begun/ ],
    [ 'all of a month that is gone', [ '--all', '2020-01' ], qr/no usage in 2020-01/ ],
    [ 'a database without usage', [ 'acme', $today, '-n', 3 ], qr/no usage of "acme"/ ],
)
{
    my ($name, $args, $says) = @$case;

    for my $format ([], [ '--json' ], [ '--csv' ]) {
        $r = run(@$format, @$args);
        is($r->{rc}, 5, "$name: exit code 5 @$format");
        is($r->{out}, '', '... nothing is printed');
        like($r->{err}, qr/^usage\.sh: $says.*\n\z/, '... but a sentence');
    }
}


# What fails is said, and is no bill.

$redis->ask('ACL', 'SETUSER', 'blind', 'on', '>b', '~*', '+echo', '+ping', '+select');
$redis->ask('ACL', 'SETUSER', 'reader', 'on', '>r', '~gate:u:*', '+echo', '+hgetall', '+ttl',
            '+scan');

for my $case (
    [ 'a database that is not there', 1, [ '-n', 99 ],
      qr/SELECT 99 failed: ERR DB index is out of range/ ],
    [ 'a database that is a word', 2, [ '-n', 'usage' ], qr/not a number of a database: "usage"/ ],
    [ 'a wrong password', 1, [ '--user', 'blind', '-a', 'wrong' ], qr/AUTH failed: WRONGPASS/ ],
    [ 'a port where nobody listens', 1, [ '-p', $none ], qr/Connection refused/ ],
    [ 'a user who may not read', 1, [ '--user', 'blind', '-a', 'b' ], qr/NOPERM/ ],
    [ 'a parameter that redis-cli does not know', 1, [ '--nonsense' ], qr/nonsense/ ],
)
{
    my ($name, $rc, $args, $says) = @$case;

    for my $who ('acme', '--all') {
        $r = run($who, $today, @$args);
        is($r->{rc}, $rc, "$name: exit code $rc");
        is($r->{out}, '', '... nothing is printed on standard output');
        like($r->{err}, $says, '... and what redis-cli says is said');
    }
}

is(run('acme', $today, '--user', 'reader', '-a', 'r')->{rc}, 0,
   'a user with few rights reads a bill');
is(run('--all', $today, '--user', 'reader', '-a', 'r')->{rc}, 0, '... and all of them');

$redis->ask('HSET', 'gate:u:{broken}:' . strftime('%Y%m%d%H', gmtime $now - 3600), 'a|b|c|served',
            'x');
is(run('broken', $today)->{rc}, 4, 'what is no number is no usage');
$redis->ask('DEL', 'gate:u:{broken}:' . strftime('%Y%m%d%H', gmtime $now - 3600));
hour($now - 3600, 'huge', 'a|v|p|served' => '9007199254740991', 'b|v|p|served' => 1);
is(run('huge', $today)->{rc}, 4, 'a sum that cannot be exact is not printed');
$redis->ask('DEL', 'gate:u:{huge}:' . strftime('%Y%m%d%H', gmtime $now - 3600));

for my $args ([], [ 'acme' ], [ '' , $today ], [ 'acme', '2026-13' ], [ 'acme', '2026-00' ],
              [ 'acme', '2026-02-29' ],
              [ 'acme', '2026-1' ], [ 'acme', '2026-11-31' ], [ 'acme', '2026-11-09..2026-11-03' ],
              [ 'acme', '2026-11..' ],
              [ 'acme', '..2026-11' ], [ 'acme', '2026-11..2026-12..2027-01' ],
              [ 'acme', '2026-11-03-04' ], [ 'acme', "2026-11\n" ],
              [ 'acme', '' ], [ '--nonsense', 'acme', $today ], [ '--all' ], [ 'acme', 'november' ],
              [ 'acme', '2026-11-03 ' ])
{
    is(sh('conf/usage.sh', @$args)->{rc}, 2, "wrong arguments: @{[ map { s/\n/\\n/r } @$args ]}");
}


# All of them, in all formats.

$r = run('--json', '--all', $today);
my %served = map { $_->{consumer} => $_->{total}{served} } @{ $r->{json}{consumers} };
is($served{acme}, ($yesterday eq $today ? 7 : 3) + ($yesterday eq $today ? 2 : 0),
   'all consumers: one');
is($served{"two words\x{e9}"}, 7, '... one with a space');
is($served{'a,b "c" %7C|{}'}, 8, '... one with odd characters');
is(scalar keys %served, 3, '... and no others');
is($r->{json}{total}{served}, eval {
    my $n = 0;
    $n += $_ for values %served;
    $n
}, '... and their sum');
is($r->{json}{consumers}[0]{usage}[1]{units}{tokens} // 'none', 9,
   '... with a unit that is not known');

like(run('--all', $today)->{out},
     qr/^CONSUMER +API +VERSION +PLAN.*\n.*^two words\xc3\xa9 +orders +v2 +- +7 .*^total /ms,
     'in a table');
is(run('--json', 'a,b "c" %7C|{}', $today)->{json}{total}{served}, 8, 'a name of odd characters');
is(run('--json', "two words\xc3\xa9", $today)->{json}{total}{served}, 7, 'a name with a space');

my @csv = split /\n/, run('--csv', '--all', $today)->{out};
is($csv[0],
   'consumer,api,version,plan,served,refused_upstream,aborted,interrupted,'
    . 'bytes_in,bytes_out,duration_ms,tokens,incomplete',
   'CSV has names of columns');
ok((grep { $_ eq '"a,b ""c"" %7C|{}","x,y",v1,gold,0,0,0,0,0,0,0,9,false' } @csv),
   '... and values that are quoted where they must be')
    or diag(join "\n", @csv);
ok((grep { /^acme,orders,v2,gold,\d+,0,0,0,100,0,0,0,false$/ } @csv), '... and only there');

is(join(' ', glob "$root/tmp/*"), '', 'no file is left behind');

done_testing();


# An hour of usage; with "never" it does not expire.

sub hour {
    my ($at, $who, %of) = @_;

    my $never = delete $of{never};
    my $name = $who =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ger;
    my $key = "gate:u:{$name}:" . strftime('%Y%m%d%H', gmtime $at);

    $redis->ask('HSET', $key, %of);
    $redis->ask('EXPIREAT', $key, int($at / 3600) * 3600 + 3600 + $retain) if !$never;
}


sub run {
    my (@args) = @_;

    my @port = grep({ $_ eq '-p' } @args) ? () : ('-p', $port);
    my $r = sh('conf/usage.sh', @args, @port);

    $r->{json} = eval { decode_json($r->{out}) } if grep { $_ eq '--json' } @args;

    return $r;
}


sub sh {
    my (@command) = @_;

    my $pid = fork // die "fork: $!";

    if ($pid == 0) {
        open STDOUT, '>', "$root/out";
        open STDERR, '>', "$root/err";
        open STDIN, '<', '/dev/null';
        $ENV{TMPDIR} = "$root/tmp";
        exec @command or POSIX::_exit(127);
    }

    waitpid $pid, 0;

    return { rc => $? >> 8, out => slurp("$root/out"), err => slurp("$root/err") };
}
