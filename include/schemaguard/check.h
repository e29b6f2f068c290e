/* The question this library answers: which names in a statement does the schema not have?
 *
 * One call per statement, no state between calls but what the caller keeps in a context.
 */
#ifndef SCHEMAGUARD_CHECK_H
#define SCHEMAGUARD_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/arena.h>
#include <schemaguard/error.h>
#include <schemaguard/schema.h>
#include <schemaguard/server.h>
#include <schemaguard/slice.h>

/* The bits of sql_mode that change how a text is read (MySQL manual, "Server SQL Modes"). */
enum sg_sql_mode {
    SG_MODE_ANSI_QUOTES = 1 << 0,
    SG_MODE_PIPES_AS_CONCAT = 1 << 1,
    SG_MODE_HIGH_NOT_PRECEDENCE = 1 << 2,
    SG_MODE_IGNORE_SPACE = 1 << 3,
    SG_MODE_NO_BACKSLASH_ESCAPES = 1 << 4,
    SG_MODE_ONLY_FULL_GROUP_BY = 1 << 5,
    SG_MODE_ORACLE = 1 << 6,            /* MariaDB: another language, answered `unparsed` */
    SG_MODE_MSSQL = 1 << 7,             /* MariaDB: [name] quotes */
    SG_MODES_OF_READING = (1 << 8) - 1, /* all of them */
};

/* Reads the value of the variable sql_mode ("ANSI", "STRICT_TRANS_TABLES,ANSI_QUOTES" …): names in
 * any case, composites spelled out, other modes passed over; or its number, as SET takes it too. */
uint32_t sg_sql_mode_from_text(struct sg_slice text, enum sg_flavour flavour);

/* How many bytes a character takes, as far as finding quotes and identifiers needs it. */
enum sg_charset {
    SG_CHARSET_SINGLE_BYTE, /* ascii, binary and all others of one byte but latin1 */
    SG_CHARSET_UTF8,        /* utf8mb3, utf8mb4 */
    SG_CHARSET_GBK,
    SG_CHARSET_GB18030,
    SG_CHARSET_BIG5,
    SG_CHARSET_SJIS,
    SG_CHARSET_CP932,
    SG_CHARSET_EUCJPMS,
    SG_CHARSET_UJIS,
    SG_CHARSET_EUCKR,
    SG_CHARSET_GB2312,
    SG_CHARSET_LATIN1,
};

/* From a character set or collation name ("gbk", "utf8mb4_0900_ai_ci"), or a collation id as the
 * login packet carries it. Names and ids that are not known are single byte. */
enum sg_charset sg_charset_from_name(struct sg_slice name);
enum sg_charset sg_charset_from_collation_id(uint32_t collation_id);

enum sg_certainty { SG_CERTAIN, SG_UNCERTAIN };

/* A rule of MySQL's Rewriter plugin, by what it takes: MySQL manual, "Rewriter Query Rewrite Plugin
 * Rules Table". */
struct sg_rewrite {
    uint64_t pattern_digest;  /* hash of sg_digest */
    struct sg_slice database; /* which must be the current one; empty: any */
};

struct sg_overlay; /* a session's temporary tables over a schema; see overlay functions below */

/* All that changes what a statement means, beside the schema. The caller keeps it up to date, by
 * the effects of each statement that the server has run and by what the protocol tells. */
struct sg_context {
    const struct sg_server *server; /* borrowed */
    struct sg_slice database;       /* current database; empty = none */
    enum sg_certainty database_certainty;
    uint32_t sql_mode;         /* enum sg_sql_mode */
    uint32_t sql_mode_unknown; /* bits that may be either way: a mismatch must hold both ways */
    enum sg_charset charset;   /* character_set_client */
    enum sg_certainty charset_certainty;
    const struct sg_overlay *overlay; /* NULL = no temporary tables */
    enum sg_certainty
        temporary_certainty; /* uncertain: any table may be hidden by a temporary one */
    bool rewrites_known;     /* false: where the schema has the Rewriter's table, it may rewrite
                                any statement that reads or writes rows */
    const struct sg_rewrite *rewrites; /* borrowed */
    size_t rewrite_count;
};

