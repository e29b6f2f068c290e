/* `schemaguard healthcheck`: asks a guard on this machine whether it is ready. */
#ifndef CLI_HEALTHCHECK_H
#define CLI_HEALTHCHECK_H

/* Takes the options of `serve`, to know admin_listen. Returns an enum cli_exit. */
int healthcheck_start(int argc, char **argv);

#endif
