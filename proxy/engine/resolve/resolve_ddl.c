/* DDL and GRANT: the tables that must exist, the columns that ALTER names, and the queries inside
 * CREATE VIEW and CREATE TABLE ... SELECT. What DDL itself refuses (1072, 1091, 1050 ...) is not
 * ours.
 *
 * MySQL manual, "Data Definition Statements"; name-resolution page, "DDL, views, programs"
 */
#include "resolve/resolver.h"

#include "schema/fold.h"
#include "schema/overlay.h"
#include "sql/lex.h"

/* Parts are held against each other, and no table has so many columns (4096 on MySQL). */
#define ALTER_PARTS_MAX 4096

/* --- ALTER TABLE --------------------------------------------------------------------------- */

/* A column that an earlier part of the same ALTER makes. */
static bool is_made(const struct sg_alter_item *items, const struct sg_alter_item *until,
                    struct sg_slice name)
{
    for (; items && items != until->next; items = items->next) {
        for (const struct sg_column_def *it = items->columns; it; it = it->next) {
            if (sg_fold_equal(it->name.text, name))
                return true;
        }
        if (items->kind == SG_ALTER_RENAME_COLUMN && sg_fold_equal(items->new_name.text, name))
            return true;
    }
    return false;
}

struct alteration {
    struct sg_resolver *r;
    const struct sg_table *table;
    struct sg_slice clause; /* the table's name stands where the clause would */
    const struct sg_alter_item *items;
};

static void check_old(const struct alteration *it, const struct sg_name *name)
{
    if (sg_name_is_set(name) && !sg_table_find_column(it->table, name->text))
        sg_miss_name(it->r, SG_SLICE_EMPTY, name, it->clause);
}

static void check_after(const struct alteration *it, const struct sg_alter_item *item)
{
    for (const struct sg_column_def *column = item->columns; column; column = column->next) {
        const struct sg_name *after = &column->after;
        if (sg_name_is_set(after) && !sg_table_find_column(it->table, after->text) &&
            !is_made(it->items, item, after->text))
            sg_miss_name(it->r, SG_SLICE_EMPTY, after, it->clause);
    }
}

/* A column that an ADD of the same ALTER makes, in a part before `until` (NULL: in any). */
static bool is_added(const struct sg_alter_item *items, const struct sg_alter_item *until,
                     struct sg_slice name)
{
    for (; items && items != until; items = items->next) {
        for (const struct sg_column_def *it = items->columns;
             it && items->kind == SG_ALTER_ADD_COLUMNS; it = it->next) {
            if (sg_fold_equal(it->name.text, name))
                return true;
        }
    }
    return false;
}

/* MariaDB's MODIFY knows the columns that were added to its left, its SET DEFAULT all that are
 * added; MySQL, and CHANGE and RENAME on both, those of the table alone. */
static void check_altered(const struct alteration *it, const struct sg_alter_item *item,
                          const struct sg_name *name)
{
    bool modify = item->kind == SG_ALTER_MODIFY_COLUMN;

    if (item->if_exists)
        return;
    if (it->r->mariadb && (modify || item->kind == SG_ALTER_SET_DEFAULT) &&
        is_added(it->items, modify ? item : NULL, name->text))
        return;
    check_old(it, name);
}

static void check_alter_item(const struct alteration *it, const struct sg_alter_item *item)
{
    switch (item->kind) {
    case SG_ALTER_CHANGE_COLUMN:
    case SG_ALTER_RENAME_COLUMN:
    case SG_ALTER_SET_DEFAULT:
    case SG_ALTER_SET_VISIBILITY:
        check_altered(it, item, &item->name);
        break;
    case SG_ALTER_MODIFY_COLUMN:
        if (item->columns)
            check_altered(it, item, &item->columns->name);
        break;
    case SG_ALTER_ADD_COLUMNS:
    case SG_ALTER_ADD_KEY:
    case SG_ALTER_ADD_CHECK:
    case SG_ALTER_DROP_COLUMN:
    case SG_ALTER_DROP_KEY:
    case SG_ALTER_DROP_CONSTRAINT:
    case SG_ALTER_RENAME_KEY:
    case SG_ALTER_RENAME_TABLE:
    case SG_ALTER_ORDER_BY:
    case SG_ALTER_EXCHANGE_PARTITION:
    case SG_ALTER_PARTITION_BY:
    case SG_ALTER_ADD_VERSIONING:
    case SG_ALTER_DROP_VERSIONING:
    case SG_ALTER_KEY_STATE:
    case SG_ALTER_CHECK_STATE:
    case SG_ALTER_OPTIONS:
    case SG_ALTER_CONVERT:
    case SG_ALTER_OTHER:
        break;
    }
    check_after(it, item);
}

