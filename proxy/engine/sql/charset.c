/* Character sets: names, collation numbers, and where a character ends. See charset.h. */
#include "sql/charset.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

/* All names that may stand in an introducer; those that share a byte structure share a line. */
static const struct known_charset {
    const char *name;
    enum sg_charset charset;
    bool on_mysql;
    bool on_mariadb;
} KNOWN_CHARSETS[] = {
    {"utf8mb4", SG_CHARSET_UTF8, true, true},
    {"utf8", SG_CHARSET_UTF8, true, true},
    {"utf8mb3", SG_CHARSET_UTF8, true, true},
    {"gbk", SG_CHARSET_GBK, true, true},
    {"gb18030", SG_CHARSET_GB18030, true, false},
    {"big5", SG_CHARSET_BIG5, true, true},
    {"sjis", SG_CHARSET_SJIS, true, true},
    {"cp932", SG_CHARSET_CP932, true, true},
    {"eucjpms", SG_CHARSET_EUCJPMS, true, true},
    {"ujis", SG_CHARSET_UJIS, true, true},
    {"euckr", SG_CHARSET_EUCKR, true, true},
    {"gb2312", SG_CHARSET_GB2312, true, true},
    {"latin1", SG_CHARSET_LATIN1, true, true},
    {"binary", SG_CHARSET_SINGLE_BYTE, true, true},
    {"ascii", SG_CHARSET_SINGLE_BYTE, true, true},
    {"armscii8", SG_CHARSET_SINGLE_BYTE, true, true},
    {"cp850", SG_CHARSET_SINGLE_BYTE, true, true},
    {"cp852", SG_CHARSET_SINGLE_BYTE, true, true},
    {"cp866", SG_CHARSET_SINGLE_BYTE, true, true},
    {"cp1250", SG_CHARSET_SINGLE_BYTE, true, true},
    {"cp1251", SG_CHARSET_SINGLE_BYTE, true, true},
    {"cp1256", SG_CHARSET_SINGLE_BYTE, true, true},
    {"cp1257", SG_CHARSET_SINGLE_BYTE, true, true},
    {"dec8", SG_CHARSET_SINGLE_BYTE, true, true},
    {"filename", SG_CHARSET_SINGLE_BYTE, false, true},
    {"geostd8", SG_CHARSET_SINGLE_BYTE, true, true},
    {"greek", SG_CHARSET_SINGLE_BYTE, true, true},
    {"hebrew", SG_CHARSET_SINGLE_BYTE, true, true},
    {"hp8", SG_CHARSET_SINGLE_BYTE, true, true},
    {"keybcs2", SG_CHARSET_SINGLE_BYTE, true, true},
    {"koi8r", SG_CHARSET_SINGLE_BYTE, true, true},
    {"koi8u", SG_CHARSET_SINGLE_BYTE, true, true},
    {"latin2", SG_CHARSET_SINGLE_BYTE, true, true},
    {"latin5", SG_CHARSET_SINGLE_BYTE, true, true},
    {"latin7", SG_CHARSET_SINGLE_BYTE, true, true},
    {"macce", SG_CHARSET_SINGLE_BYTE, true, true},
    {"macroman", SG_CHARSET_SINGLE_BYTE, true, true},
    {"swe7", SG_CHARSET_SINGLE_BYTE, true, true},
    {"tis620", SG_CHARSET_SINGLE_BYTE, true, true},
    /* No client may speak these, but they may stand in an introducer. */
    {"ucs2", SG_CHARSET_SINGLE_BYTE, true, true},
    {"utf16", SG_CHARSET_SINGLE_BYTE, true, true},
    {"utf16le", SG_CHARSET_SINGLE_BYTE, true, true},
    {"utf32", SG_CHARSET_SINGLE_BYTE, true, true},
};

#define KNOWN_CHARSET_COUNT (sizeof KNOWN_CHARSETS / sizeof KNOWN_CHARSETS[0])

