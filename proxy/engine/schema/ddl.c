/* DDL on a schema under construction; see ddl.h. A table is taken apart into a draft, changed, and
 * put back as a whole. ALTER TABLE drops first, then changes in place, then adds and moves, as the
 * servers do, whatever order its parts were written in.
 */
#include "schema/ddl.h"

#include <stdio.h>

#include <schemaguard/detail.h>

#include "schema/column_type.h"
#include "schema/ddl_objection.h"
#include "schema/draft.h"
#include "schema/fold.h"
#include "schema/overlay.h"

#define VIEW_NAME_LETTERS 64

static bool is_mariadb(const struct sg_ddl_run *run)
{
    return run->context->server->flavour == SG_FLAVOUR_MARIADB;
}

static enum sg_ddl_outcome refuse(struct sg_ddl_run *run, const char *why,
                                  const struct sg_name *name)
{
    run->refusal = why;
    run->refusal_offset = name ? name->offset : 0;
    return SG_DDL_REFUSED;
}

static struct sg_slice database_of(const struct sg_ddl_run *run, const struct sg_name *name)
{
    return sg_name_is_set(name) ? name->text : run->context->database;
}

static enum sg_presence find(const struct sg_ddl_run *run, const struct sg_qualified_name *name,
                             const struct sg_table **table_out)
{
    *table_out = NULL;
    return sg_schema_find_table(sg_schema_builder_peek(run->builder),
                                database_of(run, &name->database), name->name.text, table_out);
}

static bool is_temporary(const struct sg_ddl_run *run, const struct sg_qualified_name *name)
{
    return sg_overlay_find(run->context->overlay, database_of(run, &name->database),
                           name->name.text) != NULL;
}

static bool same(const struct sg_ddl_run *run, struct sg_slice a, struct sg_slice b)
{
    return sg_fold_equal_column(a, b, run->context->server->flavour);
}

static enum sg_ddl_outcome put_draft(struct sg_draft *draft)
{
    const char *why = sg_draft_put(draft);
    return why ? refuse(draft->run, why, NULL) : SG_DDL_DONE;
}

/* --- CREATE -------------------------------------------------------------------------------- */

/* Whether the name is free for CREATE; else *outcome_out is the end of it. */
static bool may_create(struct sg_ddl_run *run, const struct sg_ddl *ddl,
                       enum sg_ddl_outcome *outcome_out)
{
    const struct sg_qualified_name *name = &ddl->names->name;
    const struct sg_schema *schema = sg_schema_builder_peek(run->builder);
    const struct sg_table *there;
    struct sg_slice database = database_of(run, &name->database);
    *outcome_out = SG_DDL_UNTOUCHED;
    if (database.size == 0)
        *outcome_out = refuse(run, "no database is selected", &name->name);
    else if (sg_schema_find_database(schema, database) == SG_ABSENT)
        *outcome_out = refuse(run, "its database does not exist", &name->name);
    else if (find(run, name, &there) != SG_PRESENT)
        return true;
    else if (ddl->or_replace && (there->kind == SG_TABLE_VIEW) == (ddl->object == SG_OBJECT_VIEW))
        return run->removes = true;
    else if (!ddl->if_exists)
        *outcome_out = refuse(run, "it exists already", &name->name);
    return false;
}

static enum sg_ddl_outcome create_like(struct sg_draft *draft, const struct sg_qualified_name *like)
{
    const struct sg_table *source;
    struct sg_table_spec made = draft->table;
    if (is_temporary(draft->run, like) || find(draft->run, like, &source) != SG_PRESENT) {
        draft->table.knowledge = SG_UNKNOWN;
        return put_draft(draft);
    }
    if (source->kind == SG_TABLE_VIEW)
        return refuse(draft->run, "LIKE names a view", &like->name);
    sg_draft_open(draft, source);
    draft->table.database = made.database;
    draft->table.name = made.name;
    sg_ddl_detail_rename_table(&draft->detail, made.name);
    sg_ddl_detail_like(&draft->detail);
    return put_draft(draft);
}

/* Columns named only before the SELECT come first, then the selected ones in their order. */
static void select_columns(struct sg_draft *draft, const struct sg_query *query)
{
    const struct sg_column_spec *selected = NULL;
    size_t count = 0;
    struct sg_ddl_run *run = draft->run;
    if (!run->columns_of(run->columns_data, query, &selected, &count)) {
        draft->table.knowledge = SG_UNKNOWN;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct sg_draft_column column = {.spec = selected[i]};
        size_t at = sg_draft_find_column(draft, selected[i].name);
        if (at < draft->count) {
            column = draft->columns[at];
            column.spec.name = selected[i].name; /* in the letters of the SELECT */
            sg_draft_take_out(draft, at);
        } else {
            column.spec.flags = SG_COLUMN_NULLABLE;
            column.spec.type = SG_SLICE_EMPTY;
        }
        sg_draft_insert(draft, draft->count, column);
    }
}

