/* Table references: which table each is, how joins change what can be seen, and ON.
 *
 * A FROM list is flattened to its tables in the order written, so that the operands of any join are
 * a range of them: ON sees exactly that range. Every walk over the list here counts the tables as
 * it passes them (`at`), and so knows the ranges without keeping them.
 *
 * MySQL manual, "JOIN Clause", "Lateral Derived Tables", "JSON Table Functions"
 */
#include "resolve/resolver.h"

#include "schema/fold.h"
#include "schema/overlay.h"

/* No server joins more tables (error 1116). */
#define JOINED_TABLES_MAX 61

/* Look-ups go through all of them where a name is found twice. */
#define JOINED_COLUMNS_MAX 2048

/* --- finding a table ----------------------------------------------------------------------- */

/* MariaDB's Sequence engine makes seq_1_to_9 and seq_1_to_9_step_2 when asked for them.
 * MariaDB documentation, "Sequence Storage Engine" */
static bool is_made_on_demand(const struct sg_resolver *r, struct sg_slice name)
{
    static const char *const PARTS[] = {"seq_", "_to_", "_step_"};
    size_t at = 0;
    if (!r->mariadb)
        return false;
    for (size_t part = 0; part < 3; part++) {
        size_t length = strlen(PARTS[part]);
        if (part == 2 && at == name.size)
            return true;
        if (name.size - at <= length ||
            !sg_fold_equal(sg_slice_make(name.data + at, length), sg_slice_of(PARTS[part])))
            return false;
        at += length;
        size_t digits = at;
        while (at < name.size && name.data[at] >= '0' && name.data[at] <= '9')
            at++;
        if (at == digits)
            return false;
    }
    return at == name.size;
}

/* A view whose columns nobody could list is most likely broken: 1356, before any column. */
static const struct sg_table *as_known(struct sg_resolver *r, const struct sg_table *table,
                                       const struct sg_qualified_name *name)
{
    if (table->knowledge == SG_KNOWN)
        return table;
    if (table->kind == SG_TABLE_VIEW)
        sg_stop(r, SG_RANK_OPENED, name->name.offset);
    return NULL;
}

const struct sg_table *sg_find_table(struct sg_resolver *r, const struct sg_qualified_name *name)
{
    const struct sg_context *context = r->context;
    struct sg_slice database = name->database.text;
    const struct sg_table *table = NULL;

    if (!sg_name_is_set(&name->database)) {
        if (context->database_certainty == SG_UNCERTAIN)
            return NULL;
        database = context->database;
        if (database.size == 0) {
            sg_stop(r, SG_RANK_TABLE, name->name.offset); /* 1046 */
            return NULL;
        }
    }
    if (context->temporary_certainty == SG_UNCERTAIN)
        return NULL;
    table = sg_overlay_find(context->overlay, database, name->name.text);
    if (table) {
        sg_tell_table(r, name, database, table, true);
        return as_known(r, table, name);
    }
    switch (sg_schema_find_table(r->schema, database, name->name.text, &table)) {
    case SG_PRESENT:
        sg_tell_table(r, name, database, table, false);
        return as_known(r, table, name);
    case SG_PRESENCE_UNKNOWN:
        sg_tell_table(r, name, database, NULL, false);
        return NULL;
    case SG_ABSENT:
        break;
    }
    if (!is_made_on_demand(r, name->name.text))
        sg_miss_table(r, name, database, sg_schema_find_database(r->schema, database));
    return NULL;
}

static struct sg_cte_entry *find_cte(const struct sg_resolver *r, struct sg_slice name)
{
    for (struct sg_cte_entry *entry = r->ctes; entry && entry != r->hidden_ctes;
         entry = entry->next) {
        if (r->mariadb ? sg_fold_equal(entry->cte->name.text, name)
                       : sg_table_names_equal(r, entry->cte->name.text, name))
            return entry;
    }
    return NULL;
}

/* The first table of the outermost FROM is opened first, wherever it stands. */
static const struct sg_table *open_table(struct sg_resolver *r,
                                         const struct sg_qualified_name *name)
{
    uint64_t before = r->table_place;
    if (!r->outermost_done) {
        r->outermost_done = true;
        r->table_place = 1;
    }
    const struct sg_table *table = sg_find_table(r, name);
    r->table_place = before;
    return table;
}

