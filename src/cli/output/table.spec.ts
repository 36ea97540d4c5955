import fc from 'fast-check';
import { samples } from '../../../test/support/samples.js';
import { bytes, clock } from './format.js';
import { progressLine } from './progress.js';
import { fitWidths, renderFacts, renderTable } from './table.js';
import { displayWidth, printable, printableJson, truncate, wrap } from './text.js';
import { Times } from './times.js';
import { renderTsv } from './tsv.js';

const sum = (all: readonly number[]) => all.reduce((a, b) => a + b, 0);
const rigid = (natural: readonly number[]) => natural.map((width) => ({ natural: width, least: width }));

describe('fitting columns into a terminal', () => {
  it.each([
    [rigid([2, 18, 7]), 80, [2, 18, 7]],
    [rigid([2, 18, 7]), 20, [2, 11, 7]],
    [rigid([30, 30]), 20, [10, 10]],
    [rigid([4, 60]), 8, [4, 6]],
    [
      [
        { natural: 30, least: 30 },
        { natural: 60, least: 20 },
      ],
      60,
      [30, 30],
    ],
    [
      [
        { natural: 30, least: 30 },
        { natural: 60, least: 20 },
      ],
      40,
      [20, 20],
    ],
  ])('%j into %i', (columns, available, expected) => {
    expect(fitWidths(columns, available)).toEqual(expected);
  });

  it('never widens, narrows nothing below its least width while another way is left, and fits wherever it can', () => {
    const column = fc
      .tuple(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 1, max: 80 }))
      .map(([a, b]) => ({ natural: Math.max(a, b), least: Math.min(a, b) }));
    fc.assert(
      fc.property(fc.array(column, { minLength: 1, maxLength: 8 }), fc.nat(120), (columns, available) => {
        const widths = fitWidths(columns, available);
        const all = (name: 'natural' | 'least') => columns.map((needs) => needs[name]);
        const narrowest = columns.map(({ natural, least }) => Math.min(natural, least, 6));
        widths.forEach((width, i) => {
          expect(width).toBeLessThanOrEqual(all('natural')[i]!);
          expect(width).toBeGreaterThanOrEqual(narrowest[i]!);
        });
        if (sum(all('least')) <= available) {
          expect(sum(widths)).toBeLessThanOrEqual(available);
          widths.forEach((width, i) => expect(width).toBeGreaterThanOrEqual(all('least')[i]!));
        }
        if (sum(all('natural')) <= available) expect(widths).toEqual(all('natural'));
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

  it('leaves out what matters least before it cuts a text, and cuts only what may be cut', () => {
    const columns = [
      { title: 'DEVICE', cell: () => '9007199254740991' },
      { title: 'BYTES', cell: () => '328 KB', leaveOut: 2 },
      { title: 'ID', cell: () => '12345', leaveOut: 1 },
      { title: 'ERROR', cell: () => 'the image is for another chip', least: 12 },
    ];
    const line = (width: number) => renderTable([0], columns, width).split('\n')[1];
    expect(line(80)).toBe('9007199254740991  328 KB  12345  the image is for another chip');
    expect(line(48)).toBe('9007199254740991  328 KB  12345  the image is f…');
    expect(line(40)).toBe('9007199254740991  12345  the image is f…');
    expect(line(32)).toBe('9007199254740991  the image is …');
  });

  it('keeps every line of a table within the terminal, whatever the texts are', () => {
    const columns = [
      { title: 'A', cell: ([a]: readonly [string, string]) => a },
      { title: 'B', cell: ([, b]: readonly [string, string]) => b, least: 6 },
    ];
    const texts = fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(texts, fc.integer({ min: 14, max: 60 }), (rows, width) => {
        for (const line of renderTable(rows, columns, width).split('\n')) {
          expect(displayWidth(line)).toBeLessThanOrEqual(width);
        }
      }),
      { numRuns: samples(50) },
    );
  });

  it('goes on below with a fact that does not fit, and cuts nothing of it', () => {
    expect(
      renderFacts(
        [
          ['Hash', 'abcdefghijkl'],
          ['Notes', 'one two\nthree'],
        ],
        13,
      ),
    ).toBe(['Hash   abcdef', '       ghijkl', 'Notes  one', '       two', '       three'].join('\n'));
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

  const now = Date.parse('2026-01-31T12:00:00Z');
  const times = (isUtc: boolean) => new Times(() => now, isUtc, 'Europe/Berlin');

  it.each([
    ['2026-01-31T12:00:30.000Z', 'just now'],
    ['2026-01-31T11:59:58.000Z', 'just now'],
    ['2026-01-31T11:59:20.000Z', '40 s ago'],
    ['2026-01-31T11:57:00.000Z', '3 min ago'],
    ['2026-01-31T07:00:00.000Z', '5 h ago'],
    ['2026-01-30T11:00:00.000Z', '1 day ago'],
    ['2026-01-01T12:00:00.000Z', '30 days ago'],
    ['2025-06-30T23:00:00.000Z', '2025-07-01'],
    [null, ''],
  ])('%s was %s', (iso, text) => {
    expect(times(false).age(iso)).toBe(text);
  });

  it('times are local and name their zone, or are in UTC', () => {
    expect(times(false).full('2026-01-31T12:00:00.000Z')).toBe('2026-01-31 13:00:00 +01:00');
    expect(times(false).full('2026-07-31T12:00:00.000Z')).toBe('2026-07-31 14:00:00 +02:00');
    expect(times(true).full('2026-01-31T00:00:00.000Z')).toBe('2026-01-31 00:00:00 UTC');
    expect(times(true).age('2026-01-31T11:57:00.000Z')).toBe('2026-01-31 11:57:00Z');
    expect(new Times(() => now, false, 'UTC').full('2026-01-31T12:00:00.000Z')).toBe(
      '2026-01-31 12:00:00 UTC',
    );
  });
});

describe('texts on a terminal', () => {
  it('hide nothing and are not obeyed', () => {
    expect(printable('a\nb\x1b[2J\u202Eü')).toBe('a\\nb\\u{1b}[2J\\u{202e}ü');
  });

  it('JSON keeps its meaning without anything that a terminal obeys', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const json = JSON.stringify(value, null, 1);
        const shown = printableJson(json);
        expect(JSON.parse(shown)).toEqual(JSON.parse(json));
        expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
    expect(printableJson('"\u009b31m\u202e\u{e0001}\x7f"')).toBe('"\\u009b31m\\u202e\\udb40\\udc01\\u007f"');
  });

  it.each([
    ['plain', 5],
    ['日本', 4],
    ['e\u0301', 1],
    ['🚀', 2],
  ])('%s takes %i columns', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  it('are cut and wrapped by what they take', () => {
    expect(truncate('日本語', 5)).toBe('日本…');
    expect(truncate('日本語', 4)).toBe('日…');
    expect(truncate('日本語', 2)).toBe('…');
    expect(truncate('ab', 1)).toBe('…');
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('onetwothree', 4)).toEqual(['onet', 'woth', 'ree']);
    expect(wrap('', 4)).toEqual(['']);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 2, max: 20 }), (raw, width) => {
        const text = printable(raw);
        const lines = wrap(text, width);
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      }),
    );
  });

  it.each([200, 80, 60, 40, 20, 10, 1])('the upload bar fits into %i columns', (columns) => {
    const sizes = [0, 1, 327_920, 67_108_864];
    for (const name of [
      'a.bin',
      'scales_bridge_tab5-1.0.0-esp32p4-with-a-long-name.bin',
      '日本語ファームウェア.bin',
    ]) {
      for (const size of sizes) {
        for (const sent of [0, Math.floor(size / 3), size]) {
          const line = progressLine(name, sent, size, 12.5, columns);
          expect(displayWidth(line)).toBeLessThan(Math.max(columns, 2));
          if (columns >= 40) expect(line).toMatch(/\[=* *\] +\d+%/);
        }
      }
    }
  });
});

describe('tab-separated values', () => {
  it('stand under their names, one row a line', () => {
    const rows = [
      { id: 1, note: 'a\tb\nc\\', when: null, deep: { x: 1 }, is_stable: true },
      { id: 2, note: '', is_stable: false },
    ];
    expect(renderTsv(rows, undefined)).toBe('id\tnote\tis_stable\n1\ta\\tb\\nc\\\\\ttrue\n2\t\tfalse');
    expect(renderTsv(rows, ['when', 'id'])).toBe('when\tid\n\t1\n\t2');
    expect(renderTsv([], ['id'])).toBe('id');
  });
});
