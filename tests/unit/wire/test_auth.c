/* Authentication: kinds of packets, the two translations of a password, keys, the throw-away login.
 */
#include "wire/auth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "conversation.h"
#include "wire/capability.h"
#include "wire/login.h"
#include "wire/packet.h"

static const uint8_t NONCE[WIRE_NONCE_SIZE] = "abcdefghij0123456789";

static struct wire_rsa *key; /* made once: it takes a while */

static int make_key(void **state)
{
    (void)state;
    key = wire_rsa_generate(NULL);
    return key == NULL;
}

static int free_key(void **state)
{
    (void)state;
    wire_rsa_free(key);
    return 0;
}

/* --- packets ------------------------------------------------------------------------------------
 */

static void only_three_first_bytes_are_kinds(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        char payload = (char)byte;
        enum wire_auth_packet expected = byte == 0x00   ? WIRE_AUTH_OK
                                         : byte == 0xFF ? WIRE_AUTH_ERR
                                         : byte == 0xFE ? WIRE_AUTH_SWITCH
                                                        : WIRE_AUTH_DATA;

        assert_int_equal(wire_auth_classify(sg_slice_make(&payload, 1)), expected);
    }
    assert_int_equal(wire_auth_classify(SG_SLICE_EMPTY), WIRE_AUTH_DATA);
}

static void switches_are_parsed(void **state)
{
    struct wire_auth_switch to;
    uint8_t nonce[WIRE_NONCE_SIZE];

    (void)state;
    assert_true(
        wire_auth_switch_parse(SG_SLICE_LITERAL("\xfe"
                                                "caching_sha2_password\0abcdefghij0123456789\0"),
                               &to));
    assert_int_equal(wire_auth_plugin_of(to.plugin), WIRE_PLUGIN_CACHING_SHA2);
    assert_int_equal(to.data.size, 21);
    assert_true(wire_auth_nonce_of(to.data, nonce));
    assert_memory_equal(nonce, NONCE, sizeof nonce);
    assert_true(wire_auth_switch_parse(SG_SLICE_LITERAL("\xfe"), &to));
    assert_int_equal(to.plugin.size, 0);
    assert_true(wire_auth_switch_parse(SG_SLICE_LITERAL("\xfe"
                                                        "dialog\0"),
                                       &to));
    assert_int_equal(to.data.size, 0);
    assert_false(wire_auth_nonce_of(to.data, nonce));
    assert_false(wire_auth_switch_parse(SG_SLICE_LITERAL("\xfe"
                                                         "no end"),
                                        &to));
    assert_false(wire_auth_switch_parse(SG_SLICE_EMPTY, &to));
    assert_false(wire_auth_switch_parse(SG_SLICE_LITERAL("\x01"), &to));
}

static void sha2_data_is_sorted(void **state)
{
    (void)state;
    assert_int_equal(wire_sha2_classify(SG_SLICE_LITERAL("\1\3")), WIRE_SHA2_FAST_OK);
    assert_int_equal(wire_sha2_classify(SG_SLICE_LITERAL("\1\4")), WIRE_SHA2_FULL);
    assert_int_equal(wire_sha2_classify(SG_SLICE_LITERAL("\1\5")), WIRE_SHA2_OTHER);
    assert_int_equal(wire_sha2_classify(SG_SLICE_LITERAL("\1")), WIRE_SHA2_OTHER);
    assert_int_equal(wire_sha2_classify(SG_SLICE_EMPTY), WIRE_SHA2_OTHER);
    assert_int_equal(wire_sha2_classify(SG_SLICE_LITERAL("\1-----BEGIN")), WIRE_SHA2_KEY);
    assert_true(sg_slice_equal(wire_sha2_key_of(SG_SLICE_LITERAL("\1-----BEGIN")),
                               SG_SLICE_LITERAL("-----BEGIN")));
    assert_true(wire_auth_wants_key(WIRE_PLUGIN_CACHING_SHA2, SG_SLICE_LITERAL("\2")));
    assert_true(wire_auth_wants_key(WIRE_PLUGIN_SHA256, SG_SLICE_LITERAL("\1")));
    assert_false(wire_auth_wants_key(WIRE_PLUGIN_SHA256, SG_SLICE_LITERAL("\2")));
    assert_false(wire_auth_wants_key(WIRE_PLUGIN_NATIVE, SG_SLICE_LITERAL("\2")));
    assert_false(wire_auth_wants_key(WIRE_PLUGIN_CACHING_SHA2, SG_SLICE_EMPTY));
}

