"""Generated schemas: random tables with all that a plan has to carry over, and their mutations.

    schema = Schema.random(random.Random(7), "mysql")
    schema.sql()          CREATE TABLE statements that run in an empty database
    schema.mutated(rng)   another schema, some steps away
"""

import copy

TYPES = [
    ("int", "5"), ("bigint unsigned", "0"), ("smallint", "-3"), ("tinyint(1)", "1"), ("varchar(40)", "'it''s'"),
    ("varchar(120)", "''"), ("char(8)", "'x'"), ("decimal(10,2)", "'1.50'"), ("decimal(12,4)", "0"), ("double", "2.5"),
    ("date", "'2020-01-31'"), ("datetime", "CURRENT_TIMESTAMP"), ("datetime(3)", "'2020-01-01 10:00:00'"),
    ("timestamp", "CURRENT_TIMESTAMP"), ("time", "'10:00:00'"), ("enum('a','b','c')", "'b'"), ("set('x','y')", "'x'"),
    ("text", None), ("blob", None), ("json", None), ("binary(4)", None), ("year", "2020"), ("bit(3)", "b'101'"),
]
NUMBERS = ("int", "bigint unsigned", "smallint")
KEYABLE = NUMBERS + ("varchar(40)", "char(8)", "date", "datetime", "decimal(10,2)", "enum('a','b','c')")
WORDS = ["id", "name", "email", "total", "state", "created", "note", "code", "amount", "flag", "order", "group", "größe"]


class Table:
    def __init__(self, name):
        self.name = name
        self.columns = {}      # name → definition behind it; in order
        self.types = {}
        self.indexes = {}      # name → (kind, columns)
        self.checks = {}       # name → expression
        self.foreign_keys = {}  # name → (column, other table, rule)
        self.comment = ""
        self.counter = 0

    def fresh(self, rng):
        self.counter += 1
        return f"{rng.choice(WORDS)}_{self.counter}"

    def add_column(self, rng):
        name = self.fresh(rng)
        self.columns[name], self.types[name] = self.definition(rng)
        return name

    def definition(self, rng):
        kind, default = rng.choice(TYPES)
        if rng.random() < 0.12:
            base = [name for name, type in self.types.items() if type in NUMBERS and "GENERATED" not in self.columns[name]
                    and "AUTO_INCREMENT" not in self.columns[name]]
            if base:
                storage = rng.choice(["VIRTUAL", "STORED"])
                return (f"int GENERATED ALWAYS AS (`{rng.choice(base)}` * 2 + {rng.randint(1, 9)}) {storage}", "generated")
        text = kind
        text += rng.choice([" NOT NULL", " NULL"])
        if default is not None and rng.random() < 0.5:
            text += f" DEFAULT {default}"
            if default == "CURRENT_TIMESTAMP" and rng.random() < 0.5:
                text += " ON UPDATE CURRENT_TIMESTAMP"
        if rng.random() < 0.15:
            text += f" COMMENT 'a {rng.choice(WORDS)}, isn''t it'"
        return text, kind

    def columns_for(self, rng, count):
        able = [name for name, type in self.types.items() if type in KEYABLE]
        return rng.sample(able, min(count, len(able)))

    def add_index(self, rng):
        columns = self.columns_for(rng, rng.randint(1, 2))
        if not columns:
            return
        parts = [f"`{column}`" + ("(3)" if self.types[column] == "varchar(40)" and rng.random() < 0.3 else "")
                 for column in columns]
        self.indexes[f"ix_{self.fresh(rng)}"] = (rng.choice(["KEY", "KEY", "UNIQUE KEY"]), columns, parts)

    def add_check(self, rng):
        numbers = [name for name, type in self.types.items() if type in NUMBERS
                   and "AUTO_INCREMENT" not in self.columns[name]]
        if numbers:
            column = rng.choice(numbers)
            self.checks[f"ck_{self.name}_{self.fresh(rng)}"] = \
                (column, f"`{column}` > {rng.randint(-9, 0)} OR `{column}` IN (1, 2)")

    def drop_column(self, name):
        for index in [key for key, value in self.indexes.items() if name in value[1]]:
            del self.indexes[index]
        for check in [key for key, value in self.checks.items() if value[0] == name]:
            del self.checks[check]
        for key in [key for key, value in self.foreign_keys.items() if value[0] == name]:
            del self.foreign_keys[key]
        for other in [key for key, text in self.columns.items() if f"(`{name}` *" in text]:
            self.drop_column(other)
        del self.columns[name], self.types[name]

    def free_columns(self):
        """Those that nothing else names, but for indexes."""
        return [name for name in self.columns
                if name != "id" and not any(value[0] == name for value in self.foreign_keys.values())
                and not any(value[0] == name for value in self.checks.values())
                and not any(f"(`{name}` *" in text for text in self.columns.values())]

    def sql(self):
        parts = [f"`{name}` {text}" for name, text in self.columns.items()]
        parts += ["PRIMARY KEY (`id`)"]
        parts += [f"{kind} `{name}` ({', '.join(columns)})" for name, (kind, _, columns) in self.indexes.items()]
        parts += [f"CONSTRAINT `{name}` CHECK ({text})" for name, (_, text) in self.checks.items()]
        return f"CREATE TABLE `{self.name}` (\n  " + ",\n  ".join(parts) + f"\n) COMMENT='{self.comment}';\n"

    def foreign_sql(self):
        return "".join(f"ALTER TABLE `{self.name}` ADD CONSTRAINT `{name}` FOREIGN KEY (`{column}`) "
                       f"REFERENCES `{other}` (`id`){rule};\n"
                       for name, (column, other, rule) in self.foreign_keys.items())


