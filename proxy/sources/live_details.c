/* Keys, constraints and comments out of information_schema; see live_details.h.
 *
 * MySQL manual and MariaDB documentation, "INFORMATION_SCHEMA STATISTICS Table",
 * "… KEY_COLUMN_USAGE Table", "… REFERENTIAL_CONSTRAINTS Table", "… CHECK_CONSTRAINTS Table"
 */
#include "sources/live_details.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct live_part {
    struct live_part *next;
    struct sg_index_part part;
    unsigned ordinal;
};

struct live_index {
    struct live_index *next;
    struct sg_index index;
    struct live_part *parts;
};

struct live_foreign_key {
    struct live_foreign_key *next;
    struct sg_foreign_key key;
    struct live_reference *references;
};

struct live_reference {
    struct live_reference *next;
    struct sg_slice column;
    struct sg_slice other;
    unsigned ordinal;
};

struct live_check {
    struct live_check *next;
    struct sg_check_constraint check;
};

static struct sg_slice field(MYSQL_ROW row, const unsigned long *sizes, unsigned at)
{
    return sg_slice_make(row[at] ? row[at] : "", row[at] ? sizes[at] : 0);
}

static bool is_text(struct sg_slice a, const char *b)
{
    return a.size == strlen(b) && strncasecmp(a.data, b, a.size) == 0;
}

static unsigned number(MYSQL_ROW row, unsigned at)
{
    return row[at] ? (unsigned)strtoul(row[at], NULL, 10) : 0;
}

/* --- statements ---------------------------------------------------------------------------- */

const char *live_details_indexes_sql(const struct sg_server *server)
{
    if (server->flavour == SG_FLAVOUR_MARIADB)
        return server->version >= 100600
                   ? "SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX, NON_UNIQUE, "
                     "COLUMN_NAME, COLLATION, SUB_PART, INDEX_TYPE, INDEX_COMMENT, IGNORED = "
                     "'YES', "
                     "NULL FROM information_schema.STATISTICS"
                   : "SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX, NON_UNIQUE, "
                     "COLUMN_NAME, COLLATION, SUB_PART, INDEX_TYPE, INDEX_COMMENT, 0, NULL "
                     "FROM information_schema.STATISTICS";
    return server->version >= 80013
               ? "SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX, NON_UNIQUE, "
                 "COLUMN_NAME, COLLATION, SUB_PART, INDEX_TYPE, INDEX_COMMENT, IS_VISIBLE = 'NO', "
                 "EXPRESSION FROM information_schema.STATISTICS"
               : "SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX, NON_UNIQUE, "
                 "COLUMN_NAME, COLLATION, SUB_PART, INDEX_TYPE, INDEX_COMMENT, 0, NULL "
                 "FROM information_schema.STATISTICS";
}

const char *live_details_checks_sql(const struct sg_server *server, const char **schema_out)
{
    *schema_out = "CONSTRAINT_SCHEMA";
    if (server->flavour == SG_FLAVOUR_MARIADB)
        return server->version >= 100510
                   ? "SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE, 'YES', "
                     "LEVEL FROM information_schema.CHECK_CONSTRAINTS"
                   : NULL;
    *schema_out = "t.TABLE_SCHEMA";
    return server->version >= 80016
               ? "SELECT t.TABLE_SCHEMA, t.TABLE_NAME, c.CONSTRAINT_NAME, c.CHECK_CLAUSE, "
                 "t.ENFORCED, '' FROM information_schema.TABLE_CONSTRAINTS t "
                 "JOIN information_schema.CHECK_CONSTRAINTS c "
                 "ON c.CONSTRAINT_SCHEMA = t.CONSTRAINT_SCHEMA "
                 "AND c.CONSTRAINT_NAME = t.CONSTRAINT_NAME AND t.CONSTRAINT_TYPE = 'CHECK'"
               : NULL;
}

/* --- indexes ------------------------------------------------------------------------------- */

static enum sg_index_kind kind_of(struct sg_slice name, struct sg_slice type, bool unique)
{
    if (is_text(type, "FULLTEXT"))
        return SG_INDEX_FULLTEXT;
    if (is_text(type, "SPATIAL"))
        return SG_INDEX_SPATIAL;
    if (is_text(type, "VECTOR"))
        return SG_INDEX_VECTOR;
    if (sg_slice_equal(name, SG_SLICE_LITERAL("PRIMARY")))
        return SG_INDEX_PRIMARY;
    return unique ? SG_INDEX_UNIQUE : SG_INDEX_PLAIN;
}

static struct live_index *index_of(struct live_details *details, struct sg_slice name,
                                   struct sg_arena *arena)
{
    struct live_index *index = details->indexes;
    while (index && !sg_slice_equal(index->index.name, name))
        index = index->next;
    if (index)
        return index;
    index = sg_arena_alloc(arena, sizeof *index);
    if (!index)
        return NULL;
    index->index.name = sg_arena_copy(arena, name);
    index->next = details->indexes;
    details->indexes = index;
    return index;
}

