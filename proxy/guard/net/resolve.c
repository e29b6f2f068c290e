/* The addresses of host names, with a small memory per worker.
 *
 * A session connects anew for each client, and a lookup costs a hop to the thread pool, often a
 * packet to a name server. Five seconds are shorter than the time to live of the names that managed
 * databases fail over by. Called by stream_connect.c.
 */
#include "net/resolve.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#define KEEP_MS 5000u
#define ENTRIES 8u /* a guard has one server, and perhaps a few names for it */

struct entry {
    char host[ENDPOINT_HOST_MAX + 1];
    uint64_t until_ms;
    struct resolve_list list;
};

struct resolve_cache {
    struct entry entries[ENTRIES];
    unsigned next; /* to be replaced */
};

struct resolve_cache *resolve_cache_new(void)
{
    return calloc(1, sizeof(struct resolve_cache));
}

void resolve_cache_free(struct resolve_cache *cache)
{
    free(cache);
}

static struct entry *find(struct worker *worker, const char *host)
{
    struct resolve_cache *cache = worker_buffers(worker)->resolved;
    for (unsigned i = 0; i < ENTRIES; i++)
        if (cache->entries[i].list.count > 0 && strcmp(cache->entries[i].host, host) == 0)
            return &cache->entries[i];
    return NULL;
}

static void set_port(union resolve_address *address, uint16_t port)
{
    if (address->any.sa_family == AF_INET6)
        address->v6.sin6_port = htons(port);
    else
        address->v4.sin_port = htons(port);
}

static void set_ports(struct resolve_list *list, uint16_t port)
{
    for (unsigned i = 0; i < list->count; i++)
        set_port(&list->at[i], port);
}

static bool read_literal(const char *host, union resolve_address *address)
{
    memset(address, 0, sizeof(*address));
    if (inet_pton(AF_INET, host, &address->v4.sin_addr) == 1) {
        address->v4.sin_family = AF_INET;
        return true;
    }
    if (inet_pton(AF_INET6, host, &address->v6.sin6_addr) == 1) {
        address->v6.sin6_family = AF_INET6;
        return true;
    }
    return false;
}

enum resolve_answer resolve_known(struct worker *worker, const struct endpoint *endpoint,
                                  struct resolve_list *list_out)
{
    const char *host = endpoint->host[0] ? endpoint->host : "127.0.0.1";
    if (read_literal(host, &list_out->at[0])) {
        list_out->count = 1;
        set_ports(list_out, endpoint->port);
        return RESOLVE_LITERAL;
    }
    const struct entry *entry = find(worker, host);
    if (!entry || entry->until_ms <= worker_now_ms(worker))
        return RESOLVE_UNKNOWN;
    *list_out = entry->list;
    set_ports(list_out, endpoint->port);
    return RESOLVE_REMEMBERED;
}

static struct entry *entry_for(struct worker *worker, const char *host)
{
    struct entry *entry = find(worker, host);
    if (entry)
        return entry;
    struct resolve_cache *cache = worker_buffers(worker)->resolved;
    entry = &cache->entries[cache->next];
    cache->next = (cache->next + 1) % ENTRIES;
    return entry;
}

bool resolve_take(struct worker *worker, const struct endpoint *endpoint,
                  const struct addrinfo *found, struct resolve_list *list_out)
{
    memset(list_out, 0, sizeof(*list_out));
    for (; found && list_out->count < RESOLVE_MOST; found = found->ai_next) {
        bool is_usable = (found->ai_family == AF_INET || found->ai_family == AF_INET6) &&
                         found->ai_addrlen <= sizeof(union resolve_address);
        if (is_usable)
            memcpy(&list_out->at[list_out->count++], found->ai_addr, found->ai_addrlen);
    }
    if (list_out->count == 0)
        return false;
    set_ports(list_out, endpoint->port);
    struct entry *entry = entry_for(worker, endpoint->host);
    entry->list = *list_out;
    entry->until_ms = worker_now_ms(worker) + KEEP_MS;
    memcpy(entry->host, endpoint->host, sizeof(entry->host));
    return true;
}

static bool is_same_address(const union resolve_address *a, const union resolve_address *b)
{
    if (a->any.sa_family != b->any.sa_family)
        return false;
    if (a->any.sa_family == AF_INET)
        return a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
    return memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof(a->v6.sin6_addr)) == 0;
}

void resolve_prefer(struct worker *worker, const struct endpoint *endpoint,
                    const union resolve_address *address)
{
    struct entry *entry = find(worker, endpoint->host);
    for (unsigned i = 1; entry && i < entry->list.count; i++) {
        if (!is_same_address(&entry->list.at[i], address))
            continue;
        entry->list.at[i] = entry->list.at[0];
        entry->list.at[0] = *address;
        return;
    }
}

void resolve_forget(struct worker *worker, const struct endpoint *endpoint)
{
    struct entry *entry = find(worker, endpoint->host);
    if (entry)
        entry->list.count = 0;
}

void resolve_text(const union resolve_address *address, char text_out[INET6_ADDRSTRLEN])
{
    text_out[0] = '\0';
    if (address->any.sa_family == AF_INET)
        (void)inet_ntop(AF_INET, &address->v4.sin_addr, text_out, INET6_ADDRSTRLEN);
    else if (address->any.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&address->v6.sin6_addr))
        (void)inet_ntop(AF_INET, &address->v6.sin6_addr.s6_addr[12], text_out, INET6_ADDRSTRLEN);
    else if (address->any.sa_family == AF_INET6)
        (void)inet_ntop(AF_INET6, &address->v6.sin6_addr, text_out, INET6_ADDRSTRLEN);
}
