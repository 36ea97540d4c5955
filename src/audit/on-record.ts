import type { Json } from '../domain/audit-chain.js';
import type { Cut } from './audit.repository.js';

/** What the audit log says of its own cut, by the names that the API has for it. @param rows how many were deleted */
export const cutOnRecord = ({ firstId, previousHash }: Cut, rows: number): Json => ({
  first_id: firstId,
  previous_hash: previousHash,
  rows,
});
