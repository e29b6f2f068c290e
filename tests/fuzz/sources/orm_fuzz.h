/* What the targets that read an ORM's declarations have in common: what comes of any text are
 * statements, or a problem that is told. */
#ifndef FUZZ_SOURCES_ORM_FUZZ_H
#define FUZZ_SOURCES_ORM_FUZZ_H

#include <stdint.h>
#include <stdlib.h>

#include "sources/orm.h"

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

/* Reads the text by `read` under the name of a file. The first byte chooses how much memory there
 * is: all ways of running out are tried, too. */
static void fuzz_orm(const uint8_t *data, size_t size, const char *name,
                     void (*read)(struct orm *orm, struct sg_slice text, const char *name))
{
    struct orm orm;
    struct sg_arena arena;
    struct sg_error error = {.status = SG_OK};

    if (size == 0)
        return;
    sg_arena_init(&arena, data[0] == 0xFF ? (size_t)64 << 20 : (size_t)data[0] << 12);
    orm_init(&orm, &arena, look_at, NULL);
    read(&orm, sg_slice_make(data + 1, size - 1), name);
    if (orm_finish(&orm, name, &error) == SG_OK)
        (void)!orm_statements(&orm, take, NULL, &error);
    else
        require(error.status != SG_OK && error.message[0] != '\0');
    sg_arena_fini(&arena);
}

#endif
