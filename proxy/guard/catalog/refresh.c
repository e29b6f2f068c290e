/* The thread that keeps the live schema fresh.
 *
 * In: requests from anywhere (a bit each), time; out: published schemas, handed to on_published.
 * Called by serve (life), sessions (requests) and endpoints (status). Reading is sources/live.c's,
 * sharing is publish.c's.
 *
 *            request, interval, retry
 *   asleep ───────────────────────────▶ reading ── same content ─────▶ confirm the published one
 *     ▲                                    │ ├───── new content ──────▶ publish, tell what changed
 *     │                                    │ ├───── fewer privileges ─▶ keep the old one, say so
 *     └── gap, or back-off after a failure ┘ └───── failed ───────────▶ keep the old one, say so
 *
 * Between readings it looks tables up for those who cannot wait for one (lookup.h).
 */
#define _GNU_SOURCE /* pthread_timedjoin_np */
#include "catalog/refresh.h"

#include <assert.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "catalog/beside.h"
#include "catalog/difference.h"
#include "report/log.h"
#include "report/metrics.h"

#define MINIMUM_GAP_MS   500u
#define RETRY_FIRST_MS   1000u
#define RETRY_MOST_MS    60000u
#define GAP_PER_DURATION 4u
#define MISS_GAP_MOST_MS 5000u
#define STOP_WAIT_S      2
#define LOOK_UP_GAP_MS   20u
#define LOOK_UP_WAIT_S   5u /* nobody waits for a server that takes longer */
#define NEVER            UINT64_MAX

/* What the operator asked for is not held back. */
#define AT_ONCE ((1u << CATALOG_START) | (1u << CATALOG_SIGNAL))

/* No reading, but a new generation of what was read. */
#define BESIDE (1u << CATALOG_VERIFIED)

#define LOOK_UP (1u << CATALOG_LOOK_UP)

struct catalog {
    struct catalog_options options; /* its strings are ours */
    struct live_cancel *cancel;
    atomic_uint owners;  /* the creator, and the thread while it runs */
    atomic_uint pending; /* a bit for each enum catalog_reason */
    pthread_t thread;
    bool has_thread;

    /* The catalog's thread alone. */
    struct live_coverage *coverage; /* of what is published */
    uint64_t next_retry_ms;         /* NEVER while nothing failed */
    uint64_t retry_ms;
    uint64_t began_ms; /* the reading in flight; by published_clock_ms */
    uint64_t ended_ms; /* the last reading; 0 = none yet */
    uint64_t gap_ms;
    uint64_t miss_gap_ms;    /* doubled while readings for CATALOG_MISS find nothing new */
    uint64_t look_up_due_ms; /* not before */
    bool look_ups_fail;      /* which has been told */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t wake;
    bool is_stopping;
    struct lookup_queue lookups;
    struct verified *verified;
    struct verified *candidate;
    struct published *current;
    struct catalog_status status;
};

/* --- names ----------------------------------------------------------------------------------- */

const char *catalog_reason_name(enum catalog_reason reason)
{
    switch (reason) {
    case CATALOG_START:
        return "start";
    case CATALOG_INTERVAL:
        return "interval";
    case CATALOG_SIGNAL:
        return "signal";
    case CATALOG_DDL:
        return "ddl";
    case CATALOG_MISS:
        return "miss";
    case CATALOG_RETRY:
        return "retry";
    case CATALOG_VERIFIED:
        return "verified";
    case CATALOG_LOOK_UP:
        return "look-up";
    }
    return "unknown";
}

const char *catalog_state_name(enum catalog_state state)
{
    switch (state) {
    case CATALOG_WAITING:
        return "waiting";
    case CATALOG_CURRENT:
        return "current";
    case CATALOG_FAILING:
        return "failing";
    case CATALOG_WITHHELD:
        return "withheld";
    }
    return "unknown";
}

/* The first reason that is set: the order of the enum is that of their weight. */
static const char *first_reason(unsigned reasons)
{
    for (unsigned i = CATALOG_START; i <= CATALOG_RETRY; i++)
        if (reasons & (1u << i))
            return catalog_reason_name((enum catalog_reason)i);
    return "none";
}

/* --- life ------------------------------------------------------------------------------------ */

static void free_names(const char *const *names, size_t count)
{
    union {
        const char *const *lent;
        char **own;
    } array = {.lent = names};
    for (size_t i = 0; names && i < count; i++)
        free(array.own[i]);
    free(array.own);
}

