#include "cli/server_verify.h"

#include <stdio.h>

#include "cli/server_pin.h"
#include "net/endpoint.h"
#include "net/probe.h"
#include "tls/tls_context.h"

#define PROBE_MS 10000

static bool must_verify(const struct live_options *live)
{
    return live->tls != LIVE_TLS_DISABLED &&
           (live->tls >= LIVE_TLS_VERIFY_CA || live->tls_ca_file || live->tls_fingerprint);
}

/* A fingerprint is enough by itself. */
static enum tls_verify verify_of(const struct live_options *live)
{
    if (live->tls == LIVE_TLS_VERIFY_IDENTITY)
        return TLS_VERIFY_IDENTITY;
    return live->tls == LIVE_TLS_VERIFY_CA || live->tls_ca_file ? TLS_VERIFY_CA : TLS_VERIFY_NONE;
}

enum sg_status server_verify_prepare(void *data, struct live_options *live, struct sg_error *error)
{
    struct server_verify *verify = data;
    const struct tls_client_options options = {
        .verify = verify_of(live),
        .ca_file = live->tls_ca_file,
        .fingerprint = live->tls_fingerprint,
    };
    struct endpoint endpoint = {.is_path = live->socket_path != NULL, .port = live->port};
    if (!must_verify(live))
        return SG_OK;
    (void)snprintf(endpoint.host, sizeof endpoint.host, "%s", live->host ? live->host : "");
    (void)snprintf(endpoint.path, sizeof endpoint.path, "%s",
                   live->socket_path ? live->socket_path : "");
    verify->context = tls_context_new_client(&options, error);
    if (!verify->context)
        return error->status;
    verify->probe = probe_new(&endpoint, verify->context, PROBE_MS);
    if (!verify->probe)
        return sg_error_set(error, SG_SYSTEM, "out of memory");
    live->find_pin = server_pin_find;
    live->find_pin_argument = verify->probe;
    return SG_OK;
}

void server_verify_fini(struct server_verify *verify)
{
    probe_free(verify->probe);
    tls_context_release(verify->context);
    *verify = (struct server_verify){.probe = NULL};
}
