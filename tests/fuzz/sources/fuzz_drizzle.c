/* Any text as Drizzle's declarations. */
#include "orm_fuzz.h"

#include "sources/drizzle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_orm(data, size, "schema.ts", drizzle_read_text);
    return 0;
}
