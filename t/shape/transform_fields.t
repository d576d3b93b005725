#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_transform and header fields: what the service really gets, and what the
# client really gets of its answer.

use strict;
use warnings;

use GateTest;

# all values of a field that the service saw, "-" for none

sub sent {
    my ($r, $name) = @_;

    my @values = $r->seen($name);

    return @values ? join('|', @values) : '-';
}


sub got {
    my ($r, $name) = @_;

    my @values = $r->all($name);

    return @values ? join('|', @values) : '-';
}

run_gate_tests();

__DATA__

=== TEST 1: the six verbs, in their order whatever the order of lines
--- gate
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    gate_transform request {
        set      field X-Set        set-$arg_a;
        append   field X-Append     more;
        add      field X-Add        default;
        replace  field X-Replace    replaced;
        rename   field X-Old        X-New;
        remove   field X-Remove;

        # each verb sees what those before it have left
        set      field X-All        last;
        append   field X-All        appended;
        remove   field X-All;
        add      field X-Two        second;
        rename   field X-One        X-Two;
    }
    location / { gate_pass http://sidecar; }
--- client
    for my $get (\&get, \&h2_get) {
        my $r = $get->('/?a=1', 'X-Set: one', 'X-Set: two', 'X-Append: first', 'X-Add: mine',
                       'X-Replace: one', 'X-Replace: two', 'X-Old: v1', 'X-Old: v2',
                       'X-New: forged', 'X-Remove: one', 'X-Remove: two', 'X-Keep: kept',
                       'X-All: one', 'X-One: 1', 'X-Two: 2');

        is(sent($r, 'x-set'), 'set-1', 'set: one field is left, with the value');
        is(sent($r, 'x-append'), 'first|more', 'append: one more');
        is(sent($r, 'x-add'), 'mine', 'add: not where there is one');
        is(sent($r, 'x-replace'), 'replaced', 'replace: one field of what was there');
        is(sent($r, 'x-old'), '-', 'rename: the old name is gone');
        is(sent($r, 'x-new'), 'v1|v2', '... the new one has its values, and no others');
        is(sent($r, 'x-remove'), '-', 'remove: all of them');
        is(sent($r, 'x-keep'), 'kept', 'others stay');
        is(sent($r, 'x-all'), 'last', 'remove, append and set of one field: in this order');
        is(sent($r, 'x-two'), '1', 'rename goes before add');

        $r = $get->('/');
        is(sent($r, 'x-set'), 'set-', 'set: also where none was');
        is(sent($r, 'x-append'), 'more', 'append: also where none was');
        is(sent($r, 'x-add'), 'default', 'add: where none was');
        is(sent($r, 'x-replace'), '-', 'replace: not where none was');
        is(sent($r, 'x-new'), '-', 'rename: not where none was');
        is(sent($r, 'x-two'), 'second', '... so that add adds');
    }


=== TEST 2: values are those of the request as it came, an empty one is not sent
--- gate
--- config
    gate_service s;
    location / {
        gate_transform request {
            set     field X-A      $http_x_b;
            set     field X-B      $http_x_a;
            set     field X-Gone   $http_x_nothing;
            append  field X-None   "";
            add     field X-None   $arg_none;
            replace field X-Empty  $arg_none;
        }
        gate_pass http://sidecar;
    }
--- client
    my $r = get('/', 'X-A: a', 'X-B: b', 'X-Gone: forged', 'X-Empty: was');

    is(sent($r, 'x-a'), 'b', 'a value is not of what an earlier line made');
    is(sent($r, 'x-b'), 'a', '... nor of what a later one did');
    is(sent($r, 'x-gone'), '-', 'set to nothing: the client\'s own does not go on');
    is(sent($r, 'x-none'), '-', 'nothing is added or appended');
    is(sent($r, 'x-empty'), '-', 'replaced by nothing: removed');


=== TEST 3: a list replaces that of further out, an empty one undoes it
--- gate
--- config
    gate_service s;
    gate_transform request  { set field X-Outer outer; }
    gate_transform response { set field X-Said outer; }
    location / { gate_pass http://sidecar; }
    location /own/ {
        gate_transform request { set field X-Inner inner; }
        gate_pass http://sidecar;
        location /own/in/ { gate_pass http://sidecar; }
    }
    location /none/ {
        gate_transform request  { }
        gate_transform response { }
        gate_pass http://sidecar;
        location /none/in/ { gate_pass http://sidecar; }
    }
--- client
    my %want = ('/' => 'outer - outer', '/own/' => '- inner outer', '/own/in/' => '- inner outer',
                '/none/' => '- - -', '/none/in/' => '- - -');

    for my $at (sort keys %want) {
        my $r = get($at);
        is(join(' ', sent($r, 'x-outer'), sent($r, 'x-inner'), got($r, 'x-said')), $want{$at},
           "what $at has");
    }


=== TEST 4: answers of the service, and of nobody else
--- gate
    gate_consumer acme { key sha256(acme); }
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    gate_auth key;
    gate_transform response {
        remove   field X-Remove;
        rename   field X-Old       X-New;
        replace  field X-Replace   replaced;
        add      field X-Add       default;
        append   field X-Append    more-$arg_a;
        set      field X-Set       $upstream_http_x_old;
        set      field Server      meshgate;
        set      field Content-Type "text/x-own; charset=x";
        remove   field Cache-Control;
        set      field ETag        '"mine"';
        remove   field Last-Modified;
    }
    location / { gate_pass http://sidecar; }
    location /expires/ { expires 1h; gate_pass http://sidecar; }
    location /broken/ { gate_pass http://127.0.0.1:1; }
--- client
    my @heads = ('X-Remove:1', 'X-Remove:2', 'X-Old:v1', 'X-Old:v2', 'X-New:was', 'X-Replace:1',
                 'X-Replace:2', 'X-Add:mine', 'X-Append:first', 'X-Set:1', 'X-Set:2', 'X-Keep:k',
                 'Cache-Control:no-store', 'Cache-Control:private', 'ETag:"theirs"',
                 'Last-Modified:Sun, 06 Nov 1994 08:49:37 GMT', 'X-Request-Id:theirs');
    my $target = '?a=1&' . join '&', map { 'head=' . s/([^\w.:-])/sprintf '%%%02X', ord $1/ger }
                 @heads;

    for my $get (\&get, \&h2_get) {
        my $r = $get->("/$target", 'apikey: acme');

        is(got($r, 'x-remove'), '-', 'remove');
        is(got($r, 'x-old'), '-', 'rename: the old name');
        is(got($r, 'x-new'), 'v1|v2', '... and the new one');
        is(got($r, 'x-replace'), 'replaced', 'replace');
        is(got($r, 'x-add'), 'mine', 'add');
        is(got($r, 'x-append'), 'first|more-1', 'append');
        like(got($r, 'x-set'), qr/^v1(?:, v2)?$/, 'set, to what the service said');
        is(got($r, 'x-keep'), 'k', 'other fields of the answer stay');
        is(got($r, 'server'), 'meshgate', 'one Server');
        is(got($r, 'content-type'), 'text/x-own; charset=x', 'one Content-Type');
        is(got($r, 'cache-control'), '-', 'both Cache-Control are gone');
        is(got($r, 'etag'), '"mine"', 'one ETag');
        is(got($r, 'last-modified'), '-', 'no Last-Modified, not by a slot of nginx either');
        like(got($r, 'x-request-id'), qr/^[0-9a-f-]{36}$/, 'the gateway\'s own are its own');

        $r = $get->('/expires/' . $target, 'apikey: acme');
        is(got($r, 'cache-control'), 'max-age=3600', 'another module may write it again');
    }

    my $r = get('/');
    is($r->{status} . got($r, 'x-append') . got($r, 'server'), "401-" . got(get('/'), 'server'),
       'a refusal is left alone');

    $r = get('/broken/', 'apikey: acme');
    is($r->{status} . got($r, 'x-append'), '502-', '... and an error of the gateway, too');


=== TEST 5: what a location does not send to a service is not edited
--- gate
--- config
    gate_service s;
    location / {
        gate_transform request { set field X-A "$uri"; }
        gate_transform response { set field X-B b; }
        root $TEST_NGINX_STATE;
    }
--- client
    my $r = get('/access.log');
    like($r->{status}, qr/^(?:200|404)$/, 'a file, or none');
    is(got($r, 'x-b'), '-', '... is no service\'s answer');


=== TEST 6: a control byte in a value goes to nobody
--- config
    gate_service s;
    location / {
        gate_transform request { set field X-A $decoded; }
        gate_pass http://sidecar;
    }
    location /answer/ {
        gate_transform response { append field X-A $decoded; set field X-B b; }
        gate_pass http://sidecar;
    }
    location /echo/ {
        gate_transform request { set field X-A $http_x_text; }
        gate_pass http://sidecar;
    }
--- gate
    map $cookie_v $decoded {
        lf      "a
X-Admin: yes";
        nul     "a b";
        default "plain";
    }
--- client
    my $r = get('/', 'Cookie: v=lf');
    is($r->{status}, 400, 'a line break is refused');
    is($r->json()->{reason}, 'bad_value', '... with its reason');
    is($r->{seen}, undef, '... and the service sees nothing of it');

    $r = get('/', 'Cookie: v=x');
    is(sent($r, 'x-a'), 'plain', 'what has none is sent');

    $r = get('/echo/', "X-Text: a\tb \xc3\xa4");
    is(sent($r, 'x-a'), "a\tb \xc3\xa4", 'a tab and bytes beyond ASCII are no control bytes');

    $r = get('/answer/', 'Cookie: v=lf');
    is($r->{status}, 200, 'in an answer');
    is(got($r, 'x-a') . got($r, 'x-admin') . got($r, 'x-b'), '--b', '... it is left out');
    like(log_text('error.log'), qr/value for "X-A" of the answer has a byte that ends it/,
         '... and the log says so');

=== TEST 7: of an answer, too, an underscore is a dash
--- gate
--- config
    gate_service s;
    gate_transform response { remove field X-Secret; replace field X-Other new; }
    location / { gate_pass http://sidecar; }
--- client
    my $r = get('/?head=X_Secret:1&head=x-secret:2&head=X_Other:3&head=X-Secrets:4');
    is(join(' ', map { got($r, $_) } qw(X_Secret X-Secret X_Other X-Other X-Secrets)),
       '- - new - 4', 'both are gone, and one is replaced');
