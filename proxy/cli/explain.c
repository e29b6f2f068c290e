/* `schemaguard explain`: the statements of one text, each with its verdict, its digest, what each
 * of its names was resolved to, and what is not there. */
#include "cli/explain.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <schemaguard/session.h>

#include "cli/check.h"
#include "cli/check_report.h"
#include "cli/options.h"
#include "cli/schema_choice.h"

#define TEXT_MAX      ((size_t)16 << 20)
#define ARENA_CEILING ((size_t)1 << 30)
#define DIGEST_BYTES  4096

static void print_help(void)
{
    fputs("Usage: schemaguard explain --schema SCHEMA [OPTION]... [SQL]\n"
          "\n"
          "Shows how each name of a statement is resolved: to which column of which table, to an\n"
          "alias, or to nothing. SQL is the statement, or several; without it standard input is\n"
          "read. Earlier statements count for later ones (USE, SET, temporary tables).\n"
          "\n",
          stdout);
    schema_choice_help(stdout);
    fputs("\n"
          "Try it: schemaguard explain --schema shop.sql 'SELECT c.id FROM customers c WHERE "
          "company IS NULL'\n"
          "Exit codes: 0 all names are there, 1 some are not, 2 could not run.\n",
          stdout);
}

/* Line and column of a byte, from 1. */
static void put_position(struct sg_slice text, size_t offset)
{
    char position[32];
    unsigned long line = 1;
    unsigned long column = 1;
    for (size_t i = 0; i < offset && i < text.size; i++) {
        if (text.data[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)text.data[i] & 0xC0) != 0x80) {
            column++;
        }
    }
    (void)snprintf(position, sizeof position, "%lu:%lu", line, column);
    printf("  %-7s", position);
}

static int width(struct sg_slice text)
{
    return (int)text.size;
}

static void put_joined(struct sg_slice a, struct sg_slice b, struct sg_slice c)
{
    if (a.size)
        printf("%.*s.", width(a), a.data);
    if (b.size)
        printf("%.*s", width(b), b.data);
    if (c.size)
        printf("%s%.*s", b.size ? "." : "", width(c), c.data);
}

static void put_resolved(struct sg_slice text, const struct sg_resolved *resolved)
{
    put_position(text, resolved->offset);
    printf(" %-24.*s %-8s", width(resolved->name), resolved->name.data,
           sg_resolved_how_name(resolved->how));
    switch (resolved->how) {
    case SG_RESOLVED_TABLE:
        put_joined(resolved->database, resolved->table, SG_SLICE_EMPTY);
        fputs(resolved->is_temporary ? ", temporary" : "", stdout);
        break;
    case SG_RESOLVED_COLUMN:
        put_joined(resolved->database, resolved->table, resolved->column);
        if (resolved->type.size)
            printf(" %.*s", width(resolved->type), resolved->type.data);
        break;
    case SG_RESOLVED_ALIAS:
        fputs("of the select list", stdout);
        break;
    case SG_RESOLVED_CTE:
        fputs("of this statement", stdout);
        break;
    case SG_RESOLVED_UNKNOWN:
        fputs("not known: it may be there", stdout);
        break;
    }
    if (resolved->clause.size)
        printf(", in %.*s", width(resolved->clause), resolved->clause.data);
    printf("%s%s\n", resolved->is_outer ? ", of an enclosing query" : "",
           resolved->is_written ? ", written" : "");
}

static void put_missing(struct check_output *output, struct sg_slice text,
                        const struct sg_reference *references, size_t count, bool is_warning)
{
    for (size_t i = 0; i < count; i++) {
        const struct sg_reference *reference = &references[i];
        uint64_t line = 1;
        for (size_t at = 0; at < reference->offset && at < text.size; at++)
            line += text.data[at] == '\n';
        struct check_finding finding = {.file = "statement",
                                        .line = line,
                                        .text = text,
                                        .offset = reference->offset,
                                        .size = reference->size,
                                        .reference = reference,
                                        .is_warning = is_warning};
        check_text_finding(output, &finding);
    }
}

struct explanation {
    struct schema_choice *choice;
    struct check_output output;
    struct sg_session session;
    struct sg_arena arena;
    bool found; /* a name that is not there */
};

