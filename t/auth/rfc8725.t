#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# The best current practices of RFC 8725, section by section: for each of them
# a token, or a key, that would get in where it is not followed.
#
#     3.1   perform algorithm verification         "3.1" rows
#     3.2   use appropriate algorithms             "3.2" rows
#     3.3   validate all cryptographic operations  "3.3" rows
#     3.4   validate cryptographic inputs          "3.4" rows, and keys
#     3.5   sufficient entropy of keys             keys
#     3.6   no compression of encryption inputs    "3.6" rows
#     3.7   use UTF-8                              "3.7" rows
#     3.8   validate issuer and subject            "3.8" rows
#     3.9   use and validate audience              "3.9" rows
#     3.10  do not trust received claims           "3.10" rows
#     3.11  use explicit typing                    "3.11" rows
#     3.12  exclusive rules for kinds of tokens    "3.12" rows
#
# and, as "JWS" rows, what RFC 7515 has of it: extensions, canonical parts.

use strict;
use warnings;

use File::Temp;
use MIME::Base64 ();

use GateTest;
use GateToken;

our $keys = gate_keys();

my %jwk = map { $_ => GateToken::jwk($keys->{dir}, $_) } qw(rsa ec256 ed25519);

GateNginx::spew("$keys->{dir}/bcp.json", JSON::PP->new->encode({ keys => [ values %jwk ] }));

$ENV{TEST_NGINX_JWKS} = "$keys->{dir}/bcp.json";
$ENV{TEST_NGINX_OTHER} = "$keys->{dir}/bcp-other.json";
$ENV{TEST_NGINX_SECRET} = $keys->{secret_file};

GateNginx::spew($ENV{TEST_NGINX_OTHER}, jwks('rsa2'));
chmod 0644, $ENV{TEST_NGINX_JWKS}, $ENV{TEST_NGINX_OTHER};

our %good = (iss => 'https://issuer.example', aud => 'api', sub => 'alice', client_id => 'c',
             jti => '1');


