/* A folder of migrations; see migrations.h. */
#define _GNU_SOURCE /* strverscmp, memfd_create, memmem, asprintf */
#include "sources/migrations.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX      100000
#define FILE_MAX_BYTES ((size_t)256 << 20)

static const char BREAKPOINT[] = "--> statement-breakpoint";

static bool ends(const char *name, const char *suffix)
{
    size_t size = strlen(name);
    size_t tail = strlen(suffix);
    return size >= tail && strcasecmp(name + size - tail, suffix) == 0;
}

static bool is_file(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

static enum sg_status out_of_memory(struct sg_error *error)
{
    return sg_error_set(error, SG_SYSTEM, "out of memory");
}

/* --- which ones ---------------------------------------------------------------------------- */

/* The file of an entry of the folder that is a migration; heap, NULL: it is none. */
static char *migration_of(const char *folder, const char *name)
{
    char *path = NULL;
    if (name[0] == '.')
        return NULL;
    if (asprintf(&path, "%s/%s/migration.sql", folder, name) < 0)
        return NULL;
    if (is_file(path))
        return path;
    free(path);
    bool undo = (name[0] == 'U' && strstr(name, "__")) || ends(name, ".down.sql");
    if (!ends(name, ".sql") || undo || asprintf(&path, "%s/%s", folder, name) < 0)
        return NULL;
    if (is_file(path))
        return path;
    free(path);
    return NULL;
}

/* Flyway runs what is repeatable behind all others. */
static bool is_repeatable(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strncmp(slash ? slash + 1 : path, "R__", 3) == 0;
}

/* "V1.2__name.sql", "V1_2__name.sql": its version; NULL: no name of Flyway's. */
static const char *version_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    return name[0] == 'V' && name[1] >= '0' && name[1] <= '9' && strstr(name, "__") ? name + 1
                                                                                    : NULL;
}

/* Number by number; a version that goes on is later than its beginning. */
static int compare_versions(const char *a, const char *b)
{
    for (;;) {
        char *after_a;
        char *after_b;
        unsigned long long x = strtoull(a, &after_a, 10);
        unsigned long long y = strtoull(b, &after_b, 10);
        if (x != y)
            return x < y ? -1 : 1;
        bool more_a = after_a != a && strncmp(after_a, "__", 2) != 0;
        bool more_b = after_b != b && strncmp(after_b, "__", 2) != 0;
        if (!more_a || !more_b)
            return (int)more_a - (int)more_b;
        a = after_a + 1;
        b = after_b + 1;
    }
}

static int compare_paths(const void *left, const void *right)
{
    const char *a = *(char *const *)left;
    const char *b = *(char *const *)right;
    if (is_repeatable(a) != is_repeatable(b))
        return is_repeatable(a) ? 1 : -1;
    int order = version_of(a) && version_of(b) ? compare_versions(version_of(a), version_of(b)) : 0;
    return order ? order : strverscmp(a, b);
}

static bool append(struct migrations *list, char *path)
{
    char **grown = realloc(list->paths, (list->count + 1) * sizeof *grown);
    if (!grown || list->count >= FILES_MAX) {
        if (grown)
            list->paths = grown;
        free(path);
        return false;
    }
    grown[list->count++] = path;
    list->paths = grown;
    return true;
}

static enum sg_status list_folder(const char *folder, struct migrations *list,
                                  struct sg_error *error)
{
    DIR *open = opendir(folder);
    if (!open)
        return sg_error_set(error, SG_SYSTEM, "%s: %s", folder, strerror(errno));
    enum sg_status status = SG_OK;
    for (const struct dirent *entry = readdir(open); status == SG_OK && entry;
         entry = readdir(open)) {
        char *path = migration_of(folder, entry->d_name);
        if (path && !append(list, path))
            status = out_of_memory(error);
    }
    (void)closedir(open);
    return status;
}

enum sg_status migrations_list(const char *folder, struct migrations *out, struct sg_error *error)
{
    char *inner = NULL;
    struct stat about;
    *out = (struct migrations){.count = 0};
    enum sg_status status = list_folder(folder, out, error);
    if (status == SG_OK && out->count == 0) {
        if (asprintf(&inner, "%s/migrations", folder) < 0)
            return out_of_memory(error);
        if (stat(inner, &about) == 0 && S_ISDIR(about.st_mode))
            status = list_folder(inner, out, error);
        free(inner);
    }
    if (status == SG_OK && out->count == 0)
        status =
            sg_error_set(error, SG_INVALID, "%s: no migrations in this folder (*.sql)", folder);
    if (status != SG_OK) {
        migrations_fini(out);
        return status;
    }
    qsort(out->paths, out->count, sizeof *out->paths, compare_paths);
    return SG_OK;
}

void migrations_fini(struct migrations *migrations)
{
    for (size_t i = 0; i < migrations->count; i++)
        free(migrations->paths[i]);
    free(migrations->paths);
    *migrations = (struct migrations){.count = 0};
}

/* --- drizzle-kit's breakpoints ------------------------------------------------------------- */

static char *read_file(const char *path, size_t *size_out, struct sg_error *error)
{
    struct stat about;
    FILE *file = fopen(path, "re");
    if (!file) {
        (void)sg_error_set(error, SG_SYSTEM, "%s: %s", path, strerror(errno));
        return NULL;
    }
    size_t size = fstat(fileno(file), &about) == 0 ? (size_t)about.st_size : 0;
    char *text = size < FILE_MAX_BYTES ? malloc(size + 1) : NULL;
    *size_out = text ? fread(text, 1, size, file) : 0;
    (void)fclose(file);
    if (!text)
        (void)sg_error_set(error, SG_SYSTEM, "%s: too large, or out of memory", path);
    return text;
}

/* Lines stay lines, so that messages name the right ones. */
static bool blank_breakpoints(char *text, size_t size)
{
    bool found = false;
    char *at = text;
    while ((at = memmem(at, size - (size_t)(at - text), BREAKPOINT, sizeof BREAKPOINT - 1))) {
        memset(at, ' ', sizeof BREAKPOINT - 1);
        at[0] = ';';
        found = true;
    }
    return found;
}

static bool write_all(int descriptor, const char *text, size_t size)
{
    for (size_t written = 0; written < size;) {
        ssize_t now = write(descriptor, text + written, size - written);
        if (now <= 0)
            return false;
        written += (size_t)now;
    }
    return true;
}

enum sg_status migrations_open(const char *path, char *path_out, size_t room, int *descriptor_out,
                               struct sg_error *error)
{
    size_t size = 0;
    enum sg_status status = SG_OK;
    *descriptor_out = -1;
    char *text = read_file(path, &size, error);
    if (!text)
        return SG_SYSTEM;
    (void)snprintf(path_out, room, "%s", path);
    if (blank_breakpoints(text, size)) {
        *descriptor_out = memfd_create("migration", MFD_CLOEXEC);
        if (*descriptor_out < 0 || !write_all(*descriptor_out, text, size))
            status = sg_error_set(error, SG_SYSTEM, "%s: %s", path, strerror(errno));
        (void)snprintf(path_out, room, "/proc/self/fd/%d", *descriptor_out);
    }
    free(text);
    return status;
}
