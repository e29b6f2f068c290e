/* DDL and stored programs as text. See print.c. */
#include "sql/print.h"

/* --- DDL ----------------------------------------------------------------------------------- */

static void print_references(struct sg_printer *out, const struct sg_reference_def *references)
{
    if (!references)
        return;
    sg_print_open(out, "references");
    sg_put_qualified(out, &references->table);
    sg_put_names(out, "columns", references->columns);
    sg_print_close(out);
}

static void print_checks(struct sg_printer *out, const struct sg_check *check)
{
    for (; check; check = check->next) {
        sg_print_open(out, "check");
        sg_put_name(out, &check->name);
        if (check->expr)
            sg_print_expr(out, check->expr);
        sg_print_close(out);
    }
}

static void print_column_def(struct sg_printer *out, const struct sg_column_def *column)
{
    static const char *const FLAGS[] = {
        "not-null", "null",      "primary", "unique",      "auto",   "invisible", "generated",
        "stored",   "row-start", "row-end", "unversioned", "serial", "versioned"};
    sg_print_open(out, "column");
    sg_put_name(out, &column->name);
    if (column->type.size) {
        sg_put_text(out, " <");
        sg_put_slice(out, column->type);
        sg_put_text(out, ">");
    }
    for (size_t i = 0; i < sizeof FLAGS / sizeof FLAGS[0]; i++)
        sg_put_flag(out, column->flags & (1u << i), FLAGS[i]);
    sg_print_wrapped(out, "default", column->default_value);
    sg_print_wrapped(out, "on-update", column->on_update);
    sg_print_wrapped(out, "as", column->generated);
    print_checks(out, column->checks);
    print_references(out, column->references);
    sg_put_flag(out, column->first, "first");
    if (sg_name_is_set(&column->after)) {
        sg_print_open(out, "after");
        sg_put_name(out, &column->after);
        sg_print_close(out);
    }
    sg_print_close(out);
}

static void print_key(struct sg_printer *out, const struct sg_key_def *key)
{
    static const char *const KINDS[] = {
        [SG_KEY_PLAIN] = "key",           [SG_KEY_PRIMARY] = "primary-key",
        [SG_KEY_UNIQUE] = "unique",       [SG_KEY_FULLTEXT] = "fulltext",
        [SG_KEY_SPATIAL] = "spatial",     [SG_KEY_VECTOR] = "vector",
        [SG_KEY_FOREIGN] = "foreign-key",
    };
    sg_print_open(out, KINDS[key->kind]);
    sg_put_name(out, &key->name);
    sg_print_open(out, "on");
    for (const struct sg_key_part *part = key->parts; part; part = part->next) {
        sg_put_name(out, &part->column);
        if (part->expr)
            sg_print_expr(out, part->expr);
    }
    sg_print_close(out);
    print_references(out, key->references);
    sg_print_close(out);
}

static void print_partitioning(struct sg_printer *out, const struct sg_partitioning *partitioning)
{
    if (!partitioning)
        return;
    sg_print_open(out, "partition-by");
    sg_put_flag(out, partitioning->system_time, "system-time");
    if (partitioning->expr)
        sg_print_expr(out, partitioning->expr);
    sg_put_names(out, "columns", partitioning->columns);
    sg_print_wrapped(out, "subpartition", partitioning->subpartition_expr);
    sg_put_names(out, "subpartition-columns", partitioning->subpartition_columns);
    sg_print_wrapped(out, "values", partitioning->values);
    sg_print_close(out);
}

static void print_table_def(struct sg_printer *out, const struct sg_table_def *table)
{
    if (!table)
        return;
    for (const struct sg_column_def *column = table->columns; column; column = column->next)
        print_column_def(out, column);
    for (const struct sg_key_def *key = table->keys; key; key = key->next)
        print_key(out, key);
    print_checks(out, table->checks);
    if (sg_name_is_set(&table->like.name)) {
        sg_print_open(out, "like");
        sg_put_qualified(out, &table->like);
        sg_print_close(out);
    }
    sg_put_flag(out, table->versioned, "versioned");
    print_partitioning(out, table->partitioning);
    if (table->query)
        sg_print_query(out, table->query);
}