static void free_text(const char *text)
{
    union {
        const char *lent;
        char *own;
    } pointer = {.lent = text};
    free(pointer.own);
}

static void free_strings(struct live_options *server)
{
    free_text(server->host);
    free_text(server->socket_path);
    free_text(server->user);
    free_text(server->password);
    free_text(server->password_file);
    free_text(server->tls_ca_file);
    free_text(server->tls_fingerprint);
    free_text(server->tls_certificate_file);
    free_text(server->tls_key_file);
    free_names(server->databases, server->database_count);
}

static bool copy(const char **into, const char *from)
{
    *into = from ? strdup(from) : NULL;
    return !from || *into;
}

static bool copy_names(struct live_options *into, const struct live_options *from)
{
    into->databases = NULL;
    into->database_count = 0;
    if (!from->databases)
        return true;
    char **names = calloc(from->database_count + 1, sizeof(char *));
    into->databases = (const char *const *)names;
    if (!names)
        return false;
    for (; into->database_count < from->database_count; into->database_count++) {
        names[into->database_count] = strdup(from->databases[into->database_count]);
        if (!names[into->database_count])
            return false;
    }
    return true;
}

static bool copy_strings(struct live_options *into, const struct live_options *from)
{
    *into = *from;
    bool is_good = copy(&into->host, from->host);
    is_good &= copy(&into->socket_path, from->socket_path);
    is_good &= copy(&into->user, from->user);
    is_good &= copy(&into->password, from->password);
    is_good &= copy(&into->password_file, from->password_file);
    is_good &= copy(&into->tls_ca_file, from->tls_ca_file);
    is_good &= copy(&into->tls_fingerprint, from->tls_fingerprint);
    is_good &= copy(&into->tls_certificate_file, from->tls_certificate_file);
    is_good &= copy(&into->tls_key_file, from->tls_key_file);
    is_good &= copy_names(into, from);
    return is_good;
}

static uint64_t value_or(uint64_t value, uint64_t otherwise)
{
    return value ? value : otherwise;
}

static void release(struct catalog *catalog)
{
    if (atomic_fetch_sub(&catalog->owners, 1) != 1)
        return;
    while (catalog->lookups.first) {
        struct lookup_batch batch;
        lookup_queue_take(&catalog->lookups, &batch);
        lookup_batch_answer(&batch, NULL, true);
    }
    published_release(catalog->current);
    verified_release(catalog->verified);
    verified_release(catalog->candidate);
    live_coverage_free(catalog->coverage);
    live_cancel_free(catalog->cancel);
    free_strings(&catalog->options.server);
    (void)pthread_cond_destroy(&catalog->wake);
    (void)pthread_mutex_destroy(&catalog->lock);
    free(catalog);
}

struct catalog *catalog_new(const struct catalog_options *options, struct sg_error *error)
{
    struct catalog *catalog = calloc(1, sizeof(*catalog));
    if (!catalog) {
        (void)sg_error_set(error, SG_SYSTEM, "cannot make the catalog: out of memory");
        return NULL;
    }
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&catalog->wake, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    (void)pthread_mutex_init(&catalog->lock, NULL);
    atomic_init(&catalog->owners, 1);
    atomic_init(&catalog->pending, 0);
    catalog->options = *options;
    catalog->options.read = options->read ? options->read : live_read;
    catalog->options.minimum_gap_ms = value_or(options->minimum_gap_ms, MINIMUM_GAP_MS);
    catalog->options.look_up_gap_ms = value_or(options->look_up_gap_ms, LOOK_UP_GAP_MS);
    catalog->options.retry_first_ms = value_or(options->retry_first_ms, RETRY_FIRST_MS);
    catalog->options.retry_most_ms = value_or(options->retry_most_ms, RETRY_MOST_MS);
    catalog->next_retry_ms = NEVER;
    catalog->cancel = live_cancel_new();
    if (copy_strings(&catalog->options.server, &options->server) && catalog->cancel)
        return catalog;
    (void)sg_error_set(error, SG_SYSTEM, "cannot make the catalog: out of memory");
    release(catalog);
    return NULL;
}

/* --- outcomes of a reading ------------------------------------------------------------------- */

static uint64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void retry_soon(struct catalog *catalog)
{
    catalog->next_retry_ms = now_ms() + catalog->retry_ms;
    catalog->retry_ms *= 2;
    if (catalog->retry_ms > catalog->options.retry_most_ms)
        catalog->retry_ms = catalog->options.retry_most_ms;
}

