/* The places where a name may stand; see clause.def. */
#ifndef SG_RESOLVE_CLAUSE_H
#define SG_RESOLVE_CLAUSE_H

#include <schemaguard/server.h>
#include <schemaguard/slice.h>

enum sg_clause {
#define SG_CLAUSE(name, phrase, keyword) SG_CLAUSE_##name,
#include "resolve/clause.def"
#undef SG_CLAUSE
    SG_CLAUSE_COUNT
};

/* As this server words it; static text. */
struct sg_slice sg_clause_text(enum sg_clause clause, enum sg_wording wording);

#endif
