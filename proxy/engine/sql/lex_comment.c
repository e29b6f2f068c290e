/* What stands between tokens. See lex_comment.h; only the lexer calls it.
 *
 * Followed case by case from what the servers do with the same bytes. MySQL manual, "Comments";
 * MariaDB documentation, "Comment Syntax".
 */
#include "sql/lex_comment.h"

#include "base/scan.h"
#include "sql/lex_bytes.h"

/* Behind the next end mark of a comment, or NULL. `nested`: a comment inside is passed over, one
 * level deep; that is so only in executable comments that are not executed. */
static const unsigned char *find_comment_end(const unsigned char *at, const unsigned char *end,
                                             bool nested)
{
    while (end - at >= 2) {
        at = sg_scan_either(at, end - 1, '*', nested ? '/' : '*');
        if (at == end - 1)
            return NULL;
        if (at[0] == '*' && at[1] == '/')
            return at + 2;
        if (at[0] == '/' && at[1] == '*') {
            at = find_comment_end(at + 2, end, false);
            if (!at)
                return NULL;
        } else {
            at++;
        }
    }
    return NULL;
}

/* Reads the version in front of an executable comment's content: five digits, or six. MySQL takes
 * the sixth only when white space follows it: 500000+1 is then version 50000 and the code 0+1.
 * Returns how many digits were taken, 0 when there is no version. */
static size_t read_version(const struct sg_lexer *lexer, const unsigned char *at, uint32_t *version)
{
    size_t digits = 0;
    *version = 0;
    while (digits < 6 && is_digit(ahead(lexer, at, digits)))
        digits++;
    if (digits < 5)
        return 0;
    if (digits == 6 && lexer->flavour == SG_FLAVOUR_MYSQL && !is_blank(ahead(lexer, at, 6)))
        digits = 5;
    for (size_t i = 0; i < digits; i++)
        *version = *version * 10 + (uint32_t)(at[i] - '0');
    return digits;
}

/* MariaDB passes over what is meant for MySQL 5.7 and later. */
static bool executes(const struct sg_lexer *lexer, uint32_t version, bool for_mariadb)
{
    bool for_mysql = lexer->flavour == SG_FLAVOUR_MARIADB && !for_mariadb && version >= 50700 &&
                     version <= 99999;
    return version <= lexer->version && !for_mysql;
}

/* At an opening mark: behind the comment, or in it when its content is code; NULL: it has no end.
 */
static const unsigned char *skip_long_comment(struct sg_lexer *lexer, const unsigned char *at)
{
    at += 2;
    bool for_mariadb = lexer->flavour == SG_FLAVOUR_MARIADB && byte_at(lexer, at) == 'M' &&
                       ahead(lexer, at, 1) == '!';
    if (!for_mariadb && byte_at(lexer, at) != '!')
        return find_comment_end(at, lexer->end, false);

    uint32_t version;
    at += for_mariadb ? 2 : 1;
    size_t digits = read_version(lexer, at, &version);
    at += digits;
    if (digits > 0 && !executes(lexer, version, for_mariadb))
        return find_comment_end(at, lexer->end, true);
    lexer->in_comment = true;
    return at;
}

/* Two minus signs begin a comment when white space, a control character or the end follows. In some
 * single-byte sets bytes past ASCII are such, in others letters: then nobody knows. */
enum dash_comment { DASH_NO_COMMENT, DASH_COMMENT, DASH_UNKNOWN };

static enum dash_comment look_at_dashes(const struct sg_lexer *lexer, const unsigned char *at)
{
    if (ahead(lexer, at, 1) != '-')
        return DASH_NO_COMMENT;
    unsigned char third = ahead(lexer, at, 2);
    if (third <= ' ' || third == 0x7f)
        return DASH_COMMENT;
    return third >= 0x80 && lexer->charset != SG_CHARSET_UTF8 ? DASH_UNKNOWN : DASH_NO_COMMENT;
}

/* To the end of the line, or to a zero byte, where the servers stop too. */
static const unsigned char *skip_line(const struct sg_lexer *lexer, const unsigned char *at)
{
    return sg_scan_either(at, lexer->end, '\n', 0);
}

/* A zero byte ends the text when it is the last one; what the server cuts off an arriving statement
 * (blanks and semicolons) may follow it. */
static bool ends_at_zero(const struct sg_lexer *lexer, const unsigned char *at)
{
    for (at++; at < lexer->end; at++) {
        if (!is_blank(*at) && *at != ';')
            return false;
    }
    return true;
}

/* One comment, mark or blank at `at`; `at` itself when a token begins there, NULL when the text
 * cannot be read on. */
static const unsigned char *skip_piece(struct sg_lexer *lexer, const unsigned char *at)
{
    switch (BYTE_CLASS[*at]) {
    case CLASS_BLANK:
        return at + 1;
    case CLASS_ZERO:
        return ends_at_zero(lexer, at) ? lexer->end : NULL;
    case CLASS_HASH:
        return skip_line(lexer, at);
    case CLASS_MINUS:
        switch (look_at_dashes(lexer, at)) {
        case DASH_NO_COMMENT:
            return at;
        case DASH_COMMENT:
            return skip_line(lexer, at);
        case DASH_UNKNOWN:
            return NULL;
        }
        return NULL;
    case CLASS_SLASH:
        return ahead(lexer, at, 1) == '*' ? skip_long_comment(lexer, at) : at;
    case CLASS_STAR:
        if (!lexer->in_comment || ahead(lexer, at, 1) != '/')
            return at;
        lexer->in_comment = false; /* the first end mark closes, however many were opened */
        return at + 2;
    default:
        return at;
    }
}

const unsigned char *sg_lex_skip_comments(struct sg_lexer *lexer, const unsigned char *at)
{
    while (at < lexer->end) {
        const unsigned char *behind = skip_piece(lexer, at);
        if (!behind)
            lexer->next = at;
        if (!behind || behind == at)
            return behind;
        at = behind;
    }
    return at;
}