static void note_failure(struct catalog *catalog, const struct sg_error *error)
{
    uint64_t wait_ms = catalog->retry_ms;
    retry_soon(catalog);
    (void)pthread_mutex_lock(&catalog->lock);
    struct catalog_status *status = &catalog->status;
    status->state = catalog->current ? CATALOG_FAILING : CATALOG_WAITING;
    status->failures++;
    (void)snprintf(status->last_error, sizeof(status->last_error), "%s", error->message);
    uint64_t age_ms =
        catalog->current ? published_age_ms(catalog->current, published_clock_ms()) : 0;
    bool is_stopping = catalog->is_stopping;
    (void)pthread_mutex_unlock(&catalog->lock);
    if (is_stopping)
        return; /* broken off by us */
    metrics_add(METRIC_SCHEMA_READ_FAILURES, 1);
    if (status->generation > 0)
        log_warning("catalog",
                    "reading the schema failed: %s; generation %llu of %llu s ago stays in use, "
                    "next attempt in %llu ms",
                    error->message, (unsigned long long)status->generation,
                    (unsigned long long)(age_ms / 1000), (unsigned long long)wait_ms);
    else
        log_warning("catalog",
                    "reading the schema failed: %s; nothing can be inspected until it succeeds, "
                    "next attempt in %llu ms",
                    error->message, (unsigned long long)wait_ms);
}

static void note_withheld(struct catalog *catalog, const struct live_reading *reading,
                          const char *lost)
{
    (void)pthread_mutex_lock(&catalog->lock);
    catalog->status.state = CATALOG_WITHHELD;
    catalog->status.withheld++;
    (void)snprintf(catalog->status.last_error, sizeof(catalog->status.last_error),
                   "account %s lost its privileges on %s", reading->account, lost);
    (void)pthread_mutex_unlock(&catalog->lock);
    metrics_add(METRIC_SCHEMA_READ_FAILURES, 1);
    log_error("catalog",
              "account %s lost its privileges on %s: what it cannot see now would look as if it "
              "did not exist, so the schema of before stays in use and ages; grant them again, or "
              "restart the guard to accept the smaller view",
              reading->account, lost);
}

/* Fields that every good reading sets; the lock is held. */
static void set_status(struct catalog *catalog, const struct live_reading *reading)
{
    struct catalog_status *status = &catalog->status;
    status->state = CATALOG_CURRENT;
    status->readings++;
    status->last_duration_ms = reading->duration_ms;
    status->table_count = reading->table_count;
    status->column_count = reading->column_count;
    status->unknown_table_count = reading->unknown_table_count;
    status->incomplete_database_count = reading->incomplete_database_count;
    status->generation = catalog->current->generation;
    status->last_error[0] = '\0';
}

static void tell_first(const struct live_reading *reading, const char *reason)
{
    log_info("catalog",
             "schema read (%s): %s, %zu databases, %zu tables, %zu columns, in %u ms, as %s",
             reason, reading->server_version, reading->database_count, reading->table_count,
             reading->column_count, reading->duration_ms, reading->account);
    if (reading->incomplete_database_count > 0)
        log_info("catalog",
                 "nothing will be said about what is missing in %zu of the databases: %s has no "
                 "privilege on all of their tables, or the server hides some",
                 reading->incomplete_database_count, reading->account);
    if (reading->unknown_table_count > 0)
        log_info("catalog",
                 "nothing will be said about the columns of %zu tables: broken views, or no "
                 "privilege on all of their columns",
                 reading->unknown_table_count);
}

static void tell_change(const struct sg_schema *before, const struct published *published,
                        const struct live_reading *reading, const char *reason)
{
    struct difference difference;
    difference_find(before, published->schema, &difference);
    log_info("catalog",
             "schema changed (%s), generation %llu: tables +%zu -%zu ~%zu, columns +%zu -%zu%s%s; "
             "%zu tables, %zu columns, in %u ms",
             reason, (unsigned long long)published->generation, difference.tables_added,
             difference.tables_removed, difference.tables_changed, difference.columns_added,
             difference.columns_removed, difference.names[0] ? ": " : "", difference.names,
             reading->table_count, reading->column_count, reading->duration_ms);
}

