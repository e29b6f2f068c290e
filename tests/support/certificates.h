/* Certificates made on the spot, for tests: an authority, what it signed, and what it did not.
 *
 * One struct per program; files lie in a folder of its own under /tmp and are removed with it. A
 * step that fails ends the program: without certificates there is nothing to test.
 */
#ifndef SUPPORT_CERTIFICATES_H
#define SUPPORT_CERTIFICATES_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#define CERTIFICATES_PATH 64

struct certificates {
    char folder[32];
    char ca[CERTIFICATES_PATH];       /* signed `server` and `client` */
    char other_ca[CERTIFICATES_PATH]; /* signed nothing here */
    char server[CERTIFICATES_PATH];   /* for db.example, *.pool.example, 127.0.0.1 and ::1 */
    char server_key[CERTIFICATES_PATH];
    char both[CERTIFICATES_PATH];    /* certificate and key of `server` in one file */
    char expired[CERTIFICATES_PATH]; /* as `server`, since yesterday; key is server_key */
    char alone[CERTIFICATES_PATH];   /* signed by itself; key is server_key */
    char client[CERTIFICATES_PATH];
    char client_key[CERTIFICATES_PATH];
    char locked_key[CERTIFICATES_PATH];   /* server_key under a passphrase */
    char rubbish[CERTIFICATES_PATH];      /* no PEM at all */
    char shop[CERTIFICATES_PATH];         /* for shop.example, signed by `ca`; key is server_key */
    char none_revoked[CERTIFICATES_PATH]; /* lists of `ca`: nobody, */
    char all_revoked[CERTIFICATES_PATH];  /* `server` and `client`, */
    char old_list[CERTIFICATES_PATH];     /* and nobody, until yesterday */
};

static inline void certificates_need(int is_good, const char *what)
{
    if (is_good)
        return;
    (void)fprintf(stderr, "cannot make test certificates: %s\n", what);
    abort();
}

static inline X509 *certificates_sign(EVP_PKEY *key, const char *name, const char *alternatives,
                                      long valid_days, X509 *issuer, EVP_PKEY *issuer_key)
{
    static long serial = 1;
    X509 *made = X509_new();
    certificates_need(made != NULL, "X509_new");
    X509_NAME *subject = X509_get_subject_name(made);
    (void)X509_set_version(made, X509_VERSION_3);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(made), serial++);
    (void)X509_gmtime_adj(X509_getm_notBefore(made), -10 * 86400L);
    (void)X509_gmtime_adj(X509_getm_notAfter(made), valid_days * 86400L);
    (void)X509_set_pubkey(made, key);
    (void)X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1,
                                     -1, 0);
    (void)X509_set_issuer_name(made, issuer ? X509_get_subject_name(issuer) : subject);
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer ? issuer : made, made, NULL, NULL, 0);
    const int nids[] = {NID_basic_constraints, NID_subject_alt_name};
    const char *values[] = {alternatives ? "CA:FALSE" : "critical,CA:TRUE", alternatives};
    for (int i = 0; i < 2; i++) {
        X509_EXTENSION *extension =
            values[i] ? X509V3_EXT_conf_nid(NULL, &context, nids[i], values[i]) : NULL;
        if (extension)
            (void)X509_add_ext(made, extension, -1);
        X509_EXTENSION_free(extension);
    }
    certificates_need(X509_sign(made, issuer_key ? issuer_key : key, EVP_sha256()) > 0, "signing");
    return made;
}

static inline void certificates_write(char path[CERTIFICATES_PATH],
                                      const struct certificates *certificates, const char *name,
                                      X509 *certificate, EVP_PKEY *key, const char *passphrase)
{
    (void)snprintf(path, CERTIFICATES_PATH, "%s/%s", certificates->folder, name);
    FILE *file = fopen(path, "w");
    certificates_need(file != NULL, path);
    if (certificate)
        certificates_need(PEM_write_X509(file, certificate), path);
    if (key)
        certificates_need(
            PEM_write_PKCS8PrivateKey(file, key, passphrase ? EVP_aes_128_cbc() : NULL, NULL, 0,
                                      NULL, passphrase ? (void *)(size_t)passphrase : NULL),
            path);
    if (!certificate && !key)
        (void)fputs("this is no PEM\n", file);
    (void)fclose(file);
}

