/* The ORM readers by path; see source_orm.h. */
#define _GNU_SOURCE /* memmem, asprintf */
#include "sources/source_orm.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sources/drizzle.h"
#include "sources/drizzle_json.h"
#include "sources/migrations.h"
#include "sources/prisma.h"

#define ARENA_CEILING ((size_t)1 << 30)
#define HEAD_BYTES    65536
#define FILES_MAX     10000
#define DEPTH_MAX     8

/* --- what it is ---------------------------------------------------------------------------- */

static bool ends(const char *name, const char *suffix)
{
    size_t size = strlen(name);
    size_t tail = strlen(suffix);
    return size > tail && strcmp(name + size - tail, suffix) == 0;
}

static bool is_declarations_file(const char *name)
{
    static const char *const SUFFIXES[] = {".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"};
    for (size_t i = 0; i < sizeof SUFFIXES / sizeof SUFFIXES[0]; i++) {
        if (ends(name, SUFFIXES[i]))
            return !ends(name, ".d.ts");
    }
    return false;
}

static bool is_prisma_file(const char *name)
{
    return ends(name, ".prisma");
}

static size_t read_head(const char *name, char *head, size_t size)
{
    FILE *file = fopen(name, "re");
    size_t got = file ? fread(head, 1, size - 1, file) : 0;
    if (file)
        (void)fclose(file);
    head[got] = '\0';
    return got;
}

static bool is_file_of_orm(const char *name, enum source_kind *kind_out)
{
    bool known = true;
    char *head = malloc(HEAD_BYTES);
    size_t got = head ? read_head(name, head, HEAD_BYTES) : 0;
    size_t blanks = got ? strspn(head, " \t\r\n\xEF\xBB\xBF") : 0;
    if (is_prisma_file(name))
        *kind_out = SOURCE_PRISMA;
    else if (is_declarations_file(name))
        *kind_out = SOURCE_DRIZZLE;
    else if (got && head[blanks] == '{' && drizzle_json_is(sg_slice_make(head, got)))
        *kind_out = SOURCE_DRIZZLE_SNAPSHOT;
    else if (got && memmem(head, got, "drizzle-orm/mysql-core", 22))
        *kind_out = SOURCE_DRIZZLE;
    else
        known = false;
    free(head);
    return known;
}

/* The files below a folder that `is_one` likes, in the order of their paths. */
struct files {
    char **paths; /* heap */
    size_t count;
};

static void add_file(struct files *files, char *path)
{
    char **grown =
        files->count < FILES_MAX ? realloc(files->paths, (files->count + 1) * sizeof *grown) : NULL;
    if (!grown) {
        free(path);
        return;
    }
    files->paths = grown;
    files->paths[files->count++] = path;
}

static void find_files(const char *folder, bool (*is_one)(const char *name), struct files *files,
                       int depth)
{
    DIR *open = opendir(folder);
    for (const struct dirent *entry = open ? readdir(open) : NULL; entry; entry = readdir(open)) {
        struct stat about;
        char *path = NULL;
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "node_modules") == 0 ||
            asprintf(&path, "%s/%s", folder, entry->d_name) < 0)
            continue;
        bool there = stat(path, &about) == 0;
        if (there && S_ISREG(about.st_mode) && is_one(entry->d_name)) {
            add_file(files, path);
            continue;
        }
        if (there && S_ISDIR(about.st_mode) && depth < DEPTH_MAX)
            find_files(path, is_one, files, depth + 1);
        free(path);
    }
    if (open)
        (void)closedir(open);
}

static int compare_paths(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static void list_files(const char *folder, bool (*is_one)(const char *name), struct files *files)
{
    *files = (struct files){.count = 0};
    find_files(folder, is_one, files, 0);
    if (files->count)
        qsort(files->paths, files->count, sizeof *files->paths, compare_paths);
}

static void files_fini(struct files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->paths[i]);
    free(files->paths);
}

static bool has_files(const char *folder, bool (*is_one)(const char *name))
{
    struct files files;
    list_files(folder, is_one, &files);
    bool found = files.count > 0;
    files_fini(&files);
    return found;
}

static bool has_migrations(const char *folder)
{
    struct migrations list;
    if (migrations_list(folder, &list, NULL) != SG_OK)
        return false;
    migrations_fini(&list);
    return true;
}

/* A folder with migrations in it is one of migrations, whatever else it holds. */
static bool is_folder_of_orm(const char *name, enum source_kind *kind_out)
{
    if (has_migrations(name))
        return false;
    char *newest = drizzle_json_newest(name);
    bool is_snapshots = newest != NULL;
    free(newest);
    if (is_snapshots)
        *kind_out = SOURCE_DRIZZLE_SNAPSHOT;
    else if (has_files(name, is_prisma_file))
        *kind_out = SOURCE_PRISMA;
    else if (has_files(name, is_declarations_file))
        *kind_out = SOURCE_DRIZZLE;
    else
        return false;
    return true;
}

bool source_orm_kind_of(const char *name, enum source_kind *kind_out)
{
    struct stat about;
    if (stat(name, &about) != 0)
        return false;
    return S_ISDIR(about.st_mode) ? is_folder_of_orm(name, kind_out)
                                  : is_file_of_orm(name, kind_out);
}

/* --- reading ------------------------------------------------------------------------------- */

static enum sg_status read_snapshot(struct orm *orm, const char *name, struct sg_error *error)
{
    struct sg_slice text;
    char *newest = drizzle_json_newest(name);
    struct sg_slice path = sg_arena_copy(orm->arena, sg_slice_of(newest ? newest : name));
    free(newest);
    if (!path.data)
        return sg_error_set(error, SG_LIMIT, "%s: out of memory", name);
    enum sg_status status = orm_read_file(orm->arena, path.data, &text, error);
    if (status == SG_OK)
        drizzle_json_read(orm, text, path.data);
    return status;
}

/* The file itself, or the folder's. */
static void list_sources(const char *name, bool (*is_one)(const char *name), struct files *files)
{
    struct stat about;
    if (stat(name, &about) == 0 && S_ISDIR(about.st_mode)) {
        list_files(name, is_one, files);
        return;
    }
    *files = (struct files){.count = 0};
    char *copy = strdup(name);
    if (copy)
        add_file(files, copy);
}

static enum sg_status read_files(struct orm *orm, const char *name, enum source_kind kind,
                                 struct sg_error *error)
{
    struct files files;
    enum sg_status status;
    if (kind == SOURCE_DRIZZLE_SNAPSHOT)
        return read_snapshot(orm, name, error);
    list_sources(name, kind == SOURCE_PRISMA ? is_prisma_file : is_declarations_file, &files);
    if (kind == SOURCE_PRISMA)
        status = prisma_read(orm, (const char *const *)files.paths, files.count, error);
    else
        status = drizzle_read(orm, (const char *const *)files.paths, files.count, error);
    files_fini(&files);
    return status;
}

enum sg_status source_orm_read(const char *name, enum source_kind kind, const char *database,
                               const struct source_orm_calls *calls, struct sg_error *error)
{
    struct orm orm;
    struct sg_arena arena;
    sg_arena_init(&arena, ARENA_CEILING);
    orm_init(&orm, &arena, calls->report, calls->data);
    orm.opened = calls->opened;
    orm.database = sg_slice_of(database);
    enum sg_status status = read_files(&orm, name, kind, error);
    if (status == SG_OK)
        status = orm_finish(&orm, name, error);
    if (status == SG_OK)
        status = orm_statements(&orm, calls->take, calls->data, error);
    sg_arena_fini(&arena);
    return status;
}
