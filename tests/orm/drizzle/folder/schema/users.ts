import * as m from 'drizzle-orm/mysql-core';
import { timestamps, id as identifier } from './helpers/columns.js';

export const users = m.mysqlTable('users', {
  id: identifier(),
  email: m.varchar('email', { length: 191 }).notNull().unique('users_email'),
  ...timestamps,
});
