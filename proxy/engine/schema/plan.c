/* The SQL that takes one schema to the other; see <schemaguard/diff.h>.
 *
 *   drop constraints ▸ new tables ▸ each table's changes ▸ dropped tables ▸ constraints ▸ views
 *
 * A table's changes are one ALTER TABLE, so that keys, columns and AUTO_INCREMENT never stand
 * without each other; what may lose data, or stop at rows that are there, is a second one in
 * comments. Nothing is run here.
 *
 * MySQL manual, "Online DDL Operations", "ALTER TABLE Statement"; MariaDB documentation, "InnoDB
 * Online DDL Operations"
 */
#include <schemaguard/diff.h>

#include <stdio.h>

#include "base/text.h"
#include "schema/describe.h"
#include "schema/fold.h"
#include "schema/table.h"

/* Stands before each line of SQL that is commented out. */
#define COMMENTED "-- >> "

struct plan {
    const struct sg_diff *diff;
    const struct sg_server *server;
    struct sg_arena *arena;
    struct sg_text out;
    struct sg_slice database; /* of the last USE; empty: none was written */
    bool several_databases;
};

/* The changes of one table. */
struct changes {
    const struct sg_table *from;
    const struct sg_table *to;
    struct sg_text safe;
    struct sg_text risky;
    struct sg_text reasons;
    bool rebuilds; /* no online algorithm for the safe part */
};

static void say(struct plan *plan, const char *text)
{
    sg_text_put_text(&plan->out, text);
}

static void name(struct plan *plan, struct sg_slice text)
{
    sg_describe_name(&plan->out, text);
}

static bool is_mariadb(const struct plan *plan)
{
    return plan->server->flavour == SG_FLAVOUR_MARIADB;
}

static void use(struct plan *plan, struct sg_slice database)
{
    if (!plan->several_databases || sg_slice_equal(plan->database, database))
        return;
    plan->database = database;
    say(plan, "USE ");
    name(plan, database);
    say(plan, ";\n");
}

static bool was_different(const struct sg_diff *diff, enum sg_difference_kind kind,
                          const struct sg_table *table, struct sg_slice column)
{
    for (size_t i = 0; i < diff->count; i++) {
        const struct sg_difference *it = &diff->differences[i];
        if (it->kind == kind && it->from_table == table &&
            (!column.size || sg_fold_equal(it->name, column)))
            return true;
    }
    return false;
}

/* --- foreign keys that stand in the way ---------------------------------------------------- */

static bool changes_column(const struct sg_diff *diff, const struct sg_table *table,
                           struct sg_slice column)
{
    return was_different(diff, SG_DIFFERENCE_TYPE, table, column) ||
           was_different(diff, SG_DIFFERENCE_NULLABLE, table, column) ||
           was_different(diff, SG_DIFFERENCE_COLLATION, table, column) ||
           was_different(diff, SG_DIFFERENCE_GENERATED, table, column) ||
           was_different(diff, SG_DIFFERENCE_COLUMN_MISSING, table, column);
}

/* The servers change no column under a foreign key, nor drop an index that it needs. */
static bool is_touched(const struct plan *plan, const struct sg_table *table,
                       const struct sg_foreign_key *key)
{
    const struct sg_table *other = NULL;
    struct sg_slice database = key->database.size ? key->database : table->database;
    (void)sg_schema_find_table(plan->diff->from, database, key->table, &other);
    if (was_different(plan->diff, SG_DIFFERENCE_INDEX_CHANGED, table, SG_SLICE_EMPTY) ||
        was_different(plan->diff, SG_DIFFERENCE_INDEX_MISSING, table, SG_SLICE_EMPTY))
        return true;
    if (other && (was_different(plan->diff, SG_DIFFERENCE_INDEX_CHANGED, other, SG_SLICE_EMPTY) ||
                  was_different(plan->diff, SG_DIFFERENCE_INDEX_MISSING, other, SG_SLICE_EMPTY)))
        return true;
    for (size_t i = 0; i < key->column_count; i++) {
        if (changes_column(plan->diff, table, key->columns[i]) ||
            (other && changes_column(plan->diff, other, key->others[i])))
            return true;
    }
    return false;
}