void sg_bind_target(struct sg_resolver *r, struct sg_relation *relation,
                    const struct sg_qualified_name *name, const struct sg_name *alias)
{
    relation->aliased = alias && sg_name_is_set(alias);
    relation->alias = relation->aliased ? alias->text : name->name.text;
    relation->database =
        sg_name_is_set(&name->database) ? name->database.text : r->context->database;
    relation->is_base = true;
    relation->table = open_table(r, name);
}

struct sg_block *sg_target_block(struct sg_resolver *r, const struct sg_qualified_name *name,
                                 const struct sg_name *alias)
{
    struct sg_block *block = sg_arena_alloc(r->arena, sizeof *block);
    struct sg_relation *relation = sg_arena_alloc(r->arena, sizeof *relation);
    if (!block || !relation)
        return NULL;
    sg_bind_target(r, relation, name, alias);
    block->relations = relation;
    block->count = 1;
    block->has_unknown = !relation->table;
    return block;
}

/* --- binding ------------------------------------------------------------------------------- */

struct binder {
    struct sg_resolver *r;
    struct sg_block *block;
    const struct sg_scope *outer;
    uint32_t at;   /* the next relation */
    uint32_t low;  /* the first that a lateral table sees */
    uint32_t high; /* it sees as far as here where that is beyond `at` */
};

static uint32_t count_tables(const struct sg_table_ref *list)
{
    uint32_t count = 0;
    for (; list; list = list->next) {
        if (list->kind == SG_REF_JOIN)
            count += count_tables(list->join.left) + count_tables(list->join.right);
        else
            count += list->kind == SG_REF_NEST ? count_tables(list->nest) : 1;
    }
    return count;
}

static void bind_base(struct binder *b, const struct sg_table_ref *ref,
                      struct sg_relation *relation)
{
    struct sg_resolver *r = b->r;
    struct sg_cte_entry *entry = NULL;
    if (!sg_name_is_set(&ref->base.name.database) && r->ctes)
        entry = find_cte(r, ref->base.name.name.text);
    if (!entry) {
        sg_bind_target(r, relation, &ref->base.name, &ref->alias);
        const struct sg_period *period = ref->base.period;
        /* 4124: not versioned; 4079: the time is a column */
        if (period && relation->table &&
            (relation->table->kind != SG_TABLE_VERSIONED ||
             (period->from && period->from->kind == SG_EXPR_COLUMN)))
            sg_stop(r, SG_RANK_OPENED, ref->offset);
        return;
    }
    r->outermost_done = true;
    sg_tell_cte(r, &ref->base.name.name);
    relation->alias = sg_name_is_set(&ref->alias) ? ref->alias.text : ref->base.name.name.text;
    relation->table = sg_use_cte(r, entry, &ref->base.name.name);
}

/* What a table that may look sideways sees: those to its left. */
static struct sg_scope lateral_scope(const struct binder *b)
{
    return (struct sg_scope){.outer = b->outer,
                             .block = b->block,
                             .low = b->low,
                             .high = b->high > b->at ? b->high : b->at};
}

static void bind_derived(struct binder *b, const struct sg_table_ref *ref,
                         struct sg_relation *relation)
{
    struct sg_resolver *r = b->r;
    struct sg_scope lateral = lateral_scope(b);
    struct sg_query_use use = {
        .outer = ref->derived.lateral ? &lateral
                 : r->mariadb         ? NULL
                                      : b->outer,
        .columns = ref->derived.columns,
        .wants_table = true,
    };
    r->outermost_done = true;
    relation->alias = ref->alias.text;
    if (!sg_name_is_set(&ref->alias))
        sg_stop(r, SG_RANK_ALIAS, ref->offset); /* 1248 */
    enum sg_clause before = r->clause;
    relation->table = sg_resolve_query(r, ref->derived.query, &use);
    r->clause = before;
}