/* What may differ from reading to reading of the same content. */
static void take_circumstances(struct catalog *catalog, struct published *published,
                               const struct live_reading *reading)
{
    published_set_as_of(published, catalog->began_ms);
    published_set_modes(published, reading->sql_mode, reading->sql_mode_certain ? 0 : UINT32_MAX);
}

/* One of the two as this server would read it; kept, unless another has been named meanwhile. NULL:
 * none is named, or it cannot be read so. */
static struct verified *fit(struct catalog *catalog, struct verified **slot,
                            const struct sg_schema *live)
{
    struct sg_error error = {.status = SG_OK};
    (void)pthread_mutex_lock(&catalog->lock);
    struct verified *named = verified_retain(*slot);
    (void)pthread_mutex_unlock(&catalog->lock);
    struct verified *fitting = named ? verified_for(named, sg_schema_server(live), &error) : NULL;
    if (named && !fitting) {
        metrics_add(METRIC_VERIFIED_FAILURES, 1);
        log_error("catalog", "%s: not held against anything: %s", named->source, error.message);
    }
    (void)pthread_mutex_lock(&catalog->lock);
    struct verified *before = NULL;
    if (fitting && fitting != named && *slot == named) {
        before = *slot;
        *slot = verified_retain(fitting);
    }
    (void)pthread_mutex_unlock(&catalog->lock);
    verified_release(before);
    verified_release(named);
    return fitting;
}

/* What is to stand beside `live` as of now; the catalog's thread makes it without the lock. */
static struct published_beside *make_beside(struct catalog *catalog, const struct sg_schema *live)
{
    const struct beside_options options = {.verified = fit(catalog, &catalog->verified, live),
                                           .candidate = fit(catalog, &catalog->candidate, live),
                                           .is_named = catalog->options.is_named,
                                           .argument = catalog->options.argument};
    struct published_beside *beside =
        beside_new(&options, live, catalog->current ? catalog->current->beside : NULL);
    verified_release(options.verified);
    verified_release(options.candidate);
    return beside;
}

/* Makes the reading's schema the published one and hands it out. */
static void publish(struct catalog *catalog, struct live_reading *reading, const char *reason)
{
    struct published *before = catalog->current;
    struct published *published =
        published_new(reading->schema, before ? before->generation + 1 : 1);
    reading->schema = NULL;
    if (!published) {
        struct sg_error error = {.status = SG_SYSTEM, .message = "out of memory"};
        note_failure(catalog, &error);
        return;
    }
    take_circumstances(catalog, published, reading);
    published->beside = make_beside(catalog, published->schema);
    (void)pthread_mutex_lock(&catalog->lock);
    catalog->current = published;
    set_status(catalog, reading);
    bool is_stopping = catalog->is_stopping;
    (void)pthread_mutex_unlock(&catalog->lock);
    /* Handed out before it is told, so that who reads the log finds it in use. */
    if (catalog->options.on_published && !is_stopping)
        catalog->options.on_published(published, catalog->options.argument);
    if (before)
        tell_change(before->schema, published, reading, reason);
    else
        tell_first(reading, reason);
    published_release(before);
    catalog->miss_gap_ms = 0;
}

/* The same live schema as a new generation, with what stands beside it now. */
static void publish_again(struct catalog *catalog)
{
    struct published *before = catalog->current;
    struct published *published = before ? published_again(before) : NULL;
    if (!published) {
        if (before)
            log_error("catalog", "memory is out: the verified schema of before stays in use");
        return;
    }
    published->beside = make_beside(catalog, published->schema);
    (void)pthread_mutex_lock(&catalog->lock);
    catalog->current = published;
    catalog->status.generation = published->generation;
    bool is_stopping = catalog->is_stopping;
    (void)pthread_mutex_unlock(&catalog->lock);
    if (catalog->options.on_published && !is_stopping)
        catalog->options.on_published(published, catalog->options.argument);
    log_info("catalog", "what is verified has changed: generation %llu",
             (unsigned long long)published->generation);
    published_release(before);
}

/* An application that asks for what is not there asks again and again: one reading tells as much as
 * a hundred. */
static void back_off_misses(struct catalog *catalog, unsigned reasons)
{
    if (reasons != 1u << CATALOG_MISS)
        return;
    catalog->miss_gap_ms =
        catalog->miss_gap_ms ? catalog->miss_gap_ms * 2 : catalog->options.minimum_gap_ms * 2;
    if (catalog->miss_gap_ms > MISS_GAP_MOST_MS)
        catalog->miss_gap_ms = MISS_GAP_MOST_MS;
}

