/* Reads, patches and rebuilds the client's login and COM_CHANGE_USER; see login.h. Called by
 * session/login. Decides nothing: which capabilities count and what replaces an auth response is
 * the caller's matter.
 */
#include "wire/login.h"

#include <string.h>

#include "wire/command.h"

enum {
    EXTENDED_AT = 28, /* MariaDB's extended capabilities: the last four of the filler */
    FIXED_SIZE = WIRE_SSL_REQUEST_SIZE,
};

static uint64_t read_words(struct sg_slice payload)
{
    struct cursor c = cursor_of(payload);
    uint64_t capabilities = cursor_u32(&c);

    cursor_skip(&c, EXTENDED_AT - 4);
    if (!(capabilities & WIRE_CLIENT_MYSQL))
        capabilities |= (uint64_t)cursor_u32(&c) << 32;
    return capabilities;
}

/* Protocol::HandshakeResponse320 has two bytes of capabilities, without PROTOCOL_41 among them. */
enum wire_login_kind wire_login_classify(struct sg_slice payload, uint64_t *sent_out)
{
    struct cursor c = cursor_of(payload);
    uint16_t low = cursor_u16(&c);

    if (c.failed)
        return WIRE_LOGIN_MALFORMED;
    if (!(low & WIRE_CLIENT_PROTOCOL_41)) {
        *sent_out = low;
        return WIRE_LOGIN_320;
    }
    if (payload.size < FIXED_SIZE)
        return WIRE_LOGIN_MALFORMED;
    *sent_out = read_words(payload);
    if (payload.size == FIXED_SIZE)
        return low & WIRE_CLIENT_SSL ? WIRE_LOGIN_SSL_REQUEST : WIRE_LOGIN_MALFORMED;
    return WIRE_LOGIN_41;
}

/* The three layouts of an auth response in a login. */
static struct sg_slice read_auth_response(struct cursor *c, uint64_t effective)
{
    if (effective & WIRE_CLIENT_PLUGIN_AUTH_LENENC)
        return cursor_lenenc_slice(c);
    if (effective & WIRE_CLIENT_SECURE_CONNECTION)
        return cursor_fixed(c, cursor_u8(c));
    return cursor_cstr(c);
}

/* Plugin and attributes end both packets; drivers leave out the last NUL or the whole field. */
static void read_plugin_and_attributes(struct cursor *c, struct wire_login *login)
{
    if (login->capabilities & WIRE_CLIENT_PLUGIN_AUTH)
        login->plugin = cursor_cstr_or_rest(c);
    if ((login->capabilities & WIRE_CLIENT_CONNECT_ATTRS) && cursor_left(c) > 0)
        login->attributes = cursor_lenenc_slice(c);
}

bool wire_login_parse(struct sg_slice payload, uint64_t effective, struct wire_login *login_out,
                      struct sg_error *error)
{
    struct cursor c = cursor_of(payload);
    struct wire_login *login = login_out;

    *login = (struct wire_login){.capabilities = effective};
    cursor_skip(&c, 4);
    login->max_packet_bytes = cursor_u32(&c);
    login->collation = cursor_u8(&c);
    cursor_skip(&c, FIXED_SIZE - 9);
    login->user = cursor_cstr(&c);
    login->auth_response = read_auth_response(&c, effective);
    if (effective & WIRE_CLIENT_CONNECT_WITH_DB)
        login->database = cursor_cstr_or_rest(&c);
    read_plugin_and_attributes(&c, login);
    if ((effective & WIRE_CLIENT_ZSTD) && cursor_left(&c) > 0)
        login->zstd_level = cursor_u8(&c);
    if (c.failed)
        return wire_malformed(error, "the client's login", cursor_offset(&c));
    return true;
}

