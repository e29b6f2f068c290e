/* The snapshot: databases and tables found by name, built once and then only read.
 *
 * A schema under construction is already the schema; the builder is the right to add to it. Names
 * are hashed without regard to case and compared as their database wants it: exactly under
 * lower_case_table_names = 0, folded under 1 and 2 and always in information_schema.
 *
 * MySQL manual, "Identifier Case Sensitivity"
 */
#include <schemaguard/schema.h>

#include <stdatomic.h>
#include <stdlib.h>

#include "schema/build.h"
#include "schema/detail.h"
#include "schema/fold.h"

#define DETAILS_CEILING_BYTES ((size_t)2 << 30)

struct database {
    struct sg_slice name;
    uint64_t hash;
    struct sg_slice collation;
    bool complete;
    bool folds; /* its name and those of its tables compare without case */
};

struct table_entry {
    const struct sg_table *table;
    uint64_t hash;
    uint32_t database; /* index */
};

/* Open addressing over one of the two arrays: index + 1, 0 = free. */
struct slots {
    uint32_t *at;
    size_t mask;
    size_t used;
};

struct sg_schema {
    atomic_size_t references;
    struct sg_server server;
    struct database *databases;
    size_t database_count;
    size_t database_room;
    struct table_entry *tables;
    size_t table_count;
    size_t table_room;
    struct slots database_slots;
    struct slots table_slots;
    size_t column_count;
    uint64_t hash;
    bool databases_complete;
    struct sg_arena details;
};

struct sg_schema_builder {
    struct sg_schema *schema;
};

/* --- hashed indexes ------------------------------------------------------------------------ */

static void put_slot(struct slots *slots, uint64_t hash, size_t index)
{
    size_t slot = hash & slots->mask;
    while (slots->at[slot] != 0)
        slot = (slot + 1) & slots->mask;
    slots->at[slot] = (uint32_t)index + 1;
    slots->used++;
}

/* Room for one more, at most half full. On growth the caller puts all entries in again. */
static bool slots_are_full(const struct slots *slots)
{
    return !slots->at || slots->used * 2 >= slots->mask + 1;
}

static bool widen_slots(struct slots *slots)
{
    size_t count = slots->at ? (slots->mask + 1) * 2 : 16;
    uint32_t *at = calloc(count, sizeof *at);
    if (!at)
        return false;
    free(slots->at);
    *slots = (struct slots){.at = at, .mask = count - 1, .used = 0};
    return true;
}

static void *grow(void *array, size_t *room, size_t element_size)
{
    size_t wanted = *room ? *room * 2 : 16;
    void *grown = realloc(array, wanted * element_size);
    if (grown)
        *room = wanted;
    return grown;
}

/* --- search -------------------------------------------------------------------------------- */

static bool names_equal(struct sg_slice a, struct sg_slice b, bool folds)
{
    return folds ? sg_fold_equal(a, b) : sg_slice_equal(a, b);
}

static uint64_t table_hash(uint64_t name_hash, size_t database)
{
    return name_hash + database * 0x9E3779B97F4A7C15u;
}

static const struct database *find_database(const struct sg_schema *schema, struct sg_slice name)
{
    uint64_t hash = sg_fold_hash(name);
    if (!schema->database_slots.at)
        return NULL;
    for (size_t slot = hash & schema->database_slots.mask; schema->database_slots.at[slot] != 0;
         slot = (slot + 1) & schema->database_slots.mask) {
        const struct database *database = &schema->databases[schema->database_slots.at[slot] - 1];
        if (database->hash == hash && names_equal(database->name, name, database->folds))
            return database;
    }
    return NULL;
}

static const struct sg_table *find_table(const struct sg_schema *schema,
                                         const struct database *database, struct sg_slice name)
{
    size_t index = (size_t)(database - schema->databases);
    uint64_t hash = table_hash(sg_fold_hash(name), index);
    if (!schema->table_slots.at)
        return NULL;
    for (size_t slot = hash & schema->table_slots.mask; schema->table_slots.at[slot] != 0;
         slot = (slot + 1) & schema->table_slots.mask) {
        const struct table_entry *entry = &schema->tables[schema->table_slots.at[slot] - 1];
        if (entry->hash == hash && entry->database == index &&
            names_equal(entry->table->name, name, database->folds))
            return entry->table;
    }
    return NULL;
}

enum sg_presence sg_schema_find_database(const struct sg_schema *schema, struct sg_slice database)
{
    if (find_database(schema, database))
        return SG_PRESENT;
    return schema->databases_complete ? SG_ABSENT : SG_PRESENCE_UNKNOWN;
}

