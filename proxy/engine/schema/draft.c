/* A table under change; see draft.h. What DDL says of keys, constraints and defaults beyond names
 * is ddl_detail.c's.
 */
#include "schema/draft.h"

#include "schema/column_type.h"
#include "schema/fold.h"

static bool same(const struct sg_ddl_run *run, struct sg_slice a, struct sg_slice b)
{
    return sg_fold_equal_column(a, b, run->context->server->flavour);
}

/* --- drafts -------------------------------------------------------------------------------- */

size_t sg_draft_find_column(const struct sg_draft *draft, struct sg_slice name)
{
    size_t at = 0;
    while (at < draft->count && !same(draft->run, draft->columns[at].spec.name, name))
        at++;
    return at;
}

size_t sg_draft_find_old(const struct sg_draft *draft, struct sg_slice name)
{
    size_t at = 0;
    while (at < draft->count && !same(draft->run, draft->columns[at].old_name, name))
        at++;
    return at;
}

static bool reserve(struct sg_draft *draft, size_t more)
{
    if (draft->count + more <= draft->room)
        return true;
    size_t room = (draft->count + more) * 2;
    struct sg_draft_column *grown = sg_arena_array(draft->run->arena, room, sizeof *grown);
    if (!grown)
        return false;
    if (draft->count)
        memcpy(grown, draft->columns, draft->count * sizeof *grown);
    draft->columns = grown;
    draft->room = room;
    return true;
}

void sg_draft_insert(struct sg_draft *draft, size_t at, struct sg_draft_column column)
{
    if (!reserve(draft, 1))
        return;
    memmove(&draft->columns[at + 1], &draft->columns[at],
            (draft->count - at) * sizeof *draft->columns);
    draft->columns[at] = column;
    draft->count++;
}

void sg_draft_take_out(struct sg_draft *draft, size_t at)
{
    draft->count--;
    memmove(&draft->columns[at], &draft->columns[at + 1],
            (draft->count - at) * sizeof *draft->columns);
}

/* --- keys ---------------------------------------------------------------------------------- */

struct sg_table_key *sg_draft_find_key(const struct sg_draft *draft, struct sg_slice name,
                                       bool primary)
{
    struct sg_table_key *key = draft->keys;
    while (key && !(primary ? key->primary : !key->primary && sg_fold_equal(key->name, name)))
        key = (struct sg_table_key *)(uintptr_t)key->next;
    return key;
}

void sg_draft_remove_key(struct sg_draft *draft, const struct sg_table_key *gone)
{
    struct sg_table_key *before = draft->keys;
    draft->keys_touched = true;
    if (before == gone) {
        draft->keys = (struct sg_table_key *)(uintptr_t)gone->next;
        return;
    }
    while (before->next != gone)
        before = (struct sg_table_key *)(uintptr_t)before->next;
    before->next = gone->next;
}

struct sg_table_key *sg_draft_append_key(struct sg_draft *draft, size_t column_count)
{
    struct sg_table_key *key = sg_arena_alloc(draft->run->keys, sizeof *key);
    struct sg_slice *columns = sg_arena_array(draft->run->keys, column_count + 1, sizeof *columns);
    if (!key || !columns)
        return NULL;
    key->columns = columns;
    key->plain = true;
    struct sg_table_key *last = draft->keys;
    while (last && last->next)
        last = (struct sg_table_key *)(uintptr_t)last->next;
    if (last)
        last->next = key;
    else
        draft->keys = key;
    return key;
}

void sg_draft_add_key_column(const struct sg_draft *draft, struct sg_table_key *key,
                             struct sg_slice column)
{
    struct sg_slice *columns = (struct sg_slice *)(uintptr_t)key->columns;
    columns[key->column_count++] = sg_arena_copy(draft->run->keys, column);
}

/* MySQL manual, "CREATE INDEX Statement": without a name that of its first column, or with _2, _3
 * behind it. */