static void put(uint8_t *at, uint64_t value, unsigned width)
{
    for (unsigned i = 0; i < width; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

void wire_login_set_capabilities(uint8_t *payload, uint64_t capabilities)
{
    put(payload, capabilities, 4);
    if (!(capabilities & WIRE_CLIENT_MYSQL))
        put(payload + EXTENDED_AT, capabilities >> 32, 4);
}

void wire_ssl_request_write(struct writer *w, struct sg_slice first, uint64_t capabilities)
{
    size_t at = w->size;

    writer_bytes(w, first.data, first.size < FIXED_SIZE ? first.size : FIXED_SIZE);
    if (first.size < FIXED_SIZE)
        writer_zeros(w, FIXED_SIZE - first.size);
    if (!w->overflowed)
        wire_login_set_capabilities(w->start + at, capabilities);
}

/* A length of one byte, where 256 bytes and more have no way of being told. */
static void write_short_slice(struct writer *w, struct sg_slice text)
{
    if (text.size > 0xFF)
        w->overflowed = true;
    writer_u8(w, (uint8_t)text.size);
    writer_slice(w, text);
}

/* Ends at the first NUL whatever stands behind it, so a NUL inside has no way of being told. */
static void write_text(struct writer *w, struct sg_slice text)
{
    if (text.size > 0 && memchr(text.data, 0, text.size) != NULL)
        w->overflowed = true;
    writer_cstr(w, text);
}

static void write_auth_response(struct writer *w, uint64_t effective, struct sg_slice response)
{
    if (effective & WIRE_CLIENT_PLUGIN_AUTH_LENENC)
        writer_lenenc_slice(w, response);
    else if (effective & WIRE_CLIENT_SECURE_CONNECTION)
        write_short_slice(w, response);
    else
        write_text(w, response);
}

void wire_login_write(struct writer *w, struct sg_slice original, const struct wire_login *login,
                      uint64_t capabilities, struct sg_slice auth_response)
{
    uint64_t effective = login->capabilities;

    wire_ssl_request_write(w, original, capabilities);
    write_text(w, login->user);
    write_auth_response(w, effective, auth_response);
    if (effective & WIRE_CLIENT_CONNECT_WITH_DB)
        write_text(w, login->database);
    if (effective & WIRE_CLIENT_PLUGIN_AUTH)
        write_text(w, login->plugin);
    if (effective & WIRE_CLIENT_CONNECT_ATTRS)
        writer_lenenc_slice(w, login->attributes);
    if (capabilities & WIRE_CLIENT_ZSTD)
        writer_u8(w, login->zstd_level);
}

bool wire_attribute_next(struct cursor *c, struct wire_attribute *attribute_out)
{
    if (cursor_left(c) == 0)
        return false;
    attribute_out->name = cursor_lenenc_slice(c);
    attribute_out->value = cursor_lenenc_slice(c);
    return !c->failed;
}

struct sg_slice wire_attribute_find(struct sg_slice attributes, const char *name)
{
    struct cursor c = cursor_of(attributes);
    struct wire_attribute attribute;

    while (wire_attribute_next(&c, &attribute)) {
        if (sg_slice_equal(attribute.name, sg_slice_of(name)))
            return attribute.value;
    }
    return SG_SLICE_EMPTY;
}

/* COM_CHANGE_USER: 11 | user NUL | auth response, one-byte length | database NUL | [collation 2 |
 * plugin NUL | attributes]. What stands in brackets may be missing from the end. */
bool wire_change_user_parse(struct sg_slice payload, uint64_t effective,
                            struct wire_login *login_out, struct sg_error *error)
{
    struct cursor c = cursor_of(payload);
    struct wire_login *login = login_out;

    *login = (struct wire_login){.capabilities = effective};
    cursor_skip(&c, 1);
    login->user = cursor_cstr(&c);
    login->auth_response = effective & WIRE_CLIENT_SECURE_CONNECTION
                               ? cursor_fixed(&c, cursor_u8(&c))
                               : cursor_cstr(&c);
    login->database = cursor_cstr(&c);
    if (cursor_left(&c) > 0) {
        login->collation = cursor_u16(&c);
        read_plugin_and_attributes(&c, login);
    }
    if (c.failed)
        return wire_malformed(error, "COM_CHANGE_USER", cursor_offset(&c));
    return true;
}

void wire_change_user_write(struct writer *w, const struct wire_login *login,
                            struct sg_slice auth_response)
{
    uint64_t effective = login->capabilities;

    writer_u8(w, WIRE_COM_CHANGE_USER);
    write_text(w, login->user);
    if (effective & WIRE_CLIENT_SECURE_CONNECTION)
        write_short_slice(w, auth_response);
    else
        write_text(w, auth_response);
    write_text(w, login->database);
    writer_u16(w, login->collation);
    if (effective & WIRE_CLIENT_PLUGIN_AUTH)
        write_text(w, login->plugin);
    if (effective & WIRE_CLIENT_CONNECT_ATTRS)
        writer_lenenc_slice(w, login->attributes);
}
