# Copyright (C) 2026 Meshgate contributors
#
# The parts of a measurement: nginx with and without the module, what is sent
# to them, and how they are started and ended.
#
#     use GateBench;
#
#     bench_open('bench', 1000, qw(service bare gate));
#                                # an empty folder, tokens, a port for each
#     $GateBench::dir            # that folder
#     $GateBench::port{gate}
#     @GateBench::tokens         # that many, each with another "sub"
#     bench_key(7)               # the key of consumer-00007, one of 1000
#     @GateBench::cores          # those that may be used, two at least
#
#     start_nginx('gate', $core, 'gate.conf', MASTER => 'off',
#                 BINARY => $file, UNDER => [ 'valgrind' ])
#     start('redis', $core, @command)
#     stop('gate')               # what was started is stopped at the end
#     worker('gate')             # its process id
#     run(@command)              # what it printed
#     fail($why)
#
# Templates are in t/bench/conf: @NAME@ in them is replaced by a value of that
# name.

package GateBench;

use strict;
use warnings;

use Cwd qw(abs_path);
use Digest::SHA qw(sha256_hex);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);
use IO::Socket::INET;
use POSIX qw(WNOHANG);
use Time::HiRes qw(sleep time);

use GateToken;

use constant CONSUMERS => 1000;

our @EXPORT = qw(bench_open bench_key start_nginx start stop worker configure
                 run fail slurp spew answers);

our ($dir, @tokens, @cores, %port);

my $B    = $ENV{B};
my $conf = abs_path(dirname(__FILE__)) . '/../bench/conf';

my %started;

$SIG{INT} = $SIG{TERM} = $SIG{HUP} = sub { exit 130 };

END {
    my $rc = $?;

    stop($_) for reverse sort keys %started;
    $? = $rc;
}


sub bench_open {
    my ($name, $tokens, @parts) = @_;

    my $next = $ENV{TEST_NGINX_SERVER_PORT} || 13010;

    $dir = "$B/$name";
    @cores = cores();
    %port = map { $_ => $next++ } @parts;

    remove_tree($dir);
    make_path("$dir/tmp");

    spew('rsa.pem', slurp(gate_keys()->{rsa}{public}));
    spew('assert.pem', slurp(gate_keys()->{ec256}{private}));
    consumers();
    tokens($tokens);
}


sub bench_key {
    my ($n) = @_;

    return sprintf 'key-%05d-of-the-measurement', $n % CONSUMERS;
}


sub fail {
    print STDERR "bench: FAILED: @_\n";
    exit 1;
}


sub consumers {
    my @names = map { sprintf 'consumer-%05d', $_ } 0 .. CONSUMERS - 1;
    my @keys = map { bench_key($_) } 0 .. CONSUMERS - 1;
    my ($conf, $map, $lines) = ('', '', '');

    for my $i (0 .. $#names) {
        my $hash = sha256_hex($keys[$i]);

        $conf .= "gate_consumer $names[$i] { plan gold; "
                 . "key sha256:$hash id=$names[$i]-1; }\n";
        $map .= "$keys[$i] $names[$i];\n";
        $lines .= "$keys[$i] $names[$i]\n";
    }

    spew('consumers.conf', $conf);
    spew('keys.map', $map);
    spew('keys.lua', $lines);
}


# Minting takes some seconds: kept as long as they are good.

sub tokens {
    my ($n) = @_;

    my $file = "$B/keys/bench-jwt-$n";

    if (!-e $file || -M $file > 0.5
        || -M $file > -M gate_keys()->{rsa}{private})
    {
        print "# bench: minting $n tokens\n";

        open my $fh, '>', "$file.$$" or fail("$file.$$: $!");

        print $fh mint(claims => { sub => "user-$_", exp => int(time) + 86400,
                                   aud => "https://api.example",
                                   jti => sha256_hex($_),
                                   scope => 'orders:read orders:write' }), "\n"
            for 1 .. $n;

        close $fh or fail("$file.$$: $!");
        rename "$file.$$", $file or fail("$file: $!");
    }

    spew('tokens', slurp($file));
    @tokens = split /\n/, slurp($file);
}


