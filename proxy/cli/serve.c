/* The guard as a process: makes what sessions share, starts workers and the catalog, waits for
 * signals, and takes everything down in the opposite order.
 *
 *     HUP    read the TLS files and the schema again          TERM, INT   stop: idle sessions end
 * now, the others within USR1   open the event log again                   shutdown_timeout; a
 * second one ends them at once USR2   write the counters to the log
 */
#include "cli/serve.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "admin/admin.h"
#include "catalog/refresh.h"
#include "cli/serve_exceptions.h"
#include "cli/serve_tls.h"
#include "cli/serve_verified.h"
#include "cli/serve_watch.h"
#include "cli/server_pin.h"
#include "net/listener.h"
#include "net/loop.h"
#include "report/log.h"
#include "report/metrics.h"
#include "session/limits.h"
#include "session/quota.h"
#include "session/session.h"
#include "sources/live.h"

#define EVENT_CLOSE_MS 2000
#define PROBE_MS       5000
#define START_STEP_MS  50

struct serve;

/* A worker and its sessions. */
struct station {
    struct serve *serve;
    struct worker *worker;
    struct session_worker sessions;
};

/* One address of `listen`. */
struct door {
    struct listener *listener;
    enum client_tls client_tls;
};

struct serve {
    const struct settings *settings;
    struct session_shared shared;
    struct serve_tls tls; /* in use; the workers and the probe have references of their own */
    struct station *stations;
    unsigned station_count;
    struct door *doors;
    size_t door_count;
    struct admin *admin; /* NULL = none */
    struct watch watch;
    struct serve_verified verified;
    struct probe *probe; /* of the server's certificate, for the catalog; NULL: no TLS there */
    atomic_uint running; /* workers that have not ended */
    atomic_bool is_open; /* workers take schemas */
    atomic_bool hurry;   /* the second TERM: no waiting */
    bool left_behind;    /* the catalog's thread has not ended */
    bool catalog_runs;
    bool told_to_stop; /* before it served anybody */
    int signals;       /* signalfd */
    int ended;         /* eventfd: a worker has ended */
};

/* --- what sessions share -------------------------------------------------------------------------
 */

static void endpoint_of(const struct settings_address *address, struct endpoint *endpoint_out)
{
    *endpoint_out =
        (struct endpoint){.is_path = address->kind == SETTINGS_ADDRESS_UNIX, .port = address->port};
    if (endpoint_out->is_path)
        snprintf(endpoint_out->path, sizeof endpoint_out->path, "%s", address->path);
    else
        snprintf(endpoint_out->host, sizeof endpoint_out->host, "%s", address->host);
}

static bool read_file(const char *path, char *text, size_t capacity, size_t *size_out)
{
    FILE *file = fopen(path, "re");

    if (!file)
        return false;
    *size_out = fread(text, 1, capacity, file);
    return fclose(file) == 0 && *size_out < capacity;
}

static bool make_rsa(struct serve *serve, struct sg_error *error)
{
    const char *path = serve->settings->auth_rsa_key;
    char pem[16384];
    size_t size = 0;

    if (!path) {
        serve->shared.rsa = wire_rsa_generate(error);
    } else if (!read_file(path, pem, sizeof pem, &size)) {
        sg_error_set(error, SG_SYSTEM, "%s: cannot be read, or is longer than a key", path);
    } else {
        serve->shared.rsa = wire_rsa_load(sg_slice_make(pem, size), error);
        if (!serve->shared.rsa)
            sg_error_at(error, "%s", path);
    }
    wire_wipe(pem, sizeof pem);
    return serve->shared.rsa != NULL;
}

/* --- TLS -----------------------------------------------------------------------------------------
 */

static struct tls_context *share(struct tls_context *context)
{
    return context ? tls_context_retain(context) : NULL;
}

static void take_tls(struct worker *worker, void *argument)
{
    struct station *station = worker_owner(worker);
    struct serve_tls *tls = argument;

    session_worker_secure(&station->sessions, tls->client, tls->server);
    free(tls);
}

static void hand_out_tls(struct serve *serve, struct station *station)
{
    struct serve_tls *copy = malloc(sizeof *copy);

    if (!copy)
        return;
    *copy = (struct serve_tls){share(serve->tls.client), share(serve->tls.server)};
    if (worker_post(station->worker, take_tls, copy))
        return;
    serve_tls_release(copy);
    free(copy);
}

