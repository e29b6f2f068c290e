/* The cache of verdicts: a hit is what sg_check would say, under this very context; its memory is
 * bounded; and all cases of tests/cases/, asked for twice in two orders, are answered as without
 * it.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "case_files.h"

#include <schemaguard/check.h>
#include <schemaguard/verdict_cache.h>

#define LIMIT_BYTES ((size_t)1 << 20)

struct world {
    struct sg_schema *schema;
    struct sg_context context;
    struct sg_verdict_cache *cache;
    struct sg_arena arena;
};

static struct world world_of(const char *flavour)
{
    struct world world = {.schema = load_schema(flavour)};
    world.context = (struct sg_context){.server = sg_schema_server(world.schema),
                                        .database = SG_SLICE_LITERAL("nr_nrdoc"),
                                        .charset = SG_CHARSET_UTF8};
    world.cache = sg_verdict_cache_new(LIMIT_BYTES);
    assert_non_null(world.cache);
    sg_arena_init(&world.arena, (size_t)16 << 20);
    return world;
}

static void end_world(struct world *world)
{
    sg_verdict_cache_free(world->cache);
    sg_arena_fini(&world->arena);
    sg_schema_release(world->schema);
}

/* As a guard does it. True: it was known; then it is judged all the same, and must be ok. */
static bool ask(struct world *world, struct sg_slice text)
{
    struct sg_schemas schemas = {.live = world->schema};
    const struct sg_report *report = NULL;
    bool hit = sg_verdict_cache_find(world->cache, text, &world->context) == SG_CACHED_OK;
    sg_arena_reset(&world->arena);
    assert_int_equal(sg_check(text, &world->context, &schemas, &world->arena, &report), SG_OK);
    if (!hit) { /* what comes once is not kept */
        sg_verdict_cache_keep(world->cache, report);
        (void)sg_verdict_cache_find(world->cache, text, &world->context);
        sg_verdict_cache_keep(world->cache, report);
        return false;
    }
    if (report->verdict != SG_VERDICT_OK || report->effects.flags != 0 ||
        report->consumed != text.size)
        fail_msg("cached, but %s: %.*s", sg_verdict_name(report->verdict), (int)text.size,
                 text.data);
    return true;
}

static bool ask_for(struct world *world, const char *text)
{
    return ask(world, sg_slice_of(text));
}

static int begin(void **state)
{
    struct world *world = malloc(sizeof *world);
    *world = world_of("mysql");
    *state = world;
    return 0;
}

static int end(void **state)
{
    end_world(*state);
    free(*state);
    return 0;
}

/* --- what is kept ---------------------------------------------------------------------------- */

static void test_other_literals_are_known(void **state)
{
    assert_false(ask_for(*state, "SELECT a FROM t1 WHERE id = 1"));
    assert_true(ask_for(*state, "SELECT a FROM t1 WHERE id = 1"));
    assert_true(ask_for(*state, "SELECT a FROM t1 WHERE id = 987654"));
    assert_false(ask_for(*state, "SELECT a FROM t1 WHERE id = 1.5"));
    assert_false(ask_for(*state, "SELECT a FROM t1 WHERE id =  1"));
    assert_int_equal(sg_verdict_cache_state(((struct world *)*state)->cache).shapes, 3);
}

static void test_a_suspect_is_never_known(void **state)
{
    for (int i = 0; i < 3; i++) {
        assert_false(ask_for(*state, "SELECT zz FROM t1 WHERE id = 1"));
        assert_false(ask_for(*state, "SELECT a FROM nowhere"));
        assert_false(ask_for(*state, "FOOBAR a FROM t1"));
    }
}

static void test_what_changes_the_session_is_never_known(void **state)
{
    static const char *const TEXTS[] = {
        "USE other",     "SET sql_mode = ''",
        "SET NAMES gbk", "CREATE TABLE x (a INT)",
        "DROP TABLE t1", "CREATE TEMPORARY TABLE x (a INT)",
        "CALL p()",
    };
    for (size_t i = 0; i < 2 * sizeof TEXTS / sizeof TEXTS[0]; i++)
        assert_false(ask_for(*state, TEXTS[i / 2]));
}

/* A literal decided: of such a text nothing is kept. */
static void test_what_depends_on_a_literal_is_never_known(void **state)
{
    static const char *const TEXTS[] = {
        "SELECT a, id FROM t1 ORDER BY a, 2",
        "SELECT a, id FROM t1 ORDER BY a, 3",
        "SELECT a FROM (SELECT id, 'a' FROM t1) x",
        "SELECT a FROM (SELECT id, 'b' FROM t1) x",
    };
    for (size_t i = 0; i < 2 * sizeof TEXTS / sizeof TEXTS[0]; i++)
        assert_false(ask_for(*state, TEXTS[i / 2]));
}

static void test_an_alias_in_quotes_is_part_of_the_shape(void **state)
{
    assert_false(ask_for(*state, "SELECT id 'x' FROM t1 ORDER BY x"));
    assert_true(ask_for(*state, "SELECT id 'x' FROM t1 ORDER BY x"));
    assert_false(ask_for(*state, "SELECT id 'y' FROM t1 ORDER BY x"));
    assert_false(ask_for(*state, "SELECT id 'y' FROM t1 ORDER BY x"));
}

