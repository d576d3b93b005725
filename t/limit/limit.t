#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Limits: what is let through, by whom it is shared, what is told, and that a
# client's request is debited once, whatever becomes of it on its way.

use strict;
use warnings;

use Time::HiRes qw(sleep time);

use GateTest;

BEGIN {
    my $dir = "$ENV{TEST_NGINX_STATE}/files";

    mkdir $dir;
    mkdir "$dir/index";

    for my $name ('page.html', 'index/page.html') {
        open my $fh, '>', "$dir/$name" or die "$dir: $!";
        print $fh "a page\n";
        close $fh;
    }

    open my $fh, '>', "$dir/ssi.html" or die "$dir: $!";
    print $fh '<!--# include virtual="/ssi-part/1" --><!--# include virtual="/ssi-part/2" -->',
        "\n";
    close $fh;
}


# A List of Strings with Integer parameters (RFC 9651 3.1, 4.2), strictly:
# [ [ name, { parameter => integer } ], ... ]

sub sf_list {
    my ($text) = @_;

    my @list;

    return 'no field' unless defined $text;

    pos($text) = 0;

    while (1) {
        $text =~ /\G"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"/gc
            or return "no string at " . pos($text) . ": $text";

        my ($name, %parameter) = ($1 =~ s/\\(.)/$1/gr);

        while ($text =~ /\G; *([a-z*][a-z0-9_.*-]*)=(-?\d{1,15})/gc) {
            return "$1 twice: $text" if exists $parameter{$1};
            $parameter{$1} = $2;
        }

        push @list, [ $name, \%parameter ];

        return \@list if $text =~ /\G\z/gc;
        $text =~ /\G[ \t]*,[ \t]*/gc
            or return "no comma at " . pos($text) . ": $text";
    }
}


# What both fields and the legacy ones say: "name q/w r t, ...", or a fault.

