#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_redis: names that cannot be resolved yet, what is said while Redis is
# away, and whether it may throw away what it is given.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use File::Path qw(make_path remove_tree);
use HTTP::Tiny;
use IO::Socket::INET;
use JSON::PP qw(decode_json);
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

use GateNginx;
use GateRedis;

$ENV{GATE_NGINX} or plan skip_all => 'run it by make t/redis/redis.t';
my $root = $ENV{TEST_NGINX_SERVROOT};
my $port = $ENV{TEST_NGINX_SERVER_PORT};
my $nginx = GateNginx->new(root => $root);

my ($at, $dns, $fake) = map { $ENV{GATE_PORT_BASE} + $_ } 0 .. 2;
my (%redis, %children);

END {
    my $code = $?;

    kill 'KILL', $_ for keys %children;
    $? = $code;
}

remove_tree("$root/usage");
make_path("$root/html");
chmod 0777, $root;
spew("$root/html/index.html", "hello\n");
spew("$root/zone", '');
spew("$root/secret", "right\n");
chmod 0600, "$root/secret";


# What is said while Redis is away.

start("gate_redis 127.0.0.1:$at;");
ok(wait_for(sub { said('error', 'is away') == 1 }), 'Redis that is away is an error at once');
wait_for(sub { said('info', 'is away') >= 2 });
is(said('error', 'is away'), 1, '... once');
cmp_ok(said('info', 'is away'), '>=', 2, '... and further tries are information');
is(said('notice', 'answers'), 0, '... and nobody says that it is back');

redis_start('127.0.0.1');
get();
ok(wait_for(sub { said('notice', qr/"127.0.0.1:$at" answers/) == 1 }),
   'that it is back is a notice');
shipped(1, 'and what waited arrives');
sleep 1.2;

redis_stop('127.0.0.1', 'TERM');
ok(wait_for(sub { said('error', 'is lost') == 1 }), 'Redis that goes is an error at once');
sleep 2;
is(said('error', 'is (?:lost|away)'), 2, '... once while it is away');
redis_start('127.0.0.1');
ok(wait_for(sub { said('notice', 'answers') == 2 }), '... and a notice when it is back');

sleep 1.2;
redis_stop('127.0.0.1', 'KILL');
redis_start('127.0.0.1', '--requirepass', 'right');
ok(wait_for(sub { said('error', 'refused: NOAUTH') == 1 }), 'what gets worse is said at once');
sleep 2;
is(said('error', 'refused: NOAUTH'), 1, '... once while it stays so');
redis_stop('127.0.0.1', 'KILL');
$nginx->stop();
is($nginx->complaints(), '', 'no complaint of a Redis that comes and goes');

# one that comes and goes does not fill the log

my $flap = fake(sub {
    syswrite $_[0], "+PONG\r\n" if $_[1] =~ /PING/;
    close $_[0] if $_[1] =~ /EVAL|HGET|EXISTS/;
});
start("gate_redis 127.0.0.1:$fake;");
get();
sleep 3;
cmp_ok(said('error', 'gate redis'), '<=', 2, 'one that comes and goes is said once');
$nginx->stop();
end($flap);


# Whether it may throw keys away.

