/* How firmware is published, kept and downloaded, and the connections it goes over; run together, as devices.spec.ts says. */
import './device-lane.e2e.js';
import './download-redirects.e2e.js';
import './downloads.e2e.js';
import './images.e2e.js';
import './publishing.e2e.js';
import './signed-urls.e2e.js';
import './walk.e2e.js';
