#!/usr/bin/perl

# Copyright (C) 2026 Meshgate contributors

# JWK sets as the world writes them: an entry that is of no use is skipped with
# a warning that names file and entry, the others count; nothing usable, or a
# private key, is an error.


use strict;
use warnings;

use File::Temp;
use Test::More;

use GateToken;


my $nginx = $ENV{GATE_NGINX} or plan skip_all => 'run it by make t/auth/auth_keys.t';
my $dir = File::Temp->newdir();
my $keys = gate_keys();
my %jwk = map { $_ => jwks($_) =~ s/^\{"keys":\[(.*)\]\}$/$1/r }
              qw(rsa rsa2 ec256 ec384);
my $good = with('rsa2', '"kid":"good"');
my $n = qr/"n":"[^"]*"/;
my $long = 'k' x 129;

mkdir "$dir/logs";


# name, the entry, what is said of it

my @skipped = (
    ['null', 'null', qr/not an object/],
    ['a text', '"rsa"', qr/not an object/],
    ['a number', '1e3', qr/not an object/],
    ['no kty', with('rsa', '"kty":undef'), qr/"kty"/],
    ['kty null', with('rsa', '"kty":null'), qr/"kty"/],
    ['kty a number', with('rsa', '"kty":1'), qr/"kty"/],
    ['an unknown kty', '{"kty":"AKP","pub":"AA"}', qr/"kty"/],
    ['OKP for key agreement', '{"kty":"OKP","crv":"X25519","x":"AA"}', qr/"crv"/],
    ['kty in other case', with('rsa', '"kty":"rsa"'), qr/"kty"/],
    ['x5c only', '{"kty":"RSA","x5c":["MIIB"]}', qr/"n" or "e"/],
    ['x5c and no kty', '{"x5c":["MIIB"],"use":"sig"}', qr/"kty"/],
    ['RSA of 1024 bits', '{"kty":"RSA","e":"AQAB","n":"' . 'w' x 171 . '"}',
     qr/1024 bits|1026 bits|\d{4} bits/],
    ['padded base64', $jwk{rsa} =~ s/("n":"[^"]*)"/$1=="/r, qr/base64url/],
    ['the usual base64', $jwk{rsa} =~ s/$n/"n":"+\/+\/"/r, qr/base64url/],
    ['no n', $jwk{rsa} =~ s/$n/"m":1/r, qr/"n" or "e"/],
    ['n null', $jwk{rsa} =~ s/$n/"n":null/r, qr/"n" or "e"/],
    ['e null', with('rsa', '"e":null'), qr/"n" or "e"/],
    ['use enc', with('rsa', '"use":"enc"'), qr/"use"/],
    ['use null', with('rsa', '"use":null'), qr/"use"/],
    ['use a list', with('rsa', '"use":["sig"]'), qr/"use"/],
    ['key_ops without verify', with('rsa', '"key_ops":["encrypt"]'),
     qr/"key_ops"/],
    ['key_ops empty', with('rsa', '"key_ops":[]'), qr/"key_ops"/],
    ['key_ops null', with('rsa', '"key_ops":null'), qr/"key_ops"/],
    ['key_ops a text', with('rsa', '"key_ops":"verify"'), qr/"key_ops"/],
    ['alg of a cipher', with('rsa', '"alg":"RSA-OAEP"'), qr/"alg"/],
    ['alg none', with('rsa', '"alg":"none"'), qr/"alg"/],
    ['alg null', with('rsa', '"alg":null'), qr/"alg"/],
    ['alg of another kty', with('rsa', '"alg":"ES256"'), qr/does not fit/],
    ['alg of another curve', with('ec256', '"alg":"ES384"'), qr/does not fit/],
    ['alg of secrets', with('rsa', '"alg":"HS256"'), qr/does not fit/],
    ['no crv', with('ec256', '"crv":undef'), qr/"crv"/],
    ['an unknown crv', with('ec256', '"crv":"secp256k1"'), qr/"crv"/],
    ['a point of another curve', with('ec256', '"crv":"P-384"'), qr/48 bytes/],
    ['a point on no curve', $jwk{ec256} =~ s/"x":"[^"]*"/'"x":"' . 'A' x 43 . '"'/re,
     qr/no EC key/],
    ['kid null', with('rsa', '"kid":null'), qr/"kid"/],
    ['kid a number', with('rsa', '"kid":7'), qr/"kid"/],
    ['kid empty', with('rsa', '"kid":""'), qr/"kid"/],
    ['kid too long', with('rsa', "\"kid\":\"$long\""), qr/"kid"/],
    ['the same kid', with('rsa', '"kid":"good"'), qr/same "kid"/, 'last'],
);

