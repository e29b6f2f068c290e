/* The paths and what they answer; knows nothing of HTTP but methods and status codes. */
#ifndef ADMIN_ROUTES_H
#define ADMIN_ROUTES_H

#include <stdatomic.h>
#include <stdbool.h>

#include <schemaguard/detail.h>
#include <schemaguard/slice.h>

#include "admin/admin.h"

/* What routes work with. */
struct routes {
    struct admin_options options;
    atomic_bool is_draining;

    /* The admin's thread alone. */
    uint64_t live_generation; /* whose hash it is; 0 = none yet */
    char live_hash[SG_CONTENT_HASH_SIZE];
};

struct answer {
    unsigned status;
    const char *type; /* static */
    char *body;       /* heap; the receiver frees it; NULL = memory was out */
};

struct route {
    const char *method; /* "GET" serves HEAD as well */
    const char *path;
    bool is_open; /* answered without a token: it tells nothing that is worth one */
    struct answer (*run)(struct routes *routes, struct sg_slice body);
};

/* NULL: there is no such path; *other_method_out: but with another method there is. */
const struct route *routes_find(const char *method, const char *path, bool *other_method_out);

/* One line of text as an answer. */
struct answer answer_text(unsigned status, const char *format, ...) SG_PRINTF(2, 3);

#endif
