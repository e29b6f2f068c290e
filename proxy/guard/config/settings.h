/* What the operator asked for: the fields of settings.def, loaded once, checked, then only read.
 *
 * A setting has three spellings: `max_schema_age` in the file, `SCHEMAGUARD_MAX_SCHEMA_AGE` in the
 * environment, `--max-schema-age` on the command line. The later beats the earlier, and all beat
 * the default.
 */
#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <schemaguard/arena.h>
#include <schemaguard/error.h>

/* enum guard_mode { GUARD_MODE_OBSERVE, … }, enum confirm_by, enum client_tls … */
#define SETTING_CHOICES(type)                    enum type {
#define SETTING_CHOICE(type, value, word, about) value,
#define SETTING_CHOICES_END(type)                                                                  \
    }                                                                                              \
    ;
#include "config/settings.def"

/* --- values ------------------------------------------------------------------------------- */

enum settings_address_kind { SETTINGS_ADDRESS_TCP, SETTINGS_ADDRESS_UNIX };

struct settings_address {
    enum settings_address_kind kind;
    const char *text; /* as written, for messages */
    const char *host; /* TCP: a name or a numeric address, without brackets */
    const char *path; /* Unix */
    uint16_t port;    /* TCP: 1 to 65535 */
};

/* TCP on 127.0.0.0/8, ::1 or `localhost`, or a Unix socket: nobody can listen in between. */
bool settings_address_is_local(const struct settings_address *address);

struct settings_addresses {
    const struct settings_address *items;
    size_t count;
};

/* An IPv6 network; IPv4 is mapped into it. */
struct settings_network {
    uint8_t bytes[16];
    unsigned prefix; /* bits that count */
};

struct settings_networks {
    const struct settings_network *items;
    size_t count;
};

struct settings_files {
    const char *const *items;
    size_t count;
};

/* Does the numeric address lie in one of them? */
bool settings_networks_have(const struct settings_networks *networks, const char *address);

/* --- rules -------------------------------------------------------------------------------- */

/* A section `[rule NAME]` of the file: the mode for some. What is NULL, or empty, asks for nothing;
 * names are separated by commas, and `*` in one stands for any run of characters. */
struct settings_rule {
    struct settings_rule *next; /* in file order */
    const char *name;
    const char *place; /* "/etc/schemaguard.ini:40" */
    const char *user;
    const char *database;
    const char *program;
    const char *table;   /* shop.customers: the statement uses one of them */
    const char *classes; /* words of the enum sg_verdict: missing, unverified, absent */
    struct settings_networks client;
    enum guard_mode mode;
    bool has_mode; /* always, once loaded */
};

/* Some rule says block. */
struct settings;
bool settings_rules_block(const struct settings *settings);

/* Some rule asks for tables. */
bool settings_rules_name_tables(const struct settings *settings);

/* --- the settings ------------------------------------------------------------------------- */

/* SETTING_ID_LISTEN, SETTING_ID_SERVER …, in the order of the table. */
enum setting_id {
#define SETTING(group, id, name, type, detail, initial, help) SETTING_ID_##id,
#include "config/settings.def"
    SETTING_COUNT
};

enum settings_origin {
    SETTINGS_ORIGIN_DEFAULT,
    SETTINGS_ORIGIN_FILE,
    SETTINGS_ORIGIN_ENVIRONMENT,
    SETTINGS_ORIGIN_COMMAND_LINE,
};

/* Where a value came from, and the text it was made of. */
struct settings_source {
    enum settings_origin origin;
    const char *place; /* "/etc/schemaguard.ini:12", "SCHEMAGUARD_MODE", "--mode", "default" */
    const char *text;  /* as written; "" = not set */
};

