/* Any text as a Prisma schema. */
#include "orm_fuzz.h"

#include "sources/prisma.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_one(struct orm *orm, struct sg_slice text, const char *name)
{
    prisma_read_texts(orm, &text, &name, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_orm(data, size, "schema.prisma", read_one);
    return 0;
}
