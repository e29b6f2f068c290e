/* What differs between two schemas; see <schemaguard/diff.h>. Tables are matched by name, columns
 * too; indexes by name and then by what they are over; foreign keys and checks by what they say,
 * since the servers make up their names.
 */
#include <schemaguard/diff.h>

#include <stdlib.h>

#include "base/text.h"
#include "schema/describe.h"
#include "schema/fold.h"
#include "schema/table.h"

struct comparison {
    const struct sg_schema *from;
    const struct sg_schema *to;
    const struct sg_diff_options *options;
    struct sg_arena *arena;
    struct sg_difference *list;
    size_t count;
    size_t room;
    struct sg_slice from_database; /* the pair that is compared now */
    struct sg_slice to_database;
    struct sg_diff *out;
};

const char *sg_difference_name(enum sg_difference_kind kind)
{
    static const char *const NAMES[] = {
#define SG_DIFFERENCE(kind, name, one, many) [SG_DIFFERENCE_##kind] = name,
#include <schemaguard/difference.def>
#undef SG_DIFFERENCE
    };
    return NAMES[kind];
}

const char *sg_difference_words(enum sg_difference_kind kind, size_t count)
{
    static const char *const WORDS[][2] = {
#define SG_DIFFERENCE(kind, name, one, many) [SG_DIFFERENCE_##kind] = {one, many},
#include <schemaguard/difference.def>
#undef SG_DIFFERENCE
    };
    return WORDS[kind][count == 1 ? 0 : 1];
}

/* --- the list ------------------------------------------------------------------------------ */

static struct sg_difference *add(struct comparison *c, struct sg_difference difference)
{
    if (difference.from_table || difference.to_table) {
        const struct sg_table *table =
            difference.from_table ? difference.from_table : difference.to_table;
        difference.database = c->from_database; /* where an extra one would come, too */
        difference.table = table->name;
    }
    if (c->options->is_ignored && c->options->is_ignored(c->options->data, &difference))
        return NULL;
    if (c->count == c->room) {
        size_t room = c->room ? c->room * 2 : 64;
        struct sg_difference *grown = sg_arena_array(c->arena, room, sizeof *grown);
        if (!grown)
            return NULL;
        if (c->count)
            memcpy(grown, c->list, c->count * sizeof *grown);
        c->list = grown;
        c->room = room;
    }
    c->list[c->count] = difference;
    return &c->list[c->count++];
}

struct pair {
    const struct sg_table *from;
    const struct sg_table *to;
};

static const struct sg_server *server_of(const struct comparison *c)
{
    return sg_schema_server(c->to);
}

static bool same_name(struct sg_slice a, struct sg_slice b)
{
    return sg_fold_equal(a, b);
}

/* --- columns ------------------------------------------------------------------------------- */

static struct sg_slice type_of(struct comparison *c, const struct sg_column *column)
{
    return sg_column_canonical_type(column, c->arena);
}

static struct sg_slice described(struct comparison *c, const struct sg_column *column)
{
    struct sg_text text = {.arena = c->arena};
    sg_describe_column(&text, column, server_of(c));
    return sg_text_slice(&text);
}

static struct sg_slice type_word(struct sg_slice type)
{
    size_t size = 0;
    while (size < type.size && type.data[size] >= 'a' && type.data[size] <= 'z')
        size++;
    return sg_slice_make(type.data, size);
}

static int rank_of(struct sg_slice word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (sg_slice_equal(word, sg_slice_of(words[i])))
            return (int)i;
    }
    return -1;
}

static bool is_unsigned(struct sg_slice type)
{
    static const char WORD[] = " unsigned";
    for (size_t i = 0; i + sizeof WORD - 1 <= type.size; i++) {
        if (memcmp(type.data + i, WORD, sizeof WORD - 1) == 0)
            return true;
    }
    return false;
}

static unsigned long first_number(struct sg_slice type)
{
    const char *open = type.size ? memchr(type.data, '(', type.size) : NULL;
    unsigned long number = 0;
    for (const char *at = open ? open + 1 : NULL;
         at && at < type.data + type.size && *at >= '0' && *at <= '9'; at++)
        number = number * 10 + (unsigned long)(*at - '0');
    return number;
}

