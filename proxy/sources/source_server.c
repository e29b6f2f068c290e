/* A server by its URL; see source_server.h. Reading is live.c's. */
#include "sources/source_server.h"

#include <stdlib.h>
#include <string.h>

static const char *first_of(const char *a, const char *b, const char *c)
{
    return a ? a : b ? b : c;
}

static void fill(struct source_server *server, const struct source_options *options)
{
    const struct source_url *url = &server->url;
    server->database = url->database ? url->database : options->database;
    server->live = (struct live_options){
        .host = url->host,
        .port = url->port,
        .socket_path = url->socket,
        .databases = server->database ? &server->database : NULL,
        .database_count = server->database ? 1 : 0,
        .user = first_of(url->user, options->user, server->user),
        .password = first_of(url->password, options->password, server->password),
        .password_file = options->password_file,
        .tls = options->tls,
        .tls_ca_file = options->tls_ca_file,
        .tls_fingerprint = options->tls_fingerprint,
        .details = true,
    };
    if (!server->live.user)
        server->live.user = getenv("USER");
}

enum sg_status source_server_open(const char *url, const struct source_options *options,
                                  struct source_server *out, struct sg_error *error)
{
    *out = (struct source_server){.user = NULL};
    enum sg_status status = source_url_parse(url, &out->url, error);
    if (status != SG_OK)
        return status;
    if (options->option_file) {
        out->user = source_option(options->option_file, "user", error);
        out->password = source_option(options->option_file, "password", error);
        status = error->status;
    }
    fill(out, options);
    if (status == SG_OK)
        status = live_library_init(error);
    if (status == SG_OK && options->prepare)
        status = options->prepare(options->prepare_data, &out->live, error);
    if (status != SG_OK)
        source_server_close(out);
    return status;
}

void source_server_close(struct source_server *server)
{
    if (server->password)
        explicit_bzero(server->password, strlen(server->password));
    free(server->user);
    free(server->password);
    source_url_fini(&server->url);
    *server = (struct source_server){.user = NULL};
}

enum sg_status source_server_read(const char *url, const struct source_options *options,
                                  struct source_schema *out, struct sg_error *error)
{
    struct source_server server;
    struct live_reading reading;
    enum sg_status status = source_server_open(url, options, &server, error);
    if (status != SG_OK)
        return status;
    status = live_read(&server.live, options->cancel, &reading, error);
    if (status == SG_OK) {
        out->schema = reading.schema;
        reading.schema = NULL;
        out->unknown_tables = reading.unknown_table_count;
        out->hidden_databases = reading.incomplete_database_count;
        memcpy(out->server_version, reading.server_version, sizeof out->server_version);
        if (server.database)
            out->database = strdup(server.database);
        live_reading_fini(&reading);
    }
    source_server_close(&server);
    return status;
}
