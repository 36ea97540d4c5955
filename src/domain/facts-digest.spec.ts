import fc from 'fast-check';
import type { Attribute, ReportedFacts } from './device-facts.js';
import { factsDigest } from './facts-digest.js';

const with_ = (attributes: Record<string, Attribute>): ReportedFacts => ({
  attributes: new Map(Object.entries(attributes)),
});

describe('the digest of facts', () => {
  it.each<[string, ReportedFacts, ReportedFacts]>([
    ['another image', { elfSha256: 'aaaaaaaa' }, { elfSha256: 'bbbbbbbb' }],
    ['another boot', { bootId: 1 }, { bootId: 2 }],
    ['another interval', { checkInterval: 60 }, { checkInterval: 61 }],
    ['the same number of another fact', { bootId: 60 }, { checkInterval: 60 }],
    ['another answer', { acceptsDowngrade: true }, { acceptsDowngrade: false }],
    ['no answer', { acceptsDowngrade: false }, {}],
    ['another text', with_({ chip: 'ESP32' }), with_({ chip: 'ESP32-S3' })],
    ['another truth', with_({ outdoor: true }), with_({ outdoor: false })],
    ['another name of a number', with_({ rssi: -61 }), with_({ noise: -61 })],
    ['an attribute less', with_({ chip: 'ESP32', rssi: -61 }), with_({ chip: 'ESP32' })],
    ['no attribute', with_({ chip: 'ESP32' }), {}],
    ['a text in place of a number', with_({ rssi: -61 }), with_({ rssi: '-61' })],
  ])('tells %s', (_what, one, other) => {
    expect(factsDigest(one)).not.toBe(factsDigest(other));
  });

  it('does not tell numbers apart that change with each check', () => {
    const digest = (rssi: number): number => factsDigest({ bootId: 1, ...with_({ chip: 'ESP32', rssi }) });
    fc.assert(fc.property(fc.double(), fc.double(), (a, b) => digest(a) === digest(b)));
  });
});
