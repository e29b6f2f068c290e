/* Drizzle's declarations; see drizzle.h. What drizzle-kit takes of a file are the tables and views
 * that it exports; `casing` is that of a drizzle.config.ts beside it or above it.
 */
#include "sources/drizzle_private.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLDERS_UP 5

static void drizzle_init(struct drizzle *drizzle, struct orm *orm, bool reads_files)
{
    *drizzle = (struct drizzle){.orm = orm, .arena = orm->arena};
    ts_eval_init(&drizzle->eval, orm, &drizzle_host, drizzle);
    drizzle->eval.reads_files = reads_files;
}

/* --- casing -------------------------------------------------------------------------------- */

static void take_casing(struct drizzle *drizzle, struct ts_value *config)
{
    struct ts_value *casing = ts_property(config, "casing");
    if (!casing)
        return;
    if (casing->kind == TS_VALUE_UNKNOWN)
        drizzle_tell(drizzle, casing, "the option", SG_SLICE_LITERAL("casing"));
    else if (casing->kind == TS_VALUE_STRING &&
             sg_slice_equal(casing->text, SG_SLICE_LITERAL("snake_case")))
        drizzle->casing = DRIZZLE_SNAKE_CASE;
    else if (casing->kind == TS_VALUE_STRING &&
             sg_slice_equal(casing->text, SG_SLICE_LITERAL("camelCase")))
        drizzle->casing = DRIZZLE_CAMEL_CASE;
}

/* "src/db/drizzle.config.ts", "src/db/../drizzle.config.ts" ...; in the arena, NULL: none. */
static const char *find_config(struct drizzle *drizzle, const char *path)
{
    static const char *const NAMES[] = {"drizzle.config.ts", "drizzle.config.mts",
                                        "drizzle.config.js", "drizzle.config.mjs"};
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) + 1 : 0;
    struct sg_slice up = SG_SLICE_EMPTY;
    for (int level = 0; level <= FOLDERS_UP; level++) {
        for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
            struct sg_slice name =
                orm_format(drizzle->arena, "%.*s%.*s%s", folder, path, ORM_TEXT(up), NAMES[i]);
            if (name.data && access(name.data, R_OK) == 0)
                return name.data;
        }
        up = orm_format(drizzle->arena, "%.*s../", ORM_TEXT(up));
    }
    return NULL;
}

static void read_config(struct drizzle *drizzle, const char *path)
{
    struct sg_error error = {.status = SG_OK};
    const char *name = find_config(drizzle, path);
    struct ts_module *module = name ? ts_module_read(&drizzle->eval, name, &error) : NULL;
    if (module)
        take_casing(drizzle,
                    ts_module_export(&drizzle->eval, module, SG_SLICE_LITERAL(TS_DEFAULT_NAME),
                                     (struct orm_place){name, 1}));
}

/* --- exports ------------------------------------------------------------------------------- */

static void mark_exported(const struct orm_list *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        const struct ts_value *value = ((const struct ts_entry *)entries->items[i])->value;
        if (drizzle_is(value, DRIZZLE_TABLE) && value->data)
            ((struct drizzle_table *)value->data)->is_exported = true;
    }
}

static bool is_listed(const struct orm_list *seen, const void *item)
{
    for (size_t i = 0; i < seen->count; i++) {
        if (seen->items[i] == item)
            return true;
    }
    return false;
}

/* A value that cannot be told matters when it is of a table, and is worth a word when it might be:
 * not when it is a package's. */
static void take_unknown(struct drizzle *drizzle, struct ts_value *value,
                         const struct ts_entry *entry)
{
    if (value->is_table) {
        drizzle_tell(drizzle, value, "what is exported as", entry->key);
    } else if (!value->is_told && value->tag != DRIZZLE_OTHER) {
        value->is_told = true;
        orm_note(drizzle->orm, value->place,
                 "%.*s is passed over: %.*s; were it a table, it would be missing here",
                 ORM_TEXT(entry->key), ORM_TEXT(value->text));
    }
}

static void take_entry(struct drizzle *drizzle, const struct ts_entry *entry, struct orm_list *seen)
{
    struct ts_value *value = entry->value;
    if (value->kind == TS_VALUE_UNKNOWN) {
        take_unknown(drizzle, value, entry);
        return;
    }
    if (value->kind != TS_VALUE_HOST || !value->data || is_listed(seen, value->data))
        return;
    if (value->tag == DRIZZLE_TABLE || value->tag == DRIZZLE_VIEW)
        (void)orm_push(drizzle->arena, seen, value->data);
    if (value->tag == DRIZZLE_TABLE)
        drizzle_add_table(drizzle, value->data);
    else if (value->tag == DRIZZLE_VIEW)
        drizzle_add_view(drizzle, value->data);
}

/* Tables that a file keeps to itself: drizzle-kit does not see them. */
static void note_unexported(struct drizzle *drizzle, struct ts_module *module)
{
    for (size_t i = 0; i < module->bindings.count; i++) {
        const struct ts_binding *binding = module->bindings.items[i];
        const struct ts_value *value = binding->value;
        if (binding->node->kind == TS_CALL && !value)
            value = ts_module_value(&drizzle->eval, module, binding->name);
        if (!value || !drizzle_is(value, DRIZZLE_TABLE) || !value->data)
            continue;
        const struct drizzle_table *table = value->data;
        if (!table->is_exported)
            orm_note(drizzle->orm, table->place,
                     "table `%.*s` is declared and not exported, so drizzle-kit does not see it; "
                     "neither is it taken here",
                     ORM_TEXT(table->name));
    }
}

static void take_modules(struct drizzle *drizzle, const struct orm_list *modules)
{
    struct orm_list entries = {0};
    struct orm_list seen = {0};
    for (size_t i = 0; i < modules->count; i++)
        ts_module_exports(&drizzle->eval, modules->items[i], &entries);
    if (drizzle->arena->exhausted)
        return;
    mark_exported(&entries);
    for (size_t i = 0; i < entries.count; i++)
        take_entry(drizzle, entries.items[i], &seen);
    for (size_t i = 0; i < modules->count; i++)
        note_unexported(drizzle, modules->items[i]);
}

/* --- the doors ----------------------------------------------------------------------------- */

void drizzle_read_text(struct orm *orm, struct sg_slice text, const char *name)
{
    struct drizzle drizzle;
    struct orm_list modules = {0};
    drizzle_init(&drizzle, orm, false);
    struct ts_module *module = ts_module_of(&drizzle.eval, text, name);
    if (module && orm_push(orm->arena, &modules, module))
        take_modules(&drizzle, &modules);
}

enum sg_status drizzle_read(struct orm *orm, const char *const *paths, size_t count,
                            struct sg_error *error)
{
    struct drizzle drizzle;
    struct orm_list modules = {0};
    drizzle_init(&drizzle, orm, true);
    for (size_t i = 0; i < count; i++) {
        struct ts_module *module = ts_module_read(&drizzle.eval, paths[i], error);
        if (!module && orm->arena->exhausted)
            return sg_error_set(error, SG_LIMIT, "%s: needs more memory than allowed", paths[i]);
        if (!module)
            return SG_SYSTEM;
        (void)orm_push(orm->arena, &modules, module);
    }
    if (count > 0)
        read_config(&drizzle, paths[0]);
    take_modules(&drizzle, &modules);
    return SG_OK;
}
