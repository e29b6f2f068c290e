/* The grammar of values: numbers with units, words, addresses, fingerprints. */
#include "config/settings_value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

#include "config/suggest.h"

/* --- numbers ------------------------------------------------------------------------------- */

struct unit {
    const char *suffix;
    uint64_t factor;
};

static const struct unit COUNT_UNITS[] = {{"", 1}, {NULL, 0}};
static const struct unit SIZE_UNITS[] = {
    {"", 1}, {"K", 1u << 10}, {"M", 1u << 20}, {"G", 1u << 30}, {NULL, 0}};
static const struct unit DURATION_UNITS[] = {{"ms", 1},      {"s", 1000},      {"m", 60000},
                                             {"h", 3600000}, {"d", 86400000u}, {NULL, 0}};

enum number_result { NUMBER_OK, NUMBER_NONE, NUMBER_UNIT, NUMBER_TOO_LARGE };

/* Digits and a unit, in [text, end). A zero needs no unit. */
static enum number_result read_number(const char *text, const char *end, const struct unit *units,
                                      uint64_t *out)
{
    uint64_t number = 0;
    const char *at = text;
    for (; at < end && isdigit((unsigned char)*at); at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, digit, &number))
            return NUMBER_TOO_LARGE;
    }
    if (at == text)
        return NUMBER_NONE;
    while (at < end && *at == ' ')
        at++;
    size_t size = (size_t)(end - at);
    if (number == 0 && size == 0) {
        *out = 0;
        return NUMBER_OK;
    }
    for (const struct unit *unit = units; unit->suffix != NULL; unit++) {
        if (strlen(unit->suffix) == size && strncasecmp(unit->suffix, at, size) == 0)
            return __builtin_mul_overflow(number, unit->factor, out) ? NUMBER_TOO_LARGE : NUMBER_OK;
    }
    return NUMBER_UNIT;
}

/* `what` names the form: "a number", "a size such as 16M" … */
static bool read_in_range(const char *text, const char *range, const struct unit *units,
                          const char *what, uint64_t *out, struct sg_error *error)
{
    const char *dots = strstr(range, "..");
    uint64_t lowest = 0;
    uint64_t highest = 0;
    if (dots == NULL || read_number(range, dots, units, &lowest) != NUMBER_OK ||
        read_number(dots + 2, range + strlen(range), units, &highest) != NUMBER_OK) {
        sg_error_set(error, SG_INVALID, "the range \"%s\" in settings.def is wrong", range);
        return false;
    }
    enum number_result result = read_number(text, text + strlen(text), units, out);
    if (result == NUMBER_OK && *out >= lowest && *out <= highest)
        return true;
    bool is_form = result == NUMBER_NONE || result == NUMBER_UNIT;
    sg_error_set(error, SG_INVALID, "\"%s\" is not %s; allowed: %.*s to %s", text,
                 is_form ? what : "in the range", (int)(dots - range), range, dots + 2);
    return false;
}

bool value_integer(const char *text, const char *range, uint32_t *out, struct sg_error *error)
{
    uint64_t number = 0;
    if (!read_in_range(text, range, COUNT_UNITS, "a whole number", &number, error))
        return false;
    *out = (uint32_t)number;
    return true;
}

bool value_size(const char *text, const char *range, size_t *out, struct sg_error *error)
{
    uint64_t number = 0;
    if (!read_in_range(text, range, SIZE_UNITS, "a size in bytes, or with K, M or G", &number,
                       error))
        return false;
    *out = (size_t)number;
    return true;
}

bool value_duration(const char *text, const char *range, uint64_t *ms_out, struct sg_error *error)
{
    return read_in_range(text, range, DURATION_UNITS, "a time with its unit: ms, s, m, h or d",
                         ms_out, error);
}

/* --- words --------------------------------------------------------------------------------- */

static const struct setting_choice BOOL_WORDS[] = {
    {"false", ""}, {"true", ""}, {"off", ""}, {"on", ""}, {"no", ""}, {"yes", ""}, {NULL, NULL}};

bool value_bool(const char *text, bool *out, struct sg_error *error)
{
    unsigned index = 0;
    if (!value_choice(text, BOOL_WORDS, &index, error))
        return false;
    *out = index % 2 == 1;
    return true;
}

