/* Long runs of bytes, sixteen or eight at a time: the one place where a lexer's speed is decided.
 *
 * Both functions look at no byte at or behind `end`. On x86-64 they use SSE2, which every such
 * processor has; elsewhere plain words. The variants are held against each other by a test.
 */
#ifndef BASE_SCAN_H
#define BASE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Letters, digits, `_` and `$`: what may stand in a bare word of SQL, ASCII only. */
static inline bool sg_scan_is_word(unsigned char byte)
{
    unsigned char letter = (unsigned char)((byte | 0x20) - 'a');
    unsigned char digit = (unsigned char)(byte - '0');
    return letter < 26 || digit < 10 || byte == '_' || byte == '$';
}

/* The high bit of every byte of `word` that is zero; of those above the lowest one, perhaps more.
 */
static inline uint64_t sg_scan_zero_bytes(uint64_t word)
{
    return (word - UINT64_C(0x0101010101010101)) & ~word & UINT64_C(0x8080808080808080);
}

static inline const unsigned char *sg_scan_either_by_words(const unsigned char *at,
                                                           const unsigned char *end,
                                                           unsigned char a, unsigned char b)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const uint64_t every_a = UINT64_C(0x0101010101010101) * a;
    const uint64_t every_b = UINT64_C(0x0101010101010101) * b;
    for (; end - at >= 8; at += 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        uint64_t found = sg_scan_zero_bytes(word ^ every_a) | sg_scan_zero_bytes(word ^ every_b);
        if (found)
            return at + (__builtin_ctzll(found) >> 3);
    }
#endif
    while (at < end && *at != a && *at != b)
        at++;
    return at;
}

/* The first byte from `at` on that is `a` or `b`, or `end`. */
static inline const unsigned char *sg_scan_either(const unsigned char *at, const unsigned char *end,
                                                  unsigned char a, unsigned char b)
{
#ifdef __SSE2__
    const __m128i every_a = _mm_set1_epi8((char)a);
    const __m128i every_b = _mm_set1_epi8((char)b);
    for (; end - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i equal =
            _mm_or_si128(_mm_cmpeq_epi8(bytes, every_a), _mm_cmpeq_epi8(bytes, every_b));
        int found = _mm_movemask_epi8(equal);
        if (found)
            return at + __builtin_ctz((unsigned)found);
    }
#endif
    return sg_scan_either_by_words(at, end, a, b);
}

/* The first byte from `at` on that may not stand in a word (sg_scan_is_word), or `end`. */
static inline const unsigned char *sg_scan_word(const unsigned char *at, const unsigned char *end)
{
#ifdef __SSE2__
    for (; end - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i letters =
            _mm_sub_epi8(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
        __m128i digits = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
        /* x <= n, unsigned, is min(x, n) == x */
        __m128i word = _mm_cmpeq_epi8(_mm_min_epu8(letters, _mm_set1_epi8(25)), letters);
        word = _mm_or_si128(word, _mm_cmpeq_epi8(_mm_min_epu8(digits, _mm_set1_epi8(9)), digits));
        word = _mm_or_si128(word, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('_')));
        word = _mm_or_si128(word, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('$')));
        int others = ~_mm_movemask_epi8(word) & 0xffff;
        if (others)
            return at + __builtin_ctz((unsigned)others);
    }
#endif
    while (at < end && sg_scan_is_word(*at))
        at++;
    return at;
}

#endif