/* Every value of `before` fits `after` unharmed. What is not known to be so is taken for a loss. */
static bool widens(struct sg_slice before, struct sg_slice after)
{
    static const char *const INTEGERS[] = {"tinyint", "smallint", "mediumint", "int", "bigint"};
    static const char *const TEXTS[] = {"char", "varchar"};
    static const char *const LONG_TEXTS[] = {"tinytext", "text", "mediumtext", "longtext"};
    static const char *const BLOBS[] = {"tinyblob", "blob", "mediumblob", "longblob"};
    struct sg_slice a = type_word(before);
    struct sg_slice b = type_word(after);
    int from = rank_of(a, INTEGERS, 5);
    int to = rank_of(b, INTEGERS, 5);
    if (from >= 0 && to >= 0)
        return is_unsigned(before) == is_unsigned(after) ? to >= from
                                                         : is_unsigned(before) && to > from;
    from = rank_of(a, TEXTS, 2);
    to = rank_of(b, TEXTS, 2);
    if (from >= 0 && to >= 0)
        return to >= from && first_number(after) >= first_number(before);
    if (from >= 0 && rank_of(b, LONG_TEXTS, 4) >= 1)
        return first_number(before) <= 16383 || rank_of(b, LONG_TEXTS, 4) >= 2;
    from = rank_of(a, LONG_TEXTS, 4);
    if (from >= 0)
        return rank_of(b, LONG_TEXTS, 4) >= from;
    from = rank_of(a, BLOBS, 4);
    if (from >= 0)
        return rank_of(b, BLOBS, 4) >= from;
    if (sg_slice_equal(a, SG_SLICE_LITERAL("varbinary")) && sg_slice_equal(a, b))
        return first_number(after) >= first_number(before);
    if (sg_slice_equal(a, SG_SLICE_LITERAL("enum")) && sg_slice_equal(a, b))
        return after.size > before.size && before.size > 0 &&
               memcmp(before.data, after.data, before.size - 1) == 0;
    return sg_slice_equal(a, SG_SLICE_LITERAL("float")) &&
           sg_slice_equal(b, SG_SLICE_LITERAL("double"));
}

static struct sg_slice effective_collation(const struct sg_schema *schema,
                                           const struct sg_table *table,
                                           const struct sg_column *column)
{
    if (column && column->detail && column->detail->collation.size)
        return column->detail->collation;
    if (table->detail && table->detail->collation.size)
        return table->detail->collation;
    return sg_schema_collation(schema, table->database);
}

static void add_change(struct comparison *c, const struct pair *p, enum sg_difference_kind kind,
                       size_t from_at, size_t to_at, struct sg_slice before, struct sg_slice after,
                       bool destructive)
{
    add(c, (struct sg_difference){.kind = kind,
                                  .destructive = destructive,
                                  .name = p->from->columns[from_at].name,
                                  .before = before,
                                  .after = after,
                                  .from_table = p->from,
                                  .to_table = p->to,
                                  .from_at = from_at,
                                  .to_at = to_at});
}

static struct sg_slice default_text(struct comparison *c, const struct sg_column *column)
{
    struct sg_text text = {.arena = c->arena};
    sg_describe_default(&text, column, server_of(c));
    return sg_text_slice(&text);
}

static struct sg_slice attribute_text(struct comparison *c, const struct sg_column *column)
{
    struct sg_text text = {.arena = c->arena};
    if (column->detail->auto_increment)
        sg_text_put_text(&text, "AUTO_INCREMENT ");
    if (column->flags & SG_COLUMN_INVISIBLE)
        sg_text_put_text(&text, "INVISIBLE ");
    if (column->detail->on_update.size) {
        sg_text_put_text(&text, "ON UPDATE ");
        sg_text_put(&text, column->detail->on_update);
        sg_text_put_text(&text, " ");
    }
    if (text.size)
        text.size--;
    return text.size ? sg_text_slice(&text) : SG_SLICE_LITERAL("none");
}

