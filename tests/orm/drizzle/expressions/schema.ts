import { sql, type SQL } from 'drizzle-orm';
import { check, index, int, json, mysqlTable, text, varchar } from 'drizzle-orm/mysql-core';

const LIMIT = 120;

export const people = mysqlTable('people', {
  id: int('id').autoincrement().primaryKey(),
  first: varchar('first_name', { length: 60 }).notNull(),
  last: varchar('last_name', { length: 60 }).notNull(),
  full: varchar('full_name', { length: 130 }).generatedAlwaysAs((): SQL => sql`concat(${people.first}, ' ', ${people.last})`),
  initials: varchar('initials', { length: 2 }).generatedAlwaysAs(sql`concat(left(first_name, 1), left(last_name, 1))`, { mode: 'stored' }),
  age: int('age').default(sql`(18 + 1)`),
  uid: varchar('uid', { length: 36 }).notNull().default(sql`(uuid())`),
  about: text('about').default('nothing said'),
  tags: json('tags').$type<string[]>().default([]),
  list: json('list').default(sql`(json_array())`),
}, (t) => [
  index('people_age').on(t.age),
  check('people_age_range', sql`${t.age} between 0 and ${sql.raw(`${LIMIT}`)}`),
]);
