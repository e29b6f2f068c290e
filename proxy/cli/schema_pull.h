/* `schemaguard schema pull`. */
#ifndef CLI_SCHEMA_PULL_H
#define CLI_SCHEMA_PULL_H

int schema_pull_start(int argc, char **argv); /* argv[0] is the first argument after the name */

#endif
