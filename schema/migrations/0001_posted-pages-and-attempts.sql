ALTER TABLE `objects` ADD `posted` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `seals` ADD `attempts` integer DEFAULT 0 NOT NULL;