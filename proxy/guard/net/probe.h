/* Looks at a MySQL server's certificate, verified as a context asks, before anybody logs in.
 *
 * For client libraries that cannot verify what we can (sources/live.h says which): they are held to
 * the certificate that was found here. Blocks: for threads of their own, never for a worker.
 */
#ifndef NET_PROBE_H
#define NET_PROBE_H

#include <schemaguard/error.h>

#include "net/endpoint.h"
#include "tls/tls.h"

struct probe; /* heap; used by one thread at a time, but for probe_secure */

/* Retains the context (client role). NULL when memory is out. */
struct probe *probe_new(const struct endpoint *endpoint, struct tls_context *context,
                        unsigned timeout_ms);
/* Any thread: the next look is by this context (retained), and what was found before is forgotten.
 */
void probe_secure(struct probe *probe, struct tls_context *context);
void probe_free(struct probe *probe); /* NULL is fine */

/* The certificate that the server shows, or showed within the last ten minutes; `is_fresh`: look
 * again. A copy; its `pem` is the caller's. SG_SYSTEM with address and cause when there is no TLS,
 * or the certificate is not what the context wants. */
SG_MUST_CHECK enum sg_status probe_certificate(struct probe *probe, bool is_fresh,
                                               struct tls_certificate *certificate_out,
                                               struct sg_error *error);

#endif
