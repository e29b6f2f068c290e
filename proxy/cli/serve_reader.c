/* See serve_reader.h. */
#define _GNU_SOURCE /* pthread_timedjoin_np */
#include "cli/serve_reader.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/server_verify.h"
#include "report/log.h"
#include "sources/live.h"

#define STOP_WAIT_S 2

struct serve_reader {
    pthread_t thread;
    struct live_cancel *cancel;
    struct source_options options;
    const char *name;
    uint64_t generation;
    struct verified *verified; /* what came of it, once has_ended */
    struct sg_error error;
    atomic_bool has_ended;
};

/* --- reading --------------------------------------------------------------------------------- */

static enum live_tls tls_of(enum verified_tls tls)
{
    switch (tls) {
    case VERIFIED_TLS_DISABLED:
        return LIVE_TLS_DISABLED;
    case VERIFIED_TLS_PREFERRED:
        return LIVE_TLS_PREFERRED;
    case VERIFIED_TLS_REQUIRED:
        return LIVE_TLS_REQUIRED;
    case VERIFIED_TLS_VERIFY_CA:
        return LIVE_TLS_VERIFY_CA;
    case VERIFIED_TLS_VERIFY_IDENTITY:
        return LIVE_TLS_VERIFY_IDENTITY;
    }
    return LIVE_TLS_PREFERRED;
}

void serve_reader_options(const struct settings *settings, struct source_options *options_out)
{
    *options_out = (struct source_options){
        .database = settings->verified_database,
        .history = settings->history,
        .password = getenv("MYSQL_PWD"),
        .password_file = settings->verified_password_file,
        .option_file = settings->verified_defaults_file,
        .tls = tls_of(settings->verified_tls),
        .tls_ca_file = settings->verified_tls_ca,
        .tls_fingerprint = settings->verified_tls_fingerprint,
    };
}

enum sg_status serve_reader_read(const char *name, const struct source_options *options,
                                 uint64_t generation, struct verified **verified_out,
                                 struct sg_error *error)
{
    struct server_verify verify = {.probe = NULL};
    struct source_options with_tls = *options;
    with_tls.prepare = server_verify_prepare;
    with_tls.prepare_data = &verify;
    enum sg_status status = verified_read(name, &with_tls, generation, verified_out, error);
    server_verify_fini(&verify);
    return status;
}

/* --- the thread ------------------------------------------------------------------------------ */

static void *thread_main(void *argument)
{
    struct serve_reader *reader = argument;
    (void)pthread_setname_np(pthread_self(), "verified");
    if (serve_reader_read(reader->name, &reader->options, reader->generation, &reader->verified,
                          &reader->error) != SG_OK)
        reader->verified = NULL;
    atomic_store(&reader->has_ended, true);
    return NULL;
}

static void free_reader(struct serve_reader *reader)
{
    verified_release(reader->verified);
    live_cancel_free(reader->cancel);
    free(reader);
}

/* Signals are the main thread's. */
static int start_thread(struct serve_reader *reader)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, &before);
    int failure = pthread_create(&reader->thread, NULL, thread_main, reader);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failure;
}

struct serve_reader *serve_reader_start(const char *name, const struct settings *settings,
                                        uint64_t generation, struct sg_error *error)
{
    struct serve_reader *reader = calloc(1, sizeof *reader);
    if (!reader) {
        (void)sg_error_set(error, SG_SYSTEM, "out of memory");
        return NULL;
    }
    serve_reader_options(settings, &reader->options);
    reader->name = name;
    reader->generation = generation;
    reader->cancel = live_cancel_new();
    reader->options.cancel = reader->cancel;
    atomic_init(&reader->has_ended, false);
    int failure = reader->cancel ? start_thread(reader) : ENOMEM;
    if (failure == 0)
        return reader;
    (void)sg_error_set(error, SG_SYSTEM, "no thread for it: %s", strerror(failure));
    free_reader(reader);
    return NULL;
}

bool serve_reader_take(struct serve_reader *reader, struct verified **verified_out,
                       struct sg_error *error)
{
    if (!atomic_load(&reader->has_ended))
        return false;
    (void)pthread_join(reader->thread, NULL);
    *verified_out = reader->verified;
    *error = reader->error;
    reader->verified = NULL;
    free_reader(reader);
    return true;
}

bool serve_reader_stop(struct serve_reader *reader)
{
    struct timespec until;
    if (!reader)
        return true;
    live_cancel_now(reader->cancel);
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += STOP_WAIT_S;
    if (pthread_timedjoin_np(reader->thread, NULL, &until) == 0) {
        free_reader(reader);
        return true;
    }
    log_warning("policy", "a connection to %s does not end; left behind", reader->name);
    (void)pthread_detach(reader->thread);
    return false;
}