enum sg_presence sg_schema_find_table(const struct sg_schema *schema, struct sg_slice database,
                                      struct sg_slice table, const struct sg_table **table_out)
{
    const struct database *found = find_database(schema, database);
    if (!found)
        return schema->databases_complete ? SG_ABSENT : SG_PRESENCE_UNKNOWN;
    const struct sg_table *in_it = find_table(schema, found, table);
    if (!in_it)
        return found->complete ? SG_ABSENT : SG_PRESENCE_UNKNOWN;
    *table_out = in_it;
    return SG_PRESENT;
}

/* --- walk ---------------------------------------------------------------------------------- */

const struct sg_server *sg_schema_server(const struct sg_schema *schema)
{
    return &schema->server;
}

size_t sg_schema_table_count(const struct sg_schema *schema)
{
    return schema->table_count;
}

size_t sg_schema_column_count(const struct sg_schema *schema)
{
    return schema->column_count;
}

uint64_t sg_schema_hash(const struct sg_schema *schema)
{
    return schema->hash;
}

size_t sg_schema_database_count(const struct sg_schema *schema)
{
    return schema->database_count;
}

struct sg_slice sg_schema_database_at(const struct sg_schema *schema, size_t index,
                                      bool *complete_out)
{
    *complete_out = schema->databases[index].complete;
    return schema->databases[index].name;
}

struct sg_slice sg_schema_only_database(const struct sg_schema *schema)
{
    struct sg_slice found = SG_SLICE_EMPTY;
    for (size_t i = 0; i < schema->database_count; i++) {
        if (sg_is_servers_own(schema->databases[i].name))
            continue;
        if (found.size)
            return SG_SLICE_EMPTY;
        found = schema->databases[i].name;
    }
    return found;
}

bool sg_schema_databases_are_complete(const struct sg_schema *schema)
{
    return schema->databases_complete;
}

const struct sg_table *sg_schema_table_at(const struct sg_schema *schema, size_t index)
{
    return schema->tables[index].table;
}

/* --- build --------------------------------------------------------------------------------- */

static void free_schema(struct sg_schema *schema)
{
    for (size_t i = 0; i < schema->table_count; i++)
        free((void *)(uintptr_t)schema->tables[i].table);
    for (size_t i = 0; i < schema->database_count; i++)
        free((void *)(uintptr_t)schema->databases[i].name.data);
    sg_arena_fini(&schema->details);
    free(schema->tables);
    free(schema->databases);
    free(schema->table_slots.at);
    free(schema->database_slots.at);
    free(schema);
}

struct sg_schema_builder *sg_schema_builder_new(const struct sg_server *server)
{
    struct sg_schema_builder *builder = calloc(1, sizeof *builder);
    struct sg_schema *schema = calloc(1, sizeof *schema);
    if (!builder || !schema) {
        free(builder);
        free(schema);
        return NULL;
    }
    schema->server = *server;
    atomic_init(&schema->references, 1);
    sg_arena_init(&schema->details, DETAILS_CEILING_BYTES);
    builder->schema = schema;
    return builder;
}

void sg_schema_builder_free(struct sg_schema_builder *builder)
{
    if (!builder)
        return;
    if (builder->schema)
        free_schema(builder->schema);
    free(builder);
}

static enum sg_status out_of_memory(struct sg_error *error)
{
    return sg_error_set(error, SG_SYSTEM, "out of memory while building a schema");
}

static bool reserve_database(struct sg_schema *schema)
{
    if (schema->database_count == schema->database_room) {
        struct database *grown = grow(schema->databases, &schema->database_room, sizeof *grown);
        if (!grown)
            return false;
        schema->databases = grown;
    }
    if (!slots_are_full(&schema->database_slots))
        return true;
    if (!widen_slots(&schema->database_slots))
        return false;
    for (size_t i = 0; i < schema->database_count; i++)
        put_slot(&schema->database_slots, schema->databases[i].hash, i);
    return true;
}

