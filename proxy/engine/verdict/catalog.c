/* A catalogue: statements in, a changed schema out; see <schemaguard/catalog.h>.
 *
 *   text ─ parse ─ tree ─ resolve (does it name what is not there?) ─ schema/ddl.c ─ builder
 *
 * Views remember the text that made them. When a table or column has gone they are asked again,
 * not before somebody looks: a view that has lost what it selects from is there, and nothing more
 * can be said of it (the servers answer error 1356).
 */
#include <schemaguard/catalog.h>

#include <stdlib.h>

#include "resolve/resolve.h"
#include "schema/build.h"
#include "schema/ddl.h"
#include "schema/fold.h"
#include "sql/ast.h"
#include "sql/lex.h"

/* Keys and the texts of views; a schema of a million columns stays far below. */
#define KEPT_CEILING_BYTES  ((size_t)1 << 30)
#define ASKED_CEILING_BYTES ((size_t)64 << 20)
/* Views upon views: so often are all asked again. */
#define ROUNDS_MAX 16

/* A view as it was made. */
struct made_view {
    struct made_view *next;
    struct sg_slice database;
    struct sg_slice name;
    struct sg_slice text;
    struct sg_slice current; /* the current database at that time */
    uint32_t sql_mode;
    const struct sg_column_spec *columns;
    size_t column_count;
    bool broken;
};

struct sg_catalog {
    struct sg_schema_builder *builder;
    struct sg_server server;
    struct sg_arena kept; /* as long as the catalogue */
    struct made_view *views;
    bool views_in_doubt;
    bool generates_primary_key;
    bool ignores_foreign_keys; /* SET foreign_key_checks = 0, as dumps do */
};

static struct sg_catalog *make(struct sg_schema_builder *builder, const struct sg_server *server)
{
    struct sg_catalog *catalog = builder ? calloc(1, sizeof *catalog) : NULL;
    if (!catalog) {
        sg_schema_builder_free(builder);
        return NULL;
    }
    catalog->builder = builder;
    catalog->server = *server;
    sg_arena_init(&catalog->kept, KEPT_CEILING_BYTES);
    return catalog;
}

struct sg_catalog *sg_catalog_new(const struct sg_server *server)
{
    return make(sg_schema_builder_new(server), server);
}

struct sg_catalog *sg_catalog_copy(const struct sg_schema *schema)
{
    return make(sg_schema_builder_copy(schema), sg_schema_server(schema));
}

void sg_catalog_free(struct sg_catalog *catalog)
{
    if (!catalog)
        return;
    sg_schema_builder_free(catalog->builder);
    sg_arena_fini(&catalog->kept);
    free(catalog);
}

enum sg_status sg_catalog_database(struct sg_catalog *catalog, struct sg_slice name,
                                   struct sg_error *error)
{
    return sg_schema_builder_database(catalog->builder, name, true, error);
}

/* --- queries inside DDL --------------------------------------------------------------------- */

struct asking {
    const struct sg_catalog *catalog;
    struct sg_slice text;
    const struct sg_context *context;
    struct sg_arena *arena;
};

static bool columns_of(void *data, const struct sg_query *query,
                       const struct sg_column_spec **columns_out, size_t *count_out)
{
    const struct asking *asking = data;
    return sg_resolve_query_columns(query, asking->text, asking->context,
                                    sg_schema_builder_peek(asking->catalog->builder), asking->arena,
                                    columns_out, count_out);
}

/* --- views --------------------------------------------------------------------------------- */

static bool is_same_view(const struct sg_catalog *catalog, const struct made_view *view,
                         struct sg_slice database, struct sg_slice name)
{
    if (catalog->server.lower_case_table_names == 0)
        return sg_slice_equal(view->database, database) && sg_slice_equal(view->name, name);
    return sg_fold_equal(view->database, database) && sg_fold_equal(view->name, name);
}

static const struct sg_table *table_of(const struct sg_catalog *catalog, struct sg_slice database,
                                       struct sg_slice name)
{
    const struct sg_table *table = NULL;
    (void)sg_schema_find_table(sg_schema_builder_peek(catalog->builder), database, name, &table);
    return table;
}

static struct sg_slice database_of(const struct sg_qualified_name *name,
                                   const struct sg_context *context)
{
    return sg_name_is_set(&name->database) ? name->database.text : context->database;
}

