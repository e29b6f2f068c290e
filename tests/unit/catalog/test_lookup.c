/* The queue of look-ups: who is read together, and what is read for them. */
#include "catalog/lookup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define MANY 8u

static unsigned answered;

static void count_answer(struct lookup *lookup, bool is_ending)
{
    (void)is_ending;
    assert_null(lookup->schema);
    answered++;
}

static struct live_table table_of(const char *database, const char *table, bool is_whole)
{
    return (struct live_table){sg_slice_of(database), sg_slice_of(table), is_whole};
}

static void take_all_of(const struct live_table *tables, size_t count, struct lookup_batch *batch)
{
    static struct lookup lookups[MANY];
    struct lookup_queue queue = {NULL, NULL};

    assert_true(count <= MANY);
    for (size_t i = 0; i < count; i++) {
        lookups[i] =
            (struct lookup){.tables = &tables[i], .table_count = 1, .on_done = count_answer};
        lookup_queue_put(&queue, &lookups[i]);
    }
    lookup_queue_take(&queue, batch);
    assert_null(queue.first);
    assert_null(queue.last);
    answered = 0;
    lookup_batch_answer(batch, NULL, false);
    assert_int_equal(answered, count);
}

static void a_table_is_read_once_for_all(void **state)
{
    const struct live_table tables[] = {
        table_of("shop", "orders", false), table_of("shop", "items", false),
        table_of("shop", "orders", false), table_of("shop", "Orders", false)};
    struct lookup_batch batch;

    (void)state;
    take_all_of(tables, 4, &batch);
    assert_int_equal(batch.table_count, 3); /* letter case makes two tables */
}

static void a_whole_database_holds_its_tables(void **state)
{
    const struct live_table tables[] = {
        table_of("shop", "orders", true), table_of("Shop", "ITEMS", true),
        table_of("shop", "items", true), table_of("other", "items", true)};
    struct lookup_batch batch;

    (void)state;
    take_all_of(tables, 4, &batch);
    assert_int_equal(batch.table_count, 2);
}

static void an_empty_queue_is_no_reading(void **state)
{
    struct lookup_queue queue = {NULL, NULL};
    struct lookup_batch batch;

    (void)state;
    lookup_queue_take(&queue, &batch);
    assert_null(batch.first);
    assert_int_equal(batch.table_count, 0);
    lookup_batch_answer(&batch, NULL, true);
}

static void what_is_too_much_waits_in_its_order(void **state)
{
    enum { LOOKUPS = LOOKUP_BATCH_MOST / LOOKUP_TABLES_MOST + 2 };
    static char names[LOOKUPS][LOOKUP_TABLES_MOST][2];
    static struct live_table tables[LOOKUPS][LOOKUP_TABLES_MOST];
    struct lookup lookups[LOOKUPS];
    struct lookup_queue queue = {NULL, NULL};
    struct lookup_batch batch;

    (void)state;
    for (unsigned i = 0; i < LOOKUPS; i++) {
        for (unsigned j = 0; j < LOOKUP_TABLES_MOST; j++) {
            names[i][j][0] = (char)('a' + i);
            names[i][j][1] = (char)('0' + j);
            tables[i][j] =
                (struct live_table){SG_SLICE_LITERAL("d"), sg_slice_make(names[i][j], 2), false};
        }
        lookups[i] = (struct lookup){
            .tables = tables[i], .table_count = LOOKUP_TABLES_MOST, .on_done = count_answer};
        lookup_queue_put(&queue, &lookups[i]);
    }
    lookup_queue_take(&queue, &batch);
    assert_int_equal(batch.table_count, LOOKUP_BATCH_MOST);
    assert_ptr_equal(queue.first, &lookups[LOOKUPS - 2]);
    answered = 0;
    lookup_batch_answer(&batch, NULL, false);
    assert_int_equal(answered, LOOKUPS - 2);
    lookup_queue_take(&queue, &batch);
    assert_ptr_equal(batch.first, &lookups[LOOKUPS - 2]);
    assert_null(queue.first);
    lookup_batch_answer(&batch, NULL, false);
    assert_int_equal(answered, LOOKUPS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_is_read_once_for_all),
        cmocka_unit_test(a_whole_database_holds_its_tables),
        cmocka_unit_test(an_empty_queue_is_no_reading),
        cmocka_unit_test(what_is_too_much_waits_in_its_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
