/* Folding of identifiers; see fold.h. Called for every name in a statement, so names in plain ASCII
 * (all but a few) take eight bytes at a step.
 *
 * name-resolution page, "Letter case and letters"
 */
#include "schema/fold.h"

#include <schemaguard/schema.h>

struct fold_run {
    uint16_t first;
    uint16_t last;
    uint16_t step; /* 2: every other letter, where upper and lower case alternate */
    uint16_t to;   /* what `first` folds to; the others keep the distance */
};

#include "schema/fold_table.h"

#define HIGH_BITS  0x8080808080808080u
#define EACH_BYTE  0x0101010101010101u
#define HASH_PRIME 0x9E3779B97F4A7C15u

uint32_t sg_fold_letter(uint32_t letter)
{
    if (letter < 0x80)
        return letter - 'A' < 26 ? letter | 0x20 : letter;
    size_t low = 0;
    size_t high = sizeof FOLD_RUNS / sizeof FOLD_RUNS[0];
    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct fold_run *run = &FOLD_RUNS[middle];
        if (letter > run->last)
            low = middle + 1;
        else if (letter < run->first)
            high = middle;
        else
            return (letter - run->first) % run->step == 0 ? letter - run->first + run->to : letter;
    }
    return letter;
}

/* Eight bytes of ASCII to lower case. Adding carries each byte's comparison into its high bit. */
static uint64_t lower_ascii(uint64_t word)
{
    uint64_t from_a = word + (0x80 - 'A') * EACH_BYTE;
    uint64_t past_z = word + (0x80 - 'Z' - 1) * EACH_BYTE;
    return word | (((from_a ^ past_z) & HIGH_BITS) >> 2);
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * HASH_PRIME;
    return hash ^ (hash >> 29);
}

/* The last bytes of a name as a word with zeros above. */
static uint64_t load_tail(const char *data, size_t size)
{
    uint64_t word = 0;
    for (size_t i = 0; i < size; i++)
        word |= (uint64_t)(unsigned char)data[i] << (8 * i);
    return word;
}

static uint64_t load_word(const char *data)
{
    uint64_t word;
    memcpy(&word, data, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* The letter at *at, which is moved on. Bytes that are not UTF-8 come back one by one, above all
 * letters, so that they equal nothing but themselves. */
static uint32_t next_letter(struct sg_slice name, size_t *at)
{
    const unsigned char *p = (const unsigned char *)name.data + *at;
    size_t left = name.size - *at;
    uint32_t first = p[0];
    size_t more = first < 0x80 ? 0 : first < 0xC2 ? 9 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
    if (more >= left || first > 0xF4) {
        *at += 1;
        return first < 0x80 ? first : 0x110000 + first;
    }
    uint32_t letter = more == 0 ? first : first & (0x3Fu >> more);
    for (size_t i = 1; i <= more; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            *at += 1;
            return 0x110000 + first;
        }
        letter = letter << 6 | (p[i] & 0x3F);
    }
    *at += more + 1;
    return letter;
}

/* Names that are ASCII to their end and those that are not must agree on a letter's contribution
 * only where a folded letter is ASCII (the Kelvin sign is k): so the slow way packs ASCII bytes as
 * the fast one does, and other letters as three bytes. */
static uint64_t hash_letters(struct sg_slice name)
{
    uint64_t hash = 0;
    uint64_t word = 0;
    unsigned filled = 0;
    for (size_t at = 0; at < name.size;) {
        uint32_t letter = sg_fold_letter(next_letter(name, &at));
        for (unsigned left = letter < 0x80 ? 1 : 3; left > 0; left--) {
            word |= (uint64_t)(letter & 0xFF) << (8 * filled);
            letter >>= 8;
            if (++filled == 8) {
                hash = mix(hash, word);
                word = 0;
                filled = 0;
            }
        }
    }
    return mix(mix(hash, word), filled);
}

uint64_t sg_fold_hash(struct sg_slice name)
{
    uint64_t hash = 0;
    const char *p = name.data;
    size_t left = name.size;
    for (; left >= 8; p += 8, left -= 8) {
        uint64_t word = load_word(p);
        if (word & HIGH_BITS)
            return hash_letters(name);
        hash = mix(hash, lower_ascii(word));
    }
    uint64_t tail = load_tail(p, left);
    if (tail & HIGH_BITS)
        return hash_letters(name);
    return mix(mix(hash, lower_ascii(tail)), left);
}

bool sg_fold_equal(struct sg_slice a, struct sg_slice b)
{
    if (sg_slice_equal(a, b))
        return true;
    size_t at_a = 0;
    size_t at_b = 0;
    while (at_a < a.size && at_b < b.size) {
        if (sg_fold_letter(next_letter(a, &at_a)) != sg_fold_letter(next_letter(b, &at_b)))
            return false;
    }
    return at_a == a.size && at_b == b.size;
}

bool sg_is_servers_own(struct sg_slice database)
{
    static const char *const OWN[] = {"information_schema", "mysql", "performance_schema", "sys"};
    for (size_t i = 0; i < sizeof OWN / sizeof OWN[0]; i++) {
        if (sg_fold_equal(database, sg_slice_of(OWN[i])))
            return true;
    }
    return false;
}
