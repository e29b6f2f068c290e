/* What the walk found wrong, kept in the order in which the server would come upon it. Only the
 * first few matter to anyone, so a plain sorted list does.
 */
#include "resolve/resolver.h"

#include <inttypes.h>
#include <stdio.h>

#include "schema/fold.h"

/* More names than this are of no use to a reader of the report. */
#define FINDINGS_MAX 64

void sg_give_up(struct sg_resolver *r, const char *reason, size_t offset)
{
    if (!r->out->complete || r->trigger)
        return;
    r->out->complete = false;
    r->out->reason = sg_slice_of(reason);
    r->out->reason_offset = offset;
}

struct sg_slice sg_current_clause(const struct sg_resolver *r)
{
    return r->clause_text.size ? r->clause_text : sg_clause_text(r->clause, r->server->wording);
}

static bool comes_before(const struct sg_finding *a, const struct sg_finding *b)
{
    return a->rank != b->rank ? a->rank < b->rank : a->place < b->place;
}

/* The last of a full list makes room. */
static void drop_last(struct sg_resolver *r)
{
    struct sg_finding **at = &r->out->findings;
    while ((*at)->next)
        at = &(*at)->next;
    *at = NULL;
    r->finding_count--;
}

/* Puts a new finding in its place; NULL when enough come before it or memory is out. */
static struct sg_finding *add_finding(struct sg_resolver *r, enum sg_rank rank, uint64_t place)
{
    if (r->trigger || (r->columns_muted && rank == SG_RANK_COLUMN))
        return NULL;
    if (r->tentative) {
        sg_give_up(r, "a name in a block of statements", r->statement_offset);
        return NULL;
    }
    const struct sg_finding wanted = {.rank = rank, .place = place};
    struct sg_finding **at = &r->out->findings;
    while (*at && !comes_before(&wanted, *at))
        at = &(*at)->next;
    if (!*at && r->finding_count >= FINDINGS_MAX)
        return NULL;
    struct sg_finding *finding = sg_arena_alloc(r->arena, sizeof *finding);
    if (!finding)
        return NULL;
    finding->rank = rank;
    finding->place = place;
    finding->next = *at;
    *at = finding;
    if (++r->finding_count > FINDINGS_MAX)
        drop_last(r);
    return finding;
}

void sg_stop(struct sg_resolver *r, enum sg_rank rank, size_t offset)
{
    if (r->tentative)
        return;
    struct sg_finding *finding = add_finding(r, rank, r->sequence++);
    if (finding)
        finding->reference.offset = offset;
}

void sg_warn_row(struct sg_resolver *r, const struct sg_row *row, uint64_t number)
{
    char *digits = sg_arena_alloc(r->arena, 24);
    struct sg_finding *finding = digits ? add_finding(r, SG_RANK_COLUMN, r->sequence++) : NULL;
    if (!finding)
        return;
    int size = snprintf(digits, 24, "%" PRIu64, number);
    finding->is_warning = true;
    finding->reference.kind = SG_REFERENCE_ROW;
    finding->reference.error = 1136;
    finding->reference.name = sg_slice_make(digits, (size_t)size);
    finding->reference.offset = row->offset;
    finding->reference.size = row->size;
}

/* `qualifier.name` and the like, as one text. */
static struct sg_slice join_names(struct sg_resolver *r, struct sg_slice a, struct sg_slice b)
{
    if (a.size == 0)
        return b;
    char *joined = sg_arena_alloc(r->arena, a.size + 1 + b.size);
    if (!joined)
        return b;
    memcpy(joined, a.data, a.size);
    joined[a.size] = '.';
    if (b.size)
        memcpy(joined + a.size + 1, b.data, b.size);
    return sg_slice_make(joined, a.size + 1 + b.size);
}

static struct sg_slice change_case(struct sg_resolver *r, struct sg_slice text, char first,
                                   char last)
{
    char *copy = sg_arena_alloc(r->arena, text.size ? text.size : 1);
    if (!copy)
        return text;
    for (size_t i = 0; i < text.size; i++)
        copy[i] = text.data[i] >= first && text.data[i] <= last ? (char)(text.data[i] ^ 0x20)
                                                                : text.data[i];
    return sg_slice_make(copy, text.size);
}

/* Under lower_case_table_names = 1 the server knows table names in lower case alone. */
static struct sg_slice as_table_name(struct sg_resolver *r, struct sg_slice name)
{
    return r->server->lower_case_table_names == 1 ? change_case(r, name, 'A', 'Z') : name;
}

static struct sg_reference *add_name(struct sg_resolver *r, enum sg_rank rank, uint64_t place,
                                     enum sg_reference_kind kind, struct sg_slice name)
{
    struct sg_finding *finding = add_finding(r, rank, place);
    if (!finding)
        return NULL;
    finding->is_name = true;
    finding->reference.kind = kind;
    finding->reference.name = name;
    return &finding->reference;
}

static void set_span(struct sg_reference *reference, size_t offset, size_t size)
{
    reference->offset = offset;
    reference->size = size;
}

/* From the database, where it is written in front (SHOW COLUMNS FROM t FROM d has it behind). */
static void set_qualified_span(struct sg_reference *reference, const struct sg_qualified_name *name)
{
    const struct sg_name *first = &name->name;
    if (sg_name_is_set(&name->database) && name->database.offset < first->offset)
        first = &name->database;
    set_span(reference, first->offset, name->name.offset + name->name.size - first->offset);
}

