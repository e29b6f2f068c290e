CREATE TABLE `people` (
	`id` serial AUTO_INCREMENT NOT NULL,
	`first_name` varchar(60) NOT NULL,
	`last_name` varchar(60) NOT NULL,
	CONSTRAINT `people_id` PRIMARY KEY(`id`),
	CONSTRAINT `people_lower` UNIQUE((lower(`last_name`)),`first_name`)
);
--> statement-breakpoint
CREATE INDEX `people_initial` ON `people` ((upper(`first_name`)));
