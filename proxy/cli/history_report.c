/* Adoptions for people; see history_report.h. */
#include "cli/history_report.h"

#include <inttypes.h>
#include <string.h>

#include "cli/schema_report.h"

#define HASH_SHOWN 8

static const char *mark(bool color, const char *code)
{
    return color ? code : "";
}

static void put(FILE *stream, const char *text)
{
    schema_report_put(stream, sg_slice_of(text));
}

/* --- what changed -------------------------------------------------------------------------- */

bool history_view_changes(struct history_view *view, struct sg_schema **before_out,
                          struct sg_arena *arena, struct sg_diff *diff, struct sg_error *error)
{
    const struct sg_diff_options options = {.data = NULL};
    *before_out = NULL;
    view->changes = NULL;
    if (view->at == 0)
        return true;
    if (history_load(view->history, &view->history->records[view->at - 1], before_out, error) !=
        SG_OK)
        return false;
    if (sg_diff(*before_out, view->schema, &options, arena, diff) != SG_OK) {
        (void)sg_error_set(error, SG_LIMIT, "out of memory");
        return false;
    }
    view->changes = diff;
    return true;
}

void history_report_changes(const struct history_view *view)
{
    if (!view->changes)
        return;
    const struct history_record *record = &view->history->records[view->at];
    const struct schema_report report = {.stream = view->stream,
                                         .diff = view->changes,
                                         .from = record[-1].version,
                                         .to = record->version,
                                         .color = view->color};
    schema_report_text(&report);
}

/* --- the list ------------------------------------------------------------------------------ */

static void put_record(const struct history_record *record, int width, bool is_latest, FILE *stream,
                       bool color)
{
    fprintf(stream, "%s", mark(color, is_latest ? "\033[1;32m" : "\033[1m"));
    put(stream, record->version);
    fprintf(stream, "%s%*s  ", mark(color, "\033[0m"), width - (int)strlen(record->version), "");
    put(stream, record->when);
    fprintf(stream, "  %.*s  ", HASH_SHOWN, record->hash);
    put(stream, record->who);
    fprintf(stream, "  ");
    put(stream, record->source);
    if (is_latest)
        fprintf(stream, "  %s(latest)%s", mark(color, "\033[32m"), mark(color, "\033[0m"));
    if (record->downgrade)
        fprintf(stream, "  %s(downgrade)%s", mark(color, "\033[33m"), mark(color, "\033[0m"));
    fprintf(stream, "\n");
    if (record->note[0]) {
        fprintf(stream, "%*s  ", width, "");
        put(stream, record->note);
        fprintf(stream, "\n");
    }
}

void history_report_list(const struct history *history, FILE *stream, bool color)
{
    size_t width = 0;
    for (size_t i = 0; i < history->count; i++) {
        size_t size = strlen(history->records[i].version);
        width = size > width ? size : width;
    }
    if (history->count == 0)
        fprintf(stream, "nothing has been adopted yet\n");
    for (size_t i = history->count; i-- > 0;)
        put_record(&history->records[i], (int)width, i + 1 == history->count, stream, color);
}

/* --- one ----------------------------------------------------------------------------------- */

static void put_field(const struct history_view *view, const char *name, const char *text)
{
    if (!text[0])
        return;
    fprintf(view->stream, "%-8s ", name);
    put(view->stream, text);
    fprintf(view->stream, "\n");
}

static void put_count(FILE *stream, size_t count, const char *thing, const char *behind)
{
    fprintf(stream, "%zu %s%s%s", count, thing, count == 1 ? "" : "s", behind);
}

struct history_holdings history_view_holdings(const struct history_view *view)
{
    struct history_holdings sum = {0};
    bool is_complete;
    for (size_t i = 0; i < sg_schema_database_count(view->schema); i++)
        sum.databases += !sg_is_servers_own(sg_schema_database_at(view->schema, i, &is_complete));
    for (size_t i = 0; i < sg_schema_table_count(view->schema); i++) {
        const struct sg_table *table = sg_schema_table_at(view->schema, i);
        size_t columns;
        if (sg_is_servers_own(sg_table_database(table)))
            continue;
        (void)sg_table_columns(table, &columns);
        sum.tables++;
        sum.columns += columns;
    }
    return sum;
}

static void put_holdings(const struct history_view *view)
{
    const struct sg_server *server = sg_schema_server(view->schema);
    const struct history_holdings sum = history_view_holdings(view);
    fprintf(view->stream, "%-8s ", "holds");
    put_count(view->stream, sum.databases, "database", ", ");
    put_count(view->stream, sum.tables, "table", ", ");
    put_count(view->stream, sum.columns, "column", "");
    fprintf(view->stream, " (%s %" PRIu32 ".%" PRIu32 ")\n",
            server->flavour == SG_FLAVOUR_MARIADB ? "MariaDB" : "MySQL", server->version / 10000,
            server->version / 100 % 100);
}

void history_report_one(const struct history_view *view)
{
    const struct history_record *record = &view->history->records[view->at];
    bool is_latest = view->at + 1 == view->history->count;
    fprintf(view->stream, "%-8s %s", "version", mark(view->color, "\033[1m"));
    put(view->stream, record->version);
    fprintf(view->stream, "%s%s%s\n", mark(view->color, "\033[0m"), is_latest ? " (latest)" : "",
            record->downgrade ? " (downgrade)" : "");
    put_field(view, "hash", record->hash);
    put_field(view, "adopted", record->when);
    put_field(view, "by", record->who);
    put_field(view, "source", record->source);
    put_field(view, "note", record->note);
    put_holdings(view);
    if (!view->changes)
        return;
    fprintf(view->stream, "\nSince ");
    put(view->stream, record[-1].version);
    fprintf(view->stream, ": ");
    history_report_changes(view);
}
