/* Makes and holds what the TLS connections of one side share.
 *
 * In: file names and choices; out: a counted context. Errors are written for the person who wrote
 * the settings: which file, what is wrong with it, what to do. Called at start-up; the connections
 * of tls.c use it from every worker. Making a certificate for a first try is self_signed.c's.
 * Follows: OpenSSL 3.0 manual, SSL_CTX_new(3), SSL_CTX_set_cert_verify_callback(3),
 * SSL_CTX_sess_set_new_cb(3).
 */
#include "tls/tls_context.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "tls/self_signed.h"
#include "tls/tls_private.h"

struct tls_context {
    SSL_CTX *ssl;
    atomic_uint references;
    enum tls_role role;
    bool is_self_made;
    bool has_fingerprint; /* of our own certificate */
    uint8_t fingerprint[TLS_FINGERPRINT_BYTES];

    /* Client role: what the server's certificate must be. */
    bool checks_ca;
    bool checks_identity;
    bool checks_pin;
    uint8_t pin[TLS_FINGERPRINT_BYTES];

    /* Client role: one session to resume, with the host that it belongs to. */
    pthread_mutex_t session_lock;
    SSL_SESSION *session;
    char *session_host;
};

/* --- errors ---------------------------------------------------------------------------------- */

static enum sg_status library_error(struct sg_error *error, const char *what, const char *file)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    ERR_clear_error();
    return sg_error_set(error, SG_SYSTEM, "%s%s%s: %s", what, file ? " " : "", file ? file : "",
                        reason ? reason : "the TLS library gave no reason");
}

/* Says in the system's words what the library would say in riddles. */
static enum sg_status check_readable(const char *what, const char *file, struct sg_error *error)
{
    FILE *stream = fopen(file, "re");
    if (!stream)
        return sg_error_set(error, SG_SYSTEM, "cannot read %s %s: %s", what, file, strerror(errno));
    (void)fclose(stream);
    return SG_OK;
}

/* --- parts of a context ---------------------------------------------------------------------- */

static int refuse_passphrase(char *buffer, int size, int is_writing, void *argument)
{
    (void)buffer;
    (void)size;
    (void)is_writing;
    *(bool *)argument = true; /* without a callback the library would ask on the terminal */
    return 0;
}

static enum sg_status load_key(SSL_CTX *ssl, const char *file, struct sg_error *error)
{
    if (check_readable("private key", file, error) != SG_OK)
        return SG_SYSTEM;
    bool has_passphrase = false;
    SSL_CTX_set_default_passwd_cb(ssl, refuse_passphrase);
    SSL_CTX_set_default_passwd_cb_userdata(ssl, &has_passphrase);
    int loaded = SSL_CTX_use_PrivateKey_file(ssl, file, SSL_FILETYPE_PEM);
    SSL_CTX_set_default_passwd_cb_userdata(ssl, NULL);
    if (loaded == 1)
        return SG_OK;
    if (has_passphrase) {
        ERR_clear_error();
        return sg_error_set(error, SG_INVALID,
                            "private key %s is protected by a passphrase; store it without one "
                            "(openssl pkey -in %s -out FILE) and let only the guard read it",
                            file, file);
    }
    if (ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH) {
        ERR_clear_error();
        return sg_error_set(error, SG_INVALID, "private key %s does not belong to the certificate",
                            file);
    }
    return library_error(error, "no PEM private key in", file);
}

static enum sg_status load_certificate(SSL_CTX *ssl, const char *certificate_file,
                                       const char *key_file, struct sg_error *error)
{
    if (check_readable("certificate", certificate_file, error) != SG_OK)
        return SG_SYSTEM;
    if (SSL_CTX_use_certificate_chain_file(ssl, certificate_file) != 1)
        return library_error(error, "no usable PEM certificate in", certificate_file);
    enum sg_status status = load_key(ssl, key_file ? key_file : certificate_file, error);
    if (status != SG_OK)
        return status;
    if (SSL_CTX_check_private_key(ssl) != 1)
        return library_error(error, "the private key does not belong to certificate",
                             certificate_file);
    return SG_OK;
}

