/* "Did you mean": the names in scope that are a slip of the pen away from one that does not exist.
 * Runs for names that are missing and for no others.
 */
#include "resolve/resolver.h"

#include "schema/fold.h"

/* No server knows longer names. */
#define NAME_MAX_BYTES 64

/* Steps of a letter inserted, left out, replaced or swapped with its neighbour (bytes stand for
 * letters; case is put aside). More than `limit` counts as limit + 1. */
static size_t edit_distance(struct sg_slice a, struct sg_slice b, size_t limit)
{
    size_t rows[3][NAME_MAX_BYTES + 1];
    size_t *before = rows[0];
    size_t *last = rows[1];
    size_t *row = rows[2];

    if (a.size > NAME_MAX_BYTES || b.size > NAME_MAX_BYTES)
        return limit + 1;
    if ((a.size > b.size ? a.size - b.size : b.size - a.size) > limit)
        return limit + 1;
    for (size_t j = 0; j <= b.size; j++)
        last[j] = j;
    for (size_t i = 1; i <= a.size; i++) {
        size_t smallest = row[0] = i;
        uint32_t left = sg_fold_letter((unsigned char)a.data[i - 1]);
        for (size_t j = 1; j <= b.size; j++) {
            uint32_t right = sg_fold_letter((unsigned char)b.data[j - 1]);
            size_t steps = last[j - 1] + (left != right);
            if (steps > last[j] + 1)
                steps = last[j] + 1;
            if (steps > row[j - 1] + 1)
                steps = row[j - 1] + 1;
            if (i > 1 && j > 1 && left == sg_fold_letter((unsigned char)b.data[j - 2]) &&
                right == sg_fold_letter((unsigned char)a.data[i - 2]) && steps > before[j - 2] + 1)
                steps = before[j - 2] + 1;
            row[j] = steps;
            if (steps < smallest)
                smallest = steps;
        }
        if (smallest > limit)
            return limit + 1;
        size_t *oldest = before;
        before = last;
        last = row;
        row = oldest;
    }
    return last[b.size];
}

/* One word is a part of the other: `name` and `last_name`. */
static bool contains(struct sg_slice longer, struct sg_slice shorter)
{
    if (shorter.size < 3 || shorter.size >= longer.size)
        return false;
    for (size_t i = 0; i + shorter.size <= longer.size; i++) {
        if (sg_fold_equal(sg_slice_make(longer.data + i, shorter.size), shorter))
            return true;
    }
    return false;
}

struct ranking {
    struct sg_slice name;
    struct sg_reference *reference;
    size_t scores[SG_NEAREST_MAX];
};

static void insert(struct ranking *ranking, struct sg_slice candidate, size_t score)
{
    struct sg_reference *reference = ranking->reference;
    size_t at = reference->nearest_count;
    for (size_t i = 0; i < reference->nearest_count; i++) {
        if (sg_slice_equal(reference->nearest[i], candidate))
            return;
        if (at == reference->nearest_count && score < ranking->scores[i])
            at = i;
    }
    if (at == SG_NEAREST_MAX)
        return;
    if (reference->nearest_count < SG_NEAREST_MAX)
        reference->nearest_count++;
    for (size_t i = reference->nearest_count - 1; i > at; i--) {
        reference->nearest[i] = reference->nearest[i - 1];
        ranking->scores[i] = ranking->scores[i - 1];
    }
    reference->nearest[at] = candidate;
    ranking->scores[at] = score;
}

/* A slip of the pen, or one name a part of the other. */
static void offer(struct ranking *ranking, struct sg_slice candidate)
{
    size_t limit = 1 + ranking->name.size / 4;
    size_t score = edit_distance(ranking->name, candidate, limit);
    if (score > limit) {
        if (!contains(candidate, ranking->name) && !contains(ranking->name, candidate))
            return;
        score = limit + 1;
    }
    insert(ranking, candidate, score);
}

/* Letters of `name` that `candidate` has not. */
static size_t letters_missing(struct sg_slice name, struct sg_slice candidate)
{
    size_t missing = 0;
    for (size_t i = 0; i < name.size; i++) {
        size_t j = 0;
        while (j < candidate.size && sg_fold_letter((unsigned char)candidate.data[j]) !=
                                         sg_fold_letter((unsigned char)name.data[i]))
            j++;
        missing += j == candidate.size;
    }
    return missing;
}

/* A column that was renamed on purpose is no slip of the pen; what is likest by its letters is then
 * a better hint than none (`name` was `company` once). */
static void offer_kin(struct ranking *ranking, struct sg_slice candidate)
{
    size_t missing = letters_missing(ranking->name, candidate);
    if (missing <= ranking->name.size / 2)
        insert(ranking, candidate, missing);
}

static void offer_columns(struct sg_resolver *r, const struct sg_scope *scope,
                          struct sg_slice table, struct ranking *ranking,
                          void (*offer_one)(struct ranking *, struct sg_slice))
{
    for (; scope; scope = scope->outer) {
        for (uint32_t i = scope->low; scope->block && i < scope->high; i++) {
            const struct sg_relation *relation = &scope->block->relations[i];
            if (table.size && !sg_table_names_equal(r, relation->alias, table))
                continue;
            for (size_t c = 0; relation->table && c < relation->table->column_count; c++)
                offer_one(ranking, relation->table->columns[c].name);
        }
    }
}

void sg_nearest_columns(struct sg_resolver *r, const struct sg_scope *scope, struct sg_slice table,
                        struct sg_slice name, struct sg_reference *reference)
{
    struct ranking ranking = {.name = name, .reference = reference};
    offer_columns(r, scope, table, &ranking, offer);
    if (reference->nearest_count == 0)
        offer_columns(r, scope, table, &ranking, offer_kin);
}

void sg_nearest_tables(struct sg_resolver *r, struct sg_slice database, struct sg_slice name,
                       struct sg_reference *reference)
{
    struct ranking ranking = {.name = name, .reference = reference};
    size_t count = sg_schema_table_count(r->schema);
    for (size_t i = 0; i < count; i++) {
        const struct sg_table *table = sg_schema_table_at(r->schema, i);
        if (sg_table_names_equal(r, table->database, database))
            offer(&ranking, table->name);
    }
}
