/* Authentication, passed through; and the one translation that two sides of different TLS need.
 *
 * The server's packets are relayed by their first byte: 00 ends well, FF ends badly, FE switches
 * the plugin, everything else is data of whatever plugin is at work (MariaDB sends plugin data raw,
 * so no other byte may be read as a kind). caching_sha2_password and sha256_password send the
 * password itself where they think the line is safe, and encrypted with RSA where not. When only
 * one side is safe, the guard turns the one form into the other:
 *
 *     client TLS, server plain:  password NUL                -> RSA(password NUL xor nonce),
 * server's key client plain, server TLS:  RSA(password NUL xor nonce) -> password NUL,  with a key
 * of our own
 *
 * The password exists in one struct wire_secret, which its owner wipes. All of OpenSSL that this
 * room uses is behind this header.
 *
 * Source: MySQL Source Code Documentation, "Authentication Method Switch Request Packet",
 * "Caching_sha2_password information"; MySQL Reference Manual, "Caching SHA-2 Pluggable
 * Authentication".
 */
#ifndef WIRE_AUTH_H
#define WIRE_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/error.h>
#include <schemaguard/slice.h>

#include "wire/greeting.h"
#include "wire/writer.h"

enum wire_auth_packet {
    WIRE_AUTH_OK,     /* 00: logged in */
    WIRE_AUTH_ERR,    /* FF */
    WIRE_AUTH_SWITCH, /* FE: wire_auth_switch_parse */
    WIRE_AUTH_DATA,   /* anything else, an empty packet included: forward */
};

/* The kind of a packet from the server between login and its end. */
enum wire_auth_packet wire_auth_classify(struct sg_slice payload);

enum wire_auth_plugin {
    WIRE_PLUGIN_NATIVE,       /* mysql_native_password */
    WIRE_PLUGIN_CACHING_SHA2, /* caching_sha2_password */
    WIRE_PLUGIN_SHA256,       /* sha256_password */
    WIRE_PLUGIN_CLEAR,        /* mysql_clear_password: the password, in clear */
    WIRE_PLUGIN_DIALOG,       /* dialog: answers may be passwords, in clear */
    WIRE_PLUGIN_OTHER,        /* opaque */
};

enum wire_auth_plugin wire_auth_plugin_of(struct sg_slice name);

struct wire_auth_switch {
    struct sg_slice plugin; /* into the payload; empty: the lone FE of ancient servers */
    struct sg_slice data;   /* into the payload: the new nonce with its closing zero, or any data */
};

/* MySQL asks for another factor, 02: laid out as a switch. Only where both sides have MULTI_FACTOR:
 * there plugins' data starts with 01. */
bool wire_auth_is_next_factor(struct sg_slice payload, uint64_t effective);

/* Parses a switch, or a demand for the next factor. False when it has no name with a NUL (forward
 * it). */
SG_MUST_CHECK bool wire_auth_switch_parse(struct sg_slice payload,
                                          struct wire_auth_switch *switch_out);

/* Copies the first 20 bytes of a switch's data; false, *nonce untouched, when there are fewer. */
SG_MUST_CHECK bool wire_auth_nonce_of(struct sg_slice data, uint8_t nonce[WIRE_NONCE_SIZE]);

/* What caching_sha2_password's data packets from the server say: all others are WIRE_SHA2_OTHER. */
enum wire_sha2_data {
    WIRE_SHA2_FAST_OK, /* 01 03: the proof was good, an OK follows; the client does not answer */
    WIRE_SHA2_FULL,    /* 01 04: now the password, in one form or the other */
    WIRE_SHA2_KEY,     /* 01 then a PEM: the server's public key */
    WIRE_SHA2_OTHER,
};

enum wire_sha2_data wire_sha2_classify(struct sg_slice payload);

/* The PEM text within a WIRE_SHA2_KEY packet. */
struct sg_slice wire_sha2_key_of(struct sg_slice payload);

/* The byte by which a client asks for the key, instead of a proof. */
#define WIRE_CACHING_SHA2_WANTS_KEY 0x02
#define WIRE_SHA256_WANTS_KEY       0x01

/* True when `answer` is a client's request for the key under `plugin`. */
bool wire_auth_wants_key(enum wire_auth_plugin plugin, struct sg_slice answer);

