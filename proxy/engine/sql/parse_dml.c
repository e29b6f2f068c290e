/* INSERT, REPLACE, UPDATE, DELETE, LOAD DATA, HANDLER, CALL, DO.
 *
 * MySQL manual, "Data Manipulation Statements"; MariaDB documentation, "INSERT", "UPDATE",
 * "DELETE", "LOAD DATA INFILE", "HANDLER Commands", "RETURNING".
 */
#include "sql/parse.h"

#define UPDATE_RETURNING_SINCE 130000 /* MariaDB */
#define DELETE_ALIAS_SINCE     110600 /* MariaDB; MySQL always */

/* column = {expr | DEFAULT} | MariaDB IGNORE. */
static struct sg_assignment *parse_assignment(struct sg_parser *p)
{
    struct sg_assignment *assignment = NEW_NODE(p, struct sg_assignment);
    assignment->column = sg_parse_column(p);
    if (!take(p, SG_TOKEN_EQUAL))
        expect(p, SG_TOKEN_ASSIGN, "expected `=`");
    if (p->mariadb && at_word(p, SG_WORD_IGNORE)) {
        uint32_t offset = p->token.offset;
        advance(p);
        assignment->value = sg_expr_new(p, SG_EXPR_DEFAULT, offset);
    } else {
        assignment->value = sg_parse_expr_or_default(p);
    }
    return assignment;
}

static struct sg_assignment *parse_assignments(struct sg_parser *p)
{
    struct sg_assignment *first = NULL;
    struct sg_assignment **tail = &first;
    do {
        *tail = parse_assignment(p);
        tail = &(*tail)->next;
    } while (take_comma(p));
    return first;
}

/* [RETURNING items]: MariaDB. */
static struct sg_select_item *parse_returning(struct sg_parser *p)
{
    if (!p->mariadb || !take_word(p, SG_WORD_RETURNING))
        return NULL;
    return sg_parse_select_items(p);
}

/* --- INSERT, REPLACE ----------------------------------------------------------------------- */

static void take_insert_priority(struct sg_parser *p)
{
    if (!take_word(p, SG_WORD_LOW_PRIORITY) && !take_word(p, SG_WORD_DELAYED))
        take_word(p, SG_WORD_HIGH_PRIORITY);
}

/* Does the `(` that is current open a query and not the list of columns? */
static bool opens_query(struct sg_parser *p)
{
    const struct sg_token *next = sg_parse_peek(p);
    return next->kind == SG_TOKEN_LEFT_PAREN || next->word == SG_WORD_SELECT ||
           next->word == SG_WORD_WITH || next->word == SG_WORD_TABLE ||
           next->word == SG_WORD_VALUES;
}

/* [([column, column ...])]. */
static void parse_insert_columns(struct sg_parser *p, struct sg_insert *insert)
{
    if (!at(p, SG_TOKEN_LEFT_PAREN) || opens_query(p))
        return;
    advance(p);
    insert->has_columns = true;
    if (!at(p, SG_TOKEN_RIGHT_PAREN))
        insert->columns = sg_parse_column_list(p, &insert->column_count);
    expect_close(p);
}

/* [AS alias [(columns)]] behind VALUES or SET. MySQL manual, "INSERT ... ON DUPLICATE KEY UPDATE".
 */
static void parse_row_alias(struct sg_parser *p, struct sg_insert *insert)
{
    if (p->mariadb || !take_word(p, SG_WORD_AS))
        return;
    insert->row_alias = sg_parse_identifier(p);
    if (at(p, SG_TOKEN_LEFT_PAREN))
        insert->row_alias_columns = sg_parse_names_in_parens(p);
}

/* {VALUES | VALUE} rows | SET assignments | query. */
static void parse_insert_source(struct sg_parser *p, struct sg_insert *insert)
{
    if (take_word(p, SG_WORD_VALUE) ||
        (at_word(p, SG_WORD_VALUES) && !peek_is_word(p, SG_WORD_ROW) &&
         take_word(p, SG_WORD_VALUES))) {
        insert->source = SG_INSERT_VALUES;
        insert->rows = sg_parse_rows(p, false);
        parse_row_alias(p, insert);
    } else if (!insert->has_columns && take_word(p, SG_WORD_SET)) {
        insert->source = SG_INSERT_SET;
        insert->set = parse_assignments(p);
        parse_row_alias(p, insert);
    } else {
        insert->source = SG_INSERT_QUERY;
        insert->query = sg_parse_query(p);
        if (!p->mariadb && insert->query->body && insert->query->body->kind == SG_TERM_VALUES)
            parse_row_alias(p, insert);
    }
}

