/* Authentication packets, the translation of passwords, and the throw-away login; see auth.h.
 * Called by session/login. Leaves the order of steps to it.
 */
#include "wire/auth.h"

#include <string.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "wire/capability.h"
#include "wire/cursor.h"
#include "wire/login.h"

enum {
    KEY_BITS = 2048,
    PROOF_MAX = 2048, /* bytes: an RSA key of 16384 bits */
    PEM_MAX = 8192,
};

/* AuthNextFactor; MariaDB's plugins use this byte as they like. */
#define NEXT_FACTOR 0x02

enum wire_auth_packet wire_auth_classify(struct sg_slice payload)
{
    if (payload.size == 0)
        return WIRE_AUTH_DATA;
    switch ((uint8_t)payload.data[0]) {
    case 0x00:
        return WIRE_AUTH_OK;
    case 0xFF:
        return WIRE_AUTH_ERR;
    case 0xFE:
        return WIRE_AUTH_SWITCH;
    default:
        return WIRE_AUTH_DATA;
    }
}

enum wire_auth_plugin wire_auth_plugin_of(struct sg_slice name)
{
    static const struct {
        const char *name;
        enum wire_auth_plugin plugin;
    } known[] = {
        {"mysql_native_password", WIRE_PLUGIN_NATIVE},
        {"caching_sha2_password", WIRE_PLUGIN_CACHING_SHA2},
        {"sha256_password", WIRE_PLUGIN_SHA256},
        {"mysql_clear_password", WIRE_PLUGIN_CLEAR},
        {"dialog", WIRE_PLUGIN_DIALOG},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (sg_slice_equal(name, sg_slice_of(known[i].name)))
            return known[i].plugin;
    }
    return WIRE_PLUGIN_OTHER;
}

/* AuthSwitchRequest: FE | plugin NUL | data. Ancient servers send the FE alone. */
bool wire_auth_switch_parse(struct sg_slice payload, struct wire_auth_switch *switch_out)
{
    struct cursor c = cursor_of(payload);

    *switch_out = (struct wire_auth_switch){0};
    uint8_t first = cursor_u8(&c);
    if (first != 0xFE && first != NEXT_FACTOR)
        c.failed = true;
    if (c.failed || cursor_left(&c) == 0)
        return !c.failed;
    switch_out->plugin = cursor_cstr(&c);
    switch_out->data = cursor_rest(&c);
    return !c.failed;
}

bool wire_auth_is_next_factor(struct sg_slice payload, uint64_t effective)
{
    return (effective & WIRE_CLIENT_MULTI_FACTOR) && payload.size > 1 &&
           (uint8_t)payload.data[0] == NEXT_FACTOR;
}

bool wire_auth_nonce_of(struct sg_slice data, uint8_t nonce[WIRE_NONCE_SIZE])
{
    if (data.size < WIRE_NONCE_SIZE)
        return false;
    memcpy(nonce, data.data, WIRE_NONCE_SIZE);
    return true;
}

enum wire_sha2_data wire_sha2_classify(struct sg_slice payload)
{
    if (payload.size < 2 || payload.data[0] != 0x01)
        return WIRE_SHA2_OTHER;
    if (payload.size > 2)
        return WIRE_SHA2_KEY;
    switch (payload.data[1]) {
    case 0x03:
        return WIRE_SHA2_FAST_OK;
    case 0x04:
        return WIRE_SHA2_FULL;
    default:
        return WIRE_SHA2_OTHER;
    }
}

struct sg_slice wire_sha2_key_of(struct sg_slice payload)
{
    return payload.size > 1 ? sg_slice_make(payload.data + 1, payload.size - 1) : SG_SLICE_EMPTY;
}

bool wire_auth_wants_key(enum wire_auth_plugin plugin, struct sg_slice answer)
{
    if (answer.size != 1)
        return false;
    return (plugin == WIRE_PLUGIN_CACHING_SHA2 && answer.data[0] == WIRE_CACHING_SHA2_WANTS_KEY) ||
           (plugin == WIRE_PLUGIN_SHA256 && answer.data[0] == WIRE_SHA256_WANTS_KEY);
}

/* --- secrets ------------------------------------------------------------------------------------
 */

