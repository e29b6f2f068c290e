import { sql } from 'drizzle-orm';
import { date, datetime, index, int, mysqlTable, time, timestamp, year } from 'drizzle-orm/mysql-core';

export const times = mysqlTable('times', {
  id: int().autoincrement().primaryKey(),
  day: date('day'),
  dayText: date('day_text', { mode: 'string' }).notNull().default('2024-02-29'),
  at: datetime('at'),
  atExact: datetime('at_exact', { mode: 'date', fsp: 6 }),
  atText: datetime('at_text', { mode: 'string', fsp: 3 }).default('2024-01-31 12:00:00.500'),
  clock: time('clock'),
  clockExact: time('clock_exact', { fsp: 2 }).default('10:20:30.40'),
  vintage: year('vintage').default(1999),
  created: timestamp('created').notNull().defaultNow(),
  updated: timestamp('updated').notNull().defaultNow().onUpdateNow(),
  seen: timestamp('seen', { mode: 'string', fsp: 3 }).default(sql`CURRENT_TIMESTAMP(3)`),
  changed: datetime('changed', { fsp: 0 }).default(sql`CURRENT_TIMESTAMP`),
  expires: timestamp('expires', { mode: 'date' }).default(new Date('2030-01-01T00:00:00.000Z')),
  birthday: date('birthday').default(new Date('1970-05-17')),
  touched: timestamp('touched').$onUpdate(() => new Date()).$defaultFn(() => new Date()),
}, (t) => [index('times_by_day').on(t.day, t.at), index('times_recent').on(sql`${t.created} desc`)]);
