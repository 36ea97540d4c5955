import { killBackups } from './kills/backing-up.js';
import { killMigrations, killStarts } from './kills/migrating.js';
import { killPublishing } from './kills/publishing.js';
import { killUnderReports } from './kills/reporting.js';
import { Postgres } from './lib/postgres.js';
import type { Row, Section } from './lib/report.js';

/** What is killed, with a PostgreSQL that they share. */
const KILLS: readonly ((postgres: Postgres, progress: (line: string) => void) => Promise<Row[]>)[] = [
  killPublishing,
  killMigrations,
  killStarts,
  killUnderReports,
  killBackups,
];

export const kills: Section = {
  name: 'kills',
  title: 'kill -9',
  explanation:
    'A process is killed at moments that are spread evenly over what it does, and at as many random ones, and started ' +
    'again. Then every upload and registration that was answered must be there with the right bytes, nothing may be half ' +
    'visible, no temporary file may be left, the same request must succeed when it is sent again, a schema must be the ' +
    'old one or the new one, and no part of a backup may be taken for a whole one.',
  run: async (progress) => {
    const postgres = await Postgres.start();
    try {
      const rows: Row[] = [];
      for (const kill of KILLS) rows.push(...(await kill(postgres, progress)));
      return rows;
    } finally {
      await postgres.stop();
    }
  },
};