static void print_alter(struct sg_printer *out, const struct sg_alter_item *item)
{
    static const char *const KINDS[] = {
        [SG_ALTER_ADD_COLUMNS] = "add",
        [SG_ALTER_ADD_KEY] = "add-key",
        [SG_ALTER_ADD_CHECK] = "add-check",
        [SG_ALTER_CHANGE_COLUMN] = "change",
        [SG_ALTER_MODIFY_COLUMN] = "modify",
        [SG_ALTER_DROP_COLUMN] = "drop",
        [SG_ALTER_DROP_KEY] = "drop-key",
        [SG_ALTER_DROP_CONSTRAINT] = "drop-constraint",
        [SG_ALTER_RENAME_COLUMN] = "rename-column",
        [SG_ALTER_RENAME_KEY] = "rename-key",
        [SG_ALTER_RENAME_TABLE] = "rename",
        [SG_ALTER_SET_DEFAULT] = "set-default",
        [SG_ALTER_SET_VISIBILITY] = "set-visibility",
        [SG_ALTER_ORDER_BY] = "order",
        [SG_ALTER_EXCHANGE_PARTITION] = "exchange",
        [SG_ALTER_PARTITION_BY] = "partition",
        [SG_ALTER_ADD_VERSIONING] = "add-versioning",
        [SG_ALTER_DROP_VERSIONING] = "drop-versioning",
        [SG_ALTER_KEY_STATE] = "other",
        [SG_ALTER_CHECK_STATE] = "other",
        [SG_ALTER_OPTIONS] = "other",
        [SG_ALTER_CONVERT] = "other",
        [SG_ALTER_OTHER] = "other",
    };
    for (; item; item = item->next) {
        sg_print_open(out, KINDS[item->kind]);
        sg_put_name(out, &item->name);
        sg_put_name(out, &item->new_name);
        sg_put_qualified(out, &item->table);
        for (const struct sg_column_def *column = item->columns; column; column = column->next)
            print_column_def(out, column);
        if (item->key)
            print_key(out, item->key);
        print_checks(out, item->check);
        if (item->value)
            sg_print_expr(out, item->value);
        sg_print_order(out, "order-by", item->order_by);
        print_partitioning(out, item->partitioning);
        sg_print_close(out);
    }
}

void sg_print_items_of(struct sg_printer *out, const struct sg_qualified_item *item)
{
    for (; item; item = item->next) {
        sg_put_qualified(out, &item->name);
        if (sg_name_is_set(&item->new_name)) {
            sg_put_word(out, "to");
            sg_put_dotted(out, &item->new_name_database, &item->new_name, NULL);
        }
        sg_put_alias(out, &item->alias);
    }
}

