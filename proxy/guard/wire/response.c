/* The answer tracker; see response.h. Called by session/relay for every piece of the server's
 * bytes, and by session/confirm for the answers to the guard's own COM_STMT_PREPARE.
 *
 * Steps of an answer; each takes one frame, `...` several:
 *
 *     QUERY, EXECUTE   FIRST --count--> DEFINITIONS... --> [DEFINITIONS_END] --> ROWS... --> end
 *                        |  --OK, EOF, ERR--> end      ^ definitions left out: straight here
 *                        |  --FB--> INFILE (the client sends) --> FIRST
 *     PREPARE          PREPARED --> PARAMETERS... --> [PARAMETERS_END] --> COLUMNS... -->
 * [COLUMNS_END] FETCH, FIELD_LIST   ROWS... --> end OK, TEXT         SINGLE --> end STREAM
 * STREAM_FIRST --ERR--> end, anything else --> STREAM
 *
 * Steps in brackets exist without DEPRECATE_EOF only. An end with MORE_RESULTS goes back to FIRST.
 * An ERR ends every step; an ERR with number 0xFFFF is MariaDB's progress report and changes none.
 */
#include "wire/response.h"

#include <stdlib.h>
#include <string.h>

#include "wire/cursor.h"
#include "wire/packet.h"

enum step {
    STEP_FIRST,
    STEP_DEFINITIONS,
    STEP_DEFINITIONS_END,
    STEP_ROWS,
    STEP_PREPARED,
    STEP_PARAMETERS,
    STEP_PARAMETERS_END,
    STEP_COLUMNS,
    STEP_COLUMNS_END,
    STEP_SINGLE,
    STEP_STREAM_FIRST,
    STEP_STREAM,
    STEP_INFILE,
    STEP_DONE,
    STEP_LOST,
};

enum {
    FLAG_TOUCHED = 1,         /* a byte was taken */
    FLAG_INSIDE = 2,          /* a packet's header was read, its payload not yet to its end */
    FLAG_LOOKING = 4,         /* that packet is read, not skipped */
    FLAG_SORTED = 8,          /* it was decided which of the two */
    FLAG_CONTINUES = 16,      /* it has 0xFFFFFF bytes: the next one goes on with the frame */
    FLAG_HELD = 32,           /* its id was unexpected: see wire_response_resume */
    FLAG_NO_DEFINITIONS = 64, /* PREPARE: left out, only the EOFs of the groups come */
    FLAG_OUT_PARAMETERS = 128 /* EXECUTE of a CALL: this result holds them */
};

struct wire_look {
    uint32_t size;
    uint32_t capacity;
    uint8_t bytes[];
};

static void drop_look(struct wire_response *r)
{
    free(r->look);
    r->look = NULL;
}

static enum step first_step(enum wire_answer answer)
{
    switch (answer) {
    case WIRE_ANSWER_QUERY:
    case WIRE_ANSWER_EXECUTE:
        return STEP_FIRST;
    case WIRE_ANSWER_PREPARE:
        return STEP_PREPARED;
    case WIRE_ANSWER_FETCH:
    case WIRE_ANSWER_FIELD_LIST:
        return STEP_ROWS;
    case WIRE_ANSWER_OK:
    case WIRE_ANSWER_TEXT:
        return STEP_SINGLE;
    case WIRE_ANSWER_STREAM:
        return STEP_STREAM_FIRST;
    case WIRE_ANSWER_NONE:
    case WIRE_ANSWER_AUTH:
        break;
    }
    return STEP_LOST;
}

void wire_response_begin(struct wire_response *r, enum wire_answer answer, uint64_t effective,
                         uint8_t command_sequence)
{
    *r = (struct wire_response){
        .effective = effective,
        .answer = answer,
        .step = (uint8_t)first_step(answer),
        .last_sequence = command_sequence,
        .expected_sequence = wire_sequence_add(command_sequence, 1),
    };
}

void wire_response_fini(struct wire_response *r)
{
    drop_look(r);
    r->packet = SG_SLICE_EMPTY;
}

static bool has_eofs(const struct wire_response *r)
{
    return !(r->effective & WIRE_CLIENT_DEPRECATE_EOF);
}