static struct sg_slice generated_text(struct comparison *c, const struct sg_column_detail *detail)
{
    struct sg_text text = {.arena = c->arena};
    if (!detail->generated.size)
        return SG_SLICE_LITERAL("not generated");
    sg_text_put_text(&text, detail->stored ? "STORED (" : "VIRTUAL (");
    sg_text_put(&text, detail->generated);
    sg_text_put_text(&text, ")");
    return sg_text_slice(&text);
}

static void compare_details(struct comparison *c, const struct pair *p, size_t i, size_t k)
{
    const struct sg_column *a = &p->from->columns[i];
    const struct sg_column *b = &p->to->columns[k];
    if (a->detail->default_kind != b->detail->default_kind ||
        !sg_slice_equal(a->detail->default_value, b->detail->default_value))
        add_change(c, p, SG_DIFFERENCE_DEFAULT, i, k, default_text(c, a), default_text(c, b),
                   false);
    if (!sg_slice_equal(a->detail->generated, b->detail->generated) ||
        (a->detail->generated.size && a->detail->stored != b->detail->stored))
        add_change(c, p, SG_DIFFERENCE_GENERATED, i, k, generated_text(c, a->detail),
                   generated_text(c, b->detail),
                   !a->detail->generated.size && b->detail->generated.size);
    struct sg_slice before = attribute_text(c, a);
    struct sg_slice after = attribute_text(c, b);
    if (!sg_slice_equal(before, after))
        add_change(c, p, SG_DIFFERENCE_ATTRIBUTE, i, k, before, after, false);
    if (!sg_slice_equal(a->detail->comment, b->detail->comment))
        add_change(c, p, SG_DIFFERENCE_COMMENT, i, k, a->detail->comment, b->detail->comment,
                   false);
}

static bool is_text_type(struct sg_slice type)
{
    struct sg_slice word = type_word(type);
    return sg_slice_equal(word, SG_SLICE_LITERAL("char")) ||
           sg_slice_equal(word, SG_SLICE_LITERAL("varchar")) ||
           sg_slice_equal(word, SG_SLICE_LITERAL("enum")) ||
           sg_slice_equal(word, SG_SLICE_LITERAL("set")) ||
           (word.size >= 4 && memcmp(word.data + word.size - 4, "text", 4) == 0);
}

static void compare_column(struct comparison *c, const struct pair *p, size_t i, size_t k)
{
    const struct sg_column *a = &p->from->columns[i];
    const struct sg_column *b = &p->to->columns[k];
    bool view = p->from->kind == SG_TABLE_VIEW || p->to->kind == SG_TABLE_VIEW;
    struct sg_slice before = type_of(c, a);
    struct sg_slice after = type_of(c, b);
    bool same_type = sg_slice_equal(before, after);
    /* what a view's expression gives each flavour calls its own way */
    bool comparable =
        !view || sg_schema_server(c->from)->flavour == sg_schema_server(c->to)->flavour;
    if (before.size && after.size && !same_type && comparable)
        add_change(c, p, SG_DIFFERENCE_TYPE, i, k, before, after, !widens(before, after));
    if (view)
        return;
    bool nulls_before = (a->flags & SG_COLUMN_NULLABLE) != 0;
    bool nulls_after = (b->flags & SG_COLUMN_NULLABLE) != 0;
    bool generated = (a->flags & SG_COLUMN_GENERATED) && (b->flags & SG_COLUMN_GENERATED);
    if (nulls_before != nulls_after && !generated)
        add_change(c, p, SG_DIFFERENCE_NULLABLE, i, k,
                   nulls_before ? SG_SLICE_LITERAL("NULL") : SG_SLICE_LITERAL("NOT NULL"),
                   nulls_after ? SG_SLICE_LITERAL("NULL") : SG_SLICE_LITERAL("NOT NULL"),
                   nulls_before);
    if (!a->detail || !b->detail)
        return;
    compare_details(c, p, i, k);
    before = effective_collation(c->from, p->from, a);
    after = effective_collation(c->to, p->to, b);
    if (same_type && is_text_type(type_of(c, a)) && before.size && after.size &&
        !sg_slice_equal(before, after))
        add_change(c, p, SG_DIFFERENCE_COLLATION, i, k, before, after, false);
}