void sg_print_ddl(struct sg_printer *out, const struct sg_ddl *ddl)
{
    static const char *const ACTIONS[] = {
        [SG_DDL_CREATE] = "create", [SG_DDL_ALTER] = "alter",       [SG_DDL_DROP] = "drop",
        [SG_DDL_RENAME] = "rename", [SG_DDL_TRUNCATE] = "truncate",
    };
    static const char *const OBJECTS[] = {
        [SG_OBJECT_TABLE] = "table",         [SG_OBJECT_VIEW] = "view",
        [SG_OBJECT_SEQUENCE] = "sequence",   [SG_OBJECT_DATABASE] = "database",
        [SG_OBJECT_INDEX] = "index",         [SG_OBJECT_TRIGGER] = "trigger",
        [SG_OBJECT_PROCEDURE] = "procedure", [SG_OBJECT_FUNCTION] = "function",
        [SG_OBJECT_EVENT] = "event",         [SG_OBJECT_PACKAGE] = "package",
        [SG_OBJECT_OTHER] = "other",
    };
    sg_print_open(out, ACTIONS[ddl->action]);
    sg_put_flag(out, ddl->temporary, "temporary");
    sg_put_word(out, OBJECTS[ddl->object]);
    sg_put_flag(out, ddl->if_exists, "if-exists");
    sg_put_name(out, &ddl->index);
    sg_print_items_of(out, ddl->names);
    print_table_def(out, ddl->table);
    if (ddl->key)
        print_key(out, ddl->key);
    print_alter(out, ddl->alter);
    sg_put_names(out, "columns", ddl->columns);
    if (ddl->query)
        sg_print_query(out, ddl->query);
    if (sg_name_is_set(&ddl->trigger_table.name)) {
        sg_print_open(out, "on");
        sg_put_qualified(out, &ddl->trigger_table);
        sg_print_close(out);
    }
    for (const struct sg_parameter *at = ddl->parameters; at; at = at->next) {
        sg_print_open(out, "parameter");
        sg_put_name(out, &at->name);
        sg_print_close(out);
    }
    sg_print_wrapped(out, "schedule", ddl->schedule);
    if (ddl->body)
        sg_print_statement(out, ddl->body);
    sg_print_close(out);
}

/* --- stored programs ----------------------------------------------------------------------- */

static void print_statements(struct sg_printer *out, const char *kind,
                             const struct sg_statement *statement)
{
    if (!statement)
        return;
    sg_print_open(out, kind);
    for (; statement; statement = statement->next)
        sg_print_statement(out, statement);
    sg_print_close(out);
}

static void print_declares(struct sg_printer *out, const struct sg_declare *declare)
{
    static const char *const KINDS[] = {
        [SG_DECLARE_VARIABLES] = "declare",
        [SG_DECLARE_CONDITION] = "declare-condition",
        [SG_DECLARE_CURSOR] = "declare-cursor",
        [SG_DECLARE_HANDLER] = "declare-handler",
    };
    for (; declare; declare = declare->next) {
        sg_print_open(out, KINDS[declare->kind]);
        sg_put_names(out, "names", declare->names);
        sg_print_wrapped(out, "default", declare->default_value);
        if (declare->query)
            sg_print_query(out, declare->query);
        if (declare->body)
            sg_print_statement(out, declare->body);
        sg_print_close(out);
    }
}

void sg_print_flow(struct sg_printer *out, const struct sg_flow *flow)
{
    static const char *const KINDS[] = {
        [SG_FLOW_BLOCK] = "block",   [SG_FLOW_IF] = "if",         [SG_FLOW_CASE] = "case",
        [SG_FLOW_LOOP] = "loop",     [SG_FLOW_WHILE] = "while",   [SG_FLOW_REPEAT] = "repeat",
        [SG_FLOW_FOR] = "for",       [SG_FLOW_RETURN] = "return", [SG_FLOW_LEAVE] = "leave",
        [SG_FLOW_CURSOR] = "cursor",
    };
    sg_print_open(out, KINDS[flow->kind]);
    sg_put_name(out, &flow->label);
    sg_put_name(out, &flow->name);
    print_declares(out, flow->declares);
    if (flow->condition)
        sg_print_expr(out, flow->condition);
    for (const struct sg_flow_branch *at = flow->branches; at; at = at->next) {
        sg_print_open(out, "branch");
        if (at->condition)
            sg_print_expr(out, at->condition);
        print_statements(out, "do", at->statements);
        sg_print_close(out);
    }
    if (flow->query)
        sg_print_query(out, flow->query);
    sg_print_wrapped(out, "from", flow->from);
    sg_print_wrapped(out, "to", flow->to);
    sg_put_names(out, "into", flow->into);
    print_statements(out, "do", flow->statements);
    sg_print_close(out);
}