static void take_reading(struct catalog *catalog, struct live_reading *reading, unsigned reasons)
{
    char lost[256] = "";
    if (catalog->coverage &&
        live_coverage_shrank(catalog->coverage, reading->coverage, lost, sizeof(lost))) {
        note_withheld(catalog, reading, lost);
        return;
    }
    live_coverage_free(catalog->coverage);
    catalog->coverage = reading->coverage;
    reading->coverage = NULL;
    metrics_add(METRIC_SCHEMA_READS, 1);
    metrics_set(METRIC_SCHEMA_READ_AT, (uint64_t)time(NULL));
    if (reading->unsettled)
        retry_soon(catalog); /* tables were changing at every attempt */
    else
        catalog->retry_ms = catalog->options.retry_first_ms;
    /* Nobody else writes `current`, so this thread may read it without the lock. */
    if (!catalog->current || !difference_is_none(catalog->current->schema, reading->schema)) {
        publish(catalog, reading, first_reason(reasons));
        return;
    }
    published_confirm(catalog->current);
    take_circumstances(catalog, catalog->current, reading);
    back_off_misses(catalog, reasons);
    (void)pthread_mutex_lock(&catalog->lock);
    set_status(catalog, reading);
    bool is_stopping = catalog->is_stopping;
    (void)pthread_mutex_unlock(&catalog->lock);
    if (catalog->options.on_confirmed && !is_stopping)
        catalog->options.on_confirmed(catalog->options.argument);
    log_debug("catalog", "schema read (%s): unchanged, in %u ms", first_reason(reasons),
              reading->duration_ms);
}

/* --- the thread ------------------------------------------------------------------------------ */

/* A reading needs its rows and a second schema for a moment; without this the process would keep
 * what they took (at 200,000 columns some 40 MB) for the next one. */
static void give_memory_back(void)
{
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
}

static void read_now(struct catalog *catalog, unsigned reasons)
{
    struct live_reading reading = {.schema = NULL};
    struct sg_error error = {.status = SG_OK};
    uint64_t started = now_ms();
    catalog->began_ms = published_clock_ms();
    catalog->next_retry_ms = NEVER;
    enum sg_status status =
        catalog->options.read(&catalog->options.server, catalog->cancel, &reading, &error);
    if (status == SG_OK) {
        take_reading(catalog, &reading, reasons);
        live_reading_fini(&reading);
    } else {
        note_failure(catalog, &error);
    }
    give_memory_back();
    catalog->ended_ms = now_ms();
    catalog->gap_ms = (catalog->ended_ms - started) * GAP_PER_DURATION;
    if (catalog->gap_ms < catalog->options.minimum_gap_ms)
        catalog->gap_ms = catalog->options.minimum_gap_ms;
}

/* --- look-ups -------------------------------------------------------------------------------- */

/* The tables as they are now; NULL with *error. What the account has lost would look absent. */
static struct sg_schema *read_tables(struct catalog *catalog, const struct lookup_batch *batch,
                                     struct sg_error *error)
{
    struct live_reading reading = {.schema = NULL};
    struct live_options options = catalog->options.server;
    struct sg_schema *schema = NULL;
    char lost[256] = "";
    options.tables = batch->tables;
    options.table_count = batch->table_count;
    options.connect_timeout_s = LOOK_UP_WAIT_S;
    options.read_timeout_s = LOOK_UP_WAIT_S;
    if (catalog->options.read(&options, catalog->cancel, &reading, error) != SG_OK)
        return NULL;
    if (catalog->coverage &&
        live_coverage_shrank(catalog->coverage, reading.coverage, lost, sizeof(lost)))
        (void)sg_error_set(error, SG_SYSTEM, "account %s lost its privileges on %s",
                           reading.account, lost);
    else if (reading.unsettled)
        (void)sg_error_set(error, SG_SYSTEM, "tables were changing at every attempt");
    else
        schema = sg_schema_retain(reading.schema);
    live_reading_fini(&reading);
    return schema;
}

/* The first failure in a row is told; the reading that is asked for tells what is wrong, too. */
static void tell_look_up(struct catalog *catalog, const struct sg_schema *schema,
                         const struct sg_error *error)
{
    if (schema && catalog->look_ups_fail)
        log_info("catalog", "tables can be looked up again");
    if (!schema && !catalog->look_ups_fail)
        log_warning("catalog", "looking tables up failed: %s; on_confirm_timeout decides",
                    error->message);
    catalog->look_ups_fail = !schema;
    if (schema)
        return;
    metrics_add(METRIC_SCHEMA_LOOKUP_FAILURES, 1);
    catalog_request(catalog, CATALOG_MISS);
}

