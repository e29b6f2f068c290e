/* The tree of one statement, and the door that makes it from text.
 *
 * In come the bytes of a statement and the context that says how to read them; out goes a tree
 * that says which names stand where, or the reason why there is none. The resolver, the DDL
 * interpreter and the printer read the tree; nobody changes it once it is made. The tree knows no
 * schema: `a` in it is the word a.
 *
 * Memory: every node comes from the arena that sg_parse was given, is zero where nothing was said,
 * and lives until that arena is reset. Text in it points into the statement where it stands there
 * as it is meant (`a`), into the arena where quotes had to be undone (``a`b``).
 *
 * Lists are linked by `next`, in the order written, NULL-terminated. A list and its element type
 * share the name: `items` of struct sg_select is the first struct sg_select_item, or NULL.
 *
 * Positions: `offset` is the byte in the statement where the first token starts, `size` reaches to
 * the end of the last one, so [offset, offset + size) is the source text of the thing.
 *
 * Where the manuals and this file use different words, the MySQL manual's win.
 */
#ifndef SCHEMAGUARD_SQL_AST_H
#define SCHEMAGUARD_SQL_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/arena.h>
#include <schemaguard/check.h>
#include <schemaguard/slice.h>

struct sg_expr;
struct sg_query;
struct sg_query_term;
struct sg_table_ref;
struct sg_window;
struct sg_statement;

/* Expressions, queries, table references and statements of bodies do not nest deeper than this, all
 * counted together along any way from the statement to a leaf, so that a reader may recurse without
 * counting. What is deeper has no tree (SG_PARSE_TOO_DEEP). */
#define SG_AST_DEPTH_MAX 2000

/* --- names --------------------------------------------------------------------------------- */

/* How a word was written. */
enum sg_quote {
    SG_QUOTE_NONE,
    SG_QUOTE_BACKTICK,
    SG_QUOTE_DOUBLE,  /* under ANSI_QUOTES; as an alias also "text" without it */
    SG_QUOTE_SINGLE,  /* 'text' as an alias */
    SG_QUOTE_BRACKET, /* MariaDB, sql_mode MSSQL: [name] */
};

/* One identifier. Absent when `size` is 0 (the empty name `` has size 2). */
struct sg_name {
    struct sg_slice text; /* unquoted, letter case as written */
    uint32_t offset;
    uint32_t size : 29; /* with its quotes */
    uint32_t quote : 3; /* enum sg_quote */
};

static inline bool sg_name_is_set(const struct sg_name *name)
{
    return name->size != 0;
}

/* `name` or `database.name`: a table, view, sequence, routine ... */
struct sg_qualified_name {
    struct sg_name database; /* absent when not written; `.name` also leaves it absent */
    struct sg_name name;
};

struct sg_name_item {
    struct sg_name_item *next;
    struct sg_name name;
};

struct sg_qualified_item {
    struct sg_qualified_item *next;
    struct sg_qualified_name name;
    struct sg_name new_name_database; /* RENAME TABLE a TO b: b */
    struct sg_name new_name;
    struct sg_name alias; /* LOCK TABLES t AS x */
};

/* --- expressions --------------------------------------------------------------------------- */

enum sg_expr_kind {
    SG_EXPR_LITERAL,         /* literal */
    SG_EXPR_COLUMN,          /* column: [[database.]table.]name, any word that is no value */
    SG_EXPR_PARAMETER,       /* `?` */
    SG_EXPR_USER_VARIABLE,   /* variable: @name; the assignment @a := b is SG_OP_ASSIGN */
    SG_EXPR_SYSTEM_VARIABLE, /* variable: @@name, @@session.name, @@instance.name */
    SG_EXPR_OPERATOR,        /* operation: see enum sg_operator */
    SG_EXPR_ROW,             /* operation: (a, b), ROW(a, b); also one operand: ROW(a) */
    SG_EXPR_CASE,            /* branches */
    SG_EXPR_CALL,            /* call: any function, also those with a syntax of their own */
    SG_EXPR_SUBQUERY,        /* subquery: (SELECT ...), EXISTS, IN, op ANY, op ALL */
    SG_EXPR_INTERVAL,        /* operation, one operand: INTERVAL value unit, beside + or - or as an
                                argument; unit is no name */
    SG_EXPR_MATCH,           /* match: MATCH (columns) AGAINST (expr) */
    SG_EXPR_CAST,            /* operation, one operand: CAST, CONVERT(x, type), CONVERT(x USING c),
                                BINARY x; types and character sets are no names */
    SG_EXPR_COLLATE,         /* operation, one operand */
    SG_EXPR_DEFAULT,         /* bare DEFAULT as a value: no operand. DEFAULT(column): operation with
                                one SG_EXPR_COLUMN */
    SG_EXPR_VALUES,    /* operation, one SG_EXPR_COLUMN: VALUES(column), MariaDB VALUE(column) */
    SG_EXPR_JSON_PATH, /* operation: column -> 'path', column ->> 'path'; the one operand is the
                          column */
    SG_EXPR_SEQUENCE,  /* sequence: NEXT VALUE FOR s, NEXTVAL(s), LASTVAL(s), SETVAL(s, ...) */
    SG_EXPR_ODBC,      /* operation, one operand: {word expr}; the word is no name */
    SG_EXPR_WORD,      /* word: a bare word that is no column here: SET sql_mode = ansi,
                          a routine's variable behind LIMIT and INTO */
};

enum sg_literal_kind {
    SG_LITERAL_NULL, /* also \N */
    SG_LITERAL_TRUE,
    SG_LITERAL_FALSE,
    SG_LITERAL_INTEGER,  /* digits only; `integer` holds it */
    SG_LITERAL_NUMBER,   /* 1.0, 1e3 */
    SG_LITERAL_STRING,   /* one or several adjacent 'a' 'b', with or without introducer, N'...' */
    SG_LITERAL_HEX,      /* 0x41, x'41' */
    SG_LITERAL_BIT,      /* 0b1, b'1' */
    SG_LITERAL_TEMPORAL, /* DATE 'x', TIME 'x', TIMESTAMP 'x', {d 'x'} */
};

