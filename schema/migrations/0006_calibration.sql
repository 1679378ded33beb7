CREATE TABLE `replaced_shards` (
	`shard` text NOT NULL,
	`seal` integer NOT NULL,
	`cell` text NOT NULL,
	PRIMARY KEY(`shard`, `seal`)
);
--> statement-breakpoint
CREATE INDEX `replaced_shards_seal` ON `replaced_shards` (`seal`);--> statement-breakpoint
CREATE TABLE `shard_scores` (
	`shard` text NOT NULL,
	`ppl_model` text NOT NULL,
	`scores` text NOT NULL,
	`sha256` text NOT NULL,
	`histogram` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	PRIMARY KEY(`shard`, `ppl_model`)
);
--> statement-breakpoint
ALTER TABLE `seals` ADD `ppl_model` text;--> statement-breakpoint
ALTER TABLE `withdrawn_rows` ADD `tokens` integer DEFAULT 0 NOT NULL;