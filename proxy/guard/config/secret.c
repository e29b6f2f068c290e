#include "config/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Fills the buffer from the file, up to its end or `capacity`. -1: errno tells. */
static ssize_t read_start(const char *path, char *buffer, size_t capacity)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return -1;
    size_t used = 0;
    ssize_t more;
    do {
        more = read(descriptor, buffer + used, capacity - used);
        used += more > 0 ? (size_t)more : 0;
    } while (more > 0 || (more < 0 && errno == EINTR));
    int failure = errno;
    close(descriptor);
    errno = failure;
    return more < 0 ? -1 : (ssize_t)used;
}

enum sg_status secret_read(const char *path, struct secret *secret, struct sg_error *error)
{
    /* Not through stdio: its buffer would keep a copy. */
    ssize_t used = read_start(path, secret->text, sizeof secret->text);
    if (used < 0) {
        secret_wipe(secret);
        return sg_error_set(error, SG_SYSTEM, "cannot read %s: %s", path, strerror(errno));
    }
    const char *line_end = memchr(secret->text, '\n', (size_t)used);
    size_t size = line_end != NULL ? (size_t)(line_end - secret->text) : (size_t)used;
    if (size > 0 && line_end != NULL && secret->text[size - 1] == '\r')
        size--;
    if (size > SECRET_MAX_BYTES || memchr(secret->text, '\0', size) != NULL) {
        secret_wipe(secret);
        return sg_error_set(error, SG_INVALID, "%s: the first line is not a password: %s", path,
                            size > SECRET_MAX_BYTES ? "it is too long" : "it holds a zero byte");
    }
    explicit_bzero(secret->text + size, sizeof secret->text - size);
    return SG_OK;
}

void secret_wipe(struct secret *secret)
{
    explicit_bzero(secret, sizeof *secret);
}
