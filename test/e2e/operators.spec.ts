/* What operators and their programs meet; run together, as devices.spec.ts says. */
import './access.e2e.js';
import './auth.e2e.js';
import './console.e2e.js';
import './explain.e2e.js';
import './fleet.e2e.js';
import './health.e2e.js';
import './people.e2e.js';
import './rollout-again.e2e.js';