enum sg_operator {
    SG_OP_NONE,
    /* n-ary: `a AND b AND c` is one node with three operands; && and || as their words or, under
     * PIPES_AS_CONCAT, SG_OP_CONCAT */
    SG_OP_AND,
    SG_OP_OR,
    SG_OP_XOR,
    SG_OP_CONCAT,
    SG_OP_ADD, /* also n-ary */
    /* one operand */
    SG_OP_NOT, /* NOT, ! */
    SG_OP_PLUS,
    SG_OP_MINUS,
    SG_OP_BIT_NOT,
    SG_OP_IS_NULL,  /* IS [NOT] NULL */
    SG_OP_IS_TRUTH, /* IS [NOT] TRUE, FALSE, UNKNOWN */
    /* two operands */
    SG_OP_SUBTRACT,
    SG_OP_MULTIPLY,
    SG_OP_DIVIDE,
    SG_OP_INTEGER_DIVIDE,
    SG_OP_MODULO,
    SG_OP_BIT_OR,
    SG_OP_BIT_AND,
    SG_OP_BIT_XOR,
    SG_OP_SHIFT_LEFT,
    SG_OP_SHIFT_RIGHT,
    SG_OP_EQUAL,
    SG_OP_NULL_SAFE_EQUAL,
    SG_OP_NOT_EQUAL,
    SG_OP_LESS,
    SG_OP_LESS_EQUAL,
    SG_OP_GREATER,
    SG_OP_GREATER_EQUAL,
    SG_OP_REGEXP,
    SG_OP_SOUNDS_LIKE,
    SG_OP_MEMBER_OF,
    SG_OP_ASSIGN, /* @a := b; the first operand is SG_EXPR_USER_VARIABLE */
    /* more */
    SG_OP_LIKE,    /* a LIKE b [ESCAPE c]: two or three operands */
    SG_OP_BETWEEN, /* three operands */
    SG_OP_IN,      /* a IN (b, c ...): `a` and the list; literals of the list may be missing, see
                      `skipped` of struct sg_expr_operation */
};

/* Flags of an expression, as its kind has use for them. */
enum sg_expr_flags {
    SG_EXPR_NEGATED = 1 << 0,   /* NOT IN, NOT LIKE, NOT BETWEEN, IS NOT ... , NOT EXISTS is NOT */
    SG_EXPR_DISTINCT = 1 << 1,  /* call: COUNT(DISTINCT a) */
    SG_EXPR_STAR = 1 << 2,      /* call: COUNT(*) */
    SG_EXPR_SPACED = 1 << 3,    /* call: white space stood before the `(` */
    SG_EXPR_AGGREGATE = 1 << 4, /* call of a built-in aggregate: COUNT, SUM, GROUP_CONCAT ... also
                                   with OVER, see `over` */
    SG_EXPR_NATIVE = 1 << 5,    /* call: a function of the server by name or syntax; without it a
                                   stored    or loadable one, or none */
    SG_EXPR_GLOBAL = 1 << 6,    /* system variable: @@global. */
    SG_EXPR_LEADING_DOT = 1 << 7, /* column: written .table.name */
};

/* Functions whose operands the servers resolve in an order of their own, or that readers have to
 * know apart. All others are SG_FUNCTION_PLAIN. */
enum sg_function {
    SG_FUNCTION_PLAIN,
    SG_FUNCTION_LOCATE,        /* LOCATE(a, b [, c]) */
    SG_FUNCTION_POSITION,      /* POSITION(a IN b) */
    SG_FUNCTION_TRIM,          /* TRIM([BOTH|LEADING|TRAILING] [a] FROM b): a (when written), b */
    SG_FUNCTION_TIMESTAMPADD,  /* TIMESTAMPADD(unit, a, b): a, b */
    SG_FUNCTION_TIMESTAMPDIFF, /* TIMESTAMPDIFF(unit, a, b): a, b */
    SG_FUNCTION_EXTRACT,       /* EXTRACT(unit FROM a): a */
    SG_FUNCTION_GET_FORMAT,    /* GET_FORMAT(DATE, a): a */
    SG_FUNCTION_SUBSTRING,     /* SUBSTRING(a, b, c), SUBSTRING(a FROM b FOR c): a, b, c */
    SG_FUNCTION_GROUP_CONCAT,  /* with order_by */
    SG_FUNCTION_DATE_ADD, /* DATE_ADD, DATE_SUB, ADDDATE, SUBDATE: the second may be an INTERVAL */
    SG_FUNCTION_JSON_VALUE,
    SG_FUNCTION_JSON_DUALITY_OBJECT, /* JSON_DUALITY_OBJECT('key': a, ...): a, ... */
    SG_FUNCTION_COUNT,
    SG_FUNCTION_ROW_WINDOW, /* LEAD, LAG, NTILE, NTH_VALUE, RANK ...: needs OVER */
};

struct sg_expr_literal {
    uint64_t integer; /* SG_LITERAL_INTEGER that fits; else UINT64_MAX */
};

struct sg_expr_column {
    struct sg_name name;
    struct sg_name table;    /* absent when not written */
    struct sg_name database; /* absent when not written */
};

struct sg_expr_variable {
    struct sg_slice name; /* without @ or @@ and quotes; the last part */
};

struct sg_expr_operation {
    struct sg_expr *operands;
    uint32_t count;   /* of operands in the list */
    uint32_t skipped; /* SG_OP_IN: literals that were read and are not in the list */
};

struct sg_expr_case {
    struct sg_expr *operand;   /* CASE operand WHEN ...; NULL without one */
    struct sg_expr *branches;  /* WHEN, THEN, WHEN, THEN ... */
    struct sg_expr *otherwise; /* ELSE; NULL without */
};

/* What few calls have. */
struct sg_call_detail {
    struct sg_name database;        /* db.f(): always a stored one */
    struct sg_name package;         /* MariaDB: db.package.f() */
    struct sg_order_item *order_by; /* GROUP_CONCAT, JSON_ARRAYAGG, WITHIN GROUP */
    struct sg_expr *limit;          /* MariaDB: GROUP_CONCAT(... LIMIT offset, count): one or two */
    struct sg_window *over;         /* OVER (...) or OVER name; NULL without */
};

struct sg_expr_call {
    struct sg_name name; /* the word before `(` */
    struct sg_expr *arguments;
    struct sg_call_detail *detail; /* NULL when nothing of it was written */
    uint32_t count;                /* of arguments */
    enum sg_function function;
};

