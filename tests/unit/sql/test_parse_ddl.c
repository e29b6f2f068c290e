/* DDL: tables, changes of tables, other objects, stored programs. */
#include "parse_case.h"

static void tables(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH, "create table t (a int)", "(create table t (column a <int>))"},
        {BOTH,
         "create temporary table if not exists d.t (a int unsigned not null auto_increment primary "
         "key, b varchar(10) character set latin1 default 'x' comment 'c' unique, c timestamp "
         "default current_timestamp on update current_timestamp(6))",
         "(create temporary table if-exists d.t (column a <int unsigned> not-null primary auto) "
         "(column b <varchar(10) character set latin1> unique (default 'x')) (column c <timestamp> "
         "(default (call current_timestamp)) (on-update (call current_timestamp 6))))"},
        {BOTH,
         "create table t (a serial, b decimal(10, 2) default (a + 1), c int generated always as (a "
         "* 2) stored not null, d int as (b) virtual, e enum('x', 'y') collate utf8mb4_bin, f "
         "double precision)",
         "(create table t (column a <serial> serial) (column b <decimal(10, 2)> (default (+ "
         "(column a) 1))) (column c <int> not-null generated stored (as (* (column a) 2))) (column "
         "d <int> generated (as (column b))) (column e <enum('x', 'y') collate utf8mb4_bin>) "
         "(column f <double precision>))"},
        {BOTH,
         "create table t (a int, primary key using btree (a), unique key k (b(10) desc, c), index "
         "(d), fulltext key f (e), spatial index (g), constraint fk foreign key i (a, b) "
         "references d.u (c, d) on delete set null on update cascade, constraint ck check (a > 1), "
         "check (b))",
         "(create table t (column a <int>) (primary-key (on a)) (unique k (on b c)) (key (on d)) "
         "(fulltext f (on e)) (spatial (on g)) (foreign-key fk (on a b) (references d.u (columns c "
         "d))) (check ck (> (column a) 1)) (check (column b)))"},
        {BOTH, "create table t (a int check (a > 0), b int references u (c), d int invisible)",
         "(create table t (column a <int> (check (> (column a) 0))) (column b <int> (references u "
         "(columns c))) (column d <int> invisible))"},
        {BOTH,
         "create table t (a int) engine = InnoDB default charset = utf8mb4 collate utf8mb4_bin, "
         "comment = 'x' row_format dynamic auto_increment 5",
         "(create table t (column a <int>))"},
        {BOTH,
         "create table t (a int) partition by range (a) subpartition by hash (b) subpartitions 2 "
         "(partition p0 values less than (1) engine = innodb, partition p1 values less than "
         "maxvalue (subpartition s0, subpartition s1))",
         "(create table t (column a <int>) (partition-by (column a) (subpartition (column b)) "
         "(values 1)))"},
        {BOTH,
         "create table t (a int) partition by list columns (a, b) (partition p values in ((1, 2), "
         "(3, c)))",
         "(create table t (column a <int>) (partition-by (columns a b) (values (row 1 2) (row 3 "
         "(column c)))))"},
        {BOTH, "create table t (a int) partition by linear key (a, b) partitions 4",
         "(create table t (column a <int>) (partition-by (columns a b)))"},
        {BOTH, "create table t like d.u", "(create table t (like d.u))"},
        {BOTH, "create table t (like u)", "(create table t (like u))"},
        {BOTH, "create table t as select a from u",
         "(create table t (query (select (items (column a)) (from (table u)))))"},
        {BOTH, "create table t (a int) ignore select a from u",
         "(create table t (column a <int>) (query (select (items (column a)) (from (table u)))))"},
        {BOTH, "create table t (select a from u)",
         "(create table t (query (paren (query (select (items (column a)) (from (table u)))))))"},
        {BOTH, "create table t (a int) replace as (select 1) union select 2",
         "(create table t (column a <int>) (query (set (paren (query (select (items 1)))) union "
         "(select (items 2)))))"},
        {BOTH, "create table t with c as (select 1) select * from c",
         "(create table t (query (with (cte c (query (select (items 1))))) (select (items *) (from "
         "(table c)))))"},
        {MYSQL,
         "create table t (a int, key ((a + 1)), key ((cast(b as char(3) array))), index i (a) "
         "invisible)",
         "(create table t (column a <int>) (key (on (+ (column a) 1))) (key (on (cast (column "
         "b)))) (key i (on a)))"},
        {MYSQL,
         "create table t (a int not null default 1 visible column_format fixed storage disk, "
         "constraint c check (a) not enforced) start transaction",
         "(create table t (column a <int> not-null (default 1)) (check c (column a)))"},
        {MYSQL, "create table t table u", "(create table t (query (table-of u)))"},
        {MARIADB,
         "create or replace table t (a int default (b), s timestamp(6) as row start, e "
         "timestamp(6) as row end, period for system_time (s, e), period for p (x, y), unique (a, "
         "p without overlaps)) with system versioning",
         "(create table t (column a <int> (default (column b))) (column s <timestamp(6)> "
         "row-start) (column e <timestamp(6)> row-end) (unique (on a p)) versioned)"},
        {MARIADB,
         "create table t (a int with system versioning, b int without system versioning, c "
         "vector(3), d uuid default uuid(), x int compressed) engine=aria transactional=1 "
         "partition by system_time interval 1 day (partition p history, partition n current)",
         "(create table t (column a <int> versioned) (column b <int> unversioned) (column c "
         "<vector(3)>) (column d <uuid> (default (call uuid))) (column x <int compressed>) "
         "(partition-by system-time))"},
        {MARIADB, "create table t (a inet6, b int default next value for s)",
         "(create table t (column a <inet6>) (column b <int> (default (sequence s))))"},
    };
    CHECK_CASES(CASES);
}

