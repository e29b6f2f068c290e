/* `schemaguard schema COMMAND`: snapshots. */
#ifndef CLI_SCHEMA_PULL_H
#define CLI_SCHEMA_PULL_H

/* argv[0] is the first argument after `schema`. Returns 0, or 2 when it could not run. */
int schema_start(int argc, char **argv);

#endif
