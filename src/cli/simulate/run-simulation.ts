import { CommandFailure } from '../api/failure.js';
import type { Session } from '../session.js';
import { compareLogs, newestLogId } from './compare-logs.js';
import { buildFleet, runFleet, type FleetOptions } from './fleet.js';
import type { BadLuck, DrawnAttribute, PowerCut } from './fate.js';
import { HttpWorld } from './http-world.js';
import { startLiveView } from './live-view.js';
import { renderSummary, summarize, type Summary } from './summary.js';

export interface SimulateOptions {
  readonly devices: number;
  readonly deviceType: string;
  readonly from: string;
  readonly fromBuild: number;
  readonly failureRate: number;
  readonly slow: number;
  readonly noReport: number;
  readonly brick: number;
  readonly rollBack: number;
  readonly only?: BadLuck['only'];
  readonly badAfter: number;
  readonly returnAfter?: number;
  readonly powerCut?: PowerCut;
  readonly attribute?: readonly DrawnAttribute[];
  readonly acceptDowngrade?: boolean;
  readonly interval: number;
  readonly duration?: number;
  readonly reboot: number;
  readonly seed: number;
  readonly firstId: number;
  readonly connections: number;
  readonly enrollKey?: string;
  readonly compareLogs?: boolean;
}

export async function runSimulation(options: SimulateOptions, session: Session): Promise<void> {
  const admin = options.compareLogs === true ? session.admin() : null;
  const newestBefore = admin ? await newestLogId(admin) : 0;
  const { server } = session;
  const { deviceType, connections, enrollKey } = options;
  const world = new HttpWorld({ server, deviceType, connections, enrollKey });
  try {
    const summary = await runUntilDone(options, session, world);
    if (world.refusal) throw world.refusal;
    const isWhole = !session.io.interruption.signal.aborted;
    const logs = admin && isWhole && (await compareLogs(admin, world.ledger, options, newestBefore));
    conclude(logs ? { ...summary, logs } : summary, session);
  } finally {
    await world.close();
    const last = options.firstId + options.devices - 1;
    session.output.note(`To forget these devices: ota forget "id:${options.firstId}..${last}"`);
  }
}

async function runUntilDone(options: SimulateOptions, session: Session, world: HttpWorld): Promise<Summary> {
  const fleet = buildFleet(fleetOptions(options));
  const begin = performance.now();
  const end = (): void => {
    world.end();
  };
  const timer = options.duration === undefined ? undefined : setTimeout(end, options.duration);
  session.io.interruption.signal.addEventListener('abort', end);
  const stopView = session.output.isWatched
    ? startLiveView(fleet, world.tally, session.io.stdout)
    : (): void => undefined;
  try {
    await runFleet(fleet, world, options.duration !== undefined);
  } finally {
    stopView();
    clearTimeout(timer);
    session.io.interruption.signal.removeEventListener('abort', end);
  }
  return summarize(fleet, world.tally, world.ledger, (performance.now() - begin) / 1000);
}

function conclude(summary: Summary, { output }: Session): void {
  output.show({ body: summary, text: JSON.stringify(summary) }, () =>
    renderSummary(summary, output.width, output.style),
  );
  const errors = Object.keys(summary.errors).length;
  const differences = summary.logs?.differ ?? [];
  if (errors > 0) throw new CommandFailure('There were unexpected errors; see the summary.');
  if (differences.length > 0) {
    throw new CommandFailure(
      "The server's logs differ from what the devices reported.",
      differences
        .slice(0, 5)
        .map(
          ({ device_id, firmware_id, expected, found }) =>
            `device ${device_id}, firmware ${firmware_id}: expected ${expected ?? 'nothing'}; found ${found ?? 'nothing'}`,
        ),
    );
  }
}

function fleetOptions(options: SimulateOptions): FleetOptions {
  const { devices, firstId, from, fromBuild, seed, interval, reboot } = options;
  const { failureRate, slow, noReport, brick, rollBack } = options;
  return {
    devices,
    firstId,
    version: from,
    build: fromBuild,
    seed,
    fates: {
      shares: { failureRate, slow, noReport, brick, rollBack },
      badLuck: {
        only: options.only ?? null,
        afterInstalls: options.badAfter,
        returnAfterMs: options.returnAfter ?? null,
      },
      powerCut: options.powerCut ?? null,
      attributes: options.attribute ?? [],
      acceptsDowngrade: options.acceptDowngrade === true,
    },
    timing: { intervalMs: interval, rebootMs: reboot },
  };
}