sub cores {
    my ($list) = slurp('/proc/self/status') =~ /^Cpus_allowed_list:\s*(\S+)/m;
    my @all = map { /(\d+)-(\d+)/ ? ($1 .. $2) : $_ } split /,/, $list;

    fail('it takes two cores') if @all < 2;

    return @all;
}


sub fill {
    my ($text, %value) = @_;

    1 while $text =~ s/\@([A-Z]+)\@/$value{$1} \/\/ fail("no value of $1")/e;

    return $text;
}


sub configure {
    my ($name, $template, %more) = @_;

    my %value = (
        HEAD    => slurp("$conf/head.inc"),
        HTTP    => slurp("$conf/http.inc"),
        NAME    => $name,
        DIR     => $dir,
        USER    => $> == 0 ? 'user  root;' : '',
        MASTER  => 'on',
        MODULE  => $ENV{GATE_MODULE},
        MODULES => "$B/nginx-1.22/usr/lib/nginx/modules",
        SERVICE => $port{service},
        REDIS   => $port{redis},
        CACHE   => '8m',
        FIELDS  => 'all',
        MORE    => '',
        FROM    => '',
        PORT    => $port{$name},
        %more,
    );

    spew("$name.conf", fill(slurp("$conf/$template"), %value));
}


sub start {
    my ($name, $core, @command) = @_;

    my $pid = fork // fail("fork: $!");

    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', "$dir/$name.log";
        open STDERR, '>&', \*STDOUT;
        exec 'taskset', '-c', $core, @command or POSIX::_exit(127);
    }

    $started{$name} = $pid;

    my $until = time + 60;

    until (answers($port{$name})) {
        if (waitpid($pid, WNOHANG) || time > $until) {
            print STDERR slurp("$dir/$name.log"),
                         -e "$dir/$name.error.log"
                         ? slurp("$dir/$name.error.log") : '';
            fail("$name did not start");
        }

        sleep 0.1;
    }

    return $pid;
}


sub start_nginx {
    my ($name, $core, $template, %more) = @_;

    configure($name, $template, %more);
    start($name, $core, @{ $more{UNDER} // [] },
          $more{BINARY} // $ENV{GATE_NGINX}, '-c', "$dir/$name.conf", '-p',
          $dir, '-e', "$dir/$name.error.log");
}


sub stop {
    my ($name) = @_;

    my $pid = delete $started{$name} or return;

    kill 'TERM', $pid;

    for (1 .. 100) {
        return if waitpid($pid, WNOHANG) == $pid;
        sleep 0.1;
    }

    kill 'KILL', $pid;
    waitpid $pid, 0;
}


sub answers {
    my ($port) = @_;

    return IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port",
                                 Timeout => 1);
}


# The process that does the work: a master's only child, or the part itself.

sub worker {
    my ($name) = @_;

    my $pid = $started{$name};

    for (1 .. 50) {
        my @child = split ' ', slurp("/proc/$pid/task/$pid/children");

        return $child[0] if @child == 1;
        return $pid if $name eq 'haproxy' && !@child;

        sleep 0.1;
    }

    fail("$name has not one worker");
}


sub run {
    my (@command) = @_;

    open my $fh, '-|', @command or fail("$command[0]: $!");
    local $/;
    my $out = <$fh> // '';
    close $fh or fail("@command: $? $out");

    return $out;
}


sub slurp {
    my ($file) = @_;

    open my $fh, '<', $file or fail("$file: $!");
    local $/;

    return <$fh> // '';
}


sub spew {
    my ($name, $text) = @_;

    open my $fh, '>', "$dir/$name" or fail("$dir/$name: $!");
    print $fh $text;
    close $fh or fail("$dir/$name: $!");
}


1;
