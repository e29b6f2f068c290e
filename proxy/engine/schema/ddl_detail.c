/* Keys, constraints and comments out of DDL; see ddl_detail.h. What the servers add of
 * their own is added here: names for what has none, indexes under foreign keys, and checks that
 * come and go with a column.
 *
 * MySQL manual, "FOREIGN KEY Constraints", "CHECK Constraints", "CREATE INDEX Statement"; MariaDB
 * documentation, "Foreign Keys", "CONSTRAINT". Seen on MySQL 9.7 and MariaDB 10.11.
 */
#include "schema/ddl_detail.h"

#include <stdio.h>
#include <stdlib.h>

#include "schema/ddl_detail_private.h"
#include "schema/detail.h"
#include "schema/fold.h"

static bool is_mariadb(const struct sg_ddl_run *run)
{
    return run->context->server->flavour == SG_FLAVOUR_MARIADB;
}

static struct sg_arena *arena_of(const struct sg_ddl_run *run)
{
    return sg_schema_builder_arena(run->builder);
}

static bool same(struct sg_slice a, struct sg_slice b)
{
    return sg_fold_equal(a, b);
}

/* --- lists --------------------------------------------------------------------------------- */

/* Room for one more; the arrays are the draft's own. */
static void *with_room(struct sg_arena *arena, void *array, size_t count, size_t *room, size_t size)
{
    if (array && count < *room)
        return array;
    size_t wanted = count * 2 + 4;
    void *grown = sg_arena_array(arena, wanted, size);
    if (!grown)
        return NULL;
    if (count)
        memcpy(grown, array, count * size);
    *room = wanted;
    return grown;
}

static struct sg_index *new_index(struct sg_ddl_detail *d)
{
    void *array =
        with_room(d->arena, d->indexes, d->base.index_count, &d->index_room, sizeof *d->indexes);
    if (!array)
        return NULL;
    d->indexes = array;
    return &d->indexes[d->base.index_count++];
}

static struct sg_foreign_key *new_foreign_key(struct sg_ddl_detail *d, struct sg_slice index_name)
{
    size_t names_room = d->foreign_key_room;
    void *names = with_room(d->arena, d->index_names, d->base.foreign_key_count, &names_room,
                            sizeof *d->index_names);
    void *array = with_room(d->arena, d->foreign_keys, d->base.foreign_key_count,
                            &d->foreign_key_room, sizeof *d->foreign_keys);
    if (!array || !names)
        return NULL;
    d->foreign_keys = array;
    d->index_names = names;
    d->index_names[d->base.foreign_key_count] = index_name;
    return &d->foreign_keys[d->base.foreign_key_count++];
}

static struct sg_check_constraint *new_check(struct sg_ddl_detail *d)
{
    void *array =
        with_room(d->arena, d->checks, d->base.check_count, &d->check_room, sizeof *d->checks);
    if (!array)
        return NULL;
    d->checks = array;
    return &d->checks[d->base.check_count++];
}

void sg_ddl_detail_open(struct sg_ddl_detail *d, struct sg_ddl_run *run,
                        const struct sg_table *table, struct sg_slice database,
                        struct sg_slice name)
{
    *d = (struct sg_ddl_detail){.known = !table || table->detail,
                                .run = run,
                                .database = database,
                                .table = name,
                                .arena = arena_of(run)};
    const struct sg_table_detail *from = table ? table->detail : NULL;
    if (!from)
        return;
    d->base = *from;
    d->base.index_count = d->base.foreign_key_count = d->base.check_count = 0;
    for (size_t i = 0; i < from->index_count; i++) {
        struct sg_index *index = new_index(d);
        if (index)
            *index = from->indexes[i];
    }
    for (size_t i = 0; i < from->foreign_key_count; i++) {
        struct sg_foreign_key *key = new_foreign_key(d, SG_SLICE_EMPTY);
        if (key)
            *key = from->foreign_keys[i];
    }
    for (size_t i = 0; i < from->check_count; i++) {
        struct sg_check_constraint *check = new_check(d);
        if (check)
            *check = from->checks[i];
    }
}

/* --- names --------------------------------------------------------------------------------- */

struct sg_index *sg_ddl_find_index(const struct sg_ddl_detail *d, struct sg_slice name)
{
    for (size_t i = 0; i < d->base.index_count; i++) {
        if (same(d->indexes[i].name, name))
            return &d->indexes[i];
    }
    return NULL;
}