static bool is_missing_key(const struct plan *plan, const struct sg_table *table, size_t at)
{
    for (size_t i = 0; i < plan->diff->count; i++) {
        const struct sg_difference *it = &plan->diff->differences[i];
        if (it->kind == SG_DIFFERENCE_FOREIGN_KEY_MISSING && it->from_table == table &&
            it->from_at == at)
            return true;
    }
    return false;
}

static void drop_foreign_key(struct plan *plan, const struct sg_table *table, size_t at,
                             bool commented)
{
    use(plan, table->database);
    say(plan, commented ? COMMENTED "ALTER TABLE " : "ALTER TABLE ");
    name(plan, table->name);
    say(plan, " DROP FOREIGN KEY ");
    name(plan, table->detail->foreign_keys[at].name);
    say(plan, ";\n");
}

/* Whether the table differs at all, and (or) goes away. */
static bool is_missing_table(const struct plan *plan, const struct sg_table *table)
{
    return was_different(plan->diff, SG_DIFFERENCE_TABLE_MISSING, table, SG_SLICE_EMPTY);
}

static const struct sg_table *partner_of(const struct plan *plan, const struct sg_table *table)
{
    for (size_t i = 0; i < plan->diff->count; i++) {
        const struct sg_difference *it = &plan->diff->differences[i];
        if (it->from_table == table && it->to_table)
            return it->to_table;
    }
    return NULL;
}

static bool is_compared(const struct plan *plan, const struct sg_table *table)
{
    for (size_t i = 0; i < plan->diff->count; i++) {
        if (sg_slice_equal(plan->diff->differences[i].database, table->database))
            return true;
    }
    return false;
}

/* Foreign keys that go, and those that are in the way and come back at the end. */
static void drop_foreign_keys(struct plan *plan)
{
    for (size_t i = 0; i < sg_schema_table_count(plan->diff->from); i++) {
        const struct sg_table *table = sg_schema_table_at(plan->diff->from, i);
        if (!table->detail || !is_compared(plan, table))
            continue;
        bool gone = is_missing_table(plan, table);
        for (size_t k = 0; k < table->detail->foreign_key_count; k++) {
            if (gone || is_missing_key(plan, table, k) ||
                is_touched(plan, table, &table->detail->foreign_keys[k]))
                drop_foreign_key(plan, table, k, gone);
        }
    }
}

static void add_foreign_key(struct plan *plan, struct sg_slice database, struct sg_slice table,
                            const struct sg_foreign_key *key, bool commented)
{
    use(plan, database);
    say(plan, commented ? COMMENTED "ALTER TABLE " : "ALTER TABLE ");
    name(plan, table);
    say(plan, " ADD ");
    sg_describe_foreign_key(&plan->out, key);
    say(plan, ";\n");
}

static void restore_foreign_keys(struct plan *plan)
{
    for (size_t i = 0; i < sg_schema_table_count(plan->diff->from); i++) {
        const struct sg_table *table = sg_schema_table_at(plan->diff->from, i);
        if (!table->detail || !is_compared(plan, table) || is_missing_table(plan, table))
            continue;
        for (size_t k = 0; k < table->detail->foreign_key_count; k++) {
            const struct sg_foreign_key *key = &table->detail->foreign_keys[k];
            if (!is_missing_key(plan, table, k) && is_touched(plan, table, key))
                add_foreign_key(plan, table->database, table->name, key, false);
        }
    }
}

/* --- new tables ---------------------------------------------------------------------------- */

static void put_column(struct plan *plan, struct sg_text *out, const struct sg_table *table,
                       const struct sg_column *column)
{
    sg_describe_name(out, column->name);
    sg_text_put_text(out, " ");
    sg_describe_column(out, column, plan->server);
    for (size_t i = 0; table->detail && is_mariadb(plan) && i < table->detail->check_count; i++) {
        const struct sg_check_constraint *check = &table->detail->checks[i];
        if (!check->column.size || !sg_fold_equal(check->column, column->name))
            continue;
        sg_text_put_text(out, " ");
        sg_describe_check(out, check);
    }
}

static struct sg_slice collation_of(const struct sg_schema *schema, const struct sg_table *table)
{
    if (table->detail && table->detail->collation.size)
        return table->detail->collation;
    return sg_schema_collation(schema, table->database);
}