/* A password on its way from one form to the other. Wiped by whoever holds it when the login step
 * is left; never logged. 255 bytes is more than any server takes (MySQL: 256 with the NUL). */
#define WIRE_SECRET_MAX 512u

struct wire_secret {
    uint16_t size; /* bytes of the password, without its NUL */
    uint8_t bytes[WIRE_SECRET_MAX];
};

void wire_secret_wipe(struct wire_secret *secret);

/* Wipes `size` bytes of any buffer in a way that is not optimised out. */
void wire_wipe(void *bytes, size_t size);

/* From a client's packet over TLS: text and one NUL at its end. False, secret wiped, when it is
 * anything else or too long. */
SG_MUST_CHECK bool wire_secret_from_clear(struct wire_secret *secret, struct sg_slice payload);

/* Writes text and NUL: the payload for a server behind TLS. */
void wire_secret_write_clear(const struct wire_secret *secret, struct writer *w);

/* Writes RSA-OAEP(SHA-1) of (text NUL xor nonce repeated) under the server's PEM: the payload for a
 * server in clear. False, *error filled, when the PEM is no RSA key or the secret too long for it.
 */
SG_MUST_CHECK bool wire_secret_write_encrypted(const struct wire_secret *secret,
                                               const uint8_t nonce[WIRE_NONCE_SIZE],
                                               struct sg_slice server_pem, struct writer *w,
                                               struct sg_error *error);

/* The guard's own key. Read-only after it was made, so threads may share it. */
struct wire_rsa;

/* 2048 bits, made now (tens to hundreds of milliseconds). NULL, *error filled, when OpenSSL fails.
 */
struct wire_rsa *wire_rsa_generate(struct sg_error *error);

/* From the text of a private key's PEM, unencrypted, RSA, at least 2048 bits. NULL otherwise. */
struct wire_rsa *wire_rsa_load(struct sg_slice pem, struct sg_error *error);

void wire_rsa_free(struct wire_rsa *rsa); /* NULL is fine */

/* The public key as PEM text, as servers send it; the rsa's. Without the 01 in front. */
struct sg_slice wire_rsa_public_pem(const struct wire_rsa *rsa);

/* The private key as PEM text into `w`, for a fleet that must share it (wipe it afterwards). */
SG_MUST_CHECK bool wire_rsa_write_private_pem(const struct wire_rsa *rsa, struct writer *w,
                                              struct sg_error *error);

/* Bytes of a proof under this key: a client's packet of another size is none. */
size_t wire_rsa_proof_size(const struct wire_rsa *rsa);

/* Undoes what a client did with our public key: decrypts and takes the nonce off. False, secret
 * wiped, when it is not a proof under this key or holds no NUL-terminated text (send an empty proof
 * then: the server's own 1045 comes back). */
SG_MUST_CHECK bool wire_secret_decrypt(struct wire_secret *secret, const struct wire_rsa *rsa,
                                       const uint8_t nonce[WIRE_NONCE_SIZE], struct sg_slice proof);

/* The throw-away login: a client that leaves before its login would count towards the server's
 * max_connect_errors for *our* address (error 1129 then locks everybody out); a refused login of an
 * unknown user without a password does not count. Payload of the SSLRequest (only when
 * `server_tls`) and of the login; both without packet headers. */
void wire_throwaway_ssl_request_write(struct writer *w, const struct wire_greeting *greeting);
void wire_throwaway_login_write(struct writer *w, const struct wire_greeting *greeting,
                                bool server_tls);

/* False for a proof of a size that the plugin never makes. Servers answer such a one by "Bad
 * handshake" and count it towards max_connect_errors, where they only refuse a wrong password: an
 * empty proof is to be sent in its stead. */
bool wire_auth_proof_fits(enum wire_auth_plugin plugin, struct sg_slice proof);

/* The longest answer that wire_throwaway_answer writes. */
#define WIRE_THROWAWAY_ANSWER_MAX 64u

/* What a throw-away login answers to a server's packet: true and a payload (maybe empty) in `w`, or
 * false when the exchange is over (OK, ERR) or nothing has to be said (01 03). */
bool wire_throwaway_answer(struct sg_slice payload, struct writer *w);

#endif
