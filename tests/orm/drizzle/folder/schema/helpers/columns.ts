import { int, timestamp } from 'drizzle-orm/mysql-core';

export const id = (name: string = 'id') => int(name, { unsigned: false }).autoincrement().primaryKey();

export const timestamps = {
  createdAt: timestamp('created_at').notNull().defaultNow(),
  updatedAt: timestamp('updated_at').onUpdateNow(),
};