static struct sg_slice printed(struct sg_ddl_detail *d, struct sg_slice stem, const char *middle,
                               unsigned number)
{
    size_t room = stem.size + strlen(middle) + 16;
    char *text = sg_arena_alloc(d->arena, room);
    if (!text)
        return SG_SLICE_EMPTY;
    int size = snprintf(text, room, "%.*s%s%u", (int)stem.size, stem.data, middle, number);
    return sg_slice_make(text, (size_t)size);
}

/* Without a name that of its first column, or with _2, _3 behind it. */
static struct sg_slice free_index_name(struct sg_ddl_detail *d, struct sg_slice stem)
{
    struct sg_slice name = sg_arena_copy(d->arena, stem);
    if (same(name, SG_SLICE_LITERAL("PRIMARY")))
        name = printed(d, stem, "_", 2);
    for (unsigned number = 2; sg_ddl_find_index(d, name) && number < 100; number++)
        name = printed(d, stem, "_", number);
    return name;
}

/* The number behind `table` and `middle` in a name that a server made up; 0: it did not. */
static unsigned made_up_number(struct sg_slice name, struct sg_slice table, const char *middle)
{
    size_t before = table.size + strlen(middle);
    unsigned number = 0;
    if (name.size <= before || !same(sg_slice_make(name.data, table.size), table) ||
        memcmp(name.data + table.size, middle, strlen(middle)) != 0)
        return 0;
    for (size_t i = before; i < name.size; i++) {
        if (name.data[i] < '0' || name.data[i] > '9' || number > 100000)
            return 0;
        number = number * 10 + (unsigned)(name.data[i] - '0');
    }
    return number;
}

static struct sg_slice next_foreign_key_name(struct sg_ddl_detail *d)
{
    unsigned most = 0;
    for (size_t i = 0; i < d->base.foreign_key_count; i++) {
        unsigned number = made_up_number(d->foreign_keys[i].name, d->table, "_ibfk_");
        most = number > most ? number : most;
    }
    return printed(d, d->table, "_ibfk_", most + 1);
}

bool sg_ddl_has_check(const struct sg_ddl_detail *d, struct sg_slice name)
{
    for (size_t i = 0; i < d->base.check_count; i++) {
        if (same(d->checks[i].name, name))
            return true;
    }
    return false;
}

/* MySQL: t_chk_1, one more than the highest; MariaDB: CONSTRAINT_1, the first that is free. */
static struct sg_slice next_check_name(struct sg_ddl_detail *d)
{
    unsigned number = 1;
    if (is_mariadb(d->run)) {
        while (sg_ddl_has_check(d, printed(d, SG_SLICE_LITERAL("CONSTRAINT"), "_", number)))
            number++;
        return printed(d, SG_SLICE_LITERAL("CONSTRAINT"), "_", number);
    }
    for (size_t i = 0; i < d->base.check_count; i++) {
        unsigned there = made_up_number(d->checks[i].name, d->table, "_chk_");
        number = there >= number ? there + 1 : number;
    }
    return printed(d, d->table, "_chk_", number);
}

/* --- keys ---------------------------------------------------------------------------------- */

static enum sg_index_kind kind_of(enum sg_key_kind kind)
{
    switch (kind) {
    case SG_KEY_PRIMARY:
        return SG_INDEX_PRIMARY;
    case SG_KEY_UNIQUE:
        return SG_INDEX_UNIQUE;
    case SG_KEY_FULLTEXT:
        return SG_INDEX_FULLTEXT;
    case SG_KEY_SPATIAL:
        return SG_INDEX_SPATIAL;
    case SG_KEY_VECTOR:
        return SG_INDEX_VECTOR;
    case SG_KEY_PLAIN:
    case SG_KEY_FOREIGN:
        return SG_INDEX_PLAIN;
    }
    return SG_INDEX_PLAIN;
}

static size_t count_parts(const struct sg_key_part *part)
{
    size_t count = 0;
    for (; part; part = part->next)
        count++;
    return count;
}

