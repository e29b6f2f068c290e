/* The options of a command: --name VALUE, --name=VALUE, -o VALUE, --flag, and what remains. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One of `text` and `flag` is set: where the option goes. */
struct option_spec {
    const char *name;  /* "--schema" */
    const char *brief; /* "-o"; NULL = none */
    const char **text;
    bool *flag;
};

/* Reads argv into what the specs point to. What is no option goes to the front of argv, in order,
 * and *count_out of it; "--" ends the options, "-" is none. False after saying on standard error
 * what is wrong. `command` is for that message. */
bool options_read(int argc, char **argv, const struct option_spec *specs, size_t spec_count,
                  const char *command, int *count_out);

/* "60s", "5m", "250ms", "60": milliseconds, at most a day of seconds or minutes; -1: no time. */
int64_t options_time_ms(const char *text);

#endif