enum sg_subquery_kind {
    SG_SUBQUERY_SCALAR, /* (SELECT ...) as a value or a row */
    SG_SUBQUERY_EXISTS,
    SG_SUBQUERY_IN,  /* left [NOT] IN (SELECT ...) */
    SG_SUBQUERY_ANY, /* left op ANY|SOME (SELECT ...) */
    SG_SUBQUERY_ALL, /* left op ALL (SELECT ...) */
};

struct sg_expr_subquery {
    struct sg_query *query;
    struct sg_expr *left; /* IN, ANY, ALL: one value or an SG_EXPR_ROW; else NULL */
    enum sg_subquery_kind kind;
};

struct sg_expr_match {
    struct sg_expr *columns; /* SG_EXPR_COLUMN */
    struct sg_expr *against;
};

struct sg_expr_sequence {
    struct sg_qualified_name *name;
    struct sg_expr *arguments; /* SETVAL's */
};

struct sg_expr_word {
    struct sg_name name;
};

/* A node is as large as its kind needs, never as large as the union: copy none by value. */
struct sg_expr {
    uint8_t kind;         /* enum sg_expr_kind */
    uint8_t operator;     /* enum sg_operator; ANY and ALL: the comparison */
    uint8_t flags;        /* enum sg_expr_flags */
    uint8_t parentheses;  /* pairs round it, which are not in its span; 255 = that many or more */
    uint8_t literal_kind; /* enum sg_literal_kind */
    uint32_t offset;
    uint32_t size;
    struct sg_expr *next; /* the next operand, argument, item ... of the list it stands in */
    union {
        struct sg_expr_literal literal;
        struct sg_expr_column column;
        struct sg_expr_variable variable;
        struct sg_expr_operation operation;
        struct sg_expr_case branches;
        struct sg_expr_call call;
        struct sg_expr_subquery subquery;
        struct sg_expr_match match;
        struct sg_expr_sequence sequence;
        struct sg_expr_word word;
    };
};

enum sg_direction { SG_DIRECTION_NONE, SG_ASCENDING, SG_DESCENDING };

/* ORDER BY, GROUP BY and PARTITION BY items. An integer literal that stands alone (SG_EXPR_LITERAL
 * of SG_LITERAL_INTEGER, with or without parentheses) is an ordinal to ORDER BY and GROUP BY. */
struct sg_order_item {
    struct sg_order_item *next;
    struct sg_expr *expr;
    enum sg_direction direction;
};

/* --- windows ------------------------------------------------------------------------------- */

/* WINDOW name AS (...) in a query block's list, or what follows OVER. */
struct sg_window {
    struct sg_window *next;
    struct sg_name name; /* of a definition; after OVER only for `OVER name`, which has no
                            parentheses and nothing else */
    struct sg_name base; /* (base PARTITION BY ...): the window it builds on */
    struct sg_order_item *partition_by;
    struct sg_order_item *order_by;
    struct sg_expr
        *frame_from; /* the value before PRECEDING or FOLLOWING; NULL for the worded ones */
    struct sg_expr *frame_to;
    uint32_t offset;
    uint32_t size;
};

/* --- query expressions --------------------------------------------------------------------- */

/* One common table expression. */
struct sg_cte {
    struct sg_cte *next;
    struct sg_name name;
    struct sg_name_item *columns; /* c (a, b) AS ...; NULL without */
    struct sg_query *query;
    struct sg_name_item *cycle; /* MariaDB: CYCLE a, b RESTRICT */
};

struct sg_with {
    bool recursive;
    struct sg_cte *ctes;
};

struct sg_limit {
    struct sg_expr *count;  /* literal, parameter or SG_EXPR_WORD (a routine's variable); NULL for
                               MariaDB's LIMIT ROWS EXAMINED alone and OFFSET alone */
    struct sg_expr *offset; /* NULL without */
    struct sg_expr *rows_examined; /* MariaDB */
    bool with_ties;                /* MariaDB: FETCH FIRST n ROWS WITH TIES */
};

enum sg_into_kind { SG_INTO_VARIABLES, SG_INTO_OUTFILE, SG_INTO_DUMPFILE };

struct sg_into {
    enum sg_into_kind kind;
    struct sg_expr *variables; /* SG_EXPR_USER_VARIABLE, or SG_EXPR_WORD for a routine's variable */
    uint32_t offset;
};

/* FOR UPDATE, FOR SHARE, LOCK IN SHARE MODE. */
struct sg_lock {
    struct sg_lock *next;
    bool share;
    struct sg_qualified_item *tables; /* MySQL: OF t1, t2 */
};

/* A query expression: [WITH ...] body [ORDER BY ...] [LIMIT ...] [INTO ...] [FOR UPDATE ...].
 *
 * ORDER BY and LIMIT always stand here, not in the query block: where the body is one query block
 * they are that block's own, where it is a set operation they are the set's. A body that is a
 * SG_TERM_QUERY (one parenthesised query expression, `(SELECT a FROM t) ORDER BY b`) leaves the
 * inner ones inside and the outer ones here. */
struct sg_query {
    struct sg_with *with;
    struct sg_query_term *body;
    struct sg_order_item *order_by;
    struct sg_limit *limit;
    struct sg_into *into; /* wherever it was written: after the items, before or after FOR UPDATE */
    struct sg_lock *locks;
    struct sg_name procedure; /* PROCEDURE ANALYSE(): old MariaDB syntax; absent otherwise */
    struct sg_expr *procedure_arguments;
    uint32_t offset; /* without the parentheses round it */
    uint32_t size;
};

enum sg_term_kind {
    SG_TERM_SELECT, /* select */
    SG_TERM_VALUES, /* values: MySQL VALUES ROW(1), ROW(2); MariaDB VALUES (1), (2) */
    SG_TERM_TABLE,  /* table: MySQL TABLE t */
    SG_TERM_QUERY,  /* query: a parenthesised query expression */
    SG_TERM_SET,    /* terms: two or more, each with the operator that joins it to all before it */
};

enum sg_set_operator {
    SG_SET_NONE, /* first of its list, or no set operation */
    SG_SET_UNION,
    SG_SET_EXCEPT,    /* also MINUS */
    SG_SET_INTERSECT, /* binds tighter: where mixed it is a SG_TERM_SET of its own in the list */
};

