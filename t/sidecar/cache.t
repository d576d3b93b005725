#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# proxy_cache beside gate_pass: an answer is kept for one service and one
# caller; what comes from the cache is authenticated, limited and billed.

use strict;
use warnings;

use Time::HiRes qw(sleep);

use GateTest;
use GateToken;

$ENV{TEST_NGINX_PEM} = gate_keys()->{rsa}{public};

BEGIN {
    mkdir "$ENV{TEST_NGINX_STATE}/files";
    open my $fh, '>', "$ENV{TEST_NGINX_STATE}/files/ssi.html" or die $!;
    print $fh '[<!--# include virtual="$arg_to" -->]';
    close $fh;
}

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('gate', <<'CONF' . ($block->gate // ''));
    gate_consumer acme { key sha256(acme); key sha256(acme2); }
    gate_consumer bob { key sha256(bob); }
    gate_consumer guest { key sha256(guest); }
    proxy_cache_path $TEST_NGINX_STATE/cache keys_zone=c:1m;
CONF
});

our %key = map { $_ => [ "apikey: $_" ] } qw(acme acme2 bob guest);


# How the cache was, and for whom the service was asked when it was.  An answer
# is kept a moment after the client has it, which another worker may be ahead of.

sub cached {
    my ($target, @fields) = @_;

    return of(get($target, @fields));
}


