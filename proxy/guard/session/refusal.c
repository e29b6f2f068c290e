/* See refusal.h. */
#include "session/refusal.h"

#include <stdio.h>

#include "report/guard_error.h"

/* The servers print names with %-.192s. */
#define NAME_BYTES 192

static int printed(struct sg_slice name)
{
    return (int)(name.size < NAME_BYTES ? name.size : NAME_BYTES);
}

static void tell_unverified(const struct sg_reference *first, struct refusal *refusal)
{
    const struct guard_error_info *info = &guard_errors[GUARD_ERROR_UNVERIFIED];
    const bool has_clause = first->clause.size > 0;
    const char *name = first->name.size > 0 ? first->name.data : "";
    const char *clause = has_clause ? first->clause.data : "";
    int size =
        snprintf(refusal->text, sizeof refusal->text, "schemaguard: %s: %s '%.*s'%s%.*s%s",
                 info->text, sg_reference_kind_name(first->kind), printed(first->name), name,
                 has_clause ? " in '" : "", printed(first->clause), clause, has_clause ? "'" : "");

    if (size < 0)
        size = 0;
    if ((size_t)size >= sizeof refusal->text)
        size = (int)sizeof refusal->text - 1;
    refusal->error = info->number;
    refusal->sqlstate = info->sqlstate;
    refusal->message = sg_slice_make(refusal->text, (size_t)size);
    refusal->is_guards = true;
}

void refusal_of(const struct note *note, struct refusal *refusal_out)
{
    const struct sg_report *report = note_decided(note)->report;
    const struct sg_reference *first = &report->references[0];

    *refusal_out = (struct refusal){.error = first->error, .message = first->message};
    refusal_out->sqlstate = first->sqlstate;
    if (report->verdict == SG_VERDICT_UNVERIFIED)
        tell_unverified(first, refusal_out);
}
