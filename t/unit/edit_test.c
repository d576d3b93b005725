/*
 * Copyright (C) 2026 Meshgate contributors
 */

#include "gate_edit.h"
#include "tap.h"


int
main(void)
{
    gate_edit_op_t       op = { GATE_EDIT_REMOVE, gate_string("/a"),
                                { 0, NULL } };
    gate_edit_plan_t    *plan;
    gate_edit_clash_t    clash;
    gate_edit_memory_t   memory = { NULL, NULL };

    ok(gate_edit_plan(&plan, &op, 1, memory, &clash) != NULL,
       "no plan is made by halves");
    ok(gate_edit_create(NULL, memory) == NULL, "no edit without a plan");
    ok(gate_edit_feed(NULL, gate_cstr("")) == GATE_EDIT_BAD
       && gate_edit_finish(NULL, NULL, NULL) == GATE_EDIT_BAD,
       "no text is edited without a plan");
    ok(gate_edit_why(NULL, &clash.op) != NULL
       && gate_edit_check(gate_cstr("1")) != NULL, "why is said");

    return done_testing();
}