/* MySQL manual, "Generated Invisible Primary Keys". */
static void generate_primary_key(struct sg_draft *draft)
{
    if (!draft->run->generates_primary_key || is_mariadb(draft->run) ||
        sg_draft_find_key(draft, SG_SLICE_EMPTY, true))
        return;
    struct sg_table_key *key = sg_draft_append_key(draft, 1);
    if (!key)
        return;
    key->primary = true;
    sg_draft_add_key_column(draft, key, SG_SLICE_LITERAL("my_row_id"));
    sg_draft_insert(draft, 0,
                    (struct sg_draft_column){
                        .spec = {SG_SLICE_LITERAL("my_row_id"), SG_SLICE_LITERAL("bigint unsigned"),
                                 SG_COLUMN_INVISIBLE, sg_ddl_generated_key(&draft->detail)}});
}

/* MariaDB: versioning at columns leaves out all others. */
static void version_some(struct sg_draft *draft, const struct sg_column_def *def)
{
    for (size_t i = 0; def && i < draft->count; def = def->next, i++) {
        struct sg_column_detail *detail =
            (struct sg_column_detail *)(uintptr_t)draft->columns[i].spec.detail;
        if (detail)
            detail->unversioned = !(def->flags & SG_OPTION_VERSIONED);
    }
}

static enum sg_ddl_outcome create_table(struct sg_ddl_run *run, const struct sg_ddl *ddl)
{
    enum sg_ddl_outcome outcome;
    const struct sg_table_def *def = ddl->table;
    if (ddl->temporary || !may_create(run, ddl, &outcome))
        return ddl->temporary ? SG_DDL_UNTOUCHED : outcome;
    struct sg_draft draft = {.run = run, .keys_known = true};
    draft.table = (struct sg_table_spec){.database = database_of(run, &ddl->names->name.database),
                                         .name = ddl->names->name.name.text,
                                         .kind = SG_TABLE_BASE,
                                         .knowledge = SG_KNOWN};
    sg_ddl_detail_open(&draft.detail, run, NULL, draft.table.database, draft.table.name);
    if (sg_name_is_set(&def->like.name))
        return create_like(&draft, &def->like);
    sg_ddl_detail_options(&draft.detail, def);
    for (const struct sg_column_def *it = def->columns; it; it = it->next) {
        if (sg_draft_find_column(&draft, it->name.text) < draft.count)
            return refuse(run, "two columns of one name", &it->name);
        sg_draft_define_column(&draft, it, draft.count);
    }
    if (def->versioned)
        draft.table.kind = SG_TABLE_VERSIONED;
    sg_draft_define_period(&draft, &def->period_start, &def->period_end);
    sg_ddl_detail_period(&draft.detail, &def->period, &def->period_start, &def->period_end);
    if (!def->versioned && draft.table.kind == SG_TABLE_VERSIONED)
        version_some(&draft, def->columns);
    if (def->query)
        select_columns(&draft, def->query);
    for (const struct sg_key_def *it = def->keys; it; it = it->next) {
        if (draft.table.knowledge == SG_KNOWN && !sg_draft_has_key_columns(&draft, it))
            return refuse(run, "a key over a column that is not there", &it->name);
        const char *objection = sg_ddl_detail_objection(&draft.detail, it);
        if (objection)
            return refuse(run, objection, &it->name);
        sg_draft_add_key(&draft, it);
    }
    sg_ddl_detail_checks(&draft.detail, def->checks);
    if (draft.count == 0 && draft.table.knowledge == SG_KNOWN)
        return refuse(run, "it has no columns", &ddl->names->name.name);
    generate_primary_key(&draft);
    return put_draft(&draft);
}

static enum sg_ddl_outcome create_sequence(struct sg_ddl_run *run, const struct sg_ddl *ddl)
{
    static const struct sg_column_spec COLUMNS[] = {
        {SG_SLICE_LITERAL("next_not_cached_value"), SG_SLICE_LITERAL("bigint(21)"), 0, NULL},
        {SG_SLICE_LITERAL("minimum_value"), SG_SLICE_LITERAL("bigint(21)"), 0, NULL},
        {SG_SLICE_LITERAL("maximum_value"), SG_SLICE_LITERAL("bigint(21)"), 0, NULL},
        {SG_SLICE_LITERAL("start_value"), SG_SLICE_LITERAL("bigint(21)"), 0, NULL},
        {SG_SLICE_LITERAL("increment"), SG_SLICE_LITERAL("bigint(21)"), 0, NULL},
        {SG_SLICE_LITERAL("cache_size"), SG_SLICE_LITERAL("bigint(21) unsigned"), 0, NULL},
        {SG_SLICE_LITERAL("cycle_option"), SG_SLICE_LITERAL("tinyint(1) unsigned"), 0, NULL},
        {SG_SLICE_LITERAL("cycle_count"), SG_SLICE_LITERAL("bigint(21)"), 0, NULL},
    };
    enum sg_ddl_outcome outcome;
    if (ddl->temporary || !may_create(run, ddl, &outcome))
        return ddl->temporary ? SG_DDL_UNTOUCHED : outcome;
    const struct sg_table_spec spec = {.database = database_of(run, &ddl->names->name.database),
                                       .name = ddl->names->name.name.text,
                                       .kind = SG_TABLE_SEQUENCE,
                                       .columns = COLUMNS,
                                       .column_count = sizeof COLUMNS / sizeof COLUMNS[0]};
    if (sg_schema_builder_put(run->builder, &spec, NULL, NULL) != SG_OK)
        return refuse(run, "memory is out", NULL);
    return SG_DDL_DONE;
}

