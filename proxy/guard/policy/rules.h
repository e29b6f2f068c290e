/* Which rule of the settings a session meets. Pure. */
#ifndef POLICY_RULES_H
#define POLICY_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include <schemaguard/slice.h>

#include "config/settings.h"

/* Who sends a statement. Empty: not known, or none; only a rule that does not ask for it is met. */
struct policy_subject {
    struct sg_slice user;
    struct sg_slice database; /* the current one */
    struct sg_slice program;  /* the connection attribute program_name */
    const char *client;       /* numeric address, or "localhost" for a Unix socket */
};

/* The first in file order whose every condition holds; NULL: none, the mode is the global one. */
const struct settings_rule *rules_find(const struct settings_rule *rules,
                                       const struct policy_subject *subject);

/* Why a rule is not met, for people; NULL: it is. `text` holds the words. */
const char *rules_obstacle(const struct settings_rule *rule, const struct policy_subject *subject,
                           char *text, size_t size);

#endif
