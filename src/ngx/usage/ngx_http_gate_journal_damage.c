
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * What is damaged of a journal is said in the log, with the names of the total
 * that is kept aside and of the copy that was made.
 */


#include "ngx_http_gate_journal.h"

#include "gate_journal_damage.h"


#define NGX_HTTP_GATE_DAMAGE_TEXT  640
#define NGX_HTTP_GATE_DAMAGES      16         /* lines at once */


ngx_uint_t
ngx_http_gate_journal_damaged(ngx_http_gate_jfile_t *f, ngx_log_t *log)
{
    char                    text[NGX_HTTP_GATE_DAMAGE_TEXT];
    ngx_uint_t              n, more;
    gate_journal_damage_t   d;

    more = gate_journal_damages(f->file.journal);

    for (n = 0; gate_journal_next_damage(f->file.journal, &d); n++) {

        if (n >= NGX_HTTP_GATE_DAMAGES) {
            continue;
        }

        gate_journal_damage_text(f->file.journal, &d, text, sizeof(text));

        if (n == NGX_HTTP_GATE_DAMAGES - 1 && more > NGX_HTTP_GATE_DAMAGES) {
            ngx_log_error(NGX_LOG_ALERT, log, 0,
                          "gate journal: \"%V\" is damaged: %s, and %ui more",
                          &f->path, text, more - NGX_HTTP_GATE_DAMAGES);
            continue;
        }

        ngx_log_error(NGX_LOG_ALERT, log, 0,
                      "gate journal: \"%V\" is damaged: %s", &f->path, text);
    }

    return n;
}


void
ngx_http_gate_journal_examined(ngx_http_gate_jfile_t *f, ngx_log_t *log)
{
    if (f->file.damaged == 0) {
        return;
    }

    (void) ngx_http_gate_journal_damaged(f, log);

    if (f->file.copy == 0) {
        ngx_log_error(NGX_LOG_ALERT, log, f->file.copy_error,
                      "gate journal: \"%V\" had %uD damaged parts, and a copy "
                      "of it as it was found could not be made", &f->path,
                      f->file.damaged);
        return;
    }

    ngx_log_error(NGX_LOG_ALERT, log, 0,
                  "gate journal: \"%V\" had %uD damaged part%s, as it was "
                  "found it is in \"%V.damaged-%d\"", &f->path,
                  f->file.damaged, f->file.damaged == 1 ? "" : "s", &f->path,
                  f->file.copy);
}
