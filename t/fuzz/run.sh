#!/bin/sh
#
# Feeds each parser with inputs that libFuzzer finds, or, without clang, with
# random changes of the seeds.
#
# Usage: t/fuzz/run.sh [short | TARGET...]
#
# Prints TAP, one test for each target. FUZZ_SECONDS is the time for each (5
# if short, else 60). Corpora grow in $B/fuzz/corpus/TARGET; an input that
# breaks something is left in $B/fuzz/crash; FUZZ_CLANG=none is without clang,
# another value the only one to try. Exit codes: 0 all passed, 1 not.

set -eu

cd "$(dirname "$0")/../.."

B=${B:-$PWD/build}
fuzz="$B/fuzz"
seconds=60
targets="jwt jwks json uri query path cors trace names answer record accept idempotency version"
targets="$targets feed places discovery introspect sfv httpsig xfcc dpop"

targets="$targets admin rule instance net pb"

case ${1:-} in
    short) seconds=5 ;;
    ?*)    targets="$*" ;;
esac

seconds=${FUZZ_SECONDS:-$seconds}
sanitizers="address,undefined"
flags="-std=gnu99 -g -O1 -fno-omit-frame-pointer -fno-sanitize-recover=undefined
       $(printf ' -I%s' src/gate/* src/mesh/*) -It/fuzz"
libs="-ljansson -lcrypto -lpthread"

mkdir -p "$fuzz/crash"


# A clang that makes programs which run: some have no run-time libraries, and
# the sanitizers of older ones do not start under every kernel.

find_clang()
{
    for clang in ${FUZZ_CLANG:-clang clang-19 clang-18 clang-17 clang-16 \
                               clang-15 clang-14}
    do
        command -v $clang >/dev/null || continue

        if $clang $flags -fsanitize=fuzzer,$sanitizers -o "$fuzz/probe" \
               t/fuzz/fuzz_names.c src/gate/base/gate_names.c >/dev/null 2>&1 \
           && "$fuzz/probe" -runs=1 >/dev/null 2>&1
        then
            echo $clang
            return
        fi
    done
}


# seed TARGET NAME: standard input is one of its first inputs.

seed()
{
    mkdir -p "$fuzz/seeds/$1"
    cat > "$fuzz/seeds/$1/$2"
}


# Tokens and keys of RFC 7515 A.1 to A.3; the rest made up.

seeds()
{
    payload=eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcG
    payload=${payload}xlLmNvbS9pc19yb290Ijp0cnVlfQ
    x=f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU
    y=x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0
    ec="{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"$x\",\"y\":\"$y\""

    printf '%s' "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.$payload.dBjftJeZ4CV\
P-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" | seed jwt hs256
    printf '%s' "eyJhbGciOiJFUzI1NiJ9.$payload.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx\
-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q" | seed jwt es256
    printf '%s' "eyJhbGciOiJub25lIn0.$payload." | seed jwt none

    printf '{"alg":"HS256"}\n{"iss":"joe","exp":2000000000}' | seed jwt plain
    printf '{"alg":"HS256","typ":"at+jwt","kid":"a"}\n{"iss":"joe","exp":2e9,'\
'"nbf":1.5,"iat":1,"aud":["a","b"],"scope":"r w","scp":["r"],"a":{"b":{"c":1}'\
',"b.c":-2.5},"t":true,"n":null,"s":"\\u00e9\\n"}' | seed jwt claims
    printf '{"alg":"HS256","crit":["b64"],"b64":false}\n{}' | seed jwt crit
    printf '{"alg":"HS256","typ":"at+jwt"}\n{"iss":"ann","exp":1300822000,"iat":'\
'1300819379,"aud":"a","sub":"s","client_id":"c","jti":"j","a":{"b":["x","y z"'\
',"u,v"]},"s":"r w"}' | seed jwt strict
    printf '{"scope":"a b","a.b":["c",1,false,0.1],"a":{"b":"x"}}' \
        | seed jwt object

    printf '{"a":[{"b":1e400},-99999999999999999999,1.50,"\\u00e9",9223372036'\
'854775808],"c":true,"d":"1.5","e":{"":null,"x/y":0,"m~n":-0.0}}' \
        | seed json numbers
    printf '/e/x~1y\n{"a":1e400,"b":"\\u0000","c":01,"d":1.,"e":{"x/y":2.50}}' \
        | seed json wrong
    printf '/a/0/b~0c\n{"a":[{"b~c":123456789012345678901234567890}]}' \
        | seed json pointer

    printf '/a/0/b~0c\n/a/0' | seed pointer within
    printf '/x~1y/-/01/4294967296//\n/~1~0' | seed pointer escapes

    # the kinds are what is left of their bytes modulo 7

    printf '\007/b\001[2]\n\010/a\0011.10\n\011/c\n\n{"a":1 , "c":{} }' \
        | seed edit members
    printf '\n[1e400,-0,"\\ud83d\\ude00\342\202\254"]' | seed edit none
    printf '\007/0\0011\n\007/-\0012\n\014/1\001/l\n\011/2\n\n[0,[1] , 2]' \
        | seed edit elements
    printf '\013/a\001b\n\014/c\001/d/-\n\015/e\001/f\n\012/g\001null\n\n'\
'{"\\u0061":1,"b":2,"c":"x","d":[],"e":{"f":1},"a":3}' | seed edit names

    printf '%s}' "$ec" | seed jwks ec
    printf '{"keys":[%s,"kid":"a","use":"sig","alg":"ES256","key_ops":'\
'["verify"]},{"kty":"oct","k":"%s"},{"kty":"OKP"}]}' "$ec" "$x$y" \
        | seed jwks set
    printf '{"kty":"RSA","n":"%s","e":"AQAB","kid":"r"}' "$x$y$x$y" \
        | seed jwks rsa
    printf '0123456789abcdef0123456789abcdef' | seed jwks secret

    printf '{"issuer":"https://id.example/a","jwks_uri":'\
'"https://id.example:443/k?a=b","x":[]}' | seed discovery document
    printf '{"issuer":"https://id.example/a","jwks_uri":'\
'"https://keys.example:8443/"}' | seed discovery host
    printf 'public, max-age=3600 ,no-cache' | seed discovery field
    printf 'gate-keys 1\nissuer i\nsource s\nfetched_ms 1\nttl_ms 2\n'\
'length 2\nsum 123\n{}' | seed discovery file
    printf '{"active":true,"iss":"i","aud":["x","api"],"exp":2000.5,"nbf":1,'\
'"scope":"a b"}' | seed introspect active
    printf '{"active":false}' | seed introspect inactive
    printf 'abc.DEF-_~+/=' | seed introspect token

    if command -v openssl >/dev/null; then
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
            2>/dev/null | openssl pkey -pubout | seed jwks pem_ec
        openssl genrsa 2048 2>/dev/null > "$fuzz/rsa.key"
        openssl pkey -in "$fuzz/rsa.key" -pubout | seed jwks pem_rsa
        openssl rsa -in "$fuzz/rsa.key" -RSAPublicKey_out 2>/dev/null \
            | seed jwks pem_pkcs1
        openssl req -x509 -key "$fuzz/rsa.key" -subj /CN=a -days 1 2>/dev/null \
            | seed jwks pem_cert
        seed jwks pem_private < "$fuzz/rsa.key"
        rm -f "$fuzz/rsa.key"
    fi

    printf 'key\n/a/b%%20c?key=1&k%%65y=2&x&=&key' | seed uri args
    printf 'a b\na+b=1&a%%20b=2&&a+b' | seed uri plus
    printf 'key\n"GET /?a;key=b" c&k%%65y=d HTTP/1.1", "key: e"' \
        | seed uri line
    printf 'a\nb c\na=1&%%61=2;b c=3&b+c&a=;a' | seed query args
    printf 'a\nb\na=1; b=2, a=3;a ; c="x;a"' | seed query cookies
    printf 't\na=1; t="a.b.c"; b=2,t=3;t=' | seed places cookies
    printf 'bearer\nchat, Bearer, a.b.c, base64url.bearer.authorization.k8s.io.'\
'YS5i, , bearer' | seed places protocols

    printf '/v1/\n..;a=b/%%2e%%2E%%3b//c?d' | seed path dots
    printf '\n/a%%2fb\\c%%00%%zz%%5C/;x/.' | seed path unsafe

    printf '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' \
        | seed trace plain
    printf 'cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff-more' \
        | seed trace later
    printf 'a=1, b@c=2 ,d-e*/f=x y' | seed trace state
    printf 'http, api.example:8443' | seed trace forwarded

    printf 'https://*.b.example:*\nhttps://x.b.example:444' \
        | seed cors below
    printf 'http://[::1]:8080\nhttp://[0:0::1]:8080' | seed cors address
    printf 'null\ncontent-type, x-a,,' | seed cors fields

    printf 'upstream_reset_before_response_started{a|b} UF,URX' \
        | seed answer marker
    printf 'direct_response -' | seed answer none

    printf 'consumer=acme\nid=1\ncredential=k\nplan=gold\ngroups=a,b c\n'\
'scopes=r w\nnot_after=2027-01-31\nstatus=active' | seed record whole
    printf 'consumer=a\nstatus=disabled\nnot_after=2027-02-29\ngroups=a,' \
        | seed record wrong

    printf 'a/j, a/v.v1+j;q=0.5, a/j;v="v2"' | seed version media
    printf 'v1/7' | seed version path
    printf 'text/html,application/xml;q=0.9,*/*;q=0.8' | seed accept browser
    printf 'application/json;q=0.5, text/plain;q=0.7, text/*;level=1' \
        | seed accept some
    printf 'de-CH-1996, de;q=0.5, *;q=0.1' | seed accept languages

    printf 'By=spiffe://a/b;Hash=%064d;Subject="CN=a\\\\,b,O=c";URI=spiffe://a;DNS=b.c' 7 \
        | seed xfcc envoy
    printf 'Hash=%064d;Cert="-----BEGIN%%20CERTIFICATE-----",Hash=%064d;DNS=A' 1 2 \
        | seed xfcc two
    printf '"8e03978e-40d5-43dd-bc93-6894a57f9324"\n\001A%032d\000\311\000\000'\
'\000\007201 OKs\000\000\000\012text/plain\000\000\000\012\000\000\000\001A'\
'\000\000\000\001b\000\000\000\002{}' 0 | seed idempotency answer
    printf 'a\n\001L%048d' 0 | seed idempotency lock
    printf '"a\\"b"\n\001D%032d\000\310' 0 | seed idempotency done

    printf '42 k 00ff' | seed feed message
    printf '7 t corp=a%%20b' | seed feed claim
    printf 'gate:c:{acme}' | seed feed key
    printf 'sig1=("@method" "@query-param";name="a" "x";sf);created=1;keyid='\
'"k\\"", b=:aGVsbG8=:;x, c=@1;d=?0;e=%%"f%%c3%%bc", f=-1.50' | seed sfv dict
    printf '"a\\"b", tok/en, (1 2.0);q=0.5, :YQ==:, ?1' | seed sfv list

    printf '%%s\na=:aGVsbG8=:\nA.example:443\n/a%%2fb?x=1&y=a+b\n a=1, b=2 ' \
        'a=("@method" "@path" "@query" "@authority" "@query-param";name="y"'\
' "x";sf "priority";sf "z";bs "w";key="b");created=1;keyid="k";nonce="n"' \
        | seed httpsig whole
    printf 'a=("@status" "x";req "@method";tr "x" "x")\na=::\na\n/?\n' \
        | seed httpsig wrong

    printf '{"service":"a","epoch":7,"versions":["v1","v2"],"match":[{"header":"x",'\
'"exact":"a","to":"v2"},{"header":"y","prefix":"b","to":"v1"}],"split":{"hash_on":'\
'"z","weights":{"v1":90,"v2":10}},"fallback":"v1"}' | seed rule whole
    printf '{"service":"a","versions":["v"],"match":[{"header":"x","regex":'\
'"(?i:a|[^b-d]{2,3}\\\\d*?)+$","to":"v"}],"fallback":"v"}' | seed rule pattern

    # how, and which reader, are bits of the first byte

    printf '\000{"name":"a","plan":"gold","groups":["b"],"scopes":["c:d"],"pins":'\
'{"e":"v1"},"claims":{"f":[1,true]},"status":"active","id":"1"}' \
        | seed admin consumer
    printf '\001{"name":"a","plan":null,"groups":[],"gr~u/p":{}}' \
        | seed admin merge
    printf '\002{"type":"key","id":"x","prefix":"a","not_after":"2027-01-31"}' \
        | seed admin key
    printf '\002{"type":"claim","issuer":"corp","value":"a=b"}' \
        | seed admin claim
    printf '\002{"type":"basic","user":"u","password_hash":"$6$s$%086d"}' 0 \
        | seed admin basic
    printf '\002{"type":"mtls","san":"dns:a"}' | seed admin mtls
    printf '\002{"type":"signature","key_id":"k","algorithm":"ed25519",'\
'"public_key":{"kty":"OKP","x":"y"}}' | seed admin signature
    printf '\004{"status":"disabled","public_key":"-----BEGIN PUBLIC KEY-----"}' \
        | seed admin patch
    printf '\006{"overlap":"7d","sha256":"%064d"}' 0 | seed admin rotate
    printf '\010{"issuer":"corp","jti":"a/b","exp":2000}' | seed admin revoke

    jwk="$ec"'}'
    printf '{"typ":"dpop+jwt","alg":"ES256","jwk":%s}\n{"jti":"e1j3V_bKic8-LAEB'\
'","htm":"GET","htu":"https://resource.example.org/protectedresource","iat":'\
'1562262618,"ath":"fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"}' "$jwk" \
        | seed dpop whole
    printf '{"typ":"dpop+jwt","alg":"RS256","jwk":{"kty":"RSA","n":"%s","e":'\
'"AQAB"}}\n{"htu":"https://RESOURCE.example.org:443/protected%%72esource?a"}' \
        "$x$y" | seed dpop rsa

    i=0

    for name in X-Consumer-Name X_Credential_Id x-anonymous-consumer X-Gate-A \
                X-Lane-Hash x-envoy-a X.Forwarded.For forwarded x-real-ip b3 \
                X-B3-TraceId traceparent x-request-id Accept
    do
        i=$((i + 1))
        printf '%s\nx-mine' "$name" | seed names "$i"
    done

    seed instance file <<JSON
{"services": [{"name": "orders", "id": "p1:orders", "port": 80, "node": "n1",
 "address": "10.0.0.1", "health": "warning", "weights": {"passing": 2, "warning": 1},
 "tagged_addresses": {"storage": {"address": "fd00::1", "port": 80}},
 "meta": {"version": "v1", "process": "p1", "protocol": "grpc", "path": "/orders",
  "host": "a.b,c", "timeout": "1m300ms", "idle": "15s", "retries": "2", "rate": "9",
  "burst": "3", "connections": "7", "allow": "10.0.0.0/8, fd00::/8",
  "network_plane": "app"}}]}
JSON
    seed instance health <<JSON
{"Node": {"Node": "n1", "Address": "10.0.0.1"},
 "Service": {"ID": "o1", "Service": "orders", "Port": 80, "Address": "",
  "Meta": {"version": "v1"}, "Weights": {"Passing": 1, "Warning": 1},
  "TaggedAddresses": {"lan_ipv4": {"Address": "10.0.0.1", "Port": 80}}},
 "Checks": [{"CheckID": "serfHealth", "Status": "passing"}]}
JSON

    for text in 10.0.0.1 10.0.0.0/8 2001:db8::1 fd00::/8 ::ffff:10.0.0.1 1:0:0:2::3 1h30m 1.5s; do
        printf '%s' "$text" | seed net "$(echo "$text" | tr ':/' '__')"
    done

    printf '\n\004\n\002gw\022\002hi\030\226\001\045\001\002\003\004' | seed pb all
    printf '\t\001\002\003\004\005\006\007\010\020\377\377\377\377\377\377\377\377\377\001' \
        | seed pb large
}


