CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`hash` text NOT NULL,
	`name` text NOT NULL,
	`scopes` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`revoked_at_ms` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_hash_unique` ON `api_keys` (`hash`);--> statement-breakpoint
CREATE TABLE `batches` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`owner` text NOT NULL,
	`state` text NOT NULL,
	`source` text NOT NULL,
	`lang` text NOT NULL,
	`pipeline` text NOT NULL,
	`slice_bytes` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`last_in_at_ms` integer NOT NULL,
	`closed_at_ms` integer,
	CONSTRAINT "batches_state_is_known" CHECK("batches"."state" in ('open', 'closed', 'sealed'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `batches_open` ON `batches` (`owner`,`source`,`lang`) WHERE kind = 'open' and state = 'open';--> statement-breakpoint
CREATE INDEX `batches_state` ON `batches` (`state`);--> statement-breakpoint
CREATE TABLE `calibrations` (
	`id` text PRIMARY KEY NOT NULL,
	`index_version` integer,
	`body` text NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `index_versions` (
	`version` integer PRIMARY KEY NOT NULL,
	`parent` integer NOT NULL,
	`seal` integer NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `index_versions_parent_unique` ON `index_versions` (`parent`);--> statement-breakpoint
CREATE UNIQUE INDEX `index_versions_seal_unique` ON `index_versions` (`seal`);--> statement-breakpoint
CREATE TABLE `manifests` (
	`id` text PRIMARY KEY NOT NULL,
	`parent` text,
	`run` text NOT NULL,
	`round` integer NOT NULL,
	`recipe` text NOT NULL,
	`index_version` integer NOT NULL,
	`tokens` integer NOT NULL,
	`entries` integer NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `manifests_run_round` ON `manifests` (`run`,`round`,`id`);--> statement-breakpoint
CREATE TABLE `objects` (
	`batch` text NOT NULL,
	`id` text NOT NULL,
	`key` text NOT NULL,
	`etag` text NOT NULL,
	`size` integer NOT NULL,
	`url` text,
	`created_at_ms` integer NOT NULL,
	PRIMARY KEY(`batch`, `id`)
);
--> statement-breakpoint
CREATE INDEX `objects_key` ON `objects` (`key`);--> statement-breakpoint
CREATE TABLE `parked` (
	`id` text PRIMARY KEY NOT NULL,
	`queue` text NOT NULL,
	`batch` text NOT NULL,
	`message` text NOT NULL,
	`cause` text NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `reports` (
	`id` text PRIMARY KEY NOT NULL,
	`run` text NOT NULL,
	`manifest` text NOT NULL,
	`kind` text NOT NULL,
	`step` integer NOT NULL,
	`body` text NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `reports_manifest` ON `reports` (`manifest`);--> statement-breakpoint
CREATE TABLE `seals` (
	`number` integer PRIMARY KEY NOT NULL,
	`batch` text NOT NULL,
	`state` text NOT NULL,
	`candidates` integer,
	`kept` integer,
	`duplicates` integer,
	`held_out` integer,
	`cause` text,
	`created_at_ms` integer NOT NULL,
	`published_at_ms` integer,
	CONSTRAINT "seals_conserve_candidates" CHECK("seals"."candidates" is null or "seals"."candidates" = "seals"."kept" + "seals"."duplicates" + "seals"."held_out")
);
--> statement-breakpoint
CREATE UNIQUE INDEX `seals_batch_unique` ON `seals` (`batch`);--> statement-breakpoint
CREATE TABLE `shards` (
	`shard` text PRIMARY KEY NOT NULL,
	`seal` integer NOT NULL,
	`cell` text NOT NULL,
	`holdout` integer NOT NULL,
	`sha256` text NOT NULL,
	`ppl_model` text,
	`rows` integer NOT NULL,
	`bytes` integer NOT NULL,
	`cuts` text NOT NULL,
	`histogram` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `shards_seal` ON `shards` (`seal`);--> statement-breakpoint
CREATE INDEX `shards_cell` ON `shards` (`cell`);--> statement-breakpoint
CREATE TABLE `slices` (
	`batch` text NOT NULL,
	`object` text NOT NULL,
	`start` integer NOT NULL,
	`next` integer,
	`pages` integer NOT NULL,
	`candidates` integer NOT NULL,
	`rejected` integer NOT NULL,
	`failed` integer NOT NULL,
	`reasons` text NOT NULL,
	`failures` text NOT NULL,
	`chunks` text NOT NULL,
	`page_bytes` integer NOT NULL,
	`text_bytes` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	PRIMARY KEY(`batch`, `object`, `start`),
	CONSTRAINT "slices_conserve_pages" CHECK("slices"."pages" = "slices"."candidates" + "slices"."rejected" + "slices"."failed")
);
--> statement-breakpoint
CREATE TABLE `webhooks` (
	`message_id` text PRIMARY KEY NOT NULL,
	`body_hash` text NOT NULL,
	`batch` text NOT NULL,
	`created_at_ms` integer NOT NULL
);
