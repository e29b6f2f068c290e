/* Host names to addresses, off the worker's thread, remembered for a few seconds.
 *
 * Literal addresses cost nothing; a name is looked up by libuv's thread pool once, and then not
 * again for five seconds or until its addresses did not answer.
 */
#ifndef NET_RESOLVE_H
#define NET_RESOLVE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "net/endpoint.h"
#include "net/loop.h"

#define RESOLVE_MOST 8 /* addresses that are kept of one name */

union resolve_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

struct resolve_list {
    unsigned count;
    union resolve_address at[RESOLVE_MOST];
};

struct resolve_cache;                                 /* one per worker, heap */
struct resolve_cache *resolve_cache_new(void);        /* NULL when memory is out */
void resolve_cache_free(struct resolve_cache *cache); /* NULL is fine */

enum resolve_answer {
    RESOLVE_LITERAL,    /* the host is an address */
    RESOLVE_REMEMBERED, /* the name was looked up a moment ago */
    RESOLVE_UNKNOWN,    /* it must be looked up */
};

/* The answer without waiting, where there is one. */
enum resolve_answer resolve_known(struct worker *worker, const struct endpoint *endpoint,
                                  struct resolve_list *list_out);

/* What a lookup brought (`found`, as uv_getaddrinfo gives it), with the endpoint's port; remembered
 * for the next one. False when there is no address in it. */
bool resolve_take(struct worker *worker, const struct endpoint *endpoint,
                  const struct addrinfo *found, struct resolve_list *list_out);

/* This address answered: it comes first next time. */
void resolve_prefer(struct worker *worker, const struct endpoint *endpoint,
                    const union resolve_address *address);

/* None of them answered: look the name up again next time. */
void resolve_forget(struct worker *worker, const struct endpoint *endpoint);

/* "10.0.0.7", an IPv4 address that comes as IPv6 without its prefix. */
void resolve_text(const union resolve_address *address, char text_out[INET6_ADDRSTRLEN]);

#endif
