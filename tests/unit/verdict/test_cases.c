/* Runs tests/cases/: SQL as data, each statement with what both servers answer to it.
 *
 *   sql      SET sql_mode = 'ANSI_QUOTES'; SELECT "zz" FROM t1     the last one is judged
 *   expect   1054                                                   on both servers, or
 *   mysql    1054                                                   one line for each
 *   mariadb  ok
 *   known    why this one is not answered so                        the verdict is then not looked
 * at, save that `ok` is never a mismatch
 *
 * Beside numbers and `ok` stand `reads`: the server's parser takes it, whatever it says then, and
 * so must ours; and `syntax`: error 1064, and no tree. `mariadb-11.8` is a server of its own, asked
 * only where a line names it.
 *
 * A number of the design page's table means a mismatch with that number; any other means that the
 * server stops for another reason, and then nothing is to be said. The schema stands beside the
 * cases as a snapshot for each flavour.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "case_files.h"

#include <schemaguard/agreed.h>
#include <schemaguard/check.h>

enum { MYSQL, MARIADB, MARIADB_11_8, WORLDS };

struct world {
    struct sg_schema *schema;
    struct sg_schema *agreed; /* it laid over itself */
    struct sg_server server;
};

static struct world load_world(const char *name)
{
    struct world world = {.schema = load_schema(name)};
    struct sg_error error = {0};
    world.server = *sg_schema_server(world.schema);
    assert_int_equal(sg_schema_agreed(world.schema, world.schema, &world.agreed, &error), SG_OK);
    return world;
}

/* --- one statement -------------------------------------------------------------------------- */

struct session {
    struct sg_context context;
    struct sg_overlay *overlay;
    char database[64];
};

static void apply(struct session *s, const struct sg_effects *effects)
{
    if (effects->flags & SG_EFFECT_DATABASE) {
        assert_true(effects->database.size < sizeof s->database);
        memcpy(s->database, effects->database.data, effects->database.size);
        s->context.database = sg_slice_make(s->database, effects->database.size);
    }
    if (effects->flags & SG_EFFECT_SQL_MODE) {
        s->context.sql_mode = effects->sql_mode;
        s->context.sql_mode_unknown = effects->sql_mode_unknown;
    }
    if (effects->flags & SG_EFFECT_TEMPORARY && effects->overlay_change)
        assert_int_equal(sg_overlay_apply(s->overlay, effects->overlay_change), SG_OK);
}

/* Who verifies what is live changes nothing: above all, nothing is unverified then. */
static void judge_as_verified(const struct world *world, struct sg_slice sql,
                              const struct session *s, const struct sg_report *report,
                              struct sg_arena *arena)
{
    struct sg_schemas schemas = {.live = world->schema, .verified = world->agreed};
    const struct sg_report *again = NULL;
    assert_int_equal(sg_check(sql, &s->context, &schemas, arena, &again), SG_OK);
    if (again->verdict != report->verdict || again->reference_count != report->reference_count)
        fail_msg("%.*s\nis %s, and %s where it is verified", (int)sql.size, sql.data,
                 sg_verdict_name(report->verdict), sg_verdict_name(again->verdict));
}

/* The verdict on the last statement of `sql`. */
static const struct sg_report *judge(const struct world *world, struct sg_slice sql,
                                     struct sg_arena *arena)
{
    struct session s = {.context = {.server = &world->server,
                                    .database = SG_SLICE_LITERAL("nr_nrdoc"),
                                    .charset = SG_CHARSET_UTF8},
                        .overlay = sg_overlay_new()};
    struct sg_schemas schemas = {.live = world->schema};
    const struct sg_report *report = NULL;
    s.context.overlay = s.overlay;
    while (sql.size) {
        assert_int_equal(sg_check(sql, &s.context, &schemas, arena, &report), SG_OK);
        judge_as_verified(world, sql, &s, report, arena);
        apply(&s, &report->effects);
        sql.data += report->consumed;
        sql.size -= report->consumed;
    }
    sg_overlay_free(s.overlay);
    return report;
}

static bool is_ours(long error)
{
    return error == 1054 || error == 1146 || error == 1109 || error == 1051;
}