static inline void certificates_revoke(char path[CERTIFICATES_PATH],
                                       const struct certificates *certificates, const char *name,
                                       X509 *ca, EVP_PKEY *ca_key, X509 *const *revoked,
                                       long valid_days)
{
    X509_CRL *list = X509_CRL_new();
    ASN1_TIME *when = X509_gmtime_adj(NULL, -9 * 86400L);
    (void)X509_CRL_set_version(list, X509_CRL_VERSION_2);
    (void)X509_CRL_set_issuer_name(list, X509_get_subject_name(ca));
    (void)X509_CRL_set1_lastUpdate(list, when);
    for (; *revoked; revoked++) {
        X509_REVOKED *entry = X509_REVOKED_new();
        (void)X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(*revoked));
        (void)X509_REVOKED_set_revocationDate(entry, when);
        certificates_need(X509_CRL_add0_revoked(list, entry), "a list's entry");
    }
    (void)X509_gmtime_adj(when, valid_days * 86400L);
    (void)X509_CRL_set1_nextUpdate(list, when);
    certificates_need(X509_CRL_sign(list, ca_key, EVP_sha256()) > 0, "signing a list");
    (void)snprintf(path, CERTIFICATES_PATH, "%s/%s", certificates->folder, name);
    FILE *file = fopen(path, "w");
    certificates_need(file && PEM_write_X509_CRL(file, list) && fclose(file) == 0, path);
    ASN1_TIME_free(when);
    X509_CRL_free(list);
}

static inline void certificates_make(struct certificates *made)
{
    static const char names[] = "DNS:db.example,DNS:*.pool.example,IP:127.0.0.1,IP:::1";
    (void)snprintf(made->folder, sizeof(made->folder), "/tmp/sg-certificates-XXXXXX");
    certificates_need(mkdtemp(made->folder) != NULL, "a folder");
    EVP_PKEY *ca_key = EVP_EC_gen("P-256");
    EVP_PKEY *key = EVP_EC_gen("P-256");
    EVP_PKEY *client_key = EVP_EC_gen("P-256");
    X509 *ca = certificates_sign(ca_key, "test authority", NULL, 30, NULL, NULL);
    X509 *other = certificates_sign(client_key, "another authority", NULL, 30, NULL, NULL);
    X509 *server = certificates_sign(key, "db", names, 30, ca, ca_key);
    X509 *expired = certificates_sign(key, "db", names, -1, ca, ca_key);
    X509 *alone = certificates_sign(key, "alone", names, 30, NULL, NULL);
    X509 *client = certificates_sign(client_key, "client", "DNS:client", 30, ca, ca_key);
    certificates_write(made->ca, made, "ca.pem", ca, NULL, NULL);
    certificates_write(made->other_ca, made, "other-ca.pem", other, NULL, NULL);
    certificates_write(made->server, made, "server.pem", server, NULL, NULL);
    certificates_write(made->server_key, made, "server-key.pem", NULL, key, NULL);
    certificates_write(made->both, made, "both.pem", server, key, NULL);
    certificates_write(made->expired, made, "expired.pem", expired, NULL, NULL);
    certificates_write(made->alone, made, "alone.pem", alone, NULL, NULL);
    certificates_write(made->client, made, "client.pem", client, NULL, NULL);
    certificates_write(made->client_key, made, "client-key.pem", NULL, client_key, NULL);
    certificates_write(made->locked_key, made, "locked-key.pem", NULL, key, "secret");
    certificates_write(made->rubbish, made, "rubbish.pem", NULL, NULL, NULL);
    X509 *shop = certificates_sign(key, "shop", "DNS:shop.example", 30, ca, ca_key);
    certificates_write(made->shop, made, "shop.pem", shop, NULL, NULL);
    X509 *const nobody[] = {NULL};
    X509 *const both[] = {server, client, NULL};
    certificates_revoke(made->none_revoked, made, "none-revoked.pem", ca, ca_key, nobody, 30);
    certificates_revoke(made->all_revoked, made, "all-revoked.pem", ca, ca_key, both, 30);
    certificates_revoke(made->old_list, made, "old-list.pem", ca, ca_key, nobody, -1);
    X509 *certificates[] = {ca, other, server, expired, alone, client, shop};
    for (size_t i = 0; i < sizeof(certificates) / sizeof(certificates[0]); i++)
        X509_free(certificates[i]);
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(key);
    EVP_PKEY_free(client_key);
}

static inline void certificates_remove(const struct certificates *made)
{
    const char *paths[] = {made->ca,           made->other_ca,    made->server,  made->server_key,
                           made->both,         made->expired,     made->alone,   made->client,
                           made->client_key,   made->locked_key,  made->rubbish, made->shop,
                           made->none_revoked, made->all_revoked, made->old_list};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        (void)unlink(paths[i]);
    (void)rmdir(made->folder);
}

#endif
