CREATE TABLE `teamMembers` (
	`member_id` int AUTO_INCREMENT NOT NULL,
	`full_name` varchar(100) NOT NULL,
	`http_handle` varchar(60),
	`page2_url` varchar(60),
	`keptAsIs` varchar(10),
	CONSTRAINT `teamMembers_member_id` PRIMARY KEY(`member_id`),
	CONSTRAINT `teamMembers_fullName_unique` UNIQUE(`full_name`),
	CONSTRAINT `teamMembers_fullName_page2URL_unique` UNIQUE(`full_name`,`page2_url`),
	CONSTRAINT `handle_given` CHECK(`teamMembers`.`http_handle` <> '')
);
--> statement-breakpoint
CREATE TABLE `teamNotes` (
	`note_id` int NOT NULL,
	`member_id` int NOT NULL,
	`reviewer_id` int,
	`line_number` int NOT NULL,
	CONSTRAINT `teamNotes_note_id_line_number_pk` PRIMARY KEY(`note_id`,`line_number`)
);
--> statement-breakpoint
ALTER TABLE `teamNotes` ADD CONSTRAINT `teamNotes_member_id_teamMembers_member_id_fk` FOREIGN KEY (`member_id`) REFERENCES `teamMembers`(`member_id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `teamNotes` ADD CONSTRAINT `teamNotes_reviewer_id_teamMembers_member_id_fk` FOREIGN KEY (`reviewer_id`) REFERENCES `teamMembers`(`member_id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `by_handle` ON `teamMembers` (`http_handle`,`page2_url`);