static uint32_t fill_json_columns(const struct sg_json_column *list, struct sg_column *columns)
{
    uint32_t count = 0;
    for (; list; list = list->next) {
        if (list->kind == SG_JSON_NESTED) {
            count += fill_json_columns(list->columns, columns ? columns + count : NULL);
            continue;
        }
        if (columns)
            columns[count].name = list->name.text;
        count++;
    }
    return count;
}

static void bind_json_table(struct binder *b, const struct sg_table_ref *ref,
                            struct sg_relation *relation)
{
    struct sg_resolver *r = b->r;
    struct sg_scope lateral = lateral_scope(b);
    uint32_t count = fill_json_columns(ref->json_table.columns, NULL);
    struct sg_column *columns = sg_arena_array(r->arena, count, sizeof *columns);
    enum sg_clause before = r->clause;

    r->outermost_done = true;
    relation->alias = ref->alias.text;
    if (ref->json_table.document)
        sg_resolve_in(r, &lateral, SG_CLAUSE_JSON_TABLE, ref->json_table.document);
    r->clause = before;
    if (!columns)
        return;
    fill_json_columns(ref->json_table.columns, columns);
    relation->table = sg_make_table(r, false, columns, count, true, ref->offset);
}

static void bind_list(struct binder *b, const struct sg_table_ref *list);

/* JSON_TABLE or LATERAL stands among these tables. */
static bool looks_sideways(const struct sg_table_ref *list)
{
    for (; list; list = list->next) {
        if (list->kind == SG_REF_JSON_TABLE ||
            (list->kind == SG_REF_DERIVED && list->derived.lateral) ||
            (list->kind == SG_REF_NEST && looks_sideways(list->nest)) ||
            (list->kind == SG_REF_JOIN &&
             (looks_sideways(list->join.left) || looks_sideways(list->join.right))))
            return true;
    }
    return false;
}

/* A RIGHT JOIN is its mirror image to the servers: the right operand sees nothing to its left, the
 * left one sees the right. MariaDB still resolves derived tables in the order written. */
static void bind_join(struct binder *b, const struct sg_table_ref *ref)
{
    if (ref->join.kind == SG_JOIN_RIGHT && b->r->mariadb && !looks_sideways(ref->join.left)) {
        uint32_t low = b->low;
        bind_list(b, ref->join.left);
        b->low = b->at;
        bind_list(b, ref->join.right);
        b->low = low;
        return;
    }
    if (ref->join.kind != SG_JOIN_RIGHT) {
        bind_list(b, ref->join.left);
        bind_list(b, ref->join.right);
        return;
    }
    struct binder before = *b;
    uint32_t middle = b->at + count_tables(ref->join.left);
    for (uint32_t i = b->at; i < middle; i++)
        b->block->relations[i].pending = true;
    b->at = b->low = middle;
    bind_list(b, ref->join.right);
    uint32_t high = b->at;
    *b = before;
    b->high = high;
    bind_list(b, ref->join.left);
    b->high = before.high;
    b->at = high;
}

static void bind_list(struct binder *b, const struct sg_table_ref *list)
{
    for (; list; list = list->next) {
        if (list->kind == SG_REF_JOIN) {
            bind_join(b, list);
            continue;
        }
        if (list->kind == SG_REF_NEST) {
            bind_list(b, list->nest);
            continue;
        }
        struct sg_relation *relation = &b->block->relations[b->at];
        relation->ref = list;
        relation->pending = true;
        if (list->kind == SG_REF_TABLE)
            bind_base(b, list, relation);
        else if (list->kind == SG_REF_DERIVED)
            bind_derived(b, list, relation);
        else
            bind_json_table(b, list, relation);
        relation->pending = false;
        if (!relation->table)
            b->block->has_unknown = true;
        b->at++;
    }
}

/* 1066: two tables of one name and one database. */
static void check_names(struct sg_resolver *r, const struct sg_block *block)
{
    for (uint32_t i = 1; i < block->count; i++) {
        const struct sg_relation *it = &block->relations[i];
        for (uint32_t j = 0; j < i; j++) {
            const struct sg_relation *other = &block->relations[j];
            if (it->alias.size && sg_table_names_equal(r, it->alias, other->alias) &&
                sg_table_names_equal(r, it->database, other->database)) {
                sg_stop(r, SG_RANK_ALIAS, it->ref->offset);
                return;
            }
        }
    }
}

