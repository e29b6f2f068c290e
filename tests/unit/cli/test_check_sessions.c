/* The sessions of a log: found again, ended, and forgotten when there are too many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/check_sessions.h"

static const struct sg_server SERVER = {.flavour = SG_FLAVOUR_MYSQL, .version = 90704};

static void connections_keep_their_state_to_themselves(void **state)
{
    (void)state;
    struct check_sessions sessions;
    check_sessions_init(&sessions, &SERVER, 0, SG_SLICE_LITERAL("shop"));
    for (uint64_t id = 1; id <= 1000; id++) {
        struct sg_session *session = check_sessions_find(&sessions, id);
        assert_true(sg_slice_equal(session->context.database, SG_SLICE_LITERAL("shop")));
        session->context.sql_mode = (uint32_t)id;
    }
    for (uint64_t id = 1; id <= 1000; id += 2)
        check_sessions_remove(&sessions, id);
    check_sessions_remove(&sessions, 5000);
    for (uint64_t id = 1; id <= 1000; id++)
        assert_int_equal(check_sessions_find(&sessions, id)->context.sql_mode, id % 2 ? 0 : id);
    check_sessions_fini(&sessions);
}

static void without_a_database_it_is_not_known(void **state)
{
    (void)state;
    struct check_sessions sessions;
    check_sessions_init(&sessions, &SERVER, 0, SG_SLICE_EMPTY);
    assert_int_equal(check_sessions_find(&sessions, 1)->context.database_certainty, SG_UNCERTAIN);
    check_sessions_fini(&sessions);
}

static void too_many_are_forgotten_and_then_not_trusted(void **state)
{
    (void)state;
    struct check_sessions sessions;
    check_sessions_init(&sessions, &SERVER, 0, SG_SLICE_LITERAL("shop"));
    for (uint64_t id = 1; id <= CHECK_SESSIONS_MAX + 1; id++)
        assert_non_null(check_sessions_find(&sessions, id));
    assert_int_equal(sessions.forgotten, CHECK_SESSIONS_MAX);
    assert_int_equal(sessions.used, 1);
    assert_int_equal(check_sessions_find(&sessions, 3)->context.temporary_certainty, SG_UNCERTAIN);
    check_sessions_fini(&sessions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_keep_their_state_to_themselves),
        cmocka_unit_test(without_a_database_it_is_not_known),
        cmocka_unit_test(too_many_are_forgotten_and_then_not_trusted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