#define SETTINGS_FIELD_BOOL(name, detail)      bool name;
#define SETTINGS_FIELD_INTEGER(name, detail)   uint32_t name;
#define SETTINGS_FIELD_SIZE(name, detail)      size_t name;
#define SETTINGS_FIELD_DURATION(name, detail)  uint64_t name##_ms;
#define SETTINGS_FIELD_ENUM(name, detail)      enum detail name;
#define SETTINGS_FIELD_FILE(name, detail)      const char *name;
#define SETTINGS_FIELD_FILES(name, detail)     struct settings_files name;
#define SETTINGS_FIELD_PATH(name, detail)      const char *name;
#define SETTINGS_FIELD_TEXT(name, detail)      const char *name;
#define SETTINGS_FIELD_ADDRESS(name, detail)   struct settings_address name;
#define SETTINGS_FIELD_ADDRESSES(name, detail) struct settings_addresses name;
#define SETTINGS_FIELD_NETWORKS(name, detail)  struct settings_networks name;
#define SETTINGS_FIELD_DIGEST(name, detail)    const char *name;

/* Nothing changes after settings_load; any thread may read. */
struct settings {
#define SETTING(group, id, name, type, detail, initial, help) SETTINGS_FIELD_##type(name, detail)
#include "config/settings.def"
    struct settings_rule *rules; /* the first of them; NULL = none */

    bool check_only; /* --check-config: show what is in force, start nothing */

    /* For settings_print; the traffic path has no use for these. */
    struct settings_source sources[SETTING_COUNT];
    struct sg_arena arena; /* holds every text above */
};

/* What a listener asks of its clients, `auto` decided: never CLIENT_TLS_AUTO. */
enum client_tls settings_client_tls(const struct settings *settings,
                                    const struct settings_address *listener);

/* --- load --------------------------------------------------------------------------------- */

/* What was found while loading, each one line that says where, what and what is allowed. */
struct settings_findings {
    char **errors; /* any of these: do not start */
    size_t error_count;
    char **warnings; /* worth a log line at start */
    size_t warning_count;
};
void settings_findings_fini(struct settings_findings *findings);

/* Reads the arguments of `schemaguard serve`: the file that --config or SCHEMAGUARD_CONFIG names,
 * then SCHEMAGUARD_* of `environment`, then `argv`; checks each value and how they fit together.
 * Goes on after an error, so that all are found.
 *
 * argv          without the program and the command: argv[0] is the first option; `argc` of them
 * environment   as environ: "NAME=value", ended by NULL
 * findings      caller's storage, zeroed; to be given back with settings_findings_fini
 * returns       SG_OK with *settings_out set, to be given back with settings_free;
 *               SG_INVALID when findings->errors has entries; SG_LIMIT when memory was out
 */
SG_MUST_CHECK enum sg_status settings_load(int argc, char *const *argv, char *const *environment,
                                           struct settings **settings_out,
                                           struct settings_findings *findings);
void settings_free(struct settings *settings); /* NULL is fine */

/* --- show --------------------------------------------------------------------------------- */

/* What is in force and where each value came from: --check-config, and the log at start. */
void settings_print(const struct settings *settings, FILE *stream);

/* --help of `schemaguard serve`: every setting by group, its default, what is allowed. */
void settings_print_help(FILE *stream);

enum setting_type {
    SETTING_TYPE_BOOL,
    SETTING_TYPE_INTEGER,
    SETTING_TYPE_SIZE,
    SETTING_TYPE_DURATION,
    SETTING_TYPE_ENUM,
    SETTING_TYPE_FILE,
    SETTING_TYPE_FILES,
    SETTING_TYPE_PATH,
    SETTING_TYPE_TEXT,
    SETTING_TYPE_ADDRESS,
    SETTING_TYPE_ADDRESSES,
    SETTING_TYPE_NETWORKS,
    SETTING_TYPE_DIGEST,
};

struct setting_choice {
    const char *word;
    const char *about;
};

enum settings_group {
#define SETTING_GROUP(id, title, about) SETTINGS_GROUP_##id,
#include "config/settings.def"
    SETTINGS_GROUP_COUNT
};

struct settings_group_info {
    const char *title;
    const char *about;
};

struct setting_info {
    enum settings_group group;
    enum setting_type type;
    const char *name;                     /* snake_case */
    const char *range;                    /* "0..256"; "" = none */
    const struct setting_choice *choices; /* ENUM: in the enum's order, ended by a NULL word */
    const char *initial;                  /* "" = not set */
    const char *help;
};

/* The table itself, for help, documents and tests. */
extern const struct setting_info settings_table[SETTING_COUNT];
extern const struct settings_group_info settings_groups[SETTINGS_GROUP_COUNT];

#endif
