import { Option, type Command } from 'commander';
import type { Io } from '../io.js';
import { deviceId, duration, examples, share, wholeNumber } from '../options.js';
import { inSession, type Session } from '../session.js';
import type { SimulateOptions } from '../simulate/run-simulation.js';

/** Commander treats every `--no-…` option as the negation of another one. */
const noReport = Object.assign(
  new Option('--no-report <share>', 'share of devices that never report, 0 to 1'),
  {
    negate: false,
  },
)
  .argParser(share)
  .default(0);

export function addSimulate(program: Command, io: Io): void {
  const command = program
    .command('simulate')
    .summary('simulate devices that update')
    .description(
      'Simulated devices check, download, verify, report and reboot as the ESP32 component does, until there is no update ' +
        'for any of them. Exit code 1 if there were unexpected errors.',
    )
    .requiredOption('--devices <number>', 'number of devices', wholeNumber(1, 1_000_000))
    .requiredOption('--device-type <type>', 'device type')
    .option('--from <version>', 'version that the devices run at the start', '1.0.0')
    .option('--from-build <number>', 'build number that they run at the start', wholeNumber(0), 1)
    .option('--failure-rate <share>', 'share of attempts that fail, 0 to 1', share, 0)
    .option('--slow <share>', 'share of devices that download at 32 KB/s, 0 to 1', share, 0)
    .addOption(noReport)
    .addOption(timeOption('--interval <time>', 'time between two checks of a device', 60_000, '60s'))
    .addOption(timeOption('--reboot <time>', 'duration of a reboot', 3000, '3s'))
    .option('--duration <time>', 'keep checking for this long: 90s, 10m, 1h', duration)
    .option('--seed <number>', 'seed of the simulation; the same seed repeats it', wholeNumber(0), 1)
    .option('--first-id <id>', 'id of the first device: a number or a MAC', deviceId, 1)
    .option(
      '--connections <number>',
      'maximum open connections; slow devices have 256 more',
      wholeNumber(1, 10_000),
      64,
    )
    .option('--enroll-key <key>', 'enrolment key: the devices enrol and send their tokens')
    .option('--compare-logs', "compare the result with the server's logs, as an admin")
    .action(inSession(io, simulate));
  examples(command, [
    [
      'Simulate five devices that check every second',
      'ota simulate --devices 5 --device-type scales_bridge --interval 1s',
    ],
  ]);
}

const timeOption = (flags: string, description: string, milliseconds: number, shown: string): Option =>
  new Option(flags, description).argParser(duration).default(milliseconds, shown);

/** Loads the simulation lazily, so that other commands start faster. */
async function simulate(options: SimulateOptions, session: Session): Promise<void> {
  const { runSimulation } = await import('../simulate/run-simulation.js');
  await runSimulation(options, session);
}
