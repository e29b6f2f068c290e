/* Whether clients are welcome, and what is wrong. */
#ifndef ADMIN_READINESS_H
#define ADMIN_READINESS_H

#include <stdbool.h>

#include "catalog/refresh.h"
#include "config/settings.h"
#include "policy/arming.h"

struct readiness {
    const struct settings *settings;
    bool is_draining;
    bool has_catalog;
    struct catalog_status catalog; /* where there is one */
    struct arming_status arming;
};

/* Draining, or no schema to judge by where one is to be read. One client's fate is no reason. */
bool readiness_is_ready(const struct readiness *readiness);

/* {"ready":…,"reasons":[…],"mode":…,"arming":{…},"schema":{…}}; the caller frees it; NULL when
 * memory was out. */
char *readiness_to_json(const struct readiness *readiness);

#endif
