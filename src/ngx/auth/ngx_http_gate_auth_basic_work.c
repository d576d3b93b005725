
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * Hashes of passwords are made in threads of nginx's, and their worker goes on
 * meanwhile.  A few work at once, some more wait, and the rest is turned away:
 * who guesses passwords does not get all of the machine.
 *
 * All here is of a process.  A thread knows its job alone, which has copies of
 * all that it needs: requests come and go.  What was good is remembered for
 * some time by a keyed digest of name, password and hash, so that a record that
 * has changed is another one.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_auth_basic.h"
#include "ngx_http_gate_metrics.h"
#include "ngx_http_gate_park.h"
#include "ngx_http_gate_request.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "gate_word.h"

#if (NGX_THREADS)
#include <ngx_thread_pool.h>
#endif


#define NGX_HTTP_GATE_AUTH_BASIC_KNOWN  1024  /* passwords, a power of two */


typedef struct {
    time_t                     end;
    u_char                     digest[NGX_HTTP_GATE_AUTH_BASIC_DIGEST];
} ngx_http_gate_auth_basic_known_t;


static ngx_http_gate_auth_basic_known_t *ngx_http_gate_auth_basic_place(
    u_char *digest);


/* of this process */

static ngx_http_gate_auth_basic_known_t
    ngx_http_gate_auth_basic_table[NGX_HTTP_GATE_AUTH_BASIC_KNOWN];


ngx_http_gate_family_t  ngx_http_gate_auth_basic_passwords = {
    "gate_passwords_total", NGX_HTTP_GATE_COUNTER,
    "Passwords that were looked at.",
    { "result", NULL, NULL, NULL }, "passwords", NGX_HTTP_GATE_FAMILY_QUIET,
    NULL
};


void
ngx_http_gate_auth_basic_count(const char *result)
{
    ngx_str_t  value;

    value.len = ngx_strlen(result);
    value.data = (u_char *) result;

    (void) ngx_atomic_fetch_add(
               ngx_http_gate_metric(&ngx_http_gate_auth_basic_passwords, 1,
                                    &value),
               1);
}


ngx_int_t
ngx_http_gate_auth_basic_digest(gate_str_t user, gate_str_t password,
    gate_str_t hash, u_char *digest)
{
    u_char     text[GATE_BASIC_MAX + GATE_CRYPT_HASH + 2], *p;
    ngx_int_t  rc;
    unsigned   len;

    static u_char      key[NGX_HTTP_GATE_AUTH_BASIC_DIGEST];
    static ngx_pid_t   pid;

    if (pid != ngx_pid) {

        if (ngx_http_gate_random(key, sizeof(key)) != NGX_OK) {
            return NGX_ERROR;
        }

        pid = ngx_pid;
    }

    if (hash.len > GATE_CRYPT_HASH) {
        return NGX_ERROR;
    }

    /* none of them has a NUL */

    p = gate_str_copy(text, user);
    *p++ = '\0';
    p = gate_str_copy(p, password);
    *p++ = '\0';
    p = gate_str_copy(p, hash);

    rc = HMAC(EVP_sha256(), key, sizeof(key), text, p - text, digest, &len)
         ? NGX_OK : NGX_ERROR;

    ngx_explicit_memzero(text, sizeof(text));

    return rc;
}


ngx_uint_t
ngx_http_gate_auth_basic_known(u_char *digest)
{
    ngx_http_gate_auth_basic_known_t  *known;

    known = ngx_http_gate_auth_basic_place(digest);

    return known->end > ngx_time()
           && CRYPTO_memcmp(known->digest, digest, sizeof(known->digest)) == 0;
}


#if (NGX_THREADS)

typedef struct {
    ngx_thread_task_t          task;
    ngx_queue_t                queue;     /* of all jobs */
    ngx_queue_t                waits;     /* requests; none: they have left */
    ngx_thread_pool_t         *pool;
    time_t                     cache;
    ngx_uint_t                 known;
    ngx_uint_t                 posted;
    int                        good;
    u_char                     digest[NGX_HTTP_GATE_AUTH_BASIC_DIGEST];
    char                       password[GATE_BASIC_PASSWORD + 1];
    char                       hash[GATE_CRYPT_HASH + 1];
} ngx_http_gate_auth_basic_job_t;


static ngx_http_gate_auth_basic_job_t *ngx_http_gate_auth_basic_joined(
    u_char *digest);
static ngx_http_gate_auth_basic_job_t *ngx_http_gate_auth_basic_job(
    ngx_http_gate_auth_basic_main_conf_t *bmcf, u_char *digest,
    gate_str_t password, gate_str_t hash);
static ngx_int_t ngx_http_gate_auth_basic_post(
    ngx_http_gate_auth_basic_job_t *job);