/* --- views --------------------------------------------------------------------------------- */

/* A JSON duality view has one column, whatever it selects. */
static bool is_duality(const struct sg_query *query)
{
    const struct sg_query_term *body = query->body;
    const struct sg_select_item *item =
        body && body->kind == SG_TERM_SELECT ? body->select->items : NULL;
    return item && item->kind == SG_ITEM_EXPR && item->expr->kind == SG_EXPR_CALL &&
           item->expr->call.function == SG_FUNCTION_JSON_DUALITY_OBJECT;
}

/* Error 1166 would be a name of more than 64 letters or with a blank at its end; where an
 * expression makes one the server takes Name_exp_ and the column's number. */
static struct sg_slice view_column_name(const struct sg_ddl_run *run, struct sg_slice name,
                                        size_t number)
{
    size_t letters = 0;
    for (size_t i = 0; i < name.size; i++)
        letters += ((unsigned char)name.data[i] & 0xC0) != 0x80;
    if (letters <= VIEW_NAME_LETTERS && (name.size == 0 || name.data[name.size - 1] != ' '))
        return name;
    char *made = sg_arena_alloc(run->arena, 32);
    if (!made)
        return name;
    return sg_slice_make(made, (size_t)snprintf(made, 32, "Name_exp_%zu", number));
}

static bool view_columns(struct sg_ddl_run *run, const struct sg_ddl *ddl,
                         struct sg_table_spec *spec)
{
    const struct sg_column_spec *selected = NULL;
    size_t count = 0;
    size_t named = 0;
    bool known = run->columns_of(run->columns_data, ddl->query, &selected, &count);
    for (const struct sg_name_item *it = ddl->columns; it; it = it->next)
        named++;
    if (!known || (named && named != count))
        return false;
    struct sg_column_spec *columns = sg_arena_array(run->arena, count + 1, sizeof *columns);
    if (!columns)
        return false;
    for (size_t i = 0; i < count; i++)
        columns[i] = (struct sg_column_spec){.name = view_column_name(run, selected[i].name, i + 1),
                                             .flags = SG_COLUMN_NULLABLE};
    size_t at = 0;
    for (const struct sg_name_item *it = ddl->columns; it; it = it->next)
        columns[at++].name = it->name.text;
    if (is_duality(ddl->query)) {
        columns[0].name = SG_SLICE_LITERAL("data");
        columns[0].type = SG_SLICE_LITERAL("json");
        count = 1;
    }
    spec->columns = columns;
    spec->column_count = count;
    return true;
}

static enum sg_ddl_outcome put_view(struct sg_ddl_run *run, const struct sg_ddl *ddl)
{
    struct sg_table_spec spec = {.database = database_of(run, &ddl->names->name.database),
                                 .name = ddl->names->name.name.text,
                                 .kind = SG_TABLE_VIEW,
                                 .knowledge = SG_KNOWN};
    if (!view_columns(run, ddl, &spec))
        spec.knowledge = SG_UNKNOWN;
    if (sg_schema_builder_put(run->builder, &spec, NULL, NULL) == SG_OK)
        return SG_DDL_DONE;
    spec.knowledge = SG_UNKNOWN; /* two columns that look alike to us */
    spec.column_count = 0;
    if (sg_schema_builder_put(run->builder, &spec, NULL, NULL) == SG_OK)
        return SG_DDL_DONE;
    return refuse(run, "memory is out", NULL);
}

static enum sg_ddl_outcome create_view(struct sg_ddl_run *run, const struct sg_ddl *ddl)
{
    enum sg_ddl_outcome outcome;
    return may_create(run, ddl, &outcome) ? put_view(run, ddl) : outcome;
}

static enum sg_ddl_outcome alter_view(struct sg_ddl_run *run, const struct sg_ddl *ddl)
{
    const struct sg_table *there;
    enum sg_presence presence = find(run, &ddl->names->name, &there);
    if (presence == SG_ABSENT || (there && there->kind != SG_TABLE_VIEW))
        return refuse(run, "there is no such view", &ddl->names->name.name);
    run->removes = true;
    return put_view(run, ddl);
}

/* --- ALTER TABLE --------------------------------------------------------------------------- */

/* Another column's expression speaks of it, and that one is neither dropped with it (before: it is
 * gone by now) nor changed. */
static bool is_generated_from(const struct sg_draft *draft, const struct sg_alter_item *item,
                              struct sg_slice column)
{
    for (size_t i = 0; i < draft->count; i++) {
        const struct sg_column_spec *spec = &draft->columns[i].spec;
        bool changes =
            !spec->detail || !sg_ddl_detail_speaks_of(&draft->detail, spec->detail, column);
        for (const struct sg_alter_item *it = item->next; !changes && it; it = it->next)
            changes =
                same(draft->run, it->columns ? it->columns->name.text : it->name.text, spec->name);
        if (!changes)
            return true;
    }
    return false;
}

