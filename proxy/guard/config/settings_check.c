/* What one value alone cannot tell: whether the settings fit together, and whether files are there.
 *
 * In: settings of which each value is well-formed. Out: findings; errors for what cannot work,
 * warnings for what works and is hardly meant.
 */
#include "config/settings_load.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *place_of(const struct settings_loader *loader, enum setting_id id)
{
    return loader->settings->sources[id].place;
}

/* An operator's slip in the name shows at start, not at the first connection. */
static void check_file(struct settings_loader *loader, enum setting_id id, const char *path)
{
    if (path == NULL)
        return;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    char first;
    if (descriptor < 0 || read(descriptor, &first, 1) < 0)
        settings_fail(loader, "%s: %s: cannot read %s: %s", place_of(loader, id),
                      settings_table[id].name, path, strerror(errno));
    if (descriptor >= 0)
        close(descriptor);
}

static void check_list(struct settings_loader *loader, enum setting_id id,
                       const struct settings_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        check_file(loader, id, files->items[i]);
}

/* A file that may be missing still has a folder in which it can be made. */
static void check_path(struct settings_loader *loader, enum setting_id id, const char *path)
{
    if (path == NULL || strcmp(path, "-") == 0 || strcmp(path, "none") == 0)
        return;
    char *copy = strdup(path);
    if (copy == NULL) {
        loader->memory_out = true;
        return;
    }
    bool is_there = access(path, F_OK) == 0;
    if (access(is_there ? path : dirname(copy), is_there ? W_OK : W_OK | X_OK) != 0)
        settings_fail(loader, "%s: %s: cannot write %s: %s", place_of(loader, id),
                      settings_table[id].name, path, strerror(errno));
    free(copy);
}

#define CHECK_BOOL(id, name)
#define CHECK_INTEGER(id, name)
#define CHECK_SIZE(id, name)
#define CHECK_DURATION(id, name)
#define CHECK_ENUM(id, name)
#define CHECK_FILE(id, name)  check_file(loader, SETTING_ID_##id, loader->settings->name);
#define CHECK_FILES(id, name) check_list(loader, SETTING_ID_##id, &loader->settings->name);
#define CHECK_PATH(id, name)  check_path(loader, SETTING_ID_##id, loader->settings->name);
#define CHECK_TEXT(id, name)
#define CHECK_ADDRESS(id, name)
#define CHECK_ADDRESSES(id, name)
#define CHECK_NETWORKS(id, name)
#define CHECK_DIGEST(id, name)

static void check_files(struct settings_loader *loader)
{
#define SETTING(group, id, name, type, detail, initial, help) CHECK_##type(id, name)
#include "config/settings.def"
}

static void check_verified(struct settings_loader *loader)
{
    const struct settings *s = loader->settings;
    if (s->verified != NULL && s->schema_user == NULL)
        settings_fail(loader, "%s: verified needs schema_user: it is held against the live schema",
                      place_of(loader, SETTING_ID_VERIFIED));
    if (s->candidate != NULL && s->schema_user == NULL)
        settings_fail(loader, "%s: candidate needs schema_user: it is held against the live schema",
                      place_of(loader, SETTING_ID_CANDIDATE));
    bool needs_ca = s->verified_tls == VERIFIED_TLS_VERIFY_CA ||
                    s->verified_tls == VERIFIED_TLS_VERIFY_IDENTITY;
    if (needs_ca && s->verified_tls_ca == NULL)
        settings_fail(loader, "%s: verified_tls = %s needs verified_tls_ca",
                      place_of(loader, SETTING_ID_VERIFIED_TLS),
                      s->sources[SETTING_ID_VERIFIED_TLS].text);
    if (s->start == START_STRICT && s->verified == NULL)
        settings_fail(loader, "%s: start = strict needs verified: there is nothing to compare",
                      place_of(loader, SETTING_ID_START));
}