static enum sg_status load_trust(SSL_CTX *ssl, const char *ca_file, struct sg_error *error)
{
    if (!ca_file) {
        if (SSL_CTX_set_default_verify_paths(ssl) != 1)
            return library_error(error, "the system's trusted certificates", NULL);
    } else {
        if (check_readable("CA", ca_file, error) != SG_OK)
            return SG_SYSTEM;
        if (SSL_CTX_load_verify_file(ssl, ca_file) != 1)
            return library_error(error, "no usable PEM certificate in CA file", ca_file);
    }
    /* A server's own certificate, signed by someone else, may be all that an operator has. */
    (void)X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ssl), X509_V_FLAG_PARTIAL_CHAIN);
    return SG_OK;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit = (char)tolower((unsigned char)digit);
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static bool read_fingerprint(const char *text, uint8_t fingerprint_out[TLS_FINGERPRINT_BYTES])
{
    size_t digits = 0;
    for (; *text; text++) {
        if (*text == ':' || *text == ' ')
            continue;
        int value = hex_value(*text);
        if (value < 0 || digits == 2 * TLS_FINGERPRINT_BYTES)
            return false;
        uint8_t *byte = &fingerprint_out[digits / 2];
        *byte = (uint8_t)(digits % 2 ? (*byte | value) : (value << 4));
        digits++;
    }
    return digits == 2 * TLS_FINGERPRINT_BYTES;
}

static void remember_own_fingerprint(struct tls_context *context)
{
    X509 *certificate = SSL_CTX_get0_certificate(context->ssl);
    context->has_fingerprint =
        certificate && X509_digest(certificate, EVP_sha256(), context->fingerprint, NULL) == 1;
}

/* --- verification ---------------------------------------------------------------------------- */

void tls_fingerprint_text(const uint8_t fingerprint[TLS_FINGERPRINT_BYTES],
                          char text_out[TLS_FINGERPRINT_TEXT])
{
    for (size_t i = 0; i < TLS_FINGERPRINT_BYTES; i++)
        (void)snprintf(text_out + 3 * i, 4, "%02X%s", fingerprint[i],
                       i + 1 < TLS_FINGERPRINT_BYTES ? ":" : "");
}

/* The names that a certificate is made out to, "a.example, 10.0.0.7"; or its subject. */
static void write_names(X509 *certificate, char *text, size_t size)
{
    text[0] = '\0';
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    size_t used = 0;
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names) && used < size; i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        char address[64] = "";
        const char *shown = NULL;
        if (name->type == GEN_DNS) {
            shown = (const char *)ASN1_STRING_get0_data(name->d.dNSName);
        } else if (name->type == GEN_IPADD) {
            int family = ASN1_STRING_length(name->d.iPAddress) == 4 ? AF_INET : AF_INET6;
            (void)inet_ntop(family, ASN1_STRING_get0_data(name->d.iPAddress), address,
                            sizeof(address));
            shown = address;
        }
        int wrote = shown ? snprintf(text + used, size - used, "%s%s", used ? ", " : "", shown) : 0;
        used += wrote > 0 ? (size_t)wrote : 0;
    }
    GENERAL_NAMES_free(names);
    if (used == 0)
        (void)X509_NAME_oneline(X509_get_subject_name(certificate), text, (int)size);
}

static void tell_refusal(struct tls *tls, X509_STORE_CTX *store)
{
    int code = X509_STORE_CTX_get_error(store);
    X509 *leaf = X509_STORE_CTX_get0_cert(store);
    uint8_t digest[TLS_FINGERPRINT_BYTES] = {0};
    char shown[TLS_FINGERPRINT_TEXT];
    char names[256] = "";
    (void)X509_digest(leaf, EVP_sha256(), digest, NULL);
    tls_fingerprint_text(digest, shown);
    write_names(leaf, names, sizeof(names));
    const char *reason = X509_verify_cert_error_string(code);
    switch (code) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        tls_set_error(tls,
                      "the server's certificate is not made out to %s but to %s; connect by that "
                      "name, or verify the CA alone",
                      tls_host(tls), names);
        break;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        tls_set_error(tls,
                      "the server's certificate (%s) is not signed by a trusted CA: %s; give its "
                      "CA, or, if you know it to be the server's, pin its SHA-256 fingerprint %s",
                      names, reason, shown);
        break;
    default:
        tls_set_error(tls, "the server's certificate (%s) was not accepted: %s", names, reason);
        break;
    }
}

