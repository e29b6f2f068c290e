/* Statements about the session: SET, SHOW, DESCRIBE and EXPLAIN, PREPARE, and the small ones that
 * take values and have no tables (DO, CALL, KILL ...); and what stands around all: which statement
 * is resolved how.
 *
 * MySQL manual, "SET Statement", "SHOW Statements", "Extensions to SHOW Statements", "EXPLAIN
 * Statement", "PREPARE Statement"
 */
#include "resolve/resolver.h"

#include "schema/fold.h"
#include "sql/lex.h"

/* --- values without tables ----------------------------------------------------------------- */

static void resolve_loose(struct sg_resolver *r, enum sg_clause clause,
                          const struct sg_expr *values)
{
    struct sg_scope nothing = {0};
    r->scope = &nothing;
    r->clause = clause;
    sg_resolve_list(r, values);
    r->scope = NULL;
}

void sg_resolve_set(struct sg_resolver *r, const struct sg_set *set)
{
    struct sg_scope nothing = {0};
    for (const struct sg_set_item *item = set->items; item; item = item->next) {
        if (item->kind == SG_SET_SYSTEM_VARIABLE && item->value &&
            item->value->kind == SG_EXPR_COLUMN)
            sg_stop(r, SG_RANK_PARSER, item->value->offset); /* 1232 */
        else if (item->kind != SG_SET_FIELD)
            sg_resolve_in(r, &nothing, SG_CLAUSE_SET, item->value);
    }
    if (set->statement)
        sg_resolve_statement(r, set->statement);
}

/* --- SHOW ---------------------------------------------------------------------------------- */

enum show_which { SHOW_BOTH, SHOW_MYSQL, SHOW_MARIADB, SHOW_FULL };

static const struct {
    enum sg_show_kind kind;
    enum show_which which;
    struct sg_slice name;
} SHOW_COLUMNS[] = {
#define SHOW_COLUMN(kind, which, name) {SG_SHOW_##kind, SHOW_##which, {(name), sizeof(name) - 1}},
#include "resolve/show.def"
#undef SHOW_COLUMN
};
#define SHOW_COLUMN_COUNT (sizeof SHOW_COLUMNS / sizeof SHOW_COLUMNS[0])

static bool has_show_column(const struct sg_resolver *r, const struct sg_show *show, size_t i)
{
    enum sg_show_kind kind =
        show->kind == SG_SHOW_FUNCTION_STATUS || show->kind == SG_SHOW_PACKAGE_STATUS
            ? SG_SHOW_PROCEDURE_STATUS
            : show->kind;
    if (SHOW_COLUMNS[i].kind != kind)
        return false;
    switch (SHOW_COLUMNS[i].which) {
    case SHOW_BOTH:
        return true;
    case SHOW_MYSQL:
        return !r->mariadb;
    case SHOW_MARIADB:
        return r->mariadb;
    case SHOW_FULL:
        return show->full;
    }
    return false;
}

/* SHOW TABLES calls its column after the database. */
static struct sg_slice tables_column(struct sg_resolver *r, struct sg_slice database)
{
    static const char PREFIX[] = "Tables_in_";
    size_t size = sizeof PREFIX - 1 + database.size;
    char *name = sg_arena_alloc(r->arena, size);
    if (!name)
        return SG_SLICE_EMPTY;
    memcpy(name, PREFIX, sizeof PREFIX - 1);
    if (database.size)
        memcpy(name + sizeof PREFIX - 1, database.data, database.size);
    return sg_slice_make(name, size);
}

/* What SHOW gives as a table; NULL when its columns are not listed here. */
static const struct sg_table *show_table(struct sg_resolver *r, const struct sg_show *show,
                                         struct sg_slice database)
{
    struct sg_column *columns = sg_arena_array(r->arena, SHOW_COLUMN_COUNT + 1, sizeof *columns);
    uint32_t count = 0;
    if (!columns)
        return NULL;
    if (show->kind == SG_SHOW_TABLES)
        columns[count++].name = tables_column(r, database);
    for (size_t i = 0; i < SHOW_COLUMN_COUNT; i++) {
        if (has_show_column(r, show, i))
            columns[count++].name = SHOW_COLUMNS[i].name;
    }
    if (count == 0)
        return NULL;
    return sg_make_table(r, false, columns, count, false, 0);
}

