/* An ORM's declarations as SQL; see orm.h. */
#include "sources/orm.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define MESSAGE_MAX 400

/* --- telling ------------------------------------------------------------------------------- */

void orm_init(struct orm *orm, struct sg_arena *arena, orm_report_fn report, void *data)
{
    *orm = (struct orm){.arena = arena, .report = report, .data = data};
}

void orm_problem(struct orm *orm, struct orm_place place, const char *format, ...)
{
    char text[MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (orm->problems++ == 0) {
        (void)sg_error_set(&orm->first, SG_INVALID, "%s", text);
        if (place.line)
            sg_error_at(&orm->first, "%s:%u", place.file, place.line);
        else
            sg_error_at(&orm->first, "%s", place.file);
    } else if (orm->report) {
        orm->report(orm->data, &place, true, text);
    }
}

void orm_note(struct orm *orm, struct orm_place place, const char *format, ...)
{
    char text[MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (orm->report)
        orm->report(orm->data, &place, false, text);
}

enum sg_status orm_finish(const struct orm *orm, const char *name, struct sg_error *error)
{
    if (orm->arena->exhausted)
        return sg_error_set(error, SG_LIMIT, "%s: needs more memory than allowed", name);
    if (orm->problems == 1)
        return sg_error_set(error, SG_INVALID, "%s", orm->first.message);
    if (orm->problems > 1)
        return sg_error_set(error, SG_INVALID, "%.400s (and %zu more like it)", orm->first.message,
                            orm->problems - 1);
    if (orm->tables.count == 0)
        return sg_error_set(error, SG_INVALID, "%s: no table is declared here", name);
    return SG_OK;
}

/* --- lists and text ------------------------------------------------------------------------ */

bool orm_push(struct sg_arena *arena, struct orm_list *list, void *item)
{
    if (list->count == list->room) {
        size_t room = list->room ? list->room * 2 : 4;
        void **grown = sg_arena_array(arena, room, sizeof *grown);
        if (!grown)
            return false;
        if (list->count)
            memcpy(grown, list->items, list->count * sizeof *grown);
        list->items = grown;
        list->room = room;
    }
    list->items[list->count++] = item;
    return true;
}

bool orm_push_text(struct sg_arena *arena, struct orm_list *list, struct sg_slice text)
{
    struct sg_slice *item = sg_arena_alloc(arena, sizeof *item);
    if (!item)
        return false;
    *item = text;
    return orm_push(arena, list, item);
}

struct sg_slice orm_text_at(const struct orm_list *list, size_t index)
{
    return *(const struct sg_slice *)list->items[index];
}

struct sg_slice orm_format(struct sg_arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = size >= 0 ? sg_arena_alloc(arena, (size_t)size + 1) : NULL;
    if (!text)
        return SG_SLICE_EMPTY;
    va_start(arguments, format);
    (void)vsnprintf(text, (size_t)size + 1, format, arguments);
    va_end(arguments);
    return sg_slice_make(text, (size_t)size);
}

static struct sg_slice quote(struct sg_arena *arena, struct sg_slice text, char mark)
{
    size_t size = text.size + 2;
    for (size_t i = 0; i < text.size; i++)
        size += text.data[i] == mark;
    char *quoted = sg_arena_alloc(arena, size + 1);
    if (!quoted)
        return SG_SLICE_EMPTY;
    char *at = quoted;
    *at++ = mark;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == mark)
            *at++ = mark;
        *at++ = text.data[i];
    }
    *at = mark;
    return sg_slice_make(quoted, size);
}

struct sg_slice orm_quote_name(struct sg_arena *arena, struct sg_slice name)
{
    return quote(arena, name, '`');
}

struct sg_slice orm_quote_string(struct sg_arena *arena, struct sg_slice text)
{
    return quote(arena, text, '\'');
}

struct sg_slice orm_join(struct sg_arena *arena, const struct orm_list *list, const char *between)
{
    size_t gap = strlen(between);
    size_t size = 0;
    for (size_t i = 0; i < list->count; i++)
        size += orm_text_at(list, i).size + (i ? gap : 0);
    char *joined = sg_arena_alloc(arena, size + 1);
    char *at = joined;
    for (size_t i = 0; joined && i < list->count; i++) {
        struct sg_slice item = orm_text_at(list, i);
        if (i) {
            memcpy(at, between, gap);
            at += gap;
        }
        if (item.size)
            memcpy(at, item.data, item.size);
        at += item.size;
    }
    return joined ? sg_slice_make(joined, size) : SG_SLICE_EMPTY;
}