static void fill_parts(struct sg_ddl_detail *d, struct sg_index *index,
                       const struct sg_key_part *part)
{
    struct sg_index_part *parts = sg_arena_array(d->arena, count_parts(part) + 2, sizeof *parts);
    index->parts = parts;
    for (; parts && part; part = part->next) {
        if (part->is_period && d->period_end.size) {
            parts[index->part_count++].column = d->period_end;
            parts[index->part_count++].column = d->period_start;
            continue;
        }
        struct sg_index_part *to = &parts[index->part_count++];
        to->descending = part->descending;
        if (part->expr)
            to->expression = sg_ddl_canonical(d->run, part->expr);
        else
            to->column = sg_arena_copy(d->arena, part->column.text);
        for (size_t i = 0; i < part->length.size && to->prefix < 100000; i++)
            to->prefix = to->prefix * 10 + (unsigned)(part->length.data[i] - '0');
    }
}

static void add_index(struct sg_ddl_detail *d, const struct sg_key_def *def)
{
    struct sg_slice name = SG_SLICE_LITERAL("PRIMARY");
    if (def->kind != SG_KEY_PRIMARY && sg_name_is_set(&def->name))
        name = sg_arena_copy(d->arena, def->name.text);
    else if (def->kind != SG_KEY_PRIMARY)
        name =
            free_index_name(d, def->parts && def->parts->expr ? SG_SLICE_LITERAL("functional_index")
                               : def->parts                   ? def->parts->column.text
                                                              : SG_SLICE_EMPTY);
    struct sg_index *index = new_index(d);
    if (!index)
        return;
    *index = (struct sg_index){.name = name,
                               .kind = kind_of(def->kind),
                               .invisible = def->invisible,
                               .comment = sg_arena_copy(d->arena, def->comment)};
    fill_parts(d, index, def->parts);
}

static struct sg_slice action_text(enum sg_reference_action action)
{
    switch (action) {
    case SG_REFERENCE_CASCADE:
        return SG_SLICE_LITERAL("CASCADE");
    case SG_REFERENCE_SET_NULL:
        return SG_SLICE_LITERAL("SET NULL");
    case SG_REFERENCE_SET_DEFAULT:
        return SG_SLICE_LITERAL("SET DEFAULT");
    case SG_REFERENCE_UNSAID:
    case SG_REFERENCE_RESTRICT:
    case SG_REFERENCE_NO_ACTION:
        break;
    }
    return SG_SLICE_EMPTY;
}

/* Where the other table lies; empty: where this one does. */
static struct sg_slice other_database(const struct sg_ddl_detail *d,
                                      const struct sg_reference_def *references)
{
    if (!sg_name_is_set(&references->table.database) ||
        same(references->table.database.text, d->database))
        return SG_SLICE_EMPTY;
    return sg_arena_copy(d->arena, references->table.database.text);
}

static void add_foreign_key(struct sg_ddl_detail *d, const struct sg_key_part *parts,
                            const struct sg_reference_def *references, struct sg_slice name,
                            struct sg_slice index_name)
{
    size_t count = count_parts(parts);
    struct sg_slice *columns = sg_arena_array(d->arena, count + 1, sizeof *columns);
    struct sg_slice *others = sg_arena_array(d->arena, count + 1, sizeof *others);
    name = name.size ? sg_arena_copy(d->arena, name) : next_foreign_key_name(d);
    struct sg_foreign_key *key = new_foreign_key(d, index_name);
    if (!columns || !others || !key)
        return;
    *key = (struct sg_foreign_key){.name = name,
                                   .database = other_database(d, references),
                                   .table = sg_arena_copy(d->arena, references->table.name.text),
                                   .columns = columns,
                                   .others = others,
                                   .column_count = count,
                                   .on_delete = action_text(references->on_delete),
                                   .on_update = action_text(references->on_update)};
    const struct sg_name_item *other = references->columns;
    for (size_t i = 0; i < count; i++, parts = parts->next) {
        columns[i] = sg_arena_copy(d->arena, parts->column.text);
        others[i] = other ? sg_arena_copy(d->arena, other->name.text) : columns[i];
        other = other ? other->next : NULL;
    }
}

void sg_ddl_detail_key(struct sg_ddl_detail *d, const struct sg_key_def *def)
{
    if (!d->known)
        return;
    if (def->kind != SG_KEY_FOREIGN) {
        add_index(d, def);
        return;
    }
    struct sg_slice written =
        sg_name_is_set(&def->name) ? sg_arena_copy(d->arena, def->name.text) : SG_SLICE_EMPTY;
    add_foreign_key(d, def->parts, def->references,
                    def->is_constraint || is_mariadb(d->run) ? written : SG_SLICE_EMPTY, written);
}

