/* `schemaguard explain`: how each name of a statement is resolved. */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

/* argv[0] is the first argument after `explain`. Returns an enum check_exit. */
int explain_start(int argc, char **argv);

#endif
