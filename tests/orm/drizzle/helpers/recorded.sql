CREATE TABLE `groups` (
	`id` int AUTO_INCREMENT NOT NULL,
	`title` varchar(191),
	`group_deleted_at` timestamp,
	`wide` boolean,
	CONSTRAINT `groups_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `users` (
	`id` int AUTO_INCREMENT NOT NULL,
	`login` varchar(191) NOT NULL,
	`alias` varchar(20),
	`level` enum('low','high') DEFAULT 'low',
	`day` enum('mon','tue','wed'),
	`upper_day` enum('MON','TUE','WED'),
	`created_by` int,
	`active` boolean NOT NULL DEFAULT true,
	`deleted_at` timestamp,
	CONSTRAINT `users_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
ALTER TABLE `users` ADD CONSTRAINT `users_created_by_users_id_fk` FOREIGN KEY (`created_by`) REFERENCES `users`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE ALGORITHM = undefined
SQL SECURITY definer
VIEW `active_users` AS (select id, login from users where active);
