#ifndef CLI_SCHEMA_HISTORY_H
#define CLI_SCHEMA_HISTORY_H

int schema_history_start(int argc, char **argv);
int schema_show_start(int argc, char **argv);

#endif
