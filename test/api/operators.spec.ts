/*
 * The long tables and walks of what operators and their programs meet, of which `npm test` has the short forms. The files
 * are run together, since each run of its own would load the whole app again.
 */
import '../e2e/access-log.e2e.js';
import '../e2e/audience.e2e.js';
import '../e2e/audit-verify.e2e.js';
import '../e2e/audit.e2e.js';
import '../e2e/browser-sessions.e2e.js';
import '../e2e/event-commands.e2e.js';
import '../e2e/explain-rollouts.e2e.js';
import '../e2e/fleet-commands.e2e.js';
import '../e2e/fleet-turns.e2e.js';
import '../e2e/group-commands.e2e.js';
import '../e2e/groups.e2e.js';
import '../e2e/hygiene.e2e.js';
import '../e2e/logins.e2e.js';
import '../e2e/new-controller.e2e.js';
import '../e2e/people-commands.e2e.js';
import '../e2e/rollout-commands.e2e.js';
import '../e2e/rollout-facts.e2e.js';
import '../e2e/rollout-groups.e2e.js';
import '../e2e/rollout-lists.e2e.js';
import '../e2e/rollout-previews.e2e.js';
import '../e2e/rollouts.e2e.js';
import '../e2e/surface.e2e.js';
import '../e2e/webhooks.e2e.js';
