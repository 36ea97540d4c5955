import { readFileSync } from 'node:fs';
import { DEVICE_STATUSES } from './device-status.js';
import { STEP_CODES } from './explanation.js';
import { NO_UPDATE_REASONS } from './update-decision.js';

/** The words with which the rows of the table under a heading begin. */
function rowsUnder(page: string, heading: string): string[] {
  const [, section = ''] = readFileSync(page, 'utf8').split(`\n${heading}\n`);
  const [own = ''] = section.split(/^##/m);
  return [...own.matchAll(/^\| `(\w+)`/gm)].map(([, word = '']) => word);
}

describe('the pages about the fleet', () => {
  it('have each status, step and reason', () => {
    const statuses = rowsUnder('docs/fleet.md', '## List and count');
    expect([...new Set(statuses)].sort()).toEqual([...DEVICE_STATUSES].sort());
    expect(rowsUnder('docs/fleet.md', '## Why is it not updated?')).toEqual(STEP_CODES);
    const reasons = rowsUnder('docs/server-guide.md', '### The device does not see the update');
    expect(reasons.sort()).toEqual([...NO_UPDATE_REASONS].sort());
  });
});
