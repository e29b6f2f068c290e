/* The tree as one line of nested parentheses: what tests compare and `explain` shows.
 *
 * A node is "(kind parts)", a name is its text, in backticks when it is no plain word, a qualified
 * one is joined by dots. Literals stand as in the statement. What is absent is left out. Here are
 * the pieces and the statements; queries and DDL have files of their own.
 */
#include "sql/print.h"

#include <string.h>

/* --- pieces -------------------------------------------------------------------------------- */

static void put(struct sg_printer *out, const char *text, size_t size)
{
    if (out->length < out->size) {
        size_t room = out->size - out->length;
        memcpy(out->buffer + out->length, text, size < room ? size : room);
    }
    out->length += size;
}

void sg_put_text(struct sg_printer *out, const char *text)
{
    put(out, text, strlen(text));
}

void sg_put_slice(struct sg_printer *out, struct sg_slice text)
{
    put(out, text.data, text.size);
}

void sg_put_number(struct sg_printer *out, uint32_t number)
{
    char digits[10];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    put(out, digits + at, sizeof digits - at);
}

void sg_print_open(struct sg_printer *out, const char *kind)
{
    if (out->length > 0)
        sg_put_text(out, " ");
    sg_put_text(out, "(");
    sg_put_text(out, kind);
}

void sg_print_close(struct sg_printer *out)
{
    sg_put_text(out, ")");
}

void sg_put_word(struct sg_printer *out, const char *word)
{
    sg_put_text(out, " ");
    sg_put_text(out, word);
}

void sg_put_flag(struct sg_printer *out, bool flag, const char *word)
{
    if (flag)
        sg_put_word(out, word);
}

static bool is_plain(struct sg_slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c <= ' ' || strchr("`()'\".", c))
            return false;
    }
    return text.size > 0;
}

void sg_put_name_text(struct sg_printer *out, struct sg_slice text)
{
    bool plain = is_plain(text);
    if (!plain)
        sg_put_text(out, "`");
    sg_put_slice(out, text);
    if (!plain)
        sg_put_text(out, "`");
}

void sg_put_name(struct sg_printer *out, const struct sg_name *name)
{
    if (!sg_name_is_set(name))
        return;
    sg_put_text(out, " ");
    sg_put_name_text(out, name->text);
}

void sg_put_dotted(struct sg_printer *out, const struct sg_name *first,
                   const struct sg_name *second, const struct sg_name *third)
{
    const struct sg_name *parts[] = {first, second, third};
    const char *between = " ";
    for (size_t i = 0; i < 3; i++) {
        if (!parts[i] || !sg_name_is_set(parts[i]))
            continue;
        sg_put_text(out, between);
        sg_put_name_text(out, parts[i]->text);
        between = ".";
    }
}

void sg_put_qualified(struct sg_printer *out, const struct sg_qualified_name *name)
{
    sg_put_dotted(out, &name->database, &name->name, NULL);
}

void sg_put_names(struct sg_printer *out, const char *kind, const struct sg_name_item *names)
{
    if (!names)
        return;
    sg_print_open(out, kind);
    for (; names; names = names->next)
        sg_put_name(out, &names->name);
    sg_print_close(out);
}

void sg_put_alias(struct sg_printer *out, const struct sg_name *alias)
{
    if (!sg_name_is_set(alias))
        return;
    sg_print_open(out, "as");
    sg_put_name(out, alias);
    sg_print_close(out);
}

void sg_put_source(struct sg_printer *out, uint32_t offset, uint32_t size)
{
    sg_put_text(out, " ");
    put(out, out->text.data + offset, size);
}

/* --- DML ----------------------------------------------------------------------------------- */

static void print_assignments(struct sg_printer *out, const char *kind,
                              const struct sg_assignment *assignment)
{
    if (!assignment)
        return;
    sg_print_open(out, kind);
    for (; assignment; assignment = assignment->next) {
        sg_print_expr(out, assignment->column);
        sg_print_expr(out, assignment->value);
    }
    sg_print_close(out);
}

static void print_insert(struct sg_printer *out, const struct sg_insert *insert)
{
    sg_print_open(out, insert->replace ? "replace" : "insert");
    sg_put_qualified(out, &insert->table);
    sg_put_names(out, "partition", insert->partitions);
    if (insert->has_columns) {
        sg_print_open(out, "columns");
        sg_print_list(out, insert->columns);
        sg_print_close(out);
    }
    sg_print_rows(out, insert->rows);
    print_assignments(out, "set", insert->set);
    if (insert->query)
        sg_print_query(out, insert->query);
    sg_put_alias(out, &insert->row_alias);
    sg_put_names(out, "alias-columns", insert->row_alias_columns);
    print_assignments(out, "on-duplicate", insert->on_duplicate);
    sg_print_items(out, "returning", insert->returning);
    sg_print_close(out);
}

