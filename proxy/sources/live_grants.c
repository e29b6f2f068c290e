/* Reads rows of SHOW GRANTS and answers what they let an account see.
 *
 * In: "GRANT SELECT, UPDATE (a, b) ON `shop\_%`.* TO `u`@`%`"; out: whether a database, a table, or
 * everything is covered. In doubt it is not: then nothing is said about what is missing there.
 * Called by live.c; the unit tests feed it text. Follows: MySQL manual, "SHOW GRANTS Statement",
 * "GRANT Statement", "Privilege Restriction Using Partial Revokes"; MariaDB documentation, "SHOW
 * GRANTS".
 */
#include "sources/live_grants.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The privileges that let a column be seen. */
enum sight {
    SIGHT_SELECT = 1 << 0,
    SIGHT_INSERT = 1 << 1,
    SIGHT_UPDATE = 1 << 2,
    SIGHT_REFERENCES = 1 << 3,
    SIGHT_ALL = SIGHT_SELECT | SIGHT_INSERT | SIGHT_UPDATE | SIGHT_REFERENCES,
};

enum level { LEVEL_GLOBAL, LEVEL_DATABASE, LEVEL_TABLE };

struct grant {
    enum level level;
    bool is_revoke;       /* MySQL, a partial revoke: an exception to a global privilege */
    bool shows_databases; /* SHOW DATABASES */
    unsigned sights;      /* of whole tables; a list of columns does not count */
    char *database;       /* heap; a pattern on LEVEL_DATABASE */
    char *table;          /* heap */
};

struct live_coverage {
    struct live_grants_rules rules;
    struct grant *grants;
    size_t count;
    size_t capacity;
};

/* --- reading a row --------------------------------------------------------------------------- */

struct reader {
    const char *at;
    const char *end;
};

static void skip_blanks(struct reader *reader)
{
    while (reader->at < reader->end && isspace((unsigned char)*reader->at))
        reader->at++;
}

/* A word of letters ("SELECT", "ON"); empty where something else stands. */
static struct sg_slice take_word(struct reader *reader)
{
    skip_blanks(reader);
    const char *start = reader->at;
    while (reader->at < reader->end && (isalpha((unsigned char)*reader->at) || *reader->at == '_'))
        reader->at++;
    return sg_slice_make(start, (size_t)(reader->at - start));
}

static bool is_word(struct sg_slice word, const char *text)
{
    return word.size == strlen(text) && strncasecmp(word.data, text, word.size) == 0;
}

static bool take_char(struct reader *reader, char wanted)
{
    skip_blanks(reader);
    if (reader->at >= reader->end || *reader->at != wanted)
        return false;
    reader->at++;
    return true;
}

/* Past a quoted name, its doubled quotes undone in `into` (at least as long as the rest). */
static bool read_quoted(struct reader *reader, char *into)
{
    char quote = *reader->at++;
    size_t size = 0;
    while (reader->at < reader->end) {
        char c = *reader->at++;
        if (c == quote) {
            if (reader->at >= reader->end || *reader->at != quote) {
                into[size] = '\0';
                return true;
            }
            reader->at++;
        }
        into[size++] = c;
    }
    return false;
}

/* `name`, "name" or name, in memory of its own; NULL where there is none or memory is out. */
static char *take_name(struct reader *reader)
{
    skip_blanks(reader);
    size_t left = (size_t)(reader->end - reader->at);
    char *name = left > 0 ? malloc(left + 1) : NULL;
    if (!name)
        return NULL;
    if (*reader->at == '`' || *reader->at == '"' || *reader->at == '\'') {
        if (read_quoted(reader, name))
            return name;
        free(name);
        return NULL;
    }
    size_t size = 0;
    while (reader->at < reader->end && *reader->at != '.' && *reader->at != '(' &&
           *reader->at != ',' && !isspace((unsigned char)*reader->at))
        name[size++] = *reader->at++;
    name[size] = '\0';
    return name;
}

/* "(`a`, `b`)": true when a list stood there. */
static bool skip_columns(struct reader *reader)
{
    if (!take_char(reader, '('))
        return false;
    while (reader->at < reader->end && *reader->at != ')') {
        if (*reader->at == '`' || *reader->at == '"' || *reader->at == '\'')
            free(take_name(reader));
        else
            reader->at++;
    }
    (void)take_char(reader, ')');
    return true;
}

