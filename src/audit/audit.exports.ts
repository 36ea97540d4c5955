/** What other features may know of this one; AuditModule provides the class. */
export { AuditLog, type AuditEntry } from './audit.service.js';
export { refusedRoute } from './refused-route.js';
export type { AddedRow } from './audit.repository.js';
