#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Tokens: which are good, a corpus of those that must not be, 10,000 strings
# that are none, the cache, consumers, scopes, several issuers.

use strict;
use warnings;

use GateTest;
use GateToken;

our $keys = gate_keys();

$ENV{TEST_NGINX_PEM} = $keys->{rsa}{public};
$ENV{TEST_NGINX_PEM_EC} = $keys->{ec256}{public};
$ENV{TEST_NGINX_JWKS} = $keys->{jwks_file};
$ENV{TEST_NGINX_SECRET} = $keys->{secret_file};

our %corp = (aud => 'https://api.example');


# A token of the issuer "corp" that is good but for what is said.

sub corp {
    my (%arg) = @_;

    return mint(%arg, claims => { %corp, %{ $arg{claims} // {} } });
}


sub problem {
    my ($r) = @_;

    my $p = $r->json();

    return "$r->{status} " . ($p->{reason} // 'no problem: '
                                              . substr($r->{body}, 0, 60));
}


sub who {
    my ($r) = @_;

    return $r->{seen} ? join(' ', $r->seen('x-consumer-username')) || '(nobody)'
                      : problem($r);
}


sub bearer {
    my ($target, $token, @fields) = @_;

    return get($target, "Authorization: Bearer $token", @fields);
}


sub b64 {
    return GateToken::b64(@_);
}


# With a signature of this key over these bytes, whatever they are.

sub signed {
    my ($head, $payload, $alg, $key) = @_;

    return mint(head => $head, payload => $payload, alg => $alg // 'RS256',
                key => $key // 'rsa');
}


sub tokens {
    my %n = (hit => 0, miss => 0);

    $n{$_->{result}} = $_->{count} for @{ get('/status')->json()->{tokens} };

    return \%n;
}


# Many requests over one connection, made anew where it was closed; what was
# answered, by status.

sub flood {
    my ($target, $next) = @_;

    my (%said, $c);

    while (defined(my $value = $next->())) {
        $c //= client();
        $c->write("GET $target HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer $value\r\n\r\n");

        my $r = $c->read();
        my $status = $r ? $r->{status} : 'none';

        $status .= ' seen' if $r && $r->{seen};
        $said{$status}++;

        if (!$r || $r->{head} =~ /^connection: close/mi || $status ne '401') {
            $c->close();
            undef $c;
        }
    }

    return join(' ', map { /^(?:400|401)$/ ? $_ : "$_ ($said{$_})" }
                     sort keys %said);
}


run_gate_tests();

__DATA__

=== TEST 1: good tokens and hostile ones
--- gate
    large_client_header_buffers 8 64k;

    gate_consumer alice { }
    gate_consumer guest { }

    gate_issuer corp {
        issuer     https://issuer.example;
        audience   https://api.example https://other.example;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms RS256 RS384 RS512 ES256 ES384 ES512;
        leeway     5s;
        consumer   claim=sub map=name unknown=refuse;
    }
    gate_issuer pem {
        issuer     https://pem.example;
        key_file   $TEST_NGINX_PEM;
        algorithms RS256;
        consumer   map=name;
    }
    gate_issuer hmac {
        issuer     https://hmac.example;
        secret     file:$TEST_NGINX_SECRET;
        algorithms HS256 HS384 HS512;
        consumer   map=name;
    }
    gate_issuer mixed {
        issuer     https://mixed.example;
        key_file   $TEST_NGINX_PEM kid=rsa;
        key_file   $TEST_NGINX_PEM_EC kid=ec256;
        secret     file:$TEST_NGINX_SECRET kid=shared;
        algorithms RS256 ES256 HS256;
        consumer   map=name;
    }
--- config
    $TEST_NGINX_LISTEN_H2
    gate_api orders;
    gate_service s;
    location /corp/  { gate_auth jwt=corp; gate_pass http://sidecar; }
    location /pem/   { gate_auth jwt=pem; gate_pass http://sidecar; }
    location /hmac/  { gate_auth jwt=hmac; gate_pass http://sidecar; }
    location /mixed/ { gate_auth jwt=mixed; gate_pass http://sidecar; }
    location /three/ { gate_auth jwt=corp jwt=pem jwt=hmac; gate_pass http://sidecar; }
    location /guest/ { gate_auth jwt=corp anonymous=guest; gate_pass http://sidecar; }
    location /status { gate_status; }
--- client
    our ($keys, %corp);

    my $pem = { iss => 'https://pem.example' };
    my $hmac = { iss => 'https://hmac.example' };
    my $mixed = { iss => 'https://mixed.example' };

    # good ones

    is(who(bearer('/corp/', corp(alg => $_))), 'alice', "$_ is taken")
        for qw(RS256 RS384 RS512 ES256 ES384 ES512);
    is(who(bearer('/hmac/', mint(alg => $_, claims => $hmac))), 'alice', "$_ is taken")
        for qw(HS256 HS384 HS512);
    is(who(bearer('/corp/', corp(key => 'rsa2'))), 'alice', 'the kid picks the key');
    is(who(bearer('/corp/', corp(key => $_, header => { kid => undef }))), 'alice',
       "without a kid key $_ is found")
        for qw(rsa rsa2);
    is(who(bearer('/corp/', corp(alg => 'ES384', header => { kid => undef }))), 'alice',
       '... also of a curve');
    is(who(bearer('/pem/', mint(claims => $pem, header => { kid => undef }))), 'alice',
       'a PEM file has a key');
    is(who(bearer('/mixed/', mint(claims => $mixed))), 'alice', 'an issuer may have RSA');
    is(who(bearer('/mixed/', mint(alg => 'ES256', claims => $mixed))), 'alice', '... and a curve');
    is(who(bearer('/mixed/',
                  mint(alg => 'HS256', header => { kid => 'shared' }, claims => $mixed))),
       'alice', '... and a secret');
    is(who(bearer('/three/', corp())), 'alice', 'of several issuers iss picks the first');
    is(who(bearer('/three/', mint(claims => $pem))), 'alice', '... the second');
    is(who(bearer('/three/', mint(alg => 'HS256', claims => $hmac))), 'alice', '... or the third');

    my $good = corp();

    is(who(get('/corp/', "authorization: bEaReR $good")), 'alice', 'the scheme is of any case');
    is(who(get('/corp/', "Authorization: Bearer   $good")), 'alice', '... with spaces behind it');
    is(who(h2_get('/corp/', "authorization: Bearer $good")), 'alice', 'a token is taken by HTTP/2');
    is(join('', bearer('/corp/', $good)->seen('authorization')), "Bearer $good", '... and goes on');

    for my $case (
        [ 'aud in a list', claims => { aud => [ 'x', 'https://api.example' ] } ],
        [ 'the other audience', claims => { aud => 'https://other.example' } ],
        [ 'a type of RFC 9068', header => { typ => 'at+jwt' } ],
        [ 'no type', header => { typ => undef } ],
        [ 'nbf in the past', claims => { nbf => time - 10 } ],
        [ 'nbf within the leeway', claims => { nbf => time + 3 } ],
        [ 'exp within the leeway', claims => { exp => time - 1 } ],
        [ 'no iat', claims => { iat => undef } ],
        [ 'many claims', claims => { map { ("claim$_" => "value$_") } 1 .. 100 } ],
        [ 'text of other alphabets', claims => { name => "\x{263a}" } ],
        [ '11 KB', claims => { pad => 'x' x 8000 } ],
    ) {
        my ($what, @arg) = @$case;

        is(who(bearer('/corp/', corp(@arg))), 'alice', "a token with $what is taken");
    }

    # the hostile ones: each is refused, by a 401 with its reason

    my ($h, $p, $s) = split /\./, $good;
    my $now = time;
    my $header = '{"alg":"RS256","kid":"rsa","typ":"JWT"}';
    my $claims = '{"iss":"https://issuer.example","sub":"alice","aud":"https://api.example","exp":'
                 . ($now + 3600) . '}';
    my $public = do { open my $fh, '<', $keys->{rsa}{public} or die; local $/; <$fh> };
    my $line = join '', grep { !/-----/ } split /\n/, $public;
    my $der = do { require MIME::Base64; MIME::Base64::decode_base64($line) };
    my $with = sub { my ($json) = @_; signed($header, $json) };
    my $claim = sub { my ($name, $json) = @_; (my $c = $claims) =~ s/\}$/,"$name":$json}/; $c };
    my $without = sub {
        my ($name) = @_;

        (my $c = $claims) =~ s/"$name":("[^"]*"|\d+),?//;
        $c =~ s/,\}/}/;
        $c
    };

    is(who(bearer('/corp/', $with->($claims))), 'alice', 'what the corpus is made of is good');
    is(who(bearer('/corp/', signed($header, $claim->('more', '1')))), 'alice',
       '... with one more claim, too');

    # the last character of a signature of 256 bytes has four bits to spare
    my $alphabet = join '', 'A' .. 'Z', 'a' .. 'z', 0 .. 9, '-', '_';
    my $twin = $good;
    substr($twin, -1) = substr($alphabet, index($alphabet, substr($good, -1)) ^ 1, 1);

    my @corpus = (
        # the algorithm
        map({ [ "alg $_ without a signature",
                join('.', b64(qq({"alg":"$_"})), $p, '') ] } qw(none None NONE nOnE)),
        map({ [ "alg $_ with a signature",
                signed(qq({"alg":"$_","kid":"rsa"}), $claims) ] } qw(none None)),
        map({ [ "$_ keyed with the public PEM",
                mint(alg => $_, key => \$public, claims => { %corp }) ] } qw(HS256 HS384 HS512)),
        [ 'HS256 keyed with the public PEM and its kid',
          mint(alg => 'HS256', key => \$public, claims => { %corp }, header => { kid => 'rsa' }) ],
        [ 'HS256 keyed with the DER',
          mint(alg => 'HS256', key => \$der, claims => { %corp }, header => { kid => 'rsa' }) ],
        [ 'HS256 keyed with the PEM in one line',
          mint(alg => 'HS256', key => \$line, claims => { %corp }) ],
        [ 'HS256 keyed with nothing', mint(alg => 'HS256', key => \'', claims => { %corp }) ],
        [ 'HS256 of an issuer that has none', mint(alg => 'HS256', claims => { %corp }) ],
        [ 'RS384 said, RS256 signed', signed('{"alg":"RS384","kid":"rsa"}', $claims) ],
        [ 'RS256 said, RS512 signed', signed('{"alg":"RS256","kid":"rsa"}', $claims, 'RS512') ],
        [ 'ES256 said, RS256 signed', signed('{"alg":"ES256","kid":"rsa"}', $claims) ],
        [ 'ES256 said, ES384 signed',
          signed('{"alg":"ES256","kid":"ec256"}', $claims, 'ES384', 'ec384') ],
        [ 'ES256 by a key of P-384',
          signed('{"alg":"ES256","kid":"ec384"}', $claims, 'ES256', 'ec384') ],
        [ 'ES384 by a key of P-256',
          signed('{"alg":"ES384","kid":"ec256"}', $claims, 'ES384', 'ec256') ],
        [ 'RS256 said with the kid of a curve', signed('{"alg":"RS256","kid":"ec256"}', $claims) ],
        map({ [ "alg $_", signed(qq({"alg":"$_","kid":"rsa"}), $claims) ] } 'rs256', 'Rs256',
            'RS256 ', ' RS256', '', 'PS256', 'RS1', 'EdDSA', 'ES256K', 'RSA-OAEP', 'dir',
            'RS256\u0000', 'HS2048'),
        map({ [ "alg as $_", signed(qq({"alg":$_,"kid":"rsa"}), $claims) ] } 'null', '256',
            '["RS256"]', '{"RS256":1}', 'true'),
        [ 'no alg', signed('{"kid":"rsa"}', $claims) ],
        # keys that the token brings or names
        [ 'an unknown key', corp(key => 'evil', header => { kid => 'rsa' }) ],
        [ 'an unknown key under its name', corp(key => 'evil') ],
        [ 'an unknown key without a name', corp(key => 'evil', header => { kid => undef }) ],
        [ 'an unknown curve key',
          corp(alg => 'ES256', key => 'evil256', header => { kid => 'ec256' }) ],
        [ 'another key of the issuer', corp(key => 'rsa2', header => { kid => 'rsa' }) ],
        [ 'a jwk',
          corp(key => 'evil',
               header => { kid => 'rsa', jwk => { kty => 'RSA', n => 'AQAB', e => 'AQAB' } }) ],
        [ 'its own jwk',
          mint(key => 'evil',
               head => '{"alg":"RS256","kid":"evil","jwk":' . (jwks('evil') =~ /\[(.*)\]/)[0] . '}',
               payload => $claims) ],
        [ 'a jku',
          corp(key => 'evil',
               header => { jku => "http://127.0.0.1:$ENV{GATE_PORT_BASE}/jwks/id=jku" }) ],
        [ 'an x5u',
          corp(key => 'evil',
               header => { x5u => "http://127.0.0.1:$ENV{GATE_PORT_BASE}/x5u/id=x5u" }) ],
        [ 'an x5c', corp(key => 'evil', header => { x5c => [ $line ] }) ],
        map({ [ "kid $_",
                corp(key => 'evil', header => { kid => $_ }) ] } '../../../../../dev/null',
            '/dev/null', "rsa' OR '1'='1", 'rsa; ls', '', 'rsa,rsa2', '*', 'RSA', 'x' x 5000,
            "rsa\0", '$(id)', '%00'),
        map({ [ "a good signature under kid $_", corp(header => { kid => $_ }) ] } 'unknown',
            '../rsa', 'RSA', 'rsa ', 'ec256'),
        map({ [ "kid as $_", signed(qq({"alg":"RS256","kid":$_}), $claims) ] } '1', 'null',
            '["rsa"]', '{}', 'true'),
        # times
        [ 'expired', corp(claims => { exp => $now - 60 }), 'expired_token' ],
        [ 'expired long ago', corp(claims => { exp => 1 }), 'expired_token' ],
        [ 'expired in 1969', corp(claims => { exp => -1 }) ],
        [ 'exp 0', corp(claims => { exp => 0 }) ],
        [ 'no exp', $with->($without->('exp')) ],
        map({ [ "exp as $_", $with->($without->('exp') =~ s/\}$/,"exp":$_}/r) ] } '"'
            . ($now + 3600) . '"',
            'null', 'true', '[]', '{}', '1e400', '-1e400', '99999999999999999999999999', '"never"',
            '1e999999'),
        [ 'not yet valid', corp(claims => { nbf => $now + 3600 }), 'not_yet_valid' ],
        map({ [ "nbf as $_", $with->($claim->('nbf', $_)) ] } '"0"', 'null', 'true', '[]', '1e400',
            '"' . ($now - 60) . '"'),
        map({ [ "iat as $_", $with->($claim->('iat', $_)) ] } '"x"', '[]'),
        # whose and for whom
        [ 'another issuer', corp(claims => { iss => 'https://evil.example' }), 'wrong_issuer' ],
        [ 'an issuer with a slash more', corp(claims => { iss => 'https://issuer.example/' }),
          'wrong_issuer' ],
        [ 'an issuer in other case', corp(claims => { iss => 'https://ISSUER.example' }),
          'wrong_issuer' ],
        [ 'an issuer that is shorter', corp(claims => { iss => 'https://issuer.exampl' }),
          'wrong_issuer' ],
        [ 'an issuer with a NUL', corp(claims => { iss => "https://issuer.example\0" }) ],
        [ 'an issuer of another location', mint(claims => { %$pem, %corp }), 'wrong_issuer' ],
        [ 'no issuer', corp(claims => { iss => undef }) ],
        map({ [ "iss as $_", $with->($without->('iss') =~ s/\}$/,"iss":$_}/r) ] } 'null', '1',
            '["https://issuer.example"]', '{}', '""'),
        [ 'another audience', corp(claims => { aud => 'https://evil.example' }), 'wrong_audience' ],
        [ 'audiences of others', corp(claims => { aud => [ 'a', 'b' ] }), 'wrong_audience' ],
        [ 'no audience', $with->($without->('aud')), 'wrong_audience' ],
        [ 'an empty audience', corp(claims => { aud => '' }), 'wrong_audience' ],
        [ 'an empty list of audiences', corp(claims => { aud => [] }), 'wrong_audience' ],
        [ 'an audience that is longer', corp(claims => { aud => 'https://api.example.evil' }),
          'wrong_audience' ],
        [ 'an audience that is shorter', corp(claims => { aud => 'https://api.exampl' }),
          'wrong_audience' ],
        [ 'an audience with a space', corp(claims => { aud => 'https://api.example ' }),
          'wrong_audience' ],
        [ 'audiences in one text', corp(claims => { aud => 'https://api.example https://x' }),
          'wrong_audience' ],
        [ 'an audience with a NUL', corp(claims => { aud => "https://api.example\0x" }) ],
        map({ [ "aud as $_", $with->($without->('aud') =~ s/\}$/,"aud":$_}/r) ] } 'null', '1',
            '{"https://api.example":1}', '[["https://api.example"]]', 'true'),
        # the form
        [ 'nothing', '' ],
        [ 'one part', $h ],
        [ 'two parts', "$h.$p" ],
        [ 'an empty signature', "$h.$p." ],
        [ 'an empty payload', "$h..$s" ],
        [ 'an empty header', ".$p.$s" ],
        [ 'dots', '..' ], [ 'one dot', '.' ], [ 'many dots', '.' x 1000 ],
        [ 'four parts', "$good.$s" ], [ 'five parts', "$good.$s.$s" ],
        [ 'a dot behind', "$good." ], [ 'a dot before', ".$good" ],
        [ 'a byte behind', $good . 'A' ], [ 'two bytes behind', $good . 'AA' ],
        [ 'four bytes behind', $good . 'AAAA' ],
        [ 'a byte less', substr($good, 0, -1) ], [ 'four bytes less', substr($good, 0, -4) ],
        [ 'another token behind', "$good $good" ],
        [ 'another token behind a comma', "$good, $good" ],
        [ 'a parameter behind', "$good;x=1" ],
        [ 'quotes', qq("$good") ],
        [ 'Bearer twice', "Bearer $good" ],
        [ 'a tab behind the scheme', "\t$good" ],
        [ 'a tab in it', "$h\t.$p.$s" ],
        [ 'a space in it', "$h .$p.$s" ],
        [ 'padding', "$good==" ], [ 'one padding', "$good=" ],
        [ 'padding in the header', "$h=.$p.$s" ],
        [ 'a byte above 127 behind', "$good\xff" ],
        [ 'the usual base64 alphabet', "$h.$p." . ($s =~ tr{-_}{+/}r) ],
        [ 'a signature that is not canonical', $twin ],
        [ 'a header that is not canonical', b64('{"alg":"RS256","kid":"rsa" }') . 'A.' . "$p.$s" ],
        [ 'percent-encoding', $good =~ s/\./%2E/gr ],
        [ 'header and payload exchanged', "$p.$h.$s" ],
        [ 'another signature', "$h.$p." . (split /\./, corp(claims => { sub => 'bob' }))[2] ],
        [ 'another payload', "$h." . b64($claim->('x', 1)) . ".$s" ],
        [ 'another header', b64('{"alg":"RS256","kid":"rsa","typ":"jwt"}') . ".$p.$s" ],
        [ 'a signature of zeros', "$h.$p." . b64("\0" x 256) ],
        [ 'a signature of ones', "$h.$p." . b64("\xff" x 256) ],
        [ 'a short signature', "$h.$p.AAAA" ],
        [ 'a signature of 8 KB', "$h.$p." . b64("\1" x 8192) ],
        [ 'a signature with a zero before it',
          "$h.$p." . b64("\0" . MIME::Base64::decode_base64(($s =~ tr{-_}{+/}r) . '==')) ],
        map({ my $n = $_; my ($eh, $ep, $es) = split /\./, corp(alg => 'ES256'); (
            [ "ES256 of r and s $n->[0]", "$eh.$ep." . b64($n->[1]) ]
        ) } [ 'zero',
              "\0" x 64 ], [ 'one', ("\0" x 31 . "\1") x 2 ], [ 'all ones', "\xff" x 64 ],
              [ 'half', "\1" x 32 ], [ 'too long', "\1" x 65 ],
            [ 'the order',
              pack('H*', 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551') x 2 ]),
        [ 'ES256 in DER', do {
            my $t = mint(head => '{"alg":"ES256","kid":"ec256"}', payload => $claims,
                         alg => 'ES256', key => 'ec256', signature => 'x');
            my ($input) = $t =~ /^(.*)\./;
            my ($fh, $file) = File::Temp::tempfile(UNLINK => 1);
            print $fh $input; close $fh;
            "$input."
                . b64(GateToken::openssl('dgst', '-sha256', '-sign', $keys->{ec256}{private},
                                         $file)) } ],
        # JSON
        map({ [ "a payload $_->[0]", $with->($_->[1]) ] }
            [ 'with sub twice', $claim->('sub', '"bob"') ],
            [ 'with exp twice', $claim->('exp', $now + 3600) ],
            [ 'with iss twice', $claim->('iss', '"https://issuer.example"') ],
            [ 'with a name twice, once escaped', $claim->('s\u0075b', '"bob"') ],
            [ 'with a name twice in it', $claim->('x', '{"a":1,"a":2}') ],
            [ 'that is a list', "[$claims]" ], [ 'that is a text', '"alice"' ],
            [ 'that is a number', '1' ], [ 'that is null', 'null' ],
            [ 'that is empty', '' ], [ 'that is an empty object', '{}' ],
            [ 'with more behind', "$claims x" ], [ 'with another behind', "$claims$claims" ],
            [ 'with a NUL behind', "$claims\0" ],
            [ 'with a mark before', "\xef\xbb\xbf$claims" ],
            [ 'that is cut', substr($claims, 0, -1) ],
            [ 'with a comment', $claims =~ s/\{/{\/**\/ /r ],
            [ 'with a comma more', $claims =~ s/\}/,}/r ],
            [ 'with bad UTF-8', $claim->('x', "\"\xff\"") ],
            [ 'with a lone surrogate', $claim->('x', '"\ud800"') ],
            [ 'with long UTF-8', $claim->('x', "\"\xc0\xaf\"") ],
            [ 'with a bare word', $claim->('x', 'yes') ],
            [ 'with NaN', $claim->('x', 'NaN') ],
            [ 'a thousand deep', $claim->('x', '[' x 1000 . ']' x 1000) ],
            [ 'of XML', '<alice/>' ]),
        map({ [ "a header $_->[0]", signed($_->[1], $claims) ] }
            [ 'with alg twice', '{"alg":"none","alg":"RS256","kid":"rsa"}' ],
            [ 'with alg twice, otherwise', '{"alg":"RS256","kid":"rsa","alg":"none"}' ],
            [ 'with alg twice, once escaped', '{"alg":"RS256","kid":"rsa","\u0061lg":"none"}' ],
            [ 'with kid twice', '{"alg":"RS256","kid":"evil","kid":"rsa"}' ],
            [ 'that is a list', "[$header]" ], [ 'that is empty', '' ], [ 'that is null', 'null' ],
            [ 'with more behind', "$header}" ], [ 'with a NUL behind', "$header\0" ],
            [ 'of bytes', "\xff\xfe\xfd" ],
            [ 'with crit', '{"alg":"RS256","kid":"rsa","crit":["exp"],"exp":1}' ],
            [ 'with an empty crit', '{"alg":"RS256","kid":"rsa","crit":[]}' ],
            [ 'with an unknown crit', '{"alg":"RS256","kid":"rsa","crit":["x"],"x":1}' ],
            [ 'with b64', '{"alg":"RS256","kid":"rsa","b64":false,"crit":["b64"]}' ],
            [ 'with b64 and no crit', '{"alg":"RS256","kid":"rsa","b64":false}' ],
            [ 'with zip', '{"alg":"RS256","kid":"rsa","zip":"DEF"}' ],
            [ 'with enc', '{"alg":"RS256","kid":"rsa","enc":"A128GCM"}' ],
            [ 'of another type', '{"alg":"RS256","kid":"rsa","typ":"dpop+jwt"}' ],
            [ 'of the type of a logout', '{"alg":"RS256","kid":"rsa","typ":"logout+jwt"}' ],
            [ 'with a type that is a number', '{"alg":"RS256","kid":"rsa","typ":1}' ]),
        # sizes
        [ 'a payload of 13 KB', corp(claims => { pad => 'x' x 13000 }) ],
        [ 'a payload of 40 KB', corp(claims => { pad => 'x' x 30000 }) ],
        [ 'a header of 20 KB', corp(header => { pad => 'x' x 20000 }) ],
        [ '50,000 bytes of A', 'A' x 50000 ],
        [ '50,000 bytes of A and dots', join '.', ('A' x 16000) x 3 ],
        [ '10,000 claims', corp(claims => { map { ("c$_" => 1) } 1 .. 1500 }) ],
    );

    cmp_ok(scalar @corpus, '>=', 150, 'the corpus has 150 tokens or more');

    for my $case (@corpus) {
        my ($what, $token, $reason) = @$case;

        for my $target ('/corp/', '/three/') {
            my $r = bearer($target, $token);
            my $said = problem($r);

            next if $r->{status} == 400 && !$r->{seen} && $token =~ /[\0-\x1f]/;

            if ($target eq '/three/' && ($reason // '') eq 'wrong_issuer'
                && $what =~ /of another location/) {
                is(who($r), 'alice', 'where that issuer counts it is good');
                next;
            }

            if ($reason) {
                is($said, "401 $reason", "a token ($what) is refused at $target");

            } else {
                like($said, qr/^401 (?:bad_token|expired_token|wrong_issuer|wrong_audience)$/,
                     "a token ($what) is refused at $target");
            }

            my $expected = $said eq '401 no_credential' ? '' : ', error="invalid_token"';
            is($r->field('www-authenticate'), 'Bearer realm="orders"' . $expected,
               '... and told so');
        }
    }

    is($GateTest::backend->executed('jku') + $GateTest::backend->executed('x5u'), 0,
       'no URL of a token was asked');

    # keys of several kinds side by side

    for my $case (
        [ 'HS256 keyed with the PEM', mint(alg => 'HS256', key => \$public, claims => $mixed) ],
        [ 'HS256 keyed with the PEM under its kid',
          mint(alg => 'HS256', key => \$public, claims => $mixed, header => { kid => 'rsa' }) ],
        [ 'HS256 keyed with the secret under the kid of the PEM',
          mint(alg => 'HS256', claims => $mixed, header => { kid => 'rsa' }) ],
        [ 'RS256 under the kid of the secret',
          mint(claims => $mixed, header => { kid => 'shared' }) ],
        [ 'RS384, which is not listed', mint(alg => 'RS384', claims => $mixed) ],
        [ 'HS512, which is not listed',
          mint(alg => 'HS512', claims => $mixed, header => { kid => 'shared' }) ],
    ) {
        is(problem(bearer('/mixed/', $case->[1])), '401 bad_token',
           "where both are, $case->[0] is refused");
    }

    for my $case (
        [ 'of corp signed with the secret of another', mint(alg => 'HS256', claims => { %corp }) ],
        [ 'of the secret\'s issuer signed by RSA', mint(claims => $hmac) ],
        [ 'of the PEM\'s issuer signed by a key of corp',
          mint(key => 'rsa2', claims => $pem, header => { kid => undef }) ],
        [ 'of the PEM\'s issuer signed with the secret', mint(alg => 'HS256', claims => $pem) ],
    ) {
        is(problem(bearer('/three/', $case->[1])), '401 bad_token',
           "a token $case->[0] is refused");
    }

    is(problem(bearer('/hmac/',
                      mint(alg => 'HS256', key => \(substr $keys->{secret}, 0, 63),
                           claims => $hmac))),
       '401 bad_token', 'a part of the secret is none');
    is(problem(bearer('/hmac/',
                      mint(alg => 'HS256', key => \($keys->{secret} . "\n"), claims => $hmac))),
       '401 bad_token', 'the secret with a line break is another');

    # other places and schemes

    for my $case (
        [ 'no field', '401 no_credential' ],
        [ 'an empty field', '401 bad_token', 'Authorization:' ],
        [ 'Bearer alone', '401 bad_token', 'Authorization: Bearer' ],
        [ 'Bearer with a space', '401 bad_token', 'Authorization: Bearer ' ],
        [ 'another scheme', '401 no_credential', 'Authorization: Basic eDp5' ],
        [ 'a scheme that begins like it', '401 no_credential', "Authorization: BearerX $good" ],
        [ 'no scheme', '401 no_credential', "Authorization: $good" ],
        [ 'the same token twice', '401 bad_token', ("Authorization: Bearer $good") x 2 ],
        [ 'a good and another', '401 bad_token', "Authorization: Bearer $good",
          'Authorization: Bearer x' ],
        [ 'a good and another scheme', '401 bad_token', "Authorization: Bearer $good",
          'Authorization: Basic eDp5' ],
        [ 'another scheme and a good', '401 bad_token', 'Authorization: Basic eDp5',
          "Authorization: Bearer $good" ],
        [ 'Proxy-Authorization', '401 no_credential', "Proxy-Authorization: Bearer $good" ],
        [ 'a cookie', '401 no_credential', "Cookie: access_token=$good" ],
        [ 'X-Authorization', '401 no_credential', "X-Authorization: Bearer $good" ],
    ) {
        my ($what, $said, @fields) = @$case;

        my $r = get('/corp/', @fields);

        # nginx itself does not take two, in some versions

        $said = '400 bad_request' if @fields == 2 && $r->{status} == 400;
        is(problem($r), $said, "$what is refused");
    }

    is(get('/corp/', 'Authorization: Basic eDp5')->field('www-authenticate'),
       'Bearer realm="orders"', 'without a token no error is told');
    is(problem(get('/corp/?access_token=' . corp(claims => { jti => 1 }))), '401 no_credential',
       'a token in the query is none');
    is(who(get('/guest/')), 'guest', 'without a token it may be anonymous');
    is(problem(bearer('/guest/', 'x')), '401 bad_token', '... but not with a bad one');
    is(problem(h2_get('/corp/', 'authorization: Bearer x.y.z')), '401 bad_token',
       'a bad token is refused by HTTP/2');
    like(h2_get('/corp/', "authorization: Bearer $good", 'authorization: Bearer x')->{status},
         qr/^40[01]$/, '... and so are two');

    is(problem(bearer('/corp/', corp(claims => { sub => 'bob' }))), '403 unknown_consumer',
       'a good token of nobody here is a 403');
    is(bearer('/corp/', corp(claims => { sub => 'bob' }))->field('www-authenticate') // '', '',
       '... not asked again');

    my @told = grep { /\Q$s\E|\Q$p\E/ } split /\n/, log_text('error.log');
    is("@told", '', 'no line of the error log has a token, nor one of nginx about two fields');

=== TEST 2: 10,000 strings
--- gate
    gate_consumer alice { }
    gate_issuer corp {
        issuer     https://issuer.example;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms RS256 ES256;
        consumer   map=name;
    }
    gate_issuer hmac {
        issuer     https://hmac.example;
        secret     file:$TEST_NGINX_SECRET;
        algorithms HS256;
        consumer   map=name;
    }
    keepalive_requests 100000;
--- config
    location / { gate_auth jwt=corp jwt=hmac; gate_service s; gate_pass http://sidecar; }
--- client
    my $seed = $ENV{GATE_SEED} // time;
    srand($seed);
    note("GATE_SEED=$seed");

    my @alphabet = ('A' .. 'Z', 'a' .. 'z', 0 .. 9, '-', '_');
    my $text = sub { join '', map { $alphabet[rand 64] } 1 .. shift };
    my $n = 0;

    is(who(bearer('/', mint())), 'alice', 'a good token is taken before');

    my $bytes = flood('/',
                      sub { $n++ < 3000 ? pack('C*', map { int rand 256 } 1 .. rand 120) : undef });
    like($bytes, qr/^(?:400 )?401$/, '3,000 strings of any bytes are refused');

    $n = 0;
    my $tame = flood('/',
                     sub { $n++ < 3000 ? pack('C*', map { 33 + int rand 94 } 1 .. 1 + rand 300)
                           : undef });
    is($tame, '401', '3,000 strings of printable bytes are refused');

    $n = 0;
    my $parts = flood('/',
                      sub { $n++ < 2000 ? join('.', map { $text->(rand 80) } 1 .. 3) : undef });
    is($parts, '401', '2,000 strings in three parts are refused');

    $n = 0;
    my @good = (mint(), mint(alg => 'ES256'),
                mint(alg => 'HS256', claims => { iss => 'https://hmac.example' }));
    is(who(bearer('/', $_)), 'alice', 'what is changed is good') for @good;
    my $changed = flood('/', sub {
        return undef if $n++ == 2000;
        my $t = $good[rand @good];
        my $at = int rand length $t;
        my $with = ($alphabet[rand 64], '.', '=', '~')[rand 4];
        return $t . 'A' if substr($t, $at, 1) eq $with;
        substr($t, $at, 1) = $with;
        return $t;
    });
    is($changed, '401', '2,000 good tokens with one character changed are refused');

    is(who(bearer('/', mint())), 'alice', 'a good token is taken after');

=== TEST 3: the cache
--- gate
    keepalive_requests 1000;
    gate_consumer alice { }
    gate_consumer bob { disabled; }
    gate_issuer corp {
        issuer https://issuer.example;
        jwks_file $TEST_NGINX_JWKS;
        algorithms RS256;
        leeway 0s;
        consumer map=name;
    }
    gate_issuer narrow {
        issuer https://issuer.example;
        jwks_file $TEST_NGINX_JWKS;
        algorithms ES256;
        consumer map=name;
    }
    gate_token_cache 64k;
--- config
    gate_service s;
    location /corp/ { gate_auth jwt=corp; gate_pass http://sidecar; }
    location /narrow/ { gate_auth jwt=narrow; gate_pass http://sidecar; }
    location /status { gate_status; }
--- client
    my $c;
    my $ask = sub {
        my ($target, $token) = @_;
        $c->write("GET $target HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer $token\r\n\r\n");
        return $c->read();
    };

    # one connection is one worker, and so one cache

    $c = client();
    my $token = mint(claims => { sub => 'alice', jti => rand });
    my $before = tokens();
    is(who($ask->('/corp/', $token)), 'alice', 'a token is taken') for 1 .. 10;
    my $after = tokens();
    is($after->{miss} - $before->{miss}, 1, 'it was verified once');
    is($after->{hit} - $before->{hit}, 9, '... and known nine times');

    is(problem($ask->('/narrow/', $token)), '401 bad_token',
       'known elsewhere it is not known where its algorithm is not listed');
    is(who($ask->('/corp/', $token)), 'alice', '... and goes on being known');

    my $bad = mint(key => 'evil', header => { kid => 'rsa' });
    $before = tokens();
    is(problem($ask->('/corp/', $bad)), '401 bad_token', 'a bad token is refused') for 1 .. 3;
    is(tokens()->{hit} - $before->{hit}, 0, '... and is never known');

    my $off = mint(claims => { sub => 'bob' });
    is(problem($ask->('/corp/', $off)), '403 disabled_consumer',
       'a disabled consumer is refused, known or not')
        for 1 .. 2;

    my $short = mint(claims => { exp => time + 2 });
    is(who($ask->('/corp/', $short)), 'alice', 'a token with two seconds is taken');
    $before = tokens();
    my $r;
    ok(wait_for(sub { $r = $ask->('/corp/', $short); $r->{status} == 401 }), '... until it is not');
    is(problem($r), '401 expired_token', '... because it has expired');
    cmp_ok(tokens()->{hit} - $before->{hit}, '>', 0, '... known as it was');
    is(tokens()->{miss}, $before->{miss}, '... and not verified again');

    # more tokens than it holds

    my @many = map { mint(alg => 'RS256', claims => { jti => "many$_" }) } 1 .. 100;
    my $wrong = grep { who($ask->('/corp/', $_)) ne 'alice' } @many, @many;
    is($wrong, 0, 'more tokens than it holds are all taken');
    is(problem($ask->('/corp/', $bad)), '401 bad_token', '... and a bad one is still refused');

=== TEST 4: without a cache
--- gate
    gate_consumer alice { }
    gate_issuer corp {
        issuer https://issuer.example;
        jwks_file $TEST_NGINX_JWKS;
        algorithms RS256;
        consumer map=name;
    }
    gate_token_cache 0;
--- config
    location /corp/ { gate_auth jwt=corp; gate_service s; gate_pass http://sidecar; }
    location /status { gate_status; }
--- client
    my $token = mint();
    my $before = tokens();
    is(who(bearer('/corp/', $token)), 'alice', 'a token is taken without a cache, too') for 1 .. 5;
    my $after = tokens();
    is($after->{hit} - $before->{hit}, 0, 'none is known');

=== TEST 5: consumers, scopes, claims
--- gate
    gate_consumer alice id=id-a { claim corp=app-7; claim corp=42; group staff; scope from:config; }
    gate_consumer app-8 { claim deep=app-8; claim other=app-8; }
    gate_consumer shared { }
    gate_consumer many { claim other=app-7; }
    gate_issuer corp {
        issuer https://issuer.example; jwks_file $TEST_NGINX_JWKS; algorithms RS256;
        consumer claim=client_id map=name unknown=refuse;
    }
    gate_issuer other {
        issuer https://other.example; jwks_file $TEST_NGINX_JWKS; algorithms RS256;
        consumer claim=client_id unknown=shared;
    }
    gate_issuer deep {
        issuer https://deep.example; jwks_file $TEST_NGINX_JWKS; algorithms RS256;
        consumer claim=app.name;
    }
    log_format x
        '$uri|$gate_consumer|$gate_consumer_id|$gate_credential_id|$gate_auth_method'
        '|$gate_scopes|$gate_groups|$gate_claim_sub|$gate_claim_none|$gate_claim_roles';
    access_log $TEST_NGINX_STATE/x.log x;
--- config
    gate_service s;
    location /corp/ {
        gate_auth jwt=corp jwt=other jwt=deep;
        proxy_set_header X-Sub "[$gate_claim_sub]";
        proxy_set_header X-Roles "[$gate_claim_roles]";
        proxy_set_header X-Deep "[$gate_claim_a.b]";
        proxy_set_header X-Scopes "[$gate_scopes]";
        gate_pass http://sidecar;
    }
    location /scope/ {
        gate_auth jwt=corp;
        gate_allow scope=orders:read,orders:write;
        gate_pass http://sidecar;
    }
    location /claim/ {
        gate_auth jwt=corp;
        gate_allow claim:tier=gold claim:roles=admin;
        gate_pass http://sidecar;
    }
    location /either/ {
        gate_auth jwt=corp;
        gate_allow scope=all;
        gate_allow claim:tier=gold;
        gate_pass http://sidecar;
    }
--- client
    my $as = sub {
        my ($target, %claims) = @_;

        return bearer($target, mint(claims => { client_id => 'app-7', %claims }))
    };

    is(who($as->('/corp/')), 'alice', 'a claim line names the consumer');
    is(who($as->('/corp/', client_id => 'app-8')), 'app-8',
       '... or the name itself, of an issuer that may say it');
    is(who($as->('/corp/', client_id => 42)), 'alice', 'a number is its digits');
    is(problem($as->('/corp/', client_id => $_->[1])), '403 unknown_consumer',
       "client_id $_->[0] is nobody")
        for [ 'of nobody', 'app-9' ], [ 'in other case', 'APP-7' ], [ 'that is empty', '' ],
        [ 'that is missing', undef ],
            [ 'that is a list', [ 'app-7' ] ], [ 'that is an object', { 'app-7' => 1 } ],
            [ 'with a space', 'app-7 ' ], [ 'of 2,000 bytes', 'app-7' x 400 ],
            [ 'that is a fraction', 42.5 ];
    is(who($as->('/corp/', client_id => 'app-7', iss => 'https://other.example')), 'many',
       'a claim line counts for its issuer');
    my $r = $as->('/corp/', client_id => 'app-9', iss => 'https://other.example');
    is(who($r), 'shared', 'unknown=NAME is who nobody is');
    is(join('', $r->seen('x-anonymous-consumer')), '', '... which is not anonymous');
    is(who($as->('/corp/', iss => 'https://deep.example', app => { name => 'app-8' })), 'app-8',
       'a claim in a claim names the consumer');
    is(problem($as->('/corp/', iss => 'https://deep.example', app => 'app-8')),
       '403 unknown_consumer', '... where it is one');

    $r = $as->('/corp/');
    is(join('|', map { $r->seen($_) } qw(x-consumer-id x-consumer-groups x-credential-identifier)),
       'id-a|staff|corp', 'the service sees the id, the groups and the issuer');
    my $lane = sub { join '', $as->('/corp/', @_)->seen('x-lane-hash') };
    is($lane->(sub => 'u1'), $lane->(sub => 'u1', jti => 2), 'the lane of a subject stays');
    isnt($lane->(sub => 'u1'), $lane->(sub => 'u2'), '... another\'s is another');
    isnt($lane->(sub => 'u1', client_id => 'app-8'),
         $lane->(sub => 'u1', client_id => 'app-8', iss => 'https://other.example'),
         '... and another issuer\'s, too');

    # scopes

    for my $case (
        [ 'a text', 200, scope => 'orders:read orders:write' ],
        [ 'a text with more', 200, scope => 'x orders:write y orders:read' ],
        [ 'a list', 200, scp => [ 'orders:read', 'orders:write' ] ],
        [ 'a text in scp', 200, scp => 'orders:read orders:write' ],
        [ 'nothing', 403 ],
        [ 'an empty text', 403, scope => '' ],
        [ 'one of two', 403, scope => 'orders:read' ],
        [ 'a longer one', 403, scope => 'orders:read orders:write2' ],
        [ 'a shorter one', 403, scope => 'orders:read orders:writ' ],
        [ 'another case', 403, scope => 'orders:read ORDERS:WRITE' ],
        [ 'commas', 403, scope => 'orders:read,orders:write' ],
        [ 'a list in one text', 403, scp => [ 'orders:read orders:write' ] ],
        [ 'an object', 403, scope => { 'orders:read' => 1, 'orders:write' => 1 } ],
        [ 'a line break', 403, scope => "orders:read\norders:write" ],
    ) {
        my ($what, $status, @claims) = @$case;

        $r = $as->('/scope/', @claims);
        is($r->{status}, $status,
           $status == 200 ? "scopes in $what are enough" : "scopes in $what are not enough");
        next if $status == 200;
        is(problem($r), '403 missing_scope', '... for their lack');
        like($r->field('www-authenticate'), qr/^Bearer realm="gate", error="insufficient_scope"/,
             '... which is told');
    }

    # claims

    is($as->('/claim/', tier => 'gold', roles => [ 'user', 'admin' ])->{status}, 200,
       'claims that are asked for suffice');
    is(problem($as->('/claim/', tier => 'gold', roles => 'user')), '403 claim_mismatch',
       '... one of two not');
    is(problem($as->('/claim/', tier => [ 'silver' ], roles => 'admin')), '403 claim_mismatch',
       '... nor another');
    is(problem($as->('/claim/')), '403 claim_mismatch', '... nor none');
    is($as->('/either/', scope => 'all')->{status}, 200, 'of two lines one suffices');
    is($as->('/either/', tier => 'gold')->{status}, 200, '... either');
    like(problem($as->('/either/')), qr/^403 (?:claim_mismatch|missing_scope)$/,
         '... but none not');

    # claims as variables

    $r = $as->('/corp/', sub => 'u1', roles => [ 'a', 'b' ], 'a' => { b => 'deep' },
               scope => 's1 s2');
    is(join(' ', map { $r->seen($_) } qw(x-sub x-roles x-scopes)), '[u1] [a,b] [s1 s2]',
       'claims are variables');

    for my $evil ("u1\r\nX-Consumer-Username: admin", "u1\nX-Evil: 1", "u1\r", "u\0001", "\x7f") {
        $r = $as->('/corp/', sub => $evil, roles => [ $evil ], scope => $evil);

        # a NUL is none of JSON's text here
        is(problem($r), '401 bad_token', 'a claim with a NUL is refused'), next if $evil =~ /\0/;

        is(who($r), 'alice', 'a claim with a line break changes nobody');
        is(join(' ', $r->seen('x-evil'), grep { /admin/ } map { $_->[1] } @{ $r->{seen}{fields} }),
           '', '... and adds nothing');
    }

    $as->('/corp/log', sub => 'u1', scp => [ 's1', 's2' ], roles => [ 'r' ]);
    ok(wait_for(sub {
           log_text('x.log') =~ m{^/corp/log\|alice\|id-a\|corp\|jwt\|s1 s2\|staff\|u1\|-\|r$}m
       }),
       'the log has all there is to know')
        or diag(log_text('x.log'));
