/* Declarations of ORMs as statements: Drizzle's TypeScript, Prisma's schema language, drizzle-kit's
 * snapshots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sources/drizzle.h"
#include "sources/drizzle_json.h"
#include "sources/prisma.h"

static char statements[16384];
static char notes[4096];
static struct sg_error problem;

static void take_note(void *data, const struct orm_place *place, bool is_problem, const char *text)
{
    size_t size = strlen(notes);
    (void)data;
    (void)snprintf(notes + size, sizeof notes - size, "%u%c %s\n", place->line,
                   is_problem ? '!' : ':', text);
}

static enum sg_status take(void *data, const struct orm_place *place, struct sg_slice sql,
                           struct sg_error *error)
{
    size_t size = strlen(statements);
    (void)data;
    (void)place;
    (void)error;
    (void)snprintf(statements + size, sizeof statements - size, "%.*s;\n", ORM_TEXT(sql));
    return SG_OK;
}

enum reader { DRIZZLE, DRIZZLE_JSON, PRISMA };

static enum sg_status read_with(enum reader reader, const char *text, size_t ceiling)
{
    struct orm orm;
    struct sg_arena arena;
    struct sg_slice slice = sg_slice_of(text);
    const char *const name = "file";
    statements[0] = notes[0] = '\0';
    problem = (struct sg_error){.status = SG_OK};
    sg_arena_init(&arena, ceiling);
    orm_init(&orm, &arena, take_note, NULL);
    if (reader == DRIZZLE)
        drizzle_read_text(&orm, slice, name);
    else if (reader == DRIZZLE_JSON)
        drizzle_json_read(&orm, slice, name);
    else
        prisma_read_texts(&orm, &slice, &name, 1);
    enum sg_status status = orm_finish(&orm, name, &problem);
    if (status == SG_OK)
        status = orm_statements(&orm, take, NULL, &problem);
    sg_arena_fini(&arena);
    return status;
}

static void assert_sql(enum reader reader, const char *text, const char *wanted)
{
    enum sg_status status = read_with(reader, text, (size_t)64 << 20);
    if (status != SG_OK)
        fail_msg("%s\n%s", problem.message, text);
    if (!strstr(statements, wanted))
        fail_msg("wanted %s\nfound  %s", wanted, statements);
}

static void assert_problem(enum reader reader, const char *text, const char *wanted)
{
    assert_int_equal(read_with(reader, text, (size_t)64 << 20), SG_INVALID);
    if (!strstr(problem.message, wanted))
        fail_msg("wanted %s\nfound  %s", wanted, problem.message);
}

#define HEAD                                                                                       \
    "import { customType, index, int, json, mysqlEnum, mysqlTable, varchar } from "                \
    "'drizzle-orm/mysql-core'; import { sql } from 'drizzle-orm';\n"
#define TABLE(columns) HEAD "export const t = mysqlTable('t', { " columns " });"

/* --- tests --------------------------------------------------------------------------------- */

static void columns_are_what_drizzle_kit_writes(void **state)
{
    static const char *const CASES[][2] = {
        {"a: int('a', { unsigned: true }).notNull().default(0x1F)",
         "`a` int unsigned NOT NULL DEFAULT 31"},
        {"a: int().default(-1.50)", "`a` int DEFAULT -1.5"},
        {"a: varchar('a', { length: 1_0 }).default('it\\'s \\u{1F600}')",
         "`a` varchar(10) DEFAULT 'it''s \xF0\x9F\x98\x80'"},
        {"a: mysqlEnum('a', ['x', 'y'] as const).default('x')", "`a` enum('x','y') DEFAULT 'x'"},
        {"a: json('a').$type<{ b: Array<string>; c?: (d: number) => void }>().default({ b: [1] })",
         "`a` json DEFAULT ('{\"b\":[1]}')"},
        {"a: int('a').default(sql`(1 + 1)`)", "`a` int DEFAULT (1 + 1)"},
        {"a: int('a').generatedAlwaysAs(sql`b + 1`, { mode: 'stored' })",
         "`a` int GENERATED ALWAYS AS (b + 1) STORED"},
        {"a: int('a').unique()", "UNIQUE INDEX `t_a_unique` (`a`)"},
        {"...{ a: int('b') }, a: int('c')", "(`c` int)"},
        {"a: customType<{ data: number }>({ dataType: () => 'bit(3)' })('a')", "`a` bit(3)"},
        {"['a' + 1]: int()", "`a1` int"},
        {"a: int((1 < 2 ? `${'x'}y` : 'n') as string)", "`xy` int"},
    };
    char text[1024];
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        (void)snprintf(text, sizeof text, TABLE("%s"), CASES[i][0]);
        assert_sql(DRIZZLE, text, CASES[i][1]);
    }
}

