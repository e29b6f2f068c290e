/* Makers of expression nodes, and names of kinds. See ast.h for what the nodes mean. */
#include "sql/ast.h"

#include "sql/parse.h"

#define SIZE_WITH(member) (offsetof(struct sg_expr, member) + sizeof(((struct sg_expr *)0)->member))

/* A node is cut behind the member that its kind uses: a literal takes a third of a column. */
static const uint8_t EXPR_SIZES[] = {
    [SG_EXPR_LITERAL] = SIZE_WITH(literal),
    [SG_EXPR_COLUMN] = SIZE_WITH(column),
    [SG_EXPR_PARAMETER] = SIZE_WITH(literal),
    [SG_EXPR_USER_VARIABLE] = SIZE_WITH(variable),
    [SG_EXPR_SYSTEM_VARIABLE] = SIZE_WITH(variable),
    [SG_EXPR_OPERATOR] = SIZE_WITH(operation),
    [SG_EXPR_ROW] = SIZE_WITH(operation),
    [SG_EXPR_CASE] = SIZE_WITH(branches),
    [SG_EXPR_CALL] = SIZE_WITH(call),
    [SG_EXPR_SUBQUERY] = SIZE_WITH(subquery),
    [SG_EXPR_INTERVAL] = SIZE_WITH(operation),
    [SG_EXPR_MATCH] = SIZE_WITH(match),
    [SG_EXPR_CAST] = SIZE_WITH(operation),
    [SG_EXPR_COLLATE] = SIZE_WITH(operation),
    [SG_EXPR_DEFAULT] = SIZE_WITH(operation),
    [SG_EXPR_VALUES] = SIZE_WITH(operation),
    [SG_EXPR_JSON_PATH] = SIZE_WITH(operation),
    [SG_EXPR_SEQUENCE] = SIZE_WITH(sequence),
    [SG_EXPR_ODBC] = SIZE_WITH(operation),
    [SG_EXPR_WORD] = SIZE_WITH(word),
};

_Static_assert(sizeof(EXPR_SIZES) == SG_EXPR_WORD + 1, "a size for every kind");
_Static_assert(sizeof(struct sg_expr) <= 96, "an expression is at most one and a half cache lines");

struct sg_expr *sg_expr_new(struct sg_parser *p, enum sg_expr_kind kind, uint32_t offset)
{
    struct sg_expr *expr = sg_parse_node(p, EXPR_SIZES[kind]);
    expr->kind = (uint8_t)kind;
    expr->offset = offset;
    expr->size = p->end > offset ? p->end - offset : 0;
    return expr;
}

struct sg_expr *sg_expr_operation(struct sg_parser *p, enum sg_expr_kind kind, uint32_t offset,
                                  struct sg_expr *first, struct sg_expr *second,
                                  struct sg_expr *third)
{
    struct sg_expr *expr = sg_expr_new(p, kind, offset);
    expr->operation.operands = first;
    expr->operation.count = first != NULL;
    if (second) {
        first->next = second;
        expr->operation.count = 2;
    }
    if (third) {
        second->next = third;
        expr->operation.count = 3;
    }
    return expr;
}

struct sg_expr *sg_expr_operator(struct sg_parser *p, enum sg_operator operator, uint32_t offset,
                                 struct sg_expr *first, struct sg_expr *second,
                                 struct sg_expr *third)
{
    struct sg_expr *expr = sg_expr_operation(p, SG_EXPR_OPERATOR, offset, first, second, third);
    expr->operator=(uint8_t) operator;
    return expr;
}

struct sg_expr *sg_expr_subquery(struct sg_parser *p, enum sg_subquery_kind kind, uint32_t offset,
                                 struct sg_query *query)
{
    struct sg_expr *expr = sg_expr_new(p, SG_EXPR_SUBQUERY, offset);
    p->subquery_count++;
    expr->subquery.kind = kind;
    expr->subquery.query = query;
    return expr;
}

const char *sg_ast_kind_name(enum sg_ast_kind kind)
{
    static const char *const NAMES[] = {
        [SG_AST_EMPTY] = "empty",
        [SG_AST_QUERY] = "query",
        [SG_AST_INSERT] = "insert",
        [SG_AST_UPDATE] = "update",
        [SG_AST_DELETE] = "delete",
        [SG_AST_LOAD] = "load",
        [SG_AST_CALL] = "call",
        [SG_AST_DO] = "do",
        [SG_AST_HANDLER] = "handler",
        [SG_AST_USE] = "use",
        [SG_AST_SET] = "set",
        [SG_AST_SHOW] = "show",
        [SG_AST_EXPLAIN] = "explain",
        [SG_AST_PREPARE] = "prepare",
        [SG_AST_EXECUTE] = "execute",
        [SG_AST_EXECUTE_IMMEDIATE] = "execute-immediate",
        [SG_AST_DEALLOCATE] = "deallocate",
        [SG_AST_DDL] = "ddl",
        [SG_AST_LOCK_TABLES] = "lock-tables",
        [SG_AST_TABLES] = "tables",
        [SG_AST_FLUSH_TABLES] = "flush-tables",
        [SG_AST_GRANT] = "grant",
        [SG_AST_KILL] = "kill",
        [SG_AST_SIGNAL] = "signal",
        [SG_AST_DIAGNOSTICS] = "diagnostics",
        [SG_AST_FLOW] = "flow",
        [SG_AST_TRANSACTION] = "transaction",
        [SG_AST_BACKUP_LOCK] = "backup-lock",
        [SG_AST_OTHER] = "other",
    };
    _Static_assert(sizeof(NAMES) / sizeof(NAMES[0]) == SG_AST_OTHER + 1, "a name for every kind");
    return NAMES[kind];
}
