/* Who may ask: pure checks of a request's headers. Called by http.c before any route.
 *
 * A browser on the operator's machine reaches a loopback listener, and a page of somebody else's
 * may make it send requests there; under a name that such a page owns, it may even read the answers
 * (DNS rebinding). Hence Host must be a name of the guard's own, and Origin, which browsers send
 * with what a page asked for, must be the guard itself.
 */
#ifndef ADMIN_ACCESS_H
#define ADMIN_ACCESS_H

#include <stdbool.h>

/* `host` is the Host header, NULL = none came. `own` is the name in admin_listen, NULL = a Unix
 * socket; `names` is admin_hosts, NULL = none. Numeric addresses and localhost pass. */
bool access_host_is_ours(const char *host, const char *own, const char *names);

/* `origin` NULL = none came, which passes. */
bool access_origin_is_ours(const char *origin, const char *host);

/* `authorization` is the header, NULL = none came; `token` what it must bring. Takes the same time
 * wherever they differ. */
bool access_token_fits(const char *authorization, const char *token);

#endif
