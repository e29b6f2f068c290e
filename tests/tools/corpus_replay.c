/* Judges recorded statements and prints a verdict for each, to be scored against what the servers
 * answered.
 *
 *   corpus-replay --resolution FILE --flavour mysql|mariadb [--expect COUNTS] [--cached]
 *       FILE: rows of tests/corpus/resolution.jsonl; the schemas stand beside it as *.tsv.
 *       Prints {"id", "verdict": "ok|mismatch|unparsed", "errno", "message"} a row. With COUNTS, a
 *       file, it also compares the answers with the servers' and fails unless their counts are it.
 *       --cached: twice, forwards and backwards, through one cache of verdicts.
 *
 *   corpus-replay [--system FOLDER] [FILE]
 *       FILE (or standard input): a conversation recorded as JSON lines, schemas between the
 *       statements. FOLDER holds system-schema.*.json, the servers' own databases.
 *       Prints {"n", "verdict", "errno", "message"} a statement.
 *
 * A session is followed as a guard would follow it: the effects of each statement are taken over.
 */
#include <stdio.h>
#include <string.h>

#include "replay/replay.h"

static int usage(void)
{
    fprintf(stderr,
            "usage: corpus-replay --resolution FILE --flavour mysql|mariadb [--expect COUNTS] "
            "[--cached]\n"
            "       corpus-replay [--system FOLDER] [FILE]\n");
    return 2;
}

int main(int argc, char **argv)
{
    const char *resolution = NULL;
    const char *flavour = NULL;
    const char *expected = NULL;
    const char *system = REPLAY_SYSTEM_FOLDER;
    const char *recording = "-";
    bool cached = false;

    for (int i = 1; i < argc; i++) {
        bool has_value = i + 1 < argc;
        if (strcmp(argv[i], "--resolution") == 0 && has_value)
            resolution = argv[++i];
        else if (strcmp(argv[i], "--flavour") == 0 && has_value)
            flavour = argv[++i];
        else if (strcmp(argv[i], "--expect") == 0 && has_value)
            expected = argv[++i];
        else if (strcmp(argv[i], "--system") == 0 && has_value)
            system = argv[++i];
        else if (strcmp(argv[i], "--cached") == 0)
            cached = true;
        else if (argv[i][0] != '-')
            recording = argv[i];
        else
            return usage();
    }
    if (!resolution)
        return flavour ? usage() : replay_recording(recording, system);
    struct sg_server server;
    bool mariadb = flavour && strcmp(flavour, "mariadb") == 0;
    if (!flavour || (!mariadb && strcmp(flavour, "mysql") != 0) ||
        !sg_server_from_version(sg_slice_of(mariadb ? "10.11.19-MariaDB" : "9.7.4"), &server))
        return usage();
    return replay_resolution(resolution, &server, expected, cached);
}
