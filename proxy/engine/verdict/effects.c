/* Effects; see effects.h. A guard follows a session by them, so what is not certain is said to be
 * unknown, and what could not be read is taken by its first words.
 *
 * MySQL manual, "USE Statement", "SET Syntax for Variable Assignment", "SET NAMES Statement",
 * "CREATE TEMPORARY TABLE Statement", "HANDLER Statement", "Statements That Cause an Implicit
 * Commit"
 */
#include "verdict/effects.h"

#include "resolve/resolve.h"
#include "schema/fold.h"
#include "schema/overlay.h"
#include "sql/lex.h"

#define ALL_MODES                                                                                  \
    (SG_MODE_ANSI_QUOTES | SG_MODE_PIPES_AS_CONCAT | SG_MODE_HIGH_NOT_PRECEDENCE |                 \
     SG_MODE_IGNORE_SPACE | SG_MODE_NO_BACKSLASH_ESCAPES | SG_MODE_ONLY_FULL_GROUP_BY)

/* Steps of one statement are few: a table each. */
#define STEPS_MAX 256

/* No server takes more columns (error 1117), and hardly anybody changes more in one statement. */
#define COLUMNS_MAX 4096

struct effects {
    struct sg_slice text;
    const struct sg_context *context;
    const struct sg_schema *schema;
    struct sg_arena *arena;
    struct sg_effects *out;
    struct sg_overlay_step *steps;
    size_t step_count;
    bool steps_lost; /* there were too many, or memory was out */
};

static bool is_word(struct sg_slice text, const char *word)
{
    return sg_fold_equal(text, sg_slice_of(word));
}

static uint32_t every_mode(const struct sg_context *context)
{
    bool mariadb = context->server->flavour == SG_FLAVOUR_MARIADB;
    return ALL_MODES | (mariadb ? SG_MODE_ORACLE | SG_MODE_MSSQL : 0);
}

/* --- SET ----------------------------------------------------------------------------------- */

/* The text that a literal or a bare word stands for; false for any other expression. */
static bool constant_of(const struct effects *e, const struct sg_expr *value,
                        struct sg_slice *text_out)
{
    struct sg_lexer lexer;
    struct sg_token token;
    if (!value)
        return false;
    if (value->kind == SG_EXPR_WORD) {
        *text_out = value->word.name.text;
        return true;
    }
    if (value->kind == SG_EXPR_COLUMN && !sg_name_is_set(&value->column.table)) {
        *text_out = value->column.name.text;
        return true;
    }
    if (value->kind != SG_EXPR_LITERAL || value->offset + value->size > e->text.size)
        return false;
    struct sg_slice source = sg_slice_make(e->text.data + value->offset, value->size);
    sg_lex_init(&lexer, source, e->context);
    sg_lex_next(&lexer, &token);
    if (token.kind != SG_TOKEN_STRING && token.kind != SG_TOKEN_INTEGER)
        return false;
    *text_out = sg_lex_value(&lexer, &token, e->arena);
    sg_lex_next(&lexer, &token);
    return token.kind == SG_TOKEN_END; /* not 'a' 'b' */
}

/* The bits that a value stands for: a constant, @@sql_mode, or as applications add to it and take
 * from it CONCAT(@@sql_mode, ',A') and REPLACE(@@sql_mode, 'A', ''). False for all else. */