void wire_wipe(void *bytes, size_t size)
{
    OPENSSL_cleanse(bytes, size);
}

void wire_secret_wipe(struct wire_secret *secret)
{
    OPENSSL_cleanse(secret, sizeof *secret);
}

bool wire_secret_from_clear(struct wire_secret *secret, struct sg_slice payload)
{
    wire_secret_wipe(secret);
    if (payload.size == 0 || payload.size > WIRE_SECRET_MAX)
        return false;
    if ((const char *)memchr(payload.data, 0, payload.size) != payload.data + payload.size - 1)
        return false;
    secret->size = (uint16_t)(payload.size - 1);
    if (secret->size > 0)
        memcpy(secret->bytes, payload.data, secret->size);
    return true;
}

void wire_secret_write_clear(const struct wire_secret *secret, struct writer *w)
{
    writer_bytes(w, secret->bytes, secret->size);
    writer_u8(w, 0);
}

/* Its own inverse. */
static void xor_nonce(uint8_t *bytes, size_t size, const uint8_t nonce[WIRE_NONCE_SIZE])
{
    for (size_t i = 0; i < size; i++)
        bytes[i] ^= nonce[i % WIRE_NONCE_SIZE];
}

/* Fills *error with what was tried and OpenSSL's reason; empties OpenSSL's own queue. */
static bool openssl_failed(struct sg_error *error, const char *what)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    sg_error_set(error, SG_SYSTEM, "%s: %s", what,
                 reason != NULL ? reason : "OpenSSL gave no reason");
    ERR_clear_error();
    return false;
}

/* A context for OAEP with SHA-1, OpenSSL's default digest for it and the protocol's; NULL on
 * failure. */
static EVP_PKEY_CTX *oaep_context(EVP_PKEY *key, int (*init)(EVP_PKEY_CTX *))
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);

    if (context == NULL)
        return NULL;
    if (init(context) <= 0 || EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) <= 0) {
        EVP_PKEY_CTX_free(context);
        return NULL;
    }
    return context;
}

static EVP_PKEY *read_public_key(struct sg_slice pem)
{
    BIO *bio =
        pem.size > 0 && pem.size <= PEM_MAX ? BIO_new_mem_buf(pem.data, (int)pem.size) : NULL;
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;

    BIO_free(bio);
    if (key != NULL && EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
        EVP_PKEY_free(key);
        return NULL;
    }
    return key;
}

static bool encrypt(EVP_PKEY *key, const uint8_t *clear, size_t size, struct writer *w)
{
    EVP_PKEY_CTX *context = oaep_context(key, EVP_PKEY_encrypt_init);
    uint8_t proof[PROOF_MAX];
    size_t proof_size = sizeof proof;
    bool done = context != NULL && EVP_PKEY_get_size(key) <= PROOF_MAX &&
                EVP_PKEY_encrypt(context, proof, &proof_size, clear, size) > 0;

    EVP_PKEY_CTX_free(context);
    if (done)
        writer_bytes(w, proof, proof_size);
    return done;
}

bool wire_secret_write_encrypted(const struct wire_secret *secret,
                                 const uint8_t nonce[WIRE_NONCE_SIZE], struct sg_slice server_pem,
                                 struct writer *w, struct sg_error *error)
{
    uint8_t clear[WIRE_SECRET_MAX + 1];
    size_t size = (size_t)secret->size + 1;
    EVP_PKEY *key = read_public_key(server_pem);
    bool done;

    if (key == NULL)
        return openssl_failed(error, "the server's public key cannot be used");
    memcpy(clear, secret->bytes, secret->size);
    clear[secret->size] = 0;
    xor_nonce(clear, size, nonce);
    done = encrypt(key, clear, size, w);
    OPENSSL_cleanse(clear, sizeof clear);
    EVP_PKEY_free(key);
    return done ? true : openssl_failed(error, "the password cannot be encrypted for the server");
}

/* --- the guard's own key ------------------------------------------------------------------------
 */

struct wire_rsa {
    EVP_PKEY *key;
    size_t pem_size;
    char pem[];
};

