import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DomainError } from '../domain/errors.js';
import { toProblem } from './problem.js';
import { wireName } from './wire-names.js';

describe('the names of the wire', () => {
  it('stand in a refusal for what the code calls otherwise', () => {
    const error = new DomainError('FIRMWARE_HASH_MISMATCH', (name) => `Not the ${name('fileHash')}.`, {
      fileHash: (name) => `${name('fileHash')} must be that of the file`,
      version: 'It is not that one.',
    });
    expect(error.message).toBe('Not the fileHash.');
    expect(toProblem(error)).toMatchObject({
      detail: 'Not the file_hash.',
      errors: { file_hash: ['file_hash must be that of the file'], version: ['It is not that one.'] },
    });
  });

  it('replace nothing that somebody sent', () => {
    const error = new DomainError('FIRMWARE_EXISTS', `fileHash 1.0.0 is there; raise the buildNumber.`);
    expect(toProblem(error).detail).toBe(error.message);
    expect(toProblem(error).errors).toBeUndefined();
  });

  it('stand neither in rules nor in services', () => {
    const { components } = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
      components: { schemas: Record<string, { properties?: object }> };
    };
    const fields = Object.values(components.schemas).flatMap(({ properties = {} }) =>
      Object.keys(properties),
    );
    const wire = [...new Set(fields)].filter((field) => field.includes('_'));
    expect(wire).toEqual(expect.arrayContaining(['device_id', 'elf_sha256', wireName('minCurrentVersion')]));
    const named = new RegExp(`\\b(?:${wire.join('|')})\\b`, 'g');
    // What devices call their attributes, what people sort by, how a rollout groups and what stands in a row of the audit is
    // data, as the words of a filter are.
    const data = [
      'domain/audit-verification.ts',
      'domain/filter/usual-attributes.ts',
      'domain/fleet-order.ts',
      'domain/rollout/halted-because.ts',
      'domain/rollout/parts.ts',
    ];
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
      (name) =>
        /^domain\/(?!errors\/).*\.ts$|\.service\.ts$/.test(name) &&
        !data.includes(name) &&
        !name.endsWith('.spec.ts'),
    );
    expect(files.length).toBeGreaterThan(30);
    const found = files.map((name) => {
      const code = readFileSync(join('src', name), 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '');
      return [name, ...(code.match(named) ?? [])];
    });
    expect(found.filter(([, ...names]) => names.length > 0)).toEqual([]);
  });
});
