/* Clause texts; see clause.def. */
#include "resolve/clause.h"

static const struct {
    struct sg_slice phrase;
    struct sg_slice keyword;
} TEXTS[] = {
#define SG_CLAUSE(name, phrase, keyword)                                                           \
    {{(phrase), sizeof(phrase) - 1}, {(keyword), sizeof(keyword) - 1}},
#include "resolve/clause.def"
#undef SG_CLAUSE
};

_Static_assert(sizeof TEXTS / sizeof TEXTS[0] == SG_CLAUSE_COUNT, "a text for each clause");

struct sg_slice sg_clause_text(enum sg_clause clause, enum sg_wording wording)
{
    return wording == SG_WORDING_KEYWORDS ? TEXTS[clause].keyword : TEXTS[clause].phrase;
}
