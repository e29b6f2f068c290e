#define _GNU_SOURCE /* environ */
#include "cli/serve_start.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/serve.h"
#include "config/settings.h"
#include "report/log.h"

static bool is_help_wanted(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    }
    return false;
}

static int say_errors(enum sg_status status, const struct settings_findings *findings)
{
    if (status == SG_LIMIT) {
        fputs("schemaguard: memory is out\n", stderr);
        return CLI_EXIT_FAILURE;
    }
    fputs("schemaguard: the settings are wrong, nothing was started:\n", stderr);
    for (size_t i = 0; i < findings->error_count; i++)
        fprintf(stderr, "  %s\n", findings->errors[i]);
    return CLI_EXIT_USAGE;
}

static int show_settings(const struct settings *settings, const struct settings_findings *findings)
{
    for (size_t i = 0; i < findings->warning_count; i++)
        fprintf(stderr, "schemaguard: warning: %s\n", findings->warnings[i]);
    struct sg_error error = {0};
    if (!cli_serve_check(settings, &error)) {
        fprintf(stderr, "schemaguard: %s\n", error.message);
        return CLI_EXIT_USAGE;
    }
    settings_print(settings, stdout);
    return fflush(stdout) == 0 ? CLI_EXIT_OK : CLI_EXIT_FAILURE;
}

static int serve(const struct settings *settings, const struct settings_findings *findings)
{
    signal(SIGPIPE, SIG_IGN); /* a peer that went away is an error of write */
    log_configure(settings->log_level, settings->log_format);
    for (size_t i = 0; i < findings->warning_count; i++)
        log_warning("config", "%s", findings->warnings[i]);
    return cli_serve(settings);
}

int serve_start(int argc, char **argv)
{
    if (is_help_wanted(argc, argv)) {
        settings_print_help(stdout);
        return fflush(stdout) == 0 ? CLI_EXIT_OK : CLI_EXIT_FAILURE;
    }
    struct settings *settings = NULL;
    struct settings_findings findings = {0};
    enum sg_status status = settings_load(argc, argv, environ, &settings, &findings);
    int code;
    if (status != SG_OK)
        code = say_errors(status, &findings);
    else if (settings->check_only)
        code = show_settings(settings, &findings);
    else
        code = serve(settings, &findings);
    settings_free(settings);
    settings_findings_fini(&findings);
    return code;
}
