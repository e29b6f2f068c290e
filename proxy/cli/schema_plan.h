/* `schemaguard schema plan`. */
#ifndef CLI_SCHEMA_PLAN_H
#define CLI_SCHEMA_PLAN_H

int schema_plan_start(int argc, char **argv); /* argv[0] is the first argument after the name */

#endif
