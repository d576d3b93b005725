# Copyright (C) 2026 Meshgate contributors

# A key server that is slow, silent, gone or talks nonsense, keys that change
# all the time: who had a key goes on, and the key server is left in peace.


use strict;
use warnings;

use GateKeyServer;
use GateTest;
use GateToken;


gate_keys();

my $server = GateKeyServer->start(port => port(1), dir => $ENV{TEST_NGINX_STATE});

sub ks { return $server }


$server->serve('/left', body => jwks('rsa'), sleep => 1);
$server->serve('/parts', body => jwks('rsa'), sleep => 0.5);


sub settled {
    my ($token, $status) = @_;

    my $r;

    wait_for(sub {
        $r = get('/', "Authorization: Bearer $token");
        return $r->{status} == ($status // 200);
    });

    return $r->{status};
}


sub metric {
    my ($line) = @_;

    return (get('/status')->{body} =~ /^\Q$line\E (\S+)$/m)[0] // 'none';
}


run_gate_tests();

__DATA__

=== TEST 1: a bad answer never takes the place of good keys
--- gate
    gate_issuer corp {
        issuer https://issuer.example; audience a; algorithms RS256;
        consumer map=name;
        jwks /_jwks/bad refresh=1s cooldown=100ms timeout=400ms;
    }
    gate_consumer alice { }
    gate_token_cache off;
--- config
    location / { gate_auth jwt=corp; gate_service s; gate_pass http://sidecar; }
    location = /status { gate_status format=prometheus; allow 127.0.0.1; deny all; }
    location = /_jwks/bad { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1/bad; }
--- client
    my $good = jwks('rsa');
    my $token = mint(claims => { aud => 'a' });
    my $failed = 'gate_key_set_fetches_total{issuer="corp",result="failed"}';

    ks()->serve('/bad', body => $good);
    is(settled($token), 200, 'good keys');

    my @cases = (
        [ 'no byte', mode => 'empty' ],
        [ 'an error page', status => 502, type => 'text/html', body => '<html>' ],
        [ 'another type', type => 'text/html', body => jwks('rsa2') ],
        [ 'a redirect', status => 302, fields => [ 'Location: http://127.0.0.1/' ],
          body => jwks('rsa2') ],
        [ '10 MB', body => '{"keys":"', fill => 10 * 1024 * 1024 ],
        [ 'a cut answer', mode => 'cut', body => jwks('rsa2') . ' ' x 4000 ],
        [ 'a closed connection', mode => 'drop' ],
        [ 'silence', mode => 'hang' ],
        [ 'an empty set', body => '{"keys":[]}' ],
        [ 'no usable keys', body => jwks('ec256') ],
        [ 'no JSON', body => jwks('rsa2') . '}' ],
        [ 'a list', body => '[]' ],
        [ 'a private key', body => $good =~ s/"e":"AQAB"/"e":"AQAB","d":"AQAB"/r ],
        [ 'compressed bytes', fields => [ 'Content-Encoding: gzip' ], body => $good ],
    );

    for my $case (@cases) {
        my ($name, %what) = @$case;
        my $before = metric($failed);
        my $unknown = mint(key => 'rsa2', header => { kid => 'k' . rand() },
                           claims => { aud => 'a' });
        my $bad = 0;

        $before = 0 if $before eq 'none';
        ks()->serve('/bad', %what);

        ok(wait_for(sub {
            my $n = metric($failed);
            $bad++ if get('/', "Authorization: Bearer $token")->{status} != 200;
            return $n ne 'none' && $n > $before;
        }), "$name: the fetch fails");
        is($bad, 0, '... the token is good all the time');
        is(get('/', "Authorization: Bearer $unknown")->{status}, 401, '... another is not');
        is(metric('gate_key_set_version{issuer="corp"}'), 1, '... the keys are the same');

        # the next one is not waited for, as after a failure

        ks()->serve('/bad', body => $good);
        ok(wait_for(sub { metric('gate_key_set_failures{issuer="corp"}') eq '0' }),
           '... until the key server is well');
    }

    my $log = log_text('error.log');
    like($log, qr/\[error\].*gate keys: issuer "corp": "\/_jwks\/bad", status 200: .*stay/,
         'the log says what is wrong');
    like($log, qr/: there was no answer in time;/, '... with the cause');
    like($log, qr/: the answer was cut;/, '... of each');
    like($log, qr/: the answer is too large;/, '... kind');
    unlike($log, qr/AQAB/, '... and shows no key');


=== TEST 2: 100 changes of keys under load
--- gate
    gate_issuer corp {
        issuer https://issuer.example; audience a; algorithms RS256;
        consumer map=name;
        jwks /_jwks/turn refresh=1s cooldown=100ms timeout=2s;
    }
    gate_consumer alice { }
--- config
    location / { gate_auth jwt=corp; gate_service s; gate_pass http://sidecar; }
    location = /_jwks/turn { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1/turn; }
--- client
    my %token = map { $_ => mint(key => $_, claims => { aud => 'a' }) } qw(rsa rsa2);
    my (%status, %old, $n);

    ks()->serve('/turn', body => jwks('rsa'));
    is(settled($token{rsa}), 200, 'the first key');

    ks()->reset();

    # the new key is there beside the old one, as it should be

    for my $turn (1 .. 100) {
        my ($old, $new) = $turn % 2 ? ('rsa', 'rsa2') : ('rsa2', 'rsa');
        my $set = jwks($old, $new) =~ s/\}\]\}$/,"x":"$turn"}]}/r;

        ks()->serve('/turn', body => $set);
        $status{get('/', "Authorization: Bearer $token{$old}")->{status}}++ for 1 .. 5;

        my $by = mint(key => $new, header => { kid => "$turn" }, claims => { aud => 'a' });
        $old{get('/', "Authorization: Bearer $by")->{status}}++;
        $n++;
        select(undef, undef, undef, 0.03);
    }

    is(join(' ', %status), '200 500', 'who has a key that is there is served all the time');
    is(join(' ', %old), '401 100', '... and who has not is refused, never by a 5xx');
    cmp_ok(ks()->count('/turn'), '<=', 100, 'the key server was asked no more often than allowed')
        or diag(ks()->count('/turn'));


