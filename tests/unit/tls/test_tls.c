/* Two connections in memory, one of each role, and bytes cut in every way between them. */
#include <stdarg.h>
#include <stddef.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "certificates.h"
#include "tls/tls.h"
#include "tls/tls_private.h"

static struct certificates certificates;
static struct tls_context *server_context; /* certificate of `certificates.server` */

static uint64_t random_state = 1;

static size_t random_below(size_t bound)
{
    random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (size_t)(random_state >> 33) % bound;
}

/* --- a wire between two connections ---------------------------------------------------------- */

#define PIPE_BYTES (256u * 1024)
#define GOT_MOST   (512u * 1024)

struct pipe {
    uint8_t bytes[PIPE_BYTES];
    size_t start;
    size_t end;
};

struct side {
    struct tls *tls;
    struct pipe in; /* ciphertext on its way to this side */
    uint8_t *got;   /* plaintext that arrived */
    size_t got_size;
    enum tls_status last;
    size_t sink_bytes;
};

struct pair {
    struct side client;
    struct side server;
    size_t most; /* bytes moved at a time: 1 + random_below(most) */
};

static struct pair *new_pair(struct tls_context *client, struct tls_context *server,
                             const char *host)
{
    struct pair *pair = calloc(1, sizeof(*pair));
    pair->client.tls = tls_new(client, host);
    pair->server.tls = tls_new(server, NULL);
    pair->client.sink_bytes = pair->server.sink_bytes = 65536;
    pair->most = 65536;
    pair->client.last = pair->server.last = TLS_AGAIN;
    assert_non_null(pair->client.tls);
    assert_non_null(pair->server.tls);
    return pair;
}

static void free_pair(struct pair *pair)
{
    tls_free(pair->client.tls);
    tls_free(pair->server.tls);
    free(pair->client.got);
    free(pair->server.got);
    free(pair);
}

static void deliver(struct pipe *pipe, const struct tls_sink *sink)
{
    if (pipe->start == pipe->end)
        pipe->start = pipe->end = 0;
    if (pipe->end + sink->size > sizeof(pipe->bytes)) {
        memmove(pipe->bytes, pipe->bytes + pipe->start, pipe->end - pipe->start);
        pipe->end -= pipe->start;
        pipe->start = 0;
    }
    assert_true(pipe->end + sink->size <= sizeof(pipe->bytes));
    memcpy(pipe->bytes + pipe->end, sink->data, sink->size);
    pipe->end += sink->size;
}

static void keep(struct side *side, const uint8_t *bytes, size_t size)
{
    if (!side->got)
        side->got = malloc(GOT_MOST);
    assert_true(side->got_size + size <= GOT_MOST);
    memcpy(side->got + side->got_size, bytes, size);
    side->got_size += size;
}

/* Gives one side up to `size` bytes of its input. True when anything moved. */
static bool step(struct side *side, struct side *other, size_t size)
{
    static uint8_t out[65536];
    static uint8_t plain[70000];
    size_t there = side->in.end - side->in.start;
    size_t given = size < there ? size : there;
    struct sg_slice input = sg_slice_make(side->in.bytes + side->in.start, given);
    struct tls_sink sink = {.data = out, .capacity = side->sink_bytes};
    size_t got = 0;
    if (!tls_is_established(side->tls))
        side->last = tls_handshake(side->tls, &input, &sink);
    else
        side->last =
            tls_read(side->tls, &input, plain, 1 + random_below(sizeof(plain)), &got, &sink);
    keep(side, plain, got);
    size_t used = given - input.size;
    side->in.start += used;
    deliver(&other->in, &sink);
    if (side->last == TLS_AGAIN)
        assert_int_equal(input.size, 0);
    return used > 0 || sink.size > 0 || got > 0;
}

static void converse(struct pair *pair)
{
    int quiet = 0;
    while (quiet < 3) {
        bool moved = pair->client.last != TLS_FAILED &&
                     step(&pair->client, &pair->server, 1 + random_below(pair->most));
        moved |= pair->server.last != TLS_FAILED &&
                 step(&pair->server, &pair->client, 1 + random_below(pair->most));
        quiet = moved ? 0 : quiet + 1;
    }
}

static bool are_established(const struct pair *pair)
{
    return tls_is_established(pair->client.tls) && tls_is_established(pair->server.tls);
}

