/* Foreign bytes from the server's side: greeting, authentication, OK and ERR, and the answer
 * tracker.
 *
 * Input: capabilities 8 | answer kind 1 | command's last id 1 | sizes of the first cuts 4 | bytes.
 * The bytes are one payload for every reader of the server's packets, and a stream for the tracker,
 * which must say the same however they are cut.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/auth.h"
#include "wire/greeting.h"
#include "wire/packet.h"
#include "wire/response.h"

enum { HEAD = 14, CUTS_AT = 10 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void touch(struct sg_slice text)
{
    static volatile char sink;

    if (text.size > 0)
        sink = (char)(text.data[0] ^ text.data[text.size - 1]);
    (void)sink;
}

static void try_greeting(uint8_t *bytes, size_t size, uint64_t effective)
{
    struct wire_greeting greeting, again;
    uint8_t buffer[1024];
    struct writer w = writer_make(buffer, sizeof buffer);
    uint64_t offer;

    (void)wire_first_classify(sg_slice_make(bytes, size));
    if (!wire_greeting_parse(sg_slice_make(bytes, size), &greeting, NULL))
        return;
    touch(greeting.version);
    touch(greeting.plugin);
    wire_throwaway_login_write(&w, &greeting, false);
    wire_greeting_set_capabilities(bytes, &greeting, greeting.capabilities);
    require(wire_greeting_parse(sg_slice_make(bytes, size), &again, NULL));
    require(again.capabilities == greeting.capabilities);
    require(again.connection_id == greeting.connection_id);
    offer = wire_capabilities_offer(greeting.capabilities, greeting.flavour, effective & 1);
    wire_greeting_set_capabilities(bytes, &greeting, offer);
}

static void try_auth(struct sg_slice payload)
{
    uint8_t buffer[1024];
    struct writer w = writer_make(buffer, sizeof buffer);
    struct wire_auth_switch to;
    uint8_t nonce[WIRE_NONCE_SIZE] = {0};
    struct wire_secret secret = {.size = 1};

    if (wire_auth_switch_parse(payload, &to)) {
        touch(to.plugin);
        touch(to.data);
        (void)wire_auth_plugin_of(to.plugin);
        (void)!wire_auth_nonce_of(to.data, nonce);
    }
    (void)wire_throwaway_answer(payload, &w);
    if (wire_sha2_classify(payload) == WIRE_SHA2_KEY)
        (void)!wire_secret_write_encrypted(&secret, nonce, wire_sha2_key_of(payload), &w, NULL);
}

static void try_ok_and_err(struct sg_slice payload, uint64_t effective)
{
    struct wire_state_walk walk;
    struct wire_state_change change;
    struct wire_ok ok;
    struct wire_err err;

    if (wire_err_parse(payload, &err))
        touch(err.message);
    if (!wire_ok_parse(payload, effective, &ok))
        return;
    touch(ok.info);
    walk = wire_state_begin(ok.state);
    while (wire_state_next(&walk, &change)) {
        touch(change.name);
        touch(change.value);
    }
}

/* --- the tracker: everything that it says, as a hash ---------------------------------------------
 */

struct run {
    struct wire_response r;
    uint64_t effective;
    uint64_t hash;
    size_t told;  /* bytes taken when it last said something */
    size_t taken; /* bytes taken */
    bool ended;
};

static void mix(struct run *run, uint64_t value)
{
    run->hash = (run->hash ^ value) * 1099511628211u;
}

static void mix_text(struct run *run, struct sg_slice text)
{
    mix(run, text.size);
    for (size_t i = 0; i < text.size; i++)
        mix(run, (uint8_t)text.data[i]);
}

