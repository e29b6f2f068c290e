/* Prisma's schema language: schema.prisma, or a folder of such files, with the mysql provider. */
#ifndef SOURCES_PRISMA_H
#define SOURCES_PRISMA_H

#include "sources/orm.h"

/* Reads the files as one schema. What is wrong with them is a problem of `orm`; SG_SYSTEM: a file
 * cannot be read. */
SG_MUST_CHECK enum sg_status prisma_read(struct orm *orm, const char *const *paths, size_t count,
                                         struct sg_error *error);

/* The same for texts that are there already; `names` stand in messages. Both live as long as orm's
 * arena. */
void prisma_read_texts(struct orm *orm, const struct sg_slice *texts, const char *const *names,
                       size_t count);

#endif
