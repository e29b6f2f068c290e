/* The names that a select list gives: aliases, columns, and for other expressions their text.
 *
 * name-resolution page, "Derived tables, VALUES, TABLE, LATERAL": implicit names
 */
#include "resolve/resolver.h"

#include "schema/fold.h"
#include "sql/lex.h"

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct sg_slice skip_spaces(struct sg_slice text)
{
    while (text.size && is_space(text.data[0])) {
        text.data++;
        text.size--;
    }
    return text;
}

static struct sg_slice source_text(const struct sg_resolver *r, size_t offset, size_t size)
{
    if (offset > r->text.size || size > r->text.size - offset)
        return SG_SLICE_EMPTY;
    return sg_slice_make(r->text.data + offset, size);
}

/* A string names its column by its value: of several in a row MySQL takes the first. */
static struct sg_slice string_value(struct sg_resolver *r, struct sg_slice source)
{
    struct sg_lexer lexer;
    struct sg_token token;
    struct sg_slice value = SG_SLICE_EMPTY;
    sg_lex_init(&lexer, source, r->context);
    for (sg_lex_next(&lexer, &token); token.kind != SG_TOKEN_END && token.kind != SG_TOKEN_ERROR;
         sg_lex_next(&lexer, &token)) {
        if (token.kind != SG_TOKEN_STRING && token.kind != SG_TOKEN_NATIONAL_STRING)
            continue;
        struct sg_slice part = sg_lex_value(&lexer, &token, r->arena);
        if (value.size == 0) {
            value = part;
        } else {
            char *joined = sg_arena_alloc(r->arena, value.size + part.size);
            if (!joined)
                return value;
            memcpy(joined, value.data, value.size);
            if (part.size)
                memcpy(joined + value.size, part.data, part.size);
            value = sg_slice_make(joined, value.size + part.size);
        }
        if (!r->mariadb)
            break;
    }
    return skip_spaces(value);
}

/* `+column` is the column. */
static const struct sg_expr *without_plus(const struct sg_expr *expr)
{
    while (expr->kind == SG_EXPR_OPERATOR && expr->operator== SG_OP_PLUS)
        expr = expr->operation.operands;
    return expr;
}

static struct sg_slice skip_plus(struct sg_slice text)
{
    if (text.size && text.data[0] == '+') {
        text.data++;
        text.size--;
    }
    return skip_spaces(text);
}

struct sg_slice sg_implicit_name(struct sg_resolver *r, const struct sg_select_item *item)
{
    const struct sg_expr *expr = without_plus(item->expr);
    if (expr->kind == SG_EXPR_COLUMN)
        return expr->column.name.text;
    r->out->depends_on_text = true;
    struct sg_slice source = source_text(r, item->offset, item->size);
    for (const struct sg_expr *it = item->expr; it != expr; it = it->operation.operands)
        source = skip_plus(source);
    if (expr == item->expr && expr->kind == SG_EXPR_LITERAL &&
        expr->literal_kind == SG_LITERAL_STRING && expr->parentheses == 0)
        return string_value(r, source);
    return source;
}

/* MariaDB names the columns of VALUES by its first row. Literals that stand alone may have no node,
 * so the names are read from the text: up to each comma that is in no parentheses. */
uint32_t sg_row_names(struct sg_resolver *r, const struct sg_row *row, struct sg_column *columns)
{
    struct sg_lexer lexer;
    struct sg_token token;
    struct sg_slice source = source_text(r, row->offset, row->size);
    uint32_t count = 0;
    uint32_t depth = 0;
    uint32_t tokens = 0;
    uint32_t start = 0;
    uint32_t end = 0;
    bool is_string = false;

    r->out->depends_on_text = true;
    sg_lex_init(&lexer, source, r->context);
    for (sg_lex_next(&lexer, &token); token.kind != SG_TOKEN_END && token.kind != SG_TOKEN_ERROR;
         sg_lex_next(&lexer, &token)) {
        bool closes =
            depth == 1 && (token.kind == SG_TOKEN_COMMA || token.kind == SG_TOKEN_RIGHT_PAREN);
        if (closes && count < row->count) {
            struct sg_slice text = sg_slice_make(source.data + start, end - start);
            columns[count++].name = is_string && tokens == 1 ? string_value(r, text) : text;
            tokens = 0;
        }
        if (token.kind == SG_TOKEN_LEFT_PAREN && depth++ == 0)
            continue;
        if (token.kind == SG_TOKEN_RIGHT_PAREN && --depth == 0)
            break;
        if (closes)
            continue;
        start = tokens++ == 0 ? token.offset : start;
        end = sg_token_end(&token);
        is_string = token.kind == SG_TOKEN_STRING;
    }
    return count;
}