/* MySQL names the constraint in place of a clause. */
static struct sg_slice check_clause(struct sg_resolver *r, const struct sg_check *check)
{
    static const char BEFORE[] = "check constraint ";
    static const char AFTER[] = " expression";
    struct sg_slice name = check->name.text;
    if (r->server->wording == SG_WORDING_KEYWORDS)
        return sg_clause_text(SG_CLAUSE_CHECK, SG_WORDING_KEYWORDS);
    char *text = sg_arena_alloc(r->arena, sizeof BEFORE + name.size + sizeof AFTER);
    if (!text)
        return SG_SLICE_EMPTY;
    memcpy(text, BEFORE, sizeof BEFORE - 1);
    if (name.size)
        memcpy(text + sizeof BEFORE - 1, name.data, name.size);
    memcpy(text + sizeof BEFORE - 1 + name.size, AFTER, sizeof AFTER - 1);
    return sg_slice_make(text, sizeof BEFORE - 1 + name.size + sizeof AFTER - 1);
}

/* In CREATE TABLE MySQL answers with 3813 and 3820 instead. */
static void resolve_check(struct sg_resolver *r, const struct sg_scope *scope,
                          const struct sg_check *check, bool is_alter)
{
    for (; check; check = check->next) {
        if (!r->mariadb && !is_alter)
            continue;
        r->clause_text = check_clause(r, check);
        sg_resolve_in(r, scope, SG_CLAUSE_CHECK, check->expr);
        r->clause_text = SG_SLICE_EMPTY;
    }
}

static void resolve_key(struct sg_resolver *r, const struct sg_scope *scope,
                        const struct sg_key_def *key)
{
    for (const struct sg_key_part *part = key ? key->parts : NULL; part; part = part->next)
        sg_resolve_in(r, scope, SG_CLAUSE_KEY_EXPRESSION, part->expr);
}

/* The table as ALTER leaves it, as far as expressions in the same ALTER can see: its columns and
 * the new ones. */
static struct sg_block *altered_block(struct sg_resolver *r, const struct alteration *it)
{
    uint32_t count = it->table->column_count;
    struct sg_block *block = sg_arena_alloc(r->arena, sizeof *block);
    struct sg_relation *relation = sg_arena_alloc(r->arena, sizeof *relation);
    const struct sg_alter_item *item;
    const struct sg_column_def *def;
    for (item = it->items; item; item = item->next) {
        count += item->kind == SG_ALTER_RENAME_COLUMN;
        for (def = item->columns; def; def = def->next)
            count++;
    }
    struct sg_column *columns = sg_arena_array(r->arena, count, sizeof *columns);
    if (!block || !relation || !columns)
        return NULL;
    count = 0;
    for (uint32_t i = 0; i < it->table->column_count; i++)
        columns[count++] = it->table->columns[i];
    for (item = it->items; item; item = item->next) {
        if (item->kind == SG_ALTER_RENAME_COLUMN)
            columns[count++].name = item->new_name.text;
        for (def = item->columns; def; def = def->next)
            columns[count++].name = def->name.text;
    }
    relation->table = sg_make_table(r, false, columns, count, false, 0);
    relation->alias = it->clause;
    relation->database = it->table->database;
    block->relations = relation;
    block->count = 1;
    return block;
}

static void resolve_alter_expressions(struct sg_resolver *r, const struct alteration *it)
{
    struct sg_block *block = altered_block(r, it);
    if (!block)
        return;
    struct sg_scope scope = sg_block_scope(block, NULL, SG_ALIAS_NONE, SG_ALIAS_NONE);
    for (const struct sg_alter_item *item = it->items; item; item = item->next) {
        for (const struct sg_column_def *def = item->columns; def; def = def->next) {
            sg_resolve_in(r, &scope, SG_CLAUSE_GENERATED, def->generated);
            sg_resolve_in(r, &scope, SG_CLAUSE_DEFAULT, def->default_value);
            resolve_check(r, &scope, def->checks, true);
        }
        resolve_key(r, &scope, item->key);
        resolve_check(r, &scope, item->check, true);
    }
}

