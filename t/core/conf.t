#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# The examples: each one loads, as it is, with paths and ports of its own; no
# gated location has a "return"; every directive and variable has its example
# and its words in docs/directives.md.

use strict;
use warnings;

use Cwd qw(abs_path);
use Digest::SHA qw(sha256_hex);
use File::Path qw(make_path remove_tree);
use FindBin qw($Bin);
use Test::More;

use GateNginx qw(slurp spew);

my $nginx = $ENV{GATE_NGINX} or plan skip_all => 'run it by make t/core/conf.t';
my $root = $ENV{TEST_NGINX_SERVROOT};
my $port = $ENV{TEST_NGINX_SERVER_PORT};
my $n = 0;                              # ports given so far
my $conf = "$Bin/../../conf";
my @examples = sort glob "$conf/*.conf";

# Debian's nginx has no other way to say it.
my $older = qr{\[warn\] (?:.* )?the "listen \.\.\. http2" directive is deprecated};

remove_tree($root);
make_path(map { "$root/$_" }
              qw(conf/gate.d conf/sample logs modules html gate tmp));
chmod 0777, $root, "$root/gate";
symlink $ENV{GATE_MODULE}, "$root/modules/ngx_http_gate_module.so";

my @samples = glob "$conf/sample/*";

is(scalar @samples, 11, 'the samples are there');
spew("$root/conf/sample/" . s{.*/}{}r, slurp($_)) for @samples;
chmod 0600, glob "$root/conf/sample/*.secret";

my @parts = glob "$conf/gate.d/*";

is(scalar @parts, 1, 'what examples include is there');
spew("$root/conf/gate.d/" . s{.*/}{}r, slurp($_)) for @parts;

# Their page has a line for each; none, were the folder not found.

my @listed = slurp("$conf/README.md") =~ /^\| `([\w-]+\.conf)` \| /mg;

cmp_ok(scalar @listed, '>=', 11, 'conf/README.md lists examples');
is(join(' ', map { s{.*/}{}r } @examples), join(' ', sort @listed),
   '... those that are there');

for my $file (@examples) {
    my $name = $file =~ s{.*/}{}r;

    spew("$root/conf/$name", here(slurp($file)));

    my $said = `$nginx -t -p $root/ -e logs/error.log -c conf/$name 2>&1`;

    is($?, 0, "$name is loaded") or diag($said);
    unlike($said, qr/\[(?:emerg|alert|crit)\]/, "$name has no error");
    is(join('', grep { !/$older/ } $said =~ /.*\[warn\].*\n/g), '',
       "$name warns of nothing");
    is(join(' ', returns(slurp($file))), '',
       "$name has no \"return\" in a gated location");
}


# As it stands: the very file, with its samples beside it, and with the ports
# and folders that are written in it. Also when nginx only tests it opens its
# logs and looks for the journal's folder; where this machine does not have
# these two folders, a copy names others.

my @needed = qw(/var/log/nginx /var/lib/nginx/gate);
my @as_it_stands = ($nginx, '-t', '-p', "$root/", '-e', 'logs/error.log',
                    '-g', "'pid logs/nginx.pid;'");
my $there = (grep { !-w } @needed) ? copied() : abs_path($conf);

for my $file (@examples) {
    my $name = $file =~ s{.*/}{}r;
    my $said = `@as_it_stands -c $there/$name 2>&1`;

    is($?, 0, "$name is loaded as it stands") or diag($said);
    is(join('', grep { !/\[warn\] .* is readable by everyone|$older/ }
                $said =~ /.*\[\w+\].*\n/g), '',
       "$name says nothing but that a clone's files are readable");
}

# No key that a reader can guess opens a door.

my @guesses = qw(test key secret password demo sample apikey changeme);
my %guess = map { sha256_hex($_) => $_ }
            map { ($_, "$_-key", "$_\n") } @guesses, qw(acme globex initech);
