/* Any text as a script on a catalogue: what it leaves is a schema whose look-ups agree with its
 * lists. The first byte chooses flavour and sql_mode. */
#include <stdint.h>
#include <stdlib.h>

#include <schemaguard/catalog.h>
#include <schemaguard/session.h>

#include "schema/build.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char START[] = "CREATE TABLE t (a INT PRIMARY KEY, b INT NOT NULL UNIQUE, c TEXT);"
                            "CREATE VIEW v AS SELECT a, b FROM t; CREATE TABLE u LIKE t;";

static void run(struct sg_catalog *catalog, struct sg_session *session, struct sg_arena *arena,
                struct sg_slice text)
{
    for (int statements = 0; text.size > 0 && statements < 64; statements++) {
        struct sg_catalog_change change;
        const struct sg_report *report;
        sg_arena_reset(arena);
        if (sg_catalog_apply(catalog, text, &session->context, arena, &change) != SG_OK ||
            sg_read_effects(text, &session->context, arena, &report) != SG_OK)
            return;
        sg_session_apply(session, &report->effects);
        if (change.consumed == 0 || change.consumed > text.size)
            abort();
        text = sg_slice_make(text.data + change.consumed, text.size - change.consumed);
    }
}

static void check(const struct sg_schema *schema)
{
    size_t columns = 0;
    for (size_t i = 0; i < sg_schema_table_count(schema); i++) {
        const struct sg_table *table = sg_schema_table_at(schema, i);
        const struct sg_table *found = NULL;
        columns += table->column_count;
        if (sg_schema_find_table(schema, table->database, table->name, &found) != SG_PRESENT ||
            found != table)
            abort();
        for (size_t k = 0; k < table->column_count; k++) {
            if (sg_table_find_column(table, table->columns[k].name) != &table->columns[k])
                abort();
        }
    }
    if (columns != sg_schema_column_count(schema))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sg_server server = {.flavour = SG_FLAVOUR_MYSQL, .version = 90704};
    struct sg_session session;
    struct sg_arena arena;
    struct sg_schema *schema = NULL;
    if (size == 0)
        return 0;
    if (data[0] & 1)
        server = (struct sg_server){.flavour = SG_FLAVOUR_MARIADB, .version = 110806};
    server.lower_case_table_names = (data[0] >> 1) & 1;
    struct sg_catalog *catalog = sg_catalog_new(&server);
    if (!catalog || sg_catalog_database(catalog, SG_SLICE_LITERAL("d"), NULL) != SG_OK)
        abort();
    sg_session_init(&session, &server, data[0] & 4 ? SG_MODE_ANSI_QUOTES : 0);
    sg_session_set_database(&session, SG_SLICE_LITERAL("d"));
    sg_arena_init(&arena, 1 << 20);
    run(catalog, &session, &arena, SG_SLICE_LITERAL(START));
    run(catalog, &session, &arena, sg_slice_make(data + 1, size - 1));
    check(sg_catalog_schema(catalog));
    if (sg_catalog_finish(catalog, &schema, NULL) != SG_OK)
        abort();
    check(schema);
    sg_schema_release(schema);
    sg_session_fini(&session);
    sg_arena_fini(&arena);
    return 0;
}
