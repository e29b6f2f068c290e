/* How many sessions there are: in all, of a user, from an address. One for the process, shared by
 * the workers: an atomic for the whole, a small table behind a mutex for names, each touched when a
 * session begins and ends and at no other time.
 */
#ifndef SESSION_QUOTA_H
#define SESSION_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#include <schemaguard/error.h>
#include <schemaguard/slice.h>

struct quota; /* heap */

enum quota_kind { QUOTA_SESSIONS, QUOTA_ADDRESS, QUOTA_USER };
#define QUOTA_KINDS 3

struct quota *quota_new(void); /* NULL when memory is out */
void quota_free(struct quota *quota);

/* Counts one more of that kind and name (QUOTA_SESSIONS has none); false, and nothing is counted,
 * when there are `limit` already. When memory is out for a name, it passes uncounted. Any thread.
 */
SG_MUST_CHECK bool quota_take(struct quota *quota, enum quota_kind kind, struct sg_slice name,
                              uint32_t limit);

/* Gives one back that was taken. Any thread. */
void quota_give(struct quota *quota, enum quota_kind kind, struct sg_slice name);

/* True at most once a second for each kind: refusals come in floods, and one line tells. `now_ms`
 * counts on any clock. */
bool quota_may_tell(struct quota *quota, enum quota_kind kind, uint64_t now_ms);

#endif
