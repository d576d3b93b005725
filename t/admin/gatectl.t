#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# gatectl, the command for people: what it does, what it prints, and what it
# says when something is wrong. shellcheck has no finding, where it can be had.

use strict;
use warnings;

use POSIX ();

use GateNginx qw(slurp spew);
use GateRedis;
use GateTest;

our $redis = GateRedis->new(port => port(8), dir => "$ENV{TEST_NGINX_STATE}/redis");
our $dir = $ENV{TEST_NGINX_STATE};

$redis->start();
spew("$dir/users", "root:{PLAIN}sec\"ret\n");
spew("$dir/hs", 'x' x 64);
delete $ENV{GATECTL_URL};
$ENV{HOME} = $dir;


# Its exit code, and what it prints; on standard error after a line "!".

our $code;

sub ctl {
    my (@args) = @_;

    my $pid = fork // die "fork: $!";

    if ($pid == 0) {
        open STDOUT, '>', "$dir/out";
        open STDERR, '>', "$dir/err";
        exec './gatectl', @args or POSIX::_exit(99);
    }

    waitpid $pid, 0;
    $code = $? >> 8;

    my ($out, $err) = map { slurp("$dir/$_") } qw(out err);

    return $err eq '' ? $out : "$out!$err";
}


sub who {
    my ($key) = @_;

    my $r = get('/', "apikey: $key");

    return join ' ', $r->seen('x-consumer-username') if $r->{seen};
    return "$r->{status} " . $r->json()->{reason};
}


run_gate_tests();

__DATA__

=== TEST 1: consumers and keys
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
    gate_plan gold { rate 1000r/s; }
    gate_plan trial { rate 1000r/s; }
    gate_issuer corp { issuer https://id; audience a; algorithms HS256;
                       secret file:$TEST_NGINX_STATE/hs; }
--- config
    location /gate/admin/ { gate_admin audit=off; allow 127.0.0.1; deny all; }
    location / {
        gate_service s;
        gate_auth key;
        gate_consumers redis;
        gate_pass http://sidecar;
    }
--- client
    our ($redis, $dir, $code);

    $redis->ask('FLUSHALL');
    $ENV{GATECTL_URL} = "http://127.0.0.1:$port/gate/admin";

    like(ctl(qw(consumer add acme --plan gold --group partners --group), 'big "one"',
             qw(--scope a:b --id 4711)), qr/^name +acme\n.*^groups +partners,big "one"$/ms,
         'a consumer is added');
    is($code, 0, '... with exit code 0');
    is(ctl(qw(consumer list)), <<'EOT', '... and listed');
