#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Zones of limits: what strangers fill is not what paying callers need, and a
# zone that is full, or has a new size, is no matter of another one.

use strict;
use warnings;

use GateTest;


# Strangers come until the zone has no room for one more; how many found some.

sub fill {
    my ($target) = @_;

    my ($c, $n) = (undef, 0);

    while ($n++ < 30_000) {
        $c //= client();
        $c->write(request('GET', "$target$n", undef, 'Connection: keep-alive'));

        my $r = $c->read();

        return $n - 1 if $r->{status} == 503;
        undef $c if $r->{head} =~ /^connection: close/mi;
    }

    return 0;
}


sub remaining {
    my ($r) = @_;

    return join ' ', ($r->field('ratelimit') // 'none') =~ /;r=(\d+)/g;
}


sub statuses {
    my ($n, @args) = @_;

    return join ' ', map { get(@args)->{status} } 1 .. $n;
}


sub zone {
    my ($name) = @_;

    my ($zone) = grep { $_->{zone} eq $name } @{ get('/status')->json()->{zone}{zones} // [] };

    return $zone // {};
}


sub metric {
    my ($name) = @_;

    my ($value) = get('/status?format=prometheus')->{body} =~ /^\Q$name\E (\d+)$/m;

    return $value // 'none';
}


run_gate_tests();

__DATA__

=== TEST 1: strangers who fill a zone do not keep paying callers out
--- gate
    gate_zone strangers-1 64k;
    gate_plan gold { rate 1r/h burst=4; }
    gate_consumer acme { plan gold; key sha256(a); }
    gate_consumer beta { plan gold; key sha256(b); }
    gate_consumer guest { plan gold; }
--- config
    gate_service s;
    location /open/ {
        gate_limit rate=1r/h burst=1 key=$arg_x name=open;
        gate_pass http://sidecar;
    }
    location /guest/ {
        gate_auth key anonymous=guest;
        gate_limit rate=1r/h burst=1 key=$arg_x name=guest;
        gate_pass http://sidecar;
    }
    location /plan/  { gate_auth key anonymous=guest; gate_limit plan; gate_pass http://sidecar; }
    location /own/ {
        gate_auth key;
        gate_limit rate=1r/h burst=4 name=own;
        gate_pass http://sidecar;
    }
    location /both/  {
        gate_auth key;
        gate_limit plan;
        gate_limit rate=1r/h burst=9 key=$arg_ip name=per-ip;
        gate_pass http://sidecar;
    }
    location /status { gate_status; }
--- client
    is(remaining(get('/plan/', 'apikey: a')), 4, 'a caller is known');

    cmp_ok(fill('/open/?x='), '>', 50, 'strangers come until there is no room');
    is(get('/open/?x=more')->{status}, 503, '... for one more');
    is(get('/open/?x=1')->{status}, 200, '... but for who was there before');

    is(remaining(get('/plan/', 'apikey: a')), 3, 'a consumer that was there goes on');
    is(remaining(get('/plan/', 'apikey: b')), 4, '... and a new one finds room for its plan');
    is(remaining(get('/own/', 'apikey: b')), 4, '... and for a limit of its own');
    is(remaining(get('/both/?ip=192.0.2.1', 'apikey: b')), '3 9', '... and for one by address');
    is(remaining(get('/plan/')), 4, 'the shared consumer of strangers has its one bucket');
    is(get('/guest/?x=more')->{status}, 503, '... and is a stranger by any other key');

    is(zone('strangers-1')->{evictions}, 0, 'nobody had to go');
    cmp_ok(zone('strangers-1')->{full}, '>', 1, '... and those without room are counted');

=== TEST 2: a caller who pays and uses up what callers have leaves plans alone
--- gate
    gate_zone callers-2 64k;
    gate_plan gold { rate 100000r/s; }
    gate_plan slow { rate 1r/h burst=4; }
    gate_consumer acme { plan gold; key sha256(a); }
    gate_consumer beta { plan slow; key sha256(b); }
--- config
    gate_service s;
    location /any/ {
        gate_auth key;
        gate_limit rate=1r/h burst=1 key=$arg_x name=any;
        gate_pass http://sidecar;
    }
    location /plan/ { gate_auth key; gate_limit plan; gate_pass http://sidecar; }
    location /open/ { gate_limit rate=1r/h burst=1 key=$arg_x name=open; gate_pass http://sidecar; }
    location /status { gate_status; }
--- client
    my ($n, $status) = (0, 200);

    while ($n++ < 30_000 && $status == 200) {
        $status = get("/any/?x=$n", 'apikey: a')->{status};
    }

    is($status, 503, 'a caller invents keys until there is no room');
    cmp_ok($n, '>', 50, '... after many');
    is(remaining(get('/plan/', 'apikey: b')), 4, '... and a plan has some');
    is(get('/open/?x=1')->{status}, 503, '... and a stranger has none');

=== TEST 3: zones with names are apart
--- gate
    gate_plan gold { rate 1r/h burst=4; }
    gate_consumer acme { plan gold; key sha256(a); }

    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1;
        gate_service s;
        location /plan/ { gate_auth key; gate_limit plan zone=late-3; gate_pass http://sidecar; }
    }

    gate_zone first-3 64k;
    gate_zone second-3 64k;
    gate_zone third-3 64k full=serve;
    gate_zone late-3 64k;
--- config
    gate_service s;
    location /first/ {
        gate_limit rate=1r/h burst=1 key=$arg_x name=first;
        gate_pass http://sidecar;
    }
    location /second/ {
        gate_limit rate=1r/h burst=1 key=$arg_x name=second zone=second-3;
        gate_pass http://sidecar;
    }
    location /third/ {
        gate_limit rate=1r/h burst=1 key=$arg_x name=third zone=third-3;
        gate_pass http://sidecar;
    }
    location /fourth/ {
        gate_limit rate=1r/h burst=1 key=$arg_x name=fourth zone=first-3;
        gate_pass http://sidecar;
    }
    location /all/ {
        gate_limit rate=1r/h burst=9 key=$arg_x name=all-2 zone=second-3;
        gate_limit rate=1r/h burst=1 key=$arg_y name=all-1;
        gate_limit rate=1r/h burst=5 key=$arg_x name=all-3 zone=third-3;
        gate_pass http://sidecar;
    }
    location /held/ {
        gate_limit rate=1r/h burst=1 key=$arg_x name=third zone=third-3;
        gate_limit rate=1r/h burst=1 key=$arg_y name=held zone=second-3;
        gate_pass http://sidecar;
    }
    location /status { gate_status; }
--- client
    # all or none, whatever the zones

    is(remaining(get('/all/?x=a&y=a')), '9 1 5', 'limits of three zones are asked');
    is(remaining(get('/all/?x=a&y=a')), '8 0 4', '... and debited');
    is(remaining(get('/all/?x=a&y=a')), '8 0 4', '... and none of them, if one refuses');
    is(remaining(get('/all/?x=a&y=b')), '7 1 3', '... as is seen by another key');

    cmp_ok(fill('/first/?x='), '>', 50, 'the first zone is filled');
    is(get('/fourth/?x=1')->{status}, 503, '... which has a name, too');
    is(get('/second/?x=1')->{status}, 200, 'another one is not');
    
    my $c = client(port(1));
    $c->write(request('GET', '/plan/', undef, 'apikey: a'));
    is(remaining($c->read()), 4, 'nor is one that is defined further down');


    cmp_ok(fill('/second/?x='), '>', 50, 'that one is filled');
    is(zone('third-3')->{full}, 0, 'no other one is said to be full');
    cmp_ok(zone("$_-3")->{full}, '>', 0, "... but the $_") for qw(first second);
    is(metric('gate_zone_full_total{zone="third-3"}'), 0, '... nor in the metrics');
    is(metric('gate_zone_full_total{zone="second-3"}'), zone('second-3')->{full},
       '... where each has its line');
    is(get('/status')->json()->{zone}{full}, zone('first-3')->{full} + zone('second-3')->{full},
       '... and JSON has the sum');

    # a limit without room that is served leaves the others

    get("/third/?x=$_") for 1 .. 1200;
    cmp_ok(zone('third-3')->{full}, '>', 100, 'one that serves is filled');
    is(statuses(3, '/third/?x=more'), '200 200 200', '... and serves');
    is(statuses(3, '/held/?x=more&y=a'), '503 503 503', 'beside it another full one refuses');

=== TEST 4: a full zone that serves takes away no other limit
--- gate
    gate_zone serve-4 64k full=serve;
    gate_zone other-4 64k;
    gate_plan gold { rate 1r/h burst=1; }
    gate_consumer acme { plan gold; key sha256(a); }
    log_format x '$uri|$arg_x|$gate_limit_status|$gate_decision';
    access_log $TEST_NGINX_STATE/serve4.log x;
--- config
    gate_service s;
    location /fill/ { gate_limit rate=1r/h key=$arg_x name=fill; gate_pass http://sidecar; }
    location /both/ {
        gate_limit rate=1r/h key=$arg_x name=fill;
        gate_limit rate=1r/h burst=1 key=$arg_y name=other zone=other-4;
        gate_pass http://sidecar;
    }
    location /plan/ {
        gate_auth key;
        gate_limit rate=1r/h key=$arg_x name=fill;
        gate_limit plan;
        gate_pass http://sidecar;
    }
    location /status { gate_status; }
--- client
    get("/fill/?x=$_") for 1 .. 1200;
    cmp_ok(zone('serve-4')->{full}, '>', 100, 'a zone is full');
    is(statuses(3, '/both/?x=more&y=a'), '200 200 429',
       'the limit that has room refuses all the same');
    is(remaining(get('/both/?x=more&y=b')), 1, '... and is told alone');
    is(join(' ', map { get("/plan/?x=s$_", 'apikey: a')->{status} } 1 .. 3), '200 200 429',
       'a plan is not given away');
    ok(wait_for(sub { log_text('serve4.log') =~ m{^/both/\|more\|DEGRADED\|admitted$}m }),
       'the log has what was given up');
    like(log_text('serve4.log'), qr{^/both/\|more\|REJECTED\|refused$}m, '... and what was not');

=== TEST 5: a new size empties one zone
--- gate
    gate_zone kept-5 64k;
    gate_zone sized-5 128k;
--- config
    gate_service s;
    location /kept/  { gate_limit rate=1r/h key=$remote_addr name=kept; gate_pass http://sidecar; }
    location /sized/ {
        gate_limit rate=1r/h key=$remote_addr name=sized zone=sized-5;
        gate_pass http://sidecar;
    }
    location /status { gate_status; }
--- client
    is(statuses(2, '/kept/'), '200 429', 'a limit');
    is(statuses(2, '/sized/'), '200 429', '... and one in another zone');

    reload();
    is(statuses(1, $_), '429', 'a reload keeps both') for '/kept/', '/sized/';

    change('sized-5 128k', 'sized-5 256k');
    reload();
    is(zone('sized-5')->{bytes} > 200_000 ? 1 : 0, 1, 'one has a new size');
    is(statuses(2, '/sized/'), '200 429', '... and begins again');
    is(statuses(1, '/kept/'), '429', '... and the other goes on');

=== TEST 6: what a request has found or made is not evicted for its next limit
--- gate
    gate_zone count-6 64k;
    gate_zone full-6 64k;
--- config
    gate_service s;
    location /count/ {
        gate_limit rate=1r/h key=$arg_x name=count;
        gate_pass http://sidecar;
    }
    location /full/ {
        gate_limit rate=1r/h key=$arg_x name=fully zone=full-6;
        gate_pass http://sidecar;
    }
    location /both/ {
        gate_limit rate=1r/h key=$arg_x name=both1 zone=full-6;
        gate_limit rate=1r/h key=$arg_y name=both2 zone=full-6;
        gate_pass http://sidecar;
    }
    location /status { gate_status; }
--- client
    my $room = fill('/count/?x=');

    cmp_ok($room, '>', 50, 'so many have room');
    get("/full/?x=$_") for 1 .. $room - 1;
    is(zone('full-6')->{full}, 0, 'a zone has room for one more');

    # each time some of the others are seen to be needed, in the end all of them

    my @got = map { get('/both/?x=a&y=b') } 1 .. 30;

    is(join(' ', map { $_->{status} } @got), join(' ', (503) x 30),
       'a request with two limits is refused');
    is($got[-1]->json()->{reason}, 'zone_full', '... for want of room');
    is(zone('full-6')->{evictions}, 0, '... and does not make room of its first one');