static void alter(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH,
         "alter table d.t add a int first, add column b int after a, add (c int, d int), add index "
         "i (a), add unique (b), add constraint f foreign key (a) references u (b), add primary "
         "key (a), add check (a > 1)",
         "(alter table d.t (add (column a <int> first)) (add (column b <int> (after a))) (add "
         "(column c <int>) (column d <int>)) (add-key (key i (on a))) (add-key (unique (on b))) "
         "(add-key (foreign-key f (on a) (references u (columns b)))) (add-key (primary-key (on "
         "a))) (add-check (check (> (column a) 1))))"},
        {BOTH,
         "alter table t drop a, drop column b, drop primary key, drop index i, drop foreign key f, "
         "drop constraint c",
         "(alter table t (drop a) (drop b) (drop-key) (drop-key i) (drop-constraint f) "
         "(drop-constraint c))"},
        {BOTH,
         "alter table t change a b int not null after c, change column d e text, modify f int "
         "first, modify column g char(1)",
         "(alter table t (change a (column b <int> not-null (after c))) (change d (column e "
         "<text>)) (modify (column f <int> first)) (modify (column g <char(1)>)))"},
        {BOTH,
         "alter table t alter a set default 5, alter column b drop default, rename column a to b, "
         "rename index i to j",
         "(alter table t (set-default a 5) (set-default b) (rename-column a b) (rename-key i j))"},
        {BOTH, "alter table t rename to d.u", "(alter table t (rename d.u))"},
        {BOTH, "alter table t rename u, order by a, b desc",
         "(alter table t (rename u) (order (order-by (column a) (desc (column b)))))"},
        {BOTH,
         "alter table t engine = innodb comment 'x', auto_increment = 5, convert to character set "
         "utf8mb4 collate utf8mb4_bin",
         "(alter table t (other) (other) (other) (other))"},
        {BOTH, "alter table t disable keys, force, algorithm = inplace, lock none",
         "(alter table t (other) (other) (other) (other))"},
        {BOTH, "alter table t add partition (partition p values less than (5)), algorithm = copy",
         "(alter table t (other (partition-by (values 5))) (other))"},
        {BOTH, "alter table t drop partition p, q", "(alter table t (other))"},
        {BOTH, "alter table t exchange partition p with table u", "(alter table t (exchange u))"},
        {BOTH,
         "alter table t reorganize partition p into (partition a values in (1), partition b values "
         "in (2))",
         "(alter table t (other (partition-by (values 1 2))))"},
        {BOTH, "alter table t partition by hash (a) partitions 4",
         "(alter table t (partition (partition-by (column a))))"},
        {BOTH, "alter table t remove partitioning", "(alter table t (other))"},
        {BOTH, "alter table t truncate partition all", "(alter table t (other))"},
        {BOTH, "alter table t discard tablespace", "(alter table t (other))"},
        {MYSQL,
         "alter table t alter column a set invisible, alter index i visible, alter check c not "
         "enforced",
         "(alter table t (set-visibility a) (other i) (other c))"},
        {MARIADB,
         "alter table if exists t add column if not exists a int, drop column if exists b, add "
         "system versioning, drop system versioning, add period for p (a, b), drop period for p",
         "(alter table if-exists t (add (column a <int>)) (drop b) (add-versioning) "
         "(drop-versioning) (add-check) (drop-constraint p))"},
        {MARIADB, "alter online ignore table t wait 5 modify if exists a int",
         "(alter table t (modify (column a <int>)))"},
    };
    CHECK_CASES(CASES);
}

