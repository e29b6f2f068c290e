/* Greetings and logins: recorded ones of real servers and clients, patched and built anew; every
 * layout; every truncation.
 */
#include "wire/login.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conversation.h"
#include "wire/auth.h"
#include "wire/command.h"
#include "wire/err_packet.h"
#include "wire/greeting.h"
#include "wire/packet.h"

/* --- recorded connections -----------------------------------------------------------------------
 */

struct watch {
    const struct conversation *c;
    struct wire_greeting greeting;
    uint64_t effective;
    enum wire_auth_plugin plugin;
    enum { GREETING, LOGIN, AUTH, COMMANDS } phase;
    char transcript[65536];
    size_t size;
};

static void say(struct watch *w, const char *what, struct sg_slice text)
{
    w->size += (size_t)snprintf(w->transcript + w->size, sizeof w->transcript - w->size, "%s%.*s\n",
                                what, (int)text.size, text.data);
    assert_true(w->size < sizeof w->transcript);
}

static void on_greeting(struct watch *w, struct sg_slice payload)
{
    struct wire_err err;
    char number[16];

    w->phase = LOGIN;
    switch (wire_first_classify(payload)) {
    case WIRE_FIRST_REFUSAL:
        assert_true(wire_err_parse(payload, &err));
        assert_string_equal(err.sqlstate, "HY000");
        assert_true(sg_slice_equal(err.message, SG_SLICE_LITERAL("Too many connections")));
        snprintf(number, sizeof number, "%u", err.number);
        say(w, "refused ", sg_slice_of(number));
        break;
    case WIRE_FIRST_GREETING:
        assert_true(wire_greeting_parse(payload, &w->greeting, NULL));
        assert_int_equal(w->greeting.flavour, w->c->flavour);
        assert_true(w->greeting.connection_id > 0);
        assert_null(memchr(w->greeting.nonce, 0, WIRE_NONCE_SIZE));
        assert_true(w->greeting.plugin.size > 0);
        break;
    case WIRE_FIRST_FOREIGN:
        fail_msg("%s: not a greeting", w->c->name);
    }
}

/* Written anew with the same auth response, a login is what it was, byte for byte. */
static void expect_same_when_rebuilt(struct sg_slice payload, const struct wire_login *login,
                                     uint64_t sent)
{
    uint8_t buffer[4096];
    struct writer w = writer_make(buffer, sizeof buffer);

    wire_login_write(&w, payload, login, sent, login->auth_response);
    assert_true(sg_slice_equal(writer_result(&w), payload));
}

static void on_login(struct watch *w, struct sg_slice payload)
{
    struct wire_login login;
    uint64_t sent = 0;

    switch (wire_login_classify(payload, &sent)) {
    case WIRE_LOGIN_SSL_REQUEST:
        say(w, "ssl_request", SG_SLICE_EMPTY);
        return;
    case WIRE_LOGIN_41:
        break;
    case WIRE_LOGIN_320:
    case WIRE_LOGIN_MALFORMED:
        fail_msg("%s: not a login", w->c->name);
    }
    w->effective = wire_capabilities_effective(w->greeting.capabilities, sent, w->greeting.flavour);
    assert_true(wire_login_parse(payload, w->effective, &login, NULL));
    say(w, "user ", login.user);
    say(w, "database ", login.database);
    say(w, "plugin ", login.plugin);
    if (wire_attribute_find(login.attributes, "program_name").size > 0)
        say(w, "program_name ", wire_attribute_find(login.attributes, "program_name"));
    assert_true(wire_attribute_find(login.attributes, "_client_name").size > 0);
    assert_int_equal(wire_attribute_find(login.attributes, "no such").size, 0);
    expect_same_when_rebuilt(payload, &login, sent);
    w->plugin = wire_auth_plugin_of(login.plugin);
    w->phase = AUTH;
}

static void on_auth_data(struct watch *w, struct sg_slice payload)
{
    bool sha2 = w->plugin == WIRE_PLUGIN_CACHING_SHA2 || w->plugin == WIRE_PLUGIN_SHA256;

    switch (sha2 ? wire_sha2_classify(payload) : WIRE_SHA2_OTHER) {
    case WIRE_SHA2_FAST_OK:
        say(w, "fast", SG_SLICE_EMPTY);
        break;
    case WIRE_SHA2_FULL:
        say(w, "full", SG_SLICE_EMPTY);
        break;
    case WIRE_SHA2_KEY:
        assert_memory_equal(wire_sha2_key_of(payload).data, "-----BEGIN PUBLIC KEY-----", 26);
        say(w, "key", SG_SLICE_EMPTY);
        break;
    case WIRE_SHA2_OTHER:
        break;
    }
}

