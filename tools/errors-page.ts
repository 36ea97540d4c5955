import { readFileSync } from 'node:fs';
import { format } from 'prettier';
import { ERROR_CODES, ERRORS } from '../src/domain/errors.js';
import { keepGenerated } from './generated-file.js';

const FILE = 'docs/errors.md';

/** What stands above it is written by hand and kept. */
const MARKER =
  '<!-- What follows is made from src/domain/errors/ by `npm run errors:write`: change it there. -->';

const introduction = (page: string): string => {
  const [kept = '', ...rest] = page.split(MARKER);
  if (rest.length !== 1) throw new Error(`${FILE} must have this line once: ${MARKER}`);
  return kept;
};

/** `build/<project>.bin` would be read as HTML otherwise. */
const cell = (text: string): string => text.replaceAll('<', '\\<').replaceAll('|', '\\|');

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const allErrors = (): string =>
  table(
    ['status', 'code', 'what happened', 'what to do'],
    ERROR_CODES.map((code) => {
      const { status, meaning, advice } = ERRORS[code];
      return [String(status), `\`${code}\``, cell(meaning), cell(advice)];
    }),
  );

const errorsOnDevices = (): string =>
  table(
    ['code', 'status', 'what the program on the device should do'],
    ERROR_CODES.flatMap((code) => {
      const { status, device } = ERRORS[code];
      return device === undefined ? [] : [[`\`${code}\``, String(status), cell(device)]];
    }),
  );

/** `npm run errors:write | errors:check`: keeps docs/errors.md what the table of errors says. */
await keepGenerated(FILE, 'errors', () => {
  const kept = introduction(readFileSync(FILE, 'utf8'));
  const parts = [kept.trimEnd(), MARKER, '## All codes', allErrors(), '## On a device', errorsOnDevices()];
  return format(parts.join('\n\n'), { parser: 'markdown' });
});