static bool modes_of(const struct effects *e, const struct sg_expr *value, uint32_t *bits_out,
                     uint32_t *unknown_out)
{
    struct sg_slice text;
    if (constant_of(e, value, &text)) {
        *bits_out = sg_sql_mode_from_text(text, e->context->server->flavour);
        *unknown_out = 0;
        return true;
    }
    if (value && value->kind == SG_EXPR_SYSTEM_VARIABLE && !(value->flags & SG_EXPR_GLOBAL) &&
        is_word(value->variable.name, "sql_mode")) {
        *bits_out = e->context->sql_mode;
        *unknown_out = e->context->sql_mode_unknown;
        return true;
    }
    if (!value || value->kind != SG_EXPR_CALL || !value->call.arguments)
        return false;
    const struct sg_expr *argument = value->call.arguments;
    bool adds = is_word(value->call.name.text, "concat");
    if (!adds && (!is_word(value->call.name.text, "replace") || value->call.count != 3))
        return false;
    if (!modes_of(e, argument, bits_out, unknown_out))
        return false;
    for (argument = argument->next; argument; argument = argument->next) {
        uint32_t bits;
        uint32_t unknown;
        if (!modes_of(e, argument, &bits, &unknown))
            return false;
        *bits_out = adds ? *bits_out | bits : *bits_out & ~bits;
        *unknown_out |= adds ? unknown & ~*bits_out : bits | unknown;
        if (!adds)
            break; /* what is put in its place: nothing, or it is unknown anyway */
    }
    return true;
}

static void set_sql_mode(const struct effects *e, const struct sg_expr *value)
{
    e->out->flags |= SG_EFFECT_SQL_MODE;
    if (modes_of(e, value, &e->out->sql_mode, &e->out->sql_mode_unknown))
        return;
    e->out->sql_mode = 0;
    e->out->sql_mode_unknown = every_mode(e->context);
}

static void set_charset(const struct effects *e, const struct sg_expr *value)
{
    struct sg_slice text;
    e->out->flags |= SG_EFFECT_CHARSET;
    e->out->charset = e->context->charset;
    e->out->charset_certainty = SG_UNCERTAIN;
    if (!constant_of(e, value, &text))
        return;
    e->out->charset = sg_charset_from_name(text);
    e->out->charset_certainty = SG_CERTAIN;
}

static void read_set(const struct effects *e, const struct sg_set *set)
{
    for (const struct sg_set_item *item = set->items; item; item = item->next) {
        if (item->kind == SG_SET_NAMES || item->kind == SG_SET_CHARACTER_SET) {
            set_charset(e, item->value);
            continue;
        }
        if (item->kind != SG_SET_SYSTEM_VARIABLE || sg_name_is_set(&item->qualifier) ||
            (item->scope != SG_SCOPE_NONE && item->scope != SG_SCOPE_SESSION))
            continue;
        if (is_word(item->name.text, "sql_mode"))
            set_sql_mode(e, item->value);
        else if (is_word(item->name.text, "character_set_client"))
            set_charset(e, item->value);
        else if (is_word(item->name.text, "pseudo_thread_id"))
            e->out->flags |=
                SG_EFFECT_OPAQUE; /* other temporary tables: MySQL manual, mysqlbinlog */
    }
}

/* What the server runs at every login from then on may be anything, DDL too. MySQL manual, "Server
 * System Variables", init_connect */
static void read_global_set(const struct effects *e, const struct sg_set *set)
{
    for (const struct sg_set_item *item = set->items; item; item = item->next) {
        bool is_global = item->scope == SG_SCOPE_GLOBAL || item->scope == SG_SCOPE_PERSIST;
        if (item->kind == SG_SET_SYSTEM_VARIABLE && is_global &&
            is_word(item->name.text, "init_connect"))
            e->out->flags |= SG_EFFECT_LOGIN;
    }
}

/* --- temporary tables ---------------------------------------------------------------------- */

static struct sg_slice database_of(const struct effects *e, const struct sg_name *name)
{
    return sg_name_is_set(name) ? name->text : e->context->database;
}

static void push_step(struct effects *e, struct sg_overlay_step step)
{
    if (!e->steps)
        e->steps = sg_arena_array(e->arena, STEPS_MAX, sizeof *e->steps);
    if (!e->steps || e->step_count == STEPS_MAX) {
        e->steps_lost = true;
        return;
    }
    e->steps[e->step_count++] = step;
}

static void add_step(struct effects *e, enum sg_overlay_verb verb, struct sg_table_spec table)
{
    push_step(e, (struct sg_overlay_step){.verb = verb, .table = table});
}

