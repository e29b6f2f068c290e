/* See routes.h. */
#define _GNU_SOURCE /* vasprintf */
#include "admin/routes.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "admin/prometheus.h"
#include "admin/readiness.h"
#include "admin/schema_version.h"
#include "report/agreement.h"
#include "report/log.h"

#define TYPE_TEXT "text/plain; charset=utf-8"
#define TYPE_JSON "application/json"

struct answer answer_text(unsigned status, const char *format, ...)
{
    struct answer answer = {.status = status, .type = TYPE_TEXT};
    va_list arguments;

    va_start(arguments, format);
    if (vasprintf(&answer.body, format, arguments) < 0)
        answer.body = NULL;
    va_end(arguments);
    return answer;
}

/* --- state ----------------------------------------------------------------------------------- */

static void look(struct routes *routes, struct readiness *readiness)
{
    *readiness = (struct readiness){.settings = routes->options.settings,
                                    .is_draining = atomic_load(&routes->is_draining),
                                    .has_catalog = routes->options.catalog != NULL};
    if (routes->options.catalog)
        catalog_status(routes->options.catalog, &readiness->catalog);
    arming_status(routes->options.arming, &readiness->arming);
}

/* What a command has led to. */
static struct answer state(struct routes *routes, unsigned status)
{
    struct readiness readiness;

    look(routes, &readiness);
    return (struct answer){status, TYPE_JSON, readiness_to_json(&readiness)};
}

static struct answer get_health(struct routes *routes, struct sg_slice body)
{
    (void)routes;
    (void)body;
    return answer_text(200, "ok\n");
}

static struct answer get_readiness(struct routes *routes, struct sg_slice body)
{
    struct readiness readiness;

    (void)body;
    look(routes, &readiness);
    return (struct answer){readiness_is_ready(&readiness) ? 200 : 503, TYPE_JSON,
                           readiness_to_json(&readiness)};
}

/* Made once for each generation: it takes a moment. */
static const char *live_hash(struct routes *routes, const struct published *published)
{
    if (routes->live_generation != published->generation &&
        sg_schema_content_hash(published->schema, routes->live_hash))
        routes->live_generation = published->generation;
    return routes->live_generation == published->generation ? routes->live_hash : NULL;
}

static struct answer get_schema_version(struct routes *routes, struct sg_slice body)
{
    struct catalog *catalog = routes->options.catalog;
    struct published *published = catalog ? catalog_current(catalog) : NULL;
    struct schema_version version = {.published = published,
                                     .is_verified_set = routes->options.settings->verified != NULL,
                                     .live_hash = published ? live_hash(routes, published) : NULL};
    const struct answer answer = {schema_version_matches(&version) ? 200 : 503, TYPE_JSON,
                                  schema_version_to_json(&version)};

    (void)body;
    published_release(published);
    return answer;
}

static struct answer get_metrics(struct routes *routes, struct sg_slice body)
{
    struct answer answer = {200, "text/plain; version=0.0.4; charset=utf-8", NULL};
    struct readiness readiness;
    size_t size = 0;
    FILE *stream = open_memstream(&answer.body, &size);

    (void)body;
    if (!stream)
        return answer;
    look(routes, &readiness);
    const struct prometheus_state shown = {.arming = &readiness.arming,
                                           .catalog =
                                               readiness.has_catalog ? &readiness.catalog : NULL,
                                           .version = routes->options.version,
                                           .is_ready = readiness_is_ready(&readiness)};
    prometheus_write(&shown, stream);
    fclose(stream);
    return answer;
}

static struct answer get_agreement(struct routes *routes, struct sg_slice body)
{
    (void)routes;
    (void)body;
    return (struct answer){200, TYPE_JSON, agreement_to_json()};
}

/* --- commands -------------------------------------------------------------------------------- */

static struct answer post_reload(struct routes *routes, struct sg_slice body)
{
    (void)body;
    log_info("admin", "told to reload");
    routes->options.on_reload(routes->options.argument);
    return state(routes, 202);
}

static struct sg_slice trim(struct sg_slice text)
{
    while (text.size > 0 && isspace((unsigned char)text.data[0]))
        text = sg_slice_make(text.data + 1, text.size - 1);
    while (text.size > 0 && isspace((unsigned char)text.data[text.size - 1]))
        text.size--;
    return text;
}

static bool is_word(struct sg_slice text, const char *word)
{
    return text.size == strlen(word) && strncasecmp(text.data, word, text.size) == 0;
}

static struct answer post_mode(struct routes *routes, struct sg_slice body)
{
    const struct setting_choice *choices = settings_table[SETTING_ID_MODE].choices;

    body = trim(body);
    for (unsigned mode = 0; choices[mode].word; mode++) {
        if (!is_word(body, choices[mode].word))
            continue;
        if (mode == GUARD_MODE_BLOCK && !routes->options.catalog)
            return answer_text(409, "schema_user is not set: without a schema nothing can be told "
                                    "apart\n");
        log_warning("admin", "told to go over to mode %s", choices[mode].word);
        arming_set_mode(routes->options.arming, (enum guard_mode)mode);
        return state(routes, 200);
    }
    return answer_text(400, "the body must be one word: observe or block\n");
}

static struct answer post_arm(struct routes *routes, struct sg_slice body)
{
    (void)body;
    if (arming_mode(routes->options.arming) != GUARD_MODE_BLOCK)
        return answer_text(409, "the mode is observe: there is nothing to arm; see /mode\n");
    log_warning("admin", "told to arm");
    arming_arm(routes->options.arming);
    return state(routes, 200);
}

static struct answer post_drain(struct routes *routes, struct sg_slice body)
{
    (void)body;
    log_warning("admin", "told to drain");
    atomic_store(&routes->is_draining, true);
    routes->options.on_drain(routes->options.argument);
    return state(routes, 202);
}

/* --- the table ------------------------------------------------------------------------------- */

static const struct route ROUTES[] = {
    {"GET", "/healthz", true, get_health},
    {"GET", "/readyz", true, get_readiness},
    {"GET", "/health/schema-version", true, get_schema_version},
    {"GET", "/metrics", false, get_metrics},
    {"GET", "/agreement", false, get_agreement},
    {"POST", "/reload", false, post_reload},
    {"POST", "/mode", false, post_mode},
    {"POST", "/arm", false, post_arm},
    {"POST", "/drain", false, post_drain},
};

const struct route *routes_find(const char *method, const char *path, bool *other_method_out)
{
    if (strcmp(method, "HEAD") == 0)
        method = "GET";
    *other_method_out = false;
    for (size_t i = 0; i < sizeof ROUTES / sizeof ROUTES[0]; i++) {
        if (strcmp(ROUTES[i].path, path) != 0)
            continue;
        if (strcmp(ROUTES[i].method, method) == 0)
            return &ROUTES[i];
        *other_method_out = true;
    }
    return NULL;
}
