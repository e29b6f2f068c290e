/* See agreement.h. */
#include "report/agreement.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/clock.h"
#include "report/metrics.h"
#include "report/utf8.h"

#define TEXT_MAX    1024
#define WORDS_MAX   256
#define REASON_MAX  96
#define REASONS_MAX 128 /* reasons are few: words of the grammar */

struct example {
    uint64_t at_us;
    uint64_t digest;
    enum sg_verdict verdict;
    enum sg_origin origin; /* of a miss */
    uint16_t guard_error;  /* 0 = the guard found nothing */
    uint16_t server_error; /* 0 = the server ran it */
    char user[WORDS_MAX];
    char database[WORDS_MAX];
    char text[TEXT_MAX];
    char guard_message[WORDS_MAX];
    char server_message[WORDS_MAX];
};

struct ring {
    struct example examples[AGREEMENT_EXAMPLES];
    uint64_t count; /* of all that ever came */
};

struct reason {
    char text[REASON_MAX];
    uint64_t count;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all that follows */
static struct ring false_positives;
static struct ring misses;
static struct reason reasons[REASONS_MAX];
static size_t reason_count;
static uint64_t other_reasons;

/* --- writing --------------------------------------------------------------------------------- */

/* Clean, since clients and servers chose these bytes; cut between characters. */
static void copy(char *to, size_t size, struct sg_slice from, struct sg_arena *arena)
{
    const char *clean = utf8_clean(from, size, arena);
    size_t end;
    size_t start;

    snprintf(to, size, "%s", clean ? clean : "");
    end = start = strlen(to);
    while (start > 0 && ((unsigned char)to[start - 1] & 0xC0) == 0x80)
        start--;
    if (start > 0 && utf8_character(to + start - 1, end - start + 1) == 0)
        to[start - 1] = '\0';
}

static void fill(struct example *example, const struct event *event, struct sg_arena *arena)
{
    const struct sg_reference *first = event->reference_count > 0 ? event->references : NULL;

    *example = (struct example){.at_us = event->at_us ? event->at_us : clock_now_us(),
                                .digest = event->digest,
                                .verdict = event->verdict,
                                .origin = event->missed_origin,
                                .guard_error = first ? first->error : 0,
                                .server_error = event->error};
    copy(example->user, sizeof example->user, event->user, arena);
    copy(example->database, sizeof example->database, event->database, arena);
    copy(example->text, sizeof example->text, event->normalised_text, arena);
    if (first)
        copy(example->guard_message, sizeof example->guard_message, first->message, arena);
    copy(example->server_message, sizeof example->server_message, event->message, arena);
}

void agreement_example(const struct event *event)
{
    bool is_miss = event->agreement == EVENT_AGREEMENT_MISSED;
    struct ring *ring = is_miss ? &misses : &false_positives;
    struct example example;
    struct sg_arena arena;

    if (!is_miss && event->agreement != EVENT_AGREEMENT_FALSE_POSITIVE)
        return;
    sg_arena_init(&arena, 64 * 1024);
    fill(&example, event, &arena);
    sg_arena_fini(&arena);
    (void)pthread_mutex_lock(&lock);
    ring->examples[ring->count++ % AGREEMENT_EXAMPLES] = example;
    (void)pthread_mutex_unlock(&lock);
}

static struct reason *find_reason(struct sg_slice text)
{
    for (size_t i = 0; i < reason_count; i++)
        if (strlen(reasons[i].text) == text.size &&
            memcmp(reasons[i].text, text.data, text.size) == 0)
            return &reasons[i];
    if (reason_count == REASONS_MAX)
        return NULL;
    snprintf(reasons[reason_count].text, REASON_MAX, "%.*s", (int)text.size, text.data);
    return &reasons[reason_count++];
}

void agreement_unparsed(struct sg_slice text)
{
    struct reason *reason;

    if (text.size >= REASON_MAX)
        text.size = REASON_MAX - 1;
    (void)pthread_mutex_lock(&lock);
    reason = find_reason(text);
    if (reason)
        reason->count++;
    else
        other_reasons++;
    (void)pthread_mutex_unlock(&lock);
}

/* --- reading --------------------------------------------------------------------------------- */

struct copies {
    struct ring false_positives;
    struct ring misses;
    struct reason reasons[REASONS_MAX];
    size_t reason_count;
    uint64_t other_reasons;
};

static void take_copies(struct copies *copies)
{
    (void)pthread_mutex_lock(&lock);
    copies->false_positives = false_positives;
    copies->misses = misses;
    memcpy(copies->reasons, reasons, sizeof reasons);
    copies->reason_count = reason_count;
    copies->other_reasons = other_reasons;
    (void)pthread_mutex_unlock(&lock);
}

static cJSON *answer_json(uint16_t error, const char *message)
{
    cJSON *answer = cJSON_CreateObject();

    (void)cJSON_AddNumberToObject(answer, "error", error);
    if (error != 0)
        (void)cJSON_AddStringToObject(answer, "message", message);
    return answer;
}

static cJSON *example_json(const struct example *example, bool is_miss)
{
    cJSON *object = cJSON_CreateObject();
    cJSON *guard = answer_json(example->guard_error, example->guard_message);
    char text[CLOCK_TEXT_MAX];

    clock_text(example->at_us, 6, text);
    (void)cJSON_AddStringToObject(object, "at", text);
    snprintf(text, sizeof text, "%016" PRIx64, example->digest);
    (void)cJSON_AddStringToObject(object, "digest", text);
    (void)cJSON_AddStringToObject(object, "text", example->text);
    (void)cJSON_AddStringToObject(object, "user", example->user);
    (void)cJSON_AddStringToObject(object, "database", example->database);
    if (is_miss)
        (void)cJSON_AddStringToObject(object, "origin", sg_origin_name(example->origin));
    (void)cJSON_AddStringToObject(guard, "verdict", sg_verdict_name(example->verdict));
    (void)cJSON_AddItemToObject(object, "guard", guard);
    (void)cJSON_AddItemToObject(object, "server",
                                answer_json(example->server_error, example->server_message));
    return object;
}

/* The latest first. */
static cJSON *ring_json(const struct ring *ring, bool of_misses)
{
    cJSON *array = cJSON_CreateArray();
    uint64_t kept = ring->count < AGREEMENT_EXAMPLES ? ring->count : AGREEMENT_EXAMPLES;

    for (uint64_t i = 1; i <= kept; i++)
        (void)cJSON_AddItemToArray(
            array,
            example_json(&ring->examples[(ring->count - i) % AGREEMENT_EXAMPLES], of_misses));
    return array;
}

static int more_often(const void *a, const void *b)
{
    const struct reason *x = a;
    const struct reason *y = b;

    return (x->count < y->count) - (x->count > y->count);
}

static cJSON *reasons_json(struct copies *copies)
{
    cJSON *array = cJSON_CreateArray();

    qsort(copies->reasons, copies->reason_count, sizeof copies->reasons[0], more_often);
    for (size_t i = 0; i < copies->reason_count; i++) {
        cJSON *object = cJSON_CreateObject();
        (void)cJSON_AddStringToObject(object, "reason", copies->reasons[i].text);
        (void)cJSON_AddNumberToObject(object, "count", (double)copies->reasons[i].count);
        (void)cJSON_AddItemToArray(array, object);
    }
    return array;
}

static void add_metric(cJSON *object, const char *name, enum metric metric)
{
    (void)cJSON_AddNumberToObject(object, name, (double)metrics_read(metric));
}

static cJSON *origins_json(void)
{
    cJSON *origins = cJSON_CreateObject();

    for (enum sg_origin at = SG_ORIGIN_OTHER; at <= SG_ORIGIN_DYNAMIC; at++)
        add_metric(origins, sg_origin_name(at), METRIC_MISSED_OTHER + at);
    return origins;
}

static cJSON *coverage_json(struct copies *copies)
{
    uint64_t inspected = metrics_read(METRIC_STATEMENTS_INSPECTED);
    uint64_t passed_by = metrics_read(METRIC_STATEMENTS_UNINSPECTED);
    uint64_t unparsed = metrics_read(METRIC_VERDICT_UNPARSED);
    uint64_t resolved = inspected > unparsed ? inspected - unparsed : 0;
    uint64_t all = inspected + passed_by;
    cJSON *coverage = cJSON_CreateObject();

    (void)cJSON_AddNumberToObject(coverage, "statements", (double)all);
    (void)cJSON_AddNumberToObject(coverage, "resolved", (double)resolved);
    (void)cJSON_AddNumberToObject(coverage, "unparsed", (double)unparsed);
    (void)cJSON_AddNumberToObject(coverage, "uninspected", (double)passed_by);
    if (all > 0)
        (void)cJSON_AddNumberToObject(coverage, "share", (double)resolved / (double)all);
    (void)cJSON_AddItemToObject(coverage, "unparsed_by_reason", reasons_json(copies));
    if (copies->other_reasons > 0)
        (void)cJSON_AddNumberToObject(coverage, "unparsed_otherwise",
                                      (double)copies->other_reasons);
    return coverage;
}

char *agreement_to_json(void)
{
    struct copies *copies = malloc(sizeof *copies);
    cJSON *root = cJSON_CreateObject();
    cJSON *examples = cJSON_CreateObject();
    char *json = NULL;

    if (copies && root && examples) {
        take_copies(copies);
        add_metric(root, "agree", METRIC_AGREE);
        add_metric(root, "false_positive", METRIC_FALSE_POSITIVE);
        add_metric(root, "stale", METRIC_STALE);
        add_metric(root, "missed", METRIC_MISSED);
        (void)cJSON_AddItemToObject(root, "missed_by_origin", origins_json());
        (void)cJSON_AddItemToObject(root, "coverage", coverage_json(copies));
        (void)cJSON_AddItemToObject(examples, "false_positive",
                                    ring_json(&copies->false_positives, false));
        (void)cJSON_AddItemToObject(examples, "missed", ring_json(&copies->misses, true));
        (void)cJSON_AddItemToObject(root, "examples", examples);
        json = cJSON_Print(root);
    } else {
        cJSON_Delete(examples);
    }
    cJSON_Delete(root);
    free(copies);
    return json;
}