/* --- outputs of a block -------------------------------------------------------------------- */

struct output_list {
    struct sg_resolver *r;
    struct sg_block *block;
    uint32_t room;
};

static struct sg_output *add_output(struct output_list *list)
{
    struct sg_block *block = list->block;
    if (block->output_count == list->room) {
        uint32_t room = list->room ? list->room * 2 : 16;
        struct sg_output *grown = sg_arena_array(list->r->arena, room, sizeof *grown);
        if (!grown)
            return NULL;
        if (block->output_count)
            memcpy(grown, block->outputs, block->output_count * sizeof *grown);
        block->outputs = grown;
        list->room = room;
    }
    return &block->outputs[block->output_count++];
}

static void add_star(struct output_list *list, const struct sg_star *star,
                     const struct sg_select_item *item, uint32_t position)
{
    list->block->outputs_unknown = list->block->outputs_unknown || star->unknown;
    for (uint32_t i = 0; i < star->count; i++) {
        struct sg_output *output = add_output(list);
        if (!output)
            return;
        *output = (struct sg_output){
            .name = star->columns[i].column->name,
            .hash = star->columns[i].hash,
            .item = item,
            .relation = star->columns[i].relation,
            .column = star->columns[i].column->name,
            .position = position,
            .is_column = true,
        };
    }
}

static void add_table_star(struct output_list *list, const struct sg_select_item *item,
                           uint32_t position)
{
    struct sg_block *block = list->block;
    const struct sg_qualified_name *name = item->table;
    struct sg_star star;
    for (uint32_t i = 0; i < block->count; i++) {
        const struct sg_relation *relation = &block->relations[i];
        if (!sg_relation_is_named(list->r, relation, name->database.text, name->name.text))
            continue;
        sg_expand_table_star(list->r, relation, &star);
        add_star(list, &star, item, position);
        return;
    }
    block->outputs_unknown = true; /* an enclosing query's table, or none at all */
}

static void add_expression(struct output_list *list, const struct sg_select_item *item,
                           uint32_t position)
{
    struct sg_output *output = add_output(list);
    if (!output)
        return;
    const struct sg_expr *expr = without_plus(item->expr);
    struct sg_slice name = sg_name_is_set(&item->alias) ? skip_spaces(item->alias.text)
                                                        : sg_implicit_name(list->r, item);
    *output = (struct sg_output){
        .name = name,
        .hash = sg_fold_hash(name),
        .item = item,
        .position = position,
        .is_column = expr->kind == SG_EXPR_COLUMN,
        .aggregate = (expr->flags & SG_EXPR_AGGREGATE) != 0 && expr->kind == SG_EXPR_CALL,
    };
    if (expr->kind != SG_EXPR_COLUMN)
        return;
    struct sg_wanted wanted = {.name = expr->column.name.text,
                               .table = expr->column.table.text,
                               .database = expr->column.database.text,
                               .hash = sg_fold_hash(expr->column.name.text)};
    /* On MariaDB `_rowid` is known by the name that its column has. */
    if (sg_block_find(list->r, list->block, 0, list->block->count, &wanted) == SG_FOUND &&
        (!list->r->mariadb ||
         sg_table_find_hashed(wanted.relation_out->table, wanted.name, wanted.hash))) {
        output->relation = wanted.relation_out;
        output->column = wanted.name;
    }
}

void sg_block_make_outputs(struct sg_resolver *r, struct sg_block *block)
{
    struct output_list list = {.r = r, .block = block};
    uint32_t position = 0;
    struct sg_star star;

    block->outputs_made = true;
    if (!block->select)
        return;
    for (const struct sg_select_item *item = block->select->items; item; item = item->next) {
        if (block->is_existence && item->kind != SG_ITEM_EXPR) {
            struct sg_output *output = add_output(&list);
            if (output)
                *output = (struct sg_output){.item = item, .position = position};
            position++;
            continue;
        }
        switch (item->kind) {
        case SG_ITEM_EXPR:
            add_expression(&list, item, position);
            break;
        case SG_ITEM_STAR:
            sg_expand_star(r, block, block->from, &star);
            add_star(&list, &star, item, position);
            break;
        case SG_ITEM_TABLE_STAR:
            add_table_star(&list, item, position);
            break;
        }
        position++;
    }
}
