/* Prisma's schema language as a list of blocks: what stands there, and nothing of what it means.
 *
 * Prisma documentation, "Prisma Schema Language", "Prisma schema API".
 */
#ifndef SOURCES_PRISMA_PARSE_H
#define SOURCES_PRISMA_PARSE_H

#include "sources/orm.h"

enum prisma_value_kind {
    PRISMA_STRING, /* `text` without its quotes */
    PRISMA_NUMBER,
    PRISMA_NAME,     /* also true, false */
    PRISMA_FUNCTION, /* name(arguments) */
    PRISMA_ARRAY,
};

struct prisma_value {
    enum prisma_value_kind kind;
    struct sg_slice text;   /* string, number, name; of a function its name */
    struct orm_list values; /* array: struct prisma_value; function: struct prisma_argument */
};

struct prisma_argument {
    struct sg_slice name; /* empty: by position */
    struct prisma_value value;
};

struct prisma_attribute {
    struct sg_slice name; /* "id", "db.VarChar" */
    struct orm_list arguments;
    struct orm_place place;
};

struct prisma_field {
    struct sg_slice name;
    struct sg_slice type;       /* of Unsupported("…") the text in it */
    struct orm_list attributes; /* struct prisma_attribute */
    struct prisma_value *value; /* name = value, in datasource and generator */
    bool is_list;
    bool is_optional;
    bool is_unsupported;
    struct orm_place place;
};

struct prisma_block {
    struct sg_slice keyword; /* model, enum, view, type, datasource, generator */
    struct sg_slice name;
    struct orm_list fields;     /* of an enum: its values */
    struct orm_list attributes; /* @@… */
    struct orm_place place;
};

/* Appends the text's blocks (struct prisma_block) to `blocks`. What is not understood is a problem,
 * and the reading goes on behind it. */
void prisma_parse(struct orm *orm, struct sg_slice text, const char *name, struct orm_list *blocks);

/* The attribute of that name, or NULL. */
const struct prisma_attribute *prisma_attribute(const struct orm_list *attributes,
                                                const char *name);

/* The argument by its name, or else (position ≥ 0) the one without a name at that position. */
const struct prisma_value *prisma_argument(const struct orm_list *arguments, const char *name,
                                           int position);

#endif
