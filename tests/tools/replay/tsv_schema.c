/* Schemas from the corpus' *.tsv: information_schema as tables of text. */
#include "replay.h"

#include <schemaguard/detail.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX  16
#define COLUMNS_MAX 8192

/* --- schemas from tsv ---------------------------------------------------------------------- */

struct tsv {
    char *next; /* the rest of the text, cut up as it is read */
};

static bool read_line(struct tsv *tsv, struct sg_slice *fields, size_t *count_out)
{
    char *line = tsv->next;
    size_t count = 0;
    if (!*line)
        return false;
    char *end = strchr(line, '\n');
    tsv->next = end ? end + 1 : line + strlen(line);
    if (end)
        *end = '\0';
    for (char *field = line; field && count < FIELDS_MAX;) {
        char *tab = strchr(field, '\t');
        if (tab)
            *tab = '\0';
        fields[count++] = sg_slice_of(field);
        field = tab ? tab + 1 : NULL;
    }
    *count_out = count;
    return true;
}

/* One line of a tables file. */
struct listed {
    struct sg_slice database;
    struct sg_slice name;
    enum sg_table_kind kind;
    bool rowid;
    bool has_columns;
};

struct loader {
    struct sg_schema_builder *builder;
    struct listed *tables;
    size_t table_count;
    struct sg_column_spec *columns; /* of the table being read */
    size_t column_count;
    struct sg_table_spec table;
    char *texts[64]; /* of the files, which the lists point into */
    size_t text_count;
};

static struct listed *find_listed(struct loader *l, struct sg_slice database, struct sg_slice name)
{
    for (size_t i = 0; i < l->table_count; i++) {
        if (sg_slice_equal(l->tables[i].database, database) &&
            sg_slice_equal(l->tables[i].name, name))
            return &l->tables[i];
    }
    return NULL;
}

/* The *.sql beside the lists name no other engine. */
static const struct sg_table_detail INNODB = {.index_count = 0};

static void add_table(struct loader *l)
{
    struct sg_error error = {0};
    if (l->table.name.size == 0)
        return;
    struct listed *listed = find_listed(l, l->table.database, l->table.name);
    if (listed) {
        listed->has_columns = true;
        l->table.kind = listed->kind;
        l->table.rowid = listed->rowid;
        if (listed->kind == SG_TABLE_BASE)
            l->table.detail = &INNODB;
    }
    l->table.columns = l->columns;
    l->table.column_count = l->column_count;
    if (sg_schema_builder_database(l->builder, l->table.database, true, &error) != SG_OK ||
        sg_schema_builder_table(l->builder, &l->table, &error) != SG_OK)
        die("schema:", error.message);
    l->column_count = 0;
    l->table = (struct sg_table_spec){0};
}

static uint32_t column_flags(struct sg_slice nullable, struct sg_slice extra)
{
    uint32_t flags = sg_slice_equal(nullable, SG_SLICE_LITERAL("YES")) ? SG_COLUMN_NULLABLE : 0;
    if (strstr(extra.data, "INVISIBLE"))
        flags |= SG_COLUMN_INVISIBLE;
    if (strstr(extra.data, "STORED GENERATED") || strstr(extra.data, "VIRTUAL GENERATED"))
        flags |= SG_COLUMN_GENERATED;
    return flags;
}

/* A line of a columns file; the lines of one table need not stand together. */
struct line {
    struct sg_slice fields[8];
    size_t number;
};

static int compare_lines(const void *left, const void *right)
{
    const struct line *a = left;
    const struct line *b = right;
    int order = strcmp(a->fields[0].data, b->fields[0].data);
    if (order == 0)
        order = strcmp(a->fields[1].data, b->fields[1].data);
    return order ? order : (a->number > b->number) - (a->number < b->number);
}

static void add_column(struct loader *l, const struct sg_slice *f)
{
    if (!sg_slice_equal(f[0], l->table.database) || !sg_slice_equal(f[1], l->table.name))
        add_table(l);
    l->table.database = f[0];
    l->table.name = f[1];
    if (l->column_count == COLUMNS_MAX)
        die("too many columns in", f[1].data);
    l->columns[l->column_count++] =
        (struct sg_column_spec){.name = f[2], .type = f[5], .flags = column_flags(f[6], f[7])};
}

