#!/usr/bin/perl

# Copyright (C) 2026 Meshgate contributors

# Wrong configurations: each is refused by "nginx -t" with a message that names
# the file and the line, right ones are accepted, and testing a configuration
# opens no socket of the module's and writes no file.


use strict;
use warnings;

use Cwd qw(getcwd);
use File::Temp;
use IO::Socket::INET;
use Test::More;

use GateNginx qw(slurp);
use GateToken;


my $nginx = $ENV{GATE_NGINX} or die "GATE_NGINX is not set\n";
my $module = $ENV{GATE_MODULE} or die "GATE_MODULE is not set\n";
my $dir = File::Temp->newdir();
my $d64 = 'a' x 64;
my $keys = gate_keys();

mkdir "$dir/logs";
put('rsa.pem', slurp($keys->{rsa}{public}));
put('ec.key', slurp($keys->{ec256}{private}), 0600);
put('rsa.key', slurp($keys->{rsa}{private}), 0600);
put('short.secret', "tooshort\n", 0600);
put('good.secret', 'x' x 64 . "\n", 0600);
put('open.secret', 'x' x 64 . "\n", 0644);
put('empty', '');
put('bad.jwks', '{"keys":[{"kty":"RSA","n":"AQAB"}]}');
put('not.json', 'hello');
put('foreign.journal', 'z' x 4194304);

my $keeps = `$nginx -v 2>&1` =~ m{nginx/1\.(\d+)\.(\d+)} && $1 * 1000 + $2 >= 29007;
my $listener = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1');
my $sample = getcwd() . '/conf/sample';
my $redis = '127.0.0.1:' . $listener->sockport();

my $up = 'upstream up { server 127.0.0.1:2; keepalive 2; }';
my $consumer = "gate_consumer acme { plan gold; key sha256:$d64; }";
my $plan = 'gate_plan gold { rate 5r/s; }';
my $zone = 'gate_zone gate 1m;';
my $issuer = 'gate_issuer corp { issuer https://id/; audience a; '
             . 'algorithms RS256; key_file rsa.pem; consumer map=name; }';


# name, http{} part, location part, what the message must say