static void on_auth(struct watch *w, struct sg_slice payload)
{
    struct wire_auth_switch to;
    struct wire_err err;
    uint8_t nonce[WIRE_NONCE_SIZE];
    char number[16];

    switch (wire_auth_classify(payload)) {
    case WIRE_AUTH_OK:
        say(w, "ok", SG_SLICE_EMPTY);
        w->phase = COMMANDS;
        break;
    case WIRE_AUTH_ERR:
        assert_true(wire_err_parse(payload, &err));
        assert_string_equal(err.sqlstate, "28000");
        snprintf(number, sizeof number, "%u", err.number);
        say(w, "err ", sg_slice_of(number));
        break;
    case WIRE_AUTH_SWITCH:
        assert_true(wire_auth_switch_parse(payload, &to));
        assert_true(wire_auth_nonce_of(to.data, nonce));
        w->plugin = wire_auth_plugin_of(to.plugin);
        say(w, "switch ", to.plugin);
        break;
    case WIRE_AUTH_DATA:
        on_auth_data(w, payload);
        break;
    }
}

static void on_command(struct watch *w, struct sg_slice payload)
{
    struct sg_slice sql;

    if ((uint8_t)payload.data[0] != WIRE_COM_QUERY)
        return;
    assert_true(wire_sql_parse(payload, w->effective, &sql));
    say(w, "sql ", sql);
}

static void watch_connection(const struct conversation *c)
{
    struct watch *w = calloc(1, sizeof *w);
    char expected[8192] = "";

    assert_non_null(w);
    w->c = c;
    for (size_t i = 0; i < c->count; i++) {
        const struct conversation_line *line = &c->lines[i];
        uint8_t *bytes = conversation_copy(line->bytes, line->size);
        struct wire_packet packet;

        if (line->kind == '=') {
            strcat(strcat(expected, (const char *)line->bytes), "\n");
            free(bytes);
            continue;
        }
        assert_int_equal(wire_packet_take(bytes, line->size, WIRE_LOGIN_LIMIT, &packet),
                         WIRE_TAKE_PACKET);
        if (line->kind == '<' && w->phase == GREETING)
            on_greeting(w, packet.payload);
        else if (line->kind == '<' && w->phase == AUTH)
            on_auth(w, packet.payload);
        else if (line->kind == '>' && w->phase == LOGIN)
            on_login(w, packet.payload);
        else if (line->kind == '>' && w->phase == COMMANDS)
            on_command(w, packet.payload);
        w->greeting.version = w->greeting.plugin = SG_SLICE_EMPTY; /* pointed into `bytes` */
        free(bytes);
    }
    if (strcmp(w->transcript, expected) != 0)
        fail_msg("%s: expected\n%sgot\n%s", c->name, expected, w->transcript);
    free(w);
}

static void real_clients_log_in(void **state)
{
    (void)state;
    assert_true(conversation_each("login_", watch_connection) >= 12);
}

/* --- greeting -----------------------------------------------------------------------------------
 */

static struct conversation_line *line_of(struct conversation *c, size_t index)
{
    assert_true(index < c->count);
    return &c->lines[index];
}

static void a_greeting_is_patched_in_place(void **state)
{
    static const char *const files[] = {"login_mysql_pymysql.txt", "login_mariadb_pymysql.txt"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct conversation c = conversation_load(files[i]);
        struct sg_slice payload =
            sg_slice_make(line_of(&c, 0)->bytes + 4, line_of(&c, 0)->size - 4);
        uint8_t *original = conversation_copy(payload.data, payload.size);
        struct wire_greeting before, after;
        uint64_t offer;

        assert_true(wire_greeting_parse(payload, &before, NULL));
        wire_greeting_set_capabilities(line_of(&c, 0)->bytes + 4, &before, before.capabilities);
        assert_memory_equal(payload.data, original, payload.size);
        offer = wire_capabilities_offer(before.capabilities, before.flavour, false);
        wire_greeting_set_capabilities(line_of(&c, 0)->bytes + 4, &before, offer);
        assert_true(wire_greeting_parse(payload, &after, NULL));
        assert_true(after.capabilities == offer);
        assert_false(after.capabilities & (WIRE_CLIENT_SSL | WIRE_CAPS_COMPRESSION));
        assert_true(after.capabilities & WIRE_CLIENT_PLUGIN_AUTH);
        assert_memory_equal(after.nonce, before.nonce, WIRE_NONCE_SIZE);
        assert_int_equal(after.connection_id, before.connection_id);
        assert_true(sg_slice_equal(after.plugin, before.plugin));
        if (i == 1)
            assert_int_equal(after.capabilities >> 32,
                             (before.capabilities & ~WIRE_MARIADB_COM_MULTI) >> 32);
        free(original);
        conversation_free(&c);
    }
}

