/* Values of declarations; see ts_eval.h. */
#include "sources/ts_eval.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources/ts_builtin.h"
#include "sources/ts_module.h"

#define WORK_MAX  ((size_t)4 << 20)
#define DEPTH_MAX 400

struct ts_scope {
    struct ts_scope *parent;
    struct ts_module *module; /* the outermost one */
    struct orm_list bindings; /* struct ts_binding; of an inner one */
};

static struct ts_value *eval_node(struct ts_eval *eval, const struct ts_node *node,
                                  struct ts_scope *scope);

void ts_eval_init(struct ts_eval *eval, struct orm *orm, const struct ts_host *host, void *data)
{
    *eval = (struct ts_eval){.orm = orm, .arena = orm->arena, .host = host, .host_data = data};
}

bool ts_work(struct ts_eval *eval, size_t amount)
{
    eval->work += amount;
    return eval->work <= WORK_MAX && !eval->arena->exhausted;
}

/* --- values -------------------------------------------------------------------------------- */

struct ts_value *ts_value_new(struct ts_eval *eval, enum ts_value_kind kind)
{
    static struct ts_value nothing = {.kind = TS_VALUE_UNKNOWN, .is_told = true};
    struct ts_value *value = sg_arena_alloc(eval->arena, sizeof *value);
    if (!value)
        return &nothing;
    value->kind = kind;
    return value;
}

struct ts_value *ts_string(struct ts_eval *eval, struct sg_slice text)
{
    struct ts_value *value = ts_value_new(eval, TS_VALUE_STRING);
    if (value->kind == TS_VALUE_STRING)
        value->text = text;
    return value;
}

struct ts_value *ts_host_value(struct ts_eval *eval, int tag, void *data, struct orm_place place)
{
    struct ts_value *value = ts_value_new(eval, TS_VALUE_HOST);
    if (value->kind == TS_VALUE_HOST) {
        value->tag = tag;
        value->data = data;
        value->place = place;
    }
    return value;
}

struct ts_value *ts_unknown(struct ts_eval *eval, struct orm_place place, const char *format, ...)
{
    char text[256];
    va_list arguments;
    struct ts_value *value = ts_value_new(eval, TS_VALUE_UNKNOWN);
    if (eval->arena->exhausted)
        return value;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    value->text = sg_arena_copy(eval->arena, sg_slice_of(text));
    value->place = place;
    return value;
}

static struct ts_value *boolean_of(struct ts_eval *eval, bool truth)
{
    struct ts_value *value = ts_value_new(eval, TS_VALUE_BOOLEAN);
    if (value->kind == TS_VALUE_BOOLEAN)
        value->boolean = truth;
    return value;
}

struct ts_value *ts_number(struct ts_eval *eval, double number)
{
    struct ts_value *value = ts_value_new(eval, TS_VALUE_NUMBER);
    if (value->kind == TS_VALUE_NUMBER)
        value->number = number;
    return value;
}

struct ts_value *ts_argument(struct ts_eval *eval, const struct orm_list *arguments, size_t index)
{
    return index < arguments->count ? arguments->items[index]
                                    : ts_value_new(eval, TS_VALUE_UNDEFINED);
}

static struct ts_entry *find_entry(const struct ts_value *object, struct sg_slice key)
{
    for (size_t i = 0; object->kind == TS_VALUE_OBJECT && i < object->items.count; i++) {
        struct ts_entry *entry = object->items.items[i];
        if (sg_slice_equal(entry->key, key))
            return entry;
    }
    return NULL;
}

struct ts_value *ts_property(const struct ts_value *object, const char *name)
{
    const struct ts_entry *entry = find_entry(object, sg_slice_of(name));
    return entry && entry->value->kind != TS_VALUE_UNDEFINED ? entry->value : NULL;
}

/* A key that is there keeps its place, as in JavaScript. */
void ts_put(struct ts_eval *eval, struct ts_value *object, struct sg_slice key,
            struct ts_value *value, struct orm_place place)
{
    struct ts_entry *entry = find_entry(object, key);
    (void)ts_work(eval, object->items.count / 64);
    if (!entry) {
        entry = sg_arena_alloc(eval->arena, sizeof *entry);
        if (!entry || !orm_push(eval->arena, &object->items, entry))
            return;
        entry->key = key;
    }
    entry->value = value;
    entry->place = place;
}

