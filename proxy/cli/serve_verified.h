/* The schemas that the settings name, `verified` and `candidate`: read at start, watched, and read
 * again when their files change; servers every schema_refresh.
 */
#ifndef CLI_SERVE_VERIFIED_H
#define CLI_SERVE_VERIFIED_H

#include <stdbool.h>
#include <stdint.h>

#include <schemaguard/error.h>

#include "catalog/refresh.h"
#include "cli/serve_reader.h"
#include "config/settings.h"

/* One of the two. */
struct serve_source {
    const char *what;          /* "verified", "candidate" */
    const char *name;          /* NULL = not set */
    struct verified *verified; /* in use */
    uint64_t signature;        /* as of the last look */
    uint64_t failed_signature; /* with has_failed: what could not be read; not tried again */
    bool has_failed;
    struct serve_reader *reader; /* of a server, while it is being read again; else NULL */
    uint64_t due_ms;             /* of a server: when to read it again */
};

/* Of the main thread. */
struct serve_verified {
    const struct settings *settings;
    struct catalog *catalog; /* NULL = none yet */
    struct serve_source verified;
    struct serve_source candidate;
    uint64_t looked_ms;
};

/* Reads what is set; true also where nothing is. False with *error. */
SG_MUST_CHECK bool serve_verified_read(struct serve_verified *serve,
                                       const struct settings *settings, struct sg_error *error);
/* False: a connection does not end, and is left behind. Zeroed storage is fine. */
bool serve_verified_fini(struct serve_verified *serve);

/* Hands them to the catalog, from now on too. */
void serve_verified_begin(struct serve_verified *serve, struct catalog *catalog);

/* Now and then: looks for changes about once a second, and takes what was at rest for that long. */
void serve_verified_turn(struct serve_verified *serve);

/* At HUP: reads again whatever the files look like, and begins to read servers. What is wrong
 * leaves that of before in use. */
void serve_verified_read_again(struct serve_verified *serve);

/* What was published last shows how verified and live schema stand to each other. */
bool serve_verified_is_compared(const struct serve_verified *serve,
                                const struct published *published);

/* Whether the rules name that table; all, where none names any. For the catalog's thread:
 * `settings` alone is looked at. */
bool serve_verified_is_named(const struct settings *settings, struct sg_slice database,
                             struct sg_slice table);

#endif
