
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * gate-journal: what is in a journal, whether it is sound and balances, and all
 * of it as JSON lines or CSV.  The file is only read, and may be in use.
 */


#define _GNU_SOURCE           /* O_CLOEXEC */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gate_date.h"
#include "gate_journal_damage.h"
#include "gate_journal_stat.h"


#define TOOL_OK        0
#define TOOL_UNSOUND   1
#define TOOL_UNUSABLE  2

#define TOOL_LOOKS     100                    /* 10 ms each */


static int tool_open(const char *path, gate_journal_t **jp);
static int tool_refuse(const char *path, gate_journal_rc_e rc,
    uint32_t version);
static int tool_show(gate_journal_t *j);
static int tool_verify(gate_journal_t *j);
static int tool_verdict(const gate_journal_t *j, uint32_t damaged,
    uint32_t aside, int balanced);
static int tool_balance(gate_journal_t *j, gate_journal_stat_t *st);
static uint64_t tool_ended(const gate_journal_stat_t *st);
static int tool_export_json(gate_journal_t *j);
static int tool_export_csv(gate_journal_t *j);
static void tool_json(gate_str_t s);
static void tool_csv(gate_str_t s);
static int tool_usage(void);


int
main(int argc, char **argv)
{
    int              rc;
    const char      *verb, *path;
    gate_journal_t  *j;

    int            (*run)(gate_journal_t *j);

    verb = (argc > 2) ? argv[1] : "";
    path = argv[argc - 1];

    if (argc == 3 && strcmp(verb, "show") == 0) {
        run = tool_show;

    } else if (argc == 3 && strcmp(verb, "verify") == 0) {
        run = tool_verify;

    } else if ((argc == 3 || (argc == 4 && strcmp(argv[2], "--json") == 0))
               && strcmp(verb, "export") == 0)
    {
        run = tool_export_json;

    } else if (argc == 4 && strcmp(verb, "export") == 0
               && strcmp(argv[2], "--csv") == 0)
    {
        run = tool_export_csv;

    } else {
        return tool_usage();
    }

    rc = tool_open(path, &j);

    if (rc == TOOL_OK) {
        rc = run(j);
        gate_journal_detach(j);
    }

    if (fflush(stdout) != 0) {
        fprintf(stderr, "gate-journal: %s\n", strerror(errno));
        rc = TOOL_UNUSABLE;
    }

    return rc;
}


static int
tool_usage(void)
{
    fprintf(stderr,
            "Usage: gate-journal show FILE\n"
            "       gate-journal verify FILE\n"
            "       gate-journal export [--json|--csv] FILE\n"
            "\n"
            "Exit codes: 0 the journal is sound and balances, apart from what "
            "was set aside\nearlier; 1 it does not; 2 it cannot be read.\n");

    return TOOL_UNUSABLE;
}


static int
tool_open(const char *path, gate_journal_t **jp)
{
    int                 fd;
    void               *base;
    struct stat         st;
    gate_journal_rc_e   rc;

    fd = open(path, O_RDONLY|O_CLOEXEC|O_NONBLOCK|O_NOCTTY);

    if (fd == -1 || fstat(fd, &st) == -1) {
        fprintf(stderr, "gate-journal: %s: %s\n", path, strerror(errno));
        return TOOL_UNUSABLE;
    }

    if (!S_ISREG(st.st_mode) || st.st_size < GATE_JOURNAL_MIN_SIZE) {
        return tool_refuse(path, GATE_JOURNAL_FOREIGN, 0);
    }

    base = mmap(NULL, (size_t) st.st_size, PROT_READ, MAP_SHARED, fd, 0);

    if (base == MAP_FAILED) {
        fprintf(stderr, "gate-journal: %s: %s\n", path, strerror(errno));
        return TOOL_UNUSABLE;
    }

    rc = gate_journal_attach(base, (size_t) st.st_size, jp);

    return (rc == GATE_JOURNAL_OK)
           ? TOOL_OK
           : tool_refuse(path, rc,
                         gate_journal_version(base, (size_t) st.st_size));
}


