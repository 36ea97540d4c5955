import fc from 'fast-check';
import {
  CHANGE_FIELDS,
  faultsOfChange,
  hasTooManyAttributes,
  readAttribute,
  toDeviceChange,
  withChange,
  type OperatorFacts,
} from './device-change.js';

const DEVICE: OperatorFacts = {
  name: 'Munich 7',
  channel: 'beta',
  tags: ['lab'],
  attributes: { hw_revision: 'B', shelf: 3 },
  notes: 'Loose cable',
};

describe('a change of a device', () => {
  it.each([
    [{ name: 'Munich 7' }],
    [{ name: 'x'.repeat(100) }],
    [{ name: '😀'.repeat(100) }],
    [{ name: null, channel: null, tags: null, attributes: null, notes: null }],
    [{ channel: 'beta' }],
    [{ channel: `a${'.'.repeat(49)}` }],
    [{ tags: [] }],
    [{ tags: ['0', 'a-b_c.d'] }],
    [{ tags: Array.from({ length: 40 }, (_, n) => `t${n % 20}`) }],
    [{ attributes: {} }],
    [{ attributes: { a: 1, b: 'x', c: false, d: null } }],
    [{ notes: '' }],
    [{ notes: 'two\nlines' }],
    [{ notes: 'x'.repeat(2_000) }],
    [{}],
  ])('%j is right', (given) => {
    expect(faultsOfChange(given)).toEqual({});
  });

  it.each([
    [{ name: '' }, 'name'],
    [{ name: 'x'.repeat(101) }, 'name'],
    [{ name: ' x' }, 'name'],
    [{ name: 'a\nb' }, 'name'],
    [{ name: 7 }, 'name'],
    [{ channel: 'Beta' }, 'channel'],
    [{ channel: '' }, 'channel'],
    [{ channel: 'a'.repeat(51) }, 'channel'],
    [{ channel: ['beta'] }, 'channel'],
    [{ tags: 'lab' }, 'tags'],
    [{ tags: ['-lab'] }, 'tags'],
    [{ tags: [null] }, 'tags'],
    [{ tags: Array.from({ length: 21 }, (_, n) => `t${n}`) }, 'tags'],
    [{ attributes: [] }, 'attributes'],
    [{ attributes: 'x' }, 'attributes'],
    [{ attributes: { A: 1 } }, 'attributes'],
    [{ attributes: { a: {} } }, 'attributes'],
    [{ attributes: { a: 'x'.repeat(65) } }, 'attributes'],
    [{ attributes: { a: '\0' } }, 'attributes'],
    [{ notes: 'x'.repeat(2_001) }, 'notes'],
    [{ notes: '\0' }, 'notes'],
    [{ notes: 1 }, 'notes'],
  ])('%j is wrong', (given, field) => {
    expect(Object.keys(faultsOfChange(given))).toEqual([field]);
  });

  it('is judged whatever it is', () => {
    const given = fc.record(Object.fromEntries(CHANGE_FIELDS.map((field) => [field, fc.anything()])), {
      requiredKeys: [],
    });
    fc.assert(
      fc.property(given, (change) => {
        if (Object.keys(faultsOfChange(change)).length > 0) return;
        const after = withChange(DEVICE, toDeviceChange(change));
        expect(after.tags.length).toBeLessThanOrEqual(20);
        expect(Object.values(after.attributes)).not.toContain(null);
      }),
    );
  });

  it.each<[object, Partial<OperatorFacts>]>([
    [{}, {}],
    [{ name: 'Other' }, { name: 'Other' }],
    [{ name: null }, { name: null }],
    [{ channel: null }, { channel: 'stable' }],
    [{ tags: ['b', 'a', 'b'] }, { tags: ['a', 'b'] }],
    [{ tags: null }, { tags: [] }],
    [{ attributes: { shelf: null, row: 2 } }, { attributes: { hw_revision: 'B', row: 2 } }],
    [{ attributes: null }, { attributes: {} }],
    [{ notes: '' }, { notes: null }],
    [{ notes: 'New' }, { notes: 'New' }],
  ])('%j changes what it names alone', (given, changed) => {
    expect(withChange(DEVICE, toDeviceChange(given))).toEqual({ ...DEVICE, ...changed });
  });

  it('may come to too many attributes only with those that there are', () => {
    const many = Object.fromEntries(Array.from({ length: 19 }, (_, n) => [`a${n}`, n]));
    const after = withChange(DEVICE, toDeviceChange({ attributes: many }));
    expect(hasTooManyAttributes(after)).toBe(true);
    expect(hasTooManyAttributes(DEVICE)).toBe(false);
  });
});

describe('an attribute in a text', () => {
  it.each([
    ['', null],
    ['true', true],
    ['false', false],
    ['0', 0],
    ['-61', -61],
    ['0.4', 0.4],
    ['007', '007'],
    ['1e3', '1e3'],
    ['1234567890123456', '1234567890123456'],
    ['True', 'True'],
    ['B', 'B'],
  ])('%j is %j', (text, value) => {
    expect(readAttribute(text)).toBe(value);
  });
});
