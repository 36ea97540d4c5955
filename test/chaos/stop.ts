import { Fleet } from '../support/fleet.js';
import { Publication } from './kills/publication.js';
import { Postgres } from './lib/postgres.js';
import { rowOf, type Row, type Section } from './lib/report.js';
import { bytesFor, Stage } from './lib/stage.js';

const ROUNDS = 4;
const WORKERS = [1, 2];
/** What `systemctl stop` waits for is twice that. */
const PATIENCE_MS = 45_000;

export const stop: Section = {
  name: 'stop',
  title: 'SIGTERM under load',
  explanation:
    'A server is told to stop while devices check and report and an image is uploaded. It must end by itself with exit code ' +
    '0 within 45 seconds, no request that it took may go unanswered, and no acknowledged report or upload may be lost.',
  run: async (progress) => {
    const postgres = await Postgres.start();
    const rows: Row[] = [];
    try {
      for (const workers of WORKERS) {
        const row = await stopUnderLoad(postgres, workers);
        rows.push(row);
        progress(`${row.what}: ${row.note}`);
      }
      return rows;
    } finally {
      await postgres.stop();
    }
  },
};

async function stopUnderLoad(postgres: Postgres, workers: number): Promise<Row> {
  const stage = await Stage.start({
    DATABASE_URL: await postgres.createDatabase(),
    WORKERS: String(workers),
  });
  const faults: string[] = [];
  let slowest = 0;
  try {
    const firmwareId = await stage.publish(bytesFor('release', 50_000));
    const fleet = new Fleet({ url: () => stage.url, firmwareId, atOnce: 32 });
    for (let round = 0; round < ROUNDS; round++) {
      await fleet.reported(200);
      const publication = new Publication(`3.0.${round}`);
      const upload = publication.upload(stage);
      const begun = performance.now();
      const code = await stage.server.kill('SIGTERM');
      slowest = Math.max(slowest, performance.now() - begun);
      await upload;
      if (code !== 0) faults.push(`it ended with ${String(code)}`);
      await stage.restart();
      const { uploaded } = publication;
      if (uploaded) {
        // The same bytes again are answered as before only when they are there.
        await publication.register(stage);
        if (publication.registeredId === undefined)
          faults.push(`an upload is lost: ${publication.refusals.join()}`);
      }
    }
    await fleet.stop();
    faults.push(...fleet.violations, ...(await fleet.lost(stage.client)));
    if (slowest > PATIENCE_MS) faults.push(`it took ${(slowest / 1000).toFixed(0)} s`);
    const note = `${ROUNDS} times, at most ${(slowest / 1000).toFixed(1)} s; ${fleet.reports} reports acknowledged`;
    return rowOf(
      `SIGTERM, ${workers} worker${workers === 1 ? '' : 's'}`,
      fleet.answered + ROUNDS,
      faults,
      note,
    );
  } finally {
    await stage.close();
  }
}
