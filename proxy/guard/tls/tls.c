/* Drives one OpenSSL connection over a BIO of our own.
 *
 * In: ciphertext lent by the caller; out: ciphertext in the caller's sink. The BIO copies straight
 * from the one and to the other, so that no byte waits here: OpenSSL itself keeps a record that has
 * arrived in part. Called by net/stream.c; sockets and waiting are left to it.
 * Follows: OpenSSL 3.0 manual, bio(7), SSL_get_error(3), SSL_CTX_set_mode(3).
 */
#define _GNU_SOURCE /* vasprintf */
#include "tls/tls.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "tls/tls_private.h"

/* A record's header, explicit nonce, content type and tag: TLS 1.2 CBC needs the most of it. */
#define RECORD_OVERHEAD_BYTES 256
_Static_assert(TLS_SINK_MIN_BYTES >= TLS_RECORD_BYTES + RECORD_OVERHEAD_BYTES,
               "a sink of the smallest size takes a full record");

struct tls {
    SSL *ssl;
    struct tls_context *context;
    struct sg_slice *input; /* of the call that runs; NULL between calls */
    struct tls_sink *sink;
    char *host;
    char *error; /* heap; made when something failed */
    bool established;
    bool said_goodbye;
};

/* --- the BIO --------------------------------------------------------------------------------- */

static int lend_input(BIO *bio, char *into, size_t size, size_t *taken_out)
{
    struct tls *tls = BIO_get_data(bio);
    struct sg_slice *input = tls->input;
    BIO_clear_retry_flags(bio);
    if (!input || input->size == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    size_t taken = size < input->size ? size : input->size;
    memcpy(into, input->data, taken);
    input->data += taken;
    input->size -= taken;
    *taken_out = taken;
    return 1;
}

static int fill_sink(BIO *bio, const char *bytes, size_t size, size_t *taken_out)
{
    struct tls *tls = BIO_get_data(bio);
    struct tls_sink *sink = tls->sink;
    BIO_clear_retry_flags(bio);
    size_t room = sink ? sink->capacity - sink->size : 0;
    if (room == 0) {
        BIO_set_retry_write(bio);
        return 0;
    }
    size_t taken = size < room ? size : room;
    memcpy(sink->data + sink->size, bytes, taken);
    sink->size += taken;
    *taken_out = taken;
    return 1;
}

static long answer_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH; /* what we take is delivered */
}

static int mark_ready(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

static BIO_METHOD *bio_method; /* one for the process, never freed */

static void make_bio_method(void)
{
    int type = BIO_get_new_index();
    if (type < 0)
        return;
    BIO_METHOD *method = BIO_meth_new(type | BIO_TYPE_SOURCE_SINK, "lent bytes");
    if (!method)
        return;
    if (BIO_meth_set_read_ex(method, lend_input) && BIO_meth_set_write_ex(method, fill_sink) &&
        BIO_meth_set_ctrl(method, answer_control) && BIO_meth_set_create(method, mark_ready))
        bio_method = method;
    else
        BIO_meth_free(method);
}

static BIO *new_bio(struct tls *tls)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, make_bio_method);
    BIO *bio = bio_method ? BIO_new(bio_method) : NULL;
    if (bio)
        BIO_set_data(bio, tls);
    return bio;
}

/* --- errors ---------------------------------------------------------------------------------- */

void tls_set_error(struct tls *tls, const char *format, ...)
{
    if (tls->error)
        return;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&tls->error, format, arguments) < 0)
        tls->error = NULL;
    va_end(arguments);
}

const char *tls_error(const struct tls *tls)
{
    return tls->error ? tls->error : "";
}

const char *tls_host(const struct tls *tls)
{
    return tls->host ? tls->host : "";
}

/* What OpenSSL calls it, in the words of someone who has to repair it. */
static const char *explain_reason(int reason, bool is_server)
{
    switch (reason) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_BAD_RECORD_TYPE:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
        return "what the peer sent is not TLS";
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
        return is_server ? "no common version: see client_tls_version"
                         : "no common version: see server_tls_version";
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
        return is_server ? "no common cipher or key exchange with the client"
                         : "the server found no common cipher, or wants a certificate of ours";
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
        return is_server ? "the client does not accept our certificate"
                         : "the server does not accept our certificate";
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        return is_server ? "the client showed no certificate"
                         : "the server wants a certificate of ours: set server_tls_cert";
    default:
        return NULL;
    }
}

