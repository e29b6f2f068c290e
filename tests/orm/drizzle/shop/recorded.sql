CREATE TABLE `customers` (
	`id` int AUTO_INCREMENT NOT NULL,
	`company` varchar(191) NOT NULL,
	`email` varchar(191) NOT NULL,
	`referred_by` int,
	CONSTRAINT `customers_id` PRIMARY KEY(`id`),
	CONSTRAINT `customers_email_unique` UNIQUE(`email`)
);
--> statement-breakpoint
CREATE TABLE `order_items` (
	`order_id` int NOT NULL,
	`product_id` int NOT NULL,
	`quantity` int NOT NULL DEFAULT 1,
	CONSTRAINT `order_items_order_id_product_id_pk` PRIMARY KEY(`order_id`,`product_id`)
);
--> statement-breakpoint
CREATE TABLE `orders` (
	`id` int AUTO_INCREMENT NOT NULL,
	`customer_id` int NOT NULL,
	`number` varchar(20) NOT NULL,
	`placed_at` timestamp NOT NULL DEFAULT (now()),
	CONSTRAINT `orders_id` PRIMARY KEY(`id`),
	CONSTRAINT `orders_number` UNIQUE(`number`),
	CONSTRAINT `orders_customer_id_number_unique` UNIQUE(`customer_id`,`number`)
);
--> statement-breakpoint
CREATE TABLE `products` (
	`id` int AUTO_INCREMENT NOT NULL,
	`sku` varchar(32) NOT NULL,
	`price` decimal(10,2) NOT NULL,
	`stock` int NOT NULL DEFAULT 0,
	CONSTRAINT `products_id` PRIMARY KEY(`id`),
	CONSTRAINT `products_sku` UNIQUE(`sku`),
	CONSTRAINT `products_price_positive` CHECK(`products`.`price` >= 0),
	CONSTRAINT `products_stock` CHECK(stock > -1 and stock < 100000)
);
--> statement-breakpoint
CREATE TABLE `refunds` (
	`id` int NOT NULL,
	`order_id` int NOT NULL,
	`product_id` int NOT NULL,
	CONSTRAINT `refunds_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
ALTER TABLE `customers` ADD CONSTRAINT `customers_referred_by_customers_id_fk` FOREIGN KEY (`referred_by`) REFERENCES `customers`(`id`) ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `order_items` ADD CONSTRAINT `order_items_order_id_orders_id_fk` FOREIGN KEY (`order_id`) REFERENCES `orders`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `order_items` ADD CONSTRAINT `items_product` FOREIGN KEY (`product_id`) REFERENCES `products`(`id`) ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `orders` ADD CONSTRAINT `orders_customer_id_customers_id_fk` FOREIGN KEY (`customer_id`) REFERENCES `customers`(`id`) ON DELETE cascade ON UPDATE cascade;--> statement-breakpoint
ALTER TABLE `refunds` ADD CONSTRAINT `refund_of` FOREIGN KEY (`order_id`,`product_id`) REFERENCES `order_items`(`order_id`,`product_id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `customers_company` ON `customers` (`company`);--> statement-breakpoint
CREATE INDEX `orders_customer` ON `orders` (`customer_id`);
