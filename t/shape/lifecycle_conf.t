#!/usr/bin/perl

# Copyright (C) 2026 Meshgate contributors

# The life of an API in a configuration: dates that make no sense are refused by
# "nginx -t" with file, line and what would be right; what is right and mostly
# not meant is told.


use strict;
use warnings;

use File::Temp;
use POSIX qw(strftime);
use Test::More;


my $nginx = $ENV{GATE_NGINX} or die "GATE_NGINX is not set\n";
my $module = $ENV{GATE_MODULE} or die "GATE_MODULE is not set\n";
my $dir = File::Temp->newdir();

mkdir "$dir/logs";

my ($past, $gone, $come, $later) = map { strftime('%Y-%m-%d', gmtime(time() + $_ * 86400)) }
                                       -60, -30, 30, 60;


# what stands behind the name, and what the message must say

my @wrong = (
    ['a day that is none', 'deprecated=2027-02-30', qr/"deprecated=2027-02-30".*it must be a day/],
    ['a day of the wrong form', 'sunset=2027-3-1', qr/"sunset=2027-3-1".*it must be a day such/],
    ['a time without a zone', 'sunset=2027-03-01T10:00', qr/"sunset=2027-03-01T10:00".*must be/],
    ['no day at all', 'sunset=', qr/"sunset=" of "gate_api": it must/],
    ['a word for a day', 'deprecated=soon', qr/"deprecated=soon".*it must be a day/],
    ['a day in front of all days', 'deprecated=1970-01-01', qr/it must be a day/],
    ['a sunset before', "deprecated=$come sunset=$gone",
     qr/"sunset=$gone".*it is before "deprecated=".*write a later date/],
    ['a brownout alone', "brownout=$come/1h", qr/"brownout=$come\/1h".*it needs "deprecated=/],
    ['a brownout before', "deprecated=$come brownout=$gone/1h",
     qr/"brownout=$gone\/1h".*it begins before "deprecated="/],
    ['a brownout behind', "deprecated=$past sunset=$come brownout=$gone/1h brownout=$come/1h",
     qr/"brownout=$come\/1h".*it ends after "sunset="/],
    ['a brownout that reaches over', "deprecated=$past sunset=$come brownout=$gone/61d",
     qr/"brownout=$gone\/61d".*it ends after/],
    ['two that overlap', "deprecated=$past brownout=$come/2d brownout=${come}T23:00Z/1h",
     qr/"brownout=${come}T23:00Z\/1h".*it overlaps another one: take/],
    ['a brownout without an end', "deprecated=$past brownout=$come",
     qr/"brownout=$come".*it must be START\/DURATION, such as/],
    ['a brownout of no time', "deprecated=$past brownout=$come/0",
     qr/"brownout=$come\/0".*it must be START\/DURATION/],
    ['a state that is none', 'state=old',
     qr/"state=old".*it must be .*draft.*published.*deprecated.*retired/],
    ['retired, and it goes on', "state=retired sunset=$come",
     qr/"state=retired".*it is not so yet.*take it out/],
    ['retired, with brownouts', "state=retired deprecated=$past brownout=$gone/1h",
     qr/"state=retired".*take "brownout=" out/],
    ['deprecated, since when', 'state=deprecated',
     qr/"state=deprecated".*it needs "deprecated=DATE"/],
    ['deprecated, and is not', "state=deprecated deprecated=$come", qr/it is not so yet/],
    ['published, and the dates', "state=published sunset=$come", qr/is what the dates say.*take/],
    ['a draft that ends', "state=draft sunset=$come", qr/"state=draft".*that has not begun/],
    ['a preview of what all see', 'preview=beta', qr/"preview=beta".*it is for a draft: write/],
    ['a link about no end', 'link=/why', qr/"link=\/why".*it is about an end.*write "deprecated="/],
    ['a link that is none', "sunset=$come link=why", qr/"link=why".*it must be a path, or a URL/],
    ['a link with a quote', qq(sunset=$come "link=/a\\"b"), qr/it must be a path, or a URL/],
    ['a successor with a space', '"successor=/a b"', qr/it must be a path, or a URL/],
    ['two sunsets', "sunset=$come sunset=$come", qr/duplicate parameter "sunset=$come"/],
    ['a parameter that is none', "sunsets=$come", qr/closest is "sunset=DATE"|closest is "sunset"/],
);

for my $t (@wrong) {
    my ($name, $life, $message) = @$t;
    my ($rc, $out) = run("gate_api a $life;");
    my ($emerg) = grep { /\[emerg\]/ } split /\n/, $out;

    ok($rc != 0 && $emerg && $emerg =~ $message, "$name is refused") or diag("rc: $rc\n$out");
    like($emerg // '', qr/in \S+gate\.conf:9$/, '... with file and line');
}


# of gate_versions, all of its words

my @block = (
    ['no version', '', qr/"gate_versions a" has no version: write/],
    ['a default that is none', 'version v1 /a/; default v2;',
     qr/"gate_versions a" has a "default" that is none of its/],
    ['a default that is not there', 'version v1 /a/; unknown default;', qr/write "default NAME;"/],
    ['a version twice', 'version v1 /a/; version v1 /b/;',
     qr/"v1" of "version": it is the name of a version above as well: take/],
    ['a URI without its slash', 'version v1 /a;', qr/ends in "\/" as the location does/],
    ['a URI that is none', 'version v1 a/;', qr/a URI that begins with "\/"/],
    ['a name with a slash', 'version a/b /a/;', qr/a name of letters, digits/],
    ['a version without a place', 'version v1;', qr/write "version NAME URI \[hidden\];"/],
    ['a word that is none', 'version v1 /a/ secret;', qr/write "version NAME URI \[hidden\];"/],
    ['a type without a version', 'version v1 /a/; media a/b;', qr/a media type with \{version\}/],
    ['a field that is none', 'version v1 /a/; field "a b";', qr/write "field NAME;"/],
    ['two words for an argument', 'version v1 /a/; query a b;', qr/write "query NAME;"/],
    ['a line that is none', 'version v1 /a/; header a;', qr/invalid parameter "header".*known are/],
    ['no way and no default', 'version v1 /v1/;',
     qr/"gate_versions a" leads nobody anywhere: write "path", "field NAME", /],
    ['a URI of its own location', 'field A; version v1 /a/;',
     qr/"version v1 \/a\/" leads back to the location of its "gate_versions": write a location/],
);

for my $t (@block) {
    my ($name, $lines, $message) = @$t;
    my ($rc, $out) = run("gate_versions a { $lines }");

    ok($rc != 0 && $out =~ /\[emerg\].*$message.*gate\.conf:9$/m, "gate_versions: $name")
        or diag("rc: $rc\n$out");
}

{
    my ($rc, $out) = run('gate_versions a { field A; version v1 /v1/; version v2 /v1/b/; }');
    ok($rc == 0 && $out !~ /\[(?:warn|emerg)\]/, 'a longer location takes what is its own')
        or diag("rc: $rc\n$out");

    ($rc, $out) = run('gate_versions a { version v1 /v1/; }',
                      'gate_consumer c { pin a=v1; disabled; }');
    ok($rc == 0 && $out !~ /\[(?:warn|emerg)\]/, 'who is pinned needs no way')
        or diag("rc: $rc\n$out");

    for my $t ([ 'a=v2', qr/"pin a=v2" of "gate_consumer c" is no version of "gate_versions a"/ ],
               [ 'b=v1', qr/"pin b=v1" of "gate_consumer c" is for no "gate_versions": see how/ ])
    {
        ($rc, $out) = run('gate_versions a { field A; version v1 /v1/; }',
                          "gate_consumer c { pin $t->[0]; disabled; }");
        ok($rc == 0 && $out =~ /\[warn\].*$t->[1].*gate\.conf:6$/m, "pinned to $t->[0]")
            or diag("rc: $rc\n$out");
    }
}

for my $t ([ 'another handler', 'stub_status; gate_versions a { version v1 /a/; }',
             qr/another directive of the location answers them: take that one out/ ],
           [ 'two of them', 'gate_versions a { version v1 /a/; } gate_versions b { }',
             qr/"gate_versions" directive is duplicate/ ],
           [ 'no slash behind it',
             'stub_status; } location /a { gate_versions a { version v1 /b; }',
             qr/needs a location that ends in "\/", or one path alone/ ])
{
    my ($rc, $out) = run($t->[1]);

    ok($rc != 0 && $out =~ /\[emerg\].*$t->[2].*gate\.conf:9$/m, "gate_versions: $t->[0]")
        or diag("rc: $rc\n$out");
}

# what stands beside it, and what is around

my %beside = (
    'gate_allow methods=GET;' => 'gate_allow',
    'gate_limit rate=1r/s key=$remote_addr;' => 'gate_limit',
    'gate_api a; gate_meter requests;' => 'gate_meter',
);

my $there = "gate_journal $dir/usage; gate_zone z 1m;";

for my $line (sort keys %beside) {
    my ($rc, $out) = run("gate_versions a { field A; version v1 /v1/; } $line", $there);

    ok($rc == 0 && $out =~ /\[warn\].*"$beside{$line}" beside "gate_versions a" is not.*conf:9$/m,
       "gate_versions beside $line") or diag("rc: $rc\n$out");
    is(scalar(() = $out =~ /\[warn\]/g), 1, '... and nothing else is told');

    ($rc, $out) = run('gate_versions a { field A; version v1 /v1/; }', "$there $line");

    ok($rc == 0 && $out !~ /\[(?:warn|emerg)\]/, '... but around it') or diag("rc: $rc\n$out");
}

{
    my ($rc, $out) = run('gate_meter off; gate_versions a { field A; version v1 /v1/; }', $there);

    ok($rc == 0 && $out !~ /\[warn\]/, '... nor beside "gate_meter off"') or diag("rc: $rc\n$out");
}

for my $t ([ 'without a version', 'orders', qr/"pin orders" of "gate_consumer": it must be API=/ ],
           [ 'twice', 'a=v1 a=v2', qr/"pin a=v2".*it is the second one for this API: take/ ])
{
    my ($rc, $out) = run('', "gate_consumer a { pin $t->[1]; disabled; }");

    ok($rc != 0 && $out =~ /\[emerg\].*$t->[2]/, "a pin $t->[0]") or diag("rc: $rc\n$out");
}


# of gate_maintenance, all of its words

my $over = 'takes one of "on", "off" and times';

for my $t ([ 'nothing but a time to wait', 'retry_after=5', qr/directive $over/ ],
           [ 'on and off', 'on off', qr/directive $over/ ],
           [ 'on, and times', "on $come/1h", qr/directive $over/ ],
           [ 'on twice', 'on on', qr/directive $over/ ],
           [ 'off, and a time to wait', 'off retry_after=5', qr/take "retry_after=" out/ ],
           [ 'no time to wait', 'on retry_after=0', qr/"retry_after=0".*it must be a time of 1s/ ],
           [ 'two times to wait', 'on retry_after=5 retry_after=6', qr/has "retry_after=" twice/ ],
           [ 'a word that is none', 'yes', qr/"yes" of "gate_maintenance": it must be "on"/ ],
           [ 'a start without an end', $come, qr/"$come".*it must be .*START\/DURATION, such as/ ],
           [ 'two that overlap', "$come/2d ${come}T23:00Z/1h", qr/it overlaps another one: take/ ])
{
    my ($rc, $out) = run("gate_maintenance $t->[1];");

    ok($rc != 0 && $out =~ /\[emerg\].*$t->[2].*gate\.conf:9$/m, "gate_maintenance: $t->[0]")
        or diag("rc: $rc\n$out");
}

for my $t ([ 'is right', "$come/1h ${come}T01:00Z/1h", qr/^(?!.*\[warn\])/s ],
           [ 'is over', "$gone/1h $come/1h",
             qr/\[warn\].*"$gone\/1h" of "gate_maintenance" is over: take it out/ ])
{
    my ($rc, $out) = run("gate_maintenance $t->[1];");

    ok($rc == 0 && $out =~ $t->[2], "gate_maintenance: what $t->[0]") or diag("rc: $rc\n$out");
}


# of gate_mock, all of its words

for my $t ([ 'a status that is none', '199', qr/"199" of "gate_mock": it must be .*200.*599/ ],
           [ 'too large a status', '600 a', qr/"600" of "gate_mock": it must be/ ],
           [ 'no status', 'ok', qr/"ok" of "gate_mock": it must be/ ],
           [ 'a file that is not there', '200 @none.json', qr/open\(\) "\S+none.json" failed/ ],
           [ 'a file without a name', '200 @', qr/"@" of "gate_mock": it must have the path/ ],
           [ 'a folder', '200 @logs', qr/must be a file of 1 to 1048576 bytes/ ],
           [ 'a body of 204', '204 a', qr/"a" of "gate_mock": it is the body of an answer that/ ],
           [ 'a body of 304', '304 @a', qr/it is the body of an answer that has none/ ],
           [ 'a third word', '200 a b', qr/invalid parameter "b"/ ],
           [ 'an empty type', '200 a type=', qr/"type=" of "gate_mock": it must be/ ],
           [ 'two of them', '200 a; gate_mock 200 b', qr/"gate_mock" directive is duplicate/ ],
           [ 'a proxy behind it', '200 a; proxy_pass http://127.0.0.1:1',
             qr/another directive of the location answers.*beside "gate_mock": take one of them/ ],
           [ 'a pass behind it', '200 a; gate_service s; gate_pass http://127.0.0.1:1',
             qr/another directive of the location answers.*beside "gate_mock": take one of them/ ],
           [ 'versions beside it', '200 a; gate_versions a { version v1 /a/; } gate_cors off',
             qr/another directive of the location answers them: take that one out/ ])
{
    my ($rc, $out) = run("gate_mock $t->[1];");

    ok($rc != 0 && $out =~ /\[emerg\].*$t->[2].*gate\.conf:9$/m, "gate_mock: $t->[0]")
        or diag("rc: $rc\n$out");
}

for my $pass ('proxy_pass http://127.0.0.1:1', 'gate_service s; gate_pass http://127.0.0.1:1') {
    my ($rc, $out) = run("$pass; gate_mock 200 a;");

    like($out, qr/\[emerg\].*"gate_mock" directive stands beside another directive that answers/,
         "gate_mock: behind $pass");
}

{
    my $journal = "gate_journal $dir/usage; gate_zone z 1m;";
    my ($rc, $out) = run('gate_api a; gate_meter requests; gate_mock 200 a;', $journal);

    ok($rc == 0 && $out =~ /\[warn\].*"gate_meter" beside "gate_mock" bills nothing.*conf:9$/m,
       'gate_mock: on a bill') or diag("rc: $rc\n$out");

    for my $around ('', 'gate_api a; gate_meter requests;') {
        ($rc, $out) = run('gate_auth off; gate_mock 200 a;', "$journal $around");
        ok($rc == 0 && $out !~ /\[warn\]/, "gate_mock: around it \"$around\"")
            or diag("rc: $rc\n$out");
    }
}


my @right = (
    '', "deprecated=$past", "deprecated=$come", "sunset=$come",
    "deprecated=$past sunset=$later link=https://a/b successor=/v2/ brownout=$come/1h "
    . "brownout=${come}T01:00:00Z/5d",
    "deprecated=$past sunset=$past state=retired", 'state=retired', 'state=published',
    'state=draft preview=beta', "state=deprecated deprecated=$past", 'successor=/v2/',
);

for my $life (@right) {
    my ($rc, $out) = run("gate_api a version=v1 $life;",
                        'gate_consumer b { group beta; disabled; }');

    ok($rc == 0 && $out !~ /\[(?:warn|emerg)\]/, "right: gate_api a $life")
        or diag("rc: $rc\n$out");
}

my ($rc, $out) = run("gate_api a deprecated=$past sunset=$gone;");

is($rc, 0, 'an API that has ended loads');
like($out, qr/\[warn\].*"sunset=$gone" is over.*take the location out.*gate\.conf:9$/m,
     '... with a warning');

for my $t ([ "deprecated=$past brownout=$gone/1h brownout=$come/1h",
             qr/"brownout=$gone\/1h" is over: take it out/ ],
           [ 'state=draft', qr/"state=draft" lets nobody in: write "preview=GROUP", too/ ],
           [ 'state=draft preview=beta',
             qr/no "gate_consumer" is in the group "beta" of "preview="/ ])
{
    ($rc, $out) = run("gate_api a $t->[0];");
    ok($rc == 0 && (() = $out =~ /\[warn\]/g) == 1 && $out =~ /\[warn\].*$t->[1].*conf:9$/m,
       "gate_api a $t->[0]") or diag("rc: $rc\n$out");
}

($rc, $out) = run('gate_api a state=draft preview=beta;',
                  'gate_consumers redis; gate_redis 127.0.0.1;');
unlike($out, qr/preview=/, 'groups of consumers in Redis are not known');

($rc, $out) = run("gate_api version=v1 deprecated=$past;");
like($out, qr/\[emerg\].*"version=v1" of "gate_api": it must be a name without "=", which stands/,
     'an API without a name');

($rc, $out) = run('gate_mock 200 a;');
like($out, qr/\[warn\].*location "\/" answers by "gate_mock" without "gate_auth": write it, or/,
     'a mock for everybody');

($rc, $out) = run('', 'gate_deprecated_consumers 2001;');
like($out, qr/\[emerg\].*"2001" of "gate_deprecated_consumers": it must be .*2000/,
     'too many consumers to tell apart');
($rc, $out) = run('', 'gate_deprecated_consumers 10; gate_deprecated_consumers 10;');
like($out, qr/\[emerg\].*"gate_deprecated_consumers" directive is duplicate/, '... said twice');

done_testing();


sub run {
    my ($location, $http) = @_;

    $http //= '';

    open my $fh, '>', "$dir/gate.conf" or die "$dir/gate.conf: $!";
    print $fh <<"END";
load_module $module;
pid $dir/nginx.pid;
error_log stderr;
events { worker_connections 64; }
http {
    access_log off; $http
    server {
        listen unix:$dir/s; location / {
            $location
        }
        location /v1/ { gate_meter off; }
    }
}
END
    close $fh;

    my $text = `$nginx -t -p $dir -c $dir/gate.conf 2>&1`;
    my $status = $? >> 8;

    unlink "$dir/s";

    return ($status, $text);
}