struct sg_query_term {
    struct sg_query_term *next; /* in the list of a SG_TERM_SET */
    enum sg_term_kind kind;
    enum sg_set_operator joined_by;
    bool all; /* UNION ALL and its like */
    uint32_t offset;
    uint32_t size;
    union {
        struct sg_select *select;
        struct sg_row *values;
        struct sg_qualified_name *table;
        struct sg_query *query;
        struct sg_query_term *terms;
    };
};

/* Rows of VALUES, in a query and in INSERT. A literal, NULL or DEFAULT that stands alone as a value
 * may be counted instead of kept, and further rows of as many such values may be counted in
 * `repeats` of the row before: a bulk insert is a tree of a few nodes. */
struct sg_row {
    struct sg_row *next;
    struct sg_expr *values; /* without the counted ones, in order */
    uint32_t count;         /* of values written in this row */
    uint32_t repeats;       /* further rows like it that have no node */
    uint32_t offset;
    uint32_t size;
};

enum sg_select_options {
    SG_SELECT_DISTINCT = 1 << 0,
    SG_SELECT_STRAIGHT_JOIN = 1 << 1,
    SG_SELECT_CALC_FOUND_ROWS = 1 << 2,
    SG_SELECT_OTHER = 1 << 3,
};

enum sg_item_kind {
    SG_ITEM_EXPR,
    SG_ITEM_STAR,       /* * */
    SG_ITEM_TABLE_STAR, /* table.*, database.table.* */
};

/* [offset, offset + size) is the expression from its first to its last token, alias not counted:
 * the text that names the column when there is no alias. */
struct sg_select_item {
    struct sg_select_item *next;
    struct sg_expr *expr;            /* SG_ITEM_EXPR */
    struct sg_qualified_name *table; /* SG_ITEM_TABLE_STAR */
    struct sg_name alias; /* absent without; `quote` says how it was written; leading spaces kept */
    enum sg_item_kind kind;
    uint32_t offset;
    uint32_t size;
};

enum sg_rollup {
    SG_ROLLUP_NONE,
    SG_ROLLUP_WITH /* GROUP BY a WITH ROLLUP, ROLLUP (a), CUBE (a) */
};

/* A query block. Its ORDER BY and LIMIT stand in the struct sg_query round it. */
struct sg_select {
    uint32_t options; /* enum sg_select_options */
    enum sg_rollup rollup;
    struct sg_select_item *items;
    struct sg_table_ref *from; /* linked by commas; NULL without FROM and with FROM DUAL */
    bool from_dual;
    struct sg_expr *where;
    struct sg_order_item *group_by;
    struct sg_expr *having;
    struct sg_window *windows; /* WINDOW w AS (...) */
    struct sg_expr *qualify;   /* MySQL */
};

/* --- table references ---------------------------------------------------------------------- */

enum sg_table_ref_kind {
    SG_REF_TABLE,      /* base */
    SG_REF_DERIVED,    /* derived: (SELECT ...) alias, LATERAL (...) alias */
    SG_REF_JSON_TABLE, /* json_table */
    SG_REF_JOIN,       /* join */
    SG_REF_NEST,       /* nest: (a, b), (a JOIN b): a list linked by commas; also {oj ...} */
};

enum sg_join_kind {
    SG_JOIN_INNER, /* JOIN, INNER JOIN, CROSS JOIN, STRAIGHT_JOIN; with or without condition */
    SG_JOIN_LEFT,
    SG_JOIN_RIGHT,
};

enum sg_period_kind { SG_PERIOD_NONE, SG_PERIOD_AS_OF, SG_PERIOD_RANGE, SG_PERIOD_ALL };

/* MariaDB: FOR SYSTEM_TIME ..., FOR PORTION OF period FROM a TO b. */
struct sg_period {
    enum sg_period_kind kind;
    struct sg_name name;  /* of FOR PORTION OF */
    struct sg_expr *from; /* AS OF's too */
    struct sg_expr *to;
};

struct sg_ref_base {
    struct sg_qualified_name name;
    struct sg_name_item *partitions;  /* PARTITION (p0, p1) */
    struct sg_name_item *index_hints; /* all names in USE, FORCE, IGNORE INDEX (...) */
    struct sg_period *period;
};

struct sg_ref_derived {
    struct sg_query *query;
    struct sg_period *period;     /* MariaDB: (SELECT ...) FOR SYSTEM_TIME ... alias */
    struct sg_name_item *columns; /* alias (a, b) */
    bool lateral;
};

enum sg_json_column_kind {
    SG_JSON_ORDINALITY, /* name FOR ORDINALITY */
    SG_JSON_VALUE,      /* name type PATH 'x' ... */
    SG_JSON_EXISTS,     /* name type EXISTS PATH 'x' */
    SG_JSON_NESTED,     /* NESTED [PATH] 'x' COLUMNS (...): no name */
};

struct sg_json_column {
    struct sg_json_column *next;
    enum sg_json_column_kind kind;
    struct sg_name name;
    struct sg_json_column *columns; /* of a nested one: columns of the same table */
};

struct sg_ref_json_table {
    struct sg_expr *document;
    struct sg_json_column *columns;
};

/* a JOIN b ON c. Left is what stands to the left in the text, also of a RIGHT JOIN.
 * `a JOIN b JOIN c ON x ON y` is a JOIN (b JOIN c ON x) ON y. */
struct sg_ref_join {
    struct sg_table_ref *left;
    struct sg_table_ref *right;
    struct sg_expr *on;                 /* NULL without */
    struct sg_name_item *using_columns; /* NULL without */
    enum sg_join_kind kind;
    bool natural;
    bool straight; /* STRAIGHT_JOIN */
    bool cross;    /* CROSS JOIN */
};

struct sg_table_ref {
    struct sg_table_ref *next; /* after a comma */
    enum sg_table_ref_kind kind;
    uint32_t offset;
    uint32_t size;
    struct sg_name alias; /* base, derived, JSON_TABLE; absent without */
    union {
        struct sg_ref_base base;
        struct sg_ref_derived derived;
        struct sg_ref_json_table json_table;
        struct sg_ref_join join;
        struct sg_table_ref *nest;
    };
};

/* --- INSERT, REPLACE, UPDATE, DELETE ------------------------------------------------------- */