bool ts_is_true(const struct ts_value *value)
{
    switch (value->kind) {
    case TS_VALUE_UNDEFINED:
    case TS_VALUE_NULL:
        return false;
    case TS_VALUE_BOOLEAN:
        return value->boolean;
    case TS_VALUE_NUMBER:
        return value->number != 0 && !isnan(value->number);
    case TS_VALUE_STRING:
        return value->text.size > 0;
    case TS_VALUE_BIGINT:
        return !sg_slice_equal(value->text, SG_SLICE_LITERAL("0"));
    case TS_VALUE_ARRAY:
    case TS_VALUE_OBJECT:
    case TS_VALUE_FUNCTION:
    case TS_VALUE_DATE:
    case TS_VALUE_MODULE:
    case TS_VALUE_GLOBAL:
    case TS_VALUE_HOST:
    case TS_VALUE_UNKNOWN:
        break;
    }
    return true;
}

/* --- names --------------------------------------------------------------------------------- */

static struct ts_binding *find_binding(const struct orm_list *bindings, struct sg_slice name)
{
    for (size_t i = 0; i < bindings->count; i++) {
        struct ts_binding *binding = bindings->items[i];
        if (sg_slice_equal(binding->name, name))
            return binding;
    }
    return NULL;
}

static struct orm_place place_in(const struct ts_scope *scope, const struct ts_node *node)
{
    while (scope->parent)
        scope = scope->parent;
    return (struct orm_place){scope->module->file.name, node->line};
}

/* What an element of a pattern gives a name to: `a`, `a: b`, `...b`. */
static const struct ts_node *named_by(const struct ts_node *item)
{
    if (item->kind == TS_PROPERTY)
        return item->right;
    return item->kind == TS_SPREAD ? item->left : item;
}

/* What a pattern takes of a value for one of its names. */
static struct ts_value *pick(struct ts_eval *eval, const struct ts_node *pattern,
                             struct ts_value *value, struct sg_slice name, struct ts_scope *scope)
{
    if (pattern->kind == TS_NAME)
        return sg_slice_equal(pattern->text, name) ? value : NULL;
    for (size_t i = 0; i < pattern->items.count; i++) {
        const struct ts_node *item = pattern->items.items[i];
        const struct ts_node *inner = named_by(item);
        struct ts_value *part;
        if (inner->kind != TS_NAME || !sg_slice_equal(inner->text, name))
            continue;
        if (item->kind == TS_SPREAD)
            return ts_unknown(eval, place_in(scope, item), "a rest (...) is not followed here");
        if (pattern->kind == TS_ARRAY)
            part = value->kind == TS_VALUE_ARRAY
                       ? ts_argument(eval, &value->items, i)
                       : ts_member(eval, value, name, place_in(scope, item));
        else
            part = ts_member(eval, value, item->text, place_in(scope, item));
        if (part->kind == TS_VALUE_UNDEFINED && inner->third)
            part = eval_node(eval, inner->third, scope);
        return part;
    }
    return NULL;
}

static struct ts_value *value_of_binding(struct ts_eval *eval, struct ts_binding *binding,
                                         struct ts_scope *scope)
{
    if (binding->value)
        return binding->value;
    if (binding->is_busy)
        return ts_unknown(eval, place_in(scope, binding->node), "%.*s needs its own value",
                          ORM_TEXT(binding->name));
    binding->is_busy = true;
    struct ts_value *value = eval_node(eval, binding->node, scope);
    if (value->kind != TS_VALUE_UNKNOWN)
        value = pick(eval, binding->pattern, value, binding->name, scope);
    binding->is_busy = false;
    binding->value = value ? value : ts_value_new(eval, TS_VALUE_UNDEFINED);
    return binding->value;
}

static struct ts_value *eval_import(struct ts_eval *eval, struct ts_scope *scope,
                                    struct sg_slice name)
{
    const struct ts_module *module = scope->module;
    for (size_t i = 0; i < module->file.imports.count; i++) {
        const struct ts_import *import = module->file.imports.items[i];
        struct orm_place place = {module->file.name, import->line};
        if (sg_slice_equal(import->local, name))
            return ts_import_value(eval, module, import->module, import->name, place);
    }
    return NULL;
}

/* NULL: there is none. */
static struct ts_value *value_of_name(struct ts_eval *eval, struct ts_scope *scope,
                                      struct sg_slice name)
{
    struct ts_binding *binding = NULL;
    (void)ts_work(eval, scope->bindings.count / 64);
    for (; scope->parent; scope = scope->parent) {
        binding = find_binding(&scope->bindings, name);
        if (binding)
            return value_of_binding(eval, binding, scope);
    }
    (void)ts_work(eval, scope->module->bindings.count / 64);
    binding = find_binding(&scope->module->bindings, name);
    return binding ? value_of_binding(eval, binding, scope) : eval_import(eval, scope, name);
}

