/* The room's door; see resolve.h. */
#include "resolve/resolve.h"

#include "resolve/resolver.h"

static struct sg_resolver start(struct sg_slice text, const struct sg_context *context,
                                const struct sg_schema *schema, struct sg_arena *arena,
                                struct sg_resolution *out)
{
    *out = (struct sg_resolution){.complete = true};
    return (struct sg_resolver){
        .arena = arena,
        .text = text,
        .context = context,
        .server = context->server,
        .schema = schema,
        .out = out,
        .mariadb = context->server->flavour == SG_FLAVOUR_MARIADB,
        .foreign_text =
            context->charset != SG_CHARSET_UTF8 || context->charset_certainty == SG_UNCERTAIN,
    };
}

void sg_resolve(const struct sg_statement *statement, struct sg_slice text,
                const struct sg_context *context, const struct sg_schema *schema,
                struct sg_arena *arena, struct sg_resolution *out)
{
    struct sg_resolver resolver = start(text, context, schema, arena, out);
    resolver.is_run = statement->kind == SG_AST_QUERY;
    sg_resolve_statement(&resolver, statement);
}

void sg_resolve_telling(const struct sg_statement *statement, struct sg_slice text,
                        const struct sg_context *context, const struct sg_schema *schema,
                        struct sg_arena *arena, struct sg_resolution *out)
{
    struct sg_resolver resolver = start(text, context, schema, arena, out);
    resolver.last_resolved = &out->resolved;
    resolver.is_run = statement->kind == SG_AST_QUERY;
    sg_resolve_statement(&resolver, statement);
}

bool sg_resolve_query_columns(const struct sg_query *query, struct sg_slice text,
                              const struct sg_context *context, const struct sg_schema *schema,
                              struct sg_arena *arena, const struct sg_column_spec **columns_out,
                              size_t *count_out)
{
    struct sg_resolution resolution;
    struct sg_resolver resolver = start(text, context, schema, arena, &resolution);
    struct sg_query_use use = {.wants_table = true};
    const struct sg_table *table = sg_resolve_query(&resolver, query, &use);
    if (!table || !resolution.complete)
        return false;
    struct sg_column_spec *columns =
        sg_arena_array(arena, table->column_count + 1u, sizeof *columns);
    if (!columns)
        return false;
    for (size_t i = 0; i < table->column_count; i++)
        columns[i].name = table->columns[i].name;
    *columns_out = columns;
    *count_out = table->column_count;
    return true;
}
