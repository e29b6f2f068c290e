/* Column names compare without regard to letter case, as the servers do it: letter by letter, by an
 * old Unicode table that maps one letter to one letter. Accents count, ß is not ss, and letters
 * that later Unicode gave an upper case are held apart.
 *
 * The facts are the servers' own (tests/corpus/identifier-case.tsv); fold_table.h is made from
 * them. Names are UTF-8; a byte that begins no letter stands for itself.
 */
#ifndef SG_SCHEMA_FOLD_H
#define SG_SCHEMA_FOLD_H

#include <stdbool.h>
#include <stdint.h>

#include <schemaguard/server.h>
#include <schemaguard/slice.h>

/* The same for names that fold to the same letters, whatever their case. */
uint64_t sg_fold_hash(struct sg_slice name);

/* The same letters when case is put aside. */
bool sg_fold_equal(struct sg_slice a, struct sg_slice b);

/* As the server compares column names: MariaDB looks at the byte lengths first, so that K and the
 * Kelvin sign are equal on MySQL alone. */
static inline bool sg_fold_equal_column(struct sg_slice a, struct sg_slice b,
                                        enum sg_flavour flavour)
{
    return (flavour == SG_FLAVOUR_MYSQL || a.size == b.size) && sg_fold_equal(a, b);
}

/* One letter, decoded, in its folded form (a letter without case: itself). */
uint32_t sg_fold_letter(uint32_t letter);

#endif
