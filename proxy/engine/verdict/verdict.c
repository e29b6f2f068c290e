/* Classes of verdicts, the servers' error numbers and their words.
 *
 * MySQL Server Error Message Reference: ER_BAD_FIELD_ERROR, ER_NO_SUCH_TABLE, ER_UNKNOWN_TABLE,
 * ER_BAD_TABLE_ERROR, ER_BAD_DB_ERROR, ER_WRONG_VALUE_COUNT_ON_ROW
 */
#include "verdict/verdict.h"

/* The servers print names with %-.192s. */
#define PRINTED_NAME_BYTES 192

static const char *const VERDICT_NAMES[] = {
    [SG_VERDICT_OK] = "ok",           [SG_VERDICT_UNPARSED] = "unparsed",
    [SG_VERDICT_MISSING] = "missing", [SG_VERDICT_UNVERIFIED] = "unverified",
    [SG_VERDICT_ABSENT] = "absent",
};

static const char *const REFERENCE_NAMES[] = {
    [SG_REFERENCE_COLUMN] = "column",
    [SG_REFERENCE_ORDINAL] = "ordinal",
    [SG_REFERENCE_TABLE] = "table",
    [SG_REFERENCE_TARGET] = "target",
    [SG_REFERENCE_QUALIFIER] = "qualifier",
    [SG_REFERENCE_DATABASE] = "database",
    [SG_REFERENCE_ROW] = "row",
};

static const char *const STATEMENT_NAMES[] = {
    [SG_STATEMENT_OTHER] = "OTHER",   [SG_STATEMENT_SELECT] = "SELECT",
    [SG_STATEMENT_INSERT] = "INSERT", [SG_STATEMENT_REPLACE] = "REPLACE",
    [SG_STATEMENT_UPDATE] = "UPDATE", [SG_STATEMENT_DELETE] = "DELETE",
    [SG_STATEMENT_DDL] = "DDL",       [SG_STATEMENT_SESSION] = "SESSION",
};

const char *sg_verdict_name(enum sg_verdict verdict)
{
    return VERDICT_NAMES[verdict];
}

const char *sg_reference_kind_name(enum sg_reference_kind kind)
{
    return REFERENCE_NAMES[kind];
}

const char *sg_resolved_how_name(enum sg_resolved_how how)
{
    static const char *const NAMES[] = {[SG_RESOLVED_TABLE] = "table",
                                        [SG_RESOLVED_COLUMN] = "column",
                                        [SG_RESOLVED_ALIAS] = "alias",
                                        [SG_RESOLVED_CTE] = "cte",
                                        [SG_RESOLVED_UNKNOWN] = "unknown"};
    return NAMES[how];
}

const char *sg_statement_kind_name(enum sg_statement_kind kind)
{
    return STATEMENT_NAMES[kind];
}

/* --- words --------------------------------------------------------------------------------- */

/* The message as the parts round the name and the clause. */
static const struct wording {
    uint16_t error;
    const char *sqlstate;
    const char *before_name;
    const char *after_name;
    const char *after_clause; /* NULL: the clause is not printed */
} WORDINGS[] = {
    {1049, "42000", "Unknown database '", "'", NULL},
    {1051, "42S02", "Unknown table '", "'", NULL},
    {1054, "42S22", "Unknown column '", "' in '", "'"},
    {1109, "42S02", "Unknown table '", "' in ", ""},
    {1136, "21S01", "Column count doesn't match value count at row ", "", NULL},
    {1146, "42S02", "Table '", "' doesn't exist", NULL},
};

static const struct wording *find_wording(uint16_t error)
{
    for (size_t i = 0; i < sizeof WORDINGS / sizeof WORDINGS[0]; i++) {
        if (WORDINGS[i].error == error)
            return &WORDINGS[i];
    }
    return &WORDINGS[2];
}

static char *append(char *at, struct sg_slice text)
{
    if (text.size)
        memcpy(at, text.data, text.size);
    return at + text.size;
}

static struct sg_slice cut(struct sg_slice text)
{
    if (text.size > PRINTED_NAME_BYTES)
        text.size = PRINTED_NAME_BYTES;
    return text;
}