my @hashes = map { slurp($_) =~ /\bsha256:(\w+)/g } @examples, @parts;

cmp_ok(scalar @hashes, '>=', 12, 'the examples have hashes of keys');
is(join(' ', map { $guess{$_} // () } @hashes), '', '... none of which is known');
is(scalar(keys %{{ map { $_ => 1 } @hashes }}), scalar @hashes,
   '... and each is of a key of its own');


# So does that of the image, with its paths.

make_path("$root/docker/gate.d", "$root/docker/modules");
spew("$root/docker/gate.d/demo.conf",
     here(slurp("$Bin/../../docker/gate.d/demo.conf"), 'a part'));

my $image = slurp("$Bin/../../docker/nginx.conf");

$image =~ s{^(?:user|pid|error_log)\s.*\n}{}mg;
$image =~ s{access_log\s+/dev/stdout}{access_log logs/access.log}
    or fail('the log of the image');
spew("$root/docker/nginx.conf", here($image));

my $said = `$nginx -t -p $root/ -e logs/error.log -c docker/nginx.conf 2>&1`;

is($?, 0, 'the image\'s is loaded') or diag($said);
unlike($said, qr/\[\w+\]/, 'and nothing is said of it');

is_deeply([ glob "$root/gate/*" ], [], 'nginx -t writes no journal');


# The lint sees what it is there for.

is(join(' ', returns('http { server { gate_auth key; location /a { return 200;'
                     . ' } } }')), '/a', 'a "return" under gate_auth is seen');
is(join(' ', returns('location /b { gate_pass http://s; if ($x) { return 403;'
                     . ' } }')), '/b', 'so is one in an "if"');
is(join(' ', returns('server { gate_auth key; location @c { gate_auth off;'
                     . ' return 503; } }')), '', 'one without a gate is not');


# Nothing that a configuration can say goes without an example and the pages.

my $glue = join '', map { slurp($_) } glob "$Bin/../../src/ngx/*/*.c";
my $shown = join '', map { slurp($_) } @examples;
my $docs = "$Bin/../../docs";
my $reference = slurp("$docs/directives.md");
my $page = slurp("$docs/errors.md");
my @pages = ("$Bin/../../README.md", "$conf/README.md", glob "$docs/*.md");
my $pages = join '', map { slurp($_) } @pages;

cmp_ok(scalar @pages, '>=', 10, 'the pages are found');

my %named = map { $_ => 1 } $glue =~ /^    \{ ngx_string\("(gate_\w+)"\),\n/mg;
my @tables = $glue =~ /^static ngx_command_t  \w+\[\] = \{\n(.*?)^\};/gms;

is(scalar keys %named, scalar(() = "@tables" =~ /\{ ngx_string\(/g),
   'as many directives as the tables have');
cmp_ok(scalar keys %named, '>=', 28, '... and no loop lost them');

for my $name (sort keys %named) {
    like($reference, qr/^### $name$/m, "directives.md describes $name");

    like($shown, qr/^\s*$name\s/m, "an example has $name");
}

my %known = map { $_ => 1 } $glue =~ /ngx_string\("(gate_\w+)"\), NULL,/g;
my @vars = $glue =~ /^static ngx_http_variable_t  \w+\[\] = \{\n(.*?)^\};/gms;

is(scalar keys %known, scalar(() = "@vars" =~ /\{ ngx_string\(/g),
   'as many variables as the tables have');
cmp_ok(scalar keys %known, '>=', 20, '... and there are some');

for my $name (sort keys %known) {
    like($reference, qr/\$$name\b/, "directives.md knows \$$name");
}

# Contexts, reasons with their status, and names of metrics are the code's.

my @contexts = ([MAIN => 'http'], [SRV => 'server'], [LOC => 'location'],
                [LIF => 'if in location'], [LMT => 'limit_except']);
my ($contexts, $reasons) = (0, 0);

while ($glue =~ /^    \{ ngx_string\("(gate_\w+)"\),\n\s+([\w|\s]+),\n/mg) {
    my ($name, $flags) = ($1, $2);

    $contexts++;
    is($reference =~ /^### $name\n.*?^    Context:  ([^\n]*)/ms && $1,
       join(', ', map { $_->[1] }
                  grep { $flags =~ /NGX_HTTP_$_->[0]_CONF/ } @contexts),
       "directives.md has the contexts of $name");
}

is($contexts, keys %named, 'all directives have them');

my %status = (UNAUTHORIZED => 401, FORBIDDEN => 403, BAD_REQUEST => 400,
              NOT_FOUND => 404, GATE_GONE => 410,
              GATE_NOT_ACCEPTABLE => 406,
              TOO_MANY_REQUESTS => 429, SERVICE_UNAVAILABLE => 503,
              CONFLICT => 409, UNPROCESSABLE_CONTENT => 422,
              REQUEST_ENTITY_TOO_LARGE => 413, INTERNAL_SERVER_ERROR => 500,
              BAD_GATEWAY => 502, GATEWAY_TIME_OUT => 504, NOT_FOUND => 404,
              NOT_ALLOWED => 405, PRECONDITION_FAILED => 412,
              REQUEST_URI_TOO_LARGE => 414, UNSUPPORTED_MEDIA_TYPE => 415,
              RANGE_NOT_SATISFIABLE => 416, MISDIRECTED_REQUEST => 421,
              NOT_IMPLEMENTED => 501, VERSION_NOT_SUPPORTED => 505);

# each is a row in the room that refuses with it, which registers it

my $type = qr/^(?:static )?const ngx_http_gate_reason_t  /m;
my $row = qr/${type}ngx_http_gate_(\w+) = \{\n/;
my @rows = $glue =~ /$row/g;

my %listed = map { $_ => 1 }
    map { /&ngx_http_gate_(\w+)/g }
    map { $glue =~ /$type\*$_\[\] = \{\n(.*?)^\};/ms }
    $glue =~ /\bngx_http_gate_reasons\(cf, (\w+)\)/g;

while ($glue =~ /$row\s+NGX_HTTP_(\w+), NGX_LOG_\w+,\s+ngx_string\("(\w+)"\)/g)
{
    my ($name, $code, $token) = ($1, $2, $3);

    $reasons++;
    is($token, $name, "the row of $token is called so");
    ok($listed{$name}, "the room of $token registers it");
    like($page, $token eq 'sidecar_refused'
                  ? qr/^\| the sidecar's \|[^\n]*`$token`/m
                  : qr/^\| $status{$code} \|[^\n]*`$token`/m,
         "errors.md has $token with its status");
}

is($reasons, scalar @rows, 'all reasons have their status');
is($reasons, scalar keys %listed, '... and are registered');
is($reasons, scalar(() = $glue =~ /\bngx_http_gate_reason_t  \w+ = /g),
   '... and none is written otherwise');
cmp_ok($reasons, '>=', 20, '... and there are some reasons');

my $operations = slurp("$docs/operations.md");
my ($families, %seen_family) = (0);

while ($glue =~ /"(gate_\w+)",\s+NGX_HTTP_GATE_(COUNTER|GAUGE|HISTOGRAM)\b
                 (?:,\s+"[^"]*",\s+\{\ ((?:"\w+",?\ )+))?/gx)
{
    my ($name, $type, $labels) = ($1, lc $2, $3 // '');

    $labels = join ', ', map { "`$_`" } $labels =~ /\w+/g;

    next if $seen_family{$name}++;

    $families++;
    like($operations, $labels ? qr/^\| `$name` \| $type \| \Q$labels\E \|/m
                              : qr/^\| `$name` \| $type \|/m, "operations.md has $name");
}

cmp_ok($families, '>=', 36, '... and there are some metrics');
is(scalar(() = $operations =~ /^\| `gate_\w+` \| (?:counter|gauge|histogram) \|/mg), $families,
   '... and no others');

my %said = map { $_ => 1 } $pages =~ /`(gate_\w+)`/g;

cmp_ok(scalar keys %said, '>=', 26, 'the pages name what is ours');

for my $name (sort keys %said) {
    ok($glue =~ /\b$name\b/ || slurp("$Bin/../../config") =~ /\b$name\b/,
       "$name, which a page names, is there");
}

# The page about errors knows all reasons, each where a link to its name leads,
# and all that is told of a token.

my ($told) = $page =~ /\A(.*?)^## All reasons/ms;
my $jwt = slurp("$Bin/../../src/gate/auth/gate_jwt.c");

for my $reason (@rows) {
    like($told, qr/^\|[^|]*<a id="$reason"><\/a>`$reason`.* \|$/m,
         "the page has a row for $reason, with an anchor");
}

for my $detail ($jwt =~ /"The ((?:[^"\\]|\\.)*)"/g) {
    my $start = $detail =~ s/\\"/"/gr =~ s/ (?:claim )?that $//r;

    like($page, qr/The \Q$start\E/, "the page has what is told: $start")
        unless $detail =~ /"aud|"iss|^token has an ext/;
}

done_testing();


# A copy of the examples, which names folders of this test.

sub copied {
    make_path("$root/there/sample", "$root/there/gate.d");

    for my $file (@examples, @parts, @samples) {
        spew("$root/there/" . $file =~ s{^\Q$conf\E/}{}r,
             slurp($file) =~ s{/var/log/nginx/}{$root/logs/}gr
                          =~ s{/var/lib/nginx/gate/}{$root/gate/}gr);
    }

    return "$root/there";
}


# An example with this test's paths and ports instead of the system's.

sub here {
    my ($text, $part) = @_;

    my $user = $> == 0 ? "user root root;\n" : '';
    my $temp = join '', map { "${_}_temp_path tmp/$_; " }
                        qw(client_body proxy fastcgi uwsgi scgi);

    $text =~ s{/var/lib/nginx/gate}{$root/gate}g;
    $text =~ s{/var/log/nginx/}{$root/logs/}g;
    $text =~ s{(listen\s+)(?:[\d.]+:)?\d+}{
                   $1 . '127.0.0.1:' . ($port + $n++ % 9) }ge;
    $text =~ s/^http \{/http { $temp access_log logs\/access.log;/m;

    return $text if $part;
    return "pid logs/nginx.pid; error_log logs/error.log; $user$text";
}


# Names of locations that have a policy, or are in a server that has one, and
# a "return".

sub returns {
    my ($text) = @_;

    my (@open, @found);

    $text =~ s/#.*//g;

    for my $part ($text =~ /((?:'[^']*'|"[^"]*"|[^;{}'"])*[;{}])/g) {
        my ($words, $end) = $part =~ /\A\s*(.*?)\s*([;{}])\z/s;

        if ($end eq '{') {
            push @open, { gated => @open ? $open[-1]{gated} : 0,
                          name => $words =~ /^location\s.*?(\S+)$/s ? $1
                                  : @open ? $open[-1]{name} : '',
                          returns => 0 };

        } elsif ($end eq '}') {
            my $block = pop @open or next;

            push @found, $block->{name}
                if $block->{gated} && $block->{returns} && $block->{name};
            $open[-1]{returns} ||= $block->{returns}
                if @open && $open[-1]{name} eq $block->{name};

        } elsif (@open && $words =~ /^return\b/) {
            $open[-1]{returns} = 1;

        } elsif (@open && $words =~ /^gate_(auth\s+off|pass|auth|limit)\b/) {
            $open[-1]{gated} = ($1 !~ /off/);
        }
    }

    my %seen;

    return grep { !$seen{$_}++ } @found;
}