NAME  PLAN  STATUS  GROUPS              SCOPES  REV
acme  gold  active  partners,big "one"  a:b     1
EOT
    like(ctl(qw(consumer set acme --plan trial --group), ''), qr/^plan +trial\n.*^groups +-$/ms,
         'it is changed');
    like(ctl(qw(consumer show acme)), qr/^plan +trial$/m, '... and shown');
    like(ctl(qw(--json consumer show acme)), qr/^\{"name":"acme",/, '... as JSON, too');
    like(ctl(qw(--rev 1 consumer set acme --plan gold)), qr/^!gatectl: refused: 412 /,
         '... with a revision that is over it is not');
    is($code, 4, '... with exit code 4');

    my ($key) = ctl(qw(key add acme --id acme-1 --not-after 2099-12-31)) =~ /^key +(\S+)$/m;
    is(who($key), 'acme', 'a key is added, and lets in');

    my $rotated = ctl(qw(key rotate acme-1 --overlap 7d));
    my ($next) = $rotated =~ /^key +(\S+)$/m;
    is(who($next), 'acme', '... it is rotated by its id alone');
    is(who($key), 'acme', '... and is good for a while');
    like(ctl(qw(key list acme)), qr/^acme-1 +key +active +\S+Z +(\S+) .*\n\1 +key /m,
         '... the list has both');
    like(ctl(qw(key revoke acme-1)), qr/^status +disabled$/m, 'it is revoked');
    ok(wait_for(sub { who($key) eq '401 bad_key' }), '... and lets nobody in');
    is(ctl(qw(key delete acme-1)), '', '... and deleted');
    like(ctl(qw(key show acme-1)), qr/^!gatectl: refused: 404 /, '... and not there');

    ctl(qw(consumer disable acme));
    ok(wait_for(sub { who($next) eq '403 disabled_consumer' }), 'a consumer is disabled');
    like(ctl(qw(consumer enable acme)), qr/^status +active$/m, '... and enabled');

    like(ctl(qw(token revoke corp a/b --exp 4000000000)), qr/^jti +a\/b$/m, 'a token is revoked');
    like(ctl(qw(token list)), qr/^corp +a\/b /m, '... and in the list');
    is(ctl(qw(token allow corp a/b)), '', '... and allowed again');
    is(ctl(qw(token list)), "ISSUER  JTI  UNTIL\n", '... the list is empty');

    ctl(qw(consumer add), 'x & y');
    is(ctl(qw(consumer delete), 'x & y'), '', 'a name may have spaces');

    for my $name (map { sprintf 'n%03d', $_ } 1 .. 101) {
        $redis->ask('HSET', "gate:c:{$name}", 'plan', 'gold');
        $redis->ask('ZADD', 'gate:consumers', 0, $name);
    }

    is(scalar(() = ctl(qw(consumer list)) =~ /^n\d+ /mg), 101, 'a list has all of its pages');
    is(scalar(() = ctl(qw(consumer list --plan trial)) =~ /^acme /mg), 1, '... or what fits');

    is(ctl(qw(consumer delete acme)), '', 'a consumer is deleted');
    ok(wait_for(sub { who($next) eq '401 bad_key' }), '... with its keys');


=== TEST 2: bills
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
    gate_consumer conf { key sha256(conf); }
--- config
    location /gate/admin/ { gate_admin audit=off; allow 127.0.0.1; deny all; }
--- client
    our ($redis, $dir, $code);

    $redis->ask('FLUSHALL');
    $ENV{GATECTL_URL} = "http://127.0.0.1:$port/gate/admin";
    ctl(qw(consumer add acme));
    ctl(qw(consumer add gone));
    ctl(qw(consumer delete gone));

    $redis->ask('HSET', 'gate:u:{acme}:2026110100', 'o|v1|gold|served', 3);
    $redis->ask('HSET', 'gate:u:{acme}:2026113023', 'o|v1|gold|served', 4, 'o|v1|gold|aborted', 1);
    $redis->ask('HSET', 'gate:u:{acme}:2026120100', 'o|v1|gold|served', 100);
    $redis->ask('HSET', 'gate:u:{conf}:2026110100', 'o|v1|-|served', 5);
    $redis->ask('HSET', 'gate:u:{gone}:2026111512', 'p%7Cq|v2|-|served', 6);

    is(ctl(qw(usage --all 2026-11)) =~ s/ +/ /gr, <<'EOT', 'of all, in a month');
CONSUMER API VERSION PLAN SERVED REFUSED_UPSTREAM ABORTED INTERRUPTED BYTES_IN BYTES_OUT DURATION_MS
acme o v1 gold 7 - 1 - - - -
conf o v1 - 5 - - - - - -
gone p|q v2 - 6 - - - - - -
EOT
    like(ctl(qw(usage acme 2026-12)), qr/^acme +o +v1 +gold +100 /m, 'of one');
    is(ctl(qw(usage --csv acme 2026-11)), <<'EOT', '... for a spreadsheet');
consumer,api,version,plan,served,refused_upstream,aborted,interrupted,bytes_in,bytes_out,duration_ms
acme,o,v1,gold,7,0,1,0,0,0,0
EOT
    like(ctl(qw(usage acme 2026-13)), qr/^!gatectl: refused: 422 .*month/, 'no month');

    my $r = get('/gate/admin/usage?month=2026-11&limit=2');
    is(scalar @{ $r->json()->{usage} }, 2, 'a page of usage');
    is(get('/gate/admin/usage?month=2026-11&cursor=' . $r->json()->{next})->json()
       ->{usage}[0]{consumer}, 'gone', '... and the next one');


=== TEST 3: what is wrong is said
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
    gate_plan gold { rate 1000r/s; }
--- config
    location /gate/admin/ {
        gate_admin audit=off;
        auth_basic x;
        auth_basic_user_file $TEST_NGINX_STATE/users;
    }
--- client
    our ($redis, $dir, $code);

    $redis->ask('FLUSHALL');
    delete $ENV{GATECTL_URL};

    for (['', 'a command is missing'], ['consumer', 'consumer needs a verb'],
         ['consumer add', '"consumer add" needs the name'], ['consumer eat x', 'there is no'],
         ['moon', 'there is no command "moon"'], ['key list a b', 'needs the name'],
         ['key add a --plan x', '"key add" has no option --plan'], ['--moon', 'no option --moon'],
         ['key add a --id', '--id needs a value'], ['token revoke a b', '--exp'],
         ['token revoke a b --exp x', '--exp is seconds'], ['usage --all', 'needs a month'],
         ['consumer set a', 'nothing is to be set'], ['usage a b c', 'one word too many'],
         ['--config /nowhere consumer list', 'cannot be read'])
    {
        my ($args, $says) = @$_;

        like(ctl(split / /, $args), qr/^!gatectl: .*\Q$says\E/, "\"$args\"");
        is($code, 2, '... with exit code 2');
    }

    like(ctl('--help'), qr/^usage: gatectl .*key rotate ID/ms, 'help');
    is($code, 0, '... is no mistake');
    is(ctl(qw(key --help)), ctl('-h'), '... wherever it is asked for');

    like(ctl('--url', 'http://127.0.0.1:' . port(7) . '/', qw(consumer list)),
         qr/^!gatectl: http:\S+: .*connect/, 'nobody is there');
    is($code, 1, '... with exit code 1');

    my $url = "http://127.0.0.1:$port/gate/admin/";

    like(ctl('--url', $url, qw(consumer list)), qr/^!gatectl: refused: 401 .*none of the admin API/,
         'without a password');
    spew("$dir/ctl", "url = \"$url\"\nuser = \"root:sec\\\"ret\"\n");
    like(ctl('--config', "$dir/ctl", qw(consumer add a --plan gold)), qr/^name +a$/m,
         'with one of a file of curl\'s, which has the address, too');

    spew("$dir/.gatectl", slurp("$dir/ctl"));
    is(ctl(qw(consumer list --plan gold)) =~ s/ +/ /gr, "NAME PLAN STATUS GROUPS SCOPES REV\n"
       . "a gold active - - 1\n", '... or of the one at home');
    like(ctl(qw(consumer add b --plan gould --scope), 'x y'),
         qr{^!gatectl:\ refused:\ 422\ The\ member\ "errors".*\n
            \ \ /plan\ is\ the\ name\ of\ no\ gate_plan\ .*:\ do\ you\ mean\ "gold"\?\n
            \ \ /scopes/0\ must\ be}x, 'each wrong member');
    unlink "$dir/.gatectl";


=== TEST 5: credentials of each type
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
    gate_plan gold { rate 1000r/s; }
    gate_issuer corp { issuer https://id; audience a; algorithms HS256;
                       secret file:$TEST_NGINX_STATE/hs; }
--- config
    location /gate/admin/ { gate_admin audit=off; allow 127.0.0.1; deny all; }
--- client
    our ($redis, $dir, $code);

    $redis->ask('FLUSHALL');
    $ENV{GATECTL_URL} = "http://127.0.0.1:$port/gate/admin";

    my $show = ctl(qw(consumer add acme --plan=gold --pin orders=v2 --claim tenant=north
                      --claim), 'a=b=c');
    like($show, qr/^pins +orders=v2$/m, 'pins');
    like($show, qr/^claims +(?:tenant=north,a=b=c|a=b=c,tenant=north)$/m, '... and claims');
    like(ctl(qw(consumer set acme --pin x)), qr/^!gatectl: --pin is NAME=VALUE/, 'no pair');
    is($code, 2, '... is a wrong argument');

    like(ctl(qw(key add acme)), qr/^id +acme-1$/m, 'a key');
    my $rotated = ctl(qw(key rotate acme-1));
    like($rotated, qr/^replaces .*rev=\d+/m, '... which is rotated');
    unlike($rotated, qr/null/, '... and shown whole');

    spew("$dir/hash", 'joe:$2y$10$' . 'a' x 53 . "\n");
    spew("$dir/pem", "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n");

    like(ctl(qw(credential add acme --type claim --issuer corp --value alice)),
         qr/^value +alice$/m, 'a claim');
    like(ctl(qw(credential add acme --type=basic --user joe --password-hash), "$dir/hash"),
         qr/^user +joe$/m, 'a password');
    is({ @{ $redis->ask('HGETALL', 'gate:b:{joe}') } }->{password}, '$2y$10$' . 'a' x 53,
       '... by its hash');
    like(ctl(qw(credential add acme --id c1 --type mtls --san dns:a.example)),
         qr/^san +dns:a\.example$/m, 'a certificate');
    ctl(qw(credential add acme --type signature --key-id k --algorithm ed25519 --public-key),
        "$dir/pem");
    is({ @{ $redis->ask('HGETALL', 'gate:s:{k}') } }->{public_key}, slurp("$dir/pem"),
       'a public key, with its lines');
    like(ctl(qw(credential add acme)), qr/^!gatectl: --type is missing/, 'no type');
    like(ctl(qw(credential set c1 --not-after 2099-12-31)), qr/^not_after +2099-12-31$/m,
         'an end is set');
    like(ctl(qw(credential revoke c1)), qr/^revoked +2/m, 'one is revoked');
    like(ctl(qw(credential set c1 --status active)), qr/^!gatectl: refused: 409 It is revoked/,
         '... and stays so');
    like(ctl(qw(credential list acme)), qr/^c1 +mtls +disabled/m, 'all of them');
    is(ctl(qw(credential delete c1)), '', 'one is deleted');


=== TEST 4: no secret is on a command line
--- gate
    gate_redis 127.0.0.1:$TEST_NGINX_PORT_8 timeout=5s;
--- config
    location /gate/admin/ { gate_admin audit=off; allow 127.0.0.1; deny all; }
--- client
    our ($dir, $code);

    # a curl that writes down what it is called with

    mkdir "$dir/bin";
    spew("$dir/bin/curl", "#!/bin/sh\nprintf '%s\\n' \"\$@\" >$dir/argv\ncat >$dir/told\n"
                          . "printf 500\n");
    chmod 0755, "$dir/bin/curl";
    spew("$dir/ctl", "header = \"apikey: topsecret\"\n");

    {
        local $ENV{PATH} = "$dir/bin:$ENV{PATH}";
        ctl('--config', "$dir/ctl", qw(key add a --sha256), 'd' x 64);
    }

    unlike(slurp("$dir/argv"), qr/topsecret|dddd/, 'neither a password nor a body');
    like(slurp("$dir/told"), qr/topsecret.*dddd/s, '... which curl is told otherwise');

    SKIP: {
        my $check = "$ENV{B}/bin/shellcheck";
        $check = 'shellcheck' if !-x $check;
        skip 'there is no shellcheck', 1 if system("command -v $check >/dev/null 2>&1");
        is(`$check gatectl 2>&1`, '', 'shellcheck has no finding');
    }