/* The first statement of *text, which is moved on behind it. */
static bool explain_one(struct explanation *e, struct sg_slice *text)
{
    const struct sg_report *report;
    const struct sg_resolved *resolved;
    struct sg_digest digest;
    sg_arena_reset(&e->arena);
    if (sg_explain(*text, &e->session.context, e->choice->source.schema, &e->arena, &report,
                   &resolved) != SG_OK ||
        sg_digest(*text, &e->session.context, DIGEST_BYTES, &e->arena, &digest) != SG_OK) {
        fputs("schemaguard explain: the statement needs too much memory\n", stderr);
        return false;
    }
    struct sg_slice whole = sg_slice_make(text->data, report->consumed);
    *text = sg_slice_make(text->data + report->consumed, text->size - report->consumed);
    printf("%s: %s\n  digest  %016llx %.*s\n", sg_statement_kind_name(report->kind),
           sg_verdict_name(report->verdict), (unsigned long long)digest.hash, width(digest.text),
           digest.text.data);
    if (report->verdict == SG_VERDICT_UNPARSED) {
        put_position(whole, report->unparsed_offset);
        printf(" not understood: %.*s\n", width(report->unparsed_reason),
               report->unparsed_reason.data);
    }
    for (; resolved; resolved = resolved->next)
        put_resolved(whole, resolved);
    put_missing(&e->output, whole, report->references, report->reference_count, false);
    put_missing(&e->output, whole, report->warnings, report->warning_count, true);
    e->found = e->found || sg_verdict_is_mismatch(report->verdict);
    if (!sg_verdict_is_mismatch(report->verdict))
        sg_session_apply(&e->session, &report->effects);
    return true;
}

static bool is_blank(struct sg_slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (!strchr(" \t\r\n;", text.data[i]))
            return false;
    }
    return true;
}

static int explain(struct schema_choice *choice, struct sg_slice text)
{
    struct explanation e = {.choice = choice};
    bool going = true;
    e.output = (struct check_output){.stream = stdout,
                                     .color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR")};
    sg_arena_init(&e.arena, ARENA_CEILING);
    sg_session_init(&e.session, &choice->server, choice->modes);
    if (choice->database_now.size)
        sg_session_set_database(&e.session, choice->database_now);
    else
        e.session.context.database_certainty = SG_UNCERTAIN;
    while (going && !is_blank(text))
        going = explain_one(&e, &text);
    sg_session_fini(&e.session);
    sg_arena_fini(&e.arena);
    if (!going || fflush(stdout) != 0)
        return CHECK_EXIT_FAILED;
    return e.found ? CHECK_EXIT_FOUND : CHECK_EXIT_CLEAN;
}

/* Heap; NULL after saying why. */
static char *read_input(size_t *size_out)
{
    char *text = malloc(TEXT_MAX + 1);
    *size_out = text ? fread(text, 1, TEXT_MAX + 1, stdin) : 0;
    if (text && *size_out <= TEXT_MAX)
        return text;
    fputs("schemaguard explain: standard input is longer than 16 MiB\n", stderr);
    free(text);
    return NULL;
}

int explain_start(int argc, char **argv)
{
    struct schema_choice choice = {.schema = NULL};
    struct option_spec specs[SCHEMA_CHOICE_SPECS + 1] = {{"--help", "-h", NULL, NULL}};
    bool help = false;
    int count = 0;
    size_t size = 0;
    specs[0].flag = &help;
    schema_choice_specs(&choice, specs + 1);
    if (!options_read(argc, argv, specs, SCHEMA_CHOICE_SPECS + 1, "explain", &count))
        return CHECK_EXIT_FAILED;
    if (help) {
        print_help();
        return fflush(stdout) == 0 ? CHECK_EXIT_CLEAN : CHECK_EXIT_FAILED;
    }
    if (count > 1) {
        fputs("schemaguard explain: one text at a time; put the statement in quotes\n", stderr);
        return CHECK_EXIT_FAILED;
    }
    int code = CHECK_EXIT_FAILED;
    if (!schema_choice_read(&choice, "explain"))
        return code;
    if (count == 1 && strcmp(argv[0], "-") != 0) {
        code = explain(&choice, sg_slice_of(argv[0]));
    } else {
        char *text = read_input(&size);
        if (text)
            code = explain(&choice, sg_slice_make(text, size));
        free(text);
    }
    schema_choice_fini(&choice);
    return code;
}
