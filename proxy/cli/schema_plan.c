/* `schemaguard schema plan`: the SQL that takes one schema to another, printed and never run. */
#include "cli/schema_plan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/check.h"
#include "cli/schema_compare.h"
#include "cli/schema_report.h"
#include "sources/flavour.h"

static void print_help(void)
{
    fputs(
        "Usage: schemaguard schema plan [OPTION]... FROM TO\n"
        "\n"
        "Prints the SQL that takes FROM to TO, for review; nothing is run. Steps that lose data,\n"
        "or that rows may stop, are commented out with the reason: take away \"-- >> \" to have\n"
        "them. It is written for FROM's server, or TO's where FROM is none.\n"
        "\n",
        stdout);
    schema_compare_help(stdout);
    fputs("\n"
          "Try it: schemaguard schema plan mysql://app@127.0.0.1:3306/shop next.sql\n"
          "Exit codes: 0 nothing to do, 1 a plan was printed, 2 could not compare.\n",
          stdout);
}

static void print_header(const struct schema_compare *compare, const struct sg_server *server)
{
    char *from = schema_compare_name(compare, 0);
    char *to = schema_compare_name(compare, 1);
    printf("-- schemaguard: from %s to %s, for %s %u.%u\n", from ? from : "", to ? to : "",
           server->flavour == SG_FLAVOUR_MARIADB ? "MariaDB" : "MySQL",
           (unsigned)(server->version / 10000), (unsigned)(server->version / 100 % 100));
    fputs(
        "-- For review; nothing has been run. Steps behind \"-- >> \" lose data, or rows may stop\n"
        "-- them. Views, triggers and routines that name what changes are not looked at.\n",
        stdout);
    free(from);
    free(to);
}

static int print_plan(struct schema_compare *compare)
{
    struct sg_server server = *sg_schema_server(compare->sources[0].schema);
    struct sg_slice sql = SG_SLICE_EMPTY;
    if (compare->sources[0].kind != SOURCE_SERVER)
        server = *sg_schema_server(compare->sources[1].schema);
    if (compare->choice.flavour)
        (void)flavour_find(compare->choice.flavour, &server);
    if (sg_plan(&compare->diff, &server, &compare->arena, &sql) != SG_OK) {
        fputs("schemaguard schema plan: out of memory\n", stderr);
        return CHECK_EXIT_FAILED;
    }
    if (sql.size) {
        print_header(compare, &server);
        (void)fwrite(sql.data, 1, sql.size, stdout);
    }
    if (fflush(stdout) != 0 || ferror(stdout))
        return CHECK_EXIT_FAILED;
    return sql.size ? CHECK_EXIT_FOUND : CHECK_EXIT_CLEAN;
}

int schema_plan_start(int argc, char **argv)
{
    struct schema_compare compare = {.command = "schema plan"};
    bool help = false;
    int count = 0;
    struct option_spec specs[SCHEMA_COMPARE_SPECS + 1] = {{"--help", "-h", NULL, &help}};
    schema_compare_specs(&compare, specs + 1);
    if (!options_read(argc, argv, specs, SCHEMA_COMPARE_SPECS + 1, "schema plan", &count))
        return CHECK_EXIT_FAILED;
    if (help) {
        print_help();
        return fflush(stdout) == 0 ? CHECK_EXIT_CLEAN : CHECK_EXIT_FAILED;
    }
    if (count != 2) {
        fputs("schemaguard schema plan: name two sources\n", stderr);
        return CHECK_EXIT_FAILED;
    }
    compare.names[0] = argv[0];
    compare.names[1] = argv[1];
    int code = schema_compare_read_both(&compare) && schema_compare_run(&compare)
                   ? print_plan(&compare)
                   : CHECK_EXIT_FAILED;
    schema_compare_fini(&compare);
    return code;
}