/* [ON DUPLICATE KEY UPDATE assignments]. */
static void parse_on_duplicate(struct sg_parser *p, struct sg_insert *insert)
{
    if (insert->replace || !take_word(p, SG_WORD_ON))
        return;
    expect_word(p, SG_WORD_DUPLICATE);
    expect_word(p, SG_WORD_KEY);
    expect_word(p, SG_WORD_UPDATE);
    p->in_duplicate_key = true;
    insert->on_duplicate = parse_assignments(p);
    p->in_duplicate_key = false;
}

/* {INSERT | REPLACE} [priority] [IGNORE] [INTO] table [PARTITION (...)] [(columns)] source
 * [ON DUPLICATE KEY UPDATE ...] [RETURNING ...]. MySQL manual, "INSERT Statement", "REPLACE
 * Statement". */
struct sg_statement *sg_parse_insert(struct sg_parser *p)
{
    struct sg_statement *statement = sg_parse_new_statement(p, SG_AST_INSERT, p->token.offset);
    struct sg_insert *insert = NEW_NODE(p, struct sg_insert);
    statement->insert = insert;
    insert->replace = at_word(p, SG_WORD_REPLACE);
    advance(p);
    take_insert_priority(p);
    if (!insert->replace)
        insert->ignore = take_word(p, SG_WORD_IGNORE);
    take_word(p, SG_WORD_INTO);
    sg_parse_qualified(p, &insert->table);
    insert->partitions = sg_parse_partitions(p);
    parse_insert_columns(p, insert);
    parse_insert_source(p, insert);
    parse_on_duplicate(p, insert);
    insert->returning = parse_returning(p);
    return statement;
}

/* --- UPDATE -------------------------------------------------------------------------------- */

static bool is_multiple(const struct sg_table_ref *tables)
{
    return tables->next || tables->kind != SG_REF_TABLE;
}

/* UPDATE [LOW_PRIORITY] [IGNORE] tables SET assignments [WHERE] [ORDER BY] [LIMIT]. MySQL manual,
 * "UPDATE Statement". */
struct sg_statement *sg_parse_update(struct sg_parser *p, struct sg_with *with, uint32_t offset)
{
    struct sg_statement *statement = sg_parse_new_statement(p, SG_AST_UPDATE, offset);
    struct sg_update *update = NEW_NODE(p, struct sg_update);
    statement->update = update;
    update->with = with;
    advance(p);
    take_word(p, SG_WORD_LOW_PRIORITY);
    update->ignore = take_word(p, SG_WORD_IGNORE);
    update->tables = sg_parse_table_refs(p);
    update->portion = sg_parse_portion(p, update->tables);
    expect_word(p, SG_WORD_SET);
    update->set = parse_assignments(p);
    update->where = sg_parse_where(p);
    update->order_by = sg_parse_order_by(p);
    update->limit = sg_parse_limit(p);
    if (p->version >= UPDATE_RETURNING_SINCE)
        update->returning = parse_returning(p);
    update->multiple = is_multiple(update->tables);
    return statement;
}

/* --- DELETE -------------------------------------------------------------------------------- */

/* [db.]table[.*]. */
static struct sg_delete_target *parse_target(struct sg_parser *p)
{
    struct sg_delete_target *target = NEW_NODE(p, struct sg_delete_target);
    target->name.name = sg_parse_identifier(p);
    if (take(p, SG_TOKEN_DOT) && !take(p, SG_TOKEN_STAR)) {
        target->name.database = target->name.name;
        target->name.name = sg_parse_identifier(p);
        if (take(p, SG_TOKEN_DOT))
            expect(p, SG_TOKEN_STAR, "expected `*`");
    }
    return target;
}

static struct sg_delete_target *parse_more_targets(struct sg_parser *p,
                                                   struct sg_delete_target *first)
{
    struct sg_delete_target **tail = &first->next;
    while (take_comma(p)) {
        *tail = parse_target(p);
        tail = &(*tail)->next;
    }
    return first;
}

static void take_delete_options(struct sg_parser *p, struct sg_delete *delete)
{
    for (;;) {
        if (take_word(p, SG_WORD_IGNORE))
            delete->ignore = true;
        else if (!take_word(p, SG_WORD_LOW_PRIORITY) && !take_word(p, SG_WORD_QUICK))
            return;
    }
}

/* FROM was taken: `table [alias] ...` or `t1, t2 USING refs`. Both begin with a name; what stands
 * behind it tells, so the name is read as a target and then, if it was one table, becomes that. */