/* Letters that two names have in common at their ends; a rough measure of likeness. */
static size_t likeness(struct sg_slice a, struct sg_slice b)
{
    size_t front = 0;
    size_t back = 0;
    while (front < a.size && front < b.size &&
           sg_fold_equal(sg_slice_make(a.data + front, 1), sg_slice_make(b.data + front, 1)))
        front++;
    while (front + back < a.size && front + back < b.size &&
           sg_fold_equal(sg_slice_make(a.data + a.size - 1 - back, 1),
                         sg_slice_make(b.data + b.size - 1 - back, 1)))
        back++;
    return front + back;
}

/* The new column that the missing one may have become: of the same type, where the names are alike,
 * the place is the same, or no other comes into question. */
static void find_renamed_column(struct comparison *c, size_t start, struct sg_difference *missing)
{
    const struct sg_column *gone = &missing->from_table->columns[missing->from_at];
    size_t best = 0;
    size_t candidates = 0;
    size_t others = 0;
    struct sg_slice found = SG_SLICE_EMPTY;
    for (size_t i = start; i < c->count; i++) {
        const struct sg_difference *it = &c->list[i];
        if (it->from_table != missing->from_table)
            continue;
        others += it->kind == SG_DIFFERENCE_COLUMN_MISSING;
        if (it->kind != SG_DIFFERENCE_COLUMN_EXTRA)
            continue;
        const struct sg_column *new = &it->to_table->columns[it->to_at];
        struct sg_slice before = type_word(type_of(c, gone));
        struct sg_slice after = type_word(type_of(c, new));
        if (before.size && after.size && !sg_slice_equal(before, after))
            continue;
        candidates++;
        size_t score = likeness(gone->name, new->name) * 4 / (gone->name.size + 1) +
                       (it->to_at == missing->from_at ? 2 : 0) + 1;
        if (score > best) {
            best = score;
            found = new->name;
        }
    }
    if ((candidates == 1 && others == 1) || best >= 3)
        missing->likely = found;
}

static void compare_columns(struct comparison *c, const struct pair *p)
{
    size_t start = c->count;
    for (size_t i = 0; i < p->from->column_count; i++) {
        const struct sg_column *a = &p->from->columns[i];
        const struct sg_column *b = sg_table_find_column(p->to, a->name);
        if (b)
            compare_column(c, p, i, (size_t)(b - p->to->columns));
        else if (!(a->flags & SG_COLUMN_SYSTEM))
            add(c, (struct sg_difference){.kind = SG_DIFFERENCE_COLUMN_MISSING,
                                          .destructive = p->from->kind != SG_TABLE_VIEW,
                                          .name = a->name,
                                          .before = described(c, a),
                                          .from_table = p->from,
                                          .to_table = p->to,
                                          .from_at = i});
    }
    for (size_t k = 0; k < p->to->column_count; k++) {
        const struct sg_column *b = &p->to->columns[k];
        if (!sg_table_find_column(p->from, b->name) && !(b->flags & SG_COLUMN_SYSTEM))
            add(c, (struct sg_difference){.kind = SG_DIFFERENCE_COLUMN_EXTRA,
                                          .name = b->name,
                                          .after = described(c, b),
                                          .from_table = p->from,
                                          .to_table = p->to,
                                          .to_at = k});
    }
    for (size_t i = start; i < c->count; i++) {
        if (c->list[i].kind == SG_DIFFERENCE_COLUMN_MISSING)
            find_renamed_column(c, start, &c->list[i]);
    }
}

/* --- indexes ------------------------------------------------------------------------------- */

static bool same_parts(const struct sg_index *a, const struct sg_index *b)
{
    if (a->kind != b->kind || a->part_count != b->part_count || a->invisible != b->invisible)
        return false;
    for (size_t i = 0; i < a->part_count; i++) {
        const struct sg_index_part *x = &a->parts[i];
        const struct sg_index_part *y = &b->parts[i];
        if (!same_name(x->column, y->column) || !sg_slice_equal(x->expression, y->expression) ||
            x->prefix != y->prefix || x->descending != y->descending)
            return false;
    }
    return true;
}

