import type { ChainFault } from '../domain/audit-chain.js';
import { AuditVerification } from '../domain/audit-verification.js';
import type { AuditRepository } from './audit.repository.js';
import type { CutSignatures } from './cut-signature.js';

/** Rows that one statement reads. */
const PAGE = 1_000;

/**
 * Reads all rows, as `ota audit verify` does through the API, while servers may add some.
 * @param onPage is called before each page is read
 * @returns how many rows are as they were written, and the first that is not; null: none
 */
export async function verifyAuditLog(
  rows: Pick<AuditRepository, 'head' | 'list'>,
  signatures: CutSignatures,
  onPage: () => void,
): Promise<{ readonly verifiedRows: number; readonly fault: ChainFault | null }> {
  const head = await rows.head();
  const verification = new AuditVerification(await signatures.verified(head));
  let fault: ChainFault | null = null;
  for (let isOver = false; !isOver && !fault;) {
    onPage();
    const paging = { skip: 0, limit: PAGE, afterId: verification.place.nextId - 1 };
    const page = await rows.list({}, paging);
    fault = verification.take(page.rows.map(({ at, ...row }) => ({ ...row, at: at.toISOString() })));
    isOver = page.rows.length < PAGE;
  }
  const headNow = await rows.head();
  // Rows are missing that somebody has cut since the head was read.
  if (fault && headNow.firstId > head.firstId) return verifyAuditLog(rows, signatures, onPage);
  fault ??= verification.end(headNow.lastId);
  return { verifiedRows: verification.verifiedRows, fault };
}