/* A name in another character set than the schema's: whether it is missing cannot be told. */
static bool is_unreadable(const struct sg_resolver *r, struct sg_slice name)
{
    for (size_t i = 0; r->foreign_text && i < name.size; i++) {
        if ((unsigned char)name.data[i] >= 0x80)
            return true;
    }
    return false;
}

void sg_miss_column(struct sg_resolver *r, const struct sg_expr *expr, bool no_tables)
{
    const struct sg_expr_column *column = &expr->column;
    struct sg_slice table = join_names(r, column->database.text, column->table.text);
    struct sg_slice name = join_names(r, table, column->name.text);
    if (no_tables)
        name = r->mariadb ? table : column->table.text;
    if (is_unreadable(r, name))
        return;
    struct sg_reference *reference =
        add_name(r, SG_RANK_COLUMN, r->sequence++, SG_REFERENCE_COLUMN, name);
    if (!reference)
        return;
    reference->error = no_tables ? 1109 : 1054;
    reference->clause = sg_current_clause(r);
    set_span(reference, expr->offset, expr->size);
    sg_nearest_columns(r, r->scope, column->table.text, column->name.text, reference);
}

void sg_miss_name(struct sg_resolver *r, struct sg_slice qualifier, const struct sg_name *name,
                  struct sg_slice clause)
{
    if (is_unreadable(r, name->text))
        return;
    struct sg_reference *reference = add_name(r, SG_RANK_COLUMN, r->sequence++, SG_REFERENCE_COLUMN,
                                              join_names(r, qualifier, name->text));
    if (!reference)
        return;
    reference->error = 1054;
    reference->clause = clause;
    set_span(reference, name->offset, name->size);
    sg_nearest_columns(r, r->scope, qualifier, name->text, reference);
}

void sg_miss_ordinal(struct sg_resolver *r, const struct sg_expr *literal)
{
    struct sg_slice digits = sg_slice_make(r->text.data + literal->offset, literal->size);
    struct sg_reference *reference =
        add_name(r, SG_RANK_COLUMN, r->sequence++, SG_REFERENCE_ORDINAL, digits);
    if (!reference)
        return;
    reference->error = 1054;
    reference->clause = sg_current_clause(r);
    set_span(reference, literal->offset, literal->size);
}

void sg_miss_qualifier(struct sg_resolver *r, const struct sg_qualified_name *name)
{
    struct sg_slice database = name->database.text;
    if (database.size == 0 && r->mariadb)
        database = r->context->database;
    if (is_unreadable(r, name->name.text))
        return;
    struct sg_reference *reference =
        add_name(r, SG_RANK_COLUMN, r->sequence++, SG_REFERENCE_QUALIFIER,
                 join_names(r, database, as_table_name(r, name->name.text)));
    if (!reference)
        return;
    reference->error = 1051;
    set_qualified_span(reference, name);
}

void sg_miss_target(struct sg_resolver *r, const struct sg_qualified_name *name)
{
    struct sg_reference *reference = add_name(r, SG_RANK_TARGET, r->sequence++, SG_REFERENCE_TARGET,
                                              as_table_name(r, name->name.text));
    if (!reference)
        return;
    reference->error = 1109;
    reference->clause = sg_clause_text(SG_CLAUSE_DELETE_LIST, r->server->wording);
    set_span(reference, name->name.offset, name->name.size);
}

/* Tables are opened in the order in which they are written, save that the first table of the
 * outermost FROM is always the first. */
static uint64_t table_place(struct sg_resolver *r, const struct sg_qualified_name *name)
{
    if (r->table_place)
        return r->table_place;
    return ((uint64_t)name->name.offset + 1) << 1;
}

void sg_miss_table(struct sg_resolver *r, const struct sg_qualified_name *name,
                   struct sg_slice database, enum sg_presence database_presence)
{
    bool in_catalog = sg_fold_equal(database, SG_SLICE_LITERAL("information_schema"));
    struct sg_slice table = as_table_name(r, name->name.text);
    struct sg_slice printed = join_names(r, as_table_name(r, database), table);
    enum sg_reference_kind kind = SG_REFERENCE_TABLE;
    uint16_t error = 1146;

    if (in_catalog) {
        error = 1109;
        printed = r->mariadb ? table : change_case(r, name->name.text, 'a', 'z');
    } else if (database_presence == SG_ABSENT) {
        kind = SG_REFERENCE_DATABASE;
        if (!r->mariadb) {
            error = 1049;
            printed = as_table_name(r, database);
        }
    }
    enum sg_rank rank = r->tables_come_late ? SG_RANK_COLUMN : SG_RANK_TABLE;
    uint64_t place = r->tables_come_late ? r->sequence++ : table_place(r, name);
    if (is_unreadable(r, name->name.text) || is_unreadable(r, database))
        return;
    struct sg_reference *reference = add_name(r, rank, place, kind, printed);
    if (!reference)
        return;
    reference->error = error;
    if (in_catalog)
        reference->clause = sg_clause_text(SG_CLAUSE_INFORMATION_SCHEMA, r->server->wording);
    set_qualified_span(reference, name);
    if (kind == SG_REFERENCE_TABLE)
        sg_nearest_tables(r, database, name->name.text, reference);
}
