/* `schemaguard check`, `schemaguard schema pull`: statements and schemas without a guard. */
#ifndef CLI_CHECK_H
#define CLI_CHECK_H

/* Exit codes of the commands that judge: the usual ones of checkers. */
enum check_exit {
    CHECK_EXIT_CLEAN = 0,
    CHECK_EXIT_FOUND = 1,  /* at least one name that the schema does not have */
    CHECK_EXIT_FAILED = 2, /* could not run, or not to the end */
};

/* argv[0] is the first argument after the command's name. Return an enum check_exit. */
int check_start(int argc, char **argv);

#endif
