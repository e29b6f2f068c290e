/* The normal form of statements: every line of a file is one as JSON ({"sql": "..."}), every line
 * that comes out its digest's text, as MySQL's STATEMENT_DIGEST_TEXT() would write it.
 *
 *   digest-lines FILE [mysql|mariadb]
 */
#include <schemaguard/check.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cJSON.h>

#define DIGEST_BYTES ((size_t)1 << 20)

static void print_digest(const char *line, const struct sg_context *context, struct sg_arena *arena)
{
    cJSON *row = cJSON_Parse(line);
    const char *sql = cJSON_GetStringValue(cJSON_GetObjectItem(row, "sql"));
    struct sg_digest digest = {0};
    sg_arena_reset(arena);
    if (!sql || sg_digest(sg_slice_of(sql), context, DIGEST_BYTES, arena, &digest) != SG_OK) {
        fprintf(stderr, "digest-lines: no statement, or no room for it: %.80s\n", line);
        exit(2);
    }
    printf("%.*s\n", (int)digest.text.size, digest.text.data);
    cJSON_Delete(row);
}

int main(int argc, char **argv)
{
    bool mariadb = argc > 2 && strcmp(argv[2], "mariadb") == 0;
    struct sg_server server = {0};
    struct sg_context context = {.server = &server, .charset = SG_CHARSET_UTF8};
    struct sg_arena arena;
    char *line = NULL;
    size_t room = 0;
    FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;
    if (!file ||
        !sg_server_from_version(sg_slice_of(mariadb ? "10.11.19-MariaDB" : "9.7.4"), &server)) {
        fprintf(stderr, "usage: digest-lines FILE [mysql|mariadb]\n");
        return 2;
    }
    sg_arena_init(&arena, (size_t)256 << 20);
    while (getline(&line, &room, file) > 0)
        print_digest(line, &context, &arena);
    sg_arena_fini(&arena);
    fclose(file);
    free(line);
    return 0;
}