static bool drop_one(struct sg_draft *draft, const struct sg_alter_item *item)
{
    struct sg_table_key *key;
    size_t at;
    if (item->kind == SG_ALTER_DROP_COLUMN) {
        at = sg_draft_find_column(draft, item->name.text);
        if (at == draft->count)
            return item->if_exists;
        if (sg_ddl_detail_is_referenced(&draft->detail, draft->columns[at].spec.name) ||
            is_generated_from(draft, item, draft->columns[at].spec.name))
            return false;
        sg_draft_change_in_keys(draft, draft->columns[at].spec.name, SG_SLICE_EMPTY);
        sg_draft_take_out(draft, at);
        draft->run->removes = true;
    } else if (item->kind == SG_ALTER_DROP_KEY || item->kind == SG_ALTER_DROP_CONSTRAINT) {
        bool primary = !sg_name_is_set(&item->name) ||
                       sg_fold_equal(item->name.text, SG_SLICE_LITERAL("PRIMARY"));
        struct sg_slice name = primary ? SG_SLICE_EMPTY : item->name.text;
        bool is_key = primary || item->kind == SG_ALTER_DROP_KEY;
        if (is_key ? !sg_ddl_detail_has_key(&draft->detail, name)
                   : !sg_ddl_detail_has_constraint(&draft->detail, name))
            return item->if_exists;
        key = sg_draft_find_key(draft, item->name.text, primary);
        if (key)
            sg_draft_remove_key(draft, key);
        if (primary || item->kind == SG_ALTER_DROP_KEY)
            sg_ddl_detail_drop_key(&draft->detail, primary ? SG_SLICE_EMPTY : item->name.text);
        else
            sg_ddl_detail_drop_constraint(&draft->detail, item->name.text);
    }
    return true;
}

/* What only touches keys, constraints and the table itself. */
static bool change_keys(struct sg_draft *draft, const struct sg_alter_item *item)
{
    if (item->kind == SG_ALTER_RENAME_KEY &&
        !sg_ddl_detail_has_key(&draft->detail, item->name.text))
        return item->if_exists;
    if (item->kind == SG_ALTER_RENAME_KEY)
        sg_ddl_detail_rename_key(&draft->detail, item->name.text, item->new_name.text);
    else if (item->kind == SG_ALTER_KEY_STATE)
        sg_ddl_detail_key_state(&draft->detail, item->name.text, item->invisible);
    else if (item->kind == SG_ALTER_CHECK_STATE)
        sg_ddl_detail_check_state(&draft->detail, item->name.text, item->not_enforced);
    else if (item->options)
        sg_ddl_detail_options(&draft->detail, item->options);
    return true;
}

/* Other tables' foreign keys, and expressions over the column. */
static void follow_column(struct sg_draft *draft, struct sg_slice from, struct sg_slice to)
{
    if (sg_slice_equal(from, to))
        return;
    sg_ddl_detail_follow(draft->run, draft->table.database, draft->table.name,
                         draft->table.database, draft->table.name, from, to);
    for (size_t i = 0; i < draft->count; i++)
        draft->columns[i].spec.detail =
            sg_ddl_detail_rename_in(&draft->detail, draft->columns[i].spec.detail, from, to);
}

static bool may_rename(const struct sg_draft *draft, struct sg_slice from, struct sg_slice to)
{
    if (same(draft->run, from, to))
        return true;
    for (size_t i = 0; i < draft->count; i++) {
        const struct sg_column_detail *detail = draft->columns[i].spec.detail;
        if (detail && sg_ddl_detail_is_bound(&draft->detail, detail, from))
            return false;
    }
    return !sg_ddl_detail_is_bound(&draft->detail, NULL, from);
}

