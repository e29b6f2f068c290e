/* `schemaguard schema diff`. */
#ifndef CLI_SCHEMA_DIFF_H
#define CLI_SCHEMA_DIFF_H

int schema_diff_start(int argc, char **argv); /* argv[0] is the first argument after the name */

#endif