/* --- what a packet does to the step; each returns how the answer goes on ------------------------
 */

static enum wire_progress lose(struct wire_response *r)
{
    r->step = STEP_LOST;
    return WIRE_PROGRESS_LOST;
}

static enum wire_progress go_to(struct wire_response *r, enum step step)
{
    r->step = (uint8_t)step;
    return WIRE_PROGRESS_MORE;
}

/* Only the answers that can hold several results look at MORE_RESULTS. Behind the row of a CALL's
 * OUT parameters MySQL's EOF lacks the flag though an OK follows (seen on 9.7; the OK of
 * DEPRECATE_EOF has it, and so has MariaDB): the flags of the definitions' EOF are remembered. */
static bool more_follows(const struct wire_response *r, enum wire_outcome outcome)
{
    bool several = r->answer == WIRE_ANSWER_QUERY || r->answer == WIRE_ANSWER_EXECUTE;
    bool more = r->status & WIRE_STATUS_MORE_RESULTS || r->flags & FLAG_OUT_PARAMETERS;

    return several && more && outcome != WIRE_OUTCOME_ERR;
}

static enum wire_progress end_result(struct wire_response *r, struct sg_slice packet,
                                     enum wire_outcome outcome)
{
    bool more = more_follows(r, outcome);

    r->outcome = outcome;
    r->packet = packet;
    r->flags &= (uint8_t)~FLAG_OUT_PARAMETERS;
    r->step = more ? STEP_FIRST : STEP_DONE;
    return more ? WIRE_PROGRESS_RESULT : WIRE_PROGRESS_DONE;
}

static enum wire_progress on_ok(struct wire_response *r, struct sg_slice packet,
                                enum wire_outcome outcome)
{
    if (!wire_status_parse(packet, r->effective, &r->status))
        return lose(r);
    return end_result(r, packet, outcome);
}

static enum wire_progress on_err(struct wire_response *r, struct sg_slice packet)
{
    struct wire_err err;

    if (!wire_err_parse(packet, &err))
        return lose(r);
    if (err.number == WIRE_ERR_PROGRESS)
        return WIRE_PROGRESS_MORE;
    r->error_number = err.number;
    return end_result(r, packet, WIRE_OUTCOME_ERR);
}

/* Behind a result set's definitions, or where they would have been. */
static enum wire_progress after_definitions(struct wire_response *r)
{
    return go_to(r, has_eofs(r) ? STEP_DEFINITIONS_END : STEP_ROWS);
}

/* Column count: lenenc count | [0: definitions are left out, 1: they follow], the latter with
 * MariaDB's CACHE_METADATA or MySQL's OPTIONAL_RESULTSET_METADATA. */
static enum wire_progress on_column_count(struct wire_response *r, struct sg_slice packet)
{
    struct cursor c = cursor_of(packet);
    bool follow = true;

    r->definitions = cursor_lenenc(&c);
    if ((r->effective & WIRE_CAPS_METADATA) && cursor_left(&c) > 0)
        follow = cursor_u8(&c) != 0;
    if (c.failed || cursor_left(&c) > 0 || r->definitions == 0)
        return lose(r);
    return follow ? go_to(r, STEP_DEFINITIONS) : after_definitions(r);
}

static enum wire_progress on_first(struct wire_response *r, struct sg_slice packet, uint8_t first)
{
    switch (first) {
    case 0x00:
    case 0xFE:
        return on_ok(r, packet, WIRE_OUTCOME_OK);
    case 0xFB:
        r->step = STEP_INFILE;
        return WIRE_PROGRESS_INFILE;
    default:
        return on_column_count(r, packet);
    }
}

/* The EOF behind a result set's definitions. With CURSOR_EXISTS the rows stay at the server until
 * they are fetched, and there is no second EOF. An OK in its place is the whole end: MySQL 9.7, a
 * statement that was executed with a cursor, fetched to its end and executed without one. (With
 * DEPRECATE_EOF that OK cannot be told from a row: the next answer's id shows that this one has
 * ended.) */
