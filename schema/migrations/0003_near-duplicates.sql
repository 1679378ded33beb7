PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_seals` (
	`number` integer PRIMARY KEY NOT NULL,
	`batch` text NOT NULL,
	`state` text NOT NULL,
	`candidates` integer,
	`kept` integer,
	`duplicates` integer,
	`near_duplicates` integer,
	`held_out` integer,
	`cause` text,
	`attempts` integer DEFAULT 0 NOT NULL,
	`created_at_ms` integer NOT NULL,
	`published_at_ms` integer,
	CONSTRAINT "seals_conserve_candidates" CHECK("__new_seals"."candidates" is null or "__new_seals"."candidates" = "__new_seals"."kept" + "__new_seals"."duplicates" + "__new_seals"."near_duplicates" + "__new_seals"."held_out")
);
--> statement-breakpoint
INSERT INTO `__new_seals`("number", "batch", "state", "candidates", "kept", "duplicates", "near_duplicates", "held_out", "cause", "attempts", "created_at_ms", "published_at_ms") SELECT "number", "batch", "state", "candidates", "kept", "duplicates", CASE WHEN "candidates" IS NULL THEN NULL ELSE 0 END, "held_out", "cause", "attempts", "created_at_ms", "published_at_ms" FROM `seals`;--> statement-breakpoint
DROP TABLE `seals`;--> statement-breakpoint
ALTER TABLE `__new_seals` RENAME TO `seals`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE UNIQUE INDEX `seals_batch_unique` ON `seals` (`batch`);