static void objects(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH, "create view v as select a from t",
         "(create view v (query (select (items (column a)) (from (table t)))))"},
        {BOTH,
         "create or replace algorithm = merge definer = 'a'@'b' sql security invoker view d.v (x, "
         "y) as select a, b from t with cascaded check option",
         "(create view d.v (columns x y) (query (select (items (column a) (column b)) (from (table "
         "t)))))"},
        {BOTH, "alter view v as select 1", "(alter view v (query (select (items 1))))"},
        {BOTH,
         "create unique index i using btree on d.t (a desc, b(5)) comment 'x' algorithm inplace "
         "lock = none",
         "(create index i d.t (unique (on a b)))"},
        {BOTH, "create database if not exists d character set utf8mb4",
         "(create database if-exists d)"},
        {BOTH, "create schema d", "(create database d)"},
        {BOTH, "alter database d collate utf8mb4_bin", "(alter database d)"},
        {BOTH, "drop table t", "(drop table t)"},
        {BOTH, "drop temporary table if exists t, d.u cascade",
         "(drop temporary table if-exists t d.u)"},
        {BOTH, "drop tables t, u", "(drop table t u)"},
        {BOTH, "drop view if exists v, w restrict", "(drop view if-exists v w)"},
        {BOTH, "drop database d", "(drop database d)"},
        {BOTH, "drop schema if exists d", "(drop database if-exists d)"},
        {BOTH, "drop index i on t", "(drop index i t)"},
        {BOTH, "drop trigger if exists d.g", "(drop trigger if-exists d.g)"},
        {BOTH, "drop procedure p", "(drop procedure p)"},
        {BOTH, "drop function if exists f", "(drop function if-exists f)"},
        {BOTH, "drop event e", "(drop event e)"},
        {BOTH, "rename table a to b, d.c to e.f", "(rename table a to b d.c to e.f)"},
        {BOTH, "truncate table d.t", "(truncate table d.t)"},
        {BOTH, "truncate t", "(truncate table t)"},
        {BOTH, "create user 'a'@'b' identified by 'x'", "(create other)"},
        {BOTH, "drop user a, b@c", "(drop other)"},
        {BOTH, "rename user a to b", "(rename other)"},
        {BOTH, "drop role r", "(drop other)"},
        {BOTH, "create server s foreign data wrapper mysql options (user 'x')", "(create other)"},
        {MARIADB, "create sequence if not exists s start with 1 increment by 2",
         "(create sequence if-exists s)"},
        {MARIADB, "drop sequence s", "(drop sequence s)"},
        {MARIADB, "create or replace temporary table t (a int)",
         "(create temporary table t (column a <int>))"},
        {MYSQL,
         "create or replace json relational duality view v as select json_duality_object(with "
         "(insert) 'a': t.a, 'b': (select json_arrayagg(json_duality_object('c': u.c)) from u "
         "where u.a = t.a)) from t",
         "(create view v (query (select (items (call json_duality_object (column t.a) (subquery "
         "(query (select (items (aggregate json_arrayagg (call json_duality_object (column u.c)))) "
         "(from (table u)) (where (= (column u.a) (column t.a)))))))) (from (table t)))))"},
    };
    CHECK_CASES(CASES);
}