static bool take_look_ups(struct catalog *catalog, struct lookup_batch *batch_out)
{
    (void)pthread_mutex_lock(&catalog->lock);
    lookup_queue_take(&catalog->lookups, batch_out);
    bool is_left = catalog->lookups.first != NULL;
    bool is_stopping = catalog->is_stopping;
    (void)pthread_mutex_unlock(&catalog->lock);
    if (is_left)
        (void)atomic_fetch_or(&catalog->pending, LOOK_UP);
    return is_stopping;
}

static void look_up_now(struct catalog *catalog)
{
    struct lookup_batch batch;
    struct sg_error error = {.status = SG_OK};
    uint64_t started = now_ms();
    if (take_look_ups(catalog, &batch) || !batch.first) {
        lookup_batch_answer(&batch, NULL, true);
        return;
    }
    struct sg_schema *schema = read_tables(catalog, &batch, &error);
    metrics_add(METRIC_SCHEMA_LOOKUPS, 1);
    (void)pthread_mutex_lock(&catalog->lock);
    bool is_stopping = catalog->is_stopping;
    (void)pthread_mutex_unlock(&catalog->lock);
    if (!is_stopping)
        tell_look_up(catalog, schema, &error);
    lookup_batch_answer(&batch, schema, is_stopping);
    sg_schema_release(schema);
    uint64_t ended = now_ms();
    catalog->look_up_due_ms = ended + (ended - started > catalog->options.look_up_gap_ms
                                           ? ended - started
                                           : catalog->options.look_up_gap_ms);
}

/* --- when ------------------------------------------------------------------------------------ */

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* When the next reading is due, for what is pending and by time. */
static uint64_t next_due_ms(const struct catalog *catalog, unsigned pending)
{
    if (pending & (AT_ONCE | BESIDE))
        return 0;
    uint64_t look_up = pending & LOOK_UP ? catalog->look_up_due_ms : NEVER;
    uint64_t due = catalog->next_retry_ms;
    bool is_failing = due != NEVER; /* then requests wait for the back-off too */
    pending &= ~LOOK_UP;
    if (pending && !is_failing) {
        bool is_miss_alone = pending == 1u << CATALOG_MISS;
        uint64_t gap = is_miss_alone && catalog->miss_gap_ms > catalog->gap_ms
                           ? catalog->miss_gap_ms
                           : catalog->gap_ms;
        due = catalog->ended_ms + gap;
    }
    if (catalog->options.interval_ms > 0 && !is_failing)
        due = earlier(due, catalog->ended_ms + catalog->options.interval_ms);
    return earlier(due, look_up);
}

/* Sleeps until a reading is due. False: it is time to end. */
static bool wait_until_due(struct catalog *catalog, unsigned *reasons_out)
{
    (void)pthread_mutex_lock(&catalog->lock);
    while (!catalog->is_stopping) {
        unsigned pending = atomic_load(&catalog->pending);
        uint64_t due = next_due_ms(catalog, pending);
        if (due <= now_ms())
            break;
        if (due == NEVER) {
            (void)pthread_cond_wait(&catalog->wake, &catalog->lock);
            continue;
        }
        struct timespec until = {.tv_sec = (time_t)(due / 1000),
                                 .tv_nsec = (long)(due % 1000) * 1000000};
        (void)pthread_cond_timedwait(&catalog->wake, &catalog->lock, &until);
    }
    bool goes_on = !catalog->is_stopping;
    (void)pthread_mutex_unlock(&catalog->lock);
    unsigned by_time =
        catalog->next_retry_ms != NEVER ? 1u << CATALOG_RETRY : 1u << CATALOG_INTERVAL;
    /* Taken before the reading starts: what is asked for from now on was perhaps not seen by it. */
    *reasons_out = atomic_exchange(&catalog->pending, 0);
    if (*reasons_out == 0)
        *reasons_out = by_time;
    return goes_on;
}