/* The database of that name, made when it is not there; NULL when memory is out. */
static struct database *obtain_database(struct sg_schema *schema, struct sg_slice name,
                                        bool complete)
{
    const struct database *there = find_database(schema, name);
    if (there)
        return &schema->databases[there - schema->databases];
    char *copy = malloc(name.size + 1);
    if (!copy || !reserve_database(schema)) {
        free(copy);
        return NULL;
    }
    if (name.size)
        memcpy(copy, name.data, name.size);
    struct database *database = &schema->databases[schema->database_count];
    *database = (struct database){
        .name = {copy, name.size},
        .hash = sg_fold_hash(name),
        .complete = complete,
        .folds = schema->server.lower_case_table_names != 0 ||
                 sg_fold_equal(name, SG_SLICE_LITERAL("information_schema")),
    };
    put_slot(&schema->database_slots, database->hash, schema->database_count++);
    return database;
}

enum sg_status sg_schema_builder_database(struct sg_schema_builder *builder, struct sg_slice name,
                                          bool complete, struct sg_error *error)
{
    struct database *database = obtain_database(builder->schema, name, complete);
    if (!database)
        return out_of_memory(error);
    database->complete = database->complete && complete;
    return SG_OK;
}

bool sg_schema_builder_collation(struct sg_schema_builder *builder, struct sg_slice name,
                                 struct sg_slice collation)
{
    const struct database *found = find_database(builder->schema, name);
    if (!found)
        return true;
    builder->schema->databases[found - builder->schema->databases].collation =
        sg_arena_copy(&builder->schema->details, collation);
    return !builder->schema->details.exhausted;
}

struct sg_slice sg_schema_collation(const struct sg_schema *schema, struct sg_slice name)
{
    const struct database *found = find_database(schema, name);
    return found ? found->collation : SG_SLICE_EMPTY;
}

void sg_schema_builder_databases_complete(struct sg_schema_builder *builder)
{
    builder->schema->databases_complete = true;
}

static bool reserve_table(struct sg_schema *schema)
{
    if (schema->table_count == schema->table_room) {
        struct table_entry *grown = grow(schema->tables, &schema->table_room, sizeof *grown);
        if (!grown)
            return false;
        schema->tables = grown;
    }
    if (!slots_are_full(&schema->table_slots))
        return true;
    if (!widen_slots(&schema->table_slots))
        return false;
    for (size_t i = 0; i < schema->table_count; i++)
        put_slot(&schema->table_slots, schema->tables[i].hash, i);
    return true;
}

static enum sg_status refuse_table(const struct sg_table_spec *spec, const char *why,
                                   struct sg_error *error)
{
    return sg_error_set(error, SG_INVALID, "table %.*s.%.*s %s", (int)spec->database.size,
                        spec->database.data, (int)spec->name.size, spec->name.data, why);
}

static struct table_entry *find_entry(struct sg_schema *schema, struct sg_slice database,
                                      struct sg_slice name)
{
    const struct database *found = find_database(schema, database);
    const struct sg_table *table = found ? find_table(schema, found, name) : NULL;
    for (size_t i = 0; table && i < schema->table_count; i++) {
        if (schema->tables[i].table == table)
            return &schema->tables[i];
    }
    return NULL;
}

/* In a piece of memory of its own. NULL: *status_out says why. */
static struct sg_table *place_table(struct sg_schema *schema, const struct sg_table_spec *spec,
                                    struct database *database, enum sg_status *status_out,
                                    struct sg_error *error)
{
    struct sg_table_spec placed = *spec;
    placed.database = database->name; /* one spelling, where case does not count */
    void *memory = malloc(sg_table_size(&placed));
    if (!memory || !reserve_table(schema)) {
        free(memory);
        *status_out = out_of_memory(error);
        return NULL;
    }
    struct sg_table *table = sg_table_place(&placed, schema->server.flavour, memory);
    if (!table) {
        free(memory);
        *status_out = refuse_table(spec, "has two columns of one name", error);
    }
    return table;
}

static void add_table(struct sg_schema *schema, const struct database *database,
                      const struct sg_table *table)
{
    size_t index = (size_t)(database - schema->databases);
    struct table_entry entry = {
        .table = table,
        .hash = table_hash(sg_fold_hash(table->name), index),
        .database = (uint32_t)index,
    };
    schema->tables[schema->table_count] = entry;
    put_slot(&schema->table_slots, entry.hash, schema->table_count++);
    schema->column_count += table->column_count;
}