struct ts_value *ts_module_value(struct ts_eval *eval, struct ts_module *module,
                                 struct sg_slice name)
{
    return value_of_name(eval, module->scope, name);
}

static void bind_one(struct ts_eval *eval, struct orm_list *bindings, struct sg_slice name,
                     const struct ts_node *pattern, const struct ts_node *node,
                     struct ts_value *value)
{
    struct ts_binding *binding = sg_arena_alloc(eval->arena, sizeof *binding);
    if (!binding || name.size == 0)
        return;
    *binding = (struct ts_binding){.name = name, .pattern = pattern, .node = node, .value = value};
    (void)orm_push(eval->arena, bindings, binding);
}

/* The names of a declaration, to be evaluated when they are asked for. */
static void bind_declaration(struct ts_eval *eval, struct orm_list *bindings,
                             const struct ts_node *declaration)
{
    const struct ts_node *pattern = declaration->left;
    if (pattern->kind == TS_NAME) {
        bind_one(eval, bindings, pattern->text, pattern, declaration->right, NULL);
        return;
    }
    for (size_t i = 0; i < pattern->items.count; i++) {
        const struct ts_node *item = pattern->items.items[i];
        const struct ts_node *inner = named_by(item);
        if (inner->kind == TS_NAME)
            bind_one(eval, bindings, inner->text, pattern, declaration->right, NULL);
    }
}

void ts_module_bind(struct ts_eval *eval, struct ts_module *module)
{
    module->scope = sg_arena_alloc(eval->arena, sizeof *module->scope);
    if (!module->scope)
        return;
    module->scope->module = module;
    for (size_t i = 0; i < module->file.declared.count; i++) {
        const struct ts_node *node = module->file.declared.items[i];
        if (node->kind == TS_DECLARE)
            bind_declaration(eval, &module->bindings, node);
    }
}

/* --- functions ----------------------------------------------------------------------------- */

static struct ts_scope *scope_new(struct ts_eval *eval, struct ts_scope *parent)
{
    struct ts_scope *scope = sg_arena_alloc(eval->arena, sizeof *scope);
    if (scope)
        scope->parent = parent;
    return scope;
}

/* A parameter's names with what they get. */
static void bind_parameter(struct ts_eval *eval, struct ts_scope *scope,
                           const struct ts_node *pattern, struct ts_value *value)
{
    if (value->kind == TS_VALUE_UNDEFINED && pattern->third)
        value = eval_node(eval, pattern->third, scope);
    if (pattern->kind == TS_NAME) {
        bind_one(eval, &scope->bindings, pattern->text, NULL, NULL, value);
        return;
    }
    for (size_t i = 0; i < pattern->items.count; i++) {
        const struct ts_node *item = pattern->items.items[i];
        const struct ts_node *inner = named_by(item);
        if (inner->kind != TS_NAME)
            continue;
        struct ts_value *part = value->kind == TS_VALUE_UNKNOWN
                                    ? value
                                    : pick(eval, pattern, value, inner->text, scope);
        bind_one(eval, &scope->bindings, inner->text, NULL, NULL,
                 part ? part : ts_value_new(eval, TS_VALUE_UNDEFINED));
    }
}

static struct ts_value *rest_of(struct ts_eval *eval, const struct orm_list *arguments, size_t from)
{
    struct ts_value *rest = ts_value_new(eval, TS_VALUE_ARRAY);
    for (size_t i = from; rest->kind == TS_VALUE_ARRAY && i < arguments->count; i++)
        (void)orm_push(eval->arena, &rest->items, arguments->items[i]);
    return rest;
}

/* NULL: the statements end without a return. */
static struct ts_value *run_statements(struct ts_eval *eval, const struct orm_list *statements,
                                       struct ts_scope *outer);

static struct ts_value *run_if(struct ts_eval *eval, const struct ts_node *node,
                               struct ts_scope *scope)
{
    struct ts_value *condition = eval_node(eval, node->left, scope);
    if (condition->kind == TS_VALUE_UNKNOWN)
        return condition;
    const struct ts_node *branch = ts_is_true(condition) ? node->right : node->third;
    return branch ? run_statements(eval, &branch->items, scope) : NULL;
}

