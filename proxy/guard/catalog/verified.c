/* See verified.h. */
#define _GNU_SOURCE /* struct stat's st_mtim */
#include "catalog/verified.h"

#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "sources/history.h"

#define DEPTH_MOST   8u
#define ENTRIES_MOST 20000u

/* --- has it changed? ------------------------------------------------------------------------- */

struct signing {
    uint64_t signature;
    unsigned entries;
};

static uint64_t mix(uint64_t hash, uint64_t number)
{
    hash ^= number + UINT64_C(0x9E3779B97F4A7C15) + (hash << 6) + (hash >> 2);
    return hash * UINT64_C(0xff51afd7ed558ccd);
}

static uint64_t sign_one(const char *name, const struct stat *about)
{
    uint64_t hash = 0;
    for (const char *at = name; *at; at++)
        hash = mix(hash, (unsigned char)*at);
    hash = mix(hash, (uint64_t)about->st_ino);
    hash = mix(hash, (uint64_t)about->st_size);
    hash = mix(hash, (uint64_t)about->st_mtim.tv_sec);
    return mix(hash, (uint64_t)about->st_mtim.tv_nsec);
}

/* What is hidden, and what npm has brought, says nothing of the schema. */
static int is_looked_at(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && strcmp(entry->d_name, "node_modules") != 0;
}

static void sign_folder(struct signing *signing, const char *folder, unsigned depth);

static void sign_entry(struct signing *signing, const char *folder, const char *name,
                       unsigned depth)
{
    struct stat about;
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    if (!path)
        return;
    (void)snprintf(path, size, "%s/%s", folder, name);
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        sign_folder(signing, path, depth + 1);
    else if (stat(path, &about) == 0)
        signing->signature += sign_one(path, &about);
    free(path);
}

/* A sum, since a folder gives its entries in any order. */
static void sign_folder(struct signing *signing, const char *folder, unsigned depth)
{
    struct dirent **entries = NULL;
    int count = depth < DEPTH_MOST ? scandir(folder, &entries, is_looked_at, NULL) : 0;
    for (int i = 0; i < count; i++) {
        if (signing->entries++ < ENTRIES_MOST)
            sign_entry(signing, folder, entries[i]->d_name, depth);
        free(entries[i]);
    }
    free(entries);
}

static bool ends(const char *name, const char *suffix)
{
    size_t size = strlen(name);
    size_t tail = strlen(suffix);
    return size >= tail && strcmp(name + size - tail, suffix) == 0;
}

static uint64_t sign_source(const char *source)
{
    struct signing signing = {0};
    struct stat about;
    if (stat(source, &about) != 0)
        return 0;
    if (S_ISDIR(about.st_mode)) {
        sign_folder(&signing, source, 0);
        return signing.signature | 1;
    }
    signing.signature = sign_one(source, &about);
    if (!ends(source, ".json") && !ends(source, ".sql")) { /* it may import what lies beside it */
        const char *slash = strrchr(source, '/');
        char *folder = slash ? strndup(source, (size_t)(slash - source)) : strdup(".");
        if (folder)
            sign_folder(&signing, folder[0] ? folder : "/", 0);
        free(folder);
    }
    return signing.signature | 1;
}

bool verified_is_server(const char *source)
{
    return strncmp(source, "mysql://", 8) == 0;
}

uint64_t verified_signature(const struct verified *verified)
{
    const char *source = verified->source;
    struct stat about;
    if (verified_is_server(source))
        return 1;
    if (source[0] == '@' && verified->history)
        source = verified->history;
    uint64_t signature = sign_source(source);
    for (size_t i = 0; i < verified->file_count; i++)
        if (stat(verified->files[i], &about) == 0)
            signature += sign_one(verified->files[i], &about);
    return signature;
}

/* --- reading --------------------------------------------------------------------------------- */

static int64_t wall_clock_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The name of a source is told in logs and by endpoints. */
static enum sg_status check_url(const char *source, struct sg_error *error)
{
    struct source_url url;
    enum sg_status status = source_url_parse(source, &url, error);
    if (status != SG_OK)
        return status;
    if (url.password)
        status = sg_error_set(error, SG_INVALID,
                              "a password in a server's URL would show in logs: write it in the "
                              "file of verified_password_file");
    source_url_fini(&url);
    return status;
}

static enum sg_status check_name(const char *source, struct sg_error *error)
{
    struct stat about;
    if (verified_is_server(source))
        return check_url(source, error);
    if (source[0] != '@' && stat(source, &about) != 0)
        return sg_error_set(error, SG_SYSTEM, "%s: there is no such file or folder", source);
    return SG_OK;
}

