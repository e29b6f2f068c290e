/* The table of words and its perfect hash. See keyword.h and keyword.def. */
#include "sql/keyword.h"

#include "keyword_hash.h" /* made from keyword.def by cmake/KeywordHash.cmake */

_Static_assert(MIN_WORD_LENGTH == SG_KEYWORD_SIZE_MIN, "keyword.def and keyword.h disagree");
_Static_assert(MAX_WORD_LENGTH == SG_KEYWORD_SIZE_MAX, "keyword.def and keyword.h disagree");

/* When a word is what on one flavour: from the first version, up to and without the second. */
struct word_life {
    uint32_t since;
    uint32_t until;
    uint32_t reserved_since;
    uint32_t reserved_until;
    bool call_only;
};

struct word_row {
    uint16_t word;
    struct word_life on[2]; /* by enum sg_flavour */
};

_Static_assert(SG_FLAVOUR_MYSQL == 0 && SG_FLAVOUR_MARIADB == 1, "word_row.on is indexed by it");

#define EVER UINT32_MAX

#define X                                                                                          \
    {                                                                                              \
        0, 0, 0, 0, false                                                                          \
    }
#define N(from)                                                                                    \
    {                                                                                              \
        from, EVER, 0, 0, false                                                                    \
    }
#define N2(from, to)                                                                               \
    {                                                                                              \
        from, to, 0, 0, false                                                                      \
    }
#define R(from)                                                                                    \
    {                                                                                              \
        from, EVER, from, EVER, false                                                              \
    }
#define R2(from, to)                                                                               \
    {                                                                                              \
        from, to, from, to, false                                                                  \
    }
#define NR(from, reserved)                                                                         \
    {                                                                                              \
        from, EVER, reserved, EVER, false                                                          \
    }
#define RN(from, to)                                                                               \
    {                                                                                              \
        from, EVER, from, to, false                                                                \
    }
#define F(from)                                                                                    \
    {                                                                                              \
        from, EVER, from, EVER, true                                                               \
    }
#define G(from)                                                                                    \
    {                                                                                              \
        from, EVER, 0, 0, true                                                                     \
    }

/* Row by row in the order of keyword.def, as the hash numbers them. */
static const struct word_row ROWS[] = {
#define SG_KEYWORD(text, mysql, mariadb)        {SG_WORD_##text, {mysql, mariadb}},
#define SG_SYNONYM(text, other, mysql, mariadb) {SG_WORD_##other, {mysql, mariadb}},
#include "sql/keyword.def"
#undef SG_KEYWORD
#undef SG_SYNONYM
};

_Static_assert(sizeof ROWS / sizeof ROWS[0] == KEYWORD_ROWS, "the hash was made from another file");

static const char *const WORD_TEXT[SG_WORD_KINDS] = {
    [SG_NO_WORD] = "",
#define SG_KEYWORD(text, mysql, mariadb) [SG_WORD_##text] = #text,
#define SG_SYNONYM(text, other, mysql, mariadb)
#include "sql/keyword.def"
#undef SG_KEYWORD
#undef SG_SYNONYM
};

struct sg_keyword sg_keyword_find(const unsigned char *text, size_t size, enum sg_flavour flavour,
                                  uint32_t version)
{
    const struct sg_keyword none = {SG_NO_WORD, false, false};
    const struct keyword_slot *slot = keyword_lookup((const char *)text, size);
    if (!slot)
        return none;
    const struct word_row *row = &ROWS[slot->row];
    const struct word_life *life = &row->on[flavour];
    if (version < life->since || version >= life->until)
        return none;
    return (struct sg_keyword){
        .word = row->word,
        .reserved = version >= life->reserved_since && version < life->reserved_until,
        .call_only = life->call_only,
    };
}

const char *sg_word_text(enum sg_word word)
{
    return (unsigned)word < SG_WORD_KINDS ? WORD_TEXT[word] : "";
}