static enum wire_progress on_definitions_end(struct wire_response *r, struct sg_slice packet,
                                             uint8_t first)
{
    if (first == 0x00)
        return on_ok(r, packet, WIRE_OUTCOME_ROWS);
    if (first != 0xFE || !wire_status_parse(packet, r->effective, &r->status))
        return lose(r);
    if (r->answer == WIRE_ANSWER_EXECUTE && (r->status & WIRE_STATUS_CURSOR_EXISTS))
        return end_result(r, packet, WIRE_OUTCOME_ROWS);
    if (r->status & WIRE_STATUS_PS_OUT_PARAMS)
        r->flags |= FLAG_OUT_PARAMETERS;
    return go_to(r, STEP_ROWS);
}

/* --- PREPARE: two groups of definitions, each there only if its count is above zero -------------
 */

static enum wire_progress begin_columns(struct wire_response *r)
{
    if (r->columns == 0)
        return end_result(r, SG_SLICE_EMPTY, WIRE_OUTCOME_PREPARED);
    if (r->flags & FLAG_NO_DEFINITIONS)
        return has_eofs(r) ? go_to(r, STEP_COLUMNS_END)
                           : end_result(r, SG_SLICE_EMPTY, WIRE_OUTCOME_PREPARED);
    r->definitions = r->columns;
    return go_to(r, STEP_COLUMNS);
}

static enum wire_progress begin_parameters(struct wire_response *r)
{
    if (r->parameters == 0)
        return begin_columns(r);
    if (r->flags & FLAG_NO_DEFINITIONS)
        return has_eofs(r) ? go_to(r, STEP_PARAMETERS_END) : begin_columns(r);
    r->definitions = r->parameters;
    return go_to(r, STEP_PARAMETERS);
}

/* COM_STMT_PREPARE_OK: 00 | statement id 4 | columns 2 | parameters 2 | 0 | warnings 2 |
 * [definitions follow 1, with OPTIONAL_RESULTSET_METADATA]. */
static enum wire_progress on_prepared(struct wire_response *r, struct sg_slice packet,
                                      uint8_t first)
{
    struct cursor c = cursor_of(packet);

    cursor_skip(&c, 1);
    r->statement_id = cursor_u32(&c);
    r->columns = cursor_u16(&c);
    r->parameters = cursor_u16(&c);
    cursor_skip(&c, 3);
    if (c.failed || first != 0x00)
        return lose(r);
    if ((r->effective & WIRE_CLIENT_OPTIONAL_RESULTSET_METADATA) && cursor_left(&c) > 0 &&
        cursor_u8(&c) == 0)
        r->flags |= FLAG_NO_DEFINITIONS;
    return begin_parameters(r);
}

static enum wire_progress on_group_end(struct wire_response *r, uint8_t first)
{
    if (first != 0xFE)
        return lose(r);
    return r->step == STEP_PARAMETERS_END ? begin_columns(r)
                                          : end_result(r, SG_SLICE_EMPTY, WIRE_OUTCOME_PREPARED);
}

/* --- packets ------------------------------------------------------------------------------------
 */

static enum wire_progress on_single(struct wire_response *r, struct sg_slice packet, uint8_t first)
{
    if (r->answer == WIRE_ANSWER_TEXT)
        return end_result(r, packet, WIRE_OUTCOME_TEXT);
    return first == 0x00 || first == 0xFE ? on_ok(r, packet, WIRE_OUTCOME_OK) : lose(r);
}

/* A packet that was read. */
static enum wire_progress on_packet(struct wire_response *r, struct sg_slice packet)
{
    uint8_t first;

    if (packet.size == 0)
        return lose(r);
    first = (uint8_t)packet.data[0];
    if (first == 0xFF)
        return on_err(r, packet);
    switch ((enum step)r->step) {
    case STEP_FIRST:
        return on_first(r, packet, first);
    case STEP_DEFINITIONS_END:
        return on_definitions_end(r, packet, first);
    case STEP_ROWS:
        return on_ok(r, packet, WIRE_OUTCOME_ROWS);
    case STEP_PREPARED:
        return on_prepared(r, packet, first);
    case STEP_PARAMETERS_END:
    case STEP_COLUMNS_END:
        return on_group_end(r, first);
    case STEP_SINGLE:
        return on_single(r, packet, first);
    case STEP_DEFINITIONS:
    case STEP_PARAMETERS:
    case STEP_COLUMNS:
    case STEP_STREAM_FIRST:
    case STEP_STREAM:
    case STEP_INFILE:
    case STEP_DONE:
    case STEP_LOST:
        break;
    }
    return lose(r);
}

