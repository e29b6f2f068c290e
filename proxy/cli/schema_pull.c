/* `schemaguard schema pull`: a server's schema, or what a script of DDL makes, as a snapshot. */
#include "cli/schema_pull.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <schemaguard/detail.h>

#include "cli/check.h"
#include "cli/options.h"
#include "cli/schema_choice.h"
#include "cli/schema_report.h"
#include "sources/source.h"

static void print_help(void)
{
    fputs("Usage: schemaguard schema pull [OPTION]... SOURCE [-o FILE]\n"
          "\n"
          "Writes what exists as a snapshot: databases, tables with their columns, keys and\n"
          "constraints, in JSON with a stable order (docs/snapshot.schema.json). SOURCE is\n"
          "mysql://user@host:port[/database], a .sql file, a folder of migrations, or @VERSION of\n"
          "a history; SQL is carried out by the engine itself. No row is read; the account needs\n"
          "no more than REFERENCES, and SHOW VIEW for what views select\n"
          "(docs/schema-account.md).\n"
          "\n"
          "  -o, --output FILE         the snapshot; written whole or not at all (left out: "
          "standard\n"
          "                            output)\n"
          "      --name VERSION        what to call this version of the schema\n"
          "      --password-file FILE  its first line is the password\n"
          "      --defaults-file FILE  user and password from [client] of a MySQL option file\n"
          "                            (or set MYSQL_PWD)\n"
          "      --tls MODE            disabled, preferred, required, verify-ca, verify-identity\n"
          "      --tls-ca FILE         certificates to verify the server's by\n"
          "      --tls-fingerprint SHA256  what the server's certificate must be; needs no "
          "authority\n"
          "      --history DIR         the history that @VERSION and @latest are about\n"
          "  -d, --database NAME       this database alone\n"
          "      --flavour NAME        of a .sql file\n"
          "  -q, --quiet               nothing on standard error but errors\n"
          "\n"
          "Try it: MYSQL_PWD=secret schemaguard schema pull mysql://app@127.0.0.1:3306/shop -o "
          "shop.json\n"
          "Exit codes: 0 done, 2 could not run.\n",
          stdout);
}

/* First beside the target, then in its place, so that nobody reads half a snapshot. */
static bool write_file(const char *path, const char *text)
{
    size_t size = strlen(path);
    char *beside = malloc(size + 16);
    if (!beside)
        return false;
    (void)snprintf(beside, size + 16, "%s.%ld", path, (long)getpid());
    FILE *file = fopen(beside, "we");
    bool written = file && fputs(text, file) >= 0 && fputc('\n', file) != EOF;
    if (file)
        written = fclose(file) == 0 && written;
    written = written && rename(beside, path) == 0;
    if (!written) {
        int reason = errno;
        (void)unlink(beside);
        fprintf(stderr, "schemaguard schema pull: %s: %s\n", path, strerror(reason));
    }
    free(beside);
    return written;
}

static bool write_snapshot(const struct source_schema *source, const char *name,
                           const char *version, const char *path)
{
    char *json = NULL;
    char now[32] = "";
    struct sg_error error = {0};
    struct tm utc;
    time_t seconds = time(NULL);
    char *origin = schema_report_name(name);
    const struct sg_snapshot_about about = {.version = version, .source = origin, .time = now};
    if (gmtime_r(&seconds, &utc))
        (void)strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", &utc);
    enum sg_status status = sg_snapshot_to_json(source->schema, &about, &json, &error);
    free(origin);
    if (status != SG_OK) {
        fprintf(stderr, "schemaguard schema pull: %s\n", error.message);
        return false;
    }
    bool written = path ? write_file(path, json) : puts(json) >= 0 && fflush(stdout) == 0;
    free(json);
    return written;
}

static void say_done(const struct source_schema *source, const char *path)
{
    fprintf(stderr, "%s: %zu databases, %zu tables, %zu columns", path ? path : "snapshot",
            sg_schema_database_count(source->schema), sg_schema_table_count(source->schema),
            sg_schema_column_count(source->schema));
    if (source->server_version[0])
        fprintf(stderr, " of a server %s", source->server_version);
    fputs("\n", stderr);
    schema_choice_say_gaps(source);
}

static int pull(const struct schema_choice *choice, const char *name, const char *version,
                const char *path)
{
    struct source_schema source;
    if (!schema_choice_open(choice, name, "schema pull", &source))
        return CHECK_EXIT_FAILED;
    bool written = write_snapshot(&source, name, version ? version : source.version, path);
    if (written && !choice->quiet)
        say_done(&source, path);
    source_schema_fini(&source);
    return written ? CHECK_EXIT_CLEAN : CHECK_EXIT_FAILED;
}

int schema_pull_start(int argc, char **argv)
{
    struct schema_choice choice = {.schema = NULL};
    const char *output = NULL;
    const char *version = NULL;
    bool help = false;
    int count = 0;
    struct option_spec specs[SCHEMA_CHOICE_SPECS + 3] = {{"--output", "-o", &output, NULL},
                                                         {"--name", NULL, &version, NULL},
                                                         {"--help", "-h", NULL, &help}};
    schema_choice_specs(&choice, specs + 3);
    if (!options_read(argc, argv, specs, SCHEMA_CHOICE_SPECS + 3, "schema pull", &count))
        return CHECK_EXIT_FAILED;
    if (help) {
        print_help();
        return fflush(stdout) == 0 ? CHECK_EXIT_CLEAN : CHECK_EXIT_FAILED;
    }
    if (count == 1)
        return pull(&choice, argv[0], version, output);
    fputs("schemaguard schema pull: name one source, like mysql://user@host:3306/database\n",
          stderr);
    return CHECK_EXIT_FAILED;
}
