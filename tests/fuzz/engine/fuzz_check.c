/* The whole way from text to report, over a small schema.
 *
 * Input: one byte for the server and its lower_case_table_names, one for sql_mode, one for what is
 * not known for certain, one for the arena's ceiling, then the text. What must hold:
 * - the answer is a verdict or a clean refusal, at every ceiling, and the ceiling changes no
 * verdict;
 * - what is consumed is in the text; references lie in it, have words, and a mismatch has some;
 * - one schema knows no "missing" and no "unverified";
 * - the effects can be applied, and the next statement judged after them.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <schemaguard/check.h>

#undef NDEBUG
#include <assert.h>

#define ARENA_BYTES    ((size_t)16 << 20)
#define STATEMENTS_MAX 64

static const char TABLES[] =
    "\"complete\":true,\"databases\":["
    "{\"name\":\"information_schema\",\"complete\":true,\"tables\":[{\"name\":\"TABLES\",\"kind\":"
    "\"system view\",\"columns\":[{\"name\":\"TABLE_NAME\"}]}]},"
    "{\"name\":\"open\",\"tables\":[{\"name\":\"t1\",\"columns\":[{\"name\":\"id\"}]}]},"
    "{\"name\":\"d\",\"complete\":true,\"tables\":["
    "{\"name\":\"t1\",\"rowid\":true,\"columns\":[{\"name\":\"id\"},{\"name\":\"a\"},{\"name\":"
    "\"b\"},{\"name\":\"c\"}]},"
    "{\"name\":\"t2\",\"columns\":[{\"name\":\"id\"},{\"name\":\"a\"},{\"name\":\"d\"},{\"name\":"
    "\"t1_id\"}]},"
    "{\"name\":\"t3\",\"columns\":[{\"name\":\"id\"},{\"name\":\"e\"},{\"name\":\"t2_id\"}]},"
    "{\"name\":\"inv\",\"columns\":[{\"name\":\"a\"},{\"name\":\"h\",\"invisible\":true}]},"
    "{\"name\":\"sv\",\"kind\":\"versioned table\",\"columns\":[{\"name\":\"id\"}]},"
    "{\"name\":\"v1\",\"kind\":\"view\",\"columns\":[{\"name\":\"id\"},{\"name\":\"aa\"}]},"
    "{\"name\":\"vbad\",\"kind\":\"view\",\"columns_unknown\":true}]}]}";

static struct sg_schema *load(const char *server)
{
    char json[4096];
    struct sg_schema *schema = NULL;
    struct sg_error error = {0};
    size_t size = strlen(server);
    assert(size + sizeof TABLES < sizeof json);
    memcpy(json, server, size);
    memcpy(json + size, TABLES, sizeof TABLES);
    enum sg_status status = sg_schema_from_json(sg_slice_of(json), "fuzz", &schema, &error);
    assert(status == SG_OK);
    return schema;
}

#define SERVER(flavour, version, lower)                                                            \
    "{\"format\":1,\"server\":{\"flavour\":\"" flavour "\",\"version\":" version                   \
    ",\"lower_case_table_names\":" lower "},"

static struct sg_schema *schema_for(uint8_t choice)
{
    static struct sg_schema *schemas[4];
    static const char *const SERVERS[] = {
        SERVER("mysql", "90704", "0"), SERVER("mariadb", "101119", "0"),
        SERVER("mysql", "80036", "1"), SERVER("mariadb", "110809", "2")};
    if (!schemas[choice % 4])
        schemas[choice % 4] = load(SERVERS[choice % 4]);
    return schemas[choice % 4];
}

static void check_reference(const struct sg_reference *it, struct sg_slice text)
{
    assert(it->verdict == SG_VERDICT_ABSENT);
    assert(it->offset <= text.size && it->size <= text.size - it->offset);
    assert(it->message.size > 0 && strlen(it->sqlstate) == 5);
    assert(it->nearest_count <= SG_NEAREST_MAX);
    assert(it->error == 1054 || it->error == 1146 || it->error == 1109 || it->error == 1051 ||
           it->error == 1049);
}

static void check_report(const struct sg_report *report, struct sg_slice text)
{
    assert(report->consumed <= text.size);
    assert(report->consumed > 0 || text.size == 0);
    assert(sg_verdict_is_mismatch(report->verdict) == (report->reference_count > 0));
    for (size_t i = 0; i < report->reference_count; i++)
        check_reference(&report->references[i], text);
    if (report->verdict == SG_VERDICT_UNPARSED)
        assert(report->unparsed_offset <= text.size && report->unparsed_reason.size > 0);
}

/* The same text under less memory, where the verdict must be the same or none, and under less
 * certainty. */
