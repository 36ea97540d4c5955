/* How a database comes to its tables and its rows from elsewhere; run together, as repositories.spec.ts says. */
import './migration-lock.db.js';
import './migrations.db.js';
import './text-length.db.js';
