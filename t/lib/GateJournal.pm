package GateJournal;

#
# Copyright (C) 2026 Meshgate contributors
#
# An nginx of the test's own that meters all it is asked, and its journal.
#
#   my ($backend, $redis) = begin();         # of a test: its service and its Redis
#   my $n = instance('name', workers => 2);  # configured and started; named(): not
#   $n->configure(http => $text);            # see there
#   $n->get('/a', $key);                     # an answer, or of status 0
#   my $c = $n->ask('/a', $key, $connection);  # a client that has asked
#   my $c = $n->hold('/until=x');            # open when this returns
#   $n->journal();                           # what /status says of it
#   $n->ends();                              # "2 opened, 2 served"
#   $n->fill(2000);                          # one request of each caller
#   $n->fill(700, 2001);                     # of c2001 to c2700
#   $n->crowd(6, 2000);                      # the same of six clients at once
#   $n->ends_ok(); $n->quiet_ok(qr/ /);      # tests: it stops; its log is clean
#   callers(2000)                            # consumers c1, c2 with keys k1, k2
#
# Its folder is NAME in that of the test, its file "usage" there. The service is
# GateBackend's at the first of the test's ports. "acme" has the key "secret".
#

use strict;
use warnings;

use parent qw(-norequire GateNginx Exporter);

use Digest::SHA qw(sha256_hex);
use File::Path qw(make_path remove_tree);
use IO::Socket::INET;
use POSIX ();
use Test::More;

use GateBackend;
use GateClient;
use GateNginx;
use GateRedis;

our @EXPORT = qw(begin instance named callers);


# A test begins: its folder is empty, where workers of any user may go, its service
# runs at the first of its ports, its Redis at the fourth.

sub begin {
    my $root = $ENV{TEST_NGINX_SERVROOT};
    my $base = $ENV{GATE_PORT_BASE};

    plan skip_all => "run it by make $0" if !$ENV{GATE_NGINX};

    remove_tree($root);
    make_path($root);
    chmod 0755, $root;

    my $backend = GateBackend->start(port => $base, dir => $root);
    my $redis = GateRedis->new(dir => "$root/redis", port => $base + 3);

    $redis->start();

    return ($backend, $redis);
}


# workers, daemon as of GateNginx; port; what configure() takes.

sub instance {
    my ($name, %arg) = @_;

    my $me = named($name, %arg);

    $me->configure(%arg);
    $me->start();

    return $me;
}


sub named {
    my ($name, %arg) = @_;

    my %own = map { $_ => $arg{$_} } grep { exists $arg{$_} } qw(workers daemon);

    my $me = GateJournal->new(root => "$ENV{TEST_NGINX_SERVROOT}/$name", user => '',
                              name => $name, port => $arg{port} // $ENV{GATE_PORT_BASE} + 1,
                              %own);

    chmod 0755, $me->{root};

    return $me;
}


# main, http, server: text for that level; journal: another file; more: its
# parameters.

