#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Metrics: that the reader of their text refuses what is not right; classes of
# answers, durations, what runs; nothing of locations without the gate; all
# families that the code has.

use strict;
use warnings;

use FindBin;

use GateMetrics;
use GateTest;


sub good {
    return <<'TEXT';
# HELP a_total Words.
# TYPE a_total counter
a_total{x="1"} 2
a_total{x="2"} 3
# HELP b_seconds Words.
# TYPE b_seconds histogram
b_seconds_bucket{x="1",le="0.5"} 1
b_seconds_bucket{x="1",le="2"} 3
b_seconds_bucket{x="1",le="+Inf"} 4
b_seconds_sum{x="1"} 60.25
b_seconds_count{x="1"} 4
# HELP c Words.
# TYPE c gauge
c 7
TEXT
}


# What is wrong with the text where the first becomes the second.

sub wrong {
    my ($from, $to) = @_;

    my $text = good();

    $text =~ s/$from/$to/m or die "no \"$from\"\n";

    return eval { metrics_parse($text); 'nothing' } // $@;
}


sub prom {
    return get('/prom')->{body};
}


# Until so many requests were counted: their log phase comes after the answer.

sub counted {
    my ($n, %labels) = @_;

    my ($text, $value);

    wait_for(sub {
        $text = prom();
        $value = metrics_value($text, 'gate_request_duration_seconds_count', %labels);
        return $value >= $n;
    });

    is($value, $n, "$n requests of $labels{api} were timed");

    return $text;
}


sub duration {
    my ($text, $which, $api, %labels) = @_;

    return metrics_value($text, "gate_${which}_duration_seconds_$labels{part}", api => $api,
                         $labels{le} ? (le => $labels{le}) : ());
}


run_gate_tests();

__DATA__

=== TEST 1: the reader knows what is wrong
--- config
    location / { }