enum sg_status orm_read_file(struct sg_arena *arena, const char *path, struct sg_slice *text_out,
                             struct sg_error *error)
{
    struct stat about;
    FILE *file = fopen(path, "re");
    if (!file)
        return sg_error_set(error, SG_SYSTEM, "%s: %s", path, strerror(errno));
    bool plain = fstat(fileno(file), &about) == 0 && S_ISREG(about.st_mode);
    size_t size = plain ? (size_t)about.st_size : 0;
    char *text = size < ORM_FILE_MAX_BYTES ? sg_arena_alloc(arena, size + 1) : NULL;
    size_t got = text ? fread(text, 1, size, file) : 0;
    bool failed = ferror(file) != 0;
    (void)fclose(file);
    if (!plain || !text || failed)
        return sg_error_set(error, SG_SYSTEM, "%s: cannot be read, or is too large", path);
    *text_out = sg_slice_make(text, got);
    return SG_OK;
}

/* --- declarations -------------------------------------------------------------------------- */

static uint32_t hash_of(struct sg_slice name)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < name.size; i++)
        hash = (hash ^ (unsigned char)name.data[i]) * 16777619U;
    return hash;
}

struct orm_table *orm_find_table(const struct orm *orm, struct sg_slice database,
                                 struct sg_slice name)
{
    uint32_t hash = hash_of(name);
    for (size_t i = 0; i < orm->tables.count; i++) {
        struct orm_table *table = orm->tables.items[i];
        if (table->hash == hash && sg_slice_equal(table->name, name) &&
            sg_slice_equal(table->database, database))
            return table;
    }
    return NULL;
}

struct orm_table *orm_add_table(struct orm *orm, struct sg_slice database, struct sg_slice name,
                                struct orm_place place)
{
    const struct orm_table *other = orm_find_table(orm, database, name);
    if (other) {
        orm_problem(orm, place, "table `%.*s` is declared twice, first at %s:%u; keep one",
                    ORM_TEXT(name), other->place.file, other->place.line);
        return NULL;
    }
    struct orm_table *table = sg_arena_alloc(orm->arena, sizeof *table);
    if (!table || !orm_push(orm->arena, &orm->tables, table))
        return NULL;
    table->database = database;
    table->name = name;
    table->place = place;
    table->hash = hash_of(name);
    return table;
}

/* Column names are the same without regard to the case of their letters. */
struct orm_column *orm_find_column(const struct orm_table *table, struct sg_slice name)
{
    for (size_t i = 0; i < table->columns.count; i++) {
        struct orm_column *column = table->columns.items[i];
        if (column->name.size == name.size && name.size > 0 &&
            strncasecmp(column->name.data, name.data, name.size) == 0)
            return column;
    }
    return NULL;
}

void orm_add_column(struct orm *orm, struct orm_table *table, const struct orm_column *column)
{
    const struct orm_column *other = orm_find_column(table, column->name);
    if (other) {
        orm_problem(orm, column->place,
                    "fields %.*s and %.*s of table `%.*s` both stand for column `%.*s` (the other "
                    "one is at line %u); give each a column of its own",
                    ORM_TEXT(other->field), ORM_TEXT(column->field), ORM_TEXT(table->name),
                    ORM_TEXT(column->name), other->place.line);
        return;
    }
    if (table->columns.count >= ORM_COLUMNS_MAX) {
        if (table->columns.count == ORM_COLUMNS_MAX)
            orm_problem(orm, column->place, "table `%.*s` has more than %d columns",
                        ORM_TEXT(table->name), ORM_COLUMNS_MAX);
        return;
    }
    struct orm_column *copy = sg_arena_alloc(orm->arena, sizeof *copy);
    if (!copy)
        return;
    *copy = *column;
    (void)orm_push(orm->arena, &table->columns, copy);
}

/* --- as SQL -------------------------------------------------------------------------------- */

static struct sg_slice table_name(struct sg_arena *arena, struct sg_slice database,
                                  struct sg_slice name)
{
    struct sg_slice quoted = orm_quote_name(arena, name);
    if (database.size == 0)
        return quoted;
    return orm_format(arena, "%.*s.%.*s", ORM_TEXT(orm_quote_name(arena, database)),
                      ORM_TEXT(quoted));
}

