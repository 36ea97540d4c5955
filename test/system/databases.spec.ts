/* How a database comes to its tables, and how whole ones are saved and moved; each of these tests fills some of its own. */
import '../db/backup.db.js';
import '../db/copy-database.db.js';
import '../db/migration-lock.db.js';
import '../db/migrations.db.js';
import '../db/text-length.db.js';
