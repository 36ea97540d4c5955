import fc from 'fast-check';
import { bytes, clock, printable } from './format.js';
import { fitWidths, renderTable } from './table.js';

describe('fitting columns into a terminal', () => {
  it.each([
    [[2, 18, 7], 80, [2, 18, 7]],
    [[2, 18, 7], 20, [2, 11, 7]],
    [[30, 30], 20, [10, 10]],
    [[4, 60], 8, [4, 6]],
  ])('%j into %i', (natural, available, expected) => {
    expect(fitWidths(natural, available)).toEqual(expected);
  });

  it('never widens, never gets below 6 or the natural width, and fits wherever it can', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(80), { minLength: 1, maxLength: 8 }), fc.nat(120), (natural, available) => {
        const widths = fitWidths(natural, available);
        const least = natural.map((width) => Math.min(Math.max(width, 1), 6));
        const sum = (all: readonly number[]) => all.reduce((a, b) => a + b, 0);
        widths.forEach((width, i) => {
          expect(width).toBeLessThanOrEqual(Math.max(natural[i]!, 1));
          expect(width).toBeGreaterThanOrEqual(least[i]!);
        });
        if (sum(least) <= available) expect(sum(widths)).toBeLessThanOrEqual(available);
      }),
    );
  });

  it('leaves out a column with nothing in it', () => {
    const columns = [
      { title: 'A', cell: (row: number) => row },
      { title: 'B', cell: () => '' },
    ];
    expect(renderTable([1, 2], columns, 80)).toBe('A\n1\n2');
  });
});

describe('values for people', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [327_920, '328 KB'],
    [1_500_000, '1.50 MB'],
  ])('%i bytes are %s', (count, text) => {
    expect(bytes(count)).toBe(text);
  });

  it.each([
    [5, '0:05'],
    [65, '1:05'],
    [7209, '2:00:09'],
  ])('%i seconds are %s', (seconds, text) => {
    expect(clock(seconds)).toBe(text);
  });

  it('hides nothing and obeys nothing in a text', () => {
    expect(printable('a\nb\x1b[2J\u202Eü')).toBe('a\\nb\\u{1b}[2J\\u{202e}ü');
  });
});
