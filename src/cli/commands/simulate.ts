import { Option, type Command } from 'commander';
import type { Io } from '../io.js';
import { deviceId, duration, examples, share, wholeNumber } from '../options.js';
import { inSession, type Session } from '../session.js';
import type { SimulateOptions } from '../simulate/run-simulation.js';

/** Commander takes every `--no-…` for the opposite of another option. */
const noReport = Object.assign(new Option('--no-report <share>', 'of devices that never report, 0 to 1'), {
  negate: false,
})
  .argParser(share)
  .default(0);

export function addSimulate(program: Command, io: Io): void {
  const command = program
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
    .option('--failure-rate <share>', 'of attempts that fail, 0 to 1', share, 0)
    .option('--slow <share>', 'of devices that download at 32 KB/s, 0 to 1', share, 0)
    .addOption(noReport)
    .addOption(timeOption('--interval <time>', 'between two checks of a device', 60_000, '60s'))
    .addOption(timeOption('--reboot <time>', 'how long a reboot takes', 3000, '3s'))
    .option('--duration <time>', 'go on checking for so long: 90s, 10m, 1h', duration)
    .option('--seed <number>', 'the same seed, the same fates', wholeNumber(0), 1)
    .option('--first-id <id>', 'the id of the first device: a number or a MAC', deviceId, 1)
    .option('--connections <number>', 'open at once; slow devices have 256 more', wholeNumber(1, 10_000), 64)
    .option('--compare-logs', "compare with the server's logs at the end, as an admin")
    .action(inSession(io, simulate));
  examples(command, [
    [
      'Five devices that check every second',
      'ota simulate --devices 5 --device-type scales_bridge --interval 1s',
    ],
  ]);
}

const timeOption = (flags: string, description: string, milliseconds: number, shown: string): Option =>
  new Option(flags, description).argParser(duration).default(milliseconds, shown);

/** Loaded when it is needed: no other command has to wait for it. */
async function simulate(options: SimulateOptions, session: Session): Promise<void> {
  const { runSimulation } = await import('../simulate/run-simulation.js');
  await runSimulation(options, session);
}