/* Sessions keep what they began with. A file that is bad changes nothing. */
static void reload_tls(struct serve *serve)
{
    struct serve_tls fresh = {0};
    struct sg_error error = {0};

    if (!serve_tls_make(serve->settings, &serve->tls, &fresh, &error)) {
        log_error("serve", "%s; nothing is changed: what was read before stays in use",
                  error.message);
        return;
    }
    serve_tls_release(&serve->tls);
    serve->tls = fresh;
    for (unsigned i = 0; i < serve->station_count; i++)
        hand_out_tls(serve, &serve->stations[i]);
    if (serve->probe)
        probe_secure(serve->probe, serve->tls.server);
    log_info("serve", "the files of the TLS settings were read again");
    serve_tls_tell(serve->settings, &serve->tls);
}

/* --- the schema ----------------------------------------------------------------------------------
 */

static enum live_tls live_tls_of(enum server_tls server_tls)
{
    switch (server_tls) {
    case SERVER_TLS_DISABLED:
        return LIVE_TLS_DISABLED;
    case SERVER_TLS_AS_CLIENT:
    case SERVER_TLS_PREFERRED:
        return LIVE_TLS_PREFERRED;
    case SERVER_TLS_REQUIRED:
        return LIVE_TLS_REQUIRED;
    case SERVER_TLS_VERIFY_CA:
        return LIVE_TLS_VERIFY_CA;
    case SERVER_TLS_VERIFY_IDENTITY:
        return LIVE_TLS_VERIFY_IDENTITY;
    }
    return LIVE_TLS_PREFERRED;
}

/* At the start one generation may come twice, or behind the next one. */
static void take_published(struct worker *worker, void *argument)
{
    struct station *station = worker_owner(worker);
    struct published *now = station->sessions.published;
    struct published *published = argument;

    if (now && now->generation >= published->generation)
        published_release(published);
    else
        session_worker_publish(&station->sessions, published);
}

static void tell_beside(const struct published_beside *beside)
{
    if (beside && beside->is_compared)
        metrics_set(METRIC_VERIFIED_DIFFERENCES, beside->standing.total);
}

/* On the catalog's thread. */
static void hand_out(struct published *published, void *argument)
{
    struct serve *serve = argument;

    metrics_set(METRIC_SCHEMA_GENERATION, published->generation);
    metrics_set(METRIC_SCHEMA_TABLES, sg_schema_table_count(published->schema));
    metrics_set(METRIC_SCHEMA_COLUMNS, sg_schema_column_count(published->schema));
    tell_beside(published->beside);
    if (!atomic_load(&serve->is_open))
        return;
    for (unsigned i = 0; i < serve->station_count; i++) {
        struct published *share = published_retain(published);
        if (!worker_post(serve->stations[i].worker, take_published, share))
            published_release(share);
    }
}

static void take_confirmed(struct worker *worker, void *argument)
{
    struct station *station = worker_owner(worker);

    (void)argument;
    session_worker_confirm(&station->sessions);
}

/* On the catalog's thread. A worker that has ended need not know. */
static void tell_confirmed(void *argument)
{
    struct serve *serve = argument;

    for (unsigned i = 0; i < serve->station_count; i++)
        (void)!worker_post(serve->stations[i].worker, take_confirmed, NULL);
}

/* On the catalog's thread. */
static bool is_named(struct sg_slice database, struct sg_slice table, void *argument)
{
    const struct serve *serve = argument;

    return serve_verified_is_named(serve->settings, database, table);
}

