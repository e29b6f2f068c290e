/* From a client's character set to UTF-8; see transcode.h. sg_check calls it for a text that is not
 * ASCII alone.
 *
 * Tables of the Asian sets differ in symbols (a wave dash, a yen sign), so letters and ideographs
 * are taken alone. latin1 is what MySQL calls so: Windows' code page 1252 (MySQL manual, "West
 * European Character Sets"), one table. There symbols are taken too: whoever sends UTF-8 after SET
 * NAMES latin1 writes a name with them (a quoted `größe` is `grÃ¶ÃŸe` to the server). Only 0xA0 is
 * not, which is a blank outside of quotes.
 */
#include "sql/transcode.h"

#include <iconv.h>
#include <stdint.h>
#include <string.h>

#include "sql/charset.h"

/* No character set here makes more of a byte. */
#define GROWTH_MAX 3

static const char *name_of(enum sg_charset charset)
{
    switch (charset) {
    case SG_CHARSET_LATIN1:
        return "CP1252";
    case SG_CHARSET_GBK:
        return "GBK";
    case SG_CHARSET_GB18030:
        return "GB18030";
    case SG_CHARSET_BIG5:
        return "BIG5";
    case SG_CHARSET_SJIS:
        return "SHIFT_JIS";
    case SG_CHARSET_CP932:
        return "CP932";
    case SG_CHARSET_EUCJPMS:
        return "EUC-JP-MS";
    case SG_CHARSET_UJIS:
        return "EUC-JP";
    case SG_CHARSET_EUCKR:
        return "EUC-KR";
    case SG_CHARSET_GB2312:
        return "EUC-CN";
    case SG_CHARSET_SINGLE_BYTE:
    case SG_CHARSET_UTF8:
        break;
    }
    return NULL;
}

/* Bytes of the UTF-8 letter that begins so; what iconv writes is well-formed. */
static size_t utf8_size(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xE0)
        return 2;
    return first < 0xF0 ? 3 : 4;
}

/* Latin, Greek and Cyrillic letters, kana, ideographs, Hangul. */
static bool is_letter(uint32_t code)
{
    if (code >= 0xC0 && code <= 0x52F)
        return code != 0xD7 && code != 0xF7;
    return (code >= 0x3041 && code <= 0x3096) || (code >= 0x30A1 && code <= 0x30FA) ||
           code == 0x30FC || (code >= 0x4E00 && code <= 0x9FFF) ||
           (code >= 0xAC00 && code <= 0xD7A3);
}

static bool is_taken(uint32_t code, enum sg_charset charset)
{
    return charset == SG_CHARSET_LATIN1 ? code != 0xA0 : is_letter(code);
}

static bool is_all_taken(struct sg_slice utf8, enum sg_charset charset)
{
    for (size_t i = 0; i < utf8.size;) {
        const unsigned char *at = (const unsigned char *)utf8.data + i;
        size_t size = utf8_size(*at);
        uint32_t code = size == 2 ? *at & 0x1Fu : *at & 0x0Fu;
        if (size == 4)
            return false;
        for (size_t k = 1; k < size; k++)
            code = code << 6 | (at[k] & 0x3Fu);
        if (size > 1 && !is_taken(code, charset))
            return false;
        i += size;
    }
    return true;
}

bool sg_transcode(struct sg_slice text, enum sg_charset charset, struct sg_arena *arena,
                  struct sg_slice *utf8_out)
{
    const char *name = name_of(charset);
    if (!name || text.size > SIZE_MAX / GROWTH_MAX)
        return false;
    char *utf8 = sg_arena_alloc(arena, text.size * GROWTH_MAX + 1);
    iconv_t converter = utf8 ? iconv_open("UTF-8", name) : (iconv_t)-1;
    if (converter == (iconv_t)-1)
        return false;
    char *from = (char *)(uintptr_t)text.data;
    char *to = utf8;
    size_t left = text.size;
    size_t room = text.size * GROWTH_MAX;
    size_t irreversible = iconv(converter, &from, &left, &to, &room);
    iconv_close(converter);
    *utf8_out = sg_slice_make(utf8, (size_t)(to - utf8));
    return irreversible == 0 && left == 0 && is_all_taken(*utf8_out, charset);
}

size_t sg_transcode_offset(struct sg_slice text, enum sg_charset charset, struct sg_slice utf8,
                           size_t offset)
{
    const unsigned char *start = (const unsigned char *)text.data;
    const unsigned char *at = start;
    const unsigned char *end = start + text.size;
    for (size_t i = 0; i < offset && i < utf8.size && at < end;) {
        size_t size = *at < 0x80 ? 1 : sg_charset_letter(charset, at, end);
        at += size ? size : 1;
        i += utf8_size((unsigned char)utf8.data[i]);
    }
    return (size_t)(at - start);
}