static void put_collation(struct sg_text *out, struct sg_slice collation)
{
    const char *line = memchr(collation.data, '_', collation.size);
    sg_text_put_text(out, " DEFAULT CHARACTER SET ");
    sg_text_put(out,
                line ? sg_slice_make(collation.data, (size_t)(line - collation.data)) : collation);
    if (line) {
        sg_text_put_text(out, " COLLATE ");
        sg_text_put(out, collation);
    }
}

static void put_options(struct plan *plan, const struct sg_table *table)
{
    const struct sg_table_detail *detail = table->detail;
    struct sg_slice collation = collation_of(plan->diff->to, table);
    if (detail && detail->engine.size) {
        say(plan, " ENGINE=");
        sg_text_put(&plan->out, detail->engine);
    }
    if (collation.size)
        put_collation(&plan->out, collation);
    if (detail && detail->comment.size) {
        say(plan, " COMMENT=");
        struct sg_column_detail text = {.default_kind = SG_DEFAULT_LITERAL,
                                        .default_value = detail->comment};
        sg_describe_default(&plan->out, &(struct sg_column){.detail = &text}, plan->server);
    }
    if (table->kind == SG_TABLE_VERSIONED)
        say(plan, " WITH SYSTEM VERSIONING");
}

/* Without a primary key the first unique key of NOT NULL columns makes `_rowid`, or does not. */
static bool comes_first(const struct sg_table *table, const struct sg_index *index)
{
    return index->kind == SG_INDEX_PRIMARY ||
           (index->kind == SG_INDEX_UNIQUE && (index->part_count == 1) == table->rowid);
}

/* MariaDB: the columns of SYSTEM_TIME that a table names itself. */
static void put_period(struct plan *plan, const struct sg_table *table)
{
    struct sg_slice start = SG_SLICE_EMPTY;
    struct sg_slice end = SG_SLICE_EMPTY;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct sg_column_detail *detail = table->columns[i].detail;
        if (detail && sg_slice_equal(detail->generated, SG_SLICE_LITERAL("ROW START")))
            start = table->columns[i].name;
        if (detail && sg_slice_equal(detail->generated, SG_SLICE_LITERAL("ROW END")))
            end = table->columns[i].name;
    }
    if (!start.size || !end.size)
        return;
    say(plan, ",\n  PERIOD FOR SYSTEM_TIME (");
    name(plan, start);
    say(plan, ", ");
    name(plan, end);
    say(plan, ")");
}

static void create_table(struct plan *plan, const struct sg_table *table)
{
    bool first = true;
    say(plan, "CREATE TABLE ");
    name(plan, table->name);
    say(plan, " (\n");
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].flags & SG_COLUMN_SYSTEM)
            continue;
        say(plan, first ? "  " : ",\n  ");
        put_column(plan, &plan->out, table, &table->columns[i]);
        first = false;
    }
    for (int turn = 0; turn < 2; turn++) {
        for (size_t i = 0; table->detail && i < table->detail->index_count; i++) {
            const struct sg_index *index = &table->detail->indexes[i];
            if ((turn == 0) != comes_first(table, index))
                continue;
            say(plan, ",\n  ");
            sg_describe_index(&plan->out, index, plan->server);
        }
    }
    put_period(plan, table);
    for (size_t i = 0; table->detail && i < table->detail->check_count; i++) {
        const struct sg_check_constraint *check = &table->detail->checks[i];
        if (check->column.size && is_mariadb(plan))
            continue;
        say(plan, ",\n  ");
        sg_describe_check(&plan->out, check);
    }
    say(plan, "\n)");
    put_options(plan, table);
    say(plan, ";\n");
}

static void create_new(struct plan *plan, const struct sg_difference *it)
{
    const struct sg_table *table = it->to_table;
    use(plan, it->database);
    if (table->kind == SG_TABLE_SEQUENCE) {
        say(plan, "CREATE SEQUENCE ");
        name(plan, table->name);
        say(plan, ";\n");
    } else if (table->kind != SG_TABLE_VIEW && table->knowledge == SG_KNOWN) {
        create_table(plan, table);
    }
}

/* --- changes of a table -------------------------------------------------------------------- */

static struct sg_text *clause(struct changes *c, bool risky)
{
    struct sg_text *out = risky ? &c->risky : &c->safe;
    if (out->size)
        sg_text_put_text(out, ", ");
    return out;
}