static void declarations_are_put_together_by_code(void **state)
{
    (void)state;
    assert_sql(DRIZZLE,
               HEAD "const id = (name = 'id') => int(name).primaryKey();\n"
                    "function more(...names: string[]) { if (names.length > 9) return {}; const "
                    "[first] = names; return { first: int(first) } }\n"
                    "const { extra } = { extra: { last: int('last') } };\n"
                    "export const t = mysqlTable('t', { id: id(), ...more('one'), ...extra });",
               "(`id` int NOT NULL, `one` int, `last` int, PRIMARY KEY (`id`))");
    assert_sql(DRIZZLE,
               HEAD "enum E { A = 'a' }\nconst V = Object.values(E).map((v) => v.toUpperCase());\n"
                    "export const t = mysqlTable('t', { e: mysqlEnum(V) });",
               "`e` enum('A')");
    assert_sql(DRIZZLE,
               HEAD "export const a = mysqlTable('a', { id: int('id').references((): any => b.id, "
                    "{ onDelete: 'cascade' }) });\nexport const b = mysqlTable('b', { id: "
                    "int('id') }, (t) => [index('i').on(t.id, sql`(${t.id} + 1)`)]);",
               "ALTER TABLE `a` ADD CONSTRAINT `a_id_b_id_fk` FOREIGN KEY (`id`) REFERENCES `b` "
               "(`id`) ON DELETE cascade;\nCREATE INDEX `i` ON `b` (`id`, (`id` + 1));");
}

static void what_is_no_declaration_is_stepped_over(void **state)
{
    (void)state;
    assert_sql(DRIZZLE,
               HEAD "for (const x of [1]) { console.log(`${x}`) }\n"
                    "class A<T extends { b: string }> { c = /[/'\"]}/g; d() { return 1 >= 0 } }\n"
                    "type B<T> = T extends string ? { a: T } : never;\n"
                    "export interface C { d(): void }\ndeclare module 'x' { const y: number }\n"
                    "export const e = async <T,>(f: T): Promise<T> => { await f; return f };\n"
                    "export const t = mysqlTable('t', { id: int('id') }) satisfies unknown;\n"
                    "export const g = x ? y : z, h = a >= b;\n",
               "CREATE TABLE `t` (`id` int)");
}

static void what_cannot_be_told_is_a_problem_of_its_line(void **state)
{
    (void)state;
    assert_problem(DRIZZLE, TABLE("\n a: int('a'),\n b: int('A')"), "file:4: fields a and b");
    assert_problem(DRIZZLE, TABLE("\n a: int(env.A)"), "file:3: ");
    assert_problem(DRIZZLE, TABLE("\n a: int('a').default(Date.now())"), "file:3: ");
    assert_problem(DRIZZLE, TABLE("\n a: int('a').noSuchThing()"), "file:3: ");
    assert_problem(DRIZZLE, TABLE("\n a: varchar('a')"), "file:3: ");
    assert_problem(DRIZZLE, TABLE("\n a: int('a').references(() => u.id)"), "file:3: ");
    assert_problem(DRIZZLE, HEAD "\nexport const t = mysqlTable('t', { a: a => }", "file:3: ");
    assert_problem(DRIZZLE, HEAD "const f = (n) => f(n);\nexport const t = mysqlTable(f(1), {});",
                   "file:2: ");
    assert_problem(DRIZZLE, TABLE("a: int('a')") "\nexport const u = mysqlTable('t', {});",
                   "file:3: table `t` is declared twice, first at file:2");
    assert_problem(DRIZZLE, "export const a = 1;", "no table is declared");
}