/* NULL when it is as expected, else what is wrong. */
static const char *compare(const struct sg_report *report, const char *expected, bool known)
{
    static char text[512];
    long error = strtol(expected, NULL, 10); /* 0: a word */
    bool mismatch = sg_verdict_is_mismatch(report->verdict);
    const struct sg_reference *first = mismatch ? &report->references[0] : NULL;
    if (mismatch && first->error == 1049)
        return error == 1049 ? NULL : "an unknown database";
    if (mismatch && error == 0 && strcmp(expected, "reads") == 0)
        return NULL;
    if (mismatch && error == 0) {
        snprintf(text, sizeof text, "%.*s", (int)first->message.size, first->message.data);
        return text;
    }
    if (known)
        return NULL;
    if (strcmp(expected, "syntax") == 0)
        return report->verdict == SG_VERDICT_UNPARSED ? NULL : sg_verdict_name(report->verdict);
    if (!is_ours(error)) {
        if (error == 0 && report->verdict != SG_VERDICT_OK) {
            snprintf(text, sizeof text, "unparsed: %.*s", (int)report->unparsed_reason.size,
                     report->unparsed_reason.data);
            return text;
        }
        return mismatch ? "a mismatch" : NULL;
    }
    if (!mismatch)
        return sg_verdict_name(report->verdict);
    snprintf(text, sizeof text, "%d", first->error);
    return first->error == error ? NULL : text;
}

/* --- files ----------------------------------------------------------------------------------- */

struct one_case {
    struct sg_slice sql;
    char expected[WORLDS][16];
    bool known;
};

static const char *const WORLD_NAMES[WORLDS] = {"mysql", "mariadb", "mariadb-11.8"};

static void run_case(const struct world *worlds, size_t which, const char *file,
                     const struct one_case *it, int *failures)
{
    struct sg_arena arena;
    const struct world *world = &worlds[which];
    const char *expected = it->expected[which];
    if (it->sql.size == 0 || !*expected)
        return;
    sg_arena_init(&arena, (size_t)16 << 20);
    const char *wrong = compare(judge(world, it->sql, &arena), expected, it->known);
    if (wrong) {
        fprintf(stderr, "%s: %s: %.*s\n    expected %s, found %s\n", file, WORLD_NAMES[which],
                (int)it->sql.size, it->sql.data, expected, wrong);
        ++*failures;
    }
    sg_arena_fini(&arena);
}

static void run_in_all(const struct world *worlds, const char *file, const struct one_case *it,
                       int *failures)
{
    for (size_t which = 0; which < WORLDS; which++)
        run_case(worlds, which, file, it, failures);
}

static void expect(struct one_case *it, const char *word, const char *value)
{
    for (size_t which = 0; which < WORLDS; which++) {
        if (strcmp(word, WORLD_NAMES[which]) == 0 ||
            (which != MARIADB_11_8 && strcmp(word, "expect") == 0))
            snprintf(it->expected[which], sizeof it->expected[which], "%s", value);
    }
}

static void run_file(const struct world *worlds, const char *file, int *failures)
{
    char path[512];
    size_t size;
    struct one_case it = {0};
    snprintf(path, sizeof path, FOLDER "/%s", file);
    char *text = read_file(path, &size);
    for (char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        size_t length = strcspn(line, "\n");
        char word[16];
        char value[16];
        if (sscanf(line, "%15s", word) != 1 || line[0] == '\n' || line[0] == '#')
            continue;
        if (strcmp(word, "sql") == 0) {
            run_in_all(worlds, file, &it, failures);
            it = (struct one_case){.sql = sg_slice_make(line + 9, length - 9)};
        } else if (strcmp(word, "known") == 0) {
            it.known = true;
        } else if (sscanf(line, "%*s %15s", value) == 1) {
            expect(&it, word, value);
        }
    }
    run_in_all(worlds, file, &it, failures);
    free(text);
}

static void test_statements_as_the_servers_answer_them(void **state)
{
    (void)state;
    struct world worlds[WORLDS] = {load_world("mysql"), load_world("mariadb")};
    worlds[MARIADB_11_8] = worlds[MARIADB];
    worlds[MARIADB_11_8].server.version = 110809;
    int failures = 0;
    int files = 0;
    DIR *dir = opendir(FOLDER);
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir));) {
        const char *suffix = strrchr(entry->d_name, '.');
        if (!suffix || strcmp(suffix, ".case") != 0)
            continue;
        run_file(worlds, entry->d_name, &failures);
        files++;
    }
    closedir(dir);
    for (size_t which = MYSQL; which <= MARIADB; which++) { /* the third is the second once more */
        sg_schema_release(worlds[which].schema);
        sg_schema_release(worlds[which].agreed);
    }
    assert_true(files > 0);
    assert_int_equal(failures, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statements_as_the_servers_answer_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
