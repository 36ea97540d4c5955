/* How whole databases are saved and moved; each of these tests fills some of its own. */
import '../db/backup.db.js';
import '../db/copy-database.db.js';