static unsigned sight_of(struct sg_slice word)
{
    if (is_word(word, "SELECT"))
        return SIGHT_SELECT;
    if (is_word(word, "INSERT"))
        return SIGHT_INSERT;
    if (is_word(word, "UPDATE"))
        return SIGHT_UPDATE;
    if (is_word(word, "REFERENCES"))
        return SIGHT_REFERENCES;
    return is_word(word, "ALL") ? SIGHT_ALL : 0;
}

/* priv [(columns)] [, priv [(columns)]] ... ON; false when no ON comes (a role is granted). */
static bool read_privileges(struct reader *reader, struct grant *grant)
{
    for (;;) {
        struct sg_slice first = take_word(reader);
        if (first.size == 0)
            return false;
        struct sg_slice word = take_word(reader);
        if (is_word(first, "ALL"))
            grant->shows_databases = true;
        if (is_word(first, "SHOW") && is_word(word, "DATABASES"))
            grant->shows_databases = true;
        while (word.size > 0 && !is_word(word, "ON"))
            word = take_word(reader); /* the rest of "CREATE TEMPORARY TABLES" */
        bool has_columns = word.size == 0 && skip_columns(reader);
        if (!has_columns)
            grant->sights |= sight_of(first);
        if (word.size == 0 && take_char(reader, ','))
            continue;
        if (word.size == 0)
            word = take_word(reader);
        return is_word(word, "ON");
    }
}

/* *.* | db.* | db.table; procedures and the like are not ours. */
static bool read_object(struct reader *reader, struct grant *grant)
{
    struct reader ahead = *reader;
    struct sg_slice word = take_word(&ahead);
    static const char *const others[] = {"FUNCTION", "PROCEDURE", "PACKAGE", "LIBRARY"};
    skip_blanks(&ahead);
    bool is_kind = word.size > 0 && ahead.at < ahead.end && *ahead.at != '.';
    for (size_t i = 0; is_kind && i < sizeof(others) / sizeof(others[0]); i++)
        if (is_word(word, others[i]))
            return false;
    if (is_kind && is_word(word, "TABLE"))
        *reader = ahead;
    if (take_char(reader, '*')) {
        grant->level = LEVEL_GLOBAL;
        return take_char(reader, '.') && take_char(reader, '*');
    }
    grant->database = take_name(reader);
    if (!grant->database || !take_char(reader, '.'))
        return false;
    if (take_char(reader, '*')) {
        grant->level = LEVEL_DATABASE;
        return true;
    }
    grant->level = LEVEL_TABLE;
    grant->table = take_name(reader);
    return grant->table != NULL;
}

static bool read_grant(struct sg_slice text, struct grant *grant)
{
    struct reader reader = {.at = text.data, .end = text.data + text.size};
    struct sg_slice verb = take_word(&reader);
    grant->is_revoke = is_word(verb, "REVOKE");
    if (!grant->is_revoke && !is_word(verb, "GRANT"))
        return false;
    if (!read_privileges(&reader, grant) || !read_object(&reader, grant))
        return false;
    struct sg_slice to = take_word(&reader);
    return is_word(to, grant->is_revoke ? "FROM" : "TO");
}

/* --- life ------------------------------------------------------------------------------------ */

struct live_coverage *live_coverage_new(const struct live_grants_rules *rules)
{
    struct live_coverage *coverage = calloc(1, sizeof(*coverage));
    if (coverage)
        coverage->rules = *rules;
    return coverage;
}

static void fini_grant(struct grant *grant)
{
    free(grant->database);
    free(grant->table);
}

void live_coverage_free(struct live_coverage *coverage)
{
    if (!coverage)
        return;
    for (size_t i = 0; i < coverage->count; i++)
        fini_grant(&coverage->grants[i]);
    free(coverage->grants);
    free(coverage);
}

enum sg_status live_coverage_add(struct live_coverage *coverage, struct sg_slice text)
{
    struct grant grant = {.level = LEVEL_GLOBAL};
    if (!read_grant(text, &grant)) {
        fini_grant(&grant);
        return SG_OK;
    }
    if (coverage->count == coverage->capacity) {
        size_t capacity = coverage->capacity ? coverage->capacity * 2 : 16;
        struct grant *grown = realloc(coverage->grants, capacity * sizeof(*grown));
        if (!grown) {
            fini_grant(&grant);
            return SG_SYSTEM;
        }
        coverage->grants = grown;
        coverage->capacity = capacity;
    }
    coverage->grants[coverage->count++] = grant;
    return SG_OK;
}

