#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_status: both formats to the byte, the grammar of Prometheus, counters
# of several workers and over reloads, readiness.  What a text here does not
# name may be on the page as well: a room adds its own.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use File::Path qw(make_path remove_tree);
use FindBin qw($Bin);
use HTTP::Tiny;
use IO::Socket::INET;
use JSON::PP qw(decode_json);
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

use GateMetrics;
use GateNginx;

$ENV{GATE_NGINX} or plan skip_all => 'run it by make t/status/status.t';
my $root = $ENV{TEST_NGINX_SERVROOT};
my $port = $ENV{TEST_NGINX_SERVER_PORT};
my $workers = $ENV{GATE_WORKERS} || 1;
my $nginx = GateNginx->new(root => $root);

my ($service, $sidecar, $away) = ($port + 1, $port + 2, $port + 3);
my $hash = sha256_hex('secret');

make_path("$root/html");
chmod 0777, $root;
spew("$root/html/index.html", "hello\n");
spew("$root/html/include.html", "[<!--# include virtual=\"/status\" -->]\n");


# What a location may say.

is(config('gate_status;'), '', 'gate_status alone is taken');
is(config('gate_status format=json;'), '', 'format=json is taken');
is(config('gate_status format=prometheus;'), '', 'format=prometheus is taken');

for my $case (
    [ 'gate_status format=xml;', '"format=xml" of "gate_status": it must be "json"' ],
    [ 'gate_status format=;', '"format=" of "gate_status": it must be "json"' ],
    [ 'gate_status formats=json;', 'invalid parameter "formats=json"' ],
    [ 'gate_status json;', 'invalid parameter "json"' ],
    [ 'gate_status "";', 'invalid parameter ""' ],
    [ 'gate_status format=json format=json;',
      'duplicate parameter "format=json"' ],
    [ 'gate_status; gate_status;', '"gate_status" directive is duplicate' ],
    [ 'stub_status; gate_status;', 'the other content handler' ],
    [ 'if ($arg_a) { gate_status; }', 'is not allowed here' ],
)
{
    my ($text, $message) = @$case;

    like(config($text), qr/\[emerg\] .*\Q$message\E.* in \S+:\d+/,
         "an error: $text");
}


# Nothing configured, nothing counted.

start(http => '', locations => 'location /status { gate_status; }');

my $expected = <<'JSON';
{"version":"0.1.0","node":"n1",
"requests":[],
"outcomes":[],
"limits":[],
"auth":[],
"tokens":[],
"journal":{"configured":false},
"ship":{"configured":false},
"redis":{"configured":false},
"zone":{"configured":false},
"metrics":{"series":0,"room":N,"full":0}}
JSON

is(members(roomy(get('/status')->{content}), $expected), $expected, 'JSON of an empty gateway');

$expected = <<'TEXT';
# HELP gate_build_info Always 1; what runs, and as which node.
# TYPE gate_build_info gauge
gate_build_info{version="0.1.0",nginx="N",node="n1"} 1
# HELP gate_requests_total Requests that met a policy, by what the gate decided and why.
# TYPE gate_requests_total counter
# HELP gate_request_outcomes_total Metered requests, by how they ended.
# TYPE gate_request_outcomes_total counter
# HELP gate_limit_decisions_total Decisions of limits.
# TYPE gate_limit_decisions_total counter
# HELP gate_auth_total Credentials that were checked.
# TYPE gate_auth_total counter
# HELP gate_token_cache_total Look-ups in the cache of verified tokens.
# TYPE gate_token_cache_total counter
# HELP gate_metrics_series Counters in use.
# TYPE gate_metrics_series gauge
gate_metrics_series 0
# HELP gate_metrics_room Counters that can be in use.
# TYPE gate_metrics_room gauge
gate_metrics_room N
# HELP gate_metrics_full_total Look-ups of a counter that found no room for it.
# TYPE gate_metrics_full_total counter
gate_metrics_full_total 0
TEXT

my $text = get('/status?format=prometheus')->{content};

