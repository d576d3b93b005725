# Copyright (C) 2026 Meshgate contributors

# Tokens whose server is asked about them: once for each token, remembered no
# longer than they live, and never let in without an answer.


use strict;
use warnings;

use GateKeyServer;
use GateTest;
use JSON::PP ();


my $server = GateKeyServer->start(port => port(1), dir => $ENV{TEST_NGINX_STATE});

sub ks { return $server }


sub tokens {
    my (%tokens) = @_;

    my $json = JSON::PP->new->canonical;

    return map { $_ => $json->encode($tokens{$_}) } keys %tokens;
}


sub with {
    my ($token, @more) = @_;

    return get('/', "Authorization: Bearer $token", @more);
}


run_gate_tests();

__DATA__

=== TEST 1: the server says who it is
--- gate
    gate_introspection corp {
        endpoint /_introspect/corp;
        issuer https://id.example; audience api;
        consumer claim=client_id;
        cache 60s negative=60s;
    }
    gate_consumer acme { claim corp=app; }
--- config
    location / {
        gate_auth introspect=corp; gate_allow methods=GET scope=orders:read;
        gate_service s; gate_pass http://sidecar;
        proxy_set_header X-Dept $gate_claim_dept;
    }
    location = /_introspect/corp {
        internal;
        proxy_set_header Authorization "Basic Z2F0ZTpwdw==";
        proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1/intro;
    }
    access_log $TEST_NGINX_STATE/access.log;
--- client
    my %of = (active => JSON::PP::true, iss => 'https://id.example', aud => 'api',
              client_id => 'app', scope => 'a orders:read');

    ks()->serve('/intro', tokens => { tokens(
        'good.token/+=' => { %of, dept => 'x' },
        dead => { active => JSON::PP::false },
        over => { %of, exp => time() - 5 },
        other => { %of, aud => 'b' },
        foreign => { %of, iss => 'https://evil.example' },
        narrow => { %of, scope => 'a' },
        bound => { %of, cnf => { jkt => 'a' x 43 } },
        certified => { %of, cnf => { 'x5t#S256' => 'a' x 43 } },
        stranger => { %of, client_id => 'nobody' },
        soon => { %of, exp => time() + 3 },
    ) });

    my $r = with('good.token/+=');
    is($r->{status}, 200, 'a token that is active');
    like($r->{body}, qr/^X-Consumer-Username: acme\r?$/mi, '... is its consumer');
    like($r->{body}, qr/^X-Dept: x\r?$/mi, '... with its claims');
    like($r->{body}, qr/^Authorization: Bearer good/mi, '... and goes on, as others do');

    my $asked = ks()->last('/intro');
    like($asked, qr{^POST /intro HTTP}, 'the question is a POST');
    like($asked, qr{^content-type: application/x-www-form-urlencoded\r}mi, '... of a form');
    like($asked, qr{^authorization: Basic Z2F0ZTpwdw==\r}mi, '... with the gateway\'s own name');
    like($asked, qr{\r\n\r\ntoken_type_hint=access_token&token=good\.token%2F%2B%3D$},
         '... and the token, escaped');

    with('good.token/+=') for 1 .. 5;
    cmp_ok(ks()->count('/intro'), '<=', $ENV{GATE_WORKERS} || 1, 'an answer is remembered');

    is(with('narrow')->{status}, 403, 'scopes count');
    is(with('stranger')->{status}, 403, 'a client that is no consumer is not let in');
    like(with('stranger')->{body}, qr/unknown_consumer/, '... which the reason says');
    like(with('bound')->{body}, qr/"bad_token"/, 'a token that is bound to a key') for 1 .. 2;
    like(with('certified')->{body}, qr/"bad_token"/, '... or to a certificate') for 1 .. 2;
    like(with('dead')->{body}, qr/"bad_token"/, 'a token that is not active');
    is(with('dead')->{status}, 401, '... is 401');
    like(with('dead')->field('WWW-Authenticate') // '', qr/^Bearer .*error="invalid_token"/,
         '... with what RFC 6750 wants');
    like(with('over')->{body}, qr/"expired_token"/, 'one that is over');
    like(with('other')->{body}, qr/"wrong_audience"/, 'one for others');
    like(with('foreign')->{body}, qr/"wrong_issuer"/, 'one of others');
    is(get('/')->{status}, 401, 'no token');
    is(with('a b')->{status}, 401, 'no form of a token');

    is(with('soon')->{status}, 200, 'a token that ends soon is good');
    ok(wait_for(sub { with('soon')->{status} == 401 }), '... and not remembered beyond that');
    is(get('/_introspect/corp')->{status}, 404, 'the location is closed to clients');

    my $logs = log_text('error.log') . log_text('access.log');
    unlike($logs, qr/good\.token|stranger|narrow/, 'no log has a token');
    unlike($logs, qr/Z2F0ZTpwdw/, '... nor the gateway\'s password');