/* A frame that was skipped: a definition or a row. */
static enum wire_progress on_skipped(struct wire_response *r)
{
    if (r->step == STEP_ROWS || --r->definitions > 0)
        return WIRE_PROGRESS_MORE;
    switch ((enum step)r->step) {
    case STEP_DEFINITIONS:
        return after_definitions(r);
    case STEP_PARAMETERS:
        return has_eofs(r) ? go_to(r, STEP_PARAMETERS_END) : begin_columns(r);
    case STEP_COLUMNS:
        return has_eofs(r) ? go_to(r, STEP_COLUMNS_END)
                           : end_result(r, SG_SLICE_EMPTY, WIRE_OUTCOME_PREPARED);
    default:
        return lose(r);
    }
}

/* Reads or skips? The first byte of a frame and its first packet's length tell. A row may start
 * with FE (a value of 16 MiB and more), but then its packet has 0xFFFFFF bytes; no row starts with
 * FF. */
enum sorting { SORT_SKIP, SORT_LOOK, SORT_STREAM, SORT_LOST };

static enum sorting sort_packet(const struct wire_response *r, uint8_t first)
{
    bool large = r->left == WIRE_PAYLOAD_MAX;

    switch ((enum step)r->step) {
    case STEP_DEFINITIONS:
    case STEP_PARAMETERS:
    case STEP_COLUMNS:
        return first == 0xFF && !large ? SORT_LOOK : SORT_SKIP;
    case STEP_ROWS:
        return first >= 0xFE && !large ? SORT_LOOK : SORT_SKIP;
    case STEP_STREAM_FIRST:
        return first == 0xFF && !large ? SORT_LOOK : SORT_STREAM;
    case STEP_FIRST:
    case STEP_DEFINITIONS_END:
    case STEP_PREPARED:
    case STEP_PARAMETERS_END:
    case STEP_COLUMNS_END:
    case STEP_SINGLE:
        return large ? SORT_LOST : SORT_LOOK;
    case STEP_STREAM:
    case STEP_INFILE:
    case STEP_DONE:
    case STEP_LOST:
        break;
    }
    return SORT_LOST;
}

/* --- bytes --------------------------------------------------------------------------------------
 */

struct feed {
    const uint8_t *next;
    const uint8_t *end;
};

static size_t left_in(const struct feed *in)
{
    return (size_t)(in->end - in->next);
}

static void enter_packet(struct wire_response *r, uint32_t length)
{
    bool continued = r->flags & FLAG_CONTINUES;

    r->left = length;
    r->flags &= (uint8_t) ~(FLAG_LOOKING | FLAG_SORTED | FLAG_CONTINUES);
    r->flags |= FLAG_INSIDE;
    if (continued)
        r->flags |= FLAG_SORTED; /* a continuation's first byte is data, whatever it looks like */
    if (length == WIRE_PAYLOAD_MAX)
        r->flags |= FLAG_CONTINUES;
    r->last_sequence = r->expected_sequence;
    r->expected_sequence++;
}

/* The runs of whole small packets that bulk results consist of: headers alone, nothing kept. Stops
 * at whatever is not plainly a definition or a row that lies here to its end. */
static void skip_run(struct wire_response *r, struct feed *in)
{
    const uint8_t *at = in->next;
    size_t size = left_in(in);
    bool rows = r->step == STEP_ROWS;
    uint8_t meaning = rows ? 0xFE : 0xFF; /* first bytes from here on are not data */
    uint8_t expected = r->expected_sequence;
    uint64_t most = rows ? UINT64_MAX : r->definitions - 1;

    while (most > 0 && size > WIRE_HEADER_SIZE) {
        struct wire_header header = wire_header_at(at);
        size_t whole = WIRE_HEADER_SIZE + (size_t)header.length;

        if (header.sequence != expected || at[WIRE_HEADER_SIZE] >= meaning || whole > size ||
            header.length == 0 || header.length == WIRE_PAYLOAD_MAX)
            break;
        at += whole;
        size -= whole;
        expected++;
        most--;
    }
    if (at == in->next)
        return;
    in->next = at;
    r->expected_sequence = expected;
    r->last_sequence = (uint8_t)(expected - 1);
    if (!rows)
        r->definitions = most + 1;
}

