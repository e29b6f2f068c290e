/* The one message of a failure. See error.h. */
#include <schemaguard/error.h>

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Messages go into logs line by line, and hold text of servers, files and clients. */
static void keep_on_one_line(char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = ' ';
    }
}

/* A cut must not leave half a UTF-8 character behind. */
static void trim_broken_end(char *text)
{
    size_t size = strlen(text);
    size_t start = size;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80 && size - start < 3)
        start--;
    if (start == 0)
        return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    if (wanted > 1 && size - start + 1 < wanted)
        text[start - 1] = '\0';
}

enum sg_status sg_error_set(struct sg_error *error, enum sg_status status, const char *format, ...)
{
    if (!error || error->status != SG_OK)
        return status;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    error->status = status;
    keep_on_one_line(error->message);
    trim_broken_end(error->message);
    return status;
}

void sg_error_at(struct sg_error *error, const char *format, ...)
{
    if (!error || error->status == SG_OK)
        return;
    char what[sizeof error->message];
    char place[sizeof error->message];
    memcpy(what, error->message, sizeof what);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(place, sizeof place, format, arguments);
    va_end(arguments);
    keep_on_one_line(place);
    trim_broken_end(place);

    size_t used = strlen(place);
    const size_t room = sizeof error->message - 1;
    memcpy(error->message, place, used);
    if (used + 2 <= room) {
        memcpy(error->message + used, ": ", 2);
        used += 2;
    }
    size_t rest = strlen(what);
    if (rest > room - used)
        rest = room - used;
    memcpy(error->message + used, what, rest);
    error->message[used + rest] = '\0';
    trim_broken_end(error->message);
}
