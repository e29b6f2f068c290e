/* See serve_tls.h. Called by serve.c, on the main thread. */
#include "cli/serve_tls.h"

#include "report/log.h"

static bool wants_client_tls(const struct settings *settings)
{
    for (size_t i = 0; i < settings->listen.count; i++)
        if (settings_client_tls(settings, &settings->listen.items[i]) != CLIENT_TLS_DISABLED)
            return true;
    return false;
}

static enum tls_versions versions_of(enum tls_version version)
{
    switch (version) {
    case TLS_VERSION_1_2_AND_1_3:
        return TLS_VERSIONS_1_2_AND_1_3;
    case TLS_VERSION_1_3:
        return TLS_VERSIONS_1_3;
    case TLS_VERSION_1_2:
        return TLS_VERSIONS_1_2;
    }
    return TLS_VERSIONS_1_2_AND_1_3;
}

static enum tls_verify verify_of(enum server_tls server_tls)
{
    switch (server_tls) {
    case SERVER_TLS_VERIFY_CA:
        return TLS_VERIFY_CA;
    case SERVER_TLS_VERIFY_IDENTITY:
        return TLS_VERIFY_IDENTITY;
    case SERVER_TLS_AS_CLIENT:
    case SERVER_TLS_DISABLED:
    case SERVER_TLS_PREFERRED:
    case SERVER_TLS_REQUIRED:
        return TLS_VERIFY_NONE;
    }
    return TLS_VERIFY_NONE;
}

static struct tls_context *make_client_side(const struct settings *settings, struct sg_error *error)
{
    const struct tls_server_options options = {
        .certificate_files = settings->client_tls_cert.items,
        .key_files = settings->client_tls_key.items,
        .certificate_count = settings->client_tls_cert.count,
        .client_ca_file = settings->client_tls_ca,
        .client_crl_file = settings->client_tls_crl,
        .protocol = {.versions = versions_of(settings->client_tls_version),
                     .cipher = settings->client_tls_cipher,
                     .ciphersuites = settings->client_tls_ciphersuites},
    };
    struct tls_context *made = tls_context_new_server(&options, error);

    if (!made)
        sg_error_at(error, "TLS towards clients");
    return made;
}

static struct tls_context *make_server_side(const struct settings *settings, struct sg_error *error)
{
    const struct tls_client_options options = {
        .verify = verify_of(settings->server_tls),
        .ca_file = settings->server_tls_ca,
        .fingerprint = settings->server_tls_fingerprint,
        .certificate_file = settings->server_tls_cert,
        .key_file = settings->server_tls_key,
        .crl_file = settings->server_tls_crl,
        .protocol = {.versions = versions_of(settings->server_tls_version),
                     .cipher = settings->server_tls_cipher,
                     .ciphersuites = settings->server_tls_ciphersuites},
    };
    struct tls_context *made = tls_context_new_client(&options, error);

    if (!made)
        sg_error_at(error, "TLS towards the server");
    return made;
}

/* Made on the spot, and no file has a part in it: another one would surprise those who pinned it.
 */
static bool may_keep_client_side(const struct settings *settings, const struct serve_tls *before)
{
    return before && before->client && tls_context_is_self_made(before->client) &&
           !settings->client_tls_ca;
}

bool serve_tls_make(const struct settings *settings, const struct serve_tls *before,
                    struct serve_tls *tls_out, struct sg_error *error)
{
    struct serve_tls made = {0};

    if (wants_client_tls(settings)) {
        made.client = may_keep_client_side(settings, before) ? tls_context_retain(before->client)
                                                             : make_client_side(settings, error);
        if (!made.client)
            return false;
    }
    if (settings->server_tls != SERVER_TLS_DISABLED) {
        made.server = make_server_side(settings, error);
        if (!made.server) {
            serve_tls_release(&made);
            return false;
        }
    }
    *tls_out = made;
    return true;
}

void serve_tls_tell(const struct settings *settings, const struct serve_tls *tls)
{
    char about[256];
    size_t count = tls->client ? tls_context_certificate_count(tls->client) : 0;

    for (size_t i = 0; i < count; i++) {
        tls_context_describe(tls->client, i, about, sizeof about);
        if (tls_context_is_self_made(tls->client))
            log_warning("serve",
                        "client_tls_cert is not set: clients are shown a certificate that was "
                        "made at the start (%s), which they cannot verify",
                        about);
        else
            log_info("serve", "certificate for clients: %s", about);
    }
    if (tls->client && settings->client_tls_ca)
        log_info("serve", "certificates of clients: %s, signed by %s%s%s",
                 settings->client_tls_x509 == CLIENT_TLS_X509_REQUIRED ? "required" : "optional",
                 settings->client_tls_ca, settings->client_tls_crl ? ", looked up in " : "",
                 settings->client_tls_crl ? settings->client_tls_crl : "");
    if (tls->server && !tls_context_verifies(tls->server) &&
        !settings_address_is_local(&settings->server))
        log_warning("serve", "TLS to the server is not verified: set server_tls_ca or "
                             "server_tls_fingerprint, so that nobody can stand in between");
    if (tls->server && tls_context_certificate_count(tls->server) > 0) {
        tls_context_describe(tls->server, 0, about, sizeof about);
        log_info("serve", "the guard's own certificate for the server: %s", about);
    }
}

void serve_tls_release(struct serve_tls *tls)
{
    tls_context_release(tls->client);
    tls_context_release(tls->server);
    *tls = (struct serve_tls){0};
}