static struct ts_value *run_statements(struct ts_eval *eval, const struct orm_list *statements,
                                       struct ts_scope *outer)
{
    struct ts_scope *scope = scope_new(eval, outer);
    struct ts_value *result = NULL;
    for (size_t i = 0; scope && !result && i < statements->count; i++) {
        const struct ts_node *node = statements->items[i];
        if (node->kind == TS_DECLARE)
            bind_declaration(eval, &scope->bindings, node);
        else if (node->kind == TS_IF)
            result = run_if(eval, node, scope);
        else if (node->kind == TS_RETURN)
            result = node->left ? eval_node(eval, node->left, scope)
                                : ts_value_new(eval, TS_VALUE_UNDEFINED);
        else if (node->kind == TS_STATEMENT)
            result = eval_node(eval, node->left, scope);
    }
    return result;
}

static struct ts_value *call_function(struct ts_eval *eval, const struct ts_value *function,
                                      const struct orm_list *arguments, struct orm_place place)
{
    struct ts_scope *scope = scope_new(eval, function->scope);
    const struct ts_node *node = function->node;
    if (!scope || !node->right || ++eval->depth > DEPTH_MAX) {
        eval->depth -= scope && node->right ? 1 : 0;
        return ts_unknown(eval, place, "calls are nested too deeply");
    }
    for (size_t i = 0; i < node->items.count; i++) {
        const struct ts_node *pattern = node->items.items[i];
        if (pattern->kind == TS_SPREAD)
            bind_parameter(eval, scope, pattern->left, rest_of(eval, arguments, i));
        else
            bind_parameter(eval, scope, pattern, ts_argument(eval, arguments, i));
    }
    struct ts_value *result = node->right->kind == TS_BLOCK
                                  ? run_statements(eval, &node->right->items, scope)
                                  : eval_node(eval, node->right, scope);
    eval->depth--;
    return result ? result : ts_value_new(eval, TS_VALUE_UNDEFINED);
}

struct ts_value *ts_call(struct ts_eval *eval, struct ts_value *function,
                         const struct orm_list *arguments, struct orm_place place)
{
    if (function->kind == TS_VALUE_UNKNOWN)
        return function;
    if (function->kind == TS_VALUE_FUNCTION)
        return call_function(eval, function, arguments, place);
    if (function->kind == TS_VALUE_HOST)
        return eval->host->call(eval, function, arguments, place);
    if (function->kind == TS_VALUE_GLOBAL)
        return ts_call_global(eval, function->text, arguments, place);
    return ts_unknown(eval, place, "what is called here is no function that can be told");
}

/* --- members ------------------------------------------------------------------------------- */

struct ts_value *ts_member(struct ts_eval *eval, struct ts_value *object, struct sg_slice name,
                           struct orm_place place)
{
    if (object->kind == TS_VALUE_UNKNOWN)
        return object;
    if (object->kind == TS_VALUE_HOST)
        return eval->host->member(eval, object, name, place);
    if (object->kind == TS_VALUE_MODULE)
        return ts_module_member(eval, object, name, place);
    if (object->kind == TS_VALUE_OBJECT) {
        const struct ts_entry *entry = find_entry(object, name);
        return entry ? entry->value : ts_value_new(eval, TS_VALUE_UNDEFINED);
    }
    if (sg_slice_equal(name, SG_SLICE_LITERAL("length")) && object->kind == TS_VALUE_ARRAY)
        return ts_number(eval, (double)object->items.count);
    return ts_unknown(eval, place, ".%.*s cannot be told here", ORM_TEXT(name));
}

static struct ts_value *eval_index(struct ts_eval *eval, const struct ts_node *node,
                                   struct ts_scope *scope)
{
    struct sg_slice key;
    struct ts_value *object = eval_node(eval, node->left, scope);
    struct ts_value *index = eval_node(eval, node->right, scope);
    if (object->kind == TS_VALUE_UNKNOWN || index->kind == TS_VALUE_UNKNOWN)
        return object->kind == TS_VALUE_UNKNOWN ? object : index;
    if (object->kind == TS_VALUE_ARRAY && index->kind == TS_VALUE_NUMBER && index->number >= 0 &&
        index->number < (double)object->items.count)
        return object->items.items[(size_t)index->number];
    if (ts_to_text(eval, index, &key))
        return ts_member(eval, object, key, place_in(scope, node));
    return ts_unknown(eval, place_in(scope, node), "this index cannot be told");
}

/* --- calls --------------------------------------------------------------------------------- */