static void finish_steps(struct effects *e)
{
    if (e->step_count == 0 && !e->steps_lost)
        return;
    e->out->flags |= SG_EFFECT_TEMPORARY;
    struct sg_overlay_change *change = sg_arena_alloc(e->arena, sizeof *change);
    if (e->steps_lost || !change)
        return;
    *change = (struct sg_overlay_change){
        .steps = e->steps, .step_count = e->step_count, .server = e->context->server};
    e->out->overlay_change = change;
}

static bool is_temporary(const struct effects *e, const struct sg_qualified_name *name)
{
    return sg_overlay_find(e->context->overlay, database_of(e, &name->database), name->name.text) !=
           NULL;
}

static const struct sg_table *find_source(const struct effects *e,
                                          const struct sg_qualified_name *name)
{
    struct sg_slice database = database_of(e, &name->database);
    const struct sg_table *table = sg_overlay_find(e->context->overlay, database, name->name.text);
    if (!table && e->schema && e->context->temporary_certainty == SG_CERTAIN &&
        sg_schema_find_table(e->schema, database, name->name.text, &table) != SG_PRESENT)
        table = NULL;
    return table && sg_table_knowledge(table) == SG_KNOWN ? table : NULL;
}

/* CREATE TEMPORARY TABLE a LIKE b */
static void take_columns(struct effects *e, const struct sg_table *source,
                         struct sg_table_spec *spec)
{
    size_t count;
    const struct sg_column *columns = sg_table_columns(source, &count);
    struct sg_column_spec *copies = sg_arena_array(e->arena, count, sizeof *copies);
    if (!copies)
        return;
    for (size_t i = 0; i < count; i++)
        copies[i] = (struct sg_column_spec){
            .name = columns[i].name, .type = columns[i].type, .flags = columns[i].flags};
    spec->columns = copies;
    spec->column_count = count;
    spec->rowid = sg_table_has_rowid(source);
    spec->kind = SG_TABLE_BASE;
    spec->knowledge = SG_KNOWN;
}

static uint32_t flags_of(const struct sg_column_def *def)
{
    uint32_t flags = 0;
    if (def->flags & SG_OPTION_INVISIBLE)
        flags |= SG_COLUMN_INVISIBLE;
    if (def->flags & SG_OPTION_GENERATED)
        flags |= SG_COLUMN_GENERATED;
    if (!(def->flags & (SG_OPTION_NOT_NULL | SG_OPTION_PRIMARY | SG_OPTION_SERIAL)))
        flags |= SG_COLUMN_NULLABLE;
    return flags;
}

static bool is_integer(struct sg_slice type)
{
    static const char *const WORDS[] = {"int",    "integer", "tinyint", "smallint", "mediumint",
                                        "bigint", "bool",    "boolean", "serial",   "int1",
                                        "int2",   "int3",    "int4",    "int8",     "middleint"};
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        if (is_word(type, WORDS[i]))
            return true;
    }
    return false;
}

/* One integer column that is the primary key makes `_rowid`; keys of other forms are rare in
 * temporary tables, and then `_rowid` is allowed: a name too many is never blocked. */
static bool has_rowid(const struct sg_table_def *def)
{
    for (const struct sg_column_def *it = def->columns; it; it = it->next) {
        if (it->flags & (SG_OPTION_PRIMARY | SG_OPTION_UNIQUE | SG_OPTION_SERIAL))
            return is_integer(it->type_word);
    }
    return def->keys != NULL;
}

