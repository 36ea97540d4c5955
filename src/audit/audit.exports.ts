/** What other features may know of this one; AuditModule provides the class. */
export { AuditLog } from './audit.service.js';
