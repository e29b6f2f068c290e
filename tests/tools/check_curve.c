/* Time over length: statements of many adversarial shapes, from 16 KiB to 16 MiB, and how long a
 * byte of each takes.
 *
 *   check-curve [--limit BYTES] [SHAPE...]
 *
 * A statement must end in a verdict or a clean refusal (`limit`: the arena's ceiling, 512 MiB
 * here), and its time must be linear in its length: a line is marked `!`, and the exit code is 1,
 * where a byte of the longest text takes more than four times as long as one of the 64 KiB text.
 * Caches alone make a byte of a large tree cost more than one of a small.
 */
#include <schemaguard/check.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CEILING       ((size_t)512 << 20)
#define SIZES         6
#define BASE          1 /* the size that the others are compared with */
#define FACTOR_MAX    4.0
#define WIDE_COLUMNS  1000
#define NOISE_FLOOR_S 0.02

static const size_t LENGTHS[SIZES] = {(size_t)16 << 10, (size_t)64 << 10, (size_t)256 << 10,
                                      (size_t)1 << 20,  (size_t)4 << 20,  (size_t)16 << 20};

/* --- texts --------------------------------------------------------------------------------- */

/* head, unit over and over, middle, close as often, tail. `%` in a unit is its number. */
struct shape {
    const char *name;
    const char *head;
    const char *unit;
    const char *middle;
    const char *close; /* as often as there were units; NULL: none */
    const char *tail;
};

