# Copyright (C) 2026 Meshgate contributors
#
# Test::Nginx::Socket as the gateway's tests use it.
#
#     use GateTest;
#
#     run_gate_tests();
#
#     __DATA__
#
#     === TEST 1: a key lets in
#     --- gate
#         gate_consumer acme { key sha256(secret); }
#     --- config
#         gate_service s;
#         location / { gate_auth key; gate_pass http://sidecar; }
#     --- client
#         my $r = get('/', 'apikey: secret');
#         is($r->{status}, 200, 'the key is taken');
#
# Sections beside those of Test::Nginx:
#
#     --- gate         text in http{}; with it come "gate_zone gate 1m",
#                      "upstream sidecar" (the echo service), and, if something
#                      is metered, "gate_journal", unless they are written
#                      there; "sha256(KEY)" becomes what a key line has
#     --- client       Perl that asks and asserts, instead of "--- request"
#     --- complaints   a pattern of alert, emerg or crit lines to be expected
#
# The module is loaded, worker processes are as the mode says, the log is at
# "info".  After all blocks the log of all of them must hold no alert, emerg
# or crit.  Variables for configurations:
#
#     $TEST_NGINX_SERVER_PORT   the server of "--- config"
#     $TEST_NGINX_PORT_1 ... 8  free ports
#     $TEST_NGINX_LISTEN_H2     "listen" of an HTTP/2 port (h2_get), in config
#     $TEST_NGINX_BACKEND       address of the echo service, see GateBackend
#     $TEST_NGINX_STATE         a folder that is not emptied between blocks
#
# For "--- client", see the functions below and GateClient:
#
#     get('/a', 'Name: value', ...)      ask('POST', '/a', $body, @fields)
#     raw($bytes)                        h2_get('/a', 'name: value', ...)
#     raw_all($bytes)                    client()
#     wait_for(sub { ... })              log_text('access.log')
#     worker_pids()                      nginx_pid()
#     build_module('pipeline', 'hold')   the file to load, of a module in t
#     $backend                           hash_of($key)

package GateTest;

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use Exporter qw(import);
use File::Path qw(make_path remove_tree);
use Test::More ();
use Time::HiRes qw(sleep time);

my $root;

BEGIN {
    if (!$ENV{GATE_NGINX}) {
        require Test::More;
        Test::More->import();
        Test::More::plan(skip_all => "run it by make $0");
    }

    $root = $ENV{TEST_NGINX_SERVROOT};
    $ENV{TEST_NGINX_STATE} = "$root.state";
    $ENV{TEST_NGINX_TIMEOUT} //= 20;

    # what a reload finds may not depend on what another test left
    delete $ENV{TEST_NGINX_FORCE_RESTART_ON_TEST};
}

use Test::Nginx::Socket 'no_plan';

use GateBackend;
use GateClient;
use GateNginx qw(slurp spew wait_for);

# Test::Nginx brings some of them, not all

for my $name (grep { /^\w+$/ } @Test::More::EXPORT) {
    no strict 'refs';
    *$name = \&{"Test::More::$name"} unless defined &$name;
}

our @EXPORT = (@Test::More::EXPORT, qw(
    run_gate_tests get ask raw raw_all h2_get client wait_for log_text
    worker_pids nginx_pid reload change hash_of request $backend $port $h2_port no_shuffle
    port build_module add_block_preprocessor
));

our $port = $ENV{TEST_NGINX_SERVER_PORT};
our $h2_port = $port + 1;
our $backend;

my $state = $ENV{TEST_NGINX_STATE};
my $owner = $$;
my $ended;
my @expected;
my $stock = $Test::Nginx::Util::RunTestHelper;

setup();


