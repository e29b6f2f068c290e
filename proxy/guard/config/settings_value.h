/* One setting's text → its value. Pure: no files, no environment.
 *
 * Each returns true with *out set, or false with *error saying what the text is and what is allowed
 * ("\"blok\" is none of observe, block; did you mean \"block\"?"), to follow a place and a name.
 * Texts that values keep are copied into `arena`.
 */
#ifndef CONFIG_SETTINGS_VALUE_H
#define CONFIG_SETTINGS_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/arena.h>
#include <schemaguard/error.h>

#include "config/settings.h"

SG_MUST_CHECK bool value_bool(const char *text, bool *out, struct sg_error *error);

/* `range` as settings.def writes it: "0..256", "1K..1G", "100ms..1h". */
SG_MUST_CHECK bool value_integer(const char *text, const char *range, uint32_t *out,
                                 struct sg_error *error);
SG_MUST_CHECK bool value_size(const char *text, const char *range, size_t *out,
                              struct sg_error *error);
SG_MUST_CHECK bool value_duration(const char *text, const char *range, uint64_t *ms_out,
                                  struct sg_error *error);

/* The index of the word, in any letter case. */
SG_MUST_CHECK bool value_choice(const char *text, const struct setting_choice *choices,
                                unsigned *out, struct sg_error *error);

/* An empty text is NULL. */
SG_MUST_CHECK bool value_text(const char *text, struct sg_arena *arena, const char **out,
                              struct sg_error *error);
SG_MUST_CHECK bool value_address(const char *text, struct sg_arena *arena,
                                 struct settings_address *out, struct sg_error *error);
SG_MUST_CHECK bool value_addresses(const char *text, struct sg_arena *arena,
                                   struct settings_addresses *out, struct sg_error *error);
SG_MUST_CHECK bool value_networks(const char *text, struct sg_arena *arena,
                                  struct settings_networks *out, struct sg_error *error);
SG_MUST_CHECK bool value_files(const char *text, struct sg_arena *arena, struct settings_files *out,
                               struct sg_error *error);
SG_MUST_CHECK bool value_digest(const char *text, struct sg_arena *arena, const char **out,
                                struct sg_error *error);

#endif