static const struct shape SHAPES[] = {
    {"parentheses", "select ", "(", "1", ")", ""},
    {"nested calls", "select ", "abs(", "1", ")", " from t1"},
    {"nested subqueries", "select ", "(select ", "a", " from t1)", " from t1"},
    {"nested derived", "select 1 from ", "(select * from ", "t1", ") x", ""},
    {"nested exists", "select 1 from t1 where ", "exists (select 1 from t1 where ", "a=1", ")", ""},
    {"nested joins", "select 1 from ", "(t1 join ", "t2", ")", ""},
    {"minus minus", "select ", "- ", "1", NULL, ""},
    {"not not", "select ", "not ", "1", NULL, ""},
    {"or", "select 1 from t1 where a=0", " or a=%", "", NULL, ""},
    {"and", "select 1 from t1 where a=0", " and a<>b", "", NULL, ""},
    {"xor", "select 1 from t1 where a", " xor b", "", NULL, ""},
    {"plus", "select a", "+b", "", NULL, " from t1"},
    {"minus", "select a", "-b", "", NULL, " from t1"},
    {"concat", "select 'a'", " 'b'", "", NULL, ""},
    {"equals", "select a", "=b", "", NULL, " from t1"},
    {"collate", "select a", " collate utf8mb4_bin", "", NULL, " from t1"},
    {"assign", "select ", "@a:=", "1", NULL, ""},
    {"case", "select case", " when a=% then b", "", NULL, " end from t1"},
    {"nested case", "select ", "case when a then ", "1", " end", " from t1"},
    {"in literals", "select 1 from t1 where a in (0", ",%", "", NULL, ")"},
    {"in columns", "select 1 from t1 where a in (0", ",b", "", NULL, ")"},
    {"in rows", "select 1 from t1 where (a,b) in ((0,0)", ",(a,%)", "", NULL, ")"},
    {"select list", "select a", ",b", "", NULL, " from t1"},
    {"select aliases", "select a", ",b as q%", "", NULL, " from t1"},
    {"stars", "select t1.*", ",t1.*", "", NULL, " from t1"},
    {"wide stars", "select w.*", ",w.*", "", NULL, " from w"},
    {"wide stars derived", "select 1 from (select w.*", ",w.*", "", NULL, " from w) x"},
    {"wide stars ordered", "select w.*", ",w.*", "", NULL, " from w order by c1"},
    {"order by aliases", "select a as q0", ",a as q%", " from t1 order by q0", NULL, ",q1,q2,q3"},
    {"order by many", "select a as q, b as r from t1 order by q", ",q+r", "", NULL, ""},
    {"order by ordinals", "select a, b from t1 order by 1", ",2", "", NULL, ""},
    {"group by", "select a as q from t1 group by a", ",b", "", NULL, ""},
    {"group and having", "select a as q from t1 group by a", ",b", " having a", NULL, "=1"},
    {"having", "select a as q from t1 group by a having q", "+a", "", NULL, ""},
    {"joins", "select 1 from t1", " join t1 x% on x%.a=t1.a", "", NULL, ""},
    {"commas", "select 1 from t1", ",t1 x%", "", NULL, ""},
    {"natural joins", "select c1 from w", " natural join w x%", "", NULL, ""},
    {"natural and stars", "select 1 from (select * from w", " natural join w x%", "", NULL, ") y"},
    {"using", "select 1 from t1 join t2 using (id", ",id", "", NULL, ")"},
    {"unions", "select a from t1", " union select b from t1", "", NULL, ""},
    {"unions ordered", "select a as q from t1", " union all select b from t1", " order by q", NULL,
     ""},
    {"intersects", "select a from t1", " intersect select b from t1", "", NULL, ""},
    {"nested unions", "select 1 from ", "(select a from t1 union select * from ", "t1", ") x", ""},
    {"values", "insert into t1 (id,a) values (1,2)", ",(%,3)", "", NULL, ""},
    {"values of columns", "insert into t1 (id,a) values (1,2)", ",(%,b)", "", NULL, ""},
    {"insert columns", "insert into t1 (id", ",a", "", NULL, ") values (1)"},
    {"insert alias", "insert into t1 (id,a) values (1,2) as n on duplicate key update a=n.a",
     ",b=n.id", "", NULL, ""},
    {"row of values", "insert into t1 values (1", ",a", "", NULL, ")"},
    {"set", "update t1 set a=0", ",b=a", "", NULL, ""},
    {"delete targets", "delete t1", ",t1", "", NULL, " from t1"},
    {"cte", "with c0 as (select 1)", ",c% as (select 1 as a)", " select 1", NULL, ""},
    {"cte used", "with c as (select 1 as a) select 1 from c", " union select a from c", "", NULL,
     ""},
    {"cte each of all", "with c0 as (select 1 as a)", ",c% as (select a from c0)", " select 1",
     NULL, ""},
    {"cte hidden", "with c0 as (select 1 as a)", ",c% as (select a from t1)", " select 1 from t1",
     NULL, ""},
    {"nested with", "select ", "(with c as (select 1 as a) select a from c where ", "1", ")", ""},
    {"windows", "select a from t1 window w as ()", ",w% as (order by a)", "", NULL, ""},
    {"windows on windows", "select a from t1 window w as ()", ",w% as (w)", "", NULL, ""},
    {"over", "select a", ",sum(a) over (order by b)", "", NULL, " from t1"},
    {"over named", "select a", ",sum(a) over w", "", NULL, " from t1 window w as ()"},
    {"derived columns", "select 1 from (select 1 as q", ",2 as q%", "", NULL, ") x"},
    {"derived star", "select * from (select 1 as q", ",2 as q%", "", NULL, ") x"},
    {"column list", "with c (x", ",x%", "", NULL, ") as (select 1) select 1 from c"},
    {"json columns", "select 1 from json_table('[]','$' columns (q int path '$'",
     ",q% int path '$'", "", NULL, ")) j"},
    {"comments", "select 1", "/* x */", "", NULL, ""},
    {"code comments", "select 1", "/*!50000 +1 */", "", NULL, ""},
    {"nested comments", "select 1 /*!50000 +1 ", "/* x */ ", "", NULL, "*/"},
    {"open comments", "select 1 ", "/*!99999 ", "", NULL, ""},
    {"open code comments", "select 1 ", "/*!50000 ", "", NULL, ""},
    {"line comments", "select 1", " -- x\n", "", NULL, ""},
    {"hint", "select /*+ ", "INDEX(t1 x%) ", "", NULL, "*/ 1"},
    {"index hints", "select 1 from t1 use index (x", ",x%", "", NULL, ")"},
    {"blanks", "select ", " ", "1", NULL, ""},
    {"semicolons", "", ";", "", NULL, ""},
    {"long name", "select `", "x", "", NULL, "` from t1"},
    {"long word", "select x", "x", "", NULL, " from t1"},
    {"long qualified", "select `", "x", "`.`a` from t1", NULL, ""},
    {"long text", "select '", "x", "", NULL, "'"},
    {"escapes", "select '", "\\'", "", NULL, "'"},
    {"quotes", "select '", "''", "", NULL, "'"},
    {"open text", "select '", "''", "", NULL, ""},
    {"backticks", "select `", "``", "", NULL, "` from t1"},
    {"digits", "select 1", "1", "", NULL, ""},
    {"dots", "select a", ".a", "", NULL, ""},
    {"absent columns", "select z", ",z%", "", NULL, " from t1"},
    {"absent in wide", "select z", ",c%z", "", NULL, " from w"},
    {"absent tables", "select 1 from z", " union select 1 from z%", "", NULL, ""},
    {"parameters", "select ?", ",?", "", NULL, ""},
    {"variables", "select @a", ",@a%", "", NULL, ""},
    {"set variables", "set @a=1", ",@a%=1", "", NULL, ""},
    {"create columns", "create table x (c int", ",c% int", "", NULL, ")"},
    {"create generated", "create table x (c int", ",c% int as (c)", "", NULL, ")"},
    {"create keys", "create table x (c int", ",key (c)", "", NULL, ")"},
    {"create key of many", "create table x (c int, key (c", ",c", "", NULL, "))"},
    {"create checks", "create table x (c int", ",check (c>0)", "", NULL, ")"},
    {"partitions",
     "create table x (c int) partition by range (c) (partition p values less than (0)",
     ",partition p% values less than (%)", "", NULL, ")"},
    {"temporary table", "create temporary table x (c int", ",c% int", "", NULL, ")"},
    {"temporary of a query", "create temporary table x (c int) select 1 as q", ",2 as q%", "", NULL,
     ""},
    {"alter add", "alter table t1 add c int", ",add c% int after c", "", NULL, ""},
    {"alter change", "alter table t1 add c int", ",change a a int", "", NULL, ""},
    {"drop tables", "drop table if exists x", ",x%", "", NULL, ""},
    {"rename tables", "rename table t1 to x", ",t2 to x%", "", NULL, ""},
    {"lock tables", "lock tables t1 read", ",t1 as x% read", "", NULL, ""},
    {"grant columns", "grant select (a", ",b", "", NULL, ") on t1 to u"},
    {"load columns", "load data infile 'x' into table t1 (id", ",a", "", NULL, ")"},
    {"options", "create table x (a int) engine=innodb", " max_rows=%", "", NULL, ""},
    {"procedure", "create procedure x () begin ", "set @a=1; ", "", NULL, "end"},
    {"trigger", "create trigger x before insert on t1 for each row begin ", "set new.a=old.b; ", "",
     NULL, "end"},
    {"prepare", "prepare s from 'select 1", ",a", "", NULL, " from t1'"},
    {"signal", "signal sqlstate '45000' set message_text='x'", ",message_text='x'", "", NULL, ""},
};