static struct sg_slice key_name(const struct sg_draft *draft, const struct sg_name *written,
                                struct sg_slice first_column)
{
    if (sg_name_is_set(written))
        return sg_arena_copy(draft->run->keys, written->text);
    struct sg_slice name = sg_arena_copy(draft->run->keys, first_column);
    for (char digit = '2'; sg_draft_find_key(draft, name, false) && digit <= '9'; digit++) {
        char *text = sg_arena_alloc(draft->run->keys, first_column.size + 3);
        if (!text)
            break;
        if (first_column.size)
            memcpy(text, first_column.data, first_column.size);
        text[first_column.size] = '_';
        text[first_column.size + 1] = digit;
        name = sg_slice_make(text, first_column.size + 2);
    }
    return name;
}

/* Error 1072: a key over a column that is not there. */
bool sg_draft_has_key_columns(const struct sg_draft *draft, const struct sg_key_def *def)
{
    for (const struct sg_key_part *part = def->parts; part; part = part->next) {
        if (sg_name_is_set(&part->column) && !part->is_period &&
            sg_draft_find_column(draft, part->column.text) == draft->count)
            return false;
    }
    return true;
}

void sg_draft_add_key(struct sg_draft *draft, const struct sg_key_def *def)
{
    size_t count = 0;
    sg_ddl_detail_key(&draft->detail, def);
    if (def->kind != SG_KEY_PRIMARY && def->kind != SG_KEY_UNIQUE)
        return;
    for (const struct sg_key_part *part = def->parts; part; part = part->next)
        count++;
    struct sg_slice first = def->parts ? def->parts->column.text : SG_SLICE_EMPTY;
    struct sg_slice name = key_name(draft, &def->name, first);
    struct sg_table_key *key = sg_draft_append_key(draft, count);
    draft->keys_touched = true;
    if (!key)
        return;
    key->name = name;
    key->primary = def->kind == SG_KEY_PRIMARY;
    for (const struct sg_key_part *part = def->parts; part; part = part->next) {
        key->plain = key->plain && !part->expr && !part->has_length && !part->is_period;
        if (sg_name_is_set(&part->column))
            sg_draft_add_key_column(draft, key, part->column.text);
    }
}

void sg_draft_add_column_key(struct sg_draft *draft, const struct sg_column_def *def)
{
    uint32_t primary = def->flags & SG_OPTION_PRIMARY;
    uint32_t unique = def->flags & (SG_OPTION_UNIQUE | SG_OPTION_SERIAL);
    sg_ddl_detail_column_keys(&draft->detail, def);
    sg_ddl_detail_column_checks(&draft->detail, def);
    for (uint32_t turn = 0; turn < 2; turn++) {
        if (turn == 0 ? !primary : !unique)
            continue;
        struct sg_slice name = key_name(draft, &(struct sg_name){0}, def->name.text);
        struct sg_table_key *key = sg_draft_append_key(draft, 1);
        draft->keys_touched = true;
        if (!key)
            return;
        key->name = name;
        key->primary = turn == 0;
        sg_draft_add_key_column(draft, key, def->name.text);
    }
}

/* A column has another name now, or (empty) is gone. */
void sg_draft_change_in_keys(struct sg_draft *draft, struct sg_slice old, struct sg_slice name)
{
    struct sg_table_key *next;
    sg_ddl_detail_column(&draft->detail, old, name);
    for (struct sg_table_key *key = draft->keys; key; key = next) {
        struct sg_slice *columns = (struct sg_slice *)(uintptr_t)key->columns;
        uint32_t kept = 0;
        next = (struct sg_table_key *)(uintptr_t)key->next;
        for (uint32_t i = 0; i < key->column_count; i++) {
            bool meant = same(draft->run, columns[i], old);
            if (!meant)
                columns[kept++] = columns[i];
            else if (name.size)
                columns[kept++] = sg_arena_copy(draft->run->keys, name);
        }
        key->column_count = kept;
        if (kept == 0 && key->plain)
            sg_draft_remove_key(draft, key);
    }
}

static void copy_keys(struct sg_draft *draft, const struct sg_table_keys *keys)
{
    draft->keys_known = keys != NULL;
    for (const struct sg_table_key *it = keys ? keys->first : NULL; it; it = it->next) {
        struct sg_table_key *key = sg_draft_append_key(draft, it->column_count);
        if (!key)
            return;
        key->name = it->name;
        key->primary = it->primary;
        key->plain = it->plain;
        for (uint32_t i = 0; i < it->column_count; i++)
            ((struct sg_slice *)(uintptr_t)key->columns)[key->column_count++] = it->columns[i];
    }
}