/* CHANGE, MODIFY without a position, and what only touches a column. */
static bool change_one(struct sg_draft *draft, const struct sg_alter_item *item)
{
    const struct sg_column_def *def = item->columns;
    bool changes = item->kind == SG_ALTER_CHANGE_COLUMN;
    bool modifies = item->kind == SG_ALTER_MODIFY_COLUMN;
    bool renames = item->kind == SG_ALTER_RENAME_COLUMN;
    bool sets_default = item->kind == SG_ALTER_SET_DEFAULT;
    if (!changes && !modifies && !renames && !sets_default && item->kind != SG_ALTER_SET_VISIBILITY)
        return change_keys(draft, item);
    size_t at = sg_draft_find_old(draft, modifies && def ? def->name.text : item->name.text);
    if (at == draft->count)
        return item->if_exists;
    struct sg_draft_column *column = &draft->columns[at];
    if (column->is_changed)
        return false; /* MODIFY a, ALTER a SET DEFAULT 1: error 1054 */
    column->is_changed = true;
    if (def && sg_ddl_is_virtual(column->spec.detail) !=
                   ((def->generated != NULL) && !(def->flags & SG_OPTION_STORED)))
        return false; /* errors 3106, 1907 */
    if (changes || renames)
        draft->run->removes = true;
    if (def && !draft->run->ignores_foreign_keys &&
        sg_ddl_detail_is_referenced(&draft->detail, column->spec.name) &&
        !sg_slice_equal(column->spec.type,
                        sg_column_type(def->type, draft->run->context->server, draft->run->arena)))
        return false; /* errors 3780, 1833 and their like */
    if ((def || renames) &&
        !may_rename(draft, column->spec.name, renames ? item->new_name.text : def->name.text))
        return false;
    if (def) {
        struct sg_slice old = sg_arena_copy(draft->run->arena, column->spec.name);
        sg_ddl_detail_redefine(&draft->detail, column->spec.name);
        sg_draft_change_in_keys(draft, column->spec.name, def->name.text);
        follow_column(draft, old, def->name.text);
        column->spec = sg_draft_column(draft->run, def);
        column->says_null = (def->flags & SG_OPTION_NULL) != 0;
        sg_draft_add_column_key(draft, def);
    } else if (renames) {
        struct sg_slice old = sg_arena_copy(draft->run->arena, column->spec.name);
        sg_draft_change_in_keys(draft, column->spec.name, item->new_name.text);
        follow_column(draft, old, item->new_name.text);
        column->spec.name = item->new_name.text;
    } else if (sets_default) {
        column->spec.detail = sg_ddl_default_detail(draft->run, &column->spec, item->value);
    } else {
        column->spec.flags &= ~(uint32_t)SG_COLUMN_INVISIBLE;
        column->spec.flags |= item->invisible ? SG_COLUMN_INVISIBLE : 0;
    }
    return true;
}

/* MySQL keeps a generated primary key before all others. */
static bool begins_with_generated_key(const struct sg_draft *draft)
{
    return draft->count > 0 && !is_mariadb(draft->run) &&
           (draft->columns[0].spec.flags & SG_COLUMN_INVISIBLE) &&
           sg_fold_equal(draft->columns[0].spec.name, SG_SLICE_LITERAL("my_row_id"));
}

/* Where FIRST or AFTER puts a column; count + 1 when AFTER names none. */
static size_t position_of(const struct sg_draft *draft, const struct sg_column_def *def)
{
    if (def->first)
        return begins_with_generated_key(draft) ? 1 : 0;
    if (!sg_name_is_set(&def->after))
        return draft->count;
    size_t at = sg_draft_find_column(draft, def->after.text);
    return at + 1;
}

static bool move_one(struct sg_draft *draft, const struct sg_column_def *def)
{
    size_t from = sg_draft_find_column(draft, def->name.text);
    if ((!def->first && !sg_name_is_set(&def->after)) || from == draft->count)
        return true;
    struct sg_draft_column column = draft->columns[from];
    sg_draft_take_out(draft, from);
    size_t to = position_of(draft, def);
    if (to > draft->count)
        return false;
    sg_draft_insert(draft, to, column);
    return true;
}

static bool add_one(struct sg_draft *draft, const struct sg_alter_item *item)
{
    for (const struct sg_column_def *def = item->columns; def; def = def->next) {
        if (item->kind != SG_ALTER_ADD_COLUMNS) {
            if (!move_one(draft, def))
                return false;
            continue;
        }
        size_t at = position_of(draft, def);
        bool is_there = sg_draft_find_column(draft, def->name.text) < draft->count;
        if (is_there && item->if_exists)
            continue;
        if (is_there || at > draft->count)
            return false;
        sg_draft_define_column(draft, def, at);
    }
    if (item->kind == SG_ALTER_DROP_VERSIONING) {
        draft->table.kind = SG_TABLE_BASE;
        draft->has_period_columns = false;
        draft->run->removes = true;
    }
    sg_draft_define_period(draft, &item->period_start, &item->period_end);
    sg_ddl_detail_period(&draft->detail, &item->period, &item->period_start, &item->period_end);
    if (item->kind == SG_ALTER_ADD_VERSIONING)
        draft->table.kind = SG_TABLE_VERSIONED;
    return true;
}

/* Errors 3818 and 1901: over an AUTO_INCREMENT column. */
static bool has_wrong_check(const struct sg_draft *draft, const struct sg_check *check)
{
    for (; check; check = check->next) {
        for (size_t i = 0; i < draft->count; i++) {
            const struct sg_column_spec *spec = &draft->columns[i].spec;
            if (spec->detail && spec->detail->auto_increment &&
                sg_ddl_detail_check_names(&draft->detail, check, spec->name))
                return true;
        }
    }
    return false;
}

/* After all columns have come. */
static bool add_keys_of(struct sg_draft *draft, const struct sg_alter_item *item)
{
    for (const struct sg_key_def *key = item->key; key; key = key->next) {
        if (!sg_draft_has_key_columns(draft, key) || sg_ddl_detail_objection(&draft->detail, key))
            return item->if_exists;
        sg_draft_add_key(draft, key);
    }
    if (has_wrong_check(draft, item->check))
        return false;
    sg_ddl_detail_checks(&draft->detail, item->check);
    return true;
}