/* With spreads resolved; an unknown one comes back, else NULL. */
static struct ts_value *eval_items(struct ts_eval *eval, const struct orm_list *nodes,
                                   struct ts_scope *scope, struct orm_list *out)
{
    for (size_t i = 0; i < nodes->count; i++) {
        const struct ts_node *node = nodes->items[i];
        struct ts_value *value =
            eval_node(eval, node->kind == TS_SPREAD ? node->left : node, scope);
        if (node->kind != TS_SPREAD) {
            (void)orm_push(eval->arena, out, value);
            continue;
        }
        if (value->kind != TS_VALUE_ARRAY)
            return value->kind == TS_VALUE_UNKNOWN
                       ? value
                       : ts_unknown(eval, place_in(scope, node), "what is spread here is no array");
        for (size_t k = 0; k < value->items.count; k++)
            (void)orm_push(eval->arena, out, value->items.items[k]);
    }
    return NULL;
}

static struct ts_value *call_method(struct ts_eval *eval, struct ts_value *object,
                                    const struct ts_node *member, const struct orm_list *arguments,
                                    struct orm_place place)
{
    if (object->kind == TS_VALUE_UNKNOWN)
        return object;
    if (member->optional && (object->kind == TS_VALUE_UNDEFINED || object->kind == TS_VALUE_NULL))
        return ts_value_new(eval, TS_VALUE_UNDEFINED);
    if (object->kind == TS_VALUE_HOST)
        return eval->host->method(eval, object, member->text, arguments, place);
    if (object->kind == TS_VALUE_OBJECT || object->kind == TS_VALUE_MODULE)
        return ts_call(eval, ts_member(eval, object, member->text, place), arguments, place);
    return ts_call_builtin(eval, object, member->text, arguments, place);
}

static struct ts_value *eval_call(struct ts_eval *eval, const struct ts_node *node,
                                  struct ts_scope *scope)
{
    struct orm_list arguments = {0};
    struct ts_value *object =
        eval_node(eval, node->left->kind == TS_MEMBER ? node->left->left : node->left, scope);
    struct orm_place place = place_in(scope, node->left->kind == TS_MEMBER ? node->left : node);
    if (object->kind == TS_VALUE_UNKNOWN)
        return object;
    struct ts_value *unknown = eval_items(eval, &node->items, scope, &arguments);
    if (unknown)
        return unknown;
    if (node->left->kind == TS_MEMBER)
        return call_method(eval, object, node->left, &arguments, place);
    return ts_call(eval, object, &arguments, place);
}

static struct ts_value *eval_new(struct ts_eval *eval, const struct ts_node *node,
                                 struct ts_scope *scope)
{
    struct orm_list arguments = {0};
    struct orm_place place = place_in(scope, node);
    struct ts_value *unknown = eval_items(eval, &node->items, scope, &arguments);
    if (unknown)
        return unknown;
    if (node->left->kind == TS_NAME && !value_of_name(eval, scope, node->left->text))
        return ts_new_global(eval, node->left->text, &arguments, place);
    return ts_unknown(eval, place, "new %.*s() is not run here", ORM_TEXT(node->left->text));
}

/* --- literals ------------------------------------------------------------------------------ */

static struct ts_value *eval_template(struct ts_eval *eval, const struct ts_node *node,
                                      struct ts_scope *scope)
{
    struct orm_list texts = {0};
    for (size_t i = 0; i < node->pieces.count; i++) {
        const struct ts_node *piece = node->pieces.items[i];
        struct sg_slice text;
        (void)orm_push_text(eval->arena, &texts, piece->text);
        if (i >= node->items.count)
            break;
        struct ts_value *value = eval_node(eval, node->items.items[i], scope);
        if (value->kind == TS_VALUE_UNKNOWN)
            return value;
        if (!ts_to_text(eval, value, &text))
            return ts_unknown(eval, place_in(scope, piece), "what stands in ${} has no plain text");
        (void)orm_push_text(eval->arena, &texts, text);
    }
    return ts_string(eval, orm_join(eval->arena, &texts, ""));
}

