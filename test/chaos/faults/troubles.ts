import { setTimeout as sleep } from 'node:timers/promises';
import { Fleet } from '../../support/fleet.js';
import { eventually } from '../../support/http-client.js';
import type { Postgres } from '../lib/postgres.js';
import type { Row } from '../lib/report.js';
import { bytesFor, Stage } from '../lib/stage.js';
import type { Trouble } from './database.js';

const LASTS_MS = 6_000;
const PROBE_EVERY_MS = 50;
const RECOVERY_MS = 90_000;

/** Lets devices check and report, makes trouble for the database, ends it, and compares what was acknowledged. */
export async function endure(trouble: Trouble, postgres: Postgres, options = ''): Promise<Row> {
  const databaseUrl = await postgres.createDatabase(options);
  const reach = await trouble.reach?.(databaseUrl);
  const stage = await Stage.start({ DATABASE_URL: reach?.url ?? databaseUrl });
  try {
    const firmwareId = await stage.publish(bytesFor('release', 50_000));
    const fleet = new Fleet({ url: () => stage.url, firmwareId, atOnce: 16, pauseMs: 4 });
    await fleet.reported(100);
    const before = fleet.reports;
    const faults: string[] = [];
    const watched = new Watch(stage, faults);

    const end = await trouble.begin({ postgres, databaseUrl, reach, fleet });
    await sleep(trouble.lastsMs ?? LASTS_MS);
    const seen = await stage.health();
    if (trouble.isSeen && seen.status !== 503) faults.push('/health/status did not say it');
    const [during, refused] = [fleet.reports - before, fleet.refused.reports];
    if (trouble.letsReportsPass === true && during === 0) faults.push('no report was acknowledged meanwhile');
    await end();

    const ended = performance.now();
    await eventually(() => isWell(stage, firmwareId), RECOVERY_MS).catch((error: unknown) => {
      faults.push(`not well again within ${RECOVERY_MS / 1000} s: ${String(error)}`);
    });
    const recovery = (performance.now() - ended) / 1000;
    await fleet.reported(50);
    await fleet.stop();
    await watched.stop();
    faults.push(...fleet.violations, ...(await fleet.lost(stage.client)));
    if (fleet.refused.checks > 0) faults.push(`${fleet.refused.checks} checks were refused`);
    if (fleet.brokenOff > 0) faults.push(`${fleet.brokenOff} connections broke`);
    const tried = fleet.answered + watched.checks;
    return {
      what: `database ${trouble.what}`,
      tried,
      asExpected: tried - Math.min(tried, faults.length),
      note:
        `${fleet.checks + watched.checks} checks answered; ${fleet.reports} reports acknowledged, ${during} of them meanwhile, ` +
        `${refused} refused with 503; well ${recovery.toFixed(1)} s after it ended`,
      faults,
    };
  } finally {
    await stage.close();
    await reach?.close();
  }
}

/** Checks as devices do that do not wait for a report, and asks what a balancer asks: it must not take the server away. */
class Watch {
  /** Checks that were answered with an offer. */
  checks = 0;
  private isOver = false;
  private readonly running: Promise<void>;

  constructor(
    private readonly stage: Stage,
    private readonly faults: string[],
  ) {
    this.running = this.run();
  }

  stop(): Promise<void> {
    this.isOver = true;
    return this.running;
  }

  private async run(): Promise<void> {
    const { client } = this.stage;
    for (let device_id = 7_000_000; !this.isOver; device_id++) {
      const [check, ready] = await Promise.all([
        client.check({ device_id }),
        client.send('GET', '/health/ready'),
      ]);
      if (check.body?.update_available === true) this.checks += 1;
      else this.faults.push(`a check was answered ${check.status} ${check.bytes.toString()}`);
      if (ready.status !== 200) this.faults.push(`/health/ready answered ${ready.status}`);
      await sleep(PROBE_EVERY_MS);
    }
  }
}

async function isWell(stage: Stage, firmware_id: number): Promise<void> {
  const report = await stage.client.report({ device_id: 9_000_001, firmware_id, status: 'downloading' });
  const { status } = await stage.health();
  if (report.status !== 200 || status !== 200)
    throw new Error(`report ${report.status} ${report.bytes.toString()}, health ${status}`);
}
