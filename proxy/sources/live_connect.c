/* Reaches a server: host or socket, account, TLS as it was asked for.
 *
 * In: how to connect; out: a connection that is as safe as the options say, or a message. Called by
 * live.c. The two client libraries agree on the protocol and differ in TLS:
 *   Oracle's     one option with MySQL's own modes; no fingerprints
 *   Connector/C  3.3: a fingerprint (SHA-1) is the only thing that also stops a server, or someone
 *                in between, that offers no TLS at all; with a CA alone it logs in in clear text
 * then (seen with 3.3.20 and MariaDB 10.11 without TLS); from 3.4 on SHA-256 too Hence struct
 * live_pin. LOAD DATA LOCAL is off: a server could ask for any of our files. Follows: MySQL C API
 * manual, "mysql_options()"; MariaDB Connector/C, "mysql_optionsv".
 */
#define _GNU_SOURCE /* memfd_create */
#include "sources/live_connect.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <errmsg.h>

#ifdef MARIADB_PACKAGE_VERSION_ID
#define IS_CONNECTOR_C 1
#else
#define IS_CONNECTOR_C 0
#endif

#define CONNECT_TIMEOUT_S 10u
#define READ_TIMEOUT_S    60u
#define PASSWORD_MOST     1024

/* --- breaking off ---------------------------------------------------------------------------- */

struct live_cancel {
    pthread_mutex_t lock;
    int fd; /* of the connection in use; -1 = none */
    bool is_cancelled;
};

struct live_cancel *live_cancel_new(void)
{
    struct live_cancel *cancel = calloc(1, sizeof(*cancel));
    if (!cancel)
        return NULL;
    (void)pthread_mutex_init(&cancel->lock, NULL);
    cancel->fd = -1;
    return cancel;
}

void live_cancel_free(struct live_cancel *cancel)
{
    if (!cancel)
        return;
    (void)pthread_mutex_destroy(&cancel->lock);
    free(cancel);
}

void live_cancel_now(struct live_cancel *cancel)
{
    (void)pthread_mutex_lock(&cancel->lock);
    cancel->is_cancelled = true;
    if (cancel->fd >= 0)
        (void)shutdown(cancel->fd, SHUT_RDWR); /* the thread that reads from it sees the end */
    (void)pthread_mutex_unlock(&cancel->lock);
}

bool live_was_cancelled(struct live_cancel *cancel)
{
    if (!cancel)
        return false;
    (void)pthread_mutex_lock(&cancel->lock);
    bool is_cancelled = cancel->is_cancelled;
    (void)pthread_mutex_unlock(&cancel->lock);
    return is_cancelled;
}

/* False when it was cancelled already. */
static bool watch(struct live_cancel *cancel, int fd)
{
    if (!cancel)
        return true;
    (void)pthread_mutex_lock(&cancel->lock);
    cancel->fd = fd;
    bool is_cancelled = cancel->is_cancelled;
    (void)pthread_mutex_unlock(&cancel->lock);
    return !is_cancelled;
}

static int socket_of(MYSQL *mysql)
{
#if IS_CONNECTOR_C
    return (int)mysql_get_socket(mysql);
#else
    return (int)mysql->net.fd;
#endif
}

/* --- the password ---------------------------------------------------------------------------- */

struct password {
    char text[PASSWORD_MOST + 1];
};

static enum sg_status read_password(const struct live_options *options, struct password *password,
                                    struct sg_error *error)
{
    memset(password, 0, sizeof(*password));
    if (!options->password_file) {
        if (options->password)
            (void)snprintf(password->text, sizeof(password->text), "%s", options->password);
        return SG_OK;
    }
    FILE *file = fopen(options->password_file, "re");
    if (!file)
        return sg_error_set(error, SG_SYSTEM, "cannot read password file %s: %s",
                            options->password_file, strerror(errno));
    (void)setvbuf(file, NULL, _IONBF, 0); /* no copy of it in a buffer that nobody wipes */
    if (!fgets(password->text, sizeof(password->text), file))
        password->text[0] = '\0';
    (void)fclose(file);
    password->text[strcspn(password->text, "\r\n")] = '\0';
    return SG_OK;
}

/* --- TLS ------------------------------------------------------------------------------------- */

/* What has to be verified before the password is sent. */
static bool must_verify(const struct live_options *options)
{
    return options->tls != LIVE_TLS_DISABLED &&
           (options->tls >= LIVE_TLS_VERIFY_CA || options->tls_ca_file || options->tls_fingerprint);
}

