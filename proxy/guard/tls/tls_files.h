/* What settings and files bring into an OpenSSL context: certificates, keys, authorities, lists of
 * revoked certificates, versions and ciphers. Used by tls_context.c while it makes a context.
 *
 * Each returns SG_OK, or another status with *error set. Strings are borrowed for the call.
 */
#ifndef TLS_TLS_FILES_H
#define TLS_TLS_FILES_H

#include <openssl/ssl.h>

#include <schemaguard/error.h>

#include "tls/tls_context.h"

/* The leaf, its chain behind it, and the key, which may stand in the same file (NULL). */
SG_MUST_CHECK enum sg_status tls_load_certificate(SSL_CTX *ssl, const char *certificate_file,
                                                  const char *key_file, struct sg_error *error);

/* NULL: the system's own authorities. */
SG_MUST_CHECK enum sg_status tls_load_trust(SSL_CTX *ssl, const char *ca_file,
                                            struct sg_error *error);

/* From now on each certificate of a chain is looked up, and its authority's list must be there. */
SG_MUST_CHECK enum sg_status tls_load_revoked(SSL_CTX *ssl, const char *crl_file,
                                              struct sg_error *error);

SG_MUST_CHECK enum sg_status tls_set_protocol(SSL_CTX *ssl, const struct tls_protocol *protocol,
                                              struct sg_error *error);

/* "what file: the library's reason". `file` may be NULL. */
enum sg_status tls_library_error(struct sg_error *error, const char *what, const char *file);

#endif
