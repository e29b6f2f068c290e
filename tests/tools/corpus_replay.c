/* Judges recorded statements and prints a verdict for each, to be scored against what the servers
 * answered.
 *
 *   corpus-replay --resolution FILE --flavour mysql|mariadb
 *       FILE: rows of tests/corpus/resolution.jsonl; the schemas stand beside it as *.tsv.
 *       Prints {"id", "verdict": "ok|mismatch|unparsed", "errno", "message"} a row.
 *
 * A row's session is followed as a guard would follow it: setup statements first, their effects
 * taken over, then the statement.
 */
#include <schemaguard/check.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#define ARENA_CEILING ((size_t)256 << 20)
#define FIELDS_MAX    16
#define COLUMNS_MAX   8192

static void die(const char *what, const char *name)
{
    fprintf(stderr, "corpus-replay: %s %s\n", what, name);
    exit(2);
}

static char *read_file(const char *path, size_t *size_out)
{
    FILE *file = fopen(path, "rb");
    size_t room = 1 << 16;
    size_t size = 0;
    char *text = malloc(room);
    if (!file || !text)
        die("cannot read", path);
    for (size_t got; (got = fread(text + size, 1, room - size - 1, file)) > 0;) {
        size += got;
        if (room - size < 2 && !(text = realloc(text, room *= 2)))
            die("out of memory for", path);
    }
    fclose(file);
    text[size] = '\0';
    *size_out = size;
    return text;
}

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

/* Every file of the folder that ends in `suffix`. Texts live to the end of the program. */
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
        load(l, read_file(path, &size));
    }
    closedir(dir);
}

static struct sg_schema *load_schema(const char *folder, const struct sg_server *server)
{
    const char *name = server->flavour == SG_FLAVOUR_MARIADB ? "mariadb" : "mysql";
    struct loader l = {.builder = sg_schema_builder_new(server),
                       .columns = calloc(COLUMNS_MAX, sizeof(struct sg_column_spec))};
    struct sg_schema *schema = NULL;
    struct sg_error error = {0};
    char suffix[64];
    if (!l.builder || !l.columns)
        die("out of", "memory");
    snprintf(suffix, sizeof suffix, ".tables.%s.tsv", name);
    load_all(&l, folder, suffix, load_tables);
    snprintf(suffix, sizeof suffix, ".columns.%s.tsv", name);
    load_all(&l, folder, suffix, load_columns);
    add_unreadable(&l);
    sg_schema_builder_databases_complete(l.builder);
    if (sg_schema_builder_finish(l.builder, &schema, &error) != SG_OK)
        die("schema:", error.message);
    free(l.columns);
    free(l.tables);
    return schema;
}

/* --- a session ----------------------------------------------------------------------------- */

struct session {
    struct sg_context context;
    struct sg_overlay *overlay;
    char database[512];
};

static void set_database(struct session *s, struct sg_slice name)
{
    if (name.size >= sizeof s->database)
        die("a long name:", "database");
    if (name.size)
        memcpy(s->database, name.data, name.size);
    s->context.database = sg_slice_make(s->database, name.size);
}

static void apply_effects(struct session *s, const struct sg_effects *effects)
{
    /* A guard would read the live schema again; here there is none, so any table may have changed.
     */
    if (effects->flags & (SG_EFFECT_OPAQUE | SG_EFFECT_SCHEMA))
        s->context.temporary_certainty = SG_UNCERTAIN;
    if (effects->flags & SG_EFFECT_DATABASE)
        set_database(s, effects->database);
    if (effects->flags & SG_EFFECT_SQL_MODE) {
        s->context.sql_mode = effects->sql_mode;
        s->context.sql_mode_unknown = effects->sql_mode_unknown;
    }
    if (effects->flags & SG_EFFECT_CHARSET) {
        s->context.charset = effects->charset;
        s->context.charset_certainty = effects->charset_certainty;
    }
    if (effects->flags & SG_EFFECT_TEMPORARY) {
        if (!effects->overlay_change ||
            sg_overlay_apply(s->overlay, effects->overlay_change) != SG_OK)
            s->context.temporary_certainty = SG_UNCERTAIN;
    }
}

struct answer {
    const char *verdict;
    unsigned error;
    struct sg_slice message;
};

