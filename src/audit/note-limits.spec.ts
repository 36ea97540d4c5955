import { FirstTimes, RowBudget } from './note-limits.js';

describe('what is put on record once within a span', () => {
  it('is the first of its kind, and the first after the span', () => {
    let now = 1_000;
    const times = new FirstTimes(60_000, 10, () => now);
    expect(times.has('a')).toBe(false);
    times.add('a');
    expect([times.has('a'), times.has('b')]).toEqual([true, false]);
    now += 60_000;
    expect(times.has('a')).toBe(true);
    now += 1;
    expect(times.has('a')).toBe(false);
  });

  it('forgets what was longest ago when there is no room', () => {
    const times = new FirstTimes(60_000, 2, () => 1);
    for (const key of ['a', 'b', 'c']) times.add(key);
    expect(['a', 'b', 'c'].map((key) => times.has(key))).toEqual([false, true, true]);
  });
});

describe('the budget of rows', () => {
  it('ends within a minute, begins again with the next, and tells once what was left out', () => {
    let now = 5;
    const budget = new RowBudget(2, () => now);
    expect([budget.take(), budget.take(), budget.take(), budget.take()]).toEqual([true, true, false, false]);
    expect(budget.takeLeftOut()).toBe(0);
    now += 60_000;
    expect([budget.takeLeftOut(), budget.takeLeftOut()]).toEqual([2, 0]);
    expect(budget.take()).toBe(true);
  });
});