bool value_choice(const char *text, const struct setting_choice *choices, unsigned *out,
                  struct sg_error *error)
{
    char words[256] = "";
    size_t used = 0;
    struct suggestion suggestion = suggest_for(text);
    for (unsigned i = 0; choices[i].word != NULL; i++) {
        if (strcasecmp(text, choices[i].word) == 0) {
            *out = i;
            return true;
        }
        suggest_offer(&suggestion, choices[i].word);
        int more = snprintf(words + used, sizeof words - used, "%s%s", i == 0 ? "" : ", ",
                            choices[i].word);
        if (more > 0 && (size_t)more < sizeof words - used)
            used += (size_t)more;
    }
    if (suggestion.nearest != NULL)
        sg_error_set(error, SG_INVALID, "\"%s\" is none of %s; did you mean \"%s\"?", text, words,
                     suggestion.nearest);
    else
        sg_error_set(error, SG_INVALID, "\"%s\" is none of %s", text, words);
    return false;
}

/* --- text ---------------------------------------------------------------------------------- */

static bool memory_is_out(struct sg_error *error)
{
    sg_error_set(error, SG_LIMIT, "memory is out");
    return false;
}

bool value_text(const char *text, struct sg_arena *arena, const char **out, struct sg_error *error)
{
    *out = NULL;
    if (*text == '\0')
        return true;
    *out = sg_arena_copy(arena, sg_slice_of(text)).data;
    return *out != NULL || memory_is_out(error);
}

/* The next item of a list, without the blanks around it; false at the end. A comma may end the
 * list, so that it can go on in the next line of a file. */
static bool next_item(const char **cursor, struct sg_slice *item_out)
{
    const char *start = *cursor;
    if (start == NULL)
        return false;
    const char *comma = strchr(start, ',');
    const char *end = comma != NULL ? comma : start + strlen(start);
    *cursor = comma != NULL && comma[1] != '\0' ? comma + 1 : NULL;
    while (start < end && isspace((unsigned char)*start))
        start++;
    while (end > start && isspace((unsigned char)end[-1]))
        end--;
    *item_out = sg_slice_make(start, (size_t)(end - start));
    return true;
}

static size_t count_items(const char *text)
{
    size_t count = 1;
    for (; *text != '\0'; text++)
        count += *text == ',';
    return count;
}

/* --- files --------------------------------------------------------------------------------- */

bool value_files(const char *text, struct sg_arena *arena, struct settings_files *out,
                 struct sg_error *error)
{
    *out = (struct settings_files){NULL, 0};
    if (*text == '\0')
        return true;
    const char **items = sg_arena_array(arena, count_items(text), sizeof *items);
    if (items == NULL)
        return memory_is_out(error);
    size_t count = 0;
    struct sg_slice item;
    for (const char *cursor = text; next_item(&cursor, &item);) {
        if (item.size == 0) {
            sg_error_set(error, SG_INVALID, "\"%s\" has an empty place between its commas", text);
            return false;
        }
        items[count] = sg_arena_copy(arena, item).data;
        if (items[count++] == NULL)
            return memory_is_out(error);
    }
    *out = (struct settings_files){items, count};
    return true;
}

/* --- addresses ----------------------------------------------------------------------------- */

static bool fail_address(const char *text, const char *why, struct sg_error *error)
{
    sg_error_set(error, SG_INVALID,
                 "\"%s\" %s; allowed: host:port, [IPv6 address]:port, or the absolute path of a "
                 "Unix socket",
                 text, why);
    return false;
}

static bool read_port(const char *text, uint16_t *out)
{
    uint64_t number = 0;
    if (read_number(text, text + strlen(text), COUNT_UNITS, &number) != NUMBER_OK || number < 1 ||
        number > UINT16_MAX)
        return false;
    *out = (uint16_t)number;
    return true;
}

/* A name or a dotted address: enough to tell a slip of the pen; the resolver has the last word. */
static bool is_host(struct sg_slice host)
{
    if (host.size == 0 || host.size > 253)
        return false;
    for (size_t i = 0; i < host.size; i++) {
        unsigned char letter = (unsigned char)host.data[i];
        if (!isalnum(letter) && letter != '.' && letter != '-' && letter != '_')
            return false;
    }
    return true;
}

