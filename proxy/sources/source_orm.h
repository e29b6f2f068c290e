/* Which of the ORM readers a path is for, and the way from it to statements. */
#ifndef SOURCES_SOURCE_ORM_H
#define SOURCES_SOURCE_ORM_H

#include "sources/orm.h"
#include "sources/source.h"

/* What a file or folder is by its name and its first bytes; false: nothing of an ORM's. */
bool source_orm_kind_of(const char *name, enum source_kind *kind_out);

struct source_orm_calls {
    orm_report_fn report; /* problems and notes, but for the first problem, which is the error */
    orm_opened_fn opened;
    orm_statement_fn take;
    void *data;
};

/* Reads the declarations of `name`, which are about `database`, and gives their statements to
 * `take`. */
SG_MUST_CHECK enum sg_status source_orm_read(const char *name, enum source_kind kind,
                                             const char *database,
                                             const struct source_orm_calls *calls,
                                             struct sg_error *error);

#endif
