import { int, json, mysqlTable, text, timestamp, varchar } from 'drizzle-orm/mysql-core';

// what each table has
const timestamps = {
  createdAt: timestamp('created_at').defaultNow().notNull(),
  updatedAt: timestamp('updated_at').defaultNow().onUpdateNow(),
};
const base = { id: int('id').autoincrement().primaryKey(), ...timestamps } as const;

export const inventoryMovements = mysqlTable('inventory_movements', {
  ...base,
  productId: int('product_id').notNull(),
  adjustmentReason: varchar('adjustmentReason', { length: 255 }),
  quantity: int('quantity').notNull(),
});

export const orderStatusHistory = mysqlTable('order_status_history', {
  ...base,
  orderId: int('order_id').notNull(),
  fromStatus: varchar('from_status', { length: 50 }),
  toStatus: varchar('to_status', { length: 50 }).notNull(),
  notes: text('notes'),
  details: json('details').$type<Record<string, unknown>>(),
});

export type InventoryMovement = typeof inventoryMovements.$inferSelect;
export default { inventoryMovements, orderStatusHistory };
