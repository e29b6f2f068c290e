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
#include "tls/tls_files.h"
#include "tls/tls_private.h"

struct tls_context {
    SSL_CTX *ssl; /* with the first certificate */

    /* Server role: one for each certificate, the first of them `ssl`. */
    SSL_CTX **named;
    size_t named_count;

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

/* --- parts of a context ---------------------------------------------------------------------- */

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

/* Revocation: what an operator can do about it, after the library's words. */
static const char *revocation_hint(int code)
{
    switch (code) {
    case X509_V_ERR_UNABLE_TO_GET_CRL:
        return ": the lists of revoked certificates have none of its authority; add it";
    case X509_V_ERR_CRL_HAS_EXPIRED:
        return ": fetch the authority's new list of revoked certificates";
    case X509_V_ERR_CRL_NOT_YET_VALID:
        return ": look at the clock";
    default:
        return "";
    }
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
        tls_set_error(tls, "the server's certificate (%s) was not accepted: %s%s", names, reason,
                      revocation_hint(code));
        break;
    }
}

/* Verifies as the library does, and says in our words why not. */
static int verify_client(X509_STORE_CTX *store, void *argument)
{
    (void)argument;
    if (X509_verify_cert(store) > 0)
        return 1;
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    int code = X509_STORE_CTX_get_error(store);
    char names[256] = "";
    write_names(X509_STORE_CTX_get0_cert(store), names, sizeof(names));
    tls_set_error(SSL_get_app_data(ssl), "the client's certificate (%s) was not accepted: %s%s",
                  names, X509_verify_cert_error_string(code), revocation_hint(code));
    return 0;
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

static SSL_CTX *new_ssl(struct tls_context *context, struct sg_error *error)
{
    SSL_CTX *ssl =
        SSL_CTX_new(context->role == TLS_ROLE_SERVER ? TLS_server_method() : TLS_client_method());
    if (!ssl) {
        (void)tls_library_error(error, "cannot make a TLS context", NULL);
        return NULL;
    }
    SSL_CTX_set_app_data(ssl, context);
    (void)SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    (void)SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return ssl;
}

static struct tls_context *new_context(enum tls_role role, struct sg_error *error)
{
    struct tls_context *context = calloc(1, sizeof(*context));
    if (!context) {
        (void)sg_error_set(error, SG_SYSTEM, "out of memory");
        return NULL;
    }
    context->role = role;
    atomic_init(&context->references, 1);
    (void)pthread_mutex_init(&context->session_lock, NULL);
    context->ssl = new_ssl(context, error);
    if (context->ssl)
        return context;
    tls_context_release(context);
    return NULL;
}

/* Clients' certificates. One is asked for and not insisted on: a client without is told so within
 * the protocol, where its user can read it, and not by a TLS alert. */
static enum sg_status ask_for_certificates(SSL_CTX *ssl, const struct tls_server_options *options,
                                           struct sg_error *error)
{
    if (!options->client_ca_file)
        return SG_OK;
    enum sg_status status = tls_load_trust(ssl, options->client_ca_file, error);
    if (status == SG_OK && options->client_crl_file)
        status = tls_load_revoked(ssl, options->client_crl_file, error);
    if (status != SG_OK)
        return status;
    SSL_CTX_set_client_CA_list(ssl, SSL_load_client_CA_file(options->client_ca_file));
    SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(ssl, verify_client, NULL);
    return SG_OK;
}

/* The library takes certificate and authorities from the context that a name has led to, versions
 * and ciphers from the first; so all are made alike. */
static enum sg_status fill_named(SSL_CTX *ssl, const struct tls_server_options *options,
                                 size_t index, struct sg_error *error)
{
    static const unsigned char session_id_context[] = "schemaguard";
    /* Tickets hold the session at the client; nothing is kept here. One is enough: a client that
     * resumes is given the next. */
    (void)SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_session_id_context(ssl, session_id_context, sizeof(session_id_context) - 1);
    (void)SSL_CTX_set_num_tickets(ssl, 1);
    (void)SSL_CTX_set_dh_auto(ssl, 1);
    enum sg_status status = tls_set_protocol(ssl, &options->protocol, error);
    if (status == SG_OK && index < options->certificate_count)
        status = tls_load_certificate(ssl, options->certificate_files[index],
                                      options->key_files ? options->key_files[index] : NULL, error);
    else if (status == SG_OK)
        status = self_signed_install(ssl, error);
    return status == SG_OK ? ask_for_certificates(ssl, options, error) : status;
}

static bool is_made_out_to(SSL_CTX *ssl, const char *name)
{
    return X509_check_host(SSL_CTX_get0_certificate(ssl), name, strlen(name), 0, NULL) == 1;
}

/* SNI. A name that no certificate is made out to gets the first, as without a name: MySQL's clients
 * send what they connect to, be it an alias. */
static int choose_certificate(SSL *ssl, int *alert, void *argument)
{
    const struct tls_context *context = argument;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    (void)alert;
    for (size_t i = 0; name && i < context->named_count; i++) {
        if (is_made_out_to(context->named[i], name))
            return SSL_set_SSL_CTX(ssl, context->named[i]) ? SSL_TLSEXT_ERR_OK
                                                           : SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    return SSL_TLSEXT_ERR_NOACK;
}

static enum sg_status fill_server(struct tls_context *context,
                                  const struct tls_server_options *options, struct sg_error *error)
{
    size_t count = options->certificate_count > 0 ? options->certificate_count : 1;
    context->is_self_made = options->certificate_count == 0;
    context->named = calloc(count, sizeof(*context->named));
    if (!context->named)
        return sg_error_set(error, SG_SYSTEM, "out of memory");
    for (size_t i = 0; i < count; i++) {
        SSL_CTX *ssl = i == 0 ? context->ssl : new_ssl(context, error);
        if (!ssl)
            return SG_SYSTEM;
        context->named[context->named_count++] = ssl;
        enum sg_status status = fill_named(ssl, options, i, error);
        if (status != SG_OK)
            return status;
    }
    (void)SSL_CTX_set_tlsext_servername_callback(context->ssl, choose_certificate);
    (void)SSL_CTX_set_tlsext_servername_arg(context->ssl, context);
    return SG_OK;
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
    enum sg_status status = tls_set_protocol(ssl, &options->protocol, error);
    if (status == SG_OK && context->checks_ca)
        status = tls_load_trust(ssl, options->ca_file, error);
    if (status == SG_OK && context->checks_ca && options->crl_file)
        status = tls_load_revoked(ssl, options->crl_file, error);
    if (status == SG_OK && tls_context_verifies(context)) {
        SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, NULL);
        SSL_CTX_set_cert_verify_callback(ssl, verify_server, context);
    }
    if (status == SG_OK && options->certificate_file)
        status = tls_load_certificate(ssl, options->certificate_file, options->key_file, error);
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
    for (size_t i = 1; i < context->named_count; i++)
        SSL_CTX_free(context->named[i]);
    free(context->named);
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

size_t tls_context_certificate_count(const struct tls_context *context)
{
    return context->role == TLS_ROLE_SERVER ? context->named_count
                                            : SSL_CTX_get0_certificate(context->ssl) != NULL;
}

void tls_context_describe(const struct tls_context *context, size_t index, char *text_out,
                          size_t size)
{
    text_out[0] = '\0';
    SSL_CTX *ssl = index > 0 && index < context->named_count ? context->named[index] : context->ssl;
    X509 *certificate = SSL_CTX_get0_certificate(ssl);
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