/* The schemas a name is held against. Both are retained by the caller for the call. */
struct sg_schemas {
    const struct sg_schema *live;     /* what the server has now */
    const struct sg_schema *verified; /* what the team agreed on; NULL = live is verified */
};

enum sg_verdict {
    SG_VERDICT_OK,         /* every token was consumed by a production, every name resolved */
    SG_VERDICT_UNPARSED,   /* not understood in whole: nothing is said about it */
    SG_VERDICT_MISSING,    /* a name is verified and not live: the migration has not run */
    SG_VERDICT_UNVERIFIED, /* a name is live and not verified: drift; the server would run it */
    SG_VERDICT_ABSENT,     /* a name is in neither */
};

/* Missing, unverified or absent. */
static inline bool sg_verdict_is_mismatch(enum sg_verdict verdict)
{
    return verdict >= SG_VERDICT_MISSING;
}

const char *sg_verdict_name(enum sg_verdict verdict); /* "ok", "unparsed", "missing" … */

enum sg_reference_kind {
    SG_REFERENCE_COLUMN,    /* 1054, or 1109 for t.col where no tables are in scope */
    SG_REFERENCE_ORDINAL,   /* 1054: ORDER BY 7 */
    SG_REFERENCE_TABLE,     /* 1146, or 1109 in information_schema */
    SG_REFERENCE_TARGET,    /* 1109: a name in a DELETE list */
    SG_REFERENCE_QUALIFIER, /* 1051: x.* */
    SG_REFERENCE_DATABASE,  /* 1049 (MariaDB: 1146): reported, never blocked */
    SG_REFERENCE_ROW,       /* 1136, a warning: the row of values; its number is the name */
};
const char *
sg_reference_kind_name(enum sg_reference_kind kind); /* "column", "ordinal", "table" … */

#define SG_NEAREST_MAX 3

/* A name that did not resolve. Slices point into the arena, the statement or the schema. */
struct sg_reference {
    enum sg_reference_kind kind;
    enum sg_verdict verdict; /* of this reference: missing, unverified or absent */
    struct sg_slice name;    /* as the server prints it: qualifiers kept, quotes undone, not cut */
    struct sg_slice clause;  /* as this server words it: "field list", "SELECT"; empty for tables */
    size_t offset;           /* where its first token starts in the statement, bytes */
    size_t size;             /* bytes from there to the end of its last token */
    uint16_t error;          /* the server's error number */
    char sqlstate[6];        /* NUL-terminated */
    struct sg_slice message; /* the server's words, complete, names cut as the server cuts them */
    struct sg_slice nearest[SG_NEAREST_MAX]; /* names like it in scope, best first */
    size_t nearest_count;
};

enum sg_statement_kind {
    SG_STATEMENT_OTHER, /* recognised, or not understood at all */
    SG_STATEMENT_SELECT,
    SG_STATEMENT_INSERT,
    SG_STATEMENT_REPLACE,
    SG_STATEMENT_UPDATE,
    SG_STATEMENT_DELETE,
    SG_STATEMENT_DDL,     /* creates, alters, renames or drops something permanent */
    SG_STATEMENT_SESSION, /* USE, SET and their like */
};
const char *sg_statement_kind_name(enum sg_statement_kind kind); /* "SELECT", "DDL", "OTHER" … */

