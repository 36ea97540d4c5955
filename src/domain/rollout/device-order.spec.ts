import { createHash } from 'node:crypto';
import { positionOf } from './device-order.js';

describe('the position of a device in a rollout', () => {
  it('is the beginning of a hash, which never changes', () => {
    const hex = createHash('sha256').update('7:42').digest('hex').slice(0, 12);
    expect(positionOf(7, 42)).toBe(parseInt(hex, 16) / 2 ** 48);
    expect(positionOf(7, 42)).toBe(0.4363449507657613);
  });

  it('is spread evenly, and differently in each rollout', () => {
    const first = Array.from({ length: 4_000 }, (_, device) => positionOf(1, device + 1));
    const second = Array.from({ length: 4_000 }, (_, device) => positionOf(2, device + 1));
    const below = (share: number, of: readonly number[]) => of.filter((position) => position < share).length;
    for (const share of [0.1, 0.5, 0.9])
      expect(Math.abs(below(share, first) / 4_000 - share)).toBeLessThan(0.03);
    const inBoth = first.filter((position, device) => position < 0.1 && second[device]! < 0.1);
    expect(inBoth.length).toBeLessThan(80);
    expect(Math.min(...first)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...first)).toBeLessThan(1);
  });
});
