
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Times of the week.
 */


#include "gate_window.h"


#define GATE_WINDOW_DAY  1440                 /* minutes */


static int gate_window_days(gate_str_t text, unsigned *days);
static int gate_window_day(gate_str_t text, unsigned *day);
static int gate_window_time(gate_str_t text, int32_t *min);
static int gate_window_offset(gate_str_t text, int32_t *offset_s);
static gate_str_t gate_window_cut(gate_str_t *text, unsigned char by);


int
gate_window_parse(gate_str_t text, gate_window_t *w)
{
    gate_str_t  days, from, until;

    days = gate_window_cut(&text, '/');
    from = gate_window_cut(&text, '-');
    until = gate_window_cut(&text, '/');

    if (!gate_window_days(days, &w->days)
        || !gate_window_time(from, &w->from_min)
        || !gate_window_time(until, &w->until_min)
        || !gate_window_offset(text, &w->offset_s))
    {
        return 0;
    }

    return w->from_min != w->until_min && w->from_min != GATE_WINDOW_DAY
           && w->until_min != 0;
}


/* what is before "by", of which all is taken if it is not there */

static gate_str_t
gate_window_cut(gate_str_t *text, unsigned char by)
{
    size_t      i;
    gate_str_t  piece;

    for (i = 0; i < text->len && text->data[i] != by; i++) { /* void */ }

    piece = gate_str(text->data, i);

    if (i < text->len) {
        i++;
    }

    *text = gate_str(text->data + i, text->len - i);

    return piece;
}


static int
gate_window_days(gate_str_t text, unsigned *days)
{
    unsigned    first, last;
    gate_str_t  piece, begin;

    *days = 0;

    if (gate_str_eq(text, gate_cstr("daily"))) {
        *days = 0x7f;
        return 1;
    }

    if (text.len == 0 || text.data[text.len - 1] == ',') {
        return 0;
    }

    while (text.len != 0) {

        piece = gate_window_cut(&text, ',');
        begin = piece;

        if (piece.len == 7 && piece.data[3] == '-') {
            begin = gate_window_cut(&piece, '-');
        }

        if (!gate_window_day(begin, &first) || !gate_window_day(piece, &last))
        {
            return 0;
        }

        for ( ;; ) {
            *days |= 1u << first;

            if (first == last) {
                break;
            }

            first = (first + 1) % 7;
        }
    }

    return 1;
}


static int
gate_window_day(gate_str_t text, unsigned *day)
{
    static const char  *names[] = {
        "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"
    };

    for (*day = 0; *day < 7; (*day)++) {
        if (gate_str_eq(text, gate_cstr(names[*day]))) {
            return 1;
        }
    }

    return 0;
}


static int
gate_window_time(gate_str_t text, int32_t *min)
{
    size_t                i;
    const unsigned char  *p;

    p = text.data;

    if (text.len != 5 || p[2] != ':') {
        return 0;
    }

    for (i = 0; i < 5; i++) {
        if (i != 2 && (p[i] < '0' || p[i] > '9')) {
            return 0;
        }
    }

    if (p[3] > '5') {
        return 0;
    }

    *min = ((p[0] - '0') * 10 + p[1] - '0') * 60
           + (p[3] - '0') * 10 + p[4] - '0';

    return *min <= GATE_WINDOW_DAY;
}


/* the clocks of the world are from 12 hours behind to 14 ahead */

static int
gate_window_offset(gate_str_t text, int32_t *offset_s)
{
    int32_t  min;

    if (gate_str_eq(text, gate_cstr("UTC"))) {
        *offset_s = 0;
        return 1;
    }

    if (text.len != 6 || (text.data[0] != '+' && text.data[0] != '-')
        || !gate_window_time(gate_str(text.data + 1, 5), &min)
        || min > 14 * 60)
    {
        return 0;
    }

    *offset_s = (text.data[0] == '-') ? -min * 60 : min * 60;

    return 1;
}


int
gate_window_has(const gate_window_t *w, int64_t now_s)
{
    int32_t   min;
    int64_t   day;
    unsigned  today, before;

    now_s += w->offset_s;

    day = now_s / 86400;

    if (now_s % 86400 < 0) {
        day--;
    }

    min = (int32_t) ((now_s - day * 86400) / 60);

    /* the first of January 1970 was a Thursday */

    today = (unsigned) (((day + 3) % 7 + 7) % 7);
    before = (today + 6) % 7;

    if (w->from_min < w->until_min) {
        return (w->days >> today & 1) && min >= w->from_min
               && min < w->until_min;
    }

    /* beyond midnight it is still that of the day on which it began */

    return ((w->days >> today & 1) && min >= w->from_min)
           || ((w->days >> before & 1) && min < w->until_min);
}