static void programs(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH,
         "create procedure d.p (a int, out b varchar(10), inout c decimal(1, 2)) comment 'x' "
         "modifies sql data select a into b from t",
         "(create procedure d.p (parameter a) (parameter b) (parameter c) (query (select (items "
         "(column a)) (from (table t))) (into (word b))))"},
        {BOTH, "create function f (a int) returns int deterministic return a + 1",
         "(create function f (parameter a) (return (+ (column a) 1)))"},
        {BOTH, "create aggregate function f returns integer soname 'x.so'", "(create function f)"},
        {BOTH,
         "create definer = current_user trigger g before insert on t for each row set new.a = "
         "old.b + 1, @x = new.c",
         "(create trigger g (on t) (set (field new.a (+ (column old.b) 1)) (@ x (column new.c))))"},
        {BOTH,
         "create trigger if not exists g after delete on d.t for each row follows h begin insert "
         "into u values (old.a); end",
         "(create trigger if-exists g (on d.t) (block (do (insert u (row (column old.a) /1)))))"},
        {BOTH,
         "create event e on schedule every 1 + a day starts now() ends b on completion preserve "
         "disable comment 'x' do delete from t",
         "(create event e (schedule (+ 1 (column a)) (call now) (column b)) (delete (tables (table "
         "t))))"},
        {BOTH, "create event if not exists e on schedule at now() + interval 1 day do begin end",
         "(create event if-exists e (schedule (+ (call now) (interval 1))) (block))"},
        {BOTH, "alter event e rename to d.f enable", "(alter event e to d.f)"},
        {BOTH, "alter procedure p sql security invoker comment 'x'", "(alter procedure p)"},
        {BOTH,
         "create procedure p () begin declare x, y int default 5; declare c condition for sqlstate "
         "'42000'; declare k cursor for select a from t; declare continue handler for not found, "
         "sqlexception, 1054, c set x = 1; open k; fetch next from k into x, y; close k; end",
         "(create procedure p (block (declare (names x y) (default 5)) (declare-condition (names "
         "c)) (declare-cursor (names k) (query (select (items (column a)) (from (table t))))) "
         "(declare-handler (set (variable x 1))) (do (cursor k) (cursor k (into x y)) (cursor "
         "k))))"},
        {BOTH,
         "create procedure p () l: begin if a then select 1; elseif b then select 2; else leave l; "
         "end if; case x when 1 then select 3; else begin end; end case; case when y then select "
         "4; end case; end l",
         "(create procedure p (block l (do (if (branch (column a) (do (query (select (items 1))))) "
         "(branch (column b) (do (query (select (items 2))))) (branch (do (leave l)))) (case "
         "(column x) (branch 1 (do (query (select (items 3))))) (branch (do (block)))) (case "
         "(branch (column y) (do (query (select (items 4)))))))))"},
        {BOTH,
         "create procedure p () begin l: loop iterate l; end loop l; while a < 5 do set a = a + 1; "
         "end while; repeat set b = 1; until b end repeat; end",
         "(create procedure p (block (do (loop l (do (leave l))) (while (< (column a) 5) (do (set "
         "(variable a (+ (column a) 1))))) (repeat (column b) (do (set (variable b 1)))))))"},
        {MYSQL, "create function f (a int) returns int language javascript as $$ return a; $$",
         "(create function f (parameter a))"},
        {MARIADB,
         "begin not atomic declare r row type of t; declare v type of t.a default 1; for i in 1..9 "
         "do select i; end for; for x in (select a from t) do select x.a; end for; end",
         "(block (declare (names r)) (declare (names v) (default 1)) (do (for i (from 1) (to 9) "
         "(do (query (select (items (column i)))))) (for x (query (select (items (column a)) (from "
         "(table t)))) (do (query (select (items (column x.a))))))))"},
        {MARIADB,
         "create or replace procedure p (a type of t.b) for x in c(1) do select x.a; end for",
         "(create procedure p (parameter a) (for x (from (stored c 1)) (do (query (select (items "
         "(column x.a)))))))"},
        {MARIADB, "if (select 1) then select 2; end if",
         "(if (branch (subquery (query (select (items 1)))) (do (query (select (items 2))))))"},
    };
    CHECK_CASES(CASES);
}