/* column = value in UPDATE, INSERT ... SET, ON DUPLICATE KEY UPDATE, LOAD DATA ... SET. */
struct sg_assignment {
    struct sg_assignment *next;
    struct sg_expr *column; /* SG_EXPR_COLUMN; LOAD DATA may have SG_EXPR_USER_VARIABLE */
    struct sg_expr *value;  /* may be bare SG_EXPR_DEFAULT */
};

enum sg_insert_source {
    SG_INSERT_VALUES, /* rows */
    SG_INSERT_SET,    /* set */
    SG_INSERT_QUERY,  /* query: SELECT, TABLE, VALUES ROW(), WITH ..., parenthesised or not */
};

struct sg_insert {
    bool replace;
    bool ignore;
    enum sg_insert_source source;
    struct sg_qualified_name table;
    struct sg_name_item *partitions;
    bool has_columns;        /* a list was written, perhaps the empty one */
    struct sg_expr *columns; /* SG_EXPR_COLUMN, in order */
    uint32_t column_count;
    struct sg_row *rows;
    struct sg_assignment *set;
    struct sg_query *query;
    struct sg_name row_alias; /* MySQL: VALUES (...) AS new (a, b) */
    struct sg_name_item *row_alias_columns;
    struct sg_assignment *on_duplicate;
    struct sg_select_item *returning; /* MariaDB */
};

struct sg_update {
    struct sg_with *with;
    bool ignore;
    bool multiple; /* more than one table, or a join or derived table: the multiple-table syntax */
    struct sg_table_ref *tables;
    struct sg_period *portion; /* MariaDB: UPDATE t FOR PORTION OF p FROM a TO b */
    struct sg_assignment *set;
    struct sg_expr *where;
    struct sg_order_item *order_by;
    struct sg_limit *limit;
    struct sg_select_item *returning; /* later MariaDB */
};

/* A name in a DELETE list: t, t.*, database.t, database.t.*  */
struct sg_delete_target {
    struct sg_delete_target *next;
    struct sg_qualified_name name;
};

enum sg_delete_form {
    SG_DELETE_SINGLE,  /* DELETE FROM t [alias] WHERE ...: no targets, one table */
    SG_DELETE_FROM,    /* DELETE t1, t2 FROM refs */
    SG_DELETE_USING,   /* DELETE FROM t1, t2 USING refs */
    SG_DELETE_HISTORY, /* MariaDB: DELETE HISTORY FROM t BEFORE SYSTEM_TIME x */
};

struct sg_delete {
    struct sg_with *with;
    enum sg_delete_form form;
    bool ignore;
    struct sg_delete_target *targets;
    struct sg_table_ref *tables;
    struct sg_period *portion; /* MariaDB: FOR PORTION OF; for HISTORY the BEFORE value in `to` */
    struct sg_expr *where;
    struct sg_order_item *order_by;
    struct sg_limit *limit;
    struct sg_select_item *returning; /* MariaDB */
};

struct sg_load {
    bool xml;
    bool local;
    bool replace;
    struct sg_qualified_name table;
    struct sg_name_item *partitions;
    bool has_columns;
    struct sg_expr *columns; /* SG_EXPR_COLUMN or SG_EXPR_USER_VARIABLE */
    struct sg_assignment *set;
};

enum sg_handler_action { SG_HANDLER_OPEN, SG_HANDLER_READ, SG_HANDLER_CLOSE };

struct sg_handler {
    enum sg_handler_action action;
    struct sg_qualified_name table; /* OPEN: the table. READ, CLOSE: the handler's name */
    struct sg_name alias;
    struct sg_name index;
    struct sg_expr *key; /* READ index = (values) */
    struct sg_expr *where;
    struct sg_limit *limit;
};

struct sg_call {
    struct sg_qualified_name name;
    struct sg_expr *arguments;
};

/* --- session statements -------------------------------------------------------------------- */

enum sg_set_kind {
    SG_SET_USER_VARIABLE,   /* @name = value */
    SG_SET_SYSTEM_VARIABLE, /* [SESSION|GLOBAL|PERSIST ...] name = value, @@name = value */
    SG_SET_NAMES,           /* SET NAMES value [COLLATE ...], SET NAMES DEFAULT */
    SG_SET_CHARACTER_SET,   /* SET CHARACTER SET value, SET CHARSET value */
    SG_SET_FIELD,           /* NEW.column = value in a trigger: `name` column, `qualifier` NEW */
    SG_SET_OTHER,           /* PASSWORD, ROLE, DEFAULT ROLE, TRANSACTION, RESOURCE GROUP */
};

enum sg_scope_word {
    SG_SCOPE_NONE,    /* the session, or a routine's own variable */
    SG_SCOPE_SESSION, /* SESSION, LOCAL */
    SG_SCOPE_GLOBAL,
    SG_SCOPE_PERSIST,
    SG_SCOPE_PERSIST_ONLY,
};

struct sg_set_item {
    struct sg_set_item *next;
    enum sg_set_kind kind;
    enum sg_scope_word scope;
    struct sg_name qualifier; /* instance.name = ... */
    struct sg_name name;      /* the variable, without @; absent for NAMES and OTHER */
    struct sg_expr *value; /* DEFAULT is bare SG_EXPR_DEFAULT; a lone word for a system variable is
                              SG_EXPR_WORD; NAMES: literal, SG_EXPR_WORD or SG_EXPR_DEFAULT */
};

struct sg_set {
    struct sg_set_item *items;
    struct sg_statement *statement; /* MariaDB: SET STATEMENT a = b FOR statement */
};

/* What SHOW shows: its WHERE sees the columns of that. */
enum sg_show_kind {
    SG_SHOW_OTHER, /* nothing to look up */
    SG_SHOW_DATABASES,
    SG_SHOW_TABLES,
    SG_SHOW_TABLE_STATUS,
    SG_SHOW_OPEN_TABLES,
    SG_SHOW_COLUMNS,
    SG_SHOW_INDEX,
    SG_SHOW_TRIGGERS,
    SG_SHOW_EVENTS,
    SG_SHOW_VARIABLES,
    SG_SHOW_STATUS,
    SG_SHOW_PROCEDURE_STATUS,
    SG_SHOW_FUNCTION_STATUS,
    SG_SHOW_COLLATION,
    SG_SHOW_CHARACTER_SET,
    SG_SHOW_CREATE_TABLE, /* also VIEW, SEQUENCE: a table that must exist */
    SG_SHOW_PACKAGE_STATUS,
    SG_SHOW_PLUGINS,
};

