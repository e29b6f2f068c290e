/* See tls_files.h. Errors are written for the person who wrote the settings: which file, what is
 * wrong with it, what to do.
 *
 * Follows: OpenSSL 3.0 manual, SSL_CTX_use_certificate(3), X509_load_crl_file(3),
 * SSL_CTX_set_cipher_list(3).
 */
#include "tls/tls_files.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

enum sg_status tls_library_error(struct sg_error *error, const char *what, const char *file)
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
    return tls_library_error(error, "no PEM private key in", file);
}

enum sg_status tls_load_certificate(SSL_CTX *ssl, const char *certificate_file,
                                    const char *key_file, struct sg_error *error)
{
    if (check_readable("certificate", certificate_file, error) != SG_OK)
        return SG_SYSTEM;
    if (SSL_CTX_use_certificate_chain_file(ssl, certificate_file) != 1)
        return tls_library_error(error, "no usable PEM certificate in", certificate_file);
    enum sg_status status = load_key(ssl, key_file ? key_file : certificate_file, error);
    if (status != SG_OK)
        return status;
    if (SSL_CTX_check_private_key(ssl) != 1)
        return tls_library_error(error, "the private key does not belong to certificate",
                                 certificate_file);
    return SG_OK;
}

enum sg_status tls_load_trust(SSL_CTX *ssl, const char *ca_file, struct sg_error *error)
{
    if (!ca_file) {
        if (SSL_CTX_set_default_verify_paths(ssl) != 1)
            return tls_library_error(error, "the system's trusted certificates", NULL);
    } else {
        if (check_readable("CA", ca_file, error) != SG_OK)
            return SG_SYSTEM;
        if (SSL_CTX_load_verify_file(ssl, ca_file) != 1)
            return tls_library_error(error, "no usable PEM certificate in CA file", ca_file);
    }
    /* A server's own certificate, signed by someone else, may be all that an operator has. */
    (void)X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ssl), X509_V_FLAG_PARTIAL_CHAIN);
    return SG_OK;
}

enum sg_status tls_load_revoked(SSL_CTX *ssl, const char *crl_file, struct sg_error *error)
{
    if (check_readable("list of revoked certificates", crl_file, error) != SG_OK)
        return SG_SYSTEM;
    X509_LOOKUP *lookup = X509_STORE_add_lookup(SSL_CTX_get_cert_store(ssl), X509_LOOKUP_file());
    if (!lookup || X509_load_crl_file(lookup, crl_file, X509_FILETYPE_PEM) <= 0)
        return tls_library_error(error, "no usable PEM list of revoked certificates (CRL) in",
                                 crl_file);
    (void)X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ssl),
                                      X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    return SG_OK;
}

static void set_versions(SSL_CTX *ssl, enum tls_versions versions)
{
    bool has_1_2 = versions != TLS_VERSIONS_1_3;
    bool has_1_3 = versions != TLS_VERSIONS_1_2;
    (void)SSL_CTX_set_min_proto_version(ssl, has_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION);
    (void)SSL_CTX_set_max_proto_version(ssl, has_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
}

static bool has_ciphersuite(SSL_CTX *ssl, const char *name, size_t size)
{
    const STACK_OF(SSL_CIPHER) *known = SSL_CTX_get_ciphers(ssl);
    for (int i = 0; i < sk_SSL_CIPHER_num(known); i++) {
        const char *one = SSL_CIPHER_get_name(sk_SSL_CIPHER_value(known, i));
        if (strlen(one) == size && memcmp(one, name, size) == 0)
            return true;
    }
    return false;
}

/* The library itself passes over names that it does not know. */
static bool set_ciphersuites(SSL_CTX *ssl, const char *names)
{
    if (SSL_CTX_set_ciphersuites(ssl, names) != 1)
        return false;
    while (*names != '\0') {
        size_t size = strcspn(names, ":");
        if (size > 0 && !has_ciphersuite(ssl, names, size))
            return false;
        names += size + (names[size] == ':');
    }
    return true;
}

enum sg_status tls_set_protocol(SSL_CTX *ssl, const struct tls_protocol *protocol,
                                struct sg_error *error)
{
    set_versions(ssl, protocol->versions);
    if (protocol->cipher && SSL_CTX_set_cipher_list(ssl, protocol->cipher) != 1) {
        ERR_clear_error();
        return sg_error_set(error, SG_INVALID,
                            "\"%s\" names no cipher of TLS 1.2 that the TLS library has; `openssl "
                            "ciphers -s -tls1_2` lists them",
                            protocol->cipher);
    }
    if (protocol->ciphersuites && !set_ciphersuites(ssl, protocol->ciphersuites)) {
        ERR_clear_error();
        return sg_error_set(error, SG_INVALID,
                            "\"%s\" is no list of ciphersuites of TLS 1.3 that the TLS library "
                            "has; `openssl ciphers -s -tls1_3` lists them",
                            protocol->ciphersuites);
    }
    return SG_OK;
}