sub at {
    my (%arg) = @_;

    return mint(%arg, header => { typ => 'at+jwt', %{ $arg{header} // {} } },
                claims => { %good, %{ $arg{claims} // {} } });
}


# With a good payload, and a header and a signature as they are said.

sub forged {
    my ($head, $signature, %claims) = @_;

    my $now = time();

    return mint(head => $head, signature => $signature,
                claims => { %good, iat => $now, exp => $now + 60, %claims });
}


sub b64 { GateToken::b64(@_) }


sub call {
    my ($target, $token) = @_;

    my $r = get($target, "Authorization: Bearer $token");

    return join(' ', $r->seen('x-consumer-username')) if $r->{seen};
    return "$r->{status} " . ($r->json()->{reason} // '');
}


# What nginx says of an issuer with such keys.

sub load {
    my ($algorithms, $line) = @_;

    my $dir = File::Temp->newdir();

    mkdir "$dir/logs";
    GateNginx::spew("$dir/gate.conf", "load_module $ENV{GATE_MODULE};\n"
        . "events { }\nhttp { gate_consumer c { }\n    gate_issuer i { issuer i; audience a;"
        . " algorithms $algorithms; $line consumer unknown=c; } }\n");

    return `$ENV{GATE_NGINX} -t -p $dir/ -e logs/error.log -g 'pid logs/p;' -c gate.conf 2>&1`;
}


sub file {
    my ($text) = @_;

    my $fh = File::Temp->new(UNLINK => 0, DIR => $keys->{dir}, SUFFIX => '.bcp');

    print $fh $text;
    close($fh);
    chmod 0600, $fh->filename;

    return $fh->filename;
}


run_gate_tests();

__DATA__

=== TEST 1: tokens
--- gate
    large_client_header_buffers 4 64k;

    gate_consumer alice { }
    gate_consumer admin { }

    gate_issuer corp {
        issuer     https://issuer.example;
        audience   api;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms RS256 ES256 EdDSA;
        type       at+jwt required;
        consumer   map=name;
    }
    gate_issuer other {
        issuer     https://other.example;
        audience   api;
        jwks_file  $TEST_NGINX_OTHER;
        algorithms RS256;
        consumer   map=name;
    }
    gate_issuer plain {
        issuer     https://issuer.example;
        audience   api;
        jwks_file  $TEST_NGINX_JWKS;
        algorithms RS256;
        require    client_id;
        consumer   map=name;
    }
    gate_issuer hmac {
        issuer     https://hmac.example;
        audience   api;
        secret     file:$TEST_NGINX_SECRET;
        algorithms HS256;
        consumer   map=name;
    }
--- config
    gate_service a.example;
    location / { gate_auth jwt=corp jwt=other jwt=hmac; gate_pass http://sidecar; }
    location /plain { gate_auth jwt=plain; gate_pass http://sidecar; }
--- client
    our ($keys, %good);

    my $pem = GateNginx::slurp($keys->{rsa}{public});
    my $now = time();
    my $jwk = jwks('evil') =~ s/^\{"keys":\[(.*)\]\}$/$1/r;
    my ($input, $signature) = at() =~ /^(.*)\.(.*)$/;
    my ($es_input) = at(alg => 'ES256') =~ /^(.*)\./;
    my ($ed_input, $ed) = at(alg => 'EdDSA') =~ /^(.*)\.(.*)$/;
    my $raw = MIME::Base64::decode_base64url($ed);

    # S plus the order of the group: the same number, another signature

    my ($carry, $s) = (0, '');
    my @l = (unpack('C*', pack('H*', 'edd3f55c1a631258d69cf7a2def9de14')), (0) x 15, 0x10);

    for my $i (0 .. 31) {
        $carry += ord(substr($raw, 32 + $i, 1)) + $l[$i];
        $s .= chr($carry & 255);
        $carry >>= 8;
    }

    my @good = (
        [ 'RS256', at() ], [ 'ES256', at(alg => 'ES256') ], [ 'EdDSA', at(alg => 'EdDSA') ],
    );

    my @rows = (
        [ '3.1', 'an algorithm that is not listed', at(alg => 'RS512'), '401 bad_token' ],
        [ '3.1', 'PS256 where RS256 is listed', at(alg => 'PS256'), '401 bad_token' ],
        [ '3.1', 'the public key as an HMAC secret',
          at(alg => 'HS256', key => \$pem, header => { kid => 'rsa' }), '401 bad_token' ],
        [ '3.1', '... of an issuer that has HMAC',
          at(alg => 'HS256', key => \$pem, claims => { iss => 'https://hmac.example' }),
          '401 bad_token' ],
        [ '3.1', 'the key of another algorithm',
          at(alg => 'ES256', key => 'ec256', header => { kid => 'rsa' }), '401 bad_token' ],
        [ '3.1', 'one said, another signed',
          mint(alg => 'RS512', key => 'rsa', head => '{"alg":"RS256","kid":"rsa","typ":"at+jwt"}',
               claims => \%good), '401 bad_token' ],

        map({ my $alg = $_;
              map({ [ '3.2', "alg $alg with $_->[0]",
                      forged(qq({"alg":"$alg","typ":"at+jwt"}), $_->[1]), '401 bad_token' ] }
                  [ 'no signature', '' ], [ 'one byte', "\0" ], [ 'one of RSA', "\1" x 256 ]) }
            qw(none None NONE nOnE noNe), 'none ', 'n\u006fne', 'none\u0000', ''),
        [ '3.2', 'no alg', forged('{"typ":"at+jwt"}', ''), '401 bad_token' ],
        [ '3.2', 'an empty signature', "$input.", '401 bad_token' ],
        [ '3.2', 'no signature', $input, '401 bad_token' ],

        [ '3.3', 'a token in a token', at(header => { cty => 'JWT' }), '401 bad_token' ],
        [ '3.3', 'one that is encrypted', "$input.AAAA.$signature", '401 bad_token' ],
        [ '3.3', 'a signature of nothing', "$input." . b64("\0" x 256), '401 bad_token' ],

        [ '3.4', 'ES256 with r and s zero', "$es_input." . b64("\0" x 64), '401 bad_token' ],
        [ '3.4', 'ES256 in DER', "$es_input." . b64("\x30\x06\2\1\1\2\1\1"), '401 bad_token' ],
        [ '3.4', 'Ed25519 of zeros', "$ed_input." . b64("\0" x 64), '401 bad_token' ],
        [ '3.4', 'Ed25519 with S plus the order', "$ed_input." . b64(substr($raw, 0, 32) . $s),
          '401 bad_token' ],

        [ '3.6', 'zip', at(header => { zip => 'DEF' }), '401 bad_token' ],

        [ '3.7', 'a payload in Latin-1',
          mint(header => { typ => 'at+jwt' }, payload => qq({"iss":"$good{iss}","x":"\xe9"})),
          '401 bad_token' ],
        [ '3.7', 'a payload in UTF-16',
          mint(header => { typ => 'at+jwt' },
               payload => join('', map { "$_\0" } split //, qq({"iss":"$good{iss}"}))),
          '401 bad_token' ],
        [ '3.7', 'a member twice',
          mint(header => { typ => 'at+jwt' }, payload => qq({"iss":"$good{iss}","aud":"api",)
               . qq("sub":"alice","sub":"admin","exp":@{[ $now + 60 ]}})), '401 bad_token' ],
        [ '3.7', 'a member twice, once in escapes',
          mint(header => { typ => 'at+jwt' }, payload => qq({"iss":"$good{iss}","aud":"api",)
               . qq("sub":"alice","s\\u0075b":"admin","exp":@{[ $now + 60 ]}})), '401 bad_token' ],
        [ '3.7', 'alg twice', forged('{"alg":"none","alg":"RS256","typ":"at+jwt"}', ''),
          '401 bad_token' ],

        [ '3.8', 'another issuer', at(claims => { iss => 'https://evil.example' }),
          '401 wrong_issuer' ],
        [ '3.8', 'an issuer that only looks the same',
          at(claims => { iss => 'https://issuer.example/' }), '401 wrong_issuer' ],
        [ '3.8', 'a list of issuers', at(claims => { iss => [ $good{iss} ] }),
          '401 wrong_issuer' ],
        [ '3.8', 'the key of one issuer for another',
          at(claims => { iss => 'https://other.example' }), '401 bad_token' ],
        [ '3.8', 'a subject that nobody is', at(claims => { sub => 'mallory' }),
          '403 unknown_consumer' ],

        [ '3.9', 'another audience', at(claims => { aud => 'other' }), '401 wrong_audience' ],
        [ '3.9', 'no audience', at(claims => { aud => undef }), '401 bad_token' ],
        [ '3.9', 'one in other case', at(claims => { aud => 'API' }), '401 wrong_audience' ],
        [ '3.9', 'one in a text of two', at(claims => { aud => 'api other' }),
          '401 wrong_audience' ],

        map({ [ '3.10', "kid $_", at(key => 'evil', header => { kid => $_ }), '401 bad_token' ] }
            '../../../../dev/null', "x' OR 1=1 --", 'rsa;id', '|id', 'http://127.0.0.1/k'),
        [ '3.10', 'a kid of 4,000 bytes', at(header => { kid => 'r' x 3000 }), '401 bad_token' ],
        [ '3.10', 'its own jwk', at(key => 'evil', header => { jwk => JSON::PP::decode_json($jwk),
                                                               kid => undef }), '401 bad_token' ],
        [ '3.10', 'a jku', at(key => 'evil', header => {
              jku => "http://$ENV{TEST_NGINX_BACKEND}/jku/id=jku5" }), '401 bad_token' ],
        [ '3.10', 'an x5u', at(key => 'evil', header => {
              x5u => "http://$ENV{TEST_NGINX_BACKEND}/x5u/id=x5u5" }), '401 bad_token' ],
        [ '3.10', 'an x5c', at(key => 'evil', header => { x5c => [ 'AAAA' ] }), '401 bad_token' ],

        [ '3.11', 'no type', mint(header => { typ => undef }, claims => \%good),
          '401 bad_token' ],
        [ '3.11', 'the type of any token', mint(claims => \%good), '401 bad_token' ],
        map({ [ '3.11', "the type $_", at(header => { typ => $_ }), '401 bad_token' ] }
            qw(dpop+jwt logout+jwt secevent+jwt at+jwtx id_token)),

        [ '3.12', 'an ID token, told by its claims', mint(claims => { %good, client_id => undef,
              nonce => 'n', at_hash => 'x' }), '401 bad_token', '/plain' ],
        [ '3.12', 'a logout token', mint(header => { typ => 'logout+jwt' }, claims => \%good),
          '401 bad_token', '/plain' ],

        [ 'JWS', 'crit', at(header => { crit => [ 'exp' ], exp => $now + 60 }), '401 bad_token' ],
        [ 'JWS', 'crit of an extension of its own', at(header => { crit => [ 'x' ], x => 1 }),
          '401 bad_token' ],
        [ 'JWS', 'b64', at(header => { b64 => JSON::PP::false(), crit => [ 'b64' ] }),
          '401 bad_token' ],
        [ 'JWS', 'padding', at() . '==', '401 bad_token' ],
        [ 'JWS', 'another last character', respelled(at(alg => 'ES256')), '401 bad_token' ],
        [ 'JWS', 'of the plain alphabet', at(claims => { x => '???>>>' }) =~ tr{-_}{+/}r,
          '401 bad_token' ],
        [ 'JWS', 'more than 16 KB', at(claims => { x => 'x' x 20000 }), '401 bad_token' ],
        [ 'JWS', 'a NUL behind a number',
          mint(header => { typ => 'at+jwt' }, payload => qq({"iss":"$good{iss}","aud":"api",)
               . qq("sub":"alice","client_id":"c","jti":"1","iat":1,"exp":@{[ $now + 60 ]}\0})),
          '401 bad_token' ],
    );

    # the bits of the last character that say nothing

    sub respelled {
        my ($token) = @_;
        my $alphabet = join('', 'A' .. 'Z', 'a' .. 'z', 0 .. 9, '-_');

        return substr($token, 0, -1)
               . substr($alphabet, index($alphabet, substr($token, -1)) ^ 1, 1);
    }

    is(call('/', $_->[1]), 'alice', "a token of $_->[0] is good") for @good;

    for my $row (@rows) {
        my ($section, $name, $token, $said, $target) = @$row;

        is(call($target // '/', $token), $said, "$section: $name");
    }

    is(call('/plain', mint(claims => \%good)), 'alice', '3.12: an access token is one');
    is($backend->executed($_), 0, "3.10: nobody was asked for a key, by $_") for qw(jku5 x5u5);



=== TEST 2: keys
--- config
--- client
    our $keys;

    my $small = '{"kty":"OKP","crv":"Ed25519","x":"' . 'A' x 43 . '"}';
    my $off = '{"kty":"EC","crv":"P-256","x":"' . 'A' x 42 . 'E","y":"' . 'A' x 42 . 'E"}';
    my $short = '{"kty":"RSA","e":"AQAB","n":"' . 'w' x 171 . '"}';

    like(load('ES256', 'jwks_file ' . file($off) . ';'), qr/\[emerg\]/,
         '3.4: a point that is not on its curve is no key');
    like(load('EdDSA', 'jwks_file ' . file($small) . ';'), qr/small order.*\[emerg\]/s,
         '3.4: a point of small order is no key');
    like(load('RS256', 'jwks_file ' . file($short) . ';'), qr/102\d bits.*\[emerg\]/s,
         '3.5: nor is RSA of 1024 bits');
    like(load('HS256', 'secret file:' . file('x' x 31) . ';'), qr/\[emerg\].*31 bytes/,
         '3.5: a secret has as many bytes as the hash');
    like(load('HS512', 'secret file:' . file('x' x 63) . ';'), qr/\[emerg\].*63 bytes/,
         '3.5: ... of each algorithm');
    like(load('none', 'secret file:' . file('x' x 64) . ';'), qr/\[emerg\].*algorithms/,
         '3.2: "none" cannot be configured');
    unlink(glob("$keys->{dir}/*.bcp"));
