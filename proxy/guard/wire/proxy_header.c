/* Reads and writes PROXY headers; see proxy_header.h. Called by session/login. Whom to believe is
 * the caller's matter.
 */
#include "wire/proxy_header.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "wire/cursor.h"

#define V1_SIZE_MAX 107u
#define V2_HEAD     16u

static const char v1_start[] = "PROXY ";
static const char v2_signature[] = "\r\n\r\n\0\r\nQUIT\n";

enum { SIGNATURE_SIZE = 12, COMMAND_LOCAL = 0x20, COMMAND_PROXY = 0x21 };
enum { FAMILY_NONE = 0, FAMILY_TCP4 = 0x11, FAMILY_TCP6 = 0x21, FAMILY_UNIX = 0x31 };

/* --- version 1 ----------------------------------------------------------------------------------
 */

/* The next word; one blank stands behind each but the last. */
static struct sg_slice next_word(struct sg_slice *line)
{
    const char *blank = line->size > 0 ? memchr(line->data, ' ', line->size) : NULL;
    struct sg_slice word = *line;

    if (blank) {
        word.size = (size_t)(blank - line->data);
        *line = sg_slice_make(blank + 1, line->size - word.size - 1);
    } else {
        *line = SG_SLICE_EMPTY;
    }
    return word;
}

static bool read_address(struct sg_slice word, int family, char text_out[INET6_ADDRSTRLEN])
{
    char text[INET6_ADDRSTRLEN];
    uint8_t bytes[16];

    if (word.size == 0 || word.size >= sizeof text)
        return false;
    memcpy(text, word.data, word.size);
    text[word.size] = '\0';
    return inet_pton(family, text, bytes) == 1 &&
           inet_ntop(family, bytes, text_out, INET6_ADDRSTRLEN) != NULL;
}

static bool read_port(struct sg_slice word, uint16_t *port_out)
{
    uint32_t port = 0;

    if (word.size == 0 || word.size > 5)
        return false;
    for (size_t i = 0; i < word.size; i++) {
        if (word.data[i] < '0' || word.data[i] > '9')
            return false;
        port = port * 10 + (uint32_t)(word.data[i] - '0');
    }
    *port_out = (uint16_t)port;
    return port <= UINT16_MAX;
}

static enum wire_proxy_read read_line(struct sg_slice line, struct wire_proxy_header *header)
{
    struct sg_slice family = next_word(&line);
    bool is_v4 = sg_slice_equal(family, SG_SLICE_LITERAL("TCP4"));
    char destination[INET6_ADDRSTRLEN];
    uint16_t port;

    if (sg_slice_equal(family, SG_SLICE_LITERAL("UNKNOWN")))
        return WIRE_PROXY_HEADER;
    if (line.size == 0 || line.data[line.size - 1] == ' ')
        return WIRE_PROXY_MALFORMED;
    if (!is_v4 && !sg_slice_equal(family, SG_SLICE_LITERAL("TCP6")))
        return WIRE_PROXY_MALFORMED;
    if (!read_address(next_word(&line), is_v4 ? AF_INET : AF_INET6, header->source.text) ||
        !read_address(next_word(&line), is_v4 ? AF_INET : AF_INET6, destination) ||
        !read_port(next_word(&line), &header->source.port) || !read_port(next_word(&line), &port) ||
        line.size > 0)
        return WIRE_PROXY_MALFORMED;
    header->told = true;
    return WIRE_PROXY_HEADER;
}

static enum wire_proxy_read read_v1(struct sg_slice bytes, struct wire_proxy_header *header)
{
    size_t known = sizeof v1_start - 1;
    size_t seen = bytes.size < V1_SIZE_MAX ? bytes.size : V1_SIZE_MAX;
    const char *end = memchr(bytes.data, '\n', seen);

    if (!end)
        return bytes.size < V1_SIZE_MAX ? WIRE_PROXY_MORE : WIRE_PROXY_MALFORMED;
    header->size = (size_t)(end - bytes.data) + 1;
    if (header->size < known + 2 || end[-1] != '\r')
        return WIRE_PROXY_MALFORMED;
    return read_line(sg_slice_make(bytes.data + known, header->size - known - 2), header);
}

/* --- version 2 ----------------------------------------------------------------------------------
 */

static enum wire_proxy_read read_v2_address(struct cursor *c, int family, unsigned width,
                                            struct wire_proxy_header *header)
{
    const uint8_t *source = cursor_take(c, width);
    const uint8_t *port;

    cursor_skip(c, width);
    port = cursor_take(c, 2);
    cursor_skip(c, 2);
    if (c->failed || !inet_ntop(family, source, header->source.text, sizeof header->source.text))
        return WIRE_PROXY_MALFORMED;
    header->source.port = (uint16_t)(port[0] << 8 | port[1]);
    header->told = true;
    return WIRE_PROXY_HEADER;
}

static enum wire_proxy_read read_v2(struct sg_slice bytes, struct wire_proxy_header *header)
{
    struct cursor c = cursor_of(bytes);
    struct cursor fields;
    uint8_t command, family;
    const uint8_t *length;

