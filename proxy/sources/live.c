/* Reads what a server has: one pass over its tables, one over its columns, no query per table.
 *
 * In: a server and an account; out: an sg_schema. The rows stream by, nothing is stored in the
 * client library; what is kept until the schema is built lies in an arena. Called by
 * catalog/refresh.c and by commands. Connecting is live_connect.c's, privileges are
 * live_grants.c's.
 *
 * What the account needs: REFERENCES ON *.* (or ON each database that matters), and nothing else.
 * It makes all tables, views and columns visible in information_schema and lets no row be read, on
 * MySQL 9.7 and MariaDB 10.11 alike. SELECT, INSERT or UPDATE do as well; SHOW DATABASES, DELETE or
 * PROCESS alone show tables without columns, or nothing. On MariaDB half of the views in `sys` stay
 * unknown without EXECUTE on its functions, which costs nothing but what could be said about them.
 *
 * Not read twice, and why it is right all the same: TABLES and COLUMNS are two statements, and
 * tables may change in between. Whoever appears in one of them only becomes *unknown*, never
 * absent; columns whose numbers have gaps are of two versions of a table, and unknown as well;
 * counters of ALTER and its like that moved cause another attempt. Follows: MySQL manual and
 * MariaDB documentation, "INFORMATION_SCHEMA COLUMNS Table", "… TABLES Table", "SHOW GRANTS".
 */
#define _GNU_SOURCE /* memmem, asprintf */
#include "sources/live.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <mysql.h>

#include <schemaguard/arena.h>
#include <schemaguard/check.h>

#include "sources/live_connect.h"
#include "sources/live_details.h"
#include "sources/live_grants.h"
#include "sources/live_part.h"

#define ATTEMPTS_MOST         3u
#define READING_CEILING_BYTES (1024u * 1024 * 1024)
#define LOCK_WAIT_S           "10"

#define ER_BAD_FIELD_ERROR_CODE 1054u

struct found_column {
    struct found_column *next;
    struct sg_slice name;
    struct sg_slice type;
    uint32_t flags;
    unsigned ordinal;
    const struct sg_column_detail *detail; /* where they are asked for */
};

struct found_table {
    struct sg_slice database;
    struct sg_slice name;
    enum sg_table_kind kind;
    bool is_unknown; /* nothing can be said of its columns */
    bool has_period; /* MariaDB: its versioning columns are listed */
    unsigned key_columns;
    bool has_integer_key;
    struct found_column *first;
    struct found_column *last;
    size_t column_count;
    struct live_details details;
};

/* One attempt at reading; all text lies in the arena. */
struct attempt {
    struct sg_arena arena;
    struct sg_slice *databases;
    struct sg_slice *collations; /* of each, as the server names them */
    size_t database_count;
    size_t database_capacity;
    struct found_table *tables; /* sorted by name once all are there */
    size_t table_count;
    size_t table_capacity;
    struct found_table *late; /* that came with their columns only; unknown */
    size_t late_count;
    size_t late_capacity;
    struct found_table *current; /* of the row before: rows of a table come together */
    uint64_t changes;            /* the server's counters of ALTER and its like */
    bool is_doubtful;
    struct sg_slice *bounds; /* of the database at hand: names that its parts begin with */
    size_t bound_count;
    size_t bound_capacity;
    size_t bound_rows;
};

struct job {
    MYSQL *mysql;
    const struct live_options *options;
    struct live_cancel *cancel;
    struct live_reading *reading;
    struct attempt attempt;
    bool answer; /* of the last question by take_yes */
    struct sg_error *error;
};

/* --- asking ---------------------------------------------------------------------------------- */

typedef enum sg_status (*row_fn)(struct job *job, MYSQL_ROW row, const unsigned long *sizes);

static struct sg_slice field(MYSQL_ROW row, const unsigned long *sizes, unsigned at)
{
    return sg_slice_make(row[at] ? row[at] : "", row[at] ? sizes[at] : 0);
}

static enum sg_status out_of_memory(struct job *job)
{
    return sg_error_set(job->error, SG_LIMIT, "out of memory for the server's schema");
}

static enum sg_status server_failed(struct job *job, const char *doing)
{
    char where[512];
    if (live_was_cancelled(job->cancel))
        return sg_error_set(job->error, SG_SYSTEM, "the reading was broken off");
    return sg_error_set(job->error, SG_SYSTEM, "%s, as %s: reading %s: %s (%u)",
                        live_where(job->options, where, sizeof(where)),
                        job->options->user ? job->options->user : "", doing,
                        mysql_error(job->mysql), mysql_errno(job->mysql));
}

/* Runs `sql` and hands each row on as it comes: of so many columns, which `fn` relies on. An answer
 * that breaks off is a failure: what is not read would count as absent. */
static enum sg_status ask(struct job *job, const char *doing, const char *sql, unsigned columns,
                          row_fn fn)
{
    if (mysql_real_query(job->mysql, sql, strlen(sql)) != 0)
        return server_failed(job, doing);
    MYSQL_RES *result = mysql_use_result(job->mysql);
    if (!result)
        return mysql_errno(job->mysql) ? server_failed(job, doing) : SG_OK;
    enum sg_status status = SG_OK;
    MYSQL_ROW row = NULL;
    if (mysql_num_fields(result) != columns)
        status = sg_error_set(job->error, SG_SYSTEM,
                              "reading %s: the server answered with %u columns in place of %u",
                              doing, mysql_num_fields(result), columns);
    while (status == SG_OK && (row = mysql_fetch_row(result)) != NULL)
        status = fn ? fn(job, row, mysql_fetch_lengths(result)) : SG_OK;
    if (status == SG_OK && mysql_errno(job->mysql) != 0)
        status = server_failed(job, doing);
    mysql_free_result(result); /* reads the rest out where we stopped early */
    return status;
}