/* The server's choice: the primary key, else the first unique key without NULLs and prefixes. */
static const struct sg_table_key *row_key(const struct sg_draft *draft)
{
    const struct sg_table_key *key = sg_draft_find_key(draft, SG_SLICE_EMPTY, true);
    if (key)
        return key;
    for (key = draft->keys; key; key = key->next) {
        bool fits = key->plain;
        for (uint32_t i = 0; fits && i < key->column_count; i++) {
            size_t at = sg_draft_find_column(draft, key->columns[i]);
            fits = at < draft->count && !(draft->columns[at].spec.flags & SG_COLUMN_NULLABLE);
        }
        if (fits)
            return key;
    }
    return NULL;
}

static bool has_rowid(const struct sg_draft *draft)
{
    if (draft->table.kind != SG_TABLE_BASE)
        return false;
    if (!draft->keys_known) /* a snapshot's table: rather resolve too much */
        return draft->table.rowid || draft->keys_touched;
    const struct sg_table_key *key = row_key(draft);
    if (!key || key->column_count != 1 || !key->plain)
        return false;
    size_t at = sg_draft_find_column(draft, key->columns[0]);
    return at < draft->count && sg_column_type_is_integer(draft->columns[at].spec.type);
}

/* False: MySQL's error 1171, since 5.7; MariaDB forbids NULL also where it was asked for. */
static bool forbid_null_in_primary(struct sg_draft *draft)
{
    bool is_mariadb = draft->run->context->server->flavour == SG_FLAVOUR_MARIADB;
    const struct sg_table_key *primary = sg_draft_find_key(draft, SG_SLICE_EMPTY, true);
    for (uint32_t i = 0; primary && i < primary->column_count; i++) {
        size_t at = sg_draft_find_column(draft, primary->columns[i]);
        if (at < draft->count && draft->columns[at].says_null && !is_mariadb)
            return false;
        if (at < draft->count)
            draft->columns[at].spec.flags &= ~(uint32_t)SG_COLUMN_NULLABLE;
    }
    return true;
}

/* --- columns ------------------------------------------------------------------------------- */

/* explicit_defaults_for_timestamp is ON since MySQL 8.0.2 and MariaDB 10.10. */
static bool timestamps_are_not_null(const struct sg_server *server)
{
    return server->version < (server->flavour == SG_FLAVOUR_MARIADB ? 101000u : 80002u);
}

struct sg_column_spec sg_draft_column(const struct sg_ddl_run *run, const struct sg_column_def *def)
{
    const uint32_t not_null = SG_OPTION_NOT_NULL | SG_OPTION_PRIMARY | SG_OPTION_SERIAL |
                              SG_OPTION_AUTO_INCREMENT | SG_OPTION_ROW_START | SG_OPTION_ROW_END;
    const uint32_t generated = SG_OPTION_GENERATED | SG_OPTION_ROW_START | SG_OPTION_ROW_END;
    struct sg_column_spec spec = {
        .name = def->name.text,
        .type = sg_column_type(def->type, run->context->server, run->arena),
    };
    bool old_timestamp = sg_fold_equal(def->type_word, SG_SLICE_LITERAL("timestamp")) &&
                         !(def->flags & SG_OPTION_NULL) &&
                         timestamps_are_not_null(run->context->server);
    if (!(def->flags & not_null) && !old_timestamp)
        spec.flags |= SG_COLUMN_NULLABLE;
    if (def->flags & generated)
        spec.flags |= SG_COLUMN_GENERATED;
    if (def->flags & SG_OPTION_INVISIBLE)
        spec.flags |= SG_COLUMN_INVISIBLE;
    spec.detail = sg_ddl_column_detail(run, def, spec.type, &spec.flags);
    return spec;
}