=== TEST 2: many ask about one token, and strangers about many
--- gate
    gate_introspection corp {
        endpoint /_introspect/many timeout=5s;
        consumer claim=client_id unknown=any;
        cache 60s negative=60s;
    }
    gate_consumer any { }
--- config
    location / { gate_auth introspect=corp; gate_service s; gate_pass http://sidecar; }
    location = /_introspect/many { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1/many; }
--- client
    ks()->serve('/many', sleep => 0.5, body => '{"active":true,"client_id":"x"}');
    ks()->reset();

    my @c = map { client() } 1 .. 20;
    my %status;

    $_->write(request('GET', '/', undef, 'Authorization: Bearer t')) for @c;
    select(undef, undef, undef, 0.1);

    $_->close() for splice(@c, 0, 5);
    $status{$_->read()->{status}}++ for @c;

    is(join(' ', %status), '200 15', 'all of them are served');
    cmp_ok(ks()->count('/many'), '<=', $ENV{GATE_WORKERS} || 1, '... by one question');

    # who asks and leaves

    ks()->reset();
    my $alone = client();
    $alone->write(request('GET', '/', undef, 'Authorization: Bearer alone'));
    ok(wait_for(sub { ks()->count('/many') }), 'a question is under way');
    $alone->close();
    is(with('next')->{status}, 200, '... its client leaves, and the next one is served');


=== TEST 3: no answer lets nobody in
--- gate
    gate_introspection corp {
        endpoint /_introspect/bad timeout=300ms;
        consumer claim=client_id unknown=any;
        cache 60s negative=60s;
    }
    gate_introspection hard {
        endpoint /_introspect/bad timeout=300ms;
        consumer claim=client_id unknown=any;
        unavailable 401;
    }
    gate_consumer any { }
--- config
    location / { gate_auth introspect=corp; gate_service s; gate_pass http://sidecar; }
    location /hard { gate_auth introspect=hard; gate_service s; gate_pass http://sidecar; }
    location = /_introspect/bad { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_1/bad; }
--- client
    my $good = '{"active":true,"client_id":"x"}';

    ks()->serve('/bad', body => $good);

    # the worker of this connection knows the token

    my $c = client();
    my $known = sub {
        $c->write(request('GET', '/', undef, 'Authorization: Bearer known',
                          'Connection: keep-alive'));
        return $c->read()->{status}
    };

    is($known->(), 200, 'a token that is known');

    my $n = 0;

    for my $case (
        [ 'silence', mode => 'hang' ],
        [ 'a closed connection', mode => 'drop' ],
        [ 'no byte', mode => 'empty' ],
        [ 'a cut answer', mode => 'cut', body => $good . ' ' x 4000 ],
        [ 'HTML', type => 'text/html', body => $good ],
        [ 'no JSON', body => "$good}" ],
        [ 'no "active"', body => '{"client_id":"x"}' ],
        [ 'a text', body => '{"active":"true"}' ],
        [ '401, the gateway is unknown', status => 401, body => $good ],
        [ 'a redirect', status => 302, body => $good ],
        [ 'too much', body => $good, fill => 10 * 1024 * 1024 ],
    ) {
        my ($name, %what) = @$case;

        ks()->serve('/bad', %what);

        my $r = with('t' . $n++);
        is($r->{status}, 503, "$name: 503");
        like($r->{body}, qr/"introspection_unavailable"/, '... by its reason') if $n == 1;
        like($r->field('Retry-After') // '', qr/^\d+$/, '... with Retry-After') if $n == 1;
        is($known->(), 200, '... who is known goes on');
        is(get('/hard', "Authorization: Bearer h$n")->{status}, 401, '... 401 where it says so');
    }

    ks()->serve('/bad', body => $good);
    is(with('t0')->{status}, 200, 'what nobody knew is not remembered');
    like(log_text('error.log'),
         qr/\[error\].*gate introspection "corp": "\/_introspect\/bad", status 401: /,
         'the log says why');
