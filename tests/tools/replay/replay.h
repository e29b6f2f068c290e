/* What the files of corpus-replay share. */
#ifndef TESTS_REPLAY_H
#define TESTS_REPLAY_H

#include <schemaguard/catalog.h>
#include <schemaguard/check.h>
#include <schemaguard/verdict_cache.h>

#define ARENA_CEILING ((size_t)256 << 20)

/* --- files.c ------------------------------------------------------------------------------- */

/* Ends the program with a message. */
_Noreturn void die(const char *what, const char *name);

/* The whole file, unpacked if it is gzip, NUL-terminated; the caller frees. `path` may be "-" for
 * standard input. */
char *read_file(const char *path, size_t *size_out);

/* A JSON string. Bytes that are not UTF-8 go out as they are. */
void print_string(struct sg_slice text);

/* --- tsv_schema.c -------------------------------------------------------------------------- */

/* Adds the tables of all *.columns.FLAVOUR.tsv in `folder` to a builder. */
void load_tsv(struct sg_schema_builder *builder, const char *folder, enum sg_flavour flavour);

/* --- session.c ----------------------------------------------------------------------------- */

/* A session as a guard would follow it. */
struct session {
    struct sg_context context;
    struct sg_overlay *overlay;
    const struct sg_schema *live;      /* the caller's, or after DDL the catalogue's */
    struct sg_catalog *catalog;        /* NULL before DDL */
    struct sg_verdict_cache *verdicts; /* the caller's, for what it gave as `live`; NULL = none */
    char database[512];
};

/* `live` outlives the session. */
void session_init(struct session *s, const struct sg_server *server, const struct sg_schema *live,
                  struct sg_slice database);
void session_fini(struct session *s);
void session_use(struct session *s, struct sg_slice database);

/* The server carried out the first statement of `text`, which has these effects. */
void session_apply(struct session *s, struct sg_slice text, const struct sg_effects *effects,
                   struct sg_arena *arena);

struct answer {
    const char *verdict; /* "ok", "mismatch", "unparsed" */
    unsigned error;
    struct sg_slice message; /* arena */
};

/* The statements of one text in order; the first that is not "ok" decides. `multi`: the session may
 * send several in one text. */
struct answer session_judge(struct session *s, struct sg_slice text, bool multi,
                            struct sg_arena *arena);

/* The rest of a JSON object that has been begun: verdict, errno, message and the brace. */
void print_answer(const struct answer *answer);

/* --- rewrites.c ---------------------------------------------------------------------------- */

/* The rules of MySQL's Rewriter that a conversation wrote; those that it deleted may still be used.
 */
struct rewrites {
    struct sg_rewrite rules[256];
    size_t count;
    bool lost; /* one was written that could not be read */
};

/* The server carried out `text`. */
void rewrites_follow(struct rewrites *rewrites, struct sg_slice text,
                     const struct sg_context *context, struct sg_arena *arena);
void rewrites_free(struct rewrites *rewrites);

/* --- the two kinds of input ---------------------------------------------------------------- */

/* Rows of resolution.jsonl. `expected`, unless NULL, is a file of the counts that the answers must
 * come to. `cached`: twice, the second time backwards, with one cache of verdicts. */
int replay_resolution(const char *path, const struct sg_server *server, const char *expected,
                      bool cached);

/* A recorded file (tests' own statements, one JSON object a line). `system` is the folder of
 * system-schema.*.json, the servers' own databases. */
int replay_recording(const char *path, const char *system);

#endif
