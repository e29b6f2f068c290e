/* Joins two rooms that do not know each other: the probe, which verifies a certificate as the
 * settings ask, and the reader of the schema, whose client library is held to it. Called on the
 * catalog's thread.
 */
#include "cli/server_pin.h"

#include <string.h>

_Static_assert(sizeof(((struct live_pin *)0)->sha1) ==
                       sizeof(((struct tls_certificate *)0)->sha1) &&
                   sizeof(((struct live_pin *)0)->sha256) ==
                       sizeof(((struct tls_certificate *)0)->sha256),
               "both rooms write hashes alike");

enum sg_status server_pin_find(void *probe, bool is_fresh, struct live_pin *pin_out,
                               struct sg_error *error)
{
    struct tls_certificate found = {.pem = NULL};
    enum sg_status status = probe_certificate(probe, is_fresh, &found, error);
    if (status != SG_OK)
        return status;
    memcpy(pin_out->sha1, found.sha1, sizeof(found.sha1));
    memcpy(pin_out->sha256, found.sha256, sizeof(found.sha256));
    pin_out->pem = found.pem;
    return SG_OK;
}