struct sg_show {
    enum sg_show_kind kind;
    bool full;
    bool extended;
    bool has_like;
    struct sg_name database;        /* FROM database */
    struct sg_qualified_name table; /* SHOW COLUMNS FROM t, SHOW CREATE TABLE t */
    struct sg_expr *where;
    struct sg_slice like; /* the pattern as written, with quotes */
    struct sg_limit *limit;
};

/* DESCRIBE t [column], EXPLAIN statement, ANALYZE statement. */
struct sg_explain {
    struct sg_qualified_name table; /* DESCRIBE; absent otherwise */
    bool analyze;
    bool for_connection;     /* nothing to look up */
    struct sg_name database; /* MySQL: FOR DATABASE d, FOR SCHEMA d */
    struct sg_name into;     /* MySQL: INTO @variable */
    struct sg_statement *statement;
};

/* PREPARE name FROM 'text' | @variable; EXECUTE name USING ...; EXECUTE IMMEDIATE expr. */
struct sg_prepare {
    struct sg_name name;
    struct sg_expr *text; /* literal, variable; MariaDB any expression */
    struct sg_expr *using_values;
};

/* --- DDL ----------------------------------------------------------------------------------- */

enum sg_ddl_action {
    SG_DDL_CREATE,
    SG_DDL_ALTER,
    SG_DDL_DROP,
    SG_DDL_RENAME,
    SG_DDL_TRUNCATE,
};

enum sg_ddl_object {
    SG_OBJECT_TABLE,
    SG_OBJECT_VIEW,
    SG_OBJECT_SEQUENCE,
    SG_OBJECT_DATABASE,
    SG_OBJECT_INDEX,
    SG_OBJECT_TRIGGER,
    SG_OBJECT_PROCEDURE,
    SG_OBJECT_FUNCTION,
    SG_OBJECT_EVENT,
    SG_OBJECT_PACKAGE,
    SG_OBJECT_OTHER, /* USER, ROLE, SERVER, TABLESPACE, LOGFILE GROUP, RESOURCE GROUP, INSTANCE ...
                      */
};

enum sg_column_option_flags {
    SG_OPTION_NOT_NULL = 1 << 0,
    SG_OPTION_NULL = 1 << 1,
    SG_OPTION_PRIMARY = 1 << 2,
    SG_OPTION_UNIQUE = 1 << 3,
    SG_OPTION_AUTO_INCREMENT = 1 << 4,
    SG_OPTION_INVISIBLE = 1 << 5,
    SG_OPTION_GENERATED = 1 << 6,
    SG_OPTION_STORED = 1 << 7,
    SG_OPTION_ROW_START = 1 << 8, /* MariaDB: GENERATED ALWAYS AS ROW START */
    SG_OPTION_ROW_END = 1 << 9,
    SG_OPTION_UNVERSIONED = 1 << 10,
    SG_OPTION_SERIAL =
        1 << 11, /* the type SERIAL: BIGINT UNSIGNED NOT NULL AUTO_INCREMENT UNIQUE */
    SG_OPTION_VERSIONED = 1 << 12, /* MariaDB: WITH SYSTEM VERSIONING at a column */
};

struct sg_column_def {
    struct sg_column_def *next;
    struct sg_name name;
    struct sg_slice type; /* as written: "varchar(20) character set latin1", without the options */
    struct sg_slice type_word;     /* its first word: "varchar" */
    uint32_t flags;                /* enum sg_column_option_flags */
    struct sg_expr *default_value; /* literal or expression; NULL without */
    struct sg_expr *on_update;
    struct sg_expr *generated;
    struct sg_check *checks;
    struct sg_reference_def *references; /* read, and ignored by the servers save MariaDB */
    struct sg_slice comment;             /* COMMENT 'x', its value */
    struct sg_slice collation;           /* COLLATE x behind the type */
    struct sg_name after;                /* ALTER: AFTER column */
    bool first;                          /* ALTER: FIRST */
};

struct sg_check {
    struct sg_check *next;
    struct sg_name name;
    struct sg_expr *expr;
    bool not_enforced;
};

enum sg_reference_action {
    SG_REFERENCE_UNSAID,
    SG_REFERENCE_RESTRICT,
    SG_REFERENCE_CASCADE,
    SG_REFERENCE_SET_NULL,
    SG_REFERENCE_SET_DEFAULT,
    SG_REFERENCE_NO_ACTION,
};

struct sg_reference_def {
    struct sg_qualified_name table;
    struct sg_name_item *columns;
    enum sg_reference_action on_delete;
    enum sg_reference_action on_update;
};

enum sg_key_kind {
    SG_KEY_PLAIN,
    SG_KEY_PRIMARY,
    SG_KEY_UNIQUE,
    SG_KEY_FULLTEXT,
    SG_KEY_SPATIAL,
    SG_KEY_VECTOR,
    SG_KEY_FOREIGN,
};

struct sg_key_part {
    struct sg_key_part *next;
    struct sg_name column; /* absent for an expression */
    struct sg_expr *expr;
    bool has_length; /* column(10) */
    bool descending;
    struct sg_slice length; /* as written */
    bool is_period;         /* MariaDB: period WITHOUT OVERLAPS: `column` is a period */
};

struct sg_key_def {
    struct sg_key_def *next;
    enum sg_key_kind kind;
    struct sg_name name;
    bool is_constraint; /* the name is that behind CONSTRAINT */
    bool invisible;     /* INVISIBLE; MariaDB: IGNORED */
    struct sg_key_part *parts;
    struct sg_reference_def *references; /* FOREIGN KEY */
    struct sg_slice comment;
};

/* PARTITION BY. */
struct sg_partitioning {
    struct sg_expr *expr;         /* HASH, RANGE, LIST: NULL otherwise */
    struct sg_name_item *columns; /* KEY, RANGE COLUMNS, LIST COLUMNS */
    struct sg_expr *subpartition_expr;
    struct sg_name_item *subpartition_columns;
    struct sg_expr *values; /* all VALUES LESS THAN, VALUES IN expressions */
    bool system_time;       /* MariaDB: PARTITION BY SYSTEM_TIME */
};