/* Columns written, then those of the SELECT that are not among them. */
static void define_columns(struct effects *e, const struct sg_table_def *def,
                           struct sg_table_spec *spec)
{
    const struct sg_column_spec *selected = NULL;
    size_t selected_count = 0;
    size_t count = 0;
    if (def->query &&
        (!e->schema || !sg_resolve_query_columns(def->query, e->text, e->context, e->schema,
                                                 e->arena, &selected, &selected_count)))
        return;
    for (const struct sg_column_def *it = def->columns; it; it = it->next)
        count++;
    if (count + selected_count > COLUMNS_MAX)
        return;
    struct sg_column_spec *columns =
        sg_arena_array(e->arena, count + selected_count + 1, sizeof *columns);
    if (!columns)
        return;
    count = 0;
    for (const struct sg_column_def *it = def->columns; it; it = it->next)
        columns[count++] =
            (struct sg_column_spec){.name = it->name.text, .type = it->type, .flags = flags_of(it)};
    size_t written = count;
    for (size_t i = 0; i < selected_count; i++) {
        size_t same = 0;
        while (same < written && !sg_fold_equal(columns[same].name, selected[i].name))
            same++;
        if (same == written)
            columns[count++] = selected[i];
    }
    spec->columns = columns;
    spec->column_count = count;
    spec->knowledge = SG_KNOWN;
    spec->kind = def->versioned ? SG_TABLE_VERSIONED : SG_TABLE_BASE;
    spec->rowid = has_rowid(def);
}

static void create_temporary(struct effects *e, const struct sg_ddl *ddl)
{
    const struct sg_qualified_name *name = &ddl->names->name;
    struct sg_table_spec spec = {.database = database_of(e, &name->database),
                                 .name = name->name.text,
                                 .knowledge = SG_UNKNOWN};
    if (ddl->table && sg_name_is_set(&ddl->table->like.name)) {
        const struct sg_table *source = find_source(e, &ddl->table->like);
        if (source)
            take_columns(e, source, &spec);
    } else if (ddl->table) {
        define_columns(e, ddl->table, &spec);
    }
    add_step(e, ddl->if_exists ? SG_OVERLAY_PUT_IF_ABSENT : SG_OVERLAY_PUT, spec);
}

static void drop_temporary(struct effects *e, const struct sg_ddl *ddl)
{
    for (const struct sg_qualified_item *it = ddl->names; it; it = it->next) {
        if (is_temporary(e, &it->name))
            add_step(e, SG_OVERLAY_REMOVE,
                     (struct sg_table_spec){.database = database_of(e, &it->name.database),
                                            .name = it->name.name.text});
    }
}

/* The columns as a list that ALTER's parts are applied to one by one. */
struct column_list {
    struct sg_column_spec *columns;
    size_t count;
    bool lost; /* a part that is not followed */
};

static size_t find_spec(const struct column_list *list, struct sg_slice name)
{
    size_t i = 0;
    while (i < list->count && !sg_fold_equal(list->columns[i].name, name))
        i++;
    return i;
}

/* Order does not matter to who asks by name, save for `*` in a list of names: FIRST and AFTER are
 * not followed. */
static void alter_columns(struct column_list *list, const struct sg_alter_item *item)
{
    const struct sg_name *old = &item->name;
    size_t at;
    for (const struct sg_column_def *def = item->columns; def; def = def->next) {
        struct sg_column_spec spec = {def->name.text, def->type, flags_of(def), NULL};
        bool changes = item->kind != SG_ALTER_ADD_COLUMNS;
        at = changes ? find_spec(list, sg_name_is_set(old) ? old->text : def->name.text)
                     : find_spec(list, def->name.text);
        list->lost = list->lost || sg_name_is_set(&def->after) || def->first;
        if (at == list->count && !changes)
            list->count++;
        if (at < list->count && (changes || !item->if_exists || at == list->count - 1))
            list->columns[at] = spec;
    }
    at = find_spec(list, old->text);
    if (item->kind == SG_ALTER_DROP_COLUMN && at < list->count) {
        list->count--;
        memmove(&list->columns[at], &list->columns[at + 1],
                (list->count - at) * sizeof *list->columns);
    } else if (item->kind == SG_ALTER_RENAME_COLUMN && at < list->count) {
        list->columns[at].name = item->new_name.text;
    } else if (item->kind == SG_ALTER_SET_VISIBILITY && at < list->count) {
        list->columns[at].flags = item->invisible ? SG_COLUMN_INVISIBLE : 0;
    }
}

