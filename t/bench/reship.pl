#!/usr/bin/perl
#
# Copyright (C) 2026 Meshgate contributors
#
# What other requests feel of a full re-ship: the journal has RESHIP_CELLS
# totals (100,000), Redis has more of each of them, and the marker is gone.
# Latencies of one kept connection before and meanwhile.
#
# Usage: make bench-reship. Exit codes: 0 measured, 1 a part did not start or
# the totals did not arrive.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use File::Path qw(make_path remove_tree);
use IO::Socket::INET;
use JSON::PP qw(decode_json);
use Time::HiRes qw(sleep time);

use constant CONSUMERS => 1000;

my $dir = "$ENV{B}/reship";
my ($port, $redis_port) = ($ENV{GATE_PORT_BASE}, $ENV{GATE_PORT_BASE} + 1);
my $cells = $ENV{RESHIP_CELLS} || 100_000;
my $apis = int(($cells + CONSUMERS - 1) / CONSUMERS);
my (@pids, $c);

END {
    my $rc = $?;

    kill('TERM', $_), waitpid($_, 0) for reverse @pids;
    $? = $rc;
}

remove_tree($dir);
make_path("$dir/logs", "$dir/redis", "$dir/html");
chmod(0777, $dir);
spew("$dir/html/index.html", "hello\n");
configure();

run('redis-server', '--port', $redis_port, '--bind', '127.0.0.1', '--save',
    '', '--dir', "$dir/redis", '--logfile', 'log');
run($ENV{GATE_NGINX}, '-p', "$dir/", '-c', "$dir/nginx.conf");
until_true('nginx', sub { $c = IO::Socket::INET->new("127.0.0.1:$port") });

# all totals, by requests in a row on one connection

for my $api (1 .. $apis) {
    for my $from (map { 100 * $_ } 0 .. CONSUMERS / 100 - 1) {
        print $c map { ask("/$api/", 'k' . ($from + $_)) } 1 .. 100;
        $c->flush();
        answer() for 1 .. 100;
    }
}

until_true('all in Redis', sub { journal()->{dirty} == 0 });

my $j = journal();

printf("%d totals in the journal\n", $j->{cells_used});

my $idle = measure(sub { journal(); 0 }, 5);

redis('EVAL', <<'LUA', 0);
    for _, key in ipairs(redis.call('KEYS', 'gate:e:*')) do
        local all = redis.call('HGETALL', key)
        for i = 1, #all, 2 do
            redis.call('HSET', key, all[i], all[i + 1] + 1000000000)
        end
    end
    redis.call('DEL', unpack(redis.call('KEYS', 'gate:m:*')))
LUA

until_true('a re-ship', sub { journal()->{dirty} > $cells / 2 });

my $began = time;
# the one that is asked for meanwhile is always to be sent again

my $busy = measure(sub { journal()->{dirty} <= 2 }, 120);

printf("re-ship: %.1f s\n", time - $began);
printf("%-8s %9s %9s %9s %9s\n", '', 'requests', 'p50 us', 'p99 us',
       'p99.9 us');
row('idle', $idle);
row('re-ship', $busy);
printf("p99: %.2f times\n", at($busy, 0.99) / at($idle, 0.99));


sub configure {
    my $user = $> == 0 ? 'user root root;' : '';
    my $list = join('', map { "gate_consumer c$_ { key sha256:"
                              . sha256_hex("k$_") . "; }\n" } 1 .. CONSUMERS);
    my $locations = join('', map { "location /$_/ { gate_api a$_; gate_auth "
                                   . 'key; gate_meter requests bytes; '
                                   . "try_files /index.html =404; }\n" }
                             1 .. $apis);

    spew("$dir/nginx.conf", <<"CONF");
load_module $ENV{GATE_MODULE};
worker_processes 1;
daemon off;
$user
error_log logs/error.log info;
pid logs/nginx.pid;
events { worker_connections 64; }
http {
    access_log off;
    keepalive_requests 10000000;
    root html;
    gate_journal usage size=128m;
    gate_redis 127.0.0.1:$redis_port;
    $list
    server {
        listen 127.0.0.1:$port;
        location /status { gate_status; }
        $locations
    }
}
CONF
}


sub run {
    my (@command) = @_;

    my $pid = fork() // die "fork: $!";

    if ($pid == 0) {
        exec(@command) or die "$command[0]: $!";
    }

    push @pids, $pid;
}


sub until_true {
    my ($what, $done) = @_;

    for (1 .. 6000) {
        return if $done->();
        sleep(0.02);
    }

    print STDERR "reship: not seen: $what\n";
    exit(1);
}


# Latencies in seconds, sorted; now and then a look whether it is over.

sub measure {
    my ($done, $seconds) = @_;

    my @took;
    my $end = time + $seconds;

    while (time < $end) {
        my $t = time;

        print $c ask('/1/', 'k1');
        $c->flush();
        answer();
        push @took, time - $t;
        last if @took % 512 == 0 && $done->();
        sleep(0.0005);
    }

    return [ sort { $a <=> $b } @took ];
}


sub at {
    my ($took, $part) = @_;

    return $took->[ int($part * $#$took) ];
}


sub row {
    my ($name, $took) = @_;

    printf("%-8s %9d %9.0f %9.0f %9.0f\n", $name, scalar(@$took),
           map { 1e6 * at($took, $_) } 0.5, 0.99, 0.999);
}


sub ask {
    my ($uri, $key) = @_;

    return "GET $uri HTTP/1.1\r\nHost: a\r\napikey: $key\r\n\r\n";
}


sub answer {
    my ($length, $line);

    while (defined($line = <$c>) && $line ne "\r\n") {
        $length = $1 if $line =~ /^content-length: (\d+)/i;
    }

    read($c, my $body, $length // 0);

    return $body;
}


sub journal {
    my $s = IO::Socket::INET->new("127.0.0.1:$port") or return { dirty => -1 };

    print $s "GET /status HTTP/1.0\r\n\r\n";
    local $/;

    return decode_json((split(/\r\n\r\n/, <$s>, 2))[1])->{journal};
}


sub redis {
    my (@args) = @_;

    my $s = IO::Socket::INET->new("127.0.0.1:$redis_port") or die "redis: $!";

    print $s '*' . @args . "\r\n",
             map { '$' . length($_) . "\r\n$_\r\n" } @args;

    return scalar(<$s>);
}


sub spew {
    my ($file, $text) = @_;

    open(my $fh, '>', $file) or die "$file: $!";
    print $fh $text;
    close($fh) or die "$file: $!";
}