static bool run_items(struct sg_draft *draft, const struct sg_alter_item *items,
                      bool (*step)(struct sg_draft *, const struct sg_alter_item *),
                      const struct sg_alter_item **failed_out)
{
    for (; items; items = items->next) {
        if (!step(draft, items)) {
            *failed_out = items;
            return false;
        }
    }
    return true;
}

/* What was renamed is found by its old name; two may have changed places. */
static bool has_twins(const struct sg_draft *draft)
{
    for (size_t i = 0; i < draft->count; i++) {
        for (size_t k = i + 1; k < draft->count && draft->columns[i].old_name.size; k++) {
            if (same(draft->run, draft->columns[i].spec.name, draft->columns[k].spec.name))
                return true;
        }
    }
    return false;
}

static const struct sg_alter_item *new_name_of(const struct sg_ddl *ddl)
{
    const struct sg_alter_item *found = NULL;
    for (const struct sg_alter_item *it = ddl->alter; it; it = it->next) {
        if (it->kind == SG_ALTER_RENAME_TABLE)
            found = it;
    }
    return found;
}

/* MariaDB: CONVERT PARTITION p TO TABLE t makes a table of the same columns: those that `name` has
 * now, since what the draft borrowed went with the table it was opened from. */
static void split_off(struct sg_ddl_run *run, const struct sg_qualified_name *name,
                      const struct sg_alter_item *items)
{
    const struct sg_table *table;
    for (; items; items = items->next) {
        if (items->kind != SG_ALTER_OTHER || !sg_name_is_set(&items->table.name) ||
            find(run, name, &table) != SG_PRESENT)
            continue;
        struct sg_draft made = {.run = run};
        sg_draft_open(&made, table);
        made.table.database = database_of(run, &items->table.database);
        made.table.name = items->table.name.text;
        (void)put_draft(&made);
    }
}

static enum sg_ddl_outcome rename_to(struct sg_ddl_run *run, const struct sg_table *table,
                                     struct sg_slice database, const struct sg_name *name);

/* In the servers' order, whatever that of the items. NULL, or what is wrong. */
static const char *change_table(struct sg_draft *draft, const struct sg_alter_item *items,
                                const struct sg_alter_item **failed_out)
{
    static const char NAME[] = "a column that it names is not there, or is there already";
    if (!run_items(draft, items, drop_one, failed_out))
        return NAME;
    if (!sg_ddl_detail_drop_checks(&draft->detail, items))
        return "a check needs a column that is dropped";
    if (!run_items(draft, items, change_one, failed_out) ||
        !run_items(draft, items, add_one, failed_out) ||
        !run_items(draft, items, add_keys_of, failed_out))
        return NAME;
    return draft->count == 0 || has_twins(draft) ? "it leaves no columns, or two of one name"
                                                 : NULL;
}

static enum sg_ddl_outcome alter_table(struct sg_ddl_run *run, const struct sg_ddl *ddl)
{
    const struct sg_table *table;
    const struct sg_alter_item *failed = NULL;
    const struct sg_qualified_name *name = &ddl->names->name;
    if (is_temporary(run, name))
        return SG_DDL_UNTOUCHED;
    enum sg_presence presence = find(run, name, &table);
    if (presence != SG_PRESENT)
        return presence == SG_PRESENCE_UNKNOWN || ddl->if_exists
                   ? SG_DDL_UNTOUCHED
                   : refuse(run, "there is no such table", &name->name);
    if (table->kind == SG_TABLE_VIEW)
        return refuse(run, "it is a view", &name->name);
    struct sg_draft draft = {.run = run};
    sg_draft_open(&draft, table);
    bool known = table->knowledge == SG_KNOWN;
    const char *wrong = known ? change_table(&draft, ddl->alter, &failed) : NULL;
    if (wrong)
        return refuse(run, wrong,
                      failed && sg_name_is_set(&failed->name) ? &failed->name : &name->name);
    const struct sg_alter_item *renamed = new_name_of(ddl);
    if (known) {
        enum sg_ddl_outcome outcome = put_draft(&draft);
        if (outcome != SG_DDL_DONE)
            return outcome;
        split_off(run, name, ddl->alter);
    }
    if (!renamed)
        return SG_DDL_DONE;
    (void)find(run, name, &table);
    return rename_to(run, table, database_of(run, &renamed->table.database), &renamed->table.name);
}

