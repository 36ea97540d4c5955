import { Injectable, Logger } from '@nestjs/common';
import type { Principal } from '../domain/principal.js';
import { quoted } from '../domain/quoted.js';
import { AuditRepository, type AuditFilter, type AuditPage } from './audit.repository.js';
import type { AuditPaging } from './audit.repository.js';
import { AuditLog } from './audit.service.js';
import { CutSignatures, type SignedHead } from './cut-signature.js';

/** What admins read of the audit log, and how they end what is too old. */
@Injectable()
export class AuditHistory {
  private readonly logger = new Logger('Audit');

  constructor(
    private readonly rows: AuditRepository,
    private readonly audit: AuditLog,
    private readonly signatures: CutSignatures,
  ) {}

  list(_principal: Principal, filter: AuditFilter, paging: AuditPaging): Promise<AuditPage> {
    return this.rows.list(filter, paging);
  }

  async head(_principal: Principal): Promise<SignedHead> {
    return this.signatures.verified(await this.rows.head());
  }

  /**
   * Removes the oldest rows up to the first that is not older than a time. The cut is on record and signed before the
   * first row is removed; what a crash leaves of them is not shown, and goes with the next cut.
   * @param before at least 90 days ago
   * @returns how many rows the log has lost
   */
  async cut(principal: Principal, before: Date): Promise<number> {
    const removed = await this.rows.transaction(async (manager) => {
      const head = await this.rows.lockHead(manager);
      const last = await this.rows.lastBefore(manager, head, before);
      if (!last) return 0;
      const beginning = { firstId: last.id + 1, previousHash: last.hash };
      const rows = last.id - head.firstId + 1;
      const cutSignature = await this.signatures.sign(beginning);
      await this.audit.recordCut(manager, principal, { ...beginning, cutSignature }, rows);
      return rows;
    });
    if (removed > 0) this.logger.log(`${quoted(principal.name)} cut ${removed} rows of the audit log.`);
    while (await this.rows.deleteCut());
    return removed;
  }
}