static void mix_result(struct run *run)
{
    struct wire_ok ok;
    struct wire_err err;

    mix(run, run->r.outcome);
    mix(run, run->r.status);
    mix(run, run->r.error_number);
    mix(run, run->r.statement_id);
    mix(run, run->r.last_sequence);
    if (!run->r.cut && wire_response_ok(&run->r, &ok)) {
        mix(run, ok.affected_rows);
        mix_text(run, ok.state);
    }
    if (!run->r.cut && wire_response_err(&run->r, &err))
        mix_text(run, err.message);
}

/* The next answer, as a session with one more command in its queue would begin it. */
static void go_on(struct run *run, enum wire_progress progress)
{
    switch (progress) {
    case WIRE_PROGRESS_MORE:
        break;
    case WIRE_PROGRESS_RESULT:
        mix_result(run);
        break;
    case WIRE_PROGRESS_DONE:
        mix_result(run);
        wire_response_fini(&run->r);
        wire_response_begin(&run->r, WIRE_ANSWER_QUERY, run->effective, 0);
        break;
    case WIRE_PROGRESS_INFILE:
        wire_response_infile_done(&run->r, wire_sequence_add(run->r.last_sequence, 3));
        break;
    case WIRE_PROGRESS_UNEXPECTED:
        mix(run, run->r.unexpected_sequence);
        if (!wire_response_resume(&run->r, WIRE_ANSWER_EXECUTE, run->effective, 0))
            run->ended = true;
        break;
    case WIRE_PROGRESS_STREAM:
    case WIRE_PROGRESS_LOST:
        run->ended = true;
        break;
    }
}

static void feed(struct run *run, const uint8_t *bytes, size_t size)
{
    uint8_t *piece = malloc(size);
    size_t done = 0;

    require(piece != NULL);
    memcpy(piece, bytes, size);
    while (done < size && !run->ended) {
        enum wire_progress progress;
        size_t taken = wire_response_feed(&run->r, piece + done, size - done, &progress);

        require(taken > 0 && taken <= size - done);
        require(progress != WIRE_PROGRESS_MORE || taken == size - done);
        done += taken;
        run->taken += taken;
        if (progress != WIRE_PROGRESS_MORE) {
            mix(run, progress);
            if (progress != WIRE_PROGRESS_LOST && progress != WIRE_PROGRESS_STREAM)
                mix(run, run->taken); /* those two take whatever is there */
        }
        go_on(run, progress);
    }
    free(piece);
}

static uint64_t track(const uint8_t *data, const uint8_t *bytes, size_t size, const uint8_t *cuts)
{
    struct cursor head = cursor_make(data, HEAD);
    struct run run = {.effective = cursor_u64(&head), .hash = 14695981039346656037u};
    enum wire_answer answer = (enum wire_answer)(cursor_u8(&head) % (WIRE_ANSWER_STREAM + 1));
    size_t at = 0;

    wire_response_begin(&run.r, answer, run.effective, cursor_u8(&head));
    for (size_t i = 0; at < size && !run.ended; i++) {
        size_t left = size - at;
        size_t piece = cuts != NULL && cuts[i % 4] > 0 && cuts[i % 4] < left ? cuts[i % 4] : left;

        feed(&run, bytes + at, piece);
        at += piece;
    }
    wire_response_fini(&run.r);
    return run.hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t single[4] = {1, 1, 1, 1};
    struct cursor head = cursor_make(data, size);
    uint64_t effective = cursor_u64(&head);
    uint8_t *bytes;
    size_t left;
    uint64_t whole;

    if (size < HEAD)
        return 0;
    left = size - HEAD;
    bytes = malloc(left > 0 ? left : 1);
    require(bytes != NULL);
    memcpy(bytes, data + HEAD, left);
    whole = track(data, bytes, left, NULL);
    require(whole == track(data, bytes, left, data + CUTS_AT));
    if (left <= 512) /* each byte its own block: slow */
        require(whole == track(data, bytes, left, single));
    try_auth(sg_slice_make(bytes, left));
    try_ok_and_err(sg_slice_make(bytes, left), effective);
    try_greeting(bytes, left, effective);
    free(bytes);
    return 0;
}
