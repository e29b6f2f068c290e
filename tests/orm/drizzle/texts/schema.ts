import {
  binary, char, customType, json, longtext, mediumtext, mysqlEnum, mysqlTable, text, tinytext, varbinary, varchar,
} from "drizzle-orm/mysql-core";

const ROLES = ["admin", "editor", "it's me"] as const;
enum Colour {
  Red = "red",
  Green = "green",
}
const sizes = { small: 's', large: 'l' } as const;
type Settings = { theme: 'dark' | 'light'; columns?: number[] };

const point = customType<{ data: { x: number; y: number }; driverData: string }>({
  dataType() {
    return 'point';
  },
  toDriver(value) {
    return `POINT(${value.x} ${value.y})`;
  },
});

const money = customType<{ data: string; config: { precision?: number } }>({
  dataType(config) {
    if (config?.precision) {
      return `decimal(${config.precision}, 4)`;
    }
    return 'decimal(19, 4)';
  },
});

export const texts = mysqlTable("texts", {
  code: char("code", { length: 8 }).primaryKey(),
  letter: char("letter"),
  name: varchar("name", { length: 255 }).notNull().default("nobody"),
  status: varchar("status", { length: 20, enum: ["new", "old"] }).default('new'),
  quoted: varchar("quoted", { length: 40 }).default('it\'s "quoted" \u00e9'),
  hash: binary("hash", { length: 32 }),
  byte: binary("byte"),
  token: varbinary("token", { length: 64 }),
  body: text("body"),
  tiny: tinytext("tiny"),
  medium: mediumtext("medium").notNull(),
  long: longtext("long"),
  note: text("note", { enum: ["a", "b"] }).default("a"),
  role: mysqlEnum("role", ROLES).notNull().default("editor"),
  state: mysqlEnum("state", ["on", "off"]),
  colour: mysqlEnum("colour", Colour).default(Colour.Green),
  size: mysqlEnum("size", sizes).default(sizes.small),
  settings: json("settings").$type<Settings>().notNull().default({ theme: 'dark', columns: [1, 2] }),
  extra: json("extra"),
  place: point("place"),
  cost: money("cost", { precision: 12 }),
  total: money("total").notNull().default("0.0000"),
});