static bool make_catalog(struct serve *serve, struct sg_error *error)
{
    const struct settings *settings = serve->settings;
    const struct settings_address *server = &settings->server;
    struct catalog_options options = {
        .server = {.host = server->host,
                   .port = server->port,
                   .socket_path = server->path,
                   .user = settings->schema_user,
                   .password_file = settings->schema_password_file,
                   .tls = live_tls_of(settings->server_tls),
                   .tls_ca_file = settings->server_tls_ca,
                   .tls_fingerprint = settings->server_tls_fingerprint,
                   .tls_certificate_file = settings->server_tls_cert,
                   .tls_key_file = settings->server_tls_key},
        .interval_ms = settings->schema_refresh_ms,
        .on_published = hand_out,
        .on_confirmed = tell_confirmed,
        .is_named = is_named,
        .argument = serve};

    if (!settings->schema_user)
        return true;
    if (serve->tls.server) {
        serve->probe = probe_new(&serve->shared.server, serve->tls.server, PROBE_MS);
        options.server.find_pin = serve->probe ? server_pin_find : NULL;
        options.server.find_pin_argument = serve->probe;
    }
    serve->shared.catalog = catalog_new(&options, error);
    serve_verified_begin(&serve->verified, serve->shared.catalog);
    return serve->shared.catalog != NULL;
}

/* --- workers
 * --------------------------------------------------------------------------------------- */

static void on_accept(struct worker *worker, const struct accepted *accepted, void *argument)
{
    struct station *station = worker_owner(worker);
    const struct door *door = argument;

    session_open(&station->sessions, accepted, door->client_tls);
}

static void on_refuse(struct worker *worker, const struct accepted *accepted, void *argument)
{
    (void)worker;
    (void)argument;
    limits_turn_away(accepted);
}

static void on_trouble(struct worker *worker, const char *text, void *argument)
{
    (void)worker;
    (void)argument;
    log_error("serve", "%s", text);
}

static bool on_start(struct worker *worker, struct sg_error *error)
{
    struct station *station = worker_owner(worker);

    for (size_t i = 0; i < station->serve->door_count; i++)
        if (!listener_serve(station->serve->doors[i].listener, worker, error))
            return false;
    return true;
}

static uint64_t drain_ms(struct serve *serve)
{
    return atomic_load(&serve->hurry) ? 0 : serve->settings->shutdown_timeout_ms;
}

static void on_stop(struct worker *worker)
{
    struct station *station = worker_owner(worker);

    for (size_t i = 0; i < station->serve->door_count; i++)
        listener_leave(station->serve->doors[i].listener, worker);
    session_worker_drain(&station->sessions, drain_ms(station->serve));
}

static void drain_now(struct worker *worker, void *argument)
{
    struct station *station = worker_owner(worker);

    (void)argument;
    session_worker_drain(&station->sessions, 0);
}

static void on_end(struct worker *worker)
{
    struct station *station = worker_owner(worker);
    const uint64_t one = 1;

    atomic_fetch_sub(&station->serve->running, 1);
    if (write(station->serve->ended, &one, sizeof one) < 0)
        log_error("serve", "the end of a worker could not be told: %s", strerror(errno));
}

static bool make_workers(struct serve *serve, struct sg_error *error)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned count = serve->settings->workers;

    if (count == 0)
        count = cores > 0 ? (unsigned)cores : 1;
    serve->stations = calloc(count, sizeof *serve->stations);
    if (!serve->stations)
        return sg_error_set(error, SG_SYSTEM, "out of memory"), false;
    for (unsigned i = 0; i < count; i++) {
        struct station *station = &serve->stations[i];
        char name[32];
        snprintf(name, sizeof name, "worker %u", i);
        const struct worker_options options = {.index = i,
                                               .name = name,
                                               .owner = station,
                                               .on_start = on_start,
                                               .on_stop = on_stop,
                                               .on_end = on_end};
        station->serve = serve;
        station->worker = worker_new(&options, error);
        if (!station->worker)
            return false;
        session_worker_init(&station->sessions, station->worker, &serve->shared);
        session_worker_secure(&station->sessions, share(serve->tls.client),
                              share(serve->tls.server));
        serve->station_count++;
    }
    return true;
}