for my $policy (qw(volatile-lru allkeys-random)) {
    redis_start('127.0.0.1', '--maxmemory-policy', $policy);
    start("gate_redis 127.0.0.1:$at;");
    ok(wait_for(sub { said('error', qr/"127.0.0.1:$at" has maxmemory-policy "$policy"/) == 1 }),
       "$policy is an error");
    ok(wait_for(sub { metric('gate_redis_eviction') eq 1 }), '... in the metrics, too');
    is(metric('gate_redis_policy_known'), 1, '... as known');
    is(status()->{redis}{eviction}, JSON::PP::true, '... and in JSON');

    redis('127.0.0.1', 'CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    ok(wait_for(sub { said('info|error|notice', 'is lost') >= 1 }), 'the connection is cut');
    get();
    shipped(undef, '... and made again');
    is(said('error', 'maxmemory-policy'), 1, '... and the policy is not said again at once');

    redis('127.0.0.1', 'CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    redis('127.0.0.1', 'CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    ok(wait_for(sub { metric('gate_redis_eviction') eq 0 }),
       'after the next connection it is known to be right');
    is(said('notice', 'has maxmemory-policy "noeviction"'), 1, '... and that is said');
    $nginx->stop();
    is($nginx->complaints(), '', 'no complaint of a policy');
    redis_stop('127.0.0.1', 'KILL');
}

redis_start('127.0.0.1');
start("gate_redis 127.0.0.1:$at;");
ok(wait_for(sub { metric('gate_redis_policy_known') eq 1 }), 'noeviction is known');
is(metric('gate_redis_eviction'), 0, '... to be right');
is(said('error|notice', 'maxmemory'), 0, '... and nothing is said');
$nginx->stop();

# where CONFIG is forbidden, and where INFO is, too

redis('127.0.0.1', 'ACL', 'SETUSER', 'managed', 'on', '>right', '~*', '+@all', '-config');
redis('127.0.0.1', 'ACL', 'SETUSER', 'poor', 'on', '>right', '~*', '+@all', '-config', '-info');

for my $policy ([ 'allkeys-lfu', 1 ], [ 'noeviction', 0 ]) {
    redis('127.0.0.1', 'CONFIG', 'SET', 'maxmemory-policy', $policy->[0]);
    start("gate_redis 127.0.0.1:$at user=managed redis_password=file:$root/secret;");
    ok(wait_for(sub { metric('gate_redis_policy_known') eq 1 }),
       "without CONFIG, $policy->[0] is known");
    is(metric('gate_redis_eviction'), $policy->[1], '... for what it is');
    ok(wait_for(sub { said('error', qr/has maxmemory-policy "$policy->[0]"/) == $policy->[1] }),
       '... and said if need be');
    $nginx->stop();
}

redis('127.0.0.1', 'CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lfu');
start("gate_redis 127.0.0.1:$at user=managed redis_password=file:$root/secret;");
ok(wait_for(sub { metric('gate_redis_eviction') eq 1 }), 'one that is known to evict');
redis('127.0.0.1', 'ACL', 'SETUSER', 'managed', '-info');
redis('127.0.0.1', 'CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
ok(wait_for(sub { metric('gate_redis_policy_known') eq 0 }), '... and then tells no more');
is(metric('gate_redis_eviction'), 0, '... is unknown, nothing is said of it');
$nginx->stop();
redis('127.0.0.1', 'CONFIG', 'SET', 'maxmemory-policy', 'noeviction');

start("gate_redis 127.0.0.1:$at user=poor redis_password=file:$root/secret;");
ok(wait_for(sub { said('notice', 'maxmemory-policy of "127.0.0.1:\d+" is unknown') == 1 }),
   'without INFO it is said to be unknown');
is(metric('gate_redis_policy_known') . metric('gate_redis_eviction'), '00',
   '... and is in the metrics');
get();
shipped(1, '... and usage is shipped');
$nginx->stop();
is($nginx->complaints(), '', 'no complaint where INFO is forbidden');
redis_stop('127.0.0.1', 'KILL');

# proxies that close the connection when they hear of CONFIG or INFO

my $asked = "$root/asked";
spew($asked, '');
my $proxy = fake(sub {
    my ($s, $bytes) = @_;
    open my $fh, '>>', $asked;
    syswrite $fh, join('', map { "$_\n" } $bytes =~ /\r\n(PING|CONFIG|INFO)\r\n/g);
    return close $s if $bytes =~ /\r\n(?:CONFIG|INFO)\r\n/;
    syswrite $s, "+PONG\r\n" if $bytes =~ /PING/;
});
start("gate_redis 127.0.0.1:$fake;");
ok(wait_for(sub { said('notice', 'is unknown, it closes the connection when asked') == 1 }),
   'a proxy that hangs up when asked is left in peace');
like(slurp($asked), qr/CONFIG\nPING\nINFO\nPING\n(?!INFO|CONFIG)/, '... after CONFIG and INFO');
$nginx->stop();
end($proxy);


# Names.

like(check("gate_redis none.invalid:$at;"), qr/^(?!.*emerg)/s,
     'a name that does not exist is no error');
start("gate_redis none.invalid:$at;");
like(slurp("$root/start"),
     qr/\[warn\]\ .*host\ not\ found\ "none.invalid"\ of\ "gate_redis":\ it\ is\ asked\ for\ again
        .*\ in\ \S+nginx.conf:\d+/x,
     '... but a warning, and nginx starts');

my $worst = 0;

for (1 .. 60) {
    my $t = time;

    get();
    $worst = time - $t if time - $t > $worst;
    sleep 0.02;
}

ok(wait_for(sub { said('error', 'is away: its name cannot be resolved') == 1 }),
   'that it cannot be resolved is an error');
cmp_ok($worst, '<', 1, '... and no request waits for that');
$nginx->stop();
is($nginx->complaints(), '', 'no complaint of a name that does not exist');

# by a resolver, which learns of it later, and then of another address

my $server = dns();

redis_start('127.0.0.2');
start("resolver 127.0.0.1:$dns valid=1s ipv6=off; gate_redis redis.test:$at;");
get();
ok(wait_for(sub { said('error', 'cannot be resolved: Host not found') >= 1 }),
   'a resolver that does not know the name');
spew("$root/zone", '127.0.0.2');
shipped(1, '... is asked again, and when it does know what waited arrives', '127.0.0.2');
is(said('notice', 'answers'), 1, '... and its answer is said');

redis_stop('127.0.0.2', 'TERM');
redis_start('127.0.0.3');
spew("$root/zone", '127.0.0.3');
get();
shipped(2, 'another address of the name is found', '127.0.0.3');

spew("$root/zone", '');
sleep 1.5;
redis('127.0.0.3', 'CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
get();
shipped(3, 'a name that is gone leaves the address that was known', '127.0.0.3');

end($server);
redis('127.0.0.3', 'CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
get();

my $t = time;

$nginx->stop();
cmp_ok(time - $t, '<', 3, 'nginx does not wait for a resolver to quit');
is($nginx->complaints(), '', 'no complaint of a resolver');
redis_stop('127.0.0.3', 'KILL');

# by the system

redis_start('127.0.0.1');
start("gate_redis localhost:$at;");
get();
shipped(1, 'a name that the system knows');
redis_stop('127.0.0.1', 'TERM');
ok(wait_for(sub { said('error', 'is lost') == 1 }), '... is lost');
get();
sleep 1;
redis_start('127.0.0.1');
shipped(2, '... and found again');
$nginx->stop();
is($nginx->complaints(), '', 'no complaint of a name that the system knows');
redis_stop('127.0.0.1', 'KILL');

# by the system, which takes longer than anybody waits, as it does where the
# first of its name servers is dead

SKIP: {
    skip 'build/bin/nginx-asan preloads nothing else', 1
        if ($ENV{GATE_MODE} // '') eq 'asan' && !grep { /LD_PRELOAD:/ } slurp($ENV{GATE_NGINX});

    local $ENV{LD_PRELOAD} = join ' ', grep { $_ } $ENV{LD_PRELOAD}, slow_resolver();

    redis_start('127.0.0.1');
    start("gate_redis slow.test:$at;");
    get();
    ok(wait_for(sub { said('error', q(the system's resolver does not answer)) == 1 }),
       'a resolver of the system that is slow is an error');
    shipped(1, '... and what it says after all is heard');
    redis_stop('127.0.0.1', 'TERM');
    ok(wait_for(sub { said('error|info', 'is lost') >= 1 }), '... Redis goes');
    sleep 1;
    $nginx->stop();
    is($nginx->complaints(), '', '... and a worker may exit while it is asked');
    redis_stop('127.0.0.1', 'KILL');
}

done_testing();


# The address of slow.test is there after 6 seconds; the master, which waits for
# nobody here, does not get it. When a worker unloads the module it goes on only
# when all that was asked has been answered.

sub slow_resolver {
    my $lib = "$ENV{B}/resolver.so";

    spew("$lib.$$.c", <<'CODE');
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int  asked;

int
getaddrinfo(const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **res)
{
    int    rc;
    int  (*next)(const char *, const char *, const struct addrinfo *,
                 struct addrinfo **);

    *(void **) &next = dlsym(RTLD_NEXT, "getaddrinfo");

    if (node == NULL || strcmp(node, "slow.test") != 0) {
        return next(node, service, hints, res);
    }

    if (gettid() == getpid()) {
        return EAI_AGAIN;
    }

    __atomic_add_fetch(&asked, 1, __ATOMIC_SEQ_CST);
    sleep(6);
    rc = next("127.0.0.1", service, hints, res);
    __atomic_sub_fetch(&asked, 1, __ATOMIC_SEQ_CST);

    return rc;
}

int
dlclose(void *handle)
{
    int    rc, i;
    int  (*next)(void *);

    *(void **) &next = dlsym(RTLD_NEXT, "dlclose");

    rc = next(handle);

    for (i = 0; i < 80 && __atomic_load_n(&asked, __ATOMIC_SEQ_CST); i++) {
        usleep(100000);
    }

    usleep(i ? 200000 : 0);

    return rc;
}
CODE

    system("cc -shared -fPIC -O1 -o $lib.$$ $lib.$$.c && mv $lib.$$ $lib && rm $lib.$$.c") == 0
        or die 'cc';

    return $lib;
}


sub write_conf {
    my ($redis) = @_;

    my $hash = sha256_hex('k');

    $nginx->configure(<<"CONF");
@{[ $nginx->head() ]}
http {
@{[ $nginx->paths() ]}
    root html;

    gate_node     n1;
    gate_journal  $root/usage size=1m;
    $redis

    gate_plan gold { rate 100000r/s; }
    gate_consumer c { plan gold; key sha256:$hash; }

    server {
        listen 127.0.0.1:$port;

        location /status { gate_status; }

        location / {
            gate_api    a version=v1;
            gate_auth   key;
            gate_meter  requests;
            try_files   /index.html =404;
        }
    }
}
CONF
}


sub check {
    write_conf(@_);

    return $nginx->check();
}


sub start {
    write_conf(@_);
    $nginx->fresh();
    unlink "$root/usage";
    $nginx->start();

    forget() if $ENV{TEST_NGINX_USE_HUP};
}


# What the workers before a reload have said is as if it had not been.

sub forget {
    my ($pid, $log) = ($nginx->{pid}, "$root/logs/error.log");

    wait_for(sub { GateNginx::children($pid) == $nginx->workers() });

    my $these = join '|', $pid, $nginx->workers();
    my $text = join '', grep { !/^\S+ \S+ \[\w+\] (\d+)#/ || $1 =~ /^(?:$these)$/ }
                        split /^/, slurp($log);

    open my $fh, '+<', $log or die "$log: $!\n";
    truncate $fh, 0;
    print $fh $text;
    close $fh;
}


sub ask {
    my ($uri) = @_;

    return HTTP::Tiny->new(keep_alive => 0, timeout => 10)
           ->get("http://127.0.0.1:$port$uri", { headers => { apikey => 'k' } })
           ->{content};
}


sub get {
    return ask('/');
}


sub status {
    return eval { decode_json(ask('/status')) } || {};
}


sub metric {
    my ($name) = @_;

    return ask('/status?format=prometheus') =~ /^\Q$name\E (\d+)$/m ? $1 : 'none';
}


# How many lines of that level there are.

sub said {
    my ($level, $what) = @_;

    return scalar grep { /\[(?:$level)\] / && /$what/ }
                  split /^/, $nginx->log();
}


sub shipped {
    my ($n, $name, $host) = @_;

    my ($there, $here);

    ok(wait_for(sub {
           $here = status()->{journal}{served} // -1;
           $there = eval { $redis{ $host // '127.0.0.1' }->sum('gate:u:*', 'served') } // -1;
           return $here == $there && (!defined $n || $here == $n);
       }), $name)
        or diag("served $here, in Redis $there");
}


sub redis_start {
    my ($host, @args) = @_;

    remove_tree("$root/redis");

    $redis{$host} = GateRedis->new(dir => "$root/redis", port => $at, host => $host);
    $redis{$host}->start(@args);
}


sub redis_stop {
    my ($host, $signal) = @_;

    $redis{$host}->stop($signal);
}


sub redis {
    my ($host, @args) = @_;

    return $redis{$host}->ask(@args);
}


# What listens in the place of Redis: $answer is told of each piece of bytes.

sub fake {
    my ($answer) = @_;

    my $listen = IO::Socket::INET->new(LocalAddr => "127.0.0.1:$fake",
                                       ReuseAddr => 1, Listen => 8)
        or die "listen: $!";

    return child(sub {
        $SIG{CHLD} = 'IGNORE';
        $SIG{PIPE} = 'IGNORE';

        while (my $s = $listen->accept()) {
            next if fork;

            alarm 30;

            while (sysread $s, my $bytes, 65536) {
                $answer->($s, $bytes);
                last if !defined fileno $s;
            }

            POSIX::_exit(0);
        }
    });
}


# A name server that knows what is in the file "zone": an address, or none.

sub dns {
    my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1:$dns", Proto => 'udp')
        or die "dns: $!";

    return child(sub {
        while (my $from = $s->recv(my $q, 512)) {
            my ($id) = unpack 'n', $q;
            my ($name) = substr($q, 12) =~ /^(.*?\0....)/s or next;
            my $address = slurp("$root/zone") =~ s/\s//gr;

            my $a = $address
                ? pack('n6', $id, 0x8180, 1, 1, 0, 0) . $name
                  . pack('n3Nna4', 0xc00c, 1, 1, 1, 4, pack('C4', split /\./, $address))
                : pack('n6', $id, 0x8183, 1, 0, 0, 0) . $name;

            $s->send($a, 0, $from);
        }
    });
}


sub child {
    my ($run) = @_;

    my $child = fork // die "fork: $!";

    if ($child == 0) {
        $run->();
        POSIX::_exit(0);
    }

    $children{$child} = 1;

    return $child;
}


sub end {
    my ($child) = @_;

    delete $children{$child};
    kill 'KILL', $child;
    waitpid $child, 0;
}