static const struct known_charset *find_charset(struct sg_slice name)
{
    for (size_t i = 0; i < KNOWN_CHARSET_COUNT; i++) {
        const char *known = KNOWN_CHARSETS[i].name;
        if (strlen(known) == name.size && strncasecmp(known, name.data, name.size) == 0)
            return &KNOWN_CHARSETS[i];
    }
    return NULL;
}

bool sg_charset_is_known(struct sg_slice name, enum sg_flavour flavour)
{
    const struct known_charset *known = find_charset(name);
    return known && (flavour == SG_FLAVOUR_MARIADB ? known->on_mariadb : known->on_mysql);
}

/* A collation's name is its character set's, an underscore and more; no set has one in its name. */
enum sg_charset sg_charset_from_name(struct sg_slice name)
{
    const char *underscore = name.size > 0 ? memchr(name.data, '_', name.size) : NULL;
    if (underscore)
        name.size = (size_t)(underscore - name.data);
    const struct known_charset *known = find_charset(name);
    return known ? known->charset : SG_CHARSET_SINGLE_BYTE;
}

/* information_schema.COLLATIONS of MySQL 9.7.4; MariaDB 10.11 and 11.8 agree as far as they go. */
static const struct collation_range {
    uint16_t first;
    uint16_t last;
    enum sg_charset charset;
} COLLATION_RANGES[] = {
    {1, 1, SG_CHARSET_BIG5},
    {5, 5, SG_CHARSET_LATIN1},
    {8, 8, SG_CHARSET_LATIN1},
    {12, 12, SG_CHARSET_UJIS},
    {13, 13, SG_CHARSET_SJIS},
    {15, 15, SG_CHARSET_LATIN1},
    {19, 19, SG_CHARSET_EUCKR},
    {24, 24, SG_CHARSET_GB2312},
    {28, 28, SG_CHARSET_GBK},
    {31, 31, SG_CHARSET_LATIN1},
    {33, 33, SG_CHARSET_UTF8},
    {45, 46, SG_CHARSET_UTF8},
    {47, 49, SG_CHARSET_LATIN1},
    {76, 76, SG_CHARSET_UTF8},
    {83, 83, SG_CHARSET_UTF8},
    {84, 84, SG_CHARSET_BIG5},
    {85, 85, SG_CHARSET_EUCKR},
    {86, 86, SG_CHARSET_GB2312},
    {87, 87, SG_CHARSET_GBK},
    {88, 88, SG_CHARSET_SJIS},
    {91, 91, SG_CHARSET_UJIS},
    {94, 94, SG_CHARSET_LATIN1},
    {95, 96, SG_CHARSET_CP932},
    {97, 98, SG_CHARSET_EUCJPMS},
    {192, 247, SG_CHARSET_UTF8},
    {248, 250, SG_CHARSET_GB18030},
    {255, 323, SG_CHARSET_UTF8},
    /* MariaDB's own */
    {576, 579, SG_CHARSET_UTF8},
    {608, 611, SG_CHARSET_UTF8},
    {2048, 2559, SG_CHARSET_UTF8},
};

/* MariaDB's NOPAD collations have the number of the padding one with this bit set. */
#define NOPAD_BIT UINT32_C(1024)

enum sg_charset sg_charset_from_collation_id(uint32_t collation_id)
{
    if (collation_id >= NOPAD_BIT && collation_id < NOPAD_BIT * 2)
        collation_id -= NOPAD_BIT;
    const size_t count = sizeof COLLATION_RANGES / sizeof COLLATION_RANGES[0];
    for (size_t i = 0; i < count; i++) {
        const struct collation_range *range = &COLLATION_RANGES[i];
        if (collation_id >= range->first && collation_id <= range->last)
            return range->charset;
    }
    return SG_CHARSET_SINGLE_BYTE;
}

static inline bool within(unsigned char byte, unsigned char first, unsigned char last)
{
    return byte >= first && byte <= last;
}

