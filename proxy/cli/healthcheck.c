/* See healthcheck.h. One GET of /readyz, by the settings that the guard itself was started with;
 * what it answers is printed. A probe of the port that clients use would cost a connection to the
 * server each time. Source: RFC 9112, "Message Format". */
#define _GNU_SOURCE /* environ */
#include "cli/healthcheck.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/serve.h"
#include "config/settings.h"

#define TIMEOUT_S  3
#define ANSWER_MAX 8192

static const char REQUEST[] = "GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n";

static bool fail(const struct settings_address *address, const char *why)
{
    fprintf(stderr, "schemaguard healthcheck: %s: %s\n", address->text, why);
    return false;
}

static bool connect_to(int fd, const struct sockaddr *address, socklen_t size)
{
    const struct timeval limit = {.tv_sec = TIMEOUT_S};

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    return connect(fd, address, size) == 0;
}

static int open_path(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (fd >= 0 && connect_to(fd, (const struct sockaddr *)&address, sizeof address))
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* A guard that listens on every address is reached by loopback. */
static const char *reachable(const char *host)
{
    if (strcmp(host, "0.0.0.0") == 0)
        return "127.0.0.1";
    return strcmp(host, "::") == 0 ? "::1" : host;
}

static int open_port(const struct settings_address *address)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char port[8];
    int fd = -1;

    snprintf(port, sizeof port, "%u", address->port);
    if (getaddrinfo(reachable(address->host), port, &hints, &found) != 0)
        return -1;
    for (const struct addrinfo *at = found; at && fd < 0; at = at->ai_next) {
        fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd >= 0 && !connect_to(fd, at->ai_addr, at->ai_addrlen)) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    return fd;
}

/* The whole answer, NUL-terminated; false when none came. */
static bool ask(int fd, char answer[ANSWER_MAX])
{
    size_t used = 0;
    ssize_t got;

    if (send(fd, REQUEST, sizeof REQUEST - 1, MSG_NOSIGNAL) != (ssize_t)(sizeof REQUEST - 1))
        return false;
    while (used < ANSWER_MAX - 1 && (got = recv(fd, answer + used, ANSWER_MAX - 1 - used, 0)) > 0)
        used += (size_t)got;
    answer[used] = '\0';
    return used > 0;
}

static bool is_ready(const struct settings_address *address)
{
    char answer[ANSWER_MAX];
    unsigned status = 0;
    const char *body;
    int fd = address->kind == SETTINGS_ADDRESS_UNIX ? open_path(address->path) : open_port(address);
    bool is_answered;

    if (fd < 0)
        return fail(address, strerror(errno));
    is_answered = ask(fd, answer);
    close(fd);
    if (!is_answered || sscanf(answer, "HTTP/%*u.%*u %u", &status) != 1)
        return fail(address, "no answer came");
    body = strstr(answer, "\r\n\r\n");
    if (body)
        puts(body + 4);
    return status == 200;
}

static int say_errors(const struct settings_findings *findings)
{
    for (size_t i = 0; i < findings->error_count; i++)
        fprintf(stderr, "schemaguard healthcheck: %s\n", findings->errors[i]);
    return CLI_EXIT_USAGE;
}

int healthcheck_start(int argc, char **argv)
{
    struct settings *settings = NULL;
    struct settings_findings findings = {0};
    int code = CLI_EXIT_USAGE;

    if (argc > 0 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)) {
        puts("Usage: schemaguard healthcheck [OPTION OF serve]...\n\n"
             "Asks the guard that runs with these settings whether it is ready (GET /readyz at\n"
             "admin_listen) and prints its answer. Exit codes: 0 ready, 1 not ready or not there,\n"
             "2 the settings are wrong.");
        return CLI_EXIT_OK;
    }
    if (settings_load(argc, argv, environ, &settings, &findings) != SG_OK) {
        code = say_errors(&findings);
    } else if (!settings->admin_listen.text) {
        fputs("schemaguard healthcheck: admin_listen is none: there is nobody to ask\n", stderr);
    } else {
        code = is_ready(&settings->admin_listen) ? CLI_EXIT_OK : CLI_EXIT_FAILURE;
    }
    settings_free(settings);
    settings_findings_fini(&findings);
    return code;
}
