/* Columns, keys and constraints as SQL; see describe.h.
 *
 * MySQL manual, "CREATE TABLE Statement", "Data Type Default Values"; MariaDB documentation,
 * "CREATE TABLE", "Generated Columns"
 */
#include "schema/describe.h"

#include <stdio.h>

#include "schema/expression.h"

void sg_describe_name(struct sg_text *out, struct sg_slice name)
{
    sg_text_put_text(out, "`");
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] == '`')
            sg_text_put_text(out, "`");
        sg_text_put(out, sg_slice_make(name.data + i, 1));
    }
    sg_text_put_text(out, "`");
}

static void put_names(struct sg_text *out, const struct sg_slice *names, size_t count)
{
    sg_text_put_text(out, "(");
    for (size_t i = 0; i < count; i++) {
        if (i)
            sg_text_put_text(out, ", ");
        sg_describe_name(out, names[i]);
    }
    sg_text_put_text(out, ")");
}

static bool begins(struct sg_slice text, const char *word)
{
    size_t size = strlen(word);
    return text.size >= size && memcmp(text.data, word, size) == 0;
}

static bool ends(struct sg_slice text, const char *word)
{
    size_t size = strlen(word);
    return text.size >= size && memcmp(text.data + text.size - size, word, size) == 0;
}

/* --- columns ------------------------------------------------------------------------------- */

static bool is_number(struct sg_slice type)
{
    static const char *const NAMES[] = {"tinyint", "smallint", "mediumint", "int", "bigint",
                                        "decimal", "float",    "double",    "bit"};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (begins(type, NAMES[i]))
            return true;
    }
    return false;
}

/* MySQL gives these a default only as an expression. */
static bool wants_parentheses(struct sg_slice type)
{
    return ends(type, "text") || ends(type, "blob") || begins(type, "json") ||
           begins(type, "geom") || begins(type, "point");
}

static bool is_current_timestamp(struct sg_slice text)
{
    return begins(text, "current_timestamp(");
}

void sg_describe_default(struct sg_text *out, const struct sg_column *column,
                         const struct sg_server *server)
{
    const struct sg_column_detail *detail = column->detail;
    struct sg_slice type = sg_column_canonical_type(column, out->arena);
    bool wraps = server->flavour == SG_FLAVOUR_MYSQL && wants_parentheses(type);
    switch (detail->default_kind) {
    case SG_DEFAULT_NONE:
        sg_text_put_text(out, "NULL");
        break;
    case SG_DEFAULT_LITERAL:
        sg_text_put_text(out, wraps ? "(" : "");
        sg_text_put(out, is_number(type) ? detail->default_value
                                         : sg_expression_quote(detail->default_value, out->arena));
        sg_text_put_text(out, wraps ? ")" : "");
        break;
    case SG_DEFAULT_EXPRESSION:
        wraps = !is_current_timestamp(detail->default_value);
        sg_text_put_text(out, wraps ? "(" : "");
        sg_text_put(out, detail->default_value);
        sg_text_put_text(out, wraps ? ")" : "");
        break;
    }
}

/* "latin1_bin" is a collation, "latin1" a character set. */
static void put_collation(struct sg_text *out, struct sg_slice collation)
{
    if (collation.size == 0)
        return;
    const char *line = memchr(collation.data, '_', collation.size);
    sg_text_put_text(out, " CHARACTER SET ");
    sg_text_put(out,
                line ? sg_slice_make(collation.data, (size_t)(line - collation.data)) : collation);
    if (line) {
        sg_text_put_text(out, " COLLATE ");
        sg_text_put(out, collation);
    }
}

static bool is_period(const struct sg_column_detail *detail)
{
    return detail && begins(detail->generated, "ROW ");
}

static void put_generated(struct sg_text *out, const struct sg_column_detail *detail)
{
    if (is_period(detail)) {
        sg_text_put_text(out, " GENERATED ALWAYS AS ");
        sg_text_put(out, detail->generated);
        return;
    }
    sg_text_put_text(out, " GENERATED ALWAYS AS (");
    sg_text_put(out, detail->generated);
    sg_text_put_text(out, detail->stored ? ") STORED" : ") VIRTUAL");
}

static void put_type(struct sg_text *out, const struct sg_column *column,
                     const struct sg_server *server)
{
    struct sg_slice type = sg_column_canonical_type(column, out->arena);
    if (server->flavour == SG_FLAVOUR_MARIADB && begins(type, "geomcollection"))
        type = SG_SLICE_LITERAL("geometrycollection");
    sg_text_put(out, type);
}

