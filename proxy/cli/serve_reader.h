/* A reading of a server that `verified` or `candidate` names, on a thread of its own: it takes as
 * long as that server pleases, and the main thread has signals to hear.
 */
#ifndef CLI_SERVE_READER_H
#define CLI_SERVE_READER_H

#include <stdbool.h>
#include <stdint.h>

#include <schemaguard/error.h>

#include "catalog/verified.h"
#include "config/settings.h"

struct serve_reader;

/* What the settings say of reading `verified` and `candidate`: where tables go, which history,
 * which account and TLS for a server. Borrowed from the settings and the environment. */
void serve_reader_options(const struct settings *settings, struct source_options *options_out);

/* Reads `name` on the calling thread. */
SG_MUST_CHECK enum sg_status serve_reader_read(const char *name,
                                               const struct source_options *options,
                                               uint64_t generation, struct verified **verified_out,
                                               struct sg_error *error);

/* Begins to read. The strings must outlive the reader. NULL with *error. */
struct serve_reader *serve_reader_start(const char *name, const struct settings *settings,
                                        uint64_t generation, struct sg_error *error);

/* True: it has ended and is freed; what was read is in *verified_out, or NULL there and *error. */
bool serve_reader_take(struct serve_reader *reader, struct verified **verified_out,
                       struct sg_error *error);

/* Breaks it off. False: a connection does not end; it is left behind. NULL is fine. */
bool serve_reader_stop(struct serve_reader *reader);

#endif
