/* A connection that goes as far as the TLS handshake and then takes its leave.
 *
 *   server                                us
 *   greeting ────────────────────────────▶   does it offer TLS?
 *            ◀──────────────────────────── SSLRequest
 *            ◀═══════ TLS handshake ══════▶   verified by the context
 *            ◀════════════════════════════ login as nobody
 *   refusal (1045) ══════════════════════▶   we close
 *
 * The login at the end is there because a server counts connections that leave before their login
 * and at last locks our address out (max_connect_errors, error 1129); a refused login does not
 * count. Called on the catalog's thread. Blocking sockets with time limits, since nothing else
 * waits there. Follows: MySQL Source Code Documentation, "Protocol::HandshakeV10",
 * "Protocol::SSLRequest", "Protocol::HandshakeResponse41".
 */
#include "net/probe.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define REMEMBERED_S  600
#define PACKET_MOST   8192 /* a greeting or a refusal is a few hundred bytes */
#define ARRIVED_BYTES 16384
#define CLIENT_SSL    0x0800u
#define CAPABILITIES                                                                               \
    (0x0001u | 0x0200u | 0x8000u | 0x80000u) /* long password, 4.1, secure, plugin */
#define MAX_PACKET        (1u << 24)
#define UTF8MB4_COLLATION 45
#define ROUNDS_MOST       4 /* of the refused login */

struct probe {
    struct endpoint endpoint;
    pthread_mutex_t lock; /* of the next two */
    struct tls_context *context;
    bool is_renewed; /* the context is another since the last look */
    unsigned timeout_ms;
    struct tls_certificate found; /* pem NULL: none yet */
    time_t found_at;              /* monotonic */
};

/* One look. */
struct look {
    const struct probe *probe;
    struct tls_context *context; /* a reference of this look's */
    int fd;
    struct tls *tls;
    struct tls_sink sink;
    uint8_t arrived[ARRIVED_BYTES]; /* of the socket, not used yet: [start, end) */
    size_t start;
    size_t end;
    struct sg_error *error;
};

static enum sg_status cannot(struct look *look, const char *reason)
{
    char text[ENDPOINT_TEXT_MAX];
    return sg_error_set(look->error, SG_SYSTEM, "%s: %s",
                        endpoint_text(&look->probe->endpoint, text), reason);
}

static enum sg_status system_failed(struct look *look)
{
    return cannot(look, errno == EAGAIN || errno == EINPROGRESS ? "no answer within the time limit"
                                                                : strerror(errno));
}

/* --- the socket ------------------------------------------------------------------------------ */

static int new_socket(const struct look *look, int family)
{
    const struct timeval limit = {.tv_sec = look->probe->timeout_ms / 1000,
                                  .tv_usec = (suseconds_t)(look->probe->timeout_ms % 1000) * 1000};
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)); /* connect's, too */
    return fd;
}

static bool try_connect(struct look *look, const struct sockaddr *address, socklen_t size)
{
    look->fd = new_socket(look, address->sa_family);
    if (look->fd < 0)
        return false;
    if (connect(look->fd, address, size) == 0)
        return true;
    int failure = errno;
    (void)close(look->fd);
    look->fd = -1;
    errno = failure;
    return false;
}

static enum sg_status connect_path(struct look *look)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, look->probe->endpoint.path, sizeof(look->probe->endpoint.path));
    return try_connect(look, (const struct sockaddr *)&address, sizeof(address))
               ? SG_OK
               : system_failed(look);
}

static enum sg_status connect_host(struct look *look)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char port[8];
    (void)snprintf(port, sizeof(port), "%u", look->probe->endpoint.port);
    int failure = getaddrinfo(look->probe->endpoint.host, port, &hints, &found);
    if (failure != 0)
        return cannot(look, gai_strerror(failure));
    bool is_connected = false;
    for (const struct addrinfo *one = found; one && !is_connected; one = one->ai_next)
        is_connected = try_connect(look, one->ai_addr, one->ai_addrlen);
    enum sg_status status = is_connected ? SG_OK : system_failed(look);
    freeaddrinfo(found);
    return status;
}

static enum sg_status send_all(struct look *look, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(look->fd, bytes, size, MSG_NOSIGNAL);
        if (sent < 0)
            return system_failed(look);
        bytes += sent;
        size -= (size_t)sent;
    }
    return SG_OK;
}

/* More bytes of the socket, once those that had arrived are used up. */
static enum sg_status receive(struct look *look)
{
    ssize_t size = recv(look->fd, look->arrived, sizeof(look->arrived), 0);
    if (size < 0)
        return system_failed(look);
    if (size == 0)
        return cannot(look, "the server closed the connection");
    look->start = 0;
    look->end = (size_t)size;
    return SG_OK;
}

/* --- bytes, in clear and inside TLS ---------------------------------------------------------- */

