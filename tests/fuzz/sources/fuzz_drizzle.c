/* Any text as Drizzle's declarations: what comes of it are statements, or a problem that is told.
 */
#include <stdint.h>
#include <stdlib.h>

#include "sources/drizzle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void look_at(void *data, const struct orm_place *place, bool is_problem, const char *text)
{
    (void)data;
    (void)is_problem;
    require(place->file && text && *text);
}

static enum sg_status take(void *data, const struct orm_place *place, struct sg_slice sql,
                           struct sg_error *error)
{
    (void)data;
    (void)error;
    require(place->line > 0 && sql.size > 0);
    return SG_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct orm orm;
    struct sg_arena arena;
    struct sg_error error = {.status = SG_OK};
    if (size == 0)
        return 0;
    /* the first byte chooses how much memory there is: all ways of running out are tried too */
    sg_arena_init(&arena, data[0] == 0xFF ? (size_t)64 << 20 : (size_t)data[0] << 12);
    orm_init(&orm, &arena, look_at, NULL);
    drizzle_read_text(&orm, sg_slice_make(data + 1, size - 1), "schema.ts");
    if (orm_finish(&orm, "schema.ts", &error) == SG_OK)
        (void)!orm_statements(&orm, take, NULL, &error);
    else
        require(error.status != SG_OK && error.message[0] != '\0');
    sg_arena_fini(&arena);
    return 0;
}
