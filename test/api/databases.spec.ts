/*
 * How a database comes to its tables, how whole ones are saved and moved, what servers that share one hear of each other,
 * what the statements cost in a large one, and what rollouts make of months of checks and reports.
 */
import '../db/attempt-retention.db.js';
import '../db/backup.db.js';
import '../db/copy-database.db.js';
import '../db/device-access.db.js';
import '../db/download-secret.db.js';
import '../db/fleet-query.db.js';
import '../db/migration-lock.db.js';
import '../db/migrations.db.js';
import '../db/people.db.js';
import '../db/plans.db.js';
import '../db/rollout-conductor.db.js';
import '../db/rollout-counts.db.js';
import '../db/rollout-outcomes.db.js';
import '../db/text-length.db.js';
