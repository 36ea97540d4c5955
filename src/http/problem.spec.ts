import { readFileSync } from 'node:fs';
import { ERROR_CODES, ERRORS } from '../domain/errors.js';

describe('docs/errors.md', () => {
  const rows = [
    ...readFileSync('docs/errors.md', 'utf8').matchAll(/^\| (\d{3}) +\| `(\w+)` +\| (.+?) +\| (.+?) +\|$/gm),
  ];

  it('has every code with its status, and no other', () => {
    const documented = rows.map(([, status, code]) => [code, Number(status)]);
    expect(documented.sort()).toEqual(ERROR_CODES.map((code) => [code, ERRORS[code].status]).sort());
  });

  it('says of each what to do', () => {
    expect(rows.filter(([, , , happened, remedy]) => happened === '-' || remedy === '-')).toEqual([]);
  });

  it('says what a device should do about each error that it can get', () => {
    const { paths } = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
      paths: Record<string, Record<string, { tags: string[]; responses: object }>>;
    };
    const codes = Object.values(paths)
      .flatMap((item) => Object.values(item))
      .filter(({ tags }) => tags.includes('devices'))
      .flatMap(({ responses }) =>
        ERROR_CODES.filter((code) => JSON.stringify(responses).includes(`"${code}"`)),
      );
    expect(codes).toEqual(expect.arrayContaining(['OVERLOADED', 'DOWNLOAD_SIGNATURE_EXPIRED']));
    expect(codes.filter((code) => ERRORS[code].device === undefined)).toEqual([]);
  });
});