static enum sg_status flush(struct look *look)
{
    enum sg_status status = send_all(look, look->sink.data, look->sink.size);
    look->sink.size = 0;
    return status;
}

static struct sg_slice arrived(struct look *look)
{
    return sg_slice_make(look->arrived + look->start, look->end - look->start);
}

static enum sg_status read_sealed(struct look *look, uint8_t *bytes, size_t size, size_t *got_out)
{
    struct sg_slice input = arrived(look);
    enum tls_status answer = tls_read(look->tls, &input, bytes, size, got_out, &look->sink);
    look->start = look->end - input.size;
    enum sg_status status = flush(look);
    if (answer == TLS_FAILED || answer == TLS_CLOSED)
        return cannot(look, answer == TLS_FAILED ? tls_error(look->tls)
                                                 : "the server closed the connection");
    if (status == SG_OK && *got_out == 0 && answer == TLS_AGAIN)
        status = receive(look);
    return status;
}

static enum sg_status read_exactly(struct look *look, uint8_t *bytes, size_t size)
{
    size_t at = 0;
    while (at < size) {
        size_t got = 0;
        enum sg_status status = SG_OK;
        if (look->tls) {
            status = read_sealed(look, bytes + at, size - at, &got);
        } else if (look->start == look->end) {
            status = receive(look);
        } else {
            got = look->end - look->start < size - at ? look->end - look->start : size - at;
            memcpy(bytes + at, look->arrived + look->start, got);
            look->start += got;
        }
        if (status != SG_OK)
            return status;
        at += got;
    }
    return SG_OK;
}

/* One packet's payload. */
static enum sg_status read_packet(struct look *look, uint8_t payload[PACKET_MOST], size_t *size_out,
                                  uint8_t *sequence_out)
{
    uint8_t header[4];
    enum sg_status status = read_exactly(look, header, sizeof(header));
    size_t size = (size_t)header[0] | (size_t)header[1] << 8 | (size_t)header[2] << 16;
    if (status != SG_OK)
        return status;
    if (size == 0 || size > PACKET_MOST)
        return cannot(look, "what answers there is no MySQL server");
    *size_out = size;
    *sequence_out = header[3];
    return read_exactly(look, payload, size);
}

static enum sg_status write_packet(struct look *look, uint8_t sequence, const uint8_t *payload,
                                   size_t size)
{
    uint8_t packet[4 + 256] = {(uint8_t)size, (uint8_t)(size >> 8), 0, sequence};
    if (size > 0)
        memcpy(packet + 4, payload, size);
    if (!look->tls)
        return send_all(look, packet, size + 4);
    struct sg_slice plain = sg_slice_make(packet, size + 4);
    if (tls_write(look->tls, &plain, &look->sink) != TLS_OK)
        return cannot(look, tls_error(look->tls));
    return flush(look);
}

/* --- the conversation ------------------------------------------------------------------------ */

static enum sg_status read_greeting(struct look *look)
{
    uint8_t payload[PACKET_MOST];
    size_t size = 0;
    uint8_t sequence = 0;
    enum sg_status status = read_packet(look, payload, &size, &sequence);
    if (status != SG_OK)
        return status;
    if (payload[0] == 0xff && size > 3) { /* error number and text, no SQLSTATE yet */
        char words[256];
        (void)snprintf(words, sizeof(words), "%.*s", (int)(size - 3), (const char *)payload + 3);
        return cannot(look, words);
    }
    const uint8_t *version_end = memchr(payload + 1, 0, size - 1);
    /* connection id 4, nonce 8, zero 1, then the lower capabilities */
    size_t at = version_end ? (size_t)(version_end - payload) + 1 + 4 + 8 + 1 : size;
    if (payload[0] != 10 || at + 2 > size)
        return cannot(look, "what answers there is no MySQL server");
    unsigned capabilities = payload[at] | (unsigned)payload[at + 1] << 8;
    if (!(capabilities & CLIENT_SSL))
        return cannot(look, "the server offers no TLS");
    return SG_OK;
}

