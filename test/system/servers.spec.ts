/*
 * What takes its time: several servers on one database, programs that a page of the docs shows, servers that are started
 * again and again with other keys, streams that are followed for seconds, webhooks that are tried again and again.
 */
import '../db/webhooks.db.js';
import '../e2e/access-everywhere.e2e.js';
import '../e2e/attempts.e2e.js';
import '../e2e/client-certificates.e2e.js';
import '../e2e/last-check.e2e.js';
import '../e2e/damage-everywhere.e2e.js';
import '../e2e/events.e2e.js';
import '../e2e/events-page.e2e.js';
import '../e2e/jwt-keys.e2e.js';
import '../e2e/passwords.e2e.js';
import '../e2e/session-tickets.e2e.js';
import '../e2e/tls-download.e2e.js';
