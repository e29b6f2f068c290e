/* A 64-bit hash of bytes, for tables and for recognising text again. Not for secrets, and not safe
 * against someone who looks for collisions unless `seed` is unknown to him. The same on every
 * machine and in every version: it is written into logs.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <schemaguard/slice.h>

/* Mixes one word into a running hash. */
static inline uint64_t sg_hash_word(uint64_t hash, uint64_t word)
{
    const unsigned __int128 product = (unsigned __int128)(hash ^ UINT64_C(0x9e3779b97f4a7c15)) *
                                      (word ^ UINT64_C(0xd6e8feb86659fd93));
    /* Added once more, so that no state can swallow a word. */
    return ((uint64_t)product ^ (uint64_t)(product >> 64)) + word;
}

static inline uint64_t sg_hash_load(const unsigned char *data, size_t size)
{
    uint64_t word = 0;
    memcpy(&word, data, size);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* Mixes the bytes and their number into a running hash. */
static inline uint64_t sg_hash_bytes(uint64_t hash, struct sg_slice bytes)
{
    const unsigned char *next = (const unsigned char *)bytes.data;
    size_t left = bytes.size;
    hash = sg_hash_word(hash, (uint64_t)left);
    for (; left >= 8; left -= 8, next += 8)
        hash = sg_hash_word(hash, sg_hash_load(next, 8));
    if (left > 0)
        hash = sg_hash_word(hash, sg_hash_load(next, left));
    return hash;
}

#endif
