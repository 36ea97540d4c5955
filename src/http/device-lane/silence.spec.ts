import { setTimeout as sleep } from 'node:timers/promises';
import { Silence } from './silence.js';

describe('Silence', () => {
  it('finds those who are not heard of, the longest silent first, once', async () => {
    const found: string[] = [];
    const silence = new Silence<string>(50, (item) => found.push(item));
    const now = performance.now();
    const [, heard, last] = ['first', 'heard', 'last'].map((item) => silence.begin(item, now));
    expect(silence.end(heard!)).toBe(true);
    while (found.length < 2) await sleep(5);
    expect([heard!, last!].map((place) => silence.end(place))).toEqual([false, false]);
    silence.begin('next', performance.now());
    while (found.length < 3) await sleep(5);
    silence.stop();
    expect(found).toEqual(['first', 'last', 'next']);
  });
});