/* The statements of one text in order; the first that is no `ok` decides. */
static struct answer judge(struct session *s, struct sg_slice text, bool multi,
                           const struct sg_schemas *schemas, struct sg_arena *arena)
{
    struct answer answer = {.verdict = "ok"};
    while (text.size) {
        const struct sg_report *report;
        if (sg_check(text, &s->context, schemas, arena, &report) != SG_OK)
            return (struct answer){.verdict = "unparsed"};
        if (report->verdict == SG_VERDICT_UNPARSED)
            return (struct answer){.verdict = "unparsed", .message = report->unparsed_reason};
        if (!multi && report->consumed < text.size)
            return (struct answer){.verdict = "unparsed",
                                   .message = SG_SLICE_LITERAL("text after ;")};
        if (sg_verdict_is_mismatch(report->verdict)) {
            const struct sg_reference *first = &report->references[0];
            bool is_database = first->error == 1049;
            return (struct answer){.verdict = is_database ? "ok" : "mismatch",
                                   .error = first->error,
                                   .message = first->message};
        }
        apply_effects(s, &report->effects);
        if (report->consumed == 0)
            break;
        text.data += report->consumed;
        text.size -= report->consumed;
    }
    return answer;
}

/* --- rows ---------------------------------------------------------------------------------- */

/* A JSON string of any bytes; those that are not UTF-8 are replaced. */
static void print_string(struct sg_slice text)
{
    putchar('"');
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c < 0x20)
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

static void print_answer(const char *id, const struct answer *answer)
{
    printf("{\"id\": ");
    print_string(sg_slice_of(id));
    printf(", \"verdict\": \"%s\"", answer->verdict);
    if (answer->error)
        printf(", \"errno\": %u", answer->error);
    if (answer->message.size) {
        printf(", \"message\": ");
        print_string(answer->message);
    }
    printf("}\n");
}

static struct sg_slice text_of(const cJSON *row, const char *field)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(row, field);
    return cJSON_IsString(item) ? sg_slice_of(item->valuestring) : SG_SLICE_EMPTY;
}

static struct sg_slice unhex(struct sg_slice hex, struct sg_arena *arena)
{
    char *bytes = sg_arena_alloc(arena, hex.size / 2 + 1);
    for (size_t i = 0; bytes && i + 1 < hex.size; i += 2) {
        const char pair[] = {hex.data[i], hex.data[i + 1], '\0'};
        bytes[i / 2] = (char)strtoul(pair, NULL, 16);
    }
    return sg_slice_make(bytes, hex.size / 2);
}

static void judge_row(const cJSON *row, const struct sg_server *server,
                      const struct sg_schemas *schemas, struct sg_arena *arena)
{
    struct session session = {
        .context = {.server = server, .charset = SG_CHARSET_UTF8},
        .overlay = sg_overlay_new(),
    };
    const cJSON *statement;
    const cJSON *setup = cJSON_GetObjectItemCaseSensitive(row, "setup");
    struct sg_slice hex = text_of(row, "sql_hex");

    session.context.overlay = session.overlay;
    set_database(&session, text_of(row, "db"));
    cJSON_ArrayForEach(statement, setup)
    {
        const struct sg_report *report;
        struct sg_slice text = sg_slice_of(statement->valuestring);
        if (sg_check(text, &session.context, schemas, arena, &report) == SG_OK)
            apply_effects(&session, &report->effects);
    }
    bool multi = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(row, "multi"));
    struct sg_slice sql = hex.size ? unhex(hex, arena) : text_of(row, "sql");
    struct answer answer = judge(&session, sql, multi, schemas, arena);
    print_answer(text_of(row, "id").data, &answer);
    sg_overlay_free(session.overlay);
    sg_arena_reset(arena);
}

static int replay_resolution(const char *path, const struct sg_server *server)
{
    char folder[4096];
    size_t size;
    char *text = read_file(path, &size);
    struct sg_arena arena;

    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
    struct sg_schema *schema = load_schema(slash ? folder : ".", server);
    struct sg_schemas schemas = {.live = schema};
    sg_arena_init(&arena, ARENA_CEILING);
    for (char *line = text, *next; line && *line; line = next) {
        char *end = strchr(line, '\n');
        next = end ? end + 1 : NULL;
        if (end)
            *end = '\0';
        cJSON *row = cJSON_Parse(line);
        if (!row)
            die("no JSON:", line);
        judge_row(row, server, &schemas, &arena);
        cJSON_Delete(row);
    }
    sg_arena_fini(&arena);
    sg_schema_release(schema);
    free(text);
    return 0;
}

int main(int argc, char **argv)
{
    const char *resolution = NULL;
    struct sg_server server;
    bool has_server = false;

    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--resolution") == 0) {
            resolution = argv[i + 1];
        } else if (strcmp(argv[i], "--flavour") == 0) {
            const char *version =
                strcmp(argv[i + 1], "mariadb") == 0 ? "10.11.19-MariaDB" : "9.7.4";
            has_server = sg_server_from_version(sg_slice_of(version), &server);
        }
    }
    if (!resolution || !has_server) {
        fprintf(stderr, "usage: corpus-replay --resolution FILE --flavour mysql|mariadb\n");
        return 2;
    }
    return replay_resolution(resolution, &server);
}
