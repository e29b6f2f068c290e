/* Commands: what a client asks, what of it is read, and how the answer is framed.
 *
 * In: a command's payload (its first byte is the command). Out: slices into it, or "malformed", in
 * which case the command is forwarded uninspected and the server answers. Nothing is guessed.
 *
 * Source: MySQL Source Code Documentation, "Command Phase", "COM_QUERY", "COM_STMT_EXECUTE"; MySQL
 * Reference Manual, "Query Attributes"; MariaDB KB, "COM_STMT_BULK_EXECUTE".
 */
#ifndef WIRE_COMMAND_H
#define WIRE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/error.h>
#include <schemaguard/server.h>
#include <schemaguard/slice.h>

#include "wire/capability.h"
#include "wire/writer.h"

enum wire_com {
#define COMMAND(byte, name, inspected, answer) WIRE_COM_##name = (byte),
#include "wire/command.def"
#undef COMMAND
};

/* What the guard reads of a command. */
enum wire_inspect {
    WIRE_INSPECT_NOTHING,
    WIRE_INSPECT_SQL,       /* wire_sql_parse */
    WIRE_INSPECT_DATABASE,  /* wire_database_parse */
    WIRE_INSPECT_TABLE,     /* wire_field_list_parse */
    WIRE_INSPECT_STATEMENT, /* wire_statement_id_parse */
    WIRE_INSPECT_OPTION,    /* wire_set_option_parse */
    WIRE_INSPECT_USER,      /* wire_change_user_parse (login.h) */
};

/* How an answer is framed: what response.h is told. */
enum wire_answer {
    WIRE_ANSWER_NONE,       /* the server says nothing */
    WIRE_ANSWER_OK,         /* one packet: OK, EOF or ERR */
    WIRE_ANSWER_QUERY,      /* OK, ERR, LOCAL INFILE or result sets */
    WIRE_ANSWER_EXECUTE,    /* the same with binary rows, where a cursor may leave them out */
    WIRE_ANSWER_PREPARE,    /* a statement's OK, then parameters and columns */
    WIRE_ANSWER_FETCH,      /* rows without definitions */
    WIRE_ANSWER_FIELD_LIST, /* definitions without a count */
    WIRE_ANSWER_TEXT,       /* one packet of plain text, or ERR */
    WIRE_ANSWER_AUTH,       /* an exchange like the login's: auth.h, not response.h */
    WIRE_ANSWER_STREAM,     /* no end, unless it starts with ERR */
};

struct wire_command {
    const char *name; /* "COM_QUERY"; static. "COM_UNKNOWN" for bytes without a name */
    enum wire_inspect inspect;
    enum wire_answer answer;
};

/* The table's entry for a command byte; never NULL. */
const struct wire_command *wire_command_of(uint8_t byte);

#define WIRE_COMMAND_HEAD 7u /* bytes of a command's payload that tell how it is answered */

/* How this very command is answered: the table's kind, but for what a server refuses where it would
 * say nothing else (an empty payload; MySQL: a STMT_CLOSE or SEND_LONG_DATA that lacks fields).
 * `payload` may be cut behind its first WIRE_COMMAND_HEAD bytes. */
enum wire_answer wire_answer_of(struct sg_slice payload, enum sg_flavour flavour);

/* MariaDB: the id that means "the statement prepared last on this connection". */
#define WIRE_STATEMENT_LAST UINT32_C(0xFFFFFFFF)

/* The SQL of a COM_QUERY or COM_STMT_PREPARE. With QUERY_ATTRIBUTES among `effective`, the
 * parameters in front of a COM_QUERY's text are skipped by their types; a malformed or unknown one
 * fails, since the text's start would then be a guess. A trailing NUL stays part of the text. */
SG_MUST_CHECK bool wire_sql_parse(struct sg_slice payload, uint64_t effective,
                                  struct sg_slice *sql_out);

/* The database name of COM_INIT_DB, COM_CREATE_DB and COM_DROP_DB: the rest of the payload. */
SG_MUST_CHECK bool wire_database_parse(struct sg_slice payload, struct sg_slice *database_out);

/* COM_FIELD_LIST: a table of the current database and a LIKE pattern, which may be empty. */
SG_MUST_CHECK bool wire_field_list_parse(struct sg_slice payload, struct sg_slice *table_out,
                                         struct sg_slice *wildcard_out);

/* The statement id of the commands marked WIRE_INSPECT_STATEMENT. */
SG_MUST_CHECK bool wire_statement_id_parse(struct sg_slice payload, uint32_t *id_out);

/* COM_SET_OPTION: true in *multi_statements_out when it turns MULTI_STATEMENTS on (option 0). False
 * for other options than 0 and 1. */
SG_MUST_CHECK bool wire_set_option_parse(struct sg_slice payload, bool *multi_statements_out);

/* A whole command frame that starts at sequence 0: `command`, then `argument` (split when it is
 * large). Returns the sequence id of its last packet: the answer has the next one. */
uint8_t wire_command_write(struct writer *w, uint8_t command, struct sg_slice argument);

/* COM_STMT_CLOSE of one statement: 9 bytes. It has no answer. */
void wire_statement_close_write(struct writer *w, uint32_t id);

/* COM_QUIT: 5 bytes. */
void wire_quit_write(struct writer *w);

#endif
