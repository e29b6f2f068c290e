/* Reads the recorded conversations under tests/support/conversations (record_conversations.py
 * writes them and tells their format), and helps to hand bytes out in pieces that end where
 * AddressSanitizer looks.
 */
#ifndef TESTS_CONVERSATION_H
#define TESTS_CONVERSATION_H

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <schemaguard/server.h>

#define CONVERSATIONS SCHEMAGUARD_SOURCE_DIR "/tests/support/conversations"

struct conversation_line {
    char kind;      /* '>' from the client, '<' from the server, '=' an outcome */
    uint8_t *bytes; /* one packet with its header, or the outcome's text with a NUL */
    size_t size;
};

struct conversation {
    char name[256];
    enum sg_flavour flavour;
    uint64_t effective;
    struct conversation_line *lines;
    size_t count;
};

static inline void *conversation_allocate(size_t size)
{
    void *memory = malloc(size > 0 ? size : 1);

    if (memory == NULL)
        abort();
    return memory;
}

/* A copy of exactly `size` bytes on the heap, so that a read behind them is found out. */
static inline uint8_t *conversation_copy(const void *bytes, size_t size)
{
    uint8_t *copy = conversation_allocate(size);

    if (size > 0)
        memcpy(copy, bytes, size);
    return copy;
}

static inline int conversation_hex(char digit)
{
    return digit <= '9' ? digit - '0' : digit - 'a' + 10;
}

static inline void conversation_add(struct conversation *c, char kind, const char *text)
{
    struct conversation_line *line;
    size_t size = strcspn(text, "\n");

    c->lines = realloc(c->lines, (c->count + 1) * sizeof *c->lines);
    if (c->lines == NULL)
        abort();
    line = &c->lines[c->count++];
    line->kind = kind;
    line->size = kind == '=' ? size + 1 : size / 2;
    line->bytes = conversation_allocate(line->size);
    if (kind == '=') {
        memcpy(line->bytes, text, size);
        line->bytes[size] = 0;
        return;
    }
    for (size_t i = 0; i < line->size; i++)
        line->bytes[i] =
            (uint8_t)(conversation_hex(text[2 * i]) << 4 | conversation_hex(text[2 * i + 1]));
}

/* Aborts when the file cannot be read: a test without its data must not pass. */
static inline struct conversation conversation_load(const char *name)
{
    struct conversation c = {0};
    char path[1024];
    char *line = NULL;
    size_t room = 0;
    FILE *file;

    snprintf(c.name, sizeof c.name, "%s", name);
    snprintf(path, sizeof path, "%s/%s", CONVERSATIONS, name);
    file = fopen(path, "r");
    if (file == NULL) {
        perror(path);
        abort();
    }
    while (getline(&line, &room, file) > 0) {
        if (strncmp(line, "flavour ", 8) == 0)
            c.flavour =
                strncmp(line + 8, "mariadb", 7) == 0 ? SG_FLAVOUR_MARIADB : SG_FLAVOUR_MYSQL;
        else if (strncmp(line, "effective ", 10) == 0)
            c.effective = strtoull(line + 10, NULL, 16);
        else if (strchr("<>=", line[0]) != NULL)
            conversation_add(&c, line[0], line + 2);
    }
    free(line);
    fclose(file);
    return c;
}

static inline void conversation_free(struct conversation *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->lines[i].bytes);
    free(c->lines);
}

/* Calls `use` for every recording whose name starts with `prefix`; returns how many there were. */
static inline size_t conversation_each(const char *prefix, void (*use)(const struct conversation *))
{
    DIR *folder = opendir(CONVERSATIONS);
    struct dirent *entry;
    size_t count = 0;

    if (folder == NULL)
        abort();
    while ((entry = readdir(folder)) != NULL) {
        const char *dot = strrchr(entry->d_name, '.');
        struct conversation c;

        if (dot == NULL || strcmp(dot, ".txt") != 0 ||
            strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
            continue;
        c = conversation_load(entry->d_name);
        use(&c);
        conversation_free(&c);
        count++;
    }
    closedir(folder);
    return count;
}

#endif
