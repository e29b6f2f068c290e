import { sql } from 'drizzle-orm';
import { index, mysqlTable, serial, uniqueIndex, varchar } from 'drizzle-orm/mysql-core';

// What MariaDB does not take: functional indexes, and `serial` with AUTO_INCREMENT behind it.
export const people = mysqlTable('people', {
  id: serial('id').primaryKey(),
  first: varchar('first_name', { length: 60 }).notNull(),
  last: varchar('last_name', { length: 60 }).notNull(),
}, (t) => [
  uniqueIndex('people_lower').on(sql`(lower(${t.last}))`, t.first),
  index('people_initial').on(sql`(upper(${t.first}))`),
]);