static void reason(struct changes *c, const struct sg_difference *it, const char *why)
{
    sg_text_put_text(&c->reasons, "-- ");
    sg_text_put(&c->reasons, it->table);
    if (it->name.size) {
        sg_text_put_text(&c->reasons, ".");
        sg_text_put(&c->reasons, it->name);
    }
    sg_text_put_text(&c->reasons, ": ");
    sg_text_put_text(&c->reasons, why);
    if (it->likely.size) {
        sg_text_put_text(&c->reasons, "; likely renamed to ");
        sg_text_put(&c->reasons, it->likely);
        sg_text_put_text(&c->reasons, ": then RENAME COLUMN keeps the data");
    }
    sg_text_put_text(&c->reasons, "\n");
}

/* The last column before `at` that both sides have, or that is added before it. */
static void put_position(struct sg_text *out, const struct changes *c, size_t at)
{
    if (at == 0) {
        sg_text_put_text(out, " FIRST");
        return;
    }
    sg_text_put_text(out, " AFTER ");
    sg_describe_name(out, c->to->columns[at - 1].name);
}

static bool touches_increment(const struct changes *c, const struct sg_difference *it)
{
    const struct sg_column *a =
        it->kind == SG_DIFFERENCE_COLUMN_EXTRA ? NULL : &c->from->columns[it->from_at];
    const struct sg_column *b = &c->to->columns[it->to_at];
    return (a && a->detail && a->detail->auto_increment) ||
           (b->detail && b->detail->auto_increment);
}

/* AUTO_INCREMENT wants its key in the same statement. */
static bool has_risky_key(const struct plan *plan, const struct changes *c)
{
    for (size_t i = 0; i < plan->diff->count; i++) {
        const struct sg_difference *it = &plan->diff->differences[i];
        if (it->from_table == c->from && it->destructive &&
            (it->kind == SG_DIFFERENCE_INDEX_EXTRA || it->kind == SG_DIFFERENCE_INDEX_CHANGED))
            return true;
    }
    return false;
}

/* The first difference of a column stands for all: MODIFY says everything anew. */
static bool is_first_of_column(const struct plan *plan, size_t at)
{
    const struct sg_difference *it = &plan->diff->differences[at];
    for (size_t i = 0; i < at; i++) {
        const struct sg_difference *before = &plan->diff->differences[i];
        if (before->from_table == it->from_table && before->to_table == it->to_table &&
            before->kind >= SG_DIFFERENCE_TYPE && before->kind <= SG_DIFFERENCE_COMMENT &&
            before->name.size && sg_slice_equal(before->name, it->name))
            return false;
    }
    return true;
}

/* A generated column cannot be turned into a plain one in place, nor its storage be changed. */
static bool must_be_made_anew(const struct plan *plan, const struct changes *c,
                              const struct sg_difference *it)
{
    const struct sg_column_detail *a = c->from->columns[it->from_at].detail;
    const struct sg_column_detail *b = c->to->columns[it->to_at].detail;
    if (!a || !b || (!a->generated.size && !b->generated.size))
        return false;
    return was_different(plan->diff, SG_DIFFERENCE_GENERATED, c->from, it->name);
}

static bool has_part(const struct sg_index *index, struct sg_slice column)
{
    for (size_t i = 0; i < index->part_count; i++) {
        if (sg_fold_equal(index->parts[i].column, column))
            return true;
    }
    return false;
}

static bool is_same_index(const struct plan *plan, const struct changes *c, struct sg_slice index)
{
    return !was_different(plan->diff, SG_DIFFERENCE_INDEX_CHANGED, c->from, index) &&
           !was_different(plan->diff, SG_DIFFERENCE_INDEX_MISSING, c->from, index);
}

/* An index that a column leaves with its dropping comes back with the column. */
static void remake_indexes(struct plan *plan, struct changes *c, struct sg_slice column)
{
    const struct sg_table_detail *detail = c->to->detail;
    for (size_t i = 0; detail && i < detail->index_count; i++) {
        if (!has_part(&detail->indexes[i], column) ||
            !is_same_index(plan, c, detail->indexes[i].name) ||
            was_different(plan->diff, SG_DIFFERENCE_INDEX_EXTRA, c->from, detail->indexes[i].name))
            continue;
        struct sg_text *out = clause(c, true);
        sg_text_put_text(out, "DROP KEY ");
        sg_describe_name(out, detail->indexes[i].name);
        sg_text_put_text(out, ", ADD ");
        sg_describe_index(out, &detail->indexes[i], plan->server);
    }
}