/* A statement that this server may not know. */
static void try_statement(struct job *job, const char *sql)
{
    if (mysql_real_query(job->mysql, sql, strlen(sql)) == 0) {
        MYSQL_RES *result = mysql_use_result(job->mysql);
        if (result)
            mysql_free_result(result);
    }
}

/* --- what kind of server --------------------------------------------------------------------- */

static void copy_text(char *into, size_t size, struct sg_slice text)
{
    (void)snprintf(into, size, "%.*s", (int)text.size, text.data);
}

static enum sg_status take_traits(struct job *job, MYSQL_ROW row, const unsigned long *sizes)
{
    struct live_reading *reading = job->reading;
    copy_text(reading->server_version, sizeof(reading->server_version), field(row, sizes, 0));
    copy_text(reading->account, sizeof(reading->account), field(row, sizes, 1));
    if (!sg_server_from_version(field(row, sizes, 0), &reading->server))
        return sg_error_set(job->error, SG_SYSTEM, "the server's version is not understood: %s",
                            reading->server_version);
    reading->server.lower_case_table_names = (uint8_t)strtoul(row[2] ? row[2] : "0", NULL, 10);
    reading->sql_mode = sg_sql_mode_from_text(field(row, sizes, 3), reading->server.flavour);
    reading->sql_mode_certain = field(row, sizes, 4).size == 0;
    return SG_OK;
}

/* Patch releases of MariaDB differ in how they word error 1054, so the server is asked. */
static void learn_wording(struct job *job)
{
    static const char wrong[] = "SELECT `schemaguard_asks_for_the_wording`";
    if (mysql_real_query(job->mysql, wrong, sizeof(wrong) - 1) == 0) {
        mysql_free_result(mysql_use_result(job->mysql)); /* cannot be */
        return;
    }
    if (mysql_errno(job->mysql) != ER_BAD_FIELD_ERROR_CODE)
        return;
    const char *message = mysql_error(job->mysql);
    if (strstr(message, "'field list'"))
        job->reading->server.wording = SG_WORDING_PHRASES;
    else if (strstr(message, "'SELECT'"))
        job->reading->server.wording = SG_WORDING_KEYWORDS;
}

/* Said as a statement too: what the library says by number at login (255 from Oracle's, at each
 * login) MariaDB does not know, and answers in latin1 then. */
static enum sg_status set_names(struct job *job)
{
    return ask(job, "the character set", "SET NAMES utf8mb4", 0, NULL);
}

static enum sg_status learn_traits(struct job *job)
{
    enum sg_status status = set_names(job);
    if (status == SG_OK)
        status =
            ask(job, "the server's version",
                "SELECT VERSION(), CURRENT_USER(), @@lower_case_table_names, @@GLOBAL.sql_mode, "
                "@@GLOBAL.init_connect",
                5, take_traits);
    if (status == SG_OK)
        learn_wording(job);
    return status;
}

/* What the server's own defaults could do to our reading. */
static enum sg_status set_session(struct job *job)
{
    bool is_mysql = job->reading->server.flavour == SG_FLAVOUR_MYSQL;
    /* ANSI_QUOTES would change how grants are quoted. */
    try_statement(job, "SET SESSION sql_mode = ''");
    /* I_S waits for a table that is being altered; a year by default. */
    try_statement(job, "SET SESSION lock_wait_timeout = " LOCK_WAIT_S);
    try_statement(job, is_mysql ? "SET SESSION max_execution_time = 0"
                                : "SET SESSION max_statement_time = 0");
    /* Generated invisible primary keys resolve, so they must be listed. */
    if (is_mysql)
        try_statement(job, "SET SESSION show_gipk_in_create_table_and_information_schema = ON");
    /* A limit set for everybody would cut the list, and what is cut off would count as absent. */
    return ask(job, "the row limit", "SET SESSION sql_select_limit = 18446744073709551615", 0,
               NULL);
}

/* --- privileges ------------------------------------------------------------------------------ */

static enum sg_status take_grant(struct job *job, MYSQL_ROW row, const unsigned long *sizes)
{
    if (live_coverage_add(job->reading->coverage, field(row, sizes, 0)) == SG_OK)
        return SG_OK;
    return out_of_memory(job);
}

static enum sg_status take_yes(struct job *job, MYSQL_ROW row, const unsigned long *sizes)
{
    (void)sizes;
    job->answer = row[0] && strcmp(row[0], "0") != 0;
    return SG_OK;
}

/* Whether % and _ in grants are plain letters. Unknown to older servers and to MariaDB: they are
 * not. */
static enum sg_status learn_rules(struct job *job, struct live_grants_rules *rules)
{
    *rules = (struct live_grants_rules){
        .ignores_letter_case = job->reading->server.lower_case_table_names != 0,
    };
    if (job->reading->server.flavour != SG_FLAVOUR_MYSQL || job->reading->server.version < 80016)
        return SG_OK;
    enum sg_status status =
        ask(job, "partial_revokes", "SELECT @@GLOBAL.partial_revokes + 0", 1, take_yes);
    rules->has_literal_names = job->answer;
    return status;
}

static enum sg_status read_grants(struct job *job)
{
    struct live_grants_rules rules;
    enum sg_status status = learn_rules(job, &rules);
    if (status != SG_OK)
        return status;
    live_coverage_free(job->reading->coverage);
    job->reading->coverage = live_coverage_new(&rules);
    if (!job->reading->coverage)
        return out_of_memory(job);
    return ask(job, "the account's privileges", "SHOW GRANTS", 1, take_grant);
}

