/* A file read line by line in bounded memory. */
#ifndef SOURCES_LINES_H
#define SOURCES_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/error.h>
#include <schemaguard/slice.h>

struct lines {
    int fd;
    char *buffer;
    size_t start; /* the bytes not yet handed out: [start, end) */
    size_t end;
    size_t room;
    size_t line_max;
    bool at_end;      /* the file has nothing more */
    bool is_cut;      /* the line handed out last goes on */
    uint64_t number;  /* of the line handed out last, from 1 */
    uint64_t read_at; /* bytes handed out */
    uint64_t size;    /* of the file; 0 = not known */
};

/* Caller's storage. `path` "-" is standard input. A line longer than `line_max` comes in pieces. */
SG_MUST_CHECK enum sg_status lines_open(struct lines *lines, const char *path, size_t line_max,
                                        struct sg_error *error);
void lines_close(struct lines *lines);

enum lines_result { LINES_LINE, LINES_END, LINES_FAILED };

/* The next line with its line feed (the last one may have none), good until the next call.
 * *continues_out: it is a further piece of the line before. */
enum lines_result lines_next(struct lines *lines, struct sg_slice *line_out, bool *continues_out,
                             struct sg_error *error);

/* The first bytes that the next calls will hand out, at most `most` of them. */
SG_MUST_CHECK enum sg_status lines_peek(struct lines *lines, size_t most, struct sg_slice *out,
                                        struct sg_error *error);

#endif