enum sg_status sg_schema_builder_table(struct sg_schema_builder *builder,
                                       const struct sg_table_spec *spec, struct sg_error *error)
{
    struct sg_schema *schema = builder->schema;
    enum sg_status status = SG_OK;
    if (spec->column_count > SG_TABLE_COLUMNS_MAX)
        return refuse_table(spec, "has more columns than a server allows", error);
    struct database *database = obtain_database(schema, spec->database, false);
    if (!database)
        return out_of_memory(error);
    if (find_table(schema, database, spec->name))
        return refuse_table(spec, "was given twice", error);
    struct sg_table *table = place_table(schema, spec, database, &status, error);
    if (table && !sg_detail_copy(table, &schema->details)) {
        free(table);
        return out_of_memory(error);
    }
    if (table)
        add_table(schema, database, table);
    return status;
}

struct sg_arena *sg_schema_builder_arena(struct sg_schema_builder *builder)
{
    return &builder->schema->details;
}

/* --- change -------------------------------------------------------------------------------- */

const struct sg_schema *sg_schema_builder_peek(const struct sg_schema_builder *builder)
{
    return builder->schema;
}

struct sg_schema_builder *sg_schema_builder_copy(const struct sg_schema *schema)
{
    struct sg_schema_builder *builder = sg_schema_builder_new(&schema->server);
    enum sg_status status = builder ? SG_OK : SG_SYSTEM;
    for (size_t i = 0; status == SG_OK && i < schema->database_count; i++)
        status = sg_schema_builder_database(builder, schema->databases[i].name,
                                            schema->databases[i].complete, NULL);
    for (size_t i = 0; status == SG_OK && i < schema->database_count; i++) {
        if (!sg_schema_builder_collation(builder, schema->databases[i].name,
                                         schema->databases[i].collation))
            status = SG_SYSTEM;
    }
    for (size_t i = 0; status == SG_OK && i < schema->table_count; i++) {
        const struct sg_table *table = schema->tables[i].table;
        /* sg_column and sg_column_spec hold the same; copied, so that they may part one day */
        struct sg_column_spec *columns = calloc(table->column_count + 1u, sizeof *columns);
        const struct sg_table_spec spec = {
            .database = table->database,
            .name = table->name,
            .kind = table->kind,
            .knowledge = table->knowledge,
            .rowid = table->rowid,
            .columns = columns,
            .column_count = table->column_count,
            .detail = table->detail,
        };
        for (size_t k = 0; columns && k < table->column_count; k++)
            columns[k] = (struct sg_column_spec){table->columns[k].name, table->columns[k].type,
                                                 table->columns[k].flags, table->columns[k].detail};
        status = columns ? sg_schema_builder_table(builder, &spec, NULL) : SG_SYSTEM;
        free(columns);
    }
    if (status != SG_OK) {
        sg_schema_builder_free(builder);
        return NULL;
    }
    builder->schema->databases_complete = schema->databases_complete;
    return builder;
}

enum sg_status sg_schema_builder_put(struct sg_schema_builder *builder,
                                     const struct sg_table_spec *spec,
                                     const struct sg_table_keys *keys, struct sg_error *error)
{
    struct sg_schema *schema = builder->schema;
    enum sg_status status = SG_OK;
    if (spec->column_count > SG_TABLE_COLUMNS_MAX)
        return refuse_table(spec, "has more columns than a server allows", error);
    struct database *database = obtain_database(schema, spec->database, false);
    if (!database)
        return out_of_memory(error);
    struct sg_table *table = place_table(schema, spec, database, &status, error);
    if (!table)
        return status;
    table->keys = keys;
    struct table_entry *there = find_entry(schema, spec->database, spec->name);
    if (!there) {
        add_table(schema, database, table);
        return SG_OK;
    }
    schema->column_count += table->column_count;
    schema->column_count -= there->table->column_count;
    free((void *)(uintptr_t)there->table);
    there->table = table;
    return SG_OK;
}

/* After tables have moved, or (their hashes are other ones then) databases. */
static void index_again(struct sg_schema *schema, bool databases_moved)
{
    struct slots *databases = &schema->database_slots;
    struct slots *tables = &schema->table_slots;
    if (databases->at)
        memset(databases->at, 0, (databases->mask + 1) * sizeof *databases->at);
    if (tables->at)
        memset(tables->at, 0, (tables->mask + 1) * sizeof *tables->at);
    databases->used = tables->used = 0;
    for (size_t i = 0; i < schema->database_count; i++)
        put_slot(databases, schema->databases[i].hash, i);
    for (size_t i = 0; i < schema->table_count; i++) {
        struct table_entry *entry = &schema->tables[i];
        if (databases_moved)
            entry->hash = table_hash(sg_fold_hash(entry->table->name), entry->database);
        put_slot(tables, entry->hash, i);
    }
}

