/* A column's details as DDL defines them; see ddl_detail.h. */
#include "schema/column_type.h"
#include "schema/ddl_detail_private.h"
#include "schema/detail.h"
#include "schema/expression.h"
#include "schema/fold.h"
#include "sql/lex.h"

static bool is_mariadb(const struct sg_ddl_run *run)
{
    return run->context->server->flavour == SG_FLAVOUR_MARIADB;
}

static struct sg_arena *arena_of(const struct sg_ddl_run *run)
{
    return sg_schema_builder_arena(run->builder);
}

/* --- expressions --------------------------------------------------------------------------- */

static struct sg_slice source_of(const struct sg_ddl_run *run, const struct sg_expr *expr)
{
    if (expr->offset + expr->size > run->text.size)
        return SG_SLICE_EMPTY;
    return sg_slice_make(run->text.data + expr->offset, expr->size);
}

struct sg_slice sg_ddl_canonical(const struct sg_ddl_run *run, const struct sg_expr *expr)
{
    return sg_arena_copy(arena_of(run),
                         sg_expression_canonical(source_of(run, expr), run->context->server,
                                                 run->context->sql_mode, run->arena));
}

/* --- columns ------------------------------------------------------------------------------- */

/* The character set and collation in "varchar(20) character set latin1 collate latin1_bin". */
static struct sg_slice collation_of(const struct sg_ddl_run *run, const struct sg_column_def *def)
{
    struct sg_lexer lexer;
    struct sg_token token;
    struct sg_slice charset = SG_SLICE_EMPTY;
    struct sg_slice collation = def->collation;
    sg_lex_init(&lexer, def->type, run->context);
    sg_lex_next(&lexer, &token);
    enum sg_word before = SG_NO_WORD;
    while (token.kind != SG_TOKEN_END && token.kind != SG_TOKEN_ERROR) {
        bool is_charset = before == SG_WORD_CHARSET || before == SG_WORD_SET;
        if (is_charset && token.kind != SG_TOKEN_LEFT_PAREN)
            charset = sg_lex_value(&lexer, &token, run->arena);
        if (before == SG_WORD_COLLATE && collation.size == 0)
            collation = sg_lex_value(&lexer, &token, run->arena);
        before = (enum sg_word)token.word;
        sg_lex_next(&lexer, &token);
    }
    if (collation.size == 0)
        collation = charset;
    return sg_detail_collation(collation, run->context->server, arena_of(run));
}

static void read_default(const struct sg_ddl_run *run, struct sg_column_detail *detail,
                         const struct sg_expr *value, struct sg_slice type)
{
    if (value)
        sg_detail_default(detail, sg_ddl_canonical(run, value), type, arena_of(run));
}

static struct sg_slice plain_type(const struct sg_ddl_run *run, struct sg_slice type)
{
    const struct sg_column column = {.type = type};
    return sg_column_canonical_type(&column, run->arena);
}

/* MariaDB: JSON is a longtext under this check, and dumps write it so. */
bool sg_ddl_is_json_check(const struct sg_ddl_run *run, const struct sg_check *check,
                          struct sg_slice column)
{
    static const char BEFORE[] = "json_valid(`";
    struct sg_slice text = sg_ddl_canonical(run, check->expr);
    size_t size = sizeof BEFORE - 1;
    return is_mariadb(run) && text.size == size + column.size + 2 &&
           memcmp(text.data, BEFORE, size) == 0 &&
           sg_fold_equal(sg_slice_make(text.data + size, column.size), column);
}

bool sg_ddl_is_json(const struct sg_ddl_run *run, const struct sg_column_def *def)
{
    if (sg_fold_equal(def->type_word, SG_SLICE_LITERAL("json")))
        return true;
    for (const struct sg_check *check = def->checks; check; check = check->next) {
        if (sg_fold_equal(def->type_word, SG_SLICE_LITERAL("longtext")) &&
            sg_ddl_is_json_check(run, check, def->name.text))
            return true;
    }
    return false;
}

const struct sg_column_detail *sg_ddl_column_detail(const struct sg_ddl_run *run,
                                                    const struct sg_column_def *def,
                                                    struct sg_slice type, uint32_t *flags_out)
{
    struct sg_arena *arena = arena_of(run);
    struct sg_column_detail *detail = sg_arena_alloc(arena, sizeof *detail);
    if (!detail)
        return NULL;
    bool json = sg_ddl_is_json(run, def);
    if (json && is_mariadb(run))
        *flags_out |= SG_COLUMN_JSON;
    detail->auto_increment = (def->flags & (SG_OPTION_AUTO_INCREMENT | SG_OPTION_SERIAL)) != 0;
    detail->unversioned = (def->flags & SG_OPTION_UNVERSIONED) != 0;
    detail->stored = (def->flags & SG_OPTION_STORED) != 0;
    detail->comment = sg_arena_copy(arena, def->comment);
    read_default(run, detail, def->default_value, plain_type(run, type));
    if (def->on_update)
        detail->on_update = sg_ddl_canonical(run, def->on_update);
    if (def->generated)
        detail->generated = sg_ddl_canonical(run, def->generated);
    if (def->flags & SG_OPTION_ROW_START)
        detail->generated = SG_SLICE_LITERAL("ROW START");
    if (def->flags & SG_OPTION_ROW_END)
        detail->generated = SG_SLICE_LITERAL("ROW END");
    if (!json)
        detail->collation = collation_of(run, def);
    if (sg_slice_equal(detail->collation, SG_SLICE_LITERAL("binary")))
        detail->collation = SG_SLICE_EMPTY; /* such a type is one of bytes */
    return detail;
}

const struct sg_column_detail *sg_ddl_default_detail(const struct sg_ddl_run *run,
                                                     const struct sg_column_spec *column,
                                                     const struct sg_expr *value)
{
    if (!column->detail)
        return NULL;
    struct sg_column_detail *detail = sg_arena_alloc(arena_of(run), sizeof *detail);
    if (!detail)
        return NULL;
    *detail = *column->detail;
    /* MariaDB keeps the two in one: DEFAULT CURRENT_TIMESTAMP takes ON UPDATE with it */
    if (is_mariadb(run) && detail->default_kind == SG_DEFAULT_EXPRESSION &&
        sg_slice_equal(detail->default_value, detail->on_update))
        detail->on_update = SG_SLICE_EMPTY;
    detail->default_kind = SG_DEFAULT_NONE;
    detail->default_value = SG_SLICE_EMPTY;
    read_default(run, detail, value, plain_type(run, column->type));
    return detail;
}