/* --- names ----------------------------------------------------------------------------------- */

static bool is_same_char(const struct live_coverage *coverage, char a, char b)
{
    return a == b || (coverage->rules.ignores_letter_case &&
                      tolower((unsigned char)a) == tolower((unsigned char)b));
}

static bool is_same_name(const struct live_coverage *coverage, const char *a, struct sg_slice b)
{
    if (strlen(a) != b.size)
        return false;
    for (size_t i = 0; i < b.size; i++)
        if (!is_same_char(coverage, a[i], b.data[i]))
            return false;
    return true;
}

/* LIKE with \ as escape: % any run, _ any character (a byte here: a name with wildcards that must
 * stand for half a character is not worth a claim of coverage either way). */
static bool matches(const struct live_coverage *coverage, const char *pattern, const char *name,
                    const char *end)
{
    const char *retry_pattern = NULL;
    const char *retry_name = NULL;
    while (name < end) {
        if (*pattern == '%') {
            retry_pattern = ++pattern;
            retry_name = name;
            continue;
        }
        bool is_escaped = *pattern == '\\' && pattern[1] != '\0';
        const char *wanted = pattern + is_escaped;
        bool is_any = *wanted == '_' && !is_escaped;
        if (*wanted != '\0' && (is_any || is_same_char(coverage, *wanted, *name))) {
            pattern = wanted + 1;
            name++;
            continue;
        }
        if (!retry_pattern)
            return false;
        pattern = retry_pattern;
        name = ++retry_name;
    }
    while (*pattern == '%')
        pattern++;
    return *pattern == '\0';
}

/* The database whose name stands in a grant without wildcards, escapes undone. */
static bool is_literally(const struct live_coverage *coverage, const char *pattern,
                         struct sg_slice database)
{
    if (coverage->rules.has_literal_names)
        return is_same_name(coverage, pattern, database);
    size_t at = 0;
    for (const char *p = pattern; *p; p++) {
        if (*p == '\\' && p[1] != '\0')
            p++;
        if (at >= database.size || !is_same_char(coverage, *p, database.data[at]))
            return false;
        at++;
    }
    return at == database.size;
}

static bool covers_name(const struct live_coverage *coverage, const char *pattern,
                        struct sg_slice database)
{
    return coverage->rules.has_literal_names
               ? is_same_name(coverage, pattern, database)
               : matches(coverage, pattern, database.data, database.data + database.size);
}

/* --- answers --------------------------------------------------------------------------------- */

static unsigned global_sights(const struct live_coverage *coverage)
{
    unsigned sights = 0;
    for (size_t i = 0; i < coverage->count; i++)
        if (coverage->grants[i].level == LEVEL_GLOBAL && !coverage->grants[i].is_revoke)
            sights |= coverage->grants[i].sights;
    return sights;
}

static unsigned revoked_sights(const struct live_coverage *coverage, struct sg_slice database)
{
    unsigned sights = 0;
    for (size_t i = 0; i < coverage->count; i++) {
        const struct grant *grant = &coverage->grants[i];
        if (grant->is_revoke &&
            (grant->level == LEVEL_GLOBAL || is_same_name(coverage, grant->database, database)))
            sights |= grant->sights;
    }
    return sights;
}

/* The grant on the database's very name, which the server heeds before any pattern; or NULL. */
static const struct grant *literal_grant(const struct live_coverage *coverage,
                                         struct sg_slice database)
{
    for (size_t i = 0; i < coverage->count; i++) {
        const struct grant *grant = &coverage->grants[i];
        if (grant->level == LEVEL_DATABASE && !grant->is_revoke &&
            is_literally(coverage, grant->database, database))
            return grant;
    }
    return NULL;
}

/* Of several patterns the server heeds the most specific alone, so all must grant it. */
static bool all_patterns_grant(const struct live_coverage *coverage, struct sg_slice database)
{
    bool is_covered = false;
    for (size_t i = 0; i < coverage->count; i++) {
        const struct grant *grant = &coverage->grants[i];
        if (grant->level != LEVEL_DATABASE || grant->is_revoke ||
            !covers_name(coverage, grant->database, database))
            continue;
        if (grant->sights == 0)
            return false;
        is_covered = true;
    }
    return is_covered;
}

