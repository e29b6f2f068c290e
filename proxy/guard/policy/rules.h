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

    /* and what it is about */
    const char *class_name;        /* of the enum sg_verdict; NULL = no mismatch */
    const struct sg_slice *tables; /* "shop.customers": those that it uses */
    size_t table_count;
};

/* The first in file order whose every condition holds; NULL: none, the mode is the global one. */
const struct settings_rule *rules_find(const struct settings_rule *rules,
                                       const struct policy_subject *subject);

/* Whether `table` (shop.customers) is one of the names, among which `*` stands for any run of
 * characters. */
bool rules_name_table(const char *names, struct sg_slice table);

/* Why a rule is not met, for people; NULL: it is. `text` holds the words. */
const char *rules_obstacle(const struct settings_rule *rule, const struct policy_subject *subject,
                           char *text, size_t size);

#endif
