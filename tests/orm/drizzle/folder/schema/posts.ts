import { index, int, mysqlTable, text, varchar } from 'drizzle-orm/mysql-core';
import { id, timestamps } from './helpers/columns';
import { users } from './users';

export const posts = mysqlTable('posts', {
  id: id(),
  authorId: int('author_id').notNull().references(() => users.id),
  title: varchar('title', { length: 200 }).notNull(),
  body: text('body'),
  ...timestamps,
}, ({ authorId, title }) => [index('posts_author').on(authorId, title)]);

const comments = mysqlTable('comments', {
  id: id(),
  postId: int('post_id').notNull().references(() => posts.id, { onDelete: 'cascade' }),
  body: text('body').notNull(),
});
export { comments };
