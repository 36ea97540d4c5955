/* What devices meet at downloads and on their connections; run together, as devices.spec.ts says. */
import './device-lane.e2e.js';
import './downloads.e2e.js';
import './signed-urls.e2e.js';
import './fuzz.e2e.js';
