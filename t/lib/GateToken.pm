# Copyright (C) 2026 Meshgate contributors
#
# Keys and tokens for end-to-end tests, by the openssl command alone.
#
#     use GateToken;
#
#     my $keys = gate_keys();            # made once, in build/keys
#     $keys->{dir}                       # the folder
#     $keys->{rsa}{public}               # path of a PEM file
#     $keys->{rsa}{private}
#     $keys->{secret}                    # the shared secret, 64 bytes of text
#     $keys->{secret_file}               # its path, without a line break
#     $keys->{jwks}                      # text of a JWK set with all of them
#     $keys->{jwks_file}                 # its path
#
#     jwks('rsa', 'ec256')               # text of a set with these
#
#     mint(alg => 'RS256')               # with key rsa, kid rsa
#     mint(alg => 'ES384', key => 'ec384', claims => { sub => 'bob' })
#     mint(claims => { exp => undef, aud => [ 'a', 'b' ] })
#     mint(header => { kid => undef, typ => 'at+jwt' })
#     mint(alg => 'HS256', key => \"other secret")
#     mint(payload => '{"a":1,"a":2}', head => '{"alg":"RS256"}')
#     mint(signature => '')
#
# The names of the keys: rsa, rsa2, ec256, ec384, ec521; ed25519 is in no set but
# those of jwks(), "evil" (RSA) and "evil256" (EC) are others'. Their names are
# their kids. Where nothing is said, alg is RS256 and claims are iss
# "https://issuer.example", sub "alice", iat now, exp in an hour; undef takes a
# member away.

package GateToken;

use strict;
use warnings;

use Cwd qw(abs_path);
use Digest::SHA qw(hmac_sha256 hmac_sha384 hmac_sha512);
use Exporter qw(import);
use Fcntl qw(:flock);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp qw(tempfile);
use JSON::PP ();
use MIME::Base64 qw(encode_base64);

use GateNginx qw(slurp spew);

our @EXPORT = qw(gate_keys jwks mint);

my %type = (
    rsa     => [ 'RSA', 2048 ],
    rsa2    => [ 'RSA', 2048 ],
    evil    => [ 'RSA', 2048 ],
    ec256   => [ 'EC', 'P-256', 32 ],
    ec384   => [ 'EC', 'P-384', 48 ],
    ec521   => [ 'EC', 'P-521', 66 ],
    evil256 => [ 'EC', 'P-256', 32 ],
    ed25519 => [ 'ED25519' ],
);

my @public = qw(rsa rsa2 ec256 ec384 ec521);

my %default = (
    RS256 => 'rsa', RS384 => 'rsa', RS512 => 'rsa',
    PS256 => 'rsa', PS384 => 'rsa', PS512 => 'rsa',
    ES256 => 'ec256', ES384 => 'ec384', ES512 => 'ec521',
    EdDSA => 'ed25519', Ed25519 => 'ed25519',
);

my %hmac = (
    HS256 => \&hmac_sha256, HS384 => \&hmac_sha384, HS512 => \&hmac_sha512,
);

my $json = JSON::PP->new->canonical->utf8->allow_nonref;

my $keys;


sub gate_keys {
    return $keys if $keys;

    my $build = $ENV{GATE_BUILD} || $ENV{B}
                || abs_path(dirname(__FILE__) . '/../..') . '/build';
    my $dir = "$build/keys";

    make_path($dir);

    # several test files may be the first

    open(my $lock, '>', "$dir/lock") or die "$dir/lock: $!";
    flock($lock, LOCK_EX) or die "$dir/lock: $!";

    make_keys($dir) unless -e "$dir/made" && -e "$dir/ed25519.pem";

    $keys = {
        dir         => $dir,
        secret      => slurp("$dir/secret.txt"),
        secret_file => "$dir/secret.txt",
        jwks        => slurp("$dir/jwks.json"),
        jwks_file   => "$dir/jwks.json",
    };

    for my $name (keys %type) {
        $keys->{$name} = {
            private => "$dir/$name.key",
            public  => "$dir/$name.pem",
        };
    }

    return $keys;
}


sub jwks {
    my $dir = gate_keys()->{dir};

    return $json->encode({ keys => [ map { jwk($dir, $_) } @_ ] });
}


