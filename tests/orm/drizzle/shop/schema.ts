import { relations, sql } from 'drizzle-orm';
import {
  check, decimal, foreignKey, index, int, mysqlTable, primaryKey, timestamp, unique, uniqueIndex, varchar,
} from 'drizzle-orm/mysql-core';
import type { AnyMySqlColumn } from 'drizzle-orm/mysql-core';

export const customers = mysqlTable('customers', {
  id: int('id').autoincrement().primaryKey(),
  company: varchar('company', { length: 191 }).notNull(),
  email: varchar('email', { length: 191 }).notNull().unique(),
  referredBy: int('referred_by').references((): AnyMySqlColumn => customers.id, { onDelete: 'set null' }),
}, (table) => [
  index('customers_company').on(table.company),
]);

export const products = mysqlTable('products', {
  id: int('id').autoincrement().primaryKey(),
  sku: varchar('sku', { length: 32 }).notNull(),
  price: decimal('price', { precision: 10, scale: 2 }).notNull(),
  stock: int('stock').notNull().default(0),
}, (t) => ({
  bySku: uniqueIndex('products_sku').on(t.sku),
  positive: check('products_price_positive', sql`${t.price} >= 0`),
  stocked: check('products_stock', sql`stock > -1 and stock < 100000`),
}));

export const orders = mysqlTable('orders', {
  id: int('id').autoincrement().primaryKey(),
  customerId: int('customer_id').notNull().references(() => customers.id, { onDelete: 'cascade', onUpdate: 'cascade' }),
  number: varchar('number', { length: 20 }).notNull(),
  placedAt: timestamp('placed_at').defaultNow().notNull(),
}, (t) => [
  unique('orders_number').on(t.number),
  unique().on(t.customerId, t.number),
  index('orders_customer').on(t.customerId).using('btree'),
]);

export const orderItems = mysqlTable('order_items', {
  orderId: int('order_id').notNull(),
  productId: int('product_id').notNull(),
  quantity: int('quantity').notNull().default(1),
}, (t) => [
  primaryKey({ columns: [t.orderId, t.productId] }),
  foreignKey({ columns: [t.orderId], foreignColumns: [orders.id] }).onDelete('cascade'),
  foreignKey({ name: 'items_product', columns: [t.productId], foreignColumns: [products.id] }).onDelete('restrict').onUpdate('no action'),
]);

export const refunds = mysqlTable('refunds', {
  id: int('id').primaryKey(),
  orderId: int('order_id').notNull(),
  productId: int('product_id').notNull(),
}, (t) => [
  foreignKey({ columns: [t.orderId, t.productId], foreignColumns: [orderItems.orderId, orderItems.productId], name: 'refund_of' }),
]);

export const customersRelations = relations(customers, ({ one, many }) => ({
  orders: many(orders),
  referrer: one(customers, { fields: [customers.referredBy], references: [customers.id] }),
}));

export type Customer = typeof customers.$inferSelect;
export type NewCustomer = typeof customers.$inferInsert;