sub told {
    my ($r) = @_;

    my $policy = sf_list($r->field('ratelimit-policy'));
    my $limit = sf_list($r->field('ratelimit'));

    return "policy: $policy" unless ref $policy;
    return "limit: $limit" unless ref $limit;
    return 'not the same number' if @$policy != @$limit;

    my ($least, @text);

    for my $i (0 .. $#$policy) {
        my ($name, $p) = @{ $policy->[$i] };
        my ($same, $l) = @{ $limit->[$i] };

        return "not the same names: $name, $same" if $name ne $same;
        return 'policy has ' . join ' ', sort keys %$p if join(' ', sort keys %$p) ne 'q w';
        return 'limit has ' . join ' ', sort keys %$l if join(' ', sort keys %$l) ne 'r t';
        return "$name: $l->{r} of $p->{q}" if $l->{r} < 0 || $l->{r} > $p->{q};
        return "$name: t=$l->{t} w=$p->{w}" if $l->{t} < 0 || $l->{t} > $p->{w};

        $least = [ $p->{q}, $l->{r} ] if !$least || $l->{r} < $least->[1];
        push @text, "$name $p->{q}/$p->{w} r=$l->{r}";
    }

    my @legacy = map { $r->field("x-ratelimit-$_") // 'none' } qw(limit remaining reset);

    return "legacy: @legacy" if grep { !/^\d+$/ } @legacy;
    return "legacy: @legacy, least: @$least" if "@legacy[0, 1]" ne "@$least";

    return join ', ', @text;
}


sub remaining {
    my ($r, $n) = @_;

    my $list = sf_list($r->field('ratelimit'));

    return ref $list ? $list->[$n // 0][1]{r} : $list;
}


sub statuses {
    my ($n, @args) = @_;

    return join ' ', map { get(@args)->{status} } 1 .. $n;
}


sub limits {
    my %n;

    $n{"$_->{limit} $_->{status}"} = $_->{count} for @{ get('/status')->json()->{limits} };

    return \%n;
}


# Many processes at once; how many of each status came back.

sub together {
    my ($processes, $n, $target) = @_;

    my %sum;
    my @readers;

    for my $i (1 .. $processes) {
        pipe(my $r, my $w) or die $!;

        my $pid = fork() // die $!;

        if ($pid == 0) {
            close $r;
            my %of;
            $of{$_}++ for map { get(ref $target ? $target->($i, $_) : $target)->{status} } 1 .. $n;
            syswrite $w, join ' ', %of;
            POSIX::_exit(0);
        }

        push @readers, [ $pid, $r ];
        close $w;
    }

    for (@readers) {
        my ($pid, $r) = @$_;
        my %of = split / /, do { local $/; <$r> } // '';
        waitpid $pid, 0;
        $sum{$_} += $of{$_} for keys %of;
    }

    return \%sum;
}


run_gate_tests();

__DATA__

=== TEST 1: how much, and what is told
--- gate
    gate_plan gold   { rate 1r/m burst=4; }
    gate_plan silver { rate 5r/s; }
    gate_plan 'odd "one" \\' { rate 1r/m burst=1; }
    gate_consumer acme { plan gold; key sha256(secret); key sha256(second); }
    gate_consumer beta { plan gold; key sha256(beta); }
    gate_plan open { }
    gate_consumer free { plan open; key sha256(free); }
    gate_consumer slow { plan silver; key sha256(slow); }
    gate_consumer odd  { plan 'odd "one" \\'; key sha256(odd); }
    gate_consumer guest { plan gold; }

    log_format x
        '$uri|$gate_limit_status|$gate_limit_remaining|$gate_plan|$gate_decision|$gate_reason';
    access_log $TEST_NGINX_STATE/x.log x;
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    location /orders/   { gate_auth key; gate_limit plan; gate_pass http://sidecar; }
    location /invoices/ { gate_auth key; gate_limit plan; gate_pass http://sidecar; }
    location /guest/ {
        gate_auth key anonymous=guest preflight;
        gate_limit plan;
        gate_pass http://sidecar;
    }
    location /pre/      { gate_auth key preflight; gate_limit plan; gate_pass http://sidecar; }
    location /r1/ { gate_limit rate=5r/s key=$remote_addr name=r1; gate_pass http://sidecar; }
    location /r2/ { gate_limit rate=60r/m key=$remote_addr name=r2; gate_pass http://sidecar; }
    location /r3/ {
        gate_limit rate=5r/s burst=19 key=$remote_addr name=r3;
        gate_pass http://sidecar;
    }
    location /r4/ { gate_limit rate=10r/m key=$remote_addr name=r4; gate_pass http://sidecar; }
    location /r5/ {
        gate_limit rate=1r/h burst=1 key=$remote_addr name=r5;
        gate_pass http://sidecar;
    }
    location /r6/ { gate_limit rate=1000r/s key=$remote_addr; gate_pass http://sidecar; }
    location /r7/ {
        gate_limit rate=1000r/s key=$remote_addr;
        gate_limit rate=90r/m key=$remote_addr;
        gate_pass http://sidecar;
    }
    location /second/ {
        gate_limit rate=1r/s key=$remote_addr name=second;
        gate_pass http://sidecar;
    }
    location /quoted/ {
        gate_limit rate=1r/m key=$remote_addr 'name=say "hi", \\ok';
        gate_pass http://sidecar;
    }
    location /umlaut/ {
        gate_limit rate=1r/m key=$remote_addr name=grün;
        gate_pass http://sidecar;
    }
    location /draft/ {
        gate_limit_fields draft10;
        gate_limit rate=1r/m key=$remote_addr name=draft;
        gate_pass http://sidecar;
    }
    location /legacy/ {
        gate_limit_fields legacy;
        gate_limit rate=1r/m key=$remote_addr name=legacy;
        gate_pass http://sidecar;
    }
    location /both/ {
        gate_limit_fields both;
        gate_limit rate=1r/m key=$remote_addr name=both;
        gate_pass http://sidecar;
    }
    location /off/ {
        gate_limit_fields off;
        gate_limit rate=1r/m key=$remote_addr name=off;
        gate_pass http://sidecar;
    }
    location /page/ {
        gate_limit rate=1r/h key=$remote_addr name=page;
        error_page 429 /files/page.html;
        gate_pass http://sidecar;
    }
    location /files/  { root $TEST_NGINX_STATE; }
    location /status  { gate_status; }
--- client
    my $key = 'apikey: secret';

    # N above the rate: N + 1 at once from idle

    my @r = map { get('/orders/', $key) } 1 .. 7;

    is(join(' ', map { $_->{status} } @r), '200 200 200 200 200 429 429',
       'a burst of 4 lets 5 through at once');
    is(join(' ', map { told($_) =~ s/ r=.*//r } @r), join(' ', ('gold 5/300') x 7),
       'each answer tells the policy');
    is(join(' ', map { remaining($_) } @r), '4 3 2 1 0 0 0', '... and what remains');

    my $r = $r[5];
    my $p = $r->json();
    like($r->field('retry-after'), qr/^(?:59|60)$/, 'Retry-After is a number of seconds');
    is($r->field('content-type'), 'application/problem+json', 'a refusal is a problem');
    is($p->{type}, 'https://iana.org/assignments/http-problem-types#quota-exceeded',
       '... of the type of the IETF');
    is(join(' ', @{ $p->{'violated-policies'} }), 'gold', '... which tells the policy');
    is("$p->{status} $p->{reason}", '429 rate_limited', '... and the reason');
    is($p->{instance}, 'urn:uuid:' . $r->field('x-request-id'), '... and the request');
    cmp_ok(abs(sf_list($r->field('ratelimit'))->[0][1]{t} - $r->field('retry-after')), '<=', 1,
           '... and both times agree');
    is($r->field('www-authenticate') // '', '', '... without asking for a credential');
    is(scalar($r->all('x-envoy-upstream-service-time')), 0, '... and nothing of the mesh');

    # whose

    is(told(get('/orders/', 'apikey: second')), 'gold 5/300 r=0',
       'another key of the consumer shares it');
    is(get('/invoices/', $key)->{status}, 429, 'another API shares it');
    is(h2_get('/invoices/', $key)->{status}, 429, 'HTTP/2 shares it');
    is(remaining(get('/orders/', 'apikey: beta')), 4, 'another consumer of the plan does not');
    is(remaining(get('/guest/')), 4, 'the anonymous consumer has its own');
    is(remaining(get('/guest/', 'apikey: beta')), 3, '... and a known one is not it');
    is(statuses(3, '/orders/', 'apikey: free'), '200 200 200', 'a plan without a rate is no limit');
    is(get('/orders/', 'apikey: free')->field('ratelimit') // '', '', '... and none is told');
    is(get('/orders/', 'apikey: unknown')->{status}, 401, 'who is refused has no limit to be over');
    is(join(' ',
            map { ask('OPTIONS', '/pre/', undef, 'Origin: a',
                      'Access-Control-Request-Method: GET')->{status} } 1 .. 8),
       join(' ', (200) x 8), 'a CORS preflight is nobody\'s, and not counted');
    is(told(get('/orders/', 'apikey: odd')), 'odd "one" \\ 2/120 r=1',
       'an odd name of a plan is quoted');
    is(join('|',
            @{ (map { get('/orders/', 'apikey: odd') } 1 .. 2)[1]->json()->{'violated-policies'} }),
       'odd "one" \\', '... in a problem as well');

    # rates

    is(told(get($_->[0])) =~ s/ r=.*//r, $_->[1], "$_->[2] is a depth and a window")
        for [ '/r1/', 'r1 5/1', '5r/s' ], [ '/r2/', 'r2 1/1', '60r/m' ],
        [ '/r3/', 'r3 20/4', '5r/s with a burst of 19' ],
            [ '/r4/', 'r4 1/6', '10r/m' ], [ '/r5/', 'r5 2/7200', '1r/h with a burst of 1' ],
            [ '/orders/', 'policy: no field', 'none' ];
    like(told(get('/r6/')), qr{^rate 1000/1 r=\d+$}, 'a limit without a name is "rate"');
    like(get('/r7/')->field('ratelimit'), qr{^"rate";r=\d+;t=\d+, "rate-2";r=\d+;t=\d+$},
         '... and a second one in the location "rate-2"');
    is(told(get('/orders/', 'apikey: slow')) =~ s/ r=.*//r, 'silver 5/1',
       'a plan of 5r/s has a depth of 5');
    is(told(get('/quoted/')), 'say "hi", \\ok 1/60 r=0', 'an odd name of a limit is quoted');

    like(told(get('/umlaut/')), qr{^gr[ -~]+n 1/60 r=0$},
         'a name that no String can hold is made one');
    like(told(get('/umlaut/')), qr{^gr[ -~]+n 1/60 r=0$}, '... in a refusal as well');

    # waiting as long as is told suffices, and less does not

    my ($last, $wait);
    ok(wait_for(sub {
        $last = get('/second/');
        $last->{status} == 429
    }), 'over a rate of one in a second');
    $wait = $last->field('retry-after');
    is($wait, 1, '... one second is told');
    sleep($wait + 0.01);
    is(get('/second/')->{status}, 200, '... and is enough');

    # fields

    my %field = (draft => [ 1, 1, 0 ], legacy => [ 0, 0, 3 ], both => [ 1, 1, 3 ],
                 off => [ 0, 0, 0 ]);

    for my $name (sort keys %field) {
        for my $status (200, 429) {
            $r = get("/$name/");
            is($r->{status}, $status, "gate_limit_fields $name: a $status");
            is(join(' ', scalar(@{[ $r->all('ratelimit') ]}),
                    scalar(@{[ $r->all('ratelimit-policy') ]}),
                    scalar(grep { $_->[0] =~ /^x-ratelimit-/i } @{ $r->{fields} })),
               "@{ $field{$name} }", '... with its fields');
            is(defined $r->field('retry-after') ? 1 : 0, $status == 429 ? 1 : 0,
               '... and Retry-After when it is over');
        }
    }

    is(get('/page/')->{status}, 200, 'within a limit');
    $r = get('/page/');
    is("$r->{status} $r->{body}", "429 a page\n", 'over it error_page has its own page');
    is($r->field('retry-after') =~ /^\d+$/ ? 'told' : 'not', 'told', '... with our fields');
    is(told($r), 'page 1/3600 r=0', '... all of them');

    # the log, the status page

    ok(wait_for(sub { log_text('x.log') =~ m{^/orders/\|PASSED\|4\|gold\|admitted\|-?$}m }),
       'the log has what remains');
    like(log_text('x.log'), qr{^/orders/\|REJECTED\|0\|gold\|refused\|rate_limited$}m,
         '... and what was refused');
    like(log_text('x.log'), qr{^/orders/\|-\|-\|open\|admitted\|-?$}m,
         '... and nothing without a limit');
    my $n = limits();
    is($n->{'gold REJECTED'}, 5, 'the status page counts refusals by limit');
    is($n->{'gold PASSED'}, 8, '... and what passed');

=== TEST 2: keys, names, several at once, shadows
--- gate
    gate_consumer acme { key sha256(secret) id=k1; key sha256(second) id=k2; }
    gate_consumer beta { key sha256(beta) id=k3; }
    log_format x '$uri|$gate_limit_status|$gate_limit_remaining|$gate_decision';
    access_log $TEST_NGINX_STATE/y.log x;

    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1;
        gate_limit rate=1r/h burst=2 key=$remote_addr name=server;
        gate_service s;
        location / { gate_pass http://sidecar; }
        location /own/ {
            gate_limit rate=1r/h burst=9 key=$remote_addr name=own;
            gate_pass http://sidecar;
        }
        location /shared/ {
            gate_limit rate=1r/h burst=2 key=$arg_k name=shared;
            gate_pass http://sidecar;
        }
    }
--- config
    gate_service s;
    location /k/        { gate_limit rate=1r/h burst=1 key=$arg_k; gate_pass http://sidecar; }
    location /k2/       { gate_limit rate=1r/h burst=1 key=$arg_k; gate_pass http://sidecar; }
    location /mixed/ {
        gate_limit rate=1r/h burst=1 key=$arg_a-$arg_b name=mixed;
        gate_pass http://sidecar;
    }
    location /shared/ {
        gate_limit rate=1r/h burst=2 key=$arg_k name=shared;
        gate_pass http://sidecar;
    }
    location /shared-2/ {
        gate_limit rate=1r/h burst=2 key=$arg_k name=shared;
        gate_pass http://sidecar;
    }
    location /who/ {
        gate_auth key;
        gate_limit rate=1r/h burst=1 name=who;
        gate_pass http://sidecar;
    }
    location /which/ {
        gate_auth key;
        gate_limit rate=1r/h burst=1 key=$gate_credential_id name=which;
        gate_pass http://sidecar;
    }
    location /header/ {
        gate_limit rate=1r/h burst=1 key=$http_x_tenant name=header;
        gate_pass http://sidecar;
    }
    location /all/ {
        gate_limit rate=1r/h burst=9 key=$arg_a name=wide;
        gate_limit rate=1r/h burst=1 key=$arg_b name=narrow;
        gate_limit rate=1r/h burst=5 key=$arg_c name=third;
        gate_pass http://sidecar;
    }
    location /shadow/ {
        gate_limit rate=1r/h burst=1 key=$arg_k name=shadow dry_run;
        gate_pass http://sidecar;
    }
    location /shadowed/ {
        gate_limit rate=1r/h burst=1 key=$arg_k name=shade dry_run;
        gate_limit rate=1r/h burst=3 key=$arg_k name=light;
        gate_pass http://sidecar;
    }
    location /twice/ {
        gate_limit rate=1r/h burst=3 key=$arg_k name=twice;
        gate_limit rate=1r/h burst=3 key=$arg_k name=twice;
        gate_pass http://sidecar;
    }
    location /nested/ {
        gate_limit rate=1r/h burst=1 key=$arg_k name=outer;
        gate_pass http://sidecar;
        location /nested/in/ { gate_pass http://sidecar; }
    }
    location /status { gate_status; }
--- client
    is(statuses(3, '/k/?k=a'), '200 200 429', 'a variable is a key');
    is(statuses(3, '/k/?k=b'), '200 200 429', '... each value its own');
    is(statuses(3, '/k2/?k=a'), '200 200 429', '... each line without a name its own');
    is(statuses(5, '/k/'), '200 200 200 200 200', 'an empty key is not counted');
    is(get('/k/')->field('ratelimit') // '', '', '... and told nothing');
    is(statuses(3, '/mixed/?a=1&b=2'), '200 200 429', 'several variables are a key');
    is(statuses(2, '/mixed/?a=12&b='), '200 200', '... of their own');
    is(get("/shared/?k=$_")->{status}, 200, 'a name is a bucket') for 'x', 'y';
    is(get('/shared-2/?k=x')->{status}, 200, '... in another location');
    my $c = client(port(1));
    $c->write(request('GET', '/shared/?k=x', undef));
    my $r = $c->read();
    is(remaining($r), 0, '... and in another server, the same');
    is(get('/shared-2/?k=x')->{status}, 429, '... which is empty then');
    is(remaining(get('/shared-2/?k=y')), 1, '... for one key');

    my $at = sub {
        my $c = client(port(1));
        $c->write(request('GET', $_[0], undef));
        return $c->read()
    };
    is(join(' ', map { $at->('/')->{status} } 1 .. 4), '200 200 200 429',
       'a limit of a server counts in its locations');
    is($at->('/own/')->{status}, 200, '... unless they have their own');
    is(statuses(1, '/nested/?k=a') . ' ' . statuses(2, '/nested/in/?k=a'), '200 200 429',
       'a location in a location shares its limit');

    is(statuses(3, '/who/', 'apikey: secret'), '200 200 429', 'without key= it is the consumer\'s');
    is(get('/who/', 'apikey: second')->{status}, 429, '... by any key');
    is(statuses(3, '/which/', 'apikey: secret'), '200 200 429', 'it may be the credential\'s');
    is(statuses(3, '/which/', 'apikey: second'), '200 200 429', '... each its own');

    my $long = 'x' x 900;
    is(statuses(3, '/header/', "X-Tenant: $long"), '200 200 429', 'a long key is a key');
    is(statuses(3, '/header/', "X-Tenant: a\xff\xfe"), '200 200 429', 'a key may be of any bytes');

    # all or nothing

    is(join(' ', map { told($_) } get('/all/?a=1&b=1&c=1')),
       'wide 10/36000 r=9, narrow 2/7200 r=1, third 6/21600 r=5',
       'several limits are told, in their order');
    is(statuses(1, '/all/?a=1&b=1&c=1'), '200', 'all of them let it through');

    for (1 .. 3) {
        $r = get('/all/?a=1&b=1&c=1');
        is($r->{status}, 429, 'one of three refuses');
        is(join(' ', @{ $r->json()->{'violated-policies'} }), 'narrow', '... and is named alone');
        is(told($r), 'wide 10/36000 r=8, narrow 2/7200 r=0, third 6/21600 r=4',
           '... and no other is debited');
    }

    is(told(get('/all/?a=1&b=2&c=1')), 'wide 10/36000 r=7, narrow 2/7200 r=1, third 6/21600 r=3',
       '... as is seen by another key');
    get('/all/?a=9&b=3&c=2') for 1 .. 2;
    $r = get('/all/?a=9&b=3&c=3');
    like($r->field('retry-after'), qr/^3(?:600|5\d\d)$/,
         'the wait is that of the one that refuses');
    is(statuses(3, '/all/?a=5&c=5'), '200 200 200', 'an empty key leaves the others');
    is(join(' ', map { remaining(get('/twice/?k=a')) } 1 .. 4), '3 2 1 0',
       'the same bucket twice is debited once');
    is(get('/twice/?k=a')->{status}, 429, '... and refuses');

    # shadows

    my $before = limits();
    is(statuses(5, '/shadow/?k=a'), '200 200 200 200 200', 'dry_run lets all through');
    my $after = limits();
    is(($after->{'shadow PASSED'} // 0) - ($before->{'shadow PASSED'} // 0), 2,
       '... and counts what would pass');
    is(($after->{'shadow REJECTED_DRY_RUN'} // 0) - ($before->{'shadow REJECTED_DRY_RUN'} // 0), 3,
       '... and what would not');
    is(get('/shadow/?k=a')->field('ratelimit') // '', '', '... and tells clients nothing');
    ok(wait_for(sub {
           (() = log_text('y.log') =~ m{^/shadow/\|REJECTED_DRY_RUN\|-?\|admitted$}mg) >= 4
       }),
       '... but the log');
    is(statuses(6, '/shadowed/?k=a'), '200 200 200 200 429 429',
       'beside a shadow another limit holds');
    is(told(get('/shadowed/?k=b')), 'light 4/14400 r=3', '... and is told alone');
    $r = get('/shadowed/?k=a');
    is(join(' ', @{ $r->json()->{'violated-policies'} }), 'light', '... and named alone');

=== TEST 3: right across workers and processes, and over reloads
--- gate
    keepalive_requests 100000;
    gate_plan big { rate 1r/h burst=99; }
    gate_consumer acme { plan big; key sha256(secret); }
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    location /fast/ {
        gate_limit rate=1r/h burst=4999 key=$remote_addr name=fast;
        alias $TEST_NGINX_STATE/files/;
    }
    location /fast-keys/ {
        gate_limit rate=1r/h burst=3 key=$arg_k name=fast-keys;
        alias $TEST_NGINX_STATE/files/;
    }
    location /many/ {
        gate_limit rate=1r/h burst=99 key=$remote_addr name=many;
        gate_pass http://sidecar;
    }
    location /keys/ { gate_limit rate=1r/h burst=9 key=$arg_k name=keys; gate_pass http://sidecar; }
    location /pair/ {
        gate_limit rate=1r/h burst=99 key=$remote_addr name=pair;
        gate_limit rate=1r/h burst=49 key=$arg_k name=each;
        gate_pass http://sidecar;
    }
    location /status { gate_status; }
--- client
    my $sum = together(8, 40, '/many/');
    is($sum->{200}, 100, 'of 320 requests at once a burst of 99 lets 100 through');
    is($sum->{429}, 220, '... and refuses the rest');

    $sum = together(8, 40, sub { my ($i, $n) = @_; '/keys/?k=' . $n % 4 });
    is($sum->{200}, 40, 'by four keys of ten each 40 pass');

    $sum = together(8, 40, sub { my ($i, $n) = @_; '/pair/?k=' . $i % 2 });
    is($sum->{200}, 100, 'two limits together let through what the lesser allows');

    # as fast as workers can, so that they meet

    my $load = sub {
        my $url = "http://127.0.0.1:$GateTest::h2_port$_[2]";
        my $said = `h2load "$_[0]" -n $_[1] -c 8 -m 20 -t 1 "$url" 2>&1`;
        my ($passed, $refused) = $said =~ /^status codes: (\d+) 2xx, 0 3xx, (\d+) 4xx, 0 5xx$/m
            or return $said;
        return "$passed passed, $refused refused";
    };

    is($load->('-Hx: y', 20000, '/fast/page.html'), '5000 passed, 15000 refused',
       'of 20,000 by HTTP/2 a burst of 4,999 lets 5,000 through');

    open my $fh, '>', "$ENV{TEST_NGINX_STATE}/targets" or die $!;
    print $fh "http://127.0.0.1:$GateTest::h2_port/fast-keys/page.html?k=$_\n"
        for map { $_ % 500 } 1 .. 5000;
    close $fh;
    is($load->("-i$ENV{TEST_NGINX_STATE}/targets", 5000, ''), '2000 passed, 3000 refused',
       '... and by 500 keys of four each 2,000 of 5,000 pass');

    ok(reload(), 'a reload brings new workers');
    is(get('/many/')->{status}, 429, '... who know what the old ones have let through');
    is(get('/keys/?k=1')->{status}, 429, '... of each key');
    is(get('/keys/?k=9')->{status}, 200, '... and no other');

=== TEST 4: once for each request of a client
--- gate
    gate_consumer acme { key sha256(secret); }
--- config
    gate_service s;
    gate_limit rate=1r/h burst=9999 key=$remote_addr name=once;

    location /plain/     { gate_pass http://sidecar; }
    location /errors/ {
        gate_pass http://sidecar;
        proxy_intercept_errors on;
        error_page 404 /plain/404;
        error_page 410 @named;
        error_page 500 /files/page.html;
    }
    location @named      { gate_pass http://sidecar; }
    location /tried/     { root html; try_files $uri /plain/tried; }
    location /tried-named/ { root html; try_files $uri @named; }
    location /rewritten/ { rewrite ^/rewritten/(.*) /plain/$1 last; }
    location /accel/     { gate_accel on; gate_pass http://sidecar; }
    location /asked/     { auth_request /ask; gate_pass http://sidecar; }
    location = /ask      { internal; gate_pass http://sidecar/id=ask; }
    location /mirrored/  { mirror /mirror; gate_pass http://sidecar; }
    location = /mirror   { internal; gate_pass http://sidecar/id=mirror; }
    location /ssi-part/  { gate_pass http://sidecar; }
    location = /ssi      { ssi on; ssi_types *; alias $TEST_NGINX_STATE/files/ssi.html; }
    location /files/     { root $TEST_NGINX_STATE; }
    location /files/index/ { root $TEST_NGINX_STATE; index page.html; }
    location /keyed/     { gate_auth key; gate_pass http://sidecar; }
    location /loose/ {
        gate_limit rate=1r/h burst=9999 key=$remote_addr name=loose;
        root html;
        try_files $uri /strict/;
    }
    location /strict/ {
        gate_limit rate=1r/h burst=1 key=$remote_addr name=strict;
        gate_pass http://sidecar;
    }
--- client
    my $left = remaining(get('/plain/'));

    my $once = sub {
        my ($what, $status, $n, @ask) = @_;

        for (1 .. 3) {
            my $r = ask(@ask);
            is($r->{status}, $status, "$what is a $status");
        }

        my $now = remaining(get('/plain/'));
        is($left - $now - 1, 3 * $n, $n ? '... and is debited once' : '... and is not debited');
        $left = $now;
    };

    $once->('a request', 200, 1, 'GET', '/plain/', undef);
    $once->('a body', 200, 1, 'POST', '/plain/', 'x' x 100_000);
    $once->('HEAD', 200, 1, 'HEAD', '/plain/', undef);
    $once->('a 404 of the service', 404, 1, 'GET', '/plain/status=404', undef);
    $once->('a 503 of the service', 503, 1, 'GET', '/plain/status=503', undef);
    $once->('an error page of the service', 404, 1, 'GET', '/errors/status=404', undef);
    $once->('a named error page', 410, 1, 'GET', '/errors/status=410', undef);
    $once->('an error page that is a file', 500, 1, 'GET', '/errors/status=500', undef);
    $once->('try_files', 200, 1, 'GET', '/tried/x', undef);
    $once->('try_files with a name', 200, 1, 'GET', '/tried-named/x', undef);
    $once->('a rewrite', 200, 1, 'GET', '/rewritten/x', undef);
    $once->('X-Accel-Redirect', 200, 1, 'GET', '/accel/?head=X-Accel-Redirect:%2Fplain%2Fx', undef);
    $once->('a request with an auth_request', 200, 1, 'GET', '/asked/', undef);
    $once->('a request with a mirror', 200, 1, 'GET', '/mirrored/', undef);
    $once->('a page with two includes', 200, 1, 'GET', '/ssi', undef);
    $once->('an index', 200, 1, 'GET', '/files/index/', undef);
    $once->('a refusal', 401, 0, 'GET', '/keyed/', undef);
    $once->('a bad path', 400, 0, 'GET', '/plain/a%2fb', undef);
    $once->('what is sent in vain', 400, 0, 'GET', '/plain/%zz', undef);

    is($GateTest::backend->executed('ask'), 3, 'the service was asked before');
    ok(wait_for(sub { $GateTest::backend->executed('mirror') == 3 }), '... and mirrored to');

    is(statuses(4, '/loose/x'), '200 200 429 429',
       'a loose limit in front does not spare a strict one behind it');

    # what came by one connection is as many requests as there are

    my $c = client();
    $c->write(join '', (request('GET', '/plain/', undef, 'Connection: keep-alive')) x 5);
    my @r = map { remaining($c->read()) } 1 .. 5;
    is(join(' ', map { $r[0] - $_ } @r), '0 1 2 3 4', 'pipelined requests are debited each');

=== TEST 5: a zone that is full refuses
--- gate
    gate_zone gate 32k;
    log_format x '$uri|$arg_k|$gate_limit_status|$gate_reason';
    access_log $TEST_NGINX_STATE/full.log x;
--- config
    gate_service s;
    location /slow/ { gate_limit rate=1r/h key=$arg_k name=slow; gate_pass http://sidecar; }
    location /fast/ { gate_limit rate=1000000r/s key=$arg_k name=fast; gate_pass http://sidecar; }
    location /status { gate_status; }
--- client
    my $zone = sub { get('/status')->json()->{zone} };

    is(statuses(2, '/slow/?k=victim'), '200 429', 'a caller is over its limit');

    my %said;
    my $n = 0;
    while ($n < 2000 && !$said{503}) {
        $said{get('/slow/?k=' . $n++)->{status}}++;
    }

    ok($said{503}, 'after many callers there is no room for one more');
    cmp_ok($said{200}, '>', 50, '... after many');
    is(join(' ', sort keys %said), '200 503', '... and nothing else is said before');

    my $r = get('/slow/?k=more');
    is($r->json()->{reason}, 'zone_full', 'the reason is told');
    is($r->field('content-type'), 'application/problem+json', '... as a problem');
    get("/slow/?k=again$_") for 1 .. 50;
    is(get('/slow/?k=victim')->{status}, 429, 'whoever was over the limit still is');
    is(get('/slow/?k=0')->{status}, 429, '... so is the first of the many');
    cmp_ok($zone->()->{full}, '>', 50, 'the status page counts what found no room');
    is($zone->()->{evictions}, 0, '... and that nobody had to go');
    ok(wait_for(sub { log_text('full.log') =~ m{^/slow/\|more\|-?\|zone_full$}m }),
       'the log has the reason');

=== TEST 6: buckets that are full again make room
--- gate
    gate_zone other 32k;
--- config
    gate_service s;
    location /fast/ { gate_limit rate=1000000r/s key=$arg_k name=fast; gate_pass http://sidecar; }
    location /slow/ { gate_limit rate=1r/h key=$arg_k name=slow; gate_pass http://sidecar; }
    location /status { gate_status; }
--- client
    is(statuses(2, '/slow/?k=victim'), '200 429',
       'a caller is over its limit while others are full again');

    my %said;
    my $c;
    for my $n (1 .. 1500) {
        $c //= client();
        $c->write(request('GET', "/fast/?k=$n", undef, 'Connection: keep-alive'));
        my $r = $c->read();
        $said{$r->{status}}++;
        undef $c if $r->{head} =~ /^connection: close/mi;
    }

    is(join(' ', %said), '200 1500', 'any number of callers within their limit find room');
    cmp_ok(get('/status')->json()->{zone}{evictions}, '>', 500, '... by others who were, too');
    is(get('/slow/?k=victim')->{status}, 429, '... but none who was not');

=== TEST 7: a zone that is full serves, if it is told to
--- gate
    gate_zone third 32k full=serve;
    log_format x '$uri|$arg_k|$gate_limit_status|$gate_decision';
    access_log $TEST_NGINX_STATE/serve.log x;
--- config
    gate_service s;
    location /slow/ { gate_limit rate=1r/h key=$arg_k name=slow; gate_pass http://sidecar; }
    location /status { gate_status; }
--- client
    is(statuses(2, '/slow/?k=victim'), '200 429',
       'a caller is over its limit before the zone is full');

    my %said;
    $said{get("/slow/?k=$_")->{status}}++ for 1 .. 600;
    is(join(' ', %said), '200 600', 'all are served, room or not');
    is(statuses(3, '/slow/?k=600'), '200 200 200',
       '... also those over a limit that found no room');
    is(get('/slow/?k=victim')->{status}, 429, '... but not who was over the limit before');
    cmp_ok(limits()->{'slow DEGRADED'}, '>', 100, 'the status page counts them');
    ok(wait_for(sub { log_text('serve.log') =~ m{^/slow/\|600\|DEGRADED\|admitted$}m }),
       '... and the log has them');
