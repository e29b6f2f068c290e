/* A statement in UTF-8, the character set of names in a schema. */
#ifndef SG_SQL_TRANSCODE_H
#define SG_SQL_TRANSCODE_H

#include <stdbool.h>
#include <stddef.h>

#include <schemaguard/arena.h>
#include <schemaguard/check.h>

/* text      bytes in `charset`
 * returns   true with the same text as UTF-8 in the arena; false where a letter is none that all
 *           tables of that character set agree on, or that is no letter of a name in each of them:
 *           then the bytes are to be read as they are
 */
bool sg_transcode(struct sg_slice text, enum sg_charset charset, struct sg_arena *arena,
                  struct sg_slice *utf8_out);

/* Where in `text` the letter stands that is at `offset` of what sg_transcode made of it. */
size_t sg_transcode_offset(struct sg_slice text, enum sg_charset charset, struct sg_slice utf8,
                           size_t offset);

#endif
