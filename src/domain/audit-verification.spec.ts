import { auditHash, FIRST_HASH, type AuditRow } from './audit-chain.js';
import { AuditVerification, type AuditEnds } from './audit-verification.js';

/** Rows `first` to `last`, as they are written, the third of them a cut that says where the log began then. */
function chainOf(first: number, last: number, begins: unknown = first): AuditRow[] {
  const rows: AuditRow[] = [];
  for (let id = first; id <= last; id++) {
    const isCut = id === first + 2;
    const row: Omit<AuditRow, 'hash'> = {
      id,
      previousHash: rows.at(-1)?.hash ?? FIRST_HASH,
      at: '2030-01-02T03:04:05.678Z',
      actorKind: 'user',
      actorId: 1,
      actorName: 'admin',
      address: '192.0.2.7',
      requestId: 'a-b-c',
      action: isCut ? 'audit.cut' : 'firmware.change',
      target: isCut ? 'audit' : 'firmware:12',
      before: null,
      after: isCut ? (begins as AuditRow['after']) : { id },
      result: 'done',
    };
    rows.push({ ...row, hash: auditHash(row) });
  }
  return rows;
}

const endsOf = (rows: readonly AuditRow[], isCutSigned: boolean | null = null): AuditEnds => ({
  firstId: rows[0]!.id,
  previousHash: rows[0]!.previousHash,
  isCutSigned,
  lastId: rows.at(-1)!.id,
  lastHash: rows.at(-1)!.hash,
});

describe('the verification of an audit log', () => {
  it('takes pages, and rows that were added meanwhile', () => {
    const rows = chainOf(1, 12);
    const verification = new AuditVerification(endsOf(rows.slice(0, 10)));
    for (const page of [rows.slice(0, 4), rows.slice(4, 8), rows.slice(8)])
      expect(verification.take(page)).toBeNull();
    expect(verification.verifiedRows).toBe(12);
    expect(verification.place).toEqual({ nextId: 13, previousHash: rows[11]!.hash });
    expect(verification.end(12)).toBeNull();
  });

  it('names a row that was changed, and stays before it', () => {
    const rows = chainOf(1, 6).map((row) => (row.id === 5 ? { ...row, actorName: 'somebody' } : row));
    const verification = new AuditVerification(endsOf(rows));
    expect(verification.take(rows)).toMatchObject({ id: 5, what: 'changed' });
    expect(verification.verifiedRows).toBe(4);
  });

  it('knows what the head and somebody outside kept', () => {
    const rows = chainOf(1, 6);
    const shortened = new AuditVerification(endsOf(rows));
    expect(shortened.take(rows.slice(0, 4))).toBeNull();
    expect(shortened.end(6)).toMatchObject({ id: 5, what: 'removed' });
    const kept = new AuditVerification(endsOf(rows), [{ id: 3, hash: 'f'.repeat(64) }]);
    expect(kept.take(rows)).toMatchObject({ id: 3, what: 'changed' });
  });

  it('names a row that the head does not know', () => {
    const rows = chainOf(1, 6);
    const verification = new AuditVerification(endsOf(rows.slice(0, 4)));
    expect(verification.take(rows)).toBeNull();
    expect(verification.end(5)).toMatchObject({ id: 6, what: 'added' });
  });

  it.each([
    ['is signed, and a row says so', { first_id: 40 }, true, null],
    ['is not signed', { first_id: 40 }, false, 'removed'],
    ['is signed, but of another row', { first_id: 39 }, true, 'removed'],
    ['is signed, but no row says from where', null, true, 'removed'],
    ['is signed, but a row says something else', 'all', true, 'removed'],
  ] as const)('looks at a log that was cut: it %s', (_what, after, isCutSigned, what) => {
    const rows = chainOf(40, 45, after);
    const verification = new AuditVerification(endsOf(rows, isCutSigned));
    expect(verification.take(rows)).toBeNull();
    expect(verification.end(45)?.what ?? null).toBe(what);
  });

  it('takes a part of a log from where an earlier one ended', () => {
    const rows = chainOf(40, 45, null);
    const start = { nextId: 43, previousHash: rows[2]!.hash };
    const verification = new AuditVerification(endsOf(rows, true), [], start);
    expect(verification.take(rows.slice(3))).toBeNull();
    expect([verification.end(45), verification.verifiedRows]).toEqual([null, 3]);
  });
});
