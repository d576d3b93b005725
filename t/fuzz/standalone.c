/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Random changes of a corpus for a given time, where there is no libFuzzer:
 * it sees nothing of what is covered, but the sanitizers and the conditions
 * of the targets are the same.
 *
 *     TARGET FOLDER SECONDS SEED
 *
 * The same seed gives the same inputs in the same order.
 */

#include <dirent.h>
#include <time.h>

#include "fuzz.h"


#define FILES   1024
#define LENGTH  65536


typedef struct {
    unsigned char  *data;
    size_t          size;
} file_t;


static file_t         files[FILES];
static size_t         nfiles;
static unsigned char  input[LENGTH];
static size_t         length;
static uint64_t       state;


static size_t
dice(size_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;

    return (n == 0) ? 0 : (size_t) (state % n);
}


static void
read_files(const char *folder)
{
    DIR            *dir;
    char            path[4096];
    FILE           *f;
    struct dirent  *entry;

    dir = opendir(folder);

    while (dir != NULL && nfiles < FILES && (entry = readdir(dir)) != NULL) {
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);

        f = (entry->d_name[0] == '.') ? NULL : fopen(path, "rb");
        if (f == NULL) {
            continue;
        }

        files[nfiles].data = malloc(LENGTH / 2);
        files[nfiles].size = fread(files[nfiles].data, 1, LENGTH / 2, f);
        nfiles++;
        fclose(f);
    }

    if (dir != NULL) {
        closedir(dir);
    }

    if (nfiles == 0) {
        fprintf(stderr, "no corpus in %s\n", folder);
        exit(2);
    }
}


static void
change(void)
{
    size_t   at, n;
    file_t  *other;

    at = dice(length + 1);
    n = dice(length - at + 1) % (1 + dice(16));

    switch (dice(7)) {

    case 0:
        if (length != 0) {
            input[dice(length)] ^= (unsigned char) (1 << dice(8));
        }

        break;

    case 1:
        if (length != 0) {
            input[dice(length)] = (unsigned char) dice(256);
        }

        break;

    case 2:
        memmove(input + at, input + at + n, length - at - n);
        length -= n;
        break;

    case 3:
    case 4:
        if (length + n < LENGTH) {
            memmove(input + at + n, input + at, length - at);
            length += n;
        }

        break;

    case 5:
        length = at;
        break;

    default:
        other = &files[dice(nfiles)];
        n = dice(other->size + 1);

        if (at + n < LENGTH) {
            memcpy(input + at, other->data + other->size - n, n);
            length = at + n;
        }
    }
}


int
main(int argc, char **argv)
{
    time_t     end;
    size_t     i;
    file_t    *start;
    uint64_t   runs;

    if (argc != 4) {
        return 2;
    }

    read_files(argv[1]);
    end = time(NULL) + atoi(argv[2]);
    state = strtoull(argv[3], NULL, 10) | 1;

    for (i = 0; i < nfiles; i++) {
        LLVMFuzzerTestOneInput(files[i].data, files[i].size);
    }

    for (runs = nfiles; time(NULL) < end; runs++) {
        start = &files[dice(nfiles)];
        length = start->size;
        memcpy(input, start->data, length);

        for (i = 1 + dice(6); i > 0; i--) {
            change();
        }

        LLVMFuzzerTestOneInput(input, length);
    }

    printf("stat::number_of_executed_units: %llu\n",
           (unsigned long long) runs);

    for (i = 0; i < nfiles; i++) {
        free(files[i].data);
    }

    return 0;
}
