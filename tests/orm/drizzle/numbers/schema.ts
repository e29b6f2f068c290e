import { bigint, boolean, decimal, double, float, int, mediumint, mysqlTable, real, smallint, tinyint } from 'drizzle-orm/mysql-core';

// Every numeric type (but serial) of drizzle-orm/mysql-core, with every option that reaches the database.
export const numbers = mysqlTable('numbers', {
  id: int('id').autoincrement().primaryKey(),
  plain: int('plain'),
  unsigned: int('unsigned_int', { unsigned: true }).notNull().default(7),
  tiny: tinyint('tiny').default(-1),
  tinyUnsigned: tinyint('tiny_unsigned', { unsigned: true }),
  small: smallint('small').notNull(),
  smallUnsigned: smallint('small_unsigned', { unsigned: true }).default(65_535),
  medium: mediumint('medium'),
  mediumUnsigned: mediumint('medium_unsigned', { unsigned: true }),
  big: bigint('big', { mode: 'number' }).default(0x10),
  bigUnsigned: bigint('big_unsigned', { mode: 'bigint', unsigned: true }).notNull(),
  real: real('real'),
  realSized: real('real_sized', { precision: 10, scale: 4 }),
  decimal: decimal('decimal'),
  price: decimal('price', { precision: 10, scale: 2 }).notNull().default('0.00'),
  rate: decimal('rate', { precision: 12, scale: 1, mode: 'number' }).default(1.5),
  amount: decimal('amount', { precision: 20, scale: 6, unsigned: true, mode: 'bigint' }),
  double: double('double'),
  doubleSized: double('double_sized', { precision: 12, scale: 3 }).default(2.25),
  doubleUnsigned: double('double_unsigned', { precision: 12, scale: 3, unsigned: true }),
  float: float('float').default(1e3),
  floatSized: float('float_sized', { precision: 8, scale: 2, unsigned: true }),
  flag: boolean('flag'),
  on: boolean('is_on').notNull().default(true),
  off: boolean('is_off').notNull().default(false),
});

export const keyed = mysqlTable('keyed', {
  id: bigint('id', { mode: 'number', unsigned: true }).autoincrement().primaryKey(),
  rank: int('rank').unique(),
  position: int('position').unique('keyed_by_position'),
});