static enum sg_status need_pin(const struct live_options *options, bool is_fresh,
                               struct live_pin *pin, struct sg_error *error)
{
    if (!options->find_pin)
        return sg_error_set(error, SG_INVALID,
                            "this client library cannot verify the server's certificate as asked");
    return options->find_pin(options->find_pin_argument, is_fresh, pin, error);
}

#if IS_CONNECTOR_C

static enum sg_status set_tls(MYSQL *mysql, const struct live_options *options, bool is_fresh,
                              struct live_pin *pin, int *ca_fd_out, struct sg_error *error)
{
    (void)ca_fd_out;
    my_bool yes = 1;
    my_bool no = 0;
    if (options->tls == LIVE_TLS_DISABLED)
        return SG_OK;
    (void)mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &yes);
    /* The name is checked by find_pin; the library would take "verify" for both CA and name. */
    (void)mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &no);
    if (!must_verify(options))
        return SG_OK;
    enum sg_status status = need_pin(options, is_fresh, pin, error);
    if (status == SG_OK)
        (void)mysql_options(mysql, MARIADB_OPT_SSL_FP,
                            MARIADB_PACKAGE_VERSION_ID >= 30400 ? pin->sha256 : pin->sha1);
    return status;
}

#else

/* A pinned certificate as a file that only we can open. It must be its own issuer. */
static enum sg_status trust_pin(MYSQL *mysql, const struct live_pin *pin, int *ca_fd_out,
                                struct sg_error *error)
{
    char path[64];
    size_t size = strlen(pin->pem);
    int fd = memfd_create("schemaguard-pin", MFD_CLOEXEC);
    *ca_fd_out = fd;
    if (fd < 0 || write(fd, pin->pem, size) != (ssize_t)size)
        return sg_error_set(error, SG_SYSTEM, "cannot hold the pinned certificate: %s",
                            strerror(errno));
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (access(path, R_OK) != 0)
        return sg_error_set(error, SG_SYSTEM,
                            "a fingerprint alone can be verified here only where /proc is mounted; "
                            "give the certificate as CA file as well");
    (void)mysql_options(mysql, MYSQL_OPT_SSL_CA, path);
    return SG_OK;
}

static enum sg_status set_tls(MYSQL *mysql, const struct live_options *options, bool is_fresh,
                              struct live_pin *pin, int *ca_fd_out, struct sg_error *error)
{
    static const enum mysql_ssl_mode modes[] = {
        [LIVE_TLS_DISABLED] = SSL_MODE_DISABLED,
        [LIVE_TLS_PREFERRED] = SSL_MODE_PREFERRED,
        [LIVE_TLS_REQUIRED] = SSL_MODE_REQUIRED,
        [LIVE_TLS_VERIFY_CA] = SSL_MODE_VERIFY_CA,
        [LIVE_TLS_VERIFY_IDENTITY] = SSL_MODE_VERIFY_IDENTITY,
    };
    unsigned mode = (unsigned)modes[options->tls];
    enum sg_status status = SG_OK;
    if (must_verify(options) && mode < SSL_MODE_VERIFY_CA)
        mode = SSL_MODE_VERIFY_CA;
    if (options->tls_fingerprint && options->tls != LIVE_TLS_DISABLED) {
        status = need_pin(options, is_fresh, pin, error);
        if (status == SG_OK && !options->tls_ca_file)
            status = trust_pin(mysql, pin, ca_fd_out, error);
    }
    if (options->tls_ca_file)
        (void)mysql_options(mysql, MYSQL_OPT_SSL_CA, options->tls_ca_file);
    (void)mysql_options(mysql, MYSQL_OPT_SSL_MODE, &mode);
    if (options->tls <= LIVE_TLS_PREFERRED) {
        bool yes = true; /* caching_sha2_password over a plain connection: ask for the RSA key */
        (void)mysql_options(mysql, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &yes);
    }
    return status;
}

#endif

/* --- connecting ------------------------------------------------------------------------------ */

const char *live_where(const struct live_options *options, char *text_out, size_t size)
{
    if (options->socket_path)
        (void)snprintf(text_out, size, "%s", options->socket_path);
    else
        (void)snprintf(text_out, size, strchr(options->host, ':') ? "[%s]:%u" : "%s:%u",
                       options->host, options->port);
    return text_out;
}