is(families(roomy($text), $expected), $expected, 'Prometheus text of an empty gateway');
is(join(' ', grep { !/^#|^gate_(?:build|metrics)_/ } split /\n/, $text), '',
   '... where nothing was counted');
like($text, qr/^gate_build_info\{version="0.1.0",nginx="\Q@{[version()]}\E",node="n1"\} 1$/m,
     '... and what runs is told');

is(get('/status?ready')->{content}, qq({"ready":true}\n),
   'without gate_pass there is no sidecar to wait for');

$nginx->stop();


# Everything configured.

my $upstream = "upstream sidecar { server 127.0.0.1:$service; }";

start(http => http($upstream), locations => locations());

my $r = get('/status');

is($r->{status}, 200, 'JSON is a 200');
is($r->{headers}{'content-type'}, 'application/json', 'JSON has its type');
is($r->{headers}{'cache-control'}, 'no-store', 'a status is not stored');

$r = get('/prom');

is($r->{headers}{'content-type'}, 'text/plain; version=0.0.4; charset=utf-8',
   'Prometheus text has its type');

is(get('/orders/', 'secret')->{status}, 200, 'a good key') for 1 .. 3;
is(get('/orders/', 'wrong')->{status}, 401, 'a bad key');
is(get('/orders/')->{status}, 401, 'no key');
is(get('/tight/')->{status}, 200, 'within the limit');
is(get('/tight/')->{status}, 429, 'over the limit') for 1 .. 2;
is(get('/odd/')->{status}, 200, 'an API with an odd name');

# the log phase comes after the answer

wait_for(sub { get('/status')->{content} =~ /"admitted".*"count":3/ });

$expected = <<'JSON';
{"version":"0.1.0","node":"n1",
"requests":[
{"api":"odd \"\\ é name","version":"","decision":"admitted","reason":"","count":1},
{"api":"orders","version":"v2","decision":"admitted","reason":"","count":3},
{"api":"orders","version":"v2","decision":"refused","reason":"bad_key","count":1},
{"api":"orders","version":"v2","decision":"refused","reason":"no_credential","count":1},
{"api":"tight","version":"v1","decision":"admitted","reason":"","count":1},
{"api":"tight","version":"v1","decision":"refused","reason":"rate_limited","count":2}],
"outcomes":[
{"api":"orders","version":"v2","outcome":"served","count":3}],
"limits":[
{"limit":"gold","status":"PASSED","count":3},
{"limit":"tight","status":"PASSED","count":1},
{"limit":"tight","status":"REJECTED","count":2}],
"auth":[
{"method":"key","result":"bad_key","count":1},
{"method":"key","result":"ok","count":3}],
"tokens":[],
"journal":{"configured":true,"slots_opened":3,"open":0,"slots":N,"served":3,
    "refused_upstream":0,"aborted":0,"interrupted":0,
    "bytes_in":N,"bytes_out":N,"duration_ms":N,"cells":N,"cells_used":N,"dirty":N,
    "unbilled":0,"retired_early":0,"damaged":0,"epoch":"HEX","epochs":1,"writers":N},
"ship":{"configured":true,"lag_seconds":N,"errors":N,"cells":0,"takeovers":N},
"redis":{"configured":true,"up":false,"eviction":false,"policy_known":false},
"zone":{"configured":true,"bytes":N,"bytes_used":N,"evictions":0,"full":0,"zones":[
{"zone":"gate","bytes":N,"bytes_used":N,"evictions":0,"full":0}]},
"metrics":{"series":N,"room":N,"full":0}}
JSON

$expected =~ s/\n {4}//g;         # a line that is folded here

is(members(plain(get('/status')->{content}), $expected), $expected, 'JSON after some requests');

$expected = <<'TEXT';
# HELP gate_build_info Always 1; what runs, and as which node.
# TYPE gate_build_info gauge
gate_build_info{version="0.1.0",nginx="N",node="n1"} 1
# HELP gate_requests_total Requests that met a policy, by what the gate decided and why.
# TYPE gate_requests_total counter
gate_requests_total{api="odd \"\\ é name",version="",decision="admitted",reason=""} 1
gate_requests_total{api="orders",version="v2",decision="admitted",reason=""} 3
gate_requests_total{api="orders",version="v2",decision="refused",reason="bad_key"} 1
gate_requests_total{api="orders",version="v2",decision="refused",reason="no_credential"} 1
gate_requests_total{api="tight",version="v1",decision="admitted",reason=""} 1
gate_requests_total{api="tight",version="v1",decision="refused",reason="rate_limited"} 2
# HELP gate_request_outcomes_total Metered requests, by how they ended.
# TYPE gate_request_outcomes_total counter
gate_request_outcomes_total{api="orders",version="v2",outcome="served"} 3
# HELP gate_limit_decisions_total Decisions of limits.
# TYPE gate_limit_decisions_total counter
gate_limit_decisions_total{limit="gold",status="PASSED"} 3
gate_limit_decisions_total{limit="tight",status="PASSED"} 1
gate_limit_decisions_total{limit="tight",status="REJECTED"} 2
# HELP gate_auth_total Credentials that were checked.
# TYPE gate_auth_total counter
gate_auth_total{method="key",result="bad_key"} 1
gate_auth_total{method="key",result="ok"} 3
# HELP gate_token_cache_total Look-ups in the cache of verified tokens.
# TYPE gate_token_cache_total counter
# HELP gate_journal_slots_opened_total Requests that were admitted to be metered.
# TYPE gate_journal_slots_opened_total counter
gate_journal_slots_opened_total 3
# HELP gate_journal_slots_open Metered requests that have not ended.
# TYPE gate_journal_slots_open gauge
gate_journal_slots_open 0
# HELP gate_journal_slots Metered requests that can be open at once.
# TYPE gate_journal_slots gauge
gate_journal_slots N
# HELP gate_journal_units_total What was metered, in all cells of the journal, by unit.
# TYPE gate_journal_units_total counter
gate_journal_units_total{unit="served"} 3
gate_journal_units_total{unit="refused_upstream"} 0
gate_journal_units_total{unit="aborted"} 0
gate_journal_units_total{unit="interrupted"} 0
gate_journal_units_total{unit="bytes_in"} N
gate_journal_units_total{unit="bytes_out"} N
gate_journal_units_total{unit="duration_ms"} N
# HELP gate_journal_slots_interrupted_total Metered requests whose worker died.
# TYPE gate_journal_slots_interrupted_total counter
gate_journal_slots_interrupted_total 0
# HELP gate_journal_cells Room for totals in the journal.
# TYPE gate_journal_cells gauge
gate_journal_cells N
# HELP gate_journal_cells_used Totals in the journal.
# TYPE gate_journal_cells_used gauge
gate_journal_cells_used N
# HELP gate_journal_cells_dirty Totals that have changed since they were shipped.
# TYPE gate_journal_cells_dirty gauge
gate_journal_cells_dirty N
# HELP gate_journal_unbilled_total Requests admitted without metering: the journal was full.
# TYPE gate_journal_unbilled_total counter
gate_journal_unbilled_total 0
# HELP gate_journal_retired_early_total Totals that were given up earlier than retain says.
# TYPE gate_journal_retired_early_total counter
gate_journal_retired_early_total 0
# HELP gate_journal_damaged_total Parts of the journal that were found damaged, ever since it
     was made.
# TYPE gate_journal_damaged_total counter
gate_journal_damaged_total 0
# HELP gate_journal_epochs Epochs that the journal holds totals of.
# TYPE gate_journal_epochs gauge
gate_journal_epochs 1
# HELP gate_journal_writers Worker processes that write to the journal.
# TYPE gate_journal_writers gauge
gate_journal_writers N
# HELP gate_ship_lag_seconds Age of the oldest change that Redis has not acknowledged.
# TYPE gate_ship_lag_seconds gauge
gate_ship_lag_seconds N
# HELP gate_ship_errors_total Batches that Redis did not acknowledge.
# TYPE gate_ship_errors_total counter
gate_ship_errors_total N
# HELP gate_ship_cells_total Totals that Redis acknowledged.
# TYPE gate_ship_cells_total counter
gate_ship_cells_total 0
# HELP gate_ship_takeovers_total Times that a worker began to ship.
# TYPE gate_ship_takeovers_total counter
gate_ship_takeovers_total N
# HELP gate_redis_up 1 if Redis answers.
# TYPE gate_redis_up gauge
gate_redis_up 0
# HELP gate_redis_eviction 1 if Redis may throw keys away: its policy is not noeviction.
# TYPE gate_redis_eviction gauge
gate_redis_eviction 0
# HELP gate_redis_policy_known 1 if Redis has told its maxmemory-policy.
# TYPE gate_redis_policy_known gauge
gate_redis_policy_known 0
# HELP gate_zone_bytes Sizes of the zones of limits.
# TYPE gate_zone_bytes gauge
gate_zone_bytes{zone="gate"} N
# HELP gate_zone_bytes_used Bytes in use in the zones of limits.
# TYPE gate_zone_bytes_used gauge
gate_zone_bytes_used{zone="gate"} N
# HELP gate_zone_evictions_total Drained buckets that made room for others.
# TYPE gate_zone_evictions_total counter
gate_zone_evictions_total{zone="gate"} 0
# HELP gate_zone_full_total Times that a limit found no room in its zone.
# TYPE gate_zone_full_total counter
gate_zone_full_total{zone="gate"} 0
# HELP gate_metrics_series Counters in use.
# TYPE gate_metrics_series gauge
gate_metrics_series N
# HELP gate_metrics_room Counters that can be in use.
# TYPE gate_metrics_room gauge
gate_metrics_room N
# HELP gate_metrics_full_total Look-ups of a counter that found no room for it.
# TYPE gate_metrics_full_total counter
gate_metrics_full_total 0
TEXT

$expected =~ s/\n {4}//g;

is(families(plain(get('/prom')->{content}), $expected), $expected,
   'Prometheus text after some requests');

my $families = eval { metrics_parse(get('/prom')->{content}) };

is($@, '', 'Prometheus text keeps the grammar');

my $json = decode_json(get('/status')->{content});

is($json->{journal}{writers}, $workers, 'each worker is a writer');
cmp_ok($json->{journal}{cells_used}, '<=', $json->{journal}{cells},
       'cells in use are some of all');
is($json->{requests}[0]{api}, qq(odd "\\ \x{e9} name),
   'an odd name is read back as it was');

like($families->{gate_requests_total}{samples}{gate_requests_total}
         {'api="odd \"\\\\ é name",version="",decision="admitted",reason=""'}, qr/^1$/,
     'an odd name is escaped for Prometheus');

my %samples = map { %{ $_->{samples} } } values %$families;
my @unknown = grep { !$families->{$_} && !$samples{$_} } dashboard();

is("@unknown", '', 'the dashboard asks for nothing that is not there');


# How it may be asked.

# the shipper's counters may move between two questions

my @same;

for (1 .. 50) {
    @same = map { get($_)->{content} } '/status?format=json', '/status';
    last if $same[0] eq $same[1];
    sleep(0.1);
}

is($same[0], $same[1], 'format=json is what it is anyway');
like(get('/prom?format=json')->{content}, qr/^\{"version"/,
     'the query wins over the directive');
like(get('/status?a=b&format=prometheus')->{content}, qr/^# HELP/,
     'format may be any of the arguments');
like(get('/status?xformat=prometheus&formats=prometheus')->{content},
     qr/^\{"version"/, 'another argument is not format');
is(get('/status?format=xml')->{status}, 400, 'an unknown format is a 400');
is(get('/status?format')->{status}, 400, 'an empty format is a 400');

$r = ask('HEAD', '/status');

is($r->{status}, 200, 'HEAD is answered');
is($r->{content} // '', '', 'HEAD has no body');
cmp_ok($r->{headers}{'content-length'}, '>', 100, 'HEAD tells the length');

for my $method (qw(POST PUT DELETE OPTIONS PATCH)) {
    $r = ask($method, '/status', 'x' x 1000);

    is($r->{status}, 405, "$method is refused");
    is($r->{headers}{allow}, 'GET, HEAD', "$method is told what is allowed");
}

is(ask('GET', '/status', 'x' x 100_000)->{status}, 200, 'a body is dropped');
is(get('/denied')->{status}, 403, 'access control is that of nginx');
is(ask('POST', '/methods')->{status}, 405,
   'limit_except does not take the handler away');
like(get('/include')->{content}, qr/^\[\{"version".*\}\n\]\n$/s,
     'a subrequest may ask, too');


# Several workers count as one, and so do two generations.

my $before = counted('orders', 'admitted');

many(100, '/orders/', 'secret');
wait_for(sub { counted('orders', 'admitted') == $before + 100 });

is(counted('orders', 'admitted'), $before + 100,
   'no request is lost between workers');

$nginx->reload();

is(counted('orders', 'admitted'), $before + 100, 'a reload keeps counters');

many(20, '/orders/', 'secret');
wait_for(sub { counted('orders', 'admitted') == $before + 120 });

is(counted('orders', 'admitted'), $before + 120, 'and goes on with them');

kill 'KILL', $nginx->workers();
wait_for(sub { $nginx->workers() == $workers });

is(counted('orders', 'admitted'), $before + 120,
   'a killed worker takes no counter with it');

$json = decode_json(get('/status')->{content})->{journal};

is($json->{slots_opened}, $json->{open} + $json->{served}
   + $json->{refused_upstream} + $json->{aborted} + $json->{interrupted},
   'what was opened has ended, or is open');

is(complaints(), '', 'the log has no complaint');

$nginx->stop();


# More series than there is room for: three of each of 2400 refusals.

start(http => http($upstream), locations => locations() . join '', map {
    "location = /full/$_ { gate_api api-$_; gate_auth key; }\n"
} 1 .. 2400);

for my $first (map { 400 * $_ + 1 } 0 .. 5) {
    my $text = join '', map { "GET /full/$_ HTTP/1.1\r\nHost: a\r\n\r\n" }
               $first .. $first + 399;

    my $n = () = raw($text . "GET /denied HTTP/1.0\r\n\r\n")
                 =~ /^HTTP\/1.1 401/gm;

    is($n, 400, "400 refusals from the API $first on");
}

wait_for(sub {
    $json = decode_json(get('/status')->{content})->{metrics};
    return $json->{series} == $json->{room};
});

$json = decode_json(get('/status')->{content});

cmp_ok($json->{metrics}{room}, '>', 2371, 'there is room for many');
is($json->{metrics}{series}, $json->{metrics}{room}, '... and counters fill it');
cmp_ok($json->{metrics}{full}, '>', 0, 'and what has no room is told');
is((grep { $_->{count} != 1 } @{ $json->{requests} }), 0,
   'what has no room is not counted as something else');
is(get('/orders/', 'secret')->{status}, 200, 'requests are served as before');
is(eval { metrics_parse(get('/prom')->{content}); 'kept' } // $@, 'kept',
   'a long text keeps the grammar');
is(() = slurp("$root/logs/error.log") =~ /\[warn\].* no room for more than/g,
   1, 'the log tells it once');

$nginx->stop();


# Readiness: $service accepts, $away refuses, $sidecar accepts nothing.

my @hole = hole($sidecar);

for my $case (
    [ 200, 0, $service ],
    [ 503, 0, $away ],
    [ 503, 1, $sidecar ],
    [ 200, 0, $away, $service ],
    [ 200, 1, $sidecar, $service ],
)
{
    my ($status, $wait, @ports) = @$case;

    start(http => http('upstream sidecar {'
                       . join('', map { "server 127.0.0.1:$_;" } @ports)
                       . '}'),
          locations => locations());

    my $names = join ' and ', map {
        $_ == $service ? 'one that accepts'
        : $_ == $away ? 'one that refuses' : 'one that is silent'
    } @ports;

    my $fds = fds_at_rest();
    my $time;

    # one that need not wait may be slow where the machine is busy, not each time

    for (1 .. 10) {
        $time = time;
        $r = get('/status?ready');
        $time = time - $time;
        last if $wait || $time < 0.9;
    }

    is($r->{status}, $status, "$status with $names");
    is($r->{content}, $status == 200 ? qq({"ready":true}\n)
       : qq({"ready":false,"reason":"sidecar_unavailable"}\n), '... and why');
    cmp_ok($time, $wait ? '>' : '<', 0.9, '... in time');

    is(ask('HEAD', '/status?ready')->{status}, $status, '... to HEAD');

    # "error" may be logged: it is what an operator looks for

    gone("GET /status?ready HTTP/1.1\r\nHost: a\r\n\r\n", $_) for 0, 0.1;
    gone("GET /status?ready HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab",
         0.1);
    gone("GET /prom HTTP/1.1\r\nHost: a\r\n\r\n"
         . "GET /status?ready HTTP/1.1\r\nHost: a\r\n\r\n", 0.1);

    like(raw("GET /status?ready HTTP/1.1\r\nHost: a\r\n\r\n"
             . "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
         qr/^HTTP\/1.1 $status .*HTTP\/1.1 200 .*hello\n$/s,
         '... and what is pipelined behind it is answered');

    is(get('/ready')->{status}, $status == 200 ? 200 : 500,
       '... to a subrequest');

    wait_for(sub { fds() <= $fds });
    cmp_ok(fds(), '<=', $fds, '... and no connection is left');

    $nginx->stop();
    is(complaints(), '', '... and no complaint');
}

done_testing();


sub http {
    my ($upstream) = @_;

    return <<"CONF";
    gate_zone     gate 1m;
    gate_journal  $root/usage size=1m;
    gate_redis    127.0.0.1:$away;

    gate_plan gold { rate 100000r/s; }
    gate_consumer acme { plan gold; key sha256:$hash; }

    $upstream
CONF
}


sub locations {
    return <<'CONF';
        location /status { gate_status; }
        location / { try_files /index.html =404; }
        location /prom { gate_status format=prometheus; }
        location /denied { deny all; gate_status; }
        location /methods { limit_except GET { allow all; } gate_status; }
        location = /include {
            ssi on;
            ssi_types *;
            try_files /include.html =404;
        }

        location = /probe { internal; set $args ready; gate_status; }
        location = /ready { auth_request /probe; try_files /index.html =404; }

        location /orders/ {
            gate_api      orders version=v2;
            gate_auth     key;
            gate_limit    plan;
            gate_meter    requests bytes;
            gate_service  orders.example;
            gate_pass     http://sidecar;
        }

        location /tight/ {
            gate_api      tight version=v1;
            gate_limit    rate=1r/m name=tight key=$remote_addr;
            try_files     /index.html =404;
        }

        location /odd/ {
            gate_api      "odd \"\\ é name";
            gate_limit    rate=1r/m dry_run name=odd key=$arg_none;
            try_files     /index.html =404;
        }
CONF
}


sub write_conf {
    my (%conf) = @_;

    $nginx->configure(<<"CONF");
@{[ $nginx->head() ]}
http {
@{[ $nginx->paths() ]}
    root html;
    keepalive_timeout 1s;

    gate_node n1;
$conf{http}
    server {
        listen 127.0.0.1:$port;
$conf{locations}
    }

    server {
        listen 127.0.0.1:$service;
        add_header X-Envoy-Upstream-Service-Time 1 always;
        location / { try_files /index.html =404; }
    }
}
CONF
}


# What "nginx -t" says of a location with this text, '' if it is content.

sub config {
    my ($text) = @_;

    write_conf(http => '', locations => "location /x { $text }");

    my $said = $nginx->check();

    return $? ? $said : '';
}


sub start {
    write_conf(@_);
    $nginx->fresh();
    remove_tree("$root/usage");
    $nginx->start();
}


sub fds {
    my $n = 0;

    $n += () = glob "/proc/$_/fd/*" for $nginx->workers();

    return $n;
}


# A worker learns of another one, by a descriptor, a moment after both are there.

sub fds_at_rest {
    my ($n, $same) = (0, 0);

    wait_for(sub {
        my $now = fds();

        $same = $now == $n ? $same + 1 : 0;
        $n = $now;

        return $same == 10;
    });

    return $n;
}


sub complaints {
    return $nginx->complaints(qr/exited on signal 9/);
}


sub ask {
    my ($method, $uri, $body, $key) = @_;

    my %options;
    $options{content} = $body if defined $body;
    $options{headers} = { apikey => $key } if defined $key;

    return HTTP::Tiny->new(keep_alive => 0, timeout => 10)
           ->request($method, "http://127.0.0.1:$port$uri", \%options);
}


sub get {
    my ($uri, $key) = @_;

    return ask('GET', $uri, undef, $key);
}


# Four processes at once, so that every worker has some of them.

sub many {
    my ($n, @args) = @_;

    my @pids = map {
        my $child = fork // die "fork: $!";

        if ($child == 0) {
            get(@args) for 1 .. $n / 4;
            POSIX::_exit(0);
        }

        $child;
    } 1 .. 4;

    waitpid $_, 0 for @pids;
}


sub counted {
    my ($api, $decision) = @_;

    my $sum = 0;

    $sum += $_->{count} for grep {
        $_->{api} eq $api && $_->{decision} eq $decision
    } @{ decode_json(get('/status')->{content})->{requests} };

    return $sum;
}


sub raw {
    my ($text) = @_;

    my $s = IO::Socket::INET->new("127.0.0.1:$port") or die "connect: $!";
    local $/;

    print $s $text;

    return <$s>;
}


# A client that does not wait for the answer.

sub gone {
    my ($text, $wait) = @_;

    my $s = IO::Socket::INET->new("127.0.0.1:$port") or die "connect: $!";

    print $s $text;
    $s->flush();
    sleep $wait;
    close $s;
}


# A port where a connection attempt is neither accepted nor refused: the queue
# of those that wait to be accepted is full.

sub hole {
    my ($at) = @_;

    my @s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', ReuseAddr => 1,
                                  LocalPort => $at, Listen => 1);
    listen $s[0], 0;

    push @s, IO::Socket::INET->new(PeerAddr => "127.0.0.1:$at",
                                   Blocking => 0)
        for 1 .. 4;

    return @s;
}


# Without what is different with each size and version.

sub roomy {
    my ($text) = @_;

    $text =~ s/("room":|^gate_metrics_room )\d+/$1N/m;
    $text =~ s/,nginx="[\d.]+"/,nginx="N"/;

    return $text;
}


sub version {
    return `$ENV{GATE_NGINX} -v 2>&1` =~ m{nginx/([\d.]+)} ? $1 : 'none';
}


# Without what is different each time.

sub plain {
    my ($text) = @_;

    my $members = qr/slots|bytes_in|bytes_out|duration_ms|cells_used|dirty
                     |writers|lag_seconds|errors|takeovers|bytes|bytes_used|series/x;
    my $names = qr/journal_slots|journal_cells|journal_cells_used
                   |journal_cells_dirty|journal_writers|ship_lag_seconds
                   |ship_errors_total|ship_takeovers_total|zone_bytes(?:_used)?\{zone="gate"\}
                   |metrics_series
                   |journal_units_total\{unit="(?:bytes|duration)_\w+"\}/x;

    $text =~ s/"($members)":\d+/"$1":N/g;
    $text =~ s/^("journal":.*"cells":)\d+/$1N/m;
    $text =~ s/"epoch":"[0-9a-f]{16}"/"epoch":"HEX"/;
    $text =~ s/^(gate_$names) \d+$/$1 N/gm;

    return roomy($text);
}


# The members of a page of JSON that another text has, in its order, and its head.

sub members {
    my ($text, $other) = @_;

    my ($head, %got) = parts($text);
    my (undef, @names) = parts($other);

    return join(",\n", $head, map { $got{ $names[2 * $_] } // "no $names[2 * $_]" }
                              0 .. $#names / 2) . "}\n";
}


sub parts {
    my ($text) = @_;

    $text =~ s/\}\n\z//;

    my ($head, @members) = split /,\n(?="\w+":)/, $text;

    return ($head, map { /^"(\w+)"/ ? ($1 => $_) : () } @members);
}


# The same of families.

sub families {
    my ($text, $other) = @_;

    my %got = metrics_families($text);

    return join '', map { $got{$_} // "no $_\n" } $other =~ /^# HELP (\S+)/mg;
}


sub dashboard {
    my $text = slurp("$Bin/../../docker/meshgate-dashboard.json");
    my %names;

    decode_json($text);
    $names{$_} = 1 for $text =~ /\b(gate_[a-z_]+)\b/g;
    delete $names{gate_status};

    return sort keys %names;
}
