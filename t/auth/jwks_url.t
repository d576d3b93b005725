# Copyright (C) 2026 Meshgate contributors

# Keys by URL: fetched by one worker for all, again for a key that is not known
# yet, and never the loss of those that are.


use strict;
use warnings;

use GateKeyServer;
use GateTest;
use GateToken;


gate_keys();

my $server = GateKeyServer->start(port => port(1), dir => $ENV{TEST_NGINX_STATE});

sub ks { return $server }

ks()->serve('/keys', body => jwks('rsa'));


# The answer once the key server's keys are there.

sub settled {
    my ($token, $status) = @_;

    my $r;

    wait_for(sub {
        $r = get('/', "Authorization: Bearer $token");
        return $r->{status} == ($status // 200);
    });

    return $r;
}


sub metric {
    my ($line) = @_;

    return (get('/status')->{body} =~ /^\Q$line\E (\S+)$/m)[0] // 'none';
}


run_gate_tests();

__DATA__

=== TEST 1: keys are fetched when nginx starts
--- gate
    gate_issuer corp {
        issuer https://issuer.example; audience a; algorithms RS256 ES256;
        consumer map=name;
        jwks /_jwks/corp cooldown=200ms;
    }
    gate_consumer alice { }
--- config
    location / { gate_auth jwt=corp; gate_service s; gate_pass http://sidecar; }
    location = /status { gate_status format=prometheus; allow 127.0.0.1; deny all; }
    location = /_jwks/corp { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1/keys; }
--- client
    my $token = mint(claims => { aud => 'a' });
    my $r = settled($token);
    is($r->{status}, 200, 'a token of the key is good');
    is(ks()->count('/keys'), 1, 'the key server was asked once');
    like(ks()->last('/keys'), qr{^GET /keys HTTP/1\.[01]\r\n}, '... by GET');
    unlike(ks()->last('/keys'), qr/authorization|bearer/i, '... without anybody\'s token');

    is(get('/_jwks/corp')->{status}, 404, 'the location is closed to clients');
    is(metric('gate_key_set_keys{issuer="corp"}'), 1, 'a metric tells the keys');
    is(metric('gate_key_set_usable{issuer="corp"}'), 1, '... that they can be used');
    is(metric('gate_key_set_fetches_total{issuer="corp",result="ok"}'), 1,
       '... and that they were fetched');
    unlike(log_text('error.log'), qr/\[(?:error|warn)\].*gate fetch/, 'the log is quiet');


=== TEST 1b: the policies of the server are not asked of its own requests
--- gate
    gate_zone z 1m;
    gate_issuer corp {
        issuer https://issuer.example; audience a; algorithms RS256;
        consumer map=name;
        jwks /_jwks/gated cooldown=200ms;
    }
    gate_consumer alice {
        group g;
        key sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08;
    }
--- config
    gate_auth jwt=corp key all;
    gate_allow group=g;
    gate_limit rate=1r/h burst=0 key=gated;
    gate_service s;

    location / { gate_limit rate=9r/s; gate_auth jwt=corp; gate_pass http://sidecar; }
    location /open/ { gate_auth off; gate_allow methods=GET; gate_pass http://sidecar; }
    location = /status { gate_auth off; gate_allow methods=GET;
                         gate_status format=prometheus; allow 127.0.0.1; deny all; }
    location = /_jwks/gated { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1/gated; }
    location = /led/ { proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1/led; }
--- client
    ks()->serve('/gated', body => jwks('rsa'));
    ks()->serve('/led', body => jwks('rsa'));
    is(settled(mint(claims => { aud => 'a' }))->{status}, 200, 'keys are fetched');
    is(get('/led/')->{status}, 401, 'clients are asked');

    # who answers for keys names a place of ours

    ks()->serve('/gated', fields => ['X-Accel-Redirect: /led/'], body => '');
    ks()->reset();
    get('/', 'Authorization: Bearer ' . mint(header => { kid => "x$_" }, claims => { aud => 'a' }))
        for 1 .. 3;
    wait_for(sub { ks()->count('/gated') });
    select(undef, undef, undef, 0.3);
    is(ks()->count('/led'), 0, '... and so is what the key server leads to');


=== TEST 2: a key that is not known yet is fetched, once
--- gate
    gate_issuer corp {
        issuer https://issuer.example; audience a; algorithms RS256 ES256;
        consumer map=name;
        jwks /_jwks/two cooldown=300ms;
    }
    gate_consumer alice { }
--- config
    location / { gate_auth jwt=corp; gate_service s; gate_pass http://sidecar; }
    location = /status { gate_status format=prometheus; allow 127.0.0.1; deny all; }
    location = /_jwks/two { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1/two; }
--- client
    ks()->serve('/two', body => jwks('rsa'));
    is(settled(mint(claims => { aud => 'a' }))->{status}, 200, 'the first key');

    select(undef, undef, undef, 0.4);
    ks()->serve('/two', body => jwks('rsa', 'rsa2'), sleep => 0.3);
    ks()->reset();

    my $new = mint(key => 'rsa2', claims => { aud => 'a' });
    my @c = map { client() } 1 .. 20;

    $_->write(request('GET', '/', undef, "Authorization: Bearer $new")) for @c;

    my %status;
    $status{$_->read()->{status}}++ for @c;

    is(join(' ', %status), '200 20', 'all who come with the new key wait for it');
    is(ks()->count('/two'), 1, 'it is fetched once for all of them');

    # forged names of keys

    ks()->serve('/two', body => jwks('rsa', 'rsa2'));
    ks()->reset();

    my $n = 0;
    my $until = time() + 3;

    while (time() < $until) {
        my $r = get('/', 'Authorization: Bearer '
                         . mint(key => 'rsa2', header => { kid => 'x' . $n++ },
                                claims => { aud => 'a' }));
        $status{$r->{status}}++;
        last if $n == 60;
    }

    is($status{401}, $n, "$n forged names are refused") or diag(join(' ', %status));
    cmp_ok(ks()->count('/two'), '<=', 12, '... and are no storm at the key server');
    is(settled($new)->{status}, 200, 'the good key goes on');

    # a key that goes is gone, also for tokens that were known

    ks()->serve('/two', body => jwks('rsa2'));
    my $old = mint(claims => { aud => 'a' });
    is(get('/', "Authorization: Bearer $old")->{status}, 200, 'the old key is good so far');

    ok(wait_for(sub {
        get('/', 'Authorization: Bearer '
                 . mint(key => 'rsa2', header => { kid => 'y' . $n++ }, claims => { aud => 'a' }));
        return get('/', "Authorization: Bearer $old")->{status} == 401;
    }), 'a token of a key that is gone is refused, though it was known');
    is(get('/', "Authorization: Bearer $new")->{status}, 200, '... and the other is not');


=== TEST 3: no keys at all
--- gate
    gate_issuer corp {
        issuer https://issuer.example; audience a; algorithms RS256 ES256;
        consumer map=name;
        jwks /_jwks/none cooldown=300ms timeout=300ms;
    }
    gate_consumer alice { }
--- config
    location / { gate_auth jwt=corp; gate_service s; gate_pass http://sidecar; }
    location = /_jwks/none { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1/none; }
--- client
    my $r = get('/', 'Authorization: Bearer ' . mint(claims => { aud => 'a' }));
    is($r->{status}, 503, 'a token that may be good is no fault of the caller');
    like($r->{body}, qr/"urn:meshgate:problem:keys_unavailable"/, '... and the reason says so');
    like($r->field('Retry-After') // '', qr/^[1-9]\d*$/, '... with Retry-After');
    is(get('/', 'Authorization: Bearer ' . mint(claims => { aud => 'b' }))->{status}, 401,
       'a token for others is refused all the same');
    is(get('/', 'Authorization: Bearer ' . mint(claims => { aud => 'a', exp => 1 }))->{status}, 401,
       '... and so is one that has expired');
    is(get('/', 'Authorization: Bearer x')->{status}, 401, '... and what is no token');

    ks()->serve('/none', body => jwks('rsa'));
    is(settled(mint(claims => { aud => 'a' }))->{status}, 200, 'then the keys come');


=== TEST 4: a reload, a killed worker keep them
--- gate
    gate_issuer corp {
        issuer https://issuer.example; audience a; algorithms RS256 ES256;
        consumer map=name;
        jwks /_jwks/kept refresh=1h timeout=300ms;
    }
    gate_consumer alice { }
--- config
    location / { gate_auth jwt=corp; gate_service s; gate_pass http://sidecar; }
    location = /_jwks/kept { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1/kept; }
--- client
    my $token = mint(claims => { aud => 'a' });

    ks()->serve('/kept', body => jwks('rsa'));
    is(settled($token)->{status}, 200, 'the keys are there');

    ks()->serve('/kept', mode => 'drop');
    ks()->reset();

    ok(reload(), 'a reload');
    is(get('/', "Authorization: Bearer $token")->{status}, 200, '... keeps them');
    is(ks()->count('/kept'), 0, '... so that nobody is asked');

    my ($pid) = worker_pids();
    kill('KILL', $pid);
    ok(wait_for(sub { my @now = worker_pids(); @now && !grep { $_ == $pid } @now }),
       'a worker is killed');
    ok(wait_for(sub { get('/', "Authorization: Bearer $token")->{status} == 200 }),
       '... the next one has them');
    is(ks()->count('/kept'), 0, '... and asks nobody');
--- complaints: exited on signal 9


=== TEST 5: a fetch is under way at a reload, and when its worker is killed
--- gate
    gate_issuer corp {
        issuer https://issuer.example; audience a; algorithms RS256 ES256;
        consumer map=name;
        jwks /_jwks/slow timeout=20s;
    }
    gate_consumer alice { }
--- config
    location / { gate_auth jwt=corp; gate_service s; gate_pass http://sidecar; }
    location = /_jwks/slow { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1/slow; }
--- client
    my $token = mint(claims => { aud => 'a' });

    ks()->serve('/slow', mode => 'hang');
    ok(reload(), 'a first reload');
    ok(wait_for(sub { ks()->count('/slow') }), 'a fetch hangs');

    ks()->serve('/slow', body => jwks('rsa'));
    ok(reload(), 'the worker ends at once');
    is(settled($token)->{status}, 200, '... and the next one fetches');
--- complaints: exited on signal 9