static void resolve_show_where(struct sg_resolver *r, const struct sg_show *show,
                               struct sg_slice database)
{
    struct sg_relation relation = {.table = show_table(r, show, database)};
    struct sg_block block = {.relations = &relation, .count = 1};
    if (!relation.table) {
        sg_give_up(r, "WHERE of this SHOW", show->where->offset);
        return;
    }
    struct sg_scope scope = sg_block_scope(&block, NULL, SG_ALIAS_NONE, SG_ALIAS_NONE);
    sg_resolve_in(r, &scope, SG_CLAUSE_WHERE, show->where);
}

/* MySQL misses the table or database first, MariaDB the column. */
void sg_resolve_show(struct sg_resolver *r, const struct sg_show *show)
{
    bool has_database = sg_name_is_set(&show->database);
    struct sg_slice database = has_database ? show->database.text : r->context->database;
    struct sg_qualified_name table = show->table;

    if (show->where) {
        bool certain = has_database || r->context->database_certainty == SG_CERTAIN;
        if (certain || show->kind != SG_SHOW_TABLES)
            resolve_show_where(r, show, database);
    }
    if (sg_name_is_set(&table.name)) {
        if (has_database)
            table.database = show->database;
        r->outermost_done = true;
        r->tables_come_late = r->mariadb;
        sg_find_table(r, &table);
    } else if (has_database && sg_schema_find_database(r->schema, database) == SG_ABSENT &&
               !r->mariadb) {
        sg_stop(r, SG_RANK_TABLE, show->database.offset); /* 1049 */
    }
}

/* --- EXPLAIN, PREPARE ---------------------------------------------------------------------- */

void sg_resolve_explain(struct sg_resolver *r, const struct sg_explain *explain)
{
    const struct sg_context *before = r->context;
    struct sg_context other = *before;
    if (sg_name_is_set(&explain->database)) { /* FOR SCHEMA d: as if d were the current one */
        other.database = explain->database.text;
        other.database_certainty = SG_CERTAIN;
        r->context = &other;
    }
    if (explain->statement)
        sg_resolve_statement(r, explain->statement);
    r->context = before;
    if (explain->statement)
        return;
    if (sg_name_is_set(&explain->table.name))
        sg_find_table(r, &explain->table);
}

/* What MariaDB leaves for EXECUTE, and both servers do with most DDL. */
static bool waits_for_execute(const struct sg_resolver *r, const struct sg_statement *statement)
{
    switch (statement->kind) {
    case SG_AST_DDL:
        return !statement->ddl->query && !(statement->ddl->table && statement->ddl->table->query);
    case SG_AST_SHOW:
        return sg_name_is_set(&statement->show->table.name);
    case SG_AST_UPDATE:
        return r->mariadb && statement->update->multiple;
    case SG_AST_DELETE:
        return r->mariadb && statement->delete->order_by;
    case SG_AST_INSERT:
        return r->mariadb && statement->insert->source == SG_INSERT_QUERY;
    case SG_AST_LOAD:
        return r->mariadb;
    default:
        return false;
    }
}

/* Every name in another text stands, for a reader, where that text stands in the statement. */
static void move_findings(struct sg_resolution *out, const struct sg_expr *text)
{
    for (struct sg_finding *it = out->findings; it; it = it->next) {
        it->reference.offset = text->offset;
        it->reference.size = text->size;
    }
}

/* The text of PREPARE ... FROM 'text' is resolved at once. */
static void resolve_prepared(struct sg_resolver *r, const struct sg_expr *text, bool executes)
{
    struct sg_lexer lexer;
    struct sg_token token;
    struct sg_parse parse;
    if (text->kind != SG_EXPR_LITERAL || text->literal_kind != SG_LITERAL_STRING)
        return; /* a variable: its value is not known */
    r->out->depends_on_text = true;
    sg_lex_init(&lexer, sg_slice_make(r->text.data + text->offset, text->size), r->context);
    sg_lex_next(&lexer, &token);
    struct sg_slice value = sg_lex_value(&lexer, &token, r->arena);
    sg_lex_next(&lexer, &token);
    if (token.kind != SG_TOKEN_END) { /* 'a' 'b' */
        sg_give_up(r, "the text of PREPARE", text->offset);
        return;
    }
    if (sg_parse(value, r->context, r->arena, &parse) != SG_PARSE_OK) {
        sg_give_up(r, "the text of PREPARE", text->offset);
        return;
    }
    if (!executes && waits_for_execute(r, parse.statement))
        return;
    struct sg_slice before = r->text;
    r->text = value;
    sg_resolve_statement(r, parse.statement);
    r->text = before;
    move_findings(r->out, text);
}

