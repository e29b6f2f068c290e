/* From the arguments of `schemaguard serve` to settings that cli_serve can run with. */
#ifndef CLI_SERVE_START_H
#define CLI_SERVE_START_H

/* Answers --help and --check-config, says what is wrong with the settings, or serves.
 * argv[0] is the first argument after `serve`. Returns an enum cli_exit. */
int serve_start(int argc, char **argv);

#endif