/* Columns in memory that lasts. */
static const struct sg_column_spec *keep_columns(struct sg_catalog *catalog,
                                                 const struct sg_table *table)
{
    size_t count;
    const struct sg_column *columns = sg_table_columns(table, &count);
    struct sg_column_spec *kept = sg_arena_array(&catalog->kept, count + 1, sizeof *kept);
    for (size_t i = 0; kept && i < count; i++)
        kept[i] = (struct sg_column_spec){.name = sg_arena_copy(&catalog->kept, columns[i].name),
                                          .type = sg_arena_copy(&catalog->kept, columns[i].type),
                                          .flags = columns[i].flags,
                                          .detail = NULL};
    return kept;
}

static void remember_view(struct sg_catalog *catalog, const struct sg_ddl *ddl,
                          const struct asking *asking, size_t consumed)
{
    struct sg_slice database = database_of(&ddl->names->name, asking->context);
    const struct sg_table *table = table_of(catalog, database, ddl->names->name.name.text);
    struct made_view *view = catalog->views;
    while (view && !is_same_view(catalog, view, database, ddl->names->name.name.text))
        view = view->next;
    if (!view) {
        view = sg_arena_alloc(&catalog->kept, sizeof *view);
        if (!view)
            return;
        view->next = catalog->views;
        catalog->views = view;
    }
    if (!table)
        return;
    view->database = sg_arena_copy(&catalog->kept, database);
    view->name = sg_arena_copy(&catalog->kept, ddl->names->name.name.text);
    view->text = sg_arena_copy(&catalog->kept, sg_slice_make(asking->text.data, consumed));
    view->current = sg_arena_copy(&catalog->kept, asking->context->database);
    view->sql_mode = asking->context->sql_mode;
    view->columns = keep_columns(catalog, table);
    view->column_count = sg_table_knowledge(table) == SG_KNOWN ? table->column_count : 0;
    view->broken = sg_table_knowledge(table) == SG_UNKNOWN;
}

static bool has_column(const struct sg_column_spec *columns, size_t count, struct sg_slice name)
{
    for (size_t i = 0; i < count; i++) {
        if (sg_fold_equal(columns[i].name, name))
            return true;
    }
    return false;
}

/* Whether the view's query still gives what it gave. */
static bool still_works(const struct sg_catalog *catalog, const struct made_view *view,
                        struct sg_arena *arena)
{
    const struct sg_schema *schema = sg_schema_builder_peek(catalog->builder);
    const struct sg_context context = {.server = &catalog->server,
                                       .database = view->current,
                                       .sql_mode = view->sql_mode,
                                       .charset = SG_CHARSET_UTF8};
    struct sg_parse parse;
    struct sg_resolution resolution;
    const struct sg_column_spec *columns = NULL;
    size_t count = 0;
    if (sg_parse(view->text, &context, arena, &parse) != SG_PARSE_OK ||
        parse.statement->kind != SG_AST_DDL || !parse.statement->ddl->query)
        return false;
    const struct sg_ddl *ddl = parse.statement->ddl;
    sg_resolve(parse.statement, view->text, &context, schema, arena, &resolution);
    if (arena->exhausted || !resolution.complete || resolution.findings ||
        !sg_resolve_query_columns(ddl->query, view->text, &context, schema, arena, &columns,
                                  &count))
        return false;
    if (ddl->columns) /* names of its own */
        return true;
    for (size_t i = 0; i < view->column_count; i++) {
        bool duality = view->columns[i].type.size != 0;
        bool made_up = view->columns[i].name.size > 9 &&
                       memcmp(view->columns[i].name.data, "Name_exp_", 9) == 0;
        if (!duality && !made_up && !has_column(columns, count, view->columns[i].name))
            return false;
    }
    return true;
}

static bool ask_view(struct sg_catalog *catalog, struct made_view *view, struct sg_arena *arena)
{
    const struct sg_table *table = table_of(catalog, view->database, view->name);
    if (!table || sg_table_kind(table) != SG_TABLE_VIEW || !view->columns || !view->column_count)
        return false;
    bool broken = !still_works(catalog, view, arena);
    sg_arena_reset(arena);
    if (broken == view->broken)
        return false;
    const struct sg_table_spec spec = {.database = view->database,
                                       .name = view->name,
                                       .kind = SG_TABLE_VIEW,
                                       .knowledge = broken ? SG_UNKNOWN : SG_KNOWN,
                                       .columns = view->columns,
                                       .column_count = broken ? 0 : view->column_count};
    view->broken = broken;
    return sg_schema_builder_put(catalog->builder, &spec, NULL, NULL) == SG_OK;
}

