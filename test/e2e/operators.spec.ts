/* What operators and their programs meet; run together, as devices.spec.ts says. */
import './access-log.e2e.js';
import './access.e2e.js';
import './audience.e2e.js';
import './auth.e2e.js';
import './health.e2e.js';
import './hygiene.e2e.js';
import './images.e2e.js';
import './logins.e2e.js';
import './new-controller.e2e.js';
import './passwords.e2e.js';
import './publishing.e2e.js';
import './store-maintenance.e2e.js';
import './surface.e2e.js';
import './walk.e2e.js';
