/* Files that import each other; see ts_module.h. Relative paths only: where other names lead to is
 * told by package managers and bundlers.
 */
#include "sources/ts_module.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MODULES_MAX 2000

/* --- reading ------------------------------------------------------------------------------- */

static struct ts_module *find_module(const struct ts_eval *eval, const char *name)
{
    for (size_t i = 0; i < eval->modules.count; i++) {
        struct ts_module *module = eval->modules.items[i];
        if (strcmp(module->file.name, name) == 0)
            return module;
    }
    return NULL;
}

struct ts_module *ts_module_of(struct ts_eval *eval, struct sg_slice text, const char *name)
{
    struct ts_module *module = sg_arena_alloc(eval->arena, sizeof *module);
    if (!module)
        return NULL;
    ts_parse(eval->orm, text, name, &module->file);
    ts_module_bind(eval, module);
    if (!module->scope || !orm_push(eval->arena, &eval->modules, module))
        return NULL;
    return module;
}

struct ts_module *ts_module_read(struct ts_eval *eval, const char *path, struct sg_error *error)
{
    struct sg_slice text;
    struct ts_module *module = find_module(eval, path);
    if (module)
        return module;
    if (eval->modules.count >= MODULES_MAX) {
        (void)sg_error_set(error, SG_LIMIT, "%s: more than %d files", path, MODULES_MAX);
        return NULL;
    }
    if (eval->orm->opened)
        eval->orm->opened(eval->orm->data, path);
    if (orm_read_file(eval->arena, path, &text, error) != SG_OK)
        return NULL;
    return ts_module_of(eval, text, sg_arena_copy(eval->arena, sg_slice_of(path)).data);
}

/* --- finding ------------------------------------------------------------------------------- */

