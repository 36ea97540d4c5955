/** What other features may know of this one; EventLogModule provides the class. */
export { EventLog } from './event-log.js';
export type { NewEvent } from './new-event.js';
