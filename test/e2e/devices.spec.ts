/*
 * What devices meet at checks and reports, and how firmware is published, kept and downloaded. The files are run together,
 * since each run of its own would load the whole app again, which takes longer than its tests. One alone:
 * `… jest.js test/e2e/<its name>`. The long tables and walks are in test/api/.
 */
import './bad-input.e2e.js';
import './checks.e2e.js';
import './device-lane.e2e.js';
import './downloads.e2e.js';
import './overload.e2e.js';
import './publishing.e2e.js';
import './signed-urls.e2e.js';
import './sql-count.e2e.js';
import './walk.e2e.js';
