import { readFileSync } from 'node:fs';
import { STATUS_OF } from './problem.js';

describe('docs/errors.md', () => {
  const rows = [
    ...readFileSync('docs/errors.md', 'utf8').matchAll(/^\| (\d{3}) +\| `(\w+)` +\| (.+?) +\| (.+?) +\|$/gm),
  ];

  it('has every code with its status, and no other', () => {
    const documented = rows.map(([, status, code]) => [code, Number(status)]);
    expect(documented.sort()).toEqual(Object.entries(STATUS_OF).sort());
  });

  it('says of each what to do', () => {
    expect(rows.filter(([, , , happened, remedy]) => happened === '-' || remedy === '-')).toEqual([]);
  });
});