static void take_out(struct sg_schema *schema, size_t at)
{
    schema->column_count -= schema->tables[at].table->column_count;
    free((void *)(uintptr_t)schema->tables[at].table);
    schema->table_count--;
    memmove(&schema->tables[at], &schema->tables[at + 1],
            (schema->table_count - at) * sizeof *schema->tables);
}

void sg_schema_builder_remove_table(struct sg_schema_builder *builder, struct sg_slice database,
                                    struct sg_slice name)
{
    struct sg_schema *schema = builder->schema;
    const struct table_entry *there = find_entry(schema, database, name);
    if (!there)
        return;
    take_out(schema, (size_t)(there - schema->tables));
    index_again(schema, false);
}

void sg_schema_builder_remove_database(struct sg_schema_builder *builder, struct sg_slice name)
{
    struct sg_schema *schema = builder->schema;
    const struct database *there = find_database(schema, name);
    if (!there)
        return;
    size_t at = (size_t)(there - schema->databases);
    for (size_t i = schema->table_count; i-- > 0;) {
        if (schema->tables[i].database == at)
            take_out(schema, i);
        else if (schema->tables[i].database > at)
            schema->tables[i].database--;
    }
    free((void *)(uintptr_t)there->name.data);
    schema->database_count--;
    memmove(&schema->databases[at], &schema->databases[at + 1],
            (schema->database_count - at) * sizeof *schema->databases);
    index_again(schema, true);
}

void sg_schema_builder_doubt(struct sg_schema_builder *builder, struct sg_slice database)
{
    struct sg_schema *schema = builder->schema;
    if (database.size == 0)
        schema->databases_complete = false;
    for (size_t i = 0; i < schema->database_count; i++) {
        struct database *it = &schema->databases[i];
        if (database.size == 0 || names_equal(it->name, database, it->folds))
            it->complete = false;
    }
}

/* --- content hash -------------------------------------------------------------------------- */

static uint64_t hash_bytes(uint64_t hash, struct sg_slice text)
{
    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ (unsigned char)text.data[i]) * 0x100000001B3u;
    return (hash ^ text.size) * 0x9E3779B97F4A7C15u;
}

static uint64_t hash_number(uint64_t hash, uint64_t number)
{
    hash = (hash ^ number) * 0x9E3779B97F4A7C15u;
    return hash ^ (hash >> 31);
}

static uint64_t hash_table(const struct sg_table *table)
{
    uint64_t hash = hash_bytes(hash_bytes(0xCBF29CE484222325u, table->database), table->name);
    hash = hash_number(hash, (uint64_t)table->kind << 2 | (uint64_t)table->knowledge << 1 |
                                 (uint64_t)table->rowid);
    for (size_t i = 0; i < table->column_count; i++) {
        hash = hash_bytes(hash_bytes(hash, table->columns[i].name), table->columns[i].type);
        hash = hash_number(hash, table->columns[i].flags);
    }
    return hash;
}

/* A sum, so that the order in which things were added does not show. */
static uint64_t hash_content(const struct sg_schema *schema)
{
    uint64_t hash = schema->databases_complete;
    for (size_t i = 0; i < schema->database_count; i++) {
        uint64_t name = hash_bytes(0xCBF29CE484222325u, schema->databases[i].name);
        hash += hash_number(name, schema->databases[i].complete);
    }
    for (size_t i = 0; i < schema->table_count; i++)
        hash += hash_table(schema->tables[i].table);
    return hash;
}

enum sg_status sg_schema_builder_finish(struct sg_schema_builder *builder,
                                        struct sg_schema **schema_out, struct sg_error *error)
{
    (void)error;
    for (size_t i = 0; i < builder->schema->table_count; i++) /* keys end with the builder */
        ((struct sg_table *)(uintptr_t)builder->schema->tables[i].table)->keys = NULL;
    builder->schema->hash = hash_content(builder->schema);
    *schema_out = builder->schema;
    builder->schema = NULL;
    sg_schema_builder_free(builder);
    return SG_OK;
}

/* --- share --------------------------------------------------------------------------------- */

struct sg_schema *sg_schema_retain(struct sg_schema *schema)
{
    atomic_fetch_add_explicit(&schema->references, 1, memory_order_relaxed);
    return schema;
}

/* Released by the last holder after everyone else's reads: acquire pairs with their release. */
void sg_schema_release(struct sg_schema *schema)
{
    if (schema && atomic_fetch_sub_explicit(&schema->references, 1, memory_order_acq_rel) == 1)
        free_schema(schema);
}
