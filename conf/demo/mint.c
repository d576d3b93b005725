
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Mints tokens for the demo, by libjwt: ES256, one line for each SUB.
 *
 * Usage: mint PEM KID ISS AUD SCOPE SECONDS SUB...
 *
 * SECONDS is how long a token lasts, negative for one that has expired. Exit
 * codes: 0 all printed, 1 not, 2 wrong arguments.
 */


#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jwt.h>


#define MINT_KEY  8192                    /* bytes of a PEM file */


static int
mint_read(const char *path, unsigned char *key)
{
    FILE    *file;
    size_t   n;

    file = fopen(path, "r");
    if (file == NULL) {
        fprintf(stderr, "mint: %s: %s\n", path, strerror(errno));
        return -1;
    }

    n = fread(key, 1, MINT_KEY - 1, file);
    key[n] = '\0';

    (void) fclose(file);

    return (int) n;
}


static int
mint(char **arg, const char *sub, const unsigned char *key, int len)
{
    int     rc;
    long    now;
    char   *text;
    jwt_t  *jwt;

    if (jwt_new(&jwt) != 0) {
        return -1;
    }

    now = (long) time(NULL);

    rc = jwt_set_alg(jwt, JWT_ALG_ES256, key, len)
         || jwt_add_header(jwt, "kid", arg[2])
         || jwt_add_grant(jwt, "iss", arg[3])
         || jwt_add_grant(jwt, "aud", arg[4])
         || jwt_add_grant(jwt, "scope", arg[5])
         || jwt_add_grant(jwt, "sub", sub)
         || jwt_add_grant_int(jwt, "iat", now)
         || jwt_add_grant_int(jwt, "exp", now + atol(arg[6]));

    text = rc ? NULL : jwt_encode_str(jwt);

    if (text != NULL) {
        puts(text);
        free(text);
    }

    jwt_free(jwt);

    return text ? 0 : -1;
}


int
main(int argc, char **argv)
{
    int            i, len;
    unsigned char  key[MINT_KEY];

    if (argc < 8) {
        fputs("usage: mint PEM KID ISS AUD SCOPE SECONDS SUB...\n", stderr);
        return 2;
    }

    len = mint_read(argv[1], key);
    if (len < 0) {
        return 1;
    }

    for (i = 7; i < argc; i++) {
        if (mint(argv, argv[i], key, len) != 0) {
            fprintf(stderr, "mint: no token for \"%s\"\n", argv[i]);
            return 1;
        }
    }

    return fflush(stdout) == 0 ? 0 : 1;
}
