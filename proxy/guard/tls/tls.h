/* One TLS connection as pure bytes: ciphertext in, plaintext out, and the other way round.
 *
 * Knows no socket and never waits. The caller lends what arrived and a sink for what must be sent;
 * both are borrowed for the call alone, so that a connection owns nothing but OpenSSL's state
 * (about 14 KiB in the server role, 18 KiB in the client role, less while idle buffers are given
 * back). A connection is used by one thread at a time; contexts are shared.
 *
 * After every call, whatever it returned, the caller sends what stands in the sink: an alert that
 * tells the peer why we leave is there too.
 */
#ifndef TLS_TLS_H
#define TLS_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/error.h>
#include <schemaguard/slice.h>

#include "tls/tls_context.h"

struct tls; /* heap */

enum tls_status {
    TLS_OK,     /* done: the handshake is over, bytes were read, everything was written */
    TLS_AGAIN,  /* all input was used; call again with more ciphertext */
    TLS_FULL,   /* the sink has no room: send what it holds, empty it, call again */
    TLS_CLOSED, /* the peer said goodbye (close_notify): nothing more will come */
    TLS_FAILED, /* over; tls_error() says why */
};

/* Where ciphertext goes; the bytes belong to the caller. A sink of TLS_SINK_MIN_BYTES or more takes
 * at least one full record. */
struct tls_sink {
    uint8_t *data;
    size_t capacity;
    size_t size; /* filled so far; calls append */
};
#define TLS_RECORD_BYTES   16384
#define TLS_SINK_MIN_BYTES (TLS_RECORD_BYTES + 512)

/* `host`: client role, the name or address that was connected to: for SNI (names only) and for
 * TLS_VERIFY_IDENTITY; copied; NULL where there is none (Unix socket). Ignored in the server role.
 * Retains the context. NULL when memory is out. */
struct tls *tls_new(struct tls_context *context, const char *host);
void tls_free(struct tls *tls); /* NULL is fine; sends nothing, see tls_shutdown */

/* Goes on with the handshake. `input` is what arrived; what was used is cut off its front (with
 * TLS_OK the rest is already application data: give it to tls_read). The client role begins with
 * empty input. Returns TLS_OK, TLS_AGAIN, TLS_FULL or TLS_FAILED. */
SG_MUST_CHECK enum tls_status tls_handshake(struct tls *tls, struct sg_slice *input,
                                            struct tls_sink *sink);
bool tls_is_established(const struct tls *tls);

/* Decrypts into plain[0..capacity). Returns
 *   TLS_OK      capacity is used up: take the bytes and call again
 *   TLS_AGAIN   all input was used; *size_out bytes (perhaps none) are there to take
 *   TLS_FULL    as above for the sink (an answer to a key update); bytes may be there to take
 *   TLS_CLOSED  the peer ended; *size_out bytes came before that
 *   TLS_FAILED  *size_out bytes came before the fault; they are good
 * With capacity >= input->size + TLS_RECORD_BYTES one call takes all there is. */
SG_MUST_CHECK enum tls_status tls_read(struct tls *tls, struct sg_slice *input, void *plain,
                                       size_t capacity, size_t *size_out, struct tls_sink *sink);

/* Encrypts from the front of `plain`, which is cut by what was taken, into full records of 16 KiB.
 * Returns TLS_OK (all taken), TLS_FULL (what is left waits for the caller) or TLS_FAILED. */
SG_MUST_CHECK enum tls_status tls_write(struct tls *tls, struct sg_slice *plain,
                                        struct tls_sink *sink);

/* Puts the goodbye (close_notify) into the sink, once; nothing can be written after it. */
void tls_shutdown(struct tls *tls, struct tls_sink *sink);

/* Why it failed, one line naming the cause and where it helps what to do: "the server's certificate
 * was not accepted: self-signed certificate; its SHA-256 fingerprint is AB:…". Lives as long as
 * `tls`; "" while nothing failed. */
const char *tls_error(const struct tls *tls);

/* Valid once established; texts live as long as the process. */
const char *tls_version(const struct tls *tls); /* "TLSv1.3" */
const char *tls_cipher(const struct tls *tls);  /* "TLS_AES_256_GCM_SHA384" */
bool tls_was_resumed(const struct tls *tls);

/* Server role: the name that the client asked for (SNI); "" = none. Lives as long as `tls`. */
const char *tls_server_name(const struct tls *tls);

/* The peer showed a certificate, now or when the session that was resumed began. It was verified
 * wherever the context verifies. */
bool tls_has_peer_certificate(const struct tls *tls);

/* The peer's certificate for those who must recognise it with other means. */
struct tls_certificate {
    char sha1[41]; /* hex of its hashes, NUL-terminated */
    char sha256[65];
    char *pem; /* heap, the caller's; NUL-terminated */
};

/* False when the peer showed none, or memory is out. */
SG_MUST_CHECK bool tls_peer_certificate(const struct tls *tls,
                                        struct tls_certificate *certificate_out);

/* SHA-256 of the certificate that we showed on this connection; false when we showed none. */
bool tls_own_fingerprint(const struct tls *tls, uint8_t fingerprint_out[TLS_FINGERPRINT_BYTES]);

/* SHA-256 of the peer's certificate; false when it showed none. */
bool tls_peer_fingerprint(const struct tls *tls, uint8_t fingerprint_out[TLS_FINGERPRINT_BYTES]);

#endif
