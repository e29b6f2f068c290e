/* Expressions: precedence, lists, literals, names and calls. */
#include "parse_case.h"

static void precedence(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH, "select a or b and c xor d",
         "(query (select (items (or (column a) (xor (and (column b) (column c)) (column d))))))"},
        {BOTH, "select not a = b, not a and b, ! a + b",
         "(query (select (items (not (= (column a) (column b))) (and (not (column a)) (column b)) "
         "(+ (not (column a)) (column b)))))"},
        {BOTH, "select a = b is null, a is not true, a <=> b < c",
         "(query (select (items (is-null (= (column a) (column b))) (is-truth not (column a)) (< "
         "(<=> (column a) (column b)) (column c)))))"},
        {BOTH, "select a | b & c << d + e * f ^ g",
         "(query (select (items (| (column a) (& (column b) (<< (column c) (+ (column d) (* "
         "(column e) (^ (column f) (column g))))))))))"},
        {BOTH, "select a + b - c + d + e, a * b / c div d mod e % f",
         "(query (select (items (+ (- (+ (column a) (column b)) (column c)) (column d) (column e)) "
         "(mod (mod (div (/ (* (column a) (column b)) (column c)) (column d)) (column e)) (column "
         "f)))))"},
        {BOTH, "select -a collate utf8mb4_bin, ~-+a, binary a + b",
         "(query (select (items (minus (collate (column a))) (~ (minus (plus (column a)))) (+ "
         "(cast (column a)) (column b)))))"},
        {BOTH, "select a between b and c and d, a not between 1 + 2 and 3 or e",
         "(query (select (items (and (between (column a) (column b) (column c)) (column d)) (or "
         "(between not (column a) (+ 1 2) 3) (column e)))))"},
        {BOTH,
         "select a like b escape '|' and c, a not like 'x', a regexp b, a not rlike b, a sounds "
         "like b",
         "(query (select (items (and (like (column a) (column b) '|') (column c)) (like not "
         "(column a) 'x') (regexp (column a) (column b)) (regexp not (column a) (column b)) "
         "(sounds-like (column a) (column b)))))"},
        {BOTH, "select (a + b) * c, ((a))",
         "(query (select (items (* (+ (column a) (column b)) (column c)) (column a))))"},
        {BOTH, "select a && b || c",
         "(query (select (items (or (and (column a) (column b)) (column c)))))"},
    };
    CHECK_CASES(CASES);
}

static void lists(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH,
         "select a in (1, 'x', b, 2.5), a not in (1), (a, b) in ((1, 2), (3, c)), row(a, b) = (c, "
         "d)",
         "(query (select (items (in (column a) (column b) ...3) (in not (column a) ...1) (in (row "
         "(column a) (column b)) (row 1 2) (row 3 (column c))) (= (row (column a) (column b)) (row "
         "(column c) (column d))))))"},
        {BOTH, "select 1 or 2 or 3 or 4", "(query (select (items (or 1 2 3 4))))"},
    };
    CHECK_CASES(CASES);
}

static void literals(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH,
         "select 1, 1.5, 1e3, 'a' 'b', x'41', 0x41, b'1', null, true, false, n'x', _utf8mb4 'x', "
         "_latin1 x'41'",
         "(query (select (items 1 1.5 1e3 'a' 'b' x'41' 0x41 b'1' null true false n'x' _utf8mb4 "
         "'x' _latin1 x'41')))"},
        {BOTH,
         "select date '2020-01-01', time '1:2', timestamp '2020-01-01 1:2', {d '2020-01-01'}, "
         "date, time",
         "(query (select (items date '2020-01-01' time '1:2' timestamp '2020-01-01 1:2' (odbc "
         "'2020-01-01') (column date) (column time))))"},
        {MARIADB, "select \\N", "(query (select (items \\N)))"},
    };
    CHECK_CASES(CASES);
}

static void names(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH, "select a, t.a, d.t.a, `a b`, `a``b`, t.select, t .a, t. a",
         "(query (select (items (column a) (column t.a) (column d.t.a) (column `a b`) (column "
         "`a`b`) (column t.select) (column t.a) (column t.a))))"},
        {MARIADB, "select .t.a", "(query (select (items (column t.a))))"},
        {BOTH,
         "select @a, @`x y`, @'b', @a := b + 1, @@x, @@global.x, @@session.`y`, "
         "@@k.key_buffer_size",
         "(query (select (items (@ a) (@ `x y`) (@ b) (:= (@ a) (+ (column b) 1)) (@@ x) (@@ x) "
         "(@@ y) (@@ key_buffer_size))))"},
        {BOTH, "select ?, ? + ?", "(query (select (items ? (+ ? ?))))"},
    };
    CHECK_CASES(CASES);
}

