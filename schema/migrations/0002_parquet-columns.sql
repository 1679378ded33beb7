DROP INDEX `batches_open`;--> statement-breakpoint
ALTER TABLE `batches` ADD `columns` text DEFAULT '{}' NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `batches_open` ON `batches` (`owner`,`source`,`lang`,`columns`) WHERE kind = 'open' and state = 'open';