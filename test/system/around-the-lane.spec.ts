/*
 * The long suites that `npm test` sends through the device lane, around it. Those of the contract (checks, identities,
 * signed URLs, limits, the surface) go both ways there.
 */
import '../support/around-the-lane.js';
import '../e2e/access-matrix.e2e.js';
import '../e2e/bad-input.e2e.js';
import '../e2e/client-certificates.e2e.js';
import '../e2e/client-errors.e2e.js';
import '../e2e/downloads.e2e.js';
import '../e2e/fuzz.e2e.js';
import '../e2e/hygiene.e2e.js';
