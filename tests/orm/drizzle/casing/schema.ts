import { sql } from 'drizzle-orm';
import { check, foreignKey, index, int, mysqlTable, primaryKey, unique, varchar } from 'drizzle-orm/mysql-core';

export const teamMembers = mysqlTable('teamMembers', {
  memberId: int().autoincrement().primaryKey(),
  fullName: varchar({ length: 100 }).notNull().unique(),
  HTTPHandle: varchar({ length: 60 }),
  page2URL: varchar({ length: 60 }),
  kept: varchar('keptAsIs', { length: 10 }),
}, (t) => [
  index('by_handle').on(t.HTTPHandle, t.page2URL),
  unique().on(t.fullName, t.page2URL),
  check('handle_given', sql`${t.HTTPHandle} <> ''`),
]);

export const teamNotes = mysqlTable('teamNotes', {
  noteId: int().notNull(),
  memberId: int().notNull().references(() => teamMembers.memberId),
  reviewerId: int(),
  lineNumber: int().notNull(),
}, (t) => [
  primaryKey({ columns: [t.noteId, t.lineNumber] }),
  foreignKey({ columns: [t.reviewerId], foreignColumns: [teamMembers.memberId] }),
]);
