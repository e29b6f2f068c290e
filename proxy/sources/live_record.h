/* Adoptions on record in a server: the table `schema_versions`, made where it is missing.
 *
 * The one place that writes to a server; only when asked to, by an account that may (CREATE and
 * INSERT on that table; INSERT alone where it is there). Blocks.
 */
#ifndef SOURCES_LIVE_RECORD_H
#define SOURCES_LIVE_RECORD_H

#include <schemaguard/error.h>

#include "sources/history.h"
#include "sources/source.h"

struct live_record; /* heap: a connection with a table to write to */

/* Connects to the database that `url` names, and sees that the table is there. Before the schema is
 * read that is adopted: where both are one database, the table belongs to what is adopted. NULL
 * with *error set. */
struct live_record *live_record_open(const char *url, const struct source_options *options,
                                     struct sg_error *error);

/* Writes one adoption; one that stands there already is left as it is. */
SG_MUST_CHECK enum sg_status live_record_write(struct live_record *record,
                                               const struct history_record *adoption,
                                               struct sg_error *error);
void live_record_close(struct live_record *record); /* NULL is fine */

#endif
