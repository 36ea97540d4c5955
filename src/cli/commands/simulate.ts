import { Option, type Command } from 'commander';
import { CommandFailure } from '../api/failure.js';
import { interruption } from '../interruption.js';
import { duration, share, wholeNumber } from '../options.js';
import { inSession, type Session } from '../session.js';
import { compareLogs, newestLogId } from '../simulate/compare-logs.js';
import { buildFleet, runFleet, type FleetOptions } from '../simulate/fleet.js';
import { HttpWorld } from '../simulate/http-world.js';
import { startLiveView } from '../simulate/live-view.js';
import { renderSummary, summarize, type Summary } from '../simulate/summary.js';

interface SimulateOptions {
  readonly devices: number;
  readonly deviceType: string;
  readonly from: string;
  readonly fromBuild: number;
  readonly failureRate: number;
  readonly slow: number;
  readonly noReport: number;
  readonly interval: number;
  readonly duration?: number;
  readonly reboot: number;
  readonly seed: number;
  readonly firstId: number;
  readonly connections: number;
  readonly compareLogs?: boolean;
}

/** Commander takes every `--no-…` for the opposite of another option. */
const noReport = Object.assign(new Option('--no-report <share>', 'of devices that never report'), {
  negate: false,
})
  .argParser(share)
  .default(0);

export function addSimulate(program: Command): void {
  program
    .command('simulate')
    .summary('let simulated devices update')
    .description(
      'Simulated devices check, download and verify, report and reboot as the ESP32 component does, until there is ' +
        'nothing newer for any of them. Exit code 1 when anything went wrong that was not asked for.',
    )
    .requiredOption('--devices <number>', 'how many', wholeNumber(1, 1_000_000))
    .requiredOption('--device-type <type>', 'of which type')
    .option('--from <version>', 'what they run', '1.0.0')
    .option('--from-build <number>', 'and which build of it', wholeNumber(0), 1)
    .option('--failure-rate <share>', 'of attempts that fail', share, 0)
    .option('--slow <share>', 'of devices that download at 32 KB/s', share, 0)
    .addOption(noReport)
    .option('--interval <time>', 'between two checks of a device', duration, 60_000)
    .option('--reboot <time>', 'how long a reboot takes', duration, 3000)
    .option('--duration <time>', 'go on checking for so long', duration)
    .option('--seed <number>', 'the same seed, the same fates', wholeNumber(0), 1)
    .option('--first-id <number>', 'the id of the first device', wholeNumber(1), 1)
    .option('--connections <number>', 'open at once; slow devices have 256 more', wholeNumber(1, 10_000), 64)
    .option('--compare-logs', "compare with the server's logs at the end, as an admin")
    .action(inSession(simulate));
}

async function simulate(options: SimulateOptions, session: Session): Promise<void> {
  const admin = options.compareLogs === true ? session.admin() : null;
  const newestBefore = admin ? await newestLogId(admin) : 0;
  const world = new HttpWorld(session.server, options.deviceType, options.connections);
  try {
    const summary = await runUntilDone(options, session, world);
    const isWhole = !interruption.signal.aborted;
    const logs = admin && isWhole && (await compareLogs(admin, world.ledger, options, newestBefore));
    conclude(logs ? { ...summary, logs } : summary, session);
  } finally {
    await world.close();
  }
}

async function runUntilDone(options: SimulateOptions, session: Session, world: HttpWorld): Promise<Summary> {
  const fleet = buildFleet(fleetOptions(options));
  const begin = performance.now();
  const end = (): void => {
    world.end();
  };
  const timer = options.duration === undefined ? undefined : setTimeout(end, options.duration);
  interruption.signal.addEventListener('abort', end);
  const stopView = session.output.isForPeople
    ? startLiveView(fleet, world.tally, process.stdout)
    : (): void => undefined;
  try {
    await runFleet(fleet, world, options.duration !== undefined);
  } finally {
    stopView();
    clearTimeout(timer);
    interruption.signal.removeEventListener('abort', end);
  }
  return summarize(fleet, world.tally, world.ledger, (performance.now() - begin) / 1000);
}

function conclude(summary: Summary, { output }: Session): void {
  output.line(output.isForPeople ? renderSummary(summary, output.width) : JSON.stringify(summary));
  const errors = Object.keys(summary.errors).length;
  const differences = summary.logs?.differ ?? [];
  if (errors > 0)
    throw new CommandFailure('There were errors that nobody asked for; the summary names them.');
  if (differences.length > 0) {
    throw new CommandFailure(
      "The server's logs are not what the devices reported.",
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
  const { devices, firstId, from, fromBuild, seed, failureRate, slow, noReport, interval, reboot } = options;
  return {
    devices,
    firstId,
    version: from,
    build: fromBuild,
    seed,
    shares: { failureRate, slow, noReport },
    timing: { intervalMs: interval, rebootMs: reboot },
  };
}
