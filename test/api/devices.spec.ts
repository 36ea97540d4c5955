/* What devices and their firmware meet, in full, through the device lane; run together, as operators.spec.ts says. */
import '../e2e/bad-input.e2e.js';
import '../e2e/client-errors.e2e.js';
import '../e2e/device-identity.e2e.js';
import '../e2e/device-record.e2e.js';
import '../e2e/download-redirects.e2e.js';
import '../e2e/fuzz.e2e.js';
import '../e2e/images.e2e.js';
import '../e2e/rate-limits.e2e.js';
import '../e2e/store-maintenance.e2e.js';
import '../e2e/two-servers.e2e.js';