static const struct sg_index *named_index(const struct sg_table_detail *detail,
                                          struct sg_slice name)
{
    for (size_t i = 0; i < detail->index_count; i++) {
        if (same_name(detail->indexes[i].name, name))
            return &detail->indexes[i];
    }
    return NULL;
}

/* One with another name that the other side does not know, over the same. */
static const struct sg_index *equal_index(const struct sg_table_detail *detail,
                                          const struct sg_table_detail *other,
                                          const struct sg_index *wanted)
{
    for (size_t i = 0; i < detail->index_count; i++) {
        if (same_parts(&detail->indexes[i], wanted) && !named_index(other, detail->indexes[i].name))
            return &detail->indexes[i];
    }
    return NULL;
}

static struct sg_slice index_text(struct comparison *c, const struct sg_index *index)
{
    struct sg_text text = {.arena = c->arena};
    sg_describe_index(&text, index, server_of(c));
    return sg_text_slice(&text);
}

/* Adding uniqueness stops at rows that are there. */
static bool is_unique(const struct sg_index *index)
{
    return index->kind == SG_INDEX_PRIMARY || index->kind == SG_INDEX_UNIQUE;
}

static void compare_indexes(struct comparison *c, const struct pair *p)
{
    const struct sg_table_detail *a = p->from->detail;
    const struct sg_table_detail *b = p->to->detail;
    for (size_t i = 0; i < a->index_count; i++) {
        const struct sg_index *index = &a->indexes[i];
        const struct sg_index *there = named_index(b, index->name);
        struct sg_difference difference = {.name = index->name,
                                           .before = index_text(c, index),
                                           .from_table = p->from,
                                           .to_table = p->to,
                                           .from_at = i};
        if (there && same_parts(index, there))
            continue;
        difference.kind = there ? SG_DIFFERENCE_INDEX_CHANGED : SG_DIFFERENCE_INDEX_MISSING;
        if (!there)
            there = equal_index(b, a, index);
        if (difference.kind == SG_DIFFERENCE_INDEX_MISSING && there) {
            difference.kind = SG_DIFFERENCE_INDEX_CHANGED;
            difference.likely = there->name;
        }
        if (there) {
            difference.to_at = (size_t)(there - b->indexes);
            difference.after = index_text(c, there);
            difference.destructive =
                is_unique(there) && !difference.likely.size && !same_parts(index, there);
        }
        add(c, difference);
    }
    for (size_t k = 0; k < b->index_count; k++) {
        const struct sg_index *index = &b->indexes[k];
        if (named_index(a, index->name) || equal_index(a, b, index))
            continue;
        add(c, (struct sg_difference){.kind = SG_DIFFERENCE_INDEX_EXTRA,
                                      .destructive = is_unique(index),
                                      .name = index->name,
                                      .after = index_text(c, index),
                                      .from_table = p->from,
                                      .to_table = p->to,
                                      .to_at = k});
    }
}

/* --- constraints --------------------------------------------------------------------------- */

static bool same_foreign_key(const struct comparison *c, const struct sg_foreign_key *a,
                             const struct sg_foreign_key *b)
{
    struct sg_slice x = a->database.size ? a->database : c->from_database;
    struct sg_slice y = b->database.size ? b->database : c->to_database;
    bool same_place =
        same_name(x, y) || (same_name(x, c->from_database) && same_name(y, c->to_database));
    if (!same_place || !same_name(a->table, b->table) || a->column_count != b->column_count ||
        !sg_slice_equal(a->on_delete, b->on_delete) || !sg_slice_equal(a->on_update, b->on_update))
        return false;
    for (size_t i = 0; i < a->column_count; i++) {
        if (!same_name(a->columns[i], b->columns[i]) || !same_name(a->others[i], b->others[i]))
            return false;
    }
    return true;
}

static struct sg_slice foreign_key_text(struct comparison *c, const struct sg_foreign_key *key)
{
    struct sg_text text = {.arena = c->arena};
    sg_describe_foreign_key(&text, key);
    return sg_text_slice(&text);
}