void sg_bind_from(struct sg_resolver *r, struct sg_block *block, const struct sg_table_ref *from,
                  const struct sg_scope *outer)
{
    uint32_t count = count_tables(from);
    struct binder binder = {.r = r, .block = block, .outer = outer};

    if (count > SG_RELATIONS_MAX) {
        sg_give_up(r, "more tables than a server joins", from->offset);
        return;
    }
    block->relations = sg_arena_array(r->arena, count, sizeof *block->relations);
    if (count && !block->relations)
        return;
    block->count = count;
    bind_list(&binder, from);
    check_names(r, block);
    if (count > JOINED_TABLES_MAX)
        sg_stop(r, SG_RANK_OPENED, from->offset);
}

/* --- USING and NATURAL --------------------------------------------------------------------- */

static void add_merge(struct sg_resolver *r, struct sg_block *block, struct sg_slice name,
                      uint32_t low, uint32_t middle, uint32_t high)
{
    if (block->merge_count == JOINED_COLUMNS_MAX) {
        sg_give_up(r, "more joined columns than are looked at", 0);
        return;
    }
    struct sg_merge *merge = sg_arena_alloc(r->arena, sizeof *merge);
    if (!merge)
        return;
    block->merge_count++;
    *merge = (struct sg_merge){.next = block->merges,
                               .name = name,
                               .hash = sg_fold_hash(name),
                               .low = low,
                               .middle = middle,
                               .high = high};
    block->merges = merge;
}

static void merge_using(struct sg_resolver *r, struct sg_block *block,
                        const struct sg_name_item *names, uint32_t low, uint32_t middle,
                        uint32_t high)
{
    for (; names; names = names->next) {
        struct sg_wanted wanted = {.name = names->name.text,
                                   .hash = sg_fold_hash(names->name.text)};
        enum sg_found left = sg_block_find(r, block, low, middle, &wanted);
        sg_tell_joined(r, &names->name, &wanted, left);
        enum sg_found right = sg_block_find(r, block, middle, high, &wanted);
        sg_tell_joined(r, &names->name, &wanted, right);
        if (left == SG_NOT_FOUND || right == SG_NOT_FOUND)
            sg_miss_name(r, SG_SLICE_EMPTY, &names->name,
                         sg_clause_text(SG_CLAUSE_USING, r->server->wording));
        else if (left == SG_AMBIGUOUS || right == SG_AMBIGUOUS)
            sg_stop(r, SG_RANK_COLUMN, names->name.offset);
        add_merge(r, block, names->name.text, low, middle, high);
    }
}

static bool is_visible(const struct sg_column *column)
{
    return !(column->flags & (SG_COLUMN_INVISIBLE | SG_COLUMN_SYSTEM));
}

/* The visible column of that name in a range of tables; how many there are is left to look-ups. */
static bool has_visible(const struct sg_block *block, uint32_t low, uint32_t high,
                        struct sg_slice name, uint64_t hash)
{
    for (uint32_t i = low; i < high; i++) {
        const struct sg_table *table = block->relations[i].table;
        const struct sg_column *column = table ? sg_table_find_hashed(table, name, hash) : NULL;
        if (column && is_visible(column))
            return true;
    }
    return false;
}

/* The column stands nowhere; where the operand on the right begins will do. */
static void tell_natural(struct sg_resolver *r, const struct sg_block *block, uint32_t right,
                         const struct sg_wanted *wanted, enum sg_found how)
{
    const struct sg_table_ref *ref = block->relations[right].ref;
    const struct sg_name name = {
        .text = wanted->name, .offset = ref->offset, .size = ref->size & 0x1fffffff};
    sg_tell_joined(r, &name, wanted, how);
}