static void validation(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {MYSQL, "alter table t exchange partition p with table u without validation",
         "(alter table t (exchange u))"},
    };
    CHECK_CASES(CASES);
}

static void types(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH,
         "create table t (a national char varying (3), b nchar varchar(2), c nchar varying(3), d "
         "char varying(4), e long varchar, f long varbinary, g long, h char(3) ascii, i varchar(2) "
         "unicode, j char byte, k text charset utf8mb4 collate utf8mb4_bin, l int zerofill, m "
         "set(x'41', n'b', b'1'), n long char varying, o bit(3), p year(4), q national varchar(3), "
         "r varchar(3) binary)",
         "(create table t (column a <national char varying (3)>) (column b <nchar varchar(2)>) "
         "(column c <nchar varying(3)>) (column d <char varying(4)>) (column e <long varchar>) "
         "(column f <long varbinary>) (column g <long>) (column h <char(3) ascii>) (column i "
         "<varchar(2) unicode>) (column j <char byte>) (column k <text charset utf8mb4 collate "
         "utf8mb4_bin>) (column l <int zerofill>) (column m <set(x'41', n'b', b'1')>) (column n "
         "<long char varying>) (column o <bit(3)>) (column p <year(4)>) (column q <national "
         "varchar(3)>) (column r <varchar(3) binary>))"},
        {BOTH,
         "select cast(a as signed integer), cast(a as unsigned int), cast(a as double), cast(a as "
         "nchar(3)), cast(a as binary(2)), cast(a as datetime(6)), cast(a as decimal), convert(a, "
         "char character set latin1)",
         "(query (select (items (cast (column a)) (cast (column a)) (cast (column a)) (cast "
         "(column a)) (cast (column a)) (cast (column a)) (cast (column a)) (cast (column a)))))"},
        {MARIADB,
         "create table t (a int as (b) persistent, c varchar(5) compressed=zlib, d geometry "
         "ref_system_id = 4326, e int comment 'x' x=5 `y`='z' check (e), f interval day_second(3))",
         "(create table t (column a <int> generated stored (as (column b))) (column c <varchar(5) "
         "compressed=zlib>) (column d <geometry>) (column e <int> (check (column e))) (column f "
         "<interval day_second(3)>))"},
        {MARIADB, "create table t (t.a int, d.t.b int)",
         "(create table t (column a <int>) (column b <int>))"},
        {MYSQL,
         "create table t (a json srid 0 engine_attribute '{}' secondary_engine_attribute = 'x', b "
         "int not secondary, c int serial default value, d geometry not null srid 4326)",
         "(create table t (column a <json>) (column b <int>) (column c <int> not-null unique auto) "
         "(column d <geometry> not-null))"},
    };
    CHECK_CASES(CASES);
}

static void keys(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH,
         "create table t (a int, constraint primary key (a), constraint c unique key (a), "
         "constraint d foreign key (a) references u, unique k using hash (a) key_block_size = 4 "
         "comment 'x' using btree, key `type` (a), fulltext index f (a) with parser ngram, spatial "
         "key s (a))",
         "(create table t (column a <int>) (primary-key (on a)) (unique c (on a)) (foreign-key d "
         "(on a) (references u)) (unique k (on a)) (key type (on a)) (fulltext f (on a)) (spatial "
         "s (on a)))"},
        {BOTH,
         "create table t (a int unique key comment 'x' references u (b) match full on delete "
         "restrict on update no action, b int references u (c) on delete set default on update "
         "cascade)",
         "(create table t (column a <int> unique (references u (columns b))) (column b <int> "
         "(references u (columns c))))"},
        {MYSQL,
         "create table t (a int, index i (a) invisible engine_attribute '{}', key j (a) visible, "
         "check (a) enforced)",
         "(create table t (column a <int>) (key i (on a)) (key j (on a)) (check (column a)))"},
        {MARIADB,
         "create table t (a int, index i (a) ignored, key if not exists j (a) not ignored "
         "clustering=yes, constraint if not exists c unique (a))",
         "(create table t (column a <int>) (key i (on a)) (key j (on a)) (unique c (on a)))"},
    };
    CHECK_CASES(CASES);
}