static void check_schema(struct settings_loader *loader)
{
    const struct settings *s = loader->settings;
    if (s->confirm != CONFIRM_BY_SCHEMA && s->on_confirm_timeout == UNPROVED_BLOCK)
        settings_warn(loader, "on_confirm_timeout is of no use without confirm = schema");
    if (s->schema_refresh_ms >= s->max_schema_age_ms)
        settings_fail(loader, "max_schema_age (%s) must be longer than schema_refresh (%s)",
                      s->sources[SETTING_ID_MAX_SCHEMA_AGE].text,
                      s->sources[SETTING_ID_SCHEMA_REFRESH].text);
    if (s->schema_user != NULL)
        return;
    if (s->schema_password_file != NULL)
        settings_fail(loader, "%s: schema_password_file is of no use without schema_user",
                      place_of(loader, SETTING_ID_SCHEMA_PASSWORD_FILE));
    if (s->mode == GUARD_MODE_BLOCK)
        settings_fail(loader,
                      "%s: mode = block needs schema_user: without a schema nothing can be "
                      "told apart",
                      place_of(loader, SETTING_ID_MODE));
    for (const struct settings_rule *rule = s->rules; rule; rule = rule->next)
        if (rule->mode == GUARD_MODE_BLOCK)
            settings_fail(loader, "%s: rule %s: mode = block needs schema_user", rule->place,
                          rule->name);
    if (s->no_schema == NO_SCHEMA_REFUSE)
        settings_fail(loader,
                      "%s: no_schema = refuse needs schema_user: there would never be a "
                      "schema",
                      place_of(loader, SETTING_ID_NO_SCHEMA));
    if (s->mode == GUARD_MODE_OBSERVE && s->no_schema == NO_SCHEMA_FORWARD)
        settings_warn(loader, "schema_user is not set: nothing is inspected, all is forwarded");
}

/* Asked of every client that does not come by a Unix socket. */
static bool needs_client_certificates(const struct settings *s)
{
    return s->client_tls_ca != NULL && s->client_tls_x509 == CLIENT_TLS_X509_REQUIRED;
}

static void check_client_certificates(struct settings_loader *loader)
{
    const struct settings *s = loader->settings;
    if (s->client_tls_crl != NULL && s->client_tls_ca == NULL)
        settings_fail(loader,
                      "%s: client_tls_crl needs client_tls_ca: without it no certificate of a "
                      "client is looked at",
                      place_of(loader, SETTING_ID_CLIENT_TLS_CRL));
    if (s->client_tls_ca == NULL && s->client_tls_x509 == CLIENT_TLS_X509_REQUIRED)
        settings_fail(loader, "%s: client_tls_x509 = required needs client_tls_ca",
                      place_of(loader, SETTING_ID_CLIENT_TLS_X509));
    if (s->client_tls == CLIENT_TLS_DISABLED && s->client_tls_ca != NULL)
        settings_fail(loader,
                      "%s: client_tls = disabled leaves no client to show a certificate that "
                      "client_tls_ca has signed",
                      place_of(loader, SETTING_ID_CLIENT_TLS));
    if (s->client_tls == CLIENT_TLS_PREFERRED && needs_client_certificates(s))
        settings_fail(loader,
                      "%s: client_tls = preferred admits clients without TLS and so without the "
                      "certificate that client_tls_ca asks for; set client_tls = required, or "
                      "client_tls_x509 = optional",
                      place_of(loader, SETTING_ID_CLIENT_TLS));
}

static void check_client_tls(struct settings_loader *loader)
{
    const struct settings *s = loader->settings;
    if (s->client_tls_cert.count != s->client_tls_key.count)
        settings_fail(loader,
                      "%s: client_tls_cert and client_tls_key go together, a key for each "
                      "certificate",
                      place_of(loader, s->client_tls_cert.count > 0 ? SETTING_ID_CLIENT_TLS_CERT
                                                                    : SETTING_ID_CLIENT_TLS_KEY));
    if (s->client_tls == CLIENT_TLS_DISABLED && s->client_tls_cert.count > 0)
        settings_warn(loader, "client_tls = disabled: client_tls_cert is not used");
    check_client_certificates(loader);
    for (size_t i = 0; i < s->listen.count; i++) {
        const struct settings_address *listener = &s->listen.items[i];
        if (!settings_address_is_local(listener) &&
            settings_client_tls(s, listener) != CLIENT_TLS_REQUIRED)
            settings_warn(loader,
                          "clients may connect to %s without TLS; set client_tls_cert and "
                          "client_tls_key, or client_tls = required",
                          listener->text);
    }
}

