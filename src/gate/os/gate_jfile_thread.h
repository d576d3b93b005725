
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * A thread that calls fdatasync(fd) every interval_ms until it is stopped, all
 * signals blocked in it.
 */


#ifndef GATE_JFILE_THREAD_H_INCLUDED_
#define GATE_JFILE_THREAD_H_INCLUDED_


typedef struct gate_jfile_thread_s  gate_jfile_thread_t;


/* NULL: errno says why */
gate_jfile_thread_t *gate_jfile_thread_start(int fd, unsigned interval_ms);
void gate_jfile_thread_stop(gate_jfile_thread_t *t);

/* 0 if the last fdatasync was fine, else its errno */
int gate_jfile_thread_error(const gate_jfile_thread_t *t);


#endif /* GATE_JFILE_THREAD_H_INCLUDED_ */
