
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Edits of a JSON text by JSON pointers.
 */


#include "gate_edit.h"


/* until there are plans, none is made, and so no text is edited */

const char *
gate_edit_plan(gate_edit_plan_t **plan, const gate_edit_op_t *ops, size_t n,
    gate_edit_memory_t memory, gate_edit_clash_t *clash)
{
    *plan = NULL;
    clash->op = 0;
    clash->other = 0;

    return "is not possible in this version";
}


gate_edit_t *
gate_edit_create(const gate_edit_plan_t *plan, gate_edit_memory_t memory)
{
    return NULL;
}


gate_edit_rc_e
gate_edit_feed(gate_edit_t *edit, gate_str_t bytes)
{
    return GATE_EDIT_BAD;
}


gate_edit_rc_e
gate_edit_finish(gate_edit_t *edit, const gate_str_t *values,
    gate_edit_out_t *out)
{
    return GATE_EDIT_BAD;
}


const char *
gate_edit_why(const gate_edit_t *edit, size_t *at)
{
    *at = 0;

    return "no plan";
}


const char *
gate_edit_check(gate_str_t text)
{
    return "no plan";
}
