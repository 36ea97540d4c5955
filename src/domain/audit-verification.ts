import {
  verifyChain,
  verifyEnd,
  type AuditRow,
  type ChainFault,
  type ChainPlace,
  type KnownRow,
} from './audit-chain.js';

/** What the head of an audit log says of its two ends. */
export interface AuditEnds {
  /** Id of the oldest row that is kept. */
  readonly firstId: number;
  /** That the oldest row holds of the one before it. */
  readonly previousHash: string;
  /** Whether a server signed that it removed the rows before the oldest one; null: the log was never cut. */
  readonly isCutSigned: boolean | null;
  /** 0 while there is no row. */
  readonly lastId: number;
  readonly lastHash: string;
}

/** Verifies an audit log that is read in pages, the oldest rows first, while rows are added to it. */
export class AuditVerification {
  private at: ChainPlace;
  private readonly known: readonly KnownRow[];
  /** Ids of the rows that the log was made to begin with. */
  private readonly cuts = new Set<unknown>();

  /**
   * @param ends as they were before the first page was read
   * @param kept hashes that were kept outside of the server
   * @param start of a part of the log; all of it by default
   */
  constructor(
    private readonly ends: AuditEnds,
    kept: readonly KnownRow[] = [],
    private readonly start: ChainPlace = { nextId: ends.firstId, previousHash: ends.previousHash },
  ) {
    this.at = start;
    this.known = [{ id: ends.lastId, hash: ends.lastHash }, ...kept];
  }

  /** After the last row that is as it was written. */
  get place(): ChainPlace {
    return this.at;
  }

  get verifiedRows(): number {
    return this.at.nextId - this.start.nextId;
  }

  /** @param rows the next ones after {@link place}, the oldest first */
  take(rows: readonly AuditRow[]): ChainFault | null {
    const { place, fault } = verifyChain(this.at, rows, this.known);
    this.at = place;
    for (const { action, after } of rows) if (action === 'audit.cut') this.cuts.add(firstIdIn(after));
    return fault;
  }

  /**
   * To be asked after the last page, when no row was faulty.
   * @param lastIdNow what the head says after the last page was read
   */
  end(lastIdNow: number): ChainFault | null {
    return verifyEnd(this.at, this.known) ?? this.unknownToHead(lastIdNow) ?? this.unsignedCut();
  }

  private unknownToHead(lastIdNow: number): ChainFault | null {
    if (lastIdNow >= this.at.nextId - 1) return null;
    const id = lastIdNow + 1;
    const reason = `Row ${id} is not known to the head of the log, which ends at row ${lastIdNow}.`;
    return { id, what: 'added', reason };
  }

  private unsignedCut(): ChainFault | null {
    const { firstId, isCutSigned } = this.ends;
    // Of a part it may be an earlier row that says so.
    if (firstId <= 1 || this.start.nextId !== firstId) return null;
    if (isCutSigned === true && this.cuts.has(firstId)) return null;
    const id = firstId - 1;
    const reason = `Row ${id} was removed, and all before it, but not with ota audit cut.`;
    return { id, what: 'removed', reason };
  }
}

const firstIdIn = (after: AuditRow['after']): unknown =>
  after !== null && typeof after === 'object' && 'first_id' in after ? after['first_id'] : undefined;