/* Writes from one side in random pieces through a sink of its size. */
static void send_all(struct side *from, struct side *to, const uint8_t *bytes, size_t size)
{
    static uint8_t out[65536];
    struct sg_slice left = sg_slice_make(bytes, size);
    while (left.size > 0) {
        size_t piece = 1 + random_below(left.size);
        struct sg_slice part = sg_slice_make(left.data, piece);
        struct tls_sink sink = {.data = out, .capacity = from->sink_bytes};
        enum tls_status status = tls_write(from->tls, &part, &sink);
        assert_true(status == TLS_OK || (status == TLS_FULL && part.size > 0));
        left = sg_slice_make(left.data + piece - part.size, left.size - piece + part.size);
        deliver(&to->in, &sink);
        while (to->in.end - to->in.start > PIPE_BYTES / 2)
            (void)step(to, from, PIPE_BYTES);
    }
}

static struct tls_context *client_context(const struct tls_client_options *options)
{
    struct sg_error error = {.status = SG_OK};
    struct tls_context *context = tls_context_new_client(options, &error);
    if (!context)
        fail_msg("%s", error.message);
    return context;
}

static struct tls_context *new_server_context(const char *certificate, const char *key,
                                              const char *client_ca)
{
    struct sg_error error = {.status = SG_OK};
    const struct tls_server_options options = {.certificate_files = &certificate,
                                               .key_files = &key,
                                               .certificate_count = certificate != NULL,
                                               .client_ca_file = client_ca};
    struct tls_context *context = tls_context_new_server(&options, &error);
    if (!context)
        fail_msg("%s", error.message);
    return context;
}

/* --- handshakes ------------------------------------------------------------------------------ */

static void a_handshake_agrees_on_tls_1_3(void **state)
{
    (void)state;
    struct tls_context *client = client_context(&(struct tls_client_options){0});
    struct pair *pair = new_pair(client, server_context, "db.example");
    converse(pair);
    assert_true(are_established(pair));
    assert_string_equal(tls_version(pair->client.tls), "TLSv1.3");
    assert_string_equal(tls_cipher(pair->client.tls), tls_cipher(pair->server.tls));
    assert_false(tls_was_resumed(pair->client.tls));
    uint8_t shown[TLS_FINGERPRINT_BYTES];
    uint8_t own[TLS_FINGERPRINT_BYTES];
    assert_true(tls_peer_fingerprint(pair->client.tls, shown));
    assert_true(tls_context_fingerprint(server_context, own));
    assert_memory_equal(shown, own, sizeof(own));
    assert_false(tls_peer_fingerprint(pair->server.tls, shown));
    assert_string_equal(tls_error(pair->client.tls), "");
    free_pair(pair);
    tls_context_release(client);
}

static void data_survives_every_way_of_cutting(void **state)
{
    (void)state;
    struct tls_context *client = client_context(&(struct tls_client_options){0});
    static uint8_t up[300000];
    static uint8_t down[400000];
    for (size_t i = 0; i < sizeof(up); i++)
        up[i] = (uint8_t)random_below(256);
    for (size_t i = 0; i < sizeof(down); i++)
        down[i] = (uint8_t)random_below(256);
    static const size_t cuts[] = {1, 3, 64, 1500, 16384, 65536};
    static const size_t sinks[] = {TLS_SINK_MIN_BYTES, TLS_SINK_MIN_BYTES, 20000, 40000, 65536};
    for (size_t i = 0; i < 24; i++) {
        struct pair *pair = new_pair(client, server_context, NULL);
        pair->most = cuts[i % 6];
        pair->client.sink_bytes = sinks[i % 5];
        pair->server.sink_bytes = sinks[(i + 1) % 5];
        converse(pair);
        assert_true(are_established(pair));
        size_t shorter = pair->most < 64 ? 50 : 1; /* byte by byte takes its time */
        send_all(&pair->client, &pair->server, up, sizeof(up) / shorter);
        send_all(&pair->server, &pair->client, down, sizeof(down) / shorter);
        converse(pair);
        assert_int_equal(pair->server.got_size, sizeof(up) / shorter);
        assert_memory_equal(pair->server.got, up, sizeof(up) / shorter);
        assert_int_equal(pair->client.got_size, sizeof(down) / shorter);
        assert_memory_equal(pair->client.got, down, sizeof(down) / shorter);
        free_pair(pair);
    }
    tls_context_release(client);
}

static void a_tiny_sink_is_emptied_and_filled_again(void **state)
{
    (void)state;
    struct tls_context *client = client_context(&(struct tls_client_options){0});
    struct pair *pair = new_pair(client, server_context, NULL);
    pair->client.sink_bytes = 7; /* the flights of the handshake come in pieces of 7 */
    pair->server.sink_bytes = 5;
    converse(pair);
    assert_true(are_established(pair));
    free_pair(pair);
    tls_context_release(client);
}