/* Capabilities, largest packet, character set, 23 zeros: SSLRequest, and the login's beginning. */
static size_t put_head(uint8_t *bytes)
{
    const uint32_t words[] = {CAPABILITIES | CLIENT_SSL, MAX_PACKET};
    memset(bytes, 0, 32);
    for (size_t i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(words[i / 4] >> (8 * (i % 4)));
    bytes[8] = UTF8MB4_COLLATION;
    return 32;
}

static enum sg_status shake_hands(struct look *look)
{
    uint8_t request[32];
    enum sg_status status = write_packet(look, 1, request, put_head(request));
    /* Anything in clear behind the greeting is given to TLS, and fails there. */
    look->tls =
        tls_new(look->context, look->probe->endpoint.is_path ? NULL : look->probe->endpoint.host);
    if (!look->tls)
        return cannot(look, "out of memory");
    while (status == SG_OK) {
        struct sg_slice input = arrived(look);
        enum tls_status answer = tls_handshake(look->tls, &input, &look->sink);
        look->start = look->end - input.size;
        status = flush(look); /* an alert goes out, too */
        if (answer == TLS_OK)
            return status;
        if (answer == TLS_FAILED)
            return cannot(look, tls_error(look->tls));
        if (status == SG_OK && answer == TLS_AGAIN)
            status = receive(look);
    }
    return status;
}

/* Nobody's login, refused by any server; what becomes of it is of no interest. */
static enum sg_status take_leave(struct look *look)
{
    static const char tail[] =
        "schemaguard-probe\0\0mysql_native_password"; /* user, no proof, plugin */
    uint8_t login[32 + sizeof(tail)];
    uint8_t payload[PACKET_MOST];
    size_t size = put_head(login);
    memcpy(login + size, tail, sizeof(tail));
    enum sg_status status = write_packet(look, 2, login, sizeof(login));
    for (int round = 0; status == SG_OK && round < ROUNDS_MOST; round++) {
        uint8_t sequence = 0;
        status = read_packet(look, payload, &size, &sequence);
        if (status != SG_OK || payload[0] == 0xff || payload[0] == 0x00)
            break;
        status =
            write_packet(look, (uint8_t)(sequence + 1), NULL, 0); /* no password there either */
    }
    return status;
}

/* A reference for one look. */
static struct tls_context *context_of(struct probe *probe)
{
    (void)pthread_mutex_lock(&probe->lock);
    struct tls_context *context = tls_context_retain(probe->context);
    (void)pthread_mutex_unlock(&probe->lock);
    return context;
}

static enum sg_status look_once(struct probe *probe, struct tls_certificate *certificate,
                                struct sg_error *error)
{
    uint8_t sealed[TLS_SINK_MIN_BYTES];
    struct sg_error unheard = {.status = SG_OK};
    struct look *look = calloc(1, sizeof(*look));
    if (!look)
        return sg_error_set(error, SG_SYSTEM, "out of memory");
    *look = (struct look){.probe = probe, .context = context_of(probe), .fd = -1, .error = error};
    look->sink = (struct tls_sink){.data = sealed, .capacity = sizeof(sealed)};
    enum sg_status status = probe->endpoint.is_path ? connect_path(look) : connect_host(look);
    if (status == SG_OK)
        status = read_greeting(look);
    if (status == SG_OK)
        status = shake_hands(look);
    if (status == SG_OK && !tls_peer_certificate(look->tls, certificate))
        status = cannot(look, "out of memory");
    look->error = &unheard;
    if (status == SG_OK)
        (void)(take_leave(look) == SG_OK);
    tls_free(look->tls);
    tls_context_release(look->context);
    if (look->fd >= 0)
        (void)close(look->fd);
    free(look);
    return status;
}

/* --- the door -------------------------------------------------------------------------------- */

struct probe *probe_new(const struct endpoint *endpoint, struct tls_context *context,
                        unsigned timeout_ms)
{
    struct probe *probe = calloc(1, sizeof(*probe));
    if (!probe)
        return NULL;
    probe->endpoint = *endpoint;
    probe->context = tls_context_retain(context);
    (void)pthread_mutex_init(&probe->lock, NULL);
    probe->timeout_ms = timeout_ms;
    return probe;
}

void probe_free(struct probe *probe)
{
    if (!probe)
        return;
    tls_context_release(probe->context);
    (void)pthread_mutex_destroy(&probe->lock);
    free(probe->found.pem);
    free(probe);
}

void probe_secure(struct probe *probe, struct tls_context *context)
{
    (void)pthread_mutex_lock(&probe->lock);
    tls_context_release(probe->context);
    probe->context = tls_context_retain(context);
    probe->is_renewed = true;
    (void)pthread_mutex_unlock(&probe->lock);
}

static bool take_renewed(struct probe *probe)
{
    (void)pthread_mutex_lock(&probe->lock);
    bool is_renewed = probe->is_renewed;
    probe->is_renewed = false;
    (void)pthread_mutex_unlock(&probe->lock);
    return is_renewed;
}

static time_t now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

enum sg_status probe_certificate(struct probe *probe, bool is_fresh,
                                 struct tls_certificate *certificate_out, struct sg_error *error)
{
    if (take_renewed(probe)) {
        free(probe->found.pem);
        probe->found.pem = NULL;
    }
    if (is_fresh || !probe->found.pem || now_s() - probe->found_at > REMEMBERED_S) {
        struct tls_certificate found = {.pem = NULL};
        enum sg_status status = look_once(probe, &found, error);
        if (status != SG_OK)
            return status;
        free(probe->found.pem);
        probe->found = found;
        probe->found_at = now_s();
    }
    *certificate_out = probe->found;
    certificate_out->pem = strdup(probe->found.pem);
    return certificate_out->pem ? SG_OK : sg_error_set(error, SG_SYSTEM, "out of memory");
}