static void compare_foreign_keys(struct comparison *c, const struct pair *p)
{
    const struct sg_table_detail *a = p->from->detail;
    const struct sg_table_detail *b = p->to->detail;
    for (size_t i = 0; i < a->foreign_key_count; i++) {
        bool found = false;
        for (size_t k = 0; !found && k < b->foreign_key_count; k++)
            found = same_foreign_key(c, &a->foreign_keys[i], &b->foreign_keys[k]);
        if (!found)
            add(c, (struct sg_difference){.kind = SG_DIFFERENCE_FOREIGN_KEY_MISSING,
                                          .name = a->foreign_keys[i].name,
                                          .before = foreign_key_text(c, &a->foreign_keys[i]),
                                          .from_table = p->from,
                                          .to_table = p->to,
                                          .from_at = i});
    }
    for (size_t k = 0; k < b->foreign_key_count; k++) {
        bool found = false;
        for (size_t i = 0; !found && i < a->foreign_key_count; i++)
            found = same_foreign_key(c, &a->foreign_keys[i], &b->foreign_keys[k]);
        if (!found)
            add(c, (struct sg_difference){.kind = SG_DIFFERENCE_FOREIGN_KEY_EXTRA,
                                          .destructive = true,
                                          .name = b->foreign_keys[k].name,
                                          .after = foreign_key_text(c, &b->foreign_keys[k]),
                                          .from_table = p->from,
                                          .to_table = p->to,
                                          .to_at = k});
    }
}

static bool has_check(const struct sg_table_detail *detail,
                      const struct sg_check_constraint *wanted)
{
    for (size_t i = 0; i < detail->check_count; i++) {
        if (sg_slice_equal(detail->checks[i].expression, wanted->expression) &&
            detail->checks[i].not_enforced == wanted->not_enforced)
            return true;
    }
    return false;
}

static struct sg_slice check_text(struct comparison *c, const struct sg_check_constraint *check)
{
    struct sg_text text = {.arena = c->arena};
    sg_describe_check(&text, check);
    return sg_text_slice(&text);
}

static void compare_checks(struct comparison *c, const struct pair *p)
{
    const struct sg_table_detail *a = p->from->detail;
    const struct sg_table_detail *b = p->to->detail;
    for (size_t i = 0; i < a->check_count; i++) {
        if (!has_check(b, &a->checks[i]))
            add(c, (struct sg_difference){.kind = SG_DIFFERENCE_CHECK_MISSING,
                                          .name = a->checks[i].name,
                                          .before = check_text(c, &a->checks[i]),
                                          .from_table = p->from,
                                          .to_table = p->to,
                                          .from_at = i});
    }
    for (size_t k = 0; k < b->check_count; k++) {
        if (!has_check(a, &b->checks[k]))
            add(c, (struct sg_difference){.kind = SG_DIFFERENCE_CHECK_EXTRA,
                                          .destructive = !b->checks[k].not_enforced,
                                          .name = b->checks[k].name,
                                          .after = check_text(c, &b->checks[k]),
                                          .from_table = p->from,
                                          .to_table = p->to,
                                          .to_at = k});
    }
}

/* --- tables -------------------------------------------------------------------------------- */

static const char *const KINDS[] = {
    [SG_TABLE_BASE] = "table",
    [SG_TABLE_VIEW] = "view",
    [SG_TABLE_SYSTEM_VIEW] = "system view",
    [SG_TABLE_VERSIONED] = "versioned table",
    [SG_TABLE_SEQUENCE] = "sequence",
};

static void add_of_table(struct comparison *c, const struct pair *p, enum sg_difference_kind kind,
                         struct sg_slice before, struct sg_slice after)
{
    add(c, (struct sg_difference){.kind = kind,
                                  .before = before,
                                  .after = after,
                                  .from_table = p->from,
                                  .to_table = p->to});
}

