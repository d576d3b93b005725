/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * TAP for unit tests: a test is a program that includes this file, calls the
 * macros below and ends main() with "return done_testing();".
 */

#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define TAP_UNUSED  __attribute__((unused))


static int  tap_planned;
static int  tap_run;
static int  tap_failed;


/*
 * Each returns true if the test passed.  The last arguments are the name of
 * the test: a format and its values.
 *
 *     ok(condition, "name %d", i)
 *     is_int(got, expected, "name")         any integer type
 *     is_str(got, expected, "name")         strings, NULL allowed
 *     is_mem(got, expected, len, "name")    bytes
 *     pass("name")  fail("name")
 */

#define ok(cond, ...)                                                         \
    tap_ok(!!(cond), #cond, __FILE__, __LINE__, __VA_ARGS__)

#define is_int(got, expected, ...)                                            \
    tap_int((long long) (got), (long long) (expected), __FILE__, __LINE__,    \
            __VA_ARGS__)

#define is_str(got, expected, ...)                                            \
    tap_str((const char *) (got), (const char *) (expected), __FILE__,        \
            __LINE__, __VA_ARGS__)

#define is_mem(got, expected, len, ...)                                       \
    tap_mem((got), (expected), (len), __FILE__, __LINE__, __VA_ARGS__)

#define pass(...)  tap_ok(1, "pass", __FILE__, __LINE__, __VA_ARGS__)
#define fail(...)  tap_ok(0, "fail", __FILE__, __LINE__, __VA_ARGS__)


TAP_UNUSED __attribute__((format(printf, 1, 2)))
static void
diag(const char *fmt, ...)
{
    va_list  args;

    printf("# ");

    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);

    printf("\n");
    fflush(stdout);
}


/* optional, before the first test; otherwise done_testing() prints the plan */

TAP_UNUSED
static void
plan(int n)
{
    tap_planned = n;
    printf("1..%d\n", n);
    fflush(stdout);
}


TAP_UNUSED
static void
skip_all(const char *why)
{
    printf("1..0 # SKIP %s\n", why);
    exit(0);
}


TAP_UNUSED
static void
skip(int n, const char *why)
{
    while (n-- > 0) {
        printf("ok %d # SKIP %s\n", ++tap_run, why);
    }

    fflush(stdout);
}


TAP_UNUSED
static int
tap_vok(int passed, const char *file, int line, const char *fmt, va_list args)
{
    char    *p;
    char     name[512];

    vsnprintf(name, sizeof(name), fmt, args);

    /* "#" would begin a directive, a line break the next line of TAP */

    for (p = name; *p != '\0'; p++) {
        if (*p == '#' || (unsigned char) *p < ' ') {
            *p = '.';
        }
    }

    printf("%sok %d - %s\n", passed ? "" : "not ", ++tap_run, name);

    if (!passed) {
        tap_failed++;
        printf("#   failed test \"%s\"\n#   at %s:%d\n", name, file, line);
    }

    /* a test may fork or die: leave nothing in the buffer */

    fflush(stdout);

    return passed;
}


TAP_UNUSED __attribute__((format(printf, 5, 6)))
static int
tap_ok(int passed, const char *expr, const char *file, int line,
    const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    tap_vok(passed, file, line, fmt, args);
    va_end(args);

    if (!passed) {
        diag("  expression: %s", expr);
    }

    return passed;
}


TAP_UNUSED __attribute__((format(printf, 5, 6)))
static int
tap_int(long long got, long long expected, const char *file, int line,
    const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    tap_vok(got == expected, file, line, fmt, args);
    va_end(args);

    if (got != expected) {
        diag("       got: %lld", got);
        diag("  expected: %lld", expected);
    }

    return got == expected;
}


TAP_UNUSED __attribute__((format(printf, 5, 6)))
static int
tap_str(const char *got, const char *expected, const char *file, int line,
    const char *fmt, ...)
{
    int      same;
    va_list  args;

    if (got == NULL || expected == NULL) {
        same = (got == expected);

    } else {
        same = (strcmp(got, expected) == 0);
    }

    va_start(args, fmt);
    tap_vok(same, file, line, fmt, args);
    va_end(args);

    if (!same) {
        diag("       got: %s%s%s", got ? "\"" : "", got ? got : "NULL",
             got ? "\"" : "");
        diag("  expected: %s%s%s", expected ? "\"" : "",
             expected ? expected : "NULL", expected ? "\"" : "");
    }

    return same;
}


TAP_UNUSED __attribute__((format(printf, 6, 7)))
static int
tap_mem(const void *got, const void *expected, size_t len, const char *file,
    int line, const char *fmt, ...)
{
    int                   same;
    size_t                i;
    va_list               args;
    const unsigned char  *g, *e;

    g = got;
    e = expected;
    same = (len == 0 || (g && e && memcmp(g, e, len) == 0));

    va_start(args, fmt);
    tap_vok(same, file, line, fmt, args);
    va_end(args);

    if (same) {
        return 1;
    }

    if (g == NULL || e == NULL) {
        diag("  one of them is NULL");
        return 0;
    }

    for (i = 0; g[i] == e[i]; i++) { /* void */ }

    diag("  differs at byte %lu of %lu: got 0x%02x, expected 0x%02x",
         (unsigned long) i, (unsigned long) len, g[i], e[i]);

    return 0;
}


/* the exit code of main() */

TAP_UNUSED
static int
done_testing(void)
{
    if (tap_planned == 0) {
        printf("1..%d\n", tap_run);

    } else if (tap_planned != tap_run) {
        diag("planned %d tests, ran %d", tap_planned, tap_run);
        tap_failed++;
    }

    if (tap_failed) {
        diag("%d of %d failed", tap_failed, tap_run);
    }

    fflush(stdout);

    return tap_failed ? 1 : 0;
}


#endif
