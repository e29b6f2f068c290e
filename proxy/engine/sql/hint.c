/* Optimizer hints. See hint.h. */
#include "sql/hint.h"

#include <string.h>
#include <strings.h>

static const char *const HINT_WORDS[] = {
    "", /* not one */
    "BKA",
    "BNL",
    "DERIVED_CONDITION_PUSHDOWN",
    "DUPSWEEDOUT",
    "FIRSTMATCH",
    "GROUP_INDEX",
    "HASH_JOIN",
    "INDEX",
    "INDEX_MERGE",
    "INTOEXISTS",
    "JOIN_FIXED_ORDER",
    "JOIN_INDEX",
    "JOIN_ORDER",
    "JOIN_PREFIX",
    "JOIN_SUFFIX",
    "LOOSESCAN",
    "MATERIALIZATION",
    "MAX_EXECUTION_TIME",
    "MERGE",
    "MRR",
    "NO_BKA",
    "NO_BNL",
    "NO_DERIVED_CONDITION_PUSHDOWN",
    "NO_GROUP_INDEX",
    "NO_HASH_JOIN",
    "NO_ICP",
    "NO_INDEX",
    "NO_INDEX_MERGE",
    "NO_JOIN_INDEX",
    "NO_MERGE",
    "NO_MRR",
    "NO_ORDER_INDEX",
    "NO_RANGE_OPTIMIZATION",
    "NO_SEMIJOIN",
    "NO_SKIP_SCAN",
    "ORDER_INDEX",
    "QB_NAME",
    "RESOURCE_GROUP",
    "SEMIJOIN",
    "SET_VAR",
    "SKIP_SCAN",
    "SUBQUERY",
};

#define HINT_WORD_COUNT (sizeof HINT_WORDS / sizeof HINT_WORDS[0])

/* MySQL manual: "Optimizer hints ... are available as of MySQL 5.7.7". */
#define HINTS_SINCE 50707

static bool takes_hints(const struct sg_token *token)
{
    switch (token->word) {
    case SG_WORD_SELECT:
    case SG_WORD_INSERT:
    case SG_WORD_REPLACE:
    case SG_WORD_UPDATE:
    case SG_WORD_DELETE:
        return true;
    default:
        return false;
    }
}

struct sg_slice sg_hint_behind(struct sg_slice text, const struct sg_token *token,
                               const struct sg_server *server)
{
    if (!takes_hints(token) || server->flavour != SG_FLAVOUR_MYSQL || server->version < HINTS_SINCE)
        return SG_SLICE_EMPTY;
    const char *end = text.data + text.size;
    const char *at = text.data + sg_token_end(token);
    while (at < end && (*at == ' ' || (*at >= '\t' && *at <= '\r')))
        at++;
    if (end - at < 3 || memcmp(at, "/*+", 3) != 0)
        return SG_SLICE_EMPTY;
    const char *start = at + 3;
    for (at = start; end - at >= 2; at++) {
        if (at[0] == '*' && at[1] == '/')
            return sg_slice_make(start, (size_t)(at - start));
    }
    return SG_SLICE_EMPTY;
}

uint16_t sg_hint_word(struct sg_slice word)
{
    for (size_t i = 1; i < HINT_WORD_COUNT; i++) {
        if (strlen(HINT_WORDS[i]) == word.size &&
            strncasecmp(HINT_WORDS[i], word.data, word.size) == 0)
            return (uint16_t)i;
    }
    return 0;
}

const char *sg_hint_word_text(uint16_t word)
{
    return word < HINT_WORD_COUNT ? HINT_WORDS[word] : "";
}