static enum sg_ddl_outcome change_index(struct sg_ddl_run *run, const struct sg_ddl *ddl)
{
    const struct sg_table *table;
    struct sg_draft draft = {.run = run};
    if (is_temporary(run, &ddl->names->name) || find(run, &ddl->names->name, &table) != SG_PRESENT)
        return SG_DDL_UNTOUCHED;
    if (table->knowledge == SG_UNKNOWN || table->kind == SG_TABLE_VIEW)
        return SG_DDL_UNTOUCHED;
    sg_draft_open(&draft, table);
    if (ddl->action == SG_DDL_CREATE) {
        struct sg_key_def key = *ddl->key;
        key.name = ddl->index;
        if (!sg_draft_has_key_columns(&draft, &key))
            return refuse(run, "a key over a column that is not there", &ddl->index);
        const char *objection = sg_ddl_detail_objection(&draft.detail, &key);
        if (objection)
            return ddl->if_exists ? SG_DDL_UNTOUCHED : refuse(run, objection, &ddl->index);
        sg_draft_add_key(&draft, &key);
    } else {
        bool primary = sg_fold_equal(ddl->index.text, SG_SLICE_LITERAL("PRIMARY"));
        struct sg_table_key *key = sg_draft_find_key(&draft, ddl->index.text, primary);
        if (!sg_ddl_detail_has_key(&draft.detail, primary ? SG_SLICE_EMPTY : ddl->index.text))
            return ddl->if_exists ? SG_DDL_UNTOUCHED
                                  : refuse(run, "there is no such key", &ddl->index);
        if (key)
            sg_draft_remove_key(&draft, key);
        sg_ddl_detail_drop_key(&draft.detail, primary ? SG_SLICE_EMPTY : ddl->index.text);
    }
    return put_draft(&draft);
}

/* --- RENAME, DROP -------------------------------------------------------------------------- */

static void move(struct sg_ddl_run *run, const struct sg_table *table, struct sg_slice database,
                 struct sg_slice name)
{
    struct sg_draft draft = {.run = run};
    const struct sg_qualified_name to = {.database = {.text = database, .size = 1},
                                         .name = {.text = name, .size = 1}};
    const struct sg_table *made;
    struct sg_slice old_database = sg_arena_copy(run->arena, table->database);
    struct sg_slice old_name = sg_arena_copy(run->arena, table->name);
    const struct sg_qualified_name from = {.database = {.text = old_database, .size = 1},
                                           .name = {.text = old_name, .size = 1}};
    sg_draft_open(&draft, table);
    draft.table.database = database;
    draft.table.name = name;
    sg_ddl_detail_rename_table(&draft.detail, name);
    run->removes = true;
    sg_ddl_detail_follow(run, old_database, old_name, database, name, SG_SLICE_EMPTY,
                         SG_SLICE_EMPTY);
    if (put_draft(&draft) != SG_DDL_DONE)
        return;
    /* only its letter case may have changed: then it is the same table still */
    if (find(run, &to, &made) == SG_PRESENT && find(run, &from, &table) == SG_PRESENT &&
        table != made)
        sg_schema_builder_remove_table(run->builder, old_database, old_name);
}

static enum sg_ddl_outcome rename_to(struct sg_ddl_run *run, const struct sg_table *table,
                                     struct sg_slice database, const struct sg_name *name)
{
    const struct sg_table *there = NULL;
    enum sg_presence presence =
        sg_schema_find_table(sg_schema_builder_peek(run->builder), database, name->text, &there);
    if (presence == SG_PRESENT && there != table)
        return refuse(run, "the new name is taken", name);
    move(run, table, database, name->text);
    return SG_DDL_DONE;
}

/* All or none: what was renamed before the one that fails gets its name back. */
static enum sg_ddl_outcome rename_from(struct sg_ddl_run *run, const struct sg_qualified_item *item)
{
    const struct sg_table *table;
    if (!item)
        return SG_DDL_DONE;
    if (is_temporary(run, &item->name))
        return rename_from(run, item->next);
    enum sg_presence presence = find(run, &item->name, &table);
    if (presence == SG_ABSENT)
        return refuse(run, "there is no such table", &item->name.name);
    if (presence == SG_PRESENCE_UNKNOWN)
        return rename_from(run, item->next);
    struct sg_slice database = database_of(run, &item->new_name_database);
    enum sg_ddl_outcome outcome = rename_to(run, table, database, &item->new_name);
    if (outcome != SG_DDL_DONE)
        return outcome;
    outcome = rename_from(run, item->next);
    const struct sg_qualified_name now = {.database = {.text = database, .size = 1},
                                          .name = item->new_name};
    if (outcome == SG_DDL_REFUSED && find(run, &now, &table) == SG_PRESENT)
        move(run, table, database_of(run, &item->name.database), item->name.name.text);
    return outcome;
}

static bool fits_object(const struct sg_table *table, enum sg_ddl_object object)
{
    switch (table->kind) {
    case SG_TABLE_VIEW:
        return object == SG_OBJECT_VIEW;
    case SG_TABLE_SEQUENCE:
        return object == SG_OBJECT_SEQUENCE || object == SG_OBJECT_TABLE;
    case SG_TABLE_BASE:
    case SG_TABLE_VERSIONED:
    case SG_TABLE_SYSTEM_VIEW:
        return object == SG_OBJECT_TABLE;
    }
    return false;
}

/* By a foreign key of a table that is not dropped with it. (What holds several is let go.) */
static bool is_held(const struct sg_ddl_run *run, const struct sg_qualified_item *names,
                    struct sg_slice database, struct sg_slice name)
{
    return !names->next && sg_ddl_is_referenced(run, database, name);
}

