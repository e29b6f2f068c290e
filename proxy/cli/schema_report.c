/* Differences for people; see schema_report.h. */
#define _GNU_SOURCE /* fileno */
#include "cli/schema_report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMES_SHOWN 5

struct style {
    const char *bold, *red, *green, *yellow, *plain;
};

static struct style style_of(const struct schema_report *report)
{
    if (report->color)
        return (struct style){"\033[1m", "\033[31m", "\033[32m", "\033[33m", "\033[0m"};
    return (struct style){"", "", "", "", ""};
}

/* Control characters would move the terminal. */
void schema_report_put(FILE *stream, struct sg_slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        (void)fputc(byte < ' ' || byte == 0x7F ? ' ' : byte, stream);
    }
}

bool schema_report_wants_color(FILE *stream)
{
    const char *term = getenv("TERM");
    return isatty(fileno(stream)) && !getenv("NO_COLOR") && term && strcmp(term, "dumb") != 0;
}

char *schema_report_name(const char *source)
{
    char *copy = strdup(source);
    char *user = copy ? strstr(copy, "://") : NULL;
    char *at = user ? strrchr(user, '@') : NULL;
    char *colon = at ? memchr(user + 3, ':', (size_t)(at - user - 3)) : NULL;
    if (colon)
        memmove(colon, at, strlen(at) + 1);
    return copy;
}

static bool is_missing(enum sg_difference_kind kind)
{
    return kind == SG_DIFFERENCE_TABLE_MISSING || kind == SG_DIFFERENCE_COLUMN_MISSING ||
           kind == SG_DIFFERENCE_INDEX_MISSING || kind == SG_DIFFERENCE_FOREIGN_KEY_MISSING ||
           kind == SG_DIFFERENCE_CHECK_MISSING;
}

static bool is_extra(enum sg_difference_kind kind)
{
    return kind == SG_DIFFERENCE_TABLE_EXTRA || kind == SG_DIFFERENCE_COLUMN_EXTRA ||
           kind == SG_DIFFERENCE_INDEX_EXTRA || kind == SG_DIFFERENCE_FOREIGN_KEY_EXTRA ||
           kind == SG_DIFFERENCE_CHECK_EXTRA;
}

/* "users.email" */
static void put_place(FILE *stream, const struct sg_difference *it)
{
    schema_report_put(stream, it->table);
    if (it->name.size) {
        (void)fputc('.', stream);
        schema_report_put(stream, it->name);
    }
}

/* --- summary ------------------------------------------------------------------------------- */

static void put_kind(const struct schema_report *report, enum sg_difference_kind kind, size_t count,
                     bool first)
{
    size_t shown = 0;
    fprintf(report->stream, "%s%zu %s: ", first ? "" : "; ", count,
            sg_difference_words(kind, count));
    for (size_t i = 0; i < report->diff->count; i++) {
        const struct sg_difference *it = &report->diff->differences[i];
        if (it->kind != kind)
            continue;
        if (shown == NAMES_SHOWN) {
            fprintf(report->stream, " …");
            return;
        }
        fprintf(report->stream, "%s", shown ? ", " : "");
        put_place(report->stream, it);
        shown++;
    }
}

void schema_report_summary(const struct schema_report *report)
{
    bool first = true;
    for (int kind = 0; kind < SG_DIFFERENCE_KINDS; kind++) {
        size_t count = 0;
        for (size_t i = 0; i < report->diff->count; i++)
            count += (int)report->diff->differences[i].kind == kind;
        if (!count)
            continue;
        put_kind(report, (enum sg_difference_kind)kind, count, first);
        first = false;
    }
    if (first)
        fprintf(report->stream, "no differences in %zu tables", report->diff->tables_compared);
    fprintf(report->stream, "\n");
    if (report->diff->tables_untold)
        fprintf(report->stream,
                "Of %zu tables nothing can be said: one side does not see them whole.\n",
                report->diff->tables_untold);
}

/* --- text ---------------------------------------------------------------------------------- */

static void put_change(FILE *stream, const struct sg_difference *it)
{
    if (it->before.size || it->after.size)
        fprintf(stream, ": ");
    if (is_missing(it->kind)) {
        schema_report_put(stream, it->before);
    } else if (is_extra(it->kind)) {
        schema_report_put(stream, it->after);
    } else if (it->before.size || it->after.size) {
        it->before.size ? schema_report_put(stream, it->before) : (void)fputs("(none)", stream);
        fprintf(stream, " → ");
        it->after.size ? schema_report_put(stream, it->after) : (void)fputs("(none)", stream);
    }
    if (it->likely.size) {
        fprintf(stream, "; likely renamed to ");
        schema_report_put(stream, it->likely);
    }
}

static void put_line(const struct schema_report *report, const struct sg_difference *it)
{
    struct style style = style_of(report);
    bool missing = is_missing(it->kind);
    bool extra = is_extra(it->kind);
    fprintf(report->stream, "  %s%s ",
            missing ? style.red
            : extra ? style.green
                    : style.yellow,
            missing ? "-"
            : extra ? "+"
                    : "~");
    put_place(report->stream, it);
    fprintf(report->stream, "%s  %s", style.plain, sg_difference_words(it->kind, 1));
    put_change(report->stream, it);
    fprintf(report->stream, "\n");
}