void sg_ddl_detail_column_keys(struct sg_ddl_detail *d, const struct sg_column_def *def)
{
    struct sg_key_part part = {.column = def->name};
    if (!d->known)
        return;
    if (def->flags & SG_OPTION_PRIMARY)
        add_index(d, &(struct sg_key_def){.kind = SG_KEY_PRIMARY, .parts = &part});
    if (def->flags & (SG_OPTION_UNIQUE | SG_OPTION_SERIAL))
        add_index(d, &(struct sg_key_def){.kind = SG_KEY_UNIQUE, .parts = &part});
    /* MySQL takes references at a column for nothing before 9.0 */
    bool counts = is_mariadb(d->run) || d->run->context->server->version >= 90000;
    if (def->references && counts)
        add_foreign_key(d, &part, def->references, SG_SLICE_EMPTY, SG_SLICE_EMPTY);
}

static void remove_index(struct sg_ddl_detail *d, struct sg_index *index)
{
    size_t at = (size_t)(index - d->indexes);
    d->base.index_count--;
    memmove(index, index + 1, (d->base.index_count - at) * sizeof *index);
}

void sg_ddl_detail_drop_key(struct sg_ddl_detail *d, struct sg_slice name)
{
    struct sg_index *index = sg_ddl_find_index(d, name.size ? name : SG_SLICE_LITERAL("PRIMARY"));
    if (d->known && index)
        remove_index(d, index);
}

static bool drop_foreign_key(struct sg_ddl_detail *d, struct sg_slice name)
{
    for (size_t i = 0; i < d->base.foreign_key_count; i++) {
        if (!same(d->foreign_keys[i].name, name))
            continue;
        size_t after = --d->base.foreign_key_count - i;
        memmove(&d->foreign_keys[i], &d->foreign_keys[i + 1], after * sizeof *d->foreign_keys);
        memmove(&d->index_names[i], &d->index_names[i + 1], after * sizeof *d->index_names);
        return true;
    }
    return false;
}

static void remove_check(struct sg_ddl_detail *d, size_t at)
{
    size_t after = --d->base.check_count - at;
    memmove(&d->checks[at], &d->checks[at + 1], after * sizeof *d->checks);
}

void sg_ddl_detail_drop_constraint(struct sg_ddl_detail *d, struct sg_slice name)
{
    if (!d->known || drop_foreign_key(d, name))
        return;
    for (size_t i = 0; i < d->base.check_count; i++) {
        if (same(d->checks[i].name, name)) {
            remove_check(d, i);
            return;
        }
    }
    sg_ddl_detail_drop_key(d, name);
}

void sg_ddl_detail_rename_key(struct sg_ddl_detail *d, struct sg_slice from, struct sg_slice to)
{
    struct sg_index *index = sg_ddl_find_index(d, from);
    if (index)
        index->name = sg_arena_copy(d->arena, to);
}

void sg_ddl_detail_key_state(struct sg_ddl_detail *d, struct sg_slice name, bool invisible)
{
    struct sg_index *index = sg_ddl_find_index(d, name);
    if (index)
        index->invisible = invisible;
}

void sg_ddl_detail_check_state(struct sg_ddl_detail *d, struct sg_slice name, bool not_enforced)
{
    for (size_t i = 0; i < d->base.check_count; i++) {
        if (same(d->checks[i].name, name))
            d->checks[i].not_enforced = not_enforced;
    }
}

/* --- checks -------------------------------------------------------------------------------- */

static struct sg_slice column_check_name(struct sg_ddl_detail *d, const struct sg_check *check,
                                         struct sg_slice column)
{
    if (is_mariadb(d->run) && column.size)
        return sg_arena_copy(d->arena, column);
    return sg_name_is_set(&check->name) ? sg_arena_copy(d->arena, check->name.text)
                                        : next_check_name(d);
}

/* `json`: a column that is JSON by one of them, which goes without saying; or NULL. */
static void add_checks(struct sg_ddl_detail *d, const struct sg_check *check,
                       struct sg_slice column, const struct sg_column_def *json)
{
    for (; d->known && check; check = check->next) {
        if (json && sg_ddl_is_json_check(d->run, check, json->name.text))
            continue;
        struct sg_slice name = column_check_name(d, check, column);
        struct sg_check_constraint *to = new_check(d);
        if (!to)
            return;
        *to = (struct sg_check_constraint){
            .name = name,
            .expression = sg_ddl_canonical(d->run, check->expr),
            .column = is_mariadb(d->run) ? sg_arena_copy(d->arena, column) : SG_SLICE_EMPTY,
            .not_enforced = check->not_enforced};
    }
}