static void set_options(MYSQL *mysql, const struct live_options *options)
{
    unsigned connect_s =
        options->connect_timeout_s ? options->connect_timeout_s : CONNECT_TIMEOUT_S;
    unsigned read_s = options->read_timeout_s ? options->read_timeout_s : READ_TIMEOUT_S;
    unsigned off = 0;
    /* Said aloud, since "localhost" would mean a socket otherwise. */
    unsigned protocol = options->socket_path ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
    (void)mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
    (void)mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &read_s);
    (void)mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &read_s);
    (void)mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &off);
    (void)mysql_options(mysql, MYSQL_OPT_PROTOCOL, &protocol);
    (void)mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    (void)mysql_options4(mysql, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "schemaguard");
    if (options->tls_certificate_file) {
        const char *key =
            options->tls_key_file ? options->tls_key_file : options->tls_certificate_file;
        (void)mysql_options(mysql, MYSQL_OPT_SSL_CERT, options->tls_certificate_file);
        (void)mysql_options(mysql, MYSQL_OPT_SSL_KEY, key);
    }
}

/* Oracle's library verifies up to an issuer, so a pin fits only where the certificate is its own.
 */
static const char *hint_for(const struct live_options *options, unsigned failure)
{
    bool is_pin_alone = options->tls_fingerprint && !options->tls_ca_file;
    if (!IS_CONNECTOR_C && is_pin_alone && failure == CR_SSL_CONNECTION_ERROR)
        return "; with this client library a certificate that a CA has signed needs that CA as a "
               "file, beside the fingerprint";
    return "";
}

static enum sg_status connect_failed(MYSQL *mysql, const struct live_options *options,
                                     struct sg_error *error)
{
    char where[512];
    return sg_error_set(error, SG_SYSTEM, "%s, as %s: %s (%u)%s",
                        live_where(options, where, sizeof(where)),
                        options->user ? options->user : "", mysql_error(mysql), mysql_errno(mysql),
                        hint_for(options, mysql_errno(mysql)));
}

static MYSQL *open_connection(const struct live_options *options, bool is_fresh,
                              const struct password *password, unsigned *failure_out,
                              struct sg_error *error)
{
    MYSQL *mysql = mysql_init(NULL);
    if (!mysql) {
        (void)sg_error_set(error, SG_SYSTEM, "out of memory");
        return NULL;
    }
    struct live_pin pin = {.pem = NULL};
    int ca_fd = -1;
    set_options(mysql, options);
    enum sg_status status = set_tls(mysql, options, is_fresh, &pin, &ca_fd, error);
    if (status == SG_OK &&
        !mysql_real_connect(mysql, options->socket_path ? NULL : options->host, options->user,
                            password->text, NULL, options->socket_path ? 0 : options->port,
                            options->socket_path, 0))
        status = connect_failed(mysql, options, error);
    if (status == SG_OK && options->tls >= LIVE_TLS_REQUIRED && !mysql_get_ssl_cipher(mysql))
        status =
            sg_error_set(error, SG_SYSTEM, "the server offers no TLS, and the settings require it");
    if (ca_fd >= 0)
        (void)close(ca_fd);
    free(pin.pem);
    if (status == SG_OK)
        return mysql;
    *failure_out = mysql_errno(mysql);
    mysql_close(mysql);
    return NULL;
}

/* A certificate that was replaced is looked at afresh, once. */
static MYSQL *connect_with(const struct live_options *options, const struct password *password,
                           struct sg_error *error)
{
    struct sg_error first = {.status = SG_OK};
    unsigned failure = 0;
    MYSQL *mysql = open_connection(options, false, password, &failure, &first);
    if (!mysql && failure == CR_SSL_CONNECTION_ERROR && options->find_pin)
        return open_connection(options, true, password, &failure, error);
    if (!mysql)
        (void)sg_error_set(error, first.status, "%s", first.message);
    return mysql;
}

MYSQL *live_connect(const struct live_options *options, struct live_cancel *cancel,
                    struct sg_error *error)
{
    struct password password;
    if (read_password(options, &password, error) != SG_OK)
        return NULL;
    MYSQL *mysql = live_was_cancelled(cancel) ? NULL : connect_with(options, &password, error);
    explicit_bzero(&password, sizeof(password));
    if (mysql && watch(cancel, socket_of(mysql)))
        return mysql;
    if (mysql)
        live_disconnect(mysql, cancel);
    (void)sg_error_set(error, SG_SYSTEM, "the reading was broken off");
    return NULL;
}

void live_disconnect(MYSQL *mysql, struct live_cancel *cancel)
{
    (void)watch(cancel, -1); /* before the number can mean another file */
    mysql_close(mysql);
}

enum sg_status live_login_again(MYSQL *mysql, const struct live_options *options,
                                struct sg_error *error)
{
    struct password password;
    enum sg_status status = read_password(options, &password, error);
    if (status == SG_OK && mysql_change_user(mysql, options->user, password.text, NULL) != 0)
        status = connect_failed(mysql, options, error);
    explicit_bzero(&password, sizeof(password));
    return status;
}