/* The columns that a temporary table has after ALTER; false when that cannot be told. */
static bool altered_columns(const struct effects *e, const struct sg_table *table,
                            const struct sg_ddl *ddl, struct sg_table_spec *spec)
{
    struct column_list list = {0};
    const struct sg_alter_item *item;
    size_t most;
    const struct sg_column *columns = sg_table_columns(table, &most);
    if (sg_table_knowledge(table) == SG_UNKNOWN)
        return false;
    size_t room = most;
    for (item = ddl->alter; item; item = item->next) {
        room++;
        for (const struct sg_column_def *def = item->columns; def; def = def->next)
            room++;
    }
    if (room > COLUMNS_MAX)
        return false;
    list.columns = sg_arena_array(e->arena, room + 1, sizeof *list.columns);
    if (!list.columns)
        return false;
    for (; list.count < most; list.count++)
        list.columns[list.count] = (struct sg_column_spec){
            columns[list.count].name, columns[list.count].type, columns[list.count].flags, NULL};
    for (item = ddl->alter; item; item = item->next)
        alter_columns(&list, item);
    spec->columns = list.columns;
    spec->column_count = list.count;
    spec->rowid = true; /* keys are not followed: a name too many is never blocked */
    spec->kind = sg_table_kind(table);
    spec->knowledge = SG_KNOWN;
    return !list.lost;
}

static void alter_temporary(struct effects *e, const struct sg_ddl *ddl)
{
    if (!ddl->names || !is_temporary(e, &ddl->names->name))
        return;
    const struct sg_qualified_name *name = &ddl->names->name;
    struct sg_table_spec unknown = {.database = database_of(e, &name->database),
                                    .name = name->name.text,
                                    .knowledge = SG_UNKNOWN};
    struct sg_table_spec spec = unknown;
    const struct sg_table *table =
        sg_overlay_find(e->context->overlay, spec.database, name->name.text);
    if (!altered_columns(e, table, ddl, &spec))
        spec = unknown;
    for (const struct sg_alter_item *item = ddl->alter; item; item = item->next) {
        if (item->kind != SG_ALTER_RENAME_TABLE)
            continue;
        add_step(e, SG_OVERLAY_REMOVE, unknown);
        spec.name = item->table.name.text;
        spec.database = database_of(e, &item->table.database);
    }
    add_step(e, SG_OVERLAY_PUT, spec);
}

static void rename_temporary(struct effects *e, const struct sg_ddl *ddl)
{
    for (const struct sg_qualified_item *it = ddl->names; it; it = it->next) {
        struct sg_table_spec spec = {.database = database_of(e, &it->name.database),
                                     .name = it->name.name.text,
                                     .knowledge = SG_UNKNOWN};
        if (!is_temporary(e, &it->name))
            continue;
        add_step(e, SG_OVERLAY_REMOVE, spec);
        spec.database = database_of(e, &it->new_name_database);
        spec.name = it->new_name.text;
        add_step(e, SG_OVERLAY_PUT, spec);
    }
}

/* --- handlers ------------------------------------------------------------------------------ */

static void read_handler(struct effects *e, const struct sg_handler *handler)
{
    const struct sg_name *name =
        sg_name_is_set(&handler->alias) ? &handler->alias : &handler->table.name;
    struct sg_overlay_step step = {.verb = SG_OVERLAY_OPEN,
                                   .table = {.database = database_of(e, &handler->table.database),
                                             .name = handler->table.name.text,
                                             .knowledge = SG_UNKNOWN},
                                   .handler = name->text};
    if (handler->action == SG_HANDLER_READ)
        return;
    if (handler->action == SG_HANDLER_CLOSE)
        step.verb = SG_OVERLAY_CLOSE;
    else if (e->context->database_certainty == SG_UNCERTAIN &&
             !sg_name_is_set(&handler->table.database))
        step.verb = SG_OVERLAY_CLOSE; /* of which table cannot be told */
    push_step(e, step);
    finish_steps(e);
}