/* What goes first of all that is pending; the rest is done when it is due. */
static void do_first(struct catalog *catalog, unsigned reasons)
{
    unsigned left = 0;
    if (reasons & BESIDE) {
        publish_again(catalog);
        left = reasons & ~BESIDE;
    } else if ((reasons & LOOK_UP) && catalog->look_up_due_ms <= now_ms()) {
        look_up_now(catalog);
        left = reasons & ~LOOK_UP;
    } else {
        left = reasons & LOOK_UP; /* not yet; then time has come for what else there is */
        read_now(catalog, reasons != left ? reasons & ~LOOK_UP : 1u << CATALOG_INTERVAL);
    }
    (void)atomic_fetch_or(&catalog->pending, left);
}

static void *thread_main(void *argument)
{
    struct catalog *catalog = argument;
    unsigned reasons = 0;
    (void)pthread_setname_np(pthread_self(), "catalog");
    catalog->retry_ms = catalog->options.retry_first_ms;
    while (wait_until_due(catalog, &reasons))
        do_first(catalog, reasons);
    release(catalog);
    return NULL;
}

bool catalog_start(struct catalog *catalog, struct sg_error *error)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    catalog_request(catalog, CATALOG_START);
    (void)atomic_fetch_add(&catalog->owners, 1);
    (void)pthread_sigmask(SIG_BLOCK, &all, &before); /* signals are the main thread's */
    int failure = pthread_create(&catalog->thread, NULL, thread_main, catalog);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    catalog->has_thread = failure == 0;
    if (failure == 0)
        return true;
    (void)atomic_fetch_sub(&catalog->owners, 1);
    (void)sg_error_set(error, SG_SYSTEM, "cannot start the catalog's thread: %s",
                       strerror(failure));
    return false;
}

/* --- from other threads ---------------------------------------------------------------------- */

void catalog_request(struct catalog *catalog, enum catalog_reason reason)
{
    unsigned bit = 1u << reason;
    if (atomic_fetch_or(&catalog->pending, bit) & bit)
        return;
    (void)pthread_mutex_lock(&catalog->lock);
    (void)pthread_cond_signal(&catalog->wake);
    (void)pthread_mutex_unlock(&catalog->lock);
}

void catalog_look_up(struct catalog *catalog, struct lookup *lookup)
{
    (void)pthread_mutex_lock(&catalog->lock);
    lookup_queue_put(&catalog->lookups, lookup);
    (void)pthread_mutex_unlock(&catalog->lock);
    catalog_request(catalog, CATALOG_LOOK_UP);
}

void catalog_hold_against(struct catalog *catalog, struct verified *verified,
                          struct verified *candidate)
{
    (void)pthread_mutex_lock(&catalog->lock);
    struct verified *verified_before = catalog->verified;
    struct verified *candidate_before = catalog->candidate;
    catalog->verified = verified_retain(verified);
    catalog->candidate = verified_retain(candidate);
    (void)pthread_mutex_unlock(&catalog->lock);
    verified_release(verified_before);
    verified_release(candidate_before);
    catalog_request(catalog, CATALOG_VERIFIED);
}

struct published *catalog_current(struct catalog *catalog)
{
    (void)pthread_mutex_lock(&catalog->lock);
    struct published *current = catalog->current ? published_retain(catalog->current) : NULL;
    (void)pthread_mutex_unlock(&catalog->lock);
    return current;
}

void catalog_status(struct catalog *catalog, struct catalog_status *status_out)
{
    (void)pthread_mutex_lock(&catalog->lock);
    *status_out = catalog->status;
    if (catalog->current)
        status_out->age_ms = published_age_ms(catalog->current, published_clock_ms());
    (void)pthread_mutex_unlock(&catalog->lock);
}

void catalog_stop(struct catalog *catalog)
{
    (void)pthread_mutex_lock(&catalog->lock);
    catalog->is_stopping = true;
    (void)pthread_cond_signal(&catalog->wake);
    (void)pthread_mutex_unlock(&catalog->lock);
    live_cancel_now(catalog->cancel);
}

bool catalog_free(struct catalog *catalog)
{
    if (!catalog)
        return true;
    catalog_stop(catalog);
    bool has_ended = true;
    if (catalog->has_thread) {
        struct timespec until;
        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += STOP_WAIT_S;
        has_ended = pthread_timedjoin_np(catalog->thread, NULL, &until) == 0;
        if (!has_ended) {
            log_warning("catalog", "a connection to the server does not end; left behind");
            (void)pthread_detach(catalog->thread);
        }
    }
    release(catalog);
    return has_ended;
}
