/* `schemaguard serve`: the guard itself. */
#ifndef CLI_SERVE_H
#define CLI_SERVE_H

#include <stdbool.h>

#include <schemaguard/error.h>

#include "config/settings.h"

/* Exit codes of every command (README.md lists them). */
enum cli_exit {
    CLI_EXIT_OK = 0,
    CLI_EXIT_FAILURE = 1, /* it could not go on */
    CLI_EXIT_USAGE = 2,   /* the command line or the settings are wrong; nothing was started */
};

/* Runs until it is told to stop; `settings` is borrowed until then. The log is configured, SIGPIPE
 * is ignored. Returns an enum cli_exit. */
int cli_serve(const struct settings *settings);

/* What can be found wrong without starting: certificates and keys that cannot be used. False,
 * *error filled. */
bool cli_serve_check(const struct settings *settings, struct sg_error *error);

#endif