static struct sg_slice names(struct sg_arena *arena, const struct orm_list *list)
{
    struct orm_list quoted = {0};
    for (size_t i = 0; i < list->count; i++)
        (void)orm_push_text(arena, &quoted, orm_quote_name(arena, orm_text_at(list, i)));
    return orm_join(arena, &quoted, ", ");
}

static struct sg_slice clause(struct sg_arena *arena, const char *word, struct sg_slice what)
{
    return what.size ? orm_format(arena, " %s %.*s", word, ORM_TEXT(what)) : SG_SLICE_EMPTY;
}

static struct sg_slice column_sql(struct sg_arena *arena, const struct orm_column *column)
{
    struct sg_slice generated = SG_SLICE_EMPTY;
    if (column->generated.size)
        generated = orm_format(arena, " GENERATED ALWAYS AS (%.*s) %s", ORM_TEXT(column->generated),
                               column->stored ? "STORED" : "VIRTUAL");
    return orm_format(arena, "%.*s %.*s%.*s%s%s%.*s%.*s",
                      ORM_TEXT(orm_quote_name(arena, column->name)), ORM_TEXT(column->type),
                      ORM_TEXT(generated), column->not_null ? " NOT NULL" : "",
                      column->auto_increment ? " AUTO_INCREMENT" : "",
                      ORM_TEXT(clause(arena, "DEFAULT", column->default_value)),
                      ORM_TEXT(clause(arena, "ON UPDATE", column->on_update)));
}

static const char *key_words(enum orm_key_kind kind)
{
    switch (kind) {
    case ORM_KEY_PRIMARY:
        return "PRIMARY KEY";
    case ORM_KEY_UNIQUE:
        return "UNIQUE INDEX";
    case ORM_KEY_INDEX:
        return "INDEX";
    case ORM_KEY_FULLTEXT:
        return "FULLTEXT INDEX";
    }
    return "";
}

static struct sg_slice key_sql(struct sg_arena *arena, const struct orm_key *key)
{
    struct sg_slice parts = orm_join(arena, &key->parts, ", ");
    if (key->kind == ORM_KEY_PRIMARY)
        return orm_format(arena, "PRIMARY KEY (%.*s)", ORM_TEXT(parts));
    return orm_format(arena, "%s %.*s (%.*s)", key_words(key->kind),
                      ORM_TEXT(orm_quote_name(arena, key->name)), ORM_TEXT(parts));
}

static struct sg_slice table_sql(struct sg_arena *arena, const struct orm_table *table)
{
    struct orm_list lines = {0};
    for (size_t i = 0; i < table->columns.count; i++)
        (void)orm_push_text(arena, &lines, column_sql(arena, table->columns.items[i]));
    for (size_t i = 0; i < table->keys.count; i++) {
        const struct orm_key *key = table->keys.items[i];
        if (!key->behind)
            (void)orm_push_text(arena, &lines, key_sql(arena, key));
    }
    for (size_t i = 0; i < table->checks.count; i++) {
        const struct orm_check *check = table->checks.items[i];
        (void)orm_push_text(arena, &lines,
                            orm_format(arena, "CONSTRAINT %.*s CHECK (%.*s)",
                                       ORM_TEXT(orm_quote_name(arena, check->name)),
                                       ORM_TEXT(check->expression)));
    }
    return orm_format(arena, "CREATE TABLE %.*s (%.*s)%.*s",
                      ORM_TEXT(table_name(arena, table->database, table->name)),
                      ORM_TEXT(orm_join(arena, &lines, ", ")),
                      ORM_TEXT(clause(arena, "", table->options)));
}

static struct sg_slice foreign_key_sql(struct sg_arena *arena, const struct orm_table *table,
                                       const struct orm_foreign_key *key)
{
    struct sg_slice other = key->database.size ? key->database : table->database;
    return orm_format(
        arena,
        "ALTER TABLE %.*s ADD CONSTRAINT %.*s FOREIGN KEY (%.*s) REFERENCES %.*s (%.*s)%.*s%.*s",
        ORM_TEXT(table_name(arena, table->database, table->name)),
        ORM_TEXT(orm_quote_name(arena, key->name)), ORM_TEXT(names(arena, &key->columns)),
        ORM_TEXT(table_name(arena, other, key->table)), ORM_TEXT(names(arena, &key->others)),
        ORM_TEXT(clause(arena, "ON DELETE", key->on_delete)),
        ORM_TEXT(clause(arena, "ON UPDATE", key->on_update)));
}