static struct ts_value *eval_tagged(struct ts_eval *eval, const struct ts_node *node,
                                    struct ts_scope *scope)
{
    struct orm_list pieces = {0};
    struct orm_list values = {0};
    struct ts_value *tag = eval_node(eval, node->left, scope);
    if (tag->kind == TS_VALUE_UNKNOWN)
        return tag;
    for (size_t i = 0; i < node->right->pieces.count; i++)
        (void)orm_push_text(eval->arena, &pieces,
                            ((const struct ts_node *)node->right->pieces.items[i])->text);
    struct ts_value *unknown = eval_items(eval, &node->right->items, scope, &values);
    if (unknown)
        return unknown;
    if (tag->kind != TS_VALUE_HOST)
        return ts_unknown(eval, place_in(scope, node), "this template's tag is not run here");
    return eval->host->tagged(eval, tag, &pieces, &values, place_in(scope, node));
}

static struct ts_value *spread_object(struct ts_eval *eval, struct ts_value *object,
                                      struct ts_value *value, struct orm_place place)
{
    if (value->kind == TS_VALUE_UNKNOWN)
        return value;
    if (value->kind == TS_VALUE_HOST)
        value = eval->host->member(eval, value, SG_SLICE_LITERAL("..."), place);
    for (size_t i = 0; value->kind == TS_VALUE_OBJECT && i < value->items.count; i++) {
        const struct ts_entry *entry = value->items.items[i];
        ts_put(eval, object, entry->key, entry->value, entry->place);
    }
    return value->kind == TS_VALUE_UNKNOWN ? value : NULL;
}

static struct ts_value *eval_object(struct ts_eval *eval, const struct ts_node *node,
                                    struct ts_scope *scope)
{
    struct ts_value *object = ts_value_new(eval, TS_VALUE_OBJECT);
    for (size_t i = 0; object->kind == TS_VALUE_OBJECT && i < node->items.count; i++) {
        const struct ts_node *item = node->items.items[i];
        struct orm_place place = place_in(scope, item);
        struct ts_value *value =
            eval_node(eval, item->kind == TS_SPREAD ? item->left : item->right, scope);
        struct sg_slice key = item->text;
        struct ts_value *unknown = NULL;
        if (item->kind == TS_SPREAD) {
            unknown = spread_object(eval, object, value, place);
        } else if (item->left) {
            struct ts_value *computed = eval_node(eval, item->left, scope);
            if (!ts_to_text(eval, computed, &key))
                unknown = computed->kind == TS_VALUE_UNKNOWN
                              ? computed
                              : ts_unknown(eval, place, "this key cannot be told");
        }
        if (unknown)
            return unknown;
        if (item->kind != TS_SPREAD)
            ts_put(eval, object, key, value, place);
    }
    return object;
}

/* Members with text; one without a value counts on from the one before. */
static struct ts_value *eval_enum(struct ts_eval *eval, const struct ts_node *node,
                                  struct ts_scope *scope)
{
    struct ts_value *object = ts_value_new(eval, TS_VALUE_OBJECT);
    for (size_t i = 0; object->kind == TS_VALUE_OBJECT && i < node->items.count; i++) {
        const struct ts_node *item = node->items.items[i];
        if (!item->right)
            return ts_unknown(eval, place_in(scope, item),
                              "enum member %.*s has no value of its own; write one",
                              ORM_TEXT(item->text));
        ts_put(eval, object, item->text, eval_node(eval, item->right, scope),
               place_in(scope, item));
    }
    return object;
}

static struct ts_value *eval_array(struct ts_eval *eval, const struct ts_node *node,
                                   struct ts_scope *scope)
{
    struct ts_value *array = ts_value_new(eval, TS_VALUE_ARRAY);
    if (array->kind != TS_VALUE_ARRAY)
        return array;
    struct ts_value *unknown = eval_items(eval, &node->items, scope, &array->items);
    return unknown ? unknown : array;
}

static struct ts_value *eval_number(struct ts_eval *eval, const struct ts_node *node)
{
    char digits[64];
    size_t size = 0;
    for (size_t i = 0; i < node->text.size && size + 1 < sizeof digits; i++) {
        if (node->text.data[i] != '_')
            digits[size++] = node->text.data[i];
    }
    digits[size] = '\0';
    if (size > 2 && digits[0] == '0' && (digits[1] == 'o' || digits[1] == 'O'))
        return ts_number(eval, (double)strtoull(digits + 2, NULL, 8));
    if (size > 2 && digits[0] == '0' && (digits[1] == 'b' || digits[1] == 'B'))
        return ts_number(eval, (double)strtoull(digits + 2, NULL, 2));
    return ts_number(eval, strtod(digits, NULL));
}

/* --- operators ----------------------------------------------------------------------------- */