static void big_writes_make_full_records(void **state)
{
    (void)state;
    struct tls_context *client = client_context(&(struct tls_client_options){0});
    struct pair *pair = new_pair(client, server_context, NULL);
    converse(pair);
    static uint8_t plain[4 * TLS_RECORD_BYTES];
    static uint8_t out[5 * TLS_SINK_MIN_BYTES];
    struct sg_slice input = sg_slice_make(plain, sizeof(plain));
    struct tls_sink sink = {.data = out, .capacity = sizeof(out)};
    assert_int_equal(tls_write(pair->client.tls, &input, &sink), TLS_OK);
    size_t records = 0;
    for (size_t at = 0; at < sink.size; records++) {
        size_t size = (size_t)out[at + 3] << 8 | out[at + 4];
        assert_true(size > TLS_RECORD_BYTES);
        at += 5 + size;
    }
    assert_int_equal(records, 4);
    free_pair(pair);
    tls_context_release(client);
}

static void sessions_are_resumed(int version)
{
    struct tls_context *client = client_context(
        &(struct tls_client_options){.verify = TLS_VERIFY_IDENTITY, .ca_file = certificates.ca});
    if (version)
        (void)SSL_CTX_set_max_proto_version(tls_context_ssl(client), version);
    for (int i = 0; i < 4; i++) {
        struct pair *pair = new_pair(client, server_context, "db.example");
        converse(pair);
        assert_true(are_established(pair));
        assert_int_equal(tls_was_resumed(pair->client.tls), i > 0);
        assert_int_equal(tls_was_resumed(pair->server.tls), i > 0);
        uint8_t shown[TLS_FINGERPRINT_BYTES];
        assert_true(tls_peer_fingerprint(pair->client.tls, shown));
        free_pair(pair);
    }
    /* Another host does not get that session. */
    struct pair *pair = new_pair(client, server_context, "a.pool.example");
    converse(pair);
    assert_true(are_established(pair));
    assert_false(tls_was_resumed(pair->client.tls));
    free_pair(pair);
    tls_context_release(client);
}

static void sessions_are_resumed_by_tls_1_3(void **state)
{
    (void)state;
    sessions_are_resumed(0);
}

static void sessions_are_resumed_by_tls_1_2(void **state)
{
    (void)state;
    sessions_are_resumed(TLS1_2_VERSION);
}

static void tls_1_1_is_refused(void **state)
{
    (void)state;
    struct tls_context *client = client_context(&(struct tls_client_options){0});
    SSL_CTX *ssl = tls_context_ssl(client);
    (void)SSL_CTX_set_min_proto_version(ssl, TLS1_1_VERSION);
    (void)SSL_CTX_set_max_proto_version(ssl, TLS1_1_VERSION);
    (void)SSL_CTX_set_cipher_list(ssl, "ALL:@SECLEVEL=0");
    struct pair *pair = new_pair(client, server_context, NULL);
    converse(pair);
    assert_int_equal(pair->server.last, TLS_FAILED);
    assert_non_null(strstr(tls_error(pair->server.tls), "see client_tls_version"));
    assert_int_equal(pair->client.last, TLS_FAILED); /* by the alert */
    free_pair(pair);
    tls_context_release(client);
}

/* --- verification ---------------------------------------------------------------------------- */

/* The client's words, or "" when the handshake succeeded on both sides. */
static const char *try_to_verify(const struct tls_client_options *options,
                                 struct tls_context *server, const char *host)
{
    static char words[1024];
    struct tls_context *client = client_context(options);
    struct pair *pair = new_pair(client, server, host);
    converse(pair);
    (void)snprintf(words, sizeof(words), "%s", tls_error(pair->client.tls));
    if (words[0] == '\0') {
        assert_true(are_established(pair));
    } else {
        assert_int_equal(pair->client.last, TLS_FAILED);
        assert_false(tls_is_established(pair->client.tls));
        /* The alert arrived: the server knows too. */
        assert_int_equal(pair->server.last, TLS_FAILED);
        assert_string_not_equal(tls_error(pair->server.tls), "");
    }
    free_pair(pair);
    tls_context_release(client);
    return words;
}

static void a_ca_is_verified(void **state)
{
    (void)state;
    struct tls_client_options options = {.verify = TLS_VERIFY_CA, .ca_file = certificates.ca};
    assert_string_equal(try_to_verify(&options, server_context, "elsewhere.example"), "");
    options.ca_file = certificates.other_ca;
    const char *words = try_to_verify(&options, server_context, "db.example");
    assert_non_null(strstr(words, "not signed by a trusted CA"));
    assert_non_null(strstr(words, "db.example, *.pool.example, 127.0.0.1"));
    assert_non_null(strstr(words, "pin its SHA-256 fingerprint "));
    /* A configured CA is verified whatever the mode says. */
    options.verify = TLS_VERIFY_NONE;
    assert_string_not_equal(try_to_verify(&options, server_context, "db.example"), "");
    options.ca_file = NULL;
    assert_string_equal(try_to_verify(&options, server_context, "db.example"), "");
}

