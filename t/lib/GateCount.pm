# Copyright (C) 2026 Meshgate contributors
#
# Instructions of one request, counted by callgrind: they do not depend on what
# else the machine does. The kernel's are not among them.
#
#     use GateCount;
#
#     my $why = count_skip();            # a reason, or undef
#     count_open($names);                # starts all parts
#     my $c = count('key');              # one of @GateCount::scenarios
#
#     $c->{total}                        # of one request, without background
#     $c->{background}                   # what else ran meanwhile
#     $c->{verify}                       # of it: signatures, in OpenSSL
#     $c->{rooms}{'auth/auth_key'}       # by the module's own files
#     $c->{inclusive}{'EVP_DigestVerify'}  # of a function and what it calls
#     $c->{self}{...}                    # of functions alone
#
#     count_idle()                       # background work of one second
#     count_machine()                    # what figures depend on, as text
#     count_figures()                    # those of the tree for it, by name
#
# One client on one connection asks, waits for the answer and asks again. It
# warms up; from there on N requests are counted. What timers and Redis cause
# is told apart by the call graph. A room's share is its own code and that of
# the helpers which it calls, of nginx and libraries, as long as these do not
# carry the request on: a filter's share is not that of the filters behind it.

package GateCount;

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use Exporter qw(import);
use IO::Socket::INET;
use POSIX qw(ceil);
use Time::HiRes qw(sleep time);

use GateBench;

use constant WARM   => 60;
use constant COUNT  => 300;
use constant CACHED => 40;                 # tokens, keys that were seen
use constant FRESH  => 60;                 # ... that are not, each sent once
use constant FEW    => 40;                 # of these counted
use constant REDIS  => 'key-00007-of-somewhere-else-';  # as long as the others

our @EXPORT = qw(count_skip count_open count count_idle count_machine
                 count_figures count_file);

our @scenarios = (
    { name => 'plain',       on => 'bare', key => 'same',
      says => 'plain proxy_pass, a key in the request' },
    { name => 'plain-jwt',   on => 'bare', token => 'same',
      says => 'plain proxy_pass, a token in the request' },
    { name => 'open',        on => 'gate', key => 'same', path => '/open/1',
      over => 'plain', says => 'location without policy beside gated ones' },
    { name => 'key',         on => 'gate', key => 'same', over => 'plain',
      says => 'key, the same again' },
    { name => 'key-redis',   on => 'redis-gate', key => 'redis',
      over => 'plain', says => 'key of Redis that the node knows, the same again' },
    { name => 'key-target',  on => 'gate', key => 'same', over => 'plain',
      path => '/target/1?page=2', says => 'key; a target as long as the next' },
    { name => 'transform',   on => 'gate', key => 'same', over => 'key-target',
      path => '/edited/1?page=2',
      says => 'key; 2 fields set, 1 removed, 1 argument set' },
    { name => 'assert',      on => 'gate', key => 'same', over => 'plain',
      path => '/asserted/1?p=2', says => 'key, and an assertion of before' },
    { name => 'assert-new',  on => 'gate', key => 'same', over => 'plain',
      path => '/minted/1?pag=2', few => 1,
      says => 'key, and an ES256 assertion for each request' },
    { name => 'key-other',   on => 'gate', key => 'other', over => 'plain',
      says => 'key, another one each time' },
    { name => 'key-new',     on => 'gate', key => 'fresh', over => 'plain',
      says => 'key that the worker has not seen before' },
    { name => 'key-bad',     on => 'gate', key => 'bad', status => 401,
      over => 'plain', says => 'key that is refused' },
    { name => 'key-bad-same', on => 'gate', key => 'wrong', status => 401,
      over => 'plain', says => 'key that is refused, the same again' },
    { name => 'jwt',         on => 'gate', token => 'same',
      over => 'plain-jwt', says => 'token, the same again' },
    { name => 'jwt-other',   on => 'gate', token => 'other',
      over => 'plain-jwt', says => 'token of the cache, another one each time' },
    { name => 'jwt-new',     on => 'gate', token => 'fresh', few => 1,
      over => 'plain-jwt', says => 'RS256 token never seen before' },
);

# What each field costs the gateway: locations that send it alone.