/* --- translation --------------------------------------------------------------------------------
 */

static void clear_text_is_text_and_one_nul(void **state)
{
    struct wire_secret secret;
    char longest[WIRE_SECRET_MAX + 1];
    uint8_t buffer[64];
    struct writer w = writer_make(buffer, sizeof buffer);

    (void)state;
    assert_true(wire_secret_from_clear(&secret, SG_SLICE_LITERAL("secret\0")));
    assert_int_equal(secret.size, 6);
    wire_secret_write_clear(&secret, &w);
    assert_true(sg_slice_equal(writer_result(&w), SG_SLICE_LITERAL("secret\0")));
    assert_true(wire_secret_from_clear(&secret, SG_SLICE_LITERAL("\0")));
    assert_int_equal(secret.size, 0);
    assert_false(wire_secret_from_clear(&secret, SG_SLICE_EMPTY));
    assert_false(wire_secret_from_clear(&secret, SG_SLICE_LITERAL("secret")));
    assert_false(wire_secret_from_clear(&secret, SG_SLICE_LITERAL("se\0cret\0")));
    memset(longest, 'x', sizeof longest);
    longest[WIRE_SECRET_MAX - 1] = 0;
    assert_true(wire_secret_from_clear(&secret, sg_slice_make(longest, WIRE_SECRET_MAX)));
    longest[WIRE_SECRET_MAX - 1] = 'x';
    longest[WIRE_SECRET_MAX] = 0;
    assert_false(wire_secret_from_clear(&secret, sg_slice_make(longest, WIRE_SECRET_MAX + 1)));
    wire_secret_wipe(&secret);
    for (size_t i = 0; i < sizeof secret.bytes; i++)
        assert_int_equal(secret.bytes[i], 0);
}

/* What the client does with our key, the guard undoes: any length that the key can hold. */
static void a_proof_comes_back(void **state)
{
    uint8_t proof[512];

    (void)state;
    for (size_t size = 0; size <= 213; size += 71) {
        struct wire_secret secret, back;
        struct writer w = writer_make(proof, sizeof proof);

        secret.size = (uint16_t)size;
        memset(secret.bytes, 'p', size);
        assert_true(
            wire_secret_write_encrypted(&secret, NONCE, wire_rsa_public_pem(key), &w, NULL));
        assert_int_equal(w.size, wire_rsa_proof_size(key));
        assert_true(wire_secret_decrypt(&back, key, NONCE, writer_result(&w)));
        assert_int_equal(back.size, size);
        assert_memory_equal(back.bytes, secret.bytes, size);
    }
}

static void a_proof_that_is_none_is_refused(void **state)
{
    struct wire_secret secret = {.size = 6, .bytes = "secret"}, back;
    uint8_t other_nonce[WIRE_NONCE_SIZE] = "ABCDEFGHIJ0123456789";
    uint8_t proof[512];
    struct writer w = writer_make(proof, sizeof proof);

    (void)state;
    assert_true(wire_secret_write_encrypted(&secret, NONCE, wire_rsa_public_pem(key), &w, NULL));
    assert_false(wire_secret_decrypt(&back, key, other_nonce, writer_result(&w)));
    assert_int_equal(back.size, 0);
    assert_false(wire_secret_decrypt(&back, key, NONCE, sg_slice_make(proof, w.size - 1)));
    assert_false(wire_secret_decrypt(&back, key, NONCE, SG_SLICE_LITERAL("in clear")));
    assert_false(wire_secret_decrypt(&back, key, NONCE, SG_SLICE_EMPTY));
    proof[17] ^= 1;
    assert_false(wire_secret_decrypt(&back, key, NONCE, writer_result(&w)));
    for (size_t i = 0; i < sizeof back.bytes; i++)
        assert_int_equal(back.bytes[i], 0);
}