=== TEST 3: clients that leave while their request waits
--- gate
    gate_issuer corp {
        issuer https://issuer.example; audience a; algorithms RS256;
        consumer map=name;
        jwks /_jwks/left cooldown=100ms timeout=5s;
    }
    gate_consumer alice { }
--- config
    location / { gate_auth jwt=corp; gate_service s; gate_pass http://sidecar; }
    location = /_jwks/left { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1/left; }
--- client
    my $token = mint(claims => { aud => 'a' });

    my @c = map { client() } 1 .. 10;

    $_->write(request('GET', '/', undef, "Authorization: Bearer $token")) for @c;
    select(undef, undef, undef, 0.1);

    $_->close() for @c[0 .. 4];

    is(join(' ', map { $_->read()->{status} } @c[5 .. 9]), '200 200 200 200 200',
       'the others are served');
    cmp_ok(ks()->count('/left'), '<=', 2, '... by one fetch');


=== TEST 4: a subrequest, nested locations, a variable that is asked early
--- gate
    gate_issuer corp {
        issuer https://issuer.example; audience a; algorithms RS256;
        consumer map=name;
        jwks /_jwks/parts cooldown=100ms timeout=3s;
    }
    gate_issuer other {
        issuer https://other.example; audience a; algorithms RS256;
        consumer map=name;
        jwks /_jwks/parts timeout=3s;
    }
    gate_consumer alice { }
--- config
    gate_auth jwt=corp jwt=other;
    gate_service s;
    set $early "-$gate_consumer-";
    location / {
        gate_pass http://sidecar;
        location /nested/ { gate_auth jwt=corp; gate_pass http://sidecar; }
    }
    location = /asks { gate_auth off; auth_request /check; proxy_pass http://sidecar; }
    location = /check { internal; gate_auth jwt=corp; gate_pass http://sidecar; }
    location = /_jwks/parts {
        gate_auth off; internal; proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1/parts;
    }
--- client
    my $token = mint(claims => { aud => 'a' });
    my $other = mint(claims => { iss => 'https://other.example', aud => 'a' });

    my @c;

    for my $uri ('/', '/nested/', '/asks', '/') {
        push @c, client();
        $c[-1]->write(request('GET', $uri, undef, 'Authorization: Bearer '
                                                  . (@c == 4 ? $other : $token)));
    }

    is(join(' ', map { $_->read()->{status} } @c), '200 200 200 200', 'each waits for its keys');