for my $t (@skipped) {
    my ($name, $entry, $why, $last) = @$t;
    my @set = $last ? ($good, $entry) : ($entry, $good);
    my $at = $last ? 2 : 1;

    my ($rc, $out) = load('{"keys":[' . join(',', @set) . ']}');
    my @warn = grep { /\[warn\]/ } split /\n/, $out;

    is($rc, 0, "$name: the others count") or diag($out);
    is(scalar @warn, 1, '... with one warning') or diag($out);
    like($warn[0] // '',
         qr{gate_issuer "c": "\S+/keys\.jwks": key $at\b.* is skipped: .*$why.* in \S+conf:\d+},
         '... that names issuer, file and entry');

    next if $last;

    ($rc, $out) = load("{\"keys\":[$entry]}");
    isnt($rc, 0, "$name alone: an error");
    like($out,
         qr/\[emerg\].*gate_issuer "c": "\S+keys\.jwks": none of the keys.* in \S+gate\.conf:\d+/,
         '... that names the file')
        or diag($out);
}

my ($rc, $out) = load('{"keys":['
                      . join(',', with('rsa', '"use":"enc"'), 'null', $good,
                             with('rsa', '"kid":"good"'))
                      . ']}');
is($rc, 0, 'several of no use');
is(join(' ', map { /key (\d+)/ } grep { /\[warn\]/ } split /\n/, $out), '1 2 4',
   '... are told one by one');
like($out, qr/key 1, kid "rsa", is skipped/, '... with their kid');

($rc, $out) = load('{"keys":['
                   . with('rsa', '"use":"enc","kid":"a\u0007\u001b[31mb\"c' . 'x' x 100 . '"')
                   . ",$good]}");
unlike($out, qr/[\x07\x1b]|x{90}/, 'a kid is told without control bytes and not at any length');

($rc, $out) = load('{"keys":[' . join(',', $good, map { with('rsa', '"kid":undef') } 1 .. 6)
                   . ']}');
is($rc, 0, 'more keys without kid than are tried');
is(scalar(() = $out =~ /too many keys without/g), 2, '... are told, those that are');

# sound keys that are not for the algorithms listed need no words

($rc, $out) = load("{\"keys\":[$good,$jwk{ec384},{\"kty\":\"oct\",\"k\":\"" . 'A' x 86 . '"}]}',
                   'RS256');
is($rc, 0, 'keys of other algorithms are left out');
unlike($out, qr/\[warn\]/, '... in silence');
($rc, $out) = load("{\"keys\":[$jwk{ec384}]}", 'RS256');
like($out, qr/\[emerg\].*none of the keys/, '... but not all of them');

# errors, whatever else is there

for my $case (
    ['a private RSA key', with('rsa', '"d":"AQAB"')],
    ['a private EC key', with('ec256', '"d":"AQAB"')],
    ['a private key of a type not used', '{"kty":"OKP","crv":"Ed25519","x":"A","d":"A"}'],
    ['a private key for encryption', with('rsa', '"use":"enc","p":"AQAB"')],
    ['a private key without kty', '{"d":"AQAB"}'],
) {
    ($rc, $out) = load("{\"keys\":[$good,$case->[1]]}");
    isnt($rc, 0, "$case->[0] is an error");
    like($out, qr/\[emerg\].*key 2.*private member/, '... which says so');
    unlike($out, qr/AQAB/, '... and shows nothing of it');
}

for my $case (
    ['an empty set', '{"keys":[]}'], ['a set of nothing', '{}'],
    ['keys null', '{"keys":null}'], ['keys an object', '{"keys":{}}'],
    ['a list', '[]'], ['no JSON', 'x'], ['a cut file', "{\"keys\":[$good"],
) {
    ($rc, $out) = load($case->[1]);
    isnt($rc, 0, "$case->[0] is an error");
    like($out, qr/\[emerg\].*gate_issuer "c": "\S+keys\.jwks": /,
         '... that names the file it is in');
}

# the first of one kid is the one that counts

is(join(' ',
        map { /kid "([^"]*)"/ } (load('{"keys":['
                                      . join(',', with('rsa', '"kid":"x"'),
                                             with('rsa2', '"kid":"x"'), with('ec256', '"kid":"x"'))
                                      . ']}'))[1]),
   'x', 'of two with one kid the second is skipped, one of another type not');

done_testing();


# The JWK of a key with these members instead of its own, or without them.

sub with {
    my ($name, $members) = @_;

    my $text = $jwk{$name};

    while ($members =~ /"(\w+)":(undef|null|\d+|"(?:[^"\\]|\\.)*"|\[[^\]]*\])/g) {
        my ($member, $value) = ($1, $2);

        $text =~ s/,?"$member":(?:"[^"]*"|\w+)//;
        $text =~ s/\}$/,"$member":$value}/ if $value ne 'undef';
        $text =~ s/^\{,/{/;
    }

    return $text;
}


sub load {
    my ($text, $algorithms) = @_;

    $algorithms //= 'RS256 ES256 ES384';
    put('keys.jwks', $text);
    put('gate.conf', <<"END");
load_module $ENV{GATE_MODULE};
pid $dir/nginx.pid;
error_log stderr;
events { worker_connections 64; }
http {
    access_log off;
    gate_issuer c {
        issuer a; audience b; algorithms $algorithms;
        jwks_file keys.jwks; consumer map=name;
    }
}
END

    my $said = `$nginx -t -p $dir -c $dir/gate.conf 2>&1`;

    return ($? >> 8, $said);
}


sub put {
    my ($name, $text) = @_;

    open my $fh, '>', "$dir/$name" or die "$dir/$name: $!";
    print $fh $text;
    close $fh;
}