static int
tool_refuse(const char *path, gate_journal_rc_e rc, uint32_t version)
{
    switch (rc) {

    case GATE_JOURNAL_OLDER:
    case GATE_JOURNAL_NEWER:
        fprintf(stderr, "gate-journal: %s is a journal of version %u, which "
                "this release does not read\n", path, version);
        break;

    case GATE_JOURNAL_SIZE:
        fprintf(stderr, "gate-journal: %s is not as long as its header says\n",
                path);
        break;

    case GATE_JOURNAL_DAMAGED:
        fprintf(stderr, "gate-journal: the header of %s is damaged\n", path);
        break;

    default:
        fprintf(stderr, "gate-journal: %s is not a journal\n", path);
    }

    return TOOL_UNUSABLE;
}


static int
tool_show(gate_journal_t *j)
{
    int                   balanced;
    unsigned              i;
    const char           *before;
    gate_journal_stat_t   st;

    balanced = tool_balance(j, &st);
    before = gate_journal_before(j);

    printf("epoch             %016" PRIx64 "\n", st.epoch);
    printf("epochs            %u\n", st.epochs);
    printf("file before       %s\n", before ? before : "-");
    printf("writers           %u\n", st.writers);
    printf("cells             %u of %u\n", st.cells_used, st.cells);
    printf("  not yet sent    %u\n", st.dirty);
    printf("  kept aside      %u\n", st.aside);
    printf("damaged, ever     %" PRIu64 "\n", st.damaged);
    printf("opened            %" PRIu64 "\n", st.opened);
    printf("open              %" PRIu64 " of %u\n", st.open, st.slots);
    printf("lost              %" PRIu64 "\n", st.lost);

    for (i = 0; i < GATE_JOURNAL_UNITS; i++) {
        if (*gate_journal_unit(j, i) != '\0') {
            printf("%-17.*s %" PRIu64 "\n", GATE_UNIT_NAME,
                   gate_journal_unit(j, i), st.units[i]);
        }
    }

    printf("balance           %s\n", balanced ? "yes" : "no");

    return balanced ? TOOL_OK : TOOL_UNSOUND;
}


static int
tool_verify(gate_journal_t *j)
{
    int                    balanced;
    char                   text[640];
    uint32_t               n, c;
    gate_journal_stat_t    st;
    gate_journal_total_t   t;
    gate_journal_damage_t  d;

    n = gate_journal_verify(j);

    while (gate_journal_next_damage(j, &d)) {
        gate_journal_damage_text(j, &d, text, sizeof(text));
        printf("damaged: %s\n", text);
    }

    /* what was set aside before is not found once more */

    for (c = 0; c < gate_journal_cells(j); c++) {
        if (gate_journal_total(j, c, &t) && t.aside) {
            d.part = (t.key.consumer.data == NULL)
                     ? GATE_JOURNAL_PART_KEY : GATE_JOURNAL_PART_VALUES;
            d.index = c;
            gate_journal_damage_text(j, &d, text, sizeof(text));
            printf("kept aside: %s\n", text);
        }
    }

    balanced = tool_balance(j, &st);

    printf("%u damaged parts, %u cells kept aside\n", n, st.aside);
    printf("%" PRIu64 " opened = %" PRIu64 " ended + %" PRIu64 " open + %"
           PRIu64 " lost: %s\n", st.opened, tool_ended(&st), st.open, st.lost,
           balanced ? "yes" : "no");

    return tool_verdict(j, n, st.aside, balanced);
}


/* what was set aside and settled once is no reason to look again */

static int
tool_verdict(const gate_journal_t *j, uint32_t damaged, uint32_t aside,
    int balanced)
{
    if (damaged != 0) {
        printf("unsound now\n");
        return TOOL_UNSOUND;
    }

    if (gate_journal_unsettled(j)) {
        printf("not settled: what was found while nginx ran is settled when "
               "it starts again\n");
        return TOOL_UNSOUND;
    }

    if (!balanced) {
        printf("unsound now: it does not balance\n");
        return TOOL_UNSOUND;
    }

    if (aside != 0) {
        printf("sound now, %u set aside earlier\n", aside);

    } else {
        printf("sound\n");
    }

    return TOOL_OK;
}