static struct sg_slice pem_of(EVP_PKEY *pkey, bool private_half, char *buffer, size_t capacity)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int size;

    assert_non_null(bio);
    assert_true(private_half ? PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL)
                             : PEM_write_bio_PUBKEY(bio, pkey));
    size = BIO_read(bio, buffer, (int)capacity);
    assert_true(size > 0);
    BIO_free(bio);
    return sg_slice_make(buffer, (size_t)size);
}

static void a_servers_key_that_is_none_is_told(void **state)
{
    struct wire_secret secret = {.size = 6, .bytes = "secret"};
    struct wire_secret large = {.size = 250};
    EVP_PKEY *curve = EVP_EC_gen("P-256");
    char pem[1024];
    uint8_t buffer[512];
    struct writer w = writer_make(buffer, sizeof buffer);
    struct sg_error error = {0};

    (void)state;
    assert_false(
        wire_secret_write_encrypted(&secret, NONCE, SG_SLICE_LITERAL("no key"), &w, &error));
    assert_int_equal(error.status, SG_SYSTEM);
    assert_false(wire_secret_write_encrypted(&secret, NONCE, SG_SLICE_EMPTY, &w, NULL));
    assert_false(wire_secret_write_encrypted(&secret, NONCE, pem_of(curve, false, pem, sizeof pem),
                                             &w, NULL));
    assert_false(wire_secret_write_encrypted(&large, NONCE, wire_rsa_public_pem(key), &w, NULL));
    assert_int_equal(w.size, 0);
    EVP_PKEY_free(curve);
}

/* --- keys ---------------------------------------------------------------------------------------
 */

static void a_key_is_shared_as_text(void **state)
{
    char buffer[4096];
    struct writer w = writer_make(buffer, sizeof buffer);
    struct wire_rsa *again;

    (void)state;
    assert_memory_equal(wire_rsa_public_pem(key).data, "-----BEGIN PUBLIC KEY-----\n", 27);
    assert_true(wire_rsa_write_private_pem(key, &w, NULL));
    again = wire_rsa_load(writer_result(&w), NULL);
    assert_non_null(again);
    assert_true(sg_slice_equal(wire_rsa_public_pem(again), wire_rsa_public_pem(key)));
    assert_int_equal(wire_rsa_proof_size(again), 256);
    wire_rsa_free(again);
    w = writer_make(buffer, 100);
    assert_false(wire_rsa_write_private_pem(key, &w, NULL));
    wire_rsa_free(NULL);
}

static void keys_that_will_not_do(void **state)
{
    EVP_PKEY *small = EVP_RSA_gen(1024);
    EVP_PKEY *curve = EVP_EC_gen("P-256");
    char pem[4096];
    struct sg_error error = {0};

    (void)state;
    assert_null(wire_rsa_load(pem_of(small, true, pem, sizeof pem), &error));
    assert_non_null(strstr(error.message, "openssl genrsa"));
    assert_null(wire_rsa_load(pem_of(curve, true, pem, sizeof pem), NULL));
    assert_null(wire_rsa_load(SG_SLICE_EMPTY, NULL));
    assert_null(wire_rsa_load(wire_rsa_public_pem(key), NULL));
    EVP_PKEY_free(small);
    EVP_PKEY_free(curve);
}

/* --- the throw-away login -----------------------------------------------------------------------
 */