static void ngx_http_gate_auth_basic_thread(void *data, ngx_log_t *log);
static void ngx_http_gate_auth_basic_done(ngx_event_t *ev);
static void ngx_http_gate_auth_basic_next(void);
static void ngx_http_gate_auth_basic_wake(ngx_http_gate_auth_basic_job_t *job,
    ngx_uint_t state);
static void ngx_http_gate_auth_basic_remember(
    ngx_http_gate_auth_basic_job_t *job);
static void ngx_http_gate_auth_basic_drop(ngx_http_gate_auth_basic_job_t *job);
static void ngx_http_gate_auth_basic_free(ngx_http_gate_auth_basic_job_t *job);


static ngx_queue_t  ngx_http_gate_auth_basic_jobs = {
    &ngx_http_gate_auth_basic_jobs, &ngx_http_gate_auth_basic_jobs
};
static ngx_uint_t  ngx_http_gate_auth_basic_njobs;
static ngx_uint_t  ngx_http_gate_auth_basic_running;


ngx_int_t
ngx_http_gate_auth_basic_begin(ngx_http_gate_auth_basic_main_conf_t *bmcf,
    ngx_http_gate_auth_basic_wait_t *wait, gate_str_t password,
    gate_str_t hash, ngx_uint_t known)
{
    ngx_http_gate_auth_basic_job_t  *job;

    job = ngx_http_gate_auth_basic_joined(wait->digest);

    if (job == NULL) {

        if (ngx_http_gate_auth_basic_njobs >= bmcf->threads + bmcf->queue) {
            return NGX_BUSY;
        }

        job = ngx_http_gate_auth_basic_job(bmcf, wait->digest, password, hash);
        if (job == NULL) {
            return NGX_ERROR;
        }

        job->known = known;

        ngx_http_gate_auth_basic_count("hashed");

        if (ngx_http_gate_auth_basic_running < bmcf->threads
            && ngx_http_gate_auth_basic_post(job) != NGX_OK)
        {
            ngx_http_gate_auth_basic_drop(job);
            return NGX_BUSY;
        }

    } else {
        ngx_http_gate_auth_basic_count("joined");
    }

    wait->state = NGX_HTTP_GATE_AUTH_BASIC_WAITS;
    ngx_queue_insert_tail(&job->waits, &wait->queue);

    return NGX_OK;
}


/* who asks the same waits for the same */

static ngx_http_gate_auth_basic_job_t *
ngx_http_gate_auth_basic_joined(u_char *digest)
{
    ngx_queue_t                     *q;
    ngx_http_gate_auth_basic_job_t  *job;

    for (q = ngx_queue_head(&ngx_http_gate_auth_basic_jobs);
         q != ngx_queue_sentinel(&ngx_http_gate_auth_basic_jobs);
         q = ngx_queue_next(q))
    {
        job = ngx_queue_data(q, ngx_http_gate_auth_basic_job_t, queue);

        if (CRYPTO_memcmp(job->digest, digest, sizeof(job->digest)) == 0) {
            return job;
        }
    }

    return NULL;
}


static ngx_http_gate_auth_basic_job_t *
ngx_http_gate_auth_basic_job(ngx_http_gate_auth_basic_main_conf_t *bmcf,
    u_char *digest, gate_str_t password, gate_str_t hash)
{
    ngx_http_gate_auth_basic_job_t  *job;

    job = ngx_calloc(sizeof(ngx_http_gate_auth_basic_job_t), ngx_cycle->log);
    if (job == NULL) {
        return NULL;
    }

    ngx_queue_init(&job->waits);

    job->pool = ngx_thread_pool_get((ngx_cycle_t *) ngx_cycle, &bmcf->pool);
    job->cache = bmcf->cache;

    ngx_memcpy(job->digest, digest, sizeof(job->digest));
    (void) gate_str_copy((u_char *) job->password, password);
    (void) gate_str_copy((u_char *) job->hash, hash);

    ngx_queue_insert_tail(&ngx_http_gate_auth_basic_jobs, &job->queue);
    ngx_http_gate_auth_basic_njobs++;

    return job;
}


static ngx_int_t
ngx_http_gate_auth_basic_post(ngx_http_gate_auth_basic_job_t *job)
{
    if (job->pool == NULL) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                      "gate basic: the pool of threads is not there");
        return NGX_ERROR;
    }

    job->task.ctx = job;
    job->task.handler = ngx_http_gate_auth_basic_thread;
    job->task.event.handler = ngx_http_gate_auth_basic_done;
    job->task.event.data = job;

    if (ngx_thread_task_post(job->pool, &job->task) != NGX_OK) {
        return NGX_ERROR;
    }

    job->posted = 1;
    ngx_http_gate_auth_basic_running++;

    return NGX_OK;
}


/* in a thread: nothing but the job */