static void print_update(struct sg_printer *out, const struct sg_update *update)
{
    sg_print_open(out, update->multiple ? "update-multiple" : "update");
    sg_print_with(out, update->with);
    sg_print_refs_as(out, "tables", update->tables);
    sg_print_period(out, "portion", update->portion);
    print_assignments(out, "set", update->set);
    sg_print_wrapped(out, "where", update->where);
    sg_print_order(out, "order-by", update->order_by);
    sg_print_limit(out, update->limit);
    sg_print_items(out, "returning", update->returning);
    sg_print_close(out);
}

static void print_delete(struct sg_printer *out, const struct sg_delete *delete)
{
    static const char *const FORMS[] = {
        [SG_DELETE_SINGLE] = "delete",
        [SG_DELETE_FROM] = "delete-from",
        [SG_DELETE_USING] = "delete-using",
        [SG_DELETE_HISTORY] = "delete-history",
    };
    sg_print_open(out, FORMS[delete->form]);
    sg_print_with(out, delete->with);
    for (const struct sg_delete_target *target = delete->targets; target; target = target->next) {
        sg_print_open(out, "target");
        sg_put_qualified(out, &target->name);
        sg_print_close(out);
    }
    sg_print_refs_as(out, "tables", delete->tables);
    sg_print_period(out, "portion", delete->portion);
    sg_print_wrapped(out, "where", delete->where);
    sg_print_order(out, "order-by", delete->order_by);
    sg_print_limit(out, delete->limit);
    sg_print_items(out, "returning", delete->returning);
    sg_print_close(out);
}

static void print_load(struct sg_printer *out, const struct sg_load *load)
{
    sg_print_open(out, "load");
    sg_put_qualified(out, &load->table);
    sg_put_names(out, "partition", load->partitions);
    if (load->has_columns) {
        sg_print_open(out, "columns");
        sg_print_list(out, load->columns);
        sg_print_close(out);
    }
    print_assignments(out, "set", load->set);
    sg_print_close(out);
}

static void print_handler(struct sg_printer *out, const struct sg_handler *handler)
{
    static const char *const ACTIONS[] = {
        [SG_HANDLER_OPEN] = "handler-open",
        [SG_HANDLER_READ] = "handler-read",
        [SG_HANDLER_CLOSE] = "handler-close",
    };
    sg_print_open(out, ACTIONS[handler->action]);
    sg_put_qualified(out, &handler->table);
    sg_put_alias(out, &handler->alias);
    sg_put_name(out, &handler->index);
    sg_print_wrapped(out, "key", handler->key);
    sg_print_wrapped(out, "where", handler->where);
    sg_print_limit(out, handler->limit);
    sg_print_close(out);
}

/* --- session ------------------------------------------------------------------------------- */

static void print_set(struct sg_printer *out, const struct sg_set *set)
{
    static const char *const KINDS[] = {
        [SG_SET_USER_VARIABLE] = "@", [SG_SET_SYSTEM_VARIABLE] = "variable",
        [SG_SET_NAMES] = "names",     [SG_SET_CHARACTER_SET] = "character-set",
        [SG_SET_FIELD] = "field",     [SG_SET_OTHER] = "other",
    };
    static const char *const SCOPES[] = {
        [SG_SCOPE_SESSION] = "session",
        [SG_SCOPE_GLOBAL] = "global",
        [SG_SCOPE_PERSIST] = "persist",
        [SG_SCOPE_PERSIST_ONLY] = "persist-only",
    };
    sg_print_open(out, "set");
    for (const struct sg_set_item *item = set->items; item; item = item->next) {
        sg_print_open(out, KINDS[item->kind]);
        if (item->scope)
            sg_put_word(out, SCOPES[item->scope]);
        sg_put_dotted(out, &item->qualifier, &item->name, NULL);
        if (item->value)
            sg_print_expr(out, item->value);
        sg_print_close(out);
    }
    if (set->statement)
        sg_print_statement(out, set->statement);
    sg_print_close(out);
}

static void print_show(struct sg_printer *out, const struct sg_show *show)
{
    static const char *const KINDS[] = {
        [SG_SHOW_OTHER] = "show",
        [SG_SHOW_DATABASES] = "show-databases",
        [SG_SHOW_TABLES] = "show-tables",
        [SG_SHOW_TABLE_STATUS] = "show-table-status",
        [SG_SHOW_OPEN_TABLES] = "show-open-tables",
        [SG_SHOW_COLUMNS] = "show-columns",
        [SG_SHOW_INDEX] = "show-index",
        [SG_SHOW_TRIGGERS] = "show-triggers",
        [SG_SHOW_EVENTS] = "show-events",
        [SG_SHOW_VARIABLES] = "show-variables",
        [SG_SHOW_STATUS] = "show-status",
        [SG_SHOW_PROCEDURE_STATUS] = "show-procedure-status",
        [SG_SHOW_FUNCTION_STATUS] = "show-function-status",
        [SG_SHOW_COLLATION] = "show-collation",
        [SG_SHOW_CHARACTER_SET] = "show-character-set",
        [SG_SHOW_CREATE_TABLE] = "show-create-table",
        [SG_SHOW_PACKAGE_STATUS] = "show-package-status",
        [SG_SHOW_PLUGINS] = "show-plugins",
    };
    sg_print_open(out, KINDS[show->kind]);
    sg_put_flag(out, show->extended, "extended");
    sg_put_flag(out, show->full, "full");
    sg_put_qualified(out, &show->table);
    if (sg_name_is_set(&show->database)) {
        sg_print_open(out, "in");
        sg_put_name(out, &show->database);
        sg_print_close(out);
    }
    if (show->has_like) {
        sg_put_word(out, "like ");
        sg_put_slice(out, show->like);
    }
    sg_print_wrapped(out, "where", show->where);
    sg_print_limit(out, show->limit);
    sg_print_close(out);
}