void sg_describe_column(struct sg_text *out, const struct sg_column *column,
                        const struct sg_server *server)
{
    const struct sg_column_detail *detail = column->detail;
    bool nullable = (column->flags & SG_COLUMN_NULLABLE) != 0;
    put_type(out, column, server);
    if (detail)
        put_collation(out, detail->collation);
    if (detail && detail->generated.size)
        put_generated(out, detail);
    /* MariaDB knows no NOT NULL of generated columns */
    bool generated = detail && detail->generated.size;
    if (!generated || server->flavour == SG_FLAVOUR_MYSQL)
        sg_text_put_text(out, nullable ? " NULL" : " NOT NULL");
    if (detail && detail->default_kind != SG_DEFAULT_NONE) {
        sg_text_put_text(out, " DEFAULT ");
        sg_describe_default(out, column, server);
    }
    if (detail && detail->on_update.size) {
        sg_text_put_text(out, " ON UPDATE ");
        sg_text_put(out, detail->on_update);
    }
    if (detail && detail->auto_increment)
        sg_text_put_text(out, " AUTO_INCREMENT");
    if (column->flags & SG_COLUMN_INVISIBLE)
        sg_text_put_text(out, " INVISIBLE");
    if (detail && detail->unversioned && !is_period(detail) &&
        server->flavour == SG_FLAVOUR_MARIADB)
        sg_text_put_text(out, " WITHOUT SYSTEM VERSIONING");
    if (detail && detail->comment.size) {
        sg_text_put_text(out, " COMMENT ");
        sg_text_put(out, sg_expression_quote(detail->comment, out->arena));
    }
}

/* --- keys and constraints ------------------------------------------------------------------ */

static void put_part(struct sg_text *out, const struct sg_index_part *part)
{
    char prefix[24];
    if (part->expression.size) {
        sg_text_put_text(out, "(");
        sg_text_put(out, part->expression);
        sg_text_put_text(out, ")");
    } else {
        sg_describe_name(out, part->column);
    }
    if (part->prefix) {
        (void)snprintf(prefix, sizeof prefix, "(%u)", part->prefix);
        sg_text_put_text(out, prefix);
    }
    if (part->descending)
        sg_text_put_text(out, " DESC");
}

void sg_describe_index(struct sg_text *out, const struct sg_index *index,
                       const struct sg_server *server)
{
    static const char *const WORDS[] = {
        [SG_INDEX_PRIMARY] = "PRIMARY KEY",  [SG_INDEX_UNIQUE] = "UNIQUE KEY ",
        [SG_INDEX_PLAIN] = "KEY ",           [SG_INDEX_FULLTEXT] = "FULLTEXT KEY ",
        [SG_INDEX_SPATIAL] = "SPATIAL KEY ", [SG_INDEX_VECTOR] = "VECTOR KEY ",
    };
    sg_text_put_text(out, WORDS[index->kind]);
    if (index->kind != SG_INDEX_PRIMARY)
        sg_describe_name(out, index->name);
    sg_text_put_text(out, " (");
    for (size_t i = 0; i < index->part_count; i++) {
        if (i)
            sg_text_put_text(out, ", ");
        put_part(out, &index->parts[i]);
    }
    sg_text_put_text(out, ")");
    if (index->invisible)
        sg_text_put_text(out, server->flavour == SG_FLAVOUR_MARIADB ? " IGNORED" : " INVISIBLE");
    if (index->comment.size) {
        sg_text_put_text(out, " COMMENT ");
        sg_text_put(out, sg_expression_quote(index->comment, out->arena));
    }
}

void sg_describe_foreign_key(struct sg_text *out, const struct sg_foreign_key *key)
{
    sg_text_put_text(out, "CONSTRAINT ");
    sg_describe_name(out, key->name);
    sg_text_put_text(out, " FOREIGN KEY ");
    put_names(out, key->columns, key->column_count);
    sg_text_put_text(out, " REFERENCES ");
    if (key->database.size) {
        sg_describe_name(out, key->database);
        sg_text_put_text(out, ".");
    }
    sg_describe_name(out, key->table);
    sg_text_put_text(out, " ");
    put_names(out, key->others, key->column_count);
    if (key->on_delete.size) {
        sg_text_put_text(out, " ON DELETE ");
        sg_text_put(out, key->on_delete);
    }
    if (key->on_update.size) {
        sg_text_put_text(out, " ON UPDATE ");
        sg_text_put(out, key->on_update);
    }
}

void sg_describe_check(struct sg_text *out, const struct sg_check_constraint *check)
{
    if (!check->column.size) {
        sg_text_put_text(out, "CONSTRAINT ");
        sg_describe_name(out, check->name);
        sg_text_put_text(out, " ");
    }
    sg_text_put_text(out, "CHECK (");
    sg_text_put(out, check->expression);
    sg_text_put_text(out, ")");
    if (check->not_enforced)
        sg_text_put_text(out, " NOT ENFORCED");
}