/* MySQL drops all or none; MariaDB drops what is there and reports the rest. */
static enum sg_ddl_outcome drop_tables(struct sg_ddl_run *run, const struct sg_ddl *ddl)
{
    const struct sg_table *table;
    enum sg_ddl_outcome outcome = SG_DDL_UNTOUCHED;
    if (ddl->temporary)
        return SG_DDL_UNTOUCHED;
    for (const struct sg_qualified_item *it = ddl->names; it; it = it->next) {
        bool there = find(run, &it->name, &table) == SG_PRESENT;
        if (!is_mariadb(run) && !ddl->if_exists && !is_temporary(run, &it->name) &&
            (there ? !fits_object(table, ddl->object) : find(run, &it->name, &table) == SG_ABSENT))
            return refuse(run, "one of them is not there", &it->name.name);
    }
    for (const struct sg_qualified_item *it = ddl->names; it; it = it->next) {
        if (is_temporary(run, &it->name) || find(run, &it->name, &table) != SG_PRESENT ||
            !fits_object(table, ddl->object))
            continue;
        if (ddl->object == SG_OBJECT_TABLE &&
            is_held(run, ddl->names, database_of(run, &it->name.database), it->name.name.text)) {
            outcome = refuse(run, "another table's foreign key points at it", &it->name.name);
            continue;
        }
        sg_schema_builder_remove_table(run->builder, database_of(run, &it->name.database),
                                       it->name.name.text);
        run->removes = true;
        outcome = SG_DDL_DONE;
    }
    return outcome;
}

static enum sg_ddl_outcome change_database(struct sg_ddl_run *run, const struct sg_ddl *ddl)
{
    const struct sg_schema *schema = sg_schema_builder_peek(run->builder);
    struct sg_slice name = ddl->names ? ddl->names->name.name.text : SG_SLICE_EMPTY;
    if (name.size == 0 || (ddl->action != SG_DDL_CREATE && ddl->action != SG_DDL_DROP))
        return SG_DDL_UNTOUCHED;
    enum sg_presence presence = sg_schema_find_database(schema, name);
    bool drops = ddl->action == SG_DDL_DROP || (ddl->or_replace && presence == SG_PRESENT);
    if (drops && presence == SG_PRESENT) {
        sg_schema_builder_remove_database(run->builder, name);
        run->removes = true;
    }
    if (ddl->action == SG_DDL_DROP)
        return presence == SG_PRESENT                     ? SG_DDL_DONE
               : presence == SG_ABSENT && !ddl->if_exists ? refuse(run, "it is not there", NULL)
                                                          : SG_DDL_UNTOUCHED;
    if (presence == SG_PRESENT && !drops)
        return ddl->if_exists ? SG_DDL_UNTOUCHED : refuse(run, "it exists already", NULL);
    if (sg_schema_builder_database(run->builder, name, true, NULL) != SG_OK)
        return refuse(run, "memory is out", NULL);
    return SG_DDL_DONE;
}

/* --- the door ------------------------------------------------------------------------------ */

static enum sg_ddl_outcome create(struct sg_ddl_run *run, const struct sg_ddl *ddl)
{
    switch (ddl->object) {
    case SG_OBJECT_TABLE:
        return create_table(run, ddl);
    case SG_OBJECT_VIEW:
        return create_view(run, ddl);
    case SG_OBJECT_SEQUENCE:
        return create_sequence(run, ddl);
    case SG_OBJECT_INDEX:
        return change_index(run, ddl);
    default:
        return SG_DDL_UNTOUCHED;
    }
}

enum sg_ddl_outcome sg_ddl_apply(struct sg_ddl_run *run, const struct sg_ddl *ddl)
{
    run->refusal = NULL;
    run->refusal_offset = 0;
    if (ddl->object == SG_OBJECT_DATABASE)
        return change_database(run, ddl);
    if (!ddl->names || ddl->object == SG_OBJECT_OTHER)
        return SG_DDL_UNTOUCHED;
    switch (ddl->action) {
    case SG_DDL_CREATE:
        return create(run, ddl);
    case SG_DDL_ALTER:
        if (ddl->object == SG_OBJECT_TABLE)
            return alter_table(run, ddl);
        return ddl->object == SG_OBJECT_VIEW ? alter_view(run, ddl) : SG_DDL_UNTOUCHED;
    case SG_DDL_RENAME:
        return rename_from(run, ddl->names);
    case SG_DDL_DROP:
        if (ddl->object == SG_OBJECT_INDEX)
            return change_index(run, ddl);
        if (ddl->object == SG_OBJECT_TABLE || ddl->object == SG_OBJECT_VIEW ||
            ddl->object == SG_OBJECT_SEQUENCE)
            return drop_tables(run, ddl);
        return SG_DDL_UNTOUCHED;
    case SG_DDL_TRUNCATE:
        return SG_DDL_UNTOUCHED;
    }
    return SG_DDL_UNTOUCHED;
}