/* What the statement changes once the server has run it. */
enum sg_effect_flags {
    SG_EFFECT_DATABASE = 1 << 0, /* the current database becomes `database` */
    SG_EFFECT_SQL_MODE =
        1 << 1, /* sql_mode becomes `sql_mode`, of which `sql_mode_unknown` is unknown */
    SG_EFFECT_CHARSET = 1 << 2, /* character_set_client becomes `charset` */
    SG_EFFECT_SCHEMA = 1 << 3,  /* permanent tables may have changed: read the live schema again */
    SG_EFFECT_TEMPORARY =
        1 << 4, /* temporary tables were made, changed or dropped: `overlay_change` */
    SG_EFFECT_OPAQUE = 1 << 5, /* code that was not seen ran (CALL, EXECUTE): database, sql_mode and
                                  temporary tables may be anything; the schema may have changed */
    SG_EFFECT_LOGIN = 1 << 6,  /* sessions that begin from now on run code that was not seen
                                  (init_connect): as SG_EFFECT_OPAQUE at their beginning */
};

struct sg_effects {
    uint32_t flags;
    struct sg_slice database;
    uint32_t sql_mode;
    uint32_t sql_mode_unknown;
    enum sg_charset charset;
    enum sg_certainty charset_certainty;
    const struct sg_overlay_change
        *overlay_change; /* arena; with SG_EFFECT_TEMPORARY; NULL = not known. Points to the
                            context's server, so it is applied while that one lives */
};

struct sg_report {
    enum sg_verdict verdict;
    enum sg_statement_kind kind;

    /* With a mismatch: every name that did not resolve as far as the resolver went on; the first
     * one is the error that the server reports. */
    const struct sg_reference *references;
    size_t reference_count;

    /* With unparsed: what stopped the reading, for people and counters ("statement not supported:
     * CREATE PROCEDURE", "syntax"), and where. */
    struct sg_slice unparsed_reason;
    size_t unparsed_offset;

    /* With OK: what the server refuses though every name is there, as far as it is looked for
     * (1136: an INSERT with another number of values than columns). Nobody blocks for it: the
     * verdict stays what it is. */
    const struct sg_reference *warnings;
    size_t warning_count;

    struct sg_effects effects;

    /* Bytes up to and including the `;` that ends this statement, or the whole text: what is left
     * is the next statement of a multi-statement. */
    size_t consumed;

    /* The resolver looked at a literal's or the spacing's bytes (ORDER BY 2, an implicit column
     * name): the verdict holds for this very text, not for its shape. */
    bool depends_on_text;
};

/* Finds the names in the first statement of `text` that `schemas` do not have.
 *
 * text      bytes in the context's character set; borrowed for the call, and for as long as the
 *           report is read
 * arena     receives the report, which lives until the arena is reset
 * returns   SG_OK with *report_out set, also when the verdict is `unparsed`; SG_LIMIT when the
 *           arena's ceiling was reached, *report_out untouched
 * source    MySQL manual, "Identifier Qualifiers"; MariaDB documentation, "Identifier Qualifiers"
 *
 * A name of which nothing can be said (a table that the account could not see, a broken view's
 * column) is no mismatch, and the verdict is OK if nothing else is wrong. Where the server would
 * stop with an error of another kind before it comes to a missing name, the verdict is OK too.
 */
SG_MUST_CHECK enum sg_status sg_check(struct sg_slice text, const struct sg_context *context,
                                      const struct sg_schemas *schemas, struct sg_arena *arena,
                                      const struct sg_report **report_out);

/* What became of one name of a statement that resolved. Slices point into the arena, the statement
 * or the schema. */
enum sg_resolved_how {
    SG_RESOLVED_TABLE,   /* a table, view or sequence: database, table */
    SG_RESOLVED_COLUMN,  /* column of table: database (empty: made by the statement), table, column
                          */
    SG_RESOLVED_ALIAS,   /* a name that the select list gives */
    SG_RESOLVED_CTE,     /* a common table expression: table */
    SG_RESOLVED_UNKNOWN, /* perhaps: nothing is known of a table's columns, or of a table */
};
const char *sg_resolved_how_name(enum sg_resolved_how how); /* "table", "column" ... */