static const struct shape MARIADB_SHAPES[] = {
    {"alter modify", "alter table t1 add c int", ",add c% int, modify c% int", "", NULL, ""},
    {"block", "begin not atomic ", "select a from t1; ", "", NULL, "end"},
    {"block variables", "begin not atomic ", "declare v% int; ", "", NULL, "select a from t1; end"},
    {"block of variables", "begin not atomic ", "declare v% int; ", "", "select v0; ", "end"},
    {"nested blocks", "begin not atomic ", "begin ", "", "end; ", "end"},
    {"nested prepare", "execute immediate '", "''", "", NULL, "'"},
};

static size_t put_unit(char *at, const char *unit, unsigned number)
{
    char *begin = at;
    for (; *unit; unit++) {
        if (*unit == '%')
            at += sprintf(at, "%u", number);
        else
            *at++ = *unit;
    }
    return (size_t)(at - begin);
}

static size_t write_text(const struct shape *shape, size_t length, char *text)
{
    size_t close = shape->close ? strlen(shape->close) : 0;
    size_t at = put_unit(text, shape->head, 0);
    unsigned count = 0;
    while (at + close * count < length)
        at += put_unit(text + at, shape->unit, count++);
    at += put_unit(text + at, shape->middle, 0);
    for (unsigned i = 0; close && i < count; i++)
        at += put_unit(text + at, shape->close, 0);
    return at + put_unit(text + at, shape->tail, 0);
}

/* --- the schema ---------------------------------------------------------------------------- */

static struct sg_schema *make_schema(bool mariadb)
{
    char *json = malloc((size_t)WIDE_COLUMNS * 32 + 4096);
    struct sg_schema *schema = NULL;
    struct sg_error error = {0};
    char *at = json;
    if (!json)
        exit(2);
    at += sprintf(
        at,
        "{\"format\":1,\"server\":{\"flavour\":\"%s\",\"version\":%d},\"complete\":true,"
        "\"databases\":"
        "[{\"name\":\"d\",\"complete\":true,\"tables\":["
        "{\"name\":\"t1\",\"columns\":[{\"name\":\"id\"},{\"name\":\"a\"},{\"name\":\"b\"}]},"
        "{\"name\":\"t2\",\"columns\":[{\"name\":\"id\"}]},{\"name\":\"w\",\"columns\":[{\"name\":"
        "\"c\"}",
        mariadb ? "mariadb" : "mysql", mariadb ? 101119 : 90704);
    for (int i = 0; i < WIDE_COLUMNS; i++)
        at += sprintf(at, ",{\"name\":\"c%d\"}", i);
    at += sprintf(at, "]}]}]}");
    if (sg_schema_from_json(sg_slice_make(json, (size_t)(at - json)), "made", &schema, &error) !=
        SG_OK) {
        fprintf(stderr, "check-curve: %s\n", error.message);
        exit(2);
    }
    free(json);
    return schema;
}