static void explain_failure(struct tls *tls, const char *doing)
{
    unsigned long code = ERR_peek_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    const char *words = code && ERR_GET_LIB(code) == ERR_LIB_SSL
                            ? explain_reason(ERR_GET_REASON(code), SSL_is_server(tls->ssl) != 0)
                            : NULL;
    if (words && reason)
        tls_set_error(tls, "%s: %s (%s)", doing, words, reason);
    else
        tls_set_error(tls, "%s: %s", doing, reason ? reason : "the library gave no reason");
    ERR_clear_error();
}

/* --- life ------------------------------------------------------------------------------------ */

struct tls *tls_new(struct tls_context *context, const char *host)
{
    struct tls *tls = calloc(1, sizeof(*tls));
    if (!tls)
        return NULL;
    tls->context = tls_context_retain(context);
    tls->ssl = SSL_new(tls_context_ssl(context));
    BIO *bio = tls->ssl ? new_bio(tls) : NULL;
    if (!bio)
        goto fail;
    SSL_set_bio(tls->ssl, bio, bio);
    SSL_set_app_data(tls->ssl, tls);
    if (tls_context_role(context) == TLS_ROLE_SERVER) {
        SSL_set_accept_state(tls->ssl);
        return tls;
    }
    SSL_set_connect_state(tls->ssl);
    if (host && !(tls->host = strdup(host)))
        goto fail;
    if (!tls_context_prepare(context, tls->ssl, host))
        goto fail;
    return tls;

fail:
    tls_free(tls);
    ERR_clear_error();
    return NULL;
}

void tls_free(struct tls *tls)
{
    if (!tls)
        return;
    /* A connection that simply ends is no fault of its session; without this the library would mark
     * the session as not to be resumed. */
    if (tls->ssl && tls->established && !tls->error)
        SSL_set_shutdown(tls->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(tls->ssl); /* frees the BIO */
    tls_context_release(tls->context);
    free(tls->host);
    free(tls->error);
    free(tls);
}

/* --- work ------------------------------------------------------------------------------------ */

static void lend(struct tls *tls, struct sg_slice *input, struct tls_sink *sink)
{
    tls->input = input;
    tls->sink = sink;
    ERR_clear_error(); /* SSL_get_error looks at the thread's queue */
}

static void give_back(struct tls *tls)
{
    tls->input = NULL;
    tls->sink = NULL;
}

static enum tls_status status_of(struct tls *tls, int answer, const char *doing)
{
    switch (SSL_get_error(tls->ssl, answer)) {
    case SSL_ERROR_WANT_READ:
        return TLS_AGAIN;
    case SSL_ERROR_WANT_WRITE:
        return TLS_FULL;
    case SSL_ERROR_ZERO_RETURN:
        return TLS_CLOSED;
    default:
        explain_failure(tls, doing);
        return TLS_FAILED;
    }
}

enum tls_status tls_handshake(struct tls *tls, struct sg_slice *input, struct tls_sink *sink)
{
    if (tls->established)
        return TLS_OK;
    if (tls->error)
        return TLS_FAILED;
    lend(tls, input, sink);
    int answer = SSL_do_handshake(tls->ssl);
    enum tls_status status = TLS_OK;
    if (answer == 1)
        tls->established = true;
    else
        status = status_of(tls, answer, "TLS handshake");
    give_back(tls);
    if (status == TLS_CLOSED) {
        tls_set_error(tls, "TLS handshake: the peer left");
        status = TLS_FAILED;
    }
    if (status == TLS_FAILED)
        tls_context_forget_session(tls->context);
    return status;
}

bool tls_is_established(const struct tls *tls)
{
    return tls->established;
}

/* A ticket that came with the data left OpenSSL with a buffer to write from, 16 KiB until the next
 * write; SSL_MODE_RELEASE_BUFFERS lets go after a write only. Between two records alone: before
 * 3.0.14 SSL_free_buffers took a record away whose header had come (CVE-2024-4741). */
static void release_buffers(struct tls *tls)
{
    if (strcmp(SSL_rstate_string(tls->ssl), "RH") == 0)
        (void)SSL_free_buffers(tls->ssl);
}

enum tls_status tls_read(struct tls *tls, struct sg_slice *input, void *plain, size_t capacity,
                         size_t *size_out, struct tls_sink *sink)
{
    *size_out = 0;
    if (tls->error)
        return TLS_FAILED;
    lend(tls, input, sink);
    enum tls_status status = TLS_OK;
    while (*size_out < capacity) {
        size_t got = 0;
        int answer = SSL_read_ex(tls->ssl, (char *)plain + *size_out, capacity - *size_out, &got);
        if (answer != 1) {
            status = status_of(tls, answer, "TLS");
            break;
        }
        *size_out += got;
        /* One more call would find nothing, at the price of a 16 KiB buffer made and freed. */
        if (input->size == 0 && SSL_pending(tls->ssl) == 0) {
            status = TLS_AGAIN;
            break;
        }
    }
    if (status == TLS_AGAIN)
        release_buffers(tls);
    give_back(tls);
    return status;
}

enum tls_status tls_write(struct tls *tls, struct sg_slice *plain, struct tls_sink *sink)
{
    if (tls->error || tls->said_goodbye)
        return TLS_FAILED;
    enum tls_status status = TLS_OK;
    lend(tls, NULL, sink);
    while (plain->size > 0) {
        size_t piece = plain->size < TLS_RECORD_BYTES ? plain->size : TLS_RECORD_BYTES;
        /* Asked before, since a record that OpenSSL could not put down whole must be retried with
         * just these bytes. */
        if (sink->capacity - sink->size < piece + RECORD_OVERHEAD_BYTES) {
            status = TLS_FULL;
            break;
        }
        size_t taken = 0;
        int answer = SSL_write_ex(tls->ssl, plain->data, piece, &taken);
        if (answer != 1) {
            status = status_of(tls, answer, "TLS");
            break;
        }
        plain->data += taken;
        plain->size -= taken;
    }
    give_back(tls);
    return status;
}

void tls_shutdown(struct tls *tls, struct tls_sink *sink)
{
    /* SSL_shutdown must not be called after a fatal error or in mid-handshake (SSL_shutdown(3)). */
    if (!tls->established || tls->error || tls->said_goodbye)
        return;
    tls->said_goodbye = true;
    lend(tls, NULL, sink);
    (void)SSL_shutdown(tls->ssl);
    ERR_clear_error();
    give_back(tls);
}

/* --- what was agreed ------------------------------------------------------------------------- */

const char *tls_version(const struct tls *tls)
{
    return SSL_get_version(tls->ssl);
}

const char *tls_cipher(const struct tls *tls)
{
    const char *name = SSL_get_cipher_name(tls->ssl);
    return name ? name : "";
}

bool tls_was_resumed(const struct tls *tls)
{
    return SSL_session_reused(tls->ssl) != 0;
}

const char *tls_server_name(const struct tls *tls)
{
    const char *name = SSL_get_servername(tls->ssl, TLSEXT_NAMETYPE_host_name);
    return name ? name : "";
}

bool tls_has_peer_certificate(const struct tls *tls)
{
    return SSL_get0_peer_certificate(tls->ssl) != NULL;
}

static bool hash_in_hex(const X509 *certificate, const EVP_MD *kind, char *hex)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (X509_digest(certificate, kind, hash, &size) != 1)
        return false;
    for (unsigned i = 0; i < size; i++)
        (void)snprintf(hex + 2 * (size_t)i, 3, "%02x", hash[i]);
    return true;
}