sub configure {
    my ($me, %arg) = @_;

    my %text = (main => '', http => '', more => '', server => '',
                journal => "$me->{root}/usage", %arg);

    # a new binary has only what is named of the environment

    my $env = join '', map { "env $_;\n" } qw(LD_PRELOAD ASAN_OPTIONS GATE_TEST_CLOCK);

    $me->SUPER::configure($me->head(main => $env . $text{main}) . <<"CONF");
http {
@{[ $me->paths() ]}
    gate_journal $text{journal} size=1m $text{more};
    $text{http}
    gate_consumer acme { key sha256:@{[ sha256_hex('secret') ]}; }

    upstream sidecar { server 127.0.0.1:$ENV{GATE_PORT_BASE}; keepalive 4; }

    server {
        listen 127.0.0.1:$me->{port};

        gate_api      a version=v1;
        gate_auth     key;
        gate_meter    requests bytes;
        gate_service  s;
        add_header    X-Usage \$gate_usage_id always;

        $text{server}
        location = /status { gate_auth off; gate_meter off; gate_status; }
        location / { gate_pass http://sidecar; }
        location /twice { root /usr; try_files /none /; }
    }
}
CONF
}


sub callers {
    my ($n) = @_;

    return join '', map {
        "gate_consumer c$_ { key sha256:" . sha256_hex("k$_") . "; }\n"
    } 1 .. $n;
}


sub start {
    my ($me) = @_;

    $me->SUPER::start();
    wait_for(sub { IO::Socket::INET->new("127.0.0.1:$me->{port}") });
}


# What it says where it must not start.

sub refused {
    my ($me) = @_;

    my $command = $me->command();

    return scalar `$command`;
}


sub ends_ok {
    my ($me) = @_;

    ok($me->stop(), "$me->{name} ends");
}


sub upgrade_ok {
    my ($me, $meanwhile) = @_;

    my $old = $me->{pid};
    my $ended = $me->upgrade($meanwhile);

    isnt($me->{pid}, $old, "$me->{name}: a new binary starts");
    ok($ended, '... the old one ends');
}


sub quiet_ok {
    my ($me, @expected) = @_;

    is($me->complaints(@expected), '', "$me->{name}: no complaint" . (@expected ? ' besides' : ''));
}


sub get {
    my ($me, $target, $key) = @_;

    return $me->ask($target, $key, 'close')->read() // { status => 0 };
}


sub ask {
    my ($me, $target, $key, $connection) = @_;

    my $c = GateClient->new($me->{port});

    $c->write(request($target // '/', $key // 'secret', $connection // 'keep-alive'));

    return $c;
}


sub request {
    my ($target, $key, $connection) = @_;

    return "GET $target HTTP/1.1\r\nHost: a\r\napikey: $key\r\n"
           . "Connection: $connection\r\n\r\n";
}


sub hold {
    my ($me, $target) = @_;

    my $was = $me->journal()->{slots_opened};
    my $c = $me->ask($target);

    wait_for(sub { $me->journal()->{slots_opened} > $was });

    return $c;
}


# The first answer may come from a worker that dies: ask until one comes.

sub journal {
    my ($me) = @_;

    my $j;

    wait_for(sub {
        my $c = GateClient->new($me->{port});

        $c->write("GET /status HTTP/1.0\r\n\r\n");

        my $r = eval { $c->read() };

        return $r && ($j = $r->json()->{journal});
    });

    return $j // {};
}


# How all has ended, when nothing is open any more.

sub ends {
    my ($me) = @_;

    my $j = {};

    wait_for(sub { $j = $me->journal(); defined $j->{open} && !$j->{open} });

    return join(', ', ($j->{slots_opened} // 'nothing') . ' opened',
                map { $j->{$_} ? "$j->{$_} $_" : () }
                qw(served refused_upstream aborted interrupted));
}


# How often each status came.

sub fill {
    my ($me, $callers, $first) = @_;

    my %n;
    my $c = GateClient->new($me->{port});

    $first //= 1;

    for my $i ($first .. $first + $callers - 1) {
        $c->write(request('/', "k$i", 'keep-alive'));

        my $r = $c->read();

        $n{ $r->{status} }++;
        $c = GateClient->new($me->{port})
            if ($r->field('connection') // '') eq 'close';
    }

    return %n;
}


sub crowd {
    my ($me, $clients, $callers) = @_;

    my (@from, %sum);

    for (1 .. $clients) {
        my $pid = open(my $fh, '-|') // die "fork: $!";

        if ($pid == 0) {
            my %n = $me->fill($callers);

            print join(' ', %n), "\n";
            close STDOUT;
            POSIX::_exit(0);
        }

        push @from, $fh;
    }

    for my $fh (@from) {
        my %n = split ' ', <$fh> // '';

        $sum{$_} += $n{$_} for keys %n;
        close $fh;
    }

    return %sum;
}


1;
