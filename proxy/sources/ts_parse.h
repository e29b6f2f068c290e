/* Declarations of a TypeScript file as a tree.
 *
 * The subset that declarations are written in: imports and exports, const and function, literals,
 * templates, calls, members, arrow functions, spreads, operators; types are stepped over. What is
 * outside of it becomes a node that says so, and the reading goes on behind it: whether it matters
 * shows when its value is asked for.
 */
#ifndef SOURCES_TS_PARSE_H
#define SOURCES_TS_PARSE_H

#include "sources/ts_lex.h"

enum ts_kind {
    TS_UNKNOWN, /* text: what was not understood */
    TS_NAME,
    TS_STRING,
    TS_NUMBER,
    TS_BIGINT,
    TS_REGEX,
    TS_TEMPLATE,    /* pieces: TS_STRING nodes; items: what stands between them */
    TS_TAGGED,      /* left: tag, right: TS_TEMPLATE */
    TS_MEMBER,      /* left.text */
    TS_INDEX,       /* left[right] */
    TS_CALL,        /* left(items) */
    TS_NEW,         /* new left(items) */
    TS_FUNCTION,    /* items: parameters; right: its value, or TS_BLOCK */
    TS_OBJECT,      /* items: TS_PROPERTY, TS_SPREAD */
    TS_PROPERTY,    /* text, or [left]; right: its value */
    TS_ARRAY,       /* items */
    TS_SPREAD,      /* ...left */
    TS_UNARY,       /* text left */
    TS_BINARY,      /* left text right */
    TS_CONDITIONAL, /* left ? right : third */
    TS_BLOCK,       /* items: statements */
    TS_DECLARE,     /* left: pattern, right: value */
    TS_RETURN,      /* left, or NULL */
    TS_IF,          /* left, right, third */
    TS_STATEMENT,   /* left: an expression whose value nobody wants */
    TS_ENUM,        /* items: TS_PROPERTY; a value may be NULL */
};

/* Parameters and patterns: TS_NAME; TS_OBJECT of TS_PROPERTY (right: pattern; third: default) and
 * TS_SPREAD; TS_ARRAY; with a default in `third`. */
struct ts_node {
    enum ts_kind kind;
    unsigned line;
    bool mentions_table; /* TS_UNKNOWN: a name in it looks like a maker of tables */
    bool optional;       /* TS_MEMBER, TS_CALL, TS_INDEX: ?. */
    struct sg_slice text;
    struct ts_node *left;
    struct ts_node *right;
    struct ts_node *third;
    struct orm_list items;
    struct orm_list pieces;
};

struct ts_import {
    struct sg_slice module;
    struct sg_slice name; /* there; empty: the whole of it (* as) */
    struct sg_slice local;
    unsigned line;
};

struct ts_export {
    struct sg_slice module; /* empty: from here */
    struct sg_slice name;   /* there; empty: all of them (export *) */
    struct sg_slice as;     /* empty with `name` empty: under their own names */
    unsigned line;
};

struct ts_file {
    const char *name;
    struct orm_list imports;  /* struct ts_import */
    struct orm_list exports;  /* struct ts_export */
    struct orm_list declared; /* struct ts_node: TS_DECLARE */
};

/* The default export is declared under this name. */
#define TS_DEFAULT_NAME "default"

/* Everything in orm's arena. Text that cannot be cut into tokens is a problem of `orm`, and the
 * file is empty then. */
void ts_parse(struct orm *orm, struct sg_slice text, const char *name, struct ts_file *out);

#endif