static void parse_delete_from(struct sg_parser *p, struct sg_delete *delete)
{
    uint32_t offset = p->token.offset;
    struct sg_delete_target *target = parse_target(p);
    bool starred = p->end > offset && p->text[p->end - 1] == '*';
    if (at(p, SG_TOKEN_COMMA) || at_word(p, SG_WORD_USING) || starred) {
        delete->form = SG_DELETE_USING;
        delete->targets = parse_more_targets(p, target);
        expect_word(p, SG_WORD_USING);
        delete->tables = sg_parse_table_refs(p);
        return;
    }
    struct sg_table_ref *table = NEW_NODE(p, struct sg_table_ref);
    table->kind = SG_REF_TABLE;
    table->offset = offset;
    table->base.name = target->name;
    delete->form = SG_DELETE_SINGLE;
    delete->tables = table;
    delete->portion = sg_parse_portion(p, NULL);
    if (!p->mariadb || p->version >= DELETE_ALIAS_SINCE)
        if (take_word(p, SG_WORD_AS) || at_identifier(p))
            table->alias = sg_parse_identifier(p);
    table->base.partitions = sg_parse_partitions(p);
    table->size = p->end > offset ? p->end - offset : 0;
}

/* HISTORY FROM table [BEFORE SYSTEM_TIME point]. MariaDB documentation, "DELETE HISTORY". */
static void parse_delete_history(struct sg_parser *p, struct sg_delete *delete)
{
    advance(p);
    expect_word(p, SG_WORD_FROM);
    delete->form = SG_DELETE_HISTORY;
    struct sg_table_ref *table = NEW_NODE(p, struct sg_table_ref);
    table->kind = SG_REF_TABLE;
    table->offset = p->token.offset;
    sg_parse_qualified(p, &table->base.name);
    table->base.partitions = sg_parse_partitions(p);
    table->size = p->end > table->offset ? p->end - table->offset : 0;
    delete->tables = table;
    if (take_word(p, SG_WORD_BEFORE)) {
        expect_word(p, SG_WORD_SYSTEM_TIME);
        delete->portion = NEW_NODE(p, struct sg_period);
        delete->portion->kind = SG_PERIOD_AS_OF;
        if (!take_word(p, SG_WORD_TRANSACTION) && at_word(p, SG_WORD_TIMESTAMP) &&
            !peek_is(p, SG_TOKEN_STRING) && !peek_is(p, SG_TOKEN_LEFT_PAREN))
            advance(p);
        delete->portion->to = sg_parse_bit_expr(p);
    }
}

/* DELETE [LOW_PRIORITY] [QUICK] [IGNORE] {FROM table | targets FROM refs | FROM targets USING refs}
 * [WHERE] [ORDER BY] [LIMIT] [RETURNING]. MySQL manual, "DELETE Statement". */
struct sg_statement *sg_parse_delete(struct sg_parser *p, struct sg_with *with, uint32_t offset)
{
    struct sg_statement *statement = sg_parse_new_statement(p, SG_AST_DELETE, offset);
    struct sg_delete *delete = NEW_NODE(p, struct sg_delete);
    statement->delete = delete;
    delete->with = with;
    advance(p);
    take_delete_options(p, delete);
    if (p->mariadb && at_word(p, SG_WORD_HISTORY) && peek_is_word(p, SG_WORD_FROM)) {
        parse_delete_history(p, delete);
        return statement;
    }
    if (take_word(p, SG_WORD_FROM)) {
        parse_delete_from(p, delete);
    } else {
        delete->form = SG_DELETE_FROM;
        delete->targets = parse_more_targets(p, parse_target(p));
        expect_word(p, SG_WORD_FROM);
        delete->tables = sg_parse_table_refs(p);
    }
    delete->where = sg_parse_where(p);
    delete->order_by = sg_parse_order_by(p);
    delete->limit = sg_parse_limit(p);
    delete->returning = parse_returning(p);
    return statement;
}

/* --- LOAD ---------------------------------------------------------------------------------- */

/* [({column | @variable}, ...)]. */
static void parse_load_columns(struct sg_parser *p, struct sg_load *load)
{
    if (!take(p, SG_TOKEN_LEFT_PAREN))
        return;
    load->has_columns = true;
    struct sg_expr **tail = &load->columns;
    if (!at(p, SG_TOKEN_RIGHT_PAREN)) {
        do {
            *tail = at(p, SG_TOKEN_USER_VARIABLE) ? sg_parse_variable(p) : sg_parse_column(p);
            tail = &(*tail)->next;
        } while (take_comma(p));
    }
    expect_close(p);
}