static void compare_options(struct comparison *c, const struct pair *p)
{
    const struct sg_table_detail *a = p->from->detail;
    const struct sg_table_detail *b = p->to->detail;
    if (!sg_fold_equal(a->engine, b->engine))
        add_of_table(c, p, SG_DIFFERENCE_ENGINE,
                     a->engine.size ? a->engine : SG_SLICE_LITERAL("InnoDB"),
                     b->engine.size ? b->engine : SG_SLICE_LITERAL("InnoDB"));
    if (!sg_slice_equal(a->comment, b->comment))
        add_of_table(c, p, SG_DIFFERENCE_COMMENT, a->comment, b->comment);
    struct sg_slice before = effective_collation(c->from, p->from, NULL);
    struct sg_slice after = effective_collation(c->to, p->to, NULL);
    if (before.size && after.size && !sg_slice_equal(before, after))
        add_of_table(c, p, SG_DIFFERENCE_COLLATION, before, after);
}

/* Views as the server stores them name their database, and each flavour writes them its own way. */
static void compare_views(struct comparison *c, const struct pair *p)
{
    const struct sg_table_detail *a = p->from->detail;
    const struct sg_table_detail *b = p->to->detail;
    bool same_server = sg_schema_server(c->from)->flavour == sg_schema_server(c->to)->flavour &&
                       sg_slice_equal(c->from_database, c->to_database);
    if (a && b && same_server && a->definition.size && b->definition.size &&
        !sg_slice_equal(a->definition, b->definition))
        add_of_table(c, p, SG_DIFFERENCE_DEFINITION, a->definition, b->definition);
}

static void compare_tables(struct comparison *c, const struct pair *p)
{
    c->out->tables_compared++;
    if (p->from->kind != p->to->kind) {
        add_of_table(c, p, SG_DIFFERENCE_TABLE_KIND, sg_slice_of(KINDS[p->from->kind]),
                     sg_slice_of(KINDS[p->to->kind]));
        return;
    }
    if (p->from->knowledge == SG_UNKNOWN || p->to->knowledge == SG_UNKNOWN) {
        c->out->tables_untold++;
        return;
    }
    if (p->from->kind == SG_TABLE_SEQUENCE)
        return;
    compare_columns(c, p);
    if (p->from->kind == SG_TABLE_VIEW) {
        compare_views(c, p);
        return;
    }
    if (!p->from->detail || !p->to->detail)
        return;
    compare_indexes(c, p);
    compare_foreign_keys(c, p);
    compare_checks(c, p);
    compare_options(c, p);
}

static void add_whole_table(struct comparison *c, const struct sg_table *table, bool missing)
{
    struct sg_text text = {.arena = c->arena};
    for (size_t i = 0; i < table->column_count; i++) {
        sg_text_put_text(&text, i ? ", " : "");
        sg_text_put(&text, table->columns[i].name);
    }
    struct sg_slice columns = sg_text_slice(&text);
    add(c, (struct sg_difference){.kind = missing ? SG_DIFFERENCE_TABLE_MISSING
                                                  : SG_DIFFERENCE_TABLE_EXTRA,
                                  .destructive = missing && table->kind != SG_TABLE_VIEW,
                                  .before = missing ? columns : SG_SLICE_EMPTY,
                                  .after = missing ? SG_SLICE_EMPTY : columns,
                                  .from_table = missing ? table : NULL,
                                  .to_table = missing ? NULL : table});
}

/* Most of the columns are the same by name and type. */
static bool looks_like(struct comparison *c, const struct sg_table *a, const struct sg_table *b)
{
    size_t same = 0;
    for (size_t i = 0; i < a->column_count; i++) {
        const struct sg_column *other = sg_table_find_column(b, a->columns[i].name);
        same += other && sg_slice_equal(type_of(c, &a->columns[i]), type_of(c, other));
    }
    size_t most = a->column_count > b->column_count ? a->column_count : b->column_count;
    return a->kind == b->kind && same > 0 && same * 3 >= most * 2;
}

static void find_renamed_tables(struct comparison *c, size_t start)
{
    for (size_t i = start; i < c->count; i++) {
        struct sg_difference *missing = &c->list[i];
        if (missing->kind != SG_DIFFERENCE_TABLE_MISSING)
            continue;
        for (size_t k = start; k < c->count && !missing->likely.size; k++) {
            if (c->list[k].kind == SG_DIFFERENCE_TABLE_EXTRA &&
                looks_like(c, missing->from_table, c->list[k].to_table))
                missing->likely = c->list[k].table;
        }
    }
}

