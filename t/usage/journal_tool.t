#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate-journal: what is in a journal, while nginx writes to it and after.

use strict;
use warnings;

use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use File::Path qw(remove_tree);
use JSON::PP qw(decode_json);
use Test::More;

use GateBackend;
use GateClient;
use GateNginx;

plan skip_all => 'run it by make t/usage/journal_tool.t' if !$ENV{GATE_NGINX};

my $root = $ENV{TEST_NGINX_SERVROOT};
my $base = $ENV{GATE_PORT_BASE};
my $tool = ($ENV{B} // 'build') . '/bin/gate-journal';

remove_tree($root);
is(system('make', '-s', 'tools'), 0, 'the tool is built');

my $n = GateNginx->new(root => "$root/nginx");
my $file = "$n->{root}/usage";
my $backend = GateBackend->start(port => $base, dir => $root);

configure();
$n->start();

is(get($_), 200, 'a request is served') for qw(ada ada bob ada bob);
ok(wait_for(sub { tool('show') =~ /^open +0 of/m }), 'all have ended');

my $show = tool('show');

is($? >> 8, 0, 'show: all is well');
like($show, qr/^served +5$/m, '... served is what was served');
like($show, qr/^opened +5$/m, '... opened is what was opened');
like($show, qr/^writers +$n->{workers}$/m, '... by so many workers');
like($show, qr/^balance +yes$/m, '... and it balances');

my $held = ask('bob', '/sleep=60');

ok(wait_for(sub { tool('show') =~ /^open +1 of/m }), 'an open request is seen');
like(tool('verify'), qr/^6 opened = 5 ended \+ 1 open \+ 0 lost: yes$/m,
     'verify: the equation');
is($? >> 8, 0, '... holds');
like(tool('verify'), qr/^sound$/m, '... it is sound');
like(tool('verify'), qr/^0 damaged parts, 0 cells kept aside$/m,
     '... and nothing is damaged');
$held->close();
ok(wait_for(sub { tool('show') =~ /^aborted +1$/m }), 'its end is seen, too');

my %served;

for my $row (map { decode_json($_) } split /\n/, tool('export')) {
    $served{ $row->{consumer} } += $row->{served};
    like($row->{hour}, qr/^\d{4}-\d\d-\d\dT\d\d:00Z$/, 'export: an hour');
    is("$row->{api} $row->{version}", 'a v1', '... an API and its version');
}

is_deeply(\%served, { ada => 3, bob => 2 }, '... and who had how much');

my ($names, @rows) = split /\n/, tool('export --csv');

is($names, 'epoch,hour,consumer,api,version,plan,writer,sent,damaged,served,'
           . 'refused_upstream,aborted,interrupted,bytes_in,bytes_out,'
           . 'duration_ms', 'as CSV: the names of columns');
like($_, qr/^[0-9a-f]{16},[^,]+,"(?:ada|bob)","a","v1","-",\d+,[01],0(?:,\d+){7}$/,
     '... a row') for @rows;

$n->stop();
is($n->complaints(), '', 'no complaint');


# What is wrong is said, and nothing is changed.

my $data = slurp($file);
my ($cells) = unpack('x32 L', $data);
my ($hashes, undef, undef, $at) = unpack('x64 Q4', $data);
my ($used) = grep { substr($data, $hashes + 8 * $_, 8) ne "\0" x 8 } 0 .. $cells - 1;

$at += 512 * $used + 64;
patch($file, $at, substr($data, $at, 1) ^ "\x40");

my $sum = sha256_hex(slurp($file));

like(tool('verify'), qr/^damaged: the values of cell $used are damaged/m,
     'a bit has flipped: it is found');
is($? >> 8, 1, '... and the exit code says so');
like(tool('verify'), qr/^unsound now$/m, '... in words, too');
is(sha256_hex(slurp($file)), $sum, '... and nothing is changed');

# What was set aside once is no alarm for ever.

$n->start();
like(tool('verify'), qr/^0 damaged parts, 1 cells kept aside$/m,
     'nginx sets it aside when it starts');
$n->stop();
like(tool('verify'), qr/^sound now, 1 set aside earlier$/m, '... which is sound now');
is($? >> 8, 0, '... and the exit code, too');
like(tool('verify'), qr/^kept aside: the values of cell $used are/m, '... it is still named');
is($n->complaints(qr/damaged/), '', 'no complaint besides');

for my $case ([ 'text' => 'hello', qr/is not a journal/ ],
              [ 'noise' => 'z' x (1 << 20), qr/is not a journal/ ],
              [ 'a cut one' => substr($data, 0, 1 << 20 >> 1), qr/is not a journal/ ],
              [ 'a longer one' => $data . 'x', qr/not as long as its header says/ ],
              [ 'a newer one' => substr($data, 0, 8) . "\7" . substr($data, 9, 87)
                                 . '----' . substr($data, 100),
                qr/is a journal of version 7, which this release does not read/ ])
{
    my ($name, $text, $says) = @$case;

    spew("$root/other", $text);
    like(tool('show', "$root/other"), $says, "$name is refused");
    is($? >> 8, 2, "... $name has an exit code of its own");
}

like(tool('help'), qr/^Usage: gate-journal show FILE/, 'usage is told');
is($? >> 8, 2, '... as an error');

done_testing();


sub tool {
    my ($verb, $of) = @_;

    return scalar `$tool $verb @{[ $of // $file ]} 2>&1`;
}


sub ask {
    my ($name, $target) = @_;

    my $c = GateClient->new($base + 1);

    $c->write("GET $target HTTP/1.1\r\nHost: a\r\napikey: $name\r\n"
              . "Connection: close\r\n\r\n");

    return $c;
}


sub get {
    my ($name) = @_;

    return ask($name, '/')->read()->{status};
}


sub configure {
    my $consumers = join('', map { "gate_consumer $_ { key sha256:"
                                   . sha256_hex($_) . "; }\n" } qw(ada bob));

    $n->configure($n->head() . <<"CONF");
http {
@{[ $n->paths() ]}
    gate_journal $file size=1m;
    $consumers
    upstream sidecar { server 127.0.0.1:$base; }

    server {
        listen 127.0.0.1:@{[ $base + 1 ]};

        gate_api      a version=v1;
        gate_auth     key;
        gate_meter    requests bytes;
        gate_service  s;

        location / { gate_pass http://sidecar; }
    }
}
CONF
}