/* --- measuring ----------------------------------------------------------------------------- */

struct result {
    double seconds;
    const char *answer;
};

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The best of a few, so that a short text's time is not the first touch of its memory. */
static struct result judge(struct sg_slice text, const struct sg_schema *schema,
                           struct sg_arena *arena)
{
    const struct sg_context context = {.server = sg_schema_server(schema),
                                       .database = SG_SLICE_LITERAL("d"),
                                       .charset = SG_CHARSET_UTF8};
    const struct sg_schemas schemas = {.live = schema};
    struct result best = {.seconds = 1e9};
    for (int i = 0; i < 3; i++) {
        const struct sg_report *report = NULL;
        struct sg_digest digest;
        sg_arena_reset(arena);
        double started = now_s();
        enum sg_status status = sg_check(text, &context, &schemas, arena, &report);
        best.answer = status == SG_OK ? sg_verdict_name(report->verdict) : "limit";
        if (sg_digest(text, &context, 4096, arena, &digest) != SG_OK)
            best.answer = "limit";
        double seconds = now_s() - started;
        if (seconds < best.seconds)
            best.seconds = seconds;
        if (seconds > 1)
            break;
    }
    return best;
}

/* false: more than linear. */
static bool measure(const struct shape *shape, const struct sg_schema *schema, size_t limit,
                    char *text, struct sg_arena *arena)
{
    double base = 0;
    double last = 0;
    double seconds = 0;
    const char *answer = "";
    printf("%-22s", shape->name);
    for (int i = 0; i < SIZES && LENGTHS[i] <= limit && seconds < 20; i++) {
        struct sg_slice slice = sg_slice_make(text, write_text(shape, LENGTHS[i], text));
        struct result result = judge(slice, schema, arena);
        seconds = result.seconds;
        last = seconds * 1e9 / (double)slice.size;
        if (i == BASE)
            base = last;
        answer = result.answer;
        printf(" %7.1f", last);
        fflush(stdout);
    }
    bool linear = base <= 0 || last <= base * FACTOR_MAX || seconds < NOISE_FLOOR_S;
    printf("  %6.2f s  %s%s\n", seconds, answer, linear ? "" : "  !");
    return linear;
}

struct curve {
    size_t limit;
    char **wanted; /* names of shapes; all where there is none */
    int wanted_count;
    char *text;
    struct sg_arena arena;
};

static bool is_wanted(const struct curve *curve, const char *name)
{
    for (int i = 0; i < curve->wanted_count; i++) {
        if (strcmp(curve->wanted[i], name) == 0)
            return true;
    }
    return curve->wanted_count == 0;
}

static bool measure_all(struct curve *curve, const struct shape *shapes, size_t count, bool mariadb)
{
    struct sg_schema *schema = make_schema(mariadb);
    bool linear = true;
    for (size_t i = 0; i < count; i++) {
        if (is_wanted(curve, shapes[i].name))
            linear =
                measure(&shapes[i], schema, curve->limit, curve->text, &curve->arena) && linear;
    }
    sg_schema_release(schema);
    return linear;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int main(int argc, char **argv)
{
    struct curve curve = {.limit = LENGTHS[SIZES - 1]};
    int first = 1;
    if (argc > 2 && strcmp(argv[1], "--limit") == 0) {
        curve.limit = strtoul(argv[2], NULL, 10);
        first = 3;
    }
    curve.wanted = argv + first;
    curve.wanted_count = argc - first;
    curve.text = malloc((LENGTHS[SIZES - 1] << 1) + 4096);
    if (!curve.text)
        return 2;
    sg_arena_init(&curve.arena, CEILING);
    printf(
        "ns a byte at            16 KiB  64 KiB 256 KiB   1 MiB   4 MiB  16 MiB    last  answer\n");
    bool linear = measure_all(&curve, SHAPES, COUNT(SHAPES), false);
    linear = measure_all(&curve, MARIADB_SHAPES, COUNT(MARIADB_SHAPES), true) && linear;
    sg_arena_fini(&curve.arena);
    free(curve.text);
    return linear ? 0 : 1;
}
