#include "cli/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/suggest.h"

static const struct option_spec *find(const char *word, size_t size,
                                      const struct option_spec *specs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool named = strlen(specs[i].name) == size && memcmp(specs[i].name, word, size) == 0;
        if (named || (specs[i].brief && strcmp(specs[i].brief, word) == 0))
            return &specs[i];
    }
    return NULL;
}

static bool fail_unknown(const char *word, const struct option_spec *specs, size_t count,
                         const char *command)
{
    struct suggestion suggestion = suggest_for(word);
    for (size_t i = 0; i < count; i++)
        suggest_offer(&suggestion, specs[i].name);
    fprintf(stderr, "schemaguard %s: there is no option \"%s\"", command, word);
    if (suggestion.nearest)
        fprintf(stderr, "; did you mean %s?\n", suggestion.nearest);
    else
        fprintf(stderr, "; see schemaguard %s --help\n", command);
    return false;
}

bool options_read(int argc, char **argv, const struct option_spec *specs, size_t spec_count,
                  const char *command, int *count_out)
{
    int kept = 0;
    bool ended = false;
    for (int i = 0; i < argc; i++) {
        char *word = argv[i];
        if (ended || word[0] != '-' || word[1] == '\0') {
            argv[kept++] = word;
            continue;
        }
        if (strcmp(word, "--") == 0) {
            ended = true;
            continue;
        }
        const char *equal = strchr(word, '=');
        size_t size = equal ? (size_t)(equal - word) : strlen(word);
        const struct option_spec *spec = find(word, size, specs, spec_count);
        if (!spec)
            return fail_unknown(word, specs, spec_count, command);
        if (spec->flag && !equal) {
            *spec->flag = true;
        } else if (spec->text && (equal || i + 1 < argc)) {
            *spec->text = equal ? equal + 1 : argv[++i];
        } else {
            fprintf(stderr, "schemaguard %s: %s %s\n", command, spec->name,
                    spec->flag ? "takes no value" : "needs a value");
            return false;
        }
    }
    *count_out = kept;
    return true;
}

int64_t options_time_ms(const char *text)
{
    char *end = NULL;
    unsigned long number = strtoul(text, &end, 10);
    if (end == text || number > 86400)
        return -1;
    if (strcmp(end, "") == 0 || strcmp(end, "s") == 0)
        return (int64_t)number * 1000;
    if (strcmp(end, "m") == 0)
        return (int64_t)number * 60000;
    return strcmp(end, "ms") == 0 ? (int64_t)number : -1;
}
