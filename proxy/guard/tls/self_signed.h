/* A certificate for a first try, made in memory: ECDSA P-256, signed by itself. */
#ifndef TLS_SELF_SIGNED_H
#define TLS_SELF_SIGNED_H

#include <openssl/ssl.h>

#include <schemaguard/error.h>

/* Makes a key and a certificate for this host's name, localhost and the loopback addresses, valid
 * for ten years, and gives them to `ssl`. */
SG_MUST_CHECK enum sg_status self_signed_install(SSL_CTX *ssl, struct sg_error *error);

#endif