static void calls(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH, "select f(), d.f(a), count (a), now(), abs(a), abs (a), `abs`(a), nosuch(a, b)",
         "(query (select (items (stored f) (stored d.f (column a)) (stored count (column a)) (call "
         "now) (call abs (column a)) (call abs (column a)) (call abs (column a)) (stored nosuch "
         "(column a) (column b)))))"},
        {BOTH,
         "select count(*), count(distinct a, b), sum(all a), max(distinct a), avg(a), "
         "json_arrayagg(a)",
         "(query (select (items (aggregate count *) (aggregate count distinct (column a) (column "
         "b)) (aggregate sum (column a)) (aggregate max distinct (column a)) (aggregate avg "
         "(column a)) (aggregate json_arrayagg (column a)))))"},
        {BOTH, "select group_concat(distinct a, b order by c desc, d separator '-')",
         "(query (select (items (aggregate group_concat distinct (column a) (column b) (order-by "
         "(desc (column c)) (column d))))))"},
        {MARIADB, "select group_concat(a order by b limit 1, 2)",
         "(query (select (items (aggregate group_concat (column a) (order-by (column b)) (limit 1 "
         "2)))))"},
        {BOTH,
         "select locate(a, b), position(a in b), trim(a), trim(both from a), trim(leading a from "
         "b), trim(a from b)",
         "(query (select (items (call locate (column a) (column b)) (call position (column a) "
         "(column b)) (call trim (column a)) (call trim (column a)) (call trim (column a) (column "
         "b)) (call trim (column a) (column b)))))"},
        {BOTH,
         "select substring(a, b), substr(a from b for c), mid(a, b, c), extract(year_month from "
         "a), get_format(date, a)",
         "(query (select (items (call substring (column a) (column b)) (call substr (column a) "
         "(column b) (column c)) (call mid (column a) (column b) (column c)) (call extract (column "
         "a)) (call get_format (column a)))))"},
        {BOTH,
         "select timestampadd(day, a, b), timestampdiff(sql_tsi_hour, a, b), date_add(a, interval "
         "b day), adddate(a, b)",
         "(query (select (items (call timestampadd (column a) (column b)) (call timestampdiff "
         "(column a) (column b)) (call date_add (column a) (interval (column b))) (call adddate "
         "(column a) (column b)))))"},
        {BOTH,
         "select a + interval b day, interval b hour + a, interval (a) day + b, interval(a, b, c)",
         "(query (select (items (+ (column a) (interval (column b))) (+ (interval (column b)) "
         "(column a)) (+ (interval (column a)) (column b)) (call interval (column a) (column b) "
         "(column c)))))"},
        {BOTH,
         "select cast(a as char(10) character set utf8mb4), cast(a as decimal(10, 2)), convert(a, "
         "signed), convert(a using latin1)",
         "(query (select (items (cast (column a)) (cast (column a)) (cast (column a)) (cast "
         "(column a)))))"},
        {BOTH,
         "select if(a, b, c), left(a, 1), right(a, 1), replace(a, b, c), insert(a, 1, 2, b), "
         "repeat(a, 2), mod(a, b), char(a, b using utf8mb4)",
         "(query (select (items (call if (column a) (column b) (column c)) (call left (column a) "
         "1) (call right (column a) 1) (call replace (column a) (column b) (column c)) (call "
         "insert (column a) 1 2 (column b)) (call repeat (column a) 2) (call mod (column a) "
         "(column b)) (call char (column a) (column b)))))"},
        {BOTH,
         "select current_date, current_timestamp(6), current_user(), utc_time, database(), "
         "schema(), user(), localtime",
         "(query (select (items (call current_date) (call current_timestamp 6) (call current_user) "
         "(call utc_time) (call database) (call schema) (call user) (call localtime))))"},
        {BOTH, "select case a when 1 then b when 2 then c else d end, case when a then b end",
         "(query (select (items (case (column a) (when 1 (column b) 2 (column c)) (else (column "
         "d))) (case (when (column a) (column b))))))"},
        {BOTH,
         "select match (a, t.b) against (c in boolean mode), match a against ('x' with query "
         "expansion)",
         "(query (select (items (match (column a) (column t.b) (against (column c))) (match "
         "(column a) (against 'x')))))"},
        {BOTH, "select default(a), weight_string(a as char(3)), {fn ucase(a)}, {x a}",
         "(query (select (items (default (column a)) (call weight_string (column a)) (odbc (call "
         "ucase (column a))) (odbc (column a)))))"},
        {BOTH, "select f(a as b, c d)",
         "(query (select (items (stored f (column a) (column c)))))"},
        {MYSQL,
         "select json_value(a, '$.x' returning char(20) default 'x' on empty error on error)",
         "(query (select (items (call json_value (column a) '$.x'))))"},
        {MARIADB,
         "select next value for s, previous value for d.s, nextval(s), lastval(s), setval(s, a, 1)",
         "(query (select (items (sequence s) (sequence d.s) (sequence s) (sequence s) (sequence s "
         "(column a) 1))))"},
        {MARIADB, "select column_create('a', b as char), column_get(a, 'b' as int)",
         "(query (select (items (call column_create 'a' (column b)) (call column_get (column a) "
         "'b'))))"},
        {MARIADB, "select db.pkg.f(1)", "(query (select (items (stored db.pkg.f 1))))"},
        {MYSQL, "select values(a), value, cast(a as unsigned array)",
         "(query (select (items (values-of (column a)) (column value) (cast (column a)))))"},
        {MYSQL, "select a -> '$.x', t.a ->> '$.y', d.t.a->'$'",
         "(query (select (items (-> (column a)) (-> (column t.a)) (-> (column d.t.a)))))"},
        {MYSQL, "select a member of (b), a member(b)",
         "(query (select (items (member-of (column a) (column b)) (member-of (column a) (column "
         "b)))))"},
    };
    CHECK_CASES(CASES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(precedence), cmocka_unit_test(lists), cmocka_unit_test(literals),
        cmocka_unit_test(names),      cmocka_unit_test(calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
