/* The table of words against the servers: tests/corpus/keywords.tsv says of each word, in ten
 * places and for both of them, whether it is an identifier there. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "lex_case.h"

#include "sql/keyword.h"

#define TSV SCHEMAGUARD_SOURCE_DIR "/tests/corpus/keywords.tsv"

enum { COLUMNS_A_SERVER = 10, ALIAS_BEHIND_AS = 2, BEHIND_A_DOT = 8, BEFORE_A_DOT = 9 };

struct counts {
    size_t words;
    size_t reserved;
    size_t wrong;
};

/* Lexes `text` and says whether token number `index` may be an identifier. */
static bool token_is_identifier(const struct sg_server *server, const char *text, size_t index)
{
    struct sg_context context = lex_context(server, 0, SG_CHARSET_UTF8);
    struct sg_lexer lexer;
    struct sg_token token;
    sg_lex_init(&lexer, sg_slice_of(text), &context);
    for (size_t i = 0; i <= index; i++)
        sg_lex_next(&lexer, &token);
    return sg_token_is_identifier(&token);
}

static void compare_word(const struct sg_server *server, const char *word, const char *places,
                         struct counts *counts)
{
    char text[128];
    counts->words++;
    counts->reserved += places[ALIAS_BEHIND_AS] != 'y';
    snprintf(text, sizeof text, "1 as %s ", word);
    bool found = token_is_identifier(server, text, 2);
    bool wrong = found != (places[ALIAS_BEHIND_AS] == 'y');
    snprintf(text, sizeof text, "t.%s", word);
    wrong |= token_is_identifier(server, text, 2) != (places[BEHIND_A_DOT] == 'y');
    snprintf(text, sizeof text, "%s.a", word);
    wrong |= token_is_identifier(server, text, 0) != (places[BEFORE_A_DOT] == 'y');
    counts->wrong += wrong;
    if (wrong)
        print_message("%s: server says %.10s, the lexer %s\n", word, places,
                      found ? "identifier" : "reserved");
}

static void every_word_is_reserved_where_the_server_says_so(void **state)
{
    (void)state;
    const struct sg_server *servers[2] = {&MYSQL, &MARIADB};
    const char *names[2] = {"MySQL 9.7.4", "MariaDB 10.11.19"};
    struct counts counts[2] = {{0}};
    char line[512];
    FILE *file = fopen(TSV, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file)) {
        char places[2 * COLUMNS_A_SERVER + 1] = "";
        size_t count = 0;
        char *word = strtok(line, "\t\n");
        for (char *mark = strtok(NULL, "\t\n"); mark && count < sizeof places - 1;
             mark = strtok(NULL, "\t\n"))
            places[count++] = *mark;
        assert_int_equal(count, 2 * COLUMNS_A_SERVER);
        for (size_t i = 0; i < 2; i++)
            compare_word(servers[i], word, places + i * COLUMNS_A_SERVER, &counts[i]);
    }
    fclose(file);
    for (size_t i = 0; i < 2; i++) {
        print_message("%s: %zu words, %zu reserved, %zu otherwise in the lexer\n", names[i],
                      counts[i].words, counts[i].reserved, counts[i].wrong);
        assert_true(counts[i].words > 800);
        assert_int_equal(counts[i].wrong, 0);
    }
}

/* Every word of keyword.def is found by its text in both letter cases, as itself. */
static void every_word_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum sg_word word;
    } words[] = {
#define SG_KEYWORD(text, mysql, mariadb)        {#text, SG_WORD_##text},
#define SG_SYNONYM(text, other, mysql, mariadb) {#text, SG_WORD_##other},
#include "sql/keyword.def"
#undef SG_KEYWORD
#undef SG_SYNONYM
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        unsigned char text[SG_KEYWORD_SIZE_MAX + 1];
        size_t size = strlen(words[i].text);
        bool found = false;
        for (size_t k = 0; k < size; k++)
            text[k] =
                (unsigned char)(words[i].text[k] | (k % 2 && words[i].text[k] != '_' ? 0x20 : 0));
        for (uint32_t version = 50700; version < 120000 && !found; version += 100) {
            found = sg_keyword_find(text, size, SG_FLAVOUR_MYSQL, version).word == words[i].word ||
                    sg_keyword_find(text, size, SG_FLAVOUR_MARIADB, version).word == words[i].word;
        }
        if (!found)
            print_message("not found: %s\n", words[i].text);
        assert_true(found);
    }
}

static void other_text_is_no_word(void **state)
{
    (void)state;
    const char *texts[] = {"x",         "selec",   "selectt",
                           "sele\xc3t", "se_lect", "SELECT ",
                           "_",         "@elect",  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct sg_keyword found = sg_keyword_find((const unsigned char *)texts[i], strlen(texts[i]),
                                                  SG_FLAVOUR_MYSQL, 90704);
        assert_int_equal(found.word, SG_NO_WORD);
    }
}

static void words_have_texts(void **state)
{
    (void)state;
    assert_string_equal(sg_word_text(SG_NO_WORD), "");
    assert_string_equal(sg_word_text(SG_WORD_SELECT), "SELECT");
    assert_string_equal(sg_word_text(SG_WORD_KINDS), "");
    for (int word = 1; word < SG_WORD_KINDS; word++)
        assert_true(strlen(sg_word_text((enum sg_word)word)) >= SG_KEYWORD_SIZE_MIN);
    for (int kind = 0; kind < SG_TOKEN_KINDS; kind++)
        assert_true(strlen(sg_token_kind_name((enum sg_token_kind)kind)) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_is_reserved_where_the_server_says_so),
        cmocka_unit_test(every_word_is_found),
        cmocka_unit_test(other_text_is_no_word),
        cmocka_unit_test(words_have_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
