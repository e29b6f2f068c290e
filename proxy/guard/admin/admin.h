/* Health, metrics and commands over HTTP, on a thread of their own; docs/admin.md has the paths.
 *
 * What it tells is read from atomics and under short locks; what it is told goes to the arming, or
 * to the caller by on_reload and on_drain. It never touches a session.
 */
#ifndef ADMIN_ADMIN_H
#define ADMIN_ADMIN_H

#include <schemaguard/error.h>

#include "catalog/refresh.h"
#include "config/settings.h"
#include "policy/arming.h"

struct admin; /* heap */

/* Everything is borrowed until admin_close. */
struct admin_options {
    const struct settings *settings;
    struct catalog *catalog; /* NULL = no account to read the schema with */
    struct arming *arming;
    const char *version;
    void (*on_reload)(void *argument); /* as for the signal HUP; on the admin's thread */
    void (*on_drain)(void *argument);  /* as for the signal TERM; likewise */
    void *argument;
};

/* Listens and serves. Where `admin_listen` is none, or its default is taken: SG_OK and *admin_out
 * NULL, after a log line. */
SG_MUST_CHECK enum sg_status admin_open(const struct admin_options *options,
                                        struct admin **admin_out, struct sg_error *error);

/* From now on /readyz says that no new clients are wanted. Any thread; NULL is fine. */
void admin_set_draining(struct admin *admin);

/* Waits for requests under way, for a moment. NULL is fine. */
void admin_close(struct admin *admin);

#endif