/* others may be at work: there is a moment in which it holds, or it does not */

static int
tool_balance(gate_journal_t *j, gate_journal_stat_t *st)
{
    int              i;
    struct timespec  ts;

    ts.tv_sec = 0;
    ts.tv_nsec = 10000000L;

    for (i = 0; i < TOOL_LOOKS; i++) {
        gate_journal_stat(j, st);

        if (st->opened == tool_ended(st) + st->open + st->lost) {
            return 1;
        }

        if (st->writers == 0) {
            return 0;
        }

        (void) nanosleep(&ts, NULL);
    }

    return 0;
}


static uint64_t
tool_ended(const gate_journal_stat_t *st)
{
    return st->units[GATE_SERVED] + st->units[GATE_REFUSED_UPSTREAM]
           + st->units[GATE_ABORTED] + st->units[GATE_INTERRUPTED];
}


static int
tool_export_json(gate_journal_t *j)
{
    char                  hour[GATE_DATE_HOUR];
    uint32_t              c, i;
    gate_journal_total_t  t;

    for (c = 0; c < gate_journal_cells(j); c++) {
        if (!gate_journal_total(j, c, &t)) {
            continue;
        }

        printf("{\"epoch\":\"%016" PRIx64 "\",\"hour\":\"%s\",\"consumer\":",
               t.epoch, gate_date_hour(t.hour, hour));
        tool_json(t.key.consumer);
        printf(",\"api\":");
        tool_json(t.key.api);
        printf(",\"version\":");
        tool_json(t.key.version);
        printf(",\"plan\":");
        tool_json(t.key.plan);
        printf(",\"writer\":%u,\"sent\":%s,\"damaged\":%s", t.writer,
               t.changed ? "false" : "true", t.aside ? "true" : "false");

        for (i = 0; i < GATE_JOURNAL_UNITS; i++) {
            if (*gate_journal_unit(j, i) != '\0') {
                printf(",\"%.*s\":%" PRIu64, GATE_UNIT_NAME,
                       gate_journal_unit(j, i), t.units[i]);
            }
        }

        printf("}\n");
    }

    return TOOL_OK;
}


static int
tool_export_csv(gate_journal_t *j)
{
    char                  hour[GATE_DATE_HOUR];
    uint32_t              c, i;
    gate_journal_total_t  t;

    printf("epoch,hour,consumer,api,version,plan,writer,sent,damaged");

    for (i = 0; i < GATE_JOURNAL_UNITS; i++) {
        if (*gate_journal_unit(j, i) != '\0') {
            printf(",%.*s", GATE_UNIT_NAME, gate_journal_unit(j, i));
        }
    }

    printf("\n");

    for (c = 0; c < gate_journal_cells(j); c++) {
        if (!gate_journal_total(j, c, &t)) {
            continue;
        }

        printf("%016" PRIx64 ",%s,", t.epoch,
               gate_date_hour(t.hour, hour));
        tool_csv(t.key.consumer);
        printf(",");
        tool_csv(t.key.api);
        printf(",");
        tool_csv(t.key.version);
        printf(",");
        tool_csv(t.key.plan);
        printf(",%u,%d,%d", t.writer, !t.changed, t.aside);

        for (i = 0; i < GATE_JOURNAL_UNITS; i++) {
            if (*gate_journal_unit(j, i) != '\0') {
                printf(",%" PRIu64, t.units[i]);
            }
        }

        printf("\n");
    }

    return TOOL_OK;
}


static void
tool_json(gate_str_t s)
{
    size_t  i;

    putchar('"');

    for (i = 0; i < s.len; i++) {
        if (s.data[i] < 32 || s.data[i] == '"' || s.data[i] == '\\') {
            printf("\\u%04x", s.data[i]);

        } else {
            putchar(s.data[i]);
        }
    }

    putchar('"');
}


static void
tool_csv(gate_str_t s)
{
    size_t  i;

    putchar('"');

    for (i = 0; i < s.len; i++) {
        if (s.data[i] == '"') {
            putchar('"');
        }

        putchar(s.data[i]);
    }

    putchar('"');
}