static void the_identity_is_verified(void **state)
{
    (void)state;
    const struct tls_client_options options = {.verify = TLS_VERIFY_IDENTITY,
                                               .ca_file = certificates.ca};
    assert_string_equal(try_to_verify(&options, server_context, "db.example"), "");
    assert_string_equal(try_to_verify(&options, server_context, "x.pool.example"), "");
    assert_string_equal(try_to_verify(&options, server_context, "127.0.0.1"), "");
    assert_string_equal(try_to_verify(&options, server_context, "::1"), "");
    static const char *const wrong[] = {"evil.example", "127.0.0.2", "::2", "db.example.evil",
                                        "x.y.pool.example"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        const char *words = try_to_verify(&options, server_context, wrong[i]);
        assert_non_null(strstr(words, "is not made out to "));
        assert_non_null(strstr(words, wrong[i]));
        assert_non_null(strstr(words, "but to db.example"));
    }
    assert_string_not_equal(try_to_verify(&options, server_context, NULL), ""); /* localhost */
}

static void an_expired_certificate_is_refused(void **state)
{
    (void)state;
    struct tls_context *server =
        new_server_context(certificates.expired, certificates.server_key, NULL);
    char about[256];
    tls_context_describe(server, 0, about, sizeof(about));
    assert_non_null(strstr(about, "expired on"));
    const struct tls_client_options options = {.verify = TLS_VERIFY_CA, .ca_file = certificates.ca};
    assert_non_null(strstr(try_to_verify(&options, server, "db.example"), "expired"));
    tls_context_release(server);
}

static void a_self_signed_certificate_may_be_its_own_ca(void **state)
{
    (void)state;
    struct tls_context *server =
        new_server_context(certificates.alone, certificates.server_key, NULL);
    struct tls_client_options options = {.verify = TLS_VERIFY_IDENTITY,
                                         .ca_file = certificates.alone};
    assert_string_equal(try_to_verify(&options, server, "db.example"), "");
    options.ca_file = certificates.ca;
    assert_non_null(strstr(try_to_verify(&options, server, "db.example"), "self-signed"));
    /* And one that another CA has signed may stand for itself. */
    options.ca_file = certificates.server;
    assert_string_equal(try_to_verify(&options, server_context, "db.example"), "");
    tls_context_release(server);
}

static void a_pinned_certificate_is_enough(void **state)
{
    (void)state;
    struct tls_context *server =
        new_server_context(certificates.alone, certificates.server_key, NULL);
    uint8_t own[TLS_FINGERPRINT_BYTES];
    char pin[TLS_FINGERPRINT_TEXT];
    assert_true(tls_context_fingerprint(server, own));
    tls_fingerprint_text(own, pin);
    struct tls_client_options options = {.fingerprint = pin};
    assert_string_equal(try_to_verify(&options, server, "any.example"), "");
    const char *words = try_to_verify(&options, server_context, "db.example");
    assert_non_null(strstr(words, "is not the pinned one"));
    /* With a CA both must hold. */
    options.ca_file = certificates.other_ca;
    assert_non_null(strstr(try_to_verify(&options, server, "db.example"), "not signed"));
    tls_context_release(server);
}

static void fingerprints_are_read_strictly(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "AB",
        "zz",
        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeef",
        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff0",
        "00112233445566778899aabbccddeeff0011223344556677-899aabbccddeeff"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct sg_error error = {.status = SG_OK};
        const struct tls_client_options options = {.fingerprint = bad[i]};
        assert_null(tls_context_new_client(&options, &error));
        assert_int_equal(error.status, SG_INVALID);
        assert_non_null(strstr(error.message, "64 hex digits"));
    }
}

static void a_self_made_certificate_serves(void **state)
{
    (void)state;
    struct tls_context *server = new_server_context(NULL, NULL, NULL);
    assert_true(tls_context_is_self_made(server));
    assert_false(tls_context_is_self_made(server_context));
    char about[256];
    tls_context_describe(server, 0, about, sizeof(about));
    assert_non_null(strstr(about, "for localhost, 127.0.0.1"));
    const struct tls_client_options options = {0};
    assert_string_equal(try_to_verify(&options, server, "localhost"), "");
    tls_context_release(server);
}

