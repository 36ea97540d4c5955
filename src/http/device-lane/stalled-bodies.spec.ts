import { setTimeout as sleep } from 'node:timers/promises';
import { StalledBodies } from './stalled-bodies.js';

describe('StalledBodies', () => {
  it('finds those who are not heard of, the longest silent first, once', async () => {
    const found: string[] = [];
    const bodies = new StalledBodies<{ name: string; begun: number }>(50, ({ name }) => found.push(name));
    const add = (name: string) => {
      const request = { name, begun: performance.now() };
      bodies.add(request);
      return request;
    };
    const [, heard, last] = ['first', 'heard', 'last'].map(add);
    expect(bodies.remove(heard!)).toBe(true);
    while (found.length < 2) await sleep(5);
    expect([heard!, last!].map((request) => bodies.remove(request))).toEqual([false, false]);
    add('next');
    while (found.length < 3) await sleep(5);
    bodies.stop();
    expect(found).toEqual(['first', 'last', 'next']);
  });
});