void sg_ddl_detail_checks(struct sg_ddl_detail *d, const struct sg_check *checks)
{
    add_checks(d, checks, SG_SLICE_EMPTY, NULL);
}

void sg_ddl_detail_column_checks(struct sg_ddl_detail *d, const struct sg_column_def *def)
{
    add_checks(d, def->checks, def->name.text, sg_ddl_is_json(d->run, def) ? def : NULL);
}

void sg_ddl_detail_period(struct sg_ddl_detail *d, const struct sg_name *name,
                          const struct sg_name *start, const struct sg_name *end)
{
    if (!d->known || !sg_name_is_set(name) || same(name->text, SG_SLICE_LITERAL("system_time")))
        return;
    d->period_start = sg_arena_copy(d->arena, start->text);
    d->period_end = sg_arena_copy(d->arena, end->text);
    size_t room = start->text.size + end->text.size + 8;
    struct sg_check_constraint *check = new_check(d);
    char *text = sg_arena_alloc(d->arena, room);
    if (!text || !check)
        return;
    int size = snprintf(text, room, "`%.*s` < `%.*s`", (int)start->text.size, start->text.data,
                        (int)end->text.size, end->text.data);
    *check = (struct sg_check_constraint){.name = sg_arena_copy(d->arena, name->text),
                                          .expression = sg_slice_make(text, (size_t)size)};
}

void sg_ddl_detail_redefine(struct sg_ddl_detail *d, struct sg_slice column)
{
    for (size_t i = d->base.check_count; i-- > 0;) {
        if (d->checks[i].column.size && same(d->checks[i].column, column))
            remove_check(d, i);
    }
}

/* --- columns that move --------------------------------------------------------------------- */

static struct sg_slice in_backticks(const struct sg_ddl_detail *d, struct sg_slice name)
{
    char *text = sg_arena_alloc(d->arena, name.size + 3);
    if (!text)
        return SG_SLICE_EMPTY;
    (void)snprintf(text, name.size + 3, "`%.*s`", (int)name.size, name.data);
    return sg_slice_make(text, name.size + 2);
}

static size_t find_text(struct sg_slice text, struct sg_slice word, size_t from)
{
    for (size_t at = from; at + word.size <= text.size; at++) {
        if (same(sg_slice_make(text.data + at, word.size), word))
            return at;
    }
    return text.size;
}

/* `from` in an expression becomes `to`. */
static struct sg_slice rename_in(struct sg_ddl_detail *d, struct sg_slice text,
                                 struct sg_slice from, struct sg_slice to)
{
    struct sg_slice old = in_backticks(d, from);
    struct sg_slice new = in_backticks(d, to);
    size_t at = find_text(text, old, 0);
    while (at < text.size && old.size) {
        size_t size = text.size - old.size + new.size;
        char *copy = sg_arena_alloc(d->arena, size + 1);
        if (!copy)
            return text;
        memcpy(copy, text.data, at);
        memcpy(copy + at, new.data, new.size);
        memcpy(copy + at + new.size, text.data + at + old.size, text.size - at - old.size);
        text = sg_slice_make(copy, size);
        at = find_text(text, old, at + new.size);
    }
    return text;
}

/* The index without a column that is gone. */
static void take_part(struct sg_ddl_detail *d, struct sg_index *index, struct sg_slice column,
                      struct sg_slice to)
{
    struct sg_index_part *parts = sg_arena_array(d->arena, index->part_count + 1, sizeof *parts);
    size_t kept = 0;
    for (size_t i = 0; parts && i < index->part_count; i++) {
        struct sg_index_part part = index->parts[i];
        bool meant = part.column.size && same(part.column, column);
        if (meant && !to.size)
            continue;
        if (meant)
            part.column = to;
        if (part.expression.size && to.size)
            part.expression = rename_in(d, part.expression, column, to);
        parts[kept++] = part;
    }
    index->parts = parts;
    index->part_count = kept;
}

static void rename_in_foreign_key(struct sg_ddl_detail *d, struct sg_foreign_key *key,
                                  struct sg_slice from, struct sg_slice to)
{
    bool itself = !key->database.size && sg_slice_equal(key->table, d->table);
    struct sg_slice *columns = sg_arena_array(d->arena, key->column_count + 1, sizeof *columns);
    struct sg_slice *others = sg_arena_array(d->arena, key->column_count + 1, sizeof *others);
    if (!columns || !others)
        return;
    for (size_t i = 0; i < key->column_count; i++) {
        columns[i] = same(key->columns[i], from) ? to : key->columns[i];
        others[i] = itself && same(key->others[i], from) ? to : key->others[i];
    }
    key->columns = columns;
    key->others = others;
}

