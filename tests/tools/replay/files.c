/* Files in, JSON out. */
#include "replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

void die(const char *what, const char *name)
{
    fprintf(stderr, "corpus-replay: %s %s\n", what, name);
    exit(2);
}

char *read_file(const char *path, size_t *size_out)
{
    gzFile file = strcmp(path, "-") == 0 ? gzdopen(STDIN_FILENO, "rb") : gzopen(path, "rb");
    size_t room = 1 << 16;
    size_t size = 0;
    int got;
    char *text = malloc(room);
    if (!file || !text)
        die("cannot read", path);
    while ((got = gzread(file, text + size, (unsigned)(room - size - 1))) > 0) {
        size += (size_t)got;
        if (room - size < 2 && !(text = realloc(text, room *= 2)))
            die("out of memory for", path);
    }
    if (got < 0 || gzclose(file) != Z_OK)
        die("cannot read all of", path);
    text[size] = '\0';
    *size_out = size;
    return text;
}

void print_string(struct sg_slice text)
{
    putchar('"');
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c < 0x20)
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}