struct sg_resolved {
    const struct sg_resolved *next; /* in the order in which the server resolves */
    enum sg_resolved_how how;
    struct sg_slice name;   /* as written, quotes undone, without qualifiers; of NATURAL JOIN, which
                               writes none, the column's. `*` comes once for each column */
    struct sg_slice clause; /* as this server would word it; empty for tables */
    struct sg_slice database;
    struct sg_slice table; /* its alias where it has one, for columns */
    struct sg_slice column;
    struct sg_slice type; /* of the column, when it is known */
    size_t offset;
    size_t size;
    bool is_temporary; /* table: this session's */
    bool is_outer;     /* column: of an enclosing query */
    bool is_written;   /* column: assigned to */
};

/* As sg_check against the live schema alone, and tells what each name was resolved to. */
SG_MUST_CHECK enum sg_status sg_explain(struct sg_slice text, const struct sg_context *context,
                                        const struct sg_schema *schema, struct sg_arena *arena,
                                        const struct sg_report **report_out,
                                        const struct sg_resolved **resolved_out);

/* As sg_check without schemas: what the statement is and what it changes, no names resolved
 * (verdict OK or UNPARSED). For a guard that has no schema yet and must still follow USE and SET.
 */
SG_MUST_CHECK enum sg_status sg_read_effects(struct sg_slice text, const struct sg_context *context,
                                             struct sg_arena *arena,
                                             const struct sg_report **report_out);

/* Where a name stands that the server refused though nothing was found wrong with the text. */
enum sg_origin {
    SG_ORIGIN_OTHER,   /* in the text itself, or it cannot be told */
    SG_ORIGIN_ROUTINE, /* in a procedure, a stored function or a trigger that it runs */
    SG_ORIGIN_VIEW,    /* in a view that it names */
    SG_ORIGIN_DYNAMIC, /* in what PREPARE or EXECUTE reads as SQL */
};
const char *sg_origin_name(enum sg_origin origin); /* "other", "routine", "view", "dynamic" */

/* By the first word of `text`, by whether the name that `message` (the server's, of an error about
 * a name) quotes stands in it, and by the views of `schema` (NULL: none is known). A guess for
 * people: nothing is decided by it. */
enum sg_origin sg_origin_of_refusal(struct sg_slice text, const struct sg_context *context,
                                    const struct sg_schema *schema, struct sg_slice message,
                                    struct sg_arena *arena);

/* `x.*` stands in the text: its error 1051 is what DROP gets, too, for a table that is not there. */
bool sg_has_qualified_star(struct sg_slice text, const struct sg_context *context);

/* --- digest ------------------------------------------------------------------------------ */

/* Never holds a literal's bytes, not even when the text cannot be lexed to its end: then it stops
 * before the first quote, for any of them may be the wrong one. A position (ORDER BY 2, up to four
 * digits) is no literal. Names hold no quotes: one that does is shown as `?`. */
struct sg_digest {
    uint64_t hash;        /* of the whole normal form; the same on every machine */
    struct sg_slice text; /* normal form as performance_schema's DIGEST_TEXT writes it: literals are
                             `?`, lists of them `...`; valid UTF-8; arena. Ends in " ..." when
                             reading failed and when it was cut. */
    bool truncated;       /* cut at `limit_bytes`, which `text` never exceeds */
};

/* The normal form of the first statement in `text`; lexing only, no tree. */
SG_MUST_CHECK enum sg_status sg_digest(struct sg_slice text, const struct sg_context *context,
                                       size_t limit_bytes, struct sg_arena *arena,
                                       struct sg_digest *digest_out);

/* --- a session's temporary tables ---------------------------------------------------------- */

/* Heap, a few hundred bytes when not empty; made on first need by the caller of apply. */
struct sg_overlay_change;
struct sg_overlay *sg_overlay_new(void);
void sg_overlay_free(struct sg_overlay *overlay); /* NULL is fine */

/* Takes a change that the server has carried out. SG_LIMIT when the overlay is at its bound of 4096
 * tables or memory is out: the caller then sets temporary_certainty to SG_UNCERTAIN. */
SG_MUST_CHECK enum sg_status sg_overlay_apply(struct sg_overlay *overlay,
                                              const struct sg_overlay_change *change);

#endif
