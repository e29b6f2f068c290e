/* `schemaguard schema verify`. */
#ifndef CLI_SCHEMA_VERIFY_H
#define CLI_SCHEMA_VERIFY_H

int schema_verify_start(int argc, char **argv); /* argv[0] is the first argument after the name */

#endif