static void options(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH,
         "create table t (a int) union = (t1, d.t2) insert_method last data directory '/d' index "
         "directory = '/i' stats_persistent default max_rows=5 pack_keys 1 connection 'x' "
         "tablespace ts storage memory collate = utf8mb4_bin default collate "
         "latin1_bin character set binary",
         "(create table t (column a <int>))"},
        {MARIADB,
         "create table t (a int) with system versioning page_checksum = 1 `quoted`=5 union ()",
         "(create table t (column a <int>) versioned)"},
        {BOTH, "create table t (a int) partition by linear hash (a + b) partitions 3",
         "(create table t (column a <int>) (partition-by (+ (column a) (column b))))"},
        {BOTH,
         "create table t (a int) partition by key algorithm = 2 () subpartition by linear key (a)",
         "(create table t (column a <int>) (partition-by (subpartition-columns a)))"},
        {BOTH,
         "create table t (a int) partition by list (a) (partition p values in (1, null) data "
         "directory '/d' index directory '/i' max_rows 5 min_rows = 2 comment = 'x' storage engine "
         "= innodb tablespace ts nodegroup 3)",
         "(create table t (column a <int>) (partition-by (column a) (values 1 null)))"},
        {BOTH,
         "create table t (a int) partition by range columns (a, b) (partition p values less than "
         "(1, maxvalue))",
         "(create table t (column a <int>) (partition-by (columns a b) (values 1)))"},
        {MARIADB,
         "create table t (a int) partition by list (a) (partition p values in (1), partition q "
         "default)",
         "(create table t (column a <int>) (partition-by (column a) (values 1)))"},
        {MARIADB, "create table t (a int) partition by list (a) (partition p values in default)",
         "(create table t (column a <int>) (partition-by (column a)))"},
        {MARIADB, "create table t (a int) partition by system_time limit 5 auto partitions 3",
         "(create table t (column a <int>) (partition-by system-time))"},
        {MARIADB,
         "create table t (a int) partition by system_time interval 1 hour starts '2020-01-01' auto",
         "(create table t (column a <int>) (partition-by system-time))"},
        {MARIADB, "create table t (a int) partition by range (a) (p values less than (1))",
         "(create table t (column a <int>) (partition-by (column a) (values 1)))"},
    };
    CHECK_CASES(CASES);
}

static void more_alter(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH, "alter table t add (a int, key (b), check (c)), add partition partitions 3",
         "(alter table t (add (column a <int>) (key (on b)) (check (column c))) (other))"},
        {BOTH, "alter table t coalesce partition local 2", "(alter table t (other))"},
        {BOTH, "alter table t analyze partition p, q", "(alter table t (other))"},
        {BOTH, "alter table t rebuild partition all", "(alter table t (other))"},
        {BOTH, "alter table t import partition p tablespace", "(alter table t (other))"},
        {BOTH, "alter table t reorganize partition", "(alter table t (other))"},
        {MYSQL,
         "alter table t drop check c, rename as u, convert to charset latin1, rename key a to b, "
         "default character set = utf8mb4",
         "(alter table t (drop-constraint c) (rename u) (other) (rename-key a b) (other))"},
        {BOTH, "alter table t alter a set default (b + 1), drop key `primary`",
         "(alter table t (set-default a (+ (column b) 1)) (drop-key primary))"},
        {MYSQL, "alter table t secondary_load", "(alter table t (other))"},
        {MYSQL, "alter table t secondary_unload partition (p)", "(alter table t (other))"},
        {MYSQL, "alter table t with validation, drop partition p",
         "(alter table t (other) (other))"},
        {MARIADB, "alter table t convert partition p to table u", "(alter table t (other u))"},
        {MARIADB, "alter table t convert table u to partition p values less than (5)",
         "(alter table t (exchange u (partition-by (values 5))))"},
        {MARIADB,
         "alter table t add constraint if not exists c check (a), drop constraint if exists c, "
         "drop foreign key if exists f, drop index if exists i",
         "(alter table t (add-check (check c (column a))) (drop-constraint c) (drop-constraint f) "
         "(drop-key i))"},
        {MARIADB, "alter table t with system versioning", "(alter table t (add-versioning))"},
        {MARIADB,
         "alter table t nowait drop period if exists for p, add period if not exists for p (a, b)",
         "(alter table t (drop-constraint p) (add-check))"},
        {BOTH, "alter table t", "(alter table t)"},
        {BOTH, "alter user a@b identified by 'x' account lock", "(alter other)"},
        {BOTH, "alter database charset utf8mb4", "(alter database)"},
        {MYSQL, "alter instance rotate innodb master key", "(alter other)"},
        {MARIADB, "alter sequence if exists s restart 5", "(alter sequence if-exists s)"},
    };
    CHECK_CASES(CASES);
}

