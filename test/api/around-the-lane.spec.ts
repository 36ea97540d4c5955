/* The suites of the contract that `npm test` and the specs beside this one send through the device lane, around it. */
import '../support/around-the-lane.js';
import '../e2e/access-log.e2e.js';
import '../e2e/access-matrix.e2e.js';
import '../e2e/bad-input.e2e.js';
import '../e2e/checks.e2e.js';
import '../e2e/client-certificates.e2e.js';
import '../e2e/client-errors.e2e.js';
import '../e2e/device-identity.e2e.js';
import '../e2e/downloads.e2e.js';
import '../e2e/fuzz.e2e.js';
import '../e2e/hygiene.e2e.js';
import '../e2e/overload.e2e.js';
import '../e2e/rate-limits.e2e.js';
import '../e2e/signed-urls.e2e.js';
