/*
 * What the server keeps in its database, and how several servers on one database hear of it. The files are run together,
 * since each run of its own would load TypeORM and the app again, which takes longer than its tests. One alone:
 * `npm test -- test/db -t '<what it describes>'`.
 */
import './attempt-retention.db.js';
import './audit.db.js';
import './change-feed.db.js';
import './device-access.db.js';
import './device-sightings.db.js';
import './events.db.js';
import './fleet-query.db.js';
import './list-totals.db.js';
import './people.db.js';
import './plans.db.js';
import './rollout-conductor.db.js';
import './rollout-counts.db.js';
import './rollout-outcomes.db.js';
import './secrets.db.js';
import './sessions.db.js';
import './target-facts.db.js';
import './statements.db.js';
import './table-owners.db.js';
import './transaction.db.js';
import './unconfirmed-devices.db.js';
