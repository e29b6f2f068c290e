#!/usr/bin/env python3
"""Writes tests/fuzz/sql.dict, the dictionary of the fuzz targets that read SQL, from the table of keywords and the phrases
below. The targets' own (parse.dict ...) are links to it. Run it when keyword.def or the grammar has grown."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIGNS = """( ) , ; . .. @ @@ := = <=> <> != < <= > >= << >> + - * / % ^ & | ~ ! && || -> ->> { } [ ] ? : ' " ` $$ $a$ \\N \\' \\" '' \"\" ``
/* */ /*! /*!50000 /*!080000 /*!99999 /*M! /*M!100100 /*+ -- # _utf8mb4 _latin1 _binary N' x' 0x41 0b1 b' 1e5 .5 1.""".split()

# Where one word alone seldom leads into a production.
PHRASES = """
select|from t1|where a =|group by a with rollup|having|order by 1|limit 1 offset 2|for update of t1|lock in share mode
into @a|into outfile 'x'|union all|intersect|except distinct|with c as (select|with recursive c (a) as (|cycle a restrict
join t2 using (id)|natural left join t2|left join t2 on|straight_join|cross join|{oj |lateral (select|use index (a)|force key for order by ()
partition (p0)|for system_time as of|for portion of p from|json_table('[]', '$[*]' columns (|nested path '$' columns (|for ordinality
null on empty default '1' on error|over (partition by a order by b rows between unbounded preceding and current row)|window w as (|qualify
exists (select|in (select|= any (select|> all (select|not between 1 and 2|like 'a' escape '|'|member of (|sounds like|is not unknown|collate utf8mb4_bin
case when a then b else c end|interval 1 day|cast(a as signed)|convert(a using utf8mb4)|extract(year from|trim(both 'x' from|group_concat(distinct a order by b separator ',')
match (a) against ('x' in boolean mode)|timestampadd(day, 1,|date '2020-01-01'|next value for sq|nextval(sq)|values(a)|default(a)|json_value(a, '$' returning signed)
insert into t1 (id, a) values|insert into t1 set a =|replace into t1|on duplicate key update a =|as n (x, y)|values row(|returning *|low_priority ignore
update t1 set a =|update t1, t2 set|delete from t1|delete t1 from t1 using|load data infile 'x' into table t1 fields terminated by ','|handler t1 open|handler t1 read first where
call p(|do |set @a =|set names|set sql_mode =|set global|set statement a = 1 for|show columns from t1 where|show full tables|describe t1|explain format=json|analyze format=json
prepare s from '|execute immediate '|execute s using @a|use d|lock tables t1 read|unlock tables|begin not atomic|start transaction|xa start 'x'
create table t (a int|create temporary table|create table t like|create table t as select|if not exists|or replace|primary key (a)|unique key|foreign key (a) references t1 (id)|check (a > 0)
generated always as (a) stored|partition by range (a) (partition p0 values less than (1))|with system versioning|period for p (a, b)|engine=innodb
alter table t1|add column|modify column|change column a b int|drop column a|rename column a to b|add key (a)|alter a set default|convert partition p0 to table|exchange partition p0 with table
create view v as select|create json duality view|json_duality_object('a': a)|create trigger g before insert on t1 for each row|set new.a = old.a|create procedure p (in a int)|create function f () returns int return
declare a int default 1;|declare c cursor for select|declare exit handler for sqlexception|if a then|elseif|end if;|while a do|end while;|repeat|until a end repeat;|loop|leave l;|for i in 1..3 do|open c;|fetch c into a;
create sequence s|create package p|drop table if exists t1|rename table t1 to t2|truncate t1|grant select (a) on t1 to u|kill 1|signal sqlstate '45000'|get diagnostics @a = number
information_schema.columns|t1|t2|id|new|old|seq_1_to_9|_rowid|row_start|q
""".strip("\n")


def words():
    text = (ROOT / "proxy/engine/sql/keyword.def").read_text()
    return re.findall(r"^SG_(?:KEYWORD|SYNONYM)\((\w+),", text, re.MULTILINE)


def quote(text):
    return '"' + "".join(c if 32 <= ord(c) < 127 and c not in '"\\' else f"\\x{ord(c):02x}" for c in text) + '"'


def dictionary():
    phrases = [" " + phrase + " " for line in PHRASES.split("\n") for phrase in line.split("|") if phrase]
    entries = SIGNS + [" " + word.lower() + " " for word in words()] + phrases
    entries += ["\x00", "\xc3\xa9", "\x95\x5c", "\x1a", "\xff"]
    return "# Made by scripts/lib/make_fuzz_dictionary.py.\n" + "".join(quote(e) + "\n" for e in dict.fromkeys(entries))


def main():
    (ROOT / "tests/fuzz/sql.dict").write_text(dictionary())


if __name__ == "__main__":
    main()