# library: src/gate and src/mesh once for all targets.

library()
{
    rm -rf "$fuzz/obj" "$fuzz/libgate.a"
    mkdir -p "$fuzz/obj"

    ls src/gate/*/*.c src/mesh/*/*.c | sed 's/\.c$//' \
        | xargs -P "$(nproc)" -I NAME sh -c '
              file=NAME out=$0
              exec "$@" -c -o "$out/${file##*/}.o" "$file.c"
          ' "$fuzz/obj" $cc $flags $instrument

    ar rcs "$fuzz/libgate.a" "$fuzz"/obj/*.o
}


# build TARGET

build()
{
    $cc $flags $link -o "$fuzz/$1" "t/fuzz/fuzz_$1.c" $driver \
        "$fuzz/libgate.a" $libs
}


# feed TARGET: the log is in $fuzz/TARGET.log.

feed()
{
    mkdir -p "$fuzz/corpus/$1"

    if [ -n "$clang" ]; then
        "$fuzz/$1" -max_total_time="$seconds" -timeout=10 -max_len=20000 \
            -rss_limit_mb=2048 -print_final_stats=1 -verbosity=1 \
            -artifact_prefix="$fuzz/crash/$1-" \
            "$fuzz/corpus/$1" "$fuzz/seeds/$1"

    else
        number=$(date +%s)
        echo "seed $number"
        "$fuzz/$1" "$fuzz/seeds/$1" "$seconds" "$number"
    fi
}


clang=$(find_clang)
rm -f "$fuzz/probe"
seeds

if [ -n "$clang" ]; then
    cc=$clang
    instrument="-fsanitize=fuzzer-no-link,$sanitizers"
    link="-fsanitize=fuzzer,$sanitizers"
    driver=

else
    cc=${CC:-cc}
    instrument="-fsanitize=$sanitizers"
    link=$instrument
    driver=t/fuzz/standalone.c
fi

if ! library > "$fuzz/library.log" 2>&1; then
    echo "1..1"
    echo "not ok 1 - src/gate and src/mesh are compiled"
    sed 's/^/# /' "$fuzz/library.log"
    exit 1
fi

echo "# ${clang:-random changes of the seeds, no libFuzzer}, $seconds s each"
echo "1..$(echo $targets | wc -w)"

n=0
rc=0

for target in $targets; do
    n=$((n + 1))

    if build "$target" > "$fuzz/$target.log" 2>&1 \
       && feed "$target" > "$fuzz/$target.log" 2>&1
    then
        units=$(sed -n 's/^stat::number_of_executed_units: *//p' \
                    "$fuzz/$target.log")
        cover=$(sed -n 's/.*DONE *\(cov: [0-9]*\).*/, \1/p' "$fuzz/$target.log")
        echo "ok $n - $target, $units inputs$cover"

    else
        rc=1
        echo "not ok $n - $target"
        tail -n 40 "$fuzz/$target.log" | sed 's/^/# /'
    fi
done

exit $rc