static bool is_file(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

/* "./users", "./users.js" (which may be users.ts before it is built), "./folder". NULL: there is no
 * such file. In the arena. */
static const char *find_file(struct ts_eval *eval, const char *importer, struct sg_slice module)
{
    static const char *const TAILS[] = {"",           ".ts",       ".mts",      ".cts",
                                        ".js",        ".mjs",      ".cjs",      "/index.ts",
                                        "/index.mts", "/index.js", "/index.mjs"};
    const char *slash = strrchr(importer, '/');
    int folder = slash ? (int)(slash - importer) + 1 : 0;
    while (module.size > 2 && module.data[0] == '.' && module.data[1] == '/')
        module = sg_slice_make(module.data + 2, module.size - 2);
    struct sg_slice base = orm_format(eval->arena, "%.*s%.*s", folder, importer, ORM_TEXT(module));
    for (size_t i = 0; base.data && i < sizeof TAILS / sizeof TAILS[0]; i++) {
        struct sg_slice path = orm_format(eval->arena, "%.*s%s", ORM_TEXT(base), TAILS[i]);
        if (path.data && is_file(path.data))
            return path.data;
    }
    for (size_t dot = base.size; base.data && dot > base.size - 4 && dot > 3; dot--) {
        if (memcmp(base.data + dot - 3, ".js", 3) != 0 &&
            memcmp(base.data + dot - 3, ".mj", 3) != 0)
            continue;
        struct sg_slice path = orm_format(eval->arena, "%.*s%s", (int)(dot - 3), base.data,
                                          base.data[dot - 2] == 'm' ? ".mts" : ".ts");
        if (path.data && is_file(path.data))
            return path.data;
    }
    return NULL;
}

static struct ts_module *other_file(struct ts_eval *eval, const struct ts_module *from,
                                    struct sg_slice name, struct orm_place place,
                                    struct ts_value **unknown_out)
{
    struct sg_error error = {.status = SG_OK};
    struct ts_module *module = NULL;
    if (!eval->reads_files) {
        *unknown_out = ts_unknown(eval, place, "\"%.*s\" is not read here", ORM_TEXT(name));
        return NULL;
    }
    const char *path = find_file(eval, from->file.name, name);
    if (path)
        module = ts_module_read(eval, path, &error);
    if (!module)
        *unknown_out =
            ts_unknown(eval, place, "\"%.*s\" cannot be read%s%s", ORM_TEXT(name),
                       error.status == SG_OK ? ": there is no such file" : ": ", error.message);
    return module;
}

static bool is_relative(struct sg_slice name)
{
    return name.size > 0 && name.data[0] == '.';
}

struct ts_value *ts_import_value(struct ts_eval *eval, const struct ts_module *from,
                                 struct sg_slice module, struct sg_slice name,
                                 struct orm_place place)
{
    struct ts_value *unknown = NULL;
    if (!is_relative(module))
        return eval->host->import(eval, module, name, place);
    struct ts_module *other = other_file(eval, from, module, place, &unknown);
    if (!other)
        return unknown;
    if (name.size > 0)
        return ts_module_export(eval, other, name, place);
    struct ts_value *value = ts_value_new(eval, TS_VALUE_MODULE);
    if (value->kind == TS_VALUE_MODULE)
        value->data = other;
    return value;
}

struct ts_value *ts_module_member(struct ts_eval *eval, struct ts_value *module,
                                  struct sg_slice name, struct orm_place place)
{
    return ts_module_export(eval, module->data, name, place);
}

/* --- exports ------------------------------------------------------------------------------- */

/* Where an exported name leads to; found without asking for any value, since values may need this
 * very module again. */
struct target {
    struct ts_module *module;
    struct sg_slice package; /* not empty: a package's, re-exported */
    struct sg_slice name;
    struct sg_slice as;
    struct orm_place place;
    struct ts_value *unknown; /* NULL, or why it cannot be told */
};

static struct ts_value *value_of_target(struct ts_eval *eval, const struct target *target)
{
    if (target->unknown)
        return target->unknown;
    if (target->package.size > 0)
        return eval->host->import(eval, target->package, target->name, target->place);
    struct ts_value *value = ts_module_value(eval, target->module, target->name);
    return value ? value
                 : ts_unknown(eval, target->place, "there is no %.*s in %s", ORM_TEXT(target->name),
                              target->module->file.name);
}

static bool is_everything(const struct ts_export *item)
{
    return item->name.size == 0 && item->as.size == 0;
}

static bool find_export(struct ts_eval *eval, struct ts_module *module, struct sg_slice name,
                        struct target *out);

/* One export of a module, when it is of that name or of all of another module's. */
static bool follow_export(struct ts_eval *eval, struct ts_module *module,
                          const struct ts_export *item, struct sg_slice name, struct target *out)
{
    *out = (struct target){
        .module = module, .name = item->name, .as = name, .place = {module->file.name, item->line}};
    if (item->module.size == 0)
        return true;
    if (!is_relative(item->module)) {
        out->package = item->module;
        return !is_everything(item);
    }
    struct ts_module *other = other_file(eval, module, item->module, out->place, &out->unknown);
    if (!other)
        return true;
    if (item->name.size > 0 || is_everything(item))
        return find_export(eval, other, is_everything(item) ? name : item->name, out);
    out->unknown = ts_value_new(eval, TS_VALUE_MODULE); /* export * as name */
    if (out->unknown->kind == TS_VALUE_MODULE)
        out->unknown->data = other;
    return true;
}

static bool find_export(struct ts_eval *eval, struct ts_module *module, struct sg_slice name,
                        struct target *out)
{
    bool found = false;
    if (module->is_busy)
        return false;
    module->is_busy = true;
    for (size_t i = 0; !found && i < module->file.exports.count; i++) {
        const struct ts_export *item = module->file.exports.items[i];
        if (is_everything(item) || sg_slice_equal(item->as, name))
            found = follow_export(eval, module, item, name, out);
    }
    module->is_busy = false;
    return found;
}

struct ts_value *ts_module_export(struct ts_eval *eval, struct ts_module *module,
                                  struct sg_slice name, struct orm_place place)
{
    struct target target;
    if (find_export(eval, module, name, &target))
        return value_of_target(eval, &target);
    return ts_unknown(eval, place, "%s exports no %.*s", module->file.name, ORM_TEXT(name));
}

static void list_exports(struct ts_eval *eval, struct ts_module *module, struct orm_list *targets)
{
    if (module->is_busy)
        return;
    module->is_busy = true;
    for (size_t i = 0; i < module->file.exports.count; i++) {
        const struct ts_export *item = module->file.exports.items[i];
        struct target *target = sg_arena_alloc(eval->arena, sizeof *target);
        struct ts_value *unknown = NULL;
        struct orm_place place = {module->file.name, item->line};
        struct ts_module *other = NULL;
        if (!target)
            break;
        if (is_everything(item) && is_relative(item->module))
            other = other_file(eval, module, item->module, place, &unknown);
        if (other)
            list_exports(eval, other, targets);
        else if (unknown)
            *target = (struct target){.module = module, .unknown = unknown, .place = place};
        if (other || (!unknown && !follow_export(eval, module, item, item->as, target)))
            continue;
        target->as = item->as;
        (void)orm_push(eval->arena, targets, target);
    }
    module->is_busy = false;
}

void ts_module_exports(struct ts_eval *eval, struct ts_module *module, struct orm_list *entries)
{
    struct orm_list targets = {0};
    list_exports(eval, module, &targets);
    for (size_t i = 0; i < targets.count; i++) {
        const struct target *target = targets.items[i];
        struct ts_entry *entry = sg_arena_alloc(eval->arena, sizeof *entry);
        if (!entry)
            return;
        *entry = (struct ts_entry){target->as, value_of_target(eval, target), target->place};
        (void)orm_push(eval->arena, entries, entry);
    }
}