/* Takes `key` over, also on failure. */
static struct wire_rsa *with_public_pem(EVP_PKEY *key, struct sg_error *error)
{
    BIO *bio = BIO_new(BIO_s_mem());
    struct wire_rsa *rsa = NULL;
    char *pem = NULL;
    long size = 0;

    if (bio != NULL && PEM_write_bio_PUBKEY(bio, key))
        size = BIO_get_mem_data(bio, &pem);
    if (size > 0)
        rsa = OPENSSL_malloc(sizeof *rsa + (size_t)size);
    if (rsa == NULL) {
        openssl_failed(error, "the public half of the RSA key cannot be written");
        EVP_PKEY_free(key);
    } else {
        rsa->key = key;
        rsa->pem_size = (size_t)size;
        memcpy(rsa->pem, pem, rsa->pem_size);
    }
    BIO_free(bio);
    return rsa;
}

struct wire_rsa *wire_rsa_generate(struct sg_error *error)
{
    EVP_PKEY *key = EVP_RSA_gen(KEY_BITS);

    if (key == NULL) {
        openssl_failed(error, "no RSA key can be made");
        return NULL;
    }
    return with_public_pem(key, error);
}

/* No pass phrase is asked for: a guard starts unattended. */
static int no_pass_phrase(char *buffer, int size, int writing, void *user)
{
    (void)buffer, (void)size, (void)writing, (void)user;
    return -1;
}

struct wire_rsa *wire_rsa_load(struct sg_slice pem, struct sg_error *error)
{
    BIO *bio =
        pem.size > 0 && pem.size <= INT32_MAX ? BIO_new_mem_buf(pem.data, (int)pem.size) : NULL;
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_pass_phrase, NULL) : NULL;

    BIO_free(bio);
    if (key == NULL) {
        openssl_failed(error, "no unencrypted private key in PEM form");
        return NULL;
    }
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA || EVP_PKEY_get_bits(key) < KEY_BITS ||
        EVP_PKEY_get_size(key) > PROOF_MAX) {
        sg_error_set(error, SG_INVALID,
                     "the private key must be an RSA key of 2048 to %d bits; make one with "
                     "`openssl genrsa -out FILE 2048`",
                     PROOF_MAX * 8);
        EVP_PKEY_free(key);
        return NULL;
    }
    return with_public_pem(key, error);
}

void wire_rsa_free(struct wire_rsa *rsa)
{
    if (rsa == NULL)
        return;
    EVP_PKEY_free(rsa->key);
    OPENSSL_free(rsa);
}

struct sg_slice wire_rsa_public_pem(const struct wire_rsa *rsa)
{
    return sg_slice_make(rsa->pem, rsa->pem_size);
}

bool wire_rsa_write_private_pem(const struct wire_rsa *rsa, struct writer *w,
                                struct sg_error *error)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    char *pem = NULL;
    long size = 0;

    if (bio != NULL && PEM_write_bio_PrivateKey(bio, rsa->key, NULL, NULL, 0, NULL, NULL))
        size = BIO_get_mem_data(bio, &pem);
    if (size > 0)
        writer_bytes(w, pem, (size_t)size);
    BIO_free(bio);
    return size > 0 && !w->overflowed ? true
                                      : openssl_failed(error, "the RSA key cannot be written");
}

size_t wire_rsa_proof_size(const struct wire_rsa *rsa)
{
    return (size_t)EVP_PKEY_get_size(rsa->key);
}

/* What was decrypted and freed of the nonce is text up to its one NUL, at the end. */
bool wire_secret_decrypt(struct wire_secret *secret, const struct wire_rsa *rsa,
                         const uint8_t nonce[WIRE_NONCE_SIZE], struct sg_slice proof)
{
    uint8_t clear[PROOF_MAX];
    size_t size = sizeof clear;
    EVP_PKEY_CTX *context;
    bool done = false;

    wire_secret_wipe(secret);
    if (proof.size != wire_rsa_proof_size(rsa))
        return false;
    context = oaep_context(rsa->key, EVP_PKEY_decrypt_init);
    if (context != NULL &&
        EVP_PKEY_decrypt(context, clear, &size, (const uint8_t *)proof.data, proof.size) > 0) {
        xor_nonce(clear, size, nonce);
        done = wire_secret_from_clear(secret, sg_slice_make(clear, size));
    }
    EVP_PKEY_CTX_free(context);
    OPENSSL_cleanse(clear, sizeof clear);
    ERR_clear_error(); /* a client's nonsense is no failure of ours */
    return done;
}