static bool has_too_many_parts(const struct sg_alter_item *items)
{
    size_t count = 0;
    for (; items && count <= ALTER_PARTS_MAX; items = items->next) {
        count++;
        for (const struct sg_column_def *it = items->columns; it && count <= ALTER_PARTS_MAX;
             it = it->next)
            count++;
    }
    return count > ALTER_PARTS_MAX;
}

static void resolve_alter(struct sg_resolver *r, const struct sg_ddl *ddl)
{
    const struct sg_qualified_item *name = ddl->names;
    if (!name || ddl->if_exists)
        return;
    if (has_too_many_parts(ddl->alter)) {
        sg_give_up(r, "more changes of a table than are looked at", name->name.name.offset);
        return;
    }
    struct alteration it = {.r = r, .items = ddl->alter, .clause = name->name.name.text};
    it.table = sg_find_table(r, &name->name);
    for (const struct sg_alter_item *item = ddl->alter; it.table && item; item = item->next)
        check_alter_item(&it, item);
    if (it.table && it.table->kind == SG_TABLE_BASE)
        resolve_alter_expressions(r, &it);
}

/* --- CREATE TABLE -------------------------------------------------------------------------- */

/* The table is there already: 1050, or nothing at all under IF NOT EXISTS. */
static bool exists(struct sg_resolver *r, const struct sg_ddl *ddl)
{
    const struct sg_qualified_name *name = &ddl->names->name;
    struct sg_slice database =
        sg_name_is_set(&name->database) ? name->database.text : r->context->database;
    const struct sg_table *table = NULL;
    if (r->context->database_certainty == SG_UNCERTAIN && !sg_name_is_set(&name->database))
        return false;
    if (ddl->temporary)
        return sg_overlay_find(r->context->overlay, database, name->name.text) != NULL;
    return sg_schema_find_table(r->schema, database, name->name.text, &table) == SG_PRESENT;
}

/* Columns of the new table, those of its SELECT left out: what its expressions can see. */
static struct sg_block *new_table_block(struct sg_resolver *r, const struct sg_ddl *ddl)
{
    const struct sg_table_def *def = ddl->table;
    struct sg_block *block = sg_arena_alloc(r->arena, sizeof *block);
    struct sg_relation *relation = sg_arena_alloc(r->arena, sizeof *relation);
    uint32_t count = 0;
    for (const struct sg_column_def *it = def->columns; it; it = it->next)
        count++;
    struct sg_column *columns = sg_arena_array(r->arena, count + 1u, sizeof *columns);
    if (!block || !relation || !columns)
        return NULL;
    count = 0;
    for (const struct sg_column_def *it = def->columns; it; it = it->next)
        columns[count++].name = it->name.text;
    relation->alias = ddl->names->name.name.text;
    relation->database = r->context->database;
    if (!def->query && !def->versioned)
        relation->table = sg_make_table(r, false, columns, count, false, 0);
    block->relations = relation;
    block->count = 1;
    block->has_unknown = !relation->table;
    return block;
}

static void resolve_definition(struct sg_resolver *r, const struct sg_ddl *ddl)
{
    const struct sg_table_def *def = ddl->table;
    struct sg_block *block = new_table_block(r, ddl);
    if (!block)
        return;
    struct sg_scope scope = sg_block_scope(block, NULL, SG_ALIAS_NONE, SG_ALIAS_NONE);
    if (def->partitioning) {
        sg_resolve_in(r, &scope, SG_CLAUSE_PARTITION, def->partitioning->expr);
        sg_resolve_in(r, &scope, SG_CLAUSE_PARTITION, def->partitioning->subpartition_expr);
    }
    for (const struct sg_column_def *it = def->columns; it; it = it->next) {
        sg_resolve_in(r, &scope, SG_CLAUSE_GENERATED, it->generated);
        sg_resolve_in(r, &scope, SG_CLAUSE_DEFAULT, it->default_value);
        resolve_check(r, &scope, it->checks, false);
    }
    for (const struct sg_key_def *key = def->keys; key; key = key->next)
        resolve_key(r, &scope, key);
    resolve_check(r, &scope, def->checks, false);
}

static void resolve_create_table(struct sg_resolver *r, const struct sg_ddl *ddl)
{
    const struct sg_table_def *def = ddl->table;
    struct sg_query_use use = {0};
    if (!ddl->names || !def)
        return;
    if (!ddl->or_replace && exists(r, ddl)) {
        sg_stop(r, SG_RANK_ALIAS, ddl->names->name.name.offset);
        return;
    }
    r->outermost_done = true;
    if (sg_name_is_set(&def->like.name))
        sg_find_table(r, &def->like);
    if (def->query)
        sg_resolve_query(r, def->query, &use);
    resolve_definition(r, ddl);
}

