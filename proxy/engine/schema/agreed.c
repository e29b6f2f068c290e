/* The verified schema laid over the live one; see agreed.h. Built anew for each pair, table by
 * table: that costs a moment when a schema changes, and nothing when a name is looked up.
 */
#include <schemaguard/agreed.h>

#include <stdlib.h>

#include "schema/build.h"
#include "schema/fold.h"

static bool is_one_of(const char *const *names, size_t count, struct sg_slice name)
{
    for (size_t i = 0; i < count; i++) {
        if (sg_fold_equal(sg_slice_of(names[i]), name))
            return true;
    }
    return false;
}

bool sg_is_bookkeeping(struct sg_slice table)
{
    static const char *const NAMES[] = {
        "__drizzle_migrations", "_prisma_migrations",   "flyway_schema_history",
        "schema_migrations",    "ar_internal_metadata", "schema_versions",
        "goose_db_version",     "databasechangelog",    "databasechangeloglock",
        "knex_migrations",      "knex_migrations_lock", "sequelizemeta",
        "alembic_version",      "django_migrations",    "doctrine_migration_versions",
    };
    return is_one_of(NAMES, sizeof NAMES / sizeof NAMES[0], table);
}

bool sg_schema_describes(const struct sg_schema *schema, struct sg_slice database)
{
    if (sg_is_servers_own(database))
        return false;
    for (size_t i = 0; i < sg_schema_table_count(schema); i++) {
        if (sg_fold_equal(sg_table_database(sg_schema_table_at(schema, i)), database))
            return true;
    }
    return false;
}

/* --- one table ----------------------------------------------------------------------------- */

static const struct sg_table *find(const struct sg_schema *schema, const struct sg_table *like)
{
    const struct sg_table *found = NULL;
    return sg_schema_find_table(schema, sg_table_database(like), sg_table_name(like), &found) ==
                   SG_PRESENT
               ? found
               : NULL;
}

/* Names and flags of `table`'s columns; flags are those of `live` where it has the column. Heap. */
static struct sg_column_spec *columns_of(const struct sg_table *table, const struct sg_table *live)
{
    size_t count = 0;
    const struct sg_column *columns = sg_table_columns(table, &count);
    struct sg_column_spec *specs = calloc(count + 1, sizeof *specs);
    for (size_t i = 0; specs && i < count; i++) {
        const struct sg_column *same = live ? sg_table_find_column(live, columns[i].name) : NULL;
        specs[i].name = columns[i].name;
        specs[i].flags = same ? same->flags : columns[i].flags;
    }
    return specs;
}

/* MariaDB's period columns come with the kind, which an ORM does not know. */
static enum sg_table_kind kind_of(const struct sg_table *table, const struct sg_table *live)
{
    return live ? sg_table_kind(live) : sg_table_kind(table);
}

/* `live`: the same table there, or NULL. */
static enum sg_status add(struct sg_schema_builder *builder, const struct sg_table *table,
                          const struct sg_table *live, struct sg_error *error)
{
    size_t count = 0;
    if (live && sg_table_knowledge(live) == SG_UNKNOWN)
        table = live;
    (void)sg_table_columns(table, &count);
    struct sg_column_spec *columns = columns_of(table, live);
    const struct sg_table_spec spec = {
        .database = sg_table_database(table),
        .name = sg_table_name(table),
        .kind = kind_of(table, live),
        .knowledge = sg_table_knowledge(table),
        .rowid = sg_table_has_rowid(table) || (live && sg_table_has_rowid(live)),
        .columns = columns,
        .column_count = count,
    };
    enum sg_status status = columns ? sg_schema_builder_table(builder, &spec, error)
                                    : sg_error_set(error, SG_SYSTEM, "out of memory");
    free(columns);
    return status;
}

/* --- all of them --------------------------------------------------------------------------- */

struct laying {
    const struct sg_schema *verified;
    const struct sg_schema *live;
    struct sg_schema_builder *described; /* a set of the databases that verified describes */
    struct sg_schema_builder *out;
};

static bool is_described(const struct laying *laying, struct sg_slice database)
{
    return sg_schema_find_database(sg_schema_builder_peek(laying->described), database) ==
           SG_PRESENT;
}

static enum sg_status find_described(struct laying *laying, struct sg_error *error)
{
    enum sg_status status = SG_OK;
    for (size_t i = 0; status == SG_OK && i < sg_schema_table_count(laying->verified); i++) {
        struct sg_slice database = sg_table_database(sg_schema_table_at(laying->verified, i));
        if (!sg_is_servers_own(database))
            status = sg_schema_builder_database(laying->described, database, true, error);
    }
    return status;
}

/* A database that is described and live is complete where both are; one of the two alone says. */
static enum sg_status add_databases(const struct laying *laying, const struct sg_schema *from,
                                    bool described, struct sg_error *error)
{
    enum sg_status status = SG_OK;
    for (size_t i = 0; status == SG_OK && i < sg_schema_database_count(from); i++) {
        bool complete;
        struct sg_slice name = sg_schema_database_at(from, i, &complete);
        if (described && !is_described(laying, name))
            continue;
        status = sg_schema_builder_database(laying->out, name, complete, error);
    }
    return status;
}

static enum sg_status add_verified(const struct laying *laying, struct sg_error *error)
{
    enum sg_status status = SG_OK;
    for (size_t i = 0; status == SG_OK && i < sg_schema_table_count(laying->verified); i++) {
        const struct sg_table *table = sg_schema_table_at(laying->verified, i);
        if (is_described(laying, sg_table_database(table)))
            status = add(laying->out, table, find(laying->live, table), error);
    }
    return status;
}

static enum sg_status add_others(const struct laying *laying, struct sg_error *error)
{
    enum sg_status status = SG_OK;
    for (size_t i = 0; status == SG_OK && i < sg_schema_table_count(laying->live); i++) {
        const struct sg_table *table = sg_schema_table_at(laying->live, i);
        bool is_live = !is_described(laying, sg_table_database(table)) ||
                       (sg_is_bookkeeping(sg_table_name(table)) &&
                        !find(sg_schema_builder_peek(laying->out), table));
        if (is_live)
            status = add(laying->out, table, NULL, error);
    }
    return status;
}

static enum sg_status lay(struct laying *laying, struct sg_error *error)
{
    enum sg_status status = find_described(laying, error);
    if (status == SG_OK)
        status = add_databases(laying, laying->verified, true, error);
    if (status == SG_OK)
        status = add_databases(laying, laying->live, false, error);
    if (status == SG_OK)
        status = add_verified(laying, error);
    if (status == SG_OK)
        status = add_others(laying, error);
    if (sg_schema_databases_are_complete(laying->live))
        sg_schema_builder_databases_complete(laying->out);
    return status;
}

enum sg_status sg_schema_agreed(const struct sg_schema *verified, const struct sg_schema *live,
                                struct sg_schema **schema_out, struct sg_error *error)
{
    const struct sg_server *server = sg_schema_server(live);
    struct laying laying = {.verified = verified,
                            .live = live,
                            .described = sg_schema_builder_new(server),
                            .out = sg_schema_builder_new(server)};
    enum sg_status status = laying.described && laying.out
                                ? lay(&laying, error)
                                : sg_error_set(error, SG_SYSTEM, "out of memory");
    sg_schema_builder_free(laying.described);
    if (status == SG_OK)
        return sg_schema_builder_finish(laying.out, schema_out, error);
    sg_schema_builder_free(laying.out);
    return status;
}