void sg_verdict_word(struct sg_reference *reference, struct sg_arena *arena)
{
    const struct wording *wording = find_wording(reference->error);
    struct sg_slice before = sg_slice_of(wording->before_name);
    struct sg_slice name = cut(reference->name);
    struct sg_slice after = sg_slice_of(wording->after_name);
    struct sg_slice clause = wording->after_clause ? cut(reference->clause) : SG_SLICE_EMPTY;
    struct sg_slice end = sg_slice_of(wording->after_clause);
    char *text =
        sg_arena_alloc(arena, before.size + name.size + after.size + clause.size + end.size + 1);

    memcpy(reference->sqlstate, wording->sqlstate, sizeof reference->sqlstate);
    if (!text)
        return;
    char *at = append(append(append(append(append(text, before), name), after), clause), end);
    reference->message = sg_slice_make(text, (size_t)(at - text));
}

/* --- classes ------------------------------------------------------------------------------- */

static bool is_mismatch(const struct sg_resolution *resolution)
{
    return resolution->findings && resolution->findings->is_name;
}

static size_t count_names(const struct sg_resolution *resolution)
{
    size_t count = 0;
    for (const struct sg_finding *it = resolution->findings; it; it = it->next)
        count += it->is_name;
    return count;
}

static bool has_name(const struct sg_resolution *resolution, const struct sg_reference *reference)
{
    for (const struct sg_finding *it = resolution->findings; it; it = it->next) {
        if (it->is_name && it->reference.offset == reference->offset &&
            it->reference.size == reference->size)
            return true;
    }
    return false;
}

/* A column of a table that is not there was not looked for. */
static bool has_all_tables(const struct sg_resolution *resolution)
{
    for (const struct sg_finding *it = resolution->findings; it; it = it->next) {
        if (it->is_name && it->reference.kind == SG_REFERENCE_TABLE)
            return false;
    }
    return true;
}

/* `finding` is of the live schema; the name is in the verified one. */
static bool is_agreed_on(const struct sg_resolution *verified, const struct sg_finding *finding)
{
    bool is_table = finding->reference.kind == SG_REFERENCE_TABLE ||
                    finding->reference.kind == SG_REFERENCE_DATABASE;
    return !has_name(verified, &finding->reference) && (is_table || has_all_tables(verified));
}

static struct sg_reference *take(struct sg_reference *out, const struct sg_finding *finding,
                                 enum sg_verdict verdict, struct sg_arena *arena)
{
    *out = finding->reference;
    out->verdict = verdict;
    sg_verdict_word(out, arena);
    return out + 1;
}

/* Where that is what the server reports. */
static void give_warning(const struct sg_resolution *live, struct sg_arena *arena,
                         struct sg_report *report)
{
    const struct sg_finding *first = live->findings;
    if (!first || !first->is_warning)
        return;
    struct sg_reference *warning = sg_arena_alloc(arena, sizeof *warning);
    if (!warning)
        return;
    take(warning, first, SG_VERDICT_OK, arena);
    report->warnings = warning;
    report->warning_count = 1;
}

/* The server stops with an error of another kind: then nothing is said of what it would have come
 * to, and what was agreed on does not matter. */
static bool stops(const struct sg_resolution *live)
{
    return live->findings && !live->findings->is_name;
}

/* A position in a select list with `*` is no name. */
static bool is_drift(const struct sg_finding *finding)
{
    return finding->is_name && finding->reference.kind != SG_REFERENCE_ORDINAL;
}

/* First what the live schema lacks, since that is what the server reports; then what it has beyond
 * what was agreed on. */
void sg_verdict_give(const struct sg_resolution *live, const struct sg_resolution *verified,
                     struct sg_arena *arena, struct sg_report *report)
{
    bool live_fails = is_mismatch(live);
    bool verified_fails = verified && is_mismatch(verified) && !stops(live);
    size_t most =
        (live_fails ? count_names(live) : 0) + (verified_fails ? count_names(verified) : 0);

    report->verdict = SG_VERDICT_OK;
    if (most == 0) {
        give_warning(live, arena, report);
        return;
    }
    struct sg_reference *references = sg_arena_array(arena, most, sizeof *references);
    struct sg_reference *out = references;
    if (!references)
        return;
    for (const struct sg_finding *it = live_fails ? live->findings : NULL; it; it = it->next) {
        bool is_missing = verified && is_agreed_on(verified, it);
        if (it->is_name)
            out = take(out, it, is_missing ? SG_VERDICT_MISSING : SG_VERDICT_ABSENT, arena);
    }
    for (const struct sg_finding *it = verified_fails ? verified->findings : NULL; it;
         it = it->next) {
        if (is_drift(it) && !(live_fails && has_name(live, &it->reference)))
            out = take(out, it, SG_VERDICT_UNVERIFIED, arena);
    }
    if (out == references)
        return;
    report->references = references;
    report->reference_count = (size_t)(out - references);
    report->verdict = references[0].verdict;
}