/* --- under which context --------------------------------------------------------------------- */

static void test_each_part_of_the_context_counts(void **state)
{
    static const char TEXT[] = "SELECT a FROM nr_nrdoc.t1 WHERE id = 1";
    struct world *world = *state;
    const struct sg_context before = world->context;
    struct sg_context others[7];
    for (size_t i = 0; i < 7; i++)
        others[i] = before;
    others[0].database = SG_SLICE_LITERAL("other");
    others[1].database = SG_SLICE_EMPTY;
    others[2].database_certainty = SG_UNCERTAIN;
    others[3].sql_mode = SG_MODE_PIPES_AS_CONCAT;
    others[4].sql_mode_unknown = SG_MODE_ANSI_QUOTES;
    others[5].charset_certainty = SG_UNCERTAIN;
    others[6].temporary_certainty = SG_UNCERTAIN;
    assert_false(ask_for(world, TEXT));
    for (size_t i = 0; i < 7; i++) {
        world->context = others[i];
        assert_false(ask_for(world, TEXT));
        assert_true(ask_for(world, TEXT));
    }
    world->context = before;
    assert_true(ask_for(world, TEXT));
}

static void make_temporary_table(struct world *world, struct sg_overlay *overlay)
{
    struct sg_schemas schemas = {.live = world->schema};
    const struct sg_report *report = NULL;
    assert_int_equal(sg_check(sg_slice_of("CREATE TEMPORARY TABLE t1 (z INT)"), &world->context,
                              &schemas, &world->arena, &report),
                     SG_OK);
    assert_int_equal(sg_overlay_apply(overlay, report->effects.overlay_change), SG_OK);
}

static void test_temporary_tables_are_judged_anew(void **state)
{
    static const char TEXT[] = "SELECT a FROM t1 WHERE id = 1";
    struct world *world = *state;
    struct sg_overlay *overlay = sg_overlay_new();
    world->context.overlay = overlay;
    assert_false(ask_for(world, TEXT));
    assert_true(ask_for(world, TEXT)); /* none is there */
    make_temporary_table(world, overlay);
    assert_false(ask_for(world, TEXT));
    assert_false(ask_for(world, "SELECT z FROM t1"));
    assert_false(ask_for(world, "SELECT z FROM t1"));
    world->context.overlay = NULL;
    assert_true(ask_for(world, TEXT));
    sg_overlay_free(overlay);
}

static void test_clear_forgets_all(void **state)
{
    struct world *world = *state;
    assert_false(ask_for(world, "SELECT a FROM t1 WHERE id = 1"));
    sg_verdict_cache_clear(world->cache);
    assert_int_equal(sg_verdict_cache_state(world->cache).shapes, 0);
    assert_false(ask_for(world, "SELECT a FROM t1 WHERE id = 1"));
    assert_true(ask_for(world, "SELECT a FROM t1 WHERE id = 1"));
}

/* What the report says comes too late when the schemas have changed in between. */
static void test_nothing_is_kept_after_a_clear(void **state)
{
    struct world *world = *state;
    const struct sg_report ok = {.verdict = SG_VERDICT_OK};
    struct sg_slice text = SG_SLICE_LITERAL("SELECT a FROM t1 WHERE id = 1");
    assert_int_equal(sg_verdict_cache_find(world->cache, text, &world->context), SG_CACHED_NOT);
    sg_verdict_cache_clear(world->cache);
    sg_verdict_cache_keep(world->cache, &ok);
    assert_int_equal(sg_verdict_cache_state(world->cache).shapes, 0);
}

/* --- bounds ---------------------------------------------------------------------------------- */

static void test_the_bound_holds_and_what_is_used_stays(void **state)
{
    struct world *world = *state;
    char text[256];
    size_t known = 0;
    for (int i = 0; i < 20000; i++) {
        snprintf(text, sizeof text, "SELECT a AS `name_%d` FROM t1 WHERE id = %d", i, i);
        assert_false(ask_for(world, text));
        known += ask_for(world, "SELECT id FROM t1 WHERE a = 'often'");
        assert_true(sg_verdict_cache_state(world->cache).bytes <= LIMIT_BYTES);
    }
    assert_int_equal(known, 20000 - 1);
    assert_true(sg_verdict_cache_state(world->cache).evictions > 0);
    assert_true(sg_verdict_cache_state(world->cache).shapes > 1000);
}

static void test_what_comes_once_takes_no_memory(void **state)
{
    struct world *world = *state;
    const struct sg_report ok = {.verdict = SG_VERDICT_OK};
    const size_t before = sg_verdict_cache_state(world->cache).bytes;
    char text[128];
    for (int i = 0; i < 2000; i++) {
        int size = snprintf(text, sizeof text, "SELECT a AS `name_%d` FROM t1", i);
        struct sg_slice once = sg_slice_make(text, (size_t)size);
        assert_int_equal(sg_verdict_cache_find(world->cache, once, &world->context), SG_CACHED_NOT);
        sg_verdict_cache_keep(world->cache, &ok);
    }
    assert_int_equal(sg_verdict_cache_state(world->cache).bytes, before);
}