sub setup {
    my $base = $ENV{GATE_PORT_BASE};
    my $version = `$ENV{GATE_NGINX} -v 2>&1` =~ m{nginx/(\d+)\.(\d+)\.(\d+)}
                  ? $1 * 1000000 + $2 * 1000 + $3 : 0;

    remove_tree($root, $state);
    make_path($state);

    $ENV{"TEST_NGINX_PORT_$_"} = $base + $_ for 1 .. 8;
    $ENV{TEST_NGINX_BACKEND} = "127.0.0.1:$base";
    $ENV{TEST_NGINX_LISTEN_H2} = ($version >= 1025001)
        ? "listen 127.0.0.1:$h2_port; http2 on;"
        : "listen 127.0.0.1:$h2_port http2;";

    $backend = GateBackend->start(port => $base, dir => $state);

    master_on();
    workers($ENV{GATE_WORKERS} || 1);
    worker_connections(512);
    log_level('info');
    no_long_string();
    no_shuffle();
    no_root_location();

    add_block_preprocessor(\&prepare);

    $Test::Nginx::Util::RunTestHelper = \&client_or_stock;
}


sub run_gate_tests {
    run_tests();
    stop_nginx();
    $ended = 1;

    Test::More::is(complaints(), '', 'the error log holds no complaint');
}


sub prepare {
    my ($block) = @_;

    my $main = $block->main_config // '';
    my $http = $block->http_config // '';
    my $all = join(' ', $block->gate // '', $http, $block->config // '');

    $main = "load_module $ENV{GATE_MODULE};\n"
            . "error_log $state/error.log info;\n$main";

    if (defined $block->gate) {
        my $gate = $block->gate;

        $gate =~ s/\bsha256\(([^)]*)\)/'sha256:' . hash_of($1)/ge;

        $gate = "gate_zone gate 1m;\n$gate" unless $all =~ /\bgate_zone\b/;
        $gate = "gate_journal $state/usage size=1m;\n$gate"
            if $all =~ /\bgate_meter\b/ && $all !~ /\bgate_journal\b/;
        $gate = "upstream sidecar { server $ENV{TEST_NGINX_BACKEND};"
                . " keepalive 16; }\n$gate"
            unless $all =~ /\bupstream\s+sidecar\b/;

        $http = "$gate\n$http";
    }

    $block->set_value('main_config', $main);
    $block->set_value('http_config', $http);
    $block->set_value('config', '') unless defined $block->config;

    # warnings are in the log
    $block->set_value('suppress_stderr', 1);

    push @expected, $block->complaints if defined $block->complaints;
}


sub client_or_stock {
    my ($block, @args) = @_;

    if (!defined $block->client) {
        return $stock->($block, @args);
    }

    my $code = $block->client;
    my $name = $block->name =~ s/^\Q$0\E\s*//r;

    Test::More::note($name);

    no warnings 'once';
    local $main::block = $block;

    eval "package main; use strict; use warnings;\n"
         . "#line 1 \"$name\"\n$code\n;1"
        or Test::More::fail("$name: $@");
}


# also where a test died halfway

END {
    local $?;

    if ($$ == $owner) {
        stop_nginx();
        Test::More::diag(complaints()) if !$ended;
    }
}


sub stop_nginx {
    my $pid = nginx_pid();

    return if !$pid || !kill(0, $pid);

    kill('QUIT', $pid);

    if (!wait_for(sub { !kill(0, $pid) })) {
        Test::More::fail('nginx ends when it is told to');
        kill('KILL', $pid);
    }
}


sub complaints {
    return join('', grep {
        my $line = $_;

        $line =~ /\[(?:alert|emerg|crit)\]|AddressSanitizer|runtime error/
        && !grep { ref $_ ? $line =~ $_ : $line =~ /$_/ } @expected

    } split(/^/m, slurp("$state/error.log") . slurp("$root/logs/error.log")));
}


# The request that get() and ask() send.