static void a_greeting_that_is_cut_is_refused(void **state)
{
    struct conversation c = conversation_load("login_mysql_pymysql.txt");
    size_t size = line_of(&c, 0)->size - 4;
    struct wire_greeting greeting;
    struct sg_error error = {0};

    (void)state;
    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *bytes = conversation_copy(line_of(&c, 0)->bytes + 4, cut);
        bool parsed = wire_greeting_parse(sg_slice_make(bytes, cut), &greeting, &error);

        /* only the plugin's name may lose its end: old servers left its NUL out */
        assert_int_equal(parsed, cut >= size - sizeof "caching_sha2_password");
        free(bytes);
    }
    assert_non_null(strstr(error.message, "greeting"));
    conversation_free(&c);
}

static void what_is_no_greeting_is_told(void **state)
{
    struct wire_greeting greeting;

    (void)state;
    assert_int_equal(wire_first_classify(SG_SLICE_EMPTY), WIRE_FIRST_FOREIGN);
    assert_int_equal(wire_first_classify(SG_SLICE_LITERAL("\x09")), WIRE_FIRST_FOREIGN);
    assert_int_equal(wire_first_classify(SG_SLICE_LITERAL("\xff\x10\x04")), WIRE_FIRST_REFUSAL);
    assert_false(wire_greeting_parse(SG_SLICE_LITERAL("\x09"
                                                      "5.0\0"),
                                     &greeting, NULL));
}

/* --- capabilities -------------------------------------------------------------------------------
 */

static void only_what_is_understood_is_offered(void **state)
{
    uint64_t all = UINT64_MAX;
    uint64_t mysql = wire_capabilities_offer(all, SG_FLAVOUR_MYSQL, true);
    uint64_t mariadb = wire_capabilities_offer(all, SG_FLAVOUR_MARIADB, false);

    (void)state;
    assert_int_equal(mysql >> 32, 0);
    assert_false(mysql & WIRE_CLIENT_EXTENSION);
    assert_true(mysql & WIRE_CLIENT_SSL);
    assert_false(mariadb & WIRE_CLIENT_SSL);
    assert_true(mariadb & WIRE_MARIADB_CACHE_METADATA);
    assert_false(mariadb & WIRE_MARIADB_COM_MULTI);
    assert_false(mariadb & WIRE_CAP(38));
    assert_int_equal((mysql | mariadb) & WIRE_CAPS_COMPRESSION, 0);
    assert_true(wire_capabilities_offer(0, SG_FLAVOUR_MYSQL, true) == WIRE_CLIENT_SSL);
}

/* node mysql2 sends QUERY_ATTRIBUTES to MariaDB, which never offered it. */
static void a_bit_that_was_not_offered_does_not_count(void **state)
{
    uint64_t server = WIRE_CLIENT_PROTOCOL_41 | WIRE_CLIENT_SESSION_TRACK | WIRE_CLIENT_SSL;
    uint64_t client = WIRE_CLIENT_PROTOCOL_41 | WIRE_CLIENT_QUERY_ATTRIBUTES | WIRE_CLIENT_SSL;

    (void)state;
    assert_true(wire_capabilities_effective(server, client, SG_FLAVOUR_MARIADB) ==
                WIRE_CLIENT_PROTOCOL_41);
    assert_true(wire_capabilities_forward(client | WIRE_CLIENT_COMPRESS, SG_FLAVOUR_MARIADB,
                                          false) == (client & ~WIRE_CLIENT_SSL));
    assert_true(wire_capabilities_forward(WIRE_CLIENT_PROTOCOL_41, SG_FLAVOUR_MYSQL, true) ==
                (WIRE_CLIENT_PROTOCOL_41 | WIRE_CLIENT_SSL));
}

