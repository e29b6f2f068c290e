import { sql } from 'drizzle-orm';
import { boolean, int, mysqlEnum, mysqlTable, mysqlView, timestamp, varchar, type MySqlTableWithColumns } from 'drizzle-orm/mysql-core';

/* Declarations that are put together by code: what is constant in them is read, as if it had been run. */
const DEFAULT_LENGTH = 100 + 91;
const isWide = true;
const name = (column: string, length = isWide ? DEFAULT_LENGTH : 50) => varchar(column, { length });
const audited = () => ({
  createdBy: int('created_by').references(() => users.id),
  active: boolean('active').default(true).notNull(),
});
function softDelete(prefix: string) {
  const column = prefix + 'deleted_at';
  return { deletedAt: timestamp(column) };
}
export const LEVELS = Object.freeze({ LOW: 'low', HIGH: 'high' });
const levels = Object.values(LEVELS) as [string, ...string[]];
export const WEEKDAYS = ['mon', 'tue', 'wed'] as const;

export const users = mysqlTable(`users`, {
  id: int('id').primaryKey().autoincrement(),
  login: name('login').notNull(),
  alias: name('alias', 20),
  level: mysqlEnum('level', levels).default(LEVELS.LOW),
  day: mysqlEnum('day', WEEKDAYS),
  upper: mysqlEnum('upper_day', WEEKDAYS.map((day) => day.toUpperCase()) as [string, ...string[]]),
  ...audited(),
  ...softDelete(''),
});

export const groups = mysqlTable('groups', {
  id: int('id').primaryKey().autoincrement(),
  title: name('title')!,
  ...softDelete('group_'),
  ...(isWide ? { wide: boolean('wide') } : {}),
});

export const activeUsers = mysqlView('active_users', { id: int('id').notNull(), login: varchar('login', { length: 191 }) })
  .as(sql`select id, login from users where active`);

export const elsewhere = mysqlView('elsewhere', { id: int('id') }).existing();
export function helper(x: number): number {
  if (x > 1) return helper(x - 1);
  return x;
}