/* --- the throw-away login -----------------------------------------------------------------------
 */

/* Nobody's name. An account that any name matches ('' in old installations) would get in, and the
 * guard leaves at once. */
#define NOBODY SG_SLICE_LITERAL("schemaguard-nobody")

static void write_throwaway_front(struct writer *w, const struct wire_greeting *greeting,
                                  uint64_t capabilities)
{
    writer_u32(w, (uint32_t)capabilities);
    writer_u32(w, 1u << 24);
    writer_u8(w, greeting->collation);
    writer_zeros(w, WIRE_SSL_REQUEST_SIZE - 9);
}

static uint64_t throwaway_capabilities(const struct wire_greeting *greeting, bool server_tls)
{
    uint64_t wanted = WIRE_CLIENT_MYSQL | WIRE_CLIENT_PROTOCOL_41 | WIRE_CLIENT_SECURE_CONNECTION |
                      WIRE_CLIENT_PLUGIN_AUTH;
    uint64_t offered = greeting->capabilities | WIRE_CLIENT_MYSQL; /* MariaDB leaves bit 0 off */

    return (wanted & offered) | (server_tls ? WIRE_CLIENT_SSL : 0);
}

void wire_throwaway_ssl_request_write(struct writer *w, const struct wire_greeting *greeting)
{
    write_throwaway_front(w, greeting, throwaway_capabilities(greeting, true));
}

void wire_throwaway_login_write(struct writer *w, const struct wire_greeting *greeting,
                                bool server_tls)
{
    uint64_t capabilities = throwaway_capabilities(greeting, server_tls);

    write_throwaway_front(w, greeting, capabilities);
    writer_cstr(w, NOBODY);
    writer_u8(w, 0); /* no auth response */
    if (capabilities & WIRE_CLIENT_PLUGIN_AUTH)
        writer_cstr(w, greeting->plugin);
}

#define NATIVE_PROOF_SIZE  20u
#define ED25519_PROOF_SIZE 64u

bool wire_auth_proof_fits(enum wire_auth_plugin plugin, struct sg_slice proof)
{
    switch (plugin) {
    case WIRE_PLUGIN_NATIVE:
        return proof.size == 0 || proof.size == NATIVE_PROOF_SIZE;
    case WIRE_PLUGIN_CACHING_SHA2:
    case WIRE_PLUGIN_SHA256:
    case WIRE_PLUGIN_CLEAR:
    case WIRE_PLUGIN_DIALOG:
    case WIRE_PLUGIN_OTHER:
        return true;
    }
    return true;
}

/* The sha2 plugins say "no password" by one zero byte, the others by nothing; but for ed25519,
 * which has no such thing: MariaDB counts every answer that has not a signature's size. */
bool wire_throwaway_answer(struct sg_slice payload, struct writer *w)
{
    struct wire_auth_switch to;

    switch (wire_auth_classify(payload)) {
    case WIRE_AUTH_OK:
    case WIRE_AUTH_ERR:
        return false;
    case WIRE_AUTH_SWITCH:
        if (!wire_auth_switch_parse(payload, &to))
            return true;
        switch (wire_auth_plugin_of(to.plugin)) {
        case WIRE_PLUGIN_CACHING_SHA2:
        case WIRE_PLUGIN_SHA256:
        case WIRE_PLUGIN_CLEAR:
            writer_u8(w, 0);
            return true;
        case WIRE_PLUGIN_NATIVE:
        case WIRE_PLUGIN_DIALOG:
            return true;
        case WIRE_PLUGIN_OTHER:
            if (sg_slice_equal(to.plugin, SG_SLICE_LITERAL("client_ed25519")))
                writer_zeros(w, ED25519_PROOF_SIZE);
            return true;
        }
        return true;
    case WIRE_AUTH_DATA:
        break;
    }
    if (wire_sha2_classify(payload) == WIRE_SHA2_FAST_OK)
        return false;
    writer_u8(w, 0);
    return true;
}