bool sg_ddl_mentions(const struct sg_ddl_detail *d, struct sg_slice expression,
                     struct sg_slice column)
{
    return find_text(expression, in_backticks(d, column), 0) < expression.size;
}

static void change_checks(struct sg_ddl_detail *d, struct sg_slice from, struct sg_slice to)
{
    for (size_t i = d->base.check_count; i-- > 0;) {
        struct sg_check_constraint *check = &d->checks[i];
        bool own = check->column.size && same(check->column, from);
        if (to.size) {
            check->expression = rename_in(d, check->expression, from, to);
            if (own)
                check->name = check->column = to;
        } else if (own) {
            remove_check(d, i);
        }
    }
}

static bool is_dropped(const struct sg_alter_item *items, struct sg_slice column)
{
    for (; items; items = items->next) {
        if (items->kind == SG_ALTER_DROP_COLUMN && same(items->name.text, column))
            return true;
    }
    return false;
}

/* The columns that an expression speaks of. */
struct tally {
    size_t dropped;
    size_t kept;
    bool is_one; /* all of them are the same one */
};

static struct tally tally_columns(struct sg_slice expression, const struct sg_alter_item *items)
{
    struct tally tally = {.is_one = true};
    struct sg_slice first = SG_SLICE_EMPTY;
    for (size_t at = 0; at < expression.size; at++) {
        if (expression.data[at] != '`')
            continue;
        size_t begin = ++at;
        while (at < expression.size && expression.data[at] != '`')
            at++;
        struct sg_slice name = sg_slice_make(expression.data + begin, at - begin);
        if (!first.size)
            first = name;
        tally.is_one = tally.is_one && same(name, first);
        tally.dropped += is_dropped(items, name);
        tally.kept += !is_dropped(items, name);
    }
    return tally;
}

bool sg_ddl_detail_drop_checks(struct sg_ddl_detail *d, const struct sg_alter_item *items)
{
    for (size_t i = d->base.check_count; d->known && i-- > 0;) {
        struct tally tally = tally_columns(d->checks[i].expression, items);
        if (!tally.dropped)
            continue;
        if (tally.kept || (!tally.is_one && !is_mariadb(d->run)))
            return false;
        remove_check(d, i);
    }
    return true;
}

void sg_ddl_detail_column(struct sg_ddl_detail *d, struct sg_slice from, struct sg_slice to)
{
    if (!d->known || sg_slice_equal(from, to))
        return;
    from = sg_arena_copy(d->arena, from);
    to = sg_arena_copy(d->arena, to);
    for (size_t i = d->base.index_count; i-- > 0;) {
        take_part(d, &d->indexes[i], from, to);
        if (d->indexes[i].part_count == 0)
            remove_index(d, &d->indexes[i]);
    }
    for (size_t i = 0; to.size && i < d->base.foreign_key_count; i++)
        rename_in_foreign_key(d, &d->foreign_keys[i], from, to);
    change_checks(d, from, to);
}

/* --- options and tables -------------------------------------------------------------------- */

void sg_ddl_detail_options(struct sg_ddl_detail *d, const struct sg_table_def *options)
{
    const struct sg_server *server = d->run->context->server;
    if (!d->known)
        return;
    if (options->engine.size)
        d->base.engine = same(options->engine, SG_SLICE_LITERAL("innodb"))
                             ? SG_SLICE_EMPTY
                             : sg_arena_copy(d->arena, options->engine);
    if (options->has_comment)
        d->base.comment = sg_arena_copy(d->arena, options->comment);
    struct sg_slice collation = options->collation.size ? options->collation : options->charset;
    if (collation.size && !same(collation, SG_SLICE_LITERAL("default")))
        d->base.collation = sg_detail_collation(collation, server, d->arena);
}

void sg_ddl_detail_like(struct sg_ddl_detail *d)
{
    d->base.foreign_key_count = 0;
    for (size_t i = 0; i < d->base.check_count && !is_mariadb(d->run); i++)
        d->checks[i].name = printed(d, d->table, "_chk_", (unsigned)i + 1);
}