class Schema:
    def __init__(self):
        self.tables = {}
        self.counter = 0

    @classmethod
    def random(cls, rng, flavour):
        schema = cls()
        for _ in range(rng.randint(2, 4)):
            schema.add_table(rng)
        for table in list(schema.tables.values()):
            if rng.random() < 0.6:
                schema.add_foreign_key(rng, table)
        return schema

    def add_table(self, rng):
        self.counter += 1
        table = Table(f"t{self.counter}_{rng.choice(WORDS)}")
        table.columns["id"] = "int NOT NULL AUTO_INCREMENT"
        table.types["id"] = "key"
        for _ in range(rng.randint(2, 7)):
            table.add_column(rng)
        for _ in range(rng.randint(0, 3)):
            table.add_index(rng)
        if rng.random() < 0.4:
            table.add_check(rng)
        self.tables[table.name] = table

    def add_foreign_key(self, rng, table):
        column = f"{table.fresh(rng)}_id"
        table.columns[column], table.types[column] = "int NULL", "reference"
        rule = rng.choice(["", " ON DELETE CASCADE", " ON DELETE SET NULL ON UPDATE CASCADE"])
        table.foreign_keys[f"fk_{table.name}_{column}"] = (column, rng.choice(list(self.tables)), rule)

    def drop_table(self, name):
        del self.tables[name]
        for table in self.tables.values():
            for key in [key for key, value in table.foreign_keys.items() if value[1] == name]:
                del table.foreign_keys[key]

    def mutated(self, rng):
        other = copy.deepcopy(self)
        for _ in range(rng.randint(1, 8)):
            other.mutate(rng)
        return other

    def mutate(self, rng):
        table = rng.choice(list(self.tables.values()))
        step = rng.choice(["add", "add", "drop", "change", "change", "change", "index", "unindex", "check", "uncheck", "table",
                           "untable", "foreign", "unforeign", "comment"])
        if step == "add":
            table.add_column(rng)
        elif step == "drop" and table.free_columns():
            table.drop_column(rng.choice(table.free_columns()))
        elif step == "change":
            free = [name for name in table.free_columns()
                    if not any(name in value[1] for value in table.indexes.values())]
            if free:
                name = rng.choice(free)
                table.types[name] = "none"  # so that it is not generated from itself
                text, kind = table.definition(rng)
                table.columns[name], table.types[name] = text, kind
        elif step == "index":
            table.add_index(rng)
        elif step == "unindex" and table.indexes:
            del table.indexes[rng.choice(list(table.indexes))]
        elif step == "check":
            table.add_check(rng)
        elif step == "uncheck" and table.checks:
            del table.checks[rng.choice(list(table.checks))]
        elif step == "table":
            self.add_table(rng)
        elif step == "untable" and len(self.tables) > 1:
            self.drop_table(table.name)
        elif step == "foreign":
            self.add_foreign_key(rng, table)
        elif step == "unforeign" and table.foreign_keys:
            del table.foreign_keys[rng.choice(list(table.foreign_keys))]
        elif step == "comment":
            table.comment = rng.choice(WORDS)

    def sql(self):
        tables = self.tables.values()
        return "".join(table.sql() for table in tables) + "".join(table.foreign_sql() for table in tables)