enum index_field {
    INDEX_NAME = 2,
    INDEX_ORDINAL,
    INDEX_NON_UNIQUE,
    INDEX_COLUMN,
    INDEX_ORDER,
    INDEX_PREFIX,
    INDEX_TYPE,
    INDEX_COMMENT,
    INDEX_INVISIBLE,
    INDEX_EXPRESSION,
};

void live_details_index(struct live_details *details, MYSQL_ROW row, const unsigned long *sizes,
                        const struct sg_server *server, struct sg_arena *arena)
{
    struct sg_slice name = field(row, sizes, INDEX_NAME);
    struct live_index *index = index_of(details, name, arena);
    struct live_part *part = sg_arena_alloc(arena, sizeof *part);
    if (!index || !part)
        return;
    index->index.kind =
        kind_of(name, field(row, sizes, INDEX_TYPE), number(row, INDEX_NON_UNIQUE) == 0);
    index->index.comment = sg_arena_copy(arena, field(row, sizes, INDEX_COMMENT));
    index->index.invisible = number(row, INDEX_INVISIBLE) != 0;
    part->ordinal = number(row, INDEX_ORDINAL);
    part->part.descending = is_text(field(row, sizes, INDEX_ORDER), "D");
    part->part.column = sg_arena_copy(arena, field(row, sizes, INDEX_COLUMN));
    if (index->index.kind <= SG_INDEX_PLAIN)
        part->part.prefix = number(row, INDEX_PREFIX);
    if (row[INDEX_EXPRESSION])
        part->part.expression =
            sg_detail_expression(field(row, sizes, INDEX_EXPRESSION), server, arena);
    struct live_part **place = &index->parts;
    while (*place && (*place)->ordinal < part->ordinal)
        place = &(*place)->next;
    part->next = *place;
    *place = part;
    index->index.part_count++;
}

/* --- foreign keys -------------------------------------------------------------------------- */

static struct live_foreign_key *find_foreign_key(const struct live_details *details,
                                                 struct sg_slice name)
{
    struct live_foreign_key *key = details->foreign_keys;
    while (key && !sg_slice_equal(key->key.name, name))
        key = key->next;
    return key;
}

static struct live_foreign_key *make_foreign_key(struct live_details *details, MYSQL_ROW row,
                                                 const unsigned long *sizes, struct sg_arena *arena)
{
    struct live_foreign_key *key = sg_arena_alloc(arena, sizeof *key);
    if (!key)
        return NULL;
    key->key.name = sg_arena_copy(arena, field(row, sizes, 2));
    if (!sg_slice_equal(field(row, sizes, 0), field(row, sizes, 5)))
        key->key.database = sg_arena_copy(arena, field(row, sizes, 5));
    key->key.table = sg_arena_copy(arena, field(row, sizes, 6));
    key->next = details->foreign_keys;
    details->foreign_keys = key;
    return key;
}

void live_details_foreign_key(struct live_details *details, MYSQL_ROW row,
                              const unsigned long *sizes, struct sg_arena *arena)
{
    if (!row[6]) /* a unique or primary key */
        return;
    struct live_foreign_key *key = find_foreign_key(details, field(row, sizes, 2));
    struct live_reference *reference = sg_arena_alloc(arena, sizeof *reference);
    if (!key)
        key = make_foreign_key(details, row, sizes, arena);
    if (!key || !reference)
        return;
    reference->ordinal = number(row, 3);
    reference->column = sg_arena_copy(arena, field(row, sizes, 4));
    reference->other = sg_arena_copy(arena, field(row, sizes, 7));
    struct live_reference **place = &key->references;
    while (*place && (*place)->ordinal < reference->ordinal)
        place = &(*place)->next;
    reference->next = *place;
    *place = reference;
    key->key.column_count++;
}

static struct sg_slice rule_text(struct sg_slice rule)
{
    static const char *const RULES[] = {"CASCADE", "SET NULL", "SET DEFAULT"};
    for (size_t i = 0; i < sizeof RULES / sizeof RULES[0]; i++) {
        if (is_text(rule, RULES[i]))
            return sg_slice_of(RULES[i]);
    }
    return SG_SLICE_EMPTY; /* RESTRICT and NO ACTION are one to InnoDB */
}

void live_details_rule(struct live_details *details, MYSQL_ROW row, const unsigned long *sizes)
{
    struct live_foreign_key *key = find_foreign_key(details, field(row, sizes, 2));
    if (!key)
        return;
    key->key.on_update = rule_text(field(row, sizes, 3));
    key->key.on_delete = rule_text(field(row, sizes, 4));
}

/* --- checks -------------------------------------------------------------------------------- */

/* MariaDB names a column's own check after the column, and keeps that name when the column gets
 * another one (seen with 10.11): then it is the one that the expression begins with. */
