import { minutes, phase, repeated, timeWindow } from './rollout-options.js';

describe('a phase', () => {
  it.each([
    ['10%:60m', { share: 0.1, soak_minutes: 60 }],
    ['0.5%', { share: 0.005, soak_minutes: 0 }],
    ['100%:1d', { share: 1, soak_minutes: 1_440 }],
    ['50:1h', { count: 50, soak_minutes: 60 }],
    ['50', { count: 50, soak_minutes: 0 }],
    ['tag:lab:30m', { target: 'tag:lab', soak_minutes: 30 }],
    ['tag:lab', { target: 'tag:lab', soak_minutes: 0 }],
    ['tag:7d', { target: 'tag:7d', soak_minutes: 0 }],
    [' channel:beta -tag:lab:1.5h ', { target: 'channel:beta -tag:lab', soak_minutes: 90 }],
    ['version:<2.0.0', { target: 'version:<2.0.0', soak_minutes: 0 }],
  ])('%s', (text, expected) => {
    expect(phase(text)).toEqual(expected);
  });

  it.each(['', '0.5', '0.5:60m', '120%', '1.2.3%'])('"%s" is none', (text) => {
    expect(() => phase(text)).toThrow(/must be a/);
  });
});

describe('a window', () => {
  it.each([
    ['mon,tue 22:00-06:00', ['mon', 'tue']],
    ['Mon-Wed 22:00 - 06:00', ['mon', 'tue', 'wed']],
    ['sat-mon 22:00-06:00', ['sun', 'mon', 'sat']],
    ['sun,fri-fri 22:00-06:00', ['sun', 'fri']],
  ])('%s', (text, days) => {
    expect(timeWindow(text)).toEqual({ days, from: '22:00', to: '06:00' });
  });

  it.each([
    ['', /days and hours/],
    ['22:00-06:00', /days and hours/],
    ['monday 22:00-06:00', /The days of a window/],
    ['mon-fro 22:00-06:00', /The days of a window/],
    ['mon 22:00-25:00', /The times of a window/],
  ])('"%s" is none', (text, sentence) => {
    expect(() => timeWindow(text)).toThrow(sentence);
  });
});

describe('an option', () => {
  it('can be given more than once', () => {
    const collect = repeated(minutes);
    expect(collect('90s', collect('1h'))).toEqual([60, 1.5]);
  });
});
