#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Some thousand spellings of paths, over HTTP/1.1 and HTTP/2, through a real
# Envoy in each of its 16 ways to read paths: what arrives at a service is what
# was authorised, or the answer is 400.
#
# Each location says, in a field, whose path it takes a request for, and by
# which path it was chosen; the service says what arrived, and as whose.  The
# caller may call "orders" and not "admin"; "open" and "free" are for all.

use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib", $Bin;
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use Socket qw(SOMAXCONN);
use Test::More;

use GateMesh;

my $root = $ENV{TEST_NGINX_SERVROOT};
my ($h1, $h2) = map { $ENV{TEST_NGINX_SERVER_PORT} + $_ } 12, 13;
my @places = qw(orders admin free open);
my @sidecars = sidecars();          # the demo's is the first

my $m = GateMesh->start(envoy => \&listeners, http => servers());

service_start();

my @spellings = spellings();
my @mapped = mapped();
my %tally = (asked => 0, arrived => 0, refused => 0, other => 0);
my @elsewhere;

cmp_ok(scalar @spellings, '>', 3000, scalar(@spellings) . ' spellings, '
                                     . scalar(@mapped) . ' of other doors');


# The corpus would see one that goes astray: here without the gate.

is(join(' ', map { $_->{place} } ask_h2('bare.0', '/x/..;/orders/admin/x')),
   'orders', 'Envoy takes "..;" for a dot segment');
isnt(tried(\&ask_h2, 'bare.0', '/x/..;/orders/admin/x'), '',
     '... which the corpus sees');
@elsewhere = ();
is(join(' ', map { "$_->{status} $_->{place}" }
             ask_h2('usual.0', '/orders/a', '/a', '/free/a')),
   '200 orders 200 open 200 free', 'all three places are reached');


# Everything by HTTP/2: through the demo's Envoy, and in turns through others.