    cursor_skip(&c, SIGNATURE_SIZE);
    command = cursor_u8(&c);
    family = cursor_u8(&c);
    length = cursor_take(&c, 2);
    if (c.failed)
        return WIRE_PROXY_MORE;
    if (command != COMMAND_LOCAL && command != COMMAND_PROXY)
        return WIRE_PROXY_MALFORMED;
    fields = cursor_of(cursor_fixed(&c, (uint64_t)length[0] << 8 | length[1]));
    if (c.failed)
        return WIRE_PROXY_MORE;
    header->size = cursor_offset(&c);
    if (command == COMMAND_LOCAL)
        return WIRE_PROXY_HEADER;
    switch (family) {
    case FAMILY_NONE:
    case FAMILY_UNIX:
        return WIRE_PROXY_HEADER;
    case FAMILY_TCP4:
        return read_v2_address(&fields, AF_INET, 4, header);
    case FAMILY_TCP6:
        return read_v2_address(&fields, AF_INET6, 16, header);
    default:
        return WIRE_PROXY_MALFORMED;
    }
}

static bool starts_with(struct sg_slice bytes, const char *start, size_t size)
{
    return bytes.size == 0 || memcmp(bytes.data, start, bytes.size < size ? bytes.size : size) == 0;
}

enum wire_proxy_read wire_proxy_read(struct sg_slice bytes, struct wire_proxy_header *header_out)
{
    *header_out = (struct wire_proxy_header){0};
    if (starts_with(bytes, v2_signature, SIGNATURE_SIZE))
        return bytes.size < V2_HEAD ? WIRE_PROXY_MORE : read_v2(bytes, header_out);
    if (starts_with(bytes, v1_start, sizeof v1_start - 1))
        return bytes.size < sizeof v1_start - 1 ? WIRE_PROXY_MORE : read_v1(bytes, header_out);
    return WIRE_PROXY_MALFORMED;
}

/* --- writing ------------------------------------------------------------------------------------
 */

/* An address as 16 bytes, IPv4 mapped. */
static bool to_bytes(const char *text, uint8_t bytes[16], bool *is_v4_out)
{
    memset(bytes, 0, 16);
    *is_v4_out = inet_pton(AF_INET, text, bytes + 12) == 1;
    if (*is_v4_out)
        memset(bytes + 10, 0xFF, 2);
    return *is_v4_out || inet_pton(AF_INET6, text, bytes) == 1;
}

struct ends {
    uint8_t source[16];
    uint8_t destination[16];
    bool known;
    bool are_v4;
};

static struct ends ends_of(const char *source, const char *destination)
{
    struct ends ends;
    bool source_is_v4 = false, destination_is_v4 = false;
    bool has_destination;

    ends.known = to_bytes(source, ends.source, &source_is_v4);
    has_destination = to_bytes(destination, ends.destination, &destination_is_v4);
    if (!has_destination)
        memset(ends.destination, 0, sizeof ends.destination);
    ends.are_v4 = source_is_v4 && (destination_is_v4 || !has_destination);
    return ends;
}

static void write_v1(struct writer *w, const struct ends *ends, uint16_t source_port,
                     uint16_t destination_port)
{
    int family = ends->are_v4 ? AF_INET : AF_INET6;
    unsigned skipped = ends->are_v4 ? 12 : 0;
    char source[INET6_ADDRSTRLEN] = "";
    char destination[INET6_ADDRSTRLEN] = "";
    char line[160] = "PROXY UNKNOWN\r\n";

    inet_ntop(family, ends->source + skipped, source, sizeof source);
    inet_ntop(family, ends->destination + skipped, destination, sizeof destination);
    if (ends->known)
        snprintf(line, sizeof line, "PROXY %s %s %s %u %u\r\n", ends->are_v4 ? "TCP4" : "TCP6",
                 source, destination, source_port, destination_port);
    writer_slice(w, sg_slice_of(line));
}

static void write_port(struct writer *w, uint16_t port)
{
    writer_u8(w, (uint8_t)(port >> 8));
    writer_u8(w, (uint8_t)port);
}

static void write_v2(struct writer *w, const struct ends *ends, uint16_t source_port,
                     uint16_t destination_port)
{
    unsigned skipped = ends->are_v4 ? 12 : 0;
    size_t width = 16 - skipped;

    writer_bytes(w, v2_signature, SIGNATURE_SIZE);
    writer_u8(w, ends->known ? COMMAND_PROXY : COMMAND_LOCAL);
    writer_u8(w, !ends->known ? FAMILY_NONE : ends->are_v4 ? FAMILY_TCP4 : FAMILY_TCP6);
    write_port(w, ends->known ? (uint16_t)(2 * width + 4) : 0);
    if (!ends->known)
        return;
    writer_bytes(w, ends->source + skipped, width);
    writer_bytes(w, ends->destination + skipped, width);
    write_port(w, source_port);
    write_port(w, destination_port);
}

void wire_proxy_write(struct writer *w, enum wire_proxy_version version,
                      const struct wire_proxy_address *source,
                      const struct wire_proxy_address *destination)
{
    struct ends ends = ends_of(source->text, destination->text);

    switch (version) {
    case WIRE_PROXY_V1:
        write_v1(w, &ends, source->port, destination->port);
        break;
    case WIRE_PROXY_V2:
        write_v2(w, &ends, source->port, destination->port);
        break;
    }
}