static struct sg_slice column_of_check(const struct sg_check_constraint *check)
{
    struct sg_slice first = SG_SLICE_EMPTY;
    const char *at = check->expression.data;
    const char *end = at + check->expression.size;
    while (at && (at = memchr(at, '`', (size_t)(end - at)))) {
        const char *close = memchr(at + 1, '`', (size_t)(end - at) - 1);
        if (!close)
            break;
        struct sg_slice name = sg_slice_make(at + 1, (size_t)(close - at) - 1);
        if (sg_slice_equal(name, check->name))
            return name;
        if (!first.size)
            first = name;
        at = close + 1;
    }
    return first.size ? first : check->name;
}

void live_details_check(struct live_details *details, MYSQL_ROW row, const unsigned long *sizes,
                        const struct sg_server *server, struct sg_arena *arena)
{
    struct live_check *check = sg_arena_alloc(arena, sizeof *check);
    if (!check)
        return;
    check->check.name = sg_arena_copy(arena, field(row, sizes, 2));
    check->check.expression = sg_detail_expression(field(row, sizes, 3), server, arena);
    check->check.not_enforced = is_text(field(row, sizes, 4), "NO");
    if (is_text(field(row, sizes, 5), "Column"))
        check->check.column = check->check.name = column_of_check(&check->check);
    check->next = details->checks;
    details->checks = check;
}

bool live_details_take_json(struct live_details *details, struct sg_slice column,
                            struct sg_slice type)
{
    static const char BEFORE[] = "json_valid(`";
    struct live_check **place = &details->checks;
    if (!is_text(type, "longtext"))
        return false;
    for (; *place; place = &(*place)->next) {
        struct sg_slice expression = (*place)->check.expression;
        if (sg_slice_equal((*place)->check.column, column) &&
            expression.size == sizeof BEFORE - 1 + column.size + 2 &&
            memcmp(expression.data, BEFORE, sizeof BEFORE - 1) == 0 &&
            memcmp(expression.data + sizeof BEFORE - 1, column.data, column.size) == 0) {
            *place = (*place)->next;
            return true;
        }
    }
    return false;
}

/* --- the end ------------------------------------------------------------------------------- */

static void finish_index(struct sg_index *to, const struct live_index *from,
                         struct sg_slice row_end, struct sg_arena *arena)
{
    struct sg_index_part *parts = sg_arena_array(arena, from->index.part_count + 1, sizeof *parts);
    size_t count = 0;
    *to = from->index;
    to->parts = parts;
    for (const struct live_part *part = from->parts; parts && part; part = part->next) {
        bool added =
            !part->next && count > 0 && row_end.size && sg_slice_equal(part->part.column, row_end);
        if (!added)
            parts[count++] = part->part;
    }
    to->part_count = count;
}

static void finish_foreign_key(struct sg_foreign_key *to, const struct live_foreign_key *from,
                               struct sg_arena *arena)
{
    struct sg_slice *columns = sg_arena_array(arena, from->key.column_count + 1, sizeof *columns);
    struct sg_slice *others = sg_arena_array(arena, from->key.column_count + 1, sizeof *others);
    size_t count = 0;
    *to = from->key;
    to->columns = columns;
    to->others = others;
    for (const struct live_reference *it = from->references; columns && others && it;
         it = it->next) {
        columns[count] = it->column;
        others[count++] = it->other;
    }
}

const struct sg_table_detail *live_details_finish(const struct live_details *details,
                                                  const struct sg_server *server,
                                                  struct sg_slice database_collation,
                                                  struct sg_arena *arena)
{
    struct sg_table_detail *made = sg_arena_alloc(arena, sizeof *made);
    size_t counts[3] = {0};
    for (const struct live_index *it = details->indexes; it; it = it->next)
        counts[0]++;
    for (const struct live_foreign_key *it = details->foreign_keys; it; it = it->next)
        counts[1]++;
    for (const struct live_check *it = details->checks; it; it = it->next)
        counts[2]++;
    struct sg_index *indexes = sg_arena_array(arena, counts[0] + 1, sizeof *indexes);
    struct sg_foreign_key *keys = sg_arena_array(arena, counts[1] + 1, sizeof *keys);
    struct sg_check_constraint *checks = sg_arena_array(arena, counts[2] + 1, sizeof *checks);
    if (!made || !indexes || !keys || !checks)
        return NULL;
    *made = (struct sg_table_detail){.engine = is_text(details->engine, "InnoDB") ? SG_SLICE_EMPTY
                                                                                  : details->engine,
                                     .comment = details->comment,
                                     .definition = details->definition,
                                     .indexes = indexes,
                                     .foreign_keys = keys,
                                     .checks = checks};
    if (details->collation.size && !sg_slice_equal(details->collation, database_collation))
        made->collation = sg_detail_collation_name(details->collation, server, arena);
    for (const struct live_index *it = details->indexes; it; it = it->next)
        finish_index(&indexes[made->index_count++], it, details->row_end, arena);
    for (const struct live_foreign_key *it = details->foreign_keys; it; it = it->next)
        finish_foreign_key(&keys[made->foreign_key_count++], it, arena);
    for (const struct live_check *it = details->checks; it; it = it->next)
        checks[made->check_count++] = it->check;
    sg_table_detail_sort(made);
    return made;
}
