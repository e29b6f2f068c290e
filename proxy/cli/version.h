/* What this program is, and what it runs with. */
#ifndef CLI_VERSION_H
#define CLI_VERSION_H

#include <stdio.h>

/* "schemaguard 0.1.0" and a line for each library whose version matters in a report. */
void version_print(FILE *stream);

#endif
