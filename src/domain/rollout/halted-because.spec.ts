import { evidenceText, haltedBecause, limitOf, nameOfPart, statusLine } from './halted-because.js';
import { WHOLE, type PartKey } from './parts.js';

const settings = { targetSize: 50, maxFailureRate: 0.02, falseAlarmRate: 0.01 };

describe('why a rollout halted', () => {
  it.each<[PartKey, number, number, string]>([
    [{ dimension: 'chip_revision', value: 'C3-v0.4' }, 6, 4, 'stopped: revision C3-v0.4, 4 of 6 failed'],
    [{ dimension: 'hw_revision', value: 'B' }, 6, 4, 'stopped: hardware revision B, 4 of 6 failed'],
    [
      { dimension: 'previous_version', value: '1.2.0' },
      9,
      5,
      'stopped: previous version 1.2.0, 5 of 9 failed',
    ],
    [{ dimension: 'block', value: '6' }, 1000, 41, 'stopped: offers 5001 to 6000, 41 of 1000 failed'],
    [WHOLE, 50, 6, 'stopped: 6 of 50 failed'],
  ])('%j, %d offered, %d failed', (part, n, k, sentence) => {
    expect(haltedBecause({ part, n, k, xLog: 5 })).toBe(sentence);
  });

  it('the whole has no name', () => {
    expect(nameOfPart(WHOLE)).toBe('');
  });
});

describe('the line that says how a rollout stands', () => {
  it('is short when all goes well', () => {
    const counts = { offered: 50, confirmed: 46, bad: 2, silent: 0, released: 0, excused: 0 };
    expect(statusLine(counts, settings)).toBe(
      '50 offered, 46 confirmed, 2 failed, 2 waiting. The rollout stops at 6.',
    );
  });

  it('tells what is rare when there is some, and leaves out of the limit what is released', () => {
    const counts = { offered: 30, confirmed: 14, bad: 3, silent: 2, released: 7, excused: 1 };
    expect(statusLine(counts, settings)).toBe(
      '30 offered, 14 confirmed, 1 failed, 2 silent, 7 not begun, 1 excused, 5 waiting. The rollout stops at 4.',
    );
  });

  it('has the limit of each part', () => {
    const large = { ...settings, targetSize: 1_000 };
    expect(limitOf({ ...WHOLE, rank: 1, n: 50 }, large)).toBe(7);
    expect(limitOf({ dimension: 'hw_revision', rank: 3, n: 6 }, large)).toBe(4);
  });
});

describe('the evidence', () => {
  it.each([
    [-3, 'evidence 1 : 1'],
    [0, 'evidence 1 : 1'],
    [Math.log(12.9), 'evidence 12 : 1'],
    [Math.log(100) + 1e-9, 'evidence 100 : 1'],
    [3_882, 'evidence over 1000000 : 1'],
  ])('of %d is told as %s', (xLog, text) => {
    expect(evidenceText(xLog)).toBe(text);
  });
});