/* --- any statement ------------------------------------------------------------------------- */

static void resolve_call(struct sg_resolver *r, const struct sg_call *call)
{
    resolve_loose(r, SG_CLAUSE_CALL, call->arguments);
}

static void resolve_tables(struct sg_resolver *r, const struct sg_qualified_item *tables)
{
    r->outermost_done = true;
    for (; tables; tables = tables->next)
        sg_find_table(r, &tables->name);
}

static void resolve_query_statement(struct sg_resolver *r, const struct sg_query *query)
{
    struct sg_query_use use = {0};
    sg_resolve_query(r, query, &use);
}

void sg_resolve_statement(struct sg_resolver *r, const struct sg_statement *statement)
{
    if (statement->is_refused)
        sg_stop(r, SG_RANK_PARSER, statement->offset); /* 1115, 1791 */
    switch (statement->kind) {
    case SG_AST_QUERY:
        resolve_query_statement(r, statement->query);
        return;
    case SG_AST_INSERT:
        sg_resolve_insert(r, statement->insert);
        return;
    case SG_AST_UPDATE:
        sg_resolve_update(r, statement->update);
        return;
    case SG_AST_DELETE:
        sg_resolve_delete(r, statement->delete);
        return;
    case SG_AST_LOAD:
        sg_resolve_load(r, statement->load);
        return;
    case SG_AST_CALL:
        resolve_call(r, statement->call);
        return;
    case SG_AST_DO:
        resolve_loose(r, SG_CLAUSE_DO, statement->values->values);
        return;
    case SG_AST_HANDLER:
        sg_resolve_handler(r, statement->handler);
        return;
    case SG_AST_SET:
        sg_resolve_set(r, statement->set);
        return;
    case SG_AST_SHOW:
        sg_resolve_show(r, statement->show);
        return;
    case SG_AST_EXPLAIN:
        sg_resolve_explain(r, statement->explain);
        return;
    case SG_AST_PREPARE:
        resolve_prepared(r, statement->prepare->text, false);
        return;
    case SG_AST_EXECUTE_IMMEDIATE:
        resolve_loose(r, SG_CLAUSE_EXECUTE_IMMEDIATE, statement->prepare->text);
        resolve_loose(r, SG_CLAUSE_EXECUTE_IMMEDIATE, statement->prepare->using_values);
        resolve_prepared(r, statement->prepare->text, true);
        return;
    case SG_AST_DDL:
        sg_resolve_ddl(r, statement->ddl);
        return;
    case SG_AST_LOCK_TABLES:
        resolve_tables(r, statement->tables->tables);
        return;
    case SG_AST_GRANT:
        sg_resolve_grant(r, statement->grant);
        return;
    case SG_AST_KILL:
        resolve_loose(r, SG_CLAUSE_KILL, statement->values->values);
        return;
    case SG_AST_SIGNAL:
        resolve_loose(r, SG_CLAUSE_SELECT, statement->values->values);
        return;
    case SG_AST_DIAGNOSTICS:
        resolve_loose(r, SG_CLAUSE_DIAGNOSTICS, statement->values->values);
        return;
    case SG_AST_FLOW:
        sg_resolve_flow(r, statement);
        return;
    case SG_AST_OTHER:
    case SG_AST_EMPTY:
    case SG_AST_USE:
    case SG_AST_EXECUTE:
    case SG_AST_DEALLOCATE:
    case SG_AST_TABLES:
    case SG_AST_FLUSH_TABLES:
    case SG_AST_TRANSACTION:
    case SG_AST_BACKUP_LOCK:
        return;
    }
}
