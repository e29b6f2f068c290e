/* The program's front door: which command, then that command. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

/* main's arguments; returns an enum cli_exit. */
int cli_main(int argc, char **argv);

#endif
