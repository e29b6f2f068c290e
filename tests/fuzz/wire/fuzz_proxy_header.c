/* Foreign PROXY headers: what is read lies within the bytes, does not depend on what stands behind
 * the header, and comes back when it is written and read again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/proxy_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void try_again(const struct wire_proxy_header *header, enum wire_proxy_version version)
{
    static const struct wire_proxy_address nowhere = {.text = ""};
    uint8_t bytes[WIRE_PROXY_WRITE_MAX];
    struct writer w = writer_make(bytes, sizeof bytes);
    struct wire_proxy_header again;

    wire_proxy_write(&w, version, &header->source, &nowhere);
    require(!w.overflowed);
    require(wire_proxy_read(writer_result(&w), &again) == WIRE_PROXY_HEADER);
    require(again.told && again.size == writer_result(&w).size);
    require(again.source.port == header->source.port);
    require(strcmp(again.source.text, header->source.text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sg_slice bytes = sg_slice_make(data, size);
    struct wire_proxy_header header, exact;

    switch (wire_proxy_read(bytes, &header)) {
    case WIRE_PROXY_HEADER:
        require(header.size > 0 && header.size <= size);
        require(wire_proxy_read(sg_slice_make(data, header.size), &exact) == WIRE_PROXY_HEADER);
        require(exact.size == header.size && exact.told == header.told);
        require(wire_proxy_read(sg_slice_make(data, header.size - 1), &exact) == WIRE_PROXY_MORE);
        if (header.told) {
            try_again(&header, WIRE_PROXY_V1);
            try_again(&header, WIRE_PROXY_V2);
        }
        break;
    case WIRE_PROXY_MORE:
        require(size < 16 + UINT16_MAX);
        break;
    case WIRE_PROXY_MALFORMED:
        require(!header.told);
        break;
    }
    return 0;
}