/* What stands between the parentheses of CREATE TABLE, and its tail. */
struct sg_table_def {
    struct sg_column_def *columns;
    struct sg_key_def *keys;
    struct sg_check *checks;
    struct sg_qualified_name like; /* CREATE TABLE a LIKE b */
    bool versioned;                /* MariaDB: WITH SYSTEM VERSIONING */
    struct sg_name period;         /* MariaDB: PERIOD FOR name (start, end) */
    struct sg_name period_start;
    struct sg_name period_end;
    struct sg_partitioning *partitioning;
    struct sg_qualified_item *union_tables; /* MERGE: UNION (t1, t2) */
    bool query_ignore;
    bool query_replace;
    struct sg_query *query; /* [AS] SELECT ... */
    struct sg_slice engine; /* options: the last of each counts; empty when not written */
    struct sg_slice charset;
    struct sg_slice collation;
    struct sg_slice comment;
    bool has_comment;
};

enum sg_alter_kind {
    SG_ALTER_ADD_COLUMNS, /* columns */
    SG_ALTER_ADD_KEY,
    SG_ALTER_ADD_CHECK,
    SG_ALTER_CHANGE_COLUMN, /* name, columns */
    SG_ALTER_MODIFY_COLUMN, /* columns */
    SG_ALTER_DROP_COLUMN,   /* name */
    SG_ALTER_DROP_KEY,      /* name; absent for the primary key */
    SG_ALTER_DROP_CONSTRAINT,
    SG_ALTER_RENAME_COLUMN, /* name, new_name */
    SG_ALTER_RENAME_KEY,
    SG_ALTER_RENAME_TABLE,       /* table */
    SG_ALTER_SET_DEFAULT,        /* name, value; NULL: DROP DEFAULT */
    SG_ALTER_SET_VISIBILITY,     /* name, invisible */
    SG_ALTER_ORDER_BY,           /* order_by */
    SG_ALTER_EXCHANGE_PARTITION, /* table */
    SG_ALTER_PARTITION_BY,
    SG_ALTER_ADD_VERSIONING,
    SG_ALTER_DROP_VERSIONING,
    /* from here on the parser wants no comma behind them */
    SG_ALTER_KEY_STATE,   /* name, invisible */
    SG_ALTER_CHECK_STATE, /* name, not_enforced */
    SG_ALTER_OPTIONS,     /* options */
    SG_ALTER_CONVERT,     /* options: CONVERT TO CHARACTER SET */
    SG_ALTER_OTHER,       /* partitions and the like: no column comes or goes */
};

struct sg_alter_item {
    struct sg_alter_item *next;
    enum sg_alter_kind kind;
    bool if_exists; /* or IF NOT EXISTS */
    bool invisible;
    bool not_enforced;
    struct sg_name name;
    struct sg_name new_name;
    struct sg_table_def *options;
    struct sg_qualified_name table;
    struct sg_column_def *columns;
    struct sg_key_def *key;
    struct sg_check *check;
    struct sg_expr *value;
    struct sg_order_item *order_by;
    struct sg_partitioning *partitioning;
    struct sg_name period, period_start, period_end;
};

enum sg_parameter_mode { SG_PARAMETER_IN, SG_PARAMETER_OUT, SG_PARAMETER_INOUT };

struct sg_parameter {
    struct sg_parameter *next;
    struct sg_name name;
    enum sg_parameter_mode mode;
    struct sg_expr *default_value; /* later MariaDB */
};

struct sg_ddl {
    enum sg_ddl_action action;
    enum sg_ddl_object object;
    bool temporary;
    bool or_replace;
    bool if_exists; /* IF EXISTS, or IF NOT EXISTS */
    struct sg_qualified_item
        *names;                   /* what is created, altered, dropped ...; a database stands in
                                     `name`; RENAME has both names; an INDEX is named by `index` */
    struct sg_name index;         /* CREATE INDEX, DROP INDEX: names is its table */
    struct sg_table_def *table;   /* CREATE TABLE */
    struct sg_key_def *key;       /* CREATE INDEX */
    struct sg_alter_item *alter;  /* ALTER TABLE */
    struct sg_name_item *columns; /* CREATE VIEW v (a, b) */
    struct sg_query *query;       /* CREATE VIEW */
    struct sg_qualified_name trigger_table; /* CREATE TRIGGER ... ON t */
    bool trigger_has_new;                   /* the event allows NEW */
    bool trigger_has_old;
    struct sg_parameter *parameters; /* PROCEDURE, FUNCTION */
    struct sg_expr *schedule;        /* EVENT: AT, EVERY, STARTS, ENDS values */
    struct sg_statement *body;       /* TRIGGER, PROCEDURE, FUNCTION, EVENT */
};

/* --- bodies of stored programs ------------------------------------------------------------- */

enum sg_flow_kind {
    SG_FLOW_BLOCK,  /* BEGIN ... END: declares, statements */
    SG_FLOW_IF,     /* branches */
    SG_FLOW_CASE,   /* operand, branches */
    SG_FLOW_LOOP,   /* statements */
    SG_FLOW_WHILE,  /* condition, statements */
    SG_FLOW_REPEAT, /* statements, condition */
    SG_FLOW_FOR,    /* MariaDB: name, from, to or query */
    SG_FLOW_RETURN, /* condition: the value */
    SG_FLOW_LEAVE,  /* LEAVE, ITERATE label */
    SG_FLOW_CURSOR, /* OPEN, FETCH ... INTO names, CLOSE */
};

enum sg_declare_kind {
    SG_DECLARE_VARIABLES,
    SG_DECLARE_CONDITION,
    SG_DECLARE_CURSOR,  /* query */
    SG_DECLARE_HANDLER, /* body */
};

struct sg_declare {
    struct sg_declare *next;
    enum sg_declare_kind kind;
    struct sg_name_item *names;
    struct sg_expr *default_value;
    struct sg_qualified_name type_of; /* MariaDB: TYPE OF table.column, ROW TYPE OF table */
    struct sg_name type_of_column;
    struct sg_query *query;
    struct sg_parameter *parameters; /* MariaDB: cursors' */
    struct sg_statement *body;
};

struct sg_flow_branch {
    struct sg_flow_branch *next;
    struct sg_expr *condition; /* NULL for ELSE */
    struct sg_statement *statements;
};

