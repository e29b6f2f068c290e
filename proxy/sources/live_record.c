/* The table `schema_versions`; see live_record.h. */
#include "sources/live_record.h"

#include <stdlib.h>
#include <string.h>

#include <errmsg.h>

#include "sources/live_connect.h"
#include "sources/source_server.h"

#define TABLE         "schema_versions"
#define NO_SUCH_TABLE 1146
#define NO_SUCH_FIELD 1054
#define DUPLICATE     1062
#define FIELDS        7

/* Keys of at most 767 bytes, for the oldest servers' row formats. */
static const char CREATE[] =
    "CREATE TABLE IF NOT EXISTS " TABLE " ("
    "id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,"
    " version VARCHAR(100) CHARACTER SET ascii NOT NULL,"
    " hash CHAR(32) CHARACTER SET ascii NOT NULL,"
    " adopted_by VARCHAR(255) NOT NULL,"
    " adopted_at DATETIME NOT NULL COMMENT 'UTC',"
    " source TEXT NOT NULL,"
    " note TEXT NOT NULL,"
    " downgrade BOOLEAN NOT NULL DEFAULT FALSE,"
    " UNIQUE KEY version (version, hash)"
    ") DEFAULT CHARACTER SET utf8mb4 COMMENT = 'adopted schemas, by schemaguard schema adopt'";

static const char INSERT[] =
    "INSERT INTO " TABLE " (version, hash, adopted_by, adopted_at, source, note, downgrade)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)";

struct live_record {
    struct source_server server;
    MYSQL *mysql;
    MYSQL_STMT *insert;
};

static enum sg_status failed(const struct live_record *record, unsigned number, const char *words,
                             struct sg_error *error)
{
    char where[512];
    live_where(&record->server.live, where, sizeof where);
    if (number == NO_SUCH_FIELD)
        return sg_error_set(error, SG_SYSTEM,
                            "%s: the table `%s`.`" TABLE
                            "` is another tool's, it has other columns "
                            "(%s); name another database to keep the record in",
                            where, record->server.database, words);
    return sg_error_set(error, SG_SYSTEM, "%s, as %s, `%s`.`" TABLE "`: %s (%u)", where,
                        record->server.live.user ? record->server.live.user : "",
                        record->server.database, words, number);
}

/* 0, or the server's number for why not. */
static unsigned prepare(struct live_record *record)
{
    if (mysql_stmt_prepare(record->insert, INSERT, sizeof INSERT - 1) == 0)
        return 0;
    return mysql_stmt_errno(record->insert);
}

/* INSERT first: the account of a table that is there need not be one that makes tables. */
static enum sg_status find_table(struct live_record *record, struct sg_error *error)
{
    unsigned number = prepare(record);
    if (number == NO_SUCH_TABLE) {
        if (mysql_real_query(record->mysql, CREATE, sizeof CREATE - 1) != 0)
            return failed(record, mysql_errno(record->mysql), mysql_error(record->mysql), error);
        number = prepare(record);
    }
    return number ? failed(record, number, mysql_stmt_error(record->insert), error) : SG_OK;
}

static enum sg_status begin(struct live_record *record, struct sg_error *error)
{
    if (!record->server.database)
        return sg_error_set(error, SG_INVALID,
                            "the record's URL names no database: mysql://user@host:3306/database");
    record->mysql = live_connect(&record->server.live, NULL, error);
    if (!record->mysql)
        return SG_SYSTEM;
    if (mysql_select_db(record->mysql, record->server.database) != 0)
        return failed(record, mysql_errno(record->mysql), mysql_error(record->mysql), error);
    record->insert = mysql_stmt_init(record->mysql);
    if (!record->insert)
        return sg_error_set(error, SG_SYSTEM, "out of memory");
    return find_table(record, error);
}

struct live_record *live_record_open(const char *url, const struct source_options *options,
                                     struct sg_error *error)
{
    struct live_record *record = calloc(1, sizeof *record);
    if (!record) {
        (void)sg_error_set(error, SG_SYSTEM, "out of memory");
        return NULL;
    }
    enum sg_status status = source_server_open(url, options, &record->server, error);
    if (status == SG_OK)
        status = begin(record, error);
    if (status == SG_OK)
        return record;
    live_record_close(record);
    return NULL;
}

static MYSQL_BIND text(char *value, unsigned long *size)
{
    *size = strlen(value);
    return (MYSQL_BIND){
        .buffer_type = MYSQL_TYPE_STRING, .buffer = value, .buffer_length = *size, .length = size};
}

/* "2026-11-21T12:00:00Z": a DATETIME takes no zone in its text. */
static void to_datetime(const char *when, char *out, size_t room)
{
    size_t size = strcspn(when, "Z");
    if (size >= room)
        size = room - 1;
    memcpy(out, when, size);
    out[size] = '\0';
    char *letter = strchr(out, 'T');
    if (letter)
        *letter = ' ';
}

enum sg_status live_record_write(struct live_record *record, const struct history_record *adoption,
                                 struct sg_error *error)
{
    char when[32];
    char downgrade = (char)adoption->downgrade;
    unsigned long sizes[FIELDS];
    to_datetime(adoption->when, when, sizeof when);
    MYSQL_BIND values[FIELDS] = {
        text(adoption->version, &sizes[0]),
        text(adoption->hash, &sizes[1]),
        text(adoption->who, &sizes[2]),
        text(when, &sizes[3]),
        text(adoption->source, &sizes[4]),
        text(adoption->note, &sizes[5]),
        {.buffer_type = MYSQL_TYPE_TINY, .buffer = &downgrade},
    };
    if (!mysql_stmt_bind_param(record->insert, values) && !mysql_stmt_execute(record->insert))
        return SG_OK;
    unsigned number = mysql_stmt_errno(record->insert);
    if (number == DUPLICATE)
        return SG_OK;
    return failed(record, number, mysql_stmt_error(record->insert), error);
}

void live_record_close(struct live_record *record)
{
    if (!record)
        return;
    if (record->insert)
        (void)mysql_stmt_close(record->insert);
    if (record->mysql)
        live_disconnect(record->mysql, NULL);
    source_server_close(&record->server);
    free(record);
}
