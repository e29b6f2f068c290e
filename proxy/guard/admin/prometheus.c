/* See prometheus.h.
 *
 * A metric of metrics.def is one line, under its own name or as a labelled member of a family: its
 * name's beginning says which. Counters end in _total, times are in seconds. Source: Prometheus
 * documentation, "Text-based format" and "Metric and label naming".
 */
#include "admin/prometheus.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "report/histogram.h"
#include "report/metrics.h"

#define PREFIX "schemaguard_"

struct family {
    const char *name;
    const char *label;
    const char *beginning; /* of the members' names; what follows is the label's value */
    const char *help;
};

static const struct family FAMILIES[] = {
    {"verdicts", "verdict", "verdict_", "Statements that were judged, by what was found"},
    {"confirmations", "result", "confirm_", "Suspects that were put to the proof, by what came"},
    {"missed", "origin", "missed_", "Name errors of the server alone, by where the name stands"},
    {"sessions_closed", "reason", "closed_", "Sessions that ended, by the reason"},
};
#define FAMILY_COUNT (sizeof FAMILIES / sizeof FAMILIES[0])

/* Agreement and action have no common beginning. */
struct member {
    enum metric metric;
    const char *family;
    const char *label;
    const char *value;
};

static const struct member MEMBERS[] = {
    {METRIC_AGREE, "agreement", "agreement", "agree"},
    {METRIC_FALSE_POSITIVE, "agreement", "agreement", "false_positive"},
    {METRIC_STALE, "agreement", "agreement", "stale"},
    {METRIC_MISSED, "agreement", "agreement", "missed"},
};
#define MEMBER_COUNT (sizeof MEMBERS / sizeof MEMBERS[0])

static void write_head(FILE *stream, const char *name, const char *suffix, const char *type,
                       const char *help)
{
    fprintf(stream, "# HELP " PREFIX "%s%s %s\n# TYPE " PREFIX "%s%s %s\n", name, suffix, help,
            name, suffix, type);
}

static bool begins(const char *name, const char *beginning)
{
    return strncmp(name, beginning, strlen(beginning)) == 0;
}

/* --- families -------------------------------------------------------------------------------- */

static bool is_in_family(unsigned metric)
{
    for (size_t i = 0; i < FAMILY_COUNT; i++)
        if (begins(metrics_table[metric].name, FAMILIES[i].beginning))
            return true;
    for (size_t i = 0; i < MEMBER_COUNT; i++)
        if (MEMBERS[i].metric == (enum metric)metric)
            return true;
    return false;
}

static void write_families(FILE *stream)
{
    for (size_t i = 0; i < FAMILY_COUNT; i++) {
        const struct family *family = &FAMILIES[i];
        write_head(stream, family->name, "_total", "counter", family->help);
        for (unsigned id = 0; id < METRIC_COUNT; id++)
            if (begins(metrics_table[id].name, family->beginning))
                fprintf(stream, PREFIX "%s_total{%s=\"%s\"} %" PRIu64 "\n", family->name,
                        family->label, metrics_table[id].name + strlen(family->beginning),
                        metrics_read((enum metric)id));
    }
    write_head(stream, "agreement", "_total", "counter",
               "Verdicts that were held against the server's answer, by the outcome");
    for (size_t i = 0; i < MEMBER_COUNT; i++)
        fprintf(stream, PREFIX "%s_total{%s=\"%s\"} %" PRIu64 "\n", MEMBERS[i].family,
                MEMBERS[i].label, MEMBERS[i].value, metrics_read(MEMBERS[i].metric));
}

/* What became of the judged: blocked, or forwarded like everything else. */
static void write_actions(FILE *stream)
{
    uint64_t inspected = metrics_read(METRIC_STATEMENTS_INSPECTED);
    uint64_t blocked = metrics_read(METRIC_BLOCKED);

    write_head(stream, "actions", "_total", "counter",
               "Statements that were judged, by what was done");
    fprintf(stream, PREFIX "actions_total{action=\"blocked\"} %" PRIu64 "\n", blocked);
    fprintf(stream, PREFIX "actions_total{action=\"forwarded\"} %" PRIu64 "\n",
            inspected > blocked ? inspected - blocked : 0);
}

/* --- the others ------------------------------------------------------------------------------ */

