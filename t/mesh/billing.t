#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# What Redis holds is what the mesh has done: served, refused upstream,
# aborted, request by request, per consumer and API.

use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib";
use JSON::PP qw(decode_json);
use Socket qw(SOL_SOCKET SO_LINGER);
use Test::More;

use GateMesh;

my $m = GateMesh->start();
my $s;
my %want;


# acme: served, whatever the service says.

for my $path ('1', '1/status/200', '1/status/404', '1/status/429',
              '1/status/500', '1/status/503', '1/status/204')
{
    $m->ask('GET', "/orders/$path", [ 'apikey: key-acme' ]);
    $want{'acme|orders|served'}++;
}

for my $method (qw(POST PUT DELETE PATCH)) {
    is($m->ask($method, '/orders/1', [ 'apikey: key-acme' ], 'abc')->{status},
       200, "$method is served");
    $want{'acme|orders|served'}++;
}

is($m->ask('HEAD', '/orders/1', [ 'apikey: key-acme' ])->{status}, 200,
   'HEAD is served');
$want{'acme|orders|served'}++;

$s = $m->dial();
print $s "GET /orders/ws HTTP/1.1\r\nHost: a\r\napikey: key-acme\r\n"
         . "Connection: Upgrade\r\nUpgrade: websocket\r\n"
         . "Sec-WebSocket-Version: 13\r\n"
         . "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
is($m->answer($s)->{status}, 101, 'a WebSocket is opened');
print $s "\x88\x80\0\0\0\0";
sysread $s, my $end, 4096;
close $s;
$want{'acme|orders|served'}++;

$m->ask('GET', '/orders/sse/2', [ 'apikey: key-acme' ]);
$want{'acme|orders|served'}++;


# bob: the sidecar answered in the service's place, or nobody did.

for my $path ('/down/1', '/nowhere/1', '/slow/1/slow/5') {
    my ($api) = $path =~ m{^/(\w+)};

    $m->ask('GET', $path, [ 'apikey: key-bob' ]);
    $want{"bob|$api|refused_upstream"}++;
}

$m->stop('sidecar');
is($m->ask('GET', '/orders/1', [ 'apikey: key-bob' ])->{status}, 502,
   'nobody answers');
$want{'bob|orders|refused_upstream'}++;
$m->start_sidecar();


# carol: the client leaves, or the answer is cut.

$s = $m->dial();
print $s "GET /orders/1/slow/2 HTTP/1.1\r\nHost: a\r\napikey: key-carol\r\n"
         . "\r\n";
$m->wait_for(sub { journal()->{open} == 1 });
setsockopt $s, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0);
close $s;
$want{'carol|orders|aborted'}++;

isnt($m->ask('GET', '/orders/1/cut', [ 'apikey: key-carol' ])->{body}, '',
     'a part of an answer arrives');
$want{'carol|orders|aborted'}++;


# Nobody: what is refused here is not billed.

is($m->ask('GET', '/orders/1')->{status}, 401, 'no key');
is($m->ask('GET', '/orders/1', [ 'apikey: guessed' ])->{status}, 401,
   'a wrong key');
is($m->ask('GET', '/orders/a%2Fb', [ 'apikey: key-acme' ])->{status}, 400,
   'a bad path');


# Redis has that, and nothing else.

$m->wait_for(sub { eq_hash(billed(), \%want) }, 20);
is_deeply(billed(), \%want, 'Redis has exactly that');

my $journal = journal();
my %sum;

for my $row (keys %want) {
    $sum{(split /\|/, $row)[2]} += $want{$row};
}

is($journal->{$_}, $sum{$_} || 0, "the journal says the same: $_")
    for qw(served refused_upstream aborted interrupted);
is($journal->{slots_opened},
   $journal->{served} + $journal->{refused_upstream} + $journal->{aborted}
   + $journal->{interrupted} + $journal->{open},
   'all slots that were opened ended as one of them');
is($journal->{open}, 0, 'none is open');


# An emptied Redis gets it all again.

redis('FLUSHALL');
$m->ask('GET', '/orders/1', [ 'apikey: key-acme' ]);
$want{'acme|orders|served'}++;
$m->wait_for(sub { eq_hash(billed(), \%want) }, 20);
is_deeply(billed(), \%want, 'an emptied Redis gets all of it again');


# A Redis that was away gets what it missed.

$m->{store}->stop('KILL');
is($m->ask('GET', '/orders/1', [ 'apikey: key-acme' ])->{status}, 200,
   'without a Redis requests are served');
$want{'acme|orders|served'}++;

$m->{store}->start();
$m->wait_for(sub { eq_hash(billed(), \%want) }, 30);
is_deeply(billed(), \%want, 'and billed when it is back');


# The script of the operator sums the same.

my @t = gmtime;
my $month = sprintf '%04d-%02d', $t[5] + 1900, $t[4] + 1;
my $text = `conf/usage.sh --json acme $month -p $m->{redis}`;
my $usage = decode_json($text);

SKIP: {
    skip 'the month ends just now', 1 if $t[3] == 1 && $t[2] == 0;
    is($usage->{total}{served}, $want{'acme|orders|served'},
       'usage.sh prints it');
}

is($m->alarms, '', 'nothing alarming in the log');

done_testing();


sub redis {
    my @lines = split /\n/, `redis-cli -p $m->{redis} --raw @_ 2>/dev/null`;

    return @lines;
}


sub journal {
    return decode_json($m->ask('GET', '/gate/status')->{body})->{journal};
}


# Outcomes in Redis, summed over hours: "CONSUMER|API|OUTCOME" to a number.

sub billed {
    my %sum;

    for my $key (redis('KEYS', "'gate:u:*'")) {
        my ($consumer) = $key =~ /^gate:u:\{(.*)\}:\d{10}$/ or next;
        my %row = redis('HGETALL', "'$key'");

        for my $field (keys %row) {
            my ($api, $version, $plan, $unit) = split /\|/, $field;

            next if $unit =~ /^(?:bytes|duration)/ || !$row{$field};
            $sum{"$consumer|$api|$unit"} += $row{$field};
        }
    }

    return \%sum;
}