static struct ts_value *eval_unary(struct ts_eval *eval, const struct ts_node *node,
                                   struct ts_scope *scope)
{
    struct ts_value *value = eval_node(eval, node->left, scope);
    char mark = node->text.data[0];
    if (value->kind == TS_VALUE_UNKNOWN)
        return value;
    if (mark == '!')
        return boolean_of(eval, !ts_is_true(value));
    if (value->kind == TS_VALUE_NUMBER && (mark == '-' || mark == '+'))
        return ts_number(eval, mark == '-' ? -value->number : value->number);
    if (value->kind == TS_VALUE_BIGINT && mark == '-') {
        struct ts_value *negative = ts_value_new(eval, TS_VALUE_BIGINT);
        if (negative->kind == TS_VALUE_BIGINT)
            negative->text = orm_format(eval->arena, "-%.*s", ORM_TEXT(value->text));
        return negative;
    }
    return ts_unknown(eval, place_in(scope, node), "%.*s is not run here", ORM_TEXT(node->text));
}

static bool is_same(const struct ts_value *a, const struct ts_value *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == TS_VALUE_NUMBER)
        return a->number == b->number;
    if (a->kind == TS_VALUE_BOOLEAN)
        return a->boolean == b->boolean;
    if (a->kind == TS_VALUE_STRING || a->kind == TS_VALUE_BIGINT)
        return sg_slice_equal(a->text, b->text);
    return a == b || a->kind == TS_VALUE_NULL || a->kind == TS_VALUE_UNDEFINED;
}

static struct ts_value *eval_logical(struct ts_eval *eval, const struct ts_node *node,
                                     struct ts_scope *scope)
{
    struct ts_value *left = eval_node(eval, node->left, scope);
    char mark = node->text.data[0];
    bool nothing = left->kind == TS_VALUE_UNDEFINED || left->kind == TS_VALUE_NULL;
    if (left->kind == TS_VALUE_UNKNOWN)
        return left;
    bool goes_on = mark == '?' ? nothing : mark == '|' ? !ts_is_true(left) : ts_is_true(left);
    return goes_on ? eval_node(eval, node->right, scope) : left;
}

static struct ts_value *eval_numbers(struct ts_eval *eval, char mark, double a, double b)
{
    switch (mark) {
    case '+':
        return ts_number(eval, a + b);
    case '-':
        return ts_number(eval, a - b);
    case '*':
        return ts_number(eval, a * b);
    case '/':
        return ts_number(eval, a / b);
    case '%':
        if (!(a > -1e15 && a < 1e15 && b > -1e15 && b < 1e15) || (long long)b == 0 ||
            (double)(long long)a != a || (double)(long long)b != b)
            return NULL;
        return ts_number(eval, (double)((long long)a % (long long)b));
    case '<':
        return boolean_of(eval, a < b);
    case '>':
        return boolean_of(eval, a > b);
    default:
        return NULL;
    }
}

static struct ts_value *eval_binary(struct ts_eval *eval, const struct ts_node *node,
                                    struct ts_scope *scope)
{
    struct sg_slice mark = node->text;
    if (sg_slice_equal(mark, SG_SLICE_LITERAL("?"
                                              "?")) ||
        sg_slice_equal(mark, SG_SLICE_LITERAL("||")) ||
        sg_slice_equal(mark, SG_SLICE_LITERAL("&&")))
        return eval_logical(eval, node, scope);
    struct sg_slice left;
    struct sg_slice right;
    struct ts_value *a = eval_node(eval, node->left, scope);
    struct ts_value *b = eval_node(eval, node->right, scope);
    struct ts_value *result = NULL;
    if (a->kind == TS_VALUE_UNKNOWN || b->kind == TS_VALUE_UNKNOWN)
        return a->kind == TS_VALUE_UNKNOWN ? a : b;
    if (mark.size > 1 && (mark.data[0] == '=' || mark.data[0] == '!'))
        return boolean_of(eval, is_same(a, b) == (mark.data[0] == '='));
    if (a->kind == TS_VALUE_NUMBER && b->kind == TS_VALUE_NUMBER && mark.size == 1)
        result = eval_numbers(eval, mark.data[0], a->number, b->number);
    else if (mark.data[0] == '+' && ts_to_text(eval, a, &left) && ts_to_text(eval, b, &right))
        result =
            ts_string(eval, orm_format(eval->arena, "%.*s%.*s", ORM_TEXT(left), ORM_TEXT(right)));
    return result ? result
                  : ts_unknown(eval, place_in(scope, node), "%.*s is not run here", ORM_TEXT(mark));
}