static bool open_doors(struct serve *serve, struct sg_error *error)
{
    const struct settings_addresses *listen = &serve->settings->listen;
    struct worker **workers = calloc(serve->station_count, sizeof *workers);
    bool opened = workers != NULL;

    serve->doors = calloc(listen->count, sizeof *serve->doors);
    for (unsigned i = 0; opened && i < serve->station_count; i++)
        workers[i] = serve->stations[i].worker;
    for (size_t i = 0; opened && serve->doors && i < listen->count; i++) {
        struct door *door = &serve->doors[i];
        struct endpoint endpoint;
        const struct listener_options options = {.workers = workers,
                                                 .worker_count = serve->station_count,
                                                 .on_accept = on_accept,
                                                 .on_refuse = on_refuse,
                                                 .on_trouble = on_trouble,
                                                 .argument = door};
        endpoint_of(&listen->items[i], &endpoint);
        door->client_tls = settings_client_tls(serve->settings, &listen->items[i]);
        door->listener = listener_open(&endpoint, &options, error);
        opened = door->listener != NULL;
        serve->door_count += opened;
    }
    free(workers);
    return opened && serve->doors;
}

static bool start_workers(struct serve *serve, struct sg_error *error)
{
    for (unsigned i = 0; i < serve->station_count; i++) {
        atomic_fetch_add(&serve->running, 1);
        if (!worker_start(serve->stations[i].worker, error)) {
            atomic_fetch_sub(&serve->running, 1);
            return false;
        }
    }
    return true;
}

/* --- the process
 * ------------------------------------------------------------------------------------- */

/* Blocked here and so in every thread that is started: they arrive by the descriptor alone. */
static bool make_descriptors(struct serve *serve, struct sg_error *error)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    serve->signals = signalfd(-1, &set, SFD_CLOEXEC);
    serve->ended = eventfd(0, EFD_CLOEXEC);
    if (serve->signals >= 0 && serve->ended >= 0)
        return true;
    sg_error_set(error, SG_SYSTEM, "signals cannot be received: %s", strerror(errno));
    return false;
}

/* Each session takes two descriptors: as many as the system allows. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static void say_ready(const struct serve *serve)
{
    const struct settings *settings = serve->settings;
    char server[ENDPOINT_TEXT_MAX];
    char listen[ENDPOINT_TEXT_MAX];

    endpoint_text(&serve->shared.server, server);
    for (size_t i = 0; i < serve->door_count; i++)
        log_info("serve", "listening on %s for %s, %s, %u workers, mode %s, confirm %s",
                 endpoint_text(listener_endpoint(serve->doors[i].listener), listen), server,
                 serve->doors[i].client_tls == CLIENT_TLS_REQUIRED    ? "TLS required"
                 : serve->doors[i].client_tls == CLIENT_TLS_PREFERRED ? "TLS offered"
                                                                      : "no TLS",
                 serve->station_count, settings->mode == GUARD_MODE_BLOCK ? "block" : "observe",
                 settings->sources[SETTING_ID_CONFIRM].text);
}

static void stop(struct serve *serve, bool again)
{
    admin_set_draining(serve->admin);
    log_info("serve", again ? "stopping at once" : "stopping; a second signal stops at once");
    if (again)
        atomic_store(&serve->hurry, true);
    for (unsigned i = 0; i < serve->station_count; i++) {
        if (again && worker_post(serve->stations[i].worker, drain_now, NULL))
            continue;
        worker_stop(serve->stations[i].worker);
    }
}

static void take_signal(struct serve *serve, bool *stopping)
{
    struct signalfd_siginfo info;

    if (read(serve->signals, &info, sizeof info) != (ssize_t)sizeof info)
        return;
    switch (info.ssi_signo) {
    case SIGHUP:
        reload_tls(serve);
        serve_exceptions_read_again(serve->settings, &serve->shared.exceptions);
        serve_verified_read_again(&serve->verified);
        if (serve->shared.catalog)
            catalog_request(serve->shared.catalog, CATALOG_SIGNAL);
        break;
    case SIGUSR1:
        event_log_reopen(serve->shared.events);
        break;
    case SIGUSR2:
        metrics_log();
        break;
    default:
        stop(serve, *stopping);
        *stopping = true;
        break;
    }
}

static void run_until_stopped(struct serve *serve)
{
    struct pollfd descriptors[] = {{serve->signals, POLLIN, 0}, {serve->ended, POLLIN, 0}};
    bool stopping = false;

    while (atomic_load(&serve->running) > 0) {
        if (poll(descriptors, 2, WATCH_TURN_MS) < 0 && errno != EINTR)
            return;
        watch_turn(&serve->watch);
        serve_verified_turn(&serve->verified);
        if (descriptors[0].revents & POLLIN)
            take_signal(serve, &stopping);
        if (descriptors[1].revents & POLLIN) {
            uint64_t count;
            if (read(serve->ended, &count, sizeof count) < 0)
                return;
        }
    }
}

static bool make_secrets(struct serve *serve, struct sg_error *error)
{
    return serve_tls_make(serve->settings, NULL, &serve->tls, error) && make_rsa(serve, error);
}

static bool make_quota(struct serve *serve, struct sg_error *error)
{
    if (!limits_are_set(serve->settings))
        return true;
    serve->shared.quota = quota_new();
    if (!serve->shared.quota)
        sg_error_set(error, SG_SYSTEM, "out of memory");
    return serve->shared.quota != NULL;
}

static bool make_arming(struct serve *serve, struct sg_error *error)
{
    serve->shared.arming = arming_new(serve->settings);
    if (!serve->shared.arming)
        sg_error_set(error, SG_SYSTEM, "out of memory");
    return serve->shared.arming != NULL;
}

/* Commands do what the signals do, which the main thread waits for. */
static void ask_to_reload(void *argument)
{
    (void)argument;
    (void)kill(getpid(), SIGHUP);
}