/* --- logins -------------------------------------------------------------------------------------
 */

static const uint64_t LAYOUTS[] = {
    0,
    WIRE_CLIENT_SECURE_CONNECTION,
    WIRE_CLIENT_SECURE_CONNECTION | WIRE_CLIENT_CONNECT_WITH_DB,
    WIRE_CLIENT_SECURE_CONNECTION | WIRE_CLIENT_PLUGIN_AUTH,
    WIRE_CLIENT_PLUGIN_AUTH_LENENC | WIRE_CLIENT_CONNECT_ATTRS,
    WIRE_CLIENT_PLUGIN_AUTH_LENENC | WIRE_CLIENT_CONNECT_WITH_DB | WIRE_CLIENT_PLUGIN_AUTH |
        WIRE_CLIENT_CONNECT_ATTRS,
    WIRE_CLIENT_PLUGIN_AUTH_LENENC | WIRE_CLIENT_CONNECT_WITH_DB | WIRE_CLIENT_PLUGIN_AUTH |
        WIRE_CLIENT_CONNECT_ATTRS | WIRE_CLIENT_ZSTD,
};

static const char ATTRIBUTES[] = "\x0cprogram_name\x04shop\x05other\x00";

static struct sg_slice write_sample(uint8_t *buffer, size_t capacity, uint64_t capabilities,
                                    struct sg_slice auth_response)
{
    struct wire_login login = {
        .capabilities = capabilities,
        .user = SG_SLICE_LITERAL("anna"),
        .database = SG_SLICE_LITERAL("shop"),
        .plugin = SG_SLICE_LITERAL("mysql_native_password"),
        .attributes = SG_SLICE_LITERAL(ATTRIBUTES),
        .zstd_level = 3,
    };
    char front[32] = {0};
    struct writer w = writer_make(buffer, capacity);

    front[8] = 45;
    wire_login_write(&w, sg_slice_make(front, sizeof front), &login,
                     capabilities | WIRE_CLIENT_PROTOCOL_41, auth_response);
    return writer_result(&w);
}

static void every_layout_is_read_back(void **state)
{
    uint8_t buffer[512];

    (void)state;
    for (size_t i = 0; i < sizeof LAYOUTS / sizeof LAYOUTS[0]; i++) {
        uint64_t capabilities = LAYOUTS[i];
        struct sg_slice payload =
            write_sample(buffer, sizeof buffer, capabilities, SG_SLICE_LITERAL("proof"));
        struct wire_login login;
        uint64_t sent;

        assert_int_equal(wire_login_classify(payload, &sent), WIRE_LOGIN_41);
        assert_true(wire_login_parse(payload, capabilities, &login, NULL));
        assert_int_equal(login.collation, 45);
        assert_true(sg_slice_equal(login.user, SG_SLICE_LITERAL("anna")));
        assert_true(sg_slice_equal(login.auth_response, SG_SLICE_LITERAL("proof")));
        assert_int_equal(login.database.size, capabilities & WIRE_CLIENT_CONNECT_WITH_DB ? 4 : 0);
        assert_int_equal(login.plugin.size, capabilities & WIRE_CLIENT_PLUGIN_AUTH ? 21 : 0);
        assert_int_equal(login.zstd_level, capabilities & WIRE_CLIENT_ZSTD ? 3 : 0);
        if (capabilities & WIRE_CLIENT_CONNECT_ATTRS)
            assert_true(sg_slice_equal(wire_attribute_find(login.attributes, "program_name"),
                                       SG_SLICE_LITERAL("shop")));
    }
}

/* Whatever is cut off, nothing is read behind the end; behind the auth response fields may be
 * missing. */
static void a_login_may_be_cut_anywhere(void **state)
{
    uint8_t buffer[512];

    (void)state;
    for (size_t i = 0; i < sizeof LAYOUTS / sizeof LAYOUTS[0]; i++) {
        struct sg_slice payload =
            write_sample(buffer, sizeof buffer, LAYOUTS[i], SG_SLICE_LITERAL("proof"));
        size_t least = 32 + 5 + 6;

        for (size_t cut = 0; cut < payload.size; cut++) {
            uint8_t *bytes = conversation_copy(payload.data, cut);
            struct wire_login login;
            uint64_t sent;
            bool parsed = wire_login_parse(sg_slice_make(bytes, cut), LAYOUTS[i], &login, NULL);

            (void)wire_login_classify(sg_slice_make(bytes, cut), &sent);
            if (cut < least)
                assert_false(parsed);
            free(bytes);
        }
    }
}