/* [COUNT n] [IN PRIMARY KEY ORDER] behind the file, of MySQL's bulk load. */
static void take_bulk_source(struct sg_parser *p)
{
    if (p->mariadb)
        return;
    if (sg_parse_take_text(p, "COUNT"))
        expect(p, SG_TOKEN_INTEGER, "expected a number");
    if (take_word(p, SG_WORD_IN)) {
        expect_word(p, SG_WORD_PRIMARY);
        expect_word(p, SG_WORD_KEY);
        expect_word(p, SG_WORD_ORDER);
    }
}

static void take_load_options(struct sg_parser *p, struct sg_load *load)
{
    if (!take_word(p, SG_WORD_LOW_PRIORITY))
        take_word(p, SG_WORD_CONCURRENT);
    if (!p->mariadb)
        take_word(p, SG_WORD_FROM);
    load->local = take_word(p, SG_WORD_LOCAL);
    if (p->mariadb ||
        (!take_word(p, SG_WORD_URL) && !take_word(p, SG_WORD_S3) && !sg_parse_take_text(p, "URI")))
        expect_word(p, SG_WORD_INFILE);
    expect(p, SG_TOKEN_STRING, "expected a file name");
    take_bulk_source(p);
    load->replace = take_word(p, SG_WORD_REPLACE);
    if (!load->replace)
        take_word(p, SG_WORD_IGNORE);
}

static void take_load_charset(struct sg_parser *p)
{
    if (take_word(p, SG_WORD_CHARSET)) {
        sg_parse_charset_name(p);
    } else if (take_word(p, SG_WORD_CHAR)) {
        expect_word(p, SG_WORD_SET);
        sg_parse_charset_name(p);
    }
}

/* [PARALLEL = n] [MEMORY = n] [ALGORITHM = BULK] at the end. */
static void take_bulk_options(struct sg_parser *p)
{
    while (!p->mariadb && (at_word(p, SG_WORD_PARALLEL) || at_word(p, SG_WORD_MEMORY) ||
                           at_word(p, SG_WORD_ALGORITHM))) {
        advance(p);
        expect(p, SG_TOKEN_EQUAL, "expected `=`");
        if (!take_word(p, SG_WORD_BULK) && !take(p, SG_TOKEN_INTEGER))
            sg_parse_identifier(p);
    }
}

/* [ROWS IDENTIFIED BY 'tag'] [FIELDS ...] [LINES ...] [IGNORE n {LINES | ROWS}]. */
static void take_load_format(struct sg_parser *p)
{
    if (take_word(p, SG_WORD_ROWS)) {
        expect_word(p, SG_WORD_IDENTIFIED);
        expect_word(p, SG_WORD_BY);
        expect(p, SG_TOKEN_STRING, "expected a text");
    }
    sg_parse_fields_and_lines(p);
    if (take_word(p, SG_WORD_IGNORE)) {
        expect(p, SG_TOKEN_INTEGER, "expected a number");
        if (!take_word(p, SG_WORD_LINES))
            expect_word(p, SG_WORD_ROWS);
    }
}

/* LOAD {DATA | XML} [options] INFILE 'file' [REPLACE | IGNORE] INTO TABLE table [PARTITION]
 * [CHARACTER SET] [format] [(columns)] [SET assignments]. MySQL manual, "LOAD DATA Statement",
 * "LOAD XML Statement".*/
struct sg_statement *sg_parse_load(struct sg_parser *p)
{
    if (!peek_is_word(p, SG_WORD_DATA) && !peek_is_word(p, SG_WORD_XML))
        return NULL;
    struct sg_statement *statement = sg_parse_new_statement(p, SG_AST_LOAD, p->token.offset);
    struct sg_load *load = NEW_NODE(p, struct sg_load);
    statement->load = load;
    advance(p);
    load->xml = at_word(p, SG_WORD_XML);
    advance(p);
    take_load_options(p, load);
    expect_word(p, SG_WORD_INTO);
    expect_word(p, SG_WORD_TABLE);
    sg_parse_qualified(p, &load->table);
    load->partitions = sg_parse_partitions(p);
    take_load_charset(p);
    take_load_format(p);
    parse_load_columns(p, load);
    if (take_word(p, SG_WORD_SET))
        load->set = parse_assignments(p);
    take_bulk_options(p);
    return statement;
}

/* --- HANDLER, CALL, DO --------------------------------------------------------------------- */