for my $kind ('usual', 'slashes') {
    is(tried(\&ask_h2, "$kind.0", @spellings), '',
       "HTTP/2, $kind: what arrives is what was authorised");

    for my $i (1 .. $#sidecars) {
        my @some = @spellings[grep { $_ % 5 == $i % 5 } 0 .. $#spellings];

        is(tried(\&ask_h2, "$kind.$i", @some), '',
           "HTTP/2, $kind, " . described($i));
    }
}

is(tried(\&ask_h2, "mapped.$_", @mapped), '',
   'HTTP/2, paths put together, ' . described($_)) for 0 .. 3;


# HTTP/1.1 takes bytes that HTTP/2 does not, and absolute targets.

is(tried(\&ask_h1, 'usual.0', @spellings), '', 'HTTP/1.1');
is(tried(\&ask_h1, 'slashes.0', grep { m{//} } @spellings), '',
   'HTTP/1.1, slashes kept');
is(tried(\&ask_h1, 'mapped.0', @mapped), '', 'HTTP/1.1, paths put together');
is(tried(\&ask_h1, 'usual.0', map { "http://elsewhere$_" }
         @spellings[grep { $_ % 4 == 0 } 0 .. $#spellings]), '',
   'HTTP/1.1, absolute targets');


# Encoded slashes that are kept, through those that keep them, too: how many
# arrive, and as they were sent.

my @keepers = grep { $sidecars[$_]{path_with_escaped_slashes_action} eq 'KEEP_UNCHANGED' }
              0 .. $#sidecars;
my @kept = kept();

is(scalar @keepers, 4, 'four ways of Envoy keep an encoded slash');

for my $i (@keepers) {
    is(tried(\&ask_h2, "kept.$i", @spellings, @kept), '', 'HTTP/2, kept, ' . described($i));
    is(tried(\&ask_h2, "mappedkept.$i", @mapped, mapped_kept()), '',
       'HTTP/2, kept and put together, ' . described($i));
}

is(tried(\&ask_h1, "kept.$keepers[0]", @spellings, @kept), '', 'HTTP/1.1, kept');
is(tried(\&ask_h1, "mappedkept.$keepers[0]", @mapped, mapped_kept()), '',
   'HTTP/1.1, kept and put together');

my %sent = (
    '/orders/a%2fb'            => '/orders/a%2Fb',     # as Envoy writes it
    '/orders/a%2Fb/c?d=%2F..'  => '/orders/a%2Fb/c?d=%2F..',
    '/free/a%2Fb%20c'          => '/free/a%2Fb%20c',
    '/orders/a%2Fb/../c%2Fd/e' => '/orders/c%2Fd/e',
    '/orders//a%2f%41'         => '/orders/a%2FA',
    '/orders/%2541%2Fb'        => '/orders/%2541%2Fb',
    '/x%2Fy'                   => '/x%2Fy',
    '/orders/x/admin%2Fy'      => '/orders/x/admin%2Fy',
    '/orders/a%2F'             => '/orders/a%2F',
    map { $_ => 400 } qw(/orders%2Fa /x%2F..%2Forders/a /orders/%2Fa /orders/a%2F%2Fb
                         /orders/a%252Fb /orders/a%252%46b /orders/a%2F;b /orders;a/b%2Fc
                         /orders/a%2F.%2Fb /orders/a%2F.. /orders/..%2Fadmin/x /admin%2Fx
                         /free%2F..%2Fadmin%2Fx /orders/a%2F%5Cb /orders/a%2F%00 /%2Forders/x
                         /orders/a%2F/b /free%2fx /orders%2f..%2fadmin%2fx /orders/a%2F%2e%2e%2Fb)
);

for my $ask (\&ask_h1, \&ask_h2) {
    for my $target (sort keys %sent) {
        my ($r) = $ask->("kept.$keepers[0]", $target);

        is($r->{place} ? $r->{path} : $r->{status}, $sent{$target},
           ($ask == \&ask_h1 ? 'HTTP/1.1' : 'HTTP/2') . ": $target is $sent{$target}");
    }
}

%sent = (
    '/apia%2Fb'    => '/orders/a%2Fb',
    '/puba%2fb?x%252F' => '/free/a%2Fb?x%252F',
    '/owna%2Fb'    => '/free/a%2Fb',
    '/own%2Fb'     => 400,
    '/own/a%2Fb'   => 400,
    '/br/a%2Fb%20' => '/free/a%2Fb%20',
    '/raw/a%2fb'   => '/raw/a%2fb',
    '/uri/a%2Fb'   => '/uri/a%2Fb',
    '/ouri/a%2Fb'  => '/ouri/a%2Fb',
    '/rea%2Fb'     => '/free/a%2Fb',
    '/roa%2Fb'     => '/free/a%2Fb',
);

for my $target (sort keys %sent) {
    my ($r) = ask_h1("mappedkept.$keepers[0]", $target);

    is($r->{place} ? $r->{path} : $r->{status}, $sent{$target}, "$target becomes $sent{$target}");
}


cmp_ok($tally{arrived}, '>', 1000, 'good ones arrive');
cmp_ok($tally{refused}, '>', 1000, '... and bad ones do not');
is($tally{other}, 0, 'nothing else was answered');
is(scalar @elsewhere, 0, 'none arrived elsewhere');
note(join "\n", @elsewhere[0 .. ($#elsewhere < 40 ? $#elsewhere : 40)]);
note("$tally{asked} requests, $tally{arrived} arrived as authorised, "
     . "$tally{refused} refused with 400, "
     . scalar(@elsewhere) . ' arrive elsewhere');
is($m->alarms, '', 'nothing alarming in the log');

done_testing();


# The sixteen ways of Envoy to read a path.

sub sidecars {
    my @all;

    for my $escaped (qw(REJECT_REQUEST KEEP_UNCHANGED UNESCAPE_AND_FORWARD
                        UNESCAPE_AND_REDIRECT))
    {
        for my $merge (1, 0) {
            push @all, map { { normalize_path => $_, merge_slashes => $merge,
                               path_with_escaped_slashes_action => $escaped } }
                           1, 0;
        }
    }

    return @all;
}


sub described {
    my $way = $sidecars[$_[0]];

    return join ', ', map { "$_ " . ($way->{$_} || 'off') } sort keys %$way;
}


sub listeners {
    my ($conf) = @_;

    my $static = $conf->{static_resources};
    my $first = $static->{listeners}[0];
    my $manager = $first->{filter_chains}[0]{filters}[0];

    push @{ $static->{clusters} }, map { {
        name => "place_$_", connect_timeout => '1s',
        load_assignment => { cluster_name => "place_$_", endpoints => [ {
            lb_endpoints => [ { endpoint => { address => {
                pipe => { path => "$root/$_.sock" } } } } ] } ] },
    } } @places;

    my @routes = map { {
        match => { prefix => $_ eq 'open' ? '/' : "/$_/" },
        route => { cluster => "place_$_" } } } @places;

    for my $i (0 .. $#sidecars) {
        my %config = (%{ $manager->{typed_config} });

        for my $name ('normalize_path', 'merge_slashes') {
            $config{$name} = $sidecars[$i]{$name} ? JSON::PP::true
                                                  : JSON::PP::false;
        }

        $config{path_with_escaped_slashes_action} =
            $sidecars[$i]{path_with_escaped_slashes_action};
        $config{route_config} = { name => 'places', virtual_hosts => [ {
            name => 'all', domains => [ '*' ], routes => \@routes } ] };

        push @{ $static->{listeners} }, {
            name => "path_$i",
            address => { pipe => { path => "$root/side$i.sock",
                                   mode => 438 } },
            filter_chains => [ { filters => [
                { %$manager, typed_config => \%config } ] } ],
        };
    }
}


# nginx's side: a server for each kind of it and each sidecar.

sub servers {
    my $listen = "listen 127.0.0.1:$h1; listen 127.0.0.1:$h2 http2;";
    my $text = "keepalive_requests 1000000; server_names_hash_bucket_size 64;\n"
               . "gate_consumer caller { plan gold; key sha256:"
               . Digest::SHA::sha256_hex('key-caller') . "; }\n";

    for my $i (0 .. $#sidecars) {
        $text .= "upstream side$i { server unix:$root/side$i.sock;"
                 . " keepalive 8; }\n";

        my $to = "http://side$i";

        for my $kind ('usual', 'slashes', 'bare', 'kept') {
            my $gate = $kind ne 'bare';

            $text .= server($listen, "$kind.$i",
                $kind eq 'slashes' ? 'merge_slashes off;'
                : $kind eq 'kept' ? 'gate_path encoded_slash=keep;' : '',
                place('/', 'open', "proxy_pass $to;"),
                $gate ? (place('/free/', 'free', 'gate_pass', $to),
                         place('/orders/', 'orders', 'gate_pass', $to,
                               'gate_auth key;'),
                         place('/admin/', 'admin', 'gate_pass', $to,
                               'gate_auth key; gate_allow group=root;')) : ());
        }

        for my $kind ('mapped', 'mappedkept') {
            $text .= server($listen, "$kind.$i",
                $kind eq 'mappedkept' ? 'gate_path encoded_slash=keep;' : '',
                doors($to));
        }
    }

    return $text;
}


sub doors {
    my ($to) = @_;

    return (place('/', 'open', "proxy_pass $to;"),
            place('/free/', 'free', 'gate_pass', $to),
            place('/orders/', 'orders', 'gate_pass', $to, 'gate_auth key;'),
            place('/admin/', 'admin', 'gate_pass', $to,
                  'gate_auth key; gate_allow group=root;'),
            place('/api', 'orders', 'gate_pass', "$to/orders/",
                  'gate_auth key;'),
            place('/pub', 'free', 'gate_pass', "$to/free/"),
            place('/own', 'free', "proxy_pass $to/free/;"),
            place('/br/', 'free',
                  'rewrite ^/br/(.*)$ /free/$1 break; gate_pass', $to),
            place('~ ^/re(.*)$', 'free', 'gate_pass', "$to/free/\$1"),
            place('~ ^/ro(.*)$', 'free', "proxy_pass $to/free/\$1;"),
            place('/raw', 'open', 'gate_pass', "$to\$request_uri"),
            place('/uri', 'open', 'gate_pass', "$to\$uri"),
            place('/ouri', 'open', "proxy_pass $to\$uri;"));
}


sub server {
    my ($listen, $name, @lines) = @_;

    return "server { $listen server_name $name;\nset \$matched \$uri;\n"
           . join("\n", @lines) . "\n}\n";
}


sub place {
    my ($where, $name, $pass, $to, $more) = @_;

    $pass .= " $to; gate_service $name;" if defined $to;

    return "location $where { proxy_http_version 1.1; "
           . "proxy_set_header Connection ''; proxy_set_header Host x; "
           . "proxy_set_header X-Door $name; "
           . "proxy_set_header X-Matched \"[\$matched]\"; $pass }\n"
        if !defined $to;

    return "location $where { proxy_set_header X-Door $name; "
           . "proxy_set_header X-Matched \"[\$matched]\"; " . ($more // '')
           . " $pass }\n";
}


# One process for all places: answers with where and what it was asked.

sub service_start {
    my %listen;

    for my $place (@places) {
        $listen{$place} = IO::Socket::UNIX->new(
            Local => "$root/$place.sock", Listen => SOMAXCONN)
            or die "$place: $!\n";
        chmod 0666, "$root/$place.sock";
    }

    my $pid = fork // die "fork: $!\n";

    if ($pid) {
        $m->{pid}{places} = $pid;
        return;
    }

    $SIG{TERM} = sub { POSIX::_exit(0) };
    $SIG{PIPE} = 'IGNORE';
    service_loop(\%listen, getppid);
    POSIX::_exit(0);
}


sub service_loop {
    my ($listen, $parent) = @_;

    my $select = IO::Select->new(values %$listen);
    my %place = map { fileno($listen->{$_}) => $_ } keys %$listen;
    my (%in, %of);

    while (getppid == $parent) {
        for my $s ($select->can_read(1)) {
            my $fd = fileno $s;

            if (my $place = $place{$fd}) {
                my $c = $s->accept or next;

                $select->add($c);
                $in{fileno $c} = '';
                $of{fileno $c} = $place;
                next;
            }

            if (!sysread $s, $in{$fd}, 65536, length $in{$fd}) {
                $select->remove($s);
                close $s;
                next;
            }

            while ($in{$fd} =~ s/\A(.*?)\r\n\r\n//s) {
                my $head = $1;
                my ($path) = $head =~ /\A\S+ (.*) HTTP/;
                my ($door) = $head =~ /^x-door: (.*?)\r?$/mi;
                my ($matched) = $head =~ /^x-matched: \[(.*)\]\r?$/mi;
                my $body = join "\t", $of{$fd}, $door // '', $matched // '',
                                      $path;

                syswrite $s, "HTTP/1.1 200 OK\r\nContent-Length: "
                             . length($body) . "\r\n\r\n$body";
            }
        }
    }
}


# The spellings: dots in every form, between every kind of separator.

sub dots {
    my @dots;

    for my $dots (qw(. .. %2e %2E%2e .%2e %2e.)) {
        push @dots, map { $dots . $_ } '', ';', ';a', ';a=b', '%3b', '%3Ba=b',
                                       ';;', ';..', '%3b%2e', ';%2f';
    }

    return (@dots, '..#', qw(... ..%00 ..%00; ..%0a ..%0d ..%09 ..%20 ..%20;
                             ..%23 ..%3f ..%7f ..%25 ..%2500 ..%252f
                             %252e%252e %252e%252e; %252e%252e%253b ..%c0%af
                             %c0%ae%c0%ae %e0%80%ae%e0%80%ae ..%ff ..~ ..| ..+
                             %u002e%u002e a; a;b a%3b ..a .a; ..%5c ..%5C;
                             ..\ ;.. %3b..));
}


sub spellings {
    my @all;
    my @between = ('/', '//', '%2f', '%2F', '\\', '%5c', '/./', '/;/', '/;a/',
                   '%252f', '/%2e/', '/.%3b/', '///');

    for my $dots (dots()) {
        for my $s (@between) {
            push @all, "/x$s$dots/orders/admin/x", "/x/$dots${s}orders/x",
                       "/orders/x$s$dots$s$dots/y";
        }

        push @all, "/$dots/orders/x", "/$dots", "/orders/$dots",
                   "/orders/$dots/admin/x", "/orders/x/$dots/$dots",
                   "/free/$dots/orders/x", "/free/x/$dots/$dots/admin/x",
                   "/free/$dots//orders/x", "/x/y/$dots/$dots/orders/x",
                   "/orders/x?a=/$dots/b";
    }

    # each character of a good path, written otherwise

    for my $good ('/orders/x', '/admin/x', '/free/x', '/x/orders/y') {
        for my $i (0 .. length($good) - 1) {
            my $c = substr $good, $i, 1;
            my $hex = sprintf '%02x', ord $c;

            for my $to ("%$hex", uc "%$hex", "%25$hex", "$c$c", "$c;", "$c%3b",
                        ";$c", "%00$c", "\\", "$c/", "$c%20", "$c#", "$c?")
            {
                my $path = $good;

                substr($path, $i, 1) = $to;
                push @all, $path =~ m{\A/} ? $path : "/$path";
            }
        }
    }

    my %seen;

    return grep { !$seen{$_}++ } @all;
}


sub mapped {
    my @all;

    for my $door (qw(/api /pub /own /br/ /re /ro /raw /uri /ouri)) {
        for my $dots (dots()) {
            push @all, map { "$door$_" } $dots, "/$dots", "$dots/orders/x",
                                         "/$dots/orders/x", "/a/$dots/x",
                                         "/a/$dots/$dots/$dots/orders/x";
        }

        push @all, map { "$door$_" } '', '/', '//', '/a', 'a', '%2f', '/%25',
                                     '/%253f', '%3f', '/a%20b', '/%252e%252e';
    }

    return @all;
}


# Each slash of a good path, encoded, and more of them.

sub kept {
    my @all;

    for my $good ('/orders/x/y/z', '/admin/x/y', '/free/x/y', '/x/orders/y', '/orders/admin/x',
                  '/free/orders/x', '/orders/x/../y/z', '/orders//x/y', '/x/y/..;/z')
    {
        my @parts = split m{(/)}, $good;
        my @at = grep { $parts[$_] eq '/' } 0 .. $#parts;

        for my $mask (1 .. 2 ** @at - 1) {
            for my $with (qw(%2F %2f %252F %5C)) {
                my @some = @parts;

                $some[$at[$_]] = $with for grep { $mask & 1 << $_ } 0 .. $#at;

                my $path = join '', @some;
                push @all, $path =~ m{\A/} ? $path : "/$path";
            }
        }
    }

    return @all;
}


sub mapped_kept {
    return map { my $door = $_; map { "$door$_" } '/a%2Fb', '%2Fa', '/%2Fa', '/a%2F%2Fb', 'a%2Fb',
                 '/..%2Fa', '/a%2F..%2F..%2Forders%2Fx', '%2F..%2Forders/x', '/a%2Forders/x',
                 '/a%252Fb', '/a%2Fb%3fc', '/a%2F%23', '/a%2Fb;c', '/a%2Fb/../c', '/%2e%2e%2Fa' }
           qw(/api /pub /own /br/ /re /ro /raw /uri /ouri);
}


# What became of each; the wrong ones.

sub tried {
    my ($ask, $server, @targets) = @_;

    my @answers = $ask->($server, @targets);
    my @wrong;

    for my $i (0 .. $#targets) {
        push @wrong, judged($server, $targets[$i], $answers[$i]);
    }

    return join "\n", @wrong[0 .. ($#wrong < 9 ? $#wrong : 9)];
}


sub judged {
    my ($server, $target, $r) = @_;

    $tally{asked}++;

    if (!$r->{place}) {

        # 400 of ours or nginx's; 401 or 403 in front of it; a redirect of
        # nginx's to a location's name with a slash, or of Envoy's to what it
        # has read: it comes here again

        if ($r->{status} =~ /^(?:400|403)$/) {
            $tally{refused}++;
            return;
        }

        return if $r->{status} =~ /^30[17]$/;

        $tally{other}++;
        return "$server $target: status $r->{status}";
    }

    my $read = reread($r->{path});
    my $whose = $read =~ m{\A/(orders|admin|free)(?:/|\z)} ? $1 : 'open';
    my $wrong;

    if ($r->{place} ne $r->{door}) {
        $wrong = "of $r->{door} came to $r->{place}";

    } elsif ($whose ne $r->{door} && $read ne "/$whose") {
        $wrong = "of $r->{door} is read as $whose";

    } elsif ($server !~ /^mapped/ && decoded($r->{path}) ne $r->{matched}) {
        $wrong = "was matched as $r->{matched}";
    }

    if (defined $wrong) {
        push @elsewhere, "$server $target: $r->{path} $wrong";
        return $elsewhere[-1];
    }

    $tally{arrived}++;

    return;
}


sub decoded {
    my ($path) = @_;

    $path =~ s/\?.*//s;

    return $path =~ s/%([0-9a-fA-F]{2})/chr hex $1/ger;
}


# The reader that decodes, cuts parameters off what they make a dot segment,
# and then resolves all there is.

sub reread {
    my ($path) = @_;

    my @out;

    for my $segment (split m{[/\\]}, decoded($path)) {
        my $name = $segment =~ s/;.*//sr;

        if ($name eq '..') {
            pop @out;

        } elsif ($name ne '' && $name ne '.') {
            push @out, $segment;
        }
    }

    return '/' . join '/', @out;
}


sub answered {
    my ($status, $body) = @_;

    my %r = (status => $status, place => '');

    if ($status == 200) {
        @r{qw(place door matched path)} = split /\t/, $body, 4;
    }

    return \%r;
}


# HTTP/1.1, one after the other, over a connection as long as it lasts.

sub ask_h1 {
    my ($server, @targets) = @_;

    my ($s, @answers);

    for my $target (@targets) {
        my $r;

        for (1, 2) {
            $s //= $m->dial($h1);
            syswrite $s, "GET $target HTTP/1.1\r\nHost: $server\r\n"
                         . "apikey: key-caller\r\n\r\n";

            $r = $m->answer($s);
            last if $r->{status};
            $s = undef;
        }

        $s = undef if !$r->{status}
                      || ($r->field('connection') // '') =~ /close/;
        push @answers, answered($r->{status}, $r->{body});
    }

    return @answers;
}


# HTTP/2, as much of it as is needed: a hundred at a time.

sub ask_h2 {
    my ($server, @targets) = @_;

    my @answers;

    while (@targets) {
        my @some = splice @targets, 0, 1000;
        my $s = $m->dial($h2);

        binmode $s;
        syswrite $s, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" . frame(4, 0, 0, '')
                     . frame(8, 0, 0, pack('N', 1 << 30));

        my $state = { s => $s, in => '' };
        my $id = 1;

        while (@some) {
            my @part = splice @some, 0, 100;
            my %open;

            syswrite_all($s, join '', map {
                $open{$id} = { body => '' };
                my $f = frame(1, 5, $id, fields($server, $_));
                $id += 2;
                $f;
            } @part);

            h2_read($state, \%open);

            push @answers, map { answered($open{$_}{status} // 0,
                                          $open{$_}{body}) }
                           sort { $a <=> $b } keys %open;
        }
    }

    return @answers;
}


sub syswrite_all {
    my ($s, $text) = @_;

    while (length $text) {
        my $n = syswrite $s, $text or return;
        substr $text, 0, $n, '';
    }
}


sub frame {
    my ($type, $flags, $id, $payload) = @_;

    return substr(pack('N', length $payload), 1) . pack('CCN', $type, $flags,
                                                        $id) . $payload;
}


sub fields {
    my ($server, $target) = @_;

    return "\x82\x86" . "\x04" . text($target) . "\x01" . text($server)
           . "\x00" . text('apikey') . text('key-caller');
}


# RFC 7541 5.1, 5.2, without Huffman

sub text {
    my ($text) = @_;

    my $n = length $text;

    return chr($n) . $text if $n < 127;
    die "too long\n" if $n >= 127 + 128;

    return "\x7f" . chr($n - 127) . $text;
}


sub h2_read {
    my ($state, $open) = @_;

    my $left = keys %$open;

    while ($left) {
        while (length $state->{in} < 9
               || length $state->{in} < 9 + unpack('N', "\0$state->{in}"))
        {
            return if !IO::Select->new($state->{s})->can_read(20);
            sysread $state->{s}, $state->{in}, 65536, length $state->{in}
                or return;
        }

        my $n = unpack 'N', "\0$state->{in}";
        my ($type, $flags, $id) = unpack 'x3CCN', $state->{in};
        my $payload = substr $state->{in}, 9, $n;

        substr $state->{in}, 0, 9 + $n, '';

        syswrite $state->{s}, frame(4, 1, 0, '') if $type == 4 && !($flags & 1);

        my $r = $open->{$id} or next;

        $r->{status} //= status_of($payload) if $type == 1;
        $r->{body} .= $payload if $type == 0;

        $left-- if $type == 3 || ($type < 2 && $flags & 1);
    }
}


# nginx puts the status first, by its index or as three digits

sub status_of {
    my ($block) = @_;

    $block =~ s/\A[\x20-\x3f]+//;

    my $first = ord $block;

    return (200, 204, 206, 304, 400, 404, 500)[$first - 0x88] if $first & 0x80;

    return substr $block, 2, 3;
}