static void check_server_tls(struct settings_loader *loader)
{
    const struct settings *s = loader->settings;
    bool is_verified = s->server_tls_ca != NULL || s->server_tls_fingerprint != NULL;
    if ((s->server_tls_cert == NULL) != (s->server_tls_key == NULL))
        settings_fail(loader, "%s: server_tls_cert and server_tls_key go together",
                      place_of(loader, s->server_tls_cert != NULL ? SETTING_ID_SERVER_TLS_CERT
                                                                  : SETTING_ID_SERVER_TLS_KEY));
    if (s->server_tls_crl != NULL && s->server_tls_ca == NULL)
        settings_fail(loader,
                      "%s: server_tls_crl needs server_tls_ca: without it the chain of the "
                      "server's certificate is not looked at",
                      place_of(loader, SETTING_ID_SERVER_TLS_CRL));
    if (s->server_tls == SERVER_TLS_DISABLED && s->server_tls_cert != NULL)
        settings_warn(loader, "server_tls = disabled: server_tls_cert is not used");
    if (s->server_tls == SERVER_TLS_DISABLED && is_verified)
        settings_fail(loader,
                      "%s: server_tls = disabled leaves nothing for server_tls_ca or "
                      "server_tls_fingerprint to verify",
                      place_of(loader, SETTING_ID_SERVER_TLS));
    bool needs_ca =
        s->server_tls == SERVER_TLS_VERIFY_CA || s->server_tls == SERVER_TLS_VERIFY_IDENTITY;
    if (needs_ca && s->server_tls_ca == NULL)
        settings_fail(loader, "%s: server_tls = %s needs server_tls_ca",
                      place_of(loader, SETTING_ID_SERVER_TLS),
                      s->sources[SETTING_ID_SERVER_TLS].text);
    if (s->server_tls == SERVER_TLS_VERIFY_IDENTITY && s->server.kind == SETTINGS_ADDRESS_UNIX)
        settings_fail(loader,
                      "%s: server_tls = verify_identity needs a server with a host name, "
                      "and %s is a Unix socket",
                      place_of(loader, SETTING_ID_SERVER_TLS), s->server.text);
}

static void check_addresses(struct settings_loader *loader)
{
    const struct settings *s = loader->settings;
    for (size_t i = 0; i < s->listen.count; i++) {
        if (strcmp(s->listen.items[i].text, s->server.text) == 0)
            settings_fail(loader,
                          "%s: listen and server are both %s: the guard would connect to "
                          "itself",
                          place_of(loader, SETTING_ID_LISTEN), s->server.text);
    }
}

static void check_times(struct settings_loader *loader)
{
    const struct settings *s = loader->settings;
    if (s->connect_timeout_ms > s->login_timeout_ms)
        settings_fail(loader,
                      "connect_timeout (%s) is part of login_timeout (%s) and cannot be "
                      "longer",
                      s->sources[SETTING_ID_CONNECT_TIMEOUT].text,
                      s->sources[SETTING_ID_LOGIN_TIMEOUT].text);
    if (s->login_timeout_ms >= 10000)
        settings_warn(loader,
                      "login_timeout (%s) is not shorter than a server's usual "
                      "connect_timeout of 10 seconds: slow clients count towards its "
                      "max_connect_errors",
                      s->sources[SETTING_ID_LOGIN_TIMEOUT].text);
}

static void check_admin(struct settings_loader *loader)
{
    const struct settings *s = loader->settings;
    if (s->admin_listen.text != NULL && !settings_address_is_local(&s->admin_listen) &&
        s->admin_token_file == NULL)
        settings_fail(loader,
                      "%s: admin_listen = %s can be reached from other machines and needs "
                      "admin_token_file",
                      place_of(loader, SETTING_ID_ADMIN_LISTEN), s->admin_listen.text);
    for (size_t i = 0; s->admin_listen.text != NULL && i < s->listen.count; i++) {
        if (strcmp(s->listen.items[i].text, s->admin_listen.text) == 0)
            settings_fail(loader, "%s: listen and admin_listen are both %s",
                          place_of(loader, SETTING_ID_ADMIN_LISTEN), s->admin_listen.text);
    }
}

void settings_check(struct settings_loader *loader)
{
    check_files(loader);
    check_addresses(loader);
    check_schema(loader);
    check_verified(loader);
    check_client_tls(loader);
    check_server_tls(loader);
    check_times(loader);
    check_admin(loader);
}

enum client_tls settings_client_tls(const struct settings *settings,
                                    const struct settings_address *listener)
{
    bool is_exposed = !settings_address_is_local(listener);
    switch (settings->client_tls) {
    case CLIENT_TLS_AUTO:
        if (needs_client_certificates(settings) && listener->kind != SETTINGS_ADDRESS_UNIX)
            return CLIENT_TLS_REQUIRED;
        return settings->client_tls_cert.count > 0 && is_exposed ? CLIENT_TLS_REQUIRED
                                                                 : CLIENT_TLS_PREFERRED;
    case CLIENT_TLS_REQUIRED: /* a Unix socket counts as secure, as for require_secure_transport */
        return listener->kind == SETTINGS_ADDRESS_UNIX ? CLIENT_TLS_PREFERRED : CLIENT_TLS_REQUIRED;
    case CLIENT_TLS_DISABLED:
    case CLIENT_TLS_PREFERRED:
        break;
    }
    return settings->client_tls;
}
