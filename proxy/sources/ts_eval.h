/* What a declaration's expressions are worth, without running a program.
 *
 * Values of constants, objects, arrays, templates, functions that compute from their arguments,
 * and those of other files, by their imports. There is no state, no input and no time: what would
 * need any of it is unknown, and so is whatever is made of it. Names from packages are the host's
 * (drizzle.c). Work and depth are bounded.
 */
#ifndef SOURCES_TS_EVAL_H
#define SOURCES_TS_EVAL_H

#include "sources/ts_parse.h"

enum ts_value_kind {
    TS_VALUE_UNDEFINED,
    TS_VALUE_NULL,
    TS_VALUE_BOOLEAN,
    TS_VALUE_NUMBER,
    TS_VALUE_BIGINT, /* text: its digits */
    TS_VALUE_STRING,
    TS_VALUE_ARRAY,    /* items: values */
    TS_VALUE_OBJECT,   /* items: struct ts_entry */
    TS_VALUE_FUNCTION, /* node, scope */
    TS_VALUE_DATE,     /* text: as toISOString() */
    TS_VALUE_MODULE,   /* data: of the host or struct ts_module */
    TS_VALUE_GLOBAL,   /* text: Object, String ... */
    TS_VALUE_HOST,     /* tag and data are the host's */
    TS_VALUE_UNKNOWN,  /* text: why; place: where */
};

struct ts_scope;
struct ts_module;

struct ts_value {
    enum ts_value_kind kind;
    int tag;
    bool boolean;
    bool is_table; /* unknown: but a table or part of one, so it matters */
    bool is_told;  /* unknown: reported already */
    double number;
    struct sg_slice text;
    struct orm_list items;
    const struct ts_node *node;
    struct ts_scope *scope;
    void *data;
    struct orm_place place;
};

struct ts_entry {
    struct sg_slice key;
    struct ts_value *value;
    struct orm_place place;
};

struct ts_eval;

/* What packages give. Each returns a value, never NULL; TS_VALUE_UNKNOWN by ts_unknown. */
struct ts_host {
    struct ts_value *(*import)(struct ts_eval *eval, struct sg_slice module, struct sg_slice name,
                               struct orm_place place);
    struct ts_value *(*call)(struct ts_eval *eval, struct ts_value *callee,
                             const struct orm_list *arguments, struct orm_place place);
    struct ts_value *(*method)(struct ts_eval *eval, struct ts_value *object, struct sg_slice name,
                               const struct orm_list *arguments, struct orm_place place);
    struct ts_value *(*member)(struct ts_eval *eval, struct ts_value *object, struct sg_slice name,
                               struct orm_place place);
    struct ts_value *(*tagged)(struct ts_eval *eval, struct ts_value *tag,
                               const struct orm_list *pieces, const struct orm_list *values,
                               struct orm_place place);
};

struct ts_eval {
    struct orm *orm;
    struct sg_arena *arena;
    const struct ts_host *host;
    void *host_data;
    bool reads_files;
    struct orm_list modules; /* struct ts_module */
    size_t work;             /* nodes looked at */
    int depth;
};

struct ts_binding {
    struct sg_slice name;
    const struct ts_node *pattern; /* NULL: the value is there */
    const struct ts_node *node;
    struct ts_value *value; /* NULL: not yet asked for */
    bool is_busy;
    bool is_exported;
};

struct ts_module {
    struct ts_file file;
    struct orm_list bindings; /* struct ts_binding */
    struct ts_scope *scope;
    bool is_busy; /* its exports are being looked through */
};

/* Counts work that is done; false when it is more than is done for one source. */
bool ts_work(struct ts_eval *eval, size_t amount);

void ts_eval_init(struct ts_eval *eval, struct orm *orm, const struct ts_host *host, void *data);

/* Of a text that is there, or of a file. Once per name. NULL: it cannot be read (*error set), or
 * memory is out. */
struct ts_module *ts_module_of(struct ts_eval *eval, struct sg_slice text, const char *name);
struct ts_module *ts_module_read(struct ts_eval *eval, const char *path, struct sg_error *error);

/* Every exported name with its value, once, in order of declaration. */
void ts_module_exports(struct ts_eval *eval, struct ts_module *module, struct orm_list *entries);
struct ts_value *ts_module_export(struct ts_eval *eval, struct ts_module *module,
                                  struct sg_slice name, struct orm_place place);
/* The value of a name at the module's top; NULL: there is no such name. */
struct ts_value *ts_module_value(struct ts_eval *eval, struct ts_module *module,
                                 struct sg_slice name);

/* --- values -------------------------------------------------------------------------------- */

/* Never NULL: when memory is out a value that nobody must write to. */
struct ts_value *ts_value_new(struct ts_eval *eval, enum ts_value_kind kind);
struct ts_value *ts_string(struct ts_eval *eval, struct sg_slice text);
struct ts_value *ts_number(struct ts_eval *eval, double number);
struct ts_value *ts_host_value(struct ts_eval *eval, int tag, void *data, struct orm_place place);
struct ts_value *ts_unknown(struct ts_eval *eval, struct orm_place place, const char *format, ...)
    SG_PRINTF(3, 4);

struct ts_value *ts_call(struct ts_eval *eval, struct ts_value *function,
                         const struct orm_list *arguments, struct orm_place place);
/* The item at that position, or undefined. */
struct ts_value *ts_argument(struct ts_eval *eval, const struct orm_list *arguments, size_t index);
struct ts_value *ts_member(struct ts_eval *eval, struct ts_value *object, struct sg_slice name,
                           struct orm_place place);
void ts_put(struct ts_eval *eval, struct ts_value *object, struct sg_slice key,
            struct ts_value *value, struct orm_place place);
/* An object's entry that is not undefined, or NULL. */
struct ts_value *ts_property(const struct ts_value *object, const char *name);
/* As JavaScript's String() gives it; false: it has no plain text. */
bool ts_to_text(struct ts_eval *eval, const struct ts_value *value, struct sg_slice *out);
/* As JSON.stringify gives it; false: it cannot be told. */
bool ts_to_json(struct ts_eval *eval, const struct ts_value *value, struct sg_slice *out);
bool ts_is_true(const struct ts_value *value);

#endif