/* In memory of malloc's, as the rest of the program frees it. */
static char *write_pem(X509 *certificate)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *pem = NULL;
    char *bytes = NULL;
    if (bio && PEM_write_bio_X509(bio, certificate) == 1) {
        long size = BIO_get_mem_data(bio, &bytes);
        pem = size > 0 ? strndup(bytes, (size_t)size) : NULL;
    }
    BIO_free(bio);
    return pem;
}

bool tls_peer_certificate(const struct tls *tls, struct tls_certificate *certificate_out)
{
    X509 *certificate = SSL_get0_peer_certificate(tls->ssl);
    if (!certificate || !hash_in_hex(certificate, EVP_sha1(), certificate_out->sha1) ||
        !hash_in_hex(certificate, EVP_sha256(), certificate_out->sha256))
        return false;
    certificate_out->pem = write_pem(certificate);
    return certificate_out->pem != NULL;
}

bool tls_peer_fingerprint(const struct tls *tls, uint8_t fingerprint_out[TLS_FINGERPRINT_BYTES])
{
    X509 *certificate = SSL_get0_peer_certificate(tls->ssl);
    return certificate && X509_digest(certificate, EVP_sha256(), fingerprint_out, NULL) == 1;
}

bool tls_own_fingerprint(const struct tls *tls, uint8_t fingerprint_out[TLS_FINGERPRINT_BYTES])
{
    X509 *certificate = SSL_get_certificate(tls->ssl);
    return certificate && X509_digest(certificate, EVP_sha256(), fingerprint_out, NULL) == 1;
}
