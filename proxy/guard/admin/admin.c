/* HTTP by libmicrohttpd: a listening socket of our own, its thread, and who may ask.
 *
 * In: requests; out: what routes.c answers. Everything below on_request runs on libmicrohttpd's one
 * thread, so that nothing here needs a lock. Bounds: connections, their memory, the length of a
 * body, and how long a request may take.
 */
#include "admin/admin.h"

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "admin/access.h"
#include "admin/routes.h"
#include "report/log.h"

#define BODY_MAX         256u
#define TOKEN_MAX        512u
#define CONNECTIONS_MAX  64u
#define CONNECTION_BYTES (16u * 1024u)
#define TIMEOUT_S        10u
#define BACKLOG          64

struct admin {
    struct routes routes;
    struct MHD_Daemon *daemon;
    int fd;
    char path[sizeof((struct sockaddr_un *)NULL)->sun_path]; /* of the socket, "" = TCP */
    char token[TOKEN_MAX];                                   /* "" = none is asked for */
};

/* One request, from its headers to its end. */
struct request {
    size_t size;
    bool is_too_long;
    char body[BODY_MAX];
};

/* --- requests -------------------------------------------------------------------------------- */

static enum MHD_Result send_answer(struct MHD_Connection *connection, struct answer answer)
{
    struct MHD_Response *response;
    enum MHD_Result result;

    if (!answer.body)
        return MHD_NO;
    response =
        MHD_create_response_from_buffer(strlen(answer.body), answer.body, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        free(answer.body);
        return MHD_NO;
    }
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer.type);
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    (void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (answer.status == 401)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
    result = MHD_queue_response(connection, answer.status, response);
    MHD_destroy_response(response);
    return result;
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static struct answer respond(struct admin *admin, struct MHD_Connection *connection,
                             const char *method, const char *path, const struct request *request)
{
    const struct settings *settings = admin->routes.options.settings;
    const char *host = header(connection, MHD_HTTP_HEADER_HOST);
    bool has_other_method;
    const struct route *route = routes_find(method, path, &has_other_method);

    if (!access_host_is_ours(host, settings->admin_listen.host, settings->admin_hosts))
        return answer_text(403, "the guard is not called by that name; see admin_hosts\n");
    if (!access_origin_is_ours(header(connection, MHD_HTTP_HEADER_ORIGIN), host))
        return answer_text(403, "pages of other origins are not answered\n");
    if ((!route || !route->is_open) && admin->token[0] != '\0' &&
        !access_token_fits(header(connection, MHD_HTTP_HEADER_AUTHORIZATION), admin->token))
        return answer_text(401, "the token is missing or wrong\n");
    if (!route)
        return answer_text(has_other_method ? 405 : 404, "%s %s: there is no such thing here\n",
                           has_other_method ? method : "path", has_other_method ? path : "");
    if (request->is_too_long)
        return answer_text(413, "the body is longer than %u bytes\n", BODY_MAX);
    return route->run(&admin->routes, sg_slice_make(request->body, request->size));
}

/* libmicrohttpd's way: once for the headers, once for each piece of the body, once at the end. */
static enum MHD_Result on_request(void *argument, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *piece, size_t *piece_size, void **state)
{
    struct request *request = *state;

    (void)version;
    if (!request) {
        *state = calloc(1, sizeof *request);
        return *state ? MHD_YES : MHD_NO;
    }
    if (*piece_size > 0) {
        if (*piece_size <= sizeof request->body - request->size) {
            memcpy(request->body + request->size, piece, *piece_size);
            request->size += *piece_size;
        } else {
            request->is_too_long = true;
        }
        *piece_size = 0;
        return MHD_YES;
    }
    return send_answer(connection, respond(argument, connection, method, path, request));
}

static void on_completed(void *argument, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    (void)argument;
    (void)connection;
    (void)code;
    free(*state);
    *state = NULL;
}

static void SG_PRINTF(2, 0) on_log(void *argument, const char *format, va_list arguments)
{
    char text[256];

    (void)argument;
    vsnprintf(text, sizeof text, format, arguments);
    text[strcspn(text, "\r\n")] = '\0';
    log_debug("admin", "%s", text);
}

/* --- the socket ------------------------------------------------------------------------------ */

/* A socket file that nobody listens on is left over from before. */
static void remove_left_over(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return;
    if (connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 &&
        errno == ECONNREFUSED)
        (void)unlink(address->sun_path);
    close(fd);
}

/* Only the guard's own account may use it: commands come in here. */
static int listen_on_path(struct admin *admin, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    remove_left_over(&address);
    if (fchmod(fd, S_IRUSR | S_IWUSR) == 0 &&
        bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
        listen(fd, BACKLOG) == 0) {
        snprintf(admin->path, sizeof admin->path, "%s", address.sun_path);
        return fd;
    }
    close(fd);
    return -1;
}

static int listen_at(const struct addrinfo *found)
{
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int one = 1;
    int before;

    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    before = errno;
    close(fd);
    errno = before;
    return -1;
}

static int listen_on_port(const struct settings_address *address, struct sg_error *error)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    char port[8];
    int failure;
    int fd;

    snprintf(port, sizeof port, "%u", address->port);
    failure = getaddrinfo(address->host, port, &hints, &found);
    if (failure != 0) {
        sg_error_set(error, SG_SYSTEM, "admin_listen = %s: %s", address->text,
                     gai_strerror(failure));
        return -1;
    }
    fd = listen_at(found);
    freeaddrinfo(found);
    return fd;
}