/* Names that Prometheus wants with their unit last. */
static const char *name_of(unsigned metric)
{
    switch ((enum metric)metric) {
    case METRIC_SCHEMA_READ_AT:
        return "schema_read_timestamp_seconds";
    case METRIC_VERIFIED_LOADED_AT:
        return "verified_loaded_timestamp_seconds";
    case METRIC_BYTES_FROM_CLIENTS:
        return "received_from_clients_bytes";
    case METRIC_BYTES_TO_CLIENTS:
        return "sent_to_clients_bytes";
    case METRIC_BYTES_FROM_SERVER:
        return "received_from_server_bytes";
    case METRIC_BYTES_TO_SERVER:
        return "sent_to_server_bytes";
    default:
        return metrics_table[metric].name;
    }
}

static void write_plain(FILE *stream)
{
    for (unsigned id = 0; id < METRIC_COUNT; id++) {
        bool grows = metrics_table[id].kind == METRIC_KIND_COUNTER;
        if (is_in_family(id))
            continue;
        write_head(stream, name_of(id), grows ? "_total" : "", grows ? "counter" : "gauge",
                   metrics_table[id].help);
        fprintf(stream, PREFIX "%s%s %" PRIu64 "\n", name_of(id), grows ? "_total" : "",
                metrics_read((enum metric)id));
    }
}

static void write_histogram(FILE *stream, enum histogram histogram)
{
    const struct histogram_info *info = &histograms_table[histogram];
    struct histogram_counts counts;
    uint64_t total = 0;

    histogram_read(histogram, &counts);
    write_head(stream, info->name, "_duration_seconds", "histogram", info->help);
    for (unsigned i = 0; i < HISTOGRAM_BOUNDS; i++) {
        total += counts.counts[i];
        fprintf(stream, PREFIX "%s_duration_seconds_bucket{le=\"%g\"} %" PRIu64 "\n", info->name,
                (double)histogram_bounds_ns[i] / 1e9, total);
    }
    total += counts.counts[HISTOGRAM_BOUNDS];
    fprintf(stream, PREFIX "%s_duration_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\n", info->name,
            total);
    fprintf(stream, PREFIX "%s_duration_seconds_sum %.9f\n", info->name,
            (double)counts.sum_ns / 1e9);
    fprintf(stream, PREFIX "%s_duration_seconds_count %" PRIu64 "\n", info->name, total);
}

static void write_gauge(FILE *stream, const char *name, const char *help, double value)
{
    write_head(stream, name, "", "gauge", help);
    fprintf(stream, PREFIX "%s %.15g\n", name, value);
}

static void write_state(const struct prometheus_state *state, FILE *stream)
{
    const struct arming_status *arming = state->arming;

    write_head(stream, "build_info", "", "gauge", "What runs here");
    fprintf(stream, PREFIX "build_info{version=\"%s\"} 1\n", state->version);
    write_gauge(stream, "ready", "1: /readyz says that clients are welcome", state->is_ready);
    write_gauge(stream, "block_mode", "1: the mode is block, 0: it is observe",
                arming->mode == GUARD_MODE_BLOCK);
    write_head(stream, "arming", "", "gauge", "Whether block is in force: 1 at the state it is in");
    for (int i = ARMING_OBSERVES; i <= ARMING_STEPPED_BACK; i++)
        fprintf(stream, PREFIX "arming{state=\"%s\"} %d\n", arming_state_name((enum arming_state)i),
                arming->state == (enum arming_state)i);
    if (!state->catalog)
        return;
    write_head(stream, "schema_state", "", "gauge",
               "How reading the schema goes: 1 at the state it is in");
    for (int i = CATALOG_WAITING; i <= CATALOG_WITHHELD; i++)
        fprintf(stream, PREFIX "schema_state{state=\"%s\"} %d\n",
                catalog_state_name((enum catalog_state)i),
                state->catalog->state == (enum catalog_state)i);
    if (state->catalog->generation > 0)
        write_gauge(stream, "schema_age_seconds",
                    "Since the schema in use was last found to be right",
                    (double)state->catalog->age_ms / 1000);
}

static void write_process(FILE *stream)
{
    unsigned long size = 0;
    unsigned long resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");

    if (!file)
        return;
    if (fscanf(file, "%lu %lu", &size, &resident) == 2)
        fprintf(stream,
                "# HELP process_resident_memory_bytes Memory that the process holds\n"
                "# TYPE process_resident_memory_bytes gauge\n"
                "process_resident_memory_bytes %.15g\n",
                (double)resident * (double)sysconf(_SC_PAGESIZE));
    fclose(file);
}

void prometheus_write(const struct prometheus_state *state, FILE *stream)
{
    write_state(state, stream);
    write_families(stream);
    write_actions(stream);
    write_plain(stream);
    for (int i = 0; i < HISTOGRAM_COUNT; i++)
        write_histogram(stream, (enum histogram)i);
    write_process(stream);
}