static void merge_natural(struct sg_resolver *r, struct sg_block *block, uint32_t low,
                          uint32_t middle, uint32_t high)
{
    for (uint32_t i = low; i < middle; i++) {
        const struct sg_table *table = block->relations[i].table;
        for (uint32_t c = 0; table && c < table->column_count; c++) {
            struct sg_wanted wanted = {.name = table->columns[c].name, .hash = table->hashes[c]};
            if (!is_visible(&table->columns[c]) ||
                !has_visible(block, middle, high, wanted.name, wanted.hash))
                continue;
            enum sg_found left = sg_block_find(r, block, low, middle, &wanted);
            tell_natural(r, block, middle, &wanted, left);
            enum sg_found right = sg_block_find(r, block, middle, high, &wanted);
            tell_natural(r, block, middle, &wanted, right);
            if (left == SG_AMBIGUOUS || right == SG_AMBIGUOUS)
                sg_stop(r, SG_RANK_COLUMN, block->relations[middle].ref->offset);
            add_merge(r, block, wanted.name, low, middle, high);
        }
    }
}

static void merge_list(struct sg_resolver *r, struct sg_block *block,
                       const struct sg_table_ref *list, uint32_t *at)
{
    for (; list; list = list->next) {
        if (list->kind == SG_REF_NEST) {
            merge_list(r, block, list->nest, at);
            continue;
        }
        if (list->kind != SG_REF_JOIN) {
            *at += 1;
            continue;
        }
        uint32_t low = *at;
        merge_list(r, block, list->join.left, at);
        uint32_t middle = *at;
        merge_list(r, block, list->join.right, at);
        if (list->join.natural)
            merge_natural(r, block, low, middle, *at);
        else
            merge_using(r, block, list->join.using_columns, low, middle, *at);
    }
}

void sg_merge_joins(struct sg_resolver *r, struct sg_block *block, const struct sg_table_ref *from)
{
    uint32_t at = 0;
    if (block->count)
        merge_list(r, block, from, &at);
}

/* --- ON ------------------------------------------------------------------------------------ */

struct on_walk {
    struct sg_resolver *r;
    struct sg_block *block;
    const struct sg_scope *outer;
};

static void resolve_condition(const struct on_walk *w, const struct sg_table_ref *ref, uint32_t low,
                              uint32_t high)
{
    struct sg_scope scope = {.outer = w->outer, .block = w->block, .low = low, .high = high};
    sg_resolve_in(w->r, &scope, SG_CLAUSE_ON, ref->join.on);
}

static void walk_on(const struct on_walk *w, const struct sg_table_ref *ref, uint32_t low);

static void walk_on_list(const struct on_walk *w, const struct sg_table_ref *list, uint32_t low)
{
    if (!list)
        return;
    uint32_t size = count_tables(list) - count_tables(list->next);
    if (w->r->mariadb)
        walk_on(w, list, low);
    walk_on_list(w, list->next, low + size);
    if (!w->r->mariadb)
        walk_on(w, list, low);
}

/* MySQL keeps a join's operands last first, a RIGHT JOIN's swapped; a condition belongs to the
 * operand that comes first there. MariaDB goes through the tables as they are written. */
static void walk_on(const struct on_walk *w, const struct sg_table_ref *ref, uint32_t low)
{
    if (ref->kind == SG_REF_NEST) {
        walk_on_list(w, ref->nest, low);
        return;
    }
    if (ref->kind != SG_REF_JOIN)
        return;
    const struct sg_ref_join *join = &ref->join;
    uint32_t middle = low + count_tables(join->left);
    uint32_t high = middle + count_tables(join->right);
    if (w->r->mariadb) {
        walk_on_list(w, join->left, low);
        walk_on_list(w, join->right, middle);
        resolve_condition(w, ref, low, high);
    } else if (join->kind == SG_JOIN_RIGHT) {
        walk_on_list(w, join->left, low);
        resolve_condition(w, ref, low, high);
        walk_on_list(w, join->right, middle);
    } else {
        walk_on_list(w, join->right, middle);
        resolve_condition(w, ref, low, high);
        walk_on_list(w, join->left, low);
    }
}