/* --- rows ------------------------------------------------------------------------------------ */

/* Room for one more; elements are moved by realloc, so pointers into the array do not last. */
static bool make_room(void **array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return true;
    size_t more = *capacity ? *capacity * 2 : 64;
    void *grown = realloc(*array, more * size);
    if (!grown)
        return false;
    *array = grown;
    *capacity = more;
    return true;
}

static enum sg_status take_database(struct job *job, MYSQL_ROW row, const unsigned long *sizes)
{
    struct attempt *attempt = &job->attempt;
    void *array = attempt->databases;
    bool has_room = make_room(&array, attempt->database_count, &attempt->database_capacity,
                              sizeof(*attempt->databases));
    attempt->databases = array;
    if (!has_room)
        return out_of_memory(job);
    struct sg_slice *collations =
        realloc(attempt->collations, attempt->database_capacity * sizeof(*collations));
    if (!collations)
        return out_of_memory(job);
    attempt->collations = collations;
    collations[attempt->database_count] = sg_arena_copy(&attempt->arena, field(row, sizes, 1));
    attempt->databases[attempt->database_count++] =
        sg_arena_copy(&attempt->arena, field(row, sizes, 0));
    return attempt->arena.exhausted ? out_of_memory(job) : SG_OK;
}

static bool is_text(struct sg_slice a, const char *b)
{
    return sg_slice_equal(a, sg_slice_of(b));
}

static bool contains(struct sg_slice text, const char *word)
{
    return text.size > 0 && memmem(text.data, text.size, word, strlen(word)) != NULL;
}

static void set_kind(struct found_table *table, struct sg_slice type)
{
    if (is_text(type, "BASE TABLE"))
        table->kind = SG_TABLE_BASE;
    else if (is_text(type, "VIEW"))
        table->kind = SG_TABLE_VIEW;
    else if (is_text(type, "SYSTEM VIEW"))
        table->kind = SG_TABLE_SYSTEM_VIEW;
    else if (is_text(type, "SYSTEM VERSIONED"))
        table->kind = SG_TABLE_VERSIONED;
    else if (is_text(type, "SEQUENCE"))
        table->kind = SG_TABLE_SEQUENCE;
    else
        table->is_unknown = true; /* a kind that came after us */
}

static struct found_table *add_table(struct job *job, struct found_table **array, size_t *count,
                                     size_t *capacity, struct sg_slice database,
                                     struct sg_slice name)
{
    void *grown = *array;
    bool has_room = make_room(&grown, *count, capacity, sizeof(**array));
    *array = grown;
    if (!has_room)
        return NULL;
    struct found_table *table = &(*array)[(*count)++];
    *table = (struct found_table){
        .database = sg_arena_copy(&job->attempt.arena, database),
        .name = sg_arena_copy(&job->attempt.arena, name),
        .kind = SG_TABLE_BASE,
    };
    return job->attempt.arena.exhausted ? NULL : table;
}

static enum sg_status take_table(struct job *job, MYSQL_ROW row, const unsigned long *sizes)
{
    struct attempt *attempt = &job->attempt;
    struct found_table *table =
        add_table(job, &attempt->tables, &attempt->table_count, &attempt->table_capacity,
                  field(row, sizes, 0), field(row, sizes, 1));
    if (!table)
        return out_of_memory(job);
    set_kind(table, field(row, sizes, 2));
    if (!job->options->details)
        return SG_OK;
    table->details.engine = sg_arena_copy(&attempt->arena, field(row, sizes, 3));
    table->details.collation = sg_arena_copy(&attempt->arena, field(row, sizes, 4));
    if (table->kind != SG_TABLE_VIEW) /* a view's comment is "VIEW" */
        table->details.comment = sg_arena_copy(&attempt->arena, field(row, sizes, 5));
    return attempt->arena.exhausted ? out_of_memory(job) : SG_OK;
}

