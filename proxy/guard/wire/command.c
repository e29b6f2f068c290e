/* The table of commands and the readers of their payloads; see command.h. Called by
 * session/inspect. */
#include "wire/command.h"

#include "wire/cursor.h"
#include "wire/packet.h"

static const struct wire_command COMMANDS[256] = {
#define COMMAND(byte, name, inspected, answer)                                                     \
    [(byte)] = {"COM_" #name, WIRE_INSPECT_##inspected, WIRE_ANSWER_##answer},
#include "wire/command.def"
#undef COMMAND
};

static const struct wire_command UNKNOWN = {"COM_UNKNOWN", WIRE_INSPECT_NOTHING, WIRE_ANSWER_OK};

const struct wire_command *wire_command_of(uint8_t byte)
{
    return COMMANDS[byte].name != NULL ? &COMMANDS[byte] : &UNKNOWN;
}

/* MySQL 9.7 refuses what is shorter than the fields of these two (1835), MariaDB stays silent. */
static bool is_too_short(struct sg_slice payload, uint8_t command)
{
    return (command == WIRE_COM_STMT_SEND_LONG_DATA && payload.size < 7) ||
           (command == WIRE_COM_STMT_CLOSE && payload.size < 5);
}

enum wire_answer wire_answer_of(struct sg_slice payload, enum sg_flavour flavour)
{
    uint8_t command;

    if (payload.size == 0)
        return WIRE_ANSWER_OK; /* 1047 */
    command = (uint8_t)payload.data[0];
    if (flavour == SG_FLAVOUR_MYSQL && is_too_short(payload, command))
        return WIRE_ANSWER_OK;
    return wire_command_of(command)->answer;
}

/* Types of query attributes as the binary protocol has them (MySQL Source Code Documentation,
 * "Binary Protocol Value"). Only those whose size MySQL 9.7 and the documentation agree on: INT24
 * and YEAR are integers on the page and length-encoded at the server, and no client sends them. */
enum field_type {
    TYPE_DECIMAL = 0x00,
    TYPE_TINY = 0x01,
    TYPE_SHORT = 0x02,
    TYPE_LONG = 0x03,
    TYPE_FLOAT = 0x04,
    TYPE_DOUBLE = 0x05,
    TYPE_TIMESTAMP = 0x07,
    TYPE_LONGLONG = 0x08,
    TYPE_DATE = 0x0A,
    TYPE_TIME = 0x0B,
    TYPE_DATETIME = 0x0C,
    TYPE_VARCHAR = 0x0F,
    TYPE_BIT = 0x10,
    TYPE_VECTOR = 0xF2,
    TYPE_JSON = 0xF5,
    TYPE_NEWDECIMAL = 0xF6,
    TYPE_ENUM = 0xF7,
    TYPE_SET = 0xF8,
    TYPE_TINY_BLOB = 0xF9,
    TYPE_MEDIUM_BLOB = 0xFA,
    TYPE_LONG_BLOB = 0xFB,
    TYPE_BLOB = 0xFC,
    TYPE_VAR_STRING = 0xFD,
    TYPE_STRING = 0xFE,
    TYPE_GEOMETRY = 0xFF,
};

/* Steps over one value; a type that is not listed fails, since its size would be a guess. */
static void skip_value(struct cursor *c, uint8_t type)
{
    switch (type) {
    case TYPE_TINY:
        cursor_skip(c, 1);
        return;
    case TYPE_SHORT:
        cursor_skip(c, 2);
        return;
    case TYPE_LONG:
    case TYPE_FLOAT:
        cursor_skip(c, 4);
        return;
    case TYPE_LONGLONG:
    case TYPE_DOUBLE:
        cursor_skip(c, 8);
        return;
    case TYPE_DATE:
    case TYPE_TIME:
    case TYPE_DATETIME:
    case TYPE_TIMESTAMP:
        cursor_skip(c, cursor_u8(c)); /* these carry their size in one byte */
        return;
    case TYPE_DECIMAL:
    case TYPE_VARCHAR:
    case TYPE_BIT:
    case TYPE_VECTOR:
    case TYPE_JSON:
    case TYPE_NEWDECIMAL:
    case TYPE_ENUM:
    case TYPE_SET:
    case TYPE_TINY_BLOB:
    case TYPE_MEDIUM_BLOB:
    case TYPE_LONG_BLOB:
    case TYPE_BLOB:
    case TYPE_VAR_STRING:
    case TYPE_STRING:
    case TYPE_GEOMETRY:
        cursor_skip(c, cursor_lenenc(c));
        return;
    default:
        c->failed = true;
        return;
    }
}

/* COM_QUERY: ... | null bitmap | new-params-bound 1 | (type 2 | lenenc name) each | values. */
static void skip_parameters(struct cursor *c, uint64_t count)
{
    struct cursor types;
    const uint8_t *nulls;

    if (count >
        cursor_left(c) / 3) /* each takes three bytes at least: no loop over what is not there */
        c->failed = true;
    nulls = cursor_take(c, count / 8 + (count % 8 > 0));
    if (cursor_u8(c) != 1)
        c->failed = true;
    types = *c;
    for (uint64_t i = 0; i < count && !c->failed; i++) {
        cursor_skip(c, 2);
        cursor_skip(c, cursor_lenenc(c));
    }
    for (uint64_t i = 0; i < count && !c->failed; i++) {
        uint8_t type = cursor_u8(&types);

        cursor_skip(&types, 1);
        cursor_skip(&types, cursor_lenenc(&types));
        if (!(nulls[i / 8] & 1u << (i % 8)))
            skip_value(c, type);
    }
}

bool wire_sql_parse(struct sg_slice payload, uint64_t effective, struct sg_slice *sql_out)
{
    struct cursor c = cursor_of(payload);
    uint8_t command = cursor_u8(&c);

    if (command == WIRE_COM_QUERY && (effective & WIRE_CLIENT_QUERY_ATTRIBUTES)) {
        uint64_t count = cursor_lenenc(&c);
        uint64_t sets = cursor_lenenc(&c);

        if (sets != 1)
            c.failed = true;
        if (count > 0)
            skip_parameters(&c, count);
    }
    if (c.failed)
        return false;
    *sql_out = cursor_rest(&c);
    return true;
}

bool wire_database_parse(struct sg_slice payload, struct sg_slice *database_out)
{
    struct cursor c = cursor_of(payload);

    cursor_skip(&c, 1);
    *database_out = cursor_rest(&c);
    return !c.failed;
}

bool wire_field_list_parse(struct sg_slice payload, struct sg_slice *table_out,
                           struct sg_slice *wildcard_out)
{
    struct cursor c = cursor_of(payload);

    cursor_skip(&c, 1);
    *table_out = cursor_cstr(&c);
    *wildcard_out = cursor_rest(&c);
    return !c.failed;
}

bool wire_statement_id_parse(struct sg_slice payload, uint32_t *id_out)
{
    struct cursor c = cursor_of(payload);

    cursor_skip(&c, 1);
    *id_out = cursor_u32(&c);
    return !c.failed;
}

bool wire_set_option_parse(struct sg_slice payload, bool *multi_statements_out)
{
    struct cursor c = cursor_of(payload);
    uint16_t option;

    cursor_skip(&c, 1);
    option = cursor_u16(&c);
    *multi_statements_out = option == 0;
    return !c.failed && option <= 1;
}

/* As wire_packet_write, with the command byte in front of the argument. */
uint8_t wire_command_write(struct writer *w, uint8_t command, struct sg_slice argument)
{
    uint64_t packets = wire_packet_count((uint64_t)argument.size + 1);
    size_t done = 0;

    for (uint64_t i = 0; i < packets; i++) {
        size_t lead = i == 0 ? 1 : 0;
        size_t room = WIRE_PAYLOAD_MAX - lead;
        size_t take = argument.size - done < room ? argument.size - done : room;
        uint8_t header[WIRE_HEADER_SIZE];

        wire_header_write(header, (struct wire_header){(uint32_t)(lead + take), (uint8_t)i});
        writer_bytes(w, header, sizeof header);
        writer_bytes(w, &command, lead);
        if (take > 0)
            writer_bytes(w, argument.data + done, take);
        done += take;
    }
    return (uint8_t)(packets - 1);
}

void wire_statement_close_write(struct writer *w, uint32_t id)
{
    size_t at = writer_packet_begin(w);

    writer_u8(w, WIRE_COM_STMT_CLOSE);
    writer_u32(w, id);
    writer_packet_end(w, at, 0);
}

void wire_quit_write(struct writer *w)
{
    size_t at = writer_packet_begin(w);

    writer_u8(w, WIRE_COM_QUIT);
    writer_packet_end(w, at, 0);
}
