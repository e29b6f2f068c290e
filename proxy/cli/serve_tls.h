/* The TLS contexts of a running guard, made from settings and made again on SIGHUP. */
#ifndef CLI_SERVE_TLS_H
#define CLI_SERVE_TLS_H

#include <stdbool.h>

#include <schemaguard/error.h>

#include "config/settings.h"
#include "tls/tls_context.h"

/* One reference each; NULL: that side never uses TLS. */
struct serve_tls {
    struct tls_context *client;
    struct tls_context *server;
};

/* Reads every file that the settings name. `before`: what is in use now, NULL at the start; a
 * certificate that was made on the spot and that nothing can have changed is kept. False with
 * *error set: which side, which file, what is wrong; *tls_out is untouched. */
SG_MUST_CHECK bool serve_tls_make(const struct settings *settings, const struct serve_tls *before,
                                  struct serve_tls *tls_out, struct sg_error *error);

/* Tells the log what clients are shown, and what is not verified. */
void serve_tls_tell(const struct settings *settings, const struct serve_tls *tls);

void serve_tls_release(struct serve_tls *tls);

#endif
