import { quoted } from './quoted.js';

describe('a name in a log', () => {
  it.each([
    ['admin', '"admin"'],
    ['Anna "the boss"', '"Anna \\"the boss\\""'],
    ['Jürgen 李', '"Jürgen 李"'],
    ['two\nlines', '"two\\nlines"'],
    ['\u001B[31mred', '"\\u001b[31mred"'],
    ['right to left \u202E', '"right to left \\u{202e}"'],
    ['line \u2028 separator', '"line \\u{2028} separator"'],
  ])('%j is written as %s', (name, written) => {
    expect(quoted(name)).toBe(written);
  });
});
