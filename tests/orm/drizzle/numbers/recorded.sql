CREATE TABLE `keyed` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`rank` int,
	`position` int,
	CONSTRAINT `keyed_id` PRIMARY KEY(`id`),
	CONSTRAINT `keyed_rank_unique` UNIQUE(`rank`),
	CONSTRAINT `keyed_by_position` UNIQUE(`position`)
);
--> statement-breakpoint
CREATE TABLE `numbers` (
	`id` int AUTO_INCREMENT NOT NULL,
	`plain` int,
	`unsigned_int` int unsigned NOT NULL DEFAULT 7,
	`tiny` tinyint DEFAULT -1,
	`tiny_unsigned` tinyint unsigned,
	`small` smallint NOT NULL,
	`small_unsigned` smallint unsigned DEFAULT 65535,
	`medium` mediumint,
	`medium_unsigned` mediumint unsigned,
	`big` bigint DEFAULT 16,
	`big_unsigned` bigint unsigned NOT NULL,
	`real` real,
	`real_sized` real(10, 4),
	`decimal` decimal,
	`price` decimal(10,2) NOT NULL DEFAULT '0.00',
	`rate` decimal(12,1) DEFAULT 1.5,
	`amount` decimal(20,6) unsigned,
	`double` double,
	`double_sized` double(12,3) DEFAULT 2.25,
	`double_unsigned` double(12,3) unsigned,
	`float` float DEFAULT 1000,
	`float_sized` float(8,2) unsigned,
	`flag` boolean,
	`is_on` boolean NOT NULL DEFAULT true,
	`is_off` boolean NOT NULL DEFAULT false,
	CONSTRAINT `numbers_id` PRIMARY KEY(`id`)
);