void sg_resolve_on(struct sg_resolver *r, struct sg_block *block, const struct sg_table_ref *from,
                   const struct sg_scope *outer)
{
    struct on_walk walk = {.r = r, .block = block, .outer = outer};
    if (block->count > 1)
        walk_on_list(&walk, from, 0);
}

/* --- `*` ----------------------------------------------------------------------------------- */

static void append_table(const struct sg_relation *relation, struct sg_star *out)
{
    const struct sg_table *table = relation->table;
    if (!table) {
        out->unknown = true;
        return;
    }
    for (uint32_t c = 0; c < table->column_count; c++) {
        if (is_visible(&table->columns[c]))
            out->columns[out->count++] = (struct sg_star_column){
                .relation = relation, .column = &table->columns[c], .hash = table->hashes[c]};
    }
}

static bool allocate_star(struct sg_resolver *r, const struct sg_block *block, struct sg_star *out)
{
    size_t most = 0;
    for (uint32_t i = 0; i < block->count; i++)
        most += block->relations[i].table ? block->relations[i].table->column_count : 0;
    *out = (struct sg_star){.columns = sg_arena_array(r->arena, most + 1, sizeof *out->columns)};
    return out->columns != NULL;
}

static bool is_joined(const struct sg_block *block, const struct sg_star_column *column,
                      uint32_t low, uint32_t middle, uint32_t high)
{
    for (const struct sg_merge *m = block->merges; m; m = m->next) {
        if (m->low == low && m->middle == middle && m->high == high && m->hash == column->hash &&
            sg_fold_equal(m->name, column->column->name))
            return true;
    }
    return false;
}

static void expand_list(struct sg_resolver *r, const struct sg_block *block,
                        const struct sg_table_ref *list, uint32_t *at, struct sg_star *out);

/* Joined columns first, as the left operand orders them, then the rest of the left, then of the
 * right. */
static void expand_join(struct sg_resolver *r, const struct sg_block *block,
                        const struct sg_table_ref *ref, uint32_t *at, struct sg_star *out)
{
    struct sg_star left;
    struct sg_star right;
    if (!allocate_star(r, block, &left) || !allocate_star(r, block, &right))
        return;
    uint32_t low = *at;
    expand_list(r, block, ref->join.left, at, &left);
    uint32_t middle = *at;
    expand_list(r, block, ref->join.right, at, &right);
    out->unknown = out->unknown || left.unknown || right.unknown;
    for (uint32_t i = 0; i < left.count; i++) {
        if (is_joined(block, &left.columns[i], low, middle, *at))
            out->columns[out->count++] = left.columns[i];
    }
    for (uint32_t i = 0; i < left.count; i++) {
        if (!is_joined(block, &left.columns[i], low, middle, *at))
            out->columns[out->count++] = left.columns[i];
    }
    for (uint32_t i = 0; i < right.count; i++) {
        if (!is_joined(block, &right.columns[i], low, middle, *at))
            out->columns[out->count++] = right.columns[i];
    }
}

static void expand_list(struct sg_resolver *r, const struct sg_block *block,
                        const struct sg_table_ref *list, uint32_t *at, struct sg_star *out)
{
    for (; list; list = list->next) {
        if (list->kind == SG_REF_NEST)
            expand_list(r, block, list->nest, at, out);
        else if (list->kind == SG_REF_JOIN)
            expand_join(r, block, list, at, out);
        else
            append_table(&block->relations[(*at)++], out);
    }
}

void sg_expand_star(struct sg_resolver *r, const struct sg_block *block,
                    const struct sg_table_ref *from, struct sg_star *out)
{
    uint32_t at = 0;
    if (!allocate_star(r, block, out))
        return;
    if (block->merges) {
        expand_list(r, block, from, &at, out);
        return;
    }
    for (uint32_t i = 0; i < block->count; i++)
        append_table(&block->relations[i], out);
}

void sg_expand_table_star(struct sg_resolver *r, const struct sg_relation *relation,
                          struct sg_star *out)
{
    size_t most = relation->table ? relation->table->column_count : 0;
    *out = (struct sg_star){.columns = sg_arena_array(r->arena, most + 1, sizeof *out->columns)};
    if (out->columns)
        append_table(relation, out);
}