--- client
    is(eval { metrics_parse(good()); 'nothing' } // $@, 'nothing', 'a text that is right');
    is(metrics_value(good(), 'a_total'), 5, '... has its values');
    is(metrics_value(good(), 'a_total', x => 2), 3, '... by label');

    for my $case (
        [ '\n\z', '', 'no line break' ],
        [ '^# HELP c .*\n', '', 'TYPE without HELP' ],
        [ '^# TYPE c .*\n', '', 'in front of TYPE' ],
        [ '^# HELP c .*', '# HELP a_total Words.', 'HELP twice' ],
        [ '^(# TYPE c .*)', "# TYPE c gauge\n# TYPE c gauge", 'TYPE twice' ],
        [ 'TYPE c gauge', 'TYPE c counter', 'name and type' ],
        [ 'TYPE a_total counter', 'TYPE a_total gauge', 'name and type' ],
        [ '^c 7', 'a_total{x="3"} 7', 'out of place' ],
        [ '^c 7', "c 7\nc 8", 'twice' ],
        [ '^c 7', 'c 7.5', 'not a whole number' ],
        [ '^c 7', 'c -7', 'no sample' ],
        [ '^c 7', 'c{x="a"b"} 7', 'no sample' ],
        [ '^c 7', 'c{x="a\\n"} 7', 'no sample' ],
        [ '^c 7', 'c{x="a",x="b"} 7', 'label twice' ],
        [ '^c 7', 'c{le="1"} 7', 'le' ],
        [ '^c 7', "c{x=\"\xff\"} 7", 'does not map' ],
        [ 'le="0.5"} 1', 'le="0.5"} 4', 'a bucket falls' ],
        [ 'le="2"} 3', 'le="0.25"} 3', 'bounds do not rise' ],
        [ 'le="2"', 'le="two"', 'no bound' ],
        [ 'b_seconds_count\{x="1"} 4', 'b_seconds_count{x="1"} 5', '+Inf is not the count' ],
        [ '^.*\+Inf.*\n', '', 'the sum is not behind +Inf' ],
        [ '^b_seconds_sum.*\n', '', 'the count is not behind the sum' ],
        [ '^b_seconds_count.*\n', '', 'cut off' ],
        [ 'b_seconds_sum\{x="1"}', 'b_seconds_sum{x="2"}', 'not behind its buckets' ],
        [ 'bucket\{x="1",le="2"}', 'bucket{x="2",le="2"}', 'buckets of two' ],
    )
    {
        my ($from, $to, $message) = @$case;

        $to =~ s/\\n/\n/;
        like(wrong($from, $to), qr/\Q$message\E/, "wrong: $from becomes " . quotemeta $to);
    }

=== TEST 2: answers are counted by class, where a policy stands
--- gate
    gate_consumer acme { key sha256(a); }
--- user_files
>>> file.html
file
--- config
    gate_service s;
    location /open/ { proxy_pass http://sidecar; }
    location /api/  { gate_api api version=v1; gate_auth key; gate_pass http://sidecar; }
    location /tail/ {
        gate_api tail; gate_auth key; gate_pass http://sidecar/status=201/;
        post_action /after/status=503/;
    }
    location /quiet/ {
        gate_api quiet; gate_auth key; try_files /file.html =404;
        post_action /after/status=503/;
    }
    location /after/ { gate_api after; gate_auth key; gate_pass http://sidecar; }
    location /page/  {
        gate_api page; gate_auth key; gate_pass http://sidecar;
        proxy_intercept_errors on; error_page 503 =200 /file.html;
    }
    location = /file.html { }
    location /prom { gate_status format=prometheus; }
--- client
    get("/open/status=$_") for 200, 500;
    get("/api/status=$_", 'apikey: a') for 200, 204, 301, 404, 418, 503;
    is(get('/api/')->{status}, 401, 'a request is refused');
    is(get('/tail/', 'apikey: a')->{status}, 201, 'one has a post_action');
    is(get('/quiet/', 'apikey: a')->{status}, 200, 'one has nothing else of the sidecar');
    is(get('/page/status=503', 'apikey: a')->{status}, 200, 'one gets a page instead');

    counted(7, api => 'api');
    counted(1, api => 'tail');
    counted(1, api => 'quiet');

    my $text = counted(1, api => 'page');
    my $all = metrics_parse($text)->{gate_responses_total}{samples}{gate_responses_total};

    is(join("\n", map { "$_ $all->{$_}" } sort keys %$all), <<'TEXT' =~ s/\n\z//r, 'classes');
api="api",version="v1",class="2xx" 2
api="api",version="v1",class="3xx" 1
api="api",version="v1",class="4xx" 3
api="api",version="v1",class="5xx" 1
api="page",version="",class="2xx" 1
api="quiet",version="",class="2xx" 1
api="tail",version="",class="2xx" 1
TEXT

    my ($json) = get('/prom?format=json')->json()->{responses};

    is_deeply([ grep { $_->{api} eq 'api' && $_->{class} eq '4xx' } @$json ],
              [ { api => 'api', version => 'v1', class => '4xx', count => 3 } ], '... in JSON');
    is(duration($text, 'upstream', 'tail', part => 'count'), 1, 'the sidecar was asked once');
    is(duration($text, 'upstream', 'quiet', part => 'count'), 0, '... and not by a post_action');

=== TEST 3: durations: of the gate, of the sidecar, of the whole
--- gate
    gate_consumer acme { key sha256(a); }
--- config
    gate_service s;
    location /quick/ { gate_api quick; gate_auth key; gate_pass http://sidecar; }
    location /slow/  { gate_api slow; gate_auth key; gate_pass http://sidecar; }
    location /file/  { gate_api file; gate_auth key; try_files /none /twice/; }
    location /twice/ { gate_api twice; gate_auth key; gate_pass http://sidecar; }
    location /prom { gate_status format=prometheus; }
--- client
    get('/quick/', 'apikey: a') for 1 .. 3;
    is(get('/quick/')->{status}, 401, 'one is refused');
    get('/slow/sleep=0.3', 'apikey: a') for 1 .. 2;
    is(get('/file/', 'apikey: a')->{status}, 200, 'one comes by two locations');

    counted(4, api => 'quick');
    counted(2, api => 'slow');

    my $text = counted(1, api => 'twice');

    is(duration($text, 'gateway', 'quick', part => 'count'), 4, 'the gate had four');
    is(duration($text, 'upstream', 'quick', part => 'count'), 3, '... the sidecar three of them');
    is(duration($text, 'request', 'slow', part => 'bucket', le => 0.25), 0, 'two took long');
    is(duration($text, 'request', 'slow', part => 'bucket', le => '+Inf'), 2, '... and ended');
    cmp_ok(duration($text, 'request', 'slow', part => 'sum'), '>=', 0.6, '... both together');
    is(duration($text, 'upstream', 'slow', part => 'bucket', le => 0.25), 0, 'by the sidecar');
    cmp_ok(duration($text, 'upstream', 'slow', part => 'sum'), '>=', 0.59, '... as its time says');
    cmp_ok(duration($text, 'gateway', 'quick', part => 'sum'), '>', 0, 'the gate took its time');
    cmp_ok(duration($text, 'gateway', 'slow', part => 'sum'), '<=',
           duration($text, 'request', 'slow', part => 'sum') + 0.004, '... no more than the whole');
    is(duration($text, 'gateway', 'file', part => 'count'), 0, 'nobody stayed at the first place');
    is(duration($text, 'gateway', 'twice', part => 'count'), 1, '... it is timed where it got to');

    my ($json) = grep { $_->{api} eq 'slow' } @{ get('/prom?format=json')->json()
                                                 ->{upstream_duration} };

    is($json->{count}, 2, 'JSON has the count');
    cmp_ok($json->{sum_us}, '>=', 590_000, '... and the sum');

=== TEST 4: all tries count, and a tunnel does not
--- gate
    upstream two { server 127.0.0.1:1; server $TEST_NGINX_BACKEND; }
    gate_consumer acme { key sha256(a); }
--- config
    gate_service s;
    location /none/ { gate_api none; gate_auth key; gate_pass http://127.0.0.1:1; }
    location /ws/   { gate_api ws; gate_auth key; gate_pass http://sidecar; }
    location /gone/ { gate_api gone; gate_auth key; gate_pass http://sidecar; }
    location /prom { gate_status format=prometheus; }
--- client
    is(get('/none/', 'apikey: a')->{status}, 502, 'nobody is there');

    my $text = counted(1, api => 'none');

    is(duration($text, 'upstream', 'none', part => 'count'), 1, 'who was not there was asked');
    is(metrics_value($text, 'gate_responses_total', api => 'none', class => '5xx'), 1,
       '... and the answer is ours');

    my $c = client();

    $c->write(request('GET', '/ws/', undef, 'apikey: a', 'Connection: upgrade',
                      'Upgrade: websocket'));
    like($c->read()->{head}, qr/^HTTP\/1.1 101/, 'a tunnel is opened');
    $c->close();

    wait_for(sub { metrics_value(prom(), 'gate_responses_total', api => 'ws') == 1 });
    $text = prom();

    is(metrics_value($text, 'gate_responses_total', api => 'ws', class => '1xx'), 1,
       '... and counted');
    is(duration($text, $_, 'ws', part => 'count'), 0, "... not timed: $_")
        for qw(gateway upstream request);

    $c = client();
    my $known = metrics_value(prom(), 'gate_auth_total');

    $c->write(request('GET', '/gone/sleep=1', undef, 'apikey: a'));
    wait_for(sub { metrics_value(prom(), 'gate_auth_total') > $known });
    $c->close();

    $text = counted(1, api => 'gone');

    is(metrics_value($text, 'gate_responses_total', api => 'gone', class => '4xx'), 1,
       'a client that leaves is a 499, as in the log');

=== TEST 5: families are those of the code, with their types
--- gate
    gate_zone gate 1m;
    gate_redis 127.0.0.1:1;
    gate_consumer acme { key sha256(a); }
--- config
    gate_service s;
    gate_consumers redis;
    location /api/  { gate_api five; gate_auth key; gate_meter requests; gate_pass http://sidecar; }
    location /prom { gate_status format=prometheus; }
--- client
    is(get('/api/status=503/head=x-gate-sidecar:x', 'apikey: a')->{status}, 503, 'a request');

    my $text = counted(1, api => 'five');
    my $families = metrics_parse($text);
    my $code = join '', map { my $file = $_; local (@ARGV, $/) = ($file); <> }
                        glob "$FindBin::Bin/../../src/ngx/*/*.c";

    my %types = $code =~ /"(gate_\w+)",\s+NGX_HTTP_GATE_(COUNTER|GAUGE|HISTOGRAM)\b/g;

    # these are not shown before they count, or where nothing is configured that could

    for my $quiet (qw(gate_sidecar_answers_total gate_deprecated_requests_total
                      gate_cors_preflights_total gate_idempotency_total
                      gate_assertions_total gate_dry_run_total gate_introspections_total
                      gate_passwords_total gate_shield_total gate_signatures_total),
                   grep { /^gate_(?:key_set|replay)_/ } keys %types) {
        delete $types{$quiet} if !$families->{$quiet};
    }

    cmp_ok(scalar keys %types, '>=', 30, 'the code has families');
    is(join("\n", map { "$_ $families->{$_}{type}" } sort keys %$families),
       join("\n", map { "$_ " . lc $types{$_} } sort keys %types), '... and the page has them');

=== TEST 6: workers count together, and over a reload
--- gate
    gate_consumer acme { key sha256(a); }
--- config
    gate_service s;
    location /api/  { gate_api six; gate_auth key; gate_pass http://sidecar; }
    location /prom { gate_status format=prometheus; }
--- client
    get('/api/', 'apikey: a') for 1 .. 20;
    counted(20, api => 'six');

    ok(reload(), 'workers are new');

    get('/api/', 'apikey: a') for 1 .. 20;
    counted(40, api => 'six');
