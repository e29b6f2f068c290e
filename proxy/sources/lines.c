/* Lines out of a file descriptor; see lines.h. */
#include "sources/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_ROOM ((size_t)256 << 10)

enum sg_status lines_open(struct lines *lines, const char *path, size_t line_max,
                          struct sg_error *error)
{
    struct stat about;
    *lines = (struct lines){.fd = STDIN_FILENO, .line_max = line_max, .room = FIRST_ROOM};
    if (strcmp(path, "-") != 0)
        lines->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (lines->fd < 0)
        return sg_error_set(error, SG_SYSTEM, "%s: %s", path, strerror(errno));
    if (fstat(lines->fd, &about) == 0 && S_ISREG(about.st_mode))
        lines->size = (uint64_t)about.st_size;
    lines->buffer = malloc(lines->room);
    if (lines->buffer)
        return SG_OK;
    lines_close(lines);
    return sg_error_set(error, SG_SYSTEM, "%s: out of memory", path);
}

void lines_close(struct lines *lines)
{
    if (lines->fd > STDIN_FILENO)
        (void)close(lines->fd);
    free(lines->buffer);
    lines->buffer = NULL;
    lines->fd = -1;
}

static bool make_room(struct lines *lines)
{
    if (lines->start > 0) {
        memmove(lines->buffer, lines->buffer + lines->start, lines->end - lines->start);
        lines->end -= lines->start;
        lines->start = 0;
    }
    if (lines->end < lines->room)
        return true;
    char *grown = realloc(lines->buffer, lines->room * 2);
    if (!grown)
        return false;
    lines->buffer = grown;
    lines->room *= 2;
    return true;
}

static enum sg_status fill(struct lines *lines, struct sg_error *error)
{
    if (!make_room(lines))
        return sg_error_set(error, SG_SYSTEM, "out of memory for a line");
    ssize_t got;
    do {
        got = read(lines->fd, lines->buffer + lines->end, lines->room - lines->end);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return sg_error_set(error, SG_SYSTEM, "line %llu: %s",
                            (unsigned long long)lines->number + 1, strerror(errno));
    lines->at_end = got == 0;
    lines->end += (size_t)got;
    return SG_OK;
}

enum sg_status lines_peek(struct lines *lines, size_t most, struct sg_slice *out,
                          struct sg_error *error)
{
    while (!lines->at_end && lines->end - lines->start < most) {
        if (fill(lines, error) != SG_OK)
            return SG_SYSTEM;
    }
    size_t there = lines->end - lines->start;
    *out = sg_slice_make(lines->buffer + lines->start, there < most ? there : most);
    return SG_OK;
}

static enum lines_result hand_out(struct lines *lines, size_t size, bool is_cut,
                                  struct sg_slice *line_out, bool *continues_out)
{
    *line_out = sg_slice_make(lines->buffer + lines->start, size);
    *continues_out = lines->is_cut;
    lines->number += !lines->is_cut;
    lines->is_cut = is_cut;
    lines->start += size;
    lines->read_at += size;
    return LINES_LINE;
}

enum lines_result lines_next(struct lines *lines, struct sg_slice *line_out, bool *continues_out,
                             struct sg_error *error)
{
    size_t searched = 0;
    for (;;) {
        const char *from = lines->buffer + lines->start;
        size_t there = lines->end - lines->start;
        const char *feed =
            there > searched ? memchr(from + searched, '\n', there - searched) : NULL;
        if (feed)
            return hand_out(lines, (size_t)(feed - from) + 1, false, line_out, continues_out);
        if (there >= lines->line_max)
            return hand_out(lines, there, true, line_out, continues_out);
        if (lines->at_end)
            return there ? hand_out(lines, there, false, line_out, continues_out) : LINES_END;
        searched = there;
        if (fill(lines, error) != SG_OK)
            return LINES_FAILED;
    }
}
