/* Version texts of servers. See server.h. */
#include <schemaguard/server.h>

#include <stddef.h>
#include <strings.h>

/* MariaDB 10 puts this in front of its own version in greetings, for replication's sake. */
static const struct sg_slice COMPATIBILITY_PREFIX = {"5.5.5-", 6};

static bool holds_mariadb(struct sg_slice text)
{
    const size_t size = sizeof "mariadb" - 1;
    for (size_t at = 0; at + size <= text.size; at++) {
        if (strncasecmp(text.data + at, "mariadb", size) == 0)
            return true;
    }
    return false;
}

/* Takes up to three digits off the front; -1 when there is none. */
static int take_number(struct sg_slice *text)
{
    int number = -1;
    while (text->size > 0 && text->data[0] >= '0' && text->data[0] <= '9') {
        number = (number < 0 ? 0 : number * 10) + (text->data[0] - '0');
        if (number > 999)
            return -1;
        *text = sg_slice_make(text->data + 1, text->size - 1);
    }
    return number;
}

static bool take_dot(struct sg_slice *text)
{
    if (text->size == 0 || text->data[0] != '.')
        return false;
    *text = sg_slice_make(text->data + 1, text->size - 1);
    return true;
}

bool sg_server_from_version(struct sg_slice text, struct sg_server *server)
{
    bool mariadb = holds_mariadb(text);
    const struct sg_slice prefix = COMPATIBILITY_PREFIX;
    if (mariadb && text.size > prefix.size && memcmp(text.data, prefix.data, prefix.size) == 0)
        text = sg_slice_make(text.data + prefix.size, text.size - prefix.size);

    int major = take_number(&text);
    if (major <= 0 || !take_dot(&text))
        return false;
    int minor = take_number(&text);
    if (minor < 0 || minor > 99)
        return false;
    /* Some services put a name in the third place ("8.0.mysql_aurora.3.05.2"). */
    int patch = take_dot(&text) ? take_number(&text) : 0;
    if (patch < 0)
        patch = 0;
    if (patch > 99)
        patch = 99;

    server->flavour = mariadb ? SG_FLAVOUR_MARIADB : SG_FLAVOUR_MYSQL;
    server->version = (uint32_t)major * 10000 + (uint32_t)minor * 100 + (uint32_t)patch;
    server->wording = mariadb ? SG_WORDING_KEYWORDS : SG_WORDING_PHRASES;
    return true;
}