static void more_objects(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH, "create fulltext index i on t (a) with parser ngram lock = default",
         "(create index i t (fulltext (on a)))"},
        {BOTH, "create spatial index i on t (a)", "(create index i t (spatial (on a)))"},
        {BOTH, "create role if not exists r", "(create other)"},
        {BOTH,
         "create function f () returns int no sql contains sql reads sql data language sql sql "
         "security definer not deterministic begin return 1; end",
         "(create function f (block (do (return 1))))"},
        {MYSQL,
         "create function f () returns int language javascript using (d.l as x, m) as 'return 1'",
         "(create function f)"},
        {MYSQL, "create view v as table t", "(create view v (query (table-of t)))"},
        {MYSQL, "create undo tablespace u add datafile 'x'", "(create other)"},
        {MYSQL, "drop library if exists l", "(drop other)"},
        {MARIADB,
         "create or replace function if not exists f (a int default 5) returns row(a int, b text) "
         "return null",
         "(create function if-exists f (parameter a) (return null))"},
        {MARIADB, "drop package body if exists d.p", "(drop package if-exists d.p)"},
        {MARIADB, "drop view v", "(drop view v)"},
        {MARIADB, "rename table if exists a wait 3 to b", "(rename table if-exists a to b)"},
        {MARIADB, "truncate t nowait", "(truncate table t)"},
        {MARIADB, "create trigger g before update on t for each row precedes d.h set new.a = 1",
         "(create trigger g (on t) (set (field new.a 1)))"},
        {MARIADB,
         "begin not atomic declare c cursor (x int) for select x; open c (1 + a); fetch c into @v, "
         "r.b; fetch group next row; close c; for i in reverse 9..1 do set i = 2; end for; lab: "
         "for x in c do leave lab; end for lab; end",
         "(block (declare-cursor (names c) (query (select (items (column x))))) (do (cursor c "
         "(from (+ 1 (column a)))) (cursor c (into b)) (cursor) (cursor c) (for i (from 9) (to 1) "
         "(do (set (variable i 2)))) (for lab x (from (column c)) (do (leave lab)))))"},
        {MARIADB, "while a do select 1; end while",
         "(while (column a) (do (query (select (items 1)))))"},
        {MARIADB, "repeat select 1; until a end repeat",
         "(repeat (column a) (do (query (select (items 1)))))"},
        {MARIADB, "loop leave x; end loop", "(loop (do (leave x)))"},
        {MARIADB, "case a when 1 then select 2; end case",
         "(case (column a) (branch 1 (do (query (select (items 2))))))"},
        {MARIADB, "begin not atomic declare c cursor for s; open c using a, b; end",
         "(block (declare-cursor (names c)) (do (cursor c (from (column a) (column b)))))"},
    };
    CHECK_CASES(CASES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables),       cmocka_unit_test(alter),      cmocka_unit_test(objects),
        cmocka_unit_test(programs),     cmocka_unit_test(validation), cmocka_unit_test(types),
        cmocka_unit_test(keys),         cmocka_unit_test(options),    cmocka_unit_test(more_alter),
        cmocka_unit_test(more_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
