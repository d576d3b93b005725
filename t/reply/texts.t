#!/usr/bin/env perl
#
# Copyright (C) 2026 Meshgate contributors
#
# Refusals in the language that the client likes best, by the operator's file:
# in each form; what Vary and Content-Language say of it; what is the same in
# any language; and what nginx -t says of a file that is not right.

use strict;
use warnings;

use Encode qw(decode_utf8);
use FindBin qw($Bin);

use GateTest;


BEGIN {
    open my $fh, '>', "$ENV{TEST_NGINX_STATE}/texts.json" or die $!;
    print $fh <<'END';
{
    "de": {
        "no_credential": { "title": "Schlüssel <fehlt>", "detail": "Bitte \"Schlüssel\" & mehr." },
        "bad_key": { "title": "Falscher Schlüssel" },
        "rate_limited": { "detail": "Zu viel." },
        "unknown_version": { "detail": "Unbekannte Fassung." },
        "not_found": { "title": "Nicht da" },
        "sidecar_unavailable": { "title": "Kein Sidecar" },
        "bad_token": { "title": "Falscher Ausweis" }
    },
    "fr": { "no_credential": { "title": "Clé manquante" } },
    "fr-CA": { "bad_key": { "detail": "Clé rejetée." } },
    "zh-Hant": { "no_credential": { "title": "缺少密鑰" } }
}
END
    close $fh;

    open $fh, '>', "$ENV{TEST_NGINX_STATE}/own.json" or die $!;
    print $fh '{"en": {"bad_key": {"detail": "Ask the desk."}},',
              ' "nl": {"bad_key": {"title": "Nee"}}}';
    close $fh;
}


sub vary {
    return join ' ', sort map { split /\s*,\s*/ } $_[0]->all('vary');
}


sub language {
    return join ' ', $_[0]->all('content-language');
}


# All that came, without what differs each time.

sub answer {
    my ($at, @lines) = @_;

    return raw_all(join("\r\n", @lines, 'Host: a', 'Connection: close', '', ''), $at)
        =~ s/[0-9a-f]{8}-[0-9a-f-]{27}/ID/gr =~ s/^Date: .*/Date/gmr
        =~ s/\bt=\d+|^Retry-After: \K\d+/N/gmr;
}


# What "nginx -t" says of a file of these bytes; undef: there is none.

sub said {
    my ($bytes, $lines) = @_;

    my $dir = "$ENV{TEST_NGINX_STATE}/check";
    my $name = "$dir/texts.json";

    mkdir $dir;
    unlink $name;

    if (defined $bytes) {
        open my $fh, '>', $name or die $!;
        print $fh $bytes;
        close $fh;
    }

    open my $fh, '>', "$dir/nginx.conf" or die $!;
    print $fh "load_module $ENV{GATE_MODULE};\npid $dir/pid;\nerror_log stderr;\nevents { }\n",
              "http {\naccess_log off;\n", $lines // "gate_error_texts $name;", "\n}\n";
    close $fh;

    my $out = `$ENV{GATE_NGINX} -t -p $dir -e stderr -c nginx.conf 2>&1`;

    return ($? == 0 ? 'loads: ' : 'fails: ') . $out;
}


run_gate_tests();

__DATA__

