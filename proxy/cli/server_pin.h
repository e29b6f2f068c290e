/* Finds the server's certificate for those who connect through libmysqlclient: what sources/live.h
 * asks for, answered by net/probe.h. */
#ifndef CLI_SERVER_PIN_H
#define CLI_SERVER_PIN_H

#include "net/probe.h"
#include "sources/live.h"

/* A live_pin_fn; `probe` is a struct probe, used by the reading thread alone. */
enum sg_status server_pin_find(void *probe, bool is_fresh, struct live_pin *pin_out,
                               struct sg_error *error);

#endif