static bool open_socket(struct admin *admin, struct sg_error *error)
{
    const struct settings_address *address = &admin->routes.options.settings->admin_listen;

    admin->fd = address->kind == SETTINGS_ADDRESS_UNIX ? listen_on_path(admin, address->path)
                                                       : listen_on_port(address, error);
    if (admin->fd < 0 && error->status == SG_OK)
        sg_error_set(error, SG_SYSTEM, "admin_listen = %s: %s", address->text, strerror(errno));
    return admin->fd >= 0;
}

/* --- life ------------------------------------------------------------------------------------ */

static bool read_token(struct admin *admin, struct sg_error *error)
{
    const char *path = admin->routes.options.settings->admin_token_file;
    FILE *file;

    if (!path)
        return true;
    file = fopen(path, "re");
    if (file && fgets(admin->token, sizeof admin->token, file))
        admin->token[strcspn(admin->token, "\r\n")] = '\0';
    if (file)
        fclose(file);
    if (admin->token[0] != '\0')
        return true;
    sg_error_set(error, SG_INVALID, "admin_token_file = %s: its first line holds no token", path);
    return false;
}

static bool start_daemon(struct admin *admin, struct sg_error *error)
{
    admin->daemon = MHD_start_daemon(
        MHD_USE_AUTO_INTERNAL_THREAD | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request, admin,
        MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_LISTEN_SOCKET, admin->fd,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_CONNECTION_LIMIT,
        CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
        MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S, MHD_OPTION_END);
    if (!admin->daemon)
        sg_error_set(error, SG_SYSTEM, "admin_listen: the HTTP server could not be started");
    return admin->daemon != NULL;
}

/* The default address may be taken by another guard; what was asked for must be had. */
static bool may_do_without(const struct settings *settings)
{
    return settings->sources[SETTING_ID_ADMIN_LISTEN].origin == SETTINGS_ORIGIN_DEFAULT;
}

enum sg_status admin_open(const struct admin_options *options, struct admin **admin_out,
                          struct sg_error *error)
{
    const struct settings *settings = options->settings;
    struct admin *admin;

    *admin_out = NULL;
    if (!settings->admin_listen.text)
        return SG_OK;
    admin = calloc(1, sizeof *admin);
    if (!admin)
        return sg_error_set(error, SG_SYSTEM, "out of memory");
    admin->routes.options = *options;
    admin->fd = -1;
    if (!read_token(admin, error)) {
        admin_close(admin);
        return error->status;
    }
    if (!open_socket(admin, error) || !start_daemon(admin, error)) {
        admin_close(admin);
        if (!may_do_without(settings))
            return error->status;
        log_warning("admin", "%s: there will be no health, metrics and commands by HTTP",
                    error->message);
        *error = (struct sg_error){0};
        return SG_OK;
    }
    log_info("admin", "health, metrics and commands on %s%s", settings->admin_listen.text,
             admin->token[0] != '\0' ? ", with a token" : "");
    *admin_out = admin;
    return SG_OK;
}

void admin_set_draining(struct admin *admin)
{
    if (admin)
        atomic_store(&admin->routes.is_draining, true);
}

void admin_close(struct admin *admin)
{
    if (!admin)
        return;
    if (admin->daemon)
        MHD_stop_daemon(admin->daemon); /* closes the socket, too */
    else if (admin->fd >= 0)
        close(admin->fd);
    if (admin->path[0] != '\0')
        (void)unlink(admin->path);
    explicit_bzero(admin->token, sizeof admin->token);
    free(admin);
}