static void ask_to_stop(void *argument)
{
    (void)argument;
    (void)kill(getpid(), SIGTERM);
}

static bool open_admin(struct serve *serve, struct sg_error *error)
{
    const struct admin_options options = {.settings = serve->settings,
                                          .catalog = serve->shared.catalog,
                                          .arming = serve->shared.arming,
                                          .version = SCHEMAGUARD_VERSION,
                                          .on_reload = ask_to_reload,
                                          .on_drain = ask_to_stop};

    serve->watch = (struct watch){.settings = serve->settings,
                                  .catalog = serve->shared.catalog,
                                  .arming = serve->shared.arming};
    return admin_open(&options, &serve->admin, error) == SG_OK;
}

/* Signals that come before there is anything to end; true: it is told to. */
static bool is_told_to_stop(struct serve *serve)
{
    struct pollfd descriptor = {serve->signals, POLLIN, 0};
    struct signalfd_siginfo info;

    if (poll(&descriptor, 1, START_STEP_MS) <= 0 ||
        read(serve->signals, &info, sizeof info) != (ssize_t)sizeof info)
        return false;
    if (info.ssi_signo == SIGHUP) {
        serve_verified_read_again(&serve->verified);
        catalog_request(serve->shared.catalog, CATALOG_SIGNAL);
    }
    serve->told_to_stop = info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT;
    return serve->told_to_stop;
}

/* Waits until both schemas are there, however long the server takes to come up. */
static bool compare(struct serve *serve, struct standing *standing_out)
{
    bool is_compared = false;

    while (!is_compared && !is_told_to_stop(serve)) {
        struct published *published = catalog_current(serve->shared.catalog);
        is_compared = serve_verified_is_compared(&serve->verified, published);
        if (is_compared)
            *standing_out = published->beside->standing;
        if (published)
            published_release(published);
        serve_verified_turn(&serve->verified);
    }
    return is_compared;
}

/* start = strict: nobody is served before verified and live schema were found to agree. */
static bool agree(struct serve *serve, struct sg_error *error)
{
    struct standing standing;

    if (serve->settings->start != START_STRICT)
        return true;
    log_info("serve", "start = strict: the server's schema is compared with what is verified, then "
                      "clients are served");
    if (!catalog_start(serve->shared.catalog, error))
        return false;
    serve->catalog_runs = true;
    if (!compare(serve, &standing))
        return sg_error_set(error, SG_SYSTEM, "told to stop before the schemas were compared"),
               false;
    if (standing.named > 0)
        sg_error_set(error, SG_INVALID,
                     "start = strict: verified and live schema differ in %zu place%s, beginning "
                     "with: %s; schemaguard schema verify tells all of them",
                     standing.named, standing.named == 1 ? "" : "s", standing.first);
    return standing.named == 0;
}

/* From now on schemas go to the workers. */
static bool begin_catalog(struct serve *serve, struct sg_error *error)
{
    struct catalog *catalog = serve->shared.catalog;
    struct published *published;

    atomic_store(&serve->is_open, true);
    if (!catalog || !serve->catalog_runs)
        return !catalog || catalog_start(catalog, error);
    published = catalog_current(catalog);
    hand_out(published, serve);
    published_release(published);
    return true;
}