/* --- DDL ----------------------------------------------------------------------------------- */

static bool holds_columns(enum sg_ddl_object object)
{
    return object == SG_OBJECT_TABLE || object == SG_OBJECT_VIEW || object == SG_OBJECT_SEQUENCE ||
           object == SG_OBJECT_DATABASE || object == SG_OBJECT_INDEX;
}

/* Dropping the current database leaves none. */
static void drop_database(const struct effects *e, const struct sg_ddl *ddl)
{
    if (!ddl->names || !(e->context->server->lower_case_table_names
                             ? sg_fold_equal(ddl->names->name.name.text, e->context->database)
                             : sg_slice_equal(ddl->names->name.name.text, e->context->database)))
        return;
    e->out->flags |= SG_EFFECT_DATABASE;
    e->out->database = SG_SLICE_EMPTY;
}

/* Every table that it names is a temporary one of this session. */
static bool is_all_temporary(const struct effects *e, const struct sg_ddl *ddl)
{
    bool is_table = ddl->object == SG_OBJECT_TABLE || ddl->object == SG_OBJECT_SEQUENCE;
    if (is_table && ddl->temporary)
        return true;
    if ((!is_table && ddl->object != SG_OBJECT_INDEX) || ddl->action == SG_DDL_CREATE)
        return false;
    for (const struct sg_qualified_item *it = ddl->names; it; it = it->next) {
        if (!is_temporary(e, &it->name))
            return false;
    }
    return ddl->names != NULL;
}

static void read_ddl(struct effects *e, const struct sg_ddl *ddl)
{
    bool is_table = ddl->object == SG_OBJECT_TABLE || ddl->object == SG_OBJECT_SEQUENCE;
    if (holds_columns(ddl->object) && ddl->action != SG_DDL_TRUNCATE && !is_all_temporary(e, ddl))
        e->out->flags |= SG_EFFECT_SCHEMA;
    if (ddl->action == SG_DDL_DROP && ddl->object == SG_OBJECT_DATABASE)
        drop_database(e, ddl);
    if (!is_table || !ddl->names)
        return;
    switch (ddl->action) {
    case SG_DDL_CREATE:
        if (ddl->temporary)
            create_temporary(e, ddl);
        break;
    case SG_DDL_ALTER:
        alter_temporary(e, ddl);
        break;
    case SG_DDL_DROP:
        drop_temporary(e, ddl);
        break;
    case SG_DDL_RENAME:
        rename_temporary(e, ddl);
        break;
    case SG_DDL_TRUNCATE:
        break;
    }
    finish_steps(e);
}

/* --- from the tree ------------------------------------------------------------------------- */

static enum sg_statement_kind kind_of(const struct sg_statement *statement)
{
    switch (statement->kind) {
    case SG_AST_QUERY:
        return SG_STATEMENT_SELECT;
    case SG_AST_INSERT:
        return statement->insert->replace ? SG_STATEMENT_REPLACE : SG_STATEMENT_INSERT;
    case SG_AST_UPDATE:
        return SG_STATEMENT_UPDATE;
    case SG_AST_DELETE:
        return SG_STATEMENT_DELETE;
    case SG_AST_DDL:
        return statement->ddl->temporary ? SG_STATEMENT_SESSION : SG_STATEMENT_DDL;
    case SG_AST_USE:
    case SG_AST_SET:
        return SG_STATEMENT_SESSION;
    default:
        return SG_STATEMENT_OTHER;
    }
}

/* MariaDB finds tables by itself whose files were put into its data directory, which it tells where
 * that is. MariaDB documentation, "Table Discovery" */
