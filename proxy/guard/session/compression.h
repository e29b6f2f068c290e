/* The compressed protocol on a session's two sides, each on its own terms; see wire/compress.h.
 *
 * Stands between the streams and the session's input and output: what arrives is unpacked in pieces
 * and handed to the steps as if it had come plain, what they send is packed. A session without
 * compression has a NULL pointer in place of all this. Between frames a compressed session holds no
 * decoder; encoders are the worker's.
 *
 * Sequence ids of frames: a command starts at 0, its answer goes on from its last frame, as do the
 * rounds of LOCAL INFILE and COM_CHANGE_USER. Under compression servers number the *packets* of an
 * answer anew whenever they flush, which an uncompressed client takes for a broken connection: so
 * the packets of a compressed server are renumbered.
 */
#ifndef SESSION_COMPRESSION_H
#define SESSION_COMPRESSION_H

#include <stdbool.h>
#include <stdint.h>

#include <schemaguard/error.h>
#include <schemaguard/slice.h>

#include "wire/compress.h"

struct session;
struct session_worker;
struct compression;

/* What was agreed on at the login. */
struct compression_choice {
    uint8_t client; /* enum wire_compression */
    uint8_t server;
    uint8_t zstd_level; /* towards the client */
};

/* From here on both sides are as chosen; bytes that arrived already and were not consumed are
 * frames. Nothing happens when neither side is compressed. False when memory is out. */
SG_MUST_CHECK bool compression_begin(struct session *session,
                                     const struct compression_choice *choice);

/* With the session; NULL is fine. */
void compression_free(struct compression *compression);

/* With the worker. */
void compression_worker_fini(struct session_worker *host);

/* --- for session.c; `side` is enum side, the session has a compression ------------------------ */

/* Bytes have arrived, in frames where that side is compressed. Runs the steps. */
void compression_take(struct session *session, unsigned side, uint8_t *bytes, size_t size);

/* After any event: unpacks what may be unpacked by now, and runs the steps. */
void compression_pump(struct session *session);

/* The side has ended: true when frames that came before still wait, and compression_pump will tell
 * the steps of the end. */
bool compression_defer_end(struct session *session, unsigned side);

/* That end is still to be told. */
bool compression_has_ended(const struct session *session, unsigned side);

/* Bytes in frames that wait to be unpacked. */
size_t compression_waiting(const struct session *session, unsigned side);

/* session_send2. */
bool compression_send(struct session *session, unsigned side, struct sg_slice first,
                      struct sg_slice second);

/* --- for the relay ------------------------------------------------------------------------------
 */

/* The id of the frame that the client's bytes of this moment came in. */
uint8_t compression_frame(const struct session *session);

/* The answer to a command whose last frame had that id begins: what is sent next is its first. */
void compression_answer(struct session *session, uint8_t frame);

/* The server's packets in `bytes`, which go on where the last ones of compression_passed ended, are
 * to be numbered from `sequence`. */
void compression_renumber(struct session *session, struct sg_slice bytes, uint8_t sequence);

/* So many of those bytes were used. */
void compression_passed(struct session *session, struct sg_slice bytes);

/* Both, where no answer is followed: the packets count on from the last one of either side. */
void compression_pass_blindly(struct session *session, struct sg_slice bytes);

#endif