static struct sg_slice index_sql(struct sg_arena *arena, const struct orm_table *table,
                                 const struct orm_key *key)
{
    return orm_format(arena, "CREATE %s %.*s ON %.*s (%.*s)", key_words(key->kind),
                      ORM_TEXT(orm_quote_name(arena, key->name)),
                      ORM_TEXT(table_name(arena, table->database, table->name)),
                      ORM_TEXT(orm_join(arena, &key->parts, ", ")));
}

/* A view whose query is not told selects from a database of which nothing is known: to the engine
 * it is there, and no more can be said of it. */
static struct sg_slice view_sql(struct sg_arena *arena, const struct orm_view *view)
{
    struct sg_slice definition = view->definition;
    if (definition.size == 0)
        definition = SG_SLICE_LITERAL("SELECT * FROM `not told`.`not told`");
    return orm_format(arena, "CREATE VIEW %.*s AS %.*s",
                      ORM_TEXT(table_name(arena, view->database, view->name)),
                      ORM_TEXT(definition));
}

struct statement_run {
    const struct orm *orm;
    orm_statement_fn take;
    void *data;
    struct sg_error *error;
};

static enum sg_status tell(const struct statement_run *run, const struct orm_place *place,
                           struct sg_slice sql)
{
    if (run->orm->arena->exhausted)
        return sg_error_set(run->error, SG_LIMIT, "%s: needs more memory than allowed",
                            place->file);
    return run->take(run->data, place, sql, run->error);
}

static enum sg_status tell_databases(const struct statement_run *run)
{
    struct sg_arena *arena = run->orm->arena;
    struct sg_slice last = SG_SLICE_EMPTY;
    enum sg_status status = SG_OK;
    for (size_t i = 0; status == SG_OK && i < run->orm->tables.count; i++) {
        const struct orm_table *table = run->orm->tables.items[i];
        if (table->database.size == 0 || sg_slice_equal(table->database, last))
            continue;
        last = table->database;
        status = tell(run, &table->place,
                      orm_format(arena, "CREATE DATABASE IF NOT EXISTS %.*s",
                                 ORM_TEXT(orm_quote_name(arena, last))));
    }
    return status;
}

static enum sg_status tell_indexes(const struct statement_run *run, const struct orm_table *table)
{
    enum sg_status status = SG_OK;
    for (size_t i = 0; status == SG_OK && i < table->keys.count; i++) {
        const struct orm_key *key = table->keys.items[i];
        if (key->behind)
            status = tell(run, &key->place, index_sql(run->orm->arena, table, key));
    }
    return status;
}

static enum sg_status tell_foreign_keys(const struct statement_run *run,
                                        const struct orm_table *table)
{
    enum sg_status status = SG_OK;
    for (size_t i = 0; status == SG_OK && i < table->foreign_keys.count; i++) {
        const struct orm_foreign_key *key = table->foreign_keys.items[i];
        status = tell(run, &key->place, foreign_key_sql(run->orm->arena, table, key));
    }
    return status;
}

enum sg_status orm_statements(const struct orm *orm, orm_statement_fn take, void *data,
                              struct sg_error *error)
{
    const struct statement_run run = {orm, take, data, error};
    enum sg_status status = tell_databases(&run);
    for (size_t i = 0; status == SG_OK && i < orm->tables.count; i++) {
        const struct orm_table *table = orm->tables.items[i];
        status = tell(&run, &table->place, table_sql(orm->arena, table));
    }
    for (size_t i = 0; status == SG_OK && i < orm->tables.count; i++)
        status = tell_foreign_keys(&run, orm->tables.items[i]);
    for (size_t i = 0; status == SG_OK && i < orm->tables.count; i++)
        status = tell_indexes(&run, orm->tables.items[i]);
    for (size_t i = 0; status == SG_OK && i < orm->views.count; i++) {
        const struct orm_view *view = orm->views.items[i];
        status = tell(&run, &view->place, view_sql(orm->arena, view));
    }
    return status;
}
