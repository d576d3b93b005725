/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Tokens in cookies and in the subprotocols of a WebSocket.
 */

#include "gate_places.h"
#include "mint.h"


static void
cookies(const char *field, const char *all)
{
    char        *got;
    size_t       pos;
    gate_str_t   value;

    got = "";
    pos = 0;

    while (gate_places_cookie(gate_cstr(field), gate_cstr("t"), &pos, &value))
    {
        got = mint_fmt("%s[%.*s]", got, (int) value.len, value.data);
    }

    is_str(got, all, "cookies of \"%s\"", field);
}


/* fields are separated by "|" */

static void
protocols(const char *fields, const char *all)
{
    char             *field, *got, *state;
    gate_str_t        element;
    gate_protocol_e   kind;
    gate_protocol_t   p;

    static const char  kinds[] = " =-TE";

    got = "";
    memset(&p, 0, sizeof(gate_protocol_t));

    for (field = strtok_r(mint_fmt("%s", fields), "|", &state); field != NULL;
         field = strtok_r(NULL, "|", &state))
    {
        p.pos = 0;

        for ( ;; ) {
            kind = gate_places_protocol(gate_cstr(field), gate_cstr("bearer"),
                                        &p, &element);
            if (kind == GATE_PROTOCOL_END) {
                break;
            }

            got = mint_fmt("%s%c%.*s ", got, kinds[kind], (int) element.len,
                           element.data);
        }
    }

    is_str(got, all, "subprotocols \"%s\"", fields);
}


int
main(void)
{
    cookies("", "");
    cookies("t=a", "[a]");
    cookies("t=", "[]");
    cookies("t", "");
    cookies("a=1; t=b; c=2", "[b]");
    cookies("t=a;t=b ;  t=c", "[a][b][c]");
    cookies("T=a; tt=b; t =c", "");
    cookies("t=\"a.b\"", "[a.b]");
    cookies("t=\"", "[\"]");
    cookies("t=a=b==", "[a=b==]");
    cookies("x=t=a", "");
    cookies(";;t=a;", "[a]");

    protocols("chat", "=chat ");
    protocols("bearer, a.b.c", "-bearer Ta.b.c ");
    protocols("bearer,a.b.c , chat", "-bearer Ta.b.c =chat ");
    protocols("chat, Bearer, a.b.c", "=chat -Bearer Ta.b.c ");
    protocols("bearer", "-bearer ");
    protocols("bearer|a.b.c", "-bearer Ta.b.c ");
    protocols("bearer, , a", "-bearer = Ta ");
    protocols("bearer, bearer, x", "-bearer Tbearer =x ");
    protocols("base64url.bearer.authorization.k8s.io.YS5i, chat",
              "EYS5i =chat ");
    protocols("base64url.bearer.authorization.k8s.io.", "E ");
    protocols("base64.binary.k8s.io", "=base64.binary.k8s.io ");

    return done_testing();
}
