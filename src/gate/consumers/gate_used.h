
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Which credentials were used last, of one process: noted at once, and written
 * somewhere at times.  It is of a fixed size: where there is no room for one,
 * it is not noted.
 */


#ifndef GATE_USED_H_INCLUDED_
#define GATE_USED_H_INCLUDED_


#include "gate_kind.h"
#include "gate_str.h"


#define GATE_USED_NAME       128              /* bytes of a name at most */
/* "KIND:NAME", percent-encoded */
#define GATE_USED_TEXT       (2 + 3 * GATE_USED_NAME)
#define GATE_USED_INTERVAL   60               /* seconds, of one credential */


typedef struct gate_used_s  gate_used_t;


/* of so many credentials, rounded up to a power of 2; NULL: no memory */
gate_used_t *gate_used_create(size_t n);
void gate_used_destroy(gate_used_t *u);

/* 1: there is something to write now, and was not before */
int gate_used_note(gate_used_t *u, gate_kind_e kind, gate_str_t name,
    int64_t now_s);

/*
 * The next one that is to be written, as text, with the length and the time; 0:
 * there is none.  It counts as written.
 */
size_t gate_used_next(gate_used_t *u, unsigned char text[GATE_USED_TEXT],
    int64_t *used_s);


#endif /* GATE_USED_H_INCLUDED_ */