/* Heap; NULL when the log does not tell. */
static char *adoption_time(const char *folder, const char *version)
{
    struct history history;
    struct sg_error error = {.status = SG_OK};
    if (!version || history_read(folder, &history, &error) != SG_OK)
        return NULL;
    const struct history_record *record = history_find(&history, version, &error);
    char *when = record && record->when[0] ? strdup(record->when) : NULL;
    history_fini(&history);
    return when;
}

/* What the source imports counts, too, as of just before it is read. */
static void note_opened(void *data, const char *path)
{
    struct verified *verified = data;
    struct stat about;
    char *kept = strdup(path);
    char **grown =
        kept ? realloc(verified->files, (verified->file_count + 1) * sizeof *grown) : NULL;
    if (!grown) {
        free(kept);
        return;
    }
    verified->files = grown;
    verified->files[verified->file_count++] = kept;
    if (stat(path, &about) == 0)
        verified->signature += sign_one(path, &about);
}

static void count_tables(struct verified *verified)
{
    for (size_t i = 0; i < sg_schema_table_count(verified->schema); i++) {
        const struct sg_table *table = sg_schema_table_at(verified->schema, i);
        size_t columns = 0;
        if (sg_is_servers_own(sg_table_database(table)))
            continue;
        (void)sg_table_columns(table, &columns);
        verified->table_count++;
        verified->column_count += columns;
    }
}

static bool copy(char **into, const char *from)
{
    *into = from ? strdup(from) : NULL;
    return !from || *into;
}

static enum sg_status fill(struct verified *verified, const char *source,
                           const struct source_options *asked, struct sg_error *error)
{
    struct source_options options = *asked;
    struct source_schema read = {.schema = NULL};
    options.opened = note_opened;
    options.opened_data = verified;
    bool is_copied = copy(&verified->source, source) &&
                     copy(&verified->database, options.database) &&
                     copy(&verified->history, options.history);
    verified->signature = is_copied ? verified_signature(verified) : 0;
    verified->loaded_at_ms = wall_clock_ms();
    enum sg_status status = is_copied ? source_read(source, &options, &read, error)
                                      : sg_error_set(error, SG_SYSTEM, "out of memory");
    if (status != SG_OK)
        return status;
    verified->schema = sg_schema_retain(read.schema);
    verified->flavour = sg_schema_server(read.schema)->flavour;
    verified->is_sql =
        read.kind != SOURCE_SNAPSHOT && read.kind != SOURCE_SERVER && read.kind != SOURCE_HISTORY;
    verified->doubtful = read.doubtful;
    verified->version = read.version;
    read.version = NULL;
    if (read.kind == SOURCE_HISTORY)
        verified->adopted_at =
            adoption_time(source[0] == '@' ? options.history : source, verified->version);
    source_schema_fini(&read);
    if (!sg_schema_content_hash(verified->schema, verified->hash))
        return sg_error_set(error, SG_SYSTEM, "out of memory");
    count_tables(verified);
    if (verified->table_count == 0)
        return sg_error_set(error, SG_INVALID, "%s: there is no table in it", source);
    return SG_OK;
}

enum sg_status verified_read(const char *source, const struct source_options *options,
                             uint64_t generation, struct verified **verified_out,
                             struct sg_error *error)
{
    enum sg_status status = check_name(source, error);
    if (status != SG_OK)
        return status;
    struct verified *verified = calloc(1, sizeof(*verified));
    if (!verified)
        return sg_error_set(error, SG_SYSTEM, "out of memory");
    atomic_init(&verified->references, 1);
    verified->generation = generation;
    status = fill(verified, source, options, error);
    if (status == SG_OK)
        *verified_out = verified;
    else
        verified_release(verified);
    return status;
}

struct verified *verified_for(struct verified *verified, const struct sg_server *server,
                              struct sg_error *error)
{
    const struct source_options options = {.server = server, .database = verified->database};
    struct verified *fresh = NULL;
    if (!verified->is_sql || verified->flavour == server->flavour)
        return verified_retain(verified);
    return verified_read(verified->source, &options, verified->generation, &fresh, error) == SG_OK
               ? fresh
               : NULL;
}

struct verified *verified_retain(struct verified *verified)
{
    if (!verified)
        return NULL;
    unsigned before = atomic_fetch_add_explicit(&verified->references, 1, memory_order_relaxed);
    assert(before > 0); /* only who holds a reference may take another */
    return verified;
}

void verified_release(struct verified *verified)
{
    if (!verified || atomic_fetch_sub_explicit(&verified->references, 1, memory_order_acq_rel) != 1)
        return;
    sg_schema_release(verified->schema);
    free(verified->source);
    free(verified->database);
    free(verified->version);
    free(verified->adopted_at);
    free(verified->history);
    for (size_t i = 0; i < verified->file_count; i++)
        free(verified->files[i]);
    free(verified->files);
    free(verified);
}