static void prismas_models_are_tables(void **state)
{
    (void)state;
    assert_sql(PRISMA,
               "model A {\n  id Int @id @default(autoincrement())\n  b B[]\n  c String? "
               "@map(\"see\") @db.Char(3)\n  @@index([c(length: 2)])\n}\n"
               "model B {\n  id BigInt @id\n  aId Int\n  a A @relation(fields: [aId], "
               "references: [id])\n}\n",
               "CREATE TABLE `A` (`id` INTEGER NOT NULL AUTO_INCREMENT, `see` CHAR(3), PRIMARY KEY "
               "(`id`), INDEX `A_see_idx` (`see`(2)))");
    assert_non_null(strstr(statements, "ALTER TABLE `B` ADD CONSTRAINT `B_aId_fkey` FOREIGN KEY "
                                       "(`aId`) REFERENCES `A` (`id`) ON DELETE RESTRICT ON "
                                       "UPDATE CASCADE"));
    assert_problem(PRISMA, "model A {\n  id Int @id\n  b ~ C\n}\n", "file:3: not understood");
    assert_problem(PRISMA, "model A {\n  id Int @id\n  @@index([nope])\n}\n",
                   "file:3: model A has no field nope");
    assert_problem(PRISMA, "model A {\n  id Int @id @db.Nothing\n}\n", "file:2: field id");
    assert_problem(PRISMA, "datasource d {\n  provider = \"sqlite\"\n}\n", "file:2: provider");
}

static void drizzle_kits_snapshots_are_read(void **state)
{
    (void)state;
    assert_sql(DRIZZLE_JSON,
               "{\"version\":\"5\",\"dialect\":\"mysql\",\"tables\":{\"t\":{\"name\":\"t\","
               "\"columns\":{\"a\":{\"name\":\"a\",\"type\":\"int\",\"notNull\":true,\"default\":7}"
               "},\"indexes\":{\"i\":{\"name\":\"i\",\"columns\":[\"a\",\"(a + 1)\"]}}}},"
               "\"internal\":{\"indexes\":{\"i\":{\"columns\":{\"(a + 1)\":{\"isExpression\":true}}"
               "}}}}",
               "CREATE TABLE `t` (`a` int NOT NULL DEFAULT 7);\nCREATE INDEX `i` ON `t` (`a`, (a + "
               "1));");
    assert_problem(DRIZZLE_JSON, "{\"version\":\"5\",\n\"dialect\":", "no valid JSON");
    assert_problem(DRIZZLE_JSON, "{\"version\":\"6\",\"dialect\":\"sqlite\"}", "\"sqlite\"");
    assert_problem(DRIZZLE_JSON, "{\"version\":\"5\",\"dialect\":\"mysql\",\"tables\":{}}",
                   "no table is declared");
}

/* At every ceiling the answer is the statements or a clean refusal. */
static void a_ceiling_is_no_crash(void **state)
{
    static const char PRISMA_TEXT[] = "model A {\n  id Int @id\n  a A[] @relation(\"x\")\n  b A[] "
                                      "@relation(\"x\")\n  c String @unique\n}\n";
    (void)state;
    for (size_t ceiling = 1024; ceiling < (size_t)1 << 20; ceiling += 1999) {
        enum sg_status status = read_with(
            DRIZZLE, TABLE("a: int('a').primaryKey(), b: json('b').default([{ c: `${1}` }])"),
            ceiling);
        assert_true(status == SG_OK || problem.message[0]);
        status = read_with(PRISMA, PRISMA_TEXT, ceiling);
        assert_true(status == SG_OK || problem.message[0]);
    }
}

static void depth_and_work_are_bounded(void **state)
{
    static char text[200000];
    size_t size = (size_t)snprintf(text, sizeof text, HEAD "export const t = mysqlTable(");
    (void)state;
    memset(text + size, '[', 400);
    memset(text + size + 400, ']', 400);
    (void)snprintf(text + size + 800, 8, ", {});");
    assert_problem(DRIZZLE, text, "file:2: ");
    size = (size_t)snprintf(text, sizeof text, HEAD "const s0 = sql`x`;\n");
    for (int i = 1; i < 40; i++)
        size += (size_t)snprintf(text + size, sizeof text - size,
                                 "const s%d = sql`${s%d}${s%d}`;\n", i, i - 1, i - 1);
    (void)snprintf(text + size, sizeof text - size,
                   "export const t = mysqlTable('t', { a: int('a').default(s39) });");
    assert_int_not_equal(read_with(DRIZZLE, text, (size_t)64 << 20), SG_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_what_drizzle_kit_writes),
        cmocka_unit_test(declarations_are_put_together_by_code),
        cmocka_unit_test(what_is_no_declaration_is_stepped_over),
        cmocka_unit_test(what_cannot_be_told_is_a_problem_of_its_line),
        cmocka_unit_test(prismas_models_are_tables),
        cmocka_unit_test(drizzle_kits_snapshots_are_read),
        cmocka_unit_test(a_ceiling_is_no_crash),
        cmocka_unit_test(depth_and_work_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
