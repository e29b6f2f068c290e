/* Tables: their layout in one piece of memory and the search for a column; see table.h. */
#include "schema/table.h"

#include <schemaguard/detail.h>

#include "schema/fold.h"

/* Up to here walking the hashes is as quick as a look-up. */
#define FEW_COLUMNS 8

struct sg_slice sg_table_name(const struct sg_table *table)
{
    return table->name;
}

struct sg_slice sg_table_database(const struct sg_table *table)
{
    return table->database;
}

enum sg_table_kind sg_table_kind(const struct sg_table *table)
{
    return table->kind;
}

enum sg_knowledge sg_table_knowledge(const struct sg_table *table)
{
    return table->knowledge;
}

const struct sg_table_detail *sg_table_detail(const struct sg_table *table)
{
    return table->detail;
}

bool sg_table_has_rowid(const struct sg_table *table)
{
    return table->rowid;
}

const struct sg_column *sg_table_columns(const struct sg_table *table, size_t *count_out)
{
    *count_out = table->column_count;
    return table->columns;
}

static size_t slot_count(size_t column_count)
{
    size_t slots = 16;
    if (column_count <= FEW_COLUMNS)
        return 0;
    while (slots < column_count * 2)
        slots *= 2;
    return slots;
}

size_t sg_table_index_size(size_t column_count)
{
    return column_count * sizeof(uint64_t) + slot_count(column_count) * sizeof(uint16_t);
}

static bool is_column(const struct sg_table *table, size_t index, struct sg_slice name,
                      uint64_t hash)
{
    return table->hashes[index] == hash &&
           sg_fold_equal_column(table->columns[index].name, name, table->flavour);
}

const struct sg_column *sg_table_find_hashed(const struct sg_table *table, struct sg_slice name,
                                             uint64_t hash)
{
    if (!table->slots) {
        for (size_t i = 0; i < table->column_count; i++) {
            if (is_column(table, i, name, hash))
                return &table->columns[i];
        }
        return NULL;
    }
    for (size_t slot = hash & table->slot_mask; table->slots[slot] != 0;
         slot = (slot + 1) & table->slot_mask) {
        size_t index = table->slots[slot] - 1u;
        if (is_column(table, index, name, hash))
            return &table->columns[index];
    }
    return NULL;
}

const struct sg_column *sg_table_find_column(const struct sg_table *table, struct sg_slice name)
{
    return sg_table_find_hashed(table, name, sg_fold_hash(name));
}

size_t sg_table_index(struct sg_table *table, const uint64_t *hashes, void *memory)
{
    size_t count = table->column_count;
    size_t slots = slot_count(count);
    uint64_t *own_hashes = memory;
    uint16_t *own_slots = (uint16_t *)(own_hashes + count);
    size_t repeated = count;

    for (size_t i = 0; i < count; i++)
        own_hashes[i] = hashes ? hashes[i] : sg_fold_hash(table->columns[i].name);
    memset(own_slots, 0, slots * sizeof *own_slots);
    table->hashes = own_hashes;
    table->slots = slots ? own_slots : NULL;
    table->slot_mask = slots ? (uint32_t)slots - 1 : 0;
    table->column_count = 0; /* grows, so that each column is searched among those before it */
    for (size_t i = 0; i < count; i++) {
        if (repeated == count && sg_table_find_hashed(table, table->columns[i].name, own_hashes[i]))
            repeated = i;
        table->column_count = (uint32_t)i + 1;
        if (slots == 0)
            continue;
        size_t slot = own_hashes[i] & table->slot_mask;
        while (own_slots[slot] != 0)
            slot = (slot + 1) & table->slot_mask;
        own_slots[slot] = (uint16_t)(i + 1);
    }
    return repeated;
}

static size_t text_size(const struct sg_table_spec *spec)
{
    size_t size = spec->database.size + spec->name.size;
    for (size_t i = 0; i < spec->column_count; i++)
        size += spec->columns[i].name.size + spec->columns[i].type.size;
    return size;
}

size_t sg_table_size(const struct sg_table_spec *spec)
{
    return sizeof(struct sg_table) + spec->column_count * sizeof(struct sg_column) +
           sg_table_index_size(spec->column_count) + text_size(spec);
}

static struct sg_slice copy_text(char **next, struct sg_slice text)
{
    struct sg_slice copy = {*next, text.size};
    if (text.size)
        memcpy(*next, text.data, text.size);
    *next += text.size;
    return copy;
}

struct sg_table *sg_table_place(const struct sg_table_spec *spec, enum sg_flavour flavour,
                                void *memory)
{
    struct sg_table *table = memory;
    struct sg_column *columns = (struct sg_column *)(table + 1);
    void *index = columns + spec->column_count;
    char *text = (char *)index + sg_table_index_size(spec->column_count);

    *table = (struct sg_table){
        .database = copy_text(&text, spec->database),
        .name = copy_text(&text, spec->name),
        .columns = columns,
        .column_count = (uint32_t)spec->column_count,
        .kind = spec->kind,
        .knowledge = spec->knowledge,
        .flavour = flavour,
        .rowid = spec->rowid,
        .detail = spec->detail,
    };
    for (size_t i = 0; i < spec->column_count; i++) {
        columns[i] = (struct sg_column){
            .name = copy_text(&text, spec->columns[i].name),
            .type = copy_text(&text, spec->columns[i].type),
            .flags = spec->columns[i].flags,
            .detail = spec->columns[i].detail,
        };
    }
    if (sg_table_index(table, NULL, index) != spec->column_count)
        return NULL;
    return table;
}