static void
ngx_http_gate_auth_basic_thread(void *data, ngx_log_t *log)
{
    ngx_http_gate_auth_basic_job_t *job = data;

    job->good = gate_crypt_is(job->password, job->hash);
}


static void
ngx_http_gate_auth_basic_done(ngx_event_t *ev)
{
    ngx_http_gate_auth_basic_job_t *job = ev->data;

    ngx_http_gate_auth_basic_running--;

    if (job->good && job->known) {
        ngx_http_gate_auth_basic_remember(job);
    }

    /* it is joined no more: who is woken may ask for another */

    ngx_queue_remove(&job->queue);
    ngx_http_gate_auth_basic_njobs--;

    ngx_http_gate_auth_basic_wake(job,
                                  job->good ? NGX_HTTP_GATE_AUTH_BASIC_GOOD
                                            : NGX_HTTP_GATE_AUTH_BASIC_WRONG);
    ngx_http_gate_auth_basic_free(job);
    ngx_http_gate_auth_basic_next();
}


/* those in the queue, but none for which nobody waits any more */

static void
ngx_http_gate_auth_basic_next(void)
{
    ngx_queue_t                     *q, *next;
    ngx_http_gate_auth_basic_job_t  *job;

    for (q = ngx_queue_head(&ngx_http_gate_auth_basic_jobs);
         q != ngx_queue_sentinel(&ngx_http_gate_auth_basic_jobs);
         q = next)
    {
        next = ngx_queue_next(q);
        job = ngx_queue_data(q, ngx_http_gate_auth_basic_job_t, queue);

        if (job->posted) {
            continue;
        }

        if (ngx_queue_empty(&job->waits)) {
            ngx_http_gate_auth_basic_drop(job);
            continue;
        }

        if (ngx_http_gate_auth_basic_post(job) == NGX_OK) {
            return;
        }

        /* if no other job runs nobody comes by here again for this one */

        ngx_queue_remove(&job->queue);
        ngx_http_gate_auth_basic_njobs--;

        ngx_http_gate_auth_basic_wake(job, NGX_HTTP_GATE_AUTH_BASIC_LATE);
        ngx_http_gate_auth_basic_free(job);

        /* who was woken may have changed the queue */

        next = ngx_queue_head(&ngx_http_gate_auth_basic_jobs);
    }
}


static void
ngx_http_gate_auth_basic_wake(ngx_http_gate_auth_basic_job_t *job,
    ngx_uint_t state)
{
    ngx_queue_t                      *q;
    ngx_http_gate_auth_basic_wait_t  *wait;

    while (!ngx_queue_empty(&job->waits)) {

        q = ngx_queue_head(&job->waits);
        ngx_queue_remove(q);

        wait = ngx_queue_data(q, ngx_http_gate_auth_basic_wait_t, queue);

        wait->state = state;

        ngx_http_gate_resume(wait->request);
    }
}


static void
ngx_http_gate_auth_basic_drop(ngx_http_gate_auth_basic_job_t *job)
{
    ngx_queue_remove(&job->queue);
    ngx_http_gate_auth_basic_njobs--;

    ngx_http_gate_auth_basic_free(job);
}


static void
ngx_http_gate_auth_basic_free(ngx_http_gate_auth_basic_job_t *job)
{
    ngx_explicit_memzero(job->password, sizeof(job->password));
    ngx_free(job);
}

static void
ngx_http_gate_auth_basic_remember(ngx_http_gate_auth_basic_job_t *job)
{
    ngx_http_gate_auth_basic_known_t  *known;

    known = ngx_http_gate_auth_basic_place(job->digest);

    known->end = ngx_time() + job->cache;
    ngx_memcpy(known->digest, job->digest, sizeof(known->digest));
}

#else

ngx_int_t
ngx_http_gate_auth_basic_begin(ngx_http_gate_auth_basic_main_conf_t *bmcf,
    ngx_http_gate_auth_basic_wait_t *wait, gate_str_t password,
    gate_str_t hash, ngx_uint_t known)
{
    return NGX_ERROR;
}

#endif


/* the job goes on by itself: a thread cannot be stopped */

void
ngx_http_gate_auth_basic_cancel(void *data)
{
    ngx_http_gate_auth_basic_wait_t *wait = data;

    if (wait->state != NGX_HTTP_GATE_AUTH_BASIC_WAITS) {
        return;
    }

    ngx_queue_remove(&wait->queue);

    wait->state = NGX_HTTP_GATE_AUTH_BASIC_LATE;
}


static ngx_http_gate_auth_basic_known_t *
ngx_http_gate_auth_basic_place(u_char *digest)
{
    return &ngx_http_gate_auth_basic_table[
               gate_word(digest) & (NGX_HTTP_GATE_AUTH_BASIC_KNOWN - 1)];
}