static void change_column(struct plan *plan, struct changes *c, size_t at)
{
    const struct sg_difference *it = &plan->diff->differences[at];
    const struct sg_column *column = &c->to->columns[it->to_at];
    if (!it->name.size || !is_first_of_column(plan, at))
        return;
    bool anew = must_be_made_anew(plan, c, it);
    bool risky = anew || it->destructive || (touches_increment(c, it) && has_risky_key(plan, c));
    struct sg_text *out = clause(c, risky);
    if (anew) {
        reason(c, it, "a generated column is made anew");
        sg_text_put_text(out, "DROP COLUMN ");
        sg_describe_name(out, c->from->columns[it->from_at].name);
        sg_text_put_text(out, ", ADD COLUMN ");
        put_column(plan, out, c->to, column);
        put_position(out, c, it->to_at);
        remake_indexes(plan, c, column->name);
        return;
    }
    if (risky)
        reason(c, it,
               it->kind == SG_DIFFERENCE_TYPE       ? "the new type may not hold every value"
               : it->kind == SG_DIFFERENCE_NULLABLE ? "rows with NULL would stop it"
                                                    : "it goes with a key");
    c->rebuilds = c->rebuilds || it->kind != SG_DIFFERENCE_DEFAULT;
    sg_text_put_text(out, "MODIFY COLUMN ");
    put_column(plan, out, c->to, column);
}

static void add_column(struct plan *plan, struct changes *c, const struct sg_difference *it)
{
    const struct sg_column *column = &c->to->columns[it->to_at];
    bool risky = touches_increment(c, it) && has_risky_key(plan, c);
    struct sg_text *out = clause(c, risky);
    if (risky)
        reason(c, it, "it goes with a key");
    sg_text_put_text(out, "ADD COLUMN ");
    put_column(plan, out, c->to, column);
    put_position(out, c, it->to_at);
    c->rebuilds = c->rebuilds || (column->detail && column->detail->stored);
}

static void drop_index(struct sg_text *out, const struct sg_index *index)
{
    sg_text_put_text(out, index->kind == SG_INDEX_PRIMARY ? "DROP PRIMARY KEY" : "DROP KEY ");
    if (index->kind != SG_INDEX_PRIMARY)
        sg_describe_name(out, index->name);
}

static void change_index(struct plan *plan, struct changes *c, const struct sg_difference *it)
{
    bool drops = it->kind != SG_DIFFERENCE_INDEX_EXTRA;
    bool adds = it->kind != SG_DIFFERENCE_INDEX_MISSING;
    bool primary = drops && c->from->detail->indexes[it->from_at].kind == SG_INDEX_PRIMARY;
    bool risky = it->destructive || primary;
    struct sg_text *out = clause(c, risky);
    if (risky)
        reason(c, it, primary ? "the primary key changes" : "rows that repeat would stop it");
    if (drops)
        drop_index(out, &c->from->detail->indexes[it->from_at]);
    if (drops && adds)
        sg_text_put_text(out, ", ");
    if (adds) {
        sg_text_put_text(out, "ADD ");
        sg_describe_index(out, &c->to->detail->indexes[it->to_at], plan->server);
    }
}

static void change_table(struct plan *plan, struct changes *c, const struct sg_difference *it)
{
    struct sg_text *out = clause(c, false);
    if (it->kind == SG_DIFFERENCE_ENGINE) {
        sg_text_put_text(out, "ENGINE=");
        sg_text_put(out, it->after);
        c->rebuilds = true;
    } else if (it->kind == SG_DIFFERENCE_COLLATION) {
        put_collation(out, collation_of(plan->diff->to, c->to));
    } else {
        struct sg_column_detail text = {.default_kind = SG_DEFAULT_LITERAL,
                                        .default_value = it->after};
        sg_text_put_text(out, "COMMENT=");
        sg_describe_default(out, &(struct sg_column){.detail = &text}, plan->server);
    }
}

/* MariaDB's checks at columns come and go with MODIFY. */
static bool is_column_check(const struct plan *plan, const struct sg_check_constraint *check)
{
    return is_mariadb(plan) && check->column.size;
}