/* --- the others ---------------------------------------------------------------------------- */

static void resolve_schedule(struct sg_resolver *r, const struct sg_expr *values)
{
    struct sg_scope nothing = {0};
    for (; values; values = values->next)
        sg_resolve_in(r, &nothing, SG_CLAUSE_SELECT, values);
}

static void resolve_create(struct sg_resolver *r, const struct sg_ddl *ddl)
{
    struct sg_query_use use = {0};
    switch (ddl->object) {
    case SG_OBJECT_TABLE:
        resolve_create_table(r, ddl);
        return;
    case SG_OBJECT_VIEW:
        r->outermost_done = true;
        if (ddl->query)
            sg_resolve_query(r, ddl->query, &use);
        return;
    case SG_OBJECT_INDEX:
        if (ddl->names)
            sg_find_table(r, &ddl->names->name);
        return;
    case SG_OBJECT_TRIGGER:
        sg_resolve_trigger(r, ddl);
        return;
    case SG_OBJECT_EVENT:
        resolve_schedule(r, ddl->schedule);
        return;
    case SG_OBJECT_SEQUENCE:
    case SG_OBJECT_DATABASE:
    case SG_OBJECT_PROCEDURE: /* bodies are resolved when they run */
    case SG_OBJECT_FUNCTION:
    case SG_OBJECT_PACKAGE:
    case SG_OBJECT_OTHER:
        return;
    }
}

/* The first name of RENAME TABLE a TO b, b TO c must exist; later ones may have come from it. */
static void resolve_rename(struct sg_resolver *r, const struct sg_ddl *ddl)
{
    if (ddl->object == SG_OBJECT_TABLE && ddl->names && !ddl->if_exists)
        sg_find_table(r, &ddl->names->name);
}

void sg_resolve_ddl(struct sg_resolver *r, const struct sg_ddl *ddl)
{
    struct sg_query_use use = {0};
    r->in_view = ddl->object == SG_OBJECT_VIEW;
    switch (ddl->action) {
    case SG_DDL_CREATE:
        resolve_create(r, ddl);
        return;
    case SG_DDL_ALTER:
        if (ddl->object == SG_OBJECT_TABLE)
            resolve_alter(r, ddl);
        else if (ddl->object == SG_OBJECT_VIEW && ddl->names)
            sg_find_table(r, &ddl->names->name);
        if (ddl->object == SG_OBJECT_VIEW && ddl->query)
            sg_resolve_query(r, ddl->query, &use);
        return;
    case SG_DDL_RENAME:
        resolve_rename(r, ddl);
        return;
    case SG_DDL_TRUNCATE:
        if (ddl->names)
            sg_find_table(r, &ddl->names->name);
        return;
    case SG_DDL_DROP:
        if (ddl->object == SG_OBJECT_INDEX && ddl->names && !ddl->if_exists)
            sg_find_table(r, &ddl->names->name);
        return;
    }
}

/* GRANT CREATE may name a table that is not there yet; the words between GRANT and ON tell. */
static bool grants_creation(const struct sg_resolver *r, const struct sg_grant *grant)
{
    struct sg_lexer lexer;
    struct sg_token token;
    sg_lex_init(&lexer, r->text, r->context);
    for (sg_lex_next(&lexer, &token); token.kind != SG_TOKEN_END && token.kind != SG_TOKEN_ERROR &&
                                      token.offset < grant->table.name.offset;
         sg_lex_next(&lexer, &token)) {
        struct sg_slice word = sg_lex_bytes(&lexer, &token);
        if (sg_fold_equal(word, SG_SLICE_LITERAL("create")) ||
            sg_fold_equal(word, SG_SLICE_LITERAL("all")))
            return true;
    }
    return false;
}

void sg_resolve_grant(struct sg_resolver *r, const struct sg_grant *grant)
{
    if (!grant->grants || !grant->is_table || grants_creation(r, grant))
        return;
    const struct sg_table *table = sg_find_table(r, &grant->table);
    for (const struct sg_expr *it = grant->columns; table && it; it = it->next) {
        if (it->kind == SG_EXPR_COLUMN && !sg_table_find_column(table, it->column.name.text))
            sg_miss_name(r, SG_SLICE_EMPTY, &it->column.name, grant->table.name.text);
    }
}