static bool prepare(struct serve *serve, struct sg_error *error)
{
    raise_descriptor_limit();
    endpoint_of(&serve->settings->server, &serve->shared.server);
    return make_descriptors(serve, error) && make_quota(serve, error) &&
           make_arming(serve, error) &&
           serve_exceptions_read(serve->settings, &serve->shared.exceptions, error) &&
           serve_verified_read(&serve->verified, serve->settings, error) &&
           live_library_init(error) == SG_OK &&
           event_log_open(serve->settings, &serve->shared.events, error) == SG_OK &&
           make_workers(serve, error) && make_catalog(serve, error) && agree(serve, error) &&
           open_doors(serve, error) && open_admin(serve, error) && start_workers(serve, error) &&
           begin_catalog(serve, error);
}

static void release_secrets(struct serve *serve)
{
    serve_tls_release(&serve->tls);
    wire_rsa_free(serve->shared.rsa);
}

static void take_down(struct serve *serve)
{
    admin_close(serve->admin);
    if (serve->shared.catalog)
        catalog_stop(serve->shared.catalog);
    for (unsigned i = 0; i < serve->station_count; i++) {
        worker_stop(serve->stations[i].worker);
        worker_join(serve->stations[i].worker);
    }
    serve->left_behind = !catalog_free(serve->shared.catalog);
    if (!serve->left_behind)
        probe_free(serve->probe);
    for (unsigned i = 0; i < serve->station_count; i++) {
        session_worker_fini(&serve->stations[i].sessions);
        worker_free(serve->stations[i].worker);
    }
    for (size_t i = 0; i < serve->door_count; i++)
        listener_free(serve->doors[i].listener);
    event_log_close(serve->shared.events, EVENT_CLOSE_MS);
    quota_free(serve->shared.quota);
    arming_free(serve->shared.arming);
    exceptions_slot_fini(&serve->shared.exceptions);
    serve->left_behind |= !serve_verified_fini(&serve->verified);
    release_secrets(serve);
    free(serve->stations);
    free(serve->doors);
    if (serve->signals >= 0)
        close(serve->signals);
    if (serve->ended >= 0)
        close(serve->ended);
    if (!serve->left_behind)
        live_library_end();
}

bool cli_serve_check(const struct settings *settings, struct sg_error *error)
{
    struct serve serve = {.settings = settings};
    bool good;

    exceptions_slot_init(&serve.shared.exceptions);
    good = make_secrets(&serve, error) &&
           serve_exceptions_read(settings, &serve.shared.exceptions, error) &&
           serve_verified_read(&serve.verified, settings, error);
    (void)serve_verified_fini(&serve.verified);
    live_library_end();
    release_secrets(&serve);
    exceptions_slot_fini(&serve.shared.exceptions);
    return good;
}

static int run(struct serve *serve)
{
    struct sg_error error = {0};
    int code = CLI_EXIT_USAGE;

    if (make_secrets(serve, &error)) {
        code = CLI_EXIT_FAILURE;
        serve_tls_tell(serve->settings, &serve->tls);
        if (prepare(serve, &error)) {
            code = CLI_EXIT_OK;
            say_ready(serve);
            run_until_stopped(serve);
        }
    }
    if (serve->told_to_stop)
        code = CLI_EXIT_OK;
    if (code != CLI_EXIT_OK)
        log_error("serve", "%s", error.message);
    return code;
}

int cli_serve(const struct settings *settings)
{
    struct serve serve = {
        .settings = settings, .shared.settings = settings, .signals = -1, .ended = -1};
    struct sg_error error = {0};
    int code;

    exceptions_slot_init(&serve.shared.exceptions);
    if (log_start(&error) != SG_OK)
        log_warning("serve", "%s", error.message);
    code = run(&serve);
    take_down(&serve);
    metrics_log();
    log_info("serve", "stopped");
    log_stop();
    if (serve.left_behind) { /* what libraries do at exit would pull the ground from under it */
        (void)fflush(NULL);
        _exit(code);
    }
    return code;
}