our @fields = qw(none X-Request-Id traceparent X-Forwarded-For X-Forwarded-Proto
                 X-Forwarded-Host X-Consumer-ID X-Consumer-Username
                 X-Consumer-Groups X-Credential-Identifier X-Lane-Hash);

my %scenario = map { $_->{name} => $_ } @scenarios, map {
    { name => "field-$fields[$_]", on => 'gate', key => 'same',
      path => sprintf('/field-%02d', $_) }
} 0 .. $#fields;
my $here = $INC{'GateCount.pm'} =~ s{[^/]+$}{../bench}r;
my $fresh = CACHED;
my (%dump, %pid);


sub count_file {
    return "$here/counts.txt";
}


sub count_skip {
    return 'run it by make t/bench/count.t' if !$ENV{GATE_NGINX};

    for my $tool (qw(valgrind vgdb)) {
        return "$tool is missing" if !grep { -x "$_/$tool" } split /:/,
                                     $ENV{PATH};
    }

    return "callgrind does not run here: $1"
        if `valgrind --tool=callgrind --callgrind-out-file=/dev/null true 2>&1`
           !~ /Collected/ && $@ . $? =~ /(.*)/;

    return;
}


# What nginx, compiler and processor are: with another one, other figures.

sub count_machine {
    my ($nginx) = `$ENV{GATE_NGINX} -v 2>&1` =~ m{nginx/(\S+)};
    my ($gcc) = `gcc -dumpversion` =~ /^(\d+)/;
    my ($isa) = slurp('/proc/cpuinfo') =~ /^flags.*\bavx2\b/m ? 'avx2' : 'base';
    my ($arch) = (POSIX::uname())[4];

    return "nginx-$nginx gcc-$gcc $arch-$isa";
}


sub count_figures {
    my $machine = count_machine();
    my %figure;

    return {} if !-e count_file();

    for (split /\n/, slurp(count_file())) {
        my ($is, $name, $n) = /^(.*\S)\s+(\S+)\s+(\d+)$/ or next;

        $figure{$name} = $n if $is eq $machine;
    }

    return \%figure;
}


sub count_open {
    bench_open('count', CACHED + FRESH, qw(service redis bare gate redis-gate));

    my $core = $GateBench::cores[1];

    start_nginx('service', $core, 'service.conf');
    start('redis', $core, "$ENV{B}/bin/redis-server", '--port',
          $GateBench::port{redis}, '--bind', '127.0.0.1', '--save', '',
          '--dir', $GateBench::dir);

    record();

    for my $name (qw(bare gate redis-gate)) {
        my $out = "$GateBench::dir/$name.callgrind";

        $pid{$name} = start_nginx($name, $GateBench::cores[0],
            $name eq 'bare' ? 'bare.conf' : 'gate.conf',
            FROM => $name eq 'redis-gate' ? '        gate_consumers redis;' : '',
            BINARY => "$ENV{B}/nginx-1.22/usr/sbin/nginx", MASTER => 'off',
            MORE => join("\n", transform(), map { field($_) } 0 .. $#fields),
            UNDER => [ 'valgrind', '--tool=callgrind', '--separate-threads=yes',
                       '--instr-atstart=yes',
                       "--callgrind-out-file=$out" ]);
        $dump{$name} = 0;
    }

    # nobody asks: connections to Redis are made, the journal is open

    sleep 2;
}


# A key that no configuration has, of a consumer with the plan of all others.

sub record {
    my $name = sprintf 'gate:k:{%s}', sha256_hex(REDIS);
    my $redis = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                      PeerPort => $GateBench::port{redis})
        or fail('Redis does not answer');
    my @words = ('HSET', $name, consumer => 'consumer-redis', plan => 'gold',
                 credential => 'consumer-redis-1');

    print $redis sprintf("*%d\r\n", scalar @words),
                 map { sprintf "\$%d\r\n%s\r\n", length, $_ } @words;

    my $answer = <$redis>;

    $answer eq ":3\r\n" or fail("Redis says $answer");
}


# The same location without the block, and with it.

sub transform {
    my $block = '            gate_transform request {
                set     field X-Tenant $gate_consumer;
                set     field X-Own    own;
                remove  field X-Gone;
                set     query customer $gate_consumer_id;
            }
