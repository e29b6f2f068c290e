/* Findings for people: place, message, the line with a caret under the name, the suggestion. */
#include "cli/check_report.h"

#include <inttypes.h>
#include <string.h>

/* Characters of a line that are shown; of a longer one a window round the name. */
#define SHOWN_MAX  110
#define SHOWN_LEFT 40

struct style {
    const char *bold, *red, *green, *cyan, *plain;
};

static struct style style_of(const struct check_output *output)
{
    if (output->color)
        return (struct style){"\033[1m", "\033[1;31m", "\033[1;32m", "\033[1;36m", "\033[0m"};
    return (struct style){"", "", "", "", ""};
}

static bool is_inner(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

static size_t characters(const char *text, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += !is_inner(text[i]);
    return count;
}

/* Control characters would move the caret, or the terminal. */
static void put_plain(FILE *stream, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        (void)fputc(byte < ' ' || byte == 0x7F ? ' ' : byte, stream);
    }
}

static size_t step_back(struct sg_slice line, size_t at, size_t count)
{
    while (at > 0 && count > 0) {
        at--;
        count -= !is_inner(line.data[at]);
    }
    return at;
}

static size_t step_on(struct sg_slice line, size_t at, size_t count)
{
    while (at < line.size && (count > 0 || is_inner(line.data[at]))) {
        count -= !is_inner(line.data[at]);
        at++;
        if (count == 0 && (at >= line.size || !is_inner(line.data[at])))
            break;
    }
    return at;
}

/* The line of the statement that `offset` stands in. */
static struct sg_slice line_of(struct sg_slice text, size_t offset, size_t *at_out)
{
    size_t begin = offset < text.size ? offset : text.size;
    size_t end = begin;
    while (begin > 0 && text.data[begin - 1] != '\n')
        begin--;
    while (end < text.size && text.data[end] != '\n' && text.data[end] != '\r')
        end++;
    *at_out = offset - begin;
    return sg_slice_make(text.data + begin, end - begin);
}

static void put_excerpt(struct check_output *output, const struct check_finding *finding)
{
    const struct style style = style_of(output);
    FILE *stream = output->stream;
    size_t at;
    struct sg_slice line = line_of(finding->text, finding->offset, &at);
    if (at > line.size)
        at = line.size;
    size_t size = at + finding->size > line.size ? line.size - at : finding->size;
    bool fits = characters(line.data, line.size) <= SHOWN_MAX;
    size_t from = fits ? 0 : step_back(line, at, SHOWN_LEFT);
    size_t to = fits ? line.size : step_on(line, from, SHOWN_MAX);
    const char *before = from > 0 ? "..." : "";
    fprintf(stream, "    %s", before);
    put_plain(stream, line.data + from, to - from);
    fprintf(stream, "%s\n    %*s%s", to < line.size ? "..." : "",
            (int)(strlen(before) + characters(line.data + from, at - from)), "", style.green);
    size_t width = characters(line.data + at, size);
    (void)fputc('^', stream);
    for (size_t i = 1; i < width && i < SHOWN_MAX; i++)
        (void)fputc('~', stream);
    fputs(style.plain, stream);
}

static void put_nearest(struct check_output *output, const struct sg_reference *reference)
{
    const struct style style = style_of(output);
    for (size_t i = 0; i < reference->nearest_count; i++) {
        fputs(i == 0                              ? " did you mean "
              : i + 1 == reference->nearest_count ? " or "
                                                  : ", ",
              output->stream);
        fputs(style.cyan, output->stream);
        put_plain(output->stream, reference->nearest[i].data, reference->nearest[i].size);
        fputs(style.plain, output->stream);
    }
    fputs(reference->nearest_count ? "?\n" : "\n", output->stream);
}

static void put_place(struct check_output *output, const struct check_finding *finding)
{
    const struct style style = style_of(output);
    fprintf(output->stream, "%s%s:%" PRIu64, style.bold, finding->file, finding->line);
    if (finding->column)
        fprintf(output->stream, ":%" PRIu64, finding->column);
    fprintf(output->stream, ":%s ", style.plain);
}

void check_text_finding(struct check_output *output, const struct check_finding *finding)
{
    const struct style style = style_of(output);
    const struct sg_reference *reference = finding->reference;
    put_place(output, finding);
    if (reference) {
        fputs(finding->is_warning ? "warning: " : style.red, output->stream);
        put_plain(output->stream, reference->message.data, reference->message.size);
        fprintf(output->stream, "%s [%u %s]", style.plain, (unsigned)reference->error,
                reference->sqlstate);
    } else {
        fprintf(output->stream, "not understood: %s", finding->reason);
    }
    if (finding->connection)
        fprintf(output->stream, " connection %" PRIu64, finding->connection);
    (void)fputc('\n', output->stream);
    put_excerpt(output, finding);
    if (reference)
        put_nearest(output, reference);
    else
        (void)fputc('\n', output->stream);
    (void)fputc('\n', output->stream);
}

/* --- summary ------------------------------------------------------------------------------- */

static void put_count(FILE *stream, uint64_t count, const char *one, const char *many)
{
    fprintf(stream, "%" PRIu64 " %s", count, count == 1 ? one : many);
}

static void put_if_any(FILE *stream, uint64_t count, const char *one, const char *many)
{
    if (count == 0)
        return;
    fputs(", ", stream);
    put_count(stream, count, one, many);
}

void check_text_summary(struct check_output *output, const struct check_summary *summary)
{
    const struct style style = style_of(output);
    FILE *stream = output->stream;
    put_count(stream, summary->statements, "statement", "statements");
    fprintf(stream, ": %s", summary->mismatches ? style.red : style.green);
    put_count(stream, summary->mismatches, "names", "name");
    fprintf(stream, " what the schema does not have%s", style.plain);
    if (summary->distinct && summary->distinct < summary->names)
        fprintf(stream, " (%" PRIu64 " different)", summary->distinct);
    put_if_any(stream, summary->warnings, "warning", "warnings");
    put_if_any(stream, summary->unparsed, "not understood", "not understood");
    put_if_any(stream, summary->too_long, "too long to be read", "too long to be read");
    put_if_any(stream, summary->schema_changes, "change of the schema followed",
               "changes of the schema followed");
    put_if_any(stream, summary->skipped_commands, "client command passed over",
               "client commands passed over");
    (void)fputc('\n', stream);
    if (summary->shown < summary->names && output->format == CHECK_TEXT)
        fprintf(stream,
                "Of statements that differ in their values alone the first is shown; --all shows "
                "every one.\n");
    if (summary->forgotten)
        fprintf(stream, "The state of %" PRIu64 " connections was lost: too many at once.\n",
                summary->forgotten);
}

/* --- forms --------------------------------------------------------------------------------- */

void check_output_begin(struct check_output *output)
{
    if (output->format == CHECK_JSON)
        check_json_begin(output);
    else if (output->format == CHECK_SARIF)
        check_sarif_begin(output);
}

void check_output_finding(struct check_output *output, const struct check_finding *finding)
{
    switch (output->format) {
    case CHECK_TEXT:
        check_text_finding(output, finding);
        break;
    case CHECK_JSON:
        check_json_finding(output, finding);
        break;
    case CHECK_SARIF:
        check_sarif_finding(output, finding);
        break;
    case CHECK_SUMMARY:
        break;
    }
    output->written++;
}

void check_output_end(struct check_output *output, const struct check_summary *summary)
{
    if (output->format == CHECK_JSON)
        check_json_end(output, summary);
    else if (output->format == CHECK_SARIF)
        check_sarif_end(output, summary);
    else
        check_text_summary(output, summary);
}