void schema_report_text(const struct schema_report *report)
{
    struct style style = style_of(report);
    schema_report_summary(report);
    for (int turn = 0; turn < 2; turn++) {
        bool headed = false;
        for (size_t i = 0; i < report->diff->count; i++) {
            const struct sg_difference *it = &report->diff->differences[i];
            if (it->destructive != (turn == 0))
                continue;
            if (!headed)
                fprintf(report->stream, "\n%s%s%s\n", style.bold,
                        turn == 0 ? "Destructive on the way from the first to the second"
                                  : "Others",
                        style.plain);
            headed = true;
            put_line(report, it);
        }
    }
}

/* --- markdown ------------------------------------------------------------------------------ */

static void put_cell(FILE *stream, struct sg_slice text)
{
    if (text.size == 0)
        return;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '|' || text.data[i] == '`' || text.data[i] == '*' ||
            text.data[i] == '_' || text.data[i] == '<' || text.data[i] == '\\')
            (void)fputc('\\', stream);
        schema_report_put(stream, sg_slice_make(text.data + i, 1));
    }
}

void schema_report_markdown(const struct schema_report *report)
{
    fprintf(report->stream, "# Schema differences\n\nFrom `%s` to `%s`: ", report->from,
            report->to);
    schema_report_summary(report);
    if (report->diff->count == 0)
        return;
    fprintf(report->stream, "\n| where | what | before | after | |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < report->diff->count; i++) {
        const struct sg_difference *it = &report->diff->differences[i];
        fprintf(report->stream, "| ");
        put_cell(report->stream, it->table);
        if (it->name.size) {
            fprintf(report->stream, ".");
            put_cell(report->stream, it->name);
        }
        fprintf(report->stream, " | %s | ", sg_difference_words(it->kind, 1));
        put_cell(report->stream, it->before);
        fprintf(report->stream, " | ");
        put_cell(report->stream, it->after);
        fprintf(report->stream, " | %s", it->destructive ? "**destructive**" : "");
        if (it->likely.size) {
            fprintf(report->stream, "%slikely renamed to ", it->destructive ? ", " : "");
            put_cell(report->stream, it->likely);
        }
        fprintf(report->stream, " |\n");
    }
}

/* --- HTML ---------------------------------------------------------------------------------- */

static void put_html(FILE *stream, struct sg_slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        switch (text.data[i]) {
        case '<':
            (void)fputs("&lt;", stream);
            break;
        case '>':
            (void)fputs("&gt;", stream);
            break;
        case '&':
            (void)fputs("&amp;", stream);
            break;
        case '"':
            (void)fputs("&quot;", stream);
            break;
        default:
            schema_report_put(stream, sg_slice_make(text.data + i, 1));
            break;
        }
    }
}

static const char HTML_HEAD[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width\"><title>Schema differences</title>\n"
    "<style>\n"
    ":root{color-scheme:light dark;--line:#8884;--red:#c62828;--green:#2e7d32;--amber:#b26a00}\n"
    "body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}\n"
    "h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem;"
    "border-bottom:1px solid var(--line)}\n"
    "code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}\n"
    "table{border-collapse:collapse;width:100%}td{padding:.35rem .6rem .35rem 0;"
    "vertical-align:top;border-bottom:1px solid var(--line)}\n"
    ".missing{color:var(--red)}.extra{color:var(--green)}.changed{color:var(--amber)}\n"
    ".tag{font-size:12px;border:1px solid;border-radius:4px;padding:0 .35rem;"
    "color:var(--red);white-space:nowrap}\n"
    ".none{font-size:1.2rem;color:var(--green)}.sides{opacity:.75}\n"
    "</style></head><body>\n";

static void put_html_row(FILE *stream, const struct sg_difference *it)
{
    const char *class = is_missing(it->kind) ? "missing" : is_extra(it->kind) ? "extra" : "changed";
    fprintf(stream, "<tr><td class=\"%s\"><b>", class);
    put_html(stream, it->name.size ? it->name : it->table);
    fprintf(stream, "</b></td><td>%s</td><td>", sg_difference_words(it->kind, 1));
    if (it->before.size) {
        fprintf(stream, "<code>");
        put_html(stream, it->before);
        fprintf(stream, "</code>");
    }
    if (it->after.size) {
        fprintf(stream, "%s<code>", it->before.size ? " → " : "");
        put_html(stream, it->after);
        fprintf(stream, "</code>");
    }
    if (it->likely.size) {
        fprintf(stream, " likely renamed to <b>");
        put_html(stream, it->likely);
        fprintf(stream, "</b>");
    }
    fprintf(stream, "</td><td>%s</td></tr>\n",
            it->destructive ? "<span class=\"tag\">destructive</span>" : "");
}

void schema_report_html(const struct schema_report *report)
{
    struct sg_slice table = SG_SLICE_EMPTY;
    FILE *stream = report->stream;
    (void)fputs(HTML_HEAD, stream);
    fprintf(stream, "<h1>Schema differences</h1>\n<p class=\"sides\">from <code>");
    put_html(stream, sg_slice_of(report->from));
    fprintf(stream, "</code> to <code>");
    put_html(stream, sg_slice_of(report->to));
    fprintf(stream, "</code></p>\n");
    if (report->diff->count == 0)
        fprintf(stream, "<p class=\"none\">No differences in %zu tables.</p>\n",
                report->diff->tables_compared);
    for (size_t i = 0; i < report->diff->count; i++) {
        const struct sg_difference *it = &report->diff->differences[i];
        if (!sg_slice_equal(table, it->table)) {
            fprintf(stream, "%s<h2>", table.size ? "</table>\n" : "");
            put_html(stream, it->table);
            fprintf(stream, "</h2>\n<table>\n");
            table = it->table;
        }
        put_html_row(stream, it);
    }
    fprintf(stream, "%s</body></html>\n", table.size ? "</table>\n" : "");
}
