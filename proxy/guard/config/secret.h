/* Passwords that settings name by file. */
#ifndef CONFIG_SECRET_H
#define CONFIG_SECRET_H

#include <schemaguard/error.h>

#define SECRET_MAX_BYTES 1024

/* The first line of the file, without its line end, NUL-terminated. Wiped by secret_wipe. */
struct secret {
    char text[SECRET_MAX_BYTES + 1];
};

/* Reads the file anew at each call, so that a rotated password is taken up. An empty first line is
 * an empty password; a line that is too long or holds a zero byte is SG_INVALID; SG_SYSTEM when the
 * file cannot be read. `secret` is wiped on failure. */
SG_MUST_CHECK enum sg_status secret_read(const char *path, struct secret *secret,
                                         struct sg_error *error);

void secret_wipe(struct secret *secret);

#endif
