/* One way through a whole tree, in the order written as far as the tree keeps it.
 *
 * For questions to a statement that need no scopes: which tables does it name, has it a parameter,
 * do all spans lie inside the text. The resolver, whose order is each server's own, has its own
 * way.
 */
#ifndef SQL_WALK_H
#define SQL_WALK_H

#include <stdbool.h>

#include "sql/ast.h"

enum sg_walk {
    SG_WALK_CONTINUE, /* into this node, then on */
    SG_WALK_PRUNE,    /* not into this node, then on */
    SG_WALK_ABORT,    /* no further at all */
};

/* Called before what is inside the node. A function that is NULL is passed over: CONTINUE. */
struct sg_visitor {
    enum sg_walk (*statement)(void *data, const struct sg_statement *statement);
    enum sg_walk (*query)(void *data, const struct sg_query *query);
    enum sg_walk (*table_ref)(void *data, const struct sg_table_ref *ref);
    enum sg_walk (*expr)(void *data, const struct sg_expr *expr);
    void *data;
};

/* A statement, a query, or one expression with all that is inside. The recursion is as deep as the
 * tree, that is SG_AST_DEPTH_MAX at most. false: aborted. */
bool sg_walk_statement(const struct sg_statement *statement, const struct sg_visitor *v);
bool sg_walk_query(const struct sg_query *query, const struct sg_visitor *v);
bool sg_walk_expr(const struct sg_expr *expr, const struct sg_visitor *v);

#endif
