
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


#endif /* _NGX_HTTP_GATE_STAGES_H_INCLUDED_ */
