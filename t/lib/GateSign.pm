# Copyright (C) 2026 Meshgate contributors
#
# HTTP Message Signatures (RFC 9421) and Content-Digest (RFC 9530) for
# end-to-end tests, written once more and in another language.
#
#     use GateSign;
#
#     my @fields = signed('GET', '/a?b=1');
#     get('/a?b=1', @fields);
#     ask('POST', '/a', 'body', signed('POST', '/a', body => 'body'));
#
# Arguments behind method and target, with what they are unless said:
#
#     host        "localhost"
#     scheme      "http"
#     fields      [ 'Name: value', ... ], which are given back, too
#     body        no body; with one comes Content-Digest, unless digest => 0
#     components  @method @authority @path, @query with a query, content-digest
#                 with a body; as they stand between quotes: 'x";sf'
#     created     now;  undef for none
#     expires nonce tag alg   none
#     keyid       "k"
#     key         \secret, or the name of a key of GateToken
#     algorithm   hmac-sha256 for a secret, else that of the key
#     label       "sig1"
#     input       the value of Signature-Input behind the label, as it is

package GateSign;

use strict;
use warnings;

use Digest::SHA qw(hmac_sha256 sha256_base64 sha512_base64);
use Exporter qw(import);
use MIME::Base64 qw(encode_base64);

use GateToken;

our @EXPORT = qw(signed content_digest);

my %alg = (
    'rsa-v1_5-sha256' => 'RS256', 'rsa-pss-sha512' => 'PS512',
    'ecdsa-p256-sha256' => 'ES256', 'ecdsa-p384-sha384' => 'ES384',
    'ed25519' => 'Ed25519',
);

my %default = (rsa => 'rsa-pss-sha512', ec256 => 'ecdsa-p256-sha256',
               ec384 => 'ecdsa-p384-sha384', ed25519 => 'ed25519');


sub content_digest {
    my ($body, $bits) = @_;

    my $sum = ($bits // 256) == 256 ? sha256_base64($body) : sha512_base64($body);

    $sum .= '=' while length($sum) % 4;

    return sprintf('sha-%d=:%s:', $bits // 256, $sum);
}


sub signed {
    my ($method, $target, %arg) = @_;

    my @fields = @{ $arg{fields} // [] };
    my $body = $arg{body};
    my $key = $arg{key} // \'';
    my $algorithm = $arg{algorithm} // (ref $key ? 'hmac-sha256' : $default{$key});

    if (defined $body && ($arg{digest} // 1)) {
        push @fields, 'Content-Digest: ' . content_digest($body);
    }

    my @components = @{ $arg{components} // [
        '@method', '@authority', '@path', ($target =~ /\?/ ? '@query' : ()),
        (defined $body ? 'content-digest' : ()) ] };

    my $input = $arg{input};

    if (!defined $input) {
        my $created = exists $arg{created} ? $arg{created} : time();

        $input = '(' . join(' ', map { quote($_) } @components) . ')';
        $input .= ";created=$created" if defined $created;
        $input .= ";expires=$arg{expires}" if defined $arg{expires};

        for my $name (qw(nonce alg keyid tag)) {
            my $value = $name eq 'keyid' ? $arg{keyid} // 'k' : $arg{$name};

            $input .= ";$name=\"$value\"" if defined $value;
        }
    }

    my %of = (method => $method, target => $target, host => $arg{host} // 'localhost',
              scheme => $arg{scheme} // 'http', fields => \@fields);

    my $base = join('', map { quote($_) . ': ' . value($_, \%of) . "\n" } @components)
               . "\"\@signature-params\": $input";
    my $bytes = ref $key ? hmac_sha256($base, $$key)
                         : GateToken::sign($alg{$algorithm}, $key, $base);
    my $label = $arg{label} // 'sig1';

    return (@fields, "Signature-Input: $label=$input",
            "Signature: $label=:" . encode_base64($bytes, '') . ':');
}


# a name alone, or a name with what stands behind its quotes

sub quote {
    my ($component) = @_;

    return $component =~ /^([^"]*)"(.*)$/ ? "\"$1\"$2" : "\"$component\"";
}


sub value {
    my ($component, $of) = @_;

    my ($path, $query) = $of->{target} =~ /^([^?]*)(\?.*)?$/;

    $query //= '';

    return $of->{method} if $component eq '@method';
    return lc $of->{host} if $component eq '@authority';
    return $of->{scheme} if $component eq '@scheme';
    return $path if $component eq '@path';
    return $query || '?' if $component eq '@query';
    return $of->{target} if $component eq '@request-target';
    return "$of->{scheme}://" . lc($of->{host}) . $path . $query if $component eq '@target-uri';

    my ($name, $options) = $component =~ /^([^"]*)"?(.*)$/;
    my @lines = map { /^\Q$name\E:\s*(.*?)\s*$/i ? $1 : () } @{ $of->{fields} };

    if ($name eq '@query-param') {
        my ($of_it) = $options =~ /name="([^"]*)"/;

        return $query =~ /[?&]\Q$of_it\E=([^&]*)/ ? $1 : '';
    }

    @lines = map { ':' . encode_base64($_, '') . ':' } @lines if $options =~ /;bs/;

    return join(', ', @lines);
}


1;