static bool skips_runs(const struct wire_response *r)
{
    return r->header_size == 0 && !(r->flags & FLAG_CONTINUES) &&
           (r->step == STEP_ROWS || r->step == STEP_DEFINITIONS || r->step == STEP_PARAMETERS ||
            r->step == STEP_COLUMNS);
}

/* Takes header bytes; MORE too when the header is complete (FLAG_INSIDE tells). */
static enum wire_progress take_header(struct wire_response *r, struct feed *in)
{
    uint8_t whole[WIRE_HEADER_SIZE];
    size_t missing = WIRE_HEADER_SIZE - r->header_size;
    size_t have = left_in(in);
    struct wire_header header;

    if (have == 0)
        return WIRE_PROGRESS_MORE;
    if (have < missing) {
        memcpy(r->header + r->header_size, in->next, have);
        r->header_size = (uint8_t)(r->header_size + have);
        in->next = in->end;
        return WIRE_PROGRESS_MORE;
    }
    memcpy(whole, r->header, r->header_size);
    memcpy(whole + r->header_size, in->next, missing);
    in->next += missing;
    r->header_size = 0;
    header = wire_header_at(whole);
    if (header.sequence != r->expected_sequence) {
        r->left = header.length;
        r->unexpected_sequence = header.sequence;
        r->flags |= FLAG_HELD;
        return WIRE_PROGRESS_UNEXPECTED;
    }
    enter_packet(r, header.length);
    return WIRE_PROGRESS_MORE;
}

/* Keeps what is here of a packet that has to be read and was cut. False: no memory. */
static bool keep(struct wire_response *r, struct feed *in)
{
    size_t take = left_in(in) < r->left ? left_in(in) : r->left;
    size_t room;

    if (r->look == NULL) {
        uint32_t capacity = r->left < WIRE_LOOK_MAX ? r->left : WIRE_LOOK_MAX;

        r->look = malloc(sizeof *r->look + capacity);
        if (r->look == NULL)
            return false;
        r->look->size = 0;
        r->look->capacity = capacity;
        r->cut = r->left > WIRE_LOOK_MAX;
    }
    room = r->look->capacity - r->look->size;
    if (room > 0) {
        size_t kept = take < room ? take : room;

        memcpy(r->look->bytes + r->look->size, in->next, kept);
        r->look->size += (uint32_t)kept;
    }
    in->next += take;
    r->left -= (uint32_t)take;
    return true;
}

static enum wire_progress look_at_packet(struct wire_response *r, struct feed *in)
{
    struct sg_slice packet;

    if (r->look == NULL && left_in(in) >= r->left) {
        packet = sg_slice_make(in->next, r->left);
        in->next += r->left;
        r->left = 0;
        r->cut = false;
    } else if (!keep(r, in)) {
        return lose(r);
    } else if (r->left > 0) {
        return WIRE_PROGRESS_MORE;
    } else {
        packet = sg_slice_make(r->look->bytes, r->look->size);
    }
    r->flags &= (uint8_t)~FLAG_INSIDE;
    return on_packet(r, packet);
}

static enum wire_progress skip_packet(struct wire_response *r, struct feed *in)
{
    size_t take = left_in(in) < r->left ? left_in(in) : r->left;

    in->next += take;
    r->left -= (uint32_t)take;
    if (r->left > 0)
        return WIRE_PROGRESS_MORE;
    r->flags &= (uint8_t)~FLAG_INSIDE;
    return r->flags & FLAG_CONTINUES ? WIRE_PROGRESS_MORE : on_skipped(r);
}

/* Takes payload bytes of the packet at hand; MORE when they ran out or the packet ended
 * unremarkably. */
