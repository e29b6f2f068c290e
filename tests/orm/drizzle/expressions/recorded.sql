CREATE TABLE `people` (
	`id` int AUTO_INCREMENT NOT NULL,
	`first_name` varchar(60) NOT NULL,
	`last_name` varchar(60) NOT NULL,
	`full_name` varchar(130) GENERATED ALWAYS AS (concat(`people`.`first_name`, ' ', `people`.`last_name`)) VIRTUAL,
	`initials` varchar(2) GENERATED ALWAYS AS (concat(left(first_name, 1), left(last_name, 1))) STORED,
	`age` int DEFAULT (18 + 1),
	`uid` varchar(36) NOT NULL DEFAULT (uuid()),
	`about` text DEFAULT ('nothing said'),
	`tags` json DEFAULT ('[]'),
	`list` json DEFAULT (json_array()),
	CONSTRAINT `people_id` PRIMARY KEY(`id`),
	CONSTRAINT `people_age_range` CHECK(`people`.`age` between 0 and 120)
);
--> statement-breakpoint
CREATE INDEX `people_age` ON `people` (`age`);