static bool is_ipv6(const char *text)
{
    char numeric[INET6_ADDRSTRLEN];
    size_t size = strcspn(text, "%"); /* fe80::1%eth0: the scope is the resolver's */
    struct in6_addr address;
    if (size >= sizeof numeric)
        return false;
    memcpy(numeric, text, size);
    numeric[size] = '\0';
    return inet_pton(AF_INET6, numeric, &address) == 1;
}

/* "[::1]:3306" */
static bool read_bracketed(struct settings_address *address, struct sg_arena *arena,
                           struct sg_error *error)
{
    const char *text = address->text;
    const char *closing = strchr(text, ']');
    if (closing == NULL || closing[1] != ':')
        return fail_address(text, "lacks \"]:\" and a port", error);
    address->host =
        sg_arena_copy(arena, sg_slice_make(text + 1, (size_t)(closing - text - 1))).data;
    if (address->host == NULL)
        return memory_is_out(error);
    if (!is_ipv6(address->host))
        return fail_address(text, "has no IPv6 address between its brackets", error);
    if (!read_port(closing + 2, &address->port))
        return fail_address(text, "has no port from 1 to 65535", error);
    return true;
}

static bool read_host_and_port(struct settings_address *address, struct sg_arena *arena,
                               struct sg_error *error)
{
    const char *text = address->text;
    const char *colon = strchr(text, ':');
    if (colon == NULL)
        return fail_address(text, "has no port", error);
    if (strchr(colon + 1, ':') != NULL)
        return fail_address(text, "has several colons: an IPv6 address stands in brackets", error);
    struct sg_slice host = sg_slice_make(text, (size_t)(colon - text));
    if (host.size == 0 || sg_slice_equal(host, SG_SLICE_LITERAL("*")))
        return fail_address(text, "has no host (all interfaces: 0.0.0.0 or [::])", error);
    if (!is_host(host))
        return fail_address(text, "has no valid host name", error);
    if (!read_port(colon + 1, &address->port))
        return fail_address(text, "has no port from 1 to 65535", error);
    address->host = sg_arena_copy(arena, host).data;
    return address->host != NULL || memory_is_out(error);
}

static bool read_path(struct settings_address *address, struct sg_error *error)
{
    struct sockaddr_un limit;
    address->kind = SETTINGS_ADDRESS_UNIX;
    address->path = address->text;
    if (strlen(address->path) < sizeof limit.sun_path)
        return true;
    sg_error_set(error, SG_INVALID, "\"%s\" is too long for a Unix socket; allowed: %zu bytes",
                 address->text, sizeof limit.sun_path - 1);
    return false;
}

bool value_address(const char *text, struct sg_arena *arena, struct settings_address *out,
                   struct sg_error *error)
{
    *out = (struct settings_address){.kind = SETTINGS_ADDRESS_TCP};
    if (*text == '\0')
        return fail_address(text, "is empty", error);
    out->text = sg_arena_copy(arena, sg_slice_of(text)).data;
    if (out->text == NULL)
        return memory_is_out(error);
    if (*text == '/')
        return read_path(out, error);
    return *text == '[' ? read_bracketed(out, arena, error) : read_host_and_port(out, arena, error);
}

bool value_addresses(const char *text, struct sg_arena *arena, struct settings_addresses *out,
                     struct sg_error *error)
{
    struct settings_address *items = sg_arena_array(arena, count_items(text), sizeof *items);
    if (items == NULL)
        return memory_is_out(error);
    size_t count = 0;
    struct sg_slice item;
    for (const char *cursor = text; next_item(&cursor, &item);) {
        const char *copy = item.size == 0 ? "" : sg_arena_copy(arena, item).data;
        if (copy == NULL)
            return memory_is_out(error);
        if (!value_address(copy, arena, &items[count], error))
            return false;
        for (size_t i = 0; i < count; i++) {
            if (strcmp(items[i].text, items[count].text) == 0) {
                sg_error_set(error, SG_INVALID, "\"%s\" is listed twice", copy);
                return false;
            }
        }
        count++;
    }
    *out = (struct settings_addresses){items, count};
    return true;
}

