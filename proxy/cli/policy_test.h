/* `schemaguard policy test`: explains what would be done about a suspect. */
#ifndef CLI_POLICY_TEST_H
#define CLI_POLICY_TEST_H

int policy_start(int argc, char **argv); /* argv[0] is "test"; returns an enum cli_exit */

#endif