static void print_explain(struct sg_printer *out, const struct sg_explain *explain)
{
    sg_print_open(out, sg_name_is_set(&explain->table.name) ? "describe" : "explain");
    sg_put_flag(out, explain->analyze, "analyze");
    sg_put_flag(out, explain->for_connection, "for-connection");
    sg_put_qualified(out, &explain->table);
    if (explain->statement)
        sg_print_statement(out, explain->statement);
    sg_print_close(out);
}

static void print_prepare(struct sg_printer *out, const char *kind,
                          const struct sg_prepare *prepare)
{
    sg_print_open(out, kind);
    sg_put_name(out, &prepare->name);
    if (prepare->text)
        sg_print_expr(out, prepare->text);
    sg_print_wrapped(out, "using", prepare->using_values);
    sg_print_close(out);
}

/* --- statements ---------------------------------------------------------------------------- */

static void print_call_statement(struct sg_printer *out, const struct sg_call *call)
{
    sg_print_open(out, "call");
    sg_put_qualified(out, &call->name);
    sg_print_list(out, call->arguments);
    sg_print_close(out);
}

static void print_tables(struct sg_printer *out, const struct sg_statement *statement)
{
    sg_print_open(out, sg_ast_kind_name(statement->kind));
    if (statement->tables)
        sg_print_items_of(out, statement->tables->tables);
    sg_print_close(out);
}

static void print_grant(struct sg_printer *out, const struct sg_grant *grant)
{
    sg_print_open(out, grant->grants ? "grant" : "revoke");
    sg_put_qualified(out, &grant->table);
    sg_print_wrapped(out, "columns", grant->columns);
    sg_print_close(out);
}

static void print_values(struct sg_printer *out, const struct sg_statement *statement)
{
    sg_print_open(out, sg_ast_kind_name(statement->kind));
    if (statement->values)
        sg_print_list(out, statement->values->values);
    sg_print_close(out);
}

void sg_print_statement(struct sg_printer *out, const struct sg_statement *statement)
{
    switch (statement->kind) {
    case SG_AST_QUERY:
        sg_print_query(out, statement->query);
        break;
    case SG_AST_INSERT:
        print_insert(out, statement->insert);
        break;
    case SG_AST_UPDATE:
        print_update(out, statement->update);
        break;
    case SG_AST_DELETE:
        print_delete(out, statement->delete);
        break;
    case SG_AST_LOAD:
        print_load(out, statement->load);
        break;
    case SG_AST_CALL:
        print_call_statement(out, statement->call);
        break;
    case SG_AST_HANDLER:
        print_handler(out, statement->handler);
        break;
    case SG_AST_USE:
        sg_print_named(out, "use", statement->use->text);
        break;
    case SG_AST_SET:
        print_set(out, statement->set);
        break;
    case SG_AST_SHOW:
        print_show(out, statement->show);
        break;
    case SG_AST_EXPLAIN:
        print_explain(out, statement->explain);
        break;
    case SG_AST_PREPARE:
    case SG_AST_EXECUTE:
    case SG_AST_EXECUTE_IMMEDIATE:
    case SG_AST_DEALLOCATE:
        print_prepare(out, sg_ast_kind_name(statement->kind), statement->prepare);
        break;
    case SG_AST_DDL:
        sg_print_ddl(out, statement->ddl);
        break;
    case SG_AST_LOCK_TABLES:
    case SG_AST_TABLES:
    case SG_AST_FLUSH_TABLES:
    case SG_AST_BACKUP_LOCK:
        print_tables(out, statement);
        break;
    case SG_AST_GRANT:
        print_grant(out, statement->grant);
        break;
    case SG_AST_FLOW:
        sg_print_flow(out, statement->flow);
        break;
    case SG_AST_DO:
    case SG_AST_KILL:
    case SG_AST_SIGNAL:
    case SG_AST_DIAGNOSTICS:
    case SG_AST_OTHER:
        print_values(out, statement);
        break;
    case SG_AST_EMPTY:
    case SG_AST_TRANSACTION:
        sg_print_open(out, sg_ast_kind_name(statement->kind));
        sg_print_close(out);
        break;
    }
}

size_t sg_ast_print(const struct sg_statement *statement, struct sg_slice text, char *buffer,
                    size_t size)
{
    struct sg_printer out = {.buffer = buffer, .size = size ? size - 1 : 0, .text = text};
    sg_print_statement(&out, statement);
    if (size)
        buffer[out.length < size ? out.length : size - 1] = '\0';
    return out.length;
}
