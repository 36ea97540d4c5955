/*
 * What the server keeps in its database. The files are run together, since each run of its own would load TypeORM and the
 * app again, which takes longer than its tests. One alone: `… jest.js test/db/<its name>`. What starts several servers or
 * fills databases of its own is in test/api/.
 */
import './audit.db.js';
import './change-feed.db.js';
import './device-sightings.db.js';
import './events.db.js';
import './list-totals.db.js';
import './patient-pool.db.js';
import './secrets.db.js';
import './sessions.db.js';
import './target-facts.db.js';
import './statements.db.js';
import './table-owners.db.js';
import './transaction.db.js';
import './unconfirmed-devices.db.js';
