
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The table of stages.
 */


#ifndef _NGX_HTTP_GATE_STAGES_H_INCLUDED_
#define _NGX_HTTP_GATE_STAGES_H_INCLUDED_


#include "ngx_http_gate.h"
#include "ngx_http_gate_stage.h"


/* ended by a row without "run" */
extern ngx_http_gate_stage_t  ngx_http_gate_stages[];
/* the first row of each step, for 0 that which ends the table */
extern ngx_http_gate_stage_t  *ngx_http_gate_stages_first[];
/* rows with "settle", ended by NULL */
extern ngx_http_gate_stage_t  *ngx_http_gate_stages_settle[];

/* in postconfiguration */
void ngx_http_gate_stages_init(void);


#endif /* _NGX_HTTP_GATE_STAGES_H_INCLUDED_ */
