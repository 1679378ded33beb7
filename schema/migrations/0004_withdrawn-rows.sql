CREATE TABLE `withdrawn_rows` (
	`shard` text NOT NULL,
	`row` integer NOT NULL,
	`seal` integer NOT NULL,
	`id` text NOT NULL,
	`bucket` integer,
	`before` integer NOT NULL,
	`bytes` integer NOT NULL,
	PRIMARY KEY(`shard`, `row`, `seal`)
);
--> statement-breakpoint
CREATE INDEX `withdrawn_rows_seal` ON `withdrawn_rows` (`seal`);--> statement-breakpoint
ALTER TABLE `seals` ADD `withdrawn` integer;--> statement-breakpoint
ALTER TABLE `shards` ADD `opt_out` text DEFAULT '[]' NOT NULL;