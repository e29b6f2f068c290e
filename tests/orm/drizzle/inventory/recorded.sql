CREATE TABLE `inventory_movements` (
	`id` int AUTO_INCREMENT NOT NULL,
	`created_at` timestamp NOT NULL DEFAULT (now()),
	`updated_at` timestamp DEFAULT (now()) ON UPDATE CURRENT_TIMESTAMP,
	`product_id` int NOT NULL,
	`adjustmentReason` varchar(255),
	`quantity` int NOT NULL,
	CONSTRAINT `inventory_movements_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `order_status_history` (
	`id` int AUTO_INCREMENT NOT NULL,
	`created_at` timestamp NOT NULL DEFAULT (now()),
	`updated_at` timestamp DEFAULT (now()) ON UPDATE CURRENT_TIMESTAMP,
	`order_id` int NOT NULL,
	`from_status` varchar(50),
	`to_status` varchar(50) NOT NULL,
	`notes` text,
	`details` json,
	CONSTRAINT `order_status_history_id` PRIMARY KEY(`id`)
);