my @wrong = (
    ['an unknown plan', 'gate_consumer acme { plan nope; }', '',
     qr/unknown gate_plan "nope"/],
    ['an unknown consumer', '', 'gate_auth key anonymous=ghost;',
     qr/unknown gate_consumer "ghost"/],
    ['an unknown issuer', '', 'gate_auth jwt=nobody;',
     qr/unknown gate_issuer "nobody"/],
    ['a duplicate plan', "$plan $plan", '',
     qr/duplicate gate_plan "gold": take one of them out, or give it another name/],
    ['a duplicate consumer', "$plan $consumer gate_consumer acme { }", '',
     qr/duplicate gate_consumer "acme"/],
    ['a key listed twice', "$plan $consumer gate_consumer b "
     . "{ plan gold; key sha256:$d64; }", '',
     qr/"key" of "gate_consumer": it is the same as another one, take one/],
    ['the other of two keys that are the same is named', "$plan $consumer gate_consumer b "
     . "{ key sha256:$d64 id=b-1; }", '',
     qr/take one of them out: the other is "a{12}" of "gate_consumer acme" in \S+gate.conf/],
    ['CORS without an origin', '', 'gate_cors methods=GET;',
     qr/"gate_cors" directive says no origin: write "origin=https:\/\/HOST", or "origin=\*" in/],
    ['CORS twice', '', 'gate_cors origin=*; gate_cors off;',
     qr/"gate_cors" directive is duplicate: take one of them out/],
    ['CORS that is off and not', '', 'gate_cors off origin=*;',
     qr/"gate_cors" directive takes "off" alone: take it out, or all else in/],
    ['an origin with a path', '', 'gate_cors origin=https://a/;',
     qr/invalid "https:\/\/a\/" in "origin=" of "gate_cors": write it as a browser does/],
    ['all origins and one', '', 'gate_cors origin=https://a,*;',
     qr/invalid "\*" in "origin=" of "gate_cors": it allows all: take it out, or the others/],
    ['all origins with credentials', '', 'gate_cors origin=* credentials;',
     qr/invalid "\*" in "origin=" of "gate_cors": any page could act .* list the origins/],
    ['a method in lower case', '', 'gate_cors origin=* methods=get;',
     qr/no request has the method "get" of "methods=": write it in upper case/],
    ['a path in a URL of gRPC', '', 'gate_service s; gate_pass grpc://127.0.0.1:1/x;',
     qr/"grpc:\/\/127.0.0.1:1\/x" of "gate_pass": a URL of gRPC has no path, .*: take it out/],
    ['a field of CORS that is none', '', 'gate_cors origin=* "headers=X A";',
     qr/invalid "X A" in "headers=" of "gate_cors": it is no name of a field/],
    ['all fields and one', '', 'gate_cors origin=* headers=*,X-A;',
     qr/invalid "\*" in "headers=" of "gate_cors": it stands for all/],
    ['all fields shown beside credentials', '', 'gate_cors origin=https://a credentials expose=*;',
     qr/"gate_cors" directive has "expose=\*" beside "credentials", where .*: list the fields in/],
    ['a burst of no limit', '', 'gate_cors origin=* burst=5;',
     qr/"gate_cors" directive takes "burst=" and "zone=" only beside "limit=": add it in/],
    ['a wrong rate of preflights', $zone, 'gate_cors origin=* limit=fast;',
     qr/invalid rate "fast", it must be a number above 0/],
    ['two rates of preflights', $zone, 'gate_cors origin=* limit=1r/s; location /a/ '
     . '{ gate_cors origin=* limit=2r/s; }',
     qr/limit "preflight" has another rate or burst elsewhere: write the same ones in/],
    ['preflights that are limited without a zone', '', 'gate_cors origin=* limit=1r/s;',
     qr/"gate_cors" needs "gate_zone": write "gate_zone NAME SIZE" in http in/],
    ['preflights in an unknown zone', $zone, 'gate_cors origin=* limit=1r/s zone=nope;',
     qr/unknown gate_zone "nope"/],
    ['a key in clear', 'gate_consumer a { key hunter2; }', '',
     qr/"key" of "gate_consumer": it takes "sha256:" and 64 hex/],
    ['a digest that is too short', 'gate_consumer a { key sha256:abcd; }', '',
     qr/"key" of "gate_consumer": it takes "sha256:" and 64 hex/],
    ['a wrong date', "gate_consumer a { key sha256:$d64 "
     . 'not_after=2027-02-29; }', '', qr/invalid parameter "not_after=/],
    ['an unknown line of a consumer', 'gate_consumer a { colour red; }', '',
     qr/"colour" of "gate_consumer": known are "plan", "group", "scope", "pin", .*"key"/],
    ['a misspelt line of a consumer', 'gate_consumer a { gruop x; }', '',
     qr/"gruop" of "gate_consumer": the closest is "group", known are "plan",/],
    ['a misspelt parameter of a key', "gate_consumer a { key sha256:$d64 notafter=1; }",
     '', qr/"notafter=1" of "key": the closest is "not_after", known are "id=ID",/],
    ['a day of a key twice', "gate_consumer a { key sha256:$d64 "
     . 'not_after=2030-01-01 not_after=2030-01-02; }', '',
     qr/duplicate parameter "not_after=2030-01-02" of "key": take one of them/],
    ['a consumer with two plans', "$plan gate_consumer a { plan gold; plan gold; }", '',
     qr/duplicate parameter "plan gold" of "gate_consumer": take one of them/],
    ['a plan of no name', 'gate_consumer a { plan; }', '',
     qr/invalid parameter "plan" of "gate_consumer": write "plan NAME;" in/],
    ['a group with a comma', 'gate_consumer a { group b,c; }', '',
     qr/"group b,c" of "gate_consumer": it must be a name of 1 to 256 bytes/],
    ['a consumer that is disabled and more', 'gate_consumer a { disabled yes; }', '',
     qr/invalid parameter "disabled" of "gate_consumer": write "disabled;" in/],
    ['a misspelt parameter of a consumer', "gate_consumer a di=1 { }", '',
     qr/"di=1" of "gate_consumer": known are "id=ID" in/],
    ['an unknown line of a plan', 'gate_plan gold { rte 5r\/s; }', '',
     qr/"rte" of "gate_plan": the closest is "rate", known are "rate" in/],
    ['a rate of a plan with "="', 'gate_plan gold { rate=5r/s; }', '',
     qr/"rate=5r\/s" of "gate_plan": write "rate RATE \[burst=NUMBER\]", known are "rate" in/],
    ['a parameter that lacks its value', "$plan $consumer", 'gate_auth key anonymous;',
     qr/"anonymous" of "gate_auth": write "anonymous=CONSUMER", known are .*"key",/],
    ['a burst of a plan that is misspelt', 'gate_plan gold { rate 5r/s brust=5; }', '',
     qr/"brust=5" of "rate": the closest is "burst", known are "burst=NUMBER"/],
    ['a rate of nothing', 'gate_plan gold { rate; }', '',
     qr/"rate" of "gate_plan": it takes a rate: write "rate RATE/],
    ['an include of nothing', 'gate_plan gold { include; }', '',
     qr/"include" takes one name of a file/],
    ['a misspelt plan', "$plan gate_consumer acme { plan glod; }", '',
     qr/unknown gate_plan "glod": the closest is "gold", define it or see how/],
    ['a misspelt consumer', "$plan $consumer", 'gate_auth key anonymous=amce;',
     qr/unknown gate_consumer "amce": the closest is "acme", define it or see/],
    ['a misspelt issuer', $issuer, 'gate_auth jwt=crop;',
     qr/unknown gate_issuer "crop": the closest is "corp", define it or see/],
    ['a consumer with a claim of no form', 'gate_consumer a { claim x; }', '',
     qr/"claim" of "gate_consumer": it takes ISSUER=VALUE/],
    ['a consumer whose name is too long', 'gate_consumer ' . 'n' x 129 . ' { }', '',
     qr/"gate_consumer": it must be a name of 1 to 128 bytes/],
    ['a consumer called "-"', 'gate_consumer - { }', '',
     qr/invalid parameter "-" of "gate_consumer": it must be a name of 1 to 128/],
    ['a wrong rate', 'gate_plan gold { rate 5/s; }', '',
     qr/invalid rate "5\/s"/],
    ['a rate of zero', 'gate_plan gold { rate 0r/s; }', '', qr/invalid rate/],
    ['a wrong burst', 'gate_plan gold { rate 5r/s burst=x; }', '',
     qr/invalid burst/],
    ['a second rate', 'gate_plan gold { rate 5r/s; rate 6r/s; }', '',
     qr/duplicate parameter "rate" of "gate_plan": take one of them out/],
    ['quotas, not yet here', 'gate_plan gold { quota 5\/day; }', '',
     qr/"quota" is not supported in this version/],
    ['prices, not yet here', 'gate_plan gold { price 1 currency=USD; }', '',
     qr/"price" is not supported in this version/],
    ['a zone size of no form', 'gate_zone gate 1q;', '',
     qr/invalid parameter "1q" of "gate_zone": it must be a size of \d+k or more/],
    ['a zone that is too small', 'gate_zone gate 4k;', '',
     qr/invalid parameter "4k" of "gate_zone": it must be a size of \d+k or more/],
    ['two zones of one name', "$zone gate_zone gate 2m;", '',
     qr/duplicate gate_zone "gate": take one of them out, or give it another/],
    ['a zone of no name', "gate_zone '' 1m;", '',
     qr/"gate_zone" directive takes a name/],
    ['a limit in an unknown zone', $zone,
     'gate_limit rate=1r/s key=$remote_addr zone=ghost;',
     qr/unknown gate_zone "ghost"/],
    ['a plan in an unknown zone, without any', "$plan $consumer",
     'gate_auth key; gate_limit plan zone=ghost;',
     qr/unknown gate_zone "ghost"/],
    ['one name in two zones', "$zone gate_zone b 1m;",
     'gate_limit rate=1r/s key=$remote_addr name=a; '
     . 'gate_limit rate=1r/s key=$arg_x name=a zone=b;',
     qr/limit "a" is in gate_zone "gate" elsewhere/],
    ['plans in two zones', "$zone gate_zone b 1m; $plan $consumer "
     . 'server { listen 127.0.0.1:1; location / { gate_auth key; '
     . 'gate_limit plan zone=b; } }', 'gate_auth key; gate_limit plan;',
     qr/limit "plan" is in gate_zone "b" elsewhere/],
    ['a limit with two zones', $zone,
     'gate_limit rate=1r/s key=$remote_addr zone=gate zone=gate;',
     qr/duplicate parameter "zone=gate" of "gate_limit": take one of them out/],
    ['a dry run that is off and not', '', 'gate_dry_run auth off;',
     qr/"gate_dry_run" directive has "off", which stands alone: take it out, or the rest/],
    ['a dry run twice', '', 'gate_dry_run auth; gate_dry_run off;',
     qr/"gate_dry_run" directive is duplicate: take one of them out/],
    ['a misspelt dry run', '', 'gate_dry_run aut;',
     qr/"aut" of "gate_dry_run": the closest is "auth"/],
    ['a time that is none', '', 'gate_allow time=Mon/08:00-18:00;',
     qr/"time=Mon\/08:00-18:00" of "gate_allow": it must be days, a time and "UTC" or how far/],
    ['one of several values of no claim', '', 'gate_auth key; gate_deny claim_in:=x;',
     qr/"claim_in:=x" of "gate_deny": it must be "claim:" or the like, the claim, "=" and/],
    ['a beginning of a claim without a value', '', 'gate_auth key; gate_deny claim_prefix:x;',
     qr/"claim_prefix:x" of "gate_deny": it must be "claim:" or the like, the claim, "=" and/],
    ['a pointer to a claim that is none', '', 'gate_auth key; gate_allow claim:/a~2=x;',
     qr/invalid claim "\/a~2": it has a "~" .*: write a name, or a pointer of RFC 6901/],
    ['a method of authentication that is not there', '',
     'gate_auth key; location /a/ { gate_allow credential=basic; }',
     qr/"credential=basic" of "gate_allow" is no method of "gate_auth" there: write one/],
    ['a line that shuts out without gate_auth', '', 'location /a/ { gate_deny group=x; }',
     qr/"gate_deny" with "group", .* needs "gate_auth" in location/],
    ['an early limit by plan', "$zone gate_plan p { rate 1r/s; }", 'gate_limit plan early;',
     qr/"gate_limit" directive takes "plan" without "early", as nobody is known there: take one/],
    ['an early limit by consumer', $zone, 'gate_limit rate=1r/s early;',
     qr/"gate_limit" directive has "early", before it is known who calls: add a "key="/],
    ['an early limit by a variable of the identity', $zone,
     'gate_limit rate=1r/s early key=$remote_addr$gate_consumer;',
     qr/"\$gate_consumer" has no value where an "early" limit stands, .*: take "early" out, or/],
    ['an early limit by a claim', $zone, 'gate_limit rate=1r/s early "key=a ${gate_claim_sub}";',
     qr/"\$gate_claim_sub" has no value where an "early" limit stands/],
    ['an early limit in an unknown zone', $zone,
     'gate_limit rate=1r/s key=$remote_addr early zone=ghost;', qr/unknown gate_zone "ghost"/],
    ['a shield without a zone', '', 'gate_shield;',
     qr/"gate_shield" needs "gate_zone": write "gate_zone NAME SIZE" in http in/],
    ['a shield in an unknown zone', $zone, 'gate_shield zone=ghost;',
     qr/unknown gate_zone "ghost"/],
    ['a shield twice', $zone, 'gate_shield; gate_shield off;',
     qr/"gate_shield" directive is duplicate: take one of them out/],
    ['a shield that is off and not', $zone, 'gate_shield off failures=1/m;',
     qr/"gate_shield" directive has "off", which stands alone: take it out, or the rest/],
    ['a budget that is none', $zone, 'gate_shield failures=10r/m;',
     qr/"failures=10r\/m" of "gate_shield": it must be failures and a time of 1s to 24h/],
    ['a budget of names that is none', $zone, 'gate_shield credential=0/1m;',
     qr/"credential=0\/1m" of "gate_shield": it must be failures and a time of/],
    ['a ban of no time', $zone, 'gate_shield ban=0;', qr/invalid .*"ban=/],
    ['a misspelt parameter of a shield', $zone, 'gate_shield failure=1/m;',
     qr/"failure=1\/m" of "gate_shield": the closest is "failures"/],
    ['a misspelt parameter of a limit', $zone, 'gate_limit rate=1r/s brust=5;',
     qr/"brust=5" of "gate_limit": the closest is "burst", known are "plan", "rate=/],
    ['a limit of a word that nobody knows', $zone, 'gate_limit bla=1;',
     qr/invalid parameter "bla=1" of "gate_limit": known are "plan", "rate=RATE",/],
    ['a misspelt zone of a limit', $zone,
     'gate_limit rate=1r/s key=$remote_addr zone=gaet;',
     qr/unknown gate_zone "gaet": the closest is "gate", define it or see how/],
    ['a limit of an unknown scope', $zone,
     'gate_limit rate=1r/s key=$remote_addr scope=all;',
     qr/"scope=all" of "gate_limit": it must be "node" in/],
    ['a key of no bytes', $zone, 'gate_limit rate=1r/s key=;',
     qr/"key=" of "gate_limit": it must be a text that is not empty and may have/],
    ['a plan and a rate', "$zone $plan $consumer",
     'gate_auth key; gate_limit plan rate=1r/s;',
     qr/takes "plan" without rate, burst, key and name: take them out, or "plan"/],
    ['nine limits in one place', $zone,
     join('', map { "gate_limit rate=1r/s key=$_;" } 1 .. 9),
     qr/more than 8 "gate_limit" lines in one place: take some of them out/],
    ['a wrong parameter of a zone', 'gate_zone gate 1m full=maybe;', '',
     qr/invalid parameter "full=maybe"/],
    ['a limit without a zone', "$plan $consumer",
     'gate_auth key; gate_limit plan;', qr/"gate_limit" needs "gate_zone"/],
    ['a plan limit for a consumer without a plan',
     "$zone gate_consumer a { }", 'gate_auth key; gate_limit plan;',
     qr/gate_consumer "a".*has no plan/],
    ['a plan limit without identity', "$zone $plan $consumer",
     'gate_limit plan;', qr/by consumer needs "gate_auth"/],
    ['a limit without a rate', $zone, 'gate_limit key=$remote_addr;',
     qr/takes "plan" or "rate=": add one of them/],
    ['a limit with a wrong rate', $zone,
     'gate_limit rate=abc key=$remote_addr;', qr/invalid rate "abc"/],
    ['a delay that is no number', $zone, 'gate_limit rate=5r/s key=$remote_addr delay=x;',
     qr/"delay=x"|"x"/],
    ['a delay that delays nobody', $zone,
     'gate_limit rate=5r/s burst=7 delay=7 key=$remote_addr;',
     qr/"delay=7" delays nobody: of this rate and burst, 7 go beyond the rate, write less/],
    ['a delay of a rate that is one at a time', $zone,
     'gate_limit rate=1r/m delay=0 key=$remote_addr;', qr/"delay=0" delays nobody/],
    ['two delays', $zone, 'gate_limit rate=5r/s delay=1 delay=2 key=$remote_addr;',
     qr/duplicate parameter "delay/],
    ['a burst that is too large', $zone,
     'gate_limit rate=1r/h burst=4294967296 key=$remote_addr;',
     qr/burst "4294967296" is too large, the largest of "1r\/h" is 1193045/],
    ['a rate that is too large', $zone,
     'gate_limit rate=4294967297r/s key=$remote_addr;',
     qr/rate "4294967297r\/s" is too large, the largest number is 1000000000/],
    ['a burst of a plan that is too large',
     'gate_plan gold { rate 5r/s burst=99999999999999999999; }', '',
     qr/burst "9{20}" is too large, the largest of "5r\/s" is 999999999/],
    ['a rate of a plan that is too large', 'gate_plan gold { rate 2000000000r/m; }',
     '', qr/rate "2000000000r\/m" is too large, the largest number is/],
    ['a limit with an unknown variable', $zone,
     'gate_limit rate=1r/s key=$no_such_thing;', qr/unknown "no_such_thing" variable/, 'no line'],
    ['one name with two rates', $zone,
     'gate_limit rate=1r/s key=$remote_addr name=a; '
     . 'gate_limit rate=2r/s key=$remote_addr name=a;',
     qr/limit "a" has another rate or burst elsewhere: write the same ones, or/],
    ['global limits, not yet here', $zone,
     'gate_limit rate=1r/s key=$remote_addr scope=global;',
     qr/"scope=global" is not supported in this version/],
    ['a mode for Redis being down, not yet here', $zone,
     'gate_limit rate=1r/s key=$remote_addr redis_down=open;',
     qr/"redis_down=open" is not supported/],
    ['an unknown parameter of a limit', $zone, 'gate_limit rate=1r/s foo=1;',
     qr/invalid parameter "foo=1"/],
    ['a password in the clear', 'gate_consumer acme { basic a secret; }', '',
     qr/"basic" of "gate_consumer": it must be a hash of crypt\(5\), .* never the password itself/],
    ['certificates that nobody is asked for, with TLS',
     "ssl_certificate $sample/server.pem; ssl_certificate_key $sample/server.secret;",
     'gate_auth mtls;',
     qr/"gate_auth mtls" gets no certificate in location "\/": add "ssl_verify_client optional"/],
    ['a hash that is weak', q(gate_consumer acme { basic a '$1$a$b'; }), '',
     qr/it must be a hash of bcrypt \("\$2b\$", "\$2y\$"\), SHA-crypt/],
    ['a hash that is cut', q(gate_consumer acme { basic a '$2y$10$abc'; }), '',
     qr/it must be a whole hash of bcrypt with a cost from 4 to 15/],
    ['a user with a colon', q(gate_consumer acme { basic a:b '$2y$10$abc'; }), '',
     qr/it takes a user of 1 to 128 bytes, without a colon, and a hash or "file:PATH"/],
    ['passwords twice', 'gate_basic queue=1; gate_basic queue=2;', '',
     qr/"gate_basic" directive is duplicate/],
    ['no thread for passwords', 'gate_basic threads=0;', '',
     qr/"threads=0" of "gate_basic": it must be a number from 1 to 1024/],
    ['proofs without a memory',
     $issuer =~ s/\}$/dpop required; }/r, 'gate_auth jwt=corp;',
     qr/add "gate_replay 4m" to http\{\}, in \S+:\d+/],
    ['a word of dpop that is none', 'gate_issuer i { dpop maybe; }', '',
     qr/write off, optional or required/],
    ['a word of certificate_bound that is none', 'gate_issuer i { certificate_bound on off; }', '',
     qr/write off, optional or required/],
    ['redis_down of dpop without replay=redis', 'gate_issuer i { dpop required redis_down=node; }',
     '', qr/says nothing without "replay=redis"/],
    ['a component that is none', '', 'gate_signature components=@method,@nothing;',
     qr/invalid parameter "\@nothing" of "gate_signature": it must be \@method/],
    ['a component with quotes', '', 'gate_signature components=@method,"x";',
     qr/names with commas between, without quotes/],
    ['gate_signature twice', '', 'gate_signature; gate_signature;',
     qr/"gate_signature" directive is duplicate/],
    ['nonces without a memory', '', 'gate_signature nonce=required;',
     qr/add "gate_replay 4m" to http\{\}, in \S+:\d+/],
    ['nonces in Redis without Redis', 'gate_replay 1m;',
     'gate_auth hmac; gate_signature replay=redis;',
     qr/needs Redis: add "gate_redis" to http\{\}, in \S+:\d+/],
    ['redis_down without replay=redis', '', 'gate_signature redis_down=node;',
     qr/says nothing without "replay=redis"/],
    ['nonces that are off and in Redis', '', 'gate_signature nonce=off replay=redis;',
     qr/exclude each other/],
    ['a small gate_replay', 'gate_replay 1k;', '', qr/must be a size of 64k/],
    ['gate_replay twice', 'gate_replay 1m; gate_replay 1m;', '', qr/is duplicate/],
    ['a signature line without a keyid', 'gate_consumer a { signature key_file=x; }', '',
     qr/takes "keyid=ID"/],
    ['a signature line without a key', 'gate_consumer a { signature keyid=x; }', '',
     qr/takes one of "key_file=FILE" and "secret=file:FILE"/],
    ['a signature line without an algorithm',
     'gate_consumer a { signature keyid=x key_file=/dev/null; }', '',
     qr/takes "algorithm=" with one of ed25519/],
    ['a secret with an algorithm of keys',
     'gate_consumer a { signature keyid=x secret=file:/dev/null algorithm=ed25519; }', '',
     qr/take "algorithm=" out, or write "algorithm=hmac-sha256"/],
    ['a certificate of no form', 'gate_consumer acme { mtls CN=a; }', '',
     qr/"mtls" of "gate_consumer": it takes "sha256:" and 64 hexadecimal digits, "san:uri:URI"/],
    ['a certificate of two', 'gate_consumer acme { mtls san:dns:A; } '
     . 'gate_consumer b { mtls san:dns:a; }', '', qr/is the same as another one, take one of them/],
    ['a proxy that is not named', '', 'gate_mtls xfcc;',
     qr/"gate_mtls" directive must be "xfcc from=ADDRESS,...": add who is believed/],
    ['a proxy of no address', '', 'gate_mtls xfcc from=10.0.0.0/8,there;',
     qr/"there" .*: it must be an address, a network as "10.0.0.0\/8", or "unix:"/],
    ['certificates off and on', '', 'gate_mtls off cert;',
     qr/"gate_mtls" directive has "off", which stands alone: take it out, or the rest/],
    ['certificates twice', '', 'gate_mtls off; gate_mtls off;',
     qr/"gate_mtls" directive is duplicate/],
    ['an introspection that is not there', '', 'gate_auth introspect=x;',
     qr/names no "gate_introspection" that stands before: write the block above this line/],
    ['gate_auth twice', '', 'gate_auth key; gate_auth key;',
     qr/"gate_auth" directive is duplicate/],
    ['gate_auth without a method', '', 'gate_auth any;', qr/names no method/],
    ['gate_auth with an unknown method', '', 'gate_auth magic;',
     qr/"magic" of "gate_auth": known are .*"key", .*"jwt=ISSUER", .*"off"/],
    ['gate_auth with a misspelt method', '', 'gate_auth kye;',
     qr/"kye" of "gate_auth": the closest is "key", known are/],
    ['gate_auth off and more', '', 'gate_auth key off;',
     qr/"gate_auth" directive has "off", which stands alone: take it out, or/],
    ['gate_auth with a method twice', '', 'gate_auth key key;',
     qr/duplicate parameter "key" of "gate_auth": take one of them out/],
    ['gate_auth with an issuer twice', $issuer, 'gate_auth jwt=corp jwt=corp;',
     qr/"gate_auth" directive has a duplicate issuer: take one of them out/],
    ['gate_auth with an issuer of no name', '', 'gate_auth jwt=;',
     qr/"jwt=" of "gate_auth" has no value: write ISSUER behind it/],
    ['gate_auth with all and any', '', 'gate_auth key all any;',
     qr/"all" and "any" of "gate_auth" exclude each other: take one of them out/],
    ['all together with anonymous', "$plan $consumer",
     'gate_auth key all anonymous=acme;', qr/exclude each other/],
    ['gate_admin without Redis', '', 'gate_admin; deny all;',
     qr/"gate_admin" needs "gate_redis": write "gate_redis ADDRESS" into http, for the line/],
    ['gate_admin that is open', "gate_redis $redis;", 'gate_admin;',
     qr/is open to everybody: write "allow ADDRESS; deny all;" into it, or "auth_basic"/],
    ['gate_admin on trial', "gate_redis $redis; gate_dry_run auth;",
     'gate_auth key; gate_admin; allow 127.0.0.1; deny all;',
     qr/"gate_dry_run" would let everybody use "gate_admin" in location .*: write "gate_dry_run/],
    ['gate_admin that denies nobody', "gate_redis $redis;", 'gate_admin; allow 127.0.0.1;',
     qr/is open to everybody/],
    ['gate_admin that denies some', "gate_redis $redis;", 'gate_admin; deny 10.0.0.0/8;',
     qr/is open to everybody/],
    ['gate_admin that denies too late', "gate_redis $redis;",
     'gate_admin; allow all; deny all;', qr/is open to everybody/],
    ['gate_admin that denies one family of addresses', "gate_redis $redis;",
     'gate_admin; deny 0.0.0.0/0;', qr/is open to everybody/],
    ['gate_admin with a password that is off', "gate_redis $redis;",
     'gate_admin; auth_basic off;', qr/is open to everybody/],
    ['gate_admin with a password that no file knows', "gate_redis $redis;",
     'gate_admin; auth_basic x;',
     qr/is open to everybody: .*"auth_basic" with "auth_basic_user_file"/],
    ['gate_admin with a password of a realm that may be off', "gate_redis $redis;",
     'gate_admin; auth_basic $http_x; auth_basic_user_file empty;', qr/is open to everybody/],
    ['gate_admin with a password of the server, without a file', "gate_redis $redis; auth_basic x;",
     'gate_admin;', qr/is open to everybody/],
    ['gate_admin that allows all addresses in two halves', "gate_redis $redis;",
     'gate_admin; allow 0.0.0.0/1; allow 128.0.0.0/1; deny all;', qr/is open to everybody/],
    ['gate_admin that allows all of IPv6 in two halves', "gate_redis $redis;",
     'gate_admin; allow ::/1; allow 8000::/1; deny all;', qr/is open to everybody/],
    ['gate_admin with one of several protections', "gate_redis $redis;",
     'gate_admin; satisfy any; allow all; auth_basic x; auth_basic_user_file empty;',
     qr/"satisfy any" lets one protection of "gate_admin" replace all others: write "satisfy all"/],
    ['gate_admin in a server of one of several protections', "gate_redis $redis; satisfy any;",
     'gate_admin; deny all;', qr/"satisfy any" lets one protection/],
    ['gate_admin before another handler', "gate_redis $redis; $up",
     'gate_admin; deny all; gate_service h; gate_pass http://up;',
     qr/"gate_admin" is not alone: take the other/],
    ['gate_admin before one of nginx', "gate_redis $redis; $up",
     'gate_admin; deny all; proxy_pass http://up;', qr/"gate_admin" is not alone: take the other/],
    ['gate_admin for anonymous callers', "gate_redis $redis; $plan $consumer",
     'gate_admin; gate_auth key anonymous=acme;', qr/is open to everybody/],
    ['gate_admin beside another handler', "gate_redis $redis;",
     'gate_status; gate_admin; deny all;', qr/"gate_admin" directive is not alone/],
    ['gate_admin with an unknown word', "gate_redis $redis;", 'gate_admin wirte=off; deny all;',
     qr/"wirte=off" of "gate_admin": the closest is "write"/],
    ['gate_admin in a block that opens it', "gate_redis $redis;",
     'gate_admin; deny all; limit_except GET { allow all; }', qr/is open to everybody/],
    ['an unknown parameter of an API', '', 'gate_api a colour=red;',
     qr/invalid parameter "colour=red" of "gate_api": known are "version=VERSION"/],
    ['a misspelt parameter of an API', '', 'gate_api a verison=v1;',
     qr/"verison=v1" of "gate_api": the closest is "version", known are/],
    ['a version twice', '', 'gate_api a version=v1 version=v2;',
     qr/duplicate parameter "version=v2" of "gate_api": take one of them out/],
    ['a version of no bytes', '', 'gate_api a version=;',
     qr/"version=" of "gate_api": it must be a text of 1 to 64 bytes/],
    ['an API of no bytes', '', "gate_api '';",
     qr/invalid parameter "" of "gate_api": it must be a text of 1 to 64 bytes/],
    ['a group without identity', '', 'gate_allow group=a;',
     qr/needs "gate_auth"/],
    ['an unknown condition', '', 'gate_auth key; gate_allow moon=full;',
     qr/invalid parameter "moon=full"/],
    ['an empty list of methods', '', 'gate_allow methods=;',
     qr/invalid parameter "methods="/],
    ['a sidecar with an unknown word', '', 'gate_sidecar mark=x;',
     qr/"mark=x" of "gate_sidecar": known are "marker=NAME", "server=NAME,\.\.\." in/],
    ['a marker without a name', '', 'gate_sidecar marker=;',
     qr/"marker=" of "gate_sidecar": it must be a text that is not empty in/],
    ['a marker that is no name', '', 'gate_sidecar marker=x:y;',
     qr/"marker=x:y" of "gate_sidecar": it must be the name of a field: letters/],
    ['two markers', '', 'gate_sidecar marker=x marker=y;',
     qr/duplicate parameter "marker=y" of "gate_sidecar": take one of them out in/],
    ['two lists of servers', '', 'gate_sidecar server=x server=y;',
     qr/duplicate parameter "server=y" of "gate_sidecar": take one of them out in/],
    ['a server without a name', '', 'gate_sidecar server=a,,b;',
     qr/"server=a,,b" of "gate_sidecar": it must be names .* none of them empty/],
    ['a server list that ends in nothing', '', 'gate_sidecar server=a,;',
     qr/"server=a," of "gate_sidecar": it must be names .* none of them empty/],
    ['words of X-Accel that nobody knows', '', 'gate_accel expire;',
     qr/"expire" of "gate_accel": the closest is "expires", known are "on", "off"/],
    ['a word of X-Accel twice', '', 'gate_accel expires expires;',
     qr/duplicate parameter "expires" of "gate_accel": take one of them out/],
    ['a field that the gateway does not send', '', 'gate_fields X-Consumer-Name;',
     qr/"X-Consumer-Name" of "gate_fields": the closest is "X-Consumer-\w+", known are "all"/],
    ['a field twice', '', 'gate_fields X-Lane-Hash X-Lane-Hash;',
     qr/duplicate parameter "X-Lane-Hash" of "gate_fields": take one of them out/],
    ['all fields and one more', '', 'gate_fields all X-Lane-Hash;',
     qr/"all" of "gate_fields": it must stand alone: take it out, or the other/],
    ['no field and one', '', 'gate_fields X-Lane-Hash none;',
     qr/"none" of "gate_fields": it must stand alone: take it out, or the other/],
    ['fields twice', '', 'gate_fields all; gate_fields none;',
     qr/"gate_fields" directive is duplicate: take one of them out/],
    ['on beside a word of X-Accel', '', 'gate_accel expires on;',
     qr/"on" of "gate_accel": it must stand alone: take it out, or the other/],
    ['a claim without a value', '', 'gate_auth key; gate_allow claim:a;',
     qr/"claim:a" of "gate_allow": it must be "claim:" or the like, the claim, "=" and/],
    ['a misspelt condition', '', 'gate_auth key; gate_allow grup=a;',
     qr/"grup=a" of "gate_allow": the closest is "group", known are "methods=A,B"/],
    ['a sidecar twice', '', 'gate_sidecar marker=x; gate_sidecar server=y;',
     qr/"gate_sidecar" directive is duplicate/],
    ['metering without a journal', '', 'gate_api a; gate_meter requests;',
     qr/"gate_meter" needs "gate_journal"/],
    ['metering without an API', "gate_journal $dir/j size=1m;",
     'gate_meter requests;', qr/"gate_meter" needs "gate_api"/],
    ['metering of nothing', "gate_journal $dir/j size=1m;",
     'gate_api a; gate_meter bytes;', qr/must count "requests"/],
    ['metering of an unknown unit', "gate_journal $dir/j size=1m;",
     'gate_api a; gate_meter requests apples;',
     qr/invalid parameter "apples"/],
    ['a journal that is too small', "gate_journal $dir/j size=4k;", '',
     qr/"size=4k" of "gate_journal": it must be a size of 1m or more, such as/],
    ['a journal that is a little too small', "gate_journal $dir/j size=500k;", '',
     qr/"size=500k" of "gate_journal": it must be a size of 1m or more, such as/],
    ['a journal that retains for a second', "gate_journal $dir/j retain=1s;", '',
     qr/"retain=1s" of "gate_journal": it must be a time of 1h or more, such as/],
    ['a journal that does something else when full', "gate_journal $dir/j full=drop;",
     '', qr/"full=drop" of "gate_journal": it must be "refuse" or "serve"/],
    ['a journal with a misspelt parameter', "gate_journal $dir/j retian=1d;", '',
     qr/"retian=1d" of "gate_journal": the closest is "retain", known are/],
    ['a node of no name', "gate_node '';", '',
     qr/invalid parameter "" of "gate_node": it must be a text of 1 to 128 bytes/],
    ['a node twice', 'gate_node a; gate_node b;', '',
     qr/"gate_node" directive is duplicate: take one of them out/],
    ['two journals', "gate_journal $dir/j size=1m; gate_journal $dir/k;", '',
     qr/"gate_journal" directive is duplicate/],
    ['a foreign file as journal',
     "gate_journal $dir/foreign.journal size=4m;", '',
     qr/gate_journal ".*foreign.journal"/, 'no line'],
    ['a gateway without a service', '', 'gate_pass http://127.0.0.1:1;',
     qr/"gate_pass" needs "gate_service"/],
    ['a gateway without a scheme', 'upstream sidecar { server 127.0.0.1:1; }',
     'gate_service a; gate_pass sidecar;',
     qr{"sidecar" of "gate_pass": it must be a URL: write "http://" or "grpc://"}],
    ['gate_pass beside proxy_pass', '', 'gate_service a; '
     . 'gate_pass http://127.0.0.1:1; proxy_pass http://127.0.0.1:2;',
     qr/is duplicate/],
    ['gate_pass twice', '', 'gate_service a; gate_pass http://127.0.0.1:1; '
     . 'gate_pass http://127.0.0.1:1;', qr/"gate_pass" directive is duplicate/],
    ['gate_pass overridden by another handler', '', 'gate_service a; '
     . 'gate_pass http://127.0.0.1:1; empty_gif;',
     qr/another content handler directive overrides "gate_pass"/],
    ['a Host field of the user', '', 'gate_service a; '
     . 'gate_pass http://127.0.0.1:1; proxy_set_header Host x;',
     qr/"proxy_set_header Host" is written by "gate_pass"/],
    ['an identity field of the user', '', 'gate_service a; '
     . 'gate_pass http://127.0.0.1:1; proxy_set_header x-consumer-id x;',
     qr/"proxy_set_header x-consumer-id" is written by/],
    ['a retry of gRPC by nginx', '', 'gate_service a; '
     . 'gate_pass grpc://127.0.0.1:1; grpc_next_upstream off;',
     qr/"grpc_next_upstream" is set by "gate_pass" to "error": remove it/],
    ['a Host field of gRPC', '', 'gate_service a; '
     . 'gate_pass grpcs://127.0.0.1:1; grpc_set_header host x;',
     qr/"grpc_set_header host" is written by "gate_pass"/],
    ['gate_pass beside grpc_pass', '', 'gate_service a; '
     . 'grpc_pass grpc://127.0.0.1:1; gate_pass grpc://127.0.0.1:1;',
     qr/"grpc_pass" stands beside "gate_pass", which does the same: remove/],
    ['one upstream for HTTP and gRPC',
     "$up server { listen 127.0.0.1:1; location / { gate_service a; gate_auth off; "
     . 'gate_pass grpc://up; } }', 'gate_service a; gate_pass http://up;',
     qr/upstream "up" keeps .* over HTTP in .* and over gRPC in .*: give each/],
    ['one upstream for gate_pass and a plain grpc_pass',
     "$up server { listen 127.0.0.1:1; location / { grpc_pass up; } }",
     'gate_service a; gate_pass http://up;', qr/upstream "up" keeps connections/],
    ['one upstream for a plain proxy_pass and gate_pass of gRPC',
     "$up server { listen 127.0.0.1:1; location / { proxy_pass http://up; } }",
     'gate_service a; gate_pass grpc://up;', qr/upstream "up" keeps connections/],
    ['a service name with a space', '', 'gate_service "a b";',
     qr/invalid parameter "a b" of "gate_service": it must be HOST or HOST:PORT/],
    ['a lane without a hash', '', 'gate_lane v2;',
     qr/invalid parameter "v2"/],
    ['a trace mode of no form', 'gate_trace sometimes;', '',
     qr/invalid parameter "sometimes"/],
    ['a way to forward of no form', 'gate_forwarded sometimes;', '',
     qr/invalid parameter "sometimes"/],
    ['something else that is forwarded', 'gate_forwarded append port=1;', '',
     qr/invalid parameter "port=1" of .*: known are .* "proto=VALUE", "host=VALUE"/],
    ['a scheme that is nothing', 'gate_forwarded append proto=;', '',
     qr/invalid parameter "proto="/],
    ['a host that is there twice', 'gate_forwarded append host=a host=b;', '',
     qr/duplicate parameter "host=b" of "gate_forwarded"/],
    ['proxies that are neither replaced nor appended', 'gate_forwarded host=a;', '',
     qr/"gate_forwarded" directive says neither "replace" nor "append"/],
    ['a share of traces above all of them', 'gate_trace sample=101;', '',
     qr/"sample=101" of "gate_trace": it must be a number from 0 to 100/],
    ['a meter that is off and counts bytes', '', 'gate_meter off bytes;',
     qr/"gate_meter" directive has "off", which stands alone: take "bytes" out/],
    ['hygiene that is on and off in two lines',
     'gate_hygiene on add=x; gate_hygiene off;', '',
     qr/"gate_hygiene" directive is duplicate: say "on" or "off" in one/],
    ['a lane twice', '', 'gate_lane hash=a; gate_lane hash=b;',
     qr/"gate_lane" directive is duplicate: take one of them out/],
    ['a path that is neither on nor off', '', 'gate_path perhaps;',
     qr/invalid parameter "perhaps" of "gate_path": known are "on", "off", "encoded_slash=/],
    ['a path twice', '', 'gate_path on; gate_path encoded_slash=keep;',
     qr/"gate_path" directive is duplicate: take one of them out/],
    ['slashes of paths that are not looked at', '', 'gate_path off encoded_slash=keep;',
     qr/"gate_path" directive takes "encoded_slash=" only where paths are looked at: take it/],
    ['slashes that are decoded', '', 'gate_path encoded_slash=decode;',
     qr/"encoded_slash=decode" of "gate_path": it must be/],
    ['a wrong hygiene parameter', 'gate_hygiene perhaps;', '',
     qr/invalid parameter "perhaps"/],
    ['key names of no form', '', 'gate_key_names cookie=a;',
     qr/invalid parameter "cookie=a"/],
    ['key names that are off and on', '', 'gate_key_names off header=a;',
     qr/"gate_key_names" directive has "off", which stands alone: take it out, or/],
    ['key names that are off and in a token\'s field', '', 'gate_key_names bearer off;',
     qr/"gate_key_names" directive has "off", which stands alone: take it out, or/],
    ['a token\'s field twice', '', 'gate_key_names bearer; gate_key_names query=a;',
     qr/"gate_key_names" directive is duplicate/],
    ['an assertion without a key', 'gate_assert ttl=5s;', '',
     qr/"gate_assert" directive names no key: add "key_file=FILE", a private key in PEM/],
    ['an assertion that is off and not', 'gate_assert off key_file=ec.key;', '',
     qr/"gate_assert" directive has "off", which stands alone: take it out, or the rest/],
    ['an assertion off and on', 'gate_assert off; gate_assert key_file=ec.key;', '',
     qr/"gate_assert" directive is duplicate: "off" stands alone, take one of them out/],
    ['a public key to sign', 'gate_assert key_file=rsa.pem;', '',
     qr/rsa.pem" in "key_file=" of "gate_assert": it holds no private key in PEM, .*: take/],
    ['an algorithm of another key', 'gate_assert key_file=ec.key algorithm=RS256;', '',
     qr/it does not sign with the algorithm that is asked for: take ES256 in/],
    ['two keys of one name',
     'gate_assert key_file=ec.key kid=a; gate_assert key_file=rsa.key kid=a;', '',
     qr/another key is called "a", too: give it a "kid=" of its own/],
    ['a second key with more',
     'gate_assert key_file=ec.key; gate_assert key_file=rsa.key ttl=5s;', '',
     qr/is not the first one here, and those behind it have no more than "key_file="/],
    ['an assertion in a field of others', 'gate_assert key_file=ec.key header=Authorization;', '',
     qr/"header=Authorization" of "gate_assert": it must be a field that nothing else is in/],
    ['an assertion in a field of the gate', 'gate_assert key_file=ec.key header=X-Consumer-ID;', '',
     qr/"header=X-Consumer-ID" of "gate_assert": it must be a field that the gateway does not/],
    ['an assertion that the user writes, too', $up, 'gate_service s; '
     . 'gate_assert key_file=ec.key; proxy_set_header X-Gate-Assertion a; gate_pass http://up;',
     qr/"proxy_set_header X-Gate-Assertion" is written by "gate_pass": remove it/],
    ['keys of nobody', '', 'gate_assert_keys;',
     qr/"gate_assert_keys" has no key to show: add a "gate_assert key_file=FILE", or take/],
    ['a key name of no bytes', '', 'gate_key_names header=;',
     qr/"header=" of "gate_key_names": it must be a text that is not empty/],
    ['key names twice', '', 'gate_key_names off; gate_key_names header=a;',
     qr/"gate_key_names" directive is duplicate/],
    ['keys asked for without a name', '', 'gate_auth key; gate_key_names off;',
     qr/"gate_key_names off" and "gate_auth key" exclude .* in \S+:\d+/],
    ['keys asked for without a name in limit_except', '',
     'gate_key_names off; limit_except GET { gate_auth key; }',
     qr/"gate_key_names off" and "gate_auth key" exclude .* in \S+:\d+/],
    ['a status format of no form', '', 'gate_status format=xml;',
     qr/"format=xml" of "gate_status": it must be "json" or "prometheus"/],
    ['a Redis address of no form', 'gate_redis "";', '', qr/redis/],
    ['a time that nobody waits', 'gate_redis 127.0.0.1 timeout=61s;', '',
     qr/"timeout=61s" of "gate_redis": it must be a time from 1ms to 1m/],
    ['a parameter in the place of the address of Redis', 'gate_redis timeout=20ms;', '',
     qr/invalid host in address "timeout=20ms" of "gate_redis": write ADDRESS:PORT/],
    ['a variable in the address of Redis', 'gate_redis $host:6379;', '',
     qr/invalid host in address "\$host:6379" of "gate_redis": write ADDRESS:PORT/],
    ['idempotency without Redis', '', 'gate_api a; gate_auth key; gate_idempotency;',
     qr/"gate_idempotency" needs "gate_redis" in location "\/": write .* for the line in \S+:\d+/],
    ['idempotency of nobody', "gate_redis $redis;", 'gate_api a; gate_idempotency;',
     qr/"gate_idempotency" needs "gate_auth" in location/],
    ['idempotency of strangers', "gate_redis $redis; $plan $consumer",
     'gate_api a; gate_auth key anonymous=acme; gate_idempotency;',
     qr/"gate_idempotency" would give the answers of one stranger to another .* "anonymous="/],
    ['idempotency of no API', "gate_redis $redis;", 'gate_auth key; gate_idempotency;',
     qr/"gate_idempotency" needs "gate_api" in location/],
    ['idempotency of what is safe', "gate_redis $redis;", 'gate_idempotency methods=POST,GET;',
     qr/"methods=POST,GET" of "gate_idempotency": it must be methods that change something/],
    ['idempotency of no method', "gate_redis $redis;", 'gate_idempotency methods=post;',
     qr/no request has the method "post" of "methods=": write it in upper case/],
    ['idempotency for too long', "gate_redis $redis;", 'gate_idempotency ttl=31d;',
     qr/"ttl=31d" of "gate_idempotency"/],
    ['idempotency of too much', "gate_redis $redis;", 'gate_idempotency max=2m;',
     qr/"max=2m" of "gate_idempotency"/],
    ['idempotency with a short lock', "gate_redis $redis;", 'gate_idempotency lock=10ms;',
     qr/"lock=10ms" of "gate_idempotency"/],
    ['idempotency that is unsure', "gate_redis $redis;", 'gate_idempotency redis_down=maybe;',
     qr/"redis_down=maybe" of "gate_idempotency"/],
    ['idempotency and not', "gate_redis $redis;", 'gate_idempotency required off;',
     qr/"off", which stands alone: take the rest out/],
    ['idempotency twice', "gate_redis $redis;", 'gate_idempotency; gate_idempotency off;',
     qr/"gate_idempotency" directive is duplicate/],
    ['idempotency of streams', "gate_redis $redis;",
     'gate_api a; gate_auth key; gate_idempotency; proxy_request_buffering off;'
     . ' proxy_pass http://127.0.0.1:1;',
     qr/"proxy_request_buffering off" sends on/],
    ['consumers elsewhere', 'gate_consumers ldap;', '',
     qr/"ldap".*"redis".*"off"/],
    ['consumers in Redis and not', 'gate_consumers redis off;', '',
     qr/"off" of "gate_consumers"/],
    ['consumers in Redis twice', 'gate_consumers redis; gate_consumers off;', '',
     qr/"gate_consumers" directive is duplicate/],
    ['consumers in Redis without Redis', '', 'gate_auth key; gate_consumers redis;',
     qr/"gate_consumers redis" needs "gate_redis": write .* into http, .* in \S+:\d+/],
    ['an unknown parameter of Redis', 'gate_redis 127.0.0.1:6379 colour=red;',
     '', qr/invalid parameter "colour/],
    ['a missing password file',
     "gate_redis 127.0.0.1:6379 redis_password=file:$dir/none;", '',
     qr/open\(\) ".*none" failed/],
    ['a second password, in clear',
     "gate_redis 127.0.0.1:6379 redis_password=file:$dir/short.secret "
     . 'redis_password=hunter2;', '',
     qr/duplicate parameter "redis_password" of "gate_redis": take one/],
    ['a second secret, in clear',
     'gate_issuer c { issuer x; audience y; algorithms HS256; '
     . 'secret file:good.secret; secret hunter2; }', '', qr/"secret"/],
    ['a second key, in clear',
     "gate_consumer a { key sha256:$d64; key hunter2; }", '', qr/"key" of "gate_consumer"/],
    ['a password in clear',
     'gate_redis 127.0.0.1:6379 redis_password=hunter2;', '', qr/redis_password/],
    ['an issuer without algorithms',
     'gate_issuer c { issuer a; audience b; key_file rsa.pem; }', '',
     qr/must have "algorithms"/],
    ['an issuer without a name to match',
     'gate_issuer c { audience b; algorithms RS256; key_file rsa.pem; }', '',
     qr/must have "issuer"/],
    ['an issuer without keys',
     'gate_issuer c { issuer a; audience b; algorithms RS256; }', '',
     qr/must have "jwks", "jwks_file", "key_file" or "secret"/],
    ['the algorithm none',
     'gate_issuer c { issuer a; algorithms none; key_file rsa.pem; }', '',
     qr/"none" of "algorithms": it must be some of HS256 .* RS256 .* Ed25519 in/],
    ['an algorithm twice', 'gate_issuer c { algorithms RS256 RS256; }', '',
     qr/"RS256" of "algorithms": it is there already, take one of them out/],
    ['algorithms without any', 'gate_issuer c { algorithms; }', '',
     qr/"algorithms" of "gate_issuer": it takes one algorithm or more, such as/],
    ['an unknown line of an issuer', 'gate_issuer c { colour red; }', '',
     qr/"colour" of "gate_issuer": known are "issuer", "audience", "algorithms",/],
    ['a misspelt line of an issuer', 'gate_issuer c { audence b; }', '',
     qr/"audence" of "gate_issuer": the closest is "audience", known are "issuer"/],
    ['an issuer of two names', 'gate_issuer c { issuer a; issuer b; }', '',
     qr/duplicate parameter "issuer b" of "gate_issuer": take one of them out/],
    ['an audience of no bytes', "gate_issuer c { audience ''; }", '',
     qr/"audience " of "gate_issuer": it must be a text that is not empty/],
    ['a key file with an unknown parameter', 'gate_issuer c { key_file rsa.pem id=1; }',
     '', qr/"id=1" of "key_file": .*known are "kid=ID" in/],
    ['a key set with a parameter', 'gate_issuer c { jwks_file bad.jwks kid=1; }', '',
     qr/"jwks_file" of "gate_issuer": it takes the path of a file alone/],
    ['a key file of nothing', 'gate_issuer c { key_file; }', '',
     qr/"key_file" of "gate_issuer": it takes the path of a file/],
    ['a key that no listed algorithm can use',
     'gate_issuer c { issuer a; audience b; algorithms HS256; '
     . 'key_file rsa.pem; }', '', qr/gate_issuer "c": ".*rsa.pem"/],
    ['a secret that is too short',
     'gate_issuer c { issuer a; audience b; algorithms HS256; '
     . 'secret file:short.secret; }', '', qr/gate_issuer "c"/],
    ['a secret in clear',
     'gate_issuer c { issuer a; audience b; algorithms HS256; '
     . 'secret hunter2hunter2; }', '', qr/never the secret itself/],
    ['a missing key file',
     'gate_issuer c { issuer a; audience b; algorithms RS256; '
     . 'key_file none.pem; }', '', qr/open\(\) ".*none.pem" failed/],
    ['an empty key file',
     'gate_issuer c { issuer a; audience b; algorithms RS256; '
     . 'key_file empty; }', '', qr/must be a file of 1 to/],
    ['a damaged JWK set',
     'gate_issuer c { issuer a; audience b; algorithms RS256; '
     . 'jwks_file bad.jwks; }', '', qr/gate_issuer "c"/],
    ['a JWK set that is not JSON',
     'gate_issuer c { issuer a; audience b; algorithms RS256; '
     . 'jwks_file not.json; }', '', qr/gate_issuer "c"/],
    ['PEM in the place of a key set', 'gate_issuer c { issuer a; algorithms RS256; '
     . 'jwks_file rsa.pem; }', '',
     qr/gate_issuer "c": ".*rsa.pem" is PEM: write "key_file" before it in/],
    ['a key set in the place of PEM', 'gate_issuer c { issuer a; algorithms RS256; '
     . 'key_file bad.jwks; }', '',
     qr/gate_issuer "c": ".*bad.jwks" is JSON: write "jwks_file" before it in/],
    ['a misspelt parameter of groups',
     'gate_issuer c { groups /roles prefx=realm:; }', '',
     qr/"prefx=realm:" of "groups": the closest is "prefix", known are "prefix=TEXT" in/],
    ['a parameter of groups twice',
     'gate_issuer c { groups prefix=a: /roles prefix=b:; }', '',
     qr/duplicate parameter "prefix=b:" of "groups": take one of them out/],
    ['groups of no claim', 'gate_issuer c { groups prefix=a:; }', '',
     qr/"groups" of "gate_issuer": it takes one claim or more/],
    ['a parameter of scopes, which has none', 'gate_issuer c { scopes x prefix=y; }', '',
     qr/invalid claim "prefix=y": it has "=" or ",": write one claim in each word/],
    ['a claim with "="', 'gate_issuer c { require claim=azp; }', '',
     qr/invalid claim "claim=azp": .* write it as a JSON Pointer, "\/claim=azp" in/],
    ['two claims in one word', 'gate_issuer c { require azp,jti; }', '',
     qr/invalid claim "azp,jti": it has "=" or ",": write one claim in each word/],
    ['two claims of a consumer', 'gate_issuer c { issuer a; audience b; algorithms RS256; '
     . 'key_file rsa.pem; consumer claim=azp,sub; }', '',
     qr/invalid claim "azp,sub": it has "=" or ",": write one claim in each word/],
    ['a limit by the field of keys', $zone, 'gate_auth key; gate_limit rate=2r/m '
     . 'key=$http_apikey early;',
     qr/"\$http_apikey" in "key=" .*: write key=\$binary_remote_addr in/],
    ['a limit by what else may have a key', $zone, 'gate_auth key; gate_limit rate=2r/m '
     . 'key=$arg_t-$http_x_api_key; gate_key_names header=X-Api-Key;',
     qr/"\$http_x_api_key" in "key=" .* is empty in location "\/", .*: take "key=" out, each/],
    ['a limit by an argument that has keys', $zone, 'gate_key_names query=t; gate_auth key; '
     . 'gate_limit rate=2r/m key=$arg_t;', qr/"\$arg_t" in "key=" of "gate_limit" is empty/],
    ['a limit by the field of tokens that are keys', $zone, 'gate_key_names bearer; '
     . 'gate_auth key; gate_limit rate=2r/m key=$http_authorization;',
     qr/"\$http_authorization" in "key=" of "gate_limit" is empty/],
    ['an assertion in a field of claims', $up, 'gate_service s; gate_auth off; gate_pass '
     . 'http://up; gate_assert key_file=ec.key header=X-Sub; gate_claim_header azp X-Sub;',
     qr/field "X-Sub" of "gate_assert" is one of "gate_claim_header", too, .*: take another/],
    ['an assertion in a field of keys', $up, 'gate_service s; gate_auth key; gate_pass '
     . 'http://up; gate_assert key_file=ec.key header=apikey;',
     qr/field "apikey" of "gate_assert" is one of "gate_key_names", too, .*: take another/],
    ['an assertion in a field of a hop', '', 'gate_assert key_file=ec.key '
     . 'header=Proxy-Connection;', qr/must be a field that nothing else is in: take "X-Gate-/],
    ['a claim in a field of keys', $up, 'gate_service s; gate_auth key; gate_pass '
     . 'http://up; gate_claim_header azp apikey;',
     qr/field "apikey" of "gate_claim_header" is one of "gate_key_names", too, .*: take/],
    ['a claim in a field of a hop', '', 'gate_claim_header azp Keep-Alive;',
     qr/"Keep-Alive" of "gate_claim_header": it is a field of its own meaning: take another/],
    ['an audience that is a variable', '', 'gate_assert key_file=ec.key audience=$host;',
     qr/"audience=\$host" of "gate_assert": it must be the text itself, .*: take "\$" out/],
    ['keys in all of Authorization', '', 'gate_key_names header=Authorization;',
     qr/"authorization" of "gate_key_names": it is taken from all .*: write "bearer" for keys/],
    ['keys in cookies', '', 'gate_key_names header=Cookie;',
     qr/"cookie" of "gate_key_names": it is a field of its own meaning, .*: take another name/],
    (map { [ "keys in $_->[0]", '', "gate_key_names header=$_->[0];",
             qr/"$_->[0]" of "gate_key_names": it $_->[1]: take another name in/i ],
           [ "tokens in $_->[0]", '', "gate_token_from header=$_->[0];",
             qr/"header=$_->[0]" of "gate_token_from": it $_->[1]: take another name in/i ] }
     [ 'Host', 'is a field of its own meaning, .*' ], [ 'Content_Length', 'is a field of .*' ],
     [ 'Transfer-Encoding', 'is a field of .*' ], [ 'Connection', 'is a field of .*' ],
     [ 'DPoP', 'is a field of .*' ],
     map { [ $_, 'is a field that the gateway itself tells a service' ] }
     qw(X-Consumer-ID X-Forwarded-Client-Cert X-Gate-Assertion X-Envoy-A traceparent)),
    ['a folder of keys whose parent is not there', "gate_key_cache $dir/none/keys;", '',
     qr/gate_key_cache "\S+\/none\/keys": there is no folder "\S+\/none", make it in/],
    ['keys and discovery in one place', 'gate_issuer c { issuer https://a; audience b; '
     . 'algorithms RS256; discovery /_a; jwks /_a; consumer map=name; }', '',
     qr/"jwks" and "discovery" of one location, "\/_a", .*: give each its own in/],
    ['hosts that are URLs', 'gate_issuer c { discovery /_a hosts=a.example,https://k; }', '',
     qr/"hosts=\S+" of "discovery": it must be names of hosts alone, .*: take the scheme/],
    ['a leeway of no form', 'gate_issuer c { leeway soon; }', '',
     qr/"leeway soon" of "gate_issuer": it must be a time from 0 to 1d, such as/],
    ['a leeway of more than a day', 'gate_issuer c { leeway 2d; }', '',
     qr/"leeway 2d" of "gate_issuer": it must be a time from 0 to 1d, such as/],
    ['a claim without a variable', 'gate_claim tenant /tenantId;', '',
     qr/"tenant" of "gate_claim": it must be the name of a variable, which begins/],
    ['a claim of a variable without a name', 'gate_claim $ /tenantId;', '',
     qr/"\$" of "gate_claim": it must be the name of a variable, which begins/],
    ['a pointer without a slash', 'gate_claim $a tenantId;', '',
     qr/invalid JSON Pointer "tenantId": it does not begin with "\/"/],
    ['a pointer to everything', 'gate_claim $a "";', '',
     qr/invalid JSON Pointer ""/],
    ['a pointer with a wrong escape', 'gate_claim $a /a~2;', '',
     qr/invalid JSON Pointer "\/a~2": it has a "~"/],
    ['a pointer that is too deep', 'gate_claim $a ' . '/a' x 33 . ';', '',
     qr/it has more than 32 steps/],
    ['two claims in one variable', 'gate_claim $a /b; gate_claim $a /c;', '',
     qr/the duplicate "a" variable/],
    ['a claim in a variable of nginx', 'gate_claim $uri /b;', '',
     qr/the duplicate "uri" variable/],
    ['a claim in a variable of a map',
     'map $uri $a { default 1; } gate_claim $a /b;', '',
     qr/the variable "\$a" is defined elsewhere/],
    ['a cache of a number of tokens', 'gate_token_cache 4096;', '',
     qr/"4096" of "gate_token_cache": it must be memory .*such as "8m", or "off"/],
    ['a cache of bytes without a unit', 'gate_token_cache 8388608;', '',
     qr/"8388608" of "gate_token_cache": it must be memory of each worker/],
    ['a cache that is too small', 'gate_token_cache 63k;', '',
     qr/"63k" of "gate_token_cache": it must be memory .* from 64k to 1024m/],
    ['a cache that is too large', 'gate_token_cache 1025m;', '',
     qr/"1025m" of "gate_token_cache": it must be memory .* from 64k to 1024m/],
    ['a cache of no form', 'gate_token_cache on;', '',
     qr/"on" of "gate_token_cache": it must be memory .* or "off"/],
    ['two caches', 'gate_token_cache 1m; gate_token_cache off;', '',
     qr/"gate_token_cache" directive is duplicate/],
    ['an issuer twice', "$issuer $issuer", '',
     qr/duplicate gate_issuer "corp"/],
    ['a way to map that is none', 'gate_issuer c { consumer map=id; }', '',
     qr/invalid parameter "map=id" of "consumer": it must be "map=name"/],
    ['a second way to map', 'gate_issuer c { consumer map=name map=name; }',
     '', qr/duplicate parameter "map=name" of "consumer": take one of them out/],
    ['two lines of who a token is',
     'gate_issuer c { consumer map=name; consumer unknown=refuse; }', '',
     qr/duplicate parameter "consumer" of "gate_issuer": take one of them out/],
    ['a line of who a token is that says nothing',
     'gate_issuer c { consumer; }', '',
     qr/"consumer" of "gate_issuer": it takes "claim=NAME", "map=name" or "unk/],
    ['two issuers of one iss in one place',
     "$issuer gate_issuer two { issuer https://id/; audience b; "
     . 'algorithms RS256; key_file rsa.pem; }',
     'gate_auth jwt=corp jwt=two;',
     qr{gate_issuer "corp" and "two" have the same "issuer", "https://id/"}],
    ['fields of limits of no form', 'gate_limit_fields draft3;', '',
     qr/"draft3" of "gate_limit_fields": it must be "off", "draft10", "legacy" or/],
);


# words of a sentence that says what to do

my @cures = ('it must', 'known are', 'must be', 'must have', 'the largest', 'as in',
             qw(take takes write define give add make say name remove mend see list));
my $cure = join '|', map { quotemeta } @cures;

# what nginx and the system say in their own words is not ours to mend

my @others = ('the duplicate "\w+" variable', 'unknown "\w+" variable',
              '"proxy_pass" directive is duplicate', 'open\(\) "[^"]+" failed');
my $others = join '|', @others;

for my $t (@wrong) {
    my ($name, $http, $location, $message, $no_line) = @$t;
    my ($rc, $out) = run($http, $location);
    my @emerg = grep { /\[emerg\]/ } split /\n/, $out;

    ok($rc != 0 && @emerg && $emerg[0] =~ $message
       && ($no_line || $emerg[0] =~ /in \S+gate\.conf:\d+/),
       "$name is refused with file and line")
        or diag("rc: $rc\n$out");

    unlike($out, qr/hunter2/, "$name: no secret is repeated");

    like($emerg[0], qr/\b(?:$cure)\b/, "$name: the message says what would be right")
        if $emerg[0] !~ /$others/;
}


my @warned = (
    ['a secret that everyone can read',
     'gate_issuer c { issuer a; audience b; algorithms HS256; '
     . 'secret file:open.secret; }', '', qr/readable by everyone/],
    ['an issuer without an audience',
     'gate_issuer c { issuer a; algorithms RS256; key_file rsa.pem; }', '',
     qr/has no "audience"/],
    ['an issuer whose tokens are nobody\'s',
     'gate_issuer c { issuer a; audience b; algorithms RS256; '
     . 'key_file rsa.pem; }', '', qr/gate_issuer "c" names no consumer/],
    ['return in a gated location', "$plan $consumer",
     'gate_auth key; return 200 open;', qr/"return" in the gated location/],
    ['a sidecar without identity', '',
     'gate_service a; gate_pass http://127.0.0.1:1;',
     qr/passes to the sidecar without "gate_auth"/],
    ['a gated location that is not billed',
     "gate_journal $dir/j size=1m; $plan $consumer", 'gate_auth key;',
     qr/has no "gate_meter"/],
);

for my $t (@warned) {
    my ($name, $http, $location, $message) = @$t;
    my ($rc, $out) = run($http, $location);

    ok($rc == 0 && $out =~ /\[warn\][^\n]*/ && $out =~ $message,
       "$name is accepted with a warning") or diag("rc: $rc\n$out");
}


my ($rc, $out) = run('upstream sidecar { server 127.0.0.1:1; keepalive 2; } '
                     . "$zone gate_journal $dir/j size=1m; gate_node n; "
                     . "gate_redis $redis db=1 timeout=20ms; $issuer $plan "
                     . "$consumer",
                     'gate_api a version=v1; gate_auth key jwt=corp; '
                     . 'gate_allow methods=GET; gate_limit plan; '
                     . 'gate_meter requests bytes; gate_service a.b; '
                     . 'gate_pass http://sidecar;');

is($rc, 0, 'a right configuration is accepted') or diag($out);
unlike($out, qr/\[(warn|emerg)\]/, 'it has no warnings');

my $none = 'upstream none { server 127.0.0.1:2; ' . ($keeps ? 'keepalive 0;' : '') . ' }';

for my $both (["$up $none", 'none'], ['', '127.0.0.1:2']) {
    ($rc, $out) = run("$both->[0] server { listen 127.0.0.1:1; location / { "
                      . "proxy_pass http://$both->[1]; } }",
                      "gate_service a; gate_auth off; gate_pass grpc://$both->[1];");
    is($rc, 0, "HTTP and gRPC may share what keeps no connection: $both->[1]")
        or diag($out);
}


$listener->blocking(0);
ok(!$listener->accept(), 'testing it opens no connection to Redis');
ok(!-e "$dir/j", 'testing it creates no journal');

($rc, $out) = run('gate_consumer acme { plan gold; }'
                  . ' gate_plan gold { rate 5r/s; }', '');
is($rc, 0, 'a plan may stand below the consumer that has it') or diag($out);

($rc, $out) = run(q(gate_issuer c { issuer a; audience b; algorithms RS256;
                    key_file rsa.pem; consumer map=name;
                    groups prefix=realm: /a=b,c https://x.example/roles; }), '');
is($rc, 0, 'a parameter of groups stands anywhere; a pointer may have any bytes')
    or diag($out);
unlike($out, qr/\[warn\]/, '... and needs no warning there');

($rc, $out) = run('gate_consumer ' . 'n' x 128 . ' { }', '');
is($rc, 0, 'a name of a consumer has up to 128 bytes') or diag($out);

($rc, $out) = run("gate_issuer c { issuer a; audience b; algorithms HS256; "
                  . 'consumer map=name; '
                  . "secret file:good.secret; }", '');
is($rc, 0, 'a secret file of its owner alone is fine') or diag($out);
unlike($out, qr/\[warn\]/, 'and needs no warning');

done_testing();


sub run {
    my ($http, $location) = @_;

    put('gate.conf', <<"END");
load_module $module;
pid $dir/nginx.pid;
error_log stderr;
events { worker_connections 64; }
http {
    access_log off;
    $http
    server {
        listen unix:$dir/s;
        location / {
            $location
        }
    }
}
END

    my $out = `$nginx -t -p $dir -c $dir/gate.conf 2>&1`;
    my $rc = $? >> 8;

    unlink "$dir/s";

    return ($rc, $out);
}

sub put {
    my ($name, $text, $mode) = @_;

    open my $fh, '>', "$dir/$name" or die "$dir/$name: $!";
    print $fh $text;
    close $fh;
    chmod $mode, "$dir/$name" if $mode;
}