static void an_auth_response_is_replaced(void **state)
{
    uint8_t buffer[1024], anew[1024];
    char proof[256];
    uint64_t lenenc = WIRE_CLIENT_PLUGIN_AUTH_LENENC | WIRE_CLIENT_PLUGIN_AUTH;
    struct sg_slice payload = write_sample(buffer, sizeof buffer, lenenc, SG_SLICE_LITERAL("x"));
    struct wire_login login, again;
    struct writer w = writer_make(anew, sizeof anew);

    (void)state;
    memset(proof, 0x80, sizeof proof);
    assert_true(wire_login_parse(payload, lenenc, &login, NULL));
    wire_login_write(&w, payload, &login, lenenc | WIRE_CLIENT_PROTOCOL_41,
                     sg_slice_make(proof, sizeof proof));
    assert_true(wire_login_parse(writer_result(&w), lenenc, &again, NULL));
    assert_true(sg_slice_equal(again.auth_response, sg_slice_make(proof, sizeof proof)));
    assert_true(sg_slice_equal(again.plugin, login.plugin));

    w = writer_make(anew, sizeof anew); /* one byte of length cannot tell 256 */
    login.capabilities = WIRE_CLIENT_SECURE_CONNECTION;
    wire_login_write(&w, payload, &login, 0, sg_slice_make(proof, sizeof proof));
    assert_true(w.overflowed);
    w = writer_make(anew, sizeof anew); /* and text that ends with a NUL cannot hold one */
    login.capabilities = 0;
    wire_login_write(&w, payload, &login, 0, SG_SLICE_LITERAL("a\0b"));
    assert_true(w.overflowed);
}

static void an_ssl_request_carries_the_clients_words(void **state)
{
    struct conversation c = conversation_load("login_mariadb_ed25519.txt");
    struct conversation_line *login = line_of(&c, 1);
    uint8_t buffer[64];
    struct writer w = writer_make(buffer, sizeof buffer);
    uint64_t sent, own;

    (void)state;
    assert_int_equal(wire_login_classify(sg_slice_make(login->bytes + 4, login->size - 4), &sent),
                     WIRE_LOGIN_41);
    assert_true(sent & WIRE_MARIADB_CACHE_METADATA);
    wire_ssl_request_write(&w, sg_slice_make(login->bytes + 4, login->size - 4),
                           sent | WIRE_CLIENT_SSL);
    assert_int_equal(writer_result(&w).size, WIRE_SSL_REQUEST_SIZE);
    assert_int_equal(wire_login_classify(writer_result(&w), &own), WIRE_LOGIN_SSL_REQUEST);
    assert_true(own == (sent | WIRE_CLIENT_SSL));
    assert_memory_equal(buffer + 4, login->bytes + 8, 28);

    wire_login_set_capabilities(buffer, own & ~(WIRE_CLIENT_SSL | WIRE_MARIADB_PROGRESS));
    assert_int_equal(wire_login_classify(sg_slice_make(buffer, 33), &own), WIRE_LOGIN_41);
    assert_true(own == (sent & ~WIRE_MARIADB_PROGRESS));
    conversation_free(&c);
}

/* With bit 0 set the last four bytes of the filler mean nothing and are left alone. */
static void extended_words_need_bit_0_off(void **state)
{
    char front[33] = {0};
    uint64_t sent;

    (void)state;
    front[1] = 0x02; /* PROTOCOL_41 */
    front[28] = 0x1D;
    assert_int_equal(wire_login_classify(sg_slice_make(front, 33), &sent), WIRE_LOGIN_41);
    assert_true(sent >> 32 == 0x1D);
    front[0] = 0x01;
    assert_int_equal(wire_login_classify(sg_slice_make(front, 33), &sent), WIRE_LOGIN_41);
    assert_true(sent >> 32 == 0);
    wire_login_set_capabilities((uint8_t *)front, WIRE_CLIENT_MYSQL);
    assert_int_equal(front[28], 0x1D);
}

