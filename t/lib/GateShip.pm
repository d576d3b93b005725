package GateShip;

#
# Copyright (C) 2026 Meshgate contributors
#
# An nginx that bills 500 consumers, "c1" with the key "k1" and so on, and Redis,
# which it ships to.
#
#   redis_start($main, @arguments);          # a Redis at this port, and $other
#   redis($main, 'GET', 'key');
#   start("gate_redis 127.0.0.1:$main;");    # $nginx, with a new journal
#   write_conf($line); $nginx->reload();
#   is(get('/a/', 'k1'), 200, '');           # of the API "a"; or '/odd/'
#   shipped(5, 'name');                      # all 5 are, or undef: all there are
#
# $node is its name and $size that of its journal, which a test may change.
#

use strict;
use warnings;

use parent 'Exporter';

use Digest::SHA qw(sha256_hex);
use File::Path qw(make_path remove_tree);
use HTTP::Tiny;
use JSON::PP qw(decode_json);
use POSIX qw(strftime);
use Test::More;
use Time::HiRes qw(sleep time);

use GateNginx;
use GateRedis;

our @EXPORT = qw(write_conf config secret start get load unload this_hour status journal
                 served total shipped balanced upgrade complaints redis_start redis
                 $root $port $main $other $fake $workers $consumers $size $node $nginx
                 %redis);

plan skip_all => "run it by make $0" if !$ENV{GATE_NGINX};

our $root = $ENV{TEST_NGINX_SERVROOT};
our $port = $ENV{TEST_NGINX_SERVER_PORT};
our $workers = $ENV{GATE_WORKERS} || 1;
our ($main, $other, $fake) = map { $ENV{GATE_PORT_BASE} + $_ } 0 .. 2;
our $consumers = 500;
our $size = '2m';
our $node = 'n|1';

our $nginx = GateNginx->new(root => $root);
our %redis = map {
    $_ => GateRedis->new(dir => "$root/redis-$_", port => $_,
                         $_ == $main ? (db => 3) : ())
} $main, $other;

remove_tree("$root/usage", "$root/redis-$main", "$root/redis-$other",
            "$root/redis-older");
make_path("$root/logs", "$root/html");
chmod 0777, $root;
spew("$root/html/index.html", "hello\n");


# The text of a configuration.

sub write_conf {
    my ($redis) = @_;

    my $list = '';

    for (1 .. $consumers) {
        my $hash = sha256_hex("k$_");

        $list .= "gate_consumer c$_ { plan gold; key sha256:$hash; }\n    ";
    }

    $nginx->configure(<<"CONF");
@{[ $nginx->head() ]}

http {
@{[ $nginx->paths() ]}    root html;

    gate_node     "$node";
    gate_journal  $root/usage size=$size;
    $redis

    gate_plan gold { rate 100000r/s; }
    $list

    server {
        listen 127.0.0.1:$port;

        location /status { gate_status; }

        location /a/ {
            gate_api    a version=v1;
            gate_auth   key;
            gate_meter  requests bytes;
            try_files   /index.html =404;
        }

        location /odd/ {
            gate_api    "odd |{}% \303\251";
            gate_auth   key;
            gate_meter  requests;
            try_files   /index.html =404;
        }
    }
}
CONF
}


# What "nginx -t" says, '' if it is content.

sub config {
    write_conf(@_);

    my $said = $nginx->check();

    return $? ? $said : '';
}


sub secret {
    my ($name, $text, $mode) = @_;

    spew("$root/$name", $text);
    chmod $mode // 0600, "$root/$name";
}


sub start {
    my ($redis) = @_;

    write_conf($redis);
    $nginx->fresh();
    unlink "$root/usage";
    $nginx->start();
}


sub get {
    my ($uri, $key) = @_;

    my %options;
    $options{headers} = { apikey => $key } if defined $key;

    my $r = HTTP::Tiny->new(keep_alive => 0, timeout => 10)
            ->get("http://127.0.0.1:$port$uri", \%options);

    return $key ? $r->{status} : $r->{content};
}


# A client that does not stop, until it is told to.

sub load {
    my $child = fork // die "fork: $!";

    if ($child == 0) {
        my $go = 1;

        $SIG{TERM} = sub { $go = 0 };
        get('/a/', 'k' . int(1 + rand $consumers)) while $go;
        POSIX::_exit(0);
    }

    return $child;
}


sub unload {
    my ($child) = @_;

    kill 'TERM', $child;
    waitpid $child, 0;
}


# Who comes in the last seconds of an hour waits for the next.

sub this_hour {
    sleep 0.5 while time % 3600 > 3590;

    return strftime('%Y%m%d%H', gmtime);
}


sub status {
    return eval { decode_json(get('/status')) } || {};
}


sub journal {
    return status()->{journal};
}


sub served {
    return journal()->{served} // -1;
}


# All that was served, according to Redis.

sub total {
    return eval { redis($main, 'EVAL', <<'LUA', 0) } // -1;
        local sum = 0
        for _, key in ipairs(redis.call('KEYS', 'gate:u:*')) do
            local all = redis.call('HGETALL', key)
            for i = 1, #all, 2 do
                if all[i]:match('|served$') then sum = sum + all[i + 1] end
            end
        end
        return sum
LUA
}


sub shipped {
    my ($n, $name) = @_;

    my ($there, $here);

    ok(wait_for(sub {
           $here = served();
           $there = total();
           return $here == $there && (!defined $n || $here == $n);
       }), $name)
        or diag("served $here, in Redis $there");
}


sub balanced {
    my $ended;

    ok(wait_for(sub {
           my $j = journal();
           $ended = $j->{served} + $j->{refused_upstream} + $j->{aborted}
                    + $j->{interrupted};
           return $j->{open} == 0 && $j->{slots_opened} == $ended;
       }), 'every slot has ended');
}


sub upgrade {
    my $old = $nginx->{pid};
    my $ended = $nginx->upgrade();

    isnt($nginx->{pid}, $old, 'a new binary starts');
    ok($ended, 'the old one ends');
}


sub complaints {
    return $nginx->complaints(qr/exited on signal 9/);
}


sub redis_start {
    my ($at, @more) = @_;

    my $dir = $redis{$at}{dir};

    $redis{$at}->start('--appendonly', 'yes', '--unixsocket', "$dir/socket",
                       '--unixsocketperm', '777', @more);
}


sub redis {
    my ($at, @args) = @_;

    return $redis{$at}->ask(@args);
}


1;