bool live_coverage_has_database(const struct live_coverage *coverage, struct sg_slice database)
{
    if ((global_sights(coverage) & ~revoked_sights(coverage, database)) != 0)
        return true;
    const struct grant *literal = literal_grant(coverage, database);
    return literal ? literal->sights != 0 : all_patterns_grant(coverage, database);
}

bool live_coverage_has_table(const struct live_coverage *coverage, struct sg_slice database,
                             struct sg_slice table)
{
    if (live_coverage_has_database(coverage, database))
        return true;
    for (size_t i = 0; i < coverage->count; i++) {
        const struct grant *grant = &coverage->grants[i];
        if (grant->level == LEVEL_TABLE && !grant->is_revoke && grant->sights != 0 &&
            is_same_name(coverage, grant->database, database) &&
            is_same_name(coverage, grant->table, table))
            return true;
    }
    return false;
}

bool live_coverage_has_all_databases(const struct live_coverage *coverage)
{
    bool has_show = false;
    for (size_t i = 0; i < coverage->count; i++) {
        if (coverage->grants[i].is_revoke)
            return false; /* a database that is hidden from us may be there */
        has_show |=
            coverage->grants[i].level == LEVEL_GLOBAL && coverage->grants[i].shows_databases;
    }
    return has_show || global_sights(coverage) != 0;
}

static bool is_same_text(const char *a, const char *b)
{
    return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

bool live_coverage_equal(const struct live_coverage *a, const struct live_coverage *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct grant *x = &a->grants[i];
        const struct grant *y = &b->grants[i];
        if (x->level != y->level || x->is_revoke != y->is_revoke || x->sights != y->sights ||
            x->shows_databases != y->shows_databases || !is_same_text(x->database, y->database) ||
            !is_same_text(x->table, y->table))
            return false;
    }
    return true;
}

/* Whether `now` has a database grant of that very name or pattern, or needs none. */
static bool still_has_pattern(const struct live_coverage *now, const char *pattern)
{
    struct sg_slice name = sg_slice_of(pattern);
    if ((global_sights(now) & ~revoked_sights(now, name)) != 0)
        return true;
    for (size_t i = 0; i < now->count; i++) {
        const struct grant *grant = &now->grants[i];
        if (grant->level == LEVEL_DATABASE && !grant->is_revoke && grant->sights != 0 &&
            strcmp(grant->database, pattern) == 0)
            return true;
    }
    return false;
}

/* What one grant of before has lost in `now`, as a text; empty when nothing. */
static void tell_loss(const struct live_coverage *now, const struct grant *grant, char *lost,
                      size_t size)
{
    lost[0] = '\0';
    if (grant->is_revoke || grant->sights == 0)
        return;
    switch (grant->level) {
    case LEVEL_GLOBAL:
        if (global_sights(now) == 0)
            (void)snprintf(lost, size, "all databases");
        break;
    case LEVEL_DATABASE:
        if (!still_has_pattern(now, grant->database))
            (void)snprintf(lost, size, "database `%s`", grant->database);
        break;
    case LEVEL_TABLE:
        if (!live_coverage_has_table(now, sg_slice_of(grant->database), sg_slice_of(grant->table)))
            (void)snprintf(lost, size, "table `%s`.`%s`", grant->database, grant->table);
        break;
    }
}

bool live_coverage_shrank(const struct live_coverage *before, const struct live_coverage *now,
                          char *lost_out, size_t lost_size)
{
    lost_out[0] = '\0';
    for (size_t i = 0; i < before->count; i++) {
        tell_loss(now, &before->grants[i], lost_out, lost_size);
        if (lost_out[0] != '\0')
            return true;
    }
    for (size_t i = 0; i < now->count; i++) {
        const struct grant *revoke = &now->grants[i];
        if (!revoke->is_revoke || !revoke->database)
            continue;
        struct sg_slice name = sg_slice_of(revoke->database);
        if (live_coverage_has_database(before, name) && !live_coverage_has_database(now, name)) {
            (void)snprintf(lost_out, lost_size, "database `%s`", revoke->database);
            return true;
        }
    }
    return false;
}
