#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# The variables of the gateway: each is there, tells what it should, is empty
# when there is nothing to tell, and never tells of another request.

use strict;
use warnings;

use GateTest;
use GateToken;

$ENV{TEST_NGINX_PEM} = gate_keys()->{rsa}{public};

our @names = qw(
    consumer consumer_id credential_id auth_method groups plan scopes
    claim_sub claim_tier api api_version lifecycle decision reason
    limit_status limit_remaining quota_remaining units usage_id service
    redis_time
);

$ENV{TEST_NGINX_FORMAT} = join '|', '$uri', map { "$_=\$gate_$_" } @names;


# What the log has of a path: { name => value } of what is not empty, for each
# request.

sub logged {
    my ($path, $n) = @_;

    my @lines;

    wait_for(sub {
        @lines = grep { /^\Q$path\E\|/ } split /\n/, log_text('all.log');
        return @lines >= $n;
    });

    return map {
        my %is = map { split /=/, $_, 2 } grep { /=/ } split /\|/, $_;
        +{ map { $_ => $is{$_} } grep { $is{$_} !~ /^-?$/ } keys %is }
    } @lines;
}


sub shown {
    my ($is) = @_;

    return join ' ', map { "$_=$is->{$_}" } sort keys %$is;
}


run_gate_tests();

__DATA__

=== TEST 1: variables in the log, over connections that are kept
--- gate
    gate_node  n1;
    gate_plan  gold { rate 1r/m burst=4; }
    gate_plan  open { }
    gate_consumer acme id=id-7 {
        plan gold;
        group partners testers;
        scope a b;
        key sha256(secret) id=cred-1;
    }
    gate_consumer tiny { plan open; key sha256(tiny) id=cred-2; }
    gate_issuer corp {
        issuer https://issuer.example;
        key_file $TEST_NGINX_PEM;
        algorithms RS256;
        consumer claim=sub map=name;
    }
    log_format all '$TEST_NGINX_FORMAT';
    access_log $TEST_NGINX_STATE/all.log all;
--- config
    $TEST_NGINX_LISTEN_H2
    location /full {
        gate_api     orders version=v2;
        gate_auth    key jwt=corp;
        gate_limit   plan;
        gate_meter   requests bytes;
        gate_service orders.internal;
        gate_pass    http://sidecar;
        add_header X-All "$gate_consumer/$gate_api/$gate_decision/$gate_reason/$gate_limit_status"
            always;
    }
    location /bare { gate_api bare; gate_service s; gate_pass http://sidecar; }
    location /open { alias html; }
    location /sub { ssi on; ssi_types *; proxy_pass http://sidecar; }
    location /status { gate_status; }
--- client
    our @names;

    my $c = client();
    my $ask = sub {
        my ($path, @fields) = @_;
        $c->write(request('GET', $path, undef, @fields, 'Connection: keep-alive'));
        return $c->read();
    };

    # on one connection: who was known is not known afterwards

    my $r = $ask->('/full', 'apikey: secret');
    is($r->{status}, 200, 'a request that is admitted');
    is($r->field('x-all'), 'acme/orders/admitted//PASSED', '... tells so in a field');
    $r = $ask->('/full');
    is($r->{status}, 401, 'a request that is refused');
    is($r->field('x-all'), '/orders/refused/no_credential/', '... tells why in a field');
    $ask->('/open');
    $ask->('/bare');
    $ask->('/full', 'apikey: tiny');
    $ask->('/full',
           'Authorization: Bearer '
               . mint(claims => { sub => 'acme', tier => 'gold', scope => 'x y' }));

    my ($known, $nobody, $tiny, $token) = logged('/full', 4);

    like(delete $known->{usage_id} // '', qr/^n1-[0-9a-f]{16}-\d+$/,
         'a metered request has an id for its usage');
    is(delete $known->{units}, 1, '... and its units');
    is(shown($known),
       'api=orders api_version=v2 auth_method=key consumer=acme consumer_id=id-7 '
       . 'credential_id=cred-1 decision=admitted groups=partners,testers '
       . 'lifecycle=published limit_remaining=4 limit_status=PASSED plan=gold '
       . 'scopes=a b service=orders.internal',
       'all is told of who is known');
    is(shown($nobody),
       'api=orders api_version=v2 decision=refused lifecycle=published reason=no_credential '
       . 'service=orders.internal',
       'nothing is told of nobody');
    delete @$tiny{qw(usage_id units)};
    is(shown($tiny),
       'api=orders api_version=v2 auth_method=key consumer=tiny consumer_id=tiny '
       . 'credential_id=cred-2 decision=admitted lifecycle=published plan=open '
       . 'service=orders.internal',
       'another consumer has nothing of the one before');
    delete @$token{qw(usage_id units)};
    is(shown($token),
       'api=orders api_version=v2 auth_method=jwt claim_sub=acme claim_tier=gold '
       . 'consumer=acme consumer_id=id-7 credential_id=corp decision=admitted '
       . 'groups=partners,testers lifecycle=published limit_remaining=3 '
       . 'limit_status=PASSED plan=gold scopes=x y service=orders.internal',
       'a token has its claims and its scopes');

    is(shown((logged('/open', 1))[0]), '', 'where no policy is nothing is told');
    my $bare = (logged('/bare', 1))[0];
    like(shown($bare), qr/^api=bare (?:decision=admitted )?lifecycle=published service=s$/,
         'where no policy is asked only the API is told');

    # the end of the limit

    $ask->('/full', 'apikey: secret') for 1 .. 4;
    my @last = logged('/full', 8);
    is(join(' ',
            map { $last[-1]{$_}
                  // '' } qw(limit_status limit_remaining decision reason consumer usage_id)),
       'REJECTED 0 refused rate_limited acme ', 'a refusal has the limit, and no usage');

    my %ids;
    $ids{$_}++ for map { $_->{usage_id} // () } @last;
    is(join(' ', map { $ids{$_} } keys %ids), join(' ', (1) x 6),
       'each usage has an id of its own');

    # HTTP/2, and what nginx refuses by itself

    h2_get('/full', 'apikey: tiny');
    my @h2 = logged('/full', 9);
    is($h2[-1]{consumer}, 'tiny', 'HTTP/2 has them as well');
    raw("GET /full HTTP/1.1\r\n\r\n");
    my @bad = logged('/full', 10);
    is(join(' ', grep { /consumer|method|plan|reason|decision/ } sort keys %{ $bad[-1] }), 'reason',
       'a request that is none has nobody');
    is($bad[-1]{reason}, 'bad_request', '... but a reason');
