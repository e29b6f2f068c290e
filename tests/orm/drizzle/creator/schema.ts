import { mysqlTableCreator } from 'drizzle-orm/mysql-core';

const prefix = 'app';
export const createTable = mysqlTableCreator((name) => `${prefix}_${name}`);

export const users = createTable('user', (d) => ({
  id: d.varchar({ length: 255 }).notNull().primaryKey().$defaultFn(() => crypto.randomUUID()),
  name: d.varchar({ length: 255 }),
  email: d.varchar({ length: 255 }).notNull(),
  emailVerified: d.timestamp({ mode: 'date', fsp: 3 }).default(sqlNow()),
}));

export const accounts = createTable(
  'account',
  (d) => ({
    userId: d.varchar({ length: 255 }).notNull().references(() => users.id),
    provider: d.varchar({ length: 120 }).notNull(),
    providerAccountId: d.varchar({ length: 120 }).notNull(),
    expires_at: d.int(),
  }),
  (t) => [
    primaryKey({ columns: [t.provider, t.providerAccountId] }),
    index('account_user_id_idx').on(t.userId),
  ],
);

export const posts = createTable('post', (d) => ({
  id: d.bigint({ mode: 'number' }).primaryKey().autoincrement(),
  title: d.varchar({ length: 256 }),
  createdById: d.varchar({ length: 255 }).notNull().references(() => users.id),
  createdAt: d.timestamp().default(sql`CURRENT_TIMESTAMP`).notNull(),
  updatedAt: d.timestamp().onUpdateNow(),
}), (t) => [index('created_by_idx').on(t.createdById), index('name_idx').on(t.title)]);

import { sql } from 'drizzle-orm';
import { index, primaryKey } from 'drizzle-orm/mysql-core';

function sqlNow() {
  return sql`CURRENT_TIMESTAMP(3)`;
}