/* Replaces the library's own verification: the pin first, then the chain and the name. */
static int verify_server(X509_STORE_CTX *store, void *argument)
{
    const struct tls_context *context = argument;
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls *tls = SSL_get_app_data(ssl);
    if (context->checks_pin) {
        uint8_t digest[TLS_FINGERPRINT_BYTES] = {0};
        X509 *leaf = X509_STORE_CTX_get0_cert(store);
        if (!leaf || X509_digest(leaf, EVP_sha256(), digest, NULL) != 1 ||
            CRYPTO_memcmp(digest, context->pin, sizeof(digest)) != 0) {
            char shown[TLS_FINGERPRINT_TEXT];
            tls_fingerprint_text(digest, shown);
            tls_set_error(tls,
                          "the server's certificate is not the pinned one: its SHA-256 fingerprint "
                          "is %s; pin that if the certificate was replaced on purpose",
                          shown);
            X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
            return 0;
        }
    }
    if (context->checks_ca && X509_verify_cert(store) <= 0) {
        tell_refusal(tls, store);
        return 0;
    }
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

/* --- sessions to resume ---------------------------------------------------------------------- */

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    struct tls_context *context = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    const struct tls *tls = SSL_get_app_data(ssl);
    char *host = strdup(tls_host(tls));
    if (!host)
        return 0;
    (void)pthread_mutex_lock(&context->session_lock);
    SSL_SESSION *old_session = context->session;
    char *old_host = context->session_host;
    context->session = session;
    context->session_host = host;
    (void)pthread_mutex_unlock(&context->session_lock);
    SSL_SESSION_free(old_session);
    free(old_host);
    return 1; /* the reference is ours now */
}

/* A copy, since a connection writes into the session that it resumes. */
static SSL_SESSION *copy_session(struct tls_context *context, const char *host)
{
    SSL_SESSION *copy = NULL;
    (void)pthread_mutex_lock(&context->session_lock);
    if (context->session && strcmp(context->session_host, host) == 0)
        copy = SSL_SESSION_dup(context->session);
    (void)pthread_mutex_unlock(&context->session_lock);
    return copy;
}

void tls_context_forget_session(struct tls_context *context)
{
    (void)pthread_mutex_lock(&context->session_lock);
    SSL_SESSION *session = context->session;
    context->session = NULL;
    (void)pthread_mutex_unlock(&context->session_lock);
    SSL_SESSION_free(session);
}

bool tls_context_prepare(struct tls_context *context, SSL *ssl, const char *host)
{
    const char *name = host ? host : "";
    ASN1_OCTET_STRING *address = name[0] ? a2i_IPADDRESS(name) : NULL;
    bool is_address = address != NULL;
    ASN1_OCTET_STRING_free(address);
    ERR_clear_error();
    /* RFC 6066: a literal address is no server name. A copy, since the library's macro casts const
     * away. */
    char server_name[TLSEXT_MAXLEN_host_name + 1];
    bool is_whole =
        snprintf(server_name, sizeof(server_name), "%s", name) < (int)sizeof(server_name);
    if (name[0] && !is_address && is_whole && SSL_set_tlsext_host_name(ssl, server_name) != 1)
        return false;
    if (context->checks_identity) {
        X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
        int set = is_address ? X509_VERIFY_PARAM_set1_ip_asc(param, name)
                             : X509_VERIFY_PARAM_set1_host(param, name[0] ? name : "localhost", 0);
        if (set != 1)
            return false;
    }
    SSL_SESSION *session = copy_session(context, name);
    if (session) {
        (void)SSL_set_session(ssl, session); /* refused: a full handshake */
        SSL_SESSION_free(session);
    }
    return true;
}

/* --- making one ------------------------------------------------------------------------------ */

static struct tls_context *new_context(enum tls_role role, struct sg_error *error)
{
    struct tls_context *context = calloc(1, sizeof(*context));
    SSL_CTX *ssl = SSL_CTX_new(role == TLS_ROLE_SERVER ? TLS_server_method() : TLS_client_method());
    if (!context || !ssl) {
        (void)library_error(error, "cannot make a TLS context", NULL);
        SSL_CTX_free(ssl);
        free(context);
        return NULL;
    }
    context->ssl = ssl;
    context->role = role;
    atomic_init(&context->references, 1);
    (void)pthread_mutex_init(&context->session_lock, NULL);
    SSL_CTX_set_app_data(ssl, context);
    (void)SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
    (void)SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    (void)SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return context;
}

static enum sg_status fill_server(struct tls_context *context,
                                  const struct tls_server_options *options, struct sg_error *error)
{
    static const unsigned char session_id_context[] = "schemaguard";
    SSL_CTX *ssl = context->ssl;
    /* Tickets hold the session at the client; nothing is kept here. One is enough: a client that
     * resumes is given the next. */
    (void)SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_session_id_context(ssl, session_id_context, sizeof(session_id_context) - 1);
    (void)SSL_CTX_set_num_tickets(ssl, 1);
    (void)SSL_CTX_set_dh_auto(ssl, 1);
    enum sg_status status = SG_OK;
    if (options->certificate_file) {
        status = load_certificate(ssl, options->certificate_file, options->key_file, error);
    } else if (options->key_file) {
        status = sg_error_set(error, SG_INVALID, "private key %s was given without a certificate",
                              options->key_file);
    } else {
        status = self_signed_install(ssl, error);
        context->is_self_made = true;
    }
    if (status != SG_OK || !options->client_ca_file)
        return status;
    status = load_trust(ssl, options->client_ca_file, error);
    STACK_OF(X509_NAME) *names =
        status == SG_OK ? SSL_load_client_CA_file(options->client_ca_file) : NULL;
    SSL_CTX_set_client_CA_list(ssl, names);
    SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return status;
}

