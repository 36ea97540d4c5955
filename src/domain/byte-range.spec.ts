import fc from 'fast-check';
import { requestedBytes } from './byte-range.js';

describe('what a Range header asks of 1000 bytes', () => {
  it.each([
    [undefined, 'whole'],
    ['bytes=0-499', '0-499'],
    ['bytes=500-999', '500-999'],
    ['bytes=500-', '500-999'],
    ['bytes=999-999', '999-999'],
    ['bytes=0-99999', '0-999'],
    ['bytes=-1', '999-999'],
    ['bytes=-99999', '0-999'],
    ['BYTES=0-0', '0-0'],
    ['bytes= 0-0 ', '0-0'],
    ['bytes=1000-', 'unsatisfiable'],
    ['bytes=99999999999999999999-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=0-1,3-4', 'whole'],
    ['bytes=5-4', 'whole'],
    ['bytes=-', 'whole'],
    ['bytes=a-b', 'whole'],
    ['bytes=1.5-3', 'whole'],
    ['bytes', 'whole'],
    ['items=0-4', 'whole'],
    ['', 'whole'],
  ])('%s → %s', (header, expected) => {
    const wanted = requestedBytes(header, 1000);
    expect(wanted.kind === 'part' ? `${wanted.start}-${wanted.end}` : wanted.kind).toBe(expected);
  });

  it('no part can be had of nothing', () => {
    expect(requestedBytes('bytes=0-', 0).kind).toBe('unsatisfiable');
    expect(requestedBytes('bytes=-5', 0).kind).toBe('unsatisfiable');
  });

  it('a part never leaves the file, whatever is asked', () => {
    const header = fc.oneof(
      fc.string(),
      fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => `bytes=${a}-${b}`),
    );
    fc.assert(
      fc.property(header, fc.nat(), (text, size) => {
        const wanted = requestedBytes(text, size);
        if (wanted.kind !== 'part') return;
        expect(wanted.start).toBeLessThanOrEqual(wanted.end);
        expect(wanted.start).toBeGreaterThanOrEqual(0);
        expect(wanted.end).toBeLessThan(size);
      }),
    );
  });
});
