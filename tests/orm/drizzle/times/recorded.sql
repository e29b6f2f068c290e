CREATE TABLE `times` (
	`id` int AUTO_INCREMENT NOT NULL,
	`day` date,
	`day_text` date NOT NULL DEFAULT '2024-02-29',
	`at` datetime,
	`at_exact` datetime(6),
	`at_text` datetime(3) DEFAULT '2024-01-31 12:00:00.500',
	`clock` time,
	`clock_exact` time(2) DEFAULT '10:20:30.40',
	`vintage` year DEFAULT 1999,
	`created` timestamp NOT NULL DEFAULT (now()),
	`updated` timestamp NOT NULL DEFAULT (now()) ON UPDATE CURRENT_TIMESTAMP,
	`seen` timestamp(3) DEFAULT CURRENT_TIMESTAMP(3),
	`changed` datetime(0) DEFAULT CURRENT_TIMESTAMP,
	`expires` timestamp DEFAULT '2030-01-01 00:00:00.000',
	`birthday` date DEFAULT '1970-05-17',
	`touched` timestamp,
	CONSTRAINT `times_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE INDEX `times_by_day` ON `times` (`day`,`at`);--> statement-breakpoint
CREATE INDEX `times_recent` ON `times` (`created` desc);
