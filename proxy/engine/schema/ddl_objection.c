/* What stands in DDL's way, as the servers see it: names that are taken, columns that something
 * else needs. Only looks; ddl.c decides.
 *
 * MySQL manual, "FOREIGN KEY Constraints", "CHECK Constraints", "ALTER TABLE and Generated
 * Columns".
 */
#include "schema/ddl_objection.h"

#include "schema/ddl_detail_private.h"
#include "schema/fold.h"

/* --- keys ---------------------------------------------------------------------------------- */

static bool repeats_column(const struct sg_key_part *part)
{
    for (; part; part = part->next) {
        for (const struct sg_key_part *other = part->next; other; other = other->next) {
            if (sg_name_is_set(&part->column) && sg_name_is_set(&other->column) &&
                sg_fold_equal(part->column.text, other->column.text))
                return true;
        }
    }
    return false;
}

static const char *object_to_foreign_key(const struct sg_ddl_detail *d,
                                         const struct sg_key_def *key)
{
    const struct sg_table *other;
    const struct sg_qualified_name *name = &key->references->table;
    struct sg_slice database = sg_name_is_set(&name->database) ? name->database.text : d->database;
    if (sg_name_is_set(&key->name) && key->is_constraint)
        for (size_t i = 0; i < d->base.foreign_key_count; i++) {
            if (sg_fold_equal(d->foreign_keys[i].name, key->name.text))
                return "a foreign key of that name is there already";
        }
    bool own = sg_slice_equal(database, d->database) && sg_slice_equal(name->name.text, d->table);
    if (!own && !d->run->ignores_foreign_keys &&
        sg_schema_find_table(sg_schema_builder_peek(d->run->builder), database, name->name.text,
                             &other) == SG_ABSENT)
        return "a foreign key to a table that is not there";
    return NULL;
}

const char *sg_ddl_detail_objection(const struct sg_ddl_detail *d, const struct sg_key_def *key)
{
    if (!d->known)
        return NULL;
    if (repeats_column(key->parts))
        return "a key over one column twice";
    if (key->kind == SG_KEY_FOREIGN)
        return object_to_foreign_key(d, key);
    if (key->kind == SG_KEY_PRIMARY)
        return sg_ddl_find_index(d, SG_SLICE_LITERAL("PRIMARY")) ? "a second primary key" : NULL;
    const struct sg_index *there =
        sg_name_is_set(&key->name) ? sg_ddl_find_index(d, key->name.text) : NULL;
    return there && !there->implied ? "a key of that name is there already" : NULL;
}

/* --- expressions --------------------------------------------------------------------------- */

bool sg_ddl_detail_is_bound(const struct sg_ddl_detail *d, const struct sg_column_detail *detail,
                            struct sg_slice column)
{
    if (d->run->context->server->flavour == SG_FLAVOUR_MARIADB)
        return false;
    for (size_t i = 0; !detail && i < d->base.check_count; i++) {
        if (sg_ddl_mentions(d, d->checks[i].expression, column))
            return true;
    }
    return detail && detail->generated.size && sg_ddl_mentions(d, detail->generated, column);
}

bool sg_ddl_detail_speaks_of(const struct sg_ddl_detail *d,
                             const struct sg_column_detail *generated, struct sg_slice column)
{
    return d->known && generated->generated.size &&
           sg_ddl_mentions(d, generated->generated, column);
}

bool sg_ddl_is_virtual(const struct sg_column_detail *detail)
{
    static const char PERIOD[] = "ROW ";
    bool is_period = detail && detail->generated.size >= sizeof PERIOD - 1 &&
                     memcmp(detail->generated.data, PERIOD, sizeof PERIOD - 1) == 0;
    return detail && detail->generated.size && !detail->stored && !is_period;
}

bool sg_ddl_detail_check_names(const struct sg_ddl_detail *d, const struct sg_check *check,
                               struct sg_slice column)
{
    return d->known && sg_ddl_mentions(d, sg_ddl_canonical(d->run, check->expr), column);
}

/* --- what is there, and who needs it ------------------------------------------------------- */

bool sg_ddl_detail_has_key(const struct sg_ddl_detail *d, struct sg_slice name)
{
    return !d->known || sg_ddl_find_index(d, name.size ? name : SG_SLICE_LITERAL("PRIMARY"));
}

bool sg_ddl_detail_has_constraint(const struct sg_ddl_detail *d, struct sg_slice name)
{
    for (size_t i = 0; i < d->base.foreign_key_count; i++) {
        if (sg_fold_equal(d->foreign_keys[i].name, name))
            return true;
    }
    return sg_ddl_has_check(d, name) || sg_ddl_detail_has_key(d, name);
}

/* Over all foreign keys to `table`, of others alone; `column` empty: any. */
static bool is_pointed_at(const struct sg_ddl_run *run, struct sg_slice database,
                          struct sg_slice table, struct sg_slice column)
{
    const struct sg_schema *schema = sg_schema_builder_peek(run->builder);
    for (size_t i = 0; i < sg_schema_table_count(schema); i++) {
        const struct sg_table *owner = sg_schema_table_at(schema, i);
        bool itself =
            sg_slice_equal(owner->database, database) && sg_slice_equal(owner->name, table);
        for (size_t k = 0; owner->detail && k < owner->detail->foreign_key_count; k++) {
            const struct sg_foreign_key *key = &owner->detail->foreign_keys[k];
            if (!sg_ddl_points_at(key, owner, database, table) || (itself && !column.size))
                continue;
            if (!column.size)
                return true;
            for (size_t at = 0; at < key->column_count; at++) {
                if (sg_fold_equal(key->others[at], column))
                    return true;
            }
        }
    }
    return false;
}

bool sg_ddl_is_referenced(const struct sg_ddl_run *run, struct sg_slice database,
                          struct sg_slice table)
{
    return !run->ignores_foreign_keys && is_pointed_at(run, database, table, SG_SLICE_EMPTY);
}

bool sg_ddl_detail_is_referenced(const struct sg_ddl_detail *d, struct sg_slice column)
{
    for (size_t i = 0; i < d->base.foreign_key_count; i++) {
        for (size_t k = 0; k < d->foreign_keys[i].column_count; k++) {
            if (sg_fold_equal(d->foreign_keys[i].columns[k], column))
                return true;
        }
    }
    return d->known && is_pointed_at(d->run, d->database, d->table, column);
}