static void test_a_cache_without_room_keeps_nothing(void **state)
{
    struct world *world = *state;
    sg_verdict_cache_free(world->cache);
    world->cache = sg_verdict_cache_new(0);
    assert_non_null(world->cache);
    assert_false(ask_for(world, "SELECT a FROM t1"));
    assert_false(ask_for(world, "SELECT a FROM t1"));
    assert_int_equal(sg_verdict_cache_state(world->cache).bytes, 0);
}

static void test_a_long_text_is_not_kept(void **state)
{
    const size_t size = 100000;
    char *text = malloc(size + 64);
    int used = snprintf(text, 64, "SELECT a FROM t1 WHERE id = '");
    memset(text + used, 'x', size);
    text[size] = '\'';
    for (int i = 0; i < 2; i++)
        assert_false(ask(*state, sg_slice_make(text, size + 1)));
    free(text);
}

/* --- all cases ------------------------------------------------------------------------------- */

struct texts {
    struct sg_slice items[8192];
    size_t count;
    char *files[64];
    size_t file_count;
};

static void add_file(struct texts *texts, const char *name)
{
    char path[512];
    size_t size;
    snprintf(path, sizeof path, FOLDER "/%s", name);
    char *text = read_file(path, &size);
    texts->files[texts->file_count++] = text;
    for (char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        if (strncmp(line, "sql      ", 9) != 0)
            continue;
        assert_true(texts->count < sizeof texts->items / sizeof texts->items[0]);
        texts->items[texts->count++] = sg_slice_make(line + 9, strcspn(line, "\n") - 9);
    }
}

static struct texts *read_cases(void)
{
    struct texts *texts = calloc(1, sizeof *texts);
    DIR *dir = opendir(FOLDER);
    assert_non_null(texts);
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir));) {
        const char *suffix = strrchr(entry->d_name, '.');
        if (suffix && strcmp(suffix, ".case") == 0)
            add_file(texts, entry->d_name);
    }
    closedir(dir);
    return texts;
}

static void free_cases(struct texts *texts)
{
    for (size_t i = 0; i < texts->file_count; i++)
        free(texts->files[i]);
    free(texts);
}

/* 7919 is prime to the number of texts, or nearly: another order. */
static void run_cases(const char *flavour, const struct texts *texts, uint32_t sql_mode)
{
    struct world world = world_of(flavour);
    size_t hits = 0;
    world.context.sql_mode = sql_mode;
    for (size_t i = 0; i < texts->count; i++)
        ask(&world, texts->items[i]);
    for (size_t i = 0; i < texts->count; i++)
        hits += ask(&world, texts->items[i * 7919 % texts->count]);
    assert_true(hits > texts->count / 10);
    end_world(&world);
}

static void test_all_cases_twice_in_two_orders(void **state)
{
    static const uint32_t MODES[] = {0, SG_MODE_ANSI_QUOTES, SG_MODE_NO_BACKSLASH_ESCAPES,
                                     SG_MODE_PIPES_AS_CONCAT | SG_MODE_IGNORE_SPACE};
    struct texts *texts = read_cases();
    (void)state;
    assert_true(texts->count > 100);
    for (size_t i = 0; i < sizeof MODES / sizeof MODES[0]; i++) {
        run_cases("mysql", texts, MODES[i]);
        run_cases("mariadb", texts, MODES[i]);
    }
    free_cases(texts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_other_literals_are_known, begin, end),
        cmocka_unit_test_setup_teardown(test_a_suspect_is_never_known, begin, end),
        cmocka_unit_test_setup_teardown(test_what_changes_the_session_is_never_known, begin, end),
        cmocka_unit_test_setup_teardown(test_what_depends_on_a_literal_is_never_known, begin, end),
        cmocka_unit_test_setup_teardown(test_an_alias_in_quotes_is_part_of_the_shape, begin, end),
        cmocka_unit_test_setup_teardown(test_each_part_of_the_context_counts, begin, end),
        cmocka_unit_test_setup_teardown(test_temporary_tables_are_judged_anew, begin, end),
        cmocka_unit_test_setup_teardown(test_clear_forgets_all, begin, end),
        cmocka_unit_test_setup_teardown(test_nothing_is_kept_after_a_clear, begin, end),
        cmocka_unit_test_setup_teardown(test_the_bound_holds_and_what_is_used_stays, begin, end),
        cmocka_unit_test_setup_teardown(test_what_comes_once_takes_no_memory, begin, end),
        cmocka_unit_test_setup_teardown(test_a_cache_without_room_keeps_nothing, begin, end),
        cmocka_unit_test_setup_teardown(test_a_long_text_is_not_kept, begin, end),
        cmocka_unit_test(test_all_cases_twice_in_two_orders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