sub of {
    my ($r) = @_;

    return $r->{status} if $r->{status} != 200;

    sleep 0.1 if ($r->field('x-cache') // '') eq 'MISS';

    return join ' ', $r->field('x-cache') // 'NONE', $r->{seen} ? $r->seen('x-consumer-id') : ();
}


run_gate_tests();

__DATA__

=== TEST 1: an answer is for one caller of one service
--- gate
    gate_consumer many { }
    gate_issuer A {
        issuer https://issuer.example;
        key_file $TEST_NGINX_PEM;
        algorithms RS256;
        audience a;
        consumer claim=client unknown=many;
    }
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    proxy_cache c;
    proxy_cache_valid any 1h;
    add_header X-Cache $upstream_cache_status always;
    location /key/  { gate_auth key anonymous=guest; gate_pass http://sidecar; }
    location /one/  { gate_auth key; gate_service one; gate_pass http://sidecar/x/; }
    location /two/  { gate_auth key; gate_service two; gate_pass http://sidecar/x/; }
    location /jwt/  { gate_auth key jwt=A; gate_pass http://sidecar; }
    location /hide/ { gate_auth jwt=A hide; gate_pass http://sidecar; }
    location /open/ { gate_pass http://sidecar; }
    location /outer/ {
        gate_auth key;
        gate_pass http://sidecar/v1/;
        location /outer/in/ { gate_pass http://sidecar/v2/; }
    }
    location ~ ^/re/(\w+)/ { gate_auth key; gate_pass http://sidecar/$1$is_args$args; }
    location /if/   { gate_auth key; gate_pass http://sidecar; if ($arg_x) { set $y 1; } }
    location /except/ { gate_pass http://sidecar; limit_except POST { gate_auth key; } }
    location /rewritten/ { gate_auth key; rewrite ^ /key/same break; gate_pass http://sidecar; }
    location /tried/ { try_files /none @tried; }
    location @tried { gate_auth key; gate_pass http://sidecar; }
    location = /page { ssi on; ssi_types *; gate_auth key; alias $TEST_NGINX_STATE/files/ssi.html; }
    location /shared/ { gate_auth key; proxy_cache_key $uri; gate_pass http://sidecar; }
    location /mine/ {
        gate_auth key;
        proxy_cache_key "$gate_cache_key$http_x_more";
        gate_pass http://sidecar;
    }
    location /none/ { gate_auth key; proxy_cache off; gate_pass http://sidecar; }
    location /plain/ { gate_auth key; proxy_pass http://sidecar; }
--- client
    our %key;

    is(cached('/key/a', @{ $key{acme} }), 'MISS acme', 'the first time the service is asked');
    is(cached('/key/a', @{ $key{acme} }), 'HIT acme', 'the second time it is not');
    is(cached('/key/a', @{ $key{acme2} }), 'HIT acme', '... whichever key of the consumer it is');
    is(cached('/key/a', @{ $key{bob} }), 'MISS bob', 'another consumer has an answer of his own');
    is(cached('/key/a', @{ $key{bob} }), 'HIT bob', '... that is kept');
    is(cached('/key/a'), 'MISS guest', 'nobody has one, too');
    is(cached('/key/a'), 'HIT guest', '... for all that are nobody');
    is(cached('/key/a', @{ $key{guest} }), 'MISS guest', '... which one who is known is not');
    is(cached('/key/a', @{ $key{acme} }), 'HIT acme', '... and the first one has his');
    is(cached('/key/b', @{ $key{acme} }), 'MISS acme', 'another path');
    is(cached('/key/a?b', @{ $key{acme} }), 'MISS acme', '... with a query');
    is(cached('/key/a?c', @{ $key{acme} }), 'MISS acme', '... and another');
    is(cached('/key/a?c', @{ $key{acme} }), 'HIT acme', '... the same');
    is(of(h2_get('/key/a', @{ $key{acme} })), 'HIT acme', 'HTTP/2 finds the same');

    is(cached('/key/a', 'apikey: wrong'), 401, 'what is kept is not for a wrong key');
    is(get('/one/a')->{status}, 401, '... nor for none');

    for my $path ('/one/a', '/two/a') {
        is(cached($path, @{ $key{acme} }), 'MISS acme', "$path: two services behind one upstream");
        is(cached($path, @{ $key{acme} }), 'HIT acme', '... have their own');
    }

    is_deeply([ map { get($_, @{ $key{acme} })->seen('host') } '/one/a', '/two/a' ],
              [ 'one', 'two' ], '... indeed');

    # tokens

    my $as = sub { 'Authorization: Bearer ' . mint(claims => { aud => 'a', client => 'app', @_ }) };

    for my $path ('/jwt/a', '/hide/a') {
        is(cached($path, $as->(sub => 'ann')), 'MISS many',
           "$path: a token of many who are one consumer");
        is(cached($path, $as->(sub => 'ann', jti => 2)), 'HIT many', '... another of the same');
        is(cached($path, $as->(sub => 'ben')), 'MISS many', '... one of another');
        is(cached($path, $as->(sub => 'ann', scope => 'more')), 'MISS many',
           '... one that may more');
    }

    is(cached('/open/a'), 'MISS', 'where nobody is asked for, nobody is told apart');
    is(cached('/open/a', @{ $key{acme} }), 'HIT', '... by what does not count there');

    # ways through nginx

    for my $path (qw(/outer/in/a /outer/a /re/abc/x /if/a /if/a?x=1 /except/a
                     /rewritten/a /tried/a)) {
        is(join(', ', map { cached($path, @{ $key{$_} }) } qw(acme acme bob bob)),
           'MISS acme, HIT acme, MISS bob, HIT bob', "$path has answers by caller");
    }

    is(get('/outer/in/a', @{ $key{acme} })->{seen}{line}, 'GET /v2/a HTTP/1.1',
       'a nested location has its own URL');

    for my $name (qw(acme acme bob)) {
        like(get('/page?to=/key/ssi', @{ $key{$name} })->{body}, qr/^X-Consumer-ID: $name\r?$/m,
             "a subrequest for $name");
    }

    # keys of the user's own

    is(join(', ', map { cached('/shared/a', @{ $key{$_} }) } qw(acme bob)), 'MISS acme, HIT acme',
       'proxy_cache_key beside gate_pass is the user\'s word');
    is(join(', ', map { cached('/mine/a', @{ $key{$_} }) } qw(acme acme bob)),
       'MISS acme, HIT acme, MISS bob', '... and may have ours');
    is(cached('/mine/a', @{ $key{acme} }, 'X-More: x'), 'MISS acme', '... and more');
    is(join(', ', map { cached('/none/a', @{ $key{$_} }) } qw(acme acme)), 'NONE acme, NONE acme',
       'no cache, no answers kept');


=== TEST 2: methods and bodies
--- config
    gate_service s;
    gate_auth key;
    proxy_cache c;
    proxy_cache_valid any 1h;
    proxy_cache_methods POST;
    add_header X-Cache $upstream_cache_status always;
    location /m/  { gate_pass http://sidecar; }
    location /no/ { proxy_cache_convert_head off; gate_pass http://sidecar; }
    location /only/ { gate_allow methods=GET; gate_pass http://sidecar; }
    location /stream/ { proxy_request_buffering off; gate_pass http://sidecar; }
    location /file/ { client_body_in_file_only clean; gate_pass http://sidecar; }
--- client
    our %key;
    my @acme = @{ $key{acme} };
    my $by = sub {
        my ($method, $path, $body) = @_;

        return (split / /, of(ask($method, $path, $body, @acme)))[0]
    };

    is($by->('HEAD', '/m/a'), 'MISS', 'HEAD');
    is($by->('GET', '/m/a'), 'HIT', '... asks as GET');
    like(get('/m/a', @acme)->{seen}{line}, qr/^GET /, '... which the service is asked by');
    is($by->('POST', '/m/a', 'x'), 'MISS', 'POST is not GET');
    is($by->('POST', '/m/a', 'x'), 'HIT', '... the same body');
    is($by->('POST', '/m/a', 'y'), 'MISS', '... another one');
    is($by->('POST', '/m/a', ''), 'MISS', '... none');
    is(ask('POST', '/m/a', 'x', @{ $key{bob} })->field('x-cache'), 'MISS', '... of another caller');
    like(ask('POST', '/m/a', 'y', @acme)->{body}, qr/^body: 1\ny$/m, '... has its own answer');
    is($by->('POST', '/m/big', 'x' x 60000), 'MISS', 'a body in a file');
    is($by->('POST', '/m/big', 'x' x 60000), 'MISS', '... is like no other');
    is($by->('POST', '/file/', 'x'), 'MISS', 'a small one in a file');
    is($by->('POST', '/file/', 'y'), 'MISS', '... is none');

    for my $what ('one that is still on its way', '... is like no other') {
        my $c = client();
        my $bytes = request('POST', '/stream/', 'x' x 50000, @acme);

        $c->write(substr($bytes, 0, 9000, ''));
        sleep 0.2;
        $c->write($bytes);
        is($c->read()->field('x-cache'), 'MISS', $what);
    }

    is($by->('PUT', '/m/a', 'x'), 'NONE', 'another method is not kept');
    is($by->('GET', '/no/a'), 'MISS', 'without conversion');
    is($by->('HEAD', '/no/a'), 'MISS', '... HEAD is another');
    is($by->('HEAD', '/no/a'), 'HIT', '... of its own');
    is($by->('GET', '/only/a'), 'MISS', 'what is allowed');
    is($by->('HEAD', '/only/a'), 'HIT', '... HEAD with GET');
    is($by->('POST', '/m/only', 'x'), 'MISS', 'what is kept');
    is(ask('POST', '/only/m', 'x', @acme)->{status}, 403, '... is not for all places');


=== TEST 3: what comes from the cache is limited and billed
--- gate
    gate_plan trial { rate 1r/h burst=3; }
    gate_consumer tiny { plan trial; key sha256(tiny); }
    upstream flip { server 127.0.0.1:$TEST_NGINX_PORT_2; }
--- config
    location /status { gate_auth off; gate_meter off; gate_status; }
    gate_service s;
    gate_auth key;
    gate_api cached;
    gate_meter requests bytes;
    proxy_cache c;
    proxy_cache_valid 200 1h;
    add_header X-Cache $upstream_cache_status always;
    location /hit/   { gate_pass http://sidecar; }
    location /limited/ { gate_allow group=none; gate_pass http://sidecar; }
    location /plan/  { gate_limit rate=1r/h burst=3 name=few; gate_pass http://sidecar; }
    location /stale/ {
        proxy_cache_valid 200 1s;
        proxy_cache_use_stale error timeout;
        proxy_next_upstream_tries 1;
        gate_pass http://flip;
    }
    location /back/ {
        proxy_cache_valid 200 1s;
        proxy_cache_use_stale updating;
        proxy_cache_background_update on;
        gate_pass http://sidecar;
    }
    location /sick/  { proxy_cache_valid any 1h; gate_pass http://sidecar; }
--- client
    our %key;
    my @acme = @{ $key{acme} };
    my @ends = qw(served refused_upstream aborted interrupted);

    # how many of these ended as what

    my $billed = sub {
        my $ask = shift;
        my $at_rest = sub {
            my ($least) = @_;
            my $j;

            wait_for(sub {
                $j = get('/status')->json()->{journal};
                return $j->{open} == 0 && $j->{slots_opened} > $least;
            });

            return $j;
        };

        # what was asked before may have its answer and not its end
        my $was = $at_rest->(-1);
        $ask->();
        my $is = $at_rest->($was->{slots_opened});

        return join ', ', map {
            my $n = $is->{$_} - $was->{$_};
            $n ? "$n $_" : ()
        } 'slots_opened', @ends;
    };

    is($billed->(sub { get('/hit/a', @acme) for 1 .. 5 }), '5 slots_opened, 5 served',
       'one of the service and four of the cache are five');
    is(cached('/hit/a', @acme), 'HIT acme', '... as the cache says');
    is($billed->(sub { ask('HEAD', '/hit/a', undef, @acme) }), '1 slots_opened, 1 served',
       'HEAD from the cache');
    is($billed->(sub {
        get('/hit/a', @acme);
        get('/hit/a');
    }), '1 slots_opened, 1 served', 'a refusal beside a hit is not billed');
    is(cached('/limited/a', @acme), 403, 'who is not entitled gets nothing from the cache');
    is(join(' ', map { get('/plan/a', @acme)->{status} } 1 .. 6), '200 200 200 200 429 429',
       'hits are within the limit');

    my $flip = GateBackend->start(port => port(2), dir => $ENV{TEST_NGINX_STATE});

    is(cached('/stale/a', @acme), 'MISS acme', 'an answer that grows old');
    is(cached('/stale/a', @{ $key{bob} }), 'MISS bob', '... and one for another');
    $flip->stop();
    sleep 2.1;
    is($billed->(sub { is(cached('/stale/a', @acme), 'STALE acme', 'the service is gone') }),
       '1 slots_opened, 1 served', '... the old answer is billed as served');
    is(cached('/stale/a', @{ $key{bob} }), 'STALE bob', '... each has his own');
    is($billed->(sub { is(get('/stale/b', @acme)->{status}, 502, 'without an old answer') }),
       '1 slots_opened, 1 refused_upstream', '... it is not');
    is(get('/stale/a')->{status}, 401, 'nobody gets an old one');

    is(cached('/back/id=BACK', @acme), 'MISS acme', 'an answer that is renewed behind the back');
    sleep 2.1;
    is($billed->(sub { is(cached('/back/id=BACK', @acme), 'STALE acme', 'the old one is served') }),
       '1 slots_opened, 1 served', '... and billed once');
    ok(wait_for(sub { $backend->executed('BACK') == 2 }),
       '... and the service is asked, past no gate');
    ok(wait_for(sub { cached('/back/id=BACK', @acme) eq 'HIT acme' }), '... the new one is kept');
    unlike(log_text('error.log'), qr/reached past the gate/, '... for the same caller');


=== TEST 4: what is said of other keys
--- gate
    proxy_cache_key $scheme$proxy_host$request_uri;
--- config
    gate_service s;
    gate_auth key;
    add_header X-Cache $upstream_cache_status always;
    proxy_cache_valid any 1h;
    location /warned/ { proxy_cache c; gate_pass http://sidecar; }
    location /quiet/ {
        proxy_cache c;
        proxy_cache_key $gate_consumer$uri;
        gate_pass http://sidecar;
    }
    location /off/    { gate_pass http://sidecar; }
    location /stored/ { proxy_store $TEST_NGINX_STATE/stored; gate_pass http://sidecar; }
--- client
    our %key;
    my $log = do { local (@ARGV, $/) = "$ENV{TEST_NGINX_SERVROOT}/logs/error.log"; <> };
    my @warn = $log =~ /^.*\[warn\].*proxy_cache_key.*$/mg;
    my %in = map { /in (\S+:\d+)/ ? ($1 => 1) : () } @warn;

    is(scalar(keys %in), 1, 'one location is warned of') or diag(@warn);
    like($warn[0],
         qr/"proxy_cache_key\ \$scheme\$proxy_host\$request_uri".*gives\ the\ answers\ for\ one
            \ consumer\ to\ others:\ take\ it\ away,\ or\ write\ one\ with\ "\$gate_cache_key"/x,
         '... and told what to do');
    is(join(', ', map { cached('/warned/a', @{ $key{$_} }) } qw(acme bob)), 'MISS acme, HIT acme',
       '... but obeyed');
    like($log, qr/\[warn\].*"proxy_store" beside "gate_pass" keeps one answer for all consumers/,
         'proxy_store is warned of');


=== TEST 5: credentials that nobody here looks at, and a service may
--- gate
    gate_issuer A {
        issuer https://issuer.example;
        key_file $TEST_NGINX_PEM;
        algorithms RS256;
        audience a;
        consumer claim=client map=name;
    }
--- config
    gate_service s;
    gate_key_names header=apikey header=x-deep query=api_key;
    proxy_cache c;
    proxy_cache_valid any 1h;
    add_header X-Cache $upstream_cache_status always;
    location /app/  { gate_auth key; gate_pass http://sidecar; }
    location /both/ { gate_auth key jwt=A; gate_pass http://sidecar; }
    location /open/ { gate_auth off; gate_pass http://sidecar; }
    location /own/  { gate_auth off; gate_key_names off; gate_pass http://sidecar; }
--- client
    our %key;

    my $ann = 'Authorization: Bearer withheld';
    my $ben = 'Authorization: Basic YmVuOg==';

    for my $case ([ '/app/a', 'apikey: acme' ], [ '/open/users' ]) {
        my ($path, @key) = @$case;
        is(join(', ', map { (split / /, cached($path, @key, @$_))[0] } [ $ann ], [ $ann ], [ $ben ],
                [], [ $ben ], []),
           'MISS, HIT, MISS, MISS, HIT, HIT',
           "$path: Authorization that goes on tells users apart");
    }

    my $token = 'Authorization: Bearer ' . mint(claims => { aud => 'a', client => 'acme' });
    is(join(', ', map { cached('/both/a', 'apikey: acme', @$_) } [], [ $token ]),
       'MISS acme, HIT acme', 'a token that does not go on does not');

    for my $field ('apikey', 'X-Deep', 'x-deep') {
        my $path = "/own/$field";
        is(join(', ', map { cached($path, @$_) } [ "$field: one" ], [ "$field: one" ],
                [ "$field: two" ], [], [ "$field: two" ]),
           'MISS, HIT, MISS, MISS, HIT', "$path: so does a key for the service");
    }

    is(join(', ', map { cached("/own/q$_") } '?api_key=one', '?api_key=two', '?api_key=one'),
       'MISS, MISS, HIT', '... in the query, too');
    is(join(', ', map { cached('/open/k', "apikey: $_") } qw(one two)), 'MISS, HIT',
       'a key that stays here does not');

    my $kept = join '', map {
        my $f = $_;
        open my $fh, '<', $f or die $!;
        local $/;
        <$fh>
    } glob "$ENV{TEST_NGINX_STATE}/cache/*";
    is(join(', ', grep { /withheld|YmVu/ } $kept =~ /^KEY: (.*)/mg), '',
       'no key of the cache has a credential in it');
    like($kept, qr{^KEY: .*/app/a}m, '... where it was looked for');


=== TEST 6: a part of an answer is not another part of it
--- gate
    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1;
        location /whole/ { alias $TEST_NGINX_STATE/files/; }
    }
--- config
    location /parts/ {
        gate_auth key; gate_service s;
        slice 10; proxy_set_header Range $slice_range;
        proxy_cache c; proxy_cache_valid any 1h;
        add_header X-Cache $upstream_cache_status always;
        gate_pass http://127.0.0.1:$TEST_NGINX_PORT_1/whole/;
    }
--- client
    our %key;
    my ($r, @was);
    my $text = join '', 'a' .. 'z';
    open my $fh, '>', "$ENV{TEST_NGINX_STATE}/files/z.txt" or die $!;
    print $fh $text;
    close $fh;

    for my $who (qw(acme acme bob)) {
        $r = get('/parts/z.txt', @{ $key{$who} });
        is($r->{body}, $text, "all parts for $who");
        push @was, $r->field('x-cache');
        sleep 0.1;
    }

    is("@was", 'MISS HIT MISS', 'each has his own');
    is(get('/parts/z.txt', 'Range: bytes=12-15', @{ $key{acme} })->{body}, 'mnop',
       'some of a part');
