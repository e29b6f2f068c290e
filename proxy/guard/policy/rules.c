/* See rules.h. */
#include "policy/rules.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* `*` stands for any run of characters. On a mismatch the last `*` takes one more. */
static bool fits(struct sg_slice pattern, struct sg_slice text)
{
    size_t p = 0;
    size_t t = 0;
    size_t star = SIZE_MAX;
    size_t star_text = 0;

    while (t < text.size) {
        if (p < pattern.size && pattern.data[p] == '*') {
            star = p++;
            star_text = t;
        } else if (p < pattern.size && pattern.data[p] == text.data[t]) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++star_text;
        } else {
            return false;
        }
    }
    while (p < pattern.size && pattern.data[p] == '*')
        p++;
    return p == pattern.size;
}

static bool is_blank(char letter)
{
    return letter == ' ' || letter == '\t';
}

/* One of the names that commas separate. */
static bool has(const char *names, struct sg_slice text)
{
    if (text.size == 0)
        return false;
    while (*names != '\0') {
        size_t size = strcspn(names, ",");
        struct sg_slice name = sg_slice_make(names, size);
        while (name.size > 0 && is_blank(name.data[0]))
            name = sg_slice_make(name.data + 1, name.size - 1);
        while (name.size > 0 && is_blank(name.data[name.size - 1]))
            name.size--;
        if (name.size > 0 && fits(name, text))
            return true;
        names += size + (names[size] == ',');
    }
    return false;
}

static const char *tell(char *text, size_t size, const char *what, struct sg_slice is,
                        const char *wanted)
{
    if (is.size == 0)
        snprintf(text, size, "%s is not known, and \"%s\" is asked for", what, wanted);
    else
        snprintf(text, size, "%s is \"%.*s\", not \"%s\"", what, (int)is.size, is.data, wanted);
    return text;
}

bool rules_name_table(const char *names, struct sg_slice table)
{
    return has(names, table);
}

static bool uses_one_of(const struct policy_subject *subject, const char *names)
{
    for (size_t i = 0; i < subject->table_count; i++)
        if (has(names, subject->tables[i]))
            return true;
    return false;
}

static struct sg_slice class_of(const struct policy_subject *subject)
{
    return subject->class_name ? sg_slice_of(subject->class_name) : SG_SLICE_EMPTY;
}

const char *rules_obstacle(const struct settings_rule *rule, const struct policy_subject *subject,
                           char *text, size_t size)
{
    if (rule->user && !has(rule->user, subject->user))
        return tell(text, size, "user", subject->user, rule->user);
    if (rule->database && !has(rule->database, subject->database))
        return tell(text, size, "database", subject->database, rule->database);
    if (rule->program && !has(rule->program, subject->program))
        return tell(text, size, "program", subject->program, rule->program);
    if (rule->client.count > 0 &&
        (!subject->client || !settings_networks_have(&rule->client, subject->client))) {
        snprintf(text, size, "client is %s, in none of its networks",
                 subject->client ? subject->client : "not known");
        return text;
    }
    if (rule->classes && !has(rule->classes, class_of(subject)))
        return tell(text, size, "class", class_of(subject), rule->classes);
    if (rule->table && !uses_one_of(subject, rule->table)) {
        snprintf(text, size, "it uses no table \"%s\"", rule->table);
        return text;
    }
    return NULL;
}

const struct settings_rule *rules_find(const struct settings_rule *rules,
                                       const struct policy_subject *subject)
{
    char text[8]; /* nobody reads it */

    for (const struct settings_rule *rule = rules; rule; rule = rule->next)
        if (!rules_obstacle(rule, subject, text, sizeof text))
            return rule;
    return NULL;
}
