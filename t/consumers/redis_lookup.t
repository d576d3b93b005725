#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_consumers redis: a key that is not in the configuration is looked up in
# Redis while its request waits. Nobody is let in, and nobody is turned away as
# unknown, for want of an answer.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use POSIX ();
use Time::HiRes qw(sleep);

use GateMetrics;
use GateRedis;
use GateTest;

our $redis = GateRedis->new(port => port(8), dir => "$ENV{TEST_NGINX_STATE}/redis");

$redis->start('--enable-debug-command', 'local');


# A record of this key; the fields replace or, undef, remove those there are.

sub record {
    my ($key, %fields) = @_;

    my $hash = 'gate:k:{' . hash_of($key) . '}';

    $redis->ask('DEL', $hash);
    $redis->ask('HSET', $hash, %fields);

    return $hash;
}


# Who it was for the service, or the status and reason of the refusal.

sub who {
    my ($r) = @_;

    return join ' ', $r->seen('x-consumer-username') if $r->{seen};
    return "$r->{status} " . (eval { $r->json()->{reason} } // 'no problem');
}


sub as {
    my ($key, $target, @fields) = @_;

    return get($target // '/', "apikey: $key", @fields);
}


# One that asks with this key, and stays.

sub asks {
    my ($key, $target) = @_;

    my $c = client();

    $c->write(request('GET', $target // '/', undef, "apikey: $key"));

    return $c;
}


# What listens in the place of Redis, and answers each look-up with these bytes.

sub fake {
    my ($reply) = @_;

    my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1:' . port(8), Listen => 8,
                                       ReuseAddr => 1) or die "listen: $!";
    my $pid = fork // die "fork: $!";

    return $pid if $pid;

    $SIG{PIPE} = 'IGNORE';
    alarm 60;

    # each worker has several connections

    my $open = IO::Select->new($listen);

    while (my @ready = $open->can_read()) {
        for my $s (@ready) {
            if ($s == $listen) {
                $open->add(scalar $listen->accept());

            } elsif (!sysread $s, my $bytes, 65536) {
                $open->remove($s);
                close $s;

            } else {
                syswrite $s, "+PONG\r\n" if $bytes =~ /PING/;
                print $s $reply if $bytes =~ /HGETALL/;
                $s->flush();
            }
        }
    }

    POSIX::_exit(0);
}


sub metric {
    return metrics_value(get('/metrics')->{body}, @_);
}


sub said {
    my ($pattern) = @_;

    return scalar(() = log_text('error.log') =~ /$pattern/mg);
}


sub lines {
    my ($uri) = @_;

    return join "\n", grep { /^\Q$uri\E\|/ } split /\n/, log_text('x.log');
}


run_gate_tests();

__DATA__

=== TEST 1: a key is whose Redis says it is, and what that consumer may
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
    gate_consumer_cache off;
    gate_plan gold { rate 1000r/s; }
    gate_consumer conf { plan gold; key sha256(conf); }
    log_format x '$uri|$gate_consumer|$gate_consumer_id|$gate_credential_id|$gate_auth_method'
                 '|$gate_groups|$gate_scopes|$gate_plan';
    access_log $TEST_NGINX_STATE/x.log x;
--- config
    gate_service s;
    gate_auth key;
    gate_consumers redis;
    location / { gate_pass http://sidecar; }
    location /partners/ { gate_allow group=partners; gate_pass http://sidecar; }
    location /write/ { gate_allow scope=orders:write; gate_pass http://sidecar; }
    location /off/ { gate_consumers off; gate_pass http://sidecar; }
--- client
    our $redis;

    record('full', consumer => 'carla', id => '42', credential => 'carla-1', plan => 'gold',
           groups => 'partners,big', scopes => 'orders:read orders:write', status => 'active',
           not_after => '2099-12-31');
    record('bare', consumer => 'bert');
    record('gone', consumer => 'greta', status => 'disabled');
    record('late', consumer => 'lars', not_after => '2020-01-01');
    record('conf', consumer => 'mallory');

    my $r = as('full', '/full');
    is(who($r), 'carla', 'a key in Redis lets in');
    is(join(' ', $r->seen('x-consumer-id')), '42', '... with the id of its record');
    is(join(' ', $r->seen('x-credential-identifier')), 'carla-1', '... its credential');
    is(join(' ', $r->seen('x-consumer-groups')), 'partners,big', '... its groups');
    is(join(' ', $r->seen('apikey')), '', '... and without the key');
    wait_for(sub { lines('/full') ne '' });
    is(lines('/full'), '/full|carla|42|carla-1|key|partners,big|orders:read orders:write|gold',
       'variables have all of it');

    $r = as('bare', '/bare');
    is(who($r), 'bert', 'a name alone is enough');
    is(join(' ', $r->seen('x-consumer-id')), 'bert', '... which is the id, too');
    is(join(' ', $r->seen('x-credential-identifier')), substr(hash_of('bare'), 0, 12),
       '... and the key goes by its digest');

    is(who(as('full', '/partners/')), 'carla', 'who is in the group may');
    is(who(as('bare', '/partners/')), '403 not_in_group', '... who is not may not');
    is(who(as('full', '/write/')), 'carla', 'who has the scope may');
    is(who(as('bare', '/write/')), '403 missing_scope', '... who has not may not');

    is(who(as('gone')), '403 disabled_consumer', 'one that is disabled is refused');
    is(who(as('late')), '401 expired_key', 'a key that has expired is refused');

    $r = as('nobody');
    is(who($r), '401 bad_key', 'a key that nobody has is refused');
    like($r->field('www-authenticate'), qr/key/i, '... with a challenge');
    is($r->field('retry-after'), undef, '... and no reason to come again');

    is(who(as('conf')), 'conf', 'a key of the configuration is whose that says');

    my $before = $redis->calls('hgetall');
    as('conf') for 1 .. 5;
    get('/', 'apikey: ');
    get('/');
    is(who(as('full', '/off/')), '401 bad_key', 'where it is off Redis is not asked');
    is($redis->calls('hgetall') - $before, 0, '... nor for keys of the configuration, or none');

    as('full') for 1 .. 5;
    is($redis->calls('hgetall') - $before, 5, 'each request with a key of Redis is one question');

    record('full', consumer => 'carla', status => 'disabled');
    is(who(as('full')), '403 disabled_consumer', 'what changes there counts at once');
    $redis->ask('DEL', record('bare', consumer => 'bert'));
    is(who(as('bare')), '401 bad_key', '... and what is deleted is gone');


=== TEST 2: two keys at once are never taken for each other
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
    gate_consumer_cache off;
--- config
    gate_service s;
    gate_auth key;
    gate_consumers redis;
    location / { gate_pass http://sidecar; }
--- client
    our $redis;

    record("many$_", consumer => "consumer-$_") for 1 .. 20;

    my (@wrong, @c);

    for my $round (1 .. 10) {
        @c = map { asks("many$_") } 1 .. 20;
        push @wrong, grep { $_ } map { my $name = who($c[$_ - 1]->read());
                                       $name eq "consumer-$_" ? () : "$_: $name" } 1 .. 20;
    }

    is("@wrong", '', 'each of 200 requests is for its own consumer');

    my $slow = $redis->tell('DEBUG', 'SLEEP', 0.5);
    @c = map { asks("many$_") } 1 .. 20;
    is(join(' ', map { who($_->read()) } @c), join(' ', map { "consumer-$_" } 1 .. 20),
       'so are those that wait for a slow one');

    my $c = client();
    $c->write(join '', map { request('GET', '/', undef, "apikey: many$_",
                                     $_ < 5 ? 'Connection: keep-alive' : ()) } 1 .. 5);
    is(join(' ', map { who($c->read()) } 1 .. 5), join(' ', map { "consumer-$_" } 1 .. 5),
       'so are requests of one connection, sent at once');

    # more of them than a worker remembers digests of, of any length, again

    my %whose = map { ("key-$_-" . 'x' x ($_ % 90)) => $_ % 3 ? "consumer-$_" : '401 bad_key' }
                1 .. 400;

    record($_, consumer => $whose{$_}) for grep { $whose{$_} =~ /^consumer/ } keys %whose;

    @wrong = ();

    for my $round (1 .. 3) {
        push @wrong, grep { $_ } map { my $name = who(as($_));
                                       $name eq $whose{$_} ? () : "$_: $name" } sort keys %whose;
        push @wrong, grep { $_ } map { my $name = who(as($_));
                                       $name eq $whose{$_} ? () : "$_: $name" }
                                 map { ($_, $_) } sort keys %whose;
    }

    is("@wrong", '', 'each of many keys is whose it was before, and the wrong ones stay wrong');

    my ($late) = grep { $whose{$_} =~ /^401/ } sort keys %whose;

    record($late, consumer => 'late');
    is(who(as($late)), 'late', 'a key that was wrong may be somebody\'s later');


=== TEST 3: a record that is not understood lets nobody in
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
    gate_consumer_cache off;
    gate_plan gold { rate 1000r/s; }
--- config
    gate_service s;
    gate_auth key;
    gate_consumers redis;
    location / { gate_pass http://sidecar; }
--- client
    our $redis;

    my %wrong = (
        'a field that there is not' => [ consumer => 'a', secret => 'swordfish' ],
        'a misspelt field' => [ consumer => 'a', groupz => 'a' ],
        'no consumer' => [ plan => 'gold' ],
        'an empty name' => [ consumer => '' ],
        'a name with a line break' => [ consumer => "a\r\nX-Admin: 1" ],
        'a name with a comma' => [ consumer => 'a,b' ],
        'a plan that is not configured' => [ consumer => 'a', plan => 'platinum' ],
        'a wrong date' => [ consumer => 'a', not_after => 'swordfish' ],
        'a wrong status' => [ consumer => 'a', status => 'swordfish' ],
        'too many fields' => [ consumer => 'a', map { ("f$_" => 1) } 1 .. 40 ],
    );

    for my $name (sort keys %wrong) {
        record('wrong', @{ $wrong{$name} });
        my $r = as('wrong');

        is(who($r), '503 consumers_unavailable', "refused: $name");
        is($r->field('retry-after'), 1, '... for now');
    }

    my $hash = record('wrong', consumer => 'a');
    is(who(as('wrong')), 'a', 'once it is right it lets in');

    $redis->ask('DEL', $hash);
    $redis->ask('SET', $hash, 'swordfish');
    is(who(as('wrong')), '503 consumers_unavailable', 'refused: what is no hash');

    my $id = substr hash_of('wrong'), 0, 12;
    cmp_ok(said(qr/gate consumers: record of key "$id" has an unknown field "secret"/), '>=', 1,
           'the log says which field is wrong');
    cmp_ok(said(qr/gate consumers: record of key "$id" is refused "WRONGTYPE /), '>=', 1,
           '... and what Redis says');
    cmp_ok(said(qr/\[error\] .*gate consumers: record/), '<=', 2, '... not as an error each time');
    is(said('swordfish'), 0, '... and never shows a value');


=== TEST 4: limits and bills are the consumer's
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
    gate_consumer_cache off;
    gate_plan small { rate 1r/m burst=1; }
    gate_plan large { rate 1000r/s; }
--- config
    location / {
        gate_service s;
        gate_api a version=v1;
        gate_auth key;
        gate_consumers redis;
        gate_limit plan;
        gate_meter requests;
        gate_pass http://sidecar;
    }
--- client
    our $redis;

    record('s1', consumer => 'sam', plan => 'small');
    record('s2', consumer => 'sam', plan => 'small');
    record('l1', consumer => 'lea', plan => 'large');
    record('none', consumer => 'nora');

    is(who(as('l1')), 'lea', 'one of a large plan') for 1 .. 3;
    my @sam = map { who(as($_)) } qw(s1 s2 s1 s2);
    is(scalar(grep { $_ eq 'sam' } @sam), 2, 'two keys of a consumer have one bucket')
        or diag("@sam");
    is(scalar(grep { $_ eq '429 rate_limited' } @sam), 2, '... and then the limit is reached');
    is(who(as('none')), '503 consumers_unavailable',
       'a consumer without the plan that a limit needs is not let through without one');

    my %bill;

    wait_for(sub {
        %bill = ();
        for my $key (@{ $redis->ask('KEYS', 'gate:u:*') }) {
            my ($consumer) = $key =~ /\{(.*)\}/;
            my %u = @{ $redis->ask('HGETALL', $key) };
            $bill{$consumer} += $u{$_} for grep { /^a\|v1\|\w+\|served$/ } keys %u;
        }
        return ($bill{sam} // 0) == 2 && ($bill{lea} // 0) == 3;
    });

    is_deeply(\%bill, { sam => 2, lea => 3 }, 'the bill has who was served, and nobody else');


=== TEST 5: Redis that is frozen
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=1s;
    gate_consumer_cache off;
    gate_consumer conf { key sha256(conf); }
--- config
    gate_service s;
    gate_auth key;
    gate_consumers redis;
    location / { gate_pass http://sidecar; }
    location /any/ { gate_auth key anonymous=conf; gate_pass http://sidecar; }
--- client
    our $redis;

    record('one', consumer => 'one');
    wait_for(sub { who(as('one')) eq 'one' });

    $redis->freeze();

    my @c = map { asks('one') } 1 .. 3;
    my $any = asks('one', '/any/');

    is(who(as('conf')), 'conf', 'requests that need no Redis are served meanwhile');

    for my $c (@c, $any) {
        my $r = $c->read();

        is(who($r), '503 consumers_unavailable', 'one that waits is refused after the deadline');
        is($r->field('retry-after'), 1, '... and may come again at once');
        is(scalar($r->all('www-authenticate')), 0, '... and is not told that the key is wrong');
    }

    $redis->thaw();

    ok(wait_for(sub { who(as('one')) eq 'one' }), 'once it goes on callers are let in again');


=== TEST 6: replies that come too late are nobody's
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=1s;
    gate_consumer_cache off;
--- config
    gate_service s;
    gate_auth key;
    gate_consumers redis;
    location / { gate_pass http://sidecar; }
--- client
    our $redis;

    record("late$_", consumer => "consumer-$_") for 1 .. 9;

    # all workers are connected
    as('late1') for 1 .. 20;

    my $before = $redis->calls('hgetall');
    my @refused;
    my @wrong;

    for my $round (1 .. 3) {
        $redis->ask('CLIENT', 'PAUSE', 1300, 'ALL');
        push @refused, who(as("late$round"));

        # these wait behind it, and their replies come in time

        my @c = map { asks("late$_") } 4 .. 9;
        my @got = map { who($_->read()) } @c;

        push @wrong, grep { $got[$_] ne 'consumer-' . ($_ + 4) } 0 .. 5;
        as('late1') for 1 .. 8;
    }

    is("@refused", join(' ', ('503 consumers_unavailable') x 3), 'each of the first was given up');
    is("@wrong", '', '... and none of those behind it got its reply');
    cmp_ok($redis->calls('hgetall') - $before, '>=', 3 * 15, '... though Redis replied to all');
    is(said('is lost: deadline passed'), 0, '... on one connection');


=== TEST 7: the circuit breaker
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=200ms;
    gate_consumer_cache off;
--- config
    gate_service s;
    gate_auth key;
    gate_consumers redis;
    location / { gate_pass http://sidecar; }
    location /metrics { gate_auth off; gate_status format=prometheus; }
--- client
    our $redis;

    record('brk', consumer => 'bea');

    wait_for(sub { who(as('brk')) eq 'bea' });

    # a reload keeps what earlier cases have counted
    my $late = metric('gate_redis_calls_total', result => 'timeout');

    as('brk') for 1 .. 10;

    cmp_ok(metric('gate_redis_calls_total', result => 'answered'), '>=', 11,
           'questions that were answered are counted');
    is(metric('gate_redis_calls_total', result => 'timeout') - $late, 0,
       '... none has timed out');
    is(metric('gate_redis_breaker_open'), 0, '... and no breaker is open');

    my $before = $redis->calls('hgetall');

    $redis->freeze();

    my %got;
    $got{who(as('brk'))}++ for 1 .. 100;

    is_deeply(\%got, { '503 consumers_unavailable' => 100 }, 'Redis that hangs: all are refused');
    ok(wait_for(sub { said('did not answer 5 calls in a row in time') }),
       '... and the log says so');
    is(metric('gate_redis_breaker_open'), metric('gate_redis_breaker_opens_total'),
       '... each breaker that opened is shown');
    cmp_ok(metric('gate_redis_breaker_open'), '>=', 1, '... at least one is open');
    cmp_ok(metric('gate_redis_calls_total', result => 'timeout'), '>=', 5,
           '... after so many questions without an answer');
    cmp_ok(metric('gate_redis_calls_total', result => 'unsent'), '>=', 1,
           '... and others are not asked');

    $redis->thaw();
    sleep 0.5;

    cmp_ok($redis->calls('hgetall') - $before, '<', 60, '... but it is not asked for each of them');

    ok(wait_for(sub { who(as('brk')) eq 'bea' }), 'a trial finds that it is back');

    my %now;
    $now{who(as('brk'))}++ for 1 .. 20;
    cmp_ok($now{bea} // 0, '>=', 1, '... and all may again');
    ok(wait_for(sub { who(as('brk')) eq 'bea' && said('answers calls again') }),
       '... as the log says');
    ok(wait_for(sub { as('brk'); metric('gate_redis_breaker_open') == 0 }),
       '... and no breaker is open any more');


=== TEST 8: Redis that is away, and one that accepts and never answers
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=1s;
    gate_consumer_cache off;
    gate_consumer conf { key sha256(conf); }
--- config
    gate_service s;
    gate_auth key;
    gate_consumers redis;
    location / { gate_pass http://sidecar; }
--- client
    our $redis;

    record('k', consumer => 'kim');
    wait_for(sub { who(as('k')) eq 'kim' });

    $redis->stop('KILL');

    my $r = as('k');
    is(who($r), '503 consumers_unavailable', 'Redis that was killed');
    is($r->field('retry-after'), 1, '... is a reason to come again');
    is(who(as('conf')), 'conf', '... and none not to serve others');

    my $hole = IO::Socket::INET->new(LocalAddr => '127.0.0.1:' . port(8), Listen => 64,
                                     ReuseAddr => 1) or die "listen: $!";
    my @got = map { who(as('k')) } 1 .. 5;

    is("@got", join(' ', ('503 consumers_unavailable') x 5), 'one that accepts and never answers');
    is(who(as('conf')), 'conf', '... serves others, too');

    close $hole;
    $redis->start();
    record('k', consumer => 'kim');

    ok(wait_for(sub { who(as('k')) eq 'kim' }), 'Redis that is back');


=== TEST 9: a client that leaves before, while and after Redis answers
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
    gate_consumer_cache off;
    log_format x '$uri|$status|$gate_consumer';
    access_log $TEST_NGINX_STATE/x.log x;
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    gate_auth key;
    gate_consumers redis;
    location / { gate_pass http://sidecar; }
    location /status { gate_auth off; stub_status; }
    location /metrics { gate_auth off; gate_status format=prometheus; }
--- client
    our $redis;

    record('quit', consumer => 'quirin');
    record('stay', consumer => 'stella');
    wait_for(sub { who(as('stay')) eq 'stella' });

    my $line = sub {
        my ($uri, $n) = @_;
        wait_for(sub { my @l = split /\n/, lines($uri); @l >= $n });
        my %by;
        $by{$_}++ for split /\n/, lines($uri);
        return \%by;
    };

    # before: Redis is frozen while they wait and leave

    $redis->freeze();
    my @c = map { asks('quit', '/before') } 1 .. 10;
    my $stays = asks('stay', '/stays');
    sleep 0.2;
    $_->close() for @c;
    is_deeply($line->('/before', 10), { '/before|499|-' => 10 },
              'those who leave while they wait are gone at once, and nobody');
    is(metric('gate_requests_total', decision => 'aborted'), 10, '... they are counted as such');
    is(metric('gate_requests_total', decision => 'refused', reason => ''), 0,
       '... and not as refused for no reason');
    $redis->thaw();
    is(who($stays->read()), 'stella', '... and who stays gets the right answer');

    # while: both happen at the same time

    for my $round (1 .. 40) {
        $redis->freeze();
        @c = map { asks('quit', '/while') } 1 .. 3;
        sleep 0.002 * ($round % 5);
        $redis->thaw();
        sleep 0.0005 * ($round % 8);
        $_->close() for @c;
    }

    my %while = %{ $line->('/while', 120) };
    delete @while{'/while|499|-', '/while|499|quirin', '/while|200|quirin'};
    is_deeply(\%while, {}, 'those who leave when the answer comes are served, or gone');

    # after: at once behind the answer of Redis, and within that of the service

    for my $round (1 .. 20) {
        my $c = asks('quit', '/after?sleep=0.05');
        sleep 0.005 * ($round % 4);
        $c->close();
    }

    my %after = %{ $line->('/after', 20) };
    delete @after{'/after|499|-', '/after|499|quirin', '/after|200|quirin'};
    is_deeply(\%after, {}, 'so are those who leave when they have been let in');

    is(who(as('stay')), 'stella', 'the next one is served');
    ok(wait_for(sub { get('/status')->{body} =~ /Active connections: 1 / }),
       'nobody is left behind');


=== TEST 10: a reload while requests wait
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=20s;
    gate_consumer_cache off;
--- config
    gate_service s;
    gate_auth key;
    gate_consumers redis;
    location / { gate_pass http://sidecar; }
--- client
    our $redis;

    record("r$_", consumer => "consumer-$_") for 1 .. 6;
    wait_for(sub { who(as('r1')) eq 'consumer-1' });

    my %old = map { $_ => 1 } worker_pids();

    $redis->freeze();

    my @c = map { asks("r$_") } 1 .. 6;
    sleep 0.3;

    kill 'HUP', nginx_pid();
    ok(wait_for(sub { scalar grep { !$old{$_} } worker_pids() }), 'there are new workers');
    sleep 0.3;
    cmp_ok(scalar(grep { kill 0, $_ } keys %old), '>=', 1, '... and those with requests wait');

    $redis->thaw();

    is(join(' ', map { who($_->read()) } @c), join(' ', map { "consumer-$_" } 1 .. 6),
       'those who waited are let in, each as the one it is');
    ok(wait_for(sub { !grep { kill 0, $_ } keys %old }), '... then the old workers end');
    ok(wait_for(sub { who(as('r2')) eq 'consumer-2' }), 'and the new ones serve');


=== TEST 11: who asks before the answer can be there
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
    gate_consumer_cache off;
    log_format x '$uri|$early|$gate_consumer';
    access_log $TEST_NGINX_STATE/x.log x;
--- config
    gate_service s;
    gate_auth key;
    gate_consumers redis;
    set $early "";
    location /early { set $early "<$gate_consumer>"; gate_pass http://sidecar; }
    location /asks { auth_request /sub; gate_pass http://sidecar; }
    location /sub { internal; gate_pass http://sidecar; }
    location /leads/ { try_files /none /arrives; }
    location = /arrives { gate_consumers off; gate_pass http://sidecar; }
--- client
    our $redis;

    record('v', consumer => 'vera');
    wait_for(sub { who(as('v', '/asks')) eq 'vera' });

    is(who(as('v', '/early')), 'vera', 'a variable in the rewrite phase does not keep anyone out');
    ok(wait_for(sub { lines('/early') ne '' }), '... it is logged');
    is(lines('/early'), '/early|<>|vera', '... where it was empty, and in the log is the consumer');

    my $before = $redis->calls('hgetall');
    is(who(as('v', '/asks')), 'vera', 'a subrequest that has to wait');
    is($redis->calls('hgetall') - $before, 1, '... and its request are one question');
    is(who(as('nobody', '/asks')), '401 bad_key', '... and refused together');

    is(who(as('v', '/leads/x')), '401 bad_key',
       'whoever waited, and is led to where Redis does not count, is nobody there');


=== TEST 12: a reply that is too large
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=2s;
    gate_consumer_cache off;
    gate_consumer conf { key sha256(conf); }
--- config
    gate_service s;
    gate_auth key;
    gate_consumers redis;
    location / { gate_pass http://sidecar; }
--- client
    our $redis;

    $redis->stop('KILL');

    my %reply = (
        'that says it is' => "*2147483647\r\n",
        'of small pieces' => "*300000\r\n" . ":1\r\n" x 300_000,
    );

    for my $name (sort keys %reply) {
        my $before = said(qr/is lost: reply is too large/);
        my $fake = fake($reply{$name});

        ok(wait_for(sub { as('k'); said(qr/is lost: reply is too large/) > $before }, 20),
           "one $name is not read to its end");
        is(who(as('k')), '503 consumers_unavailable', '... and lets nobody in');
        is(who(as('conf')), 'conf', '... while others are served');

        kill 'KILL', $fake;
        waitpid $fake, 0;
    }

    $redis->start();
    record('k', consumer => 'kim');
    ok(wait_for(sub { who(as('k')) eq 'kim' }, 20), 'the real one is used again');


=== TEST 13: a breaker is shown as long as there is its worker
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5ms;
    gate_consumer_cache off;
--- config
    gate_service s;
    gate_auth key;
    gate_consumers redis;
    location / { gate_pass http://sidecar; }
    location /metrics { gate_auth off; gate_status format=prometheus; }
--- client
    our $redis;

    my $workers = $ENV{GATE_WORKERS} || 1;
    my $more = $workers + 2;

    record('brk', consumer => 'bea');

    change("worker_processes  $workers;", "worker_processes  $more;");
    kill 'HUP', nginx_pid();
    ok(wait_for(sub { my @now = worker_pids(); @now == $more }), 'there are more workers');

    $redis->freeze();

    ok(wait_for(sub {
        my @c = map { asks('brk') } 1 .. 32;

        $_->read() for @c;
        return metric('gate_redis_breaker_open') > $workers;
    }), 'Redis that hangs: breakers open');

    change("worker_processes  $more;", "worker_processes  $workers;");
    kill 'HUP', nginx_pid();
    ok(wait_for(sub { my @now = worker_pids(); @now == $workers }), 'there are fewer workers');

    is(metric('gate_redis_breaker_open'), 0, '... and no breaker of those that went');

    $redis->thaw();

    ok(wait_for(sub { who(as('brk')) eq 'bea' }), '... and the others ask');


=== TEST 14: who guesses does not ask Redis
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
    gate_consumer conf { key sha256(conf); }
--- config
    gate_service s;
    gate_auth key;
    gate_consumers redis;
    location / { gate_shield failures=3/71m; gate_pass http://sidecar; }
--- client
    our $redis;

    my $before = $redis->calls('hgetall');

    is(who(as("guess$_")), '401 bad_key', "guess $_ is looked up") for 1 .. 3;
    is(who(as("guess$_")), '429 too_many_failures', "guess $_ is not") for 4 .. 9;
    is($redis->calls('hgetall') - $before, 3, '... nor is Redis asked about it');
    is(who(as('conf')), 'conf', 'a key of the configuration passes');