static struct sg_slice renamed(struct sg_ddl_detail *d, struct sg_slice name, const char *middle,
                               struct sg_slice to)
{
    unsigned number = made_up_number(name, d->table, middle);
    return number ? printed(d, to, middle, number) : name;
}

void sg_ddl_detail_rename_table(struct sg_ddl_detail *d, struct sg_slice to)
{
    for (size_t i = 0; i < d->base.foreign_key_count; i++) {
        struct sg_foreign_key *key = &d->foreign_keys[i];
        key->name = renamed(d, key->name, "_ibfk_", to);
        if (!key->database.size && sg_slice_equal(key->table, d->table)) /* at itself */
            key->table = sg_arena_copy(d->arena, to);
    }
    for (size_t i = 0; i < d->base.check_count && !is_mariadb(d->run); i++)
        d->checks[i].name = renamed(d, d->checks[i].name, "_chk_", to);
    d->table = to;
}

bool sg_ddl_points_at(const struct sg_foreign_key *key, const struct sg_table *owner,
                      struct sg_slice database, struct sg_slice table)
{
    struct sg_slice there = key->database.size ? key->database : owner->database;
    return sg_slice_equal(there, database) && sg_slice_equal(key->table, table);
}

static void follow_one(struct sg_ddl_run *run, struct sg_foreign_key *key,
                       const struct sg_table *owner, struct sg_slice database,
                       struct sg_slice table, struct sg_slice column, struct sg_slice new_column)
{
    struct sg_arena *arena = arena_of(run);
    if (column.size) {
        struct sg_slice *others = sg_arena_array(arena, key->column_count + 1, sizeof *others);
        for (size_t i = 0; others && i < key->column_count; i++)
            others[i] =
                same(key->others[i], column) ? sg_arena_copy(arena, new_column) : key->others[i];
        if (others)
            key->others = others;
        return;
    }
    key->table = sg_arena_copy(arena, table);
    key->database =
        sg_slice_equal(owner->database, database) ? SG_SLICE_EMPTY : sg_arena_copy(arena, database);
}

/* Tables of the builder are its own to change; only what lies beside the names is. */
void sg_ddl_detail_follow(struct sg_ddl_run *run, struct sg_slice database, struct sg_slice table,
                          struct sg_slice new_database, struct sg_slice new_table,
                          struct sg_slice column, struct sg_slice new_column)
{
    const struct sg_schema *schema = sg_schema_builder_peek(run->builder);
    for (size_t i = 0; i < sg_schema_table_count(schema); i++) {
        const struct sg_table *owner = sg_schema_table_at(schema, i);
        for (size_t k = 0; owner->detail && k < owner->detail->foreign_key_count; k++) {
            struct sg_foreign_key *key =
                (struct sg_foreign_key *)(uintptr_t)&owner->detail->foreign_keys[k];
            if (sg_ddl_points_at(key, owner, database, table))
                follow_one(run, key, owner, new_database, new_table, column, new_column);
        }
    }
}

/* --- prefixes ------------------------------------------------------------------------------ */

static bool takes_prefix(struct sg_slice type, unsigned prefix)
{
    static const char *const LONG[] = {"tinytext", "text", "mediumtext", "longtext",
                                       "tinyblob", "blob", "mediumblob", "longblob"};
    static const char *const SHORT[] = {"char(", "varchar(", "binary(", "varbinary("};
    for (size_t i = 0; i < sizeof LONG / sizeof LONG[0]; i++) {
        if (sg_slice_equal(type, sg_slice_of(LONG[i])))
            return true;
    }
    for (size_t i = 0; i < sizeof SHORT / sizeof SHORT[0]; i++) {
        size_t size = strlen(SHORT[i]);
        unsigned length = 0;
        if (type.size <= size || memcmp(type.data, SHORT[i], size) != 0)
            continue;
        for (; size < type.size && type.data[size] >= '0' && type.data[size] <= '9'; size++)
            length = length * 10 + (unsigned)(type.data[size] - '0');
        return length > prefix;
    }
    return false;
}

void sg_ddl_detail_fit(struct sg_ddl_detail *d, struct sg_slice column, struct sg_slice type)
{
    for (size_t i = 0; d->known && i < d->base.index_count; i++) {
        const struct sg_index *index = &d->indexes[i];
        for (size_t k = 0; k < index->part_count; k++) {
            const struct sg_index_part *part = &index->parts[k];
            if (!part->prefix || !same(part->column, column) || takes_prefix(type, part->prefix))
                continue;
            struct sg_index_part *parts =
                sg_arena_array(d->arena, index->part_count + 1, sizeof *parts);
            if (!parts)
                return;
            memcpy(parts, index->parts, index->part_count * sizeof *parts);
            parts[k].prefix = 0;
            d->indexes[i].parts = parts;
        }
    }
}