static void kinds_of_first_packets(void **state)
{
    static const char zeros[40];
    char request[40] = {0};
    uint64_t sent;

    (void)state;
    request[1] = 0x0A; /* PROTOCOL_41 and SSL */
    assert_int_equal(wire_login_classify(sg_slice_make(request, 32), &sent),
                     WIRE_LOGIN_SSL_REQUEST);
    assert_int_equal(wire_login_classify(sg_slice_make(request, 33), &sent), WIRE_LOGIN_41);
    assert_int_equal(wire_login_classify(sg_slice_make(request, 31), &sent), WIRE_LOGIN_MALFORMED);
    assert_int_equal(wire_login_classify(sg_slice_make(request, 1), &sent), WIRE_LOGIN_MALFORMED);
    request[1] = 0x02;
    assert_int_equal(wire_login_classify(sg_slice_make(request, 32), &sent), WIRE_LOGIN_MALFORMED);
    assert_int_equal(wire_login_classify(sg_slice_make(zeros, 40), &sent), WIRE_LOGIN_320);
    assert_int_equal(wire_login_classify(SG_SLICE_EMPTY, &sent), WIRE_LOGIN_MALFORMED);
}

static void attributes_that_lie_end_the_walk(void **state)
{
    struct sg_slice broken = SG_SLICE_LITERAL("\1a\1b\1c\x09"
                                              "d");
    struct cursor c = cursor_of(broken);
    struct wire_attribute attribute;

    (void)state;
    assert_true(wire_attribute_next(&c, &attribute));
    assert_false(wire_attribute_next(&c, &attribute));
    assert_false(wire_attribute_next(&c, &attribute));
    assert_int_equal(wire_attribute_find(broken, "c").size, 0);
}

/* --- COM_CHANGE_USER ----------------------------------------------------------------------------
 */

static void change_user_is_read_and_written(void **state)
{
    static const char payload[] = "\x11"
                                  "anna\0"
                                  "\x05proof"
                                  "shop\0"
                                  "\x2d\x00"
                                  "mysql_native_password\0"
                                  "\x06\x01"
                                  "a\x03"
                                  "bcd";
    uint64_t effective =
        WIRE_CLIENT_SECURE_CONNECTION | WIRE_CLIENT_PLUGIN_AUTH | WIRE_CLIENT_CONNECT_ATTRS;
    struct sg_slice whole = sg_slice_make(payload, sizeof payload - 1);
    struct wire_login login;
    uint8_t buffer[128];
    struct writer w = writer_make(buffer, sizeof buffer);

    (void)state;
    assert_true(wire_change_user_parse(whole, effective, &login, NULL));
    assert_true(sg_slice_equal(login.user, SG_SLICE_LITERAL("anna")));
    assert_true(sg_slice_equal(login.auth_response, SG_SLICE_LITERAL("proof")));
    assert_true(sg_slice_equal(login.database, SG_SLICE_LITERAL("shop")));
    assert_true(sg_slice_equal(login.plugin, SG_SLICE_LITERAL("mysql_native_password")));
    assert_true(
        sg_slice_equal(wire_attribute_find(login.attributes, "a"), SG_SLICE_LITERAL("bcd")));
    assert_int_equal(login.collation, 45);
    wire_change_user_write(&w, &login, login.auth_response);
    assert_true(sg_slice_equal(writer_result(&w), whole));
    for (size_t cut = 0; cut < whole.size; cut++) {
        uint8_t *bytes = conversation_copy(payload, cut);

        if (cut < 1 + 5 + 6 + 5)
            assert_false(
                wire_change_user_parse(sg_slice_make(bytes, cut), effective, &login, NULL));
        else
            (void)!wire_change_user_parse(sg_slice_make(bytes, cut), effective, &login, NULL);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_clients_log_in),
        cmocka_unit_test(a_greeting_is_patched_in_place),
        cmocka_unit_test(a_greeting_that_is_cut_is_refused),
        cmocka_unit_test(what_is_no_greeting_is_told),
        cmocka_unit_test(only_what_is_understood_is_offered),
        cmocka_unit_test(a_bit_that_was_not_offered_does_not_count),
        cmocka_unit_test(every_layout_is_read_back),
        cmocka_unit_test(a_login_may_be_cut_anywhere),
        cmocka_unit_test(an_auth_response_is_replaced),
        cmocka_unit_test(an_ssl_request_carries_the_clients_words),
        cmocka_unit_test(extended_words_need_bit_0_off),
        cmocka_unit_test(kinds_of_first_packets),
        cmocka_unit_test(attributes_that_lie_end_the_walk),
        cmocka_unit_test(change_user_is_read_and_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
