/* See serve_exceptions.h. */
#include "cli/serve_exceptions.h"

#include <time.h>

#include "report/log.h"

static void tell(const char *path, const struct exceptions *exceptions)
{
    log_info("policy", "%zu exceptions read from %s", exceptions_count(exceptions), path);
    for (size_t i = 0; i < exceptions_count(exceptions); i++) {
        const struct exception *exception = exceptions_at(exceptions, i);
        if (exception->until_s <= time(NULL))
            log_warning("policy", "%s:%u: the exception for %s %s is over", path, exception->line,
                        exception_kind_name(exception->kind), exception->name);
    }
}

bool serve_exceptions_read(const struct settings *settings, struct exceptions_slot *slot,
                           struct sg_error *error)
{
    struct exceptions *exceptions;

    if (!settings->exceptions)
        return true;
    if (exceptions_read(settings->exceptions, &exceptions, error) != SG_OK)
        return false;
    tell(settings->exceptions, exceptions);
    exceptions_slot_put(slot, exceptions);
    return true;
}

void serve_exceptions_read_again(const struct settings *settings, struct exceptions_slot *slot)
{
    struct sg_error error = {0};

    if (!serve_exceptions_read(settings, slot, &error))
        log_error("policy", "%s; the exceptions of before stay in use", error.message);
}