static void ask_views(struct sg_catalog *catalog)
{
    struct sg_arena arena;
    bool changed = catalog->views_in_doubt;
    catalog->views_in_doubt = false;
    sg_arena_init(&arena, ASKED_CEILING_BYTES);
    for (int round = 0; changed && round < ROUNDS_MAX; round++) {
        changed = false;
        for (struct made_view *view = catalog->views; view; view = view->next)
            changed = ask_view(catalog, view, &arena) || changed;
    }
    sg_arena_fini(&arena);
}

const struct sg_schema *sg_catalog_schema(struct sg_catalog *catalog)
{
    ask_views(catalog);
    return sg_schema_builder_peek(catalog->builder);
}

enum sg_status sg_catalog_finish(struct sg_catalog *catalog, struct sg_schema **schema_out,
                                 struct sg_error *error)
{
    ask_views(catalog);
    struct sg_schema_builder *builder = catalog->builder;
    catalog->builder = NULL;
    enum sg_status status = sg_schema_builder_finish(builder, schema_out, error);
    sg_catalog_free(catalog);
    return status;
}

/* --- what was not understood --------------------------------------------------------------- */

/* Every table that a word of the text could mean. */
static void doubt_named(struct sg_catalog *catalog, struct sg_slice text,
                        const struct sg_context *context, struct sg_arena *arena)
{
    struct sg_lexer lexer;
    struct sg_token token;
    sg_lex_init(&lexer, text, context);
    for (;;) {
        sg_lex_next(&lexer, &token);
        if (token.kind == SG_TOKEN_END || token.kind == SG_TOKEN_ERROR)
            return;
        if (token.kind != SG_TOKEN_IDENT && token.kind != SG_TOKEN_QUOTED_IDENT)
            continue;
        struct sg_slice name = sg_lex_value(&lexer, &token, arena);
        const struct sg_schema *schema = sg_schema_builder_peek(catalog->builder);
        for (size_t i = 0; i < sg_schema_database_count(schema); i++) {
            bool complete;
            struct sg_slice database = sg_schema_database_at(schema, i, &complete);
            const struct sg_table *table = table_of(catalog, database, name);
            if (!table || sg_table_knowledge(table) == SG_UNKNOWN)
                continue;
            struct sg_table_spec spec = {.database = sg_arena_copy(arena, database),
                                         .name = sg_arena_copy(arena, table->name),
                                         .kind = table->kind,
                                         .knowledge = SG_UNKNOWN};
            if (sg_schema_builder_put(catalog->builder, &spec, NULL, NULL) != SG_OK)
                return;
        }
    }
}

static bool begins_with_ddl(struct sg_slice text, const struct sg_context *context)
{
    struct sg_lexer lexer;
    struct sg_token token;
    sg_lex_init(&lexer, text, context);
    sg_lex_next(&lexer, &token);
    return token.word == SG_WORD_CREATE || token.word == SG_WORD_ALTER ||
           token.word == SG_WORD_DROP || token.word == SG_WORD_RENAME;
}

static void take_unread(struct sg_catalog *catalog, struct sg_slice text,
                        const struct sg_context *context, const struct sg_parse *parse,
                        struct sg_arena *arena, struct sg_catalog_change *change)
{
    if (!begins_with_ddl(text, context))
        return;
    change->effect = SG_CATALOG_DOUBTFUL;
    change->reason = parse->reason;
    change->offset = parse->offset;
    doubt_named(catalog, text, context, arena);
    sg_schema_builder_doubt(catalog->builder, SG_SLICE_EMPTY);
}

/* --- the door ------------------------------------------------------------------------------ */

/* MySQL: SET sql_generate_invisible_primary_key = 1. */
static void take_setting(struct sg_catalog *catalog, const struct sg_set *set, struct sg_slice text)
{
    for (const struct sg_set_item *item = set->items; item; item = item->next) {
        if (item->kind != SG_SET_SYSTEM_VARIABLE || !item->value)
            continue;
        struct sg_slice value = {text.data + item->value->offset, item->value->size};
        bool on = sg_fold_equal(value, SG_SLICE_LITERAL("1")) ||
                  sg_fold_equal(value, SG_SLICE_LITERAL("on")) ||
                  sg_fold_equal(value, SG_SLICE_LITERAL("true"));
        if (sg_fold_equal(item->name.text, SG_SLICE_LITERAL("foreign_key_checks")))
            catalog->ignores_foreign_keys = !on; /* a variable: the old value is put back last */
        if (sg_fold_equal(item->name.text, SG_SLICE_LITERAL("sql_generate_invisible_primary_key")))
            catalog->generates_primary_key = on;
    }
}

