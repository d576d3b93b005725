
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Hexadecimal digits: all 256 bytes both ways.
 */


#include "tap.h"
#include "gate_hex.h"


int
main(void)
{
    int             c, good, value;
    char            said[8];
    size_t          i, n, at;
    unsigned char   byte, read, digits[4], in[256], out[2 * 256 + 1];

    static const char  *all = "0123456789abcdef";

    good = 1;

    for (c = 0; c < 256; c++) {
        value = gate_hex_value((unsigned char) c);

        if (c != 0 && strchr(all, c) != NULL) {
            good &= (value == strchr(all, c) - all);

        } else if (c >= 'A' && c <= 'F') {
            good &= (value == c - 'A' + 10);

        } else {
            good &= (value == -1);
        }
    }

    ok(good, "the value of each of 256 bytes as a digit");

    good = 1;

    for (c = 0; c < 256; c++) {
        byte = (unsigned char) c;

        memset(digits, '!', sizeof(digits));
        good &= (gate_hex_write(&byte, 1, digits) == digits + 2);
        good &= (digits[2] == '!');

        snprintf(said, sizeof(said), "%02x", c);
        good &= (memcmp(said, digits, 2) == 0);

        read = (unsigned char) ~c;
        good &= (gate_hex_read(digits, &read, 1) && read == byte);

        snprintf(said, sizeof(said), "%02X", c);
        read = (unsigned char) ~c;
        good &= (gate_hex_read((unsigned char *) said, &read, 1)
                 && read == byte);
    }

    ok(good, "each byte is written in lower case and read in either");

    good = 1;

    for (i = 0; i < 256; i++) {
        in[i] = (unsigned char) (i * 7 + 3);
    }

    for (n = 0; n < 64; n++) {
        for (at = 0; at + n <= 256; at++) {
            memset(out, '!', sizeof(out));
            good &= (gate_hex_write(in + at, n, out) == out + 2 * n);
            good &= (out[2 * n] == '!');

            for (i = 0; i < n; i++) {
                (void) gate_hex_write(&in[at + i], 1, digits);
                good &= (memcmp(digits, out + 2 * i, 2) == 0);
            }
        }
    }

    ok(good, "runs of each length are written as their bytes are");

    ok(!gate_hex_read((const unsigned char *) "0g", &read, 1), "0g is none");
    ok(!gate_hex_read((const unsigned char *) "g0", &read, 1), "nor is g0");
    ok(!gate_hex_read((const unsigned char *) "00 0", digits, 2),
       "nor is a space in the second byte");
    ok(gate_hex_read((const unsigned char *) "", digits, 0),
       "nothing is read from nothing");

    return done_testing();
}