static int compare_slices(struct sg_slice a, struct sg_slice b)
{
    size_t shorter = a.size < b.size ? a.size : b.size;
    int order = shorter ? memcmp(a.data, b.data, shorter) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

static int compare_tables(const void *a, const void *b)
{
    const struct found_table *x = a;
    const struct found_table *y = b;
    int order = compare_slices(x->database, y->database);
    return order ? order : compare_slices(x->name, y->name);
}

/* By bytes, whatever the server's collation holds equal: `T` and `t` may be two tables. A table
 * that is listed twice was renamed over another while we read. */
static void sort_tables(struct attempt *attempt, struct found_table *tables, size_t *count)
{
    if (*count == 0)
        return;
    qsort(tables, *count, sizeof(*tables), compare_tables);
    size_t kept = 1;
    for (size_t i = 1; i < *count; i++) {
        if (compare_tables(&tables[kept - 1], &tables[i]) == 0)
            attempt->is_doubtful = true;
        else
            tables[kept++] = tables[i];
    }
    *count = kept;
}

static bool is_of(const struct found_table *table, struct sg_slice database, struct sg_slice name)
{
    return sg_slice_equal(table->database, database) && sg_slice_equal(table->name, name);
}

/* The table that a column belongs to; NULL when it was not listed a moment ago. */
static struct found_table *table_of(struct attempt *attempt, struct sg_slice database,
                                    struct sg_slice name)
{
    if (attempt->current && is_of(attempt->current, database, name))
        return attempt->current;
    const struct found_table wanted = {.database = database, .name = name};
    attempt->current = bsearch(&wanted, attempt->tables, attempt->table_count,
                               sizeof(*attempt->tables), compare_tables);
    return attempt->current;
}

static enum sg_status note_late(struct job *job, struct sg_slice database, struct sg_slice name)
{
    struct attempt *attempt = &job->attempt;
    attempt->is_doubtful = true;
    if (attempt->late_count > 0 && is_of(&attempt->late[attempt->late_count - 1], database, name))
        return SG_OK;
    struct found_table *table = add_table(job, &attempt->late, &attempt->late_count,
                                          &attempt->late_capacity, database, name);
    if (!table)
        return out_of_memory(job);
    table->is_unknown = true;
    return SG_OK;
}

/* The types of whose keys the server makes `_rowid`: seen on both servers, YEAR and BIT among them,
 * DECIMAL, ENUM and the times not. */
static bool is_integer(struct sg_slice type)
{
    static const char *const names[] = {"tinyint", "smallint", "mediumint", "int",
                                        "bigint",  "year",     "bit"};
    size_t letters = 0;
    while (letters < type.size && type.data[letters] >= 'a' && type.data[letters] <= 'z')
        letters++;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (is_text(sg_slice_make(type.data, letters), names[i]))
            return true;
    return false;
}

static uint32_t flags_of(struct sg_slice extra, struct sg_slice nullable)
{
    uint32_t flags = 0;
    if (contains(extra, "INVISIBLE"))
        flags |= SG_COLUMN_INVISIBLE;
    /* "DEFAULT_GENERATED" is a default, not a generated column. MariaDB before 10.2: PERSISTENT. */
    if (contains(extra, "VIRTUAL") || contains(extra, "STORED") || contains(extra, "PERSISTENT"))
        flags |= SG_COLUMN_GENERATED;
    if (is_text(nullable, "YES"))
        flags |= SG_COLUMN_NULLABLE;
    return flags;
}

enum column_field {
    FIELD_DATABASE,
    FIELD_TABLE,
    FIELD_NAME,
    FIELD_ORDINAL,
    FIELD_TYPE,
    FIELD_NULLABLE,
    FIELD_EXTRA,
    FIELD_KEY,
    FIELD_EXPRESSION,
    /* with details only */
    FIELD_DEFAULT,
    FIELD_COMMENT,
    FIELD_COLLATION,
};

static const struct sg_column_detail *column_detail(struct job *job,
                                                    const struct found_table *table, MYSQL_ROW row,
                                                    const unsigned long *sizes)
{
    struct sg_slice generated = field(row, sizes, FIELD_EXPRESSION);
    if (table->kind == SG_TABLE_VIEW || table->kind == SG_TABLE_SEQUENCE)
        return NULL;
    const struct sg_column_facts facts = {
        .type = field(row, sizes, FIELD_TYPE),
        .has_default = row[FIELD_DEFAULT] != NULL,
        .default_text = field(row, sizes, FIELD_DEFAULT),
        .extra = field(row, sizes, FIELD_EXTRA),
        .generated = generated,
        .comment = field(row, sizes, FIELD_COMMENT),
        .collation = field(row, sizes, FIELD_COLLATION),
        .table_collation = table->details.collation,
    };
    return sg_detail_of_facts(&facts, &job->reading->server, &job->attempt.arena);
}

static enum sg_status take_column(struct job *job, MYSQL_ROW row, const unsigned long *sizes)
{
    struct attempt *attempt = &job->attempt;
    struct sg_slice database = field(row, sizes, FIELD_DATABASE);
    struct sg_slice name = field(row, sizes, FIELD_TABLE);
    struct found_table *table = table_of(attempt, database, name);
    if (!table)
        return note_late(job, database, name);
    struct found_column *column = sg_arena_alloc(&attempt->arena, sizeof(*column));
    if (!column)
        return out_of_memory(job);
    column->name = sg_arena_copy(&attempt->arena, field(row, sizes, FIELD_NAME));
    column->type = sg_arena_copy(&attempt->arena, field(row, sizes, FIELD_TYPE));
    column->flags = flags_of(field(row, sizes, FIELD_EXTRA), field(row, sizes, FIELD_NULLABLE));
    if (job->options->details)
        column->detail = column_detail(job, table, row, sizes);
    column->ordinal = (unsigned)strtoul(row[FIELD_ORDINAL] ? row[FIELD_ORDINAL] : "0", NULL, 10);
    if (is_text(field(row, sizes, FIELD_KEY), "PRI")) {
        table->key_columns++;
        table->has_integer_key = is_integer(column->type);
    }
    if (is_text(field(row, sizes, FIELD_EXPRESSION), "ROW START"))
        table->has_period = true;
    if (is_text(field(row, sizes, FIELD_EXPRESSION), "ROW END"))
        table->details.row_end = column->name;
    if (table->last)
        table->last->next = column;
    else
        table->first = column;
    table->last = column;
    table->column_count++;
    return attempt->arena.exhausted ? out_of_memory(job) : SG_OK;
}

static enum sg_status add_changes(struct job *job, MYSQL_ROW row, const unsigned long *sizes)
{
    (void)sizes;
    job->attempt.changes += row[1] ? strtoull(row[1], NULL, 10) : 0;
    return SG_OK;
}

/* CREATE and DROP TABLE are not among them: they show in the lists, and MySQL counts temporary
 * tables with them. */
static enum sg_status count_changes(struct job *job, uint64_t *changes_out)
{
    job->attempt.changes = 0;
    enum sg_status status =
        ask(job, "the server's counters",
            "SHOW GLOBAL STATUS WHERE Variable_name IN ('Com_alter_db', 'Com_alter_sequence', "
            "'Com_alter_table', 'Com_create_db', 'Com_create_index', 'Com_create_view', "
            "'Com_drop_db', 'Com_drop_index', 'Com_drop_view', 'Com_rename_table')",
            2, add_changes);
    *changes_out = job->attempt.changes;
    return status;
}

/* --- one attempt ----------------------------------------------------------------------------- */

static void attempt_fini(struct attempt *attempt)
{
    free(attempt->databases);
    free(attempt->collations);
    free(attempt->tables);
    free(attempt->late);
    sg_arena_fini(&attempt->arena);
    memset(attempt, 0, sizeof(*attempt));
}

static enum sg_status ask_part(struct job *job, const struct live_part *part, const char *doing,
                               const char *sql, const char *column, unsigned columns, row_fn fn)
{
    char *where = live_part_where(part, job->options, job->mysql, column);
    char *whole = NULL;
    enum sg_status status = SG_SYSTEM;
    if (!where || asprintf(&whole, "%s%s", sql, where) < 0)
        (void)out_of_memory(job);
    else
        status = ask(job, doing, whole, columns, fn);
    free(where);
    free(whole);
    return status;
}

/* Equality of both names is what MariaDB opens one table for, and not all of them. */
static enum sg_status ask_about_each(struct job *job, const char *doing, const char *sql,
                                     const char *column, unsigned columns, row_fn fn)
{
    const struct live_options *options = job->options;
    bool by_name = strcmp(column, "TABLE_SCHEMA") == 0;
    enum sg_status status = SG_OK;
    for (size_t i = 0; status == SG_OK && i < options->table_count; i++) {
        const struct live_table *table = &options->tables[i];
        const struct live_part part = {.database = table->database,
                                       .table = by_name && !table->is_whole ? table->table
                                                                            : SG_SLICE_EMPTY};
        status = ask_part(job, &part, doing, sql, column, columns, fn);
    }
    return status;
}

static enum sg_status ask_restricted(struct job *job, const char *doing, const char *sql,
                                     const char *column, unsigned columns, row_fn fn)
{
    if (job->options->table_count > 0)
        return ask_about_each(job, doing, sql, column, columns, fn);
    return ask_part(job, &(struct live_part){.except_count = 0}, doing, sql, column, columns, fn);
}

/* The table of a row whose first two fields name it; NULL for one that has come since. */
static struct live_details *details_of(struct job *job, MYSQL_ROW row, const unsigned long *sizes)
{
    struct found_table *table = table_of(&job->attempt, field(row, sizes, 0), field(row, sizes, 1));
    return table ? &table->details : NULL;
}

static enum sg_status take_index(struct job *job, MYSQL_ROW row, const unsigned long *sizes)
{
    struct live_details *details = details_of(job, row, sizes);
    if (details)
        live_details_index(details, row, sizes, &job->reading->server, &job->attempt.arena);
    return job->attempt.arena.exhausted ? out_of_memory(job) : SG_OK;
}

static enum sg_status take_foreign_key(struct job *job, MYSQL_ROW row, const unsigned long *sizes)
{
    struct live_details *details = details_of(job, row, sizes);
    if (details)
        live_details_foreign_key(details, row, sizes, &job->attempt.arena);
    return job->attempt.arena.exhausted ? out_of_memory(job) : SG_OK;
}

static enum sg_status take_rule(struct job *job, MYSQL_ROW row, const unsigned long *sizes)
{
    struct live_details *details = details_of(job, row, sizes);
    if (details)
        live_details_rule(details, row, sizes);
    return SG_OK;
}

static enum sg_status take_check(struct job *job, MYSQL_ROW row, const unsigned long *sizes)
{
    struct live_details *details = details_of(job, row, sizes);
    if (details)
        live_details_check(details, row, sizes, &job->reading->server, &job->attempt.arena);
    return job->attempt.arena.exhausted ? out_of_memory(job) : SG_OK;
}

static enum sg_status take_view(struct job *job, MYSQL_ROW row, const unsigned long *sizes)
{
    struct live_details *details = details_of(job, row, sizes);
    if (details)
        details->definition = sg_arena_copy(&job->attempt.arena, field(row, sizes, 2));
    return job->attempt.arena.exhausted ? out_of_memory(job) : SG_OK;
}

/* What MariaDB opens tables for. */
static enum sg_status read_part(struct job *job, const struct live_part *part)
{
    const char *schema = NULL;
    const char *checks = live_details_checks_sql(&job->reading->server, &schema);
    enum sg_status status =
        ask_part(job, part, "the indexes", live_details_indexes_sql(&job->reading->server),
                 "TABLE_SCHEMA", 12, take_index);
    if (status == SG_OK)
        status = ask_part(job, part, "the foreign keys", LIVE_DETAILS_FOREIGN_KEYS_SQL,
                          "TABLE_SCHEMA", 8, take_foreign_key);
    if (status == SG_OK)
        status = ask_part(job, part, "the foreign keys' rules", LIVE_DETAILS_RULES_SQL,
                          "CONSTRAINT_SCHEMA", 5, take_rule);
    if (status == SG_OK && checks)
        status = ask_part(job, part, "the checks", checks, schema, 6, take_check);
    return status;
}

/* Every LIVE_PART_TABLES-th name is where a part begins. */
static enum sg_status take_bound(struct job *job, MYSQL_ROW row, const unsigned long *sizes)
{
    struct attempt *attempt = &job->attempt;
    if (++attempt->bound_rows % LIVE_PART_TABLES != 0)
        return SG_OK;
    struct sg_slice *bound = &attempt->bounds[attempt->bound_count];
    if (attempt->bound_count == attempt->bound_capacity)
        return SG_OK; /* tables have come since: the last part has them */
    *bound = sg_arena_copy(&attempt->arena, field(row, sizes, 1));
    attempt->bound_count++;
    return bound->data ? SG_OK : out_of_memory(job);
}

/* In the order of the server, which compares names in its own way. */
static enum sg_status find_bounds(struct job *job, struct sg_slice database, size_t table_count)
{
    struct attempt *attempt = &job->attempt;
    const struct live_part part = {.database = database};
    char *where = live_part_where(&part, job->options, job->mysql, "TABLE_SCHEMA");
    char *sql = NULL;
    attempt->bound_rows = attempt->bound_count = 0;
    attempt->bound_capacity = table_count / LIVE_PART_TABLES;
    attempt->bounds =
        sg_arena_array(&attempt->arena, attempt->bound_capacity + 1, sizeof *attempt->bounds);
    enum sg_status status = SG_LIMIT;
    if (!where || !attempt->bounds ||
        asprintf(&sql,
                 "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES%s "
                 "ORDER BY TABLE_NAME",
                 where) < 0)
        status = out_of_memory(job);
    else
        status = ask(job, "the order of tables", sql, 2, take_bound);
    free(where);
    free(sql);
    return status;
}

static enum sg_status read_large(struct job *job, struct sg_slice database, size_t table_count)
{
    struct live_part part = {.database = database};
    enum sg_status status = find_bounds(job, database, table_count);
    for (size_t i = 0; status == SG_OK && i <= job->attempt.bound_count; i++) {
        part.from = part.below;
        part.below = i < job->attempt.bound_count ? job->attempt.bounds[i] : SG_SLICE_EMPTY;
        status = read_part(job, &part);
    }
    return status;
}

/* Large databases each by itself, then the others together. */
static enum sg_status read_in_parts(struct job *job)
{
    const struct attempt *attempt = &job->attempt;
    struct sg_slice *large = sg_arena_array(
        &job->attempt.arena, attempt->table_count / LIVE_PART_TABLES + 1, sizeof *large);
    struct live_part others = {.except = large};
    enum sg_status status = large ? SG_OK : out_of_memory(job);
    bool has_parts = job->reading->server.flavour == SG_FLAVOUR_MARIADB;
    size_t begin = 0;
    for (size_t i = 1; status == SG_OK && has_parts && i <= attempt->table_count; i++) {
        struct sg_slice database = attempt->tables[begin].database;
        if (i < attempt->table_count && sg_slice_equal(attempt->tables[i].database, database))
            continue;
        if (i - begin > LIVE_PART_TABLES) {
            large[others.except_count++] = database;
            status = read_large(job, database, i - begin);
        }
        begin = i;
    }
    return status == SG_OK ? read_part(job, &others) : status;
}

static enum sg_status read_details(struct job *job)
{
    enum sg_status status = read_in_parts(job);
    if (status == SG_OK)
        status =
            ask_restricted(job, "the views", LIVE_DETAILS_VIEWS_SQL, "TABLE_SCHEMA", 3, take_view);
    return status;
}

static enum sg_status read_everything(struct job *job)
{
    struct attempt *attempt = &job->attempt;
    enum sg_status status = ask_restricted(
        job, "the databases",
        "SELECT SCHEMA_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA",
        "SCHEMA_NAME", 2, take_database);
    if (status == SG_OK)
        status = ask_restricted(
            job, "the tables",
            job->options->details
                ? "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_COLLATION, "
                  "TABLE_COMMENT FROM information_schema.TABLES"
                : "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES",
            "TABLE_SCHEMA", job->options->details ? 6 : 3, take_table);
    if (status != SG_OK)
        return status;
    sort_tables(attempt, attempt->tables, &attempt->table_count);
    status = ask_restricted(
        job, "the columns",
        job->options->details
            ? "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION, COLUMN_TYPE, "
              "IS_NULLABLE, EXTRA, COLUMN_KEY, GENERATION_EXPRESSION, COLUMN_DEFAULT, "
              "COLUMN_COMMENT, COLLATION_NAME FROM information_schema.COLUMNS"
            : "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION, COLUMN_TYPE, "
              "IS_NULLABLE, EXTRA, COLUMN_KEY, LEFT(GENERATION_EXPRESSION, 9) "
              "FROM information_schema.COLUMNS",
        "TABLE_SCHEMA", job->options->details ? 12 : 9, take_column);
    if (status == SG_OK && job->options->details)
        status = read_details(job);
    if (status == SG_OK)
        sort_tables(attempt, attempt->late, &attempt->late_count);
    return status;
}

/* Privileges first, then a login with just these, then the lists, then the privileges once more:
 * had they changed meanwhile, a table that we may not see would look as if it were not there. */
static enum sg_status make_attempt(struct job *job)
{
    struct live_reading *reading = job->reading;
    struct live_coverage *before = NULL;
    uint64_t changes_before = 0;
    uint64_t changes_after = 0;
    enum sg_status status = read_grants(job);
    if (status == SG_OK)
        status = live_login_again(job->mysql, job->options, job->error);
    if (status == SG_OK)
        status = set_names(job);
    if (status == SG_OK)
        status = set_session(job);
    if (status == SG_OK)
        status = count_changes(job, &changes_before);
    if (status == SG_OK)
        status = read_everything(job);
    if (status == SG_OK)
        status = count_changes(job, &changes_after);
    before = reading->coverage;
    reading->coverage = NULL;
    if (status == SG_OK)
        status = read_grants(job);
    if (status == SG_OK && !live_coverage_equal(before, reading->coverage))
        status = sg_error_set(job->error, SG_SYSTEM,
                              "the privileges of %s changed while the schema was read",
                              reading->account);
    live_coverage_free(before);
    job->attempt.is_doubtful |= changes_before != changes_after;
    return status;
}

/* --- building -------------------------------------------------------------------------------- */

static int compare_ordinals(const void *a, const void *b)
{
    const struct found_column *const *x = a;
    const struct found_column *const *y = b;
    return ((*x)->ordinal > (*y)->ordinal) - ((*x)->ordinal < (*y)->ordinal);
}

/* The table's columns in order, with room for two more. NULL when memory is out. */
static struct sg_column_spec *order_columns(struct job *job, struct found_table *table)
{
    struct sg_arena *arena = &job->attempt.arena;
    struct found_column **sorted =
        sg_arena_array(arena, table->column_count + 1, sizeof(struct found_column *));
    struct sg_column_spec *specs = sg_arena_array(arena, table->column_count + 2, sizeof(*specs));
    if (!sorted || !specs)
        return NULL;
    size_t count = 0;
    bool is_sorted = true;
    for (struct found_column *column = table->first; column; column = column->next) {
        is_sorted &= count == 0 || sorted[count - 1]->ordinal < column->ordinal;
        sorted[count++] = column;
    }
    if (!is_sorted)
        qsort(sorted, count, sizeof(struct found_column *), compare_ordinals);
    for (size_t i = 0; i < count; i++) {
        specs[i] = (struct sg_column_spec){sorted[i]->name, sorted[i]->type, sorted[i]->flags,
                                           sorted[i]->detail};
        if (sorted[i]->ordinal != i + 1)
            table->is_unknown = true; /* columns of two versions of it, or hidden from us */
    }
    return specs;
}

/* MariaDB: a versioned table whose period columns are not listed has row_start and row_end. */
static void add_implicit_period(struct found_table *table, struct sg_column_spec *specs)
{
    static const struct sg_slice type = {"timestamp(6)", sizeof("timestamp(6)") - 1};
    if (table->kind != SG_TABLE_VERSIONED || table->has_period)
        return;
    specs[table->column_count++] = (struct sg_column_spec){
        SG_SLICE_LITERAL("row_start"), type, SG_COLUMN_SYSTEM | SG_COLUMN_INVISIBLE, NULL};
    specs[table->column_count++] = (struct sg_column_spec){
        SG_SLICE_LITERAL("row_end"), type, SG_COLUMN_SYSTEM | SG_COLUMN_INVISIBLE, NULL};
}

static bool is_information_schema(struct sg_slice database)
{
    return database.size == sizeof("information_schema") - 1 &&
           strncasecmp(database.data, "information_schema", database.size) == 0;
}

/* What the engine cannot hold (two columns that are one name to it) is there all the same; one
 * table must not cost the whole schema. A name that is taken already names that other table to the
 * engine. */
static enum sg_status build_unknown(struct job *job, struct sg_schema_builder *builder,
                                    const struct sg_table_spec *refused)
{
    struct sg_table_spec spec = *refused;
    struct sg_error refusal = {.status = SG_OK};
    job->reading->unknown_table_count += spec.knowledge == SG_KNOWN;
    job->reading->column_count -= spec.column_count;
    spec.knowledge = SG_UNKNOWN;
    spec.rowid = false;
    spec.column_count = 0;
    enum sg_status status = sg_schema_builder_table(builder, &spec, &refusal);
    if (status == SG_OK || status == SG_INVALID)
        return SG_OK;
    return sg_error_set(job->error, status, "%s", refusal.message);
}

/* MariaDB: JSON is a longtext under a check, in a collation that is not said. */
static void mark_json(struct job *job, struct found_table *table, struct sg_column_spec *specs)
{
    for (size_t i = 0; i < table->column_count; i++) {
        struct sg_column_detail *detail = (struct sg_column_detail *)(uintptr_t)specs[i].detail;
        if (job->reading->server.flavour != SG_FLAVOUR_MARIADB || !detail ||
            !live_details_take_json(&table->details, specs[i].name, specs[i].type))
            continue;
        specs[i].flags |= SG_COLUMN_JSON;
        detail->collation = SG_SLICE_EMPTY;
    }
}

static struct sg_slice collation_of(const struct attempt *attempt, struct sg_slice database)
{
    for (size_t i = 0; i < attempt->database_count; i++) {
        if (sg_slice_equal(attempt->databases[i], database))
            return attempt->collations[i];
    }
    return SG_SLICE_EMPTY;
}

static const struct sg_table_detail *table_detail(struct job *job, struct found_table *table,
                                                  struct sg_column_spec *specs)
{
    if (!job->options->details || table->kind == SG_TABLE_SEQUENCE)
        return NULL;
    mark_json(job, table, specs);
    return live_details_finish(&table->details, &job->reading->server,
                               collation_of(&job->attempt, table->database), &job->attempt.arena);
}

static enum sg_status build_table(struct job *job, struct sg_schema_builder *builder,
                                  struct found_table *table)
{
    struct sg_error refusal = {.status = SG_OK};
    struct live_reading *reading = job->reading;
    struct sg_column_spec *specs = order_columns(job, table);
    if (!specs)
        return out_of_memory(job);
    /* A view without columns is broken (1356), or its definer or we lack a privilege below it. */
    bool is_seen = is_information_schema(table->database) ||
                   live_coverage_has_table(reading->coverage, table->database, table->name);
    bool is_known = is_seen && !table->is_unknown && table->column_count > 0;
    const struct sg_table_detail *detail = is_known ? table_detail(job, table, specs) : NULL;
    if (is_known)
        add_implicit_period(table, specs);
    else
        table->column_count = 0;
    const struct sg_table_spec spec = {
        .database = table->database,
        .name = table->name,
        .kind = table->kind,
        .knowledge = is_known ? SG_KNOWN : SG_UNKNOWN,
        /* COLUMN_KEY says PRI for the first unique key of NOT NULL columns too, where there is no
         * primary key: the same key that the server makes `_rowid` of. Not for versioned tables,
         * whose key holds row_end as well. */
        .rowid = table->kind == SG_TABLE_BASE && table->key_columns == 1 && table->has_integer_key,
        .columns = specs,
        .column_count = table->column_count,
        .detail = detail,
    };
    reading->table_count++;
    reading->unknown_table_count += !is_known;
    reading->column_count += table->column_count;
    enum sg_status status = sg_schema_builder_table(builder, &spec, &refusal);
    if (status == SG_INVALID)
        return build_unknown(job, builder, &spec);
    if (status != SG_OK)
        (void)sg_error_set(job->error, status, "%s", refusal.message);
    return status;
}

/* MySQL hides its data dictionary's tables in `mysql` from every list and refuses them with an
 * error of their own (3554), so what is not listed there is not absent. */
static bool is_complete(const struct live_reading *reading, struct sg_slice database)
{
    if (is_information_schema(database))
        return true;
    if (reading->server.flavour == SG_FLAVOUR_MYSQL && is_text(database, "mysql"))
        return false;
    return live_coverage_has_database(reading->coverage, database);
}

static enum sg_status fill_builder(struct job *job, struct sg_schema_builder *builder)
{
    struct attempt *attempt = &job->attempt;
    struct live_reading *reading = job->reading;
    enum sg_status status = SG_OK;
    for (size_t i = 0; status == SG_OK && i < attempt->database_count; i++) {
        bool has_all = is_complete(reading, attempt->databases[i]);
        reading->database_count++;
        reading->incomplete_database_count += !has_all;
        status = sg_schema_builder_database(builder, attempt->databases[i], has_all, job->error);
        if (status == SG_OK && job->options->details &&
            !sg_schema_builder_collation(builder, attempt->databases[i],
                                         sg_detail_collation_name(attempt->collations[i],
                                                                  &reading->server,
                                                                  &attempt->arena)))
            status = out_of_memory(job);
    }
    for (size_t i = 0; status == SG_OK && i < attempt->table_count; i++)
        status = build_table(job, builder, &attempt->tables[i]);
    for (size_t i = 0; status == SG_OK && i < attempt->late_count; i++)
        status = build_table(job, builder, &attempt->late[i]);
    if (!job->options->databases && job->options->table_count == 0 &&
        live_coverage_has_all_databases(reading->coverage))
        sg_schema_builder_databases_complete(builder);
    return status;
}

static enum sg_status build(struct job *job)
{
    struct sg_schema_builder *builder = sg_schema_builder_new(&job->reading->server);
    if (!builder)
        return out_of_memory(job);
    enum sg_status status = fill_builder(job, builder);
    if (status == SG_OK)
        return sg_schema_builder_finish(builder, &job->reading->schema, job->error);
    sg_schema_builder_free(builder);
    return status;
}

/* --- the door -------------------------------------------------------------------------------- */

static enum sg_status read_until_settled(struct job *job)
{
    for (unsigned attempt = 1;; attempt++) {
        sg_arena_init(&job->attempt.arena, READING_CEILING_BYTES);
        enum sg_status status = make_attempt(job);
        job->reading->attempts = attempt;
        job->reading->unsettled = job->attempt.is_doubtful;
        if (status == SG_OK && (!job->attempt.is_doubtful || attempt == ATTEMPTS_MOST))
            status = build(job);
        else if (status == SG_OK) {
            attempt_fini(&job->attempt);
            continue;
        }
        attempt_fini(&job->attempt);
        return status;
    }
}

static uint64_t clock_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static atomic_uint readings_in_flight;

static enum sg_status read_once(const struct live_options *options, struct live_cancel *cancel,
                                struct live_reading *reading, struct sg_error *error)
{
    struct job job = {.options = options, .cancel = cancel, .reading = reading, .error = error};
    uint64_t started = clock_ms();
    job.mysql = live_connect(options, cancel, error);
    if (!job.mysql)
        return SG_SYSTEM;
    enum sg_status status = learn_traits(&job);
    if (status == SG_OK)
        status = read_until_settled(&job);
    live_disconnect(job.mysql, cancel);
    reading->duration_ms = (uint32_t)(clock_ms() - started);
    return status;
}

enum sg_status live_read(const struct live_options *options, struct live_cancel *cancel,
                         struct live_reading *reading_out, struct sg_error *error)
{
    struct live_reading reading = {.schema = NULL};
    (void)atomic_fetch_add(&readings_in_flight, 1);
    enum sg_status status = read_once(options, cancel, &reading, error);
    mysql_thread_end(); /* what the library keeps for this thread; made again when needed */
    (void)atomic_fetch_sub(&readings_in_flight, 1);
    if (status == SG_OK)
        *reading_out = reading;
    else
        live_reading_fini(&reading);
    return status;
}

void live_reading_fini(struct live_reading *reading)
{
    sg_schema_release(reading->schema);
    live_coverage_free(reading->coverage);
    reading->schema = NULL;
    reading->coverage = NULL;
}

enum sg_status live_library_init(struct sg_error *error)
{
    if (mysql_library_init(0, NULL, NULL) == 0)
        return SG_OK;
    return sg_error_set(error, SG_SYSTEM, "the MySQL client library cannot be initialised");
}

void live_library_end(void)
{
    if (atomic_load(&readings_in_flight) == 0)
        mysql_library_end();
}