static struct sg_slice words_of(const struct sg_finding *finding)
{
    if (!finding->is_name)
        return SG_SLICE_LITERAL("the server would stop at a name in it");
    return SG_SLICE_LITERAL("it names a table or column that is not there");
}

/* A view over what is not there (in a dump: in a database that it leaves out) is there for those
 * who ask, and nothing is said of its columns. */
static void put_unknown_view(struct sg_catalog *catalog, const struct sg_ddl *ddl,
                             const struct sg_context *context)
{
    const struct sg_qualified_name *name = &ddl->names->name;
    struct sg_slice database = database_of(name, context);
    const struct sg_table_spec spec = {.database = database,
                                       .name = name->name.text,
                                       .kind = SG_TABLE_VIEW,
                                       .knowledge = SG_UNKNOWN};
    if (database.size == 0 || table_of(catalog, database, name->name.text) ||
        sg_schema_builder_put(catalog->builder, &spec, NULL, NULL) == SG_OK)
        return;
    sg_schema_builder_doubt(catalog->builder, database);
}

static void run_ddl(struct sg_catalog *catalog, const struct sg_statement *statement,
                    const struct asking *asking, struct sg_catalog_change *change)
{
    const struct sg_ddl *ddl = statement->ddl;
    struct sg_resolution resolution;
    struct sg_ddl_run run = {.builder = catalog->builder,
                             .keys = &catalog->kept,
                             .arena = asking->arena,
                             .context = asking->context,
                             .text = asking->text,
                             .columns_of = columns_of,
                             .columns_data = (void *)(uintptr_t)asking,
                             .ignores_foreign_keys = catalog->ignores_foreign_keys,
                             .generates_primary_key = catalog->generates_primary_key};
    bool is_view = ddl->object == SG_OBJECT_VIEW && ddl->query && ddl->names;
    if (ddl->action == SG_DDL_CREATE && ddl->if_exists && ddl->names &&
        table_of(catalog, database_of(&ddl->names->name, asking->context),
                 ddl->names->name.name.text))
        return; /* CREATE ... IF NOT EXISTS, and it does: nothing in it is looked at */
    bool has_query = ddl->query || (ddl->table && ddl->table->query);
    if (has_query)
        ask_views(catalog);
    sg_resolve(statement, asking->text, asking->context, sg_schema_builder_peek(catalog->builder),
               asking->arena, &resolution);
    /* a broken view stops a query, and lets itself be renamed */
    if (resolution.findings && ddl->action != SG_DDL_DROP &&
        (resolution.findings->is_name || has_query)) {
        change->effect = SG_CATALOG_REFUSED;
        change->reason = words_of(resolution.findings);
        change->offset = resolution.findings->reference.offset;
        if (is_view)
            put_unknown_view(catalog, ddl, asking->context);
        return;
    }
    switch (sg_ddl_apply(&run, ddl)) {
    case SG_DDL_UNTOUCHED:
        return;
    case SG_DDL_REFUSED:
        change->effect = SG_CATALOG_REFUSED;
        change->reason = sg_slice_of(run.refusal);
        change->offset = run.refusal_offset;
        break;
    case SG_DDL_DONE:
        change->effect = SG_CATALOG_CHANGED;
        if (is_view)
            remember_view(catalog, ddl, asking, change->consumed);
        break;
    }
    /* also when something has come that a broken view was waiting for */
    catalog->views_in_doubt = catalog->views_in_doubt || run.removes || catalog->views;
}

enum sg_status sg_catalog_apply(struct sg_catalog *catalog, struct sg_slice text,
                                const struct sg_context *context, struct sg_arena *arena,
                                struct sg_catalog_change *change_out)
{
    struct sg_parse parse;
    const struct asking asking = {catalog, text, context, arena};
    *change_out = (struct sg_catalog_change){.effect = SG_CATALOG_UNTOUCHED};
    sg_parse(text, context, arena, &parse);
    change_out->consumed = parse.consumed;
    if (parse.status == SG_PARSE_MEMORY)
        return SG_LIMIT;
    if (parse.status != SG_PARSE_OK)
        take_unread(catalog, text, context, &parse, arena, change_out);
    else if (parse.statement->kind == SG_AST_SET)
        take_setting(catalog, parse.statement->set, text);
    else if (parse.statement->kind == SG_AST_DDL)
        run_ddl(catalog, parse.statement, &asking, change_out);
    return arena->exhausted || catalog->kept.exhausted ? SG_LIMIT : SG_OK;
}
