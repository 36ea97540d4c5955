import { Logger } from '@nestjs/common';
import { access } from './access.js';
import { clock } from './clock.js';
import { database } from './database.js';
import { fuzzing } from './fuzz.js';
import { hygiene } from './hygiene.js';
import { kills } from './kills.js';
import { load } from './load.js';
import type { Section } from './lib/report.js';
import { runSections } from './lib/run-sections.js';
import { stop } from './stop.js';
import { store } from './store.js';

/**
 * `npm run test:chaos` runs all, `npm run test:chaos -- fuzz store` these two; with `--write`, the tables of the run are
 * kept in docs/reliability.md. Exits with 1 when anything is lost or otherwise than expected.
 */
// The last one searches what the others have left.
const SECTIONS: readonly Section[] = [fuzzing, access, kills, database, store, clock, stop, load, hygiene];

// The supervisor of a PostgreSQL that is killed on purpose would say so.
Logger.overrideLogger(false);
await runSections(SECTIONS);
