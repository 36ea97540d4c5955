/*
 * What devices meet at checks and reports. The files are run together, since each run of its own would load the whole app
 * again, which takes longer than its tests. One alone: `… jest.js test/e2e/<its name>`. The long tables and walks are in
 * test/api/.
 */
import './bad-input.e2e.js';
import './checks.e2e.js';
import './device-identity.e2e.js';
import './device-record.e2e.js';
import './overload.e2e.js';
import './rate-limits.e2e.js';
import './sql-count.e2e.js';
