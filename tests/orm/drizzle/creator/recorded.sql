CREATE TABLE `app_account` (
	`userId` varchar(255) NOT NULL,
	`provider` varchar(120) NOT NULL,
	`providerAccountId` varchar(120) NOT NULL,
	`expires_at` int,
	CONSTRAINT `app_account_provider_providerAccountId_pk` PRIMARY KEY(`provider`,`providerAccountId`)
);
--> statement-breakpoint
CREATE TABLE `app_post` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`title` varchar(256),
	`createdById` varchar(255) NOT NULL,
	`createdAt` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
	`updatedAt` timestamp ON UPDATE CURRENT_TIMESTAMP,
	CONSTRAINT `app_post_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `app_user` (
	`id` varchar(255) NOT NULL,
	`name` varchar(255),
	`email` varchar(255) NOT NULL,
	`emailVerified` timestamp(3) DEFAULT CURRENT_TIMESTAMP(3),
	CONSTRAINT `app_user_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
ALTER TABLE `app_account` ADD CONSTRAINT `app_account_userId_app_user_id_fk` FOREIGN KEY (`userId`) REFERENCES `app_user`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `app_post` ADD CONSTRAINT `app_post_createdById_app_user_id_fk` FOREIGN KEY (`createdById`) REFERENCES `app_user`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `account_user_id_idx` ON `app_account` (`userId`);--> statement-breakpoint
CREATE INDEX `created_by_idx` ON `app_post` (`createdById`);--> statement-breakpoint
CREATE INDEX `name_idx` ON `app_post` (`title`);