struct tls_context *tls_context_new_server(const struct tls_server_options *options,
                                           struct sg_error *error)
{
    struct tls_context *context = new_context(TLS_ROLE_SERVER, error);
    if (!context)
        return NULL;
    if (fill_server(context, options, error) != SG_OK) {
        tls_context_release(context);
        return NULL;
    }
    remember_own_fingerprint(context);
    return context;
}

static enum sg_status fill_client(struct tls_context *context,
                                  const struct tls_client_options *options, struct sg_error *error)
{
    SSL_CTX *ssl = context->ssl;
    (void)SSL_CTX_set_session_cache_mode(ssl,
                                         SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
    SSL_CTX_sess_set_new_cb(ssl, keep_session);
    if (options->fingerprint) {
        if (!read_fingerprint(options->fingerprint, context->pin))
            return sg_error_set(error, SG_INVALID,
                                "fingerprint \"%s\" is not a SHA-256: 64 hex digits are needed "
                                "(openssl x509 -noout -fingerprint -sha256 -in CERTIFICATE)",
                                options->fingerprint);
        context->checks_pin = true;
    }
    context->checks_identity = options->verify == TLS_VERIFY_IDENTITY;
    context->checks_ca = options->verify != TLS_VERIFY_NONE || options->ca_file != NULL;
    enum sg_status status = SG_OK;
    if (context->checks_ca)
        status = load_trust(ssl, options->ca_file, error);
    if (status == SG_OK && tls_context_verifies(context)) {
        SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, NULL);
        SSL_CTX_set_cert_verify_callback(ssl, verify_server, context);
    }
    if (status == SG_OK && options->certificate_file)
        status = load_certificate(ssl, options->certificate_file, options->key_file, error);
    return status;
}

struct tls_context *tls_context_new_client(const struct tls_client_options *options,
                                           struct sg_error *error)
{
    struct tls_context *context = new_context(TLS_ROLE_CLIENT, error);
    if (!context)
        return NULL;
    if (fill_client(context, options, error) != SG_OK) {
        tls_context_release(context);
        return NULL;
    }
    remember_own_fingerprint(context);
    return context;
}

/* --- sharing and asking ---------------------------------------------------------------------- */

struct tls_context *tls_context_retain(struct tls_context *context)
{
    (void)atomic_fetch_add_explicit(&context->references, 1, memory_order_relaxed);
    return context;
}

void tls_context_release(struct tls_context *context)
{
    if (!context || atomic_fetch_sub_explicit(&context->references, 1, memory_order_acq_rel) != 1)
        return;
    SSL_SESSION_free(context->session);
    free(context->session_host);
    (void)pthread_mutex_destroy(&context->session_lock);
    SSL_CTX_free(context->ssl);
    free(context);
}

SSL_CTX *tls_context_ssl(const struct tls_context *context)
{
    return context->ssl;
}

enum tls_role tls_context_role(const struct tls_context *context)
{
    return context->role;
}

bool tls_context_verifies(const struct tls_context *context)
{
    return context->checks_ca || context->checks_pin;
}

bool tls_context_is_self_made(const struct tls_context *context)
{
    return context->is_self_made;
}

bool tls_context_fingerprint(const struct tls_context *context,
                             uint8_t fingerprint_out[TLS_FINGERPRINT_BYTES])
{
    if (context->has_fingerprint)
        memcpy(fingerprint_out, context->fingerprint, TLS_FINGERPRINT_BYTES);
    return context->has_fingerprint;
}

void tls_context_describe(const struct tls_context *context, char *text_out, size_t size)
{
    text_out[0] = '\0';
    X509 *certificate = SSL_CTX_get0_certificate(context->ssl);
    struct tm last_day;
    if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &last_day) != 1)
        return;
    char names[256] = "";
    write_names(certificate, names, sizeof(names));
    int days = 0;
    int seconds = 0;
    bool is_over = ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(certificate)) == 1 &&
                   (days < 0 || seconds < 0);
    (void)snprintf(text_out, size, "for %s, %s %04d-%02d-%02d", names,
                   is_over ? "expired on" : "valid to", last_day.tm_year + 1900,
                   last_day.tm_mon + 1, last_day.tm_mday);
}