static void load_columns(struct loader *l, char *text)
{
    struct tsv tsv = {text};
    struct sg_slice f[FIELDS_MAX];
    struct line *lines = NULL;
    size_t line_count = 0;
    size_t room = 0;
    size_t count;
    read_line(&tsv, f, &count); /* the header */
    while (read_line(&tsv, f, &count)) {
        if (count < 8)
            die("a short line in", "a columns file");
        if (line_count == room) {
            room = room ? room * 2 : 1024;
            lines = realloc(lines, room * sizeof *lines);
            if (!lines)
                die("out of", "memory");
        }
        memcpy(lines[line_count].fields, f, sizeof lines[line_count].fields);
        lines[line_count].number = line_count;
        line_count++;
    }
    qsort(lines, line_count, sizeof *lines, compare_lines);
    for (size_t i = 0; i < line_count; i++)
        add_column(l, lines[i].fields);
    add_table(l);
    free(lines);
}

static void load_tables(struct loader *l, char *text)
{
    struct tsv tsv = {text};
    struct sg_slice f[FIELDS_MAX];
    size_t count;
    read_line(&tsv, f, &count);
    while (read_line(&tsv, f, &count)) {
        l->tables = realloc(l->tables, (l->table_count + 1) * sizeof *l->tables);
        if (!l->tables || count < 4)
            die("cannot read", "a tables file");
        struct listed *it = &l->tables[l->table_count++];
        *it = (struct listed){.database = f[0], .name = f[1], .rowid = f[3].data[0] == '1'};
        if (strcmp(f[2].data, "VIEW") == 0)
            it->kind = SG_TABLE_VIEW;
        else if (strcmp(f[2].data, "SEQUENCE") == 0)
            it->kind = SG_TABLE_SEQUENCE;
        else if (strcmp(f[2].data, "SYSTEM VERSIONED") == 0)
            it->kind = SG_TABLE_VERSIONED;
    }
}

/* Views that the server could not open have no columns listed: nothing is known of them. */
static void add_unreadable(struct loader *l)
{
    struct sg_error error = {0};
    for (size_t i = 0; i < l->table_count; i++) {
        struct sg_table_spec spec = {.database = l->tables[i].database,
                                     .name = l->tables[i].name,
                                     .kind = l->tables[i].kind,
                                     .knowledge = SG_UNKNOWN};
        if (!l->tables[i].has_columns &&
            sg_schema_builder_table(l->builder, &spec, &error) != SG_OK)
            die("schema:", error.message);
    }
}

typedef void load_function(struct loader *l, char *text);

/* Every file of the folder that ends in `suffix`. */
static void load_all(struct loader *l, const char *folder, const char *suffix, load_function *load)
{
    DIR *dir = opendir(folder);
    if (!dir)
        die("cannot open", folder);
    for (const struct dirent *entry; (entry = readdir(dir));) {
        size_t length = strlen(entry->d_name);
        size_t size;
        char path[4096];
        if (length < strlen(suffix) || strcmp(entry->d_name + length - strlen(suffix), suffix) != 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (l->text_count == sizeof l->texts / sizeof l->texts[0])
            die("too many files in", folder);
        l->texts[l->text_count] = read_file(path, &size);
        load(l, l->texts[l->text_count++]);
    }
    closedir(dir);
}

void load_tsv(struct sg_schema_builder *builder, const char *folder, enum sg_flavour flavour)
{
    const char *name = flavour == SG_FLAVOUR_MARIADB ? "mariadb" : "mysql";
    struct loader l = {.builder = builder,
                       .columns = calloc(COLUMNS_MAX, sizeof(struct sg_column_spec))};
    char suffix[64];
    if (!l.columns)
        die("out of", "memory");
    snprintf(suffix, sizeof suffix, ".tables.%s.tsv", name);
    load_all(&l, folder, suffix, load_tables);
    snprintf(suffix, sizeof suffix, ".columns.%s.tsv", name);
    load_all(&l, folder, suffix, load_columns);
    add_unreadable(&l);
    for (size_t i = 0; i < l.text_count; i++)
        free(l.texts[i]);
    free(l.columns);
    free(l.tables);
}
