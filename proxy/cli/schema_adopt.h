#ifndef CLI_SCHEMA_ADOPT_H
#define CLI_SCHEMA_ADOPT_H

int schema_adopt_start(int argc, char **argv);

#endif
