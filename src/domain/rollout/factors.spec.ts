import { factorsOf, guiltyFirst, type DeviceWithFacts } from './factors.js';

const devices = (many: number, isBad: boolean, ...facts: [string, string][]): DeviceWithFacts[] =>
  Array.from({ length: many }, () => ({ facts, isBad }));

const fleet = [
  ...devices(4, true, ['revision', 'C3-v0.4'], ['tag', 'lab'], ['tag', 'munich']),
  ...devices(2, false, ['revision', 'C3-v0.4'], ['tag', 'munich']),
  ...devices(54, false, ['revision', 'C3-v0.3'], ['tag', 'munich']),
  ...devices(1, true, ['revision', 'C3-v0.3'], ['previous_version', '1.0.0']),
  ...devices(9, false, ['previous_version', '1.0.0']),
];

describe('what the failed devices have in common', () => {
  it('is counted for each fact that one of them has', () => {
    expect(factorsOf(fleet)).toEqual([
      { dimension: 'revision', value: 'C3-v0.4', failed: 4, offered: 6 },
      { dimension: 'tag', value: 'lab', failed: 4, offered: 4 },
      { dimension: 'tag', value: 'munich', failed: 4, offered: 60 },
      { dimension: 'revision', value: 'C3-v0.3', failed: 1, offered: 55 },
      { dimension: 'previous_version', value: '1.0.0', failed: 1, offered: 10 },
    ]);
    expect(factorsOf(devices(3, false, ['tag', 'lab']))).toEqual([]);
  });

  it('has the guilty fact first', () => {
    const order = guiltyFirst(factorsOf(fleet), 0.02).map(({ value }) => value);
    expect(order).toEqual(['lab', 'C3-v0.4', 'munich', '1.0.0', 'C3-v0.3']);
  });

  it('is in the order of the names where the evidence is the same', () => {
    const same = { failed: 1, offered: 2 };
    const factors = [
      { dimension: 'tag', value: 'b', ...same },
      { dimension: 'tag', value: 'a', ...same },
      { dimension: 'tag', value: 'a', ...same },
      { dimension: 'attr', value: 'z', ...same },
    ];
    expect(guiltyFirst(factors, 0.02).map(({ dimension, value }) => `${dimension} ${value}`)).toEqual([
      'attr z',
      'tag a',
      'tag a',
      'tag b',
    ]);
  });

  it('keeps names apart that look alike when joined', () => {
    const alike = [...devices(1, true, ['a', 'b c']), ...devices(1, true, ['a b', 'c'])];
    expect(factorsOf(alike)).toHaveLength(2);
  });

  it('is not as long as a fact that every device has another value of', () => {
    const many = Array.from({ length: 200 }, (_, n) => devices(1, true, ['free_heap', String(n)])).flat();
    expect(guiltyFirst(factorsOf(many), 0.02)).toHaveLength(50);
  });
});