sub mint {
    my (%arg) = @_;

    my $alg = $arg{alg} // 'RS256';
    my $key = $arg{key} // $default{$alg};
    my $now = time();

    my %header = (typ => 'JWT', alg => $alg, %{ $arg{header} // {} });
    my %claims = (iss => 'https://issuer.example', sub => 'alice',
                  iat => $now, exp => $now + 3600, %{ $arg{claims} // {} });

    if (defined $key && !ref $key && !exists $header{kid}) {
        $header{kid} = $key;
    }

    my $input = b64($arg{head} // object(\%header))
                . '.' . b64($arg{payload} // object(\%claims));
    my $signature = $arg{signature} // sign($alg, $key, $input);

    return $input . '.' . b64($signature);
}


sub sign {
    my ($alg, $key, $input) = @_;

    my $keys = gate_keys();

    return '' if lc($alg) eq 'none';

    if ($hmac{$alg}) {
        return $hmac{$alg}->($input, ref $key ? $$key : $keys->{secret});
    }

    my ($bits) = $alg =~ /(\d+)/;
    my ($fh, $file) = tempfile(UNLINK => 1);

    print $fh $input;
    close($fh) or die "$file: $!";

    my @pss = $alg =~ /^PS/ ? ('-sigopt', 'rsa_padding_mode:pss', '-sigopt',
                               'rsa_pss_saltlen:digest') : ();

    my $raw = $type{$key}[0] eq 'ED25519'
              ? openssl('pkeyutl', '-sign', '-rawin', '-inkey',
                        $keys->{$key}{private}, '-in', $file)
              : openssl('dgst', "-sha$bits", @pss, '-sign',
                        $keys->{$key}{private}, $file);
    unlink($file);

    return $type{$key}[0] eq 'EC' ? raw_ecdsa($raw, $type{$key}[2]) : $raw;
}


# SEQUENCE of two INTEGERs to r||s at their full length (RFC 7518 3.4)

sub raw_ecdsa {
    my ($der, $part) = @_;

    my $at = ord(substr($der, 1, 1)) > 127 ? 3 : 2;
    my $out = '';

    for (1, 2) {
        my $len = ord(substr($der, $at + 1, 1));
        my $n = substr($der, $at + 2, $len);

        $at += 2 + $len;
        $n =~ s/^\0+//;
        $out .= ("\0" x ($part - length $n)) . $n;
    }

    return $out;
}


sub make_keys {
    my ($dir) = @_;

    for my $name (keys %type) {
        my ($type, $size) = @{ $type{$name} };
        my @option = ($type eq 'RSA') ? ('-pkeyopt', "rsa_keygen_bits:$size")
                     : ($type eq 'EC') ? ('-pkeyopt', "ec_paramgen_curve:$size")
                                       : ();

        next if -e "$dir/$name.pem";

        openssl('genpkey', '-algorithm', $type, @option, '-out',
                "$dir/$name.key");
        openssl('pkey', '-in', "$dir/$name.key", '-pubout',
                '-out', "$dir/$name.pem");
    }

    spew("$dir/secret.txt", unpack('H*', openssl('rand', 32)))
        unless -e "$dir/secret.txt";
    spew("$dir/jwks.json",
         $json->encode({ keys => [ map { jwk($dir, $_) } @public ] }));
    spew("$dir/made", '');

    # a worker runs as another user than the tests

    chmod(0644, glob("$dir/*"));
    chmod(0755, $dir);
}


# the numbers are where SubjectPublicKeyInfo has them: RFC 8017 A.1.1, 5480 2.2

sub jwk {
    my ($dir, $name) = @_;

    my ($type, $crv, $part) = @{ $type{$name} };
    my $der = openssl('pkey', '-pubin', '-in', "$dir/$name.pem", '-outform',
                      'DER');

    if ($type eq 'EC') {
        my $xy = substr($der, -2 * $part);

        return { kty => 'EC', kid => $name, use => 'sig', crv => $crv,
                 x => b64(substr($xy, 0, $part)),
                 y => b64(substr($xy, $part)) };
    }

    if ($type eq 'ED25519') {
        return { kty => 'OKP', kid => $name, use => 'sig', crv => 'Ed25519',
                 x => b64(substr($der, -32)) };
    }

    my ($n) = openssl('rsa', '-pubin', '-in', "$dir/$name.pem", '-noout',
                      '-modulus') =~ /Modulus=([0-9A-F]+)/;

    return { kty => 'RSA', kid => $name, use => 'sig', e => 'AQAB',
             n => b64(pack('H*', $n)) };
}


sub object {
    my ($members) = @_;

    return $json->encode({ map { $_ => $members->{$_} }
                           grep { defined $members->{$_} } keys %$members });
}


sub b64 {
    my ($bytes) = @_;

    utf8::encode($bytes) if utf8::is_utf8($bytes);

    my $text = encode_base64($bytes, '');

    $text =~ tr{+/}{-_};
    $text =~ s/=+$//;

    return $text;
}


sub openssl {
    my (@args) = @_;

    open(my $fh, '-|', 'sh', '-c', 'exec openssl "$@" 2>/dev/null', 'openssl',
         @args)
        or die "openssl: $!";
    binmode($fh);

    my $out = do { local $/; <$fh> };

    close($fh) or die "openssl @args: failed\n";

    return $out // '';
}


1;