static enum wire_progress take_payload(struct wire_response *r, struct feed *in)
{
    if (!(r->flags & FLAG_SORTED)) {
        if (r->left == 0)
            return r->step == STEP_ROWS ? skip_packet(r, in) : lose(r);
        if (left_in(in) == 0)
            return WIRE_PROGRESS_MORE;
        r->flags |= FLAG_SORTED;
        switch (sort_packet(r, *in->next)) {
        case SORT_SKIP:
            break;
        case SORT_LOOK:
            r->flags |= FLAG_LOOKING;
            break;
        case SORT_STREAM:
            r->step = STEP_STREAM;
            return WIRE_PROGRESS_STREAM;
        case SORT_LOST:
            return lose(r);
        }
    }
    return r->flags & FLAG_LOOKING ? look_at_packet(r, in) : skip_packet(r, in);
}

/* Takes bytes until something has to be told or they ran out. */
static enum wire_progress walk(struct wire_response *r, struct feed *in)
{
    enum wire_progress progress = WIRE_PROGRESS_MORE;

    while (progress == WIRE_PROGRESS_MORE) {
        if (!(r->flags & FLAG_INSIDE)) {
            if (r->look != NULL)
                drop_look(r); /* a progress report that was cut */
            if (skips_runs(r))
                skip_run(r, in);
            progress = take_header(r, in);
        } else {
            progress = take_payload(r, in);
        }
        if (left_in(in) == 0 && !(r->flags & FLAG_INSIDE && r->left == 0))
            break;
    }
    return progress;
}

size_t wire_response_feed(struct wire_response *r, const void *bytes, size_t size,
                          enum wire_progress *progress_out)
{
    struct feed in = {bytes, (const uint8_t *)bytes + size};

    *progress_out = WIRE_PROGRESS_MORE;
    if (size == 0)
        return 0;
    if (!(r->flags & FLAG_INSIDE))
        drop_look(r);
    switch ((enum step)r->step) {
    case STEP_DONE:
        *progress_out = WIRE_PROGRESS_DONE;
        return 0;
    case STEP_STREAM:
        *progress_out = WIRE_PROGRESS_STREAM;
        return size;
    case STEP_LOST:
    case STEP_INFILE:
        *progress_out = lose(r);
        return size;
    default:
        break;
    }
    if (r->flags & FLAG_HELD) {
        *progress_out = lose(r);
        return size;
    }
    r->flags |= FLAG_TOUCHED;
    *progress_out = walk(r, &in);
    if (*progress_out == WIRE_PROGRESS_LOST || *progress_out == WIRE_PROGRESS_STREAM)
        return size;
    return size - left_in(&in);
}

bool wire_response_resume(struct wire_response *r, enum wire_answer answer, uint64_t effective,
                          uint8_t command_sequence)
{
    bool held = r->flags & FLAG_HELD;
    uint8_t sequence = r->unexpected_sequence;
    uint32_t length = r->left;

    drop_look(r);
    wire_response_begin(r, answer, effective, command_sequence);
    if (!held || sequence != r->expected_sequence) {
        r->step = STEP_LOST;
        return false;
    }
    r->flags |= FLAG_TOUCHED;
    enter_packet(r, length);
    return true;
}

void wire_response_infile_done(struct wire_response *r, uint8_t client_sequence)
{
    if (r->step != STEP_INFILE) {
        r->step = STEP_LOST;
        return;
    }
    r->step = STEP_FIRST;
    r->last_sequence = client_sequence;
    r->expected_sequence = wire_sequence_add(client_sequence, 1);
}

bool wire_response_untouched(const struct wire_response *r)
{
    return !(r->flags & FLAG_TOUCHED);
}

bool wire_response_between_packets(const struct wire_response *r)
{
    return r->header_size == 0 && !(r->flags & (FLAG_INSIDE | FLAG_CONTINUES | FLAG_HELD));
}

bool wire_response_ok(const struct wire_response *r, struct wire_ok *ok_out)
{
    if (r->outcome != WIRE_OUTCOME_OK && r->outcome != WIRE_OUTCOME_ROWS)
        return false;
    return wire_ok_parse(r->packet, r->effective, ok_out);
}

bool wire_response_err(const struct wire_response *r, struct wire_err *err_out)
{
    return r->outcome == WIRE_OUTCOME_ERR && wire_err_parse(r->packet, err_out);
}