static void modify_for_check(struct plan *plan, struct changes *c, struct sg_slice name_of,
                             bool risky)
{
    const struct sg_column *column = sg_table_find_column(c->to, name_of);
    if (!column)
        return;
    struct sg_text *out = clause(c, risky);
    sg_text_put_text(out, "MODIFY COLUMN ");
    put_column(plan, out, c->to, column);
}

static void change_check(struct plan *plan, struct changes *c, const struct sg_difference *it)
{
    bool adds = it->kind == SG_DIFFERENCE_CHECK_EXTRA;
    const struct sg_check_constraint *check =
        adds ? &c->to->detail->checks[it->to_at] : &c->from->detail->checks[it->from_at];
    if (it->destructive)
        reason(c, it, "rows that do not pass the check would stop it");
    if (is_column_check(plan, check)) {
        modify_for_check(plan, c, check->column, it->destructive);
        return;
    }
    struct sg_text *out = clause(c, it->destructive);
    if (adds) {
        sg_text_put_text(out, "ADD ");
        sg_describe_check(out, check);
    } else {
        sg_text_put_text(out, is_mariadb(plan) ? "DROP CONSTRAINT " : "DROP CHECK ");
        sg_describe_name(out, check->name);
    }
}

static void change_one(struct plan *plan, struct changes *c, size_t at)
{
    const struct sg_difference *it = &plan->diff->differences[at];
    switch (it->kind) {
    case SG_DIFFERENCE_COLUMN_MISSING:
        reason(c, it, "its data would be lost");
        sg_text_put_text(clause(c, true), "DROP COLUMN ");
        sg_describe_name(&c->risky, it->name);
        break;
    case SG_DIFFERENCE_COLUMN_EXTRA:
        add_column(plan, c, it);
        break;
    case SG_DIFFERENCE_COMMENT:
    case SG_DIFFERENCE_COLLATION:
        if (!it->name.size) {
            change_table(plan, c, it);
            break;
        }
        change_column(plan, c, at);
        break;
    case SG_DIFFERENCE_TYPE:
    case SG_DIFFERENCE_NULLABLE:
    case SG_DIFFERENCE_DEFAULT:
    case SG_DIFFERENCE_GENERATED:
    case SG_DIFFERENCE_ATTRIBUTE:
        change_column(plan, c, at);
        break;
    case SG_DIFFERENCE_INDEX_MISSING:
    case SG_DIFFERENCE_INDEX_EXTRA:
    case SG_DIFFERENCE_INDEX_CHANGED:
        change_index(plan, c, it);
        break;
    case SG_DIFFERENCE_CHECK_MISSING:
    case SG_DIFFERENCE_CHECK_EXTRA:
        change_check(plan, c, it);
        break;
    case SG_DIFFERENCE_ENGINE:
        change_table(plan, c, it);
        break;
    case SG_DIFFERENCE_TABLE_MISSING:
    case SG_DIFFERENCE_TABLE_EXTRA:
    case SG_DIFFERENCE_TABLE_KIND:
    case SG_DIFFERENCE_FOREIGN_KEY_MISSING:
    case SG_DIFFERENCE_FOREIGN_KEY_EXTRA:
    case SG_DIFFERENCE_DEFINITION:
    case SG_DIFFERENCE_KINDS:
        break;
    }
}

/* Columns in the order of the new table, so that AFTER finds what it names. */
static void gather(struct plan *plan, struct changes *c)
{
    for (int turn = 0; turn < 3; turn++) {
        for (size_t i = 0; i < plan->diff->count; i++) {
            const struct sg_difference *it = &plan->diff->differences[i];
            bool drops = it->kind == SG_DIFFERENCE_COLUMN_MISSING ||
                         it->kind == SG_DIFFERENCE_CHECK_MISSING ||
                         it->kind == SG_DIFFERENCE_INDEX_MISSING;
            bool adds = it->kind == SG_DIFFERENCE_COLUMN_EXTRA;
            if (it->from_table == c->from && it->to_table == c->to &&
                turn == (drops  ? 0
                         : adds ? 1
                                : 2))
                change_one(plan, c, i);
        }
    }
}