static void clients_show_certificates_where_asked(void **state)
{
    (void)state;
    struct tls_context *server =
        new_server_context(certificates.server, certificates.server_key, certificates.ca);
    const struct tls_client_options with = {.certificate_file = certificates.client,
                                            .key_file = certificates.client_key};
    struct tls_context *client = client_context(&with);
    struct pair *pair = new_pair(client, server, NULL);
    converse(pair);
    assert_true(are_established(pair));
    uint8_t shown[TLS_FINGERPRINT_BYTES];
    assert_true(tls_peer_fingerprint(pair->server.tls, shown));
    assert_true(tls_has_peer_certificate(pair->server.tls));
    free_pair(pair);
    /* A resumed session remembers it. */
    pair = new_pair(client, server, NULL);
    converse(pair);
    assert_true(tls_was_resumed(pair->server.tls));
    assert_true(tls_has_peer_certificate(pair->server.tls));
    free_pair(pair);
    tls_context_release(client);

    /* Without one the owner decides. */
    client = client_context(&(struct tls_client_options){0});
    pair = new_pair(client, server, NULL);
    converse(pair);
    assert_true(are_established(pair));
    assert_false(tls_has_peer_certificate(pair->server.tls));
    free_pair(pair);
    tls_context_release(client);
    tls_context_release(server);
}

/* What the server side says of a client with that certificate; "" when it is let in. */
static const char *try_client(const struct tls_server_options *options, const char *certificate,
                              const char *key)
{
    static char words[512];
    struct sg_error error = {.status = SG_OK};
    struct tls_context *server = tls_context_new_server(options, &error);
    if (!server)
        fail_msg("%s", error.message);
    struct tls_context *client = client_context(
        &(struct tls_client_options){.certificate_file = certificate, .key_file = key});
    struct pair *pair = new_pair(client, server, NULL);
    converse(pair);
    (void)snprintf(words, sizeof(words), "%s", tls_error(pair->server.tls));
    assert_int_equal(words[0] == '\0', pair->server.last != TLS_FAILED);
    free_pair(pair);
    tls_context_release(client);
    tls_context_release(server);
    return words;
}

static void clients_certificates_are_verified_and_looked_up(void **state)
{
    (void)state;
    struct tls_server_options options = {
        .certificate_files = (const char *const[]){certificates.server},
        .key_files = (const char *const[]){certificates.server_key},
        .certificate_count = 1,
        .client_ca_file = certificates.ca};
    const char *client = certificates.client;
    const char *key = certificates.client_key;
    assert_string_equal(try_client(&options, client, key), "");
    assert_non_null(strstr(try_client(&options, certificates.alone, certificates.server_key),
                           "the client's certificate (db.example, *.pool.example"));
    assert_non_null(
        strstr(try_client(&options, certificates.expired, certificates.server_key), "expired"));
    options.client_crl_file = certificates.none_revoked;
    assert_string_equal(try_client(&options, client, key), "");
    options.client_crl_file = certificates.all_revoked;
    assert_non_null(strstr(try_client(&options, client, key), "certificate revoked"));
    options.client_crl_file = certificates.old_list;
    assert_non_null(strstr(try_client(&options, client, key), "fetch the authority's new list"));
    options.client_ca_file = certificates.other_ca;
    assert_non_null(strstr(try_client(&options, client, key), "was not accepted"));
}

static void revoked_servers_are_refused(void **state)
{
    (void)state;
    struct tls_client_options options = {
        .verify = TLS_VERIFY_CA, .ca_file = certificates.ca, .crl_file = certificates.none_revoked};
    assert_string_equal(try_to_verify(&options, server_context, "db.example"), "");
    options.crl_file = certificates.all_revoked;
    assert_non_null(
        strstr(try_to_verify(&options, server_context, "db.example"), "certificate revoked"));
    options.crl_file = certificates.old_list;
    assert_non_null(
        strstr(try_to_verify(&options, server_context, "db.example"), "CRL has expired"));
    /* A list that says nothing of this authority is no leave. */
    options.ca_file = certificates.server;
    options.crl_file = certificates.none_revoked;
    assert_non_null(
        strstr(try_to_verify(&options, server_context, "db.example"), "was not accepted"));
}

static void a_server_name_chooses_the_certificate(void **state)
{
    (void)state;
    static const struct {
        const char *asked;
        size_t shown;
    } cases[] = {{"shop.example", 1}, {"db.example", 0}, {"a.pool.example", 0}, {"SHOP.example", 1},
                 {"none.example", 0}, {NULL, 0},         {"127.0.0.1", 0}};
    const char *const files[] = {certificates.server, certificates.shop};
    const char *const keys[] = {certificates.server_key, certificates.server_key};
    struct sg_error error = {.status = SG_OK};
    struct tls_context *server =
        tls_context_new_server(&(struct tls_server_options){.certificate_files = files,
                                                            .key_files = keys,
                                                            .certificate_count = 2,
                                                            .client_ca_file = certificates.ca},
                               &error);
    assert_non_null(server);
    assert_int_equal(tls_context_certificate_count(server), 2);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t expected[TLS_FINGERPRINT_BYTES];
        uint8_t shown[TLS_FINGERPRINT_BYTES];
        struct tls_context *alone = new_server_context(files[cases[i].shown], keys[0], NULL);
        assert_true(tls_context_fingerprint(alone, expected));
        struct tls_context *client = client_context(&(struct tls_client_options){
            .certificate_file = certificates.client, .key_file = certificates.client_key});
        for (int round = 0; round < 2; round++) { /* the second is resumed */
            struct pair *pair = new_pair(client, server, cases[i].asked);
            converse(pair);
            assert_true(are_established(pair));
            assert_int_equal(tls_was_resumed(pair->client.tls), round == 1);
            assert_true(tls_peer_fingerprint(pair->client.tls, shown));
            assert_memory_equal(shown, expected, sizeof(shown));
            assert_true(tls_has_peer_certificate(pair->server.tls));
            const char *name = cases[i].asked && cases[i].asked[0] != '1' ? cases[i].asked : "";
            assert_string_equal(tls_server_name(pair->server.tls), name);
            free_pair(pair);
        }
        tls_context_release(client);
        tls_context_release(alone);
    }
    tls_context_release(server);
}

