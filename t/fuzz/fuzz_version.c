/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Versions that strangers name: in media types, in paths.
 */

#include "fuzz.h"
#include "gate_version.h"


static void
accept(gate_str_t in, const char *pattern)
{
    unsigned               weight;
    gate_str_t             version;
    gate_version_media_t   media;
    gate_version_ranges_t  ranges;

    must(gate_version_media(gate_cstr(pattern), &media));

    memset(&ranges, 0, sizeof(gate_version_ranges_t));
    ranges.accept = in;

    while (gate_version_accept(&media, &ranges, &version, &weight)) {
        must(weight > 1 && weight <= 1001);
        must(ranges.looked <= GATE_VERSION_RANGES);
        must(version.data >= in.data
             && version.data + version.len <= in.data + in.len);
        must(memchr(version.data, ',', version.len) == NULL);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gate_str_t            in, version, rest;
    gate_version_media_t  media;

    in = fuzz_copy(data, size);

    accept(in, "a/v.{version}+j");
    accept(in, "a/j;v={version}");

    (void) gate_version_segment(in, &version, &rest);
    must(version.len + rest.len == in.len);

    if (gate_version_media(in, &media)) {
        must(media.head.len > 0);
        must(media.param.len == 0 || media.tail.len == 0);
    }

    free(in.data);

    return 0;
}
