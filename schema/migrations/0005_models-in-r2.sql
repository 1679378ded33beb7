CREATE TABLE `activations` (
	`number` integer PRIMARY KEY NOT NULL,
	`models` text NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `models` (
	`sha256` text PRIMARY KEY NOT NULL,
	`id` text NOT NULL,
	`kind` text NOT NULL,
	`lang` text NOT NULL,
	`bytes` integer NOT NULL,
	`held_bytes` integer NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `models_id_unique` ON `models` (`id`);--> statement-breakpoint
CREATE INDEX `models_created` ON `models` (`created_at_ms`);--> statement-breakpoint
ALTER TABLE `batches` ADD `models` text DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE `slices` ADD `pipeline` text DEFAULT '' NOT NULL;