static void check_again(const struct sg_report *report, struct sg_slice text,
                        const struct sg_context *context, const struct sg_schemas *schemas,
                        uint8_t ceiling)
{
    struct sg_arena arena;
    const struct sg_report *other = NULL;
    sg_arena_init(&arena, (size_t)ceiling * 512);
    enum sg_status status = sg_check(text, context, schemas, &arena, &other);
    assert(status == SG_OK || status == SG_LIMIT);
    if (status == SG_OK)
        assert(other->verdict == report->verdict && other->consumed == report->consumed);
    sg_arena_fini(&arena);

    struct sg_context doubtful = *context;
    doubtful.temporary_certainty = SG_UNCERTAIN;
    doubtful.sql_mode_unknown |= SG_MODE_ANSI_QUOTES;
    sg_arena_init(&arena, ARENA_BYTES);
    status = sg_check(text, &doubtful, schemas, &arena, &other);
    assert(status == SG_OK || status == SG_LIMIT);
    sg_arena_fini(&arena);
}

static void apply(struct sg_context *context, struct sg_overlay *overlay, char *database,
                  const struct sg_effects *effects)
{
    if (effects->flags & SG_EFFECT_DATABASE && effects->database.size <= 64) {
        if (effects->database.size)
            memcpy(database, effects->database.data, effects->database.size);
        context->database = sg_slice_make(database, effects->database.size);
    }
    if (effects->flags & SG_EFFECT_SQL_MODE) {
        context->sql_mode = effects->sql_mode;
        context->sql_mode_unknown = effects->sql_mode_unknown;
    }
    if (effects->flags & SG_EFFECT_CHARSET) {
        context->charset = effects->charset;
        context->charset_certainty = effects->charset_certainty;
    }
    if (effects->flags & SG_EFFECT_TEMPORARY &&
        (!effects->overlay_change || sg_overlay_apply(overlay, effects->overlay_change) != SG_OK))
        context->temporary_certainty = SG_UNCERTAIN;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sg_arena arena;
    char database[64];
    if (size < 4)
        return 0;
    struct sg_schemas schemas = {.live = schema_for(data[0])};
    struct sg_overlay *overlay = sg_overlay_new();
    struct sg_slice text = sg_slice_make(data + 4, size - 4);
    struct sg_context context = {
        .server = sg_schema_server(schemas.live),
        .database = data[2] & 1 ? SG_SLICE_EMPTY : SG_SLICE_LITERAL("d"),
        .database_certainty = data[2] & 2 ? SG_UNCERTAIN : SG_CERTAIN,
        .sql_mode = data[1],
        .sql_mode_unknown = data[2] & 4 ? SG_MODE_NO_BACKSLASH_ESCAPES : 0,
        .charset = (enum sg_charset)(data[2] >> 4) % 11,
        .overlay = overlay,
    };
    assert(overlay);
    for (int i = 0; i < STATEMENTS_MAX && text.size; i++) {
        const struct sg_report *report = NULL;
        sg_arena_init(&arena, ARENA_BYTES);
        if (sg_check(text, &context, &schemas, &arena, &report) == SG_OK) {
            check_report(report, text);
            check_again(report, text, &context, &schemas, data[3]);
            apply(&context, overlay, database, &report->effects);
            text.data += report->consumed;
            text.size -= report->consumed;
        } else {
            text.size = 0;
        }
        sg_arena_fini(&arena);
    }
    sg_overlay_free(overlay);
    return 0;
}
