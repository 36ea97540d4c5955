import { InvalidArgumentError, Option, type Command } from 'commander';
import { parseDeviceId } from '../../domain/device-id.js';
import { UsageFailure } from '../api/failure.js';
import type { Io } from '../io.js';
import { deviceId, duration, examples, share, wholeNumber } from '../options.js';
import { inSession, type Session } from '../session.js';
import type { DrawnAttribute, PowerCut } from '../simulate/fate.js';
import type { SimulateOptions } from '../simulate/run-simulation.js';

const MAX_DEVICES = 1_000_000;

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
    .option('--devices <number>', 'number of devices', wholeNumber(1, MAX_DEVICES))
    .option(
      '--ids <range>',
      'ids of the devices, such as 900000000..900009999; instead of --devices',
      idRange,
    )
    .requiredOption('--device-type <type>', 'device type')
    .option('--from <version>', 'version that the devices run at the start', '1.0.0')
    .option('--from-build <number>', 'build number that they run at the start', wholeNumber(0), 1)
    .option('--failure-rate <share>', 'share of attempts that fail, 0 to 1', share, 0)
    .option('--slow <share>', 'share of devices that download at 32 KB/s, 0 to 1', share, 0)
    .addOption(noReport)
    .option('--brick <share>', 'share of devices that a new image leaves dead, without a word', share, 0)
    .option('--roll-back <share>', 'share of devices that go back to the old image and report it', share, 0)
    .option(
      '--only <attribute>',
      'only devices with this attribute brick or roll back: hw_revision=B',
      oneAttribute,
    )
    .option('--bad-after <number>', 'only devices that install after so many others', wholeNumber(0), 0)
    .option('--return-after <time>', 'bricked devices come back with the old image', duration)
    .option(
      '--power-cut <times>',
      'cut the power of some devices: 60s..120s:0.2 or 60s..120s:site=a',
      powerCut,
    )
    .option(
      '--attribute <key=values>',
      'attribute whose value is drawn for each device: hw_revision=A,B',
      drawn,
    )
    .option('--accept-downgrade', 'the devices would install an older version')
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
    [
      'Simulate ten thousand devices that are easy to forget',
      'ota simulate --ids 900000000..900009999 --device-type scales_bridge',
    ],
  ]);
}

const timeOption = (flags: string, description: string, milliseconds: number, shown: string): Option =>
  new Option(flags, description).argParser(duration).default(milliseconds, shown);

interface GivenOptions extends Omit<SimulateOptions, 'devices'> {
  readonly devices?: number;
  readonly ids?: IdRange;
}

/** Loads the simulation lazily, so that other commands start faster. */
async function simulate({ ids, ...options }: GivenOptions, session: Session): Promise<void> {
  const { devices = ids?.count } = options;
  if (devices === undefined || (ids && (options.devices !== undefined || options.firstId !== 1))) {
    throw new UsageFailure('Specify --devices and perhaps --first-id, or --ids.');
  }
  const { runSimulation } = await import('../simulate/run-simulation.js');
  await runSimulation({ ...options, devices, firstId: ids?.first ?? options.firstId }, session);
}

/** Attributes are given one by one. */
function drawn(text: string, before: readonly DrawnAttribute[] = []): readonly DrawnAttribute[] {
  const [, key, values] = /^([a-z][a-z0-9_]{0,31})=(.+)$/.exec(text) ?? [];
  if (key !== undefined && values !== undefined) return [...before, { key, values: values.split(',') }];
  throw new InvalidArgumentError('It must be a key and its values, such as hw_revision=A,B.');
}

function oneAttribute(text: string): NonNullable<SimulateOptions['only']> {
  const [attribute] = drawn(text);
  const [value, ...more] = attribute?.values ?? [];
  if (attribute && value !== undefined && more.length === 0) return { key: attribute.key, value };
  throw new InvalidArgumentError('It must be a key and one value, such as hw_revision=B.');
}

function powerCut(text: string): PowerCut {
  const [, begin = '', end = '', where = '1'] = /^([^.:]+)\.\.([^.:]+)(?::(.+))?$/.exec(text) ?? [];
  if (end !== '') {
    const [beginMs, endMs] = [duration(begin), duration(end)];
    if (endMs > beginMs)
      return { beginMs, endMs, where: where.includes('=') ? oneAttribute(where) : share(where) };
  }
  throw new InvalidArgumentError(
    'It must be when the power goes and comes back, and where: 60s..120s:0.2, or 60s..120s:site=a.',
  );
}

interface IdRange {
  readonly first: number;
  readonly count: number;
}

function idRange(text: string): IdRange {
  const [first, last, ...more] = text.split('..').map(parseDeviceId);
  const count = (last ?? NaN) - (first ?? NaN) + 1;
  if (more.length === 0 && typeof first === 'number' && count >= 1 && count <= MAX_DEVICES)
    return { first, count };
  throw new InvalidArgumentError(
    `It must be the first and the last id, such as 900000000..900009999, of at most ${MAX_DEVICES} devices.`,
  );
}
