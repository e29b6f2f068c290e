/* Reads HandshakeV10 and patches its capabilities; see greeting.h. Called by session/login when the
 * server's first packet is there. */
#define _GNU_SOURCE /* memmem */
#include "wire/greeting.h"

#include <string.h>

#include "wire/capability.h"
#include "wire/cursor.h"

/* Offsets behind the low capability word, see the drawing in greeting.h. */
enum {
    HIGH_WORD_AT = 5,
    EXTENDED_AT = 14,
};

enum wire_first wire_first_classify(struct sg_slice payload)
{
    struct cursor c = cursor_of(payload);
    uint8_t first = cursor_u8(&c);

    if (c.failed)
        return WIRE_FIRST_FOREIGN;
    if (first == 0xFF)
        return WIRE_FIRST_REFUSAL;
    return first == WIRE_PROTOCOL_VERSION ? WIRE_FIRST_GREETING : WIRE_FIRST_FOREIGN;
}

/* Forks keep their version number and drop the name, so the bit counts too. */
static enum sg_flavour read_flavour(struct sg_slice version, uint64_t capabilities)
{
    static const char name[] = "MariaDB";
    bool named =
        version.size > 0 && memmem(version.data, version.size, name, sizeof name - 1) != NULL;

    return named || !(capabilities & WIRE_CLIENT_MYSQL) ? SG_FLAVOUR_MARIADB : SG_FLAVOUR_MYSQL;
}

static void read_nonce(struct cursor *c, uint8_t *nonce, size_t size)
{
    const uint8_t *bytes = cursor_take(c, size);

    if (bytes != NULL)
        memcpy(nonce, bytes, size);
}

/* Protocol::HandshakeV10 behind the low capability word. */
static void parse_tail(struct cursor *c, struct wire_greeting *greeting)
{
    uint32_t extended;

    greeting->collation = cursor_u8(c);
    greeting->status = cursor_u16(c);
    greeting->capabilities |= (uint64_t)cursor_u16(c) << 16;
    cursor_skip(c, 1); /* the nonce's length; 20 and a zero since 4.1 */
    cursor_skip(c, 6);
    extended = cursor_u32(c);
    if (!(greeting->capabilities & WIRE_CLIENT_MYSQL))
        greeting->capabilities |= (uint64_t)extended << 32;
    read_nonce(c, greeting->nonce + 8, WIRE_NONCE_SIZE - 8);
    cursor_skip(c, 1);
    if (greeting->capabilities & WIRE_CLIENT_PLUGIN_AUTH)
        greeting->plugin = cursor_cstr_or_rest(c);
}

bool wire_greeting_parse(struct sg_slice payload, struct wire_greeting *greeting_out,
                         struct sg_error *error)
{
    struct cursor c = cursor_of(payload);
    struct wire_greeting *greeting = greeting_out;

    *greeting = (struct wire_greeting){0};
    if (cursor_u8(&c) != WIRE_PROTOCOL_VERSION)
        c.failed = true;
    greeting->version = cursor_cstr(&c);
    greeting->connection_id = cursor_u32(&c);
    read_nonce(&c, greeting->nonce, 8);
    cursor_skip(&c, 1);
    greeting->capabilities_at = cursor_offset(&c);
    greeting->capabilities = cursor_u16(&c);
    parse_tail(&c, greeting);
    if (c.failed || !(greeting->capabilities & WIRE_CLIENT_PROTOCOL_41))
        return wire_malformed(error, "the server's greeting", cursor_offset(&c));
    greeting->flavour = read_flavour(greeting->version, greeting->capabilities);
    return true;
}

static void put(uint8_t *at, uint64_t value, unsigned width)
{
    for (unsigned i = 0; i < width; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

void wire_greeting_set_capabilities(uint8_t *payload, const struct wire_greeting *greeting,
                                    uint64_t capabilities)
{
    uint8_t *low = payload + greeting->capabilities_at;

    put(low, capabilities, 2);
    put(low + HIGH_WORD_AT, capabilities >> 16, 2);
    if (!(greeting->capabilities & WIRE_CLIENT_MYSQL))
        put(low + EXTENDED_AT, capabilities >> 32, 4);
}