static struct ts_value *eval_name(struct ts_eval *eval, const struct ts_node *node,
                                  struct ts_scope *scope)
{
    struct ts_value *value = value_of_name(eval, scope, node->text);
    if (!value)
        value = ts_global(eval, node->text);
    return value ? value
                 : ts_unknown(eval, place_in(scope, node), "%.*s is not known here",
                              ORM_TEXT(node->text));
}

/* --- every node ---------------------------------------------------------------------------- */

static struct ts_value *eval_conditional(struct ts_eval *eval, const struct ts_node *node,
                                         struct ts_scope *scope)
{
    struct ts_value *condition = eval_node(eval, node->left, scope);
    if (condition->kind == TS_VALUE_UNKNOWN)
        return condition;
    return eval_node(eval, ts_is_true(condition) ? node->right : node->third, scope);
}

static struct ts_value *eval_function(struct ts_eval *eval, const struct ts_node *node,
                                      struct ts_scope *scope)
{
    struct ts_value *value = ts_value_new(eval, TS_VALUE_FUNCTION);
    if (value->kind != TS_VALUE_FUNCTION)
        return value;
    value->node = node;
    value->scope = scope;
    value->place = place_in(scope, node);
    return value;
}

static struct ts_value *eval_member(struct ts_eval *eval, const struct ts_node *node,
                                    struct ts_scope *scope)
{
    struct ts_value *object = eval_node(eval, node->left, scope);
    if (node->optional && (object->kind == TS_VALUE_UNDEFINED || object->kind == TS_VALUE_NULL))
        return ts_value_new(eval, TS_VALUE_UNDEFINED);
    return ts_member(eval, object, node->text, place_in(scope, node));
}

static struct ts_value *eval_kind(struct ts_eval *eval, const struct ts_node *node,
                                  struct ts_scope *scope)
{
    struct ts_value *value;
    switch (node->kind) {
    case TS_NAME:
        return eval_name(eval, node, scope);
    case TS_STRING:
        return ts_string(eval, node->text);
    case TS_NUMBER:
        return eval_number(eval, node);
    case TS_BIGINT:
        value = ts_value_new(eval, TS_VALUE_BIGINT);
        if (value->kind == TS_VALUE_BIGINT)
            value->text = node->text;
        return value;
    case TS_TEMPLATE:
        return eval_template(eval, node, scope);
    case TS_TAGGED:
        return eval_tagged(eval, node, scope);
    case TS_MEMBER:
        return eval_member(eval, node, scope);
    case TS_INDEX:
        return eval_index(eval, node, scope);
    case TS_CALL:
        return eval_call(eval, node, scope);
    case TS_NEW:
        return eval_new(eval, node, scope);
    case TS_FUNCTION:
        return eval_function(eval, node, scope);
    case TS_OBJECT:
        return eval_object(eval, node, scope);
    case TS_ARRAY:
        return eval_array(eval, node, scope);
    case TS_UNARY:
        return eval_unary(eval, node, scope);
    case TS_BINARY:
        return eval_binary(eval, node, scope);
    case TS_CONDITIONAL:
        return eval_conditional(eval, node, scope);
    case TS_ENUM:
        return eval_enum(eval, node, scope);
    case TS_UNKNOWN:
    case TS_REGEX:
    case TS_PROPERTY:
    case TS_SPREAD:
    case TS_BLOCK:
    case TS_DECLARE:
    case TS_RETURN:
    case TS_IF:
    case TS_STATEMENT:
        break;
    }
    value = ts_unknown(eval, place_in(scope, node), "not understood at \"%.*s\"",
                       node->text.size > 40 ? 40 : (int)node->text.size,
                       node->text.data ? node->text.data : "");
    if (value->kind == TS_VALUE_UNKNOWN && !eval->arena->exhausted)
        value->is_table = node->mentions_table;
    return value;
}

static struct ts_value *eval_node(struct ts_eval *eval, const struct ts_node *node,
                                  struct ts_scope *scope)
{
    if (!node)
        return ts_value_new(eval, TS_VALUE_UNDEFINED);
    if (!ts_work(eval, 1) || eval->depth >= DEPTH_MAX) {
        struct ts_value *value =
            ts_unknown(eval, place_in(scope, node), "takes more work than is done here");
        if (!eval->arena->exhausted)
            value->is_table = true;
        return value;
    }
    eval->depth++;
    struct ts_value *value = eval_kind(eval, node, scope);
    eval->depth--;
    return value;
}