bool settings_address_is_local(const struct settings_address *address)
{
    if (address->kind == SETTINGS_ADDRESS_UNIX || strcasecmp(address->host, "localhost") == 0)
        return true;
    uint8_t v4[4];
    if (inet_pton(AF_INET, address->host, v4) == 1)
        return v4[0] == 127;
    struct in6_addr v6;
    if (inet_pton(AF_INET6, address->host, &v6) != 1)
        return false;
    return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
}

/* --- networks ------------------------------------------------------------------------------ */

/* As IPv6, IPv4 mapped; `is_v4_out` may be NULL. */
static bool numeric_address(const char *text, uint8_t bytes[16], bool *is_v4_out)
{
    bool is_v4;
    memset(bytes, 0, 16);
    is_v4 = inet_pton(AF_INET, text, bytes + 12) == 1;
    if (is_v4)
        memset(bytes + 10, 0xFF, 2);
    if (is_v4_out != NULL)
        *is_v4_out = is_v4;
    return is_v4 || inet_pton(AF_INET6, text, bytes) == 1;
}

static bool read_network(struct sg_slice item, struct settings_network *network)
{
    char text[INET6_ADDRSTRLEN + 8];
    bool is_v4;
    uint64_t prefix;
    if (item.size == 0 || item.size >= sizeof text)
        return false;
    memcpy(text, item.data, item.size);
    text[item.size] = '\0';
    char *slash = strchr(text, '/');
    if (slash != NULL)
        *slash = '\0';
    if (!numeric_address(text, network->bytes, &is_v4))
        return false;
    unsigned bits = is_v4 ? 32 : 128;
    prefix = bits;
    if (slash != NULL &&
        (read_number(slash + 1, slash + 1 + strlen(slash + 1), COUNT_UNITS, &prefix) != NUMBER_OK ||
         slash[1] == '\0' || prefix > bits))
        return false;
    network->prefix = (unsigned)prefix + (128 - bits);
    return true;
}

bool value_networks(const char *text, struct sg_arena *arena, struct settings_networks *out,
                    struct sg_error *error)
{
    *out = (struct settings_networks){NULL, 0};
    if (*text == '\0')
        return true;
    struct settings_network *items = sg_arena_array(arena, count_items(text), sizeof *items);
    if (items == NULL)
        return memory_is_out(error);
    size_t count = 0;
    struct sg_slice item;
    for (const char *cursor = text; next_item(&cursor, &item);) {
        if (!read_network(item, &items[count])) {
            sg_error_set(error, SG_INVALID,
                         "\"%.*s\" is no network; allowed: an IPv4 or IPv6 address, with /bits for "
                         "a network",
                         (int)item.size, item.data);
            return false;
        }
        count++;
    }
    *out = (struct settings_networks){items, count};
    return true;
}

static bool network_has(const struct settings_network *network, const uint8_t bytes[16])
{
    unsigned whole = network->prefix / 8;
    unsigned rest = network->prefix % 8;
    if (memcmp(network->bytes, bytes, whole) != 0)
        return false;
    return rest == 0 || (network->bytes[whole] ^ bytes[whole]) >> (8 - rest) == 0;
}

bool settings_networks_have(const struct settings_networks *networks, const char *address)
{
    uint8_t bytes[16];
    if (networks->count == 0 || !numeric_address(address, bytes, NULL))
        return false;
    for (size_t i = 0; i < networks->count; i++) {
        if (network_has(&networks->items[i], bytes))
            return true;
    }
    return false;
}

/* --- fingerprints -------------------------------------------------------------------------- */

#define SHA256_DIGITS 64

bool value_digest(const char *text, struct sg_arena *arena, const char **out,
                  struct sg_error *error)
{
    size_t digits = 0;
    bool is_hex = true;
    for (const char *at = text; *at != '\0'; at++) {
        is_hex = is_hex && (*at == ':' || isxdigit((unsigned char)*at));
        digits += *at != ':';
    }
    if (*text != '\0' && (!is_hex || digits != SHA256_DIGITS)) {
        sg_error_set(error, SG_INVALID,
                     "\"%s\" is not a SHA-256 fingerprint: %d hex digits, colons allowed", text,
                     SHA256_DIGITS);
        return false;
    }
    return value_text(text, arena, out, error);
}
