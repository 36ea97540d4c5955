import { setTimeout as sleep } from 'node:timers/promises';
import { Fleet } from '../../support/fleet.js';
import type { Postgres } from '../lib/postgres.js';
import { rowOf, type Row } from '../lib/report.js';
import { bytesFor, Stage } from '../lib/stage.js';

const ROUNDS = 5;

/** A server with its embedded PostgreSQL is killed while devices report; `npm run test:kill` does it more often, and kills workers, too. */
export async function killUnderReports(
  _postgres: Postgres,
  progress: (line: string) => void,
): Promise<Row[]> {
  const stage = await Stage.start();
  try {
    const firmwareId = await stage.publish(bytesFor('release', 1_000));
    const fleet = new Fleet({ url: () => stage.url, firmwareId, atOnce: 16, pauseMs: 2 });
    for (let round = 0; round < ROUNDS; round++) {
      await fleet.reported(100);
      await sleep(Math.random() * 300);
      await stage.server.kill('SIGKILL');
      await stage.restart();
    }
    await fleet.reported(50);
    await fleet.stop();
    const faults = [...fleet.violations, ...(await fleet.lost(stage.client))];
    progress(`killed the server ${ROUNDS} times under reports, ${faults.length} faults`);
    const note = `${ROUNDS} kills, ${fleet.brokenOff} requests were broken off and sent again`;
    return [rowOf('reports acknowledged by a server that is killed', fleet.reports, faults, note)];
  } finally {
    await stage.close();
  }
}