static void compare_databases(struct comparison *c)
{
    size_t start = c->count;
    const struct sg_table *other;
    for (size_t i = 0; i < sg_schema_table_count(c->from); i++) {
        const struct sg_table *table = sg_schema_table_at(c->from, i);
        if (!sg_slice_equal(table->database, c->from_database))
            continue;
        enum sg_presence presence =
            sg_schema_find_table(c->to, c->to_database, table->name, &other);
        if (presence == SG_PRESENT)
            compare_tables(c, &(struct pair){table, other});
        else if (presence == SG_ABSENT)
            add_whole_table(c, table, true);
        else
            c->out->tables_untold++;
    }
    for (size_t i = 0; i < sg_schema_table_count(c->to); i++) {
        const struct sg_table *table = sg_schema_table_at(c->to, i);
        if (!sg_slice_equal(table->database, c->to_database))
            continue;
        enum sg_presence presence =
            sg_schema_find_table(c->from, c->from_database, table->name, &other);
        if (presence == SG_ABSENT)
            add_whole_table(c, table, false);
        else if (presence == SG_PRESENCE_UNKNOWN)
            c->out->tables_untold++;
    }
    find_renamed_tables(c, start);
}

/* --- databases ----------------------------------------------------------------------------- */

/* The only database that is compared; empty: there are several, or none. */
static struct sg_slice only_database(const struct sg_schema *schema, struct sg_slice wanted)
{
    return wanted.size ? wanted : sg_schema_only_database(schema);
}

static void compare_all(struct comparison *c)
{
    struct sg_slice from = only_database(c->from, c->options->from_database);
    struct sg_slice to = only_database(c->to, c->options->to_database);
    if (from.size && (to.size || c->options->from_database.size)) {
        c->from_database = from;
        c->to_database = to.size ? to : from;
        compare_databases(c);
        return;
    }
    const struct sg_schema *sides[] = {c->from, c->to};
    for (size_t side = 0; side < 2; side++) {
        for (size_t i = 0; i < sg_schema_database_count(sides[side]); i++) {
            bool complete;
            struct sg_slice name = sg_schema_database_at(sides[side], i, &complete);
            if (sg_is_servers_own(name) || (to.size && !sg_slice_equal(name, to)) ||
                (side == 1 && sg_schema_find_database(c->from, name) == SG_PRESENT))
                continue;
            c->from_database = c->to_database = name;
            compare_databases(c);
        }
    }
}

/* --- order --------------------------------------------------------------------------------- */

static int compare_text(struct sg_slice a, struct sg_slice b)
{
    size_t shorter = a.size < b.size ? a.size : b.size;
    int order = shorter ? memcmp(a.data, b.data, shorter) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

static int compare_differences(const void *left, const void *right)
{
    const struct sg_difference *a = left;
    const struct sg_difference *b = right;
    if (a->destructive != b->destructive)
        return a->destructive ? -1 : 1;
    int order = compare_text(a->database, b->database);
    if (order == 0)
        order = compare_text(a->table, b->table);
    if (order == 0)
        order = (int)a->kind - (int)b->kind;
    if (order == 0)
        order = (a->from_at > b->from_at) - (a->from_at < b->from_at);
    return order ? order : (a->to_at > b->to_at) - (a->to_at < b->to_at);
}

enum sg_status sg_diff(const struct sg_schema *from, const struct sg_schema *to,
                       const struct sg_diff_options *options, struct sg_arena *arena,
                       struct sg_diff *diff_out)
{
    struct comparison c = {
        .from = from, .to = to, .options = options, .arena = arena, .out = diff_out};
    *diff_out = (struct sg_diff){.from = from, .to = to};
    compare_all(&c);
    if (arena->exhausted)
        return SG_LIMIT;
    if (c.count)
        qsort(c.list, c.count, sizeof *c.list, compare_differences);
    diff_out->differences = c.list;
    diff_out->count = c.count;
    return SG_OK;
}