static void say_algorithm(struct plan *plan, const struct changes *c)
{
    if (c->rebuilds)
        say(plan, "-- online: no (ALGORITHM=COPY or a rebuild; writes wait)\n");
    else
        say(plan, "-- online: yes (ALGORITHM=INSTANT or INPLACE)\n");
}

static void alter_table(struct plan *plan, const struct sg_table *from, const struct sg_table *to)
{
    struct changes c = {.from = from,
                        .to = to,
                        .safe = {.arena = plan->arena},
                        .risky = {.arena = plan->arena},
                        .reasons = {.arena = plan->arena}};
    gather(plan, &c);
    use(plan, from->database);
    if (c.safe.size) {
        say_algorithm(plan, &c);
        say(plan, "ALTER TABLE ");
        name(plan, from->name);
        say(plan, " ");
        sg_text_put(&plan->out, sg_text_slice(&c.safe));
        say(plan, ";\n");
    }
    if (c.risky.size) {
        sg_text_put(&plan->out, sg_text_slice(&c.reasons));
        say(plan, COMMENTED "ALTER TABLE ");
        name(plan, from->name);
        say(plan, " ");
        sg_text_put(&plan->out, sg_text_slice(&c.risky));
        say(plan, ";\n");
    }
}

static void alter_tables(struct plan *plan)
{
    for (size_t i = 0; i < sg_schema_table_count(plan->diff->from); i++) {
        const struct sg_table *table = sg_schema_table_at(plan->diff->from, i);
        const struct sg_table *to = partner_of(plan, table);
        if (to && table->kind == to->kind && table->kind != SG_TABLE_VIEW)
            alter_table(plan, table, to);
    }
}

/* --- tables that go, views ----------------------------------------------------------------- */

static void drop_tables(struct plan *plan)
{
    for (size_t i = 0; i < plan->diff->count; i++) {
        const struct sg_difference *it = &plan->diff->differences[i];
        if (it->kind != SG_DIFFERENCE_TABLE_MISSING || it->from_table->kind == SG_TABLE_VIEW)
            continue;
        use(plan, it->database);
        say(plan, "-- ");
        sg_text_put(&plan->out, it->table);
        say(plan, ": its data would be lost");
        if (it->likely.size) {
            say(plan, "; likely renamed to ");
            sg_text_put(&plan->out, it->likely);
        }
        say(plan, "\n" COMMENTED);
        say(plan, it->from_table->kind == SG_TABLE_SEQUENCE ? "DROP SEQUENCE " : "DROP TABLE ");
        name(plan, it->table);
        say(plan, ";\n");
    }
}

static void drop_views(struct plan *plan)
{
    for (size_t i = 0; i < plan->diff->count; i++) {
        const struct sg_difference *it = &plan->diff->differences[i];
        if (it->kind != SG_DIFFERENCE_TABLE_MISSING || it->from_table->kind != SG_TABLE_VIEW)
            continue;
        use(plan, it->database);
        say(plan, "DROP VIEW ");
        name(plan, it->table);
        say(plan, ";\n");
    }
}

/* The definition without its database's name, so that it may be made in another. */
static void put_definition(struct plan *plan, const struct sg_table *view)
{
    struct sg_text own = {.arena = plan->arena};
    struct sg_slice text = view->detail->definition;
    sg_describe_name(&own, view->database);
    sg_text_put_text(&own, ".");
    for (size_t i = 0; i < text.size; i++) {
        if (i + own.size <= text.size && own.size && memcmp(text.data + i, own.data, own.size) == 0)
            i += own.size;
        if (i < text.size)
            sg_text_put(&plan->out, sg_slice_make(text.data + i, 1));
    }
}

static bool names_it(struct plan *plan, const struct sg_table *view, const struct sg_table *other)
{
    struct sg_text own = {.arena = plan->arena};
    struct sg_slice text = view->detail->definition;
    sg_describe_name(&own, other->name);
    for (size_t i = 0; own.size && i + own.size <= text.size; i++) {
        if (memcmp(text.data + i, own.data, own.size) == 0)
            return true;
    }
    return false;
}

/* MySQL: JSON duality views are made by a statement of their own. */
static bool is_duality(struct sg_slice definition)
{
    static const char WORDS[] = "select json_duality_object(";
    return definition.size >= sizeof WORDS - 1 &&
           memcmp(definition.data, WORDS, sizeof WORDS - 1) == 0;
}

