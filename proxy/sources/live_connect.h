/* A connection to a server through libmysqlclient, with everything that differs between MariaDB's
 * Connector/C and Oracle's library behind it. */
#ifndef SOURCES_LIVE_CONNECT_H
#define SOURCES_LIVE_CONNECT_H

#include <mysql.h>

#include "sources/live.h"

/* "db.example:3306" or the socket's path, for messages. Returns `text_out`. */
const char *live_where(const struct live_options *options, char *text_out, size_t size);

/* Connects; `cancel` may be NULL, and knows the connection until live_disconnect. NULL with *error
 * set. */
MYSQL *live_connect(const struct live_options *options, struct live_cancel *cancel,
                    struct sg_error *error);
void live_disconnect(MYSQL *mysql, struct live_cancel *cancel);

/* Logs in again on the same connection, so that the privileges are those of now. */
SG_MUST_CHECK enum sg_status live_login_again(MYSQL *mysql, const struct live_options *options,
                                              struct sg_error *error);

bool live_was_cancelled(struct live_cancel *cancel); /* NULL: no */

#endif