struct sg_flow {
    enum sg_flow_kind kind;
    struct sg_name label;
    struct sg_declare *declares;
    struct sg_expr *condition;
    struct sg_flow_branch *branches;
    struct sg_statement *statements;
    struct sg_name name;    /* FOR's variable; the cursor's name */
    struct sg_query *query; /* FOR x IN (SELECT ...) */
    bool is_cursor;         /* FOR x IN cursor (arguments): `from` is the cursor's name, as a column
                               or a call */
    struct sg_expr *from;   /* FOR x IN from .. to; OPEN's arguments */
    struct sg_expr *to;
    struct sg_name_item *into; /* FETCH c INTO a, b */
};

/* --- other statements ---------------------------------------------------------------------- */

/* LOCK TABLES, ANALYZE, CHECK, OPTIMIZE, REPAIR, CHECKSUM TABLE, FLUSH TABLES t, CACHE INDEX ... */
struct sg_tables {
    struct sg_qualified_item *tables;
};

/* One privilege with columns in GRANT and REVOKE. */
struct sg_grant {
    struct sg_expr *columns;        /* SG_EXPR_COLUMN, of all privileges in order */
    struct sg_qualified_name table; /* ON t; `*` parts are absent */
    bool is_table;                  /* ON names one table (not *.*, d.*, a routine) */
    bool grants;                    /* GRANT, not REVOKE */
};

/* Statements with values and no names of their own: DO, KILL, SIGNAL, RESIGNAL, GET DIAGNOSTICS,
 * PURGE BINARY LOGS, CHANGE REPLICATION ... */
struct sg_values_statement {
    struct sg_expr *values;
    struct sg_slice verb; /* first word, as written */
};

/* --- statements ---------------------------------------------------------------------------- */

enum sg_ast_kind {
    SG_AST_EMPTY, /* nothing but white space and comments */
    SG_AST_QUERY,
    SG_AST_INSERT, /* also REPLACE */
    SG_AST_UPDATE,
    SG_AST_DELETE,
    SG_AST_LOAD,
    SG_AST_CALL,
    SG_AST_DO,
    SG_AST_HANDLER,
    SG_AST_USE, /* use */
    SG_AST_SET,
    SG_AST_SHOW,
    SG_AST_EXPLAIN,
    SG_AST_PREPARE,
    SG_AST_EXECUTE,
    SG_AST_EXECUTE_IMMEDIATE,
    SG_AST_DEALLOCATE,
    SG_AST_DDL,
    SG_AST_LOCK_TABLES, /* tables */
    SG_AST_TABLES,      /* tables: maintenance of the named tables, absent ones give a result row */
    SG_AST_FLUSH_TABLES,
    SG_AST_GRANT,
    SG_AST_KILL,        /* values */
    SG_AST_SIGNAL,      /* values: SIGNAL, RESIGNAL */
    SG_AST_DIAGNOSTICS, /* values: GET DIAGNOSTICS */
    SG_AST_FLOW,        /* flow: only inside bodies, and MariaDB's BEGIN NOT ATOMIC and the like */
    SG_AST_TRANSACTION, /* BEGIN, START TRANSACTION, COMMIT, ROLLBACK, SAVEPOINT, RELEASE, XA,
                           UNLOCK: no names to check */
    SG_AST_BACKUP_LOCK, /* tables */
    SG_AST_OTHER,       /* understood to its last token, no names to check; values may be there */
};

const char *sg_ast_kind_name(enum sg_ast_kind kind); /* "query", "insert", "ddl" ... */

struct sg_statement {
    struct sg_statement *next; /* in a body */
    enum sg_ast_kind kind;
    uint32_t offset;
    uint32_t size;
    uint32_t parameter_count; /* `?` in it; of the outermost statement only */
    bool is_refused; /* the server's parser knows no such character set (1115) or format (1791); of
                        the outermost statement only */
    union {
        struct sg_query *query;
        struct sg_insert *insert;
        struct sg_update *update;
        struct sg_delete *delete;
        struct sg_load *load;
        struct sg_call *call;
        struct sg_handler *handler;
        struct sg_name *use;
        struct sg_set *set;
        struct sg_show *show;
        struct sg_explain *explain;
        struct sg_prepare *prepare;
        struct sg_ddl *ddl;
        struct sg_tables *tables;
        struct sg_grant *grant;
        struct sg_values_statement *values;
        struct sg_flow *flow;
    };
};

/* --- the door ------------------------------------------------------------------------------ */

enum sg_parse_status {
    SG_PARSE_OK,          /* every token up to the end or the `;` was consumed by a production */
    SG_PARSE_SYNTAX,      /* no production of this flavour fits */
    SG_PARSE_UNSUPPORTED, /* a production of the language that is not read here */
    SG_PARSE_TOO_DEEP,    /* nested beyond SG_AST_DEPTH_MAX */
    SG_PARSE_MEMORY,      /* the arena's ceiling was reached */
};

struct sg_parse {
    enum sg_parse_status status;
    struct sg_statement *statement; /* SG_PARSE_OK only; else NULL */
    struct sg_slice reason; /* otherwise: what stopped the reading, static or arena text without
                               anything of the statement's literals */
    size_t offset;          /* and at which byte */
    size_t consumed; /* bytes up to and including the `;` that ends the statement, or all; always
                        all without a tree: where a statement that was not understood ends is not
                        known either (CREATE PROCEDURE has `;` inside) */
};

/* Reads the first statement of `text`.
 *
 * text      bytes in the context's character set; borrowed as long as the tree is
 * context   server (flavour and version), sql_mode and charset are looked at
 * arena     receives the tree
 * returns   out->status; everything in *out is set
 * source    MySQL manual, "SQL Statements"; MariaDB documentation, "SQL Statements"
 */
enum sg_parse_status sg_parse(struct sg_slice text, const struct sg_context *context,
                              struct sg_arena *arena, struct sg_parse *out);

/* --- the tree as text ---------------------------------------------------------------------- */

/* Writes the tree as one line of nested parentheses, for tests and for people:
 * "(query (select (items (column a)) (from (table t))))". Returns the length that it has or would
 * have had; at most `size` bytes are written, NUL included. print.c. */
size_t sg_ast_print(const struct sg_statement *statement, struct sg_slice text, char *buffer,
                    size_t size);

#endif