static size_t utf8_letter(const unsigned char *at, size_t left)
{
    if (at[0] < 0xc2 || at[0] > 0xf4)
        return 0;
    size_t size = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    if (left < size)
        return 0;
    for (size_t i = 1; i < size; i++) {
        if (!within(at[i], 0x80, 0xbf))
            return 0;
    }
    /* No overlong form, no surrogate, nothing past U+10FFFF. */
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90) ||
        (at[0] == 0xf4 && at[1] > 0x8f) || (at[0] == 0xed && at[1] > 0x9f))
        return 0;
    return size;
}

static size_t gb18030_letter(const unsigned char *at, size_t left)
{
    if (!within(at[0], 0x81, 0xfe) || left < 2)
        return 0;
    if (within(at[1], 0x40, 0x7e) || within(at[1], 0x80, 0xfe))
        return 2;
    bool four = left >= 4 && within(at[1], 0x30, 0x39) && within(at[2], 0x81, 0xfe) &&
                within(at[3], 0x30, 0x39);
    return four ? 4 : 0;
}

/* Half-width katakana, one byte each, are no letters to the servers' scanners. */
static size_t sjis_letter(const unsigned char *at, size_t left)
{
    bool leads = within(at[0], 0x81, 0x9f) || within(at[0], 0xe0, 0xfc);
    bool pair = leads && left >= 2 && (within(at[1], 0x40, 0x7e) || within(at[1], 0x80, 0xfc));
    return pair ? 2 : 0;
}

static size_t japanese_euc_letter(const unsigned char *at, size_t left)
{
    if (left >= 2 && at[0] == 0x8e)
        return within(at[1], 0xa1, 0xdf) ? 2 : 0;
    if (left >= 3 && at[0] == 0x8f)
        return within(at[1], 0xa1, 0xfe) && within(at[2], 0xa1, 0xfe) ? 3 : 0;
    return left >= 2 && within(at[0], 0xa1, 0xfe) && within(at[1], 0xa1, 0xfe) ? 2 : 0;
}

/* Two bytes: a lead in one range, a trail in one of up to three. */
static size_t pair_letter(enum sg_charset charset, const unsigned char *at, size_t left)
{
    if (left < 2)
        return 0;
    bool pair = false;
    if (charset == SG_CHARSET_GBK)
        pair =
            within(at[0], 0x81, 0xfe) && (within(at[1], 0x40, 0x7e) || within(at[1], 0x80, 0xfe));
    else if (charset == SG_CHARSET_BIG5)
        pair =
            within(at[0], 0xa1, 0xf9) && (within(at[1], 0x40, 0x7e) || within(at[1], 0xa1, 0xfe));
    else if (charset == SG_CHARSET_EUCKR)
        pair =
            within(at[0], 0x81, 0xfe) &&
            (within(at[1], 0x41, 0x5a) || within(at[1], 0x61, 0x7a) || within(at[1], 0x81, 0xfe));
    else if (charset == SG_CHARSET_GB2312)
        pair = within(at[0], 0xa1, 0xf7) && within(at[1], 0xa1, 0xfe);
    return pair ? 2 : 0;
}

size_t sg_charset_letter(enum sg_charset charset, const unsigned char *at, const unsigned char *end)
{
    size_t left = (size_t)(end - at);
    switch (charset) {
    case SG_CHARSET_SINGLE_BYTE:
        /* A blank in some sets (0xA0 in latin1, 0xFF in cp866), a letter in others. */
        return at[0] == 0xa0 || at[0] == 0xff ? 0 : 1;
    case SG_CHARSET_LATIN1:
        return at[0] == 0xa0 ? 0 : 1;
    case SG_CHARSET_UTF8:
        return utf8_letter(at, left);
    case SG_CHARSET_GB18030:
        return gb18030_letter(at, left);
    case SG_CHARSET_SJIS:
    case SG_CHARSET_CP932:
        return sjis_letter(at, left);
    case SG_CHARSET_UJIS:
    case SG_CHARSET_EUCJPMS:
        return japanese_euc_letter(at, left);
    case SG_CHARSET_GBK:
    case SG_CHARSET_BIG5:
    case SG_CHARSET_EUCKR:
    case SG_CHARSET_GB2312:
        return pair_letter(charset, at, left);
    }
    return 0;
}