/* --- versions and ciphers -------------------------------------------------------------------- */

static struct tls_context *server_of(struct tls_protocol protocol)
{
    struct sg_error error = {.status = SG_OK};
    struct tls_context *made = tls_context_new_server(
        &(struct tls_server_options){.certificate_files = (const char *const[]){certificates.both},
                                     .certificate_count = 1,
                                     .protocol = protocol},
        &error);
    if (!made)
        fail_msg("%s", error.message);
    return made;
}

static void versions_and_ciphers_are_as_asked(void **state)
{
    (void)state;
    static const struct {
        struct tls_protocol server;
        struct tls_protocol client;
        const char *version; /* "" = no connection */
        const char *cipher;  /* NULL = any */
    } cases[] = {
        {{TLS_VERSIONS_1_2, NULL, NULL}, {TLS_VERSIONS_1_2_AND_1_3, NULL, NULL}, "TLSv1.2", NULL},
        {{TLS_VERSIONS_1_3, NULL, NULL}, {TLS_VERSIONS_1_2_AND_1_3, NULL, NULL}, "TLSv1.3", NULL},
        {{TLS_VERSIONS_1_3, NULL, NULL}, {TLS_VERSIONS_1_2, NULL, NULL}, "", NULL},
        {{TLS_VERSIONS_1_2, NULL, NULL}, {TLS_VERSIONS_1_3, NULL, NULL}, "", NULL},
        {{TLS_VERSIONS_1_2_AND_1_3, "ECDHE-ECDSA-AES128-GCM-SHA256", NULL},
         {TLS_VERSIONS_1_2, NULL, NULL},
         "TLSv1.2",
         "ECDHE-ECDSA-AES128-GCM-SHA256"},
        {{TLS_VERSIONS_1_2, "ECDHE-ECDSA-AES128-GCM-SHA256", NULL},
         {TLS_VERSIONS_1_2, "ECDHE-ECDSA-AES256-GCM-SHA384", NULL},
         "",
         NULL},
        {{TLS_VERSIONS_1_2_AND_1_3, NULL, "TLS_CHACHA20_POLY1305_SHA256"},
         {TLS_VERSIONS_1_2_AND_1_3, NULL, NULL},
         "TLSv1.3",
         "TLS_CHACHA20_POLY1305_SHA256"},
        {{TLS_VERSIONS_1_3, NULL, NULL},
         {TLS_VERSIONS_1_3, NULL, "TLS_AES_128_GCM_SHA256"},
         "TLSv1.3",
         "TLS_AES_128_GCM_SHA256"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tls_context *server = server_of(cases[i].server);
        struct tls_context *client =
            client_context(&(struct tls_client_options){.protocol = cases[i].client});
        struct pair *pair = new_pair(client, server, NULL);
        converse(pair);
        if (cases[i].version[0] == '\0') {
            assert_int_equal(pair->server.last, TLS_FAILED);
            assert_non_null(strstr(tls_error(pair->server.tls), "no common"));
        } else {
            assert_true(are_established(pair));
            assert_string_equal(tls_version(pair->server.tls), cases[i].version);
            if (cases[i].cipher)
                assert_string_equal(tls_cipher(pair->server.tls), cases[i].cipher);
        }
        free_pair(pair);
        tls_context_release(client);
        tls_context_release(server);
    }
}

static void unknown_ciphers_are_told(void **state)
{
    (void)state;
    struct sg_error error = {.status = SG_OK};
    struct tls_client_options options = {.protocol = {.cipher = "NO-SUCH-CIPHER"}};
    assert_null(tls_context_new_client(&options, &error));
    assert_non_null(strstr(error.message, "\"NO-SUCH-CIPHER\" names no cipher of TLS 1.2"));
    error = (struct sg_error){.status = SG_OK};
    options.protocol = (struct tls_protocol){.ciphersuites = "TLS_AES_128_GCM_SHA256:TLS_NONE"};
    assert_null(tls_context_new_client(&options, &error));
    assert_non_null(strstr(error.message, "no list of ciphersuites of TLS 1.3"));
}

/* --- files ----------------------------------------------------------------------------------- */

static void refuses_files(const char *certificate, const char *key, const char *words)
{
    struct sg_error error = {.status = SG_OK};
    const struct tls_server_options options = {
        .certificate_files = &certificate, .key_files = &key, .certificate_count = 1};
    assert_null(tls_context_new_server(&options, &error));
    assert_int_not_equal(error.status, SG_OK);
    if (!strstr(error.message, words))
        fail_msg("\"%s\" lacks \"%s\"", error.message, words);
}

static void bad_files_are_told_by_name(void **state)
{
    (void)state;
    const char *server = certificates.server;
    refuses_files("/nonexistent/cert.pem", NULL, "certificate /nonexistent/cert.pem: No such file");
    refuses_files(server, "/nonexistent/key.pem", "private key /nonexistent/key.pem: No such file");
    refuses_files(certificates.rubbish, certificates.server_key, certificates.rubbish);
    refuses_files(server, certificates.rubbish, "no PEM private key in");
    refuses_files(server, certificates.client_key, "does not belong to the certificate");
    refuses_files(server, certificates.locked_key, "is protected by a passphrase");
    tls_context_release(new_server_context(certificates.both, NULL, NULL));

    struct sg_error error = {.status = SG_OK};
    struct tls_client_options options = {.ca_file = "/nonexistent/ca.pem"};
    assert_null(tls_context_new_client(&options, &error));
    assert_non_null(strstr(error.message, "/nonexistent/ca.pem"));
    error = (struct sg_error){.status = SG_OK};
    options.ca_file = certificates.rubbish;
    assert_null(tls_context_new_client(&options, &error));
    assert_non_null(strstr(error.message, certificates.rubbish));
    error = (struct sg_error){.status = SG_OK};
    options = (struct tls_client_options){.ca_file = certificates.ca, .crl_file = certificates.ca};
    assert_null(tls_context_new_client(&options, &error));
    assert_non_null(strstr(error.message, "no usable PEM list of revoked certificates (CRL) in"));
}

/* --- ends and damage ------------------------------------------------------------------------- */

/* A write lets go of OpenSSL's 16 KiB to write from: it must have let go of them before. Sanitizers
 * have an allocator of their own, for which mallinfo2 tells nothing. */
static void a_ticket_leaves_no_buffer_behind(void **state)
{
    (void)state;
    static const uint8_t words[] = "words";
    struct tls_context *client = client_context(&(struct tls_client_options){0});
    struct pair *pair = new_pair(client, server_context, NULL);
    converse(pair); /* the ticket comes behind the handshake */
    size_t before = mallinfo2().uordblks;
    send_all(&pair->client, &pair->server, words, sizeof(words));
    size_t after = mallinfo2().uordblks;
    assert_in_range(before, 0, after + 4096);
    free_pair(pair);
    tls_context_release(client);
}

static void a_goodbye_comes_after_the_data(void **state)
{
    (void)state;
    struct tls_context *client = client_context(&(struct tls_client_options){0});
    struct pair *pair = new_pair(client, server_context, NULL);
    converse(pair);
    static const uint8_t last_words[] = "last words";
    uint8_t out[1024];
    struct tls_sink sink = {.data = out, .capacity = sizeof(out)};
    send_all(&pair->client, &pair->server, last_words, sizeof(last_words));
    tls_shutdown(pair->client.tls, &sink);
    deliver(&pair->server.in, &sink);
    size_t said = sink.size;
    tls_shutdown(pair->client.tls, &sink); /* once is enough */
    assert_int_equal(sink.size, said);
    converse(pair);
    assert_int_equal(pair->server.got_size, sizeof(last_words));
    assert_int_equal(pair->server.last, TLS_CLOSED);
    struct sg_slice more = sg_slice_make(last_words, sizeof(last_words));
    assert_int_equal(tls_write(pair->client.tls, &more, &sink), TLS_FAILED);
    free_pair(pair);
    tls_context_release(client);
}

static void a_tampered_record_is_refused_and_what_came_before_is_kept(void **state)
{
    (void)state;
    struct tls_context *client = client_context(&(struct tls_client_options){0});
    struct pair *pair = new_pair(client, server_context, NULL);
    converse(pair);
    static const uint8_t good[] = "good";
    static const uint8_t bad[] = "bad";
    send_all(&pair->client, &pair->server, good, 4);
    size_t kept = pair->server.in.end;
    send_all(&pair->client, &pair->server, bad, 3);
    pair->server.in.bytes[kept + 7] ^= 1;
    converse(pair);
    assert_int_equal(pair->server.last, TLS_FAILED);
    assert_true(pair->server.got_size <= 4);
    assert_memory_equal(pair->server.got, "good", pair->server.got_size);
    assert_string_not_equal(tls_error(pair->server.tls), "");
    assert_int_equal(pair->client.last, TLS_FAILED); /* told by an alert */
    free_pair(pair);
    tls_context_release(client);
}

static void what_is_not_tls_is_told(void **state)
{
    (void)state;
    static const struct sg_slice words[] = {
        {"GET / HTTP/1.1\r\n\r\n", 18},
        {"\x24\x00\x00\x01select 1 as login in clear text", 35},
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        struct tls *tls = tls_new(server_context, NULL);
        uint8_t out[1024];
        struct tls_sink sink = {.data = out, .capacity = sizeof(out)};
        struct sg_slice input = words[i];
        assert_int_equal(tls_handshake(tls, &input, &sink), TLS_FAILED);
        assert_non_null(strstr(tls_error(tls), "not TLS"));
        assert_int_equal(tls_handshake(tls, &input, &sink), TLS_FAILED); /* stays so */
        tls_free(tls);
    }
}

/* One flipped bit anywhere: refused by both, or it did not matter; never a crash, never other data.
 */
static void a_damaged_handshake_never_ends_well_unnoticed(void **state)
{
    (void)state;
    struct tls_context *client = client_context(
        &(struct tls_client_options){.verify = TLS_VERIFY_CA, .ca_file = certificates.ca});
    for (int round = 0; round < 300; round++) {
        tls_context_forget_session(client);
        struct pair *pair = new_pair(client, server_context, "db.example");
        int steps_before = (int)random_below(4);
        for (int i = 0; i < steps_before; i++) {
            (void)step(&pair->client, &pair->server, PIPE_BYTES);
            (void)step(&pair->server, &pair->client, PIPE_BYTES);
        }
        struct side *hurt = random_below(2) ? &pair->client : &pair->server;
        size_t there = hurt->in.end - hurt->in.start;
        if (there > 0)
            hurt->in.bytes[hurt->in.start + random_below(there)] ^=
                (uint8_t)(1u << random_below(8));
        converse(pair);
        if (are_established(pair) && pair->server.last != TLS_FAILED &&
            pair->client.last != TLS_FAILED) {
            send_all(&pair->client, &pair->server, (const uint8_t *)"x", 1);
            converse(pair);
            assert_true(pair->server.got_size <= 1);
        }
        free_pair(pair);
    }
    tls_context_release(client);
}

static int make(void **state)
{
    (void)state;
    certificates_make(&certificates);
    server_context = new_server_context(certificates.server, certificates.server_key, NULL);
    return 0;
}

static int unmake(void **state)
{
    (void)state;
    tls_context_release(server_context);
    certificates_remove(&certificates);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handshake_agrees_on_tls_1_3),
        cmocka_unit_test(data_survives_every_way_of_cutting),
        cmocka_unit_test(a_tiny_sink_is_emptied_and_filled_again),
        cmocka_unit_test(big_writes_make_full_records),
        cmocka_unit_test(sessions_are_resumed_by_tls_1_3),
        cmocka_unit_test(sessions_are_resumed_by_tls_1_2),
        cmocka_unit_test(tls_1_1_is_refused),
        cmocka_unit_test(a_ca_is_verified),
        cmocka_unit_test(the_identity_is_verified),
        cmocka_unit_test(an_expired_certificate_is_refused),
        cmocka_unit_test(a_self_signed_certificate_may_be_its_own_ca),
        cmocka_unit_test(a_pinned_certificate_is_enough),
        cmocka_unit_test(fingerprints_are_read_strictly),
        cmocka_unit_test(a_self_made_certificate_serves),
        cmocka_unit_test(clients_show_certificates_where_asked),
        cmocka_unit_test(clients_certificates_are_verified_and_looked_up),
        cmocka_unit_test(revoked_servers_are_refused),
        cmocka_unit_test(a_server_name_chooses_the_certificate),
        cmocka_unit_test(versions_and_ciphers_are_as_asked),
        cmocka_unit_test(unknown_ciphers_are_told),
        cmocka_unit_test(bad_files_are_told_by_name),
        cmocka_unit_test(a_ticket_leaves_no_buffer_behind),
        cmocka_unit_test(a_goodbye_comes_after_the_data),
        cmocka_unit_test(a_tampered_record_is_refused_and_what_came_before_is_kept),
        cmocka_unit_test(what_is_not_tls_is_told),
        cmocka_unit_test(a_damaged_handshake_never_ends_well_unnoticed),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
