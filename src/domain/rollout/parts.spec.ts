import fc from 'fast-check';
import { DEFAULT_SETTINGS, rolloutConstants } from './admission.js';
import {
  blockOf,
  DIVIDED_FROM,
  evaluate,
  groupsOf,
  MAX_GROUPS,
  weightOf,
  WHOLE,
  type Part,
} from './parts.js';

const constants = rolloutConstants({ ...DEFAULT_SETTINGS, targetSize: 1_000 });
const group = (rank: number, n: number, k: number): Part => ({
  dimension: 'chip_revision',
  value: `C3-v0.${rank}`,
  rank,
  n,
  k,
});
const whole = (n: number, k: number): Part => ({ ...WHOLE, rank: 1, n, k });

describe('the weights of the parts of a rollout', () => {
  it('a small one is looked at as a whole', () => {
    expect(weightOf(whole(0, 0), DIVIDED_FROM - 1)).toBe(1);
    expect(weightOf(group(1, 0, 0), DIVIDED_FROM - 1)).toBe(0);
    const small = { ...constants, targetSize: 99 };
    expect(evaluate(small, 0, [group(1, 9, 9), whole(0, 0)])).toMatchObject({ xLog: 0, halt: null });
  });

  it('add up to 1 at most', () => {
    const sum = (dimension: Part['dimension'], parts: number) =>
      Array.from({ length: parts }, (_, j) => weightOf({ dimension, rank: j + 1 }, 1_000_000)).reduce(
        (total, weight) => total + weight,
      );
    expect(sum('all', 1)).toBe(1 / 2);
    expect(sum('hw_revision', MAX_GROUPS)).toBeLessThanOrEqual(1 / 4);
    expect(sum('block', 1_000_000)).toBeLessThanOrEqual(1 / 4);
  });

  it.each([
    [1, 1],
    [1_000, 1],
    [1_001, 2],
    [1_000_000, 1_000],
  ])('offer %d belongs to block %d', (seq, block) => {
    expect(blockOf(seq)).toBe(block);
  });
});

describe('the groups of a device', () => {
  const nothing = { hwRevision: null, chip: null, chipRevision: null, previousVersion: null };

  it('are its hardware, its chip and what it ran', () => {
    const facts = { hwRevision: 'B', chip: 'ESP32-C3', chipRevision: 'v0.4', previousVersion: '1.2.0' };
    expect(groupsOf(facts)).toEqual([
      { dimension: 'hw_revision', value: 'B' },
      { dimension: 'chip_revision', value: 'C3-v0.4' },
      { dimension: 'previous_version', value: '1.2.0' },
    ]);
  });

  it.each([
    ['esp32s3', '0.2', 's3-v0.2'],
    ['ESP32', '3.1', 'ESP32-v3.1'],
    ['RP2040', 'V2', 'RP2040-v2'],
  ])('%s %s is %s', (chip, chipRevision, value) => {
    expect(groupsOf({ ...nothing, chip, chipRevision })).toEqual([{ dimension: 'chip_revision', value }]);
  });

  it('can be written down, whatever the device says', () => {
    const long = '\u{1f600}'.repeat(64);
    const facts = { hwRevision: long, chip: long, chipRevision: long, previousVersion: '1.0\0' };
    expect(groupsOf(facts).map(({ value }) => value)).toEqual([long, long, '1.0\uFFFD']);
  });

  it.each([
    nothing,
    { ...nothing, chip: 'ESP32' },
    { ...nothing, chipRevision: '0.4' },
    { ...nothing, chip: '' },
  ])('that says %j of itself are none', (facts) => {
    expect(groupsOf(facts)).toEqual([]);
  });
});

describe('the evaluation', () => {
  it.each([
    [3, 6, 3, 2.450493386, false],
    [3, 6, 4, 5.782743734, true],
    [8, 9, 5, 5.889290121, true],
  ])('of group %d with %d devices and %d failures: %d, halts: %s', (rank, n, k, xLog, halts) => {
    const evaluation = evaluate(constants, 0, [group(rank, n, k)]);
    expect(evaluation.xLog).toBeCloseTo(xLog, 8);
    expect(evaluation.halt !== null).toBe(halts);
  });

  it('names the part with the most evidence, and keeps what it saw', () => {
    const { halt } = evaluate(constants, 100, [whole(110, 4), group(1, 104, 0), group(2, 6, 4)]);
    expect(halt).toMatchObject({ part: { dimension: 'chip_revision', value: 'C3-v0.2' }, n: 6, k: 4 });
    const { part, ...snapshot } = halt!;
    const again = evaluate(constants, 100, [{ ...part, ...snapshot, rank: 2 }]);
    expect(again.halt).toEqual(halt);
  });

  it('names the first of parts that have the same evidence', () => {
    const twice = [group(2, 6, 4), { ...group(2, 6, 4), value: 'other' }];
    expect(evaluate(constants, 0, twice).halt?.part.value).toBe('C3-v0.2');
  });

  it('makes the window smaller, the more evidence there is', () => {
    const window = (k: number) => evaluate(constants, 60, [whole(70, k)]).window;
    expect([0, 4, 5].map(window)).toEqual([15, 15, 8]);
    fc.assert(
      fc.property(fc.nat(70), (k) => {
        expect(window(k)).toBeLessThanOrEqual(k === 0 ? 15 : window(k - 1));
        expect(window(k)).toBeGreaterThanOrEqual(constants.firstWindow);
      }),
    );
  });
});
