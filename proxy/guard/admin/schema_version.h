/* Which schemas are in use, and whether they agree; docs/verified.md has an example. */
#ifndef ADMIN_SCHEMA_VERSION_H
#define ADMIN_SCHEMA_VERSION_H

#include <stdbool.h>

#include "catalog/publish.h"

struct schema_version {
    const struct published *published; /* NULL = no schema has been read yet */
    bool is_verified_set;
    const char *live_hash; /* NULL = memory was out */
};

/* Verified and live schema agree on what policy names; where none is verified, live is. */
bool schema_version_matches(const struct schema_version *version);

/* The caller frees it; NULL when memory was out. */
char *schema_version_to_json(const struct schema_version *version);

#endif