=== TEST 1: languages
--- gate
    gate_error_texts $TEST_NGINX_STATE/texts.json;
    gate_consumer acme { key sha256(acme); plan slow; }
    gate_plan slow { rate 1r/m; }
    log_format x '$uri|$gate_reason|$gate_detail';
    access_log $TEST_NGINX_STATE/texts.log x;

    server {
        listen 127.0.0.1:$TEST_NGINX_PORT_1;
        error_page 418 /never;
        gate_service s;
        gate_auth key;
        location /k/ { gate_pass http://sidecar; }
        location /slow/ { gate_limit plan; gate_pass http://sidecar; }
    }
--- config
    $TEST_NGINX_LISTEN_H2
    gate_service s;
    gate_auth    key;
    location /k/ { gate_pass http://sidecar; }
    location /slow/ { gate_limit plan; gate_pass http://sidecar; }
    location /always/ { gate_errors problem; gate_pass http://sidecar; }
    location /off/ { gate_errors off; gate_pass http://sidecar; }
    location /vary/ { add_header Vary Origin always; gate_pass http://sidecar; }
    location /calls/ { gate_pass grpc://127.0.0.1:1; }
    location /away/ { gate_auth off; gate_pass http://127.0.0.1:1; }
    location /in/ { gate_auth off; gate_pass http://sidecar; }
    location /open/ { gate_auth off; root html; }
    location /page/ { error_page 401 /own; gate_pass http://sidecar; }
    location /own { gate_auth off; return 200 "own page"; }
--- client
    my $english = 'Credential required';

    for my $case (
        [ undef, $english, '' ],
        [ '*', $english, '' ],
        [ '', $english, '' ],
        [ 'es', $english, '' ],
        [ 'en, de;q=0.9', $english, '' ],
        [ 'en-GB, de;q=0.9', $english, '' ],
        [ 'de;q=0', $english, '' ],
        [ 'de;q=garbage', $english, '' ],
        [ 'garbage ;;; ,, q', $english, '' ],
        [ 'de', 'Schlüssel <fehlt>', 'de' ],
        [ 'DE', 'Schlüssel <fehlt>', 'de' ],
        [ 'de-AT', 'Schlüssel <fehlt>', 'de' ],
        [ 'es, de;q=0.5', 'Schlüssel <fehlt>', 'de' ],
        [ 'en;q=0.5, de;q=0.6', 'Schlüssel <fehlt>', 'de' ],
        [ 'fr;q=0.5, de;q=0.4', 'Clé manquante', 'fr' ],
        [ 'fr-CA', 'Clé manquante', 'fr' ],
        [ 'zh-Hant-TW', '缺少密鑰', 'zh-Hant' ],
        [ 'zh', $english, '' ],
    ) {
        my ($accept, $title, $language) = @$case;
        my @fields = defined $accept ? ("Accept-Language: $accept") : ();
        my $about = defined $accept ? qq("$accept") : 'no Accept-Language';

        my $r = get('/k/', @fields);
        my $json = $r->json();

        is($r->{status}, 401, "$about: the status stays");
        is($json->{title}, decode_utf8($title), "$about: the title");
        is(language($r), $language, "$about: Content-Language");
        is(vary($r), 'Accept-Language', "$about: Vary");
        is($r->field('content-length'), length $r->{body}, "$about: the length");
        is("$json->{type} $json->{reason} $json->{status} $json->{instance}",
           'urn:meshgate:problem:no_credential no_credential 401 urn:uuid:'
           . $r->field('x-request-id'), "$about: what programs read is not translated");

        my $h2 = h2_get('/k/', 'GET', map { lc } @fields);
        is(language($h2), $language, "$about: the language by HTTP/2");
    }

    is(language(get('/k/', 'Accept-Language: es', 'Accept-Language: de')), 'de',
       'Accept-Language may have two lines');

    # a language may have one text and not the other, and some reasons only

    my $r = get('/k/', 'Accept-Language: de', 'apikey: x');
    is($r->json()->{title}, decode_utf8('Falscher Schlüssel'), 'a title alone');
    is($r->json()->{detail}, 'The API key is not known, or several are given.',
       '... beside the detail in English');
    $r = get('/k/', 'Accept-Language: fr-CA, de;q=0.9', 'apikey: x');
    is($r->json()->{detail}, decode_utf8('Clé rejetée.'), 'a detail alone');
    is(language($r), 'fr-CA', '... in its language');
    $r = get('/k/', 'Accept-Language: fr, de;q=0.9', 'apikey: x');
    is(language($r), 'de', 'a language without words of the reason is passed over');
    $r = get('/k/a%2fb', 'Accept-Language: de');
    is($r->json()->{reason} . language($r) . vary($r), 'bad_path',
       'a reason of which the file has no words depends on no language');

    # forms

    $r = get('/k/', 'Accept-Language: de', 'Accept: text/plain');
    my $id = $r->field('x-request-id');
    is($r->{body}, <<"EOT", 'the text');
401 Schlüssel <fehlt>

Bitte "Schlüssel" & mehr.

reason: no_credential
request: $id
EOT
    is(vary($r), 'Accept Accept-Language', '... that depends on both');
    is(scalar(my @lines = $r->all('vary')), 1, '... in one line');
    is($r->field('content-type'), 'text/plain; charset=utf-8', '... in UTF-8');

    $r = get('/k/', 'Accept-Language: zh-hant', 'Accept: text/html');
    like($r->{body}, qr{^<html lang="zh-Hant">\n}m, 'a page tells its language');
    like($r->{body}, qr{<title>401 缺少密鑰</title>}, '... and has it');
    $r = get('/k/', 'Accept-Language: de', 'Accept: text/html');
    like($r->{body}, qr{<h1>401[ ]Schlüssel[ ]&lt;fehlt&gt;</h1>\n
                        <p>Bitte[ ]&quot;Schlüssel&quot;[ ]&amp;[ ]mehr.</p>}x,
         '... in which nothing is markup');
    like(get('/k/', 'Accept-Language: es', 'Accept: text/html')->{body}, qr/<html lang="en">/,
         'a page in English says so');

    for my $accept ('text/html', 'text/plain', 'application/json') {
        my $whole = get('/k/', 'Accept-Language: de', "Accept: $accept");
        my $head = ask('HEAD', '/k/', undef, 'Accept-Language: de', "Accept: $accept");

        is($head->{body}, '', "HEAD has no body in $accept");
        is($head->field('content-length'), length $whole->{body}, '... but its length');
        is(language($head), 'de', '... and its language');
    }

    $r = get('/always/', 'Accept-Language: de', 'Accept: text/html');
    is($r->field('content-type') . language($r) . vary($r),
       'application/problem+jsondeAccept-Language', 'a form that is fixed has a language, too');
    $r = get('/vary/', 'Accept-Language: de');
    is(vary($r), 'Accept-Language Origin', 'Vary of others stays');
    $r = get('/off/', 'Accept-Language: de');
    is(vary($r) . language($r), '', 'pages of nginx have no language');
    $r = get('/page/', 'Accept-Language: de');
    is($r->{body} . language($r) . vary($r), 'own page', 'nor has an error_page');
    $r = get('/in/', 'Accept-Language: de');
    is($r->{status} . language($r) . vary($r), 200, 'nor an answer of the service');

    # what the gateway knows of one refusal only

    get('/slow/', 'apikey: acme');
    $r = get('/slow/', 'apikey: acme', 'Accept-Language: de');
    is($r->{status}, 429, 'a limit refuses');
    is($r->json()->{detail}, 'Zu viel.', '... in German');
    is(join('|', @{ $r->json()->{'violated-policies'} }), 'slow', '... and tells which one');
    like($r->json()->{type}, qr/#quota-exceeded$/, '... by the type of all languages');
    like(get('/slow/', 'apikey: acme', 'Accept-Language: de', 'Accept: text/html')->{body},
         qr{Zu viel.*violated-policies: <code>slow<}s, '... on a page, too');

    # nginx's own errors

    $r = get('/none', 'Accept-Language: de', 'apikey: acme');
    is("$r->{status} " . $r->json()->{title}, '404 Nicht da', 'a path that no location has');
    is(vary($r), 'Accept Accept-Language', '... which a cache may keep by both');
    $r = get('/open/none', 'Accept-Language: de');
    is($r->json()->{title}, 'Nicht da', 'a file that is not there');
    $r = get('/away/', 'Accept-Language: de');
    is("$r->{status} " . $r->json()->{title}, '502 Kein Sidecar', 'a sidecar that is not there');
    unlike($r->json()->{detail}, qr/Sidecar/, '... of which the gateway says how, in English');

    # a call of gRPC has the message of programs

    $r = h2_get('/calls/', 'POST', 'content-type: application/grpc', 'accept-language: de');
    is($r->field('grpc-message'), 'The request carries no credential that is accepted here.',
       'gRPC stays English');
    is(language($r) . vary($r), '', '... and says nothing of languages');

    # sent at once, and by way of nginx

    for my $case (
        [ 'GET /k/ HTTP/1.1', 'Accept-Language: de' ],
        [ 'GET /k/ HTTP/1.1', 'Accept-Language: es' ],
        [ 'GET /k/ HTTP/1.1', 'Accept-Language: de', 'Accept: text/html', 'apikey: x' ],
        [ 'HEAD /k/ HTTP/1.1', 'Accept-Language: fr', 'Accept: text/plain' ],
        [ 'GET /slow/ HTTP/1.1', 'Accept-Language: de', 'apikey: acme' ],
    ) {
        my ($sent, $handled) = map { answer($_, @$case) } $ENV{TEST_NGINX_SERVER_PORT}, port(1);

        like($sent, qr/^HTTP\/1\.1 4.*Vary: /s, "@$case[0, 1] is refused");
        is($sent, $handled, '... the same whichever way');
    }

    # logs are for the operator

    wait_for(sub { log_text('texts.log') =~ m{/away/\|} });
    unlike(log_text('texts.log'), qr/Schl|Zu viel/, 'a log has the words of the gateway');

    # many of all: it is bounded

    $r = get('/k/', 'Accept-Language: ' . join(',', ('a-b-c-d-e-f-g-h') x 63, 'de'));
    is(language($r), 'de', 'the 64th language counts');
    $r = get('/k/', 'Accept-Language: ' . join(',', ('a-b-c-d-e-f-g-h') x 64, 'de'));
    is(language($r), '', '... the next one does not');

=== TEST 2: English of the operator's own
--- gate
    gate_error_texts $TEST_NGINX_STATE/own.json;
--- config
    gate_service s;
    gate_auth    key;
    location /k/ { gate_pass http://sidecar; }
--- client
    for my $case ([], [ 'Accept-Language: es' ], [ 'Accept-Language: en-US' ]) {
        my $r = get('/k/', 'apikey: x', @$case);

        is($r->json()->{detail}, 'Ask the desk.', "it is for all that get English (@$case)");
        is($r->json()->{title}, 'Invalid API key', '... with the title that it does not have');
        is(language($r), 'en', '... and says so');
    }

    my $r = get('/k/', 'apikey: x', 'Accept-Language: nl');
    is($r->json()->{detail}, 'The API key is not known, or several are given.',
       'what another language leaves out is the gateway\'s');

=== TEST 3: files that are not right
--- config
    location / { return 204; }
--- client
    my $at = qr{in "\S+/texts\.json" of "gate_error_texts"};

    for my $case (
        [ undef, qr/open\(\) "\S+texts\.json" failed \(2: No such file or directory\) in \S+:\d+/ ],
        [ '', qr/"\S+texts\.json" must be a file of 1 to 1048576 bytes in \S+:\d+/ ],
        [ '{' . ' ' x 1048576 . '}', qr/must be a file of 1 to 1048576 bytes/ ],
        [ "{\"de\":\n {]}", qr/"\S+texts\.json" of "gate_error_texts" is no JSON text: / ],
        [ "{\"de\":\n {]}", qr/ correct line 2, column 3: .* in \S+:\d+$/m ],
        [ '{"de": {}, "de": {}}', qr/is no JSON text: correct line 1, column \d+: duplicate/ ],
        [ "{\"de\": {\"bad_key\": {\"title\": \"\xff\"}}}", qr/is no JSON text: correct line 1, / ],
        [ '{"de": {"bad_key": {"title": "a\u0000b"}}}', qr/is no JSON text: correct line 1, / ],
        [ '[]', qr/"" $at must be an object of 1 to 64 languages: write \{"de": / ],
        [ '{}', qr/"" $at must be an object of 1 to 64 languages/ ],
        [ '{' . join(',', map { qq("a-$_": {}) } 1 .. 65) . '}', qr/of 1 to 64 languages/ ],
        [ '{"d_e": {}}',
          qr{"/d_e" $at is not the tag of a language: write one as "de" or "fr-CA"} ],
        [ '{"": {}}', qr{"/" $at is not the tag of a language} ],
        [ '{"a/b~c": {}}', qr{"/a~1b~0c" $at is not the tag} ],
        [ qq({"a\\nb\\u001b": {}}), qr{"/a\\x0ab\\x1b" $at is not the tag} ],
        [ '{"' . 'x' x 500 . '": {}}', qr{"/x{64}\.\.\." $at is not the tag} ],
        [ '{"de": {}, "fr": {}, "DE": {}}', qr{"/DE" $at is there twice, as case does not count} ],
        [ '{"de": []}', qr{"/de" $at must be an object: write \{REASON: } ],
        [ '{"de": {"bad_kye": {"title": "a"}}}',
          qr{"/de/bad_kye" $at is no reason: the closest is "bad_key", or write another of docs} ],
        [ '{"de": {"x": {"title": "a"}}}', qr{"/de/x" $at is no reason: write one of docs/errors} ],
        [ '{"de": {"bad_key": "a"}}', qr{"/de/bad_key" $at must be an object with "title", with} ],
        [ '{"de": {"bad_key": {}}}', qr{"/de/bad_key" $at must be an object with "title"} ],
        [ '{"de": {"bad_key": {"type": "a"}}}',
          qr{"/de/bad_key/type" $at is not known: write "title" or "detail"} ],
        [ '{"de": {"bad_key": {"title": 1}}}',
          qr{"/de/bad_key/title" $at must be a string of 1 to 1024 bytes: write one, or leave} ],
        [ '{"de": {"bad_key": {"title": ""}}}', qr{title" $at must be a string of 1 to 1024 b} ],
        [ '{"de": {"bad_key": {"title": "' . 'x' x 1025 . '"}}}', qr{must be a string of 1 to} ],
        [ '{"de": {"bad_key": {"detail": "a\nb"}}}',
          qr{"/de/bad_key/detail" $at must not have a control byte: write a space} ],
        [ '{"de": {"bad_key": {"detail": "a\u007f"}}}', qr{detail" $at must not have a control} ],
        [ '{"de": {"bad_key": {"detail": "a\u0085b"}}}', qr{detail" $at must not have a control} ],
    ) {
        my ($bytes, $like) = @$case;

        my $out = said($bytes);
        my $about = defined $bytes ? substr $bytes, 0, 60 : 'no file';

        like($out, qr/^fails: /, "it does not load: $about");
        like($out, $like, '... and it is said why');
        is(scalar(my @n = $out =~ /\[emerg\]/g), 1, '... once');
    }

    like(said('{"de": {}}', 'gate_error_texts check/texts.json; gate_error_texts a;'),
         qr/\[emerg\]/, 'two files are refused');
    like(said('{"de": {}}', "gate_error_texts $ENV{TEST_NGINX_STATE}/check/texts.json;" x 2),
         qr/"gate_error_texts" directive is duplicate: take one of them out/, '... by their line');
    like(said('{"de": {}}', 'server { gate_error_texts a; }'),
         qr/"gate_error_texts" directive is not allowed here/, 'it is of http');

    my $page = do { local (@ARGV, $/) = "$Bin/../../docs/errors.md"; <> };
    my ($example) = $page =~ /^## Other languages\n.*?^```json\n(.*?)^```/ms;

    for my $right ($example, '{"de": {}}', '{"de": {"bad_key": {"title": "' . 'x' x 1024 . '"}}}',
                   '{"i-klingon": {"bad_key": {"title": "a\u00a0\u2028"}}}')
    {
        my $out = said($right);

        like($out, qr/^loads: /, 'it loads: ' . substr $right, 0, 30) or diag($out);
        unlike($out, qr/\[\w+\]/, '... in silence');
    }
