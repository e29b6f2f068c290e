/* What tls.c and tls_context.c share. */
#ifndef TLS_TLS_PRIVATE_H
#define TLS_TLS_PRIVATE_H

#include <openssl/ssl.h>

#include "tls/tls.h"

SSL_CTX *tls_context_ssl(const struct tls_context *context);

/* Client role: makes `ssl` check the certificate for `host` as the context asks, send SNI, and
 * resume the session that the context holds for that host. */
bool tls_context_prepare(struct tls_context *context, SSL *ssl, const char *host);

/* A handshake failed: what the context holds for resumption may be the cause. */
void tls_context_forget_session(struct tls_context *context);

/* The reason that the context's verification gives; the first one stays. */
void tls_set_error(struct tls *tls, const char *format, ...) SG_PRINTF(2, 3);

/* The name or address that the connection was made for; "" = none. */
const char *tls_host(const struct tls *tls);

#endif
