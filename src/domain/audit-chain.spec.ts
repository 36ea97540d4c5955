import fc from 'fast-check';
import { auditHash, FIRST_HASH, type AuditRow } from './audit-chain.js';

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
