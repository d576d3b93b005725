#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gate_transform and cookies: what the service gets, and what a client is told
# to keep.

use strict;
use warnings;

use GateTest;

sub sent {
    my ($r) = @_;

    return $r->{seen} ? join('|', $r->seen('cookie')) : $r->{status};
}

run_gate_tests();

__DATA__

=== TEST 1: cookies of a request
--- gate
    map $http_x_v $v {
        default  $http_x_v;
        two      "1; admin=1";
        comma    "1,admin=1";
        line     "1
X: y";
    }
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    location / {
        gate_transform request {
            set      cookie set      $v;
            append   cookie append   more;
            add      cookie add      1;
            replace  cookie replace  2;
            rename   cookie old      new;
            remove   cookie remove;
        }
        gate_pass http://sidecar;
    }
    location /remove/ {
        gate_transform request { remove cookie a; }
        gate_pass http://sidecar;
    }
--- client
    for my $get (\&get, \&h2_get) {
        is(sent($get->('/')), 'add=1; append=more; set=', 'where none was');
        is(sent($get->('/', 'Cookie: x="1 2"; remove=1;y;old=3; new=4; replace=5; add=6; set=7',
                        'X-V: v')),
           'x="1 2";y;new=3; add=6; replace=2; append=more; set=v', 'all verbs');
        is(sent($get->('/', 'Cookie: x=1, remove=2')), 'x=1; add=1; append=more; set=',
           'also what only some readers take for a cookie');
        is(sent($get->('/remove/', 'Cookie: a=1; a=2')), '', 'none is left, and no field');
        is(sent($get->('/remove/', 'Cookie: b=1;  c = 2')), 'b=1;  c = 2',
           'others stay byte by byte');

        is(sent($get->('/', "X-V: $_")), 400, "a value that would be more: $_")
            for qw(two comma line);
    }

    is(sent(get('/', 'Cookie: a=1; remove=1', 'Cookie: remove=2', 'Cookie: b=2')),
       'a=1; b=2; add=1; append=more; set=', 'several fields are one');


=== TEST 2: cookies of an answer
--- gate
    map $arg_v $v {
        default  $arg_v;
        two      "1; Domain=evil.example";
    }
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    location / {
        gate_transform response {
            set      cookie set      $v "Path=/; HttpOnly";
            append   cookie append   more;
            add      cookie add      1 Secure;
            replace  cookie replace  2;
            rename   cookie old      new;
            remove   cookie remove;
        }
        gate_pass http://sidecar;
    }
--- client
    my $heads = join '&', map { "head=Set-Cookie:$_" } 'remove%3D1%3B%20Path%3D%2F', 'keep%3D1',
                'old%3Da%3Db%3B%20Path%3D%2F', 'new%3D2', 'replace%3D1', 'replace%3D2', 'set%3D1',
                'keep2%3Dremove%3D1', 'remove%3D3';

    for my $get (\&get, \&h2_get) {
        is(join('|', sort $get->("/?v=V&$heads")->all('set-cookie')),
           join('|', sort 'keep=1', 'new=a=b; Path=/', 'replace=2', 'keep2=remove=1',
                          'add=1; Secure', 'append=more', 'set=V; Path=/; HttpOnly'),
           'all verbs, of an answer');
        is(join('|', sort $get->("/?v=two&head=Set-Cookie:set%3D1")->all('set-cookie')),
           'add=1; Secure|append=more', 'a value that would be more is left out');
    }