# --- sequences of DDL ------------------------------------------------------------------------------------------------

def steps(rng, schema, count):
    """Statements, of which a server refuses some; what they name is there or is not."""
    tables = list(schema.tables)
    columns = sorted({name for table in schema.tables.values() for name in table.columns} | {"x", "y"})
    indexes = sorted({name for table in schema.tables.values() for name in table.indexes} | {"ix_x"})
    checks = sorted({name for table in schema.tables.values() for name in table.checks} | {"ck_x"})
    keys = sorted({name for table in schema.tables.values() for name in table.foreign_keys} | {"fk_x"})
    definition = Table("x")
    long = {name for table in schema.tables.values() for name, type in table.types.items()
            if type in ("text", "blob", "json", "binary(4)")}  # the flavours differ in keys over these

    def column():
        return rng.choice(columns)

    def short():
        return rng.choice([name for name in columns if name not in long])

    def define():
        return definition.definition(rng)[0]

    def number():
        return rng.choice(["int", "bigint", "smallint unsigned", "decimal(10,2)"]) + \
            rng.choice([" NULL", " NULL DEFAULT 5", " NOT NULL"])

    def place():
        return rng.choice(["", "", " FIRST", f" AFTER `{column()}`"])

    def change():
        return rng.choice([
            lambda: f"ADD COLUMN `{rng.choice('xyzuvw')}` {number()}{place()}",
            lambda: f"ADD COLUMN `{rng.choice('abc')}` {define()}{place()}",
            lambda: f"DROP COLUMN `{column()}`",
            lambda: f"MODIFY `{column()}` {number()}{place()}",
            lambda: f"CHANGE `{column()}` `{rng.choice('xyzuvw')}` {number()}",
            lambda: f"RENAME COLUMN `{column()}` TO `{rng.choice('xyzuvw')}`",
            lambda: f"ADD {rng.choice(['KEY', 'UNIQUE KEY', 'KEY'])} {rng.choice(['', 'ix_x ', 'ix_y '])}"
                    f"(`{short()}`{rng.choice(['', ' DESC'])})",
            lambda: f"ADD KEY (`{short()}`, `{short()}`)",
            lambda: f"DROP KEY `{rng.choice(indexes)}`",
            lambda: f"RENAME KEY `{rng.choice(indexes)}` TO `ix_z`",
            lambda: f"ADD {rng.choice(['', 'CONSTRAINT ck_x '])}CHECK (`{column()}` > 0)",
            lambda: f"DROP CONSTRAINT `{rng.choice(checks)}`",
            lambda: f"DROP FOREIGN KEY `{rng.choice(keys)}`",
            lambda: f"ADD COLUMN `p` int, ADD {rng.choice(['', 'CONSTRAINT fk_x '])}FOREIGN KEY (`p`) REFERENCES "
                    f"`{rng.choice(tables)}` (`id`)",
            lambda: f"ALTER COLUMN `{column()}` DROP DEFAULT",
            lambda: "COMMENT = 'changed'",
        ])()

    def one():
        table = rng.choice(tables)
        return rng.choice([
            lambda: f"ALTER TABLE `{table}` {change()}",
            lambda: f"ALTER TABLE `{table}` {change()}",
            lambda: f"ALTER TABLE `{table}` {change()}",
            lambda: f"ALTER TABLE `{table}` {change()}, {change()}",
            lambda: f"CREATE {rng.choice(['', 'UNIQUE '])}INDEX ix_made ON `{table}` (`{short()}`)",
            lambda: f"DROP INDEX `{rng.choice(indexes)}` ON `{table}`",
            lambda: f"RENAME TABLE `{table}` TO `moved_{rng.choice('ab')}`",
            lambda: f"RENAME TABLE `moved_{rng.choice('ab')}` TO `{table}`",
            lambda: f"CREATE TABLE `copy_{rng.choice('ab')}` LIKE `{table}`",
            lambda: f"DROP TABLE `{rng.choice([table, 'copy_a', 'moved_b'])}`",
        ])()
    return "".join(one() + ";\n" for _ in range(count))
