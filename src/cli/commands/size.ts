import { readFile } from 'node:fs/promises';
import { InvalidArgumentError, type Command } from 'commander';
import type { BenchFile } from '../../domain/sizing/figures.js';
import { CommandFailure } from '../api/failure.js';
import type { Io } from '../io.js';
import { duration, examples, wholeNumber } from '../options.js';
import { outputOf, type GlobalOptions } from '../session.js';

interface SizeOptions {
  readonly devices: number;
  /** Milliseconds. */
  readonly interval: number;
  /** Bytes. */
  readonly image: number;
  /** Milliseconds. */
  readonly rollout: number;
  readonly releases: number;
  readonly reports: number;
  readonly cores: number;
  /** Bits a second. */
  readonly network: number;
  readonly cdn?: boolean;
  readonly bench?: string;
}

const MAX_DEVICES = 10_000_000_000;

export function addSize(program: Command, io: Io): void {
  const command = program
    .command('size')
    .summary('calculate what a fleet needs')
    .description(
      'Calculates requests, CPU, network and disk of a fleet, what is exhausted first, and how many machines it takes. ' +
        'Needs no server: the figures of one operation come from the benchmark.',
    )
    .requiredOption('--devices <number>', 'number of devices', wholeNumber(1, MAX_DEVICES))
    .option('--interval <time>', 'time between two checks of a device: 15m, 1h', period, HOUR)
    .option('--image <size>', 'size of an image: 900KB, 1.5MB', size, 1_500_000)
    .option('--rollout <time>', 'time in which a release reaches all devices: 1h, 24h', period, 24 * HOUR)
    .option('--releases <number>', 'releases a year', wholeNumber(0, 10_000), 12)
    .option('--reports <number>', 'reports of a device for each release', wholeNumber(1, 100), 4)
    .option('--cores <number>', 'cores of a machine that runs the server', wholeNumber(1, 1024), 2)
    .option('--network <rate>', 'network of a machine, per second: 100Mbit, 1Gbit', bitRate, 1e9)
    .option('--cdn', 'a CDN sends the images')
    .option('--bench <file>', 'figures of your own machine: a file that npm run bench has written')
    .action(async (...given: unknown[]) => {
      const output = outputOf((given.at(-1) as Command).optsWithGlobals<GlobalOptions>(), io);
      const options = given.at(-2) as SizeOptions;
      const [{ sizeFleet }, { renderSizing, sizingAsJson }, figures] = await Promise.all([
        import('../../domain/sizing/sizing.js'),
        import('../output/sizing.js'),
        figuresOf(options.bench),
      ]);
      const plan = {
        devices: options.devices,
        intervalSeconds: options.interval / 1000,
        imageBytes: options.image,
        rolloutSeconds: options.rollout / 1000,
        releasesPerYear: options.releases,
        reportsPerUpdate: options.reports,
        hasCdn: options.cdn === true,
      };
      const machine = { cores: options.cores, bitsPerSecond: options.network };
      const sizing = sizeFleet(plan, machine, figures);
      const json = sizingAsJson(sizing, figures);
      output.show({ body: json, text: JSON.stringify(json) }, () =>
        renderSizing(sizing, { plan, machine, figures, source: options.bench ?? REFERENCE }, output),
      );
    });
  examples(command, [
    [
      'Size a server for a million devices that update within a day',
      'ota size --devices 1000000 --interval 1h --image 1.5MB --rollout 24h',
    ],
    [
      'The same with a CDN, from figures of your own machine',
      'ota size --devices 1000000 --rollout 1h --cdn --bench bench/results/mine.json',
    ],
  ]);
}

const HOUR = 3_600_000;
const REFERENCE = 'bench/results/reference.json';

async function figuresOf(
  file: string | undefined,
): Promise<import('../../domain/sizing/figures.js').Figures> {
  if (file === undefined) return (await import('../../domain/sizing/measured.js')).MEASURED;
  const { readFigures } = await import('../../domain/sizing/figures.js');
  try {
    return readFigures(JSON.parse(await readFile(file, 'utf8')) as BenchFile);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(`There are no figures in ${file}: ${reason}`, [
      'Write such a file: npm run bench -- check status tls sizing',
    ]);
  }
}

/** A time of at least a second, so that a rate can be calculated. */
function period(text: string): number {
  const milliseconds = duration(text);
  if (milliseconds >= 1000) return milliseconds;
  throw new InvalidArgumentError('It must be at least 1s.');
}

const BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};
const BITS: Readonly<Record<string, number>> = { mbit: 1e6, gbit: 1e9 };

const size = (text: string): number => amount(text, 'b', BYTES, 'a size such as 900KB, 1.5MB or 2MiB');
const bitRate = (text: string): number => amount(text, '', BITS, 'a rate such as 100Mbit or 1Gbit');

/** A number and its unit. */
function amount(
  text: string,
  usual: string,
  units: Readonly<Record<string, number>>,
  allowed: string,
): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const value = Number(number) * (units[(unit === '' ? usual : (unit ?? '')).toLowerCase()] ?? NaN);
  if (value >= 1 && value <= 1e15) return value;
  throw new InvalidArgumentError(`It must be ${allowed}.`);
}
