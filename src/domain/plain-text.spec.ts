import { isPlainFilename } from './plain-filename.js';
import { isPlainText } from './plain-text.js';

describe('plain text', () => {
  it.each(['', 'one line', 'two\r\nlines\tand a tab', 'ünïcödé 💥'])('%j is', (text) => {
    expect(isPlainText(text)).toBe(true);
  });
  it.each(['a\0b', 'a\x1b[31mred', 'a\x7f', '\ud800 half'])('%j is not', (text) => {
    expect(isPlainText(text)).toBe(false);
  });
});

describe('plain file names', () => {
  it.each(['firmware.bin', 'my "best" image.bin', 'größe-1.0.bin', '...bin', 'a'.repeat(255)])(
    '%j is one',
    (name) => {
      expect(isPlainFilename(name)).toBe(true);
    },
  );
  it.each([
    '',
    ' ',
    '.',
    '..',
    'a/b.bin',
    'a\\b.bin',
    'a\r\nX-Injected: 1',
    'a\0.bin',
    'nib.\u202Eexe',
    'a\u200Bb',
    'a\u2028b',
    'a'.repeat(256),
  ])('%j is none', (name) => {
    expect(isPlainFilename(name)).toBe(false);
  });
});
