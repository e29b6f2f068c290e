/* Temporary tables and handlers of one session; see overlay.h. Few sessions have any and hardly one
 * has more than a dozen, so they stand in a plain array.
 */
#include "schema/overlay.h"

#include <stdlib.h>

#include "schema/fold.h"
#include "schema/table.h"

#define TABLES_MAX 4096

struct entry {
    struct sg_table *table; /* own piece of memory */
    uint64_t hash;          /* of its name, folded; of the handler's where that is set */
    char *handler;          /* heap: what HANDLER ... OPEN called it; NULL: a temporary table */
    size_t handler_size;
};

struct sg_overlay {
    struct entry *entries;
    size_t count;
    size_t room;
    bool names_fold; /* lower_case_table_names is not 0 */
};

struct sg_overlay *sg_overlay_new(void)
{
    return calloc(1, sizeof(struct sg_overlay));
}

void sg_overlay_free(struct sg_overlay *overlay)
{
    if (!overlay)
        return;
    for (size_t i = 0; i < overlay->count; i++) {
        free(overlay->entries[i].table);
        free(overlay->entries[i].handler);
    }
    free(overlay->entries);
    free(overlay);
}

size_t sg_overlay_table_count(const struct sg_overlay *overlay)
{
    return overlay ? overlay->count : 0;
}

static bool names_equal(const struct sg_overlay *overlay, struct sg_slice a, struct sg_slice b)
{
    return overlay->names_fold ? sg_fold_equal(a, b) : sg_slice_equal(a, b);
}

static struct entry *find_entry(const struct sg_overlay *overlay, struct sg_slice database,
                                struct sg_slice name)
{
    uint64_t hash = sg_fold_hash(name);
    for (size_t i = 0; i < overlay->count; i++) {
        struct entry *entry = &overlay->entries[i];
        if (entry->hash == hash && !entry->handler &&
            names_equal(overlay, entry->table->name, name) &&
            names_equal(overlay, entry->table->database, database))
            return entry;
    }
    return NULL;
}

const struct sg_table *sg_overlay_find(const struct sg_overlay *overlay, struct sg_slice database,
                                       struct sg_slice name)
{
    if (!overlay || overlay->count == 0)
        return NULL;
    const struct entry *entry = find_entry(overlay, database, name);
    return entry ? entry->table : NULL;
}

/* Handlers' names are compared without letter case. */
static struct entry *find_handler(const struct sg_overlay *overlay, struct sg_slice handler)
{
    uint64_t hash = sg_fold_hash(handler);
    for (size_t i = 0; i < overlay->count; i++) {
        struct entry *entry = &overlay->entries[i];
        if (entry->hash == hash && entry->handler &&
            sg_fold_equal(sg_slice_make(entry->handler, entry->handler_size), handler))
            return entry;
    }
    return NULL;
}

const struct sg_table *sg_overlay_find_handler(const struct sg_overlay *overlay,
                                               struct sg_slice handler)
{
    const struct entry *entry = overlay ? find_handler(overlay, handler) : NULL;
    return entry ? entry->table : NULL;
}

static void remove_entry(struct sg_overlay *overlay, struct entry *entry)
{
    free(entry->table);
    free(entry->handler);
    *entry = overlay->entries[--overlay->count];
}

static enum sg_status reserve_entry(struct sg_overlay *overlay)
{
    if (overlay->count < overlay->room)
        return SG_OK;
    if (overlay->count >= TABLES_MAX)
        return SG_LIMIT;
    size_t room = overlay->room ? overlay->room * 2 : 4;
    struct entry *grown = realloc(overlay->entries, room * sizeof *grown);
    if (!grown)
        return SG_LIMIT;
    overlay->entries = grown;
    overlay->room = room;
    return SG_OK;
}

static enum sg_status put_table(struct sg_overlay *overlay, const struct sg_table_spec *spec,
                                enum sg_flavour flavour)
{
    struct entry *there = find_entry(overlay, spec->database, spec->name);
    struct sg_table_spec unknown = {.database = spec->database,
                                    .name = spec->name,
                                    .kind = spec->kind,
                                    .knowledge = SG_UNKNOWN};
    if (!there && reserve_entry(overlay) != SG_OK)
        return SG_LIMIT;
    void *memory = malloc(sg_table_size(spec));
    if (!memory)
        return SG_LIMIT;
    struct sg_table *table = sg_table_place(spec, flavour, memory);
    if (!table) /* the server took two columns that look alike to us: then nothing is known */
        table = sg_table_place(&unknown, flavour, memory);
    if (there) {
        free(there->table);
        there->table = table;
        return SG_OK;
    }
    overlay->entries[overlay->count++] =
        (struct entry){.table = table, .hash = sg_fold_hash(spec->name)};
    return SG_OK;
}

static enum sg_status open_handler(struct sg_overlay *overlay, const struct sg_overlay_step *step,
                                   enum sg_flavour flavour)
{
    struct entry *there = find_handler(overlay, step->handler);
    if (there)
        remove_entry(overlay, there);
    if (reserve_entry(overlay) != SG_OK)
        return SG_LIMIT;
    void *memory = malloc(sg_table_size(&step->table));
    char *handler = malloc(step->handler.size + 1);
    if (!memory || !handler) {
        free(memory);
        free(handler);
        return SG_LIMIT;
    }
    if (step->handler.size)
        memcpy(handler, step->handler.data, step->handler.size);
    overlay->entries[overlay->count++] =
        (struct entry){.table = sg_table_place(&step->table, flavour, memory),
                       .hash = sg_fold_hash(step->handler),
                       .handler = handler,
                       .handler_size = step->handler.size};
    return SG_OK;
}

static void close_handler(struct sg_overlay *overlay, struct sg_slice handler)
{
    struct entry *there = find_handler(overlay, handler);
    if (there)
        remove_entry(overlay, there);
}

static enum sg_status apply_step(struct sg_overlay *overlay, const struct sg_overlay_step *step,
                                 const struct sg_server *server)
{
    if (step->verb == SG_OVERLAY_OPEN)
        return open_handler(overlay, step, server->flavour);
    if (step->verb == SG_OVERLAY_CLOSE) {
        close_handler(overlay, step->handler);
        return SG_OK;
    }
    struct entry *there = find_entry(overlay, step->table.database, step->table.name);
    switch (step->verb) {
    case SG_OVERLAY_PUT_IF_ABSENT:
        if (there)
            return SG_OK;
        return put_table(overlay, &step->table, server->flavour);
    case SG_OVERLAY_PUT:
        return put_table(overlay, &step->table, server->flavour);
    case SG_OVERLAY_REMOVE:
        if (there)
            remove_entry(overlay, there);
        return SG_OK;
    case SG_OVERLAY_OPEN:
    case SG_OVERLAY_CLOSE:
        break;
    }
    return SG_OK;
}

enum sg_status sg_overlay_apply(struct sg_overlay *overlay, const struct sg_overlay_change *change)
{
    overlay->names_fold = change->server->lower_case_table_names != 0;
    for (size_t i = 0; i < change->step_count; i++) {
        enum sg_status status = apply_step(overlay, &change->steps[i], change->server);
        if (status != SG_OK)
            return status;
    }
    return SG_OK;
}
