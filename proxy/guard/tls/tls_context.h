/* What all TLS connections of one side share: certificates, what is trusted, versions, tickets.
 *
 * Made once from settings, then only read: workers share a context, which is counted. TLS 1.2 and
 * 1.3 only; no renegotiation, no compression, no ALPN (no MySQL server or client negotiates one).
 */
#ifndef TLS_TLS_CONTEXT_H
#define TLS_TLS_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/error.h>

struct tls_context; /* counted; immutable but for its session cache, which locks by itself */

enum tls_role {
    TLS_ROLE_SERVER, /* towards clients: we present a certificate */
    TLS_ROLE_CLIENT, /* towards the MySQL server: we verify one */
};

#define TLS_FINGERPRINT_BYTES 32 /* SHA-256 over the certificate in DER */
#define TLS_FINGERPRINT_TEXT  96 /* "AB:CD:…" with its NUL */

enum tls_versions {
    TLS_VERSIONS_1_2_AND_1_3,
    TLS_VERSIONS_1_3,
    TLS_VERSIONS_1_2,
};

/* What both sides have to agree on; zero = the TLS library's own choice. Strings are borrowed for
 * the call that they are given to, here and below. */
struct tls_protocol {
    enum tls_versions versions;
    const char *cipher;       /* TLS 1.2, as `openssl ciphers` writes them; NULL = the library's */
    const char *ciphersuites; /* TLS 1.3 */
};

struct tls_server_options {
    /* PEM. A certificate file holds the leaf and then its chain; each has its key at the same place
     * of `key_files`, or in the same file (NULL). A client that asks for a server name (SNI) is
     * shown the first certificate that is made out to it, else the first of all. None: a
     * self-signed one (ECDSA P-256: 19 µs a signature where RSA-2048 takes 243 µs) is made in
     * memory and lives as long as the context. */
    const char *const *certificate_files;
    const char *const *key_files;
    size_t certificate_count;
    /* Clients are asked for certificates and these are verified against this CA when it is given. A
     * client may show none: see tls_has_peer_certificate. */
    const char *client_ca_file;
    const char *client_crl_file; /* revoked ones; NULL = not looked up */
    struct tls_protocol protocol;
};

/* How far the server's certificate is held against what we know, MySQL's own terms. */
enum tls_verify {
    TLS_VERIFY_NONE,     /* encrypt only; does not stop a man in the middle */
    TLS_VERIFY_CA,       /* signed by a CA that we trust */
    TLS_VERIFY_IDENTITY, /* and made out to the host name or address that we connect to */
};

struct tls_client_options {
    enum tls_verify verify;
    /* PEM, one or more certificates to trust. A configured CA is always verified: with
     * TLS_VERIFY_NONE it counts as TLS_VERIFY_CA. NULL under VERIFY_CA or VERIFY_IDENTITY: the
     * system's own store. A server's self-signed certificate may be given as its own CA. */
    const char *ca_file;
    /* SHA-256 of the server's certificate, 64 hex digits, colons and spaces ignored; NULL = none.
     * Always verified when given, and sufficient where neither CA nor verify mode is given. */
    const char *fingerprint;
    /* Our own certificate for accounts that REQUIRE X509; PEM; NULL = none. */
    const char *certificate_file;
    const char *key_file;
    const char *crl_file; /* revoked certificates; looked up where the CA is; NULL = not */
    struct tls_protocol protocol;
};

/* One reference, the caller's; NULL with *error set: which file, what is wrong, what to do. */
struct tls_context *tls_context_new_server(const struct tls_server_options *options,
                                           struct sg_error *error);
struct tls_context *tls_context_new_client(const struct tls_client_options *options,
                                           struct sg_error *error);

struct tls_context *tls_context_retain(struct tls_context *context); /* any thread */
void tls_context_release(struct tls_context *context);               /* any thread; NULL is fine */

enum tls_role tls_context_role(const struct tls_context *context);

/* Whether a man in the middle would be noticed (client role), for the log at start-up. */
bool tls_context_verifies(const struct tls_context *context);

/* The server role's certificate was made by tls_context_new_server itself. */
bool tls_context_is_self_made(const struct tls_context *context);

/* Our own (first) certificate's SHA-256; false when the context has none (client role without one).
 */
bool tls_context_fingerprint(const struct tls_context *context,
                             uint8_t fingerprint_out[TLS_FINGERPRINT_BYTES]);

/* "AB:CD:…:EF", as `openssl x509 -fingerprint -sha256` prints it. */
void tls_fingerprint_text(const uint8_t fingerprint[TLS_FINGERPRINT_BYTES],
                          char text_out[TLS_FINGERPRINT_TEXT]);

/* What the certificate at `index` says of itself, for the log: subject, names, last day. One line,
 * cut to `size`; empty when there is none. */
void tls_context_describe(const struct tls_context *context, size_t index, char *text_out,
                          size_t size);
size_t tls_context_certificate_count(const struct tls_context *context);

#endif