void sg_draft_define_column(struct sg_draft *draft, const struct sg_column_def *def, size_t at)
{
    struct sg_draft_column column = {.spec = sg_draft_column(draft->run, def),
                                     .says_null = (def->flags & SG_OPTION_NULL) != 0};
    if (def->flags & (SG_OPTION_ROW_START | SG_OPTION_ROW_END))
        draft->has_period_columns = true;
    if (def->flags & SG_OPTION_VERSIONED)
        draft->table.kind = SG_TABLE_VERSIONED;
    sg_draft_insert(draft, at, column);
    sg_draft_add_column_key(draft, def);
}

/* MariaDB, "Application-Time Periods": their columns are NOT NULL. */
void sg_draft_define_period(struct sg_draft *draft, const struct sg_name *start,
                            const struct sg_name *end)
{
    const struct sg_name *const names[] = {start, end};
    for (size_t i = 0; i < 2; i++) {
        size_t at =
            sg_name_is_set(names[i]) ? sg_draft_find_column(draft, names[i]->text) : draft->count;
        if (at < draft->count)
            draft->columns[at].spec.flags &= ~(uint32_t)SG_COLUMN_NULLABLE;
    }
}

/* MariaDB: the two columns of a versioned table that names none of its own. */
static void add_implicit_period(struct sg_draft *draft)
{
    static const char *const NAMES[] = {"row_start", "row_end"};
    if (draft->table.kind != SG_TABLE_VERSIONED || draft->has_period_columns)
        return;
    for (size_t i = 0; i < 2; i++) {
        if (sg_draft_find_column(draft, sg_slice_of(NAMES[i])) < draft->count)
            continue;
        sg_draft_insert(draft, draft->count,
                        (struct sg_draft_column){
                            .spec = {sg_slice_of(NAMES[i]), SG_SLICE_LITERAL("timestamp(6)"),
                                     SG_COLUMN_SYSTEM | SG_COLUMN_INVISIBLE, NULL}});
    }
}

/* --- from and to the schema ---------------------------------------------------------------- */

void sg_draft_open(struct sg_draft *draft, const struct sg_table *table)
{
    sg_ddl_detail_open(&draft->detail, draft->run, table, table->database, table->name);
    draft->table = (struct sg_table_spec){.database = table->database,
                                          .name = table->name,
                                          .kind = table->kind,
                                          .knowledge = table->knowledge,
                                          .rowid = table->rowid};
    copy_keys(draft, table->keys);
    for (size_t i = 0; i < table->column_count; i++) {
        const struct sg_column *column = &table->columns[i];
        if (column->flags & SG_COLUMN_SYSTEM)
            continue; /* made anew at the end */
        bool own_period = table->kind == SG_TABLE_VERSIONED &&
                          (column->flags & SG_COLUMN_GENERATED) &&
                          !(column->flags & SG_COLUMN_NULLABLE);
        draft->has_period_columns = draft->has_period_columns || own_period;
        sg_draft_insert(draft, draft->count,
                        (struct sg_draft_column){
                            .spec = {column->name, column->type, column->flags, column->detail},
                            .old_name = column->name});
    }
}

const char *sg_draft_put(struct sg_draft *draft)
{
    struct sg_ddl_run *run = draft->run;
    struct sg_table_keys *keys = NULL;
    if (!forbid_null_in_primary(draft))
        return "a primary key over a column that may be NULL";
    add_implicit_period(draft);
    struct sg_column_spec *columns = sg_arena_array(run->arena, draft->count + 1, sizeof *columns);
    if (draft->keys_known)
        keys = sg_arena_alloc(run->keys, sizeof *keys);
    if (!columns || run->arena->exhausted || run->keys->exhausted)
        return "memory is out";
    if (keys)
        keys->first = draft->keys;
    for (size_t i = 0; i < draft->count; i++)
        columns[i] = draft->columns[i].spec;
    draft->table.columns = columns;
    draft->table.column_count = draft->count;
    for (size_t i = 0; i < draft->count; i++)
        sg_ddl_detail_fit(&draft->detail, columns[i].name, columns[i].type);
    draft->table.detail = sg_ddl_detail_close(&draft->detail);
    draft->table.rowid = has_rowid(draft);
    if (sg_schema_builder_put(run->builder, &draft->table, keys, NULL) != SG_OK)
        return "two columns of one name";
    return NULL;
}
