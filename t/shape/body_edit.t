#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Bodies of requests, edited: of a JSON text only the bytes that an edit names
# change; what a service gets is one request with the length that it has.

use strict;
use warnings;

use Time::HiRes qw(sleep);

use GateTest;

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('gate', "gate_consumer acme { key sha256(secret); }\n"
                              . ($block->gate // ''));
});


sub json {
    my ($uri, $body, @fields) = @_;

    return ask('POST', $uri, $body, 'apikey: secret', 'Content-Type: application/json', @fields);
}


sub chunked {
    my ($body, $size) = @_;

    return join('', map { sprintf("%x\r\n%s\r\n", length $_, $_) } unpack("(a$size)*", $body))
           . "0\r\n\r\n";
}


# What nginx -t says about a block for requests.

sub complaint {
    my ($lines, $of) = @_;

    $of //= 'request';

    my $file = "$ENV{TEST_NGINX_STATE}/wrong.conf";

    open my $fh, '>', $file or die $!;
    print $fh "load_module $ENV{GATE_MODULE};\nerror_log $file.log;\nevents {}\npid $file.pid;\n"
              . "http { server { listen 127.0.0.1:$GateTest::port; location / {\n"
              . "gate_transform $of {\n$lines\n}\n proxy_pass http://127.0.0.1:1; } } }\n";
    close $fh;

    my $text = qx($ENV{GATE_NGINX} -t -c $file 2>&1);

    return $text =~ /\[emerg\] (?:\d+#\d+: )?(.*)/ ? $1 =~ s/ in \S+wrong.conf:/ in :/r : $text;
}

run_gate_tests();

__DATA__

=== TEST 1: only the bytes that are named change
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    gate_auth key;
    location / {
        gate_transform request {
            json add     /tenant $gate_consumer;
            json replace /n 2.50;
            json remove  /secret;
            json rename  /old new;
            json default /kind '{"a": [1, "x"]}';
            json move    /from /to;
            json copy    /id /again;
        }
        gate_pass http://sidecar;
    }
--- client
    my $text = qq({ "n": 1.10,\n\t"big": 1e400, "secret" : "x",)
               . qq( "old":[18446744073709551616,"\\u00e4"],)
               . qq( "from": { "a" : 1.0 }, "id": "7" , "dup":1,"dup":2});
    my $want = qq({ "n": 2.50,\n\t"big": 1e400, "new":[18446744073709551616,"\\u00e4"],)
               . qq( "id": "7" , "dup":1,"dup":2,"tenant":"acme","kind":{"a": [1, "x"]},)
               . qq("to":{ "a" : 1.0 },"again":"7"});

    my $r = json('/a', $text);
    is($r->{seen}{body}, $want, 'all kinds of edits at once');
    is(join('|', $r->seen('content-length')), length $want, '... with the length that it has');
    is(join('|', $r->seen('content-type')), 'application/json', '... and the type that it had');

    $r = ask('POST', '/b', chunked($text, 5), 'apikey: secret', 'Transfer-Encoding: chunked',
             'Content-Type: application/merge-patch+json; charset=utf-8');
    is($r->{seen}{body}, $want, 'in chunks of five bytes, of a type that ends in +json');
    is(join('|', $r->seen('content-length')), length $want, '... has the length, too');
    is(join('|', $r->seen('transfer-encoding')), '', '... and no chunks');

    for my $cut (1 .. length($text) - 1) {
        my $c = client();
        $c->write("POST /c HTTP/1.1\r\nHost: a\r\nConnection: close\r\napikey: secret\r\n"
                  . "Content-Type: application/json\r\nContent-Length: " . length($text)
                  . "\r\n\r\n" . substr($text, 0, $cut));
        sleep 0.003 if $cut % 8 == 0;
        $c->write(substr($text, $cut));
        my $got = $c->read()->{seen}{body};
        next if $got eq $want;
        is($got, $want, "cut at byte $cut");
    }

    $r = json('/d', '{"id":1}', 'Content-MD5: x', 'Digest: sha-256=x',
              'Content-Digest: sha-256=:x:', 'Repr-Digest: sha-256=:x:',
              'Expect: 100-continue', 'X-Kept: 1');
    is($r->{seen}{body}, '{"id":1,"tenant":"acme","kind":{"a": [1, "x"]},"again":1}', 'added');
    is(join('|', map { $r->seen($_) } qw(content-md5 digest content-digest repr-digest expect)), '',
       '... and no digest of what it was');
    is(join('|', $r->seen('x-kept')), '1', '... but all else');

    is(json('/e', '{"id":1}', 'Content-Encoding: identity')->{status}, 200,
       'identity is no encoding');

=== TEST 2: values
--- config
    gate_service s;
    gate_auth key;
    location /v {
        gate_transform request {
            json add /number   1.10;
            json add /true     true;
            json add /null     null;
            json add /string   '"quo\\\"ted"';
            json add /words    'two words';
            json add /var      $arg_v;
            json add /mixed    "<${arg_v}>";
            json add /object   '{"v": $arg_v, "s": "$arg_v!", "$$ref": "#/$arg_v"}';
            json add /array    '[$arg_v, 1.0]';
            json add /name     "${arg_none}";
        }
        gate_pass http://sidecar;
    }
    location /as {
        gate_transform request {
            json add /n $arg_n as=json;
            json add /o '{"n": $arg_n, "s": "$arg_n"}' as=json;
        }
        gate_pass http://sidecar;
    }
    location /cred {
        gate_transform request { json add /key "$http_apikey|$gate_consumer"; }
        gate_pass http://sidecar;
    }
--- client
    my %as = ('abc' => 'abc', 'a"b\\' => 'a\"b\\\\',
              '","admin":true,"x":"' => '\",\"admin\":true,\"x\":\"',
              "\xc3\xa4" => "\xc3\xa4", '}' => '}', '' => '');

    for my $v (sort keys %as) {
        my $r = json('/v?v=' . ($v =~ s/([\\"])/$1/gr), '{}');
        my $q = $as{$v};

        is($r->{seen}{body},
           '{"number":1.10,"true":true,"null":null,"string":"quo\"ted","words":"two words",'
           . qq("var":"$q","mixed":"<$q>","object":{"v": "$q", "s": "$q!", "\$ref": "#/$q"},)
           . qq("array":["$q", 1.0],"name":""}), "a value <$v> stays a string");
    }

    for my $n ('1.10', 'true', '{"a":[1,2]}', '"x"', '1e400') {
        my $q = $n =~ s/"/\\"/gr;
        my $r = json("/as?n=$n", '{}');
        is($r->{seen}{body}, qq({"n":$n,"o":{"n": $n, "s": "$q"}}), "$n as JSON");
    }

    is(json('/as', '{}')->{seen}{body}, '{"n":null,"o":{"n": null, "s": ""}}',
       'nothing as JSON is null');

    for my $n ('1,"admin":true', 'x', '1}', '{"a":1', '01', '1 2') {
        my $r = json('/as?n=' . ($n =~ s/ /+/gr), '{}');
        is($r->{status}, 400, "$n is no JSON");
        is($r->json->{reason}, 'bad_body', '... and says so');
    }

    is(json('/cred', '{}')->{seen}{body}, '{"key":"|acme"}', 'no credential gets into a body');

=== TEST 3: what is no JSON, too large, encoded, or of another type
--- config
    gate_service s;
    gate_auth key;
    location /strict {
        gate_transform request {
            json add /a 1;
            bodies max=100 other=refuse;
        }
        gate_pass http://sidecar;
    }
    location /lax {
        gate_transform request {
            json add /a 1;
            bodies max=100 over=pass invalid=pass encoded=pass;
        }
        gate_pass http://sidecar;
    }
    location /types {
        gate_transform request {
            json add /a 1;
            bodies types=text/json,application/x;
        }
        gate_pass http://sidecar;
    }
--- client
    my $large = '{"b":"' . 'x' x 100 . '"}';
    my @bad = ('x', '{', '{"a":1', '{"a":01}', '[1,]', '{}{}', "\xff", '"x', '{"a" 1}',
               "{\"a\":\"\n\"}", '[' x 90, 'nul', ' ');

    for my $bad (@bad) {
        my $r = json('/strict', $bad);
        is($r->{status} . ' ' . $r->json->{reason}, '400 bad_body', "refused: $bad");
        $r = json('/lax', $bad);
        is($r->{seen}{body}, $bad, "passed: $bad");
        $r = ask('POST', '/lax', chunked($bad, 1), 'apikey: secret', 'Transfer-Encoding: chunked',
                 'Content-Type: application/json');
        is($r->{seen}{body}, $bad, "passed in chunks: $bad");
    }

    for my $how ('length', 'chunks') {
        my @sent = $how eq 'length' ? ($large)
                   : (chunked($large, 10), 'Transfer-Encoding: chunked');
        my $r = json('/strict', @sent);
        is($r->{status} . ' ' . $r->json->{reason}, '413 payload_too_large', "too large, $how");
        is(json('/lax', @sent)->{seen}{body}, $large, "passed though too large, $how");
    }

    my $r = json('/strict', '{}', 'Content-Encoding: gzip');
    is($r->{status} . ' ' . $r->json->{reason}, '415 unsupported_body', 'encoded');
    is(json('/strict', '{}', 'Content-Encoding: identity', 'Content-Encoding: gzip')->{status}, 415,
       'encoded, and said twice');
    is(json('/lax', '{}', 'Content-Encoding: gzip')->{seen}{body}, '{}', 'encoded and passed');

    for my $type ('text/plain', 'application/jsonx', 'text/json', 'application/json-seq', '+json') {
        my @sent = ('{}', 'apikey: secret', "Content-Type: $type");
        is(ask('POST', '/strict', @sent)->{status}, 415, "$type is not taken");
        is(ask('POST', '/lax', @sent)->{seen}{body}, '{}', "$type is passed");
    }

    is(ask('POST', '/strict', '{}', 'apikey: secret')->{status}, 415, 'nor is no type');
    is(ask('POST', '/types', '{}', 'apikey: secret', 'Content-Type: Text/JSON; a=b')->{seen}{body},
       '{"a":1}', 'a type of the list');
    is(json('/types', '{}')->{seen}{body}, '{}', 'one that is not in it');
    is(json('/strict', '')->{status}, 200, 'an empty body is not edited');
    is(json('/strict', "0\r\n\r\n", 'Transfer-Encoding: chunked')->{status}, 200,
       '... nor is it in chunks');
    is(get('/strict', 'apikey: secret')->{seen}{body}, '', 'nor is none');

=== TEST 4: a body from a template
--- user_files
>>> order.json
{ "who": "$gate_consumer", "n": $arg_n,
  "of": "$request_method $$1" }
--- config
    gate_service s;
    gate_auth key;
    location / {
        gate_transform request { body '{"who":"$gate_consumer","q":$arg_q}'; }
        gate_pass http://sidecar;
    }
    location /file {
        gate_transform request {
            body @$TEST_NGINX_SERVER_ROOT/html/order.json type=application/vnd.a+json as=json;
        }
        gate_pass http://sidecar;
    }
--- client
    my $want = '{"who":"acme","q":"1\"2"}';

    for my $sent (undef, '', 'anything', '{"a":1}', 'x' x 100000) {
        my $name = defined $sent ? length($sent) . ' bytes' : 'none';

        for my $method ('POST', 'GET', 'PUT', 'DELETE') {
            my $r = ask($method, '/?q=1"2', $sent, 'apikey: secret', 'Content-Type: text/plain',
                        'Content-Encoding: gzip');
            is($r->{seen}{body}, $want, "$method, instead of $name");
            is(join('|', map { $r->seen($_) } qw(content-length content-type content-encoding)),
               length($want) . '|application/json', '... with what belongs to it');
        }

        next if !defined $sent;

        my $r = ask('POST', '/?q=1"2', chunked($sent || 'x', 1000), 'apikey: secret',
                    'Transfer-Encoding: chunked');
        is($r->{seen}{body}, $want, "instead of chunks of $name");
        is(join('|', $r->seen('transfer-encoding')), '', '... and without chunks');
    }

    my $r = ask('POST', '/file?n=1.50', 'x', 'apikey: secret');
    is($r->{seen}{body} =~ s/\s*$//r, qq({ "who": "acme", "n": 1.50,\n  "of": "POST \$1" }),
       'from a file');
    is(join('|', $r->seen('content-type')), 'application/vnd.a+json', '... of a type of its own');

    $r = ask('POST', '/', 'x' x 1100000, 'apikey: secret');
    is($r->{status}, 413, 'what it takes the place of may be too large, too');

    my $c = client();
    my $head = "Host: a\r\napikey: secret\r\n";
    $c->write("POST /1 HTTP/1.1\r\n${head}Content-Length: 3\r\n\r\nabc"
              . "POST /2 HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
              . "GET /3 HTTP/1.1\r\n$head\r\n");
    is(join(' ', map { (split / /, $c->read()->{seen}{line})[1] } 1 .. 3), '/1 /2 /3',
       'one request at the service for each of a connection');

=== TEST 5: led elsewhere it goes there as it came
--- config
    gate_service s;
    location / {
        gate_auth key;
        gate_transform request { json add /a 1; }
        error_page 502 = @other;
        gate_pass http://127.0.0.1:$TEST_NGINX_PORT_1;
    }
    location @other { proxy_pass http://sidecar; }
    location /again/ {
        gate_auth key;
        gate_transform request { json add /a 1; }
        error_page 502 = @edited;
        gate_pass http://127.0.0.1:$TEST_NGINX_PORT_1;
    }
    location @edited {
        gate_auth key;
        gate_transform request { json add /b 2; }
        gate_pass http://sidecar;
    }
--- client
    for my $sent ('{"x":1}', '{"x":"' . 'y' x 50000 . '"}') {
        my $r = json('/', $sent, 'Content-MD5: x');
        is($r->{seen}{body}, $sent, length($sent) . ' bytes, led to a location without edits');
        is(join('|', $r->seen('content-length')), length $sent, '... have their length');
        is(join('|', $r->seen('content-md5')), 'x', '... and their digest');

        $r = json('/again/', $sent);
        is($r->{seen}{body}, $sent =~ s/}$/,"b":2}/r, 'led to a location with others');

        $r = json('/again/', chunked($sent, 10000), 'Transfer-Encoding: chunked');
        is($r->{seen}{body}, $sent =~ s/}$/,"b":2}/r, 'from chunks');
    }

=== TEST 6: by HTTP/2, and what a mirror gets
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    gate_auth key;
    location / {
        gate_transform request { json add /a 1; }
        mirror /mirror;
        gate_pass http://sidecar;
    }
    location /mirror { internal; gate_auth off; proxy_pass http://sidecar/mirrored/keep=mirror; }
--- client
    my $curl = "curl -sS --http2-prior-knowledge --max-time 20 -H 'apikey: secret'"
               . " -H 'content-type: application/json' http://127.0.0.1:$GateTest::h2_port/h2";
    my $text = qx($curl -d '{"x":1}');
    like($text, qr/^\{"x":1,"a":1\}$/m, 'by HTTP/2 with a length');

    $text = qx(printf '{"x":2}' | $curl -T - -X POST);
    like($text, qr/^\{"x":2,"a":1\}$/m, '... and without');

    my $kept = "$ENV{TEST_NGINX_STATE}/kept-mirror";
    my $read = sub { open my $fh, '<', $kept or return ''; local $/; return <$fh> };

    wait_for(sub { 2 == (() = $read->() =~ /^content-length/mig) });
    is(join('|', $read->() =~ /^content-length: (\d+)/mig), '13|13', 'a mirror gets it edited');

=== TEST 7: what a configuration may not say
--- config
    location / { }
--- client
    like(complaint('json ad /a 1;'), qr/it must be "json", one of "add".*in :7$/, 'no verb');
    like(complaint('json add /a;'), qr/it takes a pointer and a value/, 'no value');
    like(complaint('json add /a 1 2;'), qr/it takes a pointer and a value/, 'two values');
    like(complaint('json remove /a 1;'), qr/it takes a pointer and nothing/, 'a value too many');
    like(complaint('json rename /a;'), qr/it takes a pointer, and where/, 'no new name');
    like(complaint('json add a 1;'), qr/"json" cannot edit "a": it .* in :7$/,
         'a pointer that is none');
    like(complaint("json add /a 1;\njson remove /a;"), qr/cannot edit "\/a".* in :8$/,
         'two of a place');
    like(complaint("json add /a '{\"x\": }';"), qr/must be JSON/, 'an object that is none');
    like(complaint("json add /a '{\"x\": \$host\$host}';"), qr/must be JSON/,
         'two values in one place');
    like(complaint("json add /a '[1\$host]';"), qr/must be JSON/, 'a value beside a digit');
    like(complaint("json add /a '\"\\\\\$host\"';"), qr/must be JSON/,
         'a value behind a backslash');
    like(complaint('json add /a 1 as=json;'), qr/has no variable/, 'as=json without a variable');
    like(complaint('json add /a $nosuch;'), qr/unknown "nosuch" variable/, 'no such variable');
    like(complaint('json add /a "${host";'), qr/has a "\$\{" without/, 'a brace left open');
    like(complaint('body x;'), qr/must be JSON/, 'a template that is not JSON');
    like(complaint('body "{}" type=text/plain;'), qr/must be a type of JSON/, 'another type');
    like(complaint('body "{}" as=xml;'), qr/is not known behind/, 'another way');
    like(complaint('body @/nonexistent;'), qr/nonexistent/, 'no such file');
    like(complaint("body '{}';\nbody '{}';"), qr/is there a second time.*:8$/, 'two of them');
    like(complaint("body '{}';\njson add /a 1;"), qr/leaves nothing for "json"/,
         'a template and edits');
    like(complaint('bodies max=1k;'), qr/stands alone/, 'nothing to hold');
    like(complaint("json add /a 1;\nbodies;"), qr/says nothing/, 'nothing said');
    like(complaint("json add /a 1;\nbodies over=maybe;"), qr/over=maybe/, 'neither nor');
    like(complaint("json add /a 1;\nbodies max=1k;\nbodies over=pass;"), qr/second time/, 'twice');
    like(complaint("json add /a 1;\n}\nproxy_request_buffering off;\ntypes {"),
         qr/"proxy_request_buffering off" sends on what location "\/" has to read.*in :5$/,
         'what is sent on as it comes cannot be edited');
