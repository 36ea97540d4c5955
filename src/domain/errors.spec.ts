import { readdirSync, readFileSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import { join } from 'node:path';
import { ERROR_CODES, ERRORS, findError } from './errors.js';

const SENTENCES = /^\S.{9,}\.$/;

/** Sources of the server, without the table itself and without the command, which throws no code. */
const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.spec.ts') && !/^(domain\/errors|cli\/)/.test(name),
  )
  .map((name) => readFileSync(join('src', name), 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*$/gm, ''));

/** Where a code is only named: in the API document, in a type, in a comparison. */
const NAMED_ONLY = [
  /@ApiProblems\([^]*?\)/g,
  /(?::\s*readonly ErrorCode\[\]|_PROBLEMS) = [^]*?;/g,
  /^\s*(?:readonly \w+:)?\s*\|? *'[A-Z_]+'(?: \| '[A-Z_]+')*;?$/gm,
  /=== '[A-Z_]+'/g,
];

describe('the table of errors', () => {
  it('has every code that the server throws', () => {
    const thrown = sources.flatMap((source) => [
      ...source.matchAll(/(?:DomainError|TransportError|Broken|problem)\(\s*'([A-Z_]+)'/g),
    ]);
    expect(thrown.length).toBeGreaterThan(30);
    expect(thrown.map(([, code = '']) => code).filter((code) => !findError(code))).toEqual([]);
  });

  const throwing = sources.map((source) =>
    NAMED_ONLY.reduce((text, named) => text.replace(named, ''), source),
  );
  it.each(ERROR_CODES)('has no %s for nothing: something throws it', (code) => {
    expect(throwing.some((source) => source.includes(`'${code}'`))).toBe(true);
  });

  it.each(ERROR_CODES)('says of %s what happened, how it looks and what to do', (code) => {
    const { status, meaning, example, advice, command, device } = ERRORS[code];
    expect(STATUS_CODES[status]).toBeDefined();
    for (const text of [meaning, example, advice, command ?? advice, device ?? advice])
      expect(text).toMatch(SENTENCES);
  });

  it('is in the order of the statuses', () => {
    const statuses = ERROR_CODES.map((code) => ERRORS[code].status);
    expect(statuses).toEqual(statuses.toSorted((a, b) => a - b));
  });

  it('knows no other codes', () => {
    expect([findError('constructor'), findError('SOMETHING_NEW')]).toEqual([undefined, undefined]);
  });
});