';

    return join "\n", map { "        location $_" . '
            gate_api      orders version=v1;
            gate_auth     key jwt=bench;
            gate_allow    methods=GET,POST;
            gate_limit    plan;
            gate_meter    requests bytes;
            gate_service  orders.example.local;
            gate_pass     http://service;
        }';
    } '/target/ {', "/edited/ {\n$block";
}


sub field {
    my ($i) = @_;

    return sprintf('        location = /field-%02d', $i) . " {
            gate_api      orders version=v1;
            gate_auth     key jwt=bench;
            gate_allow    methods=GET,POST;
            gate_limit    plan;
            gate_meter    requests bytes;
            gate_service  orders.example.local;
            gate_fields   $fields[$i];
            gate_pass     http://service;
        }";
}


sub count {
    my ($name) = @_;

    my $s = $scenario{$name} or fail("no scenario \"$name\"");
    my $socket = IO::Socket::INET->new(PeerPort => $GateBench::port{$s->{on}},
                                       PeerAddr => '127.0.0.1')
        or fail("$s->{on} does not answer");
    my $n = $s->{few} ? FEW : COUNT;

    ask($socket, $s, 1, $_) for 0 .. CACHED - 1;

    ask($socket, $s, 0, $_) for 1 .. ($s->{few} ? FRESH - FEW : WARM);
    control($s->{on}, 'zero');
    ask($socket, $s, 0, WARM + $_) for 1 .. $n;

    my $c = figures($s->{on}, $n);

    $c->{n} = $n;

    return $c;
}


# In background for a second, with nobody asking.

sub count_idle {
    control('gate', 'zero');

    my $begin = time;

    sleep 3;

    my $c = figures('gate', 1);

    return $c->{all} / (time - $begin);
}


sub ask {
    my ($socket, $s, $cached, $i) = @_;

    my $path = $s->{path} // '/orders/1';
    my $t = \@GateBench::tokens;
    my %field = (
        same  => 'apikey: ' . bench_key(7),
        other => 'apikey: ' . bench_key($i % CACHED),
        fresh => 'apikey: ' . bench_key($cached ? 0 : 100 + $i),
        bad   => sprintf('apikey: key-%05d-of-somebody-else', $i),
        wrong => 'apikey: key-00000-of-somebody-else',
        redis => 'apikey: ' . REDIS,
    );
    my $field = $s->{key} && $field{$s->{key}};

    if ($s->{token}) {
        my $n = $cached || $s->{token} eq 'other' ? $i % CACHED
              : $s->{token} eq 'same' ? 0 : $fresh++;

        $field = "Authorization: Bearer "
                 . ($t->[$n] // fail('no token is left'));
    }

    my $request = "GET $path HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                  . "User-Agent: count/1.0\r\nAccept: */*\r\n$field\r\n\r\n";

    syswrite($socket, $request) == length $request or fail("write: $!");

    my $in = '';

    until ($in =~ /\r\n\r\n/ && $in =~ /^Content-Length: (\d+)\r$/mi
           && length($') - index($', "\r\n\r\n") - 4 >= $1)
    {
        sysread($socket, $in, 65536, length $in) or fail("read: $in $!");
    }

    my $status = $s->{status} // 200;

    $in =~ m{^HTTP/1.1 $status } or fail("$s->{name}: wrong answer: $in");
}


sub control {
    my ($name, $command) = @_;

    # the process waits for events meanwhile

    my $out = `vgdb --pid=$pid{$name} --wait=10 $command 2>&1`;

    fail("vgdb $command: $out") if $?;
}


# --- the call graph ---------------------------------------------------------

sub figures {
    my ($name, $n) = @_;

    control($name, 'dump');

    my $file = sprintf '%s/%s.callgrind.%d-01', $GateBench::dir, $name,
                       ++$dump{$name};
    my $g = graph($file);
    my $aside = aside($g);
    my $carries = carries($g);
    my ($all, $background, $verify) = (0, 0, 0);
    my (%rooms, %inclusive, %self);

    $all += $_ for values %{ $g->{self} };

    for my $edge (values %{ $g->{edge} }) {
        my ($from, $to, $cost) = @$edge;

        $inclusive{name($to)} += $cost / $n if $from ne $to;
        $background += $cost if $aside->{$to} && !$aside->{$from};
        $verify += $cost / $n
            if $from =~ / gate_key_verify\w*/ && $to =~ / EVP_/;

        my $room = $g->{room}{$from} or next;

        next if $aside->{$from} || $g->{room}{$to} || $carries->{$to};

        $rooms{$room} += $cost / $n;
    }

    for my $f (keys %{ $g->{self} }) {
        $self{name($f)} += $g->{self}{$f} / $n;

        next if !$g->{room}{$f} || $aside->{$f};

        $rooms{$g->{room}{$f}} += $g->{self}{$f} / $n;
    }

    return { total => ($all - $background) / $n, all => $all,
             background => $background / $n, verify => $verify, rooms => \%rooms,
             inclusive => \%inclusive, self => \%self };
}