/* --- the indexes under foreign keys -------------------------------------------------------- */

/* Its first columns are those, whole and in order. */
static bool serves(const struct sg_index *index, const struct sg_slice *columns, size_t count)
{
    if (index->kind > SG_INDEX_PLAIN || index->part_count < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!same(index->parts[i].column, columns[i]) || index->parts[i].prefix)
            return false;
    }
    return true;
}

static bool covers(const struct sg_index *index, const struct sg_index *other)
{
    if (index == other || index->part_count < other->part_count)
        return false;
    for (size_t i = 0; i < other->part_count; i++) {
        if (!same(index->parts[i].column, other->parts[i].column) || index->parts[i].prefix)
            return false;
    }
    return !index->implied || index < other;
}

static void drop_covered(struct sg_ddl_detail *d)
{
    for (size_t i = d->base.index_count; i-- > 0;) {
        bool covered = false;
        for (size_t k = 0; d->indexes[i].implied && k < d->base.index_count; k++)
            covered = covered || covers(&d->indexes[k], &d->indexes[i]);
        if (covered)
            remove_index(d, &d->indexes[i]);
    }
}

static void make_implied(struct sg_ddl_detail *d, size_t at)
{
    const struct sg_foreign_key *key = &d->foreign_keys[at];
    for (size_t i = 0; i < d->base.index_count; i++) {
        if (serves(&d->indexes[i], key->columns, key->column_count))
            return;
    }
    struct sg_slice written = d->index_names[at];
    struct sg_slice name = written.size ? written : free_index_name(d, key->columns[0]);
    struct sg_index_part *parts = sg_arena_array(d->arena, key->column_count + 1, sizeof *parts);
    struct sg_index *index = new_index(d);
    if (!parts || !index)
        return;
    for (size_t i = 0; i < key->column_count; i++)
        parts[i].column = key->columns[i];
    *index = (struct sg_index){.name = name,
                               .kind = SG_INDEX_PLAIN,
                               .implied = true,
                               .parts = parts,
                               .part_count = key->column_count};
}

const struct sg_table_detail *sg_ddl_detail_close(struct sg_ddl_detail *d)
{
    if (!d->known)
        return NULL;
    drop_covered(d);
    for (size_t i = 0; i < d->base.foreign_key_count; i++)
        make_implied(d, i);
    struct sg_table_detail *made = sg_arena_alloc(d->arena, sizeof *made);
    if (!made)
        return NULL;
    d->base.indexes = d->indexes;
    d->base.foreign_keys = d->foreign_keys;
    d->base.checks = d->checks;
    *made = d->base;
    sg_table_detail_sort(made);
    return made;
}

/* --- beside the draft ---------------------------------------------------------------------- */

const struct sg_column_detail *sg_ddl_generated_key(struct sg_ddl_detail *d)
{
    struct sg_column_detail *detail = sg_arena_alloc(d->arena, sizeof *detail);
    struct sg_index_part *part = sg_arena_alloc(d->arena, sizeof *part);
    struct sg_index *index = new_index(d);
    if (!detail || !part || !index)
        return NULL;
    detail->auto_increment = true;
    part->column = SG_SLICE_LITERAL("my_row_id");
    *index = (struct sg_index){.name = SG_SLICE_LITERAL("PRIMARY"),
                               .kind = SG_INDEX_PRIMARY,
                               .parts = part,
                               .part_count = 1};
    return detail;
}

const struct sg_column_detail *sg_ddl_detail_rename_in(struct sg_ddl_detail *d,
                                                       const struct sg_column_detail *detail,
                                                       struct sg_slice from, struct sg_slice to)
{
    if (!detail || (!detail->generated.size && detail->default_kind != SG_DEFAULT_EXPRESSION))
        return detail;
    struct sg_column_detail *made = sg_arena_alloc(d->arena, sizeof *made);
    if (!made)
        return detail;
    *made = *detail;
    made->generated = rename_in(d, detail->generated, from, to);
    if (detail->default_kind == SG_DEFAULT_EXPRESSION)
        made->default_value = rename_in(d, detail->default_value, from, to);
    return made;
}
