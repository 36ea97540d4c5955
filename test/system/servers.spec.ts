/*
 * What takes its time: several servers on one database, streams that are followed for seconds, webhooks that are tried again
 * and again.
 */
import '../db/webhooks.db.js';
import '../e2e/access-everywhere.e2e.js';
import '../e2e/attempts.e2e.js';
import '../e2e/last-check.e2e.js';
import '../e2e/events.e2e.js';