# "object function" without the object and what the compiler made of the name

sub name {
    return $_[0] =~ s/^\S+ //r =~ s/\.(?:isra|constprop|part|lto_priv|cold)\b.*//r;
}


# Self costs and edges of a file of callgrind; names are "object function".

sub graph {
    my ($file) = @_;

    my ($ob, $cob, $fl, $fn, $cfn, $calls) = ('', '', '', '', '', 0);
    my (%names, %self, %edge, %room);

    my $full = sub {
        my ($kind, $id, $name) = @_;

        $names{"$kind$id"} = $name if defined $name && $name ne '';

        return $names{"$kind$id"} // $id;
    };

    for (split /\n/, slurp($file)) {

        if (/^(c?)(ob|fn|fl|fi|fe)=(?:\((\d+)\))? ?(.*)$/) {
            my ($called, $is, $id, $name) = ($1, $2, $3 // $4, $4);
            my $kind = $is =~ /^f[lie]$/ ? 'f' : $is;
            my $text = $full->($kind, $id, $name);

            if ($kind eq 'ob') {
                $text =~ s{.*/}{};
                $called ? $cob = $text : ($ob = $text);

            } elsif ($is eq 'fl' && !$called) {
                $fl = $text;

            } elsif ($kind eq 'fn') {
                $text =~ s/'\d+$//;

                if ($called) {
                    $cfn = "$cob $text";

                } else {
                    $fn = "$ob $text";
                    $cob = $ob;
                    $room{$fn} = $1
                        if $fl =~ m{/src/ngx/(.*?)\.c$};
                }
            }

        } elsif (/^calls=/) {
            $calls = 1;

        } elsif (/^(?:[+-]?\d+|\*) (\d+)/) {

            if ($calls) {
                my $e = $edge{"$fn > $cfn"} //= [ $fn, $cfn, 0 ];
                $e->[2] += $1;
                $calls = 0;
                $cob = $ob;

            } else {
                $self{$fn} += $1;
            }
        }
    }

    s{/ngx_http_gate_}{/} for values %room;

    return { self => \%self, edge => \%edge, room => \%room };
}


# What only timers and Redis's connections call.

sub aside {
    my ($g) = @_;

    my (%callers, %aside);

    for my $e (values %{ $g->{edge} }) {
        push @{ $callers{$e->[1]} }, $e->[0] if $e->[0] ne $e->[1];
    }

    my @roots = grep {
        / (ngx_event_expire_timers|ngx_http_gate_redis_\w*(read|write)\w*)$/
    } keys %callers;

    $aside{$_} = 1 for @roots;

    for (my $more = 1; $more; ) {
        $more = 0;

        for my $f (grep { !$aside{$_} } keys %callers) {
            next if grep { !$aside{$_} } @{ $callers{$f} };

            $aside{$f} = $more = 1;
        }
    }

    return \%aside;
}


# What leads on to the next step of a request: to a room, or to a socket.

sub carries {
    my ($g) = @_;

    my %carries = map { $_ => 1 } grep {
        $g->{room}{$_} || / (writev|send|sendfile64|recv|connect|epoll_ctl)$/
    } map { @$_[0, 1] } values %{ $g->{edge} };

    for (my $more = 1; $more; ) {
        $more = 0;

        for my $e (values %{ $g->{edge} }) {
            next if $carries{$e->[0]} || !$carries{$e->[1]};

            $carries{$e->[0]} = $more = 1;
        }
    }

    return \%carries;
}


1;