static void a_throw_away_login_names_nobody(void **state)
{
    static const char *const files[] = {"login_mysql_pymysql.txt", "login_mariadb_pymysql.txt"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct conversation c = conversation_load(files[i]);
        struct sg_slice payload = sg_slice_make(c.lines[0].bytes + 4, c.lines[0].size - 4);
        struct wire_greeting greeting;
        struct wire_login login;
        uint8_t buffer[256];
        struct writer w = writer_make(buffer, sizeof buffer);
        uint64_t sent, effective;

        assert_true(wire_greeting_parse(payload, &greeting, NULL));
        wire_throwaway_ssl_request_write(&w, &greeting);
        assert_int_equal(wire_login_classify(writer_result(&w), &sent), WIRE_LOGIN_SSL_REQUEST);
        w = writer_make(buffer, sizeof buffer);
        wire_throwaway_login_write(&w, &greeting, false);
        assert_int_equal(wire_login_classify(writer_result(&w), &sent), WIRE_LOGIN_41);
        assert_false(sent & WIRE_CLIENT_SSL);
        effective = wire_capabilities_effective(greeting.capabilities, sent, greeting.flavour);
        assert_true(wire_login_parse(writer_result(&w), effective, &login, NULL));
        assert_true(login.user.size > 0);
        assert_int_equal(login.auth_response.size, 0);
        assert_true(sg_slice_equal(login.plugin, greeting.plugin));
        conversation_free(&c);
    }
}

static void a_throw_away_login_never_stays_silent(void **state)
{
    static const struct {
        struct sg_slice packet;
        bool answers;
        size_t size;
    } cases[] = {
        {{"\0\0\0\2\0\0\0", 7}, false, 0},
        {{"\xff\x15\4#28000denied", 15}, false, 0},
        {{"\xfe"
          "caching_sha2_password\0abcdefghij0123456789\0",
          44},
         true,
         1},
        {{"\xfe"
          "sha256_password\0abcdefghij0123456789\0",
          38},
         true,
         1},
        {{"\xfe"
          "mysql_native_password\0abcdefghij0123456789\0",
          44},
         true,
         0},
        {{"\xfe", 1}, true, 0},
        {{"\xfe"
          "broken",
          7},
         true,
         0},
        {{"\1\3", 2}, false, 0},
        {{"\1\4", 2}, true, 1},
        {{"", 0}, true, 1},
        {{"\4Password, please:", 18}, true, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t buffer[16];
        struct writer w = writer_make(buffer, sizeof buffer);

        assert_int_equal(wire_throwaway_answer(cases[i].packet, &w), cases[i].answers);
        assert_int_equal(w.size, cases[i].size);
    }
}

static void the_next_factor_is_one_by_capability_alone(void **state)
{
    static const char packet[] = "\x02webauthn\0challenge";
    struct sg_slice payload = sg_slice_make(packet, sizeof packet - 1);
    struct wire_auth_switch to;

    (void)state;
    assert_true(wire_auth_is_next_factor(payload, WIRE_CLIENT_MULTI_FACTOR));
    assert_false(wire_auth_is_next_factor(payload, 0)); /* a question of MariaDB's dialog */
    assert_false(wire_auth_is_next_factor(SG_SLICE_EMPTY, WIRE_CLIENT_MULTI_FACTOR));
    assert_false(wire_auth_is_next_factor(SG_SLICE_LITERAL("\x01x"), WIRE_CLIENT_MULTI_FACTOR));
    assert_int_equal(wire_auth_classify(payload), WIRE_AUTH_DATA);
    assert_true(wire_auth_switch_parse(payload, &to));
    assert_true(sg_slice_equal(to.plugin, SG_SLICE_LITERAL("webauthn")));
    assert_true(sg_slice_equal(to.data, SG_SLICE_LITERAL("challenge")));
    assert_false(wire_auth_switch_parse(SG_SLICE_LITERAL("\x02no name"), &to));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_three_first_bytes_are_kinds),
        cmocka_unit_test(switches_are_parsed),
        cmocka_unit_test(sha2_data_is_sorted),
        cmocka_unit_test(clear_text_is_text_and_one_nul),
        cmocka_unit_test(a_proof_comes_back),
        cmocka_unit_test(a_proof_that_is_none_is_refused),
        cmocka_unit_test(a_servers_key_that_is_none_is_told),
        cmocka_unit_test(a_key_is_shared_as_text),
        cmocka_unit_test(keys_that_will_not_do),
        cmocka_unit_test(a_throw_away_login_names_nobody),
        cmocka_unit_test(a_throw_away_login_never_stays_silent),
        cmocka_unit_test(the_next_factor_is_one_by_capability_alone),
    };

    return cmocka_run_group_tests(tests, make_key, free_key);
}