static bool asks_for_files(const struct effects *e, const struct sg_query *query)
{
    if (e->context->server->flavour != SG_FLAVOUR_MARIADB || query->body->kind != SG_TERM_SELECT)
        return false;
    const struct sg_select *select = query->body->select;
    for (const struct sg_select_item *item = select->items; item && !select->from;
         item = item->next) {
        if (item->kind == SG_ITEM_EXPR && item->expr->kind == SG_EXPR_SYSTEM_VARIABLE &&
            is_word(item->expr->variable.name, "datadir"))
            return true;
    }
    return false;
}

/* CHECK, REPAIR and their like of a table that is not known: its files may have been put there. */
static bool tends_unknown(const struct effects *e, const struct sg_qualified_item *tables)
{
    const struct sg_table *table;
    if (!e->schema || e->context->server->flavour != SG_FLAVOUR_MARIADB)
        return false;
    for (; tables; tables = tables->next) {
        struct sg_slice database = database_of(e, &tables->name.database);
        if (!is_temporary(e, &tables->name) &&
            sg_schema_find_table(e->schema, database, tables->name.name.text, &table) == SG_ABSENT)
            return true;
    }
    return false;
}

/* Statements that are recognised by their first word alone. */
static void read_other(const struct effects *e, const struct sg_statement *statement)
{
    struct sg_lexer lexer;
    struct sg_token token;
    sg_lex_init(&lexer,
                sg_slice_make(e->text.data + statement->offset, e->text.size - statement->offset),
                e->context);
    sg_lex_next(&lexer, &token);
    struct sg_slice word = sg_lex_bytes(&lexer, &token);
    if (is_word(word, "binlog")) /* events of another server's log, DDL among them */
        e->out->flags |= SG_EFFECT_OPAQUE;
    else if (is_word(word, "import") || is_word(word, "install") || is_word(word, "uninstall"))
        e->out->flags |= SG_EFFECT_SCHEMA; /* IMPORT TABLE; plugins bring tables along */
}

static void read_statement(struct effects *e, const struct sg_statement *statement)
{
    switch (statement->kind) {
    case SG_AST_USE:
        e->out->flags |= SG_EFFECT_DATABASE;
        e->out->database = statement->use->text;
        return;
    case SG_AST_SET:
        if (statement->set->statement)
            read_statement(e, statement->set->statement); /* the values last for that one alone */
        else
            read_set(e, statement->set);
        read_global_set(e, statement->set);
        return;
    case SG_AST_DDL:
        read_ddl(e, statement->ddl);
        return;
    case SG_AST_CALL:
    case SG_AST_EXECUTE:
    case SG_AST_EXECUTE_IMMEDIATE:
    case SG_AST_FLOW:
        e->out->flags |= SG_EFFECT_OPAQUE;
        return;
    case SG_AST_HANDLER:
        read_handler(e, statement->handler);
        return;
    case SG_AST_FLUSH_TABLES:
        /* So tables' files are copied in and out, and MariaDB finds new ones by itself. MariaDB
         * documentation, "Copying Tables Between Different MariaDB Databases and Servers" */
        if (e->context->server->flavour == SG_FLAVOUR_MARIADB)
            e->out->flags |= SG_EFFECT_SCHEMA;
        return;
    case SG_AST_TABLES:
        if (tends_unknown(e, statement->tables->tables))
            e->out->flags |= SG_EFFECT_SCHEMA;
        return;
    case SG_AST_QUERY:
        if (asks_for_files(e, statement->query))
            e->out->flags |= SG_EFFECT_SCHEMA;
        return;
    case SG_AST_OTHER:
        read_other(e, statement);
        return;
    case SG_AST_EXPLAIN: /* ANALYZE runs it */
        if (statement->explain->statement && statement->explain->analyze)
            read_statement(e, statement->explain->statement);
        return;
    default:
        return;
    }
}

void sg_effects_of_tree(const struct sg_statement *statement, struct sg_slice text,
                        const struct sg_context *context, const struct sg_schema *schema,
                        struct sg_arena *arena, struct sg_report *report)
{
    struct effects effects = {.text = text,
                              .context = context,
                              .schema = schema,
                              .arena = arena,
                              .out = &report->effects};
    report->kind = kind_of(statement);
    read_statement(&effects, statement);
}