/* {FIRST | NEXT | PREV | LAST} | {= | <= | >= | < | >} (values), behind READ [index]. */
static void parse_handler_position(struct sg_parser *p, struct sg_handler *handler)
{
    if (take_word(p, SG_WORD_FIRST) || take_word(p, SG_WORD_NEXT))
        return;
    if (sg_name_is_set(&handler->index) &&
        (take_word(p, SG_WORD_PREV) || take_word(p, SG_WORD_LAST)))
        return;
    if (!take(p, SG_TOKEN_EQUAL) && !take(p, SG_TOKEN_LESS) && !take(p, SG_TOKEN_LESS_EQUAL) &&
        !take(p, SG_TOKEN_GREATER) && !take(p, SG_TOKEN_GREATER_EQUAL))
        fail_expected(p, "expected FIRST, NEXT or a comparison");
    expect_open(p);
    struct sg_expr **tail = &handler->key;
    do {
        *tail = sg_parse_expr_or_default(p);
        tail = &(*tail)->next;
    } while (take_comma(p));
    expect_close(p);
}

/* READ takes no subqueries: MySQL's grammar has none there, MariaDB answers 1970. */
static void parse_handler_read(struct sg_parser *p, struct sg_handler *handler)
{
    uint32_t subqueries = p->subquery_count;
    if (sg_name_is_set(&handler->table.database))
        fail_expected(p, "OPEN");
    bool positioned = (at_word(p, SG_WORD_FIRST) || at_word(p, SG_WORD_NEXT)) &&
                      !peek_is_word(p, SG_WORD_FIRST) && !peek_is_word(p, SG_WORD_NEXT);
    if (!positioned) {
        handler->index =
            at_word(p, SG_WORD_PRIMARY) ? sg_parse_take_name(p) : sg_parse_identifier(p);
    }
    parse_handler_position(p, handler);
    handler->where = sg_parse_where(p);
    handler->limit = sg_parse_limit(p);
    if (p->subquery_count == subqueries)
        return;
    if (p->mariadb)
        p->refused = true;
    else
        fail_expected(p, "expected no subquery in HANDLER");
}

/* HANDLER table {OPEN [[AS] alias] | READ ... | CLOSE}. MySQL manual, "HANDLER Statement". */
struct sg_statement *sg_parse_handler(struct sg_parser *p)
{
    struct sg_statement *statement = sg_parse_new_statement(p, SG_AST_HANDLER, p->token.offset);
    struct sg_handler *handler = NEW_NODE(p, struct sg_handler);
    statement->handler = handler;
    advance(p);
    sg_parse_qualified(p, &handler->table);
    if (take_word(p, SG_WORD_OPEN)) {
        handler->action = SG_HANDLER_OPEN;
        if (take_word(p, SG_WORD_AS) || at_identifier(p))
            handler->alias = sg_parse_identifier(p);
    } else if (take_word(p, SG_WORD_CLOSE)) {
        handler->action = SG_HANDLER_CLOSE;
    } else {
        expect_word(p, SG_WORD_READ);
        handler->action = SG_HANDLER_READ;
        parse_handler_read(p, handler);
    }
    return statement;
}

/* CALL name [(arguments)]. MySQL manual, "CALL Statement". */
struct sg_statement *sg_parse_call_statement(struct sg_parser *p)
{
    struct sg_statement *statement = sg_parse_new_statement(p, SG_AST_CALL, p->token.offset);
    struct sg_call *call = NEW_NODE(p, struct sg_call);
    statement->call = call;
    advance(p);
    sg_parse_qualified(p, &call->name);
    if (p->mariadb && take(p, SG_TOKEN_DOT)) /* db.package.procedure */
        call->name.name = sg_parse_identifier(p);
    if (take(p, SG_TOKEN_LEFT_PAREN)) {
        if (!at(p, SG_TOKEN_RIGHT_PAREN))
            call->arguments = sg_parse_expr_list(p, NULL);
        expect_close(p);
    }
    return statement;
}

/* DO expr [[AS] alias], ... MySQL manual, "DO Statement": the grammar is that of a select list. */
struct sg_statement *sg_parse_do(struct sg_parser *p)
{
    struct sg_statement *statement = sg_parse_new_statement(p, SG_AST_DO, p->token.offset);
    struct sg_values_statement *values = NEW_NODE(p, struct sg_values_statement);
    struct sg_expr **tail = &values->values;
    uint32_t offset = p->token.offset;
    statement->values = values;
    advance(p);
    values->verb = sg_parse_source(p, offset);
    do {
        *tail = sg_parse_expr(p);
        tail = &(*tail)->next;
        if (!p->mariadb && (take_word(p, SG_WORD_AS) || at_identifier(p) || at(p, SG_TOKEN_STRING)))
            sg_parse_alias(p);
    } while (take_comma(p));
    return statement;
}