static void create_view(struct plan *plan, const struct sg_difference *it)
{
    const struct sg_table *view = it->to_table;
    use(plan, it->database);
    if (!view->detail || !view->detail->definition.size) {
        say(plan, "-- view ");
        name(plan, view->name);
        say(plan, ": its definition is not known (SHOW VIEW is needed to read it)\n");
        return;
    }
    bool duality = is_duality(view->detail->definition);
    say(plan,
        duality ? "CREATE OR REPLACE JSON RELATIONAL DUALITY VIEW " : "CREATE OR REPLACE VIEW ");
    name(plan, view->name);
    for (size_t i = 0; !duality && i < view->column_count; i++) {
        say(plan, i ? ", " : " (");
        name(plan, view->columns[i].name);
    }
    say(plan, duality ? " AS " : ") AS ");
    put_definition(plan, view);
    say(plan, ";\n");
}

/* Whether one of those that are still to come stands in this one's way. */
static bool waits(struct plan *plan, const struct sg_difference **views, size_t count, size_t at)
{
    for (size_t i = 0; views[at]->to_table->detail && i < count; i++) {
        if (i != at && views[i] && names_it(plan, views[at]->to_table, views[i]->to_table))
            return true;
    }
    return false;
}

/* Views that select from others come after them. */
static void create_views(struct plan *plan)
{
    const struct sg_difference **views =
        sg_arena_array(plan->arena, plan->diff->count + 1, sizeof *views);
    size_t count = 0;
    for (size_t i = 0; views && i < plan->diff->count; i++) {
        const struct sg_difference *it = &plan->diff->differences[i];
        bool wanted = it->kind == SG_DIFFERENCE_TABLE_EXTRA || it->kind == SG_DIFFERENCE_DEFINITION;
        if (wanted && it->to_table->kind == SG_TABLE_VIEW)
            views[count++] = it;
    }
    bool made = true;
    bool forced = false; /* in a circle, or by a name that only looks alike */
    for (size_t left = count; left > 0; forced = !made) {
        made = false;
        for (size_t i = 0; i < count; i++) {
            if (!views[i] || (!forced && waits(plan, views, count, i)))
                continue;
            create_view(plan, views[i]);
            views[i] = NULL;
            left--;
            made = true;
        }
    }
}

/* --- the door ------------------------------------------------------------------------------ */

static void add_foreign_keys(struct plan *plan)
{
    restore_foreign_keys(plan);
    for (size_t i = 0; i < plan->diff->count; i++) {
        const struct sg_difference *it = &plan->diff->differences[i];
        if (it->kind == SG_DIFFERENCE_FOREIGN_KEY_EXTRA) {
            say(plan, "-- rows that point nowhere would stop it\n");
            add_foreign_key(plan, it->database, it->table,
                            &it->to_table->detail->foreign_keys[it->to_at], true);
        }
        for (size_t k = 0; it->kind == SG_DIFFERENCE_TABLE_EXTRA && it->to_table->detail &&
                           k < it->to_table->detail->foreign_key_count;
             k++)
            add_foreign_key(plan, it->database, it->table, &it->to_table->detail->foreign_keys[k],
                            false);
    }
}

static bool has_several_databases(const struct sg_diff *diff)
{
    for (size_t i = 1; i < diff->count; i++) {
        if (!sg_slice_equal(diff->differences[i].database, diff->differences[0].database))
            return true;
    }
    return false;
}

enum sg_status sg_plan(const struct sg_diff *diff, const struct sg_server *server,
                       struct sg_arena *arena, struct sg_slice *sql_out)
{
    struct plan plan = {.diff = diff,
                        .server = server,
                        .arena = arena,
                        .out = {.arena = arena},
                        .several_databases = has_several_databases(diff)};
    drop_foreign_keys(&plan);
    drop_views(&plan);
    for (size_t i = 0; i < diff->count; i++) {
        if (diff->differences[i].kind == SG_DIFFERENCE_TABLE_EXTRA)
            create_new(&plan, &diff->differences[i]);
    }
    alter_tables(&plan);
    drop_tables(&plan);
    add_foreign_keys(&plan);
    create_views(&plan);
    *sql_out = sg_text_slice(&plan.out);
    return arena->exhausted ? SG_LIMIT : SG_OK;
}