/* --- from the text ------------------------------------------------------------------------- */

struct first_words {
    struct sg_slice at[4];
    bool sets_mode;    /* further on stands sql_mode */
    bool sets_charset; /* NAMES, CHARACTER, CHARSET, character_set_client */
};

#define WORDS_LOOKED_AT 4096

static void read_words(struct sg_slice text, const struct sg_context *context,
                       struct first_words *out)
{
    struct sg_lexer lexer;
    struct sg_token token;
    size_t count = 0;
    sg_lex_init(&lexer, text, context);
    for (size_t i = 0; i < WORDS_LOOKED_AT; i++) {
        sg_lex_next(&lexer, &token);
        if (token.kind == SG_TOKEN_END || token.kind == SG_TOKEN_ERROR ||
            token.kind == SG_TOKEN_SEMICOLON)
            return;
        if (token.kind != SG_TOKEN_IDENT && token.kind != SG_TOKEN_QUOTED_IDENT)
            continue;
        struct sg_slice word = sg_lex_bytes(&lexer, &token);
        if (count < 4)
            out->at[count++] = word;
        out->sets_mode = out->sets_mode || is_word(word, "sql_mode");
        out->sets_charset = out->sets_charset || is_word(word, "names") ||
                            is_word(word, "character") || is_word(word, "charset") ||
                            is_word(word, "character_set_client");
    }
    out->sets_mode = out->sets_charset = true; /* too long to be sure */
}

static bool is_one_of(struct sg_slice word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_word(word, list[i]))
            return true;
    }
    return false;
}

/* Words that begin a statement which runs no code of its own and changes no schema. */
static const char *const HARMLESS[] = {
    "select",  "with",      "insert",    "replace", "update",   "delete",   "table",
    "values",  "show",      "describe",  "desc",    "explain",  "do",       "load",
    "handler", "truncate",  "analyze",   "check",   "checksum", "optimize", "repair",
    "flush",   "reset",     "kill",      "lock",    "unlock",   "grant",    "revoke",
    "commit",  "rollback",  "savepoint", "release", "start",    "prepare",  "deallocate",
    "signal",  "resignal",  "get",       "purge",   "change",   "stop",     "xa",
    "install", "uninstall", "help",      "backup",  "binlog",   "cache",    "clone",
    "restart", "shutdown",  "import",    "from",
};

void sg_effects_of_text(struct sg_slice text, const struct sg_context *context,
                        struct sg_report *report)
{
    static const char *const DDL[] = {"create", "alter", "drop", "rename"};
    struct first_words words = {0};
    struct sg_effects *out = &report->effects;
    read_words(text, context, &words);
    struct sg_slice first = words.at[0];

    if (first.size == 0 || is_one_of(first, HARMLESS, sizeof HARMLESS / sizeof HARMLESS[0]))
        return;
    if (is_one_of(first, DDL, sizeof DDL / sizeof DDL[0])) {
        report->kind = SG_STATEMENT_DDL;
        out->flags |= SG_EFFECT_SCHEMA;
        bool temporary = is_word(words.at[1], "temporary") || is_word(words.at[3], "temporary");
        if (temporary || sg_overlay_table_count(context->overlay) > 0)
            out->flags |= SG_EFFECT_TEMPORARY;
        return;
    }
    if (!is_word(first, "set")) {
        out->flags |= SG_EFFECT_OPAQUE;
        return;
    }
    report->kind = SG_STATEMENT_SESSION;
    if (words.sets_mode) {
        out->flags |= SG_EFFECT_SQL_MODE;
        out->sql_mode_unknown = every_mode(context);
    }
    if (words.sets_charset) {
        out->flags |= SG_EFFECT_CHARSET;
        out->charset = context->charset;
        out->charset_certainty = SG_UNCERTAIN;
    }
    if (is_word(words.at[1], "statement"))
        out->flags |= SG_EFFECT_OPAQUE;
}
