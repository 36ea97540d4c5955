import { Logger } from '@nestjs/common';
import { access } from './access.js';
import { clock } from './clock.js';
import { database } from './database.js';
import { fuzzing } from './fuzz.js';
import { hygiene } from './hygiene.js';
import { kills } from './kills.js';
import { load } from './load.js';
import { brokenOff, isAsExpected, textOf, writeDocument, type Outcome, type Section } from './lib/report.js';
import { stop } from './stop.js';
import { store } from './store.js';

/**
 * `npm run test:chaos` runs all, `npm run test:chaos -- fuzz store` these two; with `--write`, the tables of the run are
 * kept in docs/reliability.md. Exits with 1 when anything is lost or otherwise than expected.
 */
// The last one searches what the others have left.
const SECTIONS: readonly Section[] = [fuzzing, access, kills, database, store, clock, stop, load, hygiene];

const args = process.argv.slice(2);
const asked = args.filter((arg) => arg !== '--write');
const unknown = asked.filter((name) => !SECTIONS.some((section) => section.name === name));
if (unknown.length > 0) {
  const names = SECTIONS.map(({ name }) => name).join(', ');
  process.stderr.write(`There is no section ${unknown.join(', ')}: there are ${names}.\n`);
  process.exit(2);
}

// The supervisor of a PostgreSQL that is killed on purpose would say so.
Logger.overrideLogger(false);
const outcomes: Outcome[] = [];
for (const section of SECTIONS) {
  if (asked.length > 0 && !asked.includes(section.name)) continue;
  const begun = performance.now();
  const secondsNow = (): number => (performance.now() - begun) / 1000;
  const progress = (line: string): void => {
    process.stdout.write(`${section.name} ${secondsNow().toFixed(0)} s: ${line}\n`);
  };
  const rows = await section.run(progress).catch((error: unknown) => [brokenOff(error)]);
  outcomes.push({ section, rows, seconds: secondsNow() });
  process.stdout.write(`${outcomes.map(textOf).at(-1) ?? ''}\n`);
}
const isWell = outcomes.every(({ rows }) => rows.every(isAsExpected));
if (args.includes('--write')) await writeDocument(outcomes);
process.exit(isWell ? 0 : 1);
