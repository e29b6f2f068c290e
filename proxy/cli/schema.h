/* `schemaguard schema COMMAND`. */
#ifndef CLI_SCHEMA_H
#define CLI_SCHEMA_H

int schema_start(int argc, char **argv); /* argv[0] is the first argument after the name */

#endif
