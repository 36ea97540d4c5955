import fc from 'fast-check';
import {
  auditHash,
  FIRST_HASH,
  verifyChain,
  verifyEnd,
  type AuditRow,
  type ChainFault,
  type ChainPlace,
} from './audit-chain.js';

type Unhashed = Omit<AuditRow, 'hash'>;

const ROW: Unhashed = {
  id: 1,
  previousHash: FIRST_HASH,
  at: '2030-01-02T03:04:05.678Z',
  actorKind: 'user',
  actorId: 1,
  actorName: 'admin',
  address: '192.0.2.7',
  requestId: 'a-b-c',
  action: 'firmware.change',
  target: 'firmware:12',
  before: { is_stable: false },
  after: { is_stable: true, notes: ['a', null] },
  result: 'done',
};

describe('the hash of an audit row', () => {
  it('stays what it is, so that rows of earlier versions are found unchanged', () => {
    expect(auditHash(ROW)).toBe('4ea4bda30383129dbfb5850a4774a7c2c379e24207c644e499aa19dbe7d1be7e');
  });

  it.each(Object.keys(ROW) as (keyof Unhashed)[])('depends on %s', (key) => {
    const other = typeof ROW[key] === 'number' ? 77 : 'another';
    expect(auditHash({ ...ROW, [key]: other })).not.toBe(auditHash(ROW));
  });

  it('does not depend on the order of keys, or on a way through JSON', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (after) => {
        const read = JSON.parse(JSON.stringify(after)) as Record<string, never>;
        const turned = Object.fromEntries(Object.entries(read).reverse());
        const hash = auditHash({ ...ROW, after: read });
        expect(auditHash({ ...ROW, after: turned })).toBe(hash);
      }),
    );
  });
});

/** Rows 1 to `count`, as they are written. */
function chainOf(count: number): AuditRow[] {
  const rows: AuditRow[] = [];
  for (let id = 1; id <= count; id++) {
    const row = { ...ROW, id, after: { id }, previousHash: rows.at(-1)?.hash ?? FIRST_HASH };
    rows.push({ ...row, hash: auditHash(row) });
  }
  return rows;
}

const START: ChainPlace = { nextId: 1, previousHash: FIRST_HASH };
const rehashed = (row: AuditRow): AuditRow => ({ ...row, hash: auditHash(row) });

/** As a reader does who gets it page after page, and knows the last row of the original. */
function faultIn(rows: readonly AuditRow[], page: number, original: readonly AuditRow[]): ChainFault | null {
  const known = original.slice(-1);
  let place = START;
  for (let begin = 0; begin < rows.length; begin += page) {
    const verdict = verifyChain(place, rows.slice(begin, begin + page), known);
    if (verdict.fault) return verdict.fault;
    ({ place } = verdict);
  }
  return verifyEnd(place, known);
}

describe('the verification of a chain', () => {
  const ROWS = chainOf(6);
  const at = (id: number): AuditRow => ROWS[id - 1]!;
  const other = (id: number, changes: Partial<AuditRow>): AuditRow[] =>
    ROWS.map((row) => (row.id === id ? { ...row, ...changes } : row));

  it('finds nothing in what is as it was written, and goes on from page to page', () => {
    expect(faultIn(ROWS, 4, ROWS)).toBeNull();
    const { place } = verifyChain(START, ROWS.slice(0, 4));
    expect(place).toEqual({ nextId: 5, previousHash: at(4).hash });
    expect(verifyChain({ nextId: 5, previousHash: null }, ROWS.slice(4)).fault).toBeNull();
    expect(verifyEnd(START, [{ id: 0, hash: FIRST_HASH }])).toBeNull();
  });

  it.each<[string, AuditRow[], string]>([
    [
      'another content',
      other(3, { target: 'firmware:13' }),
      'Row 3 was changed: its hash is not that of its contents.',
    ],
    [
      'another hash',
      other(3, { hash: FIRST_HASH }),
      'Row 3 was changed: its hash is not that of its contents.',
    ],
    [
      'another content with its hash',
      ROWS.map((row) => (row.id === 3 ? rehashed({ ...row, target: 'x' }) : row)),
      'Row 3 was changed: row 4 holds another hash of it.',
    ],
    [
      'another row before, with its hash',
      ROWS.map((row) => (row.id === 3 ? rehashed({ ...row, previousHash: FIRST_HASH }) : row)),
      'Row 3 was changed: the rows before and after it do not know its hash.',
    ],
    [
      'another content of the last with its hash',
      ROWS.map((row) => (row.id === 6 ? rehashed({ ...row, target: 'x' }) : row)),
      'Row 6 was changed: its hash is not the one that was kept of it.',
    ],
    ['none at the beginning', ROWS.slice(2), 'Row 1 was removed, and all others up to 2.'],
    ['none in the middle', ROWS.filter(({ id }) => id !== 4), 'Row 4 was removed.'],
    ['none at the end', ROWS.slice(0, 4), 'Row 5 was removed, and all others up to 6.'],
    [
      'one in the place of another',
      [at(1), { ...at(3), id: 2 }, { ...at(2), id: 3 }, ...ROWS.slice(3)],
      'Row 2 was moved: in its place is what was row 3.',
    ],
    ['one twice', [at(1), at(2), at(1)], 'Row 1 was moved: it comes after row 2.'],
  ])('finds %s', (_, rows, reason) => {
    expect(faultIn(rows, 100, ROWS)?.reason).toBe(reason);
  });

  it('names the first row that was changed, removed or moved, wherever the pages end', () => {
    const fields = fc.constantFrom('at', 'actorName', 'action', 'target', 'result', 'hash', 'previousHash');
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 20 }).chain((count) =>
          fc.record({
            rows: fc.constant(chainOf(count)),
            one: fc.integer({ min: 1, max: count }),
            two: fc.integer({ min: 1, max: count }),
          }),
        ),
        fields,
        fc.constantFrom('change', 'rewrite', 'remove', 'swap'),
        fc.integer({ min: 1, max: 25 }),
        ({ rows, one, two }, field, deed, page) => {
          fc.pre(deed !== 'swap' || one !== two);
          const changed = { ...rows[one - 1]!, [field]: 'another' };
          const row = (id: number): AuditRow => rows[id - 1]!;
          const bad = {
            change: () => rows.map((each) => (each.id === one ? changed : each)),
            rewrite: () => rows.map((each) => (each.id === one ? rehashed({ ...each, target: 'x' }) : each)),
            remove: () => rows.filter(({ id }) => id !== one),
            swap: () =>
              rows.map((each) => {
                if (each.id === one) return { ...row(two), id: one };
                return each.id === two ? { ...row(one), id: two } : each;
              }),
          }[deed]();
          const what = { change: 'changed', rewrite: 'changed', remove: 'removed', swap: 'moved' }[deed];
          const fault = faultIn(bad, page, rows);
          expect(fault?.id).toBe(deed === 'swap' ? Math.min(one, two) : one);
          // What was moved into another page is only known to be changed.
          expect(deed === 'swap' && fault?.what === 'changed' ? what : fault?.what).toBe(what);
        },
      ),
    );
  });
});