sub request {
    my ($method, $target, $body, @fields) = @_;

    push @fields, 'Host: localhost' unless grep { /^host:/i } @fields;
    push @fields, 'Connection: close' unless grep { /^connection:/i } @fields;

    if (defined $body && !grep { /^(?:content-length|transfer-enc)/i } @fields)
    {
        push @fields, 'Content-Length: ' . length $body;
    }

    return join("\r\n", "$method $target HTTP/1.1", @fields, '', $body // '');
}


sub ask {
    my ($method, $target, $body, @fields) = @_;

    my $c = client();

    $c->write(request($method, $target, $body, @fields));

    return $c->read($method)
           // GateClient::Answer->from_fields(0, [], 'no answer');
}


sub get {
    my ($target, @fields) = @_;

    return ask('GET', $target, undef, @fields);
}


sub client {
    my ($to) = @_;

    return GateClient->new($to // $port);
}


# One answer to these bytes; all that comes until the server closes.

sub raw {
    my ($bytes) = @_;

    my $c = client();

    $c->write($bytes);

    return $c->read() // GateClient::Answer->from_fields(0, [], 'no answer');
}


sub raw_all {
    my ($bytes, $to) = @_;

    my $c = client($to);

    $c->write($bytes);

    return $c->rest();
}


# Over HTTP/2, by curl; the first field may be a method such as "POST".

sub h2_get {
    my ($target, @fields) = @_;

    my @args = ('curl', '-sS', '-i', '--http2-prior-knowledge', '--path-as-is',
                '--max-time', 20, '-H', 'User-Agent:', '-H', 'Accept:');

    push @args, '-X', shift @fields if @fields && $fields[0] =~ /^[A-Z]+$/;
    push @args, '-H', $_ for map { s/^([^:;]+):\s*$/$1;/r } @fields;

    open(my $fh, '-|', @args, "http://127.0.0.1:$h2_port$target")
        or die "curl: $!";
    binmode($fh);

    my $text = do { local $/; <$fh> } // '';

    close($fh);

    my ($head, $body) = split(/\r\n\r\n/, $text, 2);
    my ($line, @lines) = split(/\r\n/, $head // '');
    my ($status) = ($line // '') =~ m{^HTTP/2 (\d+)};

    return GateClient::Answer->from_fields(
        $status // 0, [ map { [ /^([^:]+): ?(.*)$/ ] } @lines ], $body // '');
}


sub hash_of {
    my ($key) = @_;

    return sha256_hex($key);
}


sub nginx_pid {
    my ($pid) = slurp("$root/logs/nginx.pid") =~ /(\d+)/;

    return $pid;
}


sub worker_pids {
    my $pid = nginx_pid() // return;

    return GateNginx->workers($pid);
}


# True once as many workers as before are new ones.

sub reload {
    my %old = map { $_ => 1 } worker_pids();

    kill 'HUP', nginx_pid();

    return wait_for(sub {
        my @now = worker_pids();
        return @now == keys %old && !grep { $old{$_} } @now;
    });
}


# Another text in the configuration of the nginx that runs, for a reload.

sub change {
    my ($from, $to) = @_;

    my $file = "$root/conf/nginx.conf";
    my $text = slurp($file);

    $text =~ s/\Q$from\E/$to/ or die "no \"$from\"\n";
    spew($file, $text);
}


# t/WING/NAME/ngx_http_gate_NAME_module.c, with the headers and the flags of the
# gateway's module.

sub build_module {
    my ($wing, $name) = @_;

    my ($flavour) = $ENV{GATE_MODULE} =~ m{([^/]+)/[^/]+$};
    my $tree = "$ENV{B}/obj/$flavour";
    my $source = "$ENV{PWD}/t/$wing/$name/ngx_http_gate_${name}_module.c";
    my $to = "$state/$name.so";

    my $make = "include objs/Makefile\n\nthat:\n\t"
               . '$(CC) $(CFLAGS) -fPIC -shared --param asan-globals=0 $(ALL_INCS) -o '
               . "$to $source\n\n.DEFAULT_GOAL := that\n";

    open my $fh, '|-', "cd $tree && make -s -f - that 2>&1" or die "make: $!";
    print $fh $make;
    close $fh or die "the module of this test does not compile\n";

    return $to;
}


# A log in $TEST_NGINX_STATE; "error.log" is there in any case.

sub log_text {
    my ($name) = @_;

    return slurp("$state/$name");
}


sub port {
    my ($n) = @_;

    return $ENV{"TEST_NGINX_PORT_$n"};
}


1;
