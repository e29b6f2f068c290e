/* A server's information_schema, read through libmysqlclient into a schema.
 *
 * Comes in: how to reach a server and an account on it. Goes out: one immutable sg_schema with what
 * the account could see, and how much that was. Blocks; called by the catalog's own thread and by
 * commands, never by a worker. Compiles against MariaDB's Connector/C and Oracle's libmysqlclient.
 */
#ifndef SOURCES_LIVE_H
#define SOURCES_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/error.h>
#include <schemaguard/schema.h>
#include <schemaguard/server.h>
#include <schemaguard/slice.h>

/* MySQL's own terms (--ssl-mode). */
enum live_tls {
    LIVE_TLS_DISABLED,
    LIVE_TLS_PREFERRED, /* TLS where the server offers it, unverified */
    LIVE_TLS_REQUIRED,  /* TLS or no connection, unverified */
    LIVE_TLS_VERIFY_CA,
    LIVE_TLS_VERIFY_IDENTITY,
};

/* A certificate that the caller has seen the server show, and has verified in its own way. */
struct live_pin {
    char sha1[41]; /* hex of the certificate's hashes, NUL-terminated */
    char sha256[65];
    char *pem; /* heap, freed by the reader */
};

/* The client libraries differ in what they verify: Connector/C falls back to clear text when a CA
 * is given and the server offers no TLS, 3.3 knows SHA-1 fingerprints only, Oracle's library knows
 * none. So wherever a certificate must be verified on such a library, the caller does it first, on
 * a connection of its own, and the library is held to that very certificate. Called on the reading
 * thread before each connection; may block. `is_fresh`: the one that it remembered did not fit. */
typedef enum sg_status (*live_pin_fn)(void *argument, bool is_fresh, struct live_pin *pin_out,
                                      struct sg_error *error);

/* One that is asked for by name. */
struct live_table {
    struct sg_slice database;
    struct sg_slice table;
    bool is_whole; /* with all others of its database: names that are equal to the server only may
                      stand for it */
};

/* Strings are borrowed for the call; NULL = not given. */
struct live_options {
    const char *host; /* ignored with a socket_path */
    uint16_t port;
    const char *socket_path;
    /* Databases to read; NULL = all that the account can see. Of others nothing is known then.
     * information_schema is always read. */
    const char *const *databases;
    size_t database_count;
    /* These alone, in place of `databases`; none twice. A table that is not there is absent in the
     * schema as any other is, so what was not asked for must not be looked for in it. */
    const struct live_table *tables;
    size_t table_count;
    bool details; /* defaults, keys, constraints and comments too (schemaguard/detail.h) */
    const char *user;
    const char *password;      /* beaten by password_file */
    const char *password_file; /* first line; read anew at each connection, then wiped */
    enum live_tls tls;
    const char *tls_ca_file;          /* PEM */
    const char *tls_fingerprint;      /* SHA-256, 64 hex digits, colons ignored */
    const char *tls_certificate_file; /* our own, for accounts that REQUIRE X509 */
    const char *tls_key_file;
    /* Without it, what the library cannot verify by itself is refused, never weakened. */
    live_pin_fn find_pin;
    void *find_pin_argument;
    unsigned connect_timeout_s; /* 0 = 10 */
    unsigned read_timeout_s;    /* 0 = 60: the longest silence inside an answer */
};

/* What the account was allowed to see, so that two readings can be compared. Opaque, heap. */
struct live_coverage;

/* A reading. Freed by live_reading_fini; `schema` may be taken out (set to NULL) before. */
struct live_reading {
    struct sg_schema *schema; /* one reference */
    struct sg_server server;
    char server_version[64]; /* as VERSION() gives it */
    char account[128];       /* as CURRENT_USER() gives it */
    uint32_t sql_mode;       /* of new sessions: enum sg_sql_mode */
    bool sql_mode_certain;   /* false: init_connect may set another one */
    struct live_coverage *coverage;
    size_t database_count;
    size_t incomplete_database_count; /* not all of their tables are visible to the account */
    size_t table_count;
    size_t unknown_table_count; /* there, but their columns cannot be told: broken views, grants on
                                   some columns only */
    size_t column_count;
    unsigned attempts;    /* 1, or more when tables changed while they were read */
    bool unsettled;       /* they changed at every attempt: what was in doubt is marked unknown, and
                             the reading should be repeated soon */
    uint32_t duration_ms; /* connecting included */
};

/* Lets another thread break off a reading that has been going on for too long. Caller's storage. */
struct live_cancel;                                /* heap: two threads look at it */
struct live_cancel *live_cancel_new(void);         /* NULL when memory is out */
void live_cancel_free(struct live_cancel *cancel); /* no reading uses it any more */
/* Any thread, any number of times: a reading in flight fails soon (at once while it reads, within
 * the connect timeout while it connects), a later one fails immediately. */
void live_cancel_now(struct live_cancel *cancel);

/* Connects, reads everything, disconnects. `cancel` may be NULL. On failure nothing is in
 * *reading_out; the message names the server, the account where that matters, and the server's own
 * words. What the account needs stands at the top of live.c. */
SG_MUST_CHECK enum sg_status live_read(const struct live_options *options,
                                       struct live_cancel *cancel, struct live_reading *reading_out,
                                       struct sg_error *error);
void live_reading_fini(struct live_reading *reading);

/* Whether `now` can see less than `before` by its grants (not because something was dropped). Then
 * a table that has vanished proves nothing. `lost_out` tells the first loss: "database `shop`". */
bool live_coverage_shrank(const struct live_coverage *before, const struct live_coverage *now,
                          char *lost_out, size_t lost_size);
void live_coverage_free(struct live_coverage *coverage); /* NULL is fine */

/* Once per process, before threads that read are started, and at the very end (does nothing while a
 * reading that was given up is still in flight). */
SG_MUST_CHECK enum sg_status live_library_init(struct sg_error *error);
void live_library_end(void);

#endif
