#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Traffic rules by the API: written, read, gone back to; kept over reloads and
# kills; hostile bodies.

use strict;
use warnings;

use lib 't/lib';

use File::Path qw(make_path remove_tree);
use JSON::PP;
use Test::More;
use Time::HiRes qw(time);

use GateAsk;
use GateNginx;

plan skip_all => 'run it by make t/registry/rules.t' if !$ENV{GATE_NGINX};

my $root = $ENV{TEST_NGINX_SERVROOT};
my $port = $ENV{GATE_PORT_BASE};

remove_tree($root);

my $n = GateNginx->new(root => "$root/nginx", workers => 1);
my $api = GateAsk->new($port);

make_path("$n->{root}/rules.d");
spew("$n->{root}/rules.d/fixed.json",
     encode_json({ service => 'fixed', versions => ['v1'], fallback => 'v1' }));
configure();
$n->start();

written();
conditions();
weights();
rollback();
waiting();
wrong();
by_file();
at_once();
reloaded();
killed();

$n->stop();
is($n->complaints(), '', 'the error log holds no complaint');

done_testing();


sub configure {
    $n->configure(mesh_head($n) . <<"CONF");
http {
@{[ $n->paths() ]}
    mesh_state $n->{root}/state;
    mesh_rules_file $n->{root}/rules.d/*.json;

    server {
        listen 127.0.0.1:$port;

        location /mesh/rules/ {
            allow 127.0.0.1;
            deny all;
            mesh_rules;
        }

        location /status {
            mesh_status;
        }
    }
}
CONF
}


sub rule {
    my ($service, $v1, $v2, %more) = @_;

    return { service => $service, versions => ['v1', 'v2'],
             split => { weights => { v1 => $v1, v2 => $v2 } }, fallback => 'v1', %more };
}


sub written {
    is($api->get('/mesh/rules/orders')->{status}, 404, 'at first there is no rule');

    my $r = $api->put('/mesh/rules/orders', rule('orders', 100, 0));

    is($r->{status}, 201, 'a first rule is made');
    is($r->field('etag'), '"1"', 'its tag is its epoch');
    is($r->json()->{rule}{epoch}, 1, 'which the server gives');
    is_deeply($r->json()->{warnings}, ['orders: no source knows this service yet'],
              'that nobody knows the service is a warning');

    $r = $api->put('/mesh/rules/orders', rule('orders', 90, 10));
    is($r->{status}, 200, 'a second one takes its place');
    is($r->json()->{epoch}, 2, 'in the next epoch');

    $r = $api->get('/mesh/rules/orders');
    is($r->{status}, 200, 'it is read');
    is($r->json()->{split}{weights}{v2}, 10, 'as it was written');
    is($r->json()->{split}{hash_on}, 'x-lane-hash', 'with what was not said');
    is($r->field('etag'), '"2"', 'with its tag');

    $r = $api->get('/mesh/rules/orders', 'If-None-Match: "2"');
    is($r->{status}, 304, 'who has it is told so');

    $r = $api->put('/mesh/rules/orders?dry_run', rule('orders', 0, 100));
    is($r->{status}, 200, 'a dry run is answered');
    ok($r->json()->{dry_run}, 'and says that it is one');
    is($r->json()->{shares}[1]{weight}, 100, 'with the shares as they would be');
    is($api->get('/mesh/rules/orders')->json()->{epoch}, 2, 'and changes nothing');

    $r = $api->put('/mesh/rules/orders', rule('orders', 80, 20, epoch => 10));
    is($r->json()->{epoch}, 10, 'a client may say the epoch');

    $r = $api->put('/mesh/rules/orders', rule('orders', 80, 20, epoch => 10));
    is($r->{status}, 422, 'but it has to grow');
    is($r->json()->{pointer}, '/epoch', 'the epoch is named as wrong');

    $r = $api->get('/mesh/rules/');
    is_deeply([ map { "$_->{from} $_->{rule}{service}" } @{ $r->json()->{rules} } ],
              ['file fixed', 'api orders'], 'all rules are listed by name');

    $r = $api->get('/mesh/rules/?after=fixed&limit=1');
    is_deeply([ map { $_->{rule}{service} } @{ $r->json()->{rules} } ], ['orders'],
              'a page of them is listed');
    is($api->get('/status')->json()->{rules}, 2, 'the status counts them');

    is($api->delete('/mesh/rules/orders')->{status}, 204, 'a rule is deleted');
    is($api->get('/mesh/rules/orders')->{status}, 404, 'and is gone');
    is($api->delete('/mesh/rules/orders')->{status}, 404, 'once');

    $r = $api->put('/mesh/rules/orders', rule('orders', 1, 1));
    is($r->{status}, 201, 'it is made again');
    is($r->json()->{epoch}, 12, 'in an epoch that grows over deletions');
}


sub conditions {
    my $path = '/mesh/rules/orders';

    is($api->put($path, rule('orders', 1, 2), 'If-Match: "11"')->{status}, 412,
       'an old tag is refused');
    is($api->put($path, rule('orders', 1, 2), 'If-Match: "12"')->{status}, 200,
       'the right tag is taken');
    is($api->put($path, rule('orders', 1, 2), 'If-None-Match: *')->{status}, 412,
       'a rule that must not be there is');
    is($api->put('/mesh/rules/new', rule('new', 1, 2), 'If-Match: *')->{status}, 412,
       'a rule that must be there is not');
    is($api->put('/mesh/rules/new', rule('new', 1, 2), 'If-None-Match: *')->{status}, 201,
       'a rule that must not be there is made');
    is($api->delete('/mesh/rules/new', 'If-Match: "7"')->{status}, 412,
       'a deletion has conditions, too');
    is($api->delete('/mesh/rules/new', 'If-Match: "1"')->{status}, 204,
       'which may hold');
}


sub weights {
    my $r = $api->patch('/mesh/rules/orders', { weights => { v2 => 7 } });

    is($r->{status}, 200, 'weights are changed alone');
    is_deeply($r->json()->{rule}{split}{weights}, { v1 => 1, v2 => 7 },
              'those that are not named stay');

    $r = $api->patch('/mesh/rules/orders', { weights => { v9 => 7 } });
    is($r->{status}, 422, 'a version that the rule does not have is refused');
    is($r->json()->{pointer}, '/weights/v9', 'by its name');
    is($api->patch('/mesh/rules/nobody', { weights => { v1 => 1 } })->{status}, 404,
       'without a rule there are no weights');
}


sub rollback {
    my $r = $api->get('/mesh/rules/orders/history');
    my @epochs = map { $_->{epoch} } @{ $r->json()->{history} };

    is_deeply(\@epochs, [14, 13, 12, 11, 10, 2, 1], 'the history has all changes');
    ok($r->json()->{history}[3]{deleted}, 'also the deletion');
    like($r->json()->{history}[0]{at}, qr/^\d{4}-\d\d-\d\dT[\d:]+Z$/, 'with their time');

    $r = $api->post('/mesh/rules/orders/rollback', { epoch => 2 });
    is($r->{status}, 200, 'an old rule comes back');
    is($r->json()->{epoch}, 15, 'in a new epoch');
    is_deeply($r->json()->{rule}{split}{weights}, { v1 => 90, v2 => 10 }, 'as it was');

    $r = $api->post('/mesh/rules/orders/rollback', { epoch => 11 });
    is($r->{status}, 422, 'to a deletion nobody goes back');
    is($r->json()->{pointer}, '/epoch', 'as its epoch says');
    is($api->post('/mesh/rules/nobody/rollback', { epoch => 1 })->{status}, 422,
       'what never was does not come back');

    $api->patch('/mesh/rules/many', {});
    $api->put('/mesh/rules/many', rule('many', $_, 1)) for 1 .. 105;
    $r = $api->get('/mesh/rules/many/history')->json()->{history};
    is(scalar @$r, 100, 'a history has a hundred changes');
    is($r->[99]{epoch}, 6, 'the newest ones');
}


sub waiting {
    my $r = $api->get('/mesh/rules/orders?epoch=14');

    is($r->{status}, 200, 'a newer rule is answered at once');
    is($api->get('/mesh/rules/orders?epoch=15')->{status}, 304, 'none is newer');
    is($api->get('/mesh/rules/orders?epoch=15&wait=100ms')->{status}, 304,
       'none has come for a while');

    my @c = map { $api->begin('GET', '/mesh/rules/orders?epoch=15&wait=60s') } 1 .. 20;
    my $gone = $api->begin('GET', '/mesh/rules/orders?epoch=15&wait=60s');
    my $other = $api->begin('GET', '/mesh/rules/other?epoch=0&wait=60s');

    undef $gone;
    $api->patch('/mesh/rules/orders', { weights => { v2 => 11 } });

    is_deeply([ map { $_->read()->json()->{epoch} } @c ], [ (16) x 20 ],
              'all who wait are told of the next one');

    $api->put('/mesh/rules/other', rule('other', 1, 1));
    is($other->read()->json()->{epoch}, 1, 'and who waits for a first one of that');

    $other = $api->begin('GET', '/mesh/rules/other?epoch=1&wait=60s');
    $api->get('/mesh/rules/other');
    $n->reload();
    is($other->read()->{status}, 304, 'a worker that ends lets go who waits');

    is($api->get('/mesh/rules/orders?epoch=x')->{status}, 400, 'an epoch is a number');
    is($api->get('/mesh/rules/orders?wait=1d')->{status}, 400, 'nobody waits for a day');
}


sub wrong {
    my @bodies = (
        [ '', 400, '' ], [ '[]', 400, '' ], [ '{', 400, '' ], [ "\xff", 400, '' ],
        [ '{"service":"a","service":"a"}', 400, '' ], [ '[' x 10000, 400, '' ],
        [ '{}', 422, '/service' ],
        [ encode_json({ %{ rule('a', 1, 1) }, extra => 1 }), 422, '/extra' ],
        [ encode_json(rule('b', 1, 1)), 422, '/service' ],
        [ encode_json(rule('a', 0, 0)), 422, '/split/weights' ],
        [ encode_json(rule('a', 10000, 1)), 422, '/split/weights' ],
        [ encode_json(rule('a', 1, 1, epoch => 0)), 422, '/epoch' ],
        [ encode_json(rule('a', 1, 1, epoch => 10 ** 15)), 422, '/epoch' ],
        [ encode_json(rule('a', 1, 1, match => [ { header => 'x', regex => '(?=a)',
                                                   to => 'v1' } ])),
          422, '/match/0/regex' ],
        [ encode_json(rule('a', 1, 1, match => [ ({ header => 'x', exact => 'a',
                                                    to => 'v1' }) x 65 ])),
          422, '/match' ],
        [ '{"service":"a","x":"' . 'y' x 600000 . '"}', 400, '' ],
    );

    for my $i (0 .. $#bodies) {
        my ($body, $status, $pointer) = @{ $bodies[$i] };
        my $r = $api->put('/mesh/rules/a', $body);

        is($r->{status}, $status, "wrong body $i is refused");
        is($r->field('content-type'), 'application/problem+json', "wrong body $i is a problem");
        is($r->json()->{pointer}, $pointer, "wrong body $i has its place: $pointer");
    }

    is($api->get('/mesh/rules/a')->{status}, 404, 'nothing of all that was kept');
    is($api->put('/mesh/rules/a%2fb', rule('a', 1, 1))->{status}, 404, 'a name is one step');
    is($api->put('/mesh/rules/a%00', rule('a', 1, 1))->{status}, 400, 'and has no NUL');
    is($api->put("/mesh/rules/@{[ 'a' x 129 ]}", rule('a', 1, 1))->{status}, 404,
       'and is not long');
    is($api->get('/mesh/rules/a/b')->{status}, 404, 'below a rule is little');
    is($api->post('/mesh/rules/a', rule('a', 1, 1))->{status}, 405, 'a rule is not posted');
    is($api->post('/mesh/rules/a', '')->field('allow'), 'GET, HEAD, PUT, PATCH, DELETE',
       'what may be done is told');
    is($api->put('/mesh/rules/', rule('a', 1, 1))->{status}, 405, 'the list is read only');
    is($api->put('/mesh/rules/a', rule('a', 1, 1), 'Origin: http://evil.example')->{status},
       403, 'a page of another site may not write');
    is($api->put('/mesh/rules/a', rule('a', 1, 1), 'Sec-Fetch-Site: cross-site')->{status},
       403, 'nor one that a browser knows as such');
}


sub by_file {
    my $r = $api->get('/mesh/rules/fixed');

    is($r->{status}, 200, 'a rule of a file is in force');
    is($api->put('/mesh/rules/fixed', rule('fixed', 1, 1))->{status}, 409,
       'and is not written by the API');

    spew("$n->{root}/rules.d/fixed.json",
         encode_json({ service => 'fixed', epoch => 4000000000, versions => ['v3'],
                       fallback => 'v3' }));
    $n->reload();
    is($api->get('/mesh/rules/fixed')->json()->{versions}[0], 'v3', 'a reload reads it anew');

    spew("$n->{root}/rules.d/wrong.json", '{"service":"w","versions":["a","a"]}');
    like($n->check(), qr{\[emerg\].*wrong\.json": /versions/1: stands there twice in .*nginx},
         'a wrong file is refused with its place');

    spew("$n->{root}/rules.d/wrong.json",
         encode_json({ service => 'fixed', versions => ['v1'], fallback => 'v1' }));
    like($n->check(), qr{/service: has a rule in ".*fixed\.json" already},
         'and a second rule for a service');
    unlink "$n->{root}/rules.d/wrong.json";
}


sub at_once {
    my $epoch = $api->put('/mesh/rules/race', rule('race', 1, 1))->json()->{epoch};
    my @c = map { $api->begin('PUT', '/mesh/rules/race', rule('race', 1, $_),
                              "If-Match: \"$epoch\"") } 1 .. 30;
    my %n;

    $n{ $_->read()->{status} }++ for @c;
    is_deeply(\%n, { 200 => 1, 412 => 29 }, 'of thirty writers with one tag one wins');

    @c = map { $api->begin('PATCH', '/mesh/rules/race', { weights => { v1 => $_ } }) } 1 .. 30;

    my %epochs = map { $_->read()->json()->{epoch} => 1 } @c;

    is(scalar keys %epochs, 30, 'thirty writers without a tag have thirty epochs');
}


# What was answered is there afterwards; all else may be or not.

sub reloaded {
    my (%kept, $refused);

    for my $turn (1 .. 5) {
        kill 'HUP', $n->{pid};
        written_under(\%kept, $turn, 0.6);
    }

    wait_for(sub { $n->workers() == 1 });
    is(missing(\%kept), '', 'no answered change is lost by reloads');
    cmp_ok(scalar keys %kept, '>', 20, 'and there were many');
}


sub killed {
    my %kept;

    for my $turn (1 .. 3) {
        written_under(\%kept, "k$turn", 0.3);
        $n->kill_all();
        $n->start();
    }

    is(missing(\%kept), '', 'no answered change is lost by kills');

    my $last = 10 ** 15 - 1;
    my @long = map { { header => 'x', exact => "\x7f" x 1000, to => 'v1' } } 1 .. 64;

    $api->put('/mesh/rules/last', rule('last', 1, 1, epoch => $last, match => \@long));
    is($api->delete('/mesh/rules/last')->{status}, 409, 'behind the last epoch is none');

    # as a crash leaves it in the middle of a write
    $n->kill_all();
    open my $fh, '>>', "$n->{root}/state/rules.log" or die "$!\n";
    print $fh '1700000000 99 torn {"serv';
    close $fh;
    $n->start();
    is(missing(\%kept), '', 'half a line takes nothing along');
    is($api->get('/mesh/rules/last')->{status}, 200, 'the largest rule is read again');
    is($api->put('/mesh/rules/torn', rule('torn', 1, 1))->{status}, 201, 'nor spoils the next');
    $n->reload();
    is($api->get('/mesh/rules/torn')->{status}, 200, 'which is read again');
}


sub written_under {
    my ($kept, $turn, $seconds) = @_;

    my $end = time + $seconds;

    for (my $i = 0; time < $end; $i++) {
        my $service = "load$turn-" . $i % 7;
        my $r = $api->put("/mesh/rules/$service", rule($service, 1, $i));

        $kept->{$service} = $r->json()->{epoch} if $r->{status} =~ /^20[01]$/;
    }
}


sub missing {
    my ($kept) = @_;

    return join ' ', grep {
        my $r = $api->get("/mesh/rules/$_");
        $r->{status} != 200 || $r->json()->{epoch} < $kept->{$_}
    } sort keys %$kept;
}
