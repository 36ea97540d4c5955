import type { Json } from '../domain/audit-chain.js';
import type { AddedRow } from '../audit/audit.exports.js';

/* What events say of the audit log and of servers, by the names that the API has for it. */

export const auditRowOnRecord = ({ id, actorName, action, target, result }: AddedRow): Json => ({
  id,
  actor: actorName,
  action,
  target,
  result,
});

export const serverOnRecord = (server: string, detail: string | null): Json => ({ server, detail });
