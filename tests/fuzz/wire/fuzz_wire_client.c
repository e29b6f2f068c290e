/* Foreign bytes from the client's side: framing, logins, COM_CHANGE_USER, commands.
 *
 * Input: capabilities 8 | sizes of the first cuts 4 | bytes. The bytes are one payload for every
 * reader of the client's packets, and a stream of packets for the walk, whose frames must not
 * depend on cuts.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/auth.h"
#include "wire/command.h"
#include "wire/login.h"
#include "wire/packet.h"

enum { HEAD = 12, CUTS_AT = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* Slices handed out must lie in what was handed in; reading their ends shows it to the sanitizer.
 */
static void touch(struct sg_slice text)
{
    static volatile char sink;

    if (text.size > 0)
        sink = (char)(text.data[0] ^ text.data[text.size - 1]);
    (void)sink;
}

static void touch_login(const struct wire_login *login)
{
    struct cursor c = cursor_of(login->attributes);
    struct wire_attribute attribute;

    touch(login->user);
    touch(login->auth_response);
    touch(login->database);
    touch(login->plugin);
    touch(wire_attribute_find(login->attributes, "program_name"));
    while (wire_attribute_next(&c, &attribute)) {
        touch(attribute.name);
        touch(attribute.value);
    }
}

/* What was parsed, written and parsed again is the same. */
static void try_login(struct sg_slice payload, uint64_t effective)
{
    uint8_t buffer[4096];
    struct writer w = writer_make(buffer, sizeof buffer);
    struct wire_login login, again;
    uint64_t sent = 0;
    enum wire_login_kind kind = wire_login_classify(payload, &sent);

    if (!wire_login_parse(payload, effective, &login, NULL))
        return;
    touch_login(&login);
    require(kind != WIRE_LOGIN_MALFORMED);
    wire_login_write(&w, payload, &login, effective, login.auth_response);
    if (w.overflowed)
        return;
    require(wire_login_parse(writer_result(&w), effective, &again, NULL));
    require(sg_slice_equal(login.user, again.user));
    require(sg_slice_equal(login.auth_response, again.auth_response));
    require(sg_slice_equal(login.database, again.database));
    require(sg_slice_equal(login.attributes, again.attributes));
}

static void try_change_user(struct sg_slice payload, uint64_t effective)
{
    uint8_t buffer[4096];
    struct writer w = writer_make(buffer, sizeof buffer);
    struct wire_login login, again;

    if (!wire_change_user_parse(payload, effective, &login, NULL))
        return;
    touch_login(&login);
    wire_change_user_write(&w, &login, login.auth_response);
    if (w.overflowed)
        return;
    require(wire_change_user_parse(writer_result(&w), effective, &again, NULL));
    require(sg_slice_equal(login.user, again.user));
    require(sg_slice_equal(login.database, again.database));
    require(login.collation == again.collation);
}

static void try_commands(struct sg_slice payload, uint64_t effective)
{
    struct sg_slice first = SG_SLICE_EMPTY, second = SG_SLICE_EMPTY;
    struct wire_secret secret;
    uint32_t id;
    bool on;

    if (wire_sql_parse(payload, effective, &first)) {
        touch(first);
        require(first.size < payload.size);
        require(first.size == 0 || first.data + first.size == payload.data + payload.size);
    }
    if (wire_database_parse(payload, &first))
        touch(first);
    if (wire_field_list_parse(payload, &first, &second)) {
        touch(first);
        touch(second);
    }
    (void)!wire_statement_id_parse(payload, &id);
    (void)!wire_set_option_parse(payload, &on);
    (void)wire_answer_of(payload, SG_FLAVOUR_MYSQL);
    (void)wire_auth_wants_key(WIRE_PLUGIN_SHA256, payload);
    if (wire_secret_from_clear(&secret, payload))
        require(secret.size + 1u == payload.size);
}

/* A hash of all frames, however the bytes were cut. */
static uint64_t walk_frames(const uint8_t *bytes, size_t size, const uint8_t *cuts)
{
    struct wire_walk walk = {0};
    uint64_t hash = 14695981039346656037u;
    size_t at = 0;

    for (size_t i = 0; at < size; i++) {
        size_t left = size - at;
        size_t piece_size =
            cuts != NULL && cuts[i % 4] > 0 && cuts[i % 4] < left ? cuts[i % 4] : left;
        uint8_t *piece_bytes = malloc(piece_size);
        size_t done = 0;

        require(piece_bytes != NULL);
        memcpy(piece_bytes, bytes + at, piece_size);
        while (done < piece_size) {
            struct wire_piece piece = wire_walk_next(&walk, piece_bytes + done, piece_size - done);

            require(piece.size > 0 && piece.size <= piece_size - done);
            if (piece.packet_begins)
                hash = (hash ^ piece.sequence ^ piece.packet_length << 8) * 1099511628211u;
            if (piece.frame_begins)
                hash = (hash ^ 0x100) * 1099511628211u;
            for (size_t k = 0; k < piece.payload.size; k++)
                hash = (hash ^ (uint8_t)piece.payload.data[k]) * 1099511628211u;
            if (piece.frame_ends)
                hash = (hash ^ 0x200) * 1099511628211u;
            done += piece.size;
        }
        free(piece_bytes);
        at += piece_size;
    }
    return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor head = cursor_make(data, size);
    uint64_t effective = cursor_u64(&head);
    uint8_t *bytes;
    size_t payload_size;

    if (size < HEAD)
        return 0;
    payload_size = size - HEAD;
    bytes = malloc(payload_size > 0 ? payload_size : 1);
    require(bytes != NULL);
    memcpy(bytes, data + HEAD, payload_size);
    try_login(sg_slice_make(bytes, payload_size), effective);
    try_change_user(sg_slice_make(bytes, payload_size), effective);
    try_commands(sg_slice_make(bytes, payload_size), effective);
    require(walk_frames(bytes, payload_size, NULL) ==
            walk_frames(bytes, payload_size, data + CUTS_AT));
    free(bytes);
    return 0;
